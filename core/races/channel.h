/*
 * channel: a channel that one unit makes, and who does what with it. Only channels whose every use
 * is seen: one that is stored, or handed to what is not of this module, has no answer here.
 */
#ifndef RA_CHANNEL_H
#define RA_CHANNEL_H

#include "core/races/internal.h"

enum { RA_CHANNEL_NAMES = 8 };

struct ra_channel {
	const struct ra_facts *facts;
	uint32_t state, maker;          /* its state; the unit that makes it */
	uint32_t names[RA_CHANNEL_NAMES]; /* states of the parameters that it is given to */
	unsigned n_names;
	bool returned;                  /* the maker hands it to its caller */
};

/* False when it is no channel of a unit's own, or a use is not seen. */
bool ra_channel_open(const struct ra_facts *facts, uint32_t state, struct ra_channel *out);
/* Is the fact (a send, a receive, a close) on this channel, under any of its names? */
bool ra_channel_is(const struct ra_channel *channel, const struct ra_fact *fact);
bool ra_fact_closes(const struct ra_fact *fact);
/* The next own fact of the module on the channel, under any name; NULL at the end. Begin with NULL. */
const struct ra_fact *ra_channel_next(const struct ra_channel *channel, const struct ra_fact *at);
/* Does the unit (or none, RA_NONE) take a place in a channel and give it back: is the channel a
 * semaphore? */
bool ra_unit_takes_turns(const struct ra_facts *facts, uint32_t unit);
/* The state of that kind which the statement of a call that makes one fills with it; RA_NONE. */
uint32_t ra_state_made(const struct ra_facts *facts, const struct ra_fact *make, enum ra_kind kind);
/* The fact by which `maker` starts the task that runs `unit`, or what calls it; or NULL. */
const struct ra_fact *ra_spawn_of(const struct ra_facts *facts, uint32_t unit, uint32_t maker);

#endif
