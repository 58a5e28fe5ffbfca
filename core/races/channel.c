/*
 * channel: the uses of a channel that one unit makes. Each read of its name is looked at where it
 * stands; as an argument of a unit of this module it goes on under the parameter's name.
 */
#include "core/races/channel.h"

enum { CALLS_MAX = 3 };

bool ra_fact_closes(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_CALL && ra_api_with(fact->row, RA_EFFECT_CLOSE);
}

bool ra_channel_is(const struct ra_channel *channel, const struct ra_fact *fact)
{
	if (fact->state == channel->state)
		return true;
	for (unsigned i = 0; i < channel->n_names; i++)
		if (fact->state == channel->names[i])
			return true;
	return false;
}

/* The state of the n-th parameter of a unit, its receiver not counted; RA_NONE. */
static uint32_t parameter_state(const struct ra_facts *facts, uint32_t unit, unsigned n)
{
	const struct ra_unit *u = &facts->shape->units.v[unit];
	const struct ra_node *param = ra_node_find(u->node, RA_N_PARAM);

	n += u->flags & RA_U_METHOD && !(u->flags & RA_U_LAMBDA);
	while (n-- && param)
		param = param->next;
	if (!param || param->kind != RA_N_PARAM)
		return RA_NONE;
	for (size_t s = 0; s < facts->states.n && ra_facts_step(facts); s++) {
		const struct ra_state *state = &facts->states.v[s];

		if (state->scope == RA_SCOPE_CLOSURE && state->owner == unit &&
		    ra_str_eq(state->field, param->text))
			return (uint32_t)s;
	}
	return RA_NONE;
}

/* It is the n-th argument of a call of this module's own: it goes on under another name. */
static bool follow_argument(struct ra_channel *channel, const struct ra_node *call,
			    const struct ra_node *argument)
{
	uint32_t index = ra_fact_of_node(channel->facts, call), state;
	const struct ra_fact *fact = index == RA_NONE ? NULL : ra_fact(channel->facts, index);
	unsigned n = 0;

	if (!fact || fact->callee == RA_NONE ||
	    (fact->kind != RA_FACT_SPAWN && fact->kind != RA_FACT_CALL))
		return false;
	for (const struct ra_node *kid = call->kids->next; kid && kid != argument; kid = kid->next)
		n++;
	state = parameter_state(channel->facts, fact->callee, n);
	if (state == RA_NONE || channel->n_names == RA_CHANNEL_NAMES)
		return false;
	for (unsigned i = 0; i < channel->n_names; i++)
		if (channel->names[i] == state)
			return true;
	channel->names[channel->n_names++] = state;
	return true;
}

/* Is what is done with the channel here seen? */
static bool is_seen(struct ra_channel *channel, const struct ra_fact *fact)
{
	const struct ra_node *node = fact->node, *up = node->up;

	if (!up || fact->kind != RA_FACT_READ || node->kind != RA_N_NAME)
		return true; /* a send, a receive, a close, its making */
	switch (up->kind) {
	case RA_N_SEND:
		return up->kids == node;
	case RA_N_RECEIVE: case RA_N_COMPARE:
		return true;
	case RA_N_FOR:
		return node == up->kids->next;
	case RA_N_TUPLE:
		channel->returned |= up->up->kind == RA_N_RETURN;
		return up->up->kind == RA_N_RETURN;
	case RA_N_RETURN:
		channel->returned = true;
		return fact->unit == channel->maker;
	case RA_N_CALL:
		return follow_argument(channel, up, node);
	default:
		return false;
	}
}

static bool read_uses(struct ra_channel *channel, uint32_t state)
{
	const struct ra_fact *fact;
	unsigned writes = 0;

	for (fact = ra_state_use(channel->facts, state); fact;
	     fact = ra_fact_next_use(channel->facts, fact)) {
		if (fact->flags & RA_FACT_INLINED)
			continue;
		writes += ra_fact_changes(fact->kind);
		if (!is_seen(channel, fact) || writes > 1)
			return false;
	}
	return true;
}

bool ra_channel_open(const struct ra_facts *facts, uint32_t index, struct ra_channel *out)
{
	const struct ra_state *state = &facts->states.v[index];

	*out = (struct ra_channel){ .facts = facts, .state = index, .maker = state->owner };
	if (state->kind != RA_KIND_CHANNEL || state->scope != RA_SCOPE_CLOSURE || !state->made ||
	    !state->owner || !read_uses(out, index))
		return false;
	for (unsigned i = 0; i < out->n_names; i++)
		if (!read_uses(out, out->names[i]))
			return false;
	return true;
}

static const struct ra_fact *first_of(const struct ra_channel *channel, unsigned name)
{
	const struct ra_fact *fact = NULL;

	for (; !fact && name < channel->n_names; name++)
		fact = ra_state_use(channel->facts, channel->names[name]);
	return fact;
}

const struct ra_fact *ra_channel_next(const struct ra_channel *channel, const struct ra_fact *at)
{
	do {
		uint32_t state = at ? at->state : RA_NONE;
		unsigned name = 0;

		if (!at) {
			at = ra_state_use(channel->facts, channel->state);
			continue;
		}
		at = ra_fact_next_use(channel->facts, at);
		if (at)
			continue;
		while (name < channel->n_names && channel->names[name] != state)
			name++;
		at = first_of(channel, state == channel->state ? 0 : name + 1);
	} while (at && (at->flags & RA_FACT_INLINED));
	return at;
}

static const struct ra_fact *spawn_within(const struct ra_facts *facts, uint32_t unit, uint32_t maker,
					  unsigned depth)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers; i++) {
		const struct ra_fact *call = ra_fact(facts, u->callers[i]), *spawn;

		if (call->kind == RA_FACT_SPAWN && call->unit == maker)
			return call;
		if (call->kind != RA_FACT_CALL || call->unit == maker || depth == CALLS_MAX)
			continue;
		spawn = spawn_within(facts, call->unit, maker, depth + 1);
		if (spawn)
			return spawn;
	}
	return NULL;
}

const struct ra_fact *ra_spawn_of(const struct ra_facts *facts, uint32_t unit, uint32_t maker)
{
	return spawn_within(facts, unit, maker, 0);
}

bool ra_unit_takes_turns(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = unit == RA_NONE ? NULL : &facts->units[unit];

	for (uint32_t i = 0; u && i < u->n_stream; i++) {
		const struct ra_fact *send = ra_fact(facts, u->stream[i]);

		for (uint32_t k = 0; send->kind == RA_FACT_SEND && k < u->n_stream; k++) {
			const struct ra_fact *other = ra_fact(facts, u->stream[k]);

			if (other->kind == RA_FACT_RECEIVE && ra_str_eq(send->name, other->name))
				return true;
		}
	}
	return false;
}

uint32_t ra_state_made(const struct ra_facts *facts, const struct ra_fact *make, enum ra_kind kind)
{
	const struct ra_unit_facts *unit = &facts->units[make->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (fact->kind == RA_FACT_WRITE && fact->statement == make->statement &&
		    facts->states.v[fact->state].kind == kind)
			return fact->state;
	}
	return RA_NONE;
}
