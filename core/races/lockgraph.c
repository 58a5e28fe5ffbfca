/*
 * lockgraph: locks that each unit takes, to a fixed point over the calls of the file, and from them
 * the edges. An acquisition that may give up (it has arguments), or of an object that nobody else
 * has seen, orders nothing. Tests are left out: they take locks to show what happens.
 */
#include "core/races/lockgraph.h"

enum { USES_MAX = 64, ROUNDS_MAX = 12, EDGES_MAX = 20000, OF_ONE_PAIR = 8 };

/* How many edges there are from one lock, by the other. */
struct pairs { RA_VEC(struct pair { uint32_t second; unsigned n; }) list; };

static bool may_give_up(const struct ra_fact *acquire)
{
	const struct ra_api_row *row = ra_api_with(acquire->row, RA_EFFECT_ACQUIRE);

	if (row && (row->flags & (RA_API_LEAVES | RA_API_GUARD | RA_API_ATOMIC)))
		return row->flags & RA_API_LEAVES;
	if (ra_api_with(acquire->row, RA_EFFECT_EXCLUSIVE))
		return false; /* what it is given runs when the lock is there */
	return acquire->node->kind == RA_N_CALL && acquire->node->kids->next &&
	       acquire->how != RA_USE_ENTERED;
}

static bool says_lock(struct ra_str name)
{
	return ra_str_ifind(name, RA_STR("lock")) >= 0 || ra_str_ifind(name, RA_STR("mutex")) >= 0;
}

enum ra_lock_maker ra_lock_maker(const struct ra_facts *facts, uint32_t lock)
{
	const struct ra_state *state = lock == RA_NONE ? NULL : &facts->states.v[lock];

	if (state && (state->runtimes || state->api_flags))
		return RA_LOCK_KNOWN;
	for (size_t i = 0; state && i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		/* what returns a guard is no other kind of thing */
		if (fact->kind == RA_FACT_ACQUIRE && fact->state == lock && fact->row &&
		    (fact->row->flags & RA_API_GUARD))
			return RA_LOCK_KNOWN;
		if (fact->kind != RA_FACT_WRITE || fact->state != lock)
			continue;
		for (uint32_t k = 0; k < fact->n_depends; k++) {
			const struct ra_fact *maker = ra_fact(facts, fact->depends[k]);

			if (maker->kind == RA_FACT_CALL && !says_lock(maker->name))
				return RA_LOCK_BY_NAME;
		}
	}
	return RA_LOCK_UNSEEN;
}

bool ra_lock_is_taken(const struct ra_facts *facts, const struct ra_region *region)
{
	const struct ra_fact *acquire;

	if (region->with || region->acquire == RA_NONE)
		return true;
	acquire = ra_fact(facts, region->acquire);
	return acquire->how == RA_USE_DROPPED || acquire->how == RA_USE_TESTED ||
	       (acquire->how == RA_USE_AWAITED && region->async);
}

bool ra_lock_is_ordered(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	const struct ra_region *region;

	if (acquire->kind != RA_FACT_ACQUIRE || acquire->region == RA_NONE ||
	    (acquire->flags & (RA_FACT_INLINED | RA_FACT_FRESH)) ||
	    facts->units[acquire->unit].test ||
	    may_give_up(acquire))
		return false;
	region = &facts->regions.v[acquire->region];
	return region->kind != RA_KIND_SEMAPHORE && !region->private_ &&
	       ra_lock_is_taken(facts, region);
}

static bool is_ordered(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	return ra_lock_is_ordered(facts, acquire) &&
	       facts->regions.v[acquire->region].lock != RA_NONE;
}

/* Does the unit let go of a lock that it was entered with, before the fact? What takes it there takes
 * it back. */
static bool gave_back(const struct ra_facts *facts, const struct ra_fact *at, uint32_t lock)
{
	const struct ra_unit_facts *u = &facts->units[at->unit];

	for (uint32_t i = u->first; i < at->index; i++) {
		const struct ra_fact *fact = ra_fact(facts, i);

		if (fact->kind == RA_FACT_RELEASE && fact->region == RA_NONE &&
		    fact->state == lock && lock != RA_NONE)
			return true;
	}
	return false;
}

bool ra_lock_runs_now(const struct ra_facts *facts, const struct ra_fact *call)
{
	const struct ra_unit_facts *callee;

	if (call->kind != RA_FACT_CALL || call->callee == RA_NONE || call->callee == call->unit ||
	    (call->flags & RA_FACT_INLINED) || ra_api_with(call->row, RA_EFFECT_HANDLER))
		return false;
	callee = &facts->units[call->callee];
	return !callee->constructs && (!callee->is_async || call->how == RA_USE_AWAITED);
}

static bool is_param(const struct ra_facts *facts, uint32_t unit, struct ra_str name)
{
	const struct ra_node *node = facts->shape->units.v[unit].node;

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM && ra_str_eq(kid->text, name))
			return true;
	return false;
}

/* Does only an argument's value say whether it is taken: `if !locked { mu.Lock() }`? Of the unit, or
 * of the one in which the function literal stands. */
static bool is_asked_for(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	for (const struct ra_node *at = acquire->statement; at; at = at->up) {
		const struct ra_node *condition = at->kind == RA_N_IF ? at->kids : NULL;
		uint32_t unit = acquire->unit;

		if (condition && condition->kind == RA_N_UNARY && condition->word == RA_W_NOT)
			condition = condition->kids;
		for (; condition && condition->kind == RA_N_NAME && unit;
		     unit = facts->shape->units.v[unit].up)
			if (is_param(facts, unit, condition->text))
				return true;
	}
	return false;
}

/* Is the text that of a name which the callee alone knows: a parameter, a local? */
static bool is_own_name(const struct ra_facts *facts, const struct ra_lock_graph *graph,
			const struct ra_fact *call, uint32_t lock, struct ra_str text)
{
	ptrdiff_t dot = ra_str_find(text, RA_STR("."));
	struct ra_str root = dot > 0 ? ra_str_n(text.ptr, (size_t)dot) : text;

	if (lock == RA_NONE || facts->states.v[lock].scope != RA_SCOPE_INSTANCE ||
	    (facts->shape->units.v[call->callee].flags & RA_U_LAMBDA) ||
	    facts->shape->units.v[call->callee].up)
		return false;
	return !ra_map_get(&graph->modules, root);
}

/* What the caller gives for the parameter that a text of the callee begins with: a name or a path,
 * by reference or not; "" when it gives something else. */
static struct ra_str given_for(const struct ra_facts *facts, const struct ra_fact *call,
			       struct ra_str root)
{
	const struct ra_unit *callee = &facts->shape->units.v[call->callee];
	const struct ra_node *argument = call->node->kind == RA_N_CALL ? call->node->kids->next : NULL;

	for (const struct ra_node *kid = callee->node->kids; kid && argument; kid = kid->next) {
		if (kid->kind != RA_N_PARAM ||
		    (callee->receiver.len && ra_str_eq(kid->text, callee->receiver)))
			continue;
		if (ra_str_eq(kid->text, root))
			break;
		argument = argument->next;
	}
	while (argument && argument->kind == RA_N_UNARY && argument->word == RA_O_AMP)
		argument = argument->kids;
	return argument && (argument->kind == RA_N_NAME || argument->kind == RA_N_MEMBER)
		? ra_node_text(facts->shape, argument) : RA_STR("");
}

/* "state.lock" of the callee, whose `state` the caller gives it. */
static struct ra_str handed_over(struct ra_arena *arena, const struct ra_facts *facts,
				 const struct ra_fact *call, struct ra_str text)
{
	const struct ra_node *unit = facts->shape->units.v[call->callee].node;
	ptrdiff_t dot = ra_str_find(text, RA_STR("."));
	struct ra_str root = dot > 0 ? ra_str_n(text.ptr, (size_t)dot) : text, given;

	for (const struct ra_node *kid = unit->kids; dot > 0 && kid; kid = kid->next) {
		if (kid->kind != RA_N_PARAM || !ra_str_eq(kid->text, root))
			continue;
		given = given_for(facts, call, root);
		return given.len ? ra_printf(arena, "%.*s%.*s", RA_FMT(given),
					     RA_FMT(ra_str_n(text.ptr + dot, text.len - (size_t)dot)))
				 : given;
	}
	return RA_STR("");
}

/* "self._lock" of the callee, as the caller would write it. */
static struct ra_str translated(struct ra_arena *arena, const struct ra_facts *facts,
				const struct ra_lock_graph *graph, const struct ra_fact *call,
				uint32_t lock, struct ra_str text)
{
	const struct ra_unit *callee = &facts->shape->units.v[call->callee];
	struct ra_str own = facts->shape->units.v[call->unit].receiver, base = call->base;
	struct ra_str rest, handed;

	if (!callee->receiver.len || !ra_str_starts(text, callee->receiver) ||
	    (text.len > callee->receiver.len && text.ptr[callee->receiver.len] != '.')) {
		handed = handed_over(arena, facts, call, text);
		if (handed.len)
			return handed;
		return is_own_name(facts, graph, call, lock, text)
			? RA_STR("another's") : text;
	}
	rest = ra_str_n(text.ptr + callee->receiver.len, text.len - callee->receiver.len);
	if (!base.len || base.ptr[base.len - 1] == ')') /* super() and the like */
		base = own;
	return ra_printf(arena, "%.*s%.*s", RA_FMT(base), RA_FMT(rest));
}

static bool add_use(struct ra_arena *arena, struct ra_lock_uses *uses, struct ra_lock_use use)
{
	for (size_t i = 0; i < uses->list.n; i++) {
		const struct ra_lock_use *known = &uses->list.v[i];

		if (known->lock == use.lock && ra_str_eq(known->key, use.key) &&
		    ra_str_eq(known->text, use.text))
			return false;
	}
	if (uses->list.n == USES_MAX)
		return false;
	*ra_vec_push(arena, &uses->list) = use;
	return true;
}

static struct ra_lock_use direct_use(const struct ra_facts *facts, const struct ra_fact *acquire)
{
	const struct ra_region *region = &facts->regions.v[acquire->region];

	return (struct ra_lock_use){ .lock = region->lock, .text = region->text,
				     .key = region->key, .acquire = acquire->index,
				     .call = RA_NONE };
}

static bool inherit_uses(struct ra_arena *arena, const struct ra_facts *facts,
			 const struct ra_fact *call, const struct ra_lock_graph *graph)
{
	struct ra_lock_uses *uses = graph->uses;
	const struct ra_lock_uses *from = &uses[call->callee];
	bool changed = false;

	for (size_t i = 0; i < from->list.n; i++) {
		struct ra_lock_use use = from->list.v[i];

		if (gave_back(facts, call, use.lock) ||
		    is_asked_for(facts, ra_fact(facts, use.acquire)))
			continue;
		use.text = translated(arena, facts, graph, call, use.lock, use.text);
		use.call = call->index;
		changed |= add_use(arena, &uses[call->unit], use);
	}
	return changed;
}

/* The literals that a call gives to who runs them: their locks are taken in the caller's words. */
static bool inherit_given(struct ra_arena *arena, const struct ra_facts *facts,
			  const struct ra_fact *call, const struct ra_lock_graph *graph)
{
	struct ra_lock_given given = { .param = NULL };
	bool changed = false;

	while (ra_lock_next_given(facts, call, &given)) {
		const struct ra_lock_uses *from = &graph->uses[given.unit];

		for (size_t i = 0; i < from->list.n; i++) {
			struct ra_lock_use use = from->list.v[i];

			use.call = call->index;
			changed |= add_use(arena, &graph->uses[call->unit], use);
		}
	}
	return changed;
}

static void find_uses(struct ra_arena *arena, const struct ra_facts *facts,
		      const struct ra_lock_graph *graph)
{
	struct ra_lock_uses *uses = graph->uses;
	bool changed = true;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

		if (is_ordered(facts, fact) && !gave_back(facts, fact, fact->state))
			add_use(arena, &uses[fact->unit], direct_use(facts, fact));
	}
	for (int round = 0; changed && round < ROUNDS_MAX; round++) {
		changed = false;
		for (size_t i = 0; i < facts->facts.n; i++) {
			const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);

			if (!ra_lock_runs_now(facts, fact))
				continue;
			changed |= inherit_uses(arena, facts, fact, graph);
			changed |= inherit_given(arena, facts, fact, graph);
		}
	}
}

bool ra_lock_is_first(const struct ra_facts *facts, const struct ra_region *held)
{
	return !held->entry && !held->private_ && held->kind != RA_KIND_SEMAPHORE &&
	       ra_lock_is_taken(facts, held);
}

/* A pair of locks needs no more edges than a few, so that all pairs have some. */
static bool is_one_more(struct ra_arena *arena, struct pairs *from, uint32_t second)
{
	for (size_t i = 0; i < from->list.n; i++)
		if (from->list.v[i].second == second)
			return from->list.v[i].n++ < OF_ONE_PAIR;
	*ra_vec_push(arena, &from->list) = (struct pair){ second, 1 };
	return true;
}

/* What is deferred runs when all is let go that is not itself let go then. */
static bool holds_when_run(const struct ra_facts *facts, const struct ra_fact *at,
			   const struct ra_lock_use *use, const struct ra_region *held)
{
	uint32_t point = use->call == RA_NONE ? use->acquire : use->call;

	if (point != at->index && at->kind == RA_FACT_CALL &&
	    gave_back(facts, ra_fact(facts, point), held->lock))
		return false; /* the callee lets go of it before */
	return !(at->flags & RA_FACT_DEFERRED) || held->with;
}

static void add_edges(struct ra_arena *arena, const struct ra_facts *facts,
		      const struct ra_fact *at, const struct ra_lock_use *use,
		      struct pairs *pairs, struct ra_lock_graph *out)
{
	/* then to take it again orders nothing: it is re-entrant, or the run is stuck */
	bool again = ra_fact_region_of(facts, at, use->lock);

	for (uint32_t r = 0; r < at->n_regions; r++) {
		const struct ra_region *held = &facts->regions.v[at->regions[r]];

		if (held->lock == RA_NONE || !ra_lock_is_first(facts, held) ||
		    (again && held->lock != use->lock) || held->acquire == use->acquire ||
		    out->edges.n >= EDGES_MAX || !holds_when_run(facts, at, use, held) ||
		    (held->lock != use->lock &&
		     !is_one_more(arena, &pairs[held->lock], use->lock)))
			continue;
		*ra_vec_push(arena, &out->edges) = (struct ra_lock_edge){
			.first = held->lock, .second = use->lock, .unit = at->unit,
			.region = held->index, .at = at->index, .acquire = use->acquire,
			.text = use->text, .key = use->key,
		};
	}
}

/* What a literal takes with the locks of its caller held, and with those of who calls it. */
static void add_given(struct ra_arena *arena, const struct ra_facts *facts,
		      const struct ra_fact *call, struct pairs *pairs, struct ra_lock_graph *out)
{
	struct ra_lock_given given = { .param = NULL };

	while (ra_lock_next_given(facts, call, &given)) {
		const struct ra_lock_uses *uses = &out->uses[given.unit];
		uint32_t runs = ra_fact_of_node(facts, given.runs);

		for (size_t k = 0; k < uses->list.n; k++) {
			struct ra_lock_use use = uses->list.v[k];

			if (call->n_regions)
				add_edges(arena, facts, call, &use, pairs, out);
			use.text = RA_STR("another's");
			if (runs != RA_NONE && ra_fact(facts, runs)->n_regions)
				add_edges(arena, facts, ra_fact(facts, runs), &use, pairs, out);
		}
	}
}

static void find_edges(struct ra_arena *arena, const struct ra_facts *facts,
		       struct ra_lock_graph *out)
{
	struct pairs *pairs = ra_new_array(arena, struct pairs, facts->states.n);

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = ra_fact(facts, (uint32_t)i);
		const struct ra_lock_uses *uses;

		if (is_ordered(facts, fact)) {
			struct ra_lock_use use = direct_use(facts, fact);

			add_edges(arena, facts, fact, &use, pairs, out);
			continue;
		}
		if (!ra_lock_runs_now(facts, fact))
			continue;
		add_given(arena, facts, fact, pairs, out);
		if (!fact->n_regions)
			continue;
		uses = &out->uses[fact->callee];
		for (size_t k = 0; k < uses->list.n; k++) {
			struct ra_lock_use use = uses->list.v[k];

			if (is_asked_for(facts, ra_fact(facts, use.acquire)))
				continue;
			use.text = translated(arena, facts, out, fact, use.lock, use.text);
			add_edges(arena, facts, fact, &use, pairs, out);
		}
	}
}

const struct ra_lock_graph *ra_lock_graph(struct ra_arena *arena, const struct ra_facts *facts,
					  struct ra_candidates *out)
{
	struct ra_lock_graph *graph;

	if (out->locks)
		return out->locks;
	graph = ra_new(arena, struct ra_lock_graph);
	graph->uses = ra_new_array(arena, struct ra_lock_uses, facts->shape->units.n);
	ra_map_init(&graph->modules, arena);
	out->locks = graph;
	if (!facts->regions.n) /* who takes no lock holds none */
		return graph;
	for (size_t i = 0; i < facts->states.n; i++)
		if (facts->states.v[i].scope == RA_SCOPE_MODULE)
			ra_map_put(&graph->modules, facts->states.v[i].field, 1);
	find_uses(arena, facts, graph);
	find_edges(arena, facts, graph);
	ra_lock_graph_handed(arena, facts, graph);
	return graph;
}
