/*
 * git: a repository and revisions -> the files to audit, as plain values: path, blob id, mode,
 * size, changed line ranges, and bytes on request. libgit2 alone; no program is started.
 *
 * All object ids are taken once, when the selection is made: a ref that moves later changes
 * nothing. Names from a tree are bytes, never paths: nothing here opens a file by such a name
 * (the work tree is read component by component below its root, and no link is followed).
 *
 * Only this folder turns libgit2's last error into an ra_error (git_error_last() may be NULL in
 * 1.5.1 although the call failed).
 */
#ifndef RA_GIT_H
#define RA_GIT_H

#include "core/base/base.h"

struct ra_git; /* one repository handle; one per thread */

struct ra_git_options {
	const char *git_dir;      /* --git-dir; NULL: GIT_DIR, else discovery from `directory` */
	const char *directory;    /* -C; NULL: "." */
};

/* An object id in lower-case hex, NUL-terminated; empty for "none". */
struct ra_oid { char hex[41]; };

enum ra_git_side {
	RA_GIT_TREE,     /* objects of a commit's tree */
	RA_GIT_INDEX,    /* --staged: blobs of the index */
	RA_GIT_WORKTREE  /* --worktree: what is on disk, as git would store it (no filters run) */
};

/* Lines [first, last] of the new side that the diff added or changed; 1-based. */
struct ra_git_range { uint32_t first, last; };

/* One selected file. */
struct ra_git_file {
	struct ra_str path;        /* raw bytes of the new side */
	struct ra_str old_path;    /* renamed from; == path when not renamed; empty when added */
	struct ra_oid blob;        /* empty for a work tree file */
	struct ra_oid old_blob;    /* base side; empty when added */
	uint32_t mode;             /* raw */
	char change;               /* 'A' 'M' 'R' 'D'; 'T' = whole tree selection */
	uint64_t size;             /* bytes, from the object header: nothing is loaded for it */
	const char *skip;          /* static reason not to read it, NULL to read it. By policy:
	                            * "symlink", "submodule", "unknown mode". A failure: "missing
	                            * object", "not fetched (partial clone)", "corrupt object",
	                            * "malformed tree", "too deep", "unmerged" and the like */
	bool failed;               /* `skip` is a failure, not a policy */
	const char *note;          /* static remark on a file that is read all the same ("unsafe
	                            * name": no path may be built from it, "duplicate name",
	                            * "unmerged"); NULL */
	bool generated;            /* attribute linguist-generated / -diff / binary of the tree */
};

/* What was selected and from where; lives in the arena passed in. */
struct ra_git_selection {
	RA_VEC(struct ra_git_file) files;  /* sorted by path bytes, then as they were found */
	enum ra_git_side side;             /* where the new side is read from */
	struct ra_oid base, head;          /* commit ids; empty where there is none */
	struct ra_str base_name, head_name;/* as the user wrote or as defaulted */
	RA_VEC(struct ra_oid) bases;       /* every merge base (criss-cross has several) */
	RA_VEC(struct ra_str) notes;       /* "refs/replace exists and is not followed", ... */
	bool truncated;                    /* an entry or depth cap was hit: incomplete */
};

struct ra_git_select {
	const char *range;        /* diff: "A...B" from their merge base; "A" is "A...HEAD";
	                           * "A..B" as they are; NULL: from the upstream branch or
	                           * origin/HEAD, and for index and work tree from HEAD. With
	                           * these "A", "A..." and "A.." alone.
	                           * sweep: a revision or NULL for HEAD */
	enum ra_git_side side;    /* head side */
	bool sweep;               /* whole tree instead of a diff */
	bool whole_if_no_base;    /* --base-missing=full */
	const char *const *pathspecs; /* NULL-terminated, or NULL */
	bool literal_pathspecs;
	bool (*wanted)(void *arg, struct ra_str path); /* by name, before any object is touched;
	                           * NULL: all. Submodules and what cannot be listed come anyway */
	void *wanted_arg;
	size_t max_entries;       /* 0: 5,000,000 */
};

/*
 * Set up and tear down the library, once per process: extensions allow-list (worktreeConfig,
 * partialClone, preciousObjects, noop), caches, mapped memory limits, and whether the hash of each
 * object that is read is checked.
 */
int ra_git_global_init(bool verify_hashes, struct ra_error *err);
void ra_git_global_shutdown(void);
const char *ra_git_library_version(void);

/*
 * Open. Errors are RA_EGIT with a sentence that says the next step: not a repository, foreign
 * owner (safe.directory), SHA-256, unknown extension, reftable.
 */
int ra_git_open(const struct ra_git_options *options, struct ra_git **out, struct ra_error *err);
void ra_git_close(struct ra_git *git);

bool ra_git_is_bare(const struct ra_git *git);
const char *ra_git_worktree(const struct ra_git *git);    /* with trailing '/', or NULL */
const char *ra_git_common_dir(const struct ra_git *git);  /* shared by linked work trees */

/*
 * List what to audit. Errors: RA_ENOTFOUND bad revision, no merge base (shallow: the deepen
 * command), no commits yet, no upstream (what to pass); RA_EUSAGE malformed range or pathspec;
 * RA_EGIT damaged pack or history; RA_ELIMIT a full arena. A file that cannot be had is no error:
 * it is listed with its reason. A pathspec that matches nothing is a note.
 * Renames are followed (similarity 50 %, libgit2's default).
 */
int ra_git_select(struct ra_git *git, struct ra_arena *arena, const struct ra_git_select *select,
		  struct ra_git_selection *out, struct ra_error *err);

/* The selected file of that path, or NULL. */
const struct ra_git_file *ra_git_selected(const struct ra_git_selection *selection,
					  struct ra_str path);

/*
 * Changed ranges of one file on its new side, against its old blob; against every base when there
 * are several (a line is changed only if it is so against each). Where lines were only taken away,
 * the line before and the line after count as changed (they may lie outside the file). All of an
 * added file is one range to UINT32_MAX; a deleted one has none.
 */
int ra_git_changes(struct ra_git *git, struct ra_arena *arena,
		   const struct ra_git_selection *selection, const struct ra_git_file *file,
		   struct ra_git_range **ranges, size_t *n, struct ra_error *err);

/*
 * Bytes of a blob, at most `limit` bytes (0: none): RA_ELIMIT before loading when its header says
 * more. RA_ENOTFOUND: missing, with "not fetched (partial clone)" where that is why. RA_EIO:
 * corrupt.
 */
int ra_git_blob(struct ra_git *git, struct ra_arena *arena, const struct ra_oid *blob,
		size_t limit, struct ra_str *bytes, struct ra_error *err);

/* Bytes of a selected file from whichever side it is on. */
int ra_git_read(struct ra_git *git, struct ra_arena *arena,
		const struct ra_git_selection *selection, const struct ra_git_file *file,
		size_t limit, struct ra_str *bytes, struct ra_error *err);

/* Bytes of `path` in the tree of a commit (".race-audit.ini", baseline, cards); RA_ENOTFOUND
 * when there is none. A symlink is RA_ENOTFOUND. */
int ra_git_file_at(struct ra_git *git, struct ra_arena *arena, const struct ra_oid *commit,
		   const char *path, size_t limit, struct ra_str *bytes, struct ra_error *err);

/*
 * What else lies on a side, for who needs it to understand the files that were selected: `commit`
 * names a tree; NULL is the side that the selection was made of, and in the work tree what is on
 * disk.
 *
 * ra_git_directory: the files directly in `directory` ("" for the top), by name; as in a selection,
 * each with its reason not to read it, but without a size. None when there is no such directory.
 * ra_git_context: the bytes of one of them, or of a file that was selected.
 */
int ra_git_directory(struct ra_git *git, struct ra_arena *arena,
		     const struct ra_git_selection *selection, const struct ra_oid *commit,
		     struct ra_str directory, struct ra_git_file **files, size_t *n,
		     struct ra_error *err);
int ra_git_context(struct ra_git *git, struct ra_arena *arena, const struct ra_git_file *file,
		   size_t limit, struct ra_str *bytes, struct ra_error *err);

/* Names of the entries directly in directory `path` of a commit's tree, sorted; none when there is
 * no such directory. */
int ra_git_list_at(struct ra_git *git, struct ra_arena *arena, const struct ra_oid *commit,
		   const char *path, struct ra_str **names, size_t *n, struct ra_error *err);

/*
 * A configuration value as git resolves it: repository, global, system, and above them what
 * libgit2 does not read: GIT_CONFIG_GLOBAL, GIT_CONFIG_COUNT/KEY/VALUE, GIT_CONFIG_PARAMETERS
 * (`git -c`). Returns RA_ENOTFOUND when unset. `each` calls back for every key with the prefix,
 * lowest precedence first; what it is given lives as long as the handle.
 */
int ra_git_config(struct ra_git *git, struct ra_arena *arena, const char *key, struct ra_str *value,
		  struct ra_error *err);
int ra_git_config_each(struct ra_git *git, const char *prefix,
		       int (*each)(void *arg, struct ra_str key, struct ra_str value,
				   struct ra_str origin, struct ra_error *err),
		       void *arg, struct ra_error *err);

#endif
