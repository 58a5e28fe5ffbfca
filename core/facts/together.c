/*
 * together: which units can overlap, and what shows it. Each unit has an entry: how the world gets
 * to run it (a spawn, a handler, a thread, a public method of an object that is shared by nature).
 * What only private callers run has the strongest entry of its callers. Two units overlap as the
 * weaker of their entries says, or as a spawn of one of them does.
 */
#include "core/facts/internal.h"

/* -- owners -------------------------------------------------------------------------------- */

/* Objects whose very name says that many tasks use one of them. */
static const char *const shared_words[] = {
	"Pool", "Cache", "Manager", "Client", "Server", "Registry", "Store", "Hub", "Broker",
	"Scheduler", "Dispatcher", "Limiter", "Supervisor", "Queue", "Service", "Bus", "Backend",
	"Storage", "Coordinator", "Controller", "Engine", "Hub", "Provider", "Exporter",
	"Collector", "Processor", "Tracker", "Throttle", "Balancer", "Executor", "Repository",
};

/* Objects that one task makes, uses and drops: what they inherit does not make them shared. */
static const char *const single_words[] = {
	"Pipeline", "Transaction", "Cursor", "Request", "Response", "Parser", "Stream", "Reader",
	"Writer", "Iterator", "Generator", "Builder", "Encoder", "Decoder", "Authenticator",
	"Message", "Context", "Visitor", "Formatter", "Command", "Query", "Statement", "Result",
	"Strategy", "Operation", "Step", "Payload", "Body", "Frame", "Packet", "Form", "Event",
	"Test", "TestCase", "Tests", "Case", "Mixin", "Runner",
};

static bool named_by(struct ra_str name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ra_str_ends(name, ra_str(words[i])))
			return true;
	return false;
}

static bool named_shared(struct ra_str name)
{
	return named_by(name, shared_words, sizeof(shared_words) / sizeof(*shared_words));
}

static bool named_single(struct ra_str name)
{
	return named_by(name, single_words, sizeof(single_words) / sizeof(*single_words));
}

/* One thread runs all, and what is async is worth a promise. */
static bool one_thread(const struct build *b)
{
	return b->shape->tokens->language->promises;
}

/* A map that is its own lock; where who has an object alone needs no atomics, those too. */
static bool is_made_for_threads(const struct build *b, const struct ra_state *state)
{
	if (state->kind == RA_KIND_ATOMIC)
		return b->shape->tokens->language->drops_values &&
		       !(state->api_flags & RA_API_LOCAL);
	return (state->runtimes & RA_RT_THREADS) && !one_thread(b) &&
	       ra_kind_is_container(state->kind);
}

static void owner_by_state(struct build *b, const struct ra_state *state)
{
	struct ra_owner *owner;
	bool async = state->api_flags & RA_API_ASYNC;

	if (state->scope == RA_SCOPE_MODULE && state->class_)
		b->out->owners[state->class_ - 1].class_level = true;
	if (state->scope != RA_SCOPE_INSTANCE && state->scope != RA_SCOPE_CLASS)
		return;
	owner = &b->out->owners[state->owner];
	if (state->scope == RA_SCOPE_CLASS && !state->constant)
		owner->class_level = true;
	owner->confined |= (state->api_flags & RA_API_LOCAL) != 0;
	if (ra_str_find(state->field, RA_STR(".")) >= 0 && !b->shape->tokens->language->typed)
		return; /* of a part of it, which shares it with whomever it likes */
	switch (state->kind) {
	case RA_KIND_LOCK: case RA_KIND_SEMAPHORE: case RA_KIND_CONDITION:
		if (!async && !(state->runtimes & RA_RT_COOPERATIVE) && !one_thread(b))
			owner->owns_thread_lock = true;
		else
			owner->owns_async_lock = true;
		owner->own_lock = true;
		if (owner->lock == RA_NONE) {
			owner->lock = state->index;
			owner->line = state->line;
		}
		break;
	case RA_KIND_FUTURE: case RA_KIND_CHANNEL:
		if (one_thread(b)) /* every answer is a promise there, every wire a stream */
			break;
		/* fall through */
	case RA_KIND_EVENT: case RA_KIND_QUEUE: case RA_KIND_TASK: case RA_KIND_SCOPE:
		owner->owns_sync_object = true;
		if (!owner->line)
			owner->line = state->line;
		break;
	default:
		if (!is_made_for_threads(b, state))
			break;
		owner->owns_sync_object = owner->threads = true; /* made to be shared by threads */
		if (!owner->line)
			owner->line = state->line;
		break;
	}
}

/* A guard whose constructor is not in sight is what its uses say. */
static void learn_guards(struct build *b)
{
	for (size_t i = 0; i < b->out->regions.n; i++) {
		const struct ra_region *region = &b->out->regions.v[i];
		struct ra_state *state;

		if (region->lock == RA_NONE || region->key.len || region->entry)
			continue;
		state = ra_state_at(b, region->lock);
		if (state->kind != RA_KIND_UNKNOWN && state->kind != RA_KIND_NULL)
			continue;
		state->kind = region->kind;
		if (region->async)
			state->api_flags |= RA_API_ASYNC;
	}
}

static bool runs_in_thread(const struct ra_fact *spawn)
{
	const struct ra_api_row *row = spawn->row;

	return row && (row->kind == RA_KIND_THREAD || row->effect == RA_EFFECT_OFFLOAD ||
		       (row->flags & RA_API_THREAD) || (row->runtimes & RA_RT_THREADS));
}

/* What says that any thread may call it is for threads to call; a coroutine runs on its loop. */
static void find_documented(struct build *b)
{
	const struct ra_shape *shape = b->shape;

	if (one_thread(b) || shape->tokens->language->typed || b->out->source->parts->test)
		return;
	for (uint32_t c = 0; c < shape->classes.n; c++)
		b->out->owners[c].documented =
			ra_words_promise_threads(b, shape->classes.v[c].node,
						 ra_node_line(shape, shape->classes.v[c].node));
	for (uint32_t u = 1; u < shape->units.n; u++) {
		const struct ra_unit *unit = &shape->units.v[u];
		struct ra_unit_facts *facts = &b->out->units[u];

		if ((unit->flags & RA_U_LAMBDA) || facts->is_async || facts->constructs)
			continue;
		facts->documented = ra_words_promise_threads(b, unit->node, unit->line);
		facts->in_thread |= facts->documented;
	}
}

/* class Worker(Thread): its `run` is the target */
static void thread_classes(struct build *b)
{
	for (uint32_t c = 0; c < b->shape->classes.n; c++) {
		const struct ra_node *kid = b->shape->classes.v[c].node->kids;
		uint32_t run = ra_method_named(b, c, RA_STR("run"));

		b->unit = b->shape->classes.v[c].unit;
		for (; kid && kid->kind != RA_N_BLOCK; kid = kid->next) {
			struct ra_str full;
			const struct ra_api_row *row;

			if (kid->kind != RA_N_NAME && kid->kind != RA_N_MEMBER)
				continue;
			row = ra_api_with(ra_callee_row(b, kid, &full), RA_EFFECT_NEW);
			if (row && row->kind == RA_KIND_THREAD && run != RA_NONE)
				b->out->units[run].in_thread = true;
		}
	}
	b->unit = 0;
}

static void spread_threads(struct build *b)
{
	bool changed = true;

	for (size_t i = 0; i < b->out->facts.n; i++) {
		const struct ra_fact *fact = &b->out->facts.v[i];

		if (fact->kind == RA_FACT_SPAWN && fact->callee != RA_NONE && runs_in_thread(fact))
			b->out->units[fact->callee].in_thread = true;
	}
	thread_classes(b);
	find_documented(b);
	for (int round = 0; changed && round < 8; round++) {
		changed = false;
		for (size_t i = 0; i < b->out->facts.n; i++) {
			const struct ra_fact *fact = &b->out->facts.v[i];

			if (fact->kind != RA_FACT_CALL || fact->callee == RA_NONE ||
			    !b->out->units[fact->unit].in_thread ||
			    b->out->units[fact->callee].in_thread ||
			    b->out->units[fact->callee].is_async ||
			    b->out->units[fact->callee].constructs)
				continue;
			b->out->units[fact->callee].in_thread = changed = true;
		}
	}
}

static void merge_owner(struct ra_owner *into, const struct ra_owner *from)
{
	into->owns_thread_lock |= from->owns_thread_lock;
	into->owns_async_lock |= from->owns_async_lock;
	into->owns_sync_object |= from->owns_sync_object;
	into->spawns |= from->spawns;
	into->class_level |= from->class_level;
	into->named_shared |= from->named_shared;
	into->threads |= from->threads;
	if (into->lock == RA_NONE)
		into->lock = from->lock;
	if (!into->line)
		into->line = from->line;
}

/* Waiting for several promises at once starts no task that outlives the wait. */
static bool is_spawn(const struct build *b, const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_SPAWN &&
	       !(one_thread(b) && ra_api_with(fact->row, RA_EFFECT_GATHER));
}

/* A map of the file's own making, with the operators of one, that takes a thread lock for each
 * step: it is made to be shared by threads, and so is what holds it. */
static void find_locked_maps(struct build *b)
{
	for (size_t s = 0; s < b->out->states.n; s++) {
		struct ra_state *state = &b->out->states.v[s];
		uint32_t class_ = state->class_ - 1;

		if (!state->class_ || one_thread(b) || b->shape->tokens->language->typed ||
		    state->kind != RA_KIND_UNKNOWN || !b->out->owners[class_].owns_thread_lock ||
		    ra_method_named(b, class_, RA_STR("__getitem__")) == RA_NONE ||
		    ra_method_named(b, class_, RA_STR("__setitem__")) == RA_NONE)
			continue;
		state->kind = RA_KIND_DICT;
		state->runtimes |= RA_RT_THREADS;
		owner_by_state(b, state);
	}
}

static void find_owners(struct build *b)
{
	const struct ra_shape *shape = b->shape;

	for (size_t c = 0; c < shape->classes.n; c++) {
		b->out->owners[c].lock = RA_NONE;
		b->out->owners[c].named_shared = named_shared(shape->classes.v[c].name);
	}
	for (size_t s = 0; s < b->out->states.n; s++)
		owner_by_state(b, &b->out->states.v[s]);
	find_locked_maps(b);
	for (size_t u = 0; u < shape->units.n; u++) {
		const struct ra_unit_facts *unit = &b->out->units[u];
		struct ra_owner *owner;

		if (!shape->units.v[u].class_)
			continue;
		owner = &b->out->owners[shape->units.v[u].class_ - 1];
		owner->threads |= unit->in_thread;
		for (uint32_t i = 0; i < unit->n; i++)
			owner->spawns |= is_spawn(b, &b->out->facts.v[unit->first + i]);
	}
	/* what shows that an object is shared shows it for its bases and for what derives from it */
	for (size_t c = shape->classes.n; c--;)
		for (uint32_t i = 0; i < b->class_names[c].n_bases; i++)
			merge_owner(&b->out->owners[b->class_names[c].bases[i]], &b->out->owners[c]);
	for (size_t c = 0; c < shape->classes.n; c++)
		for (uint32_t i = 0; i < b->class_names[c].n_bases; i++) {
			const struct ra_owner *base = &b->out->owners[b->class_names[c].bases[i]];

			merge_owner(&b->out->owners[c], base);
			b->out->owners[c].documented |= base->documented; /* not the other way */
		}
}

/* -- entries ------------------------------------------------------------------------------- */

static void strengthen(struct ra_evidence *evidence, enum ra_together strength, bool preemptive,
		       uint32_t fact, uint32_t line, struct ra_str text)
{
	evidence->preemptive |= preemptive;
	if (strength < evidence->strength ||
	    (strength == evidence->strength && evidence->text.len))
		return;
	evidence->strength = strength;
	evidence->fact = fact;
	evidence->line = line;
	evidence->text = text;
}

/* Whoever shows the text may do so in another file of the source. */
static struct ra_str line_words(struct build *b, uint32_t line)
{
	return ra_source_words(b->arena, b->out->source, line, 0);
}

static struct ra_str owner_text(struct build *b, uint32_t class_, const struct ra_owner *owner)
{
	struct ra_str name = b->shape->classes.v[class_].name;
	struct ra_str line = line_words(b, owner->line);

	if (owner->lock != RA_NONE)
		return ra_printf(b->arena, "`%.*s` owns the lock `%.*s` (line %.*s)", RA_FMT(name),
				 RA_FMT(ra_state_at(b, owner->lock)->field), RA_FMT(line));
	if (owner->class_level)
		return ra_printf(b->arena, "`%.*s` is reached through its class or the module",
				 RA_FMT(name));
	if (owner->owns_sync_object)
		return ra_printf(b->arena, "`%.*s` coordinates tasks (line %.*s)", RA_FMT(name),
				 RA_FMT(line));
	if (owner->documented)
		return ra_printf(b->arena, "threads share a `%.*s`, as its documentation says",
				 RA_FMT(name));
	if (owner->spawns)
		return ra_printf(b->arena, "`%.*s` starts tasks of its own", RA_FMT(name));
	return ra_printf(b->arena, "one `%.*s` serves many tasks by its name", RA_FMT(name));
}

/* A task of it runs on one thread while another one runs on the next. */
static bool runs_in_parallel(const struct ra_unit_facts *unit)
{
	return unit->is_async && (unit->runtimes & RA_RT_PARALLEL);
}

/* `&mut self`, `self`: nobody else has the object while the unit runs. */
static bool is_alone(const struct build *b, const struct ra_unit *unit)
{
	return b->shape->tokens->language->drops_values && unit->receiver.len &&
	       !(unit->flags & (RA_U_STATIC | RA_U_POINTER));
}

static void entry_of_method(struct build *b, const struct ra_unit *unit, struct ra_unit_facts *facts)
{
	const struct ra_owner *owner = &b->out->owners[unit->class_ - 1];
	bool locks = owner->owns_thread_lock || owner->owns_async_lock;
	bool single = named_single(b->shape->classes.v[unit->class_ - 1].name) && !owner->own_lock;
	bool shared = locks || owner->class_level || owner->named_shared || owner->spawns ||
		      owner->owns_sync_object || owner->documented;
	bool threads = owner->owns_thread_lock || owner->threads || owner->documented;

	facts->preemptive = facts->in_thread || (threads && !facts->is_async && !single) ||
			    (runs_in_parallel(facts) && !owner->confined);
	if (one_thread(b) && ra_unit_is_public(b, unit) && !shared && !single)
		strengthen(&facts->self, RA_TOGETHER_OPEN, false, RA_NONE, unit->line,
			   ra_printf(b->arena, "any caller may run `%.*s` while another waits in it",
				     RA_FMT(unit->qualified)));
	if (!ra_unit_is_public(b, unit) || !shared || single || is_alone(b, unit))
		return;
	strengthen(&facts->self, locks ? RA_TOGETHER_LOCKED : RA_TOGETHER_PUBLIC,
		   facts->preemptive, RA_NONE, owner->line,
		   owner_text(b, unit->class_ - 1, owner));
}

/* An object that the framework makes for each call (kind LOCAL) shares only what lies outside. */
static void entry_by_framework(struct build *b, const struct ra_unit *unit,
			       struct ra_unit_facts *facts)
{
	const struct ra_api_row *row = !(unit->flags & RA_U_METHOD) ? NULL :
				       ra_api_with(ra_base_row(b, unit->class_ - 1, unit->name), RA_EFFECT_HANDLER);

	if (!row)
		return;
	facts->in_thread |= (row->flags & RA_API_THREAD) && !facts->is_async;
	strengthen(&facts->self, row->kind == RA_KIND_LOCAL ? RA_TOGETHER_PUBLIC
							    : RA_TOGETHER_HANDLER,
		   (row->runtimes & RA_RT_THREADS) && !facts->is_async, RA_NONE, unit->line,
		   ra_printf(b->arena, "its framework calls `%.*s`", RA_FMT(unit->qualified)));
}

/* The name of a type, without what points to it and what it is made of: `*http.Request`,
 * `State<Pool>`. */
static struct ra_str type_name(struct build *b, const struct ra_node *node)
{
	while (node && node->kids && (node->kind == RA_N_UNARY || node->kind == RA_N_INDEX))
		node = node->kids;
	return node && (node->kind == RA_N_NAME || node->kind == RA_N_MEMBER)
	       ? ra_full_name(b, node) : RA_STR("");
}

/* What takes a request is there for a server, which has many of them at once. */
static void entry_by_parameter(struct build *b, const struct ra_unit *unit,
			       struct ra_unit_facts *facts)
{
	const struct ra_node *kid = unit->node->kids;

	for (; kid && kid->kind != RA_N_BLOCK; kid = kid->next) {
		const struct ra_node *type = kid->kind != RA_N_PARAM ? NULL :
					     ra_node_find(kid, RA_N_ANNOTATION);
		struct ra_str name = type ? type_name(b, type->kids) : RA_STR("");
		const struct ra_api_row *row = !name.len ? NULL :
			ra_api_with(ra_api_find(b->api, name), RA_EFFECT_HANDLER);

		if (!row || !(row->flags & RA_API_TYPED))
			continue;
		strengthen(&facts->self, RA_TOGETHER_HANDLER,
			   (row->flags & RA_API_THREAD) && !facts->is_async, RA_NONE, unit->line,
			   ra_printf(b->arena, "`%.*s` takes a `%.*s`: a server runs it for each of "
				     "its requests", RA_FMT(unit->qualified), RA_FMT(name)));
		facts->preemptive |= (row->flags & RA_API_THREAD) && !facts->is_async;
		facts->served = true;
	}
}

static bool module_has_thread_lock(const struct build *b)
{
	for (size_t i = 0; i < b->out->states.n; i++) {
		const struct ra_state *state = &b->out->states.v[i];

		if (state->scope == RA_SCOPE_MODULE && state->kind == RA_KIND_LOCK &&
		    !(state->api_flags & RA_API_ASYNC))
			return true;
	}
	return false;
}

static void entry_of_function(struct build *b, const struct ra_unit *unit,
			      struct ra_unit_facts *facts, bool thread_lock)
{
	facts->preemptive = facts->in_thread || (thread_lock && !facts->is_async) ||
			    runs_in_parallel(facts);
	if (!ra_unit_is_public(b, unit) || unit->up)
		return;
	if (facts->is_async || facts->goes_on || one_thread(b))
		strengthen(&facts->self, RA_TOGETHER_PUBLIC, facts->preemptive, RA_NONE, unit->line,
			   ra_printf(b->arena, "any task may call `%.*s`", RA_FMT(unit->name)));
	else if (facts->preemptive)
		strengthen(&facts->self, RA_TOGETHER_LOCKED, true, RA_NONE, unit->line,
			   RA_STR("the module owns a thread lock"));
}

static void entry_by_start(struct build *b, const struct ra_fact *fact)
{
	struct ra_unit_facts *callee = &b->out->units[fact->callee];
	struct ra_str name = b->shape->units.v[fact->callee].qualified;
	struct ra_str line = line_words(b, fact->line);
	bool thread = runs_in_thread(fact);
	bool loop = b->shape->blocks.v[fact->block].loop ||
		    (fact->node && fact->node->up && fact->node->up->kind == RA_N_COMPREHENSION);
	enum ra_together strength;

	if (fact->kind == RA_FACT_SPAWN) {
		callee->spawned++;
		strength = loop || callee->spawned > 1 ? RA_TOGETHER_SPAWNED
			 : thread ? RA_TOGETHER_THREAD : RA_TOGETHER_UNKNOWN;
		strengthen(&callee->self, strength, thread || runs_in_parallel(callee),
			   fact->index, fact->line,
			   ra_printf(b->arena, "`%.*s` %s at line %.*s", RA_FMT(name),
				     thread ? "runs in a thread started" : loop ?
				     "is spawned in a loop" : "is spawned", RA_FMT(line)));
	} else if (ra_api_with(fact->row, RA_EFFECT_HANDLER) &&
		   !(fact->row->flags & RA_API_TEST)) { /* tests run one after the other */
		thread &= !callee->is_async; /* that runs on the loop, whoever calls it */
		callee->preemptive |= thread;
		callee->served = true;
		strengthen(&callee->self, RA_TOGETHER_HANDLER, thread, fact->index, fact->line,
			   ra_printf(b->arena, "`%.*s` is registered as a handler at line "
				     "%.*s", RA_FMT(name), RA_FMT(line)));
	}
}

/* Called by the function in which it stands: each run of that has its own, with its own locals. */
static bool is_of_caller(const struct build *b, const struct ra_fact *call)
{
	uint32_t around = b->shape->units.v[call->callee].up, unit = call->unit;

	while (unit && unit != around)
		unit = b->shape->units.v[unit].up;
	return around && unit && one_thread(b);
}

/* What only code of this file runs is entered as its callers are. */
static void spread_entries(struct build *b)
{
	bool changed = true;

	for (int round = 0; changed && round < 8; round++) {
		changed = false;
		for (size_t i = 0; i < b->out->facts.n; i++) {
			const struct ra_fact *fact = &b->out->facts.v[i];
			const struct ra_evidence *from;
			struct ra_evidence *to;

			if (fact->kind != RA_FACT_CALL || fact->callee == RA_NONE ||
			    (fact->flags & RA_FACT_INLINED) ||
			    b->out->units[fact->unit].constructs)
				continue;
			from = &b->out->units[fact->unit].self;
			to = &b->out->units[fact->callee].self;
			if (from->strength <= to->strength && (to->preemptive || !from->preemptive))
				continue;
			strengthen(to, from->strength, from->preemptive, from->fact, from->line,
				   from->text);
			b->out->units[fact->callee].by_outer = is_of_caller(b, fact);
			changed = true;
		}
	}
}

/* A method of an object that is written out: whoever gets the object calls it. */
static bool is_entry(const struct ra_unit *unit)
{
	const struct ra_node *up = unit->node->up;

	return unit->node->kind == RA_N_LAMBDA && up && up->kind == RA_N_PAIR;
}

void ra_facts_together(struct build *b)
{
	bool thread_lock;

	ra_facts_runtimes(b);
	learn_guards(b);
	spread_threads(b);
	find_owners(b);
	thread_lock = module_has_thread_lock(b);
	for (uint32_t u = 0; u < b->shape->units.n; u++) {
		struct ra_unit_facts *facts = &b->out->units[u];
		const struct ra_unit *unit = &b->shape->units.v[u];
		struct ra_str escapes = line_words(b, facts->escapes);

		facts->self = (struct ra_evidence){ .strength = RA_TOGETHER_UNKNOWN,
						    .fact = RA_NONE, .text = RA_STR("") };
		if (unit->class_) {
			entry_of_method(b, unit, facts);
			entry_by_framework(b, unit, facts);
		}
		else if (u)
			entry_of_function(b, unit, facts, thread_lock);
		if (u && !b->out->source->parts->test)
			entry_by_parameter(b, unit, facts);
		if (facts->documented)
			strengthen(&facts->self, RA_TOGETHER_HANDLER, true, RA_NONE, unit->line,
				   ra_printf(b->arena, "any thread may call `%.*s`, as its "
					     "documentation says", RA_FMT(unit->qualified)));
		facts->self.preemptive |= facts->in_thread;
		if (one_thread(b) && (facts->is_async || facts->goes_on) && is_entry(unit))
			strengthen(&facts->self, RA_TOGETHER_OPEN, false, RA_NONE, unit->line,
				   ra_printf(b->arena, "any caller may run `%.*s` while another "
					     "waits in it", RA_FMT(unit->qualified)));
		if (facts->escapes && !(unit->flags & RA_U_LAMBDA))
			strengthen(&facts->self, RA_TOGETHER_PUBLIC, false, RA_NONE, facts->escapes,
				   ra_printf(b->arena, "`%.*s` is handed on as a callback at line %.*s",
					     RA_FMT(unit->name),
					     RA_FMT(escapes)));
	}
	for (size_t i = 0; i < b->out->facts.n; i++) {
		const struct ra_fact *fact = &b->out->facts.v[i];

		if ((fact->kind == RA_FACT_SPAWN || fact->kind == RA_FACT_CALL) &&
		    fact->callee != RA_NONE && !(fact->flags & RA_FACT_INLINED))
			entry_by_start(b, fact);
	}
	spread_entries(b);
	for (uint32_t u = 0; u < b->shape->units.n; u++) {
		struct ra_unit_facts *facts = &b->out->units[u];

		if (facts->constructs || u == 0)
			facts->self.strength = RA_TOGETHER_NO;
	}
}

/* -- questions ----------------------------------------------------------------------------- */

struct ra_evidence ra_units_together(const struct ra_facts *facts, uint32_t u, uint32_t v)
{
	const struct ra_unit_facts *a = &facts->units[u], *b = &facts->units[v];
	const struct ra_unit_facts *weak = a->self.strength <= b->self.strength ? a : b;
	const struct ra_unit_facts *strong = weak == a ? b : a;
	struct ra_evidence evidence = weak->self;

	if (a->self.strength == RA_TOGETHER_NO || b->self.strength == RA_TOGETHER_NO) {
		evidence.strength = RA_TOGETHER_NO;
		return evidence;
	}
	if (u != v) {
		/* a task of its own overlaps with whatever else runs */
		const struct ra_unit_facts *spawned = a->spawned ? a : b;

		if (spawned->spawned && spawned->self.text.len &&
		    weak->self.strength < RA_TOGETHER_SPAWNED) {
			evidence = spawned->self;
			evidence.strength = RA_TOGETHER_SPAWNED;
		} else if (strong->self.strength >= RA_TOGETHER_HANDLER &&
			   weak->self.strength == RA_TOGETHER_UNKNOWN && strong->in_thread) {
			evidence = strong->self;
		}
	}
	evidence.preemptive = (a->preemptive && b->preemptive) || a->in_thread || b->in_thread;
	return evidence;
}

struct ra_evidence ra_state_shared(const struct ra_facts *facts, uint32_t index)
{
	const struct ra_state *state = &facts->states.v[index];
	struct ra_evidence evidence = { RA_TOGETHER_UNKNOWN, false, RA_NONE, state->line,
					RA_STR("") };
	const struct ra_owner *owner;

	switch ((enum ra_scope)state->scope) {
	case RA_SCOPE_MODULE:
		evidence.strength = RA_TOGETHER_PUBLIC;
		evidence.text = RA_STR("module state is shared by all tasks");
		return evidence;
	case RA_SCOPE_CLASS:
		evidence.strength = RA_TOGETHER_PUBLIC;
		evidence.text = RA_STR("class state is shared by all instances");
		return evidence;
	case RA_SCOPE_CLOSURE:
		return evidence;
	case RA_SCOPE_INSTANCE:
		break;
	}
	owner = &facts->owners[state->owner];
	evidence.preemptive = owner->owns_thread_lock || owner->threads;
	if (owner->owns_thread_lock || owner->owns_async_lock)
		evidence.strength = RA_TOGETHER_LOCKED;
	else if (owner->owns_sync_object || owner->spawns || owner->class_level ||
		 owner->named_shared || owner->documented)
		evidence.strength = RA_TOGETHER_PUBLIC;
	return evidence;
}
