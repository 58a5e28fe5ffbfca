/*
 * locals: when two uses of a captured local can meet. Each run of its owner has one of its own: only
 * who captures it can run beside, from where it is made on, until the owner has waited for it.
 */
#include "core/races/joins.h"

/* The innermost unit around the access that runs apart from the local's owner, or the owner. */
static uint32_t task_of(const struct ra_facts *facts, const struct ra_fact *access)
{
	uint32_t owner = facts->states.v[access->state].owner;

	for (uint32_t unit = access->unit; unit && unit != owner;
	     unit = facts->shape->units.v[unit].up) {
		const struct ra_unit_facts *u = &facts->units[unit];

		if (u->spawned || u->escapes || u->self.strength >= RA_TOGETHER_HANDLER)
			return unit;
	}
	return owner;
}

const struct ra_fact *ra_local_task(const struct ra_facts *facts, const struct ra_fact *access)
{
	uint32_t task = task_of(facts, access);

	return task == facts->states.v[access->state].owner ? NULL : ra_unit_start(facts, task);
}

bool ra_locals_meet(struct ra_arena *arena, const struct ra_facts *facts, const struct ra_fact *a,
		    const struct ra_fact *b)
{
	const struct ra_state *state = &facts->states.v[a->state];
	uint32_t one, two;
	const struct ra_fact *spawn;
	struct ra_joins joins;

	if (state->scope != RA_SCOPE_CLOSURE)
		return true;
	one = task_of(facts, a);
	two = task_of(facts, b);
	if (one == two)
		return one != state->owner;
	if (two == state->owner)
		return ra_locals_meet(arena, facts, b, a);
	if (one != state->owner)
		return true;
	spawn = ra_unit_start(facts, two);
	if (a->node->first <= facts->shape->units.v[two].node->first)
		return false;
	if (!spawn || spawn->unit != a->unit)
		return true;
	joins = ra_joins_find(arena, facts, spawn);
	return !ra_joined(&joins, a);
}
