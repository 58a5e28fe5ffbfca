/*
 * Expressions: a Pratt parser. One table says how tight each operator binds and what node it
 * makes; the loop in ra_build_expression is all there is to precedence. A new operator is a row
 * (and a case in `extend`, if its node is of a new form). What cannot be read is an UNKNOWN; the
 * caller sees by the next token that something is left over.
 */
#include "core/shape/builder.h"

/* Where an operator means what the row says. */
enum { EVERYWHERE, INDENTED, BRACES };

/* `right` is the loosest operator that the right side may hold. */
static const struct infix {
	uint8_t left, right, kind, where;
} infixes[RA_W_COUNT] = {
	[RA_O_WALRUS] = { RA_BIND_NAMED, RA_BIND_TERNARY, RA_N_NAMED, INDENTED },
	[RA_W_IF] = { RA_BIND_TERNARY, RA_BIND_TERNARY, RA_N_TERNARY, INDENTED },
	[RA_W_AS] = { RA_BIND_AS, RA_BIND_OR, RA_N_NAMED, INDENTED },
	[RA_W_OR] = { RA_BIND_OR, RA_BIND_AND, RA_N_BINARY },
	[RA_W_AND] = { RA_BIND_AND, RA_BIND_NOT, RA_N_BINARY },
	[RA_W_NOT] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE, INDENTED },
	[RA_W_IN] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_W_IS] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_O_LT] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_O_GT] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_O_LE] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_O_GE] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_O_EQ] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_O_NE] = { RA_BIND_COMPARE, RA_BIND_PIPE, RA_N_COMPARE },
	[RA_O_PIPE] = { RA_BIND_PIPE, RA_BIND_CARET, RA_N_BINARY },
	[RA_O_CARET] = { RA_BIND_CARET, RA_BIND_AMP, RA_N_BINARY },
	[RA_O_AMP] = { RA_BIND_AMP, RA_BIND_SHIFT, RA_N_BINARY },
	[RA_O_SHL] = { RA_BIND_SHIFT, RA_BIND_SUM, RA_N_BINARY },
	[RA_O_SHR] = { RA_BIND_SHIFT, RA_BIND_SUM, RA_N_BINARY },
	[RA_O_PLUS] = { RA_BIND_SUM, RA_BIND_PRODUCT, RA_N_BINARY },
	[RA_O_MINUS] = { RA_BIND_SUM, RA_BIND_PRODUCT, RA_N_BINARY },
	[RA_O_STAR] = { RA_BIND_PRODUCT, RA_BIND_UNARY, RA_N_BINARY },
	[RA_O_SLASH] = { RA_BIND_PRODUCT, RA_BIND_UNARY, RA_N_BINARY },
	[RA_O_FLOOR] = { RA_BIND_PRODUCT, RA_BIND_UNARY, RA_N_BINARY },
	[RA_O_PERCENT] = { RA_BIND_PRODUCT, RA_BIND_UNARY, RA_N_BINARY },
	[RA_O_AT] = { RA_BIND_PRODUCT, RA_BIND_UNARY, RA_N_BINARY },
	[RA_O_POWER] = { RA_BIND_POWER, RA_BIND_UNARY, RA_N_BINARY },
	[RA_O_DOT] = { RA_BIND_TRAILER, RA_BIND_NONE, RA_N_MEMBER },
	[RA_O_LPAREN] = { RA_BIND_TRAILER, RA_BIND_NONE, RA_N_CALL },
	[RA_O_LBRACKET] = { RA_BIND_TRAILER, RA_BIND_NONE, RA_N_INDEX },
	[RA_O_ASSIGN] = { RA_BIND_NAMED, RA_BIND_NAMED, RA_N_ASSIGN, BRACES },
	[RA_O_AUGMENT] = { RA_BIND_NAMED, RA_BIND_NAMED, RA_N_ASSIGN, BRACES },
	[RA_O_LOGICAL] = { RA_BIND_NAMED, RA_BIND_NAMED, RA_N_ASSIGN, BRACES },
	[RA_O_QUESTION] = { RA_BIND_TERNARY, RA_BIND_TERNARY, RA_N_TERNARY, BRACES },
	[RA_O_COALESCE] = { RA_BIND_OR, RA_BIND_AND, RA_N_BINARY, BRACES },
	[RA_O_OPTIONAL] = { RA_BIND_TRAILER, RA_BIND_NONE, RA_N_MEMBER, BRACES },
	[RA_O_PATH] = { RA_BIND_TRAILER, RA_BIND_NONE, RA_N_MEMBER, BRACES },
	[RA_O_INCREMENT] = { RA_BIND_TRAILER, RA_BIND_NONE, RA_N_ASSIGN, BRACES },
};

/* Operators before their operand. */
static const uint8_t prefixes[RA_W_COUNT] = {
	[RA_W_NOT] = RA_BIND_NOT,     [RA_O_MINUS] = RA_BIND_UNARY,
	[RA_O_PLUS] = RA_BIND_UNARY,  [RA_O_TILDE] = RA_BIND_UNARY,
	[RA_W_AWAIT] = RA_BIND_AWAIT,
};

/* The same in a language with braces. */
static const uint8_t brace_prefixes[RA_W_COUNT] = {
	[RA_W_NOT] = RA_BIND_UNARY,     [RA_O_MINUS] = RA_BIND_UNARY,
	[RA_O_PLUS] = RA_BIND_UNARY,    [RA_O_TILDE] = RA_BIND_UNARY,
	[RA_O_CARET] = RA_BIND_UNARY,   [RA_O_AMP] = RA_BIND_UNARY,
	[RA_O_STAR] = RA_BIND_UNARY,    [RA_O_RECEIVE] = RA_BIND_UNARY,
	[RA_O_INCREMENT] = RA_BIND_UNARY, [RA_W_TYPEOF] = RA_BIND_UNARY,
	[RA_W_VOID] = RA_BIND_UNARY,    [RA_W_DEL] = RA_BIND_UNARY,
	[RA_W_AWAIT] = RA_BIND_AWAIT,
};

static uint8_t prefix_of(const struct ra_builder *build, enum ra_word word)
{
	return build->grammar->braces ? brace_prefixes[word] : prefixes[word];
}

/* Words that begin an operand in some language with braces; others have them for nothing else. */
static bool begins_brace_operand(enum ra_word word)
{
	switch (word) {
	case RA_W_DEF: case RA_W_CLASS: case RA_W_ASYNC: case RA_W_NEW: case RA_W_IF:
	case RA_W_MATCH: case RA_W_LOOP: case RA_W_WHILE: case RA_W_FOR: case RA_W_UNSAFE:
	case RA_W_MOVE: case RA_W_STATIC: case RA_O_PIPE: case RA_W_OR: case RA_W_AND: case RA_O_LT:
	case RA_O_SPAN: case RA_O_PATH: case RA_O_LIFETIME: case RA_W_MAP: case RA_W_CHAN:
	case RA_W_STRUCT: case RA_W_INTERFACE: case RA_W_RETURN: case RA_W_BREAK:
	case RA_W_CONTINUE: case RA_W_IMPORT: case RA_O_AT: case RA_O_HASH:
		return true;
	default:
		return brace_prefixes[word] != 0;
	}
}

bool ra_build_begins_expression(const struct ra_builder *build, const struct ra_token *token)
{
	switch (token->kind) {
	case RA_T_NAME:
	case RA_T_NUMBER:
	case RA_T_STRING:
	case RA_T_STRING_OPEN:
	case RA_T_BAD:
		return true;
	default:
		break;
	}
	switch (token->word) {
	case RA_W_LAMBDA:
	case RA_W_YIELD:
	case RA_W_NULL:
	case RA_W_TRUE:
	case RA_W_FALSE:
	case RA_O_LPAREN:
	case RA_O_LBRACKET:
	case RA_O_LBRACE:
	case RA_O_STAR:
	case RA_O_ELLIPSIS:
	case RA_O_BACKTICK:
		return true;
	default:
		return build->grammar->braces ? begins_brace_operand((enum ra_word)token->word)
					      : prefixes[token->word] != 0;
	}
}

/* -- operands ------------------------------------------------------------------------------ */

/*
 * The holes of an interpolated string, and the holes in their formats, into `open`; the string
 * is taken up to its end.
 */
static void build_holes(struct ra_builder *build, struct ra_open *open)
{
	uint16_t depth;

	ra_build_next(build);
	for (;;) {
		switch (build->token->kind) {
		case RA_T_INTERP_OPEN:
			depth = build->token->depth;
			ra_build_next(build);
			if (build->grammar->braces && build->token->kind == RA_T_INTERP_CLOSE)
				break; /* a comment in an element of JSX */
			ra_build_add(open, ra_build_list(build, RA_BIND_NAMED));
			ra_build_take(build, RA_O_ASSIGN);
			if (ra_build_inside(build, depth) &&
			    build->token->kind != RA_T_STRING_PART)
				ra_build_add(open, ra_build_skip_bracket(build, depth));
			break;
		case RA_T_STRING_PART:
		case RA_T_INTERP_CLOSE:
			ra_build_next(build);
			break;
		case RA_T_STRING_CLOSE:
			ra_build_next(build);
			return;
		default:
			return;
		}
	}
}

/* Adjacent literals are one. */
static struct ra_node *build_string(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_STRING, build->at);

	for (;;) {
		if (build->token->kind == RA_T_STRING)
			ra_build_next(build);
		else if (build->token->kind == RA_T_STRING_OPEN)
			build_holes(build, &open);
		else
			break;
		if (!open.node->text.len)
			open.node->text = ra_build_text(build, open.node->first, build->last);
	}
	return ra_build_close(build, &open);
}

static struct ra_node *build_yield(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_YIELD, build->at);

	ra_build_next(build);
	if (ra_build_take(build, RA_W_FROM)) {
		open.node->flags |= RA_F_FROM;
		ra_build_add(&open, ra_build_expression(build, RA_BIND_TERNARY));
	} else if (ra_build_begins_expression(build, build->token)) {
		ra_build_add(&open, ra_build_list(build, RA_BIND_TERNARY));
	}
	*ra_vec_push(build->arena, &build->yields) = open.node;
	return ra_build_close(build, &open);
}

/* Python 2's `x`, which is repr(x). */
static struct ra_node *build_backticks(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_UNKNOWN, build->at);

	ra_build_next(build);
	ra_build_add(&open, ra_build_list(build, RA_BIND_TERNARY));
	ra_build_take(build, RA_O_BACKTICK);
	return ra_build_close(build, &open);
}

static struct ra_node *build_prefixed(struct ra_builder *build)
{
	enum ra_word word = ra_build_word(build);
	struct ra_open open = ra_build_open(build, RA_N_AWAIT, build->at);

	if (word == RA_O_RECEIVE) {
		open.node->kind = RA_N_RECEIVE;
	} else if (word != RA_W_AWAIT) {
		open.node->kind = RA_N_UNARY;
		open.node->word = (uint8_t)word;
	}
	ra_build_next(build);
	if (word == RA_O_AMP)
		ra_build_take(build, RA_W_MUT);
	ra_build_add(&open, ra_build_expression(build, prefix_of(build, word)));
	if (word == RA_O_INCREMENT)
		return ra_build_increment(build, open.node->first, open.node->kids,
					  open.node->first);
	return ra_build_close(build, &open);
}

static struct ra_node *build_word_operand(struct ra_builder *build)
{
	enum ra_word word = ra_build_word(build);

	switch (word) {
	case RA_W_NULL:
	case RA_W_TRUE:
	case RA_W_FALSE:
	case RA_O_ELLIPSIS:
		return ra_build_leaf(build, RA_N_LITERAL);
	case RA_W_LAMBDA:
		return ra_build_lambda(build);
	case RA_W_YIELD:
		return build_yield(build);
	case RA_O_LPAREN:
		return ra_build_group(build);
	case RA_O_LBRACKET:
	case RA_O_LBRACE:
		return ra_build_display(build);
	case RA_O_BACKTICK:
		return build_backticks(build);
	default:
		return prefix_of(build, word) ? build_prefixed(build) : ra_build_missing(build, "operand expected");
	}
}

static struct ra_node *build_operand(struct ra_builder *build)
{
	struct ra_node *own = build->grammar->operand ? build->grammar->operand(build) : NULL;

	if (own)
		return own;
	switch (build->token->kind) {
	case RA_T_NAME:
		return ra_build_leaf(build, RA_N_NAME);
	case RA_T_NUMBER:
		return ra_build_leaf(build, RA_N_LITERAL);
	case RA_T_STRING:
	case RA_T_STRING_OPEN:
		return build_string(build);
	case RA_T_BAD:
		return ra_build_leaf(build, RA_N_UNKNOWN);
	default:
		return build_word_operand(build);
	}
}

/* -- operators ----------------------------------------------------------------------------- */

static struct ra_node *build_member(struct ra_builder *build, struct ra_open *open)
{
	ra_build_next(build);
	if (build->token->kind == RA_T_NAME ||
	    (build->grammar->braces && build->token->kind == RA_T_KEYWORD)) {
		open->node->text = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
	} else {
		ra_build_note(build, "field name expected");
	}
	return ra_build_close(build, open);
}

static struct ra_node *build_index(struct ra_builder *build, struct ra_open *open)
{
	ra_build_add(open, ra_build_key(build));
	return ra_build_close(build, open);
}

static struct ra_node *build_ternary(struct ra_builder *build, struct ra_open *open,
				     struct ra_node *then)
{
	ra_build_next(build);
	ra_build_add(open, ra_build_expression(build, RA_BIND_OR));
	ra_build_add(open, then);
	if (ra_build_take(build, RA_W_ELSE))
		ra_build_add(open, ra_build_expression(build, RA_BIND_TERNARY));
	else
		ra_build_add(open, ra_build_missing(build, "operand expected"));
	return ra_build_close(build, open);
}

/* `condition ? then : other` */
static struct ra_node *build_choice(struct ra_builder *build, struct ra_open *open,
				    struct ra_node *condition)
{
	ra_build_next(build);
	ra_build_add(open, condition);
	ra_build_add(open, ra_build_expression(build, RA_BIND_NAMED));
	if (ra_build_take(build, RA_O_COLON))
		ra_build_add(open, ra_build_expression(build, RA_BIND_NAMED));
	else
		ra_build_add(open, ra_build_missing(build, "operand expected"));
	return ra_build_close(build, open);
}

/* `a?.b`, `a?.[k]`, `a?.(x)` */
static struct ra_node *build_optional(struct ra_builder *build, struct ra_open *open)
{
	open->node->flags |= RA_F_OPTIONAL;
	switch (ra_build_word_of(ra_build_peek(build, 1))) {
	case RA_O_LPAREN:
		open->node->kind = RA_N_CALL;
		ra_build_next(build);
		ra_build_arguments(build, open);
		return ra_build_close(build, open);
	case RA_O_LBRACKET:
		open->node->kind = RA_N_INDEX;
		ra_build_next(build);
		ra_build_add(open, ra_build_key(build));
		return ra_build_close(build, open);
	default:
		return build_member(build, open);
	}
}

static struct ra_node *build_assigned(struct ra_builder *build, struct ra_open *open,
				      struct ra_node *target)
{
	enum ra_word word = ra_build_word(build);

	if (word != RA_O_ASSIGN) {
		open->node->flags |= RA_F_AUGMENT;
		open->node->word = (uint8_t)word;
		open->node->text = ra_build_text(build, build->at, build->at);
	}
	ra_build_next(build);
	ra_build_add(open, target);
	ra_build_add(open, ra_build_expression(build, RA_BIND_NAMED));
	return ra_build_close(build, open);
}

/* `target := value`, or in a pattern `value as target`: the target comes first either way. */
static struct ra_node *build_named(struct ra_builder *build, struct ra_open *open,
				   struct ra_node *left)
{
	bool walrus = ra_build_word(build) == RA_O_WALRUS;
	struct ra_node *right;

	ra_build_next(build);
	right = ra_build_expression(build, walrus ? RA_BIND_TERNARY : RA_BIND_OR);
	ra_build_add(open, walrus ? left : right);
	ra_build_add(open, walrus ? right : left);
	return ra_build_close(build, open);
}

/* Take a comparison operator of one or two words. */
static enum ra_word take_comparison(struct ra_builder *build)
{
	enum ra_word word = ra_build_word(build);

	ra_build_next(build);
	if (word == RA_W_NOT) {
		ra_build_next(build);
		return RA_O_NOT_IN;
	}
	if (word == RA_W_IS && ra_build_take(build, RA_W_NOT))
		return RA_O_IS_NOT;
	return word;
}

/* Stands for `node` in the next pair of a chain, without what it holds. */
static struct ra_node *stand_in(struct ra_builder *build, const struct ra_node *node)
{
	struct ra_node *copy = ra_build_node(build, RA_N_UNKNOWN, node->first);

	copy->last = node->last;
	if (node->kind == RA_N_NAME || node->kind == RA_N_LITERAL) {
		copy->kind = node->kind;
		copy->word = node->word;
		copy->text = node->text;
	}
	return copy;
}

/* The infix operator that comes next, if any may here. */
static const struct infix *next_infix(const struct ra_builder *build, enum ra_binding loosest)
{
	enum ra_word word = ra_build_word(build);
	const struct infix *infix = &infixes[word];

	if (infix->left == RA_BIND_NONE || infix->left < loosest ||
	    (infix->where && (infix->where == BRACES) != build->grammar->braces))
		return NULL;
	if (infix->kind == RA_N_ASSIGN && word != RA_O_INCREMENT && !build->grammar->assigns)
		return NULL;
	if (word == RA_O_INCREMENT && ra_build_on_new_line(build))
		return NULL;
	if (word == RA_W_NOT && ra_build_word_of(ra_build_peek(build, 1)) != RA_W_IN)
		return NULL;
	if (word == RA_W_AS && !build->in_pattern)
		return NULL;
	return infix;
}

static bool too_high(const struct ra_builder *build, const struct ra_node *left)
{
	return build->depth + left->height >= RA_SHAPE_DEPTH;
}

/* One pair, or a chain of them joined by AND. */
static struct ra_node *build_comparison(struct ra_builder *build, struct ra_open *pair,
					struct ra_node *left)
{
	struct ra_node *result = NULL, *right;
	struct ra_open both;
	uint32_t first = pair->node->first;

	for (;;) {
		pair->node->word = (uint8_t)take_comparison(build);
		right = ra_build_expression(build, RA_BIND_PIPE);
		ra_build_add(pair, left);
		ra_build_add(pair, right);
		ra_build_close(build, pair);
		if (result) {
			both = ra_build_open(build, RA_N_BINARY, first);
			both.node->word = RA_W_AND;
			ra_build_add(&both, result);
			ra_build_add(&both, pair->node);
			result = ra_build_close(build, &both);
		} else {
			result = pair->node;
		}
		if (!next_infix(build, RA_BIND_COMPARE) || too_high(build, result))
			return result;
		if (next_infix(build, RA_BIND_COMPARE)->kind != RA_N_COMPARE)
			return result;
		left = stand_in(build, right);
		*pair = ra_build_open(build, RA_N_COMPARE, left->first);
	}
}

/* `left`, which began at token `first`, with the operator that comes next. */
static struct ra_node *extend(struct ra_builder *build, const struct infix *infix, uint32_t first,
			      struct ra_node *left)
{
	struct ra_open open = ra_build_open(build, (enum ra_node_kind)infix->kind, first);

	switch (infix->kind) {
	case RA_N_COMPARE:
		return build_comparison(build, &open, left);
	case RA_N_TERNARY:
		return infix->where == BRACES ? build_choice(build, &open, left)
					      : build_ternary(build, &open, left);
	case RA_N_ASSIGN:
		return infix->left == RA_BIND_TRAILER
			       ? ra_build_increment(build, first, left, build->at)
			       : build_assigned(build, &open, left);
	case RA_N_MEMBER:
		ra_build_add(&open, left);
		return ra_build_word(build) == RA_O_OPTIONAL ? build_optional(build, &open)
							     : build_member(build, &open);
	case RA_N_INDEX:
		ra_build_add(&open, left);
		return build_index(build, &open);
	case RA_N_CALL:
		ra_build_add(&open, left);
		ra_build_arguments(build, &open);
		return ra_build_close(build, &open);
	case RA_N_NAMED:
		return build_named(build, &open, left);
	default:
		open.node->word = (uint8_t)ra_build_word(build);
		ra_build_next(build);
		ra_build_add(&open, left);
		ra_build_add(&open, ra_build_expression(build, (enum ra_binding)infix->right));
		return ra_build_close(build, &open);
	}
}

/* Nothing goes on behind an arrow function but what stands in its body. */
static bool is_closed(const struct ra_builder *build, const struct ra_node *left)
{
	return left->kind == RA_N_LAMBDA && !(left->flags & RA_F_PARENTHESES) &&
	       (build->shape->units.v[left->unit].flags & RA_U_ARROW);
}

struct ra_node *ra_build_operators(struct ra_builder *build, uint32_t first, struct ra_node *left,
				   enum ra_binding loosest)
{
	const struct infix *infix;

	while (!too_high(build, left) && !is_closed(build, left)) {
		struct ra_node *more = build->grammar->extend ?
			build->grammar->extend(build, first, left, loosest) : NULL;

		if (!more && (infix = next_infix(build, loosest)))
			more = extend(build, infix, first, left);
		if (!more)
			break;
		left = more;
	}
	return left;
}

struct ra_node *ra_build_expression(struct ra_builder *build, enum ra_binding loosest)
{
	uint32_t first = build->at;
	uint16_t depth = build->token->depth;
	struct ra_node *left;

	if (build->depth >= RA_SHAPE_DEPTH)
		return ra_build_skip_bracket(build, depth ? depth - 1 : 0);
	build->depth++;
	left = ra_build_operators(build, first, build_operand(build), loosest);
	build->depth--;
	return left;
}

struct ra_node *ra_build_element(struct ra_builder *build, enum ra_binding loosest)
{
	struct ra_open star;

	if (ra_build_word(build) != (build->grammar->braces ? RA_O_ELLIPSIS : RA_O_STAR))
		return ra_build_expression(build, loosest);
	star = ra_build_open(build, RA_N_STAR, build->at);
	ra_build_next(build);
	ra_build_add(&star, ra_build_expression(build, loosest));
	return ra_build_close(build, &star);
}

struct ra_node *ra_build_list(struct ra_builder *build, enum ra_binding loosest)
{
	uint32_t first = build->at;
	struct ra_node *element = ra_build_element(build, loosest);
	struct ra_open tuple;

	if (ra_build_word(build) != RA_O_COMMA)
		return element;
	tuple = ra_build_open(build, RA_N_TUPLE, first);
	ra_build_add(&tuple, element);
	while (ra_build_take(build, RA_O_COMMA) && ra_build_begins_expression(build, build->token))
		ra_build_add(&tuple, ra_build_element(build, loosest));
	return ra_build_close(build, &tuple);
}
