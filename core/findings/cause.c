/*
 * Findings of one cause -> one finding with several places. A reader who mends the cause mends all
 * of them; one who reads ten findings should not read one of them ten times.
 */
#include "core/findings/findings.h"

static struct ra_str value_of(const struct ra_finding *finding, const char *name)
{
	for (size_t i = 0; i < finding->vars.n; i++)
		if (ra_str_is(finding->vars.v[i].name, name))
			return finding->vars.v[i].value;
	return RA_STR("");
}

/* Do both have that value? */
static bool share(const struct ra_finding *a, const struct ra_finding *b, const char *name)
{
	struct ra_str value = value_of(a, name);

	return value.len && ra_str_eq(value, value_of(b, name));
}

static bool same_unit(const struct ra_finding *a, const struct ra_finding *b)
{
	return ra_str_eq(a->unit, b->unit);
}

static bool same_subject(const struct ra_finding *a, const struct ra_finding *b)
{
	return a->subject.len && ra_str_eq(a->subject, b->subject);
}

/* Two cards that say the same of one line. */
static bool same_place(const struct ra_finding *a, const struct ra_finding *b)
{
	return a->line == b->line && a->card->type == b->card->type &&
	       (same_subject(a, b) || share(a, b, "state"));
}

static bool same_cause(const struct ra_finding *a, const struct ra_finding *b)
{
	if (a->state != b->state || a->question != b->question || a->test != b->test ||
	    a->suppressed || b->suppressed)
		return false;
	if (a->card != b->card)
		return same_place(a, b);
	if (same_unit(a, b))
		return same_subject(a, b) || share(a, b, "lock");
	if (share(a, b, "callee"))
		return true;
	return same_subject(a, b) && share(a, b, "lock") && share(a, b, "class");
}

static bool is_graver(const struct ra_finding *a, const struct ra_finding *b)
{
	if (a->severity != b->severity)
		return a->severity > b->severity;
	return a->confidence > b->confidence;
}

/* The one that `finding` goes with, of those that stand before it and stay; or itself. */
static size_t leader(const struct ra_file_report *file, const size_t *leads, size_t finding)
{
	for (size_t i = 0; i < finding; i++)
		if (leads[i] == i && same_cause(&file->findings.v[i], &file->findings.v[finding]))
			return i;
	return finding;
}

static bool is_place(const struct ra_event *event)
{
	return event->role && strcmp(event->role, "also") == 0;
}

static void add_place(struct ra_arena *repo, struct ra_finding *kept,
		      const struct ra_finding *other)
{
	*ra_vec_push(repo, &kept->also) = other;
	for (size_t i = 0; i < other->events.n; i++)
		if (is_place(&other->events.v[i]))
			*ra_vec_push(repo, &kept->events) = other->events.v[i];
	*ra_vec_push(repo, &kept->events) = (struct ra_event){
		.role = "also", .line = other->line, .end_line = other->end_line,
		.column = other->column,
		.note = ra_printf(repo, "the same in `%.*s`", RA_FMT(other->unit)),
	};
}

/* All of one cause, as copies that outlive the list: the gravest first, then as they stand. */
static struct ra_finding gather(struct ra_arena *repo, const struct ra_file_report *file,
				const size_t *leads, size_t lead)
{
	const struct ra_finding *all = file->findings.v;
	struct ra_finding kept;
	size_t best = lead;

	for (size_t i = lead; i < file->findings.n; i++)
		if (leads[i] == lead && is_graver(&all[i], &all[best]))
			best = i;
	kept = all[best];
	for (size_t i = lead; i < file->findings.n; i++) {
		struct ra_finding *copy;

		if (leads[i] != lead || i == best || all[i].line == kept.line)
			continue;
		copy = ra_new(repo, struct ra_finding);
		*copy = all[i];
		add_place(repo, &kept, copy);
	}
	return kept;
}

void ra_findings_causes(struct ra_arena *repo, struct ra_file_report *file)
{
	size_t n = file->findings.n, kept = 0;
	size_t *leads;
	struct ra_finding *joined;

	if (n < 2)
		return;
	leads = ra_new_array(repo, size_t, n);
	joined = ra_new_array(repo, struct ra_finding, n);
	for (size_t i = 0; i < n; i++)
		leads[i] = leader(file, leads, i);
	for (size_t i = 0; i < n; i++)
		if (leads[i] == i)
			joined[kept++] = gather(repo, file, leads, i);
	file->findings.v = joined;
	file->findings.n = kept;
	file->findings.cap = n;
}
