/*
 * Reading the tree: places, children, walks, and the dump for people and tests.
 */
#include "core/shape/shape.h"

static const struct ra_token *token_of(const struct ra_shape *shape, uint32_t index)
{
	return &shape->tokens->list.v[index];
}

struct ra_str ra_node_text(const struct ra_shape *shape, const struct ra_node *node)
{
	const struct ra_token *from = token_of(shape, node->first);
	const struct ra_token *to = token_of(shape, node->last);

	return ra_str_n(shape->tokens->source->text.ptr + from->at, to->at + to->len - from->at);
}

uint32_t ra_node_line(const struct ra_shape *shape, const struct ra_node *node)
{
	return token_of(shape, node->first)->line;
}

uint32_t ra_node_end_line(const struct ra_shape *shape, const struct ra_node *node)
{
	const struct ra_token *last = token_of(shape, node->last);

	/* Only text can hold a newline. */
	if (last->kind == RA_T_STRING || last->kind == RA_T_BAD)
		return ra_source_line(shape->tokens->source, last->at + last->len - 1);
	return last->line;
}

uint32_t ra_node_column(const struct ra_shape *shape, const struct ra_node *node)
{
	return ra_source_column(shape->tokens->source, token_of(shape, node->first)->at);
}

struct ra_node *ra_node_kid(const struct ra_node *node, unsigned n)
{
	struct ra_node *kid = node->kids;

	while (kid && n--)
		kid = kid->next;
	return kid;
}

struct ra_node *ra_node_last(const struct ra_node *node)
{
	struct ra_node *kid = node->kids;

	while (kid && kid->next)
		kid = kid->next;
	return kid;
}

struct ra_node *ra_node_find(const struct ra_node *node, enum ra_node_kind kind)
{
	struct ra_node *kid = node->kids;

	while (kid && kid->kind != kind)
		kid = kid->next;
	return kid;
}

unsigned ra_node_count(const struct ra_node *node)
{
	unsigned n = 0;

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		n++;
	return n;
}

struct ra_node *ra_node_walk(const struct ra_node *root, const struct ra_node *at,
			     bool into_units)
{
	bool unit;

	if (!at)
		return (struct ra_node *)root;
	unit = at->kind == RA_N_FUNCTION || at->kind == RA_N_LAMBDA;
	if (at->kids && (into_units || !unit || at == root))
		return at->kids;
	while (at != root && !at->next)
		at = at->up;
	return at == root ? NULL : at->next;
}

struct ra_node *ra_node_statement(const struct ra_node *node)
{
	while (node && !ra_node_is_statement(node))
		node = node->up;
	return (struct ra_node *)node;
}

struct ra_str ra_node_dotted(struct ra_arena *arena, const struct ra_node *node)
{
	const struct ra_node *base = node;
	size_t len = 0;
	char *text;

	for (; base->kind == RA_N_MEMBER; base = base->kids)
		len += base->text.len + 1;
	if (base->kind != RA_N_NAME)
		return RA_STR("");
	if (base == node)
		return node->text;
	len += base->text.len;
	text = (char *)ra_alloc(arena, len + 1) + len;
	for (; node != base; node = node->kids) {
		text -= node->text.len + 1;
		*text = '.';
		if (node->text.len)
			memcpy(text + 1, node->text.ptr, node->text.len);
	}
	text -= base->text.len;
	if (base->text.len)
		memcpy(text, base->text.ptr, base->text.len);
	return ra_str_n(text, len);
}

bool ra_block_inside(const struct ra_shape *shape, uint32_t inner, uint32_t outer)
{
	const struct ra_block *blocks = shape->blocks.v;

	while (blocks[inner].depth > blocks[outer].depth)
		inner = blocks[inner].up;
	return inner == outer;
}

/* -- the dump ------------------------------------------------------------------------------ */

static const char *const kind_names[RA_N_COUNT] = {
	[RA_N_UNKNOWN] = "unknown", [RA_N_NAME] = "name", [RA_N_LITERAL] = "literal",
	[RA_N_STRING] = "string", [RA_N_MEMBER] = "member", [RA_N_INDEX] = "index",
	[RA_N_SLICE] = "slice", [RA_N_CALL] = "call", [RA_N_KEYWORD] = "keyword",
	[RA_N_STAR] = "star", [RA_N_DOUBLESTAR] = "doublestar", [RA_N_AWAIT] = "await",
	[RA_N_YIELD] = "yield", [RA_N_UNARY] = "unary", [RA_N_BINARY] = "binary",
	[RA_N_COMPARE] = "compare", [RA_N_TERNARY] = "ternary", [RA_N_TUPLE] = "tuple",
	[RA_N_LIST] = "list", [RA_N_SET] = "set", [RA_N_DICT] = "dict", [RA_N_PAIR] = "pair",
	[RA_N_COMPREHENSION] = "comprehension", [RA_N_CLAUSE] = "clause",
	[RA_N_GUARD] = "guard", [RA_N_LAMBDA] = "lambda", [RA_N_NAMED] = "named",
	[RA_N_EXPRESSION] = "expression", [RA_N_ASSIGN] = "assign",
	[RA_N_ANNOTATION] = "annotation", [RA_N_RETURN] = "return", [RA_N_RAISE] = "raise",
	[RA_N_BREAK] = "break", [RA_N_CONTINUE] = "continue", [RA_N_PASS] = "pass",
	[RA_N_DELETE] = "delete", [RA_N_ASSERT] = "assert", [RA_N_GLOBAL] = "global",
	[RA_N_NONLOCAL] = "nonlocal", [RA_N_IMPORT] = "import", [RA_N_ALIAS] = "alias",
	[RA_N_IF] = "if", [RA_N_FOR] = "for", [RA_N_WHILE] = "while", [RA_N_TRY] = "try",
	[RA_N_HANDLER] = "handler", [RA_N_WITH] = "with", [RA_N_ITEM] = "item",
	[RA_N_MATCH] = "match", [RA_N_CASE] = "case", [RA_N_FUNCTION] = "function",
	[RA_N_CLASS] = "class", [RA_N_DECORATOR] = "decorator", [RA_N_PARAM] = "param",
	[RA_N_DEFAULT] = "default", [RA_N_RESULT] = "result", [RA_N_BLOCK] = "block",
	[RA_N_MODULE] = "module", [RA_N_RECEIVE] = "receive", [RA_N_CAST] = "cast",
	[RA_N_COMPOSITE] = "composite", [RA_N_SELECT] = "select", [RA_N_SEND] = "send",
	[RA_N_SPAWN] = "spawn", [RA_N_DEFER] = "defer", [RA_N_COMPOUND] = "compound",
	[RA_N_EXPORT] = "export",
};

static const char *const role_names[] = {
	[RA_B_MODULE] = "body", [RA_B_FUNCTION] = "body", [RA_B_CLASS] = "body",
	[RA_B_THEN] = "then", [RA_B_ELSE] = "else", [RA_B_LOOP] = "loop",
	[RA_B_LOOP_ELSE] = "loop-else", [RA_B_TRY] = "body", [RA_B_HANDLER] = "body",
	[RA_B_TRY_ELSE] = "else", [RA_B_FINALLY] = "finally", [RA_B_WITH] = "body",
	[RA_B_CASE] = "body", [RA_B_PLAIN] = "body",
};

static const struct {
	uint16_t flag;
	const char *name;
} flag_names[] = {
	{ RA_F_ASYNC, "async" }, { RA_F_FROM, "from" }, { RA_F_AUGMENT, "augment" },
	{ RA_F_BARE, "bare" }, { RA_F_GROUP, "group" }, { RA_F_STAR, "star" },
	{ RA_F_DOUBLESTAR, "doublestar" }, { RA_F_PARENTHESES, "parentheses" },
	{ RA_F_DECLARE, "declare" }, { RA_F_TAIL, "tail" }, { RA_F_EXPORT, "export" },
	{ RA_F_OPTIONAL, "optional" }, { RA_F_HEADER, "header" }, { RA_F_BREAKS, "breaks" },
	{ RA_F_NEW, "new" }, { RA_F_MACRO, "macro" },
};

/* A block begins a line, and so does what stands directly in one. */
static bool begins_line(const struct ra_node *node)
{
	return node->kind == RA_N_BLOCK || (node->up && node->up->kind == RA_N_BLOCK);
}

/* A name, literal or string that is nothing but its text. */
static bool is_plain(const struct ra_node *node)
{
	return !node->kids && !node->flags && node->text.len &&
	       (node->kind == RA_N_NAME || node->kind == RA_N_LITERAL ||
		node->kind == RA_N_STRING);
}

static void dump_head(const struct ra_shape *shape, const struct ra_node *node,
		      struct ra_buf *out)
{
	ra_buf_addf(out, "(%s", node->kind == RA_N_BLOCK
					? role_names[shape->blocks.v[node->block].role]
					: kind_names[node->kind]);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (node->flags & flag_names[i].flag)
			ra_buf_addf(out, ":%s", flag_names[i].name);
	if (node->word && node->kind != RA_N_LITERAL)
		ra_buf_addf(out, " %s", ra_word_name((enum ra_word)node->word));
	if (node->text.len)
		ra_buf_addf(out, " %.*s", RA_FMT(node->text));
}

static void dump_space(const struct ra_node *node, unsigned indent, struct ra_buf *out)
{
	if (!begins_line(node)) {
		ra_buf_adds(out, node->up ? " " : "");
		return;
	}
	ra_buf_addc(out, '\n');
	for (unsigned i = 0; i < indent; i++)
		ra_buf_adds(out, "  ");
}

void ra_shape_dump(const struct ra_shape *shape, struct ra_buf *out)
{
	const struct ra_node *node = shape->root, *at;
	unsigned indent = 0;

	while (node) {
		dump_space(node, indent, out);
		if (is_plain(node))
			ra_buf_add(out, node->text);
		else
			dump_head(shape, node, out);
		indent += begins_line(node);
		for (at = node; !at->kids || at != node; at = at->up) {
			ra_buf_adds(out, is_plain(at) ? "" : ")");
			indent -= begins_line(at);
			if (at->next || !at->up)
				break;
		}
		node = ra_node_walk(shape->root, node, true);
	}
	ra_buf_addc(out, '\n');
}
