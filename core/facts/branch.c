/*
 * branch: facts of branches and loops. A branch starts with the guards that were held before it,
 * and behind branches only what all that go on still hold is held. Where one of them let go of a
 * lock and took it again, its new region is: between what was done before and what comes now others
 * may have been let in.
 */
#include "core/facts/walk.h"

/* -- what is held behind branches ------------------------------------------------------------- */

struct held ra_held_save(const struct build *b)
{
	struct held held = { .n = b->n_held };

	memcpy(held.v, b->held, sizeof(held.v));
	return held;
}

void ra_held_restore(struct build *b, const struct held *held)
{
	memcpy(b->held, held->v, sizeof(held->v));
	b->n_held = held->n;
	b->held_list = NULL;
}

static bool same_lock(const struct build *b, uint32_t left, uint32_t right)
{
	const struct ra_region *x = &b->out->regions.v[left], *y = &b->out->regions.v[right];

	return left == right ||
	       (x->lock == y->lock && x->shared == y->shared && ra_str_eq(x->text, y->text) &&
		ra_str_eq(x->key, y->key));
}

static void held_intersect(const struct build *b, struct held *into, const struct held *other)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < into->n; i++)
		for (uint32_t k = 0; k < other->n; k++)
			if (same_lock(b, into->v[i], other->v[k])) {
				into->v[n++] = into->v[i] > other->v[k] ? into->v[i] : other->v[k];
				break;
			}
	into->n = n;
}

/* What holds behind branches: the intersection of those that go on. */
struct join {
	struct held held;
	bool any;
};

static void join_branch(struct build *b, struct join *join, bool goes_on)
{
	struct held now = ra_held_save(b);

	if (!goes_on)
		return;
	if (join->any)
		held_intersect(b, &join->held, &now);
	else
		join->held = now;
	join->any = true;
}

static void join_end(struct build *b, const struct join *join, const struct held *before)
{
	ra_held_restore(b, join->any ? &join->held : before);
}

/* -- sides of tests --------------------------------------------------------------------------- */

static const struct ra_node *block_with(const struct build *b, const struct ra_node *node,
					enum ra_block_role role)
{
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_BLOCK && b->shape->blocks.v[kid->block].role == role)
			return kid;
	return NULL;
}

void ra_tests_sides(struct build *b, const struct tests *tests, const struct sides *sides)
{
	for (size_t i = 0; i < tests->list.n; i++) {
		const struct test_side *side = &tests->list.v[i];
		struct ra_fact *fact = &b->out->facts.v[side->fact];

		if (side->true_known) {
			fact->true_block = sides->true_block;
			fact->true_from = sides->true_from;
		} else if (fact->kind == RA_FACT_TEST && fact->how == RA_SAYS_ABSENT) {
			fact->true_block = sides->true_block;
			fact->true_from = sides->true_from;
			fact->flags |= RA_FACT_MAYBE;
		}
		if (side->false_known) {
			fact->false_block = sides->false_block;
			fact->false_from = sides->false_from;
		}
	}
}

/* -- if --------------------------------------------------------------------------------------- */

static bool if_falls(const struct build *b, const struct ra_node *node)
{
	const struct ra_node *then = block_with(b, node, RA_B_THEN), *other;

	if (!then || ra_block_falls(b, then))
		return true;
	other = then->next;
	if (!other)
		return true;
	return other->kind == RA_N_IF ? if_falls(b, other) : ra_block_falls(b, other);
}

static void eval_head(struct build *b, const struct ra_node *condition, const struct ra_node *body,
		      struct tests *tests)
{
	uint32_t outer = b->lets_in;

	b->lets_in = body ? body->block : 0;
	ra_eval_condition(b, condition, tests);
	b->lets_in = outer;
}

/* `if True: .. else: ..`: the branch that never runs does nothing. */
static bool walk_decided(struct build *b, const struct ra_node *node, const struct ra_node *then,
			 const struct ra_node *other)
{
	const struct ra_node *condition = node->kids;

	if (!condition || !then || condition == then || condition->kind != RA_N_LITERAL ||
	    (condition->word != RA_W_TRUE && condition->word != RA_W_FALSE))
		return false;
	if (condition->word == RA_W_TRUE)
		ra_walk_block(b, then);
	else if (other && other->kind == RA_N_IF)
		ra_walk_statement(b, other);
	else if (other)
		ra_walk_block(b, other);
	return true;
}

void ra_walk_if(struct build *b, const struct ra_node *node)
{
	const struct ra_node *then = block_with(b, node, RA_B_THEN), *other = then ? then->next : NULL;
	struct tests tests = { 0 };
	struct sides sides = { RA_NONE, 0, RA_NONE, 0 };
	struct join join = { 0 };
	struct held before;
	uint32_t regions;
	bool other_falls = true;

	if (walk_decided(b, node, then, other))
		return;
	regions = (uint32_t)b->out->regions.n;
	if (node->kids && node->kids != then)
		eval_head(b, node->kids, then, &tests);
	if (!then)
		return;
	before = ra_held_save(b);
	if (other)
		other_falls = other->kind == RA_N_IF ? if_falls(b, other)
						     : ra_block_falls(b, other);
	sides.true_block = then->block;
	if (!ra_block_falls(b, then)) {
		sides.false_block = b->block;
		sides.false_from = then->last + 1;
	} else if (other) {
		const struct ra_node *block = other->kind == RA_N_IF ? block_with(b, other, RA_B_THEN)
								     : other;
		sides.false_block = block ? block->block : RA_NONE;
	}
	if (other && !other_falls) {
		sides.true_block = b->block;
		sides.true_from = then->first;
	}
	ra_tests_sides(b, &tests, &sides);
	ra_walk_block(b, then);
	join_branch(b, &join, ra_block_falls(b, then));
	ra_held_restore(b, &before);
	ra_guard_not_taken(b, regions, b->shape->tokens->source->version >= 2024);
	if (other && other->kind == RA_N_IF)
		ra_walk_statement(b, other);
	else if (other)
		ra_walk_block(b, other);
	join_branch(b, &join, other_falls);
	join_end(b, &join, &before);
	ra_guard_head_ends(b, regions);
}

/* -- loops ------------------------------------------------------------------------------------ */

static void walk_loop_body(struct build *b, const struct ra_node *node)
{
	const struct ra_node *body = block_with(b, node, RA_B_LOOP);
	const struct ra_node *other = block_with(b, node, RA_B_LOOP_ELSE);
	struct held before = ra_held_save(b), after;

	if (!body)
		return;
	ra_walk_block(b, body);
	after = ra_held_save(b);
	if (ra_block_falls(b, body))
		held_intersect(b, &before, &after);
	ra_held_restore(b, &before);
	if (other)
		ra_walk_block(b, other);
}

void ra_walk_while(struct build *b, const struct ra_node *node)
{
	const struct ra_node *body = block_with(b, node, RA_B_LOOP);
	struct tests tests = { 0 };
	struct sides sides = { RA_NONE, 0, RA_NONE, 0 };

	if (node->kids && node->kids != body)
		eval_head(b, node->kids, body, &tests);
	if (body) {
		sides.true_block = body->block;
		sides.false_block = b->block;
		sides.false_from = node->last + 1;
		ra_tests_sides(b, &tests, &sides);
	}
	walk_loop_body(b, node);
}

/* Where a loop runs over pairs, the first target takes the key and the second the element. */
static void assign_round(struct build *b, const struct ra_node *target, const struct value *value)
{
	struct value key = ra_value_none();

	key.from = value->from;
	if (!b->shape->tokens->language->comma_ok) {
		ra_assign(b, target, value);
	} else if (target->kind != RA_N_TUPLE || !target->kids) {
		ra_assign(b, target, &key);
	} else {
		ra_assign(b, target->kids, &key);
		if (target->kids->next)
			ra_assign(b, target->kids->next, value);
	}
}

void ra_walk_for(struct build *b, const struct ra_node *node)
{
	const struct ra_node *target = node->kids, *iterable = target ? target->next : NULL;
	const struct ra_node *body = block_with(b, node, RA_B_LOOP);
	struct value value;

	if (!iterable || !body)
		return;
	value = ra_eval_iterable(b, iterable, body->block);
	if (node->flags & RA_F_ASYNC)
		ra_fact_checkpoint(b, iterable, RA_SW_NEXT, value.call);
	assign_round(b, target, &value);
	walk_loop_body(b, node);
}

/* -- match, select ---------------------------------------------------------------------------- */

/* A pattern that is met where nothing was taken: `Err(_)`, `None`, `_`. */
static bool says_failed(const struct ra_node *pattern)
{
	if (pattern->kind == RA_N_CALL && pattern->kids)
		return ra_str_is(pattern->kids->text, "Err");
	return pattern->word == RA_W_NULL || ra_str_is(pattern->text, "_");
}

/* What the pattern of a case binds lives in the block of the case. */
static void assign_in(struct build *b, const struct ra_node *pattern, const struct value *value,
		      uint32_t block)
{
	uint32_t outer = b->block;

	b->block = block;
	ra_assign(b, pattern, value);
	b->block = outer;
}

/* A pattern that is met where there is one: `Some(x)`, `Ok(x)`. */
static bool says_present(const struct ra_node *pattern)
{
	return pattern->kind == RA_N_CALL && pattern->kids &&
	       (ra_str_is(pattern->kids->text, "Some") || ra_str_is(pattern->kids->text, "Ok"));
}

/* The blocks of the two cases of a test for presence; the rest of the block at hand where the other
 * case leaves. */
static struct sides sides_of_cases(struct build *b, const struct ra_node *match)
{
	struct sides sides = { RA_NONE, 0, RA_NONE, 0 };
	const struct ra_node *present = NULL, *absent = NULL;

	for (const struct ra_node *kid = match->kids; kid; kid = kid->next) {
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);

		if (kid->kind != RA_N_CASE || !block || ra_node_find(kid, RA_N_GUARD))
			continue;
		if (says_present(kid->kids))
			present = block;
		else if (says_failed(kid->kids))
			absent = block;
	}
	if (!present || !absent)
		return sides;
	sides.true_block = ra_block_falls(b, absent) ? present->block : b->block;
	sides.false_block = ra_block_falls(b, present) ? absent->block : b->block;
	sides.true_from = ra_block_falls(b, absent) ? 0 : present->first;
	sides.false_from = ra_block_falls(b, present) ? 0 : absent->first;
	return sides;
}

/* What is held against the patterns; a test of it where they tell whether it is there. */
static struct value eval_subject(struct build *b, const struct ra_node *match)
{
	struct sides sides = sides_of_cases(b, match);
	struct tests tests = { 0 };
	struct value value;

	if (ra_node_is_statement(match->kids)) {
		ra_walk_statement(b, match->kids);
		return ra_value_none();
	}
	if (sides.true_block == RA_NONE)
		return ra_eval(b, match->kids);
	value = ra_eval_tested(b, match->kids, &tests);
	ra_tests_sides(b, &tests, &sides);
	return value;
}

void ra_walk_match(struct build *b, const struct ra_node *node)
{
	struct held before;
	struct join join = { 0 };
	struct tests tests = { 0 };
	struct value subject = ra_value_none();
	bool binds = b->shape->tokens->language->patterns_match;
	uint32_t regions = (uint32_t)b->out->regions.n;

	if (node->kids && node->kids->kind != RA_N_CASE)
		subject = eval_subject(b, node);
	before = ra_held_save(b);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *guard = ra_node_find(kid, RA_N_GUARD);
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);

		if (kid->kind != RA_N_CASE || !block)
			continue;
		ra_held_restore(b, &before);
		if (says_failed(kid->kids))
			ra_guard_not_taken(b, regions, false);
		if (binds)
			assign_in(b, kid->kids, &subject, block->block);
		if (guard && guard->kids)
			ra_eval_condition(b, guard->kids, &tests);
		ra_walk_block(b, block);
		join_branch(b, &join, ra_block_falls(b, block));
	}
	join_end(b, &join, &before);
}

/* Waits for one of its cases; each is a send, a receive or a future, and then its block. */
void ra_walk_select(struct build *b, const struct ra_node *node)
{
	bool never_waits = node->word == RA_W_ELSE;
	struct held before;
	struct join join = { 0 };
	struct ra_fact *fact = ra_fact_new(b, RA_FACT_SELECT, node);

	fact->flags |= never_waits ? RA_FACT_NO_WAIT : 0;
	before = ra_held_save(b);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);
		size_t first = b->out->facts.n;

		if (kid->kind != RA_N_CASE || !block || kid->kids == block)
			continue;
		ra_held_restore(b, &before);
		if (ra_node_is_statement(kid->kids))
			ra_walk_statement(b, kid->kids);
		for (size_t i = first; i < b->out->facts.n; i++)
			if (b->out->facts.v[i].kind == RA_FACT_SEND ||
			    b->out->facts.v[i].kind == RA_FACT_RECEIVE)
				b->out->facts.v[i].flags |= RA_FACT_IN_SELECT |
							   (never_waits ? RA_FACT_NO_WAIT : 0);
		if (b->out->units[b->unit].is_async)
			ra_fact_checkpoint(b, kid->kids, RA_SW_AWAIT, RA_NONE);
		ra_walk_block(b, block);
		join_branch(b, &join, ra_block_falls(b, block));
	}
	join_end(b, &join, &before);
}

/* -- try -------------------------------------------------------------------------------------- */

static void walk_handler(struct build *b, const struct ra_node *node)
{
	const struct ra_node *block = ra_node_find(node, RA_N_BLOCK);

	if (node->kids && node->kids != block)
		ra_eval(b, node->kids);
	if (block)
		ra_walk_block(b, block);
}

/* `try: v = d[k] except KeyError: ...`: reading is testing, its absent side is the handler. */
static void test_by_raising(struct build *b, const struct ra_node *node, size_t first)
{
	const struct ra_node *handler = ra_node_find(node, RA_N_HANDLER);
	const struct ra_node *absent = handler ? ra_node_find(handler, RA_N_BLOCK) : NULL;
	const struct ra_node *body = block_with(b, node, RA_B_TRY);

	for (size_t i = first; absent && i < b->out->facts.n; i++) {
		struct ra_fact *fact = &b->out->facts.v[i];

		if (fact->kind == RA_FACT_READ && (fact->flags & RA_FACT_MAY_RAISE) &&
		    fact->block == body->block && fact->false_block == RA_NONE) {
			fact->how = RA_SAYS_PRESENT;
			fact->false_block = absent->block;
		}
	}
}

void ra_walk_try(struct build *b, const struct ra_node *node)
{
	const struct ra_node *body = block_with(b, node, RA_B_TRY), *block;
	const struct ra_node *finally = block_with(b, node, RA_B_FINALLY);
	struct held before = ra_held_save(b), after;
	struct join join = { 0 };
	size_t first = b->out->facts.n;
	bool goes_on;

	if (!body)
		return;
	ra_walk_block(b, body);
	test_by_raising(b, node, first);
	after = ra_held_save(b);
	goes_on = ra_block_falls(b, body);
	if ((block = block_with(b, node, RA_B_TRY_ELSE))) {
		ra_walk_block(b, block);
		goes_on = goes_on && ra_block_falls(b, block);
	}
	join_branch(b, &join, goes_on);
	/* what the body released may be released already when a handler runs */
	if (goes_on)
		held_intersect(b, &before, &after);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		if (kid->kind != RA_N_HANDLER)
			continue;
		ra_held_restore(b, &before);
		walk_handler(b, kid);
		block = ra_node_find(kid, RA_N_BLOCK);
		join_branch(b, &join, block && ra_block_falls(b, block));
	}
	/* `acquire` may stand in the body and its release in `finally` */
	if (finally) {
		ra_held_restore(b, join.any ? &join.held : &after);
		ra_walk_block(b, finally);
	} else {
		join_end(b, &join, &after);
	}
}
