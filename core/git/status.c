/*
 * The index or the work tree as the new side, against a tree. The old tree goes through our own
 * walk, with its ceilings, into a flat list; then each new path is looked up in it, and what was
 * never asked for is deleted. Of the work tree libgit2 says what is tracked, ignored or changed
 * since the index was written; no filter and no other program runs.
 */
#include "core/git/internal.h"

struct old_path {
	struct ra_str path;
	struct ra_git_entry entry;
	bool used;
};

/* All of the old side. */
struct ra_git_flat {
	RA_VEC(struct old_path) old;
	struct ra_map places;
};

static void collect(struct ra_git_call *call, struct ra_str path, const struct ra_git_entry *old,
		    const struct ra_git_entry *new, const char *note)
{
	struct ra_git_flat *flat = call->flat;
	struct old_path item = { .path = ra_str_copy(call->arena, path), .entry = *old };

	(void)new, (void)note; /* the walk has one side */
	ra_map_put(&flat->places, item.path, flat->old.n);
	*ra_vec_push(call->arena, &flat->old) = item;
}

static struct old_path *find_old(struct ra_git_call *call, const char *path)
{
	size_t *place = ra_map_get(&call->flat->places, ra_str(path));

	return place ? &call->flat->old.v[*place] : NULL;
}

/* Emit a path of the new side; `reason` when it cannot be read. */
static void compare(struct ra_git_call *call, const char *path, const struct ra_git_entry *new,
		    const char *note, const char *reason)
{
	struct old_path *old = find_old(call, path);
	size_t n = call->out->files.n;

	if (old)
		old->used = true;
	ra_git_emit(call, ra_str(path), old ? &old->entry : NULL, new, note);
	if (reason && call->out->files.n > n) {
		call->out->files.v[n].skip = reason;
		call->out->files.v[n].failed = true;
	}
}

static void walk_index(struct ra_git_call *call)
{
	git_index *index = call->index;
	const char *conflict = "";

	for (size_t i = 0; i < git_index_entrycount(index); i++) {
		const git_index_entry *e = git_index_get_byindex(index, i);
		struct ra_git_entry new = { .id = e->id, .mode = e->mode };

		if (e->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD)
			continue; /* nothing of it is staged */
		if (!git_index_entry_is_conflict(e)) {
			compare(call, e->path, &new, NULL, NULL);
		} else if (strcmp(conflict, e->path) != 0) { /* up to three entries a path */
			conflict = e->path;
			compare(call, e->path, &new, NULL, "unmerged");
		}
	}
}

/* What a sparse checkout leaves away is not deleted. */
static bool is_sparse(struct ra_git_call *call, const char *path)
{
	const git_index_entry *e = git_index_get_bypath(call->index, path, 0);

	return e && (e->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE);
}

static void walk_delta(struct ra_git_call *call, const git_diff_delta *delta, size_t *sparse)
{
	const git_diff_file *file = &delta->new_file;
	const char *path = delta->old_file.path ? delta->old_file.path : file->path;
	struct ra_git_entry new = { .mode = file->mode, .size = file->size };
	struct old_path *old;

	if (delta->status == GIT_DELTA_DELETED || file->mode == 0) {
		old = find_old(call, path);
		if (delta->status == GIT_DELTA_UNREADABLE)
			compare(call, path, &new, NULL, "unreadable");
		else if (is_sparse(call, path)) {
			*sparse += 1;
			if (old)
				old->used = true;
		}
		return;
	}
	if (delta->status == GIT_DELTA_UNMODIFIED)
		new.id = delta->old_file.id;
	else if (file->flags & GIT_DIFF_FLAG_VALID_ID)
		new.id = file->id;
	compare(call, path, &new, delta->status == GIT_DELTA_CONFLICTED ? "unmerged" : NULL, NULL);
}

static int walk_disk(struct ra_git_call *call)
{
	git_diff_options options = {
		.version = GIT_DIFF_OPTIONS_VERSION,
		.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS |
			 GIT_DIFF_INCLUDE_UNMODIFIED | GIT_DIFF_INCLUDE_TYPECHANGE |
			 GIT_DIFF_INCLUDE_UNREADABLE | GIT_DIFF_SKIP_BINARY_CHECK |
			 GIT_DIFF_IGNORE_SUBMODULES,
		.ignore_submodules = GIT_SUBMODULE_IGNORE_ALL
	};
	size_t sparse = 0;

	if (git_diff_index_to_workdir(&call->diff, call->git->repo, call->index,
				      &options) < 0)
		return ra_git_fail(call->err, RA_EGIT, "cannot compare the work tree");
	for (size_t i = 0; i < git_diff_num_deltas(call->diff); i++)
		walk_delta(call, git_diff_get_delta(call->diff, i), &sparse);
	if (sparse)
		ra_git_note(call, ra_printf(call->arena, "%zu files are outside the sparse "
					    "checkout: not on disk, not audited", sparse));
	return 0;
}

int ra_git_walk_status(struct ra_git_call *call)
{
	struct ra_git_flat *flat = call->flat = ra_new(call->arena, struct ra_git_flat);
	bool disk = call->select->side == RA_GIT_WORKTREE;
	int rc = 0;

	if (ra_git_is_bare(call->git))
		return ra_fail(call->err, RA_EUSAGE, "a bare repository has no index and no work "
			       "tree; name a commit");
	if (git_repository_index(&call->index, call->git->repo) < 0 ||
	    git_index_read(call->index, false) < 0)
		return ra_git_fail(call->err, RA_EGIT, "cannot read the index");
	ra_map_init(&flat->places, call->arena);
	if (call->old) {
		call->emit = collect;
		ra_git_walk_trees(call);
	}
	if (disk)
		rc = walk_disk(call);
	else
		walk_index(call);
	for (size_t i = 0; !rc && i < flat->old.n; i++)
		if (!flat->old.v[i].used)
			ra_git_emit(call, flat->old.v[i].path, &flat->old.v[i].entry, NULL, NULL);
	return rc;
}
