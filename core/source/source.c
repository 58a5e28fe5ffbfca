/*
 * Opens a source: decides whether bytes are text that can be audited, copies them behind padding
 * and finds where their lines begin. What a refusal is called here is what the report shows.
 * A new reason to skip a file is one more test in check_bytes or index_lines.
 */
#include "core/source/language.h"

enum {
	SNIFF_BYTES = 8000,       /* git's own window for telling binary from text */
	LFS_POINTER_BYTES = 1024, /* a pointer file is never longer */
	BYTES_MAX = 1 << 30       /* offsets are 32 bits wide, with room to add to them */
};

/*
 * NUL anywhere in the window, or more than one control character in 128 bytes: git's rule.
 * Bytes over 0x7f count as text, so Latin-1 and broken UTF-8 are read.
 */
static bool is_binary(struct ra_str bytes)
{
	size_t n = bytes.len < SNIFF_BYTES ? bytes.len : SNIFF_BYTES, odd = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];

		if (c == 0)
			return true;
		if (c == 0x7f || (c < ' ' && (c < '\b' || c > '\r') && c != 0x1b && c != 0x1a))
			odd++;
	}
	return odd > n / 128;
}

static const char *wide_encoding(struct ra_str bytes)
{
	static const struct {
		struct ra_str mark;
		const char *name;
	} marks[] = {
		{ RA_STR_INIT("\xff\xfe\0\0"), "UTF-32" }, /* before UTF-16: a prefix of it */
		{ RA_STR_INIT("\0\0\xfe\xff"), "UTF-32" },
		{ RA_STR_INIT("\xff\xfe"), "UTF-16" },
		{ RA_STR_INIT("\xfe\xff"), "UTF-16" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (ra_str_starts(bytes, marks[i].mark))
			return marks[i].name;
	return NULL;
}

static int check_bytes(struct ra_str bytes, const struct ra_source_limits *limits,
		       struct ra_error *err)
{
	const char *wide = wide_encoding(bytes);
	size_t most = limits->bytes && limits->bytes < BYTES_MAX ? limits->bytes : BYTES_MAX;

	if (bytes.len > most)
		return ra_fail(err, RA_ELIMIT, "%zu bytes, over the limit of %zu", bytes.len, most);
	if (wide)
		return ra_fail(err, RA_ELIMIT, "%s", wide);
	if (bytes.len < LFS_POINTER_BYTES &&
	    ra_str_starts(bytes, RA_STR("version https://git-lfs.github.com/spec/")))
		return ra_fail(err, RA_ELIMIT, "LFS pointer");
	if (is_binary(bytes))
		return ra_fail(err, RA_ELIMIT, "binary");
	return RA_OK;
}

/* Offset behind the line end that begins at or after `at`; the length of the text if none does. */
static size_t next_line(struct ra_str text, size_t at)
{
	while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
		at++;
	if (at + 1 < text.len && text.ptr[at] == '\r' && text.ptr[at + 1] == '\n')
		at++;
	return at < text.len ? at + 1 : at;
}

/* `line_at` gets one entry more than there are lines: the length of the text. */
static int index_lines(struct ra_arena *arena, const struct ra_source_limits *limits,
		       struct ra_source *out, struct ra_error *err)
{
	RA_VEC(uint32_t) starts = { 0 };
	size_t at = 0, end;

	while (at < out->text.len) {
		if (limits->lines && starts.n == limits->lines)
			return ra_fail(err, RA_ELIMIT, "more than %zu lines", limits->lines);
		*ra_vec_push(arena, &starts) = (uint32_t)at;
		end = next_line(out->text, at);
		if (limits->line_bytes && end - at > limits->line_bytes)
			return ra_fail(err, RA_ELIMIT, "minified: line %zu has %zu bytes", starts.n,
				       end - at);
		at = end;
	}
	out->lines = starts.n;
	*ra_vec_push(arena, &starts) = (uint32_t)out->text.len;
	out->line_at = starts.v;
	return RA_OK;
}

int ra_source_open(struct ra_arena *arena, struct ra_str path, struct ra_str bytes,
		   const struct ra_source_limits *limits, struct ra_source *out,
		   struct ra_error *err)
{
	struct ra_str mark = RA_STR("\xef\xbb\xbf");
	char *copy;
	int rc;

	*out = (struct ra_source){ .path = path };
	rc = check_bytes(bytes, limits, err);
	if (rc)
		return rc;
	out->bom = ra_str_starts(bytes, mark);
	if (out->bom)
		bytes = ra_str_n(bytes.ptr + mark.len, bytes.len - mark.len);
	copy = ra_alloc(arena, bytes.len + RA_SOURCE_PAD);
	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	out->text = ra_str_n(copy, bytes.len);
	rc = index_lines(arena, limits, out, err);
	if (rc)
		return rc;
	out->lang = ra_source_lang(path, out->text);
	out->crlf = ra_str_find(out->text, RA_STR("\r\n")) >= 0;
	out->generated = ra_source_is_generated(out);
	out->n_parts = 1;
	out->parts = ra_new(arena, struct ra_part);
	*out->parts = (struct ra_part){ .path = path, .first = 1, .lines = (uint32_t)out->lines,
					.test = ra_lang_is_test(out->lang, path), .audited = true };
	return RA_OK;
}

/* -- lines --------------------------------------------------------------------------------- */

uint32_t ra_source_line(const struct ra_source *source, size_t offset)
{
	size_t low = 0, high = source->lines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->line_at[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low + 1;
}

uint32_t ra_source_column(const struct ra_source *source, size_t offset)
{
	uint32_t start = source->line_at[ra_source_line(source, offset) - 1];

	return (uint32_t)(offset < source->text.len ? offset : source->text.len) - start + 1;
}

struct ra_str ra_source_line_text(const struct ra_source *source, uint32_t line)
{
	struct ra_str text;

	if (line == 0 || line > source->lines)
		return RA_STR("");
	text = ra_str_n(source->text.ptr + source->line_at[line - 1],
			source->line_at[line] - source->line_at[line - 1]);
	if (text.len && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (text.len && text.ptr[text.len - 1] == '\r')
		text.len--;
	return text;
}
