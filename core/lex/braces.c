/*
 * The parts of a lexer that all languages with braces have; see braces.h. What one language does
 * otherwise is in its dialect or its own file, never a test for it here.
 */
#include "core/lex/braces.h"

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
	ra_lexer_init(lexer, arena, out, dialect->operators, dialect->n_operators, classes);
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
