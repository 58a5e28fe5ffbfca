/*
 * obligation: a walk over the block tree with a set of states: before the obligation begins, open,
 * ended. Branches and loops join sets; what is not open for sure is no leak. A `try` sends what its
 * body may raise to its handlers, and runs its `finally` on everything that passes it.
 */
#include "core/races/obligation.h"

#include <stdlib.h>

enum { BEFORE = 1, OPEN = 2, ENDED = 4 };

/* How control leaves a piece of code: in which states it goes which way, and the open leaks. */
struct flow {
	uint8_t falls, breaks, continues;
	uint8_t raises;                /* states at places that may raise */
	struct ra_leaks leaks;
};

/* The unit's stream, by statement. */
struct entry {
	uint32_t first, position;      /* token of the statement; place in the stream */
	const struct ra_fact *fact;
};

/* Obligations of one unit follow each other: it is sorted once for all of them. */
struct ra_walked {
	uint32_t unit;
	struct entry *entries;
	size_t n;
};

struct walk {
	const struct ra_obligation *o;
	const struct ra_facts *facts;
	const struct entry *entries;
	size_t n;
};

static struct flow walk_block(const struct walk *w, const struct ra_node *block, uint8_t states);

static bool is_open(const struct walk *w, uint8_t states)
{
	if (w->o->where_begun)
		states &= (uint8_t)~BEFORE;
	return states == OPEN || (w->o->some && (states & OPEN) && !(states & BEFORE));
}

static void leak(const struct walk *w, struct flow *flow, enum ra_leak_kind kind, uint8_t states,
		 const struct ra_fact *fact)
{
	if (is_open(w, states) && !flow->leaks.at[kind])
		flow->leaks.at[kind] = fact;
}

/* What `part` does besides falling through is done by the whole. */
static void merge(struct flow *whole, const struct flow *part)
{
	whole->breaks |= part->breaks;
	whole->continues |= part->continues;
	whole->raises |= part->raises;
	for (unsigned k = 0; k < RA_LEAK_KINDS; k++)
		if (!whole->leaks.at[k])
			whole->leaks.at[k] = part->leaks.at[k];
}

/* -- facts of one statement ------------------------------------------------------------------ */

static bool may_raise(const struct ra_fact *fact)
{
	if (fact->flags & RA_FACT_MAY_RAISE)
		return true;
	return fact->kind >= RA_FACT_CHECKPOINT && fact->kind != RA_FACT_RELEASE &&
	       fact->kind != RA_FACT_LEAVE && !ra_api_with(fact->row, RA_EFFECT_PURE);
}

static uint8_t step(const struct walk *w, const struct ra_fact *fact, uint8_t states,
		    struct flow *flow)
{
	if (fact == w->o->begins && !w->o->at_entry) {
		flow->raises |= states;
		return OPEN;
	}
	if ((states & OPEN) && w->o->ends && w->o->ends(w->o, fact))
		return (uint8_t)((states & ~OPEN) | ENDED);
	if (fact->kind == RA_FACT_CALL && ra_api_with(fact->row, RA_EFFECT_EXIT))
		return ENDED; /* nobody lives to see it */
	if (!(fact->flags & RA_FACT_INLINED) && ra_is_cancel_point(w->facts, fact) &&
	    !ra_cancel_scope(w->o->d, fact->node, NULL, RA_EFFECT_SHIELD))
		leak(w, flow, RA_LEAK_CANCEL, states, fact);
	if (!may_raise(fact))
		return states;
	flow->raises |= states;
	if (fact->kind == RA_FACT_CALL && !(fact->flags & RA_FACT_INLINED))
		leak(w, flow, RA_LEAK_CALL, states, fact);
	return states;
}

static bool is_exit(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_CHECKPOINT && fact->how == RA_SW_EXIT;
}

static size_t first_entry(const struct walk *w, uint32_t token)
{
	size_t low = 0, high = w->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->entries[middle].first < token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The statement's own facts; of a `with`, those of its exit apart. */
static uint8_t steps(const struct walk *w, const struct ra_node *statement, bool exits,
		     uint8_t states, struct flow *flow)
{
	if ((states & OPEN) && !exits && w->o->ends_at && statement != w->o->begins->statement &&
	    w->o->ends_at(w->o, statement))
		states = (uint8_t)((states & ~OPEN) | ENDED);
	for (size_t i = first_entry(w, statement->first);
	     i < w->n && w->entries[i].first == statement->first; i++) {
		const struct ra_fact *fact = w->entries[i].fact;

		if (fact->statement != statement || is_exit(fact) != exits)
			continue;
		if (fact->kind != RA_FACT_LEAVE)
			states = step(w, fact, states, flow);
		else if (statement->kind == RA_N_RETURN)
			leak(w, flow, RA_LEAK_RETURN, states, fact);
		else if (statement->kind == RA_N_RAISE)
			leak(w, flow, RA_LEAK_RAISE, states, fact);
	}
	return states;
}

/* -- compound statements --------------------------------------------------------------------- */

static struct flow walk_if(const struct walk *w, const struct ra_node *node, uint8_t states)
{
	struct flow whole = { 0 }, part;
	const struct ra_node *block = ra_node_find(node, RA_N_BLOCK);

	states = steps(w, node, false, states, &whole);
	part = walk_block(w, block, states);
	whole.falls = part.falls;
	merge(&whole, &part);
	if (!block->next) {
		whole.falls |= states;
		return whole;
	}
	part = block->next->kind == RA_N_IF ? walk_if(w, block->next, states)
					    : walk_block(w, block->next, states);
	whole.falls |= part.falls;
	merge(&whole, &part);
	return whole;
}

static bool begins_in(const struct walk *w, const struct ra_node *body)
{
	return w->facts->shape->blocks.v[w->o->begins->block].loop == body->block;
}

/* `continue`: the next round begins it again. `break`: what comes behind the loop will tell. */
static void walk_jump(const struct walk *w, const struct ra_node *node, uint8_t states,
		      struct flow *flow)
{
	uint32_t loop = w->facts->shape->blocks.v[node->block].loop;
	bool breaks = node->kind == RA_N_BREAK;

	*(breaks ? &flow->breaks : &flow->continues) = states;
	for (size_t i = first_entry(w, node->first);
	     i < w->n && w->entries[i].first == node->first; i++)
		if (w->entries[i].fact->kind == RA_FACT_LEAVE && loop &&
		    begins_in(w, w->facts->shape->blocks.v[loop].node))
			leak(w, flow, breaks ? RA_LEAK_BREAK : RA_LEAK_NEXT, states,
			     w->entries[i].fact);
}

/* A call that does not come back: the program may end, and nobody waits; or it unwinds. */
static void walk_last_call(const struct walk *w, const struct ra_node *node, uint8_t states,
			   struct flow *flow)
{
	flow->raises |= states;
	for (size_t i = first_entry(w, node->first);
	     i < w->n && w->entries[i].first == node->first; i++) {
		const struct ra_fact *fact = w->entries[i].fact;

		if (fact->node == node->kids && !ra_api_with(fact->row, RA_EFFECT_EXIT))
			leak(w, flow, RA_LEAK_PANIC, states, fact);
	}
}

static struct flow walk_loop(const struct walk *w, const struct ra_node *node, uint8_t states)
{
	const struct ra_shape *shape = w->facts->shape;
	const struct ra_node *body = ra_node_find(node, RA_N_BLOCK);
	struct flow whole = { 0 }, part;
	bool endless = node->kind == RA_N_WHILE && node->kids->kind == RA_N_LITERAL &&
		       node->kids->word == RA_W_TRUE;

	states = steps(w, node, false, states, &whole);
	part = walk_block(w, body, states);
	if (begins_in(w, body) && !part.continues)
		leak(w, &part, RA_LEAK_NEXT, part.falls, w->o->begins);
	whole.falls = part.breaks;
	if (!endless)
		whole.falls |= states | part.falls | part.continues;
	part.breaks = part.continues = 0;
	merge(&whole, &part);
	body = ra_cancel_block(shape, node, RA_B_LOOP_ELSE);
	if (body && whole.falls) {
		part = walk_block(w, body, whole.falls);
		whole.falls = part.falls;
		merge(&whole, &part);
	}
	return whole;
}

static struct flow walk_with(const struct walk *w, const struct ra_node *node, uint8_t states)
{
	struct flow whole = { 0 }, part;

	states = steps(w, node, false, states, &whole);
	part = walk_block(w, ra_node_find(node, RA_N_BLOCK), states);
	merge(&whole, &part);
	whole.falls = steps(w, node, true, part.falls, &whole);
	return whole;
}

/* Does the case go on into the next one, by the word for it? */
static bool falls_through(const struct walk *w, const struct ra_node *kase)
{
	const struct ra_node *last = ra_node_last(ra_node_find(kase, RA_N_BLOCK));

	return last && last->kind == RA_N_PASS && kase->next &&
	       w->facts->shape->tokens->list.v[last->first].word == RA_W_FALLTHROUGH;
}

/* A `select` waits for one of its cases; where none of a `match` fits, it falls through. */
static struct flow walk_match(const struct walk *w, const struct ra_node *node, uint8_t states)
{
	struct flow whole = { 0 };
	bool complete = node->kind == RA_N_SELECT;
	uint8_t through = 0;

	states = steps(w, node, false, states, &whole);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		struct flow part;

		if (kid->kind != RA_N_CASE)
			continue;
		complete |= kid->kids->kind == RA_N_NAME && !ra_node_find(kid, RA_N_GUARD);
		part = walk_block(w, ra_node_find(kid, RA_N_BLOCK),
				  steps(w, kid->kids, false, states, &whole) | through);
		through = falls_through(w, kid) ? part.falls : 0;
		whole.falls |= through ? 0 : part.falls;
		if (node->flags & RA_F_BREAKS) {
			whole.falls |= part.breaks;
			part.breaks = 0;
			part.leaks.at[RA_LEAK_BREAK] = NULL;
		}
		merge(&whole, &part);
	}
	if (!complete)
		whole.falls |= states;
	return whole;
}

/* -- try ------------------------------------------------------------------------------------- */

/* Does a handler take what the raise statement raises? By the last word of its name. */
static bool takes(const struct walk *w, const struct ra_node *handler, const struct ra_fact *raise)
{
	const struct ra_node *exception = ra_handler_exception(handler), *at = NULL;
	struct ra_str raised = ra_tree_last_word(raise->node->kids);

	if (ra_cancel_caught(w->o->d, exception) == RA_CATCH_EVERYTHING || !raised.len)
		return true;
	while ((at = ra_node_walk(exception, at, false)) != NULL)
		if ((at->kind == RA_N_NAME || at->kind == RA_N_MEMBER) &&
		    (ra_str_eq(at->text, raised) ||
		     ra_card_has(w->o->d->card, "errors", ra_cstr(w->o->d->arena, at->text))))
			return true;
	return false;
}

/* Leaks of the body that a handler keeps from leaving; it has a walk of its own. */
static void handled(const struct walk *w, const struct ra_node *handler, struct ra_leaks *leaks)
{
	const struct ra_fact *raise = leaks->at[RA_LEAK_RAISE];

	if (ra_cancel_caught(w->o->d, ra_handler_exception(handler)))
		leaks->at[RA_LEAK_CANCEL] = NULL;
	if (raise && takes(w, handler, raise))
		leaks->at[RA_LEAK_RAISE] = NULL;
	leaks->at[RA_LEAK_CALL] = NULL; /* who knows which errors it raises */
}

static void walk_handlers(const struct walk *w, const struct ra_node *node, uint8_t states,
			  struct flow *whole)
{
	/* somebody knew that something raises */
	uint8_t raises = whole->raises ? whole->raises : states;

	for (const struct ra_node *kid = node->kids->next; kid; kid = kid->next)
		if (kid->kind == RA_N_HANDLER)
			handled(w, kid, &whole->leaks);
	for (const struct ra_node *kid = node->kids->next; kid; kid = kid->next) {
		struct flow part;

		if (kid->kind != RA_N_HANDLER)
			continue;
		part = walk_block(w, ra_node_find(kid, RA_N_BLOCK), raises);
		whole->falls |= part.falls;
		merge(whole, &part);
	}
}

static bool any_leak(const struct ra_leaks *leaks)
{
	for (unsigned k = 0; k < RA_LEAK_KINDS; k++)
		if (leaks->at[k])
			return true;
	return false;
}

/* One walk tells what `finally` does to an open obligation: it ends it, or leaves it alone. */
static void walk_finally(const struct walk *w, const struct ra_node *block, struct flow *whole)
{
	struct flow part = walk_block(w, block, OPEN);
	bool open = whole->falls == OPEN || any_leak(&whole->leaks);

	if (part.falls != OPEN)
		whole->leaks = (struct ra_leaks){ 0 };
	if (!open)
		part.leaks = (struct ra_leaks){ 0 };
	merge(whole, &part);
	if (!part.falls || ra_tree_inside(w->o->begins->node, block))
		whole->falls = part.falls;
	else if (part.falls != OPEN && (whole->falls & OPEN))
		whole->falls = (uint8_t)((whole->falls & ~OPEN) | ENDED);
}

static struct flow walk_try(const struct walk *w, const struct ra_node *node, uint8_t states)
{
	const struct ra_shape *shape = w->facts->shape;
	const struct ra_node *other = ra_cancel_block(shape, node, RA_B_TRY_ELSE);
	const struct ra_node *finally = ra_cancel_block(shape, node, RA_B_FINALLY);
	struct flow whole = walk_block(w, node->kids, states), part = { 0 };

	if (other && whole.falls)
		part = walk_block(w, other, whole.falls);
	if (other)
		whole.falls = part.falls;
	walk_handlers(w, node, states, &whole);
	merge(&whole, &part);
	if (finally)
		walk_finally(w, finally, &whole);
	return whole;
}

/* -- the walk -------------------------------------------------------------------------------- */

static struct flow walk_statement(const struct walk *w, const struct ra_node *node, uint8_t states)
{
	struct flow flow = { 0 };

	switch (node->kind) {
	case RA_N_IF:
		return walk_if(w, node, states);
	case RA_N_WHILE: case RA_N_FOR:
		return walk_loop(w, node, states);
	case RA_N_WITH:
		return walk_with(w, node, states);
	case RA_N_MATCH: case RA_N_SELECT:
		return walk_match(w, node, states);
	case RA_N_COMPOUND:
		return walk_block(w, node->kids, states);
	case RA_N_TRY:
		return walk_try(w, node, states);
	default:
		break;
	}
	states = steps(w, node, false, states, &flow);
	if (node->kind == RA_N_BREAK || node->kind == RA_N_CONTINUE)
		walk_jump(w, node, states, &flow);
	else if (node->kind == RA_N_RAISE)
		flow.raises |= states;
	else if (ra_node_never_returns(w->facts->shape, node))
		walk_last_call(w, node, states, &flow);
	else if (node->kind != RA_N_RETURN)
		flow.falls = states;
	return flow;
}

static struct flow walk_block(const struct walk *w, const struct ra_node *block, uint8_t states)
{
	struct flow whole = { .falls = states }, part;

	for (const struct ra_node *kid = block->kids; kid && whole.falls; kid = kid->next) {
		part = walk_statement(w, kid, whole.falls);
		whole.falls = part.falls;
		merge(&whole, &part);
	}
	return whole;
}

static int by_statement(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static const struct ra_walked *index_stream(struct ra_detection *d, uint32_t unit)
{
	const struct ra_unit_facts *u = &d->facts->units[unit];
	struct ra_walked *walked = ra_new(d->arena, struct ra_walked);

	walked->unit = unit;
	walked->entries = ra_new_array(d->arena, struct entry, u->n_stream);
	for (uint32_t i = 0; i < u->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, u->stream[i]);

		if (fact->statement)
			walked->entries[walked->n++] =
				(struct entry){ fact->statement->first, i, fact };
	}
	qsort(walked->entries, walked->n, sizeof(*walked->entries), by_statement);
	return walked;
}

struct ra_leaks ra_obligation_walk(const struct ra_obligation *o)
{
	struct walk w = { .o = o, .facts = o->d->facts };
	const struct ra_unit *unit = &w.facts->shape->units.v[o->unit];
	struct flow flow;

	if (!unit->block)
		return (struct ra_leaks){ 0 };
	if (!o->d->walked || o->d->walked->unit != o->unit)
		o->d->walked = index_stream(o->d, o->unit);
	w.entries = o->d->walked->entries;
	w.n = o->d->walked->n;
	flow = walk_block(&w, w.facts->shape->blocks.v[unit->block].node,
			  o->at_entry ? OPEN : BEFORE);
	leak(&w, &flow, RA_LEAK_END, flow.falls, o->begins);
	if (!(flow.falls & OPEN))
		flow.leaks.at[RA_LEAK_BREAK] = NULL;
	return flow.leaks;
}
