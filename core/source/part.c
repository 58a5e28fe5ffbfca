/*
 * Sources of several files: joining them, the names by which files find each other, and which file
 * a line is in.
 *
 *     line   1  2  3 | 4  5 | 6  7  8        of the source
 *            a.go    | b.go | c.go
 *     line   1  2  3 | 1  2 | 1  2  3        of the file
 */
#include "core/source/language.h"

/* -- joining ------------------------------------------------------------------------------- */

static bool ends_line(struct ra_str text)
{
	return !text.len || text.ptr[text.len - 1] == '\n';
}

/* Room for text and lines of all of them. */
static char *make_room(struct ra_arena *arena, const struct ra_source *const *files, size_t n,
		       struct ra_source *out)
{
	size_t bytes = 0, lines = 0;

	for (size_t i = 0; i < n; i++) {
		bytes += files[i]->text.len + !ends_line(files[i]->text);
		lines += files[i]->lines;
		out->n_parts += files[i]->n_parts;
	}
	out->line_at = ra_new_array(arena, uint32_t, lines + 1);
	out->parts = ra_new_array(arena, struct ra_part, out->n_parts);
	return ra_alloc(arena, bytes + RA_SOURCE_PAD);
}

static void add_file(struct ra_source *out, char *text, const struct ra_source *file,
		     struct ra_part *parts)
{
	for (size_t i = 0; i < file->n_parts; i++) {
		parts[i] = file->parts[i];
		parts[i].first += (uint32_t)out->lines;
	}
	for (size_t i = 0; i < file->lines; i++)
		out->line_at[out->lines++] = (uint32_t)out->text.len + file->line_at[i];
	if (file->text.len)
		memcpy(text + out->text.len, file->text.ptr, file->text.len);
	out->text.len += file->text.len;
	if (!ends_line(file->text))
		text[out->text.len++] = '\n';
	out->crlf |= file->crlf;
	if (out->version < file->version)
		out->version = file->version;
}

void ra_source_join(struct ra_arena *arena, const struct ra_source *const *files, size_t n,
		    struct ra_source *out)
{
	size_t done = 0;
	char *text;

	*out = (struct ra_source){ .path = files[0]->path, .lang = files[0]->lang };
	text = make_room(arena, files, n, out);
	for (size_t i = 0; i < n; i++) {
		add_file(out, text, files[i], out->parts + done);
		done += files[i]->n_parts;
	}
	out->text.ptr = text;
	out->line_at[out->lines] = (uint32_t)out->text.len;
}

/* -- modules ------------------------------------------------------------------------------- */

static struct ra_str from(struct ra_str s, size_t at)
{
	return ra_str_n(s.ptr + at, s.len - at);
}

/* What stands before any code: blanks and comments, of which `alone` may hold one. */
static struct ra_str skip_comments(const struct ra_source *source, bool *alone)
{
	struct ra_str rest = source->text, mark = ra_lang_comment(source->lang), line;

	for (;;) {
		rest = ra_str_trim(rest);
		if (ra_str_starts(rest, mark)) {
			ra_str_cut(&rest, '\n', &line);
			*alone |= ra_lang_says_alone(source->lang, ra_str_trim(line));
		} else if (ra_str_starts(rest, RA_STR("/*"))) {
			ptrdiff_t end = ra_str_find(rest, RA_STR("*/"));

			if (end < 0)
				return RA_STR("");
			rest = from(rest, (size_t)end + 2);
		} else {
			return rest;
		}
	}
}

struct ra_str ra_source_module(const struct ra_source *source)
{
	struct ra_str word = ra_lang_module(source->lang), rest;
	bool alone = false;
	size_t n = 0;

	if (!word.len)
		return RA_STR("");
	rest = skip_comments(source, &alone);
	if (!ra_str_starts(rest, word) || (rest.len > word.len && ra_is_name_byte(rest.ptr[word.len])))
		return RA_STR("");
	rest = ra_str_trim(from(rest, word.len));
	while (n < rest.len && ra_is_name_byte(rest.ptr[n]))
		n++;
	return ra_str_n(rest.ptr, n);
}

bool ra_source_stands_alone(const struct ra_source *source)
{
	bool alone = false;

	if (ra_lang_module(source->lang).len)
		skip_comments(source, &alone);
	return alone;
}

/* -- lines --------------------------------------------------------------------------------- */

const struct ra_part *ra_source_part(const struct ra_source *source, uint32_t line)
{
	size_t low = 0, high = source->n_parts;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->parts[middle].first <= line)
			low = middle;
		else
			high = middle;
	}
	return &source->parts[low];
}

uint32_t ra_part_line(const struct ra_part *part, uint32_t line)
{
	return line ? line - part->first + 1 : 0;
}

struct ra_str ra_source_words(struct ra_arena *arena, const struct ra_source *source,
			      uint32_t line, uint32_t seen_from)
{
	const struct ra_part *part = ra_source_part(source, line);
	const struct ra_part *own = ra_source_part(source, seen_from);
	unsigned number = ra_part_line(part, line);

	if (source->n_parts == 1 || !line || (seen_from && own == part))
		return ra_printf(arena, "%u", number);
	return ra_printf(arena, "%u of %.*s", number, RA_FMT(ra_path_seen(part->path, own->path)));
}

/* -- paths --------------------------------------------------------------------------------- */

struct ra_str ra_path_directory(struct ra_str path)
{
	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	return ra_str_n(path.ptr, path.len ? path.len - 1 : 0);
}

struct ra_str ra_path_seen(struct ra_str path, struct ra_str seen_from)
{
	struct ra_str directory = ra_path_directory(path);

	if (!directory.len || !ra_str_eq(directory, ra_path_directory(seen_from)))
		return path;
	return from(path, directory.len + 1);
}
