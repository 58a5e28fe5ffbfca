/*
 * Lines of evidence, trace and checkpoints as a person reads them, each with its parts beside it:
 *
 *     41 | if key in self._conns:                  <- check
 *     [Task A] 2. L44 awaits self._dial(key)       --- window opens
 *
 * They are made once, here, so that templates and the terminal show the same.
 */
#include "core/report/internal.h"

#include <stdlib.h>

enum {
	CODE_COLUMNS = 160,  /* longer code is cut */
	ROLE_COLUMN = 60,    /* roles line up, but no farther to the right */
	STEP_COLUMN = 56,
};

/* A place of another file says so; one of the file that is spoken of does not. */
void ra_display_other_file(struct ra_json *json, json_t *row, struct ra_str path,
			   struct ra_str seen_from)
{
	if (!path.len)
		return;
	ra_json_path(json, row, "path", path);
	ra_json_text(json, row, "other_file", ra_path_seen(path, seen_from));
}

static void pad(struct ra_buf *out, struct ra_str written, size_t column)
{
	for (size_t n = ra_utf8_length(written); n < column; n++)
		ra_buf_addc(out, ' ');
}

/* -- evidence ------------------------------------------------------------------------------ */

/* Code without tabs and without what ends its line. */
static struct ra_str plain_code(struct ra_arena *arena, struct ra_str text)
{
	while (text.len && strchr("\r\n\t ", text.ptr[text.len - 1]))
		text.len--;
	return ra_untab(arena, text);
}

static size_t indent_of(struct ra_str code)
{
	size_t n = 0;

	while (n < code.len && code.ptr[n] == ' ')
		n++;
	return n;
}

/* What the lines of one finding have in common. */
struct layout {
	struct ra_str *code;
	size_t indent;       /* that all have */
	size_t role_column;
	size_t label;        /* of the longest line number, with its file where it is another one */
};

/* "41", or "other.go:41". */
static struct ra_str label_of(struct ra_arena *arena, const struct ra_finding *finding,
			      const struct ra_evidence_line *line)
{
	if (!line->path.len)
		return ra_printf(arena, "%u", (unsigned)line->line);
	return ra_printf(arena, "%.*s:%u", RA_FMT(ra_path_seen(line->path, finding->path)),
			 (unsigned)line->line);
}

static void lay_out(struct ra_arena *arena, const struct ra_finding *finding, struct layout *out)
{
	size_t n = finding->evidence.n;

	*out = (struct layout){ .code = ra_new_array(arena, struct ra_str, n),
				.indent = SIZE_MAX };
	for (size_t i = 0; i < n; i++) {
		const struct ra_evidence_line *line = &finding->evidence.v[i];
		size_t label = ra_utf8_length(label_of(arena, finding, line));

		out->code[i] = plain_code(arena, line->text);
		out->label = label > out->label ? label : out->label;
		if (out->code[i].len && indent_of(out->code[i]) < out->indent)
			out->indent = indent_of(out->code[i]);
	}
	for (size_t i = 0; i < n; i++) {
		struct ra_str *code = &out->code[i];
		size_t cut = code->len < out->indent ? code->len : out->indent;
		size_t length;

		*code = ra_str_n(code->ptr + cut, code->len - cut);
		length = ra_utf8_length(*code);
		if (length > CODE_COLUMNS)
			*code = ra_printf(arena, "%.*s...",
					  RA_FMT(ra_utf8_head(*code, CODE_COLUMNS)));
		else if (finding->evidence.v[i].role && length > out->role_column &&
			 length <= ROLE_COLUMN)
			out->role_column = length;
	}
}

static struct ra_str display_code(struct ra_arena *arena, const struct layout *layout,
				  struct ra_str label, const struct ra_evidence_line *line,
				  struct ra_str code)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	pad(&out, label, layout->label);
	ra_buf_addf(&out, "%.*s |", RA_FMT(label));
	if (code.len)
		ra_buf_addf(&out, " %.*s", RA_FMT(code));
	if (line->role) {
		pad(&out, code, layout->role_column);
		ra_buf_addf(&out, "  <- %s", line->role);
	}
	return ra_buf_str(&out);
}

static bool follows(const struct ra_evidence_line *line, const struct ra_evidence_line *before)
{
	return before->line + 1 == line->line && ra_str_eq(before->path, line->path);
}

void ra_display_evidence(struct ra_json *json, json_t *parent, const struct ra_finding *finding)
{
	json_t *list = ra_json_array(json, parent, "evidence");
	struct layout layout;

	lay_out(json->arena, finding, &layout);
	for (size_t i = 0; i < finding->evidence.n; i++) {
		const struct ra_evidence_line *line = &finding->evidence.v[i];
		json_t *object = ra_json_object(json, list, NULL);

		ra_display_other_file(json, object, line->path, finding->path);
		ra_json_number(json, object, "line", line->line);
		ra_json_text(json, object, "text", line->text);
		ra_json_text(json, object, "role", ra_str(line->role ? line->role : ""));
		ra_json_flag(json, object, "gap", i && !follows(line, &line[-1]));
		ra_json_text(json, object, "display",
			     display_code(json->arena, &layout,
					  label_of(json->arena, finding, line), line,
					  layout.code[i]));
	}
}

/* -- trace --------------------------------------------------------------------------------- */

struct steps {
	RA_VEC(struct ra_step) list;
	size_t first, last;  /* of the window: 1-based; 0 for none */
	size_t task_width;
};

/* A card's consequence, filled, takes the place of its template, or comes last. */
static void collect_steps(struct ra_arena *arena, const struct ra_finding *finding,
			  struct ra_str consequence, struct steps *out)
{
	const struct ra_step *last = NULL;

	*out = (struct steps){ 0 };
	for (size_t i = 0; i < finding->steps.n; i++) {
		struct ra_step *step = ra_vec_push(arena, &out->list);
		size_t width;

		*step = finding->steps.v[i];
		if (step->text.len && ra_str_eq(step->text, finding->card->consequence))
			step->text = consequence;
		width = ra_utf8_length(step->task);
		out->task_width = width > out->task_width ? width : out->task_width;
		if (step->window) {
			out->first = out->first ? out->first : i + 1;
			out->last = i + 1;
		}
		last = step;
	}
	if (last && last->line && consequence.len) {
		struct ra_step end = { .task = last->task, .text = consequence };

		*ra_vec_push(arena, &out->list) = end;
	}
}

static struct ra_str display_step(struct ra_arena *arena, const struct steps *steps, size_t number,
				  struct ra_str seen_from)
{
	const struct ra_step *step = &steps->list.v[number - 1];
	const char *mark = "";
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_buf_addf(&out, "[%.*s]", RA_FMT(step->task));
	pad(&out, step->task, steps->task_width);
	ra_buf_addf(&out, " %*zu. ", steps->list.n > 9 ? 2 : 1, number);
	if (step->line)
		ra_buf_addf(&out, "L%u ", (unsigned)step->line);
	if (step->path.len)
		ra_buf_addf(&out, "of %.*s ", RA_FMT(ra_path_seen(step->path, seen_from)));
	ra_buf_add(&out, step->text);
	if (number == steps->first)
		mark = number == steps->last ? "--- window" : "--- window opens";
	else if (number == steps->last)
		mark = "--- window closes";
	if (*mark) {
		pad(&out, ra_buf_str(&out), STEP_COLUMN);
		ra_buf_addf(&out, " %s", mark);
	}
	return ra_buf_str(&out);
}

void ra_display_trace(struct ra_json *json, json_t *parent, const struct ra_finding *finding,
		      struct ra_str consequence)
{
	json_t *list = ra_json_array(json, parent, "trace"), *window;
	struct steps steps;

	collect_steps(json->arena, finding, consequence, &steps);
	for (size_t i = 0; i < steps.list.n; i++) {
		const struct ra_step *step = &steps.list.v[i];
		json_t *object = ra_json_object(json, list, NULL);

		ra_json_text(json, object, "task", step->task);
		ra_json_number(json, object, "step", i + 1);
		ra_json_number(json, object, "line", step->line);
		ra_json_text(json, object, "text", step->text);
		ra_json_flag(json, object, "window", step->window);
		ra_display_other_file(json, object, step->path, finding->path);
		ra_json_text(json, object, "display",
			     display_step(json->arena, &steps, i + 1, finding->path));
	}
	if (!steps.first) {
		ra_json_put(json, parent, "window", json_null());
		return;
	}
	window = ra_json_object(json, parent, "window");
	ra_json_number(json, window, "first", steps.first);
	ra_json_number(json, window, "last", steps.last);
	ra_json_text(json, window, "display", steps.first == steps.last
		? ra_printf(json->arena, "step %zu", steps.first)
		: ra_printf(json->arena, "steps %zu to %zu", steps.first, steps.last));
}

/* -- states -------------------------------------------------------------------------------- */

static int by_place(const void *left, const void *right)
{
	const struct ra_report_use *a = left, *b = right;
	int order = ra_str_cmp(a->path, b->path);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static bool same_user(const struct ra_report_use *a, const struct ra_report_use *b)
{
	return ra_str_eq(a->unit, b->unit) && ra_str_eq(a->path, b->path);
}

/*
 * "`get` L41, L44, `evict` L72, `drop` L9 of other.go": units in the order of their first lines,
 * those of other files last.
 */
struct ra_str ra_display_uses(struct ra_arena *arena, const struct ra_report_use *uses, size_t n,
			      struct ra_str seen_from)
{
	struct ra_report_use *sorted = ra_alloc_array(arena, sizeof(*sorted), n);
	bool *done = ra_new_array(arena, bool, n);
	struct ra_buf out;

	ra_buf_init(&out, arena);
	if (!n)
		return RA_STR("none");
	memcpy(sorted, uses, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_place);
	for (size_t i = 0; i < n; i++) {
		if (done[i])
			continue;
		ra_buf_addf(&out, "%s`%.*s`", i ? ", " : "", RA_FMT(sorted[i].unit));
		for (size_t k = i; k < n; k++) {
			if (!same_user(&sorted[k], &sorted[i]))
				continue;
			ra_buf_addf(&out, "%s L%u", k > i ? "," : "", (unsigned)sorted[k].line);
			done[k] = true;
		}
		if (sorted[i].path.len)
			ra_buf_addf(&out, " of %.*s",
				    RA_FMT(ra_path_seen(sorted[i].path, seen_from)));
	}
	return ra_buf_str(&out);
}

/* -- checkpoints --------------------------------------------------------------------------- */

void ra_display_checkpoint(struct ra_json *json, json_t *parent,
			   const struct ra_report_checkpoint *checkpoint, size_t width)
{
	json_t *object = ra_json_object(json, parent, NULL);
	struct ra_str code = plain_code(json->arena, checkpoint->text);
	struct ra_buf out;

	ra_buf_init(&out, json->arena);
	ra_buf_addf(&out, "L%-*u %.*s", (int)width, (unsigned)checkpoint->line,
		    RA_FMT(ra_utf8_head(code, CODE_COLUMNS)));
	pad(&out, ra_buf_str(&out), STEP_COLUMN);
	ra_buf_addf(&out, " <- %.*s", RA_FMT(checkpoint->meaning));
	if (checkpoint->held.len)
		ra_buf_addf(&out, " (holds %.*s)", RA_FMT(checkpoint->held));
	ra_json_number(json, object, "line", checkpoint->line);
	ra_json_text(json, object, "unit", checkpoint->unit);
	ra_json_text(json, object, "text", checkpoint->text);
	ra_json_text(json, object, "meaning", checkpoint->meaning);
	ra_json_text(json, object, "held", checkpoint->held);
	ra_json_text(json, object, "display", ra_buf_str(&out));
}
