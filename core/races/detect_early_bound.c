/*
 * early-bound: a bound in time that starts to run before it is entered.
 *
 *     t = bound(5); ...; with t: ...    the deadline counts from the first line
 *
 * Sure where the same unit makes the bound, binds it to a local and enters that local later.
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

static void report(struct ra_detection *d, const struct ra_fact *make, const struct ra_node *item)
{
	struct ra_candidate *c = ra_candidate_at(d, make, make->bound);
	uint32_t line = ra_node_line(d->facts->shape, item);

	if (!c)
		return;
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
		if (item)
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
