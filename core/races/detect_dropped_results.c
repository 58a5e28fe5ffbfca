/*
 * dropped-results: tasks are awaited together, their exceptions come back as values, and nobody
 * looks at the values.
 *
 *     checkpoint on gather(..., returning exceptions): the result goes nowhere
 *
 * A task that failed, or was cancelled, looks like one that has done its work. Silent in tests, in
 * code that cleans up and after the unit has cancelled something: there the errors are expected.
 */
#include "core/races/cancel.h"

static bool is_dropped(const struct ra_node *await)
{
	return await->up->kind == RA_N_EXPRESSION ||
	       (await->up->kind == RA_N_ASSIGN && ra_str_is(await->up->kids->text, "_"));
}

static bool returns_exceptions(const struct ra_detection *d, const struct ra_node *call)
{
	const struct ra_node *value = ra_tree_keyword(call, ra_card_param(d->card, "returning"));

	return value && value->kind == RA_N_LITERAL && value->word == RA_W_TRUE;
}

static bool cancels_before(const struct ra_facts *facts, const struct ra_fact *point)
{
	const struct ra_unit_facts *u = &facts->units[point->unit];

	for (uint32_t i = 0; i < point->position; i++) {
		const struct ra_api_row *row = ra_fact(facts, u->stream[i])->row;

		if (ra_api_with(row, RA_EFFECT_CANCEL) || ra_api_with(row, RA_EFFECT_CLOSE))
			return true;
	}
	return false;
}

static void report(struct ra_detection *d, const struct ra_fact *point)
{
	struct ra_candidate *c = ra_candidate_at(d, point, point->name);

	if (!c)
		return;
	ra_candidate_event(d, c, "join", point, "exceptions come back as values");
	ra_candidate_step(d, c, "Task A", point->line, false, "waits for all tasks together");
	ra_candidate_step(d, c, "Task B", 0, true, "one of the tasks raises");
	ra_candidate_step(d, c, "Task A", point->line, true, "goes on: the result is dropped");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *point = ra_fact(facts, (uint32_t)i);

		if (point->kind != RA_FACT_CHECKPOINT || (point->flags & RA_FACT_INLINED) ||
		    point->node->kind != RA_N_AWAIT || point->node->kids->kind != RA_N_CALL ||
		    !ra_api_with(point->row, RA_EFFECT_GATHER) || !is_dropped(point->node) ||
		    facts->units[point->unit].test)
			continue;
		if (returns_exceptions(d, point->node->kids) && !cancels_before(facts, point) &&
		    !ra_cancel_cleanup(d, point->node))
			report(d, point);
	}
}

const struct ra_detector ra_detect_dropped_results = {
	.name = "dropped-results",
	.help = "exceptions of awaited tasks returned as values that nobody reads",
	.params = "returning cancelled foreign everything cleanup",
	.vars = "",
	.run = run,
};
