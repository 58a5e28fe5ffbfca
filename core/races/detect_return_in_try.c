/*
 * return-in-try: a promise is returned out of a `try` without waiting for it.
 *
 *     try { return f(); } catch (e) { .. }      a failure of f never comes to the handler
 *     try { return f(); } finally { close(); }  closes while f still works
 *
 * Sure promises only, whose failure nothing takes. Silent for what cannot fail, and for a
 * `finally` that only stops a clock or counts.
 */
#include "core/races/tree.h"

/* The `try` in whose body the node stands, in its unit; its handler or finally is what is missed. */
static const struct ra_node *try_around(const struct ra_shape *shape, const struct ra_node *node)
{
	uint32_t block = node->block, unit = shape->blocks.v[block].unit;

	for (; block && shape->blocks.v[block].unit == unit; block = shape->blocks.v[block].up)
		if (shape->blocks.v[block].role == RA_B_TRY)
			return shape->blocks.v[block].node->up;
	return NULL;
}

static const struct ra_node *finally_of(const struct ra_shape *shape, const struct ra_node *node)
{
	for (node = node->kids; node; node = node->next)
		if (node->kind == RA_N_BLOCK && shape->blocks.v[node->block].role == RA_B_FINALLY)
			return node;
	return NULL;
}

/* Does the clean-up end something that the work may use: a call on an object, by the card's words? */
static bool ends_something(const struct ra_detection *d, const struct ra_node *finally)
{
	const struct ra_node *at = NULL;

	while (finally && (at = ra_node_walk(finally, at, false)) != NULL)
		if (at->kind == RA_N_CALL &&
		    ra_card_has(d->card, "ends", ra_cstr(d->arena, ra_tree_last_word(at))))
			return true;
	return false;
}

/* `return Promise.reject(e)`: a failure at once becomes one of the promise, and no more. */
static bool only_rejects(const struct ra_node *first)
{
	const struct ra_node *value = first->kind == RA_N_RETURN ? first->kids : NULL;

	return value && value->kind == RA_N_CALL &&
	       ra_str_is(ra_tree_last_word(value), "reject");
}

static bool handles(const struct ra_node *handler)
{
	const struct ra_node *block = handler ? ra_node_find(handler, RA_N_BLOCK) : NULL;
	const struct ra_node *first = block ? block->kids : NULL;

	/* one that only throws again changes the error, at most */
	return block && !(first && (first->kind == RA_N_RAISE || only_rejects(first)));
}

static void try_call(struct ra_detection *d, const struct ra_fact *call)
{
	const struct ra_facts *facts = d->facts;
	struct ra_end end = ra_promise_end(facts, call->node);
	const struct ra_node *around, *handler, *finally;
	struct ra_candidate *c;

	if (end.fate != RA_FATE_RETURNED || end.rescue || end.last->up->kind != RA_N_RETURN ||
	    call->callee == call->unit || /* it has the same handler inside */
	    (call->callee != RA_NONE && facts->units[call->callee].cannot_fail))
		return;
	around = try_around(facts->shape, end.last->up);
	handler = around ? ra_node_find(around, RA_N_HANDLER) : NULL;
	finally = around ? finally_of(facts->shape, around) : NULL;
	if ((!handles(handler) || call->promise < RA_PROMISE_SURE) && !ends_something(d, finally))
		return;
	c = ra_candidate_at(d, call, call->name);
	if (!c)
		return;
	c->question |= facts->units[call->unit].test;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(call->name));
	ra_candidate_var(d, c, "missed", "%s", handles(handler) ? "catch" : "finally");
	ra_candidate_event(d, c, "call", call, "returned without `await`");
	ra_candidate_step(d, c, "Task A", call->line, true, "starts `%.*s` and leaves the `try`",
			  RA_FMT(call->name));
	ra_candidate_step(d, c, "Task B", 0, true, "the work fails, or is still under way");
	ra_candidate_step(d, c, "Task A", 0, true, handles(handler)
			  ? "its handler is not run" : "its clean-up has run already");
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(d->facts, (uint32_t)i);

		if (call->promise >= RA_PROMISE_LIKELY && call->node->kind == RA_N_CALL &&
		    !(call->flags & RA_FACT_INLINED) && !ra_fact_is_access(call->kind) &&
		    ra_promise_root(d->facts, call->node) == call->node)
			try_call(d, call);
	}
}

const struct ra_detector ra_detect_return_in_try = {
	.name = "return-in-try",
	.help = "a promise returned out of a try that should have waited for it",
	.params = "ends",
	.vars = "call missed",
	.run = run,
};
