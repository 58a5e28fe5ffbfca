/*
 * What javascript.c and javascript_text.c share.
 */
#ifndef RA_LEX_JAVASCRIPT_H
#define RA_LEX_JAVASCRIPT_H

#include "core/lex/braces.h"

/* A template string at its backtick. */
void ra_js_template(struct lexer *lexer);
/* Does an element begin at `p`, a `<` where an expression may begin? Else type parameters do. */
bool ra_js_is_element(struct lexer *lexer, const char *p);
/* An element at its `<`. */
void ra_js_element(struct lexer *lexer);
/* On from lexer->at with the text on top, whose hole was just closed. */
void ra_js_text(struct lexer *lexer);

#endif
