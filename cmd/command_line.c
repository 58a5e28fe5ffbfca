/*
 * argv -> the command, its operands, its paths, and one assignment for each option, by git's
 * rules: options stand anywhere before `--`, long names may be cut short as long as they are
 * unique, `--end-of-options` makes the rest operands, and what follows `--` are paths.
 */
#include "cmd/settings.h"

#include <errno.h>
#include <unistd.h>

struct parser {
	struct invocation *invocation;
	char **argv;         /* NULL-terminated */
	int at;              /* of the argument that is read next */
	bool operands_only;
};

/* Refuses a bad value at once: when it counts, another layer may have been settled before. */
static int assign(struct invocation *invocation, const struct option *option, struct ra_str value,
		  const char *origin)
{
	struct settings trial = { 0 };

	*ra_vec_push(invocation->arena, &invocation->assignments) = (struct assignment){
		.option = option, .value = value, .origin = origin, .layer = LAYER_COMMAND_LINE,
	};
	return option_set(invocation->arena, option, value, &trial, &invocation->err);
}

static int assign_key(struct invocation *invocation, struct ra_str pair)
{
	const struct ra_str prefix = RA_STR("raceaudit.");
	struct ra_str value = pair, key = RA_STR("");
	const struct option *option;
	bool alone;

	ra_str_cut(&value, '=', &key);
	alone = key.len == pair.len;
	if (ra_str_ifind(key, prefix) == 0)
		key = ra_str_n(key.ptr + prefix.len, key.len - prefix.len);
	option = option_by_key(key);
	if (!option)
		return option_unknown("configuration key", key, true, &invocation->err);
	return assign(invocation, option, alone ? RA_STR("true") : value, "option '-c'");
}

static int apply(struct invocation *invocation, const struct option *option, struct ra_str value)
{
	const char *dir;

	if (option->kind == OPTION_SETTING)
		return assign_key(invocation, value);
	if (option->kind != OPTION_CHDIR)
		return assign(invocation, option, value, "command line");
	dir = ra_cstr(invocation->arena, value);
	if (!*dir || chdir(dir) == 0)
		return RA_OK;
	return ra_fail(&invocation->err, RA_EGIT, "cannot change to '%s': %s", dir,
		       strerror(errno));
}

static bool takes_value(const struct option *option)
{
	return option->kind != OPTION_FLAG && option->kind != OPTION_WHEN;
}

/* The value of an option: what is attached to it, else the next argument. */
static int value_of(struct parser *p, const char *shown, const char *attached, struct ra_str *value)
{
	if (!attached)
		attached = p->argv[p->at] ? p->argv[p->at++] : NULL;
	if (!attached)
		return ra_fail(&p->invocation->err, RA_EUSAGE, "'%s' needs a value; see "
			       "'git-race-audit --help'", shown);
	*value = ra_str(attached);
	return RA_OK;
}

/* -- long options -------------------------------------------------------------------------- */

struct match {
	const struct option *option, *other; /* other: a second one that fits as well */
	bool exact, negated;
};

static void try_name(struct match *match, const struct option *option, bool negated,
		     struct ra_str name)
{
	struct ra_str full = ra_str(option->name);
	bool exact = ra_str_eq(name, full);

	if (!ra_str_starts(full, name) || match->exact)
		return;
	match->other = exact ? NULL : match->option;
	match->exact = exact;
	match->option = option;
	match->negated = negated;
}

static struct match find_long(struct ra_str name)
{
	struct match match = { 0 };
	struct ra_str rest = name;
	bool negated = ra_str_starts(name, RA_STR("no-"));

	if (negated)
		rest = ra_str_n(name.ptr + 3, name.len - 3);
	for (size_t i = 0; i < option_count; i++) {
		if (!option_table[i].name)
			continue;
		try_name(&match, &option_table[i], false, name);
		if (negated && !takes_value(&option_table[i]))
			try_name(&match, &option_table[i], true, rest);
	}
	return match;
}

static int parse_long(struct parser *p, const char *argument)
{
	struct ra_str rest = ra_str(argument + 2), name = RA_STR(""), value;
	struct match match;
	const char *attached;
	int rc;

	ra_str_cut(&rest, '=', &name);
	attached = argument[2 + name.len] == '=' ? argument + 2 + name.len + 1 : NULL;
	match = find_long(name);
	if (!match.option)
		return option_unknown("option", name, false, &p->invocation->err);
	if (match.other)
		return ra_fail(&p->invocation->err, RA_EUSAGE, "option '%.*s' may be '%s' or '%s'; "
			       "write more of it", RA_FMT(name), match.other->name,
			       match.option->name);
	if (takes_value(match.option)) {
		rc = value_of(p, argument, attached, &value);
		return rc ? rc : apply(p->invocation, match.option, value);
	}
	if (match.negated && attached)
		return ra_fail(&p->invocation->err, RA_EUSAGE, "'%s' takes no value", argument);
	value = match.negated ? RA_STR("false") : ra_str(attached ? attached : "true");
	return apply(p->invocation, match.option, value);
}

/* -- the rest ------------------------------------------------------------------------------ */

/* Letters in a row; one that takes a value takes what is left of the word, or the next one. */
static int parse_letters(struct parser *p, const char *argument)
{
	const struct option *option;
	struct ra_str value;
	int rc = RA_OK;

	for (const char *letter = argument + 1; !rc && *letter; letter++) {
		option = NULL;
		for (size_t i = 0; i < option_count; i++)
			if (option_table[i].letter == *letter)
				option = &option_table[i];
		if (!option)
			return ra_fail(&p->invocation->err, RA_EUSAGE, "unknown option '-%c'; see "
				       "'git-race-audit -h'", *letter);
		if (!takes_value(option)) {
			rc = apply(p->invocation, option, RA_STR("true"));
			continue;
		}
		rc = value_of(p, argument, letter[1] ? letter + 1 : NULL, &value);
		return rc ? rc : apply(p->invocation, option, value);
	}
	return rc;
}

static void parse_operand(struct invocation *invocation, const char *word)
{
	for (size_t i = 0; !invocation->command && i < command_count; i++)
		if (strcmp(word, command_table[i].name) == 0 && invocation->operands.n == 0) {
			invocation->command = &command_table[i];
			return;
		}
	*ra_vec_push(invocation->arena, &invocation->operands) = word;
}

static int parse_argument(struct parser *p, const char *argument)
{
	if (p->operands_only || argument[0] != '-' || argument[1] == '\0')
		parse_operand(p->invocation, argument);
	else if (strcmp(argument, "--end-of-options") == 0)
		p->operands_only = true;
	else if (argument[1] == '-')
		return parse_long(p, argument);
	else
		return parse_letters(p, argument);
	return RA_OK;
}

static int check_fit(const struct invocation *invocation, struct ra_error *err)
{
	for (size_t i = 0; i < invocation->assignments.n; i++) {
		const struct option *option = invocation->assignments.v[i].option;

		if (strcmp(invocation->assignments.v[i].origin, "command line") == 0 &&
		    invocation->command->mask && !(option->flags & invocation->command->mask))
			return ra_fail(err, RA_EUSAGE, "option '%s' does not go with '%s'; see "
				       "'git-race-audit --help'", option->name,
				       invocation->command->name);
	}
	return RA_OK;
}

int command_line_parse(struct invocation *invocation, int argc, char **argv)
{
	struct parser p = { .invocation = invocation, .argv = argv, .at = argc > 0 };
	int rc = RA_OK;

	while (!rc && argv[p.at]) {
		const char *argument = argv[p.at++];

		if (strcmp(argument, "--") == 0)
			break;
		rc = parse_argument(&p, argument);
	}
	invocation->dashes = p.at > 1 && strcmp(argv[p.at - 1], "--") == 0;
	while (!rc && argv[p.at])
		*ra_vec_push(invocation->arena, &invocation->paths) = argv[p.at++];
	if (rc)
		return rc;
	invocation->implied = !invocation->command;
	if (invocation->implied)
		invocation->command = &command_table[0];
	return check_fit(invocation, &invocation->err);
}
