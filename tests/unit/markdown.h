/*
 * What tests of markdown share: hostile text, and what md4c and cmark-gfm make of a page.
 */
#ifndef RA_TEST_MARKDOWN_H
#define RA_TEST_MARKDOWN_H

#include "core/report/report.h"

#include <md4c.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* -- hostile text -------------------------------------------------------------------------- */

static inline uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* Up to `most` pieces, none of them meant well. */
static inline struct ra_str hostile_text(struct ra_arena *arena, uint64_t *seed, uint32_t most)
{
	static const char *const pieces[] = {
		"`", "``", "```", "````", "|", "||", "\\", "\\|", "\\`", "*", "**", "_", "__", "~~",
		"~~~", "[x](javascript:alert(1))", "![i](http://e.vil/x)", "<img src=x onerror=y>",
		"</script>", "<!--", "-->", "]]>", "@all-team", "#12", "GH-1", "$x^2$",
		  "a@b.example",
		"http://e.vil", "www.e.vil", "&amp;", "&#124;", "&", "<", ">", "[", "]", "(", ")",
		"[//]: # \"race-audit schema=1\"", "# ", "## h", "> ", "- ", "+ ", "1. ", "12) ",
		"---", "===", ":---", "| --- |", "\n", "\n\n", "\t", "\r\n", " ", "  ", "    ",
		"\x1b[31m", "\x1b]52;c;x\a", "\x7f", "\x01", "\xc2\x9b", "\xe2\x80\xae",
		"\xe2\x80\x8b", "\xef\xbb\xbf", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x80\xa8",
		"\xc3\xa9", "\xe6\x97\xa5\xe6\x9c\xac", "word", "snake_case", "a.b(c, d)", "x",
		  "\"",
		"'", "%41", "{{x}}", "{{{", "self._conns[key]", "int | None", "README.md", "/", ".",
	};
	uint32_t n = next_random(seed) % most + 1;
	struct ra_buf out;

	ra_buf_init(&out, arena);
	while (n--)
		ra_buf_adds(&out, pieces[next_random(seed) % (sizeof(pieces) / sizeof(*pieces))]);
	return ra_buf_str(&out);
}

/* -- md4c ---------------------------------------------------------------------------------- */

/* What a page is made of. `text` is all text outside of link targets; cells end in a newline. */
struct shape {
	struct ra_buf text;
	size_t headings, tables, rows, links, images, html, codes, items, marks;
	struct ra_buf targets;  /* of links, a line each */
};

static inline int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct shape *shape = arg;

	(void)detail;
	shape->headings += type == MD_BLOCK_H;
	shape->tables += type == MD_BLOCK_TABLE;
	shape->rows += type == MD_BLOCK_TR;
	shape->codes += type == MD_BLOCK_CODE;
	shape->items += type == MD_BLOCK_LI;
	shape->html += type == MD_BLOCK_HTML;
	return 0;
}

static inline int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct shape *shape = arg;

	(void)detail;
	if (type == MD_BLOCK_P || type == MD_BLOCK_H || type == MD_BLOCK_TD || type == MD_BLOCK_TH)
		ra_buf_addc(&shape->text, '\n');
	return 0;
}

static inline int enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct shape *shape = arg;

	shape->images += type == MD_SPAN_IMG;
	shape->marks += type == MD_SPAN_EM || type == MD_SPAN_STRONG || type == MD_SPAN_DEL;
	if (type == MD_SPAN_A) {
		const MD_SPAN_A_DETAIL *link = detail;

		shape->links++;
		ra_buf_add(&shape->targets, ra_str_n(link->href.text, link->href.size));
		ra_buf_addc(&shape->targets, '\n');
	}
	return 0;
}

static inline int leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
	(void)type;
	(void)detail;
	(void)arg;
	return 0;
}

static inline void add_entity(struct ra_buf *out, struct ra_str entity)
{
	static const struct { const char *name, *text; } entities[] = {
		{ "&#124;", "|" }, { "&#96;", "`" }, { "&amp;", "&" }, { "&lt;", "<" },
		{ "&gt;", ">" }, { "&quot;", "\"" },
	};

	for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++)
		if (ra_str_is(entity, entities[i].name)) {
			ra_buf_adds(out, entities[i].text);
			return;
		}
	ra_buf_add(out, entity);
}

static inline int add_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *arg)
{
	struct shape *shape = arg;

	shape->html += type == MD_TEXT_HTML;
	if (type == MD_TEXT_ENTITY)
		add_entity(&shape->text, ra_str_n(text, size));
	else
		ra_buf_add(&shape->text, ra_str_n(text, size));
	return 0;
}

/* As GitHub would read it, raw HTML included so that it is seen. */
static inline struct shape parse_md4c(struct ra_arena *arena, struct ra_str page)
{
	MD_PARSER parser = { .flags = MD_DIALECT_GITHUB, .enter_block = enter_block,
			     .leave_block = leave_block, .enter_span = enter_span,
			     .leave_span = leave_span, .text = add_text };
	struct shape shape = { 0 };

	ra_buf_init(&shape.text, arena);
	ra_buf_init(&shape.targets, arena);
	if (md_parse(page.ptr, (MD_SIZE)page.len, &parser, &shape) != 0)
		ra_buf_adds(&shape.text, "md4c failed");
	return shape;
}

/* -- cmark-gfm ----------------------------------------------------------------------------- */

/* The page as XML of its tree; it must be installed. */
static inline struct ra_str run_cmark(struct ra_arena *arena, struct ra_str page)
{
	char path[] = "/tmp/race-audit-page-XXXXXX", block[4096];
	int fd = mkstemp(path);
	struct ra_buf out;
	FILE *pipe;
	size_t n;

	ra_buf_init(&out, arena);
	if (fd < 0 || write(fd, page.ptr, page.len) != (ssize_t)page.len)
		return RA_STR("cannot write");
	pipe = popen(ra_printf(arena, "cmark-gfm --unsafe -e table -e autolink -e strikethrough "
			       "-t xml %s", path).ptr, "r");
	while (pipe && (n = fread(block, 1, sizeof(block), pipe)) > 0)
		ra_buf_add(&out, ra_str_n(block, n));
	if (pipe)
		pclose(pipe);
	close(fd);
	unlink(path);
	return ra_buf_str(&out);
}

static inline size_t count_of(struct ra_str text, const char *needle)
{
	size_t n = 0;
	ptrdiff_t at;

	while ((at = ra_str_find(text, ra_str(needle))) >= 0) {
		n++;
		text = ra_str_n(text.ptr + at + 1, text.len - (size_t)at - 1);
	}
	return n;
}

/* Text of an XML tree as parse_md4c collects it: each paragraph, heading and cell on a line. */
static inline struct ra_str text_of_xml(struct ra_arena *arena, struct ra_str xml)
{
	bool wanted = false;
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < xml.len;) {
		struct ra_str rest = ra_str_n(xml.ptr + i, xml.len - i);
		ptrdiff_t end = ra_str_find(rest, RA_STR(">"));

		if (rest.ptr[0] == '<' && end > 0) {
			wanted = ra_str_starts(rest, RA_STR("<text ")) ||
				 ra_str_starts(rest, RA_STR("<code "));
			if (ra_str_starts(rest, RA_STR("</paragraph")) ||
			    ra_str_starts(rest, RA_STR("</heading")) ||
			    ra_str_starts(rest, RA_STR("</table_cell")) ||
			    ra_str_starts(rest, RA_STR("<table_cell />")))
				ra_buf_addc(&out, '\n');
			i += (size_t)end + 1;
		} else if (wanted && rest.ptr[0] == '&') {
			end = ra_str_find(rest, RA_STR(";"));
			add_entity(&out, ra_str_n(rest.ptr, (size_t)end + 1));
			i += (size_t)end + 1;
		} else {
			if (wanted)
				ra_buf_addc(&out, rest.ptr[0]);
			i++;
		}
	}
	return ra_buf_str(&out);
}

#endif
