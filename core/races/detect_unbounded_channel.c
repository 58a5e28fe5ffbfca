/*
 * unbounded-channel: a channel between tasks that has no size, filled at somebody else's pace.
 *
 *     C = channel()    unit u: loop: an item comes in; send it on C    unit v: receive C
 *
 * A finding where u takes what it sends from outside: in a loop it switches, or calls what the card
 * lists as an input, and then sends what it has bound there. So a slow v lets C grow without end. A
 * question where the items come from no loop: how many there are is for people to say. Silent
 * where only constants are sent (ticks, stops), where a permit is taken in the loop, and for
 * channels whose sends are not seen: C is followed into fields and parameters of the same file.
 */
#include "core/races/channel.h"
#include "core/races/channels.h"
#include "core/races/tree.h"

struct channel {
	const struct ra_fact *put, *get;
	const struct ra_fact *fed;     /* where the item comes from */
};

static bool is_put(const struct ra_fact *fact)
{
	return (fact->kind == RA_FACT_WAKE && fact->node->kind == RA_N_CALL &&
		fact->node->kids->next) || fact->kind == RA_FACT_SEND;
}

static bool is_get(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_RECEIVE ||
	       (fact->kind == RA_FACT_WAIT && !ra_tree_method_has(facts, fact, RA_EFFECT_WAKE));
}

static bool is_input(const struct ra_detection *d, const struct ra_fact *fact)
{
	if (fact->kind == RA_FACT_CHECKPOINT || fact->kind == RA_FACT_RECEIVE)
		return true;
	return fact->kind == RA_FACT_CALL && fact->node->kind == RA_N_CALL &&
	       ra_card_has(d->card, "inputs",
			   ra_cstr(d->arena, ra_tree_last_word(fact->node)));
}

/* Does the item hold something that the loop has bound? */
static bool is_bound_in(const struct ra_facts *facts, const struct ra_fact *put, uint32_t loop)
{
	const struct ra_node *body = facts->shape->blocks.v[loop].node, *arg, *name, *at;

	for (arg = put->node->kids->next; arg; arg = arg->next)
		for (name = NULL; (name = ra_node_walk(arg, name, true));)
			for (at = NULL; name->kind == RA_N_NAME &&
					(at = ra_node_walk(body->up, at, false)) &&
					at->first < name->first;)
				if (at->kind == RA_N_NAME && ra_str_eq(at->text, name->text))
					return true;
	return false;
}

/* What comes in, in the loop around `put` and before it. */
static const struct ra_fact *fed_by(const struct ra_detection *d, const struct ra_fact *put)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *unit = &facts->units[put->unit];
	uint32_t loop = facts->shape->blocks.v[put->block].loop;
	const struct ra_fact *fed = NULL;

	if (!loop || !is_bound_in(facts, put, loop))
		return NULL;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (!ra_tree_inside(fact->node, facts->shape->blocks.v[loop].node->up))
			continue;
		if (fact->kind == RA_FACT_ACQUIRE && fact->receiver_kind == RA_KIND_SEMAPHORE)
			return NULL;
		if (!fed && is_input(d, fact) && fact->index < put->index)
			fed = fact;
	}
	return fed;
}

/* How each channel is filled and emptied, by the state that stands for it. */
static struct channel *read_channels(struct ra_detection *d, const uint32_t *groups)
{
	const struct ra_facts *facts = d->facts;
	struct channel *all = ra_new_array(d->arena, struct channel, facts->states.n);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i), *fed;
		struct channel *c = fact->state == RA_NONE ? NULL : &all[groups[fact->state]];

		if (!c || (fact->flags & RA_FACT_INLINED) || fact->receiver_kind != RA_KIND_CHANNEL)
			continue;
		if (!c->get && is_get(facts, fact))
			c->get = fact;
		if (!is_put(fact) || c->fed || facts->units[fact->unit].test ||
		    !ra_tree_pairs(facts, fact->unit))
			continue;
		fed = fed_by(d, fact);
		if (!fed && c->put)
			continue;
		c->put = fact;
		c->fed = fed;
	}
	return all;
}

static bool has_size(const struct ra_fact *make, const struct ra_api_row *row)
{
	return !(row->flags & RA_API_UNBOUNDED) || ra_api_operand(row, make->node);
}

/* A channel of one round of the loop that fills it. */
static bool made_in_loop(const struct ra_facts *facts, const struct ra_fact *make,
			 const struct ra_fact *put)
{
	uint32_t loop = facts->shape->blocks.v[put->block].loop;

	return loop && ra_tree_inside(make->node, facts->shape->blocks.v[loop].node);
}

static void report(struct ra_detection *d, const struct ra_fact *make, uint32_t state,
		   const struct channel *channel)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_str name = d->facts->states.v[state].field;
	struct ra_candidate *c = channel->put ? ra_candidate_at(d, make, name) : NULL;

	if (!c)
		return;
	c->question |= !channel->fed || made_in_loop(d->facts, make, channel->put) ||
		       ra_tree_is_example(d->facts, make->line);
	ra_candidate_var(d, c, "channel", "%.*s", RA_FMT(name));
	ra_candidate_var(d, c, "producer", "%.*s",
			 RA_FMT(shape->units.v[channel->put->unit].qualified));
	ra_candidate_event(d, c, "write", make, "made without a size");
	if (channel->fed) {
		struct ra_str words = ra_fact_words(d->arena, d->facts, channel->fed);

		ra_candidate_step(d, c, "Task A", channel->fed->line, false, "%.*s, in a loop",
				  RA_FMT(words));
	}
	ra_candidate_event(d, c, "act", channel->put, "sends, and never waits for room");
	ra_candidate_step(d, c, "Task A", channel->put->line, true,
			  "sends it into `%.*s` without waiting", RA_FMT(name));
	ra_candidate_step(d, c, "Task B", channel->get ? channel->get->line : 0, true,
			  "takes from `%.*s` more slowly", RA_FMT(name));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	const uint32_t *groups = NULL;
	struct channel *channels = NULL;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *make = ra_fact(facts, (uint32_t)i);
		const struct ra_api_row *row = ra_api_with(make->row, RA_EFFECT_NEW);
		uint32_t state;

		if (make->kind != RA_FACT_CALL || !row || row->kind != RA_KIND_CHANNEL ||
		    !(row->flags & RA_API_PAIR) || has_size(make, row) ||
		    (make->flags & RA_FACT_INLINED) || facts->units[make->unit].test)
			continue;
		if (!groups) {
			groups = ra_channels(d->arena, facts);
			channels = read_channels(d, groups);
		}
		state = ra_state_made(facts, make, RA_KIND_CHANNEL);
		if (state != RA_NONE)
			report(d, make, state, &channels[groups[state]]);
	}
}

const struct ra_detector ra_detect_unbounded_channel = {
	.name = "unbounded-channel",
	.help = "a channel without a size that a task fills from outside",
	.params = "inputs",
	.vars = "channel producer",
	.run = run,
};
