/*
 * Inside findings: what of a source was looked at, to be counted and compared.
 */
#ifndef RA_FINDINGS_LOOKED_H
#define RA_FINDINGS_LOOKED_H

#include "core/findings/findings.h"

/* The report of the file that `line` of a source is in, NULL when it has none; `line` becomes the one
 * there. `files`: by part of the source. */
struct ra_file_report *ra_report_at(const struct ra_facts *facts, struct ra_file_report *const *files,
				    uint32_t *line);

/* A guard as people call it: its state's name, else as it is written. */
struct ra_str ra_guard_name(const struct ra_facts *facts, const struct ra_region *region);

/* Add what each unit takes and what it does under that to the report of its file. */
void ra_guards_collect(struct ra_arena *repo, const struct ra_facts *facts,
		       struct ra_file_report *const *files);

#endif
