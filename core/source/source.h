/*
 * source: path and bytes -> a source text that the rest can point into.
 *
 * Says what language a file is in, whether it can be audited at all (binary, LFS pointer,
 * minified, over the limits: a reason in words), where its lines begin, and, once the lexer has
 * found the comments, which suppressions it holds. Knows nothing of git.
 *
 * Everything points into `text`, which is followed by RA_SOURCE_PAD zero bytes: a lexer may read
 * a few bytes past the end without a test for each.
 */
#ifndef RA_SOURCE_H
#define RA_SOURCE_H

#include "core/base/base.h"

enum { RA_SOURCE_PAD = 32 };

enum ra_lang {
	RA_LANG_NONE, RA_LANG_PYTHON, RA_LANG_GO, RA_LANG_RUST, RA_LANG_JAVASCRIPT,
	RA_LANG_TYPESCRIPT, RA_LANG_COUNT
};

/* What the settings bound; 0 is "no bound". */
struct ra_source_limits {
	size_t bytes;     /* default 1 MiB */
	size_t lines;     /* default 200,000 */
	size_t line_bytes; /* longest line, default 64 KiB: beyond it the file is minified */
};

/*
 * One file of a source. A source is one file, or several that their language takes for one module:
 * then their texts stand one after the other, each ending in a newline, and who reads the text, or
 * counts its lines, need not know. Who shows a line to people goes through ra_source_words.
 */
struct ra_part {
	struct ra_str path; /* as in the tree; raw bytes */
	uint32_t first;     /* its first line in the source */
	uint32_t lines;
	bool test;          /* by path and name: tests/, test_*.py, conftest.py, ... */
	bool audited;       /* what is found in it is kept; else it is read for the others' sake */
};

struct ra_source {
	struct ra_str path; /* of its first part */
	struct ra_str text; /* without BOM; `\r\n` kept as it is */
	enum ra_lang lang;
	uint32_t *line_at;  /* offset of each line's first byte; line 1 is [0] */
	size_t lines;       /* a last line without newline counts */
	bool bom, crlf;
	bool generated;     /* says "generated" / "DO NOT EDIT" in a comment of its first 40 lines */
	uint32_t version;   /* of its language, as a number that grows: Go 1.22 is 122, Rust 2021 is
	                     * 2021. 0: unknown, and so older than any */
	struct ra_part *parts; /* in the order of their lines */
	size_t n_parts;     /* 1 or more */
};

/* Language by file name, then by shebang; RA_LANG_NONE for what is not audited. */
enum ra_lang ra_source_lang(struct ra_str path, struct ra_str head);
const char *ra_lang_name(enum ra_lang lang);          /* "python" */
/* The language whose cards and API tables serve it: JavaScript's serve TypeScript. */
enum ra_lang ra_lang_family(enum ra_lang lang);
enum ra_lang ra_lang_named(struct ra_str name);
/* Bits 1 << enum ra_lang of the language of this name and of those that it serves; 0: unknown. */
uint32_t ra_lang_bits(struct ra_str name);
const char *ra_lang_title(enum ra_lang lang);         /* "Python" */

/*
 * Fill `out` from `bytes`. Returns 0; or RA_ELIMIT with the reason in `err` when the file is not
 * to be audited ("binary", "LFS pointer", "UTF-16", "minified: line 12 has 80123 bytes").
 * The text is copied into the arena with its padding. CR alone ends a line, as CR LF and LF do.
 */
int ra_source_open(struct ra_arena *arena, struct ra_str path, struct ra_str bytes,
		   const struct ra_source_limits *limits, struct ra_source *out,
		   struct ra_error *err);

/*
 * One source of the files of a module, in their order; `n` is not 0. Each keeps its `audited`,
 * which is true as opened. Their texts are copied.
 */
void ra_source_join(struct ra_arena *arena, const struct ra_source *const *files, size_t n,
		    struct ra_source *out);

/* Can the files of a directory be one module, as those of Go are that name the same one? Not so
 * below a directory that the language keeps for samples (testdata). */
bool ra_lang_joins_files(enum ra_lang lang, struct ra_str path);
/* The name after the language's clause for it ("package foo": "foo"); empty for none. */
struct ra_str ra_source_module(const struct ra_source *source);
/* Does the file say that it is no part of its directory (`//go:build ignore`)? */
bool ra_source_stands_alone(const struct ra_source *source);

/* The part that a line is in; its number there. Line 0 is no line of the first part. */
const struct ra_part *ra_source_part(const struct ra_source *source, uint32_t line);
uint32_t ra_part_line(const struct ra_part *part, uint32_t line);
/*
 * A line in words, as one reads them in the file that holds the line `from`: "12", or
 * "12 of other.go". From 0, that is from anywhere, the file is named unless there is but one.
 */
struct ra_str ra_source_words(struct ra_arena *arena, const struct ra_source *source,
			      uint32_t line, uint32_t from);
/* A path as one names it in another file: without directories when it lies in the same one. */
struct ra_str ra_path_seen(struct ra_str path, struct ra_str from);
/* The directory of a path, without its last '/'; empty for the top. */
struct ra_str ra_path_directory(struct ra_str path);

/* 1-based line of a byte offset, its 1-based column in bytes, and the text of a line without
 * its end. Out of range: the last line / empty. */
uint32_t ra_source_line(const struct ra_source *source, size_t offset);
uint32_t ra_source_column(const struct ra_source *source, size_t offset);
struct ra_str ra_source_line_text(const struct ra_source *source, uint32_t line);

/* -- versions ------------------------------------------------------------------------------ */

/* "1.22", "1.22.3" -> 122; "2021" -> 2021; 0 for what is no version. */
uint32_t ra_version_read(struct ra_str text);
/* The n-th file that may say in which version the code of its directory is, and of those below it
 * ("go.mod"); NULL where a language has none, or no more. */
const char *ra_lang_manifest(enum ra_lang lang, unsigned n);
/* What such a file says; 0 for nothing. RA_VERSION_ABOVE: it leaves it to one above it, which is
 * to be asked as a `root`, and may say so again. */
enum { RA_VERSION_ABOVE = 999999 };
uint32_t ra_manifest_version(enum ra_lang lang, struct ra_str text, bool root);

/* -- imports ------------------------------------------------------------------------------- */

/* Does an import name a file of the tree, by where it lies? */
bool ra_lang_imports_files(enum ra_lang lang);
/* Does it name packages of the tree as it names those from elsewhere? */
bool ra_lang_has_workspaces(enum ra_lang lang);

/* What a name of a package is as a module: "pkg.db" of "pkg" and "db"; "" where it can be none. */
struct ra_str ra_import_submodule(struct ra_arena *arena, enum ra_lang lang, struct ra_str module,
				  struct ra_str name);

/* Does where it lies depend on the file that imports it: `./x`, `@/x`? */
bool ra_import_is_placed(enum ra_lang lang, struct ra_str module);

/* Paths at which a module may lie, the likeliest first. None for a package from elsewhere. */
struct ra_paths { RA_VEC(struct ra_str) list; };
void ra_import_alias_paths(struct ra_arena *arena, enum ra_lang lang, struct ra_str from,
			   struct ra_str module, struct ra_paths *out);
void ra_import_paths(struct ra_arena *arena, enum ra_lang lang, struct ra_str from,
		     struct ra_str module, struct ra_paths *out);
/* The same for a module at a path that may lack its suffix, or be a directory. */
void ra_import_files(struct ra_arena *arena, enum ra_lang lang, struct ra_str base,
		     struct ra_paths *out);

/* -- suppressions -------------------------------------------------------------------------- */

/*
 * `race-audit: ignore[<id>] <reason>` in a comment, on the finding's line or the line above.
 * Grammar, strict: exactly one space after the colon, one id (a card id or a race type), a
 * reason of at least one word. Whatever looks like it and is not becomes a near miss: reported,
 * never obeyed.
 */
struct ra_suppression {
	uint32_t line;      /* where it stands */
	uint32_t last_line; /* of the comment */
	uint32_t about;     /* the line that it speaks of, once all of the file are known */
	bool own_line;      /* nothing but the comment stands on its lines */
	struct ra_str id;
	struct ra_str reason;
	const char *flaw;   /* NULL when it is well formed; else why it is not obeyed */
	bool used;
};

struct ra_suppressions {
	RA_VEC(struct ra_suppression) list;
};

/* Read one comment (with its comment mark) that starts at `offset`; each line of a block comment
 * may hold one. */
void ra_suppressions_read(struct ra_arena *arena, const struct ra_source *source, size_t offset,
			  struct ra_str comment, struct ra_suppressions *out);

#endif
