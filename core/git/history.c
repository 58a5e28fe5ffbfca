/*
 * Merge bases, by git's own painting: walk both histories newest first, colour each commit by
 * the sides that reach it; one that gets both colours is a base, and what lies behind it is
 * stale. git_merge_bases of 1.5.1 does the same but takes the edge of a shallow clone for a
 * missing object, and so fails on every pull request that CI checks out two commits deep.
 */
#include "core/git/internal.h"

enum { ONE = 1, TWO = 2, STALE = 4, BASE = 8 };

/* More bases than this are not compared: fewer bases only make more lines count as new. */
enum { MAX_BASES = 16, MAX_EDGE_BYTES = 64 << 20 };

struct node {
	git_oid id;
	int64_t time;
	unsigned flags, queued;
	struct node **parents;
	unsigned n_parents;
	bool loaded;
};

struct history {
	struct ra_git *git;
	struct ra_arena *arena;
	struct ra_error *err;
	const git_oid *ends[2];
	struct ra_git_ids *bases;
	struct ra_map index;                 /* id -> place in `nodes` */
	struct ra_map edge;                  /* commits whose parents are not in a shallow clone */
	RA_VEC(struct node *) nodes, heap, found;
	size_t live;                         /* entries of the heap that are not stale */
	git_commit *commit;
};

static struct ra_str key_of(const git_oid *id)
{
	return ra_str_n((const char *)id->id, sizeof(id->id));
}

static struct node *node_of(struct history *h, const git_oid *id)
{
	size_t *at = ra_map_get(&h->index, key_of(id));
	struct node *node;

	if (at)
		return h->nodes.v[*at];
	node = ra_new(h->arena, struct node);
	node->id = *id;
	ra_map_put(&h->index, key_of(&node->id), h->nodes.n);
	*ra_vec_push(h->arena, &h->nodes) = node;
	return node;
}

static int unreadable(struct history *h, const struct node *node)
{
	return ra_git_fail(h->err, RA_EGIT, "commit '%s' of the history cannot be read; run "
			   "'git fsck'", ra_git_hex(&node->id).hex);
}

static int load(struct history *h, struct node *node)
{
	unsigned n;

	if (node->loaded)
		return 0;
	if (git_commit_lookup(&h->commit, h->git->repo, &node->id) < 0)
		return unreadable(h, node);
	n = ra_map_get(&h->edge, key_of(&node->id)) ? 0 : git_commit_parentcount(h->commit);
	node->time = git_commit_time(h->commit);
	node->parents = ra_new_array(h->arena, struct node *, n);
	for (; node->n_parents < n; node->n_parents++) {
		const git_oid *id = git_commit_parent_id(h->commit, node->n_parents);

		if (!id) /* libgit2 had no memory for it and did not say so */
			return unreadable(h, node);
		node->parents[node->n_parents] = node_of(h, id);
	}
	git_commit_free(h->commit);
	h->commit = NULL;
	node->loaded = true;
	return 0;
}

/* -- the queue, newest first --------------------------------------------------------------- */

static bool newer(const struct node *a, const struct node *b)
{
	return a->time != b->time ? a->time > b->time : git_oid_cmp(&a->id, &b->id) < 0;
}

static void swap(struct node **a, struct node **b)
{
	struct node *t = *a;

	*a = *b;
	*b = t;
}

static int push(struct history *h, struct node *node)
{
	size_t i = h->heap.n;
	int rc = load(h, node);

	if (rc)
		return rc;
	*ra_vec_push(h->arena, &h->heap) = node;
	for (; i && newer(h->heap.v[i], h->heap.v[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&h->heap.v[i], &h->heap.v[(i - 1) / 2]);
	node->queued++;
	h->live += !(node->flags & STALE);
	return 0;
}

static struct node *pop(struct history *h)
{
	struct node **v = h->heap.v, *top = v[0];
	size_t n = --h->heap.n, i = 0, child;

	v[0] = v[n];
	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && newer(v[child + 1], v[child]))
			child++;
		if (!newer(v[child], v[i]))
			break;
		swap(&v[i], &v[child]);
		i = child;
	}
	top->queued--;
	h->live -= !(top->flags & STALE);
	return top;
}

/* -- painting ------------------------------------------------------------------------------ */

static void colour(struct history *h, struct node *node, unsigned flags)
{
	if ((flags & STALE) && !(node->flags & STALE))
		h->live -= node->queued;
	node->flags |= flags;
}

static int visit(struct history *h, struct node *node)
{
	unsigned flags = node->flags & (ONE | TWO | STALE);
	int rc = 0;

	if (flags == (ONE | TWO)) {
		if (!(node->flags & BASE))
			*ra_vec_push(h->arena, &h->found) = node;
		node->flags |= BASE;
		flags |= STALE;
	}
	for (unsigned i = 0; !rc && i < node->n_parents; i++) {
		struct node *parent = node->parents[i];

		if ((parent->flags & flags) == flags)
			continue;
		colour(h, parent, flags);
		rc = push(h, parent);
	}
	return rc;
}

/* Fill `found` with the common ancestors that no other one hides. */
static int paint(struct history *h, const git_oid *one, const git_oid *two)
{
	struct node *a = node_of(h, one), *b = node_of(h, two);
	size_t kept = 0;
	int rc;

	for (size_t i = 0; i < h->nodes.n; i++)
		h->nodes.v[i]->flags = h->nodes.v[i]->queued = 0;
	h->heap.n = h->found.n = h->live = 0;
	a->flags |= ONE;
	b->flags |= TWO;
	rc = push(h, a);
	if (!rc && a != b)
		rc = push(h, b);
	while (!rc && h->live)
		rc = visit(h, pop(h));
	for (size_t i = 0; i < h->found.n; i++)
		if (!(h->found.v[i]->flags & STALE))
			h->found.v[kept++] = h->found.v[i];
	h->found.n = kept;
	return rc;
}

/* With clocks that lie, one base may still be an ancestor of another: leave it out. */
static int keep_best(struct history *h)
{
	size_t n = h->found.n < MAX_BASES ? h->found.n : MAX_BASES;
	git_oid ids[MAX_BASES];
	bool hidden[MAX_BASES] = { false };
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		ids[i] = h->found.v[i]->id;
	for (size_t i = 0; !rc && i < n; i++) {
		for (size_t j = 0; !rc && j < n; j++) {
			if (i == j || hidden[i] || hidden[j])
				continue;
			rc = paint(h, &ids[i], &ids[j]);
			hidden[i] |= !rc && h->found.n == 1 &&
				     git_oid_equal(&h->found.v[0]->id, &ids[i]);
		}
	}
	for (size_t i = 0; !rc && i < n; i++)
		if (!hidden[i])
			*ra_vec_push(h->arena, &h->bases->list) = ids[i];
	return rc;
}

/* -- the edge of a shallow clone ----------------------------------------------------------- */

static int read_edge(struct history *h)
{
	const char *path = ra_printf(h->arena, "%sshallow", ra_git_common_dir(h->git)).ptr;
	struct ra_str text, line;
	git_oid id;
	int rc = ra_file_read(h->arena, path, MAX_EDGE_BYTES, &text, h->err);

	while (!rc && ra_str_cut(&text, '\n', &line))
		if (line.len == GIT_OID_HEXSZ && git_oid_fromstrn(&id, line.ptr, line.len) == 0)
			ra_map_put(&h->edge, key_of(&node_of(h, &id)->id), 1);
	return rc;
}

static int find_bases(void *arg)
{
	struct history *h = arg;
	int rc = h->git->shallow ? read_edge(h) : 0;

	if (!rc)
		rc = paint(h, h->ends[0], h->ends[1]);
	return rc ? rc : keep_best(h);
}

int ra_git_merge_bases(struct ra_git *git, struct ra_arena *scratch, const git_oid *one,
		       const git_oid *two, struct ra_git_ids *bases, struct ra_error *err)
{
	struct history h = {
		.git = git, .arena = scratch, .err = err, .ends = { one, two }, .bases = bases
	};
	int rc;

	ra_map_init(&h.index, scratch);
	ra_map_init(&h.edge, scratch);
	rc = ra_arena_try(scratch, find_bases, &h, err);
	git_commit_free(h.commit);
	return rc;
}
