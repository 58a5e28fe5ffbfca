/*
 * Inside findings: the lines that show a finding.
 */
#ifndef RA_FINDINGS_EVIDENCE_H
#define RA_FINDINGS_EVIDENCE_H

#include "core/findings/findings.h"

enum { RA_EVIDENCE_MAX = 24, RA_EVIDENCE_CONTEXT = 2 };

/* Fill finding->evidence from its place and events; text is copied. */
void ra_evidence_collect(struct ra_arena *repo, const struct ra_source *source,
			 struct ra_finding *finding);

#endif
