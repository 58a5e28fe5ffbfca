/*
 * Shapes of Rust. A sample's tree is its dump on one line, without the module around it; statements
 * of a function are the body of `fn f() { .. }`.
 */
#include "tests/unit/shape_fixture.h"

static void check_items(struct ra_arena *arena, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_tree(arena, "a.rs", ra_str(rows[i].text), MODULE, rows[i].tree);
}

static void check_statements(struct ra_arena *arena, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_tree(arena, "a.rs", ra_printf(arena, "fn f() { %s }", rows[i].text),
			   FUNCTION, rows[i].tree);
}

static void operands(void **state)
{
	static const struct row rows[] = {
		{ "a::b::c;", "(expression (member PATH c (member PATH b a)))" },
		{ "x.0.1;", "(expression (member 1 (member 0 x)))" },
		{ "a.b().await?;",
		  "(expression (unary QUESTION (await (call (member b a)))))" },
		{ "x.y::<Vec<Vec<u8>>>(1);", "(expression (call (member y x) 1))" },
		{ "Vec::<u8>::new();", "(expression (call (member PATH new Vec)))" },
		{ "<T as A>::new();", "(expression (call (member PATH new (unknown))))" },
		{ "&mut *x;", "(expression (unary AMP (unary STAR x)))" },
		{ "&&x;", "(expression (unary AMP (unary AMP x)))" },
		{ "x as usize + 1;",
		  "(expression (binary PLUS (cast x (annotation usize)) 1))" },
		{ "(0..n, ..=m, a..);", "(expression (tuple (slice 0 n) (slice m) (slice a)))" },
		{ "[x; 3];", "(expression (list x 3))" },
		{ "S { a, b: 1, ..s };", "(expression (composite S a (pair b 1) (star s)))" },
		{ "None;", "(expression None)" },
		{ "a && !b || c;",
		  "(expression (binary OR (binary AND a (unary NOT b)) c))" },
		{ "x = y + 1;", "(assign x (binary PLUS y 1))" },
		{ "*x += 1;", "(assign:augment AUGMENT += (unary STAR x) 1)" },
		{ "r#type;", "(expression r#type)" },
	};

	check_statements(*state, rows, COUNT(rows));
}

static void closures(void **state)
{
	static const struct row rows[] = {
		{ "|a, &(b, _), c: u8| a;",
		  "(expression (lambda (param a) (param (unary AMP (tuple b _))) "
		  "(param c (annotation u8)) a))" },
		{ "move || x = 5;", "(expression (lambda (assign x 5)))" },
		{ "|a| -> R<X, Y> { a };",
		  "(expression (lambda (param a) (result (index R (tuple X Y))) "
		  "(body (expression:tail a))))" },
		{ "async move { f().await };",
		  "(expression (lambda:async ASYNC (body (expression:tail (await (call f))))))" },
		{ "async |x| x;", "(expression (lambda:async (param x) x))" },
		{ "a.map(|x| x | 1);",
		  "(expression (call (member map a) (lambda (param x) (binary PIPE x 1))))" },
	};

	check_statements(*state, rows, COUNT(rows));
}

static void macros(void **state)
{
	static const struct row rows[] = {
		{ "vec![1; n];", "(expression (call:macro vec! 1 n))" },
		{ "a::b!(x);", "(expression (call:macro (member PATH b! a) x))" },
		{ "info!(target: \"a\", ?x, y = %z, \"b {}\", w);",
		  "(expression (call:macro info! (keyword target \"a\") x (keyword y z) \"b {}\" w))" },
		{ "m!(a => b, c);", "(expression (call:macro m! a (unknown) c))" },
		{ "m! { a } *b = 1;",
		  "(expression (call:macro m! a)) (assign (unary STAR b) 1)" },
		{ "select! { biased; Some(x) = a.recv(), if b => f(x), else => {} }",
		  "(select:tail:new (case (assign:declare LET (call Some x) (call (member recv a))) "
		  "(guard b) (body (expression:tail (call f x)))) (case _ (body)))" },
		{ "select! { recv(a) -> m => g(m), default => h() }",
		  "(select:tail ELSE (case (assign:declare LET m (call recv a)) "
		  "(body (expression:tail (call g m)))) (case _ (body (expression:tail (call h)))))" },
	};

	check_statements(*state, rows, COUNT(rows));
}

static void statements(void **state)
{
	static const struct row rows[] = {
		{ "let x;", "(assign:bare:declare LET x)" },
		{ "let mut x: Vec<Vec<u8>>= y;",
		  "(assign:declare LET (annotation (index Vec (index Vec u8))) x y)" },
		{ "let Some(x) = y else { return };",
		  "(assign:declare LET (call Some x) y (else (return:tail)))" },
		{ "let S { a, b: (c, ..), .. } = s;",
		  "(assign:declare LET (composite S a (pair b (tuple c (star _))) (star _)) s)" },
		{ "if let Some(x) = y && x > 1 { a } else if b { c } else { d }",
		  "(if:tail (binary AND (named:declare (call Some x) y) (compare GT x 1)) "
		  "(then (expression:tail a)) (if b (then (expression:tail c)) "
		  "(else (expression:tail d))))" },
		{ "while let Some(x) = y.next() { z(S { x }) }",
		  "(while:tail (named:declare (call Some x) (call (member next y))) "
		  "(loop (expression:tail (call z (composite S x)))))" },
		{ "'a: loop { break 'a 5; }", "(while:tail 'a true (loop (break 'a 5)))" },
		{ "for (i, x) in y.iter() { }",
		  "(for:declare:tail (tuple i x) (call (member iter y)) (loop))" },
		{ "match x { A::B(y) | C { y, .. } if y > 1 => y, 1..=2 => { 3 } e @ None => e, _ => return }",
		  "(match:tail MATCH x (case (binary PIPE (call (member PATH B A) y) "
		  "(composite C y (star _))) (guard (compare GT y 1)) (body (expression:tail y))) "
		  "(case (slice 1 2) (body (expression:tail 3))) (case (named e None) "
		  "(body (expression:tail e))) (case _ (body (return:tail))))" },
		{ "match x { } *y = 1;", "(match MATCH x) (assign (unary STAR y) 1)" },
		{ "unsafe { a }.b(); c", "(expression (call (member b (compound "
		  "(body (expression:tail a)))))) (expression:tail c)" },
		{ "let v = if a { 1 } else { 2 } + 3;",
		  "(assign:declare LET v (binary PLUS (if a (then (expression:tail 1)) "
		  "(else (expression:tail 2))) 3))" },
		{ "#[cfg(x)] let y = 1;", "(assign:declare LET y 1)" },
	};

	check_statements(*state, rows, COUNT(rows));
}

static void items(void **state)
{
	static const struct row rows[] = {
		{ "use a::{self, b as c, d::{e, f::*}};",
		  "(import (alias a a) (alias a.b c) (alias a.d.e e) (alias a.d.f.* *))" },
		{ "use std::sync::Mutex;", "(import (alias std.sync.Mutex Mutex))" },
		{ "#[derive(A)] pub struct S<'a, T: B<C> = D>(pub &'a T, Box<dyn E + Send>) where T: F;",
		  "(class STRUCT S (decorator (call derive A)) (body (assign:bare:declare (annotation "
		  "(unary AMP T)) 0) (assign:bare:declare (annotation (index Box (binary PLUS E Send))) "
		  "1)))" },
		{ "struct S { a: Arc<Mutex<HashMap<K, V>>>, }",
		  "(class STRUCT S (body (assign:bare:declare (annotation (index Arc (index Mutex "
		  "(index HashMap (tuple K V))))) a)))" },
		{ "impl<T> A<T> for B<T> where T: C { fn f(&self) -> u8 { 1 } }",
		  "(class IMPL B (index A T) (body (function f (param self) (result u8) "
		  "(body (expression:tail 1)))))" },
		{ "trait A: B { fn f(self: Arc<Self>); const C: u8 = 1; }",
		  "(class INTERFACE A (body (function f (param self (annotation (index Arc Self)))) "
		  "(assign:declare CONST (annotation u8) C 1)))" },
		{ "pub(crate) async unsafe fn f<T>(a: T) -> impl A + use<> where T: B { }",
		  "(function:async f (param a (annotation T)) (result (binary PLUS A (unknown))) "
		  "(body))" },
		{ "static mut X: u8 = 0; const fn f() {}",
		  "(assign:declare STATIC (annotation u8) X 0) (function f (body))" },
		{ "mod m { fn f() {} } mod n;",
		  "(compound m (body (function f (body)))) (pass)" },
		{ "macro_rules! m { ($x:expr) => { $x }; } enum E { A(u8), B { x: u8 } = 3 }",
		  "(pass) (class ENUM E (body))" },
		{ "lazy_static! { static ref X: Mutex<u8> = Mutex::new(1); }",
		  "(compound (body (assign:declare STATIC (annotation (index Mutex u8)) X "
		  "(call (member PATH new Mutex) 1))))" },
		{ "impl A for B { type C<'a> = D<'a> where S: 'a; fn f() {} }",
		  "(class IMPL B A (body (assign TYPE C (index D (tuple))) (function f (body))))" },
		{ "type F = unsafe extern \"C\" fn(u8) -> u8; extern \"C\" { fn g(); }",
		  "(assign TYPE F (unknown)) (pass)" },
	};

	check_items(*state, rows, COUNT(rows));
}

static const char sample[] =
	"#[cfg(test)] mod tests { #[tokio::test] async fn a() { b(|x| x.await) } }\n"
	"impl S { pub fn c(&self) {} fn d() {} fn h(self: Arc<Self>) {} fn i(self: Box<Self>) {} }\n"
	"trait T { fn e(&mut self); }\n"
	"fn g() { let v = match x { 1 => return, _ => 2 }; loop { f(v) } }\n";

static void units(void **state)
{
	static const struct { const char *qualified; uint32_t flags; } expected[] = {
		{ "<module>", RA_U_MODULE },
		{ "tests.a", RA_U_ASYNC | RA_U_TEST },
		{ "tests.a.<lambda>", RA_U_LAMBDA | RA_U_TEST },
		{ "S.c", RA_U_METHOD | RA_U_POINTER | RA_U_EXPORTED },
		{ "S.d", RA_U_METHOD | RA_U_STATIC },
		{ "S.h", RA_U_METHOD | RA_U_POINTER },
		{ "S.i", RA_U_METHOD },
		{ "T.e", RA_U_METHOD | RA_U_ABSTRACT },
		{ "g", 0 },
	};
	struct ra_shape shape = shape_of(*state, "a.rs", RA_STR(sample));

	assert_int_equal(shape.units.n, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_string_equal(ra_cstr(*state, shape.units.v[i].qualified),
				    expected[i].qualified);
		assert_int_equal(shape.units.v[i].flags, expected[i].flags);
	}
	assert_int_equal(shape.blocks.v[shape.units.v[COUNT(expected) - 1].block].exits, 0);
}

static void chopped(void **state)
{
	struct ra_str text = RA_STR("impl<T> A for B<C<T>> { async fn f(&self) -> R<X> { if let Some(x)"
				    " = self.a.lock().await? { select! { y = z => { m!(a; b) } } }"
				    " |a: &'a u8, (b, ..)| S { a, ..b }; match x { A { b } if c => d,"
				    " [1..=2, ..] => 'l: loop { break 'l } } } }");

	(void)state;
	check_chopped("a.rs", text);
}

static void deep(void **state)
{
	static const char *const openers[] = {
		"(", "[", "{", "|x| ", "if x {", "match x { a => ", "&", "a!(", "x::<", "fn f(a: B<",
		"let x: (", "async {", "S { a: ", "use a::{", "match x { A(", "impl A { fn f() {",
	};

	(void)state;
	check_repeated("a.rs", "", openers, COUNT(openers), 45000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands),   cmocka_unit_test(closures),
		cmocka_unit_test(macros),     cmocka_unit_test(statements),
		cmocka_unit_test(items),      cmocka_unit_test(units),
		cmocka_unit_test(chopped),    cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
