/*
 * Counts in words: what the first line of each page and the last line on the terminal say.
 * "No findings" is only ever said of files that were read.
 */
#include "core/report/internal.h"

enum { REASONS_MAX = 3 };

static void add_number(struct ra_buf *out, size_t n, const char *noun)
{
	if (n == 0)
		ra_buf_addf(out, "no %ss", noun);
	else
		ra_buf_addf(out, "%zu %s%s", n, noun, n == 1 ? "" : "s");
}

struct part { const char *key, *words; };

/* "(1 new, 2 fixed)": `lead` before the first of those that are not zero, `end` after the last. */
static void add_parts(struct ra_buf *out, const json_t *counts, const struct part *parts,
		      const char *lead, const char *end)
{
	bool some = false;

	for (; parts->key; parts++) {
		size_t n = ra_json_count(counts, parts->key);

		if (!n)
			continue;
		ra_buf_addf(out, "%s%zu %s", some ? ", " : lead, n, parts->words);
		some = true;
	}
	ra_buf_adds(out, some ? end : "");
}

void ra_add_counts(struct ra_buf *out, const json_t *counts, bool compared)
{
	static const struct part parts[] = { { "new", "new" }, { "fixed", "fixed" },
						     { "in_tests", "in tests" }, { NULL, NULL } };

	add_number(out, ra_json_count(counts, "findings"), "finding");
	add_parts(out, counts, compared ? parts : parts + 2, " (", ")");
}

void ra_add_severities(struct ra_buf *out, const json_t *counts)
{
	static const struct part severities[] = { { "high", "high" }, { "medium", "medium" },
							  { "low", "low" }, { NULL, NULL } };

	add_parts(out, counts, severities, ": ", "");
}

static void add_unread(struct ra_buf *out, const json_t *totals)
{
	const json_t *reasons = json_object_get(totals, "not_audited");
	const json_t *files = json_object_get(totals, "files");
	size_t n = ra_json_count(files, "skipped") + ra_json_count(files, "failed");

	if (!n)
		return;
	ra_buf_addf(out, "; %zu not audited (", n);
	for (size_t i = 0; i < json_array_size(reasons) && i < REASONS_MAX; i++) {
		const json_t *row = json_array_get(reasons, i);
		struct ra_str reason = ra_json_get(row, "reason");

		ra_buf_addf(out, "%s%zu %s%s%.*s", i ? "; " : "", ra_json_count(row, "count"),
			    ra_json_get(row, "status").ptr, reason.len ? ": " : "",
			    RA_FMT(reason));
	}
	ra_buf_adds(out, json_array_size(reasons) > REASONS_MAX ? "; ...)" : ")");
}

void ra_add_headline(struct ra_buf *out, const json_t *model)
{
	const json_t *totals = json_object_get(model, "totals");
	const json_t *files = json_object_get(totals, "files");
	const json_t *scope = json_object_get(model, "scope");

	ra_add_counts(out, totals, ra_json_get(scope, "base").len > 0);
	ra_buf_adds(out, " in ");
	add_number(out, ra_json_count(files, "audited") + ra_json_count(files, "cached"), "file");
	if (ra_json_count(totals, "questions")) {
		ra_buf_adds(out, "; ");
		add_number(out, ra_json_count(totals, "questions"), "question");
	}
	add_unread(out, totals);
	if (!json_is_true(json_object_get(scope, "complete")))
		ra_buf_adds(out, "; incomplete");
}
