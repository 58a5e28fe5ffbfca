/*
 * long-loop: a loop of many rounds that never lets another task run, in a unit of an event loop.
 *
 *     for i in 0 .. n: no checkpoint           n is written down, and at least `rounds`
 *     for a in xs: for b in ys: no checkpoint  a question: how long xs and ys get, callers say
 *
 * Bounds that are counted: a call of the card's `counts` (a range), and a condition `i < n` with a
 * step, where what it starts from, the step and n are numbers of the text, or names given one
 * once. Loops inside one another multiply. Silent where a round can leave the loop: how many there
 * are, nobody knows. The second shape wants both of a parameter or a state of the object, ys not
 * made of a, or else a local that grows on the way. Silent in a file that has a word of `aside`:
 * it is run on a thread of its own; and in what a program runs as its own course, starting no task.
 */
#include <stdlib.h>

#include "core/races/tree.h"

enum { NAMES_DEEP = 4, DIGITS_MAX = 32 };

/* -- numbers of the text --------------------------------------------------------------------- */

static bool literal_value(struct ra_str text, double *out)
{
	char digits[DIGITS_MAX + 1], *end;
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '_' && n < DIGITS_MAX)
			digits[n++] = text.ptr[i];
	digits[n] = '\0';
	*out = n && digits[0] >= '0' && digits[0] <= '9' ? strtod(digits, &end) : 0;
	return n && digits[0] >= '0' && digits[0] <= '9' && (!*end || ra_str_is(ra_str(end), "n"));
}

/* More than any loop has rounds is as good as more than that. */
static double power(double base, double exponent)
{
	double out = 1;

	for (unsigned i = 0; i < 64 && i < exponent; i++)
		out *= base;
	return out;
}

static bool value_of(const struct ra_facts *facts, const struct ra_node *node, unsigned deep,
		     double *out);

static bool binary_value(const struct ra_facts *facts, const struct ra_node *node, unsigned deep,
			 double *out)
{
	double left, right;

	if (!value_of(facts, ra_node_kid(node, 0), deep, &left) ||
	    !value_of(facts, ra_node_kid(node, 1), deep, &right))
		return false;
	switch (node->word) {
	case RA_O_PLUS:  *out = left + right; return true;
	case RA_O_MINUS: *out = left - right; return true;
	case RA_O_STAR:  *out = left * right; return true;
	case RA_O_POWER: *out = power(left, right); return true;
	case RA_O_SHL:   *out = left * power(2, right); return true;
	default:         return false;
	}
}

/* What the text says an expression is worth, `deep` names further at the most. */
static bool value_of(const struct ra_facts *facts, const struct ra_node *node, unsigned deep,
		     double *out)
{
	if (node->kind == RA_N_LITERAL)
		return literal_value(node->text, out);
	if (!deep || (node->kind != RA_N_BINARY && node->kind != RA_N_NAME))
		return false;
	if (node->kind == RA_N_BINARY)
		return binary_value(facts, node, deep - 1, out);
	node = ra_tree_initial(facts, node);
	return node && value_of(facts, node, deep - 1, out);
}

/* -- rounds of a loop ------------------------------------------------------------------------ */

/* `range(n)`, `range(a, b)`, `range(a, b, step)`; 0 when the text does not say. */
static double counted_rounds(const struct ra_detection *d, const struct ra_node *call)
{
	double v[3] = { 0, 0, 1 };
	unsigned n = 0;

	if (call->kind != RA_N_CALL || call->kids->kind != RA_N_NAME ||
	    !ra_card_has(d->card, "counts", ra_cstr(d->arena, call->kids->text)))
		return 0;
	for (const struct ra_node *arg = call->kids->next; arg; arg = arg->next)
		if (n == 3 || !value_of(d->facts, arg, NAMES_DEEP, &v[n++]))
			return 0;
	if (n == 1)
		return v[0];
	return n && v[2] != 0 ? (v[1] - v[0]) / v[2] : 0;
}

static bool is_assignment(const struct ra_node *at, struct ra_str name, bool augments)
{
	return at->kind == RA_N_ASSIGN && !(at->flags & RA_F_AUGMENT) == !augments &&
	       ra_node_count(at) == 2 && at->kids->kind == RA_N_NAME &&
	       ra_str_eq(at->kids->text, name);
}

/* What the name is given last before the loop, beside it. */
static bool begins_at(const struct ra_facts *facts, const struct ra_node *loop, struct ra_str name,
		      double *out)
{
	bool known = false;

	for (const struct ra_node *at = loop->up->kids; at && at != loop; at = at->next)
		if (is_assignment(at, name, false))
			known = value_of(facts, at->kids->next, NAMES_DEEP, out);
	return known;
}

/* `i += 2`, `i++`, `i--`, in each round: by how much, whichever way. */
static bool steps_by(const struct ra_facts *facts, const struct ra_node *body, struct ra_str name,
		     double *out)
{
	const struct ra_tokens *tokens = facts->shape->tokens;

	for (const struct ra_node *at = body->kids; at; at = at->next) {
		const char *sign;

		if (!is_assignment(at, name, true))
			continue;
		sign = tokens->source->text.ptr + tokens->list.v[at->kids->last + 1].at;
		return (*sign == '+' || *sign == '-') &&
		       value_of(facts, at->kids->next, NAMES_DEEP, out) && *out > 0;
	}
	return false;
}

/* `i = a; while i < n: i += step`; 0 when the text does not say. */
static double stepped_rounds(const struct ra_facts *facts, const struct ra_node *loop)
{
	const struct ra_node *condition = loop->kids, *name = condition->kids;
	double from, to, step;

	if (condition->kind != RA_N_COMPARE || name->kind != RA_N_NAME ||
	    (condition->word != RA_O_LT && condition->word != RA_O_LE &&
	     condition->word != RA_O_GT && condition->word != RA_O_GE) ||
	    !value_of(facts, name->next, NAMES_DEEP, &to) ||
	    !begins_at(facts, loop, name->text, &from) ||
	    !steps_by(facts, ra_node_kid(loop, 1), name->text, &step))
		return 0;
	return (to > from ? to - from : from - to) / step;
}

static bool pauses_at(const struct ra_node *at)
{
	return at->kind == RA_N_AWAIT || at->kind == RA_N_YIELD ||
	       ((at->kind == RA_N_FOR || at->kind == RA_N_WITH || at->kind == RA_N_CLAUSE) &&
		(at->flags & RA_F_ASYNC));
}

/* Does another task get its turn in the loop? */
static bool pauses(const struct ra_node *loop)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(loop, at, false)) != NULL)
		if (pauses_at(at))
			return true;
	return false;
}

/* Can a round end the loop, before its bound does? */
static bool ends_early(const struct ra_shape *shape, const struct ra_node *loop, uint32_t block)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(loop, at, false)) != NULL)
		if (at->kind == RA_N_RETURN ||
		    ((at->kind == RA_N_BREAK || at->kind == RA_N_CONTINUE) && at->text.len) ||
		    (at->kind == RA_N_BREAK && shape->blocks.v[at->block].loop == block))
			return true;
	return false;
}

/* -- candidates ------------------------------------------------------------------------------ */

/* `run(main())`, or the call of main in it, from plain code. */
static bool runs_to_end(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_node *outer = call->node->up;
	uint32_t index = outer && outer->kind == RA_N_CALL ? ra_fact_of_node(facts, outer) : RA_NONE;

	return !facts->units[call->unit].is_async &&
	       (ra_api_with(call->row, RA_EFFECT_INLINE) ||
		(index != RA_NONE && ra_api_with(ra_fact(facts, index)->row, RA_EFFECT_INLINE)));
}

/* Only run as a program's own course, and it has started nothing that could wait for it. */
static bool is_alone(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n_callers; i++)
		if (!runs_to_end(facts, ra_fact(facts, u->callers[i])))
			return false;
	for (uint32_t i = 0; i < u->n; i++)
		if (ra_fact(facts, u->first + i)->kind == RA_FACT_SPAWN)
			return false;
	return u->n_callers != 0;
}

static void report(struct ra_detection *d, uint32_t unit, const struct ra_node *loop,
		   struct ra_str rounds, bool question)
{
	const struct ra_facts *facts = d->facts;
	struct ra_candidate *c = ra_candidate_node(d, unit, loop, RA_STR("loop"));
	uint32_t line = ra_node_line(facts->shape, loop);

	if (!c)
		return;
	c->local = true;
	c->question |= question || facts->units[unit].test || ra_tree_is_example(facts, line) ||
		       ra_tree_is_tool(facts, line);
	ra_candidate_var(d, c, "rounds", "%.*s", RA_FMT(rounds));
	ra_candidate_step(d, c, "Task A", line, true, "begins %.*s, with no checkpoint in it",
			  RA_FMT(rounds));
	ra_candidate_step(d, c, "Task B", 0, true,
			  "every other task of the loop is ready and cannot run");
	ra_candidate_step(d, c, "Task A", ra_node_end_line(facts->shape, loop), true,
			  "ends its last round at last");
}

/* A loop and those around it of known length, up to one that pauses: reported at the outermost. */
static bool report_counted(struct ra_detection *d, const double *rounds, uint32_t block)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_str least = ra_card_param(d->card, "rounds");
	const struct ra_node *outermost = NULL;
	double product = 1, limit;

	if (!literal_value(least, &limit) || rounds[block] < 1)
		return false;
	for (uint32_t at = block; at && rounds[at] >= 0;
	     at = shape->blocks.v[shape->blocks.v[at].up].loop) {
		if (rounds[at] < 1)
			continue;
		product *= rounds[at];
		outermost = shape->blocks.v[at].node->up;
	}
	if (product < limit)
		return false;
	report(d, shape->blocks.v[block].unit, outermost,
	       ra_printf(d->arena, "%.0f rounds", product), false);
	return true;
}

/* Of each loop block: its rounds, 0 for unknown, -1 where it pauses or is no loop of interest. */
static double rounds_of(const struct ra_detection *d, uint32_t block)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *loop = facts->shape->blocks.v[block].node->up;

	if (pauses(loop))
		return -1;
	if (ends_early(facts->shape, loop, block))
		return 0;
	return loop->kind == RA_N_WHILE ? stepped_rounds(facts, loop)
					: counted_rounds(d, ra_node_kid(loop, 1));
}

/* -- loops in loops -------------------------------------------------------------------------- */

/* What a loop goes over: the iterable, or the bound of `for (i = 0; i < bound; i++)`. */
static const struct ra_node *gone_over(const struct ra_node *loop)
{
	const struct ra_node *last;

	if (loop->kind == RA_N_FOR || loop->kind == RA_N_CLAUSE)
		return ra_node_kid(loop, 1);
	if (loop->kind != RA_N_WHILE || loop->kids->kind != RA_N_COMPARE)
		return NULL;
	last = ra_node_last(ra_node_kid(loop, 1));
	return last && (last->flags & RA_F_HEADER) ? ra_node_kid(loop->kids, 1) : NULL;
}

static bool is_param(const struct ra_node *function, struct ra_str name)
{
	for (const struct ra_node *kid = function->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM && ra_str_eq(kid->text, name))
			return true;
	return false;
}

/* A parameter, or a state of the object that changes: as long as others make it. */
static bool is_given(const struct ra_facts *facts, uint32_t unit, const struct ra_node *over)
{
	const struct ra_unit *u = &facts->shape->units.v[unit];
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(over, at, false)) != NULL) {
		uint32_t index = ra_fact_of_node(facts, at);
		const struct ra_fact *fact = index == RA_NONE ? NULL : ra_fact(facts, index);

		if (at->kind == RA_N_NAME && !ra_str_eq(at->text, u->receiver) &&
		    is_param(u->node, at->text))
			return true;
		if (fact && ra_fact_is_access(fact->kind) && fact->state != RA_NONE &&
		    facts->states.v[fact->state].scope == RA_SCOPE_INSTANCE &&
		    !facts->states.v[fact->state].constant)
			return true;
	}
	return false;
}

/* Does the loop give the name its value, round by round? */
static bool is_bound_in(const struct ra_node *loop, struct ra_str name)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(loop, at, false)) != NULL)
		if (ra_tree_binds(at, name))
			return true;
	return false;
}

/* `found.append(x)`: the loop adds to what the name holds. */
static bool grows_in(const struct ra_facts *facts, const struct ra_node *loop, struct ra_str name)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(ra_node_kid(loop, 2), at, false)) != NULL) {
		uint32_t index;

		if (at->kind != RA_N_CALL || at->kids->kind != RA_N_MEMBER ||
		    at->kids->kids->kind != RA_N_NAME || !ra_str_eq(at->kids->kids->text, name))
			continue;
		index = ra_fact_of_node(facts, at);
		if (index != RA_NONE && (ra_fact(facts, index)->kind == RA_FACT_INSERT ||
					 ra_tree_method_has(facts, ra_fact(facts, index),
							    RA_EFFECT_INSERT)))
			return true;
	}
	return false;
}

/* Is what the inner loop goes over none of the outer loop's making, and of any length? */
static bool is_apart(const struct ra_facts *facts, uint32_t unit, const struct ra_node *outer,
		     const struct ra_node *over)
{
	const struct ra_node *at = NULL;
	bool grows = false;

	while ((at = ra_node_walk(over, at, false)) != NULL) {
		if (at->kind != RA_N_NAME)
			continue;
		if (is_bound_in(outer, at->text))
			return false;
		grows |= outer->kind == RA_N_FOR && grows_in(facts, outer, at->text);
	}
	return grows || is_given(facts, unit, over);
}

static void report_nested(struct ra_detection *d, uint32_t unit, const struct ra_node *outer)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *at = NULL, *over = gone_over(outer), *inner;

	if (!over || !is_given(d->facts, unit, over))
		return;
	while ((at = ra_node_walk(outer, at, false)) != NULL) {
		inner = at != outer && at != over ? gone_over(at) : NULL;
		if (!inner || ra_tree_inside(at, over) ||
		    !is_apart(d->facts, unit, outer, inner))
			continue;
		report(d, unit, outer, ra_printf(d->arena,
			"a walk over `%.*s` for each of `%.*s`",
			RA_FMT(ra_node_text(shape, inner)), RA_FMT(ra_node_text(shape, over))),
		       true);
		return;
	}
}

static bool runs_aside(struct ra_detection *d)
{
	const struct ra_node *at = NULL;

	if (!ra_card_param(d->card, "aside").len)
		return false;
	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		if (at->kind == RA_N_NAME &&
		    ra_card_has(d->card, "aside", ra_cstr(d->arena, at->text)))
			return true;
	return false;
}

static bool is_of_interest(const struct ra_facts *facts, const struct ra_block *block)
{
	return block->role == RA_B_LOOP && ra_tree_on_loop(facts, block->unit) &&
	       ra_tree_pairs(facts, block->unit) && !is_alone(facts, block->unit) &&
	       !ra_tree_is_script(facts, block->unit);
}

static void run(struct ra_detection *d)
{
	const struct ra_shape *shape = d->facts->shape;
	double *rounds;

	if (runs_aside(d))
		return;
	rounds = ra_new_array(d->arena, double, shape->blocks.n);
	for (uint32_t i = 0; i < shape->blocks.n; i++) {
		const struct ra_block *block = &shape->blocks.v[i];

		rounds[i] = is_of_interest(d->facts, block) ? rounds_of(d, i) : -1;
		if (rounds[i] >= 0 && !report_counted(d, rounds, i))
			report_nested(d, block->unit, block->node->up);
	}
}

const struct ra_detector ra_detect_long_loop = {
	.name = "long-loop",
	.help = "a loop of many rounds in a unit of an event loop, with no checkpoint in it",
	.params = "rounds counts aside",
	.vars = "rounds",
	.run = run,
};
