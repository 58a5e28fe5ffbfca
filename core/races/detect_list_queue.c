/*
 * list-queue: a list that one unit fills and another one empties, with nothing that bounds it.
 *
 *     insert into S, in a unit that the world calls  ||  take the first of S, in another unit
 *
 * `takes` are the methods that take from a list the way a queue is taken from. Silent where how much
 * S holds is tested before the insert, or by whoever fills it: then it has a bound. A question:
 * whether what comes in ever outruns what goes out, the file does not say.
 */
#include "core/races/internal.h"
#include "core/races/tree.h"

static bool takes(const struct ra_detection *d, const struct ra_fact *fact)
{
	struct ra_str method;
	ptrdiff_t colon;

	if (fact->kind != RA_FACT_DELETE || !fact->row || (fact->flags & RA_FACT_INLINED))
		return false;
	colon = ra_str_find(fact->row->name, RA_STR(":"));
	if (colon < 0)
		return false;
	method = ra_str_n(fact->row->name.ptr + colon + 1, fact->row->name.len - (size_t)colon - 1);
	return ra_card_has(d->card, "takes", ra_cstr(d->arena, method));
}

static const struct ra_fact *taken_by(const struct ra_detection *d, const struct ra_fact *put)
{
	const struct ra_fact *fact = ra_state_use(d->facts, put->state);

	for (; fact; fact = ra_fact_next_use(d->facts, fact))
		if (fact->unit != put->unit && takes(d, fact))
			return fact;
	return NULL;
}

/* The unit looks how much there is before it puts. */
static bool is_bounded(const struct ra_facts *facts, const struct ra_fact *put)
{
	const struct ra_fact *fact = put;

	while ((fact = ra_fact_previous(facts, fact)) != NULL)
		if (fact->kind == RA_FACT_TEST)
			return true;
	return false;
}

/* A list, or a deque that was made without a bound. */
static bool is_list(const struct ra_facts *facts, uint32_t state)
{
	const struct ra_fact *fact = ra_state_use(facts, state);
	const struct ra_node *value;

	for (; fact && facts->states.v[state].kind == RA_KIND_DEQUE;
	     fact = ra_fact_next_use(facts, fact)) {
		value = fact->kind == RA_FACT_WRITE && fact->statement->kind == RA_N_ASSIGN
			? ra_node_last(fact->statement) : NULL;
		if (value && value->kind == RA_N_CALL &&
		    (ra_tree_keyword(value, RA_STR("maxlen")) || ra_node_kid(value, 2)))
			return false;
	}
	return facts->states.v[state].kind == RA_KIND_LIST ||
	       facts->states.v[state].kind == RA_KIND_DEQUE;
}

static void report(struct ra_detection *d, const struct ra_fact *put, const struct ra_fact *take)
{
	const struct ra_state *state = &d->facts->states.v[put->state];
	struct ra_candidate *c = ra_candidate_at(d, put, state->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "queue", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "producer", "%.*s",
			 RA_FMT(d->facts->shape->units.v[put->unit].qualified));
	ra_candidate_line(d, c, "taken", take->line);
	ra_candidate_event(d, c, "put", put, NULL);
	ra_candidate_event(d, c, "take", take, NULL);
	ra_candidate_step(d, c, "Task A", put->line, true, "puts, however much there is");
	ra_candidate_step(d, c, "Task B", take->line, true, "takes one at a time");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *put = ra_fact(facts, (uint32_t)i), *take;

		if (put->kind != RA_FACT_INSERT || put->key.len || (put->flags & RA_FACT_INLINED) ||
		    !is_list(facts, put->state) ||
		    facts->units[put->unit].self.strength < RA_TOGETHER_HANDLER ||
		    is_bounded(facts, put))
			continue;
		take = taken_by(d, put);
		if (take)
			report(d, put, take);
	}
}

const struct ra_detector ra_detect_list_queue = {
	.name = "list-queue",
	.help = "a list used as a queue that nothing bounds",
	.params = "takes",
	.vars = "queue producer taken",
	.run = run,
};
