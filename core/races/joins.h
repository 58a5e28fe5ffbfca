/*
 * joins: what orders a task and the unit that spawns it, beside locks. A task signals by a send, by
 * closing a channel, by leaving its group, or by its end where the group itself started it; a unit
 * waits by a receive, a loop over a channel, or the wait of the group.
 */
#ifndef RA_JOINS_H
#define RA_JOINS_H

#include "core/races/tree.h"

struct ra_joins {
	const struct ra_facts *facts;
	const struct ra_fact *spawn;
	RA_VEC(const struct ra_fact *) waits;  /* of the unit that spawns, for the task; in order */
};

/* What the unit that spawns has of waits for the task. `spawn` has a callee. */
struct ra_joins ra_joins_find(struct ra_arena *arena, const struct ra_facts *facts,
			      const struct ra_fact *spawn);

/* Does the unit that spawns wait for the task on its way to `use`, a later fact of its stream, or an
 * earlier one of the same loop, which the next round comes to? */
bool ra_joined(const struct ra_joins *joins, const struct ra_fact *use);

/* Does each round of the loop around the spawn wait for the task before it ends? */
bool ra_joined_in_round(const struct ra_joins *joins, uint32_t loop);

/* Does the task wait for something that the unit that spawns it signals behind `use`, before it
 * comes to position `inner` of its stream? */
bool ra_handed_over(const struct ra_joins *joins, const struct ra_fact *use,
		    uint32_t inner);

/* Do two tasks of one unit wait for each other: does one wait for what the other signals? */
bool ra_tasks_ordered(const struct ra_facts *facts, const struct ra_fact *one,
		      const struct ra_fact *other);

/* Can two uses of a captured local meet (locals.c)? True of any other state. */
bool ra_locals_meet(struct ra_arena *arena, const struct ra_facts *facts, const struct ra_fact *a,
		    const struct ra_fact *b);
/* The spawn of the task in which a captured local is used; NULL where it is its owner, or a callback. */
const struct ra_fact *ra_local_task(const struct ra_facts *facts, const struct ra_fact *access);

#endif
