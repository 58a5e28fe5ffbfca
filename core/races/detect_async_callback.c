/*
 * async-callback: an async function is handed to something that does not look at promises.
 *
 *     new Promise(async (resolve) => ..)     what it throws goes nowhere        (executor)
 *     xs.forEach(async x => ..)              nobody waits for the rounds        (drops)
 *     xs.filter(async x => ..)               a promise is always true           (tests)
 *     xs.reduce(async (acc, x) => ..)        acc is a promise, and not awaited  (folds)
 *     await xs.map(async x => ..)            waits for an array, not for it (collects)
 *     bus.on('x', async () => ..)            a rejection reaches nobody         (handler)
 *
 * Rows say what becomes of what a callback returns. `of` names which of these the card means. A
 * handler counts when something in it can fail and is not caught; so does a dropped round.
 */
#include "core/races/tree.h"

struct handed {
	const struct ra_fact *call;
	const struct ra_api_row *row;
	uint32_t unit;
	const struct ra_node *at;      /* the argument */
};

/* The unit that an argument is: a function literal, or a function of the file by its name. */
static uint32_t unit_of(const struct ra_facts *facts, const struct ra_fact *call,
			const struct ra_node *argument)
{
	const struct ra_shape *shape = facts->shape;

	while (argument && argument->kind == RA_N_CAST)
		argument = argument->kids;
	if (!argument)
		return RA_NONE;
	if (argument->kind == RA_N_LAMBDA)
		return argument->unit;
	if (argument->kind != RA_N_NAME || call->callee == RA_NONE ||
	    !ra_str_eq(shape->units.v[call->callee].name, argument->text))
		return RA_NONE;
	return call->callee;
}

static bool is_async(const struct ra_facts *facts, uint32_t unit)
{
	uint32_t flags = facts->shape->units.v[unit].flags;

	return (flags & RA_U_ASYNC) && !(flags & RA_U_GENERATOR);
}

/* Is the first parameter, what the last round returned, awaited before it is used? */
static bool awaits_first(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_node *root = facts->shape->units.v[unit].node, *at = NULL;
	const struct ra_node *param = ra_node_find(root, RA_N_PARAM);

	while (param && param->text.len && (at = ra_node_walk(root, at, true)) != NULL)
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, param->text) && at->up &&
		    at->up->kind == RA_N_AWAIT)
			return true;
	return param && !param->text.len;
}

/* What the unit waits for or raises that can fail, where it does not catch all; NULL. */
static const struct ra_fact *what_fails(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n && !u->cannot_fail; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->kind == RA_FACT_LEAVE && fact->node->kind == RA_N_RAISE)
			return fact;
		if (fact->kind == RA_FACT_CHECKPOINT &&
		    (fact->origin == RA_NONE ||
		     !ra_promise_is_safe(facts, ra_fact(facts, fact->origin))))
			return fact;
	}
	return NULL;
}

static bool is_executor(const struct handed *h)
{
	return (h->call->node->flags & RA_F_NEW) && h->row->effect == RA_EFFECT_INLINE &&
	       (h->row->flags & RA_API_DROPS);
}

/* `await xs.map(async ..)`, and one whose array nobody takes: the promises in it are on their own. */
static bool is_no_array(const struct ra_facts *facts, const struct ra_fact *call)
{
	enum ra_fate fate = ra_promise_end(facts, call->node).fate;

	return fate == RA_FATE_AWAITED || fate == RA_FATE_DROPPED;
}

/* `await xs.forEach(async ..)`, `Promise.all([xs.forEach(async ..)])`: there is nothing to wait for. */
static bool is_waited_for(const struct ra_facts *facts, const struct ra_fact *call)
{
	enum ra_fate fate = ra_promise_end(facts, call->node).fate;

	return fate == RA_FATE_AWAITED || fate == RA_FATE_STORED;
}

static bool means(const struct ra_detection *d, const struct handed *h)
{
	uint32_t flags = h->row->flags;

	if (is_executor(h))
		return ra_card_has(d->card, "of", "executor");
	if (h->row->effect == RA_EFFECT_HANDLER)
		return ((flags | h->call->receiver_flags) & RA_API_DROPS) && ra_card_has(d->card, "of", "handler") &&
		       what_fails(d->facts, h->unit);
	if (flags & RA_API_TESTS)
		return ra_card_has(d->card, "of", "tests");
	if (flags & RA_API_FOLDS)
		return ra_card_has(d->card, "of", "folds") && !awaits_first(d->facts, h->unit);
	if (flags & RA_API_COLLECTS)
		return ra_card_has(d->card, "of", "collects") && is_no_array(d->facts, h->call);
	return (flags & RA_API_DROPS) && ra_card_has(d->card, "of", "drops") &&
	       (!d->facts->units[h->unit].cannot_fail || is_waited_for(d->facts, h->call));
}

static const char *what_of(const struct handed *h)
{
	if (is_executor(h))
		return "what it throws settles nothing";
	if (h->row->flags & RA_API_TESTS)
		return "it gets a promise, which is always true";
	if (h->row->flags & RA_API_COLLECTS)
		return "its array of promises is not waited for";
	if (h->row->flags & RA_API_FOLDS)
		return "each round gets the promise of the one before and does not wait for it";
	return "it drops the promise that it gets";
}

static void report(struct ra_detection *d, const struct handed *h)
{
	struct ra_candidate *c = ra_candidate_at(d, h->call, h->call->name);
	const char *name = ra_cstr(d->arena, ra_tree_last_word(h->call->node));
	const struct ra_fact *fails;

	if (!c)
		return;
	c->question |= d->facts->units[h->call->unit].test ||
		       (h->row->effect == RA_EFFECT_HANDLER &&
			ra_tree_is_example(d->facts, h->call->line));
	ra_candidate_var(d, c, "call", "%s", name);
	ra_candidate_var(d, c, "what", "%s", what_of(h));
	ra_candidate_event(d, c, "call", h->call, "calls the async function: %s", what_of(h));
	fails = what_fails(d->facts, h->unit);
	if (fails)
		ra_candidate_event(d, c, "fails", fails, "may fail, and nothing takes it");
	ra_candidate_step(d, c, "Task A", h->call->line, true,
			  "`%s` calls the async function and goes on", name);
	ra_candidate_step(d, c, "Task B", ra_node_line(d->facts->shape, h->at), true,
			  "the function has come to its first `await`, or fails there");
	ra_candidate_step(d, c, "Task A", 0, true, "%s", what_of(h));
}

static void try_row(struct ra_detection *d, struct handed *h)
{
	h->at = ra_api_operand(h->row, h->call->node);
	h->unit = unit_of(d->facts, h->call, h->at);
	if (h->unit != RA_NONE && is_async(d->facts, h->unit) && means(d, h))
		report(d, h);
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct handed h = { .call = ra_fact(d->facts, (uint32_t)i) };

		if (h.call->node->kind != RA_N_CALL || (h.call->flags & RA_FACT_INLINED))
			continue;
		for (h.row = h.call->row; h.row; h.row = h.row->more)
			if (h.row->effect == RA_EFFECT_INLINE || h.row->effect == RA_EFFECT_HANDLER)
				try_row(d, &h);
	}
}

const struct ra_detector ra_detect_async_callback = {
	.name = "async-callback",
	.help = "an async function given to something that does not look at promises",
	.params = "of",
	.vars = "call what",
	.run = run,
};
