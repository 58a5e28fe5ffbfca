/*
 * safe: units that cannot fail, and calls whose promises never do: all that they wait for and raise
 * is caught, or there is no way to reject.
 */
#include "core/facts/internal.h"

/* The handler of the innermost `try` around a block of the unit, whose body it stands in. */
static const struct ra_node *handler_of(const struct ra_shape *shape, uint32_t block)
{
	for (uint32_t unit = shape->blocks.v[block].unit; block; block = shape->blocks.v[block].up) {
		const struct ra_block *at = &shape->blocks.v[block];
		const struct ra_node *handler;

		if (at->unit != unit)
			return NULL;
		handler = at->role == RA_B_TRY ? ra_node_find(at->node->up, RA_N_HANDLER) : NULL;
		if (handler)
			return ra_node_find(handler, RA_N_BLOCK);
	}
	return NULL;
}

/* `try { .. } finally { exit(); }`: nobody lives to see it. */
static bool ends_in_finally(const struct build *b, uint32_t block)
{
	for (uint32_t unit = b->shape->blocks.v[block].unit; block; block = b->shape->blocks.v[block].up) {
		const struct ra_block *at = &b->shape->blocks.v[block];
		const struct ra_node *last;

		if (at->unit != unit)
			return false;
		if (at->role != RA_B_TRY)
			continue;
		last = ra_node_last(at->node->up);
		if (last->kind != RA_N_BLOCK || b->shape->blocks.v[last->block].role != RA_B_FINALLY)
			continue;
		last = ra_node_last(last);
		if (last && ra_node_never_returns(b->shape, last))
			return true;
	}
	return false;
}

static bool takes_all(const struct ra_shape *shape, const struct ra_node *handler)
{
	const struct ra_node *node = NULL;

	if (shape->blocks.v[handler->block].exits & RA_X_RAISE)
		return false;
	while ((node = ra_node_walk(handler, node, false)))
		if (node->kind == RA_N_AWAIT || node->kind == RA_N_RAISE)
			return false;
	return true;
}

static bool is_rejection(const struct ra_node *node)
{
	return node->kind == RA_N_CALL && node->kids && node->kids->kind == RA_N_MEMBER &&
	       ra_str_eq(node->kids->text, RA_STR("reject"));
}

/* `.catch((e) => { log(e); })`, and not one that throws again or returns what may fail. */
static bool rescues(const struct ra_end *end)
{
	const struct ra_node *node = NULL;

	while (end->rescue && (node = ra_node_walk(end->rescue, node, false)))
		if (node->kind == RA_N_AWAIT || node->kind == RA_N_RAISE || is_rejection(node))
			return false;
	return end->rescue;
}

/* `new Promise((resolve) => ..)`: a function with one parameter cannot reject. */
static bool only_resolves(const struct ra_node *call, const struct ra_api_row *made)
{
	const struct ra_api_row *row = ra_api_with(made, RA_EFFECT_INLINE);
	const struct ra_node *executor, *param;

	if (!row || !(row->flags & RA_API_DROPS) || call->kind != RA_N_CALL ||
	    !(call->flags & RA_F_NEW))
		return false;
	executor = ra_api_operand(row, call);
	if (!executor || executor->kind != RA_N_LAMBDA || (executor->flags & RA_F_ASYNC))
		return false;
	param = ra_node_find(executor, RA_N_PARAM);
	return !param || !param->next || param->next->kind != RA_N_PARAM;
}

/* Of a library: safe as what it is given is. */
static bool is_safe_row(const struct ra_fact *call)
{
	const struct ra_node *at;

	if (!call->row || !(call->row->flags & RA_API_SAFE))
		return false;
	if ((call->row->flags & RA_API_TREE) || call->node->kind != RA_N_CALL)
		return true;
	for (at = call->node->kids->next; at; at = at->next)
		for (const struct ra_node *in = NULL; (in = ra_node_walk(at, in, false)) != NULL;)
			if (in->kind == RA_N_CALL)
				return false;
	return true;
}

bool ra_promise_is_safe(const struct ra_facts *facts, const struct ra_fact *call)
{
	return (call->callee != RA_NONE && call->kind != RA_FACT_CHECKPOINT &&
		!ra_api_with(call->row, RA_EFFECT_INLINE) &&
		facts->units[call->callee].cannot_fail) ||
	       (call->row && (call->row->flags & RA_API_TREE) && is_safe_row(call)) ||
	       ra_api_with(call->row, RA_EFFECT_SWITCH) || only_resolves(call->node, call->row);
}

/* -- the same by the tree alone, for who needs no facts -- */

enum { SAFE_DEPTH = 3 };

static bool is_safe(struct build *b, uint32_t unit, unsigned depth);

/* A call whose failure is taken on the spot, or that cannot fail itself. */
static bool is_safe_call(struct build *b, const struct ra_node *node, unsigned depth)
{
	struct value value;
	struct ra_str full;
	struct ra_end end;

	if (!node || node->kind != RA_N_CALL || !node->kids)
		return false;
	end = ra_promise_end(b->out, ra_promise_root(b->out, node));
	if (rescues(&end) || only_resolves(node, ra_callee_row(b, node->kids, &full)))
		return true;
	value = ra_value_of(b, node->kids);
	return value.unit != RA_NONE && depth < SAFE_DEPTH && is_safe(b, value.unit, depth + 1);
}

static bool is_safe(struct build *b, uint32_t unit, unsigned depth)
{
	const struct ra_node *body = ra_node_find(b->shape->units.v[unit].node, RA_N_BLOCK);
	const struct ra_node *node = NULL, *handler;
	uint32_t outer = b->unit;
	bool some = false, safe = true;

	b->unit = unit;
	if (!body && b->shape->units.v[unit].node->kind == RA_N_LAMBDA) {
		node = ra_node_last(b->shape->units.v[unit].node);
		safe = is_safe_call(b, node, depth);
		b->unit = outer;
		return safe;
	}
	while (body && safe && (node = ra_node_walk(body, node, false))) {
		const struct ra_node *value = node->kids;

		if (node->kind != RA_N_AWAIT && node->kind != RA_N_RAISE &&
		    (node->kind != RA_N_RETURN || !value || !ra_value_of(b, value).promise))
			continue;
		some = true;
		handler = node->kind == RA_N_RETURN ? NULL : handler_of(b->shape, node->block);
		safe = is_safe_call(b, value, depth) ||
		       (handler && takes_all(b->shape, handler));
	}
	b->unit = outer;
	return some && safe;
}

bool ra_unit_is_safe(struct build *b, uint32_t unit)
{
	return is_safe(b, unit, 0);
}

/* `p = p.catch(f)`, and p is returned: whoever calls has a way to be spared the failure. */
static bool is_bound_to_return(const struct build *b, const struct ra_fact *fact,
			       const struct ra_end *end)
{
	const struct ra_node *root = b->shape->units.v[fact->unit].node, *at = NULL;
	const struct ra_node *target = end->last->up->kids;

	if (end->fate != RA_FATE_BOUND || !rescues(end) || (end->last->up->flags & RA_F_DECLARE) ||
	    target->kind != RA_N_NAME)
		return false;
	while ((at = ra_node_walk(root, at, false)) != NULL)
		if (at->kind == RA_N_RETURN && at->kids && at->kids->kind == RA_N_NAME &&
		    ra_str_eq(at->kids->text, target->text))
			return true;
	return false;
}

static bool is_returned(const struct build *b, const struct ra_fact *fact, struct ra_end *end)
{
	if (fact->promise < RA_PROMISE_LIKELY || fact->kind != RA_FACT_CALL)
		return false;
	*end = ra_promise_end(b->out, ra_promise_root(b->out, fact->node));
	return end->fate == RA_FATE_RETURNED || is_bound_to_return(b, fact, end);
}

/* Can what the fact waits for, returns or raises fail the unit? */
static bool may_fail(const struct build *b, const struct ra_fact *fact)
{
	struct ra_end end;
	const struct ra_node *handler;

	if (fact->kind == RA_FACT_CHECKPOINT) {
		if (fact->origin != RA_NONE &&
		    ra_promise_is_safe(b->out, &b->out->facts.v[fact->origin]))
			return false;
	} else if (fact->kind == RA_FACT_LEAVE) {
		if (fact->node->kind != RA_N_RAISE)
			return false;
	} else if (is_returned(b, fact, &end)) {
		return !rescues(&end) && !is_safe_row(fact) && !ra_promise_is_safe(b->out, fact); /* a `try` does not help */
	} else {
		return false;
	}
	if (fact->kind == RA_FACT_CHECKPOINT && fact->node->kind == RA_N_AWAIT &&
	    fact->origin != RA_NONE) {
		end = ra_promise_end(b->out, ra_promise_root(b->out,
					     b->out->facts.v[fact->origin].node));
		if (rescues(&end))
			return false;
	}
	handler = handler_of(b->shape, fact->block);
	return (!handler || !takes_all(b->shape, handler)) && !ends_in_finally(b, fact->block);
}

/* It has something that could fail, and all of it is taken care of. */
void ra_facts_safe(struct build *b)
{
	for (int round = 0; round < 2; round++) {
		for (size_t u = 1; u < b->shape->units.n; u++) {
			struct ra_unit_facts *unit = &b->out->units[u];
			bool some = false, fails = false;
			struct ra_end end;

			for (uint32_t i = 0; i < unit->n && !fails; i++) {
				const struct ra_fact *fact = &b->out->facts.v[unit->first + i];

				some |= fact->kind == RA_FACT_CHECKPOINT ||
					(is_returned(b, fact, &end) &&
					 (rescues(&end) || ra_promise_is_safe(b->out, fact)));
				fails = may_fail(b, fact);
			}
			unit->cannot_fail = some && !fails;
		}
	}
}
