/*
 * The `ini` fence of a card, one table row for each key. inih reads it line by line: the packaged
 * one numbers lines within what it is given and takes a section for granted, so a line of its own
 * gives the exact place of whatever is wrong. A new key is a row and a function that sets it.
 */
#include "core/races/internal.h"

#include <ini.h>
#include <stddef.h>

enum { LINE_BYTES = 4096 };

static int set_title(struct ra_card_reader *r, struct ra_str value)
{
	r->card->title = value;
	return 0;
}

static int set_type(struct ra_card_reader *r, struct ra_str value)
{
	struct ra_nearest nearest = { .word = value };
	const struct ra_race_type *types;
	size_t n;

	r->card->type = ra_race_type(value);
	if (r->card->type)
		return 0;
	types = ra_race_types(&n);
	for (size_t i = 0; i < n; i++)
		ra_nearest_try(&nearest, ra_str(types[i].name));
	return ra_card_unknown(r, "race type", &nearest);
}

static int set_class(struct ra_card_reader *r, struct ra_str value)
{
	struct ra_nearest nearest = { .word = value };
	const struct ra_race_class *classes;
	size_t n;

	r->card->class_ = ra_race_class(value);
	if (r->card->class_)
		return 0;
	classes = ra_race_classes(&n);
	for (size_t i = 0; i < n; i++)
		ra_nearest_try(&nearest, ra_str(classes[i].name));
	return ra_card_unknown(r, "class", &nearest);
}

static int set_severity(struct ra_card_reader *r, struct ra_str value)
{
	int severity = ra_severity_named(value);

	r->card->severity = (enum ra_severity)severity;
	return severity < 0 ? ra_card_fail(r, value.ptr, "severity is low, medium or high") : 0;
}

static int set_confidence(struct ra_card_reader *r, struct ra_str value)
{
	int confidence = ra_confidence_named(value);

	r->card->confidence = (enum ra_confidence)confidence;
	return confidence < 0 ? ra_card_fail(r, value.ptr, "confidence is low, medium or high") : 0;
}

static int set_runtimes(struct ra_card_reader *r, struct ra_str value)
{
	struct ra_nearest nearest;
	struct ra_str word;

	while (ra_words_next(&value, &word)) {
		uint32_t bit = ra_runtime_named(word);

		r->card->runtimes |= bit;
		if (bit)
			continue;
		nearest = (struct ra_nearest){ .word = word };
		for (unsigned i = 0; ra_runtime_name(1u << i); i++)
			ra_nearest_try(&nearest, ra_str(ra_runtime_name(1u << i)));
		return ra_card_unknown(r, "runtime", &nearest);
	}
	return 0;
}

/* Keywords are code: only commas part them. */
static int set_keywords(struct ra_card_reader *r, struct ra_str value)
{
	struct ra_str rest = value, word;

	while (ra_str_cut(&rest, ',', &word)) {
		word = ra_str_trim(word);
		if (!word.len)
			return ra_card_fail(r, value.ptr, "an empty keyword is in every file");
		*ra_vec_push(r->arena, &r->card->keywords) = word;
	}
	return 0;
}

static int set_cwe(struct ra_card_reader *r, struct ra_str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return ra_card_fail(r, value.ptr, "cwe is a number");
	r->card->cwe = value;
	return 0;
}

static int set_languages(struct ra_card_reader *r, struct ra_str value)
{
	struct ra_nearest nearest;
	struct ra_str word;

	r->card->langs = 0;
	while (ra_words_next(&value, &word)) {
		enum ra_lang lang = ra_lang_named(word);

		if (lang == RA_LANG_NONE) {
			nearest = (struct ra_nearest){ .word = word };
			for (int i = RA_LANG_NONE + 1; i < RA_LANG_COUNT; i++)
				ra_nearest_try(&nearest, ra_str(ra_lang_name((enum ra_lang)i)));
			return ra_card_unknown(r, "language", &nearest);
		}
		r->card->langs |= 1u << lang;
	}
	return 0;
}

static int read_version(struct ra_card_reader *r, struct ra_str value, uint32_t *version)
{
	*version = ra_version_read(value);
	return *version ? 0 : ra_card_fail(r, value.ptr, "'%.*s' is no version", RA_FMT(value));
}

static int set_since(struct ra_card_reader *r, struct ra_str value)
{
	return read_version(r, value, &r->card->since);
}

static int set_before(struct ra_card_reader *r, struct ra_str value)
{
	return read_version(r, value, &r->card->before);
}

/* A key with two words to choose from: `*field` says whether it is the second. */
static int set_choice(struct ra_card_reader *r, struct ra_str value, const char *first,
		      const char *second, bool *field)
{
	*field = ra_str_is(value, second);
	if (*field || ra_str_is(value, first))
		return 0;
	return ra_card_fail(r, value.ptr, "'%.*s' is neither '%s' nor '%s'", RA_FMT(value), first,
			    second);
}

static int set_report(struct ra_card_reader *r, struct ra_str value)
{
	return set_choice(r, value, "finding", "question", &r->card->question);
}

static int set_default(struct ra_card_reader *r, struct ra_str value)
{
	return set_choice(r, value, "on", "off", &r->card->off);
}

static int set_text(struct ra_card_reader *r, struct ra_str value)
{
	return set_choice(r, value, "code", "raw", &r->card->raw);
}

static int set_detector(struct ra_card_reader *r, struct ra_str value)
{
	struct ra_nearest nearest = { .word = value };

	r->detector = value;
	r->card->detector = ra_detector_named(value);
	if (r->card->detector)
		return 0;
	for (size_t i = 0; i < ra_detectors_n; i++)
		ra_nearest_try(&nearest, ra_str(ra_detectors[i]->name));
	return ra_card_unknown(r, "detector", &nearest);
}

static const struct key {
	const char *name;
	int (*set)(struct ra_card_reader *r, struct ra_str value);
	bool required;
} keys[] = {
	{ "title", set_title, true },
	{ "race-type", set_type, true },
	{ "class", set_class, true },
	{ "severity", set_severity, true },
	{ "confidence", set_confidence, true },
	{ "runtimes", set_runtimes, false },
	{ "keywords", set_keywords, false },
	{ "cwe", set_cwe, false },
	{ "languages", set_languages, false },
	{ "since", set_since, false },
	{ "before", set_before, false },
	{ "report", set_report, false },
	{ "default", set_default, false },
	{ "text", set_text, false },
	{ "detector", set_detector, false },
};

/* -- lines ----------------------------------------------------------------------------------- */

struct line {
	struct ra_card_reader *r;
	struct ra_str text;     /* trimmed, in the card */
	unsigned seen;          /* bits of `keys` */
	bool taken;             /* inih found a name and a value */
	int rc;
};

static int set_param(struct ra_card_reader *r, struct ra_str name, struct ra_str value)
{
	const struct ra_str key = ra_str_n(name.ptr + 6, name.len - 6); /* after "param." */

	for (size_t i = 0; i < r->card->params.n; i++)
		if (ra_str_eq(r->card->params.v[i].key, key))
			return ra_card_fail(r, name.ptr, "'%.*s' is set twice", RA_FMT(name));
	*ra_vec_push(r->arena, &r->card->params) = (struct ra_card_param){ key, value };
	return 0;
}

static int unknown_key(const struct ra_card_reader *r, struct ra_str name)
{
	struct ra_nearest nearest = { .word = name };

	for (size_t i = 0; i < RA_COUNT(keys); i++)
		ra_nearest_try(&nearest, ra_str(keys[i].name));
	return ra_card_unknown(r, "key", &nearest);
}

static int set_key(struct line *line, struct ra_str name, struct ra_str value)
{
	if (!value.len)
		return ra_card_fail(line->r, name.ptr, "'%.*s' has no value", RA_FMT(name));
	if (ra_str_starts(name, RA_STR("param.")))
		return set_param(line->r, name, value);
	for (size_t i = 0; i < RA_COUNT(keys); i++) {
		if (!ra_str_is(name, keys[i].name))
			continue;
		if (line->seen & 1u << i)
			return ra_card_fail(line->r, name.ptr, "'%.*s' is set twice", RA_FMT(name));
		line->seen |= 1u << i;
		return keys[i].set(line->r, value);
	}
	return unknown_key(line->r, name);
}

/* inih hands over copies: the same bytes are the head and the tail of the line in the card. */
static int on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct line *line = arg;
	size_t n_name = strlen(name), n_value = strlen(value);

	(void)section;
	line->taken = true;
	line->rc = set_key(line, ra_str_n(line->text.ptr, n_name),
			   ra_str_n(line->text.ptr + line->text.len - n_value, n_value));
	return line->rc == 0;
}

/* As shipped, inih cuts lines at 200 bytes, and values at " ;". */
static void widen_inih(void)
{
	ini_max_line = LINE_BYTES + 3;
	ini_allow_inline_comments = false;
}

static int read_line(struct line *line)
{
	char copy[LINE_BYTES + 1];

	if (!line->text.len || *line->text.ptr == ';' || *line->text.ptr == '#')
		return 0;
	if (line->text.len > LINE_BYTES)
		return ra_card_fail(line->r, line->text.ptr, "longer than %d bytes", LINE_BYTES);
	memcpy(copy, line->text.ptr, line->text.len);
	copy[line->text.len] = '\0';
	line->taken = false;
	line->rc = 0;
	if ((ini_parse_string(copy, on_value, line) != 0 && !line->rc) || !line->taken)
		return ra_card_fail(line->r, line->text.ptr, "expected 'key = value'");
	return line->rc;
}

int ra_card_metadata(struct ra_card_reader *r)
{
	struct ra_str rest = r->metadata->text;
	struct line line = { .r = r };
	int rc;

	widen_inih();
	while (ra_str_cut(&rest, '\n', &line.text)) {
		line.text = ra_str_trim(line.text);
		rc = read_line(&line);
		if (rc)
			return rc;
	}
	for (size_t i = 0; i < RA_COUNT(keys); i++)
		if (keys[i].required && !(line.seen & 1u << i))
			return ra_card_fail(r, r->metadata->at, "key '%s' is missing",
					    keys[i].name);
	return 0;
}
