/*
 * Renames: a deleted and an added file that are equal, or at least half alike by libgit2's own
 * measure. git_diff_find_similar loads whatever is there, however large, and opens work tree
 * files by name; here equal ones are paired by id in linear time, and the rest only when they are
 * few and small.
 */
#include "core/git/internal.h"

#include <git2/sys/hashsig.h>
#include <stdlib.h>

enum {
	SIMILAR_PERCENT = 50,
	MAX_COMPARED = 1000 * 1000, /* pairs; beyond, only equal files are paired, as git does */
	MAX_BYTES = 1 << 20       /* of a file that is compared */
};

struct candidate {
	size_t file;       /* place in the selection */
	git_hashsig *signature;
	uint64_t size;
	bool taken;
};

struct pair { uint32_t added, deleted; int score; };

struct ra_git_renames {
	struct ra_arena bytes; /* of the file that is being measured */
	RA_VEC(struct candidate) added, deleted;
	RA_VEC(struct pair) pairs;
};

static struct ra_git_file *file_of(struct ra_git_call *call, const struct candidate *c)
{
	return &call->out->files.v[c->file];
}

/* The added file takes over the past of the deleted one, which is then dropped. */
static void join(struct ra_git_call *call, struct candidate *added, struct candidate *deleted)
{
	struct ra_git_file *to = file_of(call, added), *from = file_of(call, deleted);

	to->change = 'R';
	to->old_path = from->path;
	to->old_blob = from->old_blob;
	from->change = '\0';
	added->taken = deleted->taken = true;
}

static void find_candidates(struct ra_git_call *call)
{
	struct ra_git_renames *r = call->renames;

	for (size_t i = 0; i < call->out->files.n; i++) {
		const struct ra_git_file *file = &call->out->files.v[i];
		struct candidate c = { .file = i, .size = file->size };

		if (file->skip)
			continue;
		if (file->change == 'A')
			*ra_vec_push(call->arena, &r->added) = c;
		else if (file->change == 'D')
			*ra_vec_push(call->arena, &r->deleted) = c;
	}
}

/* -- equal files --------------------------------------------------------------------------- */

static void pair_equal(struct ra_git_call *call)
{
	struct ra_git_renames *r = call->renames;
	size_t *next = ra_new_array(call->arena, size_t, r->deleted.n); /* of the same blob */
	struct ra_map first;

	ra_map_init(&first, call->arena);
	for (size_t i = r->deleted.n; i-- > 0;) {
		const char *blob = file_of(call, &r->deleted.v[i])->old_blob.hex;
		size_t *head = ra_map_put(&first, ra_str(blob), SIZE_MAX);

		next[i] = *head;
		*head = i;
	}
	for (size_t i = 0; i < r->added.n; i++) {
		size_t *head = ra_map_get(&first, ra_str(file_of(call, &r->added.v[i])->blob.hex));

		if (!head || *head == SIZE_MAX)
			continue;
		join(call, &r->added.v[i], &r->deleted.v[*head]);
		*head = next[*head];
	}
}

/* -- similar files ------------------------------------------------------------------------- */

struct measuring {
	struct ra_git_call *call;
	struct candidate *candidate;
};

/* A file that is too large or cannot be read has no signature, and so no like. */
static int measure(void *arg)
{
	struct measuring *m = arg;
	struct ra_git_call *call = m->call;
	struct ra_arena *arena = &call->renames->bytes;
	const struct ra_git_file *file = file_of(call, m->candidate);
	struct ra_str bytes;
	int rc;

	if (file->change == 'D')
		rc = ra_git_blob(call->git, arena, &file->old_blob, MAX_BYTES, &bytes, NULL);
	else
		rc = ra_git_read(call->git, arena, call->out, file, MAX_BYTES, &bytes, NULL);
	if (rc)
		return rc;
	m->candidate->size = bytes.len;
	if (git_hashsig_create(&m->candidate->signature, bytes.ptr, bytes.len,
			       GIT_HASHSIG_SMART_WHITESPACE) < 0)
		m->candidate->signature = NULL;
	return 0;
}

static size_t measure_all(struct ra_git_call *call, struct candidate *list, size_t n)
{
	struct measuring m = { .call = call };
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		m.candidate = &list[i];
		if (list[i].taken)
			continue;
		ra_arena_try(&call->renames->bytes, measure, &m, NULL);
		ra_arena_reset(&call->renames->bytes);
		left += list[i].signature != NULL;
	}
	git_error_clear();
	return left;
}

static int by_score(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->score != y->score)
		return y->score - x->score;
	if (x->added != y->added)
		return x->added < y->added ? -1 : 1;
	return x->deleted < y->deleted ? -1 : x->deleted > y->deleted;
}

static void compare(struct ra_git_call *call, size_t added, size_t deleted)
{
	struct ra_git_renames *r = call->renames;
	const struct candidate *a = &r->added.v[added], *d = &r->deleted.v[deleted];
	struct pair pair = { (uint32_t)added, (uint32_t)deleted, 0 };

	if (!a->signature || !d->signature || a->size / 2 > d->size || d->size / 2 > a->size)
		return;
	pair.score = git_hashsig_compare(a->signature, d->signature);
	if (pair.score >= SIMILAR_PERCENT)
		*ra_vec_push(call->arena, &r->pairs) = pair;
}

static void pair_similar(struct ra_git_call *call)
{
	struct ra_git_renames *r = call->renames;

	for (size_t a = 0; a < r->added.n; a++)
		for (size_t d = 0; d < r->deleted.n; d++)
			compare(call, a, d);
	if (r->pairs.n)
		qsort(r->pairs.v, r->pairs.n, sizeof(*r->pairs.v), by_score);
	for (size_t i = 0; i < r->pairs.n; i++) {
		struct candidate *a = &r->added.v[r->pairs.v[i].added];
		struct candidate *d = &r->deleted.v[r->pairs.v[i].deleted];

		if (!a->taken && !d->taken)
			join(call, a, d);
	}
}

static size_t count_left(const struct candidate *list, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += !list[i].taken;
	return left;
}

static void drop_joined(struct ra_git_selection *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->files.n; i++)
		if (out->files.v[i].change)
			out->files.v[kept++] = out->files.v[i];
	out->files.n = kept;
}

void ra_git_follow_renames(struct ra_git_call *call)
{
	struct ra_git_renames *r = call->renames = ra_new(call->arena, struct ra_git_renames);
	size_t added, deleted;

	ra_arena_init(&r->bytes, "comparison of renamed files", 2 * (size_t)MAX_BYTES + 4096);
	find_candidates(call);
	pair_equal(call);
	added = count_left(r->added.v, r->added.n);
	deleted = count_left(r->deleted.v, r->deleted.n);
	if (added && deleted > MAX_COMPARED / added)
		ra_git_note(call, ra_printf(call->arena, "%zu added and %zu deleted files are too "
					    "many to compare: only unchanged files count as "
					    "renamed", added, deleted));
	else if (added && deleted && measure_all(call, r->added.v, r->added.n) &&
		 measure_all(call, r->deleted.v, r->deleted.n))
		pair_similar(call);
	drop_joined(call->out);
}

void ra_git_renames_release(struct ra_git_renames *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->added.n; i++)
		git_hashsig_free(r->added.v[i].signature);
	for (size_t i = 0; i < r->deleted.n; i++)
		git_hashsig_free(r->deleted.v[i].signature);
	ra_arena_release(&r->bytes);
}
