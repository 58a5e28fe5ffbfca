/*
 * entry: locks that are held already when a unit is entered: since every caller holds them, since
 * the unit lets go of what it did not take, or since its name, a decorator or a comment says so.
 *
 * Callers are a greatest fixed point: units that call each other hold what all callers from outside
 * hold. A lock that only a name or a comment tells of stands for any.
 */
#include "core/facts/internal.h"

enum { LOCKS_MAX = 8, ROUNDS_MAX = 32 };

static const struct ra_region some_lock = { .lock = RA_NONE,
					    .text = RA_STR_INIT("the caller's lock") };

static const struct ra_unit *unit_at(const struct build *b, size_t unit)
{
	return &b->shape->units.v[unit];
}

static bool is_some(const struct ra_region *region)
{
	return region->entry && region->lock == RA_NONE &&
	       region->text.ptr == some_lock.text.ptr;
}

static bool holds(const struct build *b, const struct ra_fact *fact, const struct ra_region *lock)
{
	for (uint32_t i = 0; i < fact->n_regions; i++)
		if (ra_region_same_lock(&b->out->regions.v[fact->regions[i]], lock))
			return true;
	return false;
}

static uint32_t new_region(struct build *b, const struct ra_unit_facts *unit,
			   const struct ra_region *model)
{
	struct ra_region *region = ra_vec_push(b->arena, &b->out->regions);

	*region = *model;
	region->index = (uint32_t)b->out->regions.n - 1;
	region->entry = true;
	region->acquire = region->release = RA_NONE;
	region->unit = b->out->facts.v[unit->first].unit;
	return region->index;
}

static void hold_in_unit(struct build *b, struct ra_unit_facts *unit, const struct ra_region *model)
{
	uint32_t index = new_region(b, unit, model);

	for (uint32_t i = 0; i < unit->n; i++)
		ra_region_hold(b, &b->out->facts.v[unit->first + i], index);
}

/* -- by name ---------------------------------------------------------------------------------- */

/* How names end, or go on with another word, of what its callers lock for. */
static const char *const locked_words[] = {
	"Locked", "Unlocked", "NoLock", "NoLocks", "WithoutLock", "WithLockHeld", "LockHeld",
	"UnderLock",
	"_locked", "_unlocked", "_nolock", "_no_lock", "_without_lock", "_lock_held", "_under_lock",
};

/* `isLocked` asks. */
static bool asks(struct ra_str name)
{
	while (name.len && name.ptr[0] == '_')
		name.ptr++, name.len--;
	return name.len > 2 && (name.ptr[0] == 'i' || name.ptr[0] == 'I') && name.ptr[1] == 's' &&
	       (name.ptr[2] == '_' || (name.ptr[2] >= 'A' && name.ptr[2] <= 'Z'));
}

static bool says_locked(struct ra_str name)
{
	for (size_t i = 0; i < sizeof(locked_words) / sizeof(*locked_words); i++) {
		struct ra_str word = ra_str(locked_words[i]);
		ptrdiff_t at = ra_str_find(name, word);
		size_t end = (size_t)at + word.len;

		if (at > 0 && (end == name.len || name.ptr[end] == '_' ||
			       (name.ptr[end] >= 'A' && name.ptr[end] <= 'Z')))
			return !asks(name);
	}
	return false;
}

/* -- by a comment ------------------------------------------------------------------------------ */

/* "The caller must hold c.mu", "assumes that the lock is held", "called with mu locked". */
static bool demands_lock(struct ra_str sentence)
{
	static const char *const held[] = { "held", "hold", "locked" };
	static const char *const what[] = { "lock", "mutex", ".mu", " mu ", "mtx", "mut " };
	static const char *const duty[] = { "must", "caller", "called", "calling", "assume",
					    "require", "expect", "should", "need", "on entry" };
	static const char *const denied[] = { " not ", "n't ", "without", "never", " no lock",
					      "unlocked" };

	return RA_SAYS_ANY(sentence, held) && RA_SAYS_ANY(sentence, what) && RA_SAYS_ANY(sentence, duty) &&
	       !RA_SAYS_ANY(sentence, denied);
}

static bool text_demands_lock(struct ra_str text)
{
	struct ra_str sentence;

	while (ra_words_sentence(&text, &sentence))
		if (demands_lock(sentence))
			return true;
	return false;
}

static void hold_by_words(struct build *b, size_t index)
{
	const struct ra_unit *unit = unit_at(b, index);
	struct ra_unit_facts *facts = &b->out->units[index];

	if (!facts->n || (unit->flags & RA_U_MODULE))
		return;
	if (says_locked(unit->name) ||
	    (!(unit->flags & RA_U_LAMBDA) && text_demands_lock(ra_words_about(b, unit->node, unit->line))))
		hold_in_unit(b, facts, &some_lock);
}

/* `@synchronized("name")`: the whole unit runs under a lock of that text. */
static void hold_by_decorator(struct build *b, size_t index)
{
	const struct ra_node *kid = unit_at(b, index)->node->kids;
	struct ra_str full;

	for (; kid && kid->kind == RA_N_DECORATOR; kid = kid->next) {
		const struct ra_api_row *row = ra_api_with(ra_decorator_row(b, kid, &full),
							   RA_EFFECT_ACQUIRE);
		struct ra_region region = { .lock = RA_NONE, .kind = RA_KIND_LOCK, .with = true };

		if (!row || !b->out->units[index].n)
			continue;
		region.text = ra_node_text(b->shape, kid->kids);
		region.shared = row->flags & RA_API_SHARED;
		hold_in_unit(b, &b->out->units[index], &region);
	}
}

/* -- by what it lets go ------------------------------------------------------------------------ */

/* A release of a lock that the unit has not taken before. */
static bool gives_back(const struct build *b, const struct ra_unit_facts *unit,
		       const struct ra_fact *release)
{
	if (release->kind != RA_FACT_RELEASE || release->region != RA_NONE ||
	    release->state == RA_NONE || release->key.len ||
	    b->out->states.v[release->state].kind == RA_KIND_SEMAPHORE ||
	    (b->out->states.v[release->state].api_flags & RA_API_ASYNC))
		return false;
	for (uint32_t i = unit->first; i < release->index; i++) {
		const struct ra_fact *fact = &b->out->facts.v[i];

		if (fact->kind == RA_FACT_ACQUIRE && fact->state == release->state)
			return false;
	}
	return true;
}

/* Is the fact behind the release on every way to it? */
static bool is_behind(const struct build *b, const struct ra_fact *release,
		      const struct ra_fact *fact)
{
	return release->index < fact->index && !(release->flags & RA_FACT_DEFERRED) &&
	       ra_block_inside(b->shape, fact->block, release->block);
}

static void hold_until(struct build *b, struct ra_unit_facts *unit, uint32_t state,
		       const uint32_t *releases, uint32_t n)
{
	const struct ra_fact *first = &b->out->facts.v[releases[0]];
	struct ra_region model = { .lock = state, .kind = RA_KIND_LOCK, .text = first->base };
	uint32_t region = new_region(b, unit, &model);

	for (uint32_t i = unit->first; i < unit->first + unit->n; i++) {
		struct ra_fact *fact = &b->out->facts.v[i];
		bool before = false, behind = false;

		for (uint32_t r = 0; r < n; r++) {
			const struct ra_fact *release = &b->out->facts.v[releases[r]];

			before |= fact->index <= release->index ||
				  (release->flags & RA_FACT_DEFERRED);
			behind |= is_behind(b, release, fact);
		}
		if (before && !behind && !holds(b, fact, &model))
			ra_region_hold(b, fact, region);
	}
}

static void hold_by_release(struct build *b, size_t index)
{
	struct ra_unit_facts *unit = &b->out->units[index];
	uint32_t last = RA_NONE;

	for (uint32_t i = unit->first; i < unit->first + unit->n; i++) {
		const struct ra_fact *release = &b->out->facts.v[i];
		uint32_t list[LOCKS_MAX], n = 0, state = release->state;

		if (!gives_back(b, unit, release) || state == last)
			continue;
		for (uint32_t k = i; k < unit->first + unit->n && n < LOCKS_MAX; k++)
			if (b->out->facts.v[k].state == state &&
			    gives_back(b, unit, &b->out->facts.v[k]))
				list[n++] = k;
		hold_until(b, unit, state, list, n);
		last = state;
	}
}

/* -- by callers -------------------------------------------------------------------------------- */

/* What is held at entry, as far as is known; `all` until a caller says what. */
struct entry {
	bool all;
	struct ra_region locks[LOCKS_MAX];
	uint32_t n;
};

/* May other files see the class of the unit? */
static bool is_hidden(const struct build *b, const struct ra_unit *unit)
{
	struct ra_str name;

	if (!unit->class_)
		return false;
	name = b->shape->classes.v[unit->class_ - 1].name;
	return name.len && name.ptr[0] >= 'a' && name.ptr[0] <= 'z';
}

/* Is it run by calls of this file alone, as far as can be seen? */
static bool only_called(const struct build *b, size_t index)
{
	const struct ra_unit *unit = unit_at(b, index);

	if (b->shape->tokens->language->marks_exports && ra_unit_is_public(b, unit) &&
	    !is_hidden(b, unit))
		return false;
	return !ra_name_is_dunder(unit->name) && !b->out->units[index].escapes;
}

/* Is the lock, if it is one of the callee's class, that of the object which it is called on? A method
 * that others may know by an interface is only helped by that one. */
static bool is_of_callee(const struct build *b, const struct ra_fact *call,
			 const struct ra_region *region)
{
	const struct ra_unit *callee = unit_at(b, call->callee);
	const struct ra_state *lock;

	if (region->lock == RA_NONE || !callee->class_ || (callee->flags & RA_U_LAMBDA))
		return true;
	lock = &b->out->states.v[region->lock];
	if (lock->scope != RA_SCOPE_INSTANCE || lock->owner + 1 != callee->class_)
		return !ra_unit_is_public(b, callee) ||
		       !b->shape->tokens->language->marks_exports;
	return region->entry || !call->base.len || ra_str_eq(ra_str_before_last(region->text, '.'), call->base) ||
	       ra_str_eq(region->text, call->base) ||
	       ra_str_find(call->base, RA_STR("(")) >= 0;
}

static void add_lock(struct entry *entry, const struct ra_region *lock)
{
	for (uint32_t i = 0; i < entry->n; i++)
		if (ra_region_same_lock(&entry->locks[i], lock)) {
			entry->locks[i].shared &= lock->shared;
			return;
		}
	if (entry->n < LOCKS_MAX)
		entry->locks[entry->n++] = *lock;
}

/* What is held at a call: by its regions, and by what its unit holds at its own entry. What is deferred
 * runs when all is let go but what is let go then. */
static struct entry held_at(const struct build *b, const struct entry *entries,
			    const struct ra_fact *call)
{
	struct entry held = entries[call->unit];

	if (call->kind != RA_FACT_CALL ||
	    (b->out->units[call->callee].is_async && call->how != RA_USE_AWAITED &&
	     !ra_api_with(call->row, RA_EFFECT_EXCLUSIVE)))
		return (struct entry){ .all = false };
	for (uint32_t r = 0; r < call->n_regions && !held.all; r++) {
		const struct ra_region *region = &b->out->regions.v[call->regions[r]];

		if (is_of_callee(b, call, region) && (region->with || region->entry ||
						      !(call->flags & RA_FACT_DEFERRED)))
			add_lock(&held, region);
	}
	return held;
}

static const struct ra_region *find_lock(const struct entry *entry, const struct ra_region *lock)
{
	for (uint32_t i = 0; i < entry->n; i++)
		if (ra_region_same_lock(&entry->locks[i], lock) || is_some(&entry->locks[i]))
			return &entry->locks[i];
	return NULL;
}

static void meet(struct entry *into, const struct entry *other)
{
	uint32_t n = 0;

	if (other->all)
		return;
	if (into->all) {
		*into = *other;
		return;
	}
	if (into->n == 1 && is_some(&into->locks[0]) && other->n) {
		*into = *other; /* any lock will do, so it is the other's */
		return;
	}
	for (uint32_t i = 0; i < into->n; i++) {
		const struct ra_region *found = find_lock(other, &into->locks[i]);

		if (!found)
			continue;
		into->locks[n] = into->locks[i];
		into->locks[n++].shared |= found->shared;
	}
	into->n = n;
}

static bool narrow(const struct build *b, struct entry *entries, size_t index)
{
	const struct ra_unit_facts *unit = &b->out->units[index];
	struct entry now = { .all = true };

	for (uint32_t i = 0; i < unit->n_callers; i++) {
		const struct ra_fact *call = &b->out->facts.v[unit->callers[i]];
		bool needs_none = call->unit == index || b->out->units[call->unit].constructs;
		struct entry held = needs_none && call->kind == RA_FACT_CALL
			? (struct entry){ .all = true } : held_at(b, entries, call);

		meet(&now, &held);
	}
	if (now.all == entries[index].all && now.n == entries[index].n)
		return false;
	entries[index] = now;
	return true;
}

static void hold_by_callers(struct build *b)
{
	size_t n = b->shape->units.n;
	struct entry *entries;
	bool changed = true;

	if (!b->out->regions.n)
		return;
	entries = ra_new_array(b->arena, struct entry, n);
	for (size_t u = 1; u < n; u++)
		entries[u].all = b->out->units[u].n && b->out->units[u].n_callers &&
				 only_called(b, u);
	for (int round = 0; changed; round++) {
		if (round == ROUNDS_MAX)
			return;
		changed = false;
		for (size_t u = 1; u < n; u++)
			if (entries[u].all || entries[u].n)
				changed |= narrow(b, entries, u);
	}
	for (size_t u = 1; u < n; u++)
		for (uint32_t i = 0; i < entries[u].n && !entries[u].all; i++)
			if (!holds(b, &b->out->facts.v[b->out->units[u].first],
				   &entries[u].locks[i]))
				hold_in_unit(b, &b->out->units[u], &entries[u].locks[i]);
}

void ra_facts_entry(struct build *b)
{
	for (size_t u = 1; u < b->shape->units.n; u++) {
		hold_by_words(b, u);
		hold_by_decorator(b, u);
		hold_by_release(b, u);
	}
	hold_by_callers(b);
}
