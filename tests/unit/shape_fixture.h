/*
 * shape_fixture: text -> shape, and a shape as one line: its dump without the module around it.
 */
#ifndef RA_TESTS_SHAPE_FIXTURE_H
#define RA_TESTS_SHAPE_FIXTURE_H

#include "core/shape/shape.h"
#include "tests/unit/unit.h"

struct row {
	const char *text, *tree;
};

/* Before the statements of a module, of the function that begins it. */
#define MODULE "(module (body "
#define FUNCTION MODULE "(function f (body "

/* Source and tokens live as long as the arena, as the shape does. */
static inline struct ra_shape shape_of(struct ra_arena *arena, const char *path,
				       struct ra_str text)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	struct ra_tokens *tokens = ra_new(arena, struct ra_tokens);
	struct ra_shape shape;

	assert_int_equal(ra_source_open(arena, ra_str(path), text,
					&(struct ra_source_limits){ 0 }, source, NULL), RA_OK);
	ra_lex(arena, source, tokens);
	ra_shape_build(arena, tokens, &shape);
	return shape;
}

/* The dump on one line, behind `head` and without the brackets that close it. */
static inline const char *brief(struct ra_arena *arena, const struct ra_shape *shape,
				const char *head)
{
	struct ra_buf dump, out;
	struct ra_str word, rest;

	ra_buf_init(&dump, arena);
	ra_buf_init(&out, arena);
	ra_shape_dump(shape, &dump);
	for (size_t i = 0; i < dump.len; i++)
		if (dump.ptr[i] == '\n')
			dump.ptr[i] = ' ';
	rest = ra_buf_str(&dump);
	while (ra_str_cut(&rest, ' ', &word)) {
		if (word.len && out.len)
			ra_buf_addc(&out, ' ');
		ra_buf_add(&out, word);
	}
	assert_true(ra_str_starts(ra_buf_str(&out), ra_str(head)));
	for (const char *p = head; *p; p++)
		out.len -= *p == '(';
	out.ptr[out.len] = '\0';
	return out.ptr + strlen(head);
}

/* The tree of a text that reads without a note. */
static inline void check_tree(struct ra_arena *arena, const char *path, struct ra_str text,
			      const char *head, const char *tree)
{
	struct ra_shape shape = shape_of(arena, path, text);

	assert_string_equal(brief(arena, &shape, head), tree);
	assert_int_equal(shape.notes.n, 0);
}

/* -- broken text --------------------------------------------------------------------------- */

/* Kinds whose children do not stand in the order of their text; in other languages many do not. */
static inline bool reorders(const struct ra_shape *shape, const struct ra_node *node)
{
	return shape->tokens->source->lang != RA_LANG_PYTHON || node->kind == RA_N_TERNARY ||
	       node->kind == RA_N_NAMED || node->kind == RA_N_ASSIGN ||
	       node->kind == RA_N_BINARY;
}

/* What is missing spans the token before it. */
static inline bool is_missing(const struct ra_node *node)
{
	return node->kind == RA_N_UNKNOWN || (node->kind == RA_N_BLOCK && !node->kids);
}

/* What a parameter leaves in the body of its function stands before it: `constructor(private a)`. */
static inline bool is_left_by_param(const struct ra_node *block, const struct ra_node *kid)
{
	return block->kind == RA_N_BLOCK && kid->kind == RA_N_ASSIGN && kid->last < block->first;
}

static inline void check_kids(const struct ra_shape *shape, const struct ra_node *node)
{
	uint32_t height = 0;

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		assert_ptr_equal(kid->up, node);
		assert_true((kid->first >= node->first && kid->last <= node->last) ||
			    is_left_by_param(node, kid));
		if (kid->next && !reorders(shape, node) && !is_missing(kid->next))
			assert_true(kid->last < kid->next->first);
		if (kid->height >= height)
			height = kid->height + 1;
	}
	assert_int_equal(node->height, height);
}

static inline void check_shape(const struct ra_shape *shape)
{
	size_t lines = shape->tokens->source->lines;

	for (const struct ra_node *node = shape->root; node;
	     node = ra_node_walk(shape->root, node, true)) {
		assert_true(node->first <= node->last && node->last < shape->tokens->list.n);
		assert_true(node->unit < shape->units.n && node->block < shape->blocks.n);
		check_kids(shape, node);
	}
	assert_true(shape->root->height <= RA_SHAPE_HEIGHT);
	for (uint32_t i = 0; i < shape->units.n; i++) {
		const struct ra_unit *unit = &shape->units.v[i];

		assert_true(unit->line >= 1 && unit->line <= unit->end_line);
		assert_true(unit->end_line <= lines || lines == 0);
		assert_true(i == 0 || unit->up < i);
		assert_true(unit->class_ <= shape->classes.n);
	}
	for (uint32_t i = 1; i < shape->blocks.n; i++) {
		assert_int_equal(shape->blocks.v[i].node->block, i);
		assert_true(shape->blocks.v[i].up < i && shape->blocks.v[i].loop <= i);
	}
}

/* A sample cut at each byte, from either end. */
static inline void check_chopped(const char *path, struct ra_str sample)
{
	struct ra_arena arena;
	struct ra_shape shape;

	ra_arena_init(&arena, "file", 0);
	for (size_t cut = 0; cut <= sample.len; cut++) {
		shape = shape_of(&arena, path, ra_str_n(sample.ptr, cut));
		check_shape(&shape);
		shape = shape_of(&arena, path, ra_str_n(sample.ptr + cut, sample.len - cut));
		check_shape(&shape);
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

/* One piece over and over, up to `size` bytes behind `head`: the nesting is capped, and nothing takes
 * time out of proportion. */
static inline void check_repeated(const char *path, const char *head, const char *const *pieces,
				  size_t n, size_t size)
{
	struct ra_arena arena;

	ra_arena_init(&arena, "file", 0);
	for (size_t i = 0; i < n; i++) {
		struct ra_shape shape;
		struct ra_buf text;

		ra_buf_init(&text, &arena);
		ra_buf_adds(&text, head);
		while (text.len < size)
			ra_buf_adds(&text, pieces[i]);
		shape = shape_of(&arena, path, ra_buf_str(&text));
		check_shape(&shape);
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

#endif
