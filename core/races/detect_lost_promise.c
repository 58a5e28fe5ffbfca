/*
 * lost-promise: a promise that nobody waits for, so that its failure reaches nobody.
 *
 *     f()                   f is async, or its result is awaited elsewhere in the file
 *     f().then(g)           what `then` makes fails as f does, and when g does
 *     p.finally(g)          the same of a promise that a name holds
 *     q = q.then(g)         a queue that no g runs in any more, once one has failed
 *
 * `of` says which: call, chain, queue. Sure by what is called: an async function of the file, a declared
 * result, a row; likely by how else the same call is used. Silent when the failure is taken
 * (`catch(f)`, `then(f, g)`), for `void f()`, and for functions whose every failure is caught.
 * What a program does last, at the top of a file, ends with it: a question; what it does there
 * before is worth a low finding. A comment that names the linter's rule (`excuses`) says so too.
 */
#include "core/races/internal.h"
#include "core/races/tree.h"

struct lost {
	const struct ra_fact *at;      /* the first call of the chain, or the chain's last */
	struct ra_end end;
	struct ra_str name;            /* what made the promise, as written */
};

/* Is a function given, so that it is the method of a promise and not one of the same name? */
static bool gives_function(const struct ra_node *call)
{
	const struct ra_node *arg = call->kids->next;

	return arg && (arg->kind == RA_N_LAMBDA || arg->kind == RA_N_NAME ||
		       arg->kind == RA_N_MEMBER);
}

/* `x.catch()` takes nothing, and was meant to. */
static bool takes_nothing(const struct ra_facts *facts, const struct ra_node *call)
{
	const struct ra_api_row *row = ra_api_method(facts->api, RA_KIND_FUTURE, call->kids->text);
	const struct ra_api_row *handler = ra_api_with(row, RA_EFFECT_HANDLER);
	const struct ra_api_row *rescue = ra_api_with(row, RA_EFFECT_RESCUE);

	return !call->kids->next && handler && rescue && handler->arg == rescue->arg;
}

/* `then(f)` with an f that does nothing, on what cannot fail: nothing is lost. */
static bool rescued_inside(const struct ra_facts *facts, const struct ra_node *root)
{
	uint32_t of = root->kind == RA_N_CALL ? ra_fact_of_node(facts, root) : RA_NONE;
	struct ra_end end = ra_promise_end(facts, root);

	return end.rescue || (of != RA_NONE && ra_promise_is_safe(facts, ra_fact(facts, of)));
}

/* The whole chain that the fact is the last call of, dropped. */
static bool find_chain(const struct ra_detection *d, struct lost *lost)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *call = lost->at->node, *root;

	root = ra_promise_root(facts, call);
	if (root == call || !(gives_function(call) || takes_nothing(facts, call)))
		return false;
	lost->end = ra_promise_end(facts, call);
	if (lost->end.fate != RA_FATE_DROPPED || lost->end.last != call)
		return false;
	if (rescued_inside(facts, root))
		return false;
	lost->name = ra_node_text(facts->shape, root);
	return true;
}

static bool is_generated(const struct ra_fact *call)
{
	return call->node->kind != RA_N_CALL || (call->flags & RA_FACT_INLINED);
}

/* A chain that the function which began it waits for, or hands to who called it. */
static bool is_waited_for(const struct ra_facts *facts, const struct ra_node *name)
{
	const struct ra_node *at = NULL, *declared = NULL;
	uint32_t unit = name->unit;

	while (!declared && unit) {
		at = NULL;
		while (!declared && (at = ra_node_walk(facts->shape->units.v[unit].node, at, false)))
			if (at->kind == RA_N_ASSIGN && (at->flags & RA_F_DECLARE) && at->kids &&
			    ra_str_eq(at->kids->text, name->text))
				declared = at;
		if (!declared)
			unit = facts->shape->units.v[unit].up;
	}
	at = NULL;
	while (declared && (at = ra_node_walk(facts->shape->units.v[unit].node, at, false)))
		if ((at->kind == RA_N_RETURN || at->kind == RA_N_AWAIT) && at->kids) {
			const struct ra_node *root = ra_promise_root(facts, at->kids);

			if (root->kind == RA_N_NAME && ra_str_eq(root->text, name->text))
				return true;
		}
	return false;
}

/* `S = S.then(f)` with nothing that takes a failure: after one, no f runs any more. */
static bool find_queue(const struct ra_detection *d, struct lost *lost)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *call = lost->at->node, *root = ra_promise_root(facts, call), *target;

	lost->end = ra_promise_end(facts, root);
	if (root == call || lost->end.last != call || lost->end.rescue ||
	    (lost->at->callee != RA_NONE && d->facts->units[lost->at->callee].cannot_fail) ||
	    (root->kind != RA_N_MEMBER && root->kind != RA_N_NAME) ||
	    (lost->end.fate != RA_FATE_STORED && lost->end.fate != RA_FATE_BOUND) ||
	    call->up->kind != RA_N_ASSIGN ||
	    (root->kind == RA_N_NAME && is_waited_for(facts, root)))
		return false;
	target = call->up->kids;
	lost->name = ra_node_text(facts->shape, root);
	return ra_str_eq(ra_node_text(facts->shape, target), lost->name) &&
	       (root->kind == RA_N_MEMBER || ra_fact_of_node(facts, root) != RA_NONE);
}

/* A call by itself. */
static bool find_call(const struct ra_detection *d, struct lost *lost)
{
	const struct ra_fact *at = lost->at;

	if (at->promise < RA_PROMISE_LIKELY || ra_promise_is_safe(d->facts, at) ||
	    ra_promise_root(d->facts, at->node) != at->node)
		return false;
	lost->end = ra_promise_end(d->facts, at->node);
	if (lost->end.fate != RA_FATE_DROPPED || lost->end.chained)
		return false;
	lost->name = at->name;
	return true;
}

/* The last thing that a file does: the program has nothing else to do. A file of one line is there
 * to start what another one exports. */
static bool is_last(const struct ra_facts *facts, const struct ra_fact *at)
{
	const struct ra_node *statement = at->unit ? NULL : ra_node_statement(at->node);
	const struct ra_node *next = statement ? statement->next : NULL;

	while (next && (next->kind == RA_N_FUNCTION || next->kind == RA_N_CLASS ||
			next->kind == RA_N_EXPORT))
		next = next->next;
	return statement && !next &&
	       (facts->shape->units.n > 1 || ra_tree_is_tool(facts, at->line));
}

static void report(struct ra_detection *d, const struct lost *lost)
{
	const struct ra_fact *at = lost->at;
	struct ra_candidate *c = ra_candidate_at(d, at, lost->name);
	const struct ra_node *root = ra_promise_root(d->facts, at->node);
	struct ra_str name = lost->name;
	bool chain = root != at->node;

	if (!c)
		return;
	if (ra_str_find(name, RA_STR("\n")) >= 0)
		name = ra_code_words(d->arena, d->facts->shape->tokens, root->first, root->last);
	if (at->promise < RA_PROMISE_SURE && !chain)
		ra_candidate_weaken(c, RA_SEV_MEDIUM, RA_CONF_MEDIUM);
	if (at->unit == 0)
		ra_candidate_weaken(c, RA_SEV_LOW, RA_CONF_MEDIUM);
	c->question |= d->facts->units[at->unit].test || is_last(d->facts, at) || ra_tree_is_example(d->facts, at->line);
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(name));
	if (root->kind == RA_N_CALL)
		ra_candidate_var(d, c, "callee", "%.*s", RA_FMT(lost->name));
	ra_candidate_var(d, c, "why", "%s", at->promise == RA_PROMISE_LIKELY ?
			 "it is awaited elsewhere in this file" : "");
	ra_candidate_event(d, c, "call", at, chain ? "what is left of the chain is dropped"
						   : "the promise is dropped");
	ra_candidate_step(d, c, "Task A", at->line, true, "starts `%.*s` and goes on",
			  RA_FMT(name));
	ra_candidate_step(d, c, "Task B", 0, true, "the work is not done yet; then it fails");
	ra_candidate_step(d, c, "Task A", 0, true, "nobody takes the failure");
}

static void run(struct ra_detection *d)
{
	bool calls = ra_card_has(d->card, "of", "call"), chains = ra_card_has(d->card, "of", "chain");
	bool queues = ra_card_has(d->card, "of", "queue");

	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct lost lost = { .at = ra_fact(d->facts, (uint32_t)i) };

		if ((lost.at->kind != RA_FACT_CALL && lost.at->kind != RA_FACT_SPAWN &&
		     lost.at->kind != RA_FACT_JOIN) || is_generated(lost.at))
			continue;
		if (((calls && find_call(d, &lost)) || (chains && find_chain(d, &lost)) ||
		     (queues && find_queue(d, &lost))) &&
		    !ra_tree_excused(d, ra_node_statement(lost.at->node), "excuses"))
			report(d, &lost);
	}
}

const struct ra_detector ra_detect_lost_promise = {
	.name = "lost-promise",
	.help = "a promise that nobody waits for and whose failure nobody takes",
	.params = "of excuses",
	.vars = "call why",
	.run = run,
};
