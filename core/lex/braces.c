/*
 * The parts of a lexer that all languages with braces have; see braces.h. What one language does
 * otherwise is in its dialect or its own file, never a test for it here.
 */
#include "core/lex/braces.h"

enum { BRACKET_REACH = 64 /* open brackets that one of another kind may close with itself */ };

enum { /* short, for the table below */
	S = C_BLANK, L = C_NEWLINE, N = C_NAME, D = C_DIGIT, W = C_WIDE, Q = C_QUOTE, C = C_SLASH,
	O = C_OP
};

static const uint8_t classes[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, S, L, S, S, L, 0, 0, /* 0x00 */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
	S, O, Q, O, O, O, O, Q, O, O, O, O, O, O, O, C, /* 0x20 */
	D, D, D, D, D, D, D, D, D, D, O, O, O, O, O, O, /* 0x30 */
	O, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0x40 */
	N, N, N, N, N, N, N, N, N, N, N, O, 0, O, O, N, /* 0x50 */
	Q, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0x60 */
	N, N, N, N, N, N, N, N, N, N, N, O, O, O, O, 0, /* 0x70 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0x80 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0x90 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xa0 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xb0 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xc0 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xd0 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xe0 */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* 0xf0 */
};

void ra_braces_init(struct lexer *lexer, struct ra_arena *arena, struct ra_tokens *out,
		    const struct dialect *dialect)
{
	struct ra_str text = out->source->text;

	*lexer = (struct lexer){
		.arena = arena, .out = out, .text = text.ptr, .at = text.ptr,
		.end = text.ptr + text.len, .line_start = text.ptr, .line = 1,
		.operators = dialect->operators, .n_operators = dialect->n_operators,
	};
	memcpy(lexer->class, classes, sizeof(classes));
	ra_keyword_index_init(&lexer->keywords, out->language);
	for (size_t row = dialect->n_operators; row > 0; row--)
		lexer->operator_from[byte(dialect->operators[row - 1].text)] = (uint8_t)row;
	/* Dense code has a token in four bytes; what is not filled is not touched. */
	out->list.cap = text.len / 4 + 16;
	out->list.v = ra_new_array(arena, struct ra_token, out->list.cap);
}

/* -- names and numbers --------------------------------------------------------------------- */

/* The white space of Unicode, marks of direction and of byte order. */
const char *ra_braces_past_wide_blank(const char *p)
{
	static const char *const blanks[] = {
		"\xc2\xa0", "\xc2\x85", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
		"\xef\xbb\xbf",
	};

	if (p[0] == '\xe2' && p[1] == '\x80' && byte(p + 2) >= 0x80 && byte(p + 2) <= 0x8b)
		return p + 3;
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (strncmp(p, blanks[i], strlen(blanks[i])) == 0)
			return p + strlen(blanks[i]);
	return p;
}

/* \uXXXX or \u{X..} */
static const char *past_escape(const char *p)
{
	const char *from = p + 2;

	if (p[1] != 'u')
		return p;
	p = from + (*from == '{');
	while (*p && strchr("0123456789abcdefABCDEF", *p))
		p++;
	return p + (*from == '{' && *p == '}');
}

const char *ra_braces_past_wide(const struct lexer *lexer, const char *p)
{
	while (p < lexer->end && class_of(lexer, p) == C_WIDE) {
		const char *from = p;

		if (*p == '\\')
			p = past_escape(p);
		else if (ra_braces_past_wide_blank(p) == p)
			p++;
		if (p == from)
			break;
	}
	return p;
}

static const char *past_digits(const char *p)
{
	while (is_digit(p) || *p == '_')
		p++;
	return p;
}

const char *ra_braces_past_number(const struct lexer *lexer, const char *p, bool fraction)
{
	if (p[0] == '0' && p[1] && strchr("xXoObB", p[1]))
		return past_name(lexer, p + 2);
	p = past_digits(p);
	if (fraction && *p == '.')
		p = past_digits(p + 1);
	if ((*p | 0x20) == 'e' &&
	    (is_digit(p + 1) || ((p[1] == '+' || p[1] == '-') && is_digit(p + 2))))
		p = past_digits(p + 2);
	return past_name(lexer, p);
}

/* -- strings ------------------------------------------------------------------------------- */

/* Bytes at which the scan of a string has to look. */
static const bool stops_string[256] = {
	['\0'] = true, ['\n'] = true, ['\r'] = true, ['\\'] = true,
	['"'] = true,  ['\''] = true, ['`'] = true,
};

/* On to the quote, to the newline that the string cannot hold, or to the end. */
static const char *scan_string(struct lexer *lexer, const char *p, char quote, unsigned how)
{
	for (;;) {
		while (!stops_string[byte(p)])
			p++;
		if (p >= lexer->end)
			return lexer->end;
		if (*p == quote)
			return p;
		if (*p == '\\' && !(how & STRING_RAW) && !is_newline(lexer, p + 1)) {
			p += p + 1 < lexer->end ? 2 : 1;
		} else if (*p == '\\' && !(how & STRING_RAW)) {
			p = past_newline(lexer, p + 1);
		} else if (is_newline(lexer, p)) {
			if (!(how & STRING_LINES))
				return p;
			p = past_newline(lexer, p);
		} else {
			p++;
		}
	}
}

void ra_braces_unterminated(struct lexer *lexer, const char *to, uint32_t line)
{
	ra_tokens_note(lexer->arena, lexer->out, line, "unterminated string");
	emit_at(lexer, RA_T_BAD, RA_W_NONE, lexer->at, to, line);
	lexer->at = to;
}

void ra_braces_string(struct lexer *lexer, const char *body, char quote, unsigned how)
{
	uint32_t line = lexer->line;
	const char *p = scan_string(lexer, body, quote, how);

	if (p == lexer->end || *p != quote) {
		ra_braces_unterminated(lexer, p, line);
		return;
	}
	emit_at(lexer, RA_T_STRING, RA_W_NONE, lexer->at, p + 1, line);
	lexer->at = p + 1;
}

/* -- comments ------------------------------------------------------------------------------ */

static const char *past_line(const struct lexer *lexer, const char *p)
{
	while (class_of(lexer, p) != C_NEWLINE && p < lexer->end)
		p++;
	return p;
}

/* Behind the comment whose mark ends at `p`. */
static const char *past_block_comment(struct lexer *lexer, const char *p, bool nested)
{
	unsigned open = 1;

	while (p < lexer->end) {
		if (is_newline(lexer, p)) {
			p = past_newline(lexer, p);
		} else if (p[0] == '*' && p[1] == '/') {
			p += 2;
			if (--open == 0)
				return p;
		} else if (nested && p[0] == '/' && p[1] == '*') {
			p += 2;
			open++;
		} else {
			p++;
		}
	}
	note(lexer, "unterminated comment");
	return lexer->end;
}

static bool is_alone(const struct lexer *lexer)
{
	return past_blanks(lexer, lexer->line_start) == lexer->at;
}

bool ra_braces_comment(struct lexer *lexer, bool nested)
{
	const char *from = lexer->at;
	uint32_t line = lexer->line;
	bool alone = is_alone(lexer);

	if (from[1] == '*')
		lexer->at = past_block_comment(lexer, from + 2, nested);
	else
		lexer->at = past_line(lexer, from);
	*ra_vec_push(lexer->arena, &lexer->out->comments) = (struct ra_comment){
		.at = (uint32_t)(from - lexer->text),
		.len = (uint32_t)(lexer->at - from),
		.line = line,
		.own_line = alone,
	};
	return lexer->line > line;
}

void ra_braces_hashbang(struct lexer *lexer)
{
	if (lexer->at[0] == '#' && lexer->at[1] == '!')
		ra_braces_comment(lexer, false);
}

/* -- operators and brackets ---------------------------------------------------------------- */

const struct operator *ra_braces_find(const struct lexer *lexer, const char *p)
{
	const struct operator *end = lexer->operators + lexer->n_operators, *row;
	unsigned from = lexer->operator_from[byte(p) & 127];

	for (row = lexer->operators + from - 1; from && row < end && row->text[0] == *p; row++) {
		unsigned same = 1;

		while (same < row->len && row->text[same] == p[same])
			same++;
		if (same == row->len)
			return row;
	}
	return NULL;
}

void ra_braces_bad(struct lexer *lexer)
{
	note(lexer, "unexpected character");
	emit(lexer, RA_T_BAD, RA_W_NONE, lexer->at + 1);
}

/* Close frames until `n` are left, with tokens of no length for what the stream has opened. */
static void close_frames(struct lexer *lexer, size_t n)
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

/* Close the innermost bracket of this kind, unless it lies outside the hole we are in. */
static void close_bracket(struct lexer *lexer, char bracket)
{
	size_t n = lexer->frames.n, least = n > BRACKET_REACH ? n - BRACKET_REACH : 0;

	lexer->closed = (struct frame){ .kind = FRAME_BRACKET };
	while (n > least && lexer->frames.v[n - 1].kind == FRAME_BRACKET &&
	       lexer->frames.v[n - 1].quote != bracket)
		n--;
	if (!n || lexer->frames.v[n - 1].quote != bracket) {
		note(lexer, "unmatched bracket");
		return;
	}
	if (n < lexer->frames.n)
		note(lexer, "unmatched bracket");
	close_frames(lexer, n);
	lexer->closed = *top(lexer);
	pop(lexer);
}

void ra_braces_operator(struct lexer *lexer)
{
	const char *p = lexer->at;
	const struct operator *op = ra_braces_find(lexer, p);

	if (!op) {
		ra_braces_bad(lexer);
		return;
	}
	switch (op->word) {
	case RA_O_LPAREN:
	case RA_O_LBRACKET:
	case RA_O_LBRACE:
		emit(lexer, RA_T_OP, op->word, p + 1);
		push(lexer, (struct frame){ .kind = FRAME_BRACKET,
					    .quote = *p == '(' ? ')' : *p == '[' ? ']' : '}' });
		break;
	case RA_O_RPAREN:
	case RA_O_RBRACKET:
	case RA_O_RBRACE:
		close_bracket(lexer, *p);
		if (lexer->closed.kind == FRAME_HOLE)
			emit(lexer, RA_T_INTERP_CLOSE, RA_W_NONE, p + 1);
		else
			emit(lexer, RA_T_OP, op->word, p + 1);
		break;
	default:
		emit(lexer, RA_T_OP, op->word, p + op->len);
	}
}

void ra_braces_close(struct lexer *lexer)
{
	if (lexer->frames.n)
		note(lexer, top(lexer)->kind == FRAME_TEXT ? "unterminated string"
							    : "unterminated bracket");
	close_frames(lexer, 0);
}
