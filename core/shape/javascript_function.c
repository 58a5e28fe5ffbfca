/*
 * Functions of every form: declarations, literals, arrows, methods. Before one is read, its words
 * up to the parameters are looked at, since the unit begins at the first of them. Defaults of
 * parameters run in the unit around, as everywhere.
 */
#include "core/shape/javascript.h"

enum { COLON_REACH = 2000 }; /* tokens that a choice may be long */

/* -- parameters ---------------------------------------------------------------------------- */

/* Words that make a parameter of a constructor a field. */
static bool take_modifiers(struct ra_builder *build)
{
	bool found = false;

	while (js_at(build, RA_W_MODIFIER) && (js_is_word(ra_build_peek(build, 1)) ||
					       js_is(ra_build_peek(build, 1), RA_O_LBRACE))) {
		found = true;
		ra_build_next(build);
	}
	return found;
}

static void take_decorators(struct ra_builder *build)
{
	while (ra_build_word(build) == RA_O_AT) {
		ra_build_next(build);
		while (js_is_word(build->token)) {
			ra_build_next(build);
			if (!ra_build_take(build, RA_O_DOT))
				break;
		}
		if (ra_build_word(build) == RA_O_LPAREN)
			ra_build_pass_bracket(build);
	}
}

static void build_default(struct ra_builder *build, struct ra_open *param)
{
	struct ra_open open;

	if (!ra_build_take(build, RA_O_ASSIGN))
		return;
	open = ra_build_open(build, RA_N_DEFAULT, build->at);
	ra_build_add(&open, js_value(build, param->node->text));
	ra_build_add(param, ra_build_close(build, &open));
}

/* A tree of its own; no higher than a type is. */
static struct ra_node *copy_of(struct ra_builder *build, const struct ra_node *node)
{
	struct ra_node *copy = ra_build_node(build, (enum ra_node_kind)node->kind, node->first);
	struct ra_open open = { copy, &copy->kids };

	*copy = *node;
	copy->kids = copy->next = copy->up = NULL;
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		ra_build_add(&open, copy_of(build, kid));
	return copy;
}

/* `this.x = x` of a parameter that is a field, to stand first in the body. */
static struct ra_node *field_of(struct ra_builder *build, const struct ra_node *param,
				const struct ra_place *place)
{
	struct ra_open assign = ra_build_open(build, RA_N_ASSIGN, param->first), member;
	struct ra_node *name[2], *annotation = ra_node_find(param, RA_N_ANNOTATION);

	assign.node->unit = place->unit;
	if (annotation)
		ra_build_add(&assign, copy_of(build, annotation));
	member = ra_build_open(build, RA_N_MEMBER, param->first);
	for (int i = 0; i < 2; i++) {
		name[i] = ra_build_node(build, RA_N_NAME, param->first);
		name[i]->text = i ? param->text : ra_str(build->tokens->language->receiver);
		name[i]->unit = place->unit;
	}
	ra_build_add(&member, name[0]);
	member.node->text = param->text;
	member.node->unit = place->unit;
	ra_build_add(&assign, member.node);
	ra_build_add(&assign, name[1]);
	assign.node->last = param->last;
	return assign.node;
}

/* One parameter into `owner`, and into `fields` if it is one. */
static void build_param(struct ra_builder *build, struct ra_open *owner,
			const struct ra_place *place, struct ra_open *fields)
{
	struct ra_open param;
	bool field;

	take_decorators(build);
	field = take_modifiers(build);
	param = ra_build_open(build, RA_N_PARAM, build->at);
	param.node->unit = place->unit;
	if (ra_build_take(build, RA_O_ELLIPSIS))
		param.node->flags |= RA_F_STAR;
	if (ra_build_word(build) == RA_O_LBRACE || ra_build_word(build) == RA_O_LBRACKET) {
		struct ra_place outer = build->place;

		build->place.unit = place->unit;
		ra_build_add(&param, js_target(build));
		build->place = outer;
	} else if (js_is_word(build->token)) {
		param.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
	}
	ra_build_take(build, RA_O_QUESTION);
	js_annotation(build, &param, RA_N_ANNOTATION);
	build_default(build, &param);
	ra_build_close(build, &param);
	if (ra_str_is(param.node->text, "this"))
		return; /* says what `this` is: no parameter */
	ra_build_add(owner, param.node);
	if (field && fields)
		ra_build_add(fields, field_of(build, param.node, place));
}

static void build_params(struct ra_builder *build, struct ra_open *owner,
			 const struct ra_place *place, struct ra_open *fields)
{
	uint16_t depth = build->token->depth;

	if (!ra_build_take(build, RA_O_LPAREN)) {
		ra_build_note(build, "parameters expected");
		return;
	}
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		uint32_t first = build->at;

		build_param(build, owner, place, fields);
		if (!ra_build_take(build, RA_O_COMMA) || build->at == first)
			break;
	}
	if (ra_build_inside(build, depth))
		ra_build_skip_bracket(build, depth);
	ra_build_take(build, RA_O_RPAREN);
}

/* -- bodies -------------------------------------------------------------------------------- */

/* What parameters leave in the body comes first in it. */
static void prepend(struct ra_builder *build, struct ra_open *open, struct ra_open *fields)
{
	struct ra_node *block = ra_node_find(open->node, RA_N_BLOCK);
	struct ra_node *kid;

	if (!fields->node->kids)
		return;
	for (kid = fields->node->kids; kid; kid = kid->next) {
		struct ra_node *at = NULL;

		while ((at = ra_node_walk(kid, at, true)))
			at->block = block->block;
		kid->up = block;
	}
	*fields->end = block->kids;
	block->kids = fields->node->kids;
	if (block->height < fields->node->height)
		block->height = fields->node->height;
	if (open->node->height <= block->height)
		open->node->height = block->height + 1;
	build->shape->blocks.v[block->block].exits = ra_build_exits(build->shape, block);
}

static void build_body(struct ra_builder *build, struct ra_open *open, struct ra_open *fields)
{
	if (ra_build_word(build) != RA_O_LBRACE)
		return;
	ra_build_braces(build, open, RA_B_FUNCTION);
	prepend(build, open, fields);
}

/* A method's object; what is static runs on its class. */
static void describe(struct ra_builder *build, uint32_t index, bool in_class)
{
	struct ra_unit *unit = &build->shape->units.v[index];

	if (!in_class)
		return;
	unit->flags |= RA_U_METHOD;
	unit->receiver = ra_str(build->tokens->language->receiver);
}

struct ra_node *js_function(struct ra_builder *build, struct ra_open *open,
			    const struct js_function *function)
{
	struct ra_place outer = build->place, inner;
	struct ra_open fields = ra_build_open(build, RA_N_BLOCK, build->at);
	bool method = outer.in_class && (open->node->kind == RA_N_FUNCTION ||
					 (function->flags & RA_U_METHOD));
	uint32_t unit, class_ = 0;

	if (function->class_.len)
		class_ = ra_build_class_named(build, function->class_);
	if (open->node->kind == RA_N_FUNCTION)
		open->node->text = function->name;
	if (function->flags & RA_U_ASYNC)
		open->node->flags |= RA_F_ASYNC;
	unit = ra_build_enter_unit(build, open->node, function->name.len ? function->name :
				   RA_STR("<lambda>"), function->flags);
	if (!function->name.len)
		build->shape->units.v[unit].flags |= RA_U_LAMBDA;
	inner = build->place;
	build->place = outer;
	for (uint32_t i = 0; i < function->skip; i++)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LT)
		js_pass_angles(build);
	build_params(build, open, &inner, function->field ? &fields : NULL);
	js_annotation(build, open, RA_N_RESULT);
	describe(build, unit, method);
	build->place = inner;
	if (function->class_.len)
		ra_build_method_of(build, unit, class_, ra_str(build->tokens->language->receiver));
	build_body(build, open, &fields);
	build->place = outer;
	if (!ra_node_find(open->node, RA_N_BLOCK))
		build->shape->units.v[unit].flags |= RA_U_ABSTRACT;
	ra_build_close(build, open);
	ra_build_close_unit(build, unit);
	return open->node;
}

static struct ra_node *function_word(struct ra_builder *build, struct js_function function,
				     bool declared)
{
	struct ra_open open = ra_build_open(build, declared ? RA_N_FUNCTION : RA_N_LAMBDA,
					    build->at);

	if (js_at(build, RA_W_ASYNC)) {
		function.flags |= RA_U_ASYNC;
		function.skip++;
	}
	function.skip++;
	if (js_is(ra_build_peek(build, function.skip), RA_O_STAR)) {
		function.flags |= RA_U_GENERATOR;
		function.skip++;
	}
	if (js_is_word(ra_build_peek(build, function.skip))) {
		uint32_t at = build->at + function.skip++;

		/* a literal goes by what it is bound to: its own name is seen in it alone */
		if (declared || !function.name.len)
			function.name = ra_build_text(build, at, at);
	}
	return js_function(build, &open, &function);
}

struct ra_node *js_function_word(struct ra_builder *build, struct ra_str name, bool declared)
{
	return function_word(build, (struct js_function){ .name = name }, declared);
}

struct ra_node *js_prototype_method(struct ra_builder *build, struct ra_str name,
				    struct ra_str class_)
{
	struct js_function function = { .name = name, .class_ = class_ };

	function.flags = name.len && name.ptr[0] != '_' ? RA_U_EXPORTED : 0;
	return function_word(build, function, false);
}

/* -- arrows -------------------------------------------------------------------------------- */

/*
 * In `c ? (x): T => y : z`, does a second colon follow from here on? Else what stands behind the
 * first is no type: `c ? (x) : y => z`.
 */
static bool has_colon(const struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	unsigned questions = 0;

	for (uint32_t ahead = 0; ahead < COLON_REACH; ahead++) {
		const struct ra_token *token = ra_build_peek(build, ahead);
		enum ra_word word = ra_build_word_of(token);

		if (token->depth > depth)
			continue;
		if (token->depth < depth || token->kind == RA_T_END || word == RA_O_COMMA ||
		    word == RA_O_SEMICOLON || word == RA_W_CASE || word == RA_W_DEFAULT)
			return false;
		if (word == RA_O_COLON && questions-- == 0)
			return true;
		questions += word == RA_O_QUESTION;
	}
	return false;
}

/* Is what stands in the bracket at `ahead` the parameters of an arrow? */
static bool parameters_of_arrow(struct ra_builder *build, uint32_t ahead)
{
	bool chosen = ra_build_word_of(&build->tokens->list.v[build->last]) == RA_O_QUESTION;
	uint32_t partner = js_partner(build, ahead);
	const struct ra_token *after = ra_build_peek(build, partner + 1);
	struct js_mark mark = js_save(build);
	bool found;

	if (js_is(after, RA_O_FAT_ARROW))
		return true;
	if (!js_is(after, RA_O_COLON))
		return false;
	build->at += partner + 2;
	build->token += partner + 2;
	found = js_type(build) && ra_build_word(build) == RA_O_FAT_ARROW &&
		(!chosen || has_colon(build));
	js_restore(build, &mark);
	return found;
}

/* Over type parameters, by how many tokens; 0 when they do not end. */
static uint32_t angles(struct ra_builder *build, uint32_t ahead)
{
	struct js_mark mark = js_save(build);
	uint32_t n;

	build->at += ahead;
	build->token += ahead;
	n = js_pass_angles(build) ? build->at - mark.at - ahead : 0;
	js_restore(build, &mark);
	return n;
}

/* How many tokens stand before the parameters of an arrow; RA_NONE when none begins here. */
static uint32_t before_parameters(struct ra_builder *build, bool *single)
{
	bool async = js_at(build, RA_W_ASYNC) && js_same_line(build, 1);
	uint32_t skip = async ? 1 : 0, n;
	const struct ra_token *token = ra_build_peek(build, skip);

	*single = token->kind == RA_T_NAME &&
		  js_is(ra_build_peek(build, skip + 1), RA_O_FAT_ARROW);
	if (*single)
		return skip;
	if (async && js_at(build, RA_W_ASYNC) &&
	    js_is(ra_build_peek(build, 1), RA_O_FAT_ARROW)) {
		*single = true; /* a parameter of that name */
		return 0;
	}
	if (js_is(token, RA_O_LT)) {
		n = angles(build, skip);
		if (!n)
			return UINT32_MAX;
		skip += n;
		token = ra_build_peek(build, skip);
	}
	return js_is(token, RA_O_LPAREN) && parameters_of_arrow(build, skip) ? skip : UINT32_MAX;
}

static void build_arrow_body(struct ra_builder *build, struct ra_open *open)
{
	bool in_head = build->in_head;

	build->in_head = false;
	if (!ra_build_take(build, RA_O_FAT_ARROW))
		ra_build_note(build, "arrow expected");
	if (ra_build_word(build) == RA_O_LBRACE)
		ra_build_braces(build, open, RA_B_FUNCTION);
	else
		ra_build_add(open, js_value(build, RA_STR("")));
	build->in_head = in_head;
}

struct ra_node *js_arrow(struct ra_builder *build, struct ra_str name)
{
	struct ra_open open = ra_build_open(build, RA_N_LAMBDA, build->at), param;
	struct ra_place outer = build->place, inner;
	bool single, async = js_at(build, RA_W_ASYNC);
	uint32_t skip = before_parameters(build, &single), unit;

	if (skip == UINT32_MAX)
		return NULL;
	async = async && skip > 0;
	unit = ra_build_enter_unit(build, open.node, name.len ? name : RA_STR("<lambda>"),
				   RA_U_ARROW | (async ? RA_U_ASYNC : 0) |
				   (name.len ? 0 : RA_U_LAMBDA));
	open.node->flags |= async ? RA_F_ASYNC : 0;
	inner = build->place;
	build->place = outer;
	for (uint32_t i = 0; i < skip; i++)
		ra_build_next(build);
	if (single) {
		param = ra_build_open(build, RA_N_PARAM, build->at);
		param.node->unit = inner.unit;
		param.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
		ra_build_add(&open, ra_build_close(build, &param));
	} else {
		build_params(build, &open, &inner, NULL);
		js_annotation(build, &open, RA_N_RESULT);
	}
	build->place = inner;
	build_arrow_body(build, &open);
	build->place = outer;
	ra_build_close(build, &open);
	ra_build_close_unit(build, unit);
	return open.node;
}
