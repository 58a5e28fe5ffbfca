/*
 * One source through all rooms:
 *     lex -> shape -> facts -> races -> findings
 * A source of several files gives findings to each of them that is audited.
 */
#include "core/run.h"

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

/* The units of a part, with a module of its own. */
static uint32_t count_units(const struct ra_facts *facts, const struct ra_part *part)
{
	uint32_t n = 1;

	for (size_t u = 1; u < facts->shape->units.n; u++)
		n += ra_source_part(facts->source, facts->shape->units.v[u].line) == part;
	return n;
}

static void complete(struct side *side, const struct ra_facts *facts, const struct ra_part *part,
		     struct ra_file_report *out)
{
	struct run *run = side->tree.run;

	if (out->findings.n && !side->base)
		ra_findings_inventory(&run->file, run->repo, facts, part, out);
	add_runtimes(run, facts->runtimes, out);
	out->units = count_units(facts, part);
}

/* The card that finds cycles in the order of locks, if it is on. */
static const struct ra_card *order_card(const struct ra_races_options *options, enum ra_lang lang)
{
	for (size_t i = 0; i < options->cards->list.n; i++) {
		const struct ra_card *card = &options->cards->list.v[i];

		if (card->detector && strcmp(card->detector->name, "lock-order") == 0 &&
		    (card->langs & 1u << lang) && ra_card_is_on(card, options))
			return card;
	}
	return NULL;
}

void ra_orders_ask(struct run *run, enum ra_lang lang)
{
	struct ra_races_options options = { &run->knowledge.cards, run->only.v, run->only.n };
	const struct ra_card *card = order_card(&options, lang);

	if (card)
		run->order_card = card;
}

static void trace_question(struct ra_trace *trace, struct ra_question asked)
{
	struct ra_question *kept = ra_vec_push(&trace->arena, &trace->questions);

	*kept = asked;
	kept->from = ra_str_copy(&trace->arena, asked.from);
	kept->module = ra_str_copy(&trace->arena, asked.module);
	kept->name = ra_str_copy(&trace->arena, asked.name);
	kept->path = ra_str_copy(&trace->arena, asked.path);
	kept->inner = ra_str_copy(&trace->arena, asked.inner);
}

static bool find_name(void *arg, struct ra_str from, struct ra_str module, struct ra_str name,
		      struct ra_str *path, struct ra_str *inner)
{
	struct side *side = arg;
	struct run *run = side->tree.run;
	bool found = ra_exports_locate(&side->tree, &run->file, from, module, name, path, inner);

	if (run->trace)
		trace_question(run->trace, (struct ra_question){
			from, module, name, found, found ? *path : RA_STR(""),
			found ? *inner : RA_STR("") });
	return found;
}

static void collect_orders(struct side *side, const struct ra_facts *facts,
			   struct ra_candidates *candidates, const struct ra_races_options *options,
			   struct ra_file_report *const *files)
{
	struct run *run = side->tree.run;
	struct ra_order_names names = { find_name, side };
	const struct ra_card *card = order_card(options, facts->source->lang);

	if (!card)
		return;
	run->order_card = card;
	ra_orders_collect(run->repo, &run->file, facts, candidates, card, &names, files,
			  &side->orders);
}

static void find_races(struct side *side, const struct ra_shape *shape, const struct ra_api *api,
		       struct ra_file_report *const *files)
{
	struct run *run = side->tree.run;
	struct ra_arena *arena = &run->file;
	const struct ra_source *source = shape->tokens->source;
	struct ra_races_options options = { &run->knowledge.cards, run->only.v, run->only.n };
	struct ra_suppressions suppressions = { 0 };
	struct ra_facts facts = { 0 };
	struct ra_candidates candidates = { 0 };

	read_suppressions(arena, shape->tokens, &suppressions);
	ra_facts_build(arena, shape, api, &facts);
	ra_races_find(arena, run->matcher, &facts, &options, &candidates);
	ra_findings_collect(run->repo, &facts, &candidates, &suppressions, files);
	ra_findings_look(run->repo, arena, &facts,
			 run->options->checklist && run->options->mode == RA_AUDIT_DIFF, files);
	collect_orders(side, &facts, &candidates, &options, files);
	for (size_t i = 0; i < source->n_parts; i++)
		if (files[i])
			complete(side, &facts, &source->parts[i], files[i]);
}

/* -- the same bytes again ------------------------------------------------------------------ */

/* A path of the twin's directory, in this one. */
static void move_path(struct run *run, struct ra_str *path, struct ra_str beside)
{
	struct ra_str directory = ra_path_directory(beside), name = ra_path_seen(*path, *path);

	if (!path->len)
		return;
	*path = directory.len ? ra_printf(run->repo, "%.*s/%.*s", RA_FMT(directory), RA_FMT(name))
			      : name;
}

static void move_finding(struct run *run, struct ra_finding *finding, struct ra_str path)
{
	struct ra_finding moved = *finding;

	moved.path = path;
	moved.events.v = NULL, moved.events.n = moved.events.cap = 0;
	moved.steps.v = NULL, moved.steps.n = moved.steps.cap = 0;
	moved.evidence.v = NULL, moved.evidence.n = moved.evidence.cap = 0;
	for (size_t i = 0; i < finding->events.n; i++) {
		struct ra_event *event = ra_vec_push(run->repo, &moved.events);

		*event = finding->events.v[i];
		move_path(run, &event->path, path);
	}
	for (size_t i = 0; i < finding->steps.n; i++) {
		struct ra_step *step = ra_vec_push(run->repo, &moved.steps);

		*step = finding->steps.v[i];
		move_path(run, &step->path, path);
	}
	for (size_t i = 0; i < finding->evidence.n; i++) {
		struct ra_evidence_line *line = ra_vec_push(run->repo, &moved.evidence);

		*line = finding->evidence.v[i];
		move_path(run, &line->path, path);
	}
	*finding = moved;
}

static void copy_report(struct run *run, const struct ra_file_report *twin,
			struct ra_file_report *out)
{
	out->findings.v = NULL, out->findings.n = out->findings.cap = 0;
	out->units = twin->units;
	out->looked = twin->looked;
	out->runtimes.v = twin->runtimes.v, out->runtimes.n = twin->runtimes.n;
	out->notes.v = twin->notes.v, out->notes.n = twin->notes.n;
	out->states.v = twin->states.v, out->states.n = twin->states.n;
	out->checkpoints.v = twin->checkpoints.v, out->checkpoints.n = twin->checkpoints.n;
	out->suppressions.v = twin->suppressions.v, out->suppressions.n = twin->suppressions.n;
	for (size_t i = 0; i < twin->findings.n; i++) {
		struct ra_finding *finding = ra_vec_push(run->repo, &out->findings);

		*finding = twin->findings.v[i];
		move_finding(run, finding, out->path);
	}
}

static struct ra_str part_key(const struct run *run, struct ra_str key, size_t part)
{
	return ra_printf(run->repo, "%.*s #%zu", RA_FMT(key), part);
}

bool ra_twins_known(const struct run *run, const size_t *files, size_t n, struct ra_str key)
{
	for (size_t i = 0; i < n; i++)
		if (files[i] != SIZE_MAX && !ra_map_get(&run->audited, part_key(run, key, i)))
			return false;
	return true;
}

bool ra_twins_copy(struct side *side, const size_t *files, size_t n, struct ra_str key)
{
	struct run *run = side->tree.run;

	if (!ra_twins_known(run, files, n, key))
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t *twin = files[i] == SIZE_MAX ? NULL
			     : ra_map_get(&run->audited, part_key(run, key, i));

		if (twin)
			copy_report(run, &side->reports[*twin], &side->reports[files[i]]);
	}
	return true;
}

/* Only when all is done: where the arena overflows, this is not reached. */
void ra_twins_remember(struct run *run, const size_t *files, size_t n, struct ra_str key)
{
	for (size_t i = 0; i < n; i++)
		if (files[i] != SIZE_MAX)
			ra_map_put(&run->audited, part_key(run, key, i), files[i]);
}

/* Of a package it names every file. */
static struct ra_str short_key(struct run *run, struct ra_str key, uint64_t imports)
{
	struct ra_buf hex;
	struct ra_keying keying;
	struct ra_key digest;

	ra_keying_init(&keying, &run->file);
	ra_keying_text(&keying, key);
	ra_keying_number(&keying, imports);
	digest = ra_keying_done(&keying);
	ra_buf_init(&hex, run->repo);
	for (size_t i = 0; i < RA_KEY_BYTES; i++)
		ra_buf_addf(&hex, "%02x", digest.bytes[i]);
	return ra_buf_str(&hex);
}

/* -- the pipeline -------------------------------------------------------------------------- */

static const size_t *audited_files(struct run *run, const struct ra_source *source,
				   const size_t *indices)
{
	size_t *files = ra_new_array(&run->file, size_t, source->n_parts);

	for (size_t i = 0; i < source->n_parts; i++)
		files[i] = source->parts[i].audited ? indices[i] : SIZE_MAX;
	return files;
}

/* What find_races added to the orders, from what was there before on. */
static void trace_group(struct side *side, const size_t *files, size_t n, struct ra_str key,
			const struct ra_orders *before)
{
	struct ra_trace *trace = side->tree.run->trace;
	struct ra_group *group;

	if (!trace)
		return;
	group = ra_vec_push(&trace->arena, &trace->groups);
	*group = (struct ra_group){
		.key = ra_str_copy(&trace->arena, key), .n = n,
		.files = ra_new_array(&trace->arena, size_t, n),
		.edge = before->edges.n, .n_edges = side->orders.edges.n - before->edges.n,
		.use = before->uses.n, .n_uses = side->orders.uses.n - before->uses.n,
		.sources = side->orders.sources - before->sources,
	};
	memcpy(group->files, files, n * sizeof(*files));
}

void ra_pipeline(struct side *side, const struct ra_source *source, const size_t *indices,
		 struct ra_str key)
{
	struct run *run = side->tree.run;
	const size_t *audited = audited_files(run, source, indices);
	struct ra_file_report **files = ra_new_array(&run->file, struct ra_file_report *,
						     source->n_parts);
	const struct ra_orders before = side->orders;
	bool twins = key.len && ra_side_has_twins(side);
	struct ra_tokens tokens = { 0 };
	struct ra_shape shape = { 0 };
	const struct ra_api *api;
	uint64_t imports;

	ra_lex(&run->file, source, &tokens);
	ra_shape_build(&run->file, &tokens, &shape);
	api = ra_exports_table(&side->tree, &run->file, &shape, &imports);
	if (key.len)
		key = short_key(run, key, imports);
	if (twins && ra_twins_copy(side, audited, source->n_parts, key)) {
		trace_group(side, audited, source->n_parts, key, &before);
		if (run->trace)
			run->trace->groups.v[run->trace->groups.n - 1].twin = true;
		return;
	}
	for (size_t i = 0; i < source->n_parts; i++)
		if (audited[i] != SIZE_MAX)
			files[i] = &side->reports[indices[i]];
	find_races(side, &shape, api, files);
	if (twins)
		ra_twins_remember(run, audited, source->n_parts, key);
	trace_group(side, audited, source->n_parts, key, &before);
}
