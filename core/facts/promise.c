/*
 * promise: which calls are worth promises, and what becomes of them. Languages whose coroutines
 * run when they are called lose a failure that nobody takes: so a value is followed up the tree,
 * through the calls that chain on to it, to what waits for it or drops it.
 */
#include "core/facts/internal.h"

/* -- which units return promises ------------------------------------------------------------ */

/* The values that a unit returns, for all units in one list. */
struct returned {
	uint32_t unit;
	const struct ra_node *value;   /* NULL: nothing is returned */
};

struct returns {
	RA_VEC(struct returned) list;
};

static void find_returns(struct build *b, struct returns *returns)
{
	const struct ra_node *node = NULL, *last;

	while ((node = ra_node_walk(b->shape->root, node, true))) {
		last = NULL;
		if (node->kind == RA_N_LAMBDA && !ra_node_find(node, RA_N_BLOCK))
			last = ra_node_last(node);
		if (node->kind == RA_N_RETURN || (last && last->kind != RA_N_PARAM))
			*ra_vec_push(b->arena, &returns->list) = (struct returned){
				node->unit, last ? last : node->kids };
	}
}

/* What is written of it: `async`, its result, the type of what it is bound to. */
static bool declared(struct build *b, const struct ra_unit *unit, uint8_t *promise)
{
	const struct ra_node *up = unit->node->up, *annotation;

	if (unit->flags & RA_U_ASYNC) {
		*promise = unit->flags & RA_U_GENERATOR ? RA_PROMISE_NO : RA_PROMISE_SURE;
		return true;
	}
	if (ra_node_find(unit->node, RA_N_RESULT)) {
		*promise = ra_value_of_result(b, unit->index).promise;
		return true;
	}
	annotation = up && up->kind == RA_N_ASSIGN ? ra_node_find(up, RA_N_ANNOTATION) : NULL;
	if (!annotation)
		return false;
	*promise = ra_value_annotated(b, annotation->kids).calls;
	return *promise != RA_PROMISE_NO;
}

/* Each path returns one, or only some do. */
static uint8_t returned_by(const struct build *b, const struct ra_unit *unit, bool all, bool any)
{
	const struct ra_node *body = ra_node_find(unit->node, RA_N_BLOCK);

	if (!any)
		return RA_PROMISE_NO;
	all = all && !(body && (b->shape->blocks.v[body->block].exits & RA_X_FALLS));
	return all ? RA_PROMISE_SURE : RA_PROMISE_MAYBE;
}

enum { RETURN_ROUNDS = 4 }; /* functions that return what others return */

static bool learn_returns(struct build *b, const struct returns *returns, const bool *known)
{
	uint8_t *all = ra_new_array(b->arena, uint8_t, b->shape->units.n);
	uint8_t *any = ra_new_array(b->arena, uint8_t, b->shape->units.n);
	bool changed = false;

	memset(all, 1, b->shape->units.n);
	for (size_t i = 0; i < returns->list.n; i++) {
		const struct returned *r = &returns->list.v[i];
		uint8_t promise = RA_PROMISE_NO;

		if (known[r->unit])
			continue;
		b->unit = r->unit;
		if (r->value)
			promise = ra_value_of(b, r->value).promise;
		any[r->unit] |= promise != RA_PROMISE_NO;
		all[r->unit] &= promise == RA_PROMISE_SURE;
	}
	for (uint32_t u = 1; u < b->shape->units.n; u++) {
		uint8_t promise = returned_by(b, &b->shape->units.v[u], all[u], any[u]);

		if (known[u] || b->out->units[u].promise == promise)
			continue;
		b->out->units[u].promise = promise;
		changed = true;
	}
	return changed;
}

void ra_facts_promises(struct build *b)
{
	struct returns returns = { 0 };
	bool *known;

	if (!b->shape->tokens->language->promises)
		return;
	known = ra_new_array(b->arena, bool, b->shape->units.n);
	find_returns(b, &returns);
	for (uint32_t u = 1; u < b->shape->units.n; u++) {
		b->unit = b->shape->units.v[u].up;
		known[u] = declared(b, &b->shape->units.v[u], &b->out->units[u].promise);
	}
	for (int round = 0; round < RETURN_ROUNDS; round++)
		if (!learn_returns(b, &returns, known))
			break;
	b->unit = 0;
}

/* -- what becomes of a promise -------------------------------------------------------------- */

static bool is_null(const struct ra_node *node)
{
	return node->kind == RA_N_LITERAL && node->word == RA_W_NULL;
}

/* The row of a call that chains on to a promise, its receiver: `x.then(f)`. */
static const struct ra_api_row *chains(const struct ra_facts *facts, const struct ra_node *call)
{
	const struct ra_node *member = call->kind == RA_N_CALL ? call->kids : NULL;
	const struct ra_api_row *row;

	if (!member || member->kind != RA_N_MEMBER)
		return NULL;
	row = ra_api_method(facts->api, RA_KIND_FUTURE, member->text);
	return row && *row->name.ptr != '*' && ra_api_with(row, RA_EFFECT_NEW) ? row : NULL;
}

const struct ra_node *ra_promise_root(const struct ra_facts *facts, const struct ra_node *node)
{
	while (chains(facts, node))
		node = node->kids->kids;
	return node;
}

/* `x.then(f)` with x the node: what follows it, and who takes its failure. */
static const struct ra_node *follow(const struct ra_facts *facts, const struct ra_node *node,
				    struct ra_end *end)
{
	const struct ra_node *member = node->up, *call = member ? member->up : NULL, *handler;
	const struct ra_api_row *row, *rescue;

	row = call && member->kids == node && call->kids == member ? chains(facts, call) : NULL;
	if (!row)
		return NULL;
	end->chained = true;
	rescue = ra_api_with(row, RA_EFFECT_RESCUE);
	handler = rescue ? ra_api_operand(rescue, call) : NULL;
	if (handler && !is_null(handler))
		end->rescue = handler;
	return call;
}

static enum ra_fate fate_of_binary(const struct ra_node *up, const struct ra_node *node, bool *on)
{
	bool logical = up->word == RA_W_AND || up->word == RA_W_OR;

	*on = (logical && node->next == NULL) || up->word == RA_O_COALESCE;
	return logical ? RA_FATE_TESTED : RA_FATE_TEXT;
}

/* `"then" in p`, `p instanceof Thenable`: what kind of thing it is, not what it is worth. */
static enum ra_fate fate_of_compared(const struct ra_node *up, const struct ra_node *node)
{
	bool asked = up->word == RA_W_IS || up->word == RA_O_IS_NOT ||
		     ((up->word == RA_W_IN || up->word == RA_O_NOT_IN) && up->kids != node);

	return asked ? RA_FATE_OBJECT : RA_FATE_COMPARED;
}

static enum ra_fate fate_of_assigned(const struct ra_node *assign, const struct ra_node *node)
{
	const struct ra_node *target = assign->kids;

	if (target->kind == RA_N_ANNOTATION)
		target = target->next;
	if (node->next || target == node)
		return RA_FATE_UNKNOWN;
	if ((assign->flags & RA_F_AUGMENT) && assign->word == RA_O_AUGMENT)
		return RA_FATE_TEXT;
	if (target->kind == RA_N_NAME)
		return RA_FATE_BOUND;
	return target->kind == RA_N_MEMBER || target->kind == RA_N_INDEX ? RA_FATE_STORED
									  : RA_FATE_OBJECT;
}

/* What `up` does with `node`; `on` when it only passes it on. */
static enum ra_fate fate_at(const struct ra_node *up, const struct ra_node *node, bool *on)
{
	switch (up->kind) {
	case RA_N_AWAIT:
		return RA_FATE_AWAITED;
	case RA_N_EXPRESSION:
		return RA_FATE_DROPPED;
	case RA_N_RETURN: case RA_N_YIELD:
		return RA_FATE_RETURNED;
	case RA_N_LAMBDA:
		return RA_FATE_RETURNED;
	case RA_N_CAST:
		*on = true;
		return RA_FATE_UNKNOWN;
	case RA_N_UNARY:
		return up->word == RA_W_VOID ? RA_FATE_VOID :
		       up->word == RA_W_NOT ? RA_FATE_TESTED : RA_FATE_UNKNOWN;
	case RA_N_BINARY:
		return fate_of_binary(up, node, on);
	case RA_N_TERNARY:
		*on = up->kids != node;
		return RA_FATE_TESTED;
	case RA_N_IF: case RA_N_WHILE: case RA_N_ASSERT:
		return RA_FATE_TESTED;
	case RA_N_COMPARE:
		return fate_of_compared(up, node);
	case RA_N_STRING:
		return RA_FATE_TEXT;
	case RA_N_TUPLE: /* a, b */
		*on = node->next == NULL;
		return RA_FATE_DROPPED;
	case RA_N_ASSIGN:
		return fate_of_assigned(up, node);
	case RA_N_CALL:
		return up->kids == node ? RA_FATE_OBJECT : RA_FATE_PASSED;
	case RA_N_MEMBER: case RA_N_INDEX:
		return up->kids == node ? RA_FATE_OBJECT : RA_FATE_TEXT;
	case RA_N_LIST: case RA_N_PAIR: case RA_N_DICT: case RA_N_SET:
		return RA_FATE_STORED;
	case RA_N_STAR: case RA_N_DOUBLESTAR:
		return RA_FATE_OBJECT;
	default:
		return RA_FATE_UNKNOWN;
	}
}

struct ra_end ra_promise_end(const struct ra_facts *facts, const struct ra_node *node)
{
	struct ra_end end = { RA_FATE_UNKNOWN, node, false, false, NULL };
	const struct ra_node *next;
	bool on = true;

	while (on && node->up) {
		next = follow(facts, node, &end);
		if (next) {
			node = end.last = next;
			continue;
		}
		on = false;
		end.last = node;
		end.fate = fate_at(node->up, node, &on);
		end.maybe |= on && (node->up->kind == RA_N_TERNARY || node->up->kind == RA_N_BINARY);
		node = node->up;
	}
	return end;
}

/* -- calls by their uses -------------------------------------------------------------------- */

struct uses {
	uint32_t awaited, dropped;
	uint32_t given;                /* arguments of an awaited one, at most */
};

struct counted {
	struct ra_map map;             /* name of the call, of its class for `this` -> index */
	RA_VEC(struct uses) list;
};

/* `const batch = db.batch()`: what a call makes is of another kind than what goes by its name
 * elsewhere; a parameter, or what is made by `new`, is the same kind by all likelihood. */
static bool made_apart(const struct build *b, const struct local *local)
{
	uint32_t call = local ? local->value.call : RA_NONE;

	return call != RA_NONE && b->out->facts.v[call].node->kind == RA_N_CALL &&
	       !(b->out->facts.v[call].node->flags & RA_F_NEW) &&
	       b->out->facts.v[call].how != RA_USE_AWAITED;
}

/* Another name is another thing; so is `this` of another class. */
static struct ra_str key_of(struct build *b, const struct ra_fact *fact)
{
	const char *receiver = b->shape->tokens->language->receiver;
	uint32_t class_ = b->shape->units.v[fact->unit].class_, owner;
	const struct ra_node *root = fact->node->kids;
	const struct local *local = NULL;

	if (!receiver || !ra_str_starts(fact->name, ra_str(receiver)))
		class_ = 0;
	while (root && root->kind == RA_N_MEMBER)
		root = root->kids;
	b->unit = fact->unit;
	if (root && root->kind == RA_N_NAME && root != fact->node->kids)
		local = ra_visible_local(b, root->text, root->first, &owner);
	b->unit = 0;
	return ra_printf(b->arena, "%u:%u:%.*s", class_, made_apart(b, local) ? local->at : 0,
			 RA_FMT(fact->name));
}

static bool names_callback(struct ra_str name)
{
	static const char *const names[] = { "callback", "cb", "done", "next", "fn", "listener",
					     "handler", "resolve", "reject" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (ra_str_is(name, names[i]))
			return true;
	return false;
}

static const struct ra_node *last_argument(const struct ra_node *call)
{
	const struct ra_node *last = ra_node_last(call);

	return last == call->kids ? NULL : last;
}

/* `wrap((error) => ..)`: worth a function, and no map over what it calls at once. */
static bool wraps_function(struct build *b, const struct ra_node *node)
{
	const struct ra_node *last;
	struct ra_str full;

	if (node->kind != RA_N_CALL || !node->kids)
		return false;
	last = last_argument(node);
	return last && last->kind == RA_N_LAMBDA &&
	       !ra_api_with(ra_callee_row(b, node->kids, &full), RA_EFFECT_INLINE);
}

/* A callback style takes its function last; then what it returns is no promise. */
static bool takes_callback(struct build *b, const struct ra_node *call)
{
	const struct ra_node *last = last_argument(call);

	return last && (last->kind == RA_N_LAMBDA || wraps_function(b, last) ||
			(last->kind == RA_N_NAME && names_callback(last->text)));
}

static bool is_open(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_CALL && fact->node->kind == RA_N_CALL &&
	       !(fact->flags & RA_FACT_INLINED) && fact->promise == RA_PROMISE_NO &&
	       fact->callee == RA_NONE && fact->name.len < 100 && !fact->row;
}

static void count_use(struct build *b, struct counted *counted, const struct ra_fact *fact)
{
	struct ra_end end = ra_promise_end(b->out, fact->node);
	size_t *slot = ra_map_put(&counted->map, key_of(b, fact), counted->list.n);
	struct uses *uses;

	if (*slot == counted->list.n)
		*ra_vec_push(b->arena, &counted->list) = (struct uses){ 0, 0, 0 };
	uses = &counted->list.v[*slot];
	if (end.fate == RA_FATE_AWAITED || end.chained) {
		uses->awaited++;
		if (uses->given < ra_node_count(fact->node))
			uses->given = ra_node_count(fact->node);
	} else if (end.fate == RA_FATE_DROPPED) {
		uses->dropped++;
	}
}

static void find_likely(struct build *b)
{
	struct counted counted = { 0 };

	ra_map_init(&counted.map, b->arena);
	for (size_t i = 0; i < b->out->facts.n; i++)
		if (is_open(&b->out->facts.v[i]))
			count_use(b, &counted, &b->out->facts.v[i]);
	for (size_t i = 0; i < b->out->facts.n; i++) {
		struct ra_fact *fact = &b->out->facts.v[i];
		const struct uses *uses;

		if (!is_open(fact) || takes_callback(b, fact->node))
			continue;
		uses = &counted.list.v[*ra_map_get(&counted.map, key_of(b, fact))];
		/* given one more, it may be given what it is to call */
		if (uses->awaited && uses->awaited >= uses->dropped &&
		    ra_node_count(fact->node) <= uses->given)
			fact->promise = RA_PROMISE_LIKELY;
	}
}

/* -- units that cannot fail ----------------------------------------------------------------- */

/* The handler of the innermost `try` around a block of the unit, whose body it stands in. */
static const struct ra_node *handler_of(const struct ra_shape *shape, uint32_t block)
{
	for (uint32_t unit = shape->blocks.v[block].unit; block; block = shape->blocks.v[block].up) {
		const struct ra_block *at = &shape->blocks.v[block];
		const struct ra_node *handler;

		if (at->unit != unit)
			return NULL;
		handler = at->role == RA_B_TRY ? ra_node_find(at->node->up, RA_N_HANDLER) : NULL;
		if (handler)
			return ra_node_find(handler, RA_N_BLOCK);
	}
	return NULL;
}

/* `try { .. } finally { exit(); }`: nobody lives to see it. */
static bool ends_in_finally(const struct build *b, uint32_t block)
{
	for (uint32_t unit = b->shape->blocks.v[block].unit; block; block = b->shape->blocks.v[block].up) {
		const struct ra_block *at = &b->shape->blocks.v[block];
		const struct ra_node *last;

		if (at->unit != unit)
			return false;
		if (at->role != RA_B_TRY)
			continue;
		last = ra_node_last(at->node->up);
		if (last->kind != RA_N_BLOCK || b->shape->blocks.v[last->block].role != RA_B_FINALLY)
			continue;
		last = ra_node_last(last);
		if (last && ra_node_never_returns(b->shape, last))
			return true;
	}
	return false;
}

static bool takes_all(const struct ra_shape *shape, const struct ra_node *handler)
{
	const struct ra_node *node = NULL;

	if (shape->blocks.v[handler->block].exits & RA_X_RAISE)
		return false;
	while ((node = ra_node_walk(handler, node, false)))
		if (node->kind == RA_N_AWAIT || node->kind == RA_N_RAISE)
			return false;
	return true;
}

static bool is_rejection(const struct ra_node *node)
{
	return node->kind == RA_N_CALL && node->kids && node->kids->kind == RA_N_MEMBER &&
	       ra_str_eq(node->kids->text, RA_STR("reject"));
}

/* `.catch((e) => { log(e); })`, and not one that throws again or returns what may fail. */
static bool rescues(const struct ra_end *end)
{
	const struct ra_node *node = NULL;

	while (end->rescue && (node = ra_node_walk(end->rescue, node, false)))
		if (node->kind == RA_N_AWAIT || node->kind == RA_N_RAISE || is_rejection(node))
			return false;
	return end->rescue;
}

/* `new Promise((resolve) => ..)`: a function with one parameter cannot reject. */
static bool only_resolves(const struct ra_node *call, const struct ra_api_row *made)
{
	const struct ra_api_row *row = ra_api_with(made, RA_EFFECT_INLINE);
	const struct ra_node *executor, *param;

	if (!row || !(row->flags & RA_API_DROPS) || call->kind != RA_N_CALL ||
	    !(call->flags & RA_F_NEW))
		return false;
	executor = ra_api_operand(row, call);
	if (!executor || executor->kind != RA_N_LAMBDA || (executor->flags & RA_F_ASYNC))
		return false;
	param = ra_node_find(executor, RA_N_PARAM);
	return !param || !param->next || param->next->kind != RA_N_PARAM;
}

/* Of a library: safe as what it is given is. */
static bool is_safe_row(const struct ra_fact *call)
{
	const struct ra_node *at;

	if (!call->row || !(call->row->flags & RA_API_SAFE))
		return false;
	if ((call->row->flags & RA_API_TREE) || call->node->kind != RA_N_CALL)
		return true;
	for (at = call->node->kids->next; at; at = at->next)
		for (const struct ra_node *in = NULL; (in = ra_node_walk(at, in, false)) != NULL;)
			if (in->kind == RA_N_CALL)
				return false;
	return true;
}

bool ra_promise_is_safe(const struct ra_facts *facts, const struct ra_fact *call)
{
	return (call->callee != RA_NONE && call->kind != RA_FACT_CHECKPOINT &&
		!ra_api_with(call->row, RA_EFFECT_INLINE) &&
		facts->units[call->callee].cannot_fail) ||
	       (call->row && (call->row->flags & RA_API_TREE) && is_safe_row(call)) ||
	       ra_api_with(call->row, RA_EFFECT_SWITCH) || only_resolves(call->node, call->row);
}

/* -- the same by the tree alone, for who needs no facts -- */

enum { SAFE_DEPTH = 3 };

static bool is_safe(struct build *b, uint32_t unit, unsigned depth);

/* A call whose failure is taken on the spot, or that cannot fail itself. */
static bool is_safe_call(struct build *b, const struct ra_node *node, unsigned depth)
{
	struct value value;
	struct ra_str full;
	struct ra_end end;

	if (!node || node->kind != RA_N_CALL || !node->kids)
		return false;
	end = ra_promise_end(b->out, ra_promise_root(b->out, node));
	if (rescues(&end) || only_resolves(node, ra_callee_row(b, node->kids, &full)))
		return true;
	value = ra_value_of(b, node->kids);
	return value.unit != RA_NONE && depth < SAFE_DEPTH && is_safe(b, value.unit, depth + 1);
}

static bool is_safe(struct build *b, uint32_t unit, unsigned depth)
{
	const struct ra_node *body = ra_node_find(b->shape->units.v[unit].node, RA_N_BLOCK);
	const struct ra_node *node = NULL, *handler;
	uint32_t outer = b->unit;
	bool some = false, safe = true;

	b->unit = unit;
	if (!body && b->shape->units.v[unit].node->kind == RA_N_LAMBDA) {
		node = ra_node_last(b->shape->units.v[unit].node);
		safe = is_safe_call(b, node, depth);
		b->unit = outer;
		return safe;
	}
	while (body && safe && (node = ra_node_walk(body, node, false))) {
		const struct ra_node *value = node->kids;

		if (node->kind != RA_N_AWAIT && node->kind != RA_N_RAISE &&
		    (node->kind != RA_N_RETURN || !value || !ra_value_of(b, value).promise))
			continue;
		some = true;
		handler = node->kind == RA_N_RETURN ? NULL : handler_of(b->shape, node->block);
		safe = is_safe_call(b, value, depth) ||
		       (handler && takes_all(b->shape, handler));
	}
	b->unit = outer;
	return some && safe;
}

bool ra_unit_is_safe(struct build *b, uint32_t unit)
{
	return is_safe(b, unit, 0);
}

/* `p = p.catch(f)`, and p is returned: whoever calls has a way to be spared the failure. */
static bool is_bound_to_return(const struct build *b, const struct ra_fact *fact,
			       const struct ra_end *end)
{
	const struct ra_node *root = b->shape->units.v[fact->unit].node, *at = NULL;
	const struct ra_node *target = end->last->up->kids;

	if (end->fate != RA_FATE_BOUND || !rescues(end) || (end->last->up->flags & RA_F_DECLARE) ||
	    target->kind != RA_N_NAME)
		return false;
	while ((at = ra_node_walk(root, at, false)) != NULL)
		if (at->kind == RA_N_RETURN && at->kids && at->kids->kind == RA_N_NAME &&
		    ra_str_eq(at->kids->text, target->text))
			return true;
	return false;
}

static bool is_returned(const struct build *b, const struct ra_fact *fact, struct ra_end *end)
{
	if (fact->promise < RA_PROMISE_LIKELY || fact->kind != RA_FACT_CALL)
		return false;
	*end = ra_promise_end(b->out, ra_promise_root(b->out, fact->node));
	return end->fate == RA_FATE_RETURNED || is_bound_to_return(b, fact, end);
}

/* Can what the fact waits for, returns or raises fail the unit? */
static bool may_fail(const struct build *b, const struct ra_fact *fact)
{
	struct ra_end end;
	const struct ra_node *handler;

	if (fact->kind == RA_FACT_CHECKPOINT) {
		if (fact->origin != RA_NONE &&
		    ra_promise_is_safe(b->out, &b->out->facts.v[fact->origin]))
			return false;
	} else if (fact->kind == RA_FACT_LEAVE) {
		if (fact->node->kind != RA_N_RAISE)
			return false;
	} else if (is_returned(b, fact, &end)) {
		return !rescues(&end) && !is_safe_row(fact) && !ra_promise_is_safe(b->out, fact); /* a `try` does not help */
	} else {
		return false;
	}
	if (fact->kind == RA_FACT_CHECKPOINT && fact->node->kind == RA_N_AWAIT &&
	    fact->origin != RA_NONE) {
		end = ra_promise_end(b->out, ra_promise_root(b->out,
					     b->out->facts.v[fact->origin].node));
		if (rescues(&end))
			return false;
	}
	handler = handler_of(b->shape, fact->block);
	return (!handler || !takes_all(b->shape, handler)) && !ends_in_finally(b, fact->block);
}

/* It has something that could fail, and all of it is taken care of. */
static void find_safe(struct build *b)
{
	for (int round = 0; round < 2; round++) {
		for (size_t u = 1; u < b->shape->units.n; u++) {
			struct ra_unit_facts *unit = &b->out->units[u];
			bool some = false, fails = false;
			struct ra_end end;

			for (uint32_t i = 0; i < unit->n && !fails; i++) {
				const struct ra_fact *fact = &b->out->facts.v[unit->first + i];

				some |= fact->kind == RA_FACT_CHECKPOINT ||
					(is_returned(b, fact, &end) &&
					 (rescues(&end) || ra_promise_is_safe(b->out, fact)));
				fails = may_fail(b, fact);
			}
			unit->cannot_fail = some && !fails;
		}
	}
}

void ra_facts_fates(struct build *b)
{
	if (!b->shape->tokens->language->promises)
		return;
	find_likely(b);
	find_safe(b);
}
