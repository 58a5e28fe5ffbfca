/*
 * Markdown -> the body of a page. md4c-html parses and escapes; what it writes is read again tag by
 * tag, and each tag that is known here is made anew. So nothing depends on what the library lets
 * through: an attribute, a scheme or an element that this file does not name cannot be on a page.
 *
 * Text between tags is md4c's, escaped. A tag of it never holds `>` but at its end.
 */
#include "core/report/html.h"

#include <md4c-html.h>
#include <md4c.h>

enum {
	RAW_BYTES_MAX = 64 << 20,  /* of what md4c-html writes; the rest is not even kept */
	LEVELS = 6,
	LONG_CELL = 40,            /* bytes of text that want a column of some width */
};

/* What needs no more than its name. Whatever is in neither table is left out; its text stays. */
static const struct element { const char *name, *open, *close; } elements[] = {
	{ "p", "<p>", "</p>" },
	{ "blockquote", "<blockquote>", "</blockquote>" },
	{ "ul", "<ul>", "</ul>" },
	{ "ol", "<ol>", "</ol>" },
	{ "hr", "<hr>", NULL },
	{ "br", "<br>", NULL },
	{ "em", "<em>", "</em>" },
	{ "strong", "<strong>", "</strong>" },
	{ "del", "<del>", "</del>" },
	{ "table", "<div class=\"table\" tabindex=\"0\">\n<table>", "</table>\n</div>" },
	{ "thead", "<thead>", "</thead>" },
	{ "tbody", "<tbody>", "</tbody>" },
	{ "tr", "<tr>", "</tr>" },
};

struct tag {
	struct ra_str name, attributes;
	bool closing;
};

struct body {
	struct ra_arena *arena;
	struct ra_buf out;
	const struct ra_figures *figures;
	struct ra_str rest;               /* of what md4c-html wrote, behind the tag at work */
	struct ra_str title;
	struct ra_str slugs[LEVELS + 1];  /* of the headings we are under, by level */
	enum ra_figure figure;            /* what the heading just left has got */
	bool in_pre;
	struct ra_map ids;
	RA_VEC(struct ra_str) open;       /* what closes each open element, innermost last */
	RA_VEC(struct ra_str) columns;    /* of the table at work */
	size_t column;
};

/* -- reading tags -------------------------------------------------------------------------- */

static struct ra_str rest_of(struct ra_str text, size_t from)
{
	return ra_str_n(text.ptr + from, text.len - from);
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Cut the tag that `rest` begins with; false when it does not end. */
static bool cut_tag(struct ra_str *rest, struct tag *tag)
{
	const char *end = memchr(rest->ptr, '>', rest->len);
	size_t at = 1, from;

	if (!end)
		return false;
	tag->closing = rest->ptr[at] == '/';
	from = at += tag->closing;
	while (is_name(rest->ptr[at]))
		at++;
	tag->name = ra_str_n(rest->ptr + from, at - from);
	tag->attributes = ra_str_n(rest->ptr + at, (size_t)(end - rest->ptr) - at);
	*rest = rest_of(*rest, (size_t)(end - rest->ptr) + 1);
	return true;
}

/* Value of ` name="..."`; empty when it is not there. */
static struct ra_str attribute(const struct tag *tag, struct ra_str name)
{
	ptrdiff_t at = ra_str_find(tag->attributes, name);
	struct ra_str value;
	const char *end;

	if (at < 0)
		return RA_STR("");
	value = rest_of(tag->attributes, (size_t)at + name.len);
	end = memchr(value.ptr, '"', value.len);
	return end ? ra_str_n(value.ptr, (size_t)(end - value.ptr)) : RA_STR("");
}

/* Text that stands before the closing tag `end`, without the tags in it. */
static struct ra_str text_before(struct body *b, const char *end)
{
	ptrdiff_t at = ra_str_find(b->rest, ra_str(end));
	struct ra_str inner = ra_str_n(b->rest.ptr, at < 0 ? 0 : (size_t)at), part;
	struct ra_buf text;
	struct tag tag;

	ra_buf_init(&text, b->arena);
	while (inner.len) {
		const char *mark = memchr(inner.ptr, '<', inner.len);

		part = ra_str_n(inner.ptr, mark ? (size_t)(mark - inner.ptr) : inner.len);
		ra_buf_add(&text, part);
		inner = rest_of(inner, part.len);
		if (inner.len && !cut_tag(&inner, &tag))
			break;
	}
	return ra_str_trim(ra_buf_str(&text));
}

/* -- writing ------------------------------------------------------------------------------- */

static void open_element(struct body *b, const char *text, const char *close)
{
	ra_buf_adds(&b->out, text);
	*ra_vec_push(b->arena, &b->open) = ra_str(close);
}

static void close_element(struct body *b)
{
	if (b->open.n)
		ra_buf_add(&b->out, b->open.v[--b->open.n]);
}

/* As GitHub makes the anchor of a heading; `text` is escaped. */
static struct ra_str slug_of(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '&')
			while (i + 1 < text.len && text.ptr[i] != ';')
				i++;
		else if (c >= 'A' && c <= 'Z')
			ra_buf_addc(&out, (char)(c + ('a' - 'A')));
		else if (is_name(c) || c == '-' || c == '_')
			ra_buf_addc(&out, c);
		else if (c == ' ')
			ra_buf_addc(&out, '-');
	}
	return ra_buf_str(&out);
}

/* The second heading of one name gets "-1", the third "-2". */
static struct ra_str unique_id(struct body *b, struct ra_str slug)
{
	size_t *seen = ra_map_put(&b->ids, slug, 0);
	struct ra_str id = *seen ? ra_printf(b->arena, "%.*s-%zu", RA_FMT(slug), *seen) : slug;

	++*seen;
	return id;
}

static void open_heading(struct body *b, struct ra_str name)
{
	size_t level = (size_t)(name.ptr[1] - '0');
	const char *end = ra_printf(b->arena, "</h%zu>", level).ptr;
	struct ra_str text = text_before(b, end), slug = slug_of(b->arena, text);
	struct ra_str id = unique_id(b, slug);

	if (!b->title.len)
		b->title = text;
	b->slugs[level] = slug;
	for (size_t below = level + 1; below <= LEVELS; below++)
		b->slugs[below].len = 0;
	open_element(b, ra_printf(b->arena, "<h%zu id=\"%.*s\">", level, RA_FMT(id)).ptr, end);
}

/* The figure of a heading stands right below it. */
static void close_heading(struct body *b, struct ra_str name)
{
	size_t level = (size_t)(name.ptr[1] - '0'), above = level;

	close_element(b);
	while (above > 1 && !b->slugs[--above].len)
		;
	if (!b->figures || above == level)
		return;
	ra_buf_addc(&b->out, '\n');
	b->figure = b->figures->draw(b->figures->arg, b->slugs[above], b->slugs[level], &b->out);
}

static void open_link(struct body *b, const struct tag *tag)
{
	struct ra_str href = attribute(tag, RA_STR(" href=\"")), part;
	struct ra_buf plain;

	ra_buf_init(&plain, b->arena);
	while (ra_str_cut(&href, '&', &part)) {
		ra_buf_addf(&plain, "%.*s%s", RA_FMT(part), href.len ? "&" : "");
		if (ra_str_starts(href, RA_STR("amp;")))
			href = rest_of(href, 4);
	}
	href = ra_html_link(b->arena, ra_buf_str(&plain));
	if (!href.len)
		open_element(b, "", "");
	else
		open_element(b, ra_printf(b->arena, "<a href=\"%.*s\">", RA_FMT(href)).ptr, "</a>");
}

/* -- tables -------------------------------------------------------------------------------- */

/* Words that a column of that name shows by colour, too. */
static const struct { const char *column, *word; } colored[] = {
	{ "severity", "high" }, { "severity", "medium" }, { "severity", "low" },
	{ "state", "new" }, { "state", "old" }, { "state", "fixed" },
};

static const char *class_of_cell(struct body *b, const struct tag *tag, struct ra_str text)
{
	bool body = ra_str_is(tag->name, "td") && b->column < b->columns.n;

	if (ra_str_is(attribute(tag, RA_STR(" align=\"")), "right"))
		return "number";
	for (size_t i = 0; body && i < sizeof(colored) / sizeof(*colored); i++)
		if (ra_str_is(b->columns.v[b->column], colored[i].column) &&
		    ra_str_is(text, colored[i].word))
			return ra_printf(b->arena, "%s %s", colored[i].column,
					 colored[i].word).ptr;
	return text.len > LONG_CELL ? "long" : NULL;
}

static void open_cell(struct body *b, const struct tag *tag)
{
	bool head = ra_str_is(tag->name, "th");
	const char *end = head ? "</th>" : "</td>";
	struct ra_str text = text_before(b, end);
	const char *class = class_of_cell(b, tag, text);

	if (head)
		*ra_vec_push(b->arena, &b->columns) = slug_of(b->arena, text);
	b->column++;
	if (class)
		open_element(b, ra_printf(b->arena, "<%.*s class=\"%s\">", RA_FMT(tag->name),
					  class).ptr, end);
	else
		open_element(b, head ? "<th>" : "<td>", end);
}

/* -- code ---------------------------------------------------------------------------------- */

static const char *class_of_line(struct ra_str language, struct ra_str line)
{
	if (ra_str_is(language, "diff"))
		return ra_str_starts(line, RA_STR("+")) ? "added"
		       : ra_str_starts(line, RA_STR("-")) ? "removed" : NULL;
	if (ra_str_is(language, "text"))
		return NULL;
	return ra_str_find(line, RA_STR("  &lt;- ")) >= 0 ? "marked" : NULL;
}

static void add_code_lines(struct body *b, struct ra_str language)
{
	ptrdiff_t end = ra_str_find(b->rest, RA_STR("</code>"));
	struct ra_str code = ra_str_n(b->rest.ptr, end < 0 ? b->rest.len : (size_t)end), line;

	b->rest = rest_of(b->rest, code.len);
	while (ra_str_cut(&code, '\n', &line)) {
		const char *class = class_of_line(language, line);

		if (class)
			ra_buf_addf(&b->out, "<span class=\"%s\">%.*s</span>\n", class, RA_FMT(line));
		else
			ra_buf_addf(&b->out, "%.*s\n", RA_FMT(line));
	}
}

static void open_code(struct body *b, const struct tag *tag)
{
	struct ra_str language = attribute(tag, RA_STR(" class=\"language-"));

	for (size_t i = 0; i < language.len; i++)
		if (!is_name(language.ptr[i]))
			language.len = 0;
	open_element(b, language.len ? ra_printf(b->arena, "<code class=\"language-%.*s\">",
						 RA_FMT(language)).ptr : "<code>", "</code>");
	if (b->in_pre)
		add_code_lines(b, language);
}

static void open_pre(struct body *b)
{
	b->in_pre = true;
	if (b->figure == RA_FIGURE_INSTEAD)
		open_element(b, "<details>\n<summary>As text</summary>\n<pre tabindex=\"0\">",
			     "</pre>\n</details>");
	else
		open_element(b, "<pre tabindex=\"0\">", "</pre>");
}

/* -- the walk ------------------------------------------------------------------------------ */

static bool is_heading(struct ra_str name)
{
	return name.len == 2 && name.ptr[0] == 'h' && name.ptr[1] >= '1' && name.ptr[1] <= '6';
}

static const struct element *find_element(struct ra_str name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++)
		if (ra_str_is(name, elements[i].name))
			return &elements[i];
	return NULL;
}

static void open_known(struct body *b, const struct element *element)
{
	if (ra_str_is(ra_str(element->name), "table"))
		b->columns.n = 0;
	else if (ra_str_is(ra_str(element->name), "tr"))
		b->column = 0;
	if (element->close)
		open_element(b, element->open, element->close);
	else
		ra_buf_adds(&b->out, element->open);
}

static void open_tag(struct body *b, const struct tag *tag)
{
	const struct element *element = find_element(tag->name);

	if (element)
		open_known(b, element);
	else if (is_heading(tag->name))
		open_heading(b, tag->name);
	else if (ra_str_is(tag->name, "a"))
		open_link(b, tag);
	else if (ra_str_is(tag->name, "th") || ra_str_is(tag->name, "td"))
		open_cell(b, tag);
	else if (ra_str_is(tag->name, "code"))
		open_code(b, tag);
	else if (ra_str_is(tag->name, "pre"))
		open_pre(b);
	else if (ra_str_is(tag->name, "li"))
		open_element(b, tag->attributes.len ? "<li class=\"task\">" : "<li>", "</li>");
	else if (ra_str_is(tag->name, "input"))
		ra_buf_adds(&b->out, ra_str_has_word(tag->attributes, RA_STR("checked"))
				     ? "<input type=\"checkbox\" disabled checked> "
				     : "<input type=\"checkbox\" disabled> ");
	else if (ra_str_is(tag->name, "img"))
		ra_buf_add(&b->out, attribute(tag, RA_STR(" alt=\"")));
	else
		open_element(b, "", "");
	if (!is_heading(tag->name))
		b->figure = RA_FIGURE_NONE;
}

static void add_tag(struct body *b, const struct tag *tag)
{
	if (!tag->closing) {
		open_tag(b, tag);
		return;
	}
	if (ra_str_is(tag->name, "pre"))
		b->in_pre = false;
	if (is_heading(tag->name))
		close_heading(b, tag->name);
	else
		close_element(b);
}

static void walk(struct body *b, size_t limit)
{
	struct tag tag;

	while (b->rest.len && b->out.len < limit) {
		const char *mark = memchr(b->rest.ptr, '<', b->rest.len);
		size_t before = mark ? (size_t)(mark - b->rest.ptr) : b->rest.len;

		ra_buf_add(&b->out, ra_str_n(b->rest.ptr, before));
		b->rest = rest_of(b->rest, before);
		if (!b->rest.len || !cut_tag(&b->rest, &tag))
			break;
		add_tag(b, &tag);
	}
}

/* What md4c-html writes, up to where it becomes too much: it cannot be told to stop. */
struct raw {
	struct ra_buf text;
	bool full;
};

static void keep(const MD_CHAR *text, MD_SIZE size, void *arg)
{
	struct raw *raw = arg;

	raw->full |= raw->text.len + size > RAW_BYTES_MAX;
	if (!raw->full)
		ra_buf_add(&raw->text, ra_str_n(text, size));
}

int ra_html_body(struct ra_arena *arena, struct ra_str markdown, const struct ra_figures *figures,
		 size_t limit, struct ra_html *out, struct ra_error *err)
{
	const unsigned flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS |
			       MD_FLAG_NOHTML;
	struct body b = { .arena = arena, .figures = figures };
	struct raw raw = { .full = false };

	ra_buf_init(&raw.text, arena);
	ra_buf_init(&b.out, arena);
	ra_map_init(&b.ids, arena);
	if (md_html(markdown.ptr, (MD_SIZE)markdown.len, keep, &raw, flags, 0) != 0)
		return ra_fail(err, RA_ENOMEM, "out of memory for the HTML of a report");
	b.rest = ra_buf_str(&raw.text);
	walk(&b, limit);
	*out = (struct ra_html){ .title = b.title, .cut = raw.full || b.rest.len };
	while (b.open.n)
		close_element(&b);
	out->body = ra_buf_str(&b.out);
	return RA_OK;
}
