/*
 * channel-close: a channel is closed by who does not know that he is the last to use it.
 *
 *     twice      close C .. close C on one path of one unit, a deferred one counted
 *     tasks      loop: spawn u { close C }, C from outside the loop: the second close is one too many
 *     receiver   u takes from C and closes it while v, a task that nobody waited for, sends in a loop
 *     sent       close C .. send C on one path of one unit; or
 *                spawn w { close C }, w waits for nobody before that; send C elsewhere, at that time
 *
 * Silent for what is done once, for a close that a condition lets through (who comes last closes),
 * under a lock that is held at both, and where a wait stands between.
 */
#include "core/races/channel.h"
#include "core/races/joins.h"

static bool is_close(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_CALL && fact->state != RA_NONE &&
	       ra_api_with(fact->row, RA_EFFECT_CLOSE) && fact->receiver_kind == RA_KIND_CHANNEL &&
	       !fact->key.len;
}

static bool same_channel(const struct ra_fact *a, const struct ra_fact *b)
{
	return a->state == b->state && (!a->base.len || !b->base.len || ra_str_eq(a->base, b->base));
}

/* Does it stand where the unit always comes: in no branch and no loop of it? */
static bool is_unconditional(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_unit *unit = &facts->shape->units.v[fact->unit];

	return fact->block == unit->block ||
	       facts->shape->blocks.v[fact->block].role == RA_B_FUNCTION;
}

/* Is the place one of a unit that runs, or whose enclosing literal runs, once for all? */
static bool is_once(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_unit_facts *u = &facts->units[fact->unit];

	if ((fact->flags & RA_FACT_INLINED) && ra_call_runs_once(facts, fact->via))
		return true;
	for (uint32_t i = 0; i < u->n_callers; i++)
		if (ra_call_runs_once(facts, u->callers[i]))
			return true;
	return false;
}

struct close {
	struct ra_detection *d;
	const struct ra_fact *at;       /* the close that is too early, or one too many */
	const struct ra_fact *other;    /* what it meets */
	const struct ra_fact *spawn;    /* of the task that does one of the two; or NULL */
	const char *what;
};

static void report(const struct close *close, const struct ra_fact *where)
{
	struct ra_detection *d = close->d;
	const struct ra_state *state = &d->facts->states.v[close->at->state];
	struct ra_candidate *c = ra_candidate_at(d, where, state->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "channel", "%.*s", RA_FMT(state->field));
	ra_candidate_line(d, c, "close", close->at->line);
	ra_candidate_line(d, c, "other", close->other->line);
	if (close->spawn)
		ra_candidate_line(d, c, "spawn", close->spawn->line);
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(d->facts->shape->units.v[close->other->unit].qualified));
	if (close->spawn)
		ra_candidate_event(d, c, "spawn", close->spawn, "starts the task");
	ra_candidate_event(d, c, "act", close->at, "closes `%.*s`", RA_FMT(state->field));
	if (close->other != close->at)
		ra_candidate_event(d, c, "conflict", close->other, "%s", close->what);
	ra_candidate_step(d, c, "Task A", close->at->line, true, "closes `%.*s`",
			  RA_FMT(state->field));
	ra_candidate_step(d, c, close->spawn ? "Task B" : "Task A", close->other->line, true, "%s",
			  close->what);
}

/* -- twice ----------------------------------------------------------------------------------- */

static bool on_one_path(const struct ra_facts *facts, const struct ra_fact *a,
			const struct ra_fact *b)
{
	/* what is deferred runs on every path that has come to it */
	if (a->flags & RA_FACT_DEFERRED)
		return !(b->flags & RA_FACT_DEFERRED) &&
		       ra_fact_order(facts, a, b, false) != RA_ORDER_NEVER;
	if (b->flags & RA_FACT_DEFERRED)
		return false;
	return ra_fact_order(facts, a, b, false) == RA_ORDER_ALWAYS;
}

/* Is the channel replaced between the two? */
static bool is_replaced(const struct ra_facts *facts, const struct ra_fact *a,
			const struct ra_fact *b)
{
	const struct ra_unit_facts *u = &facts->units[a->unit];

	for (uint32_t i = a->position + 1; i < b->position && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, u->stream[i]);

		if (fact->state == a->state && ra_fact_changes(fact->kind))
			return true;
	}
	return false;
}

static void find_twice(struct ra_detection *d, const struct ra_fact *first)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[first->unit];

	for (uint32_t i = first->position + 1; i < u->n_stream && ra_facts_step(facts); i++) {
		const struct ra_fact *second = ra_fact(facts, u->stream[i]);

		if (!is_close(second) || !same_channel(first, second) || is_once(facts, second) ||
		    (second->flags & RA_FACT_INLINED) ||
		    !on_one_path(facts, first, second) || is_replaced(facts, first, second))
			continue;
		report(&(struct close){ d, first, second, NULL, "closes it again: panic" }, second);
		return;
	}
}

/* -- tasks ----------------------------------------------------------------------------------- */

/* Is the channel made anew in each round of the loop? */
static bool is_new_in(const struct ra_facts *facts, uint32_t state, uint32_t loop)
{
	const struct ra_node *body = facts->shape->blocks.v[loop].node;
	const struct ra_state *s = &facts->states.v[state];

	return s->declared >= body->first && s->declared <= body->last;
}

static void find_tasks(struct ra_detection *d, const struct ra_fact *close)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[close->state];
	const struct ra_unit_facts *u = &facts->units[close->unit];

	if (state->scope != RA_SCOPE_CLOSURE || !is_unconditional(facts, close))
		return;
	for (uint32_t i = 0; i < u->n_callers; i++) {
		const struct ra_fact *spawn = ra_fact(facts, u->callers[i]);
		uint32_t loop = facts->shape->blocks.v[spawn->block].loop;
		struct ra_joins joins;

		if (spawn->kind != RA_FACT_SPAWN || spawn->unit != state->owner || !loop ||
		    is_new_in(facts, close->state, loop) ||
		    !(ra_tree_pairs(facts, spawn->unit)))
			continue;
		joins = ra_joins_find(d->arena, facts, spawn);
		if (facts->shape->blocks.v[loop].exits & RA_X_BREAK &&
		    ra_joined_in_round(&joins, loop))
			continue;
		report(&(struct close){ d, close, close, spawn, "closes it again: panic" }, close);
		return;
	}
}

/* -- receiver -------------------------------------------------------------------------------- */

static bool takes_from(const struct ra_facts *facts, const struct ra_fact *close)
{
	const struct ra_unit_facts *u = &facts->units[close->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->kind == RA_FACT_RECEIVE && same_channel(fact, close))
			return true;
	}
	return false;
}

/* A wait for the task by anything but the channel itself, on the way to the close. */
static bool waited(struct ra_joins *joins, const struct ra_fact *close)
{
	size_t n = 0;

	for (size_t i = 0; i < joins->waits.n; i++)
		if (joins->waits.v[i]->state != close->state)
			joins->waits.v[n++] = joins->waits.v[i];
	joins->waits.n = n;
	return (close->flags & RA_FACT_DEFERRED) ? n > 0 : ra_joined(joins, close);
}

/* The task sends on the channel again and again. */
static const struct ra_fact *sends_on(const struct ra_facts *facts, const struct ra_fact *spawn,
				      const struct ra_fact *close)
{
	const struct ra_unit_facts *task = &facts->units[spawn->callee];

	for (uint32_t i = 0; i < task->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, task->first + i);

		if (fact->kind == RA_FACT_SEND && fact->state == close->state &&
		    facts->shape->blocks.v[fact->block].loop)
			return fact;
	}
	return NULL;
}

static void find_receiver(struct ra_detection *d, const struct ra_fact *close)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[close->unit];

	if (facts->states.v[close->state].scope != RA_SCOPE_CLOSURE ||
	    !ra_tree_pairs(facts, close->unit) || !takes_from(facts, close))
		return;
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *spawn = ra_fact(facts, u->first + i), *send;
		struct ra_joins joins;

		if (spawn->kind != RA_FACT_SPAWN || spawn->callee == RA_NONE ||
		    !(send = sends_on(facts, spawn, close)))
			continue;
		joins = ra_joins_find(d->arena, facts, spawn);
		if (waited(&joins, close))
			continue;
		report(&(struct close){ d, close, send, spawn,
					"sends on the closed channel: panic" }, close);
		return;
	}
}

/* -- sent ------------------------------------------------------------------------------------ */

/* Does the task wait for anybody before it closes? */
static bool waits_before(const struct ra_facts *facts, const struct ra_fact *close)
{
	const struct ra_unit_facts *u = &facts->units[close->unit];
	uint32_t to = close->flags & RA_FACT_DEFERRED ? u->n_stream : close->position;

	for (uint32_t i = 0; i < to && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, u->stream[i]);

		if (fact->kind == RA_FACT_RECEIVE || fact->kind == RA_FACT_WAIT ||
		    fact->kind == RA_FACT_JOIN || fact->kind == RA_FACT_SELECT ||
		    fact->kind == RA_FACT_ACQUIRE || fact->kind == RA_FACT_SEND)
			return true;
		/* who knows what it waits for */
		if (fact->kind == RA_FACT_CALL && fact->callee == RA_NONE &&
		    !ra_api_with(fact->row, RA_EFFECT_PURE) && !is_close(fact))
			return true;
	}
	return false;
}

/* The unit that has closed it sends on it itself. */
static void find_sent_behind(struct ra_detection *d, const struct ra_fact *close)
{
	const struct ra_fact *send = close;

	while (!(close->flags & RA_FACT_DEFERRED) && (send = ra_fact_next(d->facts, send))) {
		if (send->kind != RA_FACT_SEND || !same_channel(close, send) ||
		    (send->flags & (RA_FACT_INLINED | RA_FACT_IN_SELECT)) ||
		    ra_fact_order(d->facts, close, send, false) != RA_ORDER_ALWAYS ||
		    is_replaced(d->facts, close, send))
			continue;
		report(&(struct close){ d, close, send, NULL,
					"sends on the closed channel: panic" }, send);
		return;
	}
}

static void find_sent(struct ra_detection *d, const struct ra_fact *close)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *spawn = ra_unit_only_start(facts, close->unit), *send;

	if (!spawn || !is_unconditional(facts, close) || waits_before(facts, close))
		return;
	for (send = ra_state_use(facts, close->state); send; send = ra_fact_next_use(facts, send)) {
		if (send->kind != RA_FACT_SEND || (send->flags & RA_FACT_INLINED) ||
		    send->unit == close->unit || send->key.len || send->n_regions ||
		    (send->unit == spawn->unit && send->position < spawn->position))
			continue;
		report(&(struct close){ d, close, send, spawn,
					"sends on the closed channel: panic" }, send);
		return;
	}
}

static void run(struct ra_detection *d)
{
	bool twice = ra_card_has(d->card, "shape", "twice");
	bool tasks = ra_card_has(d->card, "shape", "tasks");
	bool receiver = ra_card_has(d->card, "shape", "receiver");
	bool sent = ra_card_has(d->card, "shape", "sent");

	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, (uint32_t)i);

		if (!is_close(fact) || (fact->flags & RA_FACT_INLINED) || is_once(d->facts, fact))
			continue;
		if (twice)
			find_twice(d, fact);
		if (tasks)
			find_tasks(d, fact);
		if (receiver)
			find_receiver(d, fact);
		if (sent) {
			find_sent_behind(d, fact);
			find_sent(d, fact);
		}
	}
}

const struct ra_detector ra_detect_channel_close = {
	.name = "channel-close",
	.help = "a channel closed twice, or while somebody sends on it",
	.params = "shape",
	.vars = "channel close other spawn",
	.run = run,
};
