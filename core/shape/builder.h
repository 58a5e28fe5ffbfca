/*
 * What the files that build a shape share: the place in the tokens, the place in the program, and
 * how nodes are made. Not for other folders: they use shape.h.
 *
 *     shape.c       nodes, blocks, units, classes; the module
 *     statement.c   statements
 *     declare.c     functions, lambdas, parameters, classes, imports
 *     expr.c        expressions: operands and operators
 *     bracket.c     what stands in brackets
 *     exits.c       how control leaves a block
 */
#ifndef RA_SHAPE_BUILDER_H
#define RA_SHAPE_BUILDER_H

#include "core/shape/shape.h"

/* Where in the program the next node stands. Saved and restored by value. */
struct ra_place {
	uint32_t unit, block, loop;
	uint32_t class_;      /* as in struct ra_unit */
	struct ra_str prefix; /* qualified name of the enclosing unit or class; "" at the top */
	bool in_class;        /* the innermost of the two is a class */
};

struct ra_builder {
	struct ra_arena *arena;
	const struct ra_tokens *tokens;
	struct ra_shape *shape;
	const struct ra_token *token; /* the next one; `at` is its index */
	uint32_t at;
	uint32_t last;                /* the last one taken that is no layout */
	unsigned depth;               /* of the descent; see RA_SHAPE_DEPTH */
	bool in_pattern;              /* `as` binds, inside any bracket */
	struct ra_place place;
	RA_VEC(struct ra_node *) yields;
};

/* A node whose children are still coming. */
struct ra_open {
	struct ra_node *node, **end;
};

/* How tight an operator binds. A parse asks for the loosest that it may take. */
enum ra_binding {
	RA_BIND_NONE, RA_BIND_NAMED, RA_BIND_TERNARY, RA_BIND_AS, RA_BIND_OR, RA_BIND_AND,
	RA_BIND_NOT, RA_BIND_COMPARE, RA_BIND_PIPE, RA_BIND_CARET, RA_BIND_AMP, RA_BIND_SHIFT,
	RA_BIND_SUM, RA_BIND_PRODUCT, RA_BIND_UNARY, RA_BIND_POWER, RA_BIND_AWAIT,
	RA_BIND_TRAILER
};

/* -- tokens -------------------------------------------------------------------------------- */

static inline const struct ra_token *ra_build_peek(const struct ra_builder *build, uint32_t ahead)
{
	size_t last = build->tokens->list.n - 1, index = (size_t)build->at + ahead;

	return &build->tokens->list.v[index < last ? index : last];
}

/* The word of a token that is not a mere name. */
static inline enum ra_word ra_build_word_of(const struct ra_token *token)
{
	return token->kind == RA_T_NAME ? RA_W_NONE : (enum ra_word)token->word;
}

static inline enum ra_word ra_build_word(const struct ra_builder *build)
{
	return ra_build_word_of(build->token);
}

/* Is the next token one that only shapes lines and blocks? */
static inline bool ra_build_at_layout(const struct ra_builder *build)
{
	return build->token->kind == RA_T_NEWLINE || build->token->kind == RA_T_OPEN ||
	       build->token->kind == RA_T_CLOSE || build->token->kind == RA_T_END;
}

void ra_build_next(struct ra_builder *build);
/* Was the last token taken the end of a line, or of a block? */
bool ra_build_line_ended(const struct ra_builder *build);
bool ra_build_take(struct ra_builder *build, enum ra_word word);
bool ra_build_begins_expression(const struct ra_token *token);

/* Is the next token still inside the bracket whose tokens stand at `depth`? */
static inline bool ra_build_inside(const struct ra_builder *build, uint16_t depth)
{
	return build->token->depth > depth;
}

/* -- nodes --------------------------------------------------------------------------------- */

struct ra_node *ra_build_node(struct ra_builder *build, enum ra_node_kind kind, uint32_t first);
struct ra_open ra_build_open(struct ra_builder *build, enum ra_node_kind kind, uint32_t first);
void ra_build_add(struct ra_open *open, struct ra_node *kid);
/* Its last token is the last one taken. */
struct ra_node *ra_build_close(struct ra_builder *build, struct ra_open *open);
/* A leaf over the next token, which is taken, with its text. */
struct ra_node *ra_build_leaf(struct ra_builder *build, enum ra_node_kind kind);
struct ra_str ra_build_text(const struct ra_builder *build, uint32_t first, uint32_t last);
void ra_build_note(struct ra_builder *build, const char *text);

/* UNKNOWN over what is left before the closing bracket at `depth`. */
struct ra_node *ra_build_skip_bracket(struct ra_builder *build, uint16_t depth);
/* A statement of UNKNOWN over what is left of this one, one token at the least; over the indented
 * block that opens here. */
struct ra_node *ra_build_skip_line(struct ra_builder *build);
struct ra_node *ra_build_skip_block(struct ra_builder *build);

/* -- blocks, units ------------------------------------------------------------------------- */

/* `: suite`, into a BLOCK child of `owner`. */
void ra_build_suite(struct ra_builder *build, struct ra_open *owner, enum ra_block_role role);
/* Statements to the end of an indented block, or of the text. */
void ra_build_statements(struct ra_builder *build, struct ra_open *block);

/* Enter a unit or a class at `node`; the caller restores `place`. Return its index. */
uint32_t ra_build_enter_unit(struct ra_builder *build, struct ra_node *node, struct ra_str name,
			     uint32_t flags);
uint32_t ra_build_enter_class(struct ra_builder *build, struct ra_node *node, struct ra_str name);

/* -- grammar ------------------------------------------------------------------------------- */

struct ra_node *ra_build_expression(struct ra_builder *build, enum ra_binding loosest);
/* One expression, or `*` and one. */
struct ra_node *ra_build_element(struct ra_builder *build, enum ra_binding loosest);
/* Elements with commas between: a TUPLE; without any comma, the element. */
struct ra_node *ra_build_list(struct ra_builder *build, enum ra_binding loosest);
/* From `(` to `)`: arguments, into `open`; a group, a tuple or a generator. */
void ra_build_arguments(struct ra_builder *build, struct ra_open *open);
struct ra_node *ra_build_group(struct ra_builder *build);
/* From `[` or `{`: a list, set, dict or comprehension. The key of an index, without brackets. */
struct ra_node *ra_build_display(struct ra_builder *build);
struct ra_node *ra_build_key(struct ra_builder *build);

void ra_build_statement(struct ra_builder *build, struct ra_open *block);
/* From `@`, `def`, `class` or `async def`. */
struct ra_node *ra_build_declaration(struct ra_builder *build);
struct ra_node *ra_build_lambda(struct ra_builder *build);
struct ra_node *ra_build_import(struct ra_builder *build);
/* Over a bracket and what is in it, with no node. */
void ra_build_pass_bracket(struct ra_builder *build);

/* Bits of enum ra_exit; the exits of inner blocks are known. */
uint8_t ra_build_exits(const struct ra_shape *shape, const struct ra_node *block);

#endif
