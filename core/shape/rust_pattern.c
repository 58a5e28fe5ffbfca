/*
 * Patterns of Rust, read as expressions, so that who binds names walks one kind of tree.
 */
#include "core/shape/rust.h"

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
		return ra_rust_qualified(build);
	ra_build_take(build, RA_O_PATH);
	path = ra_build_leaf(build, RA_N_NAME);
	while (ra_build_word(build) == RA_O_PATH && path->height < RA_SHAPE_DEPTH / 2) {
		ra_build_next(build);
		if (ra_build_word(build) == RA_O_LT)
			ra_rust_pass_generics(build);
		else if (build->token->kind == RA_T_NAME)
			path = ra_rust_segment(build, first, path);
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
		return ra_build_unknown(build, first);
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
		return ra_build_unknown(build, first);
	}
	default:
		break;
	}
	if (build->token->kind == RA_T_NUMBER || build->token->kind == RA_T_STRING)
		return build_literal_pattern(build);
	if (build->token->kind == RA_T_NAME || ra_build_word(build) == RA_O_PATH ||
	    ra_build_word(build) == RA_O_LT)
		return build_binding(build);
	return ra_build_missing(build, "pattern expected");
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
