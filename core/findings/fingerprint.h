/*
 * Inside findings: what makes two findings the same one.
 */
#ifndef RA_FINDINGS_FINGERPRINT_H
#define RA_FINDINGS_FINGERPRINT_H

#include "core/findings/findings.h"

/* "ra1:" and 12 hex digits, without an ordinal; in `arena`. */
struct ra_str ra_fingerprint(struct ra_arena *arena, const struct ra_candidate *candidate);

#endif
