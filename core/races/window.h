/*
 * window: the stretch between two accesses of one state in one unit in which another task can do
 * harm. All state races are windows; what differs is which accesses open and close them and what
 * the other task has to do.
 */
#ifndef RA_WINDOW_H
#define RA_WINDOW_H

#include "core/races/races.h"

struct ra_window {
	const struct ra_fact *opens, *closes;
	const struct ra_fact *sw;        /* the switch; NULL: preempted anywhere */
	const struct ra_fact *conflict;  /* what another task does meanwhile */
	struct ra_evidence why;          /* ... and why it can */
};

/*
 * Is there a window from `opens` to `closes` (accesses of one state, in one stream)? There is none
 * when one guard region holds over both, when no switch is possible between them, when the unit
 * looks again after the last switch, or has claimed the state before the first one. `kinds` is
 * what a conflicting access must be. A window without a conflict has conflict NULL.
 */
bool ra_window_find(const struct ra_facts *facts, const struct ra_fact *opens,
		    const struct ra_fact *closes, uint32_t kinds, struct ra_window *out);

/* Is the window worth a finding (true), or a question? Sets confidence by the evidence. */
bool ra_window_judge(struct ra_candidate *c, const struct ra_window *window);

/* Values `state`, `key`, `check`, `switch`, `act`, `conflict`, `why` for the card's texts. */
void ra_window_vars(struct ra_detection *d, struct ra_candidate *c,
		    const struct ra_window *window);

/* "self._conns[key]" as written at the fact: state with its key. */
struct ra_str ra_access_text(struct ra_detection *d, const struct ra_fact *fact);

/* Does what is stored come from something that only looks it up, so that doing it twice costs time
 * and nothing else? */
bool ra_write_is_lookup(const struct ra_facts *facts, const struct ra_fact *write);

/* Does its documentation, or that of its class, say that threads share it? */
bool ra_unit_is_documented(const struct ra_facts *facts, uint32_t unit);
/* Does the unit run once in the life of its object by its name: connect, start, open, close? */
bool ra_unit_is_lifecycle(const struct ra_facts *facts, uint32_t unit);
/* ... and at its end, or at the two ends of one use: close, stop, __aenter__, __aexit__? */
bool ra_unit_ends_life(const struct ra_facts *facts, uint32_t unit);

#endif
