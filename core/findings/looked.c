/*
 * What was looked at: facts counted by kind, so that "none is wrong" can say of how many. The kinds
 * are the rows of the table below; which facts are of one says kinds_of(), a set of bits, and what
 * is no fact (units, states) is counted beside it. Nothing here knows of rules.
 *
 * In a diff each of them is kept as a place too; those in changed lines are what a person is asked
 * about.
 */
#include "core/findings/looked.h"

enum { PLACES_MAX = 20000 /* of one source */, TEXT_MAX = 120 };

static const struct ra_look_kind kinds[RA_LOOK_COUNT] = {
	[RA_LOOK_UNITS] = { "units", "function", "functions" },
	[RA_LOOK_ASYNC] = { "async", "async function", "async functions" },
	[RA_LOOK_HANDLERS] = { "handlers", "handler", "handlers" },
	[RA_LOOK_STATES] = { "states", "shared state", "shared states" },
	[RA_LOOK_CHANGES] = { "changes", "change of shared state", "changes of shared state" },
	[RA_LOOK_UNGUARDED] = { "unguarded", "unguarded change of shared state",
				"unguarded changes of shared state" },
	[RA_LOOK_GLOBALS] = { "globals", "change of a module or class variable",
			      "changes of module and class variables" },
	[RA_LOOK_COUNTERS] = { "counters", "update of a shared value",
			       "updates of shared values" },
	[RA_LOOK_COLLECTIONS] = { "collections", "access of a shared collection",
				  "accesses of shared collections" },
	[RA_LOOK_LOOPS] = { "loops", "loop over a collection", "loops over collections" },
	[RA_LOOK_ENTRIES] = { "entries", "read of an entry that must be there",
			      "reads of entries that must be there" },
	[RA_LOOK_LAZY] = { "lazy", "test of a value that is made later",
			   "tests of values that are made later" },
	[RA_LOOK_PRIMITIVES] = { "primitives", "lock, event or queue", "locks, events and queues" },
	[RA_LOOK_REGIONS] = { "regions", "guard region", "guard regions" },
	[RA_LOOK_NESTED] = { "nested", "guard taken while another one is held",
			     "guards taken while another one is held" },
	[RA_LOOK_CHECKPOINTS] = { "checkpoints", "checkpoint", "checkpoints" },
	[RA_LOOK_CLEANUPS] = { "cleanups", "checkpoint in clean-up", "checkpoints in clean-up" },
	[RA_LOOK_SPAWNS] = { "spawns", "started task", "started tasks" },
	[RA_LOOK_DETACHED] = { "detached", "task that goes on behind its start",
			       "tasks that go on behind their start" },
	[RA_LOOK_OFFLOADS] = { "offloads", "call moved to another thread or process",
			       "calls moved to other threads and processes" },
	[RA_LOOK_PROMISES] = { "promises", "promise", "promises" },
	[RA_LOOK_FANOUTS] = { "fanouts", "fan-out", "fan-outs" },
	[RA_LOOK_WAITS] = { "waits", "wait for another task", "waits for other tasks" },
	[RA_LOOK_WAKES] = { "wakes", "wake-up", "wake-ups" },
	[RA_LOOK_QUEUES] = { "queues", "queue or channel", "queues and channels" },
	[RA_LOOK_TRANSFERS] = { "transfers", "send or receive", "sends and receives" },
	[RA_LOOK_SELECTS] = { "selects", "select", "selects" },
	[RA_LOOK_SLOW] = { "slow", "call that may take long", "calls that may take long" },
};

const struct ra_look_kind *ra_look_kind(unsigned look)
{
	return &kinds[look];
}

int ra_look_named(struct ra_str name)
{
	for (int i = 0; i < RA_LOOK_COUNT; i++)
		if (ra_str_is(name, kinds[i].name))
			return i;
	return -1;
}

struct looking {
	struct ra_arena *repo;
	const struct ra_facts *facts;
	bool places;
	struct ra_file_report *const *files;
	bool *shared;             /* by state: two units touch it, one changes it */
	bool *evident;            /* ... and something shows that two tasks do */
	bool *emptied;            /* entries of it are removed */
	struct ra_str *units;     /* by unit: its name in `repo`, once it is needed */
	size_t n_places;
};

/* -- which states are shared --------------------------------------------------------------- */

static bool is_setup(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return fact->unit == 0 || facts->units[fact->unit].constructs;
}

static bool is_access(const struct ra_fact *fact)
{
	return fact->state != RA_NONE && ra_fact_touches(fact) && !(fact->flags & RA_FACT_INLINED);
}

static void find_shared(struct looking *l, struct ra_arena *file)
{
	const struct ra_facts *facts = l->facts;
	uint32_t *unit = ra_new_array(file, uint32_t, facts->states.n);
	uint8_t *seen = ra_new_array(file, uint8_t, facts->states.n);
	enum { TOUCHED = 1, SEVERAL = 2, CHANGED = 4 };

	l->emptied = ra_new_array(file, bool, facts->states.n);
	l->shared = ra_new_array(file, bool, facts->states.n);
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = &facts->facts.v[i];
		uint8_t *bits = fact->state != RA_NONE ? &seen[fact->state] : NULL;

		if (!is_access(fact) || is_setup(facts, fact) || fact->flags & RA_FACT_FRESH)
			continue;
		if (*bits & TOUCHED && unit[fact->state] != fact->unit)
			*bits |= SEVERAL;
		*bits |= ra_fact_changes(fact->kind) ? TOUCHED | CHANGED : TOUCHED;
		l->emptied[fact->state] |= fact->kind == RA_FACT_DELETE;
		unit[fact->state] = fact->unit;
	}
	l->evident = ra_new_array(file, bool, facts->states.n);
	for (uint32_t s = 0; s < facts->states.n; s++) {
		l->shared[s] = seen[s] & SEVERAL && seen[s] & CHANGED &&
			       ra_kind_is_data(facts->states.v[s].kind);
		l->evident[s] = l->shared[s] &&
				ra_state_shared(facts, s).strength > RA_TOGETHER_OPEN;
	}
}

/* -- of which kinds a fact is -------------------------------------------------------------- */

#define BIT(look) (1u << (look))

static bool is_guarded(const struct ra_facts *facts, const struct ra_fact *fact)
{
	for (uint32_t i = 0; i < fact->n_regions; i++)
		if (ra_region_guards(facts, &facts->regions.v[fact->regions[i]], fact->state))
			return true;
	return fact->flags & RA_FACT_ATOMIC;
}

/* A plain function of a scheduler that switches at checkpoints alone is one step. */
static bool is_bare(const struct looking *l, const struct ra_fact *fact)
{
	const struct ra_unit_facts *unit = &l->facts->units[fact->unit];

	return l->evident[fact->state] && (unit->preemptive || unit->n_switches) &&
	       !is_guarded(l->facts, fact);
}

static unsigned kinds_of_change(const struct looking *l, const struct ra_fact *fact)
{
	const struct ra_state *state = &l->facts->states.v[fact->state];
	unsigned bits = 0;

	if (l->shared[fact->state]) {
		bits |= BIT(RA_LOOK_CHANGES);
		bits |= is_bare(l, fact) ? BIT(RA_LOOK_UNGUARDED) : 0;
		bits |= fact->kind == RA_FACT_UPDATE ? BIT(RA_LOOK_COUNTERS) : 0;
	}
	if ((state->scope == RA_SCOPE_MODULE || state->scope == RA_SCOPE_CLASS) &&
	    ra_kind_is_data(state->kind))
		bits |= BIT(RA_LOOK_GLOBALS);
	return bits;
}

static unsigned kinds_of_access(const struct looking *l, const struct ra_fact *fact)
{
	const struct ra_state *state = &l->facts->states.v[fact->state];
	bool shared = l->shared[fact->state];
	unsigned bits = 0;

	if (is_setup(l->facts, fact) || fact->flags & RA_FACT_FRESH)
		return 0;
	if (ra_fact_changes(fact->kind))
		bits |= kinds_of_change(l, fact);
	if (shared && ra_kind_is_container(state->kind))
		bits |= BIT(RA_LOOK_COLLECTIONS);
	if (fact->kind == RA_FACT_ITERATE)
		bits |= BIT(RA_LOOK_LOOPS);
	if (shared && l->emptied[fact->state] && fact->kind == RA_FACT_READ &&
	    fact->flags & RA_FACT_MAY_RAISE)
		bits |= BIT(RA_LOOK_ENTRIES);
	if (shared && fact->kind == RA_FACT_TEST && state->initialised_null)
		bits |= BIT(RA_LOOK_LAZY);
	return bits;
}

static bool in_cleanup(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return ra_block_enclosing(facts->shape, fact->block, RA_B_FINALLY) ||
	       ra_block_enclosing(facts->shape, fact->block, RA_B_HANDLER);
}

static unsigned kinds_of_call(const struct ra_fact *fact)
{
	unsigned bits = 0;

	if (fact->promise == RA_PROMISE_SURE)
		bits |= BIT(RA_LOOK_PROMISES);
	if (ra_api_with(fact->row, RA_EFFECT_GATHER))
		bits |= BIT(RA_LOOK_FANOUTS);
	if (ra_api_with(fact->row, RA_EFFECT_OFFLOAD))
		bits |= BIT(RA_LOOK_OFFLOADS);
	if (ra_api_with(fact->row, RA_EFFECT_BLOCK) || ra_api_with(fact->row, RA_EFFECT_IO))
		bits |= BIT(RA_LOOK_SLOW);
	return bits;
}

/* Neither waited for where it is started nor by the scope that it is started in. */
static bool goes_on(const struct ra_fact *fact)
{
	return !ra_api_with(fact->row, RA_EFFECT_GATHER) && fact->how != RA_USE_AWAITED &&
	       !(fact->row && fact->row->flags & RA_API_KEEPS);
}

static unsigned kinds_of_task(const struct looking *l, const struct ra_fact *fact)
{
	switch (fact->kind) {
	case RA_FACT_CHECKPOINT:
		if (fact->flags & RA_FACT_NO_SWITCH)
			return 0;
		return BIT(RA_LOOK_CHECKPOINTS) |
		       (in_cleanup(l->facts, fact) ? BIT(RA_LOOK_CLEANUPS) : 0);
	case RA_FACT_ACQUIRE:
		if (fact->region == RA_NONE || l->facts->regions.v[fact->region].private_)
			return 0;
		return BIT(RA_LOOK_REGIONS) | (fact->n_regions ? BIT(RA_LOOK_NESTED) : 0);
	case RA_FACT_SPAWN:
		return BIT(RA_LOOK_SPAWNS) | (goes_on(fact) ? BIT(RA_LOOK_DETACHED) : 0);
	case RA_FACT_WAIT:
	case RA_FACT_JOIN:
		return BIT(RA_LOOK_WAITS);
	case RA_FACT_WAKE:
		return BIT(RA_LOOK_WAKES);
	case RA_FACT_SEND:
	case RA_FACT_RECEIVE:
		return BIT(RA_LOOK_TRANSFERS);
	case RA_FACT_SELECT:
		return BIT(RA_LOOK_SELECTS);
	case RA_FACT_CALL:
		return kinds_of_call(fact);
	default:
		return 0;
	}
}

static unsigned kinds_of(const struct looking *l, const struct ra_fact *fact)
{
	if (fact->flags & RA_FACT_INLINED)
		return 0;
	return is_access(fact) ? kinds_of_access(l, fact) : kinds_of_task(l, fact);
}

/* -- counting ------------------------------------------------------------------------------ */

struct ra_file_report *ra_report_at(const struct ra_facts *facts, struct ra_file_report *const *files,
				    uint32_t *line)
{
	const struct ra_part *part = ra_source_part(facts->source, *line);

	*line = ra_part_line(part, *line);
	return files[part - facts->source->parts];
}

static struct ra_str unit_name(struct looking *l, uint32_t unit)
{
	if (!l->units[unit].ptr)
		l->units[unit] = unit ? ra_str_copy(l->repo,
						    l->facts->shape->units.v[unit].qualified)
				      : RA_STR("");
	return l->units[unit];
}

static struct ra_str line_text(struct looking *l, uint32_t line)
{
	struct ra_str text = ra_str_trim(ra_source_line_text(l->facts->source, line));

	return ra_str_copy(l->repo, ra_str_n(text.ptr, text.len < TEXT_MAX ? text.len : TEXT_MAX));
}

static void add_place(struct looking *l, struct ra_looked *looked, unsigned look, uint32_t line,
		      uint32_t unit, uint32_t source_line)
{
	for (size_t i = looked->places.n; i-- > 0 && looked->places.v[i].line == line;)
		if (looked->places.v[i].look == look)
			return;
	if (l->n_places++ >= PLACES_MAX)
		return;
	*ra_vec_push(l->repo, &looked->places) = (struct ra_looked_place){
		.look = (uint8_t)look, .line = line, .unit = unit_name(l, unit),
		.text = line_text(l, source_line),
	};
}

/* What a test does asks nobody. */
static bool is_test(const struct looking *l, uint32_t line, uint32_t unit)
{
	return l->facts->units[unit].test || ra_source_part(l->facts->source, line)->test;
}

static void count(struct looking *l, unsigned bits, uint32_t line, uint32_t unit)
{
	uint32_t source_line = line;
	struct ra_file_report *report = bits ? ra_report_at(l->facts, l->files, &line) : NULL;

	for (unsigned look = 0; report && look < RA_LOOK_COUNT; look++) {
		if (!(bits & BIT(look)))
			continue;
		report->looked.n[look]++;
		if (l->places && !is_test(l, source_line, unit))
			add_place(l, &report->looked, look, line, unit, source_line);
	}
}

static unsigned kinds_of_unit(const struct ra_unit_facts *unit)
{
	return BIT(RA_LOOK_UNITS) | (unit->is_async ? BIT(RA_LOOK_ASYNC) : 0) |
	       (unit->served ? BIT(RA_LOOK_HANDLERS) : 0);
}

static unsigned kinds_of_state(const struct looking *l, const struct ra_state *state)
{
	unsigned bits = l->shared[state->index] ? BIT(RA_LOOK_STATES) : 0;

	if (state->kind >= RA_KIND_LOCK && state->kind <= RA_KIND_BARRIER)
		bits |= BIT(RA_LOOK_PRIMITIVES);
	if (state->kind == RA_KIND_QUEUE || state->kind == RA_KIND_CHANNEL)
		bits |= BIT(RA_LOOK_QUEUES);
	return bits;
}

void ra_findings_look(struct ra_arena *repo, struct ra_arena *file, const struct ra_facts *facts,
		      bool places, struct ra_file_report *const *files)
{
	struct looking l = { .repo = repo, .facts = facts, .places = places, .files = files };

	l.units = ra_new_array(file, struct ra_str, facts->shape->units.n);
	find_shared(&l, file);
	for (uint32_t u = 1; u < facts->shape->units.n; u++)
		count(&l, kinds_of_unit(&facts->units[u]), facts->shape->units.v[u].line, u);
	for (size_t s = 0; s < facts->states.n; s++)
		if (facts->states.v[s].line)
			count(&l, kinds_of_state(&l, &facts->states.v[s]), facts->states.v[s].line,
			      0);
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = &facts->facts.v[i];

		count(&l, kinds_of(&l, fact), fact->line, fact->unit);
	}
	if (places)
		ra_guards_collect(repo, facts, files);
}

/* -- a diff -------------------------------------------------------------------------------- */

static bool is_changed(struct ra_str path, uint32_t line, const struct ra_range *changed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ra_str_eq(changed[i].path, path) && line >= changed[i].first &&
		    line <= changed[i].last)
			return true;
	return false;
}

void ra_findings_touched_places(struct ra_file_report *head, const struct ra_range *changed,
				size_t n_changed)
{
	struct ra_looked *looked = &head->looked;
	size_t kept = 0;

	for (size_t i = 0; i < looked->places.n; i++)
		if (is_changed(head->path, looked->places.v[i].line, changed, n_changed))
			looked->places.v[kept++] = looked->places.v[i];
	looked->places.n = kept;
}
