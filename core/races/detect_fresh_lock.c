/*
 * fresh-lock: a guard made by the call that takes it.
 *
 *     with Lock(): ...    each run holds a lock of its own
 *     lock = Lock(); with lock: ...    the same, through a local that goes nowhere else
 *
 * Nobody else can ever hold it, so it keeps nobody out. Silent once the local is passed, stored,
 * returned or used by an inner function, and for guards that are shared by name.
 */
#include "core/races/tree.h"

/* A guard of its own: not one side of another guard, not one that all share who name it alike. */
static bool makes_guard(const struct ra_fact *fact)
{
	const struct ra_api_row *row = ra_api_with(fact->row, RA_EFFECT_NEW);

	return row && row->arg != RA_API_RECEIVER && !(row->flags & RA_API_NAMED) &&
	       (row->kind == RA_KIND_LOCK || row->kind == RA_KIND_SEMAPHORE ||
		row->kind == RA_KIND_CONDITION);
}

/* The call that makes the guard a `with` item enters, or NULL. */
static const struct ra_fact *made_in_item(const struct ra_facts *facts, const struct ra_node *item)
{
	const struct ra_node *at = item->kids;
	uint32_t index = at->kind == RA_N_CALL ? ra_fact_of_node(facts, at) : RA_NONE;

	if (index == RA_NONE || !makes_guard(ra_fact(facts, index)))
		return NULL;
	return ra_fact(facts, index);
}

/* A local that holds a new guard and is entered in its own unit, and otherwise never used. */
static const struct ra_node *only_entered(const struct ra_facts *facts, const struct ra_fact *make)
{
	const struct ra_node *unit = facts->shape->units.v[make->unit].node, *at = NULL;
	const struct ra_node *entered = NULL;

	if (make->how != RA_USE_BOUND || unit->kind == RA_N_MODULE)
		return NULL;
	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || !ra_str_eq(at->text, make->bound) ||
		    (at->up->kind == RA_N_ASSIGN && at->next))
			continue;
		if (at->up->kind != RA_N_ITEM || at->unit != make->unit)
			return NULL;
		entered = at->up;
	}
	return entered;
}

static void report(struct ra_detection *d, const struct ra_fact *make, const struct ra_node *item)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_str unit = shape->units.v[make->unit].qualified;
	struct ra_candidate *c = ra_candidate_node(d, make->unit, item, make->name);
	uint32_t line = ra_node_line(shape, item);

	if (!c)
		return;
	c->question |= d->facts->units[make->unit].test;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(make->name));
	ra_candidate_event(d, c, "acquire", make, "makes a new guard");
	ra_candidate_step(d, c, "Task A", line, true, "`%.*s` makes and takes guard 1",
			  RA_FMT(unit));
	ra_candidate_step(d, c, "Task B", line, true,
			  "`%.*s` makes and takes guard 2, while A is inside", RA_FMT(unit));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(facts->shape->root, at, true)) != NULL) {
		const struct ra_fact *make;

		if (at->kind == RA_N_ITEM && (make = made_in_item(facts, at)) != NULL)
			report(d, make, at);
	}
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *make = ra_fact(facts, (uint32_t)i);

		if (make->kind != RA_FACT_CALL || !makes_guard(make) ||
		    !ra_tree_pairs(facts, make->unit))
			continue;
		at = only_entered(facts, make);
		if (at)
			report(d, make, at);
	}
}

const struct ra_detector ra_detect_fresh_lock = {
	.name = "fresh-lock",
	.help = "a lock or semaphore made by the very call that takes it",
	.params = "",
	.vars = "lock",
	.run = run,
};
