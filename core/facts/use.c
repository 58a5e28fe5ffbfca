/*
 * use: what is done with the value of an expression, read off the tree around it.
 */
#include "core/facts/internal.h"

static enum ra_use use_by_target(const struct ra_node *assign, struct ra_str *bound)
{
	const struct ra_node *target = assign->kids;

	if (target && target->kind == RA_N_ANNOTATION)
		target = target->next;
	if (!target)
		return RA_USE_DROPPED;
	if (target->kind == RA_N_TUPLE && ra_node_is_statement(assign) && target->kids &&
	    target->kids->kind == RA_N_NAME && (assign->flags & RA_F_DECLARE))
		target = target->kids; /* the first is what was made, the others tell of it */
	if (target->kind != RA_N_NAME)
		return target->kind == RA_N_MEMBER || target->kind == RA_N_INDEX ? RA_USE_STORED
										   : RA_USE_BOUND;
	if (ra_str_is(target->text, "_"))
		return RA_USE_DROPPED;
	*bound = target->text;
	return RA_USE_BOUND;
}

/* What the value of a block's last expression is the value of; NULL: of the unit. */
static const struct ra_node *owner_of_tail(const struct ra_node *statement)
{
	const struct ra_node *owner = statement->up ? statement->up->up : NULL;

	if (owner && owner->kind == RA_N_CASE)
		owner = owner->up;
	while (owner && owner->kind == RA_N_IF && owner->up && owner->up->kind == RA_N_IF)
		owner = owner->up;
	return !owner || owner->kind == RA_N_FUNCTION || owner->kind == RA_N_LAMBDA ? NULL : owner;
}

enum ra_use ra_use_of(const struct ra_node *node, struct ra_str *bound)
{
	const struct ra_node *up = node->up;

	for (; up; node = up, up = up->up) {
		/* a statement as an operand, or as the value of a block */
		if (up->kind == RA_N_BLOCK) {
			if (!(node->flags & RA_F_TAIL))
				return RA_USE_DROPPED;
			up = owner_of_tail(node);
			if (!up)
				return RA_USE_RETURNED;
			continue;
		}
		switch (up->kind) {
		case RA_N_AWAIT:
			return RA_USE_AWAITED;
		case RA_N_EXPRESSION:
			if (!(up->flags & RA_F_TAIL))
				return RA_USE_DROPPED;
			up = owner_of_tail(up);
			if (!up)
				return RA_USE_RETURNED;
			break;
		case RA_N_ASSIGN:
			if (up->up && up->up->kind == RA_N_CASE && node->kind == RA_N_CALL)
				return RA_USE_AWAITED; /* by the select whose branch it is */
			return node->next ? RA_USE_OPERAND : use_by_target(up, bound);
		case RA_N_NAMED:
			*bound = up->kids->text;
			return RA_USE_BOUND;
		case RA_N_RETURN: case RA_N_YIELD: case RA_N_LAMBDA:
			return RA_USE_RETURNED;
		case RA_N_CALL: case RA_N_COMPOSITE: case RA_N_SEND:
			return up->kids == node ? RA_USE_OPERAND : RA_USE_PASSED;
		case RA_N_ITEM:
			return RA_USE_ENTERED;
		case RA_N_UNARY:
			if (up->word == RA_O_QUESTION)
				break; /* worth what it holds */
			return up->word == RA_O_STAR || up->word == RA_O_AMP ? RA_USE_OPERAND
									     : RA_USE_TESTED;
		case RA_N_COMPARE: case RA_N_IF: case RA_N_WHILE:
		case RA_N_ASSERT: case RA_N_GUARD:
			return RA_USE_TESTED;
		case RA_N_TERNARY:
			if (up->kids == node)
				return RA_USE_TESTED;
			break;
		case RA_N_BINARY:
			if (up->word != RA_W_AND && up->word != RA_W_OR)
				return RA_USE_OPERAND;
			break;
		case RA_N_TUPLE: case RA_N_LIST: case RA_N_SET: case RA_N_DICT: case RA_N_PAIR:
		case RA_N_COMPREHENSION: case RA_N_STAR: case RA_N_DOUBLESTAR: case RA_N_KEYWORD:
			break; /* what becomes of the collection becomes of its elements */
		default:
			return RA_USE_OPERAND;
		}
	}
	return RA_USE_OPERAND;
}
