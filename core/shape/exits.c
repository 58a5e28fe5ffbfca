/*
 * How control leaves a block: the union over its paths, from the exits of the blocks within,
 * which are known already. Code after a statement that never falls through is not counted.
 * `with` is taken for transparent, though its manager may swallow what is raised.
 */
#include "core/shape/builder.h"

static uint8_t exits_of(const struct ra_shape *shape, const struct ra_node *block)
{
	return shape->blocks.v[block->block].exits;
}

static uint8_t role_of(const struct ra_shape *shape, const struct ra_node *block)
{
	return shape->blocks.v[block->block].role;
}

/* What follows `first`, where `first` falls through. */
static uint8_t then(uint8_t first, uint8_t second)
{
	return first & RA_X_FALLS ? (first & ~RA_X_FALLS) | second : first;
}

static bool is_always_true(const struct ra_node *condition)
{
	return condition->kind == RA_N_LITERAL &&
	       (condition->word == RA_W_TRUE ||
		(condition->text.len && condition->text.ptr[0] >= '1' &&
		 condition->text.ptr[0] <= '9'));
}

/* The blocks of an `if`, its `elif` and `else`, one after the other. */
static uint8_t if_exits(const struct ra_shape *shape, const struct ra_node *node)
{
	uint8_t exits = 0;

	while (node->kind == RA_N_IF) {
		const struct ra_node *block = ra_node_find(node, RA_N_BLOCK);

		exits |= exits_of(shape, block);
		if (!block->next)
			return exits | RA_X_FALLS;
		node = block->next;
	}
	return node->kind == RA_N_BLOCK ? exits | exits_of(shape, node) : exits | RA_X_FALLS;
}

/* Of the jumps to labels in `node`: is one of them to its own, and are any to others? */
static void find_jumps(const struct ra_node *node, bool *breaks, bool *others)
{
	const struct ra_node *at = NULL;

	*breaks = *others = false;
	while ((at = ra_node_walk(node, at, false))) {
		if ((at->kind != RA_N_BREAK && at->kind != RA_N_CONTINUE) || !at->text.len)
			continue;
		if (!ra_str_eq(at->text, node->text))
			*others = true;
		else if (at->kind == RA_N_BREAK)
			*breaks = true;
	}
}

static uint8_t loop_exits(const struct ra_shape *shape, const struct ra_node *node)
{
	const struct ra_node *body = ra_node_find(node, RA_N_BLOCK);
	uint8_t inner = exits_of(shape, body);
	uint8_t exits = inner & (RA_X_RETURN | RA_X_RAISE | RA_X_JUMP);
	bool breaks, others;

	if ((inner & RA_X_JUMP) && node->text.len) {
		find_jumps(node, &breaks, &others);
		exits = others ? exits : exits & (uint8_t)~RA_X_JUMP;
		exits |= breaks ? RA_X_FALLS : 0;
	}
	if (inner & RA_X_BREAK)
		exits |= RA_X_FALLS;
	if (node->kind == RA_N_WHILE && is_always_true(node->kids))
		return exits;
	return exits | (body->next ? exits_of(shape, body->next) : RA_X_FALLS);
}

static uint8_t try_exits(const struct ra_shape *shape, const struct ra_node *node)
{
	const struct ra_node *kid = node->kids;
	uint8_t exits = exits_of(shape, kid), handlers = 0, last = RA_X_FALLS;

	for (kid = kid->next; kid; kid = kid->next) {
		if (kid->kind == RA_N_HANDLER) {
			const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);

			handlers |= exits_of(shape, block);
			if (block == kid->kids) /* names no exception: catches all */
				exits &= (uint8_t)~RA_X_RAISE;
		} else if (kid->kind == RA_N_BLOCK && role_of(shape, kid) == RA_B_TRY_ELSE) {
			exits = then(exits, exits_of(shape, kid));
		} else if (kid->kind == RA_N_BLOCK) {
			last = exits_of(shape, kid);
		}
	}
	/* A `finally` that never ends replaces what the rest was about to do. */
	return last & RA_X_FALLS ? exits | handlers | (last & ~RA_X_FALLS) : last;
}

/* A pattern that always matches: a bare name, `_` among them. */
static bool is_irrefutable(const struct ra_node *kase)
{
	const struct ra_node *pattern = kase->kids;

	if (pattern->kind != RA_N_NAME || ra_node_find(kase, RA_N_GUARD))
		return false;
	return !(kase->up->flags & RA_F_BREAKS) || ra_str_is(pattern->text, "_");
}

/* A `break` in a switch ends the switch. */
static uint8_t match_exits(const struct ra_shape *shape, const struct ra_node *node)
{
	uint8_t exits = 0;
	/* it waits for one of its cases; or the language makes sure that one matches */
	bool complete = node->kind == RA_N_SELECT || node->word == RA_W_MATCH;

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		if (kid->kind != RA_N_CASE)
			continue;
		exits |= exits_of(shape, ra_node_find(kid, RA_N_BLOCK));
		complete |= is_irrefutable(kid);
	}
	if ((node->flags & RA_F_BREAKS) && (exits & RA_X_BREAK))
		exits = (exits & (uint8_t)~RA_X_BREAK) | RA_X_FALLS;
	return complete ? exits : exits | RA_X_FALLS;
}

bool ra_node_never_returns(const struct ra_shape *shape, const struct ra_node *statement)
{
	const char *const *names = shape->tokens->language->never_returns;
	const struct ra_node *call = statement->kids;
	struct ra_str method;

	if (statement->kind != RA_N_EXPRESSION || !names || !call || call->kind != RA_N_CALL ||
	    call->kids->height > 3)
		return false;
	method = call->kids->kind == RA_N_MEMBER ? call->kids->text : RA_STR("");
	for (; *names; names++)
		if (**names == '.' ? ra_str_is(method, *names + 1)
				   : ra_str_is(ra_node_text(shape, call->kids), *names))
			return true;
	return false;
}

static uint8_t block_exits(const struct ra_shape *shape, const struct ra_node *node)
{
	const struct ra_node *block = ra_node_find(node, RA_N_BLOCK);

	return block ? exits_of(shape, block) : RA_X_FALLS;
}

static uint8_t statement_exits(const struct ra_shape *shape, const struct ra_node *node)
{
	switch (node->kind) {
	case RA_N_RETURN:
		return RA_X_RETURN;
	case RA_N_RAISE:
		return RA_X_RAISE;
	case RA_N_BREAK:
		return node->text.len ? RA_X_JUMP : RA_X_BREAK;
	case RA_N_CONTINUE:
		return node->text.len ? RA_X_JUMP : RA_X_CONTINUE;
	case RA_N_PASS:
		return node->word == RA_W_GOTO ? RA_X_JUMP : RA_X_FALLS;
	case RA_N_IF:
		return if_exits(shape, node);
	case RA_N_FOR:
	case RA_N_WHILE:
		return loop_exits(shape, node);
	case RA_N_TRY:
		return try_exits(shape, node);
	case RA_N_MATCH:
	case RA_N_SELECT:
		return match_exits(shape, node);
	case RA_N_WITH:
	case RA_N_CLASS:
	case RA_N_COMPOUND:
		return block_exits(shape, node);
	case RA_N_ASSIGN: /* let .. else */
		return RA_X_FALLS | block_exits(shape, node);
	case RA_N_EXPRESSION:
		return ra_node_never_returns(shape, node) ? RA_X_RAISE : RA_X_FALLS;
	default:
		return RA_X_FALLS;
	}
}

uint8_t ra_build_exits(const struct ra_shape *shape, const struct ra_node *block)
{
	uint8_t exits = RA_X_FALLS;

	for (const struct ra_node *kid = block->kids; kid && exits & RA_X_FALLS; kid = kid->next)
		exits = then(exits, statement_exits(shape, kid));
	return exits;
}
