/*
 * What the files of the grammar of JavaScript and TypeScript share. Types are read in both: an
 * annotation cannot be anything else, and Flow writes them in plain files too.
 *
 *     javascript.c           statements, declarations, imports, exports
 *     javascript_class.c     classes, interfaces, enums
 *     javascript_export.c    what other files may run
 *     javascript_function.c  functions, arrows, parameters
 *     javascript_expr.c      operands and what follows them
 *     javascript_type.c      types; javascript_type_brackets.c those in brackets
 */
#ifndef RA_SHAPE_JAVASCRIPT_H
#define RA_SHAPE_JAVASCRIPT_H

#include "core/shape/builder.h"

/* Is the token this word, be it reserved or a name elsewhere? */
static inline bool js_is(const struct ra_token *token, enum ra_word word)
{
	return token->word == word && (token->kind == RA_T_NAME || token->kind == RA_T_KEYWORD ||
				       token->kind == RA_T_OP);
}

static inline bool js_at(const struct ra_builder *build, enum ra_word word)
{
	return js_is(build->token, word);
}

/* Does the token at `ahead` stand on the line on which the one before it ends? Further ahead a
 * template of several lines is of no account: only words are asked for. */
static inline bool js_same_line(const struct ra_builder *build, uint32_t ahead)
{
	return ahead == 0 ? !ra_build_on_new_line(build)
			  : ra_build_peek(build, ahead)->line ==
				    ra_build_peek(build, ahead - 1)->line;
}

/* A name in the sense of the language: reserved words are names behind a dot and as keys. */
static inline bool js_is_word(const struct ra_token *token)
{
	return token->kind == RA_T_NAME || token->kind == RA_T_KEYWORD;
}

/* The text of a key or module name, without its quotes. */
struct ra_str js_unquoted(struct ra_str text);

/* -- places in the tokens ------------------------------------------------------------------- */

struct js_mark {
	const struct ra_token *token;
	uint32_t at, last;
	size_t notes;
};

static inline struct js_mark js_save(const struct ra_builder *build)
{
	return (struct js_mark){ build->token, build->at, build->last, build->shape->notes.n };
}

static inline void js_restore(struct ra_builder *build, const struct js_mark *mark)
{
	build->token = mark->token;
	build->at = mark->at;
	build->last = mark->last;
	build->shape->notes.n = mark->notes;
}

/* How far ahead the partner of the bracket at `ahead` stands; the text's end when it has none. */
uint32_t js_partner(const struct ra_builder *build, uint32_t ahead);

/* -- types ---------------------------------------------------------------------------------- */

/*
 * A type as an expression, or NULL with tokens taken when there is none:
 *     a.b.C        NAME, MEMBER           C<A, B>   INDEX of C and A, or of a TUPLE
 *     A[]          INDEX of Array and A   A | B     BINARY
 *     (x) => A     UNARY of word FAT_ARROW and A: what is called is worth A
 *     { k: A }     DICT of PAIR           [A, B]    LIST
 *     'x', 1       STRING, LITERAL        all else  UNKNOWN
 */
struct ra_node *js_type(struct ra_builder *build);
/* `: T` as an ANNOTATION or RESULT into `open`, if it is there. */
void js_annotation(struct ra_builder *build, struct ra_open *open, enum ra_node_kind kind);
/* Over `<...>`, parameters or arguments of a type; false when it does not end. */
bool js_pass_angles(struct ra_builder *build);
/* Over `<A, B>` if it reads as types; else nothing is taken. */
/* `<T>` before what it casts; NULL when it does not read so. */
struct ra_node *js_cast_type(struct ra_builder *build);
bool js_type_arguments(struct ra_builder *build);

/* -- functions ------------------------------------------------------------------------------ */

/* A function before it is read: what its tokens up to the parameters say. */
struct js_function {
	struct ra_str name;
	uint32_t flags;        /* enum ra_unit_flag */
	uint32_t skip;         /* tokens before type parameters or parameters */
	bool field;            /* its parameters may be fields: a constructor */
	struct ra_str class_;  /* it stands outside of its class, which is this; else empty */
};

/* From its first token: the parameters, the result, and the body if there is one. */
struct ra_node *js_function(struct ra_builder *build, struct ra_open *open,
			    const struct js_function *function);
/* From `function`, `async function`: a literal, or with `declared` a statement. */
struct ra_node *js_function_word(struct ra_builder *build, struct ra_str name, bool declared);
/* `X.prototype.m = function () {}`, from `function` on. */
struct ra_node *js_prototype_method(struct ra_builder *build, struct ra_str name,
				    struct ra_str class_);
/* An arrow function if one begins here, else NULL with no token taken. */
struct ra_node *js_arrow(struct ra_builder *build, struct ra_str name);

/* -- classes -------------------------------------------------------------------------------- */

/* Does `class`, `abstract class`, `interface X`, `enum X` or a decorator come next? */
bool js_begins_class(const struct ra_builder *build);
/* From there. `name` is what an anonymous one is bound to. */
struct ra_node *js_class(struct ra_builder *build, struct ra_str name);
/* `{ a: A; b(): B }` as the body of a class of that kind, into `open`. */
void js_class_body(struct ra_builder *build, struct ra_open *open);

/* -- expressions ---------------------------------------------------------------------------- */

struct ra_node *js_operand(struct ra_builder *build);
struct ra_node *js_extend(struct ra_builder *build, uint32_t first, struct ra_node *left,
			  enum ra_binding loosest);
/* A name, an object or array pattern. */
struct ra_node *js_target(struct ra_builder *build);
/* A value that a function or class literal takes its name from. */
struct ra_node *js_value(struct ra_builder *build, struct ra_str name);

void js_finish(struct ra_builder *build);
bool js_statement(struct ra_builder *build, struct ra_open *block);

#endif
