/*
 * query: the questions that detectors ask of the facts of a file. All of them are about order on
 * paths, guards held and values; none knows a kind of race.
 */
#include "core/facts/facts.h"

/* -- order --------------------------------------------------------------------------------- */

static const struct ra_block *block_at(const struct ra_facts *facts, uint32_t block)
{
	return &facts->shape->blocks.v[block];
}

static const struct ra_node *owner_of(const struct ra_facts *facts, uint32_t block)
{
	return block_at(facts, block)->node->up;
}

/* The innermost block around both, and the child of it that leads to each (RA_NONE: none). */
static uint32_t common_block(const struct ra_facts *facts, uint32_t a, uint32_t b,
			     uint32_t *below_a, uint32_t *below_b)
{
	*below_a = *below_b = RA_NONE;
	while (a != b) {
		if (block_at(facts, a)->depth >= block_at(facts, b)->depth) {
			*below_a = a;
			a = block_at(facts, a)->up;
		} else {
			*below_b = b;
			b = block_at(facts, b)->up;
		}
	}
	return a;
}

/* By their tokens: what is asked about is a block, and a statement that is not around it alone. */
static bool node_inside(const struct ra_node *node, const struct ra_node *outer)
{
	return node->first >= outer->first && node->last <= outer->last;
}

/* Can one run enter block x and later block y, two different children of one block? */
static bool exclusive(const struct ra_facts *facts, uint32_t x, uint32_t y)
{
	unsigned rx = block_at(facts, x)->role, ry = block_at(facts, y)->role;
	const struct ra_node *ox = owner_of(facts, x), *oy = owner_of(facts, y);

	if (rx == RA_B_THEN) /* `else` and all the `elif`s hang below the `if` */
		return ox == oy || (oy->kind == RA_N_IF && node_inside(oy, ox));
	/* a handler's block belongs to the handler, a case's to the case: one up is the whole */
	if (rx == RA_B_CASE || rx == RA_B_HANDLER)
		ox = ox->up;
	if (ry == RA_B_CASE || ry == RA_B_HANDLER)
		oy = oy->up;
	if (ox != oy)
		return false;
	if (rx == RA_B_HANDLER)
		return ry == RA_B_HANDLER || ry == RA_B_TRY_ELSE;
	return (rx == RA_B_CASE && ry == RA_B_CASE) || (rx == RA_B_TRY_ELSE && ry == RA_B_HANDLER);
}

/* Does control that left block `from` by return or raise still run `b` (a finally, an exit)? */
static bool runs_on_leaving(const struct ra_facts *facts, uint32_t from, const struct ra_fact *b,
			    bool raises)
{
	const struct ra_node *owner;

	if (b->kind == RA_FACT_CHECKPOINT && b->how == RA_SW_EXIT &&
	    node_inside(block_at(facts, from)->node, b->statement))
		return true;
	for (uint32_t block = b->block;; block = block_at(facts, block)->up) {
		unsigned role = block_at(facts, block)->role;

		if (role == RA_B_FUNCTION || role == RA_B_MODULE)
			return false;
		owner = owner_of(facts, block);
		if (role == RA_B_HANDLER)
			owner = owner->up;
		if ((role == RA_B_FINALLY || (role == RA_B_HANDLER && raises)) &&
		    node_inside(block_at(facts, from)->node, owner))
			return true;
	}
}

/* What a `break` in the block ends: a loop's body, or a case of what it ends too; 0 for neither. */
static uint32_t broken_off(const struct ra_facts *facts, uint32_t block)
{
	for (; block; block = block_at(facts, block)->up) {
		unsigned role = block_at(facts, block)->role;

		if (role == RA_B_LOOP)
			return block;
		if (role == RA_B_CASE && (owner_of(facts, block)->up->flags & RA_F_BREAKS))
			return block;
		if (role == RA_B_FUNCTION)
			return 0;
	}
	return 0;
}

/* From `a` to the end of its blocks below `top`: can control come out, and for sure? */
static enum ra_order comes_out(const struct ra_facts *facts, const struct ra_fact *a,
			       const struct ra_fact *b, uint32_t top)
{
	enum ra_order order = RA_ORDER_ALWAYS;
	uint32_t block = a->block;

	while (block != top) {
		const struct ra_block *at = block_at(facts, block);

		if (!(at->exits & RA_X_FALLS)) {
			uint32_t left = at->exits & RA_X_BREAK ? broken_off(facts, block)
				      : at->exits & RA_X_CONTINUE ? at->loop : 0;

			order = RA_ORDER_SOMETIMES;
			if (at->exits & RA_X_JUMP)
				return order;
			if (left && !ra_block_inside(facts->shape, b->block, left)) {
				if (!ra_block_inside(facts->shape, left, top) || left == top)
					return order;
				block = left;
			} else if (!runs_on_leaving(facts, block, b, at->exits & RA_X_RAISE)) {
				return RA_ORDER_NEVER;
			} else {
				return order;
			}
		} else if (at->exits != RA_X_FALLS) {
			order = RA_ORDER_SOMETIMES;
		}
		block = block_at(facts, block)->up;
	}
	return order;
}

static bool conditional(unsigned role)
{
	return role == RA_B_THEN || role == RA_B_ELSE || role == RA_B_LOOP || role == RA_B_CASE ||
	       role == RA_B_HANDLER || role == RA_B_TRY_ELSE || role == RA_B_LOOP_ELSE;
}

static bool share_loop(const struct ra_facts *facts, uint32_t a, uint32_t b)
{
	uint32_t loop = block_at(facts, a)->loop;

	while (loop) {
		if (ra_block_inside(facts->shape, b, loop))
			return true;
		loop = block_at(facts, block_at(facts, loop)->up)->loop;
	}
	return false;
}

enum ra_order ra_fact_order(const struct ra_facts *facts, const struct ra_fact *a,
			    const struct ra_fact *b, bool round)
{
	uint32_t top, below_a, below_b;
	enum ra_order order;

	if (b->position <= a->position)
		return round && share_loop(facts, a->block, b->block) ? RA_ORDER_SOMETIMES
								      : RA_ORDER_NEVER;
	top = common_block(facts, a->block, b->block, &below_a, &below_b);
	*facts->steps += block_at(facts, a->block)->depth + block_at(facts, b->block)->depth + 1u -
			 2u * block_at(facts, top)->depth;
	if (below_a != RA_NONE && below_b != RA_NONE && exclusive(facts, below_a, below_b))
		return RA_ORDER_NEVER;
	order = comes_out(facts, a, b, top);
	for (uint32_t block = b->block; order == RA_ORDER_ALWAYS && block != top;
	     block = block_at(facts, block)->up)
		if (conditional(block_at(facts, block)->role))
			order = RA_ORDER_SOMETIMES;
	return order;
}

uint32_t ra_unit_switch(const struct ra_unit_facts *unit, uint32_t position)
{
	uint32_t low = 0, high = unit->n_switches;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (unit->switches[middle] < position)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct ra_fact *ra_fact_switch(const struct ra_facts *facts, const struct ra_unit_facts *unit,
				     uint32_t from, uint32_t to)
{
	const struct ra_fact *a = ra_fact(facts, unit->stream[from]);
	const struct ra_fact *b = ra_fact(facts, unit->stream[to]);

	for (uint32_t i = ra_unit_switch(unit, from + 1);
	     i < unit->n_switches && unit->switches[i] < to && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[unit->switches[i]]);

		if (ra_fact_order(facts, a, fact, false) != RA_ORDER_NEVER &&
		    ra_fact_order(facts, fact, b, false) != RA_ORDER_NEVER)
			return fact;
	}
	return NULL;
}

/* -- tests and values ---------------------------------------------------------------------- */

/* A block that does nothing but hold statements goes on behind its end, in the one around it. */
static bool goes_on(const struct ra_facts *facts, uint32_t block)
{
	const struct ra_block *b = &facts->shape->blocks.v[block];

	return b->up && (b->role == RA_B_PLAIN || b->role == RA_B_WITH) && (b->exits & RA_X_FALLS);
}

static bool on_side(const struct ra_facts *facts, uint32_t block, uint32_t from,
		    const struct ra_fact *act)
{
	if (block == RA_NONE || !act->statement || act->statement->first < from)
		return false;
	while (from && !ra_block_inside(facts->shape, act->block, block) && goes_on(facts, block))
		block = facts->shape->blocks.v[block].up;
	return ra_block_inside(facts->shape, act->block, block);
}

static uint32_t side_ends(const struct ra_facts *facts, uint32_t block, uint32_t from)
{
	while (block != RA_NONE && from && goes_on(facts, block))
		block = facts->shape->blocks.v[block].up;
	return block != RA_NONE ? facts->last_in_block[block] : 0;
}

int ra_fact_governed(const struct ra_facts *facts, const struct ra_fact *test,
		     const struct ra_fact *act)
{
	if (act->position <= test->position)
		return -1;
	if (on_side(facts, test->true_block, test->true_from, act))
		return test->flags & RA_FACT_MAYBE ? RA_SAYS_VALUE : test->how;
	if (!on_side(facts, test->false_block, test->false_from, act))
		return -1;
	return test->how == RA_SAYS_PRESENT ? RA_SAYS_ABSENT :
	       test->how == RA_SAYS_ABSENT ? RA_SAYS_PRESENT : RA_SAYS_VALUE;
}

uint32_t ra_fact_governs_to(const struct ra_facts *facts, const struct ra_fact *test)
{
	uint32_t to = side_ends(facts, test->true_block, test->true_from);
	uint32_t other = side_ends(facts, test->false_block, test->false_from);

	return other > to ? other : to;
}

bool ra_fact_depends(const struct ra_fact *write, const struct ra_fact *read)
{
	for (uint32_t i = 0; i < write->n_depends; i++)
		if (write->depends[i] == read->index ||
		    (read->origin != RA_NONE && write->depends[i] == read->origin))
			return true;
	return false;
}

bool ra_fact_same_key(const struct ra_fact *a, const struct ra_fact *b)
{
	return !a->key.len || !b->key.len || ra_str_eq(a->key, b->key);
}

/* -- conflicts ----------------------------------------------------------------------------- */

static bool conflicts(const struct ra_facts *facts, const struct ra_fact *fact, uint32_t state,
		      const struct ra_fact *at, uint32_t kinds)
{
	bool of_kind = (kinds & RA_KINDS(fact->kind)) ||
		       ((kinds & RA_KINDS_RESET) && fact->kind == RA_FACT_WRITE &&
			(fact->flags & RA_FACT_NULL));

	return ra_fact_is_access(fact->kind) && fact->state == state && of_kind &&
	       !(fact->flags & RA_FACT_FRESH) && (!at || !ra_fact_same_lock(facts, fact, at, state));
}

/* Two runs of a function have their locals apart, and what it sets before it hands them on is
 * set before anyone else can see it: only inner units conflict. */
static bool own_copy(const struct ra_facts *facts, uint32_t unit, uint32_t state)
{
	return facts->states.v[state].scope == RA_SCOPE_CLOSURE &&
	       facts->states.v[state].owner == unit;
}

/* The unit right below the owner of a captured local that the given one is, or stands in. */
static uint32_t child_of(const struct ra_facts *facts, uint32_t unit, uint32_t owner)
{
	const struct ra_unit *units = facts->shape->units.v;

	while (unit && units[unit].up != owner)
		unit = units[unit].up;
	return unit;
}

/* Is the local of one run of its owner touched by one run of the unit at a time: does that start it once,
 * or run it itself? Two runs of the owner have two locals. */
static bool has_one_run(const struct ra_facts *facts, uint32_t unit, uint32_t state)
{
	const struct ra_state *local = &facts->states.v[state];
	const struct ra_unit_facts *u;
	uint32_t child;

	if (local->scope != RA_SCOPE_CLOSURE)
		return false;
	child = child_of(facts, unit, local->owner);
	u = &facts->units[child];
	if (child != unit || u->escapes || !u->n_callers)
		return false;
	for (uint32_t i = 0; i < u->n_callers; i++) {
		const struct ra_fact *call = ra_fact(facts, u->callers[i]);
		uint32_t loop = facts->shape->blocks.v[call->block].loop;
		const struct ra_node *body = facts->shape->blocks.v[loop].node;

		if (call->unit != local->owner || ra_api_with(call->row, RA_EFFECT_HANDLER))
			return false;
		if (call->kind == RA_FACT_SPAWN &&
		    (u->n_callers > 1 || (loop && (local->declared < body->first ||
						   local->declared > body->last))))
			return false;
	}
	return true;
}

const struct ra_fact *ra_fact_conflict(const struct ra_facts *facts, uint32_t unit, uint32_t state,
				       const struct ra_fact *at, uint32_t kinds,
				       struct ra_evidence *why)
{
	const struct ra_fact *best = NULL, *fact;
	uint32_t seen = RA_NONE; /* the first of a unit speaks for it */

	*why = (struct ra_evidence){ .strength = RA_TOGETHER_NO, .fact = RA_NONE };
	for (fact = ra_state_use(facts, state); fact && !(fact->flags & RA_FACT_INLINED);
	     fact = ra_fact_next_use(facts, fact)) {
		struct ra_evidence evidence;

		if (fact->unit == seen || own_copy(facts, fact->unit, state) ||
		    (fact->unit == unit && has_one_run(facts, unit, state)) ||
		    !conflicts(facts, fact, state, at, kinds))
			continue;
		seen = fact->unit;
		evidence = ra_units_together(facts, unit, seen);
		if (facts->states.v[state].scope == RA_SCOPE_CLOSURE &&
		    facts->units[unit].by_outer && facts->units[seen].by_outer)
			evidence.strength = RA_TOGETHER_UNKNOWN;
		if (evidence.strength > why->strength) {
			*why = evidence;
			best = fact;
		}
	}
	return best;
}

/* -- places -------------------------------------------------------------------------------- */

uint32_t ra_block_enclosing(const struct ra_shape *shape, uint32_t block, enum ra_block_role role)
{
	while (block && shape->blocks.v[block].role != role) {
		if (shape->blocks.v[block].role == RA_B_FUNCTION)
			return 0;
		block = shape->blocks.v[block].up;
	}
	return block;
}

uint32_t ra_fact_of_node(const struct ra_facts *facts, const struct ra_node *node)
{
	const struct ra_node *inner = node->kind == RA_N_AWAIT ? node->kids : node;
	uint32_t index = facts->first_here[inner->first];

	while (index != RA_NONE && (ra_fact(facts, index)->node != inner ||
				    ra_fact(facts, index)->kind == RA_FACT_CHECKPOINT))
		index = ra_fact(facts, index)->next_here;
	return index;
}

bool ra_call_runs_once(const struct ra_facts *facts, uint32_t call)
{
	const struct ra_api_row *row =
		call == RA_NONE ? NULL
				: ra_api_with(ra_fact(facts, call)->row, RA_EFFECT_INLINE);

	return row && (row->flags & RA_API_ATOMIC);
}

const struct ra_fact *ra_unit_start(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers; i++)
		if (ra_fact(facts, u->callers[i])->kind == RA_FACT_SPAWN)
			return ra_fact(facts, u->callers[i]);
	return NULL;
}

bool ra_unit_takes_locks(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++)
		if (ra_fact(facts, u->first + i)->kind == RA_FACT_ACQUIRE)
			return true;
	return false;
}

const struct ra_fact *ra_unit_only_start(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers; i++)
		if (ra_fact(facts, u->callers[i])->kind != RA_FACT_SPAWN)
			return NULL;
	return ra_unit_start(facts, unit);
}
