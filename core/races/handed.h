/*
 * handed: what becomes of a variable that is handed to a unit of the source, which may write what it
 * is given a pointer to.
 */
#ifndef RA_HANDED_H
#define RA_HANDED_H

#include "core/races/internal.h"

/*
 * Are the variables that the two facts read handed to units that write the same field of what they
 * point to, with no lock taken there? The same fact twice: to one that writes.
 */
bool ra_handed_to_writers(const struct ra_facts *facts, const struct ra_fact *a,
			  const struct ra_fact *b);

#endif
