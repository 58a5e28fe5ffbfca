/*
 * dropped-task: a spawn whose handle nobody keeps, joins or watches.
 *
 *     flush()    spawned, handle dropped
 *     t = flush()    spawned, bound to t; no read of t follows
 *     [flush(x) for x in xs]    as a statement: the list is thrown away
 *     gather(flush(), load())    as a statement
 *     pending.add(flush())    pending is a local that only ever takes
 *     call_soon(spawn, flush())    given to a runtime that ignores it
 *     done, left = wait({flush(), ..}, first)    `leaves`: who waits for some only, and does not look
 *                                                at `left`
 *
 * Such a task can be collected while it waits, its exception has no reader, and nothing can stop
 * it. Where a runtime keeps its tasks itself, less is lost with the handle, and `lost` says what
 * counts: the `failure` of a task that can fail, the `end` of one that has none of its own. Sure
 * where the value goes nowhere; silent once the handle is passed on, stored, returned, or spawned
 * into a scope that joins it. A unit of the file that only hands its caller the handle counts as
 * the spawn.
 */
#include "core/races/tree.h"

struct loss {
	const struct ra_fact *at;      /* where the handle is lost */
	const struct ra_fact *spawn;   /* the spawn itself; `at` unless a unit stands between */
	const struct ra_api_row *row;
	const struct ra_node *task;    /* what is spawned, as written, or NULL */
	struct ra_str how;             /* in words */
};

/* Does the spawning unit give the handle to its caller, and keep none itself? */
static bool only_returned(const struct ra_facts *facts, const struct ra_fact *spawn)
{
	const struct ra_node *unit = facts->shape->units.v[spawn->unit].node, *at = NULL;
	bool returned = spawn->how == RA_USE_RETURNED;

	if (spawn->how != RA_USE_BOUND || !spawn->bound.len)
		return returned;
	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || !ra_str_eq(at->text, spawn->bound) ||
		    (at->up->kind == RA_N_ASSIGN && at->next))
			continue;
		if (at->up->kind != RA_N_RETURN)
			return false;
		returned = true;
	}
	return returned;
}

/* The spawn whose handle `fact` yields: itself, or the one that the called unit returns. */
static const struct ra_fact *spawn_behind(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_unit_facts *unit;

	if (fact->kind == RA_FACT_SPAWN)
		return fact;
	if (fact->kind == RA_FACT_CALL && ra_api_with(fact->row, RA_EFFECT_GATHER))
		return fact;
	if (fact->kind != RA_FACT_CALL || fact->callee == RA_NONE)
		return NULL;
	unit = &facts->units[fact->callee];
	if (unit->is_async || !ra_tree_pairs(facts, fact->callee))
		return NULL;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *inner = ra_fact(facts, unit->first + i);

		if (inner->kind == RA_FACT_SPAWN && only_returned(facts, inner))
			return inner;
	}
	return NULL;
}

/* `pending.add(<here>)` where all that the unit does with the local `pending` is to add to it. */
static bool only_collected(const struct ra_facts *facts, const struct ra_fact *fact,
			   struct ra_str *into)
{
	const struct ra_node *call = fact->node->up, *base, *at = NULL;
	const struct ra_node *unit = facts->shape->units.v[fact->unit].node;
	unsigned made_here = 0;

	if (call->kind != RA_N_CALL || call->kids->kind != RA_N_MEMBER || call->kids == fact->node)
		return false;
	base = call->kids->kids;
	if (base->kind != RA_N_NAME)
		return false;
	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || !ra_str_eq(at->text, base->text))
			continue;
		if (at->up->kind == RA_N_ASSIGN && at == at->up->kids && at->unit == fact->unit)
			made_here++;
		else if (at->up->kind != RA_N_MEMBER ||
			 !ra_str_eq(at->up->text, call->kids->text))
			return false;
	}
	*into = base->text;
	return made_here == 1;
}

/* A lambda that hands the handle to a runtime which drops what its callbacks return. */
static bool returned_to_runtime(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *lambda = facts->shape->units.v[fact->unit].node, *call = lambda->up;
	uint32_t of;

	if (fact->how != RA_USE_RETURNED || lambda->kind != RA_N_LAMBDA || call->kind != RA_N_CALL)
		return false;
	of = ra_fact_of_node(facts, call);
	return of != RA_NONE && ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_HANDLER);
}

/* Is the name that takes the handle one of the unit itself, and never read? */
static bool is_unread(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *unit = facts->shape->units.v[fact->unit].node, *at = NULL;

	if (fact->how != RA_USE_BOUND || !fact->bound.len || unit->kind == RA_N_MODULE)
		return false;
	while ((at = ra_node_walk(unit, at, true)) != NULL)
		if ((at->kind == RA_N_NONLOCAL || at->kind == RA_N_GLOBAL ||
		     at->kind == RA_N_UNKNOWN) && /* a macro may read it in its own way */
		    ra_str_has_word(ra_node_text(facts->shape, at), fact->bound))
			return false;
	return !ra_tree_read(unit, fact->bound, NULL);
}

/* The only other mention of the local, or the spawn itself where it is bound to none; NULL. */
static const struct ra_node *only_use(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *unit = facts->shape->units.v[fact->unit].node, *at = NULL, *use = NULL;

	if (fact->how != RA_USE_BOUND || !fact->bound.len)
		return fact->node;
	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || !ra_str_eq(at->text, fact->bound) ||
		    (at->up->kind == RA_N_ASSIGN && at->next))
			continue;
		if (use)
			return NULL;
		use = at;
	}
	return use;
}

/* Is the call told to come back before all that it is given have ended? */
static bool leaves_some(const struct ra_detection *d, const struct ra_node *call)
{
	for (const struct ra_node *arg = call->kids->next; arg; arg = arg->next)
		if (arg->kind == RA_N_KEYWORD &&
		    ra_card_has(d->card, "leaves_by", ra_cstr(d->arena, arg->text)) &&
		    !(arg->kids->kind == RA_N_LITERAL && arg->kids->word == RA_W_NULL) &&
		    !ra_card_has(d->card, "leaves_none",
				 ra_cstr(d->arena, ra_tree_last_word(arg->kids))))
			return true;
	return false;
}

/* One of several that are waited for until some have ended: those that are left nobody looks at. */
static bool left_pending(const struct ra_detection *d, const struct ra_fact *fact)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *use = only_use(facts, fact), *call, *statement, *target;
	uint32_t of;

	if (!ra_card_param(d->card, "leaves").len || !use ||
	    (use->up->kind != RA_N_LIST && use->up->kind != RA_N_SET &&
	     use->up->kind != RA_N_TUPLE))
		return false;
	call = use->up->up;
	of = call && call->kind == RA_N_CALL ? ra_fact_of_node(facts, call) : RA_NONE;
	if (of == RA_NONE ||
	    !ra_card_has(d->card, "leaves", ra_cstr(d->arena, ra_fact(facts, of)->name)) ||
	    !leaves_some(d, call) || call->up->kind != RA_N_AWAIT)
		return false;
	statement = call->up->up;
	if (statement->kind == RA_N_EXPRESSION)
		return true;
	target = statement->kind == RA_N_ASSIGN ? statement->kids : NULL;
	if (!target || target->kind != RA_N_TUPLE || ra_node_count(target) != 2)
		return false;
	target = target->kids->next;
	return target->kind == RA_N_NAME &&
	       !ra_tree_read(facts->shape->units.v[fact->unit].node, target->text, target->up);
}

static bool is_lost(struct ra_detection *d, const struct ra_fact *fact, struct ra_str *how)
{
	const struct ra_facts *facts = d->facts;
	struct ra_str into;

	if (fact->how == RA_USE_DROPPED)
		*how = RA_STR("dropped");
	else if (!ra_tree_pairs(facts, fact->unit))
		return false;
	else if (is_unread(facts, fact))
		*how = ra_printf(d->arena, "bound to `%.*s`, which nothing reads",
				 RA_FMT(fact->bound));
	else if (only_collected(facts, fact, &into))
		*how = ra_printf(d->arena, "added to the local `%.*s`, which ends with the call",
				 RA_FMT(into));
	else if (left_pending(d, fact))
		*how = RA_STR("left by a wait that comes back before it has ended");
	else if (returned_to_runtime(facts, fact))
		*how = RA_STR("returned to a caller that ignores it");
	else
		return false;
	return true;
}

static const struct ra_fact *first_switch(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->kind == RA_FACT_CHECKPOINT && !(fact->flags & RA_FACT_NO_SWITCH))
			return fact;
	}
	return NULL;
}

/* The unit that the task runs, as the spawn or the coroutine call in its operand names it. */
static uint32_t spawned_unit(const struct ra_facts *facts, const struct ra_fact *spawn,
			     const struct ra_node *operand)
{
	uint32_t inner = operand ? ra_fact_of_node(facts, operand) : RA_NONE;

	if (spawn->kind == RA_FACT_SPAWN && spawn->callee != RA_NONE)
		return spawn->callee;
	return inner == RA_NONE ? RA_NONE : ra_fact(facts, inner)->callee;
}

static void report(struct ra_detection *d, const struct loss *loss)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_shape *shape = facts->shape;
	uint32_t unit = spawned_unit(facts, loss->spawn, loss->task);
	const struct ra_fact *sw = unit == RA_NONE ? NULL : first_switch(facts, unit);
	struct ra_str task = unit != RA_NONE ? shape->units.v[unit].qualified :
			     ra_tree_last_word(loss->task);
	struct ra_candidate *c = ra_candidate_at(d, loss->at, task);

	if (!c)
		return;
	if (!task.len)
		task = RA_STR("the task");
	ra_candidate_var(d, c, "task", "%.*s", RA_FMT(task));
	ra_candidate_var(d, c, "how", "%.*s", RA_FMT(loss->how));
	ra_candidate_var(d, c, "spawn", "%.*s", RA_FMT(loss->at->name));
	ra_candidate_event(d, c, "spawn", loss->at, "the handle is %.*s", RA_FMT(loss->how));
	ra_candidate_step(d, c, "Task A", loss->at->line, true,
			  "starts `%.*s`; the handle is %.*s", RA_FMT(task), RA_FMT(loss->how));
	if (sw) {
		struct ra_str words = ra_fact_words(d->arena, facts, sw);

		ra_candidate_event(d, c, "switch", sw, "the task waits here, held by no reference");
		ra_candidate_step(d, c, "Task B", sw->line, true, "`%.*s` %.*s and is suspended",
				  RA_FMT(task), RA_FMT(words));
	} else {
		ra_candidate_step(d, c, "Task B", 0, true, "`%.*s` runs when A switches",
				  RA_FMT(task));
	}
	ra_candidate_step(d, c, "Task A", loss->at->line, true, "goes on, and keeps no reference");
	c->question |= facts->units[loss->at->unit].test;
}

/* `call_soon(create_task, flush())`: the spawn itself is registered as a callback. */
static const struct ra_api_row *registered_spawn(struct ra_detection *d, const struct ra_fact *call)
{
	const struct ra_api_row *handler = ra_api_with(call->row, RA_EFFECT_HANDLER), *row;
	const struct ra_node *operand;

	if (!handler || call->kind != RA_FACT_CALL || call->node->kind != RA_N_CALL)
		return NULL;
	operand = ra_api_operand(handler, call->node);
	row = operand ? ra_api_find(d->facts->api, ra_node_dotted(d->arena, operand)) : NULL;
	if (!row && operand && operand->kind == RA_N_MEMBER)
		row = ra_api_method(d->facts->api, RA_KIND_UNKNOWN, operand->text);
	return ra_api_with(row, RA_EFFECT_SPAWN);
}

static const struct ra_api_row *row_of_spawn(const struct ra_fact *spawn)
{
	const struct ra_api_row *row = ra_api_with(spawn->row, RA_EFFECT_SPAWN);

	return row ? row : ra_api_with(spawn->row, RA_EFFECT_GATHER);
}

/* What is lost with the handle: of a gathering, the tasks in it. */
static const char *handle_of(const struct ra_api_row *row)
{
	return row->effect == RA_EFFECT_GATHER && row->kind == RA_KIND_FUTURE ?
	       ra_kind_name(RA_KIND_TASK) : ra_kind_name(row->kind);
}

/* Does a call of the chain that makes the task take its failure: `run().unwrap_or_else(log)`? */
static bool takes_failure(const struct ra_facts *facts, const struct ra_node *task)
{
	while (task && task->kind == RA_N_CALL && task->kids->kind == RA_N_MEMBER) {
		uint32_t of = ra_fact_of_node(facts, task);

		if (of != RA_NONE && ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_RESCUE))
			return true;
		task = task->kids->kids;
	}
	return false;
}

/* Where a handle that is dropped lets the task run on, what is lost is its failure, or its end. */
static bool loses_what_counts(const struct ra_detection *d, const struct loss *loss)
{
	uint32_t unit = spawned_unit(d->facts, loss->spawn, loss->task);

	if (!ra_card_param(d->card, "lost").len)
		return true;
	if (unit == RA_NONE)
		return false;
	return (ra_card_has(d->card, "lost", "failure") && d->facts->units[unit].fails &&
		!takes_failure(d->facts, loss->task)) ||
	       (ra_card_has(d->card, "lost", "end") && d->facts->units[unit].endless);
}

/* The call that is worth the handle: `spawn(..).unwrap()` passes on what the spawn made. */
static const struct ra_fact *value_of_handle(const struct ra_facts *facts, const struct ra_fact *at)
{
	const struct ra_node *up = at->node->up;
	uint32_t of;

	while (at->how == RA_USE_OPERAND && up && up->kind == RA_N_MEMBER && up->up &&
	       up->up->kind == RA_N_CALL && up->up->kids == up) {
		of = ra_fact_of_node(facts, up->up);
		if (of == RA_NONE || !ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_SAME))
			break;
		at = ra_fact(facts, of);
		up = at->node->up;
	}
	return at;
}

static bool find(struct ra_detection *d, struct loss *loss)
{
	const struct ra_fact *at = loss->at;
	bool registered;

	loss->row = registered_spawn(d, at);
	registered = loss->row != NULL;
	loss->spawn = registered ? at : spawn_behind(d->facts, at);
	if (!registered && loss->spawn)
		loss->row = row_of_spawn(loss->spawn);
	if (!loss->row || (loss->row->flags & RA_API_KEEPS) ||
	    !ra_card_has(d->card, "handles", handle_of(loss->row)))
		return false;
	loss->how = RA_STR("given to a caller that ignores it");
	if (!registered)
		loss->task = ra_api_operand(loss->row, loss->spawn->node);
	else if (at->node->kids->next)
		loss->task = at->node->kids->next->next;
	return loses_what_counts(d, loss) &&
	       (registered || is_lost(d, value_of_handle(d->facts, at), &loss->how));
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct loss loss = { .at = ra_fact(d->facts, (uint32_t)i) };

		if (!(loss.at->flags & RA_FACT_INLINED) && find(d, &loss))
			report(d, &loss);
	}
}

const struct ra_detector ra_detect_dropped_task = {
	.name = "dropped-task",
	.help = "a spawned task or job whose handle is dropped or never read",
	.params = "handles lost leaves leaves_by leaves_none",
	.vars = "task how spawn",
	.run = run,
};
