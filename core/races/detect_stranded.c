/*
 * stranded: a task waits at a channel for ever, since the one with the other half has left. The
 * channel is made by a unit, and all that is done with it is seen (core/races/channel.h).
 *
 *     shape = send
 *       task sends on C, no room, no other case  ||  its starter leaves by a path without a receive
 *       the same of a sender in a loop, whose receiver leaves its loop by another case
 *       senders are started in a loop, and one receive takes one value
 *       C is returned, and the task, which can be told to stop, sends without looking
 *       the maker itself sends, before anyone can receive
 *     shape = receive
 *       task receives from C  ||  its starter leaves by a path that neither sends nor closes;
 *       a loop over C ends by a close alone
 *
 * Silent when anyone else has the other half too.
 */
#include "core/races/channel.h"
#include "core/races/obligation.h"
#include "core/races/tree.h"

/* A task's half, and the unit that started it. */
struct half {
	struct ra_obligation o;          /* first, so that `ends` finds the rest */
	const struct ra_channel *channel;
	const struct ra_fact *waits;     /* the send or receive of the task */
	bool receives, loop;             /* it receives; by a loop over the channel */
};

static bool in_loop(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return facts->shape->blocks.v[fact->block].loop != 0;
}

/* Can it happen again in the next round, and is not followed by the way out? */
static bool repeats(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return in_loop(facts, fact) && (facts->shape->blocks.v[fact->block].exits &
					(RA_X_FALLS | RA_X_CONTINUE));
}

static bool is_loop_over(const struct ra_fact *receive)
{
	return receive->kind == RA_FACT_RECEIVE && receive->node->up &&
	       receive->node->up->kind == RA_N_FOR;
}

static bool other_half(const struct half *half, const struct ra_fact *fact)
{
	if (!half->receives)
		return fact->kind == RA_FACT_RECEIVE;
	return ra_fact_closes(fact) || (fact->kind == RA_FACT_SEND && !half->loop);
}

/* Does the task wait at this channel too? It sends on one or on the other. */
static bool waits_at(const struct half *half, uint32_t state)
{
	const struct ra_facts *facts = half->channel->facts;
	const struct ra_fact *fact;

	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact))
		if (fact->kind == half->waits->kind && fact->unit == half->waits->unit)
			return true;
	return false;
}

static bool ends(const struct ra_obligation *o, const struct ra_fact *fact)
{
	const struct half *half = (const struct half *)o;

	if (!other_half(half, fact))
		return false;
	return ra_channel_is(half->channel, fact) ||
	       (fact->state != RA_NONE && waits_at(half, fact->state));
}

/* The other half by a unit other than the maker and the task itself, or when the maker ends. */
static bool elsewhere(const struct half *half)
{
	const struct ra_fact *fact = NULL;

	while ((fact = ra_channel_next(half->channel, fact)))
		if (((fact->unit != half->channel->maker && fact->unit != half->waits->unit) ||
		     (fact->flags & RA_FACT_DEFERRED)) && other_half(half, fact))
			return true;
	return false;
}

/* The channel was handed out: whoever has it stops, which the task can hear, but not at its send. */
static void tell_handed_out(struct ra_detection *d, struct ra_candidate *c,
			    const struct half *half, const struct ra_fact *hears)
{
	ra_candidate_event(d, c, "also", hears, "hears of the end here, and not at its send");
	ra_candidate_step(d, c, "Task A", half->o.begins->line, false,
			  "starts task B and hands `%.*s` out", RA_FMT(half->waits->name));
	ra_candidate_step(d, c, "Task B", hears->line, false, "goes on: nobody has told it to stop");
	ra_candidate_step(d, c, "Task A", 0, true, "stops, and receives no more");
}

static void report(struct ra_detection *d, const struct half *half, const struct ra_fact *leaves,
		   const char *how)
{
	struct ra_candidate *c = ra_candidate_at(d, half->waits, half->waits->name);
	struct ra_str name = half->waits->name;

	if (!c)
		return;
	ra_candidate_var(d, c, "channel", "%.*s", RA_FMT(name));
	ra_candidate_var(d, c, "how", "%s", how);
	ra_candidate_line(d, c, "leaves", leaves->line);
	ra_candidate_event(d, c, "wait", half->waits, "waits for the other half");
	if (half->o.begins)
		ra_candidate_event(d, c, "spawn", half->o.begins, "starts the task");
	if (half->o.begins && leaves->unit == half->waits->unit) {
		tell_handed_out(d, c, half, leaves);
	} else {
		ra_candidate_event(d, c, "leave", leaves, "%s", how);
		if (half->o.begins)
			ra_candidate_step(d, c, "Task A", half->o.begins->line, false,
					  "starts task B");
		ra_candidate_step(d, c, "Task A", leaves->line, true, "%s", how);
	}
	ra_candidate_step(d, c, "Task B", half->waits->line, true, "waits at `%.*s`, for ever",
			  RA_FMT(name));
}

/* -- paths of the starter -------------------------------------------------------------------- */

static const struct ra_fact *open_path(struct ra_detection *d, const struct half *half)
{
	struct ra_leaks leaks = ra_obligation_walk(&half->o);

	(void)d;
	if (leaks.at[RA_LEAK_RETURN])
		return leaks.at[RA_LEAK_RETURN];
	return leaks.at[RA_LEAK_END];
}

/* `select { case v := <-c: .. case <-stop: return }`: a return by a case that takes nothing. */
static const struct ra_fact *leaves_by_case(const struct half *half)
{
	const struct ra_facts *facts = half->channel->facts;
	const struct ra_unit_facts *u = &facts->units[half->channel->maker];
	const struct ra_fact *receive = NULL;

	while ((receive = ra_channel_next(half->channel, receive))) {
		if (receive->kind != RA_FACT_RECEIVE || receive->unit != half->channel->maker)
			continue;
		for (uint32_t i = 0; i < u->n; i++) {
			const struct ra_fact *leave = ra_fact(facts, u->first + i);
			const struct ra_node *node = leave->node;

			if (leave->kind != RA_FACT_LEAVE || node->kind != RA_N_RETURN)
				continue;
			while (node && node->kind != RA_N_CASE && node->kind != RA_N_LAMBDA)
				node = node->up;
			if (!node || node->kind != RA_N_CASE || node->up->kind != RA_N_SELECT)
				continue;
			if (is_loop_over(receive) &&
			    ra_block_inside(facts->shape, leave->block,
					    ra_node_find(receive->node->up, RA_N_BLOCK)->block))
				return leave;
			/* another case of the same select takes the value */
			if ((receive->flags & RA_FACT_IN_SELECT) && node->up->first < receive->node->first &&
			    receive->node->last <= node->up->last &&
			    !(node->first <= receive->node->first && receive->node->last <= node->last))
				return leave;
		}
	}
	return NULL;
}

/* Does a statement or what is in it have the other half, of what the task waits at? */
static const struct ra_fact *half_within(const struct half *half, uint32_t first, uint32_t last)
{
	const struct ra_facts *facts = half->channel->facts;
	const struct ra_unit_facts *u = &facts->units[half->channel->maker];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->node->first >= first && fact->node->last <= last && ends(&half->o, fact))
			return fact;
	}
	return NULL;
}

/* Does the case end the task or the program by a call: t.Fatal? */
static bool ends_all(const struct ra_facts *facts, const struct ra_unit_facts *u,
		     const struct ra_node *kid)
{
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->node->first >= kid->first && fact->node->last <= kid->last &&
		    ra_api_with(fact->row, RA_EFFECT_EXIT))
			return true;
	}
	return false;
}

/* The way past a `select` that waits for the task and for something else, and then goes on. */
static const struct ra_fact *goes_on(const struct half *half)
{
	const struct ra_facts *facts = half->channel->facts;
	const struct ra_unit_facts *u = &facts->units[half->channel->maker];
	const struct ra_node *end = facts->shape->units.v[half->channel->maker].node;

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *select = ra_fact(facts, u->first + i);
		const struct ra_node *node = select->node;

		if (select->kind != RA_FACT_SELECT || (select->flags & RA_FACT_NO_WAIT) ||
		    in_loop(facts, select) || !half_within(half, node->first, node->last) ||
		    half_within(half, node->last + 1, end->last))
			continue;
		for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
			for (uint32_t k = ends_all(facts, u, kid) ? u->n : i; k < u->n && !half_within(half, kid->first, kid->last);
			     k++)
				if (ra_fact(facts, u->first + k)->kind == RA_FACT_RECEIVE &&
				    ra_tree_inside(ra_fact(facts, u->first + k)->node, kid->kids))
					return ra_fact(facts, u->first + k);
	}
	return NULL;
}

/* One receive for many senders. */
static const struct ra_fact *single_receive(const struct half *half)
{
	const struct ra_facts *facts = half->channel->facts;
	const struct ra_fact *fact = NULL, *only = NULL;

	if (!in_loop(facts, half->o.begins))
		return NULL;
	while ((fact = ra_channel_next(half->channel, fact))) {
		if (fact->kind != RA_FACT_RECEIVE)
			continue;
		if (only || in_loop(facts, fact) || is_loop_over(fact))
			return NULL;
		only = fact;
	}
	return only && only->unit == half->channel->maker ? only : NULL;
}

/* -- a channel that is returned --------------------------------------------------------------- */

/* The task looks elsewhere whether it is to stop. */
static const struct ra_fact *looks_elsewhere(const struct half *half)
{
	const struct ra_facts *facts = half->channel->facts;
	const struct ra_unit_facts *u = &facts->units[half->waits->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->kind == RA_FACT_RECEIVE && !ra_channel_is(half->channel, fact) &&
		    !is_loop_over(fact))
			return fact;
	}
	return NULL;
}

/* -- looking ----------------------------------------------------------------------------------- */

static bool has_room(const struct half *half)
{
	const struct ra_facts *facts = half->channel->facts;
	uint32_t room = facts->states.v[half->channel->state].room;

	return room != 0 && !repeats(facts, half->waits);
}

static void look_at_task(struct ra_detection *d, struct half *half)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *at;
	bool many = repeats(facts, half->waits) && !half->receives;

	half->o.begins = ra_spawn_of(facts, half->waits->unit, half->channel->maker);
	if (!half->o.begins || elsewhere(half) || (!half->receives && has_room(half)))
		return;
	/* a semaphore: what is received was sent before the task began */
	if (half->receives && !half->loop && facts->states.v[half->channel->state].room != 0)
		return;
	if (half->channel->returned) {
		at = half->receives ? NULL : looks_elsewhere(half);
		if (at)
			report(d, half, at, "hears that the receiver stops, and the send does not");
		return;
	}
	if ((at = open_path(d, half)))
		report(d, half, at, half->receives ? "leaves without a send or a close"
						   : "leaves without a receive");
	else if (!half->receives && (at = goes_on(half)))
		report(d, half, at, "goes on without a receive");
	else if (many && (at = leaves_by_case(half)))
		report(d, half, at, "leaves while the task still sends");
	else if (!half->receives && facts->states.v[half->channel->state].room == 0 &&
		 (at = single_receive(half)))
		report(d, half, at, "takes the value of one of many tasks");
}

/* The maker sends itself, and nobody has been started who could receive. */
static void look_at_maker(struct ra_detection *d, struct half *half)
{
	const struct ra_facts *facts = d->facts;

	if (facts->states.v[half->channel->state].room != 0 || half->receives)
		return;
	for (const struct ra_fact *fact = NULL; (fact = ra_channel_next(half->channel, fact));)
		if (fact->kind == RA_FACT_RECEIVE && fact->unit != half->channel->maker)
			return;
	half->o.begins = NULL;
	report(d, half, half->waits, "sends before anyone can receive");
}

/* One finding for each channel: the first of its sends. */
static void look(struct ra_detection *d, const struct ra_channel *channel)
{
	bool sends = ra_card_has(d->card, "shape", "send");
	const struct ra_fact *fact = NULL;
	size_t before = d->out->list.n;

	while (d->out->list.n == before && (fact = ra_channel_next(channel, fact))) {
		struct half half = { .o = { .d = d, .unit = channel->maker, .ends = ends,
					   .where_begun = true },
				     .channel = channel, .waits = fact, .receives = !sends };

		if (fact->kind != (sends ? RA_FACT_SEND : RA_FACT_RECEIVE) ||
		    (fact->flags & (RA_FACT_IN_SELECT | RA_FACT_NO_WAIT)))
			continue;
		half.loop = is_loop_over(fact);
		if (fact->unit == channel->maker)
			look_at_maker(d, &half);
		else
			look_at_task(d, &half);
	}
}

static void run(struct ra_detection *d)
{
	for (uint32_t s = 0; s < d->facts->states.n; s++) {
		struct ra_channel channel;

		if (ra_channel_open(d->facts, s, &channel))
			look(d, &channel);
	}
}

const struct ra_detector ra_detect_stranded = {
	.name = "stranded",
	.help = "a task that waits at a channel whose other half has left",
	.params = "shape",
	.vars = "channel how leaves",
	.run = run,
};
