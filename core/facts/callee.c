/*
 * callee: which function a callee means: its full name after imports, and the row of the API
 * tables that speaks of it; by its path, the type or kind of its receiver, the name alone.
 */
#include "core/facts/internal.h"

/* -- full names ------------------------------------------------------------------------------- */

/* `std::fs::read`: a path is full from its root on, where that is no type of this file. */
static bool names_path(struct build *b, const struct ra_node *node, struct ra_str root)
{
	return node->kind == RA_N_MEMBER && node->word == RA_O_PATH &&
	       ra_class_named(b, root) == RA_NONE &&
	       !(b->shape->tokens->language->own_type &&
		 ra_str_is(root, b->shape->tokens->language->own_type));
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

/* -- rows ------------------------------------------------------------------------------------- */

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

/* `super.close()` in a method, or in a function of it that shares its receiver. */
static bool names_super(struct build *b, const struct ra_node *base)
{
	return base && base->kind == RA_N_NAME && b->shape->tokens->language->promises &&
	       ra_str_is(base->text, "super") && b->shape->units.v[b->unit].class_;
}

/* A local that holds a module, or the call that imports one: `require('m').f()`. */
static bool names_module(struct build *b, const struct ra_node *base)
{
	if (base->kind == RA_N_CALL)
		return base->kids->kind == RA_N_NAME &&
		       ra_api_with(ra_api_find(b->api, base->kids->text), RA_EFFECT_IMPORT);
	return base->kind == RA_N_NAME &&
	       ra_visible_local(b, base->text, base->first, &(uint32_t){ 0 });
}

/* `receiver` is what the object of a method call is worth: computed once by the caller, so that a
 * chain of calls costs its length. */
const struct ra_api_row *ra_callee_row_on(struct build *b, const struct ra_node *callee,
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
	if (!full->len && receiver->full.len && names_module(b, callee->kids))
		*full = ra_printf(b->arena, "%.*s.%.*s", RA_FMT(receiver->full),
				  RA_FMT(callee->text));
	row = full->len ? ra_api_find(b->api, *full) : NULL;
	if (!row && b->shape->tokens->language->typed && receiver->full.len)
		row = ra_api_find(b->api, ra_printf(b->arena, "%.*s:%.*s", RA_FMT(receiver->full),
						    RA_FMT(callee->text)));
	if (!row && callee->word == RA_O_PATH)
		row = row_of_type(b, *full, callee->text);
	if (!row && names_super(b, callee->kids))
		row = ra_base_row(b, b->shape->units.v[b->unit].class_ - 1, callee->text);
	if (!row && receiver->class_)
		row = inherited(b, receiver->class_ - 1, callee->text);
	if (!row && receiver->type.len)
		row = method_of_type(b, receiver->type, callee->text);
	if (row || receiver->unit != RA_NONE || receiver->class_)
		return row;
	/* A function of an imported module of its own making only looks like the method. */
	if (full->len && receiver->kind == RA_KIND_UNKNOWN && !receiver->declared)
		return NULL;
	return ra_api_method(b->api, receiver->kind, callee->text);
}

/* -- embedded fields -------------------------------------------------------------------------- */

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
		*receiver = ra_value_of_state(b, state);
	return state;
}

/* -- callees ---------------------------------------------------------------------------------- */

struct value ra_callee_receiver(struct build *b, const struct ra_node *callee)
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
	struct value receiver = ra_callee_receiver(b, callee);

	return row_for_call(b, ra_callee_row_on(b, callee, &receiver, full), callee);
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
