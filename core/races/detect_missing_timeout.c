/*
 * missing-timeout: a call that talks to a peer and waits as long as the peer likes.
 *
 *     call C, C has no bound of its own; no bound around it
 *
 * The card lists the calls (`calls`, full names) that have no bound unless one is given, and the
 * options that give one (`bounds`). A function of the file that only hands its options on to such a
 * call is one as well. Silent inside a time-out scope, when the arguments are spread or an object
 * is handed on (a bound may be among them), when the file sets a default (`defaults`, the members
 * that are assigned), and in files of tests.
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

/* One of the card's options is given, or may be. */
static bool has_option(const struct ra_detection *d, const struct ra_node *call)
{
	struct ra_str names = ra_card_param(d->card, "bounds"), name;
	bool open = false;

	while (ra_str_cut(&names, ' ', &name))
		if (name.len && (ra_tree_option(call, name, &open) || open))
			return true;
	return false;
}

/* `axios.defaults.timeout = 5` */
static bool has_default(const struct ra_detection *d)
{
	const struct ra_node *at = NULL;

	if (!ra_card_param(d->card, "defaults").len)
		return false;
	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		if (at->kind == RA_N_ASSIGN && at->kids && at->kids->kind == RA_N_MEMBER &&
		    ra_card_has(d->card, "defaults",
				ra_cstr(d->arena, ra_node_text(d->facts->shape, at->kids))))
			return true;
	return false;
}

static bool is_param(const struct ra_facts *facts, uint32_t unit, const struct ra_node *arg)
{
	const struct ra_node *kid = facts->shape->units.v[unit].node->kids;

	for (; arg->kind == RA_N_NAME && kid; kid = kid->next)
		if (kid->kind == RA_N_PARAM && ra_str_eq(kid->text, arg->text))
			return true;
	return false;
}

static bool is_listed(const struct ra_detection *d, const struct ra_fact *call)
{
	return ra_card_has(d->card, "calls", ra_cstr(d->arena, call->name));
}

/* Does the unit hand its own parameter on as the options of such a call? */
static bool hands_on(const struct ra_detection *d, uint32_t unit)
{
	const struct ra_unit_facts *u = &d->facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *call = ra_fact(d->facts, u->first + i);
		const struct ra_node *arg;

		if (call->kind != RA_FACT_CALL || call->node->kind != RA_N_CALL ||
		    !is_listed(d, call))
			continue;
		arg = ra_node_kid(call->node, 2);
		if (arg && is_param(d->facts, unit, arg))
			return true;
	}
	return false;
}

static bool talks(const struct ra_detection *d, const struct ra_fact *call)
{
	return is_listed(d, call) || (call->callee != RA_NONE && ra_card_param(d->card, "bounds").len &&
				      hands_on(d, call->callee));
}

static bool names_test(const struct ra_facts *facts, const struct ra_fact *call)
{
	struct ra_str path = ra_source_part(facts->source, call->line)->path;

	return ra_str_ifind(path, RA_STR("test")) >= 0;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = has_default(d) ? facts->facts.n : 0; i < facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(facts, (uint32_t)i);
		struct ra_candidate *c;

		if (call->kind != RA_FACT_CALL || (call->flags & RA_FACT_INLINED) ||
		    call->node->kind != RA_N_CALL ||
		    !talks(d, call) || has_option(d, call->node) ||
		    names_test(facts, call) || spreads(call->node) || has_bound(call) ||
		    ra_cancel_bounded(d, call))
			continue;
		c = ra_candidate_at(d, call, call->name);
		if (!c)
			continue;
		c->question |= ra_tree_is_example(facts, call->line) ||
			       facts->units[call->unit].test;
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
	.params = "calls bounds defaults",
	.vars = "call",
	.run = run,
};
