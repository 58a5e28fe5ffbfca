/*
 * git race-audit: lists changed files, finds candidate races in them, writes reports.
 *
 * The commands are the rows below; a new one is a row and a function. What they are told is in
 * settings.h, what an exit status means in help.c and in the manual page.
 */
#include "cmd/cmd.h"

#include <fcntl.h>
#include <unistd.h>

const struct command command_table[] = {
	{ "diff", "[<base>...<head> | <base>] [<options>] [-- <pathspec>...]",
	  "what a branch introduces, fixes and leaves", FOR_DIFF, command_diff },
	{ "checklist", "[<base>...<head> | <base>] [<options>] [-- <pathspec>...]",
	  "what a reviewer has to ask of a branch", FOR_DIFF | FOR_CHECKLIST, command_checklist },
	{ "sweep", "[<revision>] [<options>] [-- <pathspec>...]", "the whole tree of a commit",
	  FOR_SWEEP, command_sweep },
	{ "scan", "[<options>] (<path>... | -)", "files outside git", FOR_SCAN, command_scan },
	{ "rules", "(list | show <id> | test [<card>...])",
	  "the rule cards: list them, print one, check them against their samples", FOR_RULES,
	  command_rules },
	{ "explain", "(<rule> | <fingerprint> | <path>[:<line>]) [<revision>] [<options>]",
	  "a rule, or what is found at a place, in full", FOR_EXPLAIN, command_explain },
	{ "cache", "(stats | gc | clear)",
	  "what is kept of earlier runs: show it, tidy it, take it away", FOR_CACHE, command_cache },
	{ "help", "", "print the full help", 0, command_help },
	{ "version", "", "print the version", 0, command_version },
};
const size_t command_count = sizeof(command_table) / sizeof(command_table[0]);

int command_help(struct invocation *invocation)
{
	(void)invocation;
	help_full(stdout);
	return 0;
}

int command_version(struct invocation *invocation)
{
	(void)invocation;
	puts("git-race-audit " RA_VERSION);
	return 0;
}

int fail(const struct invocation *invocation)
{
	fprintf(stderr, "%s: %s\n", invocation->err.code == RA_EGIT ? "fatal" : "error",
		invocation->err.text);
	switch (invocation->err.code) {
	case RA_EGIT:
	case RA_ENOTFOUND:
		return 128;
	case RA_EPARSE:
	case RA_EUSAGE:
		return 2;
	default:
		return 3;
	}
}

int fail_usage(struct invocation *invocation, const char *format, ...)
{
	va_list args;

	invocation->err.code = RA_EUSAGE;
	va_start(args, format);
	vsnprintf(invocation->err.text, sizeof(invocation->err.text), format, args);
	va_end(args);
	return fail(invocation);
}

/* A file that is opened later must not become standard output because that was closed. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(struct invocation *invocation, int argc, char **argv)
{
	const struct settings *settings = &invocation->settings;
	int rc = command_line_parse(invocation, argc, argv);

	rc = rc ? rc : data_find(invocation->arena, &invocation->data, &invocation->err);
	rc = rc ? rc : config_load(invocation);
	if (rc)
		return fail(invocation);
	if (settings->version)
		return command_version(invocation);
	if (settings->help)
		return command_help(invocation);
	if (settings->short_help) {
		help_short(stdout);
		return 0;
	}
	return invocation->command->run(invocation);
}

int main(int argc, char **argv)
{
	struct ra_arena arena;
	struct invocation invocation = { .arena = &arena };
	int status;

	open_standard_files();
	ra_arena_init(&arena, "run", 0);
	status = run(&invocation, argc, argv);
	ra_arena_release(&arena);
	return status;
}
