/*
 * Folders of cards. What a folder holds decides, never the order in which it is listed: cards are
 * sorted by id when they are sealed, and an id may come once (card.c sees to it).
 */
#include "core/races/internal.h"

#include <stdlib.h>

enum { FILE_BYTES = 1024 * 1024 };

/* The card of a language that no file is in: what makes it another card counts all the same. */
static void note_card(struct ra_arena *arena, const char *path, struct ra_str name,
		      struct ra_str text, struct ra_cards *out)
{
	*ra_vec_push(arena, &out->known) = (struct ra_card_known){
		.id = ra_str_n(name.ptr, name.len - strlen(".md")), .path = ra_str(path),
		.digest = ra_str_hash(text),
	};
}

static int read_folder(struct ra_arena *arena, const char *dir, bool wanted, struct ra_cards *out,
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
		if (!rc && wanted)
			rc = ra_card_read(arena, path, text, out, err);
		else if (!rc)
			note_card(arena, path, names[i], text, out);
	}
	return rc;
}

/* Do files of a folder's languages take part? `any` is for all of them. */
static bool is_wanted(const struct ra_cards *cards, enum ra_lang folder)
{
	uint32_t bits = folder == RA_LANG_NONE ? ~(1u << RA_LANG_NONE)
					       : ra_lang_bits(ra_str(ra_lang_name(folder)));

	return !cards->langs || (cards->langs & bits);
}

int ra_cards_read_dir(struct ra_arena *arena, const char *dir, struct ra_cards *out,
		      struct ra_error *err)
{
	int rc = read_folder(arena, dir, true, out, err);

	for (int lang = RA_LANG_NONE; !rc && lang < RA_LANG_COUNT; lang++) {
		const char *folder = lang == RA_LANG_NONE ? "any" :
				     ra_lang_name((enum ra_lang)lang);

		rc = read_folder(arena, ra_printf(arena, "%s/%s", dir, folder).ptr,
				 is_wanted(out, (enum ra_lang)lang), out, err);
		if (rc == RA_ENOTFOUND)
			rc = 0;
	}
	return rc;
}

static int by_id(const void *left, const void *right)
{
	return ra_str_cmp(((const struct ra_card *)left)->id, ((const struct ra_card *)right)->id);
}

static int by_known_id(const void *left, const void *right)
{
	return ra_str_cmp(((const struct ra_card_known *)left)->id,
			  ((const struct ra_card_known *)right)->id);
}

void ra_cards_seal(struct ra_cards *cards)
{
	uint64_t digest = ra_str_hash(RA_STR("cards"));

	if (cards->list.n)
		qsort(cards->list.v, cards->list.n, sizeof(*cards->list.v), by_id);
	if (cards->known.n)
		qsort(cards->known.v, cards->known.n, sizeof(*cards->known.v), by_known_id);
	for (size_t i = 0; i < cards->known.n; i++) {
		uint64_t both[2] = { digest, cards->known.v[i].digest };

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
