/*
 * names: which name means what in which unit: locals, and which of them an inner unit captures.
 * Built before any fact, so that a use above its definition resolves too.
 */
#include "core/facts/internal.h"

/* -- looking up ------------------------------------------------------------------------------- */

struct scope *ra_scope_here(struct build *b)
{
	return &b->scopes[b->unit];
}

/* The innermost one that is seen at the token. */
struct local *ra_local(struct build *b, uint32_t unit, struct ra_str name, uint32_t at)
{
	struct scope *scope = &b->scopes[unit];
	size_t *slot = ra_map_get(&scope->locals, name);
	struct local *best = NULL;

	for (uint32_t i = slot ? (uint32_t)*slot : RA_NONE; i != RA_NONE; i = scope->list.v[i].same) {
		struct local *local = &scope->list.v[i];

		if (local->from <= at && at <= local->to && (!best || local->from > best->from))
			best = local;
	}
	return best;
}

/* One that is declared further down, in a block around the token. */
static struct local *local_below(struct build *b, uint32_t unit, struct ra_str name, uint32_t at)
{
	struct scope *scope = &b->scopes[unit];
	size_t *slot = b->block_scoped ? ra_map_get(&scope->locals, name) : NULL;
	struct local *found = NULL;

	for (uint32_t i = slot ? (uint32_t)*slot : RA_NONE; i != RA_NONE; i = scope->list.v[i].same)
		if (at < scope->list.v[i].from && at <= scope->list.v[i].to)
			found = &scope->list.v[i];
	return found;
}

struct local *ra_visible_local(struct build *b, struct ra_str name, uint32_t at, uint32_t *owner)
{
	for (uint32_t unit = b->unit; unit; unit = b->shape->units.v[unit].up) {
		size_t *declared = ra_map_get(&b->scopes[unit].globals, name);
		struct local *local = ra_local(b, unit, name, at);

		if (declared && *declared == RA_N_GLOBAL)
			return NULL;
		*owner = unit;
		if (local)
			return local;
	}
	/* used above its declaration: a closure may, and what is hoisted */
	for (uint32_t unit = b->unit; unit; unit = b->shape->units.v[unit].up) {
		struct local *local = local_below(b, unit, name, at);

		*owner = unit;
		if (local)
			return local;
	}
	return NULL;
}

struct local *ra_target_local(struct build *b, const struct ra_node *target)
{
	struct scope *scope = ra_scope_here(b);
	size_t *slot = ra_map_get(&scope->locals, target->text);
	uint32_t owner;
	struct local *local;

	if (!b->block_scoped || !b->unit)
		return ra_local(b, b->unit, target->text, target->first);
	for (uint32_t i = slot ? (uint32_t)*slot : RA_NONE; i != RA_NONE; i = scope->list.v[i].same)
		if (scope->list.v[i].at == target->first)
			return &scope->list.v[i];
	local = ra_visible_local(b, target->text, target->first, &owner);
	return local && owner == b->unit ? local : NULL;
}

uint32_t ra_receiver_class(struct build *b, struct ra_str name, uint32_t at, bool *itself)
{
	uint32_t owner;
	const struct ra_unit *unit;

	*itself = false;
	if (!ra_visible_local(b, name, at, &owner))
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

struct ra_str ra_text_for_caller(struct build *b, uint32_t unit, struct ra_str base,
				 struct ra_str text)
{
	struct ra_str own = b->shape->units.v[unit].receiver;

	if (!own.len || !base.len || !ra_str_starts(text, own) || text.len <= own.len ||
	    text.ptr[own.len] != '.')
		return text;
	return ra_printf(b->arena, "%.*s%.*s", RA_FMT(base),
			 RA_FMT(ra_str_n(text.ptr + own.len, text.len - own.len)));
}

/* -- declarations ----------------------------------------------------------------------------- */

/* Between which tokens the names are seen that a node declares. */
struct span {
	uint32_t from, to;
};

static struct span everywhere(void)
{
	return (struct span){ 0, UINT32_MAX };
}

static struct local *add_local(struct build *b, uint32_t unit, struct ra_str name,
			       struct span span, bool anew)
{
	struct scope *scope = &b->scopes[unit];
	struct local *local;
	size_t *slot;

	if (!name.len || ra_map_get(&scope->globals, name) ||
	    (b->block_scoped && ra_str_is(name, "_")))
		return NULL;
	slot = ra_map_put(&scope->locals, name, scope->list.n);
	for (uint32_t i = (uint32_t)*slot; !anew && i < scope->list.n; i = scope->list.v[i].same)
		if (!b->block_scoped || (scope->list.v[i].to == span.to && !scope->list.v[i].loop))
			return NULL;
	local = ra_vec_push(b->arena, &scope->list);
	*local = (struct local){ .name = name, .value = ra_value_none(), .state = RA_NONE,
				 .from = span.from, .to = span.to, .same = RA_NONE,
				 .at = RA_NONE };
	if (*slot != scope->list.n - 1)
		local->same = (uint32_t)*slot;
	*slot = scope->list.n - 1;
	return local;
}

/* The innermost block of the unit, for what is declared in it. */
static struct span rest_of_block(struct build *b, const struct ra_node *node)
{
	const struct ra_node *block = b->shape->blocks.v[node->block].node;

	if (!b->block_scoped || !node->unit ||
	    b->shape->blocks.v[node->block].role == RA_B_MODULE)
		return everywhere();
	return (struct span){ node->last + 1, block->last };
}

/* A name in a pattern that binds: constants and constructors begin with a capital. */
static bool binds(const struct build *b, const struct ra_node *name)
{
	enum ra_lang lang = b->shape->tokens->source->lang;

	if (name->up->kind == RA_N_ASSIGN &&
	    (name->up->word == RA_W_STATIC || name->up->word == RA_W_CONST))
		return true; /* its declaration */
	return !ra_language(lang)->patterns_match || !name->text.len || name->text.ptr[0] < 'A' ||
	       name->text.ptr[0] > 'Z';
}

static void add_target(struct build *b, uint32_t unit, const struct ra_node *target,
		       struct span span, bool anew)
{
	const struct ra_node *kid = target->kids;
	struct local *local;

	switch (target->kind) {
	case RA_N_NAME:
		local = binds(b, target) ? add_local(b, unit, target->text, span, anew) : NULL;
		if (local)
			local->at = target->first;
		return;
	case RA_N_TUPLE: case RA_N_LIST: case RA_N_STAR:
		break;
	case RA_N_PAIR: case RA_N_CALL: case RA_N_COMPOSITE:
		kid = kid && b->block_scoped ? kid->next : NULL; /* behind a key, a constructor */
		break;
	case RA_N_ASSIGN: /* with a default */
		if (kid && b->block_scoped)
			add_target(b, unit, kid, span, anew);
		return;
	case RA_N_DICT: case RA_N_UNARY: case RA_N_BINARY: case RA_N_NAMED:
		kid = b->block_scoped ? kid : NULL;
		break;
	default:
		return;
	}
	for (; kid; kid = kid->next)
		add_target(b, unit, kid, span, anew);
}

/* What an assignment binds: its names are new, or, where names need no declaration, the unit's. */
static void read_assigned(struct build *b, const struct ra_node *node)
{
	bool declares = node->flags & RA_F_DECLARE;
	struct span span = everywhere();

	if ((b->block_scoped && !declares) ||
	    ra_import_required(b, node, &(struct ra_import){ .line = 0 }))
		return;
	if (declares && node->word != RA_W_VAR)
		span = rest_of_block(b, node);
	if ((node->flags & RA_F_HEADER) && node->next && span.to != UINT32_MAX)
		span.to = node->next->last;
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		if (kid->kind != RA_N_ANNOTATION && kid->kind != RA_N_BLOCK &&
		    (kid->next || (node->flags & RA_F_BARE)))
			add_target(b, node->unit, kid, span,
				   declares && (node->word != RA_O_DEFINE ||
						(node->flags & RA_F_HEADER)) &&
				   span.to != UINT32_MAX);
	if ((node->flags & RA_F_HEADER) && node->next && node->next->kind == RA_N_WHILE)
		for (size_t i = b->scopes[node->unit].list.n; i--;) {
			struct local *local = &b->scopes[node->unit].list.v[i];

			if (local->from != node->last + 1)
				break;
			local->loop = true;
		}
}

static void read_function(struct build *b, const struct ra_node *node)
{
	const struct ra_unit *unit = &b->shape->units.v[node->unit];
	const char *receiver = ra_language(b->shape->tokens->source->lang)->receiver;
	bool named = unit->index && unit->name.len && !(unit->flags & RA_U_LAMBDA);

	if (named && (unit->flags & RA_U_METHOD)) {
		size_t *slot = ra_map_put(&b->class_names[unit->class_ - 1].methods, unit->name,
					  unit->index);

		/* a signature stands for its body only where there is none */
		if (b->shape->units.v[*slot].flags & RA_U_ABSTRACT)
			*slot = unit->index;
	} else if (named) {
		ra_map_put(&b->scopes[unit->up].units, unit->name, unit->index);
	}
	if (receiver && !(unit->flags & (RA_U_ARROW | RA_U_BLOCK)))
		add_local(b, node->unit, ra_str(receiver), everywhere(), false);
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		if (kid->kind != RA_N_PARAM)
			continue;
		add_local(b, node->unit, kid->text, everywhere(), false);
		if (b->block_scoped && kid->kids && kid->kids->kind != RA_N_ANNOTATION)
			add_target(b, node->unit, kid->kids, everywhere(), false);
	}
}

/* What a loop binds is seen in its body; a condition's pattern in the block that it lets in. */
static void read_body_target(struct build *b, const struct ra_node *node, const struct ra_node *owner)
{
	const struct ra_node *body = owner ? ra_node_find(owner, RA_N_BLOCK) : NULL;
	bool loop = node->kind == RA_N_FOR, declares = !loop || (node->flags & RA_F_DECLARE);
	struct span span = everywhere();
	size_t first = b->scopes[node->unit].list.n;

	if (!node->kids || (b->block_scoped && !declares))
		return;
	if (b->block_scoped && body && node->word != RA_W_VAR)
		span = (struct span){ (loop ? body->first : node->last + 1), body->last };
	add_target(b, node->unit, node->kids, span, b->block_scoped);
	for (size_t i = first; loop && i < b->scopes[node->unit].list.n; i++)
		b->scopes[node->unit].list.v[i].loop = true;
}

/* The branch or loop in whose condition the node stands; a `case` for a pattern's name. */
static const struct ra_node *condition_owner(const struct ra_node *node)
{
	for (node = node->up; node; node = node->up)
		if (node->kind == RA_N_IF || node->kind == RA_N_WHILE || node->kind == RA_N_CASE ||
		    node->kind == RA_N_BLOCK)
			return node->kind == RA_N_BLOCK ? NULL : node;
	return NULL;
}

static void read_case(struct build *b, const struct ra_node *node)
{
	const struct ra_node *block = ra_node_find(node, RA_N_BLOCK), *pattern = node->kids;

	if (!b->block_scoped || !block || !pattern || pattern == block)
		return;
	if (!ra_node_is_statement(pattern))
		add_target(b, node->unit, pattern, (struct span){ node->first, block->last }, true);
	else if (pattern->kind == RA_N_ASSIGN && (pattern->flags & RA_F_DECLARE))
		add_target(b, node->unit, pattern->kids,
			   (struct span){ pattern->last + 1, block->last }, true);
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
		if (!node->up || node->up->kind != RA_N_CASE)
			read_assigned(b, node);
		break;
	case RA_N_NAMED:
		read_body_target(b, node, condition_owner(node));
		break;
	case RA_N_FOR:
		read_body_target(b, node, node);
		break;
	case RA_N_CLAUSE:
		if (node->kids)
			add_target(b, node->unit, node->kids, everywhere(), false);
		break;
	case RA_N_CASE:
		read_case(b, node);
		break;
	case RA_N_ITEM:
		if (node->kids && node->kids->next)
			add_target(b, node->unit, node->kids->next, everywhere(), false);
		break;
	case RA_N_HANDLER:
		add_local(b, node->unit, node->text, b->block_scoped ?
			  (struct span){ node->first, node->last } : everywhere(),
			  b->block_scoped);
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

/* -- captures --------------------------------------------------------------------------------- */

/* A name of an enclosing function that an inner unit uses is state of that function. */
static void mark_captured(struct build *b, const struct ra_node *name)
{
	uint32_t owner;
	struct local *local;
	bool itself;

	b->unit = name->unit;
	if (!name->unit || !(local = ra_visible_local(b, name->text, name->first, &owner)) ||
	    owner == name->unit ||
	    ra_receiver_class(b, name->text, name->first, &itself) != RA_NONE)
		return;
	local->captured = true;
	if (local->state != RA_NONE)
		return;
	local->state = ra_state_of_local(b, owner, local, ra_node_line(b->shape, name));
	ra_state_at(b, local->state)->loop = local->loop;
}

void ra_facts_names(struct build *b)
{
	const struct ra_node *node = NULL;

	b->block_scoped = b->shape->tokens->language && b->shape->tokens->language->block_scoped;
	b->scopes = ra_new_array(b->arena, struct scope, b->shape->units.n);
	b->module = b->scopes;
	for (uint32_t i = 0; i < b->shape->units.n; i++) {
		ra_map_init(&b->scopes[i].locals, b->arena);
		ra_map_init(&b->scopes[i].globals, b->arena);
		ra_map_init(&b->scopes[i].units, b->arena);
	}
	ra_facts_read_classes(b);
	ra_facts_read_imports(b);
	while ((node = ra_node_walk(b->shape->root, node, true)))
		if (node->kind == RA_N_GLOBAL || node->kind == RA_N_NONLOCAL)
			read_globals(b, node);
	while ((node = ra_node_walk(b->shape->root, node, true)))
		read_binding(b, node);
	while ((node = ra_node_walk(b->shape->root, node, true))) {
		ra_class_note_field(b, node);
		if (node->kind == RA_N_NAME)
			mark_captured(b, node);
	}
	ra_facts_read_runtimes(b);
	b->unit = 0;
}
