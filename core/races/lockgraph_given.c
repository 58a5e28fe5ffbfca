/*
 * lockgraph, function literals: a unit that calls its parameter runs what it is given, with the
 * locks that its caller holds and with its own.
 *
 *     s.mu.Lock(); net.walk(func(e *end) { e.mu.Lock() .. })      walk calls its parameter
 */
#include "core/races/lockgraph.h"

/* The call by which the unit runs what its parameter is given, in line; or NULL. */
static const struct ra_node *call_of_param(const struct ra_facts *facts, uint32_t unit,
					   struct ra_str name)
{
	const struct ra_node *root = facts->shape->units.v[unit].node, *at = NULL;

	while ((at = ra_node_walk(root, at, false)))
		if (at->kind == RA_N_CALL && at->kids && at->kids->kind == RA_N_NAME &&
		    ra_str_eq(at->kids->text, name) && at->up->kind != RA_N_SPAWN &&
		    at->up->kind != RA_N_DEFER)
			return at;
	return NULL;
}

bool ra_lock_next_given(const struct ra_facts *facts, const struct ra_fact *call,
			struct ra_lock_given *given)
{
	const struct ra_unit *callee = &facts->shape->units.v[call->callee];
	const struct ra_node *param = given->param ? given->param->next : callee->node->kids;
	const struct ra_node *argument = given->param ? given->argument->next
				       : call->node->kind == RA_N_CALL ? call->node->kids->next : NULL;

	for (; param && argument; param = param->next) {
		if (param->kind != RA_N_PARAM ||
		    (callee->receiver.len && ra_str_eq(param->text, callee->receiver)))
			continue;
		if (param->flags & (RA_F_STAR | RA_F_DOUBLESTAR))
			return false;
		if (argument->kind == RA_N_LAMBDA) {
			given->runs = call_of_param(facts, call->callee, param->text);
			if (given->runs) {
				given->param = param;
				given->argument = argument;
				given->unit = argument->unit;
				return true;
			}
		}
		argument = argument->next;
	}
	return false;
}
