/*
 * unstopped: what runs until it is stopped is made, and its unit ends without a stop.
 *
 *     t = make(..) < only `harmless` uses of t < the unit ends
 *
 * Silent when t is used in any other way: stopped, returned, stored, handed on; when the unit never
 * ends by itself; and in tests.
 */
#include "core/races/tree.h"

/* Is the name used to get at something harmless of what it holds: `t.C`? */
static bool is_harmless(const struct ra_detection *d, const struct ra_node *name)
{
	const struct ra_node *up = name->up;

	return up->kind == RA_N_MEMBER && up->kids == name &&
	       ra_card_has(d->card, "harmless", ra_cstr(d->arena, up->text));
}

static bool only_harmless(const struct ra_detection *d, const struct ra_fact *made)
{
	const struct ra_node *root = d->facts->shape->units.v[made->unit].node, *at = NULL;

	while ((at = ra_node_walk(root, at, true)) != NULL)
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, made->bound) &&
		    at->first > made->node->last && !is_harmless(d, at))
			return false;
	return true;
}

static bool ends(const struct ra_facts *facts, uint32_t unit)
{
	uint32_t block = facts->shape->units.v[unit].block;

	return block && (facts->shape->blocks.v[block].exits & (RA_X_FALLS | RA_X_RETURN));
}

static void report(struct ra_detection *d, const struct ra_fact *made)
{
	struct ra_candidate *c = ra_candidate_at(d, made, made->bound);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(made->bound));
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(made->name));
	ra_candidate_event(d, c, "act", made, "nothing stops it");
	ra_candidate_step(d, c, "Task A", made->line, false, "makes `%.*s`",
			  RA_FMT(made->bound));
	ra_candidate_step(d, c, "Task A", 0, true, "ends, and `%.*s` runs on",
			  RA_FMT(made->bound));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *made = ra_fact(facts, (uint32_t)i);

		if (made->kind != RA_FACT_CALL || (made->flags & RA_FACT_INLINED) ||
		    made->how != RA_USE_BOUND || !made->bound.len ||
		    facts->units[made->unit].test ||
		    !ra_card_has(d->card, "calls", ra_cstr(d->arena, made->name)) ||
		    !ends(facts, made->unit) || !only_harmless(d, made))
			continue;
		report(d, made);
	}
}

const struct ra_detector ra_detect_unstopped = {
	.name = "unstopped",
	.help = "what runs until it is stopped, made by a unit that ends without a stop",
	.params = "calls harmless",
	.vars = "call",
	.run = run,
};
