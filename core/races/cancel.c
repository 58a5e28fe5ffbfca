/*
 * cancel: which handlers catch a cancellation, what bounds and shields, which code cleans up. All
 * of it is read off the tree and the rows; the words of a language come from the card.
 */
#include "core/races/cancel.h"

/* -- handlers -------------------------------------------------------------------------------- */

static bool listed(const struct ra_detection *d, const char *param, struct ra_str word)
{
	return word.len && ra_card_has(d->card, param, ra_cstr(d->arena, word));
}

/* Does the name come from a module of the card's `foreign`, as imports say? */
static bool is_foreign(const struct ra_detection *d, const struct ra_node *exception)
{
	const struct ra_node *base = exception->kind == RA_N_CALL ? exception->kids : exception;

	while (base->kind == RA_N_MEMBER)
		base = base->kids;
	for (size_t i = 0; base->kind == RA_N_NAME && i < d->facts->imports.n; i++) {
		struct ra_str full = d->facts->imports.v[i].full, module;

		if (ra_str_eq(d->facts->imports.v[i].local, base->text) &&
		    ra_str_cut(&full, '.', &module) && listed(d, "foreign", module))
			return true;
	}
	return false;
}

enum ra_catch ra_cancel_caught(const struct ra_detection *d, const struct ra_node *exception)
{
	enum ra_catch caught = RA_CATCH_NONE;

	if (!exception)
		return RA_CATCH_EVERYTHING;
	if (exception->kind == RA_N_TUPLE) {
		for (const struct ra_node *kid = exception->kids; kid; kid = kid->next) {
			enum ra_catch one = ra_cancel_caught(d, kid);

			caught = one > caught ? one : caught;
		}
		return caught;
	}
	if (listed(d, "everything", ra_tree_last_word(exception)))
		return RA_CATCH_EVERYTHING;
	return listed(d, "cancelled", ra_tree_last_word(exception)) && !is_foreign(d, exception) ?
	       RA_CATCH_NAMED : RA_CATCH_NONE;
}

const struct ra_node *ra_handler_exception(const struct ra_node *handler)
{
	return handler->kids->kind == RA_N_BLOCK ? NULL : handler->kids;
}

enum ra_catch ra_cancel_reaches(const struct ra_detection *d, const struct ra_node *handler)
{
	const struct ra_node *kid = handler->up->kids;

	for (; kid && kid != handler; kid = kid->next)
		if (kid->kind == RA_N_HANDLER && ra_cancel_caught(d, ra_handler_exception(kid)))
			return RA_CATCH_NONE;
	return ra_cancel_caught(d, ra_handler_exception(handler));
}

const struct ra_node *ra_cancel_block(const struct ra_shape *shape, const struct ra_node *owner,
				      enum ra_block_role role)
{
	const struct ra_node *kid = owner->kids;

	for (; kid; kid = kid->next)
		if (kid->kind == RA_N_BLOCK && shape->blocks.v[kid->block].role == role)
			return kid;
	return NULL;
}

/* -- checkpoints ----------------------------------------------------------------------------- */

bool ra_is_cancel_point(const struct ra_facts *facts, const struct ra_fact *fact)
{
	uint32_t flags = facts->shape->units.v[fact->unit].flags;

	if (fact->kind != RA_FACT_CHECKPOINT || (fact->flags & RA_FACT_NO_SWITCH))
		return false;
	return fact->how != RA_SW_YIELD || !(flags & RA_U_ASYNC);
}

/* Is there an inner `try` between the node and `root` that catches a cancellation first? */
static bool caught_below(const struct ra_detection *d, const struct ra_node *node,
			 const struct ra_node *root)
{
	const struct ra_node *up;

	for (; node != root && (up = node->up) != NULL; node = up) {
		if (up->kind != RA_N_TRY || node != up->kids)
			continue;
		for (const struct ra_node *kid = node->next; kid; kid = kid->next)
			if (kid->kind == RA_N_HANDLER &&
			    ra_cancel_caught(d, ra_handler_exception(kid)))
				return true;
	}
	return false;
}

const struct ra_fact *ra_cancel_point(const struct ra_detection *d, uint32_t unit,
				      const struct ra_node *root, uint32_t from)
{
	const struct ra_unit_facts *u = &d->facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, u->first + i);

		if (ra_is_cancel_point(d->facts, fact) && fact->node->first >= from &&
		    ra_tree_inside(fact->node, root) &&
		    !caught_below(d, fact->node, root))
			return fact;
	}
	return NULL;
}

bool ra_cancel_awaits(const struct ra_facts *facts, const struct ra_fact *point,
		      enum ra_effect effect)
{
	const struct ra_fact *fact = point;

	if (ra_api_with(point->row, effect))
		return true;
	/* one fact for each effect of the call, one after the other */
	for (uint32_t i = point->origin; i != RA_NONE && i < point->index; i--) {
		if (ra_fact(facts, i)->node != ra_fact(facts, point->origin)->node)
			return false;
		fact = ra_fact(facts, i);
		if (ra_api_with(fact->row, effect))
			return true;
	}
	return false;
}

const struct ra_node *ra_cancel_place(const struct ra_fact *point)
{
	const struct ra_node *last;

	if (point->how != RA_SW_EXIT || !point->statement || point->statement->kind != RA_N_WITH)
		return point->node;
	last = ra_node_last(ra_node_find(point->statement, RA_N_BLOCK));
	return last ? last : point->node;
}

const struct ra_node *ra_cancel_awaited_call(const struct ra_fact *point)
{
	const struct ra_node *call = point->node->kids;

	return (point->how == RA_SW_AWAIT || point->how == RA_SW_YIELD) && call &&
	       call->kind == RA_N_CALL ? call : NULL;
}

/* Is a word of the list at the beginning or the end of a name: `_close_all`, `async_stop`? */
static bool named_by(const struct ra_detection *d, const char *param, struct ra_str name)
{
	struct ra_str part, first = RA_STR(""), last = RA_STR("");

	while (ra_str_cut(&name, '_', &part)) {
		if (!part.len)
			continue;
		if (!first.len)
			first = part;
		last = part;
	}
	return listed(d, param, first) || listed(d, param, last);
}

bool ra_cancel_waits(const struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_node *call = ra_cancel_awaited_call(point);

	if (!call)
		return false;
	if (ra_cancel_awaits(d->facts, point, RA_EFFECT_WAIT))
		return point->receiver_kind != RA_KIND_QUEUE &&
		       point->receiver_kind != RA_KIND_CHANNEL &&
		       point->receiver_kind != RA_KIND_SCOPE;
	return ra_cancel_awaits(d->facts, point, RA_EFFECT_JOIN) ||
	       ((!point->row || point->row->flags & RA_API_TREE) && point->callee == RA_NONE &&
		named_by(d, "waits", ra_tree_last_word(call)));
}

/* -- scopes ---------------------------------------------------------------------------------- */

static const struct ra_api_row *row_of(const struct ra_facts *facts, const struct ra_node *call,
				       enum ra_effect effect)
{
	uint32_t index = call->kind == RA_N_CALL ? ra_fact_of_node(facts, call) : RA_NONE;

	return index == RA_NONE ? NULL : ra_api_with(ra_fact(facts, index)->row, effect);
}

/* What an operand has to say for its effect to be in force. */
enum sure { SURELY, MAYBE };

static bool is_on(enum ra_effect effect, const struct ra_node *operand, enum sure sure)
{
	if (effect != RA_EFFECT_SHIELD)
		return !(operand->kind == RA_N_LITERAL && operand->word == RA_W_NULL);
	if (operand->kind == RA_N_LITERAL)
		return operand->word == RA_W_TRUE;
	return sure == MAYBE;
}

/* Does the assignment set an attribute of the scope, or of what belongs to it, to the operand:
 * `s.shield = True`, `nursery.cancel_scope.shield = True`? */
static bool sets(const struct ra_detection *d, const struct ra_node *assign,
		 struct ra_str scope, enum ra_effect effect, struct ra_str field)
{
	const struct ra_node *target = assign->kids, *base = target;

	if (assign->kind != RA_N_ASSIGN || target->kind != RA_N_MEMBER || !target->next)
		return false;
	while (base->kind == RA_N_MEMBER)
		base = base->kids;
	if (base->kind != RA_N_NAME || !ra_str_eq(base->text, scope))
		return false;
	return (field.len && ra_str_eq(target->text, field)) ||
	       (effect == RA_EFFECT_SHIELD && listed(d, "shields", target->text));
}

/* The last operand that the body assigns from token `from` on and before `node`, or NULL. */
static const struct ra_node *assigned(const struct ra_detection *d, const struct ra_node *item,
				      uint32_t from, const struct ra_node *node,
				      enum ra_effect effect, struct ra_str field)
{
	const struct ra_node *body = ra_node_find(item->up, RA_N_BLOCK), *at = NULL;
	const struct ra_node *target = item->kids->next, *found = NULL;

	if (!target || target->kind != RA_N_NAME)
		return NULL;
	while ((at = ra_node_walk(body, at, false)) != NULL && at->first < node->first)
		if (at->first >= from && sets(d, at, target->text, effect, field))
			found = at->kids->next;
	return found;
}

/* The argument of an unknown call by which it shields. */
static const struct ra_node *shield_argument(const struct ra_detection *d,
					     const struct ra_node *call)
{
	const struct ra_node *arg = call && call->kind == RA_N_CALL ? call->kids->next : NULL;

	for (; arg; arg = arg->next)
		if (arg->kind == RA_N_KEYWORD && listed(d, "shields", arg->text))
			return arg->kids;
	return NULL;
}

/* Does the item put the effect in force for `node` in its body, seen from `within`? */
static bool in_force(const struct ra_detection *d, const struct ra_node *item,
		     const struct ra_node *node, const struct ra_node *within,
		     enum ra_effect effect, enum sure sure)
{
	const struct ra_node *call = item->kids;
	const struct ra_api_row *row = row_of(d->facts, call, effect);
	struct ra_str field = row ? row->keyword : RA_STR("");
	bool outside = within && !ra_tree_inside(item, within);
	const struct ra_node *operand = assigned(d, item, outside ? within->first : 0, node,
						 effect, field);

	if (outside)
		return operand && is_on(effect, operand, sure);
	if (!operand && row && field.len)
		operand = ra_api_operand(row, call);
	else if (!operand && !row && effect == RA_EFFECT_SHIELD)
		operand = shield_argument(d, call);
	if (!operand)
		return row && !field.len && call->kids->next;
	return is_on(effect, operand, sure);
}

bool ra_cancel_shields_itself(const struct ra_detection *d, const struct ra_fact *point)
{
	const struct ra_node *call = ra_cancel_awaited_call(point);
	const struct ra_node *operand = shield_argument(d, call);
	struct ra_str words = ra_card_param(d->card, "shields"), word;

	if (!call)
		return false;
	if (operand)
		return is_on(RA_EFFECT_SHIELD, operand, MAYBE);
	while (ra_str_cut(&words, ' ', &word))
		if (word.len && ra_str_ifind(ra_tree_last_word(call), word) >= 0)
			return true;
	return false;
}

static const struct ra_node *scope_around(const struct ra_detection *d, const struct ra_node *node,
					  const struct ra_node *within, enum ra_effect effect,
					  enum sure sure)
{
	const struct ra_node *with = node;

	while ((with = ra_tree_around(with, RA_N_WITH)) != NULL) {
		const struct ra_node *item = with->kids;

		for (; item && item->kind == RA_N_ITEM; item = item->next)
			if (!ra_tree_inside(node, item) &&
			    in_force(d, item, node, within, effect, sure))
				return item;
	}
	return NULL;
}

const struct ra_node *ra_cancel_scope(const struct ra_detection *d, const struct ra_node *node,
				      const struct ra_node *within, enum ra_effect effect)
{
	return scope_around(d, node, within, effect, SURELY);
}

const struct ra_node *ra_cancel_maybe_shield(const struct ra_detection *d,
					     const struct ra_node *node)
{
	return scope_around(d, node, NULL, RA_EFFECT_SHIELD, MAYBE);
}

/* An argument of a call that bounds it in time: `wait_for(<here>, 5)`. */
static bool bounded_by_call(const struct ra_facts *facts, const struct ra_node *node)
{
	for (; node && !ra_node_is_statement(node); node = node->up)
		if (node->kind == RA_N_CALL && row_of(facts, node, RA_EFFECT_TIMEOUT))
			return true;
	return false;
}

bool ra_cancel_bounded(const struct ra_detection *d, const struct ra_fact *fact)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *call = fact->node->kind == RA_N_AWAIT ? fact->node->kids : fact->node;
	const struct ra_fact *origin = fact->origin == RA_NONE ? fact :
				       ra_fact(facts, fact->origin);
	const struct ra_node *arg = call && call->kind == RA_N_CALL ? call->kids->next : NULL;

	if (ra_cancel_scope(d, fact->node, NULL, RA_EFFECT_TIMEOUT) ||
	    bounded_by_call(facts, call))
		return true;
	if (origin->kind != RA_FACT_CHECKPOINT && (origin->flags & RA_FACT_AWAITS_TIMED))
		return true;
	/* an API without a row: a parameter of this name bounds whatever it is */
	for (; arg; arg = arg->next)
		if (arg->kind == RA_N_KEYWORD && is_on(RA_EFFECT_TIMEOUT, arg->kids, SURELY) &&
		    ra_str_ifind(arg->text, RA_STR("timeout")) >= 0)
			return true;
	return false;
}

bool ra_cancel_told_not_to_wait(const struct ra_node *call)
{
	const struct ra_node *arg = call->kids->next;

	for (; arg; arg = arg->next) {
		const struct ra_node *value = arg->kind == RA_N_KEYWORD ? arg->kids : arg;

		if (value->kind == RA_N_LITERAL &&
		    (value->word == RA_W_FALSE || ra_str_is(value->text, "0")))
			return true;
	}
	return false;
}

/* -- clean-up -------------------------------------------------------------------------------- */

static bool begins_with(const struct ra_detection *d, const char *param, struct ra_str name)
{
	struct ra_str part;

	while (ra_str_cut(&name, '_', &part))
		if (part.len)
			return listed(d, param, part);
	return false;
}

bool ra_cancel_names_cleanup(const struct ra_detection *d, struct ra_str name)
{
	return named_by(d, "cleanup", name);
}

bool ra_cancel_unit_cleans(const struct ra_detection *d, uint32_t unit)
{
	struct ra_str name = d->facts->shape->units.v[unit].name;

	/* `wait_for_shutdown` waits for others: that is its work */
	return ra_cancel_names_cleanup(d, name) && !begins_with(d, "waits", name);
}

const struct ra_node *ra_cancel_cleanup(const struct ra_detection *d, const struct ra_node *node)
{
	const struct ra_shape *shape = d->facts->shape;

	for (; node; node = node->up) {
		if (node->kind == RA_N_BLOCK &&
		    shape->blocks.v[node->block].role == RA_B_FINALLY)
			return node;
		if (node->kind == RA_N_HANDLER && ra_cancel_reaches(d, node))
			return node;
		if (node->kind == RA_N_FUNCTION)
			return ra_cancel_unit_cleans(d, node->unit) ? node : NULL;
		if (node->kind == RA_N_LAMBDA)
			return NULL;
	}
	return NULL;
}

struct ra_str ra_cancel_cleanup_words(const struct ra_detection *d, const struct ra_node *cleanup)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *exception;

	if (cleanup->kind == RA_N_BLOCK)
		return RA_STR("`finally`");
	if (cleanup->kind != RA_N_HANDLER)
		return ra_printf(d->arena, "`%.*s`", RA_FMT(cleanup->text));
	exception = ra_handler_exception(cleanup);
	if (!exception)
		return RA_STR("`except`");
	return ra_printf(d->arena, "`except %.*s`", RA_FMT(ra_node_text(shape, exception)));
}
