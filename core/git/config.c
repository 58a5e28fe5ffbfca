/*
 * Settings as git resolves them. libgit2 reads the files; what it does not look at is added here:
 * GIT_CONFIG_SYSTEM, GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM, config.worktree, and above all files
 * GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS ('git -c'). All of them become one flat list, lowest
 * precedence first, when the repository is opened: the last entry of a key wins.
 */
#include "core/git/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_SETTINGS = 100000 };

static const char *const origins[] = {
	[GIT_CONFIG_LEVEL_SYSTEM] = "system", [GIT_CONFIG_LEVEL_XDG] = "global",
	[GIT_CONFIG_LEVEL_GLOBAL] = "global", [GIT_CONFIG_LEVEL_LOCAL] = "local",
	[GIT_CONFIG_LEVEL_APP] = "worktree"
};

static const char command_line[] = "command line";

/* Section and name in lower case, the part between as it is; false when it is no key. */
static bool canonical(struct ra_str key, char *into)
{
	const char *first = memchr(key.ptr, '.', key.len), *last = NULL;

	for (size_t i = 0; i < key.len; i++)
		if (key.ptr[i] == '.')
			last = key.ptr + i;
	if (!first || first == key.ptr || last == key.ptr + key.len - 1 ||
	    memchr(key.ptr, '\n', key.len))
		return false;
	for (size_t i = 0; i < key.len; i++) {
		bool folds = key.ptr + i < first || key.ptr + i > last;

		into[i] = folds ? ra_git_lower(key.ptr[i]) : key.ptr[i];
	}
	return true;
}

static int add(struct ra_git *git, struct ra_str key, struct ra_str value, const char *origin,
	       struct ra_error *err)
{
	struct ra_git_setting setting = { .origin = origin };
	char *name = ra_alloc(&git->arena, key.len + 1);

	if (git->settings.n >= MAX_SETTINGS)
		return ra_fail(err, RA_ELIMIT, "more than %d settings in the git configuration",
			       MAX_SETTINGS);
	if (!canonical(key, name))
		return ra_fail(err, RA_EPARSE, "'%.*s' is no configuration key: it needs a "
			       "section, a dot and a name", RA_FMT(key));
	setting.key = ra_str_n(name, key.len);
	setting.value = ra_str_copy(&git->arena, value);
	*ra_vec_push(&git->arena, &git->settings) = setting;
	return 0;
}

/* -- the environment ----------------------------------------------------------------------- */

bool ra_git_is_set(const char *variable)
{
	const char *value = getenv(variable);
	int set = 0;

	return value && git_config_parse_bool(&set, value) == 0 && set;
}

static int add_counted(struct ra_git *git, struct ra_error *err)
{
	const char *text = getenv("GIT_CONFIG_COUNT"), *key, *value;
	int32_t count = 0;
	int rc = 0;

	if (!text || !*text)
		return 0;
	if (git_config_parse_int32(&count, text) < 0 || count < 0)
		return ra_fail(err, RA_EPARSE, "'%s' in GIT_CONFIG_COUNT is no count", text);
	for (int32_t i = 0; !rc && i < count; i++) {
		char name[40];

		snprintf(name, sizeof(name), "GIT_CONFIG_KEY_%d", (int)i);
		key = getenv(name);
		if (!key)
			return ra_fail(err, RA_EPARSE, "%s is not set, but GIT_CONFIG_COUNT is %s",
				       name, text);
		snprintf(name, sizeof(name), "GIT_CONFIG_VALUE_%d", (int)i);
		value = getenv(name);
		if (!value)
			return ra_fail(err, RA_EPARSE, "%s is not set, but GIT_CONFIG_COUNT is %s",
				       name, text);
		rc = add(git, ra_str(key), ra_str(value), command_line, err);
	}
	return rc;
}

/* Read one 'quoted' word: '\'' and '\!' stand for the characters that cannot be inside. */
static bool unquote(struct ra_str *rest, struct ra_buf *word)
{
	size_t i = 1;

	if (rest->len == 0 || rest->ptr[0] != '\'')
		return false;
	for (; i < rest->len; i++) {
		const char *at = rest->ptr + i;

		if (*at != '\'') {
			ra_buf_addc(word, *at);
		} else if (rest->len - i >= 4 && at[1] == '\\' && (at[2] == '\'' || at[2] == '!') &&
			   at[3] == '\'') {
			ra_buf_addc(word, at[2]);
			i += 3;
		} else {
			*rest = ra_str_n(at + 1, rest->len - i - 1);
			return true;
		}
	}
	return false;
}

static bool at_end(struct ra_str rest)
{
	return rest.len == 0 || rest.ptr[0] == ' ';
}

/* One of 'key=value', 'key', 'key'='value', 'key'= ; a key alone means true. */
static bool read_parameter(struct ra_git *git, struct ra_str *rest, struct ra_str *key,
			   struct ra_str *value)
{
	struct ra_buf word, second;

	ra_buf_init(&word, &git->arena);
	ra_buf_init(&second, &git->arena);
	if (!unquote(rest, &word))
		return false;
	*value = ra_buf_str(&word);
	if (at_end(*rest)) {
		if (!ra_str_cut(value, '=', key))
			return false;
		if (key->len == word.len)
			*value = RA_STR("true");
		return true;
	}
	*key = *value;
	*value = RA_STR("true");
	if (rest->ptr[0] != '=')
		return false;
	*rest = ra_str_n(rest->ptr + 1, rest->len - 1);
	if (at_end(*rest))
		return true;
	if (!unquote(rest, &second) || !at_end(*rest))
		return false;
	*value = ra_buf_str(&second);
	return true;
}

static int add_parameters(struct ra_git *git, struct ra_error *err)
{
	struct ra_str rest = ra_str_trim(ra_str(getenv("GIT_CONFIG_PARAMETERS"))), key, value;
	int rc = 0;

	for (; !rc && rest.len; rest = ra_str_trim(rest)) {
		if (!read_parameter(git, &rest, &key, &value))
			return ra_fail(err, RA_EPARSE, "GIT_CONFIG_PARAMETERS is not as git writes "
				       "it, near '%.*s'", RA_FMT(rest));
		rc = add(git, key, value, command_line, err);
	}
	return rc;
}

/* -- files --------------------------------------------------------------------------------- */

/* Add the file that `variable` names, else the one libgit2 finds. */
static int add_file(git_config *config, const char *variable, int (*find)(git_buf *path),
		    git_config_level_t level)
{
	const char *named = getenv(variable);
	git_buf path = GIT_BUF_INIT;
	int rc = 0;

	if (named)
		return *named ? git_config_add_file_ondisk(config, named, level, NULL, 0) : 0;
	if (find(&path) == 0)
		rc = git_config_add_file_ondisk(config, path.ptr, level, NULL, 0);
	git_buf_dispose(&path);
	return rc;
}

static int add_repository_files(git_config *config, git_repository *repo)
{
	git_buf path = GIT_BUF_INIT;
	char worktree[PATH_MAX];
	int rc, wanted = 0;

	rc = git_repository_item_path(&path, repo, GIT_REPOSITORY_ITEM_CONFIG);
	if (rc == 0)
		rc = git_config_add_file_ondisk(config, path.ptr, GIT_CONFIG_LEVEL_LOCAL, repo, 0);
	git_buf_dispose(&path);
	if (rc < 0 || git_config_get_bool(&wanted, config, "extensions.worktreeConfig") < 0 ||
	    !wanted)
		return rc;
	snprintf(worktree, sizeof(worktree), "%sconfig.worktree", git_repository_path(repo));
	return git_config_add_file_ondisk(config, worktree, GIT_CONFIG_LEVEL_APP, repo, 0);
}

static int add_files(git_config *config, git_repository *repo)
{
	int rc = 0;

	if (!ra_git_is_set("GIT_CONFIG_NOSYSTEM"))
		rc = add_file(config, "GIT_CONFIG_SYSTEM", git_config_find_system,
			      GIT_CONFIG_LEVEL_SYSTEM);
	if (rc == 0 && !getenv("GIT_CONFIG_GLOBAL"))
		rc = add_file(config, "GIT_CONFIG_GLOBAL", git_config_find_xdg,
			      GIT_CONFIG_LEVEL_XDG);
	if (rc == 0)
		rc = add_file(config, "GIT_CONFIG_GLOBAL", git_config_find_global,
			      GIT_CONFIG_LEVEL_GLOBAL);
	if (rc == 0 && repo)
		rc = add_repository_files(config, repo);
	return rc;
}

/* The arena of a handle has no ceiling and never jumps: it may be used with handles held. */
static int copy_settings(struct ra_git *git, git_config *config, struct ra_error *err)
{
	git_config_iterator *all;
	git_config_entry *entry;
	int rc = git_config_iterator_new(&all, config), done = 0;

	if (rc < 0)
		return ra_git_fail(err, RA_EGIT, "cannot read the git configuration");
	rc = 0;
	while (!rc && (done = git_config_next(&entry, all)) == 0)
		rc = add(git, ra_str(entry->name), ra_str(entry->value ? entry->value : "true"),
			 origins[entry->level], err);
	if (!rc && done != GIT_ITEROVER)
		rc = ra_git_fail(err, RA_EGIT, "cannot read the git configuration");
	git_config_iterator_free(all);
	git_error_clear();
	return rc;
}

/* The repository is given our view of the files too: it looks there for core.excludesFile. */
int ra_git_read_settings(struct ra_git *git, struct ra_error *err)
{
	git_config *config;
	int rc;

	git->settings.n = 0;
	git_error_clear();
	if (git_config_new(&config) < 0)
		return ra_git_fail(err, RA_EGIT, "cannot read the git configuration");
	if (add_files(config, git->repo) < 0)
		rc = ra_git_fail(err, RA_EGIT, "cannot read the git configuration");
	else
		rc = copy_settings(git, config, err);
	if (!rc && git->repo && git_repository_set_config(git->repo, config) < 0)
		rc = ra_git_fail(err, RA_EGIT, "cannot use the git configuration");
	git_config_free(config);
	if (!rc)
		rc = add_counted(git, err);
	return rc ? rc : add_parameters(git, err);
}

/* -- asking -------------------------------------------------------------------------------- */

const struct ra_git_setting *ra_git_setting(const struct ra_git *git, const char *key)
{
	char name[2048];

	if (strlen(key) >= sizeof(name) || !canonical(ra_str(key), name))
		return NULL;
	for (size_t i = git->settings.n; i-- > 0;)
		if (ra_str_eq(git->settings.v[i].key, ra_str_n(name, strlen(key))))
			return &git->settings.v[i];
	return NULL;
}

int ra_git_config(struct ra_git *git, struct ra_arena *arena, const char *key, struct ra_str *value,
		  struct ra_error *err)
{
	const struct ra_git_setting *setting = ra_git_setting(git, key);

	if (!setting)
		return ra_fail(err, RA_ENOTFOUND, "'%s' is not set", key);
	*value = ra_str_copy(arena, setting->value);
	return 0;
}

int ra_git_config_each(struct ra_git *git, const char *prefix,
		       int (*each)(void *arg, struct ra_str key, struct ra_str value,
				   struct ra_str origin, struct ra_error *err),
		       void *arg, struct ra_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < git->settings.n; i++) {
		const struct ra_git_setting *s = &git->settings.v[i];

		if (ra_str_starts(s->key, ra_str(prefix)))
			rc = each(arg, s->key, s->value, ra_str(s->origin), err);
	}
	return rc;
}
