/*
 * channel-under-lock: a unit waits at a channel with a lock held that the other half needs first.
 *
 *     region of L holds at a send or receive of C (or at a call that comes to one)
 *     who has the other half of C takes L, itself or by a call                     sure
 *     the other half is not seen to take L                                         a question
 *
 * A `select` counts when all of its cases are such, and it has no default. Silent when both hold
 * the lock to read.
 */
#include "core/races/internal.h"
#include "core/races/lockgraph.h"

enum { CALLS_MAX = 3 };

struct search {
	struct ra_detection *d;
	const struct ra_facts *facts;
	const struct ra_lock_graph *graph;
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
		if (*taken)
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

/* Does every other case of the select that the half is in wait for one who needs the lock? */
static bool is_sure(const struct search *s, const struct ra_fact *half, const struct ra_region *held)
{
	const struct ra_unit_facts *u = &s->facts->units[half->unit];
	const struct ra_node *select = half->node;
	const struct ra_fact *taken;

	if (!(half->flags & RA_FACT_IN_SELECT))
		return true;
	while (select && select->kind != RA_N_SELECT)
		select = select->up;
	for (uint32_t i = 0; select && i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(s->facts, u->first + i);

		if (!is_half(fact) || !(fact->flags & RA_FACT_IN_SELECT) ||
		    fact->node->first < select->first || fact->node->last > select->last)
			continue;
		if (fact->state == RA_NONE || !needs_lock(s, fact, held, &taken))
			return false;
	}
	return true;
}

static void look(const struct search *s, const struct ra_fact *fact)
{
	const struct ra_region *held = lock_held(s, fact);
	const struct ra_fact *inner = fact, *taken;

	if (!held)
		return;
	if (fact->kind == RA_FACT_CALL) {
		inner = half_in(s, fact->callee, 0);
		if (!inner || held->lock == RA_NONE || !needs_lock(s, inner, held, &taken))
			return;
	} else if (!is_sure(s, fact, held)) {
		return;
	}
	report(s, fact, inner, held);
}

static void run(struct ra_detection *d)
{
	struct search s = { .d = d, .facts = d->facts };

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
	.params = "",
	.vars = "channel taken peer",
	.run = run,
};
