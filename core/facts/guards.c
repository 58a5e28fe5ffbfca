/*
 * guards: regions that last as long as a value. Where an acquisition returns its guard, the lock is
 * held until that is dropped: at the end of the statement that made it, for the head of a `match`,
 * `if let` or `while let` after all of it; bound to a name at the end of the name's block; earlier
 * by `drop`, by being moved away, or replaced. Where values are not dropped (JavaScript) the region
 * ends by what is called on it alone.
 */
#include "core/facts/internal.h"

static bool drops(const struct build *b)
{
	return b->shape->tokens->language->drops_values;
}

static bool is_held(const struct build *b, uint32_t region)
{
	for (uint32_t i = 0; i < b->n_held; i++)
		if (b->held[i] == region)
			return true;
	return false;
}

void ra_guard_made(struct build *b, uint32_t region)
{
	if (drops(b))
		*ra_vec_push(b->arena, &b->temporaries) = region;
}

static bool forget_temporary(struct build *b, uint32_t region)
{
	bool found = false;
	size_t n = 0;

	for (size_t i = 0; i < b->temporaries.n; i++) {
		found |= b->temporaries.v[i] == region;
		if (b->temporaries.v[i] != region)
			b->temporaries.v[n++] = b->temporaries.v[i];
	}
	b->temporaries.n = n;
	return found;
}

void ra_guard_bound(struct build *b, uint32_t region)
{
	if (drops(b) && forget_temporary(b, region))
		*ra_vec_push(b->arena, &b->owned) = (struct owned){ region, b->block };
}

void ra_guard_ends(struct build *b, uint32_t region, const struct ra_node *at)
{
	struct ra_fact *fact;
	uint32_t index;

	if (region == RA_NONE || !is_held(b, region))
		return;
	fact = ra_fact_new(b, RA_FACT_RELEASE, at);
	index = fact->index;
	fact->region = region;
	fact->state = b->out->regions.v[region].lock;
	fact->name = b->out->regions.v[region].text;
	fact->line = fact->end_line = ra_node_end_line(b->shape, at);
	ra_region_close(b, region, index);
}

/* The guard that is the value of the block which ended last goes on: it is what it is worth. */
static bool goes_on(const struct build *b, uint32_t region)
{
	return drops(b) && b->tail.guard == region;
}

void ra_guard_temporaries_end(struct build *b, size_t first, const struct ra_node *at)
{
	size_t kept = first;

	for (size_t i = first; i < b->temporaries.n; i++) {
		uint32_t region = b->temporaries.v[i];

		if (goes_on(b, region))
			b->temporaries.v[kept++] = region;
		else
			ra_guard_ends(b, region, at);
	}
	b->temporaries.n = kept;
}

/* Is the block one of those at whose end the temporaries of its last expression go? */
static bool ends_temporaries(const struct build *b, const struct ra_node *block)
{
	unsigned role = b->shape->blocks.v[block->block].role;

	return role == RA_B_THEN || role == RA_B_ELSE || role == RA_B_LOOP || role == RA_B_CASE ||
	       b->shape->tokens->source->version >= 2024;
}

void ra_guard_block_ends(struct build *b, const struct ra_node *block, size_t first)
{
	if (!drops(b))
		return;
	while (b->owned.n && b->owned.v[b->owned.n - 1].block == block->block) {
		uint32_t region = b->owned.v[--b->owned.n].region;

		if (goes_on(b, region))
			*ra_vec_push(b->arena, &b->temporaries) = region;
		else
			ra_guard_ends(b, region, block);
	}
	if (ends_temporaries(b, block))
		ra_guard_temporaries_end(b, first, block);
}

static bool is_alive(const struct build *b, uint32_t region)
{
	for (size_t i = 0; i < b->temporaries.n; i++)
		if (b->temporaries.v[i] == region)
			return true;
	for (size_t i = 0; i < b->owned.n; i++)
		if (b->owned.v[i].region == region)
			return true;
	return false;
}

void ra_guard_head_ends(struct build *b, uint32_t first)
{
	uint32_t n = 0;

	if (!drops(b))
		return;
	for (uint32_t i = 0; i < b->n_held; i++)
		if (b->held[i] < first || is_alive(b, b->held[i]))
			b->held[n++] = b->held[i];
	if (n != b->n_held)
		b->held_list = NULL;
	b->n_held = n;
}

/* Taken by a call that may give up, or that found nothing to take? */
static bool is_conditional(const struct build *b, uint32_t region)
{
	const struct ra_api_row *row = b->out->facts.v[b->out->regions.v[region].acquire].row;

	row = ra_api_with(row, RA_EFFECT_ACQUIRE);
	return row && (row->flags & (RA_API_LEAVES | RA_API_ABSENT));
}

void ra_guard_not_taken(struct build *b, uint32_t first, bool all)
{
	uint32_t n = 0;

	if (!drops(b))
		return;
	for (uint32_t i = 0; i < b->n_held; i++)
		if (b->held[i] < first || (!all && !is_conditional(b, b->held[i])))
			b->held[n++] = b->held[i];
	if (n != b->n_held)
		b->held_list = NULL;
	b->n_held = n;
}
