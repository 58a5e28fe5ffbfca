/*
 * select-branch: a branch of a select in a loop loses what its future has done.
 *
 *     refutable    the pattern takes only some of what comes: Some(Err(e)) = next(). The rest is
 *                  dropped, and the branch is off until another one has run; no `else`
 *     unsafe       the future works in several steps, another branch wins and the loop goes on: the
 *                  steps that were done are dropped with it (`steps`: the calls that work so, here
 *                  or in the unit of the file that the branch calls)
 *
 * A pattern of one variant is the idiom for the end of a stream, and not reported. Silent where all
 * other branches leave the loop, and for futures that are kept over the rounds and borrowed.
 */
#include "core/races/tree.h"

struct branch {
	const struct ra_node *select, *node, *pattern, *future;
};

/* `Some(Err(e))`, `Ok(Some(1))`: a variant or a value within a variant. */
static bool takes_some(const struct ra_node *pattern)
{
	const struct ra_node *kid = pattern->kind == RA_N_CALL ? pattern->kids->next : NULL;

	for (; kid; kid = kid->next)
		if (kid->kind == RA_N_CALL || kid->kind == RA_N_LITERAL || kid->kind == RA_N_STRING)
			return true;
	return false;
}

static bool has_else(const struct ra_node *select)
{
	const struct ra_node *kid = select->kids;

	for (; kid; kid = kid->next)
		if (kid->kind == RA_N_CASE && kid->kids && kid->kids->kind == RA_N_NAME)
			return true;
	return false;
}

static const struct ra_node *body_of(const struct ra_node *branch)
{
	return ra_node_find(branch, RA_N_BLOCK);
}

/* Another branch after which the loop goes on. */
static const struct ra_node *rival(const struct ra_facts *facts, const struct branch *b)
{
	const struct ra_node *kid = b->select->kids, *body;

	for (; kid; kid = kid->next) {
		body = kid->kind == RA_N_CASE && kid != b->node ? body_of(kid) : NULL;
		if (body && kid->kids->kind == RA_N_ASSIGN &&
		    (facts->shape->blocks.v[body->block].exits & (RA_X_FALLS | RA_X_CONTINUE)))
			return kid;
	}
	return NULL;
}

static bool is_step(const struct ra_detection *d, const struct ra_node *call)
{
	return call->kind == RA_N_CALL && call->kids->kind == RA_N_MEMBER &&
	       ra_card_has(d->card, "steps", ra_cstr(d->arena, ra_tree_last_word(call)));
}

/* What the future does in steps: its own call, or one that the unit it runs awaits. */
static const struct ra_node *find_step(const struct ra_detection *d, const struct branch *b)
{
	const struct ra_unit_facts *unit;
	uint32_t of;

	if (is_step(d, b->future))
		return b->future;
	of = b->future->kind == RA_N_CALL ? ra_fact_of_node(d->facts, b->future) : RA_NONE;
	if (of == RA_NONE || ra_fact(d->facts, of)->callee == RA_NONE)
		return NULL;
	unit = &d->facts->units[ra_fact(d->facts, of)->callee];
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(d->facts, unit->first + i);

		if (fact->how == RA_USE_AWAITED && fact->kind == RA_FACT_CALL &&
		    is_step(d, fact->node))
			return fact->node;
	}
	return NULL;
}

static struct ra_candidate *report(struct ra_detection *d, const struct branch *b)
{
	const struct ra_facts *facts = d->facts;
	struct ra_candidate *c = ra_candidate_node(d, b->node->unit, b->node,
						   ra_node_text(facts->shape, b->future));

	if (!c)
		return NULL;
	c->question |= facts->units[b->node->unit].test;
	ra_candidate_var(d, c, "future", "%.*s", RA_FMT(ra_node_text(facts->shape, b->future)));
	ra_candidate_var(d, c, "pattern", "%.*s", RA_FMT(ra_node_text(facts->shape, b->pattern)));
	return c;
}

static void look_at_pattern(struct ra_detection *d, const struct branch *b)
{
	uint32_t line = ra_node_line(d->facts->shape, b->node);
	struct ra_candidate *c;

	if (!takes_some(b->pattern) || has_else(b->select))
		return;
	c = report(d, b);
	if (!c)
		return;
	ra_candidate_step(d, c, "Task B", 0, true, "gives what the pattern does not take");
	ra_candidate_step(d, c, "Task A", line, true,
			  "drops it, and turns the branch off until another one has run");
	ra_candidate_step(d, c, "Task B", 0, true, "gives more, and nobody looks");
}

static void look_at_steps(struct ra_detection *d, const struct branch *b)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *step = find_step(d, b), *other = step ? rival(d->facts, b) : NULL;
	uint32_t line = ra_node_line(shape, b->node);
	struct ra_candidate *c;

	if (!other)
		return;
	c = report(d, b);
	if (!c)
		return;
	ra_candidate_var(d, c, "step", "%.*s", RA_FMT(ra_tree_last_word(step)));
	ra_candidate_line(d, c, "rival", ra_node_line(shape, other));
	ra_candidate_step(d, c, "Task A", line, true, "has done a part of `%.*s`",
			  RA_FMT(ra_tree_last_word(step)));
	ra_candidate_step(d, c, "Task A", ra_node_line(shape, other), true,
			  "another branch is ready: the future is dropped, with that part");
	ra_candidate_step(d, c, "Task A", line, true, "starts anew, in the middle of the data");
}

static void run(struct ra_detection *d)
{
	const struct ra_node *node = NULL, *assign;
	bool refutable = ra_str_is(ra_card_param(d->card, "shape"), "refutable");

	while ((node = ra_node_walk(d->facts->shape->root, node, true))) {
		struct branch b = { .select = node->up, .node = node };

		assign = node->kids;
		if (node->kind != RA_N_CASE || node->up->kind != RA_N_SELECT ||
		    assign->kind != RA_N_ASSIGN || !assign->kids || !assign->kids->next ||
		    !d->facts->shape->blocks.v[node->block].loop)
			continue;
		b.pattern = assign->kids;
		b.future = assign->kids->next;
		if (refutable)
			look_at_pattern(d, &b);
		else
			look_at_steps(d, &b);
	}
}

const struct ra_detector ra_detect_select_branch = {
	.name = "select-branch",
	.help = "a branch of a select in a loop that loses what its future has done",
	.params = "shape steps",
	.vars = "future pattern step rival",
	.run = run,
};
