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

#endif
