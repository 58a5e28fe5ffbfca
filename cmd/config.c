/*
 * The configuration, in layers. Each source is read into assignments with their origin; settling
 * applies them, the weakest layer first, to settings that start from nothing: the installed
 * config.ini holds every default, so nothing is set in two places.
 *
 * What comes from the audited repository (its .race-audit.ini, its .git/config) may only set keys
 * that the table marks for it: none of them says where to write, what to load or how much to read.
 */
#include "cmd/settings.h"

#include <ini.h>
#include <limits.h>
#include <stdio.h>

enum { CONFIG_BYTES_MAX = 1 << 20, LINE_BYTES_MAX = 4096 };

/* -- settling ------------------------------------------------------------------------------ */

static int apply_layer(struct invocation *invocation, const struct option *option, enum layer layer,
		       bool *any)
{
	for (size_t i = 0; i < invocation->assignments.n; i++) {
		const struct assignment *a = &invocation->assignments.v[i];
		const char *const **list = (const char *const **)((char *)&invocation->settings +
								  option->field);
		int rc;

		if (a->option != option || a->layer != layer)
			continue;
		/* A list grows within its layer and replaces the one of the layer below. */
		if (option->kind == OPTION_LIST && !*any)
			*list = NULL;
		*any = true;
		rc = option_set(invocation->arena, option, a->value, &invocation->settings,
				&invocation->err);
		if (rc)
			return ra_wrap(&invocation->err, "%s", a->origin);
	}
	return RA_OK;
}

static int settle_option(struct invocation *invocation, const struct option *option)
{
	bool installed = false;

	for (int layer = 0; layer < LAYER_COUNT; layer++) {
		bool any = false;
		int rc = apply_layer(invocation, option, (enum layer)layer, &any);

		if (rc)
			return rc;
		if (layer == LAYER_INSTALLED)
			installed = any;
	}
	if (option->flags & OPTION_KEY && !installed)
		return ra_fail(&invocation->err, RA_EPARSE, "'%s/config.ini' does not set '%s'; "
			       "install it anew", invocation->data, option->name);
	return RA_OK;
}

static void settle_words(struct settings *settings)
{
	settings->audit.scope = (enum ra_audit_scope)settings->scope;
	settings->audit.min_severity = (enum ra_severity)settings->severity;
	settings->audit.test_severity = (enum ra_severity)settings->test_severity;
	settings->audit.min_confidence = (enum ra_confidence)settings->confidence;
	settings->audit.base_missing_full = settings->base_missing;
	settings->audit.basename_names = settings->report_name;
}

static int settle(struct invocation *invocation)
{
	int rc = RA_OK;

	for (size_t i = 0; !rc && i < option_count; i++)
		if (option_table[i].kind != OPTION_CHDIR && option_table[i].kind != OPTION_SETTING)
			rc = settle_option(invocation, &option_table[i]);
	settle_words(&invocation->settings);
	return rc;
}

/* -- INI ----------------------------------------------------------------------------------- */

struct ini {
	struct invocation *invocation;
	struct ra_str rest;
	const char *origin;
	enum layer layer;
	unsigned line;
	int rc;
};

static int fail_at(struct ini *ini, const char *what)
{
	ini->rc = ra_fail(&ini->invocation->err, RA_EPARSE, "%s:%u: %s", ini->origin, ini->line,
			  what);
	return 0;
}

/* inih asks for lines as fgets gives them. */
static char *next_line(char *into, int size, void *arg)
{
	struct ini *ini = arg;
	struct ra_str line;

	if (ini->rc || !ra_str_cut(&ini->rest, '\n', &line))
		return NULL;
	ini->line++;
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (line.len > LINE_BYTES_MAX || line.len + 2 > (size_t)size)
		fail_at(ini, "the line is too long; it may have 4096 bytes");
	else if (memchr(line.ptr, '\0', line.len))
		fail_at(ini, "the line holds a NUL byte");
	if (ini->rc)
		return NULL;
	memcpy(into, line.ptr, line.len);
	into[line.len] = '\n';
	into[line.len + 1] = '\0';
	return into;
}

static const struct assignment *set_before(const struct ini *ini, const struct option *option)
{
	const struct invocation *invocation = ini->invocation;

	for (size_t i = 0; i < invocation->assignments.n; i++)
		if (invocation->assignments.v[i].option == option &&
		    invocation->assignments.v[i].layer == ini->layer)
			return &invocation->assignments.v[i];
	return NULL;
}

static int on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct ini *ini = arg;
	struct invocation *invocation = ini->invocation;
	const struct option *option = option_by_key(ra_str(name));
	const char *place = ra_printf(invocation->arena, "%s:%u", ini->origin, ini->line).ptr;
	struct settings trial = { 0 };
	struct assignment assignment = {
		.option = option, .origin = place, .layer = ini->layer,
		.value = ra_str_copy(invocation->arena, ra_str(value)),
	};

	if (strcmp(section, "raceaudit") != 0)
		return fail_at(ini, *section ? "unknown section; the only one is '[raceaudit]'"
					     : "no section; put '[raceaudit]' above");
	if (!option)
		ini->rc = option_unknown("key", ra_str(name), true, &invocation->err);
	else if (ini->layer == LAYER_TREE && !(option->flags & OPTION_REPO))
		ini->rc = ra_fail(&invocation->err, RA_EPARSE, "'%s' cannot be set by a repository;"
				  " set it in your own git configuration, or pass --%s", name, name);
	else if (set_before(ini, option))
		ini->rc = ra_fail(&invocation->err, RA_EPARSE, "'%s' is set twice, first at %s",
				  name, set_before(ini, option)->origin);
	else
		ini->rc = option_set(invocation->arena, option, assignment.value, &trial,
				     &invocation->err);
	if (ini->rc) {
		ini->rc = RA_EPARSE;
		ra_wrap(&invocation->err, "%s", place);
		return 0;
	}
	*ra_vec_push(invocation->arena, &invocation->assignments) = assignment;
	return 1;
}

int config_read(struct invocation *invocation, struct ra_str text, const char *origin,
		enum layer layer)
{
	struct ini ini = { .invocation = invocation, .rest = text, .origin = origin,
			   .layer = layer };
	int line;

	/* As shipped, inih cuts lines at 200 bytes and values at " ;", and joins indented lines. */
	ini_max_line = LINE_BYTES_MAX + 3;
	ini_allow_inline_comments = false;
	ini_allow_multiline = false;
	ini_stop_on_first_error = true;
	line = ini_parse_stream(next_line, &ini, on_value, &ini);
	if (!ini.rc && line)
		fail_at(&ini, "expected '[raceaudit]', 'key = value' or a comment");
	return ini.rc;
}

static int read_file(struct invocation *invocation, const char *path, enum layer layer)
{
	struct ra_str text;
	int rc = ra_file_read(invocation->arena, path, CONFIG_BYTES_MAX, &text, &invocation->err);

	if (rc)
		return ra_fail(&invocation->err, RA_EUSAGE, "%s", ra_cstr(invocation->arena,
			       ra_str(invocation->err.text)));
	return config_read(invocation, text, path, layer);
}

int config_load(struct invocation *invocation)
{
	const char *installed = ra_printf(invocation->arena, "%s/config.ini", invocation->data).ptr;
	int rc = read_file(invocation, installed, LAYER_INSTALLED);

	rc = rc ? rc : settle(invocation);
	if (!rc && invocation->settings.config)
		rc = read_file(invocation, invocation->settings.config, LAYER_FILE);
	return rc ? rc : settle(invocation);
}

/* -- the repository ------------------------------------------------------------------------ */

/* Of git's own settings this one counts too; git means `auto` by `true`. */
static struct assignment color_ui(const struct ra_audit_setting *setting)
{
	return (struct assignment){
		.option = option_by_key(RA_STR("color")), .origin = "git configuration (color.ui)",
		.value = ra_str_is(setting->value, "true") ? RA_STR("auto") : setting->value,
		.layer = LAYER_GIT_UI,
	};
}

/* Does the repository that is audited say so itself? No program to run is taken from it. */
static bool is_own(const struct ra_audit_setting *setting)
{
	return ra_str_is(setting->origin, "local") || ra_str_is(setting->origin, "worktree");
}

static int read_git_setting(struct invocation *invocation, const struct ra_audit_setting *setting,
			    struct assignment *out)
{
	const size_t prefix = sizeof("raceaudit.") - 1;
	struct ra_str key = ra_str_n(setting->key.ptr + prefix, setting->key.len - prefix);
	bool command = ra_str_is(setting->origin, "command line");
	bool own = is_own(setting);

	*out = (struct assignment){
		.option = option_by_key(key), .value = setting->value,
		.layer = command ? LAYER_GIT_COMMAND : LAYER_GIT,
		.origin = ra_printf(invocation->arena, "git configuration (%.*s)",
				    RA_FMT(setting->origin)).ptr,
	};
	if (!out->option)
		option_unknown("key", setting->key, true, &invocation->err);
	else if (own && !(out->option->flags & OPTION_REPO))
		ra_fail(&invocation->err, RA_EUSAGE, "'%s' cannot be set by a repository; set "
			"it with 'git config --global', or pass --%s", out->option->name,
			out->option->name);
	else
		return RA_OK;
	return ra_wrap(&invocation->err, "%s", out->origin);
}

int config_of_repository(void *arg, const struct ra_audit_config *found, struct ra_error *err)
{
	struct invocation *invocation = arg;
	int rc = RA_OK;

	for (size_t i = 0; !rc && i < found->git.n; i++) {
		const struct ra_audit_setting *setting = &found->git.v[i];
		struct assignment assignment = color_ui(setting);

		if (ra_str_is(setting->key, "core.pager")) {
			if (!is_own(setting))
				invocation->pager = ra_cstr(invocation->arena, setting->value);
			continue;
		}
		if (!ra_str_is(setting->key, "color.ui"))
			rc = read_git_setting(invocation, setting, &assignment);
		*ra_vec_push(invocation->arena, &invocation->assignments) = assignment;
	}
	if (!rc && found->tree.ptr)
		rc = config_read(invocation, found->tree, found->tree_origin.ptr, LAYER_TREE);
	rc = rc ? rc : settle(invocation);
	if (rc)
		*err = invocation->err;
	return rc;
}
