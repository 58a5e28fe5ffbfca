/*
 * `where` words: what must hold at the place that a pattern found. One table row each; small on
 * purpose: what a handful of words cannot say is the shape of a race, and belongs in a detector.
 * All lines of a card must hold, one argument of a line suffices. where_read.c parses them.
 */
#include "core/races/internal.h"
#include "core/races/tree.h"

static bool ends_unit(const struct ra_node *node)
{
	return node->kind == RA_N_FUNCTION || node->kind == RA_N_LAMBDA ||
	       node->kind == RA_N_MODULE;
}

static const struct ra_shape *shape_of(const struct ra_place *place)
{
	return place->facts->shape;
}

static const struct ra_unit *unit_of(const struct ra_place *place)
{
	return &shape_of(place)->units.v[place->unit];
}

/* Fact of a call, or NULL. */
static const struct ra_fact *fact_at(const struct ra_place *place, const struct ra_node *node)
{
	uint32_t index = node ? ra_fact_of_node(place->facts, node) : RA_NONE;

	return index == RA_NONE ? NULL : ra_fact(place->facts, index);
}

/* `*name`, `name*` or `name`. */
static bool glob(struct ra_str pattern, struct ra_str name)
{
	if (ra_str_starts(pattern, RA_STR("*")))
		return ra_str_ends(name, ra_str_n(pattern.ptr + 1, pattern.len - 1));
	if (ra_str_ends(pattern, RA_STR("*")))
		return ra_str_starts(name, ra_str_n(pattern.ptr, pattern.len - 1));
	return ra_str_eq(pattern, name);
}

/* A dotted name is meant by itself and by its last words: `asyncio.gather` by `gather`. */
static bool names(struct ra_str word, struct ra_str dotted)
{
	struct ra_str first;

	do {
		if (glob(word, dotted))
			return true;
	} while (ra_str_cut(&dotted, '.', &first));
	return false;
}

static bool any_names(const struct ra_where *where, struct ra_str dotted)
{
	for (uint32_t i = 0; i < where->n_args; i++)
		if (names(where->args[i], dotted))
			return true;
	return false;
}

/* -- inside ---------------------------------------------------------------------------------- */

static bool in_block(const struct ra_place *place, int role)
{
	for (const struct ra_node *n = place->node; n && !ends_unit(n); n = n->up)
		if (n->kind == RA_N_BLOCK && shape_of(place)->blocks.v[n->block].role == role)
			return true;
	return false;
}

static bool in_loop(const struct ra_place *place, int unused)
{
	(void)unused;
	return shape_of(place)->blocks.v[place->node->block].loop ||
	       ra_tree_around(place->node, RA_N_COMPREHENSION);
}

/* Does an item of a `with` in whose body the place stands fit? */
static bool any_item(const struct ra_place *place, int arg,
		     bool (*fits)(const struct ra_place *, const struct ra_node *item, int arg))
{
	for (const struct ra_node *n = place->node; n && !ends_unit(n); n = n->up) {
		if (n->kind != RA_N_BLOCK || n->up->kind != RA_N_WITH)
			continue;
		for (const struct ra_node *item = n->up->kids; item; item = item->next)
			if (item->kind == RA_N_ITEM && fits(place, item, arg))
				return true;
	}
	return false;
}

static bool takes_lock(const struct ra_place *place, const struct ra_node *item, int unused)
{
	const struct ra_unit_facts *unit = &place->facts->units[place->unit];

	(void)unused;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(place->facts, unit->first + i);

		if (fact->kind == RA_FACT_ACQUIRE && fact->node == item->kids)
			return true;
	}
	return false;
}

/* What takes its bound or shield by keyword has none without it. */
static bool has_effect(const struct ra_place *place, const struct ra_node *item, int effect)
{
	const struct ra_fact *fact = fact_at(place, item->kids);
	const struct ra_api_row *row =
		fact ? ra_api_with(fact->row, (enum ra_effect)effect) : NULL;

	return row && (!row->keyword.len || ra_api_operand(row, fact->node));
}

static bool makes_kind(const struct ra_place *place, const struct ra_node *item, int kind)
{
	const struct ra_fact *fact = fact_at(place, item->kids);
	const struct ra_api_row *row = fact ? ra_api_with(fact->row, RA_EFFECT_NEW) : NULL;

	return row && (int)row->kind == kind;
}

static bool in_with(const struct ra_place *place, int effect)
{
	return any_item(place, effect, has_effect);
}

static bool in_scope(const struct ra_place *place, int kind)
{
	return any_item(place, kind, makes_kind);
}

static bool in_lock(const struct ra_place *place, int unused)
{
	const struct ra_unit_facts *unit = &place->facts->units[place->unit];
	const struct ra_node *statement = ra_node_statement(place->node);

	(void)unused;
	for (uint32_t i = 0; i < unit->n; i++) {
		const struct ra_fact *fact = ra_fact(place->facts, unit->first + i);

		if (fact->statement == statement && fact->n_regions)
			return true;
	}
	return any_item(place, 0, takes_lock);
}

static bool in_spawn(const struct ra_place *place, int unused)
{
	const struct ra_unit_facts *unit = &place->facts->units[place->unit];

	(void)unused;
	for (uint32_t i = 0; i < unit->n_callers; i++)
		if (ra_fact(place->facts, unit->callers[i])->kind == RA_FACT_SPAWN)
			return true;
	for (const struct ra_node *n = place->node; n && n->kind != RA_N_FUNCTION; n = n->up) {
		const struct ra_fact *fact = n->kind == RA_N_CALL ? fact_at(place, n) : NULL;

		if (fact && fact->kind == RA_FACT_SPAWN)
			return true;
	}
	return false;
}

static bool in_async(const struct ra_place *place, int unused)
{
	(void)unused;
	return place->facts->units[place->unit].is_async;
}

static bool in_class(const struct ra_place *place, int unused)
{
	(void)unused;
	return unit_of(place)->class_ || in_block(place, RA_B_CLASS);
}

static bool in_module(const struct ra_place *place, int unused)
{
	(void)unused;
	return unit_of(place)->flags & RA_U_MODULE;
}

static uint32_t line_of(const struct ra_place *place)
{
	return place->facts->shape->tokens->list.v[place->token].line;
}

static bool in_test(const struct ra_place *place, int unused)
{
	(void)unused;
	return ra_source_part(place->facts->source, line_of(place))->test ||
	       place->facts->units[place->unit].test;
}

static bool in_construction(const struct ra_place *place, int unused)
{
	(void)unused;
	return place->facts->units[place->unit].constructs;
}

static const struct {
	const char *name;
	bool (*holds)(const struct ra_place *place, int arg);
	int arg;
} insides[] = {
	{ "async", in_async, 0 },
	{ "class", in_class, 0 },
	{ "construction", in_construction, 0 },
	{ "except", in_block, RA_B_HANDLER },
	{ "finally", in_block, RA_B_FINALLY },
	{ "lock", in_lock, 0 },
	{ "loop", in_loop, 0 },
	{ "module", in_module, 0 },
	{ "nursery", in_scope, RA_KIND_SCOPE },
	{ "shield", in_with, RA_EFFECT_SHIELD },
	{ "spawn", in_spawn, 0 },
	{ "test", in_test, 0 },
	{ "timeout", in_with, RA_EFFECT_TIMEOUT },
	{ "try", in_block, RA_B_TRY },
	{ "with", in_block, RA_B_WITH },
};

static bool inside(const struct ra_place *place, const struct ra_where *where)
{
	for (uint32_t i = 0; i < where->n_args; i++)
		for (size_t k = 0; k < RA_COUNT(insides); k++)
			if (ra_str_is(where->args[i], insides[k].name) &&
			    insides[k].holds(place, insides[k].arg))
				return true;
	return false;
}

/* -- the call at the place ------------------------------------------------------------------- */

static bool awaited(const struct ra_place *place, const struct ra_where *where)
{
	(void)where;
	return place->call && place->call->up->kind == RA_N_AWAIT;
}

static bool dropped(const struct ra_place *place, const struct ra_where *where)
{
	(void)where;
	return place->call && place->call->up->kind == RA_N_EXPRESSION;
}

static bool calls(const struct ra_place *place, const struct ra_where *where)
{
	const struct ra_fact *fact = fact_at(place, place->call);

	return fact && any_names(where, fact->name);
}

static bool argument_of(const struct ra_place *place, const struct ra_where *where)
{
	const struct ra_node *inner = place->call ? place->call : place->node;

	for (; inner->up && inner->kind != RA_N_FUNCTION; inner = inner->up) {
		const struct ra_fact *fact = inner->up->kind == RA_N_CALL &&
					     inner != inner->up->kids ?
						     fact_at(place, inner->up) : NULL;

		if (fact && any_names(where, fact->name))
			return true;
	}
	return false;
}

static bool has_keyword(const struct ra_place *place, const struct ra_where *where)
{
	for (uint32_t i = 0; place->call && i < where->n_args; i++)
		if (ra_tree_keyword(place->call, where->args[i]))
			return true;
	return false;
}

static bool without_arguments(const struct ra_place *place, const struct ra_where *where)
{
	(void)where;
	return place->call && ra_node_count(place->call) == 1;
}

/* -- names and the unit ---------------------------------------------------------------------- */

/* First name in what `$group` matched: `self` of `self.x`. */
static struct ra_str group_name(const struct ra_place *place, const struct ra_where *where)
{
	int i = ra_pattern_group(place->pattern, where->args[0]);
	struct ra_span span = i < 0 ? (struct ra_span){ 1, 0 } : place->match->groups[i];
	const char *text = place->facts->source->text.ptr;
	size_t end;

	if (span.from > span.to)
		return RA_STR("");
	while (span.from < span.to && !ra_is_name_byte(text[span.from]))
		span.from++;
	for (end = span.from; end < span.to && ra_is_name_byte(text[end]); end++)
		;
	return ra_str_n(text + span.from, end - span.from);
}

/* Does this node give a value to the name it is or holds? */
static bool binds(const struct ra_node *node, struct ra_str name)
{
	const struct ra_node *up = node->up;

	if (node->kind == RA_N_PARAM || node->kind == RA_N_HANDLER ||
	    node->kind == RA_N_FUNCTION || node->kind == RA_N_CLASS)
		return ra_str_eq(node->text, name);
	if (node->kind != RA_N_NAME || !ra_str_eq(node->text, name))
		return false;
	for (; up && (up->kind == RA_N_TUPLE || up->kind == RA_N_LIST || up->kind == RA_N_STAR);
	     up = up->up)
		node = up;
	switch (up ? up->kind : RA_N_UNKNOWN) {
	case RA_N_ASSIGN:
		return node->next != NULL || (up->flags & RA_F_BARE);
	case RA_N_FOR: case RA_N_NAMED: case RA_N_CLAUSE:
		return node == up->kids;
	case RA_N_ITEM:
		return node != up->kids;
	case RA_N_ALIAS:
		return true;
	default:
		return false;
	}
}

static bool declared_outside(const struct ra_place *place, const struct ra_where *where)
{
	struct ra_str name = group_name(place, where);
	const struct ra_node *root = unit_of(place)->node, *at = NULL;
	bool bound = false;

	while (name.len && (at = ra_node_walk(root, at, false)) != NULL) {
		if (at->kind == RA_N_NAME && ra_str_eq(at->text, name) &&
		    (at->up->kind == RA_N_GLOBAL || at->up->kind == RA_N_NONLOCAL))
			return true;
		bound |= at != root && binds(at, name);
	}
	return name.len && !bound;
}

static bool mentioned_later(const struct ra_place *place, const struct ra_where *where)
{
	struct ra_str name = group_name(place, where);
	const struct ra_node *statement = ra_node_statement(place->node), *at = NULL;
	uint32_t last = statement ? statement->last : place->token;

	while (name.len && (at = ra_node_walk(unit_of(place)->node, at, true)) != NULL)
		if (at->kind == RA_N_NAME && at->first > last && ra_str_eq(at->text, name))
			return true;
	return false;
}

static bool unit_named(const struct ra_place *place, const struct ra_where *where)
{
	return any_names(where, unit_of(place)->qualified);
}

static bool decorated(const struct ra_place *place, const struct ra_where *where)
{
	for (const struct ra_node *kid = unit_of(place)->node->kids; kid; kid = kid->next)
		if (kid->kind == RA_N_DECORATOR && any_names(where, ra_tree_last_word(kid->kids)))
			return true;
	return false;
}

static bool imports(const struct ra_place *place, const struct ra_where *where)
{
	const struct ra_facts *facts = place->facts;
	const struct ra_part *part = ra_source_part(facts->source, line_of(place));

	for (size_t i = 0; i < facts->imports.n; i++)
		for (uint32_t k = 0; k < where->n_args; k++) {
			const struct ra_import *import = &facts->imports.v[i];
			struct ra_str full = import->full, word = where->args[k];

			if (ra_source_part(facts->source, import->line) != part)
				continue;
			if (glob(word, full) || (full.len > word.len && full.ptr[word.len] == '.' &&
						 ra_str_starts(full, word)))
				return true;
		}
	return false;
}

static bool runtime(const struct ra_place *place, const struct ra_where *where)
{
	uint32_t here = place->facts->units[place->unit].runtimes;

	if (!here)
		here = place->facts->runtimes;
	for (uint32_t i = 0; i < where->n_args; i++)
		if (here & ra_runtime_named(where->args[i]))
			return true;
	return false;
}

/* -- the table ------------------------------------------------------------------------------- */

static const struct ra_where_word words[] = {
	{ "argument of", RA_WHERE_NAMES, NULL,
	  "the place stands in an argument of a call of this name", argument_of },
	{ "awaited", RA_WHERE_NONE, NULL, "the call is the operand of await", awaited },
	{ "calls", RA_WHERE_NAMES, NULL,
	  "the call is of this name, imports resolved: asyncio.gather, or gather", calls },
	{ "declared outside", RA_WHERE_GROUP, NULL,
	  "the first name in the group is not a local or parameter of the unit", declared_outside },
	{ "decorated", RA_WHERE_NAMES, NULL, "the unit has a decorator of this name", decorated },
	{ "dropped", RA_WHERE_NONE, NULL, "the call is a statement: its value goes nowhere",
	  dropped },
	{ "has keyword", RA_WHERE_NAMES, NULL, "the call has an argument given by this name",
	  has_keyword },
	{ "imports", RA_WHERE_NAMES, NULL, "the file imports this module or a part of it",
	  imports },
	{ "inside", RA_WHERE_CHOICE,
	  "async class construction except finally lock loop module nursery shield spawn test "
	  "timeout try with",
	  "the place stands in a unit or block of this kind", inside },
	{ "mentioned later", RA_WHERE_GROUP, NULL,
	  "the first name in the group occurs again after the statement, in the same unit",
	  mentioned_later },
	{ "runtime", RA_WHERE_CHOICE, "asyncio trio anyio threads processes greenlets goroutines tokio node",
	  "the unit, or else the file, uses this scheduler", runtime },
	{ "unit named", RA_WHERE_NAMES, NULL,
	  "the unit is of this name: Pool.close, or close", unit_named },
	{ "without arguments", RA_WHERE_NONE, NULL, "the call has no argument at all",
	  without_arguments },
};

const struct ra_where_word *ra_where_words(size_t *n)
{
	*n = RA_COUNT(words);
	return words;
}

bool ra_where_holds(const struct ra_card *card, const struct ra_place *place)
{
	for (size_t i = 0; i < card->where.n; i++) {
		const struct ra_where *where = &card->where.v[i];

		if (where->word->holds(place, where) == where->negated)
			return false;
	}
	return true;
}

/* -- places ---------------------------------------------------------------------------------- */

/* The call whose callee the place is the beginning or the end of, or that it is itself. */
static const struct ra_node *call_at(const struct ra_node *node)
{
	if (node->kind == RA_N_AWAIT)
		node = node->kids;
	while (node && node->kind != RA_N_CALL) {
		const struct ra_node *up = node->up;

		if (!up || up->kids != node || (up->kind != RA_N_MEMBER && up->kind != RA_N_CALL))
			return NULL;
		node = up;
	}
	return node;
}

struct ra_place ra_place_at(const struct ra_facts *facts, uint32_t token)
{
	struct ra_place place = { .facts = facts, .token = token };
	const struct ra_node *kid = facts->shape->root;

	while (kid) {
		if (kid->first <= token && token <= kid->last) {
			place.node = kid;
			kid = kid->kids;
		} else {
			kid = kid->next;
		}
	}
	if (!place.node)
		place.node = facts->shape->root;
	place.unit = place.node->unit;
	place.call = call_at(place.node);
	return place;
}
