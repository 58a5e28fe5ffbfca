/*
 * join-under-lock: a unit waits for a thread, or for the jobs of a pool, with a lock held.
 *
 *     region of L holds at join T, and what T runs takes L        sure
 *     regions of two locks hold at join T
 *     region of L holds at join T, T unknown                      a question
 *     region of L holds at the wait for a group, one of which takes L     sure
 *
 * If the thread needs the lock to come to its end, neither ends. Silent for joins with a bound,
 * for calls told not to wait, for async locks, and in tests.
 */
#include "core/races/cancel.h"
#include "core/races/joins.h"
#include "core/races/lockgraph.h"

enum { HELD_MAX = 16 };

struct held { const struct ra_region *v[HELD_MAX]; unsigned n; };

static struct held held_at(const struct ra_facts *facts, const struct ra_fact *join)
{
	struct held held = { .n = 0 };

	for (uint32_t r = 0; r < join->n_regions && held.n < HELD_MAX; r++) {
		const struct ra_region *region = &facts->regions.v[join->regions[r]];
		bool known = false;

		for (unsigned i = 0; i < held.n; i++)
			known |= ra_str_eq(held.v[i]->text, region->text);
		if (!region->async && !region->private_ && !known &&
		    ra_lock_is_taken(facts, region) &&
		    region->kind != RA_KIND_SEMAPHORE)
			held.v[held.n++] = region;
	}
	return held;
}

static bool waits_for_threads(const struct ra_fact *join)
{
	return join->kind == RA_FACT_JOIN && !(join->flags & RA_FACT_AWAITS_TIMED) &&
	       join->how != RA_USE_AWAITED && join->node->kind == RA_N_CALL &&
	       !ra_cancel_told_not_to_wait(join->node) &&
	       (join->receiver_kind == RA_KIND_THREAD || join->receiver_kind == RA_KIND_EXECUTOR ||
		join->receiver_kind == RA_KIND_PROCESS || join->receiver_kind == RA_KIND_SCOPE);
}

/* Does the task count itself off the group that is waited for: by that state, or as who starts it
 * calls it? */
static bool is_counted(struct ra_detection *d, const struct ra_fact *spawn,
		       const struct ra_fact *join)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *task = &facts->units[spawn->callee];
	struct ra_joins joins;

	if (spawn->state != RA_NONE && spawn->state == join->state)
		return true;
	for (uint32_t i = 0; i < task->n && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, task->first + i);

		if (join->state != RA_NONE && fact->state == join->state &&
		    ra_api_with(fact->row, RA_EFFECT_WAKE))
			return true;
	}
	if (spawn->unit != join->unit || !ra_tree_pairs(facts, spawn->unit))
		return false;
	joins = ra_joins_find(d->arena, facts, spawn);
	for (size_t i = 0; i < joins.waits.n; i++)
		if (joins.waits.v[i] == join)
			return true;
	return false;
}

/* The acquisition among what a unit takes of a lock that is held, which `which` tells; or RA_NONE. */
static uint32_t takes_held(const struct ra_lock_uses *uses, const struct held *held,
			   unsigned *which)
{
	for (size_t i = 0; i < uses->list.n; i++)
		for (*which = 0; *which < held->n; ++*which)
			if (held->v[*which]->lock == uses->list.v[i].lock &&
			    held->v[*which]->lock != RA_NONE)
				return uses->list.v[i].acquire;
	return RA_NONE;
}

/* The acquisition, by a task of the group that is waited for, of a lock that is held; or RA_NONE. */
static uint32_t needed_by_group(struct ra_detection *d, const struct ra_lock_graph *graph,
				const struct ra_fact *join, const struct held *held,
				unsigned *which)
{
	const struct ra_facts *facts = d->facts;

	for (size_t s = 0; s < facts->facts.n; s++) {
		const struct ra_fact *spawn = ra_fact(facts, (uint32_t)s);
		uint32_t acquire;

		if (spawn->kind != RA_FACT_SPAWN || spawn->callee == RA_NONE ||
		    (spawn->flags & RA_FACT_INLINED) || !is_counted(d, spawn, join))
			continue;
		acquire = takes_held(&graph->uses[spawn->callee], held, which);
		if (acquire != RA_NONE)
			return acquire;
	}
	return RA_NONE;
}

/* A unit that runs in what the join waits for: the target of the thread kept in that state, or a
 * job given to that pool. RA_NONE when it is not known. */
static uint32_t runs_in(const struct ra_facts *facts, const struct ra_fact *join, size_t *at)
{
	for (; join->state != RA_NONE && *at < facts->facts.n; ++*at) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)*at);

		if (fact->kind == RA_FACT_SPAWN && fact->state == join->state &&
		    fact->callee != RA_NONE) {
			++*at;
			return fact->callee;
		}
		if (!ra_fact_changes(fact->kind) || fact->state != join->state)
			continue;
		for (uint32_t i = 0; i < fact->n_depends; i++) {
			const struct ra_fact *from = ra_fact(facts, fact->depends[i]);

			if (from->kind != RA_FACT_SPAWN || from->callee == RA_NONE)
				continue;
			++*at;
			return from->callee;
		}
	}
	return RA_NONE;
}

/* The acquisition, by what the join waits for, of a lock that is held; or RA_NONE. */
static uint32_t needed(const struct ra_facts *facts, const struct ra_lock_graph *graph,
		       const struct ra_fact *join, const struct held *held, unsigned *which)
{
	size_t at = 0;
	uint32_t unit, acquire;

	while ((unit = runs_in(facts, join, &at)) != RA_NONE) {
		acquire = takes_held(&graph->uses[unit], held, which);
		if (acquire != RA_NONE)
			return acquire;
	}
	return RA_NONE;
}

static void report(struct ra_detection *d, const struct ra_fact *join, const struct held *held,
		   uint32_t acquire, unsigned which)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_region *region = held->v[acquire == RA_NONE ? 0 : which];
	struct ra_str text = ra_node_text(facts->shape, join->node);
	struct ra_candidate *c = ra_candidate_at(d, join, region->text);

	if (!c)
		return;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_var(d, c, "join", "%.*s", RA_FMT(text));
	for (unsigned i = 0; i < held->n; i++) {
		const struct ra_fact *take = held->v[i]->acquire == RA_NONE ? join :
					     ra_fact(facts, held->v[i]->acquire);

		ra_candidate_event(d, c, "acquire", take, "takes `%.*s`",
				   RA_FMT(held->v[i]->text));
		ra_candidate_step(d, c, "Thread A", take->line, true, "takes `%.*s`",
				  RA_FMT(held->v[i]->text));
	}
	ra_candidate_event(d, c, "join", join, "waits with it held");
	ra_candidate_step(d, c, "Thread A", join->line, true, "`%.*s`: waits for thread B",
			  RA_FMT(text));
	if (acquire == RA_NONE) {
		ra_candidate_step(d, c, "Thread B", 0, true, "wants `%.*s` and waits for thread A",
				  RA_FMT(region->text));
		if (held->n < 2)
			c->question = true;
		else
			ra_candidate_weaken(c, RA_SEV_MEDIUM, RA_CONF_MEDIUM);
		return;
	}
	ra_candidate_event(d, c, "conflict", ra_fact(facts, acquire), "needs the lock to end");
	ra_candidate_step(d, c, "Thread B", ra_fact(facts, acquire)->line, true,
			  "wants `%.*s` and waits for thread A", RA_FMT(region->text));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_lock_graph *graph = ra_lock_graph(d->arena, facts, d->out);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *join = ra_fact(facts, (uint32_t)i);
		struct held held;
		unsigned which = 0;

		if (!waits_for_threads(join) || !join->n_regions ||
		    (join->flags & RA_FACT_INLINED) || facts->units[join->unit].test)
			continue;
		held = held_at(facts, join);
		if (held.n && join->receiver_kind == RA_KIND_SCOPE) {
			uint32_t acquire = needed_by_group(d, graph, join, &held, &which);

			if (acquire != RA_NONE)
				report(d, join, &held, acquire, which);
		} else if (held.n)
			report(d, join, &held, needed(facts, graph, join, &held, &which), which);
	}
}

const struct ra_detector ra_detect_join_under_lock = {
	.name = "join-under-lock",
	.help = "a thread or a pool's jobs waited for with a lock held that they may need",
	.params = "",
	.vars = "join",
	.run = run,
};
