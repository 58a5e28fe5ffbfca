/*
 * Which language a file is in: by name, by suffix, by the interpreter of its first line. All of
 * it is the table below; a new language is one row (and a lexer).
 */
#include "core/source/language.h"

enum { SHEBANG_BYTES = 256 };

struct affix {
	const char *prefix, *suffix;
};

/* Lists end with NULL. An interpreter may carry a version: python2.7. */
static const struct language {
	const char *name, *title, *comment;
	enum ra_lang family; /* RA_LANG_NONE: its own */
	const char *const suffixes[6], *const names[6], *const interpreters[6];
	struct affix tests[6];
	const char *const test_words[5]; /* in a test's name: pool.spec.ts, pool_test.ts */
	const char *const test_directories[5]; /* beside those that all have */
	/* where the files of a directory are one module: the word before its name, and the lines
	 * that say that a file is no part of it */
	const char *module;
	const char *const alone[4];
	const char *const apart[4]; /* directories below which each file stands alone */
} languages[RA_LANG_COUNT] = {
	[RA_LANG_NONE] = { .name = "none", .title = "none", .comment = "" },
	[RA_LANG_PYTHON] = {
		.name = "python", .title = "Python", .comment = "#",
		.suffixes = { ".py", ".pyi", ".pyw" },
		.names = { "SConstruct", "SConscript", "wscript" },
		.interpreters = { "python", "pythonw", "pypy", "uv" },
		.tests = { { "test_", ".py" }, { "", "_test.py" }, { "", "_tests.py" },
			   { "tests.py", "" }, { "conftest.py", "" } },
	},
	[RA_LANG_GO] = {
		.name = "go", .title = "Go", .comment = "//",
		.suffixes = { ".go" },
		.tests = { { "", "_test.go" } },
		.module = "package",
		.alone = { "//go:build ignore", "// +build ignore" },
		.apart = { "testdata" },
	},
	[RA_LANG_RUST] = {
		.name = "rust", .title = "Rust", .comment = "//",
		.suffixes = { ".rs" },
		.interpreters = { "rust-script" },
		.tests = { { "tests.rs", "" }, { "test.rs", "" }, { "", "_test.rs" },
			   { "", "_tests.rs" } },
		.test_directories = { "benches" },
	},
	[RA_LANG_JAVASCRIPT] = {
		.name = "javascript", .title = "JavaScript", .comment = "//",
		.suffixes = { ".js", ".mjs", ".cjs", ".jsx" },
		.interpreters = { "node", "deno", "bun" },
		.test_words = { ".test.", ".spec.", ".e2e.", "_test." },
		.test_directories = { "__tests__", "__mocks__", "e2e", "cypress" },
	},
	[RA_LANG_TYPESCRIPT] = {
		.name = "typescript", .title = "TypeScript", .comment = "//",
		.family = RA_LANG_JAVASCRIPT,
		.suffixes = { ".ts", ".tsx", ".mts", ".cts" },
		.interpreters = { "ts-node", "tsx" },
		.test_words = { ".test.", ".spec.", ".e2e.", "_test." },
		.test_directories = { "__tests__", "__mocks__", "e2e", "cypress" },
	},
};

static struct ra_str base_name(struct ra_str path)
{
	struct ra_str rest = path, part = path;

	while (ra_str_cut(&rest, '/', &part))
		;
	return part;
}

static bool ends_in(const char *const *list, struct ra_str name)
{
	for (; *list; list++)
		if (ra_str_ends(name, ra_str(*list)))
			return true;
	return false;
}

static bool is_one_of(const char *const *list, struct ra_str name)
{
	for (; *list; list++)
		if (ra_str_is(name, *list))
			return true;
	return false;
}

static bool is_version(struct ra_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '.' && (s.ptr[i] < '0' || s.ptr[i] > '9'))
			return false;
	return true;
}

/* Any word of the line: behind `env -S` and its options too. */
static bool runs_by(const char *const *interpreters, struct ra_str shebang)
{
	struct ra_str word;

	while (ra_str_cut(&shebang, ' ', &word)) {
		struct ra_str name = base_name(word);

		for (size_t i = 0; interpreters[i]; i++) {
			struct ra_str known = ra_str(interpreters[i]);

			if (ra_str_starts(name, known) &&
			    is_version(ra_str_n(name.ptr + known.len, name.len - known.len)))
				return true;
		}
	}
	return false;
}

static struct ra_str shebang_of(struct ra_str head)
{
	struct ra_str line = RA_STR("");

	if (head.len > SHEBANG_BYTES)
		head.len = SHEBANG_BYTES;
	if (!ra_str_starts(head, RA_STR("#!")))
		return line;
	head = ra_str_n(head.ptr + 2, head.len - 2);
	ra_str_cut(&head, '\n', &line);
	return ra_str_trim(line);
}

enum ra_lang ra_source_lang(struct ra_str path, struct ra_str head)
{
	struct ra_str name = base_name(path), shebang = shebang_of(head);

	for (int i = RA_LANG_NONE + 1; i < RA_LANG_COUNT; i++)
		if (ends_in(languages[i].suffixes, name) || is_one_of(languages[i].names, name))
			return (enum ra_lang)i;
	for (int i = RA_LANG_NONE + 1; i < RA_LANG_COUNT; i++)
		if (runs_by(languages[i].interpreters, shebang))
			return (enum ra_lang)i;
	return RA_LANG_NONE;
}

const char *ra_lang_name(enum ra_lang lang)
{
	return languages[lang].name;
}

const char *ra_lang_title(enum ra_lang lang)
{
	return languages[lang].title;
}

enum ra_lang ra_lang_family(enum ra_lang lang)
{
	return languages[lang].family ? languages[lang].family : lang;
}

uint32_t ra_lang_bits(struct ra_str name)
{
	uint32_t bits = 0;

	for (int i = RA_LANG_NONE + 1; i < RA_LANG_COUNT; i++)
		if (ra_str_is(name, languages[i].name) ||
		    ra_str_is(name, languages[ra_lang_family((enum ra_lang)i)].name))
			bits |= 1u << i;
	return bits;
}

enum ra_lang ra_lang_named(struct ra_str name)
{
	for (int i = RA_LANG_NONE + 1; i < RA_LANG_COUNT; i++)
		if (ra_str_is(name, languages[i].name))
			return (enum ra_lang)i;
	return RA_LANG_NONE;
}

struct ra_str ra_lang_comment(enum ra_lang lang)
{
	return ra_str(languages[lang].comment);
}

bool ra_lang_joins_files(enum ra_lang lang, struct ra_str path)
{
	struct ra_str part;

	while (ra_str_cut(&path, '/', &part))
		if (path.len && is_one_of(languages[lang].apart, part))
			return false;
	return languages[lang].module != NULL;
}

struct ra_str ra_lang_module(enum ra_lang lang)
{
	return ra_str(languages[lang].module);
}

bool ra_lang_says_alone(enum ra_lang lang, struct ra_str line)
{
	return is_one_of(languages[lang].alone, line);
}

bool ra_lang_is_test(enum ra_lang lang, struct ra_str path)
{
	static const char *const directories[] = { "test", "tests", "testing", NULL };
	struct ra_str rest = path, part = RA_STR("");

	while (ra_str_cut(&rest, '/', &part))
		if (rest.len && (is_one_of(directories, part) ||
				 is_one_of(languages[lang].test_directories, part)))
			return true;
	return ra_lang_names_test(lang, path);
}

bool ra_lang_names_test(enum ra_lang lang, struct ra_str path)
{
	struct ra_str part = base_name(path);

	for (const struct affix *row = languages[lang].tests; row->prefix; row++)
		if (part.len >= strlen(row->prefix) + strlen(row->suffix) &&
		    ra_str_starts(part, ra_str(row->prefix)) &&
		    ra_str_ends(part, ra_str(row->suffix)))
			return true;
	for (const char *const *word = languages[lang].test_words; *word; word++)
		if (ra_str_find(part, ra_str(*word)) >= 0)
			return true;
	return false;
}
