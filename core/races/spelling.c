/*
 * Lists of words, and the known word that a misspelt one was meant to be.
 */
#include "core/races/internal.h"

enum { WORD_MAX = 48 };

static bool parts_words(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

bool ra_words_next(struct ra_str *list, struct ra_str *word)
{
	size_t n = 0;

	while (list->len && parts_words(*list->ptr))
		list->ptr++, list->len--;
	while (n < list->len && !parts_words(list->ptr[n]))
		n++;
	*word = ra_str_n(list->ptr, n);
	list->ptr += n;
	list->len -= n;
	return n > 0;
}

bool ra_words_hold(struct ra_str list, struct ra_str word)
{
	struct ra_str each;

	while (ra_words_next(&list, &each))
		if (ra_str_eq(each, word))
			return true;
	return false;
}

/* Insertions, deletions and replacements that turn a into b; both are short. */
static unsigned edit_distance(struct ra_str a, struct ra_str b)
{
	unsigned row[WORD_MAX + 1], diagonal, above;

	for (size_t k = 0; k <= b.len; k++)
		row[k] = (unsigned)k;
	for (size_t i = 1; i <= a.len; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t k = 1; k <= b.len; k++) {
			unsigned best = diagonal + (a.ptr[i - 1] != b.ptr[k - 1]);

			above = row[k];
			if (above + 1 < best)
				best = above + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
			diagonal = above;
		}
	}
	return row[b.len];
}

void ra_nearest_try(struct ra_nearest *nearest, struct ra_str known)
{
	unsigned distance;

	if (nearest->word.len > WORD_MAX || known.len > WORD_MAX)
		return;
	distance = edit_distance(nearest->word, known);
	if (distance > (known.len + 3) / 4 + 1 || distance >= known.len ||
	    (nearest->best.len && distance >= nearest->distance))
		return;
	nearest->best = known;
	nearest->distance = distance;
}

int ra_card_unknown(const struct ra_card_reader *r, const char *what,
		    const struct ra_nearest *nearest)
{
	if (!nearest->best.len)
		return ra_card_fail(r, nearest->word.ptr, "unknown %s '%.*s'; "
				    "docs/writing-cards.md lists the known ones", what,
				    RA_FMT(nearest->word));
	return ra_card_fail(r, nearest->word.ptr, "unknown %s '%.*s'; did you mean '%.*s'?", what,
			    RA_FMT(nearest->word), RA_FMT(nearest->best));
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool ra_name_word(struct ra_arena *arena, struct ra_str *name, const char **word)
{
	size_t n = 0;
	char *copy;

	while (name->len && name->ptr[0] == '_')
		name->ptr++, name->len--;
	if (!name->len)
		return false;
	do
		n++;
	while (n < name->len && name->ptr[n] != '_' &&
	       !(is_capital(name->ptr[n]) && !is_capital(name->ptr[n - 1])));
	copy = ra_alloc(arena, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = is_capital(name->ptr[i]) ? (char)(name->ptr[i] - 'A' + 'a') : name->ptr[i];
	copy[n] = '\0';
	*word = copy;
	name->ptr += n;
	name->len -= n;
	return true;
}
