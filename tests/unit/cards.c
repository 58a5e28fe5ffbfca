/*
 * Cards: what one that is well formed gives, where and why others are refused, folders of them,
 * and their own samples. Run from the top of the repository.
 */
#include "core/races/internal.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH "patterns/python/demo-sleep.md"

static const char demo[] =
	"# demo-sleep\n"                                        /* 1 */
	"Sleeps on the\n"
	"event loop.\n"
	"\n"
	"```ini\n"                                              /* 5 */
	"title      = Sleep on the loop\n"
	"race-type  = blocking-in-async\n"
	"class      = blocking\n"
	"severity   = high\n"
	"confidence = medium\n"                                 /* 10 */
	"runtimes   = asyncio, trio\n"
	"keywords   = sleep(, await x\n"
	"cwe        = 833\n"
	"```\n"
	"## Message\n"                                          /* 15 */
	"`{{call}}` stops the loop\n"
	"of {{unit}}\n"
	"## Trigger\n"
	"Line {{line}}, *any* time.\n"
	"\n"                                                    /* 20 */
	"Twice.\n"
	"## Consequence\n"
	"{{#class}}{{class}} waits{{/class}}.\n"
	"## Pattern\n"
	"```pcre2\n"                                            /* 25 */
	"(?<call>time\\.sleep)\\(\n"
	"```\n"
	"## Where\n"
	"```where\n"
	"inside async\n"                                        /* 30 */
	"not argument of to_thread run\n"
	"```\n"
	"## Bug\n"
	"```python bug\n"
	"async def f():\n"                                      /* 35 */
	"\ttime.sleep(1)  # race\n"
	"```\n"
	"```python bug todo\n"
	"async def f():\n"
	"\tnap = time.sleep; nap(1)  # race\n"                  /* 40 */
	"```\n"
	"## Fix\n"
	"```python fix\n"
	"\n"
	"def f():\n"                                            /* 45 */
	"\ttime.sleep(1)\n"
	"\n"
	"```\n"
	"## Fixes\n"
	"- [simple] Await `asyncio.sleep`.\n"                   /* 50 */
	"  Closes: the stop. Trade-offs: none.\n"
	"  Risk: a new {{call}} checkpoint.\n"
	"\n"
	"  ```diff\n"
	"  -time.sleep(1)\n"                                    /* 55 */
	"  +await asyncio.sleep(1)\n"
	"  ```\n"
	"- [complex] Move it to a thread.\n"
	"## Reproduction\n"
	"```python\n"                                           /* 60 */
	"run({{function}})\n"
	"```\n"
	"## Limits\n"
	"Aliases.\n"
	"## References\n"                                       /* 65 */
	"- a list\n";

static struct ra_cards read_card(struct ra_arena *arena, const char *path, struct ra_str text)
{
	struct ra_cards cards = { 0 };
	struct ra_error err;

	if (ra_card_read(arena, path, text, &cards, &err) != RA_OK)
		fail_msg("%s", err.text);
	ra_cards_seal(&cards);
	return cards;
}

#define assert_str(actual, expected) assert_string_equal(ra_cstr(arena, actual), expected)

/* -- well formed ----------------------------------------------------------------------------- */

static void test_card_has_what_its_text_says(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_cards cards = read_card(arena, PATH, RA_STR(demo));
	const struct ra_card *card = ra_cards_find(&cards, RA_STR("demo-sleep"));

	assert_non_null(card);
	assert_str(card->summary, "Sleeps on the event loop.");
	assert_str(card->title, "Sleep on the loop");
	assert_string_equal(card->type->name, "blocking-in-async");
	assert_string_equal(card->class_->name, "blocking");
	assert_int_equal(card->severity, RA_SEV_HIGH);
	assert_int_equal(card->confidence, RA_CONF_MEDIUM);
	assert_int_equal(card->runtimes, RA_RT_ASYNCIO | RA_RT_TRIO);
	assert_int_equal(card->langs, 1u << RA_LANG_PYTHON);
	assert_int_equal(card->keywords.n, 2);
	assert_str(card->keywords.v[0], "sleep(");
	assert_str(card->keywords.v[1], "await x");
	assert_str(card->cwe, "833");
	assert_false(card->question || card->off || card->raw);
	assert_str(card->message, "`{{call}}` stops the loop of {{unit}}");
	assert_str(card->trigger, "Line {{line}}, *any* time.\n\nTwice.");
	assert_str(card->impact, "");
	assert_str(card->consequence, "{{#class}}{{class}} waits{{/class}}.");
	assert_str(card->tests.v[0].text, "run({{function}})\n");
	assert_str(card->tests.v[0].lang, "python");
	assert_str(card->references, "- a list");
	assert_int_equal(card->pattern->n_groups, 1);
	assert_string_equal(card->pattern->groups[0].name, "call");
	assert_int_equal(card->where.n, 2);
	assert_string_equal(card->where.v[0].word->name, "inside");
	assert_true(card->where.v[1].negated);
	assert_str(card->where.v[1].args[1], "run");
	ra_cards_close(&cards);
}

static void test_fixes_have_their_parts(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_cards cards = read_card(arena, PATH, RA_STR(demo));
	const struct ra_card *card = &cards.list.v[0];

	assert_int_equal(card->fixes.n, 2);
	assert_str(card->fixes.v[0].effort, "simple");
	assert_str(card->fixes.v[0].sketch, "Await `asyncio.sleep`.");
	assert_str(card->fixes.v[0].closes, "the stop.");
	assert_str(card->fixes.v[0].tradeoffs, "none.");
	assert_str(card->fixes.v[0].risk, "a new {{call}} checkpoint.");
	assert_str(card->fixes.v[0].diff, "-time.sleep(1)\n+await asyncio.sleep(1)\n");
	assert_str(card->fixes.v[1].sketch, "Move it to a thread.");
	assert_str(card->fixes.v[1].closes, "");
	ra_cards_close(&cards);
}

static void test_samples_keep_bytes_and_lines(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_cards cards = read_card(arena, PATH, RA_STR(demo));
	const struct ra_card *card = &cards.list.v[0];

	assert_int_equal(card->samples.n, 3);
	assert_int_equal(card->samples.v[0].kind, RA_SAMPLE_BUG);
	assert_int_equal(card->samples.v[0].line, 35);
	assert_str(card->samples.v[0].text, "async def f():\n\ttime.sleep(1)  # race\n");
	assert_int_equal(card->samples.v[1].kind, RA_SAMPLE_TODO);
	assert_int_equal(card->samples.v[2].kind, RA_SAMPLE_FIX);
	assert_int_equal(card->samples.v[2].line, 44);
	assert_str(card->samples.v[2].text, "\ndef f():\n\ttime.sleep(1)\n\n");
	ra_cards_close(&cards);
}

/* `find` once replaced in the demo card; all of it when `find` is NULL. */
static struct ra_str edit(struct ra_arena *arena, const char *find, const char *replace)
{
	struct ra_str text = RA_STR(demo);
	ptrdiff_t at = find ? ra_str_find(text, ra_str(find)) : 0;

	if (!find)
		return ra_str(replace);
	if (at < 0)
		fail_msg("the demo card has no '%s'", find);
	return ra_printf(arena, "%.*s%s%s", (int)at, text.ptr, replace,
			 text.ptr + at + strlen(find));
}

static struct ra_str with_crlf(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\n')
			ra_buf_addc(&out, '\r');
		ra_buf_addc(&out, text.ptr[i]);
	}
	return ra_buf_str(&out);
}

static void test_crlf_and_bom_change_nothing_but_sample_bytes(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_str crlf = with_crlf(arena, RA_STR(demo));
	struct ra_cards cards = read_card(arena, PATH, ra_printf(arena, "\xef\xbb\xbf%.*s",
								  RA_FMT(crlf)));
	const struct ra_card *card = &cards.list.v[0];

	assert_str(card->message, "`{{call}}` stops the loop of {{unit}}");
	assert_str(card->cwe, "833");
	assert_str(card->fixes.v[0].risk, "a new {{call}} checkpoint.");
	assert_str(card->samples.v[0].text, "async def f():\r\n\ttime.sleep(1)  # race\r\n");
	assert_int_equal(card->samples.v[2].line, 44);
	ra_cards_close(&cards);
}

static void test_long_values_and_semicolons_are_not_cut(void **state)
{
	struct ra_arena *arena = *state;
	char title[3001];
	struct ra_cards cards;

	memset(title, 'x', sizeof(title));
	memcpy(title, "a ;b #c", 7);
	title[3000] = '\0';
	cards = read_card(arena, PATH, edit(arena, "Sleep on the loop", title));
	assert_str(cards.list.v[0].title, title);
	ra_cards_close(&cards);
}

static void test_languages_come_from_folder_key_or_samples(void **state)
{
	static const struct { const char *path, *key; uint32_t langs; } rows[] = {
		{ "x/python/demo-sleep.md", "", 1u << RA_LANG_PYTHON },
		{ "x/any/demo-sleep.md", "", (1u << RA_LANG_COUNT) - 2 },
		{ "x/any/demo-sleep.md", "languages = python\n", 1u << RA_LANG_PYTHON },
		{ "demo-sleep.md", "", 1u << RA_LANG_PYTHON },
	};
	struct ra_arena *arena = *state;

	for (size_t i = 0; i < RA_COUNT(rows); i++) {
		struct ra_cards cards = read_card(arena, rows[i].path,
			edit(arena, "cwe ", ra_printf(arena, "%scwe ", rows[i].key).ptr));

		assert_int_equal(cards.list.v[0].langs, rows[i].langs);
		ra_cards_close(&cards);
	}
}

static void test_switches_are_read(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_cards cards = read_card(arena, PATH, edit(arena, "cwe        = 833",
		"report = question\ndefault = off\ntext = raw"));

	assert_true(cards.list.v[0].question && cards.list.v[0].off && cards.list.v[0].raw);
	ra_cards_close(&cards);
}

/* A detector of the registry that takes parameters. */
static const struct ra_detector *any_detector(void)
{
	for (size_t i = 0; i < ra_detectors_n; i++)
		if (*ra_detectors[i]->params)
			return ra_detectors[i];
	fail_msg("no detector takes parameters");
	return NULL;
}

static struct ra_str detector_card(struct ra_arena *arena, const char *keys)
{
	struct ra_str text = edit(arena, "cwe        = 833", keys);
	ptrdiff_t from = ra_str_find(text, RA_STR("## Pattern"));
	ptrdiff_t to = ra_str_find(text, RA_STR("## Bug"));
	struct ra_str head = ra_str_n(text.ptr, (size_t)from);
	ptrdiff_t call;

	text = ra_printf(arena, "%.*s%s", RA_FMT(head), text.ptr + to);
	while ((call = ra_str_find(text, RA_STR("call}}"))) >= 0)
		memcpy((char *)text.ptr + call, "unit", 4);
	return text;
}

static void test_detector_card_has_its_parameters(void **state)
{
	struct ra_arena *arena = *state;
	const struct ra_detector *detector = any_detector();
	struct ra_str rest = ra_str(detector->params), param;
	struct ra_cards cards;
	const struct ra_card *card;

	ra_words_next(&rest, &param);
	cards = read_card(arena, PATH, detector_card(arena,
		ra_printf(arena, "detector = %s\nparam.%.*s = one, two three", detector->name,
			  RA_FMT(param)).ptr));
	card = &cards.list.v[0];
	assert_ptr_equal(card->detector, detector);
	assert_null(card->pattern);
	assert_str(ra_card_param(card, ra_cstr(arena, param)), "one, two three");
	assert_str(ra_card_param(card, "no such key"), "");
	assert_true(ra_card_has(card, ra_cstr(arena, param), "two"));
	assert_false(ra_card_has(card, ra_cstr(arena, param), "tw"));
	ra_cards_close(&cards);
}

/* -- malformed ------------------------------------------------------------------------------- */

static const struct malformed {
	const char *find, *replace, *error;
} malformed[] = {
	/* bytes and structure */
	{ NULL, "", "1:1: a card begins with its id: '# demo-sleep'" },
	{ "Trigger\nLine", "Trigger\n\x01Line", "19:1: control byte 0x01" },
	{ "Line {{line}}", "Line\r{{line}}", "19:5: control byte 0x0d" },
	{ "# demo-sleep", "# demo-slepp", "1:1: a card begins with its id: '# demo-sleep'" },
	{ "# demo-sleep\n", "demo-sleep\n===\n", "1:1: write headings with '#'" },
	{ "Sleeps on the\nevent loop.\n", "", "1:1: no summary below the heading" },
	{ "```ini", "```toml", "5:1: above the first section stands one fence, marked 'ini'" },
	{ "```\n## Message", "## Message", "15:1: expected 'key = value'" },
	{ "run({{function}})\n```\n", "", "60:1: this fence is not closed" },
	{ "## Limits", "# Limits", "63:1: a card has one heading '#'; sections begin with '##'" },
	{ "## Trigger", "## Triger", "18:4: unknown section 'Triger'; did you mean 'Trigger'?" },
	{ "## Trigger", "## Wherefore art thou", "18:4: unknown section 'Wherefore art thou'; "
	  "docs/writing-cards.md lists the known ones" },
	{ "## Limits", "## Trigger", "63:1: a second section 'Trigger'" },
	{ "Aliases.\n", "", "63:1: section 'Limits' is empty" },
	/* metadata */
	{ "title  ", "titel  ", "6:1: unknown key 'titel'; did you mean 'title'?" },
	{ "title      = Sleep on the loop\n", "", "5:1: key 'title' is missing" },
	{ "cwe        = 833", "cwe        = CWE-833", "13:14: cwe is a number" },
	{ "cwe        = 833", "[more]", "13:1: expected 'key = value'" },
	{ "cwe        = 833", "cwe", "13:1: expected 'key = value'" },
	{ "cwe        = 833", "cwe =", "13:1: 'cwe' has no value" },
	{ "cwe        = 833", "  title = again", "13:3: 'title' is set twice" },
	{ "race-type  = blocking-in-async", "race-type = blocking-async",
	  "7:13: unknown race type 'blocking-async'; did you mean 'blocking-in-async'?" },
	{ "class      = blocking", "class = atomicity gap",
	  "8:9: unknown class 'atomicity gap'; did you mean 'atomicity-gap'?" },
	{ "severity   = high", "severity = fatal", "9:12: severity is low, medium or high" },
	{ "confidence = medium", "confidence = 9", "10:14: confidence is low, medium or high" },
	{ "asyncio, trio", "asyncio, tria", "11:23: unknown runtime 'tria'; did you mean 'trio'?" },
	{ "sleep(, await x", "sleep(,, x", "12:14: an empty keyword is in every file" },
	{ "cwe        = 833", "languages = pyton",
	  "13:13: unknown language 'pyton'; did you mean 'python'?" },
	{ "cwe        = 833", "report = maybe",
	  "13:10: 'maybe' is neither 'finding' nor 'question'" },
	{ "cwe        = 833", "detector = no-such-thing",
	  "13:12: unknown detector 'no-such-thing'; docs/writing-cards.md lists the known ones" },
	{ "cwe        = 833", "before = next", "13:10: 'next' is no version" },
	{ "cwe        = 833", "since = 1.x", "13:9: '1.x' is no version" },
	{ "cwe        = 833", "since = 3.8\nlanguages = python, go",
	  "5:1: 'since' and 'before' are for cards of one language" },
	{ "cwe        = 833", "param.x = 1", "13:7: parameters are for detectors" },
	{ "cwe        = 833", "param.x = 1\nparam.x = 2", "14:1: 'param.x' is set twice" },
	/* sections */
	{ "of {{unit}}\n", "\nof {{unit}}\n", "15:1: 'Message' holds one paragraph" },
	{ "## Message\n`{{call}}` stops the loop\nof {{unit}}\n", "",
	  "1:1: section '## Message' is missing" },
	{ "```pcre2", "```regex", "25:1: this fence must be marked 'pcre2'" },
	{ "```pcre2\n(?<call>time\\.sleep)\\(\n```\n", "time\n", "24:1: 'Pattern' holds no fence" },
	{ "(?<call>time\\.sleep)\\(\n", "\n", "25:1: this fence is empty" },
	{ "```where", "```pcre2\nx\n```\n```where", "32:1: 'Where' holds one fence" },
	{ "```where", "```", "29:1: this fence must be marked 'where'" },
	{ "```python bug\n", "```python bugs\n",
	  "34:1: mark this fence '<language> bug' or '<language> bug todo'" },
	{ "```python fix\n", "```python fix todo\n", "43:1: mark this fence '<language> fix'" },
	{ "```python bug\n", "```python bug version=new\n",
	  "34:1: mark this fence '<language> bug' or '<language> bug todo'" },
	{ "```python bug\n", "```cobol bug\n", "34:4: unknown language 'cobol'" },
	{ "time.sleep(1)  # race", "time.sleep(1)  # bad",
	  "34:1: no line of this sample is marked by a comment 'race'" },
	{ "```python bug\n", "```python bug todo\n",
	  "1:1: a card needs a sample in '## Bug' and one in '## Fix'" },
	{ "```python\nrun", "```\nrun", "60:1: this fence must name its language" },
	{ "[simple]", "[easy]", "50:3: a fix begins with [simple], [moderate] or [complex]" },
	{ "[simple]", "[simple cobol]", "50:11: unknown language 'cobol'" },
	{ "```python\nrun({{function}})\n```\n",
	  "```python\nrun()\n```\n```python\nrun()\n```\n",
	  "63:1: a second test for the same language" },
	{ "Trade-offs: none", "Closes: none", "51:21: a part of this fix is given twice" },
	{ "Trade-offs: none.", "Trade-offs:", "51:21: a part of this fix has no words" },
	{ "  ```\n- [complex]", "  ```\n  More.\n- [complex]",
	  "58:3: a bullet ends with its fence: put the text before it" },
	{ "- [complex] Move", "Move",
	  "58:1: 'Fixes' holds bullets, each with one 'diff' fence or none" },
	/* patterns and where words */
	{ "sleep)\\(", "sleep\\(", "26:22: missing closing parenthesis" },
	{ "inside async", "inside asynk", "30:8: unknown argument 'asynk'; did you mean 'async'?" },
	{ "inside async", "insid async",
	  "30:1: unknown where word 'insid'; did you mean 'inside'?" },
	{ "inside async", "inside", "30:7: 'inside' takes an argument" },
	{ "inside async", "awaited now", "30:9: 'awaited' takes no more than 0 arguments" },
	{ "inside async", "calls a b c d e f g h i",
	  "30:23: 'calls' takes no more than 8 arguments" },
	{ "inside async", "declared outside call", "30:18: 'declared outside' takes a $group" },
	{ "inside async", "declared outside $wg", "30:19: the pattern has no group 'wg'" },
	{ "## Pattern\n```pcre2\n(?<call>time\\.sleep)\\(\n```\n", "",
	  "5:1: neither a detector nor '## Pattern'" },
	/* templates */
	{ "{{unit}}", "{{units}}", "17:6: unknown value 'units'; did you mean 'unit'?" },
	{ "{{line}}", "{{{line}}", "19:6: this '{{' is not closed" },
	{ "{{line}}", "{{> line}}", "19:6: cards use no partials and set no delimiters" },
	{ "{{/class}}", "{{/unit}}", "23:29: 'unit' closes no section" },
	{ "{{/class}}", "", "23:4: section 'class' is not closed" },
	{ "run({{function}})", "run({{fun}})", "61:7: unknown value 'fun'; "
	  "docs/writing-cards.md lists the known ones" },
	{ "{{call}} checkpoint", "{{cal}} checkpoint",
	  "52:17: unknown value 'cal'; did you mean 'call'?" },
};

static void test_malformed_cards_are_refused_in_place(void **state)
{
	struct ra_arena *arena = *state;

	for (size_t i = 0; i < RA_COUNT(malformed); i++) {
		struct ra_str text = edit(arena, malformed[i].find, malformed[i].replace);
		struct ra_cards cards = { 0 };
		struct ra_error err = { 0 };

		assert_int_equal(ra_card_read(arena, PATH, text, &cards, &err), RA_EPARSE);
		assert_string_equal(err.text, ra_printf(arena, PATH ":%s", malformed[i].error).ptr);
		assert_int_equal(cards.list.n, 0);
	}
}

static void test_names_of_files_are_ids(void **state)
{
	static const char *const paths[] = { "Demo.md", "python/.md", "a b.md", "a_b.md" };
	struct ra_arena *arena = *state;

	for (size_t i = 0; i < RA_COUNT(paths); i++) {
		struct ra_cards cards = { 0 };
		struct ra_error err;
		struct ra_str expected = ra_printf(arena, "%s:1:1: a card's file name is "
			"lower case letters, digits and '-', then '.md'", paths[i]);

		assert_int_equal(ra_card_read(arena, paths[i], RA_STR(demo), &cards, &err),
				 RA_EPARSE);
		assert_string_equal(err.text, expected.ptr);
	}
}

static void test_detector_parameters_are_known(void **state)
{
	struct ra_arena *arena = *state;
	const struct ra_detector *detector = any_detector();
	struct ra_cards cards = { 0 };
	struct ra_error err;
	struct ra_str text = detector_card(arena,
		ra_printf(arena, "detector = %s\nparam.zzzzzzzz = 1", detector->name).ptr);

	assert_int_equal(ra_card_read(arena, PATH, text, &cards, &err), RA_EPARSE);
	assert_string_equal(err.text, PATH ":14:7: unknown parameter 'zzzzzzzz'; "
			    "docs/writing-cards.md lists the known ones");
	text = edit(arena, "cwe        = 833",
		    ra_printf(arena, "detector = %s", detector->name).ptr);
	assert_int_equal(ra_card_read(arena, PATH, text, &cards, &err), RA_EPARSE);
	assert_string_equal(err.text, PATH ":13:12: a card has a detector, or a pattern with "
			    "'where' words");
}

/* Cut anywhere, a card is read or refused, and never crashes. */
static void test_any_part_of_a_card_is_read_or_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(demo); n += 3) {
		struct ra_str parts[] = { ra_str_n(demo, n),
					  ra_str_n(demo + n, sizeof(demo) - 1 - n) };

		for (size_t i = 0; i < RA_COUNT(parts); i++) {
			struct ra_arena arena;
			struct ra_cards cards = { 0 };
			struct ra_error err = { 0 };

			ra_arena_init(&arena, "part", 0);
			if (ra_card_read(&arena, PATH, parts[i], &cards, &err) != RA_OK)
				assert_true(ra_str_starts(ra_str(err.text), RA_STR(PATH ":")));
			ra_cards_close(&cards);
			ra_arena_release(&arena);
		}
	}
}

/* -- folders --------------------------------------------------------------------------------- */

struct folder {
	char path[64];
};

static const char *in_folder(struct ra_arena *arena, const struct folder *folder, const char *name)
{
	return ra_printf(arena, "%s/%s", folder->path, name).ptr;
}

static void write_card(struct ra_arena *arena, const struct folder *folder, const char *name,
		       const char *id)
{
	FILE *file = fopen(in_folder(arena, folder, name), "w");
	struct ra_str text = edit(arena, "# demo-sleep", ra_printf(arena, "# %s", id).ptr);

	assert_non_null(file);
	assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
	fclose(file);
}

static struct folder open_folder(struct ra_arena *arena)
{
	struct folder folder = { "/tmp/race-audit-cards-XXXXXX" };

	assert_non_null(mkdtemp(folder.path));
	assert_int_equal(mkdir(in_folder(arena, &folder, "any"), 0700), 0);
	assert_int_equal(mkdir(in_folder(arena, &folder, "python"), 0700), 0);
	write_card(arena, &folder, "python/b.md", "b");
	write_card(arena, &folder, "any/c.md", "c");
	write_card(arena, &folder, "a.md", "a");
	write_card(arena, &folder, "README.md", "not a card");
	return folder;
}

static void close_folder(struct ra_arena *arena, const struct folder *folder)
{
	static const char *const names[] = { "python/b.md", "any/c.md", "a.md", "README.md",
					     "any/b.md", "any", "python", "" };

	for (size_t i = 0; i < RA_COUNT(names); i++)
		remove(in_folder(arena, folder, names[i]));
}

static void test_folder_gives_all_cards_sorted(void **state)
{
	struct ra_arena *arena = *state;
	struct folder folder = open_folder(arena);
	struct ra_cards cards = { 0 };
	struct ra_error err;

	assert_int_equal(ra_cards_read_dir(arena, folder.path, &cards, &err), RA_OK);
	ra_cards_seal(&cards);
	assert_int_equal(cards.list.n, 3);
	assert_str(cards.list.v[0].id, "a");
	assert_str(cards.list.v[1].id, "b");
	assert_str(cards.list.v[2].id, "c");
	assert_int_equal(cards.list.v[2].langs, (1u << RA_LANG_COUNT) - 2);
	assert_ptr_equal(ra_cards_find(&cards, RA_STR("b")), &cards.list.v[1]);
	assert_null(ra_cards_find(&cards, RA_STR("d")));
	ra_cards_close(&cards);
	close_folder(arena, &folder);
}

static void test_cards_of_other_languages_are_known_but_not_read(void **state)
{
	struct ra_arena *arena = *state;
	struct folder folder = open_folder(arena);
	struct ra_cards all = { 0 }, go = { .langs = 1u << RA_LANG_GO };
	struct ra_cards none = { .langs = 1u << RA_LANG_NONE };
	struct ra_error err;

	assert_int_equal(ra_cards_read_dir(arena, folder.path, &all, &err), RA_OK);
	assert_int_equal(ra_cards_read_dir(arena, folder.path, &go, &err), RA_OK);
	assert_int_equal(ra_cards_read_dir(arena, folder.path, &none, &err), RA_OK);
	ra_cards_seal(&all);
	ra_cards_seal(&go);
	ra_cards_seal(&none);
	assert_null(ra_cards_find(&go, RA_STR("b")));
	assert_non_null(ra_cards_find(&go, RA_STR("c")));
	assert_null(ra_cards_find(&none, RA_STR("c")));
	assert_int_equal(go.digest, all.digest);
	assert_int_equal(none.digest, all.digest);
	ra_cards_close(&all);
	ra_cards_close(&go);
	ra_cards_close(&none);
	close_folder(arena, &folder);
}

static void test_same_id_twice_names_both_files(void **state)
{
	struct ra_arena *arena = *state;
	struct folder folder = open_folder(arena);
	struct ra_cards cards = { 0 };
	struct ra_error err;

	write_card(arena, &folder, "any/b.md", "b");
	assert_int_equal(ra_cards_read_dir(arena, folder.path, &cards, &err), RA_EPARSE);
	assert_string_equal(err.text, ra_printf(arena, "%s/python/b.md:1:1: '%s/any/b.md' has the "
						"same id; rename one", folder.path,
						folder.path).ptr);
	ra_cards_close(&cards);
	close_folder(arena, &folder);
	assert_int_equal(ra_cards_read_dir(arena, folder.path, &cards, &err), RA_ENOTFOUND);
}

static void test_digest_depends_on_content_alone(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_str other = edit(arena, "# demo-sleep", "# other");
	struct ra_cards forth = { 0 }, back = { 0 }, changed;

	assert_int_equal(ra_card_read(arena, "demo-sleep.md", RA_STR(demo), &forth, NULL), RA_OK);
	assert_int_equal(ra_card_read(arena, "other.md", other, &forth, NULL), RA_OK);
	assert_int_equal(ra_card_read(arena, "other.md", other, &back, NULL), RA_OK);
	assert_int_equal(ra_card_read(arena, "demo-sleep.md", RA_STR(demo), &back, NULL), RA_OK);
	ra_cards_seal(&forth);
	ra_cards_seal(&back);
	changed = read_card(arena, PATH, edit(arena, "Aliases.", "Aliases!"));
	assert_int_equal(forth.digest, back.digest);
	assert_int_not_equal(forth.list.v[0].digest, changed.list.v[0].digest);
	assert_int_not_equal(forth.digest, changed.digest);
	ra_cards_close(&forth);
	ra_cards_close(&back);
	ra_cards_close(&changed);
}

/* -- a card against its samples -------------------------------------------------------------- */

static size_t test_card_at(struct ra_arena *arena, const char *path, struct ra_str text,
			   struct ra_str *report)
{
	struct ra_cards cards = read_card(arena, path, text);
	struct ra_api *apis[RA_LANG_COUNT] = { [RA_LANG_PYTHON] = ra_api_open(arena) };
	struct ra_matcher *matcher;
	struct ra_buf out;
	size_t wrong;

	ra_buf_init(&out, arena);
	assert_int_equal(ra_api_load(apis[RA_LANG_PYTHON], "t.api",
				     RA_STR("runtime asyncio runtime=asyncio\n"), NULL), RA_OK);
	assert_int_equal(ra_matcher_open(&matcher, NULL), RA_OK);
	wrong = ra_card_test(arena, matcher, &cards.list.v[0], apis, &out);
	ra_matcher_close(matcher);
	ra_cards_close(&cards);
	*report = ra_buf_str(&out);
	return wrong;
}

static void test_samples_are_held_against_the_card(void **state)
{
	static const struct { const char *find, *replace, *report; } rows[] = {
		{ "cwe", "cwe", "" },
		{ "\ttime.sleep(1)  # race\n", "\ttime.sleep(1)\n\tpass  # race\n",
		  PATH ":35: bug sample: line 2 is found, and not marked\n"
		  PATH ":36: bug sample: line 3 is not found\n" },
		{ "\ndef f():\n\ttime.sleep(1)\n\n", "\nasync def f():\n\ttime.sleep(1)\n\n",
		  PATH ":45: fix sample: line 3 is found, and not marked\n" },
		{ "\tnap = time.sleep; nap(1)  # race\n", "\ttime.sleep(2)  # race\n",
		  PATH ":38: bug todo sample: line 1 begins a sample that is found now: drop the "
		  "'todo'\n" },
		{ "\ndef f():\n\ttime.sleep(1)\n\n", "\ndef f(:\n",
		  PATH ":44: fix sample: line 2 cannot be read\n" },
		/* indented as a whole, and after another of the same */
		{ "async def f():\n\ttime.sleep(1)  # race\n",
		  "    async def f():\n"
		  "        time.sleep(1)  # a race\n"
		  "\n"
		  "        time.sleep(1)  # race\n", "" },
		/* the word is `race`, and in a comment */
		{ "\ttime.sleep(1)  # race\n",
		  "\ttime.sleep(1)  # race\n\tx = 'race'  # embrace, races\n", "" },
	};
	struct ra_arena *arena = *state;

	for (size_t i = 0; i < RA_COUNT(rows); i++) {
		struct ra_str text = edit(arena, "runtimes   = asyncio, trio\n", ""), report;
		ptrdiff_t at = ra_str_find(text, ra_str(rows[i].find));

		assert_true(at >= 0);
		text = ra_printf(arena, "%.*s%s%s", (int)at, text.ptr, rows[i].replace,
				 text.ptr + at + strlen(rows[i].find));
		test_card_at(arena, PATH, text, &report);
		assert_str(report, rows[i].report);
	}
}

/* A card holds for the versions that it says, its samples are of one, and unknown is old. */
static void test_versions_bound_a_card(void **state)
{
	static const struct { const char *key, *version; bool found; } rows[] = {
		{ "before = 3.8", "version=3.7", true },
		{ "before = 3.8", "", true },
		{ "before = 3.8", "version=3.8", false },
		{ "before = 3.8", "version=4.0", false },
		{ "since = 3.8", "version=3.8", true },
		{ "since = 3.8", "version=3.7", false },
		{ "since = 3.8", "", false },
	};
	struct ra_arena *arena = *state;

	for (size_t i = 0; i < RA_COUNT(rows); i++) {
		struct ra_str text = edit(arena, "runtimes   = asyncio, trio", rows[i].key), report;
		ptrdiff_t at = ra_str_find(text, RA_STR("python bug\n"));

		assert_true(at >= 0);
		text = ra_printf(arena, "%.*spython bug %s\n%s", (int)at, text.ptr,
				 rows[i].version, text.ptr + at + strlen("python bug\n"));
		test_card_at(arena, PATH, text, &report);
		assert_str(report, rows[i].found ? "" : PATH ":36: bug sample: line 2 is not found\n");
	}
}

/* -- tables ---------------------------------------------------------------------------------- */

static void test_race_types_are_those_of_the_catalogue(void **state)
{
	static const char *const families[] = { "state", "lock", "task", "cancel", "blocking",
						"bound", "channel" };
	const struct ra_race_type *types;
	size_t n, family = 0;

	(void)state;
	types = ra_race_types(&n);
	assert_int_equal(n, 52);
	for (size_t i = 0; i < n; i++) {
		while (strcmp(types[i].family, families[family]) != 0)
			assert_true(++family < RA_COUNT(families));
		assert_ptr_equal(ra_race_type(ra_str(types[i].name)), &types[i]);
	}
	assert_null(ra_race_type(RA_STR("missing-release")));
	assert_non_null(ra_race_class(RA_STR("toctou")));
	assert_null(ra_race_class(RA_STR("check-then-act")));
	assert_int_equal(ra_severity_named(RA_STR("high")), RA_SEV_HIGH);
	assert_int_equal(ra_confidence_named(RA_STR("")), -1);
}

static void test_detectors_are_sorted_and_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < ra_detectors_n; i++) {
		const struct ra_detector *detector = ra_detectors[i];

		assert_true(i == 0 || strcmp(ra_detectors[i - 1]->name, detector->name) < 0);
		assert_ptr_equal(ra_detector_named(ra_str(detector->name)), detector);
		assert_true(detector->help && detector->params && detector->vars && detector->run);
	}
}

/* -- the document ---------------------------------------------------------------------------- */

static struct ra_str document(struct ra_arena *arena)
{
	struct ra_str text = { 0 };

	assert_int_equal(ra_file_read(arena, "docs/writing-cards.md", 0, &text, NULL), RA_OK);
	return text;
}

static void test_documented_card_works(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_str text = document(arena), open = RA_STR("\n````markdown\n"), card, report;
	ptrdiff_t from = ra_str_find(text, open), to = ra_str_find(text, RA_STR("\n````\n"));
	struct ra_str found = RA_STR("|\\[[^]\\n]*+]");
	ptrdiff_t cut;

	assert_true(from > 0 && to > from);
	from += (ptrdiff_t)open.len;
	card = ra_str_n(text.ptr + from, (size_t)(to - from));
	assert_int_equal(test_card_at(arena, "timer-completes-future.md", card, &report), 0);
	/* what the document says of the card without a part of its pattern */
	cut = ra_str_find(card, found);
	assert_true(cut > 0);
	card = ra_printf(arena, "%.*s%.*s", (int)cut, card.ptr,
			 (int)(card.len - (size_t)cut - found.len), card.ptr + cut + found.len);
	test_card_at(arena, ".race-audit/patterns/timer-completes-future.md", card, &report);
	assert_true(report.len > 0 && ra_str_find(text, report) > 0);
}

static void assert_documented(struct ra_arena *arena, struct ra_str text, struct ra_str words)
{
	if (ra_str_find(text, words) < 0)
		fail_msg("docs/writing-cards.md lacks: %s", ra_cstr(arena, words));
}

/* A list of words, each in backticks, as a cell of a table: with a space before and after. */
static struct ra_str cell(struct ra_arena *arena, const char *list)
{
	struct ra_str rest = ra_str(list), word;
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_buf_addc(&out, ' ');
	while (ra_words_next(&rest, &word))
		ra_buf_addf(&out, "`%.*s` ", RA_FMT(word));
	return ra_buf_str(&out);
}

static void test_document_names_what_there_is(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_str text = document(arena), vars = ra_str(ra_common_vars), word;
	const struct ra_where_word *words;
	const struct ra_race_class *classes;
	const struct ra_race_type *types;
	size_t n;

	words = ra_where_words(&n);
	for (size_t i = 0; i < n; i++) {
		assert_documented(arena, text, ra_printf(arena, "\n| `%s", words[i].name));
		assert_documented(arena, text, ra_str(words[i].help));
		if (words[i].choices)
			assert_documented(arena, text, ra_printf(arena, "%s:%.*s|", words[i].help,
						RA_FMT(cell(arena, words[i].choices))));
	}
	types = ra_race_types(&n);
	for (size_t i = 0; i < n; i++)
		assert_documented(arena, text, ra_printf(arena, "`%s`", types[i].name));
	classes = ra_race_classes(&n);
	for (size_t i = 0; i < n; i++)
		assert_documented(arena, text, ra_printf(arena, "`%s`", classes[i].name));
	while (ra_words_next(&vars, &word))
		assert_documented(arena, text, ra_printf(arena, "\n| `%.*s` |", RA_FMT(word)));
	for (n = 0; ra_runtime_name(1u << n); n++)
		assert_documented(arena, text, ra_printf(arena, "`%s`", ra_runtime_name(1u << n)));
	for (size_t i = 0; i < ra_detectors_n; i++) {
		const struct ra_detector *d = ra_detectors[i];

		assert_documented(arena, text, ra_printf(arena, "\n| `%s` | %s |%.*s|%.*s|\n",
			d->name, d->help, RA_FMT(cell(arena, d->params)),
			RA_FMT(cell(arena, d->vars))));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		TEST(test_card_has_what_its_text_says),
		TEST(test_fixes_have_their_parts),
		TEST(test_samples_keep_bytes_and_lines),
		TEST(test_crlf_and_bom_change_nothing_but_sample_bytes),
		TEST(test_long_values_and_semicolons_are_not_cut),
		TEST(test_languages_come_from_folder_key_or_samples),
		TEST(test_switches_are_read),
		TEST(test_detector_card_has_its_parameters),
		TEST(test_malformed_cards_are_refused_in_place),
		TEST(test_names_of_files_are_ids),
		TEST(test_detector_parameters_are_known),
		TEST(test_any_part_of_a_card_is_read_or_refused),
		TEST(test_folder_gives_all_cards_sorted),
		TEST(test_cards_of_other_languages_are_known_but_not_read),
		TEST(test_same_id_twice_names_both_files),
		TEST(test_digest_depends_on_content_alone),
		TEST(test_samples_are_held_against_the_card),
		TEST(test_versions_bound_a_card),
		TEST(test_race_types_are_those_of_the_catalogue),
		TEST(test_detectors_are_sorted_and_complete),
		TEST(test_documented_card_works),
		TEST(test_document_names_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
