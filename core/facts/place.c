/*
 * place: which state an expression denotes: a chain of names, fields and keys, on the object at
 * hand, a known one, or behind a guard.
 */
#include "core/facts/internal.h"

static struct place no_place(void)
{
	return (struct place){ .state = RA_NONE, .base = RA_STR("") };
}

static struct place place_at(struct build *b, enum ra_scope scope, uint32_t owner,
			     struct ra_str field, struct ra_str base, const struct ra_node *node)
{
	struct place place = { .base = base, .bare = true };

	place.state = ra_state_get(b, scope, owner, field, ra_node_line(b->shape, node));
	return place;
}

static struct place place_of_name(struct build *b, const struct ra_node *node)
{
	struct place place = no_place();
	uint32_t owner, class_ = b->class_of_block[node->block];
	bool itself;
	struct local *local;

	if (class_ && node->up->kind == RA_N_ASSIGN)
		return place_at(b, RA_SCOPE_INSTANCE, ra_field_owner(b, class_ - 1, node->text),
				node->text, RA_STR(""), node);
	if (ra_receiver_class(b, node->text, node->first, &itself) != RA_NONE)
		return place;
	local = ra_visible_local(b, node->text, node->first, &owner);
	if (local && local->captured && local->state != RA_NONE) {
		place.state = local->state;
		place.bare = true;
	} else if (local && owner == b->unit) {
		place.state = local->value.state;
		place.alias = place.bare = true;
		place.held = local->value.held;
		place.base = local->value.base;
	} else if (!local && ra_local(b, 0, node->text, node->first) &&
		   !ra_map_get(&b->scopes[0].units, node->text)) {
		return place_at(b, RA_SCOPE_MODULE, 0, node->text, RA_STR(""), node);
	}
	return place;
}

/* `self.a.b`, `pool.free` of a known object: a field path below the state of its base. */
static struct place place_below(struct build *b, const struct place *base,
				const struct ra_node *node)
{
	const struct ra_state *state = ra_state_at(b, base->state);
	struct ra_str path = ra_printf(b->arena, "%.*s.%.*s", RA_FMT(state->field),
				       RA_FMT(node->text));
	struct place place;

	if (state->behind && !base->key) {
		place = no_place();
		place.base = base->base;
		place.bare = true;
		place.state = ra_state_of_field(b, base->state, node->text);
	} else if (base->key || state->scope == RA_SCOPE_CLOSURE || state->kind == RA_KIND_LOCAL) {
		return no_place();
	} else {
		place = place_at(b, state->scope, state->owner, path, base->base, node);
	}
	place.alias = base->alias;
	place.fresh = base->fresh;
	place.held = base->held;
	return place;
}

/* What stands behind a guard that the expression itself takes, or has in a local: `m.lock()?`. */
static struct value value_behind_guard(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), held;

	if (node->height > CHAIN_MAX)
		return value;
	while (node->kind == RA_N_UNARY && node->kids &&
	       (node->word == RA_O_STAR || node->word == RA_O_AMP))
		node = node->kids; /* `*g`, `&mut *g`: the thing itself */
	if (node->kind != RA_N_CALL && node->kind != RA_N_AWAIT && node->kind != RA_N_UNARY &&
	    node->kind != RA_N_NAME)
		return value;
	held = ra_value_of(b, node);
	return held.held ? held : value;
}

static struct place place_behind_guard(struct build *b, const struct ra_node *node)
{
	struct value value = value_behind_guard(b, node);
	struct place place = no_place();

	if (value.state == RA_NONE)
		return place;
	place.state = value.state;
	place.base = value.base;
	place.bare = place.held = true;
	place.fresh = value.made;
	return place;
}

static bool is_field_of(const struct ra_node *node, struct ra_str receiver, struct ra_str field)
{
	return node && node->kind == RA_N_MEMBER && node->kids->kind == RA_N_NAME &&
	       ra_str_eq(node->kids->text, receiver) && ra_str_eq(node->text, field);
}

/* `if self._lock is None: self._lock = Lock()`: a statement that only makes the field. */
static bool only_makes(const struct ra_node *statement, struct ra_str receiver, struct ra_str field)
{
	const struct ra_node *block = statement->kind == RA_N_IF
		? ra_node_find(statement, RA_N_BLOCK) : NULL;

	return block && block->kids && !block->next && !block->kids->next &&
	       block->kids->kind == RA_N_ASSIGN &&
	       is_field_of(block->kids->kids, receiver, field);
}

/* The field that a property of the class returns, and makes at most; "" when it does more. */
static struct ra_str plain_getter(struct build *b, uint32_t class_, struct ra_str name)
{
	uint32_t unit = ra_method_named(b, class_, name);
	const struct ra_unit *getter = &b->shape->units.v[unit];
	const struct ra_node *last = ra_node_find(getter->node, RA_N_BLOCK), *value, *first;

	if (!(getter->flags & RA_U_PROPERTY) || !last || !last->kids)
		return RA_STR("");
	first = last->kids;
	last = ra_node_last(last);
	value = last->kind == RA_N_RETURN ? last->kids : NULL;
	if (!value || value->kind != RA_N_MEMBER || value->kids->kind != RA_N_NAME ||
	    !ra_str_eq(value->kids->text, getter->receiver) ||
	    ra_method_named(b, class_, value->text) != RA_NONE)
		return RA_STR("");
	for (; first != last; first = first->next)
		if (!only_makes(first, getter->receiver, value->text) &&
		    (first->kind != RA_N_EXPRESSION || !first->kids ||
		     first->kids->kind != RA_N_STRING))
			return RA_STR("");
	return value->text;
}

/* Is it a field itself, and no field of one? What a lock holds is called as the lock is. */
static bool is_top(struct build *b, const struct ra_state *state)
{
	if (state->behind)
		return ra_str_eq(ra_state_at(b, state->behind - 1)->field, state->field);
	return ra_str_find(state->field, RA_STR(".")) < 0;
}

/* Is the type of each field declared? */
static bool fields_are_typed(const struct build *b)
{
	return b->shape->tokens->language->typed || b->shape->tokens->language->drops_values;
}

/* Where types are declared: the class of the object that a path, an entry or a call is worth. */
static uint32_t declared_class(struct build *b, const struct ra_node *object,
			       const struct place *place)
{
	const struct ra_state *state;
	uint32_t class_ = 0;

	if (!fields_are_typed(b))
		return RA_NONE;
	if (place->state != RA_NONE && !place->nested) {
		state = ra_state_at(b, place->state);
		class_ = place->key ? state->element_class : state->class_;
	} else if (object->kind == RA_N_CALL && object->height <= CHAIN_MAX) {
		class_ = ra_value_of(b, object).class_;
	}
	return class_ ? class_ - 1 : RA_NONE;
}

/* Where fields and methods have names of their own, only what is called is a method. */
static bool may_be_method(const struct build *b, const struct ra_node *member)
{
	return !b->shape->tokens->language->drops_values ||
	       (member->up && member->up->kind == RA_N_CALL && member->up->kids == member &&
		!(member->flags & RA_F_PARENTHESES));
}

/* The object whose field is meant: its class, where that is known, and how it is held. */
struct object {
	uint32_t class_;               /* RA_NONE unknown */
	bool itself;                   /* it is the class */
	bool fresh, held;
	struct ra_str text;
};

static struct object object_of_name(struct build *b, const struct ra_node *name, uint32_t at)
{
	struct object object = { .text = name->text };
	struct local *local;
	uint32_t owner;

	object.class_ = ra_receiver_class(b, name->text, at, &object.itself);
	local = ra_visible_local(b, name->text, at, &owner);
	if (object.class_ == RA_NONE && local && local->value.class_) {
		object.class_ = local->value.class_ - 1;
		object.fresh = owner == b->unit && local->value.made;
		object.held = local->value.held;
	}
	if (object.class_ == RA_NONE && local && local->value.class_itself) {
		object.class_ = local->value.class_itself - 1;
		object.itself = true;
	}
	if (object.class_ == RA_NONE && !local) {
		object.class_ = ra_class_meant(b, name);
		object.itself = object.class_ != RA_NONE;
	}
	return object;
}

static struct object object_of(struct build *b, const struct ra_node *node, uint32_t at)
{
	struct object object = { .class_ = RA_NONE, .text = node->text };
	struct value held;

	if (node->kind == RA_N_NAME)
		return object_of_name(b, node, at);
	if (node->kind == RA_N_MEMBER || !b->block_scoped)
		return object;
	held = value_behind_guard(b, node);
	if (held.class_)
		object.class_ = held.class_ - 1;
	object.held = held.held;
	return object;
}

static struct place field_of(struct build *b, const struct object *object,
			     const struct ra_node *node)
{
	struct ra_str field = node->text;
	struct place place;

	if (may_be_method(b, node) && ra_method_named(b, object->class_, field) != RA_NONE) {
		field = plain_getter(b, object->class_, field);
		if (!field.len)
			return no_place();
	}
	place = place_at(b, object->itself ? RA_SCOPE_CLASS : RA_SCOPE_INSTANCE,
			 ra_field_owner(b, object->class_, field), field, object->text, node);
	place.fresh = object->fresh;
	place.held = object->held;
	return place;
}

static struct place place_of_member(struct build *b, const struct ra_node *node)
{
	const struct ra_node *inner = node->kids;
	struct object object;
	struct place base;

	if (!inner)
		return no_place();
	object = object_of(b, inner, node->first);
	if (object.class_ != RA_NONE)
		return field_of(b, &object, node);
	/* a path has two steps at most, so what lies below a third is none */
	if (inner->kind == RA_N_MEMBER && inner->kids && inner->kids->kind != RA_N_NAME &&
	    !fields_are_typed(b))
		return no_place();
	base = ra_place_of(b, inner);
	object.class_ = declared_class(b, inner, &base);
	object.fresh = base.fresh;
	object.held = base.held;
	object.text = ra_node_text(b->shape, inner);
	if (object.class_ != RA_NONE)
		return field_of(b, &object, node);
	if (base.state == RA_NONE)
		return base;
	if (!is_top(b, ra_state_at(b, base.state)))
		return no_place();
	return place_below(b, &base, node);
}

struct place ra_place_of(struct build *b, const struct ra_node *node)
{
	struct place place = no_place();
	const struct ra_node *key = NULL;
	bool nested = false;

	while (node && node->kind == RA_N_INDEX) {
		nested = key != NULL;
		key = ra_node_kid(node, 1);
		node = node->kids;
	}
	if (node && node->kind == RA_N_NAME)
		place = place_of_name(b, node);
	else if (node && node->kind == RA_N_MEMBER)
		place = place_of_member(b, node);
	else if (node && b->block_scoped)
		place = place_behind_guard(b, node);
	/* what a pointer points to is the thing itself */
	if (place.state == RA_NONE && node && node->kind == RA_N_UNARY && b->block_scoped &&
	    node->word == RA_O_STAR && node->kids && node->height <= CHAIN_MAX)
		place = ra_place_of(b, node->kids);
	if (key && place.state != RA_NONE) {
		place.key = key;
		place.bare = false;
		place.nested = nested;
	}
	return place;
}
