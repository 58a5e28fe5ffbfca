/*
 * What other files of the tree export, as rows of the API table of the one that imports them: a
 * call of an async function of another file is known to be async then, as if a library's table had
 * said so. Nothing is read that no audited file imports; each file is read once for a run, whoever
 * asks for it.
 *
 *     import { save } from './db'     ->  db.ts  ->  none ./db.save async
 *     import { Pool } from './db'     ->  db.ts  ->  new ./db.Pool
 *                                                    none ./db.Pool:close async
 */
#include "core/run.h"

enum {
	IMPORTS_MAX = 300,   /* of one file */
	ROWS_MAX = 4000,     /* for one file */
	DEPTH_MAX = 5,       /* of what hands on what others export */
	FILES_MAX = 300,     /* whose names one module hands on */
	NAMES_MAX = 5000     /* of one module */
};

struct exports {
	const struct tree *tree;
	struct ra_arena *arena;
	enum ra_lang lang;
	struct ra_api *api;
	size_t rows;
	uint64_t digest;
	struct ra_keying *keying; /* of the rows, for the cache; NULL: nobody asks */
};

/* -- where a module lies ------------------------------------------------------------------- */

static const struct ra_git_file *first_of(struct exports *x, const struct ra_paths *paths)
{
	for (size_t i = 0; i < paths->list.n; i++) {
		const struct ra_git_file *file = ra_files_find(x->tree, x->arena, paths->list.v[i]);

		if (file)
			return file;
	}
	return NULL;
}

static const struct ra_git_file *look_for(struct exports *x, struct ra_str from,
					  struct ra_str module)
{
	struct ra_paths paths = { 0 }, alias = { 0 };
	const struct ra_git_file *file;

	ra_import_paths(x->arena, x->lang, from, module, &paths);
	file = first_of(x, &paths);
	if (file || paths.list.n || !ra_lang_has_workspaces(x->lang))
		return file;
	file = ra_workspace_find(x->tree, x->arena, x->lang, module);
	if (file)
		return file;
	ra_import_alias_paths(x->arena, x->lang, from, module, &alias);
	return first_of(x, &alias);
}

/* The file that `module` means in a file; NULL when it is none of the tree's. */
static const struct ra_git_file *find_module(struct exports *x, struct ra_str from,
					     struct ra_str module)
{
	struct run *run = x->tree->run;
	bool anywhere = ra_lang_has_workspaces(x->lang) && module.len &&
			!ra_import_is_placed(x->lang, module);
	struct ra_str directory = anywhere ? RA_STR("") : ra_path_directory(from);
	struct ra_str key = ra_printf(x->arena, "%s:%.*s:%d:%.*s",
				      x->tree->commit ? x->tree->commit->hex : "",
				      RA_FMT(directory), x->lang, RA_FMT(module));
	size_t *known = ra_map_get(&run->found, key);
	const struct ra_git_file *file;

	if (known)
		return *known ? &run->modules.v[*known - 1] : NULL;
	file = look_for(x, from, module);
	if (file)
		*ra_vec_push(run->repo, &run->modules) = *file;
	ra_map_put(&run->found, ra_str_copy(run->repo, key), file ? run->modules.n : 0);
	return file;
}

/* -- what it exports ----------------------------------------------------------------------- */

struct import_reading {
	struct exports *x;
	const struct ra_git_file *file;
	struct ra_exports found;   /* in the arena of imported files */
	struct ra_error err;
};

/* Runs inside a try of the arena of imported files. */
static int read_exports(void *arg)
{
	struct import_reading *r = arg;
	struct run *run = r->x->tree->run;
	struct ra_arena *arena = &run->imported;
	struct ra_tokens tokens = { 0 };
	struct ra_shape shape = { 0 };
	struct ra_source source;
	struct ra_str bytes;
	int rc = ra_files_read(r->x->tree, arena, r->file, &bytes, &r->err);

	rc = rc ? rc : ra_source_open(arena, r->file->path, bytes, &run->options->limits, &source,
				      &r->err);
	if (rc || ra_lang_family(source.lang) != ra_lang_family(r->x->lang))
		return rc;
	ra_lex(arena, &source, &tokens);
	ra_shape_build(arena, &tokens, &shape);
	ra_facts_exports(arena, &shape, run->knowledge.apis[source.lang], &r->found);
	return RA_OK;
}

static void copy_exports(struct ra_arena *repo, const struct ra_exports *from,
			 struct ra_exports *to)
{
	for (size_t i = 0; i < from->list.n; i++) {
		const struct ra_export *old = &from->list.v[i];
		struct ra_export *new = ra_vec_push(repo, &to->list);

		*new = (struct ra_export){
			.name = ra_str_copy(repo, old->name),
			.module = ra_str_copy(repo, old->module),
			.inner = ra_str_copy(repo, old->inner),
			.async = old->async, .safe = old->safe, .class_ = old->class_,
			.kind = old->kind, .api_flags = old->api_flags,
			.runtimes = old->runtimes, .task = old->task,
			.base_module = ra_str_copy(repo, old->base_module),
			.base_name = ra_str_copy(repo, old->base_name),
		};
		for (size_t m = 0; m < old->members.n; m++)
			*ra_vec_push(repo, &new->members) = (struct ra_export_member){
				.name = ra_str_copy(repo, old->members.v[m].name),
				.of_class = old->members.v[m].of_class,
				.safe = old->members.v[m].safe,
				.task = old->members.v[m].task,
			};
	}
}

/* The list itself lasts as long as the run. */
static struct ra_exports exports_of(struct exports *x, const struct ra_git_file *file)
{
	struct run *run = x->tree->run;
	struct ra_str key = ra_printf(x->arena, "%d %s%.*s",
				      ra_source_lang(file->path, RA_STR("")), file->blob.hex,
				      file->blob.hex[0] ? 0 : (int)file->path.len, file->path.ptr);
	struct import_reading reading = { .x = x, .file = file };
	size_t *known = ra_map_get(&run->exported, key);
	struct ra_exports out = { .list = { NULL, 0, 0 } };

	if (known)
		return run->exports.v[*known];
	if (!ra_kept_exports(run, x->arena, x->lang, file, &out)) {
		ra_arena_reset(&run->imported);
		if (ra_arena_try(&run->imported, read_exports, &reading, &reading.err) == RA_OK) {
			copy_exports(run->repo, &reading.found, &out);
			ra_keep_exports(run, x->arena, x->lang, file, &out);
		}
	}
	ra_map_put(&run->exported, ra_str_copy(run->repo, key), run->exports.n);
	*ra_vec_push(run->repo, &run->exports) = out;
	return out;
}

/* -- the names of a module ----------------------------------------------------------------- */

static bool is_all(const struct ra_export *export)
{
	return ra_str_is(export->name, "*");
}

/* Its own, which go first, then those of each module that it hands on whole; each file once. */
static void spread(struct exports *x, const struct ra_git_file *file, struct ra_names *out)
{
	RA_VEC(struct ra_git_file) files = { 0 };
	struct ra_map seen;

	ra_map_init(&seen, x->arena);
	ra_map_put(&seen, file->path, 1);
	*ra_vec_push(x->arena, &files) = *file;
	for (size_t f = 0; f < files.n && f < FILES_MAX; f++) {
		struct ra_git_file at = files.v[f];
		struct ra_exports exports = exports_of(x, &at);

		for (size_t i = 0; i < exports.list.n; i++) {
			const struct ra_export *export = &exports.list.v[i];
			const struct ra_git_file *all = !is_all(export) ? NULL
				: find_module(x, at.path, export->module);

			if (all && *ra_map_put(&seen, all->path, files.n) == files.n)
				*ra_vec_push(x->arena, &files) = *all;
			if (is_all(export) || out->list.n >= NAMES_MAX ||
			    (f && !export->name.len) ||
			    *ra_map_put(&out->map, export->name, out->list.n) != out->list.n)
				continue;
			*ra_vec_push(x->tree->run->repo, &out->list) =
				(struct ra_name){ at, export };
		}
	}
}

/* Spread once for each side; the pointers of the result last, as exports do. */
static const struct ra_names *names_of(struct exports *x, const struct ra_git_file *file)
{
	struct run *run = x->tree->run;
	struct ra_str key = ra_printf(x->arena, "%s:%.*s", x->tree->commit ?
				      x->tree->commit->hex : "", RA_FMT(file->path));
	size_t *known = ra_map_get(&run->spread, key);
	struct ra_names *names;

	if (known)
		return run->names.v[*known];
	names = ra_new(run->repo, struct ra_names);
	ra_map_init(&names->map, run->repo);
	ra_map_put(&run->spread, ra_str_copy(run->repo, key), run->names.n);
	*ra_vec_push(run->repo, &run->names) = names;
	spread(x, file, names);
	return names;
}

/* -- one thing of a module ----------------------------------------------------------------- */

static bool find_export(struct exports *x, const struct ra_git_file *file, struct ra_str name,
			struct ra_export *out, unsigned depth);

/* What it is, wherever it comes from. */
static bool follow(struct exports *x, const struct ra_name *name, struct ra_export *out,
		   unsigned depth);

/* A module as an object: what it exports are its members. */
static void as_object(struct exports *x, const struct ra_git_file *file, struct ra_export *out,
		      unsigned depth)
{
	const struct ra_names *names = names_of(x, file);
	struct ra_export export;

	*out = (struct ra_export){ .async = false };
	for (size_t i = 0; i < names->list.n && out->members.n < RA_EXPORTS_MAX; i++) {
		const struct ra_name *name = &names->list.v[i];

		if (name->export->name.len && follow(x, name, &export, depth) &&
		    (export.async || export.task.runtimes))
			*ra_vec_push(x->arena, &out->members) = (struct ra_export_member){
				.name = name->export->name, .safe = export.safe,
				.task = export.task };
	}
}

/* The methods of a class with those that it has from a base in another file. */
static void inherit(struct exports *x, const struct ra_git_file *file, struct ra_export *out,
		    unsigned depth)
{
	const struct ra_git_file *from = out->base_module.len && depth < DEPTH_MAX
		? find_module(x, file->path, out->base_module) : NULL;
	struct ra_export base, whole = *out;
	struct ra_git_file of;

	if (!from)
		return;
	of = *from;
	if (!find_export(x, &of, out->base_name, &base, depth + 1) || !base.class_)
		return;
	whole.members.v = NULL;
	whole.members.n = whole.members.cap = 0;
	for (size_t i = 0; i < out->members.n; i++)
		*ra_vec_push(x->arena, &whole.members) = out->members.v[i];
	for (size_t i = 0; i < base.members.n; i++) {
		bool own = false;

		for (size_t k = 0; k < out->members.n && !own; k++)
			own = ra_str_eq(out->members.v[k].name, base.members.v[i].name);
		if (!own)
			*ra_vec_push(x->arena, &whole.members) = base.members.v[i];
	}
	*out = whole;
}

static bool follow(struct exports *x, const struct ra_name *name, struct ra_export *out,
		   unsigned depth)
{
	const struct ra_export *export = name->export;
	const struct ra_git_file *from;
	struct ra_git_file file;

	*out = *export;
	if (!export->module.len) {
		inherit(x, &name->file, out, depth);
		return true;
	}
	from = depth < DEPTH_MAX ? find_module(x, name->file.path, export->module) : NULL;
	if (!from)
		return false;
	file = *from;
	if (export->inner.len)
		return find_export(x, &file, export->inner, out, depth + 1);
	if (!find_export(x, &file, RA_STR(""), out, depth + 1))
		as_object(x, &file, out, depth + 1);
	return true;
}

static bool find_export(struct exports *x, const struct ra_git_file *file, struct ra_str name,
			struct ra_export *out, unsigned depth)
{
	const struct ra_names *names = names_of(x, file);
	size_t *at = ra_map_get(&names->map, name);

	return at && follow(x, &names->list.v[*at], out, depth);
}

/* -- rows ---------------------------------------------------------------------------------- */

static void key_rows(struct exports *x, struct ra_str full, const struct ra_export *export)
{
	ra_keying_text(x->keying, full);
	ra_keying_number(x->keying, export->async + 2u * export->class_ + 4u * export->safe +
				    8u * export->kind);
	ra_keying_number(x->keying, (uint64_t)export->api_flags << 32 | export->runtimes);
	ra_keying_number(x->keying, (uint64_t)export->task.runtimes << 32 |
				    (uint32_t)export->task.position);
	ra_keying_number(x->keying, export->members.n);
	for (size_t i = 0; i < export->members.n; i++) {
		ra_keying_text(x->keying, export->members.v[i].name);
		ra_keying_number(x->keying, export->members.v[i].of_class +
					    2u * export->members.v[i].safe);
		ra_keying_number(x->keying, (uint64_t)export->members.v[i].task.runtimes << 32 |
					    (uint32_t)export->members.v[i].task.position);
	}
}

static void add_rows(struct exports *x, struct ra_str full, const struct ra_export *export)
{
	size_t n = export->members.n + 1;

	if (x->rows + n > ROWS_MAX)
		return;
	x->rows += n;
	if (x->api)
		ra_api_add_export(x->api, x->arena, full, export);
	if (x->keying)
		key_rows(x, full, export);
	x->digest = x->digest * 31 + ra_str_hash(full) + (export->async ? 1 : 0) +
		    (export->class_ ? 2 : 0) + (export->safe ? 4 : 0) +
		    export->kind * 8u + export->api_flags * 512u + export->task.runtimes * 3u;
	for (size_t i = 0; i < export->members.n; i++)
		x->digest = x->digest * 31 + ra_str_hash(export->members.v[i].name) +
			    export->members.v[i].safe + export->members.v[i].task.runtimes;
}

/* All of a module: itself, and each of its names. */
static void add_module(struct exports *x, const struct ra_git_file *file, struct ra_str full)
{
	const struct ra_names *names = names_of(x, file);
	struct ra_export export;

	if (find_export(x, file, RA_STR(""), &export, 0))
		add_rows(x, full, &export);
	for (size_t i = 0; i < names->list.n; i++) {
		struct ra_str name = names->list.v[i].export->name;

		if (name.len && follow(x, &names->list.v[i], &export, 0) &&
		    (export.async || export.class_ || export.kind || export.task.runtimes ||
		     export.members.n))
			add_rows(x, ra_printf(x->arena, "%.*s.%.*s", RA_FMT(full), RA_FMT(name)),
				 &export);
	}
}

static void add_import(struct exports *x, struct ra_str from, const struct ra_import *import)
{
	const struct ra_git_file *found = find_module(x, from, import->module);
	struct ra_git_file file;
	struct ra_export export;

	if (found) {
		file = *found; /* what is found next may move it */
		if (!import->name.len) {
			add_module(x, &file, import->module);
			return;
		}
		if (find_export(x, &file, import->name, &export, 0)) {
			add_rows(x, import->full, &export);
			return;
		}
	}
	if (!import->name.len)
		return;
	/* a name of a package may be one of its modules */
	found = find_module(x, from, ra_import_submodule(x->arena, x->lang, import->module,
							 import->name));
	if (found) {
		file = *found;
		add_module(x, &file, import->full);
	}
}

/* Like find_export, but to the file that declares it. */
static bool locate(struct exports *x, const struct ra_git_file *file, struct ra_str name,
		   struct ra_str *path, struct ra_str *inner, unsigned depth)
{
	const struct ra_names *names = names_of(x, file);
	size_t *at = ra_map_get(&names->map, name);
	const struct ra_name *found = at ? &names->list.v[*at] : NULL;
	const struct ra_git_file *from;
	struct ra_git_file next;

	if (!found)
		return false;
	*path = found->file.path;
	*inner = name;
	if (!found->export->module.len)
		return true;
	from = depth < DEPTH_MAX ? find_module(x, found->file.path, found->export->module) : NULL;
	if (!from || !found->export->inner.len)
		return false;
	next = *from;
	return locate(x, &next, found->export->inner, path, inner, depth + 1);
}

bool ra_exports_locate(const struct tree *tree, struct ra_arena *arena, struct ra_str from,
		       struct ra_str module, struct ra_str name, struct ra_str *path,
		       struct ra_str *inner)
{
	struct exports x = { .tree = tree, .arena = arena,
			     .lang = ra_source_lang(from, RA_STR("")) };
	const struct ra_git_file *found;
	struct ra_git_file file;

	if (!ra_lang_imports_files(x.lang))
		return false;
	found = find_module(&x, from, module);
	if (!found)
		return false;
	file = *found;
	return locate(&x, &file, name, path, inner, 0);
}

struct ra_key ra_exports_key(const struct tree *tree, struct ra_arena *arena, enum ra_lang lang,
			     struct ra_str from, const struct ra_import *imports, size_t n,
			     uint64_t *digest)
{
	struct ra_keying keying;
	struct exports x = { .tree = tree, .arena = arena, .lang = lang, .keying = &keying };

	ra_keying_init(&keying, arena);
	for (size_t i = 0; i < n; i++)
		add_import(&x, from, &imports[i]);
	*digest = x.digest;
	return ra_keying_done(&keying);
}

/* The text of a file dies before what is kept of it is written. */
static void trace_import(struct ra_trace *trace, const struct ra_import *import)
{
	*ra_vec_push(&trace->arena, &trace->imports) = (struct ra_import){
		.module = ra_str_copy(&trace->arena, import->module),
		.name = ra_str_copy(&trace->arena, import->name),
		.full = ra_str_copy(&trace->arena, import->full),
	};
}

const struct ra_api *ra_exports_table(const struct tree *tree, struct ra_arena *arena,
				      const struct ra_shape *shape, uint64_t *digest)
{
	const struct ra_source *source = shape->tokens->source;
	const struct ra_api *below = tree->run->knowledge.apis[source->lang];
	struct exports x = { .tree = tree, .arena = arena, .lang = source->lang };
	struct ra_trace *trace = tree->run->trace;
	struct ra_imports imports = { 0 };
	struct ra_keying keying;

	*digest = 0;
	if (!ra_lang_imports_files(source->lang))
		return below;
	if (trace) {
		ra_keying_init(&keying, &trace->arena); /* the audit's memory stays its own */
		x.keying = &keying;
	}
	x.api = ra_api_open_over(arena, below);
	ra_facts_imports(arena, shape, below, &imports);
	for (size_t i = 0; i < imports.list.n && i < IMPORTS_MAX; i++) {
		add_import(&x, source->path, &imports.list.v[i]);
		if (trace)
			trace_import(trace, &imports.list.v[i]);
	}
	*digest = x.digest;
	if (trace)
		trace->rows = ra_keying_done(&keying);
	return x.rows ? x.api : below;
}
