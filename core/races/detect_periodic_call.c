/*
 * periodic-call: a task that repeats by the clock awaits a peer for as long as the peer likes.
 *
 *     endless loop: wait for a clock; await peer.call()    no bound in time around the call
 *
 * A peer is known by its name alone: `peers` lists what it ends in, `clocks` the calls that wait for
 * a clock. Silent where the call is bounded, and in loops that end, which only try again.
 */
#include "core/races/cancel.h"

/* The loop around the block that has no condition, or 0. */
static uint32_t endless_loop(const struct ra_shape *shape, uint32_t block)
{
	uint32_t loop = shape->blocks.v[block].loop;
	const struct ra_node *owner = loop ? shape->blocks.v[loop].node->up : NULL;

	return owner && owner->kind == RA_N_WHILE && owner->kids->kind == RA_N_LITERAL ? loop : 0;
}

/* A clock that the loop waits for on each round. */
static const struct ra_fact *find_clock(const struct ra_detection *d, uint32_t unit, uint32_t loop)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if ((fact->kind == RA_FACT_WAIT || fact->kind == RA_FACT_CALL) &&
		    ra_block_inside(facts->shape, fact->block, loop) &&
		    ra_card_has(d->card, "clocks",
				ra_cstr(d->arena, ra_tree_last_word(fact->node))))
			return fact;
	}
	return NULL;
}

static bool is_peer(const struct ra_detection *d, const struct ra_node *object)
{
	struct ra_str words = ra_card_param(d->card, "peers"), word;

	while (ra_str_cut(&words, ' ', &word))
		if (word.len && ra_str_ends(ra_tree_last_word(object), word))
			return true;
	return false;
}

static void report(struct ra_detection *d, const struct ra_fact *call,
		   const struct ra_fact *clock)
{
	struct ra_candidate *c = ra_candidate_at(d, call, call->name);

	if (!c)
		return;
	c->question |= ra_tree_is_example(d->facts, call->line) ||
		       d->facts->units[call->unit].test;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(call->name));
	ra_candidate_event(d, c, "switch", call, "no bound in time");
	ra_candidate_step(d, c, "Task A", clock->line, false, "waits for its next round");
	ra_candidate_step(d, c, "Task A", call->line, true, "calls `%.*s`", RA_FMT(call->name));
	ra_candidate_step(d, c, "peer", 0, true, "takes the request and never answers");
	ra_candidate_step(d, c, "Task A", call->line, true, "waits for ever: no round follows");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(facts, (uint32_t)i), *clock;
		uint32_t loop = endless_loop(facts->shape, call->block);

		if (!loop || call->kind != RA_FACT_CALL || call->how != RA_USE_AWAITED ||
		    (call->flags & RA_FACT_INLINED) || call->node->kind != RA_N_CALL ||
		    call->node->kids->kind != RA_N_MEMBER ||
		    call->node->kids->word == RA_O_PATH || !is_peer(d, call->node->kids->kids) ||
		    ra_cancel_bounded(d, call))
			continue;
		clock = find_clock(d, call->unit, loop);
		if (clock)
			report(d, call, clock);
	}
}

const struct ra_detector ra_detect_periodic_call = {
	.name = "periodic-call",
	.help = "a call of a peer, by the clock, with no bound in time",
	.params = "peers clocks",
	.vars = "call",
	.run = run,
};
