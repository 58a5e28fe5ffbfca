/*
 * Sources: what is refused and in which words, lines, languages, markers, suppressions.
 */
#include "core/source/source.h"
#include "tests/unit/unit.h"

static const struct ra_source_limits limits = { 1 << 20, 1000, 200 };

static struct ra_source open_text(struct ra_arena *arena, const char *path, struct ra_str text)
{
	struct ra_error err = { 0 };
	struct ra_source source;

	assert_int_equal(ra_source_open(arena, ra_str(path), text, &limits, &source, &err), RA_OK);
	return source;
}

static void languages(void **state)
{
	static const struct {
		const char *path, *head;
		enum ra_lang lang;
	} rows[] = {
		{ "a.py", "", RA_LANG_PYTHON },
		{ "src/b.pyi", "", RA_LANG_PYTHON },
		{ "c.pyw", "", RA_LANG_PYTHON },
		{ "build/SConstruct", "", RA_LANG_PYTHON },
		{ "a.pyc", "", RA_LANG_NONE },
		{ "py", "", RA_LANG_NONE },
		{ "dir.py/readme", "", RA_LANG_NONE },
		{ "", "", RA_LANG_NONE },
		{ "bin/tool", "#!/usr/bin/python\nx", RA_LANG_PYTHON },
		{ "bin/tool", "#!/usr/bin/python2.7 -u\n", RA_LANG_PYTHON },
		{ "bin/tool", "#! /usr/bin/env -S python3 -I\r\n", RA_LANG_PYTHON },
		{ "bin/tool", "#!/usr/bin/env pypy3", RA_LANG_PYTHON },
		{ "bin/tool", "#!/usr/bin/env -S uv run --script\n", RA_LANG_PYTHON },
		{ "bin/tool", "#!/usr/bin/pythonic\n", RA_LANG_NONE },
		{ "bin/tool", "#!/bin/sh\n# python\n", RA_LANG_NONE },
		{ "bin/tool", "#!", RA_LANG_NONE },
		{ "bin/tool", " #!/usr/bin/python\n", RA_LANG_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(ra_source_lang(ra_str(rows[i].path), ra_str(rows[i].head)),
				 rows[i].lang);
	assert_int_equal(ra_lang_named(RA_STR("python")), RA_LANG_PYTHON);
	assert_int_equal(ra_lang_named(RA_STR("Python")), RA_LANG_NONE);
	assert_string_equal(ra_lang_name(RA_LANG_PYTHON), "python");
	assert_string_equal(ra_lang_title(RA_LANG_PYTHON), "Python");
}

static void refusals(void **state)
{
	static const struct {
		struct ra_str bytes;
		const char *reason; /* NULL: it opens */
	} rows[] = {
		{ RA_STR_INIT(""), NULL },
		{ RA_STR_INIT("x = '\xe9'\n"), NULL },
		{ RA_STR_INIT("\xc0\x80\xff\n"), NULL },
		{ RA_STR_INIT("x = 1\f\v\t\x1b\n"), NULL },
		{ RA_STR_INIT("x\0y"), "binary" },
		{ RA_STR_INIT("\x01\x02\x03\x04 = 1\n"), "binary" },
		{ RA_STR_INIT("\xff\xfex\0"), "UTF-16" },
		{ RA_STR_INIT("\xfe\xff\0x"), "UTF-16" },
		{ RA_STR_INIT("\xff\xfe\0\0x\0\0\0"), "UTF-32" },
		{ RA_STR_INIT("\0\0\xfe\xff\0\0\0x"), "UTF-32" },
		{ RA_STR_INIT("version https://git-lfs.github.com/spec/v1\n"
			      "oid sha256:0\nsize 1\n"), "LFS pointer" },
	};
	struct ra_error err;
	struct ra_source source;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int rc = ra_source_open(*state, RA_STR("a.py"), rows[i].bytes, &limits, &source,
					&err);

		assert_int_equal(rc, rows[i].reason ? RA_ELIMIT : RA_OK);
		if (rows[i].reason)
			assert_string_equal(err.text, rows[i].reason);
	}
}

/* The window is git's: NUL behind it is a stray byte of a text. */
static void nul_window(void **state)
{
	char bytes[9000];
	struct ra_source source;
	struct ra_error err;

	memset(bytes, '\n', sizeof(bytes));
	bytes[8000] = '\0';
	assert_int_equal(ra_source_open(*state, RA_STR("a.py"), ra_str_n(bytes, sizeof(bytes)),
					&(struct ra_source_limits){ 0 }, &source, &err), RA_OK);
	bytes[7999] = '\0';
	assert_int_equal(ra_source_open(*state, RA_STR("a.py"), ra_str_n(bytes, sizeof(bytes)),
					&(struct ra_source_limits){ 0 }, &source, &err), RA_ELIMIT);
	assert_string_equal(err.text, "binary");
}

static void limits_hold(void **state)
{
	static const struct {
		struct ra_source_limits limits;
		const char *reason;
	} rows[] = {
		{ { 0, 0, 0 }, NULL },
		{ { 8, 3, 4 }, NULL },
		{ { 7, 0, 0 }, "8 bytes, over the limit of 7" },
		{ { 0, 2, 0 }, "more than 2 lines" },
		{ { 0, 0, 3 }, "minified: line 2 has 4 bytes" },
	};
	struct ra_source source;
	struct ra_error err;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int rc = ra_source_open(*state, RA_STR("a.py"), RA_STR("a\nbcd\ne\n"),
					&rows[i].limits, &source, &err);

		assert_int_equal(rc, rows[i].reason ? RA_ELIMIT : RA_OK);
		if (rows[i].reason)
			assert_string_equal(err.text, rows[i].reason);
	}
}

static void marks_of_encoding(void **state)
{
	struct ra_source source = open_text(*state, "a.py", RA_STR("\xef\xbb\xbfx\r\ny\n"));

	assert_true(source.bom);
	assert_true(source.crlf);
	assert_true(ra_str_is(source.text, "x\r\ny\n"));
	for (int i = 0; i < RA_SOURCE_PAD; i++)
		assert_int_equal(source.text.ptr[source.text.len + (size_t)i], 0);
	source = open_text(*state, "a.py", RA_STR("x\ry\n"));
	assert_false(source.bom);
	assert_false(source.crlf);
}

static void lines(void **state)
{
	struct ra_source source = open_text(*state, "a.py", RA_STR("a\r\n\rbc\nd"));
	static const struct {
		size_t offset;
		uint32_t line, column;
	} rows[] = {
		{ 0, 1, 1 }, { 2, 1, 3 }, { 3, 2, 1 }, { 4, 3, 1 }, { 5, 3, 2 }, { 6, 3, 3 },
		{ 7, 4, 1 }, { 8, 4, 2 }, { 99, 4, 2 },
	};
	static const char *const texts[] = { "", "a", "", "bc", "d", "" };

	assert_int_equal(source.lines, 4);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ra_source_line(&source, rows[i].offset), rows[i].line);
		assert_int_equal(ra_source_column(&source, rows[i].offset), rows[i].column);
	}
	for (uint32_t i = 0; i < COUNT(texts); i++)
		assert_true(ra_str_is(ra_source_line_text(&source, i), texts[i]));
	source = open_text(*state, "a.py", RA_STR(""));
	assert_int_equal(source.lines, 0);
	assert_int_equal(ra_source_line(&source, 0), 1);
	assert_int_equal(ra_source_column(&source, 5), 1);
}

static void generated(void **state)
{
	static const struct {
		const char *path, *text;
		bool generated;
	} rows[] = {
		{ "a.py", "# Generated by the protocol compiler.  DO NOT EDIT!\n", true },
		{ "a.py", "x = 1\n    # @generated\n", true },
		{ "a.py", "# This file is automatically generated\n", true },
		{ "a.py", "# ids are generated in order\n", false },
		{ "a.py", "x = 'DO NOT EDIT'\n", false },
		{ "a.py", "x = 1 # generated by hand\n", false },
		{ "a.py", "/* @generated */\n", false },
		{ "a.py", "", false },
		{ "a.go", "// Code generated by stringer. DO NOT EDIT.\npackage a\n", true },
		{ "a.go", "package a\n\n// Code generated by hand.\n", true },
		{ "a.go", "//go:build linux\n// generated by cgo\n", false },
		{ "a.go", "// Events carries events generated by the engine.\n", false },
		{ "a.go", "// Returns the anchors\n// generated by the renderer.\n", false },
		{ "a.go", "/*\n * Generated by: swagger\n */\n", true },
		{ "a.go", "x := `\n// DO NOT EDIT`\n", true }, /* strings are not known here */
		{ "a.rs", "//! This file is auto-generated by `x.py`.\n", true },
		{ "a.rs", "// Autogenerated file\n", true },
		{ "a.rs", "//! * proto: auto-generated types\n", false },
		{ "a.ts", "/**\n * @generated\n */\n", true },
		{ "a.ts", "/* This file was generated by a script. */\n", true },
		{ "a.ts", "/** Auto-generated by a plugin. */\n", true },
		{ "a.ts", "/**\n * The text that was generated by the model.\n */\n", false },
		{ "a.ts", "/* a */\n@generated()\nclass A {}\n", false },
	};
	struct ra_buf late;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(open_text(*state, rows[i].path, ra_str(rows[i].text)).generated,
				 rows[i].generated);
	ra_buf_init(&late, *state);
	for (int i = 0; i < 40; i++)
		ra_buf_adds(&late, "x\n");
	ra_buf_adds(&late, "# generated by late\n");
	assert_false(open_text(*state, "a.py", ra_buf_str(&late)).generated);
}

static void tests_by_path(void **state)
{
	static const struct {
		const char *path;
		bool test;
	} rows[] = {
		{ "tests/pool.py", true },     { "a/test/pool.py", true },
		{ "src/test_pool.py", true },  { "pool_test.py", true },
		{ "conftest.py", true },       { "app/tests.py", true },
		{ "src/pool.py", false },      { "contest/pool.py", false },
		{ "src/tests", false },        { "test_data.txt", false },
		{ "latest.py", false },        { "benches/pool.rs", true },
		{ "benches/pool.py", false },  { "pool_test.go", true },
		{ "a/__tests__/b.js", true },  { "e2e/pool.ts", true },
		{ "pool.spec.tsx", true },     { "pool.test.cjs", true },
		{ "spec.ts", false },          { "src/inspect.ts", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(open_text(*state, rows[i].path, RA_STR("")).parts[0].test,
				 rows[i].test);
}

/* -- suppressions -------------------------------------------------------------------------- */

static struct ra_suppressions read_comment(struct ra_arena *arena, const char *comment)
{
	struct ra_source source = open_text(arena, "a.py", ra_str(comment));
	struct ra_suppressions out = { 0 };

	ra_suppressions_read(arena, &source, 0, source.text, &out);
	return out;
}

static void obeyed(void **state)
{
	static const struct {
		const char *comment, *id, *reason;
	} rows[] = {
		{ "/*\n * race-audit: ignore[a] in a block\n */", "a", "in a block" },
		{ "/* Why.\n   race-audit: ignore[a] no star\n   More. */", "a", "no star" },
		{ "/** race-audit: ignore[a] doc\n * More. */", "a", "doc" },
		{ "/// race-audit: ignore[a] three", "a", "three" },
		{ "# race-audit: ignore[check-then-act] one task only", "check-then-act",
		  "one task only" },
		{ "#race-audit: ignore[lazy_init.v2] x", "lazy_init.v2", "x" },
		{ "#   race-audit: ignore[a]   spaced out  ", "a", "spaced out" },
		{ "# noqa: E501  # race-audit: ignore[a] both", "a", "both" },
		{ "// race-audit: ignore[a] other mark", "a", "other mark" },
		{ "/* race-audit: ignore[a] closed mark */", "a", "closed mark" },
		{ "# race-audit: ignore[a] \xc3\xa9t\xc3\xa9", "a", "\xc3\xa9t\xc3\xa9" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_suppressions out = read_comment(*state, rows[i].comment);

		assert_int_equal(out.list.n, 1);
		assert_null(out.list.v[0].flaw);
		assert_true(ra_str_is(out.list.v[0].id, rows[i].id));
		assert_true(ra_str_is(out.list.v[0].reason, rows[i].reason));
	}
}

static void near_misses(void **state)
{
	static const struct {
		const char *comment, *flaw;
	} rows[] = {
		{ "# race-audit:ignore[a] r", "not exactly one space after the colon" },
		{ "# race-audit:  ignore[a] r", "not exactly one space after the colon" },
		{ "# race-audit:\tignore[a] r", "not exactly one space after the colon" },
		{ "# race-audit : ignore[a] r", "no colon after 'race-audit'" },
		{ "# race-audit ignore[a] r", "no colon after 'race-audit'" },
		{ "# race-audit: ignore [a] r", "no '[' right after 'ignore'" },
		{ "# race-audit: ignore(a) r", "no '[' right after 'ignore'" },
		{ "# race-audit: ignore", "no '[' right after 'ignore'" },
		{ "# race-audit: ignore a r", "no '[' right after 'ignore'" },
		{ "# race-audit: ignore[] r", "no id between '[' and ']'" },
		{ "# race-audit: ignore[", "no id between '[' and ']'" },
		{ "# race-audit: ignore[a", "no ']' after the id" },
		{ "# race-audit: ignore[a, b] r", "more than one id" },
		{ "# race-audit: ignore[ a ] r", "no id between '[' and ']'" },
		{ "# race-audit: ignore[a b] r",
		  "a character that no id has between '[' and ']'" },
		{ "# race-audit: ignore[a]", "no reason after ']'" },
		{ "# race-audit: ignore[a] --", "no reason after ']'" },
		{ "# race-audit: ignore[a]: r", "no space between ']' and the reason" },
		{ "# race-audit: ignore[a]r", "no space between ']' and the reason" },
		{ "# race-audit: ignored[a] r",
		  "the word after 'race-audit:' is not 'ignore'" },
		{ "# race-audit: Ignore[a] r", "the word after 'race-audit:' is not 'ignore'" },
		{ "# race-audit: disable[a] r",
		  "the word after 'race-audit:' is not 'ignore'" },
		{ "# race-audit: noqa", "the word after 'race-audit:' is not 'ignore'" },
		{ "# Race-Audit: ignore[a] r", "the name is not written 'race-audit'" },
		{ "# race_audit: ignore[a] r", "the name is not written 'race-audit'" },
		{ "# raceaudit: ignore[a] r", "the name is not written 'race-audit'" },
		{ "# race audit: ignore[a] r", "the name is not written 'race-audit'" },
		{ "# see race-audit: ignore[a] r", "it does not begin the comment" },
		{ "#: race-audit: ignore[a] r", "it does not begin the comment" },
		{ "/*\n * see race-audit: ignore[a] r\n */", "it does not begin the comment" },
		{ "race-audit: ignore[a] r", "it does not begin the comment" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_suppressions out = read_comment(*state, rows[i].comment);

		assert_int_equal(out.list.n, 1);
		assert_string_equal(out.list.v[0].flaw, rows[i].flaw);
	}
}

static void no_requests(void **state)
{
	static const char *const rows[] = {
		"# found by race-audit", "# race-audit", "# ignore race conditions here",
		"# noqa", "# race-audit: see the manual", "#", "", "# raceau", "# auditrace-",
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(read_comment(*state, rows[i]).list.n, 0);
}

static void place_of_suppression(void **state)
{
	struct ra_source source = open_text(*state, "a.py",
					    RA_STR("x = 1  # race-audit: ignore[a] r\n"
						   "\t# race-audit: ignore[b] r\n"));
	struct ra_suppressions out = { 0 };
	struct ra_str comment = RA_STR("# race-audit: ignore[a] r");

	ra_suppressions_read(*state, &source, 7, comment, &out);
	ra_suppressions_read(*state, &source, 34, comment, &out);
	assert_int_equal(out.list.n, 2);
	assert_int_equal(out.list.v[0].line, 1);
	assert_false(out.list.v[0].own_line);
	assert_int_equal(out.list.v[1].line, 2);
	assert_true(out.list.v[1].own_line);
	assert_false(out.list.v[1].used);
}

/* Which lines a comment stands on, and whether anything else does. */
static void lines_of_suppression(void **state)
{
	static const struct {
		const char *text, *comment;
		uint32_t line, last_line;
		bool own_line;
	} rows[] = {
		{ "\t/*\n\t * race-audit: ignore[a] r\n\t */\nx\n",
		  "/*\n\t * race-audit: ignore[a] r\n\t */", 2, 3, true },
		{ "x /* race-audit: ignore[a] r\n */\n", "/* race-audit: ignore[a] r\n */", 1, 2,
		  false },
		{ "/* race-audit: ignore[a] r */ x\n",
		  "/* race-audit: ignore[a] r */", 1, 1, false },
		{ "  {/* race-audit: ignore[a] r */}\r\n", "/* race-audit: ignore[a] r */", 1, 1,
		  true },
		{ "{ /* race-audit: ignore[a] r */\n",
		  "/* race-audit: ignore[a] r */", 1, 1, false },
		{ "\n/* race-audit: ignore[a] r\n", "/* race-audit: ignore[a] r\n", 2, 2, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_source source = open_text(*state, "a.js", ra_str(rows[i].text));
		ptrdiff_t at = ra_str_find(source.text, ra_str(rows[i].comment));
		struct ra_suppressions out = { 0 };

		ra_suppressions_read(*state, &source, (size_t)at, ra_str(rows[i].comment), &out);
		assert_int_equal(out.list.n, 1);
		assert_null(out.list.v[0].flaw);
		assert_int_equal(out.list.v[0].line, rows[i].line);
		assert_int_equal(out.list.v[0].last_line, rows[i].last_line);
		assert_int_equal(out.list.v[0].own_line, rows[i].own_line);
	}
}

/* -- several files ------------------------------------------------------------------------- */

static struct ra_source join(struct ra_arena *arena)
{
	static const struct { const char *path, *text; } rows[] = {
		{ "p/a.go", "package p\n\nvar a" },
		{ "p/b.go", "" },
		{ "p/c_test.go", "package p\r\n" },
		{ "p/d.go", "package p\r" },
		{ "p/e.go", "\npackage p\n" },
	};
	const struct ra_source *files[COUNT(rows)];
	struct ra_source source;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_source *file = ra_new(arena, struct ra_source);

		*file = open_text(arena, rows[i].path, ra_str(rows[i].text));
		file->parts[0].audited = i != 2;
		files[i] = file;
	}
	ra_source_join(arena, files, COUNT(rows), &source);
	return source;
}

static void files_are_joined_line_by_line(void **state)
{
	static const struct { uint32_t line, in_part; const char *path, *text; } rows[] = {
		{ 1, 1, "p/a.go", "package p" }, { 2, 2, "p/a.go", "" },
		{ 3, 3, "p/a.go", "var a" },     { 4, 1, "p/c_test.go", "package p" },
		{ 5, 1, "p/d.go", "package p" }, { 6, 1, "p/e.go", "" },
		{ 7, 2, "p/e.go", "package p" },
	};
	struct ra_source source = join(*state);

	assert_int_equal(source.n_parts, 5);
	assert_int_equal(source.lines, COUNT(rows));
	assert_true(ra_str_is(source.text, "package p\n\nvar a\npackage p\r\npackage p\r\n"
					   "\npackage p\n"));
	assert_int_equal(source.lang, RA_LANG_GO);
	assert_true(source.crlf);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_part *part = ra_source_part(&source, rows[i].line);

		assert_true(ra_str_is(part->path, rows[i].path));
		assert_int_equal(ra_part_line(part, rows[i].line), rows[i].in_part);
		assert_true(ra_str_is(ra_str_trim(ra_source_line_text(&source, rows[i].line)),
				      rows[i].text));
		assert_int_equal(ra_source_line(&source, source.line_at[rows[i].line - 1]),
				 rows[i].line);
	}
	assert_true(source.parts[2].test);
	assert_false(source.parts[2].audited);
	assert_true(source.parts[4].audited);
	assert_int_equal(source.parts[1].lines, 0);
}

static void lines_in_words(void **state)
{
	struct ra_source source = join(*state), one = open_text(*state, "a.py", RA_STR("x\n"));

	assert_true(ra_str_is(ra_source_words(*state, &source, 3, 1), "3"));
	assert_true(ra_str_is(ra_source_words(*state, &source, 3, 4), "3 of a.go"));
	assert_true(ra_str_is(ra_source_words(*state, &source, 7, 1), "2 of e.go"));
	assert_true(ra_str_is(ra_source_words(*state, &source, 1, 0), "1 of a.go"));
	assert_true(ra_str_is(ra_source_words(*state, &source, 0, 0), "0"));
	assert_true(ra_str_is(ra_source_words(*state, &one, 1, 0), "1"));
	assert_true(ra_str_is(ra_path_seen(RA_STR("a/b.py"), RA_STR("a/c.py")), "b.py"));
	assert_true(ra_str_is(ra_path_seen(RA_STR("a/b.py"), RA_STR("a/d/c.py")), "a/b.py"));
	assert_true(ra_str_is(ra_path_seen(RA_STR("b.py"), RA_STR("c.py")), "b.py"));
	assert_true(ra_str_is(ra_path_directory(RA_STR("a/b/c.py")), "a/b"));
	assert_int_equal(ra_path_directory(RA_STR("c.py")).len, 0);
}

static void modules_of_files(void **state)
{
	static const struct { const char *path, *text, *module; bool alone; } rows[] = {
		{ "a.go", "package foo\n", "foo", false },
		{ "a.go", "// Package foo\n\n/* more\npackage bar */ package foo_test // x\n",
		  "foo_test", false },
		{ "a.go", "//go:build ignore\n\npackage main\n", "main", true },
		{ "a.go", "// +build ignore\r\n\npackage main\n", "main", true },
		{ "a.go", "//go:build linux\n\npackage p\n//go:build ignore\n", "p", false },
		{ "a.go", "packages foo\n", "", false },
		{ "a.go", "/* open", "", false },
		{ "a.go", "", "", false },
		{ "a.py", "package foo\n", "", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_source source = open_text(*state, rows[i].path, ra_str(rows[i].text));

		assert_true(ra_str_is(ra_source_module(&source), rows[i].module));
		assert_int_equal(ra_source_stands_alone(&source), rows[i].alone);
	}
	assert_true(ra_lang_joins_files(RA_LANG_GO, RA_STR("a/b.go")));
	assert_false(ra_lang_joins_files(RA_LANG_GO, RA_STR("a/testdata/src/b.go")));
	assert_true(ra_lang_joins_files(RA_LANG_GO, RA_STR("a/testdata.go")));
	assert_false(ra_lang_joins_files(RA_LANG_PYTHON, RA_STR("a.py")));
}

/* -- versions ------------------------------------------------------------------------------ */

static void versions_are_numbers(void **state)
{
	static const struct { const char *text; uint32_t version; } rows[] = {
		{ "1.22", 122 }, { "1.9", 109 }, { "1.21.5", 121 }, { "1.23rc1", 123 },
		{ "2021", 2021 }, { "2.0", 200 }, { "", 0 }, { "x", 0 }, { "1.", 0 }, { "1.x", 0 },
		{ "1.1000", 0 }, { "2021a", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(ra_version_read(ra_str(rows[i].text)), rows[i].version);
}

static void manifests_say_versions(void **state)
{
	static const struct { enum ra_lang lang; bool root; const char *text; uint32_t version; }
	rows[] = {
		{ RA_LANG_GO, false, "module m\n\ngo 1.21\n", 121 },
		{ RA_LANG_GO, false, "module m\r\n\tgo  1.22.3 // new\r\n", 122 },
		{ RA_LANG_GO, false, "module gopher\n// go 1.22\ntoolchain go1.23\n", 116 },
		{ RA_LANG_RUST, false, "[package]\nname = \"x\" # edition = 2015\nedition = \"2021\"\n",
		  2021 },
		{ RA_LANG_RUST, false, "[dependencies]\nedition = \"2018\"\n[package]\nname='#'\n", 2015 },
		{ RA_LANG_RUST, false, "[workspace]\nmembers = []\n", 0 },
		{ RA_LANG_RUST, false, "[package]\nedition.workspace = true\n", RA_VERSION_ABOVE },
		{ RA_LANG_RUST, false, "[package]\nedition = { workspace = true }\n\n[workspace]\n"
		  "[workspace.package]\nedition = '2024'", 2024 },
		{ RA_LANG_RUST, true, "[package]\nedition = \"2018\"\n", RA_VERSION_ABOVE },
		{ RA_LANG_RUST, true, "[ workspace ]\n[workspace.package]\nedition = \"2021\"\n", 2021 },
		{ RA_LANG_RUST, true, "[workspace]\n", 0 },
		{ RA_LANG_PYTHON, false, "setup(\n    name='x',\n    python_requires='>=3.6, <4',\n)",
		  306 },
		{ RA_LANG_PYTHON, false, "[project]\nrequires-python = \">= 3.10\"\n", 310 },
		{ RA_LANG_PYTHON, false, "[tool.poetry.dependencies]\npython = \"^3.8.1\"\n", 308 },
		{ RA_LANG_PYTHON, false, "[tool.black]\ntarget = ['py38']\n", RA_VERSION_ABOVE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(ra_manifest_version(rows[i].lang, ra_str(rows[i].text),
						     rows[i].root), rows[i].version);
	assert_string_equal(ra_lang_manifest(RA_LANG_GO, 0), "go.mod");
	assert_null(ra_lang_manifest(RA_LANG_GO, 1));
	assert_string_equal(ra_lang_manifest(RA_LANG_PYTHON, 2), "setup.py");
	assert_null(ra_lang_manifest(RA_LANG_TYPESCRIPT, 0));
}

/* -- imports ------------------------------------------------------------------------------- */

static const char *import_paths(struct ra_arena *arena, enum ra_lang lang, const char *from,
				const char *module)
{
	struct ra_paths paths = { 0 };
	struct ra_buf out;

	ra_import_paths(arena, lang, ra_str(from), ra_str(module), &paths);
	ra_buf_init(&out, arena);
	for (size_t i = 0; i < paths.list.n; i++)
		ra_buf_addf(&out, "%.*s ", RA_FMT(paths.list.v[i]));
	return out.ptr ? out.ptr : "";
}

static void imports_name_files(void **state)
{
	static const struct {
		enum ra_lang lang;
		const char *from, *module, *first; /* what is tried first */
	} rows[] = {
		{ RA_LANG_PYTHON, "a/b/c.py", ".d", "a/b/d.py a/b/d/__init__.py " },
		{ RA_LANG_PYTHON, "a/b/c.py", "..d.e", "a/d/e.py a/d/e/__init__.py " },
		{ RA_LANG_PYTHON, "a/b/c.py", ".", "a/b.py a/b/__init__.py " },
		{ RA_LANG_PYTHON, "c.py", ".", "__init__.py " },
		{ RA_LANG_PYTHON, "c.py", "..d", "" },
		{ RA_LANG_PYTHON, "a/c.py", "d", "d.py d/__init__.py src/d.py src/d/__init__.py "
		  "lib/d.py lib/d/__init__.py " },
		{ RA_LANG_PYTHON, "a/b/c.py", "d.e", "d/e.py d/e/__init__.py src/d/e.py "
		  "src/d/e/__init__.py lib/d/e.py lib/d/e/__init__.py a/d/e.py a/d/e/__init__.py "
		  "a/b/d/e.py a/b/d/e/__init__.py " },
		{ RA_LANG_TYPESCRIPT, "a/b.ts", "./c", "a/c.ts a/c.tsx a/c.js a/c.jsx a/c.mjs "
		  "a/c.cjs a/c.mts a/c.cts a/c/index.ts a/c/index.tsx a/c/index.js a/c/index.jsx "
		  "a/c/index.mjs a/c/index.cjs a/c/index.mts a/c/index.cts " },
		{ RA_LANG_JAVASCRIPT, "a/b.js", "../c.js", "c.ts c.tsx c.js c.js.ts " },
		{ RA_LANG_JAVASCRIPT, "a/b/c.js", "..", "a.ts a.tsx " },
		{ RA_LANG_JAVASCRIPT, "a.js", "../b", "" },
		{ RA_LANG_JAVASCRIPT, "a.js", "lodash", "" },
		{ RA_LANG_GO, "a.go", "./b", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *paths = import_paths(*state, rows[i].lang, rows[i].from, rows[i].module);

		if (strncmp(paths, rows[i].first, strlen(rows[i].first)) != 0 ||
		    (!*rows[i].first && *paths))
			fail_msg("%s from %s: '%s'", rows[i].module, rows[i].from, paths);
	}
	assert_true(ra_str_is(ra_import_submodule(*state, RA_LANG_PYTHON, RA_STR("."), RA_STR("x")),
			      ".x"));
	assert_true(ra_str_is(ra_import_submodule(*state, RA_LANG_PYTHON, RA_STR("a"), RA_STR("x")),
			      "a.x"));
	assert_int_equal(ra_import_submodule(*state, RA_LANG_JAVASCRIPT, RA_STR("./a"),
					     RA_STR("x")).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(languages),
		cmocka_unit_test(refusals),
		cmocka_unit_test(nul_window),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(marks_of_encoding),
		cmocka_unit_test(lines),
		cmocka_unit_test(generated),
		cmocka_unit_test(tests_by_path),
		cmocka_unit_test(obeyed),
		cmocka_unit_test(near_misses),
		cmocka_unit_test(no_requests),
		cmocka_unit_test(place_of_suppression),
		cmocka_unit_test(lines_of_suppression),

		cmocka_unit_test(files_are_joined_line_by_line),
		cmocka_unit_test(lines_in_words),
		cmocka_unit_test(modules_of_files),
		cmocka_unit_test(versions_are_numbers),
		cmocka_unit_test(manifests_say_versions),
		cmocka_unit_test(imports_name_files),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
