/*
 * What gives names: functions, lambdas and their parameters, classes, imports. Decorators,
 * defaults and annotations run in the unit around; parameters and body belong to the unit itself.
 */
#include "core/shape/builder.h"

/* -- parameters ---------------------------------------------------------------------------- */

static struct ra_node *build_wrapped(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_open open = ra_build_open(build, kind, build->at);

	ra_build_add(&open, ra_build_element(build, RA_BIND_TERNARY));
	return ra_build_close(build, &open);
}

void ra_build_pass_bracket(struct ra_builder *build)
{
	uint16_t depth = build->token->depth;

	ra_build_next(build);
	while (ra_build_inside(build, depth))
		ra_build_next(build);
	if (build->token->depth == depth && build->token->kind == RA_T_OP)
		ra_build_next(build);
}

/* `place` is the unit's; where the builder stands is around it. */
static struct ra_node *build_param(struct ra_builder *build, const struct ra_place *place,
				   bool annotated)
{
	struct ra_open param = ra_build_open(build, RA_N_PARAM, build->at);

	param.node->unit = place->unit;
	if (ra_build_take(build, RA_O_STAR))
		param.node->flags |= RA_F_STAR;
	else if (ra_build_take(build, RA_O_POWER))
		param.node->flags |= RA_F_DOUBLESTAR;
	if (build->token->kind == RA_T_NAME) {
		param.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
	} else if (ra_build_word(build) == RA_O_LPAREN) {
		ra_build_pass_bracket(build); /* Python 2 takes tuples apart here */
	}
	if (annotated && ra_build_take(build, RA_O_COLON))
		ra_build_add(&param, build_wrapped(build, RA_N_ANNOTATION));
	if (ra_build_take(build, RA_O_ASSIGN))
		ra_build_add(&param, build_wrapped(build, RA_N_DEFAULT));
	return ra_build_close(build, &param);
}

/* Does a mark that separates kinds of parameters come next: `/`, or `*` alone? */
static bool at_separator(const struct ra_builder *build)
{
	enum ra_word next = ra_build_word_of(ra_build_peek(build, 1));

	if (ra_build_word(build) == RA_O_SLASH)
		return true;
	return ra_build_word(build) == RA_O_STAR && (next == RA_O_COMMA || next == RA_O_RPAREN);
}

static void build_params(struct ra_builder *build, struct ra_open *owner,
			 const struct ra_place *place, bool annotated)
{
	do {
		if (at_separator(build))
			ra_build_next(build);
		else if (build->token->kind == RA_T_NAME ||
			 ra_build_word(build) == RA_O_LPAREN ||
			 ra_build_word(build) == RA_O_STAR ||
			 ra_build_word(build) == RA_O_POWER)
			ra_build_add(owner, build_param(build, place, annotated));
		else
			break;
	} while (ra_build_take(build, RA_O_COMMA));
}

/* -- units --------------------------------------------------------------------------------- */

void ra_build_close_unit(struct ra_builder *build, uint32_t index)
{
	struct ra_unit *unit = &build->shape->units.v[index];
	const struct ra_node *block = ra_node_find(unit->node, RA_N_BLOCK);

	unit->end_line = ra_node_end_line(build->shape, unit->node);
	if (block)
		unit->block = block->block;
}

struct ra_node *ra_build_lambda(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LAMBDA, build->at);
	struct ra_place outer = build->place, inner;
	uint32_t unit;

	unit = ra_build_enter_unit(build, open.node, RA_STR("<lambda>"), RA_U_LAMBDA);
	inner = build->place;
	build->place = outer;
	ra_build_next(build);
	build_params(build, &open, &inner, false);
	build->place = inner;
	ra_build_take(build, RA_O_COLON);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	build->place = outer;
	ra_build_close(build, &open);
	ra_build_close_unit(build, unit);
	return open.node;
}

/* The last name of a decorator: `functools.cached_property`, `value.setter`, `route(...)`. */
static struct ra_str decorator_name(const struct ra_node *decorator)
{
	const struct ra_node *expression = decorator->kids;

	if (expression->kind == RA_N_CALL)
		expression = expression->kids;
	return expression->text;
}

static uint32_t method_flag(const struct ra_language *language, struct ra_str name, bool own_name)
{
	static const uint32_t flags[] = {
		[RA_METHOD_STATIC] = RA_U_STATIC,
		[RA_METHOD_CLASS] = RA_U_CLASSMETHOD,
		[RA_METHOD_PROPERTY] = RA_U_PROPERTY,
	};

	for (size_t i = 0; i < language->n_marks; i++)
		if (language->marks[i].own_name == own_name &&
		    ra_str_is(name, language->marks[i].text))
			return flags[language->marks[i].kind];
	return 0;
}

/* A method's kind and its receiver. */
static void describe_method(struct ra_builder *build, struct ra_unit *unit)
{
	const struct ra_language *language = build->tokens->language;
	const struct ra_node *param = ra_node_find(unit->node, RA_N_PARAM);

	unit->flags |= RA_U_METHOD | method_flag(language, unit->name, true);
	for (const struct ra_node *kid = unit->node->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_DECORATOR)
			unit->flags |= method_flag(language, decorator_name(kid), false);
	if (param && !(unit->flags & RA_U_STATIC) &&
	    !(param->flags & (RA_F_STAR | RA_F_DOUBLESTAR)))
		unit->receiver = param->text;
}

/* Does a function around the unit call its own object so? */
static bool has_receiver_around(const struct ra_builder *build, const struct ra_unit *unit)
{
	for (uint32_t up = unit->up; up; up = build->shape->units.v[up].up)
		if (ra_str_eq(build->shape->units.v[up].receiver, unit->receiver))
			return true;
	return false;
}

/* A function that a method, or a decorator in the class's body, makes and hands out to be a method of
 * the class: its first parameter is called `self`, or `_self`, and no function around it has one. */
static void describe_made_method(struct ra_builder *build, struct ra_unit *unit)
{
	const char *named = build->tokens->language->first_parameter;
	const struct ra_node *param = ra_node_find(unit->node, RA_N_PARAM);
	struct ra_str name = param ? param->text : RA_STR("");

	while (name.len && name.ptr[0] == '_')
		name.ptr++, name.len--;
	if (!named || !unit->class_ || !ra_str_is(name, named))
		return;
	unit->receiver = param->text;
	if (has_receiver_around(build, unit))
		unit->receiver = RA_STR("");
	else
		unit->flags |= RA_U_METHOD;
}

/* The name behind the word at `build->at + ahead`; empty when there is none. */
static struct ra_str name_at(const struct ra_builder *build, uint32_t ahead)
{
	if (ra_build_peek(build, ahead)->kind != RA_T_NAME)
		return RA_STR("");
	return ra_build_text(build, build->at + ahead, build->at + ahead);
}

static struct ra_node *build_function(struct ra_builder *build, struct ra_open *open)
{
	bool async = ra_build_word(build) == RA_W_ASYNC;
	struct ra_str name = name_at(build, async ? 2 : 1);
	struct ra_place outer = build->place, inner;
	uint32_t unit;

	open->node->text = name;
	open->node->flags |= async ? RA_F_ASYNC : 0;
	unit = ra_build_enter_unit(build, open->node, name, async ? RA_U_ASYNC : 0);
	inner = build->place;
	build->place = outer;
	ra_build_take(build, RA_W_ASYNC);
	ra_build_next(build);
	if (name.len)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACKET)
		ra_build_pass_bracket(build);
	if (ra_build_take(build, RA_O_LPAREN)) {
		uint16_t depth = build->tokens->list.v[build->last].depth;

		build_params(build, open, &inner, true);
		if (ra_build_inside(build, depth))
			ra_build_add(open, ra_build_skip_bracket(build, depth));
		ra_build_take(build, RA_O_RPAREN);
	}
	if (ra_build_take(build, RA_O_ARROW))
		ra_build_add(open, build_wrapped(build, RA_N_RESULT));
	if (outer.in_class)
		describe_method(build, &build->shape->units.v[unit]);
	else
		describe_made_method(build, &build->shape->units.v[unit]);
	build->place = inner;
	ra_build_suite(build, open, RA_B_FUNCTION);
	build->place = outer;
	ra_build_close(build, open);
	ra_build_close_unit(build, unit);
	return open->node;
}

static struct ra_node *build_class(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;

	open->node->kind = RA_N_CLASS;
	open->node->text = name_at(build, 1);
	ra_build_next(build);
	if (open->node->text.len)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACKET)
		ra_build_pass_bracket(build);
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_arguments(build, open);
	ra_build_enter_class(build, open->node, open->node->text);
	ra_build_suite(build, open, RA_B_CLASS);
	build->place = outer;
	return ra_build_close(build, open);
}

struct ra_node *ra_build_declaration(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_FUNCTION, build->at), statement;

	while (ra_build_word(build) == RA_O_AT) {
		struct ra_open decorator = ra_build_open(build, RA_N_DECORATOR, build->at);

		ra_build_next(build);
		ra_build_add(&decorator, ra_build_expression(build, RA_BIND_NAMED));
		ra_build_add(&open, ra_build_close(build, &decorator));
		while (build->token->kind == RA_T_NEWLINE)
			ra_build_next(build);
	}
	if (ra_build_word(build) == RA_W_CLASS)
		return build_class(build, &open);
	if (ra_build_word(build) == RA_W_DEF ||
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_W_DEF)
		return build_function(build, &open);
	ra_build_note(build, "decorators of nothing");
	open.node->kind = RA_N_UNKNOWN;
	statement = ra_build_open(build, RA_N_EXPRESSION, open.node->first);
	ra_build_add(&statement, ra_build_close(build, &open));
	return ra_build_close(build, &statement);
}

/* -- imports ------------------------------------------------------------------------------- */

/* A name with its dots, in one piece although blanks may stand between them. */
static struct ra_str take_dotted(struct ra_builder *build)
{
	struct ra_buf name;

	ra_buf_init(&name, build->arena);
	for (;;) {
		bool dots = ra_build_word(build) == RA_O_DOT ||
			    ra_build_word(build) == RA_O_ELLIPSIS;

		if (!dots && build->token->kind != RA_T_NAME &&
		    ra_build_word(build) != RA_O_STAR)
			break;
		ra_buf_add(&name, ra_build_text(build, build->at, build->at));
		ra_build_next(build);
		if (!dots && ra_build_word(build) != RA_O_DOT)
			break;
	}
	return ra_buf_str(&name);
}

static struct ra_node *build_alias(struct ra_builder *build)
{
	struct ra_open alias = ra_build_open(build, RA_N_ALIAS, build->at);

	alias.node->text = take_dotted(build);
	if (ra_build_take(build, RA_W_AS) && build->token->kind == RA_T_NAME)
		ra_build_add(&alias, ra_build_leaf(build, RA_N_NAME));
	return ra_build_close(build, &alias);
}

struct ra_node *ra_build_import(struct ra_builder *build)
{
	struct ra_open import = ra_build_open(build, RA_N_IMPORT, build->at);
	uint16_t depth = build->token->depth;
	bool bracket;

	if (build->token->word == RA_W_LAZY)
		ra_build_next(build);
	if (ra_build_take(build, RA_W_FROM))
		import.node->text = take_dotted(build);
	ra_build_take(build, RA_W_IMPORT);
	bracket = ra_build_take(build, RA_O_LPAREN);
	while (build->token->kind == RA_T_NAME || ra_build_word(build) == RA_O_STAR) {
		ra_build_add(&import, build_alias(build));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (bracket && ra_build_inside(build, depth))
		ra_build_add(&import, ra_build_skip_bracket(build, depth));
	if (bracket)
		ra_build_take(build, RA_O_RPAREN);
	return ra_build_close(build, &import);
}
