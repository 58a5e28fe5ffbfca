/* git: globs, pathspecs, attributes, configuration. */
#include "tests/unit/git_fixture.h"

/* -- pathspecs and attributes -------------------------------------------------------------- */

static void globs_match_as_git_does(void **state)
{
	static const struct { const char *pattern, *text; unsigned flags; bool match; } cases[] = {
		{ "*.py", "a.py", 0, true }, { "*.py", "a/b.py", 0, true },
		{ "*.py", "a/b.py", RA_GLOB_PATH, false }, { "*.py", "a.pyc", 0, false },
		{ "a?c", "abc", 0, true }, { "a?c", "a/c", RA_GLOB_PATH, false },
		{ "[a-c]x", "bx", 0, true }, { "[!a-c]x", "bx", 0, false }, { "[]]", "]", 0, true },
		{ "[^a]", "b", 0, true }, { "[a-", "[a-", 0, true }, { "[\\]]", "]", 0, true },
		{ "A*", "abc", RA_GLOB_ICASE, true }, { "[A-C]", "b", RA_GLOB_ICASE, true },
		{ "\\*", "*", 0, true }, { "\\*", "a", 0, false }, { "", "", 0, true },
		{ "", "a", 0, false }, { "*", "", 0, true }, { "a*b*c", "aXbYbZc", 0, true },
		{ "a*b*c", "aXbYbZ", 0, false }, { "**/a", "a", RA_GLOB_PATH, true },
		{ "**/a", "x/y/a", RA_GLOB_PATH, true }, { "**/a", "xa", RA_GLOB_PATH, false },
		{ "a/**", "a/b/c", RA_GLOB_PATH, true }, { "a/**", "ab", RA_GLOB_PATH, false },
		{ "a/**/b", "a/b", RA_GLOB_PATH, true },
		{ "a/**/b", "a/x/y/b", RA_GLOB_PATH, true },
		{ "a/**/b*c", "a/b/x/bxc", RA_GLOB_PATH, true },
		{ "**/a*/b", "x/aa/c/ab/b", RA_GLOB_PATH, true },
		{ "a**b", "a/b", RA_GLOB_PATH, false }, { "a**b", "axyb", RA_GLOB_PATH, true },
	};
	char many_a[4097], stars[201];
	size_t steps = 1000000;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (ra_git_glob(ra_str(cases[i].pattern), ra_str(cases[i].text), cases[i].flags,
				NULL) != cases[i].match)
			fail_msg("'%s' against '%s'", cases[i].pattern, cases[i].text);
	memset(many_a, 'a', sizeof(many_a) - 1);
	many_a[sizeof(many_a) - 1] = '\0';
	for (size_t i = 0; i + 1 < sizeof(stars); i += 2)
		memcpy(stars + i, "*a", 2);
	stars[sizeof(stars) - 1] = 'b';
	assert_false(ra_git_glob(ra_str_n(stars, sizeof(stars)), ra_str(many_a), 0, &steps));
}

static void pathspecs_have_magic(void **state)
{
	static const struct { const char *specs[3]; const char *listed; } cases[] = {
		{ { "src" }, "T src/a.py\nT src/deep/b.py\n" },
		{ { "src/" }, "T src/a.py\nT src/deep/b.py\n" },
		{ { "src/a.py" }, "T src/a.py\n" }, { { "sr" }, "" },
		{ { "*.py" }, "T src/a.py\nT src/deep/b.py\nT top.py\n" },
		{ { ":(glob)*.py" }, "T top.py\n" },
		{ { ":(glob)src/**" }, "T src/a.py\nT src/deep/b.py\n" },
		{ { ":!src" }, "T star*.txt\nT top.py\n" },
		{ { "src", ":(exclude)*b.py" }, "T src/a.py\n" },
		{ { "src", ":^src/deep" }, "T src/a.py\n" },
		{ { ":(icase)SRC/A.PY" }, "T src/a.py\n" }, { { "star*.txt" }, "T star*.txt\n" },
		{ { ":(literal)star*" }, "" }, { { ":(literal)star*.txt" }, "T star*.txt\n" },
		{ { "./src/../top.py" }, "T top.py\n" }, { { ":/top.py" }, "T top.py\n" },
		{ { ":(top,glob)*.txt", "top.py" }, "T star*.txt\nT top.py\n" },
		{ { "." }, "T src/a.py\nT src/deep/b.py\nT star*.txt\nT top.py\n" },
	};
	static const struct { const char *spec, *words; } wrong[] = {
		{ "", "use '.' for everything" }, { ":(attr:x)a", "'attr:x'" },
		{ ":(glob", "missing ')'" }, { "../x", "outside the repository" },
		{ "/etc/passwd", "outside the repository" },
		{ ":(glob,literal)x", "both glob and literal" },
	};
	struct fixture *f = *state;
	struct entry deep = { 040000, "deep", files(f, "b.py", "b\n", NULL) };
	struct entry in_src[] = { { 0100644, "a.py", blob(f, "a\n") }, deep };
	struct entry top[] = {
		{ 040000, "src", tree(f, in_src, 2) }, { 0100644, "star*.txt", blob(f, "s\n") },
		{ 0100644, "top.py", blob(f, "t\n") },
	};

	commit(f, "main", tree(f, top, 3), NULL, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_selects(f, SWEEP(.range = "main", .pathspecs = cases[i].specs),
			       cases[i].listed);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refuses(f, SWEEP(.range = "main", .pathspecs = SPECS(wrong[i].spec)),
			       RA_EUSAGE, wrong[i].words);
	assert_selects(f, SWEEP(.range = "main", .literal_pathspecs = true, .pathspecs =
		       SPECS("star*.txt", ":!src")), "T star*.txt\n");
	assert_true(noted(f, "pathspec ':!src' selects nothing"));
	assert_selects(f, SWEEP(.range = "main", .pathspecs = SPECS(path_of(f, "src/a.py"))),
		       "T src/a.py\n");
	setenv("GIT_ICASE_PATHSPECS", "1", 1);
	assert_selects(f, SWEEP(.range = "main", .pathspecs = SPECS("TOP.PY")), "T top.py\n");
	unsetenv("GIT_ICASE_PATHSPECS");
}

static void pathspecs_start_where_the_user_stands(void **state)
{
	struct fixture *f = *state;
	struct entry top[] = {
		{ 0100644, "a.py", blob(f, "a\n") },
		{ 040000, "s[r]c", files(f, "a.py", "b\n", NULL) },
	};
	struct ra_git_options options = { .directory = path_of(f, "s[r]c") };

	commit(f, "main", tree(f, top, 2), NULL, 0);
	assert_int_equal(mkdir(options.directory, 0777), 0);
	assert_int_equal(ra_git_open(&options, &f->git, &f->err), 0);
	assert_selects(f, SWEEP(.range = "main", .pathspecs = SPECS("*.py")), "T s[r]c/a.py\n");
	assert_selects(f, SWEEP(.range = "main", .pathspecs = SPECS("../a.py")), "T a.py\n");
	assert_selects(f, SWEEP(.range = "main", .pathspecs = SPECS(":/a.py")), "T a.py\n");
	assert_selects(f, SWEEP(.range = "main"), "T a.py\nT s[r]c/a.py\n");
}

static void unwanted_names_are_left_out_before_their_objects_are_touched(void **state)
{
	struct fixture *f = *state;
	git_oid none;
	size_t asked = 0;
	struct entry entries[4];

	assert_int_equal(git_oid_fromstr(&none, "3333333333333333333333333333333333333333"), 0);
	entries[0] = (struct entry){ 0100644, "a.py", blob(f, "a\n") };
	entries[1] = (struct entry){ 0100644, "b.txt", none };
	entries[2] = (struct entry){ 0120000, "c.py", blob(f, "a.py") };
	entries[3] = (struct entry){ 0160000, "module", none };
	commit(f, "main", tree(f, entries, 4), NULL, 0);
	assert_selects(f, SWEEP(.range = "main", .wanted = is_python, .wanted_arg = &asked),
		       "T a.py\nT c.py (symlink)\nT module (submodule)\n");
	assert_int_equal(asked, 3);
}

static void attributes_are_those_of_the_audited_tree(void **state)
{
	static const struct { const char *attributes, *path; bool others; } cases[] = {
		{ "*.py linguist-generated\n", "d/a.py", true },
		{ "*.py linguist-generated=true\n", "d/a.py", true },
		{ "*.py linguist-generated=false\n", "d/a.py", false },
		{ "*.py -diff\n", "d/a.py", true }, { "*.py diff=python\n", "d/a.py", false },
		{ "*.py binary\n", "d/a.py", true }, { "a.py -diff\n", "d/a.py", true },
		{ "/a.py -diff\n", "d/a.py", false }, { "d/*.py -diff\r\n", "d/a.py", true },
		{ "d/ -diff\n", "d/a.py", false }, { "d/** -diff\n", "d/a.py", true },
		{ "*.py -diff\na.py diff\n", "d/a.py", false },
		{ "*.py -diff\na.py !diff\n", "d/a.py", false },
		{ "[attr]made linguist-generated\n*.py made\n", "d/a.py", true },
		{ "[attr]made linguist-generated\n*.py -made\n", "d/a.py", false },
		{ "\"a.py\" -diff\n", "d/a.py", true }, { "# *.py -diff\n", "d/a.py", false },
		{ "!*.py -diff\n", "d/a.py", false }, { "*.py text\n", "d/a.py", false },
		{ "*.py linguist-vendored\n", "d/a.py", true },
		{ "*.py -linguist-vendored\n", "d/a.py", false },
		{ "*.py text\n", "d/vendor/a.py", true }, { "*.py text\n", "d/vendor.py", false },
		{ "d/vendor/** -linguist-vendored\n", "d/vendor/a.py", false },
		{ "d/vendor/** linguist-vendored=false\n", "d/vendor/a.py", false },
		{ "over.py -diff\n", "d/over.py", false }, /* the deeper file says otherwise */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct entry top[] = {
			{ 0100644, ".gitattributes", blob(f, cases[i].attributes) },
			{ 040000, "d", { { 0 } } },
		};
		struct entry below[] = {
			{ 0100644, ".gitattributes", blob(f, "over.py diff\n") },
			{ 0100644, "a.py", blob(f, "a\n") }, { 0100644, "over.py", blob(f, "o\n") },
			{ 040000, "vendor", files(f, "a.py", "a\n", NULL) },
			{ 0100644, "vendor.py", blob(f, "v\n") },
		};

		top[1].id = tree(f, below, 5);
		commit(f, "main", tree(f, top, 2), NULL, 0);
		assert_int_equal(run(f, SWEEP(.range = "main")), 0);
		if ((find(f, cases[i].path)->others != NULL) != cases[i].others)
			fail_msg("'%s' for '%s'", cases[i].attributes, cases[i].path);
	}
}

static void hostile_attributes_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct ra_buf text;

	ra_buf_init(&text, &f->arena);
	for (int i = 0; i < 3000; i++)
		ra_buf_adds(&text, i % 2 ? "b" : " ");
	ra_buf_adds(&text, " -diff\n");
	commit(f, "long", files(f, ".gitattributes", ra_buf_str(&text).ptr, "a.py", "a\n", NULL),
	       NULL, 0);
	assert_selects(f, SWEEP(.range = "long"), "T .gitattributes\nT a.py\n");
	assert_true(noted(f, "lines over 2048 bytes"));
	text.len = 0;
	for (int i = 0; i < 20000; i++)
		ra_buf_adds(&text, "*a*a*a*a*b -diff\n");
	commit(f, "many", files(f, ".gitattributes", ra_buf_str(&text).ptr,
				"aaaaaaaaaaaaaaaaaaaaaaaa.py", "a\n", NULL), NULL, 0);
	assert_selects(f, SWEEP(.range = "many"),
		       "T .gitattributes\nT aaaaaaaaaaaaaaaaaaaaaaaa.py\n");
	assert_true(noted(f, "take too long to match"));
}

static void attributes_that_cannot_be_read_are_noted(void **state)
{
	struct fixture *f = *state;
	struct entry entries[] = {
		{ 0100644, ".gitattributes", { { 1 } } }, { 0100644, "a.py", blob(f, "a\n") },
	};

	commit(f, "main", tree(f, entries, 2), NULL, 0);
	assert_selects(f, SWEEP(.range = "main"), "T .gitattributes (missing object!)\nT a.py\n");
	assert_true(noted(f, "'.gitattributes' is not obeyed"));
}

static void attributes_of_index_and_work_tree_are_their_own(void **state)
{
	struct fixture *f = *state;

	check_out(f);
	write_file(f, ".gitattributes", "a.py linguist-generated\n");
	assert_selects(f, SWEEP(.side = RA_GIT_INDEX), "T a.py\nT b.py\nT link.py (symlink)\n");
	assert_selects(f, SWEEP(.side = RA_GIT_WORKTREE),
		       "T .gitattributes\nT a.py others\nT b.py\nT link.py (symlink)\n");
	assert_selects(f, SWEEP(), "T a.py\nT b.py\nT link.py (symlink)\n");
	stage(f, ".gitattributes");
	assert_selects(f, SWEEP(.side = RA_GIT_INDEX),
		       "T .gitattributes\nT a.py others\nT b.py\nT link.py (symlink)\n");
}

/* -- configuration ------------------------------------------------------------------------- */

static void assert_config(struct fixture *f, const char *key, const char *expected)
{
	struct ra_str value;

	if (ra_git_config(f->git, &f->arena, key, &value, &f->err))
		fail_msg("%s", f->err.text);
	assert_string_equal(value.ptr, expected);
}

static int collect(void *arg, struct ra_str key, struct ra_str value, struct ra_str origin,
		   struct ra_error *err)
{
	(void)err;
	ra_buf_addf(arg, "%.*s=%.*s (%.*s)\n", RA_FMT(key), RA_FMT(value), RA_FMT(origin));
	return 0;
}

static void settings_come_from_everywhere_and_the_last_wins(void **state)
{
	struct fixture *f = *state;
	struct ra_str value;
	struct ra_buf text;

	write_file(f, "global", "[raceaudit]\njobs = 1\nonly = global\n");
	write_file(f, "system", "[raceaudit]\njobs = 0\n");
	write_file(f, ".git/config", "[core]\nrepositoryformatversion=1\n[extensions]\n"
		   "worktreeConfig=true\n[raceaudit]\njobs=2\nflag\n"
		   "[raceaudit \"Sub.Part\"]\nKey=v\n");
	write_file(f, ".git/config.worktree", "[raceaudit]\njobs=3\n");
	setenv("GIT_CONFIG_GLOBAL", path_of(f, "global"), 1);
	setenv("GIT_CONFIG_SYSTEM", path_of(f, "system"), 1);
	unsetenv("GIT_CONFIG_NOSYSTEM");
	assert_int_equal(reopen(f), 0);
	assert_config(f, "raceaudit.jobs", "3");
	assert_config(f, "RaceAudit.Flag", "true");
	assert_config(f, "raceaudit.Sub.Part.key", "v");
	assert_int_equal(ra_git_config(f->git, &f->arena, "raceaudit.sub.part.key", &value,
				       &f->err), RA_ENOTFOUND);
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "raceaudit.jobs", 1);
	setenv("GIT_CONFIG_VALUE_0", "4", 1);
	assert_int_equal(reopen(f), 0);
	assert_config(f, "raceaudit.jobs", "4");
	setenv("GIT_CONFIG_PARAMETERS", "'raceaudit.jobs'='5'", 1);
	assert_int_equal(reopen(f), 0);
	ra_buf_init(&text, &f->arena);
	assert_int_equal(ra_git_config_each(f->git, "raceaudit.", collect, &text, &f->err), 0);
	assert_string_equal(text.ptr,
			    "raceaudit.jobs=0 (system)\nraceaudit.jobs=1 (global)\n"
			    "raceaudit.only=global (global)\nraceaudit.jobs=2 (local)\n"
			    "raceaudit.flag=true (local)\nraceaudit.Sub.Part.key=v (local)\n"
			    "raceaudit.jobs=3 (worktree)\nraceaudit.jobs=4 (command line)\n"
			    "raceaudit.jobs=5 (command line)\n");
	unsetenv("GIT_CONFIG_PARAMETERS");
	unsetenv("GIT_CONFIG_COUNT");
	unsetenv("GIT_CONFIG_GLOBAL");
	unsetenv("GIT_CONFIG_SYSTEM");
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
}

static void parameters_are_read_in_both_forms(void **state)
{
	static const struct { const char *text, *value; } cases[] = {
		{ "'a.b=c'", "c" }, { "'a.b'='c'", "c" }, { "'a.b'", "true" }, { "'a.b'=", "true" },
		{ "'a.b='", "" }, { "'a.b'=''", "" }, { "'a.b=c=d'", "c=d" }, { "'A.B'='x'", "x" },
		{ "'a.b'='it'\\''s'", "it's" }, { "'a.b=no'\\!'w'", "no!w" },
		{ " 'x.y=1'  'a.b'='two words'", "two words" }, { "'a.b=1' 'a.b=2'", "2" },
		{ "a.b=c", NULL }, { "'a.b=c", NULL }, { "'a.b'='c", NULL }, { "'a.b'c", NULL },
		{ "'a.b'=c", NULL }, { "'ab=c'", NULL }, { "'a.b'='c'd", NULL }, { "''", NULL },
		{ "'.b'='c'", NULL }, { "'a.'='c'", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("GIT_CONFIG_PARAMETERS", cases[i].text, 1);
		if (reopen(f) != (cases[i].value ? 0 : RA_EPARSE))
			fail_msg("%s: %s", cases[i].text, f->err.text);
		if (cases[i].value)
			assert_config(f, "a.b", cases[i].value);
	}
	unsetenv("GIT_CONFIG_PARAMETERS");
	setenv("GIT_CONFIG_COUNT", "two", 1);
	assert_int_equal(reopen(f), RA_EPARSE);
	setenv("GIT_CONFIG_COUNT", "2", 1);
	unsetenv("GIT_CONFIG_KEY_0");
	assert_int_equal(reopen(f), RA_EPARSE);
	assert_non_null(strstr(f->err.text, "GIT_CONFIG_KEY_0 is not set"));
	unsetenv("GIT_CONFIG_COUNT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_match_as_git_does),
		TEST(pathspecs_have_magic),
		TEST(pathspecs_start_where_the_user_stands),
		TEST(unwanted_names_are_left_out_before_their_objects_are_touched),
		TEST(attributes_are_those_of_the_audited_tree),
		TEST(hostile_attributes_are_bounded),
		TEST(attributes_that_cannot_be_read_are_noted),
		TEST(attributes_of_index_and_work_tree_are_their_own),
		TEST(settings_come_from_everywhere_and_the_last_wins),
		TEST(parameters_are_read_in_both_forms),
	};

	return cmocka_run_group_tests_name("git_names", tests, start, stop);
}
