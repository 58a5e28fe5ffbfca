/*
 * swallowed-cancel: a cancellation arrives at a checkpoint, is caught, and the unit lives on.
 *
 *     try: checkpoint; except cancellation: a path that does not raise
 *     with suppress(cancellation): checkpoint
 *
 * Sure where the unit then reaches another checkpoint, goes round its loop, or was caught by a
 * handler that never meant cancellation (bare, or for everything). Silent when the unit cancelled
 * that task itself and waits for its end, when the handler keeps the exception or counts
 * cancellations, under a shield, when the program ends here, when a task's own root ends, and in
 * tests. Whether an
 * exception meant the awaited task or this one is a question.
 */
#include "core/races/cancel.h"

/* Something that catches cancellations of the checkpoints in `body`. */
struct site {
	const struct ra_node *at, *body, *statement; /* `statement`: `try` or `with` */
	const struct ra_node *handler;               /* NULL for `suppress` */
	uint32_t unit;
	enum ra_catch caught;
	struct ra_str words;
	const struct ra_fact *point;                 /* first checkpoint in the body */
};

/* Where the unit goes on after the cancellation was caught. */
struct after {
	const struct ra_fact *point;  /* a later checkpoint */
	bool round;                   /* the next round of a loop */
	bool raises;                  /* it raises after all */
};

/* -- what excuses it ------------------------------------------------------------------------- */

static bool awaits_handle(const struct ra_fact *point)
{
	const struct ra_node *value = point->node->kids;

	if (point->how != RA_SW_AWAIT && point->how != RA_SW_YIELD)
		return false;
	if (!value || value->kind != RA_N_CALL)
		return value != NULL;
	return ra_api_with(point->row, RA_EFFECT_JOIN) ||
	       ra_api_with(point->row, RA_EFFECT_GATHER) ||
	       ra_api_with(point->row, RA_EFFECT_SHIELD) ||
	       ra_api_with(point->row, RA_EFFECT_TIMEOUT);
}

/* All that is waited for in the body are handles of tasks, not work of its own. */
static bool only_awaits_handles(const struct ra_detection *d, const struct site *site)
{
	const struct ra_unit_facts *u = &d->facts->units[site->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, u->first + i);

		if (ra_is_cancel_point(d->facts, fact) && ra_tree_inside(fact->node, site->body) &&
		    !awaits_handle(fact))
			return false;
	}
	return true;
}

/* Did the unit, or a unit of the file that it called, cancel something before? */
static bool cancelled_before(const struct ra_facts *facts, const struct site *site)
{
	const struct ra_unit_facts *u = &facts->units[site->unit];

	for (uint32_t i = 0; i < u->n_stream && i < site->point->position; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->stream[i]);

		if (ra_api_with(fact->row, RA_EFFECT_CANCEL))
			return true;
	}
	return false;
}

static bool ends_program(const struct ra_detection *d, const struct site *site)
{
	const struct ra_unit_facts *u = &d->facts->units[site->unit];
	const struct ra_node *exception = ra_handler_exception(site->handler), *at = NULL;

	while (exception && (at = ra_node_walk(exception, at, false)) != NULL)
		if ((at->kind == RA_N_NAME || at->kind == RA_N_MEMBER) &&
		    ra_card_has(d->card, "interrupts", ra_cstr(d->arena, at->text)))
			return true;
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, u->first + i);

		if (ra_api_with(fact->row, RA_EFFECT_EXIT) &&
		    ra_tree_inside(fact->node, site->handler))
			return true;
	}
	return false;
}

/* `node` reads the caught exception: is it kept for somebody who will raise it, or handed to
 * somebody who may? */
static bool keeps(const struct ra_detection *d, const struct ra_node *node)
{
	const struct ra_node *up = node->up;

	if (up->kind == RA_N_RETURN || up->kind == RA_N_YIELD)
		return true;
	if (up->kind == RA_N_ASSIGN)
		return node->next == NULL;
	while (up->kind == RA_N_KEYWORD || up->kind == RA_N_STAR || up->kind == RA_N_TUPLE)
		up = up->up;
	return up->kind == RA_N_CALL &&
	       !ra_card_has(d->card, "reports", ra_cstr(d->arena, ra_tree_last_word(up)));
}

/* The handler keeps the exception, or asks who was cancelled. */
static bool accounts(const struct ra_detection *d, const struct ra_node *handler)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(handler, at, false)) != NULL) {
		if (at->kind == RA_N_MEMBER &&
		    ra_card_has(d->card, "accounts", ra_cstr(d->arena, at->text)))
			return true;
		if (at->kind == RA_N_NAME && handler->text.len &&
		    ra_str_eq(at->text, handler->text) && keeps(d, at))
			return true;
	}
	return false;
}

static bool excused(const struct ra_detection *d, const struct site *site)
{
	if (site->handler && (accounts(d, site->handler) || ends_program(d, site)))
		return true;
	return only_awaits_handles(d, site) && cancelled_before(d->facts, site);
}

/* Who takes a cancellation for a time-out takes one from outside for it, too. */
static bool takes_for_timeout(const struct ra_detection *d, const struct site *site)
{
	const struct ra_node *exception = NULL, *at = NULL;

	if (site->handler)
		exception = ra_handler_exception(site->handler);
	while (exception && (at = ra_node_walk(exception, at, false)) != NULL)
		if ((at->kind == RA_N_NAME || at->kind == RA_N_MEMBER) &&
		    ra_card_has(d->card, "timeouts", ra_cstr(d->arena, at->text)))
			return true;
	return false;
}

/* -- where it goes on ------------------------------------------------------------------------ */

/* Control falls out behind `node`: the next checkpoint or round of a loop. */
static void follow(const struct ra_detection *d, const struct site *site,
		   const struct ra_node *node, struct after *after)
{
	const struct ra_node *end = node->next, *block, *owner;

	for (block = node->up; block->kind != RA_N_BLOCK; block = block->up)
		;
	while (end && end->kind != RA_N_RAISE && end->kind != RA_N_RETURN)
		end = end->next;
	after->point = ra_cancel_point(d, site->unit, block, node->last + 1);
	if (end && after->point && after->point->node->first > end->last)
		after->point = NULL;
	after->raises = !after->point && end && end->kind == RA_N_RAISE;
	if (after->point || end)
		return;
	for (owner = block->up; !ra_node_is_statement(owner); owner = owner->up)
		if (owner->kind == RA_N_MODULE)
			return;
	if (owner->kind == RA_N_FUNCTION || owner->kind == RA_N_CLASS)
		return;
	if (d->facts->shape->blocks.v[block->block].role == RA_B_LOOP) {
		after->round = true;
		return;
	}
	follow(d, site, owner, after);
}

static struct after goes_on(const struct ra_detection *d, const struct site *site)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_block *block = &shape->blocks.v[site->body->block];
	struct after after = { 0 };
	unsigned exits = RA_X_FALLS;

	if (site->handler) {
		block = &shape->blocks.v[ra_node_find(site->handler, RA_N_BLOCK)->block];
		exits = block->exits;
	}
	if ((exits & RA_X_CONTINUE) && block->loop) {
		after.round = true;
		return after;
	}
	if ((exits & RA_X_BREAK) && block->loop)
		follow(d, site, shape->blocks.v[block->loop].node->up, &after);
	if ((exits & RA_X_FALLS) && !after.point)
		follow(d, site, site->statement, &after);
	return after;
}

/* -- judgement ------------------------------------------------------------------------------- */

/* A unit that runs as a task of its own, or that nothing but a cancellation can end. */
static bool is_root(const struct ra_facts *facts, const struct site *site)
{
	uint32_t loop = facts->shape->blocks.v[site->statement->block].loop;
	const struct ra_node *inner = NULL, *at = NULL;

	if (facts->units[site->unit].spawned)
		return true;
	if (loop)
		inner = facts->shape->blocks.v[loop].node->up;
	while (!inner && (at = ra_node_walk(site->body, at, false)) != NULL)
		if (at->kind == RA_N_WHILE)
			inner = at;
	return inner && inner->kind == RA_N_WHILE && inner->kids->kind == RA_N_LITERAL;
}

static bool re_raises(const struct ra_shape *shape, const struct ra_node *handler)
{
	return shape->blocks.v[ra_node_find(handler, RA_N_BLOCK)->block].exits & RA_X_RAISE;
}

/* Does the handler hand its caller a value to go on with? What nobody called has none to give. */
static bool hands_value(const struct site *site)
{
	const struct ra_node *at = NULL;

	while (site->handler && (at = ra_node_walk(site->handler, at, false)) != NULL)
		if (at->kind == RA_N_RETURN && at->kids &&
		    !(at->kids->kind == RA_N_LITERAL && at->kids->word == RA_W_NULL))
			return true;
	return false;
}

static void trace(struct ra_detection *d, struct ra_candidate *c, const struct site *site,
		  const struct after *after)
{
	struct ra_str words = ra_fact_words(d->arena, d->facts, site->point);
	uint32_t line = ra_node_line(d->facts->shape, site->at);

	ra_candidate_event(d, c, "switch", site->point, "the cancellation arrives here");
	ra_candidate_step(d, c, "Task A", site->point->line, false, "%.*s", RA_FMT(words));
	ra_candidate_step(d, c, "Task B", 0, true, "cancels task A, and waits for its end");
	ra_candidate_step(d, c, "Task A", line, true, "%.*s takes the cancellation",
			  RA_FMT(site->words));
	if (after->point) {
		words = ra_fact_words(d->arena, d->facts, after->point);
		ra_candidate_event(d, c, "act", after->point, "goes on as if nothing was said");
		ra_candidate_step(d, c, "Task A", after->point->line, true, "%.*s",
				  RA_FMT(words));
	} else if (after->round) {
		ra_candidate_step(d, c, "Task A", site->point->line, true,
				  "begins the next round of its loop");
	} else {
		ra_candidate_step(d, c, "Task A", 0, true, "returns, and its caller goes on");
	}
}

static void judge(struct ra_detection *d, const struct site *site)
{
	const struct ra_facts *facts = d->facts;
	struct after after = goes_on(d, site);
	bool ends = !after.point && !after.round;
	bool named = site->caught == RA_CATCH_NAMED;
	struct ra_candidate *c;

	if (after.raises || (ends && named && is_root(facts, site)))
		return;
	c = ra_candidate_node(d, site->unit, site->at, site->words);
	if (!c)
		return;
	ra_candidate_var(d, c, "handler", "%.*s", RA_FMT(site->words));
	ra_candidate_line(d, c, "point", site->point->line);
	ra_candidate_var(d, c, "then", "%s", after.round ? "goes round its loop" :
			 after.point ? "goes on to its next await" : "returns to its caller");
	trace(d, c, site, &after);
	if (ends)
		ra_candidate_weaken(c, RA_SEV_MEDIUM, RA_CONF_MEDIUM);
	c->question |= (named && ends && !facts->units[site->unit].awaited_somewhere &&
			!hands_value(site)) ||
		       (only_awaits_handles(d, site) && !takes_for_timeout(d, site)) ||
		       (site->handler && re_raises(facts->shape, site->handler));
}

static void look(struct ra_detection *d, struct site *site)
{
	site->point = ra_cancel_point(d, site->unit, site->body, 0);
	if (site->point && !d->facts->units[site->unit].test && !excused(d, site) &&
	    !ra_cancel_scope(d, site->point->node, site->body, RA_EFFECT_SHIELD))
		judge(d, site);
}

static void look_at_handler(struct ra_detection *d, const struct ra_node *handler, uint32_t unit)
{
	const struct ra_shape *shape = d->facts->shape;
	struct site site = { .at = handler, .handler = handler, .statement = handler->up,
			     .body = handler->up->kids, .unit = unit };
	const struct ra_node *block = ra_node_find(handler, RA_N_BLOCK);

	site.caught = ra_cancel_reaches(d, handler);
	if (!site.caught || !(shape->blocks.v[block->block].exits & ~RA_X_RAISE))
		return;
	site.words = ra_cancel_cleanup_words(d, handler);
	look(d, &site);
}

static void look_at_suppress(struct ra_detection *d, const struct ra_node *item)
{
	const struct ra_node *call = item->kids, *arg;
	struct site site = { .at = item, .statement = item->up, .unit = item->unit,
			     .body = ra_node_find(item->up, RA_N_BLOCK) };

	if (call->kind != RA_N_CALL ||
	    !ra_card_has(d->card, "suppress", ra_cstr(d->arena, ra_tree_last_word(call))))
		return;
	for (arg = call->kids->next; arg; arg = arg->next)
		if (ra_cancel_caught(d, arg) > site.caught)
			site.caught = ra_cancel_caught(d, arg);
	if (!site.caught || !site.body)
		return;
	site.words = ra_printf(d->arena, "`%.*s`", RA_FMT(ra_node_text(d->facts->shape, call)));
	look(d, &site);
}

static void run(struct ra_detection *d)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *at = NULL;

	for (size_t i = 1; i < shape->blocks.n; i++) {
		const struct ra_block *block = &shape->blocks.v[i];

		if (block->role == RA_B_HANDLER && block->unit)
			look_at_handler(d, block->node->up, block->unit);
	}
	while ((at = ra_node_walk(shape->root, at, true)) != NULL)
		if (at->kind == RA_N_ITEM)
			look_at_suppress(d, at);
}

const struct ra_detector ra_detect_swallowed_cancel = {
	.name = "swallowed-cancel",
	.help = "a handler that takes a cancellation and lets the unit live on",
	.params = "cancelled foreign everything timeouts shields interrupts accounts reports "
		  "suppress",
	.vars = "handler point then",
	.run = run,
};
