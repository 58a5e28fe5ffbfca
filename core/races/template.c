/*
 * Texts of a card are Mustache templates over the values of a finding. A name that no finding has
 * would leave a hole in a report that nobody looks for, so a card that uses one is not loaded.
 */
#include "core/races/internal.h"

enum { SECTIONS_MAX = 16 };

const char *const ra_common_vars = "args class file_stem function go javascript language line lock "
				   "path python rust state task_b together unit";

/* A tag: its name (in the card), and what stands before it: 0, '#', '^', '/', '!'. */
struct tag {
	struct ra_str name;
	char sigil;
};

static bool name_known(const struct ra_card_reader *r, struct ra_str name)
{
	const struct ra_card *card = r->card;

	if (ra_str_ends(name, RA_STR(RA_LINE_CODE)))
		name.len -= strlen(RA_LINE_CODE);
	return ra_words_hold(ra_str(ra_common_vars), name) ||
	       (card->detector && ra_words_hold(ra_str(card->detector->vars), name)) ||
	       (card->pattern && ra_pattern_group(card->pattern, name) >= 0);
}

static void suggest(const struct ra_card_reader *r, struct ra_nearest *nearest)
{
	const struct ra_card *card = r->card;
	struct ra_str lists[2] = { ra_str(ra_common_vars),
				   ra_str(card->detector ? card->detector->vars : "") };
	struct ra_str word;

	for (size_t i = 0; i < RA_COUNT(lists); i++)
		while (ra_words_next(&lists[i], &word))
			ra_nearest_try(nearest, word);
	for (uint32_t i = 0; card->pattern && i < card->pattern->n_groups; i++)
		ra_nearest_try(nearest, ra_str(card->pattern->groups[i].name));
}

/* Cut the next tag off; 1, 0 at the end, or the error. */
static int next_tag(const struct ra_card_reader *r, struct ra_str *rest, struct tag *tag)
{
	ptrdiff_t at = ra_str_find(*rest, RA_STR("{{")), close;
	struct ra_str end = RA_STR("}}");
	const char *open;

	if (at < 0)
		return 0;
	open = rest->ptr + at;
	*rest = ra_str_n(open + 2, rest->len - (size_t)at - 2);
	*tag = (struct tag){ 0 };
	if (rest->len && strchr("#^/!{&>=", *rest->ptr)) {
		tag->sigil = *rest->ptr;
		*rest = ra_str_n(rest->ptr + 1, rest->len - 1);
	}
	if (tag->sigil == '{')
		end = RA_STR("}}}");
	close = ra_str_find(*rest, end);
	if (close < 0)
		return ra_card_fail(r, open, "this '{{' is not closed");
	tag->name = ra_str_trim(ra_str_n(rest->ptr, (size_t)close));
	*rest = ra_str_n(rest->ptr + (size_t)close + end.len, rest->len - (size_t)close - end.len);
	if (tag->sigil == '>' || tag->sigil == '=')
		return ra_card_fail(r, open, "cards use no partials and set no delimiters");
	if (tag->sigil == '{' || tag->sigil == '&')
		tag->sigil = 0;
	return 1;
}

static int check_name(const struct ra_card_reader *r, struct ra_str name)
{
	struct ra_nearest nearest = { .word = name };

	if (name_known(r, name))
		return 0;
	suggest(r, &nearest);
	return ra_card_unknown(r, "value", &nearest);
}

static int check(const struct ra_card_reader *r, struct ra_str text)
{
	struct ra_str open[SECTIONS_MAX];
	struct tag tag;
	size_t depth = 0;
	int rc;

	while ((rc = next_tag(r, &text, &tag)) > 0) {
		if (tag.sigil == '!')
			continue;
		if (tag.sigil == '/') {
			if (!depth || !ra_str_eq(open[--depth], tag.name))
				return ra_card_fail(r, tag.name.ptr, "'%.*s' closes no section",
						    RA_FMT(tag.name));
			continue;
		}
		rc = check_name(r, tag.name);
		if (rc)
			return rc;
		if (!tag.sigil)
			continue;
		if (depth == SECTIONS_MAX)
			return ra_card_fail(r, tag.name.ptr, "sections are nested too deep");
		open[depth++] = tag.name;
	}
	if (!rc && depth)
		return ra_card_fail(r, open[depth - 1].ptr, "section '%.*s' is not closed",
				    RA_FMT(open[depth - 1]));
	return rc;
}

int ra_card_templates(struct ra_card_reader *r)
{
	for (size_t i = 0; i < r->templates.n; i++) {
		int rc = check(r, r->templates.v[i]);

		if (rc)
			return rc;
	}
	return 0;
}
