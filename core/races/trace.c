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

enum {
	LOOKS_MAX = 3, /* accesses of B before its conflicting one */
	RUN_MAX = 10,  /* facts of one run; what is added first is told */
};

static void tell(struct ra_detection *d, struct ra_candidate *c, const char *task,
		 const struct ra_fact *fact, bool window)
{
	ra_candidate_step(d, c, task, fact->line, window, "%.*s",
			  RA_FMT(ra_fact_words(d->arena, d->facts, fact)));
}

/* -- a run of one unit ------------------------------------------------------------------------ */

/* What is told of it, in the order of its text; no fact twice. */
struct run {
	const struct ra_fact *facts[RUN_MAX];
	uint32_t n;
};

static void run_add(struct run *run, const struct ra_fact *fact)
{
	uint32_t at = run->n;

	for (uint32_t i = 0; i < run->n; i++)
		if (run->facts[i] == fact)
			return;
	if (run->n == RUN_MAX)
		return;
	for (; at && run->facts[at - 1]->position > fact->position; at--)
		run->facts[at] = run->facts[at - 1];
	run->facts[at] = fact;
	run->n++;
}

/* How the locks that are held at `fact` are taken, and where those are given up that are not held
 * at `last` any more; what comes before `from` is known. NULL: nothing is. */
static void run_add_locks(const struct ra_facts *facts, struct run *run, const struct ra_fact *from,
			  const struct ra_fact *fact, const struct ra_fact *last)
{
	for (uint32_t i = 0; i < fact->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[fact->regions[i]];
		const struct ra_fact *acquire, *release;

		if (region->entry)
			continue;
		acquire = ra_fact(facts, region->acquire);
		if (!from || acquire->position > from->position)
			run_add(run, acquire);
		if (region->release == RA_NONE || ra_fact_in_region(last, region->index))
			continue;
		release = ra_fact(facts, region->release);
		if (release->position < last->position)
			run_add(run, release);
	}
}

static void tell_run(struct ra_detection *d, struct ra_candidate *c, const char *task,
		     const struct run *run, bool window)
{
	for (uint32_t i = 0; i < run->n; i++)
		tell(d, c, task, run->facts[i], window);
}

/* Locks that whoever calls the unit holds. */
static void tell_entry(struct ra_detection *d, struct ra_candidate *c, const char *task,
		       const struct ra_fact *fact, bool window)
{
	for (uint32_t i = 0; i < fact->n_regions; i++) {
		const struct ra_region *region = &d->facts->regions.v[fact->regions[i]];

		if (region->entry)
			ra_candidate_step(d, c, task, d->facts->shape->units.v[fact->unit].line,
					  window, "is called with `%.*s` held",
					  RA_FMT(region->text));
	}
}

/* -- task B ----------------------------------------------------------------------------------- */

/* The last facts of B before the conflict that see its state, or the one that A changes. */
static void run_add_looks(const struct ra_facts *facts, struct run *run, uint32_t state_a,
			  const struct ra_fact *conflict)
{
	const struct ra_unit_facts *unit = &facts->units[conflict->unit];
	uint32_t n = 0;

	for (uint32_t i = conflict->position; i-- > 0 && n < LOOKS_MAX;) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (!ra_fact_is_access(fact->kind) || ra_fact_changes(fact->kind) ||
		    (conflict->kind == RA_FACT_UPDATE && fact->line == conflict->line) ||
		    (fact->state != conflict->state && fact->state != state_a) ||
		    !ra_fact_same_key(fact, conflict) ||
		    ra_fact_order(facts, fact, conflict, false) == RA_ORDER_NEVER)
			continue;
		run_add_locks(facts, run, NULL, fact, conflict);
		run_add(run, fact);
		n++;
	}
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

/* Where B gives up the locks without which A does not come to `closes`. */
static void tell_lets_in(struct ra_detection *d, struct ra_candidate *c,
			 const struct ra_fact *conflict, const struct ra_fact *closes)
{
	for (uint32_t i = 0; i < conflict->n_regions; i++) {
		const struct ra_region *held = &d->facts->regions.v[conflict->regions[i]];

		for (uint32_t k = 0; held->release != RA_NONE && k < closes->n_regions; k++) {
			if (!ra_region_same_lock(held,
						 &d->facts->regions.v[closes->regions[k]]))
				continue;
			tell(d, c, "Task B", ra_fact(d->facts, held->release), true);
			break;
		}
	}
}

static void tell_b(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
		   const struct ra_fact *conflict, const struct ra_fact *closes)
{
	const struct ra_unit *unit = &d->facts->shape->units.v[conflict->unit];
	struct run run = { .n = 0 };

	ra_candidate_step(d, c, "Task B", unit->line, true, "enters `%.*s`%s",
			  RA_FMT(unit->qualified),
			  conflict->unit == opens->unit ? " as well" : "");
	tell_entry(d, c, "Task B", conflict, true);
	run_add(&run, conflict);
	run_add_locks(d->facts, &run, NULL, conflict, conflict);
	run_add_looks(d->facts, &run, opens->state, conflict);
	tell_run(d, c, "Task B", &run, true);
	if (ra_fact_decides(conflict))
		tell_raise(d, c, conflict);
	tell_lets_in(d, c, conflict, closes);
}

/* -- task A ----------------------------------------------------------------------------------- */

/* Locks held at `seen` that are given up before `closes`: the window begins there. */
static bool tell_releases(struct ra_detection *d, struct ra_candidate *c,
			  const struct ra_fact *seen, const struct ra_fact *sw,
			  const struct ra_fact *closes)
{
	bool told = false;

	for (uint32_t i = 0; i < seen->n_regions; i++) {
		const struct ra_region *region = &d->facts->regions.v[seen->regions[i]];

		if (region->release == RA_NONE || ra_fact_in_region(closes, region->index) ||
		    ra_fact(d->facts, region->release) == sw)
			continue;
		tell(d, c, "Task A", ra_fact(d->facts, region->release), true);
		told = true;
	}
	return told;
}

/* What A sees, where the lock that made it true is given up, and the switch. */
static void tell_a(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
		   const struct ra_fact *sw, const struct ra_fact *closes)
{
	const struct ra_unit *unit = &d->facts->shape->units.v[opens->unit];
	bool earlier = opens->kind == RA_FACT_TEST && opens->origin != RA_NONE;
	const struct ra_fact *seen = earlier ? ra_fact(d->facts, opens->origin) : opens;
	struct run run = { .n = 0 };
	bool released;

	ra_candidate_step(d, c, "Task A", unit->line, false, "enters `%.*s`",
			  RA_FMT(unit->qualified));
	tell_entry(d, c, "Task A", seen, false);
	if (opens != closes || ra_fact_changes(opens->kind))
		run_add(&run, seen);
	run_add_locks(d->facts, &run, NULL, seen, seen);
	tell_run(d, c, "Task A", &run, false);
	released = tell_releases(d, c, seen, sw, closes);
	if (earlier)
		tell(d, c, "Task A", opens, released);
	if (sw)
		tell(d, c, "Task A", sw, true);
	else if (!released)
		ra_candidate_step(d, c, "Task A", opens->line, true,
				  run.n ? "is interrupted: another thread runs"
					: "comes here: another thread runs");
}

/* A goes on: the locks that it takes on the way, and what it does by what it saw. */
static void tell_close(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
		       const struct ra_fact *sw, const struct ra_fact *closes)
{
	struct run run = { .n = 0 };

	run_add(&run, closes);
	if (closes->unit == opens->unit)
		run_add_locks(d->facts, &run, sw ? sw : opens, closes, closes);
	tell_run(d, c, "Task A", &run, true);
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
	tell_b(d, c, opens, conflict, closes);
	tell_close(d, c, opens, sw, closes);
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
