/*
 * path-race: a look at the file system, then an act that trusts what was seen.
 *
 *     test P; act on P      another process makes or removes P between the two
 *     while not P exists: sleep; read P     P is there before its writer has finished it
 *
 * P is the same expression in both, in one unit or in what the test calls when it is done. A finding
 * where the act creates, removes, renames or writes (`acts`, `opens`); for what writes a file anew
 * (`replaces`) only where there was none, and a switch lets another task write it as well. A
 * question where it reads (`others`), where the test only words the error (it raises), in a program
 * that a person runs, and in tests. Silent when a handler around the act takes the error or its
 * result is looked at, when a row or an option of the card says that the act takes the path as it
 * finds it or only a new one, when a lock is held over both, and when the test chooses between two
 * acts on P.
 */
#include "core/races/tree.h"

struct path_race {
	const struct ra_fact *test, *act;
	struct ra_str path;
	bool polled;                    /* the test is the condition of a loop that waits for P */
	bool absent;                    /* the act is for the case that P was not there */
};

static bool is_listed(const struct ra_detection *d, const char *param, struct ra_str name)
{
	return ra_card_has(d->card, param, ra_cstr(d->arena, name));
}

/* What the node is only another form of: `str(p)` and `Path(p)`, `&p` and `p.clone()` are still p. */
static const struct ra_node *same_path(const struct ra_detection *d, const struct ra_node *node)
{
	const struct ra_facts *facts = d->facts;
	uint32_t of;

	if (node->kind == RA_N_UNARY && node->word == RA_O_AMP)
		return node->kids;
	if (node->kind != RA_N_CALL)
		return NULL;
	if (node->kids->next)
		return !node->kids->next->next && is_listed(d, "same", ra_tree_last_word(node))
		     ? node->kids->next : NULL;
	of = node->kids->kind == RA_N_MEMBER ? ra_fact_of_node(facts, node) : RA_NONE;
	return of != RA_NONE && (ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_SAME) ||
				 ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_COPY))
	     ? node->kids->kids : NULL;
}

/* The operand as a path in words. */
static struct ra_str path_text(const struct ra_detection *d, const struct ra_fact *fact,
			       const struct ra_api_row *row)
{
	const struct ra_node *operand = ra_api_operand(row, fact->node), *within;

	while ((within = operand ? same_path(d, operand) : NULL))
		operand = within;
	return operand ? ra_node_text(d->facts->shape, operand) : RA_STR("");
}

static bool acts_on(const struct ra_detection *d, const struct ra_fact *fact, struct ra_str path)
{
	const struct ra_api_row *row = fact->row;

	if (fact->node->kind != RA_N_CALL || (fact->flags & RA_FACT_INLINED))
		return false;
	while ((row = ra_api_with(row, RA_EFFECT_FS_ACT)) != NULL) {
		if (ra_str_eq(path_text(d, fact, row), path))
			return !(row->flags & RA_API_ATOMIC);
		row = row->more;
	}
	return false;
}

/* Does the call that is given this function only look at the failure, and pass it on? */
static bool passes_on(const struct ra_facts *facts, const struct ra_node *rescue)
{
	uint32_t of = rescue->up ? ra_fact_of_node(facts, rescue->up) : RA_NONE;
	const struct ra_api_row *row = of != RA_NONE ? ra_fact(facts, of)->row : NULL;

	for (; row; row = row->more)
		if (row->effect == RA_EFFECT_RESCUE)
			return row->flags & RA_API_KEEPS;
	return false;
}

/* Is an error of the call taken where it stands: by a function that follows it, or is given to it? */
static bool is_rescued(const struct ra_facts *facts, const struct ra_node *call)
{
	const struct ra_node *last = ra_node_last(call), *rescue = ra_promise_end(facts, call).rescue;

	return (last->kind == RA_N_LAMBDA && last != call->kids) ||
	       (rescue && !passes_on(facts, rescue));
}

/* A handler of a `try` around the node catches what the act raises when the look was stale. */
static bool is_handled(const struct ra_detection *d, const struct ra_node *node)
{
	const struct ra_node *up;

	for (; (up = node->up) != NULL && up->kind != RA_N_FUNCTION; node = up) {
		const struct ra_node *handler = up->kind == RA_N_TRY && node == up->kids ?
						ra_node_find(up, RA_N_HANDLER) : NULL;

		for (; handler && handler->kind == RA_N_HANDLER; handler = handler->next) {
			const struct ra_node *type = handler->kids, *at = NULL;

			if (type->kind == RA_N_BLOCK)
				return true;
			while ((at = ra_node_walk(type, at, false)) != NULL)
				if (is_listed(d, "handled", ra_tree_last_word(at)))
					return true;
		}
	}
	return false;
}

/* Is the call worth what it is called on? Its fact may speak of another effect of its rows. */
static bool gives_on(const struct ra_facts *facts, const struct ra_fact *call, struct ra_str method)
{
	return ra_api_with(call->row, RA_EFFECT_SAME) ||
	       ra_api_with(ra_api_method(facts->api, RA_KIND_UNKNOWN, method), RA_EFFECT_SAME);
}

/* Where a failure is a value: does the unit look at it, or drop it, and go on? Passed on (`?`) or
 * turned into an end of the unit (a `fatal` call of the card) it breaks as an exception does. */
static bool is_looked_at(const struct ra_detection *d, const struct ra_fact *act)
{
	const struct ra_node *node = act->node, *up;
	struct ra_str bound;
	enum ra_use use;
	uint32_t of;

	if (!d->facts->shape->tokens->language->failure)
		return false;
	for (; (up = node->up); node = up) {
		if (up->kind == RA_N_AWAIT)
			continue;
		if (up->kind != RA_N_MEMBER || !up->up || up->up->kind != RA_N_CALL ||
		    up->up->kids != up)
			break;
		if (ra_card_has(d->card, "fatal", ra_cstr(d->arena, up->text)))
			return false;
		of = ra_fact_of_node(d->facts, up->up);
		if (of == RA_NONE || !gives_on(d->facts, ra_fact(d->facts, of), up->text))
			return true;
		up = up->up;
	}
	if (!up || up->kind == RA_N_RETURN || up->kind == RA_N_CALL ||
	    (up->kind == RA_N_UNARY && up->word == RA_O_QUESTION))
		return false;
	use = ra_use_of(node, &bound);
	return use != RA_USE_RETURNED && use != RA_USE_PASSED;
}

static bool is_tolerant(const struct ra_detection *d, const struct ra_node *call)
{
	struct ra_str names = ra_card_param(d->card, "tolerant"), name;
	const struct ra_node *value;
	bool open;

	while (ra_str_cut(&names, ' ', &name)) {
		value = name.len ? ra_tree_option(call, name, &open) : NULL;
		if (value && value->word != RA_W_FALSE)
			return true;
	}
	return false;
}

/* Does an argument say that the file must be a new one: `'wx'`, `{ flag: 'wx' }`, `O_EXCL`? */
static bool is_exclusive(const struct ra_detection *d, const struct ra_node *call)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(call, at, false)) != NULL) {
		struct ra_str text = at->text;

		if (at->kind == RA_N_STRING && text.len > 2)
			text = ra_str_n(text.ptr + 1, text.len - 2);
		else if (at->kind != RA_N_NAME && at->kind != RA_N_MEMBER)
			continue;
		if (is_listed(d, "exclusive", text))
			return true;
	}
	return false;
}

/* A mode among the arguments that lets `open` write. */
static bool opens_to_write(const struct ra_facts *facts, const struct ra_node *call)
{
	const struct ra_node *arg = call->kids->next;

	for (; arg; arg = arg->next) {
		const struct ra_node *value = arg->kind == RA_N_KEYWORD ? arg->kids : arg;
		struct ra_str text = ra_node_text(facts->shape, value);

		if (value->kind == RA_N_STRING && text.len >= 3 && text.len <= 5 &&
		    strchr("wa", text.ptr[1]))
			return true;
	}
	return false;
}

static bool replaces(const struct ra_detection *d, const struct ra_fact *act)
{
	return is_listed(d, "replaces", ra_tree_last_word(act->node));
}

/* May another task of the same program run between the two? */
static bool may_switch(const struct ra_facts *facts, const struct path_race *race)
{
	return race->act->unit != race->test->unit ||
	       ra_fact_switch(facts, &facts->units[race->test->unit], race->test->position,
			      race->act->position);
}

static bool is_change(const struct ra_detection *d, const struct ra_fact *act)
{
	struct ra_str name = ra_tree_last_word(act->node);

	return is_listed(d, "acts", name) ||
	       (is_listed(d, "opens", name) && opens_to_write(d->facts, act->node));
}

static bool does_harm(const struct ra_detection *d, const struct path_race *race)
{
	if (replaces(d, race->act))
		return race->absent && may_switch(d->facts, race);
	return is_change(d, race->act);
}

static const struct ra_node *waiting_loop(const struct ra_fact *test)
{
	const struct ra_node *loop = ra_tree_around(test->node, RA_N_WHILE);

	return loop && ra_tree_inside(test->node, loop->kids) ? loop : NULL;
}

/* Does the branch end in a failure: raised, or returned as one? */
static bool only_fails(const struct ra_facts *facts, const struct ra_node *block)
{
	const struct ra_node *last = ra_node_last(block), *value;
	const struct ra_api_row *row;

	if (facts->shape->blocks.v[block->block].exits == RA_X_RAISE)
		return true;
	value = last && last->kind == RA_N_RETURN ? last->kids : NULL;
	row = value && value->kind == RA_N_CALL ?
	      ra_api_find(facts->api, ra_tree_last_word(value)) : NULL;
	return row && (row->flags & RA_API_LEAVES);
}

/* The branch that the test takes away only fails: without it the act would fail instead. */
static bool words_the_error(const struct ra_facts *facts, const struct path_race *race)
{
	const struct ra_node *choice = ra_tree_around(race->test->node, RA_N_IF);
	const struct ra_node *then = choice ? ra_node_find(choice, RA_N_BLOCK) : NULL;

	return then && !ra_tree_inside(race->act->node, choice) && only_fails(facts, then);
}

/* The test chooses between two acts on the path: it asks what P is, not whether it is there. */
static bool chooses(const struct ra_detection *d, const struct path_race *race)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *unit = &facts->units[race->test->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *other = ra_fact(facts, unit->first + i);

		if (ra_fact_governed(facts, race->test, other) >= 0 &&
		    acts_on(d, other, race->path) &&
		    !ra_tree_follows(facts->shape, other->node, race->act->node) &&
		    !ra_tree_follows(facts->shape, race->act->node, other->node) &&
		    other != race->act)
			return true;
	}
	return false;
}

/* The local that takes what the test saw: `there` of `const there = await exists(p)`. */
static struct ra_str bound_to(const struct ra_fact *test)
{
	const struct ra_node *at = test->node;

	if (test->how == RA_USE_BOUND)
		return test->bound;
	while (at->up && (at->up->kind == RA_N_AWAIT || at->up->kind == RA_N_MEMBER ||
			  (at->up->kind == RA_N_CALL && at->up->kids == at)))
		at = at->up;
	if (at->up && at->up->kind == RA_N_ASSIGN && !at->next && at->up->kids->next == at &&
	    at->up->kids->kind == RA_N_NAME)
		return at->up->kids->text;
	return RA_STR("");
}

/* Does an `if` that reads the name decide that the act is reached: one around it, or one before it
 * that leaves? Looked for behind token `from`. */
static bool decided_by(const struct ra_shape *shape, struct path_race *race, struct ra_str name,
		       uint32_t from)
{
	const struct ra_node *at = race->act->node, *kid;

	for (; at->up && at->first > from; at = at->up) {
		for (kid = at->up->kids; kid && kid != at; kid = kid->next) {
			const struct ra_node *then = kid->kind == RA_N_IF && kid->kids->first > from ?
						     ra_node_find(kid, RA_N_BLOCK) : NULL;

			if (!then || (shape->blocks.v[then->block].exits & RA_X_FALLS) ||
			    !ra_tree_read(kid->kids, name, NULL))
				continue;
			race->absent = kid->kids->kind != RA_N_UNARY;
			return true;
		}
		if (at->up->kind != RA_N_IF || at->up->kids->first <= from || at == at->up->kids ||
		    !ra_tree_read(at->up->kids, name, NULL))
			continue;
		race->absent = (at->up->kids->kind == RA_N_UNARY) ==
			       (at == ra_node_find(at->up, RA_N_BLOCK));
		return true;
	}
	return false;
}

/* `if (!there) act`: by the local that took what the test saw, or one of several: `_, err = ..`. */
static bool by_local(const struct ra_facts *facts, struct path_race *race)
{
	const struct ra_node *test = race->test->node, *up = test->up, *name = NULL;
	struct ra_str bound = bound_to(race->test);

	if (up && up->kind == RA_N_ASSIGN && up->kids->kind == RA_N_TUPLE && !test->next)
		for (name = up->kids->kids; name; name = name->next)
			if (name->kind == RA_N_NAME &&
			    decided_by(facts->shape, race, name->text, test->last))
				return true;
	return bound.len && decided_by(facts->shape, race, bound, test->last);
}

/* `test && act`, `test ? act : other` */
static bool in_expression(struct path_race *race)
{
	const struct ra_node *at = race->act->node, *condition;

	for (; at->up && !ra_node_is_statement(at->up); at = at->up) {
		condition = at->up->kids;
		if ((at->up->kind == RA_N_BINARY && (at->up->word == RA_W_AND ||
						     at->up->word == RA_W_OR)) ||
		    at->up->kind == RA_N_TERNARY) {
			if (at == condition || !ra_tree_inside(race->test->node, condition))
				continue;
			race->absent = (at->up->word == RA_W_AND) ==
				       (condition->kind == RA_N_UNARY);
			return true;
		}
	}
	return false;
}

/* The test raises where there is nothing, and the act stands in the handler. */
static bool in_handler(struct path_race *race)
{
	const struct ra_node *handler = race->act->node;

	while ((handler = ra_tree_around(handler, RA_N_HANDLER)) != NULL)
		if (handler->up->kind == RA_N_TRY &&
		    ra_tree_inside(race->test->node, handler->up->kids))
			return race->absent = true;
	return false;
}

/* What the condition asks of what the test saw: `stat(p).isFile()`, `(await stat(p)).size`. */
static const struct ra_fact *asked(const struct ra_facts *facts, const struct ra_fact *test)
{
	const struct ra_node *at = test->node;
	const struct ra_fact *fact;

	if (test->true_block != RA_NONE || test->false_block != RA_NONE)
		return test;
	while (at->up && (at->up->kind == RA_N_AWAIT || at->up->kind == RA_N_MEMBER ||
			  (at->up->kind == RA_N_CALL && at->up->kids == at))) {
		uint32_t of;

		at = at->up;
		of = at->kind == RA_N_CALL ? ra_fact_of_node(facts, at) : RA_NONE;
		fact = of == RA_NONE ? NULL : ra_fact(facts, of);
		if (fact && (fact->true_block != RA_NONE || fact->false_block != RA_NONE))
			return fact;
	}
	return test;
}

/* Does the act depend on what the test saw: governed by it, or by the local that took it? */
static bool trusts(const struct ra_facts *facts, struct path_race *race)
{
	const struct ra_fact *test = asked(facts, race->test);

	if (ra_fact_governed(facts, test, race->act) >= 0) {
		race->absent = test->false_block != RA_NONE &&
			       ra_block_inside(facts->shape, race->act->block,
					       test->false_block) &&
			       race->act->statement->first >= test->false_from;
		return true;
	}
	return by_local(facts, race) || in_expression(race) || in_handler(race);
}

/* Is it an act on the path that fails, or does harm, when the look was stale? */
static bool is_act(const struct ra_detection *d, struct path_race *race, const struct ra_fact *act)
{
	if (act->index <= race->test->index || !acts_on(d, act, race->path) ||
	    is_tolerant(d, act->node) || is_exclusive(d, act->node) ||
	    ra_fact_common_region(d->facts, race->test, act, RA_NONE))
		return false;
	race->act = act;
	if (replaces(d, act))
		return true;
	return (is_change(d, act) || is_listed(d, "others", RA_STR("question"))) &&
	       !(is_handled(d, act->node) || is_looked_at(d, act) ||
		 is_rescued(d->facts, act->node));
}

static bool find(const struct ra_detection *d, struct path_race *race, const struct ra_fact *act)
{
	const struct ra_node *loop = waiting_loop(race->test);

	if (!is_act(d, race, act))
		return false;
	race->polled = loop && !ra_tree_inside(act->node, loop);
	if (race->polled && ra_tree_around(act->node, RA_N_TRY))
		return false; /* ready for what is only half there */
	return race->polled || (trusts(d->facts, race) && !chooses(d, race));
}

/* `this.path`: the same path for all methods. */
static bool is_of_receiver(const struct ra_facts *facts, const struct path_race *race)
{
	struct ra_str receiver = facts->shape->units.v[race->test->unit].receiver;

	return receiver.len && ra_str_starts(race->path, receiver);
}

static void report(struct ra_detection *d, const struct path_race *race)
{
	struct ra_candidate *c = ra_candidate_at(d, race->polled ? race->test : race->act,
						 race->path);

	if (!c)
		return;
	c->local = !is_of_receiver(d->facts, race);
	c->question |= d->facts->units[race->test->unit].test ||
		       ra_tree_is_example(d->facts, race->act->line) ||
		       ra_tree_is_script(d->facts, race->act->unit) ||
		       (!race->polled && (!does_harm(d, race) ||
					  words_the_error(d->facts, race)));
	ra_candidate_var(d, c, "p", "%.*s", RA_FMT(race->path));
	ra_candidate_var(d, c, "test", "%.*s", RA_FMT(race->test->name));
	ra_candidate_var(d, c, "act", "%.*s", RA_FMT(race->act->name));
	ra_candidate_event(d, c, "check", race->test, "looks at `%.*s`", RA_FMT(race->path));
	ra_candidate_event(d, c, "act", race->act, "acts on what it saw");
	ra_candidate_step(d, c, "Task A", race->test->line, true, "looks: `%.*s` of `%.*s`",
			  RA_FMT(race->test->name), RA_FMT(race->path));
	ra_candidate_step(d, c, "Task B", 0, true, race->polled ?
			  "another process has made it and is still writing it" :
			  "another process makes or removes it");
	ra_candidate_step(d, c, "Task A", race->act->line, true, "acts: `%.*s` on `%.*s`",
			  RA_FMT(race->act->name), RA_FMT(race->path));
}

static void look(struct ra_detection *d, struct path_race *race)
{
	const struct ra_unit_facts *unit = &d->facts->units[race->test->unit];

	for (uint32_t i = 0; i < unit->n; i++)
		if (find(d, race, ra_fact(d->facts, unit->first + i))) {
			report(d, race);
			return;
		}
}

/* -- what the test calls when it is done ----------------------------------------------------- */

/* Does the function that follows the test run because of what was seen: on failure, on success, or
 * by what it is given? */
static bool trusts_here(const struct ra_facts *facts, struct path_race *race,
			const struct ra_node *function)
{
	const struct ra_node *call = function->up;
	uint32_t of = call == race->test->node ? RA_NONE : ra_fact_of_node(facts, call);
	const struct ra_api_row *rescue;

	if (of != RA_NONE) {
		rescue = ra_api_with(ra_fact(facts, of)->row, RA_EFFECT_RESCUE);
		race->absent = rescue && ra_api_operand(rescue, call) == function;
		if (race->absent || !ra_node_find(function, RA_N_PARAM))
			return true;
	}
	for (const struct ra_node *kid = function->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM && kid->text.len &&
		    decided_by(facts->shape, race, kid->text, function->first))
			return true;
	return false;
}

/* A function that the test calls, or that follows it as a promise, acts on the path. */
static void look_behind(struct ra_detection *d, struct path_race *race)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *chain = ra_promise_end(facts, race->test->node).last, *at = NULL;

	while ((at = ra_node_walk(chain, at, false)) != NULL) {
		const struct ra_unit_facts *unit;

		if (at->kind != RA_N_LAMBDA || at->up->kind != RA_N_CALL ||
		    ra_promise_root(facts, at->up) != race->test->node)
			continue;
		unit = &facts->units[at->unit];
		for (uint32_t i = 0; i < unit->n; i++)
			if (is_act(d, race, ra_fact(facts, unit->first + i)) &&
			    trusts_here(facts, race, at)) {
				report(d, race);
				return;
			}
	}
}

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct path_race race = { .test = ra_fact(d->facts, (uint32_t)i) };

		const struct ra_api_row *row = ra_api_with(race.test->row, RA_EFFECT_FS_TEST);

		if (!row || (race.test->flags & RA_FACT_INLINED) ||
		    race.test->node->kind != RA_N_CALL ||
		    !ra_tree_pairs(d->facts, race.test->unit))
			continue;
		race.path = path_text(d, race.test, row);
		if (!race.path.len)
			continue;
		look(d, &race);
		look_behind(d, &race);
	}
}

const struct ra_detector ra_detect_path_race = {
	.name = "path-race",
	.help = "a test of a path, then an act that trusts it",
	.params = "acts opens others replaces handled tolerant exclusive same fatal",
	.vars = "p test act",
	.run = run,
};
