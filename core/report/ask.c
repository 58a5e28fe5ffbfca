/*
 * The page of the checklist: which items it shows, with what people wrote into the page before.
 *
 * An item is shown with the tick and the notes that it had, while its evidence is the same. When it
 * is another one the tick is taken away and the item says so, until somebody ticks it anew; notes
 * stay. An item with notes that is not raised any more is listed at the end, so that nothing that
 * a person wrote gets lost.
 */
#include "core/report/internal.h"

enum {
	RAISED_MAX = 12,    /* items of a short list */
	PLACES_MAX = 4,     /* of an item in it */
	FILES_MAX = 20,     /* that were not read */
	NOTED_MAX = 3       /* of which one thing is noted */
};

#define TARGET "#concurrency-checklist"

struct asking {
	struct ra_json *json;
	json_t *view;
	const json_t *checklist;
	struct ra_ticks old;
	bool *used;               /* by index in `old` */
	bool all;
};

/* -- one item ------------------------------------------------------------------------------ */

static const struct ra_tick *tick_of(struct asking *a, struct ra_str id)
{
	for (size_t i = 0; i < a->old.list.n; i++)
		if (ra_str_eq(a->old.list.v[i].id, id) && !a->used[i]) {
			a->used[i] = true;
			return &a->old.list.v[i];
		}
	return NULL;
}

/* Without the word that marked it as a note. */
static struct ra_str note_text(const struct ra_tick_block *block)
{
	static const struct ra_str marks[] = { RA_STR_INIT("Note: "),
					       RA_STR_INIT("Note, stale: ") };
	struct ra_str text = block->text;

	for (size_t i = 0; !block->code && i < sizeof(marks) / sizeof(*marks); i++)
		if (ra_str_starts(text, marks[i]))
			return ra_str_n(text.ptr + marks[i].len, text.len - marks[i].len);
	return text;
}

static size_t put_notes(struct asking *a, json_t *item, const struct ra_tick *tick, bool stale)
{
	json_t *notes = ra_json_array(a->json, item, "notes");

	for (size_t i = 0; tick && i < tick->blocks.n; i++) {
		const struct ra_tick_block *block = &tick->blocks.v[i];
		json_t *note;

		if (block->own)
			continue;
		note = ra_json_object(a->json, notes, NULL);
		ra_json_text(a->json, note, block->code ? "block" : "note", note_text(block));
		ra_json_text(a->json, note, "info", block->info);
		ra_json_flag(a->json, note, "stale", stale);
	}
	return json_array_size(notes);
}

static bool has_notes(const struct ra_tick *tick)
{
	for (size_t i = 0; i < tick->blocks.n; i++)
		if (!tick->blocks.v[i].own)
			return true;
	return false;
}

static bool is_state(const json_t *item, const char *state)
{
	return ra_str_is(ra_json_get(item, "state"), state);
}

/* What was said of the item before: the tick holds, or it is stale. */
static void put_tick(struct asking *a, json_t *item)
{
	const struct ra_tick *tick = tick_of(a, ra_json_get(item, "id"));
	bool well = is_state(item, "well") || is_state(item, "idle");
	bool same = tick && ra_str_eq(tick->evidence, ra_json_get(item, "evidence"));
	bool stale = tick && (same ? tick->stale && !tick->ticked
				   : tick->ticked || tick->stale || has_notes(tick));

	if (well)
		stale = false;
	ra_json_text(a->json, item, "mark", well || (same && tick->ticked)
						    ? RA_STR("x") : RA_STR(" "));
	ra_json_flag(a->json, item, "stale", stale);
	ra_json_flag(a->json, item, "well", well);
	put_notes(a, item, tick, stale);
}

static void cut_places(struct asking *a, json_t *item)
{
	json_t *places = json_object_get(item, "places");
	size_t n = json_array_size(places), most = a->all ? n : PLACES_MAX, all;
	json_t *kept = json_array();

	for (size_t i = 0; i < n && i < most; i++)
		ra_json_put(a->json, kept, NULL, json_incref(json_array_get(places, i)));
	all = is_state(item, "asked") ? ra_json_count(item, "touched")
				      : ra_json_count(item, "count");
	ra_json_put(a->json, item, "places", kept);
	ra_json_number(a->json, item, "more", n && all > json_array_size(kept)
						      ? all - json_array_size(kept) : 0);
}

static void show(struct asking *a, json_t *list, const json_t *item)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)item);

	ra_json_put(a->json, list, NULL, copy);
	put_tick(a, copy);
	cut_places(a, copy);
}

/* -- which are shown ----------------------------------------------------------------------- */

static bool is_verify(const json_t *item)
{
	return ra_str_is(ra_json_get(item, "asks"), "verify");
}

static bool is_raised(const json_t *item)
{
	return is_state(item, "badly") || (is_state(item, "asked") && !is_verify(item) &&
					   !json_is_true(json_object_get(item, "long")));
}

static bool is_must(const json_t *item)
{
	return json_is_true(json_object_get(item, "must"));
}

/* In this order: what must be answered, the gravest first; what facts speak against; what the
 * change asks a person. */
static size_t order_of(const json_t *item)
{
	if (is_must(item))
		return RA_SEV_COUNT - ra_json_count(item, "weight");
	return is_state(item, "badly") ? RA_SEV_COUNT + 1 : RA_SEV_COUNT + 2;
}

static void show_raised(struct asking *a, const json_t *items)
{
	json_t *must = ra_json_array(a->json, a->view, "must_answer");
	json_t *confirm = ra_json_array(a->json, a->view, "confirm"), *item;
	size_t shown = 0, left = 0, i;

	for (size_t order = 0; order <= RA_SEV_COUNT + 2; order++)
		json_array_foreach(items, i, item) {
			if (!is_raised(item) || order_of(item) != order)
				continue;
			if (shown++ < RAISED_MAX)
				show(a, is_must(item) ? must : confirm, item);
			else
				left++;
		}
	ra_json_number(a->json, a->view, "more_raised", left);
}

static void show_all(struct asking *a, const json_t *items)
{
	json_t *groups = ra_json_array(a->json, a->view, "groups"), *item, *group = NULL;
	size_t i;

	json_array_foreach(items, i, item) {
		if (is_verify(item))
			continue;
		if (!group || !ra_str_eq(ra_json_get(group, "id"), ra_json_get(item, "group"))) {
			group = ra_json_object(a->json, groups, NULL);
			ra_json_text(a->json, group, "id", ra_json_get(item, "group"));
			ra_json_text(a->json, group, "title", ra_json_get(item, "group_title"));
			ra_json_array(a->json, group, "items");
		}
		show(a, json_object_get(group, "items"), item);
	}
}

static void show_verify(struct asking *a, const json_t *items)
{
	json_t *list = ra_json_array(a->json, a->view, "verify"), *item;
	size_t i;

	json_array_foreach(items, i, item)
		if (is_verify(item) &&
		    (a->all || (is_state(item, "asked") &&
				json_array_size(json_object_get(item, "runs")))))
			show(a, list, item);
}

/* -- what people wrote of others ------------------------------------------------------------- */

static const json_t *item_named(const json_t *items, struct ra_str id)
{
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
		if (ra_str_eq(ra_json_get(item, "id"), id))
			return item;
	return NULL;
}

static bool is_id(struct ra_str id)
{
	for (size_t i = 0; i < id.len; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789-", id.ptr[i], 37))
			return false;
	return id.len > 0 && id.len <= 64;
}

static void show_kept(struct asking *a, const json_t *items)
{
	json_t *list = ra_json_array(a->json, a->view, "kept");

	for (size_t i = 0; i < a->old.list.n; i++) {
		const struct ra_tick *tick = &a->old.list.v[i];
		const json_t *item = item_named(items, tick->id);
		json_t *row;

		if (a->used[i] || !has_notes(tick) || !is_id(tick->id))
			continue;
		row = ra_json_object(a->json, list, NULL);
		ra_json_text(a->json, row, "id", tick->id);
		ra_json_text(a->json, row, "question", item ? ra_json_get(item, "question")
							    : RA_STR("An item of before"));
		ra_json_text(a->json, row, "evidence", item ? ra_json_get(item, "evidence")
							    : tick->evidence);
		ra_json_text(a->json, row, "mark", tick->ticked ? RA_STR("x") : RA_STR(" "));
		put_notes(a, row, tick, true);
	}
}

/* -- what was not read ------------------------------------------------------------------------ */

static void show_unread(struct asking *a, const json_t *model)
{
	json_t *files = json_object_get(model, "files"), *file;
	json_t *list = ra_json_array(a->json, a->view, "not_checked");
	size_t left = 0, i;

	json_array_foreach(files, i, file) {
		struct ra_str status = ra_json_get(file, "status");

		if (!ra_str_is(status, "skipped") && !ra_str_is(status, "failed"))
			continue;
		if (json_array_size(list) < FILES_MAX || a->all)
			ra_json_put(a->json, list, NULL, json_incref(file));
		else
			left++;
	}
	ra_json_number(a->json, a->view, "more_not_checked", left);
}

static void add_noted(struct asking *a, json_t *list, struct ra_str text, json_t *file)
{
	json_t *row = NULL, *files;

	for (size_t i = 0; i < json_array_size(list) && !row; i++)
		if (ra_str_eq(ra_json_get(json_array_get(list, i), "text"), text))
			row = json_array_get(list, i);
	if (!row) {
		row = ra_json_object(a->json, list, NULL);
		ra_json_text(a->json, row, "text", text);
		ra_json_array(a->json, row, "files");
	}
	files = json_object_get(row, "files");
	if (json_array_size(files) < NOTED_MAX || a->all)
		ra_json_put(a->json, files, NULL, json_incref(file));
	else
		ra_json_number(a->json, row, "more", ra_json_count(row, "more") + 1);
}

/* Files of which something was not read, or not by everything; the same of several is said once. */
static void show_noted(struct asking *a, const json_t *model)
{
	json_t *files = json_object_get(model, "files"), *file;
	json_t *list = ra_json_array(a->json, a->view, "noted");

	for (size_t i = 0; i < json_array_size(files); i++) {
		json_t *notes = json_object_get(json_array_get(files, i), "notes");

		file = json_array_get(files, i);
		for (size_t k = 0; k < json_array_size(notes); k++) {
			const json_t *note = json_array_get(notes, k);

			add_noted(a, list, ra_str_n(json_string_value(note),
						    json_string_length(note)), file);
		}
	}
}

/* -- the page ------------------------------------------------------------------------------ */

static void add_count(struct ra_buf *out, size_t n, const char *words)
{
	if (n)
		ra_buf_addf(out, "%s%zu %s", out->len ? ", " : "", n, words);
}

static struct ra_str headline(struct asking *a, const json_t *items, size_t fixed)
{
	size_t must = 0, confirm = 0, files = ra_json_count(a->checklist, "files"), i;
	struct ra_buf out;
	json_t *item;

	json_array_foreach(items, i, item) {
		must += is_raised(item) && is_must(item);
		confirm += is_raised(item) && !is_must(item);
	}
	ra_buf_init(&out, a->json->arena);
	add_count(&out, must, "to answer before merge");
	add_count(&out, confirm, "to confirm");
	if (!out.len)
		ra_buf_adds(&out, files ? "Nothing to answer" : "Nothing to answer: no file of an "
								"audited language was changed");
	if (files)
		ra_buf_addf(&out, "; %zu file%s read", files, files == 1 ? "" : "s");
	if (fixed)
		ra_buf_addf(&out, "; %zu finding%s fixed", fixed, fixed == 1 ? "" : "s");
	return ra_buf_str(&out);
}

void ra_ask_view(struct ra_json *json, json_t *view, const json_t *model, struct ra_str old)
{
	const json_t *checklist = json_object_get(model, "checklist");
	const json_t *items = json_object_get(checklist, "items");
	struct asking a = { .json = json, .view = view, .checklist = checklist,
			    .all = json_is_true(json_object_get(checklist, "long")) };

	if (ra_ticks_read(json->arena, old, &a.old))
		json->failed = true;
	a.used = ra_new_array(json->arena, bool, a.old.list.n);
	ra_json_flag(json, view, "long", a.all);
	ra_json_text(json, view, "headline", headline(&a, items,
		     ra_json_count(json_object_get(model, "totals"), "fixed")));
	if (a.all)
		show_all(&a, items);
	else
		show_raised(&a, items);
	show_verify(&a, items);
	show_kept(&a, items);
	show_unread(&a, model);
	ra_json_flag(json, view, "some", json_array_size(json_object_get(view, "must_answer")) ||
					 json_array_size(json_object_get(view, "confirm")) ||
					 json_array_size(json_object_get(view, "verify")) || a.all);
	show_noted(&a, model);
	ra_json_put(json, view, "changed_guards",
		    json_incref(json_object_get(checklist, "changed_guards")));
}

/* -- what the ids stand for ------------------------------------------------------------------ */

static const json_t *shown_item(const json_t *view, struct ra_str id)
{
	static const char *const lists[] = { "must_answer", "confirm", "verify", "kept" };
	json_t *groups = json_object_get(view, "groups"), *group;
	const json_t *found = NULL;
	size_t i;

	for (i = 0; !found && i < sizeof(lists) / sizeof(*lists); i++)
		found = item_named(json_object_get(view, lists[i]), id);
	if (!found)
		json_array_foreach(groups, i, group)
			if (!found)
				found = item_named(json_object_get(group, "items"), id);
	return found;
}

static void define_all(struct ra_buf *out, const json_t *items)
{
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
		ra_buf_addf(out, "[%.*s]: " TARGET " \"evidence %.*s\"\n",
			    RA_FMT(ra_json_get(item, "id")),
			    RA_FMT(ra_json_get(item, "evidence")));
}

/* Is it one of the notes that were put below the item again? */
static bool is_note(const json_t *item, const struct ra_tick_block *block)
{
	json_t *notes = json_object_get(item, "notes"), *note;
	size_t i;

	if (!block->code && (ra_str_starts(block->text, RA_STR("Note: ")) ||
			     ra_str_starts(block->text, RA_STR("Note, stale: "))))
		return true;
	json_array_foreach(notes, i, note)
		if (block->code && ra_str_eq(ra_str_trim(ra_json_get(note, "block")),
					     ra_str_trim(block->text)))
			return true;
	return false;
}

static void define(struct ra_arena *arena, struct ra_buf *out, const json_t *item,
		   const struct ra_tick *tick)
{
	ra_buf_addf(out, "[%.*s]: " TARGET " \"evidence %.*s%s%s own", RA_FMT(tick->id),
		    RA_FMT(tick->evidence),
		    json_is_true(json_object_get(item, "stale")) ? " stale" : "",
		    json_is_true(json_object_get(item, "well")) ? " answered" : "");
	for (size_t i = 0; i < tick->blocks.n; i++)
		if (!is_note(item, &tick->blocks.v[i]))
			ra_buf_addf(out, " %.*s", RA_FMT(ra_tick_digest(arena,
							       &tick->blocks.v[i])));
	ra_buf_adds(out, "\"\n");
}

/* The page is read as it will be, to know which blocks are our own. */
struct ra_str ra_ask_finish(struct ra_arena *arena, const json_t *view, struct ra_str page)
{
	static const char *const lists[] = { "must_answer", "confirm", "verify", "kept" };
	json_t *groups = json_object_get(view, "groups"), *group;
	struct ra_ticks ticks;
	struct ra_buf out;
	size_t i;

	ra_buf_init(&out, arena);
	ra_buf_add(&out, page);
	ra_buf_addc(&out, '\n');
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		define_all(&out, json_object_get(view, lists[i]));
	json_array_foreach(groups, i, group)
		define_all(&out, json_object_get(group, "items"));
	if (ra_ticks_read(arena, ra_buf_str(&out), &ticks) || !ticks.list.n)
		return page;
	ra_buf_init(&out, arena);
	ra_buf_add(&out, page);
	ra_buf_addc(&out, '\n');
	for (i = 0; i < ticks.list.n; i++)
		define(arena, &out, shown_item(view, ticks.list.v[i].id), &ticks.list.v[i]);
	return ra_buf_str(&out);
}
