/*
 * Operands of Rust and what follows them: blocks as values, closures, async blocks, ranges, casts,
 * struct literals, `.await`, `?`, turbofish, macros. A macro is a call: what in its arguments reads
 * as an expression is one, the rest is UNKNOWN without a note. `select!` is a statement of its own.
 */
#include "core/shape/rust.h"

/* -- blocks as values ---------------------------------------------------------------------- */

static struct ra_node *build_block(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOUND, build->at);

	open.node->text = build->label;
	build->label = RA_STR("");
	if (ra_build_word(build) == RA_W_UNSAFE || ra_build_word(build) == RA_W_CONST)
		ra_build_next(build);
	ra_build_braces(build, &open, RA_B_PLAIN);
	return ra_build_close(build, &open);
}

static struct ra_node *build_for(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_FOR, build->at);

	open.node->text = build->label;
	open.node->flags |= RA_F_DECLARE;
	build->label = RA_STR("");
	ra_build_next(build);
	ra_build_add(&open, ra_rust_pattern(build));
	if (!ra_build_take(build, RA_W_IN))
		ra_build_note(build, "'in' expected");
	ra_build_add(&open, ra_build_head(build, NULL));
	ra_build_braces(build, &open, RA_B_LOOP);
	return ra_build_close(build, &open);
}

/* Does what follows the bracket that opens here go on with the value of it: `{ .. }.f()`? */
static bool goes_on_behind(const struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	uint32_t ahead = 1;
	enum ra_word after;

	while (ra_build_peek(build, ahead)->depth > depth &&
	       ra_build_peek(build, ahead)->kind != RA_T_END)
		ahead++;
	after = ra_build_word_of(ra_build_peek(build, ahead + 1));
	return after == RA_O_DOT || after == RA_O_QUESTION;
}

/* What an arm does, as a block: braces, or one expression that is its value. */
static void build_arm(struct ra_builder *build, struct ra_open *owner)
{
	struct ra_place outer = build->place;
	struct ra_open block;
	struct ra_node *node;
	bool in_head = build->in_head;

	if (ra_build_word(build) == RA_O_LBRACE && !goes_on_behind(build)) {
		ra_build_braces(build, owner, RA_B_CASE);
		return;
	}
	build->in_head = false;
	block = ra_build_open_block(build, RA_B_CASE);
	node = ra_build_as_statement(build, ra_build_expression(build, RA_BIND_NAMED));
	node->flags |= RA_F_TAIL;
	ra_build_add(&block, node);
	ra_build_add(owner, ra_build_close_block(build, &block));
	build->place = outer;
	build->in_head = in_head;
}

static void build_guard(struct ra_builder *build, struct ra_open *owner)
{
	struct ra_open guard = ra_build_open(build, RA_N_GUARD, build->at);

	if (!ra_build_take(build, RA_W_IF))
		return;
	ra_build_add(&guard, ra_build_expression(build, RA_BIND_TERNARY));
	ra_build_add(owner, ra_build_close(build, &guard));
}

/* One token at the least, up to the next comma of the bracket at `depth`. */
static void pass_to_comma(struct ra_builder *build, uint16_t depth)
{
	do
		ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth) &&
	       !(build->token->depth == depth + 1 && ra_build_word(build) == RA_O_COMMA));
}

static void build_match_arm(struct ra_builder *build, struct ra_open *match, uint16_t depth)
{
	struct ra_open open;
	uint32_t first;

	ra_rust_pass_attributes(build);
	if (build->token->kind == RA_T_END || !ra_build_inside(build, depth))
		return;
	first = build->at;
	open = ra_build_open(build, RA_N_CASE, build->at);
	ra_build_add(&open, ra_rust_pattern(build));
	build_guard(build, &open);
	if (!ra_build_take(build, RA_O_FAT_ARROW)) {
		ra_build_note(build, "'=>' expected");
		pass_to_comma(build, depth);
	}
	build_arm(build, &open);
	ra_build_add(match, ra_build_close(build, &open));
	if (build->at == first)
		ra_build_next(build);
	ra_build_take(build, RA_O_COMMA);
}

static struct ra_node *build_match(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_MATCH, build->at);
	uint16_t depth;
	bool in_head = build->in_head;

	open.node->word = RA_W_MATCH; /* one of its cases always matches */
	ra_build_next(build);
	ra_build_add(&open, ra_build_head(build, NULL));
	depth = build->token->depth;
	build->in_head = false;
	build->depth++;
	if (!ra_build_take(build, RA_O_LBRACE))
		ra_build_note(build, "block expected");
	else if (build->depth >= RA_SHAPE_DEPTH)
		ra_build_skip_bracket(build, depth);
	else
		while (build->token->kind != RA_T_END && ra_build_inside(build, depth))
			build_match_arm(build, &open, depth);
	ra_build_take(build, RA_O_RBRACE);
	build->depth--;
	build->in_head = in_head;
	return ra_build_close(build, &open);
}

/* `'a: loop {`, `'a: {` as an operand. */
static struct ra_node *build_labelled(struct ra_builder *build)
{
	if (ra_build_word_of(ra_build_peek(build, 1)) != RA_O_COLON)
		return NULL;
	build->label = ra_build_text(build, build->at, build->at);
	ra_build_next(build);
	ra_build_next(build);
	return ra_rust_operand(build);
}

bool ra_rust_at_block(const struct ra_builder *build)
{
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 1));

	switch (ra_build_word(build)) {
	case RA_W_IF: case RA_W_MATCH: case RA_W_LOOP: case RA_W_WHILE: case RA_W_FOR:
	case RA_O_LBRACE:
		return true;
	case RA_W_UNSAFE: case RA_W_CONST:
		return after == RA_O_LBRACE;
	default:
		return false;
	}
}

/* -- closures ------------------------------------------------------------------------------ */

static void build_closure_params(struct ra_builder *build, struct ra_open *open)
{
	if (ra_build_take(build, RA_W_OR))
		return;
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_word(build) != RA_O_PIPE) {
		uint32_t at = build->at;

		ra_build_add(open, ra_rust_param(build));
		if (!ra_build_take(build, RA_O_COMMA) || build->at == at)
			break;
	}
	if (!ra_build_take(build, RA_O_PIPE))
		ra_build_note(build, "'|' expected");
}

/* `async move { .. }`, `move |a, b| e`, `async |x| -> T { .. }` */
static struct ra_node *build_closure(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LAMBDA, build->at);
	struct ra_place outer = build->place;
	bool async = false, block;
	uint32_t unit;

	for (;; ra_build_next(build)) {
		enum ra_word word = ra_build_word(build);

		if (word != RA_W_ASYNC && word != RA_W_MOVE && word != RA_W_STATIC)
			break;
		async |= word == RA_W_ASYNC;
	}
	block = ra_build_word(build) == RA_O_LBRACE;
	if (async)
		open.node->flags |= RA_F_ASYNC;
	if (block)
		open.node->word = RA_W_ASYNC;
	unit = ra_build_enter_unit(build, open.node, RA_STR("<lambda>"), RA_U_LAMBDA |
				   (async ? RA_U_ASYNC : 0u) | (block ? RA_U_BLOCK : 0u));
	if (!block)
		build_closure_params(build, &open);
	ra_rust_typed(build, &open, RA_O_ARROW, RA_N_RESULT);
	if (ra_build_word(build) == RA_O_LBRACE && !(build->in_head && !block) &&
	    (block || !goes_on_behind(build)))
		ra_build_braces(build, &open, RA_B_FUNCTION);
	else
		ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
	build->place = outer;
	ra_build_close(build, &open);
	ra_build_close_unit(build, unit);
	return open.node;
}

static bool at_closure(const struct ra_builder *build)
{
	enum ra_word word = ra_build_word(build);
	uint32_t ahead = 0;

	while (word == RA_W_ASYNC || word == RA_W_MOVE || word == RA_W_STATIC)
		word = ra_build_word_of(ra_build_peek(build, ++ahead));
	return word == RA_O_PIPE || word == RA_W_OR ||
	       (ahead && word == RA_O_LBRACE && ra_build_word(build) == RA_W_ASYNC);
}

/* -- other operands ------------------------------------------------------------------------ */

/* `let P = e` in a condition. */
static struct ra_node *build_let(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_NAMED, build->at);

	ra_build_next(build);
	open.node->flags |= RA_F_DECLARE;
	ra_build_add(&open, ra_rust_pattern(build));
	if (!ra_build_take(build, RA_O_ASSIGN))
		ra_build_note(build, "'=' expected");
	ra_build_add(&open, ra_build_expression(build, RA_BIND_NOT));
	return ra_build_close(build, &open);
}

static struct ra_node *build_array(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LIST, build->at);
	uint16_t depth = build->token->depth;
	bool in_head = build->in_head;

	build->in_head = false;
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
		if (!ra_build_take(build, RA_O_COMMA) && !ra_build_take(build, RA_O_SEMICOLON))
			break;
	}
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, RA_O_RBRACKET);
	build->in_head = in_head;
	return ra_build_close(build, &open);
}

/* `&raw const x`, `&&x` */
static struct ra_node *build_reference(struct ra_builder *build)
{
	struct ra_open outer = ra_build_open(build, RA_N_UNARY, build->at), inner;

	outer.node->word = RA_O_AMP;
	if (ra_build_word(build) == RA_O_AMP) {
		ra_build_next(build);
		ra_build_next(build);
		ra_build_next(build);
		ra_build_add(&outer, ra_build_expression(build, RA_BIND_UNARY));
		return ra_build_close(build, &outer);
	}
	inner = ra_build_open(build, RA_N_UNARY, build->at);
	inner.node->word = RA_O_AMP;
	ra_build_next(build);
	ra_build_take(build, RA_W_MUT);
	ra_build_add(&inner, ra_build_expression(build, RA_BIND_UNARY));
	ra_build_add(&outer, ra_build_close(build, &inner));
	return ra_build_close(build, &outer);
}

static bool at_raw(const struct ra_builder *build)
{
	const struct ra_token *name = ra_build_peek(build, 1);
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 2));

	return name->kind == RA_T_NAME &&
	       ra_str_is(ra_build_text(build, build->at + 1, build->at + 1), "raw") &&
	       (after == RA_W_CONST || after == RA_W_MUT);
}

/* Is there an end to the range that has begun? */
static bool range_ends(const struct ra_builder *build)
{
	return ra_build_begins_expression(build, build->token) &&
	       ra_build_word(build) != RA_O_FAT_ARROW &&
	       !(build->in_head && ra_build_word(build) == RA_O_LBRACE);
}

static struct ra_node *build_range(struct ra_builder *build, uint32_t first, struct ra_node *from)
{
	struct ra_open open = ra_build_open(build, RA_N_SLICE, first);

	if (from)
		ra_build_add(&open, from);
	ra_build_next(build);
	if (range_ends(build))
		ra_build_add(&open, ra_build_expression(build, RA_BIND_OR));
	return ra_build_close(build, &open);
}

/* `<T as Trait>`, before its `::name`. */
static struct ra_node *build_qualified(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_UNKNOWN, build->at);

	ra_rust_pass_generics(build);
	return ra_build_close(build, &open);
}

/* `None`, unless it is a part of a path. */
static struct ra_node *build_none(struct ra_builder *build)
{
	struct ra_node *none;

	if (build->token->kind != RA_T_NAME ||
	    !ra_str_is(ra_build_text(build, build->at, build->at), "None") ||
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_PATH)
		return NULL;
	none = ra_build_leaf(build, RA_N_LITERAL);
	none->word = RA_W_NULL;
	return none;
}

struct ra_node *ra_rust_operand(struct ra_builder *build)
{
	switch (ra_build_word(build)) {
	case RA_O_HASH:
		ra_rust_pass_attributes(build);
		return ra_build_expression(build, RA_BIND_UNARY);
	case RA_O_LBRACE: case RA_W_UNSAFE: case RA_W_CONST:
		return build_block(build);
	case RA_W_ASYNC: case RA_W_MOVE: case RA_W_STATIC: case RA_O_PIPE: case RA_W_OR:
		return at_closure(build) ? build_closure(build) : NULL;
	case RA_W_IF:
		return ra_build_brace_if(build, NULL);
	case RA_W_MATCH:
		return build_match(build);
	case RA_W_LOOP:
		return ra_build_brace_loop(build);
	case RA_W_WHILE:
		return ra_build_brace_while(build);
	case RA_W_FOR:
		return build_for(build);
	case RA_O_LIFETIME:
		return build_labelled(build);
	case RA_W_RETURN: case RA_W_BREAK: case RA_W_CONTINUE:
		return ra_build_jump(build);
	case RA_W_LET:
		return build_let(build);
	case RA_O_LBRACKET:
		return build_array(build);
	case RA_W_AND:
		return build_reference(build);
	case RA_O_AMP:
		return at_raw(build) ? build_reference(build) : NULL;
	case RA_O_SPAN:
		return build_range(build, build->at, NULL);
	case RA_O_LT: case RA_O_SHL:
		return build_qualified(build);
	case RA_O_PATH:
		ra_build_next(build);
		return build->token->kind == RA_T_NAME ? ra_build_leaf(build, RA_N_NAME) : NULL;
	case RA_O_DOLLAR:
		ra_build_next(build);
		return NULL;
	default:
		return build_none(build);
	}
}

/* -- macros -------------------------------------------------------------------------------- */

static bool opens_bracket(enum ra_word word)
{
	return word == RA_O_LPAREN || word == RA_O_LBRACKET || word == RA_O_LBRACE;
}

uint32_t ra_rust_macro_ahead(const struct ra_builder *build)
{
	uint32_t ahead = ra_build_word(build) == RA_O_PATH;

	for (;; ahead += 2) {
		if (ra_build_peek(build, ahead)->kind != RA_T_NAME)
			return 0;
		if (ra_build_word_of(ra_build_peek(build, ahead + 1)) == RA_W_NOT)
			break;
		if (ra_build_word_of(ra_build_peek(build, ahead + 1)) != RA_O_PATH)
			return 0;
	}
	return opens_bracket(ra_build_word_of(ra_build_peek(build, ahead + 2))) ? ahead + 2 : 0;
}

/* `name = e`, `name: e`, `%e`, `?e`, `e` */
static struct ra_node *macro_argument(struct ra_builder *build)
{
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 1));
	struct ra_open open;

	if (ra_build_word(build) == RA_O_PERCENT || ra_build_word(build) == RA_O_QUESTION)
		ra_build_next(build);
	if (build->token->kind == RA_T_NAME && (after == RA_O_ASSIGN || after == RA_O_COLON)) {
		open = ra_build_open(build, RA_N_KEYWORD, build->at);
		open.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
		ra_build_next(build);
		if (ra_build_word(build) == RA_O_PERCENT ||
		    ra_build_word(build) == RA_O_QUESTION)
			ra_build_next(build);
		ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
		return ra_build_close(build, &open);
	}
	if (ra_build_begins_expression(build, build->token))
		return ra_build_expression(build, RA_BIND_NAMED);
	return ra_build_leaf(build, RA_N_UNKNOWN);
}

static bool at_separator(const struct ra_builder *build, uint16_t depth)
{
	return build->token->depth == depth + 1 &&
	       (ra_build_word(build) == RA_O_COMMA || ra_build_word(build) == RA_O_SEMICOLON);
}

void ra_rust_macro_arguments(struct ra_builder *build, struct ra_open *call)
{
	uint16_t depth = build->token->depth;
	size_t notes = build->shape->notes.n;
	bool in_head = build->in_head;

	build->in_head = false;
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		struct ra_open rest;

		if (at_separator(build, depth)) {
			ra_build_next(build);
			continue;
		}
		ra_build_add(call, macro_argument(build));
		if (build->token->kind == RA_T_END || !ra_build_inside(build, depth) ||
		    at_separator(build, depth))
			continue;
		rest = ra_build_open(build, RA_N_UNKNOWN, build->at);
		while (build->token->kind != RA_T_END && ra_build_inside(build, depth) &&
		       !at_separator(build, depth))
			ra_build_next(build);
		ra_build_add(call, ra_build_close(build, &rest));
	}
	if (build->token->kind != RA_T_END)
		ra_build_next(build);
	build->in_head = in_head;
	build->shape->notes.n = notes; /* a macro has a grammar of its own */
}

/* -- select! ------------------------------------------------------------------------------- */

static bool is_text(const struct ra_builder *build, uint32_t ahead, const char *text)
{
	return ra_build_peek(build, ahead)->kind == RA_T_NAME &&
	       ra_str_is(ra_build_text(build, build->at + ahead, build->at + ahead), text);
}

/* The branch that runs when no other can: `else`, `default`, `complete`. */
static bool at_other_branch(const struct ra_builder *build)
{
	enum ra_word after = ra_build_word_of(ra_build_peek(build, 1));

	return ra_build_word(build) == RA_W_ELSE ||
	       (after == RA_O_FAT_ARROW && (is_text(build, 0, "default") ||
					    is_text(build, 0, "complete"))) ||
	       (after == RA_O_LPAREN && is_text(build, 0, "default"));
}

static struct ra_node *build_other_branch(struct ra_builder *build, struct ra_open *select)
{
	struct ra_node *name;

	if (is_text(build, 0, "default") &&
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_FAT_ARROW)
		select->node->word = RA_W_ELSE;
	name = ra_build_leaf(build, RA_N_NAME);
	name->text = RA_STR("_");
	if (ra_build_word(build) == RA_O_LPAREN)
		ra_build_pass_bracket(build); /* a time */
	return name;
}

/* `pattern = future`; crossbeam's `recv(rx) -> pattern` is the same the other way round. */
static struct ra_node *build_branch(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, build->at);
	struct ra_node *call;

	open.node->flags |= RA_F_DECLARE;
	open.node->word = RA_W_LET;
	if (ra_build_word_of(ra_build_peek(build, 1)) == RA_O_LPAREN &&
	    (is_text(build, 0, "recv") || is_text(build, 0, "send"))) {
		uint32_t from = build->at;
		struct ra_token const *token = build->token;
		uint32_t last = build->last;

		ra_build_next(build);
		ra_build_pass_bracket(build);
		if (ra_build_word(build) == RA_O_ARROW) {
			build->at = from;
			build->token = token;
			build->last = last;
			call = ra_build_expression(build, RA_BIND_TRAILER);
			ra_build_next(build);
			ra_build_add(&open, ra_rust_pattern(build));
			ra_build_add(&open, call);
			return ra_build_close(build, &open);
		}
		build->at = from;
		build->token = token;
		build->last = last;
	}
	ra_build_add(&open, ra_rust_pattern(build));
	if (!ra_build_take(build, RA_O_ASSIGN))
		ra_build_note(build, "'=' expected");
	ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	return ra_build_close(build, &open);
}

static void build_select_arm(struct ra_builder *build, struct ra_open *select, uint16_t depth)
{
	struct ra_open open = ra_build_open(build, RA_N_CASE, build->at);

	if (at_other_branch(build))
		ra_build_add(&open, build_other_branch(build, select));
	else
		ra_build_add(&open, build_branch(build));
	if (ra_build_word(build) == RA_O_COMMA &&
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_W_IF)
		ra_build_next(build);
	build_guard(build, &open);
	if (!ra_build_take(build, RA_O_FAT_ARROW)) {
		ra_build_note(build, "'=>' expected");
		pass_to_comma(build, depth);
	}
	build_arm(build, &open);
	ra_build_add(select, ra_build_close(build, &open));
	ra_build_take(build, RA_O_COMMA);
}

/* From the bracket behind `select!`. */
static struct ra_node *build_select(struct ra_builder *build, uint32_t first)
{
	struct ra_open open = ra_build_open(build, RA_N_SELECT, first);
	uint16_t depth = build->token->depth;
	bool in_head = build->in_head;

	build->in_head = false;
	build->depth++;
	ra_build_next(build);
	if (is_text(build, 0, "biased") &&
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_SEMICOLON) {
		open.node->flags |= RA_F_BIASED;
		ra_build_next(build);
		ra_build_next(build);
	}
	if (build->depth >= RA_SHAPE_DEPTH)
		ra_build_skip_bracket(build, depth);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		uint32_t at = build->at;

		build_select_arm(build, &open, depth);
		if (build->at == at)
			ra_build_next(build);
	}
	if (build->token->kind != RA_T_END)
		ra_build_next(build);
	build->depth--;
	build->in_head = in_head;
	return ra_build_close(build, &open);
}

static bool is_select(struct ra_str name)
{
	return ra_str_is(name, "select!") || ra_str_is(name, "select_biased!");
}

/* From the `!` behind a path. */
static struct ra_node *build_macro(struct ra_builder *build, uint32_t first, struct ra_node *path)
{
	struct ra_open call = ra_build_open(build, RA_N_CALL, first);

	path->text = ra_build_text(build, path->last, build->at);
	path->last = build->at;
	ra_build_next(build);
	if (is_select(path->text))
		return build_select(build, first);
	call.node->flags |= RA_F_MACRO;
	ra_build_add(&call, path);
	ra_rust_macro_arguments(build, &call);
	return ra_build_close(build, &call);
}

/* -- what follows an operand --------------------------------------------------------------- */

static bool is_path(const struct ra_node *node)
{
	return (node->kind == RA_N_NAME || (node->kind == RA_N_MEMBER && node->word == RA_O_PATH)) &&
	       !(node->flags & RA_F_PARENTHESES);
}

static struct ra_node *build_struct(struct ra_builder *build, uint32_t first, struct ra_node *path)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOSITE, first), item;
	uint16_t depth = build->token->depth;

	ra_build_add(&open, path);
	ra_build_next(build);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		enum ra_word after;

		ra_rust_pass_attributes(build);
		after = ra_build_word_of(ra_build_peek(build, 1));
		if (ra_build_word(build) == RA_O_SPAN) {
			item = ra_build_open(build, RA_N_STAR, build->at);
			ra_build_next(build);
			ra_build_add(&item, ra_build_expression(build, RA_BIND_NAMED));
			ra_build_add(&open, ra_build_close(build, &item));
		} else if (after == RA_O_COLON) {
			item = ra_build_open(build, RA_N_PAIR, build->at);
			ra_build_add(&item, ra_build_leaf(build, RA_N_NAME));
			ra_build_next(build);
			ra_build_add(&item, ra_build_expression(build, RA_BIND_NAMED));
			ra_build_add(&open, ra_build_close(build, &item));
		} else {
			ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
		}
		if (!ra_build_take(build, RA_O_COMMA))
			break;
	}
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_add(&open, ra_build_skip_bracket(build, depth));
	ra_build_take(build, RA_O_RBRACE);
	return ra_build_close(build, &open);
}

static struct ra_node *wrap(struct ra_builder *build, enum ra_node_kind kind, enum ra_word word,
			    uint32_t first, struct ra_node *left, unsigned tokens)
{
	struct ra_open open = ra_build_open(build, kind, first);

	open.node->word = (uint8_t)word;
	while (tokens--)
		ra_build_next(build);
	ra_build_add(&open, left);
	return ra_build_close(build, &open);
}

/* `.await`, `.0`; a plain field is read by the common code. */
static struct ra_node *build_dot(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	const struct ra_token *after = ra_build_peek(build, 1);
	struct ra_node *member;

	if (ra_build_word_of(after) == RA_W_AWAIT)
		return wrap(build, RA_N_AWAIT, RA_W_NONE, first, left, 2);
	if (after->kind != RA_T_NUMBER)
		return NULL;
	member = wrap(build, RA_N_MEMBER, RA_W_NONE, first, left, 2);
	member->text = ra_build_text(build, build->last, build->last);
	return member;
}

/* `::name`, or `::<T>`, which leaves no node. */
static struct ra_node *build_path(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	struct ra_node *member;

	if (ra_build_word_of(ra_build_peek(build, 1)) == RA_O_LT ||
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_SHL) {
		ra_build_next(build);
		ra_rust_pass_generics(build);
		return left;
	}
	member = wrap(build, RA_N_MEMBER, RA_O_PATH, first, left, 1);
	member->text = ra_build_text(build, build->at, build->at);
	member->last = build->at;
	ra_build_next(build);
	return member;
}

static struct ra_node *build_cast(struct ra_builder *build, uint32_t first, struct ra_node *left)
{
	struct ra_open open = ra_build_open(build, RA_N_CAST, first);

	ra_build_add(&open, left);
	ra_rust_typed(build, &open, RA_W_AS, RA_N_ANNOTATION);
	return ra_build_close(build, &open);
}

struct ra_node *ra_rust_extend(struct ra_builder *build, uint32_t first, struct ra_node *left,
			       enum ra_binding loosest)
{
	switch (ra_build_word(build)) {
	case RA_O_DOT:
		return build_dot(build, first, left);
	case RA_O_QUESTION:
		return wrap(build, RA_N_UNARY, RA_O_QUESTION, first, left, 1);
	case RA_O_PATH:
		return build_path(build, first, left);
	case RA_W_NOT:
		if (!is_path(left) ||
		    !opens_bracket(ra_build_word_of(ra_build_peek(build, 1))))
			return NULL;
		return build_macro(build, first, left);
	case RA_O_LBRACE:
		return !build->in_head && is_path(left) ? build_struct(build, first, left) : NULL;
	case RA_W_AS:
		return loosest <= RA_BIND_PRODUCT ? build_cast(build, first, left) : NULL;
	case RA_O_SPAN:
		return loosest <= RA_BIND_TERNARY ? build_range(build, first, left) : NULL;
	default:
		return NULL;
	}
}
