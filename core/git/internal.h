/*
 * What the files of core/git share; nobody else includes it.
 *
 * Two kinds of memory meet here: arena memory, where a full arena jumps away, and libgit2's
 * handles, which somebody must free. So a function either takes nothing from an arena while it
 * holds a handle, or keeps its handles in a struct of its caller and runs under ra_arena_try.
 */
#ifndef RA_GIT_INTERNAL_H
#define RA_GIT_INTERNAL_H

#include <git2.h>
#include <git2/sys/repository.h>
#include <limits.h>
#include <sys/stat.h>

#include "core/git/git.h"

struct ra_git_setting {
	struct ra_str key, value; /* the key in git's canonical case */
	const char *origin;
};

struct ra_git {
	struct ra_arena arena;      /* holds this struct and all that lives as long */
	git_repository *repo;
	git_odb *odb;
	int worktree;               /* descriptor of the work tree's root; -1 when bare */
	const char *prefix;         /* where in the work tree we were started: "" or "a/b/" */
	bool partial, shallow;
	RA_VEC(struct ra_git_setting) settings; /* lowest precedence first */
};

/* One side of a changed path; for the work tree `id` may be zero (not hashed). */
struct ra_git_entry {
	git_oid id;
	uint32_t mode;
	uint64_t size; /* of a work tree file */
};

/* What an object is, by its header. */
struct ra_git_header { git_oid id; size_t size; git_object_t type; };

/* One call of ra_git_select: what is asked for, how far it is, and the handles it holds. */
struct ra_git_call {
	struct ra_git *git;
	struct ra_arena *arena;     /* of the result */
	struct ra_arena scratch;    /* of the history walk; its own, so that it can be dropped */
	const struct ra_git_select *select;
	struct ra_git_selection *out;
	struct ra_error *err;
	struct ra_git_pathspec *pathspec;
	bool whole;                 /* no base: list the new side whole */
	git_tree *old, *new;        /* NULL: nothing on that side */
	void (*emit)(struct ra_git_call *call, struct ra_str path, const struct ra_git_entry *old,
		     const struct ra_git_entry *new, const char *note);
	struct ra_git_walk *walk;
	struct ra_git_flat *flat;
	git_index *index;
	git_diff *diff;
	struct ra_git_renames *renames;
	git_tree *other;            /* of the base that is being looked at */
	struct ra_git_header *headers; /* seen last, one for each first byte of an id */
	size_t entries, repeated, path_bytes;
	bool missed;                /* an object could not be had */
};

static inline bool ra_git_is_file(uint32_t mode)
{
	return S_ISREG(mode);
}

static inline char ra_git_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* -- diagnose.c: libgit2's errors in plain words ------------------------------------------- */

/* Fill `err` with the sentence and, when libgit2 left a reason, ": reason". */
int ra_git_fail(struct ra_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Is a failure to open that somebody else owns the repository? Say so, and how to trust it. */
bool ra_git_is_foreign(int rc);
int ra_git_refuse_foreign(struct ra_error *err, const char *path);
/* Any other reason why the repository at `path` could not be opened. `rc` is libgit2's. */
int ra_git_refuse(struct ra_error *err, int rc, const char *path);
/* The repository that `path` is in, whoever owns it: top directory and git directory. */
bool ra_git_find_root(const char *path, char root[PATH_MAX], char git_dir[PATH_MAX]);
/* Why an object cannot be had: a static reason for `skip`. */
const char *ra_git_reason(const struct ra_git *git, int rc);
/* RA_EGIT with the name of a pack that does not match its index; 0 when all do. */
int ra_git_check_packs(struct ra_git *git, struct ra_error *err);

/* -- config.c ------------------------------------------------------------------------------ */

/* Read all settings; without a repository those of the user and the system alone. */
int ra_git_read_settings(struct ra_git *git, struct ra_error *err);
/* Is a variable of the environment set to what git takes for true? */
bool ra_git_is_set(const char *variable);
/* The last value of a key, or NULL. */
const struct ra_git_setting *ra_git_setting(const struct ra_git *git, const char *key);

/* -- object.c ------------------------------------------------------------------------------ */

struct ra_oid ra_git_hex(const git_oid *id);
bool ra_git_raw(git_oid *id, const struct ra_oid *hex); /* false for "none" */
/* The tree of a commit; RA_ENOTFOUND for "none". Free it. */
int ra_git_tree_of(struct ra_git *git, const struct ra_oid *commit, git_tree **tree,
		   struct ra_error *err);
/* What `path` is in a tree; RA_ENOTFOUND when it is not there. Takes nothing from an arena. */
int ra_git_entry_at(const git_tree *tree, const char *path, struct ra_git_entry *entry,
		    struct ra_error *err);

/* -- worktree.c ---------------------------------------------------------------------------- */

/* A file of the work tree, by its path from the top; no link on the way is followed. */
int ra_git_read_disk(struct ra_git *git, struct ra_arena *arena, struct ra_str path, size_t limit,
		     struct ra_str *bytes, struct ra_error *err);

/* Names in one of its directories, but "." and ".."; in no order. RA_ENOTFOUND. */
struct ra_git_names { RA_VEC(struct ra_str) list; };
int ra_git_list_disk(struct ra_git *git, struct ra_arena *arena, struct ra_str directory,
		     struct ra_git_names *out, struct ra_error *err);

/* -- history.c ----------------------------------------------------------------------------- */

struct ra_git_ids { RA_VEC(git_oid) list; };

/* Every best common ancestor, newest first; none is no error. Ids live in `scratch`. */
int ra_git_merge_bases(struct ra_git *git, struct ra_arena *scratch, const git_oid *one,
		       const git_oid *two, struct ra_git_ids *bases, struct ra_error *err);

/* -- revision.c ---------------------------------------------------------------------------- */

/* Find base and head of the call: ids and names of the selection, `old` and `new`. */
int ra_git_resolve(struct ra_git_call *call);

/* -- glob.c, pathspec.c -------------------------------------------------------------------- */

enum {
	RA_GLOB_PATH = 1, /* '*' and '?' stop at '/', and '**' does not */
	RA_GLOB_ICASE = 2
};

/* `steps` bounds the work (NULL: unbounded); at 0 nothing matches any more. */
bool ra_git_glob(struct ra_str pattern, struct ra_str text, unsigned flags, size_t *steps);

int ra_git_pathspec_init(struct ra_git_call *call);
bool ra_git_pathspec_match(struct ra_git_pathspec *spec, struct ra_str path);
/* Could something below this directory match? */
bool ra_git_pathspec_enters(const struct ra_git_pathspec *spec, struct ra_str directory);
/* Note each item that matched nothing. */
void ra_git_pathspec_notes(struct ra_git_call *call);

/* -- the steps of a selection -------------------------------------------------------------- */

/* select.c. One path whose sides may differ: becomes a file of the selection, or nothing. */
void ra_git_emit(struct ra_git_call *call, struct ra_str path, const struct ra_git_entry *old,
		 const struct ra_git_entry *new, const char *note);
/* A path that stands for what could not be listed. */
void ra_git_record(struct ra_git_call *call, struct ra_str path, const char *reason);
/* Why an entry is not to be read, by its mode; NULL for a regular file. */
const char *ra_git_unread(uint32_t mode);
void ra_git_note(struct ra_git_call *call, struct ra_str text);
/* Size and type of an object; libgit2's code when it cannot be had. */
int ra_git_header(struct ra_git_call *call, const git_oid *id, size_t *size, git_object_t *type);

/* tree.c: hand each path of the two trees to `emit`. */
void ra_git_walk_trees(struct ra_git_call *call);
void ra_git_walk_release(struct ra_git_walk *walk);

/* status.c: hand each path of the index or work tree, and of the old tree, to ra_git_emit. */
int ra_git_walk_status(struct ra_git_call *call);

/* rename.c: turn pairs of 'D' and 'A' into one 'R'. */
void ra_git_follow_renames(struct ra_git_call *call);
void ra_git_renames_release(struct ra_git_renames *renames);

/* attribute.c: fill `others` of each file. */
void ra_git_read_attributes(struct ra_git_call *call);

#endif
