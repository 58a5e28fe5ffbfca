/*
 * Text in drawings. Nobody here knows which font a browser takes, so widths are upper bounds: of
 * the widest of the usual sans-serif fonts for prose, of the cells of a fixed one for code. Lines
 * that keep within a width by these numbers keep within it on every screen.
 */
#include "core/report/html.h"

enum { WIDE_FROM = 0x1100 }; /* scripts whose characters fill two cells begin there */

/* In thousandths of the font's size, after DejaVu Sans and Verdana. */
static const struct { const char *characters; unsigned width; } widths[] = {
	{ "il'|", 300 },
	{ " ftrIJ.,:;!()[]-/\\\"`", 460 },
	{ "w#+<=>~^", 860 },
	{ "mMW@%&", 1080 },
	{ "ABCDEFGHKLNOPQRSTUVXYZ", 800 },
};

enum { LETTER = 645, OTHER_LETTER = 900, WIDE_LETTER = 1100, CELL = 625, PLACE_CELL = 690 };

static unsigned plain_width(uint32_t code)
{
	if (code >= 0x80)
		return code >= WIDE_FROM ? WIDE_LETTER : OTHER_LETTER;
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++)
		if (code && strchr(widths[i].characters, (int)code))
			return widths[i].width;
	return LETTER;
}

static unsigned width_of(uint32_t code, enum ra_svg_style style)
{
	unsigned cell = style == RA_SVG_PLACE ? PLACE_CELL : CELL;

	if (style == RA_SVG_PLAIN)
		return plain_width(code);
	return code >= WIDE_FROM ? 2 * cell : cell;
}

/* Of the text, up to the character that would pass `most`; how many bytes that are. */
static size_t measure(struct ra_str text, enum ra_svg_style style, unsigned size, unsigned most,
		      unsigned *width)
{
	unsigned long sum = 0;
	size_t at = 0;

	*width = 0;
	while (at < text.len) {
		struct ra_str rest = ra_str_n(text.ptr + at, text.len - at);
		uint32_t code = 0;
		size_t n = ra_utf8_next(rest, &code);

		sum += width_of(n ? code : '?', style);
		if ((sum * size + 999) / 1000 > most)
			return at;
		*width = (unsigned)((sum * size + 999) / 1000);
		at += n ? n : 1;
	}
	return at;
}

unsigned ra_svg_width(struct ra_str text, enum ra_svg_style style, unsigned size)
{
	unsigned width;

	measure(text, style, size, UINT32_MAX / 2, &width);
	return width;
}

unsigned ra_svg_line_width(const struct ra_svg_line *line, unsigned size)
{
	unsigned width = 0;

	for (size_t i = 0; i < line->runs.n; i++)
		width += ra_svg_width(line->runs.v[i].text, line->runs.v[i].style, size);
	return width;
}

unsigned ra_svg_line_height(unsigned size)
{
	return size + size / 3 + 1;
}

/* -- breaking lines ------------------------------------------------------------------------ */

struct wrapping {
	struct ra_arena *arena;
	struct ra_svg_text *out;
	unsigned width, used;      /* of a line; of the last one */
	enum ra_svg_style style;   /* of what stands last in it */
	size_t most;
	bool full;
};

static struct ra_svg_line *last_line(struct wrapping *w)
{
	return &w->out->lines.v[w->out->lines.n - 1];
}

static void add_run(struct wrapping *w, struct ra_str text, enum ra_svg_style style)
{
	*ra_vec_push(w->arena, &last_line(w)->runs) = (struct ra_svg_run){ text, style };
	w->used += ra_svg_width(text, style, w->out->size);
	w->style = style;
}

/* The last line of those that are allowed ends in dots: they take the place of what has to go. */
static void end_with_dots(struct wrapping *w)
{
	const struct ra_str dots = RA_STR("\xe2\x80\xa6");
	struct ra_svg_line *line = last_line(w);
	unsigned room = ra_svg_width(dots, RA_SVG_PLAIN, w->out->size), width;

	while (line->runs.n && w->used + room > w->width) {
		struct ra_svg_run *run = &line->runs.v[line->runs.n - 1];
		unsigned own = ra_svg_width(run->text, run->style, w->out->size);
		unsigned over = w->used + room - w->width;

		w->used -= own;
		run->text.len = own > over ? measure(run->text, run->style, w->out->size,
						     own - over, &width) : 0;
		w->used += ra_svg_width(run->text, run->style, w->out->size);
		if (!run->text.len)
			line->runs.n--;
	}
	add_run(w, dots, RA_SVG_PLAIN);
	w->full = true;
}

static void break_line(struct wrapping *w)
{
	if (w->out->lines.n >= w->most) {
		end_with_dots(w);
		return;
	}
	*ra_vec_push(w->arena, &w->out->lines) = (struct ra_svg_line){ 0 };
	w->used = 0;
}

/* A word that no line has room for is broken anywhere. */
static void add_word(struct wrapping *w, struct ra_str word, enum ra_svg_style style, bool spaced)
{
	unsigned size = w->out->size, room, width = ra_svg_width(word, style, size);
	enum ra_svg_style between = w->style == style ? style : RA_SVG_PLAIN;
	unsigned space = spaced && w->used ? ra_svg_width(RA_STR(" "), between, size) : 0;

	if (w->used + space + width > w->width && w->used)
		break_line(w);
	else if (space)
		add_run(w, RA_STR(" "), between);
	while (word.len && !w->full) {
		size_t fits = measure(word, style, size, w->width - w->used, &room);

		if (!fits && !w->used)
			return;
		add_run(w, ra_str_n(word.ptr, fits), style);
		word = ra_str_n(word.ptr + fits, word.len - fits);
		if (word.len)
			break_line(w);
	}
}

static void add_words(struct wrapping *w, struct ra_str text, enum ra_svg_style style, bool spaced)
{
	struct ra_str word;

	for (; !w->full && ra_str_cut(&text, ' ', &word); spaced = true)
		if (word.len)
			add_word(w, word, style, spaced);
}

void ra_svg_wrap(struct ra_arena *arena, struct ra_str place, struct ra_str text, unsigned size,
		 unsigned width, size_t most, struct ra_svg_text *out)
{
	struct wrapping w = { .arena = arena, .out = out, .width = width, .most = most };
	enum ra_svg_style style = RA_SVG_PLAIN;
	struct ra_str part;
	bool spaced = true;

	*out = (struct ra_svg_text){ .size = size };
	break_line(&w);
	add_words(&w, place, RA_SVG_PLACE, false);
	while (!w.full && ra_str_cut(&text, '`', &part)) {
		add_words(&w, part, style, spaced || ra_str_starts(part, RA_STR(" ")));
		spaced = part.len ? part.ptr[part.len - 1] == ' ' : spaced;
		style = style == RA_SVG_PLAIN ? RA_SVG_CODE : RA_SVG_PLAIN;
	}
}

/* -- writing ------------------------------------------------------------------------------- */

static void add_runs(struct ra_buf *out, const struct ra_svg_line *line)
{
	static const char *const classes[] = { [RA_SVG_CODE] = "code", [RA_SVG_PLACE] = "place" };

	for (size_t i = 0; i < line->runs.n;) {
		enum ra_svg_style style = line->runs.v[i].style;

		if (classes[style])
			ra_buf_addf(out, "<tspan class=\"%s\">", classes[style]);
		for (; i < line->runs.n && line->runs.v[i].style == style; i++)
			ra_buf_add(out, ra_escape_html(out->arena, line->runs.v[i].text));
		ra_buf_adds(out, classes[style] ? "</tspan>" : "");
	}
}

void ra_svg_add_text(struct ra_buf *out, const struct ra_svg_text *text, unsigned x, unsigned y)
{
	for (size_t i = 0; i < text->lines.n; i++) {
		ra_buf_addf(out, "<text x=\"%u\" y=\"%u\" font-size=\"%u\">", x,
			    y + (unsigned)i * ra_svg_line_height(text->size), text->size);
		add_runs(out, &text->lines.v[i]);
		ra_buf_adds(out, "</text>\n");
	}
}
