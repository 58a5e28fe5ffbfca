/*
 * lost-waiter: a second task replaces what the first one waits on.
 *
 *     write S (a new future or event) < wait on S     no test of S before the write, no region
 *                                                     over both; the unit overlaps with itself
 *
 * Whoever wakes the waiter wakes the one that S holds last. The first is never woken. Silent when the
 * unit looks at S before it replaces it, and when the unit runs once in the life of its object.
 * What a promise is fulfilled by is such a waiter: S = resolve, in the promise that is awaited.
 * So is one half of a pair that is made for one answer: S = one half, the other half is awaited. The
 * half that is replaced is dropped, and its waiter is woken by that, not by the answer.
 * A channel that is closed to wake is such a waiter, too: written and waited on in two regions, or
 * none.
 */
#include "core/races/channel.h"
#include "core/races/tree.h"
#include "core/races/window.h"

static bool is_closed(const struct ra_facts *facts, uint32_t channel)
{
	const struct ra_fact *fact = ra_state_use(facts, channel);

	while (fact && !ra_fact_closes(fact))
		fact = ra_fact_next_use(facts, fact);
	return fact != NULL;
}

static bool makes_waiter(const struct ra_facts *facts, const struct ra_fact *write)
{
	unsigned kind = facts->states.v[write->state].kind;

	if (write->kind != RA_FACT_WRITE || write->key.len ||
	    facts->states.v[write->state].scope == RA_SCOPE_CLOSURE ||
	    (write->flags & (RA_FACT_FRESH | RA_FACT_INLINED | RA_FACT_CONSTANT)))
		return false;
	if (kind == RA_KIND_CHANNEL)
		return is_closed(facts, write->state);
	return (kind == RA_KIND_FUTURE || kind == RA_KIND_EVENT) && write->n_depends &&
	       !(write->flags & RA_FACT_NULL);
}

/* `new Promise((done) => { S = done; })`: S is what the promise is fulfilled by; the call that makes
 * the promise, or NULL. */
static const struct ra_fact *keeps_resolver(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_node *value, *param;
	const struct ra_api_row *made;
	const struct ra_fact *call;

	if (write->kind != RA_FACT_WRITE || write->key.len || write->via == RA_NONE ||
	    facts->states.v[write->state].scope == RA_SCOPE_CLOSURE)
		return NULL;
	call = ra_fact(facts, write->via);
	made = !call->row ? NULL :
	       ra_api_with(ra_api_find(facts->api, call->row->name), RA_EFFECT_NEW);
	if (!made || made->kind != RA_KIND_FUTURE || call->callee == RA_NONE ||
	    write->node->up->kind != RA_N_ASSIGN)
		return NULL;
	value = ra_node_last(write->node->up);
	for (param = facts->shape->units.v[call->callee].node->kids; param; param = param->next)
		if (param->kind == RA_N_PARAM && value->kind == RA_N_NAME &&
		    ra_str_eq(param->text, value->text))
			return call;
	return NULL;
}

/* Where the unit waits for the promise that the call makes, there and then. */
static const struct ra_fact *waits_for(const struct ra_facts *facts,
				       const struct ra_unit_facts *unit, const struct ra_fact *call)
{
	for (uint32_t i = 0; i < unit->n_switches; i++) {
		const struct ra_fact *sw = ra_fact(facts, unit->stream[unit->switches[i]]);

		if (sw->origin == call->index)
			return sw;
	}
	return NULL;
}

/* `(a, b) = pair()` with a the name: the name of b; empty when it is no half of a pair. */
static struct ra_str other_half(const struct ra_facts *facts, const struct ra_node *unit,
				struct ra_str name)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(unit, at, false)) != NULL && ra_facts_step(facts)) {
		const struct ra_node *both = at->kind == RA_N_ASSIGN ? at->kids : NULL;
		const struct ra_api_row *made;
		uint32_t call;

		if (!both || both->kind != RA_N_TUPLE || ra_node_count(both) != 2 ||
		    both->kids->kind != RA_N_NAME || !ra_str_eq(both->kids->text, name) ||
		    both->kids->next->kind != RA_N_NAME)
			continue;
		call = ra_fact_of_node(facts, ra_node_last(at));
		made = call == RA_NONE ? NULL :
		       ra_api_with(ra_fact(facts, call)->row, RA_EFFECT_NEW);
		if (made && made->kind == RA_KIND_FUTURE && (made->flags & RA_API_PAIR))
			return both->kids->next->text;
	}
	return RA_STR("");
}

/* S = a half of a pair: where the unit waits for the other half; NULL. */
static const struct ra_fact *waits_for_half(const struct ra_facts *facts,
					    const struct ra_unit_facts *unit,
					    const struct ra_fact *write)
{
	const struct ra_node *value = write->statement, *body;
	struct ra_str half;

	if (write->kind != RA_FACT_WRITE || write->key.len || !value || value->kind != RA_N_ASSIGN ||
	    (write->flags & (RA_FACT_FRESH | RA_FACT_NULL)) ||
	    facts->states.v[write->state].scope == RA_SCOPE_CLOSURE)
		return NULL;
	value = ra_node_last(value);
	while (value->kind == RA_N_CALL && ra_node_count(value) == 2)
		value = ra_node_last(value);
	if (value->kind != RA_N_NAME)
		return NULL;
	body = facts->shape->units.v[write->unit].node;
	half = other_half(facts, body, value->text);
	for (uint32_t i = 0; half.len && i < unit->n_switches; i++) {
		const struct ra_fact *sw = ra_fact(facts, unit->stream[unit->switches[i]]);

		if (sw->position > write->position && !(sw->flags & RA_FACT_INLINED) &&
		    ra_tree_read(sw->node, half, NULL) &&
		    ra_fact_order(facts, write, sw, false) != RA_ORDER_NEVER)
			return sw;
	}
	return NULL;
}

static bool looked_before(const struct ra_facts *facts, const struct ra_unit_facts *unit,
			  const struct ra_fact *write)
{
	for (uint32_t i = 0; i < write->position; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact->state == write->state &&
		    (ra_fact_decides(fact) || (fact->flags & RA_FACT_IN_CONDITION)) &&
		    ra_fact_order(facts, fact, write, false) != RA_ORDER_NEVER)
			return true;
	}
	return false;
}

/* A switch in a statement that reads S: `await self._done`, `await self._done.wait()`; `<-c.done`. */
static const struct ra_fact *waits_on(const struct ra_facts *facts,
				      const struct ra_unit_facts *unit, const struct ra_fact *write)
{
	const struct ra_fact *read = NULL;

	for (uint32_t i = write->position + 1; i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact->flags & RA_FACT_INLINED)
			continue;
		if (fact->state == write->state && fact->kind == RA_FACT_RECEIVE &&
		    !(fact->flags & (RA_FACT_NO_WAIT | RA_FACT_IN_SELECT)) &&
		    ra_str_eq(fact->base, write->base) &&
		    ra_fact_order(facts, write, fact, false) != RA_ORDER_NEVER)
			return fact;
		if (fact->state == write->state &&
		    (fact->kind == RA_FACT_READ || fact->kind == RA_FACT_WAIT))
			read = fact;
		else if (fact->kind == RA_FACT_CHECKPOINT && read &&
			 read->statement == fact->statement &&
			 ra_fact_order(facts, write, fact, false) != RA_ORDER_NEVER)
			return fact;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *write, const struct ra_fact *wait)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[write->state];
	const struct ra_evidence *why = &facts->units[write->unit].self;
	struct ra_window w = { write, write, wait, write, *why };
	struct ra_candidate *c = ra_candidate_at(d, write, state->name);

	if (!c)
		return;
	ra_window_vars(d, c, &w);
	/* one reader alone may well wait for one thing at a time */
	c->question |= !ra_window_judge(c, &w) || ((write->flags & RA_FACT_INLINED) &&
						   why->strength < RA_TOGETHER_HANDLER);
	ra_trace_race(d, c, write, wait, write, wait, why,
		      "whoever wakes the waiter wakes Task B alone: Task A waits for ever");
}

/* What the unit waits on once it has put it into S; NULL. */
static const struct ra_fact *wait_of(const struct ra_facts *facts, const struct ra_unit_facts *unit,
				     const struct ra_fact *write)
{
	const struct ra_fact *call, *wait;

	if (!ra_fact_is_access(write->kind))
		return NULL;
	if (write->flags & RA_FACT_INLINED)
		return (call = keeps_resolver(facts, write)) ? waits_for(facts, unit, call) : NULL;
	wait = makes_waiter(facts, write) ? waits_on(facts, unit, write) : NULL;
	return wait ? wait : waits_for_half(facts, unit, write);
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		if (!(unit->is_async || unit->preemptive) || unit->constructs ||
		    unit->self.strength < RA_TOGETHER_PUBLIC || ra_unit_is_lifecycle(facts, u))
			continue;
		for (uint32_t i = 0; i < unit->n_stream; i++) {
			const struct ra_fact *write = ra_fact(facts, unit->stream[i]);
			const struct ra_fact *wait = wait_of(facts, unit, write);

			if (wait && !looked_before(facts, unit, write) &&
			    !ra_fact_common_region(facts, write, wait, write->state))
				report(d, write, wait);
		}
	}
}

const struct ra_detector ra_detect_lost_waiter = {
	.name = "lost-waiter",
	.help = "a second task replaces what the first one waits on",
	.params = "",
	.vars = "access key check act switch conflict why",
	.run = run,
};
