/*
 * Statements of languages with braces, by their first word. What the languages write differently
 * becomes one node: `for (i; c; p)` a `while`, a head's first part a statement before it, the body
 * without braces a block of one statement. The grammar of the language is asked first, so that a
 * declaration or a word of its own never comes here.
 *
 * A statement that cannot be read ends at its `;`, at its line's end where that ends statements, or
 * at the bracket around it: the next one starts clean.
 */
#include "core/shape/builder.h"

/* -- the end of statements -------------------------------------------------------------------- */

bool ra_build_at_statement_end(const struct ra_builder *build)
{
	return build->token->kind == RA_T_NEWLINE || build->token->kind == RA_T_END ||
	       ra_build_word(build) == RA_O_SEMICOLON || ra_build_word(build) == RA_O_RBRACE;
}

/* What a statement left over, as a statement of UNKNOWN; one token at the least. */
static void skip_rest(struct ra_builder *build, struct ra_open *block, uint16_t depth)
{
	struct ra_open statement = ra_build_open(build, RA_N_EXPRESSION, build->at);
	struct ra_open unknown = ra_build_open(build, RA_N_UNKNOWN, build->at);

	ra_build_note(build, "syntax error");
	do
		ra_build_next(build);
	while (build->token->kind != RA_T_END && build->token->depth >= depth &&
	       !(build->token->depth == depth && ra_build_at_statement_end(build)));
	ra_build_add(&statement, ra_build_close(build, &unknown));
	ra_build_add(block, ra_build_close(build, &statement));
}

static void end_statement(struct ra_builder *build, struct ra_open *block, uint16_t depth)
{
	bool lines = build->grammar->bracketed_heads; /* where a line may end a statement */
	enum ra_word last = ra_build_word_of(&build->tokens->list.v[build->last]);

	/* one that ends with another, as `if (c) s;`, has its end already */
	if (!ra_build_at_statement_end(build) && !(lines && ra_build_on_new_line(build)) &&
	    last != RA_O_RBRACE && last != RA_O_SEMICOLON)
		skip_rest(build, block, depth);
	if (ra_build_word(build) == RA_O_SEMICOLON || build->token->kind == RA_T_NEWLINE)
		ra_build_next(build);
}

/* -- blocks ----------------------------------------------------------------------------------- */

void ra_build_brace_statements(struct ra_builder *build, struct ra_open *block, uint16_t depth)
{
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_brace_statement(build, block);
}

void ra_build_brace_module(struct ra_builder *build, struct ra_open *block)
{
	while (build->token->kind != RA_T_END) {
		if (ra_build_word(build) == RA_O_RBRACE) {
			ra_build_note(build, "unexpected closing bracket");
			ra_build_next(build);
			continue;
		}
		ra_build_brace_statement(build, block);
	}
}

/* The bracket's contents as UNKNOWN: nested too deeply. */
void ra_build_skip_braces(struct ra_builder *build, struct ra_open *block, uint16_t depth)
{
	struct ra_open statement = ra_build_open(build, RA_N_EXPRESSION, build->at);

	if (!ra_build_inside(build, depth))
		return;
	ra_build_add(&statement, ra_build_skip_bracket(build, depth));
	ra_build_add(block, ra_build_close(build, &statement));
}

void ra_build_braces(struct ra_builder *build, struct ra_open *owner, enum ra_block_role role)
{
	struct ra_place outer = build->place;
	struct ra_open block = ra_build_open_block(build, role);
	uint16_t depth = build->token->depth;
	bool in_head = build->in_head;

	build->in_head = false;
	build->depth++;
	if (ra_build_take(build, RA_O_LBRACE)) {
		if (build->depth >= RA_SHAPE_DEPTH)
			ra_build_skip_braces(build, &block, depth);
		else
			ra_build_brace_statements(build, &block, depth);
		if (!ra_build_take(build, RA_O_RBRACE))
			ra_build_note(build, "unterminated bracket");
	} else if (build->grammar->bracketed_heads && build->depth < RA_SHAPE_DEPTH) {
		ra_build_brace_statement(build, &block);
	} else {
		ra_build_note(build, "block expected");
	}
	build->depth--;
	build->in_head = in_head;
	ra_build_add(owner, ra_build_close_block(build, &block));
	build->place = outer;
}

/* -- simple statements ------------------------------------------------------------------------ */

struct ra_node *ra_build_implied(struct ra_builder *build, enum ra_word word, const char *text,
				 uint32_t at)
{
	struct ra_node *node = ra_build_node(build, RA_N_LITERAL, at);

	node->word = (uint8_t)word;
	node->text = ra_str(text);
	return node;
}

struct ra_node *ra_build_increment(struct ra_builder *build, uint32_t first, struct ra_node *target,
				   uint32_t op)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, first);

	open.node->flags |= RA_F_AUGMENT;
	open.node->word = RA_O_AUGMENT;
	open.node->text = ra_build_text(build, op, op);
	if (op == build->at)
		ra_build_next(build);
	ra_build_add(&open, target);
	ra_build_add(&open, ra_build_implied(build, RA_W_NONE, "1", op));
	return ra_build_close(build, &open);
}

static struct ra_node *build_assign(struct ra_builder *build, uint32_t first, struct ra_node *target)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, first);
	enum ra_word word = ra_build_word(build);

	if (word == RA_O_DEFINE) {
		open.node->flags |= RA_F_DECLARE;
		open.node->word = RA_O_DEFINE;
	} else if (word != RA_O_ASSIGN) {
		open.node->flags |= RA_F_AUGMENT;
		open.node->word = (uint8_t)word;
		open.node->text = ra_build_text(build, build->at, build->at);
	}
	ra_build_next(build);
	ra_build_add(&open, target);
	ra_build_add(&open, ra_build_list(build, RA_BIND_NAMED));
	return ra_build_close(build, &open);
}

static struct ra_node *build_send(struct ra_builder *build, uint32_t first, struct ra_node *channel)
{
	struct ra_open open = ra_build_open(build, RA_N_SEND, first);

	ra_build_next(build);
	ra_build_add(&open, channel);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
	return ra_build_close(build, &open);
}

struct ra_node *ra_build_simple(struct ra_builder *build)
{
	uint32_t first = build->at;
	struct ra_node *node = build->grammar->lists ? ra_build_list(build, RA_BIND_NAMED)
						     : ra_build_expression(build, RA_BIND_NAMED);

	switch (ra_build_word(build)) {
	case RA_O_ASSIGN: case RA_O_AUGMENT: case RA_O_LOGICAL: case RA_O_DEFINE:
		return build_assign(build, first, node);
	case RA_O_RECEIVE:
		return build_send(build, first, node);
	default:
		return node;
	}
}

struct ra_node *ra_build_as_statement(struct ra_builder *build, struct ra_node *node)
{
	struct ra_open open;

	if (ra_node_is_statement(node))
		return node;
	open = ra_build_open(build, RA_N_EXPRESSION, node->first);
	ra_build_add(&open, node);
	return ra_build_close(build, &open);
}

struct ra_node *ra_build_jump(struct ra_builder *build)
{
	enum ra_word word = ra_build_word(build);
	enum ra_node_kind kind = word == RA_W_RETURN ? RA_N_RETURN : word == RA_W_RAISE ? RA_N_RAISE
			       : word == RA_W_BREAK ? RA_N_BREAK : RA_N_CONTINUE;
	struct ra_open open = ra_build_open(build, kind, build->at);
	bool jumps = kind == RA_N_BREAK || kind == RA_N_CONTINUE;
	bool lines = build->grammar->bracketed_heads;

	ra_build_next(build);
	if (lines && ra_build_on_new_line(build))
		return ra_build_close(build, &open);
	if (jumps && (ra_build_word(build) == RA_O_LIFETIME ||
		      (!build->grammar->tails && build->token->kind == RA_T_NAME))) {
		open.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
	}
	if ((!jumps || build->grammar->tails) && ra_build_begins_expression(build, build->token) &&
	    !(build->in_head && ra_build_word(build) == RA_O_LBRACE))
		ra_build_add(&open, build->grammar->lists ? ra_build_list(build, RA_BIND_NAMED)
				    : ra_build_expression(build, RA_BIND_NAMED));
	return ra_build_close(build, &open);
}

/* `go f(x)`, `defer f(x)` */
static struct ra_node *build_started(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_open open = ra_build_open(build, kind, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	return ra_build_close(build, &open);
}

static struct ra_node *build_alone(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_PASS, build->at);

	open.node->word = (uint8_t)ra_build_word(build);
	ra_build_next(build);
	if (build->token->kind == RA_T_NAME && !ra_build_on_new_line(build)) {
		open.node->text = ra_build_text(build, build->at, build->at); /* `goto label` */
		ra_build_next(build);
	}
	return ra_build_close(build, &open);
}

static struct ra_node *build_compound(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOUND, build->at);

	if (ra_build_word(build) == RA_W_UNSAFE)
		ra_build_next(build);
	ra_build_braces(build, &open, RA_B_PLAIN);
	return ra_build_close(build, &open);
}

/* -- any statement ---------------------------------------------------------------------------- */

/* `name:` or `'name:` before a statement. */
static bool take_label(struct ra_builder *build)
{
	if ((build->token->kind != RA_T_NAME && ra_build_word(build) != RA_O_LIFETIME) ||
	    ra_build_word_of(ra_build_peek(build, 1)) != RA_O_COLON)
		return false;
	build->label = ra_build_text(build, build->at, build->at);
	ra_build_next(build);
	ra_build_next(build);
	if (build->token->kind == RA_T_NEWLINE)
		ra_build_next(build);
	return true;
}

/* A statement that every language with braces has, or NULL. */
static struct ra_node *build_by_word(struct ra_builder *build, struct ra_open *block)
{
	switch (ra_build_word(build)) {
	case RA_W_IF:
		return ra_build_brace_if(build, block);
	case RA_W_FOR:
		return ra_build_brace_for(build, block);
	case RA_W_WHILE:
		return ra_build_brace_while(build);
	case RA_W_LOOP:
		return ra_build_brace_loop(build);
	case RA_W_DO:
		return ra_build_brace_do(build);
	case RA_W_SWITCH:
		return ra_build_brace_switch(build, block);
	case RA_W_SELECT:
		return ra_build_brace_select(build);
	case RA_W_TRY:
		return ra_build_brace_try(build);
	case RA_W_RETURN: case RA_W_RAISE: case RA_W_BREAK: case RA_W_CONTINUE:
		return ra_build_jump(build);
	case RA_W_GO:
		return build_started(build, RA_N_SPAWN);
	case RA_W_DEFER:
		return build_started(build, RA_N_DEFER);
	case RA_W_GOTO: case RA_W_FALLTHROUGH: case RA_W_PASS:
		return build_alone(build);
	case RA_O_LBRACE: case RA_W_UNSAFE:
		return build_compound(build);
	default:
		return NULL;
	}
}

void ra_build_brace_statement(struct ra_builder *build, struct ra_open *block)
{
	uint16_t depth = build->token->depth;
	uint32_t first = build->at;
	struct ra_node *node;

	if (build->token->kind == RA_T_NEWLINE || ra_build_word(build) == RA_O_SEMICOLON) {
		ra_build_next(build);
		return;
	}
	while (take_label(build))
		;
	if (build->label.len && ra_build_word(build) == RA_O_RBRACE) {
		build->label = RA_STR(""); /* of the block's end */
		return;
	}
	if (build->grammar->statement && build->grammar->statement(build, block)) {
		end_statement(build, block, depth);
	} else {
		node = build_by_word(build, block);
		if (!node && ra_build_begins_expression(build, build->token))
			node = ra_build_as_statement(build, ra_build_simple(build));
		if (node && build->grammar->tails && ra_build_word(build) == RA_O_RBRACE)
			node->flags |= RA_F_TAIL;
		if (node) {
			ra_build_add(block, node);
			end_statement(build, block, depth);
		}
	}
	build->label = RA_STR("");
	/* whatever it was, the next one begins further on */
	if (build->at == first && build->token->kind != RA_T_END)
		skip_rest(build, block, depth);
}
