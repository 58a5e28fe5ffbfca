/*
 * run: what the files at the top of core share, one run of the audit.
 *
 * audit.c      the order of work: repository, settings, each file with its base
 * knowledge.c  cards and API tables, of the installation, the user and the tree
 * files.c      files by path or directory, of the audited side or a base
 * version.c    which version of its language a file is in
 * workspace.c  packages of the tree, by their names
 * exports.c    what the files that a file imports export
 * side.c       what comes of each selected file on one of these
 * package.c    files that are one module, by their directory
 * pipeline.c   one source through lex, shape, facts, races into findings
 * kept.c       what earlier runs found of the same, in the cache
 * result.c     what is shown and counted, and the model of it
 * scan.c       files outside git
 */
#ifndef RA_RUN_H
#define RA_RUN_H

#include "core/audit.h"
#include "core/cache/cache.h"
#include "core/facts/exports.h"
#include "core/findings/order.h"
#include "core/git/git.h"

enum { RA_CONFIG_BYTES = 1 << 20 }; /* of one card, table or configuration file */

/* A tree that files are read from: the audited side, as it was selected, or a base of the diff. */
struct tree {
	struct run *run;
	const struct ra_oid *commit;      /* NULL: the audited side */
};

/*
 * One side of the run, and what came of the selected files on it. `reports` is by index in the
 * selection; one that is not `done` was not looked at yet.
 */
struct side {
	struct tree tree;
	size_t base;                      /* 0: the audited side; else 1 + index of the base */
	struct ra_file_report *reports;
	bool *done;
	struct ra_orders orders;          /* of locks, over all its files */
	struct ra_map directories;        /* -> the first file selected in it; `next` the others */
	size_t *next;                     /* SIZE_MAX at the end */
};

/*
 * What an audit asked of the tree, and in which sources it came: what is to be kept of it depends
 * on the answers. `groups` are the sources, one for each call of the pipeline.
 */
struct ra_trace {
	struct ra_arena arena;
	RA_VEC(struct ra_import) imports;         /* of a file, as ra_exports_key takes them */
	struct ra_key rows;                       /* that came of them */
	RA_VEC(struct ra_question {               /* of ra_exports_locate */
		struct ra_str from, module, name;
		bool found;
		struct ra_str path, inner;
	}) questions;
	RA_VEC(struct ra_group {
		struct ra_str key;                /* as of ra_pipeline */
		size_t *files;                    /* by part; SIZE_MAX: not audited */
		size_t n, edge, n_edges, use, n_uses, sources;
		bool twin;                        /* copied, not audited */
	}) groups;
	bool unsettled;                           /* another run might find it otherwise */
};

struct run {
	struct ra_arena *repo, file;
	struct ra_arena texts;                    /* files of one directory */
	const struct ra_audit_options *options;   /* `configure` changes them */
	struct ra_git *git;                       /* NULL in a scan */
	struct ra_git_selection selection;
	struct ra_knowledge knowledge;
	struct ra_items items;                    /* of a checklist, when one is asked for */
	struct ra_matcher *matcher;
	const struct ra_card *order_card;         /* of cycles over files; NULL: none was asked */
	RA_VEC(struct ra_str) only;               /* --rule */
	struct side head;
	struct side *bases;                       /* in a diff: the base, further merge bases */
	size_t n_bases;
	RA_VEC(struct ra_file_report) reports;
	struct ra_map audited;                    /* content and kind -> index in the selection */
	struct ra_map listed;                     /* side and directory -> index in listings */
	RA_VEC(struct listing {
		struct ra_git_file *files;
		size_t n;
	}) listings;
	struct ra_arena imported;                 /* one file that an audited one imports */
	struct ra_map found;                      /* side, directory and module -> file */
	RA_VEC(struct ra_git_file) modules;
	struct ra_map workspaces;                 /* side -> index in places */
	RA_VEC(struct ra_paths) places;           /* where its packages lie */
	struct ra_map exported;                   /* its content -> index in exports */
	RA_VEC(struct ra_exports) exports;
	struct ra_map spread;                     /* side and path -> index in names */
	RA_VEC(struct ra_names {                  /* all that a module exports, by name */
		struct ra_map map;
		RA_VEC(struct ra_name {
			struct ra_git_file file;  /* that has it */
			const struct ra_export *export;
		}) list;
	} *) names;
	struct ra_map versions;                   /* side, language and directory -> version */
	struct ra_cache *cache;                   /* NULL: none */
	struct ra_key settings[RA_LANG_COUNT];    /* all that the same bytes may be audited with */
	struct ra_trace *trace;                   /* of what is being audited; NULL: nobody asks */
	struct ra_scope_info scope;
	struct ra_audit_config git_config;
	struct ra_error *err;
};

/* -- knowledge.c, result.c ----------------------------------------------------------------- */

/* The commit whose configuration and cards count: never the side that is being judged. NULL for
 * none. */
const struct ra_oid *ra_run_trusted(const struct run *run);

/* Load run->knowledge and resolve the names of --rule. */
int ra_run_knowledge(struct run *run);

/* Leave out what is not asked for, count the rest, build the model. */
int ra_run_result(struct run *run, struct ra_audit_result *result);

/* -- files.c ------------------------------------------------------------------------------- */

/* The files directly in a directory, by name. None when there is no such directory. */
int ra_files_list(const struct tree *tree, struct ra_arena *arena, struct ra_str directory,
		 struct ra_git_file **files, size_t *n, struct ra_error *err);
/* Bytes of a file that was selected or listed. */
int ra_files_read(const struct tree *tree, struct ra_arena *arena, const struct ra_git_file *file,
		 struct ra_str *bytes, struct ra_error *err);
/* The file of that path, or NULL; `scratch` is for the way there. */
const struct ra_git_file *ra_files_find(const struct tree *tree, struct ra_arena *scratch,
					struct ra_str path);

/* -- version.c ----------------------------------------------------------------------------- */

/* The version of the language that a file is in, as in struct ra_source; `arena` is for scratch. */
uint32_t ra_version_at(const struct tree *tree, struct ra_arena *arena, enum ra_lang lang,
		       struct ra_str path);

/* -- workspace.c --------------------------------------------------------------------------- */

/* The file of a module that is named by its package, if the tree has that package; or NULL. */
const struct ra_git_file *ra_workspace_find(const struct tree *tree, struct ra_arena *arena,
					    enum ra_lang lang, struct ra_str module);

/* -- exports.c ----------------------------------------------------------------------------- */

/*
 * The API table for the facts of a source: the language's, with rows on top for what the files that
 * it imports export. `digest` says which rows these are; 0 for none.
 */
const struct ra_api *ra_exports_table(const struct tree *tree, struct ra_arena *arena,
				      const struct ra_shape *shape, uint64_t *digest);

/* The same rows, without the table, of what is known to be imported by the file `from`. */
struct ra_key ra_exports_key(const struct tree *tree, struct ra_arena *arena, enum ra_lang lang,
			     struct ra_str from, const struct ra_import *imports, size_t n,
			     uint64_t *digest);

/* Where `name` of a module that the file `from` imports is declared, and as what. */
bool ra_exports_locate(const struct tree *tree, struct ra_arena *arena, struct ra_str from,
		       struct ra_str module, struct ra_str name, struct ra_str *path,
		       struct ra_str *inner);

/* -- side.c -------------------------------------------------------------------------------- */

void ra_side_init(struct run *run, size_t base, struct side *side);
/* What a selected file is called there; empty when it is not there. */
struct ra_str ra_side_path(const struct side *side, size_t index);
/* Its bytes' name; empty where that is not known without reading them. */
struct ra_str ra_side_blob(const struct side *side, size_t index);
/* The first file selected in a directory, to be followed by `next`; SIZE_MAX for none. */
size_t ra_side_first(const struct side *side, struct ra_str directory);
/* What came of a selected file there: it is audited now unless it was with another one. */
struct ra_file_report *ra_side_report(struct side *side, size_t index);
/* Read and open a selected file; what keeps it from being audited is an error, RA_ELIMIT when it
 * is a policy. */
int ra_side_open(struct side *side, size_t index, struct ra_arena *arena,
		 struct ra_source *source, struct ra_error *err);
/* Audit it by itself. `note` (NULL: none) says why, where others of its directory are audited
 * together. */
void ra_side_alone(struct side *side, size_t index, const char *note);
/* It cannot be audited: `rc` and `reason` say why. */
void ra_side_refuse(struct side *side, size_t index, int rc, const char *reason);

/* -- package.c ----------------------------------------------------------------------------- */

/* Audit a selected file and all others that were selected of its directory: those that are one
 * module together. */
void ra_package_audit(struct side *side, size_t index);

/* -- pipeline.c ---------------------------------------------------------------------------- */

/*
 * One source, of one file or several, through all rooms. `indices` has for each part its file in
 * the selection; parts that are not audited need none. In a sweep the same bytes in the same kind
 * of place, with the same imports, are audited once: `key` says what they are, empty where nobody
 * knows. Runs in run->file and may jump there.
 */
void ra_pipeline(struct side *side, const struct ra_source *source, const size_t *indices,
		 struct ra_str key);

/* What it does with the same bytes again; `files` as in struct ra_group. False when they are not
 * known. */
static inline bool ra_side_has_twins(const struct side *side)
{
	return !side->base && side->tree.run->options->mode == RA_AUDIT_SWEEP;
}
bool ra_twins_known(const struct run *run, const size_t *files, size_t n, struct ra_str key);
bool ra_twins_copy(struct side *side, const size_t *files, size_t n, struct ra_str key);
void ra_twins_remember(struct run *run, const size_t *files, size_t n, struct ra_str key);
/* The card of cycles in the order of locks is asked for, if it is on. */
void ra_orders_ask(struct run *run, enum ra_lang lang);

/* -- kept.c -------------------------------------------------------------------------------- */

void ra_kept_open(struct run *run);
void ra_kept_close(struct run *run);

/*
 * Audit a selected file, or all that were selected of its directory, unless an earlier run did so.
 * What is found of a file depends on its path, its bytes, the version of its language, the rows
 * that its imports add to the API table and where the locks that it imports are declared; of a
 * directory that is one module, on the path, the names and the bytes of all its files, and which
 * of them were selected. All of that is in the digest that it is kept under, and so are the
 * program, the cards, the tables and the limits.
 */
void ra_kept_file(struct side *side, size_t index);
void ra_kept_package(struct side *side, size_t index);

/* What a file exports, from the cache or into it. */
bool ra_kept_exports(struct run *run, struct ra_arena *scratch, enum ra_lang lang,
		     const struct ra_git_file *file, struct ra_exports *out);
void ra_keep_exports(struct run *run, struct ra_arena *scratch, enum ra_lang lang,
		     const struct ra_git_file *file, struct ra_exports *exports);

#endif
