/*
 * Patterns of cards: compiled to machine code, or refused. A pattern is untrusted text; what can
 * be seen of it is refused by name, and what cannot is tried out on subjects that are the worst
 * case for one kind of pattern or another.
 *
 * Measured with PCRE2 10.42: the match limit begins anew at each offset, so it stops patterns that
 * explode at one place, but lets through those that look at the whole subject from every place
 * (`(?s)(?:(?!q).)*[XY]`: 4 s for 64 KiB). For these there is the clock of matcher.c.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/races/internal.h"

#include <pcre2.h>

enum { NESTING_MAX = 100, TRIAL_MATCHES = 64 };

/* Repeated to fill a window. */
static const char *const nasty[] = {
	"a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", " ", "\n", "(", ")", "()", "a.", "a ", "\t", "\"",
	"x = x\n",
};

static int refuse(struct ra_error *err, const char *why)
{
	return ra_fail(err, RA_EPARSE, "%s", why);
}

static int stop_at_callout(pcre2_callout_enumerate_block *block, void *arg)
{
	(void)block;
	(void)arg;
	return 1;
}

static bool sets_limits(const pcre2_code *code)
{
	static const uint32_t limits[] = { PCRE2_INFO_MATCHLIMIT, PCRE2_INFO_DEPTHLIMIT,
					   PCRE2_INFO_HEAPLIMIT };
	uint32_t value;

	for (size_t i = 0; i < RA_COUNT(limits); i++)
		if (pcre2_pattern_info(code, limits[i], &value) == 0)
			return true;
	return false;
}

static uint32_t info(const pcre2_code *code, uint32_t what)
{
	uint32_t value = 0;

	pcre2_pattern_info(code, what, &value);
	return value;
}

static int check_code(pcre2_code *code, struct ra_error *err)
{
	size_t machine_code = 0;

	if (sets_limits(code))
		return refuse(err, "a pattern may not set limits");
	if (pcre2_callout_enumerate(code, stop_at_callout, NULL) != 0)
		return refuse(err, "a pattern may not have callouts");
	if (info(code, PCRE2_INFO_MATCHEMPTY))
		return refuse(err, "the pattern can match nothing at all");
	if (info(code, PCRE2_INFO_CAPTURECOUNT) > RA_PATTERN_CAPTURES)
		return refuse(err, "the pattern has more than 31 groups; use (?:...)");
	if (info(code, PCRE2_INFO_NAMECOUNT) > RA_PATTERN_GROUPS)
		return refuse(err, "the pattern has more than 16 named groups");
	if (info(code, PCRE2_INFO_JCHANGED))
		return refuse(err, "a pattern may not use a name for two groups");
	if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0 ||
	    pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &machine_code) != 0 || !machine_code)
		return refuse(err, "the pattern cannot be compiled to machine code");
	return 0;
}

static void read_groups(struct ra_arena *arena, struct ra_pattern *pattern)
{
	const pcre2_code *code = pattern->code;
	uint32_t size = info(code, PCRE2_INFO_NAMEENTRYSIZE);
	const unsigned char *table = NULL;

	pattern->n_groups = info(code, PCRE2_INFO_NAMECOUNT);
	pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
	for (uint32_t i = 0; i < pattern->n_groups; i++, table += size)
		pattern->groups[i] = (struct ra_pattern_group){
			.name = ra_cstr(arena, ra_str((const char *)table + 2)),
			.number = (uint32_t)table[0] << 8 | table[1],
		};
}

/* Match every nasty subject to its end, as a file would be. */
static int try_out(struct ra_matcher *matcher, const struct ra_pattern *pattern,
		   struct ra_error *err)
{
	char window[RA_WINDOW_BYTES];
	struct ra_match match;
	const char *why;

	for (size_t i = 0; i < RA_COUNT(nasty); i++) {
		struct ra_str subject = ra_str_n(window, RA_WINDOW_BYTES), unit = ra_str(nasty[i]);
		size_t at = 0;
		int found = 1;

		for (size_t k = 0; k < subject.len; k++)
			window[k] = unit.ptr[k % unit.len];
		ra_matcher_start(matcher);
		for (int n = 0; found > 0 && n < TRIAL_MATCHES; n++)
			found = ra_matcher_next(matcher, pattern, subject, &at, &match, &why);
		if (found < 0)
			return ra_fail(err, RA_EPARSE, "the pattern %s on a text of repeated '%s'; "
				       "bound its repetitions, or make them possessive", why,
				       unit.ptr[0] == '\n' ? "\\n" : unit.ptr);
	}
	return 0;
}

static pcre2_code *compile(struct ra_str text, size_t *at, struct ra_error *err)
{
	const uint32_t options = PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF |
				 PCRE2_NEVER_UCP | PCRE2_USE_OFFSET_LIMIT;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	unsigned char why[160];
	pcre2_code *code;
	int number = 0;

	if (!context) {
		ra_fail(err, RA_ENOMEM, "out of memory");
		return NULL;
	}
	pcre2_set_parens_nest_limit(context, NESTING_MAX);
	code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, &number, at, context);
	pcre2_compile_context_free(context);
	if (code)
		return code;
	pcre2_get_error_message(number, why, sizeof(why));
	refuse(err, (const char *)why);
	return NULL;
}

int ra_pattern_compile(struct ra_arena *arena, struct ra_str text, struct ra_pattern **out,
		       size_t *at, struct ra_error *err)
{
	struct ra_pattern *pattern = ra_new(arena, struct ra_pattern);
	int rc;

	*at = 0;
	if (text.len > RA_PATTERN_BYTES)
		return refuse(err, "the pattern is longer than 8192 bytes");
	pattern->code = compile(text, at, err);
	if (!pattern->code)
		return RA_EPARSE;
	*at = 0;
	*out = pattern;
	rc = check_code(pattern->code, err);
	if (!rc)
		read_groups(arena, pattern);
	return rc;
}

int ra_pattern_try(const struct ra_pattern *pattern, struct ra_error *err)
{
	struct ra_matcher *matcher;
	int rc = ra_matcher_open(&matcher, err);

	if (rc)
		return rc;
	rc = try_out(matcher, pattern, err);
	ra_matcher_close(matcher);
	return rc;
}

void ra_pattern_close(struct ra_pattern *pattern)
{
	if (pattern)
		pcre2_code_free(pattern->code);
}

int ra_pattern_group(const struct ra_pattern *pattern, struct ra_str name)
{
	for (uint32_t i = 0; i < pattern->n_groups; i++)
		if (ra_str_is(name, pattern->groups[i].name))
			return (int)i;
	return -1;
}
