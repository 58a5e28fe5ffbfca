/*
 * Types of Rust, read as expressions, so that who asks for the class of a value walks one kind of
 * tree. A token like `>>` may close two generics: the builder remembers how much of it is taken.
 */
#include "core/shape/rust.h"

/* -- angle brackets --------------------------------------------------------------------------- */

/* The next byte of an operator that may be taken in parts. */
static char next_byte(const struct ra_builder *build)
{
	const struct ra_token *token = build->token;

	return token->kind == RA_T_OP && token->word != RA_O_ARROW && token->word != RA_O_FAT_ARROW
		? build->tokens->source->text.ptr[token->at + build->split] : '\0';
}

static bool take_byte(struct ra_builder *build, char c)
{
	if (next_byte(build) != c)
		return false;
	if (++build->split == build->token->len)
		ra_build_next(build);
	return true;
}

bool ra_rust_take_assign(struct ra_builder *build)
{
	if (build->split)
		return take_byte(build, '=');
	return ra_build_take(build, RA_O_ASSIGN);
}

void ra_rust_pass_generics(struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	unsigned open = 0;

	do {
		enum ra_word word = ra_build_word(build);

		if (word == RA_O_SEMICOLON || word == RA_O_RBRACE)
			return; /* not generics after all */
		if (take_byte(build, '<'))
			open++;
		else if (take_byte(build, '>'))
			open--;
		else if (word == RA_O_LPAREN || word == RA_O_LBRACKET || word == RA_O_LBRACE)
			ra_build_pass_bracket(build);
		else
			ra_build_next(build);
	} while (open && build->token->kind != RA_T_END && build->token->depth >= depth);
}

void ra_rust_pass_bounds(struct ra_builder *build)
{
	uint16_t depth = build->token->depth;

	while (build->token->kind != RA_T_END && build->token->depth >= depth) {
		enum ra_word word = ra_build_word(build);

		if (word == RA_O_LBRACE || word == RA_O_SEMICOLON || word == RA_O_RBRACE ||
		    word == RA_O_ASSIGN || next_byte(build) == '>')
			return;
		if (word == RA_O_LT || word == RA_O_SHL)
			ra_rust_pass_generics(build);
		else if (word == RA_O_LPAREN || word == RA_O_LBRACKET)
			ra_build_pass_bracket(build);
		else
			ra_build_next(build);
	}
}

/* -- types ------------------------------------------------------------------------------------ */

static struct ra_node *unknown_leaf(struct ra_builder *build)
{
	return ra_build_leaf(build, RA_N_UNKNOWN);
}

/* `A`, `'a`, `3`, `{ N }`, `Item = T` between the angles. */
static struct ra_node *build_generic(struct ra_builder *build)
{
	struct ra_open open;

	if (build->token->kind == RA_T_NAME &&
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_ASSIGN) {
		open = ra_build_open(build, RA_N_KEYWORD, build->at);
		open.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
		ra_build_next(build);
		ra_build_add(&open, ra_rust_type(build));
		return ra_build_close(build, &open);
	}
	if (ra_build_word(build) == RA_O_MINUS)
		ra_build_next(build);
	return ra_rust_type(build);
}

/* From `<` to its `>`: the arguments as the key of an index of `base`. */
static struct ra_node *build_generics(struct ra_builder *build, uint32_t first, struct ra_node *base)
{
	struct ra_open index = ra_build_open(build, RA_N_INDEX, first);
	struct ra_open keys = ra_build_open(build, RA_N_TUPLE, build->at);
	uint16_t depth = build->token->depth;
	struct ra_node *only;

	take_byte(build, '<');
	while (build->token->kind != RA_T_END && build->token->depth >= depth &&
	       next_byte(build) != '>') {
		uint32_t at = build->at;

		if (ra_build_word(build) == RA_O_LIFETIME)
			ra_build_next(build);
		else
			ra_build_add(&keys, build_generic(build));
		if (!ra_build_take(build, RA_O_COMMA) && next_byte(build) != '>') {
			ra_rust_pass_bounds(build); /* `Item: Bound` */
			if (build->at == at)
				break;
		}
	}
	take_byte(build, '>');
	only = keys.node->kids;
	ra_build_add(&index, base);
	ra_build_close(build, &keys);
	if (only && !only->next)
		ra_build_add(&index, only);
	else
		ra_build_add(&index, keys.node);
	return ra_build_close(build, &index);
}

/* `Fn(A, B) -> C` behind its name. */
static struct ra_node *build_signature(struct ra_builder *build, uint32_t first,
				       struct ra_node *base)
{
	struct ra_open call = ra_build_open(build, RA_N_CALL, first);
	uint16_t depth = build->token->depth;

	ra_build_add(&call, base);
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		uint32_t at = build->at;

		ra_build_add(&call, ra_rust_type(build));
		ra_build_take(build, RA_O_COMMA);
		if (build->at == at)
			ra_build_next(build);
	}
	ra_build_take(build, RA_O_RPAREN);
	if (ra_build_take(build, RA_O_ARROW))
		ra_build_add(&call, ra_rust_type(build));
	return ra_build_close(build, &call);
}

struct ra_node *ra_rust_segment(struct ra_builder *build, uint32_t first, struct ra_node *base)
{
	struct ra_open member = ra_build_open(build, RA_N_MEMBER, first);

	member.node->word = RA_O_PATH;
	member.node->text = ra_build_text(build, build->at, build->at);
	ra_build_next(build);
	ra_build_add(&member, base);
	return ra_build_close(build, &member);
}

static struct ra_node *build_path_type(struct ra_builder *build, uint32_t first,
				       struct ra_node *left)
{
	for (unsigned steps = 0; steps < RA_SHAPE_DEPTH / 2; steps++) {
		enum ra_word word = ra_build_word(build);

		if (word == RA_O_PATH) {
			ra_build_next(build);
			if (build->token->kind == RA_T_NAME)
				left = ra_rust_segment(build, first, left);
		} else if (next_byte(build) == '<' && word != RA_O_LE) {
			left = build_generics(build, first, left);
		} else if (word == RA_O_LPAREN) {
			left = build_signature(build, first, left);
		} else {
			break;
		}
	}
	if (ra_build_word(build) == RA_W_NOT) { /* a macro */
		ra_build_next(build);
		ra_build_pass_bracket(build);
		return ra_build_unknown(build, first);
	}
	return left;
}

/* `&'a mut T`, `*const T` */
static struct ra_node *build_pointer(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_UNARY, build->at);

	open.node->word = next_byte(build) == '&' ? RA_O_AMP : RA_O_STAR;
	take_byte(build, next_byte(build)); /* `&&T` is taken in two parts */
	if (open.node->word == RA_O_AMP && ra_build_word(build) == RA_O_LIFETIME)
		ra_build_next(build);
	if (ra_build_word(build) == RA_W_MUT || ra_build_word(build) == RA_W_CONST)
		ra_build_next(build);
	ra_build_add(&open, ra_rust_type(build));
	return ra_build_close(build, &open);
}

/* `(A, B)`, `[T; n]` */
static struct ra_node *build_bracketed(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_open open = ra_build_open(build, kind, build->at);
	uint16_t depth = build->token->depth;
	bool commas = false;

	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		ra_build_add(&open, ra_rust_type(build));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
		commas = true;
	}
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_next(build); /* `; n` */
	ra_build_take(build, kind == RA_N_LIST ? RA_O_RBRACKET : RA_O_RPAREN);
	if (kind == RA_N_TUPLE && !commas && open.node->kids) {
		open.node->kids->up = NULL;
		return open.node->kids;
	}
	return ra_build_close(build, &open);
}

/* `dyn A + B`, `impl A + 'a` */
static struct ra_node *build_bounds(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *left;

	ra_build_next(build);
	while (ra_build_word(build) == RA_O_LIFETIME || ra_build_word(build) == RA_O_PLUS ||
	       ra_build_word(build) == RA_O_QUESTION)
		ra_build_next(build);
	left = ra_rust_type(build);
	while (ra_build_word(build) == RA_O_PLUS && left->height < RA_SHAPE_DEPTH) {
		struct ra_open both = ra_build_open(build, RA_N_BINARY, first);

		both.node->word = RA_O_PLUS;
		ra_build_next(build);
		ra_build_take(build, RA_O_QUESTION);
		if (ra_build_take(build, RA_O_LIFETIME))
			continue;
		ra_build_add(&both, left);
		ra_build_add(&both, ra_rust_type(build));
		left = ra_build_close(build, &both);
	}
	return left;
}

/* `unsafe extern "C" fn(A) -> B` */
static struct ra_node *build_fn_pointer(struct ra_builder *build)
{
	uint32_t first = build->at;

	while (ra_build_word(build) == RA_W_UNSAFE || ra_build_word(build) == RA_W_EXTERN ||
	       build->token->kind == RA_T_STRING)
		ra_build_next(build);
	ra_build_take(build, RA_W_DEF);
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_pass_bracket(build);
	if (ra_build_take(build, RA_O_ARROW))
		ra_rust_type(build);
	return ra_build_unknown(build, first);
}

/* `<T as Trait>::Name` */
struct ra_node *ra_rust_qualified(struct ra_builder *build)
{
	uint32_t first = build->at;

	ra_rust_pass_generics(build);
	return build_path_type(build, first, ra_build_unknown(build, first));
}

static struct ra_node *build_type(struct ra_builder *build)
{
	uint32_t first = build->at;

	switch (ra_build_word(build)) {
	case RA_O_AMP: case RA_W_AND: case RA_O_STAR:
		return build_pointer(build);
	case RA_O_LPAREN:
		return build_bracketed(build, RA_N_TUPLE);
	case RA_O_LBRACKET:
		return build_bracketed(build, RA_N_LIST);
	case RA_W_DYN: case RA_W_IMPL:
		return build_bounds(build);
	case RA_W_FOR:
		ra_build_next(build);
		ra_rust_pass_generics(build);
		return ra_rust_type(build);
	case RA_W_USE: /* what an `impl` captures */
		ra_build_next(build);
		ra_rust_pass_generics(build);
		return ra_build_unknown(build, first);
	case RA_W_DEF: case RA_W_UNSAFE: case RA_W_EXTERN:
		return build_fn_pointer(build);
	case RA_O_LT: case RA_O_SHL:
		return ra_rust_qualified(build);
	case RA_O_QUESTION:
		ra_build_next(build);
		return ra_rust_type(build);
	case RA_O_LBRACE:
		ra_build_pass_bracket(build);
		return ra_build_unknown(build, first);
	case RA_O_PATH:
		ra_build_next(build);
		break;
	default:
		break;
	}
	if (build->token->kind == RA_T_NAME)
		return build_path_type(build, first, ra_build_leaf(build, RA_N_NAME));
	if (build->token->kind == RA_T_NUMBER || build->token->kind == RA_T_STRING ||
	    build->token->kind == RA_T_KEYWORD || ra_build_word(build) == RA_O_LIFETIME ||
	    ra_build_word(build) == RA_W_NOT)
		return unknown_leaf(build);
	return ra_build_missing(build, "type expected");
}

struct ra_node *ra_rust_type(struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	struct ra_node *type;

	if (build->depth >= RA_SHAPE_DEPTH)
		return ra_build_skip_bracket(build, depth ? depth - 1 : 0);
	build->depth++;
	type = build_type(build);
	build->depth--;
	return type;
}

void ra_rust_typed(struct ra_builder *build, struct ra_open *owner, enum ra_word word,
		   enum ra_node_kind kind)
{
	struct ra_open open;

	if (!ra_build_take(build, word))
		return;
	open = ra_build_open(build, kind, build->at);
	ra_build_add(&open, ra_rust_type(build));
	ra_build_add(owner, ra_build_close(build, &open));
}
