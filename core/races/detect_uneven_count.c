/*
 * uneven-count: what a `finally` counts down was not counted up on every way into it.
 *
 *     try:  ... call or switch ... < update S up      finally:  update S down, unconditional
 *
 *     defer: update S down ... return ... update S up      the same, where units defer
 *
 * When the call raises, or the task is cancelled at the switch, the count goes down without having
 * gone up. Silent when the count goes up before the `try`, first thing in it, or when the step down
 * is behind a test.
 */
#include "core/races/window.h"

static bool goes(const struct ra_facts *facts, const struct ra_fact *fact, bool up)
{
	const struct ra_node *statement = fact->statement;
	struct ra_str text;

	if (fact->kind != RA_FACT_UPDATE || !statement || statement->kind != RA_N_ASSIGN ||
	    !(statement->flags & RA_F_AUGMENT) || (fact->flags & RA_FACT_INLINED))
		return false;
	text = ra_node_text(facts->shape, statement);
	return ra_str_find(text, up ? RA_STR("+=") : RA_STR("-=")) >= 0 ||
	       ra_str_find(text, up ? RA_STR("++") : RA_STR("--")) >= 0;
}

static bool inside(const struct ra_facts *facts, const struct ra_fact *fact,
		   const struct ra_node *try)
{
	const struct ra_node *node = facts->shape->blocks.v[fact->block].node;

	while (node && node != try)
		node = node->up;
	return node != NULL;
}

/* What can leave the `try` before `up` is reached. */
static const struct ra_fact *may_leave(const struct ra_facts *facts, const struct ra_node *try,
				       const struct ra_fact *up)
{
	const struct ra_unit_facts *unit = &facts->units[up->unit];

	for (uint32_t i = 0; i < up->position && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if ((fact->kind == RA_FACT_CHECKPOINT ||
		     (fact->kind == RA_FACT_LEAVE && fact->node->kind == RA_N_RAISE)) &&
		    inside(facts, fact, try))
			return fact;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *up, const struct ra_fact *leave,
		   const struct ra_fact *down)
{
	const struct ra_state *state = &d->facts->states.v[down->state];
	struct ra_candidate *c = ra_candidate_at(d, down, state->name);
	struct ra_str line = ra_source_words(d->arena, d->facts->source, up->line, leave->line);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, down)));
	ra_candidate_line(d, c, "up", up->line);
	ra_candidate_line(d, c, "leave", leave->line);
	ra_candidate_line(d, c, "down", down->line);
	ra_candidate_event(d, c, "leaves", leave, "can leave the `try` first");
	ra_candidate_event(d, c, "up", up, "counts up");
	ra_candidate_event(d, c, "down", down, "counts down whatever happened");
	ra_candidate_step(d, c, "Task A", leave->line, true,
			  "is cancelled or fails here, before line %.*s counts up",
			  RA_FMT(line));
	ra_candidate_step(d, c, "Task A", down->line, true, "counts `%.*s` down all the same",
			  RA_FMT(ra_access_text(d, down)));
	ra_candidate_step(d, c, "Task B", 0, false,
			  "is in the middle of its use, but the count says that one user less is left");
}

/* -- deferred ------------------------------------------------------------------------------ */

/* The step of a counter, by an operator or by a call of an atomic's. */
static bool steps(const struct ra_facts *facts, const struct ra_fact *fact, bool up)
{
	const struct ra_node *node = fact->node;
	struct ra_str text;

	if (fact->kind != RA_FACT_UPDATE &&
	    !((fact->flags & RA_FACT_DEFERRED) && fact->state != RA_NONE &&
	      ra_api_with(fact->row, RA_EFFECT_UPDATE)))
		return false;
	if (node->kind == RA_N_CALL) {
		text = ra_node_text(facts->shape, ra_node_last(node));
		return node->kids->next && (text.ptr[0] == '-') == !up;
	}
	node = ra_node_statement(node);
	if (!node || node->kind != RA_N_ASSIGN || !(node->flags & RA_F_AUGMENT))
		return false;
	text = ra_node_text(facts->shape, node);
	return ra_str_find(text, up ? RA_STR("+=") : RA_STR("-=")) >= 0 ||
	       ra_str_ends(text, up ? RA_STR("++") : RA_STR("--"));
}

/* The call, or the function literal, that is deferred and counts down whatever happened. */
static const struct ra_fact *deferred_by(const struct ra_facts *facts, const struct ra_fact *down)
{
	const struct ra_fact *by = down;
	uint32_t own;

	if (down->flags & RA_FACT_INLINED) {
		by = ra_fact(facts, down->via);
		own = ra_fact_of_node(facts, down->node);
		if (by->callee == RA_NONE || own == RA_NONE ||
		    ra_fact(facts, own)->block != facts->shape->units.v[by->callee].block)
			return NULL;
	}
	return by->flags & RA_FACT_DEFERRED ? by : NULL;
}

/* Where the unit returns between the two; not where it has counted before. */
static const struct ra_fact *may_return(const struct ra_facts *facts, const struct ra_fact *by,
					const struct ra_fact *down, const struct ra_fact **up)
{
	const struct ra_unit_facts *unit = &facts->units[by->unit];
	const struct ra_fact *leave = NULL;

	*up = NULL;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (ra_fact_is_access(fact->kind) && fact->state == down->state &&
		    ra_str_eq(fact->key, down->key) && fact != down && steps(facts, fact, true)) {
			*up = fact;
			return fact->position > by->position &&
			       fact->block == facts->shape->units.v[by->unit].block ? leave : NULL;
		}
		if (fact->kind == RA_FACT_LEAVE && fact->position > by->position && !leave)
			leave = fact;
	}
	return NULL;
}

static void find_deferred(struct ra_detection *d, const struct ra_unit_facts *unit)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t i = 0; i < unit->n_stream; i++) {
		const struct ra_fact *down = ra_fact(facts, unit->stream[i]), *by, *up, *leave;

		if (!steps(facts, down, false) ||
		    !(by = deferred_by(facts, down)))
			continue;
		leave = may_return(facts, by, down, &up);
		if (leave)
			report(d, up, leave, down);
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++)
		find_deferred(d, &facts->units[u]);
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *down = &facts->facts.v[i], *up;
		const struct ra_node *try;

		if (!goes(facts, down, false) ||
		    facts->shape->blocks.v[down->block].role != RA_B_FINALLY)
			continue;
		try = facts->shape->blocks.v[down->block].node->up;
		for (up = ra_state_use(facts, down->state); up; up = ra_fact_next_use(facts, up)) {
			const struct ra_fact *leave;

			if (up->unit != down->unit || !goes(facts, up, true) ||
			    !ra_str_eq(up->key, down->key) || !inside(facts, up, try))
				continue;
			leave = may_leave(facts, try, up);
			if (leave) {
				report(d, up, leave, down);
				break;
			}
		}
	}
}

const struct ra_detector ra_detect_uneven_count = {
	.name = "uneven-count",
	.help = "a `finally` counts down what was not counted up on every way into it",
	.params = "",
	.vars = "access up leave down",
	.run = run,
};
