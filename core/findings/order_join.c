/*
 * Cycles over the edges of all files:
 *
 *     a.py: region of A holds at acquire B    ||    b.py: region of B holds at acquire A
 *
 * One finding for a set of locks, in the file that comes first. Silent where one file, or one
 * module, has the whole cycle: there it was found; where one more lock is held over all edges; and
 * where no hold keeps another one out.
 */
#include "core/findings/evidence.h"
#include "core/findings/order.h"

#include <stdlib.h>

enum { CYCLE_MAX = 4, STEPS_MAX = 4000000 };

struct cycle {
	const struct ra_order_edge *edges[CYCLE_MAX];
	unsigned n;
};

struct joining {
	struct ra_arena *repo;
	const struct ra_card *card;
	struct ra_orders *orders;
	struct ra_map locks;           /* id -> number */
	RA_VEC(struct list { RA_VEC(size_t) edges; }) from; /* by number: edges that begin there */
	struct ra_map done;            /* sets of locks */
	size_t steps;
};

/* -- the graph ----------------------------------------------------------------------------- */

/* What a call takes is what its callee does: one edge more for each. */
static void expand_calls(struct joining *j)
{
	struct ra_orders *orders = j->orders;
	RA_VEC(struct list) uses = { 0 };
	size_t n = orders->edges.n;
	struct ra_map by_callee;

	ra_map_init(&by_callee, j->repo);
	for (size_t i = 0; i < orders->uses.n; i++) {
		size_t at = *ra_map_put(&by_callee, orders->uses.v[i].callee, uses.n);

		if (at == uses.n)
			*ra_vec_push(j->repo, &uses) = (struct list){ .edges = { NULL, 0, 0 } };
		*ra_vec_push(j->repo, &uses.v[at].edges) = i;
	}
	for (size_t i = 0; i < n; i++) {
		struct ra_order_edge edge = orders->edges.v[i];
		size_t *at = edge.callee.len ? ra_map_get(&by_callee, edge.callee) : NULL;

		for (size_t k = 0; at && k < uses.v[*at].edges.n; k++) {
			const struct ra_order_use *use = &orders->uses.v[uses.v[*at].edges.v[k]];

			edge.second = use->lock;
			edge.acquire = use->acquire;
			if (!ra_str_eq(edge.first.id, edge.second.id))
				*ra_vec_push(j->repo, &orders->edges) = edge;
		}
	}
}

static size_t number_of(struct joining *j, struct ra_str id)
{
	size_t n = j->locks.n, at = *ra_map_put(&j->locks, id, n);

	if (at == n)
		*ra_vec_push(j->repo, &j->from) = (struct list){ .edges = { NULL, 0, 0 } };
	return at;
}

static void build_graph(struct joining *j)
{
	for (size_t i = 0; i < j->orders->edges.n; i++) {
		const struct ra_order_edge *edge = &j->orders->edges.v[i];
		size_t first;

		if (!edge->second.id.len)
			continue;
		number_of(j, edge->second.id);
		first = number_of(j, edge->first.id); /* may move what `from` holds */
		*ra_vec_push(j->repo, &j->from.v[first].edges) = i;
	}
}

/* -- cycles -------------------------------------------------------------------------------- */

static bool has_gate(const struct cycle *cycle)
{
	const struct ra_order_edge *edge = cycle->edges[0];

	for (unsigned g = 0; g < edge->n_gates; g++) {
		bool all = true;

		for (unsigned i = 0; i < cycle->n && all; i++) {
			bool held = false;

			for (unsigned k = 0; k < cycle->edges[i]->n_gates; k++)
				held |= ra_str_eq(cycle->edges[i]->gates[k], edge->gates[g]);
			all = held && !ra_str_eq(cycle->edges[i]->first.id, edge->gates[g]);
		}
		if (all)
			return true;
	}
	return false;
}

static bool has_edge(const struct joining *j, const struct ra_order_edge *like, size_t source)
{
	const size_t *at = ra_map_get(&j->locks, like->first.id);

	for (size_t i = 0; i < j->from.v[*at].edges.n; i++) {
		const struct ra_order_edge *edge = &j->orders->edges.v[j->from.v[*at].edges.v[i]];

		if (edge->source == source && ra_str_eq(edge->second.id, like->second.id))
			return true;
	}
	return false;
}

/* Has one source the same cycle? Then it was judged there. */
static bool is_of_one_source(const struct joining *j, const struct cycle *cycle)
{
	const size_t *at = ra_map_get(&j->locks, cycle->edges[0]->first.id);

	for (size_t i = 0; i < j->from.v[*at].edges.n; i++) {
		size_t source = j->orders->edges.v[j->from.v[*at].edges.v[i]].source;
		bool all = true;

		for (unsigned k = 0; k < cycle->n && all; k++)
			all = has_edge(j, cycle->edges[k], source);
		if (all)
			return true;
	}
	return false;
}

static int by_text(const void *a, const void *b)
{
	return ra_str_cmp(*(const struct ra_str *)a, *(const struct ra_str *)b);
}

static bool is_new(struct joining *j, const struct cycle *cycle)
{
	struct ra_str ids[CYCLE_MAX];
	struct ra_buf key;

	for (unsigned i = 0; i < cycle->n; i++)
		ids[i] = cycle->edges[i]->first.id;
	qsort(ids, cycle->n, sizeof(*ids), by_text);
	ra_buf_init(&key, j->repo);
	for (unsigned i = 0; i < cycle->n; i++)
		ra_buf_addf(&key, "%.*s\n", RA_FMT(ids[i]));
	if (ra_map_get(&j->done, ra_buf_str(&key)))
		return false;
	ra_map_put(&j->done, ra_buf_str(&key), 1);
	return true;
}

static bool is_race(const struct cycle *cycle)
{
	bool shared = true;

	for (unsigned i = 0; i < cycle->n; i++)
		shared = shared && cycle->edges[i]->shared;
	return !shared && !has_gate(cycle);
}

static bool holds(const struct cycle *cycle, struct ra_str lock)
{
	for (unsigned i = 1; i < cycle->n; i++)
		if (ra_str_eq(cycle->edges[i]->first.id, lock))
			return true;
	return false;
}

static bool close_cycle(struct joining *j, struct cycle *cycle)
{
	struct ra_str home = cycle->edges[0]->first.id;
	size_t at = *ra_map_get(&j->locks, cycle->edges[cycle->n - 1]->second.id);

	for (size_t i = 0; i < j->from.v[at].edges.n && j->steps++ < STEPS_MAX; i++) {
		const struct ra_order_edge *edge = &j->orders->edges.v[j->from.v[at].edges.v[i]];
		bool home_again = ra_str_eq(edge->second.id, home);

		if (edge->lang != cycle->edges[0]->lang && ra_lang_family(edge->lang) !=
		    ra_lang_family(cycle->edges[0]->lang))
			continue;
		if (!home_again && holds(cycle, edge->second.id))
			continue;
		cycle->edges[cycle->n++] = edge;
		if (home_again ? is_race(cycle) && !is_of_one_source(j, cycle)
			       : cycle->n < CYCLE_MAX && close_cycle(j, cycle))
			return true;
		cycle->n--;
	}
	return false;
}

/* -- findings ------------------------------------------------------------------------------ */

/* The edge that it is told from: in a file that is audited, the first by path and line. */
static bool rotate(struct cycle *cycle)
{
	struct cycle turned = *cycle;
	int best = -1;

	for (unsigned i = 0; i < cycle->n; i++) {
		const struct ra_order_edge *edge = cycle->edges[i], *other;
		int order;

		if (!edge->report)
			continue;
		other = best < 0 ? NULL : cycle->edges[best];
		order = !other ? -1 : ra_str_cmp(edge->at.path, other->at.path);
		if (order < 0 || (order == 0 && edge->at.line < other->at.line))
			best = (int)i;
	}
	for (unsigned i = 0; best >= 0 && i < cycle->n; i++)
		turned.edges[i] = cycle->edges[((unsigned)best + i) % cycle->n];
	*cycle = turned;
	return best >= 0;
}

static struct ra_str other_path(const struct ra_finding *finding, const struct ra_order_site *site)
{
	return ra_str_eq(site->path, finding->path) ? RA_STR("") : site->path;
}

/* "12", or "12 of b.py" */
static struct ra_str line_words(struct joining *j, const struct ra_finding *finding,
				const struct ra_order_site *site)
{
	if (!other_path(finding, site).len)
		return ra_printf(j->repo, "%u", site->line);
	return ra_printf(j->repo, "%u of %.*s", site->line,
			 RA_FMT(ra_path_seen(site->path, finding->path)));
}

static struct ra_str stem_of(struct ra_str path)
{
	struct ra_str name = ra_path_seen(path, path);
	ptrdiff_t dot = ra_str_find(name, RA_STR("."));

	return dot > 0 ? ra_str_n(name.ptr, (size_t)dot) : name;
}

/* Two locks of one name are told apart by the files that declare them. */
static struct ra_str shown(struct joining *j, const struct cycle *cycle,
			   const struct ra_order_edge *edge)
{
	for (unsigned i = 0; i < cycle->n; i++)
		if (cycle->edges[i] != edge &&
		    ra_str_eq(cycle->edges[i]->first.name, edge->first.name))
			return ra_printf(j->repo, "%.*s.%.*s",
					 RA_FMT(stem_of(edge->first.place)),
					 RA_FMT(edge->first.name));
	return edge->first.name;
}

static void add_event(struct joining *j, struct ra_finding *finding,
		      const struct ra_order_site *site, struct ra_str note)
{
	*ra_vec_push(j->repo, &finding->events) = (struct ra_event){
		.role = "acquire", .line = site->line, .end_line = site->end_line,
		.column = site->column, .note = note, .path = other_path(finding, site),
	};
}

static void add_step(struct joining *j, struct ra_finding *finding, const char *task,
		     const struct ra_order_site *site, bool window, struct ra_str text)
{
	*ra_vec_push(j->repo, &finding->steps) = (struct ra_step){
		.task = ra_str(task), .line = site->line, .text = text, .window = window,
		.path = other_path(finding, site),
	};
}

static void add_var(struct joining *j, struct ra_finding *finding, const char *name,
		    struct ra_str value)
{
	*ra_vec_push(j->repo, &finding->vars) = (struct ra_var){ ra_str(name), value };
}

static int by_place(const void *left, const void *right)
{
	const struct ra_evidence_line *a = left, *b = right;
	int order = ra_str_cmp(a->path, b->path);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static void add_line(struct joining *j, struct ra_finding *finding,
		     const struct ra_order_site *site)
{
	struct ra_str path = other_path(finding, site);

	for (size_t i = 0; i < finding->evidence.n; i++)
		if (finding->evidence.v[i].line == site->line &&
		    ra_str_eq(finding->evidence.v[i].path, path))
			return;
	*ra_vec_push(j->repo, &finding->evidence) = (struct ra_evidence_line){
		.line = site->line, .text = site->code, .role = "acquire", .path = path,
	};
}

static void tell(struct joining *j, const struct cycle *cycle, struct ra_finding *finding)
{
	static const char *const tasks[CYCLE_MAX] = { "Task A", "Task B", "Task C", "Task D" };

	for (unsigned i = 0; i < cycle->n; i++) {
		const struct ra_order_edge *edge = cycle->edges[i];
		struct ra_str first = shown(j, cycle, edge);

		add_line(j, finding, &edge->held);
		add_event(j, finding, &edge->held, ra_printf(j->repo, "takes `%.*s`",
							     RA_FMT(first)));
		add_step(j, finding, tasks[i], &edge->held, false,
			 ra_printf(j->repo, "`%.*s` takes `%.*s`", RA_FMT(edge->held.unit),
				   RA_FMT(first)));
	}
	for (unsigned i = 0; i < cycle->n; i++) {
		const struct ra_order_edge *edge = cycle->edges[i];
		const struct ra_order_edge *next = cycle->edges[(i + 1) % cycle->n];
		struct ra_str first = shown(j, cycle, edge), second = shown(j, cycle, next);

		add_line(j, finding, &edge->at);
		add_line(j, finding, &edge->acquire);
		add_event(j, finding, &edge->at,
			  ra_printf(j->repo, "wants `%.*s` while it holds `%.*s`", RA_FMT(second),
				    RA_FMT(first)));
		if (edge->acquire.line != edge->at.line ||
		    !ra_str_eq(edge->acquire.path, edge->at.path))
			add_event(j, finding, &edge->acquire, RA_STR("the acquisition itself"));
		add_step(j, finding, tasks[i], &edge->acquire, true,
			 ra_printf(j->repo, "wants `%.*s` and waits for %s", RA_FMT(second),
				   tasks[(i + 1) % cycle->n]));
	}
	qsort(finding->evidence.v, finding->evidence.n, sizeof(*finding->evidence.v), by_place);
}

static void report(struct joining *j, const struct cycle *cycle)
{
	const struct ra_order_edge *edge = cycle->edges[0], *back = cycle->edges[cycle->n - 1];
	struct ra_str first = shown(j, cycle, edge), second = shown(j, cycle, cycle->edges[1]);
	struct ra_finding finding = {
		.card = j->card, .fingerprint = edge->fingerprint, .severity = j->card->severity,
		.confidence = j->card->confidence, .state = RA_STATE_NEW,
		.question = j->card->question, .path = edge->report->path, .unit = edge->at.unit,
		.subject = ra_printf(j->repo, "%.*s, %.*s", RA_FMT(first), RA_FMT(second)),
		.lang = edge->lang, .line = edge->at.line, .end_line = edge->at.end_line,
		.column = edge->at.column,
	};

	add_var(j, &finding, "first", first);
	add_var(j, &finding, "second", second);
	add_var(j, &finding, "task_b", back->at.unit);
	add_var(j, &finding, "back", line_words(j, &finding, &back->at));
	add_var(j, &finding, "class", edge->class_);
	add_var(j, &finding, "function", edge->function);
	add_var(j, &finding, "language", ra_str(ra_lang_title(edge->lang)));
	add_var(j, &finding, "lock", RA_STR(""));
	add_var(j, &finding, "together", RA_STR(""));
	tell(j, cycle, &finding);
	ra_findings_add(j->repo, edge->report, &finding);
}

void ra_orders_join(struct ra_arena *repo, const struct ra_card *card, struct ra_orders *orders)
{
	struct joining j = { .repo = repo, .card = card, .orders = orders };

	ra_map_init(&j.locks, repo);
	ra_map_init(&j.done, repo);
	expand_calls(&j);
	build_graph(&j);
	for (size_t i = 0; i < orders->edges.n; i++) {
		struct cycle cycle = { .edges = { &orders->edges.v[i] }, .n = 1 };

		if (cycle.edges[0]->second.id.len && close_cycle(&j, &cycle) &&
		    is_new(&j, &cycle) && rotate(&cycle))
			report(&j, &cycle);
	}
}
