/*
 * start: what leaves the task at hand: sends and receives, `go` and `defer`, and objects that are
 * no longer its own alone.
 */
#include "core/facts/call.h"

struct value ra_eval_channel(struct build *b, const struct ra_node *node, enum ra_fact_kind kind,
			     const struct ra_node *channel)
{
	struct value value = ra_eval(b, channel), result = ra_value_none();
	struct place place = ra_place_of(b, channel);
	struct ra_fact *fact = ra_fact_new(b, kind, node);

	fact->how = (uint8_t)ra_use_of(node, &fact->bound);
	fact->state = place.state != RA_NONE ? place.state : value.element_of;
	fact->base = place.base;
	ra_fact_set_key(b, fact, place.key);
	fact->name = ra_node_text(b->shape, channel);
	fact->receiver_kind = value.kind;
	fact->receiver_flags = value.api_flags;
	if (kind == RA_FACT_SEND)
		ra_publish(b, channel->next);
	result.kind = value.element;
	result.class_ = value.element_class;
	result.call = fact->index;
	ra_origins_add(&result.from, fact->index);
	return result;
}

void ra_publish(struct build *b, const struct ra_node *node)
{
	uint32_t owner;
	struct local *local;

	node = ra_referent(node);
	if (!node || node->kind != RA_N_NAME)
		return;
	local = ra_visible_local(b, node->text, node->first, &owner);
	if (local && owner == b->unit)
		local->value.made = false;
}

/* What an inner unit captures is no more this one's alone. */
static void publish_captured(struct build *b)
{
	struct scope *scope = ra_scope_here(b);

	for (size_t i = 0; i < scope->list.n; i++)
		if (scope->list.v[i].captured)
			scope->list.v[i].value.made = false;
}

void ra_eval_started(struct build *b, const struct ra_node *statement)
{
	const struct ra_node *node = statement->kids;
	struct call call = { .node = node, .callee = node->kids, .passed_on = ra_value_none(),
			     .guard = RA_NONE };
	bool spawns = statement->kind == RA_N_SPAWN, outer = b->handing_over;
	struct ra_fact *fact;
	uint32_t index, region;

	if (node->kind != RA_N_CALL) {
		ra_eval(b, node);
		return;
	}
	call.row = ra_callee_row(b, call.callee, &call.full);
	b->handing_over = true;
	ra_call_receiver(b, &call);
	ra_call_arguments(b, &call);
	b->handing_over = outer;
	call.own = ra_call_unit(b, &call);
	for (const struct ra_node *a = call.callee->next; a && spawns; a = a->next)
		ra_publish(b, a);
	if (call.callee->kind == RA_N_LAMBDA)
		publish_captured(b);
	fact = ra_call_fact(b, spawns ? RA_FACT_SPAWN : RA_FACT_CALL, &call);
	fact->how = RA_USE_DROPPED;
	if (spawns) {
		fact->row = ra_api_find(b->api, RA_STR("go"));
		return;
	}
	fact->flags |= RA_FACT_DEFERRED;
	index = fact->index;
	region = ra_deferred_region(b, node);
	b->out->facts.v[index].region = region;
}
