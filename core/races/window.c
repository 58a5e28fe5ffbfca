/*
 * window: see the header. The one idea: a decision or value is stale once a switch was possible
 * between reading and acting, unless a guard spans both, the unit looked again, or it had made the
 * state its own before it let go.
 */
#include "core/races/window.h"

static bool same_object(const struct ra_fact *a, const struct ra_fact *b)
{
	return !a->base.len || !b->base.len || ra_str_eq(a->base, b->base);
}

/* A test of the same entry after the last switch and before the act, or in the region of the act. */
static bool looks_again(const struct ra_facts *facts, const struct ra_fact *opens,
			const struct ra_fact *closes, uint32_t after)
{
	const struct ra_fact *fact = opens;

	while ((fact = ra_fact_next(facts, fact)) && fact->position < closes->position) {
		uint32_t looked = fact->origin == RA_NONE ? fact->position :
				  ra_fact(facts, fact->origin)->position;
		bool fresh = looked >= after ||
			     ra_fact_common_region(facts, fact, closes, opens->state);

		if (ra_fact_decides(fact) && fresh && ra_fact_same_key(fact, closes) &&
		    ra_fact_order(facts, fact, closes, false) != RA_ORDER_NEVER)
			return true;
	}
	return false;
}

/* Does a test of the state, before the fact that changes it, govern the act? */
static bool tested_around(const struct ra_facts *facts, const struct ra_fact *change,
			  const struct ra_fact *closes)
{
	const struct ra_fact *test = change;

	while ((test = ra_fact_previous(facts, test)))
		if (ra_fact_decides(test) && ra_fact_governed(facts, test, closes) >= 0)
			return true;
	return false;
}

/* A change before the first switch, of the state or of a flag that a test around looks at: whoever
 * comes later sees that it is taken. */
static bool claims(const struct ra_facts *facts, const struct ra_unit_facts *unit,
		   const struct ra_fact *opens, const struct ra_fact *closes, uint32_t before)
{
	for (uint32_t i = opens->position + 1; i < before && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (!ra_fact_is_access(fact->kind) || !ra_fact_changes(fact->kind) ||
		    fact->index == closes->index ||
		    ra_fact_order(facts, fact, closes, false) == RA_ORDER_NEVER)
			continue;
		if ((fact->state == opens->state && ra_fact_same_key(fact, closes)) ||
		    tested_around(facts, fact, closes))
			return true;
	}
	return false;
}

/* Behind the last switch on a way to `closes`. */
static uint32_t last_switch(const struct ra_facts *facts, const struct ra_unit_facts *unit,
			    const struct ra_fact *opens, const struct ra_fact *closes)
{
	for (uint32_t i = ra_unit_switch(unit, closes->position); i-- && ra_facts_step(facts);) {
		uint32_t at = unit->switches[i];

		if (at <= opens->position)
			break;
		if (ra_fact_order(facts, ra_fact(facts, unit->stream[at]), closes, false) !=
		    RA_ORDER_NEVER)
			return at + 1;
	}
	return opens->position;
}

/* An entry of a list, under a key of the unit's own: other runs of it have other entries. */
static bool has_own_entry(const struct ra_facts *facts, const struct ra_fact *opens)
{
	return facts->states.v[opens->state].kind == RA_KIND_LIST && opens->key.len &&
	       (facts->runtimes & RA_RT_DATA_RACES);
}

static const struct ra_fact *best_conflict(const struct ra_facts *facts, struct ra_window *w,
					   uint32_t kinds)
{
	const struct ra_fact *at = w->sw, *found;

	found = ra_fact_conflict(facts, w->opens->unit, w->opens->state, at, kinds, &w->why);
	return found && found->unit == w->opens->unit && has_own_entry(facts, w->opens) ? NULL
											: found;
}

bool ra_window_find(const struct ra_facts *facts, const struct ra_fact *opens,
		    const struct ra_fact *closes, uint32_t kinds, struct ra_window *out)
{
	const struct ra_unit_facts *unit = &facts->units[opens->unit];
	uint32_t after;

	*out = (struct ra_window){ .opens = opens, .closes = closes };
	if (unit->constructs || (opens->flags & RA_FACT_FRESH) || !same_object(opens, closes) ||
	    ra_fact_order(facts, opens, closes, false) == RA_ORDER_NEVER ||
	    ra_fact_common_region(facts, opens, closes, opens->state))
		return false;
	out->sw = ra_fact_switch(facts, unit, opens->position, closes->position);
	if (!out->sw) {
		after = opens->position + 1;
		if (!unit->preemptive || looks_again(facts, opens, closes, after))
			return false;
		out->conflict = best_conflict(facts, out, kinds);
		if (!out->conflict || !out->why.preemptive)
			return false;
		return true;
	}
	after = last_switch(facts, unit, opens, closes);
	if (looks_again(facts, opens, closes, after) ||
	    claims(facts, unit, opens, closes, out->sw->position))
		return false;
	out->conflict = best_conflict(facts, out, kinds);
	return true;
}

/* Threads share the state for sure when some access of it is guarded, or a thread makes one. */
static bool shown_to_be_shared(const struct ra_facts *facts, const struct ra_window *w)
{
	const struct ra_fact *fact;

	if (facts->units[w->opens->unit].in_thread || facts->units[w->conflict->unit].in_thread ||
	    (facts->states.v[w->opens->state].runtimes & RA_RT_THREADS))
		return true; /* or it is made to be shared by them */
	if (w->why.strength == RA_TOGETHER_HANDLER && w->why.preemptive &&
	    facts->states.v[w->opens->state].scope != RA_SCOPE_INSTANCE)
		return true; /* a server has a thread for each of its requests */
	if (ra_unit_is_documented(facts, w->opens->unit))
		return true;
	for (fact = ra_state_use(facts, w->opens->state); fact; fact = ra_fact_next_use(facts, fact))
		if (ra_fact_is_access(fact->kind) && fact->n_regions &&
		    !facts->units[fact->unit].constructs)
			return true;
	return false;
}

/* An object that is handed in is the caller's: its own class has to say that it is shared. */
static bool handed_in(const struct ra_facts *facts, const struct ra_fact *access)
{
	const struct ra_unit *unit = &facts->shape->units.v[access->unit];

	return facts->states.v[access->state].scope == RA_SCOPE_INSTANCE && access->base.len &&
	       unit->receiver.len && !ra_str_eq(access->base, unit->receiver) &&
	       ra_state_shared(facts, access->state).strength < RA_TOGETHER_PUBLIC;
}

/* Under no lock, and not of a container that takes its own. */
static bool is_bare(const struct ra_fact *access)
{
	return !access->n_regions && ra_fact_touches(access);
}

bool ra_window_judge(struct ra_candidate *c, const struct ra_window *window)
{
	if (!window->conflict || window->why.strength < RA_TOGETHER_OPEN ||
	    handed_in(c->facts, window->opens))
		return false;
	if (!window->sw && !shown_to_be_shared(c->facts, window))
		return false;
	/* where a bare access is a race by itself, that is another rule's: here, two regions, or a
	 * unit that is started many times */
	if (!window->sw && (c->facts->runtimes & RA_RT_DATA_RACES) &&
	    (is_bare(window->opens) || is_bare(window->closes)) &&
	    (window->why.strength != RA_TOGETHER_SPAWNED ||
	     window->conflict->unit != window->opens->unit ||
	     !c->facts->units[window->opens->unit].spawned))
		return false;
	if (window->why.strength == RA_TOGETHER_OPEN)
		ra_candidate_weaken(c, RA_SEV_MEDIUM, RA_CONF_LOW);
	else if (window->why.strength == RA_TOGETHER_PUBLIC)
		ra_candidate_weaken(c, RA_SEV_MEDIUM, RA_CONF_MEDIUM);
	else if (window->why.strength == RA_TOGETHER_LOCKED)
		ra_candidate_weaken(c, RA_SEV_HIGH, RA_CONF_MEDIUM);
	return true;
}

struct ra_str ra_access_text(struct ra_detection *d, const struct ra_fact *fact)
{
	const struct ra_state *state = &d->facts->states.v[fact->state];
	struct ra_str name = state->field;

	if (fact->base.len)
		name = ra_printf(d->arena, "%.*s.%.*s", RA_FMT(fact->base), RA_FMT(state->field));
	if (!fact->key.len || fact->key.len > 40)
		return name;
	return ra_printf(d->arena, "%.*s[%.*s]", RA_FMT(name), RA_FMT(fact->key));
}

void ra_window_vars(struct ra_detection *d, struct ra_candidate *c, const struct ra_window *window)
{
	const struct ra_state *state = &d->facts->states.v[window->opens->state];

	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, window->closes)));
	ra_candidate_var(d, c, "key", "%.*s", RA_FMT(window->closes->key));
	ra_candidate_line(d, c, "check", window->opens->line);
	ra_candidate_line(d, c, "act", window->closes->line);
	if (window->sw)
		ra_candidate_line(d, c, "switch", window->sw->line);
	if (window->conflict) {
		const struct ra_unit *unit = &d->facts->shape->units.v[window->conflict->unit];

		ra_candidate_line(d, c, "conflict", window->conflict->line);
		ra_candidate_var(d, c, "task_b", "%.*s", RA_FMT(unit->qualified));
		ra_candidate_var(d, c, "why", "%.*s", RA_FMT(window->why.text));
	}
}

bool ra_unit_is_documented(const struct ra_facts *facts, uint32_t unit)
{
	uint32_t class_ = facts->shape->units.v[unit].class_;

	return facts->units[unit].documented || (class_ && facts->owners[class_ - 1].documented);
}

/* Verbs of calls that look up and leave nothing behind. */
static const char *const lookups[] = {
	"get", "read", "fetch", "load", "find", "describe", "list", "query", "lookup", "select",
	"count", "compute", "calculate", "import", "resolve", "check", "is", "has", "parse", "search", "scan",
};

/* What `get` takes, and has to be given back: get_connection, get_session. */
static const char *const resources[] = {
	"conn", "connection", "session", "client", "channel", "socket", "lock", "lease", "handle", "stream",
	"cursor", "transaction", "worker", "process", "task", "executor", "pool", "slot",
};

static bool names_resource(struct ra_str name)
{
	for (size_t i = 0; ra_str_starts(name, RA_STR("get")) &&
			   i < sizeof(resources) / sizeof(*resources); i++)
		if (ra_str_ends(name, ra_str(resources[i])))
			return true;
	return false;
}

static bool is_lookup(struct ra_str name)
{
	while (ra_str_find(name, RA_STR(".")) >= 0) {
		ptrdiff_t dot = ra_str_find(name, RA_STR("."));

		name = ra_str_n(name.ptr + dot + 1, name.len - (size_t)dot - 1);
	}
	while (name.len && name.ptr[0] == '_')
		name.ptr++, name.len--;
	for (size_t i = 0; i < sizeof(lookups) / sizeof(*lookups); i++) {
		struct ra_str verb = ra_str(lookups[i]);

		if (ra_str_starts(name, verb) &&
		    (name.len == verb.len || name.ptr[verb.len] < 'a' || name.ptr[verb.len] > 'z'))
			return !names_resource(name);
	}
	return false;
}

bool ra_write_is_lookup(const struct ra_facts *facts, const struct ra_fact *write)
{
	bool looked_up = false;

	for (uint32_t i = 0; i < write->n_depends; i++) {
		const struct ra_fact *from = ra_fact(facts, write->depends[i]);

		if (from->how != RA_USE_AWAITED || ra_fact_is_access(from->kind))
			continue;
		if (!is_lookup(from->name))
			return false;
		looked_up = true;
	}
	return looked_up;
}

/* The verbs that open an object's life, and those that end it or bracket one use of it. */
static const char *const opening[] = {
	"connect", "start", "open", "setup", "init", "initialize", "run", "main", "join", "startup",
	"serve", "reconnect", "run_forever", "__await__", "provision", "restore", "bootstrap",
};

static const char *const ending[] = {
	"close", "stop", "shutdown", "disconnect", "aclose", "terminate", "dispose", "teardown",
	"cleanup", "wait_closed", "__aenter__", "__enter__", "__aexit__", "__exit__", "__del__",
};

/* The first letter may be a capital: where names say by it that others may use them. */
static bool begins_with(struct ra_str name, struct ra_str word)
{
	return name.len >= word.len && (name.ptr[0] | 0x20) == (word.ptr[0] | 0x20) &&
	       ra_str_eq(ra_str_n(name.ptr + 1, word.len - 1),
			 ra_str_n(word.ptr + 1, word.len - 1));
}

/* `close_conn`; `closeConn` where that ends a life too. */
static bool goes_on(struct ra_str name, size_t at, bool camel)
{
	return name.ptr[at] == '_' || (camel && name.ptr[at] >= 'A' && name.ptr[at] <= 'Z');
}

static bool is_named(struct ra_str name, const char *const *words, size_t n, bool camel)
{
	struct ra_str bare = name;

	while (bare.len && bare.ptr[0] == '_')
		bare.ptr++, bare.len--;
	for (size_t i = 0; i < n; i++) {
		struct ra_str word = ra_str(words[i]);

		if (ra_str_eq(name, word) ||
		    (begins_with(bare, word) &&
		     (bare.len == word.len || goes_on(bare, word.len, camel))))
			return true;
	}
	return false;
}

bool ra_unit_ends_life(const struct ra_facts *facts, uint32_t unit)
{
	return is_named(facts->shape->units.v[unit].name, ending, sizeof(ending) / sizeof(*ending),
			true);
}

bool ra_unit_is_lifecycle(const struct ra_facts *facts, uint32_t unit)
{
	return ra_unit_ends_life(facts, unit) ||
	       is_named(facts->shape->units.v[unit].name, opening,
			sizeof(opening) / sizeof(*opening), false);
}
