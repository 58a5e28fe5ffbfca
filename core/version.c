/*
 * Versions of languages in the audited tree: what the nearest manifest above a file says, as
 * core/source/version.c reads it. Asked once for each directory of a side.
 */
#include "core/run.h"

/* What the n-th manifest of the directory says; RA_VERSION_ABOVE when there is none. `root` is set
 * where one leaves it to those above. */
static uint32_t said(const struct tree *tree, struct ra_arena *arena, enum ra_lang lang,
		     struct ra_str directory, unsigned n, bool *root)
{
	const char *slash = directory.len ? "/" : "";
	struct ra_str path = ra_printf(arena, "%.*s%s%s", RA_FMT(directory), slash,
				       ra_lang_manifest(lang, n));
	const struct ra_git_file *file = ra_files_find(tree, arena, path);
	uint32_t version = RA_VERSION_ABOVE;
	struct ra_error unread;
	struct ra_str text;

	if (!file || ra_files_read(tree, arena, file, &text, &unread) != RA_OK)
		return RA_VERSION_ABOVE;
	version = ra_manifest_version(lang, text, *root);
	*root |= version == RA_VERSION_ABOVE;
	return version;
}

/* In `directory` or above it. */
static uint32_t find(const struct tree *tree, struct ra_arena *arena, enum ra_lang lang,
		     struct ra_str directory)
{
	bool root = false;

	for (;;) {
		for (unsigned n = 0; ra_lang_manifest(lang, n); n++) {
			uint32_t version = said(tree, arena, lang, directory, n, &root);

			if (version != RA_VERSION_ABOVE)
				return version;
		}
		if (!directory.len)
			return 0;
		directory = ra_path_directory(directory);
	}
}

uint32_t ra_version_at(const struct tree *tree, struct ra_arena *arena, enum ra_lang lang,
		       struct ra_str path)
{
	struct run *run = tree->run;
	struct ra_str directory = ra_path_directory(path), key;
	size_t *known;

	if (!ra_lang_manifest(lang, 0))
		return 0;
	key = ra_printf(arena, "%s %d %.*s", tree->commit ? tree->commit->hex : "", lang,
			RA_FMT(directory));
	known = ra_map_get(&run->versions, key);
	if (!known) {
		uint32_t version = find(tree, arena, lang, directory);

		known = ra_map_put(&run->versions, ra_str_copy(run->repo, key), version);
	}
	return (uint32_t)*known;
}
