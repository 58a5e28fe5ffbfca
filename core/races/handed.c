/*
 * handed: `fill(out)`, `out.add(x)`: the callee assigns `p.field` through the parameter, or the
 * receiver, that the variable comes in by. Two callees that write different fields of one struct do
 * not meet.
 */
#include "core/races/handed.h"
#include "core/races/tree.h"

/* A unit and the parameter by which it gets the variable. */
struct taker {
	uint32_t unit;
	const struct ra_node *param;
};

static const struct ra_node *param_at(const struct ra_unit *unit, unsigned n)
{
	const struct ra_node *kid = unit->node->kids;

	for (; kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM && n-- == 0)
			return kid;
	return NULL;
}

static bool is_pointer(const struct ra_node *param)
{
	const struct ra_node *type = param ? ra_node_find(param, RA_N_ANNOTATION) : NULL;

	return type && type->kids && type->kids->kind == RA_N_UNARY &&
	       !(param->flags & (RA_F_STAR | RA_F_DOUBLESTAR));
}

/* Which argument of the call the node is; -1: the object that a method is called on. */
static const struct ra_node *call_of(const struct ra_node *node, int *argument)
{
	const struct ra_node *up = node->up, *kid;

	*argument = -1;
	if (up && up->kind == RA_N_MEMBER && up->kids == node && up->up &&
	    up->up->kind == RA_N_CALL && up->up->kids == up)
		return up->up;
	if (up && up->kind == RA_N_UNARY && up->word == RA_O_AMP) {
		node = up;
		up = up->up;
	}
	if (!up || up->kind != RA_N_CALL || up->kids == node)
		return NULL;
	for (kid = up->kids->next; kid; kid = kid->next) {
		++*argument;
		if (kid == node)
			return up;
	}
	return NULL;
}

static bool find_taker(const struct ra_facts *facts, const struct ra_fact *fact, struct taker *out)
{
	const struct ra_unit *unit;
	const struct ra_node *call;
	uint32_t of;
	int argument;

	if (fact->kind != RA_FACT_READ || !fact->node || fact->node->kind != RA_N_NAME)
		return false;
	call = call_of(fact->node, &argument);
	of = call ? ra_fact_of_node(facts, call) : RA_NONE;
	if (of == RA_NONE || ra_fact(facts, of)->callee == RA_NONE)
		return false;
	out->unit = ra_fact(facts, of)->callee;
	unit = &facts->shape->units.v[out->unit];
	out->param = param_at(unit, (unsigned)(argument + (unit->receiver.len ? 1 : 0)));
	return (argument >= 0 || unit->receiver.len) && is_pointer(out->param) &&
	       out->param->text.len && !ra_unit_takes_locks(facts, out->unit);
}

/* The field of the parameter that a statement assigns, or an entry of it; empty for none. */
static struct ra_str assigned(const struct ra_node *statement, struct ra_str param)
{
	const struct ra_node *target = statement->kids;

	if (statement->kind != RA_N_ASSIGN || (statement->flags & (RA_F_BARE | RA_F_DECLARE)))
		return RA_STR("");
	while (target && (target->kind == RA_N_ANNOTATION || target->kind == RA_N_INDEX))
		target = target->kind == RA_N_INDEX ? target->kids : target->next;
	return target && target->kind == RA_N_MEMBER && target->kids->kind == RA_N_NAME &&
	       ra_str_eq(target->kids->text, param) ? target->text : RA_STR("");
}

static bool writes(const struct ra_facts *facts, const struct taker *taker, struct ra_str field)
{
	const struct ra_node *root = facts->shape->units.v[taker->unit].node, *at = NULL;

	while ((at = ra_node_walk(root, at, false)) && ra_facts_step(facts))
		if (ra_str_eq(assigned(at, taker->param->text), field))
			return true;
	return false;
}

bool ra_handed_to_writers(const struct ra_facts *facts, const struct ra_fact *a,
			  const struct ra_fact *b)
{
	const struct ra_node *root, *at = NULL;
	struct taker one, two;

	if (!find_taker(facts, a, &one) || !find_taker(facts, b, &two) ||
	    !ra_tree_pairs(facts, one.unit) || !ra_tree_pairs(facts, two.unit))
		return false;
	root = facts->shape->units.v[one.unit].node;
	while ((at = ra_node_walk(root, at, false)) && ra_facts_step(facts)) {
		struct ra_str field = assigned(at, one.param->text);

		if (field.len && writes(facts, &two, field))
			return true;
	}
	return false;
}
