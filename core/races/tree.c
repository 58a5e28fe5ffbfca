/*
 * tree: questions of detectors to the syntax tree. Each is a plain climb or walk; what can be
 * answered by facts belongs into core/facts instead.
 */
#include "core/races/tree.h"

static bool ends_unit(const struct ra_node *node)
{
	return node->kind == RA_N_FUNCTION || node->kind == RA_N_LAMBDA ||
	       node->kind == RA_N_CLASS || node->kind == RA_N_MODULE;
}

const struct ra_node *ra_tree_around(const struct ra_node *node, enum ra_node_kind kind)
{
	for (node = node->up; node && !ends_unit(node); node = node->up)
		if (node->kind == kind)
			return node;
	return NULL;
}

bool ra_tree_inside(const struct ra_node *node, const struct ra_node *root)
{
	/* spans nest: most of what is asked about stands elsewhere */
	if (!node || node->first < root->first || node->last > root->last)
		return false;
	while (node && node != root)
		node = node->up;
	return node != NULL;
}

static const struct ra_fact *scope_of_item(const struct ra_facts *facts, const struct ra_node *item,
					   bool bounds)
{
	const struct ra_node *context = item->kids;
	uint32_t index = context->kind == RA_N_CALL ? ra_fact_of_node(facts, context) : RA_NONE;
	const struct ra_fact *fact = index == RA_NONE ? NULL : ra_fact(facts, index);
	const struct ra_api_row *made = fact ? ra_api_with(fact->row, RA_EFFECT_NEW) : NULL;

	if (made && made->kind == RA_KIND_SCOPE)
		return fact;
	return bounds && fact && ra_api_with(fact->row, RA_EFFECT_TIMEOUT) ? fact : NULL;
}

const struct ra_fact *ra_tree_scope(const struct ra_facts *facts, const struct ra_node *node,
				    bool bounds, const struct ra_node **with)
{
	for (*with = ra_tree_around(node, RA_N_WITH); *with;
	     *with = ra_tree_around(*with, RA_N_WITH)) {
		const struct ra_node *item = (*with)->kids;

		for (; item && item->kind == RA_N_ITEM; item = item->next) {
			const struct ra_fact *fact = scope_of_item(facts, item, bounds);

			if (fact && !ra_tree_inside(node, item))
				return fact;
		}
	}
	return NULL;
}

/* Can control come out of the block below, to what stands after it? */
static bool can_pass(const struct ra_shape *shape, const struct ra_node *block)
{
	return shape->blocks.v[block->block].exits & (RA_X_FALLS | RA_X_BREAK | RA_X_CONTINUE);
}

bool ra_tree_follows(const struct ra_shape *shape, const struct ra_node *node,
		     const struct ra_node *before)
{
	if (node->first <= before->last)
		return false;
	while (before && !ra_tree_inside(node, before)) {
		if (before->kind == RA_N_BLOCK && !can_pass(shape, before))
			return false;
		before = before->up;
	}
	return before && before->kind == RA_N_BLOCK;
}

static bool only_written(const struct ra_node *name)
{
	const struct ra_node *up = name->up;

	return up->kind == RA_N_DELETE || up->kind == RA_N_GLOBAL || up->kind == RA_N_NONLOCAL ||
	       (up->kind == RA_N_ASSIGN && !(up->flags & RA_F_AUGMENT) && name->next);
}

const struct ra_node *ra_tree_read(const struct ra_node *root, struct ra_str name,
				   const struct ra_node *but)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(root, at, true)) != NULL)
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, name) && !only_written(at) &&
		    !(but && ra_tree_inside(at, but)))
			return at;
	return NULL;
}

const struct ra_node *ra_tree_keyword(const struct ra_node *call, struct ra_str name)
{
	const struct ra_node *arg = call->kids ? call->kids->next : NULL;

	for (; arg; arg = arg->next)
		if (arg->kind == RA_N_KEYWORD && ra_str_eq(arg->text, name))
			return arg->kids;
	return NULL;
}

/* The entry of an object literal. */
static const struct ra_node *entry_of(const struct ra_node *object, struct ra_str name, bool *open)
{
	for (const struct ra_node *kid = object->kids; kid; kid = kid->next) {
		if (kid->kind == RA_N_PAIR && kid->kids->kind == RA_N_NAME &&
		    ra_str_eq(kid->kids->text, name))
			return kid->kids->next;
		*open |= kid->kind == RA_N_DOUBLESTAR;
	}
	return NULL;
}

const struct ra_node *ra_tree_option(const struct ra_node *call, struct ra_str name, bool *open)
{
	const struct ra_node *arg = call->kids ? call->kids->next : NULL, *found = NULL;
	bool first = true;

	*open = false;
	for (; arg && !found; arg = arg->next, first = false) {
		const struct ra_node *value = arg;

		while (value->kind == RA_N_CAST)
			value = value->kids;
		if (value->kind == RA_N_DICT)
			found = entry_of(value, name, open);
		else if (value->kind == RA_N_KEYWORD && ra_str_eq(value->text, name))
			found = value->kids;
		else if (value->kind == RA_N_STAR || value->kind == RA_N_DOUBLESTAR ||
			 (!first && value->kind != RA_N_STRING && value->kind != RA_N_LITERAL &&
			  value->kind != RA_N_LAMBDA && value->kind != RA_N_KEYWORD))
			*open = true;
	}
	return found;
}

/* The last assignment under `root` that gives the name a value; their number. */
static unsigned assignments(const struct ra_node *root, struct ra_str name,
			    const struct ra_node **value)
{
	const struct ra_node *at = NULL, *target;
	unsigned n = 0;

	while ((at = ra_node_walk(root, at, true)) != NULL) {
		target = at->kind == RA_N_ASSIGN ? at->kids : NULL;
		if (target && target->kind == RA_N_ANNOTATION)
			target = target->next;
		if (!target || target->kind != RA_N_NAME || !target->next ||
		    !ra_str_eq(target->text, name))
			continue;
		*value = target->next;
		n++;
	}
	return n;
}

/* Is the name, or a pattern with it, what the node binds? */
static bool binds(const struct ra_node *target, struct ra_str name)
{
	const struct ra_node *at = NULL;

	if (target->kind == RA_N_MEMBER || target->kind == RA_N_INDEX)
		return false;
	while ((at = ra_node_walk(target, at, false)) != NULL)
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, name))
			return true;
	return false;
}

static bool has_param(const struct ra_node *function, struct ra_str name)
{
	for (const struct ra_node *kid = function->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM && (ra_str_eq(kid->text, name) || binds(kid, name)))
			return true;
	return false;
}

bool ra_tree_binds(const struct ra_node *at, struct ra_str name)
{
	switch (at->kind) {
	case RA_N_ASSIGN:
		for (const struct ra_node *kid = at->kids; kid && kid->next; kid = kid->next)
			if (kid->kind != RA_N_ANNOTATION && binds(kid, name))
				return true;
		return false;
	case RA_N_FOR:
		return at->kids && binds(at->kids, name);
	case RA_N_HANDLER: case RA_N_FUNCTION: case RA_N_CLASS:
		return ra_str_eq(at->text, name);
	default:
		return false;
	}
}

bool ra_tree_is_declared(const struct ra_facts *facts, const struct ra_node *name)
{
	uint32_t unit = name->unit;

	for (size_t i = 0; i < facts->imports.n; i++)
		if (ra_str_eq(facts->imports.v[i].local, name->text))
			return false;
	for (;; unit = facts->shape->units.v[unit].up) {
		const struct ra_node *root = facts->shape->units.v[unit].node, *at = NULL;

		if (has_param(root, name->text))
			return true;
		while ((at = ra_node_walk(root, at, false)) != NULL)
			if (ra_tree_binds(at, name->text))
				return true;
		if (!unit)
			return false;
	}
}

const struct ra_node *ra_tree_initial(const struct ra_facts *facts, const struct ra_node *name)
{
	const struct ra_shape *shape = facts->shape;
	uint32_t unit = name->unit;
	const struct ra_node *value = NULL;

	for (;;) {
		const struct ra_node *root = shape->units.v[unit].node;
		unsigned n = assignments(root, name->text, &value);

		if (n)
			return n == 1 ? value : NULL;
		if (!unit || has_param(root, name->text))
			return NULL;
		unit = shape->units.v[unit].up;
	}
}

bool ra_tree_method_has(const struct ra_facts *facts, const struct ra_fact *call,
			enum ra_effect effect)
{
	return ra_api_with(ra_api_method(facts->api, (enum ra_kind)call->receiver_kind,
					 ra_tree_last_word(call->node)), effect);
}

struct ra_str ra_tree_last_word(const struct ra_node *node)
{
	if (node && node->kind == RA_N_CALL)
		node = node->kids;
	if (node && (node->kind == RA_N_NAME || node->kind == RA_N_MEMBER))
		return node->text;
	return RA_STR("");
}

bool ra_tree_excused(const struct ra_detection *d, const struct ra_node *node, const char *param)
{
	const struct ra_tokens *tokens = d->facts->shape->tokens;
	uint32_t line = ra_node_line(d->facts->shape, node);

	for (size_t i = 0; i < tokens->comments.n && tokens->comments.v[i].line <= line; i++) {
		const struct ra_comment *comment = &tokens->comments.v[i];
		struct ra_str words = ra_card_param(d->card, param), word, text;

		if (comment->line + 1 < line || (comment->line != line && !comment->own_line))
			continue;
		text = ra_str_n(tokens->source->text.ptr + comment->at, comment->len);
		while (ra_str_cut(&words, ' ', &word))
			if (word.len && ra_str_find(text, word) >= 0)
				return true;
	}
	return false;
}

static bool in_folder(const struct ra_facts *facts, uint32_t line, const char *const *folders,
		      size_t n)
{
	struct ra_str path = ra_source_part(facts->source, line)->path, folder, word;

	while (ra_str_cut(&path, '/', &folder) && path.len)
		while (ra_str_cut(&folder, '-', &word))
			for (size_t i = 0; i < n; i++)
				if (ra_str_is(word, folders[i]))
					return true;
	return false;
}

bool ra_tree_is_example(const struct ra_facts *facts, uint32_t line)
{
	static const char *const folders[] = {
		"examples", "example", "dev", "docs", "doc", "benchmarks", "benchmark", "bench", "demo",
		"demos", "samples", "sample", "playground", "sandbox", "tutorial", "tutorials",
	};

	return in_folder(facts, line, folders, sizeof(folders) / sizeof(*folders));
}

bool ra_tree_is_tool(const struct ra_facts *facts, uint32_t line)
{
	static const char *const folders[] = {
		"bin", "cli", "cmd", "command", "commands", "release", "script", "scripts",
	};
	struct ra_str text = facts->source->text;

	if (ra_str_starts(text, RA_STR("#!")))
		return true; /* whoever starts it waits for it alone */

	return in_folder(facts, line, folders, sizeof(folders) / sizeof(*folders));
}

/* Does a statement of the module give something to other files: an export, `exports.x = ..`? */
static bool gives(const struct ra_node *module)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(module, at, false)) != NULL)
		if (at->kind == RA_N_EXPORT || (at->flags & RA_F_EXPORT) ||
		    ((at->kind == RA_N_NAME || at->kind == RA_N_MEMBER) &&
		     ra_str_is(at->text, "exports")))
			return true;
	return false;
}

/* Called by the module's body, or by what only that calls. */
static bool is_called_at_start(const struct ra_facts *facts, uint32_t unit, unsigned depth)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	if (!unit)
		return true;
	if (!depth || !u->n_callers || u->spawned || (u->escapes && u->n_callers == 0) ||
	    u->self.strength == RA_TOGETHER_HANDLER)
		return false;
	for (uint32_t i = 0; i < u->n_callers; i++)
		if (!is_called_at_start(facts, ra_fact(facts, u->callers[i])->unit, depth - 1))
			return false;
	return true;
}

bool ra_tree_is_script(const struct ra_facts *facts, uint32_t unit)
{
	enum { DEPTH = 6 };
	const struct ra_shape *shape = facts->shape;

	return shape->tokens->language->marks_exports && !gives(shape->root) &&
	       is_called_at_start(facts, unit, DEPTH);
}

/* Run to its end by plain code, or by a scheduler that a decorator gives it, while the other tasks
 * are on other threads: it has its thread to itself. */
static bool has_the_thread(const struct ra_facts *facts, const struct ra_unit_facts *unit)
{
	if (!(unit->runtimes & RA_RT_PARALLEL))
		return false;
	for (uint32_t i = 0; i < unit->n_callers; i++) {
		const struct ra_fact *call = ra_fact(facts, unit->callers[i]);

		if (call->kind != RA_FACT_CALL || facts->units[call->unit].is_async ||
		    !ra_api_with(call->row, RA_EFFECT_INLINE) ||
		    !ra_api_with(call->row, RA_EFFECT_BLOCK))
			return false;
	}
	return unit->n_callers || unit->own_scheduler;
}

/* A plain function that the loop calls: a callback, a protocol's method; for requests, where there is
 * no thread but that of the loop. What listens by a name that many things have may listen to the
 * end of the process. */
static bool is_callback(const struct ra_facts *facts, const struct ra_unit_facts *u)
{
	const struct ra_fact *start = u->self.fact == RA_NONE ? NULL : ra_fact(facts, u->self.fact);

	if (u->self.strength != RA_TOGETHER_HANDLER || u->self.preemptive || u->in_thread)
		return false;
	if (u->served && facts->shape->tokens->language->promises)
		return !start || *start->row->name.ptr != '*';
	return start && start->receiver_kind == RA_KIND_LOOP;
}

bool ra_tree_on_loop(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	return (u->is_async && !has_the_thread(facts, u)) || is_callback(facts, u);
}

/* The last word of what a name was imported as; the name itself when it was not imported. */
static struct ra_str imported_as(const struct ra_facts *facts, struct ra_str name)
{
	for (size_t i = 0; i < facts->imports.n; i++) {
		struct ra_str rest = facts->imports.v[i].full, word = name;

		if (!ra_str_eq(facts->imports.v[i].local, name))
			continue;
		while (ra_str_cut(&rest, '.', &word))
			;
		return word;
	}
	return name;
}

bool ra_tree_decorated(const struct ra_detection *d, uint32_t unit, const char *param)
{
	const struct ra_node *kid = d->facts->shape->units.v[unit].node->kids;

	for (; kid; kid = kid->next) {
		struct ra_str word;

		if (kid->kind != RA_N_DECORATOR)
			continue;
		word = imported_as(d->facts, ra_tree_last_word(kid->kids));
		if (ra_card_has(d->card, param, ra_cstr(d->arena, word)))
			return true;
	}
	return false;
}
