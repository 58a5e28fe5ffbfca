/*
 * effect: how the effects of an API row become facts: which argument is the unit that is started,
 * the container, the key, the bound in time. What a library does stands in its rows, never here.
 */
#include "core/facts/call.h"

/* -- operands --------------------------------------------------------------------------------- */

static const struct ra_node *argument_value(const struct ra_node *argument)
{
	while (argument && (argument->kind == RA_N_KEYWORD || argument->kind == RA_N_STAR ||
			    argument->kind == RA_N_DOUBLESTAR))
		argument = argument->kids;
	return argument;
}

/* The unit that an argument hands over: a function, a coroutine, a bound callable. */
static uint32_t unit_in(struct build *b, const struct ra_node *argument)
{
	const struct ra_node *node = argument_value(argument);
	struct value value;

	if (!node)
		return RA_NONE;
	if (node->kind == RA_N_COMPREHENSION || node->kind == RA_N_LIST)
		return unit_in(b, node->kids);
	value = ra_value_of(b, node);
	if (value.coroutine != RA_NONE)
		return value.coroutine;
	return value.unit;
}

static const struct ra_node *positional_argument(const struct call *call, int position)
{
	const struct ra_node *a = position >= 0 ? ra_node_kid(call->node, (unsigned)position + 1)
						: NULL;

	return a && a->kind != RA_N_KEYWORD ? a : NULL;
}

/* The unit that the row's operand hands over; failing that, the first that any argument does. */
static uint32_t unit_argument(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	const struct ra_node *argument = row->arg == RA_API_RECEIVER ? NULL :
					 ra_api_operand(row, call->node);
	uint32_t unit = argument ? unit_in(b, argument) : RA_NONE;

	for (argument = call->callee->next; argument && unit == RA_NONE; argument = argument->next)
		unit = unit_in(b, argument);
	return unit;
}

/* Is the bound that the row says the call takes given, and not None? */
static bool has_timeout(const struct call *call, const struct ra_api_row *row)
{
	const struct ra_node *bound;

	if (!row || !(row->flags & RA_API_TIMED))
		return false;
	bound = positional_argument(call, row->bound);
	for (const struct ra_node *a = call->callee->next; a && !bound; a = a->next)
		if (a->kind == RA_N_KEYWORD && ra_str_ifind(a->text, RA_STR("timeout")) >= 0)
			bound = a->kids;
	return bound && bound->word != RA_W_NULL;
}

/* -- containers ------------------------------------------------------------------------------- */

static enum ra_fact_kind access_of_effect(enum ra_effect effect)
{
	static const enum ra_fact_kind kinds[RA_EFFECT_COUNT] = {
		[RA_EFFECT_READ] = RA_FACT_READ, [RA_EFFECT_COPY] = RA_FACT_READ,
		[RA_EFFECT_TEST] = RA_FACT_TEST, [RA_EFFECT_ITERATE] = RA_FACT_ITERATE,
		[RA_EFFECT_WRITE] = RA_FACT_WRITE, [RA_EFFECT_UPDATE] = RA_FACT_UPDATE,
		[RA_EFFECT_INSERT] = RA_FACT_INSERT, [RA_EFFECT_DELETE] = RA_FACT_DELETE,
	};

	return kinds[effect];
}

bool ra_effect_is_access(enum ra_effect effect)
{
	return (effect >= RA_EFFECT_READ && effect <= RA_EFFECT_DELETE) || effect == RA_EFFECT_COPY;
}

/* The argument that is the key: of a method the first, of a function the one behind the container. */
static const struct ra_node *key_of(const struct call *call, const struct ra_api_row *row)
{
	const struct ra_node *container;

	if (!call->accessed)
		return call->callee->next;
	container = ra_api_operand(row, call->node);
	return container && call->receiver.kind != RA_KIND_LIST ? container->next : NULL;
}

static bool takes_key(const struct call *call, const struct ra_api_row *row)
{
	if (call->accessed)
		return key_of(call, row) && (row->effect == RA_EFFECT_DELETE ||
					     row->effect == RA_EFFECT_INSERT);
	return call->callee->next && call->callee->next->kind != RA_N_STAR &&
	       (row->arg == 0 || call->receiver.kind == RA_KIND_DICT ||
		call->receiver.kind == RA_KIND_SET);
}

/* A method of a container that is a state: pop, get, append. */
static uint32_t container_access(struct build *b, const struct call *call,
				 const struct ra_api_row *row)
{
	struct place place = call->place;
	enum ra_fact_kind kind;
	struct ra_fact *fact;
	bool keyed = takes_key(call, row);

	if (keyed && !place.key) {
		place.key = key_of(call, row);
		place.bare = false;
	}
	/* `d[k].remove(x)` changes what `d` holds at k, not which keys it has */
	kind = access_of_effect(row->effect);
	if (call->place.key && ra_fact_changes(kind))
		kind = RA_FACT_UPDATE;
	fact = ra_fact_access(b, kind, call->node, &place);
	fact->row = row;
	fact->name = ra_call_name(b, call);
	fact->receiver_kind = call->receiver.kind;
	fact->how = fact->kind == RA_FACT_TEST ? RA_SAYS_VALUE : 0;
	/* `d.clear()`: written without a value it is empty */
	if (fact->kind == RA_FACT_WRITE && !place.key && row->arg == RA_API_RECEIVER &&
	    !call->callee->next)
		fact->flags |= RA_FACT_NULL;
	if ((row->flags & RA_API_LEAVES) && !((row->flags & RA_API_ATOMIC) && keyed &&
					      call->callee->next->next))
		fact->flags |= RA_FACT_MAY_RAISE;
	else if (row->flags & RA_API_ATOMIC)
		fact->flags |= RA_FACT_ATOMIC;
	if (call->from.n && ra_fact_changes(fact->kind)) {
		uint32_t *depends = ra_new_array(b->arena, uint32_t, call->from.n);

		memcpy(depends, call->from.v, call->from.n * sizeof(*depends));
		fact->depends = depends;
		fact->n_depends = call->from.n;
	}
	return fact->index;
}

/* `hasattr(C, "x")`: a test of the state that `C.x` is. */
static bool attribute_test(struct build *b, const struct call *call, struct value *value)
{
	const struct ra_node *object = call->callee->next, *name = object ? object->next : NULL;
	struct ra_node member = { .kind = RA_N_MEMBER };
	struct ra_node owner;
	struct place place;

	if (!name || object->kind != RA_N_NAME || name->kind != RA_N_STRING || name->kids ||
	    name->text.len < 3)
		return false;
	owner = *object;
	owner.next = NULL;
	member.kids = &owner;
	member.text = ra_str_n(name->text.ptr + 1, name->text.len - 2);
	member.unit = call->node->unit;
	member.block = call->node->block;
	member.first = member.last = call->node->first;
	place = ra_place_of(b, &member);
	if (place.state == RA_NONE)
		return false;
	value->direct = ra_fact_access(b, RA_FACT_TEST, call->node, &place)->index;
	return true;
}

/* -- effects ---------------------------------------------------------------------------------- */

static void spawn_fact(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	struct ra_fact *fact = ra_call_fact(b, RA_FACT_SPAWN, call);

	fact->row = row;
	fact->callee = unit_argument(b, call, row);
	if (row->flags & RA_API_TREE) /* the file may import nothing that says so */
		b->out->runtimes |= row->runtimes;
}

/* Everything that is awaited together runs concurrently: one spawn for each unit handed over. */
static void gather_facts(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	for (const struct ra_node *a = call->callee->next; a; a = a->next) {
		uint32_t unit = unit_in(b, a);
		struct ra_fact *fact;

		if (unit == RA_NONE)
			continue;
		fact = ra_fact_new(b, RA_FACT_SPAWN, a);
		fact->how = RA_USE_AWAITED;
		fact->row = row;
		fact->callee = unit;
		fact->name = ra_call_name(b, call);
	}
}

/* Facts of the effects of one row; true when the call itself has its fact by it. */
bool ra_effect_facts(struct build *b, const struct call *call, const struct ra_api_row *row,
		     struct value *value)
{
	static const enum ra_fact_kind simple[RA_EFFECT_COUNT] = {
		[RA_EFFECT_JOIN] = RA_FACT_JOIN, [RA_EFFECT_WAIT] = RA_FACT_WAIT,
		[RA_EFFECT_WAKE] = RA_FACT_WAKE,
	};
	struct ra_fact *fact;

	switch (row->effect) {
	case RA_EFFECT_ACQUIRE:
		return ra_call_acquires(b, call, row, value);
	case RA_EFFECT_RELEASE:
		ra_call_releases(b, call, row);
		return true;
	case RA_EFFECT_EXCLUSIVE:
		ra_call_runs_exclusive(b, call, row, unit_argument(b, call, row));
		return true;
	case RA_EFFECT_SPAWN: case RA_EFFECT_OFFLOAD:
		spawn_fact(b, call, row);
		return true;
	case RA_EFFECT_GATHER:
		gather_facts(b, call, row);
		return false;
	case RA_EFFECT_JOIN: case RA_EFFECT_WAIT: case RA_EFFECT_WAKE:
		fact = ra_call_fact(b, simple[row->effect], call);
		fact->row = row;
		fact->region = call->guard;
		if (fact->state == RA_NONE && call->callee->kind == RA_N_MEMBER)
			fact->state = ra_state_of_path(b, call->callee->kids);
		if (has_timeout(call, row))
			fact->flags |= RA_FACT_AWAITS_TIMED;
		return true;
	case RA_EFFECT_HANDLER: case RA_EFFECT_INLINE:
		fact = ra_call_fact(b, RA_FACT_CALL, call);
		fact->row = row;
		if (fact->callee == RA_NONE)
			fact->callee = unit_argument(b, call, row);
		return true;
	default:
		if (ra_effect_is_access(row->effect) && call->place.state != RA_NONE) {
			value->direct = container_access(b, call, row);
			return true;
		}
		return row->effect == RA_EFFECT_TEST && attribute_test(b, call, value);
	}
}
