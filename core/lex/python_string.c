/*
 * Python's strings: plain ones in one token, f-strings and t-strings as text, holes and formats.
 * The text of an f-string is scanned between two stops; what stopped it changes the frames, and
 * the main loop goes on with whatever is on top then.
 */
#include "core/lex/python.h"

/* Bytes at which the scan of a string has to look. */
static const bool stops_string[256] = {
	['\0'] = true, ['\n'] = true, ['\r'] = true, ['\\'] = true,
	['"'] = true,  ['\''] = true, ['{'] = true,  ['}'] = true,
};

/* Behind a backslash and what it escapes. A brace is never escaped: it may open a hole. */
static const char *past_escape(struct lexer *lexer, const char *p, const struct frame *frame)
{
	if (p + 1 >= lexer->end)
		return lexer->end;
	if (is_newline(lexer, p + 1))
		return past_newline(lexer, p + 1);
	if (frame->kind != FRAME_BRACKET && (p[1] == '{' || p[1] == '}'))
		return p + 1;
	if (frame->kind == FRAME_TEXT && !frame->raw && p[1] == 'N' && p[2] == '{') {
		const char *name = p + 3;

		while (is_name_byte(name) || *name == ' ' || *name == '-')
			name++;
		return *name == '}' ? name + 1 : name;
	}
	return p + 2;
}

/*
 * On to the next byte of a string's text that means something to its frame: the closing quote, a
 * brace of an f-string, a newline that a string of one line cannot hold, or the end.
 */
static const char *scan_text(struct lexer *lexer, const char *p, const struct frame *frame)
{
	for (;;) {
		while (!stops_string[byte(p)])
			p++;
		if (p >= lexer->end)
			return lexer->end;
		switch (*p) {
		case '\\':
			p = past_escape(lexer, p, frame);
			break;
		case '\r':
		case '\n':
			if (!frame->triple)
				return p;
			p = past_newline(lexer, p);
			break;
		case '{':
		case '}':
			if (frame->kind == FRAME_FORMAT)
				return p;
			if (frame->kind == FRAME_TEXT && (*p == '{' && p[1] != '{'))
				return p;
			p += frame->kind == FRAME_TEXT && p[1] == *p ? 2 : 1;
			break;
		default:
			if (*p == frame->quote &&
			    (!frame->triple || (p[1] == *p && p[2] == *p)))
				return p;
			p++;
		}
	}
}

/* A string without holes, whose quote is at `quote`; its prefix begins at lexer->at. */
static void lex_plain_string(struct lexer *lexer, const char *body, struct frame frame)
{
	uint32_t line = lexer->line;
	const char *from = lexer->at, *p;

	frame.kind = FRAME_BRACKET; /* so that braces mean nothing */
	p = scan_text(lexer, body, &frame);
	if (p < lexer->end && *p == frame.quote) {
		lexer->at = p + (frame.triple ? 3 : 1);
		emit_at(lexer, RA_T_STRING, RA_W_NONE, from, lexer->at, line);
		return;
	}
	ra_tokens_note(lexer->arena, lexer->out, line, "unterminated string");
	lexer->at = p;
	emit_at(lexer, RA_T_BAD, RA_W_NONE, from, p, line);
}

/* Close what is open in the innermost f-string; its own frame is on top then. */
static void close_holes(struct lexer *lexer)
{
	size_t n = lexer->frames.n;

	while (lexer->frames.v[n - 1].kind != FRAME_TEXT)
		n--;
	ra_lexer_close_frames(lexer, n);
}

/* Text of an f-string from lexer->at; a STRING_OPEN begins there, its text at `body`. */
void ra_python_text(struct lexer *lexer, enum ra_token_kind kind, const char *body)
{
	struct frame frame = *top(lexer);
	uint32_t line = lexer->line;
	const char *from = lexer->at, *p = scan_text(lexer, body, &frame);

	lexer->at = p;
	if (kind == RA_T_STRING_OPEN || p > from)
		emit_at(lexer, kind, RA_W_NONE, from, p, line);
	if (p == lexer->end)
		return;
	if (*p == '{') {
		emit(lexer, RA_T_INTERP_OPEN, RA_W_NONE, p + 1);
		push(lexer, (struct frame){ .kind = FRAME_HOLE, .quote = '}',
					    .triple = frame.triple, .raw = frame.raw });
	} else if (*p == '}') {
		pop(lexer);
		pop(lexer);
		emit(lexer, RA_T_INTERP_CLOSE, RA_W_NONE, p + 1);
	} else if (*p == frame.quote) {
		close_holes(lexer);
		pop(lexer);
		emit(lexer, RA_T_STRING_CLOSE, RA_W_NONE, p + (frame.triple ? 3 : 1));
	} else {
		note(lexer, "unterminated string");
		close_holes(lexer);
		ra_lexer_close_frames(lexer, lexer->frames.n - 1);
	}
}

bool ra_python_is_prefix(const char *from, const char *to)
{
	bool raw = false, other = false;

	for (const char *p = from; p < to; p++) {
		bool *seen = (*p | 0x20) == 'r' ? &raw : &other;

		if (*seen || !strchr("rRbBuUfFtT", *p))
			return false;
		*seen = true;
	}
	return true;
}

/* The prefix is from lexer->at to `quote`. */
void ra_python_string(struct lexer *lexer, const char *quote)
{
	struct frame frame = { .kind = FRAME_TEXT, .quote = *quote };
	bool holes = false;

	frame.triple = quote[1] == *quote && quote[2] == *quote;
	for (const char *p = lexer->at; p < quote; p++) {
		frame.raw |= (*p | 0x20) == 'r';
		holes |= (*p | 0x20) == 'f' || (*p | 0x20) == 't';
	}
	quote += frame.triple ? 3 : 1;
	if (!holes) {
		lex_plain_string(lexer, quote, frame);
		return;
	}
	push(lexer, frame);
	ra_python_text(lexer, RA_T_STRING_OPEN, quote);
}
