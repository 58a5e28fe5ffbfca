/*
 * kinds: what states and locals hold, learned from initialisers and annotations before the walk.
 * A kind known by name alone is the last resort.
 */
#include "core/facts/internal.h"

/* -- kinds by name ---------------------------------------------------------------------------- */

/* The last word of a name says what it is for. Rows serve all languages. */
static const struct { const char *word; enum ra_kind kind; } words[] = {
	{ "lock", RA_KIND_LOCK }, { "mutex", RA_KIND_LOCK }, { "rlock", RA_KIND_LOCK },
	{ "semaphore", RA_KIND_SEMAPHORE }, { "sem", RA_KIND_SEMAPHORE },
	{ "limiter", RA_KIND_SEMAPHORE }, { "condition", RA_KIND_CONDITION },
	{ "cond", RA_KIND_CONDITION }, { "cv", RA_KIND_CONDITION }, { "queue", RA_KIND_QUEUE },
	{ "nursery", RA_KIND_SCOPE }, { "group", RA_KIND_SCOPE }, { "tg", RA_KIND_SCOPE },
	{ "tn", RA_KIND_SCOPE }, { "loop", RA_KIND_LOOP }, { "executor", RA_KIND_EXECUTOR },
	{ "thread", RA_KIND_THREAD }, { "task", RA_KIND_TASK }, { "future", RA_KIND_FUTURE },
	{ "fut", RA_KIND_FUTURE }, { "waiter", RA_KIND_FUTURE }, { "process", RA_KIND_PROCESS },
	{ "proc", RA_KIND_PROCESS },
};

static bool ends_in_word(struct ra_str name, struct ra_str word)
{
	size_t n = name.len - word.len;

	if (name.len < word.len || ra_str_ifind(ra_str_n(name.ptr + n, word.len), word) != 0)
		return false;
	if (n == 0 || name.ptr[n - 1] == '_' || name.ptr[n - 1] == '.')
		return true;
	/* `taskGroup`, `writeLock`: a capital begins the word */
	return name.ptr[n] >= 'A' && name.ptr[n] <= 'Z' &&
	       name.ptr[n - 1] >= 'a' && name.ptr[n - 1] <= 'z';
}

enum ra_kind ra_kind_by_name(struct ra_str name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ends_in_word(name, ra_str(words[i].word)))
			return words[i].kind;
	return RA_KIND_UNKNOWN;
}

/* -- kinds by what is assigned ---------------------------------------------------------------- */

static bool made_per_instance(const struct ra_node *value)
{
	const struct ra_node *kid = value->kind == RA_N_CALL ? value->kids : NULL;

	for (; kid; kid = kid->next)
		if (kid->kind == RA_N_KEYWORD && ra_str_ends(kid->text, RA_STR("factory")))
			return true;
	return false;
}

/* Does a name in a class body belong to the class, until an instance has its own? Where fields are
 * declared, only what is marked so does. */
static bool is_of_class(const struct build *b, const struct ra_node *target)
{
	return !b->block_scoped || target->up->word == RA_W_STATIC;
}

static void learn_lock(struct ra_state *state, uint32_t goes_with)
{
	if (goes_with && !state->goes_with)
		state->goes_with = goes_with;
	else if (goes_with && state->goes_with != goes_with)
		state->goes_with = RA_NONE;
}

static void learn_state(struct build *b, uint32_t index, const struct value *value, bool element)
{
	struct ra_state *state = ra_state_at(b, index);

	if (element) {
		if (state->element == RA_KIND_UNKNOWN && value->kind > RA_KIND_SCALAR)
			state->element = value->kind;
		if (!state->element_class)
			state->element_class = value->class_;
		return;
	}
	if (value->null)
		state->initialised_null = true;
	if (value->class_ && !state->class_)
		state->class_ = value->class_;
	if (!state->type.len)
		state->type = value->type;
	if (value->promise > state->promise)
		state->promise = RA_PROMISE_MAYBE;
	if (value->calls > state->calls)
		state->calls = value->calls;
	if (value->element_class && !state->element_class)
		state->element_class = value->element_class;
	if ((b->shape->tokens->language->drops_values || b->shape->tokens->language->typed) &&
	    !state->type.len)
		state->type = value->full;
	if (value->kind == RA_KIND_CHANNEL && value->made) {
		state->room = state->made && state->room != value->room ? RA_NONE : value->room;
		state->made = true;
	}
	learn_lock(state, value->goes_with);
	if (state->kind > RA_KIND_NULL || value->kind == RA_KIND_UNKNOWN)
		return;
	state->kind = value->kind;
	if (value->element != RA_KIND_UNKNOWN)
		state->element = value->element;
	state->api_flags = value->api_flags;
	state->runtimes = value->runtimes;
}

static void learn_target(struct build *b, const struct ra_node *target, const struct value *value,
			 const struct ra_node *value_node);

static void learn_parts(struct build *b, const struct ra_node *target, const struct value *value,
			const struct ra_node *value_node)
{
	unsigned n = 0;
	uint32_t pair = RA_NONE; /* both ends are one thing */

	for (const struct ra_node *kid = target->kids; kid; kid = kid->next, n++) {
		struct value part = ra_value_part(b, value, n);
		struct local *local;

		if ((value->api_flags & RA_API_PAIR) && kid->kind == RA_N_NAME &&
		    part.state == RA_NONE && (local = ra_target_local(b, kid))) {
			part.state = pair;
			ra_handle_bound(b, b->unit, local, &part, kid);
			pair = local->state;
		}

		if (part.class_ || part.kind > RA_KIND_SCALAR || part.element_class || part.parts)
			learn_target(b, kid, &part, value_node);
	}
}

/* `c.L = &mu`: a lock that is put into a condition goes with it. */
static void learn_member(struct build *b, const struct ra_node *target, const struct value *value)
{
	struct value object;

	if (target->kind != RA_N_MEMBER || value->kind != RA_KIND_LOCK || value->state == RA_NONE ||
	    target->height > CHAIN_MAX)
		return;
	object = ra_value_of(b, target->kids);
	if (object.kind == RA_KIND_CONDITION && object.state != RA_NONE)
		learn_lock(ra_state_at(b, object.state), value->state + 1);
}

static void learn_target(struct build *b, const struct ra_node *target, const struct value *value,
			 const struct ra_node *value_node)
{
	struct place place;
	struct local *local;
	bool itself;

	if (target->kind == RA_N_TUPLE) {
		learn_parts(b, target, value, value_node);
		return;
	}
	learn_member(b, target, value);
	place = ra_place_of(b, target);
	if (place.state != RA_NONE && !place.alias) {
		learn_state(b, place.state, value, place.key != NULL);
		if (target->kind == RA_N_NAME && b->class_of_block[target->block] &&
		    is_of_class(b, target) && !(value_node && made_per_instance(value_node)))
			ra_map_put(&b->rebound, ra_state_at(b, place.state)->name, 1);
		else if (target->kind == RA_N_MEMBER && target->kids->kind == RA_N_NAME &&
			 ra_receiver_class(b, target->kids->text, target->first, &itself) != RA_NONE &&
			 !itself)
			*ra_map_put(&b->rebound, ra_state_at(b, place.state)->name, 2) = 2;
	}
	if (target->kind != RA_N_NAME || !(local = ra_target_local(b, target)))
		return;
	ra_handle_bound(b, b->unit, local, value, target);
	if (local->value.kind <= RA_KIND_NULL && !local->value.class_ && !local->value.type.len) {
		uint32_t state = local->value.state;

		local->value = *value;
		local->value.state = state; /* aliases are learned in order, by the walk */
		local->value.from.n = 0;
	}
}

static void learn_assignment(struct build *b, const struct ra_node *node)
{
	const struct ra_node *annotation = ra_node_find(node, RA_N_ANNOTATION), *kid, *last = NULL;
	struct value value = ra_value_none(), written;

	if (node->flags & RA_F_AUGMENT)
		return;
	for (kid = node->kids; kid; kid = kid->next)
		if (kid->kind != RA_N_BLOCK)
			last = kid;
	if (!last)
		return;
	if (!(node->flags & RA_F_BARE))
		value = ra_value_of(b, last);
	if (annotation && annotation->kids) {
		written = ra_value_annotated(b, annotation->kids);
		if (value.kind <= RA_KIND_SCALAR || value.element == RA_KIND_UNKNOWN) {
			bool null = value.null;

			if (value.kind <= RA_KIND_SCALAR &&
			    (written.kind || written.class_ || written.type.len))
				value = written;
			value.element = written.element;
			value.element_class = written.element_class;
			value.null = null;
			value.calls |= written.calls;
			if (written.promise)
				value.promise = written.promise;
		}
	}
	for (kid = node->kids; kid; kid = kid->next)
		if (kid->kind != RA_N_ANNOTATION && kid->kind != RA_N_BLOCK &&
		    (kid != last || (node->flags & RA_F_BARE)))
			learn_target(b, kid, &value, node->flags & RA_F_BARE ? NULL : last);
}

static void learn_parameter(struct build *b, const struct ra_node *node)
{
	const struct ra_node *annotation = ra_node_find(node, RA_N_ANNOTATION);
	struct local *local = ra_local(b, node->unit, node->text, node->first);

	if (!local || !annotation || (node->flags & (RA_F_STAR | RA_F_DOUBLESTAR)))
		return;
	local->value = ra_value_annotated(b, annotation->kids);
	ra_handle_bound(b, node->unit, local, &local->value, node);
}

/* `T{ field: value }`: what the fields of the class are given. */
static void learn_composite(struct build *b, const struct ra_node *node)
{
	uint32_t class_ = b->shape->tokens->language->typed && node->kids
		? ra_value_annotated(b, node->kids).class_ : 0;

	for (const struct ra_node *kid = class_ ? node->kids->next : NULL; kid; kid = kid->next) {
		const struct ra_node *field = kid->kind == RA_N_PAIR ? kid->kids : NULL;
		struct value value;
		uint32_t owner;

		if (!field || field->kind != RA_N_NAME || !field->next ||
		    field->next->height > CHAIN_MAX)
			continue;
		value = ra_value_of(b, field->next);
		value.made &= field->next->kind == RA_N_CALL; /* else others have it too */
		if (value.class_ == class_) /* what wraps another of its kind is given any of a kind */
			value.class_ = 0;
		owner = ra_field_owner(b, class_ - 1, field->text);
		learn_state(b, ra_state_get(b, RA_SCOPE_INSTANCE, owner, field->text,
					    ra_node_line(b->shape, field)), &value, false);
	}
}

static void learn_item(struct build *b, const struct ra_node *node)
{
	const struct ra_node *target = node->kids ? node->kids->next : NULL;
	struct value value;

	if (!target)
		return;
	value = ra_value_of(b, node->kids);
	learn_target(b, target, &value, NULL);
}

void ra_facts_kinds(struct build *b)
{
	const struct ra_node *node;

	ra_map_init(&b->rebound, b->arena);
	/* Twice, so that a value of one state that is learned later in the text is seen too. */
	for (int round = 0; round < 2; round++) {
		for (node = NULL; (node = ra_node_walk(b->shape->root, node, true));) {
			b->unit = node->unit;
			b->statement = node; /* by the imports of its file */
			if (node->kind == RA_N_ASSIGN)
				learn_assignment(b, node);
			else if (node->kind == RA_N_PARAM && round == 0)
				learn_parameter(b, node);
			else if (node->kind == RA_N_ITEM)
				learn_item(b, node);
			else if (node->kind == RA_N_COMPOSITE)
				learn_composite(b, node);
		}
	}
	for (uint32_t i = 0; i < b->out->states.n; i++) {
		struct ra_state *state = ra_state_at(b, i);
		size_t *bound = ra_map_get(&b->rebound, state->name);

		if (bound && *bound == 1 && state->scope == RA_SCOPE_INSTANCE)
			state->scope = RA_SCOPE_CLASS;
	}
	b->unit = 0;
	b->statement = NULL;
}
