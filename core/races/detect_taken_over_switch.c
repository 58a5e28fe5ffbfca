/*
 * taken-over-switch: what a task took out of an object is in its hands while it can be cancelled.
 *
 *     put-back   take S < switch < write S     cancelled at the switch, S stays empty
 *     awaited    take S, a task's handle < await it     cancelled there, the task runs on and nobody
 *                can join it: who comes next finds nothing
 *
 * S is a field of the object that the unit is a method of. Sure where the empty case is an error:
 * unwrapped, or a case that fails. Silent where a unit ends the life of its object, since nothing
 * comes after, for plain functions, and in tests.
 */
#include "core/races/tree.h"
#include "core/races/window.h"

struct taken {
	const struct ra_fact *take, *sw;
	const struct ra_fact *back;      /* put-back: the write; else NULL */
	bool demanded;                   /* its absence is an error */
};

static bool is_take(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_unit *unit = &facts->shape->units.v[fact->unit];
	struct ra_str name = fact->name;

	return ra_fact_changes(fact->kind) && fact->row && fact->node->kind == RA_N_CALL &&
	       !(fact->flags & RA_FACT_INLINED) && unit->receiver.len && !fact->n_regions &&
	       ra_str_eq(fact->base, unit->receiver) && fact->state != RA_NONE &&
	       facts->states.v[fact->state].scope == RA_SCOPE_INSTANCE &&
	       (ra_str_ends(name, RA_STR(".take")) || ra_str_ends(name, RA_STR(".replace")));
}

/* The statement or head that takes the value: an ASSIGN, NAMED or MATCH around it. */
static const struct ra_node *taker(const struct ra_node *node, bool *demanded)
{
	for (node = node->up; node; node = node->up) {
		switch (node->kind) {
		case RA_N_MEMBER:
			if (ra_str_is(node->text, "unwrap") || ra_str_is(node->text, "expect"))
				*demanded = true;
			break;
		case RA_N_CALL: case RA_N_UNARY: case RA_N_AWAIT:
			break;
		case RA_N_ASSIGN: case RA_N_NAMED: case RA_N_MATCH:
			return node;
		default:
			return NULL;
		}
	}
	return NULL;
}

/* Does the case where there was nothing fail? */
static bool absence_fails(const struct ra_facts *facts, const struct ra_node *match)
{
	for (const struct ra_node *kid = match->kids; kid; kid = kid->next) {
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK), *at = NULL;

		if (kid->kind != RA_N_CASE || !block || kid->kids->kind == RA_N_CALL)
			continue;
		if (facts->shape->blocks.v[block->block].exits & RA_X_RAISE)
			return true;
		while ((at = ra_node_walk(block, at, false)))
			if (at->kind == RA_N_NAME && ra_str_is(at->text, "Err"))
				return true;
	}
	return false;
}

/* Is the name one that the pattern binds? */
static bool binds(const struct ra_node *pattern, struct ra_str name)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(pattern, at, false)))
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, name))
			return true;
	return false;
}

/* Is what is awaited there the value that was taken? */
static bool awaits_it(const struct ra_node *taker, const struct ra_fact *sw)
{
	const struct ra_node *operand = sw->node->kind == RA_N_AWAIT ? sw->node->kids : NULL;

	while (operand && operand->kind == RA_N_UNARY)
		operand = operand->kids;
	if (!operand || operand->kind != RA_N_NAME)
		return false;
	if (taker->kind != RA_N_MATCH)
		return binds(taker->kids, operand->text);
	for (const struct ra_node *kid = taker->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_CASE && binds(kid->kids, operand->text))
			return true;
	return false;
}

static const struct ra_fact *put_back(const struct ra_facts *facts, const struct ra_fact *take)
{
	const struct ra_fact *fact = take;

	while ((fact = ra_fact_next(facts, fact)))
		if (fact->kind == RA_FACT_WRITE && !(fact->flags & (RA_FACT_NULL | RA_FACT_INLINED)) &&
		    !fact->row && ra_str_eq(fact->base, take->base) &&
		    ra_fact_order(facts, take, fact, false) != RA_ORDER_NEVER &&
		    ra_fact_depends(fact, take))
			return fact;
	return NULL;
}

/* Was it asked before whether the task is over? Then the await does not wait. */
static bool asked_for_end(const struct ra_facts *facts, const struct ra_fact *take)
{
	const struct ra_unit_facts *unit = &facts->units[take->unit];

	for (uint32_t i = 0; i < unit->n_stream && i < take->position; i++)
		if (ra_str_ends(ra_fact(facts, unit->stream[i])->name, RA_STR(".is_finished")))
			return true;
	return false;
}

static bool find(const struct ra_facts *facts, struct taken *t, bool back)
{
	const struct ra_unit_facts *unit = &facts->units[t->take->unit];
	const struct ra_node *by = taker(t->take->node, &t->demanded);

	if (!by)
		return false;
	if (back) {
		t->back = put_back(facts, t->take);
		t->sw = t->back ? ra_fact_switch(facts, unit, t->take->position,
						 t->back->position) : NULL;
		return t->sw != NULL;
	}
	if (facts->states.v[t->take->state].kind != RA_KIND_TASK ||
	    asked_for_end(facts, t->take))
		return false;
	for (uint32_t i = 0; i < unit->n_switches; i++) {
		t->sw = ra_fact(facts, unit->stream[unit->switches[i]]);
		if (t->sw->position > t->take->position && awaits_it(by, t->sw) &&
		    ra_fact_order(facts, t->take, t->sw, false) != RA_ORDER_NEVER) {
			t->demanded |= by->kind == RA_N_MATCH && absence_fails(facts, by);
			return true;
		}
	}
	return false;
}

static void report(struct ra_detection *d, const struct taken *t)
{
	const struct ra_state *state = &d->facts->states.v[t->take->state];
	struct ra_candidate *c = ra_candidate_at(d, t->take, state->name);

	if (!c)
		return;
	c->question |= !t->demanded;
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, t->take)));
	ra_candidate_var(d, c, "switch", "%u", t->sw->line);
	if (t->back)
		ra_candidate_var(d, c, "back", "%u", t->back->line);
	ra_candidate_event(d, c, "check", t->take, "takes it out");
	ra_candidate_event(d, c, "switch", t->sw, "can be cancelled here");
	if (t->back)
		ra_candidate_event(d, c, "act", t->back, "puts it back");
	ra_candidate_step(d, c, "Task A", t->take->line, true, "takes `%.*s` out",
			  RA_FMT(ra_access_text(d, t->take)));
	ra_candidate_step(d, c, "Task A", t->sw->line, true, "is dropped while it waits");
	ra_candidate_step(d, c, "Task B", t->take->line, true, "finds nothing there");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		struct taken t = { .take = ra_fact(facts, (uint32_t)i) };

		if (!facts->units[t.take->unit].is_async || facts->units[t.take->unit].test ||
		    !is_take(facts, t.take) || ra_unit_ends_life(facts, t.take->unit))
			continue;
		if (find(facts, &t, ra_str_is(ra_card_param(d->card, "shape"), "put-back")))
			report(d, &t);
	}
}

const struct ra_detector ra_detect_taken_over_switch = {
	.name = "taken-over-switch",
	.help = "what was taken out of an object is lost if its taker is cancelled",
	.params = "shape",
	.vars = "access switch back",
	.run = run,
};
