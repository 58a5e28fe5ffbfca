/*
 * waitgroup: the count of what is waited for is changed where it is too late, or waited for too soon.
 *
 *     inside   `go func() { wg.Add(1) .. wg.Done() }`: Wait may return before it starts. It counts
 *              itself: the first thing it does, or with a Done and nothing started in between
 *     loop     start one and wait, all in the body of one loop, the group from outside of it: one
 *              after the other, if nothing is done meanwhile; with the sum added before the loop, for
 *              ever
 *     late     spawn u { .. add }, u not counted itself; wait, and nobody has waited for u: the add
 *              may come when the wait is over, or begins
 *     missing  spawn u { if .. { return }  done }: a path of u leaves without it, and the wait hangs
 *
 * The card names the calls (`adds`, `waits`, `dones`: rows of the API tables).
 */
#include "core/races/joins.h"
#include "core/races/obligation.h"

static bool is_row(const struct ra_detection *d, const struct ra_fact *fact, const char *key)
{
	return fact->row && !(fact->flags & RA_FACT_INLINED) &&
	       ra_card_has(d->card, key, ra_cstr(d->arena, fact->row->name));
}

static bool same_group(const struct ra_fact *a, const struct ra_fact *b)
{
	return a->state != RA_NONE ? a->state == b->state : ra_str_eq(a->base, b->base);
}

/* -- inside ---------------------------------------------------------------------------------- */

/* The spawn of the function literal that the fact stands in, or NULL. */
static const struct ra_fact *spawn_around(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_unit *unit = &facts->shape->units.v[fact->unit];
	const struct ra_unit_facts *around = &facts->units[unit->up];

	if (unit->node->kind != RA_N_LAMBDA)
		return NULL;
	for (uint32_t i = 0; i < around->n; i++) {
		const struct ra_fact *spawn = ra_fact(facts, around->first + i);

		if (spawn->kind == RA_FACT_SPAWN && spawn->callee == fact->unit)
			return spawn;
	}
	return NULL;
}

static bool is_outer(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_state *state;

	if (fact->state == RA_NONE)
		return false;
	state = &facts->states.v[fact->state];
	return state->scope != RA_SCOPE_CLOSURE || state->owner != fact->unit;
}

static bool counts_itself(const struct ra_detection *d, const struct ra_fact *add)
{
	const struct ra_unit_facts *u = &d->facts->units[add->unit];
	const struct ra_node *body = ra_node_find(d->facts->shape->units.v[add->unit].node,
						  RA_N_BLOCK);
	bool done = false;

	if (body && body->kids == add->statement)
		return true;
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, u->first + i);

		if (fact->index > add->index && fact->kind == RA_FACT_SPAWN)
			return false;
		done |= is_row(d, fact, "dones") && same_group(fact, add);
	}
	return done;
}

/* -- loop ------------------------------------------------------------------------------------ */

static bool is_in(const struct ra_facts *facts, const struct ra_fact *fact, uint32_t loop)
{
	for (uint32_t at = facts->shape->blocks.v[fact->block].loop; at;
	     at = facts->shape->blocks.v[facts->shape->blocks.v[at].up].loop)
		if (at == loop)
			return true;
	return false;
}

/* The one spawn that stands in the very loop before the wait, or NULL. `busy`: the loop does
 * something of its own while the task runs. */
static const struct ra_fact *spawn_in(const struct ra_facts *facts, const struct ra_fact *wait,
				      uint32_t loop, bool *busy)
{
	const struct ra_unit_facts *u = &facts->units[wait->unit];
	const struct ra_fact *spawn = NULL;

	*busy = false;
	for (uint32_t i = u->first; i < wait->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if (spawn && fact->kind == RA_FACT_CALL)
			*busy = true;
		if (fact->kind != RA_FACT_SPAWN || facts->shape->blocks.v[fact->block].loop != loop)
			continue;
		if (spawn)
			return NULL;
		spawn = fact;
	}
	return spawn;
}

/* Is the group a new one in each round? */
static bool is_new_in(const struct ra_facts *facts, const struct ra_fact *wait, uint32_t loop)
{
	const struct ra_node *body = facts->shape->blocks.v[loop].node;
	const struct ra_state *state = wait->state == RA_NONE ? NULL
							      : &facts->states.v[wait->state];

	return state && state->scope == RA_SCOPE_CLOSURE && state->declared >= body->first &&
	       state->declared <= body->last;
}

static const struct ra_fact *add_before(const struct ra_detection *d, const struct ra_fact *wait)
{
	const struct ra_unit_facts *u = &d->facts->units[wait->unit];

	for (uint32_t i = wait->index; i-- > u->first;) {
		const struct ra_fact *fact = ra_fact(d->facts, i);

		if (is_row(d, fact, "adds") && same_group(fact, wait))
			return fact;
	}
	return NULL;
}

/* Straight in the body of the loop that starts one at a time. */
static const struct ra_fact *waits_each_round(const struct ra_detection *d,
					      const struct ra_fact *wait)
{
	uint32_t loop = d->facts->shape->blocks.v[wait->block].loop;
	const struct ra_fact *add;
	bool busy;

	if (!loop || wait->block != loop || is_new_in(d->facts, wait, loop) ||
	    !spawn_in(d->facts, wait, loop, &busy))
		return NULL;
	add = add_before(d, wait);
	return add && busy && is_in(d->facts, add, loop) ? NULL : add;
}

static void report(struct ra_detection *d, const struct ra_fact *at, const struct ra_fact *other,
		   const char *what)
{
	struct ra_candidate *c = ra_candidate_at(d, at, at->base);

	if (!c)
		return;
	ra_candidate_var(d, c, "group", "%.*s", RA_FMT(at->base));
	ra_candidate_line(d, c, "other", other->line);
	ra_candidate_var(d, c, "what", "%s", what);
	ra_candidate_event(d, c, "call", other, NULL);
	ra_candidate_event(d, c, "call", at, "%s", what);
	ra_candidate_step(d, c, "Task A", other->line, false, "goes on");
	ra_candidate_step(d, c, "Task B", at->line, true, "%s", what);
}

/* -- missing --------------------------------------------------------------------------------- */

/* Is the group given to the call, which may count down itself? */
static bool is_given(const struct ra_facts *facts, const struct ra_fact *call, struct ra_str group)
{
	const struct ra_node *arg = call->node->kind == RA_N_CALL ? call->node->kids->next : NULL;

	for (; arg; arg = arg->next) {
		const struct ra_node *node = arg;

		while (node->kind == RA_N_UNARY && node->kids)
			node = node->kids;
		if (ra_str_eq(ra_node_text(facts->shape, node), group))
			return true;
	}
	return false;
}

static bool counts_down(const struct ra_obligation *o, const struct ra_fact *fact)
{
	if (fact->row && ra_card_has(o->d->card, "dones", ra_cstr(o->d->arena, fact->row->name)))
		return same_group(fact, o->begins);
	return (fact->kind == RA_FACT_CALL || fact->kind == RA_FACT_SPAWN) &&
	       is_given(o->d->facts, fact, o->begins->base);
}

static void find_missing(struct ra_detection *d, const struct ra_fact *done)
{
	const struct ra_fact *spawn = ra_unit_only_start(d->facts, done->unit);
	const struct ra_unit_facts *u = &d->facts->units[done->unit];
	struct ra_obligation o = { .d = d, .unit = done->unit, .begins = done,
				   .ends = counts_down, .at_entry = true };
	struct ra_leaks leaks;

	if (!spawn || (done->flags & RA_FACT_DEFERRED))
		return;
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, u->first + i);

		/* it starts a task that counts down for it */
		if (fact->kind == RA_FACT_SPAWN ||
		    ((fact->flags & RA_FACT_DEFERRED) && fact->callee != RA_NONE))
			return;
	}
	leaks = ra_obligation_walk(&o);
	if (leaks.at[RA_LEAK_RETURN])
		report(d, leaks.at[RA_LEAK_RETURN], done, "leaves without counting itself off");
}

/* -- late ------------------------------------------------------------------------------------ */

static bool has_done(const struct ra_detection *d, uint32_t unit, const struct ra_fact *add)
{
	const struct ra_unit_facts *u = &d->facts->units[unit];

	for (uint32_t i = 0; i < u->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, u->stream[i]);

		if (fact->row && fact->state == add->state &&
		    ra_card_has(d->card, "dones", ra_cstr(d->arena, fact->row->name)))
			return true;
	}
	return false;
}

/* The wait of the unit's stream that comes behind the spawn, and finds the task at work. */
static const struct ra_fact *wait_behind(const struct ra_detection *d, const struct ra_fact *spawn,
					 const struct ra_fact *add)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[spawn->unit];
	struct ra_joins joins = ra_joins_find(d->arena, facts, spawn);

	for (uint32_t i = 0; i < u->n_stream; i++) {
		const struct ra_fact *wait = ra_fact(facts, u->stream[i]);
		const struct ra_fact *via = wait->via == RA_NONE ? wait : ra_fact(facts, wait->via);
		bool last = via->flags & RA_FACT_DEFERRED;

		if (!wait->row || wait->state != add->state ||
		    !ra_card_has(d->card, "waits", ra_cstr(d->arena, wait->row->name)))
			continue;
		if (last ? joins.waits.n > 0
			 : wait->position < spawn->position || ra_joined(&joins, wait))
			continue;
		return wait;
	}
	return NULL;
}

/* The callee's own fact that was set in at the call. */
static const struct ra_fact *where_it_stands(const struct ra_facts *facts,
					     const struct ra_fact *copy)
{
	const struct ra_unit_facts *callee;

	if (copy->via == RA_NONE)
		return copy;
	callee = &facts->units[ra_fact(facts, copy->via)->callee];
	for (uint32_t i = 0; i < callee->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, callee->first + i);

		if (fact->node == copy->node && fact->kind == copy->kind)
			return fact;
	}
	return copy;
}

static void find_late(struct ra_detection *d, const struct ra_fact *spawn)
{
	const struct ra_unit_facts *task = &d->facts->units[spawn->callee];

	for (uint32_t i = 0; i < task->n_stream && ra_facts_step(d->facts); i++) {
		const struct ra_fact *add = ra_fact(d->facts, task->stream[i]), *wait;

		if (!add->row || add->state == RA_NONE || !is_outer(d->facts, add) ||
		    !ra_card_has(d->card, "adds", ra_cstr(d->arena, add->row->name)) ||
		    has_done(d, spawn->callee, add) ||
		    !(wait = wait_behind(d, spawn, add)))
			continue;
		report(d, where_it_stands(d->facts, add), wait, "adds to the count, and the wait may be over");
		return;
	}
}

static void run(struct ra_detection *d)
{
	bool late = ra_card_has(d->card, "shape", "late");
	bool missing = ra_card_has(d->card, "shape", "missing");
	bool inside = ra_card_has(d->card, "shape", "inside");
	bool loop = ra_card_has(d->card, "shape", "loop");

	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *at = ra_fact(d->facts, (uint32_t)i), *other = NULL;

		if (inside && is_row(d, at, "adds") && is_outer(d->facts, at) &&
		    (other = spawn_around(d->facts, at)) && counts_itself(d, at))
			report(d, at, other, "adds itself to the count when it runs");
		else if (loop && is_row(d, at, "waits") && (other = waits_each_round(d, at)))
			report(d, at, other, "waits in every round");
		else if (missing && is_row(d, at, "dones"))
			find_missing(d, at);
		else if (late && at->kind == RA_FACT_SPAWN && at->callee != RA_NONE &&
			 !(at->flags & RA_FACT_INLINED) && ra_tree_pairs(d->facts, at->unit))
			find_late(d, at);
	}
}

const struct ra_detector ra_detect_waitgroup = {
	.name = "waitgroup",
	.help = "a wait group is added to too late, or waited for too soon",
	.params = "shape adds waits dones",
	.vars = "group other what",
	.run = run,
};
