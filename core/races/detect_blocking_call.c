/*
 * blocking-call: a call that holds the thread, in a unit that shares its thread with others.
 *
 *     async unit: call blocks S                every other task of the loop stands still
 *     async unit: call u; u: call blocks S     the same, one call away, or a few
 *     async unit: join, wait or traffic on an object made for threads
 *
 * A unit is async here when it is a coroutine, or a callback that the loop itself calls.
 *
 * Sure where a row says that the call blocks. Silent in plain functions handed to a thread (they
 * are units of their own and nobody calls them here), for calls that are awaited (then they gave
 * an awaitable), for calls told not to wait (`unless`), and for those that run a unit to its end:
 * that is an event loop inside another, and counts if the card says `nested`. Where tasks run in
 * parallel, silent in a unit that has its thread to itself. What a file does after it was opened
 * goes by its opening; in tests nobody waits behind the call, so it is a question.
 */
#include "core/races/tree.h"

/* Plain functions between the one that a coroutine calls and the one that blocks: who follows further
 * shows a reader no way that he believes. */
enum { CALLS_BELOW = 2 };

/* What is asked for, and what holds for the whole file. */
struct search {
	struct ra_detection *d;
	bool low;                      /* calls that are worth a low finding only */
	bool nested;                   /* calls that run a unit to its end count too */
	bool nonblocking;              /* the file sets its sockets not to wait */
};

struct block {
	const struct ra_fact *at;      /* in the async unit */
	const struct ra_fact *blocks;  /* the blocking call: `at`, or in the unit it calls */
};

/* `stdio: 'inherit'` among the card's words: the terminal is handed over, nothing else is to run. */
static bool has_option(const struct ra_detection *d, const struct ra_node *call)
{
	struct ra_str words = ra_card_param(d->card, "unless"), word, key;
	bool open;

	while (call->kind == RA_N_CALL && ra_str_cut(&words, ' ', &word)) {
		const struct ra_node *value, *at = NULL;

		if (!ra_str_cut(&word, '=', &key) || !word.len)
			continue;
		value = ra_tree_option(call, key, &open);
		while (value && (at = ra_node_walk(value, at, false)) != NULL)
			if (at->kind == RA_N_STRING && at->text.len == word.len + 2 &&
			    ra_str_eq(ra_str_n(at->text.ptr + 1, word.len), word))
				return true;
	}
	return false;
}

/* `wait=False` among the card's words that make a call return at once; `get(False)`, `join(0)`. */
static bool told_not_to_wait(const struct ra_detection *d, const struct ra_fact *fact)
{
	const struct ra_node *arg = fact->node->kind == RA_N_CALL ? fact->node->kids->next : NULL;

	if (arg && arg->kind == RA_N_LITERAL && fact->kind != RA_FACT_CALL &&
	    (arg->word == RA_W_FALSE || ra_str_is(arg->text, "0")))
		return true;
	for (; arg; arg = arg->next) {
		struct ra_str value;

		if (ra_card_has(d->card, "unless", ra_cstr(d->arena, ra_tree_last_word(arg))))
			return true;
		if (arg->kind != RA_N_KEYWORD)
			continue;
		value = ra_node_text(d->facts->shape, arg->kids);
		if (ra_card_has(d->card, "unless", ra_printf(d->arena, "%.*s=%.*s",
				RA_FMT(arg->text), RA_FMT(value)).ptr))
			return true;
	}
	return false;
}

/* Waits for an item. A put waits only where there is a bound; other primitives: thread-wait. */
static bool is_take(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_WAIT && (fact->receiver_kind == RA_KIND_QUEUE ||
					      fact->receiver_kind == RA_KIND_CHANNEL) &&
	       !ra_tree_method_has(facts, fact, RA_EFFECT_WAKE);
}

/* Traffic that may wait; what the file itself sets not to wait, or is open already, does not. */
static bool is_traffic(const struct search *s, const struct ra_fact *fact)
{
	return !s->nonblocking && ra_api_with(fact->row, RA_EFFECT_IO) &&
	       !(fact->receiver_flags & RA_API_LOW);
}

/* A future that cannot be awaited is for threads, whoever made it. */
static bool is_for_threads(const struct ra_fact *fact)
{
	if (fact->receiver_kind == RA_KIND_FUTURE)
		return fact->receiver_runtimes != 0;
	return (fact->receiver_runtimes & (RA_RT_THREADS | RA_RT_PROCESSES)) &&
	       !(fact->receiver_runtimes & RA_RT_COOPERATIVE);
}

/* A wait, or traffic, on an object that was made for threads: the thread waits for it. Threads
 * and pools are so by their kind. */
static bool waits_as_thread(const struct search *s, const struct ra_fact *fact)
{
	if (fact->kind == RA_FACT_JOIN && (fact->receiver_kind == RA_KIND_THREAD ||
					   fact->receiver_kind == RA_KIND_EXECUTOR))
		return true;
	return (fact->kind == RA_FACT_JOIN || is_take(s->d->facts, fact) ||
		(fact->kind == RA_FACT_CALL && is_traffic(s, fact))) &&
	       !(fact->receiver_flags & RA_API_ASYNC) && is_for_threads(fact);
}

/* A method of a receiver whose kind is known by its name alone: any library's. */
static bool by_kind_alone(const struct ra_fact *fact, const struct ra_api_row *row)
{
	return row->arg == RA_API_RECEIVER && *row->name.ptr != '*' && !fact->receiver_runtimes;
}

/* ... of a receiver whose calls are awaited, somewhere. */
static bool gives_awaitable(const struct ra_fact *fact, const struct ra_api_row *row)
{
	return row->arg == RA_API_RECEIVER && (fact->receiver_flags & RA_API_ASYNC) &&
	       fact->receiver_kind != RA_KIND_LOOP;
}

/* Runs a unit to its end: an event loop inside another. */
static bool is_loop_inside(const struct ra_fact *fact)
{
	return ra_api_with(fact->row, RA_EFFECT_INLINE) != NULL;
}

/* Does the call hold the thread, in a way that the card means? */
static bool blocks(const struct search *s, const struct ra_fact *fact)
{
	const struct ra_card *card = s->d->card;
	const struct ra_api_row *row;

	if (fact->how == RA_USE_AWAITED || (fact->flags & RA_FACT_INLINED) ||
	    (fact->kind != RA_FACT_CALL && fact->kind != RA_FACT_WAIT &&
	     fact->kind != RA_FACT_JOIN) || (!s->nested && is_loop_inside(fact)))
		return false;
	row = ra_api_with(fact->row, RA_EFFECT_BLOCK);
	if (row && (by_kind_alone(fact, row) || gives_awaitable(fact, row)))
		row = NULL;
	/* What a method gives and is passed on may be awaited there; a function known by its full
	 * name gives no awaitable. */
	if ((fact->how == RA_USE_PASSED && (!row || row->arg == RA_API_RECEIVER)) ||
	    (row ? ra_card_has(card, "ignored", ra_cstr(s->d->arena, row->name))
		 : !waits_as_thread(s, fact)))
		return false;
	return s->low == (row && (row->flags & RA_API_LOW)) && !told_not_to_wait(s->d, fact) &&
	       !has_option(s->d, fact->node);
}

/* Does the call take from a variable whether it waits? Then each caller decides. */
static bool left_to_caller(const struct ra_detection *d, const struct ra_fact *fact)
{
	struct ra_str words = ra_card_param(d->card, "unless"), word;
	const struct ra_node *value;

	while (ra_str_cut(&words, ' ', &word)) {
		struct ra_str key;

		if (!ra_str_cut(&word, '=', &key))
			continue;
		value = ra_tree_keyword(fact->node, key);
		if (value && value->kind == RA_N_NAME)
			return true;
	}
	return false;
}

/* Is `call` the first of the coroutines' calls of its unit? The finding stands there. */
static bool is_first_caller(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_unit_facts *callee = &facts->units[call->callee];

	for (uint32_t i = 0; i < callee->n_callers; i++)
		if (callee->callers[i] < call->index &&
		    facts->units[ra_fact(facts, callee->callers[i])->unit].is_async)
			return false;
	return true;
}

/* The plain function that the call runs to its end; NULL for others. */
static const struct ra_unit_facts *plain_callee(const struct ra_facts *facts,
						const struct ra_fact *call)
{
	const struct ra_unit_facts *unit;

	if (call->kind != RA_FACT_CALL || call->callee == RA_NONE ||
	    (call->flags & RA_FACT_INLINED))
		return NULL;
	unit = &facts->units[call->callee];
	return unit->is_async ||
	       (facts->shape->units.v[call->callee].flags & RA_U_GENERATOR) ? NULL : unit;
}

/* The blocking call of the plain function that `call` runs, or of one that this one runs; NULL. */
static const struct ra_fact *blocks_below(const struct search *s, const struct ra_fact *call,
					  unsigned depth)
{
	const struct ra_facts *facts = s->d->facts;
	const struct ra_unit_facts *unit = plain_callee(facts, call);

	for (uint32_t i = 0; unit && i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (blocks(s, fact) && !left_to_caller(s->d, fact))
			return fact;
	}
	for (uint32_t i = 0; unit && depth && i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i), *found;

		found = fact->callee != call->callee && ra_facts_step(facts)
			? blocks_below(s, fact, depth - 1) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

static const struct ra_fact *blocks_inside(const struct search *s, const struct ra_fact *call)
{
	return plain_callee(s->d->facts, call) && is_first_caller(s->d->facts, call)
		? blocks_below(s, call, CALLS_BELOW) : NULL;
}

static void tell_way(struct ra_detection *d, struct ra_candidate *c, const struct block *b)
{
	const struct ra_unit_facts *callee = &d->facts->units[b->at->callee];

	ra_candidate_event(d, c, "block", b->blocks, "the blocking call");
	ra_candidate_step(d, c, "Task A", b->blocks->line, true, "which blocks in `%.*s`",
			  RA_FMT(b->blocks->name));
	for (uint32_t i = 0; i < callee->n_callers; i++) {
		const struct ra_fact *other = ra_fact(d->facts, callee->callers[i]);

		if (other != b->at && d->facts->units[other->unit].is_async)
			ra_candidate_event(d, c, "also", other, "reaches it too");
	}
}

/* Of what is only low, the opening of a file is worth a finding: all that follows goes by it. */
static bool opens(const struct ra_fact *fact)
{
	const struct ra_api_row *made = ra_api_with(fact->row, RA_EFFECT_NEW);

	return made && made->kind == RA_KIND_RESOURCE;
}

static void report(struct ra_detection *d, const struct block *b)
{
	const struct ra_facts *facts = d->facts;
	struct ra_candidate *c = ra_candidate_at(d, b->at, b->blocks->name);
	struct ra_str unit = facts->shape->units.v[b->at->unit].qualified;

	if (!c)
		return;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(b->blocks->name));
	ra_candidate_event(d, c, "call", b->at, "holds the thread of the event loop");
	ra_candidate_step(d, c, "Task A", b->at->line, true, "`%.*s` calls `%.*s`", RA_FMT(unit),
			  RA_FMT(b->at->name));
	if (b->at != b->blocks)
		tell_way(d, c, b);
	ra_candidate_step(d, c, "Task B", 0, true,
			  "every other task of the loop is ready and cannot run");
	ra_candidate_step(d, c, "Task A", b->blocks->line, true, "gets its answer at last");
	c->question |= facts->units[b->at->unit].test ||
		       ra_tree_is_example(facts, b->at->line) ||
		       ra_tree_is_tool(facts, b->at->line) ||
		       (ra_card_has(d->card, "rows", "low") && !opens(b->blocks));
}

static bool mentions(struct ra_detection *d, const char *param)
{
	const struct ra_node *at = NULL;

	if (!ra_card_param(d->card, param).len)
		return false;
	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		if ((at->kind == RA_N_NAME || at->kind == RA_N_MEMBER) &&
		    ra_card_has(d->card, param, ra_cstr(d->arena, at->text)))
			return true;
	return false;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	struct search s = { .d = d, .low = ra_card_has(d->card, "rows", "low"),
			    .nested = ra_card_param(d->card, "nested").len != 0,
			    .nonblocking = mentions(d, "nonblocking") };

	for (size_t i = 0; i < facts->facts.n; i++) {
		struct block b = { .at = ra_fact(facts, (uint32_t)i) };

		if (!ra_tree_on_loop(facts, b.at->unit))
			continue;
		b.blocks = blocks(&s, b.at) ? b.at : blocks_inside(&s, b.at);
		if (b.blocks && !ra_tree_is_script(facts, b.at->unit))
			report(d, &b);
	}
}

const struct ra_detector ra_detect_blocking_call = {
	.name = "blocking-call",
	.help = "a call that holds the thread, in a unit of an event loop",
	.params = "rows nested unless ignored nonblocking",
	.vars = "call",
	.run = run,
};
