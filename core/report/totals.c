/*
 * Counts of a run. All of them are made from the same files and findings that are listed, so that
 * no number can differ from what it counts.
 */
#include "core/report/internal.h"

#include <stdlib.h>

void ra_tally_add(struct ra_tally *tally, const struct ra_finding *finding)
{
	if (finding->question || finding->suppressed)
		return;
	tally->n[finding->state][finding->severity]++;
	tally->in_tests += finding->test && finding->state != RA_STATE_FIXED;
}

size_t ra_tally_sum(const struct ra_tally *tally, int state)
{
	size_t sum = 0;

	if (state == RA_STATE_COUNT)
		return ra_tally_sum(tally, RA_STATE_NEW) + ra_tally_sum(tally, RA_STATE_OLD);
	for (int severity = 0; severity < RA_SEV_COUNT; severity++)
		sum += tally->n[state][severity];
	return sum;
}

/* -- counting ------------------------------------------------------------------------------ */

struct counting {
	struct ra_arena *arena;
	struct ra_totals *out;
	struct ra_map types, directories, reasons; /* name -> index of its row */
};

static struct ra_str directory_of(struct ra_str path)
{
	size_t n = path.len;

	while (n && path.ptr[n - 1] != '/')
		n--;
	return n > 1 ? ra_str_n(path.ptr, n - 1) : RA_STR(".");
}

static void count_finding(struct counting *c, const struct ra_finding *finding)
{
	struct ra_str type = ra_str(finding->card->type->name);
	struct ra_str directory = directory_of(finding->path);
	struct ra_totals *out = c->out;
	size_t at;

	out->questions += finding->question && !finding->suppressed;
	out->suppressed += finding->suppressed;
	if (finding->question || finding->suppressed)
		return;
	ra_tally_add(&out->all, finding);
	at = *ra_map_put(&c->types, type, out->race_types.n);
	if (at == out->race_types.n)
		*ra_vec_push(c->arena, &out->race_types) = (struct ra_tally){
			.name = type, .title = ra_str(finding->card->type->title) };
	ra_tally_add(&out->race_types.v[at], finding);
	at = *ra_map_put(&c->directories, directory, out->directories.n);
	if (at == out->directories.n)
		*ra_vec_push(c->arena, &out->directories) = (struct ra_tally){
			.name = directory, .title = directory };
	ra_tally_add(&out->directories.v[at], finding);
}

/* Reasons that differ only in their details (after a colon) are one. */
static void count_unread(struct counting *c, const struct ra_file_report *file)
{
	struct ra_str rest = file->reason, reason = RA_STR(""), key;
	size_t at;

	if (file->status != RA_FILE_SKIPPED && file->status != RA_FILE_FAILED)
		return;
	ra_str_cut(&rest, ':', &reason);
	key = ra_printf(c->arena, "%d %.*s", file->status, RA_FMT(reason));
	at = *ra_map_put(&c->reasons, key, c->out->unread.n);
	if (at == c->out->unread.n)
		*ra_vec_push(c->arena, &c->out->unread) = (struct ra_unread){ file->status, reason,
									     0 };
	c->out->unread.v[at].n++;
}

static int by_findings(const void *left, const void *right)
{
	const struct ra_tally *a = left, *b = right;
	size_t n = ra_tally_sum(a, RA_STATE_COUNT), m = ra_tally_sum(b, RA_STATE_COUNT);

	return n != m ? (n < m) - (n > m) : ra_str_cmp(a->name, b->name);
}

static int by_files(const void *left, const void *right)
{
	const struct ra_unread *a = left, *b = right;

	if (a->status != b->status)
		return (int)b->status - (int)a->status;
	return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : ra_str_cmp(a->reason, b->reason);
}

#define SORT(vec, order) \
	do { \
		if ((vec).n) \
			qsort((vec).v, (vec).n, sizeof(*(vec).v), order); \
	} while (0)

int ra_totals_count(struct ra_arena *arena, const struct ra_report_input *input,
		    struct ra_totals *out, struct ra_error *err)
{
	struct counting c = { .arena = arena, .out = out };

	*out = (struct ra_totals){ 0 };
	ra_map_init(&c.types, arena);
	ra_map_init(&c.directories, arena);
	ra_map_init(&c.reasons, arena);
	for (size_t f = 0; f < input->n_files; f++) {
		const struct ra_file_report *file = &input->files[f];

		if ((unsigned)file->status >= RA_FILE_STATUS_COUNT)
			return ra_fail(err, RA_EUSAGE, "'%.*s' was selected but neither audited "
				       "nor left out; report this as a bug", RA_FMT(file->path));
		out->ledger[file->status]++;
		count_unread(&c, file);
		for (size_t i = 0; i < file->findings.n; i++)
			count_finding(&c, &file->findings.v[i]);
	}
	SORT(out->race_types, by_findings);
	SORT(out->directories, by_findings);
	SORT(out->unread, by_files);
	return RA_OK;
}

/* -- writing ------------------------------------------------------------------------------- */

void ra_counts_put(struct ra_json *json, json_t *parent, const struct ra_tally *tally)
{
	ra_json_number(json, parent, "findings", ra_tally_sum(tally, RA_STATE_COUNT));
	for (int state = 0; state < RA_STATE_COUNT; state++)
		ra_json_number(json, parent, ra_state_name((enum ra_finding_state)state),
			       ra_tally_sum(tally, state));
	for (int severity = 0; severity < RA_SEV_COUNT; severity++)
		ra_json_number(json, parent, ra_severity_name((enum ra_severity)severity),
			       tally->n[RA_STATE_NEW][severity] + tally->n[RA_STATE_OLD][severity]);
	ra_json_number(json, parent, "in_tests", tally->in_tests);
}

static void put_row(struct ra_json *json, json_t *rows, const struct ra_tally *tally)
{
	json_t *row = ra_json_object(json, rows, NULL);

	ra_json_text(json, row, "name", tally->name);
	ra_json_text(json, row, "title", tally->title);
	ra_counts_put(json, row, tally);
}

static void put_severities(struct ra_json *json, json_t *rows, const struct ra_tally *all)
{
	for (int severity = RA_SEV_COUNT - 1; severity >= 0; severity--) {
		struct ra_str name = ra_str(ra_severity_name((enum ra_severity)severity));
		struct ra_tally row = { .name = name, .title = name };

		for (int state = 0; state < RA_STATE_COUNT; state++)
			row.n[state][severity] = all->n[state][severity];
		put_row(json, rows, &row);
	}
}

static void put_ledger(struct ra_json *json, json_t *parent, const struct ra_totals *totals)
{
	size_t selected = 0;

	for (int status = 0; status < RA_FILE_STATUS_COUNT; status++) {
		ra_json_number(json, parent, ra_file_status_name((enum ra_file_status)status),
			       totals->ledger[status]);
		selected += totals->ledger[status];
	}
	ra_json_number(json, parent, "selected", selected);
}

void ra_totals_put(struct ra_json *json, json_t *parent, const struct ra_totals *totals)
{
	json_t *rows;

	ra_counts_put(json, parent, &totals->all);
	ra_json_number(json, parent, "questions", totals->questions);
	ra_json_number(json, parent, "suppressed", totals->suppressed);
	put_ledger(json, ra_json_object(json, parent, "files"), totals);
	put_severities(json, ra_json_array(json, parent, "by_severity"), &totals->all);
	rows = ra_json_array(json, parent, "by_race_type");
	for (size_t i = 0; i < totals->race_types.n; i++)
		put_row(json, rows, &totals->race_types.v[i]);
	rows = ra_json_array(json, parent, "by_directory");
	for (size_t i = 0; i < totals->directories.n; i++)
		put_row(json, rows, &totals->directories.v[i]);
	rows = ra_json_array(json, parent, "not_audited");
	for (size_t i = 0; i < totals->unread.n; i++) {
		const struct ra_unread *unread = &totals->unread.v[i];
		json_t *row = ra_json_object(json, rows, NULL);

		ra_json_text(json, row, "status", ra_str(ra_file_status_name(unread->status)));
		ra_json_text(json, row, "reason", unread->reason);
		ra_json_number(json, row, "count", unread->n);
	}
}
