/*
 * missing-timeout: a call that talks to a peer and waits as long as the peer likes.
 *
 *     call C, C has no bound of its own; no bound around it
 *
 * The card lists the calls (`calls`, full names) that have no bound unless one is given. Silent
 * inside a time-out scope, when the arguments are spread (a bound may be among them), and in files
 * of tests.
 */
#include "core/races/cancel.h"

static bool spreads(const struct ra_node *call)
{
	const struct ra_node *arg = call->kids->next;

	for (; arg; arg = arg->next)
		if (arg->kind == RA_N_DOUBLESTAR || arg->kind == RA_N_STAR)
			return true;
	return false;
}

/* The argument that bounds the call, by position as its row says. */
static bool has_bound(const struct ra_fact *call)
{
	const struct ra_api_row *row = call->row;

	for (; row; row = row->more)
		if ((row->flags & RA_API_TIMED) && row->bound >= 0 &&
		    ra_node_kid(call->node, 1 + (unsigned)row->bound))
			return true;
	return false;
}

static bool names_test(const struct ra_facts *facts, const struct ra_fact *call)
{
	struct ra_str path = ra_source_part(facts->source, call->line)->path;

	return ra_str_ifind(path, RA_STR("test")) >= 0;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(facts, (uint32_t)i);
		struct ra_candidate *c;

		if (call->kind != RA_FACT_CALL || (call->flags & RA_FACT_INLINED) ||
		    call->node->kind != RA_N_CALL ||
		    !ra_card_has(d->card, "calls", ra_cstr(d->arena, call->name)) ||
		    names_test(facts, call) || spreads(call->node) || has_bound(call) ||
		    ra_cancel_bounded(d, call))
			continue;
		c = ra_candidate_at(d, call, call->name);
		if (!c)
			continue;
		ra_candidate_var(d, c, "call", "%.*s", RA_FMT(call->name));
		ra_candidate_event(d, c, "switch", call, "no bound in time");
		ra_candidate_step(d, c, "Task A", call->line, true, "calls `%.*s`",
				  RA_FMT(call->name));
		ra_candidate_step(d, c, "peer", 0, true, "takes the connection and never answers");
		ra_candidate_step(d, c, "Task A", call->line, true, "waits for ever");
	}
}

const struct ra_detector ra_detect_missing_timeout = {
	.name = "missing-timeout",
	.help = "a call to a peer with no bound in time anywhere around it",
	.params = "calls",
	.vars = "call",
	.run = run,
};
