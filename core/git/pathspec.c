/*
 * Pathspecs as git reads them: relative to where the user stands, a directory stands for all that
 * is in it, and magic in front: ':(top)' or ':/', ':(exclude)' or ':!', ':(glob)', ':(icase)',
 * ':(literal)'. libgit2 knows none of the magic. A further word of magic is a row of `words`.
 */
#include "core/git/internal.h"

enum { TOP = 1, EXCLUDE = 2, GLOB = 4, ICASE = 8, LITERAL = 16 };

struct item {
	const char *text;      /* as it was written */
	struct ra_str pattern; /* from the top of the tree */
	size_t fixed;          /* bytes of it that came from the directory: no wildcards there */
	size_t plain;          /* bytes before the first wildcard */
	unsigned magic;
	bool used;
};

struct ra_git_pathspec {
	RA_VEC(struct item) items;
	size_t includes;
};

static const struct { const char *name; unsigned magic; } words[] = {
	{ "top", TOP }, { "exclude", EXCLUDE }, { "glob", GLOB },
	{ "icase", ICASE }, { "literal", LITERAL }
};

static const struct { const char *name; unsigned magic; } variables[] = {
	{ "GIT_LITERAL_PATHSPECS", LITERAL }, { "GIT_NOGLOB_PATHSPECS", LITERAL },
	{ "GIT_GLOB_PATHSPECS", GLOB }, { "GIT_ICASE_PATHSPECS", ICASE }
};

static unsigned magic_of(struct ra_str word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ra_str_is(word, words[i].name))
			return words[i].magic;
	return 0;
}

/* ':(word,word)rest' or ':!/rest'; leaves the rest in `*text`. */
static int read_magic(struct item *item, struct ra_str *text, struct ra_error *err)
{
	struct ra_str list, word;
	ptrdiff_t close;

	if (!ra_str_starts(*text, RA_STR(":(")))  {
		for (text->ptr++, text->len--; text->len; text->ptr++, text->len--) {
			char c = text->ptr[0];

			if (c == '/')
				item->magic |= TOP;
			else if (c == '!' || c == '^')
				item->magic |= EXCLUDE;
			else
				break;
		}
		if (text->len && text->ptr[0] == ':')
			text->ptr++, text->len--;
		return 0;
	}
	close = ra_str_find(*text, RA_STR(")"));
	if (close < 0)
		return ra_fail(err, RA_EUSAGE, "missing ')' in pathspec '%s'", item->text);
	list = ra_str_n(text->ptr + 2, (size_t)close - 2);
	*text = ra_str_n(text->ptr + close + 1, text->len - (size_t)close - 1);
	while (ra_str_cut(&list, ',', &word)) {
		if (!magic_of(word))
			return ra_fail(err, RA_EUSAGE, "pathspec magic '%.*s' in '%s' is not "
				       "supported; use top, exclude, glob, icase or literal",
				       RA_FMT(word), item->text);
		item->magic |= magic_of(word);
	}
	return 0;
}

/* Append one component to the path in `buf`; false when '..' leaves the tree. */
static bool step(struct ra_buf *buf, struct ra_str part)
{
	if (part.len == 0 || ra_str_is(part, "."))
		return true;
	if (!ra_str_is(part, "..")) {
		if (buf->len)
			ra_buf_addc(buf, '/');
		ra_buf_add(buf, part);
		return true;
	}
	if (buf->len == 0)
		return false;
	while (buf->len && buf->ptr[--buf->len] != '/')
		;
	return true;
}

/* Make the path of `item` one from the top of the tree. */
static int place(struct ra_git_call *call, struct item *item, struct ra_str rest)
{
	const char *root = ra_git_worktree(call->git);
	struct ra_str prefix = ra_str(item->magic & TOP ? "" : call->git->prefix), part;
	bool directory = ra_str_ends(rest, RA_STR("/"));
	struct ra_buf buf;

	ra_buf_init(&buf, call->arena);
	if (root && ra_str_starts(rest, ra_str(root))) {
		rest = ra_str_n(rest.ptr + strlen(root), rest.len - strlen(root));
		prefix = RA_STR("");
	} else if (rest.len && rest.ptr[0] == '/') {
		goto outside;
	}
	while (ra_str_cut(&prefix, '/', &part))
		step(&buf, part);
	item->fixed = buf.len;
	while (ra_str_cut(&rest, '/', &part)) {
		if (!step(&buf, part))
			goto outside;
		if (buf.len < item->fixed)
			item->fixed = buf.len;
	}
	if (directory && buf.len)
		ra_buf_addc(&buf, '/');
	item->pattern = ra_buf_str(&buf);
	return 0;
outside:
	return ra_fail(call->err, RA_EUSAGE, "pathspec '%s' is outside the repository", item->text);
}

static size_t plain_length(const struct item *item)
{
	size_t i = item->fixed;

	if (item->magic & LITERAL)
		return item->pattern.len;
	while (i < item->pattern.len && !strchr("*?[\\", item->pattern.ptr[i]))
		i++;
	return i;
}

static int add_item(struct ra_git_call *call, const char *text, unsigned global)
{
	struct item item = { .text = text, .magic = global };
	struct ra_str rest = ra_str(text);
	int rc = 0;

	if (rest.len == 0)
		return ra_fail(call->err, RA_EUSAGE,
			       "empty string is not a pathspec; use '.' for everything");
	if (text[0] == ':' && !call->select->literal_pathspecs && !(global & LITERAL))
		rc = read_magic(&item, &rest, call->err);
	if (!rc && (item.magic & GLOB) && (item.magic & LITERAL))
		rc = ra_fail(call->err, RA_EUSAGE,
			     "pathspec '%s' cannot be both glob and literal", text);
	if (!rc)
		rc = place(call, &item, rest);
	if (rc)
		return rc;
	item.plain = plain_length(&item);
	call->pathspec->includes += !(item.magic & EXCLUDE);
	*ra_vec_push(call->arena, &call->pathspec->items) = item;
	return 0;
}

int ra_git_pathspec_init(struct ra_git_call *call)
{
	const char *const *text = call->select->pathspecs;
	unsigned global = call->select->literal_pathspecs ? LITERAL : 0;
	int rc = 0;

	call->pathspec = ra_new(call->arena, struct ra_git_pathspec);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (ra_git_is_set(variables[i].name))
			global |= variables[i].magic;
	for (; !rc && text && *text; text++)
		rc = add_item(call, *text, global);
	return rc;
}

static bool same(const struct item *item, struct ra_str a, struct ra_str b)
{
	if (item->magic & ICASE)
		return a.len == b.len && ra_str_ifind(a, b) == 0;
	return ra_str_eq(a, b);
}

/* Is `path` the item itself, or below it? */
static bool covers(const struct item *item, struct ra_str path)
{
	size_t n = item->pattern.len;

	if (n == 0)
		return true;
	return path.len >= n && same(item, ra_str_n(path.ptr, n), item->pattern) &&
	       (path.len == n || path.ptr[n] == '/' || path.ptr[n - 1] == '/');
}

static bool item_matches(const struct item *item, struct ra_str path)
{
	struct ra_str fixed = ra_str_n(item->pattern.ptr, item->fixed);
	size_t n = item->fixed;

	if (covers(item, path))
		return true;
	if (item->plain == item->pattern.len || path.len < n ||
	    !same(item, ra_str_n(path.ptr, n), fixed))
		return false;
	return ra_git_glob(ra_str_n(item->pattern.ptr + n, item->pattern.len - n),
			   ra_str_n(path.ptr + n, path.len - n),
			   (item->magic & GLOB ? RA_GLOB_PATH : 0) |
			   (item->magic & ICASE ? RA_GLOB_ICASE : 0), NULL);
}

bool ra_git_pathspec_match(struct ra_git_pathspec *spec, struct ra_str path)
{
	bool included = spec->includes == 0, excluded = false;

	for (size_t i = 0; i < spec->items.n; i++) {
		struct item *item = &spec->items.v[i];

		if (!item_matches(item, path))
			continue;
		item->used = true;
		if (item->magic & EXCLUDE)
			excluded = true;
		else
			included = true;
	}
	return included && !excluded;
}

/* Could a path below `directory` begin with the plain part of the item? */
static bool leads_to(const struct item *item, struct ra_str directory)
{
	struct ra_str plain = ra_str_n(item->pattern.ptr, item->plain);
	size_t n = directory.len;

	if (covers(item, directory))
		return true;
	if (plain.len <= n)
		return item->plain < item->pattern.len &&
		       same(item, ra_str_n(directory.ptr, plain.len), plain);
	return same(item, ra_str_n(plain.ptr, n), directory) && plain.ptr[n] == '/';
}

bool ra_git_pathspec_enters(const struct ra_git_pathspec *spec, struct ra_str directory)
{
	bool included = spec->includes == 0;

	for (size_t i = 0; i < spec->items.n; i++) {
		const struct item *item = &spec->items.v[i];

		if (!(item->magic & EXCLUDE))
			included |= leads_to(item, directory);
		else if (item->plain == item->pattern.len && covers(item, directory))
			return false;
	}
	return included;
}

void ra_git_pathspec_notes(struct ra_git_call *call)
{
	for (size_t i = 0; i < call->pathspec->items.n; i++) {
		const struct item *item = &call->pathspec->items.v[i];

		if (!item->used && !(item->magic & EXCLUDE))
			ra_git_note(call, ra_printf(call->arena, "pathspec '%s' selects nothing",
						    item->text));
	}
}
