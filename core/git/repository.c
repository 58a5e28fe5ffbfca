/*
 * The library and a repository: set up, open, close. Git's own variables are read here, because
 * libgit2's GIT_REPOSITORY_OPEN_FROM_ENV refuses to open anything once GIT_WORK_TREE is set.
 * A further variable that says where things are is one step in `apply_environment`.
 */
#include "core/git/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CACHE_BYTES = 64 << 20,
	MAPPED_BYTES = 512 << 20,
	OBJECT_BYTES = 1 << 30
};

static const char *const allowed_extensions[] = {
	"noop", "worktreeconfig", "partialclone", "preciousobjects"
};

/* -- the library --------------------------------------------------------------------------- */

int ra_git_global_init(bool verify_hashes, struct ra_error *err)
{
	const size_t n = sizeof(allowed_extensions) / sizeof(allowed_extensions[0]);

	if (git_libgit2_init() < 0)
		return ra_git_fail(err, RA_EGIT, "cannot start libgit2");
	if (git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, allowed_extensions, n) < 0 ||
	    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES) < 0 ||
	    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)MAPPED_BYTES) < 0 ||
	    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, (size_t)OBJECT_BYTES) < 0 ||
	    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, (int)verify_hashes) < 0)
		return ra_git_fail(err, RA_EGIT, "cannot set up libgit2");
	return 0;
}

void ra_git_global_shutdown(void)
{
	git_libgit2_shutdown();
}

const char *ra_git_library_version(void)
{
	return LIBGIT2_VERSION;
}

/* -- where is it --------------------------------------------------------------------------- */

/* `path` as seen from `directory`, in `into`. */
static const char *from(const char *directory, const char *path, char into[PATH_MAX])
{
	if (path[0] == '/' || strcmp(directory, ".") == 0)
		return path;
	snprintf(into, PATH_MAX, "%s/%s", directory, path);
	return into;
}

static int open_at(git_repository **repo, const char *path, bool exact)
{
	unsigned flags = exact ? GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT : 0;

	if (ra_git_is_set("GIT_DISCOVERY_ACROSS_FILESYSTEM"))
		flags |= GIT_REPOSITORY_OPEN_CROSS_FS;
	git_error_clear();
	return git_repository_open_ext(repo, path, flags, getenv("GIT_CEILING_DIRECTORIES"));
}

/* safe.directory as git knows it: libgit2 1.5 has neither '*' nor 'directory/' with a '*'. */
static bool is_trusted(struct ra_git *git, const char *path)
{
	char root[PATH_MAX], git_dir[PATH_MAX];
	bool trusted = false;

	if (!ra_git_find_root(path, root, git_dir) || ra_git_read_settings(git, NULL) < 0)
		return false;
	for (size_t i = 0; i < git->settings.n; i++) {
		struct ra_str value = git->settings.v[i].value;

		if (!ra_str_is(git->settings.v[i].key, "safe.directory"))
			continue;
		if (value.len == 0)
			trusted = false; /* an empty value takes back what came before */
		else if (ra_str_is(value, "*") || ra_str_is(value, root) ||
			 (ra_str_ends(value, RA_STR("/*")) &&
			  ra_str_starts(ra_str(root), ra_str_n(value.ptr, value.len - 1))))
			trusted = true;
	}
	return trusted;
}

/* libgit2 can only be told to trust everybody, for the whole process: so for this call alone. */
static int open_trusted(git_repository **repo, const char *path, bool exact)
{
	int rc;

	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	rc = open_at(repo, path, exact);
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1);
	return rc;
}

/*
 * A bare repository that lies in somebody's work tree came with a clone: its configuration is as
 * untrusted as any file there, so it is only opened when it is named.
 */
static int refuse_embedded(struct ra_git *git, const char *path, struct ra_error *err)
{
	git_repository *outer;
	char parent[PATH_MAX];
	int rc = 0;

	if (!git_repository_is_bare(git->repo))
		return 0;
	snprintf(parent, sizeof(parent), "%s..", git_repository_path(git->repo));
	if (open_at(&outer, parent, false) < 0) {
		git_error_clear();
		return 0;
	}
	if (!git_repository_is_bare(outer))
		rc = ra_fail(err, RA_EGIT, "'%s' is a bare repository inside the work tree '%s'; "
			     "if you mean it, pass '--git-dir=%s'", path,
			     git_repository_workdir(outer), git_repository_path(git->repo));
	git_repository_free(outer);
	return rc;
}

static int find_repository(struct ra_git *git, const struct ra_git_options *options,
			   const char *directory, struct ra_error *err)
{
	const char *named = options->git_dir ? options->git_dir : getenv("GIT_DIR"), *path;
	char joined[PATH_MAX];
	int rc;

	path = named ? from(directory, named, joined) : directory;
	rc = open_at(&git->repo, path, named);
	if (rc < 0 && ra_git_is_foreign(rc)) {
		git->repo = NULL;
		if (!is_trusted(git, path))
			return ra_git_refuse_foreign(err, path);
		rc = open_trusted(&git->repo, path, named);
	}
	if (rc < 0) {
		git->repo = NULL;
		return ra_git_refuse(err, rc, path);
	}
	return named ? 0 : refuse_embedded(git, path, err);
}

/* -- the rest of git's variables ----------------------------------------------------------- */

static int use_index(struct ra_git *git, const char *path)
{
	git_index *index;
	int rc = git_index_open(&index, path);

	if (rc < 0)
		return rc;
	rc = git_repository_set_index(git->repo, index);
	git_index_free(index);
	return rc;
}

/* A server's hook sees the objects of a push only through these two. */
static int use_objects(struct ra_git *git, const char *directory, const char *objects,
		       const char *alternates)
{
	struct ra_str rest = ra_str(alternates), part;
	char joined[PATH_MAX];
	git_odb *odb;
	int rc;

	rc = objects ? git_odb_open(&odb, from(directory, objects, joined))
		     : git_repository_odb(&odb, git->repo);
	if (rc < 0)
		return rc;
	while (rc == 0 && ra_str_cut(&rest, ':', &part)) {
		const char *path = ra_cstr(&git->arena, part);

		rc = git_odb_add_disk_alternate(odb, from(directory, path, joined));
	}
	if (rc == 0 && objects)
		rc = git_repository_set_odb(git->repo, odb);
	git_odb_free(odb);
	return rc;
}

static int apply_environment(struct ra_git *git, const char *directory, struct ra_error *err)
{
	const char *worktree = getenv("GIT_WORK_TREE"), *index = getenv("GIT_INDEX_FILE");
	const char *objects = getenv("GIT_OBJECT_DIRECTORY");
	const char *alternates = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
	char joined[PATH_MAX];

	git_error_clear();
	if (getenv("GIT_COMMON_DIR"))
		return ra_fail(err, RA_EGIT, "GIT_COMMON_DIR is not supported; unset it");
	if (worktree && git_repository_set_workdir(git->repo, from(directory, worktree, joined),
						   0) < 0)
		return ra_git_fail(err, RA_EGIT, "cannot use GIT_WORK_TREE '%s'", worktree);
	if (index && use_index(git, from(directory, index, joined)) < 0)
		return ra_git_fail(err, RA_EGIT, "cannot use GIT_INDEX_FILE '%s'", index);
	if ((objects || alternates) && use_objects(git, directory, objects, alternates) < 0)
		return ra_git_fail(err, RA_EGIT, "cannot use the objects that "
				   "GIT_OBJECT_DIRECTORY or GIT_ALTERNATE_OBJECT_DIRECTORIES name");
	return 0;
}

/* -- open, close --------------------------------------------------------------------------- */

/* Where `directory` is in the work tree: "" at its top or outside, else "a/b/". */
static const char *find_prefix(struct ra_git *git, const char *directory)
{
	const char *root = git_repository_workdir(git->repo);
	char here[PATH_MAX], top[PATH_MAX];
	size_t n;

	if (!root || !realpath(directory, here) || !realpath(root, top))
		return "";
	n = strlen(top);
	if (strncmp(here, top, n) != 0 || here[n] != '/')
		return "";
	return ra_printf(&git->arena, "%s/", here + n + 1).ptr;
}

static bool is_partial(const struct ra_git *git)
{
	for (size_t i = 0; i < git->settings.n; i++) {
		struct ra_str key = git->settings.v[i].key;

		if (ra_str_starts(key, RA_STR("remote.")) && ra_str_ends(key, RA_STR(".promisor")))
			return true;
		if (ra_str_is(key, "extensions.partialclone"))
			return true;
	}
	return false;
}

/* git_repository_is_shallow looks beside HEAD, where a linked work tree has no such file. */
static bool is_shallow(const struct ra_git *git)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%sshallow", ra_git_common_dir(git));
	return stat(path, &st) == 0 && st.st_size > 0;
}

static int open_all(struct ra_git *git, const struct ra_git_options *options, struct ra_error *err)
{
	const char *directory = options->directory ? options->directory : ".", *root;
	int rc = find_repository(git, options, directory, err);

	if (!rc)
		rc = apply_environment(git, directory, err);
	if (!rc)
		rc = ra_git_read_settings(git, err);
	if (!rc && git_repository_odb(&git->odb, git->repo) < 0)
		rc = ra_git_fail(err, RA_EGIT, "cannot open the object database");
	if (rc)
		return rc;
	root = git_repository_workdir(git->repo);
	if (root) /* when it is gone, commits can be audited all the same */
		git->worktree = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	git->prefix = find_prefix(git, directory);
	git->partial = is_partial(git);
	git->shallow = is_shallow(git);
	return 0;
}

int ra_git_open(const struct ra_git_options *options, struct ra_git **out, struct ra_error *err)
{
	struct ra_arena arena;
	struct ra_git *git;
	int rc;

	ra_arena_init(&arena, "repository handle", 0);
	git = ra_new(&arena, struct ra_git);
	git->arena = arena;
	git->worktree = -1;
	rc = open_all(git, options, err);
	if (rc) {
		ra_git_close(git);
		git = NULL;
	}
	*out = git;
	return rc;
}

void ra_git_close(struct ra_git *git)
{
	struct ra_arena arena;

	if (!git)
		return;
	if (git->worktree >= 0)
		close(git->worktree);
	git_odb_free(git->odb);
	git_repository_free(git->repo);
	arena = git->arena; /* it holds `git` itself */
	ra_arena_release(&arena);
}

bool ra_git_is_bare(const struct ra_git *git)
{
	return git_repository_workdir(git->repo) == NULL;
}

const char *ra_git_worktree(const struct ra_git *git)
{
	return git_repository_workdir(git->repo);
}

const char *ra_git_common_dir(const struct ra_git *git)
{
	return git_repository_commondir(git->repo);
}
