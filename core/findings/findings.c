/*
 * Candidates of one source -> findings that outlive it, and their state against the base of a diff.
 * This is the one place where the file arena's text is copied into the repo arena, and where lines
 * of a source become lines of its files.
 *
 * fingerprint.c says when two findings are the same, evidence.c which lines show one, inventory.c
 * what state and checkpoints the file has.
 */
#include "core/findings/evidence.h"
#include "core/findings/fingerprint.h"

const char *ra_state_name(enum ra_finding_state state)
{
	static const char *const names[] = { "new", "old", "fixed" };

	return names[state];
}

const char *ra_file_status_name(enum ra_file_status status)
{
	static const char *const names[RA_FILE_STATUS_COUNT] = { "audited", "cached", "skipped",
								  "failed" };

	return names[status];
}

/* -- collecting ---------------------------------------------------------------------------- */

static void copy_events(struct ra_arena *repo, const struct ra_candidate *from,
			struct ra_finding *to)
{
	for (uint32_t i = 0; i < from->n_events; i++) {
		struct ra_event *event = ra_vec_push(repo, &to->events);

		*event = from->events[i];
		event->note = ra_str_copy(repo, event->note);
	}
	for (uint32_t i = 0; i < from->n_steps; i++) {
		struct ra_step *step = ra_vec_push(repo, &to->steps);

		*step = from->steps[i];
		step->task = ra_str_copy(repo, step->task);
		step->text = ra_str_copy(repo, step->text);
	}
	for (uint32_t i = 0; i < from->n_vars; i++)
		*ra_vec_push(repo, &to->vars) = (struct ra_var){
			ra_str_copy(repo, ra_str(from->vars[i].name)),
			ra_str_copy(repo, from->vars[i].value),
		};
}

/* What places in a source become places in its files with, seen from one of them. */
struct view {
	struct ra_arena *repo;
	const struct ra_source *source;
	const struct ra_part *own;
};

/* A line in its file; `path` gets the file when it is another one. */
static uint32_t file_line(const struct view *view, uint32_t line, struct ra_str *path)
{
	const struct ra_part *part = line ? ra_source_part(view->source, line) : view->own;

	if (part != view->own)
		*path = ra_str_copy(view->repo, part->path);
	return ra_part_line(part, line);
}

static void locate(const struct view *view, struct ra_finding *finding)
{
	struct ra_str none;

	finding->line = file_line(view, finding->line, &none);
	finding->end_line = file_line(view, finding->end_line, &none);
	for (size_t i = 0; i < finding->events.n; i++) {
		struct ra_event *event = &finding->events.v[i];

		event->line = file_line(view, event->line, &event->path);
		event->end_line = file_line(view, event->end_line, &event->path);
	}
	for (size_t i = 0; i < finding->steps.n; i++)
		finding->steps.v[i].line = file_line(view, finding->steps.v[i].line,
						     &finding->steps.v[i].path);
	for (size_t i = 0; i < finding->evidence.n; i++)
		finding->evidence.v[i].line = file_line(view, finding->evidence.v[i].line,
							&finding->evidence.v[i].path);
}

static void copy_candidate(struct ra_arena *repo, const struct ra_candidate *from,
			   struct ra_str path, struct ra_finding *to)
{
	const struct ra_facts *facts = from->facts;
	const struct ra_unit *unit = &facts->shape->units.v[from->unit];
	struct view view = { repo, facts->source, ra_source_part(facts->source, from->line) };

	*to = (struct ra_finding){
		.card = from->card,
		.fingerprint = ra_fingerprint(repo, from),
		.severity = from->severity,
		.confidence = from->confidence,
		.state = RA_STATE_NEW,
		.question = from->question,
		.path = path,
		.unit = ra_str_copy(repo, unit->qualified),
		.subject = ra_str_copy(repo, from->subject),
		.lang = facts->source->lang,
		.test = view.own->test || facts->units[from->unit].test,
		.line = from->line,
		.end_line = from->end_line,
		.column = from->column,
	};
	copy_events(repo, from, to);
	ra_evidence_collect(repo, facts->source, to);
	locate(&view, to);
}

/* Findings that are alike in all that a fingerprint sees are told apart by their order. */
static void number_fingerprints(struct ra_arena *repo, struct ra_file_report *file)
{
	struct ra_map seen;

	ra_map_init(&seen, repo);
	for (size_t i = 0; i < file->findings.n; i++) {
		struct ra_finding *finding = &file->findings.v[i];
		size_t *count = ra_map_put(&seen, finding->fingerprint, 0);

		if ((*count)++ > 0)
			finding->fingerprint = ra_printf(repo, "%.*s.%zu",
							 RA_FMT(finding->fingerprint), *count - 1);
	}
}

/*
 * The line that a suppression speaks of: its own, or, when nothing but the comment stands there,
 * the next one that is not such a comment, so that several may stand above one statement.
 */
static uint32_t suppressed_line(const struct ra_suppressions *suppressions, size_t index)
{
	const struct ra_suppression *at = &suppressions->list.v[index];
	uint32_t line = at->last_line + 1;

	if (!at->own_line)
		return at->line;
	for (size_t i = index + 1; i < suppressions->list.n; i++) {
		at = &suppressions->list.v[i];
		if (at->own_line && at->line == line)
			line = at->last_line + 1;
	}
	return line;
}

static bool names_finding(struct ra_str id, const struct ra_finding *finding)
{
	return ra_str_eq(id, finding->card->id) || ra_str_is(id, finding->card->type->name);
}

static void keep_suppression(struct ra_arena *repo, const struct ra_suppression *suppression,
			     uint32_t line, uint32_t about, struct ra_file_report *file)
{
	struct ra_suppression *kept = ra_vec_push(repo, &file->suppressions);

	*kept = *suppression;
	kept->line = line;
	kept->about = about;
	kept->id = ra_str_copy(repo, kept->id);
	kept->reason = ra_str_copy(repo, kept->reason);
}

/* The one at `index` of the list, on the findings of its file. */
static void apply_suppression(struct ra_arena *repo, struct ra_suppressions *suppressions,
			      size_t index, const struct ra_part *part, struct ra_file_report *file)
{
	struct ra_suppression *suppression = &suppressions->list.v[index];
	uint32_t line = ra_part_line(part, suppressed_line(suppressions, index));

	for (size_t j = 0; !suppression->flaw && j < file->findings.n; j++) {
		struct ra_finding *finding = &file->findings.v[j];

		if (finding->line != line || !names_finding(suppression->id, finding))
			continue;
		finding->suppressed = true;
		finding->suppression_reason = ra_str_copy(repo, suppression->reason);
		suppression->used = true;
	}
	if (!suppression->used)
		keep_suppression(repo, suppression, ra_part_line(part, suppression->line), line,
				 file);
}

static void collect_notes(struct ra_arena *repo, const struct ra_source *source,
			  const struct ra_note *notes, size_t n,
			  struct ra_file_report *const *files)
{
	for (size_t i = 0; i < n; i++) {
		const struct ra_part *part = ra_source_part(source, notes[i].line);
		struct ra_file_report *file = files[part - source->parts];

		if (file)
			*ra_vec_push(repo, &file->notes) = ra_printf(repo, "line %u: %s",
				ra_part_line(part, notes[i].line), notes[i].text);
	}
}

static void collect_breaches(struct ra_arena *repo, const struct ra_candidates *candidates,
			     struct ra_file_report *out)
{
	for (size_t i = 0; i < candidates->breaches.n; i++)
		*ra_vec_push(repo, &out->notes) = ra_printf(repo, "audited without '%.*s': %.*s",
			RA_FMT(candidates->breaches.v[i].card->id),
			RA_FMT(candidates->breaches.v[i].reason));
}

void ra_findings_collect(struct ra_arena *repo, const struct ra_facts *facts,
			 const struct ra_candidates *candidates,
			 struct ra_suppressions *suppressions, struct ra_file_report *const *files)
{
	const struct ra_source *source = facts->source;
	const struct ra_tokens *tokens = facts->shape->tokens;

	for (size_t i = 0; i < candidates->list.n; i++) {
		const struct ra_candidate *candidate = &candidates->list.v[i];
		const struct ra_part *part = ra_source_part(source, candidate->line);
		struct ra_file_report *file = files[part - source->parts];

		if (file)
			copy_candidate(repo, candidate, file->path,
				       ra_vec_push(repo, &file->findings));
	}
	for (size_t i = 0; i < source->n_parts; i++)
		if (files[i])
			number_fingerprints(repo, files[i]);
	for (size_t i = 0; i < suppressions->list.n; i++) {
		const struct ra_part *part = ra_source_part(source, suppressions->list.v[i].line);

		if (files[part - source->parts])
			apply_suppression(repo, suppressions, i, part,
					  files[part - source->parts]);
	}
	collect_notes(repo, source, tokens->notes.v, tokens->notes.n, files);
	collect_notes(repo, source, facts->shape->notes.v, facts->shape->notes.n, files);
	for (size_t i = 0; i < source->n_parts; i++)
		if (files[i])
			collect_breaches(repo, candidates, files[i]);
}

void ra_findings_add(struct ra_arena *repo, struct ra_file_report *file,
		     const struct ra_finding *finding)
{
	struct ra_finding *added = ra_vec_push(repo, &file->findings);
	size_t same = 0;

	*added = *finding;
	for (size_t i = 0; i + 1 < file->findings.n; i++)
		same += ra_str_starts(file->findings.v[i].fingerprint, finding->fingerprint);
	if (same)
		added->fingerprint = ra_printf(repo, "%.*s.%zu", RA_FMT(finding->fingerprint),
					       same);
	for (size_t i = 0; i < file->suppressions.n; i++) {
		struct ra_suppression *suppression = &file->suppressions.v[i];

		if (suppression->flaw || suppression->about != added->line ||
		    !names_finding(suppression->id, added))
			continue;
		suppression->used = added->suppressed = true;
		added->suppression_reason = suppression->reason;
	}
}

/* -- comparing ----------------------------------------------------------------------------- */

static bool in_ranges(const struct ra_range *ranges, size_t n, struct ra_range lines)
{
	for (size_t i = 0; i < n; i++)
		if (lines.first <= ranges[i].last && lines.last >= ranges[i].first &&
		    ra_str_eq(lines.path, ranges[i].path))
			return true;
	return false;
}

static bool is_touched(const struct ra_finding *finding, const struct ra_range *changed, size_t n)
{
	struct ra_range own = { finding->path, finding->line, finding->end_line };

	if (in_ranges(changed, n, own))
		return true;
	for (size_t i = 0; i < finding->events.n; i++) {
		const struct ra_event *event = &finding->events.v[i];
		struct ra_range lines = { event->path.len ? event->path : finding->path,
					  event->line, event->end_line };

		if (in_ranges(changed, n, lines))
			return true;
	}
	return false;
}

static void map_fingerprints(struct ra_arena *repo, const struct ra_file_report *file,
			     struct ra_map *map)
{
	ra_map_init(map, repo);
	for (size_t i = 0; i < file->findings.n; i++)
		ra_map_put(map, file->findings.v[i].fingerprint, i);
}

void ra_findings_compare(struct ra_arena *repo, struct ra_file_report *head,
			 const struct ra_file_report *base, const struct ra_range *changed,
			 size_t n_changed)
{
	struct ra_map before, after;
	size_t n_head = head->findings.n;

	map_fingerprints(repo, base, &before);
	map_fingerprints(repo, head, &after);
	for (size_t i = 0; i < n_head; i++) {
		struct ra_finding *finding = &head->findings.v[i];

		finding->state = ra_map_get(&before, finding->fingerprint) ? RA_STATE_OLD
									   : RA_STATE_NEW;
		finding->touched = is_touched(finding, changed, n_changed);
	}
	for (size_t i = 0; i < base->findings.n; i++) {
		const struct ra_finding *gone = &base->findings.v[i];
		struct ra_finding *fixed;

		if (gone->suppressed || ra_map_get(&after, gone->fingerprint))
			continue;
		fixed = ra_vec_push(repo, &head->findings);
		*fixed = *gone;
		fixed->state = RA_STATE_FIXED;
		fixed->touched = true;
	}
}

void ra_findings_compare_further(struct ra_arena *repo, struct ra_file_report *head,
				 const struct ra_file_report *base)
{
	struct ra_map before;
	size_t kept = 0;

	map_fingerprints(repo, base, &before);
	for (size_t i = 0; i < head->findings.n; i++) {
		struct ra_finding finding = head->findings.v[i];
		bool was = ra_map_get(&before, finding.fingerprint) != NULL;

		if (was && finding.state == RA_STATE_NEW)
			finding.state = RA_STATE_OLD;
		if (was || finding.state != RA_STATE_FIXED)
			head->findings.v[kept++] = finding;
	}
	head->findings.n = kept;
}

/* A fingerprint that is new somewhere and fixed somewhere. */
struct move {
	struct ra_finding *to; /* the new one */
	size_t n_new, n_fixed;
};

static struct move *move_of(const struct ra_map *map, struct move *moves,
			    const struct ra_finding *finding)
{
	size_t *at = ra_map_get(map, finding->fingerprint);

	return at ? &moves[*at] : NULL;
}

static void note_move(struct ra_map *map, struct move *moves, struct ra_finding *finding)
{
	struct move *move = &moves[*ra_map_put(map, finding->fingerprint, map->n)];

	if (finding->state == RA_STATE_NEW) {
		move->to = finding;
		move->n_new++;
	} else if (finding->state == RA_STATE_FIXED) {
		move->n_fixed++;
	}
}

void ra_findings_moves(struct ra_arena *repo, struct ra_file_report *files, size_t n_files)
{
	struct ra_map map;
	struct move *moves;
	size_t total = 0;

	for (size_t f = 0; f < n_files; f++)
		total += files[f].findings.n;
	moves = ra_new_array(repo, struct move, total);
	ra_map_init(&map, repo);
	for (size_t f = 0; f < n_files; f++)
		for (size_t i = 0; i < files[f].findings.n; i++)
			note_move(&map, moves, &files[f].findings.v[i]);
	/* Fixed findings stand last in a file: to drop some moves none of the new ones. */
	for (size_t f = 0; f < n_files; f++) {
		size_t kept = 0;

		for (size_t i = 0; i < files[f].findings.n; i++) {
			struct ra_finding *finding = &files[f].findings.v[i];
			struct move *move = move_of(&map, moves, finding);

			if (finding->state == RA_STATE_FIXED && move->n_new == 1 &&
			    move->n_fixed == 1)
				move->to->state = RA_STATE_OLD;
			else
				files[f].findings.v[kept++] = *finding;
		}
		files[f].findings.n = kept;
	}
}
