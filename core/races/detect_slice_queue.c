/*
 * slice-queue: a list that one unit adds to and another one takes from the front, and nobody looks how
 * long it is before it grows.
 *
 *     u:  S = append(S, x), under a lock      v:  S = S[1:]
 *
 * Silent where u looks at S first, and in tests.
 */
#include "core/races/internal.h"

/* Does the change come from S itself by a call: `append(S, x)`? */
static bool is_put(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *value = fact->statement ? fact->statement->kids : NULL;

	if (fact->kind != RA_FACT_UPDATE || !fact->n_regions || fact->key.len ||
	    fact->statement->kind != RA_N_ASSIGN)
		return false;
	while (value->next)
		value = value->next;
	return value->kind == RA_N_CALL && value->kids->kind == RA_N_NAME &&
	       ra_str_is(value->kids->text, "append") && value->kids->next &&
	       ra_str_eq(ra_node_text(facts->shape, value->kids->next),
			 ra_node_text(facts->shape, fact->statement->kids));
}

/* What is left of S when its first entries are taken away: `S = S[1:]`. */
static bool is_take(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *target = fact->statement ? fact->statement->kids : NULL, *key;

	if (!ra_fact_changes(fact->kind) || fact->key.len || !target || !target->next ||
	    fact->statement->kind != RA_N_ASSIGN || target->next->kind != RA_N_INDEX)
		return false;
	key = ra_node_kid(target->next, 1);
	return key && key->kind == RA_N_SLICE && key->kids &&
	       ra_str_eq(ra_node_text(facts->shape, target->next->kids),
			 ra_node_text(facts->shape, target)) &&
	       !ra_str_starts(ra_node_text(facts->shape, key), RA_STR(":")) &&
	       !ra_str_is(ra_node_text(facts->shape, key->kids), "0");
}

static bool looked_at(const struct ra_facts *facts, const struct ra_fact *put)
{
	const struct ra_fact *fact = put;

	while ((fact = ra_fact_previous(facts, fact)))
		if (fact->kind == RA_FACT_TEST)
			return true;
	return false;
}

static void look_at(struct ra_detection *d, uint32_t state)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *fact = ra_state_use(facts, state), *put = NULL, *take = NULL;
	struct ra_candidate *c;

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		if (fact->flags & RA_FACT_INLINED)
			continue;
		if (!put && is_put(facts, fact))
			put = fact;
		else if (!take && is_take(facts, fact))
			take = fact;
	}
	if (!put || !take || put->unit == take->unit || looked_at(facts, put) ||
	    facts->units[put->unit].test || ra_source_part(facts->source, put->line)->test ||
	    !(c = ra_candidate_at(d, put, facts->states.v[state].name)))
		return;
	ra_candidate_var(d, c, "queue", "%.*s", RA_FMT(facts->states.v[state].name));
	ra_candidate_line(d, c, "taken", take->line);
	ra_candidate_event(d, c, "act", put, "adds, whatever its length");
	ra_candidate_event(d, c, "read", take, "takes from the front");
	ra_candidate_step(d, c, "Task A", put->line, true, "adds to `%.*s`",
			  RA_FMT(facts->states.v[state].field));
	ra_candidate_step(d, c, "Task B", take->line, true, "takes from it more slowly");
}

static void run(struct ra_detection *d)
{
	for (uint32_t s = 0; s < d->facts->states.n; s++)
		if (d->facts->states.v[s].kind == RA_KIND_LIST ||
		    d->facts->states.v[s].kind == RA_KIND_UNKNOWN)
			look_at(d, s);
}

const struct ra_detector ra_detect_slice_queue = {
	.name = "slice-queue",
	.help = "a list that is added to and taken from the front, with no bound",
	.params = "",
	.vars = "queue taken",
	.run = run,
};
