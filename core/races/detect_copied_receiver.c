/*
 * copied-receiver: a method works on a copy of its object, and making the copy is the race.
 *
 *     shape = locked
 *     func (c C) M():  region of L: read c.f        C is copied at the call, before L is taken
 *     unit u:          region of L: write c.f       u is another method of C, on C itself
 *
 *     shape = atomic
 *     func (c C) M()                                the copy reads all fields, with plain loads
 *     unit u:          change c.f, atomically
 *
 * L is a lock that the copy shares with the original: one that C points to, or one of the module. A
 * lock that is part of C is copied with it, which is lock-copy's.
 */
#include "core/races/window.h"

/* The field as the class declares it; NULL. */
static const struct ra_node *field_of(const struct ra_shape *shape, uint32_t class_,
				      struct ra_str name)
{
	const struct ra_node *body = ra_node_find(shape->classes.v[class_].node, RA_N_BLOCK);
	const struct ra_node *field = body ? body->kids : NULL;

	for (; field; field = field->next)
		if (field->kind == RA_N_ASSIGN && field->kids && field->kids->next &&
		    ra_str_eq(field->kids->next->text, name))
			return field;
	return NULL;
}

static bool is_pointer(const struct ra_node *field)
{
	const struct ra_node *type = field ? ra_node_find(field, RA_N_ANNOTATION) : NULL;

	return type && type->kids && type->kids->kind == RA_N_UNARY;
}

/* Does a copy of the class have the same lock as the original? */
static bool is_shared(const struct ra_facts *facts, uint32_t class_, uint32_t lock)
{
	const struct ra_state *state = &facts->states.v[lock];

	return state->scope == RA_SCOPE_MODULE ||
	       (state->scope == RA_SCOPE_INSTANCE && state->owner == class_ &&
		is_pointer(field_of(facts->shape, class_, state->field)));
}

static const struct ra_region *region_of(const struct ra_facts *facts, const struct ra_fact *read,
					 uint32_t class_)
{
	for (uint32_t i = 0; i < read->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[read->regions[i]];

		if (!region->entry && region->unit == read->unit && region->lock != RA_NONE &&
		    is_shared(facts, class_, region->lock))
			return region;
	}
	return NULL;
}

/* A write of the field under the lock, by what has the original. */
static const struct ra_fact *written(const struct ra_facts *facts, const struct ra_fact *read,
				     uint32_t lock)
{
	const struct ra_fact *fact = ra_state_use(facts, read->state);

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		const struct ra_unit *unit = &facts->shape->units.v[fact->unit];

		if (!ra_fact_changes(fact->kind) || !(unit->flags & RA_U_POINTER) ||
		    (fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) ||
		    facts->units[fact->unit].constructs)
			continue;
		for (uint32_t i = 0; i < fact->n_regions; i++)
			if (facts->regions.v[fact->regions[i]].lock == lock)
				return fact;
	}
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *read,
		   const struct ra_region *region, const struct ra_fact *write)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_unit *unit = &shape->units.v[read->unit];
	const struct ra_node *receiver = ra_node_find(unit->node, RA_N_PARAM);
	const struct ra_fact *acquire = ra_fact(d->facts, region->acquire);
	struct ra_candidate *c = !receiver ? NULL :
		ra_candidate_node(d, read->unit, receiver, unit->receiver);

	if (!c)
		return;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, read)));
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(shape->units.v[write->unit].qualified));
	ra_candidate_line(d, c, "taken", acquire->line);
	ra_candidate_line(d, c, "read", read->line);
	ra_candidate_line(d, c, "conflict", write->line);
	ra_candidate_event(d, c, "acquire", acquire, "takes `%.*s`, too late", RA_FMT(region->text));
	ra_candidate_event(d, c, "check", read, NULL);
	ra_candidate_event(d, c, "conflict", write, NULL);
	ra_candidate_step(d, c, "Task A", c->line, true, "copies the object, with no lock held");
	ra_candidate_step(d, c, "Task B", write->line, true, "writes it, with `%.*s` held",
			  RA_FMT(region->text));
	ra_candidate_step(d, c, "Task A", acquire->line, false, "takes `%.*s`",
			  RA_FMT(region->text));
}

/* One for each method: the first field that is read under the lock and written elsewhere. */
static void look_at(struct ra_detection *d, uint32_t index)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_unit_facts *unit = &facts->units[index];
	const struct ra_unit *u = &facts->shape->units.v[index];

	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *read = ra_fact(facts, unit->first + i), *write;
		const struct ra_region *region;

		if (!ra_fact_is_access(read->kind) || ra_fact_changes(read->kind) ||
		    facts->states.v[read->state].scope != RA_SCOPE_INSTANCE ||
		    facts->states.v[read->state].owner != u->class_ - 1 ||
		    !ra_str_eq(read->base, u->receiver))
			continue;
		region = region_of(facts, read, u->class_ - 1);
		write = region ? written(facts, read, region->lock) : NULL;
		if (!write)
			continue;
		report(d, read, region, write);
		return;
	}
}

/* -- fields that are atomic by use ------------------------------------------------------------ */

/* What is of an atomic type says so itself, and lock-copy looks after it. */
static bool is_plain_field(const struct ra_facts *facts, const struct ra_state *state)
{
	return state->scope == RA_SCOPE_INSTANCE && state->kind != RA_KIND_ATOMIC &&
	       !is_pointer(field_of(facts->shape, state->owner, state->field));
}

static const struct ra_fact *changed_atomically(const struct ra_facts *facts, uint32_t class_)
{
	for (size_t i = 0; i < facts->states.n; i++) {
		const struct ra_state *state = &facts->states.v[i];
		const struct ra_fact *fact = NULL;

		if (state->owner == class_ && is_plain_field(facts, state))
			fact = ra_state_use(facts, state->index);
		for (; fact; fact = ra_fact_next_use(facts, fact))
			if (ra_fact_changes(fact->kind) && (fact->flags & RA_FACT_ATOMIC) &&
			    !(fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) &&
			    !facts->units[fact->unit].constructs)
				return fact;
	}
	return NULL;
}

static void report_atomic(struct ra_detection *d, uint32_t index, const struct ra_fact *change)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *receiver = ra_node_find(shape->units.v[index].node, RA_N_PARAM);
	const struct ra_state *state = &d->facts->states.v[change->state];
	struct ra_candidate *c = !receiver ? NULL :
		ra_candidate_node(d, index, receiver, state->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(state->field));
	ra_candidate_var(d, c, "task_b", "%.*s",
			 RA_FMT(shape->units.v[change->unit].qualified));
	ra_candidate_line(d, c, "conflict", change->line);
	ra_candidate_event(d, c, "conflict", change, NULL);
	ra_candidate_step(d, c, "Task A", c->line, true, "copies all fields, `%.*s` too",
			  RA_FMT(state->field));
	ra_candidate_step(d, c, "Task B", change->line, true, "changes it atomically meanwhile");
}

static void run(struct ra_detection *d)
{
	const struct ra_shape *shape = d->facts->shape;
	bool atomic = ra_card_has(d->card, "shape", "atomic");

	for (uint32_t u = 1; u < shape->units.n; u++) {
		const struct ra_unit *unit = &shape->units.v[u];
		const struct ra_fact *change;

		if (!(unit->flags & RA_U_METHOD) || !unit->class_ || !unit->receiver.len ||
		    (unit->flags & (RA_U_POINTER | RA_U_ABSTRACT | RA_U_STATIC)))
			continue;
		if (!atomic)
			look_at(d, u);
		else if ((change = changed_atomically(d->facts, unit->class_ - 1)))
			report_atomic(d, u, change);
	}
}

const struct ra_detector ra_detect_copied_receiver = {
	.name = "copied-receiver",
	.help = "a method works on a copy of its object, and making the copy is the race",
	.params = "shape",
	.vars = "access lock taken read conflict",
	.run = run,
};
