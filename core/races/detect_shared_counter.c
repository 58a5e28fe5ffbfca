/*
 * shared-counter: one count for all keys decides about one of them.
 *
 *     update N (scalar) ... test N > change M[k] or wake of M[k]'s waiter     M a map beside N
 *
 * While one key is in use, the count never says that another one is free (or says it too early).
 * Silent when the count belongs to the collection: it is compared with a limit, or nothing keyed
 * hangs on the test.
 */
#include "core/races/internal.h"
#include "core/races/window.h"

static bool counts_down(const struct ra_facts *facts, const struct ra_node *statement)
{
	struct ra_str text = ra_node_text(facts->shape, statement);

	return ra_str_find(text, RA_STR("-=")) >= 0 || ra_str_find(text, RA_STR("--")) >= 0;
}

/* `n++`, `n -= 1` */
static bool steps(const struct ra_fact *update)
{
	const struct ra_node *statement = update->statement;

	return statement && statement->kind == RA_N_ASSIGN && (statement->flags & RA_F_AUGMENT) &&
	       ra_node_last(statement)->kind == RA_N_LITERAL;
}

/* A number: by what it begins as, or since it is counted by one. */
static bool is_counted(const struct ra_facts *facts, uint32_t index)
{
	const struct ra_state *state = &facts->states.v[index];
	const struct ra_fact *fact;

	if ((state->kind != RA_KIND_SCALAR && state->kind != RA_KIND_UNKNOWN) ||
	    state->scope == RA_SCOPE_CLOSURE)
		return false;
	for (fact = ra_state_use(facts, index); fact; fact = ra_fact_next_use(facts, fact))
		if (fact->kind == RA_FACT_UPDATE && !fact->key.len &&
		    (state->kind == RA_KIND_SCALAR || steps(fact)))
			return true;
	return false;
}

/* Counted down in the unit of the test, so that the test is about who is left. */
static bool counted_down_before(const struct ra_facts *facts, const struct ra_fact *test)
{
	const struct ra_fact *fact = test;

	while ((fact = ra_fact_previous(facts, fact)))
		if (fact->kind == RA_FACT_UPDATE && fact->statement &&
		    (fact->statement->flags & RA_F_AUGMENT) &&
		    counts_down(facts, fact->statement) &&
		    ra_fact_order(facts, fact, test, false) != RA_ORDER_NEVER)
			return true;
	return false;
}

/* A literal key is a field, not one entry of many. */
static bool is_variable(struct ra_str key)
{
	return key.len && ((key.ptr[0] >= 'a' && key.ptr[0] <= 'z') || key.ptr[0] == '_' ||
			   (key.ptr[0] >= 'A' && key.ptr[0] <= 'Z') || key.ptr[0] == '(');
}

/* What hangs on the test: an access of an entry of a map with the counter's owner. */
static const struct ra_fact *keyed_effect(const struct ra_facts *facts, const struct ra_fact *test)
{
	const struct ra_unit_facts *unit = &facts->units[test->unit];
	const struct ra_state *counter = &facts->states.v[test->state], *map;
	uint32_t to = ra_fact_governs_to(facts, test);

	for (uint32_t i = test->position + 1; i <= to && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (!ra_fact_is_access(fact->kind) || !is_variable(fact->key) ||
		    fact->state == test->state ||
		    ra_fact_governed(facts, test, fact) < 0)
			continue;
		map = &facts->states.v[fact->state];
		if (map->scope == counter->scope && map->owner == counter->owner &&
		    map->kind == RA_KIND_DICT)
			return fact;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *test, const struct ra_fact *effect)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *counter = &facts->states.v[test->state];
	struct ra_str unit = facts->shape->units.v[test->unit].qualified;
	struct ra_candidate *c = ra_candidate_at(d, test, counter->name);
	struct ra_str key = effect->key;

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(counter->name));
	ra_candidate_var(d, c, "map", "%.*s", RA_FMT(facts->states.v[effect->state].name));
	ra_candidate_var(d, c, "key", "%.*s", RA_FMT(key));
	ra_candidate_line(d, c, "declared", counter->line);
	ra_candidate_line(d, c, "act", effect->line);
	ra_candidate_event(d, c, "test", test, "one count for every `%.*s`", RA_FMT(key));
	ra_candidate_event(d, c, "act", effect, "decides about `%.*s` alone", RA_FMT(key));
	ra_candidate_mark(c, "declared", (struct ra_lines){ counter->line, counter->line, 1 },
			  RA_STR("the count is declared without a key"));
	ra_candidate_step(d, c, "Task A", 0, false, "uses `%.*s` with one `%.*s`: the count is 1",
			  RA_FMT(unit), RA_FMT(key));
	ra_candidate_step(d, c, "Task B", 0, true, "uses it with another one: the count is 2");
	ra_candidate_step(d, c, "Task A", test->line, true,
			  "is the last user of its `%.*s`, but the test sees 1, not 0", RA_FMT(key));
	ra_candidate_step(d, c, "Task A", effect->line, false,
			  "`%.*s` is not reached: the entry stays until every other key is free",
			  RA_FMT(ra_access_text(d, effect)));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *test = &facts->facts.v[i], *effect;

		if (test->kind != RA_FACT_TEST || test->key.len || (test->flags & RA_FACT_INLINED) ||
		    facts->units[test->unit].constructs || !is_counted(facts, test->state) ||
		    !counted_down_before(facts, test))
			continue;
		effect = keyed_effect(facts, test);
		if (effect)
			report(d, test, effect);
	}
}

const struct ra_detector ra_detect_shared_counter = {
	.name = "shared-counter",
	.help = "one count for all keys decides about one of them",
	.params = "",
	.vars = "map key declared act",
	.run = run,
};
