/*
 * Files of the work tree. A path comes out of the index or out of a tree, so it is walked one
 * component at a time below the root's descriptor and no symbolic link is followed: whatever the
 * repository says, nothing outside the work tree is opened, and no device or pipe is read.
 */
#include "core/git/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct reading {
	struct ra_arena *arena;
	int fd;
	DIR *dir;
	struct ra_git_names *names;
	const char *name;
	size_t limit;
	struct ra_str bytes;
	struct ra_error *err;
};

static int read_file(void *arg)
{
	struct reading *r = arg;
	struct stat st;
	char *into;

	if (fstat(r->fd, &st) < 0)
		return ra_fail(r->err, RA_EIO, "cannot read '%s': %s", r->name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ra_fail(r->err, RA_EIO, "'%s' is no regular file", r->name);
	if (r->limit && (uint64_t)st.st_size > r->limit)
		return ra_fail(r->err, RA_ELIMIT, "%lld bytes, more than %zu",
			       (long long)st.st_size, r->limit);
	into = ra_alloc(r->arena, (size_t)st.st_size + 1);
	r->bytes = ra_str_n(into, (size_t)st.st_size);
	if (ra_file_fill(r->fd, into, r->bytes.len) < r->bytes.len)
		return ra_fail(r->err, RA_EIO, "cannot read '%s': %s", r->name,
			       errno ? strerror(errno) : "it shrank meanwhile");
	return 0;
}

/* Open one component below `dir`, which is closed unless it is the root. */
static int descend(int root, int dir, struct ra_str part, bool last)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	char name[NAME_MAX + 1];
	int fd = -1;

	if (part.len == 0 || part.len > NAME_MAX || ra_str_is(part, ".") || ra_str_is(part, "..")) {
		errno = EINVAL;
	} else {
		memcpy(name, part.ptr, part.len);
		name[part.len] = '\0';
		fd = openat(dir, name, last ? flags : flags | O_DIRECTORY);
	}
	if (dir != root) {
		int saved = errno;

		close(dir);
		errno = saved;
	}
	return fd;
}

/* Open what `path` names below the root; "" is the root itself. */
static int open_below(struct ra_git *git, struct ra_str path, bool directory)
{
	int fd = git->worktree;
	struct ra_str part;

	errno = ENOENT;
	if (!path.len && directory)
		return fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	while (fd >= 0 && ra_str_cut(&path, '/', &part))
		fd = descend(git->worktree, fd, part, path.len == 0 && !directory);
	return fd == git->worktree ? -1 : fd;
}

static int refuse(struct ra_error *err, const char *name)
{
	return ra_fail(err, errno == ENOENT || errno == ENOTDIR ? RA_ENOTFOUND : RA_EIO,
		       "cannot open '%s' in the work tree: %s", name, strerror(errno));
}

int ra_git_read_disk(struct ra_git *git, struct ra_arena *arena, struct ra_str path, size_t limit,
		     struct ra_str *bytes, struct ra_error *err)
{
	struct reading r = { .arena = arena, .name = ra_cstr(arena, path), .limit = limit,
			     .err = err };
	int rc;

	r.fd = open_below(git, path, false);
	if (r.fd < 0)
		return refuse(err, r.name);
	rc = ra_arena_try(arena, read_file, &r, err);
	close(r.fd);
	*bytes = r.bytes;
	return rc;
}

static int read_names(void *arg)
{
	struct reading *r = arg;
	const struct dirent *entry;

	while ((entry = readdir(r->dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			*ra_vec_push(r->arena, &r->names->list) =
				ra_str_copy(r->arena, ra_str(entry->d_name));
	return 0;
}

int ra_git_list_disk(struct ra_git *git, struct ra_arena *arena, struct ra_str directory,
		     struct ra_git_names *out, struct ra_error *err)
{
	struct reading r = { .arena = arena, .name = ra_cstr(arena, directory), .names = out,
			     .err = err };
	int rc;

	r.fd = open_below(git, directory, true);
	if (r.fd < 0)
		return refuse(err, r.name);
	r.dir = fdopendir(r.fd);
	if (!r.dir) {
		rc = refuse(err, r.name);
		close(r.fd);
		return rc;
	}
	rewinddir(r.dir); /* the root's own descriptor is shared */
	rc = ra_arena_try(arena, read_names, &r, err);
	closedir(r.dir);
	return rc;
}
