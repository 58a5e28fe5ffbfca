/*
 * The frame of the builder: tokens, nodes, blocks, units and classes, and the module around all.
 * The place in the program (unit, block, loop, class) is one value, saved before a block is
 * entered and put back after it.
 */
#include "core/shape/builder.h"

/* -- tokens -------------------------------------------------------------------------------- */

void ra_build_next(struct ra_builder *build)
{
	if (build->token->kind == RA_T_END)
		return;
	if (!ra_build_at_layout(build))
		build->last = build->at;
	build->at++;
	build->token++;
	build->split = 0;
}

bool ra_build_line_ended(const struct ra_builder *build)
{
	const struct ra_token *before = build->token - 1;

	return before->kind == RA_T_NEWLINE || before->kind == RA_T_CLOSE;
}

bool ra_build_take(struct ra_builder *build, enum ra_word word)
{
	if (ra_build_word(build) != word)
		return false;
	ra_build_next(build);
	return true;
}

void ra_build_note(struct ra_builder *build, const char *text)
{
	if (build->shape->notes.n < RA_NOTES_MAX)
		*ra_vec_push(build->arena, &build->shape->notes) =
			(struct ra_note){ build->token->line, text };
}

/* -- nodes --------------------------------------------------------------------------------- */

struct ra_node *ra_build_node(struct ra_builder *build, enum ra_node_kind kind, uint32_t first)
{
	struct ra_node *node = ra_new(build->arena, struct ra_node);

	node->kind = (uint8_t)kind;
	node->first = node->last = first;
	node->unit = build->place.unit;
	node->block = build->place.block;
	return node;
}

struct ra_open ra_build_open(struct ra_builder *build, enum ra_node_kind kind, uint32_t first)
{
	struct ra_node *node = ra_build_node(build, kind, first);

	return (struct ra_open){ node, &node->kids };
}

void ra_build_add(struct ra_open *open, struct ra_node *kid)
{
	if (kid->first < open->node->first)
		open->node->first = kid->first; /* what is missing spans the token before */
	kid->up = open->node;
	kid->next = NULL;
	*open->end = kid;
	open->end = &kid->next;
	if (kid->height >= open->node->height)
		open->node->height = kid->height + 1;
}

struct ra_node *ra_build_close(struct ra_builder *build, struct ra_open *open)
{
	uint32_t first = open->node->first;

	open->node->last = build->last > first ? build->last : first;
	return open->node;
}

struct ra_str ra_build_text(const struct ra_builder *build, uint32_t first, uint32_t last)
{
	const struct ra_token *from = &build->tokens->list.v[first];
	const struct ra_token *to = &build->tokens->list.v[last];

	return ra_str_n(build->tokens->source->text.ptr + from->at, to->at + to->len - from->at);
}

struct ra_node *ra_build_unknown(struct ra_builder *build, uint32_t first)
{
	struct ra_open open = ra_build_open(build, RA_N_UNKNOWN,
					    first > build->last ? build->last : first);

	return ra_build_close(build, &open);
}

struct ra_node *ra_build_missing(struct ra_builder *build, const char *note)
{
	ra_build_note(build, note);
	return ra_build_unknown(build, build->last);
}

struct ra_node *ra_build_leaf(struct ra_builder *build, enum ra_node_kind kind)
{
	struct ra_node *node;

	if (build->token->kind == RA_T_END)
		return ra_build_unknown(build, build->at);
	node = ra_build_node(build, kind, build->at);
	node->text = ra_build_text(build, build->at, build->at);
	if (kind == RA_N_LITERAL)
		node->word = build->token->word;
	ra_build_next(build);
	return node;
}

struct ra_node *ra_build_skip_bracket(struct ra_builder *build, uint16_t depth)
{
	bool empty = ra_build_at_layout(build) || !ra_build_inside(build, depth);
	struct ra_open open = ra_build_open(build, RA_N_UNKNOWN, empty ? build->last : build->at);

	ra_build_note(build, "syntax error");
	while ((!ra_build_at_layout(build) || (build->grammar->braces && !empty)) &&
	       build->token->kind != RA_T_END && ra_build_inside(build, depth))
		ra_build_next(build);
	return ra_build_close(build, &open);
}

/* UNKNOWN from token `first` to the last one taken, as a statement. */
static struct ra_node *unknown_statement(struct ra_builder *build, uint32_t first)
{
	struct ra_open statement = ra_build_open(build, RA_N_EXPRESSION, first);
	struct ra_open unknown = ra_build_open(build, RA_N_UNKNOWN, first);

	ra_build_add(&statement, ra_build_close(build, &unknown));
	return ra_build_close(build, &statement);
}

struct ra_node *ra_build_skip_line(struct ra_builder *build)
{
	uint32_t first = build->at;

	ra_build_note(build, "syntax error");
	do
		ra_build_next(build);
	while (!ra_build_at_layout(build) && ra_build_word(build) != RA_O_SEMICOLON);
	return unknown_statement(build, first);
}

struct ra_node *ra_build_skip_block(struct ra_builder *build)
{
	uint32_t first = build->at + 1;
	size_t depth = 0;

	ra_build_note(build, "nested too deeply");
	do {
		depth += build->token->kind == RA_T_OPEN;
		depth -= build->token->kind == RA_T_CLOSE;
		ra_build_next(build);
	} while (depth && build->token->kind != RA_T_END);
	return unknown_statement(build, first);
}

/* -- blocks -------------------------------------------------------------------------------- */

struct ra_open ra_build_open_block(struct ra_builder *build, enum ra_block_role role)
{
	struct ra_open open = ra_build_open(build, RA_N_BLOCK, build->last);
	struct ra_shape *shape = build->shape;
	uint32_t up = build->place.block, index = (uint32_t)shape->blocks.n;

	if (role == RA_B_LOOP)
		build->place.loop = index;
	*ra_vec_push(build->arena, &shape->blocks) = (struct ra_block){
		.role = (uint8_t)role,
		.depth = index ? shape->blocks.v[up].depth + 1 : 0,
		.up = up,
		.unit = build->place.unit,
		.loop = build->place.loop,
		.node = open.node,
	};
	open.node->block = build->place.block = index;
	return open;
}

struct ra_node *ra_build_close_block(struct ra_builder *build, struct ra_open *block)
{
	struct ra_node *node = block->node;

	if (node->kids) {
		node->first = node->kids->first;
		node->last = ra_node_last(node)->last;
		/* what an `if` does first stands before it in the tree, and inside it in the text */
		if (node->kids->next && node->kids->next->first < node->first)
			node->first = node->kids->next->first;
	}
	build->shape->blocks.v[node->block].exits = ra_build_exits(build->shape, node);
	return node;
}

void ra_build_statements(struct ra_builder *build, struct ra_open *block)
{
	unsigned stray = 0;

	for (;;) {
		switch (build->token->kind) {
		case RA_T_END:
			return;
		case RA_T_OPEN: /* indented deeper for no reason: still this block */
			ra_build_note(build, "unexpected indent");
			stray++;
			ra_build_next(build);
			break;
		case RA_T_CLOSE:
			if (!stray && build->place.block)
				return;
			stray -= stray > 0;
			ra_build_next(build);
			break;
		case RA_T_NEWLINE:
			ra_build_next(build);
			break;
		default:
			ra_build_statement(build, block);
		}
	}
}

/* Statements on the line of their header. */
static void build_line(struct ra_builder *build, struct ra_open *block)
{
	while (!ra_build_at_layout(build) && !ra_build_line_ended(build))
		ra_build_statement(build, block);
	if (build->token->kind == RA_T_NEWLINE && !ra_build_line_ended(build))
		ra_build_next(build);
}

/* The colon of a header; what stands before it and was not read becomes part of the block. */
static void build_colon(struct ra_builder *build, struct ra_open *block)
{
	uint32_t first = build->at;

	if (ra_build_take(build, RA_O_COLON))
		return;
	ra_build_note(build, "colon expected");
	if (ra_build_at_layout(build))
		return;
	while (!ra_build_at_layout(build) &&
	       (ra_build_word(build) != RA_O_COLON || build->token->depth))
		ra_build_next(build);
	ra_build_add(block, unknown_statement(build, first));
	ra_build_take(build, RA_O_COLON);
}

void ra_build_suite(struct ra_builder *build, struct ra_open *owner, enum ra_block_role role)
{
	struct ra_place outer = build->place;
	struct ra_open block = ra_build_open_block(build, role);

	build_colon(build, &block);
	build->depth++;
	if (build->token->kind != RA_T_NEWLINE) {
		while (build->depth >= RA_SHAPE_DEPTH && !ra_build_at_layout(build))
			ra_build_add(&block, ra_build_skip_line(build));
		build_line(build, &block);
	} else if (ra_build_peek(build, 1)->kind != RA_T_OPEN) {
		ra_build_note(build, "block expected");
		ra_build_next(build);
	} else if (build->depth >= RA_SHAPE_DEPTH) {
		ra_build_next(build);
		ra_build_add(&block, ra_build_skip_block(build));
	} else {
		ra_build_next(build);
		ra_build_next(build);
		ra_build_statements(build, &block);
		ra_build_next(build);
	}
	build->depth--;
	ra_build_add(owner, ra_build_close_block(build, &block));
	build->place = outer;
}

/* -- units and classes --------------------------------------------------------------------- */

static struct ra_str qualify(struct ra_builder *build, struct ra_str name)
{
	struct ra_str prefix = build->place.prefix;

	if (!prefix.len)
		return name;
	return ra_printf(build->arena, "%.*s.%.*s", RA_FMT(prefix), RA_FMT(name));
}

uint32_t ra_build_enter_unit(struct ra_builder *build, struct ra_node *node, struct ra_str name,
			     uint32_t flags)
{
	uint32_t index = (uint32_t)build->shape->units.n;
	struct ra_unit unit = {
		.index = index,
		.up = build->place.unit,
		.class_ = build->place.class_,
		.flags = flags | (build->place.test ? RA_U_TEST : 0u),
		.name = name,
		.qualified = qualify(build, name),
		.node = node,
		.line = build->tokens->list.v[build->at].line,
	};

	*ra_vec_push(build->arena, &build->shape->units) = unit;
	node->unit = build->place.unit = index;
	build->place.loop = 0;
	build->place.prefix = unit.qualified;
	build->place.in_class = false;
	return index;
}

static uint32_t add_class(struct ra_builder *build, struct ra_node *node, struct ra_str name)
{
	uint32_t index = (uint32_t)build->shape->classes.n;

	*ra_vec_push(build->arena, &build->shape->classes) = (struct ra_class){
		.name = name,
		.qualified = qualify(build, name),
		.node = node,
		.up = build->place.class_,
		.unit = build->place.unit,
	};
	return index;
}

uint32_t ra_build_class_named(struct ra_builder *build, struct ra_str name)
{
	size_t *slot = ra_map_put(&build->class_names, name, build->shape->classes.n);

	if (*slot != build->shape->classes.n)
		return (uint32_t)*slot;
	return add_class(build, ra_build_node(build, RA_N_CLASS, build->at), name);
}

uint32_t ra_build_enter_class(struct ra_builder *build, struct ra_node *node, struct ra_str name)
{
	uint32_t index;

	if (!build->grammar->open_classes || !name.len) {
		index = add_class(build, node, name);
	} else {
		struct ra_class *class;

		index = ra_build_class_named(build, name);
		class = &build->shape->classes.v[index];
		if (!class->node->kids && node->word != RA_W_IMPL) {
			class->node = node;
			class->qualified = qualify(build, name);
			class->up = build->place.class_;
			class->unit = build->place.unit;
		}
	}
	build->place.class_ = index + 1;
	build->place.prefix = build->shape->classes.v[index].qualified;
	build->place.in_class = true;
	return index;
}

void ra_build_call_class(struct ra_builder *build, uint32_t index, struct ra_str qualified)
{
	build->shape->classes.v[index].qualified = build->place.prefix = qualified;
}

void ra_build_method_of(struct ra_builder *build, uint32_t index, uint32_t class_,
			struct ra_str receiver)
{
	struct ra_unit *unit = &build->shape->units.v[index];

	unit->class_ = class_ + 1;
	unit->flags |= RA_U_METHOD;
	unit->receiver = receiver;
	unit->qualified = ra_printf(build->arena, "%.*s.%.*s",
				    RA_FMT(build->shape->classes.v[class_].qualified),
				    RA_FMT(unit->name));
	build->place.class_ = class_ + 1;
	build->place.prefix = unit->qualified;
}

/* Is `node` the iterable of the first clause, which runs before the comprehension does? */
static bool is_first_iterable(const struct ra_node *node)
{
	const struct ra_node *clause = node->up;

	return clause->kind == RA_N_CLAUSE && node == ra_node_kid(clause, 1) &&
	       clause == ra_node_find(clause->up, RA_N_CLAUSE);
}

static bool is_in_comprehension(const struct ra_node *node)
{
	for (; node->up->kind != RA_N_BLOCK && node->up->kind != RA_N_LAMBDA; node = node->up) {
		if (is_first_iterable(node))
			node = node->up;
		else if (node->up->kind == RA_N_COMPREHENSION)
			return true;
	}
	return false;
}

/* A yield makes its unit a generator, unless it belongs to a comprehension. */
static void mark_generators(struct ra_builder *build)
{
	for (size_t i = 0; i < build->yields.n; i++) {
		const struct ra_node *yield = build->yields.v[i];

		if (!is_in_comprehension(yield))
			build->shape->units.v[yield->unit].flags |= RA_U_GENERATOR;
	}
}

void ra_shape_build(struct ra_arena *arena, const struct ra_tokens *tokens, struct ra_shape *out)
{
	struct ra_builder build = {
		.arena = arena, .tokens = tokens, .shape = out, .token = tokens->list.v,
		.grammar = ra_grammar(tokens->source->lang),
	};
	struct ra_open module, block;
	struct ra_unit *unit;
	uint32_t end = (uint32_t)tokens->list.n - 1;

	*out = (struct ra_shape){ .tokens = tokens };
	ra_map_init(&build.class_names, arena);
	module = ra_build_open(&build, RA_N_MODULE, 0);
	out->root = module.node;
	ra_build_enter_unit(&build, module.node, RA_STR("<module>"), RA_U_MODULE);
	build.place.prefix = RA_STR("");
	block = ra_build_open_block(&build, RA_B_MODULE);
	if (build.grammar->braces)
		ra_build_brace_module(&build, &block);
	else
		ra_build_statements(&build, &block);
	ra_build_add(&module, ra_build_close_block(&build, &block));
	block.node->first = 0;
	block.node->last = module.node->last = end;
	mark_generators(&build);
	if (build.grammar->finish)
		build.grammar->finish(&build);
	unit = &out->units.v[0];
	unit->line = 1;
	unit->end_line = tokens->list.v[end].line;
}
