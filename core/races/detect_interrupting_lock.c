/*
 * interrupting-lock: a lock is taken by what runs in the middle of whoever holds it.
 *
 *     u runs at a signal, or when an object is collected: in a thread that is at any point of its own
 *     work; u takes L, itself or by what it calls; L is for threads and not re-entrant; another unit
 *     takes L too
 *
 * The thread that holds L waits for itself. Silent for a lock that is only tried, for one that u alone
 * takes, and for a lock of the very object that is collected: who holds that still has the object.
 */
#include "core/races/window.h"

enum { CALLS_MAX = 3, SEEN_MAX = 32 };

struct search {
	struct ra_detection *d;
	const struct ra_fact *starts;       /* the registration; NULL for a method by its name */
	uint32_t root;                      /* the unit that interrupts */
	uint32_t seen[SEEN_MAX], n_seen;
};

static bool is_first_visit(struct search *s, uint32_t unit)
{
	for (uint32_t i = 0; i < s->n_seen; i++)
		if (s->seen[i] == unit)
			return false;
	if (s->n_seen == SEEN_MAX)
		return false;
	s->seen[s->n_seen++] = unit;
	return true;
}

/* Of the object itself, not of what it refers to. */
static bool is_its_own(const struct ra_facts *facts, uint32_t lock)
{
	const struct ra_state *state = &facts->states.v[lock];

	return state->scope == RA_SCOPE_INSTANCE && ra_str_find(state->field, RA_STR(".")) < 0;
}

/* A lock that waits for its holder, whoever that is. */
static bool is_plain_lock(const struct search *s, const struct ra_region *region)
{
	const struct ra_facts *facts = s->d->facts;
	const struct ra_fact *acquire = ra_fact(facts, region->acquire);

	if (region->lock == RA_NONE || (!s->starts && is_its_own(facts, region->lock)))
		return false;
	return !region->async && !region->reentrant &&
	       region->kind == RA_KIND_LOCK && !region->entry && !region->private_ &&
	       acquire->how != RA_USE_TESTED && acquire->how != RA_USE_BOUND &&
	       !(acquire->flags & RA_FACT_AWAITS_TIMED);
}

/* Where another unit, in its ordinary course, takes the lock. */
static const struct ra_fact *taken_elsewhere(const struct search *s, const struct ra_region *region)
{
	const struct ra_facts *facts = s->d->facts;

	for (size_t i = 0; i < facts->regions.n; i++) {
		const struct ra_region *other = &facts->regions.v[i];

		if (other->lock == region->lock && other->unit != region->unit && !other->entry &&
		    other->unit != s->root && !facts->units[other->unit].constructs)
			return ra_fact(facts, other->acquire);
	}
	return NULL;
}

static void report(const struct search *s, const struct ra_region *region,
		   const struct ra_fact *held)
{
	struct ra_detection *d = s->d;
	const struct ra_fact *at = ra_fact(d->facts, region->acquire);
	const struct ra_unit *units = d->facts->shape->units.v;
	struct ra_candidate *c = ra_candidate_at(d, at, region->text);

	if (!c)
		return;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_var(d, c, "by", "%.*s", RA_FMT(units[s->root].qualified));
	ra_candidate_var(d, c, "task_b", "%.*s", RA_FMT(units[held->unit].qualified));
	ra_candidate_line(d, c, "held", held->line);
	if (s->starts) {
		ra_candidate_line(d, c, "registered", s->starts->line);
		ra_candidate_event(d, c, "register", s->starts, NULL);
	}
	ra_candidate_event(d, c, "acquire", held, "takes `%.*s`", RA_FMT(region->text));
	ra_candidate_event(d, c, "acquire", at, "takes it in the middle of that");
	ra_candidate_step(d, c, "Thread A", held->line, true, "takes `%.*s` in `%.*s`",
			  RA_FMT(region->text), RA_FMT(units[held->unit].qualified));
	ra_candidate_step(d, c, "Thread A", units[s->root].line, true, "is interrupted: `%.*s` runs",
			  RA_FMT(units[s->root].qualified));
	ra_candidate_step(d, c, "Thread A", at->line, true, "wants `%.*s` and waits for itself",
			  RA_FMT(region->text));
}

static void search_unit(struct search *s, uint32_t unit, unsigned depth)
{
	const struct ra_facts *facts = s->d->facts;
	const struct ra_unit_facts *of = &facts->units[unit];

	if (!is_first_visit(s, unit))
		return;
	for (uint32_t i = 0; i < of->n && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, of->first + i);

		if (fact->kind == RA_FACT_ACQUIRE && fact->region != RA_NONE) {
			const struct ra_region *region = &facts->regions.v[fact->region];
			const struct ra_fact *held = is_plain_lock(s, region)
				? taken_elsewhere(s, region) : NULL;

			if (held)
				report(s, region, held);
		} else if (fact->kind == RA_FACT_CALL && fact->callee != RA_NONE &&
			   depth < CALLS_MAX && !ra_api_with(fact->row, RA_EFFECT_HANDLER)) {
			search_unit(s, fact->callee, depth + 1);
		}
	}
}

static bool interrupts(const struct ra_api_row *row)
{
	row = ra_api_with(row, RA_EFFECT_HANDLER);
	return row && (row->flags & RA_API_INTERRUPTS);
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 1; u < facts->shape->units.n; u++) {
		const struct ra_unit *unit = &facts->shape->units.v[u];
		struct search s = { .d = d, .root = u };

		if ((unit->flags & RA_U_METHOD) &&
		    interrupts(ra_api_method(facts->api, RA_KIND_UNKNOWN, unit->name)))
			search_unit(&s, u, 0);
	}
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);
		struct search s = { .d = d, .starts = fact, .root = fact->callee };

		if (fact->kind == RA_FACT_CALL && fact->callee != RA_NONE &&
		    !(fact->flags & RA_FACT_INLINED) && interrupts(fact->row))
			search_unit(&s, fact->callee, 0);
	}
}

const struct ra_detector ra_detect_interrupting_lock = {
	.name = "interrupting-lock",
	.help = "a lock taken by what runs in the middle of whoever holds it",
	.params = "",
	.vars = "by held registered",
	.run = run,
};
