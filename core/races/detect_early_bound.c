/*
 * early-bound: a bound in time that starts to run before it is entered.
 *
 *     t = bound(5); ...; with t: ...    the deadline counts from the first line
 *
 * Sure where the same unit makes the bound, binds it to a local, does something else, and enters that
 * local then. Weaker where the next statement enters it: the next line that is put between makes it
 * so. Silent where a branch decides first how it is entered.
 */
#include "core/races/tree.h"

/* The `with` item of the unit that enters the local, after it was bound. */
static const struct ra_node *entered_later(const struct ra_facts *facts, const struct ra_fact *make)
{
	const struct ra_node *unit = facts->shape->units.v[make->unit].node, *at = NULL;

	while ((at = ra_node_walk(unit, at, false)) != NULL)
		if (at->kind == RA_N_ITEM && at->first > make->node->last &&
		    at->kids->kind == RA_N_NAME && ra_str_eq(at->kids->text, make->bound))
			return at;
	return NULL;
}

/* Anything in between that can take time? */
static bool works_between(const struct ra_facts *facts, const struct ra_fact *make,
			  const struct ra_node *item)
{
	const struct ra_unit_facts *unit = &facts->units[make->unit];

	for (uint32_t i = make->index + 1; i < unit->first + unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if (!fact->node || fact->node->first >= item->first)
			break;
		if (fact->kind == RA_FACT_CHECKPOINT || fact->kind == RA_FACT_WAIT ||
		    fact->kind == RA_FACT_ACQUIRE ||
		    (fact->kind == RA_FACT_CALL && !ra_api_with(fact->row, RA_EFFECT_PURE)))
			return true;
	}
	return false;
}

static bool enters_next(const struct ra_fact *make, const struct ra_node *item)
{
	return make->statement->next && make->statement->next == item->up;
}

static void report(struct ra_detection *d, const struct ra_fact *make, const struct ra_node *item)
{
	struct ra_candidate *c = ra_candidate_at(d, make, make->bound);
	uint32_t line = ra_node_line(d->facts->shape, item);

	if (!c)
		return;
	if (enters_next(make, item))
		ra_candidate_weaken(c, RA_SEV_LOW, RA_CONF_LOW);
	ra_candidate_var(d, c, "bound", "%.*s", RA_FMT(make->bound));
	ra_candidate_line(d, c, "entered", line);
	ra_candidate_event(d, c, "acquire", make, "the deadline is fixed here");
	ra_candidate_step(d, c, "Task A", make->line, true, "`%.*s`: the deadline is fixed",
			  RA_FMT(make->name));
	ra_candidate_step(d, c, "Task B", 0, true, "runs while A does other things");
	ra_candidate_step(d, c, "Task A", line, true, "enters `%.*s` with less time than written",
			  RA_FMT(make->bound));
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *make = ra_fact(d->facts, (uint32_t)i);
		const struct ra_api_row *row = ra_api_with(make->row, RA_EFFECT_NEW);
		const struct ra_node *item;

		if (!row || row->kind != RA_KIND_TIMEOUT || make->kind != RA_FACT_CALL ||
		    !ra_api_with(make->row, RA_EFFECT_TIMEOUT) || make->how != RA_USE_BOUND ||
		    (make->flags & RA_FACT_INLINED) || !make->node->kids->next ||
		    !ra_tree_pairs(d->facts, make->unit))
			continue;
		item = entered_later(d->facts, make);
		if (item && (enters_next(make, item) || works_between(d->facts, make, item)))
			report(d, make, item);
	}
}

const struct ra_detector ra_detect_early_bound = {
	.name = "early-bound",
	.help = "a time bound whose deadline is fixed before it is entered",
	.params = "",
	.vars = "bound entered",
	.run = run,
};
