/*
 * busy-wait: a unit asks again and again for what another task could tell it.
 *
 *     while test S: sleep
 *
 * S is state that another task of this program changes; the loop does nothing but sleep. It reacts
 * late, costs wake-ups, and sees S only when it looks: a value that S takes and leaves between two
 * looks is missed. Silent when the body does more, when the loop never ends by its condition, and
 * when the condition calls something that this program cannot be told about (a file, a process).
 * A question in tests.
 */
#include "core/races/tree.h"

/* The only statement of the loop's body when it is a sleep, else NULL. */
static const struct ra_fact *only_sleep(const struct ra_facts *facts, const struct ra_node *loop)
{
	const struct ra_node *body = ra_node_kid(loop, 1), *value;
	uint32_t index;

	if (!body->kids || body->kids->next || body->kids->kind != RA_N_EXPRESSION)
		return NULL;
	value = body->kids->kids;
	if (value->kind == RA_N_AWAIT)
		value = value->kids;
	index = value && value->kind == RA_N_CALL ? ra_fact_of_node(facts, value) : RA_NONE;
	if (index == RA_NONE || !ra_api_with(ra_fact(facts, index)->row, RA_EFFECT_SWITCH))
		return NULL;
	return ra_fact(facts, index);
}

static bool is_constant(const struct ra_node *condition)
{
	return condition->kind == RA_N_LITERAL && !ra_str_is(condition->text, "...");
}

/* Calls in the condition only look at objects of the program: `event.is_set()`, `len(q)`. */
static bool asks_the_program(const struct ra_facts *facts, const struct ra_node *condition)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(condition, at, false)) != NULL) {
		uint32_t index = at->kind == RA_N_CALL ? ra_fact_of_node(facts, at) : RA_NONE;
		const struct ra_fact *call;

		if (at->kind == RA_N_AWAIT)
			return false;
		if (at->kind != RA_N_CALL)
			continue;
		if (index == RA_NONE)
			return false;
		call = ra_fact(facts, index);
		if (call->receiver_kind == RA_KIND_PROCESS)
			return false;
		if (!ra_fact_is_access(call->kind) && call->callee == RA_NONE &&
		    !ra_api_with(call->row, RA_EFFECT_TEST) &&
		    !ra_api_with(call->row, RA_EFFECT_READ) &&
		    !ra_api_with(call->row, RA_EFFECT_PURE))
			return false;
	}
	return true;
}

/* A change of something the condition looks at, in another unit. */
static const struct ra_fact *changed_by(const struct ra_facts *facts, uint32_t unit,
					const struct ra_node *condition)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);
		struct ra_evidence why;
		const struct ra_fact *change;

		if (fact->kind > RA_FACT_TEST || fact->state == RA_NONE ||
		    !ra_tree_inside(fact->node, condition))
			continue;
		change = ra_fact_conflict(facts, unit, fact->state, fact, RA_KINDS_CHANGES,
						  &why);
		if (change)
			return change;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_node *loop, const struct ra_fact *sleep)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_shape *shape = facts->shape;
	const struct ra_node *condition = loop->kids;
	struct ra_str text = ra_node_text(shape, condition);
	const struct ra_fact *change = ra_tree_pairs(facts, sleep->unit) ?
				       changed_by(facts, sleep->unit, condition) : NULL;
	struct ra_candidate *c = ra_candidate_node(d, sleep->unit, loop, text);
	uint32_t line = ra_node_line(shape, condition);

	if (!c)
		return;
	c->question |= facts->units[sleep->unit].test;
	ra_candidate_var(d, c, "condition", "%.*s", RA_FMT(text));
	ra_candidate_event(d, c, "switch", sleep, "sleeps, then looks again");
	ra_candidate_step(d, c, "Task A", line, false, "looks at `%.*s`", RA_FMT(text));
	ra_candidate_step(d, c, "Task A", sleep->line, true, "sleeps whatever happens meanwhile");
	if (change) {
		struct ra_str words = ra_fact_words(d->arena, facts, change);

		ra_candidate_event(d, c, "conflict", change, "changes what the loop waits for");
		ra_candidate_step(d, c, "Task B", change->line, true, "%.*s", RA_FMT(words));
	} else {
		ra_candidate_step(d, c, "Task B", 0, true, "makes it true, and may undo it again");
	}
	ra_candidate_step(d, c, "Task A", line, false, "looks again, late");
}

static void run(struct ra_detection *d)
{
	const struct ra_shape *shape = d->facts->shape;

	for (size_t i = 1; i < shape->blocks.n; i++) {
		const struct ra_block *block = &shape->blocks.v[i];
		const struct ra_node *loop = block->node->up;
		const struct ra_fact *sleep;

		if (block->role != RA_B_LOOP || loop->kind != RA_N_WHILE)
			continue;
		sleep = only_sleep(d->facts, loop);
		if (sleep && !is_constant(loop->kids) && asks_the_program(d->facts, loop->kids))
			report(d, loop, sleep);
	}
}

const struct ra_detector ra_detect_busy_wait = {
	.name = "busy-wait",
	.help = "a loop that sleeps until another task has changed some state",
	.params = "",
	.vars = "condition",
	.run = run,
};
