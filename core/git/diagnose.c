/*
 * libgit2's errors in plain words, with the next step. In 1.5.1 git_error_last() may be NULL
 * after a failure, or left over from an older one, and a few errors say the wrong thing: this is
 * the one place that knows. A further extension that is known by name is a row of `extensions`.
 */
#include "core/git/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const struct { const char *name, *words; } extensions[] = {
	{ "extensions.objectformat", "SHA-256 repositories are not supported by libgit2" },
	{ "extensions.refstorage", "the reftable format is not supported by libgit2; convert it "
	  "with 'git refs migrate --ref-format=files'; libgit2 is" }
};

int ra_git_fail(struct ra_error *err, int code, const char *format, ...)
{
	const git_error *last = git_error_last();
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ra_fail(err, code, "%s%s%s", text, last ? ": " : "", last ? last->message : "");
	git_error_clear();
	return code;
}

bool ra_git_is_foreign(int rc)
{
	const git_error *last = git_error_last();

	/* 1.5.1 stumbles over the unset 'safe.directory' before it can say who owns what. */
	return rc == GIT_EOWNER ||
	       (rc == GIT_ENOTFOUND && last && last->klass == GIT_ERROR_CONFIG);
}

bool ra_git_find_root(const char *path, char root[PATH_MAX], char git_dir[PATH_MAX])
{
	git_buf found = GIT_BUF_INIT;
	struct ra_str top;

	git_error_clear();
	if (git_repository_discover(&found, path, 0, NULL) < 0)
		return false;
	top = ra_str_n(found.ptr, found.size - 1); /* it ends in '/' */
	if (ra_str_ends(top, RA_STR("/.git")))
		top.len -= strlen("/.git");
	snprintf(root, PATH_MAX, "%.*s", RA_FMT(top));
	snprintf(git_dir, PATH_MAX, "%s", found.ptr);
	git_buf_dispose(&found);
	return true;
}

int ra_git_refuse_foreign(struct ra_error *err, const char *path)
{
	char root[PATH_MAX], git_dir[PATH_MAX];
	struct stat st = { 0 };

	if (!ra_git_find_root(path, root, git_dir))
		return ra_git_fail(err, RA_EGIT, "the repository at '%s' has another owner", path);
	if (stat(root, &st) == 0 && st.st_uid == geteuid())
		stat(git_dir, &st); /* the work tree is ours, but what is in it is not */
	return ra_fail(err, RA_EGIT, "the repository at '%s' is owned by uid %ld; if you trust it, "
		       "run 'git config --global --add safe.directory %s'", root, (long)st.st_uid,
		       root);
}

int ra_git_refuse(struct ra_error *err, int rc, const char *path)
{
	const git_error *last = git_error_last();
	struct ra_str words = ra_str(last && last->message ? last->message : "");

	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (ra_str_find(words, ra_str(extensions[i].name)) < 0)
			continue;
		git_error_clear();
		return ra_fail(err, RA_EGIT, "cannot use the repository at '%s': %s %s", path,
			       extensions[i].words, ra_git_library_version());
	}
	if (rc == GIT_ENOTFOUND && last && last->klass == GIT_ERROR_REPOSITORY) {
		git_error_clear();
		return ra_fail(err, RA_EGIT, "not a git repository (or any of the parent "
			       "directories): '%s'; go into one, or pass '-C <directory>'", path);
	}
	return ra_git_fail(err, RA_EGIT, "cannot open the repository at '%s'", path);
}

const char *ra_git_reason(const struct ra_git *git, int rc)
{
	git_error_clear();
	if (rc != GIT_ENOTFOUND)
		return "corrupt object";
	return git->partial ? "not fetched (partial clone)" : "missing object";
}

/* -- damaged packs ------------------------------------------------------------------------- */

enum { CHECKSUM = 20 };

/* The checksum that ends `back` bytes before the end of the file. */
static bool read_checksum(int dir, const char *name, off_t back, unsigned char *into)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	bool ok;

	if (fd < 0)
		return false;
	ok = fstat(fd, &st) == 0 && st.st_size >= back + CHECKSUM &&
	     pread(fd, into, CHECKSUM, st.st_size - back - CHECKSUM) == CHECKSUM;
	close(fd);
	return ok;
}

static bool is_damaged(int dir, const char *pack)
{
	unsigned char own[CHECKSUM], indexed[CHECKSUM];
	size_t stem = strlen(pack) - strlen(".pack");
	char index[NAME_MAX + 1];

	snprintf(index, sizeof(index), "%.*s.idx", (int)stem, pack);
	if (faccessat(dir, index, F_OK, 0) < 0)
		return false; /* git does not use a pack without an index either */
	return !read_checksum(dir, pack, 0, own) ||
	       !read_checksum(dir, index, CHECKSUM, indexed) ||
	       memcmp(own, indexed, CHECKSUM) != 0;
}

int ra_git_check_packs(struct ra_git *git, struct ra_error *err)
{
	char worst[NAME_MAX + 1] = "", path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%sobjects/pack", ra_git_common_dir(git));
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (ra_str_ends(ra_str(entry->d_name), RA_STR(".pack")) &&
		    (!worst[0] || strcmp(entry->d_name, worst) < 0) &&
		    is_damaged(dirfd(dir), entry->d_name))
			memcpy(worst, entry->d_name, strlen(entry->d_name) + 1);
	}
	closedir(dir);
	if (!worst[0])
		return 0;
	return ra_fail(err, RA_EGIT, "pack '%s' is damaged: it does not end as its index says; run "
		       "'git fsck' and fetch it again", worst);
}
