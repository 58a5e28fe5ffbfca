/*
 * audit: the pipeline, and all that a command sees of the core.
 *
 *     git -> source -> lex -> shape -> facts -> races -> findings -> report
 */
#ifndef RA_AUDIT_H
#define RA_AUDIT_H

#include "core/report/report.h"

enum ra_audit_mode { RA_AUDIT_DIFF, RA_AUDIT_SWEEP, RA_AUDIT_SCAN };
enum ra_audit_scope { RA_AUDIT_NEW, RA_AUDIT_TOUCHED, RA_AUDIT_WHOLE_FILE };

/* What the repository says of its settings. */
struct ra_audit_setting { struct ra_str key, value, origin; };
struct ra_audit_config {
	RA_VEC(struct ra_audit_setting) git; /* color.ui, core.pager, raceaudit.*; the weakest first */
	struct ra_str tree;                  /* text of .race-audit.ini; ptr NULL: none */
	struct ra_str tree_origin;           /* "main:.race-audit.ini" */
};

/* Everything a run is told; strings are borrowed for the run. */
struct ra_audit_options {
	enum ra_audit_mode mode;
	const char *git_dir, *directory;
	const char *range;                 /* or revision; NULL for the default */
	const char *const *paths;          /* pathspecs, or files of a scan; NULL-terminated */
	const char *stdin_path;            /* scan: what "-" is called; NULL: "-" */
	bool literal_pathspecs, staged, worktree, base_missing_full, verify_hashes;
	enum ra_audit_scope scope;
	const char *const *card_dirs;      /* installed cards, then --rules; NULL-terminated */
	const char *const *rules;          /* --rule: ids or race types; NULL-terminated or NULL */
	enum ra_severity min_severity;
	enum ra_severity test_severity;    /* at most, of what is found in test code */
	enum ra_confidence min_confidence;
	bool questions, trust_repo_config, basename_names;
	bool checklist, checklist_long;    /* make one; of all its items */
	struct ra_source_limits limits;
	size_t file_memory;                /* ceiling of the file arena, bytes */
	bool cache;                        /* use what earlier runs found, and keep what this does */
	size_t cache_size;                 /* ceiling of what is kept, bytes; 0 for none */
	/* called between files; return true to stop (signal). May be NULL */
	bool (*progress)(void *arg, size_t done, size_t total, struct ra_str path);
	/*
	 * Settles the fields of these options anew by what was found: once with git's settings,
	 * when the repository is open; once with the tree's, when it is known which tree. In a
	 * diff that is the base's, so that a branch cannot silence its own audit. An error of it
	 * ends the run. May be NULL.
	 */
	int (*configure)(void *arg, const struct ra_audit_config *found, struct ra_error *err);
	void *arg;                         /* of both */
};

/* What came of it. The model is the caller's to release. */
struct ra_audit_result {
	json_t *model;
	size_t selected, audited, cached, skipped, failed;
	bool complete;
	size_t findings[3][RA_SEV_COUNT];  /* shown ones, by state and severity */
	const char *worktree;              /* default place of the output directory, or NULL */
	struct ra_str cache_warning;       /* what was wrong with the cache; empty for nothing */
};

/* Process-wide set-up of libraries. */
int ra_audit_init(bool verify_hashes, struct ra_error *err);
void ra_audit_shutdown(void);

/*
 * Run. `arena` holds what the result points to. Errors: RA_EGIT / RA_ENOTFOUND the repository or
 * revision cannot be used (128); RA_EPARSE / RA_EUSAGE a card, template or option (2).
 */
int ra_audit_run(struct ra_arena *arena, const struct ra_audit_options *options,
		 struct ra_audit_result *result, struct ra_error *err);

/* Do something with the cache of a repository; `text` gets what there is to say, for people. */
enum ra_cache_action { RA_CACHE_STATS, RA_CACHE_GC, RA_CACHE_CLEAR };
int ra_audit_cache(struct ra_arena *arena, const struct ra_audit_options *options,
		   enum ra_cache_action action, struct ra_buf *text, struct ra_error *err);

/*
 * Cards and API tables. An audit takes those of the languages that its files may be in (bits
 * 1 << enum ra_lang) from the first directory, the installation's, and trusts that their patterns
 * have been tried out; `rules` and `explain` take all (0), and try them.
 */
struct ra_knowledge {
	struct ra_cards cards;
	struct ra_api *apis[RA_LANG_COUNT];
	uint64_t digests[RA_LANG_COUNT];   /* of the tables' texts, by language */
};
int ra_knowledge_load(struct ra_arena *arena, const char *const *card_dirs, uint32_t langs,
		      struct ra_knowledge *out, struct ra_error *err);
void ra_knowledge_close(struct ra_knowledge *knowledge);

#endif
