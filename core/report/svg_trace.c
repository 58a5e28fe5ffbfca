/*
 * A trace as a drawing: a lane for each task, a box for each step, one below the other in the order
 * of time, the window shaded, and what comes of it at the end, all lanes wide.
 *
 *     [ Task A          ]   [ Task B          ]
 *       | (1) L36 tests ...   |
 *     ::|:::::::::::::::::::::|:: window opens ::
 *     ::| (2) L38 awaits ...  |                 :
 *     ::|                     | (3) L18 stores  :
 *     ::| (4) L39 stores      |                 :
 *     ::::::::::::::::::::::::::: window closes ::
 *     [ (5) what Task B stored is lost          ]
 *
 * First all of it is laid out, then it is written; tests look at the layout.
 */
#include "core/report/html.h"

enum {
	EDGE = 1,           /* so that outlines are not cut */
	BETWEEN = 14,       /* lanes */
	LANE_LEAST = 150,
	TITLE = 28,         /* a lane's title */
	GAP = 16,           /* between steps: room for what joins them */
	MARK = 20,          /* the line that says that the window opens or closes */
	PAD = 9,            /* in a box */
	BADGE = 10,         /* radius of a step's number */
	TEXT_AT = PAD + 2 * BADGE + 8,
	FONT = 13, SMALL_FONT = 11,
	NARROW = 500,       /* drawings up to this width have smaller text */
	LINES_MAX = 8,      /* of a step */
	STEPS_MAX = 60,
};

/* -- laying out ---------------------------------------------------------------------------- */

static struct ra_str shown(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_show(&out, text, 0);
	return ra_buf_str(&out);
}

/* Index of a task's lane; RA_LANES_MAX when there are no more. */
static size_t find_lane(struct ra_str *tasks, size_t *n, struct ra_str task)
{
	size_t i = 0;

	while (i < *n && !ra_str_eq(tasks[i], task))
		i++;
	if (i == *n && i < RA_LANES_MAX)
		tasks[(*n)++] = task;
	return i;
}

static bool find_lanes(const json_t *steps, struct ra_str *tasks, size_t *n)
{
	const json_t *step;
	size_t i;

	*n = 0;
	json_array_foreach(steps, i, step)
		if (find_lane(tasks, n, ra_json_get(step, "task")) == RA_LANES_MAX)
			return false;
	return *n > 0 && i <= STEPS_MAX;
}

static void lay_lanes(struct ra_arena *arena, const struct ra_str *tasks, size_t n, unsigned width,
		      struct ra_svg_trace *out)
{
	unsigned gaps = (unsigned)(n - 1) * BETWEEN + 2 * EDGE, lane;

	lane = width > gaps ? (width - gaps) / (unsigned)n : 0;
	lane = lane < LANE_LEAST ? LANE_LEAST : lane;
	out->width = lane * (unsigned)n + gaps;
	out->n_lanes = n;
	for (size_t i = 0; i < n; i++) {
		out->lanes[i] = (struct ra_svg_box){ EDGE + (unsigned)i * (lane + BETWEEN), EDGE,
						     lane, TITLE };
		ra_svg_wrap(arena, RA_STR(""), shown(arena, tasks[i]),
			    width <= NARROW ? FONT - 1 : FONT, lane - 2 * PAD, 1, &out->titles[i]);
	}
}

/* "L36", "L4 of cash.go". */
static struct ra_str place_of(struct ra_arena *arena, const json_t *step)
{
	struct ra_str other = ra_json_get(step, "other_file");
	size_t line = ra_json_count(step, "line");

	if (!line)
		return RA_STR("");
	if (!other.len)
		return ra_printf(arena, "L%zu", line);
	return ra_printf(arena, "L%zu of %.*s", line, RA_FMT(shown(arena, other)));
}

static unsigned text_height(const struct ra_svg_text *text)
{
	unsigned height = (unsigned)text->lines.n * ra_svg_line_height(text->size);

	return height < 2 * BADGE ? 2 * BADGE : height;
}

static void lay_step(struct ra_arena *arena, const json_t *step, unsigned size, unsigned y,
		     const struct ra_svg_trace *trace, struct ra_svg_step *out)
{
	const struct ra_svg_box *lane = &trace->lanes[out->lane];

	out->box = (struct ra_svg_box){ lane->x, y, lane->width, 0 };
	if (out->consequence)
		out->box = (struct ra_svg_box){ EDGE, y, trace->width - 2 * EDGE, 0 };
	ra_svg_wrap(arena, place_of(arena, step), shown(arena, ra_json_get(step, "text")), size,
		    out->box.width - TEXT_AT - PAD, LINES_MAX, &out->text);
	out->box.height = text_height(&out->text) + 2 * PAD - 2;
}

/* What happens in no line, behind the window, is what comes of it. */
static bool is_consequence(const json_t *step, size_t number, size_t steps)
{
	return number == steps && !ra_json_count(step, "line") &&
	       !json_is_true(json_object_get(step, "window"));
}

static void lay_steps(struct ra_arena *arena, const json_t *steps, struct ra_str *tasks,
		      unsigned size, struct ra_svg_trace *out)
{
	size_t n = json_array_size(steps), lanes = out->n_lanes, i;
	unsigned y = EDGE + TITLE + GAP;
	const json_t *step;

	json_array_foreach(steps, i, step) {
		struct ra_svg_step *at = ra_vec_push(arena, &out->steps);

		*at = (struct ra_svg_step){
			.lane = find_lane(tasks, &lanes, ra_json_get(step, "task")),
			.number = i + 1, .consequence = is_consequence(step, i + 1, n) };
		if (at->number == out->first) {
			out->window = (struct ra_svg_box){ 0, y, out->width, 0 };
			y += MARK;
		}
		lay_step(arena, step, size, y, out, at);
		y += at->box.height;
		if (at->number == out->last) {
			y += MARK;
			out->window.height = y - out->window.y;
		}
		y += i + 1 < n ? GAP : EDGE;
	}
	out->height = y;
}

bool ra_svg_lay_out(struct ra_arena *arena, const json_t *finding, unsigned width,
		    struct ra_svg_trace *out)
{
	const json_t *steps = json_object_get(finding, "trace");
	const json_t *window = json_object_get(finding, "window");
	struct ra_str tasks[RA_LANES_MAX];
	size_t n;

	*out = (struct ra_svg_trace){ .first = ra_json_count(window, "first"),
				      .last = ra_json_count(window, "last") };
	if (!find_lanes(steps, tasks, &n))
		return false;
	if (!out->first || out->last < out->first || out->last > json_array_size(steps))
		out->first = out->last = 0;
	lay_lanes(arena, tasks, n, width, out);
	lay_steps(arena, steps, tasks, width <= NARROW ? FONT - 1 : FONT, out);
	return true;
}

/* -- writing ------------------------------------------------------------------------------- */

static void add_box(struct ra_buf *out, const char *class, const struct ra_svg_box *box,
		    unsigned radius)
{
	ra_buf_addf(out, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" "
		    "rx=\"%u\"/>\n", class, box->x, box->y, box->width, box->height, radius);
}

static void add_mark(struct ra_buf *out, const char *words, unsigned x, unsigned y)
{
	ra_buf_addf(out, "<text class=\"mark\" x=\"%u\" y=\"%u\" font-size=\"%d\" "
		    "text-anchor=\"end\">%s</text>\n", x, y, SMALL_FONT, words);
}

static void add_window(struct ra_buf *out, const struct ra_svg_trace *trace)
{
	const struct ra_svg_box *window = &trace->window;
	unsigned right = trace->width - PAD, below = window->y + window->height;

	if (!window->height)
		return;
	add_box(out, "window", window, 6);
	add_mark(out, "window opens", right, window->y + MARK - 7);
	add_mark(out, "window closes", right, below - 7);
}

/* What lies under the numbers of a lane: its life line and what joins its steps. */
static unsigned spine(const struct ra_svg_trace *trace, const struct ra_svg_step *step)
{
	return (step->consequence ? EDGE : trace->lanes[step->lane].x) + PAD + BADGE;
}

static void add_lanes(struct ra_buf *out, const struct ra_svg_trace *trace)
{
	const struct ra_svg_step *end = &trace->steps.v[trace->steps.n - 1];
	unsigned bottom = end->consequence ? end->box.y - GAP : end->box.y + end->box.height;

	for (size_t i = 0; i < trace->n_lanes; i++) {
		const struct ra_svg_box *lane = &trace->lanes[i];
		const char *class = ra_printf(out->arena, "task task-%zu", i).ptr;

		ra_buf_addf(out, "<path class=\"life task-%zu\" d=\"M%u %uV%u\"/>\n", i,
			    lane->x + PAD + BADGE, lane->y + lane->height, bottom);
		add_box(out, class, lane, 5);
		ra_svg_add_text(out, &trace->titles[i], lane->x + PAD,
				lane->y + TITLE / 2 + trace->titles[i].size / 2 - 2);
	}
}

/* From the box of one step to that of the next, round the corner to another lane. */
static void add_join(struct ra_buf *out, const struct ra_svg_trace *trace, size_t from)
{
	const struct ra_svg_step *step = &trace->steps.v[from], *next = step + 1;
	unsigned middle = step->box.y + step->box.height + GAP / 2;
	unsigned x = spine(trace, step), to = spine(trace, next);

	if (step->number == trace->last)
		middle += MARK;
	ra_buf_addf(out, "<path class=\"join\" d=\"M%u %u", x, step->box.y + step->box.height);
	if (to != x)
		ra_buf_addf(out, "V%uH%u", middle, to);
	ra_buf_addf(out, "V%u\"/>\n<path class=\"head\" d=\"M%u %ul-4 -6h8z\"/>\n", next->box.y, to,
		    next->box.y);
}

static void add_step(struct ra_buf *out, const struct ra_svg_step *step)
{
	unsigned x = step->box.x + PAD + BADGE, y = step->box.y + PAD + BADGE - 1;

	ra_buf_addf(out, "<g class=\"%s task-%zu\">\n", step->consequence ? "end" : "step",
		    step->lane);
	add_box(out, "box", &step->box, 5);
	ra_buf_addf(out, "<circle cx=\"%u\" cy=\"%u\" r=\"%d\"/>\n", x, y, BADGE);
	ra_buf_addf(out, "<text class=\"number\" x=\"%u\" y=\"%u\" font-size=\"%d\" "
		    "text-anchor=\"middle\">%zu</text>\n", x, y + 4, SMALL_FONT, step->number);
	ra_svg_add_text(out, &step->text, step->box.x + TEXT_AT,
			step->box.y + PAD + step->text.size);
	ra_buf_adds(out, "</g>\n");
}

static void add_label(struct ra_buf *out, const json_t *finding, const struct ra_svg_trace *trace)
{
	struct ra_str window = ra_json_get(json_object_get(finding, "window"), "display");
	struct ra_buf label;
	size_t i;
	const json_t *step;

	ra_buf_init(&label, out->arena);
	ra_buf_addf(&label, "Race trace in %zu steps%s%.*s.", trace->steps.n,
		    window.len ? ", window: " : "", RA_FMT(window));
	json_array_foreach(json_object_get(finding, "trace"), i, step)
		ra_buf_addf(&label, " %zu. %.*s: %.*s.", i + 1,
			    RA_FMT(ra_json_get(step, "task")), RA_FMT(ra_json_get(step, "text")));
	ra_buf_add(out, ra_escape_html(out->arena, ra_buf_str(&label)));
}

bool ra_svg_add_trace(struct ra_buf *out, const json_t *finding, unsigned width)
{
	struct ra_svg_trace trace;

	if (!ra_svg_lay_out(out->arena, finding, width, &trace))
		return false;
	ra_buf_addf(out, "<svg class=\"%s\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" "
		    "role=\"img\" aria-label=\"", width <= NARROW ? "narrow" : "wide", trace.width,
		    trace.height, trace.width, trace.height);
	add_label(out, finding, &trace);
	ra_buf_adds(out, "\">\n");
	add_window(out, &trace);
	add_lanes(out, &trace);
	for (size_t i = 0; i + 1 < trace.steps.n; i++)
		add_join(out, &trace, i);
	for (size_t i = 0; i < trace.steps.n; i++)
		add_step(out, &trace.steps.v[i]);
	ra_buf_adds(out, "</svg>\n");
	return true;
}
