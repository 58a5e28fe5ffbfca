/*
 * wake-no-switch: a unit wakes another one, and reads what that one is to do before it can run.
 *
 *     u: wake E < read S, no switch between;    v: wait E < change S
 *
 * A wake only makes the waiter ready: it runs at the next checkpoint of u. Whether u means the old
 * or the new value is a question. Silent across a checkpoint, in plain functions (a thread may run
 * them), and in tests.
 */
#include "core/races/cancel.h"

/* A change of `state` in another unit, behind a wait for `event`. */
static const struct ra_fact *changed_after_wait(const struct ra_facts *facts, uint32_t unit,
						uint32_t event, uint32_t state)
{
	for (uint32_t v = 0; v < facts->shape->units.n; v++) {
		const struct ra_unit_facts *other = &facts->units[v];
		bool waited = false;

		for (uint32_t i = 0; v != unit && i < other->n; i++) {
			const struct ra_fact *fact = ra_fact(facts, other->first + i);

			if (fact->kind == RA_FACT_WAIT && fact->state == event)
				waited = true;
			else if (waited && ra_fact_changes(fact->kind) && fact->state == state)
				return fact;
		}
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *wake, const struct ra_fact *read,
		   const struct ra_fact *change)
{
	const struct ra_facts *facts = d->facts;
	struct ra_candidate *c = ra_candidate_at(d, read, facts->states.v[read->state].name);
	struct ra_str words = ra_fact_words(d->arena, facts, read);
	struct ra_str late = ra_fact_words(d->arena, facts, change);

	if (!c)
		return;
	ra_candidate_var(d, c, "event", "%.*s", RA_FMT(wake->base));
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(facts->states.v[read->state].name));
	ra_candidate_var(d, c, "waiter", "%.*s",
			 RA_FMT(facts->shape->units.v[change->unit].qualified));
	ra_candidate_event(d, c, "wake", wake, "makes the waiter ready, and does not switch");
	ra_candidate_event(d, c, "conflict", change, "happens later");
	ra_candidate_step(d, c, "Task A", wake->line, false, "wakes the waiter of `%.*s`",
			  RA_FMT(wake->base));
	ra_candidate_step(d, c, "Task A", read->line, true, "%.*s: still the old value",
			  RA_FMT(words));
	ra_candidate_step(d, c, "Task B", change->line, true, "%.*s, at A's next checkpoint",
			  RA_FMT(late));
}

/* Does the statement itself wait? What it reads is what it waits for. */
static bool awaits(const struct ra_facts *facts, const struct ra_node *statement, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->statement == statement && fact->kind == RA_FACT_CHECKPOINT)
			return true;
	}
	return false;
}

enum { LOOK_MAX = 64 }; /* facts behind a wake that still count as right after it */

static void look(struct ra_detection *d, const struct ra_fact *wake)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[wake->unit];

	for (uint32_t i = wake->position + 1;
	     i < u->n_stream && i <= wake->position + LOOK_MAX; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->stream[i]), *change;

		if ((fact->kind == RA_FACT_CHECKPOINT && !(fact->flags & RA_FACT_NO_SWITCH)) ||
		    fact->kind == RA_FACT_JOIN || fact->kind == RA_FACT_WAIT)
			return;
		if ((fact->kind != RA_FACT_READ && fact->kind != RA_FACT_TEST) ||
		    (fact->flags & RA_FACT_INLINED) || fact->state == wake->state ||
		    awaits(facts, fact->statement, fact->unit) ||
		    ra_fact_order(facts, wake, fact, false) == RA_ORDER_NEVER)
			continue;
		change = changed_after_wait(facts, wake->unit, wake->state, fact->state);
		if (change) {
			report(d, wake, fact, change);
			return;
		}
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *wake = ra_fact(facts, (uint32_t)i);

		if (wake->kind == RA_FACT_WAKE && wake->state != RA_NONE &&
		    !(wake->flags & RA_FACT_INLINED) && facts->units[wake->unit].is_async &&
		    !facts->units[wake->unit].test)
			look(d, wake);
	}
}

const struct ra_detector ra_detect_wake_no_switch = {
	.name = "wake-no-switch",
	.help = "a read, right after a wake, of what the woken task is to change",
	.params = "",
	.vars = "event waiter",
	.run = run,
};
