/*
 * settings: what a run is told, from the command line and from every configuration.
 *
 * One table (options.c) says of each option its long and short name, whether it is a key of the
 * configuration, what values it takes, where it goes and what it is for. The parser, both helps
 * and the readers of configuration know no option but by that table; the built-in defaults are
 * config.ini as installed, which names every key.
 */
#ifndef RA_CMD_SETTINGS_H
#define RA_CMD_SETTINGS_H

#include "core/audit.h"

#include <stdio.h>

/* -- values -------------------------------------------------------------------------------- */

/* A switch that may be left to the circumstances. */
enum when { WHEN_NEVER, WHEN_ALWAYS, WHEN_AUTO };

/* The words of --fail-on, in their order in the table. */
enum fail_on {
	FAIL_NONE, FAIL_LOW, FAIL_MEDIUM, FAIL_HIGH, FAIL_NEW_LOW, FAIL_NEW_MEDIUM, FAIL_NEW_HIGH
};

struct settings {
	struct ra_audit_options audit;
	const char *output;        /* "" is the default place, "-" stdout */
	unsigned formats;          /* RA_FORMAT_ bits */
	/* words of the table */
	int scope, severity, test_severity, confidence, report_name, base_missing;
	int fail_on;               /* enum fail_on */
	int color, progress, ascii;/* enum when */
	bool exit_zero, allow_incomplete, quiet, verbose;
	const char *config;        /* --config */
	const char *const *rules;  /* --rules: directories of cards beside the installed ones */
	const char *templates;     /* a directory of templates, or "" */
	bool short_help, help, version;
};

/* -- the table ----------------------------------------------------------------------------- */

enum option_kind {
	OPTION_FLAG,    /* bool; --no-<name> unsets it */
	OPTION_WHEN,    /* int, enum when; --<name>, --no-<name>, --<name>=auto|always|never */
	OPTION_CHOICE,  /* int, index in `words` */
	OPTION_SET,     /* unsigned, one bit for each of `words`; comma-separated */
	OPTION_TEXT,    /* const char * */
	OPTION_LIST,    /* const char *const *, NULL-terminated; may be repeated */
	OPTION_SIZE,    /* size_t; k, m and g multiply */
	OPTION_CHDIR,   /* -C, at once */
	OPTION_SETTING  /* -c <key>=<value> */
};

enum {
	FOR_DIFF = 1, FOR_SWEEP = 2, FOR_SCAN = 4, FOR_RULES = 8,
	FOR_AUDITS = FOR_DIFF | FOR_SWEEP | FOR_SCAN,
	FOR_EXPLAIN = 256, FOR_CACHE = 512,
	FOR_GIT = FOR_DIFF | FOR_SWEEP | FOR_EXPLAIN,
	FOR_ALL = FOR_AUDITS | FOR_RULES | FOR_EXPLAIN | FOR_CACHE,
	OPTION_KEY = 16,     /* a key of the configuration */
	OPTION_REPO = 32,    /* ... that a repository may set: its tree or its .git/config */
	OPTION_SHORT = 64,   /* listed by -h too */
	FOR_CHECKLIST = 128  /* which is a diff too */
};

struct option {
	const char *name;    /* without dashes; NULL when it has a letter alone */
	char letter;         /* 0 for none */
	enum option_kind kind;
	unsigned flags;
	size_t field;        /* offset in struct settings */
	const char *const *words;
	const char *argument, *help;
};

extern const struct option option_table[];
extern const size_t option_count;

const struct option *option_by_key(struct ra_str key); /* any case; NULL */
/* Write one value; RA_EUSAGE says what is accepted. A LIST is appended to. */
int option_set(struct ra_arena *arena, const struct option *option, struct ra_str value,
	       struct settings *settings, struct ra_error *err);
/* "unknown <what> '<word>'", and the nearest of all names. */
int option_unknown(const char *what, struct ra_str word, bool keys, struct ra_error *err);

/* Which commands there are; the table is in main.c. */
struct invocation;
struct command {
	const char *name, *operands, *summary;
	unsigned mask;       /* its FOR_ bit; 0: takes no option */
	int (*run)(struct invocation *invocation);
};
extern const struct command command_table[];
extern const size_t command_count;

void help_short(FILE *out);
void help_full(FILE *out);

/* -- the command line ---------------------------------------------------------------------- */

/* Layers of the configuration, the weakest first. */
enum layer {
	LAYER_INSTALLED, LAYER_GIT_UI, LAYER_GIT, LAYER_TREE, LAYER_FILE, LAYER_GIT_COMMAND,
	LAYER_COMMAND_LINE, LAYER_COUNT
};

/* One value for one option, and who says so. */
struct assignment {
	const struct option *option;
	struct ra_str value;
	const char *origin;  /* "config.ini:12", "git config (global)", "command line" */
	enum layer layer;
};

/* One call of the program. */
struct invocation {
	struct ra_arena *arena;
	const struct command *command;
	bool implied;                      /* no command was named */
	RA_VEC(const char *) operands;     /* what is no option, before `--` */
	RA_VEC(const char *) paths;        /* behind `--` */
	bool dashes;                       /* `--` was there */
	RA_VEC(struct assignment) assignments;
	struct settings settings;
	const char *pager;                 /* core.pager of git's configuration, or NULL */
	const char *data;                  /* where patterns/, templates/, config.ini are */
	struct ra_error err;
};

/* Split argv; options may stand before and behind the command. */
int command_line_parse(struct invocation *invocation, int argc, char **argv);

/* -- the configuration --------------------------------------------------------------------- */

/* Add the assignments of an INI text; RA_EPARSE names `origin:line`. */
int config_read(struct invocation *invocation, struct ra_str text, const char *origin,
		enum layer layer);
/* Installed defaults and --config; then settle. */
int config_load(struct invocation *invocation);
/* The `configure` of ra_audit_options; its argument is the invocation. */
int config_of_repository(void *arg, const struct ra_audit_config *found, struct ra_error *err);
#endif
