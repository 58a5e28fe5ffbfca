/*
 * What the files that read Go share. Types are nodes of expressions, read like the values that they
 * describe: `[]T` is a LIST of T, `map[K]V` a DICT of a PAIR, `chan T` the INDEX of T in the NAME
 * "chan", a function's type the NAME "func". A struct type with fields is a CLASS, whoever uses it.
 *
 * Names that share one type (`a, b int`) each get a copy of it: its tokens are read again.
 *
 *     go.c           functions, literals, statements
 *     go_declare.c   declarations of types, variables and constants; imports
 *     go_type.c      types, parameters, results
 */
#ifndef RA_SHAPE_GO_H
#define RA_SHAPE_GO_H

#include "core/shape/grammar.h"

/* -- tokens -------------------------------------------------------------------------------- */

static inline enum ra_word go_word_at(const struct ra_builder *build, uint32_t ahead)
{
	return ra_build_word_of(ra_build_peek(build, ahead));
}

static inline bool go_is_name_at(const struct ra_builder *build, uint32_t ahead)
{
	return ra_build_peek(build, ahead)->kind == RA_T_NAME;
}

static inline struct ra_str go_text_at(const struct ra_builder *build, uint32_t ahead)
{
	return ra_build_text(build, build->at + ahead, build->at + ahead);
}

/* From a bracket: how far it is to what stands behind its partner. */
static inline uint32_t go_behind_bracket(const struct ra_builder *build, uint32_t ahead)
{
	uint16_t depth = ra_build_peek(build, ahead)->depth;

	do
		ahead++;
	while (ra_build_peek(build, ahead)->depth > depth);
	return ra_build_peek(build, ahead)->kind == RA_T_OP ? ahead + 1 : ahead;
}

enum { NAMES_MAX = 64 }; /* of one type; what is more has no node */

/* Where to go back to, to read the tokens from there once more. */
struct go_mark {
	const struct ra_token *token;
	uint32_t at, last;
};

static inline struct go_mark go_mark_here(const struct ra_builder *build)
{
	return (struct go_mark){ build->token, build->at, build->last };
}

inline void go_back(struct ra_builder *build, const struct go_mark *mark)
{
	build->token = mark->token;
	build->at = mark->at;
	build->last = mark->last;
}

/* -- types --------------------------------------------------------------------------------- */

struct ra_node *ra_go_type(struct ra_builder *build);
/*
 * The type that begins at `type`, for one more of the names that share it: nodes have one parent, so
 * it is read again. A type in it may be shared as well, which doubles the work at each level: when
 * as many tokens as the file has were read again, UNKNOWN with a note.
 */
struct ra_node *ra_go_type_again(struct ra_builder *build, const struct go_mark *type);
bool ra_go_begins_type(const struct ra_builder *build);
/* From `func`: the NAME "func". */
struct ra_node *ra_go_function_type(struct ra_builder *build);
/* A type in an ANNOTATION. */
struct ra_node *ra_go_annotation(struct ra_builder *build, struct ra_node *type);
/* The name that a type goes by: T of `*pkg.T[K]`; empty when it has none. */
struct ra_str ra_go_type_name(const struct ra_node *type);
/* Does `name Type` stand here, and not a type alone? */
bool ra_go_at_named_type(const struct ra_builder *build);
/* Of a unit that has been entered, into its node. */
void ra_go_params(struct ra_builder *build, struct ra_open *owner, uint32_t unit);
void ra_go_result(struct ra_builder *build, struct ra_open *owner, uint32_t unit);

/* -- functions ----------------------------------------------------------------------------- */

bool ra_go_is_exported(struct ra_str name);
/* Both; then body and unit are closed. */
void ra_go_signature(struct ra_builder *build, struct ra_open *open, uint32_t unit);
void ra_go_finish_unit(struct ra_builder *build, struct ra_open *open, uint32_t unit);

/* -- declarations -------------------------------------------------------------------------- */

/* From `struct`, `{` next: a CLASS. */
struct ra_node *ra_go_struct(struct ra_builder *build, struct ra_open *open);
void ra_go_imports(struct ra_builder *build, struct ra_open *block);
/* From `type`, `var`, `const`: one, or several in brackets. */
void ra_go_specs(struct ra_builder *build, struct ra_open *block, enum ra_word word);

#endif
