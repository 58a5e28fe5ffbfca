/*
 * awaited-elsewhere: a call is dropped that is awaited through the same receiver at other places.
 *
 *     await conn.send(x) ... conn.send(y)    the second is never sent, if send is a coroutine
 *
 * What the call gives is known by use alone, so the awaited uses must be no fewer than the dropped
 * ones. The receiver is the same within the class when it is reached from its own object, else
 * within the unit. Silent where a test tells coroutines from other values, for calls that a row
 * knows, for units of the file (see missing-await), and in tests.
 */
#include "core/races/tree.h"

/* Do the two stand in branches of one test? Then the code tells coroutines from other values. */
static bool told_apart(const struct ra_node *a, const struct ra_node *b)
{
	while (a && !ra_tree_inside(b, a))
		a = a->up;
	return a && (a->kind == RA_N_IF || a->kind == RA_N_TERNARY);
}

/* Is the call made on an object that a name leads to, and on that of the class itself? */
static bool has_receiver(const struct ra_facts *facts, const struct ra_fact *call, bool *own)
{
	const struct ra_unit *unit = &facts->shape->units.v[call->unit];
	const struct ra_node *base = call->node->kids;

	if (call->node->kind != RA_N_CALL || base->kind != RA_N_MEMBER)
		return false;
	while (base->kind == RA_N_MEMBER)
		base = base->kids;
	*own = unit->class_ && base->kind == RA_N_NAME && ra_str_eq(base->text, unit->receiver);
	return base->kind == RA_N_NAME;
}

/* All calls of one name on one receiver. */
struct calls {
	const struct ra_fact *awaited;  /* the first */
	uint32_t n_awaited, n_dropped;
};

struct index {
	struct ra_map of_key;
	RA_VEC(struct calls) list;
};

static bool is_candidate(const struct ra_fact *call)
{
	return call->kind == RA_FACT_CALL && !call->row && call->callee == RA_NONE &&
	       !(call->flags & RA_FACT_INLINED) &&
	       (call->how == RA_USE_AWAITED || call->how == RA_USE_DROPPED);
}

/* Those that go by the same name in the receiver's class, or in the unit (`here`). The pointer is
 * good until the next call. */
static struct calls *calls_like(struct ra_detection *d, struct index *index,
				const struct ra_fact *call, bool here)
{
	const struct ra_unit *unit = &d->facts->shape->units.v[call->unit];
	struct ra_str key;
	bool own;
	size_t *at;

	if (!has_receiver(d->facts, call, &own))
		return NULL;
	own = own && !here;
	key = ra_printf(d->arena, "%c%u %.*s", here ? 'h' : own ? 'c' : 'u',
			own ? unit->class_ : call->unit, RA_FMT(call->name));
	at = ra_map_put(&index->of_key, key, index->list.n);
	if (*at == index->list.n)
		*ra_vec_push(d->arena, &index->list) = (struct calls){ 0 };
	return &index->list.v[*at];
}

static void add(struct calls *calls, const struct ra_fact *call)
{
	if (!calls)
		return;
	calls->n_dropped += call->how == RA_USE_DROPPED;
	calls->n_awaited += call->how == RA_USE_AWAITED;
	if (call->how == RA_USE_AWAITED && !calls->awaited)
		calls->awaited = call;
}

/* The awaited call that shows what the dropped one gives, or NULL. */
static const struct ra_fact *shown_by(struct ra_detection *d, struct index *index,
				      const struct ra_fact *dropped)
{
	const struct calls *calls = calls_like(d, index, dropped, false);
	const struct ra_fact *any, *near;

	if (!calls || calls->n_awaited < calls->n_dropped)
		return NULL;
	any = calls->awaited;
	near = calls_like(d, index, dropped, true)->awaited;
	return near && told_apart(near->node, dropped->node) ? NULL : any;
}

static void report(struct ra_detection *d, const struct ra_fact *dropped,
		   const struct ra_fact *other)
{
	struct ra_candidate *c = ra_candidate_at(d, dropped, dropped->name);

	if (!c)
		return;
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(dropped->name));
	ra_candidate_line(d, c, "awaited", other->line);
	ra_candidate_event(d, c, "call", dropped, "what it gives is dropped");
	ra_candidate_event(d, c, "await", other, "here the same call is awaited");
	ra_candidate_step(d, c, "Task A", dropped->line, true,
			  "calls `%.*s` and drops what it gives: a coroutine would not start",
			  RA_FMT(dropped->name));
	ra_candidate_step(d, c, "Task B", other->line, false, "awaits the same call");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	struct index index = { .list = { 0 } };

	ra_map_init(&index.of_key, d->arena);
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(facts, (uint32_t)i);

		if (!is_candidate(call))
			continue;
		add(calls_like(d, &index, call, false), call);
		add(calls_like(d, &index, call, true), call);
	}
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(facts, (uint32_t)i), *other;

		if (!is_candidate(call) || call->how != RA_USE_DROPPED ||
		    !facts->units[call->unit].is_async || facts->units[call->unit].test)
			continue;
		other = shown_by(d, &index, call);
		if (other)
			report(d, call, other);
	}
}

const struct ra_detector ra_detect_awaited_elsewhere = {
	.name = "awaited-elsewhere",
	.help = "a dropped call that is awaited through the same receiver elsewhere",
	.params = "",
	.vars = "call awaited",
	.run = run,
};
