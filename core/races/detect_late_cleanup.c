/*
 * late-cleanup: a generator that is a context manager cleans up after its yield, unprotected.
 *
 *     acquire; yield; release    what is raised at the yield skips the release
 *     write S = a; yield; write S = b    S keeps a
 *
 * The clean-up is what undoes something: it releases, closes, cancels, wakes, deletes, or writes a
 * state that was written before the yield. Silent when the yield stands in a `try` with `finally`
 * or a handler, for a cancel where a scope around the yield cancels by itself, and for generators
 * without a decorator of the card. A question in tests.
 */
#include "core/races/tree.h"

static bool is_protected(const struct ra_node *yield)
{
	const struct ra_node *node, *up;

	for (node = yield; (up = node->up) && up->kind != RA_N_FUNCTION; node = up)
		if (up->kind == RA_N_TRY && node == up->kids)
			return true;
	return false;
}

static bool undoes_by_row(const struct ra_facts *facts, const struct ra_node *yield,
			  const struct ra_api_row *row)
{
	const struct ra_node *with;

	if (ra_api_with(row, RA_EFFECT_CANCEL)) /* a scope cancels by itself when its body raises */
		return !ra_tree_scope(facts, yield, true, &with);
	return ra_api_with(row, RA_EFFECT_CLOSE) || ra_api_with(row, RA_EFFECT_RELEASE) ||
	       ra_api_with(row, RA_EFFECT_WAKE);
}

/* What `after` undoes, in words; NULL when it undoes nothing. */
static const char *undoes(const struct ra_facts *facts, const struct ra_unit_facts *unit,
			  const struct ra_node *yield, const struct ra_fact *after)
{
	if (after->kind == RA_FACT_RELEASE)
		return "the release";
	if (after->kind == RA_FACT_DELETE)
		return "the removal";
	if (!ra_fact_is_access(after->kind) && undoes_by_row(facts, yield, after->row))
		return "the clean-up";
	if (after->kind != RA_FACT_WRITE && after->kind != RA_FACT_UPDATE)
		return NULL;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *before = ra_fact(facts, unit->first + i);

		if (before->state == after->state && ra_fact_changes(before->kind) &&
		    ra_fact_same_key(before, after) &&
		    ra_tree_follows(facts->shape, yield, before->node))
			return "the write that restores it";
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_node *yield, const struct ra_fact *after,
		   const char *what)
{
	struct ra_str words = ra_fact_words(d->arena, d->facts, after);
	struct ra_candidate *c = ra_candidate_node(d, after->unit, yield, words);
	uint32_t line = ra_node_line(d->facts->shape, yield);

	if (!c)
		return;
	c->question |= d->facts->units[after->unit].test;
	ra_candidate_var(d, c, "cleanup", "%.*s", RA_FMT(words));
	ra_candidate_event(d, c, "act", after, "%s is skipped when the body raises", what);
	ra_candidate_step(d, c, "Task A", line, false, "yields: the body of the `with` runs");
	ra_candidate_step(d, c, "Task A", line, true,
			  "the body raises or is cancelled: the exception comes out of the yield");
	ra_candidate_step(d, c, "Task A", after->line, true, "%s is never reached (%.*s)", what,
			  RA_FMT(words));
	ra_candidate_step(d, c, "Task B", 0, true, "finds what A has left behind");
}

static void look(struct ra_detection *d, const struct ra_node *yield)
{
	const struct ra_unit_facts *unit = &d->facts->units[yield->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *after = ra_fact(d->facts, unit->first + i);
		const char *what;

		if (after->flags & RA_FACT_INLINED ||
		    !ra_tree_follows(d->facts->shape, after->node, yield))
			continue;
		what = undoes(d->facts, unit, yield, after);
		if (what) {
			report(d, yield, after, what);
			return;
		}
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		if (at->kind == RA_N_YIELD && ra_tree_pairs(d->facts, at->unit) &&
		    !is_protected(at) &&
		    ra_tree_decorated(d, at->unit, "managers"))
			look(d, at);
}

const struct ra_detector ra_detect_late_cleanup = {
	.name = "late-cleanup",
	.help = "clean-up after the yield of a context manager, skipped when the body raises",
	.params = "managers",
	.vars = "cleanup",
	.run = run,
};
