/*
 * Statements, by their first word. A header that cannot be read still gets its block, and a
 * statement that cannot be read ends with its line: the next one starts clean.
 */
#include "core/shape/builder.h"

/* -- simple statements --------------------------------------------------------------------- */

static struct ra_node *build_annotated(struct ra_builder *build, struct ra_node *target,
				       uint32_t first)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, first);
	struct ra_open annotation;

	ra_build_next(build);
	annotation = ra_build_open(build, RA_N_ANNOTATION, build->at);
	ra_build_add(&annotation, ra_build_list(build, RA_BIND_TERNARY));
	ra_build_add(&open, ra_build_close(build, &annotation));
	ra_build_add(&open, target);
	if (ra_build_take(build, RA_O_ASSIGN))
		ra_build_add(&open, ra_build_list(build, RA_BIND_TERNARY));
	else
		open.node->flags |= RA_F_BARE;
	return ra_build_close(build, &open);
}

static struct ra_node *build_assignment(struct ra_builder *build, struct ra_node *target,
					uint32_t first)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, first);

	ra_build_add(&open, target);
	if (ra_build_word(build) == RA_O_AUGMENT) {
		open.node->flags |= RA_F_AUGMENT;
		open.node->word = RA_O_AUGMENT;
		open.node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
		ra_build_add(&open, ra_build_list(build, RA_BIND_TERNARY));
	}
	while (ra_build_take(build, RA_O_ASSIGN))
		ra_build_add(&open, ra_build_list(build, RA_BIND_TERNARY));
	return ra_build_close(build, &open);
}

static bool is_annotatable(const struct ra_node *node)
{
	return node->kind == RA_N_NAME || node->kind == RA_N_MEMBER || node->kind == RA_N_INDEX;
}

static struct ra_node *build_expression_statement(struct ra_builder *build)
{
	struct ra_node *value;
	struct ra_open open;
	uint32_t first = build->at;

	if (!ra_build_begins_expression(build, build->token))
		return ra_build_skip_line(build);
	value = ra_build_list(build, RA_BIND_NAMED);
	switch (ra_build_word(build)) {
	case RA_O_ASSIGN:
	case RA_O_AUGMENT:
		return build_assignment(build, value, first);
	case RA_O_COLON:
		if (is_annotatable(value))
			return build_annotated(build, value, first);
		break;
	default:
		break;
	}
	open = ra_build_open(build, RA_N_EXPRESSION, first);
	ra_build_add(&open, value);
	return ra_build_close(build, &open);
}

/* A word that is a statement in Python 2, as a call of that name: `print >>log, x`. */
static struct ra_node *build_called_word(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_EXPRESSION, build->at);
	struct ra_open call = ra_build_open(build, RA_N_CALL, build->at);

	ra_build_add(&call, ra_build_leaf(build, RA_N_NAME));
	ra_build_take(build, RA_O_SHR);
	do {
		if (!ra_build_begins_expression(build, build->token))
			break;
		ra_build_add(&call, ra_build_expression(build, RA_BIND_TERNARY));
	} while (ra_build_take(build, RA_O_COMMA));
	ra_build_add(&open, ra_build_close(build, &call));
	return ra_build_close(build, &open);
}

/* `type Name[T] = value` */
static struct ra_node *build_type_alias(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_ASSIGN, build->at);

	open.node->word = RA_W_TYPE;
	ra_build_next(build);
	ra_build_add(&open, ra_build_leaf(build, RA_N_NAME));
	if (ra_build_word(build) == RA_O_LBRACKET)
		ra_build_pass_bracket(build);
	if (ra_build_take(build, RA_O_ASSIGN))
		ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	return ra_build_close(build, &open);
}

/* A word and expressions with commas between. */
static struct ra_node *build_operands(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_open open = ra_build_open(build, kind, build->at);

	do {
		ra_build_next(build);
		if (open.node->kids && !ra_build_begins_expression(build, build->token))
			break; /* behind a last comma */
		ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	} while (ra_build_word(build) == RA_O_COMMA);
	return ra_build_close(build, &open);
}

static struct ra_node *build_return(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_RETURN, build->at);

	ra_build_next(build);
	if (ra_build_begins_expression(build, build->token))
		ra_build_add(&open, ra_build_list(build, RA_BIND_TERNARY));
	return ra_build_close(build, &open);
}

/* `raise a from b`; Python 2's `raise A, b, c` keeps b and c in an UNKNOWN. */
static struct ra_node *build_raise(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_RAISE, build->at);

	ra_build_next(build);
	if (ra_build_begins_expression(build, build->token))
		ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	if (ra_build_take(build, RA_W_FROM))
		ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	else if (ra_build_word(build) == RA_O_COMMA)
		ra_build_add(&open, build_operands(build, RA_N_UNKNOWN));
	return ra_build_close(build, &open);
}

static struct ra_node *build_word_alone(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_open open = ra_build_open(build, kind, build->at);

	ra_build_next(build);
	return ra_build_close(build, &open);
}

/* -- compound statements ------------------------------------------------------------------- */

/* One statement that has no place in `owner`, with the block under it. */
static void skip_statement(struct ra_builder *build, struct ra_open *owner)
{
	if (build->token->kind != RA_T_OPEN)
		ra_build_add(owner, ra_build_skip_line(build));
	if (build->token->kind == RA_T_NEWLINE)
		ra_build_next(build);
	if (build->token->kind == RA_T_OPEN)
		ra_build_add(owner, ra_build_skip_block(build));
}

static void build_else(struct ra_builder *build, struct ra_open *owner, enum ra_block_role role)
{
	if (ra_build_take(build, RA_W_ELSE))
		ra_build_suite(build, owner, role);
}

static struct ra_node *build_if(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_IF, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
	ra_build_suite(build, &open, RA_B_THEN);
	build->depth++;
	while (build->depth >= RA_SHAPE_DEPTH && ra_build_word(build) == RA_W_ELIF)
		skip_statement(build, &open);
	if (ra_build_word(build) == RA_W_ELIF)
		ra_build_add(&open, build_if(build));
	else
		build_else(build, &open, RA_B_ELSE);
	build->depth--;
	return ra_build_close(build, &open);
}

static struct ra_node *build_while(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_WHILE, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_NAMED));
	ra_build_suite(build, &open, RA_B_LOOP);
	build_else(build, &open, RA_B_LOOP_ELSE);
	return ra_build_close(build, &open);
}

static struct ra_node *build_for(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_FOR, build->at);

	if (ra_build_take(build, RA_W_ASYNC))
		open.node->flags |= RA_F_ASYNC;
	ra_build_next(build);
	ra_build_add(&open, ra_build_list(build, RA_BIND_PIPE));
	ra_build_take(build, RA_W_IN);
	ra_build_add(&open, ra_build_list(build, RA_BIND_TERNARY));
	ra_build_suite(build, &open, RA_B_LOOP);
	build_else(build, &open, RA_B_LOOP_ELSE);
	return ra_build_close(build, &open);
}

/* `except A, name:` binds a name in Python 2; `except A, B:` is two classes in Python 3.14. */
static bool binds_after_comma(const struct ra_builder *build)
{
	struct ra_str name;

	if (ra_build_word(build) != RA_O_COMMA || ra_build_peek(build, 1)->kind != RA_T_NAME ||
	    ra_build_word_of(ra_build_peek(build, 2)) != RA_O_COLON)
		return false;
	name = ra_build_text(build, build->at + 1, build->at + 1);
	return name.ptr[0] < 'A' || name.ptr[0] > 'Z';
}

static struct ra_node *build_handler(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_HANDLER, build->at), classes;

	ra_build_next(build);
	if (ra_build_take(build, RA_O_STAR))
		open.node->flags |= RA_F_GROUP;
	if (ra_build_begins_expression(build, build->token)) {
		classes = ra_build_open(build, RA_N_TUPLE, build->at);
		ra_build_add(&classes, ra_build_expression(build, RA_BIND_TERNARY));
		while (!binds_after_comma(build) && ra_build_take(build, RA_O_COMMA))
			ra_build_add(&classes, ra_build_expression(build, RA_BIND_TERNARY));
		ra_build_add(&open, classes.node->kids->next ? ra_build_close(build, &classes)
							     : classes.node->kids);
	}
	if (ra_build_take(build, RA_W_AS) || ra_build_take(build, RA_O_COMMA)) {
		if (build->token->kind == RA_T_NAME) {
			open.node->text = ra_build_text(build, build->at, build->at);
			ra_build_next(build);
		}
	}
	ra_build_suite(build, &open, RA_B_HANDLER);
	return ra_build_close(build, &open);
}

static struct ra_node *build_try(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_TRY, build->at);

	ra_build_next(build);
	ra_build_suite(build, &open, RA_B_TRY);
	while (ra_build_word(build) == RA_W_EXCEPT)
		ra_build_add(&open, build_handler(build));
	build_else(build, &open, RA_B_TRY_ELSE);
	if (ra_build_take(build, RA_W_FINALLY))
		ra_build_suite(build, &open, RA_B_FINALLY);
	return ra_build_close(build, &open);
}

/* Is what comes next a bracket around the items, and not one that a single item begins with? */
static bool items_in_bracket(const struct ra_builder *build)
{
	uint16_t depth = build->token->depth;
	uint32_t ahead = 1;
	bool several = false;

	if (ra_build_word(build) != RA_O_LPAREN)
		return false;
	for (; ra_build_peek(build, ahead)->depth > depth; ahead++) {
		const struct ra_token *token = ra_build_peek(build, ahead);
		enum ra_word word = ra_build_word_of(token);

		several |= token->depth == depth + 1 && (word == RA_W_AS || word == RA_O_COMMA);
	}
	return several && ra_build_word_of(ra_build_peek(build, ahead + 1)) == RA_O_COLON;
}

static struct ra_node *build_item(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_ITEM, build->at);

	ra_build_add(&open, ra_build_element(build, RA_BIND_NAMED));
	if (ra_build_take(build, RA_W_AS))
		ra_build_add(&open, ra_build_element(build, RA_BIND_PIPE));
	return ra_build_close(build, &open);
}

static struct ra_node *build_with(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_WITH, build->at);
	bool bracket;

	if (ra_build_take(build, RA_W_ASYNC))
		open.node->flags |= RA_F_ASYNC;
	ra_build_next(build);
	bracket = items_in_bracket(build);
	if (bracket)
		ra_build_next(build);
	do {
		if (bracket && ra_build_word(build) == RA_O_RPAREN)
			break; /* behind a last comma */
		ra_build_add(&open, build_item(build));
	} while (ra_build_take(build, RA_O_COMMA));
	if (bracket)
		ra_build_take(build, RA_O_RPAREN);
	ra_build_suite(build, &open, RA_B_WITH);
	return ra_build_close(build, &open);
}

static struct ra_node *build_case(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_CASE, build->at), guard;

	ra_build_next(build);
	build->in_pattern = true;
	ra_build_add(&open, ra_build_list(build, RA_BIND_AS));
	build->in_pattern = false;
	if (ra_build_word(build) == RA_W_IF) {
		guard = ra_build_open(build, RA_N_GUARD, build->at);
		ra_build_next(build);
		ra_build_add(&guard, ra_build_expression(build, RA_BIND_NAMED));
		ra_build_add(&open, ra_build_close(build, &guard));
	}
	ra_build_suite(build, &open, RA_B_CASE);
	return ra_build_close(build, &open);
}

static struct ra_node *build_match(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_MATCH, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_list(build, RA_BIND_NAMED));
	while (build->token->kind != RA_T_OPEN)
		ra_build_next(build);
	ra_build_next(build);
	while (build->token->kind != RA_T_CLOSE && build->token->kind != RA_T_END) {
		if (ra_build_soft(build->token, RA_W_CASE))
			ra_build_add(&open, build_case(build));
		else
			skip_statement(build, &open);
	}
	ra_build_next(build);
	return ra_build_close(build, &open);
}

/* -- which statement ----------------------------------------------------------------------- */

/* `match x:` and a line further in that begins with `case`. */
static bool begins_match(const struct ra_builder *build)
{
	uint32_t ahead = 1;

	while (ra_build_peek(build, ahead)->kind != RA_T_NEWLINE &&
	       ra_build_peek(build, ahead)->kind != RA_T_END &&
	       ra_build_peek(build, ahead)->word != RA_O_SEMICOLON)
		ahead++;
	return ra_build_word_of(ra_build_peek(build, ahead - 1)) == RA_O_COLON &&
	       ra_build_peek(build, ahead + 1)->kind == RA_T_OPEN &&
	       ra_build_soft(ra_build_peek(build, ahead + 2), RA_W_CASE);
}

/* After a name, only a statement's word can be followed by this. */
static bool begins_call_word(const struct ra_builder *build, const struct ra_token *after)
{
	switch (ra_build_word_of(after)) {
	case RA_O_LPAREN:
	case RA_O_LBRACKET:
	case RA_O_MINUS:
	case RA_O_PLUS:
	case RA_O_STAR:
		return false;
	case RA_O_SHR:
		return true;
	default:
		return ra_build_begins_expression(build, after);
	}
}

static struct ra_node *build_soft(struct ra_builder *build)
{
	const struct ra_token *after = ra_build_peek(build, 1);

	switch (build->token->word) {
	case RA_W_MATCH:
		if (begins_match(build))
			return build_match(build);
		break;
	case RA_W_TYPE:
		if (after->kind == RA_T_NAME)
			return build_type_alias(build);
		break;
	case RA_W_LAZY:
		if (after->word == RA_W_IMPORT || after->word == RA_W_FROM)
			return ra_build_import(build);
		break;
	case RA_W_PRINT:
	case RA_W_EXEC:
		if (begins_call_word(build, after))
			return build_called_word(build);
		break;
	default:
		break;
	}
	return build_expression_statement(build);
}

static struct ra_node *build_async(struct ra_builder *build)
{
	switch (ra_build_word_of(ra_build_peek(build, 1))) {
	case RA_W_FOR:
		return build_for(build);
	case RA_W_WITH:
		return build_with(build);
	default:
		return ra_build_declaration(build);
	}
}

static struct ra_node *build_by_word(struct ra_builder *build)
{
	switch (ra_build_word(build)) {
	case RA_O_AT:
	case RA_W_DEF:
	case RA_W_CLASS:
		return ra_build_declaration(build);
	case RA_W_ASYNC:
		return build_async(build);
	case RA_W_IMPORT:
	case RA_W_FROM:
		return ra_build_import(build);
	case RA_W_IF:
		return build_if(build);
	case RA_W_WHILE:
		return build_while(build);
	case RA_W_FOR:
		return build_for(build);
	case RA_W_TRY:
		return build_try(build);
	case RA_W_WITH:
		return build_with(build);
	case RA_W_RETURN:
		return build_return(build);
	case RA_W_RAISE:
		return build_raise(build);
	case RA_W_BREAK:
		return build_word_alone(build, RA_N_BREAK);
	case RA_W_CONTINUE:
		return build_word_alone(build, RA_N_CONTINUE);
	case RA_W_PASS:
		return build_word_alone(build, RA_N_PASS);
	case RA_W_DEL:
		return build_operands(build, RA_N_DELETE);
	case RA_W_ASSERT:
		return build_operands(build, RA_N_ASSERT);
	case RA_W_GLOBAL:
		return build_operands(build, RA_N_GLOBAL);
	case RA_W_NONLOCAL:
		return build_operands(build, RA_N_NONLOCAL);
	default:
		return build_expression_statement(build);
	}
}

void ra_build_statement(struct ra_builder *build, struct ra_open *block)
{
	if (ra_build_take(build, RA_O_SEMICOLON))
		return;
	ra_build_add(block, build->token->kind == RA_T_NAME ? build_soft(build)
							    : build_by_word(build));
	if (ra_build_line_ended(build))
		return;
	if (!ra_build_at_layout(build) && ra_build_word(build) != RA_O_SEMICOLON)
		ra_build_add(block, ra_build_skip_line(build));
	if (build->token->kind == RA_T_NEWLINE || ra_build_word(build) == RA_O_SEMICOLON)
		ra_build_next(build);
}
