/*
 * fate: what becomes of a promise. Languages whose coroutines run when they are called lose a
 * failure that nobody takes: so a value is followed up the tree, through the calls that chain on to
 * it, to what waits for it or drops it.
 */
#include "core/facts/internal.h"

static bool is_null(const struct ra_node *node)
{
	return node->kind == RA_N_LITERAL && node->word == RA_W_NULL;
}

/* The row of a call that chains on to a promise, its receiver: `x.then(f)`. */
static const struct ra_api_row *chains(const struct ra_facts *facts, const struct ra_node *call)
{
	const struct ra_node *member = call->kind == RA_N_CALL ? call->kids : NULL;
	const struct ra_api_row *row;

	if (!member || member->kind != RA_N_MEMBER)
		return NULL;
	row = ra_api_method(facts->api, RA_KIND_FUTURE, member->text);
	return row && *row->name.ptr != '*' && ra_api_with(row, RA_EFFECT_NEW) ? row : NULL;
}

const struct ra_node *ra_promise_root(const struct ra_facts *facts, const struct ra_node *node)
{
	while (chains(facts, node))
		node = node->kids->kids;
	return node;
}

/* `x.then(f)` with x the node: what follows it, and who takes its failure. */
static const struct ra_node *follow(const struct ra_facts *facts, const struct ra_node *node,
				    struct ra_end *end)
{
	const struct ra_node *member = node->up, *call = member ? member->up : NULL, *handler;
	const struct ra_api_row *row, *rescue;

	row = call && member->kids == node && call->kids == member ? chains(facts, call) : NULL;
	if (!row)
		return NULL;
	end->chained = true;
	rescue = ra_api_with(row, RA_EFFECT_RESCUE);
	handler = rescue ? ra_api_operand(rescue, call) : NULL;
	if (handler && !is_null(handler))
		end->rescue = handler;
	return call;
}

static enum ra_fate fate_of_binary(const struct ra_node *up, const struct ra_node *node, bool *on)
{
	bool logical = up->word == RA_W_AND || up->word == RA_W_OR;

	*on = (logical && node->next == NULL) || up->word == RA_O_COALESCE;
	return logical ? RA_FATE_TESTED : RA_FATE_TEXT;
}

/* `"then" in p`, `p instanceof Thenable`: what kind of thing it is, not what it is worth. */
static enum ra_fate fate_of_compared(const struct ra_node *up, const struct ra_node *node)
{
	bool asked = up->word == RA_W_IS || up->word == RA_O_IS_NOT ||
		     ((up->word == RA_W_IN || up->word == RA_O_NOT_IN) && up->kids != node);

	return asked ? RA_FATE_OBJECT : RA_FATE_COMPARED;
}

static enum ra_fate fate_of_assigned(const struct ra_node *assign, const struct ra_node *node)
{
	const struct ra_node *target = assign->kids;

	if (target->kind == RA_N_ANNOTATION)
		target = target->next;
	if (node->next || target == node)
		return RA_FATE_UNKNOWN;
	if ((assign->flags & RA_F_AUGMENT) && assign->word == RA_O_AUGMENT)
		return RA_FATE_TEXT;
	if (target->kind == RA_N_NAME)
		return RA_FATE_BOUND;
	return target->kind == RA_N_MEMBER || target->kind == RA_N_INDEX ? RA_FATE_STORED
									  : RA_FATE_OBJECT;
}

/* What `up` does with `node`; `on` when it only passes it on. */
static enum ra_fate fate_at(const struct ra_node *up, const struct ra_node *node, bool *on)
{
	switch (up->kind) {
	case RA_N_AWAIT:
		return RA_FATE_AWAITED;
	case RA_N_EXPRESSION:
		return RA_FATE_DROPPED;
	case RA_N_RETURN: case RA_N_YIELD:
		return RA_FATE_RETURNED;
	case RA_N_LAMBDA:
		return RA_FATE_RETURNED;
	case RA_N_CAST:
		*on = true;
		return RA_FATE_UNKNOWN;
	case RA_N_UNARY:
		return up->word == RA_W_VOID ? RA_FATE_VOID :
		       up->word == RA_W_NOT ? RA_FATE_TESTED : RA_FATE_UNKNOWN;
	case RA_N_BINARY:
		return fate_of_binary(up, node, on);
	case RA_N_TERNARY:
		*on = up->kids != node;
		return RA_FATE_TESTED;
	case RA_N_IF: case RA_N_WHILE: case RA_N_ASSERT:
		return RA_FATE_TESTED;
	case RA_N_COMPARE:
		return fate_of_compared(up, node);
	case RA_N_STRING:
		return RA_FATE_TEXT;
	case RA_N_TUPLE: /* a, b */
		*on = node->next == NULL;
		return RA_FATE_DROPPED;
	case RA_N_ASSIGN:
		return fate_of_assigned(up, node);
	case RA_N_CALL:
		return up->kids == node ? RA_FATE_OBJECT : RA_FATE_PASSED;
	case RA_N_MEMBER: case RA_N_INDEX:
		return up->kids == node ? RA_FATE_OBJECT : RA_FATE_TEXT;
	case RA_N_LIST: case RA_N_PAIR: case RA_N_DICT: case RA_N_SET:
		return RA_FATE_STORED;
	case RA_N_STAR: case RA_N_DOUBLESTAR:
		return RA_FATE_OBJECT;
	default:
		return RA_FATE_UNKNOWN;
	}
}

struct ra_end ra_promise_end(const struct ra_facts *facts, const struct ra_node *node)
{
	struct ra_end end = { RA_FATE_UNKNOWN, node, false, false, NULL };
	const struct ra_node *next;
	bool on = true;

	while (on && node->up) {
		next = follow(facts, node, &end);
		if (next) {
			node = end.last = next;
			continue;
		}
		on = false;
		end.last = node;
		end.fate = fate_at(node->up, node, &on);
		end.maybe |= on && (node->up->kind == RA_N_TERNARY || node->up->kind == RA_N_BINARY);
		node = node->up;
	}
	return end;
}
