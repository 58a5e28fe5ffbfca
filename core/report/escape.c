/*
 * Text for one place of a report. Names and code come from a repository that may be hostile, so
 * each sink has one function, and all of them first show what a reader could not see.
 *
 * Markdown is read by cmark-gfm (GitHub) and md4c, which differ on a pipe in a code span in a
 * table: one wants a backslash that the other prints. `&#124;` outside of code means the same to
 * both, so a span is interrupted for it. GitHub turns words with `@` or `#` into mentions and
 * links even behind a backslash, but not in code spans, so such words become code.
 */
#include "core/report/internal.h"

enum {
	TAB_COLUMNS = 4,
	SPAN_MARKS_MAX = 31, /* md4c knows no longer runs of backticks */
};

/* -- UTF-8 --------------------------------------------------------------------------------- */

size_t ra_utf8_next(struct ra_str text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = text.len ? (unsigned char)text.ptr[0] : 0xff;
	size_t n = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3
			   : lead < 0xf5 ? 4 : 0;

	if (n == 0 || n > text.len)
		return 0;
	*code = n == 1 ? lead : lead & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)text.ptr[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | ((unsigned char)text.ptr[i] & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

static struct ra_str skip(struct ra_str text, size_t n)
{
	return ra_str_n(text.ptr + n, text.len - n);
}

size_t ra_utf8_length(struct ra_str text)
{
	size_t length = 0;
	uint32_t code;

	for (; text.len; length++) {
		size_t n = ra_utf8_next(text, &code);

		text = skip(text, n ? n : 1);
	}
	return length;
}

struct ra_str ra_utf8_head(struct ra_str text, size_t length)
{
	struct ra_str rest = text;
	uint32_t code;

	for (; rest.len && length; length--) {
		size_t n = ra_utf8_next(rest, &code);

		rest = skip(rest, n ? n : 1);
	}
	return ra_str_n(text.ptr, text.len - rest.len);
}

struct ra_str ra_utf8(struct ra_arena *arena, struct ra_str bytes)
{
	struct ra_buf out;
	uint32_t code;

	ra_buf_init(&out, arena);
	while (bytes.len) {
		size_t n = ra_utf8_next(bytes, &code);

		ra_buf_add(&out, n ? ra_str_n(bytes.ptr, n) : RA_STR("\xef\xbf\xbd"));
		bytes = skip(bytes, n ? n : 1);
	}
	return ra_buf_str(&out);
}

struct ra_str ra_untab(struct ra_arena *arena, struct ra_str line)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] != '\t')
			ra_buf_addc(&out, line.ptr[i]);
		else
			do
				ra_buf_addc(&out, ' ');
			while (out.len % TAB_COLUMNS);
	return ra_buf_str(&out);
}

/* -- showing ------------------------------------------------------------------------------- */

/* Characters that take no room or turn the order of others, C1 controls, line separators. */
static bool is_hidden(uint32_t code)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x80, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

static void show_control(struct ra_buf *out, unsigned char byte, unsigned how)
{
	switch (byte) {
	case '\n':
		ra_buf_adds(out, how & RA_SHOW_LINES ? "\n" : "\\n");
		break;
	case '\r':
		ra_buf_adds(out, "\\r");
		break;
	case '\t':
		ra_buf_adds(out, "\\t");
		break;
	default:
		ra_buf_addf(out, "\\x%02x", byte);
	}
}

/* Most text is nothing else. */
static size_t printable_ascii(struct ra_str text)
{
	size_t n = 0;

	while (n < text.len && text.ptr[n] >= ' ' && text.ptr[n] <= '~')
		n++;
	return n;
}

void ra_show(struct ra_buf *out, struct ra_str text, unsigned how)
{
	while (text.len) {
		size_t plain = printable_ascii(text), n;
		uint32_t code = 0;

		ra_buf_add(out, ra_str_n(text.ptr, plain));
		text = skip(text, plain);
		if (!text.len)
			break;
		n = ra_utf8_next(text, &code);
		if (n == 0 || code < 0x20 || code == 0x7f)
			show_control(out, (unsigned char)text.ptr[0], how);
		else if (is_hidden(code) || (code > 0x7e && how & RA_SHOW_ASCII))
			ra_buf_addf(out, "<U+%04X>", (unsigned)code);
		else
			ra_buf_add(out, ra_str_n(text.ptr, n));
		text = skip(text, n ? n : 1);
	}
}

static struct ra_str shown(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_show(&out, text, 0);
	return ra_buf_str(&out);
}

struct ra_str ra_escape_terminal(struct ra_arena *arena, struct ra_str text)
{
	return shown(arena, text);
}

struct ra_str ra_escape_html(struct ra_arena *arena, struct ra_str text)
{
	static const struct { char byte; const char *entity; } entities[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
		{ '\'', "&#39;" },
	};
	struct ra_buf out;

	text = shown(arena, text);
	ra_buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		size_t k = 0;

		while (k < sizeof(entities) / sizeof(*entities) && entities[k].byte != text.ptr[i])
			k++;
		if (k < sizeof(entities) / sizeof(*entities))
			ra_buf_adds(&out, entities[k].entity);
		else
			ra_buf_addc(&out, text.ptr[i]);
	}
	return ra_buf_str(&out);
}

/* -- code spans ---------------------------------------------------------------------------- */

/* The shortest run of backticks that the text does not hold; 0 when it holds all of them. */
static size_t free_run(struct ra_str text)
{
	uint32_t used = 0;
	size_t run = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && text.ptr[i] == '`') {
			run++;
			continue;
		}
		if (run && run <= SPAN_MARKS_MAX)
			used |= (uint32_t)1 << run;
		run = 0;
	}
	for (run = 1; run <= SPAN_MARKS_MAX; run++)
		if (!(used & (uint32_t)1 << run))
			return run;
	return 0;
}

static void add_times(struct ra_buf *out, const char *text, size_t n)
{
	while (n--)
		ra_buf_adds(out, text);
}

static void add_without_marks(struct ra_buf *out, struct ra_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '`')
			ra_buf_adds(out, "\\x60");
		else
			ra_buf_addc(out, text.ptr[i]);
}

/* `text` is not empty and neither begins nor ends with a space. */
static void add_span(struct ra_buf *out, struct ra_str text)
{
	size_t marks = free_run(text);
	bool padded = marks && (text.ptr[0] == '`' || text.ptr[text.len - 1] == '`');

	if (out->len && out->ptr[out->len - 1] == '`')
		ra_buf_addc(out, ' ');
	add_times(out, "`", marks ? marks : 1);
	add_times(out, " ", padded);
	if (marks)
		ra_buf_add(out, text);
	else
		add_without_marks(out, text);
	add_times(out, " ", padded);
	add_times(out, "`", marks ? marks : 1);
}

/* Outer spaces of a name matter, and of a span they would be lost: they are shown. */
static struct ra_str with_spaces_shown(struct ra_arena *arena, struct ra_str text)
{
	struct ra_str inner = ra_str_trim(text);
	struct ra_buf out;

	if (inner.len == text.len)
		return text;
	ra_buf_init(&out, arena);
	add_times(&out, "\\x20", (size_t)(inner.ptr - text.ptr));
	ra_buf_add(&out, inner);
	add_times(&out, "\\x20", text.len - inner.len - (size_t)(inner.ptr - text.ptr));
	return ra_buf_str(&out);
}

void ra_add_span(struct ra_buf *out, struct ra_str text)
{
	text = with_spaces_shown(out->arena, text);
	if (text.len)
		add_span(out, text);
}

void ra_add_cell(struct ra_buf *out, struct ra_str text)
{
	size_t from = 0;

	text = with_spaces_shown(out->arena, text);
	for (size_t i = 0; i <= text.len; i++) {
		struct ra_str piece, inner;

		if (i < text.len && text.ptr[i] != '|')
			continue;
		piece = ra_str_n(text.ptr + from, i - from);
		inner = ra_str_trim(piece);
		add_times(out, " ", (size_t)(inner.ptr - piece.ptr));
		if (inner.len)
			add_span(out, inner);
		add_times(out, " ", piece.len - inner.len - (size_t)(inner.ptr - piece.ptr));
		if (i < text.len)
			ra_buf_adds(out, "&#124;");
		from = i + 1;
	}
}

struct ra_str ra_escape_code_span(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_add_span(&out, shown(arena, text));
	return ra_buf_str(&out);
}

struct ra_str ra_escape_cell(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_add_cell(&out, shown(arena, text));
	return ra_buf_str(&out);
}

/* -- inline text --------------------------------------------------------------------------- */

/* Would GitHub or md4c make a link, a mention or mathematics of it? */
static bool is_live(struct ra_str word)
{
	static const struct ra_str signs[] = {
		RA_STR_INIT("@"), RA_STR_INIT("#"), RA_STR_INIT("$"), RA_STR_INIT("://"),
		RA_STR_INIT("www."), RA_STR_INIT("gh-"),
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (ra_str_ifind(word, signs[i]) >= 0)
			return true;
	return false;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* An underscore inside of a word is no emphasis. */
static bool is_inside_word(struct ra_str word, size_t at)
{
	return at > 0 && at + 1 < word.len && is_alnum(word.ptr[at - 1]) &&
	       is_alnum(word.ptr[at + 1]);
}

static void add_word(struct ra_buf *out, struct ra_str word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];

		if (c == '|')
			ra_buf_adds(out, "&#124;");
		else if (c == '`')
			ra_buf_adds(out, "&#96;");
		else if (strchr("\\*[]<>&~", c) || (c == '_' && !is_inside_word(word, i)))
			ra_buf_addf(out, "\\%c", c);
		else
			ra_buf_addc(out, c);
	}
}

void ra_add_inline(struct ra_buf *out, struct ra_str text)
{
	bool more = text.len > 0;

	while (more) {
		const char *space = memchr(text.ptr, ' ', text.len);
		struct ra_str word = ra_str_n(text.ptr, space ? (size_t)(space - text.ptr)
							      : text.len);

		if (is_live(word))
			ra_add_cell(out, word);
		else
			add_word(out, word);
		more = space != NULL;
		if (more)
			ra_buf_addc(out, ' ');
		text = skip(text, word.len + more);
	}
}

struct ra_str ra_add_line_start(struct ra_buf *out, struct ra_str text)
{
	size_t digits = 0;

	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	if (digits == text.len || !strchr(digits ? ".)" : "-+=:", text.ptr[digits]))
		return text;
	ra_buf_addf(out, "%.*s\\%c", (int)digits, text.ptr, text.ptr[digits]);
	return skip(text, digits + 1);
}

struct ra_str ra_escape_markdown(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	text = ra_str_trim(shown(arena, text));
	ra_add_inline(&out, ra_add_line_start(&out, text));
	return ra_buf_str(&out);
}
