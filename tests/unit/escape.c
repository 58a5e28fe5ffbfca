/*
 * Text for each place of a report: what comes out, and that md4c and cmark-gfm read back what went
 * in, with nothing in it that is live.
 */

#include "tests/unit/markdown.h"
#include "tests/unit/unit.h"

enum { ROUNDS = 4000 };

typedef struct ra_str escape_fn(struct ra_arena *arena, struct ra_str text);

/* -- tables -------------------------------------------------------------------------------- */

static void test_sinks(void **state)
{
	static const struct { escape_fn *escape; const char *text, *expected; } rows[] = {
		{ ra_escape_code_span, "", "" },
		{ ra_escape_code_span, "a", "`a`" },
		{ ra_escape_code_span, "a`b", "``a`b``" },
		{ ra_escape_code_span, "``a`", "``` ``a` ```" },
		{ ra_escape_code_span, "a``b", "`a``b`" },
		{ ra_escape_code_span, " a ", "`\\x20a\\x20`" },
		{ ra_escape_code_span, "  ", "`\\x20\\x20`" },
		{ ra_escape_code_span, "a|b", "`a|b`" },
		{ ra_escape_code_span, "a\nb\tc\r", "`a\\nb\\tc\\r`" },
		{ ra_escape_code_span, "\x1b]52;\a", "`\\x1b]52;\\x07`" },
		{ ra_escape_code_span, "\xe2\x80\xae" "a\xe2\x80\x8b\xc2\x9b", "`<U+202E>a<U+200B>"
		  "<U+009B>`" },
		{ ra_escape_code_span, "\xff\xc0\x80\xed\xa0\x80",
		  "`\\xff\\xc0\\x80\\xed\\xa0\\x80`" },
		{ ra_escape_cell, "a|b", "`a`&#124;`b`" },
		{ ra_escape_cell, "|", "&#124;" },
		{ ra_escape_cell, "int | None", "`int` &#124; `None`" },
		{ ra_escape_cell, "`|`", "`` ` ``&#124;`` ` ``" },
		{ ra_escape_cell, "a\\|b", "`a\\`&#124;`b`" },
		{ ra_escape_cell, "", "" },
		{ ra_escape_markdown, "plain text, 1.5 x (y).", "plain text, 1.5 x (y)." },
		{ ra_escape_markdown, "snake_case _em_ __init__", "snake_case \\_em\\_ "
		  "\\_\\_init\\_\\_" },
		{ ra_escape_markdown, "a*b <i> [l](u) &amp; ~x~ \\",
		  "a\\*b \\<i\\> \\[l\\](u) \\&amp; \\~x\\~ \\\\" },
		{ ra_escape_markdown, "a|b `c`", "a&#124;b &#96;c&#96;" },
		{ ra_escape_markdown, "see @team, #12 and http://x.y", "see `@team,` `#12` and "
		  "`http://x.y`" },
		{ ra_escape_markdown, "- item", "\\- item" },
		{ ra_escape_markdown, "1. item", "1\\. item" },
		{ ra_escape_markdown, "12) item", "12\\) item" },
		{ ra_escape_markdown, "=== x", "\\=== x" },
		{ ra_escape_markdown, "   trimmed ", "trimmed" },
		{ ra_escape_markdown, "a\nb", "a\\\\nb" },
		{ ra_escape_terminal, "a\x1b[31mb\xc2\x85", "a\\x1b[31mb<U+0085>" },
		{ ra_escape_terminal, "caf\xc3\xa9 \xe6\x97\xa5", "caf\xc3\xa9 \xe6\x97\xa5" },
		{ ra_escape_html, "<a href=\"x\">'&'</a>",
		  "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;" },
		{ ra_escape_html, "\xe2\x80\xae\n", "&lt;U+202E&gt;\\n" },
		{ ra_utf8, "a\xff" "b\xed\xa0\x80", "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd"
		  "\xef\xbf\xbd" },
		{ ra_utf8, "\xf4\x8f\xbf\xbf\xf4\x90\x80\x80",
		  "\xf4\x8f\xbf\xbf\xef\xbf\xbd\xef\xbf\xbd"
		  "\xef\xbf\xbd\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(ra_cstr(*state, rows[i].escape(*state, ra_str(rows[i].text))),
				    rows[i].expected);
}

/* All runs of 1 to 40 backticks: no number of them is free for the span itself. */
static void test_span_of_all_runs(void **state)
{
	struct ra_buf text;
	struct shape shape;

	ra_buf_init(&text, *state);
	for (int run = 1; run <= 40; run++) {
		for (int i = 0; i < run; i++)
			ra_buf_addc(&text, '`');
		ra_buf_addc(&text, 'x');
	}
	shape = parse_md4c(*state, ra_escape_code_span(*state, ra_buf_str(&text)));
	assert_int_equal(shape.text.len, 820 * 4 + 40 + 1);
}

/* -- reading back -------------------------------------------------------------------------- */

/* What a reader should see of `text` in a code span. */
static struct ra_str seen_in_code(struct ra_arena *arena, struct ra_str text)
{
	struct ra_str shown = ra_escape_terminal(arena, text), inner = ra_str_trim(shown);
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (const char *c = shown.ptr; c < shown.ptr + shown.len; c++)
		if (c >= inner.ptr && c < inner.ptr + inner.len)
			ra_buf_addc(&out, *c);
		else
			ra_buf_adds(&out, "\\x20");
	return ra_buf_str(&out);
}

static struct ra_str seen_in_text(struct ra_arena *arena, struct ra_str text)
{
	return ra_str_trim(ra_escape_terminal(arena, text));
}

struct sink {
	escape_fn *escape, *seen;
	const char *before, *after; /* of each text in the page */
	const char *head;           /* of the page */
	size_t tables;
};

static const struct sink sinks[] = {
	{ ra_escape_code_span, seen_in_code, "", "\n\n", "", 0 },
	{ ra_escape_cell, seen_in_code, "| ", " |\n", "| head |\n| --- |\n", 1 },
	{ ra_escape_markdown, seen_in_text, "", "\n\n", "", 0 },
	{ ra_escape_markdown, seen_in_text, "| ", " |\n", "| head |\n| --- |\n", 1 },
};

/* A page of many texts, and what is to be read from it. */
static void make_page(struct ra_arena *arena, const struct sink *sink, struct ra_buf *page,
		      struct ra_buf *expected)
{
	uint64_t seed = 20;
	size_t n = ROUNDS;

	ra_buf_init(page, arena);
	ra_buf_init(expected, arena);
	ra_buf_adds(page, sink->head);
	ra_buf_adds(expected, sink->tables ? "head\n" : "");
	while (n--) {
		struct ra_str text = hostile_text(arena, &seed, 12);

		if (!sink->seen(arena, text).len)
			continue;
		ra_buf_adds(page, sink->before);
		ra_buf_add(page, sink->escape(arena, text));
		ra_buf_adds(page, sink->after);
		ra_buf_add(expected, sink->seen(arena, text));
		ra_buf_addc(expected, '\n');
	}
}

/* Where two texts part, with what stands around it. */
static void assert_same(struct ra_str got, struct ra_str expected)
{
	size_t i = 0;

	while (i < got.len && i < expected.len && got.ptr[i] == expected.ptr[i])
		i++;
	if (i < got.len || i < expected.len)
		fail_msg("at %zu: '%.*s' instead of '%.*s'", i,
			 (int)(got.len - i < 60 ? got.len - i : 60), got.ptr + i,
			 (int)(expected.len - i < 60 ? expected.len - i : 60), expected.ptr + i);
}

static void test_md4c_reads_back(void **state)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(*sinks); i++) {
		struct ra_buf page, expected;
		struct shape shape;

		make_page(*state, &sinks[i], &page, &expected);
		shape = parse_md4c(*state, ra_buf_str(&page));
		assert_same(ra_buf_str(&shape.text), ra_buf_str(&expected));
		assert_int_equal(shape.tables, sinks[i].tables);
		assert_int_equal(shape.headings + shape.links + shape.images + shape.html +
				 shape.codes + shape.items + shape.marks, 0);
	}
}

static void test_cmark_reads_back(void **state)
{
	static const char *const live[] = { "<heading", "<link", "<image", "<html", "<code_block",
					    "<item", "<emph", "<strong", "<strikethrough" };

	for (size_t i = 0; i < sizeof(sinks) / sizeof(*sinks); i++) {
		struct ra_buf page, expected;
		struct ra_str xml;

		make_page(*state, &sinks[i], &page, &expected);
		xml = run_cmark(*state, ra_buf_str(&page));
		assert_same(text_of_xml(*state, xml), ra_buf_str(&expected));
		assert_int_equal(count_of(xml, "<table>") + count_of(xml, "<table "),
				 sinks[i].tables);
		for (size_t k = 0; k < sizeof(live) / sizeof(*live); k++)
			assert_int_equal(count_of(xml, live[k]), 0);
	}
}

/* No sink lets through a byte that moves a cursor or hides text. */
static void test_nothing_is_hidden(void **state)
{
	static escape_fn *const all[] = { ra_escape_code_span, ra_escape_cell, ra_escape_markdown,
					  ra_escape_terminal, ra_escape_html };
	uint64_t seed = 4;

	for (size_t round = 0; round < ROUNDS; round++) {
		struct ra_str text = hostile_text(*state, &seed, 8);

		for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++) {
			struct ra_str safe = all[k](*state, text);

			for (size_t i = 0; i < safe.len; i++)
				assert_in_range((unsigned char)safe.ptr[i], 0x20, 0xfd);
			assert_null(memchr(safe.ptr, 0x7f, safe.len));
			assert_true(ra_str_find(safe, RA_STR("\xe2\x80\xae")) < 0);
			assert_true(ra_str_find(safe, RA_STR("\xc2\x9b")) < 0);
			assert_true(ra_str_eq(ra_utf8(*state, safe), safe));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sinks, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_span_of_all_runs, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_md4c_reads_back, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_cmark_reads_back, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_nothing_is_hidden, open_arena, close_arena),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
