/*
 * lockgraph: facts -> which lock is taken while which other one is held, in this file, directly
 * and through calls of its units.
 *
 * A lock is a state; locks of different objects of one class are one (as the order has to hold for
 * all of them), a registry of locks is one with all its elements. An edge is plain data: with the
 * path of its file and the names of its two states, edges of many files can be joined to one graph.
 *
 *     lockgraph.c          what each unit takes while it holds another one
 *     lockgraph_handed.c   locks that one unit takes and another one gives back
 *     lockgraph_given.c    function literals that are given to who calls them
 */
#ifndef RA_LOCKGRAPH_H
#define RA_LOCKGRAPH_H

#include "core/races/races.h"

/* One lock that a run of a unit takes. */
struct ra_lock_use {
	uint32_t lock;            /* state */
	struct ra_str text, key;  /* as the unit would write it: "self._lock" */
	uint32_t acquire;         /* fact, maybe of a unit that it calls */
	uint32_t call;            /* its CALL fact through which, or RA_NONE */
};

struct ra_lock_uses { RA_VEC(struct ra_lock_use) list; };

/* `second` is taken while `first` is held. */
struct ra_lock_edge {
	uint32_t first, second;   /* states */
	uint32_t unit, region;    /* where; the region of `first` */
	uint32_t at;              /* the acquisition in `unit`, or the call that leads to it */
	uint32_t acquire;         /* the acquisition itself */
	struct ra_str text, key;  /* of `second`, as `unit` would write it */
};

struct ra_lock_graph {
	struct ra_lock_uses *uses;           /* by unit */
	RA_VEC(struct ra_lock_edge) edges;   /* in the order of `at`; first == second, too */
	struct ra_map modules;               /* names of module states */
};

/* The graph of a file: built for the first who asks, kept in `out` for the others. */
const struct ra_lock_graph *ra_lock_graph(struct ra_arena *arena, const struct ra_facts *facts,
					  struct ra_candidates *out);

/* Those edges of it whose locks one unit takes and another one gives back: part of the build. */
void ra_lock_graph_handed(struct ra_arena *arena, const struct ra_facts *facts,
			  struct ra_lock_graph *out);

/* A function literal that a call gives to a unit which calls that parameter. Begin with { 0 }. */
struct ra_lock_given {
	const struct ra_node *param, *argument, *runs; /* `runs`: the call in the callee */
	uint32_t unit;                                 /* that of the literal */
};
bool ra_lock_next_given(const struct ra_facts *facts, const struct ra_fact *call,
			struct ra_lock_given *given);

/* The same of locks of other files, which the graph leaves out: does an acquisition order, may a
 * region's lock be the first of an edge? And does a call run a unit of the file before it returns? */
bool ra_lock_is_ordered(const struct ra_facts *facts, const struct ra_fact *acquire);
bool ra_lock_is_first(const struct ra_facts *facts, const struct ra_region *held);
bool ra_lock_runs_now(const struct ra_facts *facts, const struct ra_fact *call);

/* What is known of the one who made a lock. */
enum ra_lock_maker {
	RA_LOCK_KNOWN,    /* makes locks */
	RA_LOCK_BY_NAME,  /* only the name of the state, not of its maker, says lock */
	RA_LOCK_UNSEEN    /* made elsewhere, or by something whose name says lock */
};
enum ra_lock_maker ra_lock_maker(const struct ra_facts *facts, uint32_t lock);

/* Is the lock held by this unit when its `acquire` returned? Not so where the call only made
 * something that takes it later: a coroutine that is passed on. */
bool ra_lock_is_taken(const struct ra_facts *facts, const struct ra_region *region);

#endif
