/*
 * Shell patterns over bytes, for pathspecs and .gitattributes. fnmatch(3) depends on the locale,
 * recurses, and has no '**'; libgit2 does not export its own.
 *
 * A mismatch goes back to the last '*' and lets it eat one byte more, or, when that is used up,
 * to the last '**', which eats one directory more. Earlier stars need no second try: what a later
 * one of the same kind may eat covers it. So there is no recursion, and `steps` bounds the rest.
 */
#include "core/git/internal.h"

struct place { const char *pattern, *text; };

struct match {
	const char *p, *p_end, *t, *t_end;
	const char *start;          /* of the pattern */
	struct place star, globstar; /* where to go on after a mismatch; .pattern NULL: unset */
	bool path, icase;
};

static unsigned char fold(char c, bool icase)
{
	return (unsigned char)(icase ? ra_git_lower(c) : c);
}

static bool in_range(const struct match *m, char low, char high, char c)
{
	unsigned char at = fold(c, m->icase);

	return fold(low, m->icase) <= at && at <= fold(high, m->icase);
}

/* `p` is after the '['. Returns the place after the ']', or NULL when it is missing. */
static const char *match_set(const struct match *m, const char *p, char c, bool *hit)
{
	bool negated = p < m->p_end && (*p == '!' || *p == '^'), found = false;
	const char *first = p += negated;

	for (; p < m->p_end && (*p != ']' || p == first); p++) {
		char low;

		if (*p == '\\' && p + 1 < m->p_end)
			p++;
		low = *p;
		if (p + 2 < m->p_end && p[1] == '-' && p[2] != ']')
			p += p[2] == '\\' && p + 3 < m->p_end ? 3 : 2;
		found |= in_range(m, low, *p, c);
	}
	if (p >= m->p_end)
		return NULL;
	*hit = found != negated;
	return p + 1;
}

/* Match one byte of text against what stands at m->p, and step over both. */
static bool match_one(struct match *m)
{
	const char *p = m->p, *after;
	char c = *m->t;
	bool hit;

	if (p == m->p_end || (m->path && c == '/' && *p != '/'))
		return false;
	if (*p == '?') {
		after = p + 1;
		hit = true;
	} else if (*p == '[' && (after = match_set(m, p + 1, c, &hit))) {
		/* nothing more to do */
	} else {
		if (*p == '\\' && p + 1 < m->p_end)
			p++;
		after = p + 1;
		hit = fold(*p, m->icase) == fold(c, m->icase);
	}
	if (!hit)
		return false;
	m->p = after;
	m->t++;
	return true;
}

/* '**' between slashes or ends is any number of directories; elsewhere it is a '*'. */
static bool is_globstar(const struct match *m)
{
	const char *p = m->p;

	return m->path && m->p_end - p >= 2 && p[1] == '*' && (p == m->start || p[-1] == '/') &&
	       (p + 2 == m->p_end || p[2] == '/');
}

static void take_star(struct match *m)
{
	if (is_globstar(m)) {
		m->p += m->p + 2 == m->p_end ? 2 : 3;
		m->globstar = (struct place){ m->p, m->t };
		m->star = (struct place){ NULL, NULL };
		return;
	}
	while (m->p < m->p_end && *m->p == '*')
		m->p++;
	m->star = (struct place){ m->p, m->t };
}

static bool retry(struct match *m)
{
	if (m->star.pattern && m->star.text < m->t_end && !(m->path && *m->star.text == '/')) {
		m->p = m->star.pattern;
		m->t = ++m->star.text;
		return true;
	}
	if (m->globstar.pattern && m->globstar.text < m->t_end) {
		const char *slash = memchr(m->globstar.text, '/',
					   (size_t)(m->t_end - m->globstar.text));

		if (!slash)
			return false;
		m->p = m->globstar.pattern;
		m->t = m->globstar.text = slash + 1;
		m->star = (struct place){ NULL, NULL };
		return true;
	}
	return false;
}

bool ra_git_glob(struct ra_str pattern, struct ra_str text, unsigned flags, size_t *steps)
{
	struct match m = {
		.p = pattern.ptr, .p_end = pattern.ptr + pattern.len, .start = pattern.ptr,
		.t = text.ptr, .t_end = text.ptr + text.len,
		.path = flags & RA_GLOB_PATH, .icase = flags & RA_GLOB_ICASE
	};

	while (m.t < m.t_end || m.p < m.p_end) {
		if (steps && (*steps)-- == 0) {
			*steps = 0;
			return false;
		}
		if (m.p < m.p_end && *m.p == '*')
			take_star(&m);
		else if (m.p == m.p_end && m.globstar.pattern == m.p)
			return true; /* a '**' at the end takes all that is left */
		else if ((m.t == m.t_end || !match_one(&m)) && !retry(&m))
			return false;
	}
	return true;
}
