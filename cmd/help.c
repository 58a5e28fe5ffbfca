/*
 * Both helps, written from the tables of commands and options. `-h` fits a small terminal.
 */
#include "cmd/settings.h"

enum { TEXT_COLUMN = 30, WIDTH = 80 };

static void print_usage(FILE *out)
{
	const char *lead = "usage:";

	for (size_t i = 0; i < command_count; i++) {
		if (!command_table[i].mask)
			continue;
		fprintf(out, "%6s git race-audit %s %s\n", lead, command_table[i].name,
			command_table[i].operands);
		lead = "or:";
	}
}

/* "-o, --output <dir>", "--[no-]color[=<when>]" */
static int option_head(const struct option *option, char *into, size_t size)
{
	bool can_negate = option->kind == OPTION_WHEN ||
			  (option->kind == OPTION_FLAG && option->flags & OPTION_KEY);
	int n = 0;

	if (option->letter)
		n = snprintf(into, size, option->name ? "-%c, " : "-%c", option->letter);
	if (option->name)
		n += snprintf(into + n, size - (size_t)n, "--%s%s", can_negate ? "[no-]" : "",
			      option->name);
	if (option->argument)
		n += snprintf(into + n, size - (size_t)n,
			      option->kind == OPTION_WHEN ? "[=%s]" : " %s", option->argument);
	return n;
}

/* Words from column TEXT_COLUMN on, broken before WIDTH. */
static void print_text(FILE *out, int column, const char *text)
{
	struct ra_str rest = ra_str(text), word;

	fprintf(out, "%*s", TEXT_COLUMN - column, "");
	column = TEXT_COLUMN;
	while (ra_str_cut(&rest, ' ', &word)) {
		if (column > TEXT_COLUMN && column + 1 + (int)word.len > WIDTH) {
			fprintf(out, "\n%*s", TEXT_COLUMN, "");
			column = TEXT_COLUMN;
		}
		column += fprintf(out, "%s%.*s", column > TEXT_COLUMN ? " " : "", RA_FMT(word));
	}
	putc('\n', out);
}

static void print_option(FILE *out, const struct option *option)
{
	char head[80];
	int column = 4 + option_head(option, head, sizeof(head));

	fprintf(out, "    %s", head);
	if (column >= TEXT_COLUMN) {
		putc('\n', out);
		column = 0;
	}
	print_text(out, column, option->help);
}

void help_short(FILE *out)
{
	print_usage(out);
	putc('\n', out);
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].flags & OPTION_SHORT)
			print_option(out, &option_table[i]);
	fputs("\nexit status: 0 clean, 1 findings at --fail-on, 2 usage or configuration,\n"
	      "3 incomplete, 128 repository. All options: 'git-race-audit --help'\n", out);
}

void help_full(FILE *out)
{
	static const char *const statuses[][2] = {
		{ "0", "complete, and nothing at or above --fail-on" },
		{ "1", "findings at or above --fail-on" },
		{ "2", "usage, configuration or card error; nothing was audited" },
		{ "3", "incomplete: something selected could not be audited, or a report written" },
		{ "128", "the repository or the revision cannot be used" },
		{ "128+n", "stopped by signal n; what was finished is written" },
	};

	print_usage(out);
	fputs("\nWithout a command: diff, from the merge base with the upstream branch.\n"
	      "\ncommands\n", out);
	for (size_t i = 0; i < command_count; i++)
		print_text(out, fprintf(out, "    %s", command_table[i].name),
			   command_table[i].summary);
	fputs("\noptions (long ones may be cut short while they are unique)\n", out);
	for (size_t i = 0; i < option_count; i++)
		print_option(out, &option_table[i]);
	fputs("\nexit status\n", out);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		print_text(out, fprintf(out, "    %s", statuses[i][0]), statuses[i][1]);
	fputs("\nConfiguration, last wins: config.ini as installed, git's raceaudit.<key>,\n"
	      ".race-audit.ini of the audited tree (in a diff: of the base), --config,\n"
	      "'git -c', the command line.\n", out);
}
