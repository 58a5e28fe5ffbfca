/*
 * missing-timeout: a call that talks to a peer and waits as long as the peer likes.
 *
 *     call C, C has no bound of its own; no bound around it
 *
 * The card lists the calls (`calls`, full names) that have no bound unless one is given, the options
 * that give one (`bounds`), and the methods that give one to what the call is worth (`later`). A
 * function of the file that only hands its options on to such a call is one as well. Silent inside a
 * time-out scope, when the arguments are spread or an object is handed on that is not written in the
 * file (a bound may be among them), when the file sets a default (`defaults`, the members that are
 * assigned), and in files of tests. A question where only a person waits, who can leave: in a program
 * that one runs, and in a page (`page`: names and modules that only a page has).
 */
#include "core/races/cancel.h"
#include "core/races/internal.h"

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

static bool is_bound(const struct ra_detection *d, struct ra_str name)
{
	return ra_card_has(d->card, "bounds", ra_cstr(d->arena, name));
}

/* Does the object literal have one of the card's options, or may it, by a spread? */
static bool object_bounds(const struct ra_detection *d, const struct ra_node *object)
{
	for (const struct ra_node *kid = object->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_DOUBLESTAR ||
		    (kid->kind == RA_N_PAIR && is_bound(d, kid->kids->text)))
			return true;
	return false;
}

/* `options.signal = ..` of the local that is handed on. */
static bool member_bounds(const struct ra_detection *d, const struct ra_node *local)
{
	const struct ra_node *at = NULL;

	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL)
		if (at->kind == RA_N_ASSIGN && at->kids && at->kids->kind == RA_N_MEMBER &&
		    is_bound(d, at->kids->text) && at->kids->kids->kind == RA_N_NAME &&
		    ra_str_eq(at->kids->kids->text, local->text))
			return true;
	return false;
}

/* Is the first argument more than an address: an object of options, a prepared request? */
static bool is_request(const struct ra_detection *d, const struct ra_node *arg)
{
	struct ra_str name = ra_tree_last_word(arg);
	const char *word;

	if (arg->kind != RA_N_NAME && arg->kind != RA_N_MEMBER)
		return false;
	while (ra_name_word(d->arena, &name, &word))
		if (ra_card_has(d->card, "requests", word))
			return true;
	return false;
}

/* An argument gives a bound, or may. */
static bool argument_bounds(const struct ra_detection *d, const struct ra_node *arg, bool first)
{
	const struct ra_node *value = arg;

	while (value->kind == RA_N_CAST)
		value = value->kids;
	if (value->kind == RA_N_NAME) {
		const struct ra_node *made = ra_tree_initial(d->facts, value);

		if (made && made->kind == RA_N_DICT)
			return object_bounds(d, made) || member_bounds(d, value);
	}
	if (value->kind == RA_N_DICT)
		return object_bounds(d, value);
	if (first)
		return is_request(d, value);
	return value->kind != RA_N_STRING && value->kind != RA_N_LITERAL && value->kind != RA_N_LIST &&
	       value->kind != RA_N_LAMBDA && value->kind != RA_N_KEYWORD;
}

/* One of the card's options is given, or may be. */
static bool has_option(const struct ra_detection *d, const struct ra_node *call)
{
	bool first = true;

	if (!ra_card_param(d->card, "bounds").len)
		return false;
	for (const struct ra_node *arg = call->kids->next; arg; arg = arg->next, first = false)
		if (argument_bounds(d, arg, first))
			return true;
	return false;
}

/* What follows the call bounds it: `get(url).timeout(5)`, `req.setTimeout(5)`, `req.on('timeout', f)`. */
static bool is_bounded_later(const struct ra_detection *d, const struct ra_node *call)
{
	const struct ra_node *at = call, *root = d->facts->shape->units.v[call->unit].node;
	struct ra_str name = RA_STR("");

	for (; at->up && (at->up->kind == RA_N_MEMBER || at->up->kind == RA_N_CALL ||
			  at->up->kind == RA_N_AWAIT); at = at->up)
		if (at->up->kind == RA_N_MEMBER &&
		    ra_card_has(d->card, "later", ra_cstr(d->arena, at->up->text)))
			return true;
	if (at->up && at->up->kind == RA_N_ASSIGN && at->up->kids->kind == RA_N_NAME)
		name = at->up->kids->text;
	at = NULL;
	while (name.len && (at = ra_node_walk(root, at, true)) != NULL)
		if (at->kind == RA_N_CALL && at->kids->kind == RA_N_MEMBER &&
		    at->kids->kids->kind == RA_N_NAME && ra_str_eq(at->kids->kids->text, name) &&
		    (ra_card_has(d->card, "later", ra_cstr(d->arena, at->kids->text)) ||
		     (at->kids->next && at->kids->next->kind == RA_N_STRING &&
		      ra_str_ifind(at->kids->next->text, RA_STR("timeout")) >= 0)))
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

/* By its full name; a name of the file's own means something else. */
static bool is_listed(const struct ra_detection *d, const struct ra_fact *call)
{
	const struct ra_node *root = call->node->kids;

	if (!ra_card_has(d->card, "calls", ra_cstr(d->arena, call->name)))
		return false;
	while (root->kind == RA_N_MEMBER)
		root = root->kids;
	return root->kind != RA_N_NAME || !ra_str_starts(call->name, root->text) ||
	       !ra_tree_is_declared(d->facts, root);
}

/* `options`, `{ ...options }`, `with_headers(options)` of a parameter. */
static bool passes_param(const struct ra_facts *facts, uint32_t unit, const struct ra_node *arg)
{
	if (is_param(facts, unit, arg))
		return true;
	if (arg->kind != RA_N_CALL && arg->kind != RA_N_DICT)
		return false;
	for (const struct ra_node *kid = arg->kids; kid; kid = kid->next)
		if (is_param(facts, unit, kid->kind == RA_N_DOUBLESTAR ? kid->kids : kid))
			return true;
	return false;
}

static bool gives_bound(const struct ra_detection *d, const struct ra_node *call)
{
	struct ra_str names = ra_card_param(d->card, "bounds"), name;
	bool open;

	while (ra_str_cut(&names, ' ', &name))
		if (name.len && ra_tree_option(call, name, &open))
			return true;
	return false;
}

/* Does the unit hand its own parameter on as the options of such a call? */
static bool hands_on(const struct ra_detection *d, uint32_t unit)
{
	const struct ra_unit_facts *u = &d->facts->units[unit];

	for (uint32_t i = 0; i < u->n; i++) {
		const struct ra_fact *call = ra_fact(d->facts, u->first + i);
		const struct ra_node *arg;

		if (call->kind != RA_FACT_CALL || call->node->kind != RA_N_CALL ||
		    !is_listed(d, call) || gives_bound(d, call->node))
			continue;
		arg = ra_node_kid(call->node, 2);
		if (arg && passes_param(d->facts, unit, arg))
			return true;
	}
	return false;
}

static bool talks(const struct ra_detection *d, const struct ra_fact *call)
{
	return is_listed(d, call) || (call->callee != RA_NONE && ra_card_param(d->card, "bounds").len &&
				      hands_on(d, call->callee));
}

/* Where a future does nothing until it is awaited, whoever awaits it may bound it. */
static bool is_unawaited(const struct ra_facts *facts, const struct ra_fact *call)
{
	return facts->shape->tokens->language->drops_values && call->how != RA_USE_AWAITED &&
	       call->row && (call->row->flags & RA_API_ASYNC);
}

static bool names_test(const struct ra_facts *facts, const struct ra_fact *call)
{
	struct ra_str path = ra_source_part(facts->source, call->line)->path;

	return ra_str_ifind(path, RA_STR("test")) >= 0;
}

/* Is the code part of a page: an address that only a page can ask for, or a name only a page has? */
static bool in_page(const struct ra_detection *d, const struct ra_node *call)
{
	const struct ra_node *address = call->kids->next, *at = NULL;
	const struct ra_facts *facts = d->facts;

	if (!ra_card_param(d->card, "page").len)
		return false;
	if (address && address->kind == RA_N_STRING && address->text.len > 1 &&
	    (address->text.ptr[1] == '/' || address->text.ptr[1] == '.'))
		return true;
	for (size_t i = 0; i < facts->imports.n; i++) {
		struct ra_str rest = facts->imports.v[i].full, module;

		if (ra_str_cut(&rest, '.', &module) &&
		    ra_card_has(d->card, "page", ra_cstr(d->arena, module)))
			return true;
	}
	while ((at = ra_node_walk(facts->shape->root, at, true)) != NULL)
		if (at->kind == RA_N_NAME &&
		    ra_card_has(d->card, "page", ra_cstr(d->arena, at->text)) &&
		    !ra_tree_is_declared(facts, at))
			return true;
	return false;
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;

	for (size_t i = has_default(d) ? facts->facts.n : 0; i < facts->facts.n; i++) {
		const struct ra_fact *call = ra_fact(facts, (uint32_t)i);
		struct ra_candidate *c;

		if (call->kind != RA_FACT_CALL || (call->flags & RA_FACT_INLINED) ||
		    call->node->kind != RA_N_CALL ||
		    !talks(d, call) || is_unawaited(facts, call) || has_option(d, call->node) ||
		    names_test(facts, call) || spreads(call->node) || has_bound(call) ||
		    ra_cancel_bounded(d, call) || is_bounded_later(d, call->node))
			continue;
		c = ra_candidate_at(d, call, call->name);
		if (!c)
			continue;
		c->question |= ra_tree_is_example(facts, call->line) ||
			       ra_tree_is_tool(facts, call->line) ||
			       ra_tree_is_script(facts, call->unit) ||
			       facts->units[call->unit].test || in_page(d, call->node);
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
	.params = "calls bounds requests later defaults page",
	.vars = "call",
	.run = run,
};
