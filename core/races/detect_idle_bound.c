/*
 * idle-bound: a bound in time around code that never switches.
 *
 *     with bound: no checkpoint    the bound can never act
 *
 * Sure for bounds of runtimes that switch at checkpoints alone. A question in tests, which try the
 * bound itself.
 */
#include "core/races/tree.h"

/* Nothing in the `with` can switch: no checkpoint of its unit, no yield. */
static bool is_idle(const struct ra_facts *facts, const struct ra_node *with, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];
	const struct ra_node *body = with->kids;

	while (body->next)
		body = body->next;
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->kind == RA_FACT_CHECKPOINT && ra_tree_inside(fact->node, body))
			return false;
	}
	return true;
}

static bool is_bound(const struct ra_fact *call)
{
	const struct ra_api_row *made = ra_api_with(call->row, RA_EFFECT_NEW);

	return made && made->kind == RA_KIND_TIMEOUT && (made->runtimes & RA_RT_COOPERATIVE) &&
	       ra_api_with(call->row, RA_EFFECT_TIMEOUT);
}

static void report(struct ra_detection *d, const struct ra_fact *bound)
{
	struct ra_candidate *c = ra_candidate_at(d, bound, bound->name);

	if (!c)
		return;
	c->question |= d->facts->units[bound->unit].test;
	ra_candidate_var(d, c, "scope", "%.*s", RA_FMT(bound->name));
	ra_candidate_event(d, c, "acquire", bound, "enters `%.*s`", RA_FMT(bound->name));
	ra_candidate_step(d, c, "Task A", bound->line, true, "enters `%.*s`",
			  RA_FMT(bound->name));
	ra_candidate_step(d, c, "Task B", 0, true, "the timer of the bound waits for a checkpoint");
	ra_candidate_step(d, c, "Task A", bound->line, true,
			  "runs the body from end to end: no checkpoint, so nothing can stop it");
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(d->facts, (uint32_t)i);
		const struct ra_node *item = call->node->up;

		if (!(call->flags & RA_FACT_INLINED) && item && item->kind == RA_N_ITEM &&
		    is_bound(call) && ra_tree_pairs(d->facts, call->unit) &&
		    is_idle(d->facts, item->up, call->unit))
			report(d, call);
	}
}

const struct ra_detector ra_detect_idle_bound = {
	.name = "idle-bound",
	.help = "a time bound around code without a checkpoint",
	.params = "",
	.vars = "scope",
	.run = run,
};
