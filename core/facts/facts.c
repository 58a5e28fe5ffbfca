/*
 * facts: the order of work. Names first, so that a use above its definition resolves; then kinds
 * of values, so that a method call knows its receiver; then the walk in execution order; then what
 * follows from all of it.
 */
#include "core/facts/internal.h"

void ra_facts_open(struct build *b, struct ra_arena *arena, const struct ra_shape *shape,
		   const struct ra_api *api, struct ra_facts *out)
{
	*b = (struct build){ .arena = arena, .out = out, .shape = shape, .api = api };
	*out = (struct ra_facts){ .shape = shape, .source = shape->tokens->source, .api = api };
	out->units = ra_new_array(arena, struct ra_unit_facts, shape->units.n);
	out->owners = ra_new_array(arena, struct ra_owner, shape->classes.n);
	b->imports = ra_new_array(arena, struct ra_map, out->source->n_parts);
	for (size_t i = 0; i < out->source->n_parts; i++)
		ra_map_init(&b->imports[i], arena);
	ra_map_init(&b->states, arena);
	ra_map_init(&b->classes, arena);
}

void ra_facts_build(struct ra_arena *arena, const struct ra_shape *shape, const struct ra_api *api,
		    struct ra_facts *out)
{
	struct build b;

	ra_facts_open(&b, arena, shape, api, out);
	ra_facts_names(&b);
	ra_facts_kinds(&b);
	ra_facts_promises(&b);
	ra_facts_walk(&b);
	ra_facts_outcomes(&b);
	ra_facts_summaries(&b);
	ra_facts_together(&b);
	ra_facts_links(&b);
	ra_facts_fates(&b);
}
