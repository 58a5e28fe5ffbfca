/*
 * walk: facts of statements in the order in which they run, unit by unit, with the guards that
 * are held for sure at each.
 */
#include "core/facts/walk.h"

/* -- blocks ----------------------------------------------------------------------------------- */

static const struct ra_block *block_of(const struct build *b, const struct ra_node *node)
{
	return &b->shape->blocks.v[node->block];
}

bool ra_block_falls(const struct build *b, const struct ra_node *block)
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

void ra_walk_block(struct build *b, const struct ra_node *block)
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

/* -- with ------------------------------------------------------------------------------------- */

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
	struct held before = ra_held_save(b);

	for (const struct ra_node *kid = node->kids; kid && n < ITEMS_MAX; kid = kid->next)
		if (kid->kind == RA_N_ITEM && kid->kids)
			entered[n++] = enter_item(b, kid, node->flags & RA_F_ASYNC);
	if (body)
		ra_walk_block(b, body);
	while (n)
		leave_item(b, &entered[--n], node);
	if (body && !ra_block_falls(b, body))
		ra_held_restore(b, &before);
}

/* -- definitions ------------------------------------------------------------------------------ */

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
		value = ra_node_last(kid);
		if (value && !(kid->flags & RA_F_BARE))
			ra_eval(b, value);
	}
	b->block = outer;
}

/* -- plain statements ------------------------------------------------------------------------- */

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
	ra_tests_sides(b, &tests, &sides);
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
		ra_tests_sides(b, &tests, &sides);
	} else {
		value = ra_eval(b, last);
	}
	before = ra_held_save(b);
	if (other) {
		ra_guard_not_taken(b, regions, true);
		ra_walk_block(b, other);
		ra_held_restore(b, &before);
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
	ra_tests_sides(b, &tests, &sides);
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
	fact = ra_fact_access(b, place.nested ? RA_FACT_UPDATE : RA_FACT_DELETE, target, &place);
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

/* The last of what is returned: whether there is one, where there are two. */
static bool value_told(struct build *b, const struct ra_node *node, struct value *value)
{
	uint32_t owner;
	struct local *local;

	if (node->kind == RA_N_TUPLE) {
		node = ra_node_last(node);
		if (!node || node->kind != RA_N_NAME)
			return node && node->kind == RA_N_LITERAL;
		*value = ra_value_none();
	}
	if (node->kind != RA_N_NAME)
		return node->kind == RA_N_LITERAL;
	local = ra_visible_local(b, node->text, node->first, &owner);
	if (local && owner == b->unit && !local->captured)
		*value = local->value;
	return false;
}

/* What each run of the unit returns is the outcome of one look at a state, or a literal. */
static void walk_told(struct build *b, const struct ra_node *node, struct value value)
{
	struct ra_unit_facts *unit = &b->out->units[b->unit];
	enum ra_says says;

	if (value_told(b, node, &value))
		return;
	says = value.compared ? (enum ra_says)value.said : RA_SAYS_PRESENT;
	if (!unit->told_says && says != RA_SAYS_VALUE) { /* the first one */
		unit->told = value.direct;
		unit->told_says = (uint8_t)says;
	} else if (unit->told != value.direct || unit->told_says != says) {
		unit->told = RA_NONE;
		unit->told_says = RA_SAYS_PRESENT;
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
		for (kid = node->kids; kid; kid = kid->next) {
			struct value value = ra_eval(b, kid);

			if (node->kind == RA_N_RETURN)
				walk_told(b, kid, value);
		}
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
		ra_walk_if(b, node);
		break;
	case RA_N_FOR:
		ra_walk_for(b, node);
		break;
	case RA_N_WHILE:
		ra_walk_while(b, node);
		break;
	case RA_N_TRY:
		ra_walk_try(b, node);
		break;
	case RA_N_WITH:
		walk_with(b, node);
		break;
	case RA_N_MATCH:
		ra_walk_match(b, node);
		break;
	case RA_N_FUNCTION:
		walk_function(b, node);
		break;
	case RA_N_CLASS:
		walk_class(b, node);
		break;
	case RA_N_SELECT:
		ra_walk_select(b, node);
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
			ra_walk_block(b, node->kids);
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

/* -- units ------------------------------------------------------------------------------------ */

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
		ra_walk_block(b, body);
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
		b->out->units[i].told = RA_NONE;
	}
	for (uint32_t i = 0; i < b->shape->units.n; i++) {
		struct ra_unit_facts *facts = &b->out->units[i];

		facts->first = (uint32_t)b->out->facts.n;
		walk_unit(b, &b->shape->units.v[i]);
		facts->n = (uint32_t)b->out->facts.n - facts->first;
	}
}
