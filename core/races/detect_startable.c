/*
 * startable: a unit that reports to its starter when it is ready, through a parameter p.
 *
 *     never     unit u(p) does not mention p: whoever starts u and waits for the report hangs
 *     unwaited  context manager: spawn u, not waiting for the report; yield    the body runs before
 *               u is ready
 *
 * p is a parameter whose name or annotation the card lists. Silent for stubs, and once p is passed
 * on. `unwaited` is sure only where u is a unit of the file and the spawner is a context manager.
 */
#include "core/races/tree.h"

static const struct ra_node *report_parameter(const struct ra_detection *d, uint32_t unit)
{
	const struct ra_node *kid = d->facts->shape->units.v[unit].node->kids;

	for (; kid; kid = kid->next) {
		const struct ra_node *note = kid->kind == RA_N_PARAM ?
					     ra_node_find(kid, RA_N_ANNOTATION) : NULL;
		const struct ra_node *type = note ? note->kids : NULL;

		if (kid->kind != RA_N_PARAM)
			continue;
		if (type && type->kind == RA_N_INDEX)
			type = type->kids;
		if (ra_card_has(d->card, "names", ra_cstr(d->arena, kid->text)) ||
		    ra_card_has(d->card, "types", ra_cstr(d->arena, ra_tree_last_word(type))))
			return kid;
	}
	return NULL;
}

/* Nothing but a text, `...`, `pass` or a raise: the real one is elsewhere. */
static bool is_stub(const struct ra_shape *shape, uint32_t unit)
{
	const struct ra_node *at = shape->blocks.v[shape->units.v[unit].block].node->kids;

	for (; at; at = at->next)
		if (at->kind != RA_N_PASS && at->kind != RA_N_RAISE &&
		    !(at->kind == RA_N_EXPRESSION && (at->kids->kind == RA_N_STRING ||
						      at->kids->kind == RA_N_LITERAL)))
			return false;
	return true;
}

static void report_never(struct ra_detection *d, uint32_t unit, const struct ra_node *param)
{
	const struct ra_unit *u = &d->facts->shape->units.v[unit];
	struct ra_candidate *c = ra_candidate_node(d, unit, u->node, param->text);

	if (!c)
		return;
	c->question |= d->facts->units[unit].test;
	ra_candidate_var(d, c, "task", "%.*s", RA_FMT(u->name));
	ra_candidate_var(d, c, "parameter", "%.*s", RA_FMT(param->text));
	ra_candidate_step(d, c, "Task A", 0, true, "starts `%.*s` and waits until it is ready",
			  RA_FMT(u->qualified));
	ra_candidate_step(d, c, "Task B", u->line, true, "`%.*s` runs and never uses `%.*s`",
			  RA_FMT(u->qualified), RA_FMT(param->text));
}

static void find_never(struct ra_detection *d)
{
	const struct ra_shape *shape = d->facts->shape;

	for (uint32_t i = 1; i < shape->units.n; i++) {
		const struct ra_unit *unit = &shape->units.v[i];
		const struct ra_node *param;

		if (!(unit->flags & RA_U_ASYNC) || is_stub(shape, i))
			continue;
		param = report_parameter(d, i);
		if (param && !ra_tree_read(shape->blocks.v[unit->block].node, param->text, NULL))
			report_never(d, i, param);
	}
}

static bool is_manager(const struct ra_detection *d, uint32_t unit)
{
	const struct ra_unit *u = &d->facts->shape->units.v[unit];

	return ra_card_has(d->card, "enters", ra_cstr(d->arena, u->name)) ||
	       ra_tree_decorated(d, unit, "managers");
}

static void find_unwaited(struct ra_detection *d)
{
	const struct ra_shape *shape = d->facts->shape;

	for (size_t i = 0; i < d->facts->facts.n; i++) {
		const struct ra_fact *spawn = ra_fact(d->facts, (uint32_t)i);
		const struct ra_node *param;
		struct ra_candidate *c;

		if (spawn->kind != RA_FACT_SPAWN || spawn->callee == RA_NONE ||
		    spawn->how == RA_USE_AWAITED || (spawn->flags & RA_FACT_INLINED) ||
		    !is_manager(d, spawn->unit))
			continue;
		param = report_parameter(d, spawn->callee);
		c = param ? ra_candidate_at(d, spawn, shape->units.v[spawn->callee].name) : NULL;
		if (!c)
			continue;
		c->question |= d->facts->units[spawn->unit].test;
		ra_candidate_var(d, c, "task", "%.*s",
				 RA_FMT(shape->units.v[spawn->callee].name));
		ra_candidate_var(d, c, "parameter", "%.*s", RA_FMT(param->text));
		ra_candidate_event(d, c, "spawn", spawn, "does not wait until it is ready");
		ra_candidate_step(d, c, "Task A", spawn->line, true,
				  "starts the task, does not wait for its report");
		ra_candidate_step(d, c, "Task A", 0, true, "lets the body of the `with` run");
		ra_candidate_step(d, c, "Task B", shape->units.v[spawn->callee].line, true,
				  "only now begins to set up");
	}
}

static void run(struct ra_detection *d)
{
	if (ra_card_has(d->card, "shape", "never"))
		find_never(d);
	if (ra_card_has(d->card, "shape", "unwaited"))
		find_unwaited(d);
}

const struct ra_detector ra_detect_startable = {
	.name = "startable",
	.help = "a task that never reports that it is ready, or whose report nobody awaits",
	.params = "shape names types managers enters",
	.vars = "task parameter",
	.run = run,
};
