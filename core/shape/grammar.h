/*
 * The grammars of the languages with braces, one file each.
 */
#ifndef RA_SHAPE_GRAMMAR_H
#define RA_SHAPE_GRAMMAR_H

#include "core/shape/builder.h"

extern const struct ra_grammar ra_grammar_go;
extern const struct ra_grammar ra_grammar_rust;
extern const struct ra_grammar ra_grammar_javascript;

#endif
