/*
 * Packages of a workspace: where `@scope/name` lies that is no path and comes from no registry, but
 * from beside. The manifest at the top of the tree says in which directories packages are; one is
 * looked for by its name there, and its own manifest has to agree. So nothing is listed, and what a
 * package is not called after is not found.
 *
 *     package.json          "workspaces": ["packages/" "*"]
 *     packages/db/package.json    "name": "@shop/db"     ->  packages/db/src/index.ts
 */
#include "core/run.h"

#include <jansson.h>

enum { PLACES_MAX = 64 };

#define MANIFEST "package.json"

struct looking {
	const struct tree *tree;
	struct ra_arena *arena;
	enum ra_lang lang;
	struct ra_str name, inner; /* of the package, with its scope; what follows it */
};

/* Held until json_decref; NULL when there is none that can be read. */
static json_t *load(const struct looking *l, struct ra_str path)
{
	const struct ra_git_file *file = ra_files_find(l->tree, l->arena, path);
	struct ra_error unread;
	struct ra_str text;

	if (!file || ra_files_read(l->tree, l->arena, file, &text, &unread))
		return NULL;
	return json_loadb(text.ptr, text.len, 0, NULL);
}

/* -- where packages are -------------------------------------------------------------------- */

static void add_place(struct run *run, struct ra_str pattern, struct ra_paths *out)
{
	pattern = ra_str_trim(pattern);
	while (pattern.len && memchr("'\"", pattern.ptr[0], 2))
		pattern = ra_str_n(pattern.ptr + 1, pattern.len - 1);
	if (ra_str_starts(pattern, RA_STR("./")))
		pattern = ra_str_n(pattern.ptr + 2, pattern.len - 2);
	while (pattern.len && memchr("'\"*/", pattern.ptr[pattern.len - 1], 4))
		pattern.len--;
	if (pattern.len && pattern.ptr[0] != '!' && !memchr(pattern.ptr, '*', pattern.len) &&
	    out->list.n < PLACES_MAX)
		*ra_vec_push(run->repo, &out->list) = ra_str_copy(run->repo, pattern);
}

static void read_manifest(const struct looking *l, struct ra_paths *out)
{
	json_t *root = load(l, RA_STR(MANIFEST));
	json_t *list = json_object_get(root, "workspaces"), *item;
	size_t i;

	if (json_is_object(list))
		list = json_object_get(list, "packages");
	json_array_foreach(list, i, item)
		if (json_is_string(item))
			add_place(l->tree->run, ra_str(json_string_value(item)), out);
	json_decref(root);
}

/* packages:
 *   - 'libs/' '*' */
static void read_list(const struct looking *l, struct ra_paths *out)
{
	const struct ra_git_file *file = ra_files_find(l->tree, l->arena,
						       RA_STR("pnpm-workspace.yaml"));
	struct ra_str text = RA_STR(""), line;
	struct ra_error unread;
	bool inside = false;

	if (!file || ra_files_read(l->tree, l->arena, file, &text, &unread))
		return;
	while (ra_str_cut(&text, '\n', &line)) {
		bool item = ra_str_starts(ra_str_trim(line), RA_STR("-"));

		if (line.len && !strchr(" \t-#\r", line.ptr[0]))
			inside = ra_str_starts(line, RA_STR("packages:"));
		line = ra_str_trim(line);
		if (inside && item)
			add_place(l->tree->run, ra_str_n(line.ptr + 1, line.len - 1), out);
	}
}

/* Read once for each side. */
static const struct ra_paths *places(const struct looking *l)
{
	struct run *run = l->tree->run;
	struct ra_str key = RA_STR("");
	size_t *known;

	if (l->tree->commit)
		key = ra_str(l->tree->commit->hex);
	known = ra_map_get(&run->workspaces, key);
	if (!known) {
		struct ra_paths found = { .list = { NULL, 0, 0 } };

		read_manifest(l, &found);
		read_list(l, &found);
		ra_map_put(&run->workspaces, ra_str_copy(run->repo, key), run->places.n);
		*ra_vec_push(run->repo, &run->places) = found;
		known = ra_map_get(&run->workspaces, key);
	}
	return &run->places.v[*known];
}

/* -- one package --------------------------------------------------------------------------- */

static const struct ra_git_file *find_file(const struct looking *l, struct ra_str base)
{
	struct ra_paths paths = { .list = { NULL, 0, 0 } };
	const struct ra_git_file *file = NULL;

	ra_import_files(l->arena, l->lang, base, &paths);
	for (size_t i = 0; i < paths.list.n && !file; i++)
		file = ra_files_find(l->tree, l->arena, paths.list.v[i]);
	return file;
}

/* By what the manifest says, if that is in the tree; what is built is not. */
static const struct ra_git_file *find_entry(const struct looking *l, struct ra_str directory,
					    const json_t *manifest)
{
	static const char *const keys[] = { "source", "types", "module", "main" };
	static const char *const usual[] = { "src/index", "index", "lib/index", "src/main" };
	const struct ra_git_file *file = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && !file; i++) {
		const char *path = json_string_value(json_object_get(manifest, keys[i]));

		if (path && strncmp(path, "./", 2) == 0)
			path += 2;
		if (path && path[0] && !strstr(path, ".d."))
			file = find_file(l, ra_printf(l->arena, "%.*s/%s", RA_FMT(directory),
						      path));
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual) && !file; i++)
		file = find_file(l, ra_printf(l->arena, "%.*s/%s", RA_FMT(directory), usual[i]));
	return file;
}

static const struct ra_git_file *find_inner(const struct looking *l, struct ra_str directory)
{
	const struct ra_git_file *file;

	file = find_file(l, ra_printf(l->arena, "%.*s/%.*s", RA_FMT(directory), RA_FMT(l->inner)));
	return file ? file : find_file(l, ra_printf(l->arena, "%.*s/src/%.*s", RA_FMT(directory),
						    RA_FMT(l->inner)));
}

/* The package, if it lies in this directory. */
static const struct ra_git_file *look_in(const struct looking *l, struct ra_str directory)
{
	json_t *manifest = load(l, ra_printf(l->arena, "%.*s/" MANIFEST, RA_FMT(directory)));
	const char *name = json_string_value(json_object_get(manifest, "name"));
	const struct ra_git_file *file = NULL;

	if (name && ra_str_is(l->name, name))
		file = l->inner.len ? find_inner(l, directory) : find_entry(l, directory, manifest);
	json_decref(manifest);
	return file;
}

/* "@scope.name.inner", as imports are named: its parts. False for a path. */
static bool split(struct looking *l, struct ra_str module)
{
	struct ra_str rest = module, scope = RA_STR(""), name;

	if (!module.len || strchr("./~#", module.ptr[0]) || memchr(module.ptr, '/', module.len))
		return false;
	if (module.ptr[0] == '@' && !ra_str_cut(&rest, '.', &scope))
		return false;
	if (!ra_str_cut(&rest, '.', &name))
		return false;
	l->name = scope.len ? ra_printf(l->arena, "%.*s/%.*s", RA_FMT(scope), RA_FMT(name)) : name;
	l->inner = ra_str_copy(l->arena, rest);
	for (size_t i = 0; i < rest.len; i++)
		((char *)l->inner.ptr)[i] = rest.ptr[i] == '.' ? '/' : rest.ptr[i];
	return true;
}

const struct ra_git_file *ra_workspace_find(const struct tree *tree, struct ra_arena *arena,
					    enum ra_lang lang, struct ra_str module)
{
	struct looking l = { .tree = tree, .arena = arena, .lang = lang };
	const struct ra_git_file *file = NULL;
	const struct ra_paths *all;

	if (!split(&l, module))
		return NULL;
	all = places(&l);
	for (size_t i = 0; i < all->list.n && !file; i++) {
		struct ra_str place = all->list.v[i], name = l.name, scope = RA_STR("");

		if (name.ptr[0] == '@') {
			name = ra_str_n(name.ptr + 1, name.len - 1);
			ra_str_cut(&name, '/', &scope);
		}
		file = look_in(&l, place);
		if (!file)
			file = look_in(&l, ra_printf(arena, "%.*s/%.*s", RA_FMT(place),
						     RA_FMT(name)));
		if (!file && scope.len)
			file = look_in(&l, ra_printf(arena, "%.*s/%.*s-%.*s", RA_FMT(place),
						     RA_FMT(scope), RA_FMT(name)));
	}
	return file;
}
