/*
 * entered: guards that a context manager of the file holds for those who enter it. A generator that
 * yields with a lock held, `with self._locked(): ...`, makes a region of the body of that `with`.
 */
#include "core/facts/internal.h"

static const struct ra_node *yield_of(const struct ra_node *function)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(function, at, false)) != NULL)
		if (at->kind == RA_N_YIELD)
			return at;
	return NULL;
}

static bool is_held_at(const struct build *b, const struct ra_region *region,
		       const struct ra_node *yield)
{
	const struct ra_fact *facts = b->out->facts.v;
	const struct ra_node *taken;

	if (region->acquire == RA_NONE || region->private_)
		return false;
	taken = facts[region->acquire].node;
	if (taken->last >= yield->first)
		return false;
	if (region->with)
		return facts[region->acquire].statement->last >= yield->last;
	return region->release == RA_NONE || facts[region->release].node->first > yield->last;
}

/* Adds the region to what the facts of the body hold; they follow the call that enters it. */
static void hold_in(struct build *b, const struct ra_node *body, const struct ra_fact *call,
		    uint32_t region)
{
	const struct ra_unit_facts *u = &b->out->units[call->unit];

	for (uint32_t i = call->index + 1; i < u->first + u->n; i++) {
		struct ra_fact *fact = &b->out->facts.v[i];

		if (fact->node->first > body->last)
			return;
		if (fact->node->first >= body->first && fact->node->last <= body->last)
			ra_region_hold(b, fact, region);
	}
}

static void open_region(struct build *b, const struct ra_fact *call, struct ra_region region)
{
	const struct ra_node *body = ra_node_find(call->statement, RA_N_BLOCK);

	if (!body)
		return;
	region.text = ra_text_for_caller(b, call->callee, call->base, region.text);
	region.index = (uint32_t)b->out->regions.n;
	region.unit = call->unit;
	region.acquire = call->index;
	region.release = RA_NONE;
	region.with = true;
	*ra_vec_push(b->arena, &b->out->regions) = region;
	hold_in(b, body, call, region.index);
}

/* The regions of one manager that hold at its yield: opened again at each `with` that enters it. */
static void open_for_callers(struct build *b, uint32_t unit, size_t first, size_t end)
{
	const struct ra_node *yield = yield_of(b->shape->units.v[unit].node);
	const struct ra_unit_facts *u = &b->out->units[unit];

	for (size_t r = first; yield && r < end; r++) {
		if (!is_held_at(b, &b->out->regions.v[r], yield))
			continue;
		for (uint32_t i = 0; i < u->n_callers; i++) {
			const struct ra_fact *call = &b->out->facts.v[u->callers[i]];

			if (call->how == RA_USE_ENTERED && call->statement->kind == RA_N_WITH)
				open_region(b, call, b->out->regions.v[r]);
		}
	}
}

void ra_facts_entered(struct build *b)
{
	size_t n = b->out->regions.n, end;

	/* the walk left the regions of a unit side by side */
	for (size_t first = 0; first < n; first = end) {
		uint32_t unit = b->out->regions.v[first].unit;

		for (end = first; end < n && b->out->regions.v[end].unit == unit; end++)
			;
		if (b->shape->units.v[unit].flags & RA_U_GENERATOR)
			open_for_callers(b, unit, first, end);
	}
}
