/*
 * joins: who waits for whom. What a signal and a wait are about is compared as the unit that spawns
 * spells it: the parameters of the task stand for what it was given. States are compared as such, so
 * that a wait inside a callee counts. Whoever is given the channel or the group may wait for it.
 */
#include "core/races/joins.h"

/* A channel or a group. */
struct subject {
	uint32_t state;
	struct ra_str text;
	bool meets;      /* a channel without room: who sends waits for who receives, too */
};

static const struct ra_node *bare(const struct ra_node *node)
{
	while (node && node->kind == RA_N_UNARY &&
	       (node->word == RA_W_NONE || node->word == RA_O_AMP || node->word == RA_O_STAR))
		node = node->kids;
	return node;
}

static struct ra_str text_of(const struct ra_facts *facts, const struct ra_node *node)
{
	node = bare(node);
	return node ? ra_node_text(facts->shape, node) : RA_STR("");
}

/* The object whose method is called. */
static const struct ra_node *receiver(const struct ra_node *call)
{
	if (!call || call->kind != RA_N_CALL || !call->kids || call->kids->kind != RA_N_MEMBER)
		return NULL;
	return call->kids->kids;
}

static struct subject subject(const struct ra_facts *facts, uint32_t state,
			      const struct ra_node *node)
{
	return (struct subject){ .state = state, .text = text_of(facts, node) };
}

static const struct subject nothing = { .state = RA_NONE };

static struct subject channel(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *node = fact->node; /* the channel itself: of a loop over it */

	if (node->kind == RA_N_RECEIVE || node->kind == RA_N_SEND)
		node = node->kids;
	return subject(facts, fact->state, node);
}

/* A channel without room: who sends waits for who receives, as well as the other way round. */
static struct subject meeting(const struct ra_facts *facts, const struct ra_fact *fact)
{
	struct subject subject = channel(facts, fact);

	subject.meets = true;
	return fact->state != RA_NONE && facts->states.v[fact->state].room ? nothing : subject;
}

static bool is_atomic(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return ra_fact_is_access(fact->kind) &&
	       facts->states.v[fact->state].kind == RA_KIND_ATOMIC;
}

/* `for !done.Load() { .. }`, `Eventually(func() bool { return done.Load() }, ..)`: looks until it
 * is so. */
static bool looks_until(const struct ra_facts *facts, const struct ra_fact *look)
{
	const struct ra_node *up = look->node->up;

	if (look->via != RA_NONE)
		return ra_api_with(ra_fact(facts, look->via)->row, RA_EFFECT_INLINE) != NULL;
	while (up && !ra_node_is_statement(up))
		up = up->up;
	return up && up->kind == RA_N_WHILE && (look->flags & RA_FACT_IN_CONDITION);
}

static struct subject flag(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return (struct subject){ .state = fact->state,
				 .text = facts->states.v[fact->state].name };
}

/* What the fact signals to others; text "" when it is no signal. */
static struct subject signal_of(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_api_row *row = fact->row, *close;

	if (fact->kind == RA_FACT_SEND)
		return channel(facts, fact);
	if (fact->kind == RA_FACT_RECEIVE)
		return meeting(facts, fact);
	if (is_atomic(facts, fact) && ra_fact_changes(fact->kind))
		return flag(facts, fact);
	if (fact->node->kind != RA_N_CALL)
		return nothing;
	/* a lock that another one has taken: the two pass it on */
	if (fact->kind == RA_FACT_RELEASE && fact->region == RA_NONE)
		return subject(facts, fact->state, receiver(fact->node));
	close = ra_api_with(row, RA_EFFECT_CLOSE);
	if (close && ra_api_operand(close, fact->node))
		return subject(facts, fact->state, ra_api_operand(close, fact->node));
	if (receiver(fact->node) && (ra_api_with(row, RA_EFFECT_WAKE) ||
				     ra_str_is(fact->node->kids->text, "Done")))
		return subject(facts, fact->state, receiver(fact->node));
	return nothing;
}

/* What the fact waits for. */
static struct subject wait_of(const struct ra_facts *facts, const struct ra_fact *fact)
{
	if (fact->kind == RA_FACT_RECEIVE)
		return channel(facts, fact);
	if (fact->kind == RA_FACT_SEND)
		return meeting(facts, fact);
	if (is_atomic(facts, fact) && !ra_fact_changes(fact->kind) && looks_until(facts, fact))
		return flag(facts, fact);
	if (receiver(fact->node) && !(fact->flags & RA_FACT_DEFERRED) &&
	    (fact->kind == RA_FACT_JOIN || fact->kind == RA_FACT_WAIT ||
	     fact->kind == RA_FACT_ACQUIRE ||
	     ra_str_is(fact->node->kids->text, "Wait")))
		return subject(facts, fact->state, receiver(fact->node));
	return nothing;
}

/* The argument that the task's parameter, or receiver, of this name stands for. */
static const struct ra_node *argument_of(const struct ra_facts *facts, const struct ra_fact *spawn,
					 struct ra_str name)
{
	const struct ra_unit *unit = &facts->shape->units.v[spawn->callee];
	const struct ra_node *call = spawn->node, *argument, *kid = unit->node->kids;

	if (call->kind == RA_N_SPAWN)
		call = call->kids;
	if (call->kind != RA_N_CALL)
		return NULL;
	if (unit->receiver.len && ra_str_eq(unit->receiver, name))
		return receiver(call);
	argument = call->kids->next;
	for (; kid && argument; kid = kid->next) {
		if (kid->kind != RA_N_PARAM ||
		    (unit->receiver.len && ra_str_eq(kid->text, unit->receiver)))
			continue;
		if (ra_str_eq(kid->text, name))
			return argument;
		argument = argument->next;
	}
	return NULL;
}

static bool same_text(struct ra_str a, struct ra_str b)
{
	return a.len && ra_str_eq(a, b);
}

static bool same_state(const struct ra_facts *facts, uint32_t a, uint32_t b)
{
	return a != RA_NONE && a == b && facts->states.v[a].kind != RA_KIND_DICT;
}

/* Is what the task calls `inner` what the unit that spawns it calls `outer`? */
static bool same_subject(const struct ra_facts *facts, const struct ra_fact *spawn,
			 const struct subject *inner, const struct subject *outer)
{
	struct ra_str root = inner->text, rest;
	const struct ra_node *argument;

	if (!inner->text.len || !outer->text.len || inner->meets != outer->meets)
		return false;
	if (same_state(facts, inner->state, outer->state))
		return true;
	for (root.len = 0; root.len < inner->text.len && inner->text.ptr[root.len] != '.';)
		root.len++;
	argument = argument_of(facts, spawn, root);
	if (!argument)
		return same_text(inner->text, outer->text);
	rest = ra_str_n(inner->text.ptr + root.len, inner->text.len - root.len);
	root = text_of(facts, argument);
	return outer->text.len == root.len + rest.len && ra_str_starts(outer->text, root) &&
	       ra_str_ends(outer->text, rest);
}

/* -- the task's half ------------------------------------------------------------------------- */

/* Does the end of the task signal it: was it started by the group? */
static bool group_of(const struct ra_facts *facts, const struct ra_fact *spawn,
		     const struct subject *outer)
{
	const struct ra_node *group = receiver(spawn->node);

	return group && spawn->node->up->kind != RA_N_SPAWN &&
	       same_text(text_of(facts, group), outer->text);
}

/* Does the task signal what `outer` waits for? */
static bool signals(const struct ra_facts *facts, const struct ra_fact *spawn,
		    const struct subject *outer)
{
	const struct ra_unit_facts *task = &facts->units[spawn->callee];

	if (group_of(facts, spawn, outer))
		return true;
	for (uint32_t i = 0; i < task->n_stream && ra_facts_step(facts); i++) {
		struct subject inner = signal_of(facts, ra_fact(facts, task->stream[i]));

		if (same_subject(facts, spawn, &inner, outer))
			return true;
	}
	return false;
}

/* Is what the task signals given to a call of the unit, which may wait for it? */
static bool given_to(const struct ra_facts *facts, const struct ra_fact *call,
		     const struct ra_fact *spawn)
{
	const struct ra_node *argument;

	if (call->kind != RA_FACT_CALL || call->node->kind != RA_N_CALL ||
	    ra_api_with(call->row, RA_EFFECT_PURE) || ra_api_with(call->row, RA_EFFECT_CLOSE))
		return false;
	for (argument = call->node->kids->next; argument; argument = argument->next) {
		struct subject outer = subject(facts, RA_NONE, argument);

		if (signals(facts, spawn, &outer))
			return true;
	}
	return false;
}

/* Another task of the same unit that waits for this one and signals `outer` then. */
static bool passes_on(const struct ra_facts *facts, const struct ra_fact *spawn,
		      const struct subject *outer)
{
	const struct ra_unit_facts *unit = &facts->units[spawn->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *other = ra_fact(facts, unit->first + i);
		const struct ra_unit_facts *task;

		if (other->kind != RA_FACT_SPAWN || other == spawn || other->callee == RA_NONE ||
		    other->callee == spawn->callee || !ra_facts_step(facts) ||
		    !signals(facts, other, outer))
			continue;
		task = &facts->units[other->callee];
		for (uint32_t k = 0; k < task->n_stream; k++) {
			struct subject inner = wait_of(facts, ra_fact(facts, task->stream[k]));

			if (inner.text.len && signals(facts, spawn, &inner))
				return true;
		}
	}
	return false;
}

static bool waits_for(const struct ra_facts *facts, const struct ra_fact *wait,
		      const struct ra_fact *spawn)
{
	struct subject outer = wait_of(facts, wait);

	if (outer.text.len)
		return signals(facts, spawn, &outer) || passes_on(facts, spawn, &outer);
	return given_to(facts, wait, spawn);
}

struct ra_joins ra_joins_find(struct ra_arena *arena, const struct ra_facts *facts,
			      const struct ra_fact *spawn)
{
	struct ra_joins joins = { .facts = facts, .spawn = spawn };
	const struct ra_unit_facts *unit = &facts->units[spawn->unit];

	for (uint32_t i = 0; i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact != spawn && fact->node && waits_for(facts, fact, spawn))
			*ra_vec_push(arena, &joins.waits) = fact;
	}
	return joins;
}

/* -- paths ----------------------------------------------------------------------------------- */

static const struct ra_node *place_of(const struct ra_fact *fact)
{
	return (fact->flags & RA_FACT_INLINED) && fact->statement ? fact->statement : fact->node;
}

/* Does every case of the `select`, but those that leave, wait for the task? */
static bool all_cases(const struct ra_joins *joins, const struct ra_node *select)
{
	for (const struct ra_node *kid = select->kids; kid; kid = kid->next) {
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);
		bool waits = false;

		if (kid->kind != RA_N_CASE || !block ||
		    !(joins->facts->shape->blocks.v[block->block].exits &
		      (RA_X_FALLS | RA_X_BREAK)))
			continue;
		for (size_t i = 0; i < joins->waits.n && !waits; i++)
			waits = ra_tree_inside(place_of(joins->waits.v[i]), kid);
		if (!waits)
			return false;
	}
	return true;
}

/* What a `break` ends. */
static const struct ra_node *broken(const struct ra_node *node)
{
	const struct ra_node *at = node->up;

	for (; at; at = at->up) {
		bool loop = at->kind == RA_N_WHILE || at->kind == RA_N_FOR;

		if (node->text.len ? ra_str_eq(at->text, node->text)
				   : loop || (at->flags & RA_F_BREAKS))
			break;
	}
	return at;
}

/* Is the loop left only by what stands behind a wait for the task? `for { select { .. } }` */
static bool left_by_waits(const struct ra_joins *joins, const struct ra_node *loop)
{
	const struct ra_node *at = NULL;

	if (loop->kind != RA_N_WHILE || loop->kids->kind != RA_N_LITERAL)
		return false;
	while ((at = ra_node_walk(loop, at, false)) != NULL) {
		bool waits = false;

		if (at->kind != RA_N_BREAK || broken(at) != loop)
			continue;
		for (size_t i = 0; i < joins->waits.n && !waits; i++) {
			const struct ra_node *wait = place_of(joins->waits.v[i]);
			const struct ra_node *block = ra_tree_around(wait, RA_N_CASE);

			waits = ra_tree_inside(wait, loop) &&
				(!block || !ra_tree_inside(block, loop) ||
				 ra_tree_inside(at, block));
		}
		if (!waits)
			return false;
	}
	return true;
}

/* Is what stands at `node` behind the wait on all paths that are not told apart by a condition? */
static bool covers(const struct ra_joins *joins, const struct ra_fact *wait,
		   const struct ra_node *node)
{
	const struct ra_node *at = place_of(wait);
	bool whole = true;

	for (; at && !ra_tree_inside(node, at); at = at->up) {
		if (at->kind == RA_N_SELECT && !all_cases(joins, at))
			whole = false;
		if (!whole && at->kind == RA_N_WHILE && left_by_waits(joins, at))
			whole = true;
	}
	return whole;
}

bool ra_joined(const struct ra_joins *joins, const struct ra_fact *use)
{
	uint32_t from = joins->spawn->position, to = use->position;

	for (size_t i = 0; i < joins->waits.n; i++) {
		const struct ra_fact *wait = joins->waits.v[i];
		uint32_t at = wait->position;
		bool between = from < to ? at > from && at < to : at > from || at < to;

		/* `return x, g.Wait()`: x is no older than the wait, in all compilers there are */
		if (wait->statement == use->statement && wait->statement->kind == RA_N_RETURN)
			between = true;
		if (between && ra_facts_step(joins->facts) && covers(joins, wait, place_of(use)))
			return true;
	}
	return false;
}

bool ra_joined_in_round(const struct ra_joins *joins, uint32_t loop)
{
	const struct ra_shape *shape = joins->facts->shape;

	for (size_t i = 0; i < joins->waits.n; i++) {
		const struct ra_fact *wait = joins->waits.v[i];

		if (wait->position > joins->spawn->position &&
		    ra_block_inside(shape, wait->block, loop) && ra_facts_step(joins->facts) &&
		    covers(joins, wait, shape->blocks.v[loop].node->kids))
			return true;
	}
	return false;
}

/* A receive that is no clock's, and the only thing that is waited for. */
static bool waits_alone(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_RECEIVE && !(fact->flags & RA_FACT_IN_SELECT) &&
	       fact->node->kind == RA_N_RECEIVE && fact->node->kids->kind == RA_N_NAME;
}

bool ra_handed_over(const struct ra_joins *joins, const struct ra_fact *use,
		    uint32_t inner)
{
	const struct ra_facts *facts = joins->facts;
	const struct ra_unit_facts *unit = &facts->units[joins->spawn->unit];
	const struct ra_unit_facts *task = &facts->units[joins->spawn->callee];

	for (uint32_t k = 0; k < task->n_stream && k < inner; k++) {
		struct subject wait = wait_of(facts, ra_fact(facts, task->stream[k]));
		bool known = false;

		for (uint32_t i = 0; wait.text.len && i < unit->n_stream; i++) {
			const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);
			struct subject sent;

			if (!ra_facts_step(facts))
				return false;
			sent = signal_of(facts, fact);
			if (!same_subject(facts, joins->spawn, &wait, &sent))
				continue;
			known = true;
			if (i > use->position || (fact->flags & RA_FACT_DEFERRED))
				return true;
		}
		/* somebody else signals it; who knows when */
		if (wait.text.len && !known && waits_alone(ra_fact(facts, task->stream[k])))
			return true;
	}
	return false;
}

static bool task_waits(const struct ra_facts *facts, const struct ra_fact *one,
		       const struct ra_fact *other)
{
	const struct ra_unit_facts *task = &facts->units[one->callee];

	for (uint32_t i = 0; i < task->n_stream; i++) {
		struct subject wait = wait_of(facts, ra_fact(facts, task->stream[i]));

		if (wait.text.len && signals(facts, other, &wait))
			return true;
	}
	return false;
}

bool ra_tasks_ordered(const struct ra_facts *facts, const struct ra_fact *one,
		      const struct ra_fact *other)
{
	return task_waits(facts, one, other) || task_waits(facts, other, one);
}
