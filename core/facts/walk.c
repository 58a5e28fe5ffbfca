/*
 * walk: facts of statements in the order in which they run, with the guards that are held for
 * sure at each: a branch starts with what was held before it, and after branches only what all
 * that go on still hold is held.
 */
#include "core/facts/internal.h"

struct held {
	uint32_t v[REGIONS_HELD_MAX];
	uint32_t n;
};

static struct held held_save(const struct build *b)
{
	struct held held = { .n = b->n_held };

	memcpy(held.v, b->held, sizeof(held.v));
	return held;
}

static void held_restore(struct build *b, const struct held *held)
{
	memcpy(b->held, held->v, sizeof(held->v));
	b->n_held = held->n;
	b->held_list = NULL;
}

static void held_intersect(struct held *into, const struct held *other)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < into->n; i++)
		for (uint32_t k = 0; k < other->n; k++)
			if (into->v[i] == other->v[k]) {
				into->v[n++] = into->v[i];
				break;
			}
	into->n = n;
}

static const struct ra_block *block_of(const struct build *b, const struct ra_node *node)
{
	return &b->shape->blocks.v[node->block];
}

static bool falls(const struct build *b, const struct ra_node *block)
{
	return block_of(b, block)->exits & RA_X_FALLS;
}

/* Behind a branch, a local is worth what it was before it or what the branch made it. */
static void forget_branch(struct build *b, uint32_t block, bool goes_on)
{
	while (b->rebindings.n) {
		struct rebinding *last = &b->rebindings.v[b->rebindings.n - 1];
		struct local *local = &b->scopes[last->unit].list.v[last->local];
		struct value after = local->value;

		if (last->block != block)
			return;
		local->value = last->before;
		if (goes_on)
			ra_value_join(&local->value, &after);
		b->rebindings.n--;
	}
}

static void walk_block(struct build *b, const struct ra_node *block)
{
	uint32_t outer = b->block;
	size_t temporaries = b->temporaries.n;

	b->block = block->block;
	for (const struct ra_node *kid = block->kids; kid; kid = kid->next)
		ra_walk_statement(b, kid);
	ra_guard_block_ends(b, block, temporaries);
	forget_branch(b, block->block, block_of(b, block)->exits & RA_X_FALLS);
	b->block = outer;
}

static const struct ra_node *block_with(const struct build *b, const struct ra_node *node,
					enum ra_block_role role)
{
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_BLOCK && block_of(b, kid)->role == role)
			return kid;
	return NULL;
}

/* -- branches ------------------------------------------------------------------------------ */

/* What holds behind branches: the intersection of those that go on. */
struct join {
	struct held held;
	bool any;
};

static void join_branch(struct build *b, struct join *join, bool goes_on)
{
	struct held now = held_save(b);

	if (!goes_on)
		return;
	if (join->any)
		held_intersect(&join->held, &now);
	else
		join->held = now;
	join->any = true;
}

static void join_end(struct build *b, const struct join *join, const struct held *before)
{
	held_restore(b, join->any ? &join->held : before);
}

struct sides { uint32_t true_block, true_from, false_block, false_from; };

static void set_sides(struct build *b, const struct tests *tests, const struct sides *sides)
{
	for (size_t i = 0; i < tests->list.n; i++) {
		const struct test_side *side = &tests->list.v[i];
		struct ra_fact *fact = &b->out->facts.v[side->fact];

		if (side->true_known) {
			fact->true_block = sides->true_block;
			fact->true_from = sides->true_from;
		}
		if (side->false_known) {
			fact->false_block = sides->false_block;
			fact->false_from = sides->false_from;
		}
	}
}

static bool if_falls(const struct build *b, const struct ra_node *node)
{
	const struct ra_node *then = block_with(b, node, RA_B_THEN), *other;

	if (!then || falls(b, then))
		return true;
	other = then->next;
	if (!other)
		return true;
	return other->kind == RA_N_IF ? if_falls(b, other) : falls(b, other);
}

static void eval_head(struct build *b, const struct ra_node *condition, const struct ra_node *body,
		      struct tests *tests)
{
	uint32_t outer = b->lets_in;

	b->lets_in = body ? body->block : 0;
	ra_eval_condition(b, condition, tests);
	b->lets_in = outer;
}

static void walk_if(struct build *b, const struct ra_node *node)
{
	const struct ra_node *then = block_with(b, node, RA_B_THEN), *other = then ? then->next : NULL;
	struct tests tests = { 0 };
	struct sides sides = { RA_NONE, 0, RA_NONE, 0 };
	struct join join = { 0 };
	struct held before;
	uint32_t regions;
	bool other_falls = true;

	regions = (uint32_t)b->out->regions.n;
	if (node->kids && node->kids != then)
		eval_head(b, node->kids, then, &tests);
	if (!then)
		return;
	before = held_save(b);
	if (other)
		other_falls = other->kind == RA_N_IF ? if_falls(b, other) : falls(b, other);
	sides.true_block = then->block;
	if (!falls(b, then)) {
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
	set_sides(b, &tests, &sides);
	walk_block(b, then);
	join_branch(b, &join, falls(b, then));
	held_restore(b, &before);
	ra_guard_not_taken(b, regions, b->shape->tokens->source->version >= 2024);
	if (other && other->kind == RA_N_IF)
		ra_walk_statement(b, other);
	else if (other)
		walk_block(b, other);
	join_branch(b, &join, other_falls);
	join_end(b, &join, &before);
}

static void walk_loop_body(struct build *b, const struct ra_node *node)
{
	const struct ra_node *body = block_with(b, node, RA_B_LOOP);
	const struct ra_node *other = block_with(b, node, RA_B_LOOP_ELSE);
	struct held before = held_save(b), after;

	if (!body)
		return;
	walk_block(b, body);
	after = held_save(b);
	if (falls(b, body))
		held_intersect(&before, &after);
	held_restore(b, &before);
	if (other)
		walk_block(b, other);
}

static void walk_while(struct build *b, const struct ra_node *node)
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
		set_sides(b, &tests, &sides);
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

static void walk_for(struct build *b, const struct ra_node *node)
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
	sides.true_block = falls(b, absent) ? present->block : b->block;
	sides.false_block = falls(b, present) ? absent->block : b->block;
	sides.true_from = falls(b, absent) ? 0 : present->first;
	sides.false_from = falls(b, present) ? 0 : absent->first;
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
	set_sides(b, &tests, &sides);
	return value;
}

static void walk_match(struct build *b, const struct ra_node *node)
{
	struct held before;
	struct join join = { 0 };
	struct tests tests = { 0 };
	struct value subject = ra_value_none();
	bool binds = b->shape->tokens->language->patterns_match;
	uint32_t regions = (uint32_t)b->out->regions.n;

	if (node->kids && node->kids->kind != RA_N_CASE)
		subject = eval_subject(b, node);
	before = held_save(b);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *guard = ra_node_find(kid, RA_N_GUARD);
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);

		if (kid->kind != RA_N_CASE || !block)
			continue;
		held_restore(b, &before);
		if (says_failed(kid->kids))
			ra_guard_not_taken(b, regions, false);
		if (binds)
			assign_in(b, kid->kids, &subject, block->block);
		if (guard && guard->kids)
			ra_eval_condition(b, guard->kids, &tests);
		walk_block(b, block);
		join_branch(b, &join, falls(b, block));
	}
	join_end(b, &join, &before);
}

/* Waits for one of its cases; each is a send, a receive or a future, and then its block. */
static void walk_select(struct build *b, const struct ra_node *node)
{
	bool never_waits = node->word == RA_W_ELSE;
	struct held before;
	struct join join = { 0 };
	struct ra_fact *fact = ra_fact_new(b, RA_FACT_SELECT, node);

	fact->flags |= never_waits ? RA_FACT_NO_WAIT : 0;
	before = held_save(b);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);
		size_t first = b->out->facts.n;

		if (kid->kind != RA_N_CASE || !block || kid->kids == block)
			continue;
		held_restore(b, &before);
		if (ra_node_is_statement(kid->kids))
			ra_walk_statement(b, kid->kids);
		for (size_t i = first; i < b->out->facts.n; i++)
			if (b->out->facts.v[i].kind == RA_FACT_SEND ||
			    b->out->facts.v[i].kind == RA_FACT_RECEIVE)
				b->out->facts.v[i].flags |= RA_FACT_IN_SELECT |
							   (never_waits ? RA_FACT_NO_WAIT : 0);
		if (b->out->units[b->unit].is_async)
			ra_fact_checkpoint(b, kid->kids, RA_SW_AWAIT, RA_NONE);
		walk_block(b, block);
		join_branch(b, &join, falls(b, block));
	}
	join_end(b, &join, &before);
}

static void walk_handler(struct build *b, const struct ra_node *node)
{
	const struct ra_node *block = ra_node_find(node, RA_N_BLOCK);

	if (node->kids && node->kids != block)
		ra_eval(b, node->kids);
	if (block)
		walk_block(b, block);
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

static void walk_try(struct build *b, const struct ra_node *node)
{
	const struct ra_node *body = block_with(b, node, RA_B_TRY), *block;
	const struct ra_node *finally = block_with(b, node, RA_B_FINALLY);
	struct held before = held_save(b), after;
	struct join join = { 0 };
	size_t first = b->out->facts.n;
	bool goes_on;

	if (!body)
		return;
	walk_block(b, body);
	test_by_raising(b, node, first);
	after = held_save(b);
	goes_on = falls(b, body);
	if ((block = block_with(b, node, RA_B_TRY_ELSE))) {
		walk_block(b, block);
		goes_on = goes_on && falls(b, block);
	}
	join_branch(b, &join, goes_on);
	/* what the body released may be released already when a handler runs */
	if (goes_on)
		held_intersect(&before, &after);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		if (kid->kind != RA_N_HANDLER)
			continue;
		held_restore(b, &before);
		walk_handler(b, kid);
		block = ra_node_find(kid, RA_N_BLOCK);
		join_branch(b, &join, block && falls(b, block));
	}
	/* `acquire` may stand in the body and its release in `finally` */
	if (finally) {
		held_restore(b, join.any ? &join.held : &after);
		walk_block(b, finally);
	} else {
		join_end(b, &join, &after);
	}
}

/* -- with ---------------------------------------------------------------------------------- */

enum { ITEMS_MAX = 16 };

struct entered {
	const struct ra_node *item;
	uint32_t region, call;
	bool timed, quiet;         /* bounds in time; its exit does not switch */
};

/* Is the bound in force? A scope that takes one by keyword bounds nothing without it. */
static bool bounds(const struct ra_node *node, const struct ra_api_row *row)
{
	const struct ra_node *argument = node->kind == RA_N_CALL ? node->kids->next : NULL;

	if (!row || row->arg != RA_API_BY_KEYWORD)
		return row != NULL;
	for (; argument; argument = argument->next)
		if (argument->kind == RA_N_KEYWORD && ra_str_eq(argument->text, row->keyword))
			return true;
	return false;
}

static struct entered enter_item(struct build *b, const struct ra_node *item, bool async)
{
	struct entered entered = { .item = item };
	const struct ra_api_row *row = NULL;
	struct value value;

	entered.region = ra_eval_item(b, item, async, &value);
	entered.call = value.call;
	if (value.call != RA_NONE)
		row = b->out->facts.v[value.call].row;
	entered.timed = bounds(item->kids, ra_api_with(row, RA_EFFECT_TIMEOUT));
	entered.quiet = ra_api_with(row, RA_EFFECT_TIMEOUT) || ra_api_with(row, RA_EFFECT_SHIELD);
	b->timed += entered.timed;
	if (item->kids->next)
		ra_assign(b, item->kids->next, &value);
	return entered;
}

static void leave_item(struct build *b, const struct entered *entered, const struct ra_node *with)
{
	struct ra_fact *fact;
	uint32_t last = ra_node_end_line(b->shape, with);

	b->timed -= entered->timed;
	if (entered->region != RA_NONE) {
		fact = ra_fact_new(b, RA_FACT_RELEASE, entered->item->kids);
		fact->region = entered->region;
		fact->state = b->out->regions.v[entered->region].lock;
		fact->name = b->out->regions.v[entered->region].text;
		fact->line = fact->end_line = last;
		ra_region_close(b, entered->region, fact->index);
	} else if ((with->flags & RA_F_ASYNC) && !entered->quiet) {
		fact = ra_fact_checkpoint(b, entered->item->kids, RA_SW_EXIT, entered->call);
		fact->line = fact->end_line = last;
	}
}

static void walk_with(struct build *b, const struct ra_node *node)
{
	const struct ra_node *body = ra_node_find(node, RA_N_BLOCK);
	struct entered entered[ITEMS_MAX];
	uint32_t n = 0;
	struct held before = held_save(b);

	for (const struct ra_node *kid = node->kids; kid && n < ITEMS_MAX; kid = kid->next)
		if (kid->kind == RA_N_ITEM && kid->kids)
			entered[n++] = enter_item(b, kid, node->flags & RA_F_ASYNC);
	if (body)
		walk_block(b, body);
	while (n)
		leave_item(b, &entered[--n], node);
	if (body && !falls(b, body))
		held_restore(b, &before);
}

/* -- definitions --------------------------------------------------------------------------- */

static void walk_decorator(struct build *b, const struct ra_node *node, uint32_t unit)
{
	const struct ra_api_row *row;
	struct ra_fact *fact;
	struct ra_str full;

	if (!node->kids)
		return;
	ra_eval(b, node->kids);
	row = ra_api_with(ra_decorator_row(b, node, &full), RA_EFFECT_HANDLER);
	if (!row || unit == RA_NONE)
		return;
	fact = ra_fact_new(b, RA_FACT_CALL, node->kids);
	fact->row = row;
	fact->callee = unit;
	fact->name = full.len ? full : ra_node_text(b->shape, node->kids);
	fact->how = RA_USE_PASSED;
}

static void walk_function(struct build *b, const struct ra_node *node)
{
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *fallback;

		if (kid->kind == RA_N_DECORATOR)
			walk_decorator(b, kid, node->unit);
		else if (kid->kind == RA_N_PARAM && (fallback = ra_node_find(kid, RA_N_DEFAULT)) &&
			 fallback->kids)
			ra_eval(b, fallback->kids);
	}
}

/* A class body runs once, in its unit; what it assigns is known by ra_facts_kinds. */
static void walk_class(struct build *b, const struct ra_node *node)
{
	const struct ra_node *body = ra_node_find(node, RA_N_BLOCK), *kid, *value;
	uint32_t outer = b->block;

	for (kid = node->kids; kid && kid != body; kid = kid->next)
		if (kid->kind == RA_N_DECORATOR)
			walk_decorator(b, kid, RA_NONE);
	if (!body)
		return;
	b->block = body->block;
	for (kid = body->kids; kid; kid = kid->next) {
		b->statement = kid;
		if (kid->kind != RA_N_ASSIGN) {
			ra_walk_statement(b, kid);
			continue;
		}
		for (value = kid->kids; value && value->next;)
			value = value->next;
		if (value && !(kid->flags & RA_F_BARE))
			ra_eval(b, value);
	}
	b->block = outer;
}

/* -- plain statements ---------------------------------------------------------------------- */

/* What the statement has just written of the state, it has read before. */
static void update_last(struct build *b, uint32_t state)
{
	for (size_t i = b->out->facts.n; i--;) {
		struct ra_fact *fact = &b->out->facts.v[i];

		if (fact->statement != b->statement)
			return;
		if (fact->state == state && ra_fact_is_access(fact->kind) &&
		    ra_fact_changes(fact->kind)) {
			fact->kind = RA_FACT_UPDATE;
			return;
		}
	}
}

/* `x += f()`: the target is read first, then the value is computed, then it is written. */
static void walk_augment(struct build *b, const struct ra_node *target,
			 const struct ra_node *value_node)
{
	struct place place = ra_place_of(b, target);
	bool drops = b->shape->tokens->language->drops_values;
	struct value sum, value;

	/* `*m.lock() += f()`: the lock is taken for the change */
	if (drops)
		value = ra_eval(b, value_node);
	sum = ra_eval(b, target);
	if (!drops)
		value = ra_eval(b, value_node);
	ra_origins_join(&sum.from, &value.from);
	sum.constant = sum.null = false;
	sum.direct = RA_NONE;
	if (!place.alias)
		sum.state = RA_NONE; /* a new value, and not what was there */
	if (drops)
		ra_store(b, target, &sum);
	else
		ra_assign(b, target, &sum);
	if (place.state != RA_NONE)
		update_last(b, place.state);
}

/* `x ??= f()`: f runs and x is written where x is not there; with `&&=` where it is. */
static void walk_logical(struct build *b, const struct ra_node *node)
{
	const struct ra_node *target = node->kids;
	struct tests tests = { 0 };
	struct sides sides = { RA_NONE, 0, RA_NONE, 0 };
	struct value value;

	ra_eval_condition(b, target, &tests);
	if (node->text.len && node->text.ptr[0] == '&') {
		sides.true_block = b->block;
		sides.true_from = target->first;
	} else {
		sides.false_block = b->block;
		sides.false_from = target->first;
	}
	set_sides(b, &tests, &sides);
	value = ra_eval(b, target->next);
	ra_assign(b, target, &value);
}

static void walk_assign(struct build *b, const struct ra_node *node)
{
	const struct ra_node *kid, *last = NULL, *targets = node->kids;
	struct value value;

	const struct ra_node *other = ra_node_find(node, RA_N_BLOCK); /* let .. else */
	uint32_t regions = (uint32_t)b->out->regions.n;
	struct held before;

	if (node->flags & RA_F_BARE)
		return;
	for (kid = node->kids; kid && kid != other; kid = kid->next)
		last = kid;
	if (!last || last == node->kids)
		return;
	if (node->flags & RA_F_AUGMENT) {
		if (node->word == RA_O_LOGICAL)
			walk_logical(b, node);
		else
			walk_augment(b, node->kids, last);
		return;
	}
	/* a, b = b, a: each part is worth its own */
	if (last->kind == RA_N_TUPLE && targets->kind == RA_N_TUPLE && targets->next == last &&
	    ra_node_count(last) == ra_node_count(targets)) {
		struct value parts[8];
		unsigned n = ra_node_count(last);

		if (n <= 8) {
			for (unsigned i = 0; i < n; i++)
				parts[i] = ra_eval(b, ra_node_kid(last, i));
			for (unsigned i = 0; i < n; i++)
				ra_assign(b, ra_node_kid(targets, i), &parts[i]);
			return;
		}
	}
	if (other) {
		struct sides sides = { b->block, node->last + 1, other->block, 0 };
		struct tests tests = { 0 };

		value = ra_eval_tested(b, last, &tests);
		set_sides(b, &tests, &sides);
	} else {
		value = ra_eval(b, last);
	}
	before = held_save(b);
	if (other) {
		ra_guard_not_taken(b, regions, true);
		walk_block(b, other);
		held_restore(b, &before);
	}
	for (kid = node->kids; kid != last; kid = kid->next) {
		if (kid->kind != RA_N_ANNOTATION)
			ra_assign(b, kid, &value);
		if (kid->kind == RA_N_MEMBER || kid->kind == RA_N_INDEX)
			ra_publish(b, last);
	}
}

static void walk_assert(struct build *b, const struct ra_node *node)
{
	struct tests tests = { 0 };
	struct sides sides = { b->block, node->last + 1, RA_NONE, 0 };

	if (!node->kids)
		return;
	ra_eval_condition(b, node->kids, &tests);
	set_sides(b, &tests, &sides);
}

static void walk_delete(struct build *b, const struct ra_node *target)
{
	struct place place = ra_place_of(b, target);
	struct ra_fact *fact;

	if (target->kind == RA_N_TUPLE) {
		for (const struct ra_node *kid = target->kids; kid; kid = kid->next)
			walk_delete(b, kid);
		return;
	}
	if (target->kind == RA_N_INDEX && ra_node_kid(target, 1))
		ra_eval(b, ra_node_kid(target, 1));
	if (place.state == RA_NONE || (place.alias && place.bare))
		return;
	fact = ra_fact_access(b, RA_FACT_DELETE, target, &place);
	if (place.key)
		fact->flags |= RA_FACT_MAY_RAISE;
}

/* A statement of one expression; the last of a block may be its value. */
static void walk_expressions(struct build *b, const struct ra_node *node)
{
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		struct value value = ra_eval(b, kid);

		if (node->flags & RA_F_TAIL)
			ra_value_join(&b->tail, &value);
	}
}

/* Results that have names: `return` alone reads them, `return x` writes them. */
static void walk_results(struct build *b, const struct ra_node *node)
{
	const struct ra_node *result = ra_node_find(b->shape->units.v[b->unit].node, RA_N_RESULT);
	const struct ra_node *name = result ? result->kids : NULL;

	if (name && name->kind == RA_N_TUPLE)
		name = name->kids;
	for (; name && name->kind == RA_N_NAMED; name = name->next) {
		struct local *local = ra_local(b, b->unit, name->kids->text, name->last + 1);
		struct place place = { .base = name->kids->text, .bare = true };

		if (!local || !local->captured)
			continue;
		place.state = local->state;
		ra_fact_access(b, node->kids ? RA_FACT_WRITE : RA_FACT_READ, node, &place);
	}
}

void ra_walk_statement(struct build *b, const struct ra_node *node)
{
	const struct ra_node *outer = b->statement, *kid;
	size_t temporaries = b->temporaries.n;

	b->statement = node;
	switch (node->kind) {
	case RA_N_ASSIGN:
		walk_assign(b, node);
		break;
	case RA_N_RETURN: case RA_N_RAISE: case RA_N_BREAK: case RA_N_CONTINUE:
		for (kid = node->kids; kid; kid = kid->next)
			ra_eval(b, kid);
		if (node->kind == RA_N_RETURN)
			walk_results(b, node);
		ra_fact_new(b, RA_FACT_LEAVE, node);
		break;
	case RA_N_DELETE:
		for (kid = node->kids; kid; kid = kid->next)
			walk_delete(b, kid);
		break;
	case RA_N_ASSERT:
		walk_assert(b, node);
		break;
	case RA_N_IF:
		walk_if(b, node);
		break;
	case RA_N_FOR:
		walk_for(b, node);
		break;
	case RA_N_WHILE:
		walk_while(b, node);
		break;
	case RA_N_TRY:
		walk_try(b, node);
		break;
	case RA_N_WITH:
		walk_with(b, node);
		break;
	case RA_N_MATCH:
		walk_match(b, node);
		break;
	case RA_N_FUNCTION:
		walk_function(b, node);
		break;
	case RA_N_CLASS:
		walk_class(b, node);
		break;
	case RA_N_SELECT:
		walk_select(b, node);
		break;
	case RA_N_SEND:
		if (node->kids && node->kids->next) {
			ra_eval(b, node->kids->next);
			ra_eval_channel(b, node, RA_FACT_SEND, node->kids);
		}
		break;
	case RA_N_SPAWN: case RA_N_DEFER:
		ra_eval_started(b, node);
		break;
	case RA_N_COMPOUND:
		if (node->kids)
			walk_block(b, node->kids);
		break;
	case RA_N_GLOBAL: case RA_N_NONLOCAL: case RA_N_IMPORT: case RA_N_PASS:
	case RA_N_EXPORT:
		break;
	default:
		walk_expressions(b, node);
		break;
	}
	if (!(node->flags & RA_F_TAIL)) {
		if (node->up->kind == RA_N_BLOCK)
			b->tail = ra_value_none(); /* nobody takes it */
		ra_guard_temporaries_end(b, temporaries, node);
	}
	b->statement = outer;
}

static void walk_unit(struct build *b, const struct ra_unit *unit)
{
	const struct ra_node *body = ra_node_find(unit->node, RA_N_BLOCK), *kid;

	b->unit = unit->index;
	b->n_held = 0;
	b->held_list = NULL;
	b->timed = 0;
	b->statement = NULL;
	b->block = unit->node->block;
	b->temporaries.n = b->owned.n = 0;
	b->tail = ra_value_none();
	b->lets_in = 0;
	if (unit->flags & RA_U_ABSTRACT)
		return;
	if (body) {
		walk_block(b, body);
		return;
	}
	/* a lambda's body is the one child that is no parameter */
	b->statement = ra_node_statement(unit->node);
	for (kid = unit->node->kids; kid; kid = kid->next)
		if (kid->kind != RA_N_PARAM && kid->kind != RA_N_RESULT)
			ra_eval(b, kid);
	b->tail = ra_value_none();
	ra_guard_temporaries_end(b, 0, unit->node);
}

/* Does it run as a coroutine? A generator does when its yield hands control to a scheduler. */
static bool is_coroutine(struct build *b, const struct ra_unit *u)
{
	const struct ra_node *kid = u->node->kids;
	struct ra_str full;

	if (u->flags & RA_U_ASYNC)
		return true;
	if (!(u->flags & RA_U_GENERATOR))
		return false;
	if (ra_api_with(ra_api_method(b->api, RA_KIND_UNKNOWN, u->name), RA_EFFECT_SWITCH))
		return true;
	for (; kid && kid->kind == RA_N_DECORATOR; kid = kid->next)
		if (ra_api_with(ra_decorator_row(b, kid, &full), RA_EFFECT_SWITCH))
			return true;
	return false;
}

void ra_facts_walk(struct build *b)
{
	for (uint32_t i = 0; i < b->shape->units.n; i++) {
		b->unit = b->shape->units.v[i].up;
		b->out->units[i].is_async = is_coroutine(b, &b->shape->units.v[i]);
	}
	for (uint32_t i = 0; i < b->shape->units.n; i++) {
		struct ra_unit_facts *facts = &b->out->units[i];

		facts->first = (uint32_t)b->out->facts.n;
		walk_unit(b, &b->shape->units.v[i]);
		facts->n = (uint32_t)b->out->facts.n - facts->first;
	}
}
