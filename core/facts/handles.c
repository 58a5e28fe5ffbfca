/*
 * handles: where what is shared stands behind guards and handles (Rust), two things have to be known
 * of each lock: which one it is, and what it holds. A local that holds a lock, a channel or what
 * counts its holders is a state, and a clone of the handle is the same one. What a guard lets at is
 * a state of its own, of the lock's name. A lock on an object of unknown type is the path to it.
 */
#include "core/facts/internal.h"

static bool shares_by_handles(const struct build *b)
{
	return b->shape->tokens->language && b->shape->tokens->language->drops_values;
}

/* Kinds of things that are made to be used by several tasks. */
bool ra_kind_is_shared(unsigned kind)
{
	switch (kind) {
	case RA_KIND_LOCK: case RA_KIND_SEMAPHORE: case RA_KIND_CONDITION: case RA_KIND_EVENT:
	case RA_KIND_QUEUE: case RA_KIND_CHANNEL: case RA_KIND_BARRIER: case RA_KIND_ATOMIC:
	case RA_KIND_CELL: case RA_KIND_ONCE: case RA_KIND_SCOPE:
		return true;
	default:
		return false;
	}
}

bool ra_kind_is_interior(const struct ra_state *state)
{
	return ra_kind_is_shared(state->kind) || (state->runtimes & RA_RT_THREADS) ||
	       state->scope == RA_SCOPE_MODULE;
}

/* Where types are declared a channel that a local holds is known by the local. */
static bool is_channel(const struct build *b, const struct value *value)
{
	return b->shape->tokens->language && b->shape->tokens->language->typed &&
	       value->kind == RA_KIND_CHANNEL;
}

void ra_handle_bound(struct build *b, uint32_t unit, struct local *local, const struct value *value,
		     const struct ra_node *at)
{
	if (is_channel(b, value) && unit && value->state == RA_NONE && local->state == RA_NONE) {
		local->state = ra_state_of_local(b, unit, local, ra_node_line(b->shape, at));
		local->captured = true;
		return;
	}
	if (!shares_by_handles(b) || value->held || !unit ||
	    !(ra_kind_is_shared(value->kind) || (value->handle && value->parts)))
		return;
	if (value->state != RA_NONE)
		local->state = value->state;
	else if (local->state == RA_NONE)
		local->state = ra_state_of_local(b, unit, local, ra_node_line(b->shape, at));
	local->captured = true;
}

/* -- what is held ---------------------------------------------------------------------------- */

/* A state that is found by `key` and called `name`, of the place of `like`. */
static uint32_t state_keyed(struct build *b, struct ra_str key, const struct ra_state *like)
{
	size_t *slot = ra_map_put(&b->states, key, b->out->states.n);
	struct ra_state *state, model = *like;

	if (*slot != b->out->states.n)
		return (uint32_t)*slot;
	state = ra_vec_push(b->arena, &b->out->states);
	*state = (struct ra_state){ .index = (uint32_t)*slot, .scope = model.scope,
				    .owner = model.owner, .field = model.field,
				    .name = model.name, .line = model.line,
				    .room = RA_NONE };
	return state->index;
}

uint32_t ra_state_of_part(struct build *b, uint32_t tuple, unsigned n, const struct value *part)
{
	uint32_t index = state_keyed(b, ra_printf(b->arena, "%u.%u", tuple, n), ra_state_at(b, tuple));
	struct ra_state *state = ra_state_at(b, index);

	if (state->kind == RA_KIND_UNKNOWN) {
		state->field = state->name = ra_printf(b->arena, "%.*s.%u", RA_FMT(state->name), n);
		state->kind = part->kind;
		state->element = part->element;
		state->element_class = part->element_class;
		state->api_flags = part->api_flags;
		state->runtimes = part->runtimes;
	}
	return index;
}

uint32_t ra_state_of_field(struct build *b, uint32_t state, struct ra_str field)
{
	struct ra_state *outer = ra_state_at(b, state);
	struct ra_state model = *outer;
	uint32_t index;

	model.field = ra_printf(b->arena, "%.*s.%.*s", RA_FMT(outer->field), RA_FMT(field));
	model.name = ra_printf(b->arena, "%.*s.%.*s", RA_FMT(outer->name), RA_FMT(field));
	index = state_keyed(b, ra_printf(b->arena, "%u.%.*s", state, RA_FMT(field)), &model);
	ra_state_at(b, index)->behind = model.behind;
	return index;
}

static uint32_t state_held(struct build *b, uint32_t lock)
{
	struct ra_state *outer = ra_state_at(b, lock), *inner;
	uint32_t index = state_keyed(b, ra_printf(b->arena, "*%u", lock), outer);

	outer = ra_state_at(b, lock);
	inner = ra_state_at(b, index);
	inner->behind = lock + 1;
	if (inner->kind == RA_KIND_UNKNOWN)
		inner->kind = outer->element;
	if (!inner->class_)
		inner->class_ = outer->element_class;
	return index;
}

struct value ra_value_held(struct build *b, const struct value *lock, const struct ra_node *node)
{
	struct value value = ra_value_none();
	uint32_t state = lock->element_of != RA_NONE ? lock->element_of : lock->state;

	struct place place = ra_place_of(b, node);

	value.held = true;
	value.base = place.base;
	value.made = place.fresh;
	value.kind = lock->element;
	value.class_ = lock->element_class;
	value.key = lock->key;
	if (lock->kind == RA_KIND_DICT || lock->kind == RA_KIND_SET) {
		value.element_of = state; /* an entry of a concurrent map is its own guard */
		value.held = false;
	} else if (state != RA_NONE) {
		value.state = state_held(b, state);
	}
	return value;
}

/* -- locks of objects of unknown type -------------------------------------------------------- */

enum { PATH_STEPS = 8 };

/* What the root of a path is, so that two paths of one text are of one object; "" unknown. */
static struct ra_str root_of(struct build *b, const struct ra_node *name, uint32_t *owner)
{
	uint32_t unit = 0, class_;
	struct local *local;
	bool itself;

	*owner = 0;
	class_ = ra_receiver_class(b, name->text, name->first, &itself);
	if (class_ != RA_NONE)
		return ra_printf(b->arena, "%u", class_);
	local = ra_visible_local(b, name->text, name->first, &unit);
	if (!local)
		return name->text;
	if (local->value.full.len)
		return local->value.full;
	if (local->value.class_)
		return ra_printf(b->arena, "%u", local->value.class_ - 1);
	*owner = unit;
	return ra_printf(b->arena, "%u:%u:%.*s", unit, local->from, RA_FMT(name->text));
}

/* Appends `.a.b()` below the root; a call without arguments gives the same object each time. */
static bool add_path(struct build *b, struct ra_buf *path, const struct ra_node *node, uint32_t *owner,
		     unsigned steps)
{
	while (node && node->kids && (node->kind == RA_N_UNARY || node->kind == RA_N_AWAIT))
		node = node->kids;
	if (!node || steps > PATH_STEPS)
		return false;
	if (node->kind == RA_N_NAME) {
		struct ra_str root = root_of(b, node, owner);

		ra_buf_add(path, root);
		return root.len > 0;
	}
	if (node->kind == RA_N_CALL) {
		struct ra_str full;
		const struct ra_node *same = ra_same_operand(ra_callee_row(b, node->kids, &full), node);

		if (same)
			return add_path(b, path, same, owner, steps + 1);
		if (node->kids->next || node->kids->kind != RA_N_MEMBER ||
		    !add_path(b, path, node->kids, owner, steps + 1))
			return false;
		ra_buf_add(path, RA_STR("()"));
		return true;
	}
	if (node->kind != RA_N_MEMBER || !add_path(b, path, node->kids, owner, steps + 1))
		return false;
	ra_buf_addc(path, '.');
	ra_buf_add(path, node->text);
	return true;
}

uint32_t ra_state_of_path(struct build *b, const struct ra_node *node)
{
	struct ra_state model = { .scope = RA_SCOPE_CLOSURE };
	struct ra_buf path;

	if (!shares_by_handles(b) || node->height > CHAIN_MAX)
		return RA_NONE;
	ra_buf_init(&path, b->arena);
	ra_buf_add(&path, RA_STR("p:"));
	if (!add_path(b, &path, node, &model.owner, 0))
		return RA_NONE;
	model.field = model.name = ra_node_text(b->shape, node);
	model.line = ra_node_line(b->shape, node);
	return state_keyed(b, ra_buf_str(&path), &model);
}
