/*
 * What Go writes in its own way: declarations, types, literals with their type before the brace.
 * Types are nodes of expressions, read like the values that they describe: `[]T` is a LIST of T,
 * `map[K]V` a DICT of a PAIR, `chan T` the INDEX of T in the NAME "chan", a function's type the
 * NAME "func". A struct type with fields is a CLASS, whoever uses it.
 *
 * Names that share one type (`a, b int`) each get a copy of it: its tokens are read again.
 */
#include "core/shape/grammar.h"

static struct ra_node *build_type(struct ra_builder *build);

/* -- tokens -------------------------------------------------------------------------------- */

static enum ra_word word_at(const struct ra_builder *build, uint32_t ahead)
{
	return ra_build_word_of(ra_build_peek(build, ahead));
}

static bool is_name_at(const struct ra_builder *build, uint32_t ahead)
{
	return ra_build_peek(build, ahead)->kind == RA_T_NAME;
}

static struct ra_str text_at(const struct ra_builder *build, uint32_t ahead)
{
	return ra_build_text(build, build->at + ahead, build->at + ahead);
}

/* From a bracket: how far it is to what stands behind its partner. */
static uint32_t behind_bracket(const struct ra_builder *build, uint32_t ahead)
{
	uint16_t depth = ra_build_peek(build, ahead)->depth;

	do
		ahead++;
	while (ra_build_peek(build, ahead)->depth > depth);
	return ra_build_peek(build, ahead)->kind == RA_T_OP ? ahead + 1 : ahead;
}

/* Where to go back to, to read the tokens from there once more. */
struct mark {
	const struct ra_token *token;
	uint32_t at, last;
};

static struct mark mark_here(const struct ra_builder *build)
{
	return (struct mark){ build->token, build->at, build->last };
}

static void go_back(struct ra_builder *build, const struct mark *mark)
{
	build->token = mark->token;
	build->at = mark->at;
	build->last = mark->last;
}

static void pass_newlines(struct ra_builder *build)
{
	while (build->token->kind == RA_T_NEWLINE || ra_build_word(build) == RA_O_SEMICOLON)
		ra_build_next(build);
}

/* A node of no token, over the one before. */
static struct ra_node *missing(struct ra_builder *build, const char *what)
{
	struct ra_open open = ra_build_open(build, RA_N_UNKNOWN, build->last);

	ra_build_note(build, what);
	return ra_build_close(build, &open);
}

static struct ra_node *name_of(struct ra_builder *build, const char *text, uint32_t first)
{
	struct ra_node *node = ra_build_node(build, RA_N_NAME, first);

	node->text = ra_str(text);
	node->last = build->last > first ? build->last : first;
	return node;
}

/* -- types --------------------------------------------------------------------------------- */

/* `T`, `pkg.T`, `pkg.T[K, V]` */
static struct ra_node *build_type_name(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *node = ra_build_leaf(build, RA_N_NAME);
	struct ra_open open;

	if (ra_build_word(build) == RA_O_DOT && is_name_at(build, 1)) {
		open = ra_build_open(build, RA_N_MEMBER, first);
		ra_build_next(build);
		open.node->text = text_at(build, 0);
		ra_build_next(build);
		ra_build_add(&open, node);
		node = ra_build_close(build, &open);
	}
	if (ra_build_word(build) != RA_O_LBRACKET || word_at(build, 1) == RA_O_RBRACKET)
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
	ra_build_add(&open, build_type(build));
	return ra_build_close(build, &open);
}

/* `map[K]V` */
static struct ra_node *build_map_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_DICT, build->at), pair;

	ra_build_next(build);
	pair = ra_build_open(build, RA_N_PAIR, build->at);
	if (ra_build_take(build, RA_O_LBRACKET)) {
		ra_build_add(&pair, build_type(build));
		ra_build_take(build, RA_O_RBRACKET);
	} else {
		ra_build_add(&pair, missing(build, "type expected"));
	}
	ra_build_add(&pair, build_type(build));
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
	ra_build_add(&open, build_type(build));
	return ra_build_close(build, &open);
}

static bool begins_type(const struct ra_builder *build)
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
static struct ra_node *build_function_type(struct ra_builder *build)
{
	uint32_t first = build->at;

	ra_build_next(build);
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_pass_bracket(build);
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_pass_bracket(build);
	else if (begins_type(build))
		build_type(build);
	return name_of(build, "func", first);
}

static struct ra_node *build_pointer_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_UNARY, build->at);

	open.node->word = RA_O_STAR;
	ra_build_next(build);
	ra_build_add(&open, build_type(build));
	return ra_build_close(build, &open);
}

static struct ra_node *build_struct(struct ra_builder *build, struct ra_open *open);

/* What a type without a name goes by for people: the variable or field that is of it. */
static struct ra_str given_name(const struct ra_builder *build)
{
	const struct ra_token *list = build->tokens->list.v;
	uint32_t at = build->at;

	if (at && (ra_build_word_of(&list[at - 1]) == RA_O_DEFINE ||
		   ra_build_word_of(&list[at - 1]) == RA_O_ASSIGN))
		at--;
	return at && list[at - 1].kind == RA_T_NAME ? ra_build_text(build, at - 1, at - 1)
						     : RA_STR("struct");
}

/* A struct without fields, an interface: there is nothing to reach in them. */
static struct ra_node *build_body_type(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_CLASS, build->at);
	bool fields = ra_build_word(build) == RA_W_STRUCT && word_at(build, 1) == RA_O_LBRACE &&
		      word_at(build, 2) != RA_O_RBRACE;
	const char *word = ra_build_word(build) == RA_W_STRUCT ? "struct" : "interface";

	if (fields)
		return build_struct(build, &open);
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
		return build_function_type(build);
	case RA_W_STRUCT: case RA_W_INTERFACE:
		return build_body_type(build);
	case RA_O_TILDE: case RA_O_ELLIPSIS:
		ra_build_next(build);
		return build_type(build);
	case RA_O_LPAREN:
		ra_build_next(build);
		node = build_type(build);
		ra_build_take(build, RA_O_RPAREN);
		return node;
	default:
		return missing(build, "type expected");
	}
}

static struct ra_node *build_type(struct ra_builder *build)
{
	struct ra_node *node;

	if (build->depth >= RA_SHAPE_DEPTH)
		return missing(build, "nested too deeply");
	build->depth++;
	node = build->token->kind == RA_T_NAME ? build_type_name(build) : build_type_by_word(build);
	build->depth--;
	return node;
}

/* The name that a type goes by: T of `*pkg.T[K]`; empty when it has none. */
static struct ra_str type_name(const struct ra_node *type)
{
	while (type && (type->kind == RA_N_UNARY || type->kind == RA_N_INDEX))
		type = type->kids;
	return type && (type->kind == RA_N_NAME || type->kind == RA_N_MEMBER) ? type->text
									      : RA_STR("");
}

static struct ra_node *build_annotation(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_ANNOTATION, build->at);

	ra_build_add(&open, build_type(build));
	return ra_build_close(build, &open);
}

/* -- parameters and results ---------------------------------------------------------------- */

/* Does `name Type` stand here, and not a type alone? */
static bool at_named_type(const struct ra_builder *build)
{
	enum ra_word next = word_at(build, 1), behind;

	if (build->token->kind != RA_T_NAME || next == RA_O_COMMA || next == RA_O_RPAREN ||
	    next == RA_O_DOT)
		return false;
	if (next != RA_O_LBRACKET || word_at(build, 2) == RA_O_RBRACKET)
		return true;
	behind = word_at(build, behind_bracket(build, 1)); /* `a [2]int`, and not `T[K]` */
	return behind != RA_O_COMMA && behind != RA_O_RPAREN && behind != RA_O_DOT;
}

/* Is there a name before a type anywhere between these brackets? Then there is before all. */
static bool list_is_named(struct ra_builder *build, uint16_t depth)
{
	struct mark start = mark_here(build);
	bool named = false;

	while (ra_build_inside(build, depth) && !named) {
		named = at_named_type(build);
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
				   const struct mark *type)
{
	struct ra_open open = ra_build_open(build, RA_N_PARAM, name);

	open.node->unit = unit;
	open.node->text = name == type->at ? RA_STR("") : ra_build_text(build, name, name);
	go_back(build, type);
	if (ra_build_take(build, RA_O_ELLIPSIS))
		open.node->flags |= RA_F_STAR;
	ra_build_add(&open, build_annotation(build));
	return ra_build_close(build, &open);
}

/* `n int` of the results: a local of the unit. */
static struct ra_node *build_named_result(struct ra_builder *build, uint32_t unit, uint32_t name,
					  const struct mark *type)
{
	struct ra_open open;
	struct ra_node *target;

	if (name == type->at) {
		go_back(build, type);
		return build_type(build);
	}
	open = ra_build_open(build, RA_N_NAMED, name);
	target = ra_build_node(build, RA_N_NAME, name);
	target->text = ra_build_text(build, name, name);
	open.node->unit = target->unit = unit;
	ra_build_add(&open, target);
	go_back(build, type);
	ra_build_add(&open, build_type(build));
	return ra_build_close(build, &open);
}

enum { NAMES_MAX = 64 }; /* of one type; what is more has no node */

/* `a, b int, c ...string` or types alone, from bracket to bracket, into `owner`. */
static void build_names(struct ra_builder *build, struct ra_open *owner, uint32_t unit,
			struct ra_node *(*item)(struct ra_builder *, uint32_t, uint32_t,
						const struct mark *))
{
	uint16_t depth = build->token->depth;
	uint32_t names[NAMES_MAX], n = 0;
	bool named;

	ra_build_next(build);
	named = list_is_named(build, depth);
	while (ra_build_inside(build, depth)) {
		uint32_t first = build->at;
		struct mark type;

		if (n < NAMES_MAX)
			names[n++] = build->at;
		if (named && build->token->kind == RA_T_NAME) {
			bool last = at_named_type(build);

			ra_build_next(build);
			if (!last && ra_build_take(build, RA_O_COMMA))
				continue;
		}
		type = mark_here(build);
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

static void build_params(struct ra_builder *build, struct ra_open *owner, uint32_t unit)
{
	if (ra_build_word(build) == RA_O_LPAREN)
		build_names(build, owner, unit, build_param);
}

static void build_result(struct ra_builder *build, struct ra_open *owner, uint32_t unit)
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
	} else if (begins_type(build)) {
		ra_build_add(&result, build_type(build));
	} else {
		return;
	}
	ra_build_add(owner, ra_build_close(build, &result));
}

/* -- functions ----------------------------------------------------------------------------- */

static bool is_exported(struct ra_str name)
{
	return name.len && ((name.ptr[0] >= 'A' && name.ptr[0] <= 'Z') ||
			    (unsigned char)name.ptr[0] >= 0x80);
}

/* Parameters, results and body of a unit; `outer` is where its types are read. */
static void build_signature(struct ra_builder *build, struct ra_open *open, uint32_t unit)
{
	build_params(build, open, unit);
	build_result(build, open, unit);
}

static void finish_unit(struct ra_builder *build, struct ra_open *open, uint32_t unit)
{
	ra_build_close(build, open);
	ra_build_close_unit(build, unit);
}

/* The receiver in brackets makes the unit a method of its type. */
static void build_receiver(struct ra_builder *build, struct ra_open *open, uint32_t unit,
			   struct ra_place *inner)
{
	const struct ra_node *param, *type;
	struct ra_place outer = build->place;
	uint32_t class_;

	build_params(build, open, unit);
	param = open->node->kids;
	if (!param || !type_name(param->kids->kids).len)
		return;
	type = param->kids->kids;
	class_ = ra_build_class_named(build, type_name(type));
	build->place = *inner;
	ra_build_method_of(build, unit, class_, param->text);
	if (type->kind == RA_N_UNARY)
		build->shape->units.v[unit].flags |= RA_U_POINTER;
	*inner = build->place;
	build->place = outer;
}

static struct ra_node *build_function(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_FUNCTION, build->at);
	bool method = word_at(build, 1) == RA_O_LPAREN;
	uint32_t ahead = method ? behind_bracket(build, 1) : 1, unit;
	struct ra_str name = is_name_at(build, ahead) ? text_at(build, ahead) : RA_STR("");
	struct ra_place outer = build->place, inner;

	open.node->text = name;
	if (is_exported(name))
		open.node->flags |= RA_F_EXPORT;
	unit = ra_build_enter_unit(build, open.node, name, is_exported(name) ? RA_U_EXPORTED : 0);
	inner = build->place;
	build->place = outer;
	ra_build_next(build);
	if (method)
		build_receiver(build, &open, unit, &inner);
	if (name.len)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACKET)
		ra_build_pass_bracket(build);
	build_signature(build, &open, unit);
	build->place = inner;
	if (ra_build_word(build) == RA_O_LBRACE)
		ra_build_braces(build, &open, RA_B_FUNCTION);
	else
		build->shape->units.v[unit].flags |= RA_U_ABSTRACT; /* written in assembly */
	build->place = outer;
	finish_unit(build, &open, unit);
	return open.node;
}

/* The variable that a literal is given to names it for people: `f := func() {`. */
static struct ra_str literal_name(const struct ra_builder *build)
{
	const struct ra_token *list = build->tokens->list.v;
	uint32_t at = build->at;

	if (at < 2 || (ra_build_word_of(&list[at - 1]) != RA_O_DEFINE &&
		       ra_build_word_of(&list[at - 1]) != RA_O_ASSIGN) ||
	    list[at - 2].kind != RA_T_NAME)
		return RA_STR("<lambda>");
	return ra_build_text(build, at - 2, at - 2);
}

static struct ra_node *build_literal(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LAMBDA, build->at);
	struct ra_place outer = build->place, inner;
	uint32_t unit = ra_build_enter_unit(build, open.node, literal_name(build), RA_U_LAMBDA);

	inner = build->place;
	build->place = outer;
	ra_build_next(build);
	build_signature(build, &open, unit);
	build->place = inner;
	ra_build_braces(build, &open, RA_B_FUNCTION);
	build->place = outer;
	finish_unit(build, &open, unit);
	return open.node;
}

/* Is it a literal, with a body behind its signature? */
static bool at_literal(struct ra_builder *build)
{
	struct mark start = mark_here(build);
	size_t classes = build->shape->classes.n;
	bool found;

	if (word_at(build, 1) != RA_O_LPAREN)
		return false;
	build_function_type(build);
	found = ra_build_word(build) == RA_O_LBRACE;
	build->shape->classes.n = classes;
	go_back(build, &start);
	return found;
}

/* -- declarations of types ----------------------------------------------------------------- */

/* A field, or an embedded type under its last name. */
static struct ra_node *build_field(struct ra_builder *build, uint32_t name, const struct mark *type)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, name);
	struct ra_node *target = ra_build_node(build, RA_N_NAME, name), *annotation;

	open.node->flags = RA_F_BARE | RA_F_DECLARE;
	open.node->word = RA_W_VAR;
	go_back(build, type);
	annotation = build_annotation(build);
	target->text = name == type->at ? type_name(annotation->kids)
					: ra_build_text(build, name, name);
	ra_build_add(&open, annotation);
	ra_build_add(&open, target);
	return ra_build_close(build, &open);
}

/* An embedded type is a base; read again, so that base and field have nodes of their own. */
static void add_base(struct ra_builder *build, struct ra_open *bases, const struct mark *type)
{
	struct ra_node *base;

	go_back(build, type);
	base = build_type(build);
	if (base->kind == RA_N_UNARY)
		base = base->kids;
	ra_build_add(bases, base);
}

static void build_fields(struct ra_builder *build, struct ra_open *block, struct ra_open *bases)
{
	uint32_t names[NAMES_MAX], n = 0;
	struct mark type = mark_here(build);
	bool embedded = build->token->kind != RA_T_NAME || word_at(build, 1) == RA_O_DOT ||
			ra_build_peek(build, 1)->kind == RA_T_NEWLINE ||
			ra_build_peek(build, 1)->kind == RA_T_STRING ||
			word_at(build, 1) == RA_O_SEMICOLON || word_at(build, 1) == RA_O_RBRACE;

	if (!embedded && word_at(build, 1) == RA_O_LBRACKET && word_at(build, 2) != RA_O_RBRACKET)
		embedded = !at_named_type(build) ||
			   ra_build_peek(build, behind_bracket(build, 1))->kind == RA_T_NEWLINE;
	if (embedded) {
		ra_build_add(block, build_field(build, type.at, &type));
		add_base(build, bases, &type);
		return;
	}
	do {
		if (n < NAMES_MAX)
			names[n++] = build->at;
		ra_build_next(build);
	} while (ra_build_take(build, RA_O_COMMA) && build->token->kind == RA_T_NAME);
	type = mark_here(build);
	for (uint32_t i = 0; i < n; i++)
		ra_build_add(block, build_field(build, names[i], &type));
}

/* `Name(a int) error` of an interface. */
static struct ra_node *build_method_signature(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_FUNCTION, build->at);
	struct ra_place outer = build->place;
	uint32_t unit;

	open.node->text = text_at(build, 0);
	unit = ra_build_enter_unit(build, open.node, open.node->text,
				   RA_U_METHOD | RA_U_ABSTRACT |
				   (is_exported(open.node->text) ? RA_U_EXPORTED : 0));
	build->place = outer;
	ra_build_next(build);
	build_signature(build, &open, unit);
	finish_unit(build, &open, unit);
	return open.node;
}

static void build_member(struct ra_builder *build, struct ra_open *block, struct ra_open *bases)
{
	struct mark type = mark_here(build);

	if (build->token->kind == RA_T_NAME && word_at(build, 1) == RA_O_LPAREN) {
		ra_build_add(block, build_method_signature(build));
		return;
	}
	build_type(build);
	if (ra_build_word(build) == RA_O_PIPE || ra_build_word_of(type.token) == RA_O_TILDE) {
		while (ra_build_take(build, RA_O_PIPE)) /* a constraint embeds nothing */
			build_type(build);
		return;
	}
	add_base(build, bases, &type);
}

/* What stands in the braces of a type, with the types embedded in it before. */
static void build_type_body(struct ra_builder *build, struct ra_open *open,
			    void (*member)(struct ra_builder *, struct ra_open *, struct ra_open *))
{
	uint16_t depth = build->token->depth;
	struct ra_open block = ra_build_open_block(build, RA_B_CLASS);
	struct ra_open bases = *open;

	build->depth++;
	if (ra_build_take(build, RA_O_LBRACE) && build->depth < RA_SHAPE_DEPTH) {
		for (;;) {
			uint32_t before;

			pass_newlines(build);
			before = build->at;
			if (!ra_build_inside(build, depth) || build->token->kind == RA_T_END)
				break;
			member(build, &block, &bases);
			if (build->token->kind == RA_T_STRING)
				ra_build_next(build); /* its tag */
			if (build->at == before)
				ra_build_next(build);
		}
	}
	while (ra_build_inside(build, depth) && build->token->kind != RA_T_END)
		ra_build_next(build);
	ra_build_take(build, RA_O_RBRACE);
	build->depth--;
	*open = bases;
	ra_build_add(open, ra_build_close_block(build, &block));
}

static struct ra_node *build_struct(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;
	bool in_head = build->in_head;
	struct ra_str name = open->node->text.len ? RA_STR("") : given_name(build);
	uint32_t index;

	build->in_head = false;
	open->node->word = RA_W_STRUCT;
	ra_build_next(build);
	index = ra_build_enter_class(build, open->node, open->node->text);
	if (name.len)
		ra_build_call_class(build, index, outer.in_class
			? ra_printf(build->arena, "%.*s.%.*s", RA_FMT(outer.prefix), RA_FMT(name))
			: name);
	build_type_body(build, open, build_fields);
	build->place = outer;
	build->in_head = in_head;
	return ra_build_close(build, open);
}

static struct ra_node *build_interface(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;

	open->node->word = RA_W_INTERFACE;
	ra_build_next(build);
	ra_build_enter_class(build, open->node, open->node->text);
	build_type_body(build, open, build_member);
	build->place = outer;
	return ra_build_close(build, open);
}

/* `type Name U`: what it is made of stands as its base. */
static struct ra_node *build_defined(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;
	struct ra_open block;

	open->node->word = RA_W_TYPE;
	ra_build_add(open, build_type(build));
	ra_build_enter_class(build, open->node, open->node->text);
	block = ra_build_open_block(build, RA_B_CLASS);
	ra_build_add(open, ra_build_close_block(build, &block));
	build->place = outer;
	return ra_build_close(build, open);
}

/* `[K comparable, V any]`, and not the `[8]` of an array. */
static bool at_type_parameters(const struct ra_builder *build)
{
	enum ra_word third = word_at(build, 2);

	return ra_build_word(build) == RA_O_LBRACKET && is_name_at(build, 1) &&
	       (is_name_at(build, 2) || third == RA_O_COMMA || third == RA_O_TILDE ||
		third == RA_W_INTERFACE || third == RA_O_LBRACKET || third == RA_W_MAP ||
		third == RA_W_CHAN || third == RA_W_DEF ||
		(third == RA_O_STAR && word_at(build, behind_bracket(build, 0)) == RA_W_STRUCT));
}

/* Behind `type`, or a line of its brackets. */
static struct ra_node *build_type_spec(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_CLASS, build->at);
	struct ra_node *name = ra_build_leaf(build, RA_N_NAME);

	open.node->text = name->text;
	if (is_exported(name->text))
		open.node->flags |= RA_F_EXPORT;
	if (at_type_parameters(build))
		ra_build_pass_bracket(build);
	if (ra_build_take(build, RA_O_ASSIGN)) {
		open.node->kind = RA_N_ASSIGN;
		open.node->word = RA_W_TYPE;
		open.node->text = RA_STR("");
		ra_build_add(&open, name);
		ra_build_add(&open, build_type(build));
		return ra_build_close(build, &open);
	}
	if (ra_build_word(build) == RA_W_STRUCT)
		return build_struct(build, &open);
	if (ra_build_word(build) == RA_W_INTERFACE)
		return build_interface(build, &open);
	return build_defined(build, &open);
}

/* -- variables, constants, imports --------------------------------------------------------- */

/* `a, b` of a declaration: a NAME, or a TUPLE of them. */
static struct ra_node *build_declared(struct ra_builder *build)
{
	struct ra_open tuple = ra_build_open(build, RA_N_TUPLE, build->at);

	do
		ra_build_add(&tuple, ra_build_leaf(build, RA_N_NAME));
	while (ra_build_take(build, RA_O_COMMA) && build->token->kind == RA_T_NAME);
	if (tuple.node->kids->next)
		return ra_build_close(build, &tuple);
	tuple.node->kids->up = NULL;
	return tuple.node->kids;
}

static struct ra_node *build_value_spec(struct ra_builder *build, enum ra_word word)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, build->at);
	struct ra_node *target = build_declared(build);

	open.node->word = (uint8_t)(word == RA_W_VAR && build->place.unit ? RA_W_LET : word);
	open.node->flags = RA_F_DECLARE;
	if (is_exported(ra_build_text(build, target->first, target->first)))
		open.node->flags |= RA_F_EXPORT;
	if (begins_type(build))
		ra_build_add(&open, build_annotation(build));
	ra_build_add(&open, target);
	if (ra_build_take(build, RA_O_ASSIGN))
		ra_build_add(&open, ra_build_list(build, RA_BIND_NAMED));
	else if (word == RA_W_CONST) /* as the line before */
		ra_build_add(&open, ra_build_implied(build, RA_W_NONE, "iota", build->last));
	else
		open.node->flags |= RA_F_BARE;
	return ra_build_close(build, &open);
}

/* The package's name by its path: the last element, without its version. */
static struct ra_str package_name(struct ra_str path)
{
	struct ra_str rest = path, part, name = path;

	while (ra_str_cut(&rest, '/', &part)) {
		bool version = part.len > 1 && part.ptr[0] == 'v' && part.ptr[1] >= '0' &&
			       part.ptr[1] <= '9';

		if (!version || name.len == path.len)
			name = part;
	}
	if (ra_str_starts(name, RA_STR("go-")))
		name = ra_str_n(name.ptr + 3, name.len - 3);
	rest = name;
	ra_str_cut(&rest, '.', &name); /* gopkg.in/yaml.v2 */
	if (ra_str_ends(name, RA_STR("-go")))
		name.len -= 3;
	return name;
}

static struct ra_node *build_import_spec(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_ALIAS, build->at);
	struct ra_node *local = NULL;
	struct ra_str path;

	if (build->token->kind == RA_T_NAME)
		local = ra_build_leaf(build, RA_N_NAME);
	else
		ra_build_take(build, RA_O_DOT);
	if (build->token->kind != RA_T_STRING) {
		ra_build_note(build, "path expected");
		return NULL;
	}
	path = text_at(build, 0);
	if (path.len >= 2)
		path = ra_str_n(path.ptr + 1, path.len - 2);
	open.node->text = package_name(path);
	ra_build_next(build);
	if (local && !ra_str_is(local->text, "_"))
		ra_build_add(&open, local);
	return ra_build_close(build, &open);
}

static void build_imports(struct ra_builder *build, struct ra_open *block)
{
	struct ra_open open = ra_build_open(build, RA_N_IMPORT, build->at);
	uint16_t depth = build->token->depth;
	struct ra_node *alias;

	ra_build_next(build);
	if (!ra_build_take(build, RA_O_LPAREN)) {
		if ((alias = build_import_spec(build)))
			ra_build_add(&open, alias);
		ra_build_add(block, ra_build_close(build, &open));
		return;
	}
	for (;;) {
		pass_newlines(build);
		if (!ra_build_inside(build, depth) || !(alias = build_import_spec(build)))
			break;
		ra_build_add(&open, alias);
	}
	if (ra_build_inside(build, depth))
		ra_build_skip_bracket(build, depth);
	ra_build_take(build, RA_O_RPAREN);
	ra_build_add(block, ra_build_close(build, &open));
}

/* `var x int`, `const (...)`, `type (...)` */
static void build_specs(struct ra_builder *build, struct ra_open *block, enum ra_word word)
{
	uint16_t depth = build->token->depth;
	bool bracket;

	ra_build_next(build);
	bracket = ra_build_take(build, RA_O_LPAREN);
	do {
		if (bracket)
			pass_newlines(build);
		if (build->token->kind != RA_T_NAME || (bracket && !ra_build_inside(build, depth)))
			break;
		ra_build_add(block, word == RA_W_TYPE ? build_type_spec(build)
						      : build_value_spec(build, word));
	} while (bracket);
	if (bracket && ra_build_inside(build, depth))
		ra_build_skip_bracket(build, depth);
	if (bracket)
		ra_build_take(build, RA_O_RPAREN);
}

/* -- hooks --------------------------------------------------------------------------------- */

static bool build_statement(struct ra_builder *build, struct ra_open *block)
{
	struct ra_open open;

	switch (ra_build_word(build)) {
	case RA_W_PACKAGE:
		open = ra_build_open(build, RA_N_PASS, build->at);
		ra_build_next(build);
		if (build->token->kind == RA_T_NAME)
			ra_build_next(build);
		ra_build_add(block, ra_build_close(build, &open));
		return true;
	case RA_W_IMPORT:
		build_imports(build, block);
		return true;
	case RA_W_VAR: case RA_W_CONST: case RA_W_TYPE:
		build_specs(build, block, ra_build_word(build));
		return true;
	case RA_W_DEF:
		if (build->place.unit != 0)
			return false;
		ra_build_add(block, build_function(build));
		return true;
	default:
		return false;
	}
}

static struct ra_node *build_operand(struct ra_builder *build)
{
	switch (ra_build_word(build)) {
	case RA_W_DEF:
		return at_literal(build) ? build_literal(build) : build_function_type(build);
	case RA_O_LBRACKET: case RA_W_MAP: case RA_W_CHAN: case RA_W_STRUCT: case RA_W_INTERFACE:
		return build_type(build);
	case RA_O_RECEIVE:
		return word_at(build, 1) == RA_W_CHAN ? build_type(build) : NULL;
	case RA_O_LBRACE:
		return NULL;
	default:
		return NULL;
	}
}

static struct ra_node *build_composite(struct ra_builder *build, uint32_t first,
				       struct ra_node *type);

/* An element: `key: value` or a value; without its type a literal takes the one of its elements. */
static struct ra_node *build_element(struct ra_builder *build)
{
	struct ra_open pair = ra_build_open(build, RA_N_PAIR, build->at), unknown;
	struct ra_node *value;

	for (int part = 0;; part++) {
		if (ra_build_word(build) == RA_O_LBRACE && build->depth < RA_SHAPE_DEPTH) {
			unknown = ra_build_open(build, RA_N_UNKNOWN, build->at);
			value = build_composite(build, build->at, unknown.node);
		} else {
			value = ra_build_expression(build, RA_BIND_NAMED);
		}
		if (part == 0 && ra_build_word(build) != RA_O_COLON)
			return value;
		ra_build_add(&pair, value);
		if (part == 1)
			return ra_build_close(build, &pair);
		ra_build_next(build);
	}
}

static struct ra_node *build_composite(struct ra_builder *build, uint32_t first,
				       struct ra_node *type)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOSITE, first);
	uint16_t depth = build->token->depth;
	bool in_head = build->in_head;

	build->in_head = false;
	build->depth++;
	ra_build_add(&open, type);
	ra_build_next(build);
	while (ra_build_inside(build, depth)) {
		ra_build_add(&open, build_element(build));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	while (build->token->kind == RA_T_NEWLINE && ra_build_inside(build, depth))
		ra_build_next(build);
	if (ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, RA_O_RBRACE);
	build->depth--;
	build->in_head = in_head;
	return ra_build_close(build, &open);
}

/* Can a `{` behind this be a literal's? In a head only behind what nothing but a type can be. */
static bool is_literal_type(const struct ra_builder *build, const struct ra_node *node)
{
	if (node->flags & RA_F_PARENTHESES)
		return false;
	switch (node->kind) {
	case RA_N_LIST: case RA_N_DICT: case RA_N_CLASS:
		return true;
	case RA_N_NAME:
		return !build->in_head || ra_str_is(node->text, "struct");
	case RA_N_MEMBER:
		return !build->in_head && node->kids->kind == RA_N_NAME;
	case RA_N_INDEX:
		return !build->in_head && is_literal_type(build, node->kids);
	default:
		return false;
	}
}

/* `x.(T)`, `x.(type)` */
static struct ra_node *build_assertion(struct ra_builder *build, uint32_t first,
				       struct ra_node *value)
{
	struct ra_open open = ra_build_open(build, RA_N_CAST, first), annotation;
	uint16_t depth;

	ra_build_next(build);
	depth = build->token->depth;
	ra_build_next(build);
	ra_build_add(&open, value);
	annotation = ra_build_open(build, RA_N_ANNOTATION, build->at);
	if (ra_build_word(build) == RA_W_TYPE)
		ra_build_add(&annotation, ra_build_leaf(build, RA_N_NAME));
	else
		ra_build_add(&annotation, build_type(build));
	ra_build_add(&open, ra_build_close(build, &annotation));
	if (ra_build_inside(build, depth))
		ra_build_skip_bracket(build, depth);
	ra_build_take(build, RA_O_RPAREN);
	return ra_build_close(build, &open);
}

/* `f(list...)` */
static struct ra_node *build_spread(struct ra_builder *build, uint32_t first, struct ra_node *value)
{
	struct ra_open open = ra_build_open(build, RA_N_STAR, first);

	ra_build_next(build);
	ra_build_add(&open, value);
	return ra_build_close(build, &open);
}

static struct ra_node *extend(struct ra_builder *build, uint32_t first, struct ra_node *left,
			      enum ra_binding loosest)
{
	if (loosest > RA_BIND_TRAILER)
		return NULL;
	if (ra_build_word(build) == RA_O_DOT && word_at(build, 1) == RA_O_LPAREN)
		return build_assertion(build, first, left);
	if (ra_build_word(build) == RA_O_LBRACE && is_literal_type(build, left))
		return build_composite(build, first, left);
	if (ra_build_word(build) == RA_O_ELLIPSIS)
		return build_spread(build, first, left);
	return NULL;
}

const struct ra_grammar ra_grammar_go = {
	.braces = true,
	.lists = true,
	.open_classes = true,
	.statement = build_statement,
	.operand = build_operand,
	.extend = extend,
};
