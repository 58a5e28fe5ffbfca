/*
 * Walks what the user named. The list of what is still to be looked at is a vector and not the
 * stack, so that no depth of directories can break it.
 */
#include "core/scan.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { ENTRIES_MAX = 5000000 };

struct walk {
	struct ra_arena *arena;
	struct ra_git_selection *out;
	RA_VEC(struct ra_str) pending;
};

static void add_file(struct walk *walk, struct ra_str path, const char *skip)
{
	*ra_vec_push(walk->arena, &walk->out->files) = (struct ra_git_file){
		.path = path, .change = 'T', .skip = skip, .failed = skip != NULL,
	};
}

static void add_directory(struct walk *walk, struct ra_str path)
{
	const char *slash = ra_str_ends(path, RA_STR("/")) ? "" : "/";
	struct ra_error err;
	struct ra_str *names;
	size_t n;

	if (ra_dir_list(walk->arena, path.ptr, "", &names, &n, &err)) {
		add_file(walk, path, ra_cstr(walk->arena, ra_str(err.text)));
		return;
	}
	for (size_t i = 0; i < n; i++)
		*ra_vec_push(walk->arena, &walk->pending) = ra_printf(
			walk->arena, "%.*s%s%.*s", RA_FMT(path), slash, RA_FMT(names[i]));
}

/* Below a directory only regular files count; an operand may be a pipe or a link as well. */
static void look_at(struct walk *walk, struct ra_str path, bool operand)
{
	struct stat st = { 0 };

	if (walk->out->files.n >= ENTRIES_MAX)
		walk->out->truncated = true;
	else if ((operand ? stat : lstat)(path.ptr, &st) == 0 && S_ISDIR(st.st_mode))
		add_directory(walk, path);
	else if (operand || S_ISREG(st.st_mode))
		add_file(walk, path, NULL);
}

static int by_path(const void *left, const void *right)
{
	const struct ra_git_file *a = left, *b = right;

	return ra_str_cmp(a->path, b->path);
}

void ra_scan_select(struct ra_arena *arena, const char *const *paths,
		    struct ra_git_selection *out)
{
	struct walk walk = { .arena = arena, .out = out };
	size_t kept = 0;

	for (size_t i = 0; paths && paths[i]; i++) {
		look_at(&walk, ra_str(paths[i]), true);
		while (walk.pending.n)
			look_at(&walk, walk.pending.v[--walk.pending.n], false);
	}
	if (out->files.n)
		qsort(out->files.v, out->files.n, sizeof(*out->files.v), by_path);
	for (size_t i = 0; i < out->files.n; i++)
		if (kept == 0 || by_path(&out->files.v[kept - 1], &out->files.v[i]) != 0)
			out->files.v[kept++] = out->files.v[i];
	out->files.n = kept;
}

int ra_scan_directory(struct ra_arena *arena, struct ra_str directory, struct ra_git_file **files,
		      size_t *n, struct ra_error *err)
{
	const char *slash = directory.len ? "/" : "";
	struct ra_str *names;
	size_t kept = 0;
	int rc = ra_dir_list(arena, directory.len ? ra_cstr(arena, directory) : ".", "", &names, n,
			     err);

	*files = rc ? NULL : ra_new_array(arena, struct ra_git_file, *n);
	for (size_t i = 0; !rc && i < *n; i++) {
		struct ra_str path = ra_printf(arena, "%.*s%s%.*s", RA_FMT(directory), slash,
					       RA_FMT(names[i]));
		struct stat st;

		if (lstat(path.ptr, &st) == 0 && S_ISREG(st.st_mode))
			(*files)[kept++] = (struct ra_git_file){ .path = path, .change = 'T' };
	}
	*n = rc ? 0 : kept;
	return rc;
}
