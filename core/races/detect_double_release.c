/*
 * double-release: a lock is let go by who has let go of it before.
 *
 *     release L < release L            on one path, and no acquire of L between the two
 *     defer release L; release L       and the unit is left without taking L again
 *
 * The second one stands where every run that did the first comes by: a branch of its own may ask
 * whether the lock is still held. Silent for semaphores, for what a `finally` releases, and where a
 * callee takes the lock again.
 */
#include "core/races/obligation.h"

struct search {
	struct ra_obligation o;         /* must stand first: `ends` is given that */
	const struct ra_fact *first, *deferred, *second;
};

static bool is_shared(const struct ra_fact *fact)
{
	return fact->row && (fact->row->flags & RA_API_SHARED);
}

static bool same_lock(const struct ra_fact *a, const struct ra_fact *b)
{
	if ((a->flags | b->flags) & RA_FACT_INLINED)
		return a->state != RA_NONE && a->state == b->state;
	return ra_str_eq(a->base, b->base);
}

/* Is it a lock, and the unit the one that has taken it? */
static bool is_taken_here(const struct ra_facts *facts, const struct ra_fact *release)
{
	const struct ra_unit_facts *unit = &facts->units[release->unit];

	for (uint32_t i = 0; i < release->position && i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact->kind == RA_FACT_ACQUIRE && !(fact->flags & RA_FACT_INLINED) &&
		    fact->region != RA_NONE && same_lock(fact, release) &&
		    facts->regions.v[fact->region].kind == RA_KIND_LOCK)
			return true;
	}
	return false;
}

/* Does every run that comes out of the first one's block come by the second? */
static bool follows(const struct ra_facts *facts, const struct ra_fact *first,
		    const struct ra_fact *second)
{
	const struct ra_block *blocks = facts->shape->blocks.v;
	uint32_t block = first->block;

	while (block != second->block && block && blocks[block].unit == first->unit)
		block = blocks[block].up;
	return block == second->block && second->position > first->position;
}

static bool ends(const struct ra_obligation *o, const struct ra_fact *fact)
{
	struct search *s = (struct search *)o;

	if ((fact->kind != RA_FACT_ACQUIRE && fact->kind != RA_FACT_RELEASE) ||
	    !same_lock(s->first, fact))
		return false;
	if (fact->kind == RA_FACT_ACQUIRE)
		return true;
	if (!s->second && fact != s->first && !(fact->flags & (RA_FACT_INLINED | RA_FACT_DEFERRED)) &&
	    is_shared(fact) == is_shared(s->first) && follows(o->d->facts, s->first, fact) &&
	    !ra_block_enclosing(o->d->facts->shape, fact->block, RA_B_FINALLY))
		s->second = fact;
	return !(fact->flags & RA_FACT_DEFERRED);
}

/* A release of the same lock that waits for the end of the unit since before `first`. */
static const struct ra_fact *deferred_before(const struct ra_facts *facts,
					     const struct ra_fact *first)
{
	const struct ra_unit_facts *unit = &facts->units[first->unit];

	for (uint32_t i = 0; i < first->position && i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (ra_api_with(fact->row, RA_EFFECT_RELEASE) &&
		    (fact->flags & RA_FACT_DEFERRED) && !(fact->flags & RA_FACT_INLINED) && same_lock(fact, first) &&
		    is_shared(fact) == is_shared(first) && fact->unit == first->unit &&
		    ra_fact_order(facts, fact, first, false) != RA_ORDER_NEVER)
			return fact;
	}
	return NULL;
}

static void report(const struct search *s, const struct ra_fact *at, const struct ra_fact *other,
		   const char *how)
{
	struct ra_detection *d = s->o.d;
	struct ra_candidate *c = ra_candidate_at(d, at, at->base);

	if (!c)
		return;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(at->base));
	ra_candidate_var(d, c, "how", "%s", how);
	ra_candidate_line(d, c, "other", other->line);
	ra_candidate_event(d, c, "release", other, NULL);
	ra_candidate_event(d, c, "release", at, NULL);
	ra_candidate_step(d, c, "Task A", s->first->line, false, "lets go of `%.*s`",
			  RA_FMT(at->base));
	ra_candidate_step(d, c, "Task A", (at == s->first ? other : at)->line, true,
			  "lets go of it again%s", at == s->first ? ", as it leaves" : "");
}

static void look_at(struct ra_detection *d, const struct ra_fact *first)
{
	struct search s = { .first = first };
	struct ra_leaks leaks;

	s.o = (struct ra_obligation){ .d = d, .unit = first->unit, .begins = first,
				      .where_begun = true, .ends = ends };
	s.deferred = deferred_before(d->facts, first);
	leaks = ra_obligation_walk(&s.o);
	if (s.second)
		report(&s, s.second, first, "has done so already on one of the ways here");
	else if (s.deferred && (leaks.at[RA_LEAK_RETURN] || leaks.at[RA_LEAK_END]))
		report(&s, first, s.deferred, "does so again when it ends");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (fact->kind == RA_FACT_RELEASE && fact->unit && fact->base.len &&
		    !(fact->flags & (RA_FACT_INLINED | RA_FACT_DEFERRED)) &&
		    ra_tree_pairs(facts, fact->unit) && is_taken_here(facts, fact) &&
		    fact->statement && fact->statement->kind == RA_N_EXPRESSION)
			look_at(d, fact);
	}
}

const struct ra_detector ra_detect_double_release = {
	.name = "double-release",
	.help = "a lock is let go by who has let go of it before",
	.params = "",
	.vars = "lock how other",
	.run = run,
};
