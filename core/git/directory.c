/*
 * Files that nobody selected: the neighbours of those that were, by directory, on the same side.
 * A row is what a selection would have of the file, so whoever holds one reads it by its blob; only
 * what is on disk has none and is read by its path.
 */
#include "core/git/internal.h"

#include <stdlib.h>

struct listing {
	struct ra_git *git;
	struct ra_arena *arena;
	struct ra_str directory;
	git_tree *tree;                /* of the directory; owned */
	git_index *index;              /* owned */
	RA_VEC(struct ra_git_file) files;
};

static void add_file(struct listing *list, struct ra_str name, const struct ra_git_entry *entry)
{
	struct ra_git_file *file = ra_vec_push(list->arena, &list->files);
	const char *slash = list->directory.len ? "/" : "";

	*file = (struct ra_git_file){
		.path = ra_printf(list->arena, "%.*s%s%.*s", RA_FMT(list->directory), slash,
				  RA_FMT(name)),
		.change = 'T',
	};
	if (!entry)
		return;
	file->mode = entry->mode;
	file->blob = ra_git_hex(&entry->id);
	file->skip = ra_git_unread(entry->mode);
}

/* -- directories --------------------------------------------------------------------------- */

static int list_tree(void *arg)
{
	struct listing *list = arg;

	for (size_t i = 0; i < git_tree_entrycount(list->tree); i++) {
		const git_tree_entry *found = git_tree_entry_byindex(list->tree, i);
		struct ra_git_entry entry = {
			.id = *git_tree_entry_id(found),
			.mode = (uint32_t)git_tree_entry_filemode_raw(found),
		};

		if (!S_ISDIR(entry.mode))
			add_file(list, ra_str(git_tree_entry_name(found)), &entry);
	}
	return 0;
}

static int open_tree(struct listing *list, const struct ra_oid *commit, struct ra_error *err)
{
	struct ra_git_entry entry;
	git_tree *root;
	int rc = ra_git_tree_of(list->git, commit, &root, err);

	if (rc || !list->directory.len) {
		list->tree = root;
		return rc;
	}
	rc = ra_git_entry_at(root, list->directory.ptr, &entry, err);
	git_tree_free(root);
	if (!rc && S_ISDIR(entry.mode) &&
	    git_tree_lookup(&list->tree, list->git->repo, &entry.id) < 0)
		rc = ra_git_fail(err, RA_EGIT, "cannot read directory '%s'", list->directory.ptr);
	return rc == RA_ENOTFOUND ? 0 : rc;
}

/* Entries lie in the order of their paths, so those of one directory lie in one stretch. */
static int list_index(void *arg)
{
	struct listing *list = arg;
	struct ra_str prefix = list->directory;
	const git_index_entry *e;
	size_t at = 0;

	if (prefix.len)
		prefix = ra_printf(list->arena, "%.*s/", RA_FMT(prefix));
	if (prefix.len && git_index_find_prefix(&at, list->index, prefix.ptr) < 0)
		return 0;
	for (; (e = git_index_get_byindex(list->index, at)); at++) {
		struct ra_git_entry entry = { .id = e->id, .mode = e->mode };
		struct ra_str name = ra_str(e->path);

		if (!ra_str_starts(name, prefix))
			break;
		name = ra_str_n(name.ptr + prefix.len, name.len - prefix.len);
		if (!memchr(name.ptr, '/', name.len) && !git_index_entry_is_conflict(e) &&
		    !(e->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD))
			add_file(list, name, &entry);
	}
	return 0;
}

static int list_disk(struct listing *list, struct ra_error *err)
{
	struct ra_git_names names = { 0 };
	int rc = ra_git_list_disk(list->git, list->arena, list->directory, &names, err);

	for (size_t i = 0; i < names.list.n; i++)
		add_file(list, names.list.v[i], NULL);
	return rc == RA_ENOTFOUND ? 0 : rc;
}

static int by_path(const void *a, const void *b)
{
	return ra_str_cmp(((const struct ra_git_file *)a)->path,
			  ((const struct ra_git_file *)b)->path);
}

static int open_index(struct listing *list, struct ra_error *err)
{
	/* As it was read for the selection: nothing here reads it anew. */
	if (git_repository_index(&list->index, list->git->repo) < 0)
		return ra_git_fail(err, RA_EGIT, "cannot read the index");
	return 0;
}

int ra_git_directory(struct ra_git *git, struct ra_arena *arena,
		     const struct ra_git_selection *selection, const struct ra_oid *commit,
		     struct ra_str directory, struct ra_git_file **files, size_t *n,
		     struct ra_error *err)
{
	struct listing list = { .git = git, .arena = arena,
				.directory = ra_str_copy(arena, directory) };
	int rc;

	if (commit || selection->side == RA_GIT_TREE) {
		rc = open_tree(&list, commit ? commit : &selection->head, err);
		if (!rc && list.tree)
			rc = ra_arena_try(arena, list_tree, &list, err);
	} else if (selection->side == RA_GIT_INDEX) {
		rc = open_index(&list, err);
		if (!rc)
			rc = ra_arena_try(arena, list_index, &list, err);
	} else {
		rc = list_disk(&list, err);
	}
	git_tree_free(list.tree);
	git_index_free(list.index);
	if (list.files.n)
		qsort(list.files.v, list.files.n, sizeof(*list.files.v), by_path);
	*files = list.files.v;
	*n = list.files.n;
	return rc;
}

int ra_git_context(struct ra_git *git, struct ra_arena *arena, const struct ra_git_file *file,
		   size_t limit, struct ra_str *bytes, struct ra_error *err)
{
	if (file->skip)
		return ra_fail(err, RA_ENOTFOUND, "%s", file->skip);
	if (file->blob.hex[0])
		return ra_git_blob(git, arena, &file->blob, limit, bytes, err);
	return ra_git_read_disk(git, arena, file->path, limit, bytes, err);
}
