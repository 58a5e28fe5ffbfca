/*
 * findings: candidates -> findings that keep their identity: fingerprints, suppressions, and what
 * is new, old and fixed between two sides of a diff.
 *
 * Everything is copied out of the file arena into the repo arena here, and nowhere else.
 *
 * Fingerprint: `ra1:` + 12 hex digits of SHA-256 over length-prefixed (rule, language, qualified
 * unit, subject, tokens of the events' statements without comments, white space and values of
 * literals). No path, no line. Equal ones in a file get `.1`, `.2` appended in file order (the
 * first has none).
 */
#ifndef RA_FINDINGS_H
#define RA_FINDINGS_H

#include "core/races/races.h"

enum ra_finding_state { RA_STATE_NEW, RA_STATE_OLD, RA_STATE_FIXED };
const char *ra_state_name(enum ra_finding_state state);

struct ra_evidence_line {
	uint32_t line;
	struct ra_str text;
	const char *role;
	struct ra_str path;        /* of another file than the finding's; else empty */
};

struct ra_finding {
	const struct ra_card *card;
	struct ra_str fingerprint;
	enum ra_severity severity;
	enum ra_confidence confidence;
	enum ra_finding_state state;
	bool question;
	bool touched;              /* an event's line is in a changed range of the diff */
	bool suppressed;
	struct ra_str suppression_reason;
	struct ra_str path, unit, subject;
	enum ra_lang lang;
	bool test;                 /* in test code */
	uint32_t line, end_line, column;
	RA_VEC(struct ra_event) events;          /* all of them; the first is not special */
	RA_VEC(struct ra_step) steps;
	RA_VEC(struct ra_var { struct ra_str name, value; }) vars;
	RA_VEC(struct ra_evidence_line) evidence;/* events' lines, two of context, gaps kept; those
	                                          * of other files last */
	/* what else has the same cause, by line: to be reported with this one */
	RA_VEC(const struct ra_finding *) also;
};

/* The concurrency inventory of a file with findings, for its report. */
struct ra_report_state {
	struct ra_str name, scope, kind, guard;  /* guard "" : UNGUARDED */
	RA_VEC(struct ra_report_use {
		struct ra_str unit;
		uint32_t line;
		struct ra_str guard;
		struct ra_str path;              /* of another file than the report's; else empty */
	}) writers, readers;
};

struct ra_report_checkpoint {
	uint32_t line;
	struct ra_str unit, text;
	struct ra_str meaning;   /* "CHECKPOINT", "SUSPEND (caller runs)", "wakes waiters, no
	                          * switch", ... */
	struct ra_str held;      /* guards held there, "" for none */
};

/*
 * What was looked at, whether something is wrong there or not: the denominators of a checklist, and
 * in a diff the places that ask for a person. A kind is a row of the table in looked.c.
 */
enum ra_look {
	RA_LOOK_UNITS, RA_LOOK_ASYNC, RA_LOOK_HANDLERS, RA_LOOK_STATES, RA_LOOK_CHANGES,
	RA_LOOK_UNGUARDED, RA_LOOK_GLOBALS, RA_LOOK_COUNTERS, RA_LOOK_COLLECTIONS, RA_LOOK_LOOPS,
	RA_LOOK_ENTRIES, RA_LOOK_LAZY, RA_LOOK_PRIMITIVES, RA_LOOK_REGIONS, RA_LOOK_NESTED,
	RA_LOOK_CHECKPOINTS, RA_LOOK_CLEANUPS, RA_LOOK_SPAWNS, RA_LOOK_DETACHED, RA_LOOK_OFFLOADS,
	RA_LOOK_PROMISES, RA_LOOK_FANOUTS, RA_LOOK_WAITS, RA_LOOK_WAKES, RA_LOOK_QUEUES, RA_LOOK_TRANSFERS,
	RA_LOOK_SELECTS, RA_LOOK_SLOW, RA_LOOK_COUNT
};
struct ra_look_kind { const char *name, *one, *many; }; /* "regions", "guard region", ... */
const struct ra_look_kind *ra_look_kind(unsigned look);
int ra_look_named(struct ra_str name);                  /* -1 when it is none */

struct ra_looked {
	size_t n[RA_LOOK_COUNT];
	RA_VEC(struct ra_looked_place {
		uint8_t look;
		uint32_t line;
		struct ra_str unit, text;        /* `text`: its line, trimmed */
	}) places;                               /* by line; only those that a diff changed */
};

/* What one unit takes, and does under it: enough to see whether a diff takes a guard away. */
enum { RA_GUARDS_MAX = 64 };
struct ra_guarding {
	RA_VEC(struct ra_str) locks;             /* of the file; at most RA_GUARDS_MAX */
	RA_VEC(struct ra_guard_span {
		struct ra_str unit;
		uint32_t lock, first, last;      /* index in `locks`; lines */
		bool shared;
		uint64_t held;                   /* bits of `locks`: taken while these are held */
	}) spans;
	RA_VEC(struct ra_guard_touch {
		struct ra_str unit, name;        /* a state, or what is called */
		uint32_t line;
		uint64_t held;
	}) touches;                              /* by unit */
};

/* A guard that a diff changed. */
enum ra_guard_change { RA_GUARD_REMOVED, RA_GUARD_NARROWED, RA_GUARD_WEAKENED, RA_GUARD_REORDERED };
const char *ra_guard_change_name(enum ra_guard_change change);
struct ra_changed_guard {
	enum ra_guard_change change;
	struct ra_str unit, lock, before, after, why; /* for people */
	uint32_t line;                           /* where to look, in the head */
};

enum ra_file_status { RA_FILE_AUDITED, RA_FILE_CACHED, RA_FILE_SKIPPED, RA_FILE_FAILED,
		      RA_FILE_STATUS_COUNT };
const char *ra_file_status_name(enum ra_file_status status);
/* Is known what is in it, whoever found that? */
static inline bool ra_file_is_known(enum ra_file_status status)
{
	return status == RA_FILE_AUDITED || status == RA_FILE_CACHED;
}

struct ra_file_report {
	struct ra_str path, old_path;
	enum ra_lang lang;
	enum ra_file_status status;
	struct ra_str reason;                 /* of skipped and failed */
	struct ra_str blob;                   /* hex, may be empty */
	uint32_t lines, units;
	RA_VEC(struct ra_str) runtimes;       /* "asyncio", ... */
	RA_VEC(struct ra_str) notes;          /* "unterminated string at line 12", breaches */
	RA_VEC(struct ra_report_state) states;          /* of files with findings */
	RA_VEC(struct ra_report_checkpoint) checkpoints;
	RA_VEC(struct ra_finding) findings;   /* by line, rule; questions too; fixed ones last */
	RA_VEC(const struct ra_card *) hidden;/* of findings not shown: old, or too slight */
	RA_VEC(struct ra_suppression) suppressions; /* near misses and unused ones */
	struct ra_looked looked;
	struct ra_guarding guarding;          /* of ra_findings_look with `places` */
	RA_VEC(struct ra_changed_guard) changed_guards;
};

/*
 * Findings of one source from its candidates (arena `repo`): fingerprints, ordinals, suppressions
 * applied and marked used. A finding goes to the file that its line is in: `files` has a report for
 * each part of the source, NULL for one that is not audited. All lines become lines of that file;
 * those of other files carry their path.
 *
 * The inventory is filled by ra_findings_inventory, which is called only for files that have
 * findings; `file` is for its scratch memory.
 */
void ra_findings_collect(struct ra_arena *repo, const struct ra_facts *facts,
			 const struct ra_candidates *candidates,
			 struct ra_suppressions *suppressions, struct ra_file_report *const *files);
void ra_findings_inventory(struct ra_arena *file, struct ra_arena *repo,
			   const struct ra_facts *facts, const struct ra_part *part,
			   struct ra_file_report *out);

/*
 * Count what was looked at in each of the files. With `places` also where, and what is done under
 * which guard: for a diff, whose head is then to be compared with its base.
 */
void ra_findings_look(struct ra_arena *repo, struct ra_arena *file, const struct ra_facts *facts,
		      bool places, struct ra_file_report *const *files);

/*
 * Add a finding that was made of several files, after all; its text is in `repo`. It gets an
 * ordinal when another one has its fingerprint, and the file's suppressions hold for it.
 */
void ra_findings_add(struct ra_arena *repo, struct ra_file_report *file,
		     const struct ra_finding *finding);

/* Lines of a file that a diff changed, as plain values. */
struct ra_range { struct ra_str path; uint32_t first, last; };

/*
 * Classify head findings against base findings of the same file by fingerprint: in both: OLD;
 * head only: NEW; base only: appended to head as FIXED. Marks `touched` by the ranges, which may
 * be those of several files.
 */
void ra_findings_compare(struct ra_arena *repo, struct ra_file_report *head,
			 const struct ra_file_report *base, const struct ra_range *changed,
			 size_t n_changed);

/* Which guards did the diff change? Of the places of the head keep those in changed lines. */
void ra_findings_changed_guards(struct ra_arena *repo, struct ra_file_report *head,
				const struct ra_file_report *base);
void ra_findings_touched_places(struct ra_file_report *head, const struct ra_range *changed,
				size_t n_changed);

/*
 * After that, against one more base of a criss-cross merge: NEW stays what is new against it too,
 * FIXED what is fixed against it too.
 */
void ra_findings_compare_further(struct ra_arena *repo, struct ra_file_report *head,
				 const struct ra_file_report *base);

/*
 * Over all files of a diff: a finding that is new in one file and fixed in another, each once, was
 * moved. It becomes OLD where it is, and vanishes where it was.
 */
void ra_findings_moves(struct ra_arena *repo, struct ra_file_report *files, size_t n_files);

/*
 * After all that: findings of one cause in a file become one finding with several places. One cause
 * have findings of one card, in the same state, that are about
 *     the same subject in one unit,
 *     the same lock in one unit, whatever it guards, or
 *     the same lock in methods of one class.
 * The gravest stays, the first of equals; the others are in its `also`, and events of that role.
 * Suppressed ones and fingerprints stay as they are: each place can be silenced alone, and what one
 * place was called does not change when another is mended.
 */
void ra_findings_causes(struct ra_arena *repo, struct ra_file_report *file);

#endif
