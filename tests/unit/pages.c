/*
 * Markdown pages: what stands in them, that it is left out where there is nothing to say, and that
 * no name and no code can break them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/report/internal.h"
#include "tests/unit/markdown.h"
#include "tests/unit/report_fixture.h"

#include <cmocka.h>
#include <sys/stat.h>

/* Directories of a test go with its arena, however it ends. */
static RA_VEC(const char *) directories;

static const char *scratch_dir(struct ra_arena *arena)
{
	static int n;
	const char *dir = ra_printf(arena, "/tmp/race-audit-test-%ld-%d", (long)getpid(), n++).ptr;

	if (mkdir(dir, 0777) != 0)
		fail_msg("cannot make '%s'", dir);
	*ra_vec_push(arena, &directories) = dir;
	return dir;
}

static void remove_dir(struct ra_arena *arena, const char *dir)
{
	struct ra_str *names;
	size_t n;

	if (ra_dir_list(arena, dir, "", &names, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++)
		unlink(ra_printf(arena, "%s/%s", dir, names[i].ptr).ptr);
	unlink(ra_printf(arena, "%s/.lock", dir).ptr);
	rmdir(dir);
}

static int open_arena(void **state)
{
	static struct ra_arena arena;

	ra_arena_init(&arena, "test", 0);
	memset(&directories, 0, sizeof(directories));
	*state = &arena;
	return 0;
}

static int close_arena(void **state)
{
	for (size_t i = 0; i < directories.n; i++)
		remove_dir(*state, directories.v[i]);
	ra_arena_release(*state);
	return 0;
}

/* -- filters ------------------------------------------------------------------------------- */

#define WORDS_64 "aaaaaaa bbbbbbb ccccccc ddddddd eeeeeee fffffff ggggggg hhhhhhh"

static void test_filters(void **state)
{
	static const struct { const char *filter, *text, *expected; } rows[] = {
		{ "code", "a b", "`a b`" },
		{ "code", WORDS_64 "i j k", "`" WORDS_64 "i...`" },
		{ "code", WORDS_64 "/no/space", "`" WORDS_64 "/no/space`" },
		{ "cell", WORDS_64 "i j|k", "`" WORDS_64 "i j`&#124;`k`" },
		{ "line", "`a_b` is _x_", "`a_b` is \\_x\\_" },
		{ "line", "one\n\n  two ", "one two" },
		{ "line", "``a`b`` and `", "``a`b`` and &#96;" },
		{ "line", "`a``b`", "`a``b`" },
		{ "line", "`a`@b `c``d`", "`a` `@b` `c``d`" },
		{ "line", "`a|b`", "`a`&#124;`b`" },
		{ "line", "- x", "\\- x" },
		{ "prose", "one\ntwo\n\nthree", "one two\n\nthree" },
		{ "prose", "one\n- two\n  more\n- three\n", "one\n\n- two more\n\n- three" },
		{ "prose", "\n\n1. x\n# y", "1\\. x `#` y" },
		{ "prose", "- - x", "- \\- x" },
		{ "fence", "python\na\n\tb\n", "```python\na\n    b\n```\n" },
		{ "fence", "x\n```\n````x\n", "`````x\n```\n````x\n`````\n" },
		{ "fence", "a b`\nc", "```text\nc\n```\n" },
		{ "fence", "\nc\x1b", "```text\nc\\x1b\n```\n" },
		{ "fence", "python\n\n\n", "" },
		{ "list", "a\n\n b \nc", "a, b, c" },
		{ "list", "", "" },
		{ "table", "| a |\n| --- |\n", "" },
		{ "table", "| a |\n| --- |\n| x |\n", "| a |\n| --- |\n| x |\n" },
		{ "url", "RACE_AUDIT_a%5F~b(.md#f1", "RACE_AUDIT_a%255F~b%28.md#f1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ra_buf out;
		size_t k = 0;

		while (strcmp(ra_markdown_filters[k].name, rows[i].filter) != 0)
			assert_true(++k < ra_markdown_filters_n);
		ra_buf_init(&out, *state);
		ra_markdown_filters[k].apply(ra_str(rows[i].text), &out);
		assert_string_equal(ra_cstr(*state, ra_buf_str(&out)), rows[i].expected);
	}
}

/* -- pages --------------------------------------------------------------------------------- */

#define COLUMNS_40 "0aaaaaa 1aaaaaa 2aaaaaa 3aaaaaa 4aaaaaaa"
#define COLUMNS_80 COLUMNS_40 COLUMNS_40

static void test_tidy(void **state)
{
	static const struct { const char *page, *expected; } rows[] = {
		{ "\n\n# a\n\n\n\nb  \n\n\n", "# a\n\nb\n" },
		{ "# a\nb\n## c\n\n## d\n### e\nf\n", "# a\n\nb\n\n## d\n\n### e\n\nf\n" },
		{ "# a\n## b\n### c\n", "" },
		{ "```text\n# x\n\n\ny \n```\nz\n", "```text\n# x\n\n\ny\n```\nz\n" },
		{ "````a\n```\n````\n# b\n", "````a\n```\n````\n" },
		{ COLUMNS_80 " bbbbbbbbb ccccccccc\n", COLUMNS_80 " bbbbbbbbb ccccccccc\n" },
		{ COLUMNS_80 " bbbbbbbbb cccccccccc\n", COLUMNS_80 " bbbbbbbbb\ncccccccccc\n" },
		{ "- " COLUMNS_80 " bbbbbbb cccccccccc\n", "- " COLUMNS_80 " bbbbbbb\n  "
		  "cccccccccc\n" },
		{ COLUMNS_80 " bbbbbbbbbbbbbbb - 1. + ccccccccc\n",
		  COLUMNS_80 "\nbbbbbbbbbbbbbbb - 1. + ccccccccc\n" },
		{ COLUMNS_80 " `c c c c c c c c c c c c`\n", COLUMNS_80 "\n`c c c c c c c c c c "
		  "c c`\n" },
		{ "`" COLUMNS_80 " bbbbbbbbb cccccccccc`\n", "`" COLUMNS_80 " "
		  "bbbbbbbbb\ncccccccccc`\n" },
		{ "| " COLUMNS_80 " bbbbbbbbb cccccccccc |\n",
		  "| " COLUMNS_80 " bbbbbbbbb cccccccccc |\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ra_buf out;

		ra_buf_init(&out, *state);
		ra_page_tidy(ra_str(rows[i].page), &out);
		assert_string_equal(ra_cstr(*state, ra_buf_str(&out)), rows[i].expected);
	}
}

/* -- what stands in them ------------------------------------------------------------------- */

static const char *source_dir(void)
{
	const char *dir = getenv("RA_SOURCE_DIR");

	return dir ? dir : ".";
}

static void write_pages(struct fixture *f, const char *dir, const char *overrides)
{
	const char *templates[3] = { overrides, NULL, NULL };
	struct ra_output output = { .dir = dir, .formats = RA_FORMAT_MD, .templates = templates };
	struct ra_error err = { 0 };
	json_t *model = fixture_model(f, &err);
	int rc;

	templates[overrides != NULL] =
		ra_printf(f->arena, "%s/templates", source_dir()).ptr;
	assert_non_null(model);
	rc = ra_report_write(f->arena, model, &output, &err);
	json_decref(model);
	if (rc)
		fail_msg("%s", err.text);
}

static struct ra_str read_page(struct ra_arena *arena, const char *dir, const char *name)
{
	struct ra_error err = { 0 };
	struct ra_str text;

	if (ra_file_read(arena, ra_printf(arena, "%s/%s", dir, name).ptr, 0, &text, &err))
		fail_msg("%s", err.text);
	return text;
}

#define SESSION_CACHE "RACE_AUDIT_src__cache__session_cache.py.md"
#define INDEX "RACE_AUDIT_INDEX.md"

/* The lines stand in the page, in this order. */
static void assert_lines(struct ra_str page, const char *const *lines)
{
	for (; *lines; lines++) {
		ptrdiff_t at = ra_str_find(page, ra_str(*lines));

		if (at < 0)
			fail_msg("'%s' is not where it should be", *lines);
		page = ra_str_n(page.ptr + at, page.len - (size_t)at);
	}
}

static void test_page_of_a_file(void **state)
{
	static const char *const lines[] = {
		"# Race audit: `src/cache/session_cache.py`\n\n[//]: # \"race-audit schema=1 ",
		"**2 findings (1 new, 1 fixed): 1 high, 1 medium.** Python, asyncio, 118 lines, "
		"7 units.\nBase `main` at `3f2a91c0aa3f`. Head `HEAD` at `b81e4d0011b8`.\n",
		"| [F1](#f1-l47-check-then-act) | 47 | high | Check-then-act |",
		"## Concurrency analysis\n\n### Shared state\n",
		"| `self._sessions` | instance dict | `get` L47, L50, `evict` L72 | "
		  "`stats`&#124;`all` L95 | "
		"**UNGUARDED** |\n",
		"| `self._lock` | instance lock | none | none | is the guard |\n",
		"### Checkpoints\n\n```text\nL44  conn = await",
		" <- CHECKPOINT (enters) (holds self._pool)\n```\n",
		"## Race Condition Report\n\n### F1 L47 Check-then-act\n\nFile: `src/cache/",
		"#### Race Type\n\n**Check-then-act**: `self._sessions` is tested at L41",
		"#### Evidence\n\n```python\n40 | async def get(self, key):\n41 |     if key in ",
		"...\n47 |     self._sessions[key] = conn       <- act\n```\n",
		"- L41 (check): what is done at L41\n",
		"#### Race trace\n\n```text\n[Task A] 1. L41 tests ",
		"#### Classification\n\n**TOCTOU (time of check to time of use).** "
		"Race window: steps 2 to 5.\n",
		"#### Trigger Condition\n\nTwo tasks ask for",
		"#### Impact\n\nResource leak: one connection per lost race.\n\n- callers hold",
		"#### Reproduction\n\n```python\nasync def test_once():\n    obj = "
		  "SessionCache()\n",
		"#### Fixes\n",
		"| 2. Store the pending task &#124; per key | [moderate] |",
		"Option 1:\n\n```diff\n    async def get(self, key):\n-       conn = await self",
		"#### Check by Hand\n\nis `SessionCache` ever shared by two tasks?\n",
		"### F2 L88 Fire-and-forget task\n",
		"#### Impact\n\nLost error.\n\n#### Check by Hand\n",
		"## Suppressed\n",
		"## Suppressions that do not work\n",
		"## Notes\n\n- unterminated string at line 12\n",
		NULL,
	};
	struct fixture f;
	struct ra_str page;
	const char *dir = scratch_dir(*state);

	fixture_open(&f, *state);
	write_pages(&f, dir, NULL);
	page = read_page(*state, dir, SESSION_CACHE);
	assert_lines(page, lines);
	assert_true(ra_str_find(page, RA_STR("## Questions")) < 0);
	assert_true(ra_str_find(page, RA_STR("\n\n\n")) < 0);
	f.input.questions = true;
	write_pages(&f, dir, NULL);
	page = read_page(*state, dir, SESSION_CACHE);
	assert_true(ra_str_find(page, RA_STR("### Q1 L30 Unbounded queue")) > 0);
}

static void test_page_of_the_index(void **state)
{
	static const char *const lines[] = {
		"# Race audit: diff of `shop`\n",
		"**2 findings (1 new, 1 fixed) in 2 files; 1 question; 3 not audited (1 failed: "
		  "object "
		"not found; 2\nskipped: too large); incomplete.**\n",
		"## Findings\n",
		"| [`src/cache/session_cache.py:47`](" SESSION_CACHE "#f1-l47-check-then-act) | "
		  "high |",
		"## Files with findings\n",
		"| [`src/cache/session_cache.py`](" SESSION_CACHE ") | 2 | 1 | 1 | 0 | 1 | 1 |\n",
		"### By severity\n", "| high | 1 | 1 | 0 | 0 |\n",
		"### By race type\n", "| Check-then-act | 1 | 1 | 0 | 0 | 1 | 0 | 0 |\n",
		"### By directory\n", "| `src/cache` | 2 | 1 | 1 | 0 | 1 | 1 | 1 |\n",
		"| 5 | 1 | 1 | 2 | 1 |\n",
		"## Fixed\n", "| `src/cache/session_cache.py:12` |",
		"## Not audited\n", "failed: object not found (1)\n\n- `src/gone.py`: object not "
		  "found\n",
		"- `src/bigger.py`: too large: 3 MB, the limit is 1 MB\n",
		"## Suppressed findings\n", "| joined in close() |\n",
		"## Suppressions that do not work\n",
		"## Notes\n\n- 1 finding not shown: outside --scope\n",
		NULL,
	};
	struct fixture f;
	const char *dir = scratch_dir(*state);

	fixture_open(&f, *state);
	for (int i = 0; i < 30; i++)
		add_file(&f, ra_printf(*state, "v/%02d.py", i).ptr, RA_FILE_SKIPPED, "binary");
	f.files.n = 5;
	write_pages(&f, dir, NULL);
	assert_lines(read_page(*state, dir, INDEX), lines);
	f.files.n = 35;
	write_pages(&f, dir, NULL);
	assert_lines(read_page(*state, dir, INDEX), (const char *const[]){
		"skipped: binary (30)\n", "- `v/19.py`: binary\n- and 10 more, listed in", NULL });
}

/* Without a base nothing is new or old, and no column says so. */
static void test_nothing_compared(void **state)
{
	struct fixture f;
	const char *dir = scratch_dir(*state);

	fixture_open(&f, *state);
	f.input.scope.base = RA_STR("");
	write_pages(&f, dir, NULL);
	assert_lines(read_page(*state, dir, INDEX), (const char *const[]){
		"**2 findings in 2 files;", "| Severity | Findings |\n| --- | ---: |\n| high | 1 |\n",
		NULL });
	assert_true(ra_str_find(read_page(*state, dir, INDEX), RA_STR("New")) < 0);
	assert_lines(read_page(*state, dir, SESSION_CACHE), (const char *const[]){
		"**2 findings: 1 high, 1 medium.** ", "| Unit | Confidence |\n", NULL });
}

static void test_nothing_found(void **state)
{
	struct fixture f;
	struct ra_str page;
	const char *dir = scratch_dir(*state);

	fixture_open(&f, *state);
	f.files.n = 0;
	add_file(&f, "a.py", RA_FILE_AUDITED, "");
	f.input.scope.complete = true;
	f.input.scope.notes.n = 0;
	write_pages(&f, dir, NULL);
	page = read_page(*state, dir, INDEX);
	assert_true(ra_str_find(page, RA_STR("**no findings in 1 file.**")) > 0);
	assert_true(ra_str_find(page, RA_STR("## Files with findings")) < 0);
	assert_true(ra_str_find(page, RA_STR("## Notes")) < 0);
}

static void test_templates_of_the_user_win(void **state)
{
	struct fixture f;
	const char *dir = scratch_dir(*state), *own = scratch_dir(*state);
	FILE *file = fopen(ra_printf(*state, "%s/place.md.mustache", own).ptr, "w");

	assert_non_null(file);
	fputs("At {{path}}.\n", file);
	fclose(file);
	fixture_open(&f, *state);
	write_pages(&f, dir, own);
	assert_lines(read_page(*state, dir, SESSION_CACHE), (const char *const[]){
		"### F1 L47 Check-then-act\n\nAt src/cache/session_cache.py.\n", "#### Evidence",
		NULL });
}

/* -- hostile pages ------------------------------------------------------------------------- */

/* What stands in a page from a repository, either harmless or hostile: the same pages otherwise. */
static struct ra_str word(struct fixture *f, uint64_t *seed, const char *clean)
{
	return *seed ? hostile_text(f->arena, seed, 10) : ra_str(clean);
}

static void open_twin(struct fixture *f, struct ra_arena *arena, uint64_t seed)
{
	struct ra_file_report *file;
	struct ra_finding *race;

	fixture_open(f, arena);
	f->input.questions = true;
	file = &f->files.v[0];
	file->path = ra_printf(arena, "%.*s.py", RA_FMT(word(f, &seed, "a")));
	file->notes.v[0] = word(f, &seed, "note");
	for (size_t i = 0; i < file->states.n; i++)
		file->states.v[i].name = word(f, &seed, "state");
	file->states.v[1].guard = word(f, &seed, "lock");
	file->states.v[0].readers.v[0].unit = word(f, &seed, "unit");
	file->checkpoints.v[0].text = word(f, &seed, "await x");
	file->checkpoints.v[0].held = word(f, &seed, "lock");
	for (size_t i = 0; i < file->findings.n; i++) {
		race = &file->findings.v[i];
		race->path = file->path;
		race->unit = word(f, &seed, "unit");
		race->subject = word(f, &seed, "state");
		race->suppression_reason = word(f, &seed, "reason");
		for (size_t k = 0; k < race->vars.n; k++)
			race->vars.v[k].value = word(f, &seed, "value");
		for (size_t k = 0; k < race->evidence.n; k++)
			race->evidence.v[k].text = word(f, &seed, "code");
		for (size_t k = 0; k < race->steps.n; k++)
			race->steps.v[k].text = word(f, &seed, "step");
		for (size_t k = 0; k < race->events.n; k++)
			race->events.v[k].note = word(f, &seed, "note");
	}
	file->suppressions.v[0].id = word(f, &seed, "id");
	f->files.v[4].path = word(f, &seed, "gone.py");
	f->files.v[4].reason = word(f, &seed, "object not found");
	f->input.scope.repository = word(f, &seed, "shop");
	f->input.scope.base = word(f, &seed, "main");
	f->input.scope.notes.v[0] = word(f, &seed, "note");
}

/* The page of the one file with findings, whatever it is called. */
static struct ra_str read_report(struct ra_arena *arena, const char *dir)
{
	struct ra_str *names;
	size_t n;

	assert_int_equal(ra_dir_list(arena, dir, ".md", &names, &n, NULL), 0);
	assert_int_equal(n, 2);
	return read_page(arena, dir, names[ra_str_is(names[0], INDEX)].ptr);
}

static void assert_same_shape(struct ra_arena *arena, struct ra_str page, struct ra_str twin)
{
	struct shape a = parse_md4c(arena, page), b = parse_md4c(arena, twin);
	struct ra_str xml = run_cmark(arena, page);
	size_t tables = count_of(xml, "<table>") + count_of(xml, "<table ");

	assert_int_equal(a.headings, b.headings);
	assert_int_equal(a.tables, b.tables);
	assert_int_equal(a.rows, b.rows);
	assert_int_equal(a.links, b.links);
	assert_int_equal(a.codes, b.codes);
	assert_int_equal(a.items, b.items);
	assert_int_equal(a.marks, b.marks);
	assert_int_equal(a.images + a.html, 0);
	assert_int_equal(count_of(xml, "<heading"), b.headings);
	assert_int_equal(tables, b.tables);
	assert_int_equal(count_of(xml, "<table_row>") + count_of(xml, "<table_header>"), b.rows);
	assert_int_equal(count_of(xml, "<link"), b.links);
	assert_int_equal(count_of(xml, "<code_block"), b.codes);
	assert_int_equal(count_of(xml, "<item"), b.items);
	assert_int_equal(count_of(xml, "<image") + count_of(xml, "<html"), 0);
}

static void test_hostile_pages_keep_their_shape(void **state)
{
	struct ra_str twin, twin_index;
	struct fixture f;

	for (uint64_t seed = 0; seed < 60; seed++) {
		const char *dir = scratch_dir(*state);

		open_twin(&f, *state, seed);
		write_pages(&f, dir, NULL);
		if (seed == 0) {
			twin = read_report(*state, dir);
			twin_index = read_page(*state, dir, INDEX);
		} else {
			assert_same_shape(*state, read_report(*state, dir), twin);
			assert_same_shape(*state, read_page(*state, dir, INDEX), twin_index);
		}
	}
}

/* As `make test-deps` installs it; without it there is no verdict. */
static void test_markdownlint_finds_nothing(void **state)
{
	const char *lint = ra_printf(*state, "%s/build/npm/node_modules/.bin/markdownlint-cli2",
				     source_dir()).ptr;
	struct ra_str command;
	struct fixture f;

	if (access(lint, X_OK) != 0)
		skip();
	command = ra_printf(*state, "'%s' --config '%s/.markdownlint-cli2.jsonc' "
			    "'/tmp/race-audit-test-%ld-*/*.md' 2>&1 >/dev/null", lint, source_dir(),
			    (long)getpid());
	for (uint64_t seed = 0; seed < 20; seed++) {
		open_twin(&f, *state, seed);
		write_pages(&f, scratch_dir(*state), NULL);
	}
	assert_int_equal(system(command.ptr), 0);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(test_filters),
		WITH_ARENA(test_tidy),
		WITH_ARENA(test_page_of_a_file),
		WITH_ARENA(test_page_of_the_index),
		WITH_ARENA(test_nothing_compared),
		WITH_ARENA(test_nothing_found),
		WITH_ARENA(test_templates_of_the_user_win),
		WITH_ARENA(test_hostile_pages_keep_their_shape),
		WITH_ARENA(test_markdownlint_finds_nothing),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
