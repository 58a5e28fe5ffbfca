/*
 * scan: operands of `scan` -> the files to audit, in the same plain values that a repository
 * gives. Files are taken as they are named; directories are walked, hidden entries and symlinks
 * in them left out.
 */
#ifndef RA_SCAN_H
#define RA_SCAN_H

#include "core/git/git.h"

/*
 * Fill out->files, sorted by path, each once. An operand that cannot be read is listed with that
 * as its reason.
 */
void ra_scan_select(struct ra_arena *arena, const char *const *paths,
		    struct ra_git_selection *out);

/* The regular files directly in a directory ("" for the one we are in), by name. */
int ra_scan_directory(struct ra_arena *arena, struct ra_str directory, struct ra_git_file **files,
		      size_t *n, struct ra_error *err);

#endif
