/*
 * guard: counting, once for each state, under which locks it is touched.
 */
#include "core/races/guard.h"

enum { LOCKS_MAX = 8, UNITS_MAX = 64 };

struct tally {
	uint32_t lock;
	unsigned guarded, guarded_writes;
	uint32_t units[UNITS_MAX], n_units; /* of the guarded accesses */
};

struct tallies {
	struct tally list[LOCKS_MAX];
	uint32_t n;
	unsigned all;                       /* accesses that count */
};

bool ra_guard_counts(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return ra_fact_touches(fact) && fact->unit != 0 &&
	       !(fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) &&
	       !facts->units[fact->unit].constructs;
}

bool ra_guard_holds(const struct ra_facts *facts, const struct ra_fact *fact, uint32_t lock)
{
	for (uint32_t i = 0; i < fact->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[fact->regions[i]];

		if (region->shared && ra_fact_changes(fact->kind))
			continue; /* readers hold it too */
		if (region->entry && region->lock == RA_NONE)
			return true;
		if (ra_region_is_of(facts, region, lock) && ra_region_covers(facts, region, fact))
			return true;
	}
	return false;
}

static bool is_thread_lock(const struct ra_facts *facts, const struct ra_region *region,
			   uint32_t state)
{
	return region->lock != RA_NONE && !region->async && !region->key.len &&
	       region->lock != state && ra_region_guards(facts, region, state);
}

static void add_tally(struct tallies *t, uint32_t lock)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->list[i].lock == lock)
			return;
	if (lock != RA_NONE && t->n < LOCKS_MAX)
		t->list[t->n++] = (struct tally){ .lock = lock };
}

static void add_unit(struct tally *t, uint32_t unit)
{
	for (uint32_t i = 0; i < t->n_units; i++)
		if (t->units[i] == unit)
			return;
	if (t->n_units < UNITS_MAX)
		t->units[t->n_units++] = unit;
}

/* The locks that are held when it is changed. */
static void find_locks(const struct ra_facts *facts, uint32_t state, struct tallies *t)
{
	const struct ra_fact *fact = ra_state_use(facts, state);

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		if (!ra_guard_counts(facts, fact) || !ra_fact_changes(fact->kind))
			continue;
		for (uint32_t r = 0; r < fact->n_regions; r++) {
			const struct ra_region *region = &facts->regions.v[fact->regions[r]];

			if (is_thread_lock(facts, region, state))
				add_tally(t, region->lock);
		}
	}
}

static void count(const struct ra_facts *facts, uint32_t state, struct tallies *t)
{
	const struct ra_fact *fact = ra_state_use(facts, state);

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		if (!ra_guard_counts(facts, fact))
			continue;
		t->all++;
		for (uint32_t i = 0; i < t->n && fact->n_regions; i++) {
			if (!ra_guard_holds(facts, fact, t->list[i].lock))
				continue;
			t->list[i].guarded++;
			t->list[i].guarded_writes += ra_fact_changes(fact->kind);
			add_unit(&t->list[i], fact->unit);
		}
	}
}

/* How many uses the evidence asks for: a word about it needs one; its place among the fields more
 * with it than without; nothing but use two units and twice as many. */
static bool is_enough(enum ra_guard_by by, const struct tally *t, unsigned bare)
{
	if (by == RA_GUARD_NAME || by == RA_GUARD_COMMENT)
		return t->guarded > 0;
	if (by == RA_GUARD_PLACE && t->guarded_writes && t->guarded > bare)
		return true;
	return t->guarded >= 2 && t->n_units >= 2 && t->guarded >= 2 * bare;
}

bool ra_guard_of(const struct ra_facts *facts, uint32_t state, struct ra_guard *out)
{
	enum ra_guard_by by = RA_GUARD_NONE;
	uint32_t line = 0, said = ra_guard_said(facts, state, &by, &line);
	struct tallies t = { .n = 0 };
	const struct tally *best = NULL;

	if (facts->states.v[state].constant && by != RA_GUARD_NAME)
		return false;
	add_tally(&t, said);
	find_locks(facts, state, &t);
	count(facts, state, &t);
	for (uint32_t i = 0; i < t.n; i++) {
		const struct tally *one = &t.list[i];
		bool told = one->lock == said;

		if (!is_enough(told ? by : RA_GUARD_MOST, one, t.all - one->guarded))
			continue;
		if (!best || (told && by >= RA_GUARD_COMMENT) ||
		    (!(best->lock == said && by >= RA_GUARD_COMMENT) &&
		     one->guarded > best->guarded))
			best = one;
	}
	if (!best)
		return false;
	*out = (struct ra_guard){
		.lock = best->lock, .by = best->lock == said ? by : RA_GUARD_MOST,
		.line = best->lock == said ? line : 0, .guarded = best->guarded,
		.bare = t.all - best->guarded, .guarded_writes = best->guarded_writes,
	};
	return true;
}
