/*
 * What the lexers of languages with braces share: one loop over a table of byte classes, blanks,
 * comments, numbers, names, plain strings, operators by longest match, brackets.
 *
 * A language gives a `struct dialect`, a const table of what differs, and calls `run` with it.
 * `run` is inline so that a dialect's functions are called directly. Brackets, texts with holes
 * and their holes are frames of one stack; a lexer that has such texts reads one from hole to
 * hole, so that they nest without recursion.
 */
#ifndef RA_LEX_BRACES_H
#define RA_LEX_BRACES_H

#include "core/lex/lexer.h"

struct dialect {
	const struct operator *operators;
	size_t n_operators;
	bool nested_comments;
	/* Does a line end behind this token? NULL where tokens alone do not tell. */
	bool (*ends_line)(const struct ra_token *last);
	/* Each takes one token at the least from lexer->at. */
	void (*name)(struct lexer *lexer);
	void (*number)(struct lexer *lexer);
	void (*quote)(struct lexer *lexer);
	void (*operator)(struct lexer *lexer);
};

/* -- in braces.c --------------------------------------------------------------------------- */

void ra_braces_init(struct lexer *lexer, struct ra_arena *arena, struct ra_tokens *out,
		    const struct dialect *dialect);

/* Behind the letters over 0x7f and escapes at `p` that a name may hold; `p` when there is none. */
const char *ra_braces_past_wide(const struct lexer *lexer, const char *p);
/* Behind the white space over 0x7f at `p`; `p` when it is none. */
const char *ra_braces_past_wide_blank(const char *p);

/* Behind a number of digits, radix, fraction, exponent and suffix; `fraction`: a dot may follow. */
const char *ra_braces_past_number(const struct lexer *lexer, const char *p, bool fraction);

/* A string without holes that begins at lexer->at, its text at `body`, up to `quote`. */
enum { STRING_LINES = 1, /* may hold newlines */ STRING_RAW = 2 /* no escapes */ };
void ra_braces_string(struct lexer *lexer, const char *body, char quote, unsigned how);
/* What is read as a string and is none: a BAD token from lexer->at to `to`. */
void ra_braces_unterminated(struct lexer *lexer, const char *to, uint32_t line);

/* The comment at lexer->at; true when a newline lies in it. */
bool ra_braces_comment(struct lexer *lexer, bool nested);
/* A first line `#!..` is a comment. */
void ra_braces_hashbang(struct lexer *lexer);

/* -- names and the loop -------------------------------------------------------------------- */

static inline const char *past_name(const struct lexer *lexer, const char *p)
{
	for (;;) {
		const char *wide;

		while (class_of(lexer, p) == C_NAME || class_of(lexer, p) == C_DIGIT)
			p++;
		if (class_of(lexer, p) != C_WIDE)
			return p;
		wide = ra_braces_past_wide(lexer, p);
		if (wide == p)
			return p;
		p = wide;
	}
}

static inline void lex_line_end(struct lexer *lexer, const struct dialect *dialect, const char *to,
				uint32_t line)
{
	const struct ra_token *last = last_token(lexer);

	if (dialect->ends_line && last && dialect->ends_line(last))
		emit_at(lexer, RA_T_NEWLINE, RA_W_NONE, lexer->at, to, line);
}

static inline void lex_newline(struct lexer *lexer, const struct dialect *dialect)
{
	uint32_t line = lexer->line;
	const char *to = past_newline(lexer, lexer->at);

	lex_line_end(lexer, dialect, to, line);
	lexer->at = to;
}

static inline void lex_comment(struct lexer *lexer, const struct dialect *dialect)
{
	const char *from = lexer->at;
	uint32_t line = lexer->line;

	if (ra_braces_comment(lexer, dialect->nested_comments)) {
		const char *to = lexer->at;

		lexer->at = from;
		lex_line_end(lexer, dialect, from, line);
		lexer->at = to;
	}
}

static inline void lex_wide(struct lexer *lexer, const struct dialect *dialect)
{
	const char *blank = ra_braces_past_wide_blank(lexer->at);

	if (blank > lexer->at)
		lexer->at = blank;
	else if (past_name(lexer, lexer->at) > lexer->at)
		dialect->name(lexer);
	else
		ra_lexer_bad(lexer);
}

/* To lexer->end. */
static inline void run_part(struct lexer *lexer, const struct dialect *dialect)
{
	while (lexer->at < lexer->end) {
		switch (class_of(lexer, lexer->at)) {
		case C_BLANK:
			lexer->at = past_blanks(lexer, lexer->at);
			break;
		case C_NEWLINE:
			lex_newline(lexer, dialect);
			break;
		case C_NAME:
			dialect->name(lexer);
			break;
		case C_WIDE:
			lex_wide(lexer, dialect);
			break;
		case C_DIGIT:
			dialect->number(lexer);
			break;
		case C_QUOTE:
			dialect->quote(lexer);
			break;
		case C_SLASH:
			if (lexer->at[1] == '/' || lexer->at[1] == '*') {
				lex_comment(lexer, dialect);
				break;
			}
			/* fall through */
		case C_OP:
			dialect->operator(lexer);
			break;
		default:
			ra_lexer_bad(lexer);
		}
	}
}

/* The whole text. What one file of several leaves open ends with it. */
static inline void run(struct lexer *lexer, const struct dialect *dialect)
{
	const struct ra_source *source = lexer->out->source;

	for (size_t i = 0; i < source->n_parts; i++) {
		const struct ra_part *part = &source->parts[i];

		lexer->end = lexer->text + source->line_at[part->first - 1 + part->lines];
		run_part(lexer, dialect);
		if (lexer->line > source->lines && lexer->line > 1)
			lexer->line--; /* the last newline of a text begins no line */
		lex_line_end(lexer, dialect, lexer->at, lexer->line);
		ra_lexer_close(lexer);
	}
	emit(lexer, RA_T_END, RA_W_NONE, lexer->at);
}

#endif
