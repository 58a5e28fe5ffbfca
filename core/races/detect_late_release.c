/*
 * late-release: clean-up code reaches a checkpoint before it gives back what others wait for.
 *
 *     finally | handler | exit of a context manager: checkpoint < release L | wake W
 *
 * A cancellation that arrives at the checkpoint skips the release for good: the lock stays held,
 * the waiters wait for ever. Silent when the checkpoint stands in a `try` whose `finally` releases,
 * under a shield, and where the unit takes the lock itself (missing-release walks those paths).
 */
#include "core/races/cancel.h"

/* Any handler and any `finally` is clean-up here: a cancellation can arrive in each of them. */
static const struct ra_node *cleanup_of(const struct ra_detection *d, const struct ra_fact *end)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *node = end->node;

	for (; node && node->kind != RA_N_LAMBDA; node = node->up) {
		if (node->kind == RA_N_HANDLER ||
		    (node->kind == RA_N_BLOCK &&
		     shape->blocks.v[node->block].role == RA_B_FINALLY))
			return node;
		if (node->kind == RA_N_FUNCTION)
			return ra_cancel_unit_cleans(d, node->unit) ? node : NULL;
	}
	return NULL;
}

/* Is the release, or one like it, on the way out of the checkpoint? */
static bool runs_anyway(const struct ra_facts *facts, const struct ra_fact *point,
			const struct ra_fact *end, const struct ra_node *cleanup)
{
	const struct ra_node *node, *up;

	for (node = point->node; node != cleanup && (up = node->up) != NULL; node = up) {
		const struct ra_node *finally = up->kind == RA_N_TRY ?
			ra_cancel_block(facts->shape, up, RA_B_FINALLY) : NULL;
		const struct ra_node *kid = up->kind == RA_N_TRY ? up->kids : NULL;

		if (finally && node != finally && ra_tree_inside(end->node, finally))
			return true;
		for (; kid; kid = kid->next)
			if (kid->kind == RA_N_HANDLER && node == up->kids &&
			    !ra_handler_exception(kid))
				return true;
	}
	return false;
}

static const struct ra_fact *point_before(const struct ra_detection *d, const struct ra_fact *end,
					  const struct ra_node *cleanup)
{
	const struct ra_unit_facts *u = &d->facts->units[end->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *point = ra_fact(d->facts, u->first + i);

		if (point->index >= end->index)
			return NULL;
		if (ra_is_cancel_point(d->facts, point) && point->how != RA_SW_EXIT &&
		    point->statement != end->statement &&
		    ra_tree_inside(point->node, cleanup) &&
		    ra_fact_order(d->facts, point, end, false) != RA_ORDER_NEVER &&
		    !ra_cancel_scope(d, point->node, cleanup, RA_EFFECT_SHIELD) &&
		    !runs_anyway(d->facts, point, end, cleanup))
			return point;
	}
	return NULL;
}

static bool ends_waiting(const struct ra_detection *d, const struct ra_fact *fact)
{
	if (fact->kind == RA_FACT_RELEASE)
		return fact->region == RA_NONE && ra_card_has(d->card, "ends", "release");
	if (fact->kind != RA_FACT_WAKE || !ra_card_has(d->card, "ends", "wake"))
		return false;
	return fact->receiver_kind == RA_KIND_EVENT || fact->receiver_kind == RA_KIND_FUTURE;
}

static void report(struct ra_detection *d, const struct ra_fact *end, const struct ra_fact *point,
		   const struct ra_node *cleanup)
{
	struct ra_str where = ra_cancel_cleanup_words(d, cleanup);
	struct ra_str words = ra_fact_words(d->arena, d->facts, point);
	struct ra_candidate *c = ra_candidate_at(d, point, end->base);

	if (!c)
		return;
	ra_candidate_var(d, c, "where", "%.*s", RA_FMT(where));
	ra_candidate_var(d, c, "end", "%.*s", RA_FMT(ra_node_text(d->facts->shape, end->node)));
	ra_candidate_var(d, c, "held", "%.*s", RA_FMT(end->base));
	ra_candidate_line(d, c, "skipped_line", end->line);
	ra_candidate_event(d, c, "switch", point, "a cancellation here skips the rest");
	ra_candidate_event(d, c, "release", end, "is skipped");
	ra_candidate_step(d, c, "Task A", point->line, true, "in %.*s: %.*s", RA_FMT(where),
			  RA_FMT(words));
	ra_candidate_step(d, c, "Task B", 0, true, "cancels task A, or its scope is cancelled");
	ra_candidate_step(d, c, "Task A", end->line, true, "`%.*s` does not run",
			  RA_FMT(ra_node_text(d->facts->shape, end->node)));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *end = ra_fact(facts, (uint32_t)i), *point;
		const struct ra_node *cleanup;

		if ((end->flags & RA_FACT_INLINED) || !facts->units[end->unit].is_async ||
		    facts->units[end->unit].test ||
		    !ends_waiting(d, end))
			continue;
		cleanup = cleanup_of(d, end);
		point = cleanup ? point_before(d, end, cleanup) : NULL;
		if (point)
			report(d, end, point, cleanup);
	}
}

const struct ra_detector ra_detect_late_release = {
	.name = "late-release",
	.help = "a checkpoint in clean-up code before a lock is released or a waiter woken",
	.params = "ends cleanup cancelled foreign everything shields",
	.vars = "where end held skipped_line",
	.run = run,
};
