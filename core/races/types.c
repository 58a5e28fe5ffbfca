/*
 * The vocabulary: race types, their classes, severities, confidences. Names are those that
 * cards, --rule, suppressions and the JSON use; a new one is a row here and a card.
 */
#include "core/races/internal.h"

static const struct ra_race_type race_types[] = {
	{ "check-then-act", "state", "Check-then-act" },
	{ "read-modify-write", "state", "Read-modify-write" },
	{ "iteration-mutation", "state", "Mutation during iteration" },
	{ "lazy-init", "state", "Lazy initialization" },
	{ "singleton", "state", "Unguarded singleton" },
	{ "async-state-mutation", "state", "Shared state across a checkpoint" },
	{ "atomicity-gap", "state", "Atomicity gap" },
	{ "missing-guard", "state", "Missing guard" },
	{ "lifetime-mismatch", "state", "Lifetime mismatch" },
	{ "stale-reference", "state", "Stale reference" },
	{ "shared-counter-key", "state", "Counter shared by keys" },
	{ "captured-variable-race", "state", "Race on a captured variable" },
	{ "loop-var-capture", "state", "Captured loop variable" },
	{ "stale-closure", "state", "Stale closure" },
	{ "fs-toctou", "state", "File system check-then-act" },
	{ "lock-order", "lock", "Lock order inversion" },
	{ "double-lock", "lock", "Double lock" },
	{ "missing-unlock", "lock", "Missing unlock" },
	{ "lock-copy", "lock", "Copied lock" },
	{ "lock-across-await", "lock", "Lock held across a checkpoint" },
	{ "lock-across-channel-op", "lock", "Lock held across a channel operation" },
	{ "wrong-lock-kind", "lock", "Wrong kind of lock" },
	{ "fire-and-forget", "task", "Fire-and-forget task" },
	{ "floating-promise", "task", "Floating promise" },
	{ "missing-await", "task", "Missing await" },
	{ "detached-task", "task", "Detached task" },
	{ "dropped-joinhandle", "task", "Dropped join handle" },
	{ "goroutine-leak", "task", "Goroutine leak" },
	{ "context-manager-escape", "task", "Task outlives its context manager" },
	{ "waitgroup-misuse", "task", "WaitGroup misuse" },
	{ "async-executor", "task", "Async promise executor" },
	{ "async-callback-misuse", "task", "Async callback where none is awaited" },
	{ "unhandled-rejection", "task", "Unhandled rejection" },
	{ "swallowed-error", "task", "Swallowed error" },
	{ "swallowed-cancellation", "cancel", "Swallowed cancellation" },
	{ "missing-cancel", "cancel", "Missing cancel" },
	{ "select-no-cancel", "cancel", "Select without a cancel case" },
	{ "missing-timeout", "cancel", "Missing time-out" },
	{ "missing-abort", "cancel", "Missing abort" },
	{ "unbounded-wait-in-cleanup", "cancel", "Unbounded wait in clean-up" },
	{ "await-in-finally", "cancel", "Await in clean-up" },
	{ "except-checkpoint-masking", "cancel", "Checkpoint in an exception handler" },
	{ "event-set-no-switch", "cancel", "Wake-up taken for a switch" },
	{ "blocking-in-async", "blocking", "Blocking call in async code" },
	{ "event-loop-creation", "blocking", "Event loop of the wrong thread" },
	{ "capture-pipe-fill", "blocking", "Pipe that nobody drains" },
	{ "busy-wait", "blocking", "Busy wait" },
	{ "unbounded-fanout", "bound", "Unbounded fan-out" },
	{ "await-in-loop", "bound", "Serial await in a loop" },
	{ "unbounded-queue", "bound", "Unbounded queue" },
	{ "unbounded-channel", "bound", "Unbounded channel" },
	{ "channel-close-misuse", "channel", "Channel close misuse" },
};

static const struct ra_race_class race_classes[] = {
	{ "toctou", "TOCTOU (time of check to time of use)" },
	{ "stale-reference", "Stale reference" },
	{ "lifetime-mismatch", "Lifetime mismatch" },
	{ "missing-guard", "Missing guard" },
	{ "atomicity-gap", "Atomicity gap" },
	{ "deadlock", "Deadlock" },
	{ "lost-task", "Lost task" },
	{ "blocking", "Blocking" },
	{ "unbounded", "Unbounded" },
};

static const char *const severities[RA_SEV_COUNT] = { "low", "medium", "high" };
static const char *const confidences[RA_CONF_COUNT] = { "low", "medium", "high" };

const struct ra_race_type *ra_race_types(size_t *n)
{
	*n = RA_COUNT(race_types);
	return race_types;
}

const struct ra_race_class *ra_race_classes(size_t *n)
{
	*n = RA_COUNT(race_classes);
	return race_classes;
}

const struct ra_race_type *ra_race_type(struct ra_str name)
{
	for (size_t i = 0; i < RA_COUNT(race_types); i++)
		if (ra_str_is(name, race_types[i].name))
			return &race_types[i];
	return NULL;
}

const struct ra_race_class *ra_race_class(struct ra_str name)
{
	for (size_t i = 0; i < RA_COUNT(race_classes); i++)
		if (ra_str_is(name, race_classes[i].name))
			return &race_classes[i];
	return NULL;
}

static int position(const char *const *names, int n, struct ra_str name)
{
	for (int i = 0; i < n; i++)
		if (ra_str_is(name, names[i]))
			return i;
	return -1;
}

const char *ra_severity_name(enum ra_severity severity)
{
	return severities[severity];
}

const char *ra_confidence_name(enum ra_confidence confidence)
{
	return confidences[confidence];
}

int ra_severity_named(struct ra_str name)
{
	return position(severities, RA_SEV_COUNT, name);
}

int ra_confidence_named(struct ra_str name)
{
	return position(confidences, RA_CONF_COUNT, name);
}
