/*
 * read-after-release: a unit lets go of a lock and then looks at what it has just changed under it.
 *
 *     region of L: change S > release L < read S, no lock      L is taken elsewhere to change S too
 *
 * What is read is what another task has made of it meanwhile, and the read itself is a race. The unit
 * itself counts as elsewhere where it can overlap with itself, and adds to what was there: what it
 * replaces, it may well do once. Silent when another lock is held, for
 * what guards itself, and in construction.
 */
#include "core/races/window.h"

static bool is_data(const struct ra_state *state)
{
	return ra_kind_is_data(state->kind) && state->scope != RA_SCOPE_CLOSURE;
}

/* The region under which the change is, whose lock is its guard: it is let go before `read`. */
static const struct ra_region *released(const struct ra_facts *facts, const struct ra_fact *change,
					const struct ra_fact *read)
{
	for (uint32_t i = 0; i < change->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[change->regions[i]];
		const struct ra_fact *release = region->release == RA_NONE
			? NULL : ra_fact(facts, region->release);

		if (release && release->unit == read->unit && !region->shared &&
		    !region->entry && region->lock != RA_NONE &&
		    release->index > change->index && release->index < read->index &&
		    ra_region_guards(facts, region, change->state) &&
		    ra_region_covers(facts, region, change) &&
		    ra_fact_order(facts, release, read, false) != RA_ORDER_NEVER)
			return region;
	}
	return NULL;
}

/* Does each run of the unit add to what was there? Not one that runs for long: it is the only one. */
static bool adds_to(const struct ra_facts *facts, const struct ra_fact *change)
{
	return change->kind != RA_FACT_WRITE && !facts->units[change->unit].spawned &&
	       !facts->shape->blocks.v[change->block].loop;
}

/* A change under the lock in a unit that can run meanwhile. All changes have to be under it: else it
 * is not what guards the state. */
static const struct ra_fact *changed_elsewhere(const struct ra_facts *facts,
					       const struct ra_fact *read, uint32_t lock,
					       struct ra_evidence *why)
{
	const struct ra_fact *fact = ra_state_use(facts, read->state), *found = NULL;

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		if (!ra_fact_changes(fact->kind) || !fact->unit ||
		    (fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) ||
		    facts->units[fact->unit].constructs)
			continue;
		if (!ra_fact_region_of(facts, fact, lock) || (fact->flags & RA_FACT_ATOMIC))
			return NULL;
		if (found)
			continue;
		*why = ra_units_together(facts, read->unit, fact->unit);
		if (why->strength >= RA_TOGETHER_LOCKED && why->preemptive &&
		    (fact->unit != read->unit || adds_to(facts, fact)))
			found = fact;
	}
	return found;
}

static void look_at(struct ra_detection *d, const struct ra_fact *read)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *change = read, *conflict;
	const struct ra_region *region = NULL;
	struct ra_evidence why;
	struct ra_candidate *c;

	while (!region && (change = ra_fact_previous(facts, change)))
		if (ra_fact_changes(change->kind) && change->unit == read->unit &&
		    !(change->flags & RA_FACT_INLINED) && ra_str_eq(change->base, read->base))
			region = released(facts, change, read);
	if (!region)
		return;
	conflict = changed_elsewhere(facts, read, region->lock, &why);
	if (!conflict ||
	    !(c = ra_candidate_at(d, read, facts->states.v[read->state].name)))
		return;
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, read)));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_line(d, c, "released", ra_fact(facts, region->release)->line);
	ra_candidate_line(d, c, "conflict", conflict->line);
	ra_trace_race(d, c, change, ra_fact(facts, region->release), conflict, read, &why,
		      "what is read is not what this unit wrote");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *read = ra_fact(facts, (uint32_t)i);

		if ((read->kind != RA_FACT_READ && read->kind != RA_FACT_TEST &&
		     read->kind != RA_FACT_ITERATE) || read->n_regions || !read->unit ||
		    (read->flags & (RA_FACT_INLINED | RA_FACT_FRESH | RA_FACT_ATOMIC |
				    RA_FACT_DEFERRED)) ||
		    read->origin != RA_NONE || facts->units[read->unit].constructs ||
		    !is_data(&facts->states.v[read->state]))
			continue;
		look_at(d, read);
	}
}

const struct ra_detector ra_detect_read_after_release = {
	.name = "read-after-release",
	.help = "a unit lets go of a lock and then looks at what it changed under it",
	.params = "",
	.vars = "access lock released conflict",
	.run = run,
};
