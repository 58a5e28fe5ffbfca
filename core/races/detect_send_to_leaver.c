/*
 * send-to-leaver: a plain send that nobody will take.
 *
 * shape = leaver: to a loop that may have ended.
 *
 *     receive of C in a `select` beside a case that leaves (done, stop)
 *     plain send of C                                 the loop has left: it waits for ever
 *
 * C is a channel of an object, or of the module, that every receiver takes from in such a select.
 * Sure when the object's other sends look whether the loop has ended, or when the sender is a task
 * of its own that nobody misses; else a question.
 *
 * shape = nobody: the unit starts the only one who receives behind the send; or nobody in the module
 * receives from a field that is its own alone.
 */
#include "core/races/internal.h"

static const struct ra_node *around(const struct ra_node *node, enum ra_node_kind kind)
{
	while (node && node->kind != kind && node->kind != RA_N_FUNCTION && node->kind != RA_N_LAMBDA)
		node = node->up;
	return node && node->kind == kind ? node : NULL;
}

/* A case beside the receive's by which the unit is left. */
static const struct ra_node *leaving_case(const struct ra_facts *facts, const struct ra_fact *receive)
{
	const struct ra_node *own = around(receive->node, RA_N_CASE);

	if (!(receive->flags & RA_FACT_IN_SELECT) || !own)
		return NULL;
	for (const struct ra_node *kid = own->up->kids; kid; kid = kid->next) {
		const struct ra_node *block = ra_node_find(kid, RA_N_BLOCK);

		if (kid != own && kid->kind == RA_N_CASE && block && kid->kids->kind != RA_N_NAME &&
		    (facts->shape->blocks.v[block->block].exits & RA_X_RETURN))
			return kid;
	}
	return NULL;
}

/* The case that all receivers of the channel may leave by; NULL when one of them has none. */
static const struct ra_node *may_leave(const struct ra_facts *facts, uint32_t state,
				       const struct ra_fact **receive)
{
	const struct ra_node *leaves = NULL;
	const struct ra_fact *fact;

	for (fact = ra_state_use(facts, state); fact; fact = ra_fact_next_use(facts, fact)) {
		if (fact->kind != RA_FACT_RECEIVE || (fact->flags & RA_FACT_INLINED))
			continue;
		leaves = leaving_case(facts, fact);
		if (!leaves || !facts->shape->blocks.v[fact->block].loop)
			return NULL;
		*receive = fact;
	}
	return leaves;
}

/* Is there a send to the same object, in another unit, that looks at something else too? */
static const struct ra_fact *looks(const struct ra_facts *facts, const struct ra_fact *send)
{
	uint32_t owner = facts->states.v[send->state].owner;

	if (ra_source_part(facts->source, send->line)->test)
		return NULL; /* it ends before the loop does */
	for (size_t i = 0; i < facts->facts.n && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (fact->kind == RA_FACT_SEND && (fact->flags & RA_FACT_IN_SELECT) &&
		    !(fact->flags & (RA_FACT_NO_WAIT | RA_FACT_INLINED)) &&
		    fact->unit != send->unit && fact->state != RA_NONE &&
		    facts->states.v[fact->state].owner == owner &&
		    facts->states.v[fact->state].scope == facts->states.v[send->state].scope)
			return fact;
	}
	return NULL;
}

/* -- nobody receives --------------------------------------------------------------------------- */

/* A use of the channel by which others may get it. */
static bool hands_on(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *up = fact->node->up;
	struct ra_str field = facts->states.v[fact->state].field;

	if ((field.len && field.ptr[0] >= 'A' && field.ptr[0] <= 'Z') ||
	    !facts->states.v[fact->state].made)
		return true; /* seen by other modules, or made elsewhere */
	if (ra_fact_changes(fact->kind) && up && up->kind == RA_N_ASSIGN && fact->node->next &&
	    fact->node->next->kind != RA_N_CALL)
		return true;
	return fact->kind == RA_FACT_READ && up && up->kind != RA_N_SEND &&
	       up->kind != RA_N_RECEIVE && up->kind != RA_N_FOR && up->kind != RA_N_COMPARE;
}

/* All who receive are started by the sender itself, behind the send; or there is none. */
static const char *who_receives(const struct ra_facts *facts, const struct ra_fact *send,
				uint32_t *line)
{
	const struct ra_fact *fact;
	bool any = false;

	*line = send->line;
	for (fact = ra_state_use(facts, send->state); fact; fact = ra_fact_next_use(facts, fact)) {
		const struct ra_unit *unit = &facts->shape->units.v[fact->unit];

		if (fact->flags & RA_FACT_INLINED)
			continue;
		if (hands_on(facts, fact))
			return NULL;
		if (fact->kind != RA_FACT_RECEIVE)
			continue;
		if (unit->up != send->unit || unit->node->first < send->node->last)
			return NULL;
		any = true;
		*line = unit->line;
	}
	if (any)
		return "starts the only receiver after it has sent";
	if (facts->states.v[send->state].room && facts->states.v[send->state].room != RA_NONE)
		return NULL; /* there may be room for all of it */
	return "sends what nobody receives";
}

static void look_for_nobody(struct ra_detection *d, const struct ra_fact *send)
{
	const struct ra_facts *facts = d->facts;
	uint32_t line;
	const char *how = who_receives(facts, send, &line);
	struct ra_candidate *c = how ? ra_candidate_at(d, send, facts->states.v[send->state].name)
				     : NULL;

	if (!c)
		return;
	ra_candidate_var(d, c, "channel", "%.*s", RA_FMT(send->name));
	ra_candidate_var(d, c, "how", "%s", how);
	ra_candidate_line(d, c, "leaves", line);
	ra_candidate_event(d, c, "send", send, "waits for a receiver");
	ra_candidate_step(d, c, "Task A", send->line, true, "waits at `%.*s`, for ever",
			  RA_FMT(send->name));
}

/* -- a loop that may have ended ---------------------------------------------------------------- */

static void report(struct ra_detection *d, const struct ra_fact *send, const struct ra_fact *receive,
		   const struct ra_node *leaves)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *other = looks(facts, send);
	struct ra_candidate *c = ra_candidate_at(d, send, facts->states.v[send->state].name);
	struct ra_str loop = facts->shape->units.v[receive->unit].qualified;
	uint32_t line = ra_node_line(facts->shape, leaves);

	if (!c)
		return;
	/* who sends to an object from outside may know when it ends */
	c->question |= (!other && !facts->units[send->unit].spawned) ||
		       facts->shape->units.v[send->unit].class_ == 0;
	ra_candidate_var(d, c, "channel", "%.*s", RA_FMT(send->name));
	ra_candidate_var(d, c, "task_b", "%.*s", RA_FMT(loop));
	ra_candidate_line(d, c, "leaves", line);
	ra_candidate_event(d, c, "receive", receive, "receives, beside a case that leaves");
	if (other)
		ra_candidate_event(d, c, "other", other, "looks whether the loop has ended");
	ra_candidate_event(d, c, "send", send, "does not look");
	ra_candidate_step(d, c, "Task B", line, false, "leaves its loop");
	ra_candidate_step(d, c, "Task A", send->line, true, "waits at `%.*s`, for ever",
			  RA_FMT(send->name));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *send = ra_fact(facts, (uint32_t)i), *receive = NULL;
		const struct ra_node *leaves;

		if (send->kind != RA_FACT_SEND || send->state == RA_NONE || send->key.len ||
		    (send->flags & (RA_FACT_INLINED | RA_FACT_IN_SELECT)) ||
		    facts->states.v[send->state].scope == RA_SCOPE_CLOSURE)
			continue;
		if (ra_card_has(d->card, "shape", "nobody")) {
			look_for_nobody(d, send);
			continue;
		}
		if ((facts->states.v[send->state].room != 0 &&
		     facts->states.v[send->state].room != RA_NONE))
			continue;
		leaves = may_leave(facts, send->state, &receive);
		if (leaves && receive->unit != send->unit)
			report(d, send, receive, leaves);
	}
}

const struct ra_detector ra_detect_send_to_leaver = {
	.name = "send-to-leaver",
	.help = "a plain send that nobody will take",
	.params = "shape",
	.vars = "channel how leaves",
	.run = run,
};
