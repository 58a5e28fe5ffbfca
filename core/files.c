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

int ra_files_read_path(const struct tree *tree, struct ra_arena *arena, struct ra_str path,
		      struct ra_str *bytes, struct ra_error *err)
{
	struct run *run = tree->run;
	struct ra_git_file file = { .path = path };
	int rc = RA_OK;

	if (run->git)
		rc = ra_git_path(run->git, arena, &run->selection, tree->commit, path, &file, err);
	return rc ? rc : ra_files_read(tree, arena, &file, bytes, err);
}
