/*
 * What python.c and python_string.c share.
 */
#ifndef RA_LEX_PYTHON_H
#define RA_LEX_PYTHON_H

#include "core/lex/lexer.h"

extern const uint8_t ra_python_class[256];

static inline bool is_name_byte(const char *p)
{
	uint8_t class = ra_python_class[byte(p)];

	return class == C_NAME || class == C_DIGIT;
}

/* A string whose prefix, maybe empty, is from lexer->at to `quote`. */
void ra_python_string(struct lexer *lexer, const char *quote);
/* Text of the f-string or format on top, from lexer->at; the first byte to look at is `body`. */
void ra_python_text(struct lexer *lexer, enum ra_token_kind kind, const char *body);
/* Can these one or two letters stand before a quote? */
bool ra_python_is_prefix(const char *from, const char *to);

#endif
