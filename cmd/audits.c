/*
 * diff, sweep and scan: one run of the audit each, with its operands read differently. What is
 * printed on standard output is the result and nothing else; hints go to standard error.
 */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 80 };

static bool on_progress(void *arg, size_t done, size_t total, struct ra_str path)
{
	struct audit *audit = arg;

	(void)path;
	return progress_step(&audit->progress, done, total);
}

static int on_configure(void *arg, const struct ra_audit_config *found, struct ra_error *err)
{
	struct audit *audit = arg;

	return config_of_repository(audit->invocation, found, err);
}

/* -- terminal ------------------------------------------------------------------------------ */

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool said_on_command_line(const struct invocation *invocation, const char *name)
{
	for (size_t i = 0; i < invocation->assignments.n; i++)
		if (invocation->assignments.v[i].layer == LAYER_COMMAND_LINE &&
		    invocation->assignments.v[i].option == option_by_key(ra_str(name)))
			return true;
	return false;
}

/* NO_COLOR is the wish of the user for all programs; only what is said for this run beats it. */
static bool wants_color(const struct invocation *invocation)
{
	const char *term = getenv("TERM");

	if (is_set("NO_COLOR") && !said_on_command_line(invocation, "color"))
		return false;
	if (invocation->settings.color != WHEN_AUTO)
		return invocation->settings.color == WHEN_ALWAYS;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static bool wants_ascii(const struct settings *settings)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *locale = "";

	if (settings->ascii != WHEN_AUTO)
		return settings->ascii == WHEN_ALWAYS;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]) && !*locale; i++)
		if (is_set(variables[i]))
			locale = getenv(variables[i]);
	return ra_str_ifind(ra_str(locale), RA_STR("utf-8")) < 0 &&
	       ra_str_ifind(ra_str(locale), RA_STR("utf8")) < 0;
}

static unsigned terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return DEFAULT_WIDTH;
}

/* The time is left out where a program may read: the same input gives the same bytes. */
static int print_terminal(struct audit *audit)
{
	struct invocation *invocation = audit->invocation;
	struct ra_terminal how = {
		.color = wants_color(invocation),
		.ascii = wants_ascii(&invocation->settings),
		.quiet = invocation->settings.quiet,
		.questions = invocation->settings.audit.questions,
		.width = terminal_width(),
		.seconds = isatty(STDOUT_FILENO) ? progress_seconds(&audit->progress) : -1,
	};
	struct ra_buf text;

	ra_buf_init(&text, invocation->arena);
	ra_report_terminal(invocation->arena, audit->result.model, &how, &text);
	if (fwrite(text.ptr ? text.ptr : "", 1, text.len, stdout) == text.len &&
	    fflush(stdout) == 0)
		return RA_OK;
	return ra_fail(&invocation->err, RA_EIO, "cannot write to standard output: %s",
		       strerror(errno));
}

/* -- what is said on standard error -------------------------------------------------------- */

static void print_settings(const struct invocation *invocation)
{
	for (size_t i = 0; i < invocation->assignments.n; i++) {
		const struct assignment *a = &invocation->assignments.v[i];

		if (a->layer != LAYER_INSTALLED && a->option->name)
			fprintf(stderr, "setting: %s = %.*s (%s)\n", a->option->name,
				RA_FMT(ra_escape_terminal(invocation->arena, a->value)), a->origin);
	}
}

static void print_not_audited(struct invocation *invocation, json_t *model)
{
	json_t *file;
	size_t i;

	json_array_foreach(json_object_get(model, "files"), i, file) {
		const char *status = json_string_value(json_object_get(file, "status"));
		const char *path = json_string_value(json_object_get(file, "path"));
		const char *reason = json_string_value(json_object_get(file, "reason"));

		if (status && path && reason && *reason)
			fprintf(stderr, "%s: %.*s (%s)\n", status,
				RA_FMT(ra_escape_terminal(invocation->arena, ra_str(path))),
				reason);
	}
}

static void print_hints(struct audit *audit)
{
	struct invocation *invocation = audit->invocation;

	if (invocation->settings.quiet)
		return;
	if (audit->result.cache_warning.len)
		fprintf(stderr, "warning: %.*s\n",
			RA_FMT(ra_escape_terminal(invocation->arena, audit->result.cache_warning)));
	if (invocation->settings.verbose) {
		print_settings(invocation);
		print_not_audited(invocation, audit->result.model);
	}
	if (strcmp(audit->dir, "-") != 0 && invocation->settings.formats & RA_FORMAT_MD)
		fprintf(stderr, "reports: %s/RACE_AUDIT_%s.md\n", audit->dir,
			invocation->settings.audit.checklist ? "CHECKLIST" : "INDEX");
	if (strcmp(audit->dir, "-") != 0 && invocation->settings.formats & RA_FORMAT_HTML)
		fprintf(stderr, "pages: %s/%s.html\n", audit->dir,
			invocation->settings.audit.checklist ? "RACE_AUDIT_CHECKLIST" : "index");
}

/* -- running ------------------------------------------------------------------------------- */

/* Where reports go: as told, else `race-audit` at the top of the work tree, or here in a scan. */
static int find_output(struct audit *audit)
{
	struct invocation *invocation = audit->invocation;
	const struct settings *settings = &invocation->settings;

	if (settings->output && *settings->output)
		audit->dir = settings->output;
	else if (settings->audit.mode == RA_AUDIT_SCAN)
		audit->dir = "race-audit";
	else if (audit->result.worktree)
		audit->dir = ra_printf(invocation->arena, "%srace-audit",
				       audit->result.worktree).ptr;
	else
		return ra_fail(&invocation->err, RA_EUSAGE, "a bare repository has no place for "
			       "reports; pass --output=<dir>, or --output=- for standard output");
	return RA_OK;
}

const char *const *template_dirs(struct invocation *invocation)
{
	const char **dirs = ra_new_array(invocation->arena, const char *, 3);
	const char *own = invocation->settings.templates;
	size_t n = 0;

	if (own && *own)
		dirs[n++] = own;
	dirs[n] = ra_printf(invocation->arena, "%s/templates", invocation->data).ptr;
	return dirs;
}

/* Reports into their directory, and a summary on the terminal. */
static int write_reports(struct audit *audit)
{
	struct invocation *invocation = audit->invocation;
	struct ra_output output = {
		.formats = invocation->settings.formats, .templates = template_dirs(invocation),
		.worktree = audit->result.worktree,
	};
	int rc = find_output(audit);

	output.dir = audit->dir;
	rc = rc ? rc : ra_report_write(invocation->arena, audit->result.model, &output,
				       &invocation->err);
	if (!rc && strcmp(audit->dir, "-") != 0)
		rc = print_terminal(audit);
	if (!rc)
		print_hints(audit);
	return rc;
}

static size_t failing(const struct settings *settings, const struct ra_audit_result *result)
{
	static const struct { enum ra_severity severity; bool only_new; } from[] = {
		[FAIL_LOW] = { RA_SEV_LOW, false },
		[FAIL_MEDIUM] = { RA_SEV_MEDIUM, false },
		[FAIL_HIGH] = { RA_SEV_HIGH, false },
		[FAIL_NEW_LOW] = { RA_SEV_LOW, true },
		[FAIL_NEW_MEDIUM] = { RA_SEV_MEDIUM, true },
		[FAIL_NEW_HIGH] = { RA_SEV_HIGH, true },
	};
	size_t n = 0;

	if (settings->fail_on == FAIL_NONE)
		return 0;
	for (unsigned i = from[settings->fail_on].severity; i < RA_SEV_COUNT; i++) {
		n += result->findings[RA_STATE_NEW][i];
		if (!from[settings->fail_on].only_new)
			n += result->findings[RA_STATE_OLD][i];
	}
	return n;
}

static int exit_status(const struct audit *audit)
{
	const struct settings *settings = &audit->invocation->settings;

	if (signals_caught())
		return 128 + signals_caught();
	if (audit->only_shows)
		return 0;
	if (failing(settings, &audit->result) && !settings->exit_zero)
		return 1;
	return audit->result.complete || settings->allow_incomplete ? 0 : 3;
}

static int run(struct audit *audit)
{
	struct invocation *invocation = audit->invocation;
	struct ra_audit_options *options = &invocation->settings.audit;
	int rc = ra_audit_run(invocation->arena, options, &audit->result, &invocation->err);

	if (rc == RA_ENOTFOUND && invocation->implied && options->range &&
	    !strstr(options->range, ".."))
		ra_wrap(&invocation->err, "'%s' is no command, and as a revision", options->range);
	rc = rc ? rc : audit->present(audit);
	json_decref(audit->result.model);
	return rc ? fail(invocation) : exit_status(audit);
}

int audit_start(struct audit *audit, enum ra_audit_mode mode)
{
	struct invocation *invocation = audit->invocation;
	struct ra_audit_options *options = &invocation->settings.audit;
	int status;

	options->mode = mode;
	options->card_dirs = card_dirs(invocation);
	options->literal_pathspecs |= is_set("GIT_LITERAL_PATHSPECS") &&
				      strcmp(getenv("GIT_LITERAL_PATHSPECS"), "0") != 0;
	options->progress = on_progress;
	options->configure = on_configure;
	options->arg = audit;
	if (ra_audit_init(options->verify_hashes, &invocation->err))
		return fail(invocation);
	signals_catch();
	progress_start(&audit->progress, invocation->settings.quiet
						? WHEN_NEVER
						: (enum when)invocation->settings.progress);
	status = run(audit);
	ra_audit_shutdown();
	return status;
}

static int start(struct invocation *invocation, enum ra_audit_mode mode)
{
	struct audit audit = { .invocation = invocation, .present = write_reports };

	return audit_start(&audit, mode);
}

/* -- commands ------------------------------------------------------------------------------ */

static int start_in_git(struct invocation *invocation, enum ra_audit_mode mode)
{
	struct ra_audit_options *options = &invocation->settings.audit;

	if (invocation->operands.n > 1)
		return fail_usage(invocation, "one revision or range is enough, but '%s' follows; "
				  "put '--' before paths", invocation->operands.v[1]);
	options->range = invocation->operands.n ? invocation->operands.v[0] : NULL;
	if (options->range && !*options->range)
		return fail_usage(invocation, "the revision is empty; leave it out for the default");
	*ra_vec_push(invocation->arena, &invocation->paths) = NULL;
	options->paths = invocation->paths.n > 1 ? invocation->paths.v : NULL;
	return start(invocation, mode);
}

int command_diff(struct invocation *invocation)
{
	if (invocation->settings.audit.staged && invocation->settings.audit.worktree)
		return fail_usage(invocation, "'--staged' and '--worktree' exclude each other");
	return start_in_git(invocation, RA_AUDIT_DIFF);
}

int command_checklist(struct invocation *invocation)
{
	invocation->settings.audit.checklist = true;
	return command_diff(invocation);
}

int command_sweep(struct invocation *invocation)
{
	return start_in_git(invocation, RA_AUDIT_SWEEP);
}

int command_scan(struct invocation *invocation)
{
	RA_VEC(const char *) paths = { 0 };

	for (size_t i = 0; i < invocation->operands.n; i++)
		*ra_vec_push(invocation->arena, &paths) = invocation->operands.v[i];
	for (size_t i = 0; i < invocation->paths.n; i++)
		*ra_vec_push(invocation->arena, &paths) = invocation->paths.v[i];
	if (!paths.n)
		return fail_usage(invocation, "scan needs a file, a directory or '-'");
	*ra_vec_push(invocation->arena, &paths) = NULL;
	invocation->settings.audit.paths = paths.v;
	return start(invocation, RA_AUDIT_SCAN);
}
