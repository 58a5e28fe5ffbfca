/*
 * lock-across-switch: a lock is held at a checkpoint.
 *
 *     blocking   region of a blocking lock holds at a checkpoint: whoever wants it next stops the
 *                thread, and with it the one who would release it
 *     io         region of an async lock holds at a checkpoint that talks to a peer: a question
 *
 * One finding for each region; a question where the lock is made by a class that is not known to
 * make locks. Silent for locks made in the call, for semaphores, whose limit is
 * there to span work, at checkpoints that never switch, and in tests.
 */
#include "core/races/cancel.h"
#include "core/races/lockgraph.h"

static bool is_wanted(const struct ra_detection *d, const struct ra_region *region,
		      const struct ra_fact *point)
{
	if (region->private_ || region->kind == RA_KIND_SEMAPHORE ||
	    (region->entry && region->lock == RA_NONE) || !ra_lock_is_taken(d->facts, region))
		return false;
	if (!region->async)
		return ra_card_has(d->card, "shape", "blocking");
	return ra_card_has(d->card, "shape", "io") && ra_api_with(point->row, RA_EFFECT_IO);
}

/* Another place of the file that takes the same lock; the region's own when there is none. */
static const struct ra_fact *rival(const struct ra_facts *facts, const struct ra_region *region)
{
	const struct ra_fact *own = region->acquire == RA_NONE ? NULL :
				    ra_fact(facts, region->acquire);

	for (size_t i = 0; region->lock != RA_NONE && i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (fact->kind == RA_FACT_ACQUIRE && fact->state == region->lock && fact != own &&
		    !(fact->flags & RA_FACT_INLINED))
			return fact;
	}
	return own;
}

static void report(struct ra_detection *d, const struct ra_region *region,
		   const struct ra_fact *point)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *other = rival(facts, region);
	struct ra_str words = ra_fact_words(d->arena, facts, point);
	struct ra_candidate *c = ra_candidate_at(d, point, region->text);
	const struct ra_fact *acquire = region->acquire == RA_NONE ? point :
					ra_fact(facts, region->acquire);
	struct ra_str unit;

	if (!c)
		return;
	c->question |= ra_lock_maker(facts, region->lock) == RA_LOCK_BY_NAME && !region->async;
	unit = facts->shape->units.v[other ? other->unit : point->unit].qualified;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_line(d, c, "taken", acquire->line);
	ra_candidate_var(d, c, "rival", "%.*s", RA_FMT(unit));
	ra_candidate_event(d, c, "acquire", acquire, "takes `%.*s`", RA_FMT(region->text));
	ra_candidate_event(d, c, "switch", point, "switches with `%.*s` held",
			   RA_FMT(region->text));
	if (other && other != acquire)
		ra_candidate_event(d, c, "conflict", other, "wants `%.*s` too",
				   RA_FMT(region->text));
	ra_candidate_step(d, c, "Task A", acquire->line, false, "takes `%.*s`",
			  RA_FMT(region->text));
	ra_candidate_step(d, c, "Task A", point->line, true, "%.*s, with `%.*s` held",
			  RA_FMT(words), RA_FMT(region->text));
	ra_candidate_step(d, c, "Task B", other ? other->line : acquire->line, true,
			  "`%.*s` wants `%.*s` and waits", RA_FMT(unit), RA_FMT(region->text));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	bool *seen = ra_new_array(d->arena, bool, facts->regions.n);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *point = ra_fact(facts, (uint32_t)i);

		if ((point->flags & RA_FACT_INLINED) || !ra_is_cancel_point(facts, point) ||
		    facts->units[point->unit].test)
			continue;
		for (uint32_t r = 0; r < point->n_regions; r++) {
			const struct ra_region *region = &facts->regions.v[point->regions[r]];

			if (seen[region->index] || !is_wanted(d, region, point))
				continue;
			seen[region->index] = true;
			report(d, region, point);
		}
	}
}

const struct ra_detector ra_detect_lock_across_switch = {
	.name = "lock-across-switch",
	.help = "a lock held where the scheduler switches",
	.params = "shape",
	.vars = "taken rival",
	.run = run,
};
