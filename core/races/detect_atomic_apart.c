/*
 * atomic-apart: steps that are whole by themselves, of a variable that is used so.
 *
 *     shape = changed    change X, its result dropped < a test of X in the same run: what is
 *                        decided on may be another task's change
 *     shape = tested     test X < write X on a side of the test: two tasks both pass the test
 *     shape = mixed      X is touched by atomic steps, and plainly elsewhere; what it is a field of
 *                        is copied whole elsewhere
 *
 * Silent under one lock over both, for what cannot run beside itself, when the change is made by
 * compare-and-swap, and when all that the side does is to set X to a constant.
 */
#include "core/races/internal.h"
#include "core/races/joins.h"

static bool is_atomic(const struct ra_fact *fact)
{
	return ra_fact_is_access(fact->kind) && (fact->flags & RA_FACT_ATOMIC) &&
	       !(fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) && !fact->key.len;
}

/* ... or of what is atomic by its type. */
static bool is_whole(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return is_atomic(fact) || (ra_fact_is_access(fact->kind) && !fact->key.len &&
				   !(fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) &&
				   facts->states.v[fact->state].kind == RA_KIND_ATOMIC);
}

static bool is_swap(const struct ra_fact *fact)
{
	return ra_str_find(fact->name, RA_STR("ompareAnd")) >= 0 ||
	       ra_str_find(fact->name, RA_STR("compare_")) >= 0 ||
	       ra_str_find(fact->name, RA_STR("CAS")) >= 0;
}

static bool same_object(const struct ra_fact *a, const struct ra_fact *b)
{
	return a->state == b->state && ra_str_eq(a->base, b->base);
}

/* Is the state reached by several tasks at a time, or by several runs of the unit? */
static bool overlaps(const struct ra_detection *d, const struct ra_fact *fact, struct ra_evidence *why)
{
	const struct ra_fact *other = ra_fact_conflict(d->facts, fact->unit, fact->state, NULL,
						       RA_KINDS_CHANGES, why);

	return other && why->strength >= RA_TOGETHER_PUBLIC;
}

static void report(struct ra_detection *d, const struct ra_fact *first, const struct ra_fact *second,
		   const struct ra_evidence *why)
{
	const struct ra_state *state = &d->facts->states.v[first->state];
	struct ra_candidate *c = ra_candidate_at(d, second, state->name);
	struct ra_str one, two;

	if (!c)
		return;
	one = ra_shorten(d->arena, ra_node_text(d->facts->shape, first->node));
	two = ra_shorten(d->arena, ra_node_text(d->facts->shape, second->node));
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "first", "%.*s", RA_FMT(one));
	ra_candidate_var(d, c, "second", "%.*s", RA_FMT(two));
	ra_candidate_line(d, c, "first_line", first->line);
	ra_candidate_var(d, c, "why", "%.*s", RA_FMT(why->text));
	ra_candidate_event(d, c, "first", first, NULL);
	ra_candidate_event(d, c, "second", second, NULL);
	ra_candidate_step(d, c, "Task A", first->line, true, "%.*s", RA_FMT(one));
	ra_candidate_step(d, c, "Task B", first->line, true, "%.*s", RA_FMT(one));
	ra_candidate_step(d, c, "Task A", second->line, true, "%.*s", RA_FMT(two));
}

/* -- a change, and then a look --------------------------------------------------------------- */

static bool is_dropped(const struct ra_fact *fact)
{
	return fact->node->up && fact->node->up->kind == RA_N_EXPRESSION;
}

static void look_changed(struct ra_detection *d, const struct ra_fact *change)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *test = change;
	struct ra_evidence why;

	if (change->kind != RA_FACT_UPDATE || is_swap(change) || !is_dropped(change))
		return;
	while ((test = ra_fact_next(facts, test))) {
		if (test->unit != change->unit || !is_whole(facts, test) ||
		    !same_object(change, test))
			continue;
		if (ra_fact_changes(test->kind))
			return;
		if (test->kind != RA_FACT_TEST ||
		    ra_fact_order(facts, change, test, false) == RA_ORDER_NEVER ||
		    ra_fact_common_region(facts, change, test, change->state) ||
		    !overlaps(d, change, &why))
			continue;
		report(d, change, test, &why);
		return;
	}
}

/* -- a look, and then a change ---------------------------------------------------------------- */

/* `if !x.Load() { x.Store(true) }`: who comes second does the same once more. */
static bool is_harmless(const struct ra_fact *write)
{
	const struct ra_node *statement = write->statement, *block = statement ? statement->up : NULL;

	return block && block->kind == RA_N_BLOCK && block->kids == statement && !statement->next;
}

static void look_tested(struct ra_detection *d, const struct ra_fact *test)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *write = test;
	struct ra_evidence why;

	/* what is atomic by its type, split-atomic looks at */
	if (test->kind != RA_FACT_TEST || facts->states.v[test->state].kind == RA_KIND_ATOMIC)
		return;
	while ((write = ra_fact_next(facts, write))) {
		if (write->unit != test->unit || !is_atomic(write) || !same_object(test, write))
			continue;
		if (is_swap(write) || (write->kind == RA_FACT_TEST && write != test))
			return;
		if (write->kind != RA_FACT_WRITE || ra_fact_governed(facts, test, write) < 0)
			continue;
		if (is_harmless(write) || ra_fact_common_region(facts, test, write, test->state) ||
		    !overlaps(d, test, &why))
			return;
		report(d, test, write, &why);
		return;
	}
}

/* -- atomic here, plain there ----------------------------------------------------------------- */

static bool is_plain(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return ra_fact_touches(fact) &&
	       !(fact->flags & (RA_FACT_ATOMIC | RA_FACT_INLINED | RA_FACT_FRESH)) &&
	       !fact->key.len && fact->unit != 0 && !facts->units[fact->unit].constructs &&
	       fact->node->up && !(fact->node->up->kind == RA_N_UNARY &&
				   fact->node->up->word == RA_O_AMP);
}

static void look_mixed(struct ra_detection *d, uint32_t state)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *plain, *atomic;

	if (facts->states.v[state].kind == RA_KIND_ATOMIC)
		return;
	for (plain = ra_state_use(facts, state); plain; plain = ra_fact_next_use(facts, plain)) {
		if (!is_plain(facts, plain))
			continue;
		for (atomic = ra_state_use(facts, state); atomic;
		     atomic = ra_fact_next_use(facts, atomic)) {
			struct ra_evidence why;

			if (!is_atomic(atomic) || !ra_locals_meet(d->arena, facts, plain, atomic) ||
			    ra_fact_same_lock(facts, plain, atomic, state) ||
			    (!ra_fact_changes(plain->kind) && !ra_fact_changes(atomic->kind)))
				continue;
			why = ra_units_together(facts, plain->unit, atomic->unit);
			if (why.strength < RA_TOGETHER_PUBLIC ||
			    (plain->unit == atomic->unit && why.strength < RA_TOGETHER_LOCKED))
				continue;
			report(d, atomic, plain, &why);
			return;
		}
	}
}

/* Is the field declared to hold an object itself, and no pointer to one? */
static bool holds_value(const struct ra_facts *facts, const struct ra_state *state)
{
	const struct ra_node *body;

	if (state->scope != RA_SCOPE_INSTANCE || !state->class_ ||
	    !(body = ra_node_find(facts->shape->classes.v[state->owner].node, RA_N_BLOCK)))
		return false;
	for (const struct ra_node *field = body->kids; field; field = field->next) {
		const struct ra_node *type = ra_node_find(field, RA_N_ANNOTATION);

		if (type && type->kids && type->next &&
		    ra_str_eq(type->next->text, state->field))
			return type->kids->kind == RA_N_NAME;
	}
	return false;
}

/* The object is read as a whole: returned, assigned or handed on. */
static bool is_copy(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *up = fact->node->up;

	return fact->kind == RA_FACT_READ && is_plain(facts, fact) && !fact->n_regions &&
	       (up->kind == RA_N_RETURN || up->kind == RA_N_CALL || up->kind == RA_N_PAIR ||
		(up->kind == RA_N_ASSIGN && fact->node != up->kids));
}

/* A copy of what has a field that atomic steps change. */
static void look_copied(struct ra_detection *d, uint32_t whole)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[whole];
	const struct ra_fact *copy, *atomic;

	if (!holds_value(facts, state))
		return;
	for (copy = ra_state_use(facts, whole); copy; copy = ra_fact_next_use(facts, copy))
		if (is_copy(facts, copy))
			break;
	for (size_t s = 0; copy && s < facts->states.n; s++) {
		if (facts->states.v[s].scope != RA_SCOPE_INSTANCE ||
		    facts->states.v[s].owner != state->class_ - 1u)
			continue;
		for (atomic = ra_state_use(facts, (uint32_t)s); atomic;
		     atomic = ra_fact_next_use(facts, atomic)) {
			struct ra_evidence why = { .text = RA_STR("it is changed by atomic steps") };

			if (!is_atomic(atomic) || !ra_fact_changes(atomic->kind) ||
			    atomic->unit == copy->unit)
				continue;
			report(d, atomic, copy, &why);
			return;
		}
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t s = 0; s < facts->states.n && ra_card_has(d->card, "shape", "mixed"); s++) {
		look_mixed(d, s);
		look_copied(d, s);
	}
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (!is_atomic(fact))
			continue;
		if (ra_card_has(d->card, "shape", "changed"))
			look_changed(d, fact);
		if (ra_card_has(d->card, "shape", "tested"))
			look_tested(d, fact);
	}
}

const struct ra_detector ra_detect_atomic_apart = {
	.name = "atomic-apart",
	.help = "two atomic steps where one was meant, or a plain step beside atomic ones",
	.params = "shape",
	.vars = "first second first_line why",
	.run = run,
};
