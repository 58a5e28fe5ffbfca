/*
 * missing-release: a unit takes a lock by a call, and some path leaves with the lock still held.
 *
 *     acquire L < checkpoint < release L, no finally        a cancellation keeps L for good
 *     acquire L < raise | return | end, no release on that path
 *     acquire L < call < release L, no finally              an error of the call keeps L: low
 *
 * `alone` of the card: a unit that never releases it counts too, unless its name says that it is
 * there to acquire, or another unit is there to release.
 *
 * `paths` of the card says which ways of leaving count. Silent when taking it can fail (its value
 * is used, or it has a time-out), for guards entered by `with`, for a unit entered with the lock
 * held, in tests, and when the release is handed over: to a callback, to another task, to the
 * caller of a unit that is there to acquire.
 */
#include "core/races/internal.h"
#include "core/races/obligation.h"

enum { ACQUIRES_MAX = 16 }; /* of one unit */

static const char *const kinds[RA_LEAK_KINDS] = {
	"cancel", "raise", "call", "return", "end", "next", "panic", "break",
};

/* The name that a guard is bound to, which has to be called, or asked, to let go; NULL. */
static const struct ra_node *guard_name(const struct ra_fact *fact)
{
	const struct ra_node *up = fact->node->up, *target;

	if (!ra_api_with(fact->row, RA_EFFECT_ACQUIRE) || !(fact->row->flags & RA_API_GUARD))
		return NULL;
	if (up->kind == RA_N_AWAIT)
		up = up->up;
	if (up->kind != RA_N_ASSIGN)
		return NULL;
	target = up->kids->kind == RA_N_ANNOTATION ? up->kids->next : up->kids;
	return target->kind == RA_N_NAME && (up->flags & RA_F_DECLARE) ? target : NULL;
}

static bool is_taken(const struct ra_facts *facts, const struct ra_fact *fact)
{
	const struct ra_node *node = fact->node, *up = node->up;

	if (fact->kind != RA_FACT_ACQUIRE || (fact->flags & RA_FACT_INLINED) ||
	    facts->units[fact->unit].test || node->kind != RA_N_CALL ||
	    fact->region == RA_NONE || (facts->regions.v[fact->region].with &&
					!facts->regions.v[fact->region].deferred))
		return false;
	if (guard_name(fact))
		return true;
	if (up->kind == RA_N_AWAIT || up->kind == RA_N_YIELD)
		up = up->up;
	return up->kind == RA_N_EXPRESSION && !node->kids->next;
}

static bool same_lock(const struct ra_fact *a, const struct ra_fact *b)
{
	if (a->region != RA_NONE && a->region == b->region)
		return true;
	return ra_str_eq(a->base, b->base) || (a->state != RA_NONE && a->state == b->state &&
					       ra_str_eq(a->key, b->key));
}

/* Does another loop behind this one release it: once for each round? */
static bool is_counted(const struct ra_facts *facts, const struct ra_fact *acquire,
		       const struct ra_fact *release)
{
	const struct ra_block *blocks = facts->shape->blocks.v;

	return release && blocks[acquire->block].loop && blocks[release->block].loop &&
	       release->index > acquire->index &&
	       !ra_block_inside(facts->shape, release->block, blocks[acquire->block].loop);
}

/* Was it held when the loop was entered, and is let go and taken back in it? */
static bool is_held_at_head(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	const struct ra_unit_facts *u = &facts->units[acquire->unit];
	uint32_t loop = facts->shape->blocks.v[acquire->block].loop;

	for (uint32_t i = u->first; loop && i < acquire->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if (fact->kind == RA_FACT_ACQUIRE && ra_str_eq(fact->base, acquire->base) &&
		    !ra_block_inside(facts->shape, fact->block, loop))
			return true;
	}
	return false;
}

/* Does it start, or call, one who gives back what he was called with? */
static bool is_given_on(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	const struct ra_unit_facts *u = &facts->units[acquire->unit];

	for (uint32_t i = u->first; i < u->first + u->n; i++) {
		const struct ra_fact *call = ra_fact(facts, i);
		const struct ra_unit_facts *callee;

		if (call->index < acquire->index || call->callee == RA_NONE ||
		    acquire->state == RA_NONE)
			continue;
		callee = &facts->units[call->callee];
		for (uint32_t k = callee->first; k < callee->first + callee->n; k++)
			if (ra_fact(facts, k)->kind == RA_FACT_RELEASE &&
			    ra_fact(facts, k)->region == RA_NONE &&
			    ra_fact(facts, k)->state == acquire->state)
				return true;
	}
	return false;
}

/* Has the unit deferred a release of the lock before? Then it was let go in between, and is taken back
 * for that. */
static bool is_taken_back(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	const struct ra_unit_facts *u = &facts->units[acquire->unit];

	for (uint32_t i = u->first; i < acquire->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if ((fact->flags & RA_FACT_DEFERRED) && ra_str_eq(fact->base, acquire->base) &&
		    ra_api_with(fact->row, RA_EFFECT_RELEASE) &&
		    ra_block_inside(facts->shape, acquire->block, fact->block))
			return true;
	}
	return false;
}

static bool is_release(const struct ra_obligation *o, const struct ra_fact *fact)
{
	/* deferred behind a loop that was left with it held: by what is written */
	if ((fact->flags & RA_FACT_DEFERRED) && fact->region == RA_NONE)
		return ra_api_with(fact->row, RA_EFFECT_RELEASE) &&
		       fact->index > o->begins->index && ra_str_eq(fact->base, o->begins->base);
	if (fact->flags & RA_FACT_DEFERRED)
		return fact->region == o->begins->region;
	return fact->kind == RA_FACT_RELEASE && same_lock(o->begins, fact);
}

/* Any release of it in the unit itself. */
static const struct ra_fact *release_in(const struct ra_obligation *o)
{
	const struct ra_unit_facts *u = &o->d->facts->units[o->unit];

	for (uint32_t i = 0; i < u->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(o->d->facts, u->stream[i]);

		if (is_release(o, fact))
			return fact;
	}
	return NULL;
}

/* Is a guard used for anything but to let go, or by an inner function? */
static bool guard_goes_on(const struct ra_facts *facts, const struct ra_obligation *o)
{
	const struct ra_node *name = guard_name(o->begins), *at = NULL;
	const struct ra_node *root = facts->shape->units.v[o->unit].node;

	while (name && (at = ra_node_walk(root, at, true)) != NULL) {
		const struct ra_node *up = at->up;

		if (at == name || at->kind != RA_N_NAME || !ra_str_eq(at->text, name->text))
			continue;
		if (at->unit != o->unit || up->kids != at ||
		    (up->kind != RA_N_CALL && up->kind != RA_N_MEMBER))
			return true;
	}
	return false;
}

/* Does the release end what the very unit has taken? Then it is no one else's. */
static bool ends_its_own(const struct ra_facts *facts, const struct ra_node *method)
{
	uint32_t index = method->up->kind == RA_N_CALL && method->up->kids == method
		? ra_fact_of_node(facts, method->up) : RA_NONE;
	const struct ra_fact *release = index == RA_NONE ? NULL : ra_fact(facts, index);

	return release && release->region != RA_NONE &&
	       (release->kind == RA_FACT_RELEASE || (release->flags & RA_FACT_DEFERRED)) &&
	       facts->regions.v[release->region].unit == release->unit &&
	       !facts->regions.v[release->region].entry;
}

/* Does an inner function release it, or is its release passed on as a value? */
static bool handed_over(const struct ra_obligation *o)
{
	const struct ra_facts *facts = o->d->facts;
	const struct ra_node *root = facts->shape->units.v[o->unit].node, *at = NULL;

	if (guard_goes_on(facts, o))
		return true;
	while ((at = ra_node_walk(root, at, true)) != NULL) {
		const struct ra_api_row *row;

		if (at->kind != RA_N_MEMBER ||
		    !ra_str_eq(ra_node_text(facts->shape, at->kids), o->begins->base))
			continue;
		row = ra_api_method(facts->api, (enum ra_kind)o->begins->receiver_kind, at->text);
		if (ends_its_own(facts, at))
			continue;
		if (ra_api_with(row, RA_EFFECT_RELEASE) &&
		    (at->unit != o->unit || at->up->kind != RA_N_CALL || at->up->kids != at))
			return true;
	}
	return false;
}

/* Does the unit release it first, and takes it back: was it entered with the lock held? */
static bool takes_back(const struct ra_obligation *o)
{
	const struct ra_unit_facts *u = &o->d->facts->units[o->unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(o->d->facts, u->first + i);

		if (fact->kind == RA_FACT_ACQUIRE && same_lock(o->begins, fact))
			return false;
		if (is_release(o, fact))
			return true;
	}
	return false;
}

/* Of two objects the states tell; where one is not known, the text has to. */
static bool may_be_same(const struct ra_fact *a, const struct ra_fact *b)
{
	if (a->state != RA_NONE && b->state != RA_NONE)
		return a->state == b->state;
	return ra_str_eq(a->base, b->base);
}

/* A unit that takes it too, before or after: it lets go for a while. */
static bool takes(const struct ra_obligation *o, uint32_t unit)
{
	const struct ra_facts *facts = o->d->facts;
	const struct ra_unit_facts *u = &facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *fact = ra_fact(facts, u->first + i);

		if (fact->kind == RA_FACT_ACQUIRE && may_be_same(o->begins, fact))
			return true;
	}
	return false;
}

/* Does a unit around an inner one take it? Then what the inner one releases is that. */
static bool taken_around(const struct ra_obligation *o, uint32_t unit)
{
	while ((unit = o->d->facts->shape->units.v[unit].up) != 0)
		if (takes(o, unit))
			return true;
	return false;
}

/* Does a unit that never takes it release it? Then it is passed from one to the other. */
static bool released_elsewhere(const struct ra_obligation *o)
{
	const struct ra_facts *facts = o->d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (fact->unit != o->unit && !(fact->flags & RA_FACT_INLINED) &&
		    fact->kind == RA_FACT_RELEASE && fact->region == RA_NONE &&
		    may_be_same(o->begins, fact) && !takes(o, fact->unit) &&
		    !taken_around(o, fact->unit))
			return true;
	}
	return false;
}

/* Does the unit enter an object whose exit lets go of it? Who does not get in is not let out. */
static bool exit_releases(const struct ra_obligation *o)
{
	const struct ra_facts *facts = o->d->facts;
	const struct ra_unit *units = facts->shape->units.v, *unit = &units[o->unit];
	bool async = ra_str_is(unit->name, "__aenter__");

	if (!async && !ra_str_is(unit->name, "__enter__"))
		return false;
	for (const struct ra_fact *use = o->begins->state == RA_NONE ? NULL :
		     ra_state_use(facts, o->begins->state); use; use = ra_fact_next_use(facts, use))
		if (use->kind == RA_FACT_RELEASE && units[use->unit].class_ == unit->class_ &&
		    ra_str_is(units[use->unit].name, async ? "__aexit__" : "__exit__"))
			return true;
	return false;
}

/* A unit that is there to acquire: its caller releases. */
static bool is_acquirer(const struct ra_obligation *o)
{
	const struct ra_unit *unit = &o->d->facts->shape->units.v[o->unit];
	struct ra_str name = unit->name;
	const char *word;

	while (ra_name_word(o->d->arena, &name, &word))
		if (ra_card_has(o->d->card, "acquirers", word))
			return true;
	return false;
}

/* `panics`: who dies needs no lock, and whether anyone lives on nobody knows. */
static void report(const struct ra_obligation *o, const struct ra_fact *at, const char *how,
		   const struct ra_fact *release, bool panics)
{
	struct ra_detection *d = o->d;
	const struct ra_fact *begins = o->begins;
	struct ra_str words = ra_fact_words(d->arena, d->facts, at);
	struct ra_candidate *c = ra_candidate_at(d, at, begins->base);

	if (!c)
		return;
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(begins->base));
	ra_candidate_line(d, c, "taken", begins->line);
	ra_candidate_var(d, c, "how", "%s", how);
	ra_candidate_event(d, c, "acquire", begins, "takes `%.*s`", RA_FMT(begins->base));
	ra_candidate_event(d, c, "leave", at, "leaves with `%.*s` held", RA_FMT(begins->base));
	if (release)
		ra_candidate_event(d, c, "release", release, "is not reached");
	ra_candidate_step(d, c, "Task A", begins->line, false, "takes `%.*s`",
			  RA_FMT(begins->base));
	ra_candidate_step(d, c, "Task A", at->line, true, "%.*s", RA_FMT(words));
	if (at->kind == RA_FACT_CHECKPOINT)
		ra_candidate_step(d, c, "Task A", at->line, true,
				  "the await raises, or A is cancelled: no release");
	ra_candidate_step(d, c, "Task B", begins->line, true, "waits for `%.*s`, for ever",
			  RA_FMT(begins->base));
	if (!release && !is_acquirer(o) && !ra_card_param(d->card, "alone").len)
		c->question = true;
	c->question |= panics;
	if (at->kind == RA_FACT_CALL) /* that it raises, or that somebody lives to see it,
				       * is no more than possible */
		ra_candidate_weaken(c, RA_SEV_LOW, RA_CONF_MEDIUM);
}

static void look(const struct ra_obligation *o)
{
	static const char *const words[RA_LEAK_KINDS] = {
		"a cancellation or an error at this await", "this raise", "an error in this call",
		"this return", "the end of the unit", "the next round of the loop", "this panic",
		"this break",
	};
	const struct ra_fact *release = release_in(o);
	bool alone = ra_card_param(o->d->card, "alone").len != 0;
	struct ra_leaks leaks;

	if (handed_over(o) || takes_back(o) || is_taken_back(o->d->facts, o->begins) ||
	    is_given_on(o->d->facts, o->begins) ||
	    (!release && o->begins->receiver_kind == RA_KIND_SEMAPHORE && !exit_releases(o)))
		return;
	leaks = ra_obligation_walk(o);
	for (unsigned k = 0; k < RA_LEAK_KINDS; k++) {
		if (!leaks.at[k] || !ra_card_has(o->d->card, "paths", kinds[k]) ||
		    (k == RA_LEAK_NEXT && (is_held_at_head(o->d->facts, o->begins) ||
					   is_counted(o->d->facts, o->begins, release))))
			continue;
		if ((k == RA_LEAK_CALL || k >= RA_LEAK_RETURN) &&
		    (alone ? is_acquirer(o) : !release || released_elsewhere(o)))
			continue;
		if (alone && !release && released_elsewhere(o))
			continue;
		report(o, leaks.at[k], words[k], release, k == RA_LEAK_PANIC);
		return;
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	uint32_t unit = RA_NONE;
	unsigned n = 0;

	for (size_t i = 0; i < facts->facts.n; i++) {
		struct ra_obligation o = { .d = d, .begins = ra_fact(facts, (uint32_t)i),
					   .ends = is_release };

		o.unit = o.begins->unit;
		if (!is_taken(facts, o.begins))
			continue;
		n = o.unit == unit ? n + 1 : 0;
		unit = o.unit;
		if (n < ACQUIRES_MAX)
			look(&o);
	}
}

const struct ra_detector ra_detect_missing_release = {
	.name = "missing-release",
	.help = "a path out of a unit on which a lock that it took stays held",
	.params = "alone paths acquirers errors cancelled foreign everything shields",
	.vars = "taken how",
	.run = run,
};
