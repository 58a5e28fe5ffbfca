/*
 * links: what makes a search cost what it finds. Facts on one state are chained in the order of the
 * stream and in that of the file, own facts hang on the token at which they begin, and each block
 * knows where its facts end. All of it follows from the streams and adds no knowledge.
 */
#include "core/facts/internal.h"

static uint32_t *none_of_each(struct build *b, size_t n)
{
	uint32_t *list = ra_new_array(b->arena, uint32_t, n);

	for (size_t i = 0; i < n; i++)
		list[i] = RA_NONE;
	return list;
}

/* Backwards, so that each chain begins at its first fact. */
static void link_file(struct build *b)
{
	struct ra_facts *out = b->out;

	out->first_here = none_of_each(b, b->shape->tokens->list.n);
	for (size_t s = 0; s < out->states.n; s++)
		out->states.v[s].first_use = RA_NONE;
	for (size_t i = out->facts.n; i--;) {
		struct ra_fact *fact = &out->facts.v[i];
		uint32_t *here = &out->first_here[fact->node->first];

		fact->next = fact->previous = fact->next_use = fact->next_here = RA_NONE;
		if (fact->state != RA_NONE) {
			fact->next_use = out->states.v[fact->state].first_use;
			out->states.v[fact->state].first_use = (uint32_t)i;
		}
		if (!(fact->flags & RA_FACT_INLINED)) {
			fact->next_here = *here;
			*here = (uint32_t)i;
		}
	}
}

static bool may_switch(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_CHECKPOINT && !(fact->flags & RA_FACT_NO_SWITCH);
}

/* `last` has, by state, the fact that the unit's stream touched it with last; cleared behind it. */
static void link_stream(struct build *b, uint32_t index, uint32_t *last)
{
	struct ra_unit_facts *unit = &b->out->units[index];
	struct ra_fact *facts = b->out->facts.v;
	RA_VEC(uint32_t) switches = { 0 };

	for (uint32_t i = 0; i < unit->n_stream; i++) {
		struct ra_fact *fact = &facts[unit->stream[i]];

		if (may_switch(fact))
			*ra_vec_push(b->arena, &switches) = i;
		if (b->shape->blocks.v[fact->block].unit == index) /* a lambda has none */
			b->out->last_in_block[fact->block] = i;
		if (fact->state == RA_NONE)
			continue;
		fact->previous = last[fact->state];
		if (fact->previous != RA_NONE)
			facts[fact->previous].next = fact->index;
		last[fact->state] = fact->index;
	}
	for (uint32_t i = 0; i < unit->n_stream; i++)
		if (facts[unit->stream[i]].state != RA_NONE)
			last[facts[unit->stream[i]].state] = RA_NONE;
	unit->switches = switches.v;
	unit->n_switches = (uint32_t)switches.n;
}

/* What stands in a block stands in those around it, up to the unit's own. */
static void spread_blocks(struct build *b)
{
	const struct ra_shape *shape = b->shape;
	uint32_t *last = b->out->last_in_block;

	for (size_t i = shape->blocks.n; i-- > 1;) {
		uint32_t up = shape->blocks.v[i].up;

		if (shape->blocks.v[i].unit == shape->blocks.v[up].unit && last[up] < last[i])
			last[up] = last[i];
	}
}

void ra_facts_links(struct build *b)
{
	uint32_t *last = none_of_each(b, b->out->states.n);

	b->out->steps = ra_new(b->arena, uint64_t);
	b->out->last_in_block = ra_new_array(b->arena, uint32_t, b->shape->blocks.n);
	link_file(b);
	for (uint32_t u = 0; u < b->shape->units.n; u++)
		link_stream(b, u, last);
	spread_blocks(b);
}
