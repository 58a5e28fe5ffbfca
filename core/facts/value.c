/*
 * value: what an expression is worth without running it, as far as initialisers, annotations and
 * names tell: what kind of thing it is (a dict of locks), the state whose object it is, the facts
 * it comes from.
 */
#include "core/facts/internal.h"

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

/* -- names, fields and entries ---------------------------------------------------------------- */

struct value ra_value_of_state(struct build *b, uint32_t index)
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
	value.goes_with = state->goes_with;
	value.full = state->type;
	value.type = state->type;
	if (value.kind <= RA_KIND_NULL) {
		value.kind = (uint8_t)ra_kind_by_name(state->field);
		value.api_flags = 0;
	}
	return value;
}

struct value ra_value_of_place(struct build *b, const struct place *place)
{
	struct value value = ra_value_of_state(b, place->state);

	if (!place->key)
		return value;
	value.element_of = place->state;
	value.key = ra_node_text(b->shape, ra_plain_key(b, place->key));
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
		return ra_value_of_place(b, &place);
	value.unit = ra_function_named(b, b->unit, node->text);
	if (value.unit != RA_NONE)
		return value;
	class_ = ra_class_meant(b, node);
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
		return ra_value_of_place(b, &place);
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

/* -- other expressions ------------------------------------------------------------------------ */

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
	struct value value = ra_value_of(b, ra_node_last(node)), before;

	if (node->word != RA_O_LOGICAL)
		return node->flags & RA_F_AUGMENT ? ra_value_none() : value;
	before = ra_value_of(b, node->kids);
	ra_value_join(&value, &before);
	return value;
}

static struct value value_of_composite(struct build *b, const struct ra_node *node)
{
	struct value value = node->kids ? ra_value_annotated(b, node->kids) : ra_value_none();

	value.null = node->kids && !node->kids->next;
	value.made = true;
	if (value.kind != RA_KIND_CONDITION)
		return value;
	for (const struct ra_node *kid = node->kids->next; kid; kid = kid->next)
		value.goes_with = ra_lock_of_condition(b, kid->kind == RA_N_PAIR
						       ? ra_node_kid(kid, 1) : kid);
	return value;
}

/* What the promise stands for. */
static struct value value_of_await(struct build *b, const struct ra_node *node)
{
	struct value value = node->kids ? ra_value_of(b, node->kids) : ra_value_none();

	if (value.promise && value.kind == RA_KIND_FUTURE) {
		value.kind = value.element;
		value.class_ = value.element_class;
		value.element = RA_KIND_UNKNOWN;
		value.element_class = 0;
	}
	value.coroutine = RA_NONE;
	value.promise = value.calls = RA_PROMISE_NO;
	return value;
}

/* What a pointer points to is the same thing. */
static struct value value_of_unary(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();

	if ((node->word == RA_O_AMP || node->word == RA_O_STAR || node->word == RA_O_QUESTION) &&
	    node->kids && node->height <= CHAIN_MAX)
		value = ra_value_of(b, node->kids);
	if (node->word == RA_O_AMP) /* an address is that of something */
		value.null = false;
	if (node->word == RA_O_STAR && !value.handle)
		value.state = RA_NONE;
	return value;
}

/* What it is cast to says more. */
static bool is_interface(const struct build *b, uint32_t class_)
{
	return b->shape->classes.v[class_].node->word == RA_W_INTERFACE;
}

static struct value value_of_cast(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), cast;

	if (!node->kids || node->height > CHAIN_MAX)
		return value;
	value = ra_value_of(b, node->kids);
	if (!node->kids->next || (value.class_ && !is_interface(b, value.class_ - 1)) ||
	    value.kind > RA_KIND_SCALAR)
		return value;
	cast = ra_value_annotated(b, node->kids->next->kids);
	cast.state = value.state;
	return cast;
}

static struct value value_of_receive(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), channel;

	if (!node->kids || node->height > CHAIN_MAX)
		return value;
	channel = ra_value_of(b, node->kids);
	value.kind = channel.element;
	value.class_ = channel.element_class;
	return value;
}

static struct value value_of_literal(const struct ra_node *node)
{
	struct value value = ra_value_none();

	value.kind = node->word == RA_W_NULL ? RA_KIND_NULL : RA_KIND_SCALAR;
	value.null = node->word == RA_W_NULL || node->word == RA_W_FALSE ||
		     ra_str_is(node->text, "0");
	value.constant = true;
	return value;
}

static enum ra_kind kind_of_comprehension(const struct ra_node *node)
{
	if (node->word == RA_O_LBRACKET)
		return RA_KIND_LIST;
	if (node->word != RA_O_LBRACE)
		return RA_KIND_UNKNOWN;
	return node->kids && node->kids->kind == RA_N_PAIR ? RA_KIND_DICT : RA_KIND_SET;
}

/* One of the two. */
static struct value value_of_either(struct build *b, const struct ra_node *first)
{
	struct value value = ra_value_of(b, first), other = ra_value_of(b, first->next);

	ra_value_join(&value, &other);
	return value;
}

static struct value value_of(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();
	struct place place;

	switch (node->kind) {
	case RA_N_NAME:
		return value_of_name(b, node);
	case RA_N_MEMBER:
		return value_of_member(b, node);
	case RA_N_INDEX:
		place = ra_place_of(b, node);
		return place.state == RA_NONE ? value : ra_value_of_place(b, &place);
	case RA_N_CALL:
		return node->kids ? ra_value_of_call(b, node) : value;
	case RA_N_AWAIT:
		return value_of_await(b, node);
	case RA_N_ASSIGN:
		return node->kids && node->height <= CHAIN_MAX && !(node->flags & RA_F_BARE)
			? value_of_assigned(b, node) : value;
	case RA_N_COMPOSITE:
		return value_of_composite(b, node);
	case RA_N_UNARY:
		return value_of_unary(b, node);
	case RA_N_CAST:
		return value_of_cast(b, node);
	case RA_N_RECEIVE:
		return value_of_receive(b, node);
	case RA_N_LITERAL:
		return value_of_literal(node);
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
		value.kind = (uint8_t)kind_of_comprehension(node);
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
		return value_of_either(b, node->kids);
	case RA_N_TERNARY:
		return ra_node_kid(node, 2) ? value_of_either(b, node->kids->next) : value;
	default:
		return value;
	}
}

/*
 * The worth of a chain of calls is asked for by each link more than once: for its row, its place,
 * what it passes on. While one question is answered nothing changes, so that a part of it is worth
 * the same each time, and a chain costs its length instead of two to the power of it.
 */
struct value ra_value_of(struct build *b, const struct ra_node *node)
{
	struct remembered *r = &b->remembered[node->last % REMEMBERED_MAX];
	bool outermost = b->asking == 0;
	struct value value;

	if (node->height < 2 || b->in_bases)
		return value_of(b, node);
	b->question += outermost;
	if (r->node == node && r->question == b->question)
		return r->value;
	b->asking++;
	value = value_of(b, node);
	b->asking--;
	*r = (struct remembered){ .node = node, .question = b->question, .value = value };
	return value;
}

/* -- several values --------------------------------------------------------------------------- */

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
	if (language && language->comma_ok)
		part.call = value->call;
	return part;
}
