/*
 * Files that are one module. Where a language says so (core/source/language.c), the files of a
 * directory that name the same module are read as one source, also those that nobody selected:
 *
 *     a.go  b.go        package foo         one source; of each what was selected is audited
 *     a.go  b.go  a_test.go                 the tests of foo, audited with foo read beside them
 *     x_test.go         package foo_test    one source
 *
 * By themselves: a file that its first lines keep out of the module, one that names no module, and
 * all of them where together they are too much.
 */
#include "core/run.h"

enum { MODULE_BYTES = 4 << 20, MODULE_LINES = 150000 };

static const char over_limits[] =
	"read without the other files of its directory: together they are over the limits";
static const char kept_out[] =
	"read without the other files of its directory: its first lines keep it out of their "
	"module";

struct member {
	const struct ra_git_file *file;
	size_t index;                  /* in the selection; SIZE_MAX: nobody selected it */
	struct ra_source source;
	struct ra_str module;          /* empty: it stands alone */
};

/* A directory of one side on its way. */
struct package {
	struct side *side;
	enum ra_lang lang;
	struct ra_str directory;
	RA_VEC(struct member) members; /* by path; those that can be read */
	struct ra_error err;
};

/* One module of it, about to be audited. */
struct module {
	struct package *package;
	const struct ra_source **files;
	size_t *indices;               /* of the parts */
	struct ra_file_report *before; /* of the parts, should it fail */
	size_t n, bytes, lines;
	struct ra_buf key;
	bool keyed;
	struct ra_error err;
};

/* -- reading the directory ----------------------------------------------------------------- */

static size_t selected(const struct side *side, struct ra_str path)
{
	size_t i = ra_side_first(side, ra_path_directory(path));

	while (i != SIZE_MAX && !ra_str_eq(ra_side_path(side, i), path))
		i = side->next[i];
	return i;
}

/* Was it selected, and for some reason is not to be read? */
static bool is_refused(const struct side *side, struct ra_str path)
{
	const struct ra_git_file *file = ra_git_selected(&side->tree.run->selection, path);

	return !side->base && file && (file->skip || file->others);
}

static int open_member(struct package *package, struct member *member)
{
	struct side *side = package->side;
	struct run *run = side->tree.run;
	struct ra_str bytes;
	int rc;

	if (member->index != SIZE_MAX) {
		rc = ra_side_open(side, member->index, &run->texts, &member->source, &package->err);
		if (rc)
			ra_side_refuse(side, member->index, rc, package->err.text);
		return rc;
	}
	rc = ra_files_read(&side->tree, &run->texts, member->file, &bytes, &package->err);
	rc = rc ? rc : ra_source_open(&run->texts, member->file->path, bytes, &run->options->limits,
				      &member->source, &package->err);
	return rc ? rc : member->source.generated ? RA_ELIMIT : RA_OK;
}

/* What is not there now may be there the next time. */
static void note_trouble(struct run *run, int rc)
{
	if (run->trace && rc != RA_ELIMIT)
		run->trace->unsettled = true;
}

/* Runs inside a try of the arena of texts. */
static int read_members(void *arg)
{
	struct package *package = arg;
	struct run *run = package->side->tree.run;
	struct ra_git_file *files;
	size_t n;
	int unread, rc = ra_files_list(&package->side->tree, &run->texts, package->directory, &files, &n,
			      &package->err);

	for (size_t i = 0; !rc && i < n; i++) {
		struct member member = { .file = &files[i],
					 .index = selected(package->side, files[i].path) };

		if (files[i].skip || ra_source_lang(files[i].path, RA_STR("")) != package->lang ||
		    (i && ra_str_eq(files[i - 1].path, files[i].path)))
			continue;
		if (member.index == SIZE_MAX && is_refused(package->side, files[i].path))
			continue;
		unread = open_member(package, &member);
		if (unread) {
			note_trouble(run, unread);
			continue;
		}
		if (!ra_source_stands_alone(&member.source))
			member.module = ra_source_module(&member.source);
		*ra_vec_push(&run->texts, &package->members) = member;
	}
	return rc;
}

/* -- one module ---------------------------------------------------------------------------- */

static bool is_test(const struct member *member)
{
	return member->source.parts[0].test;
}

/* Does `other` belong to the source that audits `member`? A module is audited without its tests,
 * they with it. */
static bool belongs(const struct member *member, const struct member *other)
{
	return other->module.len && ra_str_eq(member->module, other->module) &&
	       (is_test(member) || !is_test(other));
}

static void add_part(struct module *module, struct member *other, bool audited)
{
	struct ra_str name = ra_path_seen(other->file->path, other->file->path);

	other->source.parts[0].audited = audited;
	module->files[module->n] = &other->source;
	module->indices[module->n] = other->index;
	if (audited)
		module->before[module->n] = module->package->side->reports[other->index];
	module->n++;
	module->bytes += other->source.text.len;
	module->lines += other->source.lines;
	module->keyed &= other->file->blob.hex[0] != '\0';
	ra_buf_addf(&module->key, " %.*s %s %d %d", RA_FMT(name), other->file->blob.hex,
		    is_test(other), audited);
}

static void gather(struct module *module, const struct member *member)
{
	struct package *package = module->package;
	struct run *run = package->side->tree.run;
	size_t n = package->members.n;

	module->files = ra_alloc_array(&run->texts, sizeof(*module->files), n);
	module->indices = ra_new_array(&run->texts, size_t, n);
	module->before = ra_new_array(&run->texts, struct ra_file_report, n);
	module->keyed = true;
	ra_buf_init(&module->key, &run->texts);
	ra_buf_addf(&module->key, " %d", package->lang);
	for (size_t i = 0; i < n; i++) {
		struct member *other = &package->members.v[i];

		if (belongs(member, other))
			add_part(module, other, other->index != SIZE_MAX &&
						is_test(other) == is_test(member));
	}
}

/* Runs inside a try of the file arena. */
static int audit_module(void *arg)
{
	struct module *module = arg;
	struct side *side = module->package->side;
	struct run *run = side->tree.run;
	struct ra_str key = RA_STR("");
	struct ra_source source;

	if (module->bytes > MODULE_BYTES || module->lines > MODULE_LINES)
		return ra_fail(&module->err, RA_ELIMIT, "together they are over the limits");
	ra_source_join(&run->file, module->files, module->n, &source);
	if (module->keyed)
		key = ra_printf(&run->file, "%u%.*s", source.version,
				RA_FMT(ra_buf_str(&module->key)));
	ra_pipeline(side, &source, module->indices, key);
	return RA_OK;
}

static void audit_apart(struct module *module)
{
	struct side *side = module->package->side;

	for (size_t i = 0; i < module->n; i++) {
		if (!module->files[i]->parts[0].audited)
			continue;
		side->reports[module->indices[i]] = module->before[i];
		ra_side_alone(side, module->indices[i], over_limits);
	}
}

static void audit_with(struct package *package, const struct member *member)
{
	struct module module = { .package = package };
	struct run *run = package->side->tree.run;
	int rc;

	gather(&module, member);
	ra_arena_reset(&run->file);
	rc = ra_arena_try(&run->file, audit_module, &module, &module.err);
	if (rc) {
		note_trouble(run, rc);
		audit_apart(&module);
		return;
	}
	for (size_t i = 0; i < module.n; i++)
		if (module.files[i]->parts[0].audited)
			package->side->done[module.indices[i]] = true;
}

/* Runs inside a try of the arena of texts. */
static int audit_members(void *arg)
{
	struct package *package = arg;
	struct side *side = package->side;
	int rc = read_members(package);

	for (size_t i = 0; !rc && i < package->members.n; i++) {
		const struct member *member = &package->members.v[i];

		if (member->index == SIZE_MAX || side->done[member->index])
			continue;
		if (member->module.len)
			audit_with(package, member);
		else if (ra_source_stands_alone(&member->source))
			ra_side_alone(side, member->index, kept_out);
	}
	return rc;
}

void ra_package_audit(struct side *side, size_t index)
{
	struct ra_str path = ra_side_path(side, index);
	struct package package = { .side = side, .directory = ra_path_directory(path),
				   .lang = ra_source_lang(path, RA_STR("")) };
	struct ra_arena *texts = &side->tree.run->texts;
	int rc;

	ra_arena_reset(texts);
	rc = ra_arena_try(texts, audit_members, &package, &package.err);
	if (rc)
		note_trouble(side->tree.run, rc);
	for (size_t i = ra_side_first(side, package.directory); rc && i != SIZE_MAX;
	     i = side->next[i])
		if (!side->done[i] &&
		    ra_source_lang(ra_side_path(side, i), RA_STR("")) == package.lang)
			ra_side_alone(side, i, rc == RA_ELIMIT ? over_limits : NULL);
}
