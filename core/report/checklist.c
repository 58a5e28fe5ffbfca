/*
 * The checklist: which items a run answers, and how, and which it raises.
 *
 *     well     nothing speaks against it, of what was looked at
 *     badly    findings or questions speak against it
 *     old      only findings that are not shown do: from before the change, or below a threshold
 *     unknown  not all rules were run
 *     asked    the change touches what only a person can judge
 *     idle     there is nothing of the kind in what was read
 *     open     for people, and nothing in the change raises it
 *
 * A finding answers one item: the first that names its rule, else the first that names its type.
 * The evidence of an item is a digest of what it rests on, without lines: a tick on it holds as
 * long as that is the same.
 */
#include "core/report/internal.h"

enum { PLACES_MAX = 200 /* of one item */, SHORT_DIGEST = 12 };

struct answering {
	struct ra_model *model;
	struct ra_json *json;
	const struct ra_items *items;
	json_t *list;             /* of the items, in the order of the table */
	uint32_t langs;           /* of what was audited */
	size_t files;
	uint64_t blobs;           /* of the files that were audited */
};

/* -- which item a finding answers ---------------------------------------------------------- */

static bool has_word(const struct ra_words *words, struct ra_str word)
{
	for (size_t i = 0; i < words->n; i++)
		if (ra_str_eq(words->v[i], word))
			return true;
	return false;
}

static bool is_for(const struct ra_item *item, struct ra_str lang)
{
	if (!item->langs)
		return true;
	for (int i = RA_LANG_NONE + 1; i < RA_LANG_COUNT; i++)
		if (item->langs & 1u << i && ra_str_is(lang, ra_lang_name((enum ra_lang)i)))
			return true;
	return false;
}

static size_t item_of(const struct ra_items *items, struct ra_str rule, struct ra_str type,
		      struct ra_str lang)
{
	size_t by_type = items->list.n;

	for (size_t i = 0; i < items->list.n; i++) {
		const struct ra_item *item = &items->list.v[i];

		if (!is_for(item, lang))
			continue;
		if (has_word(&item->rules, rule))
			return i;
		if (by_type == items->list.n && has_word(&item->types, type))
			by_type = i;
	}
	return by_type;
}

/* -- evidence ------------------------------------------------------------------------------ */

static uint64_t mix(struct ra_json *json, uint64_t digest, struct ra_str text)
{
	return ra_str_hash(ra_printf(json->arena, "%016llx %.*s", (unsigned long long)digest,
				     RA_FMT(text)));
}

/* Digests are numbers in JSON as little as anything of 64 bits is: kept as text. */
static uint64_t digest_of(const json_t *row)
{
	return (uint64_t)json_integer_value(json_object_get(row, "digest"));
}

static void add_evidence(struct answering *a, json_t *row, struct ra_str text)
{
	ra_json_put(a->json, row, "digest",
		    json_integer((json_int_t)mix(a->json, digest_of(row), text)));
}

/* -- places -------------------------------------------------------------------------------- */

static json_t *add_place(struct answering *a, json_t *row, struct ra_str path, size_t line,
			 struct ra_str text)
{
	json_t *places = json_object_get(row, "places"), *place;

	if (json_array_size(places) >= PLACES_MAX)
		return NULL;
	place = ra_json_object(a->json, places, NULL);
	ra_json_text(a->json, place, "path", path);
	ra_json_number(a->json, place, "line", line);
	ra_json_text(a->json, place, "text", text);
	return place;
}

static size_t severity_of(const json_t *finding)
{
	int severity = ra_severity_named(ra_json_get(finding, "severity"));

	return severity < 0 ? 0 : (size_t)severity;
}

/* One that has to be answered before anything is merged. */
static bool is_grave(const json_t *finding)
{
	return !json_object_get(finding, "question") && severity_of(finding) > RA_SEV_LOW &&
	       !json_is_true(json_object_get(finding, "test"));
}

static void raise_number(struct answering *a, json_t *row, const char *key, size_t number)
{
	if (number > ra_json_count(row, key))
		ra_json_number(a->json, row, key, number);
}

static json_t *row_of(struct answering *a, const json_t *finding)
{
	return json_array_get(a->list, item_of(a->items, ra_json_get(finding, "rule"),
					       ra_json_get(finding, "race_type"),
					       ra_json_get(finding, "language")));
}

static void add_suppressed(struct answering *a)
{
	json_t *items = json_object_get(a->model->root, "suppressed"), *item;
	size_t i;

	json_array_foreach(items, i, item) {
		json_t *row = row_of(a, item);

		if (row)
			ra_json_number(a->json, row, "suppressed",
				       ra_json_count(row, "suppressed") + 1);
	}
}

static void add_finding(struct answering *a, const json_t *finding)
{
	struct ra_str question = ra_json_get(finding, "question");
	json_t *row = row_of(a, finding), *place;

	if (!row || ra_str_is(ra_json_get(finding, "state"), "fixed") ||
	    (question.len && json_is_true(json_object_get(finding, "test"))))
		return;
	ra_arena_reset(a->json->arena);
	ra_json_number(a->json, row, "count", ra_json_count(row, "count") + 1 +
					      ra_json_count(finding, "more_places"));
	if (is_grave(finding)) {
		ra_json_flag(a->json, row, "must", true);
		raise_number(a, row, "weight", severity_of(finding));
	}
	add_evidence(a, row, ra_json_get(finding, "fingerprint"));
	place = add_place(a, row, ra_json_get(finding, "path"), ra_json_count(finding, "line"),
			  question.len ? question : ra_json_get(finding, "message"));
	if (!place)
		return;
	ra_json_text(a->json, place, "finding", ra_json_get(finding, "id"));
	ra_json_text(a->json, place, "report", ra_json_get(finding, "report"));
	ra_json_text(a->json, place, "anchor", ra_json_get(finding, "anchor"));
}

static void add_findings(struct answering *a, const char *list)
{
	json_t *items = json_object_get(a->model->root, list), *item;
	size_t i;

	json_array_foreach(items, i, item)
		add_finding(a, item);
}

/* -- what was looked at -------------------------------------------------------------------- */

static bool asks_person(const struct ra_item *item)
{
	return item->asks == RA_ASKS_PERSON || item->asks == RA_ASKS_LONG;
}

/* A finding says more of the line than a question could. */
static bool is_of_finding(const struct ra_file_report *file, uint32_t line)
{
	for (size_t i = 0; i < file->findings.n; i++) {
		const struct ra_finding *finding = &file->findings.v[i];

		if (finding->state == RA_STATE_FIXED)
			continue;
		if (line >= finding->line && line <= finding->end_line)
			return true;
		for (size_t k = 0; k < finding->events.n; k++)
			if (!finding->events.v[k].path.len && line == finding->events.v[k].line)
				return true;
	}
	return false;
}

static void add_touched(struct answering *a, const struct ra_item *item, json_t *row,
			const struct ra_file_report *file)
{
	for (size_t i = 0; i < file->looked.places.n; i++) {
		const struct ra_looked_place *place = &file->looked.places.v[i];
		json_t *object;

		if (!(item->looks & 1u << place->look) ||
		    (asks_person(item) && is_of_finding(file, place->line)))
			continue;
		ra_arena_reset(a->json->arena);
		ra_json_number(a->json, row, "touched", ra_json_count(row, "touched") + 1);
		if (item->asks == RA_ASKS_VERIFY && place->unit.len &&
		    !ra_json_get(row, "unit").len)
			ra_json_text(a->json, row, "unit", place->unit);
		if (!asks_person(item))
			continue;
		add_evidence(a, row, place->text);
		object = add_place(a, row, file->path, place->line, RA_STR(""));
		if (!object)
			continue;
		ra_json_text(a->json, object, "unit", place->unit);
		ra_json_text(a->json, object, "code_line", place->text);
	}
}

static void add_file(struct answering *a, const struct ra_file_report *file)
{
	struct ra_str lang = ra_str(ra_lang_name(file->lang));

	if (file->status != RA_FILE_AUDITED && file->status != RA_FILE_CACHED)
		return;
	a->files++;
	a->langs |= 1u << file->lang;
	ra_arena_reset(a->json->arena);
	a->blobs = mix(a->json, a->blobs, file->blob.len ? file->blob : file->path);
	for (size_t i = 0; i < a->items->list.n; i++) {
		const struct ra_item *item = &a->items->list.v[i];
		json_t *row = json_array_get(a->list, i);

		if (!is_for(item, lang))
			continue;
		ra_json_number(a->json, row, "files", ra_json_count(row, "files") + 1);
		if (item->look >= 0)
			ra_json_number(a->json, row, "of", ra_json_count(row, "of") +
							   file->looked.n[item->look]);
		add_touched(a, item, row, file);
	}
	for (size_t i = 0; i < file->hidden.n; i++) {
		const struct ra_card *card = file->hidden.v[i];
		json_t *row = json_array_get(a->list, item_of(a->items, card->id,
							      ra_str(card->type->name), lang));

		if (row)
			ra_json_number(a->json, row, "hidden", ra_json_count(row, "hidden") + 1);
	}
}

/* -- guards -------------------------------------------------------------------------------- */

static json_t *guards_row(const struct answering *a)
{
	for (size_t i = 0; i < a->items->list.n; i++)
		if (a->items->list.v[i].asks == RA_ASKS_GUARDS)
			return json_array_get(a->list, i);
	return NULL;
}

static void add_guards(struct answering *a, json_t *guards, const struct ra_file_report *file)
{
	json_t *row = guards_row(a);

	for (size_t i = 0; i < file->changed_guards.n; i++) {
		const struct ra_changed_guard *guard = &file->changed_guards.v[i];
		struct ra_str change = ra_str(ra_guard_change_name(guard->change));
		json_t *object = ra_json_object(a->json, guards, NULL);

		ra_arena_reset(a->json->arena);
		ra_json_path(a->json, object, "path", file->path);
		ra_json_number(a->json, object, "line", guard->line);
		ra_json_text(a->json, object, "unit", guard->unit);
		ra_json_text(a->json, object, "guard", guard->lock);
		ra_json_text(a->json, object, "change", change);
		ra_json_text(a->json, object, "before", guard->before);
		ra_json_text(a->json, object, "after", guard->after);
		ra_json_text(a->json, object, "why", guard->why);
		if (!row)
			continue;
		add_evidence(a, row, ra_printf(a->json->arena, "%.*s %.*s %.*s",
					       RA_FMT(guard->lock), RA_FMT(guard->unit),
					       RA_FMT(change)));
		ra_json_number(a->json, row, "count", ra_json_count(row, "count") + 1);
		ra_json_flag(a->json, row, "must", true);
		add_place(a, row, file->path, guard->line,
			  ra_printf(a->json->arena, "`%.*s` is %.*s: %.*s", RA_FMT(guard->lock),
				    RA_FMT(change), RA_FMT(guard->why)));
	}
}

/* -- answers ------------------------------------------------------------------------------- */

static bool is_answered_badly(const struct answering *a, const struct ra_item *item)
{
	for (size_t i = 0; i < a->items->list.n; i++)
		if (has_word(&item->see, a->items->list.v[i].id) &&
		    ra_json_count(json_array_get(a->list, i), "count"))
			return true;
	return false;
}

static const char *state_of(const struct answering *a, const struct ra_item *item,
			    const json_t *row)
{
	bool facts = item->asks == RA_ASKS_FACTS || item->asks == RA_ASKS_GUARDS;

	if (ra_json_count(row, "count"))
		return "badly";
	if (ra_json_count(row, "hidden"))
		return "old";
	if (!facts)
		return ra_json_count(row, "touched") ? "asked" : "open";
	if (a->model->input->some_rules)
		return "unknown";
	if (!ra_json_count(row, "files"))
		return "idle";
	if (is_answered_badly(a, item))
		return "open";
	return item->look < 0 || ra_json_count(row, "of") ? "well" : "idle";
}

static const char *noun(const struct ra_look_kind *kind, size_t n)
{
	return n == 1 ? kind->one : kind->many;
}

/* "2 of 9 started tasks are not tracked" */
static void add_bad(struct ra_buf *out, const struct ra_item *item, size_t n, size_t of)
{
	const struct ra_look_kind *kind = item->look < 0 ? NULL
							: ra_look_kind((unsigned)item->look);
	const char *verb = n == 1 ? "is" : "are";

	if (kind && of >= n)
		ra_buf_addf(out, "%zu of %zu %s %s %.*s", n, of, noun(kind, of), verb,
			    RA_FMT(item->bad));
	else if (item->bad.len)
		ra_buf_addf(out, "%zu place%s %s %.*s", n, n == 1 ? "" : "s", verb,
			    RA_FMT(item->bad));
	else
		ra_buf_addf(out, "%zu", n);
}

static void add_looked(struct ra_buf *out, const struct ra_item *item, const json_t *row)
{
	size_t files = ra_json_count(row, "files"), of = ra_json_count(row, "of");

	if (item->look >= 0)
		ra_buf_addf(out, "%zu %s in ", of, noun(ra_look_kind((unsigned)item->look), of));
	ra_buf_addf(out, "%zu file%s looked at", files, files == 1 ? "" : "s");
}

static void add_idle(struct ra_buf *out, size_t files)
{
	if (files)
		ra_buf_addf(out, "nothing of the kind in %zu file%s", files, files == 1 ? "" : "s");
	else
		ra_buf_adds(out, "no file of its languages");
}

static void add_asked(struct ra_buf *out, const struct ra_item *item, size_t n)
{
	static const struct ra_look_kind any = { "", "place", "places" };
	bool several = item->looks & (item->looks - 1);

	ra_buf_addf(out, "%zu %s in changed lines", n,
		    noun(several ? &any : ra_look_kind((unsigned)item->look), n));
}

static struct ra_str answer_of(struct answering *a, const struct ra_item *item, const json_t *row,
			       const char *state)
{
	struct ra_buf out;

	ra_buf_init(&out, a->json->arena);
	if (strcmp(state, "badly") == 0 && item->asks == RA_ASKS_GUARDS)
		ra_buf_addf(&out, "%zu guard%s changed", ra_json_count(row, "count"),
			    ra_json_count(row, "count") == 1 ? " is" : "s are");
	else if (strcmp(state, "badly") == 0)
		add_bad(&out, item, ra_json_count(row, "count"), ra_json_count(row, "of"));
	else if (strcmp(state, "asked") == 0 && asks_person(item))
		add_asked(&out, item, ra_json_count(row, "touched"));
	else if (strcmp(state, "well") == 0)
		add_looked(&out, item, row);
	else if (strcmp(state, "idle") == 0)
		add_idle(&out, ra_json_count(row, "files"));
	else if (strcmp(state, "old") == 0)
		ra_buf_addf(&out, "Not by this change: %zu of before, or below a threshold",
			    ra_json_count(row, "hidden"));
	else if (strcmp(state, "unknown") == 0)
		ra_buf_adds(&out, "Not all rules were run");
	if (ra_json_count(row, "suppressed"))
		ra_buf_addf(&out, "%s%zu suppressed by a comment", out.len ? ", " : "",
			    ra_json_count(row, "suppressed"));
	return ra_buf_str(&out);
}

/* A tick on what rests on no place holds for the files as they were read. */
static void put_evidence(struct answering *a, json_t *row)
{
	uint64_t digest = digest_of(row);

	if (!json_array_size(json_object_get(row, "places")))
		digest = a->blobs;
	json_object_del(row, "digest");
	ra_json_text(a->json, row, "evidence",
		     ra_str_n(ra_printf(a->json->arena, "%016llx", (unsigned long long)digest).ptr,
			      SHORT_DIGEST));
}

/* -- commands ------------------------------------------------------------------------------ */

/* A word that a shell takes as it is. */
static struct ra_str quoted(struct ra_json *json, struct ra_str text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._/@+";
	bool bare = text.len > 0;
	struct ra_buf out;

	ra_buf_init(&out, json->arena);
	for (size_t i = 0; i < text.len; i++)
		bare = bare && memchr(plain, text.ptr[i], sizeof(plain) - 1);
	ra_buf_adds(&out, bare ? "" : "'");
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\'')
			ra_buf_adds(&out, "'\\''");
		else
			ra_buf_addc(&out, text.ptr[i]);
	ra_buf_adds(&out, bare ? "" : "'");
	return ra_buf_str(&out);
}

/* Directories of the files that were audited in these languages, each once. */
static void put_dirs(struct answering *a, json_t *values, uint32_t langs)
{
	json_t *list = ra_json_array(a->json, values, "dirs");
	struct ra_str last = RA_STR("\n");

	for (size_t f = 0; f < a->model->input->n_files; f++) {
		const struct ra_file_report *file = &a->model->input->files[f];
		struct ra_str directory = ra_path_directory(file->path);

		if (!(langs & 1u << file->lang) || ra_str_eq(directory, last) ||
		    (file->status != RA_FILE_AUDITED && file->status != RA_FILE_CACHED))
			continue;
		last = directory;
		ra_json_text(a->json, list, NULL,
			     quoted(a->json, ra_printf(a->json->arena, "./%.*s",
						       RA_FMT(directory))));
	}
}

/* The unit to be called: one of the findings, else one that was touched. */
static struct ra_str unit_for(struct answering *a, const json_t *row, uint32_t langs)
{
	json_t *findings = json_object_get(a->model->root, "findings"), *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		struct ra_str unit = ra_json_get(finding, "unit");

		for (int lang = 0; unit.len && lang < RA_LANG_COUNT; lang++)
			if (langs & 1u << lang &&
			    ra_str_is(ra_json_get(finding, "language"),
				      ra_lang_name((enum ra_lang)lang)) &&
			    !json_is_true(json_object_get(finding, "test")) &&
			    !ra_str_is(ra_json_get(finding, "state"), "fixed"))
				return unit;
	}
	return ra_json_get(row, "unit").len ? ra_json_get(row, "unit") : RA_STR("the_unit");
}

/* As it is called from outside; what stands in it is called by it. */
static struct ra_str callable(struct ra_json *json, struct ra_str unit, uint32_t langs)
{
	ptrdiff_t inner = ra_str_find(unit, RA_STR(".<"));
	struct ra_buf out;

	if (inner > 0)
		unit.len = (size_t)inner;
	if (!(langs & 1u << RA_LANG_RUST))
		return unit;
	ra_buf_init(&out, json->arena);
	for (size_t i = 0; i < unit.len; i++)
		if (unit.ptr[i] == '.')
			ra_buf_adds(&out, "::");
		else
			ra_buf_addc(&out, unit.ptr[i]);
	return ra_buf_str(&out);
}

static int put_runs(struct answering *a, const struct ra_item *item, json_t *row)
{
	json_t *runs = ra_json_array(a->json, row, "runs");

	for (size_t i = 0; i < item->runs.n; i++) {
		const struct ra_item_run *run = &item->runs.v[i];
		json_t *values = a->model->values, *object;
		struct ra_buf text;
		int rc;

		if (!(run->langs & a->langs))
			continue;
		ra_arena_reset(a->json->arena);
		json_object_clear(values);
		put_dirs(a, values, run->langs);
		ra_json_text(a->json, values, "unit",
			     callable(a->json, unit_for(a, row, run->langs), run->langs));
		ra_buf_init(&text, a->json->arena);
		rc = ra_mustache(a->json->arena, run->text, values, NULL, RA_ESCAPE_NONE, &text,
				 a->model->err);
		if (rc)
			return ra_wrap(a->model->err, "checklist item '%.*s'", RA_FMT(item->id));
		object = ra_json_object(a->json, runs, NULL);
		ra_json_text(a->json, object, "language", run->lang);
		ra_json_text(a->json, object, "text", ra_str_trim(ra_buf_str(&text)));
	}
	return RA_OK;
}

/* -- the whole ----------------------------------------------------------------------------- */

static void start_row(struct answering *a, const struct ra_item *item)
{
	static const char *const by[] = { "facts", "person", "person", "guards", "verify" };
	json_t *row = ra_json_object(a->json, a->list, NULL);

	ra_json_text(a->json, row, "id", item->id);
	ra_json_text(a->json, row, "group", item->group);
	ra_json_text(a->json, row, "group_title", item->group_title);
	ra_json_text(a->json, row, "question", item->ask);
	ra_json_text(a->json, row, "statement", item->good);
	ra_json_text(a->json, row, "settles", item->settles);
	ra_json_text(a->json, row, "asks", ra_str(by[item->asks]));
	ra_json_flag(a->json, row, "must", false);
	ra_json_flag(a->json, row, "long", item->asks == RA_ASKS_LONG);
	ra_json_number(a->json, row, "count", 0);
	ra_json_number(a->json, row, "of", 0);
	ra_json_number(a->json, row, "files", 0);
	ra_json_number(a->json, row, "touched", 0);
	ra_json_number(a->json, row, "weight", 0);
	ra_json_number(a->json, row, "hidden", 0);
	ra_json_number(a->json, row, "suppressed", 0);
	ra_json_text(a->json, row, "unit", RA_STR(""));
	ra_json_array(a->json, row, "places");
}

static void end_row(struct answering *a, const struct ra_item *item, json_t *row)
{
	const char *state = state_of(a, item, row);
	json_t *see = ra_json_array(a->json, row, "see");

	ra_arena_reset(a->json->arena);
	ra_json_text(a->json, row, "state", ra_str(state));
	ra_json_text(a->json, row, "answer", answer_of(a, item, row, state));
	for (size_t i = 0; i < item->see.n; i++)
		ra_json_text(a->json, see, NULL, item->see.v[i]);
	put_evidence(a, row);
}

static void answer(struct answering *a, json_t *checklist)
{
	const struct ra_report_input *input = a->model->input;
	json_t *guards = ra_json_array(a->json, checklist, "changed_guards");

	for (size_t i = 0; i < a->items->list.n; i++)
		start_row(a, &a->items->list.v[i]);
	for (size_t f = 0; f < input->n_files; f++) {
		add_file(a, &input->files[f]);
		add_guards(a, guards, &input->files[f]);
	}
	add_findings(a, "findings");
	add_findings(a, "questions");
	add_suppressed(a);
	for (size_t i = 0; i < a->items->list.n && !a->model->rc; i++) {
		json_t *row = json_array_get(a->list, i);

		a->model->rc = put_runs(a, &a->items->list.v[i], row);
		end_row(a, &a->items->list.v[i], row);
	}
}

void ra_model_checklist(struct ra_model *model)
{
	struct answering a = { .model = model, .json = &model->json,
			       .items = model->input->items };
	json_t *checklist;

	if (!a.items) {
		ra_json_put(a.json, model->root, "checklist", json_null());
		return;
	}
	checklist = ra_json_object(a.json, model->root, "checklist");
	ra_json_flag(a.json, checklist, "long", model->input->checklist_long);
	a.list = ra_json_array(a.json, checklist, "items");
	answer(&a, checklist);
	ra_json_number(a.json, checklist, "files", a.files);
}
