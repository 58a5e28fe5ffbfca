/*
 * A selection, step by step: find the two sides, list what differs, pair renames, drop what
 * another base has too, sort, look at the attributes. ra_git_emit is the one place where a path
 * becomes a file of the selection; all three sides go through it.
 */
#include "core/git/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_NOTES = 100, SCRATCH_BYTES = 1 << 30 };

void ra_git_note(struct ra_git_call *call, struct ra_str text)
{
	if (call->out->notes.n == MAX_NOTES)
		text = RA_STR("there is more to note; it was left out");
	if (call->out->notes.n <= MAX_NOTES)
		*ra_vec_push(call->arena, &call->out->notes) = text;
}

/* -- one path ------------------------------------------------------------------------------ */

int ra_git_header(struct ra_git_call *call, const git_oid *id, size_t *size, git_object_t *type)
{
	struct ra_git_header *known = &call->headers[id->id[0]];
	git_odb *odb = call->git->odb;
	int rc = 0;

	if (known->type == 0 || !git_oid_equal(&known->id, id)) {
		/* libgit2 reads the pack directory anew for each object it misses: do so once. */
		rc = GIT_ENOTFOUND;
		if (!call->missed || git_odb_exists_ext(odb, id, GIT_ODB_LOOKUP_NO_REFRESH))
			rc = git_odb_read_header(&known->size, &known->type, odb, id);
		known->id = *id;
	}
	if (rc < 0)
		*known = (struct ra_git_header){ .size = 0 };
	call->missed |= rc < 0;
	*size = known->size;
	*type = known->type;
	return rc;
}

/* A repository of its own: a submodule, or one that lies untracked in the work tree. */
static bool is_module(uint32_t mode)
{
	return S_ISDIR(mode) || (mode & S_IFMT) == GIT_FILEMODE_COMMIT;
}

const char *ra_git_unread(uint32_t mode)
{
	return S_ISLNK(mode) ? "symlink" : is_module(mode) ? "submodule"
	     : ra_git_is_file(mode) ? NULL : "unknown mode";
}

/* Why a file is not to be read, by its kind; or its size. */
static void describe(struct ra_git_call *call, struct ra_git_file *file,
		     const struct ra_git_entry *entry)
{
	git_object_t type = GIT_OBJECT_BLOB;
	size_t size = 0;
	int rc = 0;

	file->mode = entry->mode;
	file->skip = ra_git_unread(entry->mode);
	if (is_module(entry->mode))
		return;
	file->size = entry->size;
	if (call->select->side == RA_GIT_WORKTREE)
		return;
	file->blob = ra_git_hex(&entry->id);
	if (file->skip)
		return;
	rc = ra_git_header(call, &entry->id, &size, &type);
	file->size = size;
	file->failed = rc < 0 || type != GIT_OBJECT_BLOB;
	if (file->failed)
		file->skip = rc < 0 ? ra_git_reason(call->git, rc) : "not a blob";
}

static bool is_wanted(struct ra_git_call *call, struct ra_str path, const struct ra_git_entry *new)
{
	const struct ra_git_select *select = call->select;

	if (!ra_git_pathspec_match(call->pathspec, path))
		return false;
	return !select->wanted || (new && is_module(new->mode)) ||
	       select->wanted(select->wanted_arg, path);
}

void ra_git_emit(struct ra_git_call *call, struct ra_str path, const struct ra_git_entry *old,
		 const struct ra_git_entry *new, const char *note)
{
	bool was = old && ra_git_is_file(old->mode), is = new && ra_git_is_file(new->mode);
	struct ra_git_file file = { .note = note };

	if (!was && !new)
		return; /* a link or a submodule went away */
	if (old && new && git_oid_equal(&old->id, &new->id) &&
	    (old->mode & S_IFMT) == (new->mode & S_IFMT))
		return; /* the permissions at most */
	if (!is_wanted(call, path, new))
		return;
	file.path = ra_str_copy(call->arena, path);
	if (call->whole)
		file.change = 'T';
	else if (!new)
		file.change = 'D';
	else
		file.change = !old || (is && !was) ? 'A' : 'M';
	if (new)
		describe(call, &file, new);
	else
		file.mode = old->mode;
	if (was) {
		file.old_path = file.path;
		file.old_blob = ra_git_hex(&old->id);
	}
	*ra_vec_push(call->arena, &call->out->files) = file;
}

void ra_git_record(struct ra_git_call *call, struct ra_str path, const char *reason)
{
	*ra_vec_push(call->arena, &call->out->files) = (struct ra_git_file){
		.path = ra_str_copy(call->arena, path), .change = call->whole ? 'T' : 'M',
		.skip = reason, .failed = true
	};
}

/* -- what needs all of them ---------------------------------------------------------------- */

/* Does the file differ from what the tree `call->other` has in its place? */
static bool differs(struct ra_git_call *call, const struct ra_git_file *file)
{
	struct ra_git_entry entry;
	git_oid id;
	int rc;

	if (file->note || file->skip)
		return true;
	rc = ra_git_entry_at(call->other, file->path.ptr, &entry, NULL);
	if (file->change == 'D')
		return rc != RA_ENOTFOUND;
	return rc || !ra_git_raw(&id, &file->blob) || !git_oid_equal(&id, &entry.id);
}

/* With several bases, only what differs from each was changed by this branch. */
static int drop_known(struct ra_git_call *call)
{
	struct ra_git_selection *out = call->out;
	int rc = 0;

	for (size_t b = 1; !rc && b < out->bases.n; b++) {
		size_t kept = 0;

		rc = ra_git_tree_of(call->git, &out->bases.v[b], &call->other, call->err);
		for (size_t i = 0; !rc && i < out->files.n; i++)
			if (differs(call, &out->files.v[i]))
				out->files.v[kept++] = out->files.v[i];
		if (!rc)
			out->files.n = kept;
		git_tree_free(call->other);
		call->other = NULL;
	}
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct ra_git_file *x = *(const struct ra_git_file *const *)a;
	const struct ra_git_file *y = *(const struct ra_git_file *const *)b;
	int order = ra_str_cmp(x->path, y->path);

	return order ? order : x < y ? -1 : x > y; /* they lie as they were found */
}

static void sort_files(struct ra_git_call *call)
{
	size_t n = call->out->files.n, i = 1;
	struct ra_git_file *files = call->out->files.v, *sorted;
	struct ra_git_file **order;

	while (i < n && ra_str_cmp(files[i - 1].path, files[i].path) <= 0)
		i++;
	if (i >= n)
		return;
	order = ra_new_array(call->arena, struct ra_git_file *, n);
	sorted = ra_new_array(call->arena, struct ra_git_file, n);
	for (i = 0; i < n; i++)
		order[i] = &files[i];
	qsort(order, n, sizeof(*order), by_path);
	for (i = 0; i < n; i++)
		sorted[i] = *order[i];
	call->out->files.v = sorted;
	call->out->files.cap = n;
}

static void note_repository(struct ra_git_call *call)
{
	git_reference_iterator *iterator;
	const char *name;
	char grafts[PATH_MAX];

	if (git_reference_iterator_glob_new(&iterator, call->git->repo, "refs/replace/*") == 0) {
		int rc = git_reference_next_name(&name, iterator);

		git_reference_iterator_free(iterator);
		if (rc == 0)
			ra_git_note(call, RA_STR("refs/replace exists and is not followed: the "
						 "original objects are audited"));
	}
	git_error_clear();
	snprintf(grafts, sizeof(grafts), "%sinfo/grafts", ra_git_common_dir(call->git));
	if (access(grafts, F_OK) == 0)
		ra_git_note(call, RA_STR("info/grafts exists and is not followed"));
	if (call->out->bases.n > 1)
		ra_git_note(call, ra_printf(call->arena, "%zu merge bases: a line is new only if "
					    "it is so against each", call->out->bases.n));
}

static int run(void *arg)
{
	struct ra_git_call *call = arg;
	int rc = ra_git_pathspec_init(call);

	if (!rc)
		rc = ra_git_resolve(call);
	if (rc)
		return rc;
	call->headers = ra_new_array(call->arena, struct ra_git_header, 256);
	note_repository(call);
	call->emit = ra_git_emit;
	if (call->select->side == RA_GIT_TREE)
		ra_git_walk_trees(call);
	else
		rc = ra_git_walk_status(call);
	if (!rc && call->missed)
		rc = ra_git_check_packs(call->git, call->err);
	if (rc)
		return rc;
	if (!call->whole)
		ra_git_follow_renames(call);
	rc = drop_known(call);
	if (rc)
		return rc;
	sort_files(call);
	ra_git_read_attributes(call);
	ra_git_pathspec_notes(call);
	return 0;
}

int ra_git_select(struct ra_git *git, struct ra_arena *arena, const struct ra_git_select *select,
		  struct ra_git_selection *out, struct ra_error *err)
{
	struct ra_error unread;
	struct ra_git_call call = {
		.git = git, .arena = arena, .select = select, .out = out, .err = err ? err : &unread
	};
	int rc;

	*out = (struct ra_git_selection){ .side = select->side };
	ra_arena_init(&call.scratch, "walk of the history", SCRATCH_BYTES);
	git_error_clear();
	rc = ra_arena_try(arena, run, &call, call.err);
	ra_git_walk_release(call.walk);
	git_diff_free(call.diff);
	git_index_free(call.index);
	ra_git_renames_release(call.renames);
	git_tree_free(call.old);
	git_tree_free(call.new);
	git_tree_free(call.other);
	ra_arena_release(&call.scratch);
	return rc;
}

const struct ra_git_file *ra_git_selected(const struct ra_git_selection *selection,
					  struct ra_str path)
{
	size_t low = 0, high = selection->files.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ra_str_cmp(selection->files.v[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < selection->files.n && ra_str_eq(selection->files.v[low].path, path)
		       ? &selection->files.v[low] : NULL;
}
