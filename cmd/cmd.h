/*
 * cmd: one function for each command, and what they share beyond settings.
 */
#ifndef RA_CMD_H
#define RA_CMD_H

#include "cmd/settings.h"


/* Each returns the exit status; a message has been printed when it is not 0 or 1. */
int command_diff(struct invocation *invocation);
int command_checklist(struct invocation *invocation);
int command_sweep(struct invocation *invocation);
int command_scan(struct invocation *invocation);
int command_rules(struct invocation *invocation);
int command_explain(struct invocation *invocation);
int command_cache(struct invocation *invocation);
int command_help(struct invocation *invocation);
int command_version(struct invocation *invocation);

/* Print invocation->err and return the exit status that its code stands for. */
int fail(const struct invocation *invocation);
/* The same for misuse by the user, with a message of its own. */
int fail_usage(struct invocation *invocation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* -- progress.c ---------------------------------------------------------------------------- */

/* A line on a terminal's standard error that shows how far the audit is, once it takes long. */
struct progress {
	enum when when;
	double start, drawn; /* seconds; `drawn` 0: never */
};

void progress_start(struct progress *progress, enum when when);
/* Draw when it is time; true when a signal asks to stop. `done == total` clears the line. */
bool progress_step(struct progress *progress, size_t done, size_t total);
double progress_seconds(const struct progress *progress);

/* From now on a first SIGINT, SIGTERM or SIGHUP is noted, a second one ends the process. */
void signals_catch(void);
int signals_caught(void); /* 0 for none */

/* -- audits.c ------------------------------------------------------------------------------ */

/* One run of the audit. */
struct audit {
	struct invocation *invocation;
	struct progress progress;
	struct ra_audit_result result;
	const char *dir; /* of the reports; "-" is standard output */
	/* What becomes of the result: RA_OK, or an error in invocation->err. */
	int (*present)(struct audit *audit);
	bool only_shows; /* findings and gaps do not change the exit status */
};

/* Run `audit`, with the operands and options of its invocation read, and present what came of it;
 * the exit status. */
int audit_start(struct audit *audit, enum ra_audit_mode mode);
/* Directories of templates, the user's before the installed ones; NULL-terminated. */
const char *const *template_dirs(struct invocation *invocation);

/* -- pager.c ------------------------------------------------------------------------------- */

/*
 * Show a text as git shows what may be longer than the screen: on a terminal through GIT_PAGER,
 * core.pager of the user's git configuration, PAGER or less, with LESS=FRX where LESS is not set; else, and
 * where the pager is "cat" or empty, straight to standard output. `configured` is core.pager, or
 * NULL. RA_EIO when standard output cannot be written to; a pager that is left early is no error.
 */
int pager_show(struct ra_str text, const char *configured, struct ra_error *err);

/* -- data.c -------------------------------------------------------------------------------- */

/* The directory of patterns/, templates/ and config.ini: installed, or the tree of the build. */
int data_find(struct ra_arena *arena, const char **dir, struct ra_error *err);
/* The installed cards and those of --rules; NULL-terminated. */
const char *const *card_dirs(struct invocation *invocation);

#endif
