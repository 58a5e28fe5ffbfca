/* dump: facts as text, one a line, for tests and for people who wonder why a rule is silent. */
#include "core/facts/facts.h"

static const char *const fact_names[RA_FACT_KIND_COUNT] = {
	"read", "test", "iterate", "write", "update", "insert", "delete", "checkpoint", "acquire",
	"release", "spawn", "join", "wait", "wake", "send", "receive", "select", "call", "leave",
};

static const char *const use_names[] = {
	"operand", "dropped", "bound", "stored", "returned", "awaited", "passed", "tested",
	"entered",
};

static const char *const switch_names[] = { "await", "enter", "exit", "next", "yield" };
static const char *const says_names[] = { "value", "present", "absent" };

static const char *const promise_names[] = { "", "maybe-promise", "likely-promise", "promise" };

static const struct { uint16_t flag; const char *name; } flag_names[] = {
	{ RA_FACT_MAY_RAISE, "raises" }, { RA_FACT_ATOMIC, "atomic" },
	{ RA_FACT_CONSTANT, "constant" }, { RA_FACT_NULL, "null" },
	{ RA_FACT_NO_SWITCH, "no-switch" }, { RA_FACT_VIA_ALIAS, "alias" },
	{ RA_FACT_INLINED, "inlined" }, { RA_FACT_AWAITS_TIMED, "timed" },
	{ RA_FACT_DEFERRED, "deferred" }, { RA_FACT_IN_SELECT, "in-select" },
	{ RA_FACT_NO_WAIT, "no-wait" },
};

static void dump_fact(const struct ra_facts *facts, const struct ra_fact *fact, struct ra_buf *out)
{
	ra_buf_addf(out, "  %u: %s", fact->line, fact_names[fact->kind]);
	if (fact->kind == RA_FACT_TEST)
		ra_buf_addf(out, " %s", says_names[fact->how]);
	else if (fact->kind == RA_FACT_CHECKPOINT)
		ra_buf_addf(out, " %s", switch_names[fact->how]);
	else if (!ra_fact_is_access(fact->kind) && fact->kind != RA_FACT_LEAVE)
		ra_buf_addf(out, " %s", use_names[fact->how]);
	if (fact->state != RA_NONE)
		ra_buf_addf(out, " %.*s", RA_FMT(facts->states.v[fact->state].name));
	if (fact->key.len)
		ra_buf_addf(out, "[%.*s]", RA_FMT(fact->key));
	if (fact->name.len)
		ra_buf_addf(out, " `%.*s`", RA_FMT(fact->name));
	if (fact->callee != RA_NONE)
		ra_buf_addf(out, " -> %.*s", RA_FMT(facts->shape->units.v[fact->callee].qualified));
	if (fact->promise && !ra_fact_is_access(fact->kind))
		ra_buf_addf(out, " %s", promise_names[fact->promise]);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(*flag_names); i++)
		if (fact->flags & flag_names[i].flag)
			ra_buf_addf(out, " %s", flag_names[i].name);
	for (uint32_t i = 0; i < fact->n_regions; i++)
		ra_buf_addf(out, " {%u %.*s}", fact->regions[i],
			    RA_FMT(facts->regions.v[fact->regions[i]].text));
	ra_buf_addc(out, '\n');
}

static void dump_unit(const struct ra_facts *facts, uint32_t index, struct ra_buf *out)
{
	static const char *const together[] = { "alone", "unknown", "open", "public", "locked", "handler",
						"thread", "spawned" };
	const struct ra_unit_facts *unit = &facts->units[index];

	ra_buf_addf(out, "unit %.*s%s%s%s%s%s%s%s %s: %.*s\n",
		    RA_FMT(facts->shape->units.v[index].qualified), unit->is_async ? " async" : "",
		    unit->reaches_switch ? " switches" : "", unit->constructs ? " constructs" : "",
		    unit->preemptive ? " preemptive" : "",
		    unit->cannot_fail ? " cannot-fail" : "", unit->fails ? " fails" : "",
		    unit->endless ? " endless" : "", together[unit->self.strength],
		    RA_FMT(unit->self.text));
	for (uint32_t i = 0; i < unit->n_stream; i++)
		dump_fact(facts, ra_fact(facts, unit->stream[i]), out);
}

void ra_facts_dump(const struct ra_facts *facts, struct ra_buf *out)
{
	static const char *const scopes[] = { "instance", "class", "module", "closure" };

	for (size_t i = 0; i < facts->states.n; i++) {
		const struct ra_state *state = &facts->states.v[i];

		ra_buf_addf(out, "state %.*s %s %s%s%s\n", RA_FMT(state->name), scopes[state->scope],
			    ra_kind_name(state->kind), state->constant ? " constant" : "",
			    state->api_flags & RA_API_ASYNC ? " async" : "");
	}
	for (uint32_t u = 0; u < facts->shape->units.n; u++)
		dump_unit(facts, u, out);
}
