/*
 * Which lines of a file changed. The bytes are handed to libgit2's differ without names, so that
 * it looks up no attributes and no driver; one run for each base, and what all of them say
 * counts.
 */
#include "core/git/internal.h"

enum { MAX_BYTES = 64 << 20 };

struct ranges { RA_VEC(struct ra_git_range) list; };

struct change {
	struct ra_git *git;
	struct ra_arena *arena;
	const struct ra_git_selection *selection;
	const struct ra_git_file *file;
	struct ra_error *err;
	struct ra_str new;
	struct ranges ranges;
	git_patch *patch;
	git_tree *tree;
};

/* Hunks have no context; one that only takes lines away gives the line before as its start. */
static void add_hunk(struct change *c, struct ranges *ranges, const git_diff_hunk *hunk)
{
	uint32_t start = (uint32_t)hunk->new_start, n = (uint32_t)hunk->new_lines;
	struct ra_git_range range = { start ? start : 1, n ? start + n - 1 : start + 1 };
	size_t count = ranges->list.n;

	if (count && range.first <= ranges->list.v[count - 1].last)
		ranges->list.v[count - 1].last = range.last;
	else
		*ra_vec_push(c->arena, &ranges->list) = range;
}

static int add_hunks(struct change *c, struct ranges *ranges)
{
	const git_diff_hunk *hunk;
	size_t lines;

	for (size_t i = 0; i < git_patch_num_hunks(c->patch); i++) {
		if (git_patch_get_hunk(&hunk, &lines, c->patch, i) < 0)
			return ra_git_fail(c->err, RA_EIO, "cannot read the difference");
		add_hunk(c, ranges, hunk);
	}
	return 0;
}

/* Keep what is in both lists; they are sorted and their ranges apart. */
static void intersect(struct ra_arena *arena, struct ranges *a, const struct ranges *b)
{
	struct ranges both = { { 0 } };

	for (size_t i = 0, k = 0; i < a->list.n && k < b->list.n;) {
		struct ra_git_range x = a->list.v[i], y = b->list.v[k];
		struct ra_git_range cut = {
			x.first > y.first ? x.first : y.first, x.last < y.last ? x.last : y.last
		};

		if (cut.first <= cut.last)
			*ra_vec_push(arena, &both.list) = cut;
		if (x.last < y.last)
			i++;
		else
			k++;
	}
	*a = both;
}

/* Keep of the ranges what also changed against one old blob. The new bytes are read once. */
static int narrow(struct change *c, const struct ra_oid *blob)
{
	git_diff_options options = {
		.version = GIT_DIFF_OPTIONS_VERSION, .flags = GIT_DIFF_FORCE_TEXT
	};
	struct ranges changed = { { 0 } };
	struct ra_str old;
	int rc = ra_git_blob(c->git, c->arena, blob, MAX_BYTES, &old, c->err);

	if (!rc && !c->new.ptr)
		rc = ra_git_read(c->git, c->arena, c->selection, c->file, MAX_BYTES, &c->new,
				 c->err);
	if (rc)
		return rc;
	if (c->selection->side == RA_GIT_WORKTREE)
		options.flags |= GIT_DIFF_IGNORE_WHITESPACE_EOL; /* git may store CRLF as LF */
	git_error_clear();
	if (git_patch_from_buffers(&c->patch, old.ptr, old.len, NULL, c->new.ptr, c->new.len, NULL,
				   &options) < 0)
		return ra_git_fail(c->err, RA_EIO, "cannot compare with the old side");
	rc = add_hunks(c, &changed);
	git_patch_free(c->patch);
	c->patch = NULL;
	intersect(c->arena, &c->ranges, &changed);
	return rc;
}

/* What the file was in a base, under its old name or its new one; empty when it was not there. */
static int past_of(struct change *c, size_t base, struct ra_oid *blob)
{
	struct ra_str names[] = { c->file->old_path, c->file->path };
	struct ra_git_entry entry;
	int rc;

	*blob = base ? (struct ra_oid){ "" } : c->file->old_blob;
	if (base == 0)
		return 0;
	rc = ra_git_tree_of(c->git, &c->selection->bases.v[base], &c->tree, c->err);
	for (size_t i = 0; !rc && i < 2 && !blob->hex[0]; i++)
		if (names[i].len && ra_git_entry_at(c->tree, names[i].ptr, &entry, NULL) == 0 &&
		    ra_git_is_file(entry.mode))
			*blob = ra_git_hex(&entry.id);
	git_tree_free(c->tree);
	c->tree = NULL;
	return rc;
}

static int find_changes(void *arg)
{
	struct change *c = arg;
	size_t n = c->selection->bases.n ? c->selection->bases.n : 1;
	struct ra_oid blob;
	int rc = 0;

	*ra_vec_push(c->arena, &c->ranges.list) = (struct ra_git_range){ 1, UINT32_MAX };
	for (size_t base = 0; !rc && base < n && c->ranges.list.n; base++) {
		rc = past_of(c, base, &blob);
		if (!rc && blob.hex[0]) /* else all of it is new against this base */
			rc = narrow(c, &blob);
	}
	return rc;
}

int ra_git_changes(struct ra_git *git, struct ra_arena *arena,
		   const struct ra_git_selection *selection, const struct ra_git_file *file,
		   struct ra_git_range **ranges, size_t *n, struct ra_error *err)
{
	struct change change = {
		.git = git, .arena = arena, .selection = selection, .file = file, .err = err
	};
	int rc = file->change == 'D' ? 0 : ra_arena_try(arena, find_changes, &change, err);

	git_patch_free(change.patch);
	git_tree_free(change.tree);
	*ranges = change.ranges.list.v;
	*n = change.ranges.list.n;
	return rc;
}
