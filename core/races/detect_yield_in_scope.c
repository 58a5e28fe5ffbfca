/*
 * yield-in-scope: a generator yields inside a scope of tasks or a bound in time.
 *
 *     with scope | bound: yield    the caller's code runs inside, is cancelled by it, and may never
 *                                  come back to leave it
 *
 * Sure where the same unit enters the scope. Silent for generators that a decorator of the card
 * turns into context managers. A question in tests.
 */
#include "core/races/tree.h"

static void report(struct ra_detection *d, const struct ra_fact *scope, const struct ra_fact *yield)
{
	struct ra_candidate *c = ra_candidate_at(d, yield, scope->name);

	if (!c)
		return;
	c->question |= d->facts->units[yield->unit].test;
	ra_candidate_var(d, c, "scope", "%.*s", RA_FMT(scope->name));
	ra_candidate_line(d, c, "opened", scope->line);
	ra_candidate_event(d, c, "acquire", scope, "enters `%.*s`", RA_FMT(scope->name));
	ra_candidate_event(d, c, "switch", yield, "the caller's code runs inside the scope");
	ra_candidate_step(d, c, "Task A", scope->line, false, "enters `%.*s`",
			  RA_FMT(scope->name));
	ra_candidate_step(d, c, "Task A", yield->line, true, "yields to its caller, still inside");
	ra_candidate_step(d, c, "Task B", 0, true,
			  "the caller runs under a scope that it never entered");
	ra_candidate_step(d, c, "Task A", yield->line, true,
			  "waits for the caller to come back, which it may not do");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *yield = ra_fact(facts, (uint32_t)i), *scope;
		const struct ra_node *with;

		if (yield->kind != RA_FACT_CHECKPOINT || yield->how != RA_SW_YIELD ||
		    (yield->flags & RA_FACT_INLINED) ||
		    !(facts->shape->units.v[yield->unit].flags & RA_U_GENERATOR) ||
		    ra_tree_decorated(d, yield->unit, "managers"))
			continue;
		scope = ra_tree_scope(facts, yield->node, true, &with);
		if (scope)
			report(d, scope, yield);
	}
}

const struct ra_detector ra_detect_yield_in_scope = {
	.name = "yield-in-scope",
	.help = "a generator that yields inside a task scope or time bound",
	.params = "managers",
	.vars = "scope opened",
	.run = run,
};
