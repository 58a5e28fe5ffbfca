/*
 * Matching under limits: machine code only, a stack of its own, a match limit, and a clock.
 *
 * One call of PCRE2 tries every start in the subject and cannot be interrupted, so a call is given
 * OFFSETS starts at a time and the clock is read in between. It is the thread's processor time,
 * so that a busy machine changes nothing; a pattern that passed its trial is far from it.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/races/internal.h"

#include <pcre2.h>
#include <time.h>

enum { MATCH_LIMIT = 100000, STACK_LEAST = 32 * 1024, STACK_MOST = 1024 * 1024, OFFSETS = 2048 };

/* Of one card over one file, or over one nasty subject. */
#define BUDGET_NS UINT64_C(500000000)

struct ra_matcher {
	struct ra_arena arena;      /* holds this struct */
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
	uint64_t deadline;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

int ra_matcher_open(struct ra_matcher **out, struct ra_error *err)
{
	struct ra_arena arena;
	struct ra_matcher *m;

	ra_arena_init(&arena, "matcher", 0);
	m = ra_new(&arena, struct ra_matcher);
	m->context = pcre2_match_context_create(NULL);
	m->data = pcre2_match_data_create(RA_PATTERN_CAPTURES + 1, NULL);
	m->stack = pcre2_jit_stack_create(STACK_LEAST, STACK_MOST, NULL);
	m->arena = arena;
	if (!m->context || !m->data || !m->stack) {
		ra_matcher_close(m);
		return ra_fail(err, RA_ENOMEM, "PCRE2 has no memory, or was built without JIT");
	}
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_jit_stack_assign(m->context, NULL, m->stack);
	*out = m;
	return 0;
}

void ra_matcher_close(struct ra_matcher *m)
{
	struct ra_arena arena = m->arena;

	pcre2_jit_stack_free(m->stack);
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	ra_arena_release(&arena);
}

void ra_matcher_start(struct ra_matcher *m)
{
	m->deadline = now() + BUDGET_NS;
}

static const char *reason(int rc)
{
	if (rc == PCRE2_ERROR_MATCHLIMIT)
		return "backtracks too often";
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		return "needs too much stack";
	return "cannot be matched";
}

static void read_match(const struct ra_matcher *m, const struct ra_pattern *pattern, int pairs,
		       struct ra_match *out)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);

	out->whole = (struct ra_span){ at[0], at[1] };
	for (uint32_t i = 0; i < pattern->n_groups; i++) {
		uint32_t number = pattern->groups[i].number;
		bool set = (int)number < pairs && at[2 * number] != PCRE2_UNSET;

		out->groups[i] = set ? (struct ra_span){ at[2 * number], at[2 * number + 1] } :
				       (struct ra_span){ 1, 0 };
	}
}

int ra_matcher_next(struct ra_matcher *m, const struct ra_pattern *pattern, struct ra_str subject,
		    size_t *at, struct ra_match *out, const char **why)
{
	int rc = PCRE2_ERROR_NOMATCH;

	while (rc == PCRE2_ERROR_NOMATCH && *at < subject.len) {
		if (now() > m->deadline) {
			*why = "takes too long";
			return RA_ELIMIT;
		}
		pcre2_set_offset_limit(m->context, *at + OFFSETS - 1);
		rc = pcre2_jit_match(pattern->code, (PCRE2_SPTR)subject.ptr, subject.len, *at,
				     PCRE2_NOTEMPTY, m->data, m->context);
		if (rc == PCRE2_ERROR_NOMATCH)
			*at += OFFSETS;
	}
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0) {
		*why = reason(rc);
		return RA_ELIMIT;
	}
	read_match(m, pattern, rc, out);
	*at = out->whole.to > *at ? out->whole.to : *at + 1;
	return 1;
}
