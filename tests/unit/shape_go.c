/*
 * Shapes of Go. A sample's tree is its dump on one line, without the module around it; statements
 * of a function are the body of `func f() { .. }`.
 */
#include "tests/unit/shape_fixture.h"

static void check(struct ra_arena *arena, const struct row *rows, size_t n, bool statements)
{
	for (size_t i = 0; i < n; i++) {
		struct ra_str text = ra_str(rows[i].text);

		if (statements)
			text = ra_printf(arena, "func f() {\n%s\n}", rows[i].text);
		check_tree(arena, "a.go", text, statements ? FUNCTION : MODULE, rows[i].tree);
	}
}

static void declarations(void **state)
{
	static const struct row rows[] = {
		{ "package p",
		  "(pass)" },
		{ "import \"sync\"",
		  "(import (alias sync))" },
		{ "import (\n\tv \"a/b\"\n\t_ \"c\"\n\t\"golang.org/x/sync/errgroup\"\n)",
		  "(import (alias b v) (alias c) (alias errgroup))" },
		{ "import \"example.com/lib/v2\"",
		  "(import (alias lib))" },
		{ "var x, y int = 1, 2",
		  "(assign:declare VAR (annotation int) (tuple x y) (tuple 1 2))" },
		{ "var (\n\ta = 1\n\tb map[string]*T\n)",
		  "(assign:declare VAR a 1) (assign:bare:declare VAR (annotation (dict "
		  "(pair string (unary STAR T)))) b)" },
		{ "const (\n\tA = iota\n\tB\n)",
		  "(assign:declare:export CONST A iota) (assign:declare:export CONST B "
		  "iota)" },
		{ "type A = M",
		  "(assign:export TYPE A M)" },
		{ "type M map[string][]int",
		  "(class:export TYPE M (dict (pair string (list int))) (body))" },
		{ "type S[K comparable, V any] struct {\n"
		  "\tsync.Mutex\n"
		  "\t*Foo\n"
		  "\ta, b int `json:\"x\"`\n"
		  "\tdone <-chan struct{}\n"
		  "\tin struct{ n int }\n"
		  "}",
		  "(class:export STRUCT S (member Mutex sync) Foo (body "
		  "(assign:bare:declare VAR (annotation (member Mutex sync)) Mutex) "
		  "(assign:bare:declare VAR (annotation (unary STAR Foo)) Foo) "
		  "(assign:bare:declare VAR (annotation int) a) (assign:bare:declare VAR "
		  "(annotation int) b) (assign:bare:declare VAR (annotation (index chan "
		  "struct)) done) (assign:bare:declare VAR (annotation (class STRUCT "
		  "(body (assign:bare:declare VAR (annotation int) n)))) in)))" },
		{ "type I interface {\n"
		  "\tDo(ctx context.Context, n ...int) (int, error)\n"
		  "\tOther\n"
		  "}",
		  "(class:export INTERFACE I Other (body (function Do (param ctx "
		  "(annotation (member Context context))) (param:star n (annotation "
		  "int)) (result (tuple int error)))))" },
		{ "type N interface{ ~int | ~string }",
		  "(class:export INTERFACE N (body))" },
	};

		check(*state, rows, COUNT(rows), false);
}

static void functions(void **state)
{
	static const struct row rows[] = {
		{ "func f(a, b int, c ...string) {}",
		  "(function f (param a (annotation int)) (param b (annotation int)) "
		  "(param:star c (annotation string)) (body))" },
		{ "func f(int, map[string]T) error { return nil }",
		  "(function f (param (annotation int)) (param (annotation (dict (pair "
		  "string T)))) (result error) (body (return nil)))" },
		{ "func f() (n int, err error) { return }",
		  "(function f (result (tuple (named n int) (named err error))) (body "
		  "(return)))" },
		{ "func (s *S[K]) Get(k K) V { return s.m[k] }",
		  "(function:export Get (param s (annotation (unary STAR (index S K)))) "
		  "(param k (annotation K)) (result V) (body (return (index (member m s) "
		  "k))))" },
		{ "func f[T any](x [4]T, y func(int) bool) {}",
		  "(function f (param x (annotation (list T))) (param y (annotation "
		  "func)) (body))" },
	};

		check(*state, rows, COUNT(rows), false);
}

static void statements(void **state)
{
	static const struct row rows[] = {
		{ "if x, ok := m[k]; ok {\n\tf(x)\n} else if y {\n\tg()\n}",
		  "(assign:declare:header DEFINE (tuple x ok) (index m k)) (if ok (then "
		  "(expression (call f x))) (if y (then (expression (call g)))))" },
		{ "if err := func() error {\n\treturn nil\n}(); err != nil {\n}",
		  "(assign:declare:header DEFINE err (call (lambda (result error) (body "
		  "(return nil))))) (if (compare NE err nil) (then))" },
		{ "for i := 0; i < n; i++ {\n}",
		  "(assign:declare:header DEFINE i 0) (while (compare LT i n) (loop "
		  "(assign:augment:header AUGMENT ++ i 1)))" },
		{ "for k, v := range map[string]int{\"a\": 1} {\n}",
		  "(for:declare DEFINE (tuple k v) (composite (dict (pair string int)) "
		  "(pair \"a\" 1)) (loop))" },
		{ "for range ch {\n}",
		  "(for _ ch (loop))" },
		{ "outer:\n"
		  "for {\n"
		  "\tselect {\n"
		  "\tcase v, ok := <-ch:\n"
		  "\t\tbreak outer\n"
		  "\tcase out <- 1:\n"
		  "\tdefault:\n"
		  "\t\tcontinue outer\n"
		  "\t}\n"
		  "}",
		  "(while outer true (loop (select:breaks ELSE (case (assign:declare "
		  "DEFINE (tuple v ok) (receive ch)) (body (break outer))) (case (send "
		  "out 1) (body)) (case _ (body (continue outer))))))" },
		{ "switch v := x.(type) {\n"
		  "case *T, []int, nil:\n"
		  "\tfallthrough\n"
		  "default:\n"
		  "}",
		  "(match:breaks (assign:declare DEFINE v (cast x (annotation type))) "
		  "(case (tuple (unary STAR T) (list int) nil) (body (pass "
		  "FALLTHROUGH))) (case _ (body)))" },
		{ "switch {\ncase a > b:\n}",
		  "(match:breaks true (case (compare GT a b) (body)))" },
		{ "go func(n int) {\n\tf(n...)\n}(1)",
		  "(spawn (call (lambda (param n (annotation int)) (body (expression "
		  "(call f (star n))))) 1))" },
		{ "defer s.mu.Unlock()",
		  "(defer (call (member Unlock (member mu s))))" },
		{ "a, b = b, a",
		  "(assign (tuple a b) (tuple b a))" },
		{ "x := &T{A: 1, B: []T{{1}, {2}}}",
		  "(assign:declare DEFINE x (unary AMP (composite T (pair A 1) (pair B "
		  "(composite (list T) (composite (unknown) 1) (composite (unknown) "
		  "2))))))" },
		{ "c := make(chan struct{}, 3)",
		  "(assign:declare DEFINE c (call make (index chan struct) 3))" },
		{ "goto end\nend:",
		  "(pass GOTO end)" },
		{ "x := v.(*T).y[1:2]",
		  "(assign:declare DEFINE x (index (member y (cast v (annotation (unary "
		  "STAR T)))) (slice 1 2)))" },
	};

		check(*state, rows, COUNT(rows), true);
}

/* A method is of its type's class, wherever that is declared. */
static void methods(void **state)
{
	struct ra_shape shape;

		shape = shape_of(*state, "a.go", RA_STR("func (s *S) Get() {}\nfunc (S) put() {}\ntype S struct { n int }\n"));
	assert_int_equal(shape.classes.n, 1);
	assert_int_equal(shape.units.n, 3);
	assert_true(ra_str_is(shape.units.v[1].qualified, "S.Get"));
	assert_true(ra_str_is(shape.units.v[1].receiver, "s"));
	assert_true(shape.units.v[1].flags & RA_U_POINTER);
	assert_true(shape.units.v[1].flags & RA_U_EXPORTED);
	assert_int_equal(shape.units.v[2].class_, 1);
	assert_false(shape.units.v[2].flags & (RA_U_POINTER | RA_U_EXPORTED));
}

/* What is behind a loop that a label leaves is reached; what is behind `for {}` alone is not. */
static void exits(void **state)
{
	static const struct { const char *text; bool falls; } rows[] = {
		{ "for {\n}", false },
		{ "l:\nfor {\nselect {\ncase <-c:\nbreak l\n}\n}", true },
		{ "for {\nswitch {\ncase a:\nbreak\n}\n}", false },
		{ "panic(1)", false },
		{ "switch x {\ncase a:\nreturn\n}", true },
		{ "select {}", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_shape shape = shape_of(*state, "a.go", ra_printf(*state, "func f() {\n%s\n}",
								   rows[i].text));
		uint32_t block = shape.units.v[1].block;

		assert_int_equal((shape.blocks.v[block].exits & RA_X_FALLS) != 0, rows[i].falls);
	}
}

static void chopped(void **state)
{
	(void)state;
	check_chopped("a.go", RA_STR(
		"package p\nimport (\n\ta \"b/c\"\n)\n"
		"type S[T any] struct { sync.Mutex; a, b map[string][]*T `json:\"x\"` }\n"
		"func (s *S[T]) f(a, b int, c ...T) (n int, err error) {\n"
		"\tif v, ok := <-s.c; ok && v != nil { defer func() { s.b[a] = &T{x: 1} }() }\n"
		"l:\n\tfor i, x := range s.a { select { case s.c <- x: continue l; default: } }\n"
		"\tswitch t := x.(type) { case []int, chan<- T: go f(t...); fallthrough }\n"
		"\treturn a[1:2], nil\n}\nvar x = func(a struct{}) interface{ m() } { return y }\n"));
}

static void repeated(void **state)
{
	static const char *const pieces[] = {
		"(", "[", "{", "f(", "x[", "a.", "a+", "&", "*", "<-", "func(", "func f(a ", "[]", "map[",
		"chan ", "struct {", "struct { a ", "interface {", "if a {", "if a := ", "for {", "for a := ",
		"switch {", "switch a {\ncase ", "select {\ncase ", "go ", "defer func() {", "var (", "type T ",
		"a.(", "T{", "T{a: ", "l:\n", "return ", "func() {", "else ", "...", "case a:", ")", "}", "]",
	};

	(void)state;
	check_repeated("a.go", "package p\nfunc f() {\n", pieces, COUNT(pieces), 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declarations), cmocka_unit_test(functions),
		cmocka_unit_test(statements), cmocka_unit_test(methods), cmocka_unit_test(exits),
		cmocka_unit_test(chopped), cmocka_unit_test(repeated),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
