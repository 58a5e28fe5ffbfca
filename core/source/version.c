/*
 * Which version of its language code is written in, from the file that says so for a directory and
 * all below it: `go 1.21` of a go.mod, `edition` of a Cargo.toml, the oldest Python that a package
 * says it runs on. A number that grows with the version is all that anybody needs. A language is one
 * row of the table; what its manifest leaves out is what its own tools take it for.
 */
#include "core/source/source.h"

enum { GO_WITHOUT_LINE = 116, EDITION_WITHOUT_KEY = 2015 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits off the front of `*rest`; -1 when it begins with none. */
static long cut_number(struct ra_str *rest)
{
	long number = 0;
	size_t n = 0;

	while (n < rest->len && n < 6 && is_digit(rest->ptr[n]))
		number = number * 10 + (rest->ptr[n++] - '0');
	*rest = ra_str_n(rest->ptr + n, rest->len - n);
	return n ? number : -1;
}

uint32_t ra_version_read(struct ra_str text)
{
	long major = cut_number(&text), minor;

	if (major < 0 || !text.len || text.ptr[0] != '.')
		return major < 0 || text.len ? 0 : (uint32_t)major;
	text = ra_str_n(text.ptr + 1, text.len - 1);
	minor = cut_number(&text);
	return minor < 0 || minor > 99 ? 0 : (uint32_t)(major * 100 + minor);
}

/* -- go.mod -------------------------------------------------------------------------------- */

static uint32_t read_go_mod(struct ra_str text, bool root)
{
	struct ra_str line, word;

	(void)root; /* a module inherits nothing */
	while (ra_str_cut(&text, '\n', &line)) {
		line = ra_str_trim(line);
		ra_str_cut(&line, ' ', &word);
		if (ra_str_is(word, "go") && ra_str_trim(line).len) {
			line = ra_str_trim(line);
			ra_str_cut(&line, ' ', &word); /* a comment may follow */
			return ra_version_read(word);
		}
	}
	return GO_WITHOUT_LINE;
}

/* -- Cargo.toml ---------------------------------------------------------------------------- */

struct toml_line { struct ra_str table, key, value; };

static struct ra_str without_comment(struct ra_str line)
{
	char quote = 0;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];

		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else if (c == '#' && !quote)
			line.len = i;
	}
	return ra_str_trim(line);
}

static struct ra_str unquoted(struct ra_str text)
{
	text = ra_str_trim(text);
	if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
	    text.ptr[text.len - 1] == text.ptr[0])
		return ra_str_n(text.ptr + 1, text.len - 2);
	return text;
}

/* The next line with a key, or the head of a table (then `key` is empty). */
static bool next_line(struct ra_str *rest, struct toml_line *at)
{
	struct ra_str line;

	while (ra_str_cut(rest, '\n', &line)) {
		line = without_comment(line);
		if (!line.len)
			continue;
		at->key = at->value = RA_STR("");
		if (line.ptr[0] == '[') {
			while (line.len && memchr("[] ", line.ptr[0], 3))
				line = ra_str_n(line.ptr + 1, line.len - 1);
			while (line.len && memchr("[] ", line.ptr[line.len - 1], 3))
				line.len--;
			at->table = line;
			return true;
		}
		if (ra_str_find(line, RA_STR("=")) < 0)
			continue;
		at->value = line;
		ra_str_cut(&at->value, '=', &at->key);
		at->key = ra_str_trim(at->key);
		at->value = unquoted(at->value);
		return true;
	}
	return false;
}

static bool is_inherited(const struct toml_line *at)
{
	return ra_str_is(at->key, "edition.workspace") ||
	       (ra_str_is(at->key, "edition") && ra_str_find(at->value, RA_STR("workspace")) >= 0);
}

/* Of a workspace's root, when it is asked as one; of anything else what lies above knows. */
static uint32_t read_cargo_root(struct ra_str text)
{
	struct toml_line at = { .table = RA_STR("") };
	bool root = false;

	while (next_line(&text, &at)) {
		root = root || ra_str_is(at.table, "workspace") ||
		       ra_str_starts(at.table, RA_STR("workspace."));
		if (ra_str_is(at.table, "workspace.package") && ra_str_is(at.key, "edition"))
			return ra_version_read(at.value);
	}
	return root ? 0 : RA_VERSION_ABOVE;
}

static uint32_t read_cargo(struct ra_str text, bool root)
{
	struct toml_line at = { .table = RA_STR("") };
	struct ra_str rest = text;
	bool package = false;

	while (!root && next_line(&rest, &at)) {
		if (!ra_str_is(at.table, "package"))
			continue;
		package = true;
		root = is_inherited(&at);
		if (ra_str_is(at.key, "edition") && !root)
			return ra_version_read(at.value);
	}
	if (root)
		return read_cargo_root(text);
	return package ? EDITION_WITHOUT_KEY : 0;
}

/* -- Python -------------------------------------------------------------------------------- */

/* The version behind `>=`, `^` or `~=` in what stands between a key and the end of its line: the
 * oldest one that will do. */
static uint32_t oldest_python(struct ra_str line)
{
	static const char *const signs[] = { ">=", "^", "~=" };

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		ptrdiff_t at = ra_str_find(line, ra_str(signs[i]));
		struct ra_str rest, word = RA_STR("");
		size_t n = 0;

		if (at < 0)
			continue;
		rest = ra_str_n(line.ptr + at, line.len - (size_t)at);
		rest = ra_str_n(rest.ptr + strlen(signs[i]), rest.len - strlen(signs[i]));
		rest = ra_str_trim(rest);
		while (n < rest.len && (is_digit(rest.ptr[n]) || rest.ptr[n] == '.'))
			n++;
		word = ra_str_n(rest.ptr, n);
		return ra_version_read(word);
	}
	return 0;
}

/* `python_requires=">=3.8"` of a setup.py or setup.cfg, `requires-python = ">=3.8"` and poetry's
 * `python = "^3.8"` of a pyproject.toml. */
static uint32_t read_python(struct ra_str text, bool root)
{
	struct ra_str line, key;

	(void)root; /* whatever says nothing leaves it to those above */
	while (ra_str_cut(&text, '\n', &line)) {
		uint32_t version;

		line = ra_str_trim(line);
		if (ra_str_find(line, RA_STR("=")) < 0)
			continue;
		ra_str_cut(&line, '=', &key);
		key = ra_str_trim(key);
		if (!ra_str_is(key, "python_requires") && !ra_str_is(key, "requires-python") &&
		    !ra_str_is(key, "python"))
			continue;
		version = oldest_python(line);
		if (version)
			return version;
	}
	return RA_VERSION_ABOVE;
}

/* -- languages ----------------------------------------------------------------------------- */

enum { MANIFESTS_MAX = 3 }; /* of one language, the one that is asked first in front */

static const struct manifest {
	const char *names[MANIFESTS_MAX];
	uint32_t (*read)(struct ra_str text, bool root);
} manifests[RA_LANG_COUNT] = {
	[RA_LANG_GO] = { { "go.mod" }, read_go_mod },
	[RA_LANG_PYTHON] = { { "pyproject.toml", "setup.cfg", "setup.py" }, read_python },
	[RA_LANG_RUST] = { { "Cargo.toml" }, read_cargo },
};

const char *ra_lang_manifest(enum ra_lang lang, unsigned n)
{
	return n < MANIFESTS_MAX ? manifests[lang].names[n] : NULL;
}

uint32_t ra_manifest_version(enum ra_lang lang, struct ra_str text, bool root)
{
	return manifests[lang].read(text, root);
}
