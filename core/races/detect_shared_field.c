/*
 * shared-field: one task's data kept on an object that other tasks use too.
 *
 *     write S < switch < read S     the value written is this call's: it comes from its parameters,
 *                                   or nobody but this unit uses S, and each run writes it first;
 *                                   no common region; the unit overlaps with itself
 *
 * Silent when the unit runs once in the life of its object, when S is looked at again behind the
 * switch, and when the value belongs to the object (a resource that it opens, a flag that it sets).
 */
#include "core/races/window.h"

/* Does the value on the right of this assignment name a parameter of the unit? */
static bool from_parameter(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_unit *unit = &facts->shape->units.v[write->unit];
	const struct ra_node *value, *at = NULL, *param;

	if (!write->statement || write->statement->kind != RA_N_ASSIGN ||
	    (write->flags & RA_FACT_INLINED))
		return false;
	value = ra_node_last(write->statement);
	while ((at = ra_node_walk(value, at, false)) != NULL)
		for (param = unit->node->kids; param && at->kind == RA_N_NAME; param = param->next)
			if (param->kind == RA_N_PARAM && ra_str_eq(param->text, at->text) &&
			    !ra_str_eq(param->text, unit->receiver))
				return true;
	return false;
}

/*
 * Is S used by this unit alone, and written before it is used? Then it does what a local does: a
 * start time, the answer of this call. What construction puts there is overwritten unseen. What
 * is a field of another object is seen by that one.
 */
static bool stands_for_local(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_fact *use = ra_state_use(facts, write->state);

	if (ra_str_find(facts->states.v[write->state].field, RA_STR(".")) >= 0)
		return false;
	for (; use; use = ra_fact_next_use(facts, use)) {
		if ((use->flags & RA_FACT_INLINED) || facts->units[use->unit].constructs ||
		    !use->unit)
			continue;
		if (use->unit != write->unit || use->position < write->position)
			return false;
	}
	return !(write->flags & RA_FACT_INLINED);
}

static bool opens_window(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_state *state = &facts->states.v[write->state];

	return write->kind == RA_FACT_WRITE && !write->key.len && state->kind <= RA_KIND_SCALAR &&
	       (state->scope == RA_SCOPE_INSTANCE || state->scope == RA_SCOPE_CLASS ||
		state->scope == RA_SCOPE_MODULE) &&
	       !(write->flags & (RA_FACT_CONSTANT | RA_FACT_NULL)) &&
	       (from_parameter(facts, write) || stands_for_local(facts, write));
}

static void report(struct ra_detection *d, const struct ra_window *w)
{
	const struct ra_state *state = &d->facts->states.v[w->opens->state];
	struct ra_candidate *c = ra_candidate_at(d, w->opens, state->name);

	if (!c)
		return;
	ra_window_vars(d, c, w);
	c->question |= !ra_window_judge(c, w) || w->why.strength < RA_TOGETHER_LOCKED;
	ra_trace_race(d, c, w->opens, w->sw, w->conflict, w->closes, &w->why,
		      "Task A goes on with the value of Task B");
}

/* Written again behind the switch: the read sees this call's value. */
static bool written_again(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_fact *fact = w->opens;

	while ((fact = ra_fact_next(facts, fact)) && fact->position < w->closes->position)
		if (fact->position > w->sw->position && fact->kind == RA_FACT_WRITE &&
		    ra_fact_order(facts, fact, w->closes, false) != RA_ORDER_NEVER)
			return true;
	return false;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		if (!unit->is_async || unit->self.strength < RA_TOGETHER_PUBLIC ||
		    ra_unit_is_lifecycle(facts, u))
			continue;
		for (uint32_t i = 0; i < unit->n_stream; i++) {
			const struct ra_fact *write = ra_fact(facts, unit->stream[i]), *read;
			struct ra_window w;

			if (!ra_fact_is_access(write->kind) || !opens_window(facts, write))
				continue;
			for (read = write; (read = ra_fact_next(facts, read));) {
				if (read->kind != RA_FACT_READ ||
				    (read->flags & RA_FACT_INLINED) ||
				    !ra_window_find(facts, write, read, RA_KINDS(RA_FACT_WRITE),
						    &w) || !w.sw || !w.conflict ||
				    written_again(facts, &w))
					continue;
				report(d, &w);
				break;
			}
		}
	}
}

const struct ra_detector ra_detect_shared_field = {
	.name = "shared-field",
	.help = "one task's data is kept on an object that other tasks use too",
	.params = "",
	.vars = "access key check act switch conflict why",
	.run = run,
};
