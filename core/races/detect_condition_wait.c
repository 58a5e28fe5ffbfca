/*
 * condition-wait: a condition is waited on, or woken, past the lock that goes with it.
 *
 *     unchecked   acquire L, wait C with its guard, and nothing between the two: what is waited for
 *                 may have come before L was taken, and nobody looks
 *     once        wait C in no loop: woken, it goes on whatever the state is by then
 *     bare-wake   wake C in a unit that never takes L, where others wait for C with L: the wake may
 *                 fall between their look and their wait
 *
 * Silent for waits that look by themselves (a predicate), for waits with a bound in time, for units
 * that are only called with the lock held, and in tests.
 */
#include "core/races/lockgraph.h"

static bool is_wait(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_WAIT && fact->region != RA_NONE &&
	       !(fact->flags & (RA_FACT_INLINED | RA_FACT_AWAITS_TIMED)) &&
	       !facts->units[fact->unit].test && fact->row && !(fact->row->flags & RA_API_ATOMIC);
}

/* Is anything done under the region before the wait, but taking it and handing it over? */
static bool looks_before(const struct ra_facts *facts, const struct ra_fact *wait)
{
	const struct ra_region *region = &facts->regions.v[wait->region];
	const struct ra_fact *acquire = ra_fact(facts, region->acquire);

	for (uint32_t i = acquire->index + 1; i < wait->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if (fact->unit == wait->unit && ra_fact_in_region(fact, wait->region) &&
		    fact->statement != acquire->statement && fact->statement != wait->statement)
			return true;
	}
	return acquire->statement == wait->statement;
}

static void report_wait(struct ra_detection *d, const struct ra_fact *wait)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_region *region = &facts->regions.v[wait->region];
	const struct ra_fact *acquire = ra_fact(facts, region->acquire);
	struct ra_candidate *c = ra_candidate_at(d, wait, wait->base);

	if (!c)
		return;
	ra_candidate_var(d, c, "condition", "%.*s", RA_FMT(wait->base));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_var(d, c, "taken", "%u", acquire->line);
	ra_candidate_event(d, c, "acquire", acquire, "takes `%.*s`", RA_FMT(region->text));
	ra_candidate_event(d, c, "wait", wait, "waits without a look");
	ra_candidate_step(d, c, "Thread B", 0, true, "changes the state and wakes `%.*s`",
			  RA_FMT(wait->base));
	ra_candidate_step(d, c, "Thread A", acquire->line, false, "takes `%.*s`",
			  RA_FMT(region->text));
	ra_candidate_step(d, c, "Thread A", wait->line, true, "waits for what has been");
}

/* -- once ------------------------------------------------------------------------------------ */

/* Is it called in loops alone, each of which may look? */
static bool called_in_loops(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers; i++)
		if (!facts->shape->blocks.v[ra_fact(facts, u->callers[i])->block].loop)
			return false;
	return u->n_callers > 0;
}

/* A unit that does nothing but wait is the wait of somebody else. */
static bool is_wrapper(const struct ra_facts *facts, const struct ra_fact *wait)
{
	const struct ra_node *statement = wait->statement;

	return statement && statement->up && statement->up->kind == RA_N_BLOCK &&
	       statement->up->kids == statement && !statement->next &&
	       wait->block == facts->shape->units.v[wait->unit].block;
}

static void find_once(struct ra_detection *d, const struct ra_fact *wait)
{
	const struct ra_facts *facts = d->facts;
	struct ra_candidate *c;

	if (wait->kind != RA_FACT_WAIT || wait->receiver_kind != RA_KIND_CONDITION ||
	    (wait->flags & (RA_FACT_INLINED | RA_FACT_DEFERRED)) ||
	    facts->shape->blocks.v[wait->block].loop || called_in_loops(facts, wait->unit) ||
	    is_wrapper(facts, wait) || !(c = ra_candidate_at(d, wait, wait->base)))
		return;
	ra_candidate_var(d, c, "condition", "%.*s", RA_FMT(wait->base));
	ra_candidate_var(d, c, "taken", "%u", wait->line);
	ra_candidate_event(d, c, "wait", wait, "waits, and does not look again");
	ra_candidate_step(d, c, "Thread A", wait->line, false, "waits for `%.*s`",
			  RA_FMT(wait->base));
	ra_candidate_step(d, c, "Thread B", 0, true, "wakes two waiters; the other one takes it all");
	ra_candidate_step(d, c, "Thread A", wait->line, true, "goes on as if it were there");
}

/* -- wakes ----------------------------------------------------------------------------------- */

/* Does the unit take the lock before the wake, itself or by what it calls, or hold it? */
static bool takes(const struct ra_facts *facts, const struct ra_fact *wake, uint32_t lock)
{
	const struct ra_unit_facts *unit = &facts->units[wake->unit];

	for (uint32_t i = 0; i < wake->n_regions; i++)
		if (facts->regions.v[wake->regions[i]].lock == lock)
			return true;
	for (uint32_t i = 0; i < unit->n_stream && i < wake->position; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact->kind == RA_FACT_ACQUIRE && fact->region != RA_NONE &&
		    facts->regions.v[fact->region].lock == lock)
			return true;
	}
	return false;
}

/* Who calls the unit may hold the lock, or have had it: units that the file itself calls. */
static bool is_helper(const struct ra_facts *facts, const struct ra_fact *wake)
{
	return facts->units[wake->unit].n_callers > 0 && !facts->units[wake->unit].spawned;
}

static void report_wake(struct ra_detection *d, const struct ra_fact *wait, const struct ra_fact *wake)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_region *region = &facts->regions.v[wait->region];
	struct ra_candidate *c = ra_candidate_at(d, wake, wake->base);

	if (!c)
		return;
	ra_candidate_var(d, c, "condition", "%.*s", RA_FMT(wake->base));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_var(d, c, "taken", "%u", wait->line);
	ra_candidate_event(d, c, "wake", wake, "wakes without the lock");
	ra_candidate_event(d, c, "wait", wait, "waits with `%.*s`", RA_FMT(region->text));
	ra_candidate_step(d, c, "Thread A", wait->line, false,
			  "has looked, and is about to wait, with `%.*s` held", RA_FMT(region->text));
	ra_candidate_step(d, c, "Thread B", wake->line, true, "wakes `%.*s`: nobody waits yet",
			  RA_FMT(wake->base));
	ra_candidate_step(d, c, "Thread A", wait->line, true, "waits, and nobody wakes it");
}

static void find_wakes(struct ra_detection *d, const struct ra_fact *wait)
{
	const struct ra_facts *facts = d->facts;
	uint32_t lock = facts->regions.v[wait->region].lock;

	for (size_t i = 0; lock != RA_NONE && wait->state != RA_NONE && i < facts->facts.n; i++) {
		const struct ra_fact *wake = ra_fact(facts, (uint32_t)i);

		if (wake->kind == RA_FACT_WAKE && wake->state == wait->state &&
		    !(wake->flags & RA_FACT_INLINED) && !takes(facts, wake, lock) &&
		    !is_helper(facts, wake) && !facts->units[wake->unit].test)
			report_wake(d, wait, wake);
	}
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *wait = ra_fact(d->facts, (uint32_t)i);

		if (ra_card_has(d->card, "shape", "once"))
			find_once(d, wait);
		if (!is_wait(d->facts, wait))
			continue;
		if (ra_card_has(d->card, "shape", "unchecked") && !looks_before(d->facts, wait))
			report_wait(d, wait);
		if (ra_card_has(d->card, "shape", "bare-wake"))
			find_wakes(d, wait);
	}
}

const struct ra_detector ra_detect_condition_wait = {
	.name = "condition-wait",
	.help = "a condition waited on without a look, or woken without its lock",
	.params = "shape",
	.vars = "condition taken",
	.run = run,
};
