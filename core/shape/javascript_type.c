/*
 * Types of TypeScript and Flow, as expressions. Read without notes and without change to the
 * shape, so that a reader who only guessed that a type comes next can go back. `>>` closes two
 * lists of arguments: what is still to be taken of it is counted.
 */
#include "core/shape/javascript_type.h"

enum { TYPE_DEPTH = 60 };

struct ra_str js_unquoted(struct ra_str text)
{
	if (text.len >= 2 && (text.ptr[0] == '\'' || text.ptr[0] == '"' || text.ptr[0] == '`'))
		return ra_str_n(text.ptr + 1, text.len - 2);
	return text;
}

uint32_t js_partner(const struct ra_builder *build, uint32_t ahead)
{
	uint16_t depth = ra_build_peek(build, ahead)->depth;

	do
		ahead++;
	while (ra_build_peek(build, ahead)->depth > depth);
	return ahead;
}

/* -- angles -------------------------------------------------------------------------------- */

static unsigned closes(const struct ra_token *token)
{
	if (js_is(token, RA_O_GT))
		return 1;
	return js_is(token, RA_O_SHR) ? token->len : 0;
}

static bool take_closing(struct ra_builder *build, struct types *types)
{
	unsigned n = closes(build->token);

	if (types->closing + 1 > n)
		return false;
	if (++types->closing == n) {
		types->closing = 0;
		ra_build_next(build);
	}
	return true;
}

bool js_pass_angles(struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	unsigned open = 0, n;

	do {
		bool inner = build->token->depth > depth;

		if (build->token->kind == RA_T_END || build->token->depth < depth ||
		    (!inner && ra_build_word(build) == RA_O_SEMICOLON))
			return false;
		if (!inner) {
			open += ra_build_word(build) == RA_O_LT;
			n = closes(build->token);
			open = n < open ? open - n : 0;
		}
		ra_build_next(build);
	} while (open);
	return true;
}

/* `<A, B>` as one node: the argument, or a TUPLE; NULL when it does not read so. */
static struct ra_node *parse_arguments(struct ra_builder *build, struct types *types)
{
	struct ra_open tuple = ra_build_open(build, RA_N_TUPLE, build->at);
	struct ra_node *only;

	ra_build_next(build);
	do {
		struct ra_node *type;

		if (tuple.node->kids && closes(build->token))
			break; /* behind a last comma */
		type = js_types_one(build, types);
		if (!type)
			return NULL;
		ra_build_add(&tuple, type);
	} while (!types->closing && ra_build_take(build, RA_O_COMMA));
	if (!take_closing(build, types))
		return NULL;
	only = tuple.node->kids;
	if (only && !only->next) {
		only->up = NULL;
		return only;
	}
	return ra_build_close(build, &tuple);
}

bool js_type_arguments(struct ra_builder *build)
{
	struct js_mark mark = js_save(build);
	struct types types = { 0 };

	if (parse_arguments(build, &types) && !types.closing)
		return true;
	js_restore(build, &mark);
	return false;
}

/* -- what types are made of ---------------------------------------------------------------- */

/* Can a type begin at this token? */
static bool begins_type(const struct ra_token *token)
{
	switch (ra_build_word_of(token)) {
	case RA_O_LPAREN: case RA_O_LBRACKET: case RA_O_LBRACE: case RA_O_MINUS: case RA_O_LT:
	case RA_O_QUESTION: case RA_O_STAR: case RA_O_PIPE: case RA_O_AMP:
		return true;
	default:
		return js_is_word(token) || token->kind == RA_T_STRING ||
		       token->kind == RA_T_NUMBER || token->kind == RA_T_STRING_OPEN;
	}
}

static bool next_is(const struct ra_builder *build, const char *text)
{
	return js_is_word(build->token) && js_same_line(build, 0) &&
	       ra_str_is(ra_build_text(build, build->at, build->at), text);
}

/* A word before a type that says more about it. */
static bool is_modifier(const struct ra_builder *build)
{
	static const char *const words[] = {
		"keyof", "readonly", "unique", "infer", "asserts", "abstract", "typeof",
	};
	struct ra_str text = ra_build_text(build, build->at, build->at);

	if (!js_is_word(build->token) || !begins_type(ra_build_peek(build, 1)) ||
	    !js_same_line(build, 1))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ra_str_is(text, words[i]))
			return ra_build_word_of(ra_build_peek(build, 1)) != RA_O_LT &&
			       ra_build_word_of(ra_build_peek(build, 1)) != RA_O_PIPE &&
			       ra_build_word_of(ra_build_peek(build, 1)) != RA_O_AMP &&
			       ra_build_word_of(ra_build_peek(build, 1)) != RA_O_QUESTION;
	return false;
}

static struct ra_node *parse_postfix(struct ra_builder *build, struct types *types);

static struct ra_node *parse_modified(struct ra_builder *build, struct types *types)
{
	bool transparent = next_is(build, "readonly");
	uint32_t first = build->at;
	struct ra_node *type;

	ra_build_next(build);
	type = parse_postfix(build, types);
	if (type && next_is(build, "is")) { /* `asserts x is T` */
		ra_build_next(build);
		type = js_types_one(build, types);
	}
	if (!type || transparent)
		return type;
	return ra_build_unknown(build, first);
}

/* `a.b.C<D>` */
static struct ra_node *parse_reference(struct ra_builder *build, struct types *types)
{
	uint32_t first = build->at;
	struct ra_node *node = ra_build_leaf(build, RA_N_NAME), *arguments;
	struct ra_open open;

	while (ra_build_word(build) == RA_O_DOT && js_is_word(ra_build_peek(build, 1))) {
		open = ra_build_open(build, RA_N_MEMBER, first);
		ra_build_add(&open, node);
		ra_build_next(build);
		open.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
		node = ra_build_close(build, &open);
	}
	if (ra_build_word(build) != RA_O_LT || !js_same_line(build, 0))
		return node;
	arguments = parse_arguments(build, types);
	if (!arguments)
		return NULL;
	open = ra_build_open(build, RA_N_INDEX, first);
	ra_build_add(&open, node);
	ra_build_add(&open, arguments);
	return ra_build_close(build, &open);
}

/* -- the levels ---------------------------------------------------------------------------- */

static struct ra_node *parse_template(struct ra_builder *build)
{
	uint32_t first = build->at;
	uint16_t depth = build->token->depth;

	do
		ra_build_next(build);
	while (build->token->kind != RA_T_END && (build->token->depth > depth ||
						  build->token->kind != RA_T_STRING_CLOSE));
	ra_build_next(build);
	return ra_build_unknown(build, first);
}

/* `new () => T`, `import('m').T` */
static struct ra_node *parse_by_word(struct ra_builder *build, struct types *types)
{
	uint32_t first = build->at;

	switch (ra_build_word(build)) {
	case RA_W_NEW:
		ra_build_next(build);
		if (ra_build_word(build) == RA_O_LT && !js_pass_angles(build))
			return NULL;
		return js_types_function(build, types, first) ? ra_build_unknown(build, first) : NULL;
	case RA_W_IMPORT:
		ra_build_next(build);
		if (ra_build_word(build) != RA_O_LPAREN)
			return NULL;
		ra_build_pass_bracket(build);
		while (ra_build_take(build, RA_O_DOT))
			ra_build_next(build);
		if (ra_build_word(build) == RA_O_LT && !parse_arguments(build, types))
			return NULL;
		return ra_build_unknown(build, first);
	case RA_W_NULL: case RA_W_TRUE: case RA_W_FALSE:
		return ra_build_leaf(build, RA_N_LITERAL);
	default:
		return parse_reference(build, types);
	}
}

static struct ra_node *parse_primary(struct ra_builder *build, struct types *types)
{
	uint32_t first = build->at;

	switch (build->token->kind) {
	case RA_T_STRING:
		return ra_build_leaf(build, RA_N_STRING);
	case RA_T_STRING_OPEN:
		return parse_template(build);
	case RA_T_NUMBER:
		return ra_build_leaf(build, RA_N_LITERAL);
	case RA_T_NAME: case RA_T_KEYWORD:
		return is_modifier(build) ? parse_modified(build, types)
					  : parse_by_word(build, types);
	default:
		break;
	}
	switch (ra_build_word(build)) {
	case RA_O_LPAREN:
		return js_types_group(build, types);
	case RA_O_LBRACKET:
		return js_types_tuple(build, types);
	case RA_O_LBRACE:
		return js_types_object(build, types);
	case RA_O_LT:
		return js_pass_angles(build) ? js_types_function(build, types, first) : NULL;
	case RA_O_QUESTION: /* Flow: may be absent */
		ra_build_next(build);
		return parse_postfix(build, types);
	case RA_O_STAR:
		return ra_build_leaf(build, RA_N_UNKNOWN);
	case RA_O_MINUS:
		ra_build_next(build);
		ra_build_next(build);
		return ra_build_unknown(build, first);
	default:
		return NULL;
	}
}

/* `A[]` is Array<A>; `A['k']` is not known. */
static struct ra_node *parse_postfix(struct ra_builder *build, struct types *types)
{
	uint32_t first = build->at;
	struct ra_node *type, *name;
	struct ra_open open;

	if (types->depth >= TYPE_DEPTH)
		return NULL;
	types->depth++;
	type = parse_primary(build, types);
	types->depth--;
	while (type && !types->closing && ra_build_word(build) == RA_O_LBRACKET &&
	       js_same_line(build, 0) && type->height < TYPE_DEPTH) {
		bool array = js_is(ra_build_peek(build, 1), RA_O_RBRACKET);

		open = ra_build_open(build, RA_N_INDEX, first);
		ra_build_pass_bracket(build);
		if (!array) {
			type = ra_build_unknown(build, first);
			continue;
		}
		name = ra_build_implied(build, RA_W_NONE, "Array", first);
		name->kind = RA_N_NAME;
		ra_build_add(&open, name);
		ra_build_add(&open, type);
		type = ra_build_close(build, &open);
	}
	return type;
}

static struct ra_node *parse_joined(struct ra_builder *build, struct types *types,
				    enum ra_word word)
{
	uint32_t first;
	struct ra_node *type, *right;
	struct ra_open open;

	ra_build_take(build, word);
	first = build->at;
	type = word == RA_O_AMP ? parse_postfix(build, types)
				: parse_joined(build, types, RA_O_AMP);
	while (type && !types->closing && ra_build_word(build) == word) {
		ra_build_next(build);
		right = word == RA_O_AMP ? parse_postfix(build, types)
					 : parse_joined(build, types, RA_O_AMP);
		if (!right)
			return NULL;
		if (type->height >= TYPE_DEPTH)
			continue; /* names of a long list: nobody asks for the last */
		open = ra_build_open(build, RA_N_BINARY, first);
		open.node->word = (uint8_t)word;
		ra_build_add(&open, type);
		ra_build_add(&open, right);
		type = ra_build_close(build, &open);
	}
	return type;
}

/* A union, a predicate `x is T`, or `A extends B ? C : D`. */
static struct ra_node *parse_any(struct ra_builder *build, struct types *types)
{
	uint32_t first = build->at;
	struct ra_node *type = parse_joined(build, types, RA_O_PIPE);

	if (!type || types->closing)
		return type;
	if (next_is(build, "is")) {
		ra_build_next(build);
		return js_types_one(build, types) ? ra_build_unknown(build, first) : NULL;
	}
	if (!next_is(build, "extends"))
		return type;
	ra_build_next(build);
	if (!parse_joined(build, types, RA_O_PIPE))
		return NULL;
	if (!types->closing && next_is(build, "extends")) { /* `infer B extends C` */
		ra_build_next(build);
		if (!parse_joined(build, types, RA_O_PIPE))
			return NULL;
	}
	if (types->closing || !ra_build_take(build, RA_O_QUESTION))
		return ra_build_unknown(build, first); /* `infer A extends B` */
	if (!js_types_one(build, types) || types->closing || !ra_build_take(build, RA_O_COLON) ||
	    !js_types_one(build, types))
		return NULL;
	return ra_build_unknown(build, first);
}

struct ra_node *js_types_one(struct ra_builder *build, struct types *types)
{
	struct ra_node *type;

	if (types->depth >= TYPE_DEPTH)
		return NULL;
	types->depth++;
	type = parse_any(build, types);
	types->depth--;
	return type;
}

struct ra_node *js_type(struct ra_builder *build)
{
	struct types types = { 0 };
	struct ra_node *type = js_types_one(build, &types);

	return types.closing ? NULL : type;
}

struct ra_node *js_cast_type(struct ra_builder *build)
{
	struct types types = { 0 };
	struct ra_node *type;

	ra_build_next(build);
	type = js_types_one(build, &types);
	return type && take_closing(build, &types) && !types.closing ? type : NULL;
}

void js_annotation(struct ra_builder *build, struct ra_open *open, enum ra_node_kind kind)
{
	struct ra_open annotation;
	struct ra_node *type;

	if (ra_build_word(build) != RA_O_COLON)
		return;
	ra_build_next(build);
	annotation = ra_build_open(build, kind, build->at);
	type = js_type(build);
	if (!type) {
		ra_build_note(build, "type expected");
		type = ra_build_unknown(build, annotation.node->first);
	}
	ra_build_add(&annotation, type);
	ra_build_add(open, ra_build_close(build, &annotation));
}
