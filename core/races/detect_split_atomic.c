/*
 * split-atomic: an atomic is looked at and then changed in two steps, each of them whole.
 *
 *     test A; write A    what the test decides is done by two tasks, or what one set is lost
 *     read A; write A    the value comes from the one that was read: a change between is lost
 *     test A; update A   a limit is tested and then counted up to: it is passed
 *
 * Whose atomic is shared needs no evidence: that is what it is for. But somebody else has to change
 * it: another unit, or another run of this one. Where the receiver is exclusive (`&mut self`) only
 * who has the atomic by another handle can. Silent where a lock is held over both, for a write of
 * what the test says is there or not anyway (`if !set { set }`, with nothing else in the branch),
 * where a compare-and-swap follows, and where what the count has come to is looked at.
 */
#include "core/races/window.h"
#include "core/races/tree.h"

struct split {
	const struct ra_fact *look, *act, *conflict;
	bool limit;                     /* counted up to a limit */
};

/* An atomic, or what is used by a function that makes it one: `atomic.LoadInt64(&s.n)`. */
static bool is_shared(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_state *state = &facts->states.v[fact->state];

	if (state->kind == RA_KIND_ATOMIC)
		return !(state->api_flags & RA_API_LOCAL);
	return fact->row && (fact->row->flags & RA_API_ATOMIC) && fact->row->arg == 0 &&
	       ra_str_find(fact->row->name, RA_STR(":")) < 0; /* of a function, not a method */
}

/* Does the unit have its object to itself while it runs? */
static bool is_exclusive(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit *u = &facts->shape->units.v[unit];

	return (u->flags & RA_U_METHOD) && u->receiver.len && !(u->flags & RA_U_POINTER) &&
	       facts->shape->tokens->language->drops_values;
}

static bool through_receiver(const struct ra_facts *facts, const struct ra_fact *access)
{
	const struct ra_unit *unit = &facts->shape->units.v[access->unit];

	return unit->receiver.len && ra_str_eq(access->base, unit->receiver);
}

/* A local that closures share is changed by as many as run at a time. */
static bool may_meet(const struct ra_facts *facts, uint32_t u, const struct ra_fact *other)
{
	return facts->states.v[other->state].scope != RA_SCOPE_CLOSURE ||
	       ra_units_together(facts, u, other->unit).strength >= RA_TOGETHER_HANDLER;
}

/* The change by somebody else that comes between. */
static const struct ra_fact *find_conflict(const struct ra_facts *facts, const struct ra_fact *act)
{
	const struct ra_fact *fact = ra_state_use(facts, act->state);
	bool alone = is_exclusive(facts, act->unit) && through_receiver(facts, act);

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		if (!ra_fact_is_access(fact->kind) || !ra_fact_changes(fact->kind) ||
		    (fact->flags & RA_FACT_INLINED) || facts->units[fact->unit].constructs ||
		    facts->units[fact->unit].test || fact->unit == 0 ||
		    !may_meet(facts, act->unit, fact))
			continue;
		if (fact->unit == act->unit ? !alone : !alone || !through_receiver(facts, fact))
			return fact;
	}
	return NULL;
}

/* The comparison in which the look stands has an order: `n < limit`, not `state != old`. */
static const struct ra_node *comparison(const struct ra_fact *look)
{
	const struct ra_node *node = look->node;

	while (node && node->kind != RA_N_COMPARE && !ra_node_is_statement(node))
		node = node->up;
	return node && node->kind == RA_N_COMPARE ? node : NULL;
}

static bool is_ordered(const struct ra_fact *look)
{
	const struct ra_node *compare = comparison(look);

	return compare && (compare->word == RA_O_LT || compare->word == RA_O_GT ||
			   compare->word == RA_O_LE || compare->word == RA_O_GE);
}

/* Does the branch of the test do anything but the write? */
static bool does_more(const struct ra_facts *facts, const struct ra_fact *look,
		      const struct ra_fact *act)
{
	const struct ra_unit_facts *unit = &facts->units[act->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (fact->node != act->node && fact->index > look->index &&
		    fact->kind != RA_FACT_READ && !ra_tree_inside(fact->node, act->statement) &&
		    ra_fact_governed(facts, look, fact) >= 0)
			return true;
	}
	return false;
}

/* Does the test alone decide about the write: no other condition stands between? */
static bool follows_at_once(const struct ra_fact *look, const struct ra_fact *act)
{
	return act->block == look->true_block || act->block == look->false_block;
}

static bool is_step(const struct ra_detection *d, struct split *s)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *look = s->look, *act = s->act;
	bool governed = ra_fact_decides(look) && ra_fact_governed(facts, look, act) >= 0;
	struct ra_str bound;

	if (act->kind == RA_FACT_UPDATE) {
		s->limit = governed && is_ordered(look) && !ra_tree_around(look->node, RA_N_WHILE) &&
			   ra_use_of(act->node, &bound) == RA_USE_DROPPED &&
			   ra_card_has(d->card, "counts",
				       ra_cstr(d->arena, ra_tree_last_word(act->node)));
		return s->limit;
	}
	if (act->kind != RA_FACT_WRITE || act->node->kind != RA_N_CALL)
		return false;
	return ra_fact_depends(act, look) ||
	       (governed && follows_at_once(look, act) &&
		(is_ordered(look) || does_more(facts, look, act)));
}

/* What was read is only a first guess: a change in one step comes before the act, or another look
 * under the lock of the act. */
static bool is_guess(const struct ra_facts *facts, const struct split *s)
{
	const struct ra_fact *fact = s->look;

	while ((fact = ra_fact_next(facts, fact)) && fact->position < s->act->position)
		if ((fact->flags & RA_FACT_ATOMIC) ||
		    (ra_fact_is_access(fact->kind) &&
		     ra_fact_common_region(facts, fact, s->act, RA_NONE)))
			return true;
	return false;
}

/* A change in one step, of another atomic, decides who may come to both: one task does. */
static bool is_claimed(const struct ra_facts *facts, const struct split *s)
{
	const struct ra_unit_facts *unit = &facts->units[s->look->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);
		const struct ra_node *at = fact->node;

		if (fact->index >= s->look->index)
			return false;
		if (!ra_fact_is_access(fact->kind) || !(fact->flags & RA_FACT_ATOMIC) ||
		    !ra_fact_changes(fact->kind) || fact->state == s->look->state)
			continue;
		while (at->up && at->up->kind != RA_N_IF && !ra_node_is_statement(at->up))
			at = at->up;
		if (at->up && at->up->kind == RA_N_IF && at == at->up->kids &&
		    ra_tree_inside(s->act->node, at->up))
			return true;
	}
	return false;
}

static void report(struct ra_detection *d, const struct split *s)
{
	const struct ra_facts *facts = d->facts;
	struct ra_str name = facts->states.v[s->act->state].name;
	struct ra_candidate *c = ra_candidate_at(d, s->act, name);
	const struct ra_fact *other = s->conflict;

	if (!c)
		return;
	c->question |= facts->units[s->act->unit].test;
	if (s->limit)
		ra_candidate_weaken(c, RA_SEV_LOW, RA_CONF_MEDIUM);
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, s->act)));
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(facts->shape->units.v[other->unit].qualified));
	ra_candidate_line(d, c, "check", s->look->line);
	ra_candidate_event(d, c, "check", s->look, "looks at it");
	ra_candidate_event(d, c, "conflict", other, "changes it meanwhile");
	ra_candidate_event(d, c, "act", s->act, "changes it by what it saw");
	ra_candidate_step(d, c, "Task A", s->look->line, true, "reads `%.*s`", RA_FMT(name));
	ra_candidate_step(d, c, "Task B", other->line, true, "changes `%.*s` in `%.*s`",
			  RA_FMT(name), RA_FMT(facts->shape->units.v[other->unit].qualified));
	ra_candidate_step(d, c, "Task A", s->act->line, true, s->limit ?
			  "counts: both have seen room for one" :
			  "writes by what it read: Task B's change is lost");
}

/* `let before = n.fetch_add(1); if before > limit`: what is tested is the outcome of one step. */
static bool came_of_change(const struct ra_facts *facts, const struct ra_fact *look)
{
	return look->origin != RA_NONE && ra_fact_changes(ra_fact(facts, look->origin)->kind);
}

static void look_for_act(struct ra_detection *d, const struct ra_fact *look)
{
	const struct ra_facts *facts = d->facts;
	struct split s = { .look = look, .act = look };

	while ((s.act = ra_fact_next(facts, s.act))) {
		if (!ra_fact_is_access(s.act->kind) || !ra_fact_changes(s.act->kind) ||
		    (s.act->flags & RA_FACT_INLINED) || !is_shared(facts, s.act) || !ra_str_eq(s.act->base, look->base) ||
		    !is_step(d, &s) || is_guess(facts, &s) || is_claimed(facts, &s) ||
		    ra_fact_common_region(facts, look, s.act, RA_NONE) ||
		    ra_fact_order(facts, look, s.act, false) == RA_ORDER_NEVER)
			continue;
		s.conflict = find_conflict(facts, s.act);
		if (s.conflict)
			report(d, &s);
		return;
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *look = ra_fact(facts, (uint32_t)i);

		if (!ra_fact_is_access(look->kind) || ra_fact_changes(look->kind) ||
		    (look->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) || came_of_change(facts, look) ||
		    !is_shared(facts, look) ||
		    facts->units[look->unit].constructs || !ra_tree_pairs(facts, look->unit))
			continue;
		look_for_act(d, look);
	}
}

const struct ra_detector ra_detect_split_atomic = {
	.name = "split-atomic",
	.help = "an atomic is looked at and then changed in two steps",
	.params = "counts",
	.vars = "access check",
	.run = run,
};
