/*
 * missing-guard: a state that a lock guards is touched without it.
 *
 *     S is guarded by lock L (guard.h: by what is written beside it, or since most accesses hold it);
 *     this one does not; another that does can overlap with it, and one of the two writes
 *
 * Guarded writes decide (RacerD infers the same for Java): a read is fine when it shares a lock with
 * every write. Silent where the one comes before the other: before the task is started that runs the
 * other; for a local that is captured, before who captures it is, and for two uses in one run. One
 * finding for one state, the other bare accesses are named in it.
 */
#include "core/races/guard.h"
#include "core/races/joins.h"

enum { STARTS_MAX = 4 };

static bool is_data_race(const struct ra_facts *facts)
{
	return facts->runtimes & RA_RT_DATA_RACES;
}

/* -- accesses that do no harm ------------------------------------------------------------------ */

/* A local holds the container as it was: stale at worst, where it is replaced and never changed in
 * place. */
static bool is_snapshot(const struct ra_facts *facts, const struct ra_fact *access)
{
	const struct ra_fact *fact;

	if (!(access->flags & RA_FACT_VIA_ALIAS))
		return false;
	for (fact = ra_state_use(facts, access->state); fact; fact = ra_fact_next_use(facts, fact))
		if (fact->kind == RA_FACT_INSERT || fact->kind == RA_FACT_DELETE)
			return false;
	return true;
}

/* An object that the unit holds in a local: it may be its own, or new. Of its own class, where one bare
 * access is a race, it is taken for what it is. */
static bool is_handed_in(const struct ra_facts *facts, const struct ra_fact *access)
{
	const struct ra_unit *unit = &facts->shape->units.v[access->unit];
	const struct ra_state *state = &facts->states.v[access->state];

	if (state->scope != RA_SCOPE_INSTANCE || ra_str_find(access->base, RA_STR(".")) >= 0)
		return false;
	if (is_data_race(facts))
		return unit->class_ != state->owner + 1;
	return access->base.len && unit->receiver.len &&
	       !ra_str_eq(access->base, unit->receiver);
}

/* Hands a container on whose name means the same one for ever: no look into it. */
static bool is_only_named(const struct ra_facts *facts, const struct ra_fact *access)
{
	const struct ra_fact *fact;
	const struct ra_node *up = access->node->up;

	if (access->kind != RA_FACT_READ || access->key.len || access->row ||
	    !ra_kind_is_container(facts->states.v[access->state].kind) ||
	    (up && (up->kind == RA_N_CALL || up->kind == RA_N_INDEX)))
		return false;
	for (fact = ra_state_use(facts, access->state); fact; fact = ra_fact_next_use(facts, fact))
		if ((fact->kind == RA_FACT_WRITE || fact->kind == RA_FACT_UPDATE) &&
		    ra_guard_counts(facts, fact))
			return false;
	return true;
}

/* Does the unit make the lock? Then nobody has it yet. */
static bool makes(const struct ra_facts *facts, uint32_t unit, uint32_t lock)
{
	const struct ra_fact *fact = ra_state_use(facts, lock);

	for (; fact; fact = ra_fact_next_use(facts, fact))
		if (fact->kind == RA_FACT_WRITE && fact->unit == unit)
			return true;
	return false;
}

/* The way to the lock itself: `c.parent` of `c.parent.mu.Lock()`. */
static bool leads_to_lock(const struct ra_facts *facts, const struct ra_fact *access)
{
	const struct ra_node *node = access->node;
	uint32_t index;

	while (node->up && node->up->kind == RA_N_MEMBER && node->up->kids == node)
		node = node->up;
	if (!node->up || node->up->kind != RA_N_CALL || node->up->kids != node)
		return false;
	index = ra_fact_of_node(facts, node->up);
	return index != RA_NONE && (ra_api_with(ra_fact(facts, index)->row, RA_EFFECT_ACQUIRE) ||
				    ra_api_with(ra_fact(facts, index)->row, RA_EFFECT_RELEASE));
}

/* The bare access that does most harm: a change, an iteration, a read of a changing value. */
static int harm(const struct ra_fact *fact)
{
	return ra_fact_changes(fact->kind) ? 3 : fact->kind == RA_FACT_ITERATE ? 2 : 1;
}

/* A read is fine when it shares a lock with every write. */
static bool shares_with_writes(const struct ra_facts *facts, const struct ra_fact *read)
{
	const struct ra_fact *fact;

	for (fact = ra_state_use(facts, read->state); fact; fact = ra_fact_next_use(facts, fact))
		if (ra_guard_counts(facts, fact) && ra_fact_changes(fact->kind) &&
		    !ra_fact_same_lock(facts, read, fact, read->state))
			return false;
	return true;
}

/* -- order ------------------------------------------------------------------------------------- */

/* The spawn by which alone the unit comes to run, itself or all that calls it; NULL. */
static const struct ra_fact *only_start(const struct ra_facts *facts, uint32_t unit, int depth)
{
	const struct ra_unit_facts *u = &facts->units[unit];
	const struct ra_fact *start = NULL;

	if (u->escapes || !depth)
		return NULL;
	for (uint32_t i = 0; i < u->n_callers; i++) {
		const struct ra_fact *call = ra_fact(facts, u->callers[i]), *one = call;

		if (call->kind != RA_FACT_SPAWN)
			one = only_start(facts, call->unit, depth - 1);
		if (!one || (start && one != start))
			return NULL;
		start = one;
	}
	return start;
}

/* Are both done by one task, of which each object has one? */
static bool is_one_task(const struct ra_facts *facts, const struct ra_fact *a,
			const struct ra_fact *b)
{
	const struct ra_fact *start = only_start(facts, a->unit, STARTS_MAX);

	return start && start == only_start(facts, b->unit, STARTS_MAX) &&
	       !facts->shape->blocks.v[start->block].loop &&
	       facts->states.v[a->state].scope == RA_SCOPE_INSTANCE &&
	       ra_str_eq(a->base, facts->shape->units.v[a->unit].receiver) &&
	       ra_str_eq(b->base, facts->shape->units.v[b->unit].receiver);
}

static bool share_loop(const struct ra_facts *facts, const struct ra_fact *a,
		       const struct ra_fact *b)
{
	uint32_t loop = facts->shape->blocks.v[a->block].loop;

	return loop && loop == facts->shape->blocks.v[b->block].loop;
}

/* Is the access done before the task is started that runs the other? */
static bool comes_before_start(const struct ra_facts *facts, const struct ra_fact *access,
			       const struct ra_fact *other)
{
	const struct ra_fact *start = only_start(facts, other->unit, STARTS_MAX);

	return start && start->unit == access->unit && access->index < start->index &&
	       !share_loop(facts, access, start);
}

/* Can the two meet, one of them changing the state? */
static bool can_meet(const struct ra_detection *d, const struct ra_fact *bare,
		     const struct ra_fact *rival, struct ra_evidence *why)
{
	const struct ra_facts *facts = d->facts;


	if (!ra_fact_changes(bare->kind) && !ra_fact_changes(rival->kind))
		return false;
	if (is_one_task(facts, bare, rival) || comes_before_start(facts, bare, rival) || comes_before_start(facts, rival, bare))
		return false;
	/* what a task does with a local that it shares is captured-race's to judge */
	if (!ra_locals_meet(d->arena, facts, bare, rival) ||
	    (is_data_race(facts) && facts->states.v[bare->state].scope == RA_SCOPE_CLOSURE &&
	     (ra_local_task(facts, bare) != NULL || ra_local_task(facts, rival) != NULL)))
		return false;
	*why = ra_units_together(facts, bare->unit, rival->unit);
	return why->strength >= RA_TOGETHER_PUBLIC && why->preemptive;
}

/* -- the pair ----------------------------------------------------------------------------------- */

struct pair {
	const struct ra_fact *bare, *rival;
	struct ra_evidence why;
};

static bool is_harmless(const struct ra_facts *facts, const struct ra_fact *fact,
			const struct ra_guard *guard)
{
	return (fact->flags & RA_FACT_ATOMIC) || is_snapshot(facts, fact) ||
	       is_handed_in(facts, fact) || is_only_named(facts, fact) ||
	       leads_to_lock(facts, fact) ||
	       makes(facts, fact->unit, guard->lock) ||
	       /* looks under the lock too: the bare test is the fast path of a double check */
	       (fact->kind == RA_FACT_TEST && !is_data_race(facts)) ||
	       (harm(fact) == 1 && ((guard->by == RA_GUARD_NAME && !is_data_race(facts)) ||
				    shares_with_writes(facts, fact)));
}

/* The guarded access that it meets, a change rather than a look. */
static bool find_rival(const struct ra_detection *d, const struct ra_guard *guard,
		       struct pair *pair)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *fact = ra_state_use(facts, pair->bare->state);

	pair->rival = NULL;
	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		struct ra_evidence why;

		if (!ra_guard_counts(facts, fact) || !ra_guard_holds(facts, fact, guard->lock) ||
		    (pair->rival && !ra_fact_changes(fact->kind)))
			continue;
		if (guard->by == RA_GUARD_NAME && !is_data_race(facts)) {
			why = (struct ra_evidence){
				.strength = RA_TOGETHER_LOCKED, .preemptive = true,
				.text = RA_STR("the lock is named after what it guards") };
		} else if (!can_meet(d, pair->bare, fact, &why)) {
			continue;
		}
		pair->rival = fact;
		pair->why = why;
		if (ra_fact_changes(fact->kind))
			return true;
	}
	return pair->rival;
}

static struct pair worst(const struct ra_detection *d, uint32_t state,
			 const struct ra_guard *guard)
{
	const struct ra_facts *facts = d->facts;
	struct pair best = { .bare = NULL };
	const struct ra_fact *fact = ra_state_use(facts, state);

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		struct pair pair = { .bare = fact };

		if (!ra_guard_counts(facts, fact) || ra_guard_holds(facts, fact, guard->lock) ||
		    (best.bare && harm(fact) <= harm(best.bare)) ||
		    is_harmless(facts, fact, guard))
			continue;
		if (find_rival(d, guard, &pair))
			best = pair;
	}
	return best;
}

/* -- telling ------------------------------------------------------------------------------------- */

/* The first half of an update: it reads before it writes. */
static const struct ra_fact *read_behind(const struct ra_facts *facts, const struct ra_fact *bare)
{
	for (uint32_t i = 0; bare->kind == RA_FACT_UPDATE && i < bare->n_depends; i++) {
		const struct ra_fact *from = ra_fact(facts, bare->depends[i]);

		if (from->kind == RA_FACT_READ && from->state == bare->state &&
		    from->statement == bare->statement)
			return from;
	}
	return bare;
}

/* What says that the lock guards it. */
static struct ra_str evidence_of(struct ra_detection *d, const struct ra_guard *guard)
{
	switch (guard->by) {
	case RA_GUARD_NAME:
		return RA_STR("its name says so");
	case RA_GUARD_COMMENT:
		return ra_printf(d->arena, "the comment at line %u says so", guard->line);
	case RA_GUARD_PLACE:
		return ra_printf(d->arena, "it is declared behind it (line %u)", guard->line);
	default:
		return ra_printf(d->arena, "%u of %u uses hold it, %u of them changes",
				 guard->guarded, guard->guarded + guard->bare,
				 guard->guarded_writes);
	}
}

/* Does the task that is started touch the state, as far as its own facts tell? */
static bool starts_user(const struct ra_facts *facts, const struct ra_fact *spawn, uint32_t state)
{
	const struct ra_unit_facts *u;

	if (spawn->callee == RA_NONE)
		return true;
	u = &facts->units[spawn->callee];
	for (uint32_t i = 0; i < u->n_stream; i++)
		if (ra_fact(facts, u->stream[i])->state == state)
			return true;
	return false;
}

/* Does the unit set up or end the life of the object, or what only such units call? */
static bool is_of_lifecycle(const struct ra_facts *facts, uint32_t unit)
{
	for (int step = 0; step < STARTS_MAX; step++) {
		const struct ra_unit_facts *u = &facts->units[unit];

		if (ra_unit_is_lifecycle(facts, unit))
			return true;
		if (u->n_callers != 1 || u->escapes ||
		    ra_fact(facts, u->callers[0])->kind != RA_FACT_CALL)
			return false;
		unit = ra_fact(facts, u->callers[0])->unit;
	}
	return false;
}

/* Has nobody else the object: in a unit that sets it up or ends it? In threads only as long as that
 * has started none that uses the state. */
static bool is_alone(const struct ra_facts *facts, const struct ra_fact *bare)
{
	const struct ra_unit_facts *u = &facts->units[bare->unit];

	if (ra_unit_ends_life(facts, bare->unit))
		return true;
	if (!is_of_lifecycle(facts, bare->unit))
		return false;
	for (uint32_t i = u->first; is_data_race(facts) && i < bare->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if (fact->kind == RA_FACT_SPAWN && starts_user(facts, fact, bare->state))
			return false;
	}
	return true;
}

static bool called_with(const struct ra_facts *facts, const struct ra_fact *call, uint32_t lock)
{
	for (uint32_t r = 0; r < call->n_regions; r++) {
		const struct ra_region *region = &facts->regions.v[call->regions[r]];

		if (ra_region_is_of(facts, region, lock) ||
		    (region->entry && region->lock == RA_NONE))
			return true;
	}
	return false;
}

/* Does a caller hold the lock? Then it is the callers' to take, and others may have to. */
static bool is_called_with(const struct ra_facts *facts, uint32_t unit, uint32_t lock)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers; i++)
		if (called_with(facts, ra_fact(facts, u->callers[i]), lock))
			return true;
	return false;
}

/* An object that a unit does not call its own: one whose lock it holds for another object, which this
 * one may be a copy of; or one that a test looks into, when all is over. */
static bool is_of_another(const struct ra_facts *facts, const struct ra_fact *bare, uint32_t lock)
{
	const struct ra_unit *unit = &facts->shape->units.v[bare->unit];

	if (!bare->base.len || (unit->receiver.len && ra_str_eq(bare->base, unit->receiver)))
		return false;
	return called_with(facts, bare, lock) || facts->units[bare->unit].test ||
	       ra_source_part(facts->source, bare->line)->test;
}

static bool embeds(const struct ra_facts *facts, uint32_t class_, uint32_t inner)
{
	const struct ra_node *kid = facts->shape->classes.v[class_].node->kids;

	for (; kid; kid = kid->next)
		if (kid->kind != RA_N_BLOCK &&
		    ra_str_has_word(ra_node_text(facts->shape, kid),
				    facts->shape->classes.v[inner].name))
			return true;
	return false;
}

/* A struct that is written out as the type of a field is a part of the one around it. */
static bool is_inside(const struct ra_facts *facts, uint32_t inner, uint32_t outer)
{
	const struct ra_node *a = facts->shape->classes.v[inner].node;
	const struct ra_node *b = facts->shape->classes.v[outer].node;

	return a->first >= b->first && a->last <= b->last;
}

/* A lock of another class, by use alone: it may be held for something else. */
static bool is_foreign(const struct ra_facts *facts, const struct ra_state *state,
		       const struct ra_guard *guard)
{
	const struct ra_state *lock = &facts->states.v[guard->lock];

	return lock->scope == RA_SCOPE_INSTANCE && state->scope == RA_SCOPE_INSTANCE &&
	       lock->owner != state->owner && is_data_race(facts) &&
	       !embeds(facts, state->owner, lock->owner) &&
	       !is_inside(facts, state->owner, lock->owner);
}

static void report(struct ra_detection *d, uint32_t index, const struct ra_guard *guard,
		   const struct pair *pair)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[index];
	const struct ra_state *lock = &facts->states.v[guard->lock];
	const struct ra_fact *bare = pair->bare, *fact;
	struct ra_candidate *c = ra_candidate_at(d, bare, state->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, bare)));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(lock->name));
	ra_candidate_var(d, c, "guarded", "%u", guard->guarded);
	ra_candidate_var(d, c, "bare", "%u", guard->bare);
	ra_candidate_var(d, c, "evidence", "%.*s", RA_FMT(evidence_of(d, guard)));
	ra_candidate_line(d, c, "conflict", pair->rival->line);
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(facts->shape->units.v[pair->rival->unit].qualified));
	ra_candidate_var(d, c, "why", "%.*s", RA_FMT(pair->why.text));
	/* one read is one step: what it sees may be old, but it is whole */
	c->question |= (!ra_fact_changes(bare->kind) && bare->kind != RA_FACT_ITERATE &&
			!is_data_race(facts)) ||
		       is_alone(facts, bare) || is_called_with(facts, bare->unit, guard->lock) ||
		       is_of_another(facts, bare, guard->lock) || is_foreign(facts, state, guard) ||
		       ra_guard_denied(facts, bare->line);
	ra_trace_race(d, c, read_behind(facts, bare), NULL, pair->rival, bare, &pair->why,
		      "the access of Task A is not ordered with the change that `%.*s` guards",
		      RA_FMT(lock->field));
	for (fact = ra_state_use(facts, index); fact && c->n_events < 12;
	     fact = ra_fact_next_use(facts, fact))
		if (ra_guard_counts(facts, fact) && fact != bare &&
		    !ra_guard_holds(facts, fact, guard->lock) && !is_harmless(facts, fact, guard))
			ra_candidate_event(d, c, "also", fact, "without `%.*s` too",
					   RA_FMT(lock->field));
}

static bool is_data(const struct ra_state *state)
{
	return ra_kind_is_data(state->kind) || state->kind == RA_KIND_THREAD || state->kind == RA_KIND_PROCESS;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t s = 0; s < facts->states.n && facts->regions.n; s++) {
		struct ra_guard guard;
		struct pair pair;

		if (!is_data(&facts->states.v[s]) || !ra_guard_of(facts, s, &guard) || !guard.bare)
			continue;
		pair = worst(d, s, &guard);
		if (pair.bare)
			report(d, s, &guard, &pair);
	}
}

const struct ra_detector ra_detect_missing_guard = {
	.name = "missing-guard",
	.help = "a state that a lock guards is touched without it",
	.params = "",
	.vars = "access lock guarded bare conflict why evidence",
	.run = run,
};
