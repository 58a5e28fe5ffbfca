/*
 * lost-lock: the lock of an entry is dropped while the entry is still in use.
 *
 *     u:  wake v < delete K[k]      K a registry of locks, no switch between: v has not run yet
 *     v:  spawned; waits, and then takes entries of its owner's other maps away
 *
 * Whoever comes next finds no lock, makes a new one and gets in at once, while v still tears down
 * what the old one guarded. Silent when u waits for v between the wake and the removal.
 *
 * `of = keys`: a registry of locks is indexed by another name than the maps that it guards:
 *
 *     acquire K[a] > access of M[b]     a, b names, neither comes of the other one
 *
 * `of = waiters`: who has used an entry's lock takes it out, whoever else waits for it:
 *
 *     acquire K[a] < delete K[a]        no test between; no lock held at both, under which all
 *                                       who want the entry's lock would stand
 */
#include "core/races/channel.h"
#include "core/races/window.h"

static bool is_registry(const struct ra_facts *facts, uint32_t index)
{
	const struct ra_state *state = &facts->states.v[index];
	const struct ra_fact *fact;

	if (state->element == RA_KIND_LOCK)
		return true;
	for (fact = ra_state_use(facts, index); fact; fact = ra_fact_next_use(facts, fact))
		if (fact->kind == RA_FACT_ACQUIRE && fact->key.len)
			return true;
	return false;
}

static bool wakes(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_WAKE ||
	       (ra_fact_closes(fact) && fact->receiver_kind == RA_KIND_CHANNEL);
}

static bool waits(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_WAIT || fact->kind == RA_FACT_RECEIVE;
}

/* The wake before the removal, with nothing between that lets the woken task run. */
static const struct ra_fact *wake_before(const struct ra_facts *facts,
					 const struct ra_unit_facts *unit,
					 const struct ra_fact *removal)
{
	for (uint32_t i = removal->position; i-- && ra_facts_step(facts);) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if ((fact->kind == RA_FACT_CHECKPOINT || fact->kind == RA_FACT_RECEIVE ||
		     fact->kind == RA_FACT_JOIN) &&
		    ra_fact_order(facts, fact, removal, false) == RA_ORDER_ALWAYS)
			return NULL;
		if (wakes(fact) &&
		    ra_fact_order(facts, fact, removal, false) != RA_ORDER_NEVER)
			return ra_fact_switch(facts, unit, i, removal->position) ? NULL : fact;
	}
	return NULL;
}

static bool same_owner(const struct ra_state *a, const struct ra_state *b)
{
	return a->scope == b->scope && a->owner == b->owner && a != b;
}

/* In v: an entry of a sibling of the registry that is taken away behind a wait. */
static const struct ra_fact *teardown_in(const struct ra_facts *facts, uint32_t v, uint32_t registry)
{
	const struct ra_unit_facts *unit = &facts->units[v];
	const struct ra_fact *wait = NULL;

	for (uint32_t i = 0; i < unit->n && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (waits(fact))
			wait = fact;
		if (wait && fact->kind == RA_FACT_DELETE && fact->key.len &&
		    same_owner(&facts->states.v[fact->state], &facts->states.v[registry]))
			return fact;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *removal, const struct ra_fact *wake,
		   const struct ra_fact *teardown)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *registry = &facts->states.v[removal->state];
	const struct ra_state *map = &facts->states.v[teardown->state];
	struct ra_str v = facts->shape->units.v[teardown->unit].qualified;
	const char *task = ra_cstr(d->arena, v);
	struct ra_candidate *c = ra_candidate_at(d, removal, registry->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(registry->name));
	ra_candidate_var(d, c, "map", "%.*s", RA_FMT(map->name));
	ra_candidate_var(d, c, "key", "%.*s", RA_FMT(removal->key));
	ra_candidate_line(d, c, "wake", wake->line);
	ra_candidate_line(d, c, "act", removal->line);
	ra_candidate_line(d, c, "teardown", teardown->line);
	ra_candidate_var(d, c, "task_b", "%s", task);
	ra_candidate_event(d, c, "wake", wake, "makes `%s` ready, does not switch to it", task);
	ra_candidate_event(d, c, "removal", removal, "the lock of the entry is dropped");
	ra_candidate_event(d, c, "teardown", teardown, "`%s` still takes `%.*s` away", task,
			   RA_FMT(map->name));
	ra_candidate_step(d, c, "Task A", wake->line, false, "%.*s: `%s` is ready but has not run",
			  RA_FMT(ra_fact_words(d->arena, facts, wake)), task);
	ra_candidate_step(d, c, "Task A", removal->line, true, "%.*s",
			  RA_FMT(ra_fact_words(d->arena, facts, removal)));
	ra_candidate_step(d, c, "Task B", 0, true,
			  "finds no lock for `%.*s`, makes a new one and holds it at once",
			  RA_FMT(removal->key));
	ra_candidate_step(d, c, task, teardown->line, true, "%.*s, with Task B inside",
			  RA_FMT(ra_fact_words(d->arena, facts, teardown)));
	ra_candidate_step(d, c, "Task B", 0, false,
			  "works on an entry that is torn down under it: the lock kept nobody out");
}

static void find_dropped(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		for (uint32_t i = 0; i < unit->n; i++) {
			const struct ra_fact *removal = ra_fact(facts, unit->first + i);
			const struct ra_fact *wake, *teardown = NULL;

			if (removal->kind != RA_FACT_DELETE || !removal->key.len ||
			    !is_registry(facts, removal->state) ||
			    !(wake = wake_before(facts, unit, removal)))
				continue;
			for (uint32_t v = 0; v < facts->shape->units.n && !teardown; v++)
				if (v != u && facts->units[v].spawned)
					teardown = teardown_in(facts, v, removal->state);
			if (teardown)
				report(d, removal, wake, teardown);
		}
	}
}

/* -- keys ---------------------------------------------------------------------------------- */

static bool is_name(struct ra_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.ptr[i] == '_' || (text.ptr[i] >= 'a' && text.ptr[i] <= 'z') ||
		      (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') ||
		      (text.ptr[i] >= '0' && text.ptr[i] <= '9')))
			return false;
	return text.len != 0;
}

/* Is the name given a value in the unit that the other one is a part of? */
static bool comes_of(const struct ra_facts *facts, uint32_t unit, struct ra_str name,
		     struct ra_str other)
{
	const struct ra_node *at = NULL, *kid = NULL;

	while ((at = ra_node_walk(facts->shape->units.v[unit].node, at, true)) &&
	       ra_facts_step(facts)) {
		if (at->kind != RA_N_ASSIGN || !at->kids || at->kids->kind != RA_N_NAME ||
		    !ra_str_eq(at->kids->text, name))
			continue;
		while ((kid = ra_node_walk(at, kid, true)))
			if (kid->kind == RA_N_NAME && ra_str_eq(kid->text, other))
				return true;
	}
	return false;
}

static void report_keys(struct ra_detection *d, const struct ra_region *region,
			const struct ra_fact *access)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *registry = &facts->states.v[region->lock];
	const struct ra_fact *acquire = ra_fact(facts, region->acquire), *made;
	struct ra_candidate *c = ra_candidate_at(d, acquire, registry->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(registry->name));
	ra_candidate_var(d, c, "map", "%.*s", RA_FMT(facts->states.v[access->state].name));
	ra_candidate_var(d, c, "key", "%.*s", RA_FMT(region->key));
	ra_candidate_var(d, c, "other_key", "%.*s", RA_FMT(access->key));
	ra_candidate_line(d, c, "act", access->line);
	ra_candidate_event(d, c, "acquire", acquire, "locks by `%.*s`", RA_FMT(region->key));
	ra_candidate_event(d, c, "act", access, "works on `%.*s`", RA_FMT(access->key));
	for (made = ra_state_use(facts, region->lock); made && c->n_events < 8;
	     made = ra_fact_next_use(facts, made))
		if (made->kind == RA_FACT_INSERT)
			ra_candidate_event(d, c, "made", made, "the lock is made here");
}

static void find_keys(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = &facts->facts.v[i];

		if (!ra_fact_is_access(fact->kind) || !is_name(fact->key) ||
		    (fact->kind != RA_FACT_INSERT && fact->kind != RA_FACT_READ))
			continue;
		for (uint32_t r = 0; r < fact->n_regions; r++) {
			const struct ra_region *region = &facts->regions.v[fact->regions[r]];

			if (region->lock == RA_NONE || region->entry || !is_name(region->key) ||
			    region->unit != fact->unit || ra_str_eq(region->key, fact->key) ||
			    !same_owner(&facts->states.v[fact->state],
					&facts->states.v[region->lock]) ||
			    comes_of(facts, fact->unit, region->key, fact->key) ||
			    comes_of(facts, fact->unit, fact->key, region->key))
				continue;
			report_keys(d, region, fact);
			break;
		}
	}
}

/* -- waiters ------------------------------------------------------------------------------- */

/* The block in which it is decided whether the removal is made: a `finally` runs on every way. */
static uint32_t deciding_block(const struct ra_shape *shape, uint32_t block)
{
	while (shape->blocks.v[block].role == RA_B_FINALLY ||
	       shape->blocks.v[block].role == RA_B_WITH || shape->blocks.v[block].role == RA_B_PLAIN)
		block = shape->blocks.v[block].up;
	return block;
}

/* Something between the two decides whether the lock goes: a count, a look for who waits. */
static bool decides_between(const struct ra_facts *facts, const struct ra_fact *acquire,
			    const struct ra_fact *removal)
{
	const struct ra_unit_facts *unit = &facts->units[removal->unit];

	if (!ra_block_inside(facts->shape, acquire->block,
			     deciding_block(facts->shape, removal->block)))
		return true;
	for (uint32_t i = acquire->position + 1; i < removal->position; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (ra_fact_decides(fact) || (fact->kind == RA_FACT_LEAVE &&
					      fact->block != acquire->block))
			return true;
	}
	return false;
}

static const struct ra_fact *used_before(const struct ra_facts *facts,
					 const struct ra_fact *removal)
{
	const struct ra_fact *fact = removal;

	while ((fact = ra_fact_previous(facts, fact)))
		if (fact->kind == RA_FACT_ACQUIRE && ra_str_eq(fact->key, removal->key) &&
		    !(fact->flags & (RA_FACT_IN_CONDITION | RA_FACT_INLINED)) &&
		    !ra_fact_same_lock(facts, fact, removal, RA_NONE) &&
		    ra_fact_order(facts, fact, removal, false) != RA_ORDER_NEVER &&
		    !decides_between(facts, fact, removal))
			return fact;
	return NULL;
}

static void report_waiters(struct ra_detection *d, const struct ra_fact *acquire,
			   const struct ra_fact *removal)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *registry = &facts->states.v[removal->state];
	struct ra_candidate *c = ra_candidate_at(d, removal, registry->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(registry->name));
	ra_candidate_var(d, c, "key", "%.*s", RA_FMT(removal->key));
	ra_candidate_line(d, c, "wake", acquire->line);
	ra_candidate_line(d, c, "act", removal->line);
	ra_candidate_event(d, c, "acquire", acquire, "the lock of the entry is taken");
	ra_candidate_event(d, c, "removal", removal, "the lock of the entry is dropped");
	ra_candidate_step(d, c, "Task B", acquire->line, false,
			  "has found the lock of `%.*s`, and waits for it", RA_FMT(removal->key));
	ra_candidate_step(d, c, "Task A", removal->line, true, "%.*s: Task B gets the old lock",
			  RA_FMT(ra_fact_words(d->arena, facts, removal)));
	ra_candidate_step(d, c, "Task C", 0, true,
			  "finds no lock for `%.*s`, makes a new one and holds it at once",
			  RA_FMT(removal->key));
	ra_candidate_step(d, c, "Task B", 0, false, "and Task C work on one entry");
}

static void find_waiters(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		/* a lock for each key is there since there are several callers */
		if (unit->constructs || unit->self.strength < RA_TOGETHER_OPEN)
			continue;
		for (uint32_t i = 0; i < unit->n; i++) {
			const struct ra_fact *removal = ra_fact(facts, unit->first + i), *acquire;

			if (removal->kind == RA_FACT_DELETE && removal->key.len &&
			    is_registry(facts, removal->state) &&
			    (acquire = used_before(facts, removal)))
				report_waiters(d, acquire, removal);
		}
	}
}

static void run(struct ra_detection *d)
{
	if (ra_card_has(d->card, "of", "keys"))
		find_keys(d);
	else if (ra_card_has(d->card, "of", "waiters"))
		find_waiters(d);
	else
		find_dropped(d);
}

const struct ra_detector ra_detect_lost_lock = {
	.name = "lost-lock",
	.help = "the lock of an entry is dropped, or is another one, while the entry is in use",
	.params = "of",
	.vars = "map key other_key wake act teardown",
	.run = run,
};
