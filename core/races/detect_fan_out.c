/*
 * fan-out: one task for each item of an input, all at once.
 *
 *     gather(*[u(x) for x in xs])    join_all(xs.map(u)), xs a parameter
 *     for x in xs: spawn u(x)    nothing in the loop waits
 *
 * Confidence is low unless xs is a parameter, so that its length is the caller's. Silent when u, or
 * the unit, takes a semaphore; when xs is a literal, a range of a constant or a slice; when the
 * loop waits for something on each round; where what is gone over is closed: as many are open
 * already; and in tests.
 */
#include "core/races/channel.h"
#include "core/races/tree.h"

struct fan {
	const struct ra_fact *at;          /* gather or spawn */
	const struct ra_node *input;       /* the iterable */
	uint32_t task;                     /* unit each task runs, or RA_NONE */
};

/* A literal, a range of literals, or a part of something: no longer than it says. */
static bool is_limited(const struct ra_node *input)
{
	const struct ra_node *arg;

	switch (input->kind) {
	case RA_N_TUPLE: case RA_N_LIST: case RA_N_SET: case RA_N_DICT: case RA_N_STRING:
	case RA_N_LITERAL: case RA_N_COMPOSITE:
		return true;
	case RA_N_INDEX:
		return ra_node_kid(input, 1)->kind == RA_N_SLICE;
	case RA_N_SLICE: /* 0..4 */
		for (arg = input->kids; arg; arg = arg->next)
			if (arg->kind != RA_N_LITERAL)
				return false;
		return true;
	case RA_N_CALL:
		if (!ra_str_is(ra_tree_last_word(input), "range"))
			return false;
		for (arg = input->kids->next; arg; arg = arg->next)
			if (arg->kind != RA_N_LITERAL)
				return false;
		return true;
	default:
		return false;
	}
}

static bool takes_permit(const struct ra_facts *facts, uint32_t unit)
{
	if (unit == RA_NONE)
		return false;
	for (size_t i = 0; i < facts->regions.n; i++)
		if (facts->regions.v[i].unit == unit &&
		    facts->regions.v[i].kind == RA_KIND_SEMAPHORE)
			return true;
	return false;
}

/* `g.SetLimit(n)`: the group itself lets so many run. */
static bool has_limit(const struct ra_facts *facts, const struct ra_fact *spawn)
{
	const struct ra_unit_facts *u = &facts->units[spawn->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->node->kind == RA_N_CALL && fact->node->kids->kind == RA_N_MEMBER &&
		    ra_str_is(fact->node->kids->text, "SetLimit"))
			return true;
	}
	return false;
}

/* The comprehension that makes the arguments: in place, or bound to the name that is spread. */
static const struct ra_node *spread(const struct ra_facts *facts, const struct ra_fact *gather)
{
	const struct ra_node *star = ra_node_find(gather->node, RA_N_STAR);
	const struct ra_node *value = star ? star->kids : NULL, *at = NULL;
	const struct ra_node *unit = facts->shape->units.v[gather->unit].node;

	if (value && value->kind == RA_N_COMPREHENSION)
		return value;
	if (!value || value->kind != RA_N_NAME)
		return NULL;
	while ((at = ra_node_walk(unit, at, false)) != NULL)
		if (at->kind == RA_N_ASSIGN && at->kids->kind == RA_N_NAME && at->kids->next &&
		    at->kids->next->kind == RA_N_COMPREHENSION &&
		    ra_str_eq(at->kids->text, value->text))
			return at->kids->next;
	return NULL;
}

static bool loop_waits(const struct ra_facts *facts, uint32_t unit, uint32_t loop)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if ((fact->kind == RA_FACT_CHECKPOINT || fact->kind == RA_FACT_JOIN ||
		     fact->kind == RA_FACT_WAIT || fact->kind == RA_FACT_ACQUIRE ||
		     fact->kind == RA_FACT_SEND || fact->kind == RA_FACT_RECEIVE) &&
		    ra_block_inside(facts->shape, fact->block, loop))
			return true;
	}
	return false;
}

/* What is gone over, below what only wraps or orders it: `xs` of `enumerate(list(xs.items()))`. */
static const struct ra_node *source_of(const struct ra_node *input)
{
	while (input->kind == RA_N_CALL) {
		const struct ra_node *callee = input->kids;

		if (callee->kind == RA_N_MEMBER)
			input = callee->kids;
		else if (callee->next && callee->next->kind != RA_N_KEYWORD)
			input = callee->next;
		else
			break;
	}
	return input;
}

static bool is_parameter(const struct ra_shape *shape, uint32_t unit, const struct ra_node *input)
{
	const struct ra_node *kid = shape->units.v[unit].node->kids;

	input = source_of(input);
	for (; kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM && !(kid->flags & (RA_F_STAR | RA_F_DOUBLESTAR)) &&
		    input->kind == RA_N_NAME && ra_str_eq(kid->text, input->text))
			return true;
	return false;
}

/* `join_all(xs.iter().map(f))`: what is mapped over, if it came with the call. */
static const struct ra_node *mapped(const struct ra_detection *d, const struct ra_fact *gather)
{
	const struct ra_api_row *row = ra_api_with(gather->row, RA_EFFECT_GATHER);
	const struct ra_node *made = ra_api_operand(row, gather->node), *from;

	if (!made || made->kind != RA_N_CALL || made->kids->kind != RA_N_MEMBER ||
	    !ra_card_has(d->card, "maps", ra_cstr(d->arena, made->kids->text)))
		return NULL;
	from = made->kids->kids;
	return is_parameter(d->facts->shape, gather->unit, from) ? from : NULL;
}

static bool find(const struct ra_detection *d, struct fan *fan)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *at = fan->at;
	uint32_t loop = facts->shape->blocks.v[at->block].loop;
	const struct ra_node *many, *owner;
	const struct ra_api_row *row;
	uint32_t inner;

	if (at->kind == RA_FACT_CALL && ra_api_with(at->row, RA_EFFECT_GATHER)) {
		many = spread(facts, at);
		if (!many)
			return (fan->input = mapped(d, at)) != NULL;
		inner = ra_fact_of_node(facts, many->kids);
		if (inner != RA_NONE && ra_api_with(ra_fact(facts, inner)->row, RA_EFFECT_CLOSE))
			return false;
		fan->task = inner == RA_NONE ? RA_NONE : ra_fact(facts, inner)->callee;
		fan->input = ra_node_kid(ra_node_find(many, RA_N_CLAUSE), 1);
		return true;
	}
	row = ra_api_with(at->row, RA_EFFECT_SPAWN);
	if (at->kind != RA_FACT_SPAWN || !loop || !row || at->node->kind != RA_N_CALL ||
	    (!ra_api_operand(row, at->node) && at->node->up->kind != RA_N_SPAWN))
		return false;
	owner = facts->shape->blocks.v[loop].node->up;
	if (owner->kind != RA_N_FOR || (owner->flags & RA_F_ASYNC) ||
	    loop_waits(facts, at->unit, loop))
		return false;
	fan->task = at->callee;
	fan->input = ra_node_kid(owner, 1);
	return true;
}

static void report(struct ra_detection *d, const struct fan *fan)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_str input = ra_node_text(shape, fan->input);
	struct ra_candidate *c = ra_candidate_at(d, fan->at, input);
	uint32_t line = ra_node_line(shape, fan->input);

	if (!c)
		return;
	if (!is_parameter(shape, fan->at->unit, fan->input))
		ra_candidate_weaken(c, RA_SEV_LOW, RA_CONF_LOW);
	ra_candidate_var(d, c, "input", "%.*s", RA_FMT(input));
	ra_candidate_var(d, c, "spawn", "%.*s", RA_FMT(fan->at->name));
	ra_candidate_event(d, c, "spawn", fan->at, "one task for each item");
	ra_candidate_step(d, c, "Task A", line, false, "takes each item of `%.*s`",
			  RA_FMT(input));
	ra_candidate_step(d, c, "Task A", fan->at->line, true,
			  "starts one task for it and waits for none");
	ra_candidate_step(d, c, "Tasks B1..Bn",
			  fan->task == RA_NONE ? 0 : shape->units.v[fan->task].line, true,
			  "all run at once: as many connections, files or buffers as items");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		struct fan fan = { .at = ra_fact(facts, (uint32_t)i), .task = RA_NONE };

		if ((fan.at->flags & RA_FACT_INLINED) || facts->units[fan.at->unit].test ||
		    !ra_tree_pairs(facts, fan.at->unit) ||
		    !find(d, &fan) || !fan.input || is_limited(fan.input) ||
		    takes_permit(facts, fan.at->unit) || takes_permit(facts, fan.task) ||
		    ra_unit_takes_turns(facts, fan.task) || has_limit(facts, fan.at) ||
		    ra_source_part(facts->source, fan.at->line)->test)
			continue;
		report(d, &fan);
	}
}

const struct ra_detector ra_detect_fan_out = {
	.name = "fan-out",
	.help = "one task for each item of an input, with no limit",
	.params = "maps",
	.vars = "input spawn",
	.run = run,
};
