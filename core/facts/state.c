/*
 * state: storage that two units can reach, one entry for each owner and field path.
 */
#include "core/facts/internal.h"

struct ra_state *ra_state_at(struct build *b, uint32_t index)
{
	return &b->out->states.v[index];
}

static struct ra_str state_title(struct build *b, enum ra_scope scope, uint32_t owner,
				 struct ra_str field)
{
	struct ra_str prefix;

	if (scope == RA_SCOPE_MODULE)
		return field;
	prefix = scope == RA_SCOPE_CLOSURE ? b->shape->units.v[owner].qualified
					   : b->shape->classes.v[owner].qualified;
	return ra_printf(b->arena, "%.*s.%.*s", RA_FMT(prefix), RA_FMT(field));
}

uint32_t ra_state_get(struct build *b, enum ra_scope scope, uint32_t owner, struct ra_str field,
		      uint32_t line)
{
	char letter = scope == RA_SCOPE_MODULE ? 'm' : scope == RA_SCOPE_CLOSURE ? 'f' : 'c';
	struct ra_str key = ra_printf(b->arena, "%c%u:%.*s", letter, owner, RA_FMT(field));
	size_t *slot = ra_map_put(&b->states, key, b->out->states.n);
	struct ra_state *state;

	if (*slot != b->out->states.n) {
		state = ra_state_at(b, (uint32_t)*slot);
		if (scope == RA_SCOPE_CLASS)
			state->scope = RA_SCOPE_CLASS;
		return (uint32_t)*slot;
	}
	state = ra_vec_push(b->arena, &b->out->states);
	*state = (struct ra_state){ .index = (uint32_t)*slot, .scope = (uint8_t)scope,
				    .owner = owner, .field = field, .line = line,
				    .room = RA_NONE };
	state->name = state_title(b, scope, owner, field);
	return state->index;
}

uint32_t ra_state_find(struct build *b, uint32_t class_, struct ra_str field)
{
	size_t *slot = ra_map_get(&b->states, ra_printf(b->arena, "c%u:%.*s", class_,
							RA_FMT(field)));

	return slot ? (uint32_t)*slot : RA_NONE;
}

/* Each local has its own, whatever its name. */
uint32_t ra_state_of_local(struct build *b, uint32_t owner, const struct local *local,
			       uint32_t line)
{
	struct ra_state *state;

	if (local->same == RA_NONE) {
		state = ra_state_at(b, ra_state_get(b, RA_SCOPE_CLOSURE, owner, local->name, line));
		state->declared = local->at;
		return state->index;
	}
	state = ra_vec_push(b->arena, &b->out->states);
	*state = (struct ra_state){ .index = (uint32_t)b->out->states.n - 1,
				    .scope = RA_SCOPE_CLOSURE, .owner = owner,
				    .field = local->name, .line = line, .room = RA_NONE,
				    .declared = local->at };
	state->name = state_title(b, RA_SCOPE_CLOSURE, owner, local->name);
	return state->index;
}
