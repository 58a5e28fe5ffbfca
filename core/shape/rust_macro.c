/*
 * Rust: macros. A macro is a call: what in its arguments reads as an expression is one, the rest
 * is UNKNOWN without a note. `select!` is a statement of its own.
 */
#include "core/shape/rust.h"

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
	return rust_opens_bracket(ra_build_word_of(ra_build_peek(build, ahead + 2))) ? ahead + 2 : 0;
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

/* -- select! ---------------------------------------------------------------------------------- */

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
	ra_rust_arm(build, &open, depth);
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
struct ra_node *ra_rust_macro(struct ra_builder *build, uint32_t first, struct ra_node *path)
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
