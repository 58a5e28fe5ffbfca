/*
 * value_call: what a call is worth: what the rows say that it makes, holds or passes on, else
 * what the unit of the file returns that it runs.
 */
#include "core/facts/internal.h"

#include <stdlib.h>

/* The class or unit that a call of the file's own code makes or runs. */
static bool value_of_own_call(struct build *b, const struct ra_node *callee,
			      const struct value *receiver, struct value *value)
{
	uint32_t unit = callee->kind == RA_N_LAMBDA ? callee->unit : receiver->unit, class_;

	if (callee->kind == RA_N_NAME && receiver->class_itself) {
		value->class_ = receiver->class_itself;
		value->made = true;
		return true;
	}
	class_ = receiver->class_ ? receiver->class_ : receiver->class_itself;
	if (callee->kind == RA_N_MEMBER)
		unit = class_ ? ra_method_named(b, class_ - 1, callee->text) : RA_NONE;
	if (unit == RA_NONE)
		return false;
	*value = ra_value_of_result(b, unit);
	value->made = ra_unit_makes(b, unit);
	value->promise = b->out->units[unit].promise;
	if (b->shape->units.v[unit].flags & RA_U_ASYNC)
		value->coroutine = unit;
	return true;
}

/* -- made by rows ----------------------------------------------------------------------------- */

/* A size that bounds: Queue(0), Queue(None) and Queue(inf) have none. */
static bool is_size(const struct ra_node *node)
{
	if (node->kind == RA_N_LITERAL)
		return node->word != RA_W_NULL && !ra_str_is(node->text, "0");
	return node->kind != RA_N_MEMBER || !ra_str_is(node->text, "inf");
}

static bool is_factory(const struct ra_node *argument, const struct ra_api_row *called)
{
	return called && argument->kind == RA_N_KEYWORD && ra_str_eq(argument->text, called->keyword);
}

/* `Mutex::new(HashMap::new())`: it holds what it is given. */
static void hold(struct value *value, struct build *b, const struct ra_node *given)
{
	struct value inner = ra_value_of(b, given);

	value->element = inner.kind;
	value->element_class = inner.class_;
}

/* By a row that makes a future, or whose call is to be awaited; not when it is given a callback. */
static uint8_t promise_by_row(const struct ra_node *call, const struct ra_api_row *row)
{
	const struct ra_node *last = ra_node_last(call);

	for (; row; row = row->more) {
		if (!(row->flags & RA_API_ASYNC))
			continue;
		if (row->kind == RA_KIND_FUTURE)
			return RA_PROMISE_SURE;
		if (row->kind == RA_KIND_UNKNOWN && row->effect != RA_EFFECT_NEW &&
		    *row->name.ptr != '*' && last->kind != RA_N_LAMBDA)
			return RA_PROMISE_SURE;
	}
	return RA_PROMISE_NO;
}

/* `make(chan T, n)`, `new(T)`: of the type that is the operand. */
static struct value value_of_type(struct build *b, const struct ra_node *type)
{
	struct value value = ra_value_annotated(b, type);
	const struct ra_node *size = type ? type->next : NULL;

	value.made = true;
	value.null = !size;
	if (value.kind != RA_KIND_CHANNEL)
		return value;
	value.room = size ? RA_NONE : 0;
	if (size && size->kind == RA_N_LITERAL)
		value.room = (uint32_t)strtoul(ra_cstr(b->arena, size->text), NULL, 0);
	return value;
}

uint32_t ra_lock_of_condition(struct build *b, const struct ra_node *lock)
{
	struct value value = lock && lock->height <= CHAIN_MAX ? ra_value_of(b, lock)
							       : ra_value_none();

	return value.state == RA_NONE ? 0 : value.state + 1;
}

static struct value value_by_row(struct build *b, const struct ra_node *node,
				 const struct ra_api_row *row, const struct value *receiver)
{
	struct value value = ra_value_none();
	const struct ra_api_row *made = ra_api_with(row, RA_EFFECT_NEW);
	const struct ra_node *argument = ra_node_kid(node, 1);
	bool drops = b->shape->tokens->language->drops_values;

	if (!made && row && (row->effect == RA_EFFECT_SPAWN || row->effect == RA_EFFECT_OFFLOAD ||
			     row->effect == RA_EFFECT_GATHER))
		made = row;
	if (made) {
		value.kind = (uint8_t)made->kind;
		value.type = made->flags & (RA_API_TREE | RA_API_PAIR) ? made->name : RA_STR("");
		value.api_flags = made->flags & ~(uint32_t)RA_API_TREE;
		value.runtimes = made->runtimes;
	}
	if (made && (made->flags & RA_API_TYPED))
		return value_of_type(b, ra_api_operand(made, node));
	if (made && (made->flags & RA_API_UNBOUNDED)) {
		const struct ra_node *size = ra_api_operand(made, node);

		if (size && is_size(size))
			value.api_flags &= ~(uint32_t)RA_API_UNBOUNDED;
	}
	if (made && made->kind == RA_KIND_CONDITION)
		value.goes_with = ra_lock_of_condition(b, ra_api_operand(made, node));
	/* a cursor is awaited, or holds the thread, as the connection that made it */
	if (made && made->arg == RA_API_RECEIVER) {
		value.api_flags |= receiver->api_flags & (RA_API_ASYNC | RA_API_LOW);
		value.runtimes |= receiver->runtimes;
	}
	/* field(default_factory=dict) is what its factory makes; defaultdict(Lock) */
	if (!made && argument && is_factory(argument, ra_api_with(row, RA_EFFECT_INLINE)))
		value = ra_value_by_full(b, ra_full_name(b, ra_node_kid(argument, 0)));
	if (made && argument && argument->kind == RA_N_KEYWORD)
		argument = argument->kids;
	if (made && drops)
		value.full = made->name; /* of the type */
	if (made && argument && (argument->kind == RA_N_CALL || drops) &&
	    argument->height <= CHAIN_MAX)
		hold(&value, b, argument);
	else if (made && argument)
		value.element = ra_value_by_full(b, ra_full_name(b, argument)).kind;
	value.copy = ra_api_with(row, RA_EFFECT_COPY) != NULL;
	value.promise = promise_by_row(node, row);
	if (ra_api_with(row, RA_EFFECT_PROMISIFY))
		value.calls = RA_PROMISE_SURE;
	if (ra_api_with(row, RA_EFFECT_IMPORT) && argument && argument->kind == RA_N_STRING)
		value.full = ra_shape_module(b->arena, argument->text);
	if (ra_api_with(row, RA_EFFECT_BIND) && argument)
		value.unit = ra_value_of(b, argument).unit;
	return value;
}

/* -- passed on -------------------------------------------------------------------------------- */

/* What a call passes on as it is: its receiver, or the operand of its row. A clone is the same
 * thing where it is one of a handle. */
const struct ra_node *ra_same_operand(const struct ra_api_row *row, const struct ra_node *call)
{
	row = ra_api_with(row, RA_EFFECT_SAME);
	if (!row)
		return NULL;
	if (row->arg == RA_API_RECEIVER)
		return call->kids->kind == RA_N_MEMBER ? call->kids->kids : NULL;
	return ra_api_operand(row, call);
}

/* What a copy has of the value: it is a thing of its own. */
static struct value copy_of(const struct value *value)
{
	struct value copy = ra_value_none();

	copy.kind = value->kind;
	copy.element = value->element;
	copy.class_ = value->class_;
	copy.element_class = value->element_class;
	copy.api_flags = value->api_flags;
	copy.runtimes = value->runtimes;
	copy.copy = true;
	return copy;
}

struct value ra_value_passed(const struct ra_api_row *row, struct value operand)
{
	if (ra_api_with(row, RA_EFFECT_SAME)->flags & RA_API_HANDLE)
		operand.handle = true;
	if (!ra_api_with(row, RA_EFFECT_COPY))
		return operand;
	if (!operand.handle && !ra_kind_is_shared(operand.kind))
		return copy_of(&operand);
	operand.guard = RA_NONE;
	operand.held = false;
	return operand;
}

static struct value value_of_same(struct build *b, const struct ra_node *call,
				  const struct ra_api_row *row)
{
	const struct ra_node *operand = ra_same_operand(row, call);

	return operand ? ra_value_passed(row, ra_value_of(b, operand)) : ra_value_none();
}

/* -- calls ------------------------------------------------------------------------------------ */

/* A field that holds a function: what a call of it is worth by its declared type. */
static uint8_t field_calls(struct build *b, const struct ra_node *callee,
			   const struct value *receiver)
{
	uint32_t state;

	if (!receiver->class_)
		return RA_PROMISE_NO;
	state = ra_state_find(b, ra_field_owner(b, receiver->class_ - 1, callee->text),
			      callee->text);
	return state == RA_NONE ? RA_PROMISE_NO : ra_state_at(b, state)->calls;
}

struct value ra_value_of_call(struct build *b, const struct ra_node *node)
{
	const struct ra_node *callee = node->kids, *argument = callee->next;
	struct value value = ra_value_none(), receiver = ra_callee_receiver(b, callee);
	const struct ra_api_row *row;
	struct place place;
	struct ra_str full;

	if (callee->height > CHAIN_MAX || value_of_own_call(b, callee, &receiver, &value))
		return value;
	value.promise = callee->kind == RA_N_MEMBER ? field_calls(b, callee, &receiver)
						    : receiver.calls;
	if (value.promise)
		return value;
	row = ra_callee_row_on(b, callee, &receiver, &full);
	if (ra_api_with(row, RA_EFFECT_SAME))
		return value_of_same(b, node, row);
	if (ra_api_with(row, RA_EFFECT_ACQUIRE) &&
	    (ra_api_with(row, RA_EFFECT_ACQUIRE)->flags & RA_API_GUARD))
		return ra_value_held(b, &receiver, callee->kids);
	/* an element taken out of a container: get, pop, setdefault */
	if (callee->kind == RA_N_MEMBER && argument && row &&
	    (row->effect == RA_EFFECT_READ || row->effect == RA_EFFECT_DELETE ||
	     row->effect == RA_EFFECT_INSERT)) {
		place = ra_place_of(b, callee->kids);
		if (place.state != RA_NONE) {
			place.key = argument;
			return ra_value_of_place(b, &place);
		}
	}
	return value_by_row(b, node, row, &receiver);
}
