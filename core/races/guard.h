/*
 * guard: which lock guards a state, and what says so. RacerD infers it for Java by where the lock is
 * held; here what people wrote counts as well: a comment at the field or at the lock, the place of the
 * field behind a mutex (Go's convention: up to the next blank line), a lock named after the state.
 *
 *     guard.c        counting, once for each state
 *     guard_said.c   what a declaration says
 */
#ifndef RA_GUARD_H
#define RA_GUARD_H

#include "core/races/window.h"

enum ra_guard_by { RA_GUARD_NONE, RA_GUARD_MOST, RA_GUARD_PLACE, RA_GUARD_COMMENT, RA_GUARD_NAME };

struct ra_guard {
	uint32_t lock;               /* state index; RA_NONE */
	enum ra_guard_by by;         /* the strongest evidence */
	uint32_t line;               /* where it is said; 0 */
	unsigned guarded, bare, guarded_writes;
};

/* The lock that guards the state, with the accesses of the file counted; false when there is none. */
bool ra_guard_of(const struct ra_facts *facts, uint32_t state, struct ra_guard *out);

/* Is the access one that a guard has to keep apart from others? Not in construction, of an object that
 * is new, or before the unit makes the lock. */
bool ra_guard_counts(const struct ra_facts *facts, const struct ra_fact *fact);

/* Does the access hold the lock, so that it keeps others out? A change needs more than a share of it. */
bool ra_guard_holds(const struct ra_facts *facts, const struct ra_fact *fact, uint32_t lock);

/* What a declaration says of the guard of a state (guard_said.c); RA_NONE when it says nothing. */
uint32_t ra_guard_said(const struct ra_facts *facts, uint32_t state, enum ra_guard_by *by,
		       uint32_t *line);

/* Does a comment at the line say that no lock is needed there? */
bool ra_guard_denied(const struct ra_facts *facts, uint32_t line);

#endif
