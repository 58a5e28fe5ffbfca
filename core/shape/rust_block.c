/*
 * Rust: blocks as values: `match`, `for`, labels, closures, async blocks.
 */
#include "core/shape/rust.h"

/* -- blocks ----------------------------------------------------------------------------------- */

struct ra_node *ra_rust_block(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOUND, build->at);

	open.node->text = build->label;
	build->label = RA_STR("");
	if (ra_build_word(build) == RA_W_UNSAFE || ra_build_word(build) == RA_W_CONST)
		ra_build_next(build);
	ra_build_braces(build, &open, RA_B_PLAIN);
	return ra_build_close(build, &open);
}

struct ra_node *ra_rust_for(struct ra_builder *build)
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

/* `'a: loop {`, `'a: {` as an operand. */
struct ra_node *ra_rust_labelled(struct ra_builder *build)
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

/* -- match ------------------------------------------------------------------------------------ */

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
static void build_arm_body(struct ra_builder *build, struct ra_open *owner)
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

void ra_rust_arm(struct ra_builder *build, struct ra_open *owner, uint16_t depth)
{
	build_guard(build, owner);
	if (!ra_build_take(build, RA_O_FAT_ARROW)) {
		ra_build_note(build, "'=>' expected");
		pass_to_comma(build, depth);
	}
	build_arm_body(build, owner);
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
	ra_rust_arm(build, &open, depth);
	ra_build_add(match, ra_build_close(build, &open));
	if (build->at == first)
		ra_build_next(build);
	ra_build_take(build, RA_O_COMMA);
}

struct ra_node *ra_rust_match(struct ra_builder *build)
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

/* -- closures --------------------------------------------------------------------------------- */

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
struct ra_node *ra_rust_closure(struct ra_builder *build)
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

bool ra_rust_at_closure(const struct ra_builder *build)
{
	enum ra_word word = ra_build_word(build);
	uint32_t ahead = 0;

	while (word == RA_W_ASYNC || word == RA_W_MOVE || word == RA_W_STATIC)
		word = ra_build_word_of(ra_build_peek(build, ++ahead));
	return word == RA_O_PIPE || word == RA_W_OR ||
	       (ahead && word == RA_O_LBRACE && ra_build_word(build) == RA_W_ASYNC);
}
