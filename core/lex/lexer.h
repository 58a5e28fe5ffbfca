/*
 * What the lexers of this folder share: the state of one and the moves on it. Brackets, texts with
 * holes and their holes are frames of one stack; the topmost says how the next bytes read, so texts
 * nest without recursion, and what is left open is closed in one place. Not for other folders: they
 * use lex.h.
 *
 *     lex.c      which lexer a language has; keywords, notes, reading tokens
 *     lexer.c    operators, brackets, the end of a text
 *     braces.c   what languages with braces have in common: braces.h
 *     go.c, rust.c, javascript.c, javascript_text.c, python.c, python_string.c   one language each
 */
#ifndef RA_LEX_LEXER_H
#define RA_LEX_LEXER_H

#include "core/lex/lex.h"

extern const struct ra_language ra_language_python, ra_language_go, ra_language_rust,
	ra_language_javascript;

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

/* -- the state ----------------------------------------------------------------------------- */

/* What a byte begins. WIDE may belong to a name and needs a second look. */
enum byte_class {
	C_BAD, C_BLANK, C_NEWLINE, C_NAME, C_DIGIT, C_WIDE, C_QUOTE, C_SLASH, C_HASH, C_JOIN, C_OP
};

/* Rows with one first byte stand together, the longest first. */
struct operator {
	char text[5];
	uint8_t len, word;
};

enum frame_kind {
	FRAME_BRACKET, /* `quote` is the closing bracket */
	FRAME_TEXT,    /* literal text of a string with holes; `quote` says of which kind */
	FRAME_HOLE,    /* code in one */
	FRAME_FORMAT   /* format of a hole of Python; stands on its FRAME_HOLE */
};

struct frame {
	uint8_t kind;
	char quote;
	bool triple, raw;          /* of Python's */
	uint8_t mark;              /* JavaScript's own */
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
	/* Python's own */
	bool fresh;                 /* a logical line begins here */
	uint32_t unsettled;         /* 1 + the last token, a soft `async` or `await`; 0 */
	RA_VEC(uint32_t) indents;   /* columns; none stands for 0 */
	/* JavaScript's own */
	bool markup;                /* `<` may begin an element */
	const char *no_regex_before;
	size_t searched;            /* bytes, for closing tags */
	uint8_t operator_from[128]; /* 1 + first row for that byte */
	uint8_t class[256];
};

/* At the start of the text of `out`; `class` says what each byte begins. */
void ra_lexer_init(struct lexer *lexer, struct ra_arena *arena, struct ra_tokens *out,
		   const struct operator *operators, size_t n_operators, const uint8_t *class);

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

/* -- tokens -------------------------------------------------------------------------------- */

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

/* The byte at lexer->at, which nothing begins with. */
void ra_lexer_bad(struct lexer *lexer);
/* The operator at lexer->at; brackets push and pop their frame. */
void ra_lexer_operator(struct lexer *lexer);

/* -- frames -------------------------------------------------------------------------------- */

static inline struct frame *top(struct lexer *lexer)
{
	return lexer->frames.n ? &lexer->frames.v[lexer->frames.n - 1] : NULL;
}

static inline bool is_code(const struct frame *frame)
{
	return !frame || frame->kind == FRAME_BRACKET || frame->kind == FRAME_HOLE;
}

static inline void push(struct lexer *lexer, struct frame frame)
{
	*ra_vec_push(lexer->arena, &lexer->frames) = frame;
	lexer->depth += is_code(&frame);
}

static inline void pop(struct lexer *lexer)
{
	lexer->depth -= is_code(top(lexer));
	lexer->frames.n--;
}

/* Close frames until `n` are left, with tokens of no length for what the stream has opened. */
void ra_lexer_close_frames(struct lexer *lexer, size_t n);
/* Close what the end of a text leaves open. */
void ra_lexer_close(struct lexer *lexer);

#endif
