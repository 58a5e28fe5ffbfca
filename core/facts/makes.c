/*
 * makes: units that return an object of their own making. What a caller gets of one that nobody else
 * has seen is private to it; what a function makes, sets up by methods and returns is under
 * construction until then.
 */
#include "core/facts/internal.h"

enum { UNSEEN, GOING_ON, NO, MADE_HERE, FRESH }; /* what a unit makes, as it is remembered */

static const struct ra_node *first_value(const struct ra_node *statement)
{
	const struct ra_node *value = statement->kids;

	return value && value->kind == RA_N_TUPLE ? value->kids : value;
}

/* The value that the name's declaration in this unit gives it; NULL. */
static const struct ra_node *declared_value(const struct ra_node *body, struct ra_str name)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(body, at, false))) {
		const struct ra_node *target = at->kind == RA_N_ASSIGN ? at->kids : NULL, *value;

		if (target && target->kind == RA_N_ANNOTATION)
			target = target->next;
		if (!target || (at->flags & (RA_F_AUGMENT | RA_F_BARE)))
			continue;
		value = target->next;
		if (target->kind == RA_N_TUPLE)
			target = target->kids;
		if (value && !value->next && target && target->kind == RA_N_NAME &&
		    ra_str_eq(target->text, name))
			return value;
	}
	return NULL;
}

/* Is it only looked into, called on, and returned: handed to nobody? */
static bool stays(const struct ra_node *body, struct ra_str name)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(body, at, true))) {
		const struct ra_node *up = at->up;

		if (at->kind != RA_N_NAME || !ra_str_eq(at->text, name) || !up)
			continue;
		if (up->kind == RA_N_TUPLE && up->up)
			up = up->up;
		if (up->kind == RA_N_MEMBER || up->kind == RA_N_RETURN || up->kind == RA_N_COMPARE ||
		    (up->kind == RA_N_ASSIGN && (up->kids == at || up->kids == at->up)))
			continue;
		return false;
	}
	return true;
}

static bool is_made(struct build *b, const struct ra_node *value)
{
	while (value->kind == RA_N_UNARY && value->word == RA_O_AMP && value->kids)
		value = value->kids;
	return (value->kind == RA_N_COMPOSITE || value->kind == RA_N_CALL) &&
	       ra_value_of(b, value).made;
}

/* What one `return` says: MADE_HERE, FRESH, NO, or UNSEEN where it returns nothing. */
static int returned(struct build *b, const struct ra_node *body, const struct ra_node *value)
{
	const struct ra_node *from = value;

	if (value->kind == RA_N_LITERAL)
		return value->word == RA_W_NULL ? UNSEEN : NO;
	if (value->kind == RA_N_NAME)
		from = declared_value(body, value->text);
	if (!from || !is_made(b, from))
		return NO;
	return value->kind == RA_N_NAME && !stays(body, value->text) ? MADE_HERE : FRESH;
}

static int look(struct build *b, uint32_t unit)
{
	const struct ra_node *body = ra_node_find(b->shape->units.v[unit].node, RA_N_BLOCK), *at;
	int all = UNSEEN;

	for (at = body ? ra_node_walk(body, NULL, false) : NULL; at && all != NO;
	     at = ra_node_walk(body, at, false)) {
		const struct ra_node *value = at->kind == RA_N_RETURN ? first_value(at) : NULL;
		int one = value ? returned(b, body, value) : UNSEEN;

		if (one != UNSEEN && (all == UNSEEN || one < all))
			all = one;
	}
	return all == UNSEEN ? NO : all;
}

static int makes(struct build *b, uint32_t unit)
{
	uint32_t outer = b->unit;
	const struct ra_node *statement = b->statement;

	if (!b->makes)
		b->makes = ra_new_array(b->arena, uint8_t, b->shape->units.n);
	if (b->makes[unit] != UNSEEN)
		return b->makes[unit];
	if (b->shape->units.v[unit].flags & (RA_U_ASYNC | RA_U_GENERATOR))
		return NO;
	b->makes[unit] = GOING_ON;
	b->unit = unit;
	b->statement = b->shape->units.v[unit].node;
	b->makes[unit] = (uint8_t)look(b, unit);
	b->unit = outer;
	b->statement = statement;
	return b->makes[unit];
}

bool ra_unit_makes(struct build *b, uint32_t unit)
{
	return makes(b, unit) == FRESH;
}

bool ra_unit_constructs_for(struct build *b, const struct ra_fact *call)
{
	const struct ra_unit *callee = &b->shape->units.v[call->callee];
	const struct ra_unit *caller = &b->shape->units.v[call->unit];

	if (caller->class_ || !callee->class_ || !call->base.len || !b->shape->tokens->language->typed)
		return false;
	return makes(b, call->unit) >= MADE_HERE &&
	       ra_value_of_result(b, call->unit).class_ == callee->class_;
}
