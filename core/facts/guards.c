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

void ra_guard_temporaries_end(struct build *b, size_t first, const struct ra_node *at)
{
	while (b->temporaries.n > first)
		ra_guard_ends(b, b->temporaries.v[--b->temporaries.n], at);
}

void ra_guard_block_ends(struct build *b, const struct ra_node *block)
{
	while (b->owned.n && b->owned.v[b->owned.n - 1].block == block->block)
		ra_guard_ends(b, b->owned.v[--b->owned.n].region, block);
}
