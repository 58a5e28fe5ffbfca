/*
 * What Go writes in its own way: functions, literals with their type before the brace,
 * statements.
 */
#include "core/shape/go.h"

/* -- functions -------------------------------------------------------------------------------- */

bool ra_go_is_exported(struct ra_str name)
{
	return name.len && ((name.ptr[0] >= 'A' && name.ptr[0] <= 'Z') ||
			    (unsigned char)name.ptr[0] >= 0x80);
}

/* Parameters, results and body of a unit; `outer` is where its types are read. */
void ra_go_signature(struct ra_builder *build, struct ra_open *open, uint32_t unit)
{
	ra_go_params(build, open, unit);
	ra_go_result(build, open, unit);
}

void ra_go_finish_unit(struct ra_builder *build, struct ra_open *open, uint32_t unit)
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

	ra_go_params(build, open, unit);
	param = open->node->kids;
	if (!param || !ra_go_type_name(param->kids->kids).len)
		return;
	type = param->kids->kids;
	class_ = ra_build_class_named(build, ra_go_type_name(type));
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
	bool method = go_word_at(build, 1) == RA_O_LPAREN;
	uint32_t ahead = method ? go_behind_bracket(build, 1) : 1, unit;
	struct ra_str name = go_is_name_at(build, ahead) ? go_text_at(build, ahead) : RA_STR("");
	struct ra_place outer = build->place, inner;

	open.node->text = name;
	if (ra_go_is_exported(name))
		open.node->flags |= RA_F_EXPORT;
	unit = ra_build_enter_unit(build, open.node, name,
				   ra_go_is_exported(name) ? RA_U_EXPORTED : 0);
	inner = build->place;
	build->place = outer;
	ra_build_next(build);
	if (method)
		build_receiver(build, &open, unit, &inner);
	if (name.len)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACKET)
		ra_build_pass_bracket(build);
	ra_go_signature(build, &open, unit);
	build->place = inner;
	if (ra_build_word(build) == RA_O_LBRACE)
		ra_build_braces(build, &open, RA_B_FUNCTION);
	else
		build->shape->units.v[unit].flags |= RA_U_ABSTRACT; /* written in assembly */
	build->place = outer;
	ra_go_finish_unit(build, &open, unit);
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
	ra_go_signature(build, &open, unit);
	build->place = inner;
	ra_build_braces(build, &open, RA_B_FUNCTION);
	build->place = outer;
	ra_go_finish_unit(build, &open, unit);
	return open.node;
}

/* Is it a literal, with a body behind its signature? */
static bool at_literal(struct ra_builder *build)
{
	struct go_mark start = go_mark_here(build);
	size_t classes = build->shape->classes.n;
	bool found;

	if (go_word_at(build, 1) != RA_O_LPAREN)
		return false;
	ra_go_function_type(build);
	found = ra_build_word(build) == RA_O_LBRACE;
	build->shape->classes.n = classes;
	go_back(build, &start);
	return found;
}

/* -- hooks ------------------------------------------------------------------------------------ */

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
		ra_go_imports(build, block);
		return true;
	case RA_W_VAR: case RA_W_CONST: case RA_W_TYPE:
		ra_go_specs(build, block, ra_build_word(build));
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
		return at_literal(build) ? build_literal(build) : ra_go_function_type(build);
	case RA_O_LBRACKET: case RA_W_MAP: case RA_W_CHAN: case RA_W_STRUCT: case RA_W_INTERFACE:
		return ra_go_type(build);
	case RA_O_RECEIVE:
		return go_word_at(build, 1) == RA_W_CHAN ? ra_go_type(build) : NULL;
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
		ra_build_add(&annotation, ra_go_type(build));
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
	if (ra_build_word(build) == RA_O_DOT && go_word_at(build, 1) == RA_O_LPAREN)
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
