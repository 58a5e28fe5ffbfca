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

static void whole_sample(void **state)
{
	struct ra_shape shape = shape_of(*state, "a.py", RA_STR(sample));

	check_shape(&shape);
	assert_int_equal(shape.notes.n, 0);
	assert_int_equal(shape.units.n, 5);
}

static void chopped(void **state)
{
	(void)state;
	check_chopped("a.py", RA_STR(sample));
}

static void repeated(void **state)
{
	static const char *const units[] = {
		"(", "[a, ", "{a: ", "f'{", "f(", "x[", "a+", "a<", "a.", "a**", ".a()", "not ",
		"await ", "lambda: ", "lambda a=", "a if b else ", "[x for x in ", "(yield ",
		"if a:", "if a:b;", "class A:", "def f(a=", "def f():b;", "match;", "match (",
		"with (", "elif a:\n b\n", "else:", "except:b\n", "@a\n", "a=", "a:", "a,", "*",
		"import a.", "global a,", "print ", "`", "case a:", ")", ":", "type X[",
	};

	(void)state;
	check_repeated("a.py", "if a:\n b\n", units, COUNT(units), 30000);
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
