/*
 * read-modify-write: a new value is computed from an old one that is no longer the value.
 *
 *     read S < write S     the value written comes from what was read; no common region; a switch
 *                          between (cooperative), or in one statement where threads overlap
 *     read S < switch < reset S    what others added in between is thrown away: counters that are
 *                          sent and then cleared; between threads the two steps suffice
 *
 * `of` says which: `update` or `reset`. An update without a switch in it is atomic on an event loop.
 */
#include "core/races/window.h"

/* A copy that was changed since: its methods were called, parts of it set. */
static bool is_changed_copy(const struct ra_facts *facts, const struct ra_window *w,
			    struct ra_str name)
{
	const struct ra_unit_facts *unit = &facts->units[w->opens->unit];

	for (uint32_t i = w->opens->position + 1;
	     ra_api_with(w->opens->row, RA_EFFECT_COPY) && i < w->closes->position; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact->kind == RA_FACT_CALL && fact->how == RA_USE_DROPPED &&
		    ra_str_eq(fact->base, name))
			return true;
	}
	return false;
}

/* `old = self.x; ...; self.x = old` puts back what was there: for people. */
static bool puts_back(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_node *statement = w->closes->statement, *value;

	if (!statement || statement->kind != RA_N_ASSIGN || (statement->flags & RA_F_AUGMENT))
		return false;
	value = ra_node_last(statement);
	return value->kind == RA_N_NAME && !is_changed_copy(facts, w, value->text);
}

/* The local that the statement of the read binds; "" when it binds none. */
static struct ra_str bound_by(const struct ra_fact *read)
{
	const struct ra_node *statement = read->node ? ra_node_statement(read->node) : NULL, *target;

	if (!statement || statement->kind != RA_N_ASSIGN || (statement->flags & RA_F_AUGMENT))
		return RA_STR("");
	target = statement->kids;
	if (target->kind == RA_N_ANNOTATION)
		target = target->next;
	return target && target->kind == RA_N_NAME && target->next ? target->text : RA_STR("");
}

static bool is_awaited(const struct ra_node *node, const struct ra_node *root)
{
	for (; node && node != root; node = node->up)
		if (node->kind == RA_N_AWAIT)
			return true;
	return false;
}

/* Is what was read part of the value itself, beside what is awaited: `old + await more()`? */
static bool is_part(const struct ra_window *w)
{
	const struct ra_node *root = w->closes->statement, *at = NULL;
	struct ra_str local = bound_by(w->opens);

	if (!root || (root->kind != RA_N_ASSIGN && root->kind != RA_N_EXPRESSION))
		return false;
	while ((at = ra_node_walk(root, at, false)) != NULL) {
		bool old = at == w->opens->node ||
			   (local.len && at->kind == RA_N_NAME && ra_str_eq(at->text, local));

		if (old && at != root->kids && !is_awaited(at, root))
			return true;
	}
	return root->kind == RA_N_ASSIGN && (root->flags & RA_F_AUGMENT) &&
	       w->opens->node == root->kids;
}

/* `new = await look_up(self.x); self.x = new`: the old value only asked for the new one. */
static bool through_answer(const struct ra_facts *facts, const struct ra_window *w)
{
	if (is_part(w))
		return false;
	for (uint32_t i = 0; i < w->closes->n_depends; i++) {
		const struct ra_fact *from = ra_fact(facts, w->closes->depends[i]);

		if (from->kind == RA_FACT_CALL && from->how == RA_USE_AWAITED &&
		    from->position > w->opens->position)
			return w->why.strength <= RA_TOGETHER_PUBLIC;
	}
	return false;
}

/* One statement without the lock that others hold: missing-guard says so, and names the lock. What
 * is made to be shared by threads needs none for each step. */
static bool is_bare_update(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_state *state = &facts->states.v[w->opens->state];

	if ((state->runtimes & RA_RT_THREADS) ||
	    (state->scope == RA_SCOPE_INSTANCE && ra_unit_is_documented(facts, w->opens->unit) &&
	     facts->owners[state->owner].lock == RA_NONE) ||
	    (w->why.strength == RA_TOGETHER_HANDLER && w->why.preemptive))
		return false; /* there may be no lock at all */
	return !w->sw && !w->closes->n_regions && !facts->units[w->opens->unit].in_thread &&
	       !facts->units[w->conflict->unit].in_thread;
}

static void report(struct ra_detection *d, const struct ra_window *w, bool reset)
{
	const struct ra_state *state = &d->facts->states.v[w->opens->state];
	struct ra_candidate *c = ra_candidate_at(d, w->closes, state->name);

	if (!c)
		return;
	ra_window_vars(d, c, w);
	if (w->opens->line != w->closes->line)
		ra_candidate_var(d, c, "apart", "yes");
	c->question |= !ra_window_judge(c, w) || puts_back(d->facts, w) ||
		       through_answer(d->facts, w) || is_bare_update(d->facts, w);
	ra_trace_race(d, c, w->opens, w->sw, w->conflict, w->closes, &w->why, "%s",
		      reset ? "what Task B added since the read is thrown away unseen"
			    : "the value is computed from the old one: Task B's change is lost");
}

static bool updates(const struct ra_fact *read, const struct ra_fact *write)
{
	return (write->kind == RA_FACT_WRITE || write->kind == RA_FACT_UPDATE ||
		write->kind == RA_FACT_INSERT) &&
	       ra_str_eq(read->key, write->key) && ra_fact_depends(write, read) &&
	       !(write->flags & RA_FACT_ATOMIC);
}

/* Is the value itself taken, not only how much there is of it, or a number that is computed from it? */
static bool is_taken(const struct ra_facts *facts, const struct ra_fact *read)
{
	const struct ra_node *call = read->node ? read->node->up : NULL;
	uint32_t of;

	if (call && call->kind == RA_N_BINARY)
		return false;
	if (!call || call->kind != RA_N_CALL || call->kids == read->node)
		return true;
	of = ra_fact_of_node(facts, call);
	return of == RA_NONE || !ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_PURE);
}

/* Is what was read handed to something between the two: sent, stored, returned later? */
static bool resets(const struct ra_facts *facts, const struct ra_fact *read,
		   const struct ra_fact *write)
{
	unsigned kind = facts->states.v[read->state].kind;
	bool holds_many = ra_kind_is_container(kind) || kind == RA_KIND_SCALAR;

	return holds_many && !read->key.len && !write->key.len && is_taken(facts, read) &&
	       read->kind == RA_FACT_READ && write->n_depends == 0 &&
	       ((write->kind == RA_FACT_WRITE && (write->flags & RA_FACT_NULL)) ||
		(write->kind == RA_FACT_WRITE && write->row)); /* clear() */
}

/* Between the two the unit waits for the thread, or the task, that adds. */
static bool joins_between(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_unit_facts *unit = &facts->units[w->opens->unit];

	for (uint32_t i = w->opens->position + 1; i < w->closes->position && ra_facts_step(facts); i++)
		if (ra_fact(facts, unit->stream[i])->kind == RA_FACT_JOIN)
			return true;
	return false;
}

/* A count of an object that owns a lock, and does not take it for this: whether several threads
 * come here, or whether the count has to be right, is worth asking. */
static bool is_asked(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_state *state = &facts->states.v[w->opens->state];

	return state->scope == RA_SCOPE_INSTANCE && state->kind == RA_KIND_SCALAR &&
	       facts->owners[state->owner].owns_thread_lock &&
	       w->closes->kind == RA_FACT_UPDATE && w->opens->node == w->closes->statement->kids;
}

/* What is read behind the switch is of the object that was there before it: `old.concat(x)`. It has
 * what others put into that object, and nothing of one that they put in its place. */
static uint32_t harmful(const struct ra_facts *facts, const struct ra_fact *read,
			const struct ra_fact *write)
{
	for (uint32_t i = 0; i < write->n_depends; i++) {
		const struct ra_fact *from = ra_fact(facts, write->depends[i]);

		if (from->state == write->state && from->row &&
		    ra_fact_switch(facts, &facts->units[read->unit], read->position, from->position))
			return RA_KINDS(RA_FACT_WRITE) | RA_KINDS(RA_FACT_UPDATE);
	}
	return RA_KINDS_CHANGES;
}

static bool try_pair(struct ra_detection *d, const struct ra_fact *read, const struct ra_fact *write)
{
	const uint32_t adds = RA_KINDS(RA_FACT_INSERT) | RA_KINDS(RA_FACT_UPDATE);
	struct ra_window w;

	if (!ra_fact_changes(write->kind))
		return false;
	if (ra_card_has(d->card, "of", "update") && updates(read, write) &&
	    ra_window_find(d->facts, read, write, harmful(d->facts, read, write), &w) &&
	    w.conflict && (!is_bare_update(d->facts, &w) || is_asked(d->facts, &w))) {
		report(d, &w, false);
		return true;
	}
	if (ra_card_has(d->card, "of", "reset") && resets(d->facts, read, write) &&
	    ra_window_find(d->facts, read, write, adds, &w) && w.conflict &&
	    w.conflict->unit != read->unit && (w.sw || !joins_between(d->facts, &w))) {
		report(d, &w, true);
		return true;
	}
	return false;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		for (uint32_t i = 0; i < unit->n_stream; i++) {
			const struct ra_fact *read = ra_fact(facts, unit->stream[i]), *write;

			if (!ra_fact_is_access(read->kind) || ra_fact_changes(read->kind))
				continue;
			for (write = read; (write = ra_fact_next(facts, write));)
				if (try_pair(d, read, write))
					break;
		}
	}
}

const struct ra_detector ra_detect_read_modify_write = {
	.name = "read-modify-write",
	.help = "a new value is computed from an old one that is no longer the value",
	.params = "of",
	.vars = "access apart key check act switch conflict why",
	.run = run,
};
