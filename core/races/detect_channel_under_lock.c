/*
 * channel-under-lock: a unit waits at a channel with a lock held that the other half needs first.
 *
 *     region of L holds at a send or receive of C (or at a call that comes to one)
 *     who has the other half of C takes L, itself or by a call                     sure
 *     the other half is not seen to take L                                         a question
 *
 * A `select` counts when all of its cases are such, and it has no default. `cases = outside`: one
 * of them is, and all others are of channels that nobody is seen at the other half of, such as the
 * one that a context ends: a question of when that is. A clock's end is a bound. Silent when both hold
 * the lock to read, and where the other half takes the lock only behind it, once, or before it
 * makes the channel.
 */
#include "core/races/internal.h"
#include "core/races/lockgraph.h"

enum { CALLS_MAX = 3 };

struct search {
	struct ra_detection *d;
	const struct ra_facts *facts;
	const struct ra_lock_graph *graph;
	bool outside;
};

static bool is_half(const struct ra_fact *fact)
{
	return (fact->kind == RA_FACT_SEND || fact->kind == RA_FACT_RECEIVE) &&
	       !(fact->flags & (RA_FACT_INLINED | RA_FACT_DEFERRED));
}

static bool is_other_half(const struct ra_fact *waits, const struct ra_fact *fact)
{
	if (fact->flags & RA_FACT_INLINED)
		return false;
	if (waits->kind == RA_FACT_SEND)
		return fact->kind == RA_FACT_RECEIVE;
	return fact->kind == RA_FACT_SEND ||
	       (fact->kind == RA_FACT_CALL && ra_api_with(fact->row, RA_EFFECT_CLOSE));
}

/* Where the unit takes the lock, itself or by a call; NULL. */
static const struct ra_fact *takes(const struct search *s, uint32_t unit, const struct ra_region *held)
{
	const struct ra_lock_uses *uses = &s->graph->uses[unit];

	for (size_t i = 0; i < uses->list.n; i++) {
		const struct ra_lock_use *use = &uses->list.v[i];
		const struct ra_fact *acquire = ra_fact(s->facts, use->acquire);

		if (use->lock == held->lock &&
		    !(held->shared && s->facts->regions.v[acquire->region].shared))
			return use->call != RA_NONE ? ra_fact(s->facts, use->call) : acquire;
	}
	return NULL;
}

/* Is `taken` done before the half of the channel, in this round or the next? */
static bool is_before(const struct ra_fact *taken, const struct ra_fact *half)
{
	const struct ra_node *up;

	if ((half->flags & RA_FACT_DEFERRED) || taken->node->first <= half->node->first)
		return true;
	for (up = taken->node; up && up->unit == taken->node->unit; up = up->up)
		if ((up->kind == RA_N_FOR || up->kind == RA_N_WHILE) &&
		    up->first <= half->node->first && half->node->last <= up->last)
			return true;
	return false;
}

/* Is the channel made between the two? Then nobody waits at it while the lock is taken. */
static bool makes_between(const struct search *s, const struct ra_fact *taken,
			  const struct ra_fact *half)
{
	const struct ra_fact *fact;

	for (fact = ra_state_use(s->facts, half->state); fact;
	     fact = ra_fact_next_use(s->facts, fact))
		if (fact->kind == RA_FACT_WRITE && fact->unit == taken->unit &&
		    !(fact->flags & (RA_FACT_NULL | RA_FACT_INLINED | RA_FACT_DEFERRED)) &&
		    fact->node->first > taken->node->first &&
		    fact->node->first < half->node->first)
			return true;
	return false;
}

/* The other half by one who needs the lock; `taken` is where. */
static const struct ra_fact *needs_lock(const struct search *s, const struct ra_fact *waits,
					const struct ra_region *held, const struct ra_fact **taken)
{
	const struct ra_fact *fact;

	for (fact = ra_state_use(s->facts, waits->state); fact;
	     fact = ra_fact_next_use(s->facts, fact)) {
		if (!is_other_half(waits, fact))
			continue;
		if (fact->unit == waits->unit)
			return NULL; /* it has both halves: a channel that it has filled or closed */
		*taken = takes(s, fact->unit, held);
		if (*taken && is_before(*taken, fact) && !makes_between(s, *taken, fact))
			return fact;
	}
	return NULL;
}

static void report(const struct search *s, const struct ra_fact *at, const struct ra_fact *waits,
		   const struct ra_region *held)
{
	const struct ra_fact *taken = NULL, *peer = NULL, *acquire = ra_fact(s->facts, held->acquire);
	struct ra_detection *d = s->d;
	struct ra_candidate *c;

	if (waits->state != RA_NONE && held->lock != RA_NONE)
		peer = needs_lock(s, waits, held, &taken);
	c = ra_candidate_at(d, at, held->text);
	if (!c)
		return;
	c->question |= !peer;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(held->text));
	ra_candidate_var(d, c, "channel", "%.*s", RA_FMT(waits->name));
	ra_candidate_line(d, c, "taken", acquire->line);
	ra_candidate_event(d, c, "acquire", acquire, "takes `%.*s`", RA_FMT(held->text));
	ra_candidate_event(d, c, "wait", waits, "waits at `%.*s` with it held", RA_FMT(waits->name));
	ra_candidate_step(d, c, "Task A", acquire->line, false, "takes `%.*s`", RA_FMT(held->text));
	ra_candidate_step(d, c, "Task A", waits->line, true, "waits at `%.*s`", RA_FMT(waits->name));
	if (!peer)
		return;
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(s->facts->shape->units.v[peer->unit].qualified));
	ra_candidate_line(d, c, "peer", peer->line);
	ra_candidate_event(d, c, "conflict", taken, "needs the lock");
	ra_candidate_event(d, c, "peer", peer, "has the other half");
	ra_candidate_step(d, c, "Task B", taken->line, true, "waits for `%.*s`", RA_FMT(held->text));
	ra_candidate_step(d, c, "Task B", peer->line, true, "is not reached");
}

static const struct ra_region *lock_held(const struct search *s, const struct ra_fact *fact)
{
	for (uint32_t r = fact->n_regions; r--;) {
		const struct ra_region *held = &s->facts->regions.v[fact->regions[r]];

		if (!held->async && !held->private_ && held->acquire != RA_NONE &&
		    held->kind == RA_KIND_LOCK && ra_lock_is_taken(s->facts, held))
			return held;
	}
	return NULL;
}

/* A send or receive of the unit, or of what it calls, at which it waits; NULL. */
static const struct ra_fact *half_in(const struct search *s, uint32_t unit, unsigned depth)
{
	const struct ra_unit_facts *u = &s->facts->units[unit];

	for (uint32_t i = 0; i < u->n && ra_facts_step(s->facts); i++) {
		const struct ra_fact *fact = ra_fact(s->facts, u->first + i), *inner;

		if (is_half(fact) && !(fact->flags & RA_FACT_IN_SELECT) && fact->state != RA_NONE)
			return fact;
		if (fact->kind != RA_FACT_CALL || fact->callee == RA_NONE || depth == CALLS_MAX ||
		    fact->callee == unit || (fact->flags & RA_FACT_DEFERRED))
			continue;
		inner = half_in(s, fact->callee, depth + 1);
		if (inner)
			return inner;
	}
	return NULL;
}

/* What is known of who has the other half of a channel: nothing; that it needs the lock; else. */
enum peer { PEER_UNSEEN, PEER_NEEDS, PEER_FREE };

static enum peer peer_of(const struct search *s, const struct ra_fact *half,
			 const struct ra_region *held)
{
	const struct ra_fact *fact, *taken;

	if (half->receiver_flags & RA_API_TIMED)
		return PEER_FREE;
	if (half->state == RA_NONE)
		return PEER_UNSEEN;
	if (needs_lock(s, half, held, &taken))
		return PEER_NEEDS;
	for (fact = ra_state_use(s->facts, half->state); fact;
	     fact = ra_fact_next_use(s->facts, fact))
		if (is_other_half(half, fact))
			return PEER_FREE;
	return PEER_UNSEEN;
}

/*
 * Do the cases of the select that the half is in have the lock in their way: all of them, or one
 * and the rest is of channels from outside? Said at the first one.
 */
static bool is_stuck(const struct search *s, const struct ra_fact *half,
		     const struct ra_region *held)
{
	const struct ra_unit_facts *u = &s->facts->units[half->unit];
	const struct ra_fact *first = NULL;
	const struct ra_node *select = half->node;
	bool unseen = false;

	while (select && select->kind != RA_N_SELECT)
		select = select->up;
	for (uint32_t i = 0; select && i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(s->facts, u->first + i);
		enum peer peer;

		if (!is_half(fact) || !(fact->flags & RA_FACT_IN_SELECT) ||
		    fact->node->first < select->first || fact->node->last > select->last)
			continue;
		peer = peer_of(s, fact, held);
		if (peer == PEER_FREE)
			return false;
		unseen |= peer == PEER_UNSEEN;
		if (peer == PEER_NEEDS && !first)
			first = fact;
	}
	return s->outside ? unseen && first == half : !unseen;
}

static void look(const struct search *s, const struct ra_fact *fact)
{
	const struct ra_region *held = lock_held(s, fact);
	const struct ra_fact *inner = fact, *taken;

	if (!held)
		return;
	if (fact->kind == RA_FACT_CALL && s->outside)
		return;
	if (fact->kind == RA_FACT_CALL) {
		inner = half_in(s, fact->callee, 0);
		if (!inner || held->lock == RA_NONE || !needs_lock(s, inner, held, &taken))
			return;
	} else if (fact->flags & RA_FACT_IN_SELECT ? !is_stuck(s, fact, held) : s->outside) {
		return;
	}
	report(s, fact, inner, held);
}

static void run(struct ra_detection *d)
{
	struct search s = { .d = d, .facts = d->facts };

	s.outside = ra_card_has(d->card, "cases", "outside");
	s.graph = ra_lock_graph(d->arena, d->facts, d->out);
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, (uint32_t)i);
		bool calls = fact->kind == RA_FACT_CALL && fact->callee != RA_NONE &&
			     !(fact->flags & (RA_FACT_INLINED | RA_FACT_DEFERRED));

		if (fact->n_regions && !(fact->flags & RA_FACT_NO_WAIT) && (calls || is_half(fact)))
			look(&s, fact);
	}
}

const struct ra_detector ra_detect_channel_under_lock = {
	.name = "channel-under-lock",
	.help = "a wait at a channel with a lock held that the other half needs",
	.params = "cases",
	.vars = "channel taken peer",
	.run = run,
};
