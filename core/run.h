/*
 * run: what the files at the top of core share, one run of the audit.
 *
 * audit.c      the pipeline: repository, settings, files
 * knowledge.c  cards and API tables, of the installation, the user and the tree
 * result.c     what is shown and counted, and the model of it
 * scan.c       files outside git
 */
#ifndef RA_RUN_H
#define RA_RUN_H

#include "core/audit.h"
#include "core/git/git.h"

enum { RA_CONFIG_BYTES = 1 << 20 }; /* of one card, table or configuration file */

struct run {
	struct ra_arena *repo, file;
	const struct ra_audit_options *options;   /* `configure` changes them */
	struct ra_git *git;                       /* NULL in a scan */
	struct ra_git_selection selection;
	struct ra_knowledge knowledge;
	struct ra_matcher *matcher;
	RA_VEC(struct ra_str) only;               /* --rule */
	RA_VEC(struct ra_file_report) reports;
	struct ra_map audited;                    /* content and kind -> index of its report */
	struct ra_scope_info scope;
	struct ra_audit_config git_config;
	struct ra_error *err;
};

/* The commit whose configuration and cards count: never the side that is being judged. NULL for
 * none. */
const struct ra_oid *ra_run_trusted(const struct run *run);

/* Load run->knowledge and resolve the names of --rule. */
int ra_run_knowledge(struct run *run);

/* Leave out what is not asked for, count the rest, build the model. */
int ra_run_result(struct run *run, struct ra_audit_result *result);

#endif
