/*
 * Shapes. A sample's tree is its dump on one line, without the module around it.
 */
#include "core/shape/shape.h"
#include "tests/unit/unit.h"

/* Source and tokens live as long as the arena, as the shape does. */
static struct ra_shape shape_bytes(struct ra_arena *arena, struct ra_str text)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	struct ra_tokens *tokens = ra_new(arena, struct ra_tokens);
	struct ra_shape shape;

	assert_int_equal(ra_source_open(arena, RA_STR("a.py"), text,
					&(struct ra_source_limits){ 0 }, source, NULL), RA_OK);
	ra_lex(arena, source, tokens);
	ra_shape_build(arena, tokens, &shape);
	return shape;
}

static struct ra_shape shape_text(struct ra_arena *arena, const char *text)
{
	return shape_bytes(arena, ra_str(text));
}

static const char *brief(struct ra_arena *arena, const struct ra_shape *shape)
{
	struct ra_str head = RA_STR("(module (body "), word, rest;
	struct ra_buf dump, out;

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
	assert_true(ra_str_starts(ra_buf_str(&out), head));
	out.ptr[out.len - 2] = '\0';
	return out.ptr + head.len;
}

struct row {
	const char *text, *tree;
};

static void check_rows(struct ra_arena *arena, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ra_shape shape = shape_text(arena, rows[i].text);

		assert_string_equal(brief(arena, &shape), rows[i].tree);
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
	struct ra_shape shape = shape_text(*state, "if a:\n    b\nelse:\n    pass\n");
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

/* -- units and classes --------------------------------------------------------------------- */

static void units(void **state)
{
	struct ra_shape shape = shape_text(*state,
					   "class Pool(Base):\n"                    /* 1 */
					   "    @staticmethod\n"
					   "    def make(n): pass\n"
					   "    @classmethod\n"
					   "    def of(cls, n):\n"                  /* 5 */
					   "        def inner(): return lambda: n\n"
					   "        return inner\n"
					   "    @functools.cached_property\n"
					   "    async def size(\n"
					   "            self): return await 1\n"    /* 10 */
					   "    if DEBUG:\n"
					   "        @size.setter\n"
					   "        def size(self, n): '''\n"
					   "            text'''\n"
					   "    class Slot:\n"                      /* 15 */
					   "        def __new__(cls): yield\n"
					   "    key = lambda self: 1\n"
					   "async def run(a=lambda: 0):\n"
					   "    class Local:\n"
					   "        def go(*args): pass\n"          /* 20 */
					   "    yield a\n"
					   "# the end\n");
	static const struct {
		const char *qualified, *receiver;
		uint32_t up, class_, flags, line, end_line;
	} rows[] = {
		{ "<module>", "", 0, 0, RA_U_MODULE, 1, 22 },
		{ "Pool.make", "", 0, 1, RA_U_METHOD | RA_U_STATIC, 3, 3 },
		{ "Pool.of", "cls", 0, 1, RA_U_METHOD | RA_U_CLASSMETHOD, 5, 7 },
		{ "Pool.of.inner", "", 2, 1, 0, 6, 6 },
		{ "Pool.of.inner.<lambda>", "", 3, 1, RA_U_LAMBDA, 6, 6 },
		{ "Pool.size", "self", 0, 1, RA_U_METHOD | RA_U_PROPERTY | RA_U_ASYNC, 9, 10 },
		{ "Pool.size", "self", 0, 1, RA_U_METHOD | RA_U_PROPERTY, 13, 14 },
		{ "Pool.Slot.__new__", "cls", 0, 2,
		  RA_U_METHOD | RA_U_CLASSMETHOD | RA_U_GENERATOR, 16, 16 },
		{ "Pool.<lambda>", "", 0, 1, RA_U_LAMBDA, 17, 17 },
		{ "run", "", 0, 0, RA_U_ASYNC | RA_U_GENERATOR, 18, 21 },
		{ "<lambda>", "", 0, 0, RA_U_LAMBDA, 18, 18 },
		{ "run.Local.go", "", 9, 3, RA_U_METHOD, 20, 20 },
	};

	assert_int_equal(shape.units.n, COUNT(rows));
	for (uint32_t i = 0; i < COUNT(rows); i++) {
		const struct ra_unit *unit = &shape.units.v[i];

		assert_true(ra_str_is(unit->qualified, rows[i].qualified));
		assert_true(ra_str_ends(unit->qualified, unit->name));
		assert_true(ra_str_is(unit->receiver, rows[i].receiver));
		assert_int_equal(unit->index, i);
		assert_int_equal(unit->up, rows[i].up);
		assert_int_equal(unit->class_, rows[i].class_);
		assert_int_equal(unit->flags, rows[i].flags);
		assert_int_equal(unit->line, rows[i].line);
		assert_int_equal(unit->end_line, rows[i].end_line);
		assert_int_equal(unit->node->unit, i);
	}
}

static void classes(void **state)
{
	struct ra_shape shape = shape_text(*state, "class A:\n class B: pass\n"
						   "def f():\n class C: pass\n");
	static const struct {
		const char *name, *qualified;
		uint32_t up, unit;
	} rows[] = { { "A", "A", 0, 0 }, { "B", "A.B", 1, 0 }, { "C", "f.C", 0, 1 } };

	assert_int_equal(shape.classes.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(ra_str_is(shape.classes.v[i].name, rows[i].name));
		assert_true(ra_str_is(shape.classes.v[i].qualified, rows[i].qualified));
		assert_int_equal(shape.classes.v[i].up, rows[i].up);
		assert_int_equal(shape.classes.v[i].unit, rows[i].unit);
		assert_int_equal(shape.classes.v[i].node->kind, RA_N_CLASS);
	}
}

static void generators(void **state)
{
	static const struct {
		const char *text;
		bool first, second;
	} rows[] = {
		{ "def f(): yield", true, false },
		{ "def f(): x = yield from y", true, false },
		{ "def f(): return g((yield))", true, false },
		{ "def f(): return lambda: (yield)", false, true },
		{ "def f():\n def g(): yield", false, true },
		{ "def f():\n def g(a=(yield)): pass", true, false },
		{ "def f(): return [(yield) for x in y]", false, false },
		{ "def f(): return [x for x in (yield)]", true, false },
		{ "def f(): return [x for x in y if (yield)]", false, false },
		{ "def f(): return [x for x in y for z in (yield)]", false, false },
		{ "def f(): return [a for a in [x for x in (yield)]]", true, false },
		{ "def f(): return [[x for x in (yield)] for a in b]", false, false },
		{ "def f(): return lambda a=[(yield)]: 1", true, false },
		{ "def f():\n class A:\n  a = yield", true, false },
		{ "def f(): pass\nyield", false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_shape shape = shape_text(*state, rows[i].text);

		assert_int_equal(!!(shape.units.v[1].flags & RA_U_GENERATOR), rows[i].first);
		if (shape.units.n > 2)
			assert_int_equal(!!(shape.units.v[2].flags & RA_U_GENERATOR),
					 rows[i].second);
	}
}

/* Who runs what: defaults and decorators belong to the unit around. */
static void units_of_nodes(void **state)
{
	struct ra_shape shape = shape_text(*state, "@d\ndef f(p: t = v) -> r:\n"
						   " b\n g = lambda q=w: e\n");
	static const struct {
		const char *name;
		uint32_t unit;
	} rows[] = {
		{ "d", 0 }, { "p", 1 }, { "t", 0 }, { "v", 0 }, { "r", 0 }, { "b", 1 },
		{ "g", 1 }, { "q", 2 }, { "w", 1 }, { "e", 2 },
	};
	size_t seen = 0;

	for (const struct ra_node *node = shape.root; node;
	     node = ra_node_walk(shape.root, node, true)) {
		if (node->kind != RA_N_NAME && node->kind != RA_N_PARAM)
			continue;
		assert_true(seen < COUNT(rows) && ra_str_is(node->text, rows[seen].name));
		assert_int_equal(node->unit, rows[seen].unit);
		seen++;
	}
	assert_int_equal(seen, COUNT(rows));
}

/* -- blocks -------------------------------------------------------------------------------- */

static void blocks(void **state)
{
	struct ra_shape shape = shape_text(*state, "while a:\n"
						   " for b in c:\n"
						   "  if d: e\n"
						   " else:\n"
						   "  with f: g\n"
						   "def h():\n"
						   " try: i\n"
						   " except j: k\n"
						   " else: l\n"
						   " finally: m\n");
	static const struct {
		uint8_t role;
		uint16_t depth;
		uint32_t up, unit, loop;
	} rows[] = {
		{ RA_B_MODULE, 0, 0, 0, 0 },    { RA_B_LOOP, 1, 0, 0, 1 },
		{ RA_B_LOOP, 2, 1, 0, 2 },      { RA_B_THEN, 3, 2, 0, 2 },
		{ RA_B_LOOP_ELSE, 2, 1, 0, 1 }, { RA_B_WITH, 3, 4, 0, 1 },
		{ RA_B_FUNCTION, 1, 0, 1, 0 },  { RA_B_TRY, 2, 6, 1, 0 },
		{ RA_B_HANDLER, 2, 6, 1, 0 },   { RA_B_TRY_ELSE, 2, 6, 1, 0 },
		{ RA_B_FINALLY, 2, 6, 1, 0 },
	};

	assert_int_equal(shape.blocks.n, COUNT(rows));
	for (uint32_t i = 0; i < COUNT(rows); i++) {
		const struct ra_block *block = &shape.blocks.v[i];

		assert_int_equal(block->role, rows[i].role);
		assert_int_equal(block->depth, rows[i].depth);
		assert_int_equal(block->up, rows[i].up);
		assert_int_equal(block->unit, rows[i].unit);
		assert_int_equal(block->loop, rows[i].loop);
		assert_int_equal(block->node->block, i);
	}
	assert_int_equal(shape.units.v[1].block, 6);
	assert_true(ra_block_inside(&shape, 5, 1));
	assert_true(ra_block_inside(&shape, 5, 0));
	assert_true(ra_block_inside(&shape, 5, 5));
	assert_false(ra_block_inside(&shape, 5, 2));
	assert_false(ra_block_inside(&shape, 1, 5));
}

/* The exits of a loop's body, so that each of them can be seen. */
static void exits(void **state)
{
	enum {
		F = RA_X_FALLS, R = RA_X_RETURN, E = RA_X_RAISE, B = RA_X_BREAK, C = RA_X_CONTINUE
	};
	static const struct {
		const char *text;
		unsigned exits;
	} rows[] = {
		{ "x", F },
		{ "return", R },
		{ "raise x", E },
		{ "break", B },
		{ "continue", C },
		{ "return\n  break", R },
		{ "assert x", F },
		{ "if x: return", F | R },
		{ "if x: return\n  else: raise", R | E },
		{ "if x: return\n  elif y: break\n  else: continue", R | B | C },
		{ "if x: return\n  elif y: break", F | R | B },
		{ "if x: return\n  else: y\n  raise", R | E },
		{ "for x in y: return", F | R },
		{ "for x in y: break", F },
		{ "for x in y: continue\n  else: return", R },
		{ "for x in y: break\n  else: return", F | R },
		{ "for x in y: z\n  else: break", B },
		{ "while x: return", F | R },
		{ "while True: x", 0 },
		{ "while 1: raise", E },
		{ "while True:\n   if x: break", F },
		{ "while True:\n   if x: return", R },
		{ "while 0: return", F | R },
		{ "while True:\n   for x in y: break", 0 },
		{ "with x: return", R },
		{ "with x: y", F },
		{ "try: x\n  except: y", F },
		{ "try: return\n  except A: x", F | R },
		{ "try: raise\n  except A: return", R | E },
		{ "try: raise\n  except: return", R },
		{ "try: x\n  except A: raise", F | E },
		{ "try: x\n  except A: raise\n  else: return", R | E },
		{ "try: return\n  finally: x", R },
		{ "try: return\n  finally: break", B },
		{ "try: raise\n  finally:\n   if x: return", R | E },
		{ "try: x\n  except A: return\n  else: break\n  finally: y", R | B },
		{ "match x:\n   case 1: return", F | R },
		{ "match x:\n   case 1: return\n   case _: break", R | B },
		{ "match x:\n   case y if z: return\n   case _: raise", R | E },
		{ "match x:\n   case y if z: return", F | R },
		{ "match x:\n   case (y): return", R },
		{ "def f(): return", F },
		{ "class A: return", R },
		{ "lambda: x", F },
		{ "1 +", F },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_str text = ra_printf(*state, "while a:\n  %s\n", rows[i].text);
		struct ra_shape shape = shape_bytes(*state, text);

		assert_int_equal(shape.blocks.v[1].exits, rows[i].exits);
	}
}

/* -- reading ------------------------------------------------------------------------------- */

static void reading(void **state)
{
	struct ra_shape shape = shape_text(*state, "x\ny = f(a.b . c,\n  'd\\\ne')[1]\n");
	struct ra_node *assign = ra_node_kid(shape.root->kids, 1), *index, *call, *member;

	index = ra_node_kid(assign, 1);
	call = index->kids;
	member = ra_node_kid(call, 1);
	assert_int_equal(assign->kind, RA_N_ASSIGN);
	assert_null(ra_node_kid(assign, 2));
	assert_int_equal(ra_node_count(call), 3);
	assert_ptr_equal(ra_node_find(call, RA_N_STRING), ra_node_kid(call, 2));
	assert_null(ra_node_find(call, RA_N_LIST));
	assert_true(ra_str_is(ra_node_text(&shape, call), "f(a.b . c,\n  'd\\\ne')"));
	assert_true(ra_str_is(ra_node_text(&shape, index), "f(a.b . c,\n  'd\\\ne')[1]"));
	assert_int_equal(ra_node_line(&shape, member), 2);
	assert_int_equal(ra_node_column(&shape, member), 7);
	assert_int_equal(ra_node_end_line(&shape, member), 2);
	assert_int_equal(ra_node_line(&shape, ra_node_kid(call, 2)), 3);
	assert_int_equal(ra_node_end_line(&shape, ra_node_kid(call, 2)), 4);
	assert_int_equal(ra_node_end_line(&shape, assign), 4);
	assert_ptr_equal(ra_node_statement(member), assign);
	assert_ptr_equal(ra_node_statement(assign), assign);
	assert_null(ra_node_statement(shape.root));
	assert_true(ra_str_is(ra_node_dotted(*state, member), "a.b.c"));
	assert_true(ra_str_is(ra_node_dotted(*state, call->kids), "f"));
	assert_int_equal(ra_node_dotted(*state, call).len, 0);
}

static unsigned count_walk(const struct ra_node *root, bool into_units)
{
	unsigned n = 0;

	for (const struct ra_node *at = ra_node_walk(root, NULL, into_units); at;
	     at = ra_node_walk(root, at, into_units))
		n++;
	return n;
}

static void walking(void **state)
{
	struct ra_shape shape = shape_text(*state, "def f():\n"
						   " x = [y for y in z]\n"
						   " def g(): a\n"
						   " w = lambda: b\n"
						   "c");
	const struct ra_node *function = shape.root->kids->kids;

	/* function, block, assign, x, comprehension, y, clause, y, z, function, assign, w, lambda */
	assert_int_equal(count_walk(function, false), 13);
	/* and block, expression, a; b */
	assert_int_equal(count_walk(function, true), 17);
	/* module, block, function, expression, c */
	assert_int_equal(count_walk(shape.root, false), 5);
	assert_int_equal(count_walk(function->next->kids, true), 1);
}

static void notes(void **state)
{
	struct ra_shape shape = shape_text(*state, "a\nb c\nd = \ndef f()\n e\n");
	static const struct ra_note rows[] = {
		{ 2, "syntax error" }, { 3, "operand expected" }, { 4, "colon expected" },
	};

	assert_int_equal(shape.notes.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(shape.notes.v[i].line, rows[i].line);
		assert_string_equal(shape.notes.v[i].text, rows[i].text);
	}
	assert_int_equal(shape_text(*state, "a\n").notes.n, 0);
}

/* -- any text ------------------------------------------------------------------------------ */

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
	struct ra_shape shape = shape_text(*state, sample);

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
		shape = shape_bytes(&arena, ra_str_n(sample, cut));
		check_shape(&shape);
		shape = shape_bytes(&arena, ra_str_n(sample + cut, sizeof(sample) - 1 - cut));
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
		shape = shape_bytes(&arena, ra_buf_str(&text));
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
		shape = shape_bytes(&arena, ra_buf_str(&text));
		check_shape(&shape);
		assert_true(ra_str_is(shape.units.v[shape.units.n - 1].qualified, "last"));
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
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
		cmocka_unit_test(units),
		cmocka_unit_test(classes),
		cmocka_unit_test(generators),
		cmocka_unit_test(units_of_nodes),
		cmocka_unit_test(blocks),
		cmocka_unit_test(exits),
		cmocka_unit_test(reading),
		cmocka_unit_test(walking),
		cmocka_unit_test(notes),
		cmocka_unit_test(whole_sample),
		cmocka_unit_test(chopped),
		cmocka_unit_test(repeated),
		cmocka_unit_test(deep_blocks),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
