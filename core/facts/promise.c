/*
 * promise: which calls are worth promises: by what the unit returns that they run, and by what
 * other calls of the name are used for. What becomes of them is told in fate.c.
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
void ra_facts_fates(struct build *b)
{
	if (!b->shape->tokens->language->promises)
		return;
	find_likely(b);
	ra_facts_safe(b);
}
