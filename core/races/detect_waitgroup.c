/*
 * waitgroup: the count of what is waited for is changed where it is too late, or waited for too soon.
 *
 *     inside   `go func() { wg.Add(1) .. wg.Done() }`: Wait may return before it starts. It counts
 *              itself: the first thing it does, or with a Done and nothing started in between
 *     loop     add, start one, wait, all in the body of one loop: one after the other; with the
 *              sum added before the loop, for ever
 *
 * The card names the calls (`adds`, `waits`, `dones`: rows of the API tables).
 */
#include "core/races/tree.h"

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

/* How many spawns stand in the very loop, before the wait? */
static unsigned spawns_in(const struct ra_facts *facts, const struct ra_fact *wait, uint32_t loop)
{
	const struct ra_unit_facts *u = &facts->units[wait->unit];
	unsigned n = 0;

	for (uint32_t i = u->first; i < wait->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		n += fact->kind == RA_FACT_SPAWN &&
		     facts->shape->blocks.v[fact->block].loop == loop;
	}
	return n;
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

	if (!loop || wait->block != loop || spawns_in(d->facts, wait, loop) != 1)
		return NULL;
	return add_before(d, wait);
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

static void run(struct ra_detection *d)
{
	bool inside = ra_card_has(d->card, "shape", "inside");
	bool loop = ra_card_has(d->card, "shape", "loop");

	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *at = ra_fact(d->facts, (uint32_t)i), *other = NULL;

		if (inside && is_row(d, at, "adds") && is_outer(d->facts, at) &&
		    (other = spawn_around(d->facts, at)) && counts_itself(d, at))
			report(d, at, other, "adds itself to the count when it runs");
		else if (loop && is_row(d, at, "waits") && (other = waits_each_round(d, at)))
			report(d, at, other, "waits in every round");
	}
}

const struct ra_detector ra_detect_waitgroup = {
	.name = "waitgroup",
	.help = "a wait group is added to too late, or waited for too soon",
	.params = "shape adds waits dones",
	.vars = "group other what",
	.run = run,
};
