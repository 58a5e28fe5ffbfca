/*
 * obligation: something that a unit begins and has to end, followed along every path: a lock that
 * it took, whose release some path leaves out.
 */
#ifndef RA_OBLIGATION_H
#define RA_OBLIGATION_H

#include "core/races/cancel.h"

enum ra_leak_kind {
	RA_LEAK_CANCEL,   /* a cancellation that arrives at a checkpoint */
	RA_LEAK_RAISE,    /* a raise statement */
	RA_LEAK_CALL,     /* a call that may raise */
	RA_LEAK_RETURN,   /* a return */
	RA_LEAK_END,      /* the end of the unit */
	RA_LEAK_NEXT,     /* the next round of the loop in which it began */
	RA_LEAK_PANIC,    /* a call that unwinds: panic */
	RA_LEAK_BREAK,    /* a break out of the loop in which it began, and nothing behind the loop ends it */
	RA_LEAK_KINDS
};

struct ra_obligation {
	struct ra_detection *d;
	uint32_t unit;
	const struct ra_fact *begins;
	bool where_begun;       /* a path that never began it does not count: a loop of no round */
	/* Does the fact, of the unit's stream, end it? */
	bool (*ends)(const struct ra_obligation *o, const struct ra_fact *fact);
	/* Does what stands in the statement itself, outside of its blocks, end it? NULL: no fact-less
	 * way to end it. */
	bool (*ends_at)(const struct ra_obligation *o, const struct ra_node *statement);
	bool some;                /* open on some path is enough, if it began on all */
	bool at_entry;            /* the unit is entered with it: `begins` is any fact of it, to tell of */
};

/*
 * The first place of each kind at which the unit is left with the obligation open for sure; NULL
 * where there is none. A place where it may be ended already (a branch, a loop) is not one.
 */
struct ra_leaks { const struct ra_fact *at[RA_LEAK_KINDS]; };

struct ra_leaks ra_obligation_walk(const struct ra_obligation *o);

#endif
