/*
 * Control statements of languages with braces: their heads, branches, loops, switches and tries.
 */
#include "core/shape/builder.h"

/* -- heads ------------------------------------------------------------------------------------ */

/* The brace at `ahead` opens the body of the head, and not a literal that the head goes on behind. */
static bool opens_body(const struct ra_builder *build, uint32_t ahead)
{
	uint16_t depth = ra_build_peek(build, ahead)->depth;

	if (!build->grammar->lists)
		return true;
	do
		ahead++;
	while (ra_build_peek(build, ahead)->depth > depth);
	switch (ra_build_word_of(ra_build_peek(build, ahead + 1))) {
	case RA_O_LPAREN: case RA_O_LBRACKET: case RA_O_LBRACE: case RA_O_DOT: case RA_O_COMMA:
	case RA_O_SEMICOLON: case RA_O_EQ: case RA_O_NE:
		return false;
	default:
		return true;
	}
}

static uint32_t find_in_head(const struct ra_builder *build, enum ra_word word)
{
	uint16_t depth = build->token->depth;

	for (uint32_t ahead = 0;; ahead++) {
		const struct ra_token *token = ra_build_peek(build, ahead);
		enum ra_word here = ra_build_word_of(token);

		if (token->kind == RA_T_END || token->depth < depth)
			return 0;
		if (token->depth > depth)
			continue;
		if (here == word || ra_build_soft(token, word))
			return ahead + 1;
		if (here == RA_O_SEMICOLON || token->kind == RA_T_NEWLINE)
			return 0;
		/* a body; but `func() {`, `[]T{` and an object in a head in brackets are values */
		if (here == RA_O_LBRACE && build->in_head && opens_body(build, ahead))
			return 0;
	}
}

/* A simple statement of a head, marked as such, into `block`; its `;` is taken. */
static void build_header(struct ra_builder *build, struct ra_open *block)
{
	struct ra_node *node;

	if (!ra_build_at_statement_end(build) && ra_build_begins_expression(build, build->token)) {
		node = ra_build_as_statement(build, ra_build_simple(build));
		node->flags |= RA_F_HEADER;
		if (block)
			ra_build_add(block, node);
	}
	ra_build_take(build, RA_O_SEMICOLON);
}

struct ra_node *ra_build_head(struct ra_builder *build, struct ra_open *block)
{
	bool bracketed = build->grammar->bracketed_heads, outer = build->in_head;
	uint16_t depth = build->token->depth;
	struct ra_node *condition;

	if (bracketed && ra_build_take(build, RA_O_LPAREN)) {
		condition = ra_build_list(build, RA_BIND_NAMED);
		if (ra_build_inside(build, depth))
			ra_build_skip_bracket(build, depth);
		ra_build_take(build, RA_O_RPAREN);
		return condition;
	}
	build->in_head = true;
	if (block && find_in_head(build, RA_O_SEMICOLON))
		build_header(build, block);
	condition = ra_build_expression(build, RA_BIND_NAMED);
	build->in_head = outer;
	return condition;
}

/* -- branches --------------------------------------------------------------------------------- */

/* A newline that the end of a block brought, before a word that goes on. */
static void pass_newline(struct ra_builder *build, enum ra_word word)
{
	if (build->token->kind == RA_T_NEWLINE &&
	    ra_build_word_of(ra_build_peek(build, 1)) == word)
		ra_build_next(build);
}

/* `else if x := f(); c`: what comes first needs a block of its own. */
static bool has_header(struct ra_builder *build)
{
	bool outer = build->in_head, found;

	if (build->grammar->bracketed_heads)
		return false;
	build->in_head = true;
	found = find_in_head(build, RA_O_SEMICOLON) != 0;
	build->in_head = outer;
	return found;
}

static void build_else(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;
	struct ra_open block;

	pass_newline(build, RA_W_ELSE);
	if (!ra_build_take(build, RA_W_ELSE))
		return;
	build->depth++;
	if (ra_build_word(build) != RA_W_IF || build->depth >= RA_SHAPE_DEPTH) {
		ra_build_braces(build, open, RA_B_ELSE);
	} else if (has_header(build)) {
		block = ra_build_open_block(build, RA_B_ELSE);
		ra_build_add(&block, ra_build_brace_if(build, &block));
		ra_build_add(open, ra_build_close_block(build, &block));
		build->place = outer;
	} else {
		ra_build_add(open, ra_build_brace_if(build, NULL));
	}
	build->depth--;
}

struct ra_node *ra_build_brace_if(struct ra_builder *build, struct ra_open *block)
{
	struct ra_open open = ra_build_open(build, RA_N_IF, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_head(build, block));
	ra_build_braces(build, &open, RA_B_THEN);
	build_else(build, &open);
	return ra_build_close(build, &open);
}

/* -- loops ------------------------------------------------------------------------------------ */

static struct ra_open open_loop(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_open open = ra_build_open(build, kind, build->at);

	open.node->text = build->label;
	build->label = RA_STR("");
	return open;
}

struct ra_node *ra_build_brace_while(struct ra_builder *build)
{
	struct ra_open open = open_loop(build, RA_N_WHILE);

	ra_build_next(build);
	ra_build_add(&open, ra_build_head(build, NULL));
	ra_build_braces(build, &open, RA_B_LOOP);
	return ra_build_close(build, &open);
}

struct ra_node *ra_build_brace_loop(struct ra_builder *build)
{
	struct ra_open open = open_loop(build, RA_N_WHILE);

	ra_build_add(&open, ra_build_implied(build, RA_W_TRUE, "true", build->at));
	ra_build_next(build);
	ra_build_braces(build, &open, RA_B_LOOP);
	return ra_build_close(build, &open);
}

/* `do { } while (c)`: the condition is read after the body and stands before it. */
struct ra_node *ra_build_brace_do(struct ra_builder *build)
{
	struct ra_open open = open_loop(build, RA_N_WHILE), body;
	struct ra_node *condition;

	open.node->flags |= RA_F_DO;
	ra_build_next(build);
	body = ra_build_open(build, RA_N_WHILE, build->at);
	ra_build_braces(build, &body, RA_B_LOOP);
	if (ra_build_take(build, RA_W_WHILE))
		condition = ra_build_head(build, NULL);
	else
		condition = ra_build_implied(build, RA_W_TRUE, "true", build->last);
	ra_build_add(&open, condition);
	ra_build_add(&open, body.node->kids);
	return ra_build_close(build, &open);
}

/* What names a loop's values: a declaration's word is taken, and its names are new then. */
static struct ra_node *build_loop_target(struct ra_builder *build, struct ra_node *loop)
{
	enum ra_word word = ra_build_word(build);

	if (word == RA_W_VAR || word == RA_W_LET || word == RA_W_CONST || word == RA_W_WITH) {
		loop->flags |= RA_F_DECLARE;
		loop->word = (uint8_t)word;
		ra_build_next(build);
	}
	if (build->grammar->target)
		return build->grammar->target(build);
	return ra_build_list(build, RA_BIND_PIPE);
}

/* `for x of y`, `for x in y`, `for k, v := range m`, `for range ch`: `word` is between the two. */
static struct ra_node *build_each(struct ra_builder *build, struct ra_open *open, enum ra_word word)
{
	struct ra_node *blank;

	open->node->kind = RA_N_FOR;
	if (ra_build_word(build) == word) {
		blank = ra_build_implied(build, RA_W_NONE, "_", build->at);
		blank->kind = RA_N_NAME;
		ra_build_add(open, blank);
	} else {
		ra_build_add(open, build_loop_target(build, open->node));
	}
	if (ra_build_take(build, RA_O_DEFINE)) {
		open->node->flags |= RA_F_DECLARE;
		open->node->word = RA_O_DEFINE;
	}
	ra_build_take(build, RA_O_ASSIGN);
	if (word == RA_W_IN && build->grammar->bracketed_heads)
		open->node->word = RA_W_IN;
	if (ra_build_word(build) == word || ra_build_soft(build->token, word))
		ra_build_next(build);
	ra_build_add(open, ra_build_list(build, RA_BIND_NAMED));
	return open->node;
}

/* What runs after each round: the last statement of the body. */
static void add_post(struct ra_builder *build, struct ra_node *body, struct ra_node *post)
{
	struct ra_open block = { body, &body->kids };

	while (*block.end)
		block.end = &(*block.end)->next;
	post->flags |= RA_F_HEADER;
	post->block = body->block;
	ra_build_add(&block, post);
	build->shape->blocks.v[body->block].exits = ra_build_exits(build->shape, body);
}

/* `for i := 0; c; i++ {`, `for (let i = 0; c; i++)`, `for c {`, `for {` */
static struct ra_node *build_clauses(struct ra_builder *build, struct ra_open *block,
				     struct ra_node **post)
{
	struct ra_node *condition = NULL;
	bool clauses = find_in_head(build, RA_O_SEMICOLON) != 0;

	if (clauses && ra_build_word(build) != RA_O_SEMICOLON && block && build->grammar->statement &&
	    build->grammar->bracketed_heads) {
		struct ra_node **end = block->end;

		ra_build_brace_statement(build, block); /* takes its `;` */
		for (struct ra_node *node = *end; node; node = node->next)
			node->flags |= RA_F_HEADER;
	} else if (clauses) {
		build_header(build, block);
	}
	if (ra_build_begins_expression(build, build->token) &&
	    !(build->in_head && ra_build_word(build) == RA_O_LBRACE))
		condition = ra_build_expression(build, RA_BIND_NAMED);
	if (!condition)
		condition = ra_build_implied(build, RA_W_TRUE, "true", build->last);
	ra_build_take(build, RA_O_SEMICOLON);
	if (clauses && ra_build_begins_expression(build, build->token) &&
	    !(build->in_head && ra_build_word(build) == RA_O_LBRACE))
		*post = ra_build_as_statement(build, ra_build_simple(build));
	return condition;
}

static enum ra_word word_of_each(const struct ra_builder *build)
{
	static const enum ra_word words[] = { RA_W_RANGE, RA_W_OF, RA_W_IN };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (find_in_head(build, words[i]))
			return words[i];
	return RA_W_NONE;
}

struct ra_node *ra_build_brace_for(struct ra_builder *build, struct ra_open *block)
{
	struct ra_open open = open_loop(build, RA_N_WHILE);
	struct ra_node *post = NULL;
	uint16_t depth;
	enum ra_word word;
	bool outer = build->in_head, bracket;

	ra_build_next(build);
	if (ra_build_take(build, RA_W_AWAIT))
		open.node->flags |= RA_F_ASYNC;
	depth = build->token->depth;
	bracket = build->grammar->bracketed_heads && ra_build_take(build, RA_O_LPAREN);
	build->in_head = !bracket;
	word = word_of_each(build);
	if (word)
		build_each(build, &open, word);
	else
		ra_build_add(&open, build_clauses(build, block, &post));
	build->in_head = outer;
	if (bracket && ra_build_inside(build, depth))
		ra_build_skip_bracket(build, depth);
	if (bracket)
		ra_build_take(build, RA_O_RPAREN);
	ra_build_braces(build, &open, RA_B_LOOP);
	if (post)
		add_post(build, ra_node_find(open.node, RA_N_BLOCK), post);
	return ra_build_close(build, &open);
}

/* -- switch, select --------------------------------------------------------------------------- */

static struct ra_node *build_default(struct ra_builder *build)
{
	struct ra_node *node = ra_build_implied(build, RA_W_NONE, "_", build->at);

	node->kind = RA_N_NAME;
	ra_build_next(build);
	return node;
}

static bool at_case(const struct ra_builder *build, uint16_t depth)
{
	return build->token->depth == depth + 1 && (ra_build_word(build) == RA_W_CASE ||
						    ra_build_word(build) == RA_W_DEFAULT);
}

/* `case x:` or `default:` with the statements under it. */
static struct ra_node *build_case(struct ra_builder *build, uint16_t depth, bool communicates)
{
	struct ra_open open = ra_build_open(build, RA_N_CASE, build->at), block;
	struct ra_place outer = build->place;

	if (ra_build_word(build) == RA_W_DEFAULT) {
		ra_build_add(&open, build_default(build));
	} else {
		ra_build_next(build);
		ra_build_add(&open, communicates
			? ra_build_as_statement(build, ra_build_simple(build))
			: ra_build_list(build, RA_BIND_NAMED));
	}
	if (!ra_build_take(build, RA_O_COLON))
		ra_build_note(build, "colon expected");
	block = ra_build_open_block(build, RA_B_CASE);
	build->depth++;
	if (build->depth >= RA_SHAPE_DEPTH)
		ra_build_skip_braces(build, &block, depth);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth) &&
	       !at_case(build, depth))
		ra_build_brace_statement(build, &block);
	build->depth--;
	ra_build_add(&open, ra_build_close_block(build, &block));
	build->place = outer;
	return ra_build_close(build, &open);
}

static void build_cases(struct ra_builder *build, struct ra_open *open, bool communicates)
{
	uint16_t depth = build->token->depth;
	bool outer = build->in_head;

	open->node->flags |= RA_F_BREAKS;
	build->in_head = false;
	if (!ra_build_take(build, RA_O_LBRACE))
		ra_build_note(build, "block expected");
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		if (at_case(build, depth))
			ra_build_add(open, build_case(build, depth, communicates));
		else
			ra_build_next(build); /* layout, or what no case holds */
	}
	ra_build_take(build, RA_O_RBRACE);
	build->in_head = outer;
}

struct ra_node *ra_build_brace_switch(struct ra_builder *build, struct ra_open *block)
{
	struct ra_open open = ra_build_open(build, RA_N_MATCH, build->at);
	bool outer = build->in_head;
	struct ra_node *subject = NULL;

	ra_build_next(build);
	build->in_head = true;
	if (build->grammar->bracketed_heads) {
		subject = ra_build_head(build, NULL);
	} else {
		if (find_in_head(build, RA_O_SEMICOLON))
			build_header(build, block);
		if (ra_build_word(build) != RA_O_LBRACE)
			subject = ra_build_simple(build);
	}
	build->in_head = outer;
	if (!subject)
		subject = ra_build_implied(build, RA_W_TRUE, "true", open.node->first);
	ra_build_add(&open, subject);
	build_cases(build, &open, false);
	return ra_build_close(build, &open);
}

struct ra_node *ra_build_brace_select(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_SELECT, build->at);

	ra_build_next(build);
	build_cases(build, &open, true);
	for (const struct ra_node *kid = open.node->kids; kid; kid = kid->next)
		if (kid->kids->kind == RA_N_NAME && ra_str_is(kid->kids->text, "_"))
			open.node->word = RA_W_ELSE;
	return ra_build_close(build, &open);
}

/* -- try -------------------------------------------------------------------------------------- */

static struct ra_node *build_catch(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_HANDLER, build->at);
	uint16_t depth = build->token->depth;

	ra_build_next(build);
	if (ra_build_take(build, RA_O_LPAREN)) {
		if (build->token->kind == RA_T_NAME)
			open.node->text = ra_build_text(build, build->at, build->at);
		while (build->token->kind != RA_T_END && ra_build_inside(build, depth))
			ra_build_next(build);
		ra_build_take(build, RA_O_RPAREN);
	}
	ra_build_braces(build, &open, RA_B_HANDLER);
	return ra_build_close(build, &open);
}

struct ra_node *ra_build_brace_try(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_TRY, build->at);

	ra_build_next(build);
	ra_build_braces(build, &open, RA_B_TRY);
	if (ra_build_word(build) == RA_W_EXCEPT)
		ra_build_add(&open, build_catch(build));
	if (ra_build_take(build, RA_W_FINALLY))
		ra_build_braces(build, &open, RA_B_FINALLY);
	return ra_build_close(build, &open);
}
