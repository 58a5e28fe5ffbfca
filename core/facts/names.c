/*
 * names: which name means what. Imports of the whole file, classes with their bases in the file,
 * locals of each unit, and which of them an inner unit captures. Built before any fact, so that a
 * use above its definition resolves too.
 */
#include "core/facts/internal.h"

/* -- imports ------------------------------------------------------------------------------- */

/* A file's imports are its own, also where it is read together with others. */
static struct ra_map *imports_at(struct build *b, uint32_t line)
{
	const struct ra_source *source = b->out->source;

	return &b->imports[ra_source_part(source, line) - source->parts];
}

static void add_import(struct build *b, struct ra_import import)
{
	size_t *slot = ra_map_put(imports_at(b, import.line), import.local, b->out->imports.n);

	/* The first of `try: import a except ImportError: import b` is the one meant to be used. */
	if (*slot != b->out->imports.n)
		return;
	if (!import.full.len)
		import.full = !import.name.len ? import.module :
			      ra_printf(b->arena, "%.*s.%.*s", RA_FMT(import.module),
					RA_FMT(import.name));
	*ra_vec_push(b->arena, &b->out->imports) = import;
}

static struct ra_str first_part(struct ra_str dotted)
{
	struct ra_str rest = dotted, part = dotted;

	ra_str_cut(&rest, '.', &part);
	return part;
}

/* The module itself, or what it exports as a whole: of a package the names in it are its own. */
static bool is_whole(const struct ra_node *import, const struct ra_node *alias)
{
	return ra_str_is(alias->text, "*") ||
	       (ra_str_is(alias->text, "default") && !strchr("./~#", import->text.ptr[0]));
}

/* A package that the name was imported from: what it holds is no state of these files. */
static bool package_of(struct build *b, const struct ra_node *name, struct ra_import *out)
{
	const struct ra_import *import = ra_import_of(b, name->text);

	if (!import || !import->full.len || strchr("./~#", import->full.ptr[0]))
		return false;
	out->module = import->module;
	out->name = import->name;
	return true;
}

static struct ra_str joined(struct build *b, struct ra_str name, struct ra_str member)
{
	return name.len ? ra_printf(b->arena, "%.*s.%.*s", RA_FMT(name), RA_FMT(member)) : member;
}

/* `const a = require('m').b`: the module that a call names, or a name that was imported, with what
 * is taken of it. */
static bool required(struct build *b, const struct ra_node *value, struct ra_import *out)
{
	const struct ra_node *name = value->kind == RA_N_CALL ? value->kids : NULL;

	if (value->kind == RA_N_AWAIT && value->kids)
		return required(b, value->kids, out);
	if (value->kind == RA_N_NAME)
		return package_of(b, value, out);
	if (value->kind == RA_N_MEMBER && value->kids && value->height < 6) {
		if (!required(b, value->kids, out))
			return false;
		out->name = joined(b, out->name, value->text);
		return true;
	}
	if (!name || name->kind != RA_N_NAME || !name->next || name->next->next ||
	    name->next->kind != RA_N_STRING || name->next->kids ||
	    !ra_api_with(ra_api_find(b->api, name->text), RA_EFFECT_IMPORT))
		return false;
	out->module = ra_shape_module(b->arena, name->next->text);
	return out->module.len > 0;
}

/* Does a declaration of the module do nothing but name a module or what is in it? */
static bool required_by(struct build *b, const struct ra_node *node, struct ra_import *out)
{
	const struct ra_node *target = node->kids, *value = target ? target->next : NULL;
	const struct ra_node *root = value;

	while (root && root->kids && (root->kind == RA_N_MEMBER || root->kind == RA_N_AWAIT))
		root = root->kids;
	if (node->unit || !value || value->next || (node->flags & RA_F_AUGMENT) ||
	    (target->kind != RA_N_NAME && target->kind != RA_N_DICT) ||
	    (root->kind == RA_N_NAME && node->word != RA_W_CONST))
		return false;
	return required(b, value, out);
}

static void read_required(struct build *b, const struct ra_node *node)
{
	struct ra_import whole = { .line = ra_node_line(b->shape, node) };
	const struct ra_node *kid = node->kids;

	if (!required_by(b, node, &whole))
		return;
	if (kid->kind == RA_N_NAME) {
		whole.local = kid->text;
		add_import(b, whole);
		return;
	}
	for (kid = kid->kids; kid; kid = kid->next) {
		struct ra_import import = whole;

		if (kid->kind != RA_N_PAIR || kid->kids->kind != RA_N_NAME || !kid->kids->next ||
		    kid->kids->next->kind != RA_N_NAME)
			continue;
		import.local = kid->kids->next->text;
		import.name = joined(b, whole.name, kid->kids->text);
		add_import(b, import);
	}
}

static void read_import(struct build *b, const struct ra_node *node)
{
	uint32_t line = ra_node_line(b->shape, node);

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *as = ra_node_find(kid, RA_N_NAME);
		struct ra_import import = { .local = as ? as->text : kid->text, .line = line,
					    .module = node->text };

		if (kid->kind != RA_N_ALIAS)
			continue;
		if (!node->text.len) {
			import.module = kid->text;
			if (!as)
				import.local = import.full = first_part(kid->text);
		} else if (!is_whole(node, kid)) {
			import.name = kid->text;
		}
		add_import(b, import);
	}
}

const struct ra_import *ra_import_of(struct build *b, struct ra_str local)
{
	uint32_t line = b->unit || !b->statement ? b->shape->units.v[b->unit].line
						 : ra_node_line(b->shape, b->statement);
	size_t *slot = ra_map_get(imports_at(b, line), local);

	return slot ? &b->out->imports.v[*slot] : NULL;
}

struct ra_str ra_import_full(struct build *b, struct ra_str local)
{
	const struct ra_import *import = ra_import_of(b, local);

	return import ? import->full : RA_STR("");
}

/* The runtimes of a module, or of one that it is in. */
static void add_runtimes(struct build *b, struct ra_str module)
{
	while (module.len) {
		const struct ra_api_row *row = ra_api_with(ra_api_find(b->api, module),
							   RA_EFFECT_RUNTIME);

		if (row)
			b->out->runtimes |= row->runtimes;
		while (module.len && module.ptr[module.len - 1] != '.')
			module.len--;
		if (module.len)
			module.len--;
	}
}

/* Runtimes by the modules that are imported, or named by a path (`tokio::spawn`): a row of effect
 * RUNTIME for the module; a row named `*` for what every file of the language runs on. */
static void read_runtimes(struct build *b)
{
	const struct ra_api_row *always = ra_api_with(ra_api_find(b->api, RA_STR("*")),
						      RA_EFFECT_RUNTIME);
	const struct ra_node *node = NULL;

	if (always)
		b->out->runtimes |= always->runtimes;
	for (size_t i = 0; i < b->out->imports.n; i++)
		add_runtimes(b, b->out->imports.v[i].full);
	while ((node = ra_node_walk(b->shape->root, node, true)))
		if (node->kind == RA_N_MEMBER && node->word == RA_O_PATH && node->up &&
		    node->up->kind != RA_N_MEMBER)
			add_runtimes(b, ra_node_dotted(b->arena, node));
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

	if ((b->block_scoped && !declares) || required_by(b, node, &(struct ra_import){ .line = 0 }))
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

/* Fields that a class mentions: `self.x`, `cls.x`, names bound in its body. */
static void note_field(struct build *b, const struct ra_node *node)
{
	uint32_t class_ = RA_NONE;
	struct ra_str field = node->text;
	bool itself;

	if (node->kind == RA_N_MEMBER && node->kids && node->kids->kind == RA_N_NAME) {
		b->unit = node->unit;
		class_ = ra_receiver_class(b, node->kids->text, node->first, &itself);
		if (class_ == RA_NONE &&
		    !ra_visible_local(b, node->kids->text, node->first, &(uint32_t){ 0 }))
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

void ra_facts_read_imports(struct build *b)
{
	const struct ra_node *node = NULL;

	while ((node = ra_node_walk(b->shape->root, node, true)))
		if (node->kind == RA_N_IMPORT)
			read_import(b, node);
		else if (node->kind == RA_N_ASSIGN)
			read_required(b, node);
}

void ra_facts_names(struct build *b)
{
	const struct ra_node *node = NULL;

	b->block_scoped = b->shape->tokens->language && b->shape->tokens->language->block_scoped;
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
	ra_facts_read_imports(b);
	while ((node = ra_node_walk(b->shape->root, node, true)))
		if (node->kind == RA_N_GLOBAL || node->kind == RA_N_NONLOCAL)
			read_globals(b, node);
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
