/*
 * summary: what follows from the facts of all units together: which coroutines ever reach a switch,
 * which units only construct.
 */
#include "core/facts/internal.h"
#include "core/source/language.h"

/* A chain of calls longer than this, written callee last, is no program: it bounds the time. */
enum { ROUNDS_MAX = 64 };

static const struct ra_unit *unit_at(const struct build *b, uint32_t unit)
{
	return &b->shape->units.v[unit];
}

bool ra_name_is_dunder(struct ra_str name)
{
	return name.len > 4 && ra_str_starts(name, RA_STR("__")) && ra_str_ends(name, RA_STR("__"));
}

bool ra_unit_is_public(const struct build *b, const struct ra_unit *unit)
{
	if (unit->flags & (RA_U_LAMBDA | RA_U_MODULE))
		return false;
	if (b->shape->tokens->language->marks_exports)
		return unit->flags & RA_U_EXPORTED;
	return ra_name_is_dunder(unit->name) || (unit->name.len && unit->name.ptr[0] != '_');
}

static bool is_start(const struct ra_fact *fact)
{
	return (fact->kind == RA_FACT_CALL || fact->kind == RA_FACT_SPAWN) &&
	       fact->callee != RA_NONE;
}

/* -- callers ------------------------------------------------------------------------------- */

static void find_callers(struct build *b)
{
	struct ra_unit_facts *units = b->out->units;

	for (size_t i = 0; i < b->out->facts.n; i++)
		if (is_start(&b->out->facts.v[i]))
			units[b->out->facts.v[i].callee].n_callers++;
	for (size_t u = 0; u < b->shape->units.n; u++) {
		units[u].callers = ra_new_array(b->arena, uint32_t, units[u].n_callers);
		units[u].n_callers = 0;
	}
	for (size_t i = 0; i < b->out->facts.n; i++) {
		const struct ra_fact *fact = &b->out->facts.v[i];
		struct ra_unit_facts *callee;

		if (!is_start(fact))
			continue;
		callee = &units[fact->callee];
		((uint32_t *)callee->callers)[callee->n_callers++] = fact->index;
		if (fact->how == RA_USE_AWAITED)
			callee->awaited_somewhere = true;
	}
}

/* -- switches ------------------------------------------------------------------------------ */

/* Nothing but a docstring, `...`, `pass` or `raise`: to be overridden, so nothing is known. */
static bool is_abstract(const struct ra_unit *unit)
{
	const struct ra_node *body = ra_node_find(unit->node, RA_N_BLOCK);

	for (const struct ra_node *kid = body ? body->kids : NULL; kid; kid = kid->next) {
		bool empty = kid->kind == RA_N_PASS || kid->kind == RA_N_RAISE ||
			     (kid->kind == RA_N_EXPRESSION && kid->kids &&
			      (kid->kids->kind == RA_N_STRING || kid->kids->kind == RA_N_LITERAL));
		if (!empty)
			return false;
	}
	return true;
}

static bool may_switch(const struct build *b, const struct ra_fact *fact)
{
	const struct ra_unit_facts *callee;

	if (fact->kind != RA_FACT_CHECKPOINT)
		return false;
	if (fact->how != RA_SW_AWAIT || fact->callee == RA_NONE)
		return true;
	callee = &b->out->units[fact->callee];
	return !callee->is_async || callee->reaches_switch;
}

/* Least fixed point: a coroutine that only awaits itself or such coroutines never switches. */
static void find_switches(struct build *b)
{
	bool changed = true;
	unsigned rounds = 0;

	for (size_t u = 0; u < b->shape->units.n; u++) {
		b->out->units[u].reaches_switch = b->out->units[u].is_async &&
						  is_abstract(unit_at(b, (uint32_t)u));
	}
	for (; changed; rounds++) {
		changed = false;
		for (size_t u = 0; u < b->shape->units.n; u++) {
			struct ra_unit_facts *unit = &b->out->units[u];

			if (!unit->is_async || unit->reaches_switch)
				continue;
			unit->reaches_switch = rounds >= ROUNDS_MAX; /* unknown: it may */
			for (uint32_t i = 0; i < unit->n && !unit->reaches_switch; i++)
				unit->reaches_switch =
					may_switch(b, &b->out->facts.v[unit->first + i]);
			changed |= unit->reaches_switch;
		}
	}
	for (size_t i = 0; i < b->out->facts.n; i++)
		if (b->out->facts.v[i].kind == RA_FACT_CHECKPOINT &&
		    !may_switch(b, &b->out->facts.v[i]))
			b->out->facts.v[i].flags |= RA_FACT_NO_SWITCH;
}

/* -- construction -------------------------------------------------------------------------- */

bool ra_unit_is_constructor(const struct build *b, const struct ra_unit *unit)
{
	return (unit->flags & RA_U_METHOD) &&
	       ra_api_with(ra_api_method(b->api, RA_KIND_UNKNOWN, unit->name),
			   RA_EFFECT_CONSTRUCT);
}

/* All that start it are construction themselves. */
static bool only_constructors_call(struct build *b, uint32_t index)
{
	const struct ra_unit_facts *unit = &b->out->units[index];

	if (!unit->n_callers || !(unit_at(b, index)->flags & RA_U_METHOD) ||
	    ra_unit_is_public(b, unit_at(b, index)))
		return false;
	for (uint32_t i = 0; i < unit->n_callers; i++) {
		const struct ra_fact *call = &b->out->facts.v[unit->callers[i]];

		if (call->kind == RA_FACT_SPAWN || (!b->out->units[call->unit].constructs &&
						    !ra_unit_constructs_for(b, call)))
			return false;
	}
	return true;
}

/* Is a thread lock of the unit's own object made here, whatever the object is like? */
static bool makes_own_lock(const struct build *b, const struct ra_fact *write)
{
	const struct ra_state *state = write->kind == RA_FACT_WRITE
					       ? &b->out->states.v[write->state] : NULL;
	const struct ra_unit *unit = &b->shape->units.v[write->unit];

	if (!state || state->scope != RA_SCOPE_INSTANCE || !unit->class_ || write->key.len ||
	    (state->kind != RA_KIND_LOCK && state->kind != RA_KIND_CONDITION) ||
	    (state->api_flags & RA_API_ASYNC) || b->out->units[write->unit].is_async ||
	    b->shape->blocks.v[write->block].role != RA_B_FUNCTION || !unit->receiver.len ||
	    !ra_str_eq(write->base, unit->receiver))
		return false;
	for (uint32_t i = 0; i < write->n_depends; i++)
		if (ra_api_with(b->out->facts.v[write->depends[i]].row, RA_EFFECT_NEW))
			return true;
	return false;
}

/* Who makes the lock has the object alone: nobody else could have taken it before. */
static void find_makers_of_locks(struct build *b)
{
	for (size_t i = 0; i < b->out->facts.n; i++)
		if (makes_own_lock(b, &b->out->facts.v[i]))
			b->out->units[b->out->facts.v[i].unit].constructs = true;
}

static void find_constructors(struct build *b)
{
	bool changed = true;

	for (size_t u = 0; u < b->shape->units.n; u++)
		b->out->units[u].constructs = ra_unit_is_constructor(b, unit_at(b, (uint32_t)u));
	find_makers_of_locks(b);
	for (unsigned rounds = 0; changed && rounds < ROUNDS_MAX; rounds++) {
		changed = false;
		for (size_t u = 0; u < b->shape->units.n; u++)
			if (!b->out->units[u].constructs && only_constructors_call(b, (uint32_t)u))
				b->out->units[u].constructs = changed = true;
	}
}

/* A state that nothing but construction changes. */
static void find_constants(struct build *b)
{
	for (size_t s = 0; s < b->out->states.n; s++)
		b->out->states.v[s].constant = true;
	for (size_t i = 0; i < b->out->facts.n; i++) {
		const struct ra_fact *fact = &b->out->facts.v[i];

		if (ra_fact_changes(fact->kind) && fact->unit != 0 &&
		    !b->out->units[fact->unit].constructs)
			b->out->states.v[fact->state].constant = false;
	}
}

/* -- tests --------------------------------------------------------------------------------- */

static bool is_test_name(struct ra_str name)
{
	return ra_str_starts(name, RA_STR("test")) || ra_str_starts(name, RA_STR("Test")) ||
	       ra_str_ends(name, RA_STR("Test")) || ra_str_ends(name, RA_STR("Tests")) ||
	       ra_str_ends(name, RA_STR("TestCase"));
}

/* By the names that test runners go by: of the unit or its class. */
static bool names_test(const struct build *b, const struct ra_unit *unit)
{
	return is_test_name(unit->name) ||
	       (unit->class_ && is_test_name(b->shape->classes.v[unit->class_ - 1].name));
}

/* `require('../x')` of a file beside it, whatever becomes of it. */
static bool is_beside(const struct ra_fact *fact)
{
	const struct ra_node *name = ra_api_with(fact->row, RA_EFFECT_IMPORT) &&
				     fact->node->kind == RA_N_CALL ? fact->node->kids->next : NULL;

	return name && name->kind == RA_N_STRING && name->text.len > 2 && name->text.ptr[1] == '.';
}

/* What a test of types is called: it is compiled, and never run. */
static bool asks_types(const struct ra_source *source)
{
	return ra_str_find(source->path, RA_STR("/types/")) >= 0 ||
	       ra_str_find(source->path, RA_STR("test-d")) >= 0;
}

/* In a folder of tests, of what lies outside of it; or with what only tests take. */
static bool tests_others(const struct build *b)
{
	if (!b->out->source->parts->test)
		return false;
	if (asks_types(b->out->source))
		return true;
	for (size_t i = 0; i < b->out->facts.n; i++)
		if (is_beside(&b->out->facts.v[i]))
			return true;
	for (size_t i = 0; i < b->out->imports.n; i++) {
		struct ra_str full = b->out->imports.v[i].full;

		if (ra_str_starts(full, RA_STR("..")) || ra_str_ifind(full, RA_STR("test")) >= 0)
			return true;
	}
	return false;
}

/* A file that gives functions to a test runner, or asks what only tests ask, is there for them. */
static bool gives_tests(const struct build *b)
{
	const struct ra_source *source = b->out->source;

	if (ra_lang_names_test(source->lang, source->path) || tests_others(b))
		return true;
	for (size_t i = 0; i < b->out->facts.n; i++) {
		const struct ra_fact *fact = &b->out->facts.v[i];

		const struct ra_node *test;

		if (!fact->row || !(fact->row->flags & RA_API_TEST))
			continue;
		test = ra_api_operand(fact->row, fact->node);
		if (test && (test->kind == RA_N_LAMBDA || fact->row->effect != RA_EFFECT_HANDLER))
			return true;
	}
	return false;
}

/* By what marks it; what stands in a test is one. */
static void find_tests(struct build *b)
{
	if (b->shape->tokens->language->tests_race)
		return;
	bool by_call = b->shape->tokens->language->tests_by_call;

	b->out->units[0].test = by_call && gives_tests(b);
	for (size_t u = 1; u < b->shape->units.n; u++) {
		const struct ra_unit *unit = &b->shape->units.v[u];

		b->out->units[u].test |= b->out->units[unit->up].test ||
			(unit->flags & RA_U_TEST) || (!by_call && names_test(b, unit));
	}
}

void ra_facts_summaries(struct build *b)
{
	find_tests(b);
	find_callers(b);
	find_switches(b);
	find_constructors(b);
	find_constants(b);
	ra_facts_entered(b);
	ra_facts_entry(b);
	ra_facts_streams(b);
}
