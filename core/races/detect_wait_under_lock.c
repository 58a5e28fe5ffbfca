/*
 * wait-under-lock: a unit waits for what another one does, with a lock held that the other needs.
 *
 *     region of L holds at wait X; who wakes X takes L before that      sure
 *     region of L holds at wait X, who wakes X is not seen to take L    a question
 *
 * X is a condition (`of = condition`), whose wait gives up the lock that goes with it and no other,
 * or a channel whose wait holds the thread (`of = channel`). Silent for waits with a bound in time,
 * for async locks, and in tests.
 */
#include "core/races/internal.h"
#include "core/races/lockgraph.h"

static bool is_wait(const struct ra_detection *d, const struct ra_fact *fact)
{
	bool condition = fact->region != RA_NONE || fact->receiver_kind == RA_KIND_CONDITION;

	if (fact->kind != RA_FACT_WAIT || !fact->n_regions || fact->how == RA_USE_AWAITED ||
	    (fact->flags & (RA_FACT_INLINED | RA_FACT_AWAITS_TIMED)) ||
	    d->facts->units[fact->unit].test)
		return false;
	if (condition)
		return ra_card_has(d->card, "of", "condition");
	if (fact->row && ra_str_find(fact->row->name, RA_STR("recv")) < 0)
		return false; /* to send waits only where there is a bound */
	return fact->receiver_kind == RA_KIND_CHANNEL && !(fact->receiver_flags & RA_API_ASYNC) &&
	       !d->facts->units[fact->unit].is_async && ra_card_has(d->card, "of", "channel");
}

/* Is what is waited for behind the lock itself: `jobs.lock().recv()`? */
static bool is_behind(const struct ra_facts *facts, const struct ra_fact *wait,
		      const struct ra_region *held)
{
	return wait->state != RA_NONE && held->lock != RA_NONE &&
	       facts->states.v[wait->state].behind == held->lock + 1;
}

/* Is the region of the lock that the wait gives up: the guard it is given, the condition itself,
 * the lock it was made with, another condition of that lock, or a field of the condition? */
static bool gives_up(const struct ra_facts *facts, const struct ra_fact *wait,
		     const struct ra_region *held)
{
	const struct ra_state *state = NULL;
	struct ra_str field = held->text;

	if (wait->state != RA_NONE)
		state = &facts->states.v[wait->state];
	if (held->index == wait->region)
		return true;
	if (wait->region != RA_NONE || wait->receiver_kind != RA_KIND_CONDITION)
		return false;
	if (state && held->lock != RA_NONE &&
	    (held->lock == state->index || held->lock + 1 == state->goes_with ||
	     (state->goes_with && facts->states.v[held->lock].goes_with == state->goes_with)))
		return true;
	if (!wait->base.len || !ra_str_starts(field, wait->base))
		return false;
	return field.len == wait->base.len || field.ptr[wait->base.len] == '.';
}

/* Which lock a wait gives up has to be known before another one can be said to be kept. */
static bool knows_its_lock(const struct ra_facts *facts, const struct ra_fact *wait)
{
	uint32_t with = wait->state == RA_NONE ? 0 : facts->states.v[wait->state].goes_with;

	if (wait->region != RA_NONE || wait->receiver_kind != RA_KIND_CONDITION ||
	    (with && with != RA_NONE))
		return true;
	for (uint32_t r = 0; r < wait->n_regions; r++)
		if (gives_up(facts, wait, &facts->regions.v[wait->regions[r]]))
			return true;
	return false;
}

/* An acquisition of the lock by a unit that goes on to wake `wait`, in that order; or NULL. */
static const struct ra_fact *needed(const struct ra_facts *facts, const struct ra_fact *wait,
				    const struct ra_region *held, const struct ra_fact **wakes)
{
	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];
		const struct ra_fact *taken = NULL;

		for (uint32_t i = 0; u != wait->unit && i < unit->n_stream; i++) {
			const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

			if (fact->kind == RA_FACT_ACQUIRE && fact->region != RA_NONE &&
			    facts->regions.v[fact->region].lock == held->lock && !taken &&
			    !(held->shared && facts->regions.v[fact->region].shared))
				taken = fact;
			if (fact->kind != RA_FACT_WAKE || fact->state != wait->state || !taken)
				continue;
			*wakes = fact;
			return taken;
		}
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *wait, const struct ra_region *held)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *wakes = NULL, *taken = NULL;
	const struct ra_fact *acquire = ra_fact(facts, held->acquire);
	struct ra_candidate *c = ra_candidate_at(d, wait, held->text);
	struct ra_str text = ra_node_text(facts->shape, wait->node);

	if (!c)
		return;
	if (held->lock != RA_NONE && wait->state != RA_NONE)
		taken = needed(facts, wait, held, &wakes);
	c->question |= !taken;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(held->text));
	ra_candidate_var(d, c, "wait", "%.*s", RA_FMT(ra_shorten(d->arena, text)));
	ra_candidate_var(d, c, "taken", "%u", acquire->line);
	ra_candidate_event(d, c, "acquire", acquire, "takes `%.*s`", RA_FMT(held->text));
	ra_candidate_event(d, c, "wait", wait, "waits with it held");
	ra_candidate_step(d, c, "Thread A", acquire->line, false, "takes `%.*s`", RA_FMT(held->text));
	ra_candidate_step(d, c, "Thread A", wait->line, true, "waits, with `%.*s` held",
			  RA_FMT(held->text));
	if (!taken)
		return;
	ra_candidate_event(d, c, "conflict", taken, "needs the lock first");
	ra_candidate_event(d, c, "wake", wakes, "only then wakes who waits");
	ra_candidate_step(d, c, "Thread B", taken->line, true, "wants `%.*s`, to wake thread A",
			  RA_FMT(held->text));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *wait = ra_fact(facts, (uint32_t)i);

		if (!is_wait(d, wait) || !knows_its_lock(facts, wait))
			continue;
		for (uint32_t r = 0; r < wait->n_regions; r++) {
			const struct ra_region *held = &facts->regions.v[wait->regions[r]];

			if (gives_up(facts, wait, held) || held->async || held->private_ ||
			    held->acquire == RA_NONE || held->kind == RA_KIND_SEMAPHORE ||
			    !ra_lock_is_taken(facts, held) || is_behind(facts, wait, held))
				continue;
			report(d, wait, held);
			break;
		}
	}
}

const struct ra_detector ra_detect_wait_under_lock = {
	.name = "wait-under-lock",
	.help = "a wait for what another does, with a lock held that the other needs",
	.params = "of",
	.vars = "wait taken",
	.run = run,
};
