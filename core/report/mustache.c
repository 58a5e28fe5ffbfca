/*
 * Mustache: a template becomes a flat list of nodes once, in which a section knows the index of
 * its end; rendering walks ranges of that list with a stack of contexts.
 *
 * A section whose name is one of the caller's filters is rendered and goes through that filter;
 * this is how templates say `{{#code}}{{path}}{{/code}}`. A new kind of tag is a case in add_tag
 * and one in render_node.
 */
#include "core/report/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 64, OUTPUT_MAX = 256 << 20 };

enum node_kind { NODE_TEXT, NODE_ESCAPED, NODE_RAW, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL };

struct node {
	enum node_kind kind;
	struct ra_str text;    /* what is printed, or the name in the tag */
	struct ra_str indent;  /* PARTIAL alone on its line: stands before each of its lines */
	size_t end;            /* SECTION, INVERTED: index of the first node after it */
};

struct template {
	struct ra_str text;
	RA_VEC(struct node) nodes;
};

/* -- parsing ------------------------------------------------------------------------------- */

struct parser {
	struct ra_arena *arena;
	struct template *out;
	struct ra_str text;
	size_t at;                /* first byte that no node holds yet */
	struct ra_str open, close;
	size_t sections[DEPTH_MAX];
	size_t depth;
	struct ra_error *err;
};

struct tag {
	char sigil;               /* one of "&{#^/>!=", or 0 */
	struct ra_str name;
	size_t start, end;        /* offsets of the whole tag */
};

/* `at` points into `text`. */
static size_t line_of(struct ra_str text, const char *at)
{
	size_t line = 1;

	for (const char *c = text.ptr; c < at; c++)
		line += *c == '\n';
	return line;
}

static struct ra_str slice(struct ra_str text, size_t from, size_t to)
{
	return ra_str_n(text.ptr + from, to - from);
}

static int fail_at(const struct parser *p, size_t at, const char *problem, struct ra_str name)
{
	return ra_fail(p->err, RA_EPARSE, "line %zu: %s '%.*s'",
		       line_of(p->text, p->text.ptr + at), problem, RA_FMT(name));
}

static struct node *add_node(struct parser *p, enum node_kind kind, struct ra_str text)
{
	struct node *node = ra_vec_push(p->arena, &p->out->nodes);

	*node = (struct node){ .kind = kind, .text = text };
	return node;
}

/* 1 with the next tag, 0 when there is none, or the error. */
static int next_tag(const struct parser *p, struct tag *tag)
{
	struct ra_str rest = slice(p->text, p->at, p->text.len);
	ptrdiff_t start = ra_str_find(rest, p->open), length;
	const char *closes = "";
	size_t inside;

	if (start < 0)
		return 0;
	*tag = (struct tag){ .start = p->at + (size_t)start };
	inside = tag->start + p->open.len;
	if (inside < p->text.len && strchr("&{#^/>!=", p->text.ptr[inside]))
		tag->sigil = p->text.ptr[inside++];
	if (tag->sigil == '{')
		closes = "}";
	else if (tag->sigil == '=')
		closes = "=";
	rest = slice(p->text, inside, p->text.len);
	length = ra_str_find(rest, ra_printf(p->arena, "%s%.*s", closes, RA_FMT(p->close)));
	if (length < 0)
		return fail_at(p, tag->start, "tag is not closed, it needs", p->close);
	tag->name = ra_str_trim(ra_str_n(rest.ptr, (size_t)length));
	tag->end = inside + (size_t)length + strlen(closes) + p->close.len;
	if (!tag->name.len && tag->sigil != '!')
		return fail_at(p, tag->start, "tag has no name after", p->open);
	return 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* When nothing but the tag stands on its line, the line goes with it. */
static void widen_to_line(struct ra_str text, size_t *start, size_t *end)
{
	size_t from = *start, to = *end;

	while (from && is_blank(text.ptr[from - 1]))
		from--;
	while (to < text.len && is_blank(text.ptr[to]))
		to++;
	if (to + 1 < text.len && text.ptr[to] == '\r' && text.ptr[to + 1] == '\n')
		to++;
	if ((from && text.ptr[from - 1] != '\n') || (to < text.len && text.ptr[to] != '\n'))
		return;
	*start = from;
	*end = to + (to < text.len);
}

static int set_delimiters(struct parser *p, const struct tag *tag)
{
	struct ra_str rest = tag->name, open = { NULL, 0 };

	ra_str_cut(&rest, ' ', &open);
	rest = ra_str_trim(rest);
	if (!open.len || !rest.len || memchr(rest.ptr, ' ', rest.len))
		return fail_at(p, tag->start, "two delimiters are needed, not", tag->name);
	p->open = open;
	p->close = rest;
	return RA_OK;
}

static int close_section(struct parser *p, const struct tag *tag)
{
	struct node *section;

	if (!p->depth)
		return fail_at(p, tag->start, "no section is open to be closed by", tag->name);
	section = &p->out->nodes.v[p->sections[--p->depth]];
	if (!ra_str_eq(section->text, tag->name))
		return fail_at(p, tag->start, "another section is open than", tag->name);
	section->end = p->out->nodes.n;
	return RA_OK;
}

static int open_section(struct parser *p, const struct tag *tag)
{
	if (p->depth == DEPTH_MAX)
		return fail_at(p, tag->start, "sections are nested too deep at", tag->name);
	p->sections[p->depth++] = p->out->nodes.n;
	add_node(p, tag->sigil == '#' ? NODE_SECTION : NODE_INVERTED, tag->name);
	return RA_OK;
}

static int add_tag(struct parser *p, const struct tag *tag)
{
	size_t start = tag->start, end = tag->end;

	if (tag->sigil && strchr("#^/>!=", tag->sigil))
		widen_to_line(p->text, &start, &end);
	if (start > p->at)
		add_node(p, NODE_TEXT, slice(p->text, p->at, start));
	p->at = end;
	switch (tag->sigil) {
	case '#':
	case '^':
		return open_section(p, tag);
	case '/':
		return close_section(p, tag);
	case '=':
		return set_delimiters(p, tag);
	case '>':
		add_node(p, NODE_PARTIAL, tag->name)->indent = slice(p->text, start, tag->start);
		return RA_OK;
	case '!':
		return RA_OK;
	default:
		add_node(p, tag->sigil ? NODE_RAW : NODE_ESCAPED, tag->name);
		return RA_OK;
	}
}

static int parse(struct ra_arena *arena, struct ra_str text, struct template *out,
		 struct ra_error *err)
{
	struct parser p = { .arena = arena, .out = out, .text = text, .open = RA_STR("{{"),
			    .close = RA_STR("}}"), .err = err };
	struct tag tag;
	int rc;

	out->text = text;
	while ((rc = next_tag(&p, &tag)) > 0) {
		rc = add_tag(&p, &tag);
		if (rc)
			return rc;
	}
	if (rc)
		return rc;
	if (p.depth) {
		struct ra_str name = out->nodes.v[p.sections[p.depth - 1]].text;

		return fail_at(&p, (size_t)(name.ptr - text.ptr), "section is not closed:", name);
	}
	if (p.at < text.len)
		add_node(&p, NODE_TEXT, slice(text, p.at, text.len));
	return RA_OK;
}

/* -- looking up ---------------------------------------------------------------------------- */

struct render {
	struct ra_arena *arena;
	const struct ra_partials *partials;
	enum ra_escape escape;
	struct ra_buf *out;
	json_t *stack[DEPTH_MAX + 2]; /* contexts, innermost last */
	size_t n;
	size_t depth;                 /* of sections and partials */
	struct ra_map parsed;         /* partial -> index in `templates` */
	RA_VEC(struct template *) templates;
	struct ra_error *err;
};

static json_t *lookup(const struct render *r, struct ra_str name)
{
	json_t *value = NULL;
	struct ra_str part;

	if (ra_str_is(name, "."))
		return r->stack[r->n - 1];
	ra_str_cut(&name, '.', &part);
	for (size_t i = r->n; i-- > 0 && !value;)
		value = json_object_getn(r->stack[i], part.ptr, part.len);
	while (value && ra_str_cut(&name, '.', &part))
		value = json_object_getn(value, part.ptr, part.len);
	return value;
}

/* False, null, nothing, and the empty list, text and number. */
static bool is_empty(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	case JSON_ARRAY:
		return json_array_size(value) == 0;
	case JSON_STRING:
		return json_string_length(value) == 0;
	case JSON_INTEGER:
		return json_integer_value(value) == 0;
	default:
		return false;
	}
}

/* The fewest digits that read back as the same number. */
static struct ra_str real_text(struct ra_arena *arena, double number)
{
	char text[40];
	int digits = 1;

	do
		snprintf(text, sizeof(text), "%.*g", digits, number);
	while (digits++ < 17 && strtod(text, NULL) != number);
	return ra_str_copy(arena, ra_str(text));
}

static struct ra_str value_text(struct ra_arena *arena, const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return ra_str_n(json_string_value(value), json_string_length(value));
	case JSON_INTEGER:
		return ra_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_REAL:
		return real_text(arena, json_real_value(value));
	case JSON_TRUE:
		return RA_STR("true");
	case JSON_FALSE:
		return RA_STR("false");
	default:
		return RA_STR("");
	}
}

static struct ra_str escaped(const struct render *r, struct ra_str text)
{
	switch (r->escape) {
	case RA_ESCAPE_HTML:
		return ra_escape_html(r->arena, text);
	case RA_ESCAPE_MARKDOWN:
		return ra_escape_markdown(r->arena, text);
	default:
		return text;
	}
}

/* -- rendering ----------------------------------------------------------------------------- */

static int render_range(struct render *r, const struct template *t, size_t from, size_t to);

static int fail_render(const struct render *r, const struct template *t, const struct node *node,
		       const char *problem)
{
	return ra_fail(r->err, RA_ELIMIT, "line %zu: %s at '%.*s'",
		       line_of(t->text, node->text.ptr), problem, RA_FMT(node->text));
}

static const struct ra_filter *find_filter(const struct render *r, struct ra_str name)
{
	for (size_t i = 0; r->partials && i < r->partials->n_filters; i++)
		if (ra_str_is(name, r->partials->filters[i].name))
			return &r->partials->filters[i];
	return NULL;
}

static int render_filtered(struct render *r, const struct template *t, size_t at,
			   const struct ra_filter *filter)
{
	struct ra_buf *outer = r->out, inner;
	enum ra_escape escape = r->escape;
	int rc;

	ra_buf_init(&inner, r->arena);
	r->out = &inner;
	if (filter->raw)
		r->escape = RA_ESCAPE_NONE;
	rc = render_range(r, t, at + 1, t->nodes.v[at].end);
	r->out = outer;
	r->escape = escape;
	if (!rc)
		filter->apply(ra_buf_str(&inner), outer);
	return rc;
}

static int render_section(struct render *r, const struct template *t, size_t at)
{
	const struct node *node = &t->nodes.v[at];
	const struct ra_filter *filter = find_filter(r, node->text);
	json_t *value;
	size_t rounds;
	int rc = RA_OK;

	if (filter)
		return render_filtered(r, t, at, filter);
	value = lookup(r, node->text);
	if (is_empty(value))
		return RA_OK;
	rounds = json_is_array(value) ? json_array_size(value) : 1;
	r->n++;
	for (size_t i = 0; i < rounds && !rc; i++) {
		r->stack[r->n - 1] = json_is_array(value) ? json_array_get(value, i) : value;
		rc = render_range(r, t, at + 1, node->end);
	}
	r->n--;
	return rc;
}

static struct ra_str indented(struct ra_arena *arena, struct ra_str text, struct ra_str indent)
{
	struct ra_buf out;
	struct ra_str line;

	if (!indent.len)
		return text;
	ra_buf_init(&out, arena);
	while (text.len) {
		const char *newline = memchr(text.ptr, '\n', text.len);

		line = ra_str_n(text.ptr, newline ? (size_t)(newline - text.ptr) + 1 : text.len);
		ra_buf_add(&out, indent);
		ra_buf_add(&out, line);
		text = slice(text, line.len, text.len);
	}
	return ra_buf_str(&out);
}

/* Parsed once for each indentation; NULL in `out` when there is no such partial. */
static int find_partial(struct render *r, const struct node *node, const struct template **out)
{
	struct ra_str text, key = ra_printf(r->arena, "%.*s%.*s", RA_FMT(node->indent),
					    RA_FMT(node->text));
	size_t *known = ra_map_get(&r->parsed, key);
	struct template *t;
	int rc;

	*out = known ? r->templates.v[*known] : NULL;
	if (known || !r->partials || !r->partials->find ||
	    !r->partials->find(r->partials->arg, node->text, &text))
		return RA_OK;
	t = ra_new(r->arena, struct template);
	rc = parse(r->arena, indented(r->arena, text, node->indent), t, r->err);
	if (rc)
		return ra_wrap(r->err, "partial '%.*s'", RA_FMT(node->text));
	*ra_map_put(&r->parsed, key, 0) = r->templates.n;
	*ra_vec_push(r->arena, &r->templates) = t;
	*out = t;
	return RA_OK;
}

static int render_partial(struct render *r, const struct node *node)
{
	const struct template *partial;
	int rc = find_partial(r, node, &partial);

	if (rc || !partial)
		return rc;
	return render_range(r, partial, 0, partial->nodes.n);
}

static int render_node(struct render *r, const struct template *t, size_t at)
{
	const struct node *node = &t->nodes.v[at];

	switch (node->kind) {
	case NODE_TEXT:
		ra_buf_add(r->out, node->text);
		return RA_OK;
	case NODE_RAW:
		ra_buf_add(r->out, value_text(r->arena, lookup(r, node->text)));
		return RA_OK;
	case NODE_ESCAPED:
		ra_buf_add(r->out, escaped(r, value_text(r->arena, lookup(r, node->text))));
		return RA_OK;
	case NODE_SECTION:
		return render_section(r, t, at);
	case NODE_INVERTED:
		return is_empty(lookup(r, node->text)) ? render_range(r, t, at + 1, node->end)
						       : RA_OK;
	default:
		return render_partial(r, node);
	}
}

static int render_range(struct render *r, const struct template *t, size_t from, size_t to)
{
	int rc = RA_OK;

	if (from < to && r->depth == DEPTH_MAX)
		return fail_render(r, t, &t->nodes.v[from], "sections or partials nest too deep");
	r->depth++;
	for (size_t at = from; at < to && !rc;) {
		const struct node *node = &t->nodes.v[at];

		rc = render_node(r, t, at);
		if (!rc && r->out->len > OUTPUT_MAX)
			rc = fail_render(r, t, node, "more than 256 MiB are written");
		at = node->end ? node->end : at + 1;
	}
	r->depth--;
	return rc;
}

int ra_mustache(struct ra_arena *arena, struct ra_str text, json_t *context,
		const struct ra_partials *partials, enum ra_escape escape, struct ra_buf *out,
		struct ra_error *err)
{
	struct render r = { .arena = arena, .partials = partials, .escape = escape, .out = out,
			    .stack = { context }, .n = 1, .err = err };
	struct template main_template = { 0 };
	int rc = parse(arena, text, &main_template, err);

	if (rc)
		return rc;
	ra_map_init(&r.parsed, arena);
	return render_range(&r, &main_template, 0, main_template.nodes.n);
}
