/*
 * pager: long texts, shown as git shows them.
 */
#include "cmd/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The command; NULL when there is to be none. */
static const char *choose(const char *configured)
{
	const char *candidates[] = { getenv("GIT_PAGER"), configured, getenv("PAGER"), "less" };
	size_t i = 0;

	if (!isatty(STDOUT_FILENO))
		return NULL;
	while (!candidates[i])
		i++;
	return *candidates[i] && strcmp(candidates[i], "cat") != 0 ? candidates[i] : NULL;
}

static void become(const char *command, const int ends[2])
{
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* False when no pager could be started: nothing has been shown then. */
static bool show_through(const char *command, struct ra_str text)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int ends[2], status = 0;
	pid_t child;

	if (pipe(ends) != 0)
		return false;
	child = fork();
	if (child == 0)
		become(command, ends);
	close(ends[0]);
	if (child > 0) {
		sigaction(SIGPIPE, &ignore, &before); /* who has read enough leaves */
		ra_file_write(ends[1], text);
		sigaction(SIGPIPE, &before, NULL);
	}
	close(ends[1]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

int pager_show(struct ra_str text, const char *configured, struct ra_error *err)
{
	const char *command = choose(configured);

	if (command && show_through(command, text))
		return RA_OK;
	if (!ra_file_write(STDOUT_FILENO, text))
		return ra_fail(err, RA_EIO, "cannot write to standard output: %s",
			       strerror(errno));
	return RA_OK;
}
