/*
 * expr: facts of expressions, in the order of evaluation. What a call does comes from the rows of
 * the API tables; this file only knows how effects become facts.
 */
#include "core/facts/internal.h"

/* -- making facts -------------------------------------------------------------------------- */

static const uint32_t *held_now(struct build *b)
{
	if (!b->held_list && b->n_held) {
		uint32_t *list = ra_new_array(b->arena, uint32_t, b->n_held);

		memcpy(list, b->held, b->n_held * sizeof(*list));
		b->held_list = list;
	}
	return b->held_list;
}

struct ra_fact *ra_fact_new(struct build *b, enum ra_fact_kind kind, const struct ra_node *node)
{
	struct ra_fact *fact;

	held_now(b);
	fact = ra_vec_push(b->arena, &b->out->facts);
	*fact = (struct ra_fact){
		.kind = (uint8_t)kind, .index = (uint32_t)b->out->facts.n - 1, .unit = b->unit,
		.block = b->block, .node = node, .statement = b->statement, .state = RA_NONE,
		.origin = RA_NONE, .callee = RA_NONE, .region = RA_NONE, .via = RA_NONE,
		.true_block = RA_NONE, .false_block = RA_NONE,
		.line = ra_node_line(b->shape, node), .end_line = ra_node_end_line(b->shape, node),
		.column = ra_node_column(b->shape, node), .regions = b->held_list,
		.n_regions = b->n_held,
	};
	if (b->in_condition)
		fact->flags |= RA_FACT_IN_CONDITION;
	if (b->timed)
		fact->flags |= RA_FACT_AWAITS_TIMED;
	return fact;
}

/* A key, and a copy or reference of it, are one. */
static const struct ra_node *plain_key(struct build *b, const struct ra_node *key)
{
	const struct ra_api_row *row;
	struct ra_str full;

	while (b->shape->tokens->language->drops_values && key->kids && key->height < CHAIN_MAX) {
		if (key->kind == RA_N_UNARY &&
		    (key->word == RA_O_AMP || key->word == RA_O_STAR)) {
			key = key->kids;
			continue;
		}
		if (key->kind != RA_N_CALL || key->kids->next || key->kids->kind != RA_N_MEMBER)
			break;
		row = ra_callee_row(b, key->kids, &full);
		if (!ra_api_with(row, RA_EFFECT_SAME) && !ra_api_with(row, RA_EFFECT_COPY))
			break;
		key = key->kids->kids;
	}
	return key;
}

static void set_key(struct build *b, struct ra_fact *fact, const struct ra_node *key)
{
	if (key)
		fact->key = ra_node_text(b->shape, plain_key(b, key));
}

/* Where who writes has to be the only one who sees it: what stands behind no guard and is not made
 * to be shared. */
static bool is_exclusive(struct build *b, const struct place *place)
{
	return b->shape->tokens->language->drops_values && !place->held &&
	       !ra_kind_is_interior(ra_state_at(b, place->state));
}

struct ra_fact *ra_fact_access(struct build *b, enum ra_fact_kind kind, const struct ra_node *node,
			       const struct place *place)
{
	struct ra_fact *fact = ra_fact_new(b, kind, node);

	fact->state = place->state;
	fact->base = place->base;
	set_key(b, fact, place->key);
	if (place->alias)
		fact->flags |= RA_FACT_VIA_ALIAS;
	if (place->bare)
		fact->flags |= RA_FACT_BARE_NAME;
	if (place->fresh || is_exclusive(b, place))
		fact->flags |= RA_FACT_FRESH;
	return fact;
}

struct ra_fact *ra_fact_checkpoint(struct build *b, const struct ra_node *node, enum ra_switch how,
				   uint32_t call)
{
	struct ra_fact *fact = ra_fact_new(b, RA_FACT_CHECKPOINT, node);

	fact->how = (uint8_t)how;
	fact->origin = call;
	if (call != RA_NONE) {
		const struct ra_fact *made = &b->out->facts.v[call];

		fact->callee = made->callee;
		fact->row = made->row;
		fact->name = made->name;
		fact->receiver_kind = made->receiver_kind;
	}
	return fact;
}

/* -- what is done with a value ------------------------------------------------------------- */

static enum ra_use use_by_target(const struct ra_node *assign, struct ra_str *bound)
{
	const struct ra_node *target = assign->kids;

	if (target && target->kind == RA_N_ANNOTATION)
		target = target->next;
	if (!target)
		return RA_USE_DROPPED;
	if (target->kind == RA_N_TUPLE && ra_node_is_statement(assign) && target->kids &&
	    target->kids->kind == RA_N_NAME && (assign->flags & RA_F_DECLARE))
		target = target->kids; /* the first is what was made, the others tell of it */
	if (target->kind != RA_N_NAME)
		return target->kind == RA_N_MEMBER || target->kind == RA_N_INDEX ? RA_USE_STORED
										   : RA_USE_BOUND;
	if (ra_str_is(target->text, "_"))
		return RA_USE_DROPPED;
	*bound = target->text;
	return RA_USE_BOUND;
}

/* What the value of a block's last expression is the value of; NULL: of the unit. */
static const struct ra_node *owner_of_tail(const struct ra_node *statement)
{
	const struct ra_node *owner = statement->up ? statement->up->up : NULL;

	if (owner && owner->kind == RA_N_CASE)
		owner = owner->up;
	while (owner && owner->kind == RA_N_IF && owner->up && owner->up->kind == RA_N_IF)
		owner = owner->up;
	return !owner || owner->kind == RA_N_FUNCTION || owner->kind == RA_N_LAMBDA ? NULL : owner;
}

enum ra_use ra_use_of(const struct ra_node *node, struct ra_str *bound)
{
	const struct ra_node *up = node->up;

	for (; up; node = up, up = up->up) {
		/* a statement as an operand, or as the value of a block */
		if (up->kind == RA_N_BLOCK) {
			if (!(node->flags & RA_F_TAIL))
				return RA_USE_DROPPED;
			up = owner_of_tail(node);
			if (!up)
				return RA_USE_RETURNED;
			continue;
		}
		switch (up->kind) {
		case RA_N_AWAIT:
			return RA_USE_AWAITED;
		case RA_N_EXPRESSION:
			if (!(up->flags & RA_F_TAIL))
				return RA_USE_DROPPED;
			up = owner_of_tail(up);
			if (!up)
				return RA_USE_RETURNED;
			break;
		case RA_N_ASSIGN:
			return node->next ? RA_USE_OPERAND : use_by_target(up, bound);
		case RA_N_NAMED:
			*bound = up->kids->text;
			return RA_USE_BOUND;
		case RA_N_RETURN: case RA_N_YIELD: case RA_N_LAMBDA:
			return RA_USE_RETURNED;
		case RA_N_CALL: case RA_N_COMPOSITE: case RA_N_SEND:
			return up->kids == node ? RA_USE_OPERAND : RA_USE_PASSED;
		case RA_N_ITEM:
			return RA_USE_ENTERED;
		case RA_N_UNARY:
			if (up->word == RA_O_QUESTION)
				break; /* worth what it holds */
			return up->word == RA_O_STAR || up->word == RA_O_AMP ? RA_USE_OPERAND
									     : RA_USE_TESTED;
		case RA_N_COMPARE: case RA_N_IF: case RA_N_WHILE:
		case RA_N_ASSERT: case RA_N_GUARD:
			return RA_USE_TESTED;
		case RA_N_TERNARY:
			if (up->kids == node)
				return RA_USE_TESTED;
			break;
		case RA_N_BINARY:
			if (up->word != RA_W_AND && up->word != RA_W_OR)
				return RA_USE_OPERAND;
			break;
		case RA_N_TUPLE: case RA_N_LIST: case RA_N_SET: case RA_N_DICT: case RA_N_PAIR:
		case RA_N_COMPREHENSION: case RA_N_STAR: case RA_N_DOUBLESTAR: case RA_N_KEYWORD:
			break; /* what becomes of the collection becomes of its elements */
		default:
			return RA_USE_OPERAND;
		}
	}
	return RA_USE_OPERAND;
}

/* -- guards -------------------------------------------------------------------------------- */

uint32_t ra_region_open(struct build *b, const struct ra_fact *acquire, const struct value *lock,
			struct ra_str text, bool with)
{
	struct ra_region *region = ra_vec_push(b->arena, &b->out->regions);

	*region = (struct ra_region){
		.index = (uint32_t)b->out->regions.n - 1, .lock = lock->state, .text = text,
		.unit = b->unit, .acquire = acquire->index, .release = RA_NONE, .kind = lock->kind,
		.async = lock->api_flags & RA_API_ASYNC, .with = with,
		.reentrant = lock->api_flags & RA_API_REENTRANT,
		.shared = lock->api_flags & RA_API_SHARED,
	};
	if (lock->element_of != RA_NONE) {
		region->lock = lock->element_of;
		region->key = lock->key;
	}
	if (region->lock == RA_NONE)
		region->full = lock->full;
	if (b->n_held < REGIONS_HELD_MAX)
		b->held[b->n_held++] = region->index;
	b->held_list = NULL;
	return region->index;
}

void ra_region_close(struct build *b, uint32_t region, uint32_t release)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->n_held; i++)
		if (b->held[i] != region)
			b->held[n++] = b->held[i];
	b->n_held = n;
	b->held_list = NULL;
	if (region != RA_NONE)
		b->out->regions.v[region].release = release;
}

void ra_region_hold(struct build *b, struct ra_fact *fact, uint32_t region)
{
	uint32_t *list;

	if (fact->n_regions >= REGIONS_HELD_MAX)
		return;
	list = ra_new_array(b->arena, uint32_t, fact->n_regions + 1);
	if (fact->n_regions)
		memcpy(list, fact->regions, fact->n_regions * sizeof(*list));
	list[fact->n_regions++] = region;
	fact->regions = list;
}

/* The innermost held region of the lock that this value or text means. */
static uint32_t held_region(struct build *b, const struct value *lock, struct ra_str text)
{
	uint32_t state = lock->element_of != RA_NONE ? lock->element_of : lock->state;

	for (uint32_t i = b->n_held; i--;) {
		const struct ra_region *region = &b->out->regions.v[b->held[i]];

		if ((state != RA_NONE && region->lock == state &&
		     ra_str_eq(region->key, lock->key)) || ra_str_eq(region->text, text))
			return region->index;
	}
	return RA_NONE;
}

static bool is_guard(unsigned kind)
{
	return kind == RA_KIND_LOCK || kind == RA_KIND_SEMAPHORE || kind == RA_KIND_CONDITION ||
	       kind == RA_KIND_CELL;
}

/* A lock made in the very expression that enters it guards against nobody. */
static bool made_here(const struct ra_node *node)
{
	return node->kind == RA_N_CALL;
}

uint32_t ra_eval_item(struct build *b, const struct ra_node *item, bool async, struct value *value)
{
	const struct ra_node *node = item->kids;
	struct ra_fact *acquire;
	uint32_t region;

	*value = ra_eval(b, node);
	if (!is_guard(value->kind)) {
		if (async)
			ra_fact_checkpoint(b, node, RA_SW_ENTER, value->call);
		return RA_NONE;
	}
	if (async) {
		ra_fact_checkpoint(b, node, RA_SW_ENTER, value->call);
		value->api_flags |= RA_API_ASYNC;
	} else {
		value->api_flags &= ~(uint32_t)RA_API_ASYNC;
	}
	acquire = ra_fact_new(b, RA_FACT_ACQUIRE, node);
	acquire->state = value->element_of != RA_NONE ? value->element_of : value->state;
	acquire->name = ra_node_text(b->shape, node);
	acquire->how = RA_USE_ENTERED;
	acquire->receiver_kind = value->kind;
	acquire->key = value->key;
	region = ra_region_open(b, acquire, value, acquire->name, true);
	b->out->facts.v[b->out->facts.n - 1].region = region;
	b->out->regions.v[region].private_ = made_here(node) &&
					     !(value->api_flags & RA_API_NAMED);
	return region;
}

/* -- calls --------------------------------------------------------------------------------- */

struct call {
	const struct ra_node *node, *callee;
	const struct ra_api_row *row;
	struct ra_str full;
	struct value receiver;
	struct place place;        /* of the receiver of a method */
	struct origins from;       /* of receiver and arguments */
	const struct ra_node *same;/* the operand that it passes on as it is */
	const struct ra_node *accessed; /* the container that a function is given */
	struct value passed_on;    /* what `same` is worth */
	uint32_t guard;            /* region of the guard that is an argument; RA_NONE */
	uint32_t own;              /* unit of the file that it runs */
	uint8_t promise;           /* enum ra_promise */
	bool awaited;
};

static uint32_t method_of_super(struct build *b, const struct ra_node *callee)
{
	const struct ra_node *base = callee->kids;
	uint32_t class_ = b->shape->units.v[b->unit].class_;
	const struct class_names *names;

	if (!class_ || base->kind != RA_N_CALL || base->kids->kind != RA_N_NAME ||
	    !ra_str_is(base->kids->text, "super"))
		return RA_NONE;
	names = &b->class_names[class_ - 1];
	for (uint32_t i = 0; i < names->n_bases; i++) {
		uint32_t unit = ra_method_named(b, names->bases[i], callee->text);

		if (unit != RA_NONE)
			return unit;
	}
	return RA_NONE;
}

static uint32_t own_callee(struct build *b, const struct call *call)
{
	const struct value *receiver = &call->receiver;
	uint32_t class_ = receiver->class_ ? receiver->class_ : receiver->class_itself;
	uint32_t unit;

	if (call->callee->kind == RA_N_LAMBDA)
		return call->callee->unit;
	if (call->callee->kind == RA_N_NAME) {
		if (receiver->class_itself)
			return ra_method_named(b, receiver->class_itself - 1, RA_STR("__init__"));
		return receiver->unit;
	}
	if (call->callee->kind != RA_N_MEMBER)
		return RA_NONE;
	unit = method_of_super(b, call->callee);
	if (unit != RA_NONE || !class_)
		return unit;
	return ra_method_named(b, class_ - 1, call->callee->text);
}

/* What another file of the tree exports has a path in its full name: it goes as it is written. */
static struct ra_str call_name(struct build *b, const struct call *call)
{
	struct ra_str dotted;

	if (call->full.len && !(call->row && call->row->flags & RA_API_TREE))
		return call->full;
	dotted = ra_node_dotted(b->arena, call->callee);
	return dotted.len ? dotted : ra_node_text(b->shape, call->callee);
}

static struct ra_fact *call_fact(struct build *b, enum ra_fact_kind kind, const struct call *call)
{
	struct ra_fact *fact = ra_fact_new(b, kind, call->node);

	fact->how = (uint8_t)ra_use_of(call->node, &fact->bound);
	fact->row = call->row;
	fact->callee = call->own;
	fact->name = call_name(b, call);
	fact->promise = call->promise;
	fact->receiver_kind = call->receiver.kind;
	fact->receiver_flags = call->receiver.api_flags;
	fact->receiver_runtimes = call->receiver.runtimes;
	if (call->callee->kind == RA_N_MEMBER)
		fact->base = ra_node_text(b->shape, call->callee->kids);
	if (call->place.state != RA_NONE) {
		fact->state = call->place.state;
		set_key(b, fact, call->place.key);
	} else if (call->receiver.element_of != RA_NONE) {
		fact->state = call->receiver.element_of;
		fact->key = call->receiver.key;
	}
	return fact;
}

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

static bool is_access_effect(enum ra_effect effect)
{
	return (effect >= RA_EFFECT_READ && effect <= RA_EFFECT_DELETE) || effect == RA_EFFECT_COPY;
}

/* The container's node behind `&`. */
static const struct ra_node *dereferenced(const struct ra_node *node)
{
	while (node && node->kind == RA_N_UNARY && node->word == RA_O_AMP && node->kids)
		node = node->kids;
	return node;
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
	fact->name = call_name(b, call);
	fact->receiver_kind = call->receiver.kind;
	fact->how = fact->kind == RA_FACT_TEST ? RA_SAYS_VALUE : 0;
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

static void spawn_fact(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	struct ra_fact *fact = call_fact(b, RA_FACT_SPAWN, call);

	fact->row = row;
	fact->callee = unit_argument(b, call, row);
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
		fact->name = call_name(b, call);
	}
}

/* Is the call a future that something else awaits: a branch of a select, `timeout(d, m.lock()).await`? */
static bool is_awaited_elsewhere(struct build *b, const struct ra_node *call)
{
	const struct ra_node *up = call->up;
	const struct ra_api_row *row;
	struct ra_str full;

	/* `m.lock().instrument(span).await`: rows that say so give a future on */
	while (up && up->kind == RA_N_MEMBER && up->up && up->up->kind == RA_N_CALL) {
		row = ra_api_with(ra_callee_row(b, up, &full), RA_EFFECT_SAME);
		if (!row || !(row->flags & RA_API_ASYNC))
			return false;
		call = up->up;
		up = call->up;
		if (up && up->kind == RA_N_AWAIT)
			return true;
	}

	if (up && up->kind == RA_N_ASSIGN && up->up && up->up->kind == RA_N_CASE)
		return true;
	if (!up || up->kind != RA_N_CALL || up->kids == call)
		return false;
	for (; up; up = up->up) {
		if (up->kind == RA_N_AWAIT)
			return true;
		if (up->kind != RA_N_CALL && up->kind != RA_N_MEMBER && up->kind != RA_N_UNARY)
			return false;
	}
	return false;
}

/* `x.read()` of an object of unknown type: a guard is looked into, bound or handed on; what is taken
 * apart by patterns, or gives an error to the caller, is another kind of read. */
static bool is_used_as_guard(const struct ra_node *node)
{
	const struct ra_node *up = node->up;
	bool awaited = up && up->kind == RA_N_AWAIT;

	if (awaited) {
		node = up;
		up = up->up;
	}
	if (!up || (up->kind == RA_N_UNARY && up->word == RA_O_QUESTION) || up->kind == RA_N_NAMED ||
	    up->kind == RA_N_MATCH || up->kind == RA_N_EXPRESSION)
		return false;
	if (up->kind == RA_N_ASSIGN)
		return up->kids->kind == RA_N_NAME || up->kids->kind == RA_N_ANNOTATION;
	/* the guard of an async lock is there at once, that of one for threads may be poisoned */
	return !(awaited && up->kind == RA_N_MEMBER &&
		 (ra_str_is(up->text, "unwrap") || ra_str_is(up->text, "expect") ||
		  ra_str_is(up->text, "map_err")));
}

/* `m.lock()` of an async lock takes nothing until it is awaited. */
static bool makes_future(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	return b->shape->tokens->language->drops_values && !call->awaited &&
	       (call->receiver.api_flags & RA_API_ASYNC) &&
	       !(row->flags & (RA_API_LEAVES | RA_API_THREAD)) && !is_awaited_elsewhere(b, call->node);
}

static void acquire_fact(struct build *b, const struct call *call, const struct ra_api_row *row,
			 struct value *value)
{
	struct value lock = call->receiver;
	struct ra_fact *fact;
	uint32_t region, read;

	if (!is_guard(lock.kind))
		lock.kind = row->kind == RA_KIND_CELL && !call->awaited ? RA_KIND_CELL
									: RA_KIND_LOCK;
	if (lock.state == RA_NONE && lock.element_of == RA_NONE &&
	    call->callee->kind == RA_N_MEMBER)
		lock.state = ra_state_of_path(b, call->callee->kids);
	if (call->awaited) {
		ra_fact_checkpoint(b, call->node, RA_SW_AWAIT, RA_NONE)->name = call_name(b, call);
		lock.api_flags |= RA_API_ASYNC;
	} else if (b->shape->tokens->language->drops_values && is_awaited_elsewhere(b, call->node)) {
		lock.api_flags |= RA_API_ASYNC;
	}
	if (row->flags & RA_API_THREAD) /* one for threads, inside of what tasks wait for */
		lock.api_flags &= ~(uint32_t)RA_API_ASYNC;
	lock.api_flags |= row->flags & (RA_API_SHARED | RA_API_REENTRANT);
	fact = call_fact(b, RA_FACT_ACQUIRE, call);
	fact->row = row;
	fact->name = fact->base;
	if (fact->state == RA_NONE)
		fact->state = lock.element_of != RA_NONE ? lock.element_of : lock.state;
	region = ra_region_open(b, fact, &lock, fact->base, false);
	b->out->facts.v[b->out->facts.n - 1].region = region;
	if (!(row->flags & RA_API_GUARD))
		return;
	/* the guard stands for what the lock holds */
	ra_guard_made(b, region);
	b->out->regions.v[region].with = b->shape->tokens->language->drops_values;
	read = value->direct;
	*value = ra_value_held(b, &lock, call->callee->kids);
	value->direct = read;
	value->guard = region;
}

static void release_receiver(struct build *b, const struct call *call)
{
	struct ra_fact *fact = call_fact(b, RA_FACT_RELEASE, call);
	uint32_t region = held_region(b, &call->receiver, fact->base), index = fact->index;

	fact->name = fact->base;
	fact->region = region;
	ra_region_close(b, region, index);
}

/* The guard that a call ends: its operand's, or what is called to let go. */
static uint32_t guard_ended(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	const struct ra_node *operand = row->arg == RA_API_RECEIVER ? NULL :
					ra_api_operand(row, call->node);

	return operand ? ra_value_of(b, operand).guard : call->receiver.guard;
}

static void release_fact(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	uint32_t guard = guard_ended(b, call, row);

	if (guard != RA_NONE)
		ra_guard_ends(b, guard, call->node);
	else if (row->arg == RA_API_RECEIVER || !b->shape->tokens->language->drops_values)
		release_receiver(b, call);
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

/* Facts of the effects of one row; true when the call itself has its fact by it. */
static bool effect_facts(struct build *b, const struct call *call, const struct ra_api_row *row,
			 struct value *value)
{
	static const enum ra_fact_kind simple[RA_EFFECT_COUNT] = {
		[RA_EFFECT_JOIN] = RA_FACT_JOIN, [RA_EFFECT_WAIT] = RA_FACT_WAIT,
		[RA_EFFECT_WAKE] = RA_FACT_WAKE,
	};
	struct ra_fact *fact;

	switch (row->effect) {
	case RA_EFFECT_ACQUIRE:
		if (makes_future(b, call, row) ||
		    ((row->flags & RA_API_DOUBTFUL) && !is_used_as_guard(call->node)))
			return false;
		acquire_fact(b, call, row, value);
		return true;
	case RA_EFFECT_RELEASE:
		release_fact(b, call, row);
		return true;
	case RA_EFFECT_SPAWN: case RA_EFFECT_OFFLOAD:
		spawn_fact(b, call, row);
		return true;
	case RA_EFFECT_GATHER:
		gather_facts(b, call, row);
		return false;
	case RA_EFFECT_JOIN: case RA_EFFECT_WAIT: case RA_EFFECT_WAKE:
		fact = call_fact(b, simple[row->effect], call);
		fact->row = row;
		fact->region = call->guard;
		if (fact->state == RA_NONE && call->callee->kind == RA_N_MEMBER)
			fact->state = ra_state_of_path(b, call->callee->kids);
		if (has_timeout(call, row))
			fact->flags |= RA_FACT_AWAITS_TIMED;
		return true;
	case RA_EFFECT_HANDLER: case RA_EFFECT_INLINE:
		fact = call_fact(b, RA_FACT_CALL, call);
		fact->row = row;
		if (fact->callee == RA_NONE)
			fact->callee = unit_argument(b, call, row);
		return true;
	default:
		if (is_access_effect(row->effect) && call->place.state != RA_NONE) {
			value->direct = container_access(b, call, row);
			return true;
		}
		return row->effect == RA_EFFECT_TEST && attribute_test(b, call, value);
	}
}

/* `delete(m, k)`, `atomic.AddInt64(&s.n, 1)`: the container is an argument, which is not read. */
static bool accesses_argument(struct build *b, struct call *call)
{
	const struct ra_node *operand;

	if (!call->row || call->row->arg < 0 ||
	    (!is_access_effect(call->row->effect) && call->row->effect != RA_EFFECT_CLOSE) ||
	    ra_str_find(call->row->name, RA_STR(":")) >= 0)
		return false;
	operand = dereferenced(ra_api_operand(call->row, call->node));
	if (!operand || (call->place = ra_place_of(b, operand)).state == RA_NONE)
		return false;
	call->accessed = ra_api_operand(call->row, call->node);
	call->receiver = ra_value_of(b, operand);
	return true;
}

static void eval_receiver(struct build *b, struct call *call)
{
	const struct ra_node *base;
	struct value value;

	call->place = (struct place){ .state = RA_NONE };
	call->receiver = ra_value_none();
	if (call->callee->kind == RA_N_NAME) {
		if (accesses_argument(b, call))
			return;
		call->receiver = ra_value_of(b, call->callee);
		call->from = call->receiver.from;
		return;
	}
	if (call->callee->kind == RA_N_LAMBDA)
		return;
	if (call->callee->kind != RA_N_MEMBER) {
		value = ra_eval(b, call->callee);
		call->from = value.from;
		return;
	}
	base = call->callee->kids;
	if (!accesses_argument(b, call)) {
		uint32_t field;

		call->place = ra_place_of(b, base);
		call->receiver = ra_value_of(b, base);
		field = ra_value_promote(b, &call->receiver, call->callee->text);
		if (field != RA_NONE)
			call->place = (struct place){ .state = field, .bare = true,
						      .base = ra_node_text(b->shape, base) };
	}
	/* A container's method touches its entries: the access is made by the effect. */
	if (call->place.state != RA_NONE && call->row && is_access_effect(call->row->effect)) {
		if (base->kind == RA_N_INDEX)
			ra_eval(b, ra_node_kid(base, 1));
		if (base->kind == RA_N_INDEX || !call->place.held)
			return;
	}
	value = ra_eval(b, base);
	call->from = value.from;
	if (call->same == base)
		call->passed_on = value;
}

static bool runs_argument(const struct ra_api_row *row)
{
	return ra_api_with(row, RA_EFFECT_SPAWN) || ra_api_with(row, RA_EFFECT_OFFLOAD) ||
	       ra_api_with(row, RA_EFFECT_INLINE) || ra_api_with(row, RA_EFFECT_GATHER) ||
	       ra_api_with(row, RA_EFFECT_HANDLER);
}

/* A guard that is a whole argument is the callee's from now on; one that waits gives it back. */
static void move_guard(struct build *b, const struct call *call, const struct ra_node *argument,
		       uint32_t guard)
{
	if (!b->shape->tokens->language->drops_values || call->same ||
	    ra_api_with(call->row, RA_EFFECT_WAIT) || ra_api_with(call->row, RA_EFFECT_RELEASE) ||
	    (call->node->flags & RA_F_MACRO) || argument->kind == RA_N_UNARY)
		return;
	ra_guard_ends(b, guard, argument);
}

static void eval_arguments(struct build *b, struct call *call)
{
	bool bounded = ra_api_with(call->row, RA_EFFECT_TIMEOUT) != NULL;
	bool outer = b->handing_over;

	b->timed += bounded;
	b->handing_over = outer || runs_argument(call->row);
	for (const struct ra_node *a = call->callee->next; a; a = a->next) {
		struct value value;

		if (a == call->accessed) {
			a = dereferenced(a);
			if (a->kind == RA_N_INDEX && ra_node_kid(a, 1))
				ra_eval(b, ra_node_kid(a, 1));
			a = call->accessed;
			continue;
		}
		value = ra_eval(b, a);
		if (a == call->same)
			call->passed_on = value;
		if (value.guard == RA_NONE && dereferenced(a)->kind == RA_N_NAME)
			value.guard = ra_value_of(b, dereferenced(a)).guard;
		if (value.guard != RA_NONE)
			call->guard = value.guard;
		move_guard(b, call, a, value.guard);
		ra_origins_join(&call->from, &value.from);
		/* what takes a copy runs over it in one step: set(d.keys()) */
		if (value.direct != RA_NONE && ra_api_with(call->row, RA_EFFECT_COPY))
			b->out->facts.v[value.direct].kind = RA_FACT_READ;
	}
	b->timed -= bounded;
	b->handing_over = outer;
}

/* What a call that passes its operand on is worth; the operand's own call is what was made. */
static struct value passed_on(struct build *b, const struct call *call, uint32_t read)
{
	struct value value = call->passed_on;

	if (call->same->kind == RA_N_NAME && value.guard == RA_NONE)
		value.guard = ra_value_of(b, call->same).guard;
	value = ra_value_passed(call->row, value);
	if (ra_api_with(call->row, RA_EFFECT_SAME)->flags & RA_API_KEEPS)
		value.guard = RA_NONE; /* a reference into it */
	if (read != RA_NONE) {
		value.direct = read;
		ra_origins_add(&value.from, read);
	}
	ra_origins_join(&value.from, &call->from);
	return value;
}

/* `x.wait(g)` of an object of unknown type: what is given a guard to wait is a condition. */
static const struct ra_api_row *waits_with_guard(struct build *b, const struct call *call)
{
	const struct ra_node *guard = dereferenced(call->callee->next);
	const struct ra_api_row *row;

	if (call->row || call->callee->kind != RA_N_MEMBER || !guard || guard->kind != RA_N_NAME ||
	    ra_value_of(b, guard).guard == RA_NONE)
		return call->row;
	row = ra_api_method(b->api, RA_KIND_CONDITION, call->callee->text);
	return ra_api_with(row, RA_EFFECT_WAIT) ? row : NULL;
}

static struct value eval_call(struct build *b, const struct ra_node *node, bool awaited)
{
	struct call call = { .node = node, .callee = node->kids, .awaited = awaited };
	struct value value = ra_value_of(b, node);
	bool in_condition = b->in_condition, made = false;
	size_t before;

	call.row = ra_callee_row(b, call.callee, &call.full);
	call.row = waits_with_guard(b, &call);
	call.promise = b->shape->tokens->language->promises ? value.promise : RA_PROMISE_NO;
	call.same = ra_same_operand(call.row, node);
	call.passed_on = ra_value_none();
	call.guard = RA_NONE;
	eval_receiver(b, &call);
	b->in_condition = false;
	eval_arguments(b, &call);
	b->in_condition = in_condition;
	call.own = own_callee(b, &call);
	before = b->out->facts.n;
	for (const struct ra_api_row *row = call.row; row; row = row->more)
		made |= effect_facts(b, &call, row, &value);
	if (!made && call.callee->kind == RA_N_NAME && call.receiver.guard != RA_NONE) {
		ra_guard_ends(b, call.receiver.guard, node); /* a guard that is called lets go */
	} else if (!made) {
		call_fact(b, RA_FACT_CALL, &call);
	}
	if (call.same)
		return passed_on(b, &call, value.direct);
	if (b->out->facts.n > before)
		value.call = (uint32_t)b->out->facts.n - 1;
	value.from = call.from;
	if (value.call != RA_NONE)
		ra_origins_add(&value.from, value.call);
	if (value.direct != RA_NONE)
		ra_origins_add(&value.from, value.direct);
	return value;
}

static struct value eval_await(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();
	const struct ra_node *inner = node->kids;
	size_t before = b->out->facts.n;

	if (!inner)
		return value;
	if (inner->kind != RA_N_CALL || !inner->kids) {
		value = ra_eval(b, inner);
		ra_fact_checkpoint(b, node, RA_SW_AWAIT, RA_NONE);
		return value;
	}
	value = eval_call(b, inner, true);
	value.coroutine = RA_NONE;
	/* the switch of a lock comes before it is held: made by its acquisition */
	for (size_t i = before; i < b->out->facts.n; i++)
		if (b->out->facts.v[i].node == inner && b->out->facts.v[i].kind == RA_FACT_ACQUIRE)
			return value;
	ra_fact_checkpoint(b, node, RA_SW_AWAIT, value.call);
	value.coroutine = RA_NONE;
	return value;
}

/* -- channels and what is started ---------------------------------------------------------- */

struct value ra_eval_channel(struct build *b, const struct ra_node *node, enum ra_fact_kind kind,
			     const struct ra_node *channel)
{
	struct value value = ra_eval(b, channel), result = ra_value_none();
	struct place place = ra_place_of(b, channel);
	struct ra_fact *fact = ra_fact_new(b, kind, node);

	fact->how = (uint8_t)ra_use_of(node, &fact->bound);
	fact->state = place.state != RA_NONE ? place.state : value.element_of;
	fact->base = place.base;
	set_key(b, fact, place.key);
	fact->name = ra_node_text(b->shape, channel);
	fact->receiver_kind = value.kind;
	fact->receiver_flags = value.api_flags;
	if (kind == RA_FACT_SEND)
		ra_publish(b, channel->next);
	result.kind = value.element;
	result.class_ = value.element_class;
	result.call = fact->index;
	ra_origins_add(&result.from, fact->index);
	return result;
}

void ra_publish(struct build *b, const struct ra_node *node)
{
	uint32_t owner;
	struct local *local;

	node = dereferenced(node);
	if (!node || node->kind != RA_N_NAME)
		return;
	local = ra_visible_local(b, node->text, node->first, &owner);
	if (local && owner == b->unit)
		local->value.made = false;
}

/* What an inner unit captures is no more this one's alone. */
static void publish_captured(struct build *b)
{
	struct scope *scope = ra_scope_here(b);

	for (size_t i = 0; i < scope->list.n; i++)
		if (scope->list.v[i].captured)
			scope->list.v[i].value.made = false;
}

/* The region that `defer mu.Unlock()` releases: it lasts to the end of the unit. */
static uint32_t deferred_release(struct build *b, const struct ra_node *node)
{
	const struct ra_node *callee = node->kids;
	struct value lock;
	struct ra_str full;
	uint32_t region;

	if (node->kind != RA_N_CALL || callee->kind != RA_N_MEMBER ||
	    !ra_api_with(ra_callee_row(b, callee, &full), RA_EFFECT_RELEASE))
		return RA_NONE;
	lock = ra_value_of(b, callee->kids);
	ra_value_promote(b, &lock, callee->text);
	region = held_region(b, &lock, ra_node_text(b->shape, callee->kids));
	if (region != RA_NONE)
		b->out->regions.v[region].with = b->out->regions.v[region].deferred = true;
	return region;
}

/* The same in a function literal that is deferred. */
static uint32_t deferred_releases(struct build *b, const struct ra_node *lambda)
{
	const struct ra_node *at = NULL;
	uint32_t last = RA_NONE, region;

	while ((at = ra_node_walk(lambda, at, false))) {
		region = at->kind == RA_N_CALL ? deferred_release(b, at) : RA_NONE;
		if (region != RA_NONE)
			last = region;
	}
	return last;
}

void ra_eval_started(struct build *b, const struct ra_node *statement)
{
	const struct ra_node *node = statement->kids;
	struct call call = { .node = node, .callee = node->kids, .passed_on = ra_value_none(),
			     .guard = RA_NONE };
	bool spawns = statement->kind == RA_N_SPAWN, outer = b->handing_over;
	struct ra_fact *fact;
	uint32_t index, region;

	if (node->kind != RA_N_CALL) {
		ra_eval(b, node);
		return;
	}
	call.row = ra_callee_row(b, call.callee, &call.full);
	b->handing_over = true;
	eval_receiver(b, &call);
	eval_arguments(b, &call);
	b->handing_over = outer;
	call.own = own_callee(b, &call);
	for (const struct ra_node *a = call.callee->next; a && spawns; a = a->next)
		ra_publish(b, a);
	if (call.callee->kind == RA_N_LAMBDA)
		publish_captured(b);
	fact = call_fact(b, spawns ? RA_FACT_SPAWN : RA_FACT_CALL, &call);
	fact->how = RA_USE_DROPPED;
	if (spawns) {
		fact->row = ra_api_find(b->api, RA_STR("go"));
		return;
	}
	fact->flags |= RA_FACT_DEFERRED;
	index = fact->index;
	region = call.callee->kind == RA_N_LAMBDA ? deferred_releases(b, call.callee)
						   : deferred_release(b, node);
	b->out->facts.v[index].region = region;
}

/* -- other expressions --------------------------------------------------------------------- */

static struct value eval_kids(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node), part;

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		part = ra_eval(b, kid);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

/* `ended = self.end is not None`: the local holds what a test of the state would say now. */
static struct value eval_compare(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), left, right;

	if (!node->kids || !node->kids->next)
		return value;
	left = ra_eval(b, node->kids);
	right = ra_eval(b, node->kids->next);
	value.kind = RA_KIND_SCALAR;
	value.from = left.from;
	ra_origins_join(&value.from, &right.from);
	if (right.constant) {
		value.direct = left.direct;
		value.compared = true;
	}
	return value;
}

static struct value read_place(struct build *b, const struct ra_node *node,
			       const struct place *place)
{
	struct value value = ra_value_of(b, node);
	struct ra_fact *fact = ra_fact_access(b, RA_FACT_READ, node, place);

	if (place->key && value.kind != RA_KIND_SCALAR)
		fact->flags |= RA_FACT_MAY_RAISE;
	value.direct = fact->index;
	ra_origins_add(&value.from, fact->index);
	return value;
}

/* A unit that is handed on uncalled is called by whoever gets it, whenever they like. */
static struct value reference(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node);
	struct ra_unit_facts *unit;

	if (value.unit == RA_NONE || b->handing_over || !node->up ||
	    (node->up->kind != RA_N_CALL && node->up->kind != RA_N_KEYWORD &&
	     node->up->kind != RA_N_ASSIGN && node->up->kind != RA_N_RETURN))
		return value;
	unit = &b->out->units[value.unit];
	if (!unit->escapes)
		unit->escapes = ra_node_line(b->shape, node);
	return value;
}

static struct value eval_name(struct build *b, const struct ra_node *node)
{
	struct place place = ra_place_of(b, node);

	if (place.state == RA_NONE || place.alias)
		return reference(b, node);
	return read_place(b, node, &place);
}

static struct value eval_member(struct build *b, const struct ra_node *node)
{
	struct place place = ra_place_of(b, node);
	struct value base = ra_value_none(), value;

	if (node->kids)
		base = ra_eval(b, node->kids);
	if (place.state != RA_NONE) {
		value = read_place(b, node, &place);
	} else {
		value = reference(b, node);
	}
	ra_origins_join(&value.from, &base.from);
	return value;
}

static struct value eval_index(struct build *b, const struct ra_node *node)
{
	struct place place = ra_place_of(b, node);
	const struct ra_node *base = node->kids, *key = ra_node_kid(node, 1);
	struct value value, part;
	struct origins from = { 0 };

	if (place.state == RA_NONE)
		return eval_kids(b, node);
	while (base->kind == RA_N_INDEX) {
		part = ra_eval(b, ra_node_kid(base, 1));
		ra_origins_join(&from, &part.from);
		base = base->kids;
	}
	if (base->kind == RA_N_MEMBER && base->kids)
		ra_eval(b, base->kids);
	else if (base->kind != RA_N_NAME)
		ra_eval(b, base); /* a guard that is taken for it */
	if (key) {
		part = ra_eval(b, key);
		ra_origins_join(&from, &part.from);
	}
	value = read_place(b, node, &place);
	ra_origins_join(&value.from, &from);
	return value;
}

static const struct ra_node *iterated(struct build *b, const struct ra_node *node)
{
	const struct ra_api_row *row;
	struct ra_str full;

	/* enumerate(S), reversed(S), S.items(), S.values() */
	while (node->kind == RA_N_CALL && node->kids) {
		row = ra_callee_row(b, node->kids, &full);
		if (!row || ra_api_with(row, RA_EFFECT_COPY))
			return NULL;
		if (node->kids->kind == RA_N_MEMBER && !node->kids->next &&
		    (row->effect == RA_EFFECT_READ || row->effect == RA_EFFECT_ITERATE))
			node = node->kids->kids;
		else if (row->effect == RA_EFFECT_ITERATE && node->kids->next)
			node = node->kids->next;
		else
			return NULL;
	}
	return node;
}

struct value ra_eval_iterable(struct build *b, const struct ra_node *node, uint32_t body)
{
	const struct ra_node *subject = iterated(b, node);
	struct place place;
	struct value value, element = ra_value_none();
	struct ra_fact *fact;

	if (b->shape->tokens->language->typed && ra_value_of(b, node).kind == RA_KIND_CHANNEL)
		return ra_eval_channel(b, node, RA_FACT_RECEIVE, node);

	if (!subject || (place = ra_place_of(b, subject)).state == RA_NONE) {
		value = ra_eval(b, node);
		value.state = value.element_of = value.direct = RA_NONE;
		value.kind = value.element;
		value.class_ = value.element_class;
		value.class_itself = value.element_class = 0;
		return value;
	}
	if (subject->kind == RA_N_INDEX)
		ra_eval(b, ra_node_kid(subject, 1));
	else if (subject->kind == RA_N_MEMBER && subject->kids->kind != RA_N_NAME)
		ra_eval(b, subject->kids);
	else if (place.held && subject->kind != RA_N_NAME)
		ra_eval(b, subject); /* the guard is taken for the whole loop */
	fact = ra_fact_access(b, RA_FACT_ITERATE, subject, &place);
	fact->true_block = body;
	ra_origins_add(&element.from, fact->index);
	element.element_of = place.state;
	element.kind = ra_state_at(b, place.state)->element;
	element.class_ = ra_state_at(b, place.state)->element_class;
	return element;
}

static struct value eval_comprehension(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node), part;
	const struct ra_node *kid, *sub;
	struct tests tests = { 0 };

	for (kid = node->kids; kid; kid = kid->next) {
		if (kid->kind != RA_N_CLAUSE || !kid->kids || !kid->kids->next)
			continue;
		part = ra_eval_iterable(b, kid->kids->next, RA_NONE);
		ra_origins_join(&value.from, &part.from);
		if (kid->flags & RA_F_ASYNC)
			ra_fact_checkpoint(b, kid, RA_SW_NEXT, RA_NONE);
		ra_assign(b, kid->kids, &part);
		for (sub = kid->kids->next->next; sub; sub = sub->next)
			if (sub->kids)
				ra_eval_condition(b, sub->kids, &tests);
	}
	for (kid = node->kids; kid; kid = kid->next) {
		if (kid->kind == RA_N_CLAUSE)
			continue;
		part = ra_eval(b, kid);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

static struct value eval_yield(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();

	if (node->kids)
		value = ra_eval(b, node->kids);
	if (b->out->units[b->unit].is_async)
		ra_fact_checkpoint(b, node, RA_SW_YIELD, value.call);
	return ra_value_none();
}

static struct value eval_ternary(struct build *b, const struct ra_node *node)
{
	struct tests tests = { 0 };
	struct value value = ra_value_of(b, node), part;
	const struct ra_node *kid = node->kids;

	if (!kid)
		return value;
	ra_eval_condition(b, kid, &tests);
	while ((kid = kid->next)) {
		part = ra_eval(b, kid);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

static struct value eval_named(struct build *b, const struct ra_node *node)
{
	const struct ra_node *value_node = ra_node_kid(node, 1);
	struct value value = ra_value_none();
	uint32_t outer = b->block;

	if (!value_node)
		return value;
	value = ra_eval(b, value_node);
	if (b->lets_in)
		b->block = b->lets_in;
	ra_assign(b, node->kids, &value);
	b->block = outer;
	return value;
}

/* `T{ field: value }`: what it is given. */
static struct value eval_composite(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node), part;

	for (const struct ra_node *kid = node->kids ? node->kids->next : NULL; kid; kid = kid->next) {
		const struct ra_node *given = kid;

		if (kid->kind == RA_N_PAIR && kid->kids && kid->kids->next) {
			if (kid->kids->kind != RA_N_NAME)
				ra_eval(b, kid->kids);
			given = kid->kids->next;
		}
		part = ra_eval(b, given);
		ra_publish(b, given);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

/* `*g` of a guard: a copy of what it guards, or what is then looked into. */
static struct value read_content(struct build *b, const struct ra_node *node,
				 const struct place *place, const struct value *guarded)
{
	struct value value = *guarded;
	struct ra_fact *fact;

	if (node->up->kind == RA_N_UNARY && node->up->word == RA_O_AMP)
		return value; /* `&*g` */
	fact = ra_fact_access(b, RA_FACT_READ, node, place);
	value.direct = fact->index;
	ra_origins_add(&value.from, fact->index);
	value.state = RA_NONE;
	value.held = false;
	return value;
}

/* `*p`, `&x`, `x?`: the thing itself, and a guard goes on; `*g` of a guard is what it guards. */
static struct value eval_unary(struct build *b, const struct ra_node *node)
{
	struct value value;
	struct place place;

	if (!node->kids || (node->word != RA_O_AMP && node->word != RA_O_STAR &&
			    node->word != RA_O_QUESTION))
		return eval_kids(b, node);
	value = ra_eval(b, node->kids);
	if (node->word == RA_O_QUESTION)
		return value;
	value.guard = RA_NONE; /* a reference is not the guard */
	if (node->word != RA_O_STAR)
		return value;
	place = ra_place_of(b, node);
	if (value.held && place.state != RA_NONE)
		value = read_content(b, node, &place, &value);
	return value;
}

static struct value eval_cast(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), cast = ra_value_of(b, node);

	if (node->kids)
		value = ra_eval(b, node->kids);
	if (cast.class_)
		value.class_ = cast.class_;
	return value;
}

/* A statement as an operand: worth the value of the block that ran, or of what it assigned. */
static struct value eval_statement(struct build *b, const struct ra_node *node)
{
	struct value outer = b->tail, value;

	b->tail = ra_value_none();
	ra_walk_statement(b, node);
	value = b->tail;
	b->tail = outer;
	if (node->kind == RA_N_ASSIGN && node->kids)
		value = ra_value_of(b, node->kids);
	return value;
}

struct value ra_eval(struct build *b, const struct ra_node *node)
{
	if (ra_node_is_statement(node))
		return eval_statement(b, node);
	switch (node->kind) {
	case RA_N_COMPOSITE:
		return eval_composite(b, node);
	case RA_N_UNARY:
		return eval_unary(b, node);
	case RA_N_CAST:
		return eval_cast(b, node);
	case RA_N_RECEIVE:
		return node->kids ? ra_eval_channel(b, node, RA_FACT_RECEIVE, node->kids)
				  : ra_value_none();
	case RA_N_ANNOTATION:
		return ra_value_none();
	case RA_N_NAME:
		return eval_name(b, node);
	case RA_N_MEMBER:
		return eval_member(b, node);
	case RA_N_INDEX:
		return eval_index(b, node);
	case RA_N_CALL:
		return node->kids ? eval_call(b, node, false) : ra_value_none();
	case RA_N_AWAIT:
		return eval_await(b, node);
	case RA_N_YIELD:
		return eval_yield(b, node);
	case RA_N_COMPREHENSION:
		return eval_comprehension(b, node);
	case RA_N_TERNARY:
		return eval_ternary(b, node);
	case RA_N_NAMED:
		return eval_named(b, node);
	case RA_N_COMPARE:
		return eval_compare(b, node);
	case RA_N_LAMBDA: case RA_N_LITERAL:
		return ra_value_of(b, node);
	case RA_N_KEYWORD: case RA_N_STAR: case RA_N_DOUBLESTAR:
		return node->kids ? ra_eval(b, node->kids) : ra_value_none();
	default:
		return eval_kids(b, node);
	}
}

/* -- conditions ---------------------------------------------------------------------------- */

struct condition {
	struct tests *tests;
	bool sense;                    /* the part holds when the whole condition is true */
	bool true_known, false_known;  /* ... and it is known so on that side */
};

static void add_test(struct build *b, const struct condition *c, uint32_t fact)
{
	*ra_vec_push(b->arena, &c->tests->list) =
		(struct test_side){ fact, c->true_known, c->false_known };
}

static void make_test(struct build *b, const struct condition *c, uint32_t index, enum ra_says says)
{
	struct ra_fact *fact = &b->out->facts.v[index];

	fact->kind = RA_FACT_TEST;
	fact->flags |= RA_FACT_IN_CONDITION;
	fact->flags &= (uint16_t)~RA_FACT_MAY_RAISE;
	fact->how = (uint8_t)says;
	if (says != RA_SAYS_VALUE && !c->sense)
		fact->how = says == RA_SAYS_PRESENT ? RA_SAYS_ABSENT : RA_SAYS_PRESENT;
	add_test(b, c, index);
}

/* A local that holds what was read before: the test is of the state as it was then. */
static bool test_local(struct build *b, const struct condition *c, const struct ra_node *node,
		       enum ra_says says)
{
	uint32_t owner, read;
	struct local *local = ra_visible_local(b, node->text, node->first, &owner);
	struct ra_fact *fact;

	if (!local || owner != b->unit || local->captured || local->value.direct == RA_NONE)
		return false;
	read = local->value.direct;
	fact = ra_fact_new(b, RA_FACT_TEST, node);
	fact->state = b->out->facts.v[read].state;
	fact->key = b->out->facts.v[read].key;
	fact->base = b->out->facts.v[read].base;
	fact->origin = read;
	make_test(b, c, fact->index, local->value.compared ? RA_SAYS_VALUE : says);
	return true;
}

/* `x.is_none()` says the opposite of what it is called on. */
static enum ra_says said_by(const struct ra_fact *fact, enum ra_says says)
{
	if (says == RA_SAYS_VALUE || !fact->row || !(fact->row->flags & RA_API_ABSENT))
		return says;
	return says == RA_SAYS_PRESENT ? RA_SAYS_ABSENT : RA_SAYS_PRESENT;
}

/* Evaluate; what the last access of the node itself read is tested, all else read is a value. */
static struct value test_expression(struct build *b, const struct condition *c,
				    const struct ra_node *node, enum ra_says says)
{
	size_t before = b->out->facts.n;
	struct value value;

	if (node->kind == RA_N_NAME && test_local(b, c, node, says))
		return ra_value_of(b, node);
	value = ra_eval(b, node);
	if (node->kind == RA_N_NAMED && node->kids->kind == RA_N_NAME &&
	    test_local(b, c, node->kids, says))
		return value;
	for (size_t i = before; i < b->out->facts.n; i++) {
		struct ra_fact *fact = &b->out->facts.v[i];

		if (fact->kind == RA_FACT_READ || fact->kind == RA_FACT_TEST)
			make_test(b, c, (uint32_t)i,
				  i == value.direct ? said_by(fact, says) : RA_SAYS_VALUE);
		else if (fact->kind == RA_FACT_CALL)
			add_test(b, c, (uint32_t)i);
	}
	return value;
}

struct value ra_eval_tested(struct build *b, const struct ra_node *node, struct tests *tests)
{
	struct condition c = { tests, true, true, true };
	bool outer = b->in_condition;
	struct value value;

	b->in_condition = true;
	value = test_expression(b, &c, node, RA_SAYS_PRESENT);
	b->in_condition = outer;
	return value;
}

static void test_membership(struct build *b, const struct condition *c, const struct ra_node *node)
{
	const struct ra_node *key = node->kids, *container = iterated(b, key->next);
	struct place place = container ? ra_place_of(b, container)
				       : (struct place){ .state = RA_NONE };
	struct ra_fact *fact;

	ra_eval(b, key);
	if (place.state == RA_NONE) {
		test_expression(b, c, key->next, RA_SAYS_VALUE);
		return;
	}
	if (container->kind == RA_N_INDEX)
		ra_eval(b, ra_node_kid(container, 1));
	else
		place.key = key;
	place.bare = false;
	fact = ra_fact_access(b, RA_FACT_TEST, node, &place);
	make_test(b, c, fact->index, node->word == RA_W_IN ? RA_SAYS_PRESENT : RA_SAYS_ABSENT);
}

static void test_comparison(struct build *b, const struct condition *c, const struct ra_node *node)
{
	const struct ra_node *left = node->kids, *right = left ? left->next : NULL;

	if (!right) {
		test_expression(b, c, node, RA_SAYS_VALUE);
	} else if (node->word == RA_W_IN || node->word == RA_O_NOT_IN) {
		test_membership(b, c, node);
	} else if (right->kind == RA_N_LITERAL && right->word == RA_W_NULL) {
		bool absent = node->word == RA_W_IS || node->word == RA_O_EQ;

		test_expression(b, c, left, absent ? RA_SAYS_ABSENT : RA_SAYS_PRESENT);
	} else {
		test_expression(b, c, left, RA_SAYS_VALUE);
		test_expression(b, c, right, RA_SAYS_VALUE);
	}
}

static void test_part(struct build *b, struct condition c, const struct ra_node *node)
{
	size_t first = b->temporaries.n;

	if (node->kind == RA_N_UNARY && node->word == RA_W_NOT && node->kids) {
		c.sense = !c.sense;
		test_part(b, c, node->kids);
	} else if (node->kind == RA_N_BINARY && (node->word == RA_W_AND || node->word == RA_W_OR)) {
		/* all parts of an `and` hold where it holds; where it does not, who knows */
		if ((node->word == RA_W_AND) == c.sense)
			c.false_known = false;
		else
			c.true_known = false;
		for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
			test_part(b, c, kid);
	} else if (node->kind == RA_N_COMPARE) {
		test_comparison(b, &c, node);
	} else {
		test_expression(b, &c, node, RA_SAYS_PRESENT);
	}
	/* what a pattern looks into lives on, with the branch that it lets in */
	if (node->kind != RA_N_NAMED && node->kind != RA_N_BINARY)
		ra_guard_temporaries_end(b, first, node);
}

void ra_eval_condition(struct build *b, const struct ra_node *node, struct tests *tests)
{
	struct condition c = { tests, true, true, true };
	bool outer = b->in_condition;

	b->in_condition = true;
	test_part(b, c, node);
	b->in_condition = outer;
}

/* -- assignment ---------------------------------------------------------------------------- */

/* In a branch the old value is kept: behind it either may be the one. */
static void bind_local(struct build *b, struct local *local, const struct value *value)
{
	uint32_t index = (uint32_t)(local - b->scopes[b->unit].list.v);

	if (local->value.guard != RA_NONE && local->value.guard != value->guard && local->bound)
		ra_guard_ends(b, local->value.guard, b->statement); /* replaced, it is dropped */
	if (!local->bound) {
		local->bound = true;
		local->block = b->block;
	} else if (local->block != b->block && b->rebindings.n < REBINDINGS_MAX) {
		*ra_vec_push(b->arena, &b->rebindings) =
			(struct rebinding){ b->unit, index, b->block, local->value };
	}
	local->value = *value;
	local->value.coroutine = RA_NONE;
}

/* The value comes from the same state, read in this very statement. */
static bool from_itself(struct build *b, const struct value *value, const struct ra_fact *fact)
{
	for (uint32_t i = 0; i < value->from.n; i++) {
		const struct ra_fact *read = &b->out->facts.v[value->from.v[i]];

		if (ra_fact_is_access(read->kind) && read->state == fact->state &&
		    read->statement == b->statement && ra_str_eq(read->key, fact->key))
			return true;
	}
	return false;
}

/* What locals hold of a state that is replaced is the old object: theirs alone from now on. */
static void detach_aliases(struct build *b, uint32_t state)
{
	struct scope *scope = ra_scope_here(b);

	for (size_t i = 0; i < scope->list.n; i++)
		if (!scope->list.v[i].captured && scope->list.v[i].value.state == state)
			scope->list.v[i].value.state = RA_NONE;
}

static void write_place(struct build *b, const struct ra_node *target, const struct place *place,
			const struct value *value)
{
	struct ra_fact *fact;
	enum ra_fact_kind kind = place->nested ? RA_FACT_UPDATE :
				 place->key ? RA_FACT_INSERT : RA_FACT_WRITE;

	if (kind == RA_FACT_WRITE)
		detach_aliases(b, place->state);
	fact = ra_fact_access(b, kind, target, place);
	if (value->constant)
		fact->flags |= RA_FACT_CONSTANT;
	if (value->null)
		fact->flags |= RA_FACT_NULL;
	if (from_itself(b, value, fact))
		fact->kind = RA_FACT_UPDATE;
	if (value->from.n) {
		uint32_t *depends = ra_new_array(b->arena, uint32_t, value->from.n);

		memcpy(depends, value->from.v, value->from.n * sizeof(*depends));
		fact->depends = depends;
		fact->n_depends = value->from.n;
	}
}

/* The parts of a pattern: what it takes apart is known by its types alone, if at all. */
static void assign_parts(struct build *b, const struct ra_node *first, const struct value *value)
{
	struct value part = ra_value_none();

	part.from = value->from;
	for (const struct ra_node *kid = first; kid; kid = kid->next)
		ra_assign(b, kid, &part);
}

/* `Some(x)`, `&x`, `x @ P`, `A | B`, `{ a: x }`: what wraps one thing passes it on as it is. */
static bool assign_pattern(struct build *b, const struct ra_node *target, const struct value *value)
{
	const struct ra_node *kids = target->kids;

	switch (target->kind) {
	case RA_N_CALL: case RA_N_UNARY: case RA_N_NAMED: case RA_N_BINARY:
		if (target->word == RA_O_STAR)
			return false; /* what a pointer or a guard lets at */
		if (target->kind == RA_N_CALL)
			kids = kids ? kids->next : NULL;
		if (kids && !kids->next)
			ra_assign(b, kids, value);
		else
			assign_parts(b, kids, value);
		return true;
	case RA_N_COMPOSITE: case RA_N_PAIR:
		assign_parts(b, kids ? kids->next : NULL, value);
		return true;
	case RA_N_DICT:
		assign_parts(b, kids, value);
		return true;
	case RA_N_ASSIGN: /* with a default */
		if (kids)
			ra_assign(b, kids, value);
		return true;
	default:
		return false;
	}
}

static void eval_parts(struct build *b, const struct ra_node *target)
{
	if (target->kind == RA_N_INDEX && target->kids) {
		if (target->kids->kind == RA_N_INDEX || ra_place_of(b, target).state == RA_NONE)
			ra_eval(b, target->kids);
		if (target->kids->next)
			ra_eval(b, target->kids->next);
	} else if (target->kids && (target->kind == RA_N_MEMBER || target->kind == RA_N_UNARY)) {
		ra_eval(b, target->kids);
	}
}

void ra_assign(struct build *b, const struct ra_node *target, const struct value *value)
{
	if (target->kind == RA_N_INDEX || target->kind == RA_N_MEMBER ||
	    (target->kind == RA_N_UNARY && target->word == RA_O_STAR &&
	     ra_place_of(b, target).held))
		eval_parts(b, target);
	ra_store(b, target, value);
}

void ra_store(struct build *b, const struct ra_node *target, const struct value *value)
{
	struct place place;
	struct local *local;
	struct value part;

	if (target->kind == RA_N_TUPLE || target->kind == RA_N_LIST || target->kind == RA_N_STAR) {
		unsigned n = 0;

		for (const struct ra_node *kid = target->kids; kid; kid = kid->next) {
			part = ra_value_part(b, value, n++);
			ra_assign(b, kid, &part);
		}
		return;
	}
	if (b->block_scoped && assign_pattern(b, target, value))
		return;
	place = ra_place_of(b, target);
	if (target->kind == RA_N_NAME) {
		local = ra_target_local(b, target);
		if (b->block_scoped && local && !place.alias) /* a new one of a name that has one */
			place.state = local->captured ? local->state : RA_NONE;
		if (local && b->unit)
			bind_local(b, local, value);
		if (local)
			ra_guard_bound(b, value->guard);
		if (place.state != RA_NONE && !place.alias && value->state != place.state)
			write_place(b, target, &place, value);
		return;
	}
	if (place.state != RA_NONE)
		write_place(b, target, &place, value);
}
