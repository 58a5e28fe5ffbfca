/*
 * Rust: items and statements. `use` trees are flat; attributes are the decorators of the item
 * they stand before, and say what is a test.
 */
#include "core/shape/rust.h"

/* -- attributes ------------------------------------------------------------------------------- */

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

/* -- modules and imports ---------------------------------------------------------------------- */

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

/* -- values ----------------------------------------------------------------------------------- */

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

/* -- statements ------------------------------------------------------------------------------- */

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

/* An item whose attributes and visibility are taken. */
static bool build_item(struct ra_builder *build, struct ra_open *open, bool exported, bool test)
{
	enum ra_word word = ra_build_word(build);
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 1));

	if (ra_rust_fn_qualifiers(build) != UINT32_MAX) {
		ra_rust_fn(build, open, exported);
		return true;
	}
	switch (word) {
	case RA_W_STRUCT: case RA_W_ENUM:
		ra_rust_struct(build, open, word);
		return true;
	case RA_W_INTERFACE:
		ra_rust_trait(build, open);
		return true;
	case RA_W_IMPL:
		ra_rust_impl(build, open);
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
			ra_rust_impl(build, open);
		else if (after == RA_W_INTERFACE || /* unsafe auto trait */
			 ra_build_word_of(ra_build_peek(build, 2)) == RA_W_INTERFACE)
			ra_rust_trait(build, open);
		else if (after == RA_W_EXTERN)
			pass_extern(build, open);
		else
			return false;
		return true;
	default:
		break;
	}
	if (ra_build_soft(build->token, RA_W_UNION) && follows_name(build, 1)) {
		ra_rust_struct(build, open, RA_W_UNION);
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

static bool build_statement(struct ra_builder *build, struct ra_open *block)
{
	struct ra_open open = ra_build_open(build, RA_N_FUNCTION, build->at);
	struct ra_place outer = build->place;
	bool test = false, exported;
	uint32_t bracket;

	build_attributes(build, &open, &test);
	if (build->token->kind == RA_T_END || ra_build_word(build) == RA_O_RBRACE)
		return build->at != open.node->first;
	exported = ra_build_word(build) == RA_W_PUB;
	ra_rust_pass_visibility(build);
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
	.statement = build_statement,
	.operand = ra_rust_operand,
	.extend = ra_rust_extend,
	.target = ra_rust_pattern,
};
