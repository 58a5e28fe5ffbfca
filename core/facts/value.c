/*
 * value: what an expression is worth without running it. Three questions, each answered as far as
 * initialisers, annotations and names tell: which state does it denote (a place), what kind of
 * thing is it (a dict of locks), and which function does it mean. A kind known by name alone is the
 * last resort.
 */
#include "core/facts/internal.h"

#include <stdlib.h>

struct value ra_value_none(void)
{
	return (struct value){ .state = RA_NONE, .element_of = RA_NONE, .unit = RA_NONE,
			       .room = RA_NONE, .guard = RA_NONE,
			       .coroutine = RA_NONE, .call = RA_NONE, .direct = RA_NONE };
}

void ra_origins_add(struct origins *origins, uint32_t fact)
{
	for (uint32_t i = 0; i < origins->n; i++)
		if (origins->v[i] == fact)
			return;
	if (origins->n < DEPENDS_MAX)
		origins->v[origins->n++] = fact;
}

void ra_origins_join(struct origins *into, const struct origins *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		ra_origins_add(into, from->v[i]);
}

void ra_value_join(struct value *into, const struct value *from)
{
	struct origins both = into->from;
	uint8_t promise = into->promise == from->promise ? into->promise : RA_PROMISE_MAYBE;

	ra_origins_join(&both, &from->from);
	if (into->kind == RA_KIND_UNKNOWN || into->kind == RA_KIND_NULL)
		*into = *from;
	into->constant = into->constant && from->constant;
	into->promise = promise;
	into->from = both;
}

/* -- kinds by name ------------------------------------------------------------------------- */

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

/* -- places -------------------------------------------------------------------------------- */

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
	return place;
}

/* The field that a property of the class does nothing but return; "" when it does more. */
static struct ra_str plain_getter(struct build *b, uint32_t class_, struct ra_str name)
{
	uint32_t unit = ra_method_named(b, class_, name);
	const struct ra_unit *getter = &b->shape->units.v[unit];
	const struct ra_node *last = ra_node_find(getter->node, RA_N_BLOCK), *value;

	if (!(getter->flags & RA_U_PROPERTY) || !last || !last->kids)
		return RA_STR("");
	for (last = last->kids; last->next; last = last->next)
		if (last->kind != RA_N_EXPRESSION || !last->kids ||
		    last->kids->kind != RA_N_STRING)
			return RA_STR("");
	value = last->kind == RA_N_RETURN ? last->kids : NULL;
	if (!value || value->kind != RA_N_MEMBER || value->kids->kind != RA_N_NAME ||
	    !ra_str_eq(value->kids->text, getter->receiver) ||
	    ra_method_named(b, class_, value->text) != RA_NONE)
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

static struct place place_of_member(struct build *b, const struct ra_node *node)
{
	const struct ra_node *object = node->kids;
	struct place base;
	uint32_t class_ = RA_NONE, owner;
	bool itself = false, fresh = false, by_guard = false;
	struct local *local;

	if (!object)
		return no_place();
	if (object->kind == RA_N_NAME) {
		class_ = ra_receiver_class(b, object->text, node->first, &itself);
		local = ra_visible_local(b, object->text, node->first, &owner);
		if (class_ == RA_NONE && local && local->value.class_) {
			class_ = local->value.class_ - 1;
			fresh = owner == b->unit && local->value.made;
			by_guard = local->value.held;
		}
		if (class_ == RA_NONE && local && local->value.class_itself) {
			class_ = local->value.class_itself - 1;
			itself = true;
		}
		if (class_ == RA_NONE && !local) {
			class_ = ra_class_named(b, object->text);
			itself = class_ != RA_NONE;
		}
	}
	if (object->kind != RA_N_NAME && object->kind != RA_N_MEMBER && b->block_scoped) {
		struct value held = value_behind_guard(b, object);

		if (held.class_)
			class_ = held.class_ - 1;
		by_guard = held.held;
	}
	if (class_ != RA_NONE) {
		struct ra_str field = node->text;

		if (ra_method_named(b, class_, field) != RA_NONE) {
			field = plain_getter(b, class_, field);
			if (!field.len)
				return no_place();
		}
		base = place_at(b, itself ? RA_SCOPE_CLASS : RA_SCOPE_INSTANCE,
				ra_field_owner(b, class_, field), field, object->text, node);
		base.fresh = fresh;
		base.held = by_guard;
		return base;
	}
	/* a path has two steps at most, so what lies below a third is none */
	if (object->kind == RA_N_MEMBER && object->kids && object->kids->kind != RA_N_NAME)
		return no_place();
	base = ra_place_of(b, object);
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

static struct value value_of_state(struct build *b, uint32_t index);

/* -- calls --------------------------------------------------------------------------------- */

/* `std::fs::read`: a path is full from its root on, where that is no type of this file. */
static bool names_path(struct build *b, const struct ra_node *node, struct ra_str root)
{
	return node->kind == RA_N_MEMBER && node->word == RA_O_PATH &&
	       ra_class_named(b, root) == RA_NONE && !ra_str_is(root, "Self");
}

/* `Promise.all`, of an object that is there without an import. */
static bool is_global(struct build *b, struct ra_str root, struct ra_str dotted)
{
	return b->shape->tokens->language->global_objects && ra_api_find(b->api, dotted) &&
	       !ra_local(b, 0, root, 0) &&
	       ra_class_named(b, root) == RA_NONE &&
	       ra_function_named(b, 0, root) == RA_NONE;
}

/* Full dotted name after imports of a NAME or MEMBER chain; "" when its root is no import. */
struct ra_str ra_full_name(struct build *b, const struct ra_node *node)
{
	struct ra_str dotted = ra_node_dotted(b->arena, node), root = dotted, rest = dotted, full;

	if (!dotted.len)
		return dotted;
	ra_str_cut(&rest, '.', &root);
	if (ra_visible_local(b, root, node->first, &(uint32_t){ 0 }))
		return RA_STR("");
	full = ra_import_full(b, root);
	if (!full.len)
		return node->kind == RA_N_NAME || names_path(b, node, root) ||
		       is_global(b, root, dotted) ? dotted : RA_STR("");
	if (!rest.len)
		return full;
	return ra_printf(b->arena, "%.*s.%.*s", RA_FMT(full), RA_FMT(rest));
}

/* `Mutex::new`: the row of a type says what its constructors make. */
static const struct ra_api_row *row_of_type(struct build *b, struct ra_str full, struct ra_str name)
{
	struct ra_str type = ra_str_n(full.ptr, full.len > name.len ? full.len - name.len - 1 : 0);

	if (!ra_api_with(ra_api_method(b->api, RA_KIND_UNKNOWN, name), RA_EFFECT_CONSTRUCT))
		return NULL;
	return ra_api_with(ra_api_find(b->api, type), RA_EFFECT_NEW);
}

static const struct ra_api_row *method_of_type(struct build *b, struct ra_str type,
					       struct ra_str method)
{
	return ra_api_find(b->api, ra_printf(b->arena, "%.*s:%.*s", RA_FMT(type),
					     RA_FMT(method)));
}

/* `a.b()` where a path is written otherwise: by the type of the object, its kind, the name alone;
 * the type of a class gives on the methods of what it wraps. */
static const struct ra_api_row *row_of_method(struct build *b, const struct ra_node *callee,
					      const struct value *receiver)
{
	const struct ra_api_row *row = NULL;

	if (receiver->class_ &&
	    ra_method_named(b, receiver->class_ - 1, callee->text) != RA_NONE)
		return NULL;
	if (receiver->full.len)
		row = method_of_type(b, receiver->full, callee->text);
	if (!row && receiver->type.len)
		row = method_of_type(b, receiver->type, callee->text);
	return row ? row : ra_api_method(b->api, receiver->class_ ? RA_KIND_UNKNOWN
								  : receiver->kind, callee->text);
}

/* Of a base in another file of the tree. */
static const struct ra_api_row *inherited(struct build *b, uint32_t class_, struct ra_str method)
{
	const struct ra_api_row *row;

	if (b->in_bases) /* the name of a base is no method of it: `x.T` of an x that derives from it */
		return NULL;
	b->in_bases = true;
	row = ra_base_row(b, class_, method);
	b->in_bases = false;
	return row && row->flags & RA_API_TREE ? row : NULL;
}

/* `receiver` is what the object of a method call is worth: computed once by the caller, so that a
 * chain of calls costs its length. */
static const struct ra_api_row *row_of(struct build *b, const struct ra_node *callee,
				       const struct value *receiver, struct ra_str *full)
{
	const struct ra_api_row *row;

	*full = RA_STR("");
	if (callee->kind == RA_N_NAME && receiver->unit == RA_NONE && !receiver->class_itself) {
		*full = ra_full_name(b, callee);
		if (!full->len)
			*full = receiver->full; /* a local that was bound to an import */
		return full->len ? ra_api_find(b->api, *full) : NULL;
	}
	if (callee->kind != RA_N_MEMBER)
		return NULL;
	if (b->shape->tokens->language->drops_values && callee->word != RA_O_PATH)
		return row_of_method(b, callee, receiver);
	*full = ra_full_name(b, callee);
	if (!full->len && receiver->full.len && callee->kids->kind == RA_N_NAME &&
	    ra_visible_local(b, callee->kids->text, callee->first, &(uint32_t){ 0 }))
		*full = ra_printf(b->arena, "%.*s.%.*s", RA_FMT(receiver->full),
				  RA_FMT(callee->text)); /* of a module that a local holds */
	row = full->len ? ra_api_find(b->api, *full) : NULL;
	if (!row && b->shape->tokens->language->typed && receiver->full.len)
		row = ra_api_find(b->api, ra_printf(b->arena, "%.*s:%.*s", RA_FMT(receiver->full),
						    RA_FMT(callee->text)));
	if (!row && callee->word == RA_O_PATH)
		row = row_of_type(b, *full, callee->text);
	if (!row && receiver->class_)
		row = inherited(b, receiver->class_ - 1, callee->text);
	if (!row && receiver->type.len)
		row = method_of_type(b, receiver->type, callee->text);
	if (row || receiver->unit != RA_NONE || receiver->class_)
		return row;
	/* A function of an imported module of its own making only looks like the method. */
	if (full->len && receiver->kind == RA_KIND_UNKNOWN)
		return NULL;
	return ra_api_method(b->api, receiver->kind, callee->text);
}

/* A field that is declared by its type alone: its methods are the whole's too. */
static bool is_embedded(const struct ra_node *field)
{
	const struct ra_node *type = field->kids, *name = type ? type->next : NULL;

	if (field->kind != RA_N_ASSIGN || !(field->flags & RA_F_BARE) || !name ||
	    type->kind != RA_N_ANNOTATION || name->kind != RA_N_NAME)
		return false;
	for (type = type->kids; type && type->kind == RA_N_UNARY;)
		type = type->kids;
	return type && (type->kind == RA_N_NAME || type->kind == RA_N_MEMBER) &&
	       ra_str_eq(type->text, name->text);
}

/* By a row of the kind itself; what any receiver may have, a lock has when it is to lock. */
static bool has_method(struct build *b, enum ra_kind kind, struct ra_str method)
{
	const struct ra_api_row *row = ra_api_method(b->api, kind, method);

	if (kind == RA_KIND_LOCK)
		return ra_api_with(row, RA_EFFECT_ACQUIRE) || ra_api_with(row, RA_EFFECT_RELEASE);
	return kind > RA_KIND_SCALAR && row &&
	       row != ra_api_method(b->api, RA_KIND_UNKNOWN, method);
}

/* The field whose method a call of `method` on the whole is; RA_NONE. */
static uint32_t embedded_with(struct build *b, uint32_t class_, struct ra_str method)
{
	const struct class_names *names = &b->class_names[class_];

	for (uint32_t i = 0; i < names->n_ancestors; i++) {
		const struct ra_node *class_node = b->shape->classes.v[names->nearest[i]].node;
		const struct ra_node *body = ra_node_find(class_node, RA_N_BLOCK), *field;

		for (field = body ? body->kids : NULL; field; field = field->next) {
			struct place place;
			enum ra_kind kind;

			if (!is_embedded(field))
				continue;
			place = ra_place_of(b, field->kids->next);
			kind = place.state == RA_NONE ? RA_KIND_UNKNOWN :
			       (enum ra_kind)ra_state_at(b, place.state)->kind;
			if (has_method(b, kind, method))
				return place.state;
		}
	}
	return RA_NONE;
}

uint32_t ra_value_promote(struct build *b, struct value *receiver, struct ra_str method)
{
	uint32_t state;

	if (!b->block_scoped || !receiver->class_ ||
	    ra_method_named(b, receiver->class_ - 1, method) != RA_NONE)
		return RA_NONE;
	state = embedded_with(b, receiver->class_ - 1, method);
	if (state != RA_NONE)
		*receiver = value_of_state(b, state);
	return state;
}

static struct value receiver_of(struct build *b, const struct ra_node *callee)
{
	if (callee->kind == RA_N_MEMBER && callee->kids) {
		struct value value = ra_value_of(b, callee->kids);

		ra_value_promote(b, &value, callee->text);
		return value;
	}
	if (callee->kind == RA_N_NAME)
		return ra_value_of(b, callee);
	return ra_value_none();
}

/* A row for calls without arguments does not speak of one that has some. */
static const struct ra_api_row *row_for_call(struct build *b, const struct ra_api_row *row,
					     const struct ra_node *callee)
{
	bool called = callee->up && callee->up->kind == RA_N_CALL && callee->up->kids == callee;
	/* nor of one that is told a type: `x.borrow::<T>()` */
	bool typed = called && callee->last + 1 < b->shape->tokens->list.n &&
		     b->shape->tokens->list.v[callee->last + 1].word == RA_O_PATH;

	while (row && (row->flags & RA_API_BARE) && called && (callee->next || typed))
		row = row->more;
	return row;
}

const struct ra_api_row *ra_callee_row(struct build *b, const struct ra_node *callee,
				       struct ra_str *full)
{
	struct value receiver = receiver_of(b, callee);

	return row_for_call(b, row_of(b, callee, &receiver, full), callee);
}

const struct ra_api_row *ra_decorator_row(struct build *b, const struct ra_node *decorator,
					  struct ra_str *full)
{
	const struct ra_node *callee = decorator->kids;
	const struct ra_api_row *row;

	*full = RA_STR("");
	if (callee && callee->kind == RA_N_CALL)
		callee = callee->kids;
	if (!callee)
		return NULL;
	row = ra_callee_row(b, callee, full);
	return row ? row : ra_api_find(b->api, ra_printf(b->arena, "@%.*s", RA_FMT(callee->text)));
}

const struct ra_api_row *ra_base_row(struct build *b, uint32_t class_, struct ra_str method)
{
	const struct class_names *names = &b->class_names[class_];
	const struct ra_api_row *row;
	struct ra_str full;

	for (uint32_t i = 0; i < names->n_ancestors; i++) {
		const struct ra_node *kid = b->shape->classes.v[names->nearest[i]].node->kids;

		for (; kid && kid->kind != RA_N_BLOCK; kid = kid->next) {
			if (kid->kind != RA_N_NAME && kid->kind != RA_N_MEMBER)
				continue;
			ra_callee_row(b, kid, &full);
			row = method_of_type(b, full, method);
			if (row)
				return row;
		}
	}
	return NULL;
}

/* -- values -------------------------------------------------------------------------------- */

static struct value value_of_state(struct build *b, uint32_t index)
{
	const struct ra_state *state = ra_state_at(b, index);
	struct value value = ra_value_none();

	value.state = index;
	value.kind = state->kind;
	value.element = state->element;
	value.api_flags = state->api_flags;
	value.runtimes = state->runtimes;
	value.class_ = state->class_;
	value.element_class = state->element_class;
	value.promise = state->promise;
	value.calls = state->calls;
	value.room = state->room;
	value.full = state->type;
	value.type = state->type;
	if (value.kind <= RA_KIND_NULL) {
		value.kind = (uint8_t)ra_kind_by_name(state->field);
		value.api_flags = 0;
	}
	return value;
}

static struct value value_of_place(struct build *b, const struct place *place)
{
	struct value value = value_of_state(b, place->state);

	if (!place->key)
		return value;
	value.element_of = place->state;
	value.key = ra_node_text(b->shape, place->key);
	value.kind = value.element;
	value.element = RA_KIND_UNKNOWN;
	value.state = RA_NONE;
	value.class_ = value.element_class;
	value.element_class = 0;
	value.type = RA_STR("");
	if (value.kind == RA_KIND_UNKNOWN && ra_str_ends(ra_state_at(b, place->state)->field,
							  RA_STR("locks")))
		value.kind = RA_KIND_LOCK;
	return value;
}

/* What is none of the file's own: by what another file of the tree says, else by its name. */
static struct value imported(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();
	const struct ra_api_row *row;

	value.full = ra_full_name(b, node);
	row = value.full.len ? ra_api_find(b->api, value.full) : NULL;
	if (!row || !(row->flags & RA_API_TREE) || row->kind == RA_KIND_UNKNOWN) {
		value.kind = (uint8_t)ra_kind_by_name(node->text);
		return value;
	}
	value.kind = (uint8_t)row->kind;
	value.api_flags = row->flags & ~(uint32_t)RA_API_TREE;
	value.runtimes = row->runtimes;
	return value;
}

static struct value value_of_name(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();
	struct place place;
	uint32_t owner;
	struct local *local = ra_visible_local(b, node->text, node->first, &owner);
	bool itself;
	uint32_t class_ = ra_receiver_class(b, node->text, node->first, &itself);

	if (class_ != RA_NONE) {
		*(itself ? &value.class_itself : &value.class_) = class_ + 1;
		return value;
	}
	if (local) {
		value = local->value;
		if (local->captured && local->state != RA_NONE)
			value.state = local->state;
		if (value.kind == RA_KIND_UNKNOWN)
			value.kind = (uint8_t)ra_kind_by_name(node->text);
		return value;
	}
	place = ra_place_of(b, node);
	if (place.state != RA_NONE)
		return value_of_place(b, &place);
	value.unit = ra_function_named(b, b->unit, node->text);
	if (value.unit != RA_NONE)
		return value;
	class_ = ra_class_named(b, node->text);
	if (class_ != RA_NONE) {
		value.class_itself = class_ + 1;
		return value;
	}
	return imported(b, node);
}

static struct value value_of_member(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), object;
	struct place place = ra_place_of(b, node);

	if (place.state != RA_NONE)
		return value_of_place(b, &place);
	if (!node->kids || node->height > CHAIN_MAX)
		return value;
	object = ra_value_of(b, node->kids);
	if (object.class_ || object.class_itself) {
		uint32_t class_ = (object.class_ ? object.class_ : object.class_itself) - 1;

		value.unit = ra_method_named(b, class_, node->text);
		return value;
	}
	value = imported(b, node);
	if (!value.full.len && object.type.len) /* of an object of another file's class */
		value.full = ra_printf(b->arena, "%.*s.%.*s", RA_FMT(object.type),
				       RA_FMT(node->text));
	return value;
}

/* The class or unit that a call of the file's own code makes or runs. */
static bool value_of_own_call(struct build *b, const struct ra_node *callee,
			      const struct value *receiver, struct value *value)
{
	uint32_t unit = callee->kind == RA_N_LAMBDA ? callee->unit : receiver->unit, class_;

	if (callee->kind == RA_N_NAME && receiver->class_itself) {
		value->class_ = receiver->class_itself;
		value->made = true;
		return true;
	}
	class_ = receiver->class_ ? receiver->class_ : receiver->class_itself;
	if (callee->kind == RA_N_MEMBER)
		unit = class_ ? ra_method_named(b, class_ - 1, callee->text) : RA_NONE;
	if (unit == RA_NONE)
		return false;
	*value = ra_value_of_result(b, unit);
	value->promise = b->out->units[unit].promise;
	if (b->shape->units.v[unit].flags & RA_U_ASYNC)
		value->coroutine = unit;
	return true;
}

/* A size that bounds: Queue(0), Queue(None) and Queue(inf) have none. */
static bool is_size(const struct ra_node *node)
{
	if (node->kind == RA_N_LITERAL)
		return node->word != RA_W_NULL && !ra_str_is(node->text, "0");
	return node->kind != RA_N_MEMBER || !ra_str_is(node->text, "inf");
}

static bool is_factory(const struct ra_node *argument, const struct ra_api_row *called)
{
	return called && argument->kind == RA_N_KEYWORD && ra_str_eq(argument->text, called->keyword);
}

/* `Mutex::new(HashMap::new())`: it holds what it is given. */
static void hold(struct value *value, struct build *b, const struct ra_node *given)
{
	struct value inner = ra_value_of(b, given);

	value->element = inner.kind;
	value->element_class = inner.class_;
}

/* By a row that makes a future, or whose call is to be awaited; not when it is given a callback. */
static uint8_t promise_by_row(const struct ra_node *call, const struct ra_api_row *row)
{
	const struct ra_node *last = call->kids;

	while (last->next)
		last = last->next;
	for (; row; row = row->more) {
		if (!(row->flags & RA_API_ASYNC))
			continue;
		if (row->kind == RA_KIND_FUTURE)
			return RA_PROMISE_SURE;
		if (row->kind == RA_KIND_UNKNOWN && row->effect != RA_EFFECT_NEW &&
		    *row->name.ptr != '*' && last->kind != RA_N_LAMBDA)
			return RA_PROMISE_SURE;
	}
	return RA_PROMISE_NO;
}

/* `make(chan T, n)`, `new(T)`: of the type that is the operand. */
static struct value value_of_type(struct build *b, const struct ra_node *type)
{
	struct value value = ra_value_annotated(b, type);
	const struct ra_node *size = type ? type->next : NULL;

	value.made = true;
	value.null = !size;
	if (value.kind != RA_KIND_CHANNEL)
		return value;
	value.room = size ? RA_NONE : 0;
	if (size && size->kind == RA_N_LITERAL)
		value.room = (uint32_t)strtoul(ra_cstr(b->arena, size->text), NULL, 0);
	return value;
}

static struct value value_by_row(struct build *b, const struct ra_node *node,
				 const struct ra_api_row *row, const struct value *receiver)
{
	struct value value = ra_value_none();
	const struct ra_api_row *made = ra_api_with(row, RA_EFFECT_NEW);
	const struct ra_node *argument = ra_node_kid(node, 1);
	bool drops = b->shape->tokens->language->drops_values;

	if (!made && row && (row->effect == RA_EFFECT_SPAWN || row->effect == RA_EFFECT_OFFLOAD ||
			     row->effect == RA_EFFECT_GATHER))
		made = row;
	if (made) {
		value.kind = (uint8_t)made->kind;
		value.type = made->flags & (RA_API_TREE | RA_API_PAIR) ? made->name : RA_STR("");
		value.api_flags = made->flags & ~(uint32_t)RA_API_TREE;
		value.runtimes = made->runtimes;
	}
	if (made && (made->flags & RA_API_TYPED))
		return value_of_type(b, ra_api_operand(made, node));
	if (made && (made->flags & RA_API_UNBOUNDED)) {
		const struct ra_node *size = ra_api_operand(made, node);

		if (size && is_size(size))
			value.api_flags &= ~(uint32_t)RA_API_UNBOUNDED;
	}
	/* a cursor is awaited, or holds the thread, as the connection that made it */
	if (made && made->arg == RA_API_RECEIVER) {
		value.api_flags |= receiver->api_flags & (RA_API_ASYNC | RA_API_LOW);
		value.runtimes |= receiver->runtimes;
	}
	/* field(default_factory=dict) is what its factory makes; defaultdict(Lock) */
	if (!made && argument && is_factory(argument, ra_api_with(row, RA_EFFECT_INLINE)))
		value = ra_value_by_full(b, ra_full_name(b, ra_node_kid(argument, 0)));
	if (made && argument && argument->kind == RA_N_KEYWORD)
		argument = argument->kids;
	if (made && drops)
		value.full = made->name; /* of the type */
	if (made && argument && (argument->kind == RA_N_CALL || drops) &&
	    argument->height <= CHAIN_MAX)
		hold(&value, b, argument);
	else if (made && argument)
		value.element = ra_value_by_full(b, ra_full_name(b, argument)).kind;
	value.copy = ra_api_with(row, RA_EFFECT_COPY) != NULL;
	value.promise = promise_by_row(node, row);
	if (ra_api_with(row, RA_EFFECT_PROMISIFY))
		value.calls = RA_PROMISE_SURE;
	if (ra_api_with(row, RA_EFFECT_IMPORT) && argument && argument->kind == RA_N_STRING)
		value.full = ra_shape_module(b->arena, argument->text);
	if (ra_api_with(row, RA_EFFECT_BIND) && argument)
		value.unit = ra_value_of(b, argument).unit;
	return value;
}

/* What a call passes on as it is: its receiver, or the operand of its row. A clone is the same
 * thing where it is one of a handle. */
const struct ra_node *ra_same_operand(const struct ra_api_row *row, const struct ra_node *call)
{
	row = ra_api_with(row, RA_EFFECT_SAME);
	if (!row)
		return NULL;
	if (row->arg == RA_API_RECEIVER)
		return call->kids->kind == RA_N_MEMBER ? call->kids->kids : NULL;
	return ra_api_operand(row, call);
}

/* What a copy has of the value: it is a thing of its own. */
static struct value copy_of(const struct value *value)
{
	struct value copy = ra_value_none();

	copy.kind = value->kind;
	copy.element = value->element;
	copy.class_ = value->class_;
	copy.element_class = value->element_class;
	copy.api_flags = value->api_flags;
	copy.runtimes = value->runtimes;
	copy.copy = true;
	return copy;
}

struct value ra_value_passed(const struct ra_api_row *row, struct value operand)
{
	if (ra_api_with(row, RA_EFFECT_SAME)->flags & RA_API_HANDLE)
		operand.handle = true;
	if (!ra_api_with(row, RA_EFFECT_COPY))
		return operand;
	if (!operand.handle && !ra_kind_is_shared(operand.kind))
		return copy_of(&operand);
	operand.guard = RA_NONE;
	operand.held = false;
	return operand;
}

static struct value value_of_same(struct build *b, const struct ra_node *call,
				  const struct ra_api_row *row)
{
	const struct ra_node *operand = ra_same_operand(row, call);

	return operand ? ra_value_passed(row, ra_value_of(b, operand)) : ra_value_none();
}

/* A field that holds a function: what a call of it is worth by its declared type. */
static uint8_t field_calls(struct build *b, const struct ra_node *callee,
			   const struct value *receiver)
{
	uint32_t state;

	if (!receiver->class_)
		return RA_PROMISE_NO;
	state = ra_state_find(b, ra_field_owner(b, receiver->class_ - 1, callee->text),
			      callee->text);
	return state == RA_NONE ? RA_PROMISE_NO : ra_state_at(b, state)->calls;
}

static struct value value_of_call(struct build *b, const struct ra_node *node)
{
	const struct ra_node *callee = node->kids, *argument = callee->next;
	struct value value = ra_value_none(), receiver = receiver_of(b, callee);
	const struct ra_api_row *row;
	struct place place;
	struct ra_str full;

	if (callee->height > CHAIN_MAX || value_of_own_call(b, callee, &receiver, &value))
		return value;
	value.promise = callee->kind == RA_N_MEMBER ? field_calls(b, callee, &receiver)
						    : receiver.calls;
	if (value.promise)
		return value;
	row = row_of(b, callee, &receiver, &full);
	if (ra_api_with(row, RA_EFFECT_SAME))
		return value_of_same(b, node, row);
	if (ra_api_with(row, RA_EFFECT_ACQUIRE) &&
	    (ra_api_with(row, RA_EFFECT_ACQUIRE)->flags & RA_API_GUARD))
		return ra_value_held(b, &receiver, callee->kids);
	/* an element taken out of a container: get, pop, setdefault */
	if (callee->kind == RA_N_MEMBER && argument && row &&
	    (row->effect == RA_EFFECT_READ || row->effect == RA_EFFECT_DELETE ||
	     row->effect == RA_EFFECT_INSERT)) {
		place = ra_place_of(b, callee->kids);
		if (place.state != RA_NONE) {
			place.key = argument;
			return value_of_place(b, &place);
		}
	}
	return value_by_row(b, node, row, &receiver);
}

static struct value value_of_display(const struct ra_node *node, enum ra_kind kind)
{
	struct value value = ra_value_none();

	value.kind = (uint8_t)kind;
	value.null = node->kids == NULL;
	return value;
}

/* An assignment is worth what it assigns; `a ??= b` is worth either. */
static struct value value_of_assigned(struct build *b, const struct ra_node *node)
{
	const struct ra_node *last = node->kids;
	struct value value, before;

	while (last->next)
		last = last->next;
	value = ra_value_of(b, last);
	if (node->word != RA_O_LOGICAL)
		return node->flags & RA_F_AUGMENT ? ra_value_none() : value;
	before = ra_value_of(b, node->kids);
	ra_value_join(&value, &before);
	return value;
}

struct value ra_value_of(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), other;
	struct place place;

	switch (node->kind) {
	case RA_N_NAME:
		return value_of_name(b, node);
	case RA_N_MEMBER:
		return value_of_member(b, node);
	case RA_N_INDEX:
		place = ra_place_of(b, node);
		return place.state == RA_NONE ? value : value_of_place(b, &place);
	case RA_N_CALL:
		return node->kids ? value_of_call(b, node) : value;
	case RA_N_AWAIT:
		if (node->kids)
			value = ra_value_of(b, node->kids);
		if (value.promise && value.kind == RA_KIND_FUTURE) { /* what it stands for */
			value.kind = value.element;
			value.class_ = value.element_class;
			value.element = RA_KIND_UNKNOWN;
			value.element_class = 0;
		}
		value.coroutine = RA_NONE;
		value.promise = value.calls = RA_PROMISE_NO;
		return value;
	case RA_N_ASSIGN:
		return node->kids && node->height <= CHAIN_MAX && !(node->flags & RA_F_BARE)
			? value_of_assigned(b, node) : value;
	case RA_N_COMPOSITE:
		if (node->kids)
			value = ra_value_annotated(b, node->kids);
		value.null = node->kids && !node->kids->next;
		value.made = true;
		return value;
	case RA_N_UNARY: /* what a pointer points to is the same thing */
		if ((node->word == RA_O_AMP || node->word == RA_O_STAR ||
		     node->word == RA_O_QUESTION) && node->kids && node->height <= CHAIN_MAX)
			value = ra_value_of(b, node->kids);
		if (node->word == RA_O_STAR && !value.handle)
			value.state = RA_NONE;
		return value;
	case RA_N_CAST:
		if (!node->kids || node->height > CHAIN_MAX)
			return value;
		value = ra_value_of(b, node->kids);
		if (node->kids->next && !value.class_ && value.kind <= RA_KIND_SCALAR) {
			other = ra_value_annotated(b, node->kids->next->kids);
			other.state = value.state;
			return other;
		}
		return value;
	case RA_N_RECEIVE:
		if (!node->kids || node->height > CHAIN_MAX)
			return value;
		other = ra_value_of(b, node->kids);
		value.kind = other.element;
		value.class_ = other.element_class;
		return value;
	case RA_N_LITERAL:
		value.kind = node->word == RA_W_NULL ? RA_KIND_NULL : RA_KIND_SCALAR;
		value.null = node->word == RA_W_NULL || node->word == RA_W_FALSE ||
			     ra_str_is(node->text, "0");
		value.constant = true;
		return value;
	case RA_N_STRING:
		value.kind = RA_KIND_SCALAR;
		value.constant = node->kids == NULL;
		return value;
	case RA_N_TUPLE:
		value.parts = b->block_scoped && node->kids ? node : NULL;
		return value;
	case RA_N_DICT:
		return value_of_display(node, RA_KIND_DICT);
	case RA_N_LIST:
		return value_of_display(node, RA_KIND_LIST);
	case RA_N_SET:
		return value_of_display(node, RA_KIND_SET);
	case RA_N_COMPREHENSION:
		value.kind = node->word == RA_O_LBRACKET ? RA_KIND_LIST :
			     node->word != RA_O_LBRACE ? RA_KIND_UNKNOWN :
			     node->kids && node->kids->kind == RA_N_PAIR ? RA_KIND_DICT : RA_KIND_SET;
		return value;
	case RA_N_LAMBDA:
		value.unit = node->unit;
		return value;
	case RA_N_NAMED:
		return node->kids && node->kids->next ? ra_value_of(b, node->kids->next) : value;
	case RA_N_BINARY:
		if ((node->word != RA_W_OR && node->word != RA_W_AND &&
		     node->word != RA_O_COALESCE) || !node->kids->next)
			return value;
		value = ra_value_of(b, node->kids);
		other = ra_value_of(b, node->kids->next);
		ra_value_join(&value, &other);
		return value;
	case RA_N_TERNARY:
		if (!ra_node_kid(node, 2))
			return value;
		value = ra_value_of(b, node->kids->next);
		other = ra_value_of(b, node->kids->next->next);
		ra_value_join(&value, &other);
		return value;
	default:
		return value;
	}
}

/* -- kinds of states and locals before the walk -------------------------------------------- */

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
	if (state->kind > RA_KIND_NULL || value->kind == RA_KIND_UNKNOWN)
		return;
	state->kind = value->kind;
	if (value->element != RA_KIND_UNKNOWN)
		state->element = value->element;
	state->api_flags = value->api_flags;
	state->runtimes = value->runtimes;
}

/* The n-th of a tuple that is reached by a handle: a lock in it is a state below that of the tuple. */
static struct value part_of_tuple(struct build *b, const struct value *tuple, unsigned n)
{
	const struct ra_node *given = ra_node_kid(tuple->parts, n);
	struct value part = given ? ra_value_of(b, given) : ra_value_none();

	if (given && tuple->state != RA_NONE && tuple->handle && part.state == RA_NONE)
		part.state = ra_state_of_part(b, tuple->state, n, &part);
	return part;
}

struct value ra_value_part(struct build *b, const struct value *value, unsigned n)
{
	struct value part = ra_value_none();
	const struct ra_language *language = b->shape->tokens->language;

	if (value->results)
		part = ra_value_annotated(b, ra_node_kid(value->results, n));
	else if (value->api_flags & RA_API_PAIR)
		part = *value;
	else if (value->parts)
		part = part_of_tuple(b, value, n);
	else if (n == 0 && language && language->comma_ok)
		part = *value;
	part.api_flags &= ~(uint32_t)RA_API_PAIR;
	part.from = value->from;
	if (n == 1 && language && language->comma_ok && value->direct != RA_NONE)
		part.direct = value->direct; /* whether it was there */
	return part;
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
