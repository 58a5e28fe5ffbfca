/*
 * torn-pair: two states that belong together are changed on two sides of a switch.
 *
 *     u:  change S1 < switch < change S2     one owner, one key, no region over both
 *     v:  access S1, access S2, no switch between     v can overlap with u
 *
 * A unit that reads both in one go believes that they agree; between the two changes they do not.
 * Both changes have to go the same way: both take away, or (a question) both put in. Silent when S2
 * is a mark that the unit itself set before: whoever sees the mark knows.
 *
 * Where tasks switch anywhere, the two changes are in two regions of one lock, v looks at both in one
 * region of it, and the switch is where u takes the lock again.
 */
#include "core/races/window.h"

struct pair {
	const struct ra_fact *first, *second, *sw;
	const struct ra_fact *sees_first, *sees_second;   /* in the other unit */
	struct ra_evidence why;
};

static bool same_owner(const struct ra_facts *facts, uint32_t a, uint32_t b)
{
	const struct ra_state *x = &facts->states.v[a], *y = &facts->states.v[b];
	bool members = x->scope == RA_SCOPE_INSTANCE || x->scope == RA_SCOPE_CLASS;
	bool both = y->scope == RA_SCOPE_INSTANCE || y->scope == RA_SCOPE_CLASS;

	return a != b && members == both && x->owner == y->owner && x->scope != RA_SCOPE_CLOSURE &&
	       (members || x->scope == y->scope);
}

static bool is_part(const struct ra_fact *fact)
{
	return (fact->kind == RA_FACT_DELETE || fact->kind == RA_FACT_INSERT) && fact->key.len &&
	       !(fact->flags & RA_FACT_FRESH);
}

static bool belongs(const struct ra_facts *facts, const struct ra_fact *a, const struct ra_fact *b)
{
	return a->kind == b->kind && ra_str_eq(a->key, b->key) &&
	       same_owner(facts, a->state, b->state) && ra_str_eq(a->base, b->base);
}

/* Two calls of one helper are two pairs, not one. */
static bool of_two_calls(const struct ra_fact *a, const struct ra_fact *b)
{
	return a->via != RA_NONE && b->via != RA_NONE && a->via != b->via;
}

/* Did the unit put the second entry there itself, before the first change? */
static bool is_mark(const struct ra_facts *facts, const struct pair *p)
{
	const struct ra_fact *fact = p->second;

	while ((fact = ra_fact_previous(facts, fact)))
		if (fact->position < p->first->position && fact->kind == RA_FACT_INSERT &&
		    ra_str_eq(fact->key, p->second->key))
			return p->second->kind == RA_FACT_DELETE;
	return false;
}

static bool in_one_region(const struct ra_facts *facts, const struct ra_fact *a,
			  const struct ra_fact *b, const struct pair *p)
{
	return ra_fact_common_region(facts, a, b, a->state) &&
	       ra_fact_same_lock(facts, a, p->first, a->state);
}

/* Does the unit look at both states under one key in one go, and under no lock of the pair's? */
static bool sees_both(const struct ra_facts *facts, uint32_t v, struct pair *p)
{
	const struct ra_unit_facts *unit = &facts->units[v];

	for (uint32_t i = 0; i < unit->n_stream && ra_facts_step(facts); i++) {
		const struct ra_fact *a = ra_fact(facts, unit->stream[i]);

		if (!ra_fact_is_access(a->kind) || !a->key.len ||
		    (a->state != p->first->state && a->state != p->second->state) ||
		    ra_fact_same_lock(facts, a, p->sw, a->state))
			continue;
		for (uint32_t k = i + 1; k < unit->n_stream && ra_facts_step(facts); k++) {
			const struct ra_fact *b = ra_fact(facts, unit->stream[k]);

			if (!ra_fact_is_access(b->kind) || !ra_str_eq(a->key, b->key) ||
			    b->state != (a->state == p->first->state ? p->second->state
								      : p->first->state) ||
			    ra_fact_order(facts, a, b, false) == RA_ORDER_NEVER ||
			    ra_fact_switch(facts, unit, a->position, b->position) ||
			    (unit->preemptive && !in_one_region(facts, a, b, p)))
				continue;
			p->sees_first = a->state == p->first->state ? a : b;
			p->sees_second = a->state == p->first->state ? b : a;
			return true;
		}
	}
	return false;
}

/* What is read into a local and tested next is decided by the test. */
static const struct ra_fact *decided_by(const struct ra_facts *facts, const struct ra_fact *read)
{
	const struct ra_unit_facts *unit = &facts->units[read->unit];

	for (uint32_t i = read->position + 1; i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact->kind == RA_FACT_TEST && fact->origin == read->index)
			return ra_fact_switch(facts, unit, read->position, i) ? read : fact;
	}
	return read;
}

static bool find_reader(const struct ra_facts *facts, uint32_t u, struct pair *p)
{
	for (uint32_t v = 0; v < facts->shape->units.n; v++) {
		if (facts->units[v].constructs || v == u)
			continue;
		p->why = ra_units_together(facts, u, v);
		if (p->why.strength >= RA_TOGETHER_PUBLIC && sees_both(facts, v, p))
			return true;
	}
	return false;
}

static void report(struct ra_detection *d, const struct pair *p)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *one = &facts->states.v[p->first->state];
	const struct ra_state *two = &facts->states.v[p->second->state];
	struct ra_str task = facts->shape->units.v[p->sees_first->unit].qualified;
	struct ra_candidate *c = ra_candidate_at(d, p->second, one->name);
	const char *gone = p->first->kind == RA_FACT_DELETE ? "gone" : "there";
	const char *other = p->first->kind == RA_FACT_DELETE ? "still there" : "not there yet";

	if (!c)
		return;
	c->question |= p->first->kind == RA_FACT_INSERT;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(one->name));
	ra_candidate_var(d, c, "second", "%.*s", RA_FMT(two->name));
	ra_candidate_var(d, c, "key", "%.*s", RA_FMT(p->first->key));
	ra_candidate_line(d, c, "first_line", p->first->line);
	ra_candidate_line(d, c, "second_line", p->second->line);
	ra_candidate_line(d, c, "switch", p->sw->line);
	ra_candidate_var(d, c, "task_b", "%.*s", RA_FMT(task));
	ra_candidate_var(d, c, "why", "%.*s", RA_FMT(p->why.text));
	ra_candidate_event(d, c, "first change", p->first, "`%.*s` changes", RA_FMT(one->name));
	ra_trace_race(d, c, p->first, p->sw, decided_by(facts, p->sees_second), p->second, &p->why,
		      "`%.*s` is %s and `%.*s` is %s: Task B acts on a state that never should be",
		      RA_FMT(one->name), gone, RA_FMT(two->name), other);
	ra_candidate_event(d, c, "reads both", p->sees_first, "`%.*s` looks at both in one go",
			   RA_FMT(task));
}

/* In a handler that the first one does not stand in: what has failed is undone there, and the way on has
 * changed both before. */
static bool is_undone(const struct ra_facts *facts, const struct pair *p)
{
	uint32_t handler = ra_block_enclosing(facts->shape, p->second->block, RA_B_HANDLER);

	return handler && !ra_block_inside(facts->shape, p->first->block, handler);
}

/* The acquisition of the lock of the first change by which the second one holds it again. */
static const struct ra_fact *taken_again(const struct ra_facts *facts, const struct pair *p)
{
	const struct ra_region *region;

	if (!facts->units[p->first->unit].preemptive ||
	    ((p->first->flags | p->second->flags) & RA_FACT_INLINED) ||
	    !ra_fact_same_lock(facts, p->first, p->second, p->first->state) ||
	    ra_fact_order(facts, p->first, p->second, false) != RA_ORDER_ALWAYS)
		return NULL;
	for (uint32_t i = 0; i < p->second->n_regions; i++) {
		region = &facts->regions.v[p->second->regions[i]];
		if (!region->entry && region->acquire != RA_NONE &&
		    ra_fact(facts, region->acquire)->unit == p->first->unit &&
		    ra_fact(facts, region->acquire)->position > p->first->position)
			return ra_fact(facts, region->acquire);
	}
	return NULL;
}

/* The first change behind that makes a pair which another unit sees apart. */
static void find_second(struct ra_detection *d, const struct ra_unit_facts *unit, struct pair *p)
{
	const struct ra_facts *facts = d->facts;
	uint32_t u = p->first->unit, i = p->first->position;

	for (uint32_t k = i + 1; k < unit->n_stream && ra_facts_step(facts); k++) {
		p->second = ra_fact(facts, unit->stream[k]);
		if (!is_part(p->second) || !belongs(facts, p->first, p->second) ||
		    of_two_calls(p->first, p->second) || is_mark(facts, p) || is_undone(facts, p))
			continue;
		p->sw = ra_fact_switch(facts, unit, i, k);
		if (!p->sw)
			p->sw = taken_again(facts, p);
		if (!p->sw ||
		    ra_fact_common_region(facts, p->first, p->second, p->first->state) ||
		    !find_reader(facts, u, p))
			continue;
		report(d, p);
		return;
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit_facts *unit = &facts->units[u];

		for (uint32_t i = 0; i < unit->n_stream && !unit->constructs; i++) {
			struct pair p = { .first = ra_fact(facts, unit->stream[i]) };

			if (is_part(p.first))
				find_second(d, unit, &p);
		}
	}
}

const struct ra_detector ra_detect_torn_pair = {
	.name = "torn-pair",
	.help = "two states that belong together are changed on two sides of a switch",
	.params = "",
	.vars = "second key first_line second_line switch why",
	.run = run,
};
