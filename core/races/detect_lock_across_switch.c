/*
 * lock-across-switch: a lock is held at a checkpoint.
 *
 *     blocking   region of a blocking lock holds at a checkpoint: whoever wants it next stops the
 *                thread, and with it the one who would release it
 *     io         region of an async lock holds at a checkpoint that talks to a peer: a question
 *     remote     the same, by what the awaited call is called (`remote`: the words that its name
 *                begins with), where it is no call on what the lock guards
 *     receive    region of an async lock holds while the peer is to say something (`receives`), and
 *                another unit takes the lock to say something to it (`sends`): it cannot until then.
 *                Silent for who has asked before with the same lock held
 *
 * One finding for each region; a question where the lock is made by a class that is not known to
 * make locks. Silent for locks made in the call, for semaphores, whose limit is
 * there to span work, at checkpoints that never switch, and in tests.
 */
#include "core/races/cancel.h"
#include "core/races/internal.h"
#include "core/races/lockgraph.h"

/* -- what the awaited call is called ------------------------------------------------------------ */

static struct ra_str last_word(struct ra_str name)
{
	struct ra_str rest = name, word = name;

	while (ra_str_cut(&rest, '.', &word))
		;
	return word;
}

/* Does the name begin with one of the card's words, as `fetch_page` with `fetch`? */
static bool begins(const struct ra_detection *d, const char *param, struct ra_str name)
{
	struct ra_str list = ra_card_param(d->card, param), word;

	name = last_word(name);
	while (ra_words_next(&list, &word))
		if (ra_str_starts(name, word) &&
		    (name.len == word.len || name.ptr[word.len] == '_'))
			return true;
	return false;
}

/* The local that holds the guard; empty when there is none. */
static struct ra_str guard_of(const struct ra_facts *facts, const struct ra_region *region)
{
	const struct ra_node *at = region->acquire == RA_NONE ? NULL :
				   ra_fact(facts, region->acquire)->statement;

	for (at = at && at->kind == RA_N_ASSIGN ? at->kids : NULL; at; at = at->next)
		if (at->kind == RA_N_NAME && at->next)
			return at->text;
	return RA_STR("");
}

/* Is the call one on what the guard of the region lets at? */
static bool is_on_guarded(const struct ra_facts *facts, const struct ra_region *region,
			  const struct ra_fact *point)
{
	const struct ra_fact *call = point->origin != RA_NONE ? ra_fact(facts, point->origin) : point;
	struct ra_str guard = guard_of(facts, region), base = call->base;

	if (!guard.len)
		return region->text.len && ra_str_starts(base, region->text);
	return ra_str_starts(base, guard) &&
	       (base.len == guard.len || base.ptr[guard.len] == '.');
}

/* A checkpoint under a region of the lock that says something to the peer: in `unit` before `before`,
 * or (NULL) in any other one. */
static bool says_something(const struct ra_detection *d, const struct ra_region *region,
			   const struct ra_fact *before)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (fact->kind != RA_FACT_CHECKPOINT || (fact->flags & RA_FACT_INLINED) ||
		    (fact->unit == region->unit) != (before != NULL) ||
		    (before && fact->index > before->index) || !begins(d, "sends", fact->name))
			continue;
		for (uint32_t r = 0; r < fact->n_regions; r++)
			if (ra_region_same_lock(&facts->regions.v[fact->regions[r]], region))
				return true;
	}
	return false;
}

static bool waits_for_peer(const struct ra_detection *d, const struct ra_region *region,
			   const struct ra_fact *point)
{
	if (ra_card_has(d->card, "shape", "remote"))
		return begins(d, "remote", point->name) && !is_on_guarded(d->facts, region, point) &&
		       !(point->flags & RA_FACT_AWAITS_TIMED);
	return ra_card_has(d->card, "shape", "receive") && begins(d, "receives", point->name) &&
	       is_on_guarded(d->facts, region, point) &&
	       !(point->flags & RA_FACT_AWAITS_TIMED) && says_something(d, region, NULL) &&
	       !says_something(d, region, point);
}

/* A lock that everyone only tries to take keeps nobody waiting. */
static bool gives_up(const struct ra_facts *facts, const struct ra_region *region)
{
	const struct ra_api_row *row = region->acquire == RA_NONE ? NULL :
		ra_api_with(ra_fact(facts, region->acquire)->row, RA_EFFECT_ACQUIRE);

	return row && (row->flags & RA_API_LEAVES);
}

/* `x.try_lock()` says nothing of the kind of lock; that others of it are awaited does. */
static bool may_be_async(const struct ra_facts *facts, const struct ra_region *region)
{
	const struct ra_state *state = region->lock == RA_NONE ? NULL : &facts->states.v[region->lock];

	if (!gives_up(facts, region) || (state && (state->runtimes || state->api_flags)))
		return false;
	for (size_t i = 0; i < facts->regions.n; i++)
		if (ra_region_same_lock(region, &facts->regions.v[i]) && facts->regions.v[i].async)
			return true;
	return region->kind == RA_KIND_LOCK;
}

static bool somebody_waits(const struct ra_facts *facts, const struct ra_region *region)
{
	if (!gives_up(facts, region))
		return true;
	for (size_t i = 0; i < facts->regions.n; i++)
		if (ra_region_same_lock(region, &facts->regions.v[i]) &&
		    !gives_up(facts, &facts->regions.v[i]))
			return true;
	return false;
}

/* An attribute of the unit, or of one around it, allows it by the words of the card: they know. */
static bool is_allowed(const struct ra_detection *d, uint32_t unit)
{
	const struct ra_shape *shape = d->facts->shape;
	struct ra_str list, word;

	for (; unit; unit = shape->units.v[unit].up) {
		const struct ra_node *kid = shape->units.v[unit].node->kids;

		for (; kid && kid->kind == RA_N_DECORATOR; kid = kid->next) {
			struct ra_str text = ra_node_text(shape, kid);

			list = ra_card_param(d->card, "allowed");
			while (ra_words_next(&list, &word))
				if (ra_str_find(text, word) >= 0)
					return true;
		}
	}
	return false;
}

/* Is the guard looked at behind the checkpoint, so that it has to live there? */
static bool is_needed_after(const struct ra_facts *facts, const struct ra_region *region,
			    const struct ra_fact *point)
{
	const struct ra_node *unit = facts->shape->units.v[point->unit].node, *at = NULL;
	struct ra_str guard = guard_of(facts, region);

	while (guard.len && (at = ra_node_walk(unit, at, false)))
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, guard) &&
		    at->first > point->node->last &&
		    !(at->up->kind == RA_N_CALL && ra_str_is(ra_tree_last_word(at->up), "drop")))
			return true;
	return false;
}

/* -- regions ------------------------------------------------------------------------------------ */

static bool is_wanted(const struct ra_detection *d, const struct ra_region *region,
		      const struct ra_fact *point)
{
	/* what the callers hold is reported where they call */
	if (region->private_ || region->kind == RA_KIND_SEMAPHORE || region->entry ||
	    !ra_lock_is_taken(d->facts, region))
		return false;
	if (!region->async)
		return ra_card_has(d->card, "shape", "blocking") &&
		       !may_be_async(d->facts, region) && somebody_waits(d->facts, region);
	if (ra_card_has(d->card, "shape", "io"))
		return ra_api_with(point->row, RA_EFFECT_IO) != NULL;
	return waits_for_peer(d, region, point);
}

/* Another place of the file that takes the same lock; the region's own when there is none. */
static const struct ra_fact *rival(const struct ra_facts *facts, const struct ra_region *region)
{
	const struct ra_fact *own = region->acquire == RA_NONE ? NULL :
				    ra_fact(facts, region->acquire);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (fact->kind == RA_FACT_ACQUIRE && fact->region != RA_NONE && fact != own &&
		    !(fact->flags & RA_FACT_INLINED) &&
		    ra_region_same_lock(region, &facts->regions.v[fact->region]))
			return fact;
	}
	return own;
}

static void report(struct ra_detection *d, const struct ra_region *region,
		   const struct ra_fact *point)
{
	const struct ra_facts *facts = d->facts;
	const struct ra_fact *other = rival(facts, region);
	struct ra_str words = ra_fact_words(d->arena, facts, point);
	struct ra_candidate *c = ra_candidate_at(d, point, region->text);
	const struct ra_fact *acquire = region->acquire == RA_NONE ? point :
					ra_fact(facts, region->acquire);
	struct ra_str unit;

	if (!c)
		return;
	c->question |= ra_lock_maker(facts, region->lock) == RA_LOCK_BY_NAME && !region->async;
	c->question |= is_allowed(d, point->unit) || (ra_card_has(d->card, "shape", "remote") &&
						      is_needed_after(facts, region, point));
	unit = facts->shape->units.v[other ? other->unit : point->unit].qualified;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(region->text));
	ra_candidate_line(d, c, "taken", acquire->line);
	ra_candidate_var(d, c, "rival", "%.*s", RA_FMT(unit));
	ra_candidate_event(d, c, "acquire", acquire, "takes `%.*s`", RA_FMT(region->text));
	ra_candidate_event(d, c, "switch", point, "switches with `%.*s` held",
			   RA_FMT(region->text));
	if (other && other != acquire)
		ra_candidate_event(d, c, "conflict", other, "wants `%.*s` too",
				   RA_FMT(region->text));
	ra_candidate_step(d, c, "Task A", acquire->line, false, "takes `%.*s`",
			  RA_FMT(region->text));
	ra_candidate_step(d, c, "Task A", point->line, true, "%.*s, with `%.*s` held",
			  RA_FMT(words), RA_FMT(region->text));
	ra_candidate_step(d, c, "Task B", other ? other->line : acquire->line, true,
			  "`%.*s` wants `%.*s` and waits", RA_FMT(unit), RA_FMT(region->text));
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	bool *seen = ra_new_array(d->arena, bool, facts->regions.n);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *point = ra_fact(facts, (uint32_t)i);

		if ((point->flags & RA_FACT_INLINED) || !ra_is_cancel_point(facts, point) ||
		    facts->units[point->unit].test)
			continue;
		for (uint32_t r = 0; r < point->n_regions; r++) {
			const struct ra_region *region = &facts->regions.v[point->regions[r]];

			if (seen[region->index] || !is_wanted(d, region, point))
				continue;
			seen[region->index] = true;
			report(d, region, point);
		}
	}
}

const struct ra_detector ra_detect_lock_across_switch = {
	.name = "lock-across-switch",
	.help = "a lock held where the scheduler switches",
	.params = "shape remote receives sends allowed",
	.vars = "taken rival",
	.run = run,
};
