/*
 * The JSON model of a run (docs/json-schema.md): the one thing that every page, line and file is
 * rendered from.
 *
 * Names and counts come first, in the caller's arena; then the JSON, with an arena of its own that
 * is reset before each finding. That one is the only arena in use while JSON is held, so that the
 * JSON is let go of wherever the memory ends.
 */
#include "core/report/internal.h"

#include <stdlib.h>

enum { SCRATCH_BYTES = 512 << 20 };

struct building {
	struct ra_model model;
	struct ra_totals totals;
	struct ra_str *names;                  /* of reports, by file; empty for none */
	const struct ra_finding **order;       /* room for the findings of any one file */
};

/* -- tool and scope ------------------------------------------------------------------------ */

static void put_digest(struct ra_json *json, json_t *object, const char *key, uint64_t digest)
{
	ra_json_text(json, object, key, ra_printf(json->arena, "%016llx",
						  (unsigned long long)digest));
}

static void put_tool(struct ra_json *json, json_t *root, const struct ra_report_input *input)
{
	json_t *tool = ra_json_object(json, root, "tool");

	ra_json_text(json, tool, "name", RA_STR("git-race-audit"));
	ra_json_text(json, tool, "version", RA_STR(RA_VERSION));
	put_digest(json, tool, "rules", input->cards->digest);
	put_digest(json, tool, "configuration", input->config_digest);
}

static void put_texts(struct ra_json *json, json_t *parent, const char *key,
		      const struct ra_str *texts, size_t n)
{
	json_t *list = ra_json_array(json, parent, key);

	for (size_t i = 0; i < n; i++)
		ra_json_text(json, list, NULL, texts[i]);
}

static void put_scope(struct ra_json *json, json_t *root, const struct ra_report_input *input)
{
	const struct ra_scope_info *scope = &input->scope;
	json_t *object = ra_json_object(json, root, "scope");

	ra_json_text(json, object, "command", scope->command);
	ra_json_text(json, object, "repository", scope->repository);
	ra_json_text(json, object, "base", scope->base);
	ra_json_text(json, object, "base_id", scope->base_id);
	ra_json_text(json, object, "head", scope->head);
	ra_json_text(json, object, "head_id", scope->head_id);
	ra_json_text(json, object, "scope", scope->scope);
	ra_json_flag(json, object, "complete", scope->complete);
	ra_json_flag(json, object, "questions", input->questions || input->items);
	put_texts(json, object, "notes", scope->notes.v, scope->notes.n);
}

/* -- files --------------------------------------------------------------------------------- */

static void put_uses(struct ra_json *json, json_t *state, const char *key,
		     const struct ra_report_use *uses, size_t n, struct ra_str path)
{
	json_t *list = ra_json_array(json, state, key);

	for (size_t i = 0; i < n; i++) {
		json_t *use = ra_json_object(json, list, NULL);

		ra_json_text(json, use, "unit", uses[i].unit);
		ra_json_number(json, use, "line", uses[i].line);
		ra_json_text(json, use, "guard", uses[i].guard);
		ra_display_other_file(json, use, uses[i].path, path);
	}
	ra_json_text(json, state, ra_printf(json->arena, "%s_display", key).ptr,
		     ra_display_uses(json->arena, uses, n, path));
}

static void put_inventory(struct ra_json *json, json_t *object, const struct ra_file_report *file)
{
	json_t *states = ra_json_array(json, object, "states"), *checkpoints;
	size_t digits = 1;

	for (size_t i = 0; i < file->states.n; i++) {
		const struct ra_report_state *state = &file->states.v[i];
		json_t *row = ra_json_object(json, states, NULL);

		ra_json_text(json, row, "name", state->name);
		ra_json_text(json, row, "scope", state->scope);
		ra_json_text(json, row, "kind",
			     ra_str_is(state->kind, "unknown") ? RA_STR("") : state->kind);
		ra_json_text(json, row, "guard", state->guard);
		put_uses(json, row, "writers", state->writers.v, state->writers.n, file->path);
		put_uses(json, row, "readers", state->readers.v, state->readers.n, file->path);
	}
	checkpoints = ra_json_array(json, object, "checkpoints");
	for (uint32_t lines = file->lines; lines > 9; lines /= 10)
		digits++;
	for (size_t i = 0; i < file->checkpoints.n; i++)
		ra_display_checkpoint(json, checkpoints, &file->checkpoints.v[i], digits);
}

static void put_file_counts(struct ra_json *json, json_t *object, const struct ra_file_report *file)
{
	struct ra_tally tally = { .name = file->path };
	size_t questions = 0, suppressed = 0;

	for (size_t i = 0; i < file->findings.n; i++) {
		const struct ra_finding *finding = &file->findings.v[i];

		ra_tally_add(&tally, finding);
		questions += finding->question && !finding->suppressed;
		suppressed += finding->suppressed;
	}
	object = ra_json_object(json, object, "counts");
	ra_counts_put(json, object, &tally);
	ra_json_number(json, object, "questions", questions);
	ra_json_number(json, object, "suppressed", suppressed);
}

static void put_looked(struct ra_json *json, json_t *object, const struct ra_looked *looked)
{
	json_t *counts = ra_json_object(json, object, "looked_at");

	for (unsigned look = 0; look < RA_LOOK_COUNT; look++)
		if (looked->n[look])
			ra_json_number(json, counts, ra_look_kind(look)->name, looked->n[look]);
}

static void put_file(struct ra_json *json, json_t *files, const struct ra_file_report *file,
		     struct ra_str report)
{
	json_t *object = ra_json_object(json, files, NULL);

	ra_json_path(json, object, "path", file->path);
	ra_json_path(json, object, "old_path", file->old_path);
	ra_json_text(json, object, "language", ra_str(ra_lang_name(file->lang)));
	ra_json_text(json, object, "language_title", ra_str(ra_lang_title(file->lang)));
	ra_json_text(json, object, "status", ra_str(ra_file_status_name(file->status)));
	ra_json_text(json, object, "reason", file->reason);
	ra_json_text(json, object, "blob", file->blob);
	ra_json_number(json, object, "lines", file->lines);
	ra_json_number(json, object, "units", file->units);
	put_texts(json, object, "runtimes", file->runtimes.v, file->runtimes.n);
	put_texts(json, object, "notes", file->notes.v, file->notes.n);
	ra_json_text(json, object, "report", report);
	put_file_counts(json, object, file);
	put_looked(json, object, &file->looked);
	put_inventory(json, object, file);
}

static void put_problems(struct ra_json *json, json_t *list, const struct ra_file_report *file,
			 size_t index)
{
	for (size_t i = 0; i < file->suppressions.n; i++) {
		const struct ra_suppression *suppression = &file->suppressions.v[i];
		json_t *row;

		if (suppression->used)
			continue;
		row = ra_json_object(json, list, NULL);
		ra_json_number(json, row, "file", index);
		ra_json_path(json, row, "path", file->path);
		ra_json_number(json, row, "line", suppression->line);
		ra_json_text(json, row, "id", suppression->id);
		ra_json_text(json, row, "problem",
			     ra_str(suppression->flaw ? suppression->flaw
						      : "unused: it silences nothing"));
	}
}

/* -- findings ------------------------------------------------------------------------------ */

/* Those of the head first, so that ids run on in its report. */
static int by_place(const void *left, const void *right)
{
	const struct ra_finding *a = *(const struct ra_finding *const *)left;
	const struct ra_finding *b = *(const struct ra_finding *const *)right;
	bool a_fixed = a->state == RA_STATE_FIXED, b_fixed = b->state == RA_STATE_FIXED;
	int order;

	if (a_fixed != b_fixed)
		return (int)a_fixed - (int)b_fixed;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	order = ra_str_cmp(a->card->id, b->card->id);
	if (order)
		return order;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return ra_str_cmp(a->fingerprint, b->fingerprint);
}

static void put_findings(struct building *b, size_t f)
{
	const struct ra_file_report *file = &b->model.input->files[f];
	struct ra_place places[3] = { { .kind = 'F' }, { .kind = 'Q' }, { .kind = 'S' } };
	size_t n = file->findings.n;

	for (size_t i = 0; i < n; i++)
		b->order[i] = &file->findings.v[i];
	if (n)
		qsort(b->order, n, sizeof(*b->order), by_place);
	for (size_t i = 0; i < n; i++) {
		const struct ra_finding *finding = b->order[i];
		struct ra_place *place = &places[finding->suppressed ? 2 : finding->question];

		place->file = f;
		place->report = b->names[f];
		place->number++;
		ra_arena_reset(b->model.json.arena);
		ra_model_finding(&b->model, finding, place);
	}
}

/* -- the whole ----------------------------------------------------------------------------- */

/* Something to say of the file as it is now? */
static bool has_page(const struct ra_file_report *file, bool questions)
{
	for (size_t i = 0; i < file->findings.n; i++) {
		const struct ra_finding *finding = &file->findings.v[i];

		if (!finding->suppressed && finding->state != RA_STATE_FIXED &&
		    (questions || !finding->question))
			return true;
	}
	return false;
}

static int prepare(struct building *b, struct ra_arena *arena)
{
	const struct ra_report_input *input = b->model.input;
	struct ra_str *paths = ra_new_array(arena, struct ra_str, input->n_files);
	size_t most = 0;

	b->names = ra_new_array(arena, struct ra_str, input->n_files);
	for (size_t f = 0; f < input->n_files; f++) {
		const struct ra_file_report *file = &input->files[f];

		if (has_page(file, input->questions || input->items))
			paths[f] = file->path;
		most = file->findings.n > most ? file->findings.n : most;
	}
	ra_report_names(arena, paths, input->n_files, input->basename_names, b->names);
	b->order = ra_alloc_array(arena, sizeof(*b->order), most);
	return ra_totals_count(arena, input, &b->totals, b->model.err);
}

/* Runs inside a try of the scratch arena. */
static int build(void *arg)
{
	static const char *const lists[] = { "findings", "questions", "suppressed",
					     "suppression_problems", "files" };
	struct building *b = arg;
	struct ra_model *m = &b->model;
	json_t *root = m->root;

	ra_json_text(&m->json, root, "schema", RA_STR("race-audit/1"));
	put_tool(&m->json, root, m->input);
	put_scope(&m->json, root, m->input);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		ra_json_array(&m->json, root, lists[i]);
	ra_totals_put(&m->json, ra_json_object(&m->json, root, "totals"), &b->totals);
	for (size_t f = 0; f < m->input->n_files && !m->rc; f++) {
		const struct ra_file_report *file = &m->input->files[f];

		ra_arena_reset(m->json.arena);
		put_file(&m->json, json_object_get(root, "files"), file, b->names[f]);
		put_problems(&m->json, json_object_get(root, "suppression_problems"), file, f);
		put_findings(b, f);
	}
	ra_rank_findings(m);
	if (!m->rc && !m->json.failed)
		ra_model_checklist(m);
	if (!m->rc && m->json.failed)
		return ra_fail(m->err, RA_ENOMEM, "out of memory for the results; audit fewer "
			       "files at once, with --shard or a pathspec");
	return m->rc;
}

json_t *ra_report_model(struct ra_arena *arena, const struct ra_report_input *input,
			struct ra_error *err)
{
	struct building b = { .model = { .input = input, .err = err } };
	struct ra_arena scratch;
	int rc = prepare(&b, arena);

	if (rc)
		return NULL;
	ra_arena_init(&scratch, "finding", SCRATCH_BYTES);
	b.model.json.arena = &scratch;
	b.model.root = json_object();
	b.model.values = json_object();
	rc = ra_arena_try(&scratch, build, &b, err);
	json_decref(b.model.values);
	ra_arena_release(&scratch);
	if (!rc)
		return b.model.root;
	json_decref(b.model.root);
	return NULL;
}
