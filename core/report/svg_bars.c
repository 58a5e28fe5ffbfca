/*
 * Counts as a drawing: a bar for each row, parted by severity, all to one scale. The words stand
 * left of the bars, the sums right of them; a table on the same page has the numbers.
 */
#include "core/report/html.h"

enum {
	FONT = 13, NARROW_FONT = 12,
	NARROW = 500,
	BEFORE_SUM = 6, SLACK = 8, /* what is too short to be seen is drawn longer */
	BAR = 16, BETWEEN = 10,
	BESIDE = 10,       /* words and bar */
	EDGE = 2,          /* letters may begin a little left of where they stand */
	LINES_MAX = 3,     /* of the words */
	ROWS_MAX = 20,
};

static const char *const severities[] = { "high", "medium", "low" };

static size_t most_of(const json_t *rows)
{
	size_t most = 0, i;
	const json_t *row;

	json_array_foreach(rows, i, row)
		if (ra_json_count(row, "findings") > most)
			most = ra_json_count(row, "findings");
	return most;
}

struct bars {
	struct ra_buf *out;
	unsigned width, words, sum, y, size;  /* words, sum: room for them */
	size_t most;
};

static unsigned scaled(const struct bars *bars, size_t count)
{
	size_t room = bars->width - bars->words - BESIDE - BEFORE_SUM - bars->sum - SLACK;
	size_t length = room * count / bars->most;

	return (unsigned)(count && length < 2 ? 2 : length);
}

static void add_row(struct bars *bars, const json_t *row)
{
	unsigned x = bars->words + BESIDE, height;
	struct ra_svg_text words;
	struct ra_buf title;

	ra_buf_init(&title, bars->out->arena);
	ra_show(&title, ra_json_get(row, "title"), 0);
	ra_svg_wrap(title.arena, RA_STR(""), ra_buf_str(&title), bars->size, bars->words, LINES_MAX,
		    &words);
	height = (unsigned)words.lines.n * ra_svg_line_height(bars->size);
	ra_svg_add_text(bars->out, &words, EDGE, bars->y + bars->size);
	for (size_t i = 0; i < sizeof(severities) / sizeof(*severities); i++) {
		unsigned length = scaled(bars, ra_json_count(row, severities[i]));

		if (length)
			ra_buf_addf(bars->out, "<rect class=\"severity %s\" x=\"%u\" y=\"%u\" "
				    "width=\"%u\" height=\"%d\"/>\n", severities[i], x, bars->y,
				    length, BAR);
		x += length;
	}
	ra_buf_addf(bars->out, "<text class=\"sum\" x=\"%u\" y=\"%u\" font-size=\"%u\">%zu"
		    "</text>\n", x + BEFORE_SUM, bars->y + bars->size, bars->size,
		    ra_json_count(row, "findings"));
	bars->y += (height > BAR ? height : BAR) + BETWEEN;
}

bool ra_svg_add_bars(struct ra_buf *out, const json_t *rows, const char *label, unsigned width)
{
	bool narrow = width <= NARROW;
	struct bars bars = { .width = width, .words = narrow ? width * 2 / 5 : width / 3,
			     .size = narrow ? NARROW_FONT : FONT, .most = most_of(rows) };
	const json_t *row;
	struct ra_buf inner;
	size_t i;

	if (!bars.most)
		return false;
	ra_buf_init(&inner, out->arena);
	bars.out = &inner;
	bars.sum = ra_svg_width(ra_printf(out->arena, "%zu", bars.most), RA_SVG_PLAIN, bars.size);
	json_array_foreach(rows, i, row)
		if (i < ROWS_MAX && ra_json_count(row, "findings"))
			add_row(&bars, row);
	ra_buf_addf(out, "<svg class=\"%s\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" "
		    "role=\"img\" aria-label=\"%s\">\n", narrow ? "narrow" : "wide", width,
		    bars.y - BETWEEN + 4, width, bars.y - BETWEEN + 4, label);
	ra_buf_add(out, ra_buf_str(&inner));
	ra_buf_adds(out, "</svg>\n");
	return true;
}
