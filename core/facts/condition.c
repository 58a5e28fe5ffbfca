/*
 * condition: facts of conditions part by part: which state each part tests, and on which side of
 * the branch what it says is known.
 */
#include "core/facts/internal.h"

struct condition {
	struct tests *tests;
	bool sense;                    /* the part holds when the whole condition is true */
	bool true_known, false_known;  /* ... and it is known so on that side */
};

static void add_test(struct build *b, const struct condition *c, uint32_t fact)
{
	*ra_vec_push(b->arena, &c->tests->list) =
		(struct test_side){ fact, c->true_known, c->false_known };
}

static void make_test(struct build *b, const struct condition *c, uint32_t index, enum ra_says says)
{
	struct ra_fact *fact = &b->out->facts.v[index];

	fact->kind = RA_FACT_TEST;
	fact->flags |= RA_FACT_IN_CONDITION;
	fact->flags &= (uint16_t)~RA_FACT_MAY_RAISE;
	fact->how = (uint8_t)says;
	if (says != RA_SAYS_VALUE && !c->sense)
		fact->how = says == RA_SAYS_PRESENT ? RA_SAYS_ABSENT : RA_SAYS_PRESENT;
	add_test(b, c, index);
}

/* What is called may be a predicate: what it says of the outcome is known at the call. */
static void test_call(struct build *b, const struct condition *c, uint32_t call, enum ra_says says)
{
	if (says != RA_SAYS_VALUE && !c->sense)
		says = says == RA_SAYS_PRESENT ? RA_SAYS_ABSENT : RA_SAYS_PRESENT;
	b->out->facts.v[call].says = (uint8_t)says;
	add_test(b, c, call);
}

/* What a test says by a local that holds the outcome of a comparison. */
static enum ra_says said_before(const struct value *value, enum ra_says says)
{
	if (!value->compared || says == RA_SAYS_PRESENT)
		return value->compared ? (enum ra_says)value->said : says;
	return RA_SAYS_VALUE;
}

/* `v, ok := s.find(k)`, and then `if !ok`: the sides of the test are those of the call, once. */
static void test_outcome(struct build *b, const struct condition *c, const struct local *local,
			 enum ra_says says)
{
	const struct ra_fact *call;

	if (local->value.call == RA_NONE)
		return;
	call = &b->out->facts.v[local->value.call];
	if (call->kind == RA_FACT_CALL && call->callee != RA_NONE && call->unit == b->unit &&
	    call->true_block == RA_NONE && call->false_block == RA_NONE &&
	    !(call->flags & RA_FACT_IN_CONDITION))
		test_call(b, c, call->index, says);
}

/* A local that holds what was read before: the test is of the state as it was then. */
static bool test_local(struct build *b, const struct condition *c, const struct ra_node *node,
		       enum ra_says says)
{
	uint32_t owner, read;
	struct local *local = ra_visible_local(b, node->text, node->first, &owner);
	struct ra_fact *fact;

	if (!local || owner != b->unit || local->captured)
		return false;
	if (local->value.direct == RA_NONE) {
		test_outcome(b, c, local, says);
		return false;
	}
	read = local->value.direct;
	fact = ra_fact_new(b, RA_FACT_TEST, node);
	fact->state = b->out->facts.v[read].state;
	fact->key = b->out->facts.v[read].key;
	fact->base = b->out->facts.v[read].base;
	fact->origin = read;
	make_test(b, c, fact->index, said_before(&local->value, says));
	return true;
}

/* `x.is_none()` says the opposite of what it is called on. */
static enum ra_says said_by(const struct ra_fact *fact, enum ra_says says)
{
	if (says == RA_SAYS_VALUE || !fact->row || !(fact->row->flags & RA_API_ABSENT))
		return says;
	return says == RA_SAYS_PRESENT ? RA_SAYS_ABSENT : RA_SAYS_PRESENT;
}

/* `Ok(g) = m.lock()`: the pattern asks whether the lock was given, not for what it guards. */
static bool tests_taking(struct build *b, const struct ra_node *node, const struct value *value)
{
	const struct ra_node *call = node->kind == RA_N_NAMED ? ra_node_kid(node, 1) : node;

	if (call && call->kind == RA_N_AWAIT)
		call = call->kids;
	return value->guard != RA_NONE &&
	       b->out->facts.v[b->out->regions.v[value->guard].acquire].node == call;
}

/* `Some(x) = m.lock()?.as_ref()`: what the guard lets at is tested, by no call of its own. */
static void test_held(struct build *b, const struct condition *c, const struct ra_node *node,
		      const struct value *value, size_t before, enum ra_says says)
{
	struct ra_fact *fact;

	if (!value->held || value->state == RA_NONE || says == RA_SAYS_VALUE ||
	    tests_taking(b, node, value))
		return;
	for (size_t i = before; i < b->out->facts.n; i++)
		if (b->out->facts.v[i].state == value->state &&
		    ra_fact_is_access(b->out->facts.v[i].kind))
			return;
	fact = ra_fact_new(b, RA_FACT_TEST, node);
	fact->state = value->state;
	fact->base = value->base;
	make_test(b, c, fact->index, says);
}

/* `m.get(k).is_none()`: the call whose answer is asked for, and what it says when this one says so. */
static const struct ra_node *asked_of(struct build *b, const struct ra_node *node,
				      enum ra_says *says)
{
	const struct ra_node *callee = node->kind == RA_N_CALL ? node->kids : NULL;
	const struct ra_api_row *row;
	struct ra_str full;

	if (!callee || callee->next || callee->kind != RA_N_MEMBER ||
	    callee->kids->kind != RA_N_CALL)
		return NULL;
	row = ra_api_with(ra_callee_row(b, callee, &full), RA_EFFECT_TEST);
	if (!row || !(row->flags & RA_API_BARE))
		return NULL;
	if ((row->flags & RA_API_ABSENT) && *says != RA_SAYS_VALUE)
		*says = *says == RA_SAYS_PRESENT ? RA_SAYS_ABSENT : RA_SAYS_PRESENT;
	return callee->kids;
}

/* Evaluate; what the last access of the node itself read is tested, all else read is a value. */
static struct value test_expression(struct build *b, const struct condition *c,
				    const struct ra_node *node, enum ra_says says)
{
	size_t before = b->out->facts.n;
	enum ra_says answered = says;
	const struct ra_node *asked = asked_of(b, node, &answered);
	struct value value;

	if (node->kind == RA_N_NAME && test_local(b, c, node, says))
		return ra_value_of(b, node);
	value = ra_eval(b, node);
	if (node->kind == RA_N_NAMED && node->kids->kind == RA_N_NAME &&
	    test_local(b, c, node->kids, says))
		return value;
	for (size_t i = before; i < b->out->facts.n; i++) {
		struct ra_fact *fact = &b->out->facts.v[i];

		if (fact->kind == RA_FACT_READ || fact->kind == RA_FACT_TEST)
			make_test(b, c, (uint32_t)i, i == value.direct ? said_by(fact, says) :
				  asked && fact->node == asked ? answered : RA_SAYS_VALUE);
		else if (fact->kind == RA_FACT_CALL)
			test_call(b, c, (uint32_t)i, fact->node == node ? says : RA_SAYS_VALUE);
	}
	test_held(b, c, node, &value, before, says);
	return value;
}

struct value ra_eval_tested(struct build *b, const struct ra_node *node, struct tests *tests)
{
	struct condition c = { tests, true, true, true };
	bool outer = b->in_condition;
	struct value value;

	b->in_condition = true;
	value = test_expression(b, &c, node, RA_SAYS_PRESENT);
	b->in_condition = outer;
	return value;
}

static void test_membership(struct build *b, const struct condition *c, const struct ra_node *node)
{
	const struct ra_node *key = node->kids, *container = ra_iterated(b, key->next);
	struct place place = container ? ra_place_of(b, container)
				       : (struct place){ .state = RA_NONE };
	struct ra_fact *fact;

	ra_eval(b, key);
	if (place.state == RA_NONE) {
		test_expression(b, c, key->next, RA_SAYS_VALUE);
		return;
	}
	if (container->kind == RA_N_INDEX)
		ra_eval(b, ra_node_kid(container, 1));
	else
		place.key = key;
	place.bare = false;
	fact = ra_fact_access(b, RA_FACT_TEST, node, &place);
	make_test(b, c, fact->index, node->word == RA_W_IN ? RA_SAYS_PRESENT : RA_SAYS_ABSENT);
}

static void test_comparison(struct build *b, const struct condition *c, const struct ra_node *node)
{
	const struct ra_node *left = node->kids, *right = left ? left->next : NULL;

	if (!right) {
		test_expression(b, c, node, RA_SAYS_VALUE);
	} else if (node->word == RA_W_IN || node->word == RA_O_NOT_IN) {
		test_membership(b, c, node);
	} else if (ra_compare_says(node) != RA_SAYS_VALUE) {
		test_expression(b, c, left, ra_compare_says(node));
	} else {
		test_expression(b, c, left, RA_SAYS_VALUE);
		test_expression(b, c, right, RA_SAYS_VALUE);
	}
}

static void test_part(struct build *b, struct condition c, const struct ra_node *node)
{
	size_t first = b->temporaries.n;

	if (node->kind == RA_N_UNARY && node->word == RA_W_NOT && node->kids) {
		c.sense = !c.sense;
		test_part(b, c, node->kids);
	} else if (node->kind == RA_N_BINARY && (node->word == RA_W_AND || node->word == RA_W_OR)) {
		/* all parts of an `and` hold where it holds; where it does not, who knows */
		if ((node->word == RA_W_AND) == c.sense)
			c.false_known = false;
		else
			c.true_known = false;
		for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
			test_part(b, c, kid);
	} else if (node->kind == RA_N_COMPARE) {
		test_comparison(b, &c, node);
	} else {
		test_expression(b, &c, node, RA_SAYS_PRESENT);
	}
	/* what a pattern looks into lives on, with the branch that it lets in */
	if (node->kind != RA_N_NAMED && node->kind != RA_N_BINARY)
		ra_guard_temporaries_end(b, first, node);
}

void ra_eval_condition(struct build *b, const struct ra_node *node, struct tests *tests)
{
	struct condition c = { tests, true, true, true };
	bool outer = b->in_condition;

	b->in_condition = true;
	test_part(b, c, node);
	b->in_condition = outer;
}
