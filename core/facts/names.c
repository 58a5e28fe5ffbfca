/*
 * names: which name means what. Imports of the whole file, classes with their bases in the file,
 * locals of each unit, and which of them an inner unit captures. Built before any fact, so that a
 * use above its definition resolves too.
 */
#include "core/facts/internal.h"

/* -- imports ------------------------------------------------------------------------------- */

static void add_import(struct build *b, struct ra_str local, struct ra_str full, uint32_t line)
{
	size_t *slot = ra_map_put(&b->imports, local, b->out->imports.n);

	/* The first of `try: import a except ImportError: import b` is the one meant to be used. */
	if (*slot != b->out->imports.n)
		return;
	*ra_vec_push(b->arena, &b->out->imports) = (struct ra_import){ local, full, line };
}

static struct ra_str first_part(struct ra_str dotted)
{
	struct ra_str rest = dotted, part = dotted;

	ra_str_cut(&rest, '.', &part);
	return part;
}

static void read_import(struct build *b, const struct ra_node *node)
{
	uint32_t line = ra_node_line(b->shape, node);

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *as = ra_node_find(kid, RA_N_NAME);

		if (kid->kind != RA_N_ALIAS)
			continue;
		if (node->text.len) {
			struct ra_str full = ra_printf(b->arena, "%.*s.%.*s", RA_FMT(node->text),
						       RA_FMT(kid->text));
			add_import(b, as ? as->text : kid->text, full, line);
		} else if (as) {
			add_import(b, as->text, kid->text, line);
		} else {
			add_import(b, first_part(kid->text), first_part(kid->text), line);
		}
	}
}

struct ra_str ra_import_full(struct build *b, struct ra_str local)
{
	size_t *slot = ra_map_get(&b->imports, local);

	return slot ? b->out->imports.v[*slot].full : RA_STR("");
}

/* Runtimes by the modules that are imported: a row of effect RUNTIME for the module. */
static void read_runtimes(struct build *b)
{
	for (size_t i = 0; i < b->out->imports.n; i++) {
		struct ra_str rest = b->out->imports.v[i].full, module = rest;

		while (module.len) {
			const struct ra_api_row *row = ra_api_find(b->api, module);

			row = ra_api_with(row, RA_EFFECT_RUNTIME);
			if (row)
				b->out->runtimes |= row->runtimes;
			while (module.len && module.ptr[module.len - 1] != '.')
				module.len--;
			if (module.len)
				module.len--;
		}
	}
}

/* -- classes ------------------------------------------------------------------------------- */

uint32_t ra_class_named(struct build *b, struct ra_str name)
{
	size_t *slot = ra_map_get(&b->classes, name);

	return slot ? (uint32_t)*slot : RA_NONE;
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
			if (m < ANCESTORS_MAX - 1)
				add_once(topmost, &m, base->topmost[k]);
		}
	}
	topmost[m++] = class_;
	names->n_ancestors = n < m ? n : m;
	names->nearest = copy_list(b, nearest, names->n_ancestors);
	names->topmost = copy_list(b, topmost + m - names->n_ancestors, names->n_ancestors);
}

static void read_classes(struct build *b)
{
	const struct ra_shape *shape = b->shape;

	for (uint32_t i = 0; i < shape->classes.n; i++) {
		ra_map_put(&b->classes, shape->classes.v[i].name, i);
		ra_map_init(&b->class_names[i].methods, b->arena);
		ra_map_init(&b->class_names[i].fields, b->arena);
	}
	for (uint32_t i = 0; i < shape->classes.n; i++) {
		struct class_names *names = &b->class_names[i];

		for (const struct ra_node *kid = shape->classes.v[i].node->kids; kid; kid = kid->next) {
			uint32_t base = kid->kind == RA_N_NAME ? ra_class_named(b, kid->text) : RA_NONE;

			/* A base stands above its class: no cycle can arise. */
			if (base != RA_NONE && base < i && names->n_bases < 4)
				names->bases[names->n_bases++] = base;
		}
		read_ancestors(b, i);
	}
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

uint32_t ra_field_owner(struct build *b, uint32_t class_, struct ra_str field)
{
	const struct class_names *names = &b->class_names[class_];

	for (uint32_t i = 0; i < names->n_ancestors; i++)
		if (ra_map_get(&b->class_names[names->topmost[i]].fields, field))
			return names->topmost[i];
	return class_;
}

/* -- scopes -------------------------------------------------------------------------------- */

struct scope *ra_scope_here(struct build *b)
{
	return &b->scopes[b->unit];
}

struct local *ra_local(struct build *b, uint32_t unit, struct ra_str name)
{
	size_t *slot = ra_map_get(&b->scopes[unit].locals, name);

	return slot ? &b->scopes[unit].list.v[*slot] : NULL;
}

static void add_local(struct build *b, uint32_t unit, struct ra_str name)
{
	struct scope *scope = &b->scopes[unit];
	size_t *slot;

	if (!name.len || ra_map_get(&scope->globals, name))
		return;
	slot = ra_map_put(&scope->locals, name, scope->list.n);
	if (*slot != scope->list.n)
		return;
	*ra_vec_push(b->arena, &scope->list) =
		(struct local){ .name = name, .value = ra_value_none(), .state = RA_NONE };
}

static void add_target(struct build *b, uint32_t unit, const struct ra_node *target)
{
	if (target->kind == RA_N_NAME)
		add_local(b, unit, target->text);
	else if (target->kind == RA_N_TUPLE || target->kind == RA_N_LIST ||
		 target->kind == RA_N_STAR)
		for (const struct ra_node *kid = target->kids; kid; kid = kid->next)
			add_target(b, unit, kid);
}

static void read_assigned(struct build *b, const struct ra_node *node)
{
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		if (kid->kind != RA_N_ANNOTATION && (kid->next || (node->flags & RA_F_BARE)))
			add_target(b, node->unit, kid);
}

static void read_function(struct build *b, const struct ra_node *node)
{
	const struct ra_unit *unit = &b->shape->units.v[node->unit];

	if (unit->index && unit->name.len && !(unit->flags & RA_U_LAMBDA)) {
		if (unit->flags & RA_U_METHOD)
			ra_map_put(&b->class_names[unit->class_ - 1].methods, unit->name,
				   unit->index);
		else
			ra_map_put(&b->scopes[unit->up].units, unit->name, unit->index);
	}
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM)
			add_local(b, node->unit, kid->text);
}

/* Names that one node binds, in the unit it belongs to. Class bodies bind fields, not locals. */
static void read_binding(struct build *b, const struct ra_node *node)
{
	if (node->kind == RA_N_FUNCTION || node->kind == RA_N_LAMBDA) {
		read_function(b, node);
		return;
	}
	if (b->class_of_block[node->block])
		return;
	switch (node->kind) {
	case RA_N_ASSIGN:
		read_assigned(b, node);
		break;
	case RA_N_NAMED: case RA_N_FOR: case RA_N_CLAUSE:
		if (node->kids)
			add_target(b, node->unit, node->kids);
		break;
	case RA_N_ITEM:
		if (node->kids && node->kids->next)
			add_target(b, node->unit, node->kids->next);
		break;
	case RA_N_HANDLER:
		add_local(b, node->unit, node->text);
		break;
	default:
		break;
	}
}

static void read_globals(struct build *b, const struct ra_node *node)
{
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		ra_map_put(&b->scopes[node->unit].globals, kid->text, node->kind);
}

struct local *ra_visible_local(struct build *b, struct ra_str name, uint32_t *owner)
{
	uint32_t unit = b->unit;

	while (unit) {
		size_t *declared = ra_map_get(&b->scopes[unit].globals, name);
		struct local *local = ra_local(b, unit, name);

		if (declared && *declared == RA_N_GLOBAL)
			return NULL;
		if (local) {
			*owner = unit;
			return local;
		}
		unit = b->shape->units.v[unit].up;
	}
	return NULL;
}

uint32_t ra_receiver_class(struct build *b, struct ra_str name, bool *itself)
{
	uint32_t owner;
	const struct ra_unit *unit;

	*itself = false;
	if (!ra_visible_local(b, name, &owner))
		return RA_NONE;
	unit = &b->shape->units.v[owner];
	if (!(unit->flags & RA_U_METHOD) || (unit->flags & RA_U_STATIC) ||
	    !ra_str_eq(unit->receiver, name))
		return RA_NONE;
	*itself = unit->flags & RA_U_CLASSMETHOD || ra_str_is(unit->name, "__new__");
	return unit->class_ - 1;
}

uint32_t ra_function_named(struct build *b, uint32_t unit, struct ra_str name)
{
	for (;;) {
		size_t *slot = ra_map_get(&b->scopes[unit].units, name);

		if (slot)
			return (uint32_t)*slot;
		if (!unit)
			return RA_NONE;
		unit = b->shape->units.v[unit].up;
	}
}

/* A name of an enclosing function that an inner unit uses is state of that function. */
static void mark_captured(struct build *b, const struct ra_node *name)
{
	uint32_t owner;
	struct local *local;
	bool itself;

	b->unit = name->unit;
	if (!name->unit || !(local = ra_visible_local(b, name->text, &owner)) ||
	    owner == name->unit || ra_receiver_class(b, name->text, &itself) != RA_NONE)
		return;
	local->captured = true;
	if (local->state == RA_NONE)
		local->state = ra_state_get(b, RA_SCOPE_CLOSURE, owner, local->name,
					    ra_node_line(b->shape, name));
}

/* Fields that a class mentions: `self.x`, `cls.x`, names bound in its body. */
static void note_field(struct build *b, const struct ra_node *node)
{
	uint32_t class_ = RA_NONE;
	struct ra_str field = node->text;
	bool itself;

	if (node->kind == RA_N_MEMBER && node->kids && node->kids->kind == RA_N_NAME) {
		b->unit = node->unit;
		class_ = ra_receiver_class(b, node->kids->text, &itself);
		if (class_ == RA_NONE && !ra_visible_local(b, node->kids->text, &(uint32_t){ 0 }))
			class_ = ra_class_named(b, node->kids->text);
	} else if (node->kind == RA_N_NAME && node->up->kind == RA_N_ASSIGN &&
		   b->class_of_block[node->block]) {
		class_ = b->class_of_block[node->block] - 1;
	}
	if (class_ != RA_NONE)
		ra_map_put(&b->class_names[class_].fields, field, 0);
}

/* -- states -------------------------------------------------------------------------------- */

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
				    .owner = owner, .field = field, .line = line };
	state->name = state_title(b, scope, owner, field);
	return state->index;
}

void ra_facts_names(struct build *b)
{
	const struct ra_node *node = NULL;

	b->scopes = ra_new_array(b->arena, struct scope, b->shape->units.n);
	b->module = b->scopes;
	b->class_names = ra_new_array(b->arena, struct class_names, b->shape->classes.n);
	for (uint32_t i = 0; i < b->shape->units.n; i++) {
		ra_map_init(&b->scopes[i].locals, b->arena);
		ra_map_init(&b->scopes[i].globals, b->arena);
		ra_map_init(&b->scopes[i].units, b->arena);
	}
	read_blocks(b);
	read_classes(b);
	while ((node = ra_node_walk(b->shape->root, node, true))) {
		if (node->kind == RA_N_IMPORT)
			read_import(b, node);
		else if (node->kind == RA_N_GLOBAL || node->kind == RA_N_NONLOCAL)
			read_globals(b, node);
	}
	while ((node = ra_node_walk(b->shape->root, node, true)))
		read_binding(b, node);
	while ((node = ra_node_walk(b->shape->root, node, true))) {
		note_field(b, node);
		if (node->kind == RA_N_NAME)
			mark_captured(b, node);
	}
	read_runtimes(b);
	b->unit = 0;
}
