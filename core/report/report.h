/*
 * report: findings -> one JSON model, and from it everything that is written or printed.
 *
 * The model (docs/json-schema.md) is built once with jansson; markdown pages, terminal lines and
 * the JSON file are renderings of it. Templates of cards (`{{state}}`) are filled here with the
 * finding's values. Knows nothing of git, tokens or facts.
 */
#ifndef RA_REPORT_H
#define RA_REPORT_H

#include <jansson.h>

#include "core/findings/findings.h"

#define RA_VERSION "0.1.0"

/* What was audited, as words. */
struct ra_scope_info {
	struct ra_str command;            /* "diff", "sweep", "scan" */
	struct ra_str repository;         /* its directory's name; no absolute path */
	struct ra_str base, head;         /* as named */
	struct ra_str base_id, head_id;   /* hex, or "" */
	struct ra_str scope;              /* "new", "touched", "file"; "" outside diff */
	RA_VEC(struct ra_str) notes;
	bool complete;
};

/*
 * What a checklist asks: patterns/checklist.items, whose head says what may stand in it. An item
 * that is read again, from a directory of the user's, takes the place of the first.
 */
enum ra_item_asks { RA_ASKS_FACTS, RA_ASKS_PERSON, RA_ASKS_LONG /* a person, in a long one */,
		    RA_ASKS_GUARDS, RA_ASKS_VERIFY };
struct ra_words { struct ra_str *v; size_t n, cap; };
struct ra_item {
	struct ra_str id, group, group_title;
	struct ra_str ask, good, bad, settles;
	uint32_t looks;                   /* bits 1 << enum ra_look */
	int look;                         /* the one that is counted; -1 for none */
	uint32_t langs;                   /* bits 1 << enum ra_lang; 0: all */
	enum ra_item_asks asks;
	struct ra_words from, types, rules, see;
	RA_VEC(struct ra_item_run { uint32_t langs; struct ra_str lang, text; }) runs;
};
struct ra_items { RA_VEC(struct ra_item) list; };
/* RA_EPARSE: "path:line: reason". */
int ra_items_read(struct ra_arena *arena, const char *path, struct ra_str text,
		  struct ra_items *out, struct ra_error *err);
/* To be called when all are read. RA_EPARSE names an item that asks nothing, or speaks of one that
 * there is not. Rules are not looked for: a run reads only those of its languages. */
int ra_items_check(const struct ra_items *items, struct ra_error *err);

/* Totals and ledger are computed from the files; `selected` must be their sum. */
struct ra_report_input {
	struct ra_scope_info scope;
	const struct ra_file_report *files; /* sorted by path */
	size_t n_files;
	const struct ra_cards *cards;
	bool basename_names;                /* --report-name=basename */
	bool questions;                     /* also print questions in reports */
	const struct ra_items *items;       /* for a checklist; NULL: make none */
	bool some_rules;                    /* not all were run: nothing is answered well */
	bool checklist_long;                /* of all items, not only of those that are raised */
	uint64_t config_digest;
};

/* The model; a new reference that the caller releases with json_decref. NULL with err on a
 * template that does not parse (it names card and line). */
json_t *ra_report_model(struct ra_arena *arena, const struct ra_report_input *input,
			struct ra_error *err);

/* -- mustache -------------------------------------------------------------------------------- */

/* A section {{#name}}...{{/name}} whose rendered text is not printed as it is but goes through
 * `apply`. With `raw`, nothing in it is escaped before: `apply` does what its sink needs. */
struct ra_filter {
	const char *name;
	bool raw;
	void (*apply)(struct ra_str text, struct ra_buf *out);
};

/* What a template may name beside the context. `find` looks up a partial; false when there is
 * none. Names of filters hide values of the context; all members may be left out. */
struct ra_partials {
	bool (*find)(void *arg, struct ra_str name, struct ra_str *text);
	void *arg;
	const struct ra_filter *filters;
	size_t n_filters;
};

/* How an interpolation {{x}} is escaped; {{{x}}} and {{&x}} never are. */
enum ra_escape { RA_ESCAPE_NONE, RA_ESCAPE_HTML, RA_ESCAPE_MARKDOWN };

/*
 * Render a Mustache template (the whole specification without the optional modules) over a JSON
 * context. Empty lists and texts, 0, false and null count as false. RA_EPARSE: "line N: ..." for a
 * template that is not well formed; RA_ELIMIT: sections and partials nested more than 64 deep, or
 * more than 256 MiB of output.
 */
int ra_mustache(struct ra_arena *arena, struct ra_str text, json_t *context,
		const struct ra_partials *partials, enum ra_escape escape, struct ra_buf *out,
		struct ra_error *err);

/* -- sinks ----------------------------------------------------------------------------------- */

/*
 * Text safe for each sink. What a reader could not see is shown: control bytes as `\x1b`, `\n`,
 * C1, bidirectional and zero-width characters as `<U+202E>`, invalid UTF-8 as `\xff`. No result
 * holds a line break.
 */
struct ra_str ra_escape_markdown(struct ra_arena *arena, struct ra_str text);  /* inline text */
struct ra_str ra_escape_code_span(struct ra_arena *arena, struct ra_str text); /* with backticks */
struct ra_str ra_escape_cell(struct ra_arena *arena, struct ra_str text);      /* span in a table */
struct ra_str ra_escape_html(struct ra_arena *arena, struct ra_str text);      /* text, attribute */
struct ra_str ra_escape_terminal(struct ra_arena *arena, struct ra_str text);
/* Invalid bytes become U+FFFD: what JSON can hold. */
struct ra_str ra_utf8(struct ra_arena *arena, struct ra_str bytes);

/* File name of a path's report, injective: "src/a.py" -> "RACE_AUDIT_src__a.py.md"; at most 200
 * bytes. The decoder is its inverse for names that were not shortened. */
struct ra_str ra_report_name(struct ra_arena *arena, struct ra_str path);
bool ra_report_name_decode(struct ra_arena *arena, struct ra_str name, struct ra_str *path);

/* -- rendering ------------------------------------------------------------------------------- */

enum { RA_FORMAT_MD = 1, RA_FORMAT_JSON = 2, RA_FORMAT_HTML = 4 };

struct ra_output {
	const char *dir;              /* "-": JSON, else an index, to stdout */
	const char *worktree;         /* below it no part of `dir` may be a symlink; NULL: the last
	                               * part of `dir` may not */
	unsigned formats;             /* RA_FORMAT_ bits */
	const char *const *templates; /* directories, first hit wins; NULL-terminated */
};

/*
 * Write RACE_AUDIT_<path>.md, RACE_AUDIT_INDEX.md, the same pages as HTML (index.html),
 * race-audit.json, MANIFEST.json and, in a directory that did not exist, .gitignore: temporary name in the same directory, fsync, rename;
 * unchanged files keep their mtime; stale reports that carry our marker are removed; a symlinked
 * output directory is refused. One run at a time writes; another waits 10 seconds for it.
 * MANIFEST.json is taken away before the first change and written last: it never speaks of other
 * files than those that are there. Errors are RA_EIO and name the path; what was written before
 * stays. RA_EPARSE, RA_ENOTFOUND: a template.
 */
int ra_report_write(struct ra_arena *arena, json_t *model, const struct ra_output *output,
		    struct ra_error *err);

/*
 * Terminal text: each finding in one line, below it the five lines that matter (`>` marks those
 * that have to change), those in tests after the others, then the totals line. Fixed and suppressed ones are only counted.
 */
struct ra_terminal {
	bool color, ascii;
	bool quiet;             /* without the lines of code */
	bool questions;         /* them too */
	unsigned width;         /* code is cut at this column; 0: nowhere */
	double seconds;         /* of the run; < 0 leaves the time out */
};
void ra_report_terminal(struct ra_arena *arena, json_t *model, const struct ra_terminal *how,
			struct ra_buf *out);

/* Which findings to explain: those that both of these hold of. */
struct ra_explain {
	struct ra_str fingerprint; /* or the beginning of one, with "ra1:" or without; empty: any */
	size_t line;               /* where it stands, or a line that its evidence names; 0: any */
};

/*
 * The pages of what is asked for: its findings and questions in full, with the concurrency analysis
 * of their files. The model loses the others. `n` is how many there are; 0 adds no text. Errors as
 * of ra_report_write.
 */
int ra_report_explain(json_t *model, const char *const *templates, const struct ra_explain *what,
		      struct ra_buf *out, size_t *n, struct ra_error *err);

/* The model as text: ASCII, sorted keys, two-space indent, newline at the end. */
struct ra_str ra_report_json(struct ra_arena *arena, json_t *model);

#endif
