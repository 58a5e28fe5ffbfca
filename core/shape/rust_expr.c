/*
 * Rust: operands and what follows them: ranges, casts, struct literals, `.await`, `?`, turbofish.
 */
#include "core/shape/rust.h"

/* -- operands --------------------------------------------------------------------------------- */

/* `let P = e` in a condition. */
static struct ra_node *build_let(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_NAMED, build->at);

	ra_build_next(build);
	open.node->flags |= RA_F_DECLARE;
	ra_build_add(&open, ra_rust_pattern(build));
	if (!ra_build_take(build, RA_O_ASSIGN))
		ra_build_note(build, "'=' expected");
	ra_build_add(&open, ra_build_expression(build, RA_BIND_NOT));
	return ra_build_close(build, &open);
}

static struct ra_node *build_array(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LIST, build->at);
	uint16_t depth = build->token->depth;
	bool in_head = build->in_head;

	build->in_head = false;
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
		if (!ra_build_take(build, RA_O_COMMA) && !ra_build_take(build, RA_O_SEMICOLON))
			break;
	}
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, RA_O_RBRACKET);
	build->in_head = in_head;
	return ra_build_close(build, &open);
}

/* `&raw const x`, `&&x` */
static struct ra_node *build_reference(struct ra_builder *build)
{
	struct ra_open outer = ra_build_open(build, RA_N_UNARY, build->at), inner;

	outer.node->word = RA_O_AMP;
	if (ra_build_word(build) == RA_O_AMP) {
		ra_build_next(build);
		ra_build_next(build);
		ra_build_next(build);
		ra_build_add(&outer, ra_build_expression(build, RA_BIND_UNARY));
		return ra_build_close(build, &outer);
	}
	inner = ra_build_open(build, RA_N_UNARY, build->at);
	inner.node->word = RA_O_AMP;
	ra_build_next(build);
	ra_build_take(build, RA_W_MUT);
	ra_build_add(&inner, ra_build_expression(build, RA_BIND_UNARY));
	ra_build_add(&outer, ra_build_close(build, &inner));
	return ra_build_close(build, &outer);
}

static bool at_raw(const struct ra_builder *build)
{
	const struct ra_token *name = ra_build_peek(build, 1);
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 2));

	return name->kind == RA_T_NAME &&
	       ra_str_is(ra_build_text(build, build->at + 1, build->at + 1), "raw") &&
	       (after == RA_W_CONST || after == RA_W_MUT);
}

/* Is there an end to the range that has begun? */
static bool range_ends(const struct ra_builder *build)
{
	return ra_build_begins_expression(build, build->token) &&
	       ra_build_word(build) != RA_O_FAT_ARROW &&
	       !(build->in_head && ra_build_word(build) == RA_O_LBRACE);
}

static struct ra_node *build_range(struct ra_builder *build, uint32_t first, struct ra_node *from)
{
	struct ra_open open = ra_build_open(build, RA_N_SLICE, first);

	if (from)
		ra_build_add(&open, from);
	ra_build_next(build);
	if (range_ends(build))
		ra_build_add(&open, ra_build_expression(build, RA_BIND_OR));
	return ra_build_close(build, &open);
}

/* `<T as Trait>`, before its `::name`. */
static struct ra_node *build_qualified(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_UNKNOWN, build->at);

	ra_rust_pass_generics(build);
	return ra_build_close(build, &open);
}

/* `None`, unless it is a part of a path. */
static struct ra_node *build_none(struct ra_builder *build)
{
	struct ra_node *none;

	if (build->token->kind != RA_T_NAME ||
	    !ra_str_is(ra_build_text(build, build->at, build->at), "None") ||
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_PATH)
		return NULL;
	none = ra_build_leaf(build, RA_N_LITERAL);
	none->word = RA_W_NULL;
	return none;
}

struct ra_node *ra_rust_operand(struct ra_builder *build)
{
	switch (ra_build_word(build)) {
	case RA_O_HASH:
		ra_rust_pass_attributes(build);
		return ra_build_expression(build, RA_BIND_UNARY);
	case RA_O_LBRACE: case RA_W_UNSAFE: case RA_W_CONST:
		return ra_rust_block(build);
	case RA_W_ASYNC: case RA_W_MOVE: case RA_W_STATIC: case RA_O_PIPE: case RA_W_OR:
		return ra_rust_at_closure(build) ? ra_rust_closure(build) : NULL;
	case RA_W_IF:
		return ra_build_brace_if(build, NULL);
	case RA_W_MATCH:
		return ra_rust_match(build);
	case RA_W_LOOP:
		return ra_build_brace_loop(build);
	case RA_W_WHILE:
		return ra_build_brace_while(build);
	case RA_W_FOR:
		return ra_rust_for(build);
	case RA_O_LIFETIME:
		return ra_rust_labelled(build);
	case RA_W_RETURN: case RA_W_BREAK: case RA_W_CONTINUE:
		return ra_build_jump(build);
	case RA_W_LET:
		return build_let(build);
	case RA_O_LBRACKET:
		return build_array(build);
	case RA_W_AND:
		return build_reference(build);
	case RA_O_AMP:
		return at_raw(build) ? build_reference(build) : NULL;
	case RA_O_SPAN:
		return build_range(build, build->at, NULL);
	case RA_O_LT: case RA_O_SHL:
		return build_qualified(build);
	case RA_O_PATH:
		ra_build_next(build);
		return build->token->kind == RA_T_NAME ? ra_build_leaf(build, RA_N_NAME) : NULL;
	case RA_O_DOLLAR:
		ra_build_next(build);
		return NULL;
	default:
		return build_none(build);
	}
}

/* -- what follows an operand ------------------------------------------------------------------ */

static bool is_path(const struct ra_node *node)
{
	return (node->kind == RA_N_NAME || (node->kind == RA_N_MEMBER && node->word == RA_O_PATH)) &&
	       !(node->flags & RA_F_PARENTHESES);
}

static struct ra_node *build_struct(struct ra_builder *build, uint32_t first, struct ra_node *path)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOSITE, first), item;
	uint16_t depth = build->token->depth;

	ra_build_add(&open, path);
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		enum ra_word after;

		ra_rust_pass_attributes(build);
		after = ra_build_word_of(ra_build_peek(build, 1));
		if (ra_build_word(build) == RA_O_SPAN) {
			item = ra_build_open(build, RA_N_STAR, build->at);
			ra_build_next(build);
			ra_build_add(&item, ra_build_expression(build, RA_BIND_NAMED));
			ra_build_add(&open, ra_build_close(build, &item));
		} else if (after == RA_O_COLON) {
			item = ra_build_open(build, RA_N_PAIR, build->at);
			ra_build_add(&item, ra_build_leaf(build, RA_N_NAME));
			ra_build_next(build);
			ra_build_add(&item, ra_build_expression(build, RA_BIND_NAMED));
			ra_build_add(&open, ra_build_close(build, &item));
		} else {
			ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
		}
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, RA_O_RBRACE);
	return ra_build_close(build, &open);
}

static struct ra_node *wrap(struct ra_builder *build, enum ra_node_kind kind, enum ra_word word,
			    uint32_t first, struct ra_node *left, unsigned tokens)
{
	struct ra_open open = ra_build_open(build, kind, first);

	open.node->word = (uint8_t)word;
	while (tokens--)
		ra_build_next(build);
	ra_build_add(&open, left);
	return ra_build_close(build, &open);
}

/* `.await`, `.0`; a plain field is read by the common code. */
static struct ra_node *build_dot(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	const struct ra_token *after = ra_build_peek(build, 1);
	struct ra_node *member;

	if (ra_build_word_of(after) == RA_W_AWAIT)
		return wrap(build, RA_N_AWAIT, RA_W_NONE, first, left, 2);
	if (after->kind != RA_T_NUMBER)
		return NULL;
	member = wrap(build, RA_N_MEMBER, RA_W_NONE, first, left, 2);
	member->text = ra_build_text(build, build->last, build->last);
	return member;
}

/* `::name`, or `::<T>`, which leaves no node. */
static struct ra_node *build_path(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	struct ra_node *member;

	if (ra_build_word_of(ra_build_peek(build, 1)) == RA_O_LT ||
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_SHL) {
		ra_build_next(build);
		ra_rust_pass_generics(build);
		return left;
	}
	member = wrap(build, RA_N_MEMBER, RA_O_PATH, first, left, 1);
	member->text = ra_build_text(build, build->at, build->at);
	member->last = build->at;
	ra_build_next(build);
	return member;
}

static struct ra_node *build_cast(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	struct ra_open open = ra_build_open(build, RA_N_CAST, first);

	ra_build_add(&open, left);
	ra_rust_typed(build, &open, RA_W_AS, RA_N_ANNOTATION);
	return ra_build_close(build, &open);
}

struct ra_node *ra_rust_extend(struct ra_builder *build, uint32_t first, struct ra_node *left,
			       enum ra_binding loosest)
{
	switch (ra_build_word(build)) {
	case RA_O_DOT:
		return build_dot(build, first, left);
	case RA_O_QUESTION:
		return wrap(build, RA_N_UNARY, RA_O_QUESTION, first, left, 1);
	case RA_O_PATH:
		return build_path(build, first, left);
	case RA_W_NOT:
		if (!is_path(left) ||
		    !rust_opens_bracket(ra_build_word_of(ra_build_peek(build, 1))))
			return NULL;
		return ra_rust_macro(build, first, left);
	case RA_O_LBRACE:
		return !build->in_head && is_path(left) ? build_struct(build, first, left) : NULL;
	case RA_W_AS:
		return loosest <= RA_BIND_PRODUCT ? build_cast(build, first, left) : NULL;
	case RA_O_SPAN:
		return loosest <= RA_BIND_TERNARY ? build_range(build, first, left) : NULL;
	default:
		return NULL;
	}
}
