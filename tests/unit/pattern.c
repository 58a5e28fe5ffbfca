/*
 * Patterns: which are refused, what they see, where words, and what comes of a match. Then what
 * detectors are given to say it with: words of facts, traces, joined candidates.
 */
#include "core/races/internal.h"
#include "tests/unit/unit.h"

#include <stdio.h>

static const char api_text[] =
	"construct *:__init__\n"
	"runtime asyncio runtime=asyncio\n"
	"runtime trio runtime=trio\n"
	"runtime threading runtime=threads\n"
	"new asyncio.Lock kind=lock async\n"
	"new asyncio.Event kind=event async\n"
	"new asyncio.Queue kind=queue async\n"
	"new asyncio.TaskGroup kind=scope async\n"
	"new trio.open_nursery kind=scope async\n"
	"new threading.Lock kind=lock runtime=threads\n"
	"new set kind=set\n"
	"spawn asyncio.create_task kind=task\n"
	"spawn threading.Thread arg=1:target kind=thread runtime=threads thread\n"
	"timeout asyncio.timeout\n"
	"timeout trio.CancelScope arg=deadline\n"
	"shield trio.CancelScope arg=shield\n"
	"switch asyncio.sleep async\n"
	"acquire lock:acquire\n"
	"release lock:release\n"
	"wake event:set\n"
	"wait event:wait async\n"
	"wake queue:put_nowait\n"
	"delete dict:pop\n"
	"read dict:get\n"
	"insert set:add\n"
	"iterate dict:items\n";

#define assert_str(actual, expected) assert_string_equal(ra_cstr(arena, actual), expected)

/* -- compiling ------------------------------------------------------------------------------- */

static const struct { const char *pattern, *error; size_t at; } refused[] = {
	{ "a(b", "missing closing parenthesis", 3 },
	{ "x\\Cy", "using \\C is disabled by the application", 3 },
	{ "(*UTF)a", "using UTF is disabled by the application", 6 },
	{ "(*UCP)a", "using UCP is disabled by the application", 6 },
	{ "(*LIMIT_MATCH=999999999)a", "a pattern may not set limits", 0 },
	{ "(*LIMIT_DEPTH=5)a", "a pattern may not set limits", 0 },
	{ "(*LIMIT_HEAP=5)a", "a pattern may not set limits", 0 },
	{ "(?C)a", "a pattern may not have callouts", 0 },
	{ "(*NO_JIT)a", "the pattern cannot be compiled to machine code", 0 },
	{ "a*", "the pattern can match nothing at all", 0 },
	{ "(?=a)", "the pattern can match nothing at all", 0 },
	{ "(?R)", "the pattern can match nothing at all", 0 },
	{ "(?J)(?<n>a)|(?<n>b)", "a pattern may not use a name for two groups", 0 },
	{ "(a+)+$", "the pattern backtracks too often on a text of repeated "
	  "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'; bound its repetitions, or make them possessive", 0 },
	{ "(?R)?a", "the pattern needs too much stack on a text of repeated 'a'; bound its "
	  "repetitions, or make them possessive", 0 },
	{ "(?s)(?:(?!q).)*[XY]", "the pattern takes too long on a text of repeated 'a'; bound its "
	  "repetitions, or make them possessive", 0 },
};

static void test_nasty_patterns_are_refused(void **state)
{
	for (size_t i = 0; i < RA_COUNT(refused); i++) {
		struct ra_str text = ra_str(refused[i].pattern);
		struct ra_pattern *pattern = NULL;
		struct ra_error err = { 0 };
		size_t at = 0;
		int rc = ra_pattern_compile(*state, text, &pattern, &at, &err);

		rc = rc ? rc : ra_pattern_try(pattern, &err);
		ra_pattern_close(pattern);
		assert_string_equal(err.text, refused[i].error);
		assert_int_equal(rc, RA_EPARSE);
		assert_int_equal(at, refused[i].at);
	}
}

static struct ra_str repeat(struct ra_arena *arena, const char *unit, size_t n, const char *tail)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	while (n--)
		ra_buf_adds(&out, unit);
	ra_buf_adds(&out, tail);
	return ra_buf_str(&out);
}

static void test_big_patterns_are_refused(void **state)
{
	struct ra_arena *arena = *state;
	const struct { struct ra_str text; const char *error; } rows[] = {
		{ repeat(arena, "(", 300, ""), "parentheses are too deeply nested" },
		{ repeat(arena, "x", 60000, ""), "the pattern is longer than 8192 bytes" },
		{ repeat(arena, "(a)", 32, ""),
		  "the pattern has more than 31 groups; use (?:...)" },
		{ RA_STR("(?<a>x)(?<b>x)(?<c>x)(?<d>x)(?<e>x)(?<f>x)(?<g>x)(?<h>x)(?<i>x)(?<j>x)"
			 "(?<k>x)(?<l>x)(?<m>x)(?<n>x)(?<o>x)(?<p>x)(?<q>x)"),
		  "the pattern has more than 16 named groups" },
	};

	for (size_t i = 0; i < RA_COUNT(rows); i++) {
		struct ra_pattern *pattern = NULL;
		struct ra_error err = { 0 };
		size_t at;

		assert_int_equal(ra_pattern_compile(arena, rows[i].text, &pattern, &at, &err),
				 RA_EPARSE);
		ra_pattern_close(pattern);
		assert_string_equal(err.text, rows[i].error);
	}
}

static void test_useful_patterns_are_not_refused(void **state)
{
	static const char *const patterns[] = {
		"\\b(\\w+)\\s*=\\s*asyncio\\.create_task\\(", "^[ \\t]*async def (?<name>\\w+)",
		"(?s)except\\s*:.{0,200}?await", "(?<wg>\\w+(?:\\.\\w+)*+)\\.Add\\s*+\\(",
		"\\((?:[^()]|(?R))*+\\)", "#.*\\bTODO\\b", "(?i)lock\\w*+\\.acquire\\(\\)",
	};

	for (size_t i = 0; i < RA_COUNT(patterns); i++) {
		struct ra_pattern *pattern = NULL;
		struct ra_error err = { 0 };
		size_t at;
		int rc = ra_pattern_compile(*state, ra_str(patterns[i]), &pattern, &at, &err);

		ra_pattern_close(pattern);
		if (rc)
			fail_msg("%s: %s", patterns[i], err.text);
	}
}

/* -- running --------------------------------------------------------------------------------- */

struct audit {
	struct ra_source source;
	struct ra_tokens tokens;
	struct ra_shape shape;
	struct ra_facts facts;
	struct ra_cards cards;
	struct ra_candidates found;
};

static void open_facts(struct ra_arena *arena, struct audit *audit, struct ra_str code)
{
	const struct ra_source_limits limits = { 0 };
	struct ra_api *api = ra_api_open(arena);
	struct ra_error err;

	*audit = (struct audit){ .found = { { 0 }, { 0 } } };
	if (ra_api_load(api, "t.api", RA_STR(api_text), &err) != RA_OK)
		fail_msg("%s", err.text);
	assert_int_equal(ra_source_open(arena, RA_STR("src/conn.pool.py"), code, &limits,
					&audit->source, &err), RA_OK);
	ra_lex(arena, &audit->source, &audit->tokens);
	ra_shape_build(arena, &audit->tokens, &audit->shape);
	ra_facts_build(arena, &audit->shape, api, &audit->facts);
}

/* A card of a race type, with keys, a pattern and `where` lines; its samples are of no account. */
static void add_card(struct ra_arena *arena, struct audit *audit, const char *id, const char *type,
		     const char *keys, const char *pattern, const char *where)
{
	struct ra_str text = ra_printf(arena,
		"# %s\nSummary.\n```ini\ntitle = t\nrace-type = %s\nclass = blocking\n"
		"severity = high\nconfidence = low\nlanguages = python\n%s```\n## Message\nm\n"
		"## Pattern\n```pcre2\n%s\n```\n%s%s%s## Bug\n```python bug\n# race\n```\n"
		"## Fix\n```python fix\npass\n```\n", id, type, keys, pattern,
		*where ? "## Where\n```where\n" : "", where, *where ? "\n```\n" : "");
	struct ra_error err;

	if (ra_card_read(arena, ra_printf(arena, "%s.md", id).ptr, text, &audit->cards, &err))
		fail_msg("%s", err.text);
}

static void find_races(struct ra_arena *arena, struct audit *audit, const char *only)
{
	const struct ra_str name = ra_str(only);
	const struct ra_races_options options = { .cards = &audit->cards,
						  .only = only ? &name : NULL, .n_only = 1 };
	struct ra_matcher *matcher;

	ra_cards_seal(&audit->cards);
	assert_int_equal(ra_matcher_open(&matcher, NULL), RA_OK);
	ra_races_find(arena, matcher, &audit->facts, &options, &audit->found);
	ra_matcher_close(matcher);
}

/* Lines of the candidates, with spaces between. */
static const char *lines(struct ra_arena *arena, const struct audit *audit)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_buf_adds(&out, "");
	for (size_t i = 0; i < audit->found.list.n; i++)
		ra_buf_addf(&out, i ? " %u" : "%u", audit->found.list.v[i].line);
	return out.ptr;
}

/* Lines on which a pattern with its `where` is found. */
static const char *found_by(struct ra_arena *arena, const char *pattern, const char *where,
			    const char *keys, struct ra_str code)
{
	struct audit audit;
	const char *result;

	open_facts(arena, &audit, code);
	add_card(arena, &audit, "a", "blocking-in-async", keys, pattern, where);
	find_races(arena, &audit, NULL);
	assert_int_equal(audit.found.breaches.n, 0);
	result = lines(arena, &audit);
	ra_cards_close(&audit.cards);
	return result;
}

/* -- what a pattern sees --------------------------------------------------------------------- */

static void test_comments_and_strings_are_blank(void **state)
{
	static const struct ra_str code = RA_STR_INIT(
		"hit()  # hit\n"
		"x = 'hit'\n"
		"y = f'hit {hit()} hit'\n"
		"z = r\"\"\"\n"
		"hit\n"
		"\"\"\"\n"
		"'' 'x' \"\"\"\"\"\" # end\n"
		"hit('hit')\n");

	assert_string_equal(found_by(*state, "hit", "", "", code), "1 3 8");
	assert_string_equal(found_by(*state, "(?<subject>hit.*)", "", "text = raw\n", code),
			    "1 2 3 4 8");
	assert_string_equal(found_by(*state, "(?:'  *'|\"  *\")", "", "", code), "2 7 8");
	assert_string_equal(found_by(*state, "# end", "", "text = raw\n", code), "7");
	assert_string_equal(found_by(*state, "\"{6}", "", "", code), "7");
}

static void test_code_of_other_languages(void **state)
{
	static const struct { const char *path, *text, *code; } rows[] = {
		{ "a.go", "x := `a\n\"b` + \"c\\\"\" + 'd' // e",
		  "x := ` \n  ` + \"   \" + ' '     " },
		{ "a.rs", "r#\"a\"b\"# b\"c\" 'd' 'e /* f */", "r#\"   \"# b\" \" ' ' 'e        " },
		{ "a.js", "/a'b/g `c` `d${e}f` '' / 2", "/   /g ` ` ` ${e} ` '' / 2" },
		{ "a.js", "f(<a b=\"c\">{d} e</a>)", "f(<        {d}     >)" },
		{ "a.tsx", "<a>{/* b */}</a>", "<  {       }   >" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_source_limits limits = { 0 };
		struct ra_source source;
		struct ra_tokens tokens;
		struct ra_shape shape;
		struct ra_scan scan;

		assert_int_equal(ra_source_open(*state, ra_str(rows[i].path), ra_str(rows[i].text),
						&limits, &source, NULL), RA_OK);
		ra_lex(*state, &source, &tokens);
		ra_shape_build(*state, &tokens, &shape);
		ra_scan_open(*state, &shape, &scan);
		assert_string_equal(ra_cstr(*state, scan.code), rows[i].code);
	}
}

static void test_place_is_the_statement(void **state)
{
	static const struct ra_str code = RA_STR_INIT(
		"value = call(\n"
		"    one,\n"
		"    hit())\n"
		"@deco(\n"
		"    hit())\n"
		"def f(a=hit()):\n"
		"    if (a and\n"
		"            hit()):\n"
		"        pass\n"
		"    try:\n"
		"        pass\n"
		"    except hit:\n"
		"        pass\n"
		"    with a, \\\n"
		"            hit() as b: pass\n");
	struct ra_arena *arena = *state;
	static const struct ra_lines expected[] = {
		{ 1, 3, 1 }, { 4, 5, 1 }, { 6, 6, 1 }, { 7, 8, 5 }, { 12, 12, 5 }, { 14, 15, 5 },
	};
	struct audit audit;

	open_facts(arena, &audit, code);
	add_card(arena, &audit, "a", "blocking-in-async", "", "hit", "");
	find_races(arena, &audit, NULL);
	assert_int_equal(audit.found.list.n, RA_COUNT(expected));
	for (size_t i = 0; i < RA_COUNT(expected); i++) {
		assert_int_equal(audit.found.list.v[i].line, expected[i].first);
		assert_int_equal(audit.found.list.v[i].end_line, expected[i].last);
		assert_int_equal(audit.found.list.v[i].column, expected[i].column);
	}
	assert_int_equal(audit.found.list.v[0].events[0].line, 3);
	assert_int_equal(audit.found.list.v[0].events[0].column, 5);
	ra_cards_close(&audit.cards);
}

static void test_group_at_moves_the_place(void **state)
{
	static const struct ra_str code = RA_STR_INIT("def f():\n    a()\n    b()\n    c()\n");

	assert_string_equal(found_by(*state, "a\\(\\)\\s+(?<at>b)", "", "", code), "3");
	assert_string_equal(found_by(*state, "a\\(\\)\\s+b", "", "", code), "2");
	/* a group that took no part leaves it where the match is */
	assert_string_equal(found_by(*state, "a\\(\\)\\s+(?:b|(?<at>c))", "", "", code), "2");
}

static void test_groups_are_values(void **state)
{
	struct ra_arena *arena = *state;
	static const struct { const char *name, *value; } expected[] = {
		{ "q", "'a b' + x + 'a long string that makes it longer than sixt..." },
		{ "none", "" }, { "class", "Pool" }, { "file_stem", "conn" }, { "function", "get" },
		{ "language", "Python" }, { "python", "Python" }, { "line", "3" }, { "lock", "" },
		{ "path", "src/conn.pool.py" }, { "state", "hit" }, { "task_b", "Pool.get" },
		{ "together", "" }, { "unit", "Pool.get" }, { "args", "" },
		{ "line" RA_LINE_CODE, "hit('a b' +" },
	};
	struct audit audit;
	const struct ra_candidate *c;

	open_facts(arena, &audit, RA_STR("class Pool:\n    def get(self):\n        hit('a b' +\n"
		"            x + 'a long string that makes it longer than sixty bytes')\n"));
	add_card(arena, &audit, "a", "blocking-in-async", "",
		 "(?<subject>hit)\\((?<q>(?:[^()]|\\n)*)\\)(?<none>z)?", "");
	find_races(arena, &audit, NULL);
	assert_int_equal(audit.found.list.n, 1);
	c = &audit.found.list.v[0];
	assert_int_equal(c->n_vars, RA_COUNT(expected) + 1); /* and `subject` */
	for (size_t i = 0; i < RA_COUNT(expected); i++) {
		size_t k = 0;

		while (k < c->n_vars && strcmp(c->vars[k].name, expected[i].name) != 0)
			k++;
		assert_true(k < c->n_vars);
		assert_str(c->vars[k].value, expected[i].value);
	}
	assert_str(c->steps[0].text, "enters `Pool.get`");
	assert_int_equal(c->steps[1].line, 3);
	ra_cards_close(&audit.cards);
}

/* -- windows --------------------------------------------------------------------------------- */

static void test_windows_are_functions_and_what_is_between(void **state)
{
	static const struct ra_str code = RA_STR_INIT(
		"a = 1\n"
		"@deco\n"
		"def f():\n"
		"    b = 2\n"
		"    def g():\n"
		"        c = 3\n"
		"class C:\n"
		"    d = lambda: 4\n"
		"    def m(self):\n"
		"        e = 5\n"
		"f = 6\n");

	/* inside a function, what is nested included */
	assert_string_equal(found_by(*state, "b = (?s).*c =", "", "", code), "4");
	assert_string_equal(found_by(*state, "@deco\\ndef", "", "", code), "2");
	/* not from one into the next */
	assert_string_equal(found_by(*state, "a = (?s).*b =", "", "", code), "");
	assert_string_equal(found_by(*state, "c = (?s).*d =", "", "", code), "");
	assert_string_equal(found_by(*state, "d = (?s).*e =", "", "", code), "");
	assert_string_equal(found_by(*state, "e = (?s).*f =", "", "", code), "");
	/* each place once, and the begin of a window is the begin of a line */
	assert_string_equal(found_by(*state, "^ *[abcdef] =", "", "", code), "1 4 6 8 10 11");
	assert_string_equal(found_by(*state, "^    def m", "", "", code), "9");
}

static void test_long_windows_are_cut_at_lines(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_str filler = repeat(arena, "    filler_of_some_length_to_fill_it = 1\n", 1595,
				      "");
	struct audit audit;

	open_facts(arena, &audit, ra_printf(arena, "def f():\n    first()\n%s    last()\n%s"
					    "    hit()\n", filler.ptr, filler.ptr));
	add_card(arena, &audit, "near", "busy-wait", "", "last\\(\\)", "");
	add_card(arena, &audit, "one-line", "busy-wait", "", "^    hit\\(\\)$", "");
	add_card(arena, &audit, "too-far", "busy-wait", "", "first(?s).*hit", "");
	add_card(arena, &audit, "within", "busy-wait", "", "first(?s).*last", "");
	find_races(arena, &audit, NULL);
	assert_int_equal(audit.found.breaches.n, 0);
	assert_string_equal(lines(arena, &audit), "2 1598 3194");
	assert_str(audit.found.list.v[0].card->id, "within");
	ra_cards_close(&audit.cards);
}

static void test_breach_leaves_the_card_out(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_str subject = repeat(arena, "q", 60000, "\n");
	struct audit audit;

	open_facts(arena, &audit, ra_printf(arena, "hit()\ndef f():\n    %s", subject.ptr));
	add_card(arena, &audit, "a", "busy-wait", "", "hit", "");
	add_card(arena, &audit, "b", "busy-wait", "", "hit|(?:q+)+z[12]", "");
	find_races(arena, &audit, NULL);
	assert_int_equal(audit.found.list.n, 1);
	assert_str(audit.found.list.v[0].card->id, "a");
	assert_int_equal(audit.found.breaches.n, 1);
	assert_str(audit.found.breaches.v[0].card->id, "b");
	assert_str(audit.found.breaches.v[0].reason, "the pattern backtracks too often");
	ra_cards_close(&audit.cards);
}

static void test_too_many_are_said(void **state)
{
	struct ra_arena *arena = *state;
	struct audit audit;

	open_facts(arena, &audit, repeat(arena, "hit()\n", RA_CANDIDATES_MAX + 1, ""));
	add_card(arena, &audit, "a", "busy-wait", "", "hit", "");
	find_races(arena, &audit, NULL);
	assert_int_equal(audit.found.list.n, RA_CANDIDATES_MAX);
	assert_int_equal(audit.found.breaches.n, 1);
	assert_str(audit.found.breaches.v[0].reason, "found more than 2000 times; the rest is left "
		   "out");
	ra_cards_close(&audit.cards);
}

/* -- where words ----------------------------------------------------------------------------- */

static const char where_code[] =
	"import asyncio, trio\n"                                /* 1 */
	"from os import path\n"
	"hit()\n"
	"class Pool:\n"
	"    hit()\n"                                           /* 5 */
	"    def __init__(self):\n"
	"        self.lock = asyncio.Lock()\n"
	"        hit()\n"
	"    async def get(self, key, *rest):\n"
	"        await hit()\n"                                 /* 10 */
	"        async with self.lock:\n"
	"            hit(timeout=3)\n"
	"        try:\n"
	"            hit(key)\n"
	"        except KeyError:\n"                            /* 15 */
	"            x = hit()\n"
	"        finally:\n"
	"            for y in rest: y.hit(x)\n"
	"    @deco.cached\n"
	"    def close(self):\n"                                /* 20 */
	"        self.lock.acquire()\n"
	"        outer(1, hit())\n"
	"        self.lock.release()\n"
	"        hit()\n"
	"        return x.hit()\n"                              /* 25 */
	"async def worker():\n"
	"    global counter\n"
	"    counter = 1\n"
	"    counter.hit()\n"
	"    async with asyncio.timeout(3), trio.open_nursery() as n:\n" /* 30 */
	"        n.hit()\n"
	"    [hit() for z in n]\n"
	"    with trio.CancelScope(shield=True):\n"
	"        hit(*n)\n"
	"asyncio.create_task(worker())\n"                       /* 35 */
	"asyncio.create_task(run(lambda: hit()))\n"
	"def test_it():\n"
	"    n = nn.path.hit()\n"
	"    n.close()\n"
	"    nn = asyncio.gather(hit())\n";                     /* 40 */

static const struct { const char *where, *lines; } where_rows[] = {
	{ "inside async", "10 12 14 16 18 29 31 32 34" },
	{ "inside class", "5 8 10 12 14 16 18 22 24 25" },
	{ "inside construction", "8" },
	{ "inside except", "16" },
	{ "inside finally", "18" },
	{ "inside lock", "12 22" },
	{ "inside loop", "18 32" },
	{ "inside module", "3 5" },
	{ "inside nursery", "31" },
	{ "inside shield", "34" },
	{ "inside spawn", "29 31 32 34 36" },
	{ "inside test", "38 40" },
	{ "inside timeout", "31" },
	{ "inside try", "14" },
	{ "inside with", "12 31 34" },
	{ "inside except finally try", "14 16 18" },
	{ "inside async\nnot inside with\nnot inside loop try", "10 16 29" },
	{ "awaited", "10" },
	{ "dropped", "3 5 8 12 14 18 24 29 31 34" },
	{ "argument of outer", "22" },
	{ "argument of gather create_task", "36 40" },
	{ "argument of asyncio.gather", "40" },
	{ "calls path.hit", "38" },
	{ "calls *.hit", "18 25 29 31 38" },
	{ "has keyword timeout", "12" },
	{ "without arguments", "3 5 8 10 16 22 24 25 29 31 32 36 38 40" },
	{ "declared outside $name", "25 29" },
	{ "not declared outside $name\ncalls *hit",
	  "3 5 8 10 12 14 16 18 22 24 31 32 34 36 38 40" },
	{ "mentioned later $to", "16 38" },
	{ "unit named close Pool.get", "10 12 14 16 18 22 24 25" },
	{ "unit named test_*", "38 40" },
	{ "unit named clo*", "22 24 25" },
	{ "unit named a b c d e f g test_it", "38 40" },
	{ "decorated cached", "22 24 25" },
	{ "imports os\nunit named __init__", "8" },
	{ "imports path\nunit named __init__", "" },
	{ "runtime threads", "" },
	{ "runtime trio asyncio\nunit named __init__", "8" },
};

static void test_where_words(void **state)
{
	static const char pattern[] = "(?:(?<to>\\w+) = )?(?:(?<name>\\w+)\\.(?:path\\.)?)?"
				      "(?<at>\\bhit)\\b";

	for (size_t i = 0; i < RA_COUNT(where_rows); i++) {
		const char *found = found_by(*state, pattern, where_rows[i].where, "",
					     RA_STR(where_code));

		if (strcmp(found, where_rows[i].lines) != 0)
			fail_msg("'%s' holds at %s, not at %s", where_rows[i].where, found,
				 where_rows[i].lines);
	}
}

static bool is_tested(struct ra_str beginning)
{
	for (size_t i = 0; i < RA_COUNT(where_rows); i++)
		if (ra_str_starts(ra_str(where_rows[i].where), beginning))
			return true;
	return false;
}

/* Every word, and every kind of `inside`, is in the table above. */
static void test_where_words_are_all_tested(void **state)
{
	const struct ra_where_word *words;
	size_t n;

	words = ra_where_words(&n);
	for (size_t i = 0; i < n; i++) {
		struct ra_str choices = ra_str(words[i].choices ? words[i].choices : ""), choice;

		assert_true(is_tested(ra_str(words[i].name)));
		while (strcmp(words[i].name, "inside") == 0 && ra_words_next(&choices, &choice))
			assert_true(is_tested(ra_printf(*state, "inside %.*s", RA_FMT(choice))));
		assert_true(i == 0 || strcmp(words[i - 1].name, words[i].name) < 0);
	}
}

/* -- which cards run ------------------------------------------------------------------------- */

static void test_cards_run_where_they_apply(void **state)
{
	static const struct { const char *keys, *only, *lines; } rows[] = {
		{ "", NULL, "2" },
		{ "runtimes = asyncio\n", NULL, "2" },
		{ "runtimes = trio, threads\n", NULL, "" },
		{ "keywords = xyz, hit(\n", NULL, "2" },
		{ "keywords = xyz\n", NULL, "" },
		{ "default = off\n", NULL, "" },
		{ "default = off\n", "a", "2" },
		{ "default = off\n", "busy-wait", "2" },
		{ "", "b", "" },
	};
	struct ra_arena *arena = *state;

	for (size_t i = 0; i < RA_COUNT(rows); i++) {
		struct audit audit;

		open_facts(arena, &audit, RA_STR("import asyncio\nhit()\n"));
		add_card(arena, &audit, "a", "busy-wait", rows[i].keys, "hit", "");
		find_races(arena, &audit, rows[i].only);
		assert_string_equal(lines(arena, &audit), rows[i].lines);
		ra_cards_close(&audit.cards);
	}
}

static void test_question_and_levels_come_from_the_card(void **state)
{
	struct ra_arena *arena = *state;
	struct audit audit;

	open_facts(arena, &audit, RA_STR("hit()\n"));
	add_card(arena, &audit, "a", "busy-wait", "report = question\n", "hit", "");
	find_races(arena, &audit, NULL);
	assert_true(audit.found.list.v[0].question);
	assert_int_equal(audit.found.list.v[0].severity, RA_SEV_HIGH);
	ra_candidate_weaken(&audit.found.list.v[0], RA_SEV_MEDIUM, RA_CONF_HIGH);
	assert_int_equal(audit.found.list.v[0].severity, RA_SEV_MEDIUM);
	assert_int_equal(audit.found.list.v[0].confidence, RA_CONF_LOW);
	ra_cards_close(&audit.cards);
}

/* -- joining --------------------------------------------------------------------------------- */

static const struct ra_str shared_code = RA_STR_INIT(
	"class A:\n"
	"    def f(self):\n"
	"        self.x = hit()\n"
	"        self.y = hit()\n"
	"    def g(self):\n"
	"        self.x = hit()\n"
	"class B:\n"
	"    def f(self):\n"
	"        self.x = hit()\n");

static void test_one_finding_for_a_state_of_an_owner(void **state)
{
	struct ra_arena *arena = *state;
	const struct ra_candidate *c;
	struct audit audit;

	open_facts(arena, &audit, shared_code);
	add_card(arena, &audit, "a", "lazy-init", "", "(?<subject>self\\.\\w+) = (?<at>hit)", "");
	find_races(arena, &audit, NULL);
	assert_string_equal(lines(arena, &audit), "3 4 9");
	c = &audit.found.list.v[0];
	assert_string_equal(c->events[c->n_events - 1].role, "also");
	assert_int_equal(c->events[c->n_events - 1].line, 6);
	assert_str(c->events[c->n_events - 1].note, "the same in `A.g`");
	ra_cards_close(&audit.cards);
}

static void test_what_is_no_state_is_not_joined(void **state)
{
	struct ra_arena *arena = *state;
	struct audit audit;

	open_facts(arena, &audit, shared_code);
	add_card(arena, &audit, "a", "busy-wait", "", "(?<subject>self\\.\\w+) = (?<at>hit)", "");
	add_card(arena, &audit, "b", "busy-wait", "", "self\\.y", "");
	find_races(arena, &audit, NULL);
	assert_string_equal(lines(arena, &audit), "3 4 4 6 9");
	assert_str(audit.found.list.v[1].card->id, "a");
	assert_str(audit.found.list.v[2].card->id, "b");
	ra_cards_close(&audit.cards);
}

/* -- facts in words -------------------------------------------------------------------------- */

static const char words_code[] =
	"import asyncio, threading\n"                           /* 1 */
	"class Pool:\n"
	"    def __init__(self):\n"
	"        self.c, self.t = {}, set()\n"
	"        self.c = {}\n"                                 /* 5 */
	"        self.t = set()\n"
	"        self.lock = asyncio.Lock()\n"
	"        self.ev = asyncio.Event()\n"
	"        self.q = asyncio.Queue()\n"
	"        self.n = 0\n"                                  /* 10 */
	"    async def get(self, k):\n"
	"        if k in self.c:\n"
	"            return self.c[k]\n"
	"        if not self.n: raise KeyError\n"
	"        self.c[k] = await self.dial(k)\n"              /* 15 */
	"        old = self.c.get(k)\n"
	"        if old is None: pass\n"
	"        self.n += 1\n"
	"        self.n = 7\n"
	"        self.n = None\n"                               /* 20 */
	"        del self.c[k]\n"
	"        self.c.pop(k)\n"
	"        self.t.add(k)\n"
	"        del self.n\n"
	"        async with self.lock:\n"                       /* 25 */
	"            pass\n"
	"        async with opened(k) as f:\n"
	"            async for x in f: break\n"
	"        for y in self.c: continue\n"
	"        asyncio.create_task(self.dial(k))\n"           /* 30 */
	"        await self.ev.wait()\n"
	"        self.ev.set()\n"
	"        self.q.put_nowait(k)\n"
	"        c = self.c\n"
	"        c[k] = 1\n"                                    /* 35 */
	"        await self.dial(  # why\n"
	"            k,\n"
	"        )\n"
	"        self.c['a key that is so long that nobody wants to read it at all']\n"
	"        self.c[first_of(k, 22), second_of(k, 333), third_of(k, 4444)]\n" /* 40 */
	"    async def dial(self, k):\n"
	"        yield k\n";

static const struct { uint32_t line; enum ra_fact_kind kind; const char *words; } words_rows[] = {
	{ 5, RA_FACT_WRITE, "resets `self.c`" },
	{ 12, RA_FACT_TEST, "tests whether `k` is in `self.c`" },
	{ 13, RA_FACT_READ, "reads `self.c[k]`" },
	{ 13, RA_FACT_LEAVE, "returns" },
	{ 14, RA_FACT_TEST, "tests `not self.n`" },
	{ 14, RA_FACT_LEAVE, "raises" },
	{ 15, RA_FACT_CHECKPOINT, "awaits `self.dial(k)`" },
	{ 15, RA_FACT_CALL, "calls `self.dial(k)`" },
	{ 15, RA_FACT_INSERT, "stores into `self.c[k]`" },
	{ 16, RA_FACT_READ, "reads `self.c.get(k)`" },
	{ 17, RA_FACT_TEST, "tests `old`, which holds `self.c.get(k)` of line 16" },
	{ 18, RA_FACT_UPDATE, "updates `self.n`" },
	{ 19, RA_FACT_WRITE, "sets `self.n`" },
	{ 20, RA_FACT_WRITE, "resets `self.n`" },
	{ 21, RA_FACT_DELETE, "removes `k` from `self.c`" },
	{ 22, RA_FACT_DELETE, "removes `k` from `self.c`" },
	{ 23, RA_FACT_INSERT, "adds to `self.t`: `self.t.add(k)`" },
	{ 24, RA_FACT_DELETE, "deletes `self.n`" },
	{ 25, RA_FACT_CHECKPOINT, "enters `async with` of `self.lock`" },
	{ 25, RA_FACT_ACQUIRE, "acquires `self.lock`" },
	{ 26, RA_FACT_RELEASE, "releases `self.lock`" },
	{ 27, RA_FACT_CHECKPOINT, "enters `async with` of `opened(k)`" },
	{ 28, RA_FACT_CHECKPOINT, "waits for the next of `f`" },
	{ 28, RA_FACT_LEAVE, "leaves the loop" },
	{ 29, RA_FACT_ITERATE, "iterates over `self.c`" },
	{ 29, RA_FACT_LEAVE, "goes on with the next round" },
	{ 30, RA_FACT_SPAWN, "starts `Pool.dial` concurrently" },
	{ 31, RA_FACT_WAIT, "waits on `self.ev`" },
	{ 32, RA_FACT_WAKE, "sets the event `self.ev`" },
	{ 33, RA_FACT_WAKE, "puts into `self.q`" },
	{ 35, RA_FACT_INSERT, "stores into `c[k]` (`Pool.c`)" },
	{ 36, RA_FACT_CALL, "calls `self.dial(k)`" },
	{ 39, RA_FACT_READ, "reads `self.c[...`" },
	{ 40, RA_FACT_READ, "reads `self.c[first_of(k, 22), second_of(k, 333), third_of(k,...`" },
	{ 42, RA_FACT_CHECKPOINT, "yields to its caller" },
};

static const struct ra_fact *fact_of(const struct audit *audit, uint32_t line,
				     enum ra_fact_kind kind)
{
	for (size_t i = 0; i < audit->facts.facts.n; i++) {
		const struct ra_fact *fact = ra_fact(&audit->facts, (uint32_t)i);

		if (fact->line == line && fact->kind == kind && fact->via == RA_NONE)
			return fact;
	}
	fail_msg("line %u has no fact of kind %d", line, (int)kind);
	return NULL;
}

static void test_facts_in_words(void **state)
{
	struct ra_arena *arena = *state;
	struct audit audit;

	open_facts(arena, &audit, RA_STR(words_code));
	for (size_t i = 0; i < RA_COUNT(words_rows); i++)
		assert_str(ra_fact_words(arena, &audit.facts,
					 fact_of(&audit, words_rows[i].line, words_rows[i].kind)),
			   words_rows[i].words);
}

/* -- traces ---------------------------------------------------------------------------------- */

static const char trace_code[] =
	"import asyncio\n"                                      /* 1 */
	"class Pool:\n"
	"    def __init__(self):\n"
	"        self.c = {}\n"
	"        self.lock = asyncio.Lock()\n"                  /* 5 */
	"    async def get(self, k):\n"
	"        if k not in self.c:\n"
	"            v = await self.dial(k)\n"
	"            self.c[k] = v\n"
	"        return self.c[k]\n"                            /* 10 */
	"    async def drop(self, k):\n"
	"        async with self.lock:\n"
	"            if k in self.c:\n"
	"                await asyncio.sleep(1)\n"
	"                self.c.pop(k)\n"                       /* 15 */
	"    async def late(self, k):\n"
	"        async with self.lock:\n"
	"            v = self.c.get(k)\n"
	"        if v is None:\n"
	"            self.c[k] = 1\n";                          /* 20 */

/* "A 7 tests ...", one a line; '|' stands in the window. */
static const char *trace(struct ra_arena *arena, const struct ra_candidate *c)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (uint32_t i = 0; i < c->n_steps; i++)
		ra_buf_addf(&out, "%.*s %u%s %.*s\n", RA_FMT(c->steps[i].task), c->steps[i].line,
			    c->steps[i].window ? " |" : "", RA_FMT(c->steps[i].text));
	return out.ptr;
}

static void test_traces_of_two_tasks(void **state)
{
	static const struct {
		uint32_t opens, sw, conflict, closes;
		enum ra_fact_kind opens_kind, conflict_kind, closes_kind;
		const char *trace;
	} rows[] = {
		{ 7, 8, 9, 9, RA_FACT_TEST, RA_FACT_INSERT, RA_FACT_INSERT,
		  "Task A 6 enters `Pool.get`\n"
		  "Task A 7 tests whether `k` is not in `self.c`\n"
		  "Task A 8 | awaits `self.dial(k)`\n"
		  "Task B 6 | enters `Pool.get` as well\n"
		  "Task B 7 | tests whether `k` is not in `self.c`\n"
		  "Task B 9 | stores into `self.c[k]`\n"
		  "Task A 9 | stores into `self.c[k]`\n"
		  "Task A 0 lost Pool.c\n" },
		{ 7, 8, 15, 9, RA_FACT_TEST, RA_FACT_DELETE, RA_FACT_INSERT,
		  "Task A 6 enters `Pool.get`\n"
		  "Task A 7 tests whether `k` is not in `self.c`\n"
		  "Task A 8 | awaits `self.dial(k)`\n"
		  "Task B 11 | enters `Pool.drop`\n"
		  "Task B 12 | acquires `self.lock`\n"
		  "Task B 13 | tests whether `k` is in `self.c`\n"
		  "Task B 15 | removes `k` from `self.c`\n"
		  "Task A 9 | stores into `self.c[k]`\n"
		  "Task A 0 lost Pool.c\n" },
		{ 19, 0, 9, 20, RA_FACT_TEST, RA_FACT_INSERT, RA_FACT_INSERT,
		  "Task A 16 enters `Pool.late`\n"
		  "Task A 17 acquires `self.lock`\n"
		  "Task A 18 reads `self.c.get(k)`\n"
		  "Task A 18 | releases `self.lock`\n"
		  "Task A 19 | tests `v`, which holds `self.c.get(k)` of line 18\n"
		  "Task B 6 | enters `Pool.get`\n"
		  "Task B 7 | tests whether `k` is not in `self.c`\n"
		  "Task B 9 | stores into `self.c[k]`\n"
		  "Task A 20 | stores into `self.c[k]`\n"
		  "Task A 0 lost Pool.c\n" },
	};
	struct ra_arena *arena = *state;
	struct audit audit;
	struct ra_candidates out = { 0 };
	struct ra_detection d = { .arena = arena, .facts = &audit.facts, .out = &out };
	const struct ra_evidence why = { .text = RA_STR_INIT("Pool owns a lock") };

	open_facts(arena, &audit, RA_STR(trace_code));
	add_card(arena, &audit, "a", "check-then-act", "", "hit", "");
	d.card = &audit.cards.list.v[0];
	for (size_t i = 0; i < RA_COUNT(rows); i++) {
		const struct ra_fact *opens = fact_of(&audit, rows[i].opens, rows[i].opens_kind);
		struct ra_candidate *c = ra_candidate_at(&d, opens, ra_printf(arena, "%zu", i));

		assert_non_null(c);
		ra_trace_race(&d, c, opens,
			      rows[i].sw ? fact_of(&audit, rows[i].sw, RA_FACT_CHECKPOINT) : NULL,
			      fact_of(&audit, rows[i].conflict, rows[i].conflict_kind),
			      fact_of(&audit, rows[i].closes, rows[i].closes_kind), &why,
			      "lost %s", "Pool.c");
		assert_string_equal(trace(arena, c), rows[i].trace);
		assert_string_equal(c->events[0].role, "check");
		assert_string_equal(c->events[c->n_events - 1].role, "act");
		assert_int_equal(c->events[c->n_events - 1].line, rows[i].closes);
	}
	ra_cards_close(&audit.cards);
}

static void test_trace_without_a_switch_is_preempted(void **state)
{
	struct ra_arena *arena = *state;
	struct audit audit;
	struct ra_candidates out = { 0 };
	struct ra_detection d = { .arena = arena, .facts = &audit.facts, .out = &out };
	const struct ra_fact *update;
	struct ra_candidate *c;

	open_facts(arena, &audit, RA_STR("import threading\nn = 0\ndef f():\n    global n\n"
					 "    n += 1\n"));
	add_card(arena, &audit, "a", "read-modify-write", "", "hit", "");
	d.card = &audit.cards.list.v[0];
	update = fact_of(&audit, 5, RA_FACT_UPDATE);
	c = ra_candidate_at(&d, update, RA_STR("n"));
	ra_trace_race(&d, c, update, NULL, update, update, NULL, NULL);
	assert_string_equal(trace(arena, c),
		"Task A 3 enters `f`\n"
		"Task A 5 updates `n`\n"
		"Task A 5 | is interrupted: another thread runs\n"
		"Task B 3 | enters `f` as well\n"
		"Task B 5 | updates `n`\n"
		"Task A 5 | updates `n`\n");
	assert_null(ra_candidate_at(&d, update, RA_STR("n")));
	assert_non_null(ra_candidate_at(&d, update, RA_STR("m")));
	ra_cards_close(&audit.cards);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		TEST(test_nasty_patterns_are_refused),
		TEST(test_big_patterns_are_refused),
		TEST(test_useful_patterns_are_not_refused),
		TEST(test_comments_and_strings_are_blank),
		TEST(test_code_of_other_languages),
		TEST(test_place_is_the_statement),
		TEST(test_group_at_moves_the_place),
		TEST(test_groups_are_values),
		TEST(test_windows_are_functions_and_what_is_between),
		TEST(test_long_windows_are_cut_at_lines),
		TEST(test_breach_leaves_the_card_out),
		TEST(test_too_many_are_said),
		TEST(test_where_words),
		TEST(test_where_words_are_all_tested),
		TEST(test_cards_run_where_they_apply),
		TEST(test_question_and_levels_come_from_the_card),
		TEST(test_one_finding_for_a_state_of_an_owner),
		TEST(test_what_is_no_state_is_not_joined),
		TEST(test_facts_in_words),
		TEST(test_traces_of_two_tasks),
		TEST(test_trace_without_a_switch_is_preempted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
