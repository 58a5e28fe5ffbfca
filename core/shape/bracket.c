/*
 * What stands in brackets: groups, displays, comprehensions, arguments, keys. One function reads
 * the items between any two brackets; what an item is, it is told.
 */
#include "core/shape/builder.h"

static bool at_clause(const struct ra_builder *build)
{
	return !build->grammar->braces &&
	       (ra_build_word(build) == RA_W_FOR ||
		(ra_build_word(build) == RA_W_ASYNC &&
		 ra_build_word_of(ra_build_peek(build, 1)) == RA_W_FOR));
}

/*
 * `for target in iterable if condition ...`, as long as there are any, into `open`. In brackets
 * Python 2 takes `for x in a, b` for a tuple; nothing else could follow the comma there.
 */
static void build_clauses(struct ra_builder *build, struct ra_open *open)
{
	bool bare_tuples = open->node->word == RA_O_LBRACKET;

	while (at_clause(build)) {
		struct ra_open clause = ra_build_open(build, RA_N_CLAUSE, build->at);

		if (ra_build_take(build, RA_W_ASYNC))
			clause.node->flags |= RA_F_ASYNC;
		ra_build_next(build);
		ra_build_add(&clause, ra_build_list(build, RA_BIND_PIPE));
		ra_build_take(build, RA_W_IN);
		ra_build_add(&clause, bare_tuples ? ra_build_list(build, RA_BIND_OR)
						  : ra_build_expression(build, RA_BIND_OR));
		while (ra_build_word(build) == RA_W_IF) {
			struct ra_open guard = ra_build_open(build, RA_N_GUARD, build->at);

			ra_build_next(build);
			ra_build_add(&guard, ra_build_expression(build, RA_BIND_OR));
			ra_build_add(&clause, ra_build_close(build, &guard));
		}
		ra_build_add(open, ra_build_close(build, &clause));
	}
}

static struct ra_node *build_value(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_open open = ra_build_open(build, kind, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	return ra_build_close(build, &open);
}

static struct ra_node *build_named_element(struct ra_builder *build)
{
	return ra_build_element(build, RA_BIND_NAMED);
}

static struct ra_node *build_dict_item(struct ra_builder *build)
{
	struct ra_node *key;
	struct ra_open pair;
	uint32_t first = build->at;

	if (ra_build_word(build) == RA_O_POWER)
		return build_value(build, RA_N_DOUBLESTAR);
	key = build_named_element(build);
	if (ra_build_word(build) != RA_O_COLON)
		return key;
	pair = ra_build_open(build, RA_N_PAIR, first);
	ra_build_next(build);
	ra_build_add(&pair, key);
	ra_build_add(&pair, ra_build_expression(build, RA_BIND_TERNARY));
	return ra_build_close(build, &pair);
}

static struct ra_node *build_slice(struct ra_builder *build)
{
	struct ra_node *part = NULL;
	struct ra_open slice;
	uint32_t first = build->at;

	if (ra_build_word(build) != RA_O_COLON) {
		part = build_named_element(build);
		if (ra_build_word(build) != RA_O_COLON)
			return part;
	}
	slice = ra_build_open(build, RA_N_SLICE, first);
	if (part)
		ra_build_add(&slice, part);
	while (ra_build_take(build, RA_O_COLON))
		if (ra_build_begins_expression(build, build->token))
			ra_build_add(&slice, ra_build_expression(build, RA_BIND_TERNARY));
	return ra_build_close(build, &slice);
}

static struct ra_node *build_argument(struct ra_builder *build)
{
	struct ra_node *value;
	struct ra_open open;
	uint32_t first = build->at;

	if (build->grammar->braces)
		return build_named_element(build);
	if (ra_build_word(build) == RA_O_POWER)
		return build_value(build, RA_N_DOUBLESTAR);
	if (ra_build_word(build) == RA_O_STAR)
		return build_value(build, RA_N_STAR);
	if (build->token->kind == RA_T_NAME &&
	    ra_build_word_of(ra_build_peek(build, 1)) == RA_O_ASSIGN) {
		open = ra_build_open(build, RA_N_KEYWORD, first);
		open.node->text = ra_build_text(build, first, first);
		ra_build_next(build);
		ra_build_next(build);
		ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
		return ra_build_close(build, &open);
	}
	value = ra_build_expression(build, RA_BIND_NAMED);
	if (!at_clause(build))
		return value;
	open = ra_build_open(build, RA_N_COMPREHENSION, first);
	open.node->word = RA_O_LPAREN;
	ra_build_add(&open, value);
	build_clauses(build, &open);
	return ra_build_close(build, &open);
}

/*
 * Items between the bracket that comes next and its partner, both taken, into `open`, which is
 * closed before the partner: who spans that too closes it again. Returns the number of commas.
 */
static unsigned build_items(struct ra_builder *build, struct ra_open *open,
			    struct ra_node *(*item)(struct ra_builder *build), enum ra_word close)
{
	uint16_t depth = build->token->depth;
	uint8_t bracket = build->token->word;
	unsigned commas = 0;
	bool in_head = build->in_head;

	build->in_head = false;
	ra_build_next(build);
	while (ra_build_inside(build, depth)) {
		ra_build_add(open, item(build));
		if (!ra_build_take(build, RA_O_COMMA))
			break;
		commas++;
	}
	if (ra_build_inside(build, depth) && at_clause(build) && commas == 0) {
		open->node->kind = RA_N_COMPREHENSION;
		open->node->word = bracket;
		build_clauses(build, open);
	}
	if (ra_build_inside(build, depth))
		ra_build_add(open, ra_build_skip_bracket(build, depth));
	build->in_head = in_head;
	ra_build_close(build, open);
	if (build->grammar->braces)
		while (build->token->kind == RA_T_NEWLINE && ra_build_inside(build, depth))
			ra_build_next(build);
	if (build->token->depth != depth || !ra_build_take(build, close))
		ra_build_note(build, "unterminated bracket");
	return commas;
}

void ra_build_arguments(struct ra_builder *build, struct ra_open *open)
{
	build_items(build, open, build_argument, RA_O_RPAREN);
}

struct ra_node *ra_build_group(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_TUPLE, build->at);
	unsigned commas = build_items(build, &open, build_named_element, RA_O_RPAREN);
	struct ra_node *only = open.node->kids;

	if (open.node->kind == RA_N_TUPLE && commas == 0 && only && !only->next) {
		only->up = NULL;
		only->flags |= RA_F_PARENTHESES;
		return only;
	}
	return ra_build_close(build, &open);
}

struct ra_node *ra_build_display(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_LIST, build->at);

	if (ra_build_word(build) == RA_O_LBRACKET) {
		build_items(build, &open, build_named_element, RA_O_RBRACKET);
		return ra_build_close(build, &open);
	}
	open.node->kind = RA_N_DICT;
	build_items(build, &open, build_dict_item, RA_O_RBRACE);
	if (open.node->kind == RA_N_DICT && open.node->kids &&
	    open.node->kids->kind != RA_N_PAIR && open.node->kids->kind != RA_N_DOUBLESTAR)
		open.node->kind = RA_N_SET;
	return ra_build_close(build, &open);
}

struct ra_node *ra_build_key(struct ra_builder *build)
{
	struct ra_open keys = ra_build_open(build, RA_N_TUPLE, build->at + 1);
	unsigned commas = build_items(build, &keys, build_slice, RA_O_RBRACKET);
	struct ra_node *key = keys.node, *only = key->kids;

	if (!only) {
		key->kind = RA_N_UNKNOWN;
		key->last = --key->first; /* the bracket */
	}
	return only && !only->next && commas == 0 ? only : key;
}
