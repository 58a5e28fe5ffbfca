/*
 * Rust: functions, and types with a body. An `impl` is one more body of the class of its type;
 * what generics and bounds say is passed over.
 */
#include "core/shape/rust.h"

/* -- functions -------------------------------------------------------------------------------- */

/* `self`, `&'a mut self`, `mut self: Pin<&mut Self>` */
static struct ra_node *build_receiver(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_PARAM, build->at);

	while (build->token->kind != RA_T_NAME && build->token->kind != RA_T_END)
		ra_build_next(build);
	open.node->text = ra_build_text(build, build->at, build->at);
	ra_build_next(build);
	ra_rust_typed(build, &open, RA_O_COLON, RA_N_ANNOTATION);
	return ra_build_close(build, &open);
}

/* `&self`, `self: Arc<Self>`: others may hold the object too. Not `&mut self`, which is alone with it,
 * nor `self` and `self: Box<Self>`, which own it. */
static bool is_shared(const struct ra_builder *build, const struct ra_node *receiver)
{
	const struct ra_token *token = &build->tokens->list.v[receiver->first];

	for (uint32_t i = receiver->first; i <= receiver->last; i++)
		if (ra_build_word_of(&build->tokens->list.v[i]) == RA_W_MUT)
			return false;
	if (ra_build_word_of(token) == RA_O_AMP)
		return true;
	return receiver->kids && receiver->kids->kids &&
	       (receiver->kids->kids->kind == RA_N_UNARY ||
		(receiver->kids->kids->kind == RA_N_INDEX &&
		 !ra_str_is(receiver->kids->kids->kids->text, "Box")));
}

static bool at_receiver(const struct ra_builder *build)
{
	uint32_t ahead = 0;

	for (;; ahead++) {
		enum ra_word word = ra_build_word_of(ra_build_peek(build, ahead));

		if (word != RA_O_AMP && word != RA_O_LIFETIME && word != RA_W_MUT)
			break;
	}
	return ra_build_peek(build, ahead)->kind == RA_T_NAME &&
	       ra_str_is(ra_build_text(build, build->at + ahead, build->at + ahead), "self");
}

static void build_params(struct ra_builder *build, struct ra_open *open, bool *pointer)
{
	uint16_t depth = build->token->depth;
	struct ra_node *receiver;

	if (!ra_build_take(build, RA_O_LPAREN))
		return;
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		ra_rust_pass_attributes(build);
		if (at_receiver(build)) {
			receiver = build_receiver(build);
			*pointer = is_shared(build, receiver);
			ra_build_add(open, receiver);
		} else if (ra_build_word(build) == RA_O_ELLIPSIS) {
			ra_build_next(build);
		} else {
			ra_build_add(open, ra_rust_param(build));
		}
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_add(open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, RA_O_RPAREN);
}

/* `const async unsafe extern "C"` before `fn`: how many tokens; UINT32_MAX when it is no function. */
uint32_t ra_rust_fn_qualifiers(const struct ra_builder *build)
{
	for (uint32_t ahead = 0;; ahead++) {
		const struct ra_token *token = ra_build_peek(build, ahead);

		switch (ra_build_word_of(token)) {
		case RA_W_DEF:
			return ahead;
		case RA_W_CONST: case RA_W_ASYNC: case RA_W_UNSAFE: case RA_W_EXTERN:
			break;
		default:
			if (token->kind == RA_T_STRING && ahead)
				break;
			if (token->kind == RA_T_NAME && ahead < 2 &&
			    (ra_str_is(ra_build_text(build, build->at + ahead, build->at + ahead),
				       "default") ||
			     ra_str_is(ra_build_text(build, build->at + ahead, build->at + ahead),
				       "safe")))
				break;
			return UINT32_MAX;
		}
	}
}

static void describe_method(struct ra_unit *unit, bool pointer)
{
	const struct ra_node *param = ra_node_find(unit->node, RA_N_PARAM);

	unit->flags |= RA_U_METHOD | (pointer ? RA_U_POINTER : 0u);
	if (param && ra_str_is(param->text, "self"))
		unit->receiver = param->text;
	else
		unit->flags |= RA_U_STATIC;
}

void ra_rust_fn(struct ra_builder *build, struct ra_open *open, bool exported)
{
	struct ra_place outer = build->place;
	uint32_t unit, flags = exported ? RA_U_EXPORTED : 0;
	bool pointer = false;
	struct ra_str name;

	for (uint32_t n = ra_rust_fn_qualifiers(build); n; n--) {
		if (ra_build_word(build) == RA_W_ASYNC) {
			flags |= RA_U_ASYNC;
			open->node->flags |= RA_F_ASYNC;
		}
		ra_build_next(build);
	}
	name = ra_build_peek(build, 1)->kind == RA_T_NAME ?
	       ra_build_text(build, build->at + 1, build->at + 1) : RA_STR("");
	open->node->text = name;
	unit = ra_build_enter_unit(build, open->node, name, flags);
	ra_build_next(build);
	if (name.len)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LT)
		ra_rust_pass_generics(build);
	build_params(build, open, &pointer);
	ra_rust_typed(build, open, RA_O_ARROW, RA_N_RESULT);
	ra_rust_pass_bounds(build);
	if (outer.in_class)
		describe_method(&build->shape->units.v[unit], pointer);
	if (ra_build_word(build) == RA_O_LBRACE)
		ra_build_braces(build, open, RA_B_FUNCTION);
	else
		build->shape->units.v[unit].flags |= RA_U_ABSTRACT;
	build->place = outer;
	ra_build_close(build, open);
	ra_build_close_unit(build, unit);
}

/* -- types with a body ------------------------------------------------------------------------ */

static struct ra_open open_class_block(struct ra_builder *build, struct ra_open *open,
				       struct ra_str name)
{
	open->node->kind = RA_N_CLASS;
	open->node->text = name;
	ra_build_enter_class(build, open->node, name);
	return ra_build_open_block(build, RA_B_CLASS);
}

/* A field as a declaration without value; its type comes next. */
static void build_field(struct ra_builder *build, struct ra_open *block, struct ra_node *name)
{
	struct ra_open field = ra_build_open(build, RA_N_ASSIGN, name->first), annotation;

	field.node->flags |= RA_F_BARE | RA_F_DECLARE;
	annotation = ra_build_open(build, RA_N_ANNOTATION, build->at);
	ra_build_add(&annotation, ra_rust_type(build));
	ra_build_add(&field, ra_build_close(build, &annotation));
	ra_build_add(&field, name);
	ra_build_add(block, ra_build_close(build, &field));
}

void ra_rust_pass_visibility(struct ra_builder *build)
{
	if (ra_build_take(build, RA_W_PUB) && ra_build_word(build) == RA_O_LPAREN)
		ra_build_pass_bracket(build);
}

/* `{ a: T, b: U }`, or `(T, U)`, whose fields are called by their number. */
static void build_fields(struct ra_builder *build, struct ra_open *block)
{
	bool named = ra_build_word(build) == RA_O_LBRACE;
	uint16_t depth = build->token->depth;

	ra_build_next(build);
	for (unsigned i = 0; build->token->kind != RA_T_END && ra_build_inside(build, depth); i++) {
		struct ra_node *name;

		ra_rust_pass_attributes(build);
		ra_rust_pass_visibility(build);
		if (!ra_build_inside(build, depth))
			break;
		if (named) {
			name = ra_build_leaf(build, RA_N_NAME);
			ra_build_take(build, RA_O_COLON);
		} else {
			name = ra_build_node(build, RA_N_NAME, build->at);
			name->text = ra_printf(build->arena, "%u", i);
		}
		build_field(build, block, name);
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_next(build);
	ra_build_take(build, named ? RA_O_RBRACE : RA_O_RPAREN);
}

void ra_rust_struct(struct ra_builder *build, struct ra_open *open, enum ra_word word)
{
	struct ra_place outer = build->place;
	struct ra_open block;
	struct ra_str name;

	ra_build_next(build);
	name = ra_build_text(build, build->at, build->at);
	open->node->word = (uint8_t)word;
	ra_build_next(build);
	block = open_class_block(build, open, name);
	if (ra_build_word(build) == RA_O_LT)
		ra_rust_pass_generics(build);
	if (ra_build_word(build) == RA_W_WHERE)
		ra_rust_pass_bounds(build);
	if (word == RA_W_ENUM && ra_build_word(build) == RA_O_LBRACE)
		ra_build_pass_bracket(build);
	else if (ra_build_word(build) == RA_O_LBRACE || ra_build_word(build) == RA_O_LPAREN)
		build_fields(build, &block);
	if (ra_build_word(build) == RA_W_WHERE)
		ra_rust_pass_bounds(build);
	ra_build_add(open, ra_build_close_block(build, &block));
	build->place = outer;
	ra_build_close(build, open);
}

/* Items between braces, into the block of a class. */
static void build_body(struct ra_builder *build, struct ra_open *open, struct ra_open *block,
		       struct ra_place outer)
{
	uint16_t depth = build->token->depth;

	build->depth++;
	if (ra_build_take(build, RA_O_LBRACE)) {
		if (build->depth < RA_SHAPE_DEPTH)
			ra_build_brace_statements(build, block, depth);
		else
			ra_build_skip_bracket(build, depth);
		ra_build_take(build, RA_O_RBRACE);
	}
	build->depth--;
	ra_build_add(open, ra_build_close_block(build, block));
	build->place = outer;
	ra_build_close(build, open);
}

void ra_rust_trait(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;
	struct ra_open block;

	ra_build_take(build, RA_W_UNSAFE);
	while (ra_build_word(build) != RA_W_INTERFACE)
		ra_build_next(build);
	ra_build_next(build);
	open->node->word = RA_W_INTERFACE;
	block = open_class_block(build, open, ra_build_text(build, build->at, build->at));
	ra_build_next(build);
	if (ra_build_word(build) == RA_O_LT)
		ra_rust_pass_generics(build);
	ra_rust_pass_bounds(build);
	build_body(build, open, &block, outer);
}

/* The name of the type that a path, a reference or a generic comes down to. */
static struct ra_str type_name(const struct ra_node *type)
{
	while (type && (type->kind == RA_N_INDEX || type->kind == RA_N_UNARY ||
			type->kind == RA_N_BINARY || type->kind == RA_N_LIST))
		type = type->kids;
	if (type && (type->kind == RA_N_NAME || type->kind == RA_N_MEMBER))
		return type->text;
	return RA_STR("impl");
}

/* `impl<T> Trait for Type where ..` */
void ra_rust_impl(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;
	struct ra_node *type;
	struct ra_open block;

	ra_build_take(build, RA_W_UNSAFE);
	ra_build_next(build);
	if (ra_build_word(build) == RA_O_LT)
		ra_rust_pass_generics(build);
	ra_build_take(build, RA_W_CONST);
	ra_build_take(build, RA_W_NOT);
	type = ra_rust_type(build);
	if (ra_build_take(build, RA_W_FOR)) {
		ra_build_add(open, type);
		type = ra_rust_type(build);
	}
	ra_rust_pass_bounds(build);
	open->node->word = RA_W_IMPL;
	block = open_class_block(build, open, type_name(type));
	build_body(build, open, &block, outer);
}
