/*
 * One card. markdown.c says where its headings, paragraphs and fences are; here each section goes
 * to its field, and what belongs together is checked. All text of a card points into one copy of
 * the file, so every error can name line and column. A new section is a row of `sections`.
 */
#include "core/races/internal.h"

#include <stdio.h>

enum { CARD_BYTES = 64 * 1024 };

static uint32_t line_of(const struct ra_card_reader *r, const char *at, uint32_t *column)
{
	const char *start = r->text.ptr, *end;
	uint32_t line = 1;

	for (; (end = memchr(start, '\n', (size_t)(at - start))); start = end + 1)
		line++;
	*column = (uint32_t)(at - start) + 1;
	return line;
}

int ra_card_fail(const struct ra_card_reader *r, const char *at, const char *format, ...)
{
	char reason[400];
	uint32_t column, line = line_of(r, at, &column);
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	return ra_fail(r->err, RA_EPARSE, "%s:%u:%u: %s", r->path, line, column, reason);
}

/* -- sections -------------------------------------------------------------------------------- */

/* What stands below one `## heading`. */
struct section {
	const struct ra_md_block *heading, *blocks;
	size_t n;
	struct ra_str raw;      /* all of it, byte for byte */
	struct ra_str *field;   /* of the card, for the readers of plain text */
};

static int read_prose(struct ra_card_reader *r, const struct section *section)
{
	(void)r;
	*section->field = ra_str_trim(section->raw);
	return 0;
}

static int read_line(struct ra_card_reader *r, const struct section *section)
{
	if (section->n != 1 || section->blocks->kind != RA_MD_PARAGRAPH ||
	    !ra_str_eq(section->blocks->text, ra_str_trim(section->raw)))
		return ra_card_fail(r, section->heading->at, "'%.*s' holds one paragraph",
				    RA_FMT(section->heading->text));
	*section->field = ra_md_line(r->arena, section->blocks->text);
	return 0;
}

/* The only fence of a section; there may be prose around it. */
static int only_fence(struct ra_card_reader *r, const struct section *section,
		      const struct ra_md_block **fence)
{
	*fence = NULL;
	for (size_t i = 0; i < section->n; i++) {
		if (section->blocks[i].kind != RA_MD_FENCE)
			continue;
		if (*fence)
			return ra_card_fail(r, section->blocks[i].at, "'%.*s' holds one fence",
					    RA_FMT(section->heading->text));
		*fence = &section->blocks[i];
	}
	if (!*fence)
		return ra_card_fail(r, section->heading->at, "'%.*s' holds no fence",
				    RA_FMT(section->heading->text));
	return 0;
}

/* `## Pattern` and `## Where`: a fence that is named after what it holds. */
static int read_named_fence(struct ra_card_reader *r, const struct section *section,
			    const char *info, struct ra_str *text)
{
	const struct ra_md_block *fence;
	int rc = only_fence(r, section, &fence);

	if (!rc && !ra_str_is(fence->info, info))
		rc = ra_card_fail(r, fence->at, "this fence must be marked '%s'", info);
	if (!rc && !ra_str_trim(fence->text).len)
		rc = ra_card_fail(r, fence->at, "this fence is empty");
	if (!rc)
		*text = fence->text;
	return rc;
}

static int read_pattern(struct ra_card_reader *r, const struct section *section)
{
	return read_named_fence(r, section, "pcre2", &r->pattern);
}

static int read_where(struct ra_card_reader *r, const struct section *section)
{
	return read_named_fence(r, section, "where", &r->where);
}

/* A test for each language, or one for all of them: a shell script, a text. */
static int read_test(struct ra_card_reader *r, const struct ra_md_block *fence)
{
	struct ra_str words = fence->info, word;
	struct ra_card_test test = { .text = fence->text };
	uint32_t seen = 0;

	while (ra_words_next(&words, &word)) {
		if (!test.lang.len)
			test.lang = word;
		test.langs |= ra_lang_bits(word);
	}
	if (!test.lang.len)
		return ra_card_fail(r, fence->at, "this fence must name its language");
	for (size_t i = 0; i < r->card->tests.n; i++)
		seen |= r->card->tests.v[i].langs ? r->card->tests.v[i].langs : UINT32_MAX;
	if ((seen & test.langs) || (seen && !test.langs))
		return ra_card_fail(r, fence->at, "a second test for the same language");
	*ra_vec_push(r->arena, &r->card->tests) = test;
	return 0;
}

static int read_reproduction(struct ra_card_reader *r, const struct section *section)
{
	int rc = 0;

	for (size_t i = 0; i < section->n && !rc; i++)
		rc = section->blocks[i].kind == RA_MD_FENCE ? read_test(r, &section->blocks[i])
			: ra_card_fail(r, section->blocks[i].at, "section 'Reproduction' holds "
				       "fences alone, one for each language");
	return rc;
}

const struct ra_card_test *ra_card_test_for(const struct ra_card *card, enum ra_lang lang)
{
	for (size_t i = 0; i < card->tests.n; i++)
		if (!card->tests.v[i].langs || (card->tests.v[i].langs & 1u << lang))
			return &card->tests.v[i];
	return NULL;
}

static int read_fixes(struct ra_card_reader *r, const struct section *section)
{
	return ra_card_fixes(r, section->blocks, section->n);
}

/* What may follow the role of a sample: `todo`, `version=1.21`. */
static bool read_options(struct ra_str words, struct ra_card_sample *sample)
{
	struct ra_str word, version = RA_STR("version=");

	while (ra_words_next(&words, &word)) {
		if (ra_str_is(word, "todo") && sample->kind == RA_SAMPLE_BUG)
			sample->kind = RA_SAMPLE_TODO;
		else if (!ra_str_starts(word, version) || sample->version)
			return false;
		else if (!(sample->version = ra_version_read(
				   ra_str_n(word.ptr + version.len, word.len - version.len))))
			return false;
	}
	return true;
}

/* `python bug`, `python bug todo`, `python fix`, `go bug version=1.21`. */
static int read_sample(struct ra_card_reader *r, const struct ra_md_block *fence, const char *role)
{
	struct ra_str info = fence->info, lang = { 0 }, word = { 0 };
	struct ra_card_sample *sample;
	bool bug = strcmp(role, "bug") == 0;
	uint32_t column;

	ra_words_next(&info, &lang);
	ra_words_next(&info, &word);
	sample = ra_vec_push(r->arena, &r->card->samples);
	*sample = (struct ra_card_sample){
		.kind = bug ? RA_SAMPLE_BUG : RA_SAMPLE_FIX,
		.lang = ra_lang_named(lang),
		.text = fence->text,
		.line = line_of(r, fence->text.ptr, &column),
	};
	if (!ra_str_is(word, role) || !read_options(info, sample))
		return ra_card_fail(r, fence->at, "mark this fence '<language> %s%s'", role,
				    bug ? "' or '<language> bug todo" : "");
	if (sample->lang == RA_LANG_NONE)
		return ra_card_fail(r, lang.ptr, "unknown language '%.*s'", RA_FMT(lang));
	if (bug && !ra_str_has_word(fence->text, RA_STR("race")))
		return ra_card_fail(r, fence->at, "no line of this sample is marked by a comment "
				    "'race'");
	return 0;
}

static int read_samples(struct ra_card_reader *r, const struct section *section, const char *role)
{
	for (size_t i = 0; i < section->n; i++) {
		int rc = section->blocks[i].kind == RA_MD_FENCE ?
				 read_sample(r, &section->blocks[i], role) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

static int read_bug(struct ra_card_reader *r, const struct section *section)
{
	return read_samples(r, section, "bug");
}

static int read_fix(struct ra_card_reader *r, const struct section *section)
{
	return read_samples(r, section, "fix");
}

static const struct section_row {
	const char *name;
	int (*read)(struct ra_card_reader *r, const struct section *section);
	size_t field;           /* of the card, for readers of plain text */
	bool is_template;
} sections[] = {
	{ "Message", read_line, offsetof(struct ra_card, message), true },
	{ "Trigger", read_prose, offsetof(struct ra_card, trigger), true },
	{ "Impact", read_prose, offsetof(struct ra_card, impact), true },
	{ "Consequence", read_line, offsetof(struct ra_card, consequence), true },
	{ "Question", read_line, offsetof(struct ra_card, question_text), true },
	{ "Pattern", read_pattern, 0, false },
	{ "Where", read_where, 0, false },
	{ "Bug", read_bug, 0, false },
	{ "Fix", read_fix, 0, false },
	{ "Fixes", read_fixes, 0, true },
	{ "Reproduction", read_reproduction, 0, true },
	{ "Limits", read_prose, offsetof(struct ra_card, limits), false },
	{ "References", read_prose, offsetof(struct ra_card, references), false },
};

static int unknown_section(const struct ra_card_reader *r, const struct section *section)
{
	struct ra_nearest nearest = { .word = section->heading->text };

	for (size_t i = 0; i < RA_COUNT(sections); i++)
		ra_nearest_try(&nearest, ra_str(sections[i].name));
	return ra_card_unknown(r, "section", &nearest);
}

static int read_section(struct ra_card_reader *r, struct section *section, unsigned *seen)
{
	for (size_t i = 0; i < RA_COUNT(sections); i++) {
		const struct section_row *row = &sections[i];

		if (!ra_str_is(section->heading->text, row->name))
			continue;
		if (*seen & 1u << i)
			return ra_card_fail(r, section->heading->at, "a second section '%s'",
					    row->name);
		*seen |= 1u << i;
		if (!ra_str_trim(section->raw).len)
			return ra_card_fail(r, section->heading->at, "section '%s' is empty",
					    row->name);
		section->field = (struct ra_str *)((char *)r->card + row->field);
		if (row->is_template)
			*ra_vec_push(r->arena, &r->templates) = section->raw;
		return row->read(r, section);
	}
	return unknown_section(r, section);
}

/* -- the whole card -------------------------------------------------------------------------- */

static bool is_section(const struct ra_md_block *block)
{
	return block->kind == RA_MD_HEADING && block->level <= 2;
}

/* Bytes that no editor shows would make a line look other than it is. */
static int check_bytes(const struct ra_card_reader *r)
{
	for (size_t i = 0; i < r->text.len; i++) {
		unsigned char c = (unsigned char)r->text.ptr[i];

		if ((c < ' ' && c != '\t' && c != '\n' &&
		     !(c == '\r' && r->text.ptr[i + 1] == '\n')) || c == 0x7f)
			return ra_card_fail(r, r->text.ptr + i, "control byte 0x%02x", c);
	}
	return 0;
}

/* Id and, from the folder, languages: "patterns/python/py-x.md". */
static int read_path(struct ra_card_reader *r)
{
	struct ra_str rest = ra_str(r->path), part, folder = { 0 }, file = { 0 };
	struct ra_card *card = r->card;

	while (ra_str_cut(&rest, '/', &part)) {
		folder = file;
		file = part;
	}
	if (ra_str_ends(file, RA_STR(".md")))
		file.len -= 3;
	for (size_t i = 0; i < file.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", file.ptr[i]))
			file.len = 0;
	if (!file.len)
		return ra_card_fail(r, r->text.ptr, "a card's file name is lower case letters, "
				    "digits and '-', then '.md'");
	card->id = ra_str_copy(r->arena, file);
	for (int lang = RA_LANG_NONE + 1; lang < RA_LANG_COUNT; lang++)
		if (ra_str_is(folder, ra_lang_name((enum ra_lang)lang)) ||
		    ra_str_is(folder, ra_lang_name(ra_lang_family((enum ra_lang)lang))))
			card->langs |= 1u << lang;
	if (ra_str_is(folder, "any"))
		card->langs = (1u << RA_LANG_COUNT) - 2; /* all but RA_LANG_NONE */
	return 0;
}

/* What stands above the first section: heading, summary, metadata. */
static int read_head(struct ra_card_reader *r, const struct ra_md_block *blocks, size_t n)
{
	const struct ra_md_block *summary = NULL;

	if (!n || blocks[0].kind != RA_MD_HEADING || blocks[0].level != 1 ||
	    !ra_str_eq(blocks[0].text, r->card->id))
		return ra_card_fail(r, n ? blocks[0].at : r->text.ptr,
				    "a card begins with its id: '# %.*s'", RA_FMT(r->card->id));
	r->heading = &blocks[0];
	for (size_t i = 1; i < n; i++) {
		if (blocks[i].kind == RA_MD_PARAGRAPH && !summary)
			summary = &blocks[i];
		if (blocks[i].kind != RA_MD_FENCE)
			continue;
		if (r->metadata || !ra_str_is(blocks[i].info, "ini"))
			return ra_card_fail(r, blocks[i].at, "above the first section stands one "
					    "fence, marked 'ini'");
		r->metadata = &blocks[i];
	}
	if (!summary)
		return ra_card_fail(r, blocks[0].at, "no summary below the heading");
	if (!r->metadata)
		return ra_card_fail(r, blocks[0].at, "no 'ini' fence with the metadata");
	r->card->summary = ra_md_line(r->arena, summary->text);
	return ra_card_metadata(r);
}

static int read_sections(struct ra_card_reader *r, const struct ra_md_block *blocks, size_t n)
{
	const char *end = r->text.ptr + r->text.len;
	unsigned seen = 0;
	size_t next;

	for (size_t i = 0; i < n; i = next) {
		struct section section = { .heading = &blocks[i], .blocks = &blocks[i + 1] };
		int rc;

		for (next = i + 1; next < n && !is_section(&blocks[next]); next++)
			;
		section.n = next - i - 1;
		section.raw.ptr = blocks[i].end;
		section.raw.len = (size_t)((next < n ? blocks[next].at : end) - blocks[i].end);
		if (blocks[i].level == 1)
			return ra_card_fail(r, blocks[i].at, "a card has one heading '#'; "
					    "sections begin with '##'");
		rc = read_section(r, &section, &seen);
		if (rc)
			return rc;
	}
	return 0;
}

/* -- what belongs together ------------------------------------------------------------------- */

static int check_samples(struct ra_card_reader *r)
{
	unsigned bugs = 0, fixes = 0, langs = 0;

	for (size_t i = 0; i < r->card->samples.n; i++) {
		const struct ra_card_sample *sample = &r->card->samples.v[i];

		bugs += sample->kind == RA_SAMPLE_BUG;
		fixes += sample->kind == RA_SAMPLE_FIX;
		langs |= 1u << sample->lang;
		if (r->card->langs && !(r->card->langs & 1u << sample->lang))
			return ra_card_fail(r, sample->text.ptr, "the card is not for %s",
					    ra_lang_name(sample->lang));
	}
	if (!bugs || !fixes)
		return ra_card_fail(r, r->heading->at, "a card needs a sample in '## Bug' and one "
				    "in '## Fix'");
	if (!r->card->langs)
		r->card->langs = langs;
	return 0;
}

/* Versions of several languages cannot be compared. */
static int check_versions(struct ra_card_reader *r)
{
	const struct ra_card *card = r->card;
	enum ra_lang family = RA_LANG_NONE;

	for (int i = RA_LANG_NONE + 1; i < RA_LANG_COUNT && (card->since || card->before); i++) {
		enum ra_lang other = ra_lang_family((enum ra_lang)i);

		if (!(card->langs & 1u << i))
			continue;
		if (family && other != family)
			return ra_card_fail(r, r->metadata->at, "'since' and 'before' are for "
					    "cards of one language");
		family = other;
	}
	return 0;
}

static int check_detector(struct ra_card_reader *r)
{
	const struct ra_detector *detector = r->card->detector;
	struct ra_str known = ra_str(detector->params), word;

	if (r->pattern.len || r->where.len)
		return ra_card_fail(r, r->detector.ptr, "a card has a detector, or a pattern with "
				    "'where' words");
	for (size_t i = 0; i < r->card->params.n; i++) {
		struct ra_nearest nearest = { .word = r->card->params.v[i].key };
		struct ra_str rest = known;

		if (ra_words_hold(known, nearest.word))
			continue;
		while (ra_words_next(&rest, &word))
			ra_nearest_try(&nearest, word);
		return ra_card_unknown(r, "parameter", &nearest);
	}
	return 0;
}

static int compile_pattern(struct ra_card_reader *r, bool tried)
{
	struct ra_str text = r->pattern;
	struct ra_error why;
	size_t at = 0;
	int rc;

	if (r->card->params.n)
		return ra_card_fail(r, r->card->params.v[0].key.ptr,
				    "parameters are for detectors");
	while (text.len && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
		text.len--;
	rc = ra_pattern_compile(r->arena, text, &r->card->pattern, &at, &why);
	if (!rc && !tried)
		rc = ra_pattern_try(r->card->pattern, &why);
	if (rc)
		return ra_card_fail(r, text.ptr + at, "%s", why.text);
	return r->where.len ? ra_where_read(r, r->where) : 0;
}

static int check_id(struct ra_card_reader *r, const struct ra_cards *others)
{
	for (size_t i = 0; i < others->known.n; i++)
		if (ra_str_eq(others->known.v[i].id, r->card->id))
			return ra_card_fail(r, r->heading->at, "'%.*s' has the same id; rename one",
					    RA_FMT(others->known.v[i].path));
	return 0;
}

static int check_card(struct ra_card_reader *r, const struct ra_cards *others)
{
	int rc = check_id(r, others);

	if (!rc)
		rc = check_samples(r);
	if (!rc)
		rc = check_versions(r);
	if (!rc && !r->card->message.len)
		rc = ra_card_fail(r, r->heading->at, "section '## Message' is missing");
	if (rc)
		return rc;
	if (r->card->detector)
		rc = check_detector(r);
	else if (r->pattern.len)
		rc = compile_pattern(r, others->tried);
	else
		rc = ra_card_fail(r, r->metadata->at, "neither a detector nor '## Pattern'");
	return rc ? rc : ra_card_templates(r);
}

int ra_card_read(struct ra_arena *arena, const char *path, struct ra_str text, struct ra_cards *out,
		 struct ra_error *err)
{
	struct ra_card card = { .path = ra_str_copy(arena, ra_str(path)) };
	struct ra_card_reader r = { .arena = arena, .card = &card, .err = err,
				    .path = card.path.ptr };
	struct ra_md md;
	size_t head = 0;
	int rc;

	card.digest = ra_str_hash(text);
	if (ra_str_starts(text, RA_STR("\xef\xbb\xbf")))
		text = ra_str_n(text.ptr + 3, text.len - 3);
	if (text.len > CARD_BYTES)
		return ra_fail(err, RA_EPARSE, "%s:1:1: longer than %d KiB", path,
			       CARD_BYTES / 1024);
	r.text = ra_str_copy(arena, text);
	rc = check_bytes(&r);
	if (!rc)
		rc = read_path(&r);
	if (!rc)
		rc = ra_md_read(&r, &md);
	if (rc)
		return rc;
	while (head < md.n && (head == 0 || !is_section(&md.blocks[head])))
		head++;
	rc = read_head(&r, md.blocks, head);
	if (!rc)
		rc = read_sections(&r, md.blocks + head, md.n - head);
	if (!rc)
		rc = check_card(&r, out);
	if (rc) {
		ra_pattern_close(card.pattern);
		return rc;
	}
	*ra_vec_push(arena, &out->list) = card;
	*ra_vec_push(arena, &out->known) = (struct ra_card_known){ card.id, card.path, card.digest };
	return RA_OK;
}
