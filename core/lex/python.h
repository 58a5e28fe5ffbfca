/*
 * The state of the Python lexer and the moves on it, for python.c and python_string.c.
 */
#ifndef RA_LEX_PYTHON_H
#define RA_LEX_PYTHON_H

#include "core/lex/lexer.h"

/* What a byte begins. */
enum byte_class { C_BAD, C_BLANK, C_NEWLINE, C_NAME, C_DIGIT, C_QUOTE, C_HASH, C_OP, C_JOIN };

extern const uint8_t ra_python_class[256];

enum frame_kind {
	FRAME_BRACKET, /* `quote` is the closing bracket */
	FRAME_TEXT,    /* literal text of an f-string */
	FRAME_HOLE,    /* code in one */
	FRAME_FORMAT   /* format of a hole; stands on its FRAME_HOLE */
};

struct frame {
	uint8_t kind;
	char quote;
	bool triple, raw;
};

struct lexer {
	struct ra_arena *arena;
	struct ra_tokens *out;
	const char *text, *at, *end;
	const char *line_start;
	uint32_t line;
	uint32_t depth;             /* open brackets and holes */
	bool fresh;                 /* a logical line begins here */
	bool unsettled;             /* the last token is a soft `async` or `await` */
	RA_VEC(struct frame) frames;
	RA_VEC(uint32_t) indents;   /* columns; none stands for 0 */
	struct ra_keyword_index keywords;
	uint8_t operator_from[128]; /* 1 + first row for that byte */
};

static inline unsigned char byte(const char *p)
{
	return (unsigned char)*p;
}

static inline bool is_name_byte(const char *p)
{
	uint8_t class = ra_python_class[byte(p)];

	return class == C_NAME || class == C_DIGIT;
}

static inline bool is_digit(const char *p)
{
	return ra_python_class[byte(p)] == C_DIGIT;
}

static inline void note(struct lexer *lexer, const char *text)
{
	ra_tokens_note(lexer->arena, lexer->out, lexer->line, text);
}

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

/* `await` and `async` become keywords or names by the token that follows them. */
void ra_python_settle(struct lexer *lexer, enum ra_token_kind kind, enum ra_word word);

static inline void emit_at(struct lexer *lexer, enum ra_token_kind kind, enum ra_word word,
			   const char *from, const char *to, uint32_t line)
{
	if (lexer->unsettled)
		ra_python_settle(lexer, kind, word);
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
	return ra_python_class[byte(p)] == C_NEWLINE && p < lexer->end;
}

/* Behind the newline at `p`, which may be CR LF. */
static inline const char *past_newline(const struct lexer *lexer, const char *p)
{
	return p[0] == '\r' && p[1] == '\n' && p + 1 < lexer->end ? p + 2 : p + 1;
}

static inline void count_line(struct lexer *lexer, const char *start)
{
	lexer->line++;
	lexer->line_start = start;
}

/* Close frames until `n` are left, with tokens of no length for what the stream has opened. */
static inline void close_frames(struct lexer *lexer, size_t n)
{
	while (lexer->frames.n > n) {
		struct frame closed = *top(lexer);

		pop(lexer);
		if (closed.kind == FRAME_TEXT)
			emit(lexer, RA_T_STRING_CLOSE, RA_W_NONE, lexer->at);
		if (closed.kind == FRAME_HOLE)
			emit(lexer, RA_T_INTERP_CLOSE, RA_W_NONE, lexer->at);
	}
}

/* A string whose prefix, maybe empty, is from lexer->at to `quote`. */
void ra_python_string(struct lexer *lexer, const char *quote);
/* Text of the f-string or format on top, from lexer->at; the first byte to look at is `body`. */
void ra_python_text(struct lexer *lexer, enum ra_token_kind kind, const char *body);
/* Can these one or two letters stand before a quote? */
bool ra_python_is_prefix(const char *from, const char *to);

#endif
