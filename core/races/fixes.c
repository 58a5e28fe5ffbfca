/*
 * `## Fixes` of a card: bullets of the form
 *
 *     - [simple] Hold the lock over both. Closes: the window. Trade-offs: none. Risk: none.
 *
 * each with a `diff` fence below it or without. A part begins at its label, in any order. Behind the
 * effort may stand the languages that the fix is for: `[simple go rust]`.
 */
#include "core/races/internal.h"

static const char *const efforts[] = { "simple", "moderate", "complex" };

static const struct part {
	const char *label;
	size_t field;
} parts[] = {
	{ "Closes:", offsetof(struct ra_card_fix, closes) },
	{ "Trade-offs:", offsetof(struct ra_card_fix, tradeoffs) },
	{ "Risk:", offsetof(struct ra_card_fix, risk) },
};

/* The languages behind the effort, each by its name. */
static int read_langs(struct ra_card_reader *r, struct ra_str words, struct ra_card_fix *fix)
{
	struct ra_str word;

	while (ra_words_next(&words, &word)) {
		uint32_t bits = ra_lang_bits(word);

		if (!bits)
			return ra_card_fail(r, word.ptr, "unknown language '%.*s'", RA_FMT(word));
		fix->langs |= bits;
	}
	return 0;
}

static int cut_effort(struct ra_card_reader *r, struct ra_str *text, struct ra_card_fix *fix)
{
	ptrdiff_t end = text->len && text->ptr[0] == '[' ? ra_str_find(*text, RA_STR("]")) : -1;
	struct ra_str words = { 0 }, word = { 0 };

	if (end > 0) {
		words = ra_str_n(text->ptr + 1, (size_t)end - 1);
		ra_words_next(&words, &word);
	}
	for (size_t i = 0; i < RA_COUNT(efforts); i++) {
		if (!ra_str_is(word, efforts[i]))
			continue;
		fix->effort = ra_str(efforts[i]);
		*text = ra_str_n(text->ptr + end + 1, text->len - (size_t)end - 1);
		return read_langs(r, words, fix);
	}
	return ra_card_fail(r, text->ptr, "a fix begins with [simple], [moderate] or [complex]");
}

/* First label in `text`: its row, with `*at` its offset; NULL when there is none. */
static const struct part *next_label(struct ra_str text, size_t *at)
{
	const struct part *first = NULL;

	for (size_t i = 0; i < RA_COUNT(parts); i++) {
		ptrdiff_t hit = ra_str_find(text, ra_str(parts[i].label));

		if (hit >= 0 && (!first || (size_t)hit < *at)) {
			first = &parts[i];
			*at = (size_t)hit;
		}
	}
	return first;
}

static int read_fix(struct ra_card_reader *r, struct ra_str text, struct ra_card_fix *fix)
{
	struct ra_str *field = &fix->sketch;
	const char *begin = text.ptr; /* of the part, with its label */
	const struct part *part;
	size_t at = 0;
	int rc = cut_effort(r, &text, fix);

	if (rc)
		return rc;
	do {
		part = next_label(text, &at);
		if (field->ptr)
			return ra_card_fail(r, begin, "a part of this fix is given twice");
		*field = ra_md_line(r->arena, part ? ra_str_n(text.ptr, at) : text);
		if (!field->len)
			return ra_card_fail(r, begin, "a part of this fix has no words");
		if (part) {
			field = (struct ra_str *)((char *)fix + part->field);
			begin = text.ptr + at;
			at += strlen(part->label);
			text = ra_str_n(text.ptr + at, text.len - at);
		}
	} while (part);
	return 0;
}

/* The lines of a fence in a bullet, without the indentation that puts them there. */
static struct ra_str outdent(struct ra_arena *arena, const struct ra_md_block *fence)
{
	struct ra_str rest = fence->text, line;
	struct ra_buf out;

	ra_buf_init(&out, arena);
	while (ra_str_cut(&rest, '\n', &line)) {
		for (unsigned n = fence->indent; n && line.len && *line.ptr == ' '; n--)
			line.ptr++, line.len--;
		ra_buf_add(&out, line);
		ra_buf_addc(&out, '\n');
	}
	return ra_buf_str(&out);
}

int ra_card_fixes(struct ra_card_reader *r, const struct ra_md_block *blocks, size_t n)
{
	struct ra_card_fix *fix = NULL;
	int rc;

	for (size_t i = 0; i < n; i++) {
		if (blocks[i].kind == RA_MD_ITEM) {
			fix = ra_vec_push(r->arena, &r->card->fixes);
			*fix = (struct ra_card_fix){ 0 };
			rc = read_fix(r, blocks[i].text, fix);
			if (rc)
				return rc;
		} else if (blocks[i].kind == RA_MD_FENCE && fix && !fix->diff.len &&
			   ra_str_is(blocks[i].info, "diff")) {
			fix->diff = outdent(r->arena, &blocks[i]);
		} else {
			return ra_card_fail(r, blocks[i].at, "'Fixes' holds bullets, each with one "
					    "'diff' fence or none");
		}
	}
	return 0;
}
