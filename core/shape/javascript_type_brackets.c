/*
 * Types in brackets: functions, groups, tuples and objects. What is between the brackets is types
 * again; so this file and javascript_type.c call each other.
 */
#include "core/shape/javascript_type.h"

/* From the bracket of the parameters: `(a: A) => B`, as what a call of it is worth. */
struct ra_node *js_types_function(struct ra_builder *build, struct types *types, uint32_t first)
{
	struct ra_open open = ra_build_open(build, RA_N_UNARY, first);
	struct ra_node *result;

	if (ra_build_word(build) != RA_O_LPAREN)
		return NULL;
	ra_build_pass_bracket(build);
	if (!ra_build_take(build, RA_O_FAT_ARROW))
		return NULL;
	open.node->word = RA_O_FAT_ARROW;
	result = js_types_one(build, types);
	if (!result)
		return NULL;
	ra_build_add(&open, result);
	return ra_build_close(build, &open);
}

/* Are these parameters, and not a type in brackets before the arrow of a function? */
bool js_types_parameters(const struct ra_builder *build)
{
	const struct ra_token *token = ra_build_peek(build, 1);
	uint32_t after = 2;

	if (js_is(token, RA_O_RPAREN) || js_is(token, RA_O_ELLIPSIS))
		return true;
	if (js_is(token, RA_O_LBRACE) || js_is(token, RA_O_LBRACKET))
		after = js_partner(build, 1) + 1;
	else if (!js_is_word(token))
		return false;
	switch (ra_build_word_of(ra_build_peek(build, after))) {
	case RA_O_COLON: case RA_O_COMMA: case RA_O_QUESTION: case RA_O_ASSIGN:
		return true;
	case RA_O_RPAREN:
		return js_is(ra_build_peek(build, after + 1), RA_O_FAT_ARROW);
	default:
		return false;
	}
}

struct ra_node *js_types_group(struct ra_builder *build, struct types *types)
{
	uint32_t first = build->at, partner = js_partner(build, 0);
	struct ra_node *type;
	uint16_t depth = build->token->depth;

	if (js_is(ra_build_peek(build, partner + 1), RA_O_FAT_ARROW) && js_types_parameters(build))
		return js_types_function(build, types, first);
	ra_build_next(build);
	type = js_types_one(build, types);
	if (!type || ra_build_inside(build, depth + 1) || !ra_build_take(build, RA_O_RPAREN))
		return NULL;
	return type;
}

struct ra_node *js_types_tuple(struct ra_builder *build, struct types *types)
{
	struct ra_open open = ra_build_open(build, RA_N_LIST, build->at);
	uint16_t depth = build->token->depth;

	ra_build_next(build);
	while (ra_build_inside(build, depth)) {
		struct ra_node *type;

		ra_build_take(build, RA_O_ELLIPSIS);
		if (js_is_word(build->token) &&
		    js_is(ra_build_peek(build, 1), RA_O_COLON)) /* a name of the element */
			ra_build_next(build), ra_build_next(build);
		type = js_types_one(build, types);
		if (!type)
			return NULL;
		ra_build_add(&open, type);
		ra_build_take(build, RA_O_QUESTION);
		if (ra_build_take(build, RA_O_COLON) && !js_types_one(build, types))
			return NULL;
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (!ra_build_take(build, RA_O_RBRACKET))
		return NULL;
	return ra_build_close(build, &open);
}

/* -- objects ------------------------------------------------------------------------------- */

static void skip_member(struct ra_builder *build, uint16_t depth)
{
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth) &&
	       !(build->token->depth == depth + 1 && (ra_build_word(build) == RA_O_COMMA ||
						      ra_build_word(build) == RA_O_SEMICOLON)))
		ra_build_next(build);
}

/* The worth of a method: `(a: A): B`. */
static struct ra_node *parse_method(struct ra_builder *build, struct types *types)
{
	struct ra_open open = ra_build_open(build, RA_N_UNARY, build->at);
	struct ra_node *type = NULL;

	open.node->word = RA_O_FAT_ARROW;
	if (ra_build_word(build) == RA_O_LT && !js_pass_angles(build))
		return NULL;
	if (ra_build_word(build) != RA_O_LPAREN)
		return NULL;
	ra_build_pass_bracket(build);
	if (ra_build_take(build, RA_O_COLON))
		type = js_types_one(build, types);
	ra_build_add(&open, type ? type : ra_build_unknown(build, build->last));
	return ra_build_close(build, &open);
}

/* `k: A`, `k(): A` into `open`. */
static void parse_member(struct ra_builder *build, struct types *types, struct ra_open *open)
{
	struct ra_open pair = ra_build_open(build, RA_N_PAIR, build->at);
	struct ra_node *key, *type = NULL;

	while (js_is(build->token, RA_W_MODIFIER) && js_is_word(ra_build_peek(build, 1)))
		ra_build_next(build);
	if (!js_is_word(build->token) && build->token->kind != RA_T_STRING)
		return;
	key = ra_build_leaf(build, RA_N_NAME);
	key->text = js_unquoted(key->text);
	ra_build_take(build, RA_O_QUESTION);
	if (ra_build_take(build, RA_O_COLON))
		type = js_types_one(build, types);
	else
		type = parse_method(build, types);
	if (!type)
		return;
	ra_build_add(&pair, key);
	ra_build_add(&pair, type);
	ra_build_add(open, ra_build_close(build, &pair));
}

struct ra_node *js_types_object(struct ra_builder *build, struct types *types)
{
	struct ra_open open = ra_build_open(build, RA_N_DICT, build->at);
	uint16_t depth = build->token->depth;

	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		uint32_t first = build->at;
		bool separated;

		parse_member(build, types, &open);
		separated = ra_build_take(build, RA_O_COMMA) ||
			    ra_build_take(build, RA_O_SEMICOLON);
		if (!separated && (build->at == first || js_same_line(build, 0)))
			skip_member(build, depth);
		if (build->at == first)
			ra_build_next(build);
	}
	if (!ra_build_take(build, RA_O_RBRACE))
		return NULL;
	return ra_build_close(build, &open);
}
