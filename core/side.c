/*
 * One side of the run: each selected file as that side has it, read, opened and audited once,
 * whoever asks first. Files that are one module with others come by package.c; all others by
 * themselves.
 */
#include "core/run.h"

/* -- what is there ------------------------------------------------------------------------- */

static const struct ra_git_file *file_of(const struct side *side, size_t index)
{
	return &side->tree.run->selection.files.v[index];
}

struct ra_str ra_side_path(const struct side *side, size_t index)
{
	const struct ra_git_file *file = file_of(side, index);

	if (!side->base)
		return file->change == 'D' ? RA_STR("") : file->path;
	if (side->base == 1)
		return file->old_blob.hex[0] ? file->old_path : RA_STR("");
	return file->old_path.len ? file->old_path : file->path;
}

static struct ra_file_report prepare_head(struct run *run, const struct ra_git_file *file)
{
	struct ra_file_report report = {
		.path = file->path, .old_path = file->old_path, .status = RA_FILE_AUDITED,
		.lang = ra_source_lang(file->path, RA_STR("")), .blob = ra_str(file->blob.hex),
	};

	if (!run->git && ra_str_is(file->path, "-") && run->options->stdin_path)
		report.path = ra_str(run->options->stdin_path);
	if (file->note)
		*ra_vec_push(run->repo, &report.notes) = ra_str(file->note);
	if (file->skip || file->others) {
		report.status = file->failed ? RA_FILE_FAILED : RA_FILE_SKIPPED;
		report.reason = ra_str(file->skip ? file->skip : file->others);
	}
	return report;
}

void ra_side_init(struct run *run, size_t base, struct side *side)
{
	size_t n = run->selection.files.n;

	*side = (struct side){ .tree = { .run = run }, .base = base };
	if (base)
		side->tree.commit = base == 1 ? &run->selection.base
					      : &run->selection.bases.v[base - 1];
	side->reports = ra_new_array(run->repo, struct ra_file_report, n);
	side->done = ra_new_array(run->repo, bool, n);
	side->next = ra_new_array(run->repo, size_t, n);
	ra_map_init(&side->directories, run->repo);
	for (size_t i = n; i-- > 0;) {
		struct ra_str path = ra_side_path(side, i);

		side->reports[i] = (struct ra_file_report){ .path = path };
		if (!base)
			side->reports[i] = prepare_head(run, file_of(side, i));
		side->done[i] = !path.len || side->reports[i].reason.len;
		if (!side->done[i]) {
			size_t *first = ra_map_put(&side->directories, ra_path_directory(path),
						   SIZE_MAX);

			side->next[i] = *first;
			*first = i;
		}
	}
}

size_t ra_side_first(const struct side *side, struct ra_str directory)
{
	size_t *first = ra_map_get(&side->directories, directory);

	return first ? *first : SIZE_MAX;
}

/* -- one file ------------------------------------------------------------------------------ */

static int read_file(const struct side *side, size_t index, struct ra_arena *arena,
		     struct ra_str *bytes, struct ra_error *err)
{
	struct ra_git_file old = { .path = ra_side_path(side, index),
				   .blob = file_of(side, index)->old_blob };

	if (side->base > 1) {
		const struct ra_git_file *file = ra_files_find(&side->tree, arena, old.path);

		if (!file)
			return ra_fail(err, RA_ENOTFOUND, "it is not there");
		return ra_files_read(&side->tree, arena, file, bytes, err);
	}
	return ra_files_read(&side->tree, arena, side->base ? &old : file_of(side, index), bytes,
			    err);
}

int ra_side_open(struct side *side, size_t index, struct ra_arena *arena,
		 struct ra_source *source, struct ra_error *err)
{
	struct ra_file_report *out = &side->reports[index];
	struct ra_str bytes;
	int rc = read_file(side, index, arena, &bytes, err);

	*source = (struct ra_source){ 0 };
	if (rc)
		return rc;
	out->lang = ra_source_lang(out->path, bytes);
	if (out->lang == RA_LANG_NONE)
		return RA_OK;
	rc = ra_source_open(arena, out->path, bytes, &side->tree.run->options->limits, source, err);
	if (rc)
		return rc;
	out->lines = (uint32_t)source->lines;
	source->version = ra_version_at(&side->tree, arena, out->lang, ra_side_path(side, index));
	if (source->generated)
		return ra_fail(err, RA_ELIMIT, "generated: its first lines say so");
	return RA_OK;
}

/* Limits are a policy; whatever else keeps a file from being read is a failure. */
void ra_side_refuse(struct side *side, size_t index, int rc, const char *reason)
{
	struct ra_file_report *out = &side->reports[index];

	if (!out->lang)
		out->lang = ra_source_lang(out->path, RA_STR(""));
	out->status = rc == RA_ELIMIT ? RA_FILE_SKIPPED : RA_FILE_FAILED;
	out->reason = ra_str_copy(side->tree.run->repo, ra_str(reason));
	side->done[index] = true;
}

struct ra_str ra_side_blob(const struct side *side, size_t index)
{
	const struct ra_git_file *file = file_of(side, index);

	if (side->base > 1)
		return RA_STR("");
	return ra_str(side->base ? file->old_blob.hex : file->blob.hex);
}

static bool has_note(const struct ra_file_report *report, const char *note)
{
	for (size_t i = 0; i < report->notes.n; i++)
		if (ra_str_is(report->notes.v[i], note))
			return true;
	return false;
}

struct alone {
	struct side *side;
	size_t index;
	struct ra_error err;
};

/* Runs inside a try of the file arena. A language stays NONE when the file is not for us. */
static int audit_bytes(void *arg)
{
	struct alone *alone = arg;
	struct run *run = alone->side->tree.run;
	struct ra_str blob = ra_side_blob(alone->side, alone->index);
	struct ra_source source;
	struct ra_str key = RA_STR("");
	int rc = ra_side_open(alone->side, alone->index, &run->file, &source, &alone->err);

	if (rc || source.lang == RA_LANG_NONE)
		return rc;
	if (blob.len)
		key = ra_printf(&run->file, "%.*s %d %u %d", RA_FMT(blob), source.lang,
				source.version, source.parts[0].test);
	ra_pipeline(alone->side, &source, &alone->index, key);
	return RA_OK;
}

void ra_side_alone(struct side *side, size_t index, const char *note)
{
	struct run *run = side->tree.run;
	struct ra_file_report *out = &side->reports[index], bare = *out;
	struct alone alone = { .side = side, .index = index };
	int rc;

	ra_arena_reset(&run->file);
	rc = ra_arena_try(&run->file, audit_bytes, &alone, &alone.err);
	side->done[index] = true;
	if (rc) {
		bare.lang = out->lang;
		bare.lines = out->lines;
		*out = bare;
		ra_side_refuse(side, index, rc, alone.err.text);
	} else if (note && !has_note(out, note)) { /* a twin had it */
		*ra_vec_push(run->repo, &out->notes) = ra_str(note);
	}
}

struct ra_file_report *ra_side_report(struct side *side, size_t index)
{
	struct ra_str path = ra_side_path(side, index);

	if (side->done[index])
		return &side->reports[index];
	if (ra_lang_joins_files(ra_source_lang(path, RA_STR("")), path))
		ra_kept_package(side, index);
	if (!side->done[index])
		ra_kept_file(side, index);
	return &side->reports[index];
}
