/*
 * Tidies the lines of a markdown page, so that templates may be written for readers: sections that
 * leave blank lines or a bare heading behind, and sentences as long as the values in them. Fences
 * and tables are left as they are. What this makes passes markdownlint's rules on lines.
 */
#include "core/report/internal.h"

enum { COLUMNS = 100, LEVELS = 6 };

/* Would a line that begins so be something else than the paragraph going on? */
static bool may_begin_line(struct ra_str text)
{
	char c = text.ptr[0];

	if (c == '`')
		return !ra_str_starts(text, RA_STR("```"));
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("(\\\"'&", c));
}

/* After a code span that begins at `at`; after its opening mark when nothing closes it. */
static size_t after_span(struct ra_str line, size_t at)
{
	size_t marks = 0, run = 0, begin;

	while (at + marks < line.len && line.ptr[at + marks] == '`')
		marks++;
	begin = at + marks;
	for (size_t i = begin; i < line.len; i++) {
		run = line.ptr[i] == '`' ? run + 1 : 0;
		if (run == marks && (i + 1 == line.len || line.ptr[i + 1] != '`'))
			return i + 1;
	}
	return begin;
}

/* Offset of the space at which to break: the last one that leaves at most `columns`, else the
 * first one there is; 0 for none. In a code span a line break is a space like any other. */
static size_t find_break(struct ra_str line, size_t columns, bool in_spans)
{
	size_t best = 0;

	for (size_t i = 0; i < line.len;) {
		if (line.ptr[i] == '`' && !in_spans) {
			i = after_span(line, i);
			continue;
		}
		if (line.ptr[i] == ' ' && i && i + 1 < line.len && line.ptr[i - 1] != ' ' &&
		    may_begin_line(ra_str_n(line.ptr + i + 1, line.len - i - 1))) {
			if (best && i > columns)
				return best;
			best = i;
		}
		i++;
	}
	return best;
}

static size_t choose_break(struct ra_str line, size_t columns)
{
	size_t at = find_break(line, columns, false);

	return at && at <= columns ? at : find_break(line, columns, true);
}

static size_t leading_spaces(struct ra_str line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] == ' ')
		n++;
	return n;
}

static void add_wrapped(struct ra_str line, struct ra_buf *out)
{
	size_t lead = leading_spaces(line), indent = 0, at;
	bool item = ra_str_starts(ra_str_n(line.ptr + lead, line.len - lead), RA_STR("- "));

	while (line.len + indent > COLUMNS && (at = choose_break(line, COLUMNS - indent))) {
		ra_buf_add(out, ra_str_n(line.ptr, at));
		indent = lead + (item ? 2 : 0);
		ra_buf_addf(out, "\n%*s", (int)indent, "");
		line = ra_str_n(line.ptr + at + 1, line.len - at - 1);
	}
	ra_buf_add(out, line);
}

static size_t fence_marks(struct ra_str line)
{
	size_t lead = leading_spaces(line), n = lead;

	while (n < line.len && line.ptr[n] == '`')
		n++;
	return n - lead < 3 ? 0 : n - lead;
}

static bool is_fixed(struct ra_str line)
{
	return line.ptr[0] == '|' || line.ptr[0] == '#' || ra_str_starts(line, RA_STR("[//]:"));
}

static size_t heading_level(struct ra_str line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] == '#')
		n++;
	return n <= LEVELS && n < line.len && line.ptr[n] == ' ' ? n : 0;
}

/* The page while it is written: what waits to be, and where it stands. */
struct tidy {
	struct ra_buf *out;
	struct ra_str headings[LEVELS + 1]; /* by level: nothing stands below it yet */
	size_t fence;                       /* marks of the one that is open */
	bool blank;                         /* the line before was */
};

static void start_block(struct tidy *t)
{
	if (t->blank && t->out->len)
		ra_buf_addc(t->out, '\n');
	t->blank = false;
}

static void add_headings(struct tidy *t)
{
	for (size_t level = 1; level <= LEVELS; level++) {
		if (!t->headings[level].len)
			continue;
		t->blank = true;
		start_block(t);
		ra_buf_add(t->out, t->headings[level]);
		ra_buf_addc(t->out, '\n');
		t->blank = true;
		t->headings[level].len = 0;
	}
}

/* A heading waits for something below it; one that is as high takes its place. */
static void hold_heading(struct tidy *t, size_t level, struct ra_str line)
{
	t->headings[level] = line;
	while (++level <= LEVELS)
		t->headings[level].len = 0;
}

static void add_line(struct tidy *t, struct ra_str line)
{
	size_t marks = fence_marks(line);

	if (!t->fence) {
		add_headings(t);
		start_block(t);
	}
	if (t->fence || marks || is_fixed(line))
		ra_buf_add(t->out, line);
	else
		add_wrapped(line, t->out);
	ra_buf_addc(t->out, '\n');
	if (!t->fence)
		t->fence = marks;
	else if (marks >= t->fence && marks + leading_spaces(line) == line.len)
		t->fence = 0;
}

void ra_page_tidy(struct ra_str page, struct ra_buf *out)
{
	struct tidy t = { .out = out, .blank = true };
	struct ra_str line;

	while (ra_str_cut(&page, '\n', &line)) {
		while (line.len && line.ptr[line.len - 1] == ' ')
			line.len--;
		if (line.len || t.fence) {
			if (!t.fence && heading_level(line))
				hold_heading(&t, heading_level(line), line);
			else
				add_line(&t, line);
		} else {
			t.blank = true;
		}
	}
}
