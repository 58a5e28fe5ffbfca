/*
 * A page of the site: the body of its markdown, with the figures that the model gives for it, in
 * the frame of page.html.mustache.
 */
#include "core/report/html.h"

enum {
	BODY_BYTES_MAX = 16 << 20,
	WIDE = 760, NARROW = 350,  /* each figure is drawn for a desk and for a phone */
};

/* -- figures ------------------------------------------------------------------------------- */

/* What a page's figures are made of: its view, and its items by anchor. */
struct drawing {
	const json_t *view;
	struct ra_map anchors;             /* -> index in items */
	RA_VEC(const json_t *) items;
};

static void collect_items(struct ra_arena *arena, struct drawing *drawing, const char *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(drawing->view, list), i, item) {
		ra_map_put(&drawing->anchors, ra_json_get(item, "anchor"), drawing->items.n);
		*ra_vec_push(arena, &drawing->items) = item;
	}
}

static enum ra_figure draw_trace(const struct drawing *drawing, struct ra_str anchor,
				 struct ra_buf *out)
{
	const size_t *at = ra_map_get(&drawing->anchors, anchor);
	const json_t *finding = at ? drawing->items.v[*at] : NULL;
	struct ra_svg_trace trial;

	if (!finding || !ra_svg_lay_out(out->arena, finding, WIDE, &trial))
		return RA_FIGURE_NONE;
	ra_buf_adds(out, "<figure class=\"trace\">\n");
	ra_svg_add_trace(out, finding, WIDE);
	ra_svg_add_trace(out, finding, NARROW);
	ra_buf_adds(out, "</figure>\n");
	return RA_FIGURE_INSTEAD;
}

static enum ra_figure draw_bars(const struct drawing *drawing, const char *rows, const char *label,
				struct ra_buf *out)
{
	const json_t *list = json_object_get(json_object_get(drawing->view, "totals"), rows);
	struct ra_buf bars;

	ra_buf_init(&bars, out->arena);
	if (!ra_svg_add_bars(&bars, list, label, WIDE))
		return RA_FIGURE_NONE;
	ra_svg_add_bars(&bars, list, label, NARROW);
	ra_buf_addf(out, "<figure class=\"bars\">\n%.*s</figure>\n", RA_FMT(ra_buf_str(&bars)));
	return RA_FIGURE_BESIDE;
}

/* A new figure is a line here; the headings are those of the templates. */
static enum ra_figure draw(void *arg, struct ra_str section, struct ra_str heading,
			   struct ra_buf *out)
{
	const struct drawing *drawing = arg;

	if (ra_str_is(heading, "race-trace"))
		return draw_trace(drawing, section, out);
	if (ra_str_is(section, "totals") && ra_str_is(heading, "by-severity"))
		return draw_bars(drawing, "by_severity", "Findings by severity", out);
	if (ra_str_is(section, "totals") && ra_str_is(heading, "by-race-type"))
		return draw_bars(drawing, "by_race_type", "Findings by race type", out);
	return RA_FIGURE_NONE;
}

/* -- pages --------------------------------------------------------------------------------- */

static int render(struct ra_pages *pages, struct ra_html *html, struct ra_str *text,
		  struct ra_error *err)
{
	struct ra_arena *arena = &pages->arena;
	struct ra_json json = { .arena = arena };
	struct ra_str frame, style;
	struct ra_buf out;
	int rc = ra_template_load(arena, pages->templates, RA_STR("page"), ".html.mustache", &frame,
				  err);

	if (!rc)
		rc = ra_template_load(arena, pages->templates, RA_STR("page"), ".css", &style, err);
	if (rc)
		return rc;
	ra_json_text(&json, pages->view, "title", html->title);
	ra_json_text(&json, pages->view, "body", html->body);
	ra_json_text(&json, pages->view, "style", style);
	ra_json_flag(&json, pages->view, "cut", html->cut);
	ra_json_flag(&json, pages->view, "has_checklist", ra_pages_has_checklist(pages));
	if (json.failed)
		return ra_fail(err, RA_ENOMEM, "out of memory for the HTML of a report");
	ra_buf_init(&out, arena);
	rc = ra_mustache(arena, frame, pages->view, NULL, RA_ESCAPE_HTML, &out, err);
	*text = ra_buf_str(&out);
	return rc ? ra_wrap(err, "template 'page.html.mustache'") : RA_OK;
}

struct making {
	struct ra_pages *pages;
	struct ra_str markdown, html;
	struct ra_error *err;
};

/* Runs inside a try of the page's arena. */
static int make_html(void *arg)
{
	struct making *m = arg;
	struct ra_arena *arena = &m->pages->arena;
	struct drawing drawing = { .view = m->pages->view };
	struct ra_figures figures = { draw, &drawing };
	struct ra_html html;
	int rc;

	ra_map_init(&drawing.anchors, arena);
	collect_items(arena, &drawing, "findings");
	collect_items(arena, &drawing, "questions");
	rc = ra_html_body(arena, m->markdown, &figures, BODY_BYTES_MAX, &html, m->err);
	return rc ? rc : render(m->pages, &html, &m->html, m->err);
}

int ra_pages_html(struct ra_pages *pages, struct ra_str markdown, struct ra_str *html,
		  struct ra_error *err)
{
	struct making making = { .pages = pages, .markdown = markdown, .err = err };
	int rc = ra_arena_try(&pages->arena, make_html, &making, err);

	*html = making.html;
	return rc;
}
