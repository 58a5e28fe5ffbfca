/*
 * Reading of files and directories by the names that a user or the installation gives: cards,
 * tables, templates, configuration, the operands of `scan`. Nothing of a repository comes this way.
 * The arena may fill up while a descriptor is open, so each reading is a try of its own.
 */
#include "core/base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct reading {
	struct ra_arena *arena;
	const char *path;
	int fd;
	size_t limit;
	struct ra_str bytes;
	DIR *dir;
	const char *suffix;
	RA_VEC(struct ra_str) names;
	struct ra_error *err;
};

static int refuse(const struct reading *r)
{
	int code = errno == ENOENT || errno == ENOTDIR ? RA_ENOTFOUND : RA_EIO;

	return ra_fail(r->err, code, "cannot read '%s': %s", r->path, strerror(errno));
}

/* Into a buffer that grows, so that a pipe is read as well as a file. */
static int read_bytes(void *arg)
{
	struct reading *r = arg;
	char block[16384];
	struct ra_buf all;
	ssize_t n;

	ra_buf_init(&all, r->arena);
	while ((n = read(r->fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(r);
		if (r->limit && all.len + (size_t)n > r->limit)
			return ra_fail(r->err, RA_ELIMIT, "over the limit of %zu bytes", r->limit);
		ra_buf_add(&all, ra_str_n(block, (size_t)n));
	}
	r->bytes = ra_buf_str(&all);
	return RA_OK;
}

size_t ra_file_fill(int fd, char *bytes, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n;

		errno = 0;
		n = read(fd, bytes + got, size - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

bool ra_file_write(int fd, struct ra_str text)
{
	while (text.len) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text = ra_str_n(text.ptr + n, text.len - (size_t)n);
	}
	return true;
}

int ra_file_read(struct ra_arena *arena, const char *path, size_t limit, struct ra_str *bytes,
		 struct ra_error *err)
{
	struct reading r = { .arena = arena, .path = path, .limit = limit, .err = err };
	int rc;

	do
		r.fd = open(path, O_RDONLY | O_CLOEXEC); /* may wait for the writer of a pipe */
	while (r.fd < 0 && errno == EINTR);
	if (r.fd < 0)
		return refuse(&r);
	rc = ra_arena_try(arena, read_bytes, &r, err);
	close(r.fd);
	*bytes = r.bytes;
	return rc;
}

static int by_name(const void *left, const void *right)
{
	return ra_str_cmp(*(const struct ra_str *)left, *(const struct ra_str *)right);
}

static int read_names(void *arg)
{
	struct reading *r = arg;
	struct dirent *entry;

	while ((entry = readdir(r->dir))) {
		struct ra_str name = ra_str(entry->d_name);

		if (name.ptr[0] != '.' && ra_str_ends(name, ra_str(r->suffix)))
			*ra_vec_push(r->arena, &r->names) = ra_str_copy(r->arena, name);
	}
	if (r->names.n)
		qsort(r->names.v, r->names.n, sizeof(*r->names.v), by_name);
	return RA_OK;
}

int ra_dir_list(struct ra_arena *arena, const char *path, const char *suffix,
		struct ra_str **names, size_t *n, struct ra_error *err)
{
	struct reading r = { .arena = arena, .path = path, .suffix = suffix, .err = err };
	int rc;

	r.dir = opendir(path);
	if (!r.dir)
		return refuse(&r);
	rc = ra_arena_try(arena, read_names, &r, err);
	closedir(r.dir);
	*names = r.names.v;
	*n = r.names.n;
	return rc;
}
