/*
 * finally-leaves: a jump out of a `finally` block replaces what was on its way out.
 *
 *     try: checkpoint; finally: return | break | continue
 *
 * A cancellation that arrives at the checkpoint ends at the jump. Silent for jumps within a loop
 * of the `finally` block itself, and where the `try` reaches no checkpoint.
 */
#include "core/races/cancel.h"

/* The FINALLY block that the jump leaves, or NULL. */
static const struct ra_node *left_by(const struct ra_shape *shape, const struct ra_fact *leave)
{
	uint32_t finally = ra_block_enclosing(shape, leave->block, RA_B_FINALLY);
	uint32_t loop = shape->blocks.v[leave->block].loop;

	if (!finally || leave->node->kind == RA_N_RAISE)
		return NULL;
	if (leave->node->kind != RA_N_RETURN && loop && ra_block_inside(shape, loop, finally))
		return NULL;
	return shape->blocks.v[finally].node;
}

static void report(struct ra_detection *d, const struct ra_fact *leave, const struct ra_fact *point)
{
	struct ra_str how = ra_token_text(d->facts->shape->tokens, leave->node->first);
	struct ra_str words = ra_fact_words(d->arena, d->facts, point);
	struct ra_candidate *c = ra_candidate_at(d, leave, how);

	if (!c)
		return;
	ra_candidate_var(d, c, "how", "%.*s", RA_FMT(how));
	ra_candidate_line(d, c, "point", point->line);
	ra_candidate_event(d, c, "switch", point, "the cancellation arrives here");
	ra_candidate_step(d, c, "Task A", point->line, false, "%.*s", RA_FMT(words));
	ra_candidate_step(d, c, "Task B", 0, true, "cancels task A, and waits for its end");
	ra_candidate_step(d, c, "Task A", leave->line, true,
			  "`%.*s` in `finally` drops the cancellation", RA_FMT(how));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *leave = ra_fact(facts, (uint32_t)i), *point = NULL;
		const struct ra_node *finally, *kid;

		if (leave->kind != RA_FACT_LEAVE || (leave->flags & RA_FACT_INLINED))
			continue;
		finally = left_by(facts->shape, leave);
		for (kid = finally ? finally->up->kids : NULL; kid && kid != finally && !point;
		     kid = kid->next)
			point = ra_cancel_point(d, leave->unit, kid, 0);
		if (point)
			report(d, leave, point);
	}
}

const struct ra_detector ra_detect_finally_leaves = {
	.name = "finally-leaves",
	.help = "a return, break or continue in a finally block over a checkpoint",
	.params = "cancelled foreign everything",
	.vars = "how point",
	.run = run,
};
