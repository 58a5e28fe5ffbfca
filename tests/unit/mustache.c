/*
 * The template engine: every case of the specification, read from tests/mustache-spec, and what the
 * specification leaves open: numbers, escaping, filters, errors, ceilings.
 */
#include "core/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const spec_files[] = { "comments", "delimiters", "interpolation", "inverted",
					  "partials", "sections" };
enum { SPEC_FILES = sizeof(spec_files) / sizeof(*spec_files), SPEC_CASES = 136 };

struct outcome {
	int rc;
	struct ra_str text;
	struct ra_error err;
};

static bool find_partial(void *arg, struct ra_str name, struct ra_str *text)
{
	const json_t *value = json_object_getn(arg, name.ptr, name.len);

	if (value)
		*text = ra_str_n(json_string_value(value), json_string_length(value));
	return value != NULL;
}

static void shout(struct ra_str text, struct ra_buf *out)
{
	for (size_t i = 0; i < text.len; i++)
		ra_buf_addc(out, text.ptr[i] >= 'a' && text.ptr[i] <= 'z'
					 ? (char)(text.ptr[i] - 32) : text.ptr[i]);
}

static const struct ra_filter filters[] = { { "raw", true, shout }, { "loud", false, shout } };

static struct outcome render(struct ra_arena *arena, struct ra_str text, json_t *data,
			     json_t *partials, enum ra_escape escape)
{
	struct ra_partials callbacks = { find_partial, partials, filters, 2 };
	struct outcome outcome = { 0 };
	struct ra_buf out;

	ra_buf_init(&out, arena);
	outcome.rc = ra_mustache(arena, text, data, &callbacks, escape, &out, &outcome.err);
	outcome.text = ra_buf_str(&out);
	return outcome;
}

/* -- the specification --------------------------------------------------------------------- */

static void test_case(void **state)
{
	json_t *spec = *state;
	const json_t *text = json_object_get(spec, "template");
	struct ra_arena arena;
	struct outcome outcome;

	ra_arena_init(&arena, "test", 0);
	outcome = render(&arena, ra_str_n(json_string_value(text), json_string_length(text)),
			 json_object_get(spec, "data"), json_object_get(spec, "partials"),
			 RA_ESCAPE_HTML);
	assert_int_equal(outcome.rc, RA_OK);
	assert_string_equal(outcome.text.ptr,
			    json_string_value(json_object_get(spec, "expected")));
	ra_arena_release(&arena);
}

static size_t read_spec(json_t **specs, struct CMUnitTest *tests)
{
	const char *source = getenv("RA_SOURCE_DIR");
	char path[4096];
	size_t n = 0, i;

	for (size_t f = 0; f < SPEC_FILES; f++) {
		json_error_t error;
		json_t *spec;

		snprintf(path, sizeof(path), "%s/tests/mustache-spec/%s.json",
		  source ? source : ".",
			 spec_files[f]);
		specs[f] = json_load_file(path, 0, &error);
		json_array_foreach(json_object_get(specs[f], "tests"), i, spec)
			if (n < SPEC_CASES)
				tests[n++] = (struct CMUnitTest){
					json_string_value(json_object_get(spec, "name")),
					test_case, NULL, NULL, spec };
	}
	return n;
}

/* -- what it leaves open ------------------------------------------------------------------- */

static struct outcome quick(struct ra_arena *arena, const char *text, const char *json,
			    enum ra_escape escape)
{
	json_t *data = json_loads(json, 0, NULL);
	struct outcome outcome;

	assert_non_null(data);
	outcome = render(arena, ra_str(text), data, json_object_get(data, "partials"), escape);
	json_decref(data);
	return outcome;
}

static void test_output(void **state)
{
	static const struct {
		const char *text, *json, *expected;
		enum ra_escape escape;
	} rows[] = {
		{ "{{n}} {{m}}", "{\"n\": -7, \"m\": 9007199254740993}", "-7 9007199254740993", 0 },
		{ "{{a}} {{b}} {{c}}", "{\"a\": 1.5, \"b\": 0.1, \"c\": 1e300}", "1.5 0.1 1e+300",
		  0 },
		{ "{{t}}{{f}}{{z}}", "{\"t\": true, \"f\": false, \"z\": null}", "truefalse", 0 },
		{ "{{#a}}x{{/a}}{{^a}}y{{/a}}", "{\"a\": \"\"}", "y", 0 },
		{ "{{#a}}x{{/a}}{{^a}}y{{/a}}", "{\"a\": 0}", "y", 0 },
		{ "{{#a}}x{{/a}}{{^a}}y{{/a}}", "{\"a\": {}}", "x", 0 },
		{ "{{#a}}{{.}},{{/a}}", "{\"a\": [1, \"two\", 3.25]}", "1,two,3.25,", 0 },
		{ "{{a.b.c}}", "{\"a\": {\"b\": {\"c\": \"deep\"}}}", "deep", 0 },
		{ "{{x}}", "{\"x\": \"<'a'>\"}", "&lt;&#39;a&#39;&gt;", RA_ESCAPE_HTML },
		{ "{{x}} {{{x}}} {{&x}}", "{\"x\": \"a*b\"}", "a\\*b a*b a*b", RA_ESCAPE_MARKDOWN },
		{ "{{x}}", "{\"x\": \"a*b\"}", "a*b", RA_ESCAPE_NONE },
		{ "{{#raw}}{{x}}{{/raw}}", "{\"x\": \"a<b\"}", "A<B", RA_ESCAPE_HTML },
		{ "{{#loud}}{{x}}{{/loud}}{{x}}", "{\"x\": \"a<b\"}", "A&LT;Ba&lt;b",
		  RA_ESCAPE_HTML },
		{ "{{#raw}}{{#a}}{{.}}{{/a}}{{/raw}}", "{\"a\": [\"x\", \"y\"]}", "XY", 0 },
		{ "{{#raw}}a{{/raw}}", "{\"raw\": false}", "A", 0 },
		{ "a\n  {{>p}}\nb\n", "{\"partials\": {\"p\": \"1\\n2\\n\"}}", "a\n  1\n  2\nb\n",
		  0 },
		{ "{{>p}}-{{>p}}", "{\"partials\": {\"p\": \"x\"}}", "x-x", 0 },
		{ "", "{}", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ra_arena arena;
		struct outcome outcome;

		ra_arena_init(&arena, "test", 0);
		outcome = quick(&arena, rows[i].text, rows[i].json, rows[i].escape);
		assert_int_equal(outcome.rc, RA_OK);
		assert_string_equal(outcome.text.ptr, rows[i].expected);
		ra_arena_release(&arena);
	}
}

static void test_errors(void **state)
{
	static const struct { const char *text, *message; int code; } rows[] = {
		{ "a\nb {{x", "line 2: tag is not closed, it needs '}}'", RA_EPARSE },
		{ "{{{x}}", "line 1: tag is not closed, it needs '}}'", RA_EPARSE },
		{ "\n\n{{}}", "line 3: tag has no name after '{{'", RA_EPARSE },
		{ "{{#a}}\n{{#b}}{{/b}}\n", "line 1: section is not closed: 'a'", RA_EPARSE },
		{ "{{#a}}\n{{/b}}", "line 2: another section is open than 'b'", RA_EPARSE },
		{ "x\n{{/b}}", "line 2: no section is open to be closed by 'b'", RA_EPARSE },
		{ "{{=a b c=}}", "line 1: two delimiters are needed, not 'a b c'", RA_EPARSE },
		{ "{{>bad}}", "partial 'bad': line 1: section is not closed: 'x'", RA_EPARSE },
		{ "{{>self}}", "line 1: sections or partials nest too deep at 'self'", RA_ELIMIT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ra_arena arena;
		struct outcome outcome;

		ra_arena_init(&arena, "test", 0);
		outcome = quick(&arena, rows[i].text, "{\"partials\": {\"self\": \"{{>self}}\","
				" \"bad\": \"{{#x}}\"}}", RA_ESCAPE_NONE);
		assert_int_equal(outcome.rc, rows[i].code);
		assert_string_equal(outcome.err.text, rows[i].message);
		ra_arena_release(&arena);
	}
}

static void test_depth(void **state)
{
	struct ra_arena arena;
	struct ra_buf text;
	struct outcome outcome;

	(void)state;
	for (size_t depth = 62; depth < 70; depth++) {
		ra_arena_init(&arena, "test", 0);
		ra_buf_init(&text, &arena);
		for (size_t i = 0; i < depth; i++)
			ra_buf_adds(&text, "{{#a}}");
		ra_buf_adds(&text, "x");
		for (size_t i = 0; i < depth; i++)
			ra_buf_adds(&text, "{{/a}}");
		outcome = quick(&arena, text.ptr, "{\"a\": true}", RA_ESCAPE_NONE);
		assert_int_equal(outcome.rc == RA_OK, depth <= 63);
		ra_arena_release(&arena);
	}
}

/* 30 lists of 10 in each other ask for 10^30 bytes. */
static void test_output_ceiling(void **state)
{
	struct ra_arena arena;
	struct ra_buf text, line;
	struct outcome outcome;

	(void)state;
	ra_arena_init(&arena, "test", 0);
	ra_buf_init(&text, &arena);
	ra_buf_init(&line, &arena);
	for (size_t i = 0; i < 1 << 16; i++)
		ra_buf_addc(&line, 'x');
	for (size_t i = 0; i < 30; i++)
		ra_buf_adds(&text, "{{#a}}");
	ra_buf_add(&text, ra_buf_str(&line));
	for (size_t i = 0; i < 30; i++)
		ra_buf_adds(&text, "{{/a}}");
	outcome = quick(&arena, text.ptr, "{\"a\": [1,2,3,4,5,6,7,8,9,10]}", RA_ESCAPE_NONE);
	assert_int_equal(outcome.rc, RA_ELIMIT);
	assert_non_null(strstr(outcome.err.text, "more than 256 MiB"));
	ra_arena_release(&arena);
}

int main(void)
{
	static struct CMUnitTest tests[SPEC_CASES + 8];
	json_t *specs[SPEC_FILES] = { 0 };
	size_t n = read_spec(specs, tests);
	int failed;

	if (n != SPEC_CASES) {
		fprintf(stderr, "%zu of %d cases found; set RA_SOURCE_DIR\n", n, SPEC_CASES);
		return 1;
	}
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_output);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_errors);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_depth);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_output_ceiling);
	failed = _cmocka_run_group_tests("mustache", tests, n, NULL, NULL);
	for (size_t f = 0; f < SPEC_FILES; f++)
		json_decref(specs[f]);
	return failed;
}
