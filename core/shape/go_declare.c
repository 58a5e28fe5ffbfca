/*
 * Go's declarations of types, variables and constants, and its imports.
 */
#include "core/shape/go.h"

/* -- types ------------------------------------------------------------------------------------ */

/* A field, or an embedded type under its last name. */
static struct ra_node *build_field(struct ra_builder *build, uint32_t name,
				   const struct go_mark *type)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, name);
	struct ra_node *target = ra_build_node(build, RA_N_NAME, name), *annotation;

	open.node->flags = RA_F_BARE | RA_F_DECLARE;
	open.node->word = RA_W_VAR;
	annotation = ra_go_annotation(build, ra_go_type_again(build, type));
	target->text = name == type->at ? ra_go_type_name(annotation->kids)
					: ra_build_text(build, name, name);
	ra_build_add(&open, annotation);
	ra_build_add(&open, target);
	return ra_build_close(build, &open);
}

/* An embedded type is a base. */
static void add_base(struct ra_open *bases, struct ra_node *type)
{
	ra_build_add(bases, type->kind == RA_N_UNARY ? type->kids : type);
}

static void build_fields(struct ra_builder *build, struct ra_open *block, struct ra_open *bases)
{
	uint32_t names[NAMES_MAX], n = 0;
	struct go_mark type = go_mark_here(build);
	bool embedded = build->token->kind != RA_T_NAME || go_word_at(build, 1) == RA_O_DOT ||
			ra_build_peek(build, 1)->kind == RA_T_NEWLINE ||
			ra_build_peek(build, 1)->kind == RA_T_STRING ||
			go_word_at(build, 1) == RA_O_SEMICOLON ||
			go_word_at(build, 1) == RA_O_RBRACE;

	if (!embedded && go_word_at(build, 1) == RA_O_LBRACKET &&
	    go_word_at(build, 2) != RA_O_RBRACKET)
		embedded = !ra_go_at_named_type(build) ||
			   ra_build_peek(build, go_behind_bracket(build, 1))->kind == RA_T_NEWLINE;
	if (embedded && !ra_go_begins_type(build)) {
		ra_build_note(build, "type expected");
		return;
	}
	if (embedded) {
		ra_build_add(block, build_field(build, type.at, &type));
		add_base(bases, ra_go_type_again(build, &type));
		return;
	}
	do {
		if (n < NAMES_MAX)
			names[n++] = build->at;
		ra_build_next(build);
	} while (ra_build_take(build, RA_O_COMMA) && build->token->kind == RA_T_NAME);
	type = go_mark_here(build);
	for (uint32_t i = 0; i < n; i++)
		ra_build_add(block, build_field(build, names[i], &type));
}

/* `Name(a int) error` of an interface. */
static struct ra_node *build_method_signature(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_FUNCTION, build->at);
	struct ra_place outer = build->place;
	uint32_t unit;

	open.node->text = go_text_at(build, 0);
	unit = ra_build_enter_unit(build, open.node, open.node->text,
				   RA_U_METHOD | RA_U_ABSTRACT |
				   (ra_go_is_exported(open.node->text) ? RA_U_EXPORTED : 0));
	build->place = outer;
	ra_build_next(build);
	ra_go_signature(build, &open, unit);
	ra_go_finish_unit(build, &open, unit);
	return open.node;
}

static void build_member(struct ra_builder *build, struct ra_open *block, struct ra_open *bases)
{
	bool tilde = ra_build_word(build) == RA_O_TILDE;
	struct ra_node *type;

	if (build->token->kind == RA_T_NAME && go_word_at(build, 1) == RA_O_LPAREN) {
		ra_build_add(block, build_method_signature(build));
		return;
	}
	type = ra_go_type(build);
	if (ra_build_word(build) == RA_O_PIPE || tilde) {
		while (ra_build_take(build, RA_O_PIPE)) /* a constraint embeds nothing */
			ra_go_type(build);
		return;
	}
	add_base(bases, type);
}

static void pass_newlines(struct ra_builder *build)
{
	while (build->token->kind == RA_T_NEWLINE || ra_build_word(build) == RA_O_SEMICOLON)
		ra_build_next(build);
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

struct ra_node *ra_go_struct(struct ra_builder *build, struct ra_open *open)
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
	ra_build_add(open, ra_go_type(build));
	ra_build_enter_class(build, open->node, open->node->text);
	block = ra_build_open_block(build, RA_B_CLASS);
	ra_build_add(open, ra_build_close_block(build, &block));
	build->place = outer;
	return ra_build_close(build, open);
}

/* `[K comparable, V any]`, and not the `[8]` of an array. */
static bool at_type_parameters(const struct ra_builder *build)
{
	enum ra_word third = go_word_at(build, 2);

	return ra_build_word(build) == RA_O_LBRACKET && go_is_name_at(build, 1) &&
	       (go_is_name_at(build, 2) || third == RA_O_COMMA || third == RA_O_TILDE ||
		third == RA_W_INTERFACE || third == RA_O_LBRACKET || third == RA_W_MAP ||
		third == RA_W_CHAN || third == RA_W_DEF ||
		(third == RA_O_STAR &&
		 go_word_at(build, go_behind_bracket(build, 0)) == RA_W_STRUCT));
}

/* Behind `type`, or a line of its brackets. */
static struct ra_node *build_type_spec(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_CLASS, build->at);
	struct ra_node *name = ra_build_leaf(build, RA_N_NAME);

	open.node->text = name->text;
	if (ra_go_is_exported(name->text))
		open.node->flags |= RA_F_EXPORT;
	if (at_type_parameters(build))
		ra_build_pass_bracket(build);
	if (ra_build_take(build, RA_O_ASSIGN)) {
		open.node->kind = RA_N_ASSIGN;
		open.node->word = RA_W_TYPE;
		open.node->text = RA_STR("");
		ra_build_add(&open, name);
		ra_build_add(&open, ra_go_type(build));
		return ra_build_close(build, &open);
	}
	if (ra_build_word(build) == RA_W_STRUCT)
		return ra_go_struct(build, &open);
	if (ra_build_word(build) == RA_W_INTERFACE)
		return build_interface(build, &open);
	return build_defined(build, &open);
}

/* -- variables, constants, imports ------------------------------------------------------------ */

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
	if (ra_go_is_exported(ra_build_text(build, target->first, target->first)))
		open.node->flags |= RA_F_EXPORT;
	if (ra_go_begins_type(build))
		ra_build_add(&open, ra_go_annotation(build, ra_go_type(build)));
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
	path = go_text_at(build, 0);
	if (path.len >= 2)
		path = ra_str_n(path.ptr + 1, path.len - 2);
	open.node->text = package_name(path);
	ra_build_next(build);
	if (local && !ra_str_is(local->text, "_"))
		ra_build_add(&open, local);
	return ra_build_close(build, &open);
}

void ra_go_imports(struct ra_builder *build, struct ra_open *block)
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
void ra_go_specs(struct ra_builder *build, struct ra_open *block, enum ra_word word)
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
