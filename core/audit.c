/*
 * The pipeline. ra_audit_run below reads from top to bottom as the design does: open, settle what
 * is configured, select, load what is known, take each file through
 *     source -> lex -> shape -> facts -> races -> findings,
 * compare with the base, leave out what is not asked for, and hand all of it to the report.
 *
 * Memory: what a file needs on its way lives in the file arena, which is reset before each one and
 * has a ceiling; a file that needs more is skipped, and the ledger says so.
 */
#include "core/run.h"
#include "core/scan.h"

#define TREE_CONFIG ".race-audit.ini"

/* One side of one file on its way; the base side only in a diff. */
struct side {
	struct run *run;
	const struct ra_git_file *file;
	bool base;
	const struct ra_oid *commit;   /* base: one of several merge bases but the first */
	struct ra_file_report *out;
	struct ra_error err;
};

int ra_audit_init(bool verify_hashes, struct ra_error *err)
{
	return ra_git_global_init(verify_hashes, err);
}

void ra_audit_shutdown(void)
{
	ra_git_global_shutdown();
}

/* -- repository and settings --------------------------------------------------------------- */

static int add_setting(void *arg, struct ra_str key, struct ra_str value, struct ra_str origin,
		       struct ra_error *err)
{
	struct run *run = arg;

	(void)err;
	*ra_vec_push(run->repo, &run->git_config.git) = (struct ra_audit_setting){
		.key = ra_str_copy(run->repo, key),
		.value = ra_str_copy(run->repo, value),
		.origin = ra_str_copy(run->repo, origin),
	};
	return RA_OK;
}

static int configure(struct run *run, const struct ra_audit_config *found)
{
	const struct ra_audit_options *options = run->options;

	return options->configure ? options->configure(options->arg, found, run->err) : RA_OK;
}

static int open_repository(struct run *run)
{
	const struct ra_audit_options *options = run->options;
	struct ra_git_options where = {
		.git_dir = options->git_dir, .directory = options->directory,
	};
	int rc;

	if (options->mode == RA_AUDIT_SCAN)
		return RA_OK;
	rc = ra_git_open(&where, &run->git, run->err);
	if (!rc)
		rc = ra_git_config_each(run->git, "color.ui", add_setting, run, run->err);
	if (!rc)
		rc = ra_git_config_each(run->git, "raceaudit.", add_setting, run, run->err);
	return rc ? rc : configure(run, &run->git_config);
}

/* May it be in a language at all? Without a suffix, its first line decides once it is read. */
static bool is_wanted(void *arg, struct ra_str path)
{
	struct ra_str rest = path, name = path;

	(void)arg;
	while (ra_str_cut(&rest, '/', &name))
		;
	return ra_source_lang(path, RA_STR("")) != RA_LANG_NONE ||
	       ra_str_find(name, RA_STR(".")) < 0;
}

static int select_files(struct run *run)
{
	const struct ra_audit_options *options = run->options;
	struct ra_git_select select = {
		.range = options->range,
		.side = options->staged ? RA_GIT_INDEX
			: options->worktree ? RA_GIT_WORKTREE : RA_GIT_TREE,
		.sweep = options->mode == RA_AUDIT_SWEEP,
		.whole_if_no_base = options->base_missing_full,
		.pathspecs = options->paths,
		.literal_pathspecs = options->literal_pathspecs,
		.wanted = is_wanted,
	};

	if (run->git)
		return ra_git_select(run->git, run->repo, &select, &run->selection, run->err);
	ra_scan_select(run->repo, options->paths, &run->selection);
	return RA_OK;
}

static int configure_by_tree(struct run *run)
{
	const struct ra_oid *commit = ra_run_trusted(run);
	struct ra_audit_config found = { .tree = { NULL, 0 } };
	struct ra_str name;
	int rc;

	if (!commit)
		return RA_OK;
	rc = ra_git_file_at(run->git, run->repo, commit, TREE_CONFIG, RA_CONFIG_BYTES, &found.tree,
			    run->err);
	if (rc == RA_ENOTFOUND)
		return RA_OK;
	if (rc)
		return ra_fail(run->err, RA_EPARSE, TREE_CONFIG " of the repository cannot be "
			       "used; '--no-trust-repo-config' leaves it aside");
	name = run->options->mode == RA_AUDIT_DIFF ? run->selection.base_name
						   : run->selection.head_name;
	found.tree_origin = ra_printf(run->repo, "%.*s:" TREE_CONFIG, RA_FMT(name));
	return configure(run, &found);
}

/* -- one file ------------------------------------------------------------------------------ */

static int read_scanned(struct run *run, const struct ra_git_file *file, struct ra_str *bytes,
			struct ra_error *err)
{
	bool is_stdin = ra_str_is(file->path, "-");

	return ra_file_read(&run->file, is_stdin ? "/dev/stdin" : file->path.ptr,
			    run->options->limits.bytes, bytes, err);
}

static int read_side(struct side *side, struct ra_str *bytes)
{
	struct run *run = side->run;
	size_t limit = run->options->limits.bytes;

	if (side->commit)
		return ra_git_file_at(run->git, &run->file, side->commit,
				      ra_cstr(&run->file, side->out->path), limit, bytes,
				      &side->err);
	if (side->base)
		return ra_git_blob(run->git, &run->file, &side->file->old_blob, limit, bytes,
				   &side->err);
	if (!run->git)
		return read_scanned(run, side->file, bytes, &side->err);
	return ra_git_read(run->git, &run->file, &run->selection, side->file, limit, bytes,
			   &side->err);
}

static void read_suppressions(struct ra_arena *arena, const struct ra_tokens *tokens,
			      struct ra_suppressions *out)
{
	const struct ra_source *source = tokens->source;

	for (size_t i = 0; i < tokens->comments.n; i++) {
		const struct ra_comment *comment = &tokens->comments.v[i];

		ra_suppressions_read(arena, source, comment->at,
				     ra_str_n(source->text.ptr + comment->at, comment->len), out);
	}
}

static void add_runtimes(struct run *run, uint32_t runtimes, struct ra_file_report *out)
{
	for (uint32_t bit = 1; ra_runtime_name(bit); bit <<= 1)
		if (runtimes & bit)
			*ra_vec_push(run->repo, &out->runtimes) = ra_str(ra_runtime_name(bit));
}

static void find_races(struct side *side, const struct ra_source *source)
{
	struct run *run = side->run;
	struct ra_arena *arena = &run->file;
	struct ra_races_options options = { &run->knowledge.cards, run->only.v, run->only.n };
	struct ra_tokens tokens = { 0 };
	struct ra_suppressions suppressions = { 0 };
	struct ra_shape shape = { 0 };
	struct ra_facts facts = { 0 };
	struct ra_candidates candidates = { 0 };

	ra_lex(arena, source, &tokens);
	read_suppressions(arena, &tokens, &suppressions);
	ra_shape_build(arena, &tokens, &shape);
	ra_facts_build(arena, &shape, run->knowledge.apis[source->lang], &facts);
	ra_races_find(arena, run->matcher, &facts, &options, &candidates);
	ra_findings_collect(run->repo, &facts, &candidates, &suppressions, side->out);
	if (side->out->findings.n && !side->base)
		ra_findings_inventory(arena, run->repo, &facts, side->out);
	add_runtimes(run, facts.runtimes, side->out);
	side->out->units = (uint32_t)shape.units.n;
}

/* What the same bytes gave before is given again, for this path. */
static void copy_report(struct run *run, const struct ra_file_report *twin,
			struct ra_file_report *out)
{
	out->units = twin->units;
	out->runtimes.v = twin->runtimes.v, out->runtimes.n = twin->runtimes.n;
	out->notes.v = twin->notes.v, out->notes.n = twin->notes.n;
	out->states.v = twin->states.v, out->states.n = twin->states.n;
	out->checkpoints.v = twin->checkpoints.v, out->checkpoints.n = twin->checkpoints.n;
	out->suppressions.v = twin->suppressions.v, out->suppressions.n = twin->suppressions.n;
	for (size_t i = 0; i < twin->findings.n; i++) {
		struct ra_finding *finding = ra_vec_push(run->repo, &out->findings);

		*finding = twin->findings.v[i];
		finding->path = out->path;
	}
}

/* In a sweep the same bytes in the same kind of place are audited once. */
static void find_races_once(struct side *side, const struct ra_source *source)
{
	struct run *run = side->run;
	struct ra_str key = ra_printf(run->repo, "%.*s %d %d", RA_FMT(side->out->blob),
				      source->lang, source->test);
	size_t *twin = ra_map_get(&run->audited, key);

	if (twin) {
		copy_report(run, &run->reports.v[*twin], side->out);
		return;
	}
	find_races(side, source);
	/* Only now: when the arena overflows, this line is not reached. */
	ra_map_put(&run->audited, key, run->reports.n);
}

/* Runs inside a try of the file arena. A language stays NONE when the file is not for us. */
static int audit_bytes(void *arg)
{
	struct side *side = arg;
	struct ra_file_report *out = side->out;
	struct ra_source source;
	struct ra_str bytes;
	int rc = read_side(side, &bytes);

	if (rc)
		return rc;
	out->lang = ra_source_lang(out->path, bytes);
	if (out->lang == RA_LANG_NONE)
		return RA_OK;
	rc = ra_source_open(&side->run->file, out->path, bytes, &side->run->options->limits,
			    &source, &side->err);
	if (rc)
		return rc;
	out->lines = (uint32_t)source.lines;
	if (source.generated)
		return ra_fail(&side->err, RA_ELIMIT, "generated: its first lines say so");
	if (side->run->options->mode == RA_AUDIT_SWEEP && out->blob.len)
		find_races_once(side, &source);
	else
		find_races(side, &source);
	return RA_OK;
}

/* Limits are a policy; whatever else keeps a file from being read is a failure. */
static void audit_side(struct side *side)
{
	struct ra_file_report *out = side->out;
	struct ra_file_report bare = *out;
	int rc;

	ra_arena_reset(&side->run->file);
	rc = ra_arena_try(&side->run->file, audit_bytes, side, &side->err);
	if (!rc)
		return;
	bare.lang = out->lang ? out->lang : ra_source_lang(out->path, RA_STR(""));
	bare.lines = out->lines;
	*out = bare;
	out->status = rc == RA_ELIMIT ? RA_FILE_SKIPPED : RA_FILE_FAILED;
	out->reason = ra_str_copy(side->run->repo, ra_str(side->err.text));
}

static int changed_ranges(struct run *run, const struct ra_git_file *file,
			  struct ra_range **ranges, size_t *n)
{
	struct ra_git_range *changes;
	int rc = ra_git_changes(run->git, run->repo, &run->selection, file, &changes, n, run->err);

	if (rc)
		return rc;
	*ranges = ra_new_array(run->repo, struct ra_range, *n);
	for (size_t i = 0; i < *n; i++)
		(*ranges)[i] = (struct ra_range){ changes[i].first, changes[i].last };
	return RA_OK;
}

/* What the base of the diff says about the same file. */
static int compare_with_base(struct run *run, const struct ra_git_file *file,
			     struct ra_file_report *head)
{
	struct ra_file_report base = { .path = file->old_path };
	struct side side = { .run = run, .file = file, .base = true, .out = &base };
	const struct ra_range whole = { 1, UINT32_MAX };
	struct ra_range *ranges = NULL;
	size_t n = 0;
	int rc;

	if (file->old_blob.hex[0])
		audit_side(&side);
	if (base.status != RA_FILE_AUDITED)
		*ra_vec_push(run->repo, &head->notes) = ra_printf(run->repo,
			"the base was not audited (%.*s): all findings count as new",
			RA_FMT(base.reason));
	if (base.status != RA_FILE_AUDITED) {
		/* without its base nothing of the file is known to be untouched */
		ra_findings_compare(run->repo, head, &base, &whole, 1);
		return RA_OK;
	}
	rc = head->findings.n ? changed_ranges(run, file, &ranges, &n) : RA_OK;
	if (!rc)
		ra_findings_compare(run->repo, head, &base, ranges, n);
	return rc;
}

static void compare_with_further_bases(struct run *run, const struct ra_git_file *file,
				       struct ra_file_report *head)
{
	for (size_t i = 1; i < run->selection.bases.n; i++) {
		struct ra_file_report base = {
			.path = file->old_path.len ? file->old_path : file->path,
		};
		struct side side = { .run = run, .file = file, .base = true, .out = &base,
				     .commit = &run->selection.bases.v[i] };

		audit_side(&side);
		ra_findings_compare_further(run->repo, head, &base);
	}
}

static bool is_symlink(const struct ra_git_file *file)
{
	return (file->mode & 0170000) == 0120000;
}

static int audit_file(struct run *run, const struct ra_git_file *file)
{
	struct ra_file_report report = {
		.path = file->path, .old_path = file->old_path, .status = RA_FILE_AUDITED,
		.lang = ra_source_lang(file->path, RA_STR("")), .blob = ra_str(file->blob.hex),
	};
	struct side side = { .run = run, .file = file, .out = &report };
	int rc = RA_OK;

	if (!run->git && ra_str_is(file->path, "-") && run->options->stdin_path)
		report.path = ra_str(run->options->stdin_path);
	if (file->note)
		*ra_vec_push(run->repo, &report.notes) = ra_str(file->note);
	if (file->skip || file->generated) {
		report.status = file->failed ? RA_FILE_FAILED : RA_FILE_SKIPPED;
		report.reason = ra_str(file->skip ? file->skip : "marked generated by attributes");
	} else if (file->change != 'D') {
		audit_side(&side);
	}
	if (report.lang == RA_LANG_NONE && run->git && (!file->skip || is_symlink(file)))
		return RA_OK;
	if (report.lang == RA_LANG_NONE && report.status == RA_FILE_AUDITED) {
		report.status = RA_FILE_SKIPPED;
		report.reason = RA_STR("in no language that is audited");
	}
	if (report.status == RA_FILE_AUDITED && run->options->mode == RA_AUDIT_DIFF) {
		rc = compare_with_base(run, file, &report);
		if (!rc)
			compare_with_further_bases(run, file, &report);
	}
	*ra_vec_push(run->repo, &run->reports) = report;
	return rc;
}

static void give_up(struct run *run, const struct ra_git_file *file)
{
	*ra_vec_push(run->repo, &run->reports) = (struct ra_file_report){
		.path = file->path, .status = RA_FILE_FAILED,
		.lang = ra_source_lang(file->path, RA_STR("")),
		.reason = RA_STR("not reached: the run was interrupted"),
	};
}

static int audit_files(struct run *run)
{
	const struct ra_audit_options *options = run->options;
	size_t total = run->selection.files.n;
	bool stop = false;
	int rc = RA_OK;

	for (size_t i = 0; !rc && i < total; i++) {
		const struct ra_git_file *file = &run->selection.files.v[i];

		stop = stop || (options->progress &&
				options->progress(options->arg, i, total, file->path));
		if (!stop)
			rc = audit_file(run, file);
		else if (ra_source_lang(file->path, RA_STR("")) != RA_LANG_NONE)
			give_up(run, file);
	}
	if (options->progress)
		options->progress(options->arg, total, total, RA_STR(""));
	return rc;
}

int ra_audit_run(struct ra_arena *arena, const struct ra_audit_options *options,
		 struct ra_audit_result *result, struct ra_error *err)
{
	struct run run = { .repo = arena, .options = options, .err = err };
	int rc;

	*result = (struct ra_audit_result){ 0 };
	ra_map_init(&run.audited, arena);

	rc = open_repository(&run);
	rc = rc ? rc : select_files(&run);
	rc = rc ? rc : configure_by_tree(&run);
	rc = rc ? rc : ra_run_knowledge(&run);
	rc = rc ? rc : ra_matcher_open(&run.matcher, err);
	if (rc)
		goto done;
	ra_arena_init(&run.file, "file", options->file_memory);
	rc = audit_files(&run);
	if (rc)
		goto done;
	ra_findings_moves(arena, run.reports.v, run.reports.n);
	rc = ra_run_result(&run, result);
done:
	ra_arena_release(&run.file);
	if (run.matcher)
		ra_matcher_close(run.matcher);
	ra_knowledge_close(&run.knowledge);
	ra_git_close(run.git);
	return rc;
}
