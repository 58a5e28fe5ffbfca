/*
 * Types and patterns of Rust. Both are read as expressions, so that who asks for the class of a
 * value, or binds names, walks one kind of tree. A token like `>>` may close two generics: the
 * builder remembers how much of it is taken.
 */
#include "core/shape/rust.h"

/* -- angle brackets ------------------------------------------------------------------------ */

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

/* -- types --------------------------------------------------------------------------------- */

static struct ra_node *unknown_leaf(struct ra_builder *build)
{
	return ra_build_leaf(build, RA_N_UNKNOWN);
}

/* UNKNOWN from `first` to the last token taken. */
static struct ra_node *unknown_from(struct ra_builder *build, uint32_t first)
{
	struct ra_open open = ra_build_open(build, RA_N_UNKNOWN, first);

	return ra_build_close(build, &open);
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

static struct ra_node *build_segment(struct ra_builder *build, uint32_t first, struct ra_node *base)
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
				left = build_segment(build, first, left);
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
		return unknown_from(build, first);
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
	return unknown_from(build, first);
}

/* `<T as Trait>::Name` */
static struct ra_node *build_qualified(struct ra_builder *build)
{
	uint32_t first = build->at;

	ra_rust_pass_generics(build);
	return build_path_type(build, first, unknown_from(build, first));
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
		return unknown_from(build, first);
	case RA_W_DEF: case RA_W_UNSAFE: case RA_W_EXTERN:
		return build_fn_pointer(build);
	case RA_O_LT: case RA_O_SHL:
		return build_qualified(build);
	case RA_O_QUESTION:
		ra_build_next(build);
		return ra_rust_type(build);
	case RA_O_LBRACE:
		ra_build_pass_bracket(build);
		return unknown_from(build, first);
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
	ra_build_note(build, "type expected");
	return unknown_from(build, build->last);
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

/* -- patterns ------------------------------------------------------------------------------ */

/* A name that stands for what is left out: `..`. */
static struct ra_node *build_rest(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_STAR, build->at);
	struct ra_node *name = ra_build_node(build, RA_N_NAME, build->at);

	name->text = RA_STR("_");
	ra_build_next(build);
	ra_build_add(&open, name);
	return ra_build_close(build, &open);
}

/* Patterns to the closing bracket, into `open`; were there commas? */
static bool build_patterns(struct ra_builder *build, struct ra_open *open, enum ra_word close)
{
	uint16_t depth = build->token->depth;
	bool commas = false;

	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		ra_build_add(open, ra_rust_pattern(build));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
		commas = true;
	}
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_add(open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, close);
	return commas;
}

/* `name`, `ref mut name`, `name: pattern` of a struct. */
static struct ra_node *build_field(struct ra_builder *build)
{
	struct ra_open pair;
	enum ra_word after;

	ra_rust_pass_attributes(build);
	after = ra_build_word_of(ra_build_peek(build, 1));
	if (after != RA_O_COLON || (build->token->kind != RA_T_NAME &&
				    build->token->kind != RA_T_NUMBER))
		return ra_rust_pattern(build);
	pair = ra_build_open(build, RA_N_PAIR, build->at);
	ra_build_add(&pair, ra_build_leaf(build, RA_N_NAME));
	ra_build_next(build);
	ra_build_add(&pair, ra_rust_pattern(build));
	return ra_build_close(build, &pair);
}

static struct ra_node *build_struct_pattern(struct ra_builder *build, uint32_t first,
					    struct ra_node *path)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOSITE, first);
	uint16_t depth = build->token->depth;

	ra_build_add(&open, path);
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		ra_build_add(&open, build_field(build));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, RA_O_RBRACE);
	return ra_build_close(build, &open);
}

/* `a..=b`, `a..` behind `left`. */
static struct ra_node *build_range(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	struct ra_open open = ra_build_open(build, RA_N_SLICE, first);

	ra_build_add(&open, left);
	ra_build_next(build);
	if (build->token->kind == RA_T_NUMBER || build->token->kind == RA_T_STRING ||
	    build->token->kind == RA_T_NAME || ra_build_word(build) == RA_O_MINUS)
		ra_build_add(&open, ra_rust_one_pattern(build));
	return ra_build_close(build, &open);
}

static struct ra_node *build_path_pattern(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *path;
	struct ra_open call;

	if (ra_build_word(build) == RA_O_LT)
		return build_qualified(build);
	ra_build_take(build, RA_O_PATH);
	path = ra_build_leaf(build, RA_N_NAME);
	while (ra_build_word(build) == RA_O_PATH && path->height < RA_SHAPE_DEPTH / 2) {
		ra_build_next(build);
		if (ra_build_word(build) == RA_O_LT)
			ra_rust_pass_generics(build);
		else if (build->token->kind == RA_T_NAME)
			path = build_segment(build, first, path);
		else
			break;
	}
	switch (ra_build_word(build)) {
	case RA_O_LPAREN:
		call = ra_build_open(build, RA_N_CALL, first);
		ra_build_add(&call, path);
		build_patterns(build, &call, RA_O_RPAREN);
		return ra_build_close(build, &call);
	case RA_O_LBRACE:
		return build_struct_pattern(build, first, path);
	case RA_O_SPAN: case RA_O_ELLIPSIS:
		return build_range(build, first, path);
	case RA_W_NOT:
		ra_build_next(build);
		ra_build_pass_bracket(build);
		return unknown_from(build, first);
	default:
		break;
	}
	/* a capital begins a constant; what is bound is written small */
	if (path->kind == RA_N_NAME && path->text.ptr[0] >= 'A' && path->text.ptr[0] <= 'Z') {
		path->kind = RA_N_LITERAL;
		path->word = ra_str_is(path->text, "None") ? RA_W_NULL : RA_W_NONE;
	}
	return path;
}

/* `name`, `name @ pattern` with the words before it taken. */
static struct ra_node *build_binding(struct ra_builder *build)
{
	struct ra_open named;
	uint32_t first = build->at;
	struct ra_node *name;

	if (ra_build_peek(build, 1)->kind == RA_T_NAME &&
	    ra_str_is(ra_build_text(build, first, first), "box")) {
		ra_build_next(build);
		return ra_rust_one_pattern(build);
	}
	if (ra_build_word_of(ra_build_peek(build, 1)) != RA_O_AT)
		return build_path_pattern(build);
	name = ra_build_leaf(build, RA_N_NAME);
	ra_build_next(build);
	named = ra_build_open(build, RA_N_NAMED, first);
	ra_build_add(&named, name);
	ra_build_add(&named, ra_rust_one_pattern(build));
	return ra_build_close(build, &named);
}

static struct ra_node *build_literal_pattern(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *literal;

	ra_build_take(build, RA_O_MINUS);
	literal = ra_build_leaf(build, build->token->kind == RA_T_STRING ? RA_N_STRING
									 : RA_N_LITERAL);
	literal->first = first;
	if (ra_build_word(build) == RA_O_SPAN || ra_build_word(build) == RA_O_ELLIPSIS)
		return build_range(build, first, literal);
	return literal;
}

static struct ra_node *build_reference(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_UNARY, build->at);

	open.node->word = RA_O_AMP;
	ra_build_next(build); /* `&&x` is as good as `&x` here */
	ra_build_take(build, RA_W_MUT);
	ra_build_add(&open, ra_rust_one_pattern(build));
	return ra_build_close(build, &open);
}

static struct ra_node *build_bracket_pattern(struct ra_builder *build)
{
	bool list = ra_build_word(build) == RA_O_LBRACKET;
	struct ra_open open = ra_build_open(build, list ? RA_N_LIST : RA_N_TUPLE, build->at);
	bool commas = build_patterns(build, &open, list ? RA_O_RBRACKET : RA_O_RPAREN);

	if (!list && !commas && open.node->kids && open.node->kids->kind != RA_N_STAR) {
		open.node->kids->up = NULL;
		return open.node->kids;
	}
	return ra_build_close(build, &open);
}

static struct ra_node *one_pattern(struct ra_builder *build)
{
	ra_rust_pass_attributes(build);
	switch (ra_build_word(build)) {
	case RA_O_AMP: case RA_W_AND:
		return build_reference(build);
	case RA_W_REF: case RA_W_MUT:
		ra_build_next(build);
		ra_build_take(build, RA_W_MUT);
		break;
	case RA_O_LPAREN: case RA_O_LBRACKET:
		return build_bracket_pattern(build);
	case RA_O_SPAN:
		if (ra_build_peek(build, 1)->kind == RA_T_NUMBER)
			return build_range(build, build->at, ra_build_implied(build, RA_W_NONE, "",
									      build->at));
		return build_rest(build);
	case RA_O_MINUS: case RA_W_TRUE: case RA_W_FALSE:
		return build_literal_pattern(build);
	case RA_W_CONST: {
		uint32_t first = build->at;

		ra_build_next(build);
		if (ra_build_word(build) == RA_O_LBRACE)
			ra_build_pass_bracket(build);
		return unknown_from(build, first);
	}
	default:
		break;
	}
	if (build->token->kind == RA_T_NUMBER || build->token->kind == RA_T_STRING)
		return build_literal_pattern(build);
	if (build->token->kind == RA_T_NAME || ra_build_word(build) == RA_O_PATH ||
	    ra_build_word(build) == RA_O_LT)
		return build_binding(build);
	ra_build_note(build, "pattern expected");
	return unknown_from(build, build->last);
}

struct ra_node *ra_rust_one_pattern(struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	struct ra_node *pattern;

	if (build->depth >= RA_SHAPE_DEPTH)
		return ra_build_skip_bracket(build, depth ? depth - 1 : 0);
	build->depth++;
	pattern = one_pattern(build);
	build->depth--;
	return pattern;
}

struct ra_node *ra_rust_pattern(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *left;

	ra_build_take(build, RA_O_PIPE);
	left = ra_rust_one_pattern(build);
	while (ra_build_word(build) == RA_O_PIPE && left->height < RA_SHAPE_DEPTH) {
		struct ra_open both = ra_build_open(build, RA_N_BINARY, first);

		both.node->word = RA_O_PIPE;
		ra_build_next(build);
		ra_build_add(&both, left);
		ra_build_add(&both, ra_rust_one_pattern(build));
		left = ra_build_close(build, &both);
	}
	return left;
}

struct ra_node *ra_rust_param(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_PARAM, build->at);
	struct ra_node *pattern = ra_rust_one_pattern(build);

	if (pattern->kind == RA_N_NAME)
		open.node->text = pattern->text;
	else
		ra_build_add(&open, pattern);
	ra_rust_typed(build, &open, RA_O_COLON, RA_N_ANNOTATION);
	return ra_build_close(build, &open);
}
