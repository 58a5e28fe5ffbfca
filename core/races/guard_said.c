/*
 * guard_said: what a declaration says of the guard of a state.
 *
 *     jobs      map[string]job // guarded by mu         a comment at the field names the lock
 *     mu        sync.Mutex     // protects jobs, done   a comment at the lock names the field
 *     jobs_lock = Lock()                                it is named after the state
 *     mu sync.Mutex
 *     jobs ..                                           behind it, and no blank line between
 *     mu struct { sync.Mutex; jobs .. }                 in one struct of their own
 */
#include "core/races/guard.h"
#include "core/source/source.h"

static bool is_thread_lock(const struct ra_state *state)
{
	return state->kind == RA_KIND_LOCK && !(state->api_flags & RA_API_ASYNC);
}

static bool is_beside(const struct ra_state *lock, const struct ra_state *state)
{
	return lock->owner == state->owner && lock->scope == state->scope;
}

/* A thread lock of the same owner whose name says what it is for: `jobs_lock` for `jobs`. */
static bool is_named_after(const struct ra_state *lock, const struct ra_state *state)
{
	return lock->field.len > state->field.len + 1 &&
	       ra_str_starts(lock->field, state->field) && lock->field.ptr[state->field.len] == '_';
}

/* -- where they are declared ------------------------------------------------------------------- */

static struct ra_str first_part(struct ra_str field)
{
	ptrdiff_t dot = ra_str_find(field, RA_STR("."));

	return dot > 0 ? ra_str_n(field.ptr, (size_t)dot) : field;
}

/* The last target of a field's declaration. */
static const struct ra_node *target_of(const struct ra_node *field)
{
	const struct ra_node *target = NULL;

	for (const struct ra_node *kid = field->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_NAME)
			target = kid;
	return target;
}

static const struct ra_node *field_node(const struct ra_facts *facts, const struct ra_state *state)
{
	const struct ra_node *body;
	struct ra_str name = first_part(state->field);

	if (state->scope != RA_SCOPE_INSTANCE)
		return NULL;
	body = ra_node_find(facts->shape->classes.v[state->owner].node, RA_N_BLOCK);
	for (const struct ra_node *kid = body ? body->kids : NULL; kid; kid = kid->next) {
		const struct ra_node *target = kid->kind == RA_N_ASSIGN ? target_of(kid) : NULL;

		if (target && ra_str_eq(target->text, name))
			return kid;
	}
	return NULL;
}

/* The line that declares it: of the field, else of its first write in construction. */
static uint32_t declared_at(const struct ra_facts *facts, const struct ra_state *state)
{
	const struct ra_node *field = field_node(facts, state);
	const struct ra_fact *fact;

	if (field)
		return ra_node_line(facts->shape, field);
	for (fact = ra_state_use(facts, state->index); fact; fact = ra_fact_next_use(facts, fact))
		if (fact->kind == RA_FACT_WRITE && !(fact->flags & RA_FACT_INLINED) &&
		    (facts->units[fact->unit].constructs || fact->unit == 0))
			return fact->line;
	return 0;
}

/* -- comments ----------------------------------------------------------------------------------- */

/* The comments on a line and those that stand directly above it, as one text. */
static struct ra_str comments_at(const struct ra_facts *facts, uint32_t line)
{
	const struct ra_tokens *tokens = facts->shape->tokens;
	size_t from, to;
	uint32_t above = line;

	if (!line)
		return RA_STR("");
	from = to = ra_comment_from(tokens, line);
	while (to < tokens->comments.n && tokens->comments.v[to].line == line)
		to++;
	while (from && tokens->comments.v[from - 1].own_line &&
	       tokens->comments.v[from - 1].line + 1 == above)
		above = tokens->comments.v[--from].line;
	if (from == to)
		return RA_STR("");
	return ra_str_n(tokens->source->text.ptr + tokens->comments.v[from].at,
			tokens->comments.v[to - 1].at + tokens->comments.v[to - 1].len -
				tokens->comments.v[from].at);
}

/* "Guards against this sequence" names no state. */
static bool speaks_of_guard(struct ra_str text)
{
	return (ra_str_ifind(text, RA_STR("protect")) >= 0 ||
		ra_str_ifind(text, RA_STR("guard")) >= 0) &&
	       ra_str_ifind(text, RA_STR(" against ")) < 0 &&
	       ra_str_ifind(text, RA_STR(" not ")) < 0 && ra_str_ifind(text, RA_STR("n't ")) < 0;
}

static bool speaks_of_following(struct ra_str text)
{
	static const char *const words[] = { "following", "below", "these", "everything",
					     "all fields", "fields here" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ra_str_ifind(text, ra_str(words[i])) >= 0)
			return true;
	return false;
}

bool ra_guard_denied(const struct ra_facts *facts, uint32_t line)
{
	static const char *const words[] = {
		"no need", "without", "not need", "n't need", "unnecessary", "safe", "no lock",
		"not required", "n't have to", "cannot race", "can't race",
	};
	static const char *const admitted[] = { "not safe", "unsafe", "not thread", "todo", "fixme",
						"racy" };
	struct ra_str text = comments_at(facts, line);

	for (size_t i = 0; i < sizeof(admitted) / sizeof(*admitted); i++)
		if (ra_str_ifind(text, ra_str(admitted[i])) >= 0)
			return false;
	if (ra_str_ifind(text, RA_STR("lock")) < 0 && ra_str_ifind(text, RA_STR("mutex")) < 0 &&
	    ra_str_ifind(text, RA_STR("race")) < 0)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ra_str_ifind(text, ra_str(words[i])) >= 0)
			return true;
	return false;
}

static struct ra_str last_part(struct ra_str field)
{
	while (ra_str_find(field, RA_STR(".")) >= 0)
		field = ra_str_n(field.ptr + ra_str_find(field, RA_STR(".")) + 1,
				 field.len - (size_t)ra_str_find(field, RA_STR(".")) - 1);
	return field;
}

static bool names(struct ra_str text, const struct ra_state *state)
{
	return ra_str_has_word(text, state->field) || ra_str_has_word(text, last_part(state->field));
}

/* -- place --------------------------------------------------------------------------------------- */

static bool share_struct(const struct ra_state *lock, const struct ra_state *state)
{
	struct ra_str part = first_part(lock->field);

	return part.len < lock->field.len && part.len < state->field.len &&
	       ra_str_starts(state->field, part) && state->field.ptr[part.len] == '.';
}

/* Does the field follow the lock, each line with a field or a comment? No other lock between. */
static bool is_placed_behind(const struct ra_facts *facts, const struct ra_state *lock,
			     const struct ra_state *state)
{
	const struct ra_node *at = field_node(facts, lock), *field = field_node(facts, state);
	uint32_t line;

	if (!at || !field || at == field)
		return false;
	line = ra_node_end_line(facts->shape, at);
	for (at = at->next; at; at = at->next) {
		uint32_t begins = ra_node_line(facts->shape, at);

		for (uint32_t l = line + 1; l < begins; l++)
			if (!ra_str_trim(ra_source_line_text(facts->source, l)).len)
				return false;
		if (at == field)
			return true;
		line = ra_node_end_line(facts->shape, at);
	}
	return false;
}

/* -- all of it ------------------------------------------------------------------------------------ */

static enum ra_guard_by said_of(const struct ra_facts *facts, const struct ra_state *lock,
				const struct ra_state *state, struct ra_str about, uint32_t *line)
{
	struct ra_str text;

	if (is_named_after(lock, state))
		return RA_GUARD_NAME;
	if (speaks_of_guard(about) && names(about, lock)) {
		*line = declared_at(facts, state);
		return RA_GUARD_COMMENT;
	}
	*line = declared_at(facts, lock);
	text = comments_at(facts, *line);
	if (speaks_of_guard(text) && names(text, state))
		return RA_GUARD_COMMENT;
	if (!share_struct(lock, state) && !is_placed_behind(facts, lock, state))
		return RA_GUARD_NONE;
	return speaks_of_guard(text) && speaks_of_following(text) ? RA_GUARD_COMMENT
								 : RA_GUARD_PLACE;
}

uint32_t ra_guard_said(const struct ra_facts *facts, uint32_t index, enum ra_guard_by *by,
		       uint32_t *line)
{
	const struct ra_state *state = &facts->states.v[index];
	struct ra_str about = RA_STR("");
	uint32_t best = RA_NONE;
	bool looked = false;

	*by = RA_GUARD_NONE;
	for (uint32_t i = 0; i < facts->states.n && ra_facts_step(facts); i++) {
		const struct ra_state *lock = &facts->states.v[i];
		enum ra_guard_by said;
		uint32_t at = 0;

		if (i == index || !is_thread_lock(lock) || !is_beside(lock, state))
			continue;
		if (!looked)
			about = comments_at(facts, declared_at(facts, state));
		looked = true;
		said = said_of(facts, lock, state, about, &at);
		if (said < *by || said == RA_GUARD_NONE)
			continue;
		*by = said;
		*line = at;
		best = i;
	}
	return best;
}
