/*
 * path-race: a look at the file system, then an act that trusts what was seen.
 *
 *     test P; act on P      another process makes or removes P between the two
 *     while not P exists: sleep; read P     P is there before its writer has finished it
 *
 * P is the same expression in both, in one unit. A finding where the act creates, removes, renames
 * or writes; a question where it reads, where the test only words the error (it raises), and in
 * tests. Silent when a handler around the act takes the error, when a keyword of the card makes
 * the act tolerant, and when the test chooses between two acts on P.
 */
#include "core/races/tree.h"

struct path_race {
	const struct ra_fact *test, *act;
	struct ra_str path;
	bool polled;                    /* the test is the condition of a loop that waits for P */
};

/* The operand as a path in words; `str(p)` and `Path(p)` are still p. */
static struct ra_str path_text(const struct ra_facts *facts, const struct ra_fact *fact,
			       const struct ra_api_row *row)
{
	const struct ra_node *operand = ra_api_operand(row, fact->node);

	while (operand && operand->kind == RA_N_CALL && operand->kids->next &&
	       !operand->kids->next->next)
		operand = operand->kids->next;
	return operand ? ra_node_text(facts->shape, operand) : RA_STR("");
}

static bool acts_on(const struct ra_facts *facts, const struct ra_fact *fact, struct ra_str path)
{
	const struct ra_api_row *row = fact->row;

	if (fact->node->kind != RA_N_CALL || (fact->flags & RA_FACT_INLINED))
		return false;
	while ((row = ra_api_with(row, RA_EFFECT_FS_ACT)) != NULL) {
		if (ra_str_eq(path_text(facts, fact, row), path))
			return true;
		row = row->more;
	}
	return false;
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
				if (ra_card_has(d->card, "handled",
						ra_cstr(d->arena, ra_tree_last_word(at))))
					return true;
		}
	}
	return false;
}

static bool is_tolerant(const struct ra_detection *d, const struct ra_node *call)
{
	const struct ra_node *arg = call->kids->next;

	for (; arg; arg = arg->next)
		if (arg->kind == RA_N_KEYWORD &&
		    ra_card_has(d->card, "tolerant", ra_cstr(d->arena, arg->text)) &&
		    arg->kids->word != RA_W_FALSE)
			return true;
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

static bool changes(const struct ra_detection *d, const struct ra_fact *act)
{
	const char *name = ra_cstr(d->arena, ra_tree_last_word(act->node));

	return ra_card_has(d->card, "acts", name) ||
	       (ra_card_has(d->card, "opens", name) && opens_to_write(d->facts, act->node));
}

static const struct ra_node *waiting_loop(const struct ra_fact *test)
{
	const struct ra_node *loop = ra_tree_around(test->node, RA_N_WHILE);

	return loop && ra_tree_inside(test->node, loop->kids) ? loop : NULL;
}

/* The branch that the test takes away only raises: without it the act would raise instead. */
static bool words_the_error(const struct ra_facts *facts, const struct path_race *race)
{
	const struct ra_node *choice = ra_tree_around(race->test->node, RA_N_IF);
	const struct ra_node *then = choice ? ra_node_find(choice, RA_N_BLOCK) : NULL;

	return then && !ra_tree_inside(race->act->node, choice) &&
	       facts->shape->blocks.v[then->block].exits == RA_X_RAISE;
}

/* The test chooses between two acts on the path: it asks what P is, not whether it is there. */
static bool chooses(const struct ra_facts *facts, const struct path_race *race)
{
	const struct ra_unit_facts *unit = &facts->units[race->test->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *other = ra_fact(facts, unit->first + i);

		if (ra_fact_governed(facts, race->test, other) >= 0 &&
		    acts_on(facts, other, race->path) &&
		    !ra_tree_follows(facts->shape, other->node, race->act->node) &&
		    !ra_tree_follows(facts->shape, race->act->node, other->node) &&
		    other != race->act)
			return true;
	}
	return false;
}

/* Does the act depend on what the test saw: governed by it, or by the local that took it? */
static bool trusts(const struct ra_facts *facts, const struct ra_fact *test,
		   const struct ra_fact *act)
{
	const struct ra_node *choice = ra_tree_around(act->node, RA_N_IF);

	if (ra_fact_governed(facts, test, act) >= 0)
		return true;
	return test->how == RA_USE_BOUND && test->bound.len && choice &&
	       !ra_tree_inside(test->node, choice) &&
	       ra_tree_read(choice->kids, test->bound, NULL);
}

static bool find(const struct ra_detection *d, struct path_race *race, const struct ra_fact *act)
{
	const struct ra_node *loop = waiting_loop(race->test);

	if (act->index <= race->test->index || !acts_on(d->facts, act, race->path) ||
	    is_tolerant(d, act->node) || is_handled(d, act->node))
		return false;
	race->act = act;
	race->polled = loop && !ra_tree_inside(act->node, loop);
	if (race->polled && ra_tree_around(act->node, RA_N_TRY))
		return false; /* ready for what is only half there */
	return race->polled || (trusts(d->facts, race->test, act) && !chooses(d->facts, race));
}

static void report(struct ra_detection *d, const struct path_race *race)
{
	struct ra_candidate *c = ra_candidate_at(d, race->polled ? race->test : race->act,
						 race->path);

	if (!c)
		return;
	c->question |= d->facts->units[race->test->unit].test ||
		       (!race->polled && (!changes(d, race->act) ||
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

static void run(struct ra_detection *d)
{
	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct path_race race = { .test = ra_fact(d->facts, (uint32_t)i) };

		const struct ra_api_row *row = ra_api_with(race.test->row, RA_EFFECT_FS_TEST);

		if (!row || (race.test->flags & RA_FACT_INLINED) ||
		    race.test->node->kind != RA_N_CALL ||
		    !ra_tree_pairs(d->facts, race.test->unit))
			continue;
		race.path = path_text(d->facts, race.test, row);
		if (race.path.len)
			look(d, &race);
	}
}

const struct ra_detector ra_detect_path_race = {
	.name = "path-race",
	.help = "a test of a path, then an act that trusts it",
	.params = "acts opens handled tolerant",
	.vars = "p test act",
	.run = run,
};
