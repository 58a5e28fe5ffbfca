/*
 * channels: see the header. Links are read off literals of objects and arguments of calls. A method
 * of an object of unknown type is taken for the only one of that name and number of arguments.
 */
#include "core/races/channels.h"

static uint32_t find(uint32_t *groups, uint32_t state)
{
	while (groups[state] != state)
		state = groups[state] = groups[groups[state]];
	return state;
}

static void join(uint32_t *groups, uint32_t a, uint32_t b)
{
	a = find(groups, a);
	b = find(groups, b);
	if (a < b)
		groups[b] = a;
	else
		groups[a] = b;
}

/* The channel that an expression is worth: the first one that it reads. */
static uint32_t channel_in(const struct ra_facts *facts, const struct ra_node *node)
{
	for (uint32_t token = node->first; token <= node->last; token++) {
		uint32_t i = facts->first_here[token];

		for (; i != RA_NONE; i = ra_fact(facts, i)->next_here) {
			uint32_t state = ra_fact(facts, i)->state;

			if (state != RA_NONE && ra_fact_is_access(ra_fact(facts, i)->kind) &&
			    facts->states.v[state].kind == RA_KIND_CHANNEL)
				return state;
		}
	}
	return RA_NONE;
}

static uint32_t state_named(const struct ra_facts *facts, enum ra_scope scope, uint32_t owner,
			    struct ra_str field)
{
	for (size_t i = 0; i < facts->states.n; i++) {
		const struct ra_state *state = &facts->states.v[i];

		if (state->scope == scope && state->owner == owner &&
		    ra_str_eq(state->field, field))
			return state->index;
	}
	return RA_NONE;
}

static uint32_t class_of(const struct ra_facts *facts, const struct ra_node *literal)
{
	const struct ra_node *type = literal->kids;
	const struct ra_unit *unit = &facts->shape->units.v[literal->unit];

	if (!type || (type->kind != RA_N_NAME && type->kind != RA_N_MEMBER))
		return RA_NONE;
	if (ra_str_is(type->text, "Self"))
		return unit->class_ ? unit->class_ - 1 : RA_NONE;
	for (uint32_t c = 0; c < facts->shape->classes.n; c++)
		if (ra_str_eq(facts->shape->classes.v[c].name, type->text))
			return c;
	return RA_NONE;
}

/* `Worker { jobs: tx, done }`: the fields are the channels that they are given. */
static void link_fields(const struct ra_facts *facts, const struct ra_node *literal,
			uint32_t *groups)
{
	uint32_t class_ = RA_NONE;
	const struct ra_node *kid = literal->kids ? literal->kids->next : NULL;

	for (; kid; kid = kid->next) {
		const struct ra_node *key = kid->kind == RA_N_PAIR ? kid->kids : kid;
		uint32_t channel = key && key->kind == RA_N_NAME ?
				   channel_in(facts, kid->kind == RA_N_PAIR ? key->next : kid)
				   : RA_NONE, field;

		if (channel == RA_NONE)
			continue;
		class_ = class_ == RA_NONE ? class_of(facts, literal) : class_;
		if (class_ == RA_NONE)
			return;
		field = state_named(facts, RA_SCOPE_INSTANCE, class_, key->text);
		if (field != RA_NONE)
			join(groups, field, channel);
	}
}

static bool is_receiver(const struct ra_unit *unit, const struct ra_node *param)
{
	return unit->receiver.len && ra_str_eq(param->text, unit->receiver);
}

static unsigned params_of(const struct ra_unit *unit)
{
	unsigned n = 0;

	for (const struct ra_node *kid = unit->node->kids; kid; kid = kid->next)
		n += kid->kind == RA_N_PARAM && !is_receiver(unit, kid);
	return n;
}

/* The unit that a call runs: as resolved, else the only method that it can mean. */
static uint32_t callee_of(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_node *callee = call->node->kids;
	uint32_t found = RA_NONE;

	if (call->callee != RA_NONE || callee->kind != RA_N_MEMBER || callee->word == RA_O_PATH)
		return call->callee;
	for (uint32_t u = 1; u < facts->shape->units.n; u++) {
		const struct ra_unit *unit = &facts->shape->units.v[u];

		if (!(unit->flags & RA_U_METHOD) || !ra_str_eq(unit->name, callee->text) ||
		    params_of(unit) + 1 != ra_node_count(call->node))
			continue;
		if (found != RA_NONE)
			return RA_NONE;
		found = u;
	}
	return found;
}

/* `run(jobs, tx.clone())`: the parameters are the channels that they are given. */
static void link_arguments(const struct ra_facts *facts, const struct ra_fact *call,
			   uint32_t *groups)
{
	const struct ra_node *arg = call->node->kids->next, *param = NULL;
	const struct ra_unit *unit = NULL;

	for (unsigned n = 0; arg; arg = arg->next, n++) {
		uint32_t channel = channel_in(facts, arg), callee, state;

		if (channel == RA_NONE)
			continue;
		if (!unit) {
			callee = callee_of(facts, call);
			if (callee == RA_NONE)
				return;
			unit = &facts->shape->units.v[callee];
		}
		param = unit->node->kids;
		for (unsigned left = n; param; param = param->next) {
			if (param->kind != RA_N_PARAM ||
			    (is_receiver(unit, param) && call->node->kids->word != RA_O_PATH))
				continue;
			if (!left--)
				break;
		}
		state = param ? state_named(facts, RA_SCOPE_CLOSURE, unit->index, param->text)
			      : RA_NONE;
		if (state != RA_NONE)
			join(groups, state, channel);
	}
}

const uint32_t *ra_channels(struct ra_arena *arena, const struct ra_facts *facts)
{
	uint32_t *groups = ra_new_array(arena, uint32_t, facts->states.n);
	const struct ra_node *node = NULL;
	bool any = false;

	for (uint32_t i = 0; i < facts->states.n; i++) {
		groups[i] = i;
		any |= facts->states.v[i].kind == RA_KIND_CHANNEL;
	}
	if (!any)
		return groups;
	while ((node = ra_node_walk(facts->shape->root, node, true)))
		if (node->kind == RA_N_COMPOSITE)
			link_fields(facts, node, groups);
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if ((fact->kind == RA_FACT_CALL || fact->kind == RA_FACT_SPAWN) &&
		    fact->node->kind == RA_N_CALL && !(fact->flags & RA_FACT_INLINED))
			link_arguments(facts, fact, groups);
	}
	for (uint32_t i = 0; i < facts->states.n; i++)
		groups[i] = find(groups, i);
	return groups;
}
