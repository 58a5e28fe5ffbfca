/*
 * What templates of markdown pages can say of a text: `{{#code}}{{path}}{{/code}}`. A template that
 * puts everything that comes from a repository through a filter, or prints it as {{x}}, cannot be
 * broken by it. A new filter is a row of the table at the end.
 */
#include "core/report/internal.h"

enum { SPAN_COLUMNS = 64 }; /* a longer span that could be broken over lines is cut */

static struct ra_str shown(struct ra_buf *out, struct ra_str text)
{
	struct ra_buf buf;

	ra_buf_init(&buf, out->arena);
	ra_show(&buf, text, 0);
	return ra_buf_str(&buf);
}

static struct ra_str rest_of(struct ra_str text, size_t from)
{
	return ra_str_n(text.ptr + from, text.len - from);
}

static struct ra_str cut_long(struct ra_buf *out, struct ra_str text)
{
	const char *space;

	if (text.len <= SPAN_COLUMNS)
		return text;
	space = memchr(text.ptr + SPAN_COLUMNS, ' ', text.len - SPAN_COLUMNS);
	if (!space)
		return text;
	return ra_printf(out->arena, "%.*s...", (int)(space - text.ptr), text.ptr);
}

static void add_code(struct ra_str text, struct ra_buf *out)
{
	ra_add_span(out, cut_long(out, shown(out, text)));
}

static void add_cell(struct ra_str text, struct ra_buf *out)
{
	ra_add_cell(out, shown(out, text));
}

/* -- prose --------------------------------------------------------------------------------- */

static size_t marks_at(struct ra_str text)
{
	size_t n = 0;

	while (n < text.len && text.ptr[n] == '`')
		n++;
	return n;
}

/* Cut `code` off `text`, which begins with `marks` backticks; false when nothing closes them. */
static bool cut_code(struct ra_str *text, size_t marks, struct ra_str *code)
{
	for (size_t at = marks; at < text->len; at++) {
		size_t n = marks_at(rest_of(*text, at));

		if (n == marks) {
			*code = ra_str_trim(ra_str_n(text->ptr + marks, at - marks));
			*text = rest_of(*text, at + n);
			return true;
		}
		at += n;
	}
	return false;
}

/* Text with `code` in it, the one thing of markdown that texts of cards may use. */
static void add_words(struct ra_str text, struct ra_buf *out)
{
	while (text.len) {
		const char *mark = memchr(text.ptr, '`', text.len);
		size_t before = mark ? (size_t)(mark - text.ptr) : text.len, marks;
		struct ra_str code;

		ra_add_inline(out, ra_str_n(text.ptr, before));
		text = rest_of(text, before);
		marks = marks_at(text);
		if (!marks)
			continue;
		if (cut_code(&text, marks, &code)) {
			ra_add_cell(out, cut_long(out, code));
		} else {
			ra_add_inline(out, ra_str_n(text.ptr, marks));
			text = rest_of(text, marks);
		}
	}
}

/* The next line of `text`, without its end and outer white space. */
static bool next_line(struct ra_str *text, struct ra_str *line)
{
	if (!ra_str_cut(text, '\n', line))
		return false;
	*line = ra_str_trim(*line);
	return true;
}

/* Paragraphs and items of lists become lines; they are broken when the page is tidied. */
static void add_prose(struct ra_str text, struct ra_buf *out)
{
	struct ra_str line, item = RA_STR("- ");
	bool fresh = true;

	while (next_line(&text, &line)) {
		bool starts_item = ra_str_starts(line, item);

		if (!line.len || starts_item) {
			ra_buf_adds(out, fresh ? "" : "\n\n");
			fresh = true;
		}
		if (!line.len)
			continue;
		line = shown(out, line);
		if (starts_item) {
			ra_buf_add(out, item);
			line = ra_str_trim(rest_of(line, item.len));
		} else if (!fresh) {
			ra_buf_addc(out, ' ');
		}
		if (fresh)
			line = ra_add_line_start(out, line);
		add_words(line, out);
		fresh = false;
	}
}

static void add_line(struct ra_str text, struct ra_buf *out)
{
	struct ra_str line;
	bool first = true;

	while (next_line(&text, &line)) {
		if (!line.len)
			continue;
		line = shown(out, line);
		if (first)
			line = ra_add_line_start(out, line);
		else
			ra_buf_addc(out, ' ');
		add_words(line, out);
		first = false;
	}
}

/* -- fences -------------------------------------------------------------------------------- */

static size_t longest_run(struct ra_str text)
{
	size_t longest = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t n = marks_at(rest_of(text, i));

		longest = n > longest ? n : longest;
		i += n;
	}
	return longest;
}

static bool is_info(struct ra_str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] < 'a' || word.ptr[i] > 'z')
			return false;
	return word.len > 0;
}

static void add_marks(struct ra_buf *out, size_t n)
{
	while (n--)
		ra_buf_addc(out, '`');
}

/* The first line names the language, the others are the code. */
static void add_fence(struct ra_str text, struct ra_buf *out)
{
	struct ra_str info = RA_STR(""), line;
	size_t marks = longest_run(text) < 3 ? 3 : longest_run(text) + 1;

	ra_str_cut(&text, '\n', &info);
	info = ra_str_trim(info);
	while (text.len && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (!text.len)
		return;
	add_marks(out, marks);
	ra_buf_add(out, is_info(info) ? info : RA_STR("text"));
	ra_buf_addc(out, '\n');
	while (ra_str_cut(&text, '\n', &line)) {
		ra_show(out, ra_untab(out->arena, line), 0);
		ra_buf_addc(out, '\n');
	}
	add_marks(out, marks);
	ra_buf_addc(out, '\n');
}

/* -- other --------------------------------------------------------------------------------- */

static void add_list(struct ra_str text, struct ra_buf *out)
{
	struct ra_str line;
	bool first = true;

	while (next_line(&text, &line)) {
		if (!line.len)
			continue;
		ra_buf_adds(out, first ? "" : ", ");
		ra_buf_add(out, line);
		first = false;
	}
}

/* Without rows there is no table; header and delimiters are two lines. */
static void add_table(struct ra_str text, struct ra_buf *out)
{
	struct ra_str rest = text, line;
	size_t lines = 0;

	while (next_line(&rest, &line))
		lines += line.len > 0;
	if (lines > 2)
		ra_buf_add(out, text);
}

/* As what stands inside an item of a list. */
static void add_inside(struct ra_str text, struct ra_buf *out)
{
	struct ra_str line;

	while (ra_str_cut(&text, '\n', &line)) {
		ra_buf_adds(out, line.len ? "  " : "");
		ra_buf_add(out, line);
		ra_buf_addc(out, '\n');
	}
}

static void add_url(struct ra_str text, struct ra_buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/#";

	for (size_t i = 0; i < text.len; i++)
		if (memchr(plain, text.ptr[i], sizeof(plain) - 1))
			ra_buf_addc(out, text.ptr[i]);
		else
			ra_buf_addf(out, "%%%02X", (unsigned char)text.ptr[i]);
}

const struct ra_filter ra_markdown_filters[] = {
	{ "code", true, add_code },     /* a code span */
	{ "cell", true, add_cell },     /* one in a table */
	{ "line", true, add_line },     /* text with `code`, in one line, also of a table */
	{ "prose", true, add_prose },   /* the same with paragraphs and "- " items */
	{ "fence", true, add_fence },   /* fenced code; its first line is the language */
	{ "list", false, add_list },    /* lines -> "a, b, c" */
	{ "table", false, add_table },  /* a table, if it has rows */
	{ "inside", false, add_inside },/* lines that belong to an item of a list */
	{ "url", true, add_url },       /* a relative link */
};
const size_t ra_markdown_filters_n = sizeof(ra_markdown_filters) / sizeof(*ra_markdown_filters);
