/*
 * leave-scope: a jump out of a scope of tasks.
 *
 *     with scope: spawn; return | break | continue    looks like an end, waits for every task
 *
 * Silent for a jump after a cancellation in the body, for one above the first use of the scope (no
 * task has begun), and for loops inside the scope. A question in tests.
 */
#include "core/races/tree.h"

static bool leaves_loop_inside(const struct ra_facts *facts, const struct ra_fact *leave,
			       const struct ra_node *with)
{
	const struct ra_shape *shape = facts->shape;
	uint32_t loop = shape->blocks.v[leave->block].loop;

	return leave->node->kind != RA_N_RETURN && loop &&
	       ra_tree_inside(shape->blocks.v[loop].node, with);
}

/* Has something been cancelled in the body before it is left? */
static bool cancelled_before(const struct ra_facts *facts, const struct ra_node *with,
			     const struct ra_fact *leave)
{
	const struct ra_unit_facts *unit = &facts->units[leave->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (ra_tree_inside(fact->node, with) && fact->node->first < leave->node->first &&
		    ra_api_with(fact->row, RA_EFFECT_CANCEL))
			return true;
	}
	return false;
}

/* Is the scope first used below the jump? Then there is no task yet to wait for. */
static bool begins_later(const struct ra_fact *scope, const struct ra_node *with,
			 const struct ra_fact *leave)
{
	const struct ra_node *name = scope->node->next, *at = NULL, *first = NULL;

	if (!name || name->kind != RA_N_NAME)
		return false;
	while (!first && (at = ra_node_walk(with, at, true)) != NULL)
		if (at->kind == RA_N_NAME && at != name && ra_str_eq(at->text, name->text))
			first = at;
	return first && first->first > leave->node->last;
}

static void report(struct ra_detection *d, const struct ra_fact *scope, const struct ra_fact *leave)
{
	struct ra_candidate *c = ra_candidate_at(d, leave, scope->name);
	struct ra_str how = ra_token_text(d->facts->shape->tokens, leave->node->first);

	if (!c)
		return;
	c->question |= d->facts->units[leave->unit].test;
	ra_candidate_var(d, c, "scope", "%.*s", RA_FMT(scope->name));
	ra_candidate_line(d, c, "opened", scope->line);
	ra_candidate_var(d, c, "how", "%.*s", RA_FMT(how));
	ra_candidate_event(d, c, "acquire", scope, "enters `%.*s`", RA_FMT(scope->name));
	ra_candidate_event(d, c, "leave", leave, "waits for every task of the scope first");
	ra_candidate_step(d, c, "Task A", scope->line, false, "enters `%.*s`",
			  RA_FMT(scope->name));
	ra_candidate_step(d, c, "Task B", 0, false, "a task of the scope runs, maybe for ever");
	ra_candidate_step(d, c, "Task A", leave->line, true,
			  "`%.*s`: waits here for every task of the scope", RA_FMT(how));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *leave = ra_fact(facts, (uint32_t)i), *scope;
		const struct ra_node *with;

		if (leave->kind != RA_FACT_LEAVE || (leave->flags & RA_FACT_INLINED) ||
		    leave->node->kind == RA_N_RAISE || !ra_tree_pairs(facts, leave->unit))
			continue;
		scope = ra_tree_scope(facts, leave->node, false, &with);
		if (scope && !leaves_loop_inside(facts, leave, with) &&
		    !cancelled_before(facts, with, leave) && !begins_later(scope, with, leave))
			report(d, scope, leave);
	}
}

const struct ra_detector ra_detect_leave_scope = {
	.name = "leave-scope",
	.help = "a return, break or continue that waits for the tasks of its scope",
	.params = "",
	.vars = "scope opened how",
	.run = run,
};
