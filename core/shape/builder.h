/*
 * What the files that build a shape share: the place in the tokens, the place in the program, and
 * how nodes are made. Not for other folders: they use shape.h.
 *
 *     shape.c       nodes, blocks, units, classes; the module
 *     statement.c   statements of blocks by indentation
 *     declare.c     functions, lambdas, parameters, classes, imports of the same
 *     braces.c      statements of blocks in braces
 *     control.c     their branches and loops
 *     grammar.c     which grammar a language has
 *     go.c, ...     what a language with braces writes in its own way: its struct ra_grammar
 *     go_type.c, go_declare.c   the rest of Go, and so of the others: go.h, rust.h, javascript.h
 *     expr.c        expressions: operands and operators
 *     bracket.c     what stands in brackets
 *     exits.c       how control leaves a block
 *     tree.c        reading the tree, once it is there
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
	bool test;            /* what stands here is compiled for tests alone */
};

/* How tight an operator binds. A parse asks for the loosest that it may take. */
enum ra_binding {
	RA_BIND_NONE, RA_BIND_NAMED, RA_BIND_TERNARY, RA_BIND_AS, RA_BIND_OR, RA_BIND_AND,
	RA_BIND_NOT, RA_BIND_COMPARE, RA_BIND_PIPE, RA_BIND_CARET, RA_BIND_AMP, RA_BIND_SHIFT,
	RA_BIND_SUM, RA_BIND_PRODUCT, RA_BIND_UNARY, RA_BIND_POWER, RA_BIND_AWAIT,
	RA_BIND_TRAILER
};

struct ra_builder;
struct ra_open;

/*
 * What braces.c, expr.c and bracket.c ask of a language with braces. A hook that is NULL, or that
 * answers NULL or false without taking a token, leaves the matter to the common code.
 */
struct ra_grammar {
	bool braces;            /* else indentation: none of what follows applies */
	bool bracketed_heads;   /* `if (c) s`: a head in brackets, a body that may lack braces */
	bool assigns;           /* an assignment is an expression */
	bool lists;             /* `a, b = c, d`: a statement may be a list of expressions */
	bool tails;             /* the last expression of a block without `;` is its value */
	bool open_classes;      /* a type's methods stand outside of it: one class for each name */
	/* A statement, or a declaration, into `block`. */
	bool (*statement)(struct ra_builder *build, struct ra_open *block);
	/* An operand, with the operators before it that only this language has. */
	struct ra_node *(*operand)(struct ra_builder *build);
	/* `left`, which began at token `first`, with what follows it, if that binds tight enough. */
	struct ra_node *(*extend)(struct ra_builder *build, uint32_t first, struct ra_node *left,
				  enum ra_binding loosest);
	/* The target of `for`, of a declaration; an expression where it is NULL. */
	struct ra_node *(*target)(struct ra_builder *build);
	/* What only the whole text tells; the shape is complete. */
	void (*finish)(struct ra_builder *build);
};

const struct ra_grammar *ra_grammar(enum ra_lang lang);

struct ra_builder {
	struct ra_arena *arena;
	const struct ra_tokens *tokens;
	const struct ra_grammar *grammar;
	struct ra_shape *shape;
	const struct ra_token *token; /* the next one; `at` is its index */
	uint32_t at;
	uint32_t last;                /* the last one taken that is no layout */
	unsigned depth;               /* of the descent; see RA_SHAPE_DEPTH */
	size_t again;                 /* tokens that were read more than once */
	bool in_pattern;              /* `as` binds, inside any bracket */
	bool in_head;                 /* `{` opens the body, not a literal; brackets lift it */
	uint8_t split;                /* bytes taken of the next token, an operator */
	struct ra_str label;          /* of the loop that comes next */
	struct ra_str bound;          /* what the function or class literal that comes next goes by */
	struct ra_str bound_class;    /* whose method it is */
	struct ra_map class_names;    /* name -> index, of open classes */
	struct ra_place place;
	RA_VEC(struct ra_node *) yields;
};

/* A node whose children are still coming. */
struct ra_open {
	struct ra_node *node, **end;
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
	return ra_token_is_layout(build->token) || build->token->kind == RA_T_END;
}

void ra_build_next(struct ra_builder *build);
/* Was the last token taken the end of a line, or of a block? */
bool ra_build_line_ended(const struct ra_builder *build);
bool ra_build_take(struct ra_builder *build, enum ra_word word);
/* Can an operand begin at this token? In a language with braces more can. */
bool ra_build_begins_expression(const struct ra_builder *build, const struct ra_token *token);
/* A word that is a name unless the grammar says otherwise: `of`, `type`. */
static inline bool ra_build_soft(const struct ra_token *token, enum ra_word word)
{
	return token->kind == RA_T_NAME && token->word == word;
}
/* Does the next token stand on a line of its own, after the last one taken? */
static inline bool ra_build_on_new_line(const struct ra_builder *build)
{
	const struct ra_token *last = &build->tokens->list.v[build->last];
	const char *gap = build->tokens->source->text.ptr + last->at + last->len;
	size_t n = build->token->at - (last->at + last->len);

	/* the last one may be a string of several lines */
	return build->token->line > last->line && (memchr(gap, '\n', n) || memchr(gap, '\r', n));
}

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
/* UNKNOWN from `first` to the last token taken; over the token before where none was taken. */
struct ra_node *ra_build_unknown(struct ra_builder *build, uint32_t first);
/* The same where something should be, with a note. */
struct ra_node *ra_build_missing(struct ra_builder *build, const char *note);
/* A leaf over the next token, which is taken, with its text; at the end what is missing. */
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

/* A block of any role by hand: what is added to it between the two stands in it. */
struct ra_open ra_build_open_block(struct ra_builder *build, enum ra_block_role role);
struct ra_node *ra_build_close_block(struct ra_builder *build, struct ra_open *block);

/* Enter a unit or a class at `node`; the caller restores `place`. Return its index. A class that is
 * open is the one of that name there is, and a node of word IMPL is no declaration of it. */
uint32_t ra_build_enter_unit(struct ra_builder *build, struct ra_node *node, struct ra_str name,
			     uint32_t flags);
uint32_t ra_build_enter_class(struct ra_builder *build, struct ra_node *node, struct ra_str name);
/* The class of that name, made if need be, for a method that stands outside of it. */
uint32_t ra_build_class_named(struct ra_builder *build, struct ra_str name);
/* What a class without a name, just entered, is called for people. */
void ra_build_call_class(struct ra_builder *build, uint32_t index, struct ra_str qualified);
/* A method of `class_` (an index), whose receiver is the parameter of that name; entered before. */
void ra_build_method_of(struct ra_builder *build, uint32_t unit, uint32_t class_,
			struct ra_str receiver);
/* Its node is complete. */
void ra_build_close_unit(struct ra_builder *build, uint32_t unit);

/* -- grammar ------------------------------------------------------------------------------- */

struct ra_node *ra_build_expression(struct ra_builder *build, enum ra_binding loosest);
/* `left`, which began at token `first`, with the operators that follow it. */
struct ra_node *ra_build_operators(struct ra_builder *build, uint32_t first, struct ra_node *left,
				   enum ra_binding loosest);
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

/* -- braces -------------------------------------------------------------------------------- */

/* Does the statement end here: `;`, the end of its line or block? */
bool ra_build_at_statement_end(const struct ra_builder *build);
/* The contents of the bracket at `depth` as UNKNOWN: nested too deeply. */
void ra_build_skip_braces(struct ra_builder *build, struct ra_open *block, uint16_t depth);
/* `{ ... }` into a BLOCK child of `owner`; without braces the one statement that is there. */
void ra_build_braces(struct ra_builder *build, struct ra_open *owner, enum ra_block_role role);
/* Statements to the `}` whose bracket stands at `depth`, which is not taken; or to the end. */
void ra_build_brace_statements(struct ra_builder *build, struct ra_open *block, uint16_t depth);
/* All statements of the text. */
void ra_build_brace_module(struct ra_builder *build, struct ra_open *block);
/* One statement into `block`, its `;` or end of line taken. */
void ra_build_brace_statement(struct ra_builder *build, struct ra_open *block);
/* An expression, a list of them where the grammar has such, or an assignment. */
struct ra_node *ra_build_simple(struct ra_builder *build);
/* An expression as a statement: what is one already stays as it is. */
struct ra_node *ra_build_as_statement(struct ra_builder *build, struct ra_node *node);
/* A condition in brackets, or before `{`; what a Go head has before it goes into `block`. */
struct ra_node *ra_build_head(struct ra_builder *build, struct ra_open *block);
/* From `if`, `for`, `while`, `do`, `loop`, `switch`, `select`, `try`: `block` takes what stands before.
 * It may be NULL where nothing can. */
struct ra_node *ra_build_brace_if(struct ra_builder *build, struct ra_open *block);
struct ra_node *ra_build_brace_for(struct ra_builder *build, struct ra_open *block);
struct ra_node *ra_build_brace_switch(struct ra_builder *build, struct ra_open *block);
struct ra_node *ra_build_brace_select(struct ra_builder *build);
struct ra_node *ra_build_brace_try(struct ra_builder *build);
struct ra_node *ra_build_brace_while(struct ra_builder *build);
struct ra_node *ra_build_brace_do(struct ra_builder *build);
struct ra_node *ra_build_brace_loop(struct ra_builder *build);
/* `return`, `break`, `continue`, `throw` with what follows. */
struct ra_node *ra_build_jump(struct ra_builder *build);
/* A LITERAL that no token spells, over the token `at`. */
struct ra_node *ra_build_implied(struct ra_builder *build, enum ra_word word, const char *text,
				 uint32_t at);
/* From `++` behind `target`, or before it, which has been read: an AUGMENT by 1. */
struct ra_node *ra_build_increment(struct ra_builder *build, uint32_t first, struct ra_node *target,
				   uint32_t op);

/* Bits of enum ra_exit; the exits of inner blocks are known. */
uint8_t ra_build_exits(const struct ra_shape *shape, const struct ra_node *block);

#endif
