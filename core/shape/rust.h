/*
 * What the files that read Rust share.
 *
 *     rust.c        items and statements
 *     rust_expr.c   operands and what follows them: closures, blocks, macros, select!
 *     rust_type.c   types and patterns
 */
#ifndef RA_SHAPE_RUST_H
#define RA_SHAPE_RUST_H

#include "core/shape/grammar.h"

/* -- types and patterns -------------------------------------------------------------------- */

/* A type as an expression: paths are MEMBERs, generics INDEXes, `&T` a UNARY. */
struct ra_node *ra_rust_type(struct ra_builder *build);
/* `: T`, `-> T`: the type in a node of this kind, if `word` comes next. */
void ra_rust_typed(struct ra_builder *build, struct ra_open *owner, enum ra_word word,
		   enum ra_node_kind kind);
/* From `<` behind its `>`, with no node. */
void ra_rust_pass_generics(struct ra_builder *build);
/* To the `{`, `;` or `=` that ends a head: bounds, `where`. */
void ra_rust_pass_bounds(struct ra_builder *build);
/* `=`, also where it is the rest of a token that closed generics: `let x: Vec<u8>=y`. */
bool ra_rust_take_assign(struct ra_builder *build);

/* A pattern with its alternatives; one without, as in a closure's head. */
struct ra_node *ra_rust_pattern(struct ra_builder *build);
struct ra_node *ra_rust_one_pattern(struct ra_builder *build);
/* A PARAM: a pattern and, behind a colon, its type. */
struct ra_node *ra_rust_param(struct ra_builder *build);

/* -- expressions --------------------------------------------------------------------------- */

struct ra_node *ra_rust_operand(struct ra_builder *build);
struct ra_node *ra_rust_extend(struct ra_builder *build, uint32_t first, struct ra_node *left,
			       enum ra_binding loosest);
/* Does an operand begin here that ends a statement by its `}`: `if`, `match`, `unsafe {`? */
bool ra_rust_at_block(const struct ra_builder *build);
/* The arguments of a macro, from the bracket behind its `!`, into `call`. */
void ra_rust_macro_arguments(struct ra_builder *build, struct ra_open *call);
/* The token behind `name!`, `a::name!`, counted from the next one; 0 when it is no macro. */
uint32_t ra_rust_macro_ahead(const struct ra_builder *build);

/* -- items --------------------------------------------------------------------------------- */

bool ra_rust_statement(struct ra_builder *build, struct ra_open *block);
/* Over `#[..]` and `#![..]`. */
void ra_rust_pass_attributes(struct ra_builder *build);

#endif
