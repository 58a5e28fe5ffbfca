/*
 * loop-capture: one variable for all rounds of a loop, used by what runs after the round.
 *
 *     for V ... { spawn u { use V } }           the next round writes V while u reads it
 *     for V ... { defer u { use V } }           u runs when V has its last value
 *     for V ... { call u { later; use V } }     `later`: goes on when the loop is over
 *
 * Where each round has a variable of its own is the card's to say, by version. Silent when each
 * round waits for the task (joins.c), when the loop is left behind the spawn, and for a variable
 * declared in the round: a copy, a parameter.
 */
#include "core/races/joins.h"

/* The loop, around the place, whose head declares the variable; 0 for none. */
static uint32_t loop_of(const struct ra_facts *facts, const struct ra_state *state, uint32_t block)
{
	const struct ra_block *blocks = facts->shape->blocks.v;

	for (block = blocks[block].loop; block; block = blocks[blocks[block].up].loop) {
		const struct ra_node *head = blocks[block].node->up;

		/* `i := 0` of a head stands before its loop */
		if (state->declared < blocks[block].node->first &&
		    (state->declared >= head->first ||
		     state->declared >= head->up->first))
			return block;
	}
	return 0;
}

/* Is the loop left on every path from the block? */
static bool leaves(const struct ra_facts *facts, uint32_t block, uint32_t loop)
{
	const struct ra_block *blocks = facts->shape->blocks.v;

	for (; block != loop; block = blocks[block].up)
		if (!(blocks[block].exits & (RA_X_FALLS | RA_X_CONTINUE)))
			return true;
	return !(blocks[loop].exits & (RA_X_FALLS | RA_X_CONTINUE));
}

/* Does the unit stop, before the use, at what goes on only when its caller is over? */
static bool goes_on_later(const struct ra_detection *d, const struct ra_fact *use)
{
	const struct ra_unit_facts *unit = &d->facts->units[use->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, unit->first + i);

		if (fact->position >= use->position)
			return false;
		if (fact->kind == RA_FACT_CALL && fact->name.len &&
		    ra_card_has(d->card, "later", ra_cstr(d->arena, fact->name)))
			return true;
	}
	return false;
}

/* How the unit in which the variable is used comes to run later than its round; NULL: it does not. */
static const char *how_late(const struct ra_detection *d, const struct ra_fact *start,
			    const struct ra_fact *use, uint32_t loop)
{
	const struct ra_facts *facts = d->facts;
	struct ra_joins joins;

	if (start->kind == RA_FACT_SPAWN) {
		if (!ra_tree_pairs(facts, start->unit) || !ra_tree_pairs(facts, start->callee))
			return NULL;
		joins = ra_joins_find(d->arena, facts, start);
		return ra_joined_in_round(&joins, loop) ? NULL
		       : "runs while the next round begins";
	}
	if (start->flags & RA_FACT_DEFERRED)
		return "runs when the function is over";
	return goes_on_later(d, use) ? "goes on when the loop is over" : NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *start, const struct ra_fact *use,
		   const char *how)
{
	const struct ra_state *state = &d->facts->states.v[use->state];
	struct ra_candidate *c = ra_candidate_at(d, use, state->field);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->field));
	ra_candidate_var(d, c, "how", "%s", how);
	ra_candidate_line(d, c, "start", start->line);
	ra_candidate_event(d, c, "spawn", start, "%s", how);
	ra_candidate_event(d, c, "act", use, NULL);
	ra_candidate_step(d, c, "Task A", start->line, false, "hands on a function that %s", how);
	ra_candidate_step(d, c, "Task A", state->line, true,
			  "goes on with the loop: `%.*s` gets its next value",
			  RA_FMT(state->field));
	ra_candidate_step(d, c, start->kind == RA_FACT_SPAWN ? "Task B" : "Task A", use->line,
			  true, "finds a value of `%.*s` that is not that of its round",
			  RA_FMT(state->field));
}

/* What starts the unit, or one around it, inside the loop. */
static const struct ra_fact *start_of(const struct ra_facts *facts, const struct ra_state *state,
				      uint32_t unit, uint32_t *loop)
{
	for (; unit != state->owner && unit; unit = facts->shape->units.v[unit].up) {
		const struct ra_unit_facts *u = &facts->units[unit];

		for (uint32_t i = 0; i < u->n_callers; i++) {
			const struct ra_fact *start = ra_fact(facts, u->callers[i]);

			*loop = start->unit == state->owner ? loop_of(facts, state, start->block) : 0;
			if (*loop && !leaves(facts, start->block, *loop))
				return start;
		}
	}
	return NULL;
}

static void look(struct ra_detection *d, const struct ra_state *state)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *use = ra_state_use(facts, state->index), *start;

	for (; use && !(use->flags & RA_FACT_INLINED); use = ra_fact_next_use(facts, use)) {
		const char *how;
		uint32_t loop;

		if (use->unit == state->owner || !ra_fact_is_access(use->kind))
			continue;
		start = start_of(facts, state, use->unit, &loop);
		how = start ? how_late(d, start, use, loop) : NULL;
		if (how)
			report(d, start, use, how);
		if (how)
			return;
	}
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->states.n; i++)
		if (d->facts->states.v[i].loop)
			look(d, &d->facts->states.v[i]);
}

const struct ra_detector ra_detect_loop_capture = {
	.name = "loop-capture",
	.help = "the variable of a loop, used by what runs after its round",
	.params = "later",
	.vars = "how start",
	.run = run,
};
