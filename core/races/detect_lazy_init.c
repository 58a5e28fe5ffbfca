/*
 * lazy-init: what is to be made once is made by two tasks.
 *
 *     test S absent < write S     on the absent side; R(test) and R(write) share no region; a
 *                                 switch between (in its making, or anywhere for threads); no
 *                                 second test; this unit can overlap with itself
 *
 * `of` says which states: `value` (an object is made), `flag` (a constant is set behind the work that
 * it stands for), `class` (class or module state of code that runs in threads, with no lock at
 * all), `unchecked` (the lock is taken behind the test, and nothing looks again under it).
 */
#include "core/races/window.h"

static const char *kind_of(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_state *state = &facts->states.v[w->opens->state];

	if (!w->sw && w->closes->n_regions > w->opens->n_regions)
		return "unchecked";
	if (!w->sw && (state->scope == RA_SCOPE_CLASS || state->scope == RA_SCOPE_MODULE))
		return "class";
	return w->closes->flags & RA_FACT_CONSTANT ? "flag" : "value";
}

/* Flags that say that something is over: setting one twice, late, does no harm by itself. */
static bool is_latch(const struct ra_facts *facts, const struct ra_window *w)
{
	static const char *const words[] = {
		"clos", "eof", "sent", "done", "finish", "stop", "end", "dispos", "cancel", "shut",
		"exhaust", "complet", "terminat", "abort", "releas", "exit",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ra_str_ifind(facts->states.v[w->opens->state].field, ra_str(words[i])) >= 0)
			return w->closes->flags & RA_FACT_CONSTANT;
	return false;
}

/* An answer that is looked up or computed: whoever is late finds the same one. */
static bool is_memo(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_fact *other;

	if (!(w->closes->flags & RA_FACT_CONSTANT))
		return w->why.strength <= RA_TOGETHER_PUBLIC &&
		       ra_write_is_lookup(facts, w->closes);
	for (other = ra_state_use(facts, w->closes->state); other;
	     other = ra_fact_next_use(facts, other))
		if (other->unit == w->opens->unit && other->kind == RA_FACT_WRITE &&
		    (other->flags & RA_FACT_CONSTANT) && (other->flags & RA_FACT_NULL) !=
		    (w->closes->flags & RA_FACT_NULL))
			return true; /* set to true here and to false there */
	return false;
}

static void report(struct ra_detection *d, const struct ra_window *w)
{
	const struct ra_state *state = &d->facts->states.v[w->opens->state];
	struct ra_candidate *c = ra_candidate_at(d, w->closes, state->name);
	bool flag = w->closes->flags & RA_FACT_CONSTANT;

	if (!c)
		return;
	ra_window_vars(d, c, w);
	if (!ra_str_is(ra_card_param(d->card, "of"), "class"))
		c->question |= !ra_window_judge(c, w) ||
			       ra_unit_ends_life(d->facts, w->opens->unit) ||
			       (flag && ra_unit_is_lifecycle(d->facts, w->opens->unit)) ||
			       is_latch(d->facts, w) || is_memo(d->facts, w);
	ra_trace_race(d, c, w->opens, w->sw, w->conflict, w->closes, &w->why, "%s",
		      flag ? "both did the work that `once` was meant for"
			   : "two were made: the first is replaced while its users still hold it");
}

/* `S = await this.promise`: what was made by somebody else, and is the same for all who wait for it.
 * Made here it is that only where the unit looks whether it is there. */
static bool takes_shared(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_node *value = write->statement && write->statement->kind == RA_N_ASSIGN ?
				      ra_node_last(write->statement) : NULL;
	const struct ra_unit_facts *unit = &facts->units[write->unit];
	bool made = false, looked = false;
	uint32_t of;

	if (!value || value->kind != RA_N_AWAIT || !value->kids ||
	    value->kids->kind != RA_N_MEMBER || (write->flags & RA_FACT_INLINED))
		return false;
	of = ra_fact_of_node(facts, value->kids);
	if (of == RA_NONE || !ra_fact_is_access(ra_fact(facts, of)->kind))
		return false;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (fact->state != ra_fact(facts, of)->state)
			continue;
		made |= ra_fact_is_access(fact->kind) && ra_fact_changes(fact->kind);
		looked |= fact->kind == RA_FACT_TEST;
	}
	return looked || !made;
}

static bool is_init(const struct ra_fact *test, const struct ra_fact *fact, int says)
{
	bool absent = says == RA_SAYS_ABSENT ||
		      (says == RA_SAYS_VALUE && (test->flags & RA_FACT_MAYBE));

	return absent && fact->kind == RA_FACT_WRITE && !fact->key.len &&
	       fact->state == test->state && !test->key.len &&
	       !(fact->flags & RA_FACT_NULL);
}

/* An accessor: whoever calls gets the object that it made or found. */
static bool handed_out(const struct ra_facts *facts, const struct ra_fact *act)
{
	const struct ra_fact *fact = act;

	while ((fact = ra_fact_next(facts, fact)))
		if (fact->kind == RA_FACT_READ)
			return true;
	return false;
}

/*
 * Threads that nothing in the file shows: a class or module singleton that is made without any
 * lock where the file works with threads at all.
 */
static bool threads_evident(const struct ra_facts *facts, const struct ra_fact *test,
			    const struct ra_fact *act)
{
	const struct ra_state *state = &facts->states.v[test->state];

	return (facts->runtimes & (RA_RT_THREADS | RA_RT_GREENLETS)) &&
	       (state->scope == RA_SCOPE_CLASS || state->scope == RA_SCOPE_MODULE) &&
	       !facts->units[test->unit].is_async && !facts->units[test->unit].constructs &&
	       !ra_fact_common_region(facts, test, act, test->state) &&
	       handed_out(facts, act);
}

static bool find_window(struct ra_detection *d, const struct ra_fact *opens,
			const struct ra_fact *act, struct ra_window *w)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *again = opens;

	if (ra_window_find(facts, opens, act, RA_KINDS(RA_FACT_WRITE), w))
		return w->conflict != NULL;
	if (!threads_evident(facts, opens, act) || w->sw ||
	    ra_fact_order(facts, opens, act, false) == RA_ORDER_NEVER)
		return false;
	while ((again = ra_fact_next(facts, again)) && again->position < act->position)
		if (ra_fact_decides(again))
			return false;
	w->conflict = act;
	w->why = (struct ra_evidence){
		.strength = RA_TOGETHER_PUBLIC, .preemptive = true, .fact = RA_NONE,
		.text = RA_STR("the file works with threads, and the state is one for all of them"),
	};
	return true;
}

/* The first write on the absent side that is in a window. */
static void find_init(struct ra_detection *d, const struct ra_fact *test)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *opens = test->origin == RA_NONE ? test : ra_fact(facts, test->origin);
	const struct ra_fact *act = test;
	uint32_t to = ra_fact_governs_to(facts, test);
	struct ra_window w;

	while ((act = ra_fact_next(facts, act)) && act->position <= to) {
		if (is_init(test, act, ra_fact_governed(facts, test, act)) &&
		    !takes_shared(facts, act) &&
		    find_window(d, opens, act, &w) &&
		    ra_card_has(d->card, "of", kind_of(facts, &w))) {
			report(d, &w);
			return;
		}
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		for (uint32_t i = 0; i < unit->n_stream; i++) {
			const struct ra_fact *test = ra_fact(facts, unit->stream[i]);

			if (ra_fact_decides(test))
				find_init(d, test);
		}
	}
}

const struct ra_detector ra_detect_lazy_init = {
	.name = "lazy-init",
	.help = "what is to be made once is made by two tasks",
	.params = "of",
	.vars = "access key check act switch conflict why",
	.run = run,
};
