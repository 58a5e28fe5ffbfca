/*
 * check-then-act: a decision on a state is acted on after another task could change it.
 *
 *     test S < act on S     act on the side that the test decides; R(test) and R(act) share no
 *                           region; a switch between; no test of S after the last switch; no claim
 *                           of S before the first; another unit, or this one again, changes S
 *
 * `act` says which:
 *     insert   absent, and then an entry is stored: two tasks both store
 *     vanish   present, and then an entry is read or removed that must be there: KeyError
 *     empty    a container is not empty, and then its first or last element is taken
 *     reuse    an entry is stored or used, and behind a switch removed as if it must still be there
 *     use      present, and then the object is used that another task sets to nothing
 *     count    a number, or how much a container holds, is held against a bound, and then it grows
 *              or shrinks behind a switch: all who saw room go on
 *     stamp    a value is held against another one, and then replaced behind a switch: all who saw
 *              the old one do what was meant for one
 *     ended    a flag is tested under a lock, and behind its release an object is used that another
 *              task closes once it has set the flag under that lock
 *     apart    a flag that is written under a lock is tested outside the region of it in which
 *              another state is changed: what was tested may have changed meanwhile
 * Silent for what does both in one step (setdefault, pop with a default) and for guards over both.
 */
#include "core/races/window.h"

enum act {
	ACT_NONE, ACT_INSERT, ACT_VANISH, ACT_USE, ACT_COUNT, ACT_STAMP, ACT_EMPTY, ACT_REUSE, ACT_APART
};

static bool is_data(const struct ra_facts *facts, uint32_t index)
{
	unsigned kind = facts->states.v[index].kind;

	return ra_kind_is_data(kind) || kind == RA_KIND_PROCESS ||
	       kind == RA_KIND_TASK || kind == RA_KIND_FUTURE || kind == RA_KIND_THREAD;
}

/* `x < n`, also of what `x` holds: `x.size < n`, `len(x) < n`. */
static bool is_bounded(const struct ra_fact *test)
{
	const struct ra_node *node = test->node;

	for (int steps = 0; node && steps < 3; steps++) {
		node = node->up;
		if (node && node->kind == RA_N_COMPARE)
			return node->word == RA_O_LT || node->word == RA_O_LE ||
			       node->word == RA_O_GT || node->word == RA_O_GE;
	}
	return false;
}

static enum act act_on_value(const struct ra_facts *facts, const struct ra_fact *test,
			     const struct ra_fact *fact)
{
	unsigned kind = facts->states.v[fact->state].kind;
	bool many = ra_kind_is_container(kind);

	if (test->key.len || !is_bounded(test))
		return ACT_NONE;
	if (many)
		return fact->kind == RA_FACT_INSERT ? ACT_COUNT : ACT_NONE;
	if (fact->key.len)
		return ACT_NONE;
	if (fact->kind == RA_FACT_UPDATE)
		return ACT_COUNT;
	return fact->kind == RA_FACT_WRITE && !(fact->flags & (RA_FACT_CONSTANT | RA_FACT_NULL))
		? ACT_STAMP : ACT_NONE;
}

/* Is something done with the object that cannot be done with nothing? A container is emptied, and is
 * still there; a value that is only handed on may be nothing. */
static bool is_used(const struct ra_facts *facts, const struct ra_fact *fact)
{
	unsigned kind = facts->states.v[fact->state].kind;
	const struct ra_node *up = fact->node ? fact->node->up : NULL;

	if (ra_kind_is_container(kind))
		return false;
	return !up || (up->kind != RA_N_KEYWORD && up->kind != RA_N_STRING &&
		       !(up->kind == RA_N_CALL && up->kids != fact->node));
}

/* In a `try` whose handlers are there for what an act that comes too late raises: any, as they stand
 * around it alone. */
static bool is_caught(const struct ra_facts *facts, const struct ra_fact *act)
{
	const struct ra_block *block = &facts->shape->blocks.v[act->block];
	const struct ra_node *try = block->role == RA_B_TRY ? block->node->up : NULL;

	return try && ra_node_find(try, RA_N_HANDLER) && block->node->kids &&
	       !block->node->kids->next;
}

/* `if q: q.popleft()`: what must not be empty. */
static bool takes_element(const struct ra_facts *facts, const struct ra_fact *test,
			  const struct ra_fact *fact)
{
	unsigned kind = facts->states.v[fact->state].kind;

	return !test->key.len && (fact->flags & RA_FACT_MAY_RAISE) && !is_caught(facts, fact) && fact->kind == RA_FACT_DELETE &&
	       (kind == RA_KIND_LIST || kind == RA_KIND_SET || kind == RA_KIND_DEQUE);
}

static enum act act_of(const struct ra_facts *facts, const struct ra_fact *test,
		       const struct ra_fact *fact, int says)
{
	if (fact->flags & RA_FACT_ATOMIC)
		return ACT_NONE;
	if (says == RA_SAYS_VALUE && test->how == RA_SAYS_VALUE)
		return act_on_value(facts, test, fact);
	if (says == RA_SAYS_VALUE && (test->flags & RA_FACT_MAYBE))
		says = RA_SAYS_ABSENT;
	if (says == RA_SAYS_ABSENT && fact->kind == RA_FACT_INSERT && fact->key.len &&
	    test->key.len)
		return ACT_INSERT;
	if (says != RA_SAYS_PRESENT)
		return ACT_NONE;
	if (fact->key.len && test->key.len && (fact->flags & RA_FACT_MAY_RAISE) &&
	    (fact->kind == RA_FACT_READ || fact->kind == RA_FACT_DELETE) && !ra_fact_decides(fact))
		return ACT_VANISH;
	if (takes_element(facts, test, fact))
		return ACT_EMPTY;
	if (!fact->key.len && !test->key.len && fact->kind == RA_FACT_READ &&
	    (fact->flags & RA_FACT_BARE_NAME) && is_used(facts, fact))
		return ACT_USE;
	return ACT_NONE;
}

static uint32_t harmful(enum act act)
{
	switch (act) {
	case ACT_INSERT:
		return RA_KINDS(RA_FACT_INSERT) | RA_KINDS(RA_FACT_WRITE);
	case ACT_COUNT:
		return RA_KINDS(RA_FACT_INSERT) | RA_KINDS(RA_FACT_UPDATE);
	case ACT_STAMP:
		return RA_KINDS(RA_FACT_WRITE);
	default:
		return RA_KINDS(RA_FACT_DELETE) | RA_KINDS_RESET;
	}
}

static const char *consequence(enum act act)
{
	switch (act) {
	case ACT_INSERT:
		return "the second store replaces the first: what Task B stored is lost, and "
		       "whatever it opened is never closed";
	case ACT_VANISH: case ACT_REUSE:
		return "the entry that was there is gone";
	case ACT_EMPTY:
		return "the container is empty";
	case ACT_COUNT:
		return "counts by a bound that Task B has used up meanwhile";
	case ACT_STAMP:
		return "both did what the comparison was to let only one do";
	case ACT_APART:
		return "acts on a decision that no longer holds: the lock was free in between";
	default:
		return "the object is gone: what is used now is nothing, or already closed";
	}
}

static void report(struct ra_detection *d, const struct ra_window *w, enum act act)
{
	const struct ra_state *state = &d->facts->states.v[w->opens->state];
	struct ra_candidate *c = ra_candidate_at(d, w->closes, state->name);

	if (!c)
		return;
	ra_window_vars(d, c, w);
	c->question |= !ra_window_judge(c, w);
	/* both look it up and store the same: work done twice, nothing lost */
	if (act == ACT_INSERT && w->why.strength <= RA_TOGETHER_PUBLIC &&
	    ra_write_is_lookup(d->facts, w->closes))
		ra_candidate_weaken(c, RA_SEV_LOW, RA_CONF_MEDIUM);
	if (w->conflict)
		ra_trace_race(d, c, w->opens, w->sw, w->conflict, w->closes, &w->why, "%s",
			      consequence(act));
}

/* A close that tests, closes and clears is an idiom: two closers at a time are for people. */
static bool is_teardown(const struct ra_facts *facts, const struct ra_window *w, enum act act)
{
	return act == ACT_USE && (!w->conflict || w->conflict->unit == w->opens->unit) &&
	       ra_unit_is_lifecycle(facts, w->opens->unit);
}

static bool try_pair(struct ra_detection *d, const struct ra_fact *test, const struct ra_fact *fact)
{
	static const char *const names[] = { "", "insert", "vanish", "use", "count", "stamp",
					     "empty" };
	const struct ra_fact *opens = test->origin == RA_NONE ? test : ra_fact(d->facts, test->origin);
	struct ra_window w;
	enum act act;
	int says = ra_fact_governed(d->facts, test, fact);

	if (says < 0 || fact->state != test->state || !ra_fact_same_key(test, fact))
		return false;
	act = act_of(d->facts, test, fact, says);
	if (act == ACT_NONE || !ra_card_has(d->card, "act", names[act]) ||
	    !ra_window_find(d->facts, opens, fact, harmful(act), &w) ||
	    is_teardown(d->facts, &w, act))
		return false;
	if (act != ACT_INSERT && !w.conflict)
		return false;
	if ((act == ACT_COUNT || act == ACT_STAMP) && !w.sw)
		return false; /* between threads the update itself is the race */
	report(d, &w, act);
	return true;
}

/* -- an entry over a switch ------------------------------------------------------------------ */

/* The unit whose text the fact is of: a callee's, where it stands at a call. */
static uint32_t written_in(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return fact->via != RA_NONE && (fact->flags & RA_FACT_INLINED)
		? ra_fact(facts, fact->via)->callee : fact->unit;
}

/* Another unit that takes entries away: what this one does in another run is under a key of its own. */
static bool removed_elsewhere(const struct ra_facts *facts, const struct ra_fact *act,
			      struct ra_window *w)
{
	uint32_t own = written_in(facts, act);
	const struct ra_fact *fact;

	w->conflict = NULL;
	w->why = (struct ra_evidence){ .strength = RA_TOGETHER_NO, .fact = RA_NONE };
	for (fact = ra_state_use(facts, act->state); fact; fact = ra_fact_next_use(facts, fact)) {
		struct ra_evidence why;

		if (fact->unit == act->unit || fact->unit == own ||
		    (fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) ||
		    (fact->kind != RA_FACT_DELETE &&
		     !(fact->kind == RA_FACT_WRITE && (fact->flags & RA_FACT_NULL))) ||
		    ra_fact_same_lock(facts, fact, w->sw, act->state))
			continue;
		why = ra_units_together(facts, act->unit, fact->unit);
		if (why.strength <= w->why.strength)
			continue;
		w->why = why;
		w->conflict = fact;
	}
	return w->conflict != NULL;
}

static bool changes_in(const struct ra_facts *facts, uint32_t unit, uint32_t state)
{
	const struct ra_fact *fact;

	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact))
		if (fact->unit == unit && ra_fact_is_access(fact->kind) &&
		    ra_fact_changes(fact->kind))
			return true;
	return false;
}

/* Behind the switch the unit looks at a flag that the other one sets too: `if self._closed: raise`. */
static bool looks_at_flag(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_unit_facts *unit = &facts->units[w->opens->unit];

	for (uint32_t i = w->sw->position + 1; i < w->closes->position && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (ra_fact_decides(fact) && changes_in(facts, w->conflict->unit, fact->state))
			return true;
	}
	return false;
}

/* It was there when it was stored, or used; then it is removed, and must be there. */
static bool try_reuse(struct ra_detection *d, const struct ra_fact *opens, const struct ra_fact *act)
{
	struct ra_window w;

	if (act->kind != RA_FACT_DELETE || !(act->flags & RA_FACT_MAY_RAISE) ||
	    (act->flags & RA_FACT_ATOMIC) || !act->key.len || !ra_str_eq(act->key, opens->key) ||
	    ra_fact_decides(act) || is_caught(d->facts, act) ||
	    !ra_window_find(d->facts, opens, act, harmful(ACT_REUSE), &w) || !w.sw ||
	    !removed_elsewhere(d->facts, act, &w) || looks_at_flag(d->facts, &w))
		return false;
	report(d, &w, ACT_REUSE);
	return true;
}

static void find_reuse(struct ra_detection *d, const struct ra_fact *opens)
{
	const struct ra_fact *act = opens;

	if (!opens->key.len || opens->n_regions ||
	    (opens->kind != RA_FACT_INSERT &&
	     !(opens->kind == RA_FACT_READ && (opens->flags & RA_FACT_MAY_RAISE))))
		return;
	while ((act = ra_fact_next(d->facts, act)))
		if (try_reuse(d, opens, act))
			return;
}

/* -- a flag and its lock --------------------------------------------------------------------- */

static bool looks_again_in(const struct ra_facts *facts, const struct ra_fact *test,
			   const struct ra_fact *act)
{
	const struct ra_fact *fact = test;

	while ((fact = ra_fact_next(facts, fact)) && fact->position < act->position)
		if (ra_fact_is_access(fact->kind) && ra_fact_common_region(facts, fact, act, RA_NONE))
			return true;
	return false;
}

/* Is it a latch: nothing at first, set to something some time, and to nothing never again? */
static bool is_latch(const struct ra_facts *facts, uint32_t state)
{
	const struct ra_fact *fact;

	if (!facts->states.v[state].initialised_null)
		return false;
	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact))
		if (ra_fact_is_access(fact->kind) && ra_fact_changes(fact->kind) &&
		    !facts->units[fact->unit].constructs &&
		    (fact->kind != RA_FACT_WRITE || (fact->flags & RA_FACT_NULL)))
			return false;
	return true;
}

/* Tested under the very lock that the act takes anew: what was free to change in between is most often
 * meant to. A latch is not: once it is set, the act comes after the end. */
static bool is_meant(const struct ra_facts *facts, const struct ra_fact *test,
		     const struct ra_fact *opens, const struct ra_fact *act)
{
	return opens->n_regions && ra_fact_same_lock(facts, opens, act, RA_NONE) &&
	       ((act->flags & RA_FACT_INLINED) || act->kind == RA_FACT_DELETE ||
		(act->flags & RA_FACT_NULL) || !is_latch(facts, test->state) ||
		ra_fact_governed(facts, test, act) != RA_SAYS_ABSENT);
}

static bool try_apart(struct ra_detection *d, const struct ra_fact *test, const struct ra_fact *act)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *opens = test->origin == RA_NONE ? test : ra_fact(facts, test->origin);
	struct ra_window w = { .opens = opens, .closes = act };

	if (!ra_fact_is_access(act->kind) || !ra_fact_changes(act->kind) ||
	    (act->flags & RA_FACT_FRESH) || act->state == test->state ||
	    facts->states.v[test->state].behind || /* its own lock says what it is */
	    !ra_str_eq(act->base, test->base) ||
	    !act->n_regions || facts->units[act->unit].constructs ||
	    ra_fact_governed(facts, test, act) < 0 ||
	    ra_fact_common_region(facts, opens, act, RA_NONE) ||
	    is_meant(facts, test, opens, act) || looks_again_in(facts, test, act))
		return false;
	w.conflict = ra_fact_conflict(facts, act->unit, test->state, NULL,
				      RA_KINDS(RA_FACT_WRITE) | RA_KINDS(RA_FACT_UPDATE), &w.why);
	if (!w.conflict || w.conflict->unit == act->unit ||
	    !ra_fact_same_lock(facts, w.conflict, act, test->state))
		return false;
	w.sw = ra_fact_switch(facts, &facts->units[act->unit], opens->position, act->position);
	if (!w.sw && !facts->units[act->unit].preemptive)
		return false;
	report(d, &w, ACT_APART);
	return true;
}

/* -- a flag and what ends with it -------------------------------------------------------------- */

static bool is_close(const struct ra_fact *call, uint32_t object)
{
	static const char *const ends[] = { ".close", ".shutdown", ".terminate", ".destroy",
					    ".disconnect" };

	if (call->kind != RA_FACT_CALL || call->state != object || call->key.len)
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ra_str_ends(call->name, ra_str(ends[i])))
			return true;
	return false;
}

/* Behind the fact that sets the flag its unit closes the object; NULL. */
static const struct ra_fact *closed_behind(const struct ra_facts *facts, const struct ra_fact *set,
					   uint32_t object)
{
	const struct ra_unit_facts *unit = &facts->units[set->unit];

	for (uint32_t i = set->position + 1; i < unit->n_stream && ra_facts_step(facts); i++)
		if (is_close(ra_fact(facts, unit->stream[i]), object))
			return ra_fact(facts, unit->stream[i]);
	return NULL;
}

/* Another unit that sets the flag under the lock of the test and closes the object then. */
static const struct ra_fact *ender(const struct ra_facts *facts, const struct ra_fact *opens,
				   const struct ra_fact *act, struct ra_evidence *why)
{
	const struct ra_fact *set = ra_state_use(facts, opens->state), *end;

	for (; set; set = ra_fact_next_use(facts, set)) {
		if (set->kind != RA_FACT_WRITE || (set->flags & (RA_FACT_INLINED | RA_FACT_NULL)) ||
		    set->unit == act->unit || !ra_fact_same_lock(facts, set, opens, opens->state))
			continue;
		end = closed_behind(facts, set, act->state);
		*why = ra_units_together(facts, act->unit, set->unit);
		if (end && !ra_fact_same_lock(facts, end, act, RA_NONE) && why->preemptive &&
		    why->strength >= RA_TOGETHER_PUBLIC)
			return set;
	}
	return NULL;
}

static bool try_ended(struct ra_detection *d, const struct ra_fact *test, const struct ra_fact *act)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *opens = test->origin == RA_NONE ? test : ra_fact(facts, test->origin);
	struct ra_window w = { .opens = opens, .closes = act };

	if (act->kind != RA_FACT_CALL || act->state == RA_NONE || act->state == test->state ||
	    !opens->n_regions || !facts->units[act->unit].preemptive ||
	    facts->states.v[act->state].scope != RA_SCOPE_INSTANCE ||
	    facts->states.v[act->state].owner != facts->states.v[test->state].owner ||
	    is_close(act, act->state) || is_caught(facts, act) ||
	    ra_fact_governed(facts, test, act) != RA_SAYS_ABSENT ||
	    ra_fact_common_region(facts, opens, act, RA_NONE) || looks_again_in(facts, test, act))
		return false;
	w.conflict = ender(facts, opens, act, &w.why);
	if (!w.conflict)
		return false;
	report(d, &w, ACT_APART);
	return true;
}

/* The first act that the test governs and that is one. */
static void find_act(struct ra_detection *d, const struct ra_unit_facts *unit,
		     const struct ra_fact *test, bool apart)
{
	const struct ra_facts *facts = d->facts;
	bool ended = ra_card_has(d->card, "act", "ended");
	uint32_t to = ra_fact_governs_to(facts, test);

	for (uint32_t i = test->position + 1; i <= to && ra_facts_step(facts); i++) {
		const struct ra_fact *act = ra_fact(facts, unit->stream[i]);

		if (try_pair(d, test, act) || (apart && try_apart(d, test, act)) ||
		    (ended && try_ended(d, test, act)))
			return;
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	bool apart = ra_card_has(d->card, "act", "apart");
	bool reuse = ra_card_has(d->card, "act", "reuse");

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		for (uint32_t i = 0; i < unit->n_stream; i++) {
			const struct ra_fact *test = ra_fact(facts, unit->stream[i]);

			if (ra_fact_decides(test) && is_data(facts, test->state))
				find_act(d, unit, test, apart);
			else if (reuse && ra_fact_is_access(test->kind))
				find_reuse(d, test);
		}
	}
}

const struct ra_detector ra_detect_check_then_act = {
	.name = "check-then-act",
	.help = "a decision on a state is acted on after another task could change it",
	.params = "act",
	.vars = "access key check act switch conflict why",
	.run = run,
};
