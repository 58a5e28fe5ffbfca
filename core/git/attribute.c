/*
 * Which files are not of the project's own making, by .gitattributes of the audited side:
 * linguist-generated, -diff, binary, linguist-vendored, and by the folders that hold the code of
 * others. libgit2's look-up takes the work tree and the index before the commit, so a sweep of
 * one commit would depend on what is checked out; it also has no bound on rules. Only lines that
 * set one of the attributes we ask for become rules; another attribute is a row of `names`.
 *
 * Files come sorted by path, so the rules in force are a stack: one level for each directory on
 * the way to the file, the deepest last. The last rule that matches decides.
 */
#include "core/git/internal.h"

enum {
	MAX_FILE_BYTES = 1 << 20,
	MAX_BYTES = 16 << 20,    /* of all files together */
	MAX_LINE = 2048,         /* as git */
	MAX_LEVELS = 256,
	STEPS_PER_FILE = 20000   /* of matching, on average */
};

enum attribute { GENERATED, VENDORED, DIFF, N_ATTRIBUTES };

enum { SILENT, SET, CLEARED, UNSPECIFIED };

struct effect { unsigned char state[N_ATTRIBUTES]; };

struct macro { struct ra_str name; struct effect effect; };

struct rule {
	struct ra_str pattern;
	size_t directory;        /* bytes of the path that the pattern does not see */
	bool by_name;            /* no slash in it: matches the last component */
	struct effect effect;
};

struct level { struct ra_str directory; size_t rules; /* below this one */ };

struct attributes {
	struct ra_git_call *call;
	RA_VEC(struct macro) macros;
	RA_VEC(struct rule) rules;
	RA_VEC(struct level) levels;
	size_t bytes, steps;
	bool noted_line, noted_bytes, noted_steps;
};

static const char *const names[N_ATTRIBUTES] = {
	[GENERATED] = "linguist-generated", [VENDORED] = "linguist-vendored", [DIFF] = "diff"
};

static void note_once(struct attributes *a, bool *noted, struct ra_str text)
{
	if (!*noted)
		ra_git_note(a->call, text);
	*noted = true;
}

/* -- lines --------------------------------------------------------------------------------- */

static void apply(struct attributes *a, struct effect *effect, struct ra_str name,
		  unsigned char state)
{
	for (size_t i = 0; i < N_ATTRIBUTES; i++)
		if (ra_str_is(name, names[i]))
			effect->state[i] = state;
	for (size_t m = 0; m < a->macros.n && state == SET; m++)
		for (size_t i = 0; i < N_ATTRIBUTES; i++)
			if (ra_str_eq(a->macros.v[m].name, name) &&
			    a->macros.v[m].effect.state[i] != SILENT)
				effect->state[i] = a->macros.v[m].effect.state[i];
}

static bool cut_word(struct ra_str *rest, struct ra_str *word)
{
	size_t n = 0;

	*rest = ra_str_trim(*rest);
	while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '\t')
		n++;
	*word = ra_str_n(rest->ptr, n);
	*rest = ra_str_n(rest->ptr + n, rest->len - n);
	return n > 0;
}

/* 'name', '-name', '!name', 'name=value' */
static void read_effect(struct attributes *a, struct ra_str rest, struct effect *effect)
{
	struct ra_str word, name;

	while (cut_word(&rest, &word)) {
		unsigned char state = word.ptr[0] == '-' ? CLEARED
				    : word.ptr[0] == '!' ? UNSPECIFIED : SET;

		if (state != SET)
			word = ra_str_n(word.ptr + 1, word.len - 1);
		ra_str_cut(&word, '=', &name);
		if (ra_str_is(word, "false") && !ra_str_is(name, names[DIFF]))
			state = CLEARED;
		apply(a, effect, name, state);
	}
}

/* The pattern may be in quotes; what is escaped in them is so for the matcher too. */
static bool cut_pattern(struct ra_str *rest, struct ra_str *pattern)
{
	size_t n = 1;

	if (rest->len == 0 || rest->ptr[0] != '"')
		return cut_word(rest, pattern);
	while (n < rest->len && rest->ptr[n] != '"')
		n += rest->ptr[n] == '\\' ? 2 : 1;
	if (n >= rest->len)
		return false;
	*pattern = ra_str_n(rest->ptr + 1, n - 1);
	*rest = ra_str_n(rest->ptr + n + 1, rest->len - n - 1);
	return true;
}

static void add_line(struct attributes *a, struct ra_str line, size_t directory)
{
	static const struct effect none;
	struct ra_str pattern, macro = RA_STR("[attr]");
	struct rule rule = { .directory = directory };

	line = ra_str_trim(line);
	if (line.len > MAX_LINE)
		note_once(a, &a->noted_line, RA_STR(".gitattributes: lines over 2048 bytes are "
						    "ignored, as git does"));
	if (line.len > MAX_LINE || line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '!' ||
	    !cut_pattern(&line, &pattern))
		return;
	read_effect(a, line, &rule.effect);
	if (memcmp(&rule.effect, &none, sizeof(none)) == 0)
		return;
	if (ra_str_starts(pattern, macro)) {
		if (directory == 0)
			*ra_vec_push(a->call->arena, &a->macros) = (struct macro){
				ra_str_n(pattern.ptr + macro.len, pattern.len - macro.len),
				rule.effect
			};
		return;
	}
	rule.by_name = !memchr(pattern.ptr, '/', pattern.len);
	if (ra_str_starts(pattern, RA_STR("/")))
		pattern = ra_str_n(pattern.ptr + 1, pattern.len - 1);
	rule.pattern = pattern;
	*ra_vec_push(a->call->arena, &a->rules) = rule;
}

/* -- levels -------------------------------------------------------------------------------- */

/* The file as the audited side has it; RA_ENOTFOUND when it has none. */
static int read_file(struct ra_git_call *call, const char *path, struct ra_str *bytes,
		     struct ra_error *err)
{
	const git_index_entry *staged;
	struct ra_git_entry entry;
	struct ra_oid id;
	int rc = RA_ENOTFOUND;

	if (call->select->side == RA_GIT_WORKTREE)
		return ra_git_read_disk(call->git, call->arena, ra_str(path), MAX_FILE_BYTES, bytes,
					err);
	if (call->select->side == RA_GIT_INDEX) {
		staged = git_index_get_bypath(call->index, path, 0);
		if (staged) {
			entry = (struct ra_git_entry){ .id = staged->id, .mode = staged->mode };
			rc = 0;
		}
	} else {
		rc = ra_git_entry_at(call->new, path, &entry, err);
	}
	if (rc || !ra_git_is_file(entry.mode))
		return rc ? rc : RA_ENOTFOUND;
	id = ra_git_hex(&entry.id);
	rc = ra_git_blob(call->git, call->arena, &id, MAX_FILE_BYTES, bytes, err);
	return rc == RA_ENOTFOUND ? RA_EIO : rc; /* named, but not to be had */
}

static void push_level(struct attributes *a, struct ra_str directory)
{
	struct ra_str path, bytes, line;
	struct ra_error err;
	int rc;

	*ra_vec_push(a->call->arena, &a->levels) = (struct level){ directory, a->rules.n };
	if (a->bytes > MAX_BYTES) {
		note_once(a, &a->noted_bytes, RA_STR(".gitattributes: more than 16 MiB of them; "
						     "the rest is ignored"));
		return;
	}
	path = ra_printf(a->call->arena, "%.*s.gitattributes", RA_FMT(directory));
	rc = read_file(a->call, path.ptr, &bytes, &err);
	if (rc && rc != RA_ENOTFOUND)
		ra_git_note(a->call, ra_printf(a->call->arena, "'%s' is not obeyed: %s", path.ptr,
					       err.text));
	if (rc)
		return;
	a->bytes += bytes.len;
	while (ra_str_cut(&bytes, '\n', &line))
		add_line(a, line, directory.len);
}

/* Bring the levels to those on the way to `path`. */
static void move_to(struct attributes *a, struct ra_str path)
{
	size_t at = 0;

	while (a->levels.n && !ra_str_starts(path, a->levels.v[a->levels.n - 1].directory))
		a->rules.n = a->levels.v[--a->levels.n].rules;
	if (a->levels.n)
		at = a->levels.v[a->levels.n - 1].directory.len;
	else
		push_level(a, RA_STR(""));
	for (; at < path.len && a->levels.n < MAX_LEVELS; at++)
		if (path.ptr[at] == '/')
			push_level(a, ra_str_n(path.ptr, at + 1));
}

/* -- files --------------------------------------------------------------------------------- */

static bool matches(struct attributes *a, const struct rule *rule, struct ra_str path)
{
	struct ra_str rest = ra_str_n(path.ptr + rule->directory, path.len - rule->directory);

	for (size_t i = rest.len; rule->by_name && i-- > 0;) {
		if (rest.ptr[i] == '/') {
			rest = ra_str_n(rest.ptr + i + 1, rest.len - i - 1);
			break;
		}
	}
	return ra_git_glob(rule->pattern, rest, RA_GLOB_PATH, &a->steps);
}

/* Where package managers and people put the code of others; github-linguist's list has them. */
static bool in_vendored_folder(struct ra_str path)
{
	static const char *const folders[] = {
		"vendor", "node_modules", "bower_components", "third_party", "third-party"
	};
	struct ra_str folder, rest = path;

	while (ra_str_find(rest, RA_STR("/")) >= 0) {
		ra_str_cut(&rest, '/', &folder);
		for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
			if (ra_str_is(folder, folders[i]))
				return true;
	}
	return false;
}

static const char *not_our_own(struct attributes *a, struct ra_str path)
{
	unsigned char state[N_ATTRIBUTES] = { SILENT };
	size_t found = 0;

	a->steps += STEPS_PER_FILE;
	for (size_t r = a->rules.n; r-- > 0 && found < N_ATTRIBUTES;) {
		const struct rule *rule = &a->rules.v[r];

		if (!matches(a, rule, path))
			continue;
		for (size_t i = 0; i < N_ATTRIBUTES; i++) {
			if (state[i] != SILENT || rule->effect.state[i] == SILENT)
				continue;
			state[i] = rule->effect.state[i];
			found++;
		}
	}
	if (a->steps == 0)
		note_once(a, &a->noted_steps, RA_STR(".gitattributes: its patterns take too long "
						     "to match; not all were obeyed"));
	if (state[GENERATED] == SET || state[DIFF] == CLEARED)
		return "marked generated by attributes";
	if (state[VENDORED] == SET)
		return "vendored: marked by attributes";
	if (state[VENDORED] == CLEARED || !in_vendored_folder(path))
		return NULL;
	return "vendored: by its folder; -linguist-vendored in .gitattributes says otherwise";
}

void ra_git_read_attributes(struct ra_git_call *call)
{
	struct attributes a = { .call = call };
	struct macro binary = { RA_STR("binary"), { { [DIFF] = CLEARED } } };

	*ra_vec_push(call->arena, &a.macros) = binary;
	for (size_t i = 0; i < call->out->files.n; i++) {
		struct ra_git_file *file = &call->out->files.v[i];

		if (file->skip || file->change == 'D')
			continue;
		move_to(&a, file->path);
		file->others = not_our_own(&a, file->path);
	}
}
