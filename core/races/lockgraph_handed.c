/*
 * lockgraph_handed: edges of locks that one unit takes and another one gives back.
 *
 *     u:  acquire E, and leaves with it      v:  acquire L < release E    whoever has E wants L
 *     u:  release L < acquire L, called with L and H held                 whoever has H wants L
 *
 * What is held in a unit because its callers hold it is looked up at the callers.
 */
#include "core/races/lockgraph.h"

enum { CALLERS_DEEP = 4, HANDED_MAX = 200 };

static void add(struct ra_arena *arena, const struct ra_facts *facts, struct ra_lock_graph *out,
		const struct ra_region *first, const struct ra_fact *acquire,
		const struct ra_fact *at)
{
	const struct ra_region *second = &facts->regions.v[acquire->region];

	if (second->lock == RA_NONE || first->lock == second->lock || first->acquire == RA_NONE)
		return;
	*ra_vec_push(arena, &out->edges) = (struct ra_lock_edge){
		.first = first->lock, .second = second->lock, .unit = at->unit,
		.region = first->index, .at = at->index, .acquire = acquire->index,
		.text = second->text, .key = second->key,
	};
}

/* -- handed over ----------------------------------------------------------------------------- */

/* A region of the lock that the unit which took it does not end. */
static const struct ra_region *kept(const struct ra_facts *facts, const struct ra_fact *release)
{
	for (size_t i = 0; i < facts->regions.n; i++) {
		const struct ra_region *region = &facts->regions.v[i];

		if (region->lock == release->state && region->release == RA_NONE &&
		    !region->with && !region->entry && !region->private_ &&
		    region->acquire != RA_NONE && region->unit != release->unit)
			return region;
	}
	return NULL;
}

static void add_handed(struct ra_arena *arena, const struct ra_facts *facts,
		       const struct ra_fact *release, struct ra_lock_graph *out)
{
	const struct ra_region *first = kept(facts, release);

	for (uint32_t r = 0; first && r < release->n_regions; r++) {
		const struct ra_region *held = &facts->regions.v[release->regions[r]];

		if (held->acquire != RA_NONE && ra_lock_is_first(facts, held) &&
		    held->unit == release->unit)
			add(arena, facts, out, first, ra_fact(facts, held->acquire),
			    ra_fact(facts, held->acquire));
	}
}

/* -- taken back ------------------------------------------------------------------------------ */

/* Does the unit give the lock back before, which it was entered with? */
static bool takes_back(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	const struct ra_unit_facts *u = &facts->units[acquire->unit];

	for (uint32_t i = u->first; i < acquire->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if (fact->kind == RA_FACT_RELEASE && fact->state == acquire->state &&
		    (fact->region == RA_NONE || facts->regions.v[fact->region].entry))
			return true;
	}
	return false;
}

/* Those who called with the lock and another one have the other one on. */
static void add_retaken(struct ra_arena *arena, const struct ra_facts *facts,
			const struct ra_fact *acquire, uint32_t unit, unsigned depth,
			struct ra_lock_graph *out)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers && ra_facts_step(facts); i++) {
		const struct ra_fact *call = ra_fact(facts, u->callers[i]);
		bool held = false;

		if (!ra_lock_runs_now(facts, call))
			continue;
		for (uint32_t r = 0; r < call->n_regions; r++)
			held |= facts->regions.v[call->regions[r]].lock == acquire->state;
		for (uint32_t r = 0; r < call->n_regions && held; r++) {
			const struct ra_region *other = &facts->regions.v[call->regions[r]];

			if (ra_lock_is_first(facts, other) && other->lock != RA_NONE)
				add(arena, facts, out, other, acquire, call);
		}
		if (depth < CALLERS_DEEP)
			add_retaken(arena, facts, acquire, call->unit, depth + 1, out);
	}
}

void ra_lock_graph_handed(struct ra_arena *arena, const struct ra_facts *facts,
			  struct ra_lock_graph *out)
{
	size_t limit = out->edges.n + HANDED_MAX;

	for (size_t i = 0; i < facts->facts.n && out->edges.n < limit; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (fact->flags & RA_FACT_INLINED)
			continue;
		if (fact->kind == RA_FACT_RELEASE && fact->region == RA_NONE &&
		    fact->state != RA_NONE)
			add_handed(arena, facts, fact, out);
		else if (ra_lock_is_ordered(facts, fact) && fact->state != RA_NONE &&
			 takes_back(facts, fact))
			add_retaken(arena, facts, fact, fact->unit, 0, out);
	}
}
