/*
 * stale-capture: a component sets its state behind a switch, by what it was when it was drawn.
 *
 *     const [s, setS] = useState(..)
 *     async () => { await f(); setS({ ...s, x }) }             s is what it was before   (value)
 *     useEffect(() => { load(id).then(setS) }, [id])           an old answer comes last  (effect)
 *
 * `of` says which. Makers of such pairs are the card's `makers`, effects its `effects`. A function
 * given to the setter is handed the state as it is: silent. An effect counts when it depends on
 * something and returns no clean-up, or one that ends nothing of it.
 */
#include "core/races/tree.h"

struct pair {
	const struct ra_node *value, *setter;  /* NAMEs in the pattern */
	uint32_t unit;
};

struct pairs {
	RA_VEC(struct pair) list;
};

/* `[s, setS] = useState()` */
static bool is_pair(const struct ra_detection *d, const struct ra_node *assign, struct pair *pair)
{
	const struct ra_node *target = assign->kids, *value;

	if (assign->kind != RA_N_ASSIGN || !(assign->flags & RA_F_DECLARE) || !target)
		return false;
	if (target->kind == RA_N_ANNOTATION)
		target = target->next;
	value = target ? target->next : NULL;
	if (!value || target->kind != RA_N_LIST || value->kind != RA_N_CALL ||
	    !ra_card_has(d->card, "makers", ra_cstr(d->arena, ra_tree_last_word(value))))
		return false;
	pair->value = target->kids;
	pair->setter = pair->value ? pair->value->next : NULL;
	pair->unit = assign->unit;
	return pair->setter && pair->value->kind == RA_N_NAME && pair->setter->kind == RA_N_NAME;
}

/* The switch of its own unit that comes before the node on every path that goes by it. */
static const struct ra_fact *switch_before(const struct ra_facts *facts, const struct ra_node *node)
{
	const struct ra_unit_facts *unit = &facts->units[node->unit];
	const struct ra_fact *found = NULL;

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (fact->kind == RA_FACT_CHECKPOINT && fact->node->last < node->first &&
		    ra_tree_follows(facts->shape, node, fact->node))
			found = fact;
	}
	return found;
}

/* The unit is what a promise calls when it is there: `p.then(() => ..)`. */
static const struct ra_node *follows_promise(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_node *call = facts->shape->units.v[unit].node->up;

	return call && call->kind == RA_N_CALL && call->kids &&
	       ra_promise_root(facts, call) != call ? call : NULL;
}

/* Where what is set behind a switch is computed from the old value. */
static bool reads_old(const struct ra_node *call, const struct pair *pair)
{
	const struct ra_node *arg = call->kids->next, *at = NULL;

	if (!arg || arg->kind == RA_N_LAMBDA)
		return false;
	while ((at = ra_node_walk(arg, at, false)) != NULL)
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, pair->value->text))
			return true;
	return false;
}

static bool sets(const struct ra_node *node, const struct pair *pair)
{
	return node->kind == RA_N_CALL && node->kids && node->kids->kind == RA_N_NAME &&
	       ra_str_eq(node->kids->text, pair->setter->text);
}

static void report_value(struct ra_detection *d, const struct pair *pair,
			 const struct ra_node *call, uint32_t line)
{
	struct ra_candidate *c = ra_candidate_node(d, call->unit, call, pair->value->text);
	uint32_t here = ra_node_line(d->facts->shape, call);

	if (!c)
		return;
	ra_candidate_var(d, c, "value", "%.*s", RA_FMT(pair->value->text));
	ra_candidate_var(d, c, "setter", "%.*s", RA_FMT(pair->setter->text));
	ra_candidate_line(d, c, "switch", line);
	ra_candidate_step(d, c, "Task A", line, true, "waits; `%.*s` is what it was when drawn",
			  RA_FMT(pair->value->text));
	ra_candidate_step(d, c, "Task B", 0, true, "sets `%.*s` meanwhile",
			  RA_FMT(pair->value->text));
	ra_candidate_step(d, c, "Task A", here, true, "sets it by the old value: Task B's is lost");
}

static void find_value(struct ra_detection *d, const struct pair *pair)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *root = facts->shape->units.v[pair->unit].node, *at = NULL;

	while ((at = ra_node_walk(root, at, true)) != NULL) {
		const struct ra_fact *sw;
		const struct ra_node *then;

		if (at->unit == pair->unit || !sets(at, pair) || !reads_old(at, pair))
			continue;
		sw = switch_before(facts, at);
		then = sw ? NULL : follows_promise(facts, at->unit);
		if (sw || then)
			report_value(d, pair, at, sw ? sw->line
						     : ra_node_line(facts->shape, then));
	}
}

/* -- effects --------------------------------------------------------------------------------- */

/* Is the local used in the function otherwise than by the clean-up: handed on, or a part of it? */
static bool is_handed_on(const struct ra_node *function, const struct ra_node *cleanup,
			 struct ra_str local)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(function, at, true)) != NULL)
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, local) &&
		    !ra_tree_inside(at, cleanup) &&
		    !(at->up->kind == RA_N_ASSIGN && at->up->kids == at))
			return true;
	return false;
}

/* `return () => controller.abort()`, of a controller that the work was never given: it ends
 * nothing. */
static bool ends_nothing(const struct ra_node *function, const struct ra_node *cleanup)
{
	const struct ra_node *call = cleanup->kind == RA_N_LAMBDA ? ra_node_last(cleanup) : NULL;
	const struct ra_node *at = NULL, *object;

	if (call && call->kind == RA_N_BLOCK && ra_node_count(call) == 1)
		call = call->kids;
	if (call && call->kind == RA_N_EXPRESSION)
		call = call->kids;
	if (!call || call->kind != RA_N_CALL || call->kids->kind != RA_N_MEMBER)
		return false;
	object = call->kids->kids;
	if (object->kind != RA_N_NAME || is_handed_on(function, cleanup, object->text))
		return false;
	while ((at = ra_node_walk(function, at, true)) != NULL)
		if (at->kind == RA_N_ASSIGN && at->unit == function->unit &&
		    (at->flags & RA_F_DECLARE) && ra_str_eq(at->kids->text, object->text))
			return ra_node_last(at)->kind == RA_N_CALL &&
			       (ra_node_last(at)->flags & RA_F_NEW);
	return false;
}

static bool returns_cleanup(const struct ra_node *function)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(function, at, true)) != NULL)
		if (at->kind == RA_N_RETURN && at->unit == function->unit && at->kids)
			return !ends_nothing(function, at->kids);
	return false;
}

/* `useEffect(() => {..}, [a])`: the function, if it runs again and leaves nothing to end it by. */
static const struct ra_node *open_effect(const struct ra_detection *d, const struct ra_node *call)
{
	const struct ra_node *function, *needs;

	if (call->kind != RA_N_CALL || !call->kids ||
	    !ra_card_has(d->card, "effects", ra_cstr(d->arena, ra_tree_last_word(call))))
		return NULL;
	function = call->kids->next;
	needs = function ? function->next : NULL;
	if (!needs || needs->kind != RA_N_LIST || !needs->kids || function->kind != RA_N_LAMBDA ||
	    !ra_node_find(function, RA_N_BLOCK) || returns_cleanup(function))
		return NULL;
	return function;
}

static void report_effect(struct ra_detection *d, const struct pair *pair,
			  const struct ra_node *effect, const struct ra_node *call)
{
	struct ra_candidate *c = ra_candidate_node(d, call->unit, call, pair->setter->text);
	uint32_t line = ra_node_line(d->facts->shape, effect);

	if (!c)
		return;
	ra_candidate_var(d, c, "value", "%.*s", RA_FMT(pair->value->text));
	ra_candidate_var(d, c, "setter", "%.*s", RA_FMT(pair->setter->text));
	ra_candidate_line(d, c, "switch", line);
	ra_candidate_step(d, c, "Task A", line, true, "runs the effect and waits for its answer");
	ra_candidate_step(d, c, "Task B", line, true, "runs it again for the next value, is faster");
	ra_candidate_step(d, c, "Task A", ra_node_line(d->facts->shape, call), true,
			  "sets `%.*s` to the old answer", RA_FMT(pair->value->text));
}

/* Is the setter itself given to a promise: `load().then(setS)`? */
static bool is_given(const struct ra_facts *facts, const struct ra_node *node,
		     const struct pair *pair)
{
	return node->kind == RA_N_NAME && node->up->kind == RA_N_CALL && node->up->kids != node &&
	       ra_str_eq(node->text, pair->setter->text) &&
	       ra_promise_root(facts, node->up) != node->up;
}

/* `setLoading(false)`: the same whichever answer it is that came. */
static bool sets_constant(const struct ra_node *call)
{
	const struct ra_node *value = call->kids->next;

	return !value || value->kind == RA_N_LITERAL || (value->kind == RA_N_STRING && !value->kids);
}

/* Does the node set the pair's state to an answer that was waited for? */
static bool sets_answer(const struct ra_facts *facts, const struct ra_node *node,
			const struct pair *pair)
{
	return is_given(facts, node, pair) ||
	       (sets(node, pair) && !sets_constant(node) &&
		(switch_before(facts, node) || follows_promise(facts, node->unit)));
}

/* The first answer that the effect sets; what else it sets goes by that. */
static void find_effect(struct ra_detection *d, const struct pairs *pairs,
			const struct ra_node *call)
{
	const struct ra_node *effect = open_effect(d, call), *at = NULL;

	while (effect && (at = ra_node_walk(effect, at, true)) != NULL)
		for (size_t i = 0; i < pairs->list.n; i++)
			if (pairs->list.v[i].unit == call->unit &&
			    sets_answer(d->facts, at, &pairs->list.v[i])) {
				report_effect(d, &pairs->list.v[i], effect, at);
				return;
			}
}

static void run(struct ra_detection *d)
{
	bool values = ra_card_has(d->card, "of", "value"), effects = ra_card_has(d->card, "of", "effect");
	const struct ra_node *at = NULL;
	struct pairs pairs = { 0 };
	struct pair pair;

	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		if (is_pair(d, at, &pair))
			*ra_vec_push(d->arena, &pairs.list) = pair;
	for (size_t i = 0; values && i < pairs.list.n; i++)
		find_value(d, &pairs.list.v[i]);
	while (effects && pairs.list.n && (at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		find_effect(d, &pairs, at);
}

const struct ra_detector ra_detect_stale_capture = {
	.name = "stale-capture",
	.help = "a component's state set behind a switch by what it was when it was drawn",
	.params = "of makers effects",
	.vars = "value setter switch",
	.run = run,
};
