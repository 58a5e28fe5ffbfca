/*
 * lock-copy: a value that holds a lock is copied, and the copy guards nothing that others see.
 *
 *     parameter   a parameter or receiver of such a type, by value
 *     range       the second target of a loop over a list or map of them, the one over a channel
 *     assign      `x := *p`
 *     return      `return *p`
 *
 * A type holds a lock when a row says that its values must stay where they are (`pinned`), or when it
 * is a class of the file one of whose fields, by value, does. Silent for pointers and for literals.
 */
#include "core/races/tree.h"

enum { DEPTH_MAX = 4 };

static const struct ra_class *class_named(const struct ra_shape *shape, struct ra_str name)
{
	for (size_t i = 0; i < shape->classes.n; i++)
		if (ra_str_eq(shape->classes.v[i].name, name))
			return &shape->classes.v[i];
	return NULL;
}

static const struct ra_node *type_of(const struct ra_node *node)
{
	const struct ra_node *annotation = ra_node_find(node, RA_N_ANNOTATION);

	return annotation ? annotation->kids : NULL;
}

/* The name of the lock in a value of the type; empty when it holds none. */
static struct ra_str lock_in(const struct ra_facts *facts, const struct ra_node *type, int depth)
{
	const struct ra_class *class_;
	const struct ra_node *body;

	if (!type || depth == DEPTH_MAX)
		return RA_STR("");
	if (type->kind == RA_N_MEMBER) {
		struct ra_str name = ra_node_text(facts->shape, type);
		const struct ra_api_row *row = ra_api_with(ra_api_find(facts->api, name),
							   RA_EFFECT_NEW);

		return row && (row->flags & RA_API_PINNED) ? name : RA_STR("");
	}
	class_ = type->kind == RA_N_NAME ? class_named(facts->shape, type->text) : NULL;
	body = class_ ? ra_node_find(class_->node, RA_N_BLOCK) : NULL;
	for (const struct ra_node *field = body ? body->kids : NULL; field; field = field->next) {
		struct ra_str found = field->kind == RA_N_ASSIGN ?
				      lock_in(facts, type_of(field), depth + 1) : RA_STR("");

		if (found.len)
			return found;
	}
	return RA_STR("");
}

static void report(struct ra_detection *d, uint32_t unit, const struct ra_node *at,
		   struct ra_str name, struct ra_str lock, const char *how)
{
	struct ra_candidate *c = ra_candidate_node(d, unit, at, name);
	uint32_t line = ra_node_line(d->facts->shape, at);

	if (!c)
		return;
	ra_candidate_var(d, c, "name", "%.*s", RA_FMT(name));
	ra_candidate_var(d, c, "lock", "%.*s", RA_FMT(lock));
	ra_candidate_var(d, c, "how", "%s", how);
	ra_candidate_step(d, c, "Task A", line, true, "`%.*s` is a copy, with a `%.*s` of its own",
			  RA_FMT(name), RA_FMT(lock));
	ra_candidate_step(d, c, "Task B", 0, true, "uses the original: neither waits for the other");
}

static void look_at_param(struct ra_detection *d, const struct ra_node *node)
{
	struct ra_str lock = lock_in(d->facts, type_of(node), 0);

	if (lock.len && node->text.len && !(node->flags & RA_F_STAR))
		report(d, node->unit, node, node->text, lock, "a parameter");
}

/* -- what names are declared as ------------------------------------------------------------- */

/* One pass over the tree, with the declarations that it has met. */
struct pass {
	struct ra_detection *d;
	struct ra_map last;            /* name -> 1 + index in `list` of its last declaration */
	RA_VEC(struct declaration { const struct ra_node *node; size_t before; }) list;
};

static void note_declaration(struct pass *pass, const struct ra_node *node)
{
	const struct ra_node *target = node->kids ? node->kids->next : NULL;
	struct ra_str name = node->text;
	size_t *last;

	if (node->kind != RA_N_PARAM) {
		if (node->kind != RA_N_ASSIGN || !target || node->kids->kind != RA_N_ANNOTATION)
			return;
		name = target->text;
	}
	last = ra_map_put(&pass->last, name, 0);
	*ra_vec_push(pass->d->arena, &pass->list) = (struct declaration){ node, *last };
	*last = pass->list.n;
}

/* The declared type of a name of the unit, or of a package variable. */
static const struct ra_node *declared(const struct pass *pass, const struct ra_node *name)
{
	const size_t *last = ra_map_get(&pass->last, name->text);

	for (size_t i = last ? *last : 0; i; i = pass->list.v[i - 1].before) {
		const struct ra_node *node = pass->list.v[i - 1].node;

		if (node->unit == name->unit || (!node->unit && node->kind == RA_N_ASSIGN))
			return type_of(node);
	}
	return NULL;
}

/* -- copies --------------------------------------------------------------------------------- */

static const struct ra_node *element_of(const struct ra_node *type, bool *by_key)
{
	*by_key = true;
	if (!type)
		return NULL;
	if (type->kind == RA_N_LIST)
		return type->kids;
	if (type->kind == RA_N_DICT && type->kids)
		return ra_node_kid(type->kids, 1);
	*by_key = false;
	return type->kind == RA_N_INDEX && ra_str_is(type->kids->text, "chan") ? type->kids->next
									       : NULL;
}

static void look_at_loop(const struct pass *pass, const struct ra_node *node)
{
	struct ra_detection *d = pass->d;
	const struct ra_node *target = node->kids, *iterable = target ? target->next : NULL;
	struct ra_str lock;
	bool by_key;

	if (!iterable || iterable->kind != RA_N_NAME)
		return;
	lock = lock_in(d->facts, element_of(declared(pass, iterable), &by_key), 0);
	if (by_key)
		target = target->kind == RA_N_TUPLE ? ra_node_kid(target, 1) : NULL;
	if (lock.len && target && !ra_str_is(target->text, "_"))
		report(d, node->unit, target, ra_node_text(d->facts->shape, target), lock,
		       "a loop's variable");
}

static void look_at_assignment(const struct pass *pass, const struct ra_node *node)
{
	struct ra_detection *d = pass->d;
	const struct ra_node *target = node->kids, *value = target ? target->next : NULL, *type;
	struct ra_str lock;

	if (!value || value->kind != RA_N_UNARY || value->word != RA_O_STAR || !value->kids ||
	    value->kids->kind != RA_N_NAME || target->kind != RA_N_NAME)
		return;
	type = declared(pass, value->kids);
	lock = type && type->kind == RA_N_UNARY ? lock_in(d->facts, type->kids, 0) : RA_STR("");
	if (lock.len && !ra_str_is(target->text, "_"))
		report(d, node->unit, node, target->text, lock, "what a pointer points to");
}

static void look_at_return(const struct pass *pass, const struct ra_node *node)
{
	const struct ra_node *value = node->kids, *type;
	struct ra_str lock;

	if (value && value->kind == RA_N_TUPLE)
		value = value->kids;
	if (!value || value->kind != RA_N_UNARY || value->word != RA_O_STAR || !value->kids ||
	    value->kids->kind != RA_N_NAME)
		return;
	type = declared(pass, value->kids);
	lock = type && type->kind == RA_N_UNARY ? lock_in(pass->d->facts, type->kids, 0)
						: RA_STR("");
	if (lock.len)
		report(pass->d, node->unit, node, value->kids->text, lock, "what is returned");
}

static void run(struct ra_detection *d)
{
	struct pass pass = { .d = d };
	const struct ra_node *at = NULL;

	ra_map_init(&pass.last, d->arena);
	while ((at = ra_node_walk(d->facts->shape->root, at, true)) != NULL) {
		note_declaration(&pass, at);
		if (at->kind == RA_N_PARAM && at->up &&
		    !(d->facts->shape->units.v[at->unit].flags & RA_U_ABSTRACT))
			look_at_param(d, at);
		else if (at->kind == RA_N_FOR)
			look_at_loop(&pass, at);
		else if (at->kind == RA_N_ASSIGN)
			look_at_assignment(&pass, at);
		else if (at->kind == RA_N_RETURN)
			look_at_return(&pass, at);
	}
}

const struct ra_detector ra_detect_lock_copy = {
	.name = "lock-copy",
	.help = "a value that holds a lock is copied",
	.params = "",
	.vars = "name how",
	.run = run,
};
