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

struct ra_source {
	struct ra_str path; /* as in the tree; raw bytes */
	struct ra_str text; /* without BOM; `\r\n` kept as it is */
	enum ra_lang lang;
	uint32_t *line_at;  /* offset of each line's first byte; line 1 is [0] */
	size_t lines;       /* a last line without newline counts */
	bool bom, crlf;
	bool generated;     /* says "generated" / "DO NOT EDIT" in a comment of its first 40 lines */
	bool test;          /* by path and name: tests/, test_*.py, conftest.py, ... */
};

/* Language by file name, then by shebang; RA_LANG_NONE for what is not audited. */
enum ra_lang ra_source_lang(struct ra_str path, struct ra_str head);
const char *ra_lang_name(enum ra_lang lang);          /* "python" */
/* The language whose cards and API tables serve it: JavaScript's serve TypeScript. */
enum ra_lang ra_lang_family(enum ra_lang lang);
enum ra_lang ra_lang_named(struct ra_str name);
const char *ra_lang_title(enum ra_lang lang);         /* "Python" */

/*
 * Fill `out` from `bytes`. Returns 0; or RA_ELIMIT with the reason in `err` when the file is not
 * to be audited ("binary", "LFS pointer", "UTF-16", "minified: line 12 has 80123 bytes").
 * The text is copied into the arena with its padding. CR alone ends a line, as CR LF and LF do.
 */
int ra_source_open(struct ra_arena *arena, struct ra_str path, struct ra_str bytes,
		   const struct ra_source_limits *limits, struct ra_source *out,
		   struct ra_error *err);

/* 1-based line of a byte offset, its 1-based column in bytes, and the text of a line without
 * its end. Out of range: the last line / empty. */
uint32_t ra_source_line(const struct ra_source *source, size_t offset);
uint32_t ra_source_column(const struct ra_source *source, size_t offset);
struct ra_str ra_source_line_text(const struct ra_source *source, uint32_t line);

/* -- suppressions -------------------------------------------------------------------------- */

/*
 * `race-audit: ignore[<id>] <reason>` in a comment, on the finding's line or the line above.
 * Grammar, strict: exactly one space after the colon, one id (a card id or a race type), a
 * reason of at least one word. Whatever looks like it and is not becomes a near miss: reported,
 * never obeyed.
 */
struct ra_suppression {
	uint32_t line;      /* of the comment */
	bool own_line;      /* nothing but the comment stands on its line */
	struct ra_str id;
	struct ra_str reason;
	const char *flaw;   /* NULL when it is well formed; else why it is not obeyed */
	bool used;
};

struct ra_suppressions {
	RA_VEC(struct ra_suppression) list;
};

/* Read one comment (with its comment mark) that starts at `offset`. */
void ra_suppressions_read(struct ra_arena *arena, const struct ra_source *source, size_t offset,
			  struct ra_str comment, struct ra_suppressions *out);

#endif
