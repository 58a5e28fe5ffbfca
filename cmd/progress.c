/*
 * What a person at a terminal sees and does while an audit runs: how far it is, and Ctrl-C.
 */
#include "cmd/cmd.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static const double FIRST_AFTER = 1.0, NEXT_AFTER = 0.1;

/* A handler can reach nothing but a global. */
static volatile sig_atomic_t caught;

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

void progress_start(struct progress *progress, enum when when)
{
	if (when == WHEN_AUTO)
		when = isatty(STDERR_FILENO) ? WHEN_AUTO : WHEN_NEVER;
	*progress = (struct progress){ .when = when, .start = now() };
}

double progress_seconds(const struct progress *progress)
{
	return now() - progress->start;
}

bool progress_step(struct progress *progress, size_t done, size_t total)
{
	double at = now();
	bool due = progress->when == WHEN_ALWAYS ||
		   (progress->when == WHEN_AUTO && at - progress->start >= FIRST_AFTER);

	if (done == total && progress->drawn > 0) {
		fputs("\r\033[K", stderr);
		progress->drawn = 0;
	} else if (done < total && due && at - progress->drawn >= NEXT_AFTER) {
		fprintf(stderr, "\rauditing files: %3zu%% (%zu/%zu)", done * 100 / total, done,
			total);
		progress->drawn = at;
	}
	return caught != 0;
}

static void note_signal(int number)
{
	caught = number;
}

void signals_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

int signals_caught(void)
{
	return caught;
}
