/*
 * wrong-release: a lock that lets readers in together is given up by the call that does not fit.
 *
 *     acquire L shared < release L exclusive     or the other way round, deferred or not
 *
 * Silent where the unit holds L in both ways.
 */
#include "core/races/internal.h"

static bool is_shared(const struct ra_fact *fact)
{
	const struct ra_api_row *row = ra_api_with(fact->row, RA_EFFECT_RELEASE);

	return row && (row->flags & RA_API_SHARED);
}

/* Is it held in the other way, too? */
static bool is_held_both_ways(const struct ra_facts *facts, const struct ra_fact *release)
{
	const struct ra_region *taken = &facts->regions.v[release->region];

	for (uint32_t i = 0; i < release->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[release->regions[i]];

		if (region->shared != taken->shared && ra_region_same_lock(region, taken))
			return true;
	}
	return false;
}

static void report(struct ra_detection *d, const struct ra_fact *release)
{
	const struct ra_region *region = &d->facts->regions.v[release->region];
	const struct ra_fact *acquire = ra_fact(d->facts, region->acquire);
	struct ra_candidate *c = ra_candidate_at(d, release, region->text);

	if (!c)
		return;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_var(d, c, "taken", "%.*s",
			 RA_FMT(ra_node_text(d->facts->shape, acquire->node)));
	ra_candidate_var(d, c, "given", "%.*s",
			 RA_FMT(ra_node_text(d->facts->shape, release->node)));
	ra_candidate_event(d, c, "acquire", acquire, NULL);
	ra_candidate_event(d, c, "act", release, NULL);
	ra_candidate_step(d, c, "Task A", acquire->line, false, "%s",
			  region->shared ? "takes the lock to read" : "takes the lock to write");
	ra_candidate_step(d, c, "Task A", release->line, true, "%s",
			  region->shared ? "gives up the lock of who writes, which nobody holds"
					 : "gives up the lock of who reads, which nobody holds");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *release = ra_fact(facts, (uint32_t)i);
		const struct ra_region *region;

		if ((release->flags & RA_FACT_INLINED) || release->region == RA_NONE ||
		    !ra_api_with(release->row, RA_EFFECT_RELEASE) ||
		    (release->kind == RA_FACT_CALL && !(release->flags & RA_FACT_DEFERRED)))
			continue;
		region = &facts->regions.v[release->region];
		if (region->kind == RA_KIND_LOCK && region->acquire != RA_NONE && !region->entry &&
		    region->shared != is_shared(release) && !is_held_both_ways(facts, release))
			report(d, release);
	}
}

const struct ra_detector ra_detect_wrong_release = {
	.name = "wrong-release",
	.help = "a lock is given up by a call that does not fit the one that took it",
	.params = "",
	.vars = "taken given",
	.run = run,
};
