/*
 * thread-wait: a coroutine waits on a primitive that is made for threads.
 *
 *     async unit: wait | acquire on X, X made by a constructor for threads
 *
 * The wait holds the thread of the loop: no other task runs, not even the one that would wake it.
 * `kinds` of the card leaves locks out: they are held for a moment only, by custom.
 * Silent for a call told not to block, in tests, and when the waiting is handed to another thread.
 */
#include "core/races/cancel.h"

static bool is_for_threads(const struct ra_detection *d, const struct ra_fact *fact)
{
	const struct ra_state *state;

	if (fact->state == RA_NONE ||
	    !ra_card_has(d->card, "kinds", ra_kind_name((enum ra_kind)fact->receiver_kind)))
		return false;
	state = &d->facts->states.v[fact->state];
	return !(state->api_flags & RA_API_ASYNC) &&
	       (state->runtimes & (RA_RT_THREADS | RA_RT_PROCESSES)) &&
	       !(state->runtimes & RA_RT_COOPERATIVE);
}

/* Who wakes it: a wake of the same object in another unit, or NULL. */
static const struct ra_fact *waker(const struct ra_facts *facts, const struct ra_fact *wait)
{
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if ((fact->kind == RA_FACT_WAKE || fact->kind == RA_FACT_RELEASE) &&
		    fact->state == wait->state && fact->unit != wait->unit &&
		    !(fact->flags & RA_FACT_INLINED))
			return fact;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *wait)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *wake = waker(facts, wait);
	struct ra_str text = ra_node_text(facts->shape, wait->node);
	struct ra_candidate *c = ra_candidate_at(d, wait, wait->base);

	if (!c)
		return;
	ra_candidate_var(d, c, "primitive", "%.*s", RA_FMT(wait->base));
	ra_candidate_var(d, c, "kind", "%s", ra_kind_name((enum ra_kind)wait->receiver_kind));
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(text));
	ra_candidate_event(d, c, "switch", wait, "holds the thread of the event loop");
	ra_candidate_step(d, c, "Task A", wait->line, true,
			  "`%.*s` blocks the thread of the event loop", RA_FMT(text));
	if (wake) {
		ra_candidate_event(d, c, "wake", wake, "would end the wait");
		ra_candidate_step(d, c, "Task B", wake->line, true,
				  "would wake it, and cannot run if it lives in that loop");
	} else {
		ra_candidate_step(d, c, "Task B", 0, true, "no other task of the loop runs");
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if ((fact->kind != RA_FACT_WAIT && fact->kind != RA_FACT_ACQUIRE) ||
		    (fact->flags & RA_FACT_INLINED) || fact->node->kind != RA_N_CALL ||
		    fact->how == RA_USE_AWAITED || fact->how == RA_USE_ENTERED ||
		    !facts->units[fact->unit].is_async || facts->units[fact->unit].test)
			continue;
		if (is_for_threads(d, fact) && !ra_cancel_told_not_to_wait(fact->node))
			report(d, fact);
	}
}

const struct ra_detector ra_detect_thread_wait = {
	.name = "thread-wait",
	.help = "a primitive for threads waited on in a coroutine",
	.params = "kinds",
	.vars = "primitive kind call",
	.run = run,
};
