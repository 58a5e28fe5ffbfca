/*
 * JavaScript and TypeScript: declarations, imports, exports. What both have in common with other
 * languages with braces is read by braces.c. Lines end statements where nothing goes on, which
 * is what the common reader sees as well. Overloads and what is declared only are functions
 * without a body.
 */
#include "core/shape/grammar.h"
#include "core/shape/javascript.h"

static bool build_statement(struct ra_builder *build, struct ra_open *block, uint16_t flags);

/* -- variables ----------------------------------------------------------------------------- */

/* `a: T = v`, one of several of a declaration. */
static struct ra_node *build_declarator(struct ra_builder *build, enum ra_word word, uint16_t flags)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, build->at);
	struct ra_node *target;

	open.node->word = (uint8_t)word;
	open.node->flags |= flags | RA_F_DECLARE;
	target = js_target(build);
	ra_build_take(build, RA_W_NOT);
	js_annotation(build, &open, RA_N_ANNOTATION);
	ra_build_add(&open, target);
	if (ra_build_take(build, RA_O_ASSIGN))
		ra_build_add(&open, js_value(build, target->kind == RA_N_NAME ? target->text
									      : RA_STR("")));
	else
		open.node->flags |= RA_F_BARE;
	return ra_build_close(build, &open);
}

/* `const a = 1, b = 2`: an ASSIGN for each. */
static void build_variables(struct ra_builder *build, struct ra_open *block, uint16_t flags)
{
	enum ra_word word = ra_build_word_of(build->token);

	if (word == RA_W_AWAIT) /* await using */
		ra_build_next(build);
	if (word != RA_W_VAR && word != RA_W_LET)
		word = RA_W_CONST;
	do {
		ra_build_next(build);
		ra_build_add(block, build_declarator(build, word, flags));
	} while (ra_build_word(build) == RA_O_COMMA);
}

/* `type X = T`; an object type is a class of signatures. */
static struct ra_node *build_type(struct ra_builder *build, uint16_t flags)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, build->at), annotation;
	struct ra_node *name, *type;
	struct js_mark mark;

	ra_build_next(build);
	open.node->word = RA_W_TYPE;
	open.node->flags |= flags;
	name = ra_build_leaf(build, RA_N_NAME);
	if (ra_build_word(build) == RA_O_LT)
		js_pass_angles(build);
	ra_build_take(build, RA_O_ASSIGN);
	mark = js_save(build);
	annotation = ra_build_open(build, RA_N_ANNOTATION, build->at);
	type = js_type(build);
	if (type && type->kind == RA_N_DICT && type->first == mark.at) {
		js_restore(build, &mark);
		open.node->kind = RA_N_CLASS;
		open.node->text = name->text;
		js_class_body(build, &open);
		return ra_build_close(build, &open);
	}
	if (type)
		ra_build_add(&annotation, type);
	else
		ra_build_note(build, "type expected");
	if (annotation.node->kids)
		ra_build_add(&open, ra_build_close(build, &annotation));
	ra_build_add(&open, name);
	open.node->flags |= RA_F_BARE;
	return ra_build_close(build, &open);
}

/* `namespace a.b { }`, `declare module 'm' { }`, `declare global { }` */
static struct ra_node *build_namespace(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOUND, build->at);

	if (js_at(build, RA_W_MODULE))
		ra_build_next(build);
	open.node->text = js_unquoted(ra_build_text(build, build->at, build->at));
	while (build->token->kind != RA_T_END && ra_build_word(build) != RA_O_LBRACE &&
	       ra_build_word(build) != RA_O_SEMICOLON && ra_build_word(build) != RA_O_RBRACE)
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACE)
		ra_build_braces(build, &open, RA_B_PLAIN);
	else
		open.node->kind = RA_N_PASS;
	return ra_build_close(build, &open);
}

/* -- modules ------------------------------------------------------------------------------- */

/*
 * What a module is called: a path as it stands; a package by its name, without `node:` and with
 * its parts apart as the names in it are: `fs/promises` is `fs.promises`.
 */
struct ra_str ra_shape_module(struct ra_arena *arena, struct ra_str text)
{
	struct ra_str name = js_unquoted(text);
	char *copy;

	if (ra_str_starts(name, RA_STR("node:")))
		name = ra_str_n(name.ptr + 5, name.len - 5);
	if (!name.len || strchr("./~#", name.ptr[0]) || ra_str_starts(name, RA_STR("@/")) ||
	    ra_str_find(name, RA_STR("/")) < 0 || ra_str_find(name, RA_STR(":")) >= 0)
		return name;
	copy = ra_new_array(arena, char, name.len);
	for (size_t i = 0; i < name.len; i++)
		copy[i] = name.ptr[i] == '/' ? '.' : name.ptr[i];
	return ra_str_n(copy, name.len);
}

static void take_module(struct ra_builder *build, struct ra_open *open)
{
	if (build->token->kind != RA_T_STRING)
		return;
	open->node->text = ra_shape_module(build->arena,
					   ra_build_text(build, build->at, build->at));
	ra_build_next(build);
	if ((js_at(build, RA_W_WITH) || (js_is_word(build->token) && js_same_line(build, 0))) &&
	    js_is(ra_build_peek(build, 1), RA_O_LBRACE)) { /* with { type: 'json' } */
		ra_build_next(build);
		ra_build_pass_bracket(build);
	}
}

static struct ra_node *alias(struct ra_builder *build, const char *text)
{
	struct ra_open open = ra_build_open(build, RA_N_ALIAS, build->at);

	open.node->text = ra_str(text);
	ra_build_add(&open, ra_build_leaf(build, RA_N_NAME));
	return ra_build_close(build, &open);
}

/* `a`, `a as b`, `type a`, `default as b`, `'a b' as c` */
static struct ra_node *build_alias(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_ALIAS, build->at);
	const struct ra_token *after = ra_build_peek(build, 1);

	if ((js_at(build, RA_W_TYPE) || js_at(build, RA_W_TYPEOF)) && js_is_word(after) &&
	    !js_is(after, RA_W_AS))
		ra_build_next(build);
	open.node->text = js_unquoted(ra_build_text(build, build->at, build->at));
	ra_build_next(build);
	if (js_at(build, RA_W_AS)) {
		ra_build_next(build);
		ra_build_add(&open, ra_build_leaf(build, RA_N_NAME));
	}
	return ra_build_close(build, &open);
}

static void build_aliases(struct ra_builder *build, struct ra_open *open)
{
	uint16_t depth = build->token->depth;

	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		if (js_is_word(build->token) || build->token->kind == RA_T_STRING)
			ra_build_add(open, build_alias(build));
		else
			ra_build_next(build);
	}
	ra_build_take(build, RA_O_RBRACE);
}

/* `import a, { b as c } from 'm'`: the default is the alias of `default`, all of it that of `*`. */
static struct ra_node *build_import(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_IMPORT, build->at);
	const struct ra_token *after;

	ra_build_next(build);
	after = ra_build_peek(build, 1);
	if ((js_at(build, RA_W_TYPE) || js_at(build, RA_W_TYPEOF)) && !js_is(after, RA_O_COMMA) &&
	    !(js_is(after, RA_W_FROM) && ra_build_peek(build, 2)->kind == RA_T_STRING) &&
	    !js_is(after, RA_O_ASSIGN))
		ra_build_next(build);
	if (js_is_word(build->token)) {
		if (js_is(ra_build_peek(build, 1), RA_O_ASSIGN)) { /* import a = require('m') */
			ra_build_add(&open, alias(build, "*"));
			while (build->token->kind != RA_T_END && build->token->kind != RA_T_STRING &&
			       !ra_build_on_new_line(build) &&
			       ra_build_word(build) != RA_O_SEMICOLON)
				ra_build_next(build);
			take_module(build, &open);
			ra_build_take(build, RA_O_RPAREN);
			return ra_build_close(build, &open);
		}
		ra_build_add(&open, alias(build, "default"));
		ra_build_take(build, RA_O_COMMA);
	}
	if (ra_build_word(build) == RA_O_STAR) {
		ra_build_next(build);
		if (js_at(build, RA_W_AS))
			ra_build_next(build);
		ra_build_add(&open, alias(build, "*"));
	} else if (ra_build_word(build) == RA_O_LBRACE) {
		build_aliases(build, &open);
	}
	if (js_at(build, RA_W_FROM))
		ra_build_next(build);
	take_module(build, &open);
	return ra_build_close(build, &open);
}

/* `export { a as b } from 'm'`, `export * as c from 'm'` */
static struct ra_node *build_reexport(struct ra_builder *build, uint32_t first)
{
	struct ra_open open = ra_build_open(build, RA_N_EXPORT, first), all;

	if (ra_build_word(build) == RA_O_LBRACE) {
		build_aliases(build, &open);
	} else {
		all = ra_build_open(build, RA_N_ALIAS, build->at);
		all.node->text = RA_STR("*");
		ra_build_next(build);
		if (js_at(build, RA_W_AS)) {
			ra_build_next(build);
			ra_build_add(&all, ra_build_leaf(build, RA_N_NAME));
		}
		ra_build_add(&open, ra_build_close(build, &all));
	}
	if (js_at(build, RA_W_FROM)) {
		ra_build_next(build);
		take_module(build, &open);
	}
	return ra_build_close(build, &open);
}

/* `export default x`: the name alone is an EXPORT of it, all else a statement that is exported. */
static void build_default(struct ra_builder *build, struct ra_open *block, uint32_t first)
{
	struct ra_open open, all;
	struct ra_node *value, *name;

	if (build_statement(build, block, RA_F_EXPORT))
		return;
	value = js_value(build, RA_STR("default"));
	if (value->kind == RA_N_NAME) {
		open = ra_build_open(build, RA_N_EXPORT, first);
		all = ra_build_open(build, RA_N_ALIAS, value->first);
		all.node->text = value->text;
		name = ra_build_node(build, RA_N_NAME, value->first);
		name->text = RA_STR("default");
		ra_build_add(&all, name);
		ra_build_add(&open, ra_build_close(build, &all));
		ra_build_add(block, ra_build_close(build, &open));
		return;
	}
	value = ra_build_as_statement(build, value);
	value->flags |= RA_F_EXPORT;
	ra_build_add(block, value);
}

static void build_export(struct ra_builder *build, struct ra_open *block)
{
	uint32_t first = build->at;

	ra_build_next(build);
	if (js_at(build, RA_W_TYPE) && (js_is(ra_build_peek(build, 1), RA_O_LBRACE) ||
					js_is(ra_build_peek(build, 1), RA_O_STAR)))
		ra_build_next(build);
	if (ra_build_word(build) == RA_O_LBRACE || ra_build_word(build) == RA_O_STAR) {
		ra_build_add(block, build_reexport(build, first));
	} else if (js_at(build, RA_W_DEFAULT) || ra_build_word(build) == RA_O_ASSIGN) {
		ra_build_next(build);
		build_default(build, block, first);
	} else if (js_at(build, RA_W_IMPORT)) {
		ra_build_add(block, build_import(build));
	} else if (!build_statement(build, block, RA_F_EXPORT)) {
		ra_build_note(build, "declaration expected");
	}
}

/* -- which statement ----------------------------------------------------------------------- */

/* Does a word of this kind begin a declaration here: `type X =`, `namespace x {`? */
static bool declares(const struct ra_builder *build, uint32_t ahead)
{
	const struct ra_token *after = ra_build_peek(build, ahead + 1);

	return (js_is_word(after) || after->kind == RA_T_STRING) &&
	       js_same_line(build, ahead + 1) && !js_is(after, RA_W_IN) && !js_is(after, RA_W_IS);
}

static void mark(struct ra_builder *build, struct ra_node *node, uint16_t flags)
{
	node->flags |= flags;
	if ((flags & RA_F_EXPORT) && node->kind == RA_N_FUNCTION)
		build->shape->units.v[node->unit].flags |= RA_U_EXPORTED;
}

/* A function or class; of a default export it may have no name. */
static struct ra_node *build_declaration(struct ra_builder *build, uint16_t flags)
{
	bool unnamed = flags & RA_F_EXPORT;
	uint32_t at = 1;
	struct ra_node *node;

	if (js_begins_class(build)) {
		node = js_class(build, RA_STR(""));
	} else {
		if (js_at(build, RA_W_ASYNC))
			at++;
		if (js_is(ra_build_peek(build, at), RA_O_STAR))
			at++;
		unnamed = unnamed && !js_is_word(ra_build_peek(build, at));
		node = js_function_word(build, unnamed ? RA_STR("default") : RA_STR(""), true);
	}
	mark(build, node, flags);
	return node;
}

static bool begins_function(const struct ra_builder *build)
{
	return js_at(build, RA_W_DEF) || (js_at(build, RA_W_ASYNC) && js_same_line(build, 1) &&
					  js_is(ra_build_peek(build, 1), RA_W_DEF));
}

/* `export` may stand behind decorators. */
static bool is_decorated_export(const struct ra_builder *build)
{
	return js_at(build, RA_W_EXPORT) && js_is(ra_build_peek(build, 1), RA_O_AT);
}

/* Declarations that `export` may mark; false when none begins here. */
static bool build_statement(struct ra_builder *build, struct ra_open *block, uint16_t flags)
{
	if (begins_function(build) || js_begins_class(build)) {
		ra_build_add(block, build_declaration(build, flags));
		return true;
	}
	switch (js_is_word(build->token) ? (enum ra_word)build->token->word : RA_W_NONE) {
	case RA_W_VAR: case RA_W_LET: case RA_W_CONST:
		build_variables(build, block, flags);
		return true;
	case RA_W_USE: case RA_W_AWAIT:
		if (js_at(build, RA_W_AWAIT) ? !js_is(ra_build_peek(build, 1), RA_W_USE) ||
					       !declares(build, 1)
					     : !declares(build, 0) ||
					       js_is(ra_build_peek(build, 1), RA_W_OF))
			return false;
		build_variables(build, block, flags);
		return true;
	case RA_W_TYPE:
		if (!declares(build, 0))
			return false;
		ra_build_add(block, build_type(build, flags));
		return true;
	case RA_W_MODULE:
		if (!declares(build, 0))
			return false;
		ra_build_add(block, build_namespace(build));
		return true;
	case RA_W_MODIFIER: /* declare */
		if (!declares(build, 0))
			return false;
		ra_build_next(build);
		if (!build_statement(build, block, flags))
			ra_build_add(block, build_namespace(build));
		return true;
	default:
		return false;
	}
}

bool js_statement(struct ra_builder *build, struct ra_open *block)
{
	const struct ra_token *after = ra_build_peek(build, 1);

	if (js_at(build, RA_W_IMPORT) && !js_is(after, RA_O_LPAREN) && !js_is(after, RA_O_DOT)) {
		ra_build_add(block, build_import(build));
		return true;
	}
	if (js_at(build, RA_W_EXPORT) && !is_decorated_export(build)) {
		build_export(build, block);
		return true;
	}
	return build_statement(build, block, 0);
}

const struct ra_grammar ra_grammar_javascript = {
	.braces = true,
	.bracketed_heads = true,
	.assigns = true,
	.lists = true,
	.statement = js_statement,
	.operand = js_operand,
	.extend = js_extend,
	.target = js_target,
	.finish = js_finish,
};
