/*
 * call: facts of a call in the order of evaluation: receiver, arguments, then what it does, which
 * its rows say.
 */
#include "core/facts/call.h"

/* -- which unit, by which name ---------------------------------------------------------------- */

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

uint32_t ra_call_unit(struct build *b, const struct call *call)
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
struct ra_str ra_call_name(struct build *b, const struct call *call)
{
	struct ra_str dotted;

	if (call->full.len && !(call->row && call->row->flags & RA_API_TREE))
		return call->full;
	dotted = ra_node_dotted(b->arena, call->callee);
	return dotted.len ? dotted : ra_node_text(b->shape, call->callee);
}

/* What the call is made on, in one line: a chain may be broken over several. */
static struct ra_str base_text(struct build *b, const struct ra_node *base)
{
	struct ra_str text = ra_node_text(b->shape, base);
	struct ra_buf line;
	bool blank = false;

	if (ra_str_find(text, RA_STR("\n")) < 0)
		return text;
	ra_buf_init(&line, b->arena);
	for (size_t i = 0; i < text.len; i++) {
		blank = text.ptr[i] == '\n' ||
			(blank && (text.ptr[i] == ' ' || text.ptr[i] == '\t'));
		if (!blank)
			ra_buf_addc(&line, text.ptr[i]);
	}
	return ra_buf_str(&line);
}

struct ra_fact *ra_call_fact(struct build *b, enum ra_fact_kind kind, const struct call *call)
{
	struct ra_fact *fact = ra_fact_new(b, kind, call->node);

	fact->how = (uint8_t)ra_use_of(call->node, &fact->bound);
	fact->row = call->row;
	fact->callee = call->own;
	fact->name = ra_call_name(b, call);
	fact->promise = call->promise;
	fact->receiver_kind = call->receiver.kind;
	fact->receiver_flags = call->receiver.api_flags;
	fact->receiver_runtimes = call->receiver.runtimes;
	if (call->callee->kind == RA_N_MEMBER)
		fact->base = base_text(b, call->callee->kids);
	if (call->place.state != RA_NONE) {
		fact->state = call->place.state;
		ra_fact_set_key(b, fact, call->place.key);
	} else if (call->receiver.element_of != RA_NONE) {
		fact->state = call->receiver.element_of;
		fact->key = call->receiver.key;
	}
	return fact;
}

/* -- receiver and arguments ------------------------------------------------------------------- */

/* The container's node behind `&`. */
const struct ra_node *ra_referent(const struct ra_node *node)
{
	while (node && node->kind == RA_N_UNARY && node->word == RA_O_AMP && node->kids)
		node = node->kids;
	return node;
}

/* `delete(m, k)`, `atomic.AddInt64(&s.n, 1)`: the container is an argument, which is not read. */
static bool accesses_argument(struct build *b, struct call *call)
{
	const struct ra_node *operand;

	if (!call->row || call->row->arg < 0 ||
	    (!ra_effect_is_access(call->row->effect) && call->row->effect != RA_EFFECT_CLOSE) ||
	    ra_str_find(call->row->name, RA_STR(":")) >= 0)
		return false;
	operand = ra_referent(ra_api_operand(call->row, call->node));
	if (!operand || (call->place = ra_place_of(b, operand)).state == RA_NONE)
		return false;
	call->accessed = ra_api_operand(call->row, call->node);
	call->receiver = ra_value_of(b, operand);
	return true;
}

static bool awaits_argument(const struct call *call)
{
	for (const struct ra_node *a = call->callee->next; a; a = a->next) {
		const struct ra_node *at = NULL;

		while ((at = ra_node_walk(a, at, false)) != NULL)
			if (at->kind == RA_N_AWAIT)
				return true;
	}
	return false;
}

/* The container that a method makes its result of: by an alias of it, or behind a wait for an
 * argument, it is the one of before. */
static struct origins container_taken(struct build *b, const struct call *call,
				      const struct ra_node *base)
{
	struct origins none = { 0 };

	if (call->row->effect >= RA_EFFECT_WRITE && call->row->effect <= RA_EFFECT_DELETE)
		return none; /* it changes the container */
	if (base->kind == RA_N_NAME && call->receiver.from.n)
		return call->receiver.from;
	return awaits_argument(call) ? ra_eval(b, base).from : none;
}

void ra_call_receiver(struct build *b, struct call *call)
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
	if (call->place.state != RA_NONE && call->row && ra_effect_is_access(call->row->effect)) {
		if (base->kind == RA_N_INDEX)
			ra_eval(b, ra_node_kid(base, 1));
		if (base->kind != RA_N_INDEX && !call->place.held)
			call->taken = container_taken(b, call, base);
		if (base->kind == RA_N_INDEX || !call->place.held)
			return;
	}
	value = ra_eval(b, base);
	call->from = value.from;
	call->on = value.guard;
	if (call->same == base)
		call->passed_on = value;
}

static bool runs_argument(const struct ra_api_row *row)
{
	return ra_api_with(row, RA_EFFECT_SPAWN) || ra_api_with(row, RA_EFFECT_OFFLOAD) ||
	       ra_api_with(row, RA_EFFECT_INLINE) || ra_api_with(row, RA_EFFECT_GATHER) ||
	       ra_api_with(row, RA_EFFECT_HANDLER) || ra_api_with(row, RA_EFFECT_EXCLUSIVE);
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

void ra_call_arguments(struct build *b, struct call *call)
{
	bool bounded = ra_api_with(call->row, RA_EFFECT_TIMEOUT) != NULL;
	bool outer = b->handing_over;

	b->timed += bounded;
	b->handing_over = outer || runs_argument(call->row);
	for (const struct ra_node *a = call->callee->next; a; a = a->next) {
		struct value value;

		if (a == call->accessed) {
			a = ra_referent(a);
			if (call->place.held && a->kind != RA_N_NAME)
				ra_eval(b, a); /* it is reached by a guard: `&mut *m.lock()` */
			else if (a->kind == RA_N_INDEX && ra_node_kid(a, 1))
				ra_eval(b, ra_node_kid(a, 1));
			a = call->accessed;
			continue;
		}
		value = ra_eval(b, a);
		if (a == call->same)
			call->passed_on = value;
		if (value.guard == RA_NONE && ra_referent(a)->kind == RA_N_NAME)
			value.guard = ra_value_of(b, ra_referent(a)).guard;
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

/* -- calls ------------------------------------------------------------------------------------ */

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
	const struct ra_node *guard = ra_referent(call->callee->next);
	const struct ra_api_row *row;

	if (call->row || call->callee->kind != RA_N_MEMBER || !guard || guard->kind != RA_N_NAME ||
	    ra_value_of(b, guard).guard == RA_NONE)
		return call->row;
	row = ra_api_method(b->api, RA_KIND_CONDITION, call->callee->text);
	return ra_api_with(row, RA_EFFECT_WAIT) ? row : NULL;
}

/* `map.get(k).map(|v| ..)`, `cell.try_borrow_mut().ok().and_then(f)`: what may hold a guard is moved
 * into the call that looks into it, and the guard ends there. */
static uint32_t guard_moved_in(struct build *b, const struct call *call, uint32_t guard)
{
	const struct ra_node *at = call->callee->kind == RA_N_MEMBER ? call->callee->kids : NULL;
	const struct ra_fact *acquire;

	if (guard == RA_NONE || !b->shape->tokens->language->drops_values || call->same ||
	    !ra_api_with(call->row, RA_EFFECT_INLINE))
		return RA_NONE;
	acquire = ra_fact(b->out, b->out->regions.v[guard].acquire);
	if (!acquire->row || !(acquire->row->flags & (RA_API_LEAVES | RA_API_ABSENT)))
		return RA_NONE;
	while (at && at != acquire->node && at->kind == RA_N_CALL &&
	       at->kids->kind == RA_N_MEMBER &&
	       (ra_str_is(at->kids->text, "ok") || ra_str_is(at->kids->text, "map_err")))
		at = at->kids->kids;
	return at == acquire->node ? guard : RA_NONE;
}

struct value ra_eval_call(struct build *b, const struct ra_node *node, bool awaited)
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
	call.guard = call.on = RA_NONE;
	ra_call_receiver(b, &call);
	b->in_condition = false;
	ra_call_arguments(b, &call);
	b->in_condition = in_condition;
	call.own = ra_call_unit(b, &call);
	before = b->out->facts.n;
	for (const struct ra_api_row *row = call.row; row; row = row->more)
		made |= ra_effect_facts(b, &call, row, &value);
	if (!made && call.callee->kind == RA_N_NAME && call.receiver.guard != RA_NONE) {
		ra_guard_ends(b, call.receiver.guard, node); /* a guard that is called lets go */
	} else if (!made) {
		ra_call_fact(b, RA_FACT_CALL, &call);
		ra_call_helper(b, &call, &value);
	}
	if (call.same)
		return passed_on(b, &call, value.direct);
	if (b->out->facts.n > before)
		value.call = (uint32_t)b->out->facts.n - 1;
	ra_guard_ends(b, guard_moved_in(b, &call, call.on), node);
	value.from = call.from;
	ra_origins_join(&value.from, &call.taken);
	if (value.call != RA_NONE)
		ra_origins_add(&value.from, value.call);
	if (value.direct != RA_NONE)
		ra_origins_add(&value.from, value.direct);
	return value;
}

struct value ra_eval_await(struct build *b, const struct ra_node *node)
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
	value = ra_eval_call(b, inner, true);
	value.coroutine = RA_NONE;
	/* the switch of a lock comes before it is held: made by its acquisition */
	for (size_t i = before; i < b->out->facts.n; i++)
		if (b->out->facts.v[i].node == inner && b->out->facts.v[i].kind == RA_FACT_ACQUIRE)
			return value;
	ra_fact_checkpoint(b, node, RA_SW_AWAIT, value.call);
	value.coroutine = RA_NONE;
	return value;
}
