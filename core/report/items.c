/*
 * The table of what a checklist asks, as text that anybody can add to. Lines are `group`, `item`,
 * and behind an item `key: value`, indented; a line that is indented further goes on. Each key is a
 * row of `keys`.
 */
#include "core/report/internal.h"

#include <stddef.h>

enum { GOES_ON = 4 /* columns */ };

struct reading {
	struct ra_arena *arena;
	const char *path;
	struct ra_items *items;
	struct ra_item *item;             /* NULL ahead of the first */
	struct ra_str group, group_title;
	const struct key *key;            /* of the value that may go on */
	struct ra_str value;
	unsigned line;
	struct ra_error *err;
};

struct key {
	const char *name;
	int (*put)(struct reading *r, const struct key *key, struct ra_str value);
	size_t offset;                    /* of its text, or list, in struct ra_item */
};

static int refuse(struct reading *r, const char *what, struct ra_str word)
{
	return ra_fail(r->err, RA_EPARSE, "%s:%u: %s '%.*s'", r->path, r->line, what, RA_FMT(word));
}

/* -- values -------------------------------------------------------------------------------- */

static int put_text(struct reading *r, const struct key *key, struct ra_str value)
{
	struct ra_str *field = (struct ra_str *)(void *)((char *)r->item + key->offset);

	*field = value;
	return RA_OK;
}

static int put_words(struct reading *r, const struct key *key, struct ra_str value)
{
	struct ra_words *list = (struct ra_words *)(void *)((char *)r->item + key->offset);
	struct ra_str word;

	while (ra_str_cut(&value, ' ', &word))
		if (word.len)
			*ra_vec_push(r->arena, list) = word;
	return RA_OK;
}

static int put_from(struct reading *r, const struct key *key, struct ra_str value)
{
	(void)key;
	*ra_vec_push(r->arena, &r->item->from) = value;
	return RA_OK;
}

static int put_types(struct reading *r, const struct key *key, struct ra_str value)
{
	int rc = put_words(r, key, value);

	for (size_t i = 0; !rc && i < r->item->types.n; i++)
		if (!ra_race_type(r->item->types.v[i]))
			rc = refuse(r, "no race type is named", r->item->types.v[i]);
	return rc;
}

static int put_looks(struct reading *r, const struct key *key, struct ra_str value)
{
	struct ra_str word;

	(void)key;
	while (ra_str_cut(&value, ' ', &word)) {
		int look = word.len ? ra_look_named(word) : 0;

		if (look < 0)
			return refuse(r, "nothing that is looked at is named", word);
		if (!word.len)
			continue;
		if (r->item->look < 0)
			r->item->look = look;
		r->item->looks |= 1u << look;
	}
	return RA_OK;
}

static int lang_bits(struct reading *r, struct ra_str names, uint32_t *bits)
{
	struct ra_str word;

	while (ra_str_cut(&names, ' ', &word)) {
		uint32_t named = 0;

		for (int lang = RA_LANG_NONE + 1; lang < RA_LANG_COUNT; lang++)
			if (ra_str_is(word, ra_lang_name(ra_lang_family((enum ra_lang)lang))) ||
			    ra_str_is(word, ra_lang_name((enum ra_lang)lang)))
				named |= 1u << lang;
		if (word.len && !named)
			return refuse(r, "no language is named", word);
		*bits |= named;
	}
	return RA_OK;
}

static int put_langs(struct reading *r, const struct key *key, struct ra_str value)
{
	(void)key;
	return lang_bits(r, value, &r->item->langs);
}

static int put_asks(struct reading *r, const struct key *key, struct ra_str value)
{
	static const char *const words_of[] = { "facts", "person", "long", "guards", "verify" };

	(void)key;
	for (unsigned i = 0; i < sizeof(words_of) / sizeof(*words_of); i++)
		if (ra_str_is(value, words_of[i])) {
			r->item->asks = (enum ra_item_asks)i;
			return RA_OK;
		}
	return refuse(r, "nobody is named", value);
}

#define AT(field) offsetof(struct ra_item, field)

static const struct key keys[] = {
	{ "from", put_from, 0 },
	{ "ask", put_text, AT(ask) },
	{ "good", put_text, AT(good) },
	{ "bad", put_text, AT(bad) },
	{ "look", put_looks, 0 },
	{ "types", put_types, AT(types) },
	{ "rules", put_words, AT(rules) },
	{ "see", put_words, AT(see) },
	{ "for", put_langs, 0 },
	{ "asks", put_asks, 0 },
	{ "settles", put_text, AT(settles) },
};

static int put_run(struct reading *r, const struct key *key, struct ra_str value)
{
	struct ra_item_run *run = &r->item->runs.v[r->item->runs.n - 1];

	(void)key;
	run->text = value;
	return RA_OK;
}

static const struct key run_key = { "run", put_run, 0 };

/* -- lines --------------------------------------------------------------------------------- */

/* The value that may have gone on is whole now. */
static int end_value(struct reading *r)
{
	const struct key *key = r->key;

	r->key = NULL;
	return key ? key->put(r, key, r->value) : RA_OK;
}

static int start_group(struct reading *r, struct ra_str rest)
{
	ra_str_cut(&rest, ':', &r->group);
	r->group = ra_str_trim(r->group);
	r->group_title = ra_str_trim(rest);
	r->item = NULL;
	return r->group_title.len ? RA_OK : refuse(r, "a group needs an id and a title, not",
						   r->group);
}

static int start_item(struct reading *r, struct ra_str id)
{
	struct ra_items *items = r->items;

	if (!r->group.len)
		return refuse(r, "no group is there for item", id);
	for (size_t i = 0; i < id.len; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789-", id.ptr[i], 37))
			return refuse(r, "an id is of small letters, digits and '-', not", id);
	for (size_t i = 0; i < items->list.n; i++)
		if (ra_str_eq(items->list.v[i].id, id))
			r->item = &items->list.v[i];
	if (!r->item || !ra_str_eq(r->item->id, id))
		r->item = ra_vec_push(r->arena, &items->list);
	*r->item = (struct ra_item){ .id = id, .group = r->group, .group_title = r->group_title,
				     .look = -1 };
	return id.len ? RA_OK : refuse(r, "an item needs an id, not", id);
}

static int start_run(struct reading *r, struct ra_str lang)
{
	struct ra_item_run run = { .lang = ra_str_trim(lang) };
	int rc = lang_bits(r, run.lang, &run.langs);

	*ra_vec_push(r->arena, &r->item->runs) = run;
	r->key = &run_key;
	r->value = RA_STR("");
	return rc;
}

static int start_value(struct reading *r, struct ra_str line)
{
	struct ra_str name;

	if (!r->item)
		return refuse(r, "no item is there for", line);
	ra_str_cut(&line, ':', &name);
	name = ra_str_trim(name);
	if (ra_str_starts(name, RA_STR("run ")))
		return start_run(r, ra_str_n(name.ptr + 4, name.len - 4));
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!ra_str_is(name, keys[i].name))
			continue;
		r->key = &keys[i];
		r->value = ra_str_trim(line);
		return RA_OK;
	}
	return refuse(r, "no key is named", name);
}

static int go_on(struct reading *r, struct ra_str line)
{
	bool code = r->key == &run_key;

	if (!r->key)
		return refuse(r, "nothing is there to go on with", ra_str_trim(line));
	r->value = ra_printf(r->arena, "%.*s%s%.*s", RA_FMT(r->value),
			     r->value.len ? code ? "\n" : " " : "",
			     RA_FMT(code ? ra_str_n(line.ptr + GOES_ON, line.len - GOES_ON)
					 : ra_str_trim(line)));
	return RA_OK;
}

static size_t indent_of(struct ra_str line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] == ' ')
		n++;
	return n;
}

static int read_line(struct reading *r, struct ra_str line)
{
	struct ra_str group = RA_STR("group "), item = RA_STR("item ");
	size_t indent = indent_of(line);
	int rc;

	if (indent == line.len || line.ptr[0] == '#')
		return RA_OK;
	if (indent >= GOES_ON)
		return go_on(r, line);
	rc = end_value(r);
	if (rc)
		return rc;
	if (indent)
		return start_value(r, ra_str_trim(line));
	if (ra_str_starts(line, group))
		return start_group(r, ra_str_n(line.ptr + group.len, line.len - group.len));
	if (ra_str_starts(line, item))
		return start_item(r, ra_str_trim(ra_str_n(line.ptr + item.len,
							  line.len - item.len)));
	return refuse(r, "expected 'group', 'item' or an indented 'key: value', not", line);
}

int ra_items_read(struct ra_arena *arena, const char *path, struct ra_str text,
		  struct ra_items *out, struct ra_error *err)
{
	struct reading r = { .arena = arena, .path = path, .items = out, .err = err };
	struct ra_str line;
	int rc = RA_OK;

	while (!rc && ra_str_cut(&text, '\n', &line)) {
		r.line++;
		rc = read_line(&r, line);
	}
	return rc ? rc : end_value(&r);
}

/* -- checking ------------------------------------------------------------------------------ */

static bool has_item(const struct ra_items *items, struct ra_str id)
{
	for (size_t i = 0; i < items->list.n; i++)
		if (ra_str_eq(items->list.v[i].id, id))
			return true;
	return false;
}

int ra_items_check(const struct ra_items *items, struct ra_error *err)
{
	for (size_t i = 0; i < items->list.n; i++) {
		const struct ra_item *item = &items->list.v[i];

		if (!item->ask.len)
			return ra_fail(err, RA_EPARSE, "checklist item '%.*s' asks nothing",
				       RA_FMT(item->id));
		for (size_t k = 0; k < item->see.n; k++)
			if (!has_item(items, item->see.v[k]))
				return ra_fail(err, RA_EPARSE, "checklist item '%.*s' names no "
					       "item: '%.*s'", RA_FMT(item->id),
					       RA_FMT(item->see.v[k]));
	}
	return RA_OK;
}
