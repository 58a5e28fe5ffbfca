/*
 * Objects by id, and the few files that are asked for by name: blobs, entries of a commit's tree.
 * The size is asked before an object is loaded, and room for it is made before it is opened.
 */
#include "core/git/internal.h"

#include <stdlib.h>

struct ra_oid ra_git_hex(const git_oid *id)
{
	struct ra_oid hex;

	git_oid_tostr(hex.hex, sizeof(hex.hex), id);
	return hex;
}

bool ra_git_raw(git_oid *id, const struct ra_oid *hex)
{
	return hex->hex[0] && git_oid_fromstr(id, hex->hex) == 0;
}

static int object_missing(struct ra_git *git, int rc, const struct ra_oid *id, struct ra_error *err)
{
	if (rc != GIT_ENOTFOUND)
		return ra_git_fail(err, RA_EIO, "object '%s' is corrupt; run 'git fsck'", id->hex);
	git_error_clear();
	if (git->partial)
		return ra_fail(err, RA_ENOTFOUND, "object '%s' is not fetched (partial clone); run "
			       "'git fetch --refetch --no-filter'", id->hex);
	return ra_fail(err, RA_ENOTFOUND, "object '%s' is missing; run 'git fsck'", id->hex);
}

/* A pack may go away while we run: libgit2 looks again for what it cannot find, not for this. */
static int read_object(git_odb_object **object, git_odb *odb, const git_oid *id)
{
	int rc = git_odb_read(object, odb, id);

	if (rc < 0 && rc != GIT_ENOTFOUND && rc != GIT_EMISMATCH && git_odb_refresh(odb) == 0)
		rc = git_odb_read(object, odb, id);
	return rc;
}

int ra_git_blob(struct ra_git *git, struct ra_arena *arena, const struct ra_oid *blob,
		size_t limit, struct ra_str *bytes, struct ra_error *err)
{
	git_odb_object *object;
	git_object_t type;
	size_t size;
	char *into;
	git_oid id;
	int rc;

	git_error_clear();
	if (!ra_git_raw(&id, blob))
		return ra_fail(err, RA_ENOTFOUND, "no object");
	rc = git_odb_read_header(&size, &type, git->odb, &id);
	if (rc < 0)
		return object_missing(git, rc, blob, err);
	if (type != GIT_OBJECT_BLOB)
		return ra_fail(err, RA_ENOTFOUND, "object '%s' is no file but a %s", blob->hex,
			       git_object_type2string(type));
	if (limit && size > limit)
		return ra_fail(err, RA_ELIMIT, "%zu bytes, more than %zu", size, limit);
	into = ra_alloc(arena, size + 1);
	rc = read_object(&object, git->odb, &id);
	if (rc < 0)
		return object_missing(git, rc, blob, err);
	if (git_odb_object_size(object) != size)
		rc = ra_fail(err, RA_EIO, "object '%s' is corrupt: its header lies", blob->hex);
	else if (size)
		memcpy(into, git_odb_object_data(object), size);
	git_odb_object_free(object);
	*bytes = ra_str_n(into, size);
	return rc;
}

int ra_git_read(struct ra_git *git, struct ra_arena *arena,
		const struct ra_git_selection *selection, const struct ra_git_file *file,
		size_t limit, struct ra_str *bytes, struct ra_error *err)
{
	if (file->change == 'D')
		return ra_fail(err, RA_ENOTFOUND, "the file is deleted");
	if (selection->side == RA_GIT_WORKTREE)
		return ra_git_read_disk(git, arena, file->path, limit, bytes, err);
	return ra_git_blob(git, arena, &file->blob, limit, bytes, err);
}

/* -- by name ------------------------------------------------------------------------------- */

int ra_git_tree_of(struct ra_git *git, const struct ra_oid *commit, git_tree **tree,
		   struct ra_error *err)
{
	git_commit *object;
	git_oid id;
	int rc;

	*tree = NULL;
	git_error_clear();
	if (!ra_git_raw(&id, commit))
		return ra_fail(err, RA_ENOTFOUND, "no commit");
	rc = git_commit_lookup(&object, git->repo, &id);
	if (rc == 0) {
		rc = git_commit_tree(tree, object);
		git_commit_free(object);
	}
	if (rc < 0)
		return ra_git_fail(err, RA_EGIT, "the tree of commit '%s' cannot be read; run "
				   "'git fsck'", commit->hex);
	return 0;
}

int ra_git_entry_at(const git_tree *tree, const char *path, struct ra_git_entry *entry,
		    struct ra_error *err)
{
	git_tree_entry *found;
	int rc = git_tree_entry_bypath(&found, tree, path);

	if (rc == GIT_ENOTFOUND) {
		git_error_clear();
		return ra_fail(err, RA_ENOTFOUND, "there is no '%s'", path);
	}
	if (rc < 0)
		return ra_git_fail(err, RA_EGIT, "cannot look for '%s'; run 'git fsck'", path);
	entry->id = *git_tree_entry_id(found);
	entry->mode = (uint32_t)git_tree_entry_filemode_raw(found);
	git_tree_entry_free(found);
	return 0;
}

int ra_git_file_at(struct ra_git *git, struct ra_arena *arena, const struct ra_oid *commit,
		   const char *path, size_t limit, struct ra_str *bytes, struct ra_error *err)
{
	struct ra_git_entry entry;
	struct ra_oid id;
	git_tree *tree;
	int rc = ra_git_tree_of(git, commit, &tree, err);

	if (rc)
		return rc;
	rc = ra_git_entry_at(tree, path, &entry, err);
	git_tree_free(tree);
	if (!rc && !ra_git_is_file(entry.mode))
		rc = ra_fail(err, RA_ENOTFOUND, "'%s' is no regular file", path);
	if (!rc) {
		id = ra_git_hex(&entry.id);
		rc = ra_git_blob(git, arena, &id, limit, bytes, err);
	}
	return rc ? ra_wrap(err, "cannot read '%s' of commit '%s'", path, commit->hex) : 0;
}

struct listing {
	struct ra_arena *arena;
	git_tree *tree;
	struct ra_str *names;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return ra_str_cmp(*(const struct ra_str *)a, *(const struct ra_str *)b);
}

static int copy_names(void *arg)
{
	struct listing *list = arg;
	size_t n = git_tree_entrycount(list->tree);

	list->names = ra_new_array(list->arena, struct ra_str, n);
	for (size_t i = 0; i < n; i++)
		list->names[i] = ra_str_copy(list->arena, ra_str(git_tree_entry_name(
					     git_tree_entry_byindex(list->tree, i))));
	list->n = n;
	if (n)
		qsort(list->names, n, sizeof(*list->names), by_name);
	return 0;
}

int ra_git_list_at(struct ra_git *git, struct ra_arena *arena, const struct ra_oid *commit,
		   const char *path, struct ra_str **names, size_t *n, struct ra_error *err)
{
	struct listing list = { .arena = arena };
	struct ra_git_entry entry;
	git_tree *root;
	int rc = ra_git_tree_of(git, commit, &root, err);

	*names = NULL;
	*n = 0;
	if (rc)
		return rc;
	if (path[0] == '\0' || strcmp(path, ".") == 0) {
		list.tree = root;
	} else {
		rc = ra_git_entry_at(root, path, &entry, err);
		if (!rc && S_ISDIR(entry.mode) &&
		    git_tree_lookup(&list.tree, git->repo, &entry.id) < 0)
			rc = ra_git_fail(err, RA_EGIT, "cannot read directory '%s' of commit '%s'",
					 path, commit->hex);
		if (rc == RA_ENOTFOUND)
			rc = 0;
	}
	if (!rc && list.tree)
		rc = ra_arena_try(arena, copy_names, &list, err);
	if (list.tree != root)
		git_tree_free(list.tree);
	git_tree_free(root);
	*names = list.names;
	*n = list.n;
	return rc;
}
