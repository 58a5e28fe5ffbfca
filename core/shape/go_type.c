/*
 * Go's types, and the parameters and results that are lists of them, with names or without.
 */
#include "core/shape/go.h"

static struct ra_node *name_of(struct ra_builder *build, const char *text, uint32_t first)
{
	struct ra_node *node = ra_build_node(build, RA_N_NAME, first);

	node->text = ra_str(text);
	node->last = build->last > first ? build->last : first;
	return node;
}

/* -- types ------------------------------------------------------------------------------------ */

/* `T`, `pkg.T`, `pkg.T[K, V]` */
static struct ra_node *build_type_name(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *node = ra_build_leaf(build, RA_N_NAME);
	struct ra_open open;

	if (ra_build_word(build) == RA_O_DOT && go_is_name_at(build, 1)) {
		open = ra_build_open(build, RA_N_MEMBER, first);
		ra_build_next(build);
		open.node->text = go_text_at(build, 0);
		ra_build_next(build);
		ra_build_add(&open, node);
		node = ra_build_close(build, &open);
	}
	if (ra_build_word(build) != RA_O_LBRACKET || go_word_at(build, 1) == RA_O_RBRACKET)
		return node;
	open = ra_build_open(build, RA_N_INDEX, first);
	ra_build_add(&open, node);
	ra_build_add(&open, ra_build_key(build));
	return ra_build_close(build, &open);
}

/* `[]T`, `[n]T`, `[...]T` */
static struct ra_node *build_list_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LIST, build->at);

	ra_build_pass_bracket(build);
	ra_build_add(&open, ra_go_type(build));
	return ra_build_close(build, &open);
}

/* `map[K]V` */
static struct ra_node *build_map_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_DICT, build->at), pair;

	ra_build_next(build);
	pair = ra_build_open(build, RA_N_PAIR, build->at);
	if (ra_build_take(build, RA_O_LBRACKET)) {
		ra_build_add(&pair, ra_go_type(build));
		ra_build_take(build, RA_O_RBRACKET);
	} else {
		ra_build_add(&pair, ra_build_missing(build, "type expected"));
	}
	ra_build_add(&pair, ra_go_type(build));
	ra_build_add(&open, ra_build_close(build, &pair));
	return ra_build_close(build, &open);
}

/* `chan T`, `chan<- T`, `<-chan T` */
static struct ra_node *build_channel_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_INDEX, build->at);

	ra_build_take(build, RA_O_RECEIVE);
	ra_build_take(build, RA_W_CHAN);
	ra_build_add(&open, name_of(build, "chan", open.node->first));
	ra_build_take(build, RA_O_RECEIVE);
	ra_build_add(&open, ra_go_type(build));
	return ra_build_close(build, &open);
}

bool ra_go_begins_type(const struct ra_builder *build)
{
	if (build->token->kind == RA_T_NAME)
		return true;
	switch (ra_build_word(build)) {
	case RA_O_STAR: case RA_O_LPAREN: case RA_O_LBRACKET: case RA_W_MAP: case RA_W_CHAN:
	case RA_O_RECEIVE: case RA_W_DEF: case RA_W_STRUCT: case RA_W_INTERFACE:
	case RA_O_TILDE: case RA_O_ELLIPSIS:
		return true;
	default:
		return false;
	}
}

/* `func(a int) (string, error)`: nothing of it is asked for. */
struct ra_node *ra_go_function_type(struct ra_builder *build)
{
	uint32_t first = build->at;

	ra_build_next(build);
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_pass_bracket(build);
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_pass_bracket(build);
	else if (ra_go_begins_type(build))
		ra_go_type(build);
	return name_of(build, "func", first);
}

static struct ra_node *build_pointer_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_UNARY, build->at);

	open.node->word = RA_O_STAR;
	ra_build_next(build);
	ra_build_add(&open, ra_go_type(build));
	return ra_build_close(build, &open);
}

/* A struct without fields, an interface: there is nothing to reach in them. */
static struct ra_node *build_body_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_CLASS, build->at);
	bool fields = ra_build_word(build) == RA_W_STRUCT && go_word_at(build, 1) == RA_O_LBRACE &&
		      go_word_at(build, 2) != RA_O_RBRACE;
	const char *word = ra_build_word(build) == RA_W_STRUCT ? "struct" : "interface";

	if (fields)
		return ra_go_struct(build, &open);
	ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACE)
		ra_build_pass_bracket(build);
	return name_of(build, word, open.node->first);
}

static struct ra_node *build_type_by_word(struct ra_builder *build)
{
	struct ra_node *node;

	switch (ra_build_word(build)) {
	case RA_O_STAR:
		return build_pointer_type(build);
	case RA_O_LBRACKET:
		return build_list_type(build);
	case RA_W_MAP:
		return build_map_type(build);
	case RA_W_CHAN: case RA_O_RECEIVE:
		return build_channel_type(build);
	case RA_W_DEF:
		return ra_go_function_type(build);
	case RA_W_STRUCT: case RA_W_INTERFACE:
		return build_body_type(build);
	case RA_O_TILDE: case RA_O_ELLIPSIS:
		ra_build_next(build);
		return ra_go_type(build);
	case RA_O_LPAREN:
		ra_build_next(build);
		node = ra_go_type(build);
		ra_build_take(build, RA_O_RPAREN);
		return node;
	default:
		return ra_build_missing(build, "type expected");
	}
}

struct ra_node *ra_go_type(struct ra_builder *build)
{
	struct ra_node *node;

	if (build->depth >= RA_SHAPE_DEPTH)
		return ra_build_missing(build, "nested too deeply");
	build->depth++;
	node = build->token->kind == RA_T_NAME ? build_type_name(build) : build_type_by_word(build);
	build->depth--;
	return node;
}

struct ra_node *ra_go_type_again(struct ra_builder *build, const struct go_mark *type)
{
	struct ra_node *node;

	if (build->at == type->at)
		return ra_go_type(build);
	if (build->again > build->tokens->list.n)
		return ra_build_missing(build, "too many names of nested types");
	go_back(build, type);
	node = ra_go_type(build);
	build->again += build->at - type->at;
	return node;
}

/* The name that a type goes by: T of `*pkg.T[K]`; empty when it has none. */
struct ra_str ra_go_type_name(const struct ra_node *type)
{
	while (type && (type->kind == RA_N_UNARY || type->kind == RA_N_INDEX))
		type = type->kids;
	return type && (type->kind == RA_N_NAME || type->kind == RA_N_MEMBER) ? type->text
									      : RA_STR("");
}

struct ra_node *ra_go_annotation(struct ra_builder *build, struct ra_node *type)
{
	struct ra_open open = ra_build_open(build, RA_N_ANNOTATION, type->first);

	ra_build_add(&open, type);
	return ra_build_close(build, &open);
}

/* -- parameters and results ------------------------------------------------------------------- */

/* Does `name Type` stand here, and not a type alone? */
bool ra_go_at_named_type(const struct ra_builder *build)
{
	enum ra_word next = go_word_at(build, 1), behind;

	if (build->token->kind != RA_T_NAME || next == RA_O_COMMA || next == RA_O_RPAREN ||
	    next == RA_O_DOT)
		return false;
	if (next != RA_O_LBRACKET || go_word_at(build, 2) == RA_O_RBRACKET)
		return true;
	behind = go_word_at(build, go_behind_bracket(build, 1)); /* `a [2]int`, and not `T[K]` */
	return behind != RA_O_COMMA && behind != RA_O_RPAREN && behind != RA_O_DOT;
}

/* Is there a name before a type anywhere between these brackets? Then there is before all. */
static bool list_is_named(struct ra_builder *build, uint16_t depth)
{
	struct go_mark start = go_mark_here(build);
	bool named = false;

	while (ra_build_inside(build, depth) && !named) {
		named = ra_go_at_named_type(build);
		while (ra_build_inside(build, depth) &&
		       !(build->token->depth == depth + 1 && ra_build_word(build) == RA_O_COMMA))
			ra_build_next(build);
		ra_build_take(build, RA_O_COMMA);
	}
	go_back(build, &start);
	return named;
}

/* One name of a list and the type that it shares; `type` is where that begins. */
static struct ra_node *build_param(struct ra_builder *build, uint32_t unit, uint32_t name,
				   const struct go_mark *type)
{
	struct ra_open open = ra_build_open(build, RA_N_PARAM, name);

	open.node->unit = unit;
	open.node->text = name == type->at ? RA_STR("") : ra_build_text(build, name, name);
	if (ra_build_word_of(type->token) == RA_O_ELLIPSIS)
		open.node->flags |= RA_F_STAR;
	ra_build_add(&open, ra_go_annotation(build, ra_go_type_again(build, type)));
	return ra_build_close(build, &open);
}

/* `n int` of the results: a local of the unit. */
static struct ra_node *build_named_result(struct ra_builder *build, uint32_t unit, uint32_t name,
					  const struct go_mark *type)
{
	struct ra_open open;
	struct ra_node *target;

	if (name == type->at)
		return ra_go_type_again(build, type);
	open = ra_build_open(build, RA_N_NAMED, name);
	target = ra_build_node(build, RA_N_NAME, name);
	target->text = ra_build_text(build, name, name);
	open.node->unit = target->unit = unit;
	ra_build_add(&open, target);
	ra_build_add(&open, ra_go_type_again(build, type));
	return ra_build_close(build, &open);
}

/* `a, b int, c ...string` or types alone, from bracket to bracket, into `owner`. */
static void build_names(struct ra_builder *build, struct ra_open *owner, uint32_t unit,
			struct ra_node *(*item)(struct ra_builder *, uint32_t, uint32_t,
						const struct go_mark *))
{
	uint16_t depth = build->token->depth;
	uint32_t names[NAMES_MAX], n = 0;
	bool named;

	ra_build_next(build);
	named = list_is_named(build, depth);
	while (ra_build_inside(build, depth)) {
		uint32_t first = build->at;
		struct go_mark type;

		if (n < NAMES_MAX)
			names[n++] = build->at;
		if (named && build->token->kind == RA_T_NAME) {
			bool last = ra_go_at_named_type(build);

			ra_build_next(build);
			if (!last && ra_build_take(build, RA_O_COMMA))
				continue;
		}
		type = go_mark_here(build);
		for (uint32_t i = 0; i < n; i++)
			ra_build_add(owner, item(build, unit, names[i], &type));
		n = 0;
		if (build->at == first || !ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (ra_build_inside(build, depth))
		ra_build_skip_bracket(build, depth);
	while (build->token->kind == RA_T_NEWLINE && ra_build_inside(build, depth))
		ra_build_next(build);
	ra_build_take(build, RA_O_RPAREN);
}

void ra_go_params(struct ra_builder *build, struct ra_open *owner, uint32_t unit)
{
	if (ra_build_word(build) == RA_O_LPAREN)
		build_names(build, owner, unit, build_param);
}

void ra_go_result(struct ra_builder *build, struct ra_open *owner, uint32_t unit)
{
	struct ra_open result = ra_build_open(build, RA_N_RESULT, build->at), list;

	if (ra_build_word(build) == RA_O_LPAREN) {
		list = ra_build_open(build, RA_N_TUPLE, build->at);
		build_names(build, &list, unit, build_named_result);
		ra_build_close(build, &list);
		if (!list.node->kids)
			return;
		if (list.node->kids->next || list.node->kids->kind == RA_N_NAMED) {
			ra_build_add(&result, list.node);
		} else {
			list.node->kids->up = NULL;
			ra_build_add(&result, list.node->kids);
		}
	} else if (ra_go_begins_type(build)) {
		ra_build_add(&result, ra_go_type(build));
	} else {
		return;
	}
	ra_build_add(owner, ra_build_close(build, &result));
}
