/*
 * fact: how a fact is made: where it stands, what it is on, which regions it holds. A region is
 * one acquisition of one lock, held from its fact on until it is closed.
 */
#include "core/facts/internal.h"

/* -- facts ------------------------------------------------------------------------------------ */

static const uint32_t *held_now(struct build *b)
{
	if (!b->held_list && b->n_held) {
		uint32_t *list = ra_new_array(b->arena, uint32_t, b->n_held);

		memcpy(list, b->held, b->n_held * sizeof(*list));
		b->held_list = list;
	}
	return b->held_list;
}

struct ra_fact *ra_fact_new(struct build *b, enum ra_fact_kind kind, const struct ra_node *node)
{
	struct ra_fact *fact;

	held_now(b);
	fact = ra_vec_push(b->arena, &b->out->facts);
	*fact = (struct ra_fact){
		.kind = (uint8_t)kind, .index = (uint32_t)b->out->facts.n - 1, .unit = b->unit,
		.block = b->block, .node = node, .statement = b->statement, .state = RA_NONE,
		.origin = RA_NONE, .callee = RA_NONE, .region = RA_NONE, .via = RA_NONE,
		.true_block = RA_NONE, .false_block = RA_NONE,
		.line = ra_node_line(b->shape, node), .end_line = ra_node_end_line(b->shape, node),
		.column = ra_node_column(b->shape, node), .regions = b->held_list,
		.n_regions = b->n_held,
	};
	if (b->in_condition)
		fact->flags |= RA_FACT_IN_CONDITION;
	if (b->timed)
		fact->flags |= RA_FACT_AWAITS_TIMED;
	return fact;
}

/* A key, and a copy or reference of it, are one. */
const struct ra_node *ra_plain_key(struct build *b, const struct ra_node *key)
{
	const struct ra_api_row *row;
	struct ra_str full;

	while (b->shape->tokens->language->drops_values && key->kids && key->height < CHAIN_MAX) {
		if (key->kind == RA_N_UNARY &&
		    (key->word == RA_O_AMP || key->word == RA_O_STAR)) {
			key = key->kids;
			continue;
		}
		if (key->kind != RA_N_CALL || key->kids->next || key->kids->kind != RA_N_MEMBER)
			break;
		row = ra_callee_row(b, key->kids, &full);
		if (!ra_api_with(row, RA_EFFECT_SAME) && !ra_api_with(row, RA_EFFECT_COPY))
			break;
		key = key->kids->kids;
	}
	return key;
}

void ra_fact_set_key(struct build *b, struct ra_fact *fact, const struct ra_node *key)
{
	if (key)
		fact->key = ra_node_text(b->shape, ra_plain_key(b, key));
}

/* Where who writes has to be the only one who sees it: what stands behind no guard and is not made
 * to be shared. */
static bool is_exclusive(struct build *b, const struct place *place)
{
	return b->shape->tokens->language->drops_values && !place->held &&
	       !ra_kind_is_interior(ra_state_at(b, place->state));
}

struct ra_fact *ra_fact_access(struct build *b, enum ra_fact_kind kind, const struct ra_node *node,
			       const struct place *place)
{
	struct ra_fact *fact = ra_fact_new(b, kind, node);

	fact->state = place->state;
	fact->base = place->base;
	ra_fact_set_key(b, fact, place->key);
	if (place->alias)
		fact->flags |= RA_FACT_VIA_ALIAS;
	if (place->bare)
		fact->flags |= RA_FACT_BARE_NAME;
	if (place->fresh || is_exclusive(b, place))
		fact->flags |= RA_FACT_FRESH;
	return fact;
}

struct ra_fact *ra_fact_checkpoint(struct build *b, const struct ra_node *node, enum ra_switch how,
				   uint32_t call)
{
	struct ra_fact *fact = ra_fact_new(b, RA_FACT_CHECKPOINT, node);

	fact->how = (uint8_t)how;
	fact->origin = call;
	if (call != RA_NONE) {
		const struct ra_fact *made = &b->out->facts.v[call];

		fact->callee = made->callee;
		fact->row = made->row;
		fact->name = made->name;
		fact->receiver_kind = made->receiver_kind;
	}
	return fact;
}

/* -- regions ---------------------------------------------------------------------------------- */

uint32_t ra_region_open(struct build *b, const struct ra_fact *acquire, const struct value *lock,
			struct ra_str text, bool with)
{
	struct ra_region *region = ra_vec_push(b->arena, &b->out->regions);

	*region = (struct ra_region){
		.index = (uint32_t)b->out->regions.n - 1, .lock = lock->state, .text = text,
		.unit = b->unit, .acquire = acquire->index, .release = RA_NONE, .kind = lock->kind,
		.async = lock->api_flags & RA_API_ASYNC, .with = with,
		.reentrant = lock->api_flags & RA_API_REENTRANT,
		.shared = lock->api_flags & RA_API_SHARED,
	};
	if (lock->element_of != RA_NONE) {
		region->lock = lock->element_of;
		region->key = lock->key;
	}
	if (region->lock == RA_NONE)
		region->full = lock->full;
	if (b->n_held < REGIONS_HELD_MAX)
		b->held[b->n_held++] = region->index;
	b->held_list = NULL;
	return region->index;
}

void ra_region_close(struct build *b, uint32_t region, uint32_t release)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->n_held; i++)
		if (b->held[i] != region)
			b->held[n++] = b->held[i];
	b->n_held = n;
	b->held_list = NULL;
	if (region != RA_NONE)
		b->out->regions.v[region].release = release;
}

void ra_region_hold(struct build *b, struct ra_fact *fact, uint32_t region)
{
	uint32_t *list;

	if (fact->n_regions >= REGIONS_HELD_MAX)
		return;
	list = ra_new_array(b->arena, uint32_t, fact->n_regions + 1);
	if (fact->n_regions)
		memcpy(list, fact->regions, fact->n_regions * sizeof(*list));
	list[fact->n_regions++] = region;
	fact->regions = list;
}

/* The innermost held region of the lock that this value or text means. */
uint32_t ra_region_held(struct build *b, const struct value *lock, struct ra_str text)
{
	uint32_t state = lock->element_of != RA_NONE ? lock->element_of : lock->state;

	for (uint32_t i = b->n_held; i--;) /* as it is written, before what may be the same */
		if (ra_str_eq(b->out->regions.v[b->held[i]].text, text) &&
		    b->out->regions.v[b->held[i]].lock == state && state != RA_NONE)
			return b->held[i];
	for (uint32_t i = b->n_held; i--;) {
		const struct ra_region *region = &b->out->regions.v[b->held[i]];

		if ((state != RA_NONE && region->lock == state &&
		     ra_str_eq(region->key, lock->key)) || ra_str_eq(region->text, text))
			return region->index;
	}
	return RA_NONE;
}
