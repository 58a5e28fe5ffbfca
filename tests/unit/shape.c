/*
 * Shapes of Python. A sample's tree is its dump on one line, without the module around it.
 */
#include "tests/unit/shape_fixture.h"

static void check_rows(struct ra_arena *arena, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ra_shape shape = shape_of(arena, "a.py", ra_str(rows[i].text));

		assert_string_equal(brief(arena, &shape, MODULE), rows[i].tree);
	}
}

static void operands(void **state)
{
	static const struct row rows[] = {
		{ "x", "(expression x)" },
		{ "1", "(expression 1)" },
		{ "'a'", "(expression 'a')" },
		{ "'a' \"b\"", "(expression 'a')" },
		{ "None", "(expression None)" },
		{ "True", "(expression True)" },
		{ "...", "(expression ...)" },
		{ "a.b.c", "(expression (member c (member b a)))" },
		{ "f()", "(expression (call f))" },
		{ "f(1, *a, k=2, **b)",
		  "(expression (call f 1 (star a) (keyword k 2) (doublestar b)))" },
		{ "f(x for x in y)",
		  "(expression (call f (comprehension LPAREN x (clause x y))))" },
		{ "f(a)(b)[c].d", "(expression (member d (index (call (call f a) b) c)))" },
		{ "x[1]", "(expression (index x 1))" },
		{ "x[1:2]", "(expression (index x (slice 1 2)))" },
		{ "x[::2]", "(expression (index x (slice 2)))" },
		{ "x[:]", "(expression (index x (slice)))" },
		{ "x[1, 2:3]", "(expression (index x (tuple 1 (slice 2 3))))" },
		{ "x[*a]", "(expression (index x (star a)))" },
		{ "x[a,]", "(expression (index x (tuple a)))" },
		{ "()", "(expression (tuple))" },
		{ "(a)", "(expression (name:parentheses a))" },
		{ "(a,)", "(expression (tuple a))" },
		{ "(a, b)", "(expression (tuple a b))" },
		{ "[]", "(expression (list))" },
		{ "[a, *b]", "(expression (list a (star b)))" },
		{ "{}", "(expression (dict))" },
		{ "{a}", "(expression (set a))" },
		{ "{a: b, **c}", "(expression (dict (pair a b) (doublestar c)))" },
		{ "{*a, b}", "(expression (set (star a) b))" },
		{ "(yield)", "(expression (yield:parentheses))" },
		{ "x = yield", "(assign x (yield))" },
		{ "yield from a", "(expression (yield:from a))" },
		{ "yield a, b", "(expression (yield (tuple a b)))" },
		{ "await f()", "(expression (await (call f)))" },
		{ "lambda: 0", "(expression (lambda 0))" },
		{ "lambda a, *b, c=1, **d: a",
		  "(expression (lambda (param a) (param:star b) (param c (default 1)) "
		  "(param:doublestar d) a))" },
		{ "`a`", "(expression (unknown a))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void interpolated(void **state)
{
	static const struct row rows[] = {
		{ "f'a{x}b'", "(expression (string f'a{x}b' x))" },
		{ "f'{x!r:>{w}} {f(y)}' 'z'",
		  "(expression (string f'{x!r:>{w}} {f(y)}' x w (call f y)))" },
		{ "f'{x=}'", "(expression (string f'{x=}' x))" },
		{ "f'{a, b}'", "(expression (string f'{a, b}' (tuple a b)))" },
		{ "'a' f'{x}'", "(expression (string 'a' x))" },
		{ "f'{f\"{x}\"}'", "(expression (string f'{f\"{x}\"}' (string f\"{x}\" x)))" },
		{ "f''", "(expression f'')" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void precedence(void **state)
{
	static const struct row rows[] = {
		{ "a or b and not c", "(expression (binary OR a (binary AND b (unary NOT c))))" },
		{ "a + b * c", "(expression (binary PLUS a (binary STAR b c)))" },
		{ "(a + b) * c", "(expression (binary STAR (binary:parentheses PLUS a b) c))" },
		{ "a - b - c", "(expression (binary MINUS (binary MINUS a b) c))" },
		{ "-a ** -b", "(expression (unary MINUS (binary POWER a (unary MINUS b))))" },
		{ "a ** b ** c", "(expression (binary POWER a (binary POWER b c)))" },
		{ "a | b ^ c & d << e + f * -g",
		  "(expression (binary PIPE a (binary CARET b (binary AMP c (binary SHL d "
		  "(binary PLUS e (binary STAR f (unary MINUS g))))))))" },
		{ "not a == b", "(expression (unary NOT (compare EQ a b)))" },
		{ "a < b", "(expression (compare LT a b))" },
		{ "a < b < c", "(expression (binary AND (compare LT a b) (compare LT b c)))" },
		{ "a < f() < c",
		  "(expression (binary AND (compare LT a (call f)) (compare LT (unknown) c)))" },
		{ "a not in b is not c",
		  "(expression (binary AND (compare NOT_IN a b) (compare IS_NOT b c)))" },
		{ "a < b == c != d",
		  "(expression (binary AND (binary AND (compare LT a b) (compare EQ b c)) "
		  "(compare NE c d)))" },
		{ "a if b else c", "(expression (ternary b a c))" },
		{ "a if b else c if d else e", "(expression (ternary b a (ternary d c e)))" },
		{ "lambda: a if b else c", "(expression (lambda (ternary b a c)))" },
		{ "await a.b ** 2", "(expression (binary POWER (await (member b a)) 2))" },
		{ "-await a", "(expression (unary MINUS (await a)))" },
		{ "x = (y := f(z))", "(assign x (named:parentheses y (call f z)))" },
		{ "not await a", "(expression (unary NOT (await a)))" },
		{ "a and (b or c)", "(expression (binary AND a (binary:parentheses OR b c)))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void comprehensions(void **state)
{
	static const struct row rows[] = {
		{ "[x for x in y]", "(expression (comprehension LBRACKET x (clause x y)))" },
		{ "{x for x in y if a if b}",
		  "(expression (comprehension LBRACE x (clause x y (guard a) (guard b))))" },
		{ "{k: v for k, v in y}",
		  "(expression (comprehension LBRACE (pair k v) (clause (tuple k v) y)))" },
		{ "(x async for x in y for z in x)",
		  "(expression (comprehension LPAREN x (clause:async x y) (clause z x)))" },
		{ "[a if b else c for d in e if f or g]",
		  "(expression (comprehension LBRACKET (ternary b a c) (clause d e (guard "
		  "(binary OR f g)))))" },
		{ "[x for x in lambda: y, z]",
		  "(expression (comprehension LBRACKET x (clause x (tuple (lambda y) z))))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void simple(void **state)
{
	static const struct row rows[] = {
		{ "a = b", "(assign a b)" },
		{ "a = b = c", "(assign a b c)" },
		{ "a, *b = c", "(assign (tuple a (star b)) c)" },
		{ "a.b[c] += d", "(assign:augment AUGMENT += (index (member b a) c) d)" },
		{ "a: int", "(assign:bare (annotation int) a)" },
		{ "a: int = 1", "(assign (annotation int) a 1)" },
		{ "self.a: int = 1", "(assign (annotation int) (member a self) 1)" },
		{ "(a): int", "(assign:bare (annotation int) (name:parentheses a))" },
		{ "return", "(return)" },
		{ "return a, b", "(return (tuple a b))" },
		{ "raise", "(raise)" },
		{ "raise A", "(raise A)" },
		{ "raise A from b", "(raise A b)" },
		{ "del a, b[c]", "(delete a (index b c))" },
		{ "del (a, b)", "(delete (tuple a b))" },
		{ "assert a", "(assert a)" },
		{ "assert a, b", "(assert a b)" },
		{ "assert", "(assert (unknown))" },
		{ "del", "(delete (unknown))" },
		{ "global a, b", "(global a b)" },
		{ "nonlocal a", "(nonlocal a)" },
		{ "pass; break; continue", "(pass) (break) (continue)" },
		{ "import a", "(import (alias a))" },
		{ "import a.b as c, d", "(import (alias a.b c) (alias d))" },
		{ "from a import *", "(import a (alias *))" },
		{ "from . import (b as c, d,)", "(import . (alias b c) (alias d))" },
		{ "from ...a . b import c", "(import ...a.b (alias c))" },
		{ "lazy import a", "(import (alias a))" },
		{ "lazy from a import b", "(import a (alias b))" },
		{ "type X = int", "(assign TYPE X int)" },
		{ "type X[T: int] = list[T]", "(assign TYPE X (index list T))" },
		{ "type(a)", "(expression (call type a))" },
		{ "type = 1", "(assign type 1)" },
		{ "match = 1", "(assign match 1)" },
		{ "match(a)", "(expression (call match a))" },
		{ "print(a)", "(expression (call print a))" },
		{ "lazy = print", "(assign lazy print)" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void compound(void **state)
{
	static const struct row rows[] = {
		{ "if a: b", "(if a (then (expression b)))" },
		{ "if a: b\nelif c: d\nelif e: f\nelse: g",
		  "(if a (then (expression b)) (if c (then (expression d)) (if e (then "
		  "(expression f)) (else (expression g)))))" },
		{ "while a: b\nelse: c",
		  "(while a (loop (expression b)) (loop-else (expression c)))" },
		{ "for a, b in c, d: e\nelse: f",
		  "(for (tuple a b) (tuple c d) (loop (expression e)) (loop-else (expression "
		  "f)))" },
		{ "async for a in b: c", "(for:async a b (loop (expression c)))" },
		{ "try: a\nfinally: b", "(try (body (expression a)) (finally (expression b)))" },
		{ "try: a\nexcept: b\nexcept A: c\nexcept (A, B) as d: e\nelse: f\nfinally: g",
		  "(try (body (expression a)) (handler (body (expression b))) (handler A (body "
		  "(expression c))) (handler d (tuple A B) (body (expression e))) (else "
		  "(expression f)) (finally (expression g)))" },
		{ "try: a\nexcept* A as b: c",
		  "(try (body (expression a)) (handler:group b A (body (expression c))))" },
		{ "try: a\nexcept A, B: b",
		  "(try (body (expression a)) (handler (tuple A B) (body (expression b))))" },
		{ "with a: b", "(with (item a) (body (expression b)))" },
		{ "with a as b, c() as (d, e): f",
		  "(with (item a b) (item (call c) (tuple d e)) (body (expression f)))" },
		{ "with (a as b, c,): d", "(with (item a b) (item c) (body (expression d)))" },
		{ "with (a, b): c", "(with (item a) (item b) (body (expression c)))" },
		{ "with (a): b", "(with (item (name:parentheses a)) (body (expression b)))" },
		{ "with (a) as b, (c): d",
		  "(with (item (name:parentheses a) b) (item (name:parentheses c)) (body "
		  "(expression d)))" },
		{ "with (a).b(): c",
		  "(with (item (call (member b (name:parentheses a)))) (body (expression c)))" },
		{ "async with a: b", "(with:async (item a) (body (expression b)))" },
		{ "with (yield): a", "(with (item (yield:parentheses)) (body (expression a)))" },
		{ "if a: b; c\nd", "(if a (then (expression b) (expression c))) (expression d)" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void matches(void **state)
{
	static const struct row rows[] = {
		{ "match a:\n case 1: b\n case _: c",
		  "(match a (case 1 (body (expression b))) (case _ (body (expression c))))" },
		{ "match a, b:\n case [A(x=1) as y, *z] | {'k': w, **r} if q: b",
		  "(match (tuple a b) (case (binary PIPE (list (named y (call A (keyword x 1))) "
		  "(star z)) (dict (pair 'k' w) (doublestar r))) (guard q) (body (expression "
		  "b))))" },
		{ "match a:\n case (A.b | -1) as c: pass",
		  "(match a (case (named c (binary:parentheses PIPE (member b A) (unary MINUS "
		  "1))) (body (pass))))" },
		{ "match(a):\n case b: pass",
		  "(match (name:parentheses a) (case b (body (pass))))" },
		{ "match[a]: int", "(assign:bare (annotation int) (index match a))" },
		{ "match a:\n b", "(expression match) (expression (unknown)) (expression b)" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void declarations(void **state)
{
	static const struct row rows[] = {
		{ "def f(): a", "(function f (body (expression a)))" },
		{ "async def f(a, b=1, *c, d: int, e: str = 2, **g) -> h: i",
		  "(function:async f (param a) (param b (default 1)) (param:star c) (param d "
		  "(annotation int)) (param e (annotation str) (default 2)) (param:doublestar "
		  "g) (result h) (body (expression i)))" },
		{ "def f(a, /, b, *, c): pass",
		  "(function f (param a) (param b) (param c) (body (pass)))" },
		{ "def f(*args: *Ts): pass",
		  "(function f (param:star args (annotation (star Ts))) (body (pass)))" },
		{ "def f[T: int, *U](a: T): pass",
		  "(function f (param a (annotation T)) (body (pass)))" },
		{ "def f((a, b), c=1): pass",
		  "(function f (param) (param c (default 1)) (body (pass)))" },
		{ "@a\n@b.c(1)\ndef f(): pass",
		  "(function f (decorator a) (decorator (call (member c b) 1)) (body (pass)))" },
		{ "@a\nclass B: pass", "(class B (decorator a) (body (pass)))" },
		{ "class A: pass", "(class A (body (pass)))" },
		{ "class A(): pass", "(class A (body (pass)))" },
		{ "class A(B, metaclass=C, *d): e",
		  "(class A B (keyword metaclass C) (star d) (body (expression e)))" },
		{ "class A[T](B): pass", "(class A B (body (pass)))" },
		{ "def f():\n  'doc'\n  ...",
		  "(function f (body (expression 'doc') (expression ...)))" },
		{ "def f(a=lambda: 1): return lambda b: c",
		  "(function f (param a (default (lambda 1))) (body (return (lambda (param b) "
		  "c))))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void python2(void **state)
{
	static const struct row rows[] = {
		{ "print a", "(expression (call print a))" },
		{ "print", "(expression print)" },
		{ "print >>f, a", "(expression (call print f a))" },
		{ "print 'x' % a, b,", "(expression (call print (binary PERCENT 'x' a) b))" },
		{ "print (a), b", "(expression (tuple (call print a) b))" },
		{ "exec a in b", "(expression (call exec (compare IN a b)))" },
		{ "raise A, 'b', c", "(raise A (unknown 'b' c))" },
		{ "a <> b", "(expression (compare NE a b))" },
		{ "0777 + 10L", "(expression (binary PLUS 0777 10L))" },
		{ "ur'a'", "(expression ur'a')" },
		{ "except_ = `a`", "(assign except_ (unknown a))" },
		{ "print -a", "(expression (binary MINUS print a))" },
		{ "print not a", "(expression (call print (unary NOT a)))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void broken(void **state)
{
	static const struct row rows[] = {
		{ "a b", "(expression a) (expression (unknown))" },
		{ "a = ", "(assign a (unknown))" },
		{ "a = = b", "(assign a (unknown) b)" },
		{ "f(a b, c)", "(expression (call f a (unknown)))" },
		{ "f(a, , b)", "(expression (call f a (unknown) b))" },
		{ "f(a", "(expression (call f a))" },
		{ "f(a\ndef g(): pass", "(expression (call f a)) (function g (body (pass)))" },
		{ "if a\n  b\nc", "(if a (then (expression b))) (expression c)" },
		{ "if a b: c", "(if a (then (expression (unknown)) (expression c)))" },
		{ "if: a", "(if (unknown) (then (expression a)))" },
		{ "def : pass", "(function (body (pass)))" },
		{ "def f(a b): pass", "(function f (param a) (unknown) (body (pass)))" },
		{ "def f\nx", "(function f (body)) (expression x)" },
		{ "class : pass", "(class (body (pass)))" },
		{ "else: a", "(expression (unknown))" },
		{ "except A: b\nc", "(expression (unknown)) (expression c)" },
		{ "a:\n b", "(assign:bare (annotation (unknown)) a) (expression b)" },
		{ "  a\nb", "(expression a) (expression b)" },
		{ "a.\nb", "(expression (member a)) (expression b)" },
		{ "a.1", "(expression a) (expression (unknown))" },
		{ "x[]", "(expression (index x (unknown)))" },
		{ "for a: b", "(for a (unknown) (loop (expression b)))" },
		{ "for a in: b", "(for a (unknown) (loop (expression b)))" },
		{ "for in b: c", "(for (unknown) b (loop (expression c)))" },
		{ "while", "(while (unknown) (loop))" },
		{ "with: a", "(with (item (unknown)) (body (expression a)))" },
		{ "@a\nb", "(expression (unknown (decorator a))) (expression b)" },
		{ "@\ndef f(): pass", "(function f (decorator (unknown)) (body (pass)))" },
		{ "import", "(import)" },
		{ "from a", "(import a)" },
		{ "import a b", "(import (alias a)) (expression (unknown))" },
		{ "from a import (b c)", "(import a (alias b) (unknown))" },
		{ "lambda", "(expression (lambda (unknown)))" },
		{ "[x for]",
		  "(expression (comprehension LBRACKET x (clause (unknown) (unknown))))" },
		{ "[x for y]", "(expression (comprehension LBRACKET x (clause y (unknown))))" },
		{ "a if b", "(expression (ternary b a (unknown)))" },
		{ "not", "(expression (unary NOT (unknown)))" },
		{ "{a: }", "(expression (dict (pair a (unknown))))" },
		{ "{a: b c}", "(expression (dict (pair a b) (unknown)))" },
		{ "f'{a b}' c",
		  "(expression (string f'{a b}' a (unknown))) (expression (unknown))" },
		{ "f'{}'", "(expression (string f'{}' (unknown)))" },
		{ "'a", "(expression (unknown 'a))" },
		{ "f'{a", "(expression (string f'{a a))" },
		{ "$", "(expression (unknown $))" },
		{ "a $ b", "(expression a) (expression (unknown))" },
		{ "return return", "(return) (expression (unknown))" },
		{ "try: a\nb", "(try (body (expression a))) (expression b)" },
		{ ")", "(expression (unknown))" },
		{ "a = (b c) + d", "(assign a (binary PLUS (tuple b (unknown)) d))" },
		{ "match a:\n case 1: b\n c",
		  "(match a (case 1 (body (expression b))) (expression (unknown)))" },
		{ "async x", "(expression async) (expression (unknown))" },
		{ "await", "(expression await)" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void dump_of_blocks(void **state)
{
	struct ra_shape shape = shape_of(*state, "a.py", RA_STR("if a:\n    b\nelse:\n    pass\n"));
	struct ra_buf out;

	ra_buf_init(&out, *state);
	ra_shape_dump(&shape, &out);
	assert_string_equal(out.ptr, "(module\n"
				     "(body\n"
				     "  (if a\n"
				     "    (then\n"
				     "      (expression b))\n"
				     "    (else\n"
				     "      (pass)))))\n");
}

static void notes(void **state)
{
	struct ra_shape shape = shape_of(*state, "a.py", RA_STR("a\nb c\nd = \ndef f()\n e\n"));
	static const struct ra_note rows[] = {
		{ 2, "syntax error" }, { 3, "operand expected" }, { 4, "colon expected" },
	};

	assert_int_equal(shape.notes.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(shape.notes.v[i].line, rows[i].line);
		assert_string_equal(shape.notes.v[i].text, rows[i].text);
	}
	assert_int_equal(shape_of(*state, "a.py", RA_STR("a\n")).notes.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands),
		cmocka_unit_test(interpolated),
		cmocka_unit_test(precedence),
		cmocka_unit_test(comprehensions),
		cmocka_unit_test(simple),
		cmocka_unit_test(compound),
		cmocka_unit_test(matches),
		cmocka_unit_test(declarations),
		cmocka_unit_test(python2),
		cmocka_unit_test(broken),
		cmocka_unit_test(dump_of_blocks),
		cmocka_unit_test(notes),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
