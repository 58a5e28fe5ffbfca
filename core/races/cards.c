/*
 * Folders of cards. What a folder holds decides, never the order in which it is listed: cards are
 * sorted by id when they are sealed, and an id may come once (card.c sees to it).
 */
#include "core/races/internal.h"

#include <stdlib.h>

enum { FILE_BYTES = 1024 * 1024 };

static int read_folder(struct ra_arena *arena, const char *dir, struct ra_cards *out,
		       struct ra_error *err)
{
	struct ra_str *names, text;
	size_t n;
	int rc = ra_dir_list(arena, dir, ".md", &names, &n, err);

	for (size_t i = 0; !rc && i < n; i++) {
		const char *path = ra_printf(arena, "%s/%s", dir, names[i].ptr).ptr;

		if (ra_str_is(names[i], "README.md"))
			continue;
		rc = ra_file_read(arena, path, FILE_BYTES, &text, err);
		if (!rc)
			rc = ra_card_read(arena, path, text, out, err);
	}
	return rc;
}

int ra_cards_read_dir(struct ra_arena *arena, const char *dir, struct ra_cards *out,
		      struct ra_error *err)
{
	int rc = read_folder(arena, dir, out, err);

	for (int lang = RA_LANG_NONE; !rc && lang < RA_LANG_COUNT; lang++) {
		const char *folder = lang == RA_LANG_NONE ? "any" :
				     ra_lang_name((enum ra_lang)lang);

		rc = read_folder(arena, ra_printf(arena, "%s/%s", dir, folder).ptr, out, err);
		if (rc == RA_ENOTFOUND)
			rc = 0;
	}
	return rc;
}

static int by_id(const void *left, const void *right)
{
	return ra_str_cmp(((const struct ra_card *)left)->id, ((const struct ra_card *)right)->id);
}

void ra_cards_seal(struct ra_cards *cards)
{
	uint64_t digest = ra_str_hash(RA_STR("cards"));

	if (cards->list.n)
		qsort(cards->list.v, cards->list.n, sizeof(*cards->list.v), by_id);
	for (size_t i = 0; i < cards->list.n; i++) {
		uint64_t both[2] = { digest, cards->list.v[i].digest };

		digest = ra_str_hash(ra_str_n((const char *)both, sizeof(both)));
	}
	cards->digest = digest;
}

const struct ra_card *ra_cards_find(const struct ra_cards *cards, struct ra_str id)
{
	const struct ra_card key = { .id = id };

	if (!cards->list.n)
		return NULL;
	return bsearch(&key, cards->list.v, cards->list.n, sizeof(key), by_id);
}

void ra_cards_close(struct ra_cards *cards)
{
	for (size_t i = 0; i < cards->list.n; i++)
		ra_pattern_close(cards->list.v[i].pattern);
	*cards = (struct ra_cards){ 0 };
}

struct ra_str ra_card_param(const struct ra_card *card, const char *key)
{
	for (size_t i = 0; i < card->params.n; i++)
		if (ra_str_is(card->params.v[i].key, key))
			return card->params.v[i].value;
	return RA_STR("");
}

bool ra_card_has(const struct ra_card *card, const char *key, const char *word)
{
	return ra_words_hold(ra_card_param(card, key), ra_str(word));
}
