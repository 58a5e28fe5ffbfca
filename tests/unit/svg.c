/*
 * Drawings: text keeps within its box and boxes keep apart, whatever the trace says and however
 * narrow the screen is.
 */
#include "tests/unit/unit.h"

#include "core/report/html.h"
#include "tests/unit/markdown.h"

static const unsigned widths[] = { 350, 760 };

/* -- text ---------------------------------------------------------------------------------- */

static const char *joined(struct ra_arena *arena, const struct ra_svg_text *text)
{
	static const char marks[] = { [RA_SVG_PLAIN] = ' ', [RA_SVG_CODE] = '`', [RA_SVG_PLACE] = '@' };
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < text->lines.n; i++) {
		ra_buf_adds(&out, i ? "/" : "");
		for (size_t k = 0; k < text->lines.v[i].runs.n; k++) {
			const struct ra_svg_run *run = &text->lines.v[i].runs.v[k];

			if (marks[run->style] != ' ')
				ra_buf_addc(&out, marks[run->style]);
			ra_buf_add(&out, run->text);
		}
	}
	return ra_buf_str(&out).ptr;
}

static void test_lines(void **state)
{
	static const struct { const char *place, *text, *lines; unsigned width; size_t most; } rows[] = {
		{ "L3", "reads `self.x`", "@L3 reads `self.x", 400, 8 },
		{ "", "`a` is", "`a is", 400, 8 },
		{ "L3", "`a`: b", "@L3 `a: b", 400, 8 },
		{ "", "one two three", "one/two/three", 48, 8 },
		{ "", "one two three four", "one/two\xe2\x80\xa6", 48, 2 },
		{ "", "`abcdefghijkl`", "`abcde/`fghij/`kl", 48, 8 },
		{ "", "\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac",
		  "\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5/\xe6\x9c\xac", 48, 8 },
		{ "", "", "", 48, 8 },
		{ "", "`open", "`open", 400, 8 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_svg_text text;

		ra_svg_wrap(*state, ra_str(rows[i].place), ra_str(rows[i].text), 13, rows[i].width,
			    rows[i].most, &text);
		assert_string_equal(joined(*state, &text), rows[i].lines);
	}
}

static void test_text_is_escaped(void **state)
{
	struct ra_svg_text text;
	struct ra_buf out;

	ra_buf_init(&out, *state);
	ra_svg_wrap(*state, RA_STR("L1"), RA_STR("a `</text><script>` \"&\""), 13, 700, 8, &text);
	ra_svg_add_text(&out, &text, 5, 20);
	assert_string_equal(ra_buf_str(&out).ptr, "<text x=\"5\" y=\"20\" font-size=\"13\">"
			    "<tspan class=\"place\">L1</tspan> a <tspan class=\"code\">"
			    "&lt;/text&gt;&lt;script&gt;</tspan> &quot;&amp;&quot;</text>\n");
}

/* -- traces -------------------------------------------------------------------------------- */

struct step { const char *task, *text; size_t line; bool window; };

static json_t *finding_of(struct ra_arena *arena, const struct step *steps, size_t n)
{
	struct ra_json json = { .arena = arena };
	json_t *finding = json_object(), *trace = ra_json_array(&json, finding, "trace"), *window;
	size_t first = 0, last = 0;

	for (size_t i = 0; i < n; i++) {
		json_t *step = ra_json_object(&json, trace, NULL);

		ra_json_text(&json, step, "task", ra_str(steps[i].task));
		ra_json_text(&json, step, "text", ra_str(steps[i].text));
		ra_json_number(&json, step, "line", steps[i].line);
		ra_json_flag(&json, step, "window", steps[i].window);
		first = steps[i].window && !first ? i + 1 : first;
		last = steps[i].window ? i + 1 : last;
	}
	window = ra_json_object(&json, finding, "window");
	ra_json_number(&json, window, "first", first);
	ra_json_number(&json, window, "last", last);
	ra_json_text(&json, window, "display", RA_STR("steps"));
	return finding;
}

static bool is_inside(const struct ra_svg_box *inner, unsigned width, unsigned height)
{
	return inner->x + inner->width <= width && inner->y + inner->height <= height;
}

static bool are_apart(const struct ra_svg_box *a, const struct ra_svg_box *b)
{
	return a->x + a->width <= b->x || b->x + b->width <= a->x || a->y + a->height <= b->y ||
	       b->y + b->height <= a->y;
}

static void assert_lanes_are_apart(const struct ra_svg_trace *trace)
{
	for (size_t i = 0; i < trace->n_lanes; i++) {
		assert_true(is_inside(&trace->lanes[i], trace->width, trace->height));
		assert_true(trace->lanes[i].width >= 100);
		for (size_t k = 0; k < i; k++)
			assert_true(are_apart(&trace->lanes[i], &trace->lanes[k]));
	}
}

/* In its lane, below what was before, with room for each line of its text. */
static void assert_step_fits(const struct ra_svg_trace *trace, const struct ra_svg_step *step,
			     const struct ra_svg_step *before)
{
	const struct ra_svg_box *lane = &trace->lanes[step->lane];
	unsigned height = ra_svg_line_height(step->text.size);

	assert_true(is_inside(&step->box, trace->width, trace->height));
	assert_true(!before || step->box.y >= before->box.y + before->box.height + 8);
	if (!step->consequence) {
		assert_int_equal(step->box.x, lane->x);
		assert_int_equal(step->box.width, lane->width);
	}
	assert_true(step->text.lines.n * height <= step->box.height);
	for (size_t i = 0; i < step->text.lines.n; i++)
		assert_true(ra_svg_line_width(&step->text.lines.v[i], step->text.size) + 38 <=
			    step->box.width);
	if (step->number >= trace->first && step->number <= trace->last) {
		assert_true(step->box.y >= trace->window.y);
		assert_true(step->box.y + step->box.height <=
			    trace->window.y + trace->window.height);
	} else if (trace->window.height) {
		assert_true(are_apart(&step->box, &trace->window));
	}
}

static void assert_geometry(const struct ra_svg_trace *trace)
{
	assert_lanes_are_apart(trace);
	assert_true(trace->window.y + trace->window.height <= trace->height);
	for (size_t i = 0; i < trace->steps.n; i++)
		assert_step_fits(trace, &trace->steps.v[i], i ? &trace->steps.v[i - 1] : NULL);
}

static void test_trace(void **state)
{
	static const struct step steps[] = {
		{ "Task A", "tests whether `key` is in `self._tiles`", 36, false },
		{ "Task A", "awaits `self._upstream.fetch(key)`", 38, true },
		{ "Task B", "stores into `self._tiles[key]`", 18, true },
		{ "Task A", "stores into `self._tiles[key]`", 39, true },
		{ "Task A", "what Task B stored is lost", 0, false },
	};
	json_t *finding = finding_of(*state, steps, COUNT(steps));
	struct ra_svg_trace trace;
	struct ra_buf out;

	for (size_t i = 0; i < COUNT(widths); i++) {
		assert_true(ra_svg_lay_out(*state, finding, widths[i], &trace));
		assert_geometry(&trace);
		assert_int_equal(trace.width, widths[i]);
		assert_int_equal(trace.n_lanes, 2);
		assert_int_equal(trace.steps.v[2].lane, 1);
		assert_true(trace.steps.v[4].consequence);
		assert_int_equal(trace.steps.v[4].box.width, widths[i] - 2);
	}
	ra_buf_init(&out, *state);
	assert_true(ra_svg_add_trace(&out, finding, 760));
	assert_non_null(strstr(out.ptr, ">window opens</text>"));
	assert_non_null(strstr(out.ptr, "4. Task A: stores into `self._tiles[key]`."));
	json_decref(finding);
}

static void test_traces_that_cannot_be_drawn(void **state)
{
	struct step steps[RA_LANES_MAX + 1] = { 0 };
	struct ra_svg_trace trace;
	json_t *finding = finding_of(*state, steps, 0);

	assert_false(ra_svg_lay_out(*state, finding, 760, &trace));
	json_decref(finding);
	for (size_t i = 0; i < COUNT(steps); i++)
		steps[i] = (struct step){ ra_printf(*state, "Task %zu", i).ptr, "waits", 1, true };
	finding = finding_of(*state, steps, RA_LANES_MAX);
	assert_true(ra_svg_lay_out(*state, finding, 350, &trace));
	assert_geometry(&trace);
	json_decref(finding);
	finding = finding_of(*state, steps, RA_LANES_MAX + 1);
	assert_false(ra_svg_lay_out(*state, finding, 350, &trace));
	json_decref(finding);
}

static void test_random_traces(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct ra_arena arena;
		struct step steps[12];
		struct ra_svg_trace trace;
		size_t n = 1 + next_random(&seed) % COUNT(steps);
		json_t *finding;

		ra_arena_init(&arena, "trace", 0);
		for (size_t i = 0; i < n; i++) {
			uint32_t task = next_random(&seed) % 4;

			steps[i] = (struct step){
				task == 3 ? ra_cstr(&arena, ra_str("`x`\xff<a name of a task that is longer "
								   "than its lane>"))
					  : ra_printf(&arena, "Task %u", (unsigned)task).ptr,
				ra_cstr(&arena, ra_utf8(&arena, hostile_text(&arena, &seed, 60))),
				next_random(&seed) % 100000, next_random(&seed) % 2 };
		}
		finding = finding_of(&arena, steps, n);
		for (size_t i = 0; i < COUNT(widths); i++)
			if (ra_svg_lay_out(&arena, finding, widths[i], &trace))
				assert_geometry(&trace);
		json_decref(finding);
		ra_arena_release(&arena);
	}
}

/* -- bars ---------------------------------------------------------------------------------- */

static void put_row(struct ra_json *json, json_t *rows, const char *title, size_t high, size_t low)
{
	json_t *row = ra_json_object(json, rows, NULL);

	ra_json_text(json, row, "title", ra_str(title));
	ra_json_number(json, row, "high", high);
	ra_json_number(json, row, "low", low);
	ra_json_number(json, row, "findings", high + low);
}

/* Each bar of a drawing ends before its edge, and so does the sum behind it. */
static void assert_bars_fit(const char *svg, unsigned width)
{
	unsigned x, y, length, n = 0;

	for (const char *at = svg; (at = strstr(at, "<rect ")); at++, n++) {
		assert_int_equal(sscanf(strstr(at, " x="), " x=\"%u\" y=\"%u\" width=\"%u\"", &x, &y,
					&length), 3);
		assert_true(length > 0 && x + length + 6 <= width);
	}
	assert_true(n > 0);
	for (const char *at = svg; (at = strstr(at, "class=\"sum\" x=\"")); at++) {
		const char *text = strchr(at, '>') + 1;

		assert_int_equal(sscanf(at, "class=\"sum\" x=\"%u\"", &x), 1);
		assert_true(x + ra_svg_width(ra_str_n(text, (size_t)(strchr(text, '<') - text)),
					     RA_SVG_PLAIN, 13) <= width + 4);
	}
}

static void test_bars(void **state)
{
	struct ra_json json = { .arena = *state };
	json_t *rows = json_array();
	struct ra_buf out;

	ra_buf_init(&out, *state);
	put_row(&json, rows, "Never", 0, 0);
	assert_false(ra_svg_add_bars(&out, rows, "x", 760));
	put_row(&json, rows, "Check-then-act <b>", 1000000, 1);
	put_row(&json, rows, "A name that is long enough for several lines of words", 1, 0);
	for (size_t i = 0; i < COUNT(widths); i++) {
		out.len = 0;
		assert_true(ra_svg_add_bars(&out, rows, "Findings", widths[i]));
		assert_bars_fit(out.ptr, widths[i]);
		assert_null(strstr(out.ptr, "Never"));
		assert_null(strstr(out.ptr, "<b>"));
		assert_non_null(strstr(out.ptr, ">1000001</text>"));
	}
	json_decref(rows);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST_OF(test_lines), TEST_OF(test_text_is_escaped), TEST_OF(test_trace),
		TEST_OF(test_traces_that_cannot_be_drawn), TEST_OF(test_random_traces),
		TEST_OF(test_bars),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
