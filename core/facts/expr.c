/*
 * expr: facts of expressions, in the order of evaluation; of calls see call.c.
 */
#include "core/facts/call.h"

/* -- parts ------------------------------------------------------------------------------------ */

static struct value eval_kids(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node), part;

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		part = ra_eval(b, kid);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

/* What a comparison with nothing says of the left side where it holds. */
enum ra_says ra_compare_says(const struct ra_node *node)
{
	const struct ra_node *right = ra_node_kid(node, 1);

	if (node->word == RA_W_IN)
		return RA_SAYS_PRESENT;
	if (node->word == RA_O_NOT_IN)
		return RA_SAYS_ABSENT;
	if (!right || right->kind != RA_N_LITERAL || right->word != RA_W_NULL)
		return RA_SAYS_VALUE;
	return node->word == RA_W_IS || node->word == RA_O_EQ ? RA_SAYS_ABSENT : RA_SAYS_PRESENT;
}

/* `known = key in self.jobs`: of one entry, as a test of it would be. */
static bool eval_membership(struct build *b, const struct ra_node *node, struct value *value)
{
	const struct ra_node *container = node->kids->next;
	struct place place = ra_place_of(b, container);

	if ((node->word != RA_W_IN && node->word != RA_O_NOT_IN) || place.state == RA_NONE ||
	    (container->kind != RA_N_NAME && container->kind != RA_N_MEMBER))
		return false;
	ra_eval(b, node->kids);
	place.key = node->kids;
	place.bare = false;
	value->direct = ra_fact_access(b, RA_FACT_READ, node, &place)->index;
	ra_origins_add(&value->from, value->direct);
	return true;
}

/* `ended = self.end is not None`: the local holds what a test of the state would say now. */
static struct value eval_compare(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), left, right;

	if (!node->kids || !node->kids->next)
		return value;
	value.kind = RA_KIND_SCALAR;
	if (eval_membership(b, node, &value)) {
		value.compared = true;
		value.said = ra_compare_says(node);
		return value;
	}
	left = ra_eval(b, node->kids);
	right = ra_eval(b, node->kids->next);
	value.from = left.from;
	ra_origins_join(&value.from, &right.from);
	if (right.constant) {
		value.direct = left.direct;
		value.compared = true;
		value.said = ra_compare_says(node);
	}
	return value;
}

/* -- names, fields and entries ---------------------------------------------------------------- */

static struct value read_place(struct build *b, const struct ra_node *node,
			       const struct place *place)
{
	struct value value = ra_value_of(b, node);
	struct ra_fact *fact = ra_fact_access(b, RA_FACT_READ, node, place);

	if (place->key && value.kind != RA_KIND_SCALAR)
		fact->flags |= RA_FACT_MAY_RAISE;
	value.direct = fact->index;
	ra_origins_add(&value.from, fact->index);
	return value;
}

/* A unit that is handed on uncalled is called by whoever gets it, whenever they like. */
static struct value reference(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node);
	struct ra_unit_facts *unit;

	if (value.unit == RA_NONE || b->handing_over || !node->up ||
	    (node->up->kind != RA_N_CALL && node->up->kind != RA_N_KEYWORD &&
	     node->up->kind != RA_N_ASSIGN && node->up->kind != RA_N_RETURN))
		return value;
	unit = &b->out->units[value.unit];
	if (!unit->escapes)
		unit->escapes = ra_node_line(b->shape, node);
	return value;
}

static struct value eval_name(struct build *b, const struct ra_node *node)
{
	struct place place = ra_place_of(b, node);

	if (place.state == RA_NONE || place.alias)
		return reference(b, node);
	return read_place(b, node, &place);
}

static struct value eval_member(struct build *b, const struct ra_node *node)
{
	struct place place = ra_place_of(b, node);
	struct value base = ra_value_none(), value;

	if (node->kids)
		base = ra_eval(b, node->kids);
	if (place.state != RA_NONE) {
		value = read_place(b, node, &place);
	} else {
		value = reference(b, node);
	}
	ra_origins_join(&value.from, &base.from);
	return value;
}

static struct value eval_index(struct build *b, const struct ra_node *node)
{
	struct place place = ra_place_of(b, node);
	const struct ra_node *base = node->kids, *key = ra_node_kid(node, 1);
	struct value value, part;
	struct origins from = { 0 };

	if (place.state == RA_NONE)
		return eval_kids(b, node);
	while (base->kind == RA_N_INDEX) {
		part = ra_eval(b, ra_node_kid(base, 1));
		ra_origins_join(&from, &part.from);
		base = base->kids;
	}
	if (base->kind == RA_N_MEMBER && base->kids)
		ra_eval(b, base->kids);
	else if (base->kind != RA_N_NAME)
		ra_eval(b, base); /* a guard that is taken for it */
	if (key) {
		part = ra_eval(b, key);
		ra_origins_join(&from, &part.from);
	}
	value = read_place(b, node, &place);
	ra_origins_join(&value.from, &from);
	return value;
}

/* -- iteration -------------------------------------------------------------------------------- */

const struct ra_node *ra_iterated(struct build *b, const struct ra_node *node)
{
	const struct ra_api_row *row;
	struct ra_str full;

	/* enumerate(S), reversed(S), S.items(), S.values() */
	while (node->kind == RA_N_CALL && node->kids) {
		row = ra_callee_row(b, node->kids, &full);
		if (!row || ra_api_with(row, RA_EFFECT_COPY))
			return NULL;
		if (node->kids->kind == RA_N_MEMBER && !node->kids->next &&
		    (row->effect == RA_EFFECT_READ || row->effect == RA_EFFECT_ITERATE))
			node = node->kids->kids;
		else if (row->effect == RA_EFFECT_ITERATE && node->kids->next)
			node = node->kids->next;
		else
			return NULL;
	}
	return node;
}

/* `map.iter()` of a map that is its own lock: what the loop runs over holds it. */
static void guard_of_view(struct build *b, const struct ra_node *node, const struct place *place)
{
	struct call call = { .node = node, .callee = node->kids, .place = *place, .guard = RA_NONE,
			     .on = RA_NONE };
	const struct ra_api_row *row;
	struct value value = ra_value_none();

	if (node->kind != RA_N_CALL)
		return;
	call.row = ra_callee_row(b, call.callee, &call.full);
	row = ra_api_with(call.row, RA_EFFECT_ACQUIRE);
	if (!row || !(row->flags & RA_API_GUARD) || call.callee->kind != RA_N_MEMBER)
		return;
	call.own = RA_NONE;
	call.receiver = ra_value_of(b, call.callee->kids);
	call.passed_on = value;
	ra_call_acquires(b, &call, row, &value);
}

struct value ra_eval_iterable(struct build *b, const struct ra_node *node, uint32_t body)
{
	const struct ra_node *subject = ra_iterated(b, node);
	struct place place;
	struct value value, element = ra_value_none();
	struct ra_fact *fact;

	if (b->shape->tokens->language->typed && ra_value_of(b, node).kind == RA_KIND_CHANNEL)
		return ra_eval_channel(b, node, RA_FACT_RECEIVE, node);

	if (!subject || (place = ra_place_of(b, subject)).state == RA_NONE) {
		value = ra_eval(b, node);
		value.state = value.element_of = value.direct = RA_NONE;
		value.kind = value.element;
		value.class_ = value.element_class;
		value.class_itself = value.element_class = 0;
		return value;
	}
	if (subject->kind == RA_N_INDEX)
		ra_eval(b, ra_node_kid(subject, 1));
	else if (subject->kind == RA_N_MEMBER && subject->kids->kind != RA_N_NAME)
		ra_eval(b, subject->kids);
	else if (place.held && subject->kind != RA_N_NAME)
		ra_eval(b, subject); /* the guard is taken for the whole loop */
	fact = ra_fact_access(b, RA_FACT_ITERATE, subject, &place);
	fact->true_block = body;
	ra_origins_add(&element.from, fact->index);
	guard_of_view(b, node, &place);
	element.element_of = place.state;
	element.kind = ra_state_at(b, place.state)->element;
	element.class_ = ra_state_at(b, place.state)->element_class;
	return element;
}

static struct value eval_comprehension(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node), part;
	const struct ra_node *kid, *sub;
	struct tests tests = { 0 };

	for (kid = node->kids; kid; kid = kid->next) {
		if (kid->kind != RA_N_CLAUSE || !kid->kids || !kid->kids->next)
			continue;
		part = ra_eval_iterable(b, kid->kids->next, RA_NONE);
		ra_origins_join(&value.from, &part.from);
		if (kid->flags & RA_F_ASYNC)
			ra_fact_checkpoint(b, kid, RA_SW_NEXT, RA_NONE);
		ra_assign(b, kid->kids, &part);
		for (sub = kid->kids->next->next; sub; sub = sub->next)
			if (sub->kids)
				ra_eval_condition(b, sub->kids, &tests);
	}
	for (kid = node->kids; kid; kid = kid->next) {
		if (kid->kind == RA_N_CLAUSE)
			continue;
		part = ra_eval(b, kid);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

/* -- other expressions ------------------------------------------------------------------------ */

static struct value eval_yield(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();

	if (node->kids)
		value = ra_eval(b, node->kids);
	if (b->out->units[b->unit].is_async)
		ra_fact_checkpoint(b, node, RA_SW_YIELD, value.call);
	return ra_value_none();
}

static struct value eval_ternary(struct build *b, const struct ra_node *node)
{
	struct tests tests = { 0 };
	struct value value = ra_value_of(b, node), part;
	const struct ra_node *kid = node->kids;

	if (!kid)
		return value;
	ra_eval_condition(b, kid, &tests);
	while ((kid = kid->next)) {
		part = ra_eval(b, kid);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

static struct value eval_named(struct build *b, const struct ra_node *node)
{
	const struct ra_node *value_node = ra_node_kid(node, 1);
	struct value value = ra_value_none();
	uint32_t outer = b->block;

	if (!value_node)
		return value;
	value = ra_eval(b, value_node);
	if (b->lets_in)
		b->block = b->lets_in;
	ra_assign(b, node->kids, &value);
	b->block = outer;
	return value;
}

/* `T{ field: value }`: what it is given. */
static struct value eval_composite(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_of(b, node), part;

	for (const struct ra_node *kid = node->kids ? node->kids->next : NULL; kid; kid = kid->next) {
		const struct ra_node *given = kid;

		if (kid->kind == RA_N_PAIR && kid->kids && kid->kids->next) {
			if (kid->kids->kind != RA_N_NAME)
				ra_eval(b, kid->kids);
			given = kid->kids->next;
		}
		part = ra_eval(b, given);
		ra_publish(b, given);
		ra_origins_join(&value.from, &part.from);
	}
	return value;
}

/* `*g` of a guard: a copy of what it guards, or what is then looked into. */
static struct value read_content(struct build *b, const struct ra_node *node,
				 const struct place *place, const struct value *guarded)
{
	struct value value = *guarded;
	struct ra_fact *fact;

	if (node->up->kind == RA_N_UNARY && node->up->word == RA_O_AMP)
		return value; /* `&*g` */
	fact = ra_fact_access(b, RA_FACT_READ, node, place);
	value.direct = fact->index;
	ra_origins_add(&value.from, fact->index);
	value.state = RA_NONE;
	value.held = false;
	return value;
}

/* `idle = not self.job`: what a test of it would say, turned round. */
static struct value eval_not(struct build *b, const struct ra_node *node)
{
	struct value operand = ra_eval(b, node->kids), value = ra_value_none();
	bool says = operand.compared ? operand.said != RA_SAYS_VALUE : operand.direct != RA_NONE;

	value.kind = RA_KIND_SCALAR;
	value.from = operand.from;
	value.direct = operand.direct;
	value.compared = true;
	value.said = !says ? RA_SAYS_VALUE
		   : operand.compared && operand.said == RA_SAYS_ABSENT ? RA_SAYS_PRESENT
									: RA_SAYS_ABSENT;
	return value;
}

/* `*p`, `&x`, `x?`: the thing itself, and a guard goes on; `*g` of a guard is what it guards. */
static struct value eval_unary(struct build *b, const struct ra_node *node)
{
	struct value value;
	struct place place;

	if (node->kids && node->word == RA_W_NOT)
		return eval_not(b, node);
	if (!node->kids || (node->word != RA_O_AMP && node->word != RA_O_STAR &&
			    node->word != RA_O_QUESTION))
		return eval_kids(b, node);
	value = ra_eval(b, node->kids);
	if (node->word == RA_O_QUESTION)
		return value;
	value.guard = RA_NONE; /* a reference is not the guard */
	if (node->word == RA_O_AMP)
		value.null = false; /* it is that of something */
	if (node->word != RA_O_STAR)
		return value;
	place = ra_place_of(b, node);
	if (value.held && place.state != RA_NONE)
		value = read_content(b, node, &place, &value);
	return value;
}

static struct value eval_cast(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), cast = ra_value_of(b, node);

	if (node->kids)
		value = ra_eval(b, node->kids);
	if (cast.class_)
		value.class_ = cast.class_;
	return value;
}

/* A statement as an operand: worth the value of the block that ran, or of what it assigned. */
static struct value eval_statement(struct build *b, const struct ra_node *node)
{
	struct value outer = b->tail, value;

	b->tail = ra_value_none();
	ra_walk_statement(b, node);
	value = b->tail;
	b->tail = outer;
	if (node->kind == RA_N_ASSIGN && node->kids)
		value = ra_value_of(b, node->kids);
	return value;
}

struct value ra_eval(struct build *b, const struct ra_node *node)
{
	if (ra_node_is_statement(node))
		return eval_statement(b, node);
	switch (node->kind) {
	case RA_N_COMPOSITE:
		return eval_composite(b, node);
	case RA_N_UNARY:
		return eval_unary(b, node);
	case RA_N_CAST:
		return eval_cast(b, node);
	case RA_N_RECEIVE:
		return node->kids ? ra_eval_channel(b, node, RA_FACT_RECEIVE, node->kids)
				  : ra_value_none();
	case RA_N_ANNOTATION:
		return ra_value_none();
	case RA_N_NAME:
		return eval_name(b, node);
	case RA_N_MEMBER:
		return eval_member(b, node);
	case RA_N_INDEX:
		return eval_index(b, node);
	case RA_N_CALL:
		return node->kids ? ra_eval_call(b, node, false) : ra_value_none();
	case RA_N_AWAIT:
		return ra_eval_await(b, node);
	case RA_N_YIELD:
		return eval_yield(b, node);
	case RA_N_COMPREHENSION:
		return eval_comprehension(b, node);
	case RA_N_TERNARY:
		return eval_ternary(b, node);
	case RA_N_NAMED:
		return eval_named(b, node);
	case RA_N_COMPARE:
		return eval_compare(b, node);
	case RA_N_LAMBDA: case RA_N_LITERAL:
		return ra_value_of(b, node);
	case RA_N_KEYWORD: case RA_N_STAR: case RA_N_DOUBLESTAR:
		return node->kids ? ra_eval(b, node->kids) : ra_value_none();
	default:
		return eval_kids(b, node);
	}
}
