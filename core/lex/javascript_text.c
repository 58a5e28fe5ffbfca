/*
 * Texts with holes in JavaScript: templates, and elements of JSX, whose markup is their text. A
 * text is a frame; it is scanned up to its next hole or its end, and goes on when the hole closes.
 * Elements within an element are counted in its frame; those within a hole have frames of theirs.
 */
#include "core/lex/javascript.h"

enum {
	TYPE_ARGUMENTS_REACH = 1024,
	CLOSING_TAG_REACH = 8192,
	CLOSING_TAG_BYTES = 1 << 24 /* that a file may cost to look for closing tags */
};

/* -- the ends of a piece ------------------------------------------------------------------- */

/* A piece from lexer->at to the hole whose mark of `len` bytes is at `p`. */
static void open_hole(struct lexer *lexer, enum ra_token_kind kind, const char *p, uint32_t line,
		      size_t len)
{
	if (kind == RA_T_STRING_OPEN || p > lexer->at)
		emit_at(lexer, kind, RA_W_NONE, lexer->at, p, line);
	lexer->at = p;
	emit(lexer, RA_T_INTERP_OPEN, RA_W_NONE, p + len);
	push(lexer, (struct frame){ .kind = FRAME_HOLE, .quote = '}' });
}

/* A last piece from lexer->at to the closing byte at `p`; at the end of the text there is none. */
static void close_text(struct lexer *lexer, enum ra_token_kind kind, const char *p, uint32_t line)
{
	if (kind == RA_T_STRING_OPEN || p > lexer->at)
		emit_at(lexer, kind, RA_W_NONE, lexer->at, p, line);
	lexer->at = p;
	if (p == lexer->end)
		return;
	pop(lexer);
	emit(lexer, RA_T_STRING_CLOSE, RA_W_NONE, p + 1);
}

/* -- templates ----------------------------------------------------------------------------- */

static const bool stops_template[256] = {
	['\0'] = true, ['\n'] = true, ['\r'] = true, ['\\'] = true, ['`'] = true, ['$'] = true,
};

/* On to the backtick, to the `${` of a hole, or to the end. */
static const char *scan_template(struct lexer *lexer, const char *p)
{
	for (;;) {
		while (!stops_template[byte(p)])
			p++;
		if (p >= lexer->end)
			return lexer->end;
		if (*p == '`' || (*p == '$' && p[1] == '{'))
			return p;
		if (*p == '\\' && p + 1 < lexer->end && !is_newline(lexer, p + 1))
			p += 2;
		else if (is_newline(lexer, p))
			p = past_newline(lexer, p);
		else
			p++;
	}
}

static void template_text(struct lexer *lexer)
{
	uint32_t line = lexer->line;
	const char *p = scan_template(lexer, lexer->at);

	if (*p == '$' && p < lexer->end)
		open_hole(lexer, RA_T_STRING_PART, p, line, 2);
	else
		close_text(lexer, RA_T_STRING_PART, p, line);
}

/* Without a hole it is a string as any other. */
void ra_js_template(struct lexer *lexer)
{
	uint32_t line = lexer->line;
	const char *p = scan_template(lexer, lexer->at + 1);

	if (p == lexer->end) {
		ra_braces_unterminated(lexer, p, line);
	} else if (*p == '`') {
		emit_at(lexer, RA_T_STRING, RA_W_NONE, lexer->at, p + 1, line);
		lexer->at = p + 1;
	} else {
		push(lexer, (struct frame){ .kind = FRAME_TEXT, .quote = '`' });
		open_hole(lexer, RA_T_STRING_OPEN, p, line, 2);
	}
}

/* -- elements ------------------------------------------------------------------------------ */

/* What a tag's name is made of: a-b, A.B, svg:a. */
static const char *past_tag_name(const struct lexer *lexer, const char *p)
{
	for (;;) {
		p = past_name(lexer, p);
		if (*p != '-' && *p != '.' && *p != ':')
			return p;
		p++;
	}
}

static const char *past_space(const struct lexer *lexer, const char *p)
{
	while (class_of(lexer, p) == C_BLANK || is_newline(lexer, p))
		p++;
	return p;
}

/* Is `</name` near? It tells `<b>(text)</b>` from `<T>(x: T) => x`. */
static bool has_closing_tag(struct lexer *lexer, const char *name, size_t len)
{
	const char *end = lexer->end - name < CLOSING_TAG_REACH ? lexer->end
								: name + CLOSING_TAG_REACH;

	if (lexer->searched > CLOSING_TAG_BYTES)
		return false;
	lexer->searched += CLOSING_TAG_REACH;
	for (const char *p = name; (p = memchr(p, '<', (size_t)(end - p))); p++)
		if (p[1] == '/' && strncmp(p + 2, name, len) == 0)
			return true;
	return false;
}

bool ra_js_is_element(struct lexer *lexer, const char *p)
{
	const char *name = p + 1, *end, *next;

	if (*name == '>')
		return true;
	if (class_of(lexer, name) != C_NAME && class_of(lexer, name) != C_WIDE)
		return false;
	end = past_tag_name(lexer, name);
	next = past_space(lexer, end);
	if (*next == ',' || *next == '=')
		return false;
	if (strncmp(next, "extends", 7) == 0) {
		next = past_space(lexer, next + 7);
		return *next == '=' || *next == '>' || *next == '/';
	}
	if (end - name == 5 && strncmp(name, "const", 5) == 0 && class_of(lexer, next) == C_NAME)
		return false;
	return *next != '>' || *past_space(lexer, next + 1) != '(' ||
	       has_closing_tag(lexer, name, (size_t)(end - name));
}

/* Behind the type arguments `<..>` of a tag at `p`, if they close within reach. */
static const char *past_type_arguments(struct lexer *lexer, const char *p)
{
	const char *from = p, *end = p;
	unsigned open = 0;

	do {
		if (end >= lexer->end || end - from > TYPE_ARGUMENTS_REACH)
			return from;
		open += *end == '<';
		open -= *end == '>' && end[-1] != '=';
		end++;
	} while (open);
	while (p < end)
		p = is_newline(lexer, p) ? past_newline(lexer, p) : p + 1;
	return p;
}

/* Behind `<name` or `</name` at `p`. */
static const char *enter_tag(struct lexer *lexer, struct frame *text, const char *p)
{
	text->in_tag = true;
	text->closing_tag = p[1] == '/';
	text->elements += !text->closing_tag;
	p = past_tag_name(lexer, p + 1 + text->closing_tag);
	return *p == '<' ? past_type_arguments(lexer, p) : p;
}

static const char *past_attribute_string(struct lexer *lexer, const char *p)
{
	char quote = *p++;

	while (p < lexer->end && *p != quote)
		p = is_newline(lexer, p) ? past_newline(lexer, p) : p + 1;
	return p < lexer->end ? p + 1 : p;
}

static const char *past_tag_comment(struct lexer *lexer, const char *p)
{
	const char *at = lexer->at;

	lexer->at = p;
	ra_braces_comment(lexer, false);
	p = lexer->at;
	lexer->at = at;
	return p;
}

/* The next step within a tag. `text->elements` is 0 when `p` stood on the end of the last one. */
static const char *step_in_tag(struct lexer *lexer, struct frame *text, const char *p)
{
	switch (*p) {
	case '"':
	case '\'':
		return past_attribute_string(lexer, p);
	case '<': /* an element as a value */
		text->elements++;
		return past_tag_name(lexer, p + 1);
	case '/':
		if (p[1] == '/' || p[1] == '*')
			return past_tag_comment(lexer, p);
		if (p[1] == '>')
			text->closing_tag = true;
		return p + 1;
	case '>':
		text->in_tag = false;
		text->elements -= text->closing_tag;
		return text->elements ? p + 1 : p;
	default:
		return p + 1;
	}
}

/* On to the brace of a hole, to the last `>` of the outermost element, or to the end. */
static const char *scan_markup(struct lexer *lexer, struct frame *text, const char *p)
{
	while (p < lexer->end && *p != '{') {
		if (is_newline(lexer, p)) {
			p = past_newline(lexer, p);
		} else if (text->in_tag) {
			p = step_in_tag(lexer, text, p);
			if (!text->elements)
				break;
		} else if (*p == '<') {
			p = enter_tag(lexer, text, p);
		} else {
			p++;
		}
	}
	return p;
}

static void markup(struct lexer *lexer, enum ra_token_kind kind)
{
	uint32_t line = lexer->line;
	struct frame *text = top(lexer);
	const char *p = scan_markup(lexer, text, lexer->at);

	if (*p == '{' && p < lexer->end)
		open_hole(lexer, kind, p, line, 1);
	else
		close_text(lexer, kind, p, line);
}

void ra_js_element(struct lexer *lexer)
{
	push(lexer, (struct frame){ .kind = FRAME_TEXT, .quote = '<' });
	markup(lexer, RA_T_STRING_OPEN);
}

void ra_js_text(struct lexer *lexer)
{
	if (top(lexer)->quote == '`')
		template_text(lexer);
	else
		markup(lexer, RA_T_STRING_PART);
}
