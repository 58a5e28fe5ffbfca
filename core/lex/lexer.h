/*
 * What the lexers of this folder share. Not for other folders: they use lex.h.
 */
#ifndef RA_LEX_LEXER_H
#define RA_LEX_LEXER_H

#include "core/lex/lex.h"

extern const struct ra_language ra_language_python, ra_language_go, ra_language_rust,
	ra_language_javascript, ra_language_typescript;

/* `text` is static. Beyond RA_NOTES_MAX they are dropped. */
void ra_tokens_note(struct ra_arena *arena, struct ra_tokens *out, uint32_t line,
		    const char *text);

/* Keywords by first byte, for a lexer's inner loop; all begin with a letter of ASCII. */
struct ra_keyword_index {
	const struct ra_language *language;
	uint8_t from[129]; /* from[c] .. from[c + 1]: the rows that begin with c */
};

/* The language's rows have to be in order of their text. */
void ra_keyword_index_init(struct ra_keyword_index *index, const struct ra_language *language);
const struct ra_keyword *ra_keyword_find(const struct ra_keyword_index *index, const char *text,
					 size_t len);

#endif
