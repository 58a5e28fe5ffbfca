/*
 * The model -> markdown pages. What a page says, and how, is its template (templates/
 * *.md.mustache); here is only what a template cannot work out itself: which items belong to the
 * page, and sentences that count.
 *
 * A template and its partials are `<name>.md.mustache` in the first of the given directories that
 * has it, so a user replaces one by a file of the same name.
 */
#include "core/report/internal.h"

enum {
	TEMPLATE_BYTES_MAX = 1 << 20,
	PAGE_BYTES = 1 << 30,
	SHORT_ID = 12,
	RANKED_MAX = 100,   /* findings of a list of the index; the pages have them all */
	UNREAD_MAX = 20,    /* files that the index names for one reason; the JSON has them all */
};

/* -- templates ----------------------------------------------------------------------------- */

struct loader {
	struct ra_arena *arena;
	const char *const *dirs;
	int rc;
	struct ra_error *err;
};

static bool is_template_name(struct ra_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789-_", name.ptr[i], 38))
			return false;
	return true;
}

int ra_template_load(struct ra_arena *arena, const char *const *dirs, struct ra_str name,
		     const char *suffix, struct ra_str *text, struct ra_error *err)
{
	int rc = RA_ENOTFOUND;

	for (size_t i = 0; dirs[i] && rc == RA_ENOTFOUND && is_template_name(name); i++) {
		const char *path = ra_printf(arena, "%s/%.*s%s", dirs[i], RA_FMT(name), suffix).ptr;

		rc = ra_file_read(arena, path, TEMPLATE_BYTES_MAX, text, err);
	}
	if (rc == RA_ENOTFOUND)
		return ra_fail(err, rc, "cannot find template '%.*s%s' in '%s'; is the installation "
			       "whole?", RA_FMT(name), suffix, dirs[0] ? dirs[0] : "");
	return rc;
}

static int load_template(struct loader *loader, struct ra_str name, struct ra_str *text)
{
	return ra_template_load(loader->arena, loader->dirs, name, ".md.mustache", text,
				loader->err);
}

static bool find_partial(void *arg, struct ra_str name, struct ra_str *text)
{
	struct loader *loader = arg;

	if (!loader->rc)
		loader->rc = load_template(loader, name, text);
	return !loader->rc;
}

static int render(struct ra_pages *pages, const char *name, struct ra_str *text,
		  struct ra_error *err)
{
	struct loader loader = { &pages->arena, pages->templates, 0, err };
	struct ra_partials partials = { find_partial, &loader, ra_markdown_filters,
					ra_markdown_filters_n };
	struct ra_str template;
	struct ra_buf raw, tidy;
	int rc = load_template(&loader, ra_str(name), &template);

	if (rc)
		return rc;
	ra_buf_init(&raw, &pages->arena);
	ra_buf_init(&tidy, &pages->arena);
	rc = ra_mustache(&pages->arena, template, pages->view, &partials, RA_ESCAPE_MARKDOWN, &raw,
			 err);
	if (rc)
		return ra_wrap(err, "template '%s.md.mustache'", name);
	ra_page_tidy(ra_buf_str(&raw), &tidy);
	*text = ra_buf_str(&tidy);
	return loader.rc;
}

/* -- what a page is about ------------------------------------------------------------------ */

static void share(struct ra_json *json, json_t *parent, const char *key, json_t *value)
{
	ra_json_put(json, parent, key, json_incref(value));
}

static void put_short_id(struct ra_json *json, json_t *view, const char *key, struct ra_str id)
{
	ra_json_text(json, view, key, ra_str_n(id.ptr, id.len < SHORT_ID ? id.len : SHORT_ID));
}

static void start_view(struct ra_pages *pages, struct ra_json *json)
{
	json_t *scope = json_object_get(pages->model, "scope");

	json_decref(pages->view);
	pages->view = json_object();
	share(json, pages->view, "scope", scope);
	share(json, pages->view, "tool", json_object_get(pages->model, "tool"));
	put_short_id(json, pages->view, "base_short", ra_json_get(scope, "base_id"));
	put_short_id(json, pages->view, "head_short", ra_json_get(scope, "head_id"));
}

static bool has_state(const json_t *finding, const char *state)
{
	return ra_str_is(ra_json_get(finding, "state"), state);
}

/* The view's findings once more, as two lists: outside of tests, and in them. */
static void part_tests(struct ra_pages *pages, struct ra_json *json, const json_t *findings)
{
	json_t *code = ra_json_array(json, pages->view, "in_code");
	json_t *tests = ra_json_array(json, pages->view, "in_tests"), *item;
	size_t i;

	json_array_foreach(findings, i, item)
		share(json, json_is_true(json_object_get(item, "test")) ? tests : code, NULL, item);
}

/* The items of one file; lists of the model stand in the order of its files. */
static void take_items(struct ra_pages *pages, struct ra_json *json, size_t which, const char *list)
{
	json_t *items = json_object_get(pages->model, list);
	json_t *own = ra_json_array(json, pages->view, list);
	size_t *at = &pages->at[which];

	for (; *at < json_array_size(items); ++*at) {
		json_t *item = json_array_get(items, *at);
		size_t file = ra_json_count(item, "file");

		if (file > pages->file)
			break;
		if (file == pages->file && !has_state(item, "fixed"))
			share(json, own, NULL, item);
	}
}

static void view_file(struct ra_pages *pages, struct ra_json *json, json_t *file)
{
	static const char *const lists[] = { "findings", "questions", "suppressed",
					     "suppression_problems" };
	const json_t *scope = json_object_get(pages->model, "scope");
	struct ra_buf headline;

	start_view(pages, json);
	share(json, pages->view, "file", file);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		take_items(pages, json, i, lists[i]);
	part_tests(pages, json, json_object_get(pages->view, "findings"));
	if (!json_is_true(json_object_get(scope, "questions")))
		json_array_clear(json_object_get(pages->view, "questions"));
	ra_buf_init(&headline, json->arena);
	ra_add_counts(&headline, json_object_get(file, "counts"), ra_json_get(scope, "base").len);
	ra_add_severities(&headline, json_object_get(file, "counts"));
	ra_json_text(json, pages->view, "headline", ra_buf_str(&headline));
}

/* -- the index ----------------------------------------------------------------------------- */

static bool has_reason(const json_t *file, const json_t *row)
{
	struct ra_str rest = ra_json_get(file, "reason"), reason = RA_STR("");

	ra_str_cut(&rest, ':', &reason);
	return ra_str_eq(ra_json_get(file, "status"), ra_json_get(row, "status")) &&
	       ra_str_eq(reason, ra_json_get(row, "reason"));
}

static void view_unread(struct ra_pages *pages, struct ra_json *json, const json_t *row,
			json_t *parent)
{
	json_t *files = json_object_get(pages->model, "files"), *file;
	json_t *group = ra_json_object(json, parent, NULL), *list;
	size_t count = ra_json_count(row, "count"), i;

	ra_json_text(json, group, "status", ra_json_get(row, "status"));
	ra_json_text(json, group, "reason", ra_json_get(row, "reason"));
	ra_json_number(json, group, "count", count);
	ra_json_number(json, group, "more", count > UNREAD_MAX ? count - UNREAD_MAX : 0);
	list = ra_json_array(json, group, "files");
	json_array_foreach(files, i, file)
		if (json_array_size(list) < UNREAD_MAX && has_reason(file, row))
			share(json, list, NULL, file);
}

/* All that are there, the one to read first first. */
static json_t *rank(struct ra_json *json, const json_t *model)
{
	json_t *findings = json_object_get(model, "findings"), *item, **order;
	json_t *ranked = json_array();
	size_t n = json_array_size(findings), i;

	order = ra_new_array(json->arena, json_t *, n);
	json_array_foreach(findings, i, item)
		order[ra_json_count(item, "rank") - 1] = item;
	for (i = 0; i < n; i++)
		if (!has_state(order[i], "fixed"))
			share(json, ranked, NULL, order[i]);
	return ranked;
}

/* Only the first, and how many are left out. */
static void cut_list(struct ra_pages *pages, struct ra_json *json, const char *list,
		     const char *more)
{
	json_t *items = json_object_get(pages->view, list);
	size_t n = json_array_size(items);

	ra_json_number(json, pages->view, more, n > RANKED_MAX ? n - RANKED_MAX : 0);
	while (json_array_size(items) > RANKED_MAX)
		json_array_remove(items, json_array_size(items) - 1);
}

static void view_findings(struct ra_pages *pages, struct ra_json *json)
{
	json_t *fixed = ra_json_array(json, pages->view, "fixed"), *item;
	size_t i;

	ra_json_put(json, pages->view, "findings", rank(json, pages->model));
	part_tests(pages, json, json_object_get(pages->view, "findings"));
	cut_list(pages, json, "in_code", "more_in_code");
	cut_list(pages, json, "in_tests", "more_in_tests");
	json_array_foreach(json_object_get(pages->model, "findings"), i, item)
		if (has_state(item, "fixed"))
			share(json, fixed, NULL, item);
}

static void view_index(struct ra_pages *pages, struct ra_json *json)
{
	json_t *model = pages->model, *totals = json_object_get(model, "totals"), *item;
	json_t *reported, *noted, *unread;
	struct ra_buf headline;
	size_t i;

	start_view(pages, json);
	share(json, pages->view, "totals", totals);
	share(json, pages->view, "suppressed", json_object_get(model, "suppressed"));
	share(json, pages->view, "suppression_problems",
	      json_object_get(model, "suppression_problems"));
	reported = ra_json_array(json, pages->view, "reported");
	noted = ra_json_array(json, pages->view, "noted");
	json_array_foreach(json_object_get(model, "files"), i, item) {
		if (ra_json_get(item, "report").len)
			share(json, reported, NULL, item);
		if (json_array_size(json_object_get(item, "notes")))
			share(json, noted, NULL, item);
	}
	view_findings(pages, json);
	unread = ra_json_array(json, pages->view, "not_audited");
	json_array_foreach(json_object_get(totals, "not_audited"), i, item)
		view_unread(pages, json, item, unread);
	ra_buf_init(&headline, json->arena);
	ra_add_headline(&headline, model);
	ra_json_text(json, pages->view, "headline", ra_buf_str(&headline));
}

static void view_checklist(struct ra_pages *pages, struct ra_json *json, struct ra_str old)
{
	start_view(pages, json);
	ra_ask_view(json, pages->view, pages->model, old);
}

/* -- pages --------------------------------------------------------------------------------- */

void ra_pages_open(struct ra_pages *pages, json_t *model, const char *const *templates)
{
	*pages = (struct ra_pages){ .model = model, .templates = templates };
	ra_arena_init(&pages->arena, "page", PAGE_BYTES);
}

void ra_pages_close(struct ra_pages *pages)
{
	json_decref(pages->view);
	ra_arena_release(&pages->arena);
}

struct page {
	struct ra_pages *pages;
	json_t *file;             /* NULL: the index */
	const struct ra_str *old; /* the checklist before this one; NULL: it is none */
	struct ra_str text;
	struct ra_error *err;
};

/* Runs inside a try of the page's arena. */
static int make_page(void *arg)
{
	struct page *page = arg;
	struct ra_json json = { .arena = &page->pages->arena };
	int rc;

	if (page->old)
		view_checklist(page->pages, &json, *page->old);
	else if (page->file)
		view_file(page->pages, &json, page->file);
	else
		view_index(page->pages, &json);
	if (json.failed)
		return ra_fail(page->err, RA_ENOMEM, "out of memory for a report");
	rc = render(page->pages, page->old ? "checklist" : page->file ? "file" : "index",
		    &page->text, page->err);
	if (!rc && page->old)
		page->text = ra_ask_finish(&page->pages->arena, page->pages->view, page->text);
	return rc;
}

int ra_pages_next(struct ra_pages *pages, struct ra_str *name, struct ra_str *text,
		  struct ra_error *err)
{
	const json_t *files = json_object_get(pages->model, "files");
	struct page page = { .pages = pages, .err = err };
	int rc;

	while ((page.file = json_array_get(files, pages->file)) &&
	       !ra_json_get(page.file, "report").len)
		pages->file++;
	if (!page.file)
		return 0;
	ra_arena_reset(&pages->arena);
	rc = ra_arena_try(&pages->arena, make_page, &page, err);
	pages->file++;
	*name = ra_json_get(page.file, "report");
	*text = page.text;
	return rc ? rc : 1;
}

static int make_single(struct ra_pages *pages, const struct ra_str *old, struct ra_str *text,
		       struct ra_error *err)
{
	struct page page = { .pages = pages, .old = old, .err = err };
	int rc;

	ra_arena_reset(&pages->arena);
	rc = ra_arena_try(&pages->arena, make_page, &page, err);
	*text = page.text;
	return rc;
}

int ra_pages_index(struct ra_pages *pages, struct ra_str *text, struct ra_error *err)
{
	return make_single(pages, NULL, text, err);
}

int ra_pages_checklist(struct ra_pages *pages, struct ra_str old, struct ra_str *text,
		       struct ra_error *err)
{
	return make_single(pages, &old, text, err);
}

bool ra_pages_has_checklist(const struct ra_pages *pages)
{
	return json_is_object(json_object_get(pages->model, "checklist"));
}
