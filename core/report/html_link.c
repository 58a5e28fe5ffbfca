/*
 * Links of the site. What a page links to is made of names that come from a repository, so a link
 * is not trusted because it stands in a page: it is read again, and only what is relative, or
 * plainly leads to the web, is written.
 */
#include "core/report/html.h"

static const struct ra_str markdown_suffix = RA_STR_INIT(".md");

struct ra_str ra_html_name(struct ra_arena *arena, struct ra_str name)
{
	if (ra_str_is(name, RA_INDEX_NAME))
		return RA_STR(RA_HTML_INDEX_NAME);
	if (ra_str_ends(name, markdown_suffix))
		name.len -= markdown_suffix.len;
	return ra_printf(arena, "%.*s.html", RA_FMT(name));
}

static size_t path_length(struct ra_str href)
{
	size_t n = 0;

	while (n < href.len && !strchr("?#", href.ptr[n]))
		n++;
	return n;
}

/* Before a slash, a colon would end the name of a scheme. */
static bool has_scheme(struct ra_str href)
{
	for (size_t i = 0; i < href.len && !strchr("/?#", href.ptr[i]); i++)
		if (href.ptr[i] == ':')
			return true;
	return false;
}

static bool is_web(struct ra_str href)
{
	return ra_str_ifind(href, RA_STR("https://")) == 0 ||
	       ra_str_ifind(href, RA_STR("http://")) == 0;
}

/* "//host" and "/etc" are not, nor is what browsers take for a slash. */
static bool is_relative(struct ra_str href)
{
	return href.len && !strchr("/\\", href.ptr[0]) && !has_scheme(href);
}

static bool is_page(struct ra_str path)
{
	return ra_str_starts(path, RA_STR("RACE_AUDIT_")) && ra_str_ends(path, markdown_suffix) &&
	       ra_str_find(path, RA_STR("/")) < 0;
}

static void add_encoded(struct ra_buf *out, struct ra_str href)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/#%?=;:,+!*()@$";

	for (size_t i = 0; i < href.len; i++)
		if (href.ptr[i] == '&')
			ra_buf_adds(out, "&amp;");
		else if (memchr(plain, href.ptr[i], sizeof(plain) - 1))
			ra_buf_addc(out, href.ptr[i]);
		else
			ra_buf_addf(out, "%%%02X", (unsigned char)href.ptr[i]);
}

struct ra_str ra_html_link(struct ra_arena *arena, struct ra_str href)
{
	struct ra_str path = ra_str_n(href.ptr, path_length(href));
	struct ra_buf out;

	if (!is_web(href) && !is_relative(href))
		return RA_STR("");
	ra_buf_init(&out, arena);
	if (is_page(path)) {
		add_encoded(&out, ra_html_name(arena, path));
		href = ra_str_n(href.ptr + path.len, href.len - path.len);
	}
	add_encoded(&out, href);
	return ra_buf_str(&out);
}
