/*
 * unchecked-future: a future is completed by someone who does not look whether it is done.
 *
 *     timer    a later callback is the bare `complete` of a future: by then it may be cancelled
 *     set      complete F, without a test of F in the unit before: a question
 *
 * Completing a future twice raises, in a callback where nobody catches it. Silent when the timer is
 * cancelled in the file, when the unit is told that the future is done or made it itself, when an
 * error of that kind is caught; `set` also in files of tests.
 */
#include "core/races/cancel.h"

static bool completes(const struct ra_detection *d, const struct ra_api_row *row,
		      struct ra_str method)
{
	row = ra_api_with(row, RA_EFFECT_WAKE);
	return row && (row->flags & RA_API_LEAVES) &&
	       ra_card_has(d->card, "completes", ra_cstr(d->arena, method));
}

/* -- timer ----------------------------------------------------------------------------------- */

/* `f.set_result` given as the function that a runtime calls later; the member, or NULL. */
static const struct ra_node *bare_completion(const struct ra_detection *d,
					     const struct ra_fact *call)
{
	const struct ra_api_row *row = ra_api_with(call->row, RA_EFFECT_HANDLER);
	const struct ra_node *operand;

	if (!row || call->node->kind != RA_N_CALL || (call->flags & RA_FACT_INLINED))
		return NULL;
	operand = ra_api_operand(row, call->node);
	if (!operand || operand->kind != RA_N_MEMBER)
		return NULL;
	return completes(d, ra_api_method(d->facts->api, RA_KIND_FUTURE, operand->text),
			 operand->text) ? operand : NULL;
}

/* The unit has itself told when the future is done, and can take the callback back. */
static bool is_watched(const struct ra_facts *facts, const struct ra_fact *call,
		       const struct ra_node *future)
{
	const struct ra_unit_facts *u = &facts->units[call->unit];
	struct ra_str text = ra_node_text(facts->shape, future);

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact != call && ra_api_with(fact->row, RA_EFFECT_HANDLER) &&
		    ra_str_eq(fact->base, text))
			return true;
	}
	return false;
}

/* The timer's handle is kept, and somebody cancels it: `h.cancel()`. */
static bool is_cancelled(const struct ra_facts *facts, const struct ra_fact *timer)
{
	const struct ra_node *assign = timer->statement;
	struct ra_str handle;

	if (!assign || assign->kind != RA_N_ASSIGN)
		return false;
	handle = ra_node_text(facts->shape, assign->kids);
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (ra_api_with(fact->row, RA_EFFECT_CANCEL) && ra_str_eq(fact->base, handle))
			return true;
	}
	return false;
}

static void find_timer(struct ra_detection *d, const struct ra_fact *call)
{
	const struct ra_node *operand = bare_completion(d, call);
	struct ra_str future;
	struct ra_candidate *c;

	if (!operand || is_cancelled(d->facts, call) ||
	    is_watched(d->facts, call, operand->kids))
		return;
	future = ra_node_text(d->facts->shape, operand->kids);
	c = ra_candidate_at(d, call, future);
	if (!c)
		return;
	ra_candidate_var(d, c, "future", "%.*s", RA_FMT(future));
	ra_candidate_var(d, c, "completes", "%.*s", RA_FMT(operand->text));
	ra_candidate_event(d, c, "spawn", call, "runs later, without a look at `%.*s`",
			   RA_FMT(future));
	ra_candidate_step(d, c, "Task A", call->line, false, "has `%.*s` completed later",
			  RA_FMT(future));
	ra_candidate_step(d, c, "Task B", 0, true, "cancels the waiter of `%.*s`, or completes it",
			  RA_FMT(future));
	ra_candidate_step(d, c, "event loop", call->line, true, "calls `%.*s.%.*s`: it is done",
			  RA_FMT(future), RA_FMT(operand->text));
}

/* -- set ------------------------------------------------------------------------------------- */

/* Does the assignment give the name a new object? */
static bool makes(const struct ra_facts *facts, const struct ra_node *assign, struct ra_str name)
{
	const struct ra_node *kid = assign->kids;
	bool target = false;
	uint32_t index;

	for (; kid->next; kid = kid->next)
		target |= ra_str_eq(ra_node_text(facts->shape, kid), name);
	index = target && kid->kind == RA_N_CALL ? ra_fact_of_node(facts, kid) : RA_NONE;
	return index != RA_NONE && ra_api_with(ra_fact(facts, index)->row, RA_EFFECT_NEW);
}

/* Does the unit look at the future, or make it, before it completes it? */
static bool looked_at(const struct ra_facts *facts, const struct ra_fact *wake)
{
	const struct ra_unit_facts *u = &facts->units[wake->unit];
	const struct ra_node *unit = facts->shape->units.v[wake->unit].node, *at = NULL;

	while ((at = ra_node_walk(unit, at, false)) != NULL && at->first < wake->node->first)
		if (at->kind == RA_N_ASSIGN && makes(facts, at, wake->base))
			return true;
	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->index < wake->index && ra_str_eq(fact->base, wake->base) &&
		    (ra_api_with(fact->row, RA_EFFECT_TEST) ||
		     ra_api_with(fact->row, RA_EFFECT_CANCEL)))
			return true;
	}
	return false;
}

static bool error_caught(const struct ra_detection *d, const struct ra_fact *wake)
{
	const struct ra_node *try = ra_tree_around(wake->node, RA_N_TRY), *kid, *at;

	for (kid = try && ra_tree_inside(wake->node, try->kids) ? try->kids : NULL; kid;
	     kid = kid->next) {
		if (kid->kind != RA_N_HANDLER)
			continue;
		if (!ra_handler_exception(kid))
			return true;
		for (at = NULL; (at = ra_node_walk(ra_handler_exception(kid), at, false));)
			if (ra_card_has(d->card, "errors",
					ra_cstr(d->arena, ra_tree_last_word(at))))
				return true;
	}
	return false;
}

static void find_set(struct ra_detection *d, const struct ra_fact *wake)
{
	struct ra_candidate *c;

	if (wake->kind != RA_FACT_WAKE || wake->receiver_kind != RA_KIND_FUTURE ||
	    (wake->flags & RA_FACT_INLINED) ||
	    ra_str_ifind(ra_source_part(d->facts->source, wake->line)->path, RA_STR("test")) >= 0 ||
	    !completes(d, wake->row, ra_tree_last_word(wake->node)) ||
	    looked_at(d->facts, wake) || error_caught(d, wake))
		return;
	c = ra_candidate_at(d, wake, wake->base);
	if (!c)
		return;
	ra_candidate_var(d, c, "future", "%.*s", RA_FMT(wake->base));
	ra_candidate_var(d, c, "completes", "%.*s", RA_FMT(wake->node->kids->text));
	ra_candidate_event(d, c, "wake", wake, "raises when it is done already");
	ra_candidate_step(d, c, "Task B", 0, true, "waits for `%.*s` and is cancelled",
			  RA_FMT(wake->base));
	ra_candidate_step(d, c, "Task A", wake->line, true, "completes `%.*s`, which is done",
			  RA_FMT(wake->base));
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, (uint32_t)i);

		if (ra_card_has(d->card, "shape", "timer"))
			find_timer(d, fact);
		if (ra_card_has(d->card, "shape", "set"))
			find_set(d, fact);
	}
}

const struct ra_detector ra_detect_unchecked_future = {
	.name = "unchecked-future",
	.help = "a future completed without a look whether it is done",
	.params = "shape completes errors",
	.vars = "future completes",
	.run = run,
};
