/*
 * One finding, or those of one place, as pages: the model without the others, through the same
 * templates.
 */
#include "core/report/internal.h"

static bool holds_line(const json_t *place, size_t line)
{
	size_t first = ra_json_count(place, "line"), last = ra_json_count(place, "end_line");

	return line >= first && line <= (last > first ? last : first);
}

/* Does the finding stand at the line, or name it as a place that matters? */
static bool speaks_of(const json_t *finding, size_t line)
{
	json_t *place;
	size_t i;

	if (holds_line(finding, line))
		return true;
	json_array_foreach(json_object_get(finding, "evidence"), i, place)
		if (ra_json_get(place, "role").len && !json_object_get(place, "path") &&
		    holds_line(place, line))
			return true;
	return false;
}

static bool is_asked_for(const struct ra_explain *what, const json_t *finding)
{
	struct ra_str fingerprint = ra_json_get(finding, "fingerprint"), prefix = RA_STR("ra1:");

	if (ra_str_starts(fingerprint, prefix) && !ra_str_starts(what->fingerprint, prefix))
		fingerprint = ra_str_n(fingerprint.ptr + prefix.len, fingerprint.len - prefix.len);
	return !ra_str_is(ra_json_get(finding, "state"), "fixed") &&
	       ra_str_starts(fingerprint, what->fingerprint) &&
	       (!what->line || speaks_of(finding, what->line));
}

/* Leave what is asked for in the list, and count it; note the files that it is in. */
static size_t keep(json_t *model, const char *list, const struct ra_explain *what, json_t *files)
{
	json_t *all = json_object_get(model, list), *finding;
	size_t i = 0;

	while ((finding = json_array_get(all, i))) {
		if (is_asked_for(what, finding)) {
			json_object_set_new(files, json_string_value(
				json_object_get(finding, "path")), json_true());
			i++;
		} else {
			json_array_remove(all, i);
		}
	}
	return i;
}

/* A file without any has no page. */
static void keep_files(json_t *model, const json_t *kept)
{
	json_t *file;
	size_t i;

	json_array_foreach(json_object_get(model, "files"), i, file) {
		const char *path = json_string_value(json_object_get(file, "path"));

		if (path && !json_object_get(kept, path))
			json_object_del(file, "report");
	}
}

int ra_report_explain(json_t *model, const char *const *templates, const struct ra_explain *what,
		      struct ra_buf *out, size_t *n, struct ra_error *err)
{
	json_t *files = json_object();
	struct ra_pages pages;
	struct ra_str name, text;
	int rc;

	*n = keep(model, "findings", what, files) + keep(model, "questions", what, files) +
	     keep(model, "suppressed", what, files);
	keep_files(model, files);
	json_decref(files);
	ra_pages_open(&pages, model, templates);
	while ((rc = ra_pages_next(&pages, &name, &text, err)) > 0)
		ra_buf_add(out, text);
	ra_pages_close(&pages);
	return rc;
}
