/*
 * The trace of a state race, the same facts once for each task, cut at the switch:
 *
 *     [Task A] enters `Pool.get`
 *     [Task A] tests whether `key` is in `self._conns`        opens
 *     [Task A] awaits `self._dial(key)`                       the switch: the window begins
 *     [Task B] enters `Pool.get` as well
 *     [Task B] tests whether `key` is in `self._conns`
 *     [Task B] stores into `self._conns[key]`                 conflict
 *     [Task A] stores into `self._conns[key]`                 closes: the window ends
 *     [Task A] the first connection is unreachable            consequence
 *
 * Of the facts of a unit only those that matter here are told: the locks that it holds and what it
 * sees of the state.
 */
#include "core/races/internal.h"

#include <stdio.h>

enum { LOOKS_MAX = 3 }; /* accesses of B before its conflicting one */

static void tell(struct ra_detection *d, struct ra_candidate *c, const char *task,
		 const struct ra_fact *fact, bool window)
{
	ra_candidate_step(d, c, task, fact->line, window, "%.*s",
			  RA_FMT(ra_fact_words(d->arena, d->facts, fact)));
}

/* Locks that are held at `fact`, as they were taken. */
static void tell_locks(struct ra_detection *d, struct ra_candidate *c, const char *task,
		       const struct ra_fact *fact, bool window)
{
	const struct ra_unit *unit = &d->facts->shape->units.v[fact->unit];

	for (uint32_t i = 0; i < fact->n_regions; i++) {
		const struct ra_region *region = &d->facts->regions.v[fact->regions[i]];

		if (region->entry)
			ra_candidate_step(d, c, task, unit->line, window,
					  "is called with `%.*s` held", RA_FMT(region->text));
		else
			tell(d, c, task, ra_fact(d->facts, region->acquire), window);
	}
}

/* Locks held at `seen` that are given up before `closes`: the window begins there. */
static bool tell_releases(struct ra_detection *d, struct ra_candidate *c,
			  const struct ra_fact *seen, const struct ra_fact *closes)
{
	bool told = false;

	for (uint32_t i = 0; i < seen->n_regions; i++) {
		const struct ra_region *region = &d->facts->regions.v[seen->regions[i]];

		if (region->release == RA_NONE || ra_fact_in_region(closes, region->index))
			continue;
		tell(d, c, "Task A", ra_fact(d->facts, region->release), true);
		told = true;
	}
	return told;
}

/* The last facts of B before the conflict that see its state, or the one that A changes. */
static void tell_looks(struct ra_detection *d, struct ra_candidate *c, uint32_t state_a,
		       const struct ra_fact *conflict)
{
	const struct ra_unit_facts *unit = &d->facts->units[conflict->unit];
	const struct ra_fact *looks[LOOKS_MAX];
	uint32_t n = 0;

	for (uint32_t i = conflict->position; i-- > 0 && n < LOOKS_MAX;) {
		const struct ra_fact *fact = ra_fact(d->facts, unit->stream[i]);

		if (ra_fact_is_access(fact->kind) && !ra_fact_changes(fact->kind) &&
		    (fact->state == conflict->state || fact->state == state_a) &&
		    ra_fact_same_key(fact, conflict) &&
		    ra_fact_order(d->facts, fact, conflict, false) != RA_ORDER_NEVER)
			looks[n++] = fact;
	}
	while (n)
		tell(d, c, "Task B", looks[--n], true);
}

/* B tests, finds it there, and raises. */
static void tell_raise(struct ra_detection *d, struct ra_candidate *c,
		       const struct ra_fact *conflict)
{
	const struct ra_unit_facts *unit = &d->facts->units[conflict->unit];

	for (uint32_t i = conflict->position + 1; i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, unit->stream[i]);

		if (fact->kind != RA_FACT_LEAVE || fact->node->kind != RA_N_RAISE ||
		    ra_fact_governed(d->facts, conflict, fact) != RA_SAYS_PRESENT)
			continue;
		ra_candidate_step(d, c, "Task B", fact->line, true, "`%.*s`",
				  RA_FMT(ra_code_words(d->arena, d->facts->shape->tokens,
						       fact->node->first, fact->node->last)));
		return;
	}
}

static void tell_b(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
		   const struct ra_fact *conflict)
{
	const struct ra_unit *unit = &d->facts->shape->units.v[conflict->unit];

	ra_candidate_step(d, c, "Task B", unit->line, true, "enters `%.*s`%s",
			  RA_FMT(unit->qualified),
			  conflict->unit == opens->unit ? " as well" : "");
	tell_locks(d, c, "Task B", conflict, true);
	tell_looks(d, c, opens->state, conflict);
	tell(d, c, "Task B", conflict, true);
	if (ra_fact_decides(conflict))
		tell_raise(d, c, conflict);
}

/* What A sees, where the lock that made it true is given up, and the switch. */
static void tell_a(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
		   const struct ra_fact *sw, const struct ra_fact *closes)
{
	const struct ra_unit *unit = &d->facts->shape->units.v[opens->unit];
	bool earlier = opens->kind == RA_FACT_TEST && opens->origin != RA_NONE;
	const struct ra_fact *seen = earlier ? ra_fact(d->facts, opens->origin) : opens;
	bool released;

	ra_candidate_step(d, c, "Task A", unit->line, false, "enters `%.*s`",
			  RA_FMT(unit->qualified));
	tell_locks(d, c, "Task A", seen, false);
	tell(d, c, "Task A", seen, false);
	released = tell_releases(d, c, seen, closes);
	if (earlier)
		tell(d, c, "Task A", opens, released);
	if (sw)
		tell(d, c, "Task A", sw, true);
	else if (!released)
		ra_candidate_step(d, c, "Task A", opens->line, true,
				  "is interrupted: another thread runs");
}

static void mark_events(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
			const struct ra_fact *sw, const struct ra_fact *conflict,
			const struct ra_fact *closes)
{
	ra_candidate_event(d, c, "check", opens, NULL);
	if (sw)
		ra_candidate_event(d, c, "switch", sw, NULL);
	ra_candidate_event(d, c, "conflict", conflict, NULL);
	ra_candidate_event(d, c, "act", closes, NULL);
}

void ra_trace_race(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
		   const struct ra_fact *sw, const struct ra_fact *conflict,
		   const struct ra_fact *closes, const struct ra_evidence *why,
		   const char *consequence, ...)
{
	const struct ra_facts *facts = d->facts;
	char last[512];
	va_list args;

	mark_events(d, c, opens, sw, conflict, closes);
	tell_a(d, c, opens, sw, closes);
	tell_b(d, c, opens, conflict);
	tell(d, c, "Task A", closes, true);
	if (consequence) {
		va_start(args, consequence);
		vsnprintf(last, sizeof(last), consequence, args);
		va_end(args);
		ra_candidate_step(d, c, "Task A", 0, false, "%s", last);
	}
	ra_candidate_default(d, c, "task_b", facts->shape->units.v[conflict->unit].qualified);
	ra_candidate_default(d, c, "together", why ? why->text : RA_STR(""));
	if (opens->state != RA_NONE)
		ra_candidate_default(d, c, "state", facts->states.v[opens->state].name);
}
