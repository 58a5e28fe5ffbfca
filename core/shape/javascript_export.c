/*
 * What other files may run, which only the whole text tells: functions that are exported where
 * they stand, by name, or by an assignment to `exports`. And who constructs a class whose methods
 * are assigned to its prototype: the function of its name.
 */
#include "core/shape/javascript.h"

static void export_unit(struct ra_builder *build, const struct ra_node *value)
{
	struct ra_unit *unit = &build->shape->units.v[value->unit];

	if ((value->kind == RA_N_LAMBDA || value->kind == RA_N_FUNCTION) && unit->node == value)
		unit->flags |= RA_U_EXPORTED;
}

static void export_value(struct ra_builder *build, struct ra_map *names,
			 const struct ra_node *value)
{
	while (value->kind == RA_N_ASSIGN && value->kids && value->kids->next)
		value = value->kids->next;
	export_unit(build, value);
	if (value->kind == RA_N_NAME)
		ra_map_put(names, value->text, 0);
	for (const struct ra_node *pair = value->kind == RA_N_DICT ? value->kids : NULL; pair;
	     pair = pair->next)
		if (pair->kind == RA_N_PAIR && pair->kids->next)
			export_value(build, names, pair->kids->next);
}

/* `exports.x`, `module.exports`, `module.exports.x` */
static bool is_exports(const struct ra_node *target)
{
	while (target->kind == RA_N_MEMBER) {
		if (target->kids->kind == RA_N_NAME && ra_str_is(target->kids->text, "module") &&
		    ra_str_is(target->text, "exports"))
			return true;
		target = target->kids;
	}
	return target->kind == RA_N_NAME && ra_str_is(target->text, "exports");
}

/* What one statement exports: functions are marked, names collected. */
static void read_statement(struct ra_builder *build, struct ra_map *names,
			   const struct ra_node *node)
{
	const struct ra_node *last = ra_node_last(node);

	if (node->kind == RA_N_EXPORT && !node->text.len) {
		for (last = node->kids; last; last = last->next)
			ra_map_put(names, last->text, 0);
	} else if (last && (node->flags & RA_F_EXPORT)) {
		export_value(build, names, last);
	} else if (last && node->kind == RA_N_ASSIGN && node->kids != last &&
		   (is_exports(node->kids) ||
		    (last->kind == RA_N_ASSIGN && last->kids && is_exports(last->kids)))) {
		export_value(build, names, last);
	}
}

static void mark_named(struct ra_builder *build, const struct ra_map *names)
{
	for (size_t i = 1; i < build->shape->units.n; i++) {
		struct ra_unit *unit = &build->shape->units.v[i];

		if (!unit->up && !(unit->flags & RA_U_METHOD) && ra_map_get(names, unit->name))
			unit->flags |= RA_U_EXPORTED;
	}
}

/* `function X() {}` beside `X.prototype.m = ..` makes what they run on. */
static void find_constructors(struct ra_builder *build)
{
	for (size_t i = 1; i < build->shape->units.n; i++) {
		struct ra_unit *unit = &build->shape->units.v[i];
		size_t *class_ = ra_map_get(&build->class_names, unit->name);

		if (!class_ || unit->class_)
			continue;
		unit->class_ = (uint32_t)*class_ + 1;
		unit->flags |= RA_U_METHOD;
		unit->receiver = ra_str(build->tokens->language->receiver);
	}
}

void js_finish(struct ra_builder *build)
{
	const struct ra_node *statement = build->shape->root->kids->kids;
	struct ra_map names;

	ra_map_init(&names, build->arena);
	for (; statement; statement = statement->next)
		read_statement(build, &names, statement);
	mark_named(build, &names);
	find_constructors(build);
}
