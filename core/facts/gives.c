/*
 * gives: units that start a task for their caller: what they return is its handle, and they keep
 * none. Read off the tree, since of another file nothing more is known.
 */
#include "core/facts/exports.h"
#include "core/facts/internal.h"

/* The spawn that a call is, and that nobody but its caller keeps; NULL. */
static const struct ra_api_row *spawn_of(struct build *b, const struct ra_node *call)
{
	const struct ra_api_row *row;
	struct ra_str full;

	if (call->kind != RA_N_CALL)
		return NULL;
	row = ra_api_with(ra_callee_row(b, call->kids, &full), RA_EFFECT_SPAWN);
	return row && row->kind == RA_KIND_TASK && !(row->flags & RA_API_KEEPS) ? row : NULL;
}

/* The call that a local of the unit is bound to, where it is named for that and `use` alone. */
static const struct ra_node *bound_to(const struct ra_node *unit, const struct ra_node *use)
{
	const struct ra_node *at = NULL, *value = NULL;

	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || at == use || !ra_str_eq(at->text, use->text))
			continue;
		if (value || at->up->kind != RA_N_ASSIGN || !at->next)
			return NULL;
		value = ra_node_last(at->up);
	}
	return value;
}

/* Which of the unit's arguments the started unit, or coroutine, is: by the name in the operand. */
static int position_of(const struct ra_unit *unit, const struct ra_node *operand)
{
	const struct ra_node *param;
	int position = 0;

	while (operand && operand->kids && operand->kind == RA_N_CALL)
		operand = operand->kids;
	for (param = unit->node->kids; param && operand; param = param->next) {
		if (param->kind != RA_N_PARAM || ra_str_eq(param->text, unit->receiver))
			continue;
		if (operand->kind == RA_N_NAME && ra_str_eq(param->text, operand->text))
			return position;
		position++;
	}
	return 0;
}

bool ra_unit_gives_task(struct build *b, uint32_t index, struct ra_export_task *out)
{
	const struct ra_unit *unit = &b->shape->units.v[index];
	const struct ra_api_row *row = NULL;
	const struct ra_node *at = NULL, *value;
	uint32_t here = b->unit;

	out->runtimes = 0;
	if (unit->flags & (RA_U_ASYNC | RA_U_GENERATOR | RA_U_ABSTRACT | RA_U_PROPERTY))
		return false;
	b->unit = index;
	while ((at = ra_node_walk(unit->node, at, false)) != NULL) {
		if (at->kind != RA_N_RETURN)
			continue;
		value = at->kids;
		if (value && value->kind == RA_N_NAME)
			value = bound_to(unit->node, value);
		row = value ? spawn_of(b, value) : NULL;
		if (!row)
			break;
		*out = (struct ra_export_task){ .runtimes = row->runtimes,
			.position = position_of(unit, ra_api_operand(row, value)) };
	}
	b->unit = here;
	if (!row || at)
		out->runtimes = 0;
	return out->runtimes != 0;
}
