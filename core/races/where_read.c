/*
 * Lines of a `where` fence, `[not] <word> <argument>...`, into the constraints of a card.
 */
#include "core/races/internal.h"

/* Cut `word` off the front of `*line` when it stands there whole. */
static bool cut_word(struct ra_str *line, struct ra_str word)
{
	if (!ra_str_starts(*line, word) ||
	    (line->len > word.len && line->ptr[word.len] != ' ' && line->ptr[word.len] != '\t'))
		return false;
	*line = ra_str_trim(ra_str_n(line->ptr + word.len, line->len - word.len));
	return true;
}

static int check_arg(struct ra_card_reader *r, const struct ra_where_word *word, struct ra_str *arg)
{
	struct ra_nearest nearest = { .word = *arg };
	struct ra_str choices = ra_str(word->choices ? word->choices : ""), choice;

	if (word->takes == RA_WHERE_GROUP) {
		if (!ra_str_starts(*arg, RA_STR("$")))
			return ra_card_fail(r, arg->ptr, "'%s' takes a $group", word->name);
		*arg = ra_str_n(arg->ptr + 1, arg->len - 1);
		return ra_pattern_group(r->card->pattern, *arg) >= 0 ? 0 :
			ra_card_fail(r, arg->ptr, "the pattern has no group '%.*s'", RA_FMT(*arg));
	}
	if (word->takes != RA_WHERE_CHOICE || ra_words_hold(choices, *arg))
		return 0;
	while (ra_words_next(&choices, &choice))
		ra_nearest_try(&nearest, choice);
	return ra_card_unknown(r, "argument", &nearest);
}

static int read_args(struct ra_card_reader *r, struct ra_str rest, struct ra_where *where)
{
	static const uint32_t most[] = { [RA_WHERE_NONE] = 0, [RA_WHERE_GROUP] = 1,
					 [RA_WHERE_NAMES] = RA_WHERE_ARGS,
					 [RA_WHERE_CHOICE] = RA_WHERE_ARGS };
	const struct ra_where_word *word = where->word;
	struct ra_str arg;
	int rc = 0;

	while (!rc && ra_words_next(&rest, &arg)) {
		if (where->n_args == most[word->takes])
			return ra_card_fail(r, arg.ptr, "'%s' takes no more than %u arguments",
					    word->name, most[word->takes]);
		rc = check_arg(r, word, &arg);
		where->args[where->n_args++] = arg;
	}
	if (!rc && word->takes != RA_WHERE_NONE && !where->n_args)
		rc = ra_card_fail(r, rest.ptr, "'%s' takes an argument", word->name);
	return rc;
}

/* A word may be several: as much of the line is held against it as it is long. */
static void suggest(struct ra_nearest *nearest, struct ra_str line, struct ra_str word)
{
	struct ra_nearest one = {
		.word = ra_str_trim(ra_str_n(line.ptr, word.len < line.len ? word.len : line.len)),
	};

	ra_nearest_try(&one, word);
	if (one.best.len && (!nearest->best.len || one.distance < nearest->distance))
		*nearest = one;
}

static int read_line(struct ra_card_reader *r, struct ra_str line)
{
	const struct ra_where_word *words;
	struct ra_where where = { 0 };
	struct ra_nearest nearest;
	size_t n_words;

	words = ra_where_words(&n_words);
	where.negated = cut_word(&line, RA_STR("not"));
	nearest = (struct ra_nearest){ .word = line };
	for (size_t i = 0; i < n_words && !where.word; i++) {
		suggest(&nearest, line, ra_str(words[i].name));
		if (cut_word(&line, ra_str(words[i].name)))
			where.word = &words[i];
	}
	if (where.word) {
		int rc = read_args(r, line, &where);

		*ra_vec_push(r->arena, &r->card->where) = where;
		return rc;
	}
	return ra_card_unknown(r, "where word", &nearest);
}

int ra_where_read(struct ra_card_reader *r, struct ra_str fence)
{
	struct ra_str line;
	int rc = 0;

	while (!rc && ra_str_cut(&fence, '\n', &line)) {
		line = ra_str_trim(line);
		if (line.len)
			rc = read_line(r, line);
	}
	return rc;
}
