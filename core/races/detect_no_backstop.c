/*
 * no-backstop: a program that serves, starts work that nobody waits for, and has no last handler.
 *
 *     listen(..)   f()   void g()      and no handler of what is rejected in the whole file
 *
 * `starts` are the calls that show that the file is where a program begins to serve, at its top;
 * `backstops` the events whose handler is the last one. A question: the handler may be elsewhere.
 */
#include "core/races/tree.h"

static bool is_lost(const struct ra_facts *facts, const struct ra_fact *fact)
{
	struct ra_end end;

	if (fact->kind != RA_FACT_CALL || fact->node->kind != RA_N_CALL ||
	    (fact->flags & RA_FACT_INLINED) || fact->promise < RA_PROMISE_SURE ||
	    ra_promise_is_safe(facts, fact))
		return false;
	end = ra_promise_end(facts, ra_promise_root(facts, fact->node));
	return (end.fate == RA_FATE_DROPPED || end.fate == RA_FATE_VOID) && !end.rescue;
}

/* The call at the top of the file that begins to serve. */
static const struct ra_fact *begins(const struct ra_detection *d)
{
	const struct ra_unit_facts *module = &d->facts->units[0];

	for (uint32_t i = 0; i < module->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, module->first + i);
		struct ra_str word = ra_tree_last_word(fact->node);

		if (fact->kind == RA_FACT_CALL && fact->node->kind == RA_N_CALL && word.len &&
		    ra_card_has(d->card, "starts", ra_cstr(d->arena, word)))
			return fact;
	}
	return NULL;
}

static bool has_backstop(const struct ra_detection *d)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL) {
		struct ra_str text = at->text;

		if (at->kind != RA_N_STRING || text.len < 3 || at->kids)
			continue;
		text = ra_str_n(text.ptr + 1, text.len - 2);
		if (ra_card_has(d->card, "backstops", ra_cstr(d->arena, text)))
			return true;
	}
	return false;
}

static void report(struct ra_detection *d, const struct ra_fact *start, const struct ra_fact *lost)
{
	struct ra_candidate *c = ra_candidate_at(d, start, start->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "start", "%.*s", RA_FMT(start->name));
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(lost->name));
	ra_candidate_line(d, c, "lost", lost->line);
	ra_candidate_event(d, c, "call", lost, "nobody takes its failure");
	ra_candidate_step(d, c, "Task A", start->line, false, "serves");
	ra_candidate_step(d, c, "Task B", lost->line, true, "fails, and ends the program for all");
}

static void run(struct ra_detection *d)
{
	const struct ra_fact *start = begins(d);

	if (!start || d->facts->units[0].test || has_backstop(d))
		return;
	for (size_t i = 0; i < d->facts->facts.n; i++)
		if (is_lost(d->facts, ra_fact(d->facts, (uint32_t)i))) {
			report(d, start, ra_fact(d->facts, (uint32_t)i));
			return;
		}
}

const struct ra_detector ra_detect_no_backstop = {
	.name = "no-backstop",
	.help = "a program that serves, loses failures, and has no last handler for them",
	.params = "starts backstops",
	.vars = "start call lost",
	.run = run,
};
