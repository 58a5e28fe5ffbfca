/*
 * double-lock: a lock that is not re-entrant is taken while the same run holds it.
 *
 *     region of L holds at acquire L        or at a call of a unit that takes L, however deep
 *
 * `kinds` says of which kind: `exclusive` (unless given), `shared`: two shared holds, between which a
 * writer may come to wait; `cell`: a borrow, which fails where a lock would wait.
 *
 * Sure where it is the same lock of the same object: the same text, or a lock of the class or the
 * module. A lock that is made in another file is a question. Silent for re-entrant locks, two
 * shared holds of a lock that nobody takes otherwise, elements of a registry under different keys,
 * locks used as signals, and acquisitions that may give up.
 */
#include "core/races/lockgraph.h"

/* A lock taken by a call and released by a unit that does not take it is a signal: to take it again
 * is to wait for that unit. */
static bool is_signal(const struct ra_facts *facts, const struct ra_lock_edge *edge)
{
	if (facts->regions.v[edge->region].with)
		return false;
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if ((fact->kind == RA_FACT_RELEASE ||
		     ((fact->flags & RA_FACT_DEFERRED) &&
		      ra_api_with(fact->row, RA_EFFECT_RELEASE))) &&
		    fact->region == RA_NONE && fact->state == edge->first &&
		    !(fact->flags & RA_FACT_INLINED))
			return true;
	}
	return edge->unit == 0; /* a script's locks are passed to whom it starts */
}

/* Does anyone take it for writing, as far as this file tells? A lock of a type of another file may be
 * taken there. */
static bool has_writer(const struct ra_facts *facts, uint32_t lock)
{
	const struct ra_state *state = &facts->states.v[lock];

	for (size_t i = 0; i < facts->regions.n; i++)
		if (facts->regions.v[i].lock == lock && !facts->regions.v[i].shared)
			return true;
	return state->scope == RA_SCOPE_CLOSURE && !state->runtimes;
}

/* A map that is a lock of its own, by shards: which keys share one is not known. */
static bool is_sharded(const struct ra_facts *facts, uint32_t lock)
{
	const struct ra_state *state = &facts->states.v[lock];

	return (state->runtimes & RA_RT_THREADS) && ra_kind_is_container(state->kind);
}

static bool is_of_kind(const struct ra_detection *d, const struct ra_region *held,
		       const struct ra_region *again)
{
	struct ra_str kinds = ra_card_param(d->card, "kinds");
	bool shared = held->shared && again->shared;

	if (held->kind == RA_KIND_CELL)
		return ra_str_is(kinds, "cell") && !shared;
	if (shared && is_sharded(d->facts, held->lock))
		return false; /* readers pass each other */
	if (shared)
		return ra_str_is(kinds, "shared") && has_writer(d->facts, held->lock);
	return !kinds.len || ra_str_is(kinds, "exclusive");
}

static bool is_relock(const struct ra_detection *d, const struct ra_lock_edge *edge)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_region *held = &facts->regions.v[edge->region];
	const struct ra_region *again = &facts->regions.v[ra_fact(facts, edge->acquire)->region];

	if (edge->first != edge->second || held->reentrant || again->reentrant ||
	    !is_of_kind(d, held, again) || is_signal(facts, edge) ||
	    (!ra_str_eq(held->key, edge->key) && !is_sharded(facts, edge->first)))
		return false;
	if (held->key.len || facts->states.v[edge->first].scope == RA_SCOPE_INSTANCE)
		return ra_str_eq(held->text, edge->text);
	return true;
}

/* Two calls of one statement, on what is a lock by the name of the method alone: code that can never
 * run is not written, so it is none. */
static bool is_getter(const struct ra_facts *facts, const struct ra_lock_edge *edge)
{
	const struct ra_state *state = &facts->states.v[edge->first];
	const struct ra_fact *first = ra_fact(facts, facts->regions.v[edge->region].acquire);
	const struct ra_fact *second = ra_fact(facts, edge->acquire);

	return state->scope == RA_SCOPE_CLOSURE && !state->runtimes && !state->api_flags &&
	       !facts->regions.v[edge->region].async && first->statement == second->statement;
}

static void report(struct ra_detection *d, const struct ra_lock_edge *edge)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_region *held = &facts->regions.v[edge->region];
	const struct ra_fact *at = ra_fact(facts, edge->at);
	const struct ra_fact *first = ra_fact(facts, held->acquire);
	const struct ra_fact *second = ra_fact(facts, edge->acquire);
	const struct ra_unit *inner = &facts->shape->units.v[second->unit];
	struct ra_candidate *c = ra_candidate_at(d, at, held->text);

	if (!c)
		return;
	c->question |= ra_lock_maker(facts, edge->first) != RA_LOCK_KNOWN && !held->async;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(held->text));
	ra_candidate_line(d, c, "taken", first->line);
	ra_candidate_line(d, c, "again", second->line);
	ra_candidate_var(d, c, "inner", "%.*s", RA_FMT(inner->qualified));
	ra_candidate_event(d, c, "acquire", first, "takes `%.*s`", RA_FMT(held->text));
	ra_candidate_event(d, c, "acquire", second, "takes it again");
	ra_candidate_step(d, c, "Task A", first->line, true, "takes `%.*s`", RA_FMT(held->text));
	if (second != at)
		ra_candidate_step(d, c, "Task A", at->line, true, "calls on, to `%.*s`",
				  RA_FMT(inner->qualified));
	ra_candidate_step(d, c, "Task A", second->line, true,
			  "wants `%.*s` and waits for itself", RA_FMT(held->text));
}

static void run(struct ra_detection *d)
{
	const struct ra_lock_graph *graph = ra_lock_graph(d->arena, d->facts, d->out);

	for (size_t i = 0; i < graph->edges.n; i++)
		if (is_relock(d, &graph->edges.v[i]) &&
		    !is_getter(d->facts, &graph->edges.v[i]))
			report(d, &graph->edges.v[i]);
}

const struct ra_detector ra_detect_double_lock = {
	.name = "double-lock",
	.help = "a lock that is not re-entrant taken again by the one who holds it",
	.params = "kinds",
	.vars = "taken again inner",
	.run = run,
};
