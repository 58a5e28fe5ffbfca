/*
 * emptied: a container is emptied, and filled again behind a switch.
 *
 *     S = [] < switch < insert into S; another unit reads S     readers in between see nothing
 *
 * Emptied by an empty literal, a new container, or clear(), in the unit or in what it calls. No
 * guard over both, and nothing written to S as a whole behind the last switch: then what readers
 * see is replaced in one step. Silent in units that open or end the life of the object.
 */
#include "core/races/window.h"

/* `new Map()`, `new Array(n)`, `[]` as the value of the assignment that the fact stands for. */
static bool writes_empty(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_node *value = write->node;
	const struct ra_api_row *made;
	uint32_t of;

	if (write->kind != RA_FACT_WRITE || write->key.len)
		return false;
	if (write->row) /* clear() */
		return true;
	if (!value->up || value->up->kind != RA_N_ASSIGN)
		return false;
	while (value->next)
		value = value->next;
	if (value->kind == RA_N_LIST || value->kind == RA_N_DICT)
		return !value->kids;
	if (value->kind != RA_N_CALL || (of = ra_fact_of_node(facts, value)) == RA_NONE)
		return false;
	made = ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_NEW);
	return made && ra_kind_is_container(made->kind) &&
	       (!value->kids->next || made->kind == RA_KIND_LIST);
}

static bool fills(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_INSERT || (fact->kind == RA_FACT_UPDATE && fact->key.len);
}

/* A captured local of the unit itself: each run has its own. */
static bool is_own(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_state *state = &facts->states.v[fact->state];

	return state->scope == RA_SCOPE_CLOSURE && state->owner == fact->unit;
}

/* Behind the switch it is written as a whole before it is filled. */
static bool replaced(const struct ra_facts *facts, const struct ra_fact *sw,
		     const struct ra_fact *fill)
{
	const struct ra_fact *fact = fill;

	while ((fact = ra_fact_previous(facts, fact)) && fact->position > sw->position)
		if (fact->kind == RA_FACT_WRITE)
			return true;
	return false;
}

static bool try_fill(struct ra_detection *d, const struct ra_fact *empty, const struct ra_fact *fill)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[empty->state];
	struct ra_window w;
	struct ra_candidate *c;

	if (!fills(fill) || (fill->flags & RA_FACT_INLINED) || !ra_window_find(facts, empty, fill, RA_KINDS_READS, &w) || !w.sw ||
	    !w.conflict || w.conflict->unit == empty->unit || replaced(facts, w.sw, fill))
		return false;
	c = ra_candidate_at(d, w.sw->via != RA_NONE ? ra_fact(facts, w.sw->via) : w.sw, state->name);
	if (!c)
		return true;
	ra_window_vars(d, c, &w);
	c->question |= !ra_window_judge(c, &w);
	ra_trace_race(d, c, empty, w.sw, w.conflict, fill, &w.why,
		      "reads a container that is empty for the time being");
	return true;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 1; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		if (unit->constructs || !unit->n_switches || ra_unit_is_lifecycle(facts, u))
			continue;
		for (uint32_t i = 0; i < unit->n_stream; i++) {
			const struct ra_fact *empty = ra_fact(facts, unit->stream[i]), *fill = empty;

			if (!ra_fact_is_access(empty->kind) || is_own(facts, empty) ||
			    !writes_empty(facts, empty))
				continue;
			while ((fill = ra_fact_next(facts, fill)) && !try_fill(d, empty, fill))
				;
		}
	}
}

const struct ra_detector ra_detect_emptied = {
	.name = "emptied",
	.help = "a container that is emptied, and filled again behind a switch",
	.params = "",
	.vars = "access key check act switch conflict why",
	.run = run,
};
