/*
 * The concurrency inventory of a file with findings: its shared states with who writes, who reads
 * and under what guard; and, for the units that take part in a finding, each place where the
 * scheduler may switch or where something looks as if it would and does not.
 *
 * Of a source of several files each has its own: the states that it touches, with all who use them
 * anywhere, and its own checkpoints.
 *
 * A state is listed when two units touch it and one changes it after it was declared, when it is a
 * lock that such a unit takes, or when a finding names it. What else a report should say of a fact
 * is one more row of the table in meaning_of().
 */
#include "core/findings/looked.h"

#include <stdlib.h>

struct inventory {
	struct ra_arena *file, *repo;
	const struct ra_facts *facts;
	const struct ra_part *part;
	struct ra_file_report *out;
	bool *involved;        /* by unit: takes part in a finding */
	uint32_t *uses;        /* facts that access a state, by state, in order */
	uint32_t *first;       /* by state: where its uses begin; one more at the end */
};

/* -- states -------------------------------------------------------------------------------- */

struct ra_str ra_guard_name(const struct ra_facts *facts, const struct ra_region *region)
{
	return region->lock != RA_NONE && !region->key.len ? facts->states.v[region->lock].name
							   : region->text;
}

static void add_name(struct ra_buf *names, struct ra_str name)
{
	if (names->len)
		ra_buf_adds(names, ", ");
	ra_buf_add(names, name);
}

/* Names of the guards held at a fact, but the one it gives back itself; with a state, of those that
 * can guard it. */
static struct ra_str guards_at(struct inventory *inventory, const struct ra_fact *fact,
			       uint32_t state)
{
	const struct ra_facts *facts = inventory->facts;
	struct ra_buf names;

	ra_buf_init(&names, inventory->file);
	for (uint32_t i = 0; i < fact->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[fact->regions[i]];

		if (fact->kind == RA_FACT_RELEASE && region->index == fact->region)
			continue;
		if (state == RA_NONE || ra_region_guards(facts, region, state))
			add_name(&names, ra_guard_name(facts, region));
	}
	return ra_str_copy(inventory->repo, ra_buf_str(&names));
}

static bool is_lock(const struct ra_state *state)
{
	return state->kind == RA_KIND_LOCK || state->kind == RA_KIND_SEMAPHORE ||
	       state->kind == RA_KIND_CONDITION;
}

/* A lock is used where it is made and where it is taken: to read its name is nothing. */
static bool is_use(const struct ra_facts *facts, const struct ra_fact *fact)
{
	if (fact->state == RA_NONE || fact->flags & RA_FACT_INLINED)
		return false;
	if (fact->kind == RA_FACT_ACQUIRE || ra_fact_changes(fact->kind))
		return true;
	return ra_fact_is_access(fact->kind) && !is_lock(&facts->states.v[fact->state]);
}

/* Before anything can be shared: construction, and the body of the module. */
static bool is_setup(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return fact->unit == 0 || facts->units[fact->unit].constructs;
}

/* Of a unit's own facts, which stand before all copies. */
static size_t own_facts(const struct ra_facts *facts)
{
	size_t n = 0;

	while (n < facts->facts.n && !(facts->facts.v[n].flags & RA_FACT_INLINED))
		n++;
	return n;
}

static void index_uses(struct inventory *inventory)
{
	const struct ra_facts *facts = inventory->facts;
	size_t own = own_facts(facts);
	uint32_t *first = ra_new_array(inventory->file, uint32_t, facts->states.n + 1);
	uint32_t *next = ra_new_array(inventory->file, uint32_t, facts->states.n + 1);

	inventory->first = first;
	for (size_t i = 0; i < own; i++)
		if (is_use(facts, &facts->facts.v[i]))
			first[facts->facts.v[i].state + 1]++;
	for (size_t s = 0; s < facts->states.n; s++)
		next[s + 1] = first[s + 1] += first[s];
	inventory->uses = ra_new_array(inventory->file, uint32_t, first[facts->states.n]);
	for (size_t i = 0; i < own; i++)
		if (is_use(facts, &facts->facts.v[i]))
			inventory->uses[next[facts->facts.v[i].state]++] = (uint32_t)i;
}

/* What the report needs to know of a state before it is listed. */
struct usage {
	size_t accesses, guarded;  /* outside set-up */
	uint32_t unit;             /* the one that touches it, RA_NONE for none */
	bool several_units, changed;
	const struct ra_region *guard; /* the first seen */
};

/* What a local is declared to be: who captures it later finds it so. */
static bool declares(const struct inventory *inventory, const struct ra_fact *fact)
{
	const struct ra_state *state = &inventory->facts->states.v[fact->state];

	return state->scope == RA_SCOPE_CLOSURE && fact->kind == RA_FACT_WRITE &&
	       fact->unit == state->owner &&
	       fact->index == inventory->uses[inventory->first[fact->state]];
}

static void count_use(const struct inventory *inventory, const struct ra_fact *fact,
		      struct usage *usage)
{
	const struct ra_facts *facts = inventory->facts;

	if (is_setup(facts, fact))
		return;
	usage->accesses++;
	usage->changed |= ra_fact_changes(fact->kind) && !declares(inventory, fact);
	usage->several_units |= usage->unit != RA_NONE && usage->unit != fact->unit;
	usage->unit = fact->unit;
	for (uint32_t i = 0; i < fact->n_regions && !usage->guard; i++) {
		const struct ra_region *region = &facts->regions.v[fact->regions[i]];

		if (ra_region_guards(facts, region, fact->state))
			usage->guard = region;
	}
}

static bool same_guard(const struct ra_facts *facts, const struct ra_region *a,
		       const struct ra_region *b)
{
	return ra_str_eq(ra_guard_name(facts, a), ra_guard_name(facts, b));
}

static bool is_under(const struct ra_facts *facts, const struct ra_fact *fact,
		     const struct ra_region *guard)
{
	for (uint32_t i = 0; i < fact->n_regions; i++)
		if (same_guard(facts, &facts->regions.v[fact->regions[i]], guard))
			return true;
	return false;
}

static struct usage usage_of(const struct inventory *inventory, uint32_t state)
{
	const struct ra_facts *facts = inventory->facts;
	uint32_t first = inventory->first[state], end = inventory->first[state + 1];
	struct usage usage = { .unit = RA_NONE };

	for (uint32_t i = first; i < end; i++)
		count_use(inventory, ra_fact(facts, inventory->uses[i]), &usage);
	for (uint32_t i = first; usage.guard && i < end; i++) {
		const struct ra_fact *fact = ra_fact(facts, inventory->uses[i]);

		if (!is_setup(facts, fact))
			usage.guarded += is_under(facts, fact, usage.guard);
	}
	return usage;
}

static struct ra_str guard_words(struct inventory *inventory, const struct ra_state *state,
				 const struct usage *usage)
{
	struct ra_str name;

	if (is_lock(state))
		return RA_STR("is the guard");
	if (!usage->guard)
		return state->kind == RA_KIND_ATOMIC ? RA_STR("atomic") : RA_STR("");
	name = ra_guard_name(inventory->facts, usage->guard);
	if (usage->guarded == usage->accesses)
		return ra_str_copy(inventory->repo, name);
	return ra_printf(inventory->repo, "%.*s (%zu of %zu accesses)", RA_FMT(name),
			 usage->guarded, usage->accesses);
}

static bool is_named(const struct ra_file_report *file, struct ra_str name)
{
	for (size_t i = 0; i < file->findings.n; i++)
		if (ra_str_has_word(file->findings.v[i].subject, name))
			return true;
	return false;
}

/* Is it a lock that a unit which takes part in a finding takes? */
static bool is_taken(const struct inventory *inventory, const struct ra_state *state)
{
	const struct ra_facts *facts = inventory->facts;

	for (size_t i = 0; is_lock(state) && i < facts->regions.n; i++)
		if (facts->regions.v[i].lock == state->index &&
		    inventory->involved[facts->regions.v[i].unit])
			return true;
	return false;
}

/* One entry for a line, however often it touches the state. */
static void add_use(struct inventory *inventory, const struct ra_fact *fact, bool writes,
		    struct ra_report_state *out)
{
	const struct ra_facts *facts = inventory->facts;
	const struct ra_part *part = ra_source_part(facts->source, fact->line);
	struct ra_str path = part == inventory->part ? RA_STR("") : part->path;
	uint32_t line = ra_part_line(part, fact->line);
	struct ra_report_use *list = writes ? out->writers.v : out->readers.v, *use;
	size_t n = writes ? out->writers.n : out->readers.n;

	if (n && list[n - 1].line == line && ra_str_eq(list[n - 1].path, path))
		return;
	use = writes ? ra_vec_push(inventory->repo, &out->writers)
		     : ra_vec_push(inventory->repo, &out->readers);
	use->unit = ra_str_copy(inventory->repo, facts->shape->units.v[fact->unit].qualified);
	use->line = line;
	use->path = ra_str_copy(inventory->repo, path);
	use->guard = guards_at(inventory, fact, fact->state);
}

static void add_uses(struct inventory *inventory, uint32_t state, bool setup,
		     struct ra_report_state *out)
{
	const struct ra_facts *facts = inventory->facts;

	for (uint32_t i = inventory->first[state]; i < inventory->first[state + 1]; i++) {
		const struct ra_fact *fact = ra_fact(facts, inventory->uses[i]);

		if (is_setup(facts, fact) == setup)
			add_use(inventory, fact, ra_fact_changes(fact->kind), out);
	}
}

static bool is_used_here(const struct inventory *inventory, uint32_t state)
{
	const struct ra_facts *facts = inventory->facts;

	for (uint32_t i = inventory->first[state]; i < inventory->first[state + 1]; i++)
		if (ra_source_part(facts->source, ra_fact(facts, inventory->uses[i])->line) ==
		    inventory->part)
			return true;
	return false;
}

static void list_state(struct inventory *inventory, const struct ra_state *state)
{
	static const char *const scopes[] = { "instance", "class", "module", "closure" };
	struct usage usage = usage_of(inventory, state->index);
	struct ra_report_state *out;

	if (!is_named(inventory->out, state->name) &&
	    (!is_used_here(inventory, state->index) ||
	     (!(usage.changed && usage.several_units) && !is_taken(inventory, state))))
		return;
	out = ra_vec_push(inventory->repo, &inventory->out->states);
	*out = (struct ra_report_state){
		.name = ra_str_copy(inventory->repo, state->name),
		.scope = ra_str(scopes[state->scope]),
		.kind = ra_str(ra_kind_name((enum ra_kind)state->kind)),
		.guard = guard_words(inventory, state, &usage),
	};
	add_uses(inventory, state->index, false, out);
	/* Set-up is of interest only where nothing else writes. */
	if (!out->writers.n)
		add_uses(inventory, state->index, true, out);
}

/* -- checkpoints --------------------------------------------------------------------------- */

static void involve_unit_at(struct inventory *inventory, uint32_t file_line)
{
	const struct ra_shape *shape = inventory->facts->shape;
	uint32_t line = inventory->part->first + file_line - 1, innermost = 0;

	for (uint32_t i = 1; i < shape->units.n; i++)
		if (line >= shape->units.v[i].line && line <= shape->units.v[i].end_line)
			innermost = i;
	inventory->involved[innermost] = true;
}

/* A question brings in its unit only where there is no finding: the page is about these. */
static void involve(struct inventory *inventory)
{
	const struct ra_file_report *out = inventory->out;
	bool questions = true;

	for (size_t i = 0; i < out->findings.n; i++)
		questions = questions && out->findings.v[i].question;
	for (size_t i = 0; i < out->findings.n; i++) {
		const struct ra_finding *finding = &out->findings.v[i];

		if (finding->question != questions)
			continue;
		involve_unit_at(inventory, finding->line);
		for (size_t j = 0; j < finding->events.n; j++)
			if (!finding->events.v[j].path.len)
				involve_unit_at(inventory, finding->events.v[j].line);
	}
	inventory->involved[0] = false;
}

/* Of what is awaited, the checkpoint says more. */
static bool is_awaited(const struct ra_fact *fact)
{
	return fact->node->up && fact->node->up->kind == RA_N_AWAIT;
}

/* What may stop a thread at a fact that no `await` speaks of; NULL. */
static const char *wait_of(const struct ra_facts *facts, const struct ra_fact *fact)
{
	if (fact->flags & (RA_FACT_NO_WAIT | RA_FACT_IN_SELECT) || is_awaited(fact))
		return NULL;
	switch (fact->kind) {
	case RA_FACT_ACQUIRE:
		return fact->region == RA_NONE || facts->regions.v[fact->region].async ||
				       facts->regions.v[fact->region].private_
			       ? NULL
			       : "WAITS while another holds it";
	case RA_FACT_SEND:
		return "WAITS for room or a receiver";
	case RA_FACT_RECEIVE:
		return "WAITS for a sender";
	case RA_FACT_SELECT:
		return "WAITS for one of its cases";
	case RA_FACT_JOIN: /* what a coroutine asks of a task that has ended does not wait */
		return facts->units[fact->unit].is_async ? NULL : "WAITS for the end of a task";
	default:
		return NULL;
	}
}

/* What a fact means for the order of tasks; NULL when nothing. */
static const char *meaning_of(const struct ra_facts *facts, const struct ra_fact *fact)
{
	static const char *const switches[] = {
		[RA_SW_AWAIT] = "CHECKPOINT",
		[RA_SW_ENTER] = "CHECKPOINT (enters)",
		[RA_SW_EXIT] = "CHECKPOINT (exits)",
		[RA_SW_NEXT] = "CHECKPOINT (each round)",
		[RA_SW_YIELD] = "SUSPEND (caller runs)",
	};

	switch (fact->kind) {
	case RA_FACT_CHECKPOINT:
		return fact->flags & RA_FACT_NO_SWITCH ? "awaits, reaches no switch"
						       : switches[fact->how];
	case RA_FACT_WAKE:
		return is_awaited(fact) ? NULL : "wakes waiters, no switch";
	case RA_FACT_RELEASE:
		return fact->region != RA_NONE && facts->regions.v[fact->region].with
			       ? NULL
			       : "changes lock state, no switch";
	case RA_FACT_SPAWN:
		return is_awaited(fact) ? NULL : "starts a task, no switch";
	default:
		return wait_of(facts, fact);
	}
}

/* The exit of a block stands at its last line; its code is the head that opened it. */
static struct ra_str code_of(const struct ra_facts *facts, const struct ra_fact *fact)
{
	bool exit = fact->kind == RA_FACT_CHECKPOINT && fact->how == RA_SW_EXIT;
	uint32_t line = exit ? ra_node_line(facts->shape, fact->node) : fact->line;

	return ra_str_trim(ra_source_line_text(facts->source, line));
}

static void list_checkpoint(struct inventory *inventory, const struct ra_fact *fact)
{
	const struct ra_facts *facts = inventory->facts;
	const char *meaning = meaning_of(facts, fact);

	if (!meaning || !inventory->involved[fact->unit] || fact->flags & RA_FACT_INLINED ||
	    ra_source_part(facts->source, fact->line) != inventory->part)
		return;
	*ra_vec_push(inventory->repo, &inventory->out->checkpoints) = (struct ra_report_checkpoint){
		.line = ra_part_line(inventory->part, fact->line),
		.unit = ra_str_copy(inventory->repo,
				    facts->shape->units.v[fact->unit].qualified),
		.text = ra_str_copy(inventory->repo, code_of(facts, fact)),
		.meaning = ra_str(meaning),
		.held = guards_at(inventory, fact, RA_NONE),
	};
}

static int by_line(const void *left, const void *right)
{
	const struct ra_report_checkpoint *a = left, *b = right;
	int order = (a->line > b->line) - (a->line < b->line);

	return order ? order : ra_str_cmp(a->meaning, b->meaning);
}

static void sort_checkpoints(struct ra_file_report *out)
{
	size_t kept = 0;

	if (out->checkpoints.n)
		qsort(out->checkpoints.v, out->checkpoints.n, sizeof(*out->checkpoints.v), by_line);
	for (size_t i = 0; i < out->checkpoints.n; i++)
		if (kept == 0 ||
		    by_line(&out->checkpoints.v[kept - 1], &out->checkpoints.v[i]) != 0)
			out->checkpoints.v[kept++] = out->checkpoints.v[i];
	out->checkpoints.n = kept;
}

void ra_findings_inventory(struct ra_arena *file, struct ra_arena *repo,
			   const struct ra_facts *facts, const struct ra_part *part,
			   struct ra_file_report *out)
{
	struct inventory inventory = { .file = file, .repo = repo, .facts = facts, .part = part,
				       .out = out };

	index_uses(&inventory);
	inventory.involved = ra_new_array(file, bool, facts->shape->units.n);
	involve(&inventory);
	for (size_t i = 0; i < facts->states.n; i++)
		list_state(&inventory, &facts->states.v[i]);
	for (size_t i = 0; i < facts->facts.n; i++)
		list_checkpoint(&inventory, &facts->facts.v[i]);
	sort_checkpoints(out);
}
