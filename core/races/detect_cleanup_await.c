/*
 * cleanup-await: a checkpoint in code that cleans up, where a cancelled scope raises at every
 * checkpoint again.
 *
 *     finally | except cancellation | exit of a context manager: checkpoint, not shielded
 *
 * After a cancellation the clean-up is cut off at its first checkpoint, and what follows does not
 * run. A shield has to stand inside the clean-up. Silent for the calls of `safe`, which do their
 * work even when cancelled, for bounded waits, and in tests. A question where the file also uses a
 * runtime that cancels once. One finding for each place that cleans up.
 */
#include "core/races/cancel.h"

/* A unit of the file that shields all it awaits. */
static bool is_shielded_unit(const struct ra_detection *d, uint32_t unit)
{
	const struct ra_unit_facts *u = &d->facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *point = ra_fact(d->facts, u->first + i);

		if (ra_is_cancel_point(d->facts, point) &&
		    !ra_cancel_scope(d, ra_cancel_place(point), NULL, RA_EFFECT_SHIELD))
			return false;
	}
	return true;
}

/* To enter a scope is no wait: its exit is. */
static bool enters_scope(const struct ra_fact *point)
{
	const struct ra_api_row *made = ra_api_with(point->row, RA_EFFECT_NEW);

	return point->how == RA_SW_ENTER && made && made->kind == RA_KIND_SCOPE;
}

/* The exit of a context manager that runs the exit of what it wraps adds no work of its own. */
static bool hands_on(const struct ra_facts *facts, const struct ra_fact *point,
		     const struct ra_node *call)
{
	const struct ra_unit *unit = &facts->shape->units.v[point->unit];

	return (unit->flags & RA_U_METHOD) && call->kids->kind == RA_N_MEMBER &&
	       ra_str_starts(unit->name, RA_STR("__")) &&
	       ra_str_eq(ra_tree_last_word(call), unit->name);
}

static bool is_safe(const struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_node *call = ra_cancel_awaited_call(point);

	if (!call)
		return enters_scope(point);
	if (ra_cancel_shields_itself(d, point) ||
	    (point->callee != RA_NONE && is_shielded_unit(d, point->callee)))
		return true;
	if (hands_on(d->facts, point, call))
		return true;
	if (ra_card_has(d->card, "safe", ra_cstr(d->arena, ra_tree_last_word(call))))
		return true;
	return !call->kids->next &&
	       ra_card_has(d->card, "safe_bare", ra_cstr(d->arena, ra_tree_last_word(call)));
}

static const struct ra_node *unprotected(const struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_node *cleanup = ra_cancel_cleanup(d, point->node);

	/* a wait does no work itself: where it is bounded, to cut it off loses nothing */
	if (!cleanup || is_safe(d, point) ||
	    (ra_cancel_waits(d, point) && ra_cancel_bounded(d, point)) ||
	    ra_cancel_scope(d, ra_cancel_place(point), cleanup, RA_EFFECT_SHIELD))
		return NULL;
	return cleanup;
}

/* In a file that also uses a runtime without cancel scopes: does the unit use one with them? */
static bool uses_scopes(const struct ra_detection *d, uint32_t unit)
{
	return !(d->facts->runtimes & ~d->card->runtimes & RA_RT_COOPERATIVE) ||
	       (d->facts->units[unit].runtimes & d->card->runtimes);
}

static void report(struct ra_detection *d, const struct ra_fact *point,
		   const struct ra_node *cleanup)
{
	const struct ra_unit_facts *u = &d->facts->units[point->unit];
	struct ra_str where = ra_cancel_cleanup_words(d, cleanup);
	struct ra_str words = ra_fact_words(d->arena, d->facts, point);
	struct ra_candidate *c = ra_candidate_at(d, point, where);

	if (!c)
		return;
	c->question |= !uses_scopes(d, point->unit);
	ra_candidate_var(d, c, "where", "%.*s", RA_FMT(where));
	ra_candidate_event(d, c, "switch", point, "raises again after a cancellation");
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *other = ra_fact(d->facts, u->first + i);

		if (other->index > point->index && ra_is_cancel_point(d->facts, other) &&
		    unprotected(d, other) == cleanup)
			ra_candidate_event(d, c, "switch", other, "and so does this");
	}
	ra_candidate_step(d, c, "Task B", 0, false, "cancels the scope that task A runs in");
	ra_candidate_step(d, c, "Task A", ra_node_line(d->facts->shape, cleanup), true,
			  "enters %.*s", RA_FMT(where));
	ra_candidate_step(d, c, "Task A", point->line, true, "%.*s: the cancellation is raised",
			  RA_FMT(words));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *last = NULL;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *point = ra_fact(facts, (uint32_t)i);
		const struct ra_node *cleanup;

		if ((point->flags & RA_FACT_INLINED) || !ra_is_cancel_point(facts, point) ||
		    facts->units[point->unit].test)
			continue;
		cleanup = unprotected(d, point);
		if (cleanup && cleanup != last)
			report(d, point, cleanup);
		last = cleanup ? cleanup : last;
	}
}

const struct ra_detector ra_detect_cleanup_await = {
	.name = "cleanup-await",
	.help = "an unshielded checkpoint in clean-up code of a runtime with cancel scopes",
	.params = "cancelled foreign everything shields cleanup waits safe safe_bare",
	.vars = "where",
	.run = run,
};
