/*
 * once-set: what can be set once is tested, and then set by two tasks: the second one fails.
 *
 *     get C absent < set C, a failure of it ends the unit    in one unit, or the test in a caller that
 *                                                            hands C over
 *
 * `fatal` lists the calls that make a failure the end (`unwrap`). Silent where the outcome is looked
 * at or dropped, where a lock is held over both, in units that are alone with their object, and for
 * cells that stay in one thread. A set without a test is an initialisation: it happens once.
 */
#include "core/races/tree.h"

static bool is_once(const struct ra_fact *fact)
{
	return fact->row && fact->receiver_kind == RA_KIND_ONCE &&
	       !(fact->receiver_flags & RA_API_LOCAL);
}

/* `cell.set(v).unwrap()` */
static bool is_fatal(const struct ra_detection *d, const struct ra_fact *set)
{
	const struct ra_node *up = set->node->up;

	return up && up->kind == RA_N_MEMBER &&
	       ra_card_has(d->card, "fatal", ra_cstr(d->arena, up->text));
}

static const struct ra_fact *look_in(const struct ra_facts *facts, uint32_t unit, uint32_t before,
				     uint32_t state)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->index < before && is_once(fact) &&
		    (fact->kind == RA_FACT_READ || fact->kind == RA_FACT_TEST) &&
		    (state == RA_NONE || fact->state == state))
			return fact;
	}
	return NULL;
}

/* The test that came before: here, or where the cell was handed over. */
static const struct ra_fact *find_look(const struct ra_facts *facts, const struct ra_fact *set)
{
	const struct ra_unit_facts *unit = &facts->units[set->unit];
	const struct ra_state *state = &facts->states.v[set->state];
	const struct ra_fact *look = look_in(facts, set->unit, set->index, set->state);

	if (look || state->scope != RA_SCOPE_CLOSURE || state->owner != set->unit)
		return look;
	for (uint32_t i = 0; i < unit->n_callers && !look; i++) {
		const struct ra_fact *call = ra_fact(facts, unit->callers[i]);

		look = look_in(facts, call->unit, call->index, RA_NONE);
	}
	return look;
}

static void report(struct ra_detection *d, const struct ra_fact *set, const struct ra_fact *look)
{
	struct ra_str name = d->facts->states.v[set->state].field;
	struct ra_candidate *c = ra_candidate_at(d, set, name);

	if (!c)
		return;
	c->question |= d->facts->units[set->unit].test;
	ra_candidate_var(d, c, "cell", "%.*s", RA_FMT(name));
	ra_candidate_line(d, c, "check", look->line);
	ra_candidate_event(d, c, "check", look, "looks whether it is set");
	ra_candidate_event(d, c, "act", set, "sets it, and fails if it is set");
	ra_candidate_step(d, c, "Task A", look->line, true, "finds `%.*s` empty", RA_FMT(name));
	ra_candidate_step(d, c, "Task B", look->line, true, "finds it empty too");
	ra_candidate_step(d, c, "Task A", set->line, true, "sets it");
	ra_candidate_step(d, c, "Task B", set->line, true, "sets it a second time");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *set = ra_fact(facts, (uint32_t)i), *look;
		const struct ra_unit *unit = &facts->shape->units.v[set->unit];
		bool alone = (unit->flags & RA_U_METHOD) && unit->receiver.len &&
			     !(unit->flags & RA_U_POINTER);

		if (set->kind != RA_FACT_INSERT || (set->flags & RA_FACT_INLINED) ||
		    !is_once(set) || alone ||
		    (facts->states.v[set->state].api_flags & RA_API_LOCAL) || facts->units[set->unit].constructs ||
		    !is_fatal(d, set))
			continue;
		look = find_look(facts, set);
		if (look && !ra_fact_common_region(facts, look, set, RA_NONE))
			report(d, set, look);
	}
}

const struct ra_detector ra_detect_once_set = {
	.name = "once-set",
	.help = "what can be set once is tested, and then set by two tasks",
	.params = "fatal",
	.vars = "cell check",
	.run = run,
};
