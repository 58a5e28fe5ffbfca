/*
 * shared-entry: an object that is entered once for each call of what it decorates, and keeps on
 * itself what belongs to one of them.
 *
 *     def __call__(self, f): def wrapped(): with self: f()     one object, entered by every call
 *     __enter__: write S      __exit__: read S                 the body of the `with` lies between
 *
 * Two calls overlap where threads or tasks make them, and where the function calls itself: so no
 * scheduler need be in sight. Silent where S is pushed and popped, or counted, or is a context
 * variable's or thread's own, and where the class makes an object for each entry (`fresh`).
 */
#include "core/races/tree.h"
#include "core/races/window.h"

/* Where a function that a method makes enters the method's own object; NULL. */
static const struct ra_node *entered_inside(const struct ra_facts *facts, uint32_t unit)
{
	const struct ra_shape *shape = facts->shape;
	const struct ra_unit *method = &shape->units.v[unit];
	const struct ra_node *at = NULL, *held;

	if (!(method->flags & RA_U_METHOD) || !method->receiver.len)
		return NULL;
	while ((at = ra_node_walk(method->node, at, true)) != NULL) {
		if (at->kind != RA_N_ITEM || shape->units.v[at->unit].up != unit)
			continue;
		held = at->kids;
		if (held->kind == RA_N_NAME && ra_str_eq(held->text, method->receiver))
			return at;
	}
	return NULL;
}

/* The name behind the last dot. */
static struct ra_str last_name(const struct ra_node *node)
{
	return node->kind == RA_N_NAME || node->kind == RA_N_MEMBER ? node->text : RA_STR("");
}

/* The base that lets an instance decorate a function; NULL. */
static const struct ra_node *decorating_base(const struct ra_detection *d, const struct ra_class *c)
{
	const struct ra_node *base;

	for (base = c->node->kids; base && base->kind != RA_N_BLOCK; base = base->next)
		if (base->kind != RA_N_DECORATOR &&
		    ra_card_has(d->card, "bases", ra_cstr(d->arena, last_name(base))))
			return base;
	return NULL;
}

/* Where objects of the class are entered by more than one call; NULL when nothing shows it. */
static const struct ra_node *entry_of(const struct ra_detection *d, uint32_t class_)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_node *found = decorating_base(d, &shape->classes.v[class_]), *inside;

	for (uint32_t u = 0; u < shape->units.n; u++) {
		const struct ra_unit *unit = &shape->units.v[u];

		if (unit->class_ != class_ + 1 || !(unit->flags & RA_U_METHOD))
			continue;
		if (ra_card_has(d->card, "fresh", ra_cstr(d->arena, unit->name)))
			return NULL;
		if ((inside = entered_inside(d->facts, u)) != NULL)
			found = inside;
	}
	return found;
}

/* Who leaves the object reads the state as it finds it. */
static const struct ra_fact *read_at_exit(const struct ra_detection *d, const struct ra_fact *write,
					  uint32_t class_)
{
	const struct ra_fact *use = ra_state_use(d->facts, write->state);

	for (; use; use = ra_fact_next_use(d->facts, use)) {
		const struct ra_unit *unit = &d->facts->shape->units.v[use->unit];

		if (use->kind == RA_FACT_READ && !(use->flags & RA_FACT_INLINED) &&
		    unit->class_ == class_ + 1 && (unit->flags & RA_U_METHOD) &&
		    ra_card_has(d->card, "exits", ra_cstr(d->arena, unit->name)))
			return use;
	}
	return NULL;
}

static bool keeps_data(const struct ra_facts *facts, const struct ra_fact *write)
{
	const struct ra_state *state;

	if (write->kind != RA_FACT_WRITE || write->key.len ||
	    (write->flags & (RA_FACT_CONSTANT | RA_FACT_NULL | RA_FACT_INLINED)))
		return false;
	state = &facts->states.v[write->state];
	return state->scope == RA_SCOPE_INSTANCE && state->kind != RA_KIND_LOCAL &&
	       ra_str_find(state->field, RA_STR(".")) < 0;
}

static void report(struct ra_detection *d, const struct ra_fact *write, const struct ra_fact *read,
		   const struct ra_node *entry)
{
	const struct ra_state *state = &d->facts->states.v[write->state];
	struct ra_candidate *c = ra_candidate_at(d, write, state->name);
	uint32_t line = ra_node_line(d->facts->shape, entry);

	if (!c)
		return;
	ra_candidate_var(d, c, "access", "%.*s", RA_FMT(ra_access_text(d, write)));
	ra_candidate_line(d, c, "check", write->line);
	ra_candidate_line(d, c, "act", read->line);
	ra_candidate_line(d, c, "entered", line);
	ra_candidate_event(d, c, "check", write, NULL);
	ra_candidate_event(d, c, "act", read, NULL);
	ra_candidate_step(d, c, "Task A", write->line, true, "enters: puts its own there");
	ra_candidate_step(d, c, "Task B", write->line, true, "enters the same object: overwrites it");
	ra_candidate_step(d, c, "Task A", read->line, true, "leaves: finds what Task B put there");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (uint32_t u = 0; u < facts->shape->units.n; u++) {
		const struct ra_unit *unit = &facts->shape->units.v[u];
		const struct ra_node *entry;

		if (!unit->class_ || !(unit->flags & RA_U_METHOD) ||
		    !ra_card_has(d->card, "enters", ra_cstr(d->arena, unit->name)) ||
		    !(entry = entry_of(d, unit->class_ - 1)))
			continue;
		for (uint32_t i = 0; i < facts->units[u].n; i++) {
			const struct ra_fact *write = ra_fact(facts, facts->units[u].first + i), *read;

			if (ra_fact_is_access(write->kind) && keeps_data(facts, write) &&
			    (read = read_at_exit(d, write, unit->class_ - 1)) != NULL)
				report(d, write, read, entry);
		}
	}
}

const struct ra_detector ra_detect_shared_entry = {
	.name = "shared-entry",
	.help = "an object that every call enters keeps data of one of them",
	.params = "enters exits bases fresh",
	.vars = "access check act entered",
	.run = run,
};
