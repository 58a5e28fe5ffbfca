/*
 * iteration-mutation: a container changes while a loop runs over it.
 *
 *     iterate S > insert or delete of S in the body, which does not leave the loop     (`body`)
 *     iterate S > switch in the body, while another unit inserts or deletes; no common region
 *     iterate S in a thread, while another one inserts or deletes; no common lock      (`tasks`)
 *
 * `of` says which. No finding for a copy (list(S)), for storing under the loop's own key, for
 * appending to a list, or when every path from the change leaves the loop. Other tasks matter for
 * dicts, sets and deques, which raise; a list silently skips: that is `of = lists`.
 */
#include "core/races/window.h"
#include "core/races/tree.h"

/* -- in the body --------------------------------------------------------------------------- */

/* Once `block` is entered, is the loop over for sure? */
static bool leaves_loop(const struct ra_shape *shape, uint32_t block, uint32_t body)
{
	for (; block != body; block = shape->blocks.v[block].up)
		if (!(shape->blocks.v[block].exits & (RA_X_FALLS | RA_X_CONTINUE)))
			return true;
	return !(shape->blocks.v[body].exits & (RA_X_FALLS | RA_X_CONTINUE));
}

/* `d[k] = v` for the k that the loop is at does not change what the loop runs over. */
static bool own_key(const struct ra_facts *facts, const struct ra_fact *loop, struct ra_str key)
{
	const struct ra_node *target = loop->statement ? loop->statement->kids : NULL;

	return target && loop->statement->kind == RA_N_FOR &&
	       ra_str_has_word(ra_node_text(facts->shape, target), key);
}

static enum ra_iteration iteration(const struct ra_facts *facts)
{
	return facts->shape->tokens->language->iteration;
}

/* Does a loop over it mind? */
static bool minds(const struct ra_facts *facts, const struct ra_state *state)
{
	return iteration(facts) == RA_ITERATION_FAILS ||
	       (iteration(facts) == RA_ITERATION_SKIPS && state->kind == RA_KIND_LIST);
}

static bool breaks_loop(const struct ra_facts *facts, const struct ra_fact *loop,
			const struct ra_fact *change)
{
	unsigned kind = facts->states.v[loop->state].kind;

	if (!minds(facts, &facts->states.v[loop->state]))
		return false;
	if (change->kind != RA_FACT_INSERT && change->kind != RA_FACT_DELETE)
		return false;
	/* without a key nobody knows whether it is new: d.update(...) */
	if (change->kind == RA_FACT_INSERT &&
	    (kind == RA_KIND_LIST || own_key(facts, loop, change->key) ||
	     (kind == RA_KIND_DICT && !change->key.len)))
		return false;
	return ra_str_eq(change->base, loop->base) &&
	       ra_str_eq(loop->key, RA_STR("")) &&
	       ra_block_inside(facts->shape, change->block, loop->true_block) &&
	       !leaves_loop(facts->shape, change->block, loop->true_block);
}

static void report_body(struct ra_detection *d, const struct ra_fact *loop,
			const struct ra_fact *change)
{
	const struct ra_state *state = &d->facts->states.v[loop->state];
	struct ra_candidate *c = ra_candidate_at(d, change, state->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, loop)));
	ra_candidate_line(d, c, "loop", loop->line);
	ra_candidate_line(d, c, "act", change->line);
	ra_candidate_event(d, c, "iterate", loop, "the loop runs over `%.*s`",
			   RA_FMT(state->name));
	ra_candidate_event(d, c, "change", change, "the body changes it");
	ra_candidate_step(d, c, "Loop", loop->line, true, "runs over `%.*s` itself, not a copy",
			  RA_FMT(ra_access_text(d, loop)));
	ra_candidate_step(d, c, "Loop", change->line, true, "%.*s",
			  RA_FMT(ra_fact_words(d->arena, d->facts, change)));
	ra_candidate_step(d, c, "Loop", loop->line, false,
			  state->kind == RA_KIND_LIST ? "goes on and skips the next element"
						      : "goes on and fails: it changed meanwhile");
}

/* `xs.forEach(f)`: f, which runs for each element, changes xs. */
static void find_in_callback(struct ra_detection *d, const struct ra_fact *loop)
{
	const struct ra_fact *change = loop;
	uint32_t own;

	while ((change = ra_fact_next(d->facts, change)) != NULL)
		if ((change->flags & RA_FACT_INLINED) && change->kind == RA_FACT_DELETE &&
		    ra_fact(d->facts, change->via)->node == loop->node &&
		    minds(d->facts, &d->facts->states.v[loop->state]) &&
		    ra_str_eq(change->base, loop->base) && !loop->key.len) {
			own = ra_fact_of_node(d->facts, change->node);
			report_body(d, loop, own == RA_NONE ? change : ra_fact(d->facts, own));
			return;
		}
}

static void find_in_body(struct ra_detection *d, const struct ra_unit_facts *unit)
{
	for (uint32_t i = 0; i < unit->n_stream; i++) {
		const struct ra_fact *loop = ra_fact(d->facts, unit->stream[i]), *change;

		if (loop->kind != RA_FACT_ITERATE || (loop->flags & RA_FACT_INLINED))
			continue;
		if (loop->true_block == RA_NONE) {
			if (loop->node->kind == RA_N_CALL)
				find_in_callback(d, loop);
			continue;
		}
		for (change = loop; (change = ra_fact_next(d->facts, change)) &&
				    change->position <= d->facts->last_in_block[loop->true_block];)
			if (breaks_loop(d->facts, loop, change)) {
				report_body(d, loop, change);
				break;
			}
	}
}

/* -- locals: no state, so by their text ----------------------------------------------------- */

static const struct ra_node *runs_over(const struct ra_facts *facts, const struct ra_node *loop)
{
	const struct ra_node *subject = ra_node_kid(loop, 1), *callee;
	const struct ra_api_row *row;

	if (!subject || subject->kind != RA_N_CALL)
		return subject;
	callee = subject->kids;
	if (callee->kind != RA_N_MEMBER || callee->next)
		return NULL;
	row = ra_api_method(facts->api, RA_KIND_DICT, callee->text);
	return ra_api_with(row, RA_EFFECT_ITERATE) ? callee->kids : NULL;
}

static bool is_local(const struct ra_facts *facts, const struct ra_node *name)
{
	if (ra_str_eq(name->text, facts->shape->units.v[name->unit].receiver))
		return false; /* an object of its own making, whatever its methods are called */
	if (ra_fact_of_node(facts, name) != RA_NONE)
		return false; /* a state: its facts speak */
	return name->kind == RA_N_NAME;
}

/* Is the local a set, as far as what the unit assigns to it tells? */
static bool is_set(const struct ra_facts *facts, const struct ra_node *name)
{
	const struct ra_node *at = NULL, *value;

	while ((at = ra_node_walk(facts->shape->units.v[name->unit].node, at, true)) != NULL &&
	       ra_facts_step(facts)) {
		const struct ra_api_row *made;

		if (at->kind != RA_N_ASSIGN || !at->kids || at->kids->kind != RA_N_NAME ||
		    !ra_str_eq(at->kids->text, name->text) || !(value = at->kids->next))
			continue;
		if (value->kind == RA_N_SET)
			return true;
		if (value->kind != RA_N_CALL || !value->kids || value->kids->kind != RA_N_NAME)
			continue;
		made = ra_api_with(ra_api_find(facts->api, value->kids->text), RA_EFFECT_NEW);
		if (made && made->kind == RA_KIND_SET)
			return true;
	}
	return false;
}

/* Does a container's method of this name change which entries it has? `add` of a set alone does. */
static bool changes_entries(const struct ra_facts *facts, struct ra_str method,
			    const struct ra_node *name)
{
	static const enum ra_kind kinds[] = { RA_KIND_LIST, RA_KIND_SET, RA_KIND_DICT };
	bool live = iteration(facts) == RA_ITERATION_SKIPS;

	for (size_t i = 0; i < (live ? 1 : 3); i++)
		if (ra_api_with(ra_api_method(facts->api, kinds[i], method), RA_EFFECT_DELETE))
			return true;
	return !live && ra_api_with(ra_api_method(facts->api, RA_KIND_SET, method), RA_EFFECT_INSERT) &&
	       is_set(facts, name);
}

/* The statement of `at` takes an entry out of the local `name`. */
static bool changes_local(const struct ra_facts *facts, const struct ra_node *at,
			  struct ra_str name)
{
	bool call = at->kind == RA_N_CALL && at->kids && at->kids->kind == RA_N_MEMBER;
	const struct ra_node *base = call ? at->kids->kids : NULL;

	if (at->kind == RA_N_INDEX && at->up->kind == RA_N_DELETE &&
	    iteration(facts) == RA_ITERATION_FAILS)
		base = at->kids;
	return base && base->kind == RA_N_NAME && ra_str_eq(base->text, name) &&
	       (!call || changes_entries(facts, at->kids->text, base));
}

static void report_local(struct ra_detection *d, const struct ra_node *subject,
			 const struct ra_node *change)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_candidate *c = ra_candidate_node(d, change->unit, change, subject->text);
	uint32_t loop = ra_node_line(shape, subject), line = ra_node_line(shape, change);

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(subject->text));
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(subject->text));
	ra_candidate_line(d, c, "loop", loop);
	ra_candidate_line(d, c, "act", line);
	ra_candidate_step(d, c, "Loop", loop, true, "runs over `%.*s` itself, not a copy",
			  RA_FMT(subject->text));
	ra_candidate_step(d, c, "Loop", line, true, "takes an entry out of it");
	ra_candidate_step(d, c, "Loop", loop, false,
			  "goes on: the next element is skipped, or the loop fails");
}

static void find_locals(struct ra_detection *d)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *loop = NULL;

	while ((loop = ra_node_walk(shape->root, loop, true)) != NULL) {
		const struct ra_node *subject, *body, *at = NULL;

		if (loop->kind != RA_N_FOR || !(subject = runs_over(d->facts, loop)) ||
		    !is_local(d->facts, subject))
			continue;
		body = ra_node_find(loop, RA_N_BLOCK);
		while (body && (at = ra_node_walk(body, at, false)) != NULL) {
			if (!changes_local(d->facts, at, subject->text) ||
			    leaves_loop(shape, at->block, body->block))
				continue;
			report_local(d, subject, at);
			break;
		}
	}
}

/* -- other tasks --------------------------------------------------------------------------- */

static const struct ra_fact *switch_in(const struct ra_facts *facts, const struct ra_unit_facts *unit,
				       const struct ra_fact *loop)
{
	uint32_t to = facts->last_in_block[loop->true_block];

	for (uint32_t i = ra_unit_switch(unit, loop->position);
	     i < unit->n_switches && unit->switches[i] <= to && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[unit->switches[i]]);

		if (!(fact->flags & RA_FACT_LATER) &&
		    ra_block_inside(facts->shape, fact->block, loop->true_block) &&
		    !leaves_loop(facts->shape, fact->block, loop->true_block))
			return fact;
	}
	return NULL;
}

/* What a change does to a loop over the state: it raises, or skips what is left (`lists`). */
static bool suffers(const struct ra_detection *d, const struct ra_state *state)
{
	if (!minds(d->facts, state))
		return false;
	if (ra_card_has(d->card, "of", "lists"))
		return state->kind == RA_KIND_LIST;
	if (state->runtimes & RA_RT_THREADS)
		return false; /* made to be changed meanwhile */
	return state->kind == RA_KIND_DICT || state->kind == RA_KIND_SET ||
	       state->kind == RA_KIND_DEQUE;
}

static void report_tasks(struct ra_detection *d, const struct ra_fact *loop,
			 const struct ra_fact *sw, const struct ra_fact *change,
			 const struct ra_evidence *why)
{
	const struct ra_state *state = &d->facts->states.v[loop->state];
	struct ra_candidate *c = ra_candidate_at(d, loop, state->name);
	struct ra_window w = { loop, loop, sw, change, *why };

	if (!c)
		return;
	ra_window_vars(d, c, &w);
	ra_candidate_line(d, c, "loop", loop->line);
	c->question |= !ra_window_judge(c, &w);
	ra_trace_race(d, c, loop, sw, change, loop, why, "%s", state->kind == RA_KIND_LIST ?
		      "the next round of the loop skips the element behind the one taken out" :
		      "the next round of the loop finds the container changed under it");
}

static void find_in_tasks(struct ra_detection *d, uint32_t u)
{
	/* what is appended to a list is visited as well */
	const uint32_t kinds = RA_KINDS(RA_FACT_DELETE) |
			       (ra_card_has(d->card, "of", "lists") ? 0 : RA_KINDS(RA_FACT_INSERT));
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *unit = &facts->units[u];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *loop = ra_fact(facts, unit->first + i), *sw, *change;
		struct ra_evidence why;

		if (loop->kind != RA_FACT_ITERATE || loop->key.len || unit->constructs ||
		    (loop->flags & RA_FACT_FRESH) || !suffers(d, &facts->states.v[loop->state]))
			continue;
		sw = loop->true_block == RA_NONE ? NULL : switch_in(facts, unit, loop);
		change = ra_fact_conflict(facts, u, loop->state, sw ? sw : loop, kinds, &why);
		if (!change || (!sw && !why.preemptive))
			continue;
		report_tasks(d, loop, sw, change, &why);
	}
}

static void run(struct ra_detection *d)
{
	bool body = ra_card_has(d->card, "of", "body");
	bool tasks = ra_card_has(d->card, "of", "tasks") || ra_card_has(d->card, "of", "lists");

	for (uint32_t u = 0; u < d->facts->shape->units.n; u++) {
		if (body)
			find_in_body(d, &d->facts->units[u]);
		if (tasks)
			find_in_tasks(d, u);
	}
	if (body && iteration(d->facts) != RA_ITERATION_STEADY)
		find_locals(d);
}

const struct ra_detector ra_detect_iteration_mutation = {
	.name = "iteration-mutation",
	.help = "a container changes while a loop runs over it",
	.params = "of",
	.vars = "access key loop check act switch conflict why",
	.run = run,
};
