/*
 * The model -> files: reports, index, JSON, and last the manifest that says what belongs together.
 * A new format is a function like write_json, a bit of RA_FORMAT_ and a line in write_files.
 */
#include "core/report/html.h"

#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>

enum { OLD_BYTES = 1 << 20 /* of a checklist that is read for what people wrote */ };

struct written {
	struct ra_str name;
	size_t size;
	char sha256[SHA256_DIGEST_STRING_LENGTH];
};

struct writing {
	struct ra_arena *arena;
	json_t *model;
	const struct ra_output *output;
	struct ra_outdir dir;
	struct ra_pages pages;
	json_t *manifest;
	RA_VEC(struct written) files;
	struct ra_map names;          /* of `files` */
	struct ra_error *err;
};

static int put(struct writing *w, struct ra_str name, struct ra_str text)
{
	struct written *file = ra_vec_push(w->arena, &w->files);

	file->name = ra_str_copy(w->arena, name);
	file->size = text.len;
	SHA256Data((const uint8_t *)text.ptr, text.len, file->sha256);
	ra_map_put(&w->names, file->name, 1);
	return ra_outdir_put(&w->dir, file->name.ptr, text, w->err);
}

/* A page in each of the formats that have pages. */
static int put_page(struct writing *w, struct ra_str name, struct ra_str text)
{
	int rc = w->output->formats & RA_FORMAT_MD ? put(w, name, text) : RA_OK;
	struct ra_str html;

	if (rc || !(w->output->formats & RA_FORMAT_HTML))
		return rc;
	rc = ra_pages_html(&w->pages, text, &html, w->err);
	return rc ? rc : put(w, ra_html_name(w->arena, name), html);
}

static int write_checklist(struct writing *w)
{
	struct ra_str old = ra_outdir_get(&w->dir, w->arena, RA_CHECKLIST_NAME, OLD_BYTES), text;
	int rc = ra_pages_checklist(&w->pages, old, &text, w->err);

	return rc ? rc : put_page(w, RA_STR(RA_CHECKLIST_NAME), text);
}

static int write_pages(struct writing *w)
{
	struct ra_str name, text;
	int rc;

	while ((rc = ra_pages_next(&w->pages, &name, &text, w->err)) > 0) {
		rc = put_page(w, name, text);
		if (rc)
			return rc;
	}
	rc = rc ? rc : ra_pages_index(&w->pages, &text, w->err);
	rc = rc ? rc : put_page(w, RA_STR(RA_INDEX_NAME), text);
	return !rc && ra_pages_has_checklist(&w->pages) ? write_checklist(w) : rc;
}

static int write_json(struct writing *w)
{
	struct ra_str text = ra_report_json(w->arena, w->model);

	if (text.len < 2)
		return ra_fail(w->err, RA_ENOMEM, "out of memory for '%s'", RA_JSON_NAME);
	return put(w, RA_STR(RA_JSON_NAME), text);
}

/* -- manifest ------------------------------------------------------------------------------ */

static int by_name(const void *left, const void *right)
{
	return ra_str_cmp(((const struct written *)left)->name,
			  ((const struct written *)right)->name);
}

static int write_manifest(struct writing *w)
{
	struct ra_json json = { .arena = w->arena };
	json_t *files, *scope = json_object_get(w->model, "scope");

	if (w->files.n)
		qsort(w->files.v, w->files.n, sizeof(*w->files.v), by_name);
	ra_json_text(&json, w->manifest, "schema", ra_json_get(w->model, "schema"));
	ra_json_flag(&json, w->manifest, "complete",
		     json_is_true(json_object_get(scope, "complete")));
	files = ra_json_array(&json, w->manifest, "files");
	for (size_t i = 0; i < w->files.n; i++) {
		json_t *file = ra_json_object(&json, files, NULL);

		ra_json_text(&json, file, "name", w->files.v[i].name);
		ra_json_number(&json, file, "size", w->files.v[i].size);
		ra_json_text(&json, file, "sha256", ra_str(w->files.v[i].sha256));
	}
	if (json.failed)
		return ra_fail(w->err, RA_ENOMEM, "out of memory for the manifest");
	return ra_outdir_put(&w->dir, "MANIFEST.json", ra_report_json(w->arena, w->manifest),
			     w->err);
}

static bool is_written(void *arg, struct ra_str name)
{
	struct writing *w = arg;

	return ra_map_get(&w->names, name) != NULL;
}

/* Runs inside a try of the caller's arena. */
static int write_files(void *arg)
{
	struct writing *w = arg;
	int rc = RA_OK;

	ra_map_init(&w->names, w->arena);
	if (w->output->formats & RA_FORMAT_HTML)
		rc = ra_outdir_refuse_foreign(&w->dir, RA_HTML_INDEX_NAME, w->err);
	if (!rc && w->output->formats & (RA_FORMAT_MD | RA_FORMAT_HTML))
		rc = write_pages(w);
	if (!rc && w->output->formats & RA_FORMAT_JSON)
		rc = write_json(w);
	rc = rc ? rc : ra_outdir_sweep(&w->dir, is_written, w, w->err);
	rc = rc ? rc : write_manifest(w);
	return rc ? rc : ra_outdir_sync(&w->dir, w->err);
}

/* -- standard output ----------------------------------------------------------------------- */

/* Runs inside a try of the caller's arena. */
static int print(void *arg)
{
	struct writing *w = arg;
	struct ra_str text;
	int rc = RA_OK;

	if (w->output->formats & RA_FORMAT_JSON)
		text = ra_report_json(w->arena, w->model);
	else if (ra_pages_has_checklist(&w->pages))
		rc = ra_pages_checklist(&w->pages, RA_STR(""), &text, w->err);
	else
		rc = ra_pages_index(&w->pages, &text, w->err);
	if (!rc && w->output->formats == RA_FORMAT_HTML)
		rc = ra_pages_html(&w->pages, text, &text, w->err);
	if (rc)
		return rc;
	if (fwrite(text.ptr, 1, text.len, stdout) != text.len || fflush(stdout) != 0)
		return ra_fail(w->err, RA_EIO, "cannot write to standard output: %s",
			       strerror(errno));
	return RA_OK;
}

int ra_report_write(struct ra_arena *arena, json_t *model, const struct ra_output *output,
		    struct ra_error *err)
{
	struct writing w = { .arena = arena, .model = model, .output = output, .err = err };
	bool to_stdout = strcmp(output->dir, "-") == 0;
	int rc = to_stdout ? RA_OK : ra_outdir_open(&w.dir, output->dir, output->worktree, err);

	ra_pages_open(&w.pages, model, output->templates);
	w.manifest = json_object();
	if (!rc)
		rc = ra_arena_try(arena, to_stdout ? print : write_files, &w, err);
	json_decref(w.manifest);
	ra_pages_close(&w.pages);
	if (!to_stdout)
		ra_outdir_close(&w.dir);
	return rc;
}
