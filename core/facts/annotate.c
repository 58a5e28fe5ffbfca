/*
 * annotate: what declared types say, as text: of parameters, fields, results and literals. Three
 * things are read off a type: the class of this file that it names, the kind of thing it is by the
 * rows of the API tables, and the same of what a container holds or a lock guards. What wraps
 * without being either (Optional, Arc, Promise) is worth what it wraps.
 */
#include "core/facts/internal.h"

struct value ra_value_by_full(struct build *b, struct ra_str full)
{
	struct value value = ra_value_none();
	const struct ra_api_row *row = ra_api_with(ra_api_find(b->api, full), RA_EFFECT_NEW);

	if (row) {
		value.kind = (uint8_t)row->kind;
		value.api_flags = row->flags & ~(uint32_t)RA_API_TREE;
		value.runtimes = row->runtimes;
		value.type = row->flags & RA_API_TREE ? row->name : RA_STR("");
		if (row->kind == RA_KIND_FUTURE && (row->flags & RA_API_ASYNC))
			value.promise = RA_PROMISE_SURE;
	}
	return value;
}

static struct value annotated_name(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none();
	struct ra_str text = ra_node_text(b->shape, node);
	uint32_t class_;

	if (node->kind == RA_N_STRING && text.len > 2)
		text = ra_str_n(text.ptr + 1, text.len - 2);
	class_ = node->kind == RA_N_NAME ? ra_class_meant(b, node) : ra_class_named(b, text);
	if (class_ != RA_NONE)
		value.class_ = class_ + 1;
	else if (node->kind == RA_N_STRING)
		value = ra_value_by_full(b, text);
	else
		value = ra_value_by_full(b, ra_full_name(b, node));
	value.full = class_ == RA_NONE && node->kind != RA_N_STRING ? ra_full_name(b, node)
								    : RA_STR("");
	value.declared = value.full.len && b->shape->tokens->language->promises;
	return value;
}

static bool says_something(const struct value *value)
{
	return value->kind > RA_KIND_SCALAR || value->class_ || value->type.len;
}

static void hold(struct value *value, const struct value *inner)
{
	value->element = inner->kind;
	value->element_class = inner->class_;
}

/* `Map<K, V>` holds V; of other types with several arguments the first that is known counts. */
static struct value argument(struct build *b, const struct value *base, const struct ra_node *node)
{
	struct value value = ra_value_annotated(b, node), next;

	if (!node || node->kind != RA_N_TUPLE)
		return value;
	value = ra_value_none();
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		next = ra_value_annotated(b, kid);
		if (base->kind == RA_KIND_DICT || !says_something(&value))
			value = next;
	}
	return value;
}

/* `Arc<T>`: what is shared is T. */
static bool is_handle(struct build *b, const struct value *wrapper)
{
	const struct ra_api_row *row = wrapper->full.len ?
		ra_api_with(ra_api_find(b->api, wrapper->full), RA_EFFECT_SAME) : NULL;

	return row && (row->flags & RA_API_HANDLE);
}

/* What wraps and adds no method: a type of another name may have any. */
static bool is_transparent(const struct ra_node *node)
{
	static const char *const names[] = { "Optional", "Annotated", "ClassVar", "Final",
					     "Readonly", "NonNullable", "Required" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (ra_str_is(node->text, names[i]))
			return true;
	return false;
}

static struct value annotated_generic(struct build *b, const struct ra_node *node)
{
	struct value value = annotated_name(b, node->kids), inner;

	inner = argument(b, &value, ra_node_kid(node, 1));
	if (!says_something(&value)) {
		inner.handle |= is_handle(b, &value);
		if (!is_transparent(node->kids))
			inner.type = RA_STR("");
		return inner;
	}
	hold(&value, &inner);
	return value;
}

struct value ra_value_annotated(struct build *b, const struct ra_node *node)
{
	struct value value = ra_value_none(), inner;
	const struct ra_node *inner_block;
	uint8_t promise;

	if (!node || node->height > CHAIN_MAX)
		return value;
	switch (node->kind) {
	case RA_N_BINARY:
		value = ra_value_annotated(b, node->kids);
		inner = ra_value_annotated(b, ra_node_kid(node, 1));
		/* who declares it so expects to be awaited */
		promise = value.promise == inner.promise ? value.promise : RA_PROMISE_LIKELY;
		if (says_something(&value) && says_something(&inner))
			value.type = RA_STR(""); /* of either */
		value = says_something(&value) ? value : inner;
		value.promise = promise;
		return value;
	case RA_N_INDEX:
		return annotated_generic(b, node);
	case RA_N_UNARY: /* a pointer, a reference; a function is not what it returns */
		if (node->word == RA_O_FAT_ARROW) {
			value.calls = ra_value_annotated(b, node->kids).promise;
			return value;
		}
		return ra_value_annotated(b, node->kids);
	case RA_N_LIST: /* []T, T[] */
		inner = ra_value_annotated(b, node->kids);
		value.kind = RA_KIND_LIST;
		hold(&value, &inner);
		return value;
	case RA_N_DICT: /* map[K]V */
		inner = ra_value_annotated(b, node->kids ? ra_node_kid(node->kids, 1) : NULL);
		value.kind = RA_KIND_DICT;
		hold(&value, &inner);
		return value;
	case RA_N_TUPLE:
		value.results = node;
		return value;
	case RA_N_NAMED: /* a result with a name */
		return ra_value_annotated(b, ra_node_kid(node, 1));
	case RA_N_CLASS: /* a type without a name, where it is used */
		inner_block = ra_node_find(node, RA_N_BLOCK);
		value.class_ = inner_block ? b->class_of_block[inner_block->block] : 0;
		return value;
	case RA_N_NAME: case RA_N_MEMBER: case RA_N_STRING: case RA_N_LITERAL:
		return annotated_name(b, node);
	default:
		return value;
	}
}

struct value ra_value_of_result(struct build *b, uint32_t unit)
{
	const struct ra_node *result = ra_node_find(b->shape->units.v[unit].node, RA_N_RESULT);
	const struct ra_node *statement = b->statement;
	uint32_t outer = b->unit;
	struct value value;

	b->unit = b->shape->units.v[unit].up;
	b->statement = b->shape->units.v[unit].node; /* by the imports of its file */
	value = ra_value_annotated(b, result ? result->kids : NULL);
	b->unit = outer;
	b->statement = statement;
	return value;
}
