/*
 * handed-out: a container leaves the lock that guards it, and not as a copy.
 *
 *     region of L: read S, whole, into a return        the caller has it when L is let go
 *     region of L: read S into a local < release L < use of the local
 *
 * S is a container that another unit changes in place, always under L: a map, a set, a list whose
 * elements are replaced. What is only ever replaced as a whole may be handed out. Silent where the
 * caller holds the lock, for copies, and in construction.
 */
#include "core/races/window.h"

static bool is_container(const struct ra_state *state)
{
	return (state->kind == RA_KIND_DICT || state->kind == RA_KIND_SET ||
		state->kind == RA_KIND_LIST) && state->scope != RA_SCOPE_CLOSURE;
}

/* Does the change leave the container in place, so that who has it sees it? Of a list: not what
 * grows behind its end. */
static bool in_place(const struct ra_facts *facts, const struct ra_fact *change)
{
	if (facts->states.v[change->state].kind == RA_KIND_LIST)
		return change->kind == RA_FACT_INSERT && change->key.len && !change->row &&
		       (facts->runtimes & RA_RT_DATA_RACES);
	return change->kind == RA_FACT_INSERT || change->kind == RA_FACT_DELETE ||
	       (change->kind == RA_FACT_UPDATE && change->key.len);
}

/* The unit's own region around `read` of a lock that guards the state. */
static const struct ra_region *own_region(const struct ra_facts *facts, const struct ra_fact *read)
{
	for (uint32_t i = 0; i < read->n_regions; i++) {
		const struct ra_region *region = &facts->regions.v[read->regions[i]];

		if (!region->entry && region->unit == read->unit && region->lock != RA_NONE &&
		    !region->private_ && ra_region_guards(facts, region, read->state) &&
		    ra_region_covers(facts, region, read))
			return region;
	}
	return NULL;
}

/* A change in place by a unit that can run meanwhile; NULL when one is made without the lock: then it
 * is not what guards the state. */
static const struct ra_fact *changed(const struct ra_facts *facts, const struct ra_fact *read,
				     uint32_t lock, struct ra_evidence *why)
{
	const struct ra_fact *fact = ra_state_use(facts, read->state), *found = NULL;

	for (; fact; fact = ra_fact_next_use(facts, fact)) {
		if (!ra_fact_changes(fact->kind) || !fact->unit ||
		    (fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) ||
		    facts->units[fact->unit].constructs)
			continue;
		if (!ra_fact_region_of(facts, fact, lock))
			return NULL;
		if (found || fact->unit == read->unit || !in_place(facts, fact))
			continue;
		*why = ra_units_together(facts, read->unit, fact->unit);
		if (why->strength >= RA_TOGETHER_LOCKED && why->preemptive)
			found = fact;
	}
	return found;
}

/* The value of a `return`, alone or as one of several. */
static bool is_returned(const struct ra_node *node)
{
	const struct ra_node *up = node->up;

	while (up && up->kind == RA_N_TUPLE)
		up = up->up;
	return up && up->kind == RA_N_RETURN;
}

static struct ra_str bound_by(const struct ra_fact *read)
{
	const struct ra_node *up = read->node->up;

	return up && up->kind == RA_N_ASSIGN && up->kids && up->kids->kind == RA_N_NAME &&
	       up->kids->next == read->node && !read->node->next ? up->kids->text : RA_STR("");
}

/* The statement that returns the local behind the read; NULL where it is given a copy before. */
static const struct ra_node *return_of(const struct ra_facts *facts, const struct ra_fact *read,
				       struct ra_str local)
{
	const struct ra_node *root = facts->shape->units.v[read->unit].node, *at = root;

	while ((at = ra_node_walk(root, at, false)) && ra_facts_step(facts)) {
		if (at->kind != RA_N_NAME || at->first <= read->node->last ||
		    !ra_str_eq(at->text, local))
			continue;
		if (at->up->kind == RA_N_ASSIGN && at->up->kids == at)
			return NULL;
		if (is_returned(at))
			return at;
	}
	return NULL;
}

/* A use of the container through a local, when the lock is let go. */
static const struct ra_fact *used_later(const struct ra_facts *facts, const struct ra_fact *read,
					const struct ra_region *region)
{
	const struct ra_fact *release = region->release == RA_NONE || region->deferred
					? NULL : ra_fact(facts, region->release), *use = read;

	while (release && (use = ra_fact_next(facts, use)))
		if ((use->flags & RA_FACT_VIA_ALIAS) && !use->n_regions &&
		    use->index > release->index && !(use->flags & RA_FACT_INLINED) &&
		    (use->kind == RA_FACT_ITERATE || (use->kind == RA_FACT_READ && use->key.len)) &&
		    ra_fact_order(facts, release, use, false) != RA_ORDER_NEVER)
			return use;
	return NULL;
}

static void report(struct ra_detection *d, const struct ra_fact *read,
		   const struct ra_region *region, const struct ra_node *at,
		   const struct ra_fact *conflict, const struct ra_evidence *why)
{
	const struct ra_state *state = &d->facts->states.v[read->state];
	struct ra_candidate *c = ra_candidate_node(d, read->unit, at, state->name);
	const struct ra_unit *other = &d->facts->shape->units.v[conflict->unit];

	if (!c)
		return;
	ra_candidate_var(d, c, "state", "%.*s", RA_FMT(state->name));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_var(d, c, "task_b", "%.*s", RA_FMT(other->qualified));
	ra_candidate_var(d, c, "why", "%.*s", RA_FMT(why->text));
	ra_candidate_line(d, c, "conflict", conflict->line);
	ra_candidate_line(d, c, "read", read->line);
	ra_candidate_event(d, c, "read", read, "takes `%.*s` itself, with `%.*s` held",
			   RA_FMT(state->name), RA_FMT(region->text));
	ra_candidate_event(d, c, "conflict", conflict, NULL);
	ra_candidate_step(d, c, "Task A", read->line, false, "takes `%.*s` itself",
			  RA_FMT(state->name));
	ra_candidate_step(d, c, "Task A", ra_node_line(d->facts->shape, at), true,
			  "has it, and `%.*s` is let go", RA_FMT(region->text));
	ra_candidate_step(d, c, "Task B", conflict->line, true, "changes it in place");
}

static void look_at(struct ra_detection *d, const struct ra_fact *read)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_region *region = own_region(facts, read);
	const struct ra_node *at = NULL;
	const struct ra_fact *conflict, *use;
	struct ra_evidence why;
	struct ra_str local;

	if (!region)
		return;
	local = bound_by(read);
	if (is_returned(read->node))
		at = read->node;
	else if (local.len && (use = used_later(facts, read, region)))
		at = use->node;
	else if (local.len)
		at = return_of(facts, read, local);
	conflict = at ? changed(facts, read, region->lock, &why) : NULL;
	if (conflict)
		report(d, read, region, at, conflict, &why);
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *read = ra_fact(facts, (uint32_t)i);

		if (read->kind != RA_FACT_READ || !read->n_regions || read->key.len || read->row ||
		    !read->unit || read->origin != RA_NONE ||
		    (read->flags & (RA_FACT_INLINED | RA_FACT_FRESH | RA_FACT_DEFERRED)) ||
		    facts->units[read->unit].constructs || facts->units[read->unit].test ||
		    !is_container(&facts->states.v[read->state]))
			continue;
		look_at(d, read);
	}
}

const struct ra_detector ra_detect_handed_out = {
	.name = "handed-out",
	.help = "a container leaves the lock that guards it, and not as a copy",
	.params = "",
	.vars = "lock read conflict why",
	.run = run,
};
