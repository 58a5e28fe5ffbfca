/*
 * The code that a report shows for a finding: the lines of its events with up to two lines of
 * context, merged, in order, the finding's own file first, at most RA_EVIDENCE_MAX. What does not
 * fit is left out by worth: first context, the farther first, then the further lines of events,
 * then events.
 */
#include "core/findings/evidence.h"

struct lines {
	const struct ra_source *source;
	struct ra_evidence_line list[RA_EVIDENCE_MAX];
	size_t n;
};

static void add_line(struct lines *lines, uint32_t line, const char *role)
{
	size_t at = 0;

	if (line == 0 || line > lines->source->lines)
		return;
	while (at < lines->n && lines->list[at].line < line)
		at++;
	if (at < lines->n && lines->list[at].line == line) {
		if (!lines->list[at].role)
			lines->list[at].role = role;
		return;
	}
	if (lines->n == RA_EVIDENCE_MAX)
		return;
	memmove(&lines->list[at + 1], &lines->list[at], (lines->n - at) * sizeof(*lines->list));
	lines->list[at] = (struct ra_evidence_line){ .line = line, .role = role };
	lines->n++;
}

static void add_rest(struct lines *lines, uint32_t first, uint32_t last)
{
	for (uint32_t line = first + 1; line <= last && line - first < RA_EVIDENCE_MAX; line++)
		add_line(lines, line, NULL);
}

/* Lines of the same file alone. */
static void add_context(struct lines *lines, uint32_t line, uint32_t distance)
{
	const struct ra_part *part = ra_source_part(lines->source, line);

	if (line >= part->first + distance)
		add_line(lines, line - distance, NULL);
	if (line + distance < part->first + part->lines)
		add_line(lines, line + distance, NULL);
}

/* A blank line at the edge of a gap shows nothing. */
static bool is_blank_edge(const struct lines *lines, size_t at)
{
	uint32_t line = lines->list[at].line;
	bool inside = at > 0 && at + 1 < lines->n && lines->list[at - 1].line == line - 1 &&
		      lines->list[at + 1].line == line + 1;

	return !inside && !ra_str_trim(ra_source_line_text(lines->source, line)).len;
}

static void copy_lines(struct ra_arena *repo, const struct lines *lines, struct ra_finding *finding,
		       bool own)
{
	const struct ra_part *part = ra_source_part(lines->source, finding->line);

	for (size_t i = 0; i < lines->n; i++) {
		struct ra_evidence_line *line;

		if ((ra_source_part(lines->source, lines->list[i].line) == part) != own ||
		    is_blank_edge(lines, i))
			continue;
		line = ra_vec_push(repo, &finding->evidence);
		*line = lines->list[i];
		line->text = ra_str_copy(repo, ra_source_line_text(lines->source, line->line));
	}
}

void ra_evidence_collect(struct ra_arena *repo, const struct ra_source *source,
			 struct ra_finding *finding)
{
	struct lines lines = { .source = source };

	for (size_t i = 0; i < finding->events.n; i++)
		add_line(&lines, finding->events.v[i].line, finding->events.v[i].role);
	add_line(&lines, finding->line, NULL);
	add_rest(&lines, finding->line, finding->end_line);
	for (size_t i = 0; i < finding->events.n; i++)
		add_rest(&lines, finding->events.v[i].line, finding->events.v[i].end_line);
	for (uint32_t distance = 1; distance <= RA_EVIDENCE_CONTEXT; distance++)
		for (size_t i = 0; i < finding->events.n; i++)
			add_context(&lines, finding->events.v[i].line, distance);
	if (!finding->events.n)
		add_context(&lines, finding->line, 1);
	copy_lines(repo, &lines, finding, true);
	copy_lines(repo, &lines, finding, false);
}
