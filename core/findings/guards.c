/*
 * Guards that a diff changes, even where nothing is wrong yet. Of each unit it is kept what it takes
 * and what it does under that; the unit of the same name in the base says how it was:
 *
 *     removed     nothing is left of the guard, and what stood under it is still done
 *     narrowed    something that stood under it is done without it now
 *     weakened    it was exclusive and lets others in now
 *     reordered   of two guards, the inner one was the outer one
 *
 * What is done is named by the state or by what is called: lines move, names stay. Something that
 * is under another guard now has got a new one, and is not bare.
 */
#include "core/findings/looked.h"

enum { TOUCHES_MAX = 20000, NAMED_MAX = 4 };

const char *ra_guard_change_name(enum ra_guard_change change)
{
	static const char *const names[] = { "removed", "narrowed", "weakened", "reordered" };

	return names[change];
}

/* -- collecting ---------------------------------------------------------------------------- */

struct collecting {
	struct ra_arena *repo;
	const struct ra_facts *facts;
	struct ra_file_report *const *files;
};

static struct ra_guarding *guarding_at(const struct collecting *c, uint32_t *line)
{
	struct ra_file_report *report = ra_report_at(c->facts, c->files, line);

	return report ? &report->guarding : NULL;
}

/* RA_GUARDS_MAX when there are too many. */
static uint32_t lock_index(const struct collecting *c, struct ra_guarding *out, struct ra_str name)
{
	uint32_t i = 0;

	while (i < out->locks.n && !ra_str_eq(out->locks.v[i], name))
		i++;
	if (i == out->locks.n && i < RA_GUARDS_MAX)
		*ra_vec_push(c->repo, &out->locks) = ra_str_copy(c->repo, name);
	return i;
}

static bool is_guard(const struct ra_region *region)
{
	return region->kind == RA_KIND_LOCK && !region->private_;
}

static uint64_t held_at(const struct collecting *c, struct ra_guarding *out,
			const struct ra_fact *fact)
{
	uint64_t held = 0;

	for (uint32_t i = 0; i < fact->n_regions; i++) {
		const struct ra_region *region = &c->facts->regions.v[fact->regions[i]];
		uint32_t lock = is_guard(region)
			? lock_index(c, out, ra_guard_name(c->facts, region)) : RA_GUARDS_MAX;

		if (lock < RA_GUARDS_MAX && fact->index != region->acquire)
			held |= UINT64_C(1) << lock;
	}
	return held;
}

static uint32_t last_line(const struct collecting *c, const struct ra_region *region)
{
	const struct ra_unit_facts *unit = &c->facts->units[region->unit];
	uint32_t line = 0;

	for (uint32_t i = unit->first; i < unit->first + unit->n; i++) {
		const struct ra_fact *fact = ra_fact(c->facts, i);

		if (ra_fact_in_region(fact, region->index) && fact->end_line > line)
			line = fact->end_line;
	}
	return line;
}

static void add_span(const struct collecting *c, const struct ra_region *region)
{
	const struct ra_fact *acquire = ra_fact(c->facts, region->acquire);
	uint32_t first = acquire->line, last = last_line(c, region);
	struct ra_guarding *out = guarding_at(c, &first);
	struct ra_guard_span span = { .first = first, .shared = region->shared };

	if (!out)
		return;
	span.unit = ra_str_copy(c->repo, c->facts->shape->units.v[region->unit].qualified);
	span.lock = lock_index(c, out, ra_guard_name(c->facts, region));
	span.held = held_at(c, out, acquire);
	guarding_at(c, &last);
	span.last = last > first ? last : first;
	if (span.lock < RA_GUARDS_MAX)
		*ra_vec_push(c->repo, &out->spans) = span;
}

/* State that holds data and outlives the call. */
static bool is_guardable(const struct ra_state *state)
{
	return ra_kind_is_data(state->kind) && !state->constant &&
	       state->scope != RA_SCOPE_CLOSURE;
}

/* What a guard may be there for: such state, and calls that do something. */
static struct ra_str touched_name(const struct ra_facts *facts, const struct ra_fact *fact)
{
	if (fact->flags & (RA_FACT_INLINED | RA_FACT_FRESH))
		return RA_STR("");
	if (fact->state != RA_NONE && ra_fact_touches(fact) &&
	    is_guardable(&facts->states.v[fact->state]))
		return facts->states.v[fact->state].name;
	if ((fact->kind == RA_FACT_CALL && !ra_api_with(fact->row, RA_EFFECT_PURE) &&
	     fact->callee != RA_NONE) || fact->kind == RA_FACT_SPAWN)
		return fact->name;
	return RA_STR("");
}

void ra_guards_collect(struct ra_arena *repo, const struct ra_facts *facts,
		       struct ra_file_report *const *files)
{
	struct collecting c = { repo, facts, files };
	size_t n = 0;

	for (size_t i = 0; i < facts->regions.n; i++) {
		const struct ra_region *region = &facts->regions.v[i];

		if (is_guard(region) && !region->entry && region->acquire != RA_NONE)
			add_span(&c, region);
	}
	for (size_t i = 0; i < facts->facts.n && n < TOUCHES_MAX; i++) {
		const struct ra_fact *fact = &facts->facts.v[i];
		struct ra_str name = touched_name(facts, fact);
		uint32_t line = fact->line;
		struct ra_guarding *out = name.len ? guarding_at(&c, &line) : NULL;

		if (!out)
			continue;
		n++;
		*ra_vec_push(repo, &out->touches) = (struct ra_guard_touch){
			.unit = ra_str_copy(repo, facts->shape->units.v[fact->unit].qualified),
			.name = ra_str_copy(repo, name), .line = line,
			.held = held_at(&c, out, fact),
		};
	}
}

/* -- comparing ----------------------------------------------------------------------------- */

/* One guard of one unit, on both sides. */
struct comparing {
	struct ra_arena *repo;
	struct ra_file_report *head;
	const struct ra_guarding *was, *is;
	struct ra_str unit;
	struct touches { size_t begin, end; } was_touches, is_touches; /* of the unit */
	uint32_t was_lock, is_lock;       /* RA_GUARDS_MAX: it is not there */
};

static uint64_t bit_of(uint32_t lock)
{
	return lock < RA_GUARDS_MAX ? UINT64_C(1) << lock : 0;
}

static uint32_t find_lock(const struct ra_guarding *side, struct ra_str name)
{
	for (uint32_t i = 0; i < side->locks.n; i++)
		if (ra_str_eq(side->locks.v[i], name))
			return i;
	return RA_GUARDS_MAX;
}

/* How often a unit does something under a guard, and how often under none. */
struct doings { size_t under, bare; uint32_t line; };

static struct doings count_doings(const struct ra_guarding *side, struct touches touches,
				  struct ra_str name, uint64_t guard)
{
	struct doings n = { 0 };

	for (size_t i = touches.begin; i < touches.end; i++) {
		const struct ra_guard_touch *touch = &side->touches.v[i];

		if (!ra_str_eq(touch->name, name))
			continue;
		n.under += (touch->held & guard) != 0;
		n.bare += touch->held == 0;
		if (!touch->held && !n.line)
			n.line = touch->line;
	}
	return n;
}

static const struct ra_guard_span *first_span(const struct ra_guarding *side, struct ra_str unit,
					      uint32_t lock)
{
	for (size_t i = 0; i < side->spans.n; i++)
		if (side->spans.v[i].lock == lock && ra_str_eq(side->spans.v[i].unit, unit))
			return &side->spans.v[i];
	return NULL;
}

static struct ra_str held_words(struct ra_arena *repo, const struct ra_guarding *side,
				struct ra_str unit, uint32_t lock)
{
	struct ra_buf out;

	ra_buf_init(&out, repo);
	for (size_t i = 0; lock < RA_GUARDS_MAX && i < side->spans.n; i++) {
		const struct ra_guard_span *span = &side->spans.v[i];

		if (span->lock != lock || !ra_str_eq(span->unit, unit))
			continue;
		ra_buf_adds(&out, out.len ? ", " : "held ");
		ra_buf_addf(&out, span->last > span->first ? "L%u to L%u" : "L%u",
			    (unsigned)span->first, (unsigned)span->last);
	}
	return out.len ? ra_buf_str(&out) : RA_STR("not taken");
}

static void add_change(struct comparing *c, enum ra_guard_change change, uint32_t line,
		       struct ra_str why)
{
	*ra_vec_push(c->repo, &c->head->changed_guards) = (struct ra_changed_guard){
		.change = change, .unit = c->unit, .lock = c->was->locks.v[c->was_lock],
		.line = line, .why = why,
		.before = held_words(c->repo, c->was, c->unit, c->was_lock),
		.after = held_words(c->repo, c->is, c->unit, c->is_lock),
	};
}

static bool is_first(const struct comparing *c, size_t at)
{
	for (size_t i = c->was_touches.begin; i < at; i++)
		if (ra_str_eq(c->was->touches.v[i].name, c->was->touches.v[at].name) &&
		    c->was->touches.v[i].held & bit_of(c->was_lock))
			return false;
	return true;
}

/* What stood under the guard and is done under none now. */
static void compare_extent(struct comparing *c)
{
	bool taken = first_span(c->is, c->unit, c->is_lock) != NULL;
	uint32_t line = 0;
	size_t n = 0;
	struct ra_buf why;

	ra_buf_init(&why, c->repo);
	for (size_t i = c->was_touches.begin; i < c->was_touches.end; i++) {
		const struct ra_guard_touch *touch = &c->was->touches.v[i];
		struct doings was, is;

		if (!(touch->held & bit_of(c->was_lock)) || !is_first(c, i))
			continue;
		was = count_doings(c->was, c->was_touches, touch->name, bit_of(c->was_lock));
		is = count_doings(c->is, c->is_touches, touch->name, bit_of(c->is_lock));
		if (is.bare <= was.bare || is.under >= was.under)
			continue;
		line = line && line < is.line ? line : is.line;
		if (n++ < NAMED_MAX)
			ra_buf_addf(&why, "%s`%.*s` at L%u", n > 1 ? ", " : "",
				    RA_FMT(touch->name), (unsigned)is.line);
	}
	if (!n)
		return;
	if (n > NAMED_MAX)
		ra_buf_addf(&why, " and %zu more", n - NAMED_MAX);
	ra_buf_adds(&why, n > 1 ? " run without it now" : " runs without it now");
	add_change(c, taken ? RA_GUARD_NARROWED : RA_GUARD_REMOVED, line, ra_buf_str(&why));
}

static void compare_strength(struct comparing *c)
{
	const struct ra_guard_span *was = first_span(c->was, c->unit, c->was_lock);
	const struct ra_guard_span *is = first_span(c->is, c->unit, c->is_lock);

	if (is && !was->shared && is->shared)
		add_change(c, RA_GUARD_WEAKENED, is->first,
			   RA_STR("it was exclusive and is shared now: two tasks may be in it"));
}

/* The lock was held when `inner` was taken; now it is taken while `inner` is held. */
static void compare_order(struct comparing *c)
{
	const struct ra_guard_span *is = first_span(c->is, c->unit, c->is_lock);

	for (size_t i = 0; is && i < c->was->spans.n; i++) {
		const struct ra_guard_span *inner = &c->was->spans.v[i];
		struct ra_str name = c->was->locks.v[inner->lock];
		uint32_t now = find_lock(c->is, name);

		if (inner->lock == c->was_lock || !ra_str_eq(inner->unit, c->unit) ||
		    !(inner->held & bit_of(c->was_lock)) ||
		    !(is->held & bit_of(now)))
			continue;
		add_change(c, RA_GUARD_REORDERED, is->first, ra_printf(c->repo,
			   "it was taken before `%.*s` and is taken after it now: every other place "
			   "has to follow", RA_FMT(name)));
		return;
	}
}

/* They stand together. */
static struct touches touches_of(const struct ra_guarding *side, struct ra_str unit)
{
	struct touches t = { 0 };

	while (t.begin < side->touches.n && !ra_str_eq(side->touches.v[t.begin].unit, unit))
		t.begin++;
	t.end = t.begin;
	while (t.end < side->touches.n && ra_str_eq(side->touches.v[t.end].unit, unit))
		t.end++;
	return t;
}

void ra_findings_changed_guards(struct ra_arena *repo, struct ra_file_report *head,
				const struct ra_file_report *base)
{
	struct comparing c = { .repo = repo, .head = head, .was = &base->guarding,
			       .is = &head->guarding };

	for (size_t i = 0; i < c.was->spans.n; i++) {
		const struct ra_guard_span *span = &c.was->spans.v[i];

		if (first_span(c.was, span->unit, span->lock) != span)
			continue;
		c.unit = span->unit;
		c.was_touches = touches_of(c.was, c.unit);
		c.is_touches = touches_of(c.is, c.unit);
		c.was_lock = span->lock;
		c.is_lock = find_lock(c.is, c.was->locks.v[span->lock]);
		compare_extent(&c);
		compare_strength(&c);
		compare_order(&c);
	}
}
