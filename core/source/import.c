/*
 * Where a module that a file imports may lie in its tree, by its name alone: the paths to be tried,
 * in order. A language whose imports name files is one row of the table; the others have none.
 */
#include "core/source/source.h"

/* Lists end with NULL. */
static const struct layout {
	bool workspaces;                /* packages of the tree go by names, too */
	bool dotted;                    /* a.b, with leading dots for where it begins */
	const char *suffixes[9];        /* of files that may be meant where none is written */
	const char *index;              /* the file that stands for its directory */
	const char *roots[4];           /* directories where names without a place may begin */
	const char *marks[6];           /* that stand for such a directory on the way to the file */
	struct { const char *written, *meant[3]; } other[5]; /* x.js in the text is x.ts on disk */
} layouts[RA_LANG_COUNT] = {
	[RA_LANG_PYTHON] = {
		.dotted = true, .suffixes = { ".py" }, .index = "__init__",
		.roots = { "", "src/", "lib/" },
	},
	[RA_LANG_JAVASCRIPT] = {
		.workspaces = true,
		.suffixes = { ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts" },
		.index = "index", .roots = { "src/", "", "app/" },
		.marks = { "@/", "~/", "#/", "src/" },
		.other = { { ".js", { ".ts", ".tsx" } }, { ".jsx", { ".tsx" } },
			   { ".mjs", { ".mts" } }, { ".cjs", { ".cts" } } },
	},
};

static const struct layout *layout_of(enum ra_lang lang)
{
	return &layouts[ra_lang_family(lang)];
}

bool ra_lang_imports_files(enum ra_lang lang)
{
	return layout_of(lang)->index != NULL;
}

bool ra_lang_has_workspaces(enum ra_lang lang)
{
	return layout_of(lang)->workspaces;
}

/* -- paths --------------------------------------------------------------------------------- */

static void add(struct ra_arena *arena, struct ra_paths *out, struct ra_str base,
		const char *middle, const char *suffix)
{
	*ra_vec_push(arena, &out->list) = ra_printf(arena, "%.*s%s%s", RA_FMT(base), middle,
						    suffix);
}

void ra_import_files(struct ra_arena *arena, enum ra_lang lang, struct ra_str base,
		     struct ra_paths *out)
{
	const struct layout *layout = layout_of(lang);
	const char *slash = base.len ? "/" : "";

	for (size_t i = 0; layout->other[i].written; i++) {
		struct ra_str written = ra_str(layout->other[i].written);
		struct ra_str stem = ra_str_n(base.ptr, base.len - written.len);

		for (size_t k = 0; ra_str_ends(base, written) && layout->other[i].meant[k]; k++)
			add(arena, out, stem, "", layout->other[i].meant[k]);
	}
	for (size_t i = 0; layout->suffixes[i] && !layout->dotted; i++)
		if (ra_str_ends(base, ra_str(layout->suffixes[i])))
			add(arena, out, base, "", "");
	for (size_t i = 0; layout->suffixes[i] && base.len; i++)
		add(arena, out, base, "", layout->suffixes[i]);
	for (size_t i = 0; layout->suffixes[i]; i++)
		add(arena, out, base, ra_printf(arena, "%s%s", slash, layout->index).ptr,
		    layout->suffixes[i]);
}

/* One directory up; false when it was the top. */
static bool climb(struct ra_str *directory)
{
	bool was_top = directory->len == 0;

	*directory = ra_path_directory(*directory);
	return !was_top;
}

/* "../lib/x", seen from a directory: its path; false when it leaves the tree. */
static bool walk(struct ra_arena *arena, struct ra_str directory, struct ra_str module,
		 struct ra_str *path)
{
	struct ra_str part;

	while (ra_str_cut(&module, '/', &part)) {
		if (!part.len || ra_str_is(part, "."))
			continue;
		if (ra_str_is(part, "..")) {
			if (!climb(&directory))
				return false;
			continue;
		}
		directory = ra_printf(arena, "%.*s%s%.*s", RA_FMT(directory),
				      directory.len ? "/" : "", RA_FMT(part));
	}
	*path = directory;
	return true;
}

static struct ra_str with_slashes(struct ra_arena *arena, struct ra_str dotted)
{
	char *copy = ra_new_array(arena, char, dotted.len + 1);

	for (size_t i = 0; i < dotted.len; i++)
		copy[i] = dotted.ptr[i] == '.' ? '/' : dotted.ptr[i];
	return ra_str_n(copy, dotted.len);
}

struct ra_str ra_import_submodule(struct ra_arena *arena, enum ra_lang lang, struct ra_str module,
				  struct ra_str name)
{
	const char *dot = ra_str_ends(module, RA_STR(".")) ? "" : ".";

	if (!layout_of(lang)->dotted)
		return RA_STR("");
	return ra_printf(arena, "%.*s%s%.*s", RA_FMT(module), dot, RA_FMT(name));
}

/* `.x` is beside the file, `..x` one directory above; `a.b` begins at a root. */
static void dotted_paths(struct ra_arena *arena, enum ra_lang lang, struct ra_str directory,
			 struct ra_str module, struct ra_paths *out)
{
	struct ra_str rest = module, path;
	bool inside = true;

	while (rest.len && rest.ptr[0] == '.') {
		rest = ra_str_n(rest.ptr + 1, rest.len - 1);
		if (rest.len && rest.ptr[0] == '.')
			inside = inside && climb(&directory);
	}
	rest = with_slashes(arena, rest);
	if (rest.len < module.len) {
		if (inside && walk(arena, directory, rest, &path))
			ra_import_files(arena, lang, path, out);
		return;
	}
	for (size_t i = 0; layout_of(lang)->roots[i]; i++)
		ra_import_files(arena, lang, ra_printf(arena, "%s%.*s", layout_of(lang)->roots[i],
						       RA_FMT(rest)), out);
	/* The root may lie anywhere on the way; but one word may as well be a library's. */
	for (size_t n = 1; n < directory.len && memchr(rest.ptr, '/', rest.len); n++)
		if (directory.ptr[n] == '/' || n + 1 == directory.len)
			ra_import_files(arena, lang,
					ra_printf(arena, "%.*s/%.*s",
						  (int)(n + (n + 1 == directory.len)),
						  directory.ptr, RA_FMT(rest)), out);
}

/* What follows the mark that a module begins with; a mark that is a directory stays. */
static struct ra_str behind_mark(enum ra_lang lang, struct ra_str module)
{
	for (const char *const *mark = layout_of(lang)->marks; *mark; mark++) {
		struct ra_str text = ra_str(*mark);

		if (ra_str_starts(module, text))
			return text.len == 2 ? ra_str_n(module.ptr + 2, module.len - 2) : module;
	}
	return RA_STR("");
}

bool ra_import_is_placed(enum ra_lang lang, struct ra_str module)
{
	return (module.len && (module.ptr[0] == '.' || module.ptr[0] == '@')) ||
	       behind_mark(lang, module).len;
}

/* Below a root of each directory on the way, the nearest first. */
static void marked_paths(struct ra_arena *arena, enum ra_lang lang, struct ra_str directory,
			 struct ra_str rest, struct ra_paths *out)
{
	do
		for (size_t i = 0; i < 3; i++)
			ra_import_files(arena, lang,
					ra_printf(arena, "%.*s%s%s%.*s", RA_FMT(directory),
						  directory.len ? "/" : "",
						  layout_of(lang)->roots[i], RA_FMT(rest)), out);
	while (climb(&directory));
}

/* `@server/db`, and no package of the tree: by convention, the directory `server`. */
void ra_import_alias_paths(struct ra_arena *arena, enum ra_lang lang, struct ra_str from,
			   struct ra_str module, struct ra_paths *out)
{
	if (module.len > 2 && module.ptr[0] == '@' && layout_of(lang)->marks[0])
		marked_paths(arena, lang, ra_path_directory(from),
			     ra_str_n(module.ptr + 1, module.len - 1), out);
}

void ra_import_paths(struct ra_arena *arena, enum ra_lang lang, struct ra_str from,
		     struct ra_str module, struct ra_paths *out)
{
	struct ra_str directory = ra_path_directory(from), path;

	if (!module.len || !ra_lang_imports_files(lang))
		return;
	if (behind_mark(lang, module).len)
		marked_paths(arena, lang, directory, behind_mark(lang, module), out);
	else if (layout_of(lang)->dotted)
		dotted_paths(arena, lang, directory, module, out);
	else if (module.ptr[0] == '.' && walk(arena, directory, module, &path))
		ra_import_files(arena, lang, path, out);
}
