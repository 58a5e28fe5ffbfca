/*
 * read-locked-write: a state is changed under a lock that lets others in at the same time.
 *
 *     shared region of L holds at change S, no other lock does
 *         L is of the object that S is on, and S is touched under L elsewhere; another L has to
 *         be taken to write there
 *         or: S is of an element of a container that is gone over, or looked up, under that region,
 *         and the element has no lock of its own
 *
 * Which lock guards S is what the other accesses say: silent when another lock is held at a change of
 * S, when all changes are atomic, and for containers and values that guard themselves. Silent in
 * construction.
 */
#include "core/races/window.h"

static bool is_data(const struct ra_state *state)
{
	return ra_kind_is_data(state->kind) && state->scope != RA_SCOPE_CLOSURE;
}

/* The only region that holds at the change, if all can hold it at once; or NULL. */
static const struct ra_region *shared_alone(const struct ra_facts *facts,
					    const struct ra_fact *change)
{
	const struct ra_region *found = NULL;

	for (uint32_t i = 0; i < change->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[change->regions[i]];

		if (!region->shared || region->private_)
			return NULL;
		found = region;
	}
	return found;
}

static bool counts(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return ra_fact_is_access(fact->kind) && fact->unit && fact->origin == RA_NONE &&
	       !(fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) &&
	       !facts->units[fact->unit].constructs;
}

/* What the other accesses of the state say. */
struct guard {
	const struct ra_fact *other;   /* in another unit, under the lock; else in any other */
	bool under;                    /* ... it is under the lock */
	bool alone;                    /* ... and somebody else has taken it to write there */
	bool foreign;                  /* a change is under another lock, or atomic */
};

static struct guard guard_of(const struct ra_facts *facts, const struct ra_fact *change,
			     uint32_t lock)
{
	struct guard guard = { .other = NULL };
	const struct ra_fact *fact = ra_state_use(facts, change->state);

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		const struct ra_region *under = ra_fact_region_of(facts, fact, lock);

		if (!counts(facts, fact))
			continue;
		guard.alone |= under && !under->shared;
		guard.foreign |= (fact->flags & RA_FACT_ATOMIC) ||
				 (ra_fact_changes(fact->kind) && fact->n_regions && !under);
		if (fact->unit == change->unit || (guard.other && (guard.under || !under)))
			continue;
		guard.other = fact;
		guard.under = under != NULL;
	}
	return guard;
}

/* The first name of "connection.node.labels". */
static struct ra_str root_of(struct ra_str base)
{
	struct ra_str root = ra_str_n(base.ptr, 0);

	while (root.len < base.len && root.ptr[root.len] != '.' && root.ptr[root.len] != '[')
		root.len++;
	return root;
}

static bool names(const struct ra_node *target, struct ra_str name)
{
	if (target->kind == RA_N_NAME)
		return ra_str_eq(target->text, name);
	for (const struct ra_node *kid = target->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_NAME && ra_str_eq(kid->text, name))
			return true;
	return false;
}

/* The access of a container, in the same region, that gave the local its object: `for _, x := range
 * m`, `x := m[k]`. */
static const struct ra_fact *taken_from(const struct ra_facts *facts, const struct ra_fact *change,
					uint32_t region)
{
	const struct ra_unit_facts *u = &facts->units[change->unit];
	struct ra_str root = root_of(change->base);

	for (uint32_t i = u->first; i < change->index && root.len; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);
		const struct ra_node *statement = fact->statement;

		if (!ra_fact_in_region(fact, region) || !ra_fact_is_access(fact->kind) || !statement || !statement->kids ||
		    !(fact->kind == RA_FACT_ITERATE || fact->key.len))
			continue;
		if ((statement->kind == RA_N_FOR ||
		     (statement->kind == RA_N_ASSIGN && (statement->flags & RA_F_DECLARE))) &&
		    names(statement->kids, root))
			return fact;
	}
	return NULL;
}

/* The lock is of the object that is changed, or of what holds it. */
static bool is_guarded_by(const struct ra_facts *facts, const struct ra_fact *change,
			  const struct ra_region *region, const struct guard *guard)
{
	const struct ra_state *state = &facts->states.v[change->state];
	const struct ra_state *lock = &facts->states.v[region->lock];
	bool own = lock->scope == state->scope && lock->owner == state->owner;

	if (guard->under && (own || guard->alone))
		return ra_region_guards(facts, region, change->state) &&
		       ra_region_covers(facts, region, change);
	return state->scope == RA_SCOPE_INSTANCE && !facts->owners[state->owner].own_lock &&
	       taken_from(facts, change, region->index);
}

static void report(struct ra_detection *d, const struct ra_fact *change,
		   const struct ra_region *region, const struct guard *guard)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[change->state];
	struct ra_candidate *c = ra_candidate_at(d, change, state->name);
	struct ra_str words = ra_fact_words(d->arena, facts, change);

	if (!c)
		return;
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, change)));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_line(d, c, "taken", ra_fact(facts, region->acquire)->line);
	ra_candidate_line(d, c, "other", guard->other->line);
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(facts->shape->units.v[guard->other->unit].qualified));
	ra_candidate_event(d, c, "acquire", ra_fact(facts, region->acquire),
			   "takes `%.*s` to read", RA_FMT(region->text));
	ra_candidate_event(d, c, "act", change, NULL);
	ra_candidate_event(d, c, "conflict", guard->other, NULL);
	ra_candidate_step(d, c, "Task A", ra_fact(facts, region->acquire)->line, false,
			  "takes `%.*s` to read", RA_FMT(region->text));
	ra_candidate_step(d, c, "Task B", guard->other->line, true, "may be here as well");
	ra_candidate_step(d, c, "Task A", change->line, true, "%.*s", RA_FMT(words));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *change = ra_fact(facts, (uint32_t)i);
		const struct ra_region *region;
		struct guard guard;

		if (!ra_fact_is_access(change->kind) || !ra_fact_changes(change->kind) ||
		    !change->n_regions || !counts(facts, change) ||
		    (change->flags & RA_FACT_ATOMIC) || !is_data(&facts->states.v[change->state]))
			continue;
		region = shared_alone(facts, change);
		if (!region || region->lock == RA_NONE || region->acquire == RA_NONE)
			continue;
		guard = guard_of(facts, change, region->lock);
		if (guard.other && !guard.foreign &&
		    is_guarded_by(facts, change, region, &guard))
			report(d, change, region, &guard);
	}
}

const struct ra_detector ra_detect_read_locked_write = {
	.name = "read-locked-write",
	.help = "a state is changed under a lock that lets others in at the same time",
	.params = "",
	.vars = "access lock taken other",
	.run = run,
};
