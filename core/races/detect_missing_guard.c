/*
 * missing-guard: a state that a lock guards is touched without it.
 *
 *     most accesses of S outside construction hold lock L, a write among them, in two units; this one
 *     does not; one side writes; the units run in threads that can overlap
 *
 *     a thread lock stands beside S and is named after it (`x`, `x_lock`): one bare change or
 *     iteration outside construction is enough
 *
 * Guarded writes decide (RacerD infers the same for Java): a read is fine when it shares a lock with
 * every write. One finding for one state, the other bare accesses are named in it.
 */
#include "core/races/window.h"

enum { UNITS_MAX = 64 };

struct tally {
	uint32_t lock;                    /* state index of the guard */
	unsigned guarded, bare, guarded_writes, bare_writes;
	uint32_t units[UNITS_MAX], n_units; /* of the guarded accesses */
	const struct ra_fact *example;    /* a guarded write; for a named lock any guarded access */
	bool named;                       /* the lock says by its name what it guards */
};

static bool counts(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return ra_fact_touches(fact) && fact->unit != 0 &&
	       !(fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) &&
	       !facts->units[fact->unit].constructs;
}

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
	if (facts->runtimes & RA_RT_DATA_RACES)
		return unit->class_ != state->owner + 1;
	return access->base.len && unit->receiver.len &&
	       !ra_str_eq(access->base, unit->receiver);
}

/* The very lock, or the one of that name in a sibling class: of one object there is only one. */
static bool is_lock(const struct ra_facts *facts, uint32_t held, uint32_t lock)
{
	const struct ra_state *a, *b;

	if (held == lock || held == RA_NONE)
		return held == lock;
	a = &facts->states.v[held];
	b = &facts->states.v[lock];
	return a->scope == RA_SCOPE_INSTANCE && b->scope == RA_SCOPE_INSTANCE &&
	       ra_str_eq(a->field, b->field) &&
	       !(facts->runtimes & RA_RT_DATA_RACES);
}

static bool holds(const struct ra_facts *facts, const struct ra_fact *fact, uint32_t lock)
{
	for (uint32_t i = 0; i < fact->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[fact->regions[i]];

		if (region->shared && ra_fact_changes(fact->kind))
			continue; /* readers hold it too */
		if ((is_lock(facts, region->lock, lock) && ra_region_covers(facts, region, fact)) ||
		    (region->entry && region->lock == RA_NONE))
			return true;
	}
	return false;
}

static bool is_thread_lock(const struct ra_facts *facts, const struct ra_region *region,
			   uint32_t state)
{
	return region->lock != RA_NONE && !region->async && !region->key.len &&
	       region->lock != state && ra_region_guards(facts, region, state);
}

/* A thread lock of the same owner whose name says what it is for: `jobs_lock` for `jobs`. */
static uint32_t named_guard(const struct ra_facts *facts, uint32_t index)
{
	const struct ra_state *state = &facts->states.v[index];

	for (uint32_t i = 0; i < facts->states.n && ra_facts_step(facts); i++) {
		const struct ra_state *lock = &facts->states.v[i];

		if (lock->kind == RA_KIND_LOCK && !(lock->api_flags & RA_API_ASYNC) &&
		    lock->owner == state->owner && lock->scope == state->scope &&
		    lock->field.len > state->field.len + 1 &&
		    ra_str_starts(lock->field, state->field) &&
		    lock->field.ptr[state->field.len] == '_')
			return i;
	}
	return RA_NONE;
}

static void count(const struct ra_facts *facts, uint32_t state, struct tally *t);

/* Of the locks that a guarded write holds the one under which most accesses are. */
static uint32_t guard_of(const struct ra_facts *facts, uint32_t state)
{
	const struct ra_fact *fact;
	struct tally best = { .lock = RA_NONE };

	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact)) {
		if (!counts(facts, fact) || !ra_fact_changes(fact->kind))
			continue;
		for (uint32_t r = 0; r < fact->n_regions; r++) {
			const struct ra_region *region = &facts->regions.v[fact->regions[r]];

			struct tally t = { .lock = region->lock };

			if (t.lock == best.lock || !is_thread_lock(facts, region, state))
				continue;
			count(facts, state, &t);
			if (best.lock == RA_NONE || t.guarded > best.guarded)
				best = t;
		}
	}
	return best.lock;
}

static void add_unit(struct tally *t, uint32_t unit)
{
	for (uint32_t i = 0; i < t->n_units; i++)
		if (t->units[i] == unit)
			return;
	if (t->n_units < UNITS_MAX)
		t->units[t->n_units++] = unit;
}

static void count(const struct ra_facts *facts, uint32_t state, struct tally *t)
{
	const struct ra_fact *fact;

	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact)) {
		bool changes = ra_fact_changes(fact->kind);

		if (!counts(facts, fact))
			continue;
		if (!holds(facts, fact, t->lock)) {
			t->bare++;
			t->bare_writes += changes;
			continue;
		}
		t->guarded++;
		t->guarded_writes += changes;
		add_unit(t, fact->unit);
		if (!t->example || (changes && !ra_fact_changes(t->example->kind)))
			t->example = fact;
	}
}

/* Guarded in two units, a write among them, and twice as often as not. */
static bool is_the_guard(const struct tally *t)
{
	return t->guarded >= 2 && t->n_units >= 2 && t->guarded >= 2 * t->bare;
}

/* The bare access that does most harm: a change, an iteration, a read of a changing value. */
static int harm(const struct ra_fact *fact)
{
	return ra_fact_changes(fact->kind) ? 3 : fact->kind == RA_FACT_ITERATE ? 2 : 1;
}

static bool is_data_race(const struct ra_facts *facts)
{
	return facts->runtimes & RA_RT_DATA_RACES;
}

/* A read is fine when it shares a lock with every write. */
static bool shares_with_writes(const struct ra_facts *facts, const struct ra_fact *read)
{
	const struct ra_fact *fact;

	for (fact = ra_state_use(facts, read->state); fact; fact = ra_fact_next_use(facts, fact))
		if (counts(facts, fact) && ra_fact_changes(fact->kind) &&
		    !ra_fact_same_lock(facts, read, fact, read->state))
			return false;
	return true;
}

static const struct ra_fact *worst(const struct ra_facts *facts, uint32_t state,
				   const struct tally *t, struct ra_evidence *why)
{
	const struct ra_fact *best = NULL, *fact;

	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact)) {
		struct ra_evidence evidence;

		if (!counts(facts, fact) || holds(facts, fact, t->lock) ||
		    (fact->flags & RA_FACT_ATOMIC) || is_snapshot(facts, fact) ||
		    is_handed_in(facts, fact) ||
		    (best && harm(fact) <= harm(best)))
			continue;
		/* looks under the lock too: the bare test is the fast path of a double check */
		if (fact->kind == RA_FACT_TEST && !is_data_race(facts))
			continue;
		if (harm(fact) == 1 && shares_with_writes(facts, fact))
			continue;
		evidence = ra_units_together(facts, fact->unit, t->example->unit);
		if (t->named) {
			if (harm(fact) == 1)
				continue;
			evidence.strength = RA_TOGETHER_LOCKED;
			evidence.text = RA_STR("the lock is named after what it guards");
		} else if (evidence.strength < RA_TOGETHER_PUBLIC || !evidence.preemptive) {
			continue;
		}
		best = fact;
		*why = evidence;
	}
	return best;
}

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

static void report(struct ra_detection *d, uint32_t index, const struct tally *t,
		   const struct ra_fact *bare, const struct ra_evidence *why)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[index], *lock = &facts->states.v[t->lock];
	struct ra_candidate *c = ra_candidate_at(d, bare, state->name);
	const struct ra_fact *fact;

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, bare)));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(lock->name));
	ra_candidate_var(d, c, "guarded", "%u", t->guarded);
	ra_candidate_var(d, c, "bare", "%u", t->bare);
	ra_candidate_line(d, c, "conflict", t->example->line);
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(facts->shape->units.v[t->example->unit].qualified));
	ra_candidate_var(d, c, "why", "%.*s", RA_FMT(why->text));
	/* one read is one step: what it sees may be old, but it is whole */
	c->question |= (!ra_fact_changes(bare->kind) && bare->kind != RA_FACT_ITERATE &&
			!is_data_race(facts)) ||
		       ra_unit_is_lifecycle(facts, bare->unit);
	ra_trace_race(d, c, read_behind(facts, bare), NULL, t->example, bare, why,
		      "the access of Task A is not ordered with the change that `%.*s` guards",
		      RA_FMT(lock->field));
	for (fact = ra_state_use(facts, index); fact && c->n_events < 12;
	     fact = ra_fact_next_use(facts, fact))
		if (counts(facts, fact) && fact != bare && !holds(facts, fact, t->lock))
			ra_candidate_event(d, c, "also", fact, "without `%.*s` too",
					   RA_FMT(lock->field));
}

static bool is_data(const struct ra_state *state)
{
	return state->kind <= RA_KIND_DEQUE || state->kind == RA_KIND_RESOURCE ||
	       state->kind == RA_KIND_THREAD || state->kind == RA_KIND_PROCESS;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t s = 0; s < facts->states.n; s++) {
		struct tally t = { .lock = RA_NONE };
		const struct ra_fact *bare;
		struct ra_evidence why;

		if (!is_data(&facts->states.v[s]))
			continue;
		t.lock = named_guard(facts, s);
		t.named = t.lock != RA_NONE;
		if (!t.named && !facts->states.v[s].constant)
			t.lock = guard_of(facts, s);
		if (t.lock == RA_NONE)
			continue;
		count(facts, s, &t);
		if (!t.bare || !t.guarded || (!t.named && !is_the_guard(&t)))
			continue;
		bare = worst(facts, s, &t, &why);
		if (bare)
			report(d, s, &t, bare, &why);
	}
}

const struct ra_detector ra_detect_missing_guard = {
	.name = "missing-guard",
	.help = "a state that a lock guards is touched without it",
	.params = "",
	.vars = "access lock guarded bare conflict why",
	.run = run,
};
