/*
 * late-await: a promise is kept in a local and waited for only after something else was.
 *
 *     const p = f(); await g(); await p;      p fails while g is waited for: unhandled
 *
 * Sure promises that can fail, in a local that nothing else assigns. The first use of the local is
 * behind a switch that comes after the call on every path. Silent when a failure is taken before
 * (`p.catch`), when what is waited for first is bounded by p itself, and when the first use hands p
 * on.
 */
#include "core/races/tree.h"

struct late {
	const struct ra_fact *call, *sw;
	const struct ra_node *target, *use;
};

/* The first place behind the assignment that mentions the local. */
static const struct ra_node *first_use(const struct ra_node *unit, const struct ra_node *target)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(unit, at, true)) != NULL)
		if (at->kind == RA_N_NAME && at->first > target->up->last &&
		    ra_str_eq(at->text, target->text))
			return at;
	return NULL;
}

/* Is the use an `await` of it, alone or with others? */
static bool is_waited_for(const struct ra_facts *facts, const struct ra_node *use, uint32_t unit)
{
	struct ra_end end = ra_promise_end(facts, use);

	if (use->unit != unit || end.chained)
		return false;
	return end.fate == RA_FATE_AWAITED;
}

/* A switch between the two that the unit comes to whenever it comes to the use. */
static const struct ra_fact *switch_between(const struct ra_facts *facts, const struct late *late)
{
	const struct ra_unit_facts *unit = &facts->units[late->call->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (fact->kind != RA_FACT_CHECKPOINT || (fact->flags & RA_FACT_NO_SWITCH) ||
		    fact->node->first <= late->target->up->last ||
		    fact->node->last >= late->use->up->first)
			continue;
		if (ra_block_inside(facts->shape, late->use->block, fact->block) &&
		    ra_block_inside(facts->shape, fact->block, late->target->block))
			return fact;
	}
	return NULL;
}

static bool find(const struct ra_facts *facts, struct late *late)
{
	struct ra_end end = ra_promise_end(facts, late->call->node);
	const struct ra_node *unit = facts->shape->units.v[late->call->unit].node;

	if (end.fate != RA_FATE_BOUND || end.maybe || end.rescue || !late->call->unit ||
	    !ra_tree_pairs(facts, late->call->unit))
		return false;
	late->target = ra_tree_target(end.last);
	if (late->target->kind != RA_N_NAME || !(late->target->up->flags & RA_F_DECLARE))
		return false;
	late->use = first_use(unit, late->target);
	if (!late->use || !is_waited_for(facts, late->use, late->call->unit))
		return false;
	late->sw = switch_between(facts, late);
	return late->sw != NULL;
}

static void report(struct ra_detection *d, const struct late *late)
{
	struct ra_candidate *c = ra_candidate_at(d, late->call, late->target->text);
	uint32_t line = ra_node_line(d->facts->shape, late->use);

	if (!c)
		return;
	c->question |= d->facts->units[late->call->unit].test;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(late->call->name));
	ra_candidate_var(d, c, "local", "%.*s", RA_FMT(late->target->text));
	ra_candidate_line(d, c, "switch", late->sw->line);
	ra_candidate_line(d, c, "used", line);
	ra_candidate_event(d, c, "call", late->call, "nobody takes its failure yet");
	ra_candidate_event(d, c, "switch", late->sw, "waits for something else");
	ra_candidate_step(d, c, "Task A", late->call->line, true, "starts `%.*s`",
			  RA_FMT(late->call->name));
	ra_candidate_step(d, c, "Task A", late->sw->line, true, "waits for something else");
	ra_candidate_step(d, c, "Task B", 0, true, "the work fails, and no handler is there");
	ra_candidate_step(d, c, "Task A", line, true, "would have waited for it here");
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct late late = { .call = ra_fact(d->facts, (uint32_t)i) };

		if (late.call->promise == RA_PROMISE_SURE && late.call->node->kind == RA_N_CALL &&
		    !(late.call->flags & RA_FACT_INLINED) && !ra_fact_is_access(late.call->kind) &&
		    !ra_promise_is_safe(d->facts, late.call) &&
		    ra_promise_root(d->facts, late.call->node) == late.call->node &&
		    find(d->facts, &late))
			report(d, &late);
	}
}

const struct ra_detector ra_detect_late_await = {
	.name = "late-await",
	.help = "a promise that is waited for only after something else was",
	.params = "",
	.vars = "call local switch used",
	.run = run,
};
