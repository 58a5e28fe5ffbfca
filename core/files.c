/*
 * Files of a tree, whatever it is: objects of a commit, the index, the work tree, or no repository
 * at all. Whoever asks knows a path or a directory of it and nothing more.
 */
#include "core/run.h"
#include "core/scan.h"

int ra_files_list(const struct tree *tree, struct ra_arena *arena, struct ra_str directory,
		 struct ra_git_file **files, size_t *n, struct ra_error *err)
{
	struct run *run = tree->run;

	if (!run->git)
		return ra_scan_directory(arena, directory, files, n, err);
	return ra_git_directory(run->git, arena, &run->selection, tree->commit, directory, files, n,
				err);
}

int ra_files_read(const struct tree *tree, struct ra_arena *arena, const struct ra_git_file *file,
		 struct ra_str *bytes, struct ra_error *err)
{
	struct run *run = tree->run;
	size_t limit = run->options->limits.bytes;
	bool is_stdin = ra_str_is(file->path, "-");

	if (run->git)
		return ra_git_context(run->git, arena, file, limit, bytes, err);
	return ra_file_read(arena, is_stdin ? "/dev/stdin" : ra_cstr(arena, file->path), limit,
			    bytes, err);
}

/* The listing of a directory, made once and kept. */
static const struct listing *listing_of(const struct tree *tree, struct ra_arena *scratch,
					struct ra_str directory)
{
	struct run *run = tree->run;
	struct ra_str key = ra_printf(scratch, "%s:%.*s", tree->commit ? tree->commit->hex : "",
				      RA_FMT(directory));
	size_t *known = ra_map_get(&run->listed, key);
	struct ra_error unread;
	struct listing *listing;

	if (known)
		return &run->listings.v[*known];
	ra_map_put(&run->listed, ra_str_copy(run->repo, key), run->listings.n);
	listing = ra_vec_push(run->repo, &run->listings);
	if (ra_files_list(tree, run->repo, directory, &listing->files, &listing->n, &unread))
		listing->n = 0;
	return listing;
}

const struct ra_git_file *ra_files_find(const struct tree *tree, struct ra_arena *scratch,
					struct ra_str path)
{
	const struct listing *listing = listing_of(tree, scratch, ra_path_directory(path));
	size_t low = 0, high = listing->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ra_str_cmp(listing->files[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == listing->n || !ra_str_eq(listing->files[low].path, path) ||
	    listing->files[low].skip)
		return NULL;
	return &listing->files[low];
}
