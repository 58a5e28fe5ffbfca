/*
 * stuck-flag: a flag keeps others out while a unit works, and stays up when the work fails.
 *
 *     test F, leave < F = true < switch that may fail < F = false     the reset is not in `finally`
 *
 * The flag is a guard: someone leaves because of it. Silent when a handler or `finally` of the unit
 * puts it down, and when every failure in between is caught and the unit goes on to the reset.
 */
#include "core/races/window.h"
#include "core/races/tree.h"

static bool raises_flag(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_WRITE && (fact->flags & RA_FACT_CONSTANT) &&
	       !(fact->flags & RA_FACT_NULL) && !fact->key.len;
}

static bool drops_flag(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_WRITE && (fact->flags & RA_FACT_NULL) && !fact->key.len;
}

/* Does the unit look at the flag before it raises it, and leave when it is up? */
static bool is_guard(const struct ra_facts *facts, const struct ra_fact *up)
{
	const struct ra_fact *test = up;

	while ((test = ra_fact_previous(facts, test)))
		if (test->kind == RA_FACT_TEST &&
		    ra_fact_governed(facts, test, up) == RA_SAYS_ABSENT)
			return true;
	return false;
}

/* A handler, or a `finally`, in which the unit puts the flag down. */
static bool dropped_in_handler(const struct ra_facts *facts, const struct ra_fact *up)
{
	const struct ra_fact *fact = up;

	while ((fact = ra_fact_next(facts, fact)))
		if (drops_flag(fact) &&
		    (ra_block_enclosing(facts->shape, fact->block, RA_B_FINALLY) ||
		     ra_block_enclosing(facts->shape, fact->block, RA_B_HANDLER)))
			return true;
	return false;
}

/* Every failure at the switch is caught, and the unit goes on to the reset behind the `try`. */
static bool is_caught(const struct ra_shape *shape, const struct ra_fact *sw,
		      const struct ra_fact *down)
{
	uint32_t block = ra_block_enclosing(shape, sw->block, RA_B_TRY);
	const struct ra_node *handler;

	for (; block; block = ra_block_enclosing(shape, shape->blocks.v[block].up, RA_B_TRY)) {
		handler = ra_node_find(shape->blocks.v[block].node->up, RA_N_HANDLER);
		if (!handler || ra_block_inside(shape, down->block, block))
			continue;
		return shape->blocks.v[ra_node_find(handler, RA_N_BLOCK)->block].exits & RA_X_FALLS;
	}
	return false;
}

static const struct ra_fact *failing(const struct ra_facts *facts, const struct ra_fact *up,
				     const struct ra_fact *down)
{
	const struct ra_unit_facts *unit = &facts->units[up->unit];
	uint32_t i = ra_unit_switch(unit, up->position);

	for (; i < unit->n_switches && unit->switches[i] < down->position; i++) {
		const struct ra_fact *sw = ra_fact(facts, unit->stream[unit->switches[i]]);

		if (ra_fact_order(facts, sw, down, false) == RA_ORDER_NEVER ||
		    (sw->origin != RA_NONE && ra_promise_is_safe(facts, ra_fact(facts, sw->origin))))
			continue;
		if (!is_caught(facts->shape, sw, down))
			return sw;
	}
	return NULL;
}

/* `x.then(() => { busy = false; })` with nothing in the chain that runs when x fails. */
static bool is_later_reset(const struct ra_facts *facts, const struct ra_fact *down)
{
	const struct ra_node *node = down->via == RA_NONE ? NULL : ra_fact(facts, down->via)->node;

	if (!(down->flags & RA_FACT_LATER) || !node || node->kind != RA_N_CALL)
		return false;
	node = ra_promise_root(facts, node);
	if (ra_promise_end(facts, node).rescue)
		return false;
	while (node->up && node->up->kind == RA_N_MEMBER && node->up->kids == node &&
	       node->up->up && node->up->up->kind == RA_N_CALL) {
		const struct ra_api_row *row = ra_api_method(facts->api, RA_KIND_FUTURE,
							     node->up->text);

		if (ra_api_with(row, RA_EFFECT_HANDLER) && !ra_api_with(row, RA_EFFECT_RESCUE))
			return false; /* whatever comes */
		node = node->up->up;
	}
	return true;
}

static void report(struct ra_detection *d, const struct ra_fact *up, const struct ra_fact *sw,
		   const struct ra_fact *down)
{
	const struct ra_state *state = &d->facts->states.v[up->state];
	struct ra_candidate *c = ra_candidate_at(d, down, state->name);

	if (!c)
		return;
	c->question |= d->facts->units[up->unit].test;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "flag", "%.*s", RA_FMT(ra_access_text(d, up)));
	ra_candidate_line(d, c, "raised", up->line);
	ra_candidate_line(d, c, "switch", sw->line);
	ra_candidate_event(d, c, "check", up, "keeps others out from here on");
	ra_candidate_event(d, c, "switch", sw, "may fail");
	ra_candidate_step(d, c, "Task A", up->line, true, "raises `%.*s`",
			  RA_FMT(ra_access_text(d, up)));
	ra_candidate_step(d, c, "Task A", sw->line, true, "waits, and the work fails");
	ra_candidate_step(d, c, "Task A", down->line, true, "does not come to the reset");
	ra_candidate_step(d, c, "Task B", up->line, true, "finds the flag up and leaves, for ever");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 1; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		for (uint32_t i = 0; i < unit->n && unit->n_switches; i++) {
			const struct ra_fact *up = ra_fact(facts, unit->first + i), *down = up, *sw;

			if (!raises_flag(up) || !is_guard(facts, up) || dropped_in_handler(facts, up))
				continue;
			while ((down = ra_fact_next(facts, down)))
				if (drops_flag(down) && down->unit == u &&
				    (!(down->flags & RA_FACT_INLINED) || is_later_reset(facts, down)) &&
				    (sw = failing(facts, up, down)) != NULL) {
					report(d, up, sw, down);
					break;
				}
		}
	}
}

const struct ra_detector ra_detect_stuck_flag = {
	.name = "stuck-flag",
	.help = "a flag that keeps others out and stays up when the work fails",
	.params = "",
	.vars = "flag raised switch",
	.run = run,
};
