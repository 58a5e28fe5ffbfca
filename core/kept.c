/*
 * What earlier runs found, in place of an audit: one look-up before a file or a package is audited,
 * one store behind. What comes out of the cache is what an audit would have said, to the last byte;
 * only the ledger knows the difference.
 *
 *     file      settings, path, bytes, version                    -> what it imports
 *                 and the rows that come of that                  -> what it asks of locks
 *                   and the answers                               -> record
 *     package   settings, directory, each file's name and bytes   -> record
 *
 * The path is a part of every key, since findings depend on it: on folders of tests and examples,
 * on suffixes, on the names that a report puts in. A record holds reports, and what each source of
 * them says of the order of its locks.
 *
 * Not kept is what another run might do otherwise: files that failed, that ran out of time or
 * memory, and all of what the last stages of a run do.
 */
#include "core/run.h"

enum { ORDERS_MAX = 10 * RA_ORDER_EDGES };

/* A file, or all selected ones of a directory, on one side. */
struct unit {
	struct side *side;
	struct ra_key key, subset;      /* subset: as if all of the package had been selected */
	size_t *files;                  /* in the selection; those that were not done before */
	size_t *notes;                  /* how many notes each had */
	size_t n;
	bool keyed, partial;            /* partial: some of the package were not selected */
	bool asks;                      /* about its imports first */
	enum ra_lang lang;
	struct ra_str path;             /* of the file or the directory */
	size_t edges, uses, sources;    /* of the side, before */
	bool found;
};

/* -- the settings -------------------------------------------------------------------------- */

/* Those of other languages do not matter. */
static struct ra_key key_settings(struct run *run, enum ra_lang lang)
{
	const struct ra_audit_options *options = run->options;
	struct ra_keying keying;

	ra_keying_init(&keying, &run->trace->arena);
	ra_keying_text(&keying, ra_cache_engine());
	ra_keying_number(&keying, run->knowledge.digests[lang]);
	ra_keying_number(&keying, run->knowledge.digests[ra_lang_family(lang)]);
	ra_keying_number(&keying, options->limits.bytes);
	ra_keying_number(&keying, options->limits.lines);
	ra_keying_number(&keying, options->limits.line_bytes);
	ra_keying_number(&keying, options->file_memory);
	ra_keying_number(&keying, run->only.n);
	for (size_t i = 0; i < run->only.n; i++)
		ra_keying_text(&keying, run->only.v[i]);
	for (size_t i = 0; i < run->knowledge.cards.list.n; i++) {
		const struct ra_card *card = &run->knowledge.cards.list.v[i];

		if (!(card->langs & 1u << lang))
			continue;
		ra_keying_text(&keying, card->id);
		ra_keying_number(&keying, card->digest);
	}
	return ra_keying_done(&keying);
}

void ra_kept_open(struct run *run)
{
	/* a checklist tells more of a file than what is kept of it */
	if (!run->options->cache || !run->git || run->options->checklist)
		return;
	run->cache = ra_cache_open(run->repo, ra_git_common_dir(run->git),
				   run->options->cache_size);
	run->trace = ra_new(run->repo, struct ra_trace);
	ra_arena_init(&run->trace->arena, "trace", 0);
	for (int lang = RA_LANG_NONE; lang < RA_LANG_COUNT; lang++)
		run->settings[lang] = key_settings(run, (enum ra_lang)lang);
}

void ra_kept_close(struct run *run)
{
	if (!run->cache)
		return;
	ra_cache_close(run->cache);
	ra_arena_release(&run->trace->arena);
	run->trace = NULL;
}

static void reset_trace(struct ra_trace *trace)
{
	struct ra_arena arena = trace->arena;

	ra_arena_reset(&arena);
	*trace = (struct ra_trace){ .arena = arena };
}

/* -- exports ------------------------------------------------------------------------------- */

static struct ra_key key_exports(struct run *run, struct ra_arena *scratch, enum ra_lang lang,
				 const struct ra_git_file *file)
{
	struct ra_keying keying;

	ra_keying_init(&keying, scratch);
	ra_keying_key(&keying, &run->settings[ra_lang_family(lang)]);
	ra_keying_text(&keying, RA_STR("exports"));
	ra_keying_text(&keying, file->path);
	ra_keying_text(&keying, ra_str(file->blob.hex));
	return ra_keying_done(&keying);
}

bool ra_kept_exports(struct run *run, struct ra_arena *scratch, enum ra_lang lang,
		     const struct ra_git_file *file, struct ra_exports *out)
{
	struct ra_exports found = { .list = { NULL, 0, 0 } };
	struct ra_pack pack = { 0 };
	struct ra_str bytes;
	struct ra_key key;

	if (!run->cache || !file->blob.hex[0])
		return false;
	key = key_exports(run, scratch, lang, file);
	if (!ra_cache_get(run->cache, scratch, &key, &bytes))
		return false;
	ra_pack_read(&pack, run->repo, bytes);
	ra_pack_exports(&pack, &found);
	if (!pack.failed)
		*out = found;
	return !pack.failed;
}

void ra_keep_exports(struct run *run, struct ra_arena *scratch, enum ra_lang lang,
		     const struct ra_git_file *file, struct ra_exports *exports)
{
	struct ra_pack pack = { 0 };
	struct ra_key key;

	if (!run->cache || !file->blob.hex[0])
		return;
	key = key_exports(run, scratch, lang, file);
	ra_pack_write(&pack, scratch);
	ra_pack_exports(&pack, exports);
	ra_cache_put(run->cache, &key, ra_buf_str(&pack.out));
}

/* -- keys of a file ------------------------------------------------------------------------ */

static void key_file(struct unit *unit, struct ra_arena *scratch)
{
	struct side *side = unit->side;
	struct ra_str blob = ra_side_blob(side, unit->files[0]);
	struct ra_keying keying;

	unit->lang = ra_source_lang(unit->path, RA_STR(""));
	unit->asks = ra_lang_imports_files(unit->lang);
	unit->keyed = blob.len > 0;
	ra_keying_init(&keying, scratch);
	ra_keying_key(&keying, &side->tree.run->settings[unit->lang]);
	ra_keying_text(&keying, RA_STR("file"));
	ra_keying_number(&keying, unit->lang);
	ra_keying_number(&keying, ra_version_at(&side->tree, scratch, unit->lang, unit->path));
	ra_keying_text(&keying, unit->path);
	ra_keying_text(&keying, blob);
	unit->key = ra_keying_done(&keying);
}

/* One step further, by what was found out at the last one. */
static struct ra_key key_step(struct ra_arena *scratch, const struct ra_key *key, const char *step,
			      const struct ra_key *more)
{
	struct ra_keying keying;

	ra_keying_init(&keying, scratch);
	ra_keying_key(&keying, key);
	ra_keying_text(&keying, ra_str(step));
	if (more)
		ra_keying_key(&keying, more);
	return ra_keying_done(&keying);
}

static void key_answer(struct ra_keying *keying, bool found, struct ra_str path,
		       struct ra_str inner)
{
	ra_keying_number(keying, found);
	ra_keying_text(keying, found ? path : RA_STR(""));
	ra_keying_text(keying, found ? inner : RA_STR(""));
}

static void pack_question(struct ra_pack *pack, struct ra_question *question)
{
	ra_pack_text(pack, &question->from);
	ra_pack_text(pack, &question->module);
	ra_pack_text(pack, &question->name);
}

/* -- records ------------------------------------------------------------------------------- */

/* On its way out of the cache or into it; `reports` by position, `files` in the selection. */
struct record {
	struct unit *unit;
	struct ra_pack pack;
	bool inventory;
	RA_VEC(struct entry {
		struct ra_str name;
		size_t file;           /* SIZE_MAX: not selected, or done before */
		bool known;            /* else skipped */
		struct ra_file_report report;
	}) entries;
	RA_VEC(struct group {
		struct ra_str key;
		bool twin;             /* good only where there is one to copy */
		size_t *files;         /* by part; SIZE_MAX: not audited, or not wanted */
		bool wanted;           /* some part is */
		size_t sources;
		RA_VEC(uint32_t) parts; /* 1 + position; 0: not audited */
		RA_VEC(struct edge { uint32_t report; struct ra_order_edge edge; }) edges;
		RA_VEC(struct ra_order_use) uses;
	}) groups;
	size_t findings;
};

static struct ra_str name_of(struct ra_str path)
{
	return ra_path_seen(path, path);
}

static void pack_edge(struct ra_pack *pack, struct edge *edge)
{
	ra_pack_u32(pack, &edge->report);
	ra_pack_edge(pack, &edge->edge);
}

static void pack_group(struct ra_pack *pack, struct group *group)
{
	ra_pack_text(pack, &group->key);
	ra_pack_flag(pack, &group->twin);
	ra_pack_size(pack, &group->sources);
	ra_pack_list(pack, &group->parts, ra_pack_u32);
	ra_pack_list(pack, &group->edges, pack_edge);
	ra_pack_list(pack, &group->uses, ra_pack_use);
}

/* -- reading a record ---------------------------------------------------------------------- */

static size_t position_of(const struct unit *unit, struct ra_str name)
{
	for (size_t i = 0; i < unit->n; i++)
		if (ra_str_eq(name_of(ra_side_path(unit->side, unit->files[i])), name))
			return i;
	return SIZE_MAX;
}

static void read_entry(struct record *r)
{
	struct unit *unit = r->unit;
	struct entry *entry = ra_vec_push(&unit->side->tree.run->file, &r->entries);
	size_t at;

	*entry = (struct entry){ .file = SIZE_MAX };
	ra_pack_text(&r->pack, &entry->name);
	ra_pack_flag(&r->pack, &entry->known);
	at = position_of(unit, entry->name);
	if (at != SIZE_MAX) {
		entry->file = unit->files[at];
		entry->report = unit->side->reports[entry->file];
	}
	ra_pack_report(&r->pack, &entry->report, 0);
	r->findings += entry->report.findings.n;
}

static bool read_record(struct unit *unit, struct ra_str bytes, struct record *r)
{
	struct run *run = unit->side->tree.run;
	size_t n;

	*r = (struct record){ .unit = unit, .pack = { .cards = &run->knowledge.cards } };
	ra_pack_read(&r->pack, run->repo, bytes);
	ra_pack_flag(&r->pack, &r->inventory);
	n = ra_pack_count(&r->pack, 0);
	for (size_t i = 0; i < n && !r->pack.failed; i++)
		read_entry(r);
	ra_pack_list(&r->pack, &r->groups, pack_group);
	for (size_t g = 0; g < r->groups.n; g++)
		for (size_t i = 0; i < r->groups.v[g].parts.n; i++)
			r->pack.failed |= r->groups.v[g].parts.v[i] > r->entries.n;
	return !r->pack.failed;
}

static struct ra_file_report *report_at(struct record *r, uint32_t position)
{
	size_t file = position && position <= r->entries.n ? r->entries.v[position - 1].file
							   : SIZE_MAX;

	return file == SIZE_MAX ? NULL : &r->unit->side->reports[file];
}

static void replay(struct record *r, struct group *group)
{
	struct side *side = r->unit->side;
	struct ra_orders *orders = &side->orders;
	struct ra_arena *repo = side->tree.run->repo;

	orders->sources += group->sources;
	for (size_t i = 0; i < group->uses.n && orders->uses.n < ORDERS_MAX; i++)
		*ra_vec_push(repo, &orders->uses) = group->uses.v[i];
	for (size_t i = 0; i < group->edges.n && orders->edges.n < ORDERS_MAX; i++) {
		struct ra_order_edge *edge = ra_vec_push(repo, &orders->edges);

		*edge = group->edges.v[i].edge;
		edge->source = orders->sources;
		edge->report = report_at(r, group->edges.v[i].report);
	}
}

/* A source whose files are wanted by nobody now would not even be looked at. */
static void use_group(struct record *r, struct group *group)
{
	struct side *side = r->unit->side;

	if (!group->wanted)
		return;
	if (ra_side_has_twins(side) && group->key.len) {
		if (ra_twins_copy(side, group->files, group->parts.n, group->key))
			return;
		ra_twins_remember(side->tree.run, group->files, group->parts.n, group->key);
	}
	replay(r, group);
}

/* What of the record is asked for. */
static void find_wanted(struct record *r)
{
	for (size_t g = 0; g < r->groups.n; g++) {
		struct group *group = &r->groups.v[g];

		group->files = ra_new_array(&r->unit->side->tree.run->file, size_t,
					    group->parts.n);
		for (size_t i = 0; i < group->parts.n; i++) {
			uint32_t at = group->parts.v[i];

			group->files[i] = at ? r->entries.v[at - 1].file : SIZE_MAX;
			group->wanted |= group->files[i] != SIZE_MAX;
		}
	}
}

/* Would an audit copy now what it copied then? */
static bool has_twins(struct record *r)
{
	const struct side *side = r->unit->side;

	for (size_t g = 0; g < r->groups.n; g++) {
		const struct group *group = &r->groups.v[g];

		if (group->twin && group->wanted &&
		    (!ra_side_has_twins(side) ||
		     !ra_twins_known(side->tree.run, group->files, group->parts.n, group->key)))
			return false;
	}
	return true;
}

static void use_record(struct record *r)
{
	struct side *side = r->unit->side;

	for (size_t i = 0; i < r->entries.n; i++) {
		struct entry *entry = &r->entries.v[i];

		if (entry->file == SIZE_MAX || side->done[entry->file])
			continue;
		side->reports[entry->file] = entry->report;
		side->reports[entry->file].status = entry->known ? RA_FILE_CACHED : RA_FILE_SKIPPED;
		side->done[entry->file] = true;
		if (entry->known && entry->report.lang != RA_LANG_NONE)
			ra_orders_ask(side->tree.run, entry->report.lang);
	}
	for (size_t g = 0; g < r->groups.n; g++)
		use_group(r, &r->groups.v[g]);
}

/* Under this key; with `clean` only when nothing is found in it. */
static bool find_record(struct unit *unit, const struct ra_key *key, struct ra_str bytes,
			bool clean)
{
	struct run *run = unit->side->tree.run;
	struct record record;

	if (!bytes.len && !ra_cache_get(run->cache, &run->file, key, &bytes))
		return false;
	if (!read_record(unit, bytes, &record))
		return false;
	find_wanted(&record);
	if (!has_twins(&record) || (clean && record.findings) ||
	    (!record.inventory && record.findings && !unit->side->base))
		return false;
	use_record(&record);
	return true;
}

/* -- writing a record ---------------------------------------------------------------------- */

/* Would every run say the same of it? */
static bool is_settled(const struct ra_file_report *report)
{
	if (report->status == RA_FILE_FAILED ||
	    ra_str_starts(report->reason, RA_STR("needs more than")))
		return false;
	for (size_t i = 0; i < report->notes.n; i++)
		if (ra_str_starts(report->notes.v[i], RA_STR("audited without '")) &&
		    ra_str_ends(report->notes.v[i], RA_STR("takes too long")))
			return false;
	return true;
}

static bool may_keep(const struct unit *unit)
{
	const struct side *side = unit->side;
	const struct ra_trace *trace = side->tree.run->trace;
	size_t edges = unit->edges, uses = unit->uses, sources = unit->sources, done = 0;

	for (size_t i = 0; i < unit->n; i++) {
		if (side->done[unit->files[i]] && !is_settled(&side->reports[unit->files[i]]))
			return false;
		done += side->done[unit->files[i]];
	}
	/* what a source left behind that did not come to its end */
	for (size_t i = 0; i < trace->groups.n; i++) {
		edges += trace->groups.v[i].n_edges;
		uses += trace->groups.v[i].n_uses;
		sources += trace->groups.v[i].sources;
	}
	return done && !trace->unsettled && edges == side->orders.edges.n && uses == side->orders.uses.n &&
	       sources == side->orders.sources && edges < ORDERS_MAX && uses < ORDERS_MAX;
}

/* 1 + the position of a file among those that are done; 0 for none. */
static uint32_t position_in_record(const struct unit *unit, size_t file)
{
	uint32_t at = 0;

	for (size_t i = 0; i < unit->n; i++) {
		at += unit->side->done[unit->files[i]];
		if (unit->files[i] == file && unit->side->done[file])
			return at;
	}
	return 0;
}

static void write_group(struct unit *unit, struct ra_pack *pack, const struct ra_group *from)
{
	struct side *side = unit->side;
	struct ra_arena *arena = &side->tree.run->trace->arena;
	struct group group = { .key = from->key, .twin = from->twin, .sources = from->sources };

	for (size_t i = 0; i < from->n; i++)
		*ra_vec_push(arena, &group.parts) = position_in_record(unit, from->files[i]);
	for (size_t i = 0; i < from->n_edges; i++) {
		const struct ra_order_edge *edge = &side->orders.edges.v[from->edge + i];
		size_t file = edge->report ? (size_t)(edge->report - side->reports) : SIZE_MAX;

		*ra_vec_push(arena, &group.edges) = (struct edge){
			position_in_record(unit, file), *edge };
	}
	for (size_t i = 0; i < from->n_uses; i++)
		*ra_vec_push(arena, &group.uses) = side->orders.uses.v[from->use + i];
	pack_group(pack, &group);
}

static void write_record(struct unit *unit, struct ra_pack *pack)
{
	struct side *side = unit->side;
	const struct ra_trace *trace = side->tree.run->trace;
	bool inventory = !side->base;
	size_t n = 0;

	ra_pack_flag(pack, &inventory);
	for (size_t i = 0; i < unit->n; i++)
		n += side->done[unit->files[i]];
	ra_pack_count(pack, n);
	for (size_t i = 0; i < unit->n; i++) {
		struct ra_file_report *report = &side->reports[unit->files[i]];
		struct ra_str name = name_of(ra_side_path(side, unit->files[i]));
		bool known = ra_file_is_known(report->status);

		if (!side->done[unit->files[i]])
			continue;
		ra_pack_text(pack, &name);
		ra_pack_flag(pack, &known);
		ra_pack_report(pack, report, unit->notes[i]);
	}
	ra_pack_count(pack, trace->groups.n);
	for (size_t i = 0; i < trace->groups.n; i++)
		write_group(unit, pack, &trace->groups.v[i]);
}

static void note_state(struct unit *unit, struct ra_arena *arena)
{
	const struct side *side = unit->side;

	unit->notes = ra_new_array(arena, size_t, unit->n);
	for (size_t i = 0; i < unit->n; i++)
		unit->notes[i] = side->reports[unit->files[i]].notes.n;
	unit->edges = side->orders.edges.n;
	unit->uses = side->orders.uses.n;
	unit->sources = side->orders.sources;
}

/* -- a file -------------------------------------------------------------------------------- */

/* The rows that its imports come to now; false when nobody knows what it imports. */
static bool find_rows(struct unit *unit, struct ra_key *key)
{
	struct run *run = unit->side->tree.run;
	struct ra_key at = key_step(&run->file, &unit->key, "imports", NULL), rows;
	RA_VEC(struct ra_import) imports = { 0 };
	struct ra_pack pack = { 0 };
	struct ra_str bytes;
	uint64_t digest;

	if (!ra_cache_get(run->cache, &run->file, &at, &bytes))
		return false;
	ra_pack_read(&pack, &run->file, bytes);
	ra_pack_list(&pack, &imports, ra_pack_import);
	if (pack.failed)
		return false;
	rows = ra_exports_key(&unit->side->tree, &run->file, unit->lang, unit->path, imports.v,
			      imports.n, &digest);
	*key = key_step(&run->file, &unit->key, "rows", &rows);
	return true;
}

/* What it asks about locks; when that is nothing its record follows. */
static bool find_answers(struct unit *unit, const struct ra_key *key)
{
	struct run *run = unit->side->tree.run;
	RA_VEC(struct ra_question) questions = { 0 };
	struct ra_pack pack = { 0 };
	struct ra_keying keying;
	struct ra_key answers;
	struct ra_str bytes;

	if (!ra_cache_get(run->cache, &run->file, key, &bytes))
		return false;
	ra_pack_read(&pack, &run->file, bytes);
	ra_pack_list(&pack, &questions, pack_question);
	if (pack.failed)
		return false;
	if (!questions.n)
		return find_record(unit, NULL, pack.rest, false);
	ra_keying_init(&keying, &run->file);
	for (size_t i = 0; i < questions.n; i++) {
		struct ra_question *q = &questions.v[i];

		q->found = ra_exports_locate(&unit->side->tree, &run->file, q->from, q->module,
					     q->name, &q->path, &q->inner);
		key_answer(&keying, q->found, q->path, q->inner);
	}
	answers = ra_keying_done(&keying);
	answers = key_step(&run->file, key, "answers", &answers);
	return find_record(unit, &answers, RA_STR(""), false);
}

/* Runs inside a try of the file arena. */
static int find_file(void *arg)
{
	struct unit *unit = arg;
	struct ra_key key;

	key_file(unit, &unit->side->tree.run->file);
	key = unit->key;
	if (unit->keyed && (!unit->asks || find_rows(unit, &key)))
		unit->found = find_answers(unit, &key);
	return RA_OK;
}

static void keep_file(struct unit *unit)
{
	struct run *run = unit->side->tree.run;
	struct ra_trace *trace = run->trace;
	struct ra_key key = unit->key, at = key_step(&trace->arena, &key, "imports", NULL), answers;
	struct ra_pack pack = { 0 };
	struct ra_keying keying;

	if (unit->asks) {
		ra_pack_write(&pack, &trace->arena);
		ra_pack_list(&pack, &trace->imports, ra_pack_import);
		ra_cache_put(run->cache, &at, ra_buf_str(&pack.out));
		if (!trace->imports.n) {
			ra_keying_init(&keying, &trace->arena);
			trace->rows = ra_keying_done(&keying);
		}
		key = key_step(&trace->arena, &key, "rows", &trace->rows);
	}
	ra_pack_write(&pack, &trace->arena);
	ra_pack_list(&pack, &trace->questions, pack_question);
	if (trace->questions.n) {
		ra_cache_put(run->cache, &key, ra_buf_str(&pack.out));
		ra_keying_init(&keying, &trace->arena);
		for (size_t i = 0; i < trace->questions.n; i++)
			key_answer(&keying, trace->questions.v[i].found,
				   trace->questions.v[i].path, trace->questions.v[i].inner);
		answers = ra_keying_done(&keying);
		key = key_step(&trace->arena, &key, "answers", &answers);
		ra_pack_write(&pack, &trace->arena);
	}
	write_record(unit, &pack);
	ra_cache_put(run->cache, &key, ra_buf_str(&pack.out));
}

/* One whose bytes alone say its language was keyed without the settings of that. */
static bool is_of_its_suffix(const struct unit *unit)
{
	return unit->side->reports[unit->files[0]].lang == unit->lang;
}

void ra_kept_file(struct side *side, size_t index)
{
	struct run *run = side->tree.run;
	struct unit unit = { .side = side, .files = &index, .n = 1,
			     .path = ra_side_path(side, index) };
	struct ra_error full;

	if (run->cache) {
		reset_trace(run->trace);
		ra_arena_reset(&run->file);
		if (ra_arena_try(&run->file, find_file, &unit, &full))
			unit.keyed = unit.found = false;
		if (unit.found)
			return;
		reset_trace(run->trace); /* of what it asked */
		note_state(&unit, &run->trace->arena);
	}
	ra_side_alone(side, index, NULL);
	if (unit.keyed && may_keep(&unit) && is_of_its_suffix(&unit))
		keep_file(&unit);
}

/* -- a package ----------------------------------------------------------------------------- */

static bool is_refused(const struct side *side, struct ra_str path)
{
	const struct ra_git_file *file = ra_git_selected(&side->tree.run->selection, path);

	return !side->base && file && (file->skip || file->others);
}

static bool is_selected(const struct side *side, struct ra_str path)
{
	size_t i = ra_side_first(side, ra_path_directory(path));

	while (i != SIZE_MAX && !ra_str_eq(ra_side_path(side, i), path))
		i = side->next[i];
	return i != SIZE_MAX;
}

static void key_head(struct unit *unit, struct ra_keying *keying)
{
	struct side *side = unit->side;
	struct run *run = side->tree.run;
	struct ra_str any = ra_side_path(side, unit->files[0]);

	ra_keying_init(keying, &run->file);
	ra_keying_key(keying, &run->settings[unit->lang]);
	ra_keying_text(keying, RA_STR("package"));
	ra_keying_number(keying, unit->lang);
	ra_keying_number(keying, ra_version_at(&side->tree, &run->file, unit->lang, any));
	ra_keying_text(keying, unit->path);
}

/* A name and its bytes; and is it audited, read beside, or left out? */
static void key_member(struct unit *unit, const struct ra_git_file *file, struct ra_keying *exact,
		       struct ra_keying *whole)
{
	bool refused = file->skip || is_refused(unit->side, file->path);
	bool selected = !refused && is_selected(unit->side, file->path);
	struct ra_keying *both[] = { exact, whole };

	unit->keyed &= file->blob.hex[0] != '\0';
	unit->partial |= !refused && !selected;
	for (size_t i = 0; i < 2; i++) {
		ra_keying_text(both[i], name_of(file->path));
		ra_keying_text(both[i], ra_str(file->blob.hex));
		ra_keying_number(both[i], refused ? 2 : !i && !selected);
	}
}

static void key_package(struct unit *unit)
{
	struct side *side = unit->side;
	struct run *run = side->tree.run;
	struct ra_keying exact, whole;
	struct ra_git_file *files;
	struct ra_error unread;
	size_t n;

	key_head(unit, &exact);
	key_head(unit, &whole);
	unit->keyed = side->base < 2 && !ra_lang_imports_files(unit->lang) &&
		      ra_files_list(&side->tree, &run->file, unit->path, &files, &n,
				    &unread) == RA_OK;
	for (size_t i = 0; unit->keyed && i < n; i++)
		if (ra_source_lang(files[i].path, RA_STR("")) == unit->lang)
			key_member(unit, &files[i], &exact, &whole);
	unit->key = ra_keying_done(&exact);
	unit->subset = ra_keying_done(&whole);
}

/* Runs inside a try of the file arena. */
static int find_package(void *arg)
{
	struct unit *unit = arg;

	key_package(unit);
	unit->found = unit->keyed &&
		      (find_record(unit, &unit->key, RA_STR(""), false) ||
		       (unit->partial && find_record(unit, &unit->subset, RA_STR(""), true)));
	return RA_OK;
}

/* Those of the directory that are in the language, and not done. */
static void list_package(struct unit *unit, struct ra_arena *arena)
{
	struct side *side = unit->side;
	size_t n = 0;

	for (size_t i = ra_side_first(side, unit->path); i != SIZE_MAX; i = side->next[i])
		n++;
	unit->files = ra_new_array(arena, size_t, n);
	for (size_t i = ra_side_first(side, unit->path); i != SIZE_MAX; i = side->next[i])
		if (!side->done[i] &&
		    ra_source_lang(ra_side_path(side, i), RA_STR("")) == unit->lang)
			unit->files[unit->n++] = i;
}

void ra_kept_package(struct side *side, size_t index)
{
	struct run *run = side->tree.run;
	struct ra_str path = ra_side_path(side, index);
	struct unit unit = { .side = side, .path = ra_path_directory(path),
			     .lang = ra_source_lang(path, RA_STR("")) };
	struct ra_error full;

	if (run->cache) {
		reset_trace(run->trace);
		list_package(&unit, &run->trace->arena);
		ra_arena_reset(&run->file);
		if (ra_arena_try(&run->file, find_package, &unit, &full))
			unit.keyed = unit.found = false;
		if (unit.found)
			return;
		note_state(&unit, &run->trace->arena);
	}
	ra_package_audit(side, index);
	if (unit.keyed && may_keep(&unit)) {
		struct ra_pack pack = { 0 };

		ra_pack_write(&pack, &run->trace->arena);
		write_record(&unit, &pack);
		ra_cache_put(run->cache, &unit.key, ra_buf_str(&pack.out));
	}
}

/* -- the command --------------------------------------------------------------------------- */

static void describe(const struct ra_cache_stats *stats, size_t ceiling, struct ra_buf *text)
{
	ra_buf_addf(text, "path     %s\n", stats->path);
	if (!stats->there) {
		ra_buf_adds(text, "entries  none: there is no cache yet\n");
		return;
	}
	ra_buf_addf(text, "entries  %zu, %zu of them of another build of the program\n",
		    stats->entries, stats->stale);
	ra_buf_addf(text, "size     %.1f MiB", (double)stats->bytes / (1 << 20));
	if (ceiling)
		ra_buf_addf(text, " of %.1f MiB", (double)ceiling / (1 << 20));
	ra_buf_adds(text, "\n");
}

int ra_audit_cache(struct ra_arena *arena, const struct ra_audit_options *options,
		   enum ra_cache_action action, struct ra_buf *text, struct ra_error *err)
{
	struct ra_git_options where = { .git_dir = options->git_dir,
					.directory = options->directory };
	struct ra_cache_stats stats;
	struct ra_git *git = NULL;
	const char *dir;
	int rc = ra_git_open(&where, &git, err);

	if (rc)
		return rc;
	dir = ra_cstr(arena, ra_str(ra_git_common_dir(git)));
	ra_git_close(git);
	if (action == RA_CACHE_CLEAR)
		return ra_cache_clear(arena, dir, err);
	if (action == RA_CACHE_GC)
		rc = ra_cache_collect(arena, dir, options->cache_size, err);
	rc = rc ? rc : ra_cache_look(arena, dir, &stats, err);
	if (!rc)
		describe(&stats, options->cache_size, text);
	return rc;
}
