/*
 * misplaced-call: an API that is wrong in the place where it is called. The card says which calls
 * (full names, or `.method` of any receiver) and where:
 *
 *     async    in a unit that runs on an event loop
 *     thread   in a unit that runs in a thread of its own
 *     import   when the module is imported: at its top level or in a class body
 *     make     in the construction of an object, outside a coroutine
 *     any      anywhere
 *
 * With `kinds` the card means every call that makes a value of these kinds for tasks of one loop.
 * `binds_before` is the version of the language up to which such a value belongs to the loop that is
 * there when it is made. Code that is known not to run on an older one is silent in construction and
 * asked at import; code of which that is not known is asked in construction. Silent where the
 * construction gives a loop, or looks for one.
 * Silent for calls that are awaited, and at import below a test for being run as a program.
 */
#include "core/races/tree.h"

static bool is_meant(const struct ra_detection *d, const struct ra_fact *call)
{
	const struct ra_api_row *made = ra_api_with(call->row, RA_EFFECT_NEW);
	struct ra_str method;

	if (ra_card_has(d->card, "calls", ra_cstr(d->arena, call->name)))
		return true;
	method = call->node->kind == RA_N_CALL && call->node->kids->kind == RA_N_MEMBER ?
		 call->node->kids->text : RA_STR("");
	if (method.len && ra_card_has(d->card, "calls",
				      ra_printf(d->arena, ".%.*s", RA_FMT(method)).ptr))
		return true;
	return made && made->arg != RA_API_RECEIVER && (made->flags & RA_API_ASYNC) &&
	       (made->runtimes & RA_RT_ASYNCIO) &&
	       ra_card_has(d->card, "kinds", ra_kind_name(made->kind));
}

/* Below `if __name__ == "__main__"`, or any test: not simply by importing. */
static bool is_conditional(const struct ra_fact *call)
{
	return ra_tree_around(call->node, RA_N_IF) != NULL;
}

/* Handed itself to a thread or pool: what it calls may run elsewhere, too. */
static bool is_thread_target(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	return u->in_thread && u->self.fact != RA_NONE &&
	       ra_fact(facts, u->self.fact)->kind == RA_FACT_SPAWN &&
	       ra_fact(facts, u->self.fact)->callee == unit;
}

static bool in_construction(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_unit_facts *unit = &facts->units[call->unit];

	return unit->constructs && !unit->is_async &&
	       !(facts->shape->units.v[call->unit].flags & RA_U_MODULE);
}

/* Does the construction give it a loop, or look for the one that it means? */
static bool minds_its_loop(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_node *root = facts->shape->units.v[call->unit].node, *at = NULL;

	if (call->node->kind == RA_N_CALL && ra_tree_keyword(call->node, RA_STR("loop")))
		return true;
	while ((at = ra_node_walk(root, at, false)) != NULL)
		if (at->kind == RA_N_CALL && ra_str_ends(ra_tree_last_word(at), RA_STR("_loop")))
			return true;
	return false;
}

/* Is the code known to run on no version that binds what is made to a loop? */
static bool binds_later(const struct ra_detection *d)
{
	uint32_t binds = ra_version_read(ra_card_param(d->card, "binds_before"));

	return binds && d->facts->source->version >= binds;
}

/* The unit's place in words, or NULL when the card does not mean it. */
static const char *place(const struct ra_detection *d, const struct ra_fact *call)
{
	const struct ra_unit *unit = &d->facts->shape->units.v[call->unit];
	const struct ra_unit_facts *facts = &d->facts->units[call->unit];

	if (ra_card_has(d->card, "in", "any"))
		return "here";
	if (ra_card_has(d->card, "in", "async") && facts->is_async)
		return "on a running event loop";
	if (ra_card_has(d->card, "in", "thread") && !facts->is_async &&
	    is_thread_target(d->facts, call->unit))
		return "in a thread that has no event loop";
	if (ra_card_has(d->card, "in", "import") && (unit->flags & RA_U_MODULE) &&
	    !is_conditional(call))
		return "while the module is imported";
	if (ra_card_has(d->card, "in", "make") && in_construction(d->facts, call) &&
	    !binds_later(d) && !minds_its_loop(d->facts, call))
		return "in the construction of an object";
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *call, const char *where)
{
	struct ra_candidate *c = ra_candidate_at(d, call, call->name);

	if (!c)
		return;
	c->question |= d->facts->units[call->unit].test || binds_later(d) ||
		       (ra_card_has(d->card, "in", "make") && !d->facts->source->version &&
			in_construction(d->facts, call));
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(call->name));
	ra_candidate_var(d, c, "where", "%s", where);
	ra_candidate_event(d, c, "call", call, "called %s", where);
	ra_candidate_step(d, c, "Task A", call->line, true, "calls `%.*s` %s",
			  RA_FMT(call->name), where);
	ra_candidate_step(d, c, "Task B", 0, true, "runs meanwhile, elsewhere");
	ra_candidate_step(d, c, "Task A", call->line, true, "goes on with what the call gave");
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(d->facts, (uint32_t)i);
		const char *where;

		if (ra_fact_is_access(call->kind) || call->kind == RA_FACT_CHECKPOINT ||
		    call->kind == RA_FACT_LEAVE || call->kind == RA_FACT_SPAWN ||
		    (call->flags & RA_FACT_INLINED) || call->how == RA_USE_AWAITED ||
		    !is_meant(d, call))
			continue;
		where = place(d, call);
		if (where)
			report(d, call, where);
	}
}

const struct ra_detector ra_detect_misplaced_call = {
	.name = "misplaced-call",
	.help = "a call that is wrong where it stands: on a loop, in a thread, at import",
	.params = "calls kinds in binds_before",
	.vars = "call where",
	.run = run,
};
