/*
 * promise-value: a promise is used as if it were the value that it stands for.
 *
 *     if (f())  f() ? a : b  !f()          always true
 *     f() == x  `${f()}`  f() + 1          an object is compared, printed, added
 *     const v = f(); if (v == null)        the same by way of a local that holds nothing else
 *
 * Sure promises only. Silent when the local is awaited, chained on, returned or handed on before it
 * is used so: then it is kept as a promise. A question where a test may ask whether there is one.
 */
#include "core/races/tree.h"

struct misuse {
	const struct ra_fact *call;
	const struct ra_node *at;      /* where the promise is taken for a value */
	enum ra_fate fate;
	struct ra_str local;           /* that holds it; or empty */
};

static bool takes_for_value(enum ra_fate fate)
{
	return fate == RA_FATE_TESTED || fate == RA_FATE_COMPARED || fate == RA_FATE_TEXT;
}

/* Is the assignment the only one of the name in the unit? */
static bool bound_once(const struct ra_node *unit, const struct ra_node *target)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(unit, at, true)) != NULL)
		if (at->kind == RA_N_ASSIGN && at != target->up)
			for (const struct ra_node *kid = at->kids; kid && kid->next; kid = kid->next)
				if (kid->kind == RA_N_NAME && ra_str_eq(kid->text, target->text))
					return false;
	return true;
}

/* The first use of the local that takes it for a value; NULL when one before it does not. */
static const struct ra_node *use_of_local(const struct ra_facts *facts, const struct ra_node *unit,
					  const struct ra_node *target, enum ra_fate *fate)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || at->first <= target->up->last ||
		    !ra_str_eq(at->text, target->text))
			continue;
		*fate = ra_promise_end(facts, at).fate;
		return takes_for_value(*fate) && !ra_promise_end(facts, at).chained ? at : NULL;
	}
	return NULL;
}

static bool find(const struct ra_facts *facts, struct misuse *m)
{
	struct ra_end end = ra_promise_end(facts, m->call->node);
	const struct ra_node *unit = facts->shape->units.v[m->call->unit].node, *target;

	m->fate = end.fate;
	m->at = m->call->node;
	if (takes_for_value(end.fate))
		return true;
	if (end.fate != RA_FATE_BOUND || end.maybe || end.chained)
		return false;
	target = ra_tree_target(end.last);
	m->local = target->text;
	if (!m->call->unit || !ra_tree_pairs(facts, m->call->unit))
		return false;
	m->at = use_of_local(facts, unit, target, &m->fate);
	if (!m->at)
		return false;
	/* a name of its own is worth nothing else; any other is right behind the assignment */
	if (target->up->flags & RA_F_DECLARE)
		return bound_once(unit, target);
	return ra_node_statement(m->at)->up == target->up->up && bound_once(unit, target);
}

static const char *what_of(enum ra_fate fate)
{
	return fate == RA_FATE_TESTED ? "tested: it is always true" :
	       fate == RA_FATE_COMPARED ? "compared: it equals nothing else" :
	       "made into text or a number: it says nothing of the value";
}

static void report(struct ra_detection *d, const struct misuse *m)
{
	struct ra_candidate *c = m->local.len
		? ra_candidate_node(d, m->call->unit, m->call->node, m->call->name)
		: ra_candidate_at(d, m->call, m->call->name);

	if (!c)
		return;
	c->question |= d->facts->units[m->call->unit].test;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(m->call->name));
	ra_candidate_var(d, c, "local", "%.*s", RA_FMT(m->local));
	ra_candidate_var(d, c, "what", "%s", what_of(m->fate));
	ra_candidate_var(d, c, "used", "%u", ra_node_line(d->facts->shape, m->at));
	ra_candidate_event(d, c, "call", m->call, "gives a promise");
	ra_candidate_step(d, c, "Task A", m->call->line, true, "starts `%.*s`",
			  RA_FMT(m->call->name));
	ra_candidate_step(d, c, "Task A", ra_node_line(d->facts->shape, m->at), true,
			  "the promise is %s", what_of(m->fate));
	ra_candidate_step(d, c, "Task B", 0, true, "the work ends, and nobody looks at its value");
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct misuse m = { .call = ra_fact(d->facts, (uint32_t)i) };

		if (m.call->promise == RA_PROMISE_SURE && m.call->node->kind == RA_N_CALL &&
		    !(m.call->flags & RA_FACT_INLINED) && !ra_fact_is_access(m.call->kind) &&
		    find(d->facts, &m))
			report(d, &m);
	}
}

const struct ra_detector ra_detect_promise_value = {
	.name = "promise-value",
	.help = "a promise that is tested, compared or printed as if it were its value",
	.params = "",
	.vars = "call local what used",
	.run = run,
};
