/*
 * The table of options, and what a value of each kind looks like. A new option is a row here, a
 * field of struct settings, and, when it is a key, a line of config.ini.
 */
#include "cmd/settings.h"

#include <stddef.h>
#include <stdlib.h>

static const char *const when_words[] = { "never", "always", "auto", NULL };
static const char *const scope_words[] = { "new", "touched", "file", NULL };
static const char *const level_words[] = { "low", "medium", "high", NULL };
static const char *const fail_words[] = { "none", "low", "medium", "high", "new:low", "new:medium",
					  "new:high", NULL };
static const char *const format_words[] = { "md", "json", "html", NULL };
static const char *const name_words[] = { "path", "basename", NULL };
static const char *const missing_words[] = { "fail", "full", NULL };

#define FIELD(name) offsetof(struct settings, name)

const struct option option_table[] = {
	{ NULL, 'C', OPTION_CHDIR, FOR_ALL | OPTION_SHORT, 0, NULL, "<dir>",
	  "run as if started in <dir>" },
	{ "git-dir", 0, OPTION_TEXT, FOR_GIT | FOR_CACHE, FIELD(audit.git_dir), NULL, "<dir>",
	  "the repository; else GIT_DIR, else found from the current directory" },
	{ NULL, 'c', OPTION_SETTING, FOR_ALL, 0, NULL, "<key>=<value>",
	  "set a configuration key for this run, as 'git -c raceaudit.<key>=<value>' does" },
	{ "config", 0, OPTION_TEXT, FOR_ALL, FIELD(config), NULL, "<file>",
	  "read a configuration file; it wins over git's and the tree's" },
	{ "output", 'o', OPTION_TEXT, FOR_AUDITS | OPTION_KEY | OPTION_SHORT, FIELD(output), NULL,
	  "<dir>", "write reports there; '-' is standard output" },
	{ "format", 0, OPTION_SET, FOR_AUDITS | OPTION_KEY | OPTION_SHORT, FIELD(formats),
	  format_words, "<list>", "what to write: md, json, html" },
	{ "fail-on", 0, OPTION_CHOICE, FOR_AUDITS | OPTION_KEY | OPTION_REPO | OPTION_SHORT,
	  FIELD(fail_on), fail_words, "<severity>",
	  "exit with 1 at findings of this severity; new:<severity>, none" },
	{ "severity", 0, OPTION_CHOICE, FOR_AUDITS | OPTION_KEY | OPTION_REPO | OPTION_SHORT,
	  FIELD(severity), level_words, "<level>", "show findings from this severity on" },
	{ "test-severity", 0, OPTION_CHOICE, FOR_AUDITS | OPTION_KEY | OPTION_REPO,
	  FIELD(test_severity), level_words, "<level>",
	  "give findings in test code at most this severity" },
	{ "confidence", 0, OPTION_CHOICE, FOR_AUDITS | OPTION_KEY | OPTION_REPO, FIELD(confidence),
	  level_words, "<level>", "show findings from this confidence on" },
	{ "rule", 0, OPTION_LIST, FOR_AUDITS | OPTION_KEY | OPTION_REPO | OPTION_SHORT,
	  FIELD(audit.rules), NULL, "<id>", "run only this rule or race type; may be repeated" },
	{ "rules", 0, OPTION_LIST, FOR_ALL | OPTION_KEY, FIELD(rules), NULL, "<dir>",
	  "load the rule cards of a directory too; may be repeated" },
	{ "templates", 0, OPTION_TEXT, FOR_AUDITS | FOR_EXPLAIN | OPTION_KEY, FIELD(templates), NULL, "<dir>",
	  "take templates of reports from <dir> before the installed ones" },
	{ "scope", 0, OPTION_CHOICE, FOR_DIFF | OPTION_KEY | OPTION_REPO | OPTION_SHORT,
	  FIELD(scope), scope_words, "<scope>",
	  "of changed files show what is new, what is touched, or all (file)" },
	{ "staged", 0, OPTION_FLAG, FOR_DIFF | OPTION_SHORT, FIELD(audit.staged), NULL, NULL,
	  "audit the index instead of a commit" },
	{ "worktree", 0, OPTION_FLAG, FOR_GIT | OPTION_SHORT, FIELD(audit.worktree), NULL, NULL,
	  "audit what is on disk instead of a commit" },
	{ "long", 0, OPTION_FLAG, FOR_CHECKLIST, FIELD(audit.checklist_long), NULL, NULL,
	  "list all items of the checklist, not only those that the change raises" },
	{ "base-missing", 0, OPTION_CHOICE, FOR_DIFF | OPTION_KEY, FIELD(base_missing),
	  missing_words, "<what>", "without a merge base: fail, or audit the head in full" },
	{ "questions", 0, OPTION_FLAG, FOR_AUDITS | OPTION_KEY | OPTION_REPO,
	  FIELD(audit.questions), NULL, NULL, "print what only a person can judge, too" },
	{ "report-name", 0, OPTION_CHOICE, FOR_AUDITS | OPTION_KEY | OPTION_REPO,
	  FIELD(report_name), name_words, "<form>",
	  "name reports by the path of their file, or by its last part (basename)" },
	{ "stdin-path", 0, OPTION_TEXT, FOR_SCAN, FIELD(audit.stdin_path), NULL, "<path>",
	  "what to call the text that 'scan -' reads" },
	{ "trust-repo-config", 0, OPTION_FLAG, FOR_GIT | OPTION_KEY,
	  FIELD(audit.trust_repo_config), NULL, NULL,
	  "obey .race-audit.ini and .race-audit/ of the audited repository" },
	{ "verify-hashes", 0, OPTION_FLAG, FOR_GIT, FIELD(audit.verify_hashes), NULL, NULL,
	  "check the hash of each object that is read" },
	{ "max-file-size", 0, OPTION_SIZE, FOR_AUDITS | OPTION_KEY, FIELD(audit.limits.bytes), NULL,
	  "<bytes>", "skip larger files; 0 is no limit" },
	{ "max-lines", 0, OPTION_SIZE, FOR_AUDITS | OPTION_KEY, FIELD(audit.limits.lines), NULL,
	  "<n>", "skip files with more lines; 0 is no limit" },
	{ "max-line-size", 0, OPTION_SIZE, FOR_AUDITS | OPTION_KEY, FIELD(audit.limits.line_bytes),
	  NULL, "<bytes>", "skip files with a longer line as minified; 0 is no limit" },
	{ "max-memory", 0, OPTION_SIZE, FOR_AUDITS | OPTION_KEY, FIELD(audit.file_memory), NULL,
	  "<bytes>", "skip a file whose audit needs more; 0 is no limit" },
	{ "cache", 0, OPTION_FLAG, FOR_GIT | OPTION_KEY, FIELD(audit.cache), NULL, NULL,
	  "use and keep what was found of the same files before" },
	{ "cache-size", 0, OPTION_SIZE, FOR_GIT | FOR_CACHE | OPTION_KEY, FIELD(audit.cache_size),
	  NULL, "<bytes>", "what the cache may take on disk; 0 is no limit" },
	{ "exit-zero", 0, OPTION_FLAG, FOR_AUDITS | OPTION_KEY, FIELD(exit_zero), NULL, NULL,
	  "exit with 0 where 1 would say that there are findings" },
	{ "allow-incomplete", 0, OPTION_FLAG, FOR_AUDITS | OPTION_KEY, FIELD(allow_incomplete),
	  NULL, NULL, "exit with 0 where 3 would say that a file could not be audited" },
	{ "color", 0, OPTION_WHEN, FOR_ALL | OPTION_KEY, FIELD(color), when_words, "<when>",
	  "colour the terminal: auto, always, never" },
	{ "ascii", 0, OPTION_WHEN, FOR_AUDITS | OPTION_KEY, FIELD(ascii), when_words, "<when>",
	  "print plain ASCII: auto (by locale), always, never" },
	{ "progress", 0, OPTION_WHEN, FOR_AUDITS | OPTION_KEY, FIELD(progress), when_words,
	  "<when>", "show progress: auto (on a terminal, after a second), always, never" },
	{ "quiet", 'q', OPTION_FLAG, FOR_AUDITS | OPTION_KEY | OPTION_SHORT, FIELD(quiet), NULL,
	  NULL, "print one line a finding, and nothing else" },
	{ "verbose", 'v', OPTION_FLAG, FOR_AUDITS | OPTION_KEY, FIELD(verbose), NULL, NULL,
	  "say what is configured where, and what was not audited and why" },
	{ NULL, 'h', OPTION_FLAG, FOR_ALL, FIELD(short_help), NULL, NULL, "print a short help" },
	{ "help", 0, OPTION_FLAG, FOR_ALL, FIELD(help), NULL, NULL, "print this help" },
	{ "version", 0, OPTION_FLAG, FOR_ALL, FIELD(version), NULL, NULL, "print the version" },
};
const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

static bool same_key(struct ra_str a, struct ra_str b)
{
	return a.len == b.len && ra_str_ifind(a, b) == 0;
}

const struct option *option_by_key(struct ra_str key)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (option->flags & OPTION_KEY && same_key(key, ra_str(option->name)))
			return option;
	}
	return NULL;
}

int option_unknown(const char *what, struct ra_str word, bool keys, struct ra_error *err)
{
	struct ra_nearest nearest = { .word = word };

	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].name && (!keys || option_table[i].flags & OPTION_KEY))
			ra_nearest_try(&nearest, ra_str(option_table[i].name));
	if (nearest.best.len)
		return ra_fail(err, RA_EUSAGE, "unknown %s '%.*s'; did you mean '%.*s'?", what,
			       RA_FMT(word), RA_FMT(nearest.best));
	return ra_fail(err, RA_EUSAGE, "unknown %s '%.*s'; see 'git-race-audit --help'", what,
		       RA_FMT(word));
}

/* -- values -------------------------------------------------------------------------------- */

static int refuse_word(const struct option *option, struct ra_str value, struct ra_error *err)
{
	char list[128] = "";
	size_t n = 0;

	for (size_t i = 0; option->words[i] && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
				      option->words[i]);
	return ra_fail(err, RA_EUSAGE, "'%.*s' is no value of '%s'; use one of %s", RA_FMT(value),
		       option->name, list);
}

static int word_index(const struct option *option, struct ra_str value)
{
	for (int i = 0; option->words[i]; i++)
		if (ra_str_is(value, option->words[i]))
			return i;
	return -1;
}

/* As git spells truth; -1 for anything else. */
static int truth(struct ra_str value)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };

	for (int i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++)
		if (same_key(value, ra_str(words[i])))
			return i % 2;
	return -1;
}

static int set_flag(const struct option *option, struct ra_str value, bool *field,
		    struct ra_error *err)
{
	int yes = truth(value);

	if (yes < 0)
		return ra_fail(err, RA_EUSAGE, "'%.*s' is no value of '%s'; use true or false",
			       RA_FMT(value), option->name);
	*field = yes;
	return RA_OK;
}

/* A `when` may be said as a truth too: it is its own index among the words. */
static int set_choice(const struct option *option, struct ra_str value, int *field,
		      struct ra_error *err)
{
	int index = word_index(option, value);

	if (index < 0 && option->kind == OPTION_WHEN)
		index = truth(value);
	if (index < 0)
		return refuse_word(option, value, err);
	*field = index;
	return RA_OK;
}

static int set_bits(const struct option *option, struct ra_str value, unsigned *field,
		    struct ra_error *err)
{
	struct ra_str rest = value, word;
	unsigned bits = 0;

	while (ra_str_cut(&rest, ',', &word)) {
		int index = word_index(option, ra_str_trim(word));

		if (index < 0)
			return refuse_word(option, ra_str_trim(word), err);
		bits |= 1u << index;
	}
	if (!bits)
		return refuse_word(option, value, err);
	*field = bits;
	return RA_OK;
}

static int set_list(struct ra_arena *arena, struct ra_str value, const char *const **field)
{
	RA_VEC(const char *) list = { 0 };
	struct ra_str word;

	for (size_t i = 0; *field && (*field)[i]; i++)
		*ra_vec_push(arena, &list) = (*field)[i];
	while (ra_str_cut(&value, ',', &word)) {
		word = ra_str_trim(word);
		if (word.len)
			*ra_vec_push(arena, &list) = ra_cstr(arena, word);
	}
	*ra_vec_push(arena, &list) = NULL;
	*field = list.v;
	return RA_OK;
}

static int set_size(const struct option *option, struct ra_str value, size_t *field,
		    struct ra_error *err)
{
	static const char units[] = "kmg";
	size_t size = 0, digits = 0;

	while (digits < value.len && value.ptr[digits] >= '0' && value.ptr[digits] <= '9' &&
	       size < SIZE_MAX >> 40)
		size = size * 10 + (size_t)(value.ptr[digits++] - '0');
	if (digits && digits + 1 == value.len && value.ptr[digits]) {
		const char *unit = strchr(units, value.ptr[digits] | 0x20);

		if (unit) {
			size <<= 10 * (unit - units + 1);
			digits++;
		}
	}
	if (!digits || digits != value.len)
		return ra_fail(err, RA_EUSAGE, "'%.*s' is no value of '%s'; use a number with k, m "
			       "or g behind it, or 0 for no limit", RA_FMT(value), option->name);
	*field = size;
	return RA_OK;
}

int option_set(struct ra_arena *arena, const struct option *option, struct ra_str value,
	       struct settings *settings, struct ra_error *err)
{
	void *field = (char *)settings + option->field;

	switch (option->kind) {
	case OPTION_FLAG:
		return set_flag(option, value, field, err);
	case OPTION_WHEN:
	case OPTION_CHOICE:
		return set_choice(option, value, field, err);
	case OPTION_SET:
		return set_bits(option, value, field, err);
	case OPTION_LIST:
		return set_list(arena, value, field);
	case OPTION_SIZE:
		return set_size(option, value, field, err);
	default:
		*(const char **)field = ra_cstr(arena, value);
		return RA_OK;
	}
}
