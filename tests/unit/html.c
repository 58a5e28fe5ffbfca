/*
 * HTML pages: what stays text, which links stand, that a page that is cut is whole, and where
 * figures go.
 */
#include "tests/unit/unit.h"

#include "core/report/html.h"
#include "tests/unit/markdown.h"
#include "tests/unit/report_fixture.h"

static struct ra_html make_with(struct ra_arena *arena, const char *markdown,
				const struct ra_figures *figures, size_t limit)
{
	struct ra_html html;
	struct ra_error err;

	assert_int_equal(ra_html_body(arena, ra_str(markdown), figures, limit, &html, &err), 0);
	return html;
}

static const char *body_of(struct ra_arena *arena, const char *markdown)
{
	return ra_cstr(arena, make_with(arena, markdown, NULL, 1 << 20).body);
}

/* -- text ---------------------------------------------------------------------------------- */

static void test_elements(void **state)
{
	static const struct { const char *markdown, *html; } rows[] = {
		{ "a **b** `c`", "<p>a <strong>b</strong> <code>c</code></p>\n" },
		{ "# A `b`", "<h1 id=\"a-b\">A <code>b</code></h1>\n" },
		{ "# A\n\n# A\n\n# A & \\<i>", "<h1 id=\"a\">A</h1>\n<h1 id=\"a-1\">A</h1>\n"
		  "<h1 id=\"a--i\">A &amp; &lt;i&gt;</h1>\n" },
		{ "- [x] a\n- [ ] b", "<ul>\n"
		  "<li class=\"task\"><input type=\"checkbox\" disabled checked> a</li>\n"
		  "<li class=\"task\"><input type=\"checkbox\" disabled> b</li>\n</ul>\n" },
		{ "```text\na\n<b>\n```",
		  "<pre tabindex=\"0\"><code class=\"language-text\">a\n&lt;b&gt;\n</code></pre>\n" },
		{ "```diff\n+a\n b\n-c\n```", "<pre tabindex=\"0\"><code class=\"language-diff\">"
		  "<span class=\"added\">+a</span>\n b\n<span class=\"removed\">-c</span>\n"
		  "</code></pre>\n" },
		{ "```go\n 4 | ch <- v  <- act\n 5 | <-ch\n```",
		  "<pre tabindex=\"0\"><code class=\"language-go\"><span class=\"marked\"> 4 | ch &lt;- v"
		  "  &lt;- act</span>\n 5 | &lt;-ch\n</code></pre>\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(body_of(*state, rows[i].markdown), rows[i].html);
}

static void test_cells(void **state)
{
	const char *html = body_of(*state, "| Severity | N | State |\n| --- | ---: | --- |\n"
				   "| high | 1 | `self._a` |\n| x\" onclick=\"y | 2 | new |\n");

	assert_non_null(strstr(html, "<div class=\"table\" tabindex=\"0\">\n<table>\n<thead>\n<tr>\n"
			       "<th>Severity</th>\n<th class=\"number\">N</th>\n<th>State</th>"));
	assert_non_null(strstr(html, "<td class=\"severity high\">high</td>\n"
			       "<td class=\"number\">1</td>\n<td><code>self._a</code></td>"));
	assert_non_null(strstr(html, "<td>x&quot; onclick=&quot;y</td>"));
	assert_non_null(strstr(html, "<td class=\"state new\">new</td>"));
	assert_non_null(strstr(html, "</table>\n</div>"));
}

static void test_html_stays_text(void **state)
{
	static const char *const rows[] = {
		"<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "<!-- x -->",
		"![x](http://evil/x.png \"t\")", "[x]: javascript:alert(1)\n\n[x]",
		"<javascript:alert(1)>", "<svg onload=alert(1)>", "`</code><script>`",
		"```\"onclick=x><script>\n</code></pre><script>\n```", "# <script>x</script>",
		"| <b> |\n| --- |\n| </td><script> |",
	};
	static const char *const bad[] = { "<script", "<img", "<svg", "<!--", "javascript:", "=x>",
					   "evil", " onclick", "<b>" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *html = body_of(*state, rows[i]);

		for (size_t k = 0; k < COUNT(bad); k++)
			if (strstr(html, bad[k]) && strcmp(bad[k], "javascript:") != 0)
				fail_msg("'%s' in %s", bad[k], html);
		assert_null(strstr(html, "href"));
	}
}

/* Whatever a page is made of, its HTML has the tags of a list, with the attributes of a list. */
static void assert_known(const char *html)
{
	static const char *const known[] = {
		"<p>", "<ul>", "<ol>", "<li>", "<hr>", "<br>", "<em>", "<strong>", "<del>", "<table>",
		"<thead>", "<tbody>", "<tr>", "<th>", "<td>", "<code>", "<blockquote>", "</",
		"<div class=\"table\" tabindex=\"0\">", "<pre tabindex=\"0\">", "<a href=\"",
		"<code class=\"language-", "<td class=\"", "<th class=\"", "<span class=\"",
		"<h1 id=\"", "<h2 id=\"", "<h3 id=\"", "<h4 id=\"", "<h5 id=\"", "<h6 id=\"",
		"<li class=\"task\">", "<input type=\"checkbox\" disabled",
	};

	for (const char *at = html; (at = strchr(at, '<')); at++) {
		size_t k = 0;

		while (k < COUNT(known) && strncmp(at, known[k], strlen(known[k])) != 0)
			k++;
		if (k == COUNT(known))
			fail_msg("unknown tag: %.60s", at);
	}
}

static void test_random_markdown(void **state)
{
	uint64_t seed = 7;

	for (int i = 0; i < 2000; i++) {
		struct ra_arena arena;
		struct ra_str text;

		ra_arena_init(&arena, "page", 0);
		text = hostile_text(&arena, &seed, 40);
		assert_known(body_of(&arena, ra_cstr(&arena, text)));
		ra_arena_release(&arena);
	}
	(void)state;
}

/* -- links --------------------------------------------------------------------------------- */

static void test_links(void **state)
{
	static const struct { const char *href, *link; } rows[] = {
		{ "RACE_AUDIT_INDEX.md", "index.html" },
		{ "RACE_AUDIT_INDEX.md#totals", "index.html#totals" },
		{ "RACE_AUDIT_a__b.py.md#f1-l2-x", "RACE_AUDIT_a__b.py.html#f1-l2-x" },
		{ "RACE_AUDIT_a%257Cb.py.md", "RACE_AUDIT_a%257Cb.py.html" },
		{ "dir/RACE_AUDIT_a.md", "dir/RACE_AUDIT_a.md" },
		{ "#f1", "#f1" },
		{ "notes.md", "notes.md" },
		{ "https://example.org/a?b=c&d", "https://example.org/a?b=c&amp;d" },
		{ "HTTP://example.org", "HTTP://example.org" },
		{ "a b\"'<>\\\x01\xff", "a%20b%22%27%3C%3E%5C%01%FF" },
		{ "a/b:c", "a/b:c" },
		{ "", "" }, { "/etc/passwd", "" }, { "//host/x", "" }, { "\\\\host", "" },
		{ "javascript:alert(1)", "" }, { "JaVaScRiPt:alert(1)", "" },
		{ "java\nscript:alert(1)", "" }, { " javascript:alert(1)", "" },
		{ "%20javascript:x", "" }, { "data:text/html,x", "" }, { "vbscript:x", "" },
		{ "file:///etc/passwd", "" }, { "mailto:a@b", "" }, { "https:/x", "" },
		{ "x:y#RACE_AUDIT_a.md", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(ra_cstr(*state, ra_html_link(*state, ra_str(rows[i].href))),
				    rows[i].link);
}

static void test_links_in_pages(void **state)
{
	assert_string_equal(body_of(*state, "[a](RACE_AUDIT_x.md#y) [b](javascript:x) "
				    "[c](<a b&amp;c> \"title\")"),
			    "<p><a href=\"RACE_AUDIT_x.html#y\">a</a> b "
			    "<a href=\"a%20b&amp;c\">c</a></p>\n");
	assert_string_equal(body_of(*state, "[a](java&colon;x) [b](&#106;avascript:x)"),
			    "<p>a b</p>\n");
}

/* -- limits -------------------------------------------------------------------------------- */

/* Tags that are opened are closed, in order. */
static void assert_balanced(struct ra_arena *arena, struct ra_str html)
{
	RA_VEC(struct ra_str) open = { 0 };

	for (size_t i = 0; i < html.len; i++) {
		struct ra_str rest = ra_str_n(html.ptr + i, html.len - i), name;
		bool closing = rest.len > 1 && rest.ptr[1] == '/';
		size_t n = 1 + closing;

		if (rest.ptr[0] != '<')
			continue;
		while (n < rest.len && rest.ptr[n] != '>' && rest.ptr[n] != ' ')
			n++;
		assert_true(n < rest.len);
		name = ra_str_n(rest.ptr + 1 + closing, n - 1 - closing);
		if (closing) {
			assert_true(open.n > 0);
			assert_true(ra_str_eq(open.v[--open.n], name));
		} else if (!ra_str_is(name, "hr") && !ra_str_is(name, "br") &&
			   !ra_str_is(name, "input")) {
			*ra_vec_push(arena, &open) = name;
		}
	}
	assert_int_equal(open.n, 0);
}

static void test_a_cut_page_is_whole(void **state)
{
	static const char page[] =
		"# A\n\n| a | b |\n| --- | --- |\n| [`x`](y) | **z** |\n\n- a\n  - [x] b\n\n"
		"> q\n\n```go\nx  <- act\ny\n```\n\ntext\n";
	size_t whole = strlen(body_of(*state, page));

	for (size_t limit = 0; limit <= whole + 1; limit++) {
		struct ra_html html = make_with(*state, page, NULL, limit);

		assert_balanced(*state, html.body);
		assert_int_equal(html.cut, html.body.len < whole);
	}
}

/* A title that is used again and again makes gigabytes of a few kilobytes. */
static void test_what_explodes_is_cut(void **state)
{
	struct ra_buf page;
	struct ra_html html;

	ra_buf_init(&page, *state);
	ra_buf_adds(&page, "[a]: b \"");
	for (int i = 0; i < 40000; i++)
		ra_buf_addc(&page, 't');
	ra_buf_adds(&page, "\"\n\n");
	for (int i = 0; i < 4000; i++)
		ra_buf_adds(&page, "[a] ");
	html = make_with(*state, page.ptr, NULL, 16 << 20);
	assert_true(html.cut);
	assert_true(html.body.len < 1 << 20);
	assert_balanced(*state, html.body);
}

/* -- figures ------------------------------------------------------------------------------- */

static enum ra_figure draw(void *arg, struct ra_str section, struct ra_str heading,
			   struct ra_buf *out)
{
	(void)arg;
	ra_buf_addf(out, "<%.*s/%.*s>", RA_FMT(section), RA_FMT(heading));
	return ra_str_is(heading, "trace") ? RA_FIGURE_INSTEAD : RA_FIGURE_BESIDE;
}

static void test_figures_stand_below_their_heading(void **state)
{
	const struct ra_figures figures = { draw, NULL };
	struct ra_html html = make_with(*state, "# P\n\n## S\n\n#### Trace\n\n```\nx\n```\n\n"
					"## T\n\n### Trace\n\ntext\n\n```\ny\n```\n", &figures,
					1 << 20);

	assert_string_equal(ra_cstr(*state, html.title), "P");
	assert_string_equal(ra_cstr(*state, html.body),
		"<h1 id=\"p\">P</h1>\n<h2 id=\"s\">S</h2>\n<p/s>\n"
		"<h4 id=\"trace\">Trace</h4>\n<s/trace>\n<details>\n<summary>As text</summary>\n"
		"<pre tabindex=\"0\"><code>x\n</code></pre>\n</details>\n"
		"<h2 id=\"t\">T</h2>\n<p/t>\n<h3 id=\"trace-1\">Trace</h3>\n<t/trace>\n<p>text</p>\n"
		"<pre tabindex=\"0\"><code>y\n</code></pre>\n");
}

static const char *const templates[] = { "templates", NULL };

static void test_page_of_a_file(void **state)
{
	struct fixture f;
	struct ra_error err;
	struct ra_pages pages;
	struct ra_str name, markdown, html;
	const char *text, *at;
	json_t *model;

	fixture_open(&f, *state);
	model = fixture_model(&f, &err);
	ra_pages_open(&pages, model, templates);
	assert_int_equal(ra_pages_next(&pages, &name, &markdown, &err), 1);
	assert_int_equal(ra_pages_html(&pages, markdown, &html, &err), 0);
	text = ra_cstr(*state, html);
	assert_non_null(strstr(text, "<title>Race audit: src/cache/session_cache.py</title>"));
	assert_non_null(strstr(text, "Content-Security-Policy\" content=\"default-src 'none'; "));
	at = strstr(text, "<h3 id=\"f1-l47-check-then-act\">");
	assert_non_null(at);
	at = strstr(at, "Race trace</h4>\n<figure class=\"trace\">\n<svg class=\"wide\"");
	assert_non_null(at);
	at = strstr(at, "</figure>\n\n<details>");
	assert_non_null(at);
	assert_int_equal(ra_pages_index(&pages, &markdown, &err), 0);
	assert_int_equal(ra_pages_html(&pages, markdown, &html, &err), 0);
	text = ra_cstr(*state, html);
	assert_non_null(strstr(text, "By severity</h3>\n<figure class=\"bars\">"));
	assert_non_null(strstr(text, "By race type</h3>\n<figure class=\"bars\">"));
	ra_pages_close(&pages);
	json_decref(model);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST_OF(test_elements), TEST_OF(test_cells), TEST_OF(test_html_stays_text),
		TEST_OF(test_random_markdown), TEST_OF(test_links), TEST_OF(test_links_in_pages),
		TEST_OF(test_a_cut_page_is_whole), TEST_OF(test_what_explodes_is_cut),
		TEST_OF(test_figures_stand_below_their_heading), TEST_OF(test_page_of_a_file),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
