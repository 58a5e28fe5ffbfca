/*
 * lock-order: a cycle in the order in which locks are taken.
 *
 *     region of A holds at acquire B    ||    region of B holds at acquire A    (or longer)
 *
 * Edges come from lockgraph, calls included; cycles over several files that are no one module are
 * found in core/findings/order_join.c. Sure where the units can run together. Silent when
 * one more lock is held over all edges of the cycle (it lets only one in), when one of the units
 * is construction, for two shared holds, and for acquisitions that may give up.
 */
#include "core/races/lockgraph.h"

enum { CYCLE_MAX = 4 };

struct cycle {
	const struct ra_lock_edge *edges[CYCLE_MAX];
	unsigned n, most;         /* edges; and how many it may have */
	bool *tried;              /* by lock: leads nowhere, as far as was seen */
};

/* A lock outside of the cycle that is held over each of its edges, so that it lets in only one: two
 * shares of it do not keep each other out. */
static bool has_gate(const struct ra_facts *facts, const struct cycle *cycle)
{
	const struct ra_fact *at = ra_fact(facts, cycle->edges[0]->at);

	for (uint32_t r = 0; r < at->n_regions; r++) {
		uint32_t lock = facts->regions.v[at->regions[r]].lock;
		bool gate = lock != RA_NONE;
		unsigned shares = 0;

		for (unsigned i = 0; i < cycle->n && gate; i++) {
			const struct ra_fact *edge = ra_fact(facts, cycle->edges[i]->at);
			const struct ra_region *held = ra_fact_region_of(facts, edge, lock);

			gate = lock != cycle->edges[i]->first && held;
			shares += held && held->shared;
		}
		if (gate && shares < 2)
			return true;
	}
	return false;
}

static bool run_together(const struct ra_facts *facts, const struct cycle *cycle)
{
	for (unsigned i = 0; i < cycle->n; i++)
		if (ra_units_together(facts, cycle->edges[i]->unit,
				      cycle->edges[(i + 1) % cycle->n]->unit).strength ==
		    RA_TOGETHER_NO)
			return false;
	return true;
}

static bool usable(const struct ra_facts *facts, const struct ra_lock_edge *edge)
{
	return edge->first != edge->second && !facts->units[edge->unit].constructs &&
	       facts->regions.v[edge->region].kind != RA_KIND_CELL; /* a cell does not wait */
}

/* Extend the cycle by edges that lead back to where it began; locks below `low` are left to the
 * cycle that begins at them. */
static bool close_cycle(const struct ra_facts *facts, const struct ra_lock_graph *graph,
			struct cycle *cycle)
{
	uint32_t from = cycle->edges[cycle->n - 1]->second, low = cycle->edges[0]->first;

	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct ra_lock_edge *edge = &graph->edges.v[i];

		if (!usable(facts, edge) || edge->first != from || edge->second < low ||
		    cycle->tried[edge->second])
			continue;
		if (!ra_facts_step(facts))
			return false;
		cycle->tried[edge->second] = edge->second != low;
		cycle->edges[cycle->n++] = edge;
		if (edge->second == low ? !has_gate(facts, cycle) && run_together(facts, cycle)
					: cycle->n < cycle->most && close_cycle(facts, graph, cycle))
			return true;
		cycle->n--;
	}
	return false;
}

static struct ra_str name_of(const struct ra_facts *facts, uint32_t lock)
{
	return facts->states.v[lock].name;
}

/* Told from an edge in a file that is audited: of the others nothing is kept. */
static void turn(const struct ra_facts *facts, struct cycle *cycle)
{
	for (unsigned i = 0; i < cycle->n; i++) {
		const struct ra_lock_edge *first = cycle->edges[0];

		if (ra_source_part(facts->source, ra_fact(facts, first->at)->line)->audited)
			return;
		memmove(cycle->edges, cycle->edges + 1, (cycle->n - 1) * sizeof(*cycle->edges));
		cycle->edges[cycle->n - 1] = first;
	}
}

/* Are all of them shared holds, which keep only those out who want to write? */
static bool all_shared(const struct ra_facts *facts, const struct cycle *cycle)
{
	for (unsigned i = 0; i < cycle->n; i++) {
		const struct ra_lock_edge *edge = cycle->edges[i];
		const struct ra_fact *acquire = ra_fact(facts, edge->acquire);

		if (!facts->regions.v[edge->region].shared ||
		    !facts->regions.v[acquire->region].shared)
			return false;
	}
	return true;
}

static void report(struct ra_detection *d, const struct cycle *cycle)
{
	static const char *const tasks[CYCLE_MAX] = { "Task A", "Task B", "Task C", "Task D" };
	const struct ra_facts *facts = d->facts;
	struct ra_str first = name_of(facts, cycle->edges[0]->first);
	struct ra_str second = name_of(facts, cycle->edges[0]->second);
	const struct ra_lock_edge *back = cycle->edges[cycle->n - 1];
	struct ra_candidate *c = ra_candidate_at(d, ra_fact(facts, cycle->edges[0]->at),
		ra_printf(d->arena, "%.*s, %.*s", RA_FMT(first), RA_FMT(second)));

	if (!c)
		return;
	c->question |= all_shared(facts, cycle);
	ra_candidate_var(d, c, "first", "%.*s", RA_FMT(first));
	ra_candidate_var(d, c, "second", "%.*s", RA_FMT(second));
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(facts->shape->units.v[back->unit].qualified));
	ra_candidate_line(d, c, "back", ra_fact(facts, back->at)->line);
	for (unsigned i = 0; i < cycle->n; i++) {
		const struct ra_lock_edge *edge = cycle->edges[i];
		const struct ra_fact *held = ra_fact(facts, facts->regions.v[edge->region].acquire);

		ra_candidate_event(d, c, "acquire", held, "takes `%.*s`",
				   RA_FMT(name_of(facts, edge->first)));
		ra_candidate_step(d, c, tasks[i], held->line, false, "`%.*s` takes `%.*s`",
				  RA_FMT(facts->shape->units.v[edge->unit].qualified),
				  RA_FMT(name_of(facts, edge->first)));
	}
	for (unsigned i = 0; i < cycle->n; i++) {
		const struct ra_lock_edge *edge = cycle->edges[i];
		const struct ra_fact *at = ra_fact(facts, edge->at);
		const struct ra_fact *acquire = ra_fact(facts, edge->acquire);

		ra_candidate_event(d, c, "acquire", at, "wants `%.*s` while it holds `%.*s`",
				   RA_FMT(name_of(facts, edge->second)),
				   RA_FMT(name_of(facts, edge->first)));
		if (acquire != at)
			ra_candidate_event(d, c, "acquire", acquire, "the acquisition itself");
		ra_candidate_step(d, c, tasks[i], acquire->line, true,
				  "wants `%.*s` and waits for %s",
				  RA_FMT(name_of(facts, edge->second)), tasks[(i + 1) % cycle->n]);
	}
}

/* Is one of its pairs of locks told of already? Then it is the same cause. */
static bool is_told(struct ra_detection *d, struct ra_map *told, const struct cycle *cycle)
{
	bool known = false;

	for (int note = 0; note < 2 && !known; note++) /* look at all of them first */
		for (unsigned i = 0; i < cycle->n; i++) {
			struct ra_str pair = ra_printf(d->arena, "%u %u", cycle->edges[i]->first,
						       cycle->edges[i]->second);

			if (note)
				ra_map_put(told, pair, 1);
			else
				known |= ra_map_get(told, pair) != NULL;
		}
	return known;
}

/* Short cycles first: a longer one that goes by their locks tells nothing new. */
static void run(struct ra_detection *d)
{
	const struct ra_lock_graph *graph = ra_lock_graph(d->arena, d->facts, d->out);
	bool *tried = ra_new_array(d->arena, bool, d->facts->states.n);
	struct ra_map told;

	ra_map_init(&told, d->arena);
	for (unsigned most = 2; most <= CYCLE_MAX; most++)
		for (size_t i = 0; i < graph->edges.n; i++) {
			struct cycle cycle = { .edges = { &graph->edges.v[i] }, .n = 1,
					       .most = most, .tried = tried };
			const struct ra_lock_edge *edge = cycle.edges[0];

			if (!usable(d->facts, edge) || edge->second < edge->first)
				continue;
			memset(tried, 0, d->facts->states.n * sizeof(*tried));
			if (!close_cycle(d->facts, graph, &cycle) || is_told(d, &told, &cycle))
				continue;
			turn(d->facts, &cycle);
			report(d, &cycle);
		}
}

const struct ra_detector ra_detect_lock_order = {
	.name = "lock-order",
	.help = "a cycle in the order in which locks are taken",
	.params = "",
	.vars = "first second back",
	.run = run,
};
