/*
 * The model -> lines for a terminal: `path:line:column: severity rule message [fingerprint]`, which
 * editors can jump to, below it the code that matters; those in tests apart; and last what the run
 * came to. Colour is
 * never the only carrier of meaning.
 */
#include "core/report/internal.h"

enum {
	LINES_MAX = 5,
	MARGIN = 16,     /* a terminal that leaves less than this for code is not heeded */
};

struct terminal {
	const struct ra_terminal *how;
	struct ra_buf *out;
};

static void add(struct terminal *t, struct ra_str text)
{
	ra_show(t->out, text, t->how->ascii ? RA_SHOW_ASCII : 0);
}

static void add_colored(struct terminal *t, const char *color, struct ra_str text)
{
	if (t->how->color)
		ra_buf_addf(t->out, "\033[%sm", color);
	add(t, text);
	if (t->how->color)
		ra_buf_adds(t->out, "\033[m");
}

static const char *color_of(struct ra_str severity)
{
	static const struct { const char *severity, *color; } colors[] = {
		{ "high", "1;31" }, { "medium", "33" }, { "low", "36" },
	};

	for (size_t i = 0; i < sizeof(colors) / sizeof(*colors); i++)
		if (ra_str_is(severity, colors[i].severity))
			return colors[i].color;
	return "0";
}

/* -- code ---------------------------------------------------------------------------------- */

/* A line of code that is too long is cut before its role, not with it. */
static void add_code(struct terminal *t, const json_t *finding, const json_t *line)
{
	size_t number = ra_json_count(line, "line"), width = t->how->width, tail;
	bool changes = !json_object_get(line, "path") &&
		       number >= ra_json_count(finding, "line") &&
		       number <= ra_json_count(finding, "end_line");
	struct ra_str text = ra_json_get(line, "display"), role = ra_json_get(line, "role");
	struct ra_buf shown;

	tail = role.len ? role.len + sizeof("  <- ") - 1 : 0;
	ra_buf_init(&shown, t->out->arena);
	ra_show(&shown, ra_str_n(text.ptr, text.len - tail), t->how->ascii ? RA_SHOW_ASCII : 0);
	ra_buf_adds(t->out, changes ? "  > " : "    ");
	if (width > tail + MARGIN && ra_utf8_length(ra_buf_str(&shown)) > width - tail - 4)
		ra_buf_addf(t->out, "%.*s...", RA_FMT(ra_utf8_head(ra_buf_str(&shown),
								   width - tail - 7)));
	else
		ra_buf_add(t->out, ra_buf_str(&shown));
	ra_buf_add(t->out, ra_str_n(text.ptr + text.len - tail, tail));
	ra_buf_addc(t->out, '\n');
}

/* The lines of events; where there is none, what has to change. */
static bool matters(const json_t *finding, const json_t *line)
{
	return ra_json_get(line, "role").len > 0 ||
	       (!json_object_get(line, "path") &&
		ra_json_count(line, "line") == ra_json_count(finding, "line"));
}

static void add_block(struct terminal *t, const json_t *finding)
{
	json_t *lines = json_object_get(finding, "evidence"), *line;
	size_t n = 0, i;

	json_array_foreach(lines, i, line) {
		if (!matters(finding, line))
			continue;
		if (n++ < LINES_MAX)
			add_code(t, finding, line);
	}
	if (n > LINES_MAX)
		ra_buf_addf(t->out, "    ... and %zu more lines in the report\n", n - LINES_MAX);
}

/* -- findings ------------------------------------------------------------------------------ */

static void add_finding(struct terminal *t, const json_t *finding, const char *text_key)
{
	struct ra_str severity = ra_json_get(finding, "severity");
	struct ra_str fingerprint = ra_json_get(finding, "fingerprint"), prefix = RA_STR("ra1:");

	if (ra_str_starts(fingerprint, prefix))
		fingerprint = ra_str_n(fingerprint.ptr + prefix.len, fingerprint.len - prefix.len);
	add(t, ra_json_get(finding, "path"));
	ra_buf_addf(t->out, ":%zu:%zu: ", ra_json_count(finding, "line"),
		    ra_json_count(finding, "column"));
	add_colored(t, color_of(severity), severity);
	ra_buf_addc(t->out, ' ');
	add(t, ra_json_get(finding, "rule"));
	ra_buf_addc(t->out, ' ');
	add(t, ra_json_get(finding, text_key));
	if (ra_json_count(finding, "more_places"))
		ra_buf_addf(t->out, " (and %zu more)", ra_json_count(finding, "more_places"));
	ra_buf_adds(t->out, " [");
	add(t, fingerprint);
	ra_buf_adds(t->out, "]\n");
	if (!t->how->quiet)
		add_block(t, finding);
}

/* Those that are there, outside of tests or in them. */
static void add_findings(struct terminal *t, const json_t *model, bool tests)
{
	json_t *finding;
	bool some = false;
	size_t i;

	json_array_foreach(json_object_get(model, "findings"), i, finding) {
		if (ra_str_is(ra_json_get(finding, "state"), "fixed") ||
		    json_is_true(json_object_get(finding, "test")) != tests)
			continue;
		if (tests && !some && !t->how->quiet)
			ra_buf_adds(t->out, "in tests:\n");
		some = true;
		add_finding(t, finding, "message");
	}
}

void ra_report_terminal(struct ra_arena *arena, json_t *model, const struct ra_terminal *how,
			struct ra_buf *out)
{
	struct terminal t = { how, out };
	struct ra_buf headline;
	json_t *finding;
	size_t i;

	add_findings(&t, model, false);
	add_findings(&t, model, true);
	json_array_foreach(json_object_get(model, "questions"), i, finding)
		if (how->questions)
			add_finding(&t, finding, "question");
	ra_buf_init(&headline, arena);
	ra_add_headline(&headline, model);
	add(&t, ra_buf_str(&headline));
	if (how->seconds >= 0)
		ra_buf_addf(out, "; %.1f s", how->seconds);
	ra_buf_addc(out, '\n');
}
