/*
 * scope-escape: a task uses a resource and can outlive the `with` that closes it.
 *
 *     with R as r:
 *         spawn u(r)    not joined in the body; the spawn's own scope is not inside it
 *
 *     with scope as s:
 *         with R as r:
 *             s.spawn(u, r)    the scope joins u only after r is closed
 *
 *     with R as r:
 *         return u(r)    u is a coroutine or generator: its body runs after r is closed
 *
 * The task uses r when its call or the function it runs names r. Silent when the handle, or
 * whatever takes it, is awaited or joined before the body ends, when it is stored where others may
 * join it, and when r is a scope or a bound in time itself.
 */
#include "core/races/tree.h"

struct escape {
	const struct ra_fact *at;              /* the spawn, or the return */
	const struct ra_node *with, *item;     /* the `with` item that opens ... */
	struct ra_str name;                    /* ... what the task uses */
	uint32_t task;                         /* unit that runs later, or RA_NONE */
};

static bool is_bound_or_scope(const struct ra_facts *facts, const struct ra_node *context)
{
	const struct ra_node *call = context->kind == RA_N_AWAIT ? context->kids : context;
	uint32_t index = call && call->kind == RA_N_CALL ? ra_fact_of_node(facts, call) : RA_NONE;
	const struct ra_fact *fact = index == RA_NONE ? NULL : ra_fact(facts, index);
	const struct ra_api_row *made;

	if (!fact || !fact->row)
		return false;
	made = ra_api_with(fact->row, RA_EFFECT_NEW);
	return ra_api_with(fact->row, RA_EFFECT_TIMEOUT) ||
	       ra_api_with(fact->row, RA_EFFECT_SHIELD) ||
	       (made && (made->kind == RA_KIND_SCOPE || made->kind == RA_KIND_LOCK ||
			 made->kind == RA_KIND_SEMAPHORE || made->kind == RA_KIND_EXECUTOR));
}

/* The object itself or a method of it, and not a value that is read off it on the spot. */
static bool is_handed_over(const struct ra_node *use, const struct ra_fact *spawn)
{
	const struct ra_node *member = use->up;

	while (member->kind == RA_N_MEMBER && member->up->kind == RA_N_MEMBER)
		member = member->up;
	return member->kind != RA_N_MEMBER || member->up == spawn->node ||
	       (member->up->kind == RA_N_CALL && member->up->kids == member);
}

/* Does the spawned call, or the function of this file it runs, use what `name` holds? */
static bool task_uses(const struct ra_facts *facts, const struct ra_fact *spawn, struct ra_str name)
{
	const struct ra_node *arg = spawn->node->kids ? spawn->node->kids->next : NULL;
	const struct ra_shape *shape = facts->shape;
	const struct ra_unit *unit;

	for (; arg; arg = arg->next) {
		const struct ra_node *use = ra_tree_read(arg, name, NULL);

		if (use && is_handed_over(use, spawn))
			return true;
	}
	if (spawn->callee == RA_NONE)
		return false;
	unit = &shape->units.v[spawn->callee];
	return unit->up == spawn->unit && ra_tree_read(unit->node, name, NULL);
}

/* Is the name of the scope that spawns bound by a `with` inside `with`, or by itself? */
static bool scope_is_inside(const struct ra_fact *spawn, const struct ra_node *with)
{
	const struct ra_node *callee = spawn->node->kids, *around;

	if (callee->kind != RA_N_MEMBER || callee->kids->kind != RA_N_NAME)
		return false;
	for (around = ra_tree_around(spawn->node, RA_N_WITH); around;
	     around = ra_tree_around(around, RA_N_WITH)) {
		const struct ra_node *item = around->kids;

		for (; item && item->kind == RA_N_ITEM; item = item->next)
			if (item->kids->next &&
			    ra_str_eq(item->kids->next->text, callee->kids->text))
				return ra_tree_inside(around, with);
	}
	return false;
}

/* Is the handle awaited, joined or given to someone in the body, after the spawn? */
static bool kept_or_joined(const struct ra_fact *spawn, const struct ra_node *with)
{
	const struct ra_node *at = NULL, *statement = spawn->statement;

	if (spawn->how == RA_USE_DROPPED)
		return false;
	if (spawn->how != RA_USE_BOUND)
		return true;
	while ((at = ra_node_walk(with, at, true)) != NULL)
		if (at->kind == RA_N_NAME && at->first > statement->last &&
		    ra_str_eq(at->text, spawn->bound))
			return true;
	return false;
}

/* The next `with` item outwards that opens something under a name of its own. */
static bool next_item(const struct ra_facts *facts, struct escape *e)
{
	const struct ra_node *node = e->at->node;

	for (;;) {
		if (e->item)
			e->item = e->item->next;
		if (!e->item || e->item->kind != RA_N_ITEM) {
			e->with = ra_tree_around(e->with ? e->with : node, RA_N_WITH);
			if (!e->with)
				return false;
			e->item = e->with->kids;
		}
		if (!e->item->kids->next || e->item->kids->next->kind != RA_N_NAME ||
		    ra_tree_inside(node, e->item) || is_bound_or_scope(facts, e->item->kids))
			continue;
		e->name = e->item->kids->next->text;
		return true;
	}
}

static bool find_spawn(const struct ra_facts *facts, struct escape *e)
{
	const struct ra_api_row *row = ra_api_with(e->at->row, RA_EFFECT_SPAWN);

	e->task = e->at->callee;
	while (next_item(facts, e)) {
		if (!task_uses(facts, e->at, e->name))
			continue;
		if (row->flags & RA_API_KEEPS)
			return !scope_is_inside(e->at, e->with);
		return !kept_or_joined(e->at, e->with);
	}
	return false;
}

/* Is what is returned work that has not begun: a generator expression, a coroutine, a generator? */
static bool is_deferred(const struct ra_facts *facts, const struct ra_node *value, uint32_t *task)
{
	uint32_t index;

	*task = RA_NONE;
	if (value->kind == RA_N_COMPREHENSION)
		return value->word == RA_O_LPAREN;
	index = value->kind == RA_N_CALL ? ra_fact_of_node(facts, value) : RA_NONE;
	if (index == RA_NONE || ra_fact(facts, index)->kind != RA_FACT_CALL)
		return false;
	*task = ra_fact(facts, index)->callee;
	return *task != RA_NONE &&
	       (facts->shape->units.v[*task].flags & (RA_U_ASYNC | RA_U_GENERATOR)) &&
	       !ra_node_find(facts->shape->units.v[*task].node, RA_N_DECORATOR);
}

static bool find_return(const struct ra_facts *facts, struct escape *e)
{
	const struct ra_node *value = e->at->node->kids;

	if (e->at->node->kind != RA_N_RETURN || !value || !is_deferred(facts, value, &e->task))
		return false;
	while (next_item(facts, e))
		if (ra_tree_read(value, e->name, NULL))
			return true;
	return false;
}

/* By its row, and it is given something to run. */
static bool starts_task(const struct ra_fact *spawn)
{
	const struct ra_api_row *row = ra_api_with(spawn->row, RA_EFFECT_SPAWN);

	return row && ra_api_operand(row, spawn->node);
}

static void report(struct ra_detection *d, const struct escape *e, const char *how)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_str opens = ra_node_text(shape, e->item->kids);
	struct ra_candidate *c = ra_candidate_at(d, e->at, e->name);
	uint32_t opened = ra_node_line(shape, e->item), closed = ra_node_end_line(shape, e->with);

	if (!c)
		return;
	c->question |= d->facts->units[e->at->unit].test;
	ra_candidate_var(d, c, "resource", "%.*s", RA_FMT(e->name));
	ra_candidate_line(d, c, "opened", opened);
	ra_candidate_var(d, c, "how", "%s", how);
	ra_candidate_event(d, c, "spawn", e->at, "%s uses `%.*s`", how, RA_FMT(e->name));
	ra_candidate_step(d, c, "Task A", opened, false, "opens `%.*s` as `%.*s`", RA_FMT(opens),
			  RA_FMT(e->name));
	ra_candidate_step(d, c, "Task A", e->at->line, true, "%s uses `%.*s`", how,
			  RA_FMT(e->name));
	ra_candidate_step(d, c, "Task A", closed, true,
			  "leaves the body without waiting for it: `%.*s` is closed",
			  RA_FMT(e->name));
	ra_candidate_step(d, c, "Task B",
			  e->task == RA_NONE ? e->at->line : shape->units.v[e->task].line, true,
			  "goes on to use `%.*s`", RA_FMT(e->name));
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct escape e = { .at = ra_fact(d->facts, (uint32_t)i) };

		if ((e.at->flags & RA_FACT_INLINED) || !ra_tree_pairs(d->facts, e.at->unit))
			continue;
		if (e.at->kind == RA_FACT_SPAWN && e.at->node->kind == RA_N_CALL &&
		    starts_task(e.at) && find_spawn(d->facts, &e))
			report(d, &e, "the task started here");
		if (e.at->kind == RA_FACT_LEAVE && find_return(d->facts, &e))
			report(d, &e, "what is returned here has not begun and");
	}
}

const struct ra_detector ra_detect_scope_escape = {
	.name = "scope-escape",
	.help = "a task that can outlive the `with` that closes what it uses",
	.params = "",
	.vars = "resource opened how",
	.run = run,
};
