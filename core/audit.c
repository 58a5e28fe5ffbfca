/*
 * The order of work. ra_audit_run below reads from top to bottom as the design does: open, settle
 * what is configured, select, load what is known, take each file through the pipeline, join what
 * only all of them show, compare with the base, leave out what is not asked for, and hand all of it
 * to the report.
 *
 * Memory: what a file needs on its way lives in the file arena, which is reset before each one and
 * has a ceiling; a file that needs more is skipped, and the ledger says so.
 */
#include "core/run.h"
#include "core/scan.h"

#define TREE_CONFIG ".race-audit.ini"

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
		rc = ra_git_config_each(run->git, "core.pager", add_setting, run, run->err);
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

/* Lines that the diff changed, of one file or several. */
struct changes { RA_VEC(struct ra_range) list; };

static int add_changes(struct run *run, const struct ra_git_file *file, struct changes *out)
{
	struct ra_git_range *changes;
	size_t n;
	int rc = ra_git_changes(run->git, run->repo, &run->selection, file, &changes, &n, run->err);

	for (size_t i = 0; !rc && i < n; i++)
		*ra_vec_push(run->repo, &out->list) =
			(struct ra_range){ file->path, changes[i].first, changes[i].last };
	return rc;
}

static bool has_path(const struct changes *changes, struct ra_str path)
{
	for (size_t i = 0; i < changes->list.n; i++)
		if (ra_str_eq(changes->list.v[i].path, path))
			return true;
	return false;
}

/* Those of the files that take part in its findings, too. */
static int find_changes(struct run *run, const struct ra_git_file *file,
			const struct ra_file_report *head, struct changes *out)
{
	int rc = add_changes(run, file, out);

	for (size_t i = 0; i < head->findings.n; i++) {
		const struct ra_finding *finding = &head->findings.v[i];

		for (size_t k = 0; !rc && k < finding->events.n; k++) {
			struct ra_str path = finding->events.v[k].path;
			const struct ra_git_file *other = path.len && !has_path(out, path)
							  ? ra_git_selected(&run->selection, path)
							  : NULL;

			if (other && !other->skip)
				rc = add_changes(run, other, out);
		}
	}
	return rc;
}

/* What was looked at in it, for the checklist. */
static void compare_looked(struct run *run, struct ra_file_report *head,
			   const struct ra_file_report *base, const struct ra_range *changed,
			   size_t n_changed)
{
	if (!run->options->checklist)
		return;
	ra_findings_changed_guards(run->repo, head, base);
	ra_findings_touched_places(head, changed, n_changed);
}

/* What the base of the diff says about the same file. */
static int compare_with_base(struct run *run, size_t index, struct ra_file_report *head)
{
	const struct ra_git_file *file = &run->selection.files.v[index];
	const struct ra_file_report *base = ra_side_report(&run->bases[0], index);
	const struct ra_range whole = { head->path, 1, UINT32_MAX };
	struct changes changes = { 0 };
	int rc = RA_OK;

	if (!ra_file_is_known(base->status)) {
		*ra_vec_push(run->repo, &head->notes) = ra_printf(run->repo,
			"the base was not audited (%.*s): all findings count as new",
			RA_FMT(base->reason));
		/* without its base nothing of the file is known to be untouched */
		ra_findings_compare(run->repo, head, base, &whole, 1);
		return RA_OK;
	}
	if (head->findings.n || run->options->checklist)
		rc = find_changes(run, file, head, &changes);
	if (rc)
		return rc;
	ra_findings_compare(run->repo, head, base, changes.list.v, changes.list.n);
	compare_looked(run, head, base, changes.list.v, changes.list.n);
	return RA_OK;
}

static bool is_symlink(const struct ra_git_file *file)
{
	return (file->mode & 0170000) == 0120000;
}

/* A file in no language is none of ours; that somebody named it, as a scan has it, is worth a
 * word. */
static bool is_ours(const struct run *run, const struct ra_git_file *file,
		    struct ra_file_report *report)
{
	if (report->lang != RA_LANG_NONE)
		return true;
	if (run->git && (!file->skip || is_symlink(file)))
		return false;
	if (ra_file_is_known(report->status)) {
		report->status = RA_FILE_SKIPPED;
		report->reason = RA_STR("in no language that is audited");
	}
	return true;
}

/* On all sides, whatever comes of it. */
static void audit_file(struct run *run, size_t index)
{
	const struct ra_git_file *file = &run->selection.files.v[index];
	struct ra_file_report *report = ra_side_report(&run->head, index);
	bool ours = is_ours(run, file, report);

	for (size_t b = 0; ours && ra_file_is_known(report->status) && b < run->n_bases; b++)
		ra_side_report(&run->bases[b], index);
}

/* Against what the bases say of the same file. */
static int compare_file(struct run *run, size_t index)
{
	struct ra_file_report *report = &run->head.reports[index];
	int rc = RA_OK;

	if (!is_ours(run, &run->selection.files.v[index], report))
		return RA_OK;
	if (ra_file_is_known(report->status) && run->n_bases)
		rc = compare_with_base(run, index, report);
	for (size_t b = 1; !rc && ra_file_is_known(report->status) && b < run->n_bases; b++)
		ra_findings_compare_further(run->repo, report,
					    ra_side_report(&run->bases[b], index));
	*ra_vec_push(run->repo, &run->reports) = *report;
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

/* Returns how many were reached before somebody wanted to stop. */
static size_t audit_files(struct run *run)
{
	const struct ra_audit_options *options = run->options;
	size_t total = run->selection.files.n, i = 0;

	for (; i < total; i++) {
		if (options->progress &&
		    options->progress(options->arg, i, total, run->selection.files.v[i].path))
			break;
		audit_file(run, i);
	}
	if (options->progress)
		options->progress(options->arg, total, total, RA_STR(""));
	return i;
}

/* What only all files together show. */
static void join_files(struct run *run)
{
	if (!run->order_card)
		return;
	ra_orders_join(run->repo, run->order_card, &run->head.orders);
	for (size_t b = 0; b < run->n_bases; b++)
		ra_orders_join(run->repo, run->order_card, &run->bases[b].orders);
}

static int compare_files(struct run *run, size_t reached)
{
	int rc = RA_OK;

	for (size_t i = 0; !rc && i < run->selection.files.n; i++) {
		const struct ra_git_file *file = &run->selection.files.v[i];

		if (i < reached)
			rc = compare_file(run, i);
		else if (ra_source_lang(file->path, RA_STR("")) != RA_LANG_NONE)
			give_up(run, file);
	}
	return rc;
}

/* One side in a sweep or scan; in a diff one more for each base. */
static void open_sides(struct run *run)
{
	if (run->options->mode == RA_AUDIT_DIFF)
		run->n_bases = run->selection.bases.n ? run->selection.bases.n : 1;
	run->bases = ra_alloc_array(run->repo, sizeof(*run->bases), run->n_bases);
	ra_side_init(run, 0, &run->head);
	for (size_t b = 0; b < run->n_bases; b++)
		ra_side_init(run, b + 1, &run->bases[b]);
	ra_arena_init(&run->file, "file", run->options->file_memory);
	ra_arena_init(&run->texts, "directory", run->options->file_memory);
	ra_arena_init(&run->imported, "imported file", run->options->file_memory);
}

int ra_audit_run(struct ra_arena *arena, const struct ra_audit_options *options,
		 struct ra_audit_result *result, struct ra_error *err)
{
	struct run run = { .repo = arena, .options = options, .err = err };
	size_t reached;
	int rc;

	*result = (struct ra_audit_result){ 0 };
	ra_map_init(&run.audited, arena);
	ra_map_init(&run.listed, arena);
	ra_map_init(&run.found, arena);
	ra_map_init(&run.exported, arena);
	ra_map_init(&run.spread, arena);
	ra_map_init(&run.workspaces, arena);
	ra_map_init(&run.versions, arena);

	rc = open_repository(&run);
	rc = rc ? rc : select_files(&run);
	rc = rc ? rc : configure_by_tree(&run);
	rc = rc ? rc : ra_run_knowledge(&run);
	rc = rc ? rc : ra_matcher_open(&run.matcher, err);
	if (rc)
		goto done;
	open_sides(&run);
	ra_kept_open(&run);
	reached = audit_files(&run);
	join_files(&run);
	rc = compare_files(&run, reached);
	if (rc)
		goto done;
	ra_findings_moves(arena, run.reports.v, run.reports.n);
	rc = ra_run_result(&run, result);
done:
	ra_kept_close(&run);
	result->cache_warning = run.cache ? ra_cache_warning(run.cache) : RA_STR("");
	ra_arena_release(&run.file);
	ra_arena_release(&run.texts);
	ra_arena_release(&run.imported);
	if (run.matcher)
		ra_matcher_close(run.matcher);
	ra_knowledge_close(&run.knowledge);
	ra_git_close(run.git);
	return rc;
}
