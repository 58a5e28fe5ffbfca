/*
 * dropped-guard: a guard is given to `_`, which binds nothing: it is dropped in the same statement.
 *
 *     let _ = acquire L
 *
 * Where the type of the lock is not known, `read` and `write` may be other methods: silent then.
 */
#include "core/races/tree.h"

/* Words that give the guard on, whatever they are called on. */
static bool gives_on(struct ra_str word)
{
	static const char *const words[] = { "unwrap", "expect", "unwrap_or_else", "ok" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ra_str_is(word, words[i]))
			return true;
	return false;
}

/* The statement whose value is the guard itself, or NULL. */
static const struct ra_node *taker(const struct ra_node *node)
{
	for (;; node = node->up) {
		const struct ra_node *up = node->up;

		if (!up)
			return NULL;
		if (up->kind == RA_N_AWAIT ||
		    (up->kind == RA_N_UNARY && up->word == RA_O_QUESTION) ||
		    (up->kind == RA_N_CALL && up->kids == node) ||
		    (up->kind == RA_N_MEMBER && gives_on(up->text)))
			continue;
		return up->kind == RA_N_ASSIGN && !node->next ? up : NULL;
	}
}

static bool is_known(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	const struct ra_region *region = &facts->regions.v[acquire->region];
	const struct ra_state *state = region->lock == RA_NONE ? NULL : &facts->states.v[region->lock];

	if (ra_str_find(acquire->row->name, RA_STR("lock")) >= 0 &&
	    ra_str_find(acquire->row->name, RA_STR("lock:")) != 0)
		return true; /* of any receiver: `*:lock` */
	return state && (state->runtimes || state->api_flags);
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *acquire = ra_fact(facts, (uint32_t)i);
		const struct ra_node *statement;
		struct ra_candidate *c;

		if (acquire->kind != RA_FACT_ACQUIRE || !acquire->row || acquire->region == RA_NONE ||
		    !(acquire->row->flags & RA_API_GUARD) || (acquire->flags & RA_FACT_INLINED) ||
		    facts->regions.v[acquire->region].kind != RA_KIND_LOCK ||
		    !is_known(facts, acquire))
			continue;
		statement = taker(acquire->node);
		if (!statement || !(statement->flags & RA_F_DECLARE) ||
		    statement->kids->kind != RA_N_NAME || !ra_str_is(statement->kids->text, "_"))
			continue;
		c = ra_candidate_at(d, acquire, acquire->name);
		if (!c)
			continue;
		ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(acquire->name));
		ra_candidate_event(d, c, "acquire", acquire, "takes it, and lets go at once");
		ra_candidate_step(d, c, "Thread A", acquire->line, true,
				  "takes `%.*s` and drops the guard", RA_FMT(acquire->name));
		ra_candidate_step(d, c, "Thread B", 0, true, "takes it too");
	}
}

const struct ra_detector ra_detect_dropped_guard = {
	.name = "dropped-guard",
	.help = "a guard that is given to no name, and so dropped at once",
	.params = "",
	.vars = "",
	.run = run,
};
