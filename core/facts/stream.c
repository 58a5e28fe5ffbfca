/*
 * stream: the facts of each unit with those of its callees set in. What is called runs at the call;
 * what is given to a promise runs when the unit has left, behind a switch, and stands at the end of
 * the stream: `x.then(f)` is read as `await x; f()`, which is what the two have in common.
 */
#include "core/facts/internal.h"
#include "core/source/language.h"

enum { CALLEE_FACTS_MAX = 400 };

static bool runs_at(const struct build *b, const struct ra_fact *call)
{
	const struct ra_unit_facts *callee;

	if (call->kind != RA_FACT_CALL || call->callee == RA_NONE || call->callee == call->unit)
		return false;
	callee = &b->out->units[call->callee];
	if (ra_api_with(call->row, RA_EFFECT_HANDLER) || callee->n > CALLEE_FACTS_MAX ||
	    ra_unit_is_constructor(b, &b->shape->units.v[call->callee]))
		return false;
	return !callee->is_async || call->how == RA_USE_AWAITED;
}

static void set_regions(struct build *b, struct ra_fact *copy, const struct ra_fact *call)
{
	const struct ra_region *regions = b->out->regions.v;
	uint32_t *list, n = call->n_regions;

	if (!call->n_regions && !copy->n_regions)
		return;
	list = ra_new_array(b->arena, uint32_t, call->n_regions + copy->n_regions);
	if (n)
		memcpy(list, call->regions, n * sizeof(*list));
	for (uint32_t i = 0; i < copy->n_regions && n < REGIONS_HELD_MAX; i++)
		if (!regions[copy->regions[i]].entry)
			list[n++] = copy->regions[i];
	copy->regions = list;
	copy->n_regions = n;
}

/* A predicate: what it reads is what the condition tests; what it returns is what that says. */
static void test_by_call(const struct build *b, struct ra_fact *copy, const struct ra_fact *call)
{
	const struct ra_unit_facts *callee = &b->out->units[call->callee];
	bool told = copy->index == callee->told, turned = callee->told_says == RA_SAYS_ABSENT;

	if (call->true_block == RA_NONE && call->false_block == RA_NONE)
		return;
	if (!told && !(call->flags & RA_FACT_IN_CONDITION))
		return;
	if (copy->kind == RA_FACT_READ || copy->kind == RA_FACT_TEST) {
		copy->kind = RA_FACT_TEST;
		copy->how = RA_SAYS_VALUE;
		if (told && call->says != RA_SAYS_VALUE)
			copy->how = (call->says == RA_SAYS_ABSENT) != turned ? RA_SAYS_ABSENT
									      : RA_SAYS_PRESENT;
	}
	copy->true_block = call->true_block;
	copy->true_from = call->true_from;
	copy->false_block = call->false_block;
	copy->false_from = call->false_from;
}

/* The key that is a parameter of the callee is what the call gives it. */
static void set_key(struct build *b, struct ra_fact *copy, const struct ra_fact *call)
{
	const struct ra_node *function = b->shape->units.v[call->callee].node, *argument;
	bool receiver = b->shape->units.v[call->callee].receiver.len != 0;

	if (!copy->key.len || !call->node || call->node->kind != RA_N_CALL || !call->node->kids)
		return;
	argument = call->node->kids->next;
	for (const struct ra_node *kid = function->kids; kid; kid = kid->next) {
		if (kid->kind != RA_N_PARAM)
			continue;
		if (receiver) {
			receiver = false;
			continue;
		}
		if (!argument || argument->kind == RA_N_KEYWORD || argument->kind == RA_N_STAR ||
		    (kid->flags & (RA_F_STAR | RA_F_DOUBLESTAR)))
			return;
		if (ra_str_eq(kid->text, copy->key)) {
			copy->key = ra_node_text(b->shape, argument);
			return;
		}
		argument = argument->next;
	}
}

static void inline_fact(struct build *b, uint32_t call_index, const struct ra_fact *fact,
			uint16_t flags)
{
	struct ra_fact copy = *fact;
	const struct ra_fact *call = &b->out->facts.v[call_index];

	copy.unit = call->unit;
	copy.block = call->block;
	copy.statement = call->statement;
	copy.via = call_index;
	copy.flags |= RA_FACT_INLINED | flags;
	copy.flags &= (uint16_t)~RA_FACT_IN_CONDITION;
	copy.flags |= call->flags & RA_FACT_AWAITS_TIMED;
	copy.true_block = copy.false_block = RA_NONE;
	/* a method's object is the one it is called on; a function literal goes by the names around it */
	if (call->base.len && copy.base.len &&
	    !(b->shape->units.v[fact->unit].flags & (RA_U_LAMBDA | RA_U_ARROW)))
		copy.base = call->base;
	test_by_call(b, &copy, call);
	set_key(b, &copy, call);
	copy.index = (uint32_t)b->out->facts.n;
	set_regions(b, &copy, call);
	*ra_vec_push(b->arena, &b->out->facts) = copy;
}

/* A captured local of the callee itself: each call has its own. Each run of the unit has its own,
 * too, when it goes on later. */
static bool is_own_local(const struct build *b, const struct ra_fact *fact, uint32_t unit)
{
	const struct ra_state *state;

	if (!ra_fact_is_access(fact->kind))
		return false;
	state = &b->out->states.v[fact->state];
	return state->scope == RA_SCOPE_CLOSURE &&
	       (state->owner == fact->unit || state->owner == unit);
}

struct stream {
	RA_VEC(uint32_t) list;
};

static void go_on(struct build *b, uint32_t call, struct stream *stream, uint16_t flags,
		  unsigned depth);

/*
 * Copies of the callee's facts at the call. A test of a local is of a read that is a copy too. What
 * a value depends on stays in the callee: that it is stale when it is written is seen there.
 */
static void inline_callee(struct build *b, uint32_t call, struct stream *stream, uint16_t flags,
			  unsigned depth)
{
	const struct ra_unit_facts *callee = &b->out->units[b->out->facts.v[call].callee];
	uint32_t unit = flags & RA_FACT_LATER ? b->out->facts.v[call].unit : RA_NONE;
	uint32_t copies[CALLEE_FACTS_MAX];

	for (uint32_t k = 0; k < callee->n; k++) {
		struct ra_fact fact = b->out->facts.v[callee->first + k];

		copies[k] = fact.index;
		if (fact.kind == RA_FACT_LEAVE || is_own_local(b, &fact, unit))
			continue;
		if (fact.origin != RA_NONE && fact.origin - callee->first < k)
			fact.origin = copies[fact.origin - callee->first];
		copies[k] = (uint32_t)b->out->facts.n;
		inline_fact(b, call, &fact, flags);
		*ra_vec_push(b->arena, &stream->list) = copies[k];
		b->inlined++;
	}
	for (uint32_t k = 0; k < callee->n && (flags & RA_FACT_LATER); k++)
		if (copies[k] >= callee->first + callee->n)
			go_on(b, copies[k], stream, flags, depth + 1);
}

/* -- what is given to a promise -------------------------------------------------------------- */

enum { LATER_DEPTH = 3 }; /* chains in chains that are followed */

/* `x.then(f)`, `x.finally(f)`, and not what runs on failure alone. */
static bool goes_on(const struct build *b, const struct ra_fact *call)
{
	const struct ra_node *callee = call->node ? call->node->kids : NULL;
	const struct ra_api_row *row, *handler, *rescue;

	if (call->kind != RA_FACT_CALL || call->callee == RA_NONE || call->callee == call->unit ||
	    call->node->kind != RA_N_CALL || !callee || callee->kind != RA_N_MEMBER ||
	    !b->shape->tokens->language->promises ||
	    b->out->units[call->callee].n > CALLEE_FACTS_MAX)
		return false;
	row = ra_api_method(b->api, RA_KIND_FUTURE, callee->text);
	handler = ra_api_with(row, RA_EFFECT_HANDLER);
	rescue = ra_api_with(row, RA_EFFECT_RESCUE);
	return handler && ra_api_with(row, RA_EFFECT_NEW) && *row->name.ptr != '*' &&
	       !(rescue && rescue->arg == handler->arg) && ra_api_operand(handler, call->node);
}

/* The switch behind which it runs. */
static void switch_before(struct build *b, uint32_t call, struct stream *stream, uint16_t flags)
{
	struct ra_fact copy = b->out->facts.v[call];

	copy.index = (uint32_t)b->out->facts.n;
	copy.kind = RA_FACT_CHECKPOINT;
	copy.how = RA_SW_AWAIT;
	copy.flags = RA_FACT_INLINED | flags;
	copy.state = copy.callee = RA_NONE;
	copy.row = NULL;
	copy.promise = RA_PROMISE_NO;
	copy.origin = copy.via = call;
	*ra_vec_push(b->arena, &b->out->facts) = copy;
	*ra_vec_push(b->arena, &stream->list) = copy.index;
}

static void go_on(struct build *b, uint32_t call, struct stream *stream, uint16_t flags,
		  unsigned depth)
{
	if (depth > LATER_DEPTH || b->inlined >= INLINED_MAX ||
	    !goes_on(b, &b->out->facts.v[call]))
		return;
	switch_before(b, call, stream, flags);
	inline_callee(b, call, stream, flags, depth);
}

/* The unit waits for it: it runs here, and not when the unit has left. */
static bool is_awaited(const struct build *b, const struct ra_fact *call)
{
	return ra_promise_end(b->out, ra_promise_root(b->out, call->node)).fate == RA_FATE_AWAITED;
}

static void build_stream(struct build *b, struct ra_unit_facts *unit)
{
	struct stream stream = { 0 };
	size_t own;

	for (uint32_t i = 0; i < unit->n; i++) {
		uint32_t index = unit->first + i;

		*ra_vec_push(b->arena, &stream.list) = index;
		if (b->inlined >= INLINED_MAX)
			continue;
		if (runs_at(b, &b->out->facts.v[index]))
			inline_callee(b, index, &stream, 0, 0);
		else if (goes_on(b, &b->out->facts.v[index]) && is_awaited(b, &b->out->facts.v[index]))
			go_on(b, index, &stream, 0, 0);
	}
	own = stream.list.n;
	for (uint32_t i = 0; i < unit->n; i++)
		if (goes_on(b, &b->out->facts.v[unit->first + i]) &&
		    !is_awaited(b, &b->out->facts.v[unit->first + i]))
			go_on(b, unit->first + i, &stream, RA_FACT_LATER, 0);
	unit->goes_on = stream.list.n > own;
	for (size_t i = 0; i < stream.list.n; i++)
		b->out->facts.v[stream.list.v[i]].position = (uint32_t)i;
	unit->stream = stream.list.v;
	unit->n_stream = (uint32_t)stream.list.n;
}

void ra_facts_streams(struct build *b)
{
	for (size_t u = 0; u < b->shape->units.n; u++)
		build_stream(b, &b->out->units[u]);
}
