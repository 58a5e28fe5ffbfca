/*
 * classes: which class a name means, its bases of the file in the order in which methods are
 * looked up, its methods and fields.
 */
#include "core/facts/internal.h"

/* -- bases ------------------------------------------------------------------------------------ */

uint32_t ra_class_named(struct build *b, struct ra_str name)
{
	size_t *slot = ra_map_get(&b->classes, name);

	return slot ? (uint32_t)*slot : RA_NONE;
}

uint32_t ra_class_meant(struct build *b, const struct ra_node *name)
{
	const char *own = b->shape->tokens->language->own_type;
	uint32_t unit = name->unit;

	if (!own || !ra_str_is(name->text, own))
		return ra_class_named(b, name->text);
	if (b->class_of_block[name->block])
		return b->class_of_block[name->block] - 1;
	while (unit && !b->shape->units.v[unit].class_)
		unit = b->shape->units.v[unit].up;
	return b->shape->units.v[unit].class_ - 1; /* RA_NONE when it is of none */
}

static const uint32_t *copy_list(struct build *b, const uint32_t *list, uint32_t n)
{
	uint32_t *copy = ra_new_array(b->arena, uint32_t, n);

	memcpy(copy, list, n * sizeof(*copy));
	return copy;
}

static void add_once(uint32_t *list, uint32_t *n, uint32_t class_)
{
	for (uint32_t i = 0; i < *n; i++)
		if (list[i] == class_)
			return;
	if (*n < ANCESTORS_MAX)
		list[(*n)++] = class_;
}

/* Both orders from those of the bases, so that no look-up climbs a hierarchy. */
static void read_ancestors(struct build *b, uint32_t class_)
{
	struct class_names *names = &b->class_names[class_];
	uint32_t nearest[ANCESTORS_MAX], topmost[ANCESTORS_MAX], n = 1, m = 0;

	nearest[0] = class_;
	for (uint32_t i = 0; i < names->n_bases; i++) {
		const struct class_names *base = &b->class_names[names->bases[i]];

		for (uint32_t k = 0; k < base->n_ancestors; k++) {
			add_once(nearest, &n, base->nearest[k]);
			if (m < ANCESTORS_MAX - 1 && base->topmost[k] != class_)
				add_once(topmost, &m, base->topmost[k]);
		}
	}
	topmost[m++] = class_;
	names->n_ancestors = n < m ? n : m;
	names->nearest = copy_list(b, nearest, names->n_ancestors);
	names->topmost = copy_list(b, topmost + m - names->n_ancestors, names->n_ancestors);
}

/* `Base`, `*Base`, `Base[T]` */
static uint32_t base_class(struct build *b, const struct ra_node *node)
{
	while ((node->kind == RA_N_UNARY || node->kind == RA_N_INDEX) && node->kids)
		node = node->kids;
	return node->kind == RA_N_NAME ? ra_class_named(b, node->text) : RA_NONE;
}

static void read_blocks(struct build *b)
{
	const struct ra_shape *shape = b->shape;

	b->class_of_block = ra_new_array(b->arena, uint32_t, shape->blocks.n);
	for (uint32_t c = 0; c < shape->classes.n; c++) {
		const struct ra_node *body = ra_node_find(shape->classes.v[c].node, RA_N_BLOCK);

		if (body)
			b->class_of_block[body->block] = c + 1;
	}
	for (uint32_t i = 1; i < shape->blocks.n; i++) {
		const struct ra_block *block = &shape->blocks.v[i];

		if (block->role != RA_B_FUNCTION && block->role != RA_B_CLASS)
			b->class_of_block[i] = b->class_of_block[block->up];
	}
}

void ra_facts_read_classes(struct build *b)
{
	const struct ra_shape *shape = b->shape;

	read_blocks(b);
	b->class_names = ra_new_array(b->arena, struct class_names, shape->classes.n);
	for (uint32_t i = 0; i < shape->classes.n; i++) {
		ra_map_put(&b->classes, shape->classes.v[i].name, i);
		ra_map_init(&b->class_names[i].methods, b->arena);
		ra_map_init(&b->class_names[i].fields, b->arena);
	}
	for (uint32_t i = 0; i < shape->classes.n; i++) {
		struct class_names *names = &b->class_names[i];

		for (const struct ra_node *kid = shape->classes.v[i].node->kids; kid; kid = kid->next) {
			uint32_t base = base_class(b, kid);

			/* where a class has to stand above what derives from it */
			if (base != RA_NONE && base != i && (base < i || b->block_scoped) &&
			    names->n_bases < sizeof(names->bases) / sizeof(*names->bases))
				names->bases[names->n_bases++] = base;
		}
		read_ancestors(b, i);
	}
	/* a base that stands below was not known yet; a hierarchy is no deeper than this */
	for (int round = 0; b->block_scoped && round < 3; round++)
		for (uint32_t i = 0; i < shape->classes.n; i++)
			read_ancestors(b, i);
}

/* -- methods and fields ----------------------------------------------------------------------- */

uint32_t ra_method_named(struct build *b, uint32_t class_, struct ra_str name)
{
	const struct class_names *names = &b->class_names[class_];

	for (uint32_t i = 0; i < names->n_ancestors; i++) {
		size_t *slot = ra_map_get(&b->class_names[names->nearest[i]].methods, name);

		if (slot)
			return (uint32_t)*slot;
	}
	return RA_NONE;
}

/* Fields that a class mentions: `self.x`, `cls.x`, names bound in its body. */
void ra_class_note_field(struct build *b, const struct ra_node *node)
{
	uint32_t class_ = RA_NONE;
	struct ra_str field = node->text;
	bool itself;

	if (node->kind == RA_N_MEMBER && node->kids && node->kids->kind == RA_N_NAME) {
		b->unit = node->unit;
		class_ = ra_receiver_class(b, node->kids->text, node->first, &itself);
		if (class_ == RA_NONE &&
		    !ra_visible_local(b, node->kids->text, node->first, &(uint32_t){ 0 }))
			class_ = ra_class_meant(b, node->kids);
	} else if (node->kind == RA_N_NAME && node->up->kind == RA_N_ASSIGN &&
		   b->class_of_block[node->block]) {
		class_ = b->class_of_block[node->block] - 1;
	}
	if (class_ != RA_NONE)
		ra_map_put(&b->class_names[class_].fields, field, 0);
}

uint32_t ra_field_owner(struct build *b, uint32_t class_, struct ra_str field)
{
	const struct class_names *names = &b->class_names[class_];

	for (uint32_t i = 0; i < names->n_ancestors; i++)
		if (ra_map_get(&b->class_names[names->topmost[i]].fields, field))
			return names->topmost[i];
	return class_;
}
