/*
 * sync-callable: a coroutine runs somebody else's plain function on its event loop.
 *
 *     if f is a coroutine function: await f(x)    else: f(x)
 *     r = f(x)    if r is awaitable: await r
 *
 * The unit tells apart what f is, so f comes from outside and may be a plain function; that one
 * runs where it stands, for as long as it likes. f is a parameter of the unit, or an attribute of
 * its object that is no method of the file. Silent where the plain call is handed to a thread.
 */
#include "core/races/tree.h"

/* Comes from outside: a parameter, or an attribute of the unit's own object. */
static bool is_given(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_unit *unit = &facts->shape->units.v[call->unit];
	const struct ra_node *callee = call->node->kids, *kid;

	if (callee->kind == RA_N_MEMBER)
		return callee->kids->kind == RA_N_NAME && unit->receiver.len &&
		       ra_str_eq(callee->kids->text, unit->receiver);
	for (kid = unit->node->kids; kid && callee->kind == RA_N_NAME; kid = kid->next)
		if (kid->kind == RA_N_PARAM && ra_str_eq(kid->text, callee->text))
			return true;
	return false;
}

/* An `await` of the bound result, below a test. */
static const struct ra_node *awaited_below_test(const struct ra_facts *facts,
						const struct ra_fact *call)
{
	const struct ra_node *unit = facts->shape->units.v[call->unit].node, *at = NULL;

	while ((at = ra_node_walk(unit, at, false)) != NULL)
		if (at->kind == RA_N_AWAIT && at->kids->kind == RA_N_NAME &&
		    ra_str_eq(at->kids->text, call->bound) && at->first > call->node->last &&
		    ra_tree_around(at, RA_N_IF) &&
		    !ra_tree_inside(call->node, ra_tree_around(at, RA_N_IF)))
			return at;
	return NULL;
}

/* The same callee, awaited in another branch of a test around the call. */
static const struct ra_node *awaited_in_branch(const struct ra_facts *facts,
					       const struct ra_fact *call)
{
	const struct ra_unit_facts *unit = &facts->units[call->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *other = ra_fact(facts, unit->first + i);

		if (other->kind == RA_FACT_CALL && other->how == RA_USE_AWAITED &&
		    ra_str_eq(other->name, call->name) &&
		    !ra_tree_follows(facts->shape, other->node, call->node) &&
		    !ra_tree_follows(facts->shape, call->node, other->node))
			return other->node;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *call, const struct ra_node *await)
{
	struct ra_candidate *c = ra_candidate_at(d, call, call->name);
	uint32_t line = ra_node_line(d->facts->shape, await);

	if (!c)
		return;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(call->name));
	ra_candidate_line(d, c, "awaited", line);
	ra_candidate_event(d, c, "call", call, "runs a plain function on the event loop");
	ra_candidate_step(d, c, "Task A", line, false, "awaits `%.*s` if it gives a coroutine",
			  RA_FMT(call->name));
	ra_candidate_step(d, c, "Task A", call->line, true,
			  "a plain `%.*s` runs here from end to end", RA_FMT(call->name));
	ra_candidate_step(d, c, "Task B", 0, true,
			  "every other task of the loop is ready and cannot run");
	ra_candidate_step(d, c, "Task A", call->line, true, "gets its answer at last");
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(d->facts, (uint32_t)i);
		const struct ra_node *await = NULL;

		if (call->kind != RA_FACT_CALL || call->callee != RA_NONE || call->row ||
		    (call->flags & RA_FACT_INLINED) || call->how == RA_USE_AWAITED ||
		    call->node->kind != RA_N_CALL || !d->facts->units[call->unit].is_async ||
		    !ra_tree_pairs(d->facts, call->unit) || !is_given(d->facts, call))
			continue;
		if (call->how == RA_USE_BOUND && call->bound.len)
			await = awaited_below_test(d->facts, call);
		if (!await)
			await = awaited_in_branch(d->facts, call);
		if (await)
			report(d, call, await);
	}
}

const struct ra_detector ra_detect_sync_callable = {
	.name = "sync-callable",
	.help = "a callable from outside that may be a plain function, run on the event loop",
	.params = "",
	.vars = "call awaited",
	.run = run,
};
