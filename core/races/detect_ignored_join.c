/*
 * ignored-join: a task that can fail is waited for, and nobody looks at what it is worth.
 *
 *     spawn u into scope S, u can fail < join S     the outcome goes nowhere, or is only counted
 *     h = spawn u, u can fail < await h, join h     the same of one handle
 *
 * What goes nowhere: a statement, `_`, a pattern that names nothing, a test of whether there is one
 * more. Silent in tests, and where the unit has cancelled something before: there failures are
 * expected.
 */
#include "core/races/cancel.h"

/* A pattern that takes the outcome and gives it no name: `Some(_)`. */
static bool names_nothing(const struct ra_node *pattern)
{
	const struct ra_node *inner = pattern;

	if (pattern->kind == RA_N_CALL)
		inner = pattern->kids ? pattern->kids->next : NULL;
	return inner && inner->kind == RA_N_NAME && !inner->next && *inner->text.ptr == '_';
}

/* Does the value of the expression go nowhere, or is it only asked whether there is one? */
static bool is_ignored(const struct ra_node *value)
{
	const struct ra_node *up = value->up;

	if (up->kind == RA_N_MEMBER && up->up && up->up->kind == RA_N_CALL &&
	    up->up->kids == up && !up->next) {
		if (ra_str_is(up->text, "is_some") || ra_str_is(up->text, "is_none"))
			return true;
		return ra_str_is(up->text, "ok") && is_ignored(up->up);
	}
	if (up->kind == RA_N_EXPRESSION)
		return !(up->flags & RA_F_TAIL);
	if (up->kind == RA_N_ASSIGN)
		return up->kids != value && up->kids->kind == RA_N_NAME &&
		       ra_str_is(up->kids->text, "_");
	return up->kind == RA_N_NAMED && up->kids != value && names_nothing(up->kids);
}

static bool cancels_before(const struct ra_facts *facts, const struct ra_fact *join)
{
	const struct ra_unit_facts *u = &facts->units[join->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->index >= join->index)
			break;
		if (ra_api_with(fact->row, RA_EFFECT_CANCEL) ||
		    ra_api_with(fact->row, RA_EFFECT_CLOSE))
			return true;
	}
	return false;
}

static bool can_fail(const struct ra_facts *facts, const struct ra_fact *spawn)
{
	return spawn->kind == RA_FACT_SPAWN && spawn->callee != RA_NONE &&
	       !(spawn->flags & RA_FACT_INLINED) && facts->units[spawn->callee].fails;
}

/* The spawn into the scope that is joined, or of the handle. */
static const struct ra_fact *spawn_of(const struct ra_facts *facts, const struct ra_fact *join,
				      const struct ra_node *handle)
{
	const struct ra_unit_facts *u = &facts->units[join->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->index >= join->index)
			break;
		if (!can_fail(facts, fact))
			continue;
		if (join->state != RA_NONE && fact->state == join->state)
			return fact;
		if (handle && handle->kind == RA_N_NAME && fact->how == RA_USE_BOUND &&
		    ra_str_eq(fact->bound, handle->text))
			return fact;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *join, const struct ra_fact *spawn)
{
	struct ra_str task = d->facts->shape->units.v[spawn->callee].qualified;
	struct ra_candidate *c = ra_candidate_at(d, join, task);

	if (!c)
		return;
	ra_candidate_var(d, c, "task", "%.*s", RA_FMT(task));
	ra_candidate_line(d, c, "spawn", spawn->line);
	ra_candidate_event(d, c, "spawn", spawn, "starts a task that can fail");
	ra_candidate_event(d, c, "join", join, "waits, and does not look at the outcome");
	ra_candidate_step(d, c, "Task B", 0, true, "`%.*s` fails", RA_FMT(task));
	ra_candidate_step(d, c, "Task A", join->line, true, "goes on as if it had done its work");
}

/* What is waited for: the call of a join, or the handle that is awaited. */
static const struct ra_node *waited_for(const struct ra_fact *fact, const struct ra_node **value)
{
	const struct ra_node *node = fact->node;

	if (fact->kind == RA_FACT_JOIN && node->kind == RA_N_CALL) {
		*value = node->up->kind == RA_N_AWAIT ? node->up : node;
		return node->kids->kind == RA_N_MEMBER ? node->kids->kids : NULL;
	}
	*value = node;
	return fact->kind == RA_FACT_CHECKPOINT && node->kind == RA_N_AWAIT ? node->kids : NULL;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *join = ra_fact(facts, (uint32_t)i), *spawn;
		const struct ra_node *value, *handle;

		if ((join->flags & RA_FACT_INLINED) || !join->node || facts->units[join->unit].test)
			continue;
		handle = waited_for(join, &value);
		if (!handle || !is_ignored(value) || cancels_before(facts, join))
			continue;
		spawn = spawn_of(facts, join, handle);
		if (spawn)
			report(d, join, spawn);
	}
}

const struct ra_detector ra_detect_ignored_join = {
	.name = "ignored-join",
	.help = "a task that can fail is waited for, and its outcome goes nowhere",
	.params = "",
	.vars = "task spawn",
	.run = run,
};
