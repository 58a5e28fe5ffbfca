/*
 * unused-cancel: a function that has to be called some time is not used on some path.
 *
 *     ctx, cancel := WithTimeout(..) < leaves the unit, no use of cancel on that path
 *
 * The card says which calls give one (`calls`), and which of their results it is (`result`, from 0).
 *     s.cancel = ..    and nothing of the module ever reads a field of that name
 *
 * Any use counts as one: a call, `defer`, an argument, a value that is kept or returned. Silent for
 * a name that is a result of the unit or a variable of a unit around.
 */
#include "core/races/internal.h"
#include "core/races/obligation.h"

/* Which of the results it is: one digit. */
static unsigned result_of(const struct ra_card *card)
{
	struct ra_str digit = ra_card_param(card, "result");

	return digit.len == 1 && digit.ptr[0] >= '0' && digit.ptr[0] <= '9' ?
	       (unsigned)(digit.ptr[0] - '0') : 0;
}

struct lost {
	const struct ra_fact *call;
	const struct ra_node *target;   /* the NAME that takes the function */
};

/* The node's text anywhere in the statement but in its blocks; in function literals too. */
static bool uses(const struct ra_node *node, struct ra_str name)
{
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *at = NULL;

		if (kid->kind == RA_N_BLOCK || kid->kind == RA_N_CASE ||
		    (node->kind == RA_N_IF && kid->kind == RA_N_IF))
			continue;
		while ((at = ra_node_walk(kid, at, true)) != NULL)
			if (at->kind == RA_N_NAME && ra_str_eq(at->text, name))
				return true;
	}
	return false;
}

static struct ra_str name_of(const struct ra_obligation *o)
{
	const struct ra_node *targets = o->begins->statement->kids;

	while (targets->kind == RA_N_ANNOTATION)
		targets = targets->next;
	return ra_node_kid(targets, result_of(o->d->card))->text;
}

static bool ends_at(const struct ra_obligation *o, const struct ra_node *statement)
{
	return uses(statement, name_of(o));
}

/* Is the name declared in this very unit, by the statement or by one before it? */
static bool is_own(const struct ra_facts *facts, const struct lost *lost)
{
	const struct ra_node *unit = facts->shape->units.v[lost->call->unit].node, *at = NULL;

	if (lost->call->statement->flags & RA_F_DECLARE)
		return true;
	while ((at = ra_node_walk(unit, at, false)) != NULL)
		if (at->kind == RA_N_ASSIGN && (at->flags & RA_F_BARE) && at->kids &&
		    at->kids->next && ra_str_eq(at->kids->next->text, lost->target->text))
			return true;
	return false;
}

/* Names of the fields that the source reads anywhere, whatever the object. */
static const struct ra_map *fields_read(const struct ra_detection *d)
{
	struct ra_map *read = ra_new(d->arena, struct ra_map);
	const struct ra_node *at = NULL;

	ra_map_init(read, d->arena);
	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL) {
		const struct ra_node *up = at->up;

		if (at->kind == RA_N_MEMBER &&
		    !(up->kind == RA_N_TUPLE && up->up->kind == RA_N_ASSIGN && up->next) &&
		    !(up->kind == RA_N_ASSIGN && at->next))
			ra_map_put(read, at->text, 0);
	}
	return read;
}

/* A field of that name is only ever assigned to. */
static bool is_never_read(const struct ra_detection *d, const struct ra_map **read,
			  struct ra_str field)
{
	if (!*read)
		*read = fields_read(d);
	return !ra_map_get(*read, field);
}

static bool find(const struct ra_detection *d, struct lost *lost, const struct ra_map **read)
{
	const struct ra_node *statement = lost->call->statement, *targets;
	unsigned n = result_of(d->card);

	if (lost->call->kind != RA_FACT_CALL || (lost->call->flags & RA_FACT_INLINED) ||
	    !statement || statement->kind != RA_N_ASSIGN ||
	    !ra_card_has(d->card, "calls", ra_cstr(d->arena, lost->call->name)))
		return false;
	for (targets = statement->kids; targets && targets->kind == RA_N_ANNOTATION;)
		targets = targets->next;
	lost->target = targets && targets->kind == RA_N_TUPLE ? ra_node_kid(targets, n) : NULL;
	if (lost->target && lost->target->kind == RA_N_MEMBER)
		return is_never_read(d, read, lost->target->text);
	return lost->target && lost->target->kind == RA_N_NAME &&
	       !ra_str_is(lost->target->text, "_") && is_own(d->facts, lost);
}

static void report(struct ra_detection *d, const struct lost *lost, const struct ra_fact *at)
{
	struct ra_candidate *c = ra_candidate_at(d, lost->call, lost->target->text);

	if (!c)
		return;
	ra_candidate_var(d, c, "cancel", "%.*s", RA_FMT(lost->target->text));
	ra_candidate_line(d, c, "leaves", at == lost->call ?
			  d->facts->shape->units.v[at->unit].end_line : at->line);
	ra_candidate_event(d, c, "call", lost->call, "makes `%.*s`", RA_FMT(lost->target->text));
	if (at != lost->call)
		ra_candidate_event(d, c, "leave", at, "leaves without a use of it");
	ra_candidate_step(d, c, "Task A", lost->call->line, true, "makes `%.*s`",
			  RA_FMT(lost->target->text));
	ra_candidate_step(d, c, "Task A", at == lost->call ?
			  d->facts->shape->units.v[at->unit].end_line : at->line, true,
			  "leaves, and nobody has called it");
}

static void run(struct ra_detection *d)
{
	static const enum ra_leak_kind kinds[] = { RA_LEAK_RETURN, RA_LEAK_END };
	const struct ra_map *read = NULL;

	for (size_t i = 0; i < d->facts->facts.n; i++) {
		struct lost lost = { .call = ra_fact(d->facts, (uint32_t)i) };
		struct ra_obligation o = { .d = d, .begins = lost.call, .unit = lost.call->unit,
					   .ends_at = ends_at, .some = true };
		struct ra_leaks leaks;

		if (!find(d, &lost, &read))
			continue;
		if (lost.target->kind == RA_N_MEMBER) {
			report(d, &lost, lost.call);
			continue;
		}
		leaks = ra_obligation_walk(&o);
		for (size_t k = 0; k < RA_COUNT(kinds); k++)
			if (leaks.at[kinds[k]]) {
				report(d, &lost, leaks.at[kinds[k]]);
				break;
			}
	}
}

const struct ra_detector ra_detect_unused_cancel = {
	.name = "unused-cancel",
	.help = "a function that must be called some time is not used on some path",
	.params = "calls result",
	.vars = "cancel leaves",
	.run = run,
};
