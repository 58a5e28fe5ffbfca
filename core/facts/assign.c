/*
 * assign: where a value goes: locals, which take what it is worth, states, which get a write, and
 * the parts of a pattern.
 */
#include "core/facts/internal.h"

/* In a branch the old value is kept: behind it either may be the one. */
static void bind_local(struct build *b, struct local *local, const struct value *value)
{
	uint32_t index = (uint32_t)(local - b->scopes[b->unit].list.v);

	if (local->value.guard != RA_NONE && local->value.guard != value->guard && local->bound)
		ra_guard_ends(b, local->value.guard, b->statement); /* replaced, it is dropped */
	if (!local->bound) {
		local->bound = true;
		local->block = b->block;
	} else if (local->block != b->block && b->rebindings.n < REBINDINGS_MAX) {
		*ra_vec_push(b->arena, &b->rebindings) =
			(struct rebinding){ b->unit, index, b->block, local->value };
	}
	local->value = *value;
	local->value.coroutine = RA_NONE;
}

/* The value comes from the same state, read in this very statement. */
static bool from_itself(struct build *b, const struct value *value, const struct ra_fact *fact)
{
	for (uint32_t i = 0; i < value->from.n; i++) {
		const struct ra_fact *read = &b->out->facts.v[value->from.v[i]];

		if (ra_fact_is_access(read->kind) && read->state == fact->state &&
		    read->statement == b->statement && ra_str_eq(read->key, fact->key))
			return true;
	}
	return false;
}

/* What locals hold of a state that is replaced is the old object: theirs alone from now on. */
static void detach_aliases(struct build *b, uint32_t state)
{
	struct scope *scope = ra_scope_here(b);

	for (size_t i = 0; i < scope->list.n; i++)
		if (!scope->list.v[i].captured && scope->list.v[i].value.state == state)
			scope->list.v[i].value.state = RA_NONE;
}

static void write_place(struct build *b, const struct ra_node *target, const struct place *place,
			const struct value *value)
{
	struct ra_fact *fact;
	enum ra_fact_kind kind = place->nested ? RA_FACT_UPDATE :
				 place->key ? RA_FACT_INSERT : RA_FACT_WRITE;

	if (kind == RA_FACT_WRITE)
		detach_aliases(b, place->state);
	fact = ra_fact_access(b, kind, target, place);
	if (value->constant)
		fact->flags |= RA_FACT_CONSTANT;
	if (value->null)
		fact->flags |= RA_FACT_NULL;
	if (from_itself(b, value, fact))
		fact->kind = RA_FACT_UPDATE;
	if (value->from.n) {
		uint32_t *depends = ra_new_array(b->arena, uint32_t, value->from.n);

		memcpy(depends, value->from.v, value->from.n * sizeof(*depends));
		fact->depends = depends;
		fact->n_depends = value->from.n;
	}
}

/* The parts of a pattern: what it takes apart is known by its types alone, if at all. */
static void assign_parts(struct build *b, const struct ra_node *first, const struct value *value)
{
	struct value part = ra_value_none();

	part.from = value->from;
	for (const struct ra_node *kid = first; kid; kid = kid->next)
		ra_assign(b, kid, &part);
}

/* `Shape::Round(r)`: what a pattern of the value's own class takes out of it is another thing. */
static bool takes_apart(struct build *b, const struct ra_node *pattern, const struct value *value)
{
	const struct ra_node *name = pattern->kids;

	while (name && name->kind == RA_N_MEMBER)
		name = name->kids;
	return value->class_ && name && name->kind == RA_N_NAME &&
	       ra_value_of(b, name).class_itself == value->class_;
}

/* `Some(x)`, `&x`, `x @ P`, `A | B`, `{ a: x }`: what wraps one thing passes it on as it is. */
static bool assign_pattern(struct build *b, const struct ra_node *target, const struct value *value)
{
	const struct ra_node *kids = target->kids;

	switch (target->kind) {
	case RA_N_CALL: case RA_N_UNARY: case RA_N_NAMED: case RA_N_BINARY:
		if (target->word == RA_O_STAR)
			return false; /* what a pointer or a guard lets at */
		if (target->kind == RA_N_CALL)
			kids = kids ? kids->next : NULL;
		if (kids && !kids->next && !(target->kind == RA_N_CALL && takes_apart(b, target, value)))
			ra_assign(b, kids, value);
		else
			assign_parts(b, kids, value);
		return true;
	case RA_N_COMPOSITE: case RA_N_PAIR:
		assign_parts(b, kids ? kids->next : NULL, value);
		return true;
	case RA_N_DICT:
		assign_parts(b, kids, value);
		return true;
	case RA_N_ASSIGN: /* with a default */
		if (kids)
			ra_assign(b, kids, value);
		return true;
	default:
		return false;
	}
}

static void eval_parts(struct build *b, const struct ra_node *target)
{
	if (target->kind == RA_N_INDEX && target->kids) {
		if (target->kids->kind == RA_N_INDEX || ra_place_of(b, target).state == RA_NONE)
			ra_eval(b, target->kids);
		if (target->kids->next)
			ra_eval(b, target->kids->next);
	} else if (target->kids && (target->kind == RA_N_MEMBER || target->kind == RA_N_UNARY)) {
		ra_eval(b, target->kids);
	}
}

void ra_assign(struct build *b, const struct ra_node *target, const struct value *value)
{
	if (target->kind == RA_N_INDEX || target->kind == RA_N_MEMBER ||
	    (target->kind == RA_N_UNARY && target->word == RA_O_STAR &&
	     ra_place_of(b, target).held))
		eval_parts(b, target);
	ra_store(b, target, value);
}

void ra_store(struct build *b, const struct ra_node *target, const struct value *value)
{
	struct place place;
	struct local *local;
	struct value part;

	if (target->kind == RA_N_TUPLE || target->kind == RA_N_LIST || target->kind == RA_N_STAR) {
		unsigned n = 0;

		for (const struct ra_node *kid = target->kids; kid; kid = kid->next) {
			part = ra_value_part(b, value, n++);
			ra_assign(b, kid, &part);
		}
		return;
	}
	if (b->block_scoped && assign_pattern(b, target, value))
		return;
	place = ra_place_of(b, target);
	if (target->kind == RA_N_NAME) {
		local = ra_target_local(b, target);
		if (b->block_scoped && local && !place.alias) /* a new one of a name that has one */
			place.state = local->captured ? local->state : RA_NONE;
		if (local && b->unit)
			bind_local(b, local, value);
		if (local)
			ra_guard_bound(b, value->guard);
		if (place.state != RA_NONE && !place.alias && value->state != place.state)
			write_place(b, target, &place, value);
		return;
	}
	if (place.state != RA_NONE)
		write_place(b, target, &place, value);
}
