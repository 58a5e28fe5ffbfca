/*
 * outcome: how a run of a unit can end. It may end in a failure that is a value (Rust's Result),
 * which is lost with the value, and it may have no end of its own.
 */
#include "core/facts/internal.h"

/* Units that end in what another one ends in, which does the same. */
enum { ROUNDS_MAX = 4 };

static const struct ra_node *last_kid(const struct ra_node *node)
{
	const struct ra_node *kid = node->kids;

	while (kid && kid->next)
		kid = kid->next;
	return kid;
}

/* `-> io::Result<T>` */
static bool declares_failure(const struct ra_unit *unit, struct ra_str failure)
{
	const struct ra_node *type = ra_node_find(unit->node, RA_N_RESULT);

	type = type ? type->kids : NULL;
	while (type && type->kind == RA_N_INDEX)
		type = type->kids;
	return type && (type->kind == RA_N_NAME || type->kind == RA_N_MEMBER) &&
	       ra_str_ends(type->text, failure);
}

/* `x?` leaves the unit with the failure of x. */
static void find_propagated(struct build *b)
{
	const struct ra_node *node = NULL;

	while ((node = ra_node_walk(b->shape->root, node, true)))
		if (node->kind == RA_N_UNARY && node->word == RA_O_QUESTION)
			b->out->units[node->unit].fails = true;
}

/* The call that the unit is worth: its last expression. */
static const struct ra_node *call_at_end(const struct ra_unit *unit)
{
	const struct ra_node *last = last_kid(unit->node);

	if (last && last->kind == RA_N_BLOCK) {
		last = last_kid(last);
		last = last && last->kind == RA_N_EXPRESSION && (last->flags & RA_F_TAIL)
		     ? last->kids : NULL;
	}
	if (last && last->kind == RA_N_AWAIT)
		last = last->kids;
	return last && last->kind == RA_N_CALL ? last : NULL;
}

static bool ends_in_failure(const struct build *b, const struct ra_unit_facts *unit,
			    const struct ra_node *call)
{
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = &b->out->facts.v[unit->first + i];

		if (fact->node == call && fact->kind == RA_FACT_CALL && fact->callee != RA_NONE &&
		    b->out->units[fact->callee].fails)
			return true;
	}
	return false;
}

static void spread_failures(struct build *b)
{
	for (int round = 0; round < ROUNDS_MAX; round++)
		for (uint32_t u = 1; u < b->shape->units.n; u++) {
			const struct ra_unit *unit = &b->shape->units.v[u];
			const struct ra_node *call = unit->flags & RA_U_LAMBDA ?
						     call_at_end(unit) : NULL;

			if (call && !b->out->units[u].fails)
				b->out->units[u].fails =
					ends_in_failure(b, &b->out->units[u], call);
		}
}

/* No path of its body, or of the loop that is its body, comes to an end. */
static bool has_no_end(const struct build *b, const struct ra_unit *unit)
{
	const struct ra_node *body = last_kid(unit->node);
	uint8_t exits, ends = RA_X_FALLS | RA_X_RETURN;

	if (!body || (body->kind != RA_N_BLOCK && body->kind != RA_N_WHILE))
		return false;
	if (body->kind == RA_N_WHILE) {
		if (body->kids->kind != RA_N_LITERAL || body->kids->word != RA_W_TRUE)
			return false;
		body = ra_node_find(body, RA_N_BLOCK);
		ends = RA_X_BREAK | RA_X_RETURN;
	}
	exits = b->shape->blocks.v[body->block].exits;
	return !(exits & ends);
}

void ra_facts_outcomes(struct build *b)
{
	const char *failure = b->shape->tokens->language->failure;

	for (uint32_t u = 1; u < b->shape->units.n; u++) {
		const struct ra_unit *unit = &b->shape->units.v[u];

		b->out->units[u].fails = failure && declares_failure(unit, ra_str(failure));
		b->out->units[u].endless = has_no_end(b, unit);
	}
	if (!failure)
		return;
	find_propagated(b);
	spread_failures(b);
}
