/*
 * internal: what the files of this folder share.
 *
 * types.c      names of race types, classes, severities
 * markdown.c   text of a card -> blocks with their places
 * card.c       blocks -> the sections of a card
 * metadata.c   its `ini` fence
 * fixes.c      its `## Fixes`
 * spelling.c   lists of words, and what a misspelt one was meant to be
 * template.c   the names that its texts use
 * cards.c      folders of cards
 * pattern.c    patterns: what is refused, and compiling
 * matcher.c    matching under limits
 * scan.c       a card's pattern over a file -> candidates
 * where.c      the `where` words; where_read.c parses them
 * guard.c      which lock guards a state; guard_said.c what declarations say of it
 * locals.c     when two uses of a captured local can meet
 * candidate.c  making candidates, words.c facts in words, trace.c the trace of two tasks
 * races.c      running cards over a file
 * registry.c   the detectors
 * test.c       cards against their own samples
 */
#ifndef RA_RACES_INTERNAL_H
#define RA_RACES_INTERNAL_H

#include "core/races/races.h"

#define RA_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* -- reading a card -------------------------------------------------------------------------- */

enum ra_md_kind { RA_MD_HEADING, RA_MD_PARAGRAPH, RA_MD_ITEM, RA_MD_FENCE };

/* One block of a card. All text points into the card: a place is a pointer. */
struct ra_md_block {
	enum ra_md_kind kind;
	unsigned level;         /* HEADING */
	const char *at;         /* first byte of its first line */
	const char *end;        /* first byte after its last line (FENCE: after the closing one) */
	struct ra_str text;     /* HEADING: without marks; PARAGRAPH, ITEM: its lines, without the
	                         * bullet; FENCE: the lines between, byte for byte */
	struct ra_str info;     /* FENCE: the words after the opening fence */
	unsigned indent;        /* FENCE: columns before the opening fence */
};

struct ra_md {
	struct ra_md_block *blocks;
	size_t n;
};

/* A card while it is read. */
struct ra_card_reader {
	struct ra_arena *arena;
	const char *path;
	struct ra_str text;
	struct ra_card *card;
	struct ra_error *err;
	const struct ra_md_block *heading, *metadata;  /* H1 and the `ini` fence */
	struct ra_str detector;                        /* value of the key, or empty */
	struct ra_str pattern, where;                  /* contents of the fences, or empty */
	RA_VEC(struct ra_str) templates;               /* parts of the text to be checked */
};

/* Fill `err` with "path:line:column: reason"; `at` points into the card. RA_EPARSE. */
int ra_card_fail(const struct ra_card_reader *r, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Fails with "unknown <what> 'word'", and the nearest known one if one is near. */
int ra_card_unknown(const struct ra_card_reader *r, const char *what,
		    const struct ra_nearest *nearest);

int ra_md_read(struct ra_card_reader *r, struct ra_md *out);
/* The lines of a paragraph, item or fence without their indentation, joined by one space. */
struct ra_str ra_md_line(struct ra_arena *arena, struct ra_str text);

int ra_card_metadata(struct ra_card_reader *r);
int ra_card_fixes(struct ra_card_reader *r, const struct ra_md_block *blocks, size_t n);
/* After everything else is known: every name in r->templates must have a value. */
int ra_card_templates(struct ra_card_reader *r);

/* Does a list of words, with spaces or commas between, hold `word`? */
bool ra_words_hold(struct ra_str list, struct ra_str word);
/* Cut the next word of such a list off; false at its end. */
bool ra_words_next(struct ra_str *list, struct ra_str *word);
/* Cut the next word of a name off, in lower case: "acquire_slot", "acquireSlot"; false at its end. */
bool ra_name_word(struct ra_arena *arena, struct ra_str *name, const char **word);

/* -- patterns -------------------------------------------------------------------------------- */

enum {
	RA_PATTERN_BYTES = 8192,    /* longest pattern */
	RA_PATTERN_GROUPS = 16,     /* named groups */
	RA_PATTERN_CAPTURES = 31,   /* all groups */
	RA_WINDOW_BYTES = 64 * 1024 /* what one match may look at */
};

struct ra_pattern {
	void *code;                 /* pcre2_code */
	uint32_t n_groups;
	struct ra_pattern_group { const char *name; uint32_t number; } groups[RA_PATTERN_GROUPS];
};

/* RA_EPARSE with the bare reason in `err` and its byte offset in `*at`. */
int ra_pattern_compile(struct ra_arena *arena, struct ra_str text, struct ra_pattern **out,
		       size_t *at, struct ra_error *err);
/* Run it on texts that are the worst case; the same errors. */
int ra_pattern_try(const struct ra_pattern *pattern, struct ra_error *err);
void ra_pattern_close(struct ra_pattern *pattern);
/* Index in `groups`, -1 when there is none. */
int ra_pattern_group(const struct ra_pattern *pattern, struct ra_str name);

struct ra_span { size_t from, to; };

struct ra_match {
	struct ra_span whole;
	struct ra_span groups[RA_PATTERN_GROUPS]; /* from > to: took no part */
};

/* Start the clock of one card on one file (or of a trial). */
void ra_matcher_start(struct ra_matcher *matcher);
/*
 * The next match in `subject` that begins at or after `*at`; moves `*at` past it. 1 found, 0 none,
 * RA_ELIMIT a limit was hit: `*why` says which.
 */
int ra_matcher_next(struct ra_matcher *matcher, const struct ra_pattern *pattern,
		    struct ra_str subject, size_t *at, struct ra_match *out, const char **why);

/* What is the same for all pattern cards of one file. */
struct ra_scan {
	struct ra_str code;         /* the file's text, comments and contents of strings blanked */
	RA_VEC(struct ra_span) windows;
};
void ra_scan_open(struct ra_arena *arena, const struct ra_shape *shape, struct ra_scan *out);
/* Candidates of a pattern card; what stopped it, or NULL. */
const char *ra_scan_card(struct ra_detection *d, struct ra_matcher *matcher,
			 const struct ra_scan *scan);

/* -- where words ----------------------------------------------------------------------------- */

/* A place that a pattern found: of the group `at` if the pattern has one, else of the match. */
struct ra_place {
	const struct ra_facts *facts;
	uint32_t token, unit;
	const struct ra_node *node;   /* innermost at the token */
	const struct ra_node *call;   /* the call whose callee begins or ends there, or NULL */
	const struct ra_pattern *pattern;
	const struct ra_match *match;
};

enum ra_where_args {
	RA_WHERE_NONE,        /* takes nothing */
	RA_WHERE_NAMES,       /* one to RA_WHERE_ARGS words of the card's own */
	RA_WHERE_GROUP,       /* one `$group` of the pattern */
	RA_WHERE_CHOICE       /* one to RA_WHERE_ARGS of the words in `choices` */
};

struct ra_where_word {
	const char *name;     /* may be several words */
	enum ra_where_args takes;
	const char *choices;  /* of RA_WHERE_CHOICE, with spaces between */
	const char *help;     /* one line */
	bool (*holds)(const struct ra_place *place, const struct ra_where *where);
};

const struct ra_where_word *ra_where_words(size_t *n);
/* Parse the fence's lines into the card. */
int ra_where_read(struct ra_card_reader *r, struct ra_str fence);
/* Do all constraints of the card hold? */
bool ra_where_holds(const struct ra_card *card, const struct ra_place *place);
struct ra_place ra_place_at(const struct ra_facts *facts, uint32_t token);

/* -- candidates ------------------------------------------------------------------------------ */

enum { RA_CANDIDATES_MAX = 2000 }; /* of one card in one file; beyond it is a breach */

struct ra_lines { uint32_t first, last, column; };

/* ra_candidate_node for what has no node: a place given by lines. */
struct ra_candidate *ra_candidate_lines(struct ra_detection *d, uint32_t unit,
					struct ra_lines lines, struct ra_str subject);
/* The smallest statement around a node: whole when it is simple, its head when it is compound. */
struct ra_lines ra_statement_lines(const struct ra_shape *shape, const struct ra_node *node);
/* Give it a value unless it has one of that name. */
void ra_candidate_default(struct ra_detection *d, struct ra_candidate *c, const char *name,
			  struct ra_str value);
/* Those of ra_common_vars that it lacks. */
void ra_candidate_common_vars(struct ra_detection *d, struct ra_candidate *c);
/* Add `role` with these lines and words; ra_candidate_event is this for facts. */
void ra_candidate_mark(struct ra_candidate *c, const char *role, struct ra_lines lines,
		       struct ra_str note);

enum { RA_CODE_WORDS = 60 };     /* longest piece of code in words, bytes */

/* `text`, cut at a character and ending in "..." when it is longer than that. */
struct ra_str ra_shorten(struct ra_arena *arena, struct ra_str text);
/* Tokens as written, in one line without comments; longer than RA_CODE_WORDS they are cut between
 * two of them and end in "...". */
struct ra_str ra_code_words(struct ra_arena *arena, const struct ra_tokens *tokens, uint32_t first,
			    uint32_t last);

#endif
