/*
 * swallowed-error: a failure of awaited work is caught by a handler that does nothing.
 *
 *     try { await f(); } catch {}
 *     f().catch(() => {});
 *
 * In a chain the finding is that what was to follow (`then`) is left out and nobody knows; where nothing
 * follows, nothing may depend on it: a question. Silent where a comment in the handler says why, where
 * nothing follows a promise that a name holds (others take its failure), where all that is waited for
 * ends something (the card's `quiet` words: close, unlink, kill), in code that cleans up, and where the
 * value of the chain is used: then nothing is the answer.
 */
#include "core/races/internal.h"
#include "core/races/tree.h"

struct swallow {
	const struct ra_node *at;      /* the handler */
	const struct ra_node *work;    /* what may fail */
	uint32_t unit;
	bool alone;                    /* nothing is said to follow the work */
};

/* A comment within the node. */
static bool is_commented(const struct ra_facts *facts, const struct ra_node *node)
{
	const struct ra_tokens *tokens = facts->shape->tokens;
	uint32_t from = tokens->list.v[node->first].at;
	uint32_t to = tokens->list.v[node->last].at;

	for (size_t i = 0; i < tokens->comments.n; i++) {
		const struct ra_comment *comment = &tokens->comments.v[i];

		if (comment->at > to)
			break;
		if (comment->at > from)
			return true;
	}
	return false;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Is it one of the words that the name is made of: `end` of end_all, endAll, sendEnd? */
static bool has_word(struct ra_str name, struct ra_str word)
{
	for (size_t i = 0; i + word.len <= name.len; i++) {
		bool begins = i == 0 || !is_lower(name.ptr[i]) || name.ptr[i - 1] == '_';
		bool ends = i + word.len == name.len || !is_lower(name.ptr[i + word.len]);

		if (begins && ends &&
		    ra_str_ifind(ra_str_n(name.ptr + i, word.len), word) == 0)
			return true;
	}
	return false;
}

/* Does a word of the name say that it ends something? */
static bool is_quiet_name(const struct ra_detection *d, struct ra_str name)
{
	struct ra_str words = ra_card_param(d->card, "quiet"), word;

	while (ra_str_cut(&words, ' ', &word))
		if (word.len && has_word(name, word))
			return true;
	return false;
}

/* All that is waited for under the node ends something. */
static bool is_quiet(const struct ra_detection *d, const struct ra_node *root)
{
	const struct ra_node *at = NULL;
	bool some = false;

	while ((at = ra_node_walk(root, at, false)) != NULL) {
		if (at->kind != RA_N_AWAIT || !at->kids)
			continue;
		some = true;
		if (!is_quiet_name(d, ra_tree_last_word(ra_promise_root(d->facts, at->kids))))
			return false;
	}
	return some;
}

static bool awaits(const struct ra_node *root)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(root, at, false)) != NULL)
		if (at->kind == RA_N_AWAIT)
			return true;
	return false;
}

/* Is it clean-up itself: in a `finally`, in another handler, in a unit that ends something? */
static bool in_cleanup(const struct ra_detection *d, uint32_t unit, const struct ra_node *node)
{
	const struct ra_shape *shape = d->facts->shape;

	return ra_block_enclosing(shape, node->block, RA_B_FINALLY) ||
	       ra_block_enclosing(shape, node->block, RA_B_HANDLER) ||
	       is_quiet_name(d, shape->units.v[unit].name);
}

static void report(struct ra_detection *d, const struct swallow *s)
{
	struct ra_str work = ra_node_text(d->facts->shape, s->work);
	const struct ra_shape *shape = d->facts->shape;
	uint32_t line = ra_node_line(shape, s->at);
	/* of a long chain only where its handler stands */
	struct ra_candidate *c = ra_candidate_lines(d, s->unit, (struct ra_lines){
		.first = line, .last = ra_node_end_line(shape, s->at),
		.column = ra_node_column(shape, s->at) }, work);

	if (!c)
		return;
	c->question |= s->alone || d->facts->units[s->unit].test || ra_tree_is_example(d->facts, line);
	ra_candidate_var(d, c, "handler", "%u", line);
	ra_candidate_step(d, c, "Task A", ra_node_line(d->facts->shape, s->work), true,
			  "waits, and the work fails");
	ra_candidate_step(d, c, "Task A", line, true, "takes the failure and does nothing");
	ra_candidate_step(d, c, "Task A", 0, true, "goes on as if the work were done");
}

/* What works leaves the loop, and what fails goes on to the next one: that is the handling. */
static bool tries_next(const struct ra_shape *shape, const struct ra_node *handler)
{
	const struct ra_block *body = &shape->blocks.v[handler->up->kids->block];
	uint32_t loop = shape->blocks.v[handler->block].loop;

	return loop && body->loop == loop && !(body->exits & RA_X_FALLS) &&
	       (body->exits & (RA_X_RETURN | RA_X_BREAK));
}

/* `let x; try { x = await f(); } catch {}`: what the name holds already is the answer of a failure. */
static bool has_default(const struct ra_facts *facts, const struct ra_node *body)
{
	const struct ra_node *only = body->kids, *target, *at = NULL;

	if (!only || only->next)
		return false;
	if (only->kind == RA_N_EXPRESSION)
		only = only->kids;
	if (only->kind != RA_N_ASSIGN || (only->flags & RA_F_DECLARE))
		return false;
	target = only->kids;
	while (target->kind == RA_N_NAME &&
	       (at = ra_node_walk(facts->shape->units.v[only->unit].node, at, false)) != NULL)
		if (at->kind == RA_N_ASSIGN && (at->flags & RA_F_DECLARE) && at->first < only->first)
			for (const struct ra_node *kid = at->kids; kid; kid = kid->next)
				if (kid->kind == RA_N_NAME && ra_str_eq(kid->text, target->text))
					return true;
	return false;
}

static void try_handler(struct ra_detection *d, const struct ra_node *handler)
{
	const struct ra_node *block = ra_node_find(handler, RA_N_BLOCK);
	const struct ra_node *body = handler->up->kids;
	struct swallow s = { handler, body, handler->unit, false };

	if (!block || block->kids || handler->up->kind != RA_N_TRY || !awaits(body) ||
	    is_commented(d->facts, handler) || is_quiet(d, body) ||
	    in_cleanup(d, handler->unit, handler) || tries_next(d->facts->shape, handler) ||
	    has_default(d->facts, body))
		return;
	report(d, &s);
}

/* `() => {}`, `() => undefined` */
static bool does_nothing(const struct ra_node *function)
{
	const struct ra_node *last = ra_node_last(function);

	if (function->kind != RA_N_LAMBDA || !last)
		return false;
	return (last->kind == RA_N_BLOCK && !last->kids) ||
	       (last->kind == RA_N_LITERAL && last->word == RA_W_NULL);
}

static bool value_is_used(const struct ra_facts *facts, const struct ra_node *chain)
{
	struct ra_end end = ra_promise_end(facts, chain);

	if (end.fate == RA_FATE_DROPPED)
		return false;
	return end.fate != RA_FATE_AWAITED || end.last->up->up->kind != RA_N_EXPRESSION;
}

/* What waits for all and makes their failures part of its value cannot fail itself. */
static bool collects(const struct ra_facts *facts, const struct ra_node *root)
{
	uint32_t of = root->kind == RA_N_CALL ? ra_fact_of_node(facts, root) : RA_NONE;
	const struct ra_api_row *row = of == RA_NONE ? NULL :
				       ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_GATHER);

	return row && (row->flags & RA_API_COLLECTS);
}

/* `(service) => service.stop()` */
static bool ends_something(const struct ra_detection *d, const struct ra_node *function)
{
	const struct ra_node *last = ra_node_last(function);

	return function->kind == RA_N_LAMBDA && last && last->kind == RA_N_CALL &&
	       is_quiet_name(d, ra_tree_last_word(last));
}

static void try_chain(struct ra_detection *d, const struct ra_fact *call)
{
	const struct ra_api_row *row = ra_api_with(call->row, RA_EFFECT_RESCUE);
	const struct ra_node *handler = row ? ra_api_operand(row, call->node) : NULL, *root;
	struct swallow s = { handler, NULL, call->unit, true };
	const struct ra_node *at;

	if (!handler || !does_nothing(handler) || is_commented(d->facts, handler))
		return;
	root = s.work = ra_promise_root(d->facts, call->node);
	for (at = call->node->kids->kids; at != root; at = at->kids->kids) {
		if (at->kids->next && ends_something(d, at->kids->next))
			return;
		s.alone &= !at->kids->next;
	}
	if ((root->kind != RA_N_CALL && s.alone) || root == call->node ||
	    collects(d->facts, root) || value_is_used(d->facts, call->node) ||
	    is_quiet_name(d, ra_tree_last_word(root)) || in_cleanup(d, call->unit, call->node))
		return;
	report(d, &s);
}

static void run(struct ra_detection *d)
{
	const struct ra_node *at = NULL;

	if (ra_card_has(d->card, "of", "catch"))
		while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
			if (at->kind == RA_N_HANDLER)
				try_handler(d, at);
	for (size_t i = 0; ra_card_has(d->card, "of", "chain") && i < d->facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(d->facts, (uint32_t)i);

		if (!(call->flags & RA_FACT_INLINED) && call->node->kind == RA_N_CALL)
			try_chain(d, call);
	}
}

const struct ra_detector ra_detect_swallowed_error = {
	.name = "swallowed-error",
	.help = "a failure of awaited work that a handler takes and drops",
	.params = "of quiet",
	.vars = "handler",
	.run = run,
};
