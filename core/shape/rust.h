/*
 * What the files that read Rust share.
 *
 *     rust.c        items and statements
 *     rust_item.c   functions, types with a body
 *     rust_block.c  blocks as values, closures
 *     rust_expr.c   other operands and what follows them
 *     rust_macro.c  macros, select!
 *     rust_type.c   types
 *     rust_pattern.c   patterns
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

/* `base::name`, from the name on; `<T as Trait>::Name`. */
struct ra_node *ra_rust_segment(struct ra_builder *build, uint32_t first, struct ra_node *base);
struct ra_node *ra_rust_qualified(struct ra_builder *build);

/* A pattern with its alternatives; one without, as in a closure's head. */
struct ra_node *ra_rust_pattern(struct ra_builder *build);
struct ra_node *ra_rust_one_pattern(struct ra_builder *build);
/* A PARAM: a pattern and, behind a colon, its type. */
struct ra_node *ra_rust_param(struct ra_builder *build);

/* -- expressions --------------------------------------------------------------------------- */

struct ra_node *ra_rust_operand(struct ra_builder *build);
struct ra_node *ra_rust_extend(struct ra_builder *build, uint32_t first, struct ra_node *left,
			       enum ra_binding loosest);

/* -- blocks as values ---------------------------------------------------------------------- */

/* Does an operand begin here that ends a statement by its `}`: `if`, `match`, `unsafe {`? */
bool ra_rust_at_block(const struct ra_builder *build);
struct ra_node *ra_rust_block(struct ra_builder *build);
struct ra_node *ra_rust_for(struct ra_builder *build);
struct ra_node *ra_rust_match(struct ra_builder *build);
/* `'a: loop {`, `'a: {` as an operand. */
struct ra_node *ra_rust_labelled(struct ra_builder *build);
/* What follows the pattern of an arm in the bracket at `depth`: its `if`, the arrow, and what it does,
 * as a block: braces, or one expression that is its value. */
void ra_rust_arm(struct ra_builder *build, struct ra_open *owner, uint16_t depth);
/* `async move { .. }`, `move |a, b| e`, `async |x| -> T { .. }` */
bool ra_rust_at_closure(const struct ra_builder *build);
struct ra_node *ra_rust_closure(struct ra_builder *build);

/* -- macros -------------------------------------------------------------------------------- */

static inline bool rust_opens_bracket(enum ra_word word)
{
	return word == RA_O_LPAREN || word == RA_O_LBRACKET || word == RA_O_LBRACE;
}

/* From the `!` behind a path. */
struct ra_node *ra_rust_macro(struct ra_builder *build, uint32_t first, struct ra_node *path);
/* The arguments of a macro, from the bracket behind its `!`, into `call`. */
void ra_rust_macro_arguments(struct ra_builder *build, struct ra_open *call);
/* The token behind `name!`, `a::name!`, counted from the next one; 0 when it is no macro. */
uint32_t ra_rust_macro_ahead(const struct ra_builder *build);

/* -- items --------------------------------------------------------------------------------- */

/* `const async unsafe extern "C"` before `fn`: how many tokens; UINT32_MAX when it is no function. */
uint32_t ra_rust_fn_qualifiers(const struct ra_builder *build);
void ra_rust_fn(struct ra_builder *build, struct ra_open *open, bool exported);
void ra_rust_struct(struct ra_builder *build, struct ra_open *open, enum ra_word word);
void ra_rust_trait(struct ra_builder *build, struct ra_open *open);
void ra_rust_impl(struct ra_builder *build, struct ra_open *open);
void ra_rust_pass_visibility(struct ra_builder *build);
/* Over `#[..]` and `#![..]`. */
void ra_rust_pass_attributes(struct ra_builder *build);

#endif
