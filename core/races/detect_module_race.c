/*
 * module-race: a variable of the module that two tasks use at the same time, one of them to write
 * it, with nothing that orders the two.
 *
 *     unit m:  spawn p .. spawn q       p comes to `write S`, q to `use S`, by whatever calls and
 *                                       spawns; m does not wait for p before it starts q
 *     unit m:  spawn p .. use S         the same against what m itself does behind the spawn
 *     unit m:  loop: spawn p            p against p
 *     handler h: write S, handler k: use S
 *                                       a server runs each for every request (h may be k); S is a
 *                                       variable of the module, or a field of the object whose
 *                                       methods they are
 *
 * The last is `shape = served`, the others are for cards without a shape.
 *
 * That two units could be called by two tasks is no evidence: one unit has to start both, or a
 * server to run both. Silent under a common lock, where both are atomic, and for what is done once.
 */
#include "core/races/joins.h"

enum { ROOTS_MAX = 32, USES_MAX = 48 };

/* The spawns that an access lies behind, by calls and further spawns. */
struct roots {
	uint32_t v[ROOTS_MAX];
	unsigned n;
};

struct use {
	const struct ra_fact *fact;
	struct roots roots;
};

struct look {
	struct ra_detection *d;
	const struct ra_facts *facts;
	const struct ra_state *state;
	RA_VEC(struct use) uses;
	bool *seen;                     /* by unit, while roots are looked for */
};

static bool is_module(const struct ra_state *state)
{
	return state->scope == RA_SCOPE_MODULE;
}

static bool by_server(const struct look *look)
{
	return ra_card_has(look->d->card, "shape", "served");
}

static bool is_storage(const struct look *look)
{
	const struct ra_state *state = look->state;

	return (is_module(state) || (by_server(look) && state->scope == RA_SCOPE_INSTANCE)) &&
	       !state->constant &&
	       ra_kind_is_data(state->kind);
}

/* -- where accesses come from ---------------------------------------------------------------- */

/* False when it runs once for all, so that nobody meets it. */
static bool climb(struct look *look, uint32_t unit, struct roots *roots)
{
	const struct ra_unit_facts *u = &look->facts->units[unit];

	if (look->seen[unit])
		return true;
	look->seen[unit] = true;
	for (uint32_t i = 0; i < u->n_callers && ra_facts_step(look->facts); i++) {
		const struct ra_fact *call = ra_fact(look->facts, u->callers[i]);

		if (ra_call_runs_once(look->facts, call->index) || (call->flags & RA_FACT_DEFERRED))
			return false;
		if (call->kind == RA_FACT_SPAWN && roots->n < ROOTS_MAX)
			roots->v[roots->n++] = call->index;
		if (!climb(look, call->unit, roots))
			return false;
	}
	return true;
}

static void collect(struct look *look)
{
	const struct ra_fact *fact = ra_state_use(look->facts, look->state->index);

	look->uses.n = 0;
	for (; fact && look->uses.n < USES_MAX; fact = ra_fact_next_use(look->facts, fact)) {
		struct use use = { .fact = fact };

		/* what a local holds was read before */
		if (!ra_fact_touches(fact) || !fact->unit || fact->origin != RA_NONE ||
		    (fact->flags & (RA_FACT_INLINED | RA_FACT_DEFERRED | RA_FACT_FRESH)) ||
		    (look->state->kind == RA_KIND_DICT && !fact->key.len &&
		     fact->kind == RA_FACT_READ && !fact->row))
			continue;
		memset(look->seen, 0, look->facts->shape->units.n * sizeof(*look->seen));
		if (climb(look, fact->unit, &use.roots))
			*ra_vec_push(look->d->arena, &look->uses) = use;
	}
}

static bool guarded(const struct look *look, const struct ra_fact *a, const struct ra_fact *b)
{
	return ra_fact_same_lock(look->facts, a, b, look->state->index) ||
	       (a->flags & b->flags & RA_FACT_ATOMIC) || (!ra_fact_changes(a->kind) &&
							  !ra_fact_changes(b->kind));
}

/* -- what meets ------------------------------------------------------------------------------ */

/* Started in each round of a loop that joins none of them. */
static bool meets_itself(const struct look *look, const struct ra_fact *spawn)
{
	uint32_t loop = look->facts->shape->blocks.v[spawn->block].loop;
	struct ra_joins joins;

	if (!loop)
		return false;
	joins = ra_joins_find(look->d->arena, look->facts, spawn);
	return !ra_joined_in_round(&joins, loop);
}

/* Two tasks that one unit starts, and does not wait for the one before it starts the other. */
static bool tasks_meet(const struct look *look, const struct ra_fact *p, const struct ra_fact *q)
{
	struct ra_joins joins;

	if (p->position > q->position) {
		const struct ra_fact *first = q;

		q = p;
		p = first;
	}
	if (ra_fact_order(look->facts, p, q, false) == RA_ORDER_NEVER ||
	    ra_tasks_ordered(look->facts, p, q))
		return false;
	joins = ra_joins_find(look->d->arena, look->facts, p);
	return !ra_joined(&joins, q);
}

/* A spawn of each that shows that both run at a time. */
static bool two_tasks(const struct look *look, const struct use *a, const struct use *b,
		      const struct ra_fact **by)
{
	for (unsigned i = 0; i < a->roots.n; i++)
		for (unsigned k = 0; k < b->roots.n && ra_facts_step(look->facts); k++) {
			const struct ra_fact *p = ra_fact(look->facts, a->roots.v[i]);
			const struct ra_fact *q = ra_fact(look->facts, b->roots.v[k]);

			if (p->unit != q->unit || p->callee == RA_NONE || q->callee == RA_NONE ||
			    !ra_tree_pairs(look->facts, p->unit))
				continue;
			if (p == q ? !meets_itself(look, p) : !tasks_meet(look, p, q))
				continue;
			*by = p;
			return true;
		}
	return false;
}

/* What the unit that starts the task does itself behind the spawn. */
static const struct ra_fact *task_and_unit(const struct look *look, const struct use *use,
					   const struct ra_fact **by)
{
	for (unsigned i = 0; i < use->roots.n; i++) {
		const struct ra_fact *spawn = ra_fact(look->facts, use->roots.v[i]);
		const struct ra_unit_facts *unit = &look->facts->units[spawn->unit];
		struct ra_joins joins = { .spawn = NULL };

		if (spawn->callee == RA_NONE || !ra_tree_pairs(look->facts, spawn->unit))
			continue;
		for (uint32_t k = spawn->position + 1; k < unit->n_stream; k++) {
			const struct ra_fact *own = ra_fact(look->facts, unit->stream[k]);

			if (own->state != look->state->index || !ra_fact_is_access(own->kind) ||
			    (own->flags & RA_FACT_DEFERRED) || !ra_facts_step(look->facts) ||
			    (own->via != RA_NONE &&
			     (ra_fact(look->facts, own->via)->flags & RA_FACT_DEFERRED)) ||
			    guarded(look, own, use->fact) ||
			    ra_fact_order(look->facts, spawn, own, false) == RA_ORDER_NEVER)
				continue;
			if (!joins.spawn)
				joins = ra_joins_find(look->d->arena, look->facts, spawn);
			if (ra_joined(&joins, own) ||
			    ra_handed_over(&joins, own, use->fact->unit == spawn->callee
							? use->fact->position : UINT32_MAX))
				continue;
			*by = spawn;
			return own;
		}
	}
	return NULL;
}

/* -- report ---------------------------------------------------------------------------------- */

/* `spawn` is NULL where a server starts the tasks, as `why` says. */
static void report(const struct look *look, const struct ra_fact *a, const struct ra_fact *b,
		   const struct ra_fact *spawn, const struct ra_evidence *why)
{
	struct ra_detection *d = look->d;
	const struct ra_fact *at = ra_fact_changes(a->kind) ? a : b, *other = at == a ? b : a;
	const struct ra_unit *units = look->facts->shape->units.v;
	struct ra_candidate *c = ra_candidate_at(d, at, look->state->name);
	struct ra_str words;

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(look->state->field));
	ra_candidate_var(d, c, "task_b", "%.*s", RA_FMT(units[other->unit].qualified));
	ra_candidate_line(d, c, "other", other->line);
	if (spawn) {
		ra_candidate_line(d, c, "spawn", spawn->line);
		ra_candidate_event(d, c, "spawn", spawn, "starts the task");
	} else {
		ra_candidate_var(d, c, "why", "%.*s", RA_FMT(why->text));
		ra_candidate_weaken(c, look->state->scope == RA_SCOPE_MODULE ? RA_SEV_HIGH
									     : RA_SEV_MEDIUM,
				    RA_CONF_MEDIUM);
	}
	ra_candidate_event(d, c, "act", at, NULL);
	if (other != at)
		ra_candidate_event(d, c, "conflict", other, NULL);
	words = ra_fact_words(d->arena, look->facts, at);
	ra_candidate_step(d, c, "Task A", at->line, true, "%.*s", RA_FMT(words));
	words = ra_fact_words(d->arena, look->facts, other);
	ra_candidate_step(d, c, "Task B", other->line, true,
			  "%.*s at the same time: nothing orders the two", RA_FMT(words));
}

/* Does a server run the unit, on the object that the access is of? What other code calls may be a
 * method of an object that was made for the request. */
static bool is_served(const struct look *look, const struct use *use)
{
	const struct ra_unit *unit = &look->facts->shape->units.v[use->fact->unit];
	const struct ra_unit_facts *facts = &look->facts->units[use->fact->unit];

	if (facts->self.strength != RA_TOGETHER_HANDLER || facts->test ||
	    ra_source_part(look->facts->source, use->fact->line)->test)
		return false;
	return is_module(look->state) ||
	       (facts->served && !facts->n_callers && (unit->flags & RA_U_POINTER) && unit->receiver.len &&
		ra_str_eq(use->fact->base, unit->receiver));
}

static bool served_pair(const struct look *look, const struct use *a)
{
	for (size_t k = 0; is_served(look, a) && k < look->uses.n; k++) {
		const struct use *b = &look->uses.v[k];
		struct ra_evidence why;

		if (!is_served(look, b) || guarded(look, a->fact, b->fact))
			continue;
		why = ra_units_together(look->facts, a->fact->unit, b->fact->unit);
		if (why.strength != RA_TOGETHER_HANDLER || !why.preemptive)
			continue;
		report(look, a->fact, b->fact, NULL, &why);
		return true;
	}
	return false;
}

static bool any_pair(const struct look *look)
{
	const struct ra_fact *by = NULL, *own;

	for (size_t i = 0; i < look->uses.n; i++) {
		const struct use *a = &look->uses.v[i];

		if (!ra_fact_changes(a->fact->kind))
			continue;
		if (by_server(look) && served_pair(look, a))
			return true;
		for (size_t k = 0; k < look->uses.n && !by_server(look); k++) {
			const struct use *b = &look->uses.v[k];

			if (guarded(look, a->fact, b->fact) || !two_tasks(look, a, b, &by))
				continue;
			report(look, a->fact, b->fact, by, NULL);
			return true;
		}
	}
	for (size_t i = 0; i < look->uses.n && !by_server(look); i++) {
		own = task_and_unit(look, &look->uses.v[i], &by);
		if (!own)
			continue;
		report(look, own, look->uses.v[i].fact, by, NULL);
		return true;
	}
	return false;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	struct look look = { .d = d, .facts = facts };

	if (!(facts->runtimes & RA_RT_DATA_RACES))
		return;
	look.seen = ra_new_array(d->arena, bool, facts->shape->units.n);
	for (size_t i = 0; i < facts->states.n; i++) {
		look.state = &facts->states.v[i];
		if (!is_storage(&look))
			continue;
		collect(&look);
		any_pair(&look);
	}
}

const struct ra_detector ra_detect_module_race = {
	.name = "module-race",
	.help = "a variable that two tasks use at the same time, unguarded",
	.params = "shape",
	.vars = "spawn other why",
	.run = run,
};
