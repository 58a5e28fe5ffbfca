/*
 * guarded: which regions keep others from a state. A lock is one of an object: that of another object
 * of the same class guards nothing here.
 */
#include "core/facts/facts.h"

bool ra_region_guards(const struct ra_facts *facts, const struct ra_region *region, uint32_t state)
{
	const struct ra_state *lock, *guarded;

	if (region->private_)
		return false;
	if (state == RA_NONE || region->lock == RA_NONE)
		return true;
	lock = &facts->states.v[region->lock];
	guarded = &facts->states.v[state];
	return lock->scope != RA_SCOPE_INSTANCE || guarded->scope == RA_SCOPE_INSTANCE ||
	       guarded->scope == RA_SCOPE_CLOSURE;
}

bool ra_region_same_lock(const struct ra_region *a, const struct ra_region *b)
{
	return a->lock != RA_NONE ? a->lock == b->lock
				  : b->lock == RA_NONE && ra_str_eq(a->text, b->text);
}

bool ra_region_is_of(const struct ra_facts *facts, const struct ra_region *region, uint32_t lock)
{
	const struct ra_state *a, *b;

	if (region->lock == lock || region->lock == RA_NONE || lock == RA_NONE)
		return region->lock == lock;
	a = &facts->states.v[region->lock];
	b = &facts->states.v[lock];
	return a->scope == RA_SCOPE_INSTANCE && b->scope == RA_SCOPE_INSTANCE &&
	       ra_str_eq(a->field, b->field) && !(facts->runtimes & RA_RT_DATA_RACES);
}

/* `self.pools` in `with self.pools.lock:`: what holds a lock of its own is guarded by that. */
static bool is_holder(struct ra_str object, const struct ra_fact *access,
		      const struct ra_state *state)
{
	size_t at = access->base.len + 1;

	return access->base.len && object.len == at + state->field.len &&
	       object.ptr[access->base.len] == '.' && ra_str_starts(object, access->base) &&
	       ra_str_ends(object, state->field);
}

bool ra_region_covers(const struct ra_facts *facts, const struct ra_region *region,
		      const struct ra_fact *access)
{
	const struct ra_state *lock, *state;
	struct ra_str object;

	if (!ra_region_guards(facts, region, access->state))
		return false;
	if (region->entry || region->lock == RA_NONE || access->state == RA_NONE)
		return true;
	lock = &facts->states.v[region->lock];
	state = &facts->states.v[access->state];
	if (lock->scope != RA_SCOPE_INSTANCE || state->scope != RA_SCOPE_INSTANCE ||
	    lock->owner != state->owner || (access->flags & RA_FACT_VIA_ALIAS) ||
	    state->behind == region->lock + 1) /* only its guard lets at it */
		return true;
	/* taken out of a registry into a local: it says no object */
	if (region->key.len && ra_str_find(region->text, RA_STR(".")) < 0)
		return true;
	/* an embedded lock is taken through the object itself: "c" as well as "c.mu" */
	object = ra_str_before_last(region->text, '.');
	return !access->base.len || !region->text.len || ra_str_eq(object, access->base) ||
	       ra_str_eq(region->text, access->base) || is_holder(object, access, state);
}

/* A copy of a callee's fact speaks of its object in the caller's words, its region in its own. */
static bool covers(const struct ra_facts *facts, const struct ra_region *region,
		   const struct ra_fact *fact)
{
	return !ra_fact_is_access(fact->kind) || (fact->flags & RA_FACT_INLINED) ||
	       ra_region_covers(facts, region, fact);
}

bool ra_fact_in_region(const struct ra_fact *fact, uint32_t region)
{
	for (uint32_t i = 0; i < fact->n_regions; i++)
		if (fact->regions[i] == region)
			return true;
	return false;
}

const struct ra_region *ra_fact_region_of(const struct ra_facts *facts, const struct ra_fact *fact,
					  uint32_t lock)
{
	for (uint32_t i = 0; i < fact->n_regions; i++)
		if (facts->regions.v[fact->regions[i]].lock == lock)
			return &facts->regions.v[fact->regions[i]];
	return NULL;
}

const struct ra_region *ra_fact_common_region(const struct ra_facts *facts, const struct ra_fact *a,
					      const struct ra_fact *b, uint32_t state)
{
	for (uint32_t i = 0; i < a->n_regions; i++)
		for (uint32_t k = 0; k < b->n_regions; k++) {
			const struct ra_region *region = &facts->regions.v[a->regions[i]];

			if (a->regions[i] == b->regions[k] &&
			    ra_region_guards(facts, region, state) &&
			    (state == RA_NONE || (covers(facts, region, a) &&
						  covers(facts, region, b))))
				return region;
		}
	return NULL;
}

/* "Called with the lock held": whichever that is. */
static bool is_any(const struct ra_region *region)
{
	return region->entry && region->lock == RA_NONE;
}

static bool is_same(const struct ra_facts *facts, const struct ra_region *x,
		    const struct ra_region *y)
{
	if (is_any(x) || is_any(y))
		return true;
	if (x->lock == RA_NONE)
		return y->lock == RA_NONE && ra_str_eq(x->text, y->text);
	return ra_region_is_of(facts, y, x->lock);
}

bool ra_fact_same_lock(const struct ra_facts *facts, const struct ra_fact *a,
		       const struct ra_fact *b, uint32_t state)
{
	for (uint32_t i = 0; i < a->n_regions; i++)
		for (uint32_t k = 0; k < b->n_regions; k++) {
			const struct ra_region *x = &facts->regions.v[a->regions[i]];
			const struct ra_region *y = &facts->regions.v[b->regions[k]];

			if (is_same(facts, x, y) && ra_region_guards(facts, x, state) &&
			    !(x->shared && y->shared) &&
			    (state == RA_NONE || (covers(facts, x, a) && covers(facts, y, b))))
				return true;
		}
	return false;
}
