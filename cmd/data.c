/*
 * Where cards, templates and defaults are: beside the program. Going up from where it lies, the
 * first of <dir>/share/git-race-audit (installed) and <dir> itself (the tree it was built in) that
 * holds them.
 */
#include "cmd/cmd.h"

#include <limits.h>
#include <unistd.h>

enum { LEVELS_UP = 3 };

static bool holds_data(struct ra_arena *arena, const char *dir)
{
	return access(ra_printf(arena, "%s/patterns", dir).ptr, R_OK) == 0 &&
	       access(ra_printf(arena, "%s/config.ini", dir).ptr, R_OK) == 0;
}

int data_find(struct ra_arena *arena, const char **dir, struct ra_error *err)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (n < 0)
		return ra_fail(err, RA_EUSAGE, "cannot tell where the program is; mount /proc");
	program[n] = '\0';
	for (int level = 0; level <= LEVELS_UP && (slash = strrchr(program, '/')); level++) {
		*slash = '\0';
		*dir = ra_printf(arena, "%s/share/git-race-audit", program).ptr;
		if (holds_data(arena, *dir))
			return RA_OK;
		*dir = ra_printf(arena, "%s", program).ptr;
		if (holds_data(arena, *dir))
			return RA_OK;
	}
	return ra_fail(err, RA_EUSAGE, "no 'share/git-race-audit' near the program; run 'make "
		       "install'");
}

const char *const *card_dirs(struct invocation *invocation)
{
	RA_VEC(const char *) dirs = { 0 };

	*ra_vec_push(invocation->arena, &dirs) =
		ra_printf(invocation->arena, "%s/patterns", invocation->data).ptr;
	for (size_t i = 0; invocation->settings.rules && invocation->settings.rules[i]; i++)
		*ra_vec_push(invocation->arena, &dirs) = invocation->settings.rules[i];
	*ra_vec_push(invocation->arena, &dirs) = NULL;
	return dirs.v;
}
