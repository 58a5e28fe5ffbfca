/*
 * channels: which states are ends of one channel. It is made once and then stands under other names:
 * in a field of the object that takes it, as the parameter of the unit that is given it.
 */
#ifndef RA_CHANNELS_H
#define RA_CHANNELS_H

#include "core/races/races.h"

/* By state: the state that stands for its channel, itself where nothing links it to another. */
const uint32_t *ra_channels(struct ra_arena *arena, const struct ra_facts *facts);

#endif
