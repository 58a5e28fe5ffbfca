/*
 * acquire: locks that a call or a `with` takes and lets go, at once, as a future or at the end of
 * the unit; and calls that only look like it.
 */
#include "core/facts/call.h"

static bool is_guard(unsigned kind)
{
	return kind == RA_KIND_LOCK || kind == RA_KIND_SEMAPHORE || kind == RA_KIND_CONDITION ||
	       kind == RA_KIND_CELL;
}

/* -- with ------------------------------------------------------------------------------------- */

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

/* -- acquisitions ----------------------------------------------------------------------------- */

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

/* `x.read().with(c).await`: what is read comes later, unless an error was taken off before. */
static bool is_future(const struct ra_node *call)
{
	const struct ra_node *up = call->up;

	while (up && up->kind == RA_N_MEMBER && up->up && up->up->kind == RA_N_CALL &&
	       up->up->kids == up && !ra_str_is(up->text, "unwrap") &&
	       !ra_str_is(up->text, "expect"))
		up = up->up->up;
	return up && up->kind == RA_N_AWAIT;
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
	if (!awaited && is_future(node))
		return false;
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

/* Taken for as long as the call runs. */
static void lets_go(struct build *b, const struct call *call, uint32_t region)
{
	struct ra_fact *fact = ra_fact_new(b, RA_FACT_RELEASE, call->node);
	uint32_t index = fact->index;

	fact->region = region;
	fact->state = b->out->regions.v[region].lock;
	fact->name = b->out->regions.v[region].text;
	b->out->regions.v[region].with = true;
	ra_region_close(b, region, index);
}

/* Of an object that this unit has made and that nobody else has seen: there is nobody to wait for. */
static bool is_unseen(struct build *b, const struct call *call)
{
	const struct ra_node *object = call->callee->kind == RA_N_MEMBER ? call->callee->kids : NULL;
	const struct local *local;
	uint32_t owner;

	if (call->place.fresh || !object || object->kind != RA_N_NAME)
		return call->place.fresh;
	local = ra_visible_local(b, object->text, object->first, &owner);
	return local && owner == b->unit && local->value.class_ && local->value.made;
}

bool ra_call_acquires(struct build *b, const struct call *call, const struct ra_api_row *row,
		      struct value *value)
{
	struct value lock = call->receiver;
	struct ra_fact *fact;
	uint32_t region, read;

	if (makes_future(b, call, row) ||
	    ((row->flags & RA_API_DOUBTFUL) && !is_used_as_guard(call->node)))
		return false;
	if (!is_guard(lock.kind))
		lock.kind = row->kind == RA_KIND_CELL && !call->awaited ? RA_KIND_CELL
									: RA_KIND_LOCK;
	if (lock.state == RA_NONE && lock.element_of == RA_NONE &&
	    call->callee->kind == RA_N_MEMBER)
		lock.state = ra_state_of_path(b, call->callee->kids);
	if (call->awaited) {
		ra_fact_checkpoint(b, call->node, RA_SW_AWAIT, RA_NONE)->name =
			ra_call_name(b, call);
		lock.api_flags |= RA_API_ASYNC;
	} else if (b->shape->tokens->language->drops_values && is_awaited_elsewhere(b, call->node)) {
		lock.api_flags |= RA_API_ASYNC;
	}
	if (row->flags & RA_API_THREAD) /* one for threads, inside of what tasks wait for */
		lock.api_flags &= ~(uint32_t)RA_API_ASYNC;
	lock.api_flags |= row->flags & (RA_API_SHARED | RA_API_REENTRANT);
	fact = ra_call_fact(b, RA_FACT_ACQUIRE, call);
	fact->row = row;
	fact->name = fact->base;
	if (is_unseen(b, call))
		fact->flags |= RA_FACT_FRESH;
	if (fact->state == RA_NONE)
		fact->state = lock.element_of != RA_NONE ? lock.element_of : lock.state;
	region = ra_region_open(b, fact, &lock, fact->base, false);
	b->out->facts.v[b->out->facts.n - 1].region = region;
	if (row->flags & RA_API_ATOMIC)
		lets_go(b, call, region);
	if (!(row->flags & RA_API_GUARD))
		return true;
	/* the guard stands for what the lock holds */
	ra_guard_made(b, region);
	b->out->regions.v[region].with = b->shape->tokens->language->drops_values;
	read = value->direct;
	*value = ra_value_held(b, &lock, call->callee->kids);
	value->direct = read;
	value->guard = region;
	return true;
}

/* -- while a function runs ------------------------------------------------------------------------ */

/* `locks.request('name', f)`: the one lock of that name, wherever it is asked for. */
static bool lock_by_name(struct build *b, const struct call *call, struct value *lock)
{
	const struct ra_node *name = call->callee->next;

	if (!name || name->kind != RA_N_STRING || name->kids)
		return false;
	*lock = ra_value_none();
	lock->kind = RA_KIND_LOCK;
	lock->state = ra_state_get(b, RA_SCOPE_MODULE, 0, ra_node_text(b->shape, name),
				   ra_node_line(b->shape, name));
	return true;
}

void ra_call_runs_exclusive(struct build *b, const struct call *call, const struct ra_api_row *row,
			    uint32_t unit)
{
	struct value lock = call->receiver;
	struct ra_str text;
	struct ra_fact *fact;
	uint32_t region;

	if (row->flags & RA_API_NAMED ? !lock_by_name(b, call, &lock) : !is_guard(lock.kind)) {
		ra_call_fact(b, RA_FACT_CALL, call)->callee = unit;
		return;
	}
	ra_fact_checkpoint(b, call->node, RA_SW_AWAIT, RA_NONE)->name = ra_call_name(b, call);
	lock.api_flags |= RA_API_ASYNC;
	fact = ra_call_fact(b, RA_FACT_ACQUIRE, call);
	fact->row = row;
	text = row->flags & RA_API_NAMED ? b->out->states.v[lock.state].field : fact->base;
	fact->name = text;
	fact->state = lock.element_of != RA_NONE ? lock.element_of : lock.state;
	region = ra_region_open(b, fact, &lock, text, true);
	b->out->facts.v[b->out->facts.n - 1].region = region;
	fact = ra_call_fact(b, RA_FACT_CALL, call);
	fact->callee = unit;
	fact->base = RA_STR("");
	fact->state = RA_NONE;
	fact = ra_call_fact(b, RA_FACT_RELEASE, call);
	fact->name = text;
	fact->region = region;
	fact->line = fact->end_line = ra_node_end_line(b->shape, call->node);
	ra_region_close(b, region, fact->index);
}

/* -- units that return guards ----------------------------------------------------------------- */

/* The lock that a unit takes for its caller, as written there. */
struct helper {
	const struct ra_api_row *row;
	struct value lock;
	struct ra_str text;
	bool awaited;
};

static bool returns_guard(struct build *b, uint32_t unit)
{
	const struct ra_node *result = ra_node_find(b->shape->units.v[unit].node, RA_N_RESULT);
	struct ra_str type = result ? ra_node_text(b->shape, result) : RA_STR("");

	return ra_str_find(type, RA_STR("Guard")) >= 0 || ra_str_find(type, RA_STR("RefMut<")) >= 0;
}

/* The first acquisition of the unit, seen from inside of it. */
static bool find_helper(struct build *b, uint32_t unit, struct helper *out)
{
	const struct ra_node *root = b->shape->units.v[unit].node, *at = NULL, *callee;
	const struct ra_node *statement = b->statement;
	uint32_t outer = b->unit;
	struct ra_str full;

	b->unit = unit;
	b->statement = root;
	out->row = NULL;
	while (!out->row && (at = ra_node_walk(root, at, true))) {
		if (at->kind != RA_N_CALL || at->kids->kind != RA_N_MEMBER ||
		    at->height > CHAIN_MAX)
			continue;
		callee = at->kids;
		out->row = ra_api_with(ra_callee_row(b, callee, &full), RA_EFFECT_ACQUIRE);
		if (!out->row || !(out->row->flags & RA_API_GUARD)) {
			out->row = NULL;
			continue;
		}
		out->lock = ra_value_of(b, callee->kids);
		out->text = ra_node_text(b->shape, callee->kids);
		out->awaited = at->up->kind == RA_N_AWAIT;
	}
	b->unit = outer;
	b->statement = statement;
	return out->row && out->lock.state != RA_NONE;
}

void ra_call_helper(struct build *b, const struct call *call, struct value *value)
{
	struct ra_str base = call->callee->kind == RA_N_MEMBER ?
			     ra_node_text(b->shape, call->callee->kids) : RA_STR("");
	struct helper helper;
	struct ra_fact *fact;
	uint32_t region;

	if (!b->shape->tokens->language->drops_values || call->own == RA_NONE || call->row ||
	    !returns_guard(b, call->own) || !find_helper(b, call->own, &helper))
		return;
	if (helper.awaited)
		helper.lock.api_flags |= RA_API_ASYNC;
	if (!is_guard(helper.lock.kind))
		helper.lock.kind = RA_KIND_LOCK;
	helper.lock.api_flags |= helper.row->flags & (RA_API_SHARED | RA_API_REENTRANT);
	if (call->awaited)
		ra_fact_checkpoint(b, call->node, RA_SW_AWAIT, RA_NONE)->name = ra_call_name(b, call);
	fact = ra_call_fact(b, RA_FACT_ACQUIRE, call);
	fact->row = helper.row;
	fact->callee = RA_NONE;
	fact->name = ra_text_for_caller(b, call->own, base, helper.text);
	fact->state = helper.lock.state;
	region = ra_region_open(b, fact, &helper.lock, fact->name, true);
	b->out->facts.v[b->out->facts.n - 1].region = region;
	ra_guard_made(b, region);
	*value = ra_value_held(b, &helper.lock, call->callee);
	value->base = base;
	value->guard = region;
}

/* -- releases --------------------------------------------------------------------------------- */

static void release_receiver(struct build *b, const struct call *call)
{
	struct ra_fact *fact = ra_call_fact(b, RA_FACT_RELEASE, call);
	uint32_t region = ra_region_held(b, &call->receiver, fact->base), index = fact->index;

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

void ra_call_releases(struct build *b, const struct call *call, const struct ra_api_row *row)
{
	uint32_t guard = guard_ended(b, call, row);

	if (guard != RA_NONE)
		ra_guard_ends(b, guard, call->node);
	else if (row->arg == RA_API_RECEIVER || !b->shape->tokens->language->drops_values)
		release_receiver(b, call);
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
	region = ra_region_held(b, &lock, ra_node_text(b->shape, callee->kids));
	if (region != RA_NONE)
		b->out->regions.v[region].with = b->out->regions.v[region].deferred = true;
	return region;
}

/* Does the function take the object's lock itself, before the call? Then that is what it releases. */
static bool takes_before(struct build *b, const struct ra_node *lambda, const struct ra_node *release)
{
	struct ra_str object = ra_node_text(b->shape, release->kids->kids), full;
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(lambda, at, false)) && at->first < release->first)
		if (at->kind == RA_N_CALL && at->kids->kind == RA_N_MEMBER &&
		    ra_str_eq(ra_node_text(b->shape, at->kids->kids), object) &&
		    ra_api_with(ra_callee_row(b, at->kids, &full), RA_EFFECT_ACQUIRE))
			return true;
	return false;
}

/* The same in a function literal that is deferred. */
static uint32_t deferred_releases(struct build *b, const struct ra_node *lambda)
{
	const struct ra_node *at = NULL;
	uint32_t last = RA_NONE, region;

	while ((at = ra_node_walk(lambda, at, false))) {
		if (at->kind == RA_N_CALL && at->kids->kind == RA_N_MEMBER &&
		    takes_before(b, lambda, at))
			continue;
		region = at->kind == RA_N_CALL ? deferred_release(b, at) : RA_NONE;
		if (region != RA_NONE)
			last = region;
	}
	return last;
}

/* Of a call, or of the calls in a function literal. */
uint32_t ra_deferred_region(struct build *b, const struct ra_node *call)
{
	return call->kids->kind == RA_N_LAMBDA ? deferred_releases(b, call->kids)
					       : deferred_release(b, call);
}
