/*
 * Two trees side by side, without recursion: the old one may be missing (a sweep), and what is
 * equal on both sides is not entered. git_tree_walk recurses and dies of depth; git_diff follows
 * a bomb of directories to the end, and fails as a whole at one malformed tree.
 *
 * Names are bytes that somebody else chose. They make up `path`, which is only ever shown.
 * A further ceiling is a test in `over_limit`; a further thing to remark on is one in `remark`.
 */
#include "core/git/internal.h"

#include <stdlib.h>

enum {
	MAX_DEPTH = 4096,
	MAX_ENTRIES = 5000000,
	MAX_PATH_BYTES = 256 << 20,
	MAX_TREE_BYTES = 256 << 20,
	/* Entries below trees that were listed before: a bomb is made of these. */
	MAX_REPEATED = 250000
};

/* The entries of one tree, in git's order whatever the tree says. */
struct cursor {
	git_tree *tree;
	const git_tree_entry **sorted; /* NULL: the tree is in order */
	size_t at, n;
};

struct frame {
	struct cursor old, new;
	size_t prefix;  /* bytes of the path that name this directory, with its '/' */
	bool unsafe;    /* some name on the way here is no file name */
};

struct ra_git_walk {
	RA_VEC(struct frame) frames;
	struct ra_buf path;
	struct ra_map seen;  /* ids of trees that were listed */
	bool stopped;
};

static const git_tree_entry *entry_at(const struct cursor *c, size_t i)
{
	if (!c->tree || i >= c->n)
		return NULL;
	return c->sorted ? c->sorted[i] : git_tree_entry_byindex(c->tree, i);
}

/* -- names --------------------------------------------------------------------------------- */

static bool is_unsafe(struct ra_str name)
{
	return ra_str_is(name, ".") || ra_str_is(name, "..") ||
	       (name.len == 4 && ra_str_ifind(name, RA_STR(".git")) == 0) ||
	       memchr(name.ptr, '/', name.len);
}

static bool same_name(const git_tree_entry *a, const git_tree_entry *b)
{
	return a && b && strcmp(git_tree_entry_name(a), git_tree_entry_name(b)) == 0;
}

/* What to say of an entry that is read all the same. */
static const char *remark(const struct frame *frame, const git_tree_entry *entry)
{
	const struct cursor *c = &frame->new;

	if (frame->unsafe || is_unsafe(ra_str(git_tree_entry_name(entry))))
		return "unsafe name";
	if (c->at && (same_name(entry, entry_at(c, c->at)) ||
		      (c->at > 1 && same_name(entry, entry_at(c, c->at - 2)))))
		return "duplicate name";
	return NULL;
}

/* -- opening ------------------------------------------------------------------------------- */

static int by_git_order(const void *a, const void *b)
{
	const git_tree_entry *x = *(const git_tree_entry *const *)a;
	const git_tree_entry *y = *(const git_tree_entry *const *)b;
	int order = git_tree_entry_cmp(x, y);

	return order ? order : x < y ? -1 : x > y; /* entries lie in the order of the object */
}

static void sort_entries(struct ra_git_call *call, struct cursor *c)
{
	size_t i = 1;

	while (i < c->n && git_tree_entry_cmp(entry_at(c, i - 1), entry_at(c, i)) <= 0)
		i++;
	if (i >= c->n)
		return;
	ra_git_note(call, ra_printf(call->arena, "tree '%s' is not sorted; it was read as if it "
				    "were", ra_git_hex(git_tree_id(c->tree)).hex));
	c->sorted = ra_new_array(call->arena, const git_tree_entry *, c->n);
	for (i = 0; i < c->n; i++)
		c->sorted[i] = git_tree_entry_byindex(c->tree, i);
	qsort(c->sorted, c->n, sizeof(*c->sorted), by_git_order);
}

/* Take a tree that the cursor shall own. */
static void start(struct ra_git_call *call, struct cursor *c, git_tree *tree)
{
	c->tree = tree;
	c->n = git_tree_entrycount(tree);
	sort_entries(call, c);
}

/* Open the tree that `entry` names; the reason when that cannot be. */
static const char *open_tree(struct ra_git_call *call, const git_tree_entry *entry,
			     struct cursor *c)
{
	const git_oid *id = git_tree_entry_id(entry);
	git_object_t type;
	git_tree *tree;
	size_t size;
	int rc = ra_git_header(call, id, &size, &type);

	if (rc < 0)
		return ra_git_reason(call->git, rc);
	if (type != GIT_OBJECT_TREE || size > MAX_TREE_BYTES ||
	    git_tree_lookup(&tree, call->git->repo, id) < 0) {
		git_error_clear();
		return "malformed tree";
	}
	start(call, c, tree);
	return NULL;
}

static void close_frame(struct frame *frame)
{
	git_tree_free(frame->old.tree);
	git_tree_free(frame->new.tree);
}

/* -- ceilings ------------------------------------------------------------------------------ */

static bool is_bomb(struct ra_git_call *call, const struct cursor *c)
{
	const git_oid *id = git_tree_id(c->tree);
	struct ra_str key = ra_str_n((const char *)id->id, sizeof(id->id));

	if (ra_map_get(&call->walk->seen, key))
		call->repeated += c->n;
	else
		ra_map_put(&call->walk->seen, ra_str_copy(call->arena, key), 1);
	return call->repeated > MAX_REPEATED;
}

static bool over_limit(struct ra_git_call *call, struct ra_str path)
{
	size_t max = call->select->max_entries ? call->select->max_entries : MAX_ENTRIES;

	call->path_bytes += path.len;
	return ++call->entries > max || call->path_bytes > MAX_PATH_BYTES;
}

static void stop(struct ra_git_call *call, struct ra_str path, const char *reason)
{
	ra_git_record(call, path, reason);
	call->out->truncated = true;
	call->walk->stopped = true;
}

/* -- walking ------------------------------------------------------------------------------- */

static void enter(struct ra_git_call *call, const git_tree_entry *old, const git_tree_entry *new,
		  bool unsafe)
{
	struct ra_git_walk *walk = call->walk;
	struct ra_str path = ra_buf_str(&walk->path);
	const char *reason = NULL;
	struct frame *frame;

	if (!ra_git_pathspec_enters(call->pathspec, path))
		return;
	if (walk->frames.n >= MAX_DEPTH) {
		ra_git_record(call, path, "too deep");
		call->out->truncated = true;
		return;
	}
	frame = ra_vec_push(call->arena, &walk->frames);
	*frame = (struct frame){ .prefix = path.len + 1, .unsafe = unsafe };
	if (new)
		reason = open_tree(call, new, &frame->new);
	if (reason)
		ra_git_record(call, path, reason);
	else if (new && is_bomb(call, &frame->new))
		stop(call, path, "repeats trees already listed");
	else if (old && open_tree(call, old, &frame->old))
		ra_git_note(call, ra_printf(call->arena, "'%.*s' cannot be read in the base: all "
					    "in it counts as added", RA_FMT(path)));
	ra_buf_addc(&walk->path, '/');
}

static bool is_tree(const git_tree_entry *entry)
{
	return entry && S_ISDIR(git_tree_entry_filemode_raw(entry));
}

static struct ra_git_entry entry_of(const git_tree_entry *entry)
{
	return (struct ra_git_entry){
		.id = *git_tree_entry_id(entry),
		.mode = (uint32_t)git_tree_entry_filemode_raw(entry)
	};
}

static void visit(struct ra_git_call *call, const struct frame *frame, const git_tree_entry *old,
		  const git_tree_entry *new)
{
	const git_tree_entry *either = new ? new : old;
	struct ra_buf *path = &call->walk->path;
	const char *note = new ? remark(frame, new) : NULL;
	struct ra_git_entry before, after;

	if (old && new && git_oid_equal(git_tree_entry_id(old), git_tree_entry_id(new)) &&
	    git_tree_entry_filemode_raw(old) == git_tree_entry_filemode_raw(new))
		return;
	path->len = frame->prefix;
	ra_buf_adds(path, git_tree_entry_name(either));
	if (over_limit(call, ra_buf_str(path))) {
		stop(call, ra_buf_str(path), "over the limit of entries");
		return;
	}
	if (is_tree(either)) {
		enter(call, old, new, note && strcmp(note, "unsafe name") == 0);
		return;
	}
	if (old)
		before = entry_of(old);
	if (new)
		after = entry_of(new);
	call->emit(call, ra_buf_str(path), old ? &before : NULL, new ? &after : NULL, note);
}

/* Step to the next name on either side; false at the end of the frame. */
static bool advance(struct ra_git_call *call, struct frame *frame)
{
	const git_tree_entry *old = entry_at(&frame->old, frame->old.at);
	const git_tree_entry *new = entry_at(&frame->new, frame->new.at);
	struct frame now;
	int order;

	if (!old && !new)
		return false;
	order = !old ? 1 : !new ? -1 : git_tree_entry_cmp(old, new);
	frame->old.at += order <= 0;
	frame->new.at += order >= 0;
	now = *frame; /* entering a directory moves the frames */
	visit(call, &now, order <= 0 ? old : NULL, order >= 0 ? new : NULL);
	return true;
}

void ra_git_walk_trees(struct ra_git_call *call)
{
	struct ra_git_walk *walk = call->walk = ra_new(call->arena, struct ra_git_walk);
	struct frame *top;

	ra_buf_init(&walk->path, call->arena);
	ra_map_init(&walk->seen, call->arena);
	top = ra_vec_push(call->arena, &walk->frames);
	if (call->old && git_tree_dup(&top->old.tree, call->old) == 0)
		start(call, &top->old, top->old.tree);
	if (call->new && git_tree_dup(&top->new.tree, call->new) == 0)
		start(call, &top->new, top->new.tree);
	while (walk->frames.n && !walk->stopped) {
		top = &walk->frames.v[walk->frames.n - 1];
		if (!advance(call, top)) {
			close_frame(top);
			walk->frames.n--;
		}
	}
}

void ra_git_walk_release(struct ra_git_walk *walk)
{
	while (walk && walk->frames.n)
		close_frame(&walk->frames.v[--walk->frames.n]);
}
