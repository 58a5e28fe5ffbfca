/*
 * Paths <-> names of their reports. A name is never used to build a path into the repository, and
 * no path of a repository is used as a name: only letters, digits, `.`, `-`, `_` and `%` come
 * through.
 *
 *     /  __      _ next to _ or /  %5F      any other byte  %XX
 *
 * A name that is too long, or that another report of the run would have on a file system that
 * folds case, gets `~` and a hash of the path instead of its end.
 */
#include "core/report/internal.h"

enum { NAME_MAX_BYTES = 200 };

static const struct ra_str prefix = RA_STR_INIT("RACE_AUDIT_"), suffix = RA_STR_INIT(".md");

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-';
}

static bool joins(struct ra_str path, size_t at)
{
	return at < path.len && (path.ptr[at] == '_' || path.ptr[at] == '/');
}

static void encode(struct ra_buf *out, struct ra_str path)
{
	for (size_t i = 0; i < path.len; i++) {
		char c = path.ptr[i];
		bool lone = c == '_' && !joins(path, i + 1) && !(i && joins(path, i - 1));

		if (is_plain(c) || lone)
			ra_buf_addc(out, c);
		else if (c == '/')
			ra_buf_adds(out, "__");
		else
			ra_buf_addf(out, "%%%02X", (unsigned char)c);
	}
}

/* `salt` tells reports of one path apart; a tree may hold a name twice. */
static struct ra_str hashed_name(struct ra_arena *arena, struct ra_str path, size_t salt)
{
	struct ra_str key = ra_printf(arena, "%.*s/%zu", RA_FMT(path), salt);
	uint64_t hash = ra_str_hash(salt ? key : path);
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_buf_add(&out, prefix);
	encode(&out, path);
	if (out.len > NAME_MAX_BYTES - suffix.len - 9)
		out.len = NAME_MAX_BYTES - suffix.len - 9;
	ra_buf_addf(&out, "~%08x", (unsigned)(hash ^ hash >> 32));
	ra_buf_add(&out, suffix);
	return ra_buf_str(&out);
}

struct ra_str ra_report_name(struct ra_arena *arena, struct ra_str path)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	ra_buf_add(&out, prefix);
	encode(&out, path);
	ra_buf_add(&out, suffix);
	return out.len > NAME_MAX_BYTES ? hashed_name(arena, path, 0) : ra_buf_str(&out);
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void decode(struct ra_buf *out, struct ra_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		int high = i + 2 < name.len ? hex_value(name.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex_value(name.ptr[i + 2]) : -1;

		if (name.ptr[i] == '%' && low >= 0) {
			ra_buf_addc(out, (char)(high * 16 + low));
			i += 2;
		} else if (name.ptr[i] == '_' && i + 1 < name.len && name.ptr[i + 1] == '_') {
			ra_buf_addc(out, '/');
			i++;
		} else {
			ra_buf_addc(out, name.ptr[i]);
		}
	}
}

bool ra_report_name_decode(struct ra_arena *arena, struct ra_str name, struct ra_str *path)
{
	struct ra_buf out;

	if (!ra_str_starts(name, prefix) || !ra_str_ends(name, suffix) ||
	    name.len < prefix.len + suffix.len)
		return false;
	ra_buf_init(&out, arena);
	decode(&out, ra_str_n(name.ptr + prefix.len, name.len - prefix.len - suffix.len));
	*path = ra_buf_str(&out);
	return ra_str_eq(ra_report_name(arena, *path), name);
}

/* -- the reports of one run ---------------------------------------------------------------- */

static struct ra_str basename_of(struct ra_str path)
{
	struct ra_str name = path;

	while (ra_str_cut(&path, '/', &name))
		;
	return name;
}

static struct ra_str folded(struct ra_arena *arena, struct ra_str name)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < name.len; i++)
		ra_buf_addc(&out, name.ptr[i] >= 'A' && name.ptr[i] <= 'Z'
					  ? (char)(name.ptr[i] + ('a' - 'A')) : name.ptr[i]);
	return ra_buf_str(&out);
}

/* How many want each name, case apart; the pages that every run has come first. */
static void count_wanted(struct ra_arena *arena, const struct ra_str *names, size_t n,
			 struct ra_map *wanted)
{
	ra_map_init(wanted, arena);
	ra_map_put(wanted, RA_STR("race_audit_index.md"), 1);
	ra_map_put(wanted, RA_STR("race_audit_checklist.md"), 1);
	for (size_t i = 0; i < n; i++)
		if (names[i].len)
			++*ra_map_put(wanted, folded(arena, names[i]), 0);
}

static bool collides(struct ra_arena *arena, const struct ra_map *wanted, struct ra_str name)
{
	return *ra_map_get(wanted, folded(arena, name)) > 1;
}

/* The names' order decides nothing: all that collide give way, and hashes depend on paths alone. */
void ra_report_names(struct ra_arena *arena, const struct ra_str *paths, size_t n, bool basenames,
		     struct ra_str *names)
{
	struct ra_map wanted, taken;

	for (size_t i = 0; i < n; i++)
		if (paths[i].len)
			names[i] = ra_report_name(arena, basenames ? basename_of(paths[i])
								   : paths[i]);
	count_wanted(arena, names, n, &wanted);
	for (size_t i = 0; basenames && i < n; i++)
		if (names[i].len && collides(arena, &wanted, names[i]))
			names[i] = ra_report_name(arena, paths[i]);
	if (basenames)
		count_wanted(arena, names, n, &wanted);
	ra_map_init(&taken, arena);
	for (size_t i = 0; i < n; i++) {
		size_t salt = 0;

		if (!names[i].len)
			continue;
		if (collides(arena, &wanted, names[i]))
			names[i] = hashed_name(arena, paths[i], salt++);
		while (*ra_map_put(&taken, folded(arena, names[i]), i) != i)
			names[i] = hashed_name(arena, paths[i], salt++);
	}
}
