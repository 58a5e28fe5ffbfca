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

/* What a byte begins. WIDE may belong to a name and needs a second look. */
enum byte_class {
	C_BAD, C_BLANK, C_NEWLINE, C_NAME, C_DIGIT, C_WIDE, C_QUOTE, C_SLASH, C_OP
};

/* Rows with one first byte stand together, the longest first. */
struct operator {
	char text[5];
	uint8_t len, word;
};

enum frame_kind {
	FRAME_BRACKET, /* `quote` is the closing bracket */
	FRAME_TEXT,    /* literal text of a string with holes; `quote` says of which kind */
	FRAME_HOLE     /* code in one */
};

struct frame {
	uint8_t kind;
	char quote;
	uint8_t mark;              /* the language's own */
	bool in_tag, closing_tag;  /* of markup */
	uint32_t elements;         /* of markup: open ones */
};

struct lexer {
	struct ra_arena *arena;
	struct ra_tokens *out;
	const char *text, *at, *end;
	const char *line_start;
	uint32_t line;
	uint32_t depth;             /* open brackets and holes */
	RA_VEC(struct frame) frames;
	struct frame closed;        /* the last one that its own bracket closed */
	struct ra_keyword_index keywords;
	const struct operator *operators;
	size_t n_operators;
	/* JavaScript's own */
	bool markup;                /* `<` may begin an element */
	const char *no_regex_before;
	size_t searched;            /* bytes, for closing tags */
	uint8_t operator_from[128]; /* 1 + first row for that byte */
	uint8_t class[256];
};

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

static inline unsigned char byte(const char *p)
{
	return (unsigned char)*p;
}

static inline uint8_t class_of(const struct lexer *lexer, const char *p)
{
	return lexer->class[byte(p)];
}

static inline bool is_digit(const char *p)
{
	return *p >= '0' && *p <= '9';
}

static inline void note(struct lexer *lexer, const char *text)
{
	ra_tokens_note(lexer->arena, lexer->out, lexer->line, text);
}

/* NULL at the start of the text. */
static inline const struct ra_token *last_token(const struct lexer *lexer)
{
	return lexer->out->list.n ? &lexer->out->list.v[lexer->out->list.n - 1] : NULL;
}

static inline enum ra_word last_word(const struct lexer *lexer)
{
	const struct ra_token *last = last_token(lexer);

	return last ? (enum ra_word)last->word : RA_W_NONE;
}

/* -- tokens -------------------------------------------------------------------------------- */

static inline void emit_at(struct lexer *lexer, enum ra_token_kind kind, enum ra_word word,
			   const char *from, const char *to, uint32_t line)
{
	*ra_vec_push(lexer->arena, &lexer->out->list) = (struct ra_token){
		.at = (uint32_t)(from - lexer->text),
		.len = (uint32_t)(to - from),
		.line = line,
		.kind = (uint8_t)kind,
		.word = (uint8_t)word,
		.depth = lexer->depth < UINT16_MAX ? (uint16_t)lexer->depth : UINT16_MAX,
	};
}

/* The bytes from lexer->at to `to`; moves there. */
static inline void emit(struct lexer *lexer, enum ra_token_kind kind, enum ra_word word,
			const char *to)
{
	emit_at(lexer, kind, word, lexer->at, to, lexer->line);
	lexer->at = to;
}

static inline bool is_newline(const struct lexer *lexer, const char *p)
{
	return (*p == '\n' || *p == '\r') && p < lexer->end;
}

/* Behind the newline at `p`, which may be CR LF, and the line counted. */
static inline const char *past_newline(struct lexer *lexer, const char *p)
{
	p += p[0] == '\r' && p[1] == '\n' && p + 1 < lexer->end ? 2 : 1;
	lexer->line++;
	lexer->line_start = p;
	return p;
}

static inline const char *past_blanks(const struct lexer *lexer, const char *p)
{
	while (class_of(lexer, p) == C_BLANK)
		p++;
	return p;
}

/* -- frames -------------------------------------------------------------------------------- */

static inline struct frame *top(struct lexer *lexer)
{
	return lexer->frames.n ? &lexer->frames.v[lexer->frames.n - 1] : NULL;
}

static inline void push(struct lexer *lexer, struct frame frame)
{
	*ra_vec_push(lexer->arena, &lexer->frames) = frame;
	lexer->depth += frame.kind != FRAME_TEXT;
}

static inline void pop(struct lexer *lexer)
{
	lexer->depth -= top(lexer)->kind != FRAME_TEXT;
	lexer->frames.n--;
}

/* -- in braces.c --------------------------------------------------------------------------- */

void ra_braces_init(struct lexer *lexer, struct ra_arena *arena, struct ra_tokens *out,
		    const struct dialect *dialect);
/* Close what the end of a file leaves open. */
void ra_braces_close(struct lexer *lexer);

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

const struct operator *ra_braces_find(const struct lexer *lexer, const char *p);
/* The operator at lexer->at; brackets push and pop their frame. */
void ra_braces_operator(struct lexer *lexer);
void ra_braces_bad(struct lexer *lexer);

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
		ra_braces_bad(lexer);
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
			ra_braces_bad(lexer);
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
		ra_braces_close(lexer);
	}
	emit(lexer, RA_T_END, RA_W_NONE, lexer->at);
}

#endif
