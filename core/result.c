/*
 * The end of a run: findings in tests are lowered, those outside the scope or below the asked
 * severity are left out, and their number is said, those of one cause are joined. What is shown is what is counted, so a threshold never fails on what nobody sees.
 */
#include "core/run.h"

static bool is_in_scope(const struct ra_audit_options *options, const struct ra_finding *finding)
{
	if (options->mode != RA_AUDIT_DIFF || finding->state != RA_STATE_OLD)
		return true;
	return options->scope == RA_AUDIT_WHOLE_FILE ||
	       (options->scope == RA_AUDIT_TOUCHED && finding->touched);
}

static bool is_shown(const struct ra_audit_options *options, const struct ra_finding *finding)
{
	return finding->severity >= options->min_severity &&
	       finding->confidence >= options->min_confidence && is_in_scope(options, finding);
}

/* Nobody but a developer waits for a test that hangs, or reads what it mangles. */
static void lower_tests(struct run *run)
{
	for (size_t f = 0; f < run->reports.n; f++) {
		struct ra_file_report *report = &run->reports.v[f];

		for (size_t i = 0; i < report->findings.n; i++) {
			struct ra_finding *finding = &report->findings.v[i];

			if (finding->test && finding->severity > run->options->test_severity)
				finding->severity = run->options->test_severity;
		}
	}
}

static bool counts(const struct ra_finding *finding)
{
	return !finding->question && !finding->suppressed;
}

/* A suppression of a rule that did not run is not unused. */
static void keep_flawed_suppressions(struct ra_file_report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->suppressions.n; i++)
		if (report->suppressions.v[i].flaw)
			report->suppressions.v[kept++] = report->suppressions.v[i];
	report->suppressions.n = kept;
}

static void filter(struct run *run)
{
	size_t hidden = 0;

	for (size_t f = 0; f < run->reports.n; f++) {
		struct ra_file_report *report = &run->reports.v[f];
		size_t kept = 0;

		for (size_t i = 0; i < report->findings.n; i++) {
			const struct ra_finding *finding = &report->findings.v[i];

			if (is_shown(run->options, finding)) {
				report->findings.v[kept++] = *finding;
				continue;
			}
			hidden += counts(finding);
			if (counts(finding))
				*ra_vec_push(run->repo, &report->hidden) = finding->card;
		}
		report->findings.n = kept;
		if (!kept)
			report->states.n = report->checkpoints.n = 0;
		if (run->only.n)
			keep_flawed_suppressions(report);
	}
	if (hidden)
		*ra_vec_push(run->repo, &run->scope.notes) = ra_printf(run->repo,
			"%zu finding%s not shown: outside --scope, --severity or --confidence",
			hidden, hidden == 1 ? "" : "s");
}

/* -- result -------------------------------------------------------------------------------- */

static struct ra_str repository_name(const struct run *run)
{
	struct ra_str path, part = RA_STR(""), name = RA_STR("");

	if (!run->git)
		return name;
	path = ra_str(ra_git_is_bare(run->git) ? ra_git_common_dir(run->git)
					       : ra_git_worktree(run->git));
	while (ra_str_cut(&path, '/', &part))
		if (part.len && !ra_str_is(part, ".git"))
			name = part;
	return ra_str_copy(run->repo, name);
}

static void describe(struct run *run)
{
	static const char *const commands[] = { "diff", "sweep", "scan" };
	static const char *const scopes[] = { "new", "touched", "file" };
	const struct ra_audit_options *options = run->options;
	const struct ra_git_selection *selection = &run->selection;
	struct ra_scope_info *scope = &run->scope;

	scope->command = ra_str(commands[options->mode]);
	scope->scope = ra_str(options->mode == RA_AUDIT_DIFF ? scopes[options->scope] : "");
	scope->repository = repository_name(run);
	scope->base = selection->base_name;
	scope->head = selection->head_name;
	scope->base_id = ra_str_copy(run->repo, ra_str(selection->base.hex));
	scope->head_id = ra_str_copy(run->repo, ra_str(selection->head.hex));
	for (size_t i = 0; i < selection->notes.n; i++)
		*ra_vec_push(run->repo, &scope->notes) = selection->notes.v[i];
	if (selection->truncated)
		*ra_vec_push(run->repo, &scope->notes) =
			RA_STR("the selection was cut off at its limit of entries or depth");
}

static void count(const struct run *run, struct ra_audit_result *result)
{
	result->selected = run->reports.n;
	for (size_t f = 0; f < run->reports.n; f++) {
		const struct ra_file_report *report = &run->reports.v[f];

		result->audited += report->status == RA_FILE_AUDITED;
		result->cached += report->status == RA_FILE_CACHED;
		result->skipped += report->status == RA_FILE_SKIPPED;
		result->failed += report->status == RA_FILE_FAILED;
		for (size_t i = 0; i < report->findings.n; i++) {
			const struct ra_finding *finding = &report->findings.v[i];

			if (counts(finding))
				result->findings[finding->state][finding->severity]++;
		}
	}
	result->complete = !result->failed && !run->selection.truncated;
}

/* Whatever decides what is found and shown, beside the cards. */
static uint64_t config_digest(const struct run *run)
{
	const struct ra_audit_options *options = run->options;
	struct ra_buf text;

	ra_buf_init(&text, run->repo);
	ra_buf_addf(&text, "%d %d %d %d %zu %zu %zu %zu", options->scope,
		    options->min_severity, options->min_confidence, options->test_severity,
		    options->limits.bytes, options->limits.lines, options->limits.line_bytes,
		    options->file_memory);
	for (size_t i = 0; i < run->only.n; i++)
		ra_buf_addf(&text, " %.*s", RA_FMT(run->only.v[i]));
	return ra_str_hash(ra_buf_str(&text));
}

static int build_model(struct run *run, struct ra_audit_result *result)
{
	struct ra_report_input input = {
		.files = run->reports.v,
		.n_files = run->reports.n,
		.cards = &run->knowledge.cards,
		.basename_names = run->options->basename_names,
		.questions = run->options->questions,
		.items = run->options->checklist ? &run->items : NULL,
		.checklist_long = run->options->checklist_long,
		.some_rules = run->only.n > 0,
		.config_digest = config_digest(run),
	};

	count(run, result);
	run->scope.complete = result->complete;
	input.scope = run->scope;
	if (run->git && ra_git_worktree(run->git))
		result->worktree = ra_cstr(run->repo, ra_str(ra_git_worktree(run->git)));
	result->model = ra_report_model(run->repo, &input, run->err);
	return result->model ? RA_OK : run->err->code;
}

int ra_run_result(struct run *run, struct ra_audit_result *result)
{
	describe(run);
	lower_tests(run);
	filter(run);
	for (size_t f = 0; f < run->reports.n; f++)
		ra_findings_causes(run->repo, &run->reports.v[f]);
	return build_model(run, result);
}
