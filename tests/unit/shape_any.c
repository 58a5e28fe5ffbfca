/*
 * Text that is no program: cut off at every byte, one unit over and over, blocks without end. Its
 * shape holds together, and nothing takes time or depth out of proportion.
 */
#include "tests/unit/shape_fixture.h"

static const char sample[] =
	"@app.route('/x', a=1)\n"
	"async def f[T: int](self, (q, r), /, *args, k: int = 3, **kw) -> str:\n"
	"    '''doc'''\n"
	"    async with lock as l, open(f) as (g, h): await x.y(1)[2:3, ::4]\n"
	"    if a < b < c: return\n"
	"    elif not x in y and z is not None: raise E from e\n"
	"    else:\n"
	"        pass; break\n"
	"    x: int = y\n"
	"    x += yield 5\n"
	"    return [z async for z in it if z if y], {**a, 'b': 1}, {1, 2}, {k: v for k in x}\n"
	"class A[T](B, metaclass=C):\n"
	"    def m(self): return lambda q=1, *a: (yield)\n"
	"    @property\n"
	"    def p(self): ...\n"
	"match x.y:\n"
	"    case [A(x=0) as p, *rest] | {'k': v, **o} if g > 1: pass\n"
	"    case _:\n"
	"        return\n"
	"print >>f, 'x' % 1, y; exec code in ns\n"
	"lazy import q; type X[T] = int\n"
	"try:\n"
	"    pass\n"
	"except (A, B) as e: pass\n"
	"except A, e: pass\n"
	"except* A.b: pass\n"
	"else: x = f'{a!r:>{w}} {b=}' 'c' if a else -b ** c\n"
	"finally: del a, b\n"
	"with (a as b, c,): pass\n"
	"from ..a . b import (c as d, e,)\n"
	"for i, (j, k) in a, b: continue\n"
	"else: global x, y\n"
	"while (n := f(1)): assert x, 'y'\n"
	"raise E, `x`, tb\n";

/* Kinds whose children do not stand in the order of their text. */
static bool reorders(const struct ra_node *node)
{
	return node->kind == RA_N_TERNARY || node->kind == RA_N_NAMED ||
	       node->kind == RA_N_ASSIGN || node->kind == RA_N_BINARY;
}

/* What is missing spans the token before it. */
static bool is_missing(const struct ra_node *node)
{
	return node->kind == RA_N_UNKNOWN || (node->kind == RA_N_BLOCK && !node->kids);
}

static void check_kids(const struct ra_node *node)
{
	uint32_t height = 0;

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		assert_ptr_equal(kid->up, node);
		assert_true(kid->first >= node->first && kid->last <= node->last);
		if (kid->next && !reorders(node) && !is_missing(kid->next))
			assert_true(kid->last < kid->next->first);
		if (kid->height >= height)
			height = kid->height + 1;
	}
	assert_int_equal(node->height, height);
}

static void check_shape(const struct ra_shape *shape)
{
	size_t lines = shape->tokens->source->lines;

	for (const struct ra_node *node = shape->root; node;
	     node = ra_node_walk(shape->root, node, true)) {
		assert_true(node->first <= node->last && node->last < shape->tokens->list.n);
		assert_true(node->unit < shape->units.n && node->block < shape->blocks.n);
		check_kids(node);
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

static void whole_sample(void **state)
{
	struct ra_shape shape = shape_of(*state, "a.py", RA_STR(sample));

	check_shape(&shape);
	assert_int_equal(shape.notes.n, 0);
	assert_int_equal(shape.units.n, 5);
}

static void chopped(void **state)
{
	struct ra_arena arena;
	struct ra_shape shape;

	(void)state;
	ra_arena_init(&arena, "file", 0);
	for (size_t cut = 0; cut < sizeof(sample); cut++) {
		shape = shape_of(&arena, "a.py", ra_str_n(sample, cut));
		check_shape(&shape);
		shape = shape_of(&arena, "a.py", ra_str_n(sample + cut, sizeof(sample) - 1 - cut));
		check_shape(&shape);
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

/* One unit over and over: the nesting is capped, and nothing takes time out of proportion. */
static void repeated(void **state)
{
	static const char *const units[] = {
		"(", "[a, ", "{a: ", "f'{", "f(", "x[", "a+", "a<", "a.", "a**", ".a()", "not ",
		"await ", "lambda: ", "lambda a=", "a if b else ", "[x for x in ", "(yield ",
		"if a:", "if a:b;", "class A:", "def f(a=", "def f():b;", "match;", "match (",
		"with (", "elif a:\n b\n", "else:", "except:b\n", "@a\n", "a=", "a:", "a,", "*",
		"import a.", "global a,", "print ", "`", "case a:", ")", ":", "type X[",
	};
	struct ra_arena arena;

	(void)state;
	ra_arena_init(&arena, "file", 0);
	for (size_t i = 0; i < COUNT(units); i++) {
		struct ra_shape shape;
		struct ra_buf text;

		ra_buf_init(&text, &arena);
		ra_buf_adds(&text, "if a:\n b\n");
		while (text.len < 30000)
			ra_buf_adds(&text, units[i]);
		shape = shape_of(&arena, "a.py", ra_buf_str(&text));
		check_shape(&shape);
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

/* Blocks in blocks, by indentation. */
static void deep_blocks(void **state)
{
	static const char *const headers[] = {
		"if a:", "def f():", "class A:", "try:", "for a in b:",
	};
	struct ra_arena arena;

	(void)state;
	ra_arena_init(&arena, "file", 0);
	for (size_t i = 0; i < COUNT(headers); i++) {
		struct ra_shape shape;
		struct ra_buf text;

		ra_buf_init(&text, &arena);
		for (int depth = 0; depth < 2 * RA_SHAPE_DEPTH; depth++)
			ra_buf_addf(&text, "%*s%s\n", depth, "", headers[i]);
		ra_buf_addf(&text, "%*sx\ndef last(): pass\n", 2 * RA_SHAPE_DEPTH, "");
		shape = shape_of(&arena, "a.py", ra_buf_str(&text));
		check_shape(&shape);
		assert_true(ra_str_is(shape.units.v[shape.units.n - 1].qualified, "last"));
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_sample),
		cmocka_unit_test(chopped),
		cmocka_unit_test(repeated),
		cmocka_unit_test(deep_blocks),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
