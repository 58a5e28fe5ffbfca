/*
 * Reads `race-audit: ignore[<id>] <reason>`. The one idea: find anything that a person could have
 * meant as one, with a loose eye, then hold it against the strict grammar step by step; the first
 * step that fails is the flaw. So nothing is obeyed by accident, and nothing is lost in silence.
 */
#include "core/source/source.h"

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static struct ra_str from(struct ra_str s, size_t at)
{
	return ra_str_n(s.ptr + at, s.len - at);
}

static struct ra_str skip(struct ra_str s, const char *set)
{
	while (s.len && is_one_of(s.ptr[0], set))
		s = from(s, 1);
	return s;
}

static bool starts_folded(struct ra_str s, const char *lower)
{
	struct ra_str want = ra_str(lower);

	return s.len >= want.len && ra_str_ifind(ra_str_n(s.ptr, want.len), want) == 0;
}

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

/* Does a request to be silent follow the tool's name, in whatever spelling? */
static bool asks_for_silence(struct ra_str after)
{
	static const char *const verbs[] = { "ignore", "disable", "suppress", "skip", "allow",
					     "noqa",   "nolint",  "nosec",    "off" };

	after = skip(after, " \t:=-");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (starts_folded(after, verbs[i]))
			return true;
	return false;
}

/*
 * Where the tool's name begins, in any spelling, with such a request behind it; -1 if nowhere.
 * `*after` gets what follows the name.
 */
static ptrdiff_t find_request(struct ra_str comment, struct ra_str *after)
{
	for (size_t at = 0; at + 9 <= comment.len; at++) {
		struct ra_str rest = from(comment, at);

		if (!starts_folded(rest, "race"))
			continue;
		rest = from(rest, 4);
		if (is_one_of(rest.ptr[0], "-_ "))
			rest = from(rest, 1);
		if (!starts_folded(rest, "audit"))
			continue;
		*after = from(rest, 5);
		if (asks_for_silence(*after))
			return (ptrdiff_t)at;
	}
	return -1;
}

/*
 * Is there nothing before `at` but a comment mark, or an older comment and a mark? In the further
 * lines of a block comment a mark is not needed.
 */
static bool opens_comment(struct ra_str line, size_t at, bool first)
{
	size_t i = at;

	while (i > 0 && is_one_of(line.ptr[i - 1], " \t"))
		i--;
	return i > 0 ? is_one_of(line.ptr[i - 1], "#/*") : !first;
}

static const char *read_reason(struct ra_str rest, struct ra_str *reason)
{
	if (rest.len && !is_one_of(rest.ptr[0], " \t"))
		return "no space between ']' and the reason";
	rest = ra_str_trim(rest);
	if (ra_str_ends(rest, RA_STR("*/")))
		rest = ra_str_trim(ra_str_n(rest.ptr, rest.len - 2));
	*reason = rest;
	for (size_t i = 0; i < rest.len; i++)
		if (is_alphanumeric(rest.ptr[i]))
			return NULL;
	return "no reason after ']'";
}

static const char *read_id(struct ra_str rest, struct ra_suppression *out)
{
	size_t n = 0;

	while (n < rest.len && (is_alphanumeric(rest.ptr[n]) || is_one_of(rest.ptr[n], "-_.")))
		n++;
	out->id = ra_str_n(rest.ptr, n);
	if (n == 0)
		return "no id between '[' and ']'";
	if (n == rest.len)
		return "no ']' after the id";
	if (rest.ptr[n] == ',')
		return "more than one id";
	if (rest.ptr[n] != ']')
		return "a character that no id has between '[' and ']'";
	return read_reason(from(rest, n + 1), &out->reason);
}

/* `name` and `after`: the tool's name as it is written, and what follows it. */
static const char *read_strictly(struct ra_str name, struct ra_str after,
				 struct ra_suppression *out)
{
	struct ra_str bare = skip(after, " \t:");

	if (!ra_str_is(name, "race-audit"))
		return "the name is not written 'race-audit'";
	if (!after.len || after.ptr[0] != ':')
		return "no colon after 'race-audit'";
	if (!ra_str_starts(bare, RA_STR("ignore")) ||
	    (bare.len > 6 && is_alphanumeric(bare.ptr[6])))
		return "the word after 'race-audit:' is not 'ignore'";
	if (bare.ptr != after.ptr + 2 || after.ptr[1] != ' ')
		return "not exactly one space after the colon";
	bare = from(bare, 6);
	if (!bare.len || bare.ptr[0] != '[')
		return "no '[' right after 'ignore'";
	return read_id(from(bare, 1), out);
}

/* Does nothing but the comment stand on its lines? In JSX it has braces of its own. */
static bool is_alone(const struct ra_source *source, size_t from, size_t to)
{
	struct ra_str first = ra_source_line_text(source, ra_source_line(source, from));
	struct ra_str last = ra_source_line_text(source, ra_source_line(source, to));
	const char *text = source->text.ptr, *end = last.ptr + last.len;
	struct ra_str before = ra_str_trim(ra_str_n(first.ptr, (size_t)(text + from - first.ptr)));
	struct ra_str after = RA_STR("");

	if (text + to < end)
		after = ra_str_trim(ra_str_n(text + to, (size_t)(end - text) - to));
	if (ra_str_is(before, "{") && ra_str_is(after, "}"))
		return true;
	return before.len == 0 && after.len == 0;
}

/* One line of a comment; `out` knows the lines of the whole. */
static bool read_line(struct ra_str line, bool first, struct ra_suppression *out)
{
	struct ra_str after;
	ptrdiff_t at = find_request(line, &after);

	if (at < 0)
		return false;
	out->flaw = read_strictly(ra_str_n(line.ptr + at, (size_t)(after.ptr - line.ptr - at)),
				  after, out);
	if (!opens_comment(line, (size_t)at, first))
		out->flaw = "it does not begin the comment";
	return true;
}

void ra_suppressions_read(struct ra_arena *arena, const struct ra_source *source, size_t offset,
			  struct ra_str comment, struct ra_suppressions *out)
{
	size_t end = offset + comment.len;
	struct ra_suppression found = {
		.line = ra_source_line(source, offset),
		.last_line = ra_source_line(source, end),
	};
	struct ra_str rest = comment, line;

	for (bool first = true; ra_str_cut(&rest, '\n', &line); first = false, found.line++) {
		struct ra_suppression *kept;

		if (!read_line(line, first, &found))
			continue;
		kept = ra_vec_push(arena, &out->list);
		*kept = found;
		kept->own_line = is_alone(source, offset, end);
	}
}
