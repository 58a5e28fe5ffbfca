/*
 * Versions of languages in the audited tree: what the nearest manifest above a file says, as
 * core/source/version.c reads it. Asked once for each directory of a side.
 */
#include "core/run.h"

/* In `directory` or above it. */
static uint32_t find(const struct tree *tree, struct ra_arena *arena, enum ra_lang lang,
		     struct ra_str directory)
{
	const char *name = ra_lang_manifest(lang);
	bool root = false;

	for (;;) {
		const char *slash = directory.len ? "/" : "";
		struct ra_str path = ra_printf(arena, "%.*s%s%s", RA_FMT(directory), slash, name);
		const struct ra_git_file *file = ra_files_find(tree, arena, path);
		struct ra_error unread;
		struct ra_str text;

		if (file && ra_files_read(tree, arena, file, &text, &unread) == RA_OK) {
			uint32_t version = ra_manifest_version(lang, text, root);

			if (version != RA_VERSION_ABOVE)
				return version;
			root = true;
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

	if (!ra_lang_manifest(lang))
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
