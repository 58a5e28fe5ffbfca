/*
 * entered-again: what belongs to one run of a block is kept on an object that every run enters.
 *
 *     __enter__: write S      __exit__: read S      a function that the class makes: `with self`
 *     a function that the class makes: write S < call what it wraps < read S
 *
 * Such a function is a decorator's: made once, run by all who call it, one in another and side by
 * side. The second run overwrites what the first has yet to read. Sure where the class itself makes
 * the function; a question where a base of the class does (`mixins` of the card). Silent where each
 * run gets an object of its own (`recreates`), where the entry takes a lock or the state is of one
 * task, and where the read is of what the unit has written anew.
 */
#include "core/races/tree.h"

struct again {
	const struct ra_fact *write, *read;
	uint32_t class_;
	const struct ra_node *entry;   /* where each run enters the object: for people */
	bool mixin;
};

static bool keeps(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_state *state = &facts->states.v[write->state];

	return write->kind == RA_FACT_WRITE && state->scope == RA_SCOPE_INSTANCE &&
	       state->kind != RA_KIND_LOCAL && !write->key.len && !write->n_regions &&
	       !(write->flags & (RA_FACT_CONSTANT | RA_FACT_NULL | RA_FACT_INLINED |
				 RA_FACT_FRESH));
}

/* A read of it in the method of this name of the same class, where nothing has written it before. */
static const struct ra_fact *read_in(const struct ra_facts *facts, const struct ra_fact *write,
				     struct ra_str method)
{
	const struct ra_unit *units = facts->shape->units.v;
	const struct ra_fact *use = ra_state_use(facts, write->state);

	for (; use; use = ra_fact_next_use(facts, use)) {
		const struct ra_unit *unit = &units[use->unit];

		if (use->flags & RA_FACT_INLINED || !ra_str_eq(unit->name, method) ||
		    unit->class_ != units[write->unit].class_ || !(unit->flags & RA_U_METHOD))
			continue;
		return ra_fact_changes(use->kind) ? NULL : use;
	}
	return NULL;
}

/* The method, of this class, in which the unit is defined, with a parameter or receiver `name`. */
static bool is_inner(const struct ra_facts *facts, uint32_t unit, uint32_t class_,
		     struct ra_str name)
{
	const struct ra_unit *inner = &facts->shape->units.v[unit];
	const struct ra_unit *outer = &facts->shape->units.v[inner->up];
	const struct ra_node *param = inner->node->kids;

	for (; param; param = param->next)
		if (param->kind == RA_N_PARAM && ra_str_eq(param->text, name))
			return false;
	return !(inner->flags & RA_U_METHOD) && (outer->flags & RA_U_METHOD) &&
	       outer->class_ == class_ && outer->receiver.len &&
	       ra_str_eq(outer->receiver, name);
}

/* `with self` in a function that a method of the class makes. */
static const struct ra_node *entered_by_inner(const struct ra_facts *facts, uint32_t class_)
{
	const struct ra_node *root = facts->shape->classes.v[class_ - 1].node, *at = NULL;

	while ((at = ra_node_walk(root, at, true)) != NULL)
		if (at->kind == RA_N_ITEM && at->kids->kind == RA_N_NAME &&
		    is_inner(facts, at->unit, class_, at->kids->text))
			return at;
	return NULL;
}

/* Does a base of the class make decorators of its objects, and the class no new object for each? */
static const struct ra_node *entered_by_base(const struct ra_detection *d, uint32_t class_)
{
	const struct ra_node *root = d->facts->shape->classes.v[class_ - 1].node, *base, *at = NULL;

	for (base = root->kids; base && base->kind != RA_N_BLOCK; base = base->next)
		if (ra_card_has(d->card, "mixins", ra_cstr(d->arena, ra_tree_last_word(base))))
			break;
	if (!base || base->kind == RA_N_BLOCK)
		return NULL;
	while ((at = ra_node_walk(root, at, true)) != NULL)
		if (at->kind == RA_N_FUNCTION &&
		    ra_card_has(d->card, "recreates", ra_cstr(d->arena, at->text)))
			return NULL;
	return base;
}

static void report(struct ra_detection *d, const struct again *a)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_state *state = &facts->states.v[a->write->state];
	struct ra_str name = facts->shape->classes.v[a->class_ - 1].name;
	struct ra_candidate *c = ra_candidate_at(d, a->write, state->name);

	if (!c)
		return;
	c->question |= a->mixin || facts->units[a->write->unit].test;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "object", "%.*s", RA_FMT(name));
	ra_candidate_line(d, c, "read", a->read->line);
	ra_candidate_line(d, c, "entry", ra_node_line(facts->shape, a->entry));
	ra_candidate_event(d, c, "act", a->read, "reads what the last run has written");
	ra_candidate_step(d, c, "Task A", a->write->line, false, "keeps `%.*s` of its run",
			  RA_FMT(state->name));
	ra_candidate_step(d, c, "Task B", a->write->line, true, "enters the same object");
	ra_candidate_step(d, c, "Task A", a->read->line, true, "reads the value of Task B");
}

/* -- entry and exit --------------------------------------------------------------------------- */

static void look_at_entry(struct ra_detection *d, uint32_t unit, struct ra_str exit)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[unit];
	struct again a = { .class_ = facts->shape->units.v[unit].class_ };

	a.entry = a.class_ && !ra_unit_takes_locks(facts, unit) ? entered_by_inner(facts, a.class_) : NULL;
	if (!a.entry && a.class_ && !ra_unit_takes_locks(facts, unit)) {
		a.entry = entered_by_base(d, a.class_);
		a.mixin = true;
	}
	for (uint32_t i = 0; a.entry && i < u->n; i++) {
		a.write = ra_fact(facts, u->first + i);
		a.read = ra_fact_is_access(a.write->kind) && keeps(facts, a.write)
			? read_in(facts, a.write, exit) : NULL;
		if (a.read)
			report(d, &a);
	}
}

/* -- in the function itself ------------------------------------------------------------------- */

/* The call of a parameter of the unit around: of what the function wraps. */
static bool calls_wrapped(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_unit *inner = &facts->shape->units.v[fact->unit];
	const struct ra_node *callee, *param;

	if (fact->kind != RA_FACT_CALL || fact->node->kind != RA_N_CALL)
		return false;
	callee = fact->node->kids;
	param = facts->shape->units.v[inner->up].node->kids;
	for (; param && callee->kind == RA_N_NAME; param = param->next)
		if (param->kind == RA_N_PARAM && ra_str_eq(param->text, callee->text))
			return true;
	return false;
}

/* What is written, and read again behind the call of what is wrapped; the first such read. */
static const struct ra_fact *read_behind(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_unit_facts *u = &facts->units[write->unit];
	bool called = false;

	for (uint32_t i = write->index + 1; i < u->first + u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		called |= calls_wrapped(facts, fact);
		if (!ra_fact_is_access(fact->kind) || fact->state != write->state)
			continue;
		if (ra_fact_changes(fact->kind) || called)
			return ra_fact_changes(fact->kind) ? NULL : fact;
	}
	return NULL;
}

static void look_at_inner(struct ra_detection *d, uint32_t unit)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *u = &facts->units[unit];
	struct again a = { .class_ = facts->shape->units.v[unit].class_ };

	for (uint32_t i = 0; a.class_ && i < u->n; i++) {
		a.write = ra_fact(facts, u->first + i);
		if (!ra_fact_is_access(a.write->kind) || !keeps(facts, a.write) ||
		    !is_inner(facts, unit, a.class_, a.write->base))
			continue;
		a.read = read_behind(facts, a.write);
		a.entry = facts->shape->units.v[unit].node;
		if (a.read)
			report(d, &a);
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 1; u < facts->shape->units.n; u++) {
		const struct ra_unit *unit = &facts->shape->units.v[u];

		if (!ra_tree_pairs(facts, u))
			continue;
		if (unit->flags & RA_U_METHOD && ra_str_is(unit->name, "__enter__"))
			look_at_entry(d, u, RA_STR("__exit__"));
		else if (unit->flags & RA_U_METHOD && ra_str_is(unit->name, "__aenter__"))
			look_at_entry(d, u, RA_STR("__aexit__"));
		else if (!(unit->flags & RA_U_METHOD) && unit->up)
			look_at_inner(d, u);
	}
}

const struct ra_detector ra_detect_entered_again = {
	.name = "entered-again",
	.help = "what belongs to one run is kept on an object that every run enters",
	.params = "mixins recreates",
	.vars = "object read entry",
	.run = run,
};
