/*
 * captured-race: a variable of a function that a task it starts uses too, one of them to write it,
 * with nothing that orders the two.
 *
 *     var S; for ... { spawn u { write S } }     u against u: several of them at once
 *     spawn u { write S } < use S                u against the rest of the function
 *     spawn u { use S } < write S
 *     spawn u { write S } < spawn v { use S }
 *     spawn u { f(S) } < spawn v { g(S) }        f and g write the same field of what S points to
 *
 * Silent under a common lock, or where both are atomic; when the function waits for the task before
 * its own use (joins.c), or the task for the function; when each round of the loop joins its task;
 * when S is declared in the round. An element of a list is the task's own: its index tells tasks
 * apart; an entry of a map is not. Only languages where a plain access beside a write is undefined.
 */
#include "core/races/channel.h"
#include "core/races/handed.h"
#include "core/races/joins.h"

/* A use of the variable by a task. */
struct use {
	const struct ra_fact *fact, *spawn;
	uint32_t position;               /* in the stream of the task; its end when not in there */
};

struct look {
	struct ra_detection *d;
	const struct ra_facts *facts;
	const struct ra_state *state;
	RA_VEC(struct use) uses;         /* by tasks */
	RA_VEC(const struct ra_fact *) own; /* by units that spawn them, of their streams */
};

static bool is_storage(const struct ra_state *state)
{
	return state->scope == RA_SCOPE_CLOSURE && !state->loop && !state->constant &&
	       ra_kind_is_data(state->kind);
}

/* -- uses ------------------------------------------------------------------------------------ */

/* Does it touch the variable so that another touch of it is a race? */
static bool counts(const struct look *look, const struct ra_fact *fact)
{
	if (!ra_fact_touches(fact) || (fact->flags & RA_FACT_FRESH))
		return false;
	if ((fact->flags & RA_FACT_INLINED) && ra_call_runs_once(look->facts, fact->via))
		return false;
	if (look->state->kind == RA_KIND_DICT) /* to hand the map on is no look into it */
		return fact->key.len || fact->kind != RA_FACT_READ || fact->row;
	return !fact->key.len;
}

static void add_use(struct look *look, const struct ra_fact *fact)
{
	uint32_t unit = fact->unit, owner = look->state->owner;
	const struct ra_unit *units = look->facts->shape->units.v;

	for (; unit != owner && unit; unit = units[unit].up) {
		const struct ra_fact *spawn = ra_unit_start(look->facts, unit);

		if (units[unit].node->up->kind == RA_N_CALL &&
		    ra_call_runs_once(look->facts, ra_fact_of_node(look->facts, units[unit].node->up)))
			return;
		if (!spawn)
			continue;
		*ra_vec_push(look->d->arena, &look->uses) = (struct use){
			fact, spawn, unit == fact->unit ? fact->position : UINT32_MAX };
		return;
	}
}

static void collect(struct look *look)
{
	const struct ra_fact *fact = ra_state_use(look->facts, look->state->index);

	look->uses.n = look->own.n = 0;
	for (; fact; fact = ra_fact_next_use(look->facts, fact)) {
		if (!counts(look, fact))
			continue;
		add_use(look, fact);
		if (!(fact->flags & RA_FACT_DEFERRED))
			*ra_vec_push(look->d->arena, &look->own) = fact;
	}
}

/* -- order ----------------------------------------------------------------------------------- */

/* Is the variable new in each round of the loop? */
static bool new_in(const struct look *look, uint32_t loop)
{
	const struct ra_node *body = look->facts->shape->blocks.v[loop].node;

	return look->state->declared >= body->first && look->state->declared <= body->last;
}

/* The outermost loop around the spawn that goes on with the same variable; 0 for none. */
static uint32_t shared_loop(const struct look *look, const struct ra_fact *spawn)
{
	const struct ra_block *blocks = look->facts->shape->blocks.v;
	uint32_t found = 0;

	for (uint32_t loop = blocks[spawn->block].loop; loop && !new_in(look, loop);
	     loop = blocks[blocks[loop].up].loop)
		found = loop;
	return found;
}

/* An access in one step; or nothing but the address is handed on: what is done there is not seen. */
static bool is_whole(const struct ra_fact *fact)
{
	const struct ra_node *up = fact->node->up;

	return (fact->flags & RA_FACT_ATOMIC) ||
	       (fact->kind == RA_FACT_READ && up && up->kind == RA_N_UNARY &&
		up->word == RA_O_AMP && up->up && up->up->kind == RA_N_CALL);
}

static bool guarded(const struct look *look, const struct ra_fact *a, const struct ra_fact *b)
{
	return ra_fact_same_lock(look->facts, a, b, look->state->index) ||
	       (is_whole(a) && is_whole(b) && ((a->flags | b->flags) & RA_FACT_ATOMIC));
}

static bool races(const struct look *look, const struct ra_fact *a, const struct ra_fact *b)
{
	return (ra_fact_changes(a->kind) || ra_fact_changes(b->kind) ||
		ra_handed_to_writers(look->facts, a, b)) && !guarded(look, a, b);
}

/* -- what races ------------------------------------------------------------------------------ */

static void report(const struct look *look, const struct use *use, const struct ra_fact *other,
		   bool again)
{
	struct ra_detection *d = look->d;
	const struct ra_fact *at = ra_fact_changes(use->fact->kind) ? use->fact : other;
	const struct ra_fact *than = at == use->fact ? other : use->fact;
	struct ra_str words = ra_fact_words(d->arena, look->facts, at);
	struct ra_str then = ra_fact_words(d->arena, look->facts, than);
	const struct ra_unit *outer = &look->facts->shape->units.v[use->spawn->unit];
	struct ra_candidate *c = ra_candidate_at(d, at, look->state->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(look->state->field));
	ra_candidate_var(d, c, "task_b", "%.*s", RA_FMT(outer->qualified));
	ra_candidate_line(d, c, "spawn", use->spawn->line);
	ra_candidate_line(d, c, "other", than->line);
	ra_candidate_var(d, c, "again", "%s", again ? "yes" : "");
	ra_candidate_event(d, c, "spawn", use->spawn, "starts the task");
	ra_candidate_event(d, c, "act", at, NULL);
	if (!again)
		ra_candidate_event(d, c, "conflict", than, NULL);
	ra_candidate_step(d, c, "Task A", use->spawn->line, false, "starts task B%s",
			  again ? ", and in the next round task C" : "");
	ra_candidate_step(d, c, "Task B", at->line, true, "%.*s", RA_FMT(words));
	ra_candidate_step(d, c, again ? "Task C" : "Task A", than->line, true,
			  "%.*s at the same time: nothing orders the two", RA_FMT(then));
	if (!again)
		ra_candidate_weaken(c, RA_SEV_HIGH, RA_CONF_MEDIUM);
}

/* Several runs of the task at once, each of which writes. */
static bool against_itself(const struct look *look, const struct use *use,
			   const struct ra_joins *joins)
{
	uint32_t loop = shared_loop(look, use->spawn);

	if (!loop || (!ra_fact_changes(use->fact->kind) &&
		      !ra_handed_to_writers(look->facts, use->fact, use->fact)) ||
	    (use->fact->flags & RA_FACT_ATOMIC) || guarded(look, use->fact, use->fact) ||
	    ra_unit_takes_turns(look->facts, use->spawn->callee) ||
	    ra_joined_in_round(joins, loop))
		return false;
	report(look, use, use->fact, true);
	return true;
}

/* What the unit that spawns does with the variable while the task runs. */
static bool against_unit(const struct look *look, const struct use *use,
			 const struct ra_joins *joins)
{
	const struct ra_facts *facts = look->facts;
	uint32_t loop = shared_loop(look, use->spawn);

	for (size_t i = 0; i < look->own.n; i++) {
		const struct ra_fact *own = look->own.v[i];
		bool later = own->position > use->spawn->position;

		if (own->unit != use->spawn->unit || own == use->fact || !ra_facts_step(facts) ||
		    !races(look, own, use->fact) ||
		    (own->statement && ra_tree_inside(use->spawn->node, own->statement)) ||
		    (!later && !(loop && ra_block_inside(facts->shape, own->block, loop))) ||
		    ra_fact_order(facts, use->spawn, own, true) == RA_ORDER_NEVER ||
		    ra_joined(joins, own) || ra_handed_over(joins, own, use->position))
			continue;
		report(look, use, own, false);
		return true;
	}
	return false;
}

/* What another task of the same unit does with it. */
static bool against_task(const struct look *look, const struct use *use,
			 const struct ra_joins *joins)
{
	for (size_t i = 0; i < look->uses.n; i++) {
		const struct use *other = &look->uses.v[i];

		if (other->spawn == use->spawn || other->spawn->unit != use->spawn->unit ||
		    other->spawn->position < use->spawn->position ||
		    !ra_facts_step(look->facts) || !races(look, use->fact, other->fact) ||
		    ra_fact_order(look->facts, use->spawn, other->spawn, false) ==
			    RA_ORDER_NEVER ||
		    ra_joined(joins, other->spawn) ||
		    ra_tasks_ordered(look->facts, use->spawn, other->spawn))
			continue;
		report(look, use, other->fact, false);
		return true;
	}
	return false;
}

static bool any_write(const struct look *look)
{
	for (size_t i = 0; i < look->own.n; i++)
		if (ra_fact_changes(look->own.v[i]->kind))
			return true;
	for (size_t i = 0; i < look->uses.n; i++) {
		const struct ra_fact *fact = look->uses.v[i].fact;

		if (ra_fact_changes(fact->kind) || ra_handed_to_writers(look->facts, fact, fact))
			return true;
	}
	return false;
}

/* The first of the uses, of those that write or of the others, that races. */
static bool any_race(const struct look *look, bool writes)
{
	struct ra_joins joins = { .spawn = NULL };

	for (size_t i = 0; i < look->uses.n; i++) {
		const struct use *use = &look->uses.v[i];

		if (ra_fact_changes(use->fact->kind) != writes ||
		    !ra_tree_pairs(look->facts, use->spawn->unit) ||
		    !ra_tree_pairs(look->facts, use->spawn->callee))
			continue;
		if (joins.spawn != use->spawn)
			joins = ra_joins_find(look->d->arena, look->facts, use->spawn);
		if (against_itself(look, use, &joins) || against_unit(look, use, &joins) ||
		    against_task(look, use, &joins))
			return true;
	}
	return false;
}

static void look_at(struct look *look)
{
	collect(look);
	if (any_write(look) && !any_race(look, true))
		any_race(look, false);
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	struct look look = { .d = d, .facts = facts };

	if (!(facts->runtimes & RA_RT_DATA_RACES))
		return;
	for (size_t i = 0; i < facts->states.n; i++) {
		look.state = &facts->states.v[i];
		if (is_storage(look.state))
			look_at(&look);
	}
}

const struct ra_detector ra_detect_captured_race = {
	.name = "captured-race",
	.help = "a variable shared with a task that nothing orders with the other uses",
	.params = "",
	.vars = "spawn other again",
	.run = run,
};
