/*
 * Rust: items and statements. An `impl` is one more body of the class of its type; `use` trees are
 * flat; what generics and bounds say is passed over. Attributes are the decorators of the item they
 * stand before, and say what is a test.
 */
#include "core/shape/rust.h"

/* -- attributes ---------------------------------------------------------------------------- */

/* Behind `#` and a `!`, if there is one. */
static bool at_attribute(const struct ra_builder *build)
{
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 1));

	if (ra_build_word(build) != RA_O_HASH)
		return false;
	if (after == RA_W_NOT)
		after = ra_build_word_of(ra_build_peek(build, 2));
	return after == RA_O_LBRACKET;
}

void ra_rust_pass_attributes(struct ra_builder *build)
{
	while (at_attribute(build)) {
		ra_build_next(build);
		ra_build_take(build, RA_W_NOT);
		ra_build_pass_bracket(build);
	}
}

/* `name`, `a::name(args)`, `name = value` between the brackets. */
static struct ra_node *build_meta(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *node = ra_build_leaf(build, RA_N_NAME);
	struct ra_open open;

	while (ra_build_word(build) == RA_O_PATH) {
		open = ra_build_open(build, RA_N_MEMBER, first);
		open.node->word = RA_O_PATH;
		ra_build_next(build);
		open.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
		ra_build_add(&open, node);
		node = ra_build_close(build, &open);
	}
	if (ra_build_word(build) != RA_O_LPAREN)
		return node;
	open = ra_build_open(build, RA_N_CALL, first);
	ra_build_add(&open, node);
	ra_rust_macro_arguments(build, &open);
	return ra_build_close(build, &open);
}

/* What is compiled for tests alone: `#[test]`, `#[tokio::test]`, `#[cfg(test)]`. */
static bool says_test(const struct ra_shape *shape, const struct ra_node *meta)
{
	struct ra_str text;

	if (meta->kind != RA_N_CALL)
		return ra_str_ends(meta->text, RA_STR("test")) || ra_str_is(meta->text, "bench");
	if (ra_str_ends(meta->kids->text, RA_STR("test")))
		return true;
	text = ra_node_text(shape, meta);
	return ra_str_starts(text, RA_STR("cfg(test")) ||
	       ra_str_starts(text, RA_STR("cfg(all(test")) ||
	       ra_str_starts(text, RA_STR("cfg(any(test"));
}

/* Attributes before an item, as its DECORATORs. */
static void build_attributes(struct ra_builder *build, struct ra_open *item, bool *test)
{
	while (at_attribute(build)) {
		struct ra_open open = ra_build_open(build, RA_N_DECORATOR, build->at);
		uint16_t depth = build->token->depth;

		ra_build_next(build);
		if (ra_build_word(build) == RA_W_NOT ||
		    ra_build_peek(build, 1)->kind != RA_T_NAME) {
			ra_build_take(build, RA_W_NOT);
			ra_build_pass_bracket(build);
			continue;
		}
		ra_build_next(build);
		ra_build_add(&open, build_meta(build));
		*test |= says_test(build->shape, open.node->kids);
		while (build->token->kind != RA_T_END && ra_build_inside(build, depth))
			ra_build_next(build);
		ra_build_take(build, RA_O_RBRACKET);
		ra_build_add(item, ra_build_close(build, &open));
	}
}

/* -- functions ----------------------------------------------------------------------------- */

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
static uint32_t qualifiers_of_fn(const struct ra_builder *build)
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

static void build_fn(struct ra_builder *build, struct ra_open *open, bool exported)
{
	struct ra_place outer = build->place;
	uint32_t unit, flags = exported ? RA_U_EXPORTED : 0;
	bool pointer = false;
	struct ra_str name;

	for (uint32_t n = qualifiers_of_fn(build); n; n--) {
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

/* -- types with a body --------------------------------------------------------------------- */

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

static void pass_visibility(struct ra_builder *build)
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
		pass_visibility(build);
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

static void build_struct(struct ra_builder *build, struct ra_open *open, enum ra_word word)
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

static void build_trait(struct ra_builder *build, struct ra_open *open)
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
static void build_impl(struct ra_builder *build, struct ra_open *open)
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

/* -- modules and imports ------------------------------------------------------------------- */

/* Items in braces, of `mod name {` or a macro around them, as a block of their own. */
static void build_items(struct ra_builder *build, struct ra_open *open, struct ra_str name,
			bool test)
{
	struct ra_place outer = build->place;

	open->node->kind = RA_N_COMPOUND;
	open->node->kids = NULL;
	open->end = &open->node->kids;
	open->node->text = name;
	if (test) {
		open->node->flags |= RA_F_TEST;
		build->place.test = true;
	}
	if (name.len) {
		struct ra_str prefix = build->place.prefix;

		build->place.prefix = !prefix.len ? name :
			ra_printf(build->arena, "%.*s.%.*s", RA_FMT(prefix), RA_FMT(name));
	}
	ra_build_braces(build, open, RA_B_PLAIN);
	build->place = outer;
	ra_build_close(build, open);
}

static void build_alias(struct ra_builder *build, struct ra_open *import, uint32_t first,
			struct ra_str full, struct ra_str local)
{
	struct ra_open alias = ra_build_open(build, RA_N_ALIAS, first);
	struct ra_node *name = ra_build_node(build, RA_N_NAME, build->last);

	alias.node->text = full;
	name->text = local;
	ra_build_add(&alias, name);
	ra_build_add(import, ra_build_close(build, &alias));
}

static struct ra_str join_path(struct ra_builder *build, struct ra_str path, struct ra_str name)
{
	return !path.len ? name : ra_printf(build->arena, "%.*s.%.*s", RA_FMT(path), RA_FMT(name));
}

/* One branch of a `use` tree below `path`, whose last name is `last`. */
static void build_use_tree(struct ra_builder *build, struct ra_open *import, struct ra_str path,
			   struct ra_str last)
{
	uint32_t first = build->at;
	struct ra_str name;
	uint16_t depth;

	for (;;) {
		ra_build_take(build, RA_O_PATH);
		if (build->token->kind != RA_T_NAME)
			break;
		name = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
		if (!ra_str_is(name, "self") || !path.len) {
			path = join_path(build, path, name);
			last = name;
		}
		if (ra_build_word(build) != RA_O_PATH)
			break;
	}
	if (ra_build_take(build, RA_W_AS) && build->token->kind == RA_T_NAME) {
		last = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
	}
	if (ra_build_take(build, RA_O_STAR)) {
		build_alias(build, import, first, join_path(build, path, RA_STR("*")),
			    RA_STR("*"));
		return;
	}
	depth = build->token->depth;
	if (!ra_build_take(build, RA_O_LBRACE)) {
		build_alias(build, import, first, path, last);
		return;
	}
	build->depth++;
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		uint32_t at = build->at;

		if (build->depth < RA_SHAPE_DEPTH)
			build_use_tree(build, import, path, last);
		if (!ra_build_take(build, RA_O_COMMA) || build->at == at)
			break;
	}
	build->depth--;
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_next(build);
	ra_build_take(build, RA_O_RBRACE);
}

static void build_use(struct ra_builder *build, struct ra_open *open, bool exported)
{
	open->node->kind = RA_N_IMPORT;
	open->node->kids = NULL;
	open->end = &open->node->kids;
	open->node->flags |= exported ? RA_F_EXPORT : 0;
	ra_build_next(build);
	build_use_tree(build, open, RA_STR(""), RA_STR(""));
	ra_build_close(build, open);
}

/* -- values -------------------------------------------------------------------------------- */

/* `let P: T = e else { .. }`; `const X: T = e`, `static mut X: T = e`, `type X = T`. */
static void build_value(struct ra_builder *build, struct ra_open *open, enum ra_word word)
{
	struct ra_open annotation;
	struct ra_node *target;
	bool typed = false;

	open->node->kind = RA_N_ASSIGN;
	open->node->kids = NULL;
	open->end = &open->node->kids;
	open->node->word = (uint8_t)word;
	open->node->flags |= word == RA_W_TYPE ? 0 : RA_F_DECLARE;
	ra_build_next(build);
	if (word == RA_W_STATIC && !ra_build_take(build, RA_W_MUT))
		ra_build_take(build, RA_W_REF); /* lazy_static */
	target = word == RA_W_LET ? ra_rust_pattern(build) : ra_build_leaf(build, RA_N_NAME);
	if (word == RA_W_TYPE) {
		if (ra_build_word(build) == RA_O_LT)
			ra_rust_pass_generics(build);
		ra_rust_pass_bounds(build);
	} else if (ra_build_take(build, RA_O_COLON)) {
		annotation = ra_build_open(build, RA_N_ANNOTATION, build->at);
		ra_build_add(&annotation, ra_rust_type(build));
		ra_build_add(open, ra_build_close(build, &annotation));
		typed = true;
	}
	ra_build_add(open, target);
	if (!ra_rust_take_assign(build))
		open->node->flags |= RA_F_BARE;
	else if (word == RA_W_TYPE)
		ra_build_add(open, ra_rust_type(build));
	else
		ra_build_add(open, ra_build_expression(build, RA_BIND_NAMED));
	if (word == RA_W_TYPE && (open->node->flags & RA_F_BARE))
		open->node->kind = RA_N_PASS, open->node->kids = NULL;
	if (word == RA_W_TYPE && ra_build_word(build) == RA_W_WHERE)
		ra_rust_pass_bounds(build);
	(void)typed;
	if (word == RA_W_LET && ra_build_take(build, RA_W_ELSE))
		ra_build_braces(build, open, RA_B_ELSE);
	ra_build_close(build, open);
}

/* -- statements ---------------------------------------------------------------------------- */

static bool follows_name(const struct ra_builder *build, uint32_t ahead)
{
	return ra_build_peek(build, ahead)->kind == RA_T_NAME;
}

static bool at_text(const struct ra_builder *build, const char *text)
{
	return build->token->kind == RA_T_NAME &&
	       ra_str_is(ra_build_text(build, build->at, build->at), text);
}

/* `macro_rules! name { .. }`, `macro name(..) { .. }`: what it writes is not seen. */
static bool pass_macro_definition(struct ra_builder *build, struct ra_open *open)
{
	bool rules = ra_build_soft(build->token, RA_W_MACRO) &&
		     ra_build_word_of(ra_build_peek(build, 1)) == RA_W_NOT;

	if (!rules && !(at_text(build, "macro") && follows_name(build, 1)))
		return false;
	open->node->kind = RA_N_PASS;
	open->node->kids = NULL;
	ra_build_next(build);
	ra_build_take(build, RA_W_NOT);
	ra_build_next(build);
	while (ra_build_word(build) == RA_O_LPAREN || ra_build_word(build) == RA_O_LBRACE ||
	       ra_build_word(build) == RA_O_LBRACKET)
		ra_build_pass_bracket(build);
	ra_build_close(build, open);
	return true;
}

/* `extern crate a as b;`, `extern "C" { .. }` */
static void pass_extern(struct ra_builder *build, struct ra_open *open)
{
	open->node->kind = RA_N_PASS;
	open->node->kids = NULL;
	while (build->token->kind != RA_T_END && ra_build_word(build) != RA_O_SEMICOLON &&
	       ra_build_word(build) != RA_O_LBRACE && ra_build_word(build) != RA_O_RBRACE)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACE)
		ra_build_pass_bracket(build);
	ra_build_close(build, open);
}

static void build_module(struct ra_builder *build, struct ra_open *open, bool test)
{
	struct ra_str name;

	ra_build_next(build);
	name = ra_build_text(build, build->at, build->at);
	ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACE) {
		build_items(build, open, name, test);
		return;
	}
	open->node->kind = RA_N_PASS;
	open->node->kids = NULL;
	ra_build_close(build, open);
}

/* An item whose attributes and visibility are taken. */
static bool build_item(struct ra_builder *build, struct ra_open *open, bool exported, bool test)
{
	enum ra_word word = ra_build_word(build);
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 1));

	if (qualifiers_of_fn(build) != UINT32_MAX) {
		build_fn(build, open, exported);
		return true;
	}
	switch (word) {
	case RA_W_STRUCT: case RA_W_ENUM:
		build_struct(build, open, word);
		return true;
	case RA_W_INTERFACE:
		build_trait(build, open);
		return true;
	case RA_W_IMPL:
		build_impl(build, open);
		return true;
	case RA_W_MODULE:
		build_module(build, open, test);
		return true;
	case RA_W_USE:
		build_use(build, open, exported);
		return true;
	case RA_W_EXTERN:
		pass_extern(build, open);
		return true;
	case RA_W_LET: case RA_W_TYPE:
		build_value(build, open, word);
		return true;
	case RA_W_CONST: case RA_W_STATIC:
		if (after == RA_O_LBRACE || after == RA_O_PIPE || after == RA_W_OR ||
		    after == RA_W_MOVE || after == RA_W_ASYNC)
			return false;
		build_value(build, open, word);
		return true;
	case RA_W_UNSAFE:
		if (after == RA_W_IMPL)
			build_impl(build, open);
		else if (after == RA_W_INTERFACE || /* unsafe auto trait */
			 ra_build_word_of(ra_build_peek(build, 2)) == RA_W_INTERFACE)
			build_trait(build, open);
		else if (after == RA_W_EXTERN)
			pass_extern(build, open);
		else
			return false;
		return true;
	default:
		break;
	}
	if (ra_build_soft(build->token, RA_W_UNION) && follows_name(build, 1)) {
		build_struct(build, open, RA_W_UNION);
		return true;
	}
	return pass_macro_definition(build, open);
}

/* Does an item begin at the n-th token from here? */
static bool item_begins(const struct ra_builder *build, uint32_t ahead)
{
	enum ra_word word = ra_build_word_of(ra_build_peek(build, ahead));
	enum ra_word after = ra_build_word_of(ra_build_peek(build, ahead + 1));

	switch (word) {
	case RA_W_PUB: case RA_W_STRUCT: case RA_W_ENUM: case RA_W_INTERFACE: case RA_W_IMPL:
	case RA_W_MODULE: case RA_W_USE: case RA_W_DEF: case RA_O_HASH:
		return true;
	case RA_W_STATIC: case RA_W_CONST:
		return after == RA_W_REF || after == RA_W_MUT || after == RA_W_DEF ||
		       ra_build_peek(build, ahead + 1)->kind == RA_T_NAME;
	case RA_W_ASYNC: case RA_W_UNSAFE:
		return after == RA_W_DEF || after == RA_W_IMPL;
	default:
		return false;
	}
}

/* A statement from a block, a brace macro or `async {`: its `}` ends it unless `.` or `?` follows. */
static struct ra_node *build_block_like(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *node = ra_build_expression(build, RA_BIND_TRAILER + 1);

	if (ra_build_word(build) == RA_O_DOT || ra_build_word(build) == RA_O_QUESTION) {
		node = ra_build_operators(build, first, node, RA_BIND_NAMED);
	}
	node = ra_build_as_statement(build, node);
	if (ra_build_word(build) == RA_O_RBRACE)
		node->flags |= RA_F_TAIL;
	return node;
}

/* `cfg_io! { items }`, `lazy_static! { static ref X: T = e; }` */
static bool build_item_macro(struct ra_builder *build, struct ra_open *open, uint32_t bracket)
{
	size_t notes = build->shape->notes.n;

	if (ra_build_word_of(ra_build_peek(build, bracket)) != RA_O_LBRACE ||
	    !item_begins(build, bracket + 1))
		return false;
	while (bracket--)
		ra_build_next(build);
	build_items(build, open, RA_STR(""), false);
	build->shape->notes.n = notes;
	return true;
}

bool ra_rust_statement(struct ra_builder *build, struct ra_open *block)
{
	struct ra_open open = ra_build_open(build, RA_N_FUNCTION, build->at);
	struct ra_place outer = build->place;
	bool test = false, exported;
	uint32_t bracket;

	build_attributes(build, &open, &test);
	if (build->token->kind == RA_T_END || ra_build_word(build) == RA_O_RBRACE)
		return build->at != open.node->first;
	exported = ra_build_word(build) == RA_W_PUB;
	pass_visibility(build);
	build->place.test |= test;
	bracket = ra_rust_macro_ahead(build);
	if (build_item(build, &open, exported, test) ||
	    (bracket && build_item_macro(build, &open, bracket))) {
		build->place = outer;
		ra_build_add(block, open.node);
		return true;
	}
	build->place = outer;
	if (ra_rust_at_block(build) ||
	    (bracket && ra_build_word_of(ra_build_peek(build, bracket)) == RA_O_LBRACE)) {
		ra_build_add(block, build_block_like(build));
		return true;
	}
	return false;
}

const struct ra_grammar ra_grammar_rust = {
	.braces = true,
	.assigns = true,
	.tails = true,
	.open_classes = true,
	.statement = ra_rust_statement,
	.operand = ra_rust_operand,
	.extend = ra_rust_extend,
	.target = ra_rust_pattern,
};
