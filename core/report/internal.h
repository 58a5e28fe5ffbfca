/*
 * internal: what the files of this folder share.
 *
 * mustache.c   the template engine
 * escape.c     text for one place: inline markdown, code span, table cell, HTML, terminal
 * filters.c    what templates of markdown pages can say of a text: code, cell, fence, ...
 * page.c       tidy lines of a finished markdown page
 * names.c      paths <-> names of report files
 * json.c       building and reading JSON without a check at every step
 * model.c      the model: tool, scope, files, and the lists that
 * finding.c    fills, one finding at a time, with
 * display.c    the lines of evidence and trace as they are shown; then
 * rank.c       which to read first
 * items.c      the table of what a checklist asks
 * checklist.c  which of them a run answers, and which it raises
 * ticks.c      what people wrote into a checklist: read, kept, gone stale
 * ask.c        the page of the checklist
 * totals.c     counts
 * headline.c   counts in words: what a page says first
 * markdown.c   model -> pages
 * write.c      pages -> files, of which
 * outdir.c     knows the directory: lock, safe replacing, stale files
 * terminal.c   model -> lines
 * explain.c    model -> the pages of what is asked for alone
 *
 * What makes the HTML pages is a room of its own: html.h.
 */
#ifndef RA_REPORT_INTERNAL_H
#define RA_REPORT_INTERNAL_H

#include "core/report/report.h"

/* -- text ------------------------------------------------------------------------------------ */

/* Length of the well-formed UTF-8 sequence at the start of `text`, 0 when it is malformed. */
size_t ra_utf8_next(struct ra_str text, uint32_t *code);

/* Characters of `text`, and its first ones; a malformed byte is one. */
size_t ra_utf8_length(struct ra_str text);
struct ra_str ra_utf8_head(struct ra_str text, size_t length);

/* A line of code with spaces for its tabs. */
struct ra_str ra_untab(struct ra_arena *arena, struct ra_str line);

/* Append `text` with what a reader could not see made visible. */
enum { RA_SHOW_LINES = 1 /* keep line feeds */, RA_SHOW_ASCII = 2 /* show all but ASCII */ };
void ra_show(struct ra_buf *out, struct ra_str text, unsigned how);

/*
 * Append shown text: as a code span; as one that a table can hold; as inline text, whose outer
 * spaces are kept.
 */
void ra_add_span(struct ra_buf *out, struct ra_str text);
void ra_add_cell(struct ra_buf *out, struct ra_str text);
void ra_add_inline(struct ra_buf *out, struct ra_str text);
/* Append what begins `text` like a list or an underline (`-`, `1.`, `===`), made harmless; returns
 * the rest. To be called where inline text may stand first on a line. */
struct ra_str ra_add_line_start(struct ra_buf *out, struct ra_str text);

/* What templates of markdown pages can say of a text. */
extern const struct ra_filter ra_markdown_filters[];
extern const size_t ra_markdown_filters_n;

/*
 * Lines of a page as they should be: at most 100 columns where a line may be broken, no blank
 * line twice, no space at the end of one, no heading with nothing below it.
 */
void ra_page_tidy(struct ra_str page, struct ra_buf *out);

/* -- names ----------------------------------------------------------------------------------- */

#define RA_INDEX_NAME "RACE_AUDIT_INDEX.md"
#define RA_CHECKLIST_NAME "RACE_AUDIT_CHECKLIST.md"
#define RA_HTML_INDEX_NAME "index.html"
#define RA_JSON_NAME "race-audit.json"

/* Names of the reports of one run, no two the same when case is folded. An empty path has none. */
void ra_report_names(struct ra_arena *arena, const struct ra_str *paths, size_t n, bool basenames,
		     struct ra_str *names);

/* -- JSON ------------------------------------------------------------------------------------ */

/*
 * Building. Each call adds to a parent that is already part of the whole, so that nothing is lost
 * or leaked when a later one cannot be made; `failed` says so, to be asked once at the end.
 */
struct ra_json {
	struct ra_arena *arena; /* for what is needed on the way */
	bool failed;
};

/* In an object under `key`; with NULL as key, at the end of an array. */
void ra_json_put(struct ra_json *json, json_t *parent, const char *key, json_t *value);
void ra_json_text(struct ra_json *json, json_t *parent, const char *key, struct ra_str text);
void ra_json_number(struct ra_json *json, json_t *parent, const char *key, size_t number);
void ra_json_flag(struct ra_json *json, json_t *parent, const char *key, bool flag);
json_t *ra_json_object(struct ra_json *json, json_t *parent, const char *key); /* borrowed */
json_t *ra_json_array(struct ra_json *json, json_t *parent, const char *key);  /* borrowed */
/* A path under `key`; when it is no UTF-8, its bytes as base64 under `key`_bytes too. */
void ra_json_path(struct ra_json *json, json_t *parent, const char *key, struct ra_str path);

/* Reading; "" and 0 for what is not there. */
struct ra_str ra_json_get(const json_t *object, const char *key);
size_t ra_json_count(const json_t *object, const char *key);

/* -- the model ------------------------------------------------------------------------------- */

enum { RA_STATE_COUNT = RA_STATE_FIXED + 1 };

/* Findings counted; neither questions nor suppressed ones. */
struct ra_tally {
	struct ra_str name, title;
	size_t n[RA_STATE_COUNT][RA_SEV_COUNT];
	size_t in_tests;          /* of those that are there */
};

/* Files that were not read, for one reason. */
struct ra_unread { enum ra_file_status status; struct ra_str reason; size_t n; };

struct ra_totals {
	struct ra_tally all;
	RA_VEC(struct ra_tally) race_types, directories; /* most findings first, then by name */
	RA_VEC(struct ra_unread) unread;                 /* failed first, then by number */
	size_t ledger[RA_FILE_STATUS_COUNT];
	size_t questions, suppressed;
};

/* Count it, if it is one to be counted. */
void ra_tally_add(struct ra_tally *tally, const struct ra_finding *finding);
/* The state's findings, or all that are there (new and old) for RA_STATE_COUNT. */
size_t ra_tally_sum(const struct ra_tally *tally, int state);
/* RA_EUSAGE when a file has no status of the ledger. */
int ra_totals_count(struct ra_arena *arena, const struct ra_report_input *input,
		    struct ra_totals *out, struct ra_error *err);
void ra_totals_put(struct ra_json *json, json_t *parent, const struct ra_totals *totals);
void ra_counts_put(struct ra_json *json, json_t *parent, const struct ra_tally *tally);

/* A model while it is built. */
struct ra_model {
	const struct ra_report_input *input;
	struct ra_json json;      /* its arena is reset before each finding */
	json_t *root;             /* owned, as is */
	json_t *values;           /* what texts of cards are filled with */
	int rc;                   /* of the first text of a card that cannot be filled */
	struct ra_error *err;
};

/* Where a finding stands in the model. */
struct ra_place {
	size_t file;              /* index in `files` */
	struct ra_str report;     /* name of the file's report, or empty */
	char kind;                /* 'F', 'Q', 'S': finding, question, suppressed one */
	size_t number;            /* of its kind in the file */
};

void ra_model_finding(struct ra_model *model, const struct ra_finding *finding,
		      const struct ra_place *place);

/* Give each finding its `rank`, when all are there: the first is the one to read first. */
void ra_rank_findings(struct ra_model *model);

/* `checklist` of the model, when the rest is there: null when none is asked for. */
void ra_model_checklist(struct ra_model *model);

/* Lists `evidence` and `trace` of a finding; each line has its text ready under `display`. Uses
 * of a state in one line; a checkpoint in a list. */
void ra_display_evidence(struct ra_json *json, json_t *parent, const struct ra_finding *finding);
void ra_display_trace(struct ra_json *json, json_t *parent, const struct ra_finding *finding,
		      struct ra_str consequence);
struct ra_str ra_display_uses(struct ra_arena *arena, const struct ra_report_use *uses, size_t n,
			      struct ra_str seen_from);
/* `path` and `other_file` of a row about a place of another file; nothing for an empty path. */
void ra_display_other_file(struct ra_json *json, json_t *row, struct ra_str path,
			   struct ra_str seen_from);
void ra_display_checkpoint(struct ra_json *json, json_t *parent,
			   const struct ra_report_checkpoint *checkpoint, size_t width);

/* "3 findings (1 new)", of an object as ra_counts_put made it; `compared`: with a base. */
void ra_add_counts(struct ra_buf *out, const json_t *counts, bool compared);
/* ": 1 high, 2 medium", or nothing. */
void ra_add_severities(struct ra_buf *out, const json_t *counts);
/* The line that sums up a run. */
void ra_add_headline(struct ra_buf *out, const json_t *model);

/* -- pages ----------------------------------------------------------------------------------- */

/* The markdown pages of a model, one at a time. */
struct ra_pages {
	json_t *model;
	const char *const *templates;
	struct ra_arena arena;    /* of the page at work */
	json_t *view;             /* what its template sees */
	size_t file;              /* the next to look at */
	size_t at[4];             /* per list of the model: the first item of that file */
};

/* Text of `<name><suffix>` in the first of the directories that has it. */
int ra_template_load(struct ra_arena *arena, const char *const *dirs, struct ra_str name,
		     const char *suffix, struct ra_str *text, struct ra_error *err);

void ra_pages_open(struct ra_pages *pages, json_t *model, const char *const *templates);
void ra_pages_close(struct ra_pages *pages);
/* 1 with the page of the next file that has one, 0 after the last, or the error. `name` and `text`
 * live until the next call. */
int ra_pages_next(struct ra_pages *pages, struct ra_str *name, struct ra_str *text,
		  struct ra_error *err);
int ra_pages_index(struct ra_pages *pages, struct ra_str *text, struct ra_error *err);
/* The checklist; `old` is the one that it takes the place of, with what people wrote into it. */
int ra_pages_checklist(struct ra_pages *pages, struct ra_str old, struct ra_str *text,
		       struct ra_error *err);
bool ra_pages_has_checklist(const struct ra_pages *pages);
/* What the checklist's template sees, beside what every one does; and the page from what it made. */
void ra_ask_view(struct ra_json *json, json_t *view, const json_t *model, struct ra_str old);
struct ra_str ra_ask_finish(struct ra_arena *arena, const json_t *view, struct ra_str page);

/* -- ticks ----------------------------------------------------------------------------------- */

/*
 * An item of a checklist's page ends with its id in brackets. What the id stands for is said at the
 * end of the page, where a reader does not stumble over it: which evidence was there, and which of
 * the blocks below it are the program's own, by their digests. All others are a person's, as is what
 * stands behind the id.
 */
struct ra_tick {
	struct ra_str id, evidence;
	bool ticked, stale;
	RA_VEC(struct ra_tick_block {
		struct ra_str text, info;   /* `info`: of code, its language */
		bool code, own;
	}) blocks;
};
struct ra_ticks { RA_VEC(struct ra_tick) list; };
int ra_ticks_read(struct ra_arena *arena, struct ra_str page, struct ra_ticks *out);
struct ra_str ra_tick_digest(struct ra_arena *arena, const struct ra_tick_block *block);

/* -- the output directory -------------------------------------------------------------------- */

struct ra_outdir {
	const char *path;
	int fd, lock;             /* -1: not open */
	bool changed;
};

/* Open, or make, the directory, and lock it; see ra_output for `worktree`. */
int ra_outdir_open(struct ra_outdir *dir, const char *path, const char *worktree,
		   struct ra_error *err);
void ra_outdir_close(struct ra_outdir *dir);
/* Replace a file, unless it holds these bytes already. */
int ra_outdir_put(struct ra_outdir *dir, const char *name, struct ra_str text,
		  struct ra_error *err);
/* What a file of this directory holds, at most `limit` bytes; empty when there is none. */
struct ra_str ra_outdir_get(const struct ra_outdir *dir, struct ra_arena *arena, const char *name,
			    size_t limit);
/* An error where a page of somebody else has that name. */
int ra_outdir_refuse_foreign(const struct ra_outdir *dir, const char *name, struct ra_error *err);
/* Remove each report that carries our marker and that `keep` does not want. */
int ra_outdir_sweep(struct ra_outdir *dir, bool (*keep)(void *arg, struct ra_str name), void *arg,
		    struct ra_error *err);
/* Make changes of the directory last. */
int ra_outdir_sync(struct ra_outdir *dir, struct ra_error *err);

#endif
