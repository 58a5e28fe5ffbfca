/*
 * races: facts + cards -> candidate races.
 *
 * A card is a markdown file: metadata, words of the report, samples, and either a `pcre2`
 * pattern with `where` constraints, or the name of a detector and its parameters. A detector is
 * one file of core/races/ that states the shape of a race at its top, asks the facts, and
 * reports candidates; it serves every language. All cards of one detector share one run of it.
 *
 * Cards are untrusted text (users add their own). One that cannot work is refused at load, with
 * `path:line:column: reason`.
 */
#ifndef RA_RACES_H
#define RA_RACES_H

#include "core/facts/facts.h"

/* -- words ----------------------------------------------------------------------------------- */

enum ra_severity { RA_SEV_LOW, RA_SEV_MEDIUM, RA_SEV_HIGH, RA_SEV_COUNT };
enum ra_confidence { RA_CONF_LOW, RA_CONF_MEDIUM, RA_CONF_HIGH, RA_CONF_COUNT };
const char *ra_severity_name(enum ra_severity severity);       /* "high" */
const char *ra_confidence_name(enum ra_confidence confidence);
int ra_severity_named(struct ra_str name);                     /* -1 when it is none */
int ra_confidence_named(struct ra_str name);

/* The race types and classes of the catalogue: name, family, title for people. */
struct ra_race_type { const char *name, *family, *title; };
const struct ra_race_type *ra_race_type(struct ra_str name);   /* NULL when unknown */
const struct ra_race_type *ra_race_types(size_t *n);           /* all of them, by family */
struct ra_race_class { const char *name, *title; };
const struct ra_race_class *ra_race_class(struct ra_str name);
const struct ra_race_class *ra_race_classes(size_t *n);

/* The known word that is nearest to a misspelt one: start with { .word = ... }, try all, and read
 * `best`, which is empty when none is near. */
struct ra_nearest {
	struct ra_str word, best;
	unsigned distance;
};
void ra_nearest_try(struct ra_nearest *nearest, struct ra_str known);

/* -- cards ----------------------------------------------------------------------------------- */

struct ra_card_fix {            /* a bullet of `## Fixes` */
	struct ra_str effort;   /* simple, moderate, complex */
	struct ra_str sketch, closes, tradeoffs, risk; /* templates */
	struct ra_str diff;     /* template of a `diff` fence below the bullet, or empty */
	uint32_t langs;         /* bits 1 << enum ra_lang; 0: of all the card is for */
};

struct ra_card_test {           /* a fence of `## Reproduction` */
	struct ra_str lang;     /* as written: python, text */
	uint32_t langs;         /* of the findings it is for; 0: all */
	struct ra_str text;     /* template */
};

struct ra_card_sample {
	enum { RA_SAMPLE_BUG, RA_SAMPLE_FIX, RA_SAMPLE_TODO } kind;
	enum ra_lang lang;
	struct ra_str text;
	uint32_t line;          /* of its first line in the card */
	uint32_t version;       /* of its language; 0: unknown */
};

enum { RA_WHERE_ARGS = 8 };     /* of one line of `## Where` */

struct ra_card {
	struct ra_str id;       /* file stem */
	struct ra_str path;     /* as given, for messages */
	uint32_t langs;         /* bits 1 << enum ra_lang */
	const struct ra_race_type *type;
	const struct ra_race_class *class_;
	enum ra_severity severity;
	enum ra_confidence confidence;
	bool question;          /* `report = question` */
	bool off;               /* `default = off`: runs only when named by --rule */
	bool raw;               /* `text = raw`: the pattern sees comments and strings too */
	uint32_t since, before; /* versions of the language that it is about; 0: no bound */
	uint32_t runtimes;      /* 0: any; else the file (or unit) must use one of them */
	RA_VEC(struct ra_str) keywords; /* one must be in the file's text; none: always */
	struct ra_str cwe;
	const struct ra_detector *detector; /* or NULL: pattern */
	RA_VEC(struct ra_card_param { struct ra_str key, value; }) params;
	struct ra_pattern *pattern;         /* compiled; or NULL */
	RA_VEC(struct ra_where { const struct ra_where_word *word;
				 struct ra_str args[RA_WHERE_ARGS];
				 uint32_t n_args, line; bool negated; }) where;
	/* words of the report; templates over the finding's values, may be empty */
	struct ra_str title, summary, message, trigger, impact, consequence, question_text,
		limits, references;
	RA_VEC(struct ra_card_test) tests;
	RA_VEC(struct ra_card_fix) fixes;
	RA_VEC(struct ra_card_sample) samples;
	uint64_t digest;        /* of the whole text */
};

/*
 * What is set before cards are read says how: `langs` (bits 1 << enum ra_lang; 0: all) leaves the
 * folders of other languages unread but for their digests; `tried` takes it that patterns have been
 * run on the subjects that are their worst case, as `rules test` does. Of the instructions of a start
 * (callgrind, an empty diff) 450 million become 164 without the trial and 71 without languages, 56
 * of which libgit2 takes for certificates.
 */
struct ra_cards {
	RA_VEC(struct ra_card) list;   /* sorted by id */
	RA_VEC(struct ra_card_known {  /* those that were not read, too */
		struct ra_str id, path;
		uint64_t digest;
	}) known;
	uint32_t langs;
	bool tried;
	uint64_t digest;               /* of all that are known */
};

/* Read one card; `path` is for messages and gives the id and, by its folder, the language.
 * RA_EPARSE: "path:line:column: reason". An id that is there already is an error. */
int ra_card_read(struct ra_arena *arena, const char *path, struct ra_str text, struct ra_cards *out,
		 struct ra_error *err);
/* Read every `*.md` but README.md of the directory and of its language folders (`any/`,
 * `python/`, ...). */
int ra_cards_read_dir(struct ra_arena *arena, const char *dir, struct ra_cards *out,
		      struct ra_error *err);
/* To be called once after the last card: sorts, digests. */
void ra_cards_seal(struct ra_cards *cards);
const struct ra_card *ra_cards_find(const struct ra_cards *cards, struct ra_str id);
/* Patterns hold foreign memory: release them before the arena. */
void ra_cards_close(struct ra_cards *cards);

struct ra_str ra_card_param(const struct ra_card *card, const char *key); /* "" when absent */
/* The test that is for a language; NULL when there is none. */
const struct ra_card_test *ra_card_test_for(const struct ra_card *card, enum ra_lang lang);
bool ra_card_has(const struct ra_card *card, const char *key, const char *word); /* in a list */

/* -- candidates ------------------------------------------------------------------------------ */

enum { RA_EVENTS_MAX = 24, RA_STEPS_MAX = 32, RA_VARS_MAX = 48 };

struct ra_event {
	const char *role;       /* static: "check", "switch", "act", "conflict", "acquire", ... */
	uint32_t line, end_line, column;
	struct ra_str note;     /* for people: "stores the connection" */
	struct ra_str path;     /* of a finding: the file, where it is another one; else empty */
};

struct ra_step {
	struct ra_str task;     /* "Task A", "run_ctx", ... */
	uint32_t line;          /* 0: a consequence, no line of its own */
	struct ra_str text;
	bool window;            /* state is inconsistent, or a stale decision is alive */
	struct ra_str path;     /* as in struct ra_event */
};

struct ra_candidate {
	const struct ra_card *card;
	const struct ra_facts *facts;
	uint32_t unit;
	uint32_t line, end_line, column;   /* smallest statement that has to change */
	enum ra_severity severity;
	enum ra_confidence confidence;
	bool question;
	struct ra_str subject;             /* the state, lock, task: for the fingerprint and for
	                                    * joining candidates of one cause */
	bool local;                        /* the subject's name means something in its unit only */
	struct ra_event events[RA_EVENTS_MAX];
	uint32_t n_events;
	struct ra_step steps[RA_STEPS_MAX];
	uint32_t n_steps;
	struct { const char *name; struct ra_str value; } vars[RA_VARS_MAX];
	uint32_t n_vars;
};

struct ra_candidates {
	RA_VEC(struct ra_candidate) list;  /* by line, then card id; one per (card, line, subject),
	                                    * of state races one per (card, owner, subject): the
	                                    * others are its events of role "also" */
	RA_VEC(struct ra_breach { const struct ra_card *card; struct ra_str reason; }) breaches;
	const struct ra_lock_graph *locks; /* of the file, once somebody asked (lockgraph.h) */
};

/* -- detectors ------------------------------------------------------------------------------- */

/* What a run of a detector works on. */
struct ra_detection {
	struct ra_arena *arena;
	const struct ra_facts *facts;
	const struct ra_card *card;
	struct ra_candidates *out;
	const struct ra_walked *walked;    /* of obligation.c: the unit that it walked last */
};

struct ra_detector {
	const char *name;       /* as in `detector = ...` */
	const char *help;       /* one line */
	const char *params;     /* space-separated names a card may set */
	const char *vars;       /* space-separated names of the values it gives to templates, beside
	                         * those of ra_common_vars */
	void (*run)(struct ra_detection *d);
};

/* Space-separated names of the values that every candidate has. A detector may give its own. */
extern const char *const ra_common_vars;

/* All detectors, sorted by name. */
extern const struct ra_detector *const ra_detectors[];
extern const size_t ra_detectors_n;
const struct ra_detector *ra_detector_named(struct ra_str name);

/*
 * A new candidate at the statement of `fact` (whole statement when it is simple, its head when it
 * is compound), with the card's severity and confidence. `subject` is copied. NULL when one of the
 * same card, subject and line is there already, or too many of the card. Valid until the next one
 * is made. An event without `note` (NULL) is told in the fact's own words.
 */
struct ra_candidate *ra_candidate_at(struct ra_detection *d, const struct ra_fact *fact,
				     struct ra_str subject);
struct ra_candidate *ra_candidate_node(struct ra_detection *d, uint32_t unit,
				       const struct ra_node *node, struct ra_str subject);
void ra_candidate_event(struct ra_detection *d, struct ra_candidate *c, const char *role,
			const struct ra_fact *fact, const char *note, ...)
	__attribute__((format(printf, 5, 6)));
void ra_candidate_var(struct ra_detection *d, struct ra_candidate *c, const char *name,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A value that is a line, in words: "12", or "12 of other.go"; and with it `<name>_code`, what
 * stands there, for a sketch of a fix. */
#define RA_LINE_CODE "_code"
void ra_candidate_line(struct ra_detection *d, struct ra_candidate *c, const char *name,
		       uint32_t line);
void ra_candidate_step(struct ra_detection *d, struct ra_candidate *c, const char *task,
		       uint32_t line, bool window, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* Lower to at most this. */
void ra_candidate_weaken(struct ra_candidate *c, enum ra_severity severity,
			 enum ra_confidence confidence);

/* "reads `self._conns[key]`", "stores into `self._conns`", "awaits `self._dial(key)`": one fact
 * in words of a trace, present tense, from the code as written. */
struct ra_str ra_fact_words(struct ra_arena *arena, const struct ra_facts *facts,
			    const struct ra_fact *fact);

/*
 * The two-task trace of a state race: task A does `opens` (and what leads to it) and switches at
 * `sw` (NULL: preempted); task B runs `conflict`'s unit up to and with `conflict`; A goes on to
 * `closes`; `consequence` is the last step (NULL: none but what the card says). Fills events
 * check/switch/conflict/act and the values task_b, together and state too.
 */
void ra_trace_race(struct ra_detection *d, struct ra_candidate *c, const struct ra_fact *opens,
		   const struct ra_fact *sw, const struct ra_fact *conflict,
		   const struct ra_fact *closes, const struct ra_evidence *why,
		   const char *consequence, ...) __attribute__((format(printf, 8, 9)));

/* -- running --------------------------------------------------------------------------------- */

struct ra_matcher; /* PCRE2 match data, JIT stack and clock of one worker */
int ra_matcher_open(struct ra_matcher **out, struct ra_error *err);
void ra_matcher_close(struct ra_matcher *matcher);

struct ra_races_options {
	const struct ra_cards *cards;
	const struct ra_str *only;  /* card ids or race types; NULL: all that are on */
	size_t n_only;
};

/* Is the card asked for, or on when nobody asks? */
bool ra_card_is_on(const struct ra_card *card, const struct ra_races_options *options);

/*
 * All candidates of one file. Patterns run over each unit's text, at most 64 KiB at a time, JIT
 * only, under a match limit and a deadline; a card that hits them is a breach (the file is then
 * reported as audited without that card). Question cards are run too.
 */
void ra_races_find(struct ra_arena *arena, struct ra_matcher *matcher, const struct ra_facts *facts,
		   const struct ra_races_options *options, struct ra_candidates *out);

/*
 * Check a card against its own samples: in a `bug` sample exactly the lines marked with a comment
 * `race` are found, in a `fix` sample none; a `bug todo` sample fails once it is found whole.
 * Messages ("path:line: bug sample: line 14 is not found") go to `report`; returns their number.
 */
size_t ra_card_test(struct ra_arena *arena, struct ra_matcher *matcher, const struct ra_card *card,
		    struct ra_api *const *apis, struct ra_buf *report);

#endif
