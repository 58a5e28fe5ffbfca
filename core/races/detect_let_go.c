/*
 * let-go: a task's handle is let go by who means to stop the task, which runs on without it.
 *
 *     S = None, drop(S.take()), S.take();     S a field that holds a task's handle
 *     t = spawn ... < switch < drop(t)        t a local
 *     S = spawn, no look at S before          where the constructor has put a task into S
 *
 * Sure where the task has no end of its own, or where the unit says by its name that it cancels. A
 * unit that ends its object lets tasks go that end by themselves, or that others have started: a
 * question, and none where the task waits for something that may tell it to end. Silent where the
 * unit tells it: cancels, wakes, sends, changes or drops what the task may look at; where it looks
 * at S itself, other than whether it is there; and where the name says that the task is to run on.
 */
#include "core/races/internal.h"
#include "core/races/tree.h"
#include "core/races/window.h"

struct let_go {
	const struct ra_fact *at;       /* where the handle goes */
	const struct ra_fact *spawn;    /* what put the task there; NULL: not in this file */
	const char *how;
};

/* Does the name begin with one of the card's words: `cancel_all`, `cancelAll`? */
static bool is_named(const struct ra_detection *d, struct ra_str name, const char *param)
{
	size_t n = 0;

	while (name.len && *name.ptr == '_')
		name.ptr++, name.len--;
	while (n < name.len && name.ptr[n] >= 'a' && name.ptr[n] <= 'z')
		n++;
	return n && ra_card_has(d->card, param, ra_cstr(d->arena, ra_str_n(name.ptr, n)));
}

static struct ra_str last_word(struct ra_str name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.ptr[i - 1] == '.')
			return ra_str_n(name.ptr + i, name.len - i);
	return name;
}

/* -- the handle ---------------------------------------------------------------------------- */

/* Is it a spawn whose task runs on when its handle is dropped? */
static bool detaches(const struct ra_detection *d, const struct ra_fact *spawn)
{
	const struct ra_api_row *row = ra_api_with(spawn->row, RA_EFFECT_SPAWN);

	return spawn->kind == RA_FACT_SPAWN && !(spawn->flags & RA_FACT_INLINED) && row &&
	       !(row->flags & RA_API_KEEPS) && row->runtimes && spawn->callee != RA_NONE &&
	       ra_card_has(d->card, "handles", ra_kind_name(row->kind));
}

/* What the value of the spawn is worth, past the calls that give on what they are given. */
static const struct ra_node *value_of(const struct ra_facts *facts, const struct ra_node *node)
{
	const struct ra_node *up = node->up;

	while (up && up->kind == RA_N_CALL && up->kids != node && !node->next &&
	       up->kids->next == node) {
		const struct ra_api_row *row = ra_api_find(facts->api,
							   ra_node_text(facts->shape, up->kids));

		if (!ra_api_with(row, RA_EFFECT_SAME))
			break;
		node = up;
		up = node->up;
	}
	return node;
}

/* Does the struct that the constructor makes keep the local, or the value, in this field? */
static bool kept_in_struct(const struct ra_facts *facts, const struct ra_fact *spawn,
			   struct ra_str field)
{
	const struct ra_node *unit = facts->shape->units.v[spawn->unit].node, *at = NULL;

	while ((at = ra_node_walk(unit, at, false)) != NULL) {
		const struct ra_node *value = at;

		if (at != spawn->node && !(at->kind == RA_N_NAME && spawn->bound.len &&
					   ra_str_eq(at->text, spawn->bound)))
			continue;
		value = value_of(facts, at);
		if (value->up->kind == RA_N_COMPOSITE && ra_str_eq(value->text, field))
			return true;
		if (value->up->kind == RA_N_PAIR && value->up->kids != value &&
		    ra_str_eq(value->up->kids->text, field) &&
		    value->up->up->kind == RA_N_COMPOSITE)
			return true;
	}
	return false;
}

static bool writes_spawn(const struct ra_facts *facts, const struct ra_fact *write,
			 const struct ra_fact *spawn)
{
	const struct ra_node *value;

	if (write->kind != RA_FACT_WRITE || write->unit != spawn->unit ||
	    write->node->up->kind != RA_N_ASSIGN)
		return false;
	value = ra_node_last(write->node->up);
	if (value_of(facts, spawn->node) == value)
		return true;
	while (value->kind == RA_N_CALL && value->kids->next)
		value = ra_node_last(value);
	return value->kind == RA_N_NAME && spawn->bound.len && ra_str_eq(value->text, spawn->bound);
}

/* Is the task that is spawned there kept in S? */
static bool kept_in(const struct ra_facts *facts, const struct ra_fact *spawn, uint32_t state)
{
	const struct ra_state *s = &facts->states.v[state];
	const struct ra_fact *use;

	for (use = ra_state_use(facts, state); use; use = ra_fact_next_use(facts, use))
		if (writes_spawn(facts, use, spawn))
			return true;
	return facts->units[spawn->unit].constructs && kept_in_struct(facts, spawn, s->field);
}

/* The first task that is kept in S; in a constructor, where `made` asks for that. NULL. */
static const struct ra_fact *spawn_of(const struct ra_detection *d, uint32_t state, bool made)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n && ra_facts_step(facts); i++) {
		const struct ra_fact *spawn = ra_fact(facts, (uint32_t)i);

		if (detaches(d, spawn) && (!made || facts->units[spawn->unit].constructs) &&
		    kept_in(facts, spawn, state))
			return spawn;
	}
	return NULL;
}

/* -- where it is let go -------------------------------------------------------------------- */

/* `drop(<here>)`, and nothing else is done with it. */
static bool is_dropped_by_call(const struct ra_facts *facts, const struct ra_node *node)
{
	const struct ra_node *call = node->up;
	const struct ra_api_row *row;

	if (!call || call->kind != RA_N_CALL || call->kids == node || call->kids->next != node)
		return false;
	row = ra_api_find(facts->api, ra_tree_last_word(call->kids));
	return ra_api_with(row, RA_EFFECT_RELEASE) != NULL;
}

/* `if let Some(task) = S.take() { drop(task) }`: the only thing that is done with it. */
static bool is_dropped_by_name(const struct ra_facts *facts, const struct ra_fact *take)
{
	const struct ra_node *named = take->node->up, *name, *at = NULL;
	const struct ra_node *unit = facts->shape->units.v[take->unit].node;
	bool dropped = false;

	if (named->kind != RA_N_NAMED || named->kids->kind != RA_N_CALL)
		return false;
	name = ra_node_last(named->kids);
	if (name->kind != RA_N_NAME)
		return false;
	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || at == name || !ra_str_eq(at->text, name->text))
			continue;
		if (!is_dropped_by_call(facts, at))
			return false;
		dropped = true;
	}
	return dropped || ra_str_starts(name->text, RA_STR("_"));
}

/* In words, how the fact lets go what S holds; NULL when it does not. */
static const char *lets_go(const struct ra_facts *facts, const struct ra_fact *fact)
{
	struct ra_str bound;

	if (fact->kind == RA_FACT_WRITE && (fact->flags & RA_FACT_NULL) &&
	    fact->node->up->kind == RA_N_ASSIGN)
		return "overwritten";
	if (fact->node->kind == RA_N_CALL ? fact->kind != RA_FACT_DELETE :
	    fact->kind != RA_FACT_READ)
		return NULL;
	if (is_dropped_by_call(facts, fact->node))
		return "dropped";
	if (fact->kind != RA_FACT_DELETE)
		return NULL;
	return ra_use_of(fact->node, &bound) == RA_USE_DROPPED ||
	       is_dropped_by_name(facts, fact) ? "taken out and dropped" : NULL;
}

/* -- what tells the task ------------------------------------------------------------------- */

/* Is it a part of the statement that lets go, or a look whether there is a task? */
static bool only_asks(const struct ra_fact *fact, const struct ra_fact *at)
{
	return fact->statement == at->statement ||
	       (fact->kind == RA_FACT_TEST && fact->node->kind == RA_N_CALL &&
		!fact->node->kids->next && fact->how != RA_SAYS_VALUE);
}

static bool tells_by(const struct ra_detection *d, const struct ra_fact *fact)
{
	static const enum ra_effect telling[] = {
		RA_EFFECT_CANCEL, RA_EFFECT_WAKE, RA_EFFECT_CLOSE, RA_EFFECT_JOIN, RA_EFFECT_EXIT,
	};

	for (unsigned i = 0; i < RA_COUNT(telling); i++)
		if (ra_api_with(fact->row, telling[i]))
			return true;
	return fact->kind == RA_FACT_SEND || fact->kind == RA_FACT_WAKE ||
	       fact->kind == RA_FACT_JOIN ||
	       (fact->name.len && is_named(d, last_word(fact->name), "tells"));
}

/* What the task may look at is changed, or dropped. */
static bool changes_other(const struct ra_facts *facts, const struct ra_fact *fact)
{
	return (ra_fact_changes(fact->kind) &&
		(facts->states.v[fact->state].kind == RA_KIND_ATOMIC ||
		 !ra_kind_is_data(facts->states.v[fact->state].kind) ||
		 (fact->flags & (RA_FACT_NULL | RA_FACT_CONSTANT)) ||
		 fact->kind == RA_FACT_DELETE)) ||
	       (fact->kind == RA_FACT_READ && is_dropped_by_call(facts, fact->node));
}

/* Does the unit do anything else to end the task? */
static bool tells(const struct ra_detection *d, const struct ra_fact *at)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *unit = &facts->units[at->unit];

	for (uint32_t i = 0; i < unit->n_stream && ra_facts_step(facts); i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact == at)
			continue;
		if (fact->state != RA_NONE && fact->state == at->state) {
			if (fact->position < at->position && !only_asks(fact, at))
				return true;
		} else if (tells_by(d, fact) ||
			   (ra_fact_is_access(fact->kind) && changes_other(facts, fact))) {
			return true;
		}
	}
	return false;
}

/* Does the task wait for something that another one may give it, or look at what it may change? */
static bool listens(const struct ra_facts *facts, uint32_t task)
{
	const struct ra_unit_facts *unit = &facts->units[task];

	for (uint32_t i = 0; i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		if (fact->kind == RA_FACT_RECEIVE || fact->kind == RA_FACT_WAIT ||
		    fact->kind == RA_FACT_SELECT || fact->kind == RA_FACT_TEST)
			return true;
	}
	return false;
}

/* -- reports ------------------------------------------------------------------------------- */

static void report(struct ra_detection *d, struct ra_candidate *c, const struct let_go *l,
		   struct ra_str handle, bool question)
{
	struct ra_str task = RA_STR("the task");

	if (!c)
		return;
	if (l->spawn && !(d->facts->shape->units.v[l->spawn->callee].flags & RA_U_LAMBDA))
		task = d->facts->shape->units.v[l->spawn->callee].qualified;
	c->question |= question;
	ra_candidate_var(d, c, "handle", "%.*s", RA_FMT(handle));
	ra_candidate_var(d, c, "how", "%s", l->how);
	ra_candidate_var(d, c, "task", "%.*s", RA_FMT(task));
	if (l->spawn) {
		ra_candidate_line(d, c, "spawn", l->spawn->line);
		ra_candidate_event(d, c, "spawn", l->spawn, "starts the task");
		ra_candidate_step(d, c, "Task B", l->spawn->line, false, "is started, and its "
				  "handle is kept in `%.*s`", RA_FMT(handle));
	}
	if (l->at)
		ra_candidate_event(d, c, "act", l->at, "the handle is %s", l->how);
	ra_candidate_step(d, c, "Task A", c->line, true, "lets go of `%.*s`", RA_FMT(handle));
	ra_candidate_step(d, c, "Task B", 0, true, "has been detached by that, and runs on");
}

/* Is S a field, or a variable of the file, that holds the handle of a task that runs on alone? */
static bool holds_handle(const struct ra_detection *d, const struct ra_state *state)
{
	return state->runtimes && state->scope != RA_SCOPE_CLOSURE &&
	       ra_card_has(d->card, "handles", ra_kind_name(state->kind));
}

static void judge(struct ra_detection *d, struct let_go *l)
{
	const struct ra_facts *facts = d->facts;
	struct ra_str unit = facts->shape->units.v[l->at->unit].name;
	struct ra_str name = ra_access_text(d, l->at);
	bool cancels = is_named(d, unit, "cancels"), endless;

	l->spawn = spawn_of(d, l->at->state, false);
	endless = l->spawn && facts->units[l->spawn->callee].endless;
	if (!endless && !cancels && !is_named(d, unit, "ends"))
		return;
if (tells(d, l->at) || (!endless && l->spawn && listens(facts, l->spawn->callee)))
		return;
	report(d, ra_candidate_at(d, l->at, name), l, name, !endless && !(cancels && l->spawn));
}

/* A task put where the constructor has put one, and nothing is done about the old one. */
static bool replaces(const struct ra_detection *d, struct let_go *l)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *unit = &facts->units[l->at->unit];
	const struct ra_fact *made, *first;
	bool spawns = false;

	if (l->at->kind != RA_FACT_WRITE || (l->at->flags & RA_FACT_NULL))
		return false;
	for (uint32_t i = 0; i < unit->n && !spawns; i++)
		spawns = detaches(d, ra_fact(facts, unit->first + i)) &&
			 writes_spawn(facts, l->at, ra_fact(facts, unit->first + i));
	if (!spawns || !(made = spawn_of(d, l->at->state, true)) ||
	    !facts->units[made->callee].endless)
		return false;
	first = ra_fact_previous(facts, l->at);
	l->how = "overwritten";
	l->spawn = made;
	return !first && !tells(d, l->at);
}

static bool waits_between(const struct ra_facts *facts, const struct ra_fact *spawn,
			  const struct ra_node *drop)
{
	const struct ra_unit_facts *unit = &facts->units[spawn->unit];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->first + i);

		if (fact->kind == RA_FACT_CHECKPOINT && fact->position > spawn->position &&
		    fact->node->last < drop->first)
			return true;
	}
	return false;
}

/* `drop(ticker)` of a local, behind a switch: what is dropped at once is let go on purpose. */
static void find_local(struct ra_detection *d, const struct ra_fact *spawn)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_node *unit = facts->shape->units.v[spawn->unit].node, *at = NULL, *drop = NULL;
	struct let_go l = { .at = NULL, .spawn = spawn, .how = "dropped" };

	if (spawn->how != RA_USE_BOUND || !spawn->bound.len || !detaches(d, spawn) ||
	    !facts->units[spawn->callee].endless || !ra_tree_pairs(facts, spawn->unit))
		return;
	while ((at = ra_node_walk(unit, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || !ra_str_eq(at->text, spawn->bound) ||
		    (at->up->kind == RA_N_ASSIGN && at->next))
			continue;
		if (drop || !is_dropped_by_call(facts, at))
			return;
		drop = at->up;
	}
	if (drop && drop->unit == spawn->unit && waits_between(facts, spawn, drop) &&
	    !tells(d, spawn))
		report(d, ra_candidate_node(d, spawn->unit, drop, spawn->bound), &l, spawn->bound,
		       false);
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		struct let_go l = { .at = ra_fact(facts, (uint32_t)i) };

		if ((l.at->flags & RA_FACT_INLINED) ||
		    facts->units[l.at->unit].test || facts->units[l.at->unit].constructs ||
		    is_named(d, facts->shape->units.v[l.at->unit].name, "leaves"))
			continue;
		if (l.at->kind == RA_FACT_SPAWN)
			find_local(d, l.at);
		if (!ra_fact_is_access(l.at->kind) ||
		    !holds_handle(d, &facts->states.v[l.at->state]))
			continue;
		if ((l.how = lets_go(facts, l.at)) != NULL)
			judge(d, &l);
		else if (replaces(d, &l))
			report(d, ra_candidate_at(d, l.at, ra_access_text(d, l.at)), &l,
			       ra_access_text(d, l.at), false);
	}
}

const struct ra_detector ra_detect_let_go = {
	.name = "let-go",
	.help = "a task's handle is let go by who means to stop the task, which runs on",
	.params = "handles ends cancels leaves tells",
	.vars = "handle how task spawn",
	.run = run,
};
