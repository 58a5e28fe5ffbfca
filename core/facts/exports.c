/*
 * exports: what others may take of a module. Where a language marks it (`export`, and what is
 * assigned to `exports`), that and nothing else; elsewhere all names of the module. Each is worth
 * what its value is: the same questions as within the file, asked of names, kinds and promises; no
 * fact is needed.
 */
#include "core/facts/exports.h"
#include "core/facts/internal.h"

enum { MEMBERS_MAX = 200, STEPS_MAX = 8 };

struct reading {
	struct build *b;
	struct ra_exports *out;
	struct ra_map defined;                      /* names of the module -> index in these: */
	RA_VEC(struct ra_str) names;
	RA_VEC(const struct ra_node *) values;      /* a declaration, or what a name is set to */
};

/* -- what a thing is ----------------------------------------------------------------------- */

static bool is_decorated(const struct ra_unit *unit)
{
	return ra_node_find(unit->node, RA_N_DECORATOR) != NULL;
}

/* A decorator may make anything of it. */
static bool is_async(const struct build *b, uint32_t index)
{
	const struct ra_unit *unit = &b->shape->units.v[index];

	if (is_decorated(unit) && !(unit->flags & (RA_U_STATIC | RA_U_CLASSMETHOD)))
		return false;
	if (b->shape->tokens->language->promises)
		return b->out->units[index].promise == RA_PROMISE_SURE;
	return (unit->flags & RA_U_ASYNC) && !(unit->flags & RA_U_GENERATOR);
}

/* Where a call of a plain function is worth a promise anyway, that says enough. */
static bool gives_task(struct build *b, uint32_t index, struct ra_export_task *out)
{
	const struct ra_unit *unit = &b->shape->units.v[index];

	return !b->shape->tokens->language->promises &&
	       (!is_decorated(unit) || (unit->flags & (RA_U_STATIC | RA_U_CLASSMETHOD))) &&
	       ra_unit_gives_task(b, index, out);
}

static void add_member(struct build *b, struct ra_export *to, struct ra_export_member member)
{
	for (size_t i = 0; i < to->members.n; i++)
		if (ra_str_eq(to->members.v[i].name, member.name))
			return;
	if (to->members.n < MEMBERS_MAX)
		*ra_vec_push(b->arena, &to->members) = member;
}

static bool is_safe(struct build *b, uint32_t unit)
{
	return b->shape->tokens->language->promises && unit != RA_NONE && ra_unit_is_safe(b, unit);
}

/* The async methods of a class, with those of its bases in the file. */
static void add_methods(struct build *b, struct ra_export *to, uint32_t class_)
{
	for (uint32_t u = 1; u < b->shape->units.n; u++) {
		const struct ra_unit *unit = &b->shape->units.v[u];
		struct ra_export_task task = { 0 };

		if (!unit->class_ || !(unit->flags & RA_U_METHOD) ||
		    ra_method_named(b, class_, unit->name) != u)
			continue;
		if (is_async(b, u) || gives_task(b, u, &task))
			add_member(b, to, (struct ra_export_member){
				.name = unit->name, .safe = is_safe(b, u), .task = task,
				.of_class = unit->flags & (RA_U_STATIC | RA_U_CLASSMETHOD) });
	}
}

static void add_entries(struct build *b, struct ra_export *to, const struct ra_node *dict)
{
	for (const struct ra_node *pair = dict->kids; pair; pair = pair->next) {
		const struct ra_node *value = pair->kind == RA_N_PAIR ? pair->kids->next : NULL;
		struct value worth;

		if (!value || (pair->kids->kind != RA_N_NAME && pair->kids->kind != RA_N_STRING))
			continue;
		worth = ra_value_of(b, value);
		if (value->kind == RA_N_LAMBDA)
			worth.unit = value->unit;
		if (worth.unit != RA_NONE ? is_async(b, worth.unit)
					  : worth.calls == RA_PROMISE_SURE)
			add_member(b, to, (struct ra_export_member){
				.name = pair->kids->text, .safe = is_safe(b, worth.unit) });
	}
}

/* A name that the file itself imports is handed on. */
static bool is_handed_on(struct build *b, struct ra_export *to, struct ra_str name)
{
	const struct ra_import *import = ra_import_of(b, name);

	if (!import)
		return false;
	to->module = import->module;
	to->inner = import->name;
	return true;
}

static uint32_t class_of_node(const struct build *b, const struct ra_node *node)
{
	for (uint32_t c = 0; c < b->shape->classes.n; c++)
		if (b->shape->classes.v[c].node == node)
			return c + 1;
	return 0;
}

/* The first base, of the class or of one that it derives from, that the file imports. */
static void find_base(struct build *b, struct ra_export *to, uint32_t class_)
{
	const struct class_names *names = &b->class_names[class_];

	for (uint32_t i = 0; i < names->n_ancestors; i++) {
		const struct ra_node *kid = b->shape->classes.v[names->nearest[i]].node->kids;

		for (; kid && kid->kind != RA_N_BLOCK; kid = kid->next) {
			const struct ra_node *base = kid->kind == RA_N_INDEX ? kid->kids : kid;
			const struct ra_import *import = base->kind != RA_N_NAME ? NULL :
							 ra_import_of(b, base->text);

			if (!import)
				continue;
			to->base_module = import->module;
			to->base_name = import->name;
			return;
		}
	}
}

/* A thread lock that a method of the class makes for its object. */
static bool makes_thread_lock(struct build *b, const struct ra_node *class_)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(class_, at, true))) {
		const struct ra_node *target = at->kind == RA_N_ASSIGN ? at->kids : NULL, *last;
		struct value value;

		if (!target || target->kind != RA_N_MEMBER)
			continue;
		last = ra_node_last(at);
		if (last == target || last->kind != RA_N_CALL)
			continue;
		b->unit = at->unit;
		value = ra_value_of(b, last);
		b->unit = 0;
		if (value.kind == RA_KIND_LOCK && !(value.api_flags & RA_API_ASYNC) &&
		    !(value.runtimes & RA_RT_COOPERATIVE))
			return true;
	}
	return false;
}

/* A map of its own making, with the operators of one, that takes a thread lock for each step: it is
 * made to be shared by threads, and so is what holds it. */
static bool is_locked_map(struct build *b, uint32_t class_)
{
	return !b->shape->tokens->language->typed && !b->shape->tokens->language->promises &&
	       ra_method_named(b, class_, RA_STR("__getitem__")) != RA_NONE &&
	       ra_method_named(b, class_, RA_STR("__setitem__")) != RA_NONE &&
	       makes_thread_lock(b, b->shape->classes.v[class_].node);
}

static void describe_value(struct build *b, struct ra_export *to, const struct ra_node *node)
{
	struct value value = ra_value_none();

	if (node->kind == RA_N_CLASS)
		value.class_itself = class_of_node(b, node);
	else if (node->kind == RA_N_FUNCTION || node->kind == RA_N_LAMBDA)
		value.unit = node->unit;
	else
		value = ra_value_of(b, node);
	to->async = value.unit != RA_NONE ? is_async(b, value.unit)
					  : value.calls == RA_PROMISE_SURE;
	if (value.unit != RA_NONE && !to->async)
		gives_task(b, value.unit, &to->task);
	if (value.kind >= RA_KIND_LOCK && value.kind <= RA_KIND_BARRIER) {
		to->kind = value.kind;
		to->api_flags = value.api_flags;
		to->runtimes = value.runtimes;
	}
	to->safe = to->async && is_safe(b, value.unit);
	to->class_ = value.class_itself != 0;
	if (to->class_)
		find_base(b, to, value.class_itself - 1);
	if (to->class_ && is_locked_map(b, value.class_itself - 1)) {
		to->kind = RA_KIND_DICT;
		to->runtimes = RA_RT_THREADS;
	}
	if (value.class_itself || value.class_)
		add_methods(b, to, (to->class_ ? value.class_itself : value.class_) - 1);
}

static void describe(struct reading *r, struct ra_export *to, const struct ra_node *node)
{
	for (int steps = 0; steps < STEPS_MAX; steps++) {
		const size_t *defined = NULL;

		if (node->kind == RA_N_NAME && is_handed_on(r->b, to, node->text))
			return;
		if (node->kind == RA_N_NAME)
			defined = ra_map_get(&r->defined, node->text);
		if (defined)
			node = r->values.v[*defined];
		else if (node->kind == RA_N_ASSIGN && node->kids && node->kids->next)
			node = node->kids->next; /* exports = module.exports = x */
		else
			break;
	}
	if (node->kind == RA_N_DICT)
		add_entries(r->b, to, node);
	else
		describe_value(r->b, to, node);
}

/* -- what is exported ---------------------------------------------------------------------- */

/* NULL when there are enough. A name that is set again is what it is set to last. */
static struct ra_export *add(struct reading *r, struct ra_str name)
{
	struct ra_export *to = NULL;

	for (size_t i = 0; i < r->out->list.n && !ra_str_is(name, "*"); i++)
		if (ra_str_eq(r->out->list.v[i].name, name))
			to = &r->out->list.v[i];
	if (!to && r->out->list.n < RA_EXPORTS_MAX)
		to = ra_vec_push(r->b->arena, &r->out->list);
	if (to)
		*to = (struct ra_export){ .name = name };
	return to;
}

static void add_value(struct reading *r, struct ra_str name, const struct ra_node *node)
{
	struct ra_export *to = add(r, name);

	if (to)
		describe(r, to, node);
}

/* What stands behind `default` has that name, whatever its own is. */
static bool is_default(const struct build *b, const struct ra_node *node)
{
	return node->first > 0 &&
	       ra_str_is(ra_token_text(b->shape->tokens, node->first - 1), "default");
}

/* `export { a as b }`, of this module or of another */
static void add_aliases(struct reading *r, const struct ra_node *node)
{
	for (const struct ra_node *alias = node->kids; alias; alias = alias->next) {
		const struct ra_node *as = ra_node_find(alias, RA_N_NAME);
		struct ra_str name = as ? as->text : alias->text;
		struct ra_node inner = { .kind = RA_N_NAME, .text = alias->text,
					 .first = alias->first, .up = alias->up };
		struct ra_export *to;

		if (!node->text.len) {
			add_value(r, name, &inner);
			continue;
		}
		to = add(r, name);
		if (!to)
			return;
		to->module = node->text;
		to->inner = ra_str_is(alias->text, "*") ? RA_STR("") : alias->text;
	}
}

/* The name that `exports.x = ..` sets; empty for all of `module.exports`. False: neither. */
static bool sets_exports(const struct ra_node *target, struct ra_str *name)
{
	const struct ra_node *base = target;

	*name = RA_STR("");
	if (target->kind == RA_N_MEMBER && !ra_str_is(target->text, "exports")) {
		*name = target->text;
		base = target->kids;
	}
	if (base->kind == RA_N_MEMBER)
		return ra_str_is(base->text, "exports") && base->kids->kind == RA_N_NAME &&
		       ra_str_is(base->kids->text, "module");
	return base->kind == RA_N_NAME && ra_str_is(base->text, "exports");
}

/* Whoever takes the default of a module of this kind gets all of it. */
static void add_whole(struct reading *r, const struct ra_node *value)
{
	add_value(r, RA_STR(""), value);
	add_value(r, RA_STR("default"), value);
	while (value->kind == RA_N_ASSIGN && value->kids && value->kids->next)
		value = value->kids->next;
	for (const struct ra_node *pair = value->kind == RA_N_DICT ? value->kids : NULL; pair;
	     pair = pair->next)
		if (pair->kind == RA_N_PAIR && pair->kids->kind == RA_N_NAME && pair->kids->next)
			add_value(r, pair->kids->text, pair->kids->next);
}

static void read_marked(struct reading *r, const struct ra_node *node)
{
	const struct ra_node *last = ra_node_last(node);
	struct ra_str name;

	if (node->kind == RA_N_EXPORT) {
		add_aliases(r, node);
	} else if (node->kind == RA_N_ASSIGN && node->kids != last && last) {
		if (node->flags & RA_F_EXPORT && node->kids->kind == RA_N_NAME)
			add_value(r, node->kids->text, last);
		else if (sets_exports(node->kids, &name) && name.len)
			add_value(r, name, last);
		else if (sets_exports(node->kids, &name) ||
			 (last->kind == RA_N_ASSIGN && sets_exports(last->kids, &name) &&
			  !name.len))
			add_whole(r, last);
	} else if (node->flags & RA_F_EXPORT) {
		bool bare = node->kind == RA_N_EXPRESSION && node->kids;

		bool unnamed = bare || is_default(r->b, node);

		if (unnamed || node->text.len)
			add_value(r, unnamed ? RA_STR("default") : node->text,
				  bare ? node->kids : node);
	}
}

/* What is imported can be had from here as well. */
static void read_imported(struct reading *r)
{
	for (size_t i = 0; i < r->b->out->imports.n; i++) {
		const struct ra_import *import = &r->b->out->imports.v[i];
		struct ra_export *to = add(r, import->local);

		if (!to)
			continue;
		to->module = import->module;
		to->inner = import->name;
	}
}

/* -- the names of a module ----------------------------------------------------------------- */

/* Set again, it is what it is set to last; but not by a mere signature. */
static void define(struct reading *r, struct ra_str name, const struct ra_node *value)
{
	size_t *at = ra_map_put(&r->defined, name, r->values.n);

	if (*at == r->values.n) {
		*ra_vec_push(r->b->arena, &r->names) = name;
		*ra_vec_push(r->b->arena, &r->values) = value;
	} else if (value->kind != RA_N_FUNCTION || ra_node_find(value, RA_N_BLOCK)) {
		r->values.v[*at] = value;
	}
}

static void define_by(struct reading *r, const struct ra_node *node)
{
	const struct ra_node *last = ra_node_last(node);

	if (node->kind == RA_N_FUNCTION || node->kind == RA_N_CLASS) {
		if (node->text.len)
			define(r, node->text, node);
	} else if (node->kind == RA_N_ASSIGN && last &&
		   !(node->flags & (RA_F_AUGMENT | RA_F_BARE))) {
		for (const struct ra_node *kid = node->kids; kid != last; kid = kid->next)
			if (kid->kind == RA_N_NAME)
				define(r, kid->text, last);
	}
}

static bool is_of_module(const struct build *b, const struct ra_node *node)
{
	const struct ra_unit *unit = &b->shape->units.v[node->unit];

	if (node->kind == RA_N_FUNCTION)
		return !unit->up && !(unit->flags & RA_U_METHOD) && !b->class_of_block[node->block];
	return !node->unit && !b->class_of_block[node->block];
}

void ra_facts_exports(struct ra_arena *arena, const struct ra_shape *shape,
		      const struct ra_api *api, struct ra_exports *out)
{
	struct ra_facts facts;
	struct build b;
	struct reading r = { .b = &b, .out = out };
	const struct ra_node *node = NULL;

	ra_facts_open(&b, arena, shape, api, &facts);
	ra_facts_names(&b);
	ra_facts_kinds(&b);
	ra_facts_promises(&b);
	ra_map_init(&r.defined, arena);
	while ((node = ra_node_walk(shape->root, node, false)))
		if (is_of_module(&b, node))
			define_by(&r, node);
	if (!shape->tokens->language->marks_exports) {
		read_imported(&r);
		for (size_t i = 0; i < r.values.n; i++)
			add_value(&r, r.names.v[i], r.values.v[i]);
		return;
	}
	for (node = shape->root->kids->kids; node; node = node->next)
		read_marked(&r, node);
}

void ra_facts_imports(struct ra_arena *arena, const struct ra_shape *shape,
		      const struct ra_api *api, struct ra_imports *out)
{
	struct ra_facts facts;
	struct build b;

	ra_facts_open(&b, arena, shape, api, &facts);
	ra_facts_read_imports(&b);
	out->list.v = facts.imports.v;
	out->list.n = out->list.cap = facts.imports.n;
}

/* -- as rows ------------------------------------------------------------------------------- */

/* What a table says already it says better: the audited tree may be the library. */
static void add_row(struct ra_api *api, struct ra_api_row row)
{
	row.flags |= RA_API_TREE;
	row.bound = RA_API_BY_KEYWORD;
	if (!ra_api_find(api, row.name))
		ra_api_add(api, &row);
}

static uint32_t async_flags(bool safe)
{
	return RA_API_ASYNC | (safe ? RA_API_SAFE : 0);
}

/* What a call of a function is worth: a promise, or a task that it has started. */
static struct ra_api_row row_of_call(struct ra_str name, bool safe, struct ra_export_task task)
{
	if (!task.runtimes)
		return (struct ra_api_row){ .name = name, .flags = async_flags(safe) };
	return (struct ra_api_row){ .name = name, .effect = RA_EFFECT_SPAWN, .kind = RA_KIND_TASK,
				    .runtimes = task.runtimes, .arg = task.position };
}

void ra_api_add_export(struct ra_api *api, struct ra_arena *arena, struct ra_str full,
		       const struct ra_export *exported)
{
	struct ra_api_row thing = { .name = full, .kind = exported->kind,
				    .flags = exported->api_flags, .runtimes = exported->runtimes };

	if (exported->class_)
		add_row(api, (struct ra_api_row){ .name = full, .effect = RA_EFFECT_NEW,
						  .kind = exported->kind,
						  .runtimes = exported->runtimes });
	else if (exported->async || exported->task.runtimes)
		add_row(api, row_of_call(full, exported->safe, exported->task));
	else if (exported->kind)
		add_row(api, thing);
	for (size_t i = 0; i < exported->members.n; i++) {
		const struct ra_export_member *member = &exported->members.v[i];
		bool of_instance = exported->class_ && !member->of_class;

		add_row(api, row_of_call(ra_printf(arena, "%.*s%c%.*s", RA_FMT(full),
						   of_instance ? ':' : '.', RA_FMT(member->name)),
					 member->safe, member->task));
	}
}
