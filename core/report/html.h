/*
 * html: the pages of `--format=html`, a site without script and without anything from elsewhere.
 *
 * A page is a markdown page once more: md4c-html makes tags of it, raw HTML switched off, and of
 * these only known ones are made anew, with links that may stand. What markdown cannot show is
 * drawn: a figure belongs to the heading it stands below and is made of the model, not of the page.
 * Frame and style are templates (page.html.mustache, page.css).
 *
 * html_page.c   body, frame and figures -> a page
 * html_body.c   markdown -> the body of a page
 * html_link.c   which links may stand, and where they lead on the site
 * svg_text.c    how wide text is at the most, and its lines
 * svg_trace.c   a trace -> lanes of numbered steps
 * svg_bars.c    counts -> bars
 */
#ifndef RA_REPORT_HTML_H
#define RA_REPORT_HTML_H

#include "core/report/internal.h"

/* -- links --------------------------------------------------------------------------------- */

/* The page of a markdown page: "RACE_AUDIT_a.py.md" -> "RACE_AUDIT_a.py.html". */
struct ra_str ra_html_name(struct ra_arena *arena, struct ra_str name);

/*
 * A link as it may stand in an attribute, leading to pages of the site where it led to markdown
 * pages. Empty for what may not: anything but http, https and relative ones.
 */
struct ra_str ra_html_link(struct ra_arena *arena, struct ra_str href);

/* -- bodies -------------------------------------------------------------------------------- */

enum ra_figure {
	RA_FIGURE_NONE,
	RA_FIGURE_BESIDE,   /* what the markdown has there stays as it is */
	RA_FIGURE_INSTEAD   /* code that follows is folded away: the figure shows the same */
};

/* Draw what belongs below a heading, named with the one it stands under as their anchors are:
 * "totals/by-severity", "f1-l39-check-then-act/race-trace". */
struct ra_figures {
	enum ra_figure (*draw)(void *arg, struct ra_str section, struct ra_str heading,
			       struct ra_buf *out);
	void *arg;
};

struct ra_html {
	struct ra_str title;   /* text of the first heading, escaped */
	struct ra_str body;
	bool cut;              /* not all of it: beyond the limit */
};

/* `figures` may be NULL. A body ends soon after `limit` bytes, with all tags closed. */
int ra_html_body(struct ra_arena *arena, struct ra_str markdown, const struct ra_figures *figures,
		 size_t limit, struct ra_html *out, struct ra_error *err);

/* -- text in drawings ---------------------------------------------------------------------- */

/* All measures are whole pixels, so that every machine writes the same bytes. */
enum ra_svg_style { RA_SVG_PLAIN, RA_SVG_CODE, RA_SVG_PLACE };

struct ra_svg_run { struct ra_str text; enum ra_svg_style style; };
struct ra_svg_line { RA_VEC(struct ra_svg_run) runs; };
struct ra_svg_text {
	RA_VEC(struct ra_svg_line) lines;
	unsigned size;         /* of the font */
};

/* How wide it may become in any of the usual fonts. */
unsigned ra_svg_width(struct ra_str text, enum ra_svg_style style, unsigned size);
unsigned ra_svg_line_width(const struct ra_svg_line *line, unsigned size);

/* `place` and text with `code` in it, broken into lines of `width`, at most `most` of them. */
void ra_svg_wrap(struct ra_arena *arena, struct ra_str place, struct ra_str text, unsigned size,
		 unsigned width, size_t most, struct ra_svg_text *out);
/* Its <text> elements, the first with its base line at `y`. */
void ra_svg_add_text(struct ra_buf *out, const struct ra_svg_text *text, unsigned x, unsigned y);
unsigned ra_svg_line_height(unsigned size);

/* -- drawings ------------------------------------------------------------------------------ */

struct ra_svg_box { unsigned x, y, width, height; };

struct ra_svg_step {
	struct ra_svg_box box;
	size_t lane;
	size_t number;
	bool consequence;      /* the last one: all lanes wide */
	struct ra_svg_text text;
};

enum { RA_LANES_MAX = 6 };

/* Where everything of a trace is. */
struct ra_svg_trace {
	unsigned width, height;
	size_t n_lanes;
	struct ra_svg_box lanes[RA_LANES_MAX]; /* their titles' boxes */
	struct ra_svg_text titles[RA_LANES_MAX];
	RA_VEC(struct ra_svg_step) steps;
	struct ra_svg_box window;              /* height 0: none */
	size_t first, last;                    /* its steps */
};

/* `trace` and `window` as the model has them; false when it cannot be drawn: no step, or more
 * tasks than lanes. Lanes that `width` has no room for make the drawing wider. */
bool ra_svg_lay_out(struct ra_arena *arena, const json_t *finding, unsigned width,
		    struct ra_svg_trace *out);
bool ra_svg_add_trace(struct ra_buf *out, const json_t *finding, unsigned width);

/* A bar for each row of totals that has findings, parted by severity; false when none has. */
bool ra_svg_add_bars(struct ra_buf *out, const json_t *rows, const char *label, unsigned width);

/* -- pages --------------------------------------------------------------------------------- */

/* The page of the markdown that `pages` made last; it lives as long as that. */
int ra_pages_html(struct ra_pages *pages, struct ra_str markdown, struct ra_str *html,
		  struct ra_error *err);

#endif
