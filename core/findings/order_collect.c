/*
 * What one source says of the order of its locks. The graph of its own (core/races/lockgraph.h)
 * knows those that it declares; here come those that it imports, and calls of functions that it
 * imports with a lock held.
 */
#include "core/findings/fingerprint.h"
#include "core/findings/order.h"
#include "core/races/lockgraph.h"

struct collecting {
	struct ra_arena *repo, *arena;
	const struct ra_facts *facts;
	const struct ra_card *card;
	const struct ra_order_names *names;
	struct ra_file_report *const *files;
	struct ra_orders *out;
	const struct ra_lock_graph *graph;
	size_t first;                  /* of its edges */
};

/* -- names --------------------------------------------------------------------------------- */

static struct ra_str from(struct ra_str s, size_t at)
{
	return ra_str_n(s.ptr + at, s.len - at);
}

/* What stands for the file of a path, or for all that are one module with it. */
static struct ra_str place_of(const struct collecting *c, struct ra_str path)
{
	return c->facts->source->n_parts > 1 ? ra_path_directory(path) : path;
}

static struct ra_order_lock named(struct collecting *c, struct ra_str place, struct ra_str name)
{
	return (struct ra_order_lock){
		.id = ra_printf(c->arena, "%d %.*s %.*s", ra_lang_family(c->facts->source->lang),
				RA_FMT(place), RA_FMT(name)),
		.place = place, .name = name,
	};
}

static bool begins_with_name(struct ra_str full, struct ra_str name)
{
	return ra_str_starts(full, name) &&
	       (full.len == name.len || full.ptr[name.len] == '.');
}

/* The import that a full name begins with, the longest; `rest` is what follows, without its dot. */
static const struct ra_import *import_of(const struct collecting *c, struct ra_str full,
					 struct ra_str *rest)
{
	const struct ra_import *best = NULL;
	size_t length = 0;

	for (size_t i = 0; i < c->facts->imports.n; i++) {
		const struct ra_import *import = &c->facts->imports.v[i];
		struct ra_str name = import->name.len ? import->full : import->module;

		if (name.len > length && begins_with_name(full, name)) {
			best = import;
			length = name.len;
		}
	}
	*rest = from(full, full.len > length ? length + 1 : full.len);
	return best;
}

/* Looks for `name` of the import's module, or for the first of `rest` in the module of that
 * name. */
static bool find(struct collecting *c, const struct ra_import *import, struct ra_str name,
		 struct ra_str *rest, struct ra_str *path, struct ra_str *inner)
{
	struct ra_str file = ra_source_part(c->facts->source, import->line)->path, module;

	if (c->names->find(c->names->arg, file, import->module, name, path, inner))
		return true;
	module = ra_import_submodule(c->arena, c->facts->source->lang, import->module, name);
	return module.len && ra_str_cut(rest, '.', &name) &&
	       c->names->find(c->names->arg, file, module, name, path, inner);
}

/* What is declared in another file, as "name" or "Class.field" there. */
static struct ra_order_lock imported(struct collecting *c, struct ra_str full)
{
	struct ra_order_lock unknown = { .id = RA_STR("") };
	struct ra_str rest, name, path, inner;
	const struct ra_import *import = import_of(c, full, &rest);

	if (!import)
		return unknown;
	name = import->name;
	if (!name.len && !ra_str_cut(&rest, '.', &name))
		return unknown;
	if (!find(c, import, name, &rest, &path, &inner))
		return unknown;
	if (rest.len)
		inner = ra_printf(c->arena, "%.*s.%.*s", RA_FMT(inner), RA_FMT(rest));
	return named(c, path, inner);
}

/* "pool._lock" of a class whose `pool` is of a class of another file: "_lock" of that. */
static struct ra_order_lock held_by_field(struct collecting *c, const struct ra_state *state)
{
	struct ra_str object = ra_str_before_last(state->field, '.'), field;

	if (!object.len)
		return (struct ra_order_lock){ .id = RA_STR("") };
	field = from(state->field, object.len + 1);
	for (size_t i = 0; i < c->facts->states.n; i++) {
		const struct ra_state *other = &c->facts->states.v[i];

		if (other->owner == state->owner && ra_str_eq(other->field, object) &&
		    (other->scope == RA_SCOPE_CLOSURE) == (state->scope == RA_SCOPE_CLOSURE) &&
		    other->type.len)
			return imported(c, ra_printf(c->arena, "%.*s.%.*s", RA_FMT(other->type),
						     RA_FMT(field)));
	}
	return (struct ra_order_lock){ .id = RA_STR("") };
}

static struct ra_order_lock lock_of_state(struct collecting *c, uint32_t index)
{
	const struct ra_state *state = &c->facts->states.v[index];
	struct ra_order_lock lock = held_by_field(c, state);

	if (lock.id.len)
		return lock;
	return named(c, place_of(c, ra_source_part(c->facts->source, state->line)->path),
		     state->name);
}

static struct ra_order_lock lock_of(struct collecting *c, const struct ra_region *region)
{
	if (region->lock != RA_NONE)
		return lock_of_state(c, region->lock);
	return imported(c, region->full);
}

/* -- sites --------------------------------------------------------------------------------- */

static struct ra_order_site site_of(struct collecting *c, const struct ra_fact *fact)
{
	const struct ra_source *source = c->facts->source;
	const struct ra_part *part = ra_source_part(source, fact->line);

	return (struct ra_order_site){
		.path = ra_str_copy(c->repo, part->path),
		.unit = ra_str_copy(c->repo, c->facts->shape->units.v[fact->unit].qualified),
		.code = ra_str_copy(c->repo, ra_source_line_text(source, fact->line)),
		.line = ra_part_line(part, fact->line),
		.end_line = ra_part_line(part, fact->end_line),
		.column = fact->column,
	};
}

/* -- edges --------------------------------------------------------------------------------- */

static bool runs_with_others(const struct ra_facts *facts, uint32_t unit)
{
	return !facts->units[unit].constructs && !facts->units[unit].test &&
	       facts->units[unit].self.strength != RA_TOGETHER_NO &&
	       !ra_source_part(facts->source, facts->shape->units.v[unit].line)->test;
}

static struct ra_order_lock kept(struct ra_arena *repo, struct ra_order_lock lock)
{
	return (struct ra_order_lock){ ra_str_copy(repo, lock.id), ra_str_copy(repo, lock.place),
				       ra_str_copy(repo, lock.name) };
}

static void add_gates(struct collecting *c, const struct ra_fact *at, const struct ra_region *held,
		      struct ra_order_edge *edge)
{
	for (uint32_t r = 0; r < at->n_regions && edge->n_gates < RA_ORDER_GATES; r++) {
		const struct ra_region *region = &c->facts->regions.v[at->regions[r]];
		struct ra_order_lock gate = lock_of(c, region);

		if (region != held && gate.id.len)
			edge->gates[edge->n_gates++] = ra_str_copy(c->repo, gate.id);
	}
}

/* As that of a candidate which begins here. */
static struct ra_str fingerprint_of(struct collecting *c, const struct ra_fact *held,
				    const struct ra_fact *at, const struct ra_order_edge *edge)
{
	struct ra_candidate candidate = {
		.card = c->card, .facts = c->facts, .unit = at->unit, .line = at->line,
		.subject = ra_printf(c->arena, "%.*s, %.*s", RA_FMT(edge->first.name),
				     RA_FMT(edge->second.name)),
		.events = { { .line = held->line }, { .line = at->line } },
		.n_events = 2,
	};

	return ra_fingerprint(c->repo, &candidate);
}

/* `second` at `at`, by the fact `acquire`; with no lock, by what `callee` takes. */
static void add_edges(struct collecting *c, const struct ra_fact *at, struct ra_order_lock second,
		      const struct ra_fact *acquire, struct ra_str callee, bool shared)
{
	const struct ra_facts *facts = c->facts;
	const struct ra_unit *unit = &facts->shape->units.v[at->unit];
	const struct ra_part *part = ra_source_part(facts->source, at->line);

	for (uint32_t r = 0; r < at->n_regions; r++) {
		const struct ra_region *held = &facts->regions.v[at->regions[r]];
		bool orders = ra_lock_is_first(facts, held) && held->kind != RA_KIND_CELL;
		struct ra_order_lock first = orders ? lock_of(c, held)
						    : (struct ra_order_lock){ .id = RA_STR("") };
		struct ra_order_edge *edge;

		if (!first.id.len || ra_str_eq(first.id, second.id) ||
		    held->acquire == acquire->index ||
		    c->out->edges.n - c->first >= RA_ORDER_EDGES ||
		    c->out->edges.n >= 10 * RA_ORDER_EDGES)
			continue;
		edge = ra_vec_push(c->repo, &c->out->edges);
		*edge = (struct ra_order_edge){
			.first = kept(c->repo, first), .second = kept(c->repo, second),
			.callee = ra_str_copy(c->repo, callee),
			.held = site_of(c, ra_fact(facts, held->acquire)),
			.at = site_of(c, at), .acquire = site_of(c, acquire),
			.shared = held->shared && shared, .source = c->out->sources,
			.report = c->files[part - facts->source->parts],
			.class_ = unit->class_ ? ra_str_copy(c->repo,
				facts->shape->classes.v[unit->class_ - 1].name) : RA_STR(""),
			.function = ra_str_copy(c->repo, unit->name),
			.lang = facts->source->lang,
		};
		add_gates(c, at, held, edge);
		edge->fingerprint = fingerprint_of(c, ra_fact(facts, held->acquire), at, edge);
	}
}

/* The function of another file that a call runs; empty when it is none that is known. */
static struct ra_str callee_of(struct collecting *c, const struct ra_fact *call)
{
	bool tree = call->row && call->row->flags & RA_API_TREE;
	struct ra_str full = tree ? call->row->name : call->name;

	if (call->kind != RA_FACT_CALL || call->callee != RA_NONE || (call->row && !tree) ||
	    (call->flags & RA_FACT_INLINED) ||
	    (tree && call->row->flags & RA_API_ASYNC && call->how != RA_USE_AWAITED))
		return RA_STR("");
	return imported(c, full).id;
}

static void add_calls(struct collecting *c, const struct ra_fact *call)
{
	const struct ra_facts *facts = c->facts;
	const struct ra_lock_uses *uses;
	struct ra_str callee;

	if (ra_lock_runs_now(facts, call)) {
		uses = &c->graph->uses[call->callee];
		for (size_t k = 0; k < uses->list.n; k++) {
			const struct ra_fact *acquire = ra_fact(facts, uses->list.v[k].acquire);

			add_edges(c, call, lock_of_state(c, uses->list.v[k].lock), acquire,
				  RA_STR(""), facts->regions.v[acquire->region].shared);
		}
		return;
	}
	callee = callee_of(c, call);
	if (callee.len)
		add_edges(c, call, (struct ra_order_lock){ .id = RA_STR("") }, call, callee, false);
}

/* -- what functions take ------------------------------------------------------------------- */

static void add_use(struct collecting *c, uint32_t unit, struct ra_order_lock lock,
		    const struct ra_fact *acquire)
{
	const struct ra_unit *u = &c->facts->shape->units.v[unit];
	struct ra_str place = place_of(c, ra_source_part(c->facts->source, u->line)->path);

	if (lock.id.len && !u->class_ && !u->up && c->out->uses.n < 10 * RA_ORDER_EDGES)
		*ra_vec_push(c->repo, &c->out->uses) = (struct ra_order_use){
			.callee = ra_str_copy(c->repo, named(c, place, u->name).id),
			.lock = kept(c->repo, lock), .acquire = site_of(c, acquire),
		};
}

static void add_uses(struct collecting *c)
{
	for (uint32_t u = 1; u < c->facts->shape->units.n; u++) {
		const struct ra_lock_uses *uses = &c->graph->uses[u];

		for (size_t k = 0; k < uses->list.n && runs_with_others(c->facts, u); k++)
			add_use(c, u, lock_of_state(c, uses->list.v[k].lock),
				ra_fact(c->facts, uses->list.v[k].acquire));
	}
}

void ra_orders_collect(struct ra_arena *repo, struct ra_arena *arena, const struct ra_facts *facts,
		       struct ra_candidates *candidates, const struct ra_card *card,
		       const struct ra_order_names *names, struct ra_file_report *const *files,
		       struct ra_orders *out)
{
	struct collecting c = { .repo = repo, .arena = arena, .facts = facts, .card = card,
				.names = names, .files = files, .out = out, .first = out->edges.n };

	if (!facts->regions.n)
		return;
	out->sources++;
	c.graph = ra_lock_graph(arena, facts, candidates);
	add_uses(&c);
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);
		const struct ra_region *region;
		struct ra_order_lock lock;

		if (!runs_with_others(facts, fact->unit))
			continue;
		if (!ra_lock_is_ordered(facts, fact)) {
			if (fact->n_regions)
				add_calls(&c, fact);
			continue;
		}
		region = &facts->regions.v[fact->region];
		lock = lock_of(&c, region);
		if (!lock.id.len)
			continue;
		if (region->lock == RA_NONE)
			add_use(&c, fact->unit, lock, fact);
		if (fact->n_regions)
			add_edges(&c, fact, lock, fact, RA_STR(""), region->shared);
	}
}
