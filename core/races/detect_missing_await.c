/*
 * missing-await: a coroutine is made and nothing runs it.
 *
 *     async def flush(): ...
 *     flush()    as a statement: the body never starts
 *     if flush(): ...    always true: a coroutine object is tested
 *     Thread(target=flush)    the thread makes the coroutine and drops it
 *     lock.acquire()    a method of an async primitive, as a statement
 *     call_later(1, flush)    registered where a plain function is called
 *
 * Sure for functions of the file, or of a file that it imports, and for rows that say so; decorated
 * functions are left alone where a decorator is a wrapper, which may return anything. For others
 * see awaited-elsewhere.
 */
#include "core/races/tree.h"

struct lost {
	const struct ra_fact *at;
	const char *what;    /* what happens to the coroutine object, in words */
};

/* A call of its callee, of this file or another one of the tree, is sure to give a coroutine. */
static bool makes_coroutine(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_unit *u;

	if (call->callee == RA_NONE)
		return call->row && (call->row->flags & RA_API_TREE) &&
		       (call->row->flags & RA_API_ASYNC) && !call->row->kind;
	u = &facts->shape->units.v[call->callee];
	if (facts->units[u->index].own_scheduler)
		return false;
	return (u->flags & RA_U_ASYNC) && !(u->flags & RA_U_GENERATOR) &&
	       (!ra_node_find(u->node, RA_N_DECORATOR) ||
		facts->shape->tokens->language->drops_values); /* there it is a mark, no wrapper */
}

/*
 * Does the call's row, or what made its receiver, say that it must be awaited? A method of an
 * unknown receiver tells nothing; and outside coroutines the call may be one that starts at once.
 */
static bool must_await(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_api_row *row;

	if (!facts->units[fact->unit].is_async)
		return false;
	if (facts->shape->tokens->language->drops_values && fact->kind == RA_FACT_WAIT &&
	    ra_tree_method_has(facts, fact, RA_EFFECT_WAKE))
		return false; /* a send, which may be one that never waits */
	if ((fact->kind == RA_FACT_WAIT || fact->kind == RA_FACT_ACQUIRE) &&
	    (fact->receiver_flags & RA_API_ASYNC) && fact->receiver_kind != RA_KIND_FUTURE &&
	    !(fact->row->flags & RA_API_ATOMIC))
		return true;
	for (row = fact->row; row; row = row->more)
		if ((row->flags & RA_API_ASYNC) && row->kind == RA_KIND_UNKNOWN &&
		    *row->name.ptr != '*')
			return true;
	return false;
}

static bool is_call(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_CALL || fact->kind == RA_FACT_SPAWN ||
	       fact->kind == RA_FACT_JOIN || fact->kind == RA_FACT_WAIT ||
	       fact->kind == RA_FACT_ACQUIRE;
}

/* Is the unit that is started the operand itself, and not an argument that goes along with it? */
static bool is_operand(const struct ra_facts *facts, const struct ra_fact *spawn)
{
	return ra_str_eq(ra_tree_last_word(ra_api_operand(spawn->row, spawn->node)),
			 facts->shape->units.v[spawn->callee].name);
}

/* The callee is what the call is given, not what it runs at once. */
static bool hands_over(const struct ra_api_row *row)
{
	return ra_api_with(row, RA_EFFECT_HANDLER) || ra_api_with(row, RA_EFFECT_INLINE);
}

/* Does the registration name one of the card's calls, on an object known to be of its library? */
static bool is_ignored(const struct ra_detection *d, const struct ra_fact *registration)
{
	return registration->node->kind == RA_N_CALL &&
	       (registration->receiver_flags & RA_API_ASYNC ||
		registration->receiver_kind == RA_KIND_TASK ||
		registration->receiver_kind == RA_KIND_LOOP) &&
	       (registration->receiver_runtimes & RA_RT_ASYNCIO) &&
	       ra_card_has(d->card, "callbacks",
			   ra_cstr(d->arena, ra_tree_last_word(registration->node)));
}

/* Registered with something that calls it and looks at nothing: the unit itself, or a lambda that
 * returns what it makes. */
static bool is_plain_callback(const struct ra_detection *d, const struct ra_fact *at)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *lambda = facts->shape->units.v[at->unit].node, *call;

	uint32_t of;

	if (ra_api_with(at->row, RA_EFFECT_HANDLER))
		return is_ignored(d, at);
	call = lambda->kind == RA_N_LAMBDA ? lambda->up : NULL;
	of = at->how == RA_USE_RETURNED && call && call->kind == RA_N_CALL ?
	     ra_fact_of_node(facts, call) : RA_NONE;
	return of != RA_NONE && is_ignored(d, ra_fact(facts, of));
}

/* A call of a coroutine function of the file, whose result has no use. */
static bool find_own(const struct ra_detection *d, struct lost *lost)
{
	const struct ra_fact *at = lost->at;

	if (is_plain_callback(d, at)) {
		lost->what = "left to a caller that does not await it";
		return true;
	}
	if (hands_over(at->row))
		return false;
	if (at->how == RA_USE_BOUND && at->bound.len && ra_tree_pairs(d->facts, at->unit) &&
	    !ra_tree_read(d->facts->shape->units.v[at->unit].node, at->bound, NULL)) {
		lost->what = "bound to a name that nothing reads";
		return true;
	}
	return at->how == RA_USE_DROPPED || at->how == RA_USE_TESTED;
}

static bool find(const struct ra_detection *d, struct lost *lost)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *at = lost->at;

	lost->what = at->how == RA_USE_TESTED ? "tested, and is always true" : "dropped";
	if (at->kind == RA_FACT_SPAWN && at->row && (at->row->flags & RA_API_THREAD)) {
		const struct ra_node *started = ra_api_operand(at->row, at->node);

		if (started && started->kind == RA_N_CALL)
			return false; /* made before: who takes one runs it */
		lost->what = "made in the thread and dropped there";
		return makes_coroutine(facts, at) && is_operand(facts, at);
	}
	if (at->kind == RA_FACT_CALL && makes_coroutine(facts, at))
		return find_own(d, lost);
	if (at->how != RA_USE_DROPPED || at->callee != RA_NONE)
		return false;
	return must_await(facts, at);
}

static void report(struct ra_detection *d, const struct lost *lost)
{
	const struct ra_fact *at = lost->at;
	const struct ra_unit *callee = at->callee == RA_NONE ? NULL :
				       &d->facts->shape->units.v[at->callee];
	struct ra_str name = callee ? callee->qualified : at->name;
	struct ra_candidate *c = ra_candidate_at(d, at, name);

	if (!c)
		return;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(name));
	ra_candidate_var(d, c, "what", "%s", lost->what);
	ra_candidate_event(d, c, "call", at, "the coroutine is %s", lost->what);
	ra_candidate_step(d, c, "Task A", at->line, true,
			  "`%.*s`: a coroutine is made, its body does not start", RA_FMT(name));
	ra_candidate_step(d, c, "Task A", at->line, true, "the coroutine is %s", lost->what);
	ra_candidate_step(d, c, "Task B", 0, true,
			  "relies on the work of `%.*s`, which has not been done", RA_FMT(name));
	ra_candidate_step(d, c, "Task A", at->line, true, "goes on");
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct lost lost = { .at = ra_fact(d->facts, (uint32_t)i) };

		if (is_call(lost.at) && !(lost.at->flags & RA_FACT_INLINED) &&
		    find(d, &lost))
			report(d, &lost);
	}
}

const struct ra_detector ra_detect_missing_await = {
	.name = "missing-await",
	.help = "a coroutine that is made and never awaited",
	.params = "callbacks",
	.vars = "call what",
	.run = run,
};
