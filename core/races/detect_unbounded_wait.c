/*
 * unbounded-wait: code that ends something waits without a bound in time for others to act.
 *
 *     wait     clean-up: checkpoint on a wait or join, no bound around it
 *     poll     clean-up: while test S: sleep, and no other way out of the loop
 *     full     clean-up: put into a bounded queue, which blocks once nobody takes from it
 *     gate     a spawned unit waits, last thing in a `try` whose `finally` takes entries of a state
 *              away: all that it holds stays until somebody acts (always a question)
 *     shield   shield (no bound) over a wait, or the wait shields itself: not even a cancellation
 *              ends it
 *
 * Silent when the unit told the other side to end before it waits (cancel, close, wake, terminate;
 * under a shield only what was cancelled or killed itself), when every caller of the file bounds
 * the unit, and in tests. Whether the other side is certain to act, only its author knows: `wait`
 * is a question unless the wait can hold up a cancellation.
 */
#include "core/races/cancel.h"

/* -- what is a wait -------------------------------------------------------------------------- */

static bool puts_into_bounded(const struct ra_facts *facts, const struct ra_fact *point)
{
	const struct ra_state *queue;

	if (!ra_cancel_awaited_call(point) || !ra_cancel_awaits(facts, point, RA_EFFECT_WAIT) ||
	    !ra_cancel_awaits(facts, point, RA_EFFECT_WAKE) || point->origin == RA_NONE ||
	    ra_fact(facts, point->origin)->state == RA_NONE)
		return false;
	queue = &facts->states.v[ra_fact(facts, point->origin)->state];
	return queue->kind == RA_KIND_QUEUE && (queue->api_flags & RA_API_ASYNC) &&
	       !(queue->api_flags & RA_API_UNBOUNDED);
}

/* -- what makes it end ----------------------------------------------------------------------- */

static bool tells_to_end(const struct ra_detection *d, const struct ra_fact *fact)
{
	if (fact->kind == RA_FACT_CALL && fact->node->kind == RA_N_CALL &&
	    ra_cancel_names_cleanup(d, ra_tree_last_word(fact->node)))
		return true;
	return ra_api_with(fact->row, RA_EFFECT_CANCEL) ||
	       ra_api_with(fact->row, RA_EFFECT_CLOSE) ||
	       ra_api_with(fact->row, RA_EFFECT_WAKE) || fact->kind == RA_FACT_WAKE;
}

static struct ra_str waited_for(const struct ra_facts *facts, const struct ra_fact *point)
{
	return point->origin == RA_NONE ? RA_STR("") : ra_fact(facts, point->origin)->base;
}

/* Did the unit tell somebody to end before it waits; `killed`: what it waits for, and for sure? */
static bool told_before(const struct ra_detection *d, const struct ra_fact *point, bool killed)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[point->unit];

	for (uint32_t i = 0; i < point->position; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->stream[i]);

		if (killed ? !ra_api_with(fact->row, RA_EFFECT_CANCEL) ||
			     !ra_str_eq(fact->base, waited_for(facts, point))
			   : !tells_to_end(d, fact))
			continue;
		if (fact->node != point->node->kids &&
		    ra_fact_order(facts, fact, point, true) != RA_ORDER_NEVER)
			return true;
	}
	return false;
}

static bool callers_bound(const struct ra_detection *d, uint32_t unit)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers; i++) {
		const struct ra_fact *call = ra_fact(facts, u->callers[i]);

		if (!(call->flags & RA_FACT_AWAITS_TIMED) && !ra_cancel_bounded(d, call))
			return false;
	}
	return u->n_callers > 0;
}

/* -- reports --------------------------------------------------------------------------------- */

static struct ra_candidate *report(struct ra_detection *d, const struct ra_fact *point,
				   struct ra_str where, const char *what)
{
	struct ra_str words = ra_fact_words(d->arena, d->facts, point);
	struct ra_candidate *c = ra_candidate_at(d, point, where);
	const struct ra_node *call = ra_cancel_awaited_call(point);
	struct ra_str text = ra_node_text(d->facts->shape, call ? call : point->node);

	if (!c)
		return NULL;
	ra_candidate_var(d, c, "where", "%.*s", RA_FMT(where));
	ra_candidate_var(d, c, "waits_for", "%.*s", RA_FMT(text));
	ra_candidate_event(d, c, "switch", point, "%s", what);
	ra_candidate_step(d, c, "Task A", point->line, true, "in %.*s: %.*s", RA_FMT(where),
			  RA_FMT(words));
	ra_candidate_step(d, c, "Task B", 0, true,
			  "the one who should act has failed, is stuck, or is gone");
	ra_candidate_step(d, c, "Task A", point->line, true, "waits for ever");
	return c;
}

/* A wait that stands between a cancellation and the end of the task: in `finally` or a handler. */
static bool holds_up(const struct ra_node *cleanup)
{
	return cleanup->kind != RA_N_FUNCTION;
}

static void find_wait(struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_node *cleanup = ra_cancel_cleanup(d, point->node);
	struct ra_candidate *c;

	if (!cleanup || !ra_cancel_waits(d, point) || ra_cancel_bounded(d, point) ||
	    told_before(d, point, false) || callers_bound(d, point->unit))
		return;
	c = report(d, point, ra_cancel_cleanup_words(d, cleanup), "no bound in time");
	if (c && !holds_up(cleanup))
		c->question = true;
}

static void find_full(struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_node *cleanup = ra_cancel_cleanup(d, point->node);

	if (cleanup && puts_into_bounded(d->facts, point) &&
	    !ra_cancel_bounded(d, point) && !callers_bound(d, point->unit))
		report(d, point, ra_cancel_cleanup_words(d, cleanup),
		       "blocks while the queue is full");
}

static void find_shield(struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_node *item = ra_cancel_maybe_shield(d, point->node);
	struct ra_candidate *c;

	if (!item && ra_cancel_shields_itself(d, point))
		item = point->node;
	if (!item || !ra_cancel_waits(d, point) || ra_cancel_bounded(d, point) ||
	    told_before(d, point, true))
		return;
	c = report(d, point, RA_STR("a shield"), "neither a time-out nor a cancellation ends it");
	if (!c)
		return;
	ra_candidate_line(d, c, "shield", ra_node_line(d->facts->shape, item));
	if (!ra_cancel_scope(d, point->node, NULL, RA_EFFECT_SHIELD)) /* by a variable */
		ra_candidate_weaken(c, RA_SEV_MEDIUM, RA_CONF_MEDIUM);
}

static bool takes_entries_away(const struct ra_facts *facts, const struct ra_unit_facts *u,
			       const struct ra_node *block)
{
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->kind == RA_FACT_DELETE && ra_tree_inside(fact->node, block))
			return true;
	}
	return false;
}

static const struct ra_node *finally_of(const struct ra_shape *shape, const struct ra_fact *point)
{
	const struct ra_block *block = &shape->blocks.v[point->block];
	const struct ra_node *kid;

	if (block->role != RA_B_TRY || !point->statement || point->statement->next)
		return NULL;
	for (kid = block->node->up->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_BLOCK && shape->blocks.v[kid->block].role == RA_B_FINALLY)
			return kid;
	return NULL;
}

static void find_gate(struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_unit_facts *u = &d->facts->units[point->unit];
	const struct ra_node *finally = finally_of(d->facts->shape, point);
	struct ra_candidate *c;

	if (!finally || !u->spawned || !ra_cancel_waits(d, point) || ra_cancel_bounded(d, point) ||
	    !takes_entries_away(d->facts, u, finally))
		return;
	c = report(d, point, RA_STR("front of its own clean-up"),
		   "the clean-up behind it waits as long");
	if (c)
		c->question = true;
}

/* -- polling --------------------------------------------------------------------------------- */

static const struct ra_fact *sleep_in(const struct ra_facts *facts, const struct ra_block *block)
{
	const struct ra_unit_facts *u = &facts->units[block->unit];
	const struct ra_fact *found = NULL;

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *point = ra_fact(facts, u->first + i);

		if (!ra_is_cancel_point(facts, point) ||
		    !ra_tree_inside(point->node, block->node))
			continue;
		if (!ra_api_with(point->row, RA_EFFECT_SWITCH))
			return NULL;
		found = point;
	}
	return found;
}

/* Does the loop count, assert, or look at a clock? Then it ends by itself. */
static bool counts(const struct ra_detection *d, const struct ra_node *loop)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(loop, at, false)) != NULL) {
		uint32_t index = at->kind == RA_N_CALL ? ra_fact_of_node(facts, at) : RA_NONE;

		if ((at->kind == RA_N_ASSIGN && (at->flags & RA_F_AUGMENT)) ||
		    at->kind == RA_N_ASSERT)
			return true;
		if ((at->kind == RA_N_NAME || at->kind == RA_N_MEMBER) &&
		    ra_tree_inside(at, loop->kids) &&
		    ra_card_has(d->card, "clocks", ra_cstr(d->arena, at->text)))
			return true;
		if (index != RA_NONE && ra_tree_inside(at, loop->kids) &&
		    !ra_fact_is_access(ra_fact(facts, index)->kind) &&
		    ra_api_with(ra_fact(facts, index)->row, RA_EFFECT_PURE) &&
		    !at->kids->next)
			return true;
	}
	return false;
}

static void find_poll(struct ra_detection *d, const struct ra_block *block)
{
	const struct ra_node *loop = block->node->up;
	const struct ra_fact *point = sleep_in(d->facts, block);
	const struct ra_node *cleanup = ra_cancel_cleanup(d, loop);

	if (!point || !cleanup || loop->kids->kind == RA_N_LITERAL ||
	    (block->exits & ~(RA_X_FALLS | RA_X_CONTINUE)) || counts(d, loop) ||
	    ra_cancel_bounded(d, point) || callers_bound(d, block->unit))
		return;
	report(d, point, ra_cancel_cleanup_words(d, cleanup), "looks again and again, for ever");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *point = ra_fact(facts, (uint32_t)i);

		if ((point->flags & RA_FACT_INLINED) || !ra_is_cancel_point(facts, point) ||
		    facts->units[point->unit].test)
			continue;
		if (ra_card_has(d->card, "shape", "wait"))
			find_wait(d, point);
		if (ra_card_has(d->card, "shape", "gate"))
			find_gate(d, point);
		if (ra_card_has(d->card, "shape", "full"))
			find_full(d, point);
		if (ra_card_has(d->card, "shape", "shield"))
			find_shield(d, point);
	}
	for (size_t i = 1; i < facts->shape->blocks.n; i++) {
		const struct ra_block *block = &facts->shape->blocks.v[i];

		if (block->role == RA_B_LOOP && block->node->up->kind == RA_N_WHILE &&
		    !facts->units[block->unit].test && ra_card_has(d->card, "shape", "poll"))
			find_poll(d, block);
	}
}

const struct ra_detector ra_detect_unbounded_wait = {
	.name = "unbounded-wait",
	.help = "a wait without a bound in time in code that ends something",
	.params = "shape waits clocks shields cleanup cancelled foreign everything",
	.vars = "where waits_for shield",
	.run = run,
};
