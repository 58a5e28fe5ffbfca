/*
 * The output directory. It lies in a worktree that may be hostile, so nothing in it is followed or
 * opened for writing: a file is replaced by renaming a new one over it, which replaces a planted
 * symlink as well, and whatever is removed is removed by its name in this directory alone.
 */
#include "core/report/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOCK_TRIES = 100,              /* a tenth of a second each */
	MARKER_WITHIN = 4096,          /* bytes of a report in which its marker must stand */
};

static const struct ra_str marker = RA_STR_INIT("\n[//]: # \"race-audit schema=");
static const struct ra_str html_marker = RA_STR_INIT("\n<meta name=\"generator\" "
						     "content=\"git-race-audit ");
static const char manifest_name[] = "MANIFEST.json";

static int fail_at(const struct ra_outdir *dir, const char *verb, const char *name,
		   struct ra_error *err)
{
	return ra_fail(err, RA_EIO, "cannot %s '%s/%s': %s; see to it, or choose another directory "
		       "with --output", verb, dir->path, name, strerror(errno));
}

/* -- opening ------------------------------------------------------------------------------- */

/* Length of the part of `path` in which links may be followed. */
static size_t trusted_length(const char *path, const char *worktree)
{
	size_t n = worktree ? strlen(worktree) : 0;

	if (n && strncmp(path, worktree, n) == 0 && path[n] == '/')
		return n;
	n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n && path[n - 1] != '/')
		n--;
	return n;
}

static int refuse_part(const struct ra_outdir *dir, int at, const char *part, struct ra_error *err)
{
	int problem = errno;
	struct stat st;

	if (fstatat(at, part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return ra_fail(err, RA_EIO, "'%s' of output directory '%s' is a symbolic link; "
			       "remove it, or choose another directory with --output", part,
			       dir->path);
	return ra_fail(err, RA_EIO, "cannot open output directory '%s': %s; see to it, or choose "
		       "another one with --output", dir->path, strerror(problem));
}

/* Go from `dir->fd` into `part`, making it if it is not there. */
static int enter(struct ra_outdir *dir, const char *part, bool *made, struct ra_error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, at = dir->fd, rc = RA_OK;

	*made = mkdirat(at, part, 0777) == 0;
	dir->fd = *made || errno == EEXIST ? openat(at, part, flags) : -1;
	if (dir->fd < 0)
		rc = refuse_part(dir, at, part, err);
	close(at);
	return rc;
}

static int walk(struct ra_outdir *dir, const char *worktree, bool *made, struct ra_error *err)
{
	size_t trusted = trusted_length(dir->path, worktree);
	struct ra_str rest = ra_str(dir->path + trusted), part;
	char name[PATH_MAX];
	int rc = RA_OK;

	snprintf(name, sizeof(name), "%.*s", trusted ? (int)trusted : 1,
		 trusted ? dir->path : ".");
	dir->fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0)
		return refuse_part(dir, AT_FDCWD, name, err);
	while (!rc && ra_str_cut(&rest, '/', &part)) {
		snprintf(name, sizeof(name), "%.*s", RA_FMT(part));
		if (part.len)
			rc = enter(dir, name, made, err);
	}
	return rc;
}

static int lock_directory(struct ra_outdir *dir, struct ra_error *err)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };

	dir->lock = openat(dir->fd, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (dir->lock < 0)
		return fail_at(dir, "open", ".lock", err);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(dir->lock, LOCK_EX | LOCK_NB) == 0)
			return RA_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail_at(dir, "lock", ".lock", err);
		nanosleep(&pause, NULL);
	}
	return ra_fail(err, RA_EIO, "output directory '%s' is locked by another run; wait for it, "
		       "or choose another one with --output", dir->path);
}

int ra_outdir_open(struct ra_outdir *dir, const char *path, const char *worktree,
		   struct ra_error *err)
{
	bool made = false;
	int rc;

	*dir = (struct ra_outdir){ .path = path, .fd = -1, .lock = -1 };
	rc = walk(dir, worktree, &made, err);
	rc = rc ? rc : lock_directory(dir, err);
	if (!rc && made)
		rc = ra_outdir_put(dir, ".gitignore", RA_STR("*\n"), err);
	return rc;
}

void ra_outdir_close(struct ra_outdir *dir)
{
	if (dir->lock >= 0)
		close(dir->lock);
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = dir->lock = -1;
}

/* -- reading what is there ----------------------------------------------------------------- */

/* A regular file of this directory, or -1. */
static int open_plain(const struct ra_outdir *dir, const char *name, struct stat *st)
{
	int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool holds(const struct ra_outdir *dir, const char *name, struct ra_str text)
{
	char block[16384];
	struct stat st;
	size_t at = 0, n;
	int fd = open_plain(dir, name, &st);
	bool same = fd >= 0 && (size_t)st.st_size == text.len;

	while (same && at < text.len) {
		n = ra_file_fill(fd, block, sizeof(block));
		same = n && n <= text.len - at && memcmp(block, text.ptr + at, n) == 0;
		at += n;
	}
	if (fd >= 0)
		close(fd);
	return same;
}

struct ra_str ra_outdir_get(const struct ra_outdir *dir, struct ra_arena *arena, const char *name,
			    size_t limit)
{
	struct stat st;
	char *bytes = ra_alloc(arena, limit + 1);
	int fd = open_plain(dir, name, &st);
	size_t n = 0;

	if (fd >= 0) {
		n = ra_file_fill(fd, bytes, limit);
		close(fd);
	}
	return ra_str_n(bytes, n);
}

static bool has_marker(const struct ra_outdir *dir, const char *name, struct ra_str wanted)
{
	char head[MARKER_WITHIN];
	struct stat st;
	int fd = open_plain(dir, name, &st);
	size_t n;

	if (fd < 0)
		return false;
	n = ra_file_fill(fd, head, sizeof(head));
	close(fd);
	return ra_str_find(ra_str_n(head, n), wanted) >= 0;
}

/* Many a directory has an index.html of its own; a planted link to one may be replaced. */
int ra_outdir_refuse_foreign(const struct ra_outdir *dir, const char *name, struct ra_error *err)
{
	struct stat st;
	int fd = open_plain(dir, name, &st);

	if (fd < 0)
		return RA_OK;
	close(fd);
	if (has_marker(dir, name, html_marker))
		return RA_OK;
	return ra_fail(err, RA_EIO, "'%s/%s' was not written by git-race-audit and would be "
		       "replaced; choose another directory with --output", dir->path, name);
}

/* -- changing ------------------------------------------------------------------------------ */

/* The manifest speaks of what was: it goes before anything else does. */
static int begin_change(struct ra_outdir *dir, struct ra_error *err)
{
	if (!dir->changed && unlinkat(dir->fd, manifest_name, 0) != 0 && errno != ENOENT)
		return fail_at(dir, "remove", manifest_name, err);
	dir->changed = true;
	return RA_OK;
}

static bool write_new(const struct ra_outdir *dir, const char *name, struct ra_str text)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir->fd, name, flags, 0666);
	bool written;

	if (fd < 0)
		return false;
	written = ra_file_write(fd, text) && fsync(fd) == 0;
	return close(fd) == 0 && written;
}

int ra_outdir_put(struct ra_outdir *dir, const char *name, struct ra_str text,
		  struct ra_error *err)
{
	char temporary[NAME_MAX + 1];
	int rc;

	if (holds(dir, name, text))
		return RA_OK;
	snprintf(temporary, sizeof(temporary), "%s.tmp.%ld", name, (long)getpid());
	rc = write_new(dir, temporary, text) ? begin_change(dir, err)
					     : fail_at(dir, "write", name, err);
	if (!rc && renameat(dir->fd, temporary, dir->fd, name) != 0)
		rc = fail_at(dir, "replace", name, err);
	if (rc)
		unlinkat(dir->fd, temporary, 0);
	return rc;
}

/* -- sweeping ------------------------------------------------------------------------------ */

static bool is_ours(struct ra_str name)
{
	return ra_str_starts(name, RA_STR("RACE_AUDIT_")) || ra_str_is(name, RA_JSON_NAME) ||
	       ra_str_is(name, RA_HTML_INDEX_NAME) ||
	       ra_str_is(name, manifest_name) || ra_str_is(name, ".gitignore");
}

/* A temporary file of a run that was killed. The lock is ours, so none is being written. */
static bool is_left_over(struct ra_str name)
{
	ptrdiff_t at = ra_str_find(name, RA_STR(".tmp."));
	char *end = NULL;
	long pid;

	if (at < 0 || !is_ours(ra_str_n(name.ptr, (size_t)at)))
		return false;
	pid = strtol(name.ptr + at + 5, &end, 10);
	return pid > 0 && *end == '\0' && (pid == getpid() || (kill((pid_t)pid, 0) != 0 &&
							       errno == ESRCH));
}

static bool is_stale(const struct ra_outdir *dir, struct ra_str name,
		     bool (*keep)(void *arg, struct ra_str name), void *arg)
{
	bool report = ra_str_starts(name, RA_STR("RACE_AUDIT_"));
	bool html = ra_str_is(name, RA_HTML_INDEX_NAME) ||
		    (report && ra_str_ends(name, RA_STR(".html")));

	if ((!html && !(report && ra_str_ends(name, RA_STR(".md")))) || keep(arg, name))
		return false;
	return !ra_str_is(name, RA_CHECKLIST_NAME) &&
	       has_marker(dir, name.ptr, html ? html_marker : marker);
}

int ra_outdir_sweep(struct ra_outdir *dir, bool (*keep)(void *arg, struct ra_str name), void *arg,
		    struct ra_error *err)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = RA_OK;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!list) {
		rc = fail_at(dir, "list", ".", err);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (!rc && (entry = readdir(list))) {
		struct ra_str name = ra_str(entry->d_name);

		if (is_stale(dir, name, keep, arg))
			rc = begin_change(dir, err);
		else if (!is_left_over(name))
			continue;
		if (!rc && unlinkat(dir->fd, name.ptr, 0) != 0 && errno != ENOENT)
			rc = fail_at(dir, "remove", name.ptr, err);
	}
	closedir(list);
	return rc;
}

int ra_outdir_sync(struct ra_outdir *dir, struct ra_error *err)
{
	if (dir->changed && fsync(dir->fd) != 0)
		return fail_at(dir, "sync", ".", err);
	return RA_OK;
}
