/*
 * silent-condition: a condition that is waited on, and that nobody in the module ever signals.
 *
 * Only conditions of a field or variable that other modules cannot reach, and that is not handed
 * on: else who knows who signals it.
 */
#include "core/races/internal.h"

static bool is_public(struct ra_str name)
{
	return name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
}

/* A wait on the state, if nobody wakes who waits and nobody else can get it; or NULL. */
static const struct ra_fact *waits_alone(const struct ra_facts *facts, uint32_t state)
{
	const struct ra_fact *fact, *wait = NULL;

	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact)) {
		const struct ra_node *up = fact->node->up;

		if (fact->kind == RA_FACT_WAKE)
			return NULL;
		if (fact->kind == RA_FACT_WAIT && !(fact->flags & RA_FACT_INLINED) && !wait)
			wait = fact;
		if (fact->kind == RA_FACT_READ && up && up->kind != RA_N_MEMBER)
			return NULL;
	}
	return wait;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t s = 0; s < facts->states.n; s++) {
		const struct ra_state *state = &facts->states.v[s];
		const struct ra_fact *wait;
		struct ra_candidate *c;

		if (state->kind != RA_KIND_CONDITION || is_public(state->field) ||
		    !(wait = waits_alone(facts, s)) || !(c = ra_candidate_at(d, wait, state->name)))
			continue;
		ra_candidate_var(d, c, "condition", "%.*s", RA_FMT(state->name));
		ra_candidate_event(d, c, "wait", wait, "waits to be woken");
		ra_candidate_step(d, c, "Task A", wait->line, true, "waits on `%.*s`, for ever",
				  RA_FMT(state->name));
	}
}

const struct ra_detector ra_detect_silent_condition = {
	.name = "silent-condition",
	.help = "a condition waited on that nobody ever signals",
	.params = "",
	.vars = "condition",
	.run = run,
};
