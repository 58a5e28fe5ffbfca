/*
 * unbounded-queue: a queue between tasks that has no size, filled at somebody else's pace.
 *
 *     S = Queue()    unit u: loop: checkpoint; put S    unit v: get S
 *     S = Queue()    unit u, called by the runtime: put S    unit v: get S
 *
 * A finding where u takes what it puts from outside (it switches before each put, or the runtime
 * calls it for each item), so that a slow v lets S grow without end. A question where that is not
 * seen. Silent when the queue is made with a size, and for queues that stay in one unit.
 */
#include "core/races/channel.h"
#include "core/races/tree.h"

static bool has_size(const struct ra_shape *shape, const struct ra_fact *make,
		     const struct ra_api_row *row)
{
	const struct ra_node *size = ra_api_operand(row, make->node), *arg = make->node->kids->next;
	struct ra_str text = size ? ra_node_text(shape, size) : RA_STR("");

	for (; arg; arg = arg->next)
		if (arg->kind == RA_N_STAR || arg->kind == RA_N_DOUBLESTAR)
			return true;
	return size && !ra_str_is(text, "0") && !ra_str_is(ra_tree_last_word(size), "inf") &&
	       !(text.len && text.ptr[0] == '-');
}

/* A switch of the loop around `put`, before it: what is put came from elsewhere. */
static const struct ra_fact *fed_by(const struct ra_facts *facts, const struct ra_fact *put)
{
	const struct ra_unit_facts *unit = &facts->units[put->unit];
	uint32_t loop = facts->shape->blocks.v[put->block].loop;

	if (!loop)
		return NULL;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (fact->kind == RA_FACT_CHECKPOINT && fact->index < put->index &&
		    ra_block_inside(facts->shape, fact->block, loop))
			return fact;
	}
	return NULL;
}

/* The runtime calls the unit for each item that comes in. */
static bool is_fed(const struct ra_facts *facts, const struct ra_fact *put)
{
	return facts->units[put->unit].self.strength == RA_TOGETHER_HANDLER;
}

/* Hands an item over: an insertion, or a wake that carries something. */
static bool is_put(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_INSERT || (fact->kind == RA_FACT_WAKE &&
						fact->node->kind == RA_N_CALL &&
						fact->node->kids->next);
}

static bool is_take(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return (fact->kind == RA_FACT_WAIT || fact->kind == RA_FACT_DELETE) &&
	       !ra_tree_method_has(facts, fact, RA_EFFECT_WAKE);
}

struct filled {
	const struct ra_fact *put, *get;
	const struct ra_fact *fed;     /* where the item comes from: a switch of the loop */
	bool called;                   /* ... or the runtime brings it */
};

/* How each state is filled and emptied, by its index. */
static struct filled *find_filled(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	struct filled *all = ra_new_array(d->arena, struct filled, facts->states.n);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);
		struct filled *f = fact->state == RA_NONE ? NULL : &all[fact->state];

		if (!f || (fact->flags & RA_FACT_INLINED) ||
		    facts->states.v[fact->state].kind != RA_KIND_QUEUE)
			continue;
		if (!f->get && is_take(facts, fact))
			f->get = fact;
		if (!is_put(fact) || f->fed || f->called || !ra_tree_pairs(facts, fact->unit))
			continue;
		f->put = fact;
		f->fed = fed_by(facts, fact);
		f->called = is_fed(facts, fact);
	}
	return all;
}

static void report(struct ra_detection *d, const struct ra_fact *make, uint32_t state,
		   struct filled f)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_str name = d->facts->states.v[state].name;
	struct ra_candidate *c;

	if (!f.put)
		return;
	c = ra_candidate_at(d, make, name);
	if (!c)
		return;
	c->question |= !f.fed && !f.called;
	ra_candidate_var(d, c, "queue", "%.*s", RA_FMT(name));
	ra_candidate_var(d, c, "producer", "%.*s",
			 RA_FMT(shape->units.v[f.put->unit].qualified));
	ra_candidate_event(d, c, "write", make, "made without a size");
	if (f.fed) {
		struct ra_str words = ra_fact_words(d->arena, d->facts, f.fed);

		ra_candidate_step(d, c, "Task A", f.fed->line, false, "%.*s, in a loop",
				  RA_FMT(words));
	} else if (f.called) {
		ra_candidate_step(d, c, "Task A", shape->units.v[f.put->unit].line, false,
				  "is called for each item that comes in");
	}
	ra_candidate_event(d, c, "act", f.put, "puts, and never waits for room");
	ra_candidate_step(d, c, "Task A", f.put->line, true, "puts into `%.*s` without waiting",
			  RA_FMT(name));
	ra_candidate_step(d, c, "Task B", f.get ? f.get->line : 0, true,
			  "takes from `%.*s` more slowly", RA_FMT(name));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	const struct filled *filled = find_filled(d);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *make = ra_fact(facts, (uint32_t)i);
		const struct ra_api_row *row = ra_api_with(make->row, RA_EFFECT_NEW);
		uint32_t state;

		if (make->kind != RA_FACT_CALL || !row || !(row->flags & RA_API_UNBOUNDED) ||
		    (make->flags & RA_FACT_INLINED) || facts->units[make->unit].test ||
		    !ra_tree_pairs(facts, make->unit) ||
		    has_size(facts->shape, make, row))
			continue;
		state = ra_state_made(facts, make, RA_KIND_QUEUE);
		if (state != RA_NONE)
			report(d, make, state, filled[state]);
	}
}

const struct ra_detector ra_detect_unbounded_queue = {
	.name = "unbounded-queue",
	.help = "a queue without a size that a task fills from outside",
	.params = "",
	.vars = "queue producer",
	.run = run,
};
