/*
 * Operands that only this language has, and what may follow any. A literal of a function or class
 * goes by the name of what it is assigned to, as in the language itself: that name is kept in
 * the builder until the next operand takes it.
 */
#include "core/shape/javascript.h"

/* -- brackets ------------------------------------------------------------------------------ */

/* `[a, , b]`: what is left out has no element. */
static struct ra_node *build_array(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LIST, build->at);
	uint16_t depth = build->token->depth;

	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		if (ra_build_take(build, RA_O_COMMA))
			continue;
		ra_build_add(&open, ra_build_element(build, RA_BIND_NAMED));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	if (!ra_build_take(build, RA_O_RBRACKET))
		ra_build_note(build, "unterminated bracket");
	return ra_build_close(build, &open);
}

/* Words before the key of a method of an object, and which they are. */
static uint32_t method_words(const struct ra_builder *build, uint32_t *flags)
{
	uint32_t at = 0;

	for (; js_is_word(ra_build_peek(build, at)); at++) {
		const struct ra_token *token = ra_build_peek(build, at);
		const struct ra_token *after = ra_build_peek(build, at + 1);

		if (!js_is_word(after) && after->kind != RA_T_STRING &&
		    after->kind != RA_T_NUMBER && !js_is(after, RA_O_LBRACKET) &&
		    !js_is(after, RA_O_STAR))
			break;
		if (token->word == RA_W_ASYNC)
			*flags |= RA_U_ASYNC;
		else if (token->word == RA_W_ACCESSOR)
			*flags |= RA_U_PROPERTY;
		else
			break;
	}
	if (js_is(ra_build_peek(build, at), RA_O_STAR)) {
		*flags |= RA_U_GENERATOR;
		at++;
	}
	return at;
}

/* The key itself: a NAME, also for `'k'`; a computed one is its expression. */
static struct ra_node *build_key(struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	struct ra_node *key;

	if (ra_build_take(build, RA_O_LBRACKET)) {
		key = ra_build_expression(build, RA_BIND_NAMED);
		if (ra_build_inside(build, depth))
			ra_build_skip_bracket(build, depth);
		ra_build_take(build, RA_O_RBRACKET);
		return key;
	}
	key = ra_build_leaf(build, RA_N_NAME);
	key->text = js_unquoted(key->text);
	return key;
}

/* `key() {}`, with the words before it: a PAIR of the key and a LAMBDA. */
static struct ra_node *build_method(struct ra_builder *build, uint32_t words, uint32_t flags)
{
	struct ra_open pair = ra_build_open(build, RA_N_PAIR, build->at);
	struct ra_open open = ra_build_open(build, RA_N_LAMBDA, build->at);
	bool computed = js_is(ra_build_peek(build, words), RA_O_LBRACKET);
	uint32_t last = computed ? js_partner(build, words) : words;
	struct js_function function = { .flags = flags, .skip = last + 1 };
	struct ra_node *key = ra_build_node(build, RA_N_NAME, build->at + words);

	function.name = js_unquoted(ra_build_text(build, build->at + words, build->at + last));
	key->text = function.name;
	key->last = build->at + last;
	ra_build_add(&pair, key);
	ra_build_add(&pair, js_function(build, &open, &function));
	return ra_build_close(build, &pair);
}

static bool is_method(const struct ra_builder *build, uint32_t words)
{
	bool computed = js_is(ra_build_peek(build, words), RA_O_LBRACKET);
	const struct ra_token *after = ra_build_peek(build, computed ? js_partner(build, words) + 1
								     : words + 1);

	return js_is(after, RA_O_LPAREN) || js_is(after, RA_O_LT);
}

/* `{ a }`, in a pattern also `{ a = 1 }` */
static struct ra_node *build_shorthand(struct ra_builder *build, struct ra_open *pair,
				       struct ra_node *key)
{
	struct ra_node *value = ra_build_node(build, RA_N_NAME, key->first);
	struct ra_open assign;

	value->text = key->text;
	if (ra_build_word(build) == RA_O_ASSIGN) {
		assign = ra_build_open(build, RA_N_ASSIGN, key->first);
		ra_build_next(build);
		ra_build_add(&assign, value);
		ra_build_add(&assign, js_value(build, key->text));
		value = ra_build_close(build, &assign);
	}
	ra_build_add(pair, key);
	ra_build_add(pair, value);
	return ra_build_close(build, pair);
}

static struct ra_node *build_property(struct ra_builder *build)
{
	struct ra_open pair = ra_build_open(build, RA_N_PAIR, build->at);
	uint32_t flags = 0, words;
	struct ra_node *key;

	if (ra_build_word(build) == RA_O_ELLIPSIS) {
		pair.node->kind = RA_N_DOUBLESTAR;
		ra_build_next(build);
		ra_build_add(&pair, ra_build_expression(build, RA_BIND_NAMED));
		return ra_build_close(build, &pair);
	}
	words = method_words(build, &flags);
	if (is_method(build, words))
		return build_method(build, words, flags);
	if (!js_is_word(build->token) && build->token->kind != RA_T_STRING &&
	    build->token->kind != RA_T_NUMBER && ra_build_word(build) != RA_O_LBRACKET)
		return ra_build_skip_bracket(build, build->token->depth - 1);
	key = build_key(build);
	if (ra_build_word(build) != RA_O_COLON)
		return build_shorthand(build, &pair, key);
	ra_build_next(build);
	ra_build_add(&pair, key);
	ra_build_add(&pair, js_value(build, key->kind == RA_N_NAME ? key->text : RA_STR("")));
	return ra_build_close(build, &pair);
}

static struct ra_node *build_object(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_DICT, build->at);
	uint16_t depth = build->token->depth;
	bool in_head = build->in_head;

	build->in_head = false;
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		if (ra_build_take(build, RA_O_COMMA) || ra_build_take(build, RA_O_SEMICOLON))
			continue;
		ra_build_add(&open, build_property(build));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	build->in_head = in_head;
	if (!ra_build_take(build, RA_O_RBRACE))
		ra_build_note(build, "unterminated bracket");
	return ra_build_close(build, &open);
}

/* `(a, b)`; in Flow `(x: T)` casts. */
static struct ra_node *build_group(struct ra_builder *build)
{
	uint32_t first = build->at;
	uint16_t depth = build->token->depth;
	struct ra_node *value;
	struct ra_open cast;

	if (js_is(ra_build_peek(build, 1), RA_O_RPAREN))
		return ra_build_group(build);
	ra_build_next(build);
	value = ra_build_list(build, RA_BIND_NAMED);
	if (ra_build_word(build) == RA_O_COLON) {
		cast = ra_build_open(build, RA_N_CAST, first);
		ra_build_add(&cast, value);
		js_annotation(build, &cast, RA_N_ANNOTATION);
		value = ra_build_close(build, &cast);
	}
	if (ra_build_inside(build, depth)) {
		ra_build_skip_bracket(build, depth);
		ra_build_note(build, "syntax error");
	}
	if (!ra_build_take(build, RA_O_RPAREN))
		ra_build_note(build, "unterminated bracket");
	value->flags |= RA_F_PARENTHESES;
	return value;
}

struct ra_node *js_target(struct ra_builder *build)
{
	switch (ra_build_word(build)) {
	case RA_O_LBRACKET:
		return build_array(build);
	case RA_O_LBRACE:
		return build_object(build);
	default:
		/* `of` may stand behind it: a name alone, or what is assigned to */
		return ra_build_expression(build, RA_BIND_TRAILER);
	}
}

/* -- words --------------------------------------------------------------------------------- */

/* `new a.b.C(x)`, `new C`, `new.target` */
static struct ra_node *build_new(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_CALL, build->at), member;
	struct ra_node *callee;
	uint32_t first;

	if (js_is(ra_build_peek(build, 1), RA_O_DOT)) { /* new.target */
		callee = ra_build_leaf(build, RA_N_NAME);
		return callee;
	}
	open.node->flags |= RA_F_NEW;
	ra_build_next(build);
	first = build->at;
	if (build->depth >= RA_SHAPE_DEPTH) {
		callee = ra_build_leaf(build, RA_N_UNKNOWN);
	} else {
		build->depth++;
		callee = js_operand(build);
		build->depth--;
		if (!callee)
			callee = ra_build_leaf(build, build->token->kind == RA_T_NAME ? RA_N_NAME
										       : RA_N_UNKNOWN);
	}
	while (ra_build_word(build) == RA_O_DOT || ra_build_word(build) == RA_O_LBRACKET) {
		bool dot = ra_build_word(build) == RA_O_DOT;

		if (callee->height + build->depth >= RA_SHAPE_DEPTH)
			break;
		member = ra_build_open(build, dot ? RA_N_MEMBER : RA_N_INDEX, first);
		ra_build_add(&member, callee);
		if (dot) {
			ra_build_next(build);
			member.node->text = ra_build_text(build, build->at, build->at);
			ra_build_next(build);
		} else {
			ra_build_add(&member, ra_build_key(build));
		}
		callee = ra_build_close(build, &member);
	}
	ra_build_add(&open, callee);
	if (ra_build_word(build) == RA_O_LT)
		js_type_arguments(build);
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_arguments(build, &open);
	return ra_build_close(build, &open);
}

/* `import(x)` is a call of that name, `import.meta` a member of it. */
static struct ra_node *build_import(struct ra_builder *build)
{
	return ra_build_leaf(build, RA_N_NAME);
}

static struct ra_node *build_yield(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_YIELD, build->at);

	ra_build_next(build);
	if (ra_build_take(build, RA_O_STAR))
		open.node->flags |= RA_F_FROM;
	if (!ra_build_on_new_line(build) && ra_build_begins_expression(build, build->token))
		ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
	*ra_vec_push(build->arena, &build->yields) = open.node;
	return ra_build_close(build, &open);
}

/* `<T>x`, where no arrow begins. */
static struct ra_node *build_cast(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_CAST, build->at), annotation;
	struct ra_node *type;

	annotation = ra_build_open(build, RA_N_ANNOTATION, build->at + 1);
	type = js_cast_type(build);
	if (type) {
		ra_build_add(&annotation, type);
		ra_build_close(build, &annotation);
	} else {
		ra_build_note(build, "type expected");
	}
	ra_build_add(&open, ra_build_expression(build, RA_BIND_UNARY));
	if (annotation.node->kids)
		ra_build_add(&open, annotation.node);
	return ra_build_close(build, &open);
}

static struct ra_node *build_delete(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_DELETE, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_UNARY));
	return ra_build_close(build, &open);
}

static bool is_async_function(const struct ra_builder *build)
{
	return js_at(build, RA_W_ASYNC) && js_is(ra_build_peek(build, 1), RA_W_DEF) &&
	       js_same_line(build, 1);
}

struct ra_node *js_operand(struct ra_builder *build)
{
	struct ra_str name = build->bound, class_ = build->bound_class;
	struct ra_node *arrow;

	build->bound = build->bound_class = RA_STR("");
	if (class_.len && (ra_build_word(build) == RA_W_DEF || is_async_function(build)))
		return js_prototype_method(build, name, class_);
	switch (build->token->kind) {
	case RA_T_NAME:
		if (is_async_function(build))
			return js_function_word(build, name, false);
		if (js_is(build->token, RA_W_MODIFIER) && js_begins_class(build))
			return js_class(build, name);
		return js_arrow(build, name);
	case RA_T_KEYWORD: case RA_T_OP:
		break;
	default:
		return NULL;
	}
	switch (ra_build_word(build)) {
	case RA_O_LPAREN:
		arrow = js_arrow(build, name);
		return arrow ? arrow : build_group(build);
	case RA_O_LT:
		arrow = js_arrow(build, name);
		return arrow ? arrow : build_cast(build);
	case RA_O_LBRACKET:
		return build_array(build);
	case RA_O_LBRACE:
		return build_object(build);
	case RA_W_DEF:
		return js_function_word(build, name, false);
	case RA_W_CLASS: case RA_O_AT:
		return js_class(build, name);
	case RA_W_NEW:
		return build_new(build);
	case RA_W_IMPORT:
		return build_import(build);
	case RA_W_YIELD:
		return build_yield(build);
	case RA_W_DEL:
		return build_delete(build);
	default:
		return NULL;
	}
}

/* -- behind operands ----------------------------------------------------------------------- */

static struct ra_node *build_typed(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	struct ra_open open = ra_build_open(build, RA_N_CAST, first), annotation;
	struct ra_node *type;

	ra_build_next(build);
	annotation = ra_build_open(build, RA_N_ANNOTATION, build->at);
	if (ra_build_word(build) == RA_W_CONST)
		type = ra_build_leaf(build, RA_N_NAME);
	else
		type = js_type(build);
	ra_build_add(&open, left);
	if (type) {
		ra_build_add(&annotation, type);
		ra_build_add(&open, ra_build_close(build, &annotation));
	} else {
		ra_build_note(build, "type expected");
	}
	return ra_build_close(build, &open);
}

static bool at_template(const struct ra_builder *build)
{
	return (build->token->kind == RA_T_STRING || build->token->kind == RA_T_STRING_OPEN) &&
	       build->tokens->source->text.ptr[build->token->at] == '`';
}

/* A tag before a template is a call with it. */
static struct ra_node *build_tagged(struct ra_builder *build, uint32_t first, struct ra_node *tag)
{
	struct ra_open open = ra_build_open(build, RA_N_CALL, first);

	ra_build_add(&open, tag);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_TRAILER));
	return ra_build_close(build, &open);
}

/* What a function that is assigned to this goes by. */
static struct ra_str name_of_target(const struct ra_node *target)
{
	if (target->kind == RA_N_NAME || target->kind == RA_N_MEMBER)
		return target->text;
	if (target->kind == RA_N_INDEX && target->kids->next &&
	    target->kids->next->kind == RA_N_STRING && !target->kids->next->kids)
		return js_unquoted(target->kids->next->text);
	return RA_STR("");
}

/* `X` of `X.prototype.m`. */
static struct ra_str class_of_target(const struct ra_node *target)
{
	const struct ra_node *base = target->kind == RA_N_MEMBER ? target->kids : NULL;

	if (!base || base->kind != RA_N_MEMBER || !ra_str_is(base->text, "prototype") ||
	    base->kids->kind != RA_N_NAME)
		return RA_STR("");
	return base->kids->text;
}

/* Over `<T>` of `f<T>(x)`; in plain files `f<a>(x)` compares. */
static bool called_with_types(struct ra_builder *build)
{
	struct js_mark mark = js_save(build);

	if (build->tokens->source->lang != RA_LANG_TYPESCRIPT || !js_type_arguments(build))
		return false;
	switch (ra_build_word(build)) {
	case RA_O_LPAREN: case RA_O_RPAREN: case RA_O_RBRACKET: case RA_O_COMMA:
	case RA_O_SEMICOLON:
		return true;
	default:
		if (at_template(build))
			return true;
	}
	js_restore(build, &mark);
	return false;
}

struct ra_node *js_extend(struct ra_builder *build, uint32_t first, struct ra_node *left,
			  enum ra_binding loosest)
{
	bool same_line = !ra_build_on_new_line(build);

	switch (build->token->kind) {
	case RA_T_NAME:
		if (same_line && loosest <= RA_BIND_COMPARE &&
		    (build->token->word == RA_W_AS || build->token->word == RA_W_SATISFIES))
			return build_typed(build, first, left);
		return NULL;
	case RA_T_STRING: case RA_T_STRING_OPEN:
		return at_template(build) ? build_tagged(build, first, left) : NULL;
	case RA_T_OP:
		break;
	default:
		return NULL;
	}
	switch (ra_build_word(build)) {
	case RA_W_NOT: /* x! */
		if (!same_line)
			return NULL;
		ra_build_next(build);
		return left;
	case RA_O_LT:
		return called_with_types(build) ? left : NULL;
	case RA_O_ASSIGN: case RA_O_LOGICAL:
		if (loosest <= RA_BIND_NAMED) {
			build->bound = name_of_target(left);
			build->bound_class = class_of_target(left);
		}
		return NULL;
	default:
		return NULL;
	}
}

struct ra_node *js_value(struct ra_builder *build, struct ra_str name)
{
	struct ra_node *value;

	build->bound = name;
	build->bound_class = RA_STR("");
	value = ra_build_expression(build, RA_BIND_NAMED);
	build->bound = build->bound_class = RA_STR("");
	return value;
}
