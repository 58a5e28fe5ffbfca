/*
 * pipe-fill: a child whose output goes to a pipe that nobody empties while it is waited for.
 *
 *     p = spawn(stdout=PIPE); p.wait()      no read of p.stdout
 *     p = spawn(stdout=PIPE, stderr=PIPE); p.stdout.read()      no read of p.stderr
 *     p.stdout.read(); p.stderr.read()      one after the other: the child fills the second
 *     run-and-wait(stdout=PIPE)             keeps no handle, so nobody can read
 *     for line in p.stdout, use(p.stdout)   the same: while one stream is read, nobody reads the other
 *
 * The child stops when the pipe is full (64 KiB on Linux), the parent waits for its end. Sure while
 * the handle stays in one unit or in one attribute of this file, or in containers of a file that
 * never names the stream; silent once it is passed on or its stream is touched by anybody, once the
 * child is killed other than on an error, and where the wait is bounded. A question in tests.
 */
#include "core/races/tree.h"

enum { CHILDREN_MAX = 100 };   /* of one file: each is looked for in all of it */

struct child {
	const struct ra_fact *make;
	const char *stream;            /* "stdout" */
	struct ra_str holder;          /* the local, or the attribute that holds it */
	bool attribute;
	bool named;                    /* the file names the stream, or reads both at once */
};

/* A file of the library itself names what it gives to others by where it lies: `._core.open_it` of a
 * file below `lib/` is `lib.open_it`. */
static bool opens_by_default(const struct ra_detection *d, const struct ra_fact *make)
{
	struct ra_str list = ra_card_param(d->card, "by_default"), known, path, library, rest;
	struct ra_str full = make->row && (make->row->flags & RA_API_TREE) ? make->row->name
									   : make->name;
	struct ra_str last = full;

	if (ra_card_has(d->card, "by_default", ra_cstr(d->arena, full)))
		return true;
	while (last.len && memchr(last.ptr, '.', last.len))
		ra_str_cut(&last, '.', &known);
	while (full.len && full.ptr[0] == '.' && ra_str_cut(&list, ' ', &known)) {
		rest = known;
		ra_str_cut(&rest, '.', &library);
		path = d->facts->source->path;
		while (ra_str_eq(rest, last) && ra_str_cut(&path, '/', &known))
			if (path.len && ra_str_eq(known, library))
				return true;
	}
	return false;
}

/* Asked for, or what the call does when it is not told otherwise. */
static bool is_pipe(const struct ra_detection *d, const struct child *child)
{
	const struct ra_node *value = ra_tree_keyword(child->make->node, ra_str(child->stream));

	if (!value)
		return opens_by_default(d, child->make);
	return ra_card_has(d->card, "pipes", ra_cstr(d->arena, ra_tree_last_word(value)));
}

/* Is `at` the handle: the local itself, or the attribute of any object? */
static bool is_handle(const struct child *child, const struct ra_node *at)
{
	return at->kind == (child->attribute ? RA_N_MEMBER : RA_N_NAME) &&
	       ra_str_eq(at->text, child->holder);
}

/* One mention of the handle, by what is done with it. */
enum mention { NOTHING, WAITS, MAY_READ };

/* Is the other stream, `at`, read to its end, or given to somebody who reads it? */
static bool reads_other(const struct ra_detection *d, const struct ra_node *at)
{
	const struct ra_node *up = at->up;

	if (up->kind == RA_N_MEMBER)
		return ra_card_has(d->card, "reads", ra_cstr(d->arena, up->text)) ||
		       (up->up->kind == RA_N_CALL && up->up->kids != up); /* iter(s.readline, b"") */
	return (up->kind == RA_N_CALL && up->kids != at) || (up->kind == RA_N_FOR && at->next &&
							     up->kids != at);
}

/* Put into a container, or taken out of one, where the file shows who reads from it: nobody. */
static bool is_kept(const struct ra_facts *facts, const struct child *child,
		    const struct ra_node *at)
{
	const struct ra_node *call = at->up->kind == RA_N_TUPLE ? at->up->up : at->up, *target;
	const struct ra_api_row *row;

	if (child->named)
		return false;
	if (call->kind == RA_N_ASSIGN) { /* `p, since = idle.pop()` */
		target = at->up->kind == RA_N_TUPLE ? at->up : at;
		return target->next || (call->flags & RA_F_BARE);
	}
	if (call->kind != RA_N_CALL || call->kids->kind != RA_N_MEMBER || call->kids == at)
		return false;
	row = ra_api_method(facts->api, RA_KIND_SET, call->kids->text);
	if (!row)
		row = ra_api_method(facts->api, RA_KIND_DEQUE, call->kids->text);
	return ra_api_with(row, RA_EFFECT_INSERT) || ra_api_with(row, RA_EFFECT_DELETE);
}

static enum mention mention(const struct ra_detection *d, const struct child *child,
			    const struct ra_node *at)
{
	const struct ra_node *up = at->up;
	const char *member;

	if (up->kind == RA_N_ASSIGN && at->next && !(up->flags & RA_F_AUGMENT))
		return NOTHING;
	if (up->kind == RA_N_COMPARE || up->kind == RA_N_UNARY || up->kind == RA_N_IF ||
	    is_kept(d->facts, child, at))
		return NOTHING;
	if (up->kind != RA_N_MEMBER)
		return MAY_READ; /* passed on, returned, stored */
	member = ra_cstr(d->arena, up->text);
	if (ra_str_is(up->text, child->stream))
		return MAY_READ;
	if (ra_card_has(d->card, "harmless", member) ||
	    (ra_card_has(d->card, "ends", member) &&
	     ra_block_enclosing(d->facts->shape, at->block, RA_B_HANDLER)))
		return NOTHING;
	if (ra_card_has(d->card, "streams", member))
		return reads_other(d, up) ? WAITS : NOTHING;
	return ra_card_has(d->card, "waits", member) && up->up->kind == RA_N_CALL &&
	       !up->up->kids->next ? WAITS : MAY_READ;
}

/* What the file waits for while nobody can read the stream: the child's end, the end of another
 * stream. NULL when it does not, or when somebody may read. */
static const struct ra_node *only_waited(const struct ra_detection *d, const struct child *child)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *root = child->attribute ? shape->root :
				     shape->units.v[child->make->unit].node;
	const struct ra_node *at = NULL, *wait = NULL;

	while ((at = ra_node_walk(root, at, true)) != NULL) {
		enum mention what = is_handle(child, at) ? mention(d, child, at) : NOTHING;

		if (what == MAY_READ)
			return NULL;
		if (what == WAITS)
			wait = at;
	}
	return wait;
}

static void report(struct ra_detection *d, const struct child *child, const struct ra_node *wait)
{
	struct ra_candidate *c = ra_candidate_at(d, child->make, ra_str(child->stream));
	uint32_t line = wait ? ra_node_line(d->facts->shape, wait) : child->make->line;

	if (!c)
		return;
	c->question |= d->facts->units[child->make->unit].test;
	ra_candidate_var(d, c, "stream", "%s", child->stream);
	ra_candidate_var(d, c, "spawn", "%.*s", RA_FMT(child->make->name));
	ra_candidate_event(d, c, "spawn", child->make, "%s is a pipe that nobody reads",
			   child->stream);
	ra_candidate_step(d, c, "Task A", child->make->line, false,
			  "starts the child, its %s into a pipe", child->stream);
	ra_candidate_step(d, c, "Child", 0, true, "writes until the pipe is full, then waits");
	ra_candidate_step(d, c, "Task A", line, true, "waits for the child");
}

/* Two streams of one child read to the end one after the other. */
static const struct ra_node *read_whole(const struct ra_detection *d, const struct child *child,
					const struct ra_node *from, const char *stream)
{
	const struct ra_node *unit = d->facts->shape->units.v[child->make->unit].node, *at = NULL;

	while ((at = ra_node_walk(unit, at, false)) != NULL) {
		const struct ra_node *up = at->up;

		if (at->kind == RA_N_MEMBER && ra_str_is(at->text, stream) &&
		    is_handle(child, at->kids) && up->kind == RA_N_MEMBER &&
		    ra_card_has(d->card, "reads", ra_cstr(d->arena, up->text)) &&
		    up->up->kind == RA_N_CALL && !up->up->kids->next &&
		    (!from || at->first > from->last))
			return up->up;
	}
	return NULL;
}

static bool read_in_turn(struct ra_detection *d, struct child *child)
{
	const struct ra_node *first, *second;

	child->stream = "stdout";
	if (!is_pipe(d, child))
		return false;
	child->stream = "stderr";
	if (!is_pipe(d, child))
		return false;
	first = read_whole(d, child, NULL, "stdout");
	second = first ? read_whole(d, child, first, "stderr") : NULL;
	if (!second) {
		first = read_whole(d, child, NULL, "stderr");
		child->stream = "stdout";
		second = first ? read_whole(d, child, first, "stdout") : NULL;
	}
	if (!second)
		return false;
	report(d, child, first);
	return true;
}

/* `p = spawn()`, `self.p = await spawn()`: what takes the handle, and nothing else. */
static bool find_holder(struct child *child)
{
	const struct ra_node *value = child->make->node, *target;

	if (value->up->kind == RA_N_AWAIT)
		value = value->up;
	if (value->up->kind != RA_N_ASSIGN || value->next)
		return false;
	target = value->up->kids;
	if (target->next != value || (target->kind != RA_N_NAME && target->kind != RA_N_MEMBER))
		return false;
	child->holder = target->text;
	child->attribute = target->kind == RA_N_MEMBER;
	return true;
}

/* Does the file name the stream, on whatever object, or something that reads both? */
static bool names_stream(const struct ra_detection *d, const char *stream)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		if (at->kind == RA_N_MEMBER &&
		    (ra_str_is(at->text, stream) ||
		     ra_card_has(d->card, "both", ra_cstr(d->arena, at->text))))
			return true;
	return false;
}

static void look(struct ra_detection *d, struct child *child)
{
	static const char *const streams[] = { "stdout", "stderr" };
	bool keeps_nothing = ra_card_has(d->card, "keeps_nothing",
					 ra_cstr(d->arena, child->make->name));
	const struct ra_node *wait;

	if (!keeps_nothing && (!find_holder(child) || read_in_turn(d, child)))
		return;
	for (size_t i = 0; i < 2; i++) {
		child->stream = streams[i];
		if (!is_pipe(d, child))
			continue;
		child->named = names_stream(d, child->stream);
		wait = keeps_nothing ? NULL : only_waited(d, child);
		if (keeps_nothing || wait)
			report(d, child, wait);
	}
}

static bool has_pipe(struct ra_detection *d, struct child *child)
{
	child->stream = "stdout";
	if (is_pipe(d, child))
		return true;
	child->stream = "stderr";
	return is_pipe(d, child);
}

static void run(struct ra_detection *d)
{
	uint32_t looked_at = 0;

	for (size_t i = 0; i < d->facts->facts.n && looked_at < CHILDREN_MAX; i++) {
		struct child child = { .make = ra_fact(d->facts, (uint32_t)i) };

		if (child.make->kind != RA_FACT_CALL || child.make->node->kind != RA_N_CALL ||
		    (child.make->flags & RA_FACT_INLINED) || !has_pipe(d, &child))
			continue;
		looked_at++;
		look(d, &child);
	}
}

const struct ra_detector ra_detect_pipe_fill = {
	.name = "pipe-fill",
	.help = "a child process whose output pipe nobody empties while it is waited for",
	.params = "pipes by_default streams waits reads both harmless ends keeps_nothing",
	.vars = "stream spawn",
	.run = run,
};
