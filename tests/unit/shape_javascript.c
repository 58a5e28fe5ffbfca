/*
 * Shapes of JavaScript and TypeScript. A sample's tree is its dump on one line, without the module
 * around it. Samples with markup are read as plain JavaScript.
 */
#include "tests/unit/shape_fixture.h"

static void check_rows(struct ra_arena *arena, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_tree(arena, strstr(rows[i].text, "<div>") ? "a.js" : "a.ts",
			   ra_str(rows[i].text), MODULE, rows[i].tree);
}

static void operands(void **state)
{
	static const struct row rows[] = {
		{ "x => x", "(expression (lambda (param x) x))" },
		{ "(a, b = 1, ...c) => {}",
		  "(expression (lambda (param a) (param b (default 1)) (param:star c) (body)))" },
		{ "async (x) => await x", "(expression (lambda:async (param x) (await x)))" },
		{ "async x => x", "(expression (lambda:async (param x) x))" },
		{ "async(x)", "(expression (call async x))" },
		{ "(a, b)", "(expression (tuple:parentheses a b))" },
		{ "(x)", "(expression (name:parentheses x))" },
		{ "[a, , ...b]", "(expression (list a (star b)))" },
		{ "({ a, b: c, 'd': 1, [e]: 2, ...f })",
		  "(expression (dict:parentheses (pair a a) (pair b c) (pair d 1) (pair e 2) "
		  "(doublestar f)))" },
		{ "({ async *m() {}, get g() {}, h() {}, get: 1 })",
		  "(expression (dict:parentheses (pair m (lambda:async (body))) (pair g (lambda "
		  "(body))) (pair h (lambda (body))) (pair get 1)))" },
		{ "`a${b}c`", "(expression (string `a${b}c` b))" },
		{ "t`a${b}`", "(expression (call t (string `a${b}` b)))" },
		{ "/a/g", "(expression /a/g)" },
		{ "new X", "(expression (call:new X))" },
		{ "new a.B(1).c", "(expression (member c (call:new (member B a) 1)))" },
		{ "new X(1)(2)", "(expression (call (call:new X 1) 2))" },
		{ "import('a')", "(expression (call import 'a'))" },
		{ "a?.b?.[c]?.(d)",
		  "(expression (call:optional (index:optional (member:optional b a) c) d))" },
		{ "a ?? b", "(expression (binary COALESCE a b))" },
		{ "a || b && c", "(expression (binary OR a (binary AND b c)))" },
		{ "a ? b : c", "(expression (ternary a b c))" },
		{ "a ? (b) : c => d",
		  "(expression (ternary a (name:parentheses b) (lambda (param c) d)))" },
		{ "a ? (b): c => d : e",
		  "(expression (ternary a (lambda (param b) (result c) d) e))" },
		{ "a ? (b): c => { return 1 } : d ? (e) : f => g ? h : i",
		  "(expression (ternary a (lambda (param b) (result c) (body (return 1))) (ternary d "
		  "(name:parentheses e) (lambda (param f) (ternary g h i)))))" },
		{ "`\n` as A\nb", "(expression (cast ` ` (annotation A))) (expression b)" },
		{ "i++", "(assign:augment AUGMENT ++ i 1)" },
		{ "--i", "(assign:augment AUGMENT -- i 1)" },
		{ "a = b = c", "(assign a (assign b c))" },
		{ "a.b ?\?= c", "(assign:augment LOGICAL ?\?= (member b a) c)" },
		{ "x += 1", "(assign:augment AUGMENT += x 1)" },
		{ "typeof a === 'b'", "(expression (compare EQ (unary TYPEOF a) 'b'))" },
		{ "void f()", "(expression (unary VOID (call f)))" },
		{ "!a", "(expression (unary NOT a))" },
		{ "delete a.b", "(delete (member b a))" },
		{ "a instanceof B", "(expression (compare IS a B))" },
		{ "'a' in b", "(expression (compare IN 'a' b))" },
		{ "function* f() { yield* g(); yield 1 }",
		  "(function f (body (expression (yield:from (call g))) (expression (yield 1))))" },
		{ "<div>{a} {/* b */}</div>", "(expression (string <div>{a} {/* b */}</div> a))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void types(void **state)
{
	static const struct row rows[] = {
		{ "x as Y", "(expression (cast x (annotation Y)))" },
		{ "x!.y", "(expression (member y x))" },
		{ "<T>x", "(expression (cast x (annotation T)))" },
		{ "<A<B>>x", "(expression (cast x (annotation (index A B))))" },
		{ "let x: A extends infer B extends C ? B : D",
		  "(assign:bare:declare LET (annotation (unknown)) x)" },
		{ "<T,>(x: T) => x", "(expression (lambda (param x (annotation T)) x))" },
		{ "f<T>(x)", "(expression (call f x))" },
		{ "f<A<B<C>>>(x)", "(expression (call f x))" },
		{ "a < b", "(expression (compare LT a b))" },
		{ "a satisfies B", "(expression (cast a (annotation B)))" },
		{ "let x: A | B[]",
		  "(assign:bare:declare LET (annotation (binary PIPE A (index Array B))) x)" },
		{ "let f: (a: A) => Promise<B>",
		  "(assign:bare:declare LET (annotation (unary FAT_ARROW (index Promise B))) f)" },
		{ "let x: { a: A; m(): B }",
		  "(assign:bare:declare LET (annotation (dict (pair a A) (pair m (unary "
		  "FAT_ARROW B)))) x)" },
		{ "let x: A extends B ? C : D",
		  "(assign:bare:declare LET (annotation (unknown)) x)" },
		{ "let x: typeof y", "(assign:bare:declare LET (annotation (unknown)) x)" },
		{ "let x: import('a').B", "(assign:bare:declare LET (annotation (unknown)) x)" },
		{ "let x: `a${B}`", "(assign:bare:declare LET (annotation (unknown)) x)" },
		{ "(x): x is T => true",
		  "(expression (lambda (param x) (result (unknown)) true))" },
		{ "(x): A | ((y: B) => C) => {}",
		  "(expression (lambda (param x) (result (binary PIPE A (unary FAT_ARROW C))) "
		  "(body)))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void statements(void **state)
{
	static const struct row rows[] = {
		{ "const { a, b: [c = 1], ...d } = e, f = 2",
		  "(assign:declare CONST (dict (pair a a) (pair b (list (assign c 1))) "
		  "(doublestar d)) e) (assign:declare CONST f 2)" },
		{ "let x", "(assign:bare:declare LET x)" },
		{ "var f = function () {}", "(assign:declare VAR f (lambda (body)))" },
		{ "for (const [a, b] of c) d()",
		  "(for:declare CONST (list a b) c (loop (expression (call d))))" },
		{ "for (const a in b) {}", "(for:declare IN a b (loop))" },
		{ "for await (const x of y) {}", "(for:async:declare CONST x y (loop))" },
		{ "for (let i = 0; i < n; i++) {}",
		  "(assign:declare:header LET i 0) (while (compare LT i n) (loop "
		  "(assign:augment:header AUGMENT ++ i 1)))" },
		{ "for (;;) break", "(while true (loop (break)))" },
		{ "do { a } while (b)", "(while:new b (loop (expression a)))" },
		{ "a: while (true) continue a", "(while a true (loop (continue a)))" },
		{ "switch (a) { case 1: b; break; default: c }",
		  "(match:breaks a (case 1 (body (expression b) (break))) (case _ (body "
		  "(expression c))))" },
		{ "try { a } catch { b } finally { c }",
		  "(try (body (expression a)) (handler (body (expression b))) (finally "
		  "(expression c)))" },
		{ "if (a) b; else if (c) d; else e",
		  "(if a (then (expression b)) (if c (then (expression d)) (else (expression "
		  "e))))" },
		{ "return\na", "(return) (expression a)" },
		{ "throw a", "(raise a)" },
		{ "a\n++b\nc", "(expression a) (assign:augment AUGMENT ++ b 1) (expression c)" },
		{ "a\n(b)", "(expression (call a b))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void declarations(void **state)
{
	static const struct row rows[] = {
		{ "function f(a, { b }, [c], d = 1, ...e) {}",
		  "(function f (param a) (param (dict (pair b b))) (param (list c)) (param d "
		  "(default 1)) (param:star e) (body))" },
		{ "async function f() {}", "(function:async f (body))" },
		{ "function f(this: W, a?: A): B",
		  "(function f (param a (annotation A)) (result B))" },
		{ "class A extends B { #x = 1; static y; m() {} static async n() {} get p() {} "
		  "constructor() {} h = () => {}; static { a } }",
		  "(class A B (body (assign:declare #x 1) (assign:bare:declare STATIC y) "
		  "(function m (body)) (function:async n (body)) (function p (body)) (function "
		  "constructor (body)) (assign:declare h (lambda (body))) (compound (body "
		  "(expression a)))))" },
		{ "class A { constructor(private readonly a: B, c) { d } }",
		  "(class A (body (function constructor (param a (annotation B)) (param c) (body "
		  "(assign (annotation B) (member a this) a) (expression d)))))" },
		{ "abstract class A<T> implements I { abstract m(): Promise<T>; private x?: T }",
		  "(class A (body (function m (result (index Promise T))) (assign:bare:declare "
		  "(annotation T) x)))" },
		{ "interface I extends J { m(a: A): B; n?: C; [k: string]: D; (x: E): F }",
		  "(class INTERFACE I J (body (function m (param a (annotation A)) (result B)) "
		  "(assign:bare:declare (annotation C) n)))" },
		{ "interface I { <\nA,\nB\n>(c: D): E<\nF,\nG\n>; (h): I\n j: K }",
		  "(class INTERFACE I (body (assign:bare:declare (annotation K) j)))" },
		{ "type A = { m(): B }", "(class TYPE A (body (function m (result B))))" },
		{ "type A = B | C", "(assign:bare TYPE (annotation (binary PIPE B C)) A)" },
		{ "enum E { A = 1, B }",
		  "(class ENUM E (body (assign:declare A 1) (assign:bare:declare B)))" },
		{ "declare module 'm' { function f(): void }",
		  "(compound m (body (function f (result void))))" },
		{ "namespace a.b { x }", "(compound a (body (expression x)))" },
		{ "@d() class A { @e m() {} }",
		  "(class A (decorator (call d)) (body (function m (decorator e) (body))))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void modules(void **state)
{
	static const struct row rows[] = {
		{ "import 'a'", "(import a)" },
		{ "import a from 'node:fs/promises'", "(import fs.promises (alias default a))" },
		{ "import a, { b as c, type D } from './x/y'",
		  "(import ./x/y (alias default a) (alias b c) (alias D))" },
		{ "import * as a from '@s/p'", "(import @s.p (alias * a))" },
		{ "import type { A } from 'a'", "(import a (alias A))" },
		{ "import a = require('a')", "(import a (alias * a))" },
		{ "export { a as b, c }", "(export (alias a b) (alias c))" },
		{ "export * from './a'", "(export ./a (alias *))" },
		{ "export * as a from 'b'", "(export b (alias * a))" },
		{ "export const a = 1", "(assign:declare:export CONST a 1)" },
		{ "export default class {}", "(class:export (body))" },
		{ "export default f", "(export (alias f default))" },
		{ "export async function f() {}", "(function:async:export f (body))" },
		{ "export = a", "(export (alias a default))" },
	};

	check_rows(*state, rows, COUNT(rows));
}

/* -- units --------------------------------------------------------------------------------- */

static const char sample[] =
	"import a, { b } from './c';\n"
	"const { d, e: [f = 1] } = await g();\n"
	"export const h = async <T,>(x: T, { y }: { y: A } = {}): Promise<T> => {\n"
	"\tfor (const [k, v] of x) { if (!v?.[k]) continue; `${await m(k)} ${v}` }\n"
	"\ttry { return await new Promise<B<C>>(r => setTimeout(r, 1)) } catch (z) { throw z }\n"
	"};\n"
	"class I extends J<K> { #p = new Map<string, L[]>();\n"
	"\t@q() static async *r(): AsyncGenerator<S> { yield* t as U; }\n"
	"\tconstructor(private v: W) { super(); }\n"
	"\tx = async () => { this.#p.delete(1); };\n"
	"}\n"
	"module.exports = { y: function () {}, async z() {} };\n"
	"AA.prototype.bb = function cc() { return /re/.test(`a`) };\n";

static void units(void **state)
{
	static const struct { const char *qualified; uint32_t line, flags; } expected[] = {
		{ "h", 3, RA_U_ASYNC | RA_U_ARROW | RA_U_EXPORTED },
		{ "h.<lambda>", 5, RA_U_LAMBDA | RA_U_ARROW },
		{ "I.r", 8, RA_U_ASYNC | RA_U_GENERATOR | RA_U_METHOD | RA_U_CLASSMETHOD |
			    RA_U_EXPORTED },
		{ "I.constructor", 9, RA_U_METHOD | RA_U_EXPORTED },
		{ "I.x", 10, RA_U_ASYNC | RA_U_METHOD | RA_U_EXPORTED },
		{ "y", 12, RA_U_EXPORTED },
		{ "z", 12, RA_U_ASYNC | RA_U_EXPORTED },
		{ "AA.bb", 13, RA_U_METHOD | RA_U_EXPORTED },
	};
	struct ra_shape shape = shape_of(*state, "a.ts", ra_str(sample));

	assert_int_equal(shape.notes.n, 0);
	assert_int_equal(shape.units.n, COUNT(expected) + 1);
	for (size_t i = 0; i < COUNT(expected); i++) {
		const struct ra_unit *unit = &shape.units.v[i + 1];

		assert_true(ra_str_is(unit->qualified, expected[i].qualified));
		assert_int_equal(unit->line, expected[i].line);
		assert_int_equal(unit->flags, expected[i].flags);
		assert_true(!(unit->flags & RA_U_METHOD) || ra_str_is(unit->receiver, "this"));
	}
}

/* -- broken text --------------------------------------------------------------------------- */

static void chopped(void **state)
{
	(void)state;
	check_chopped("a.ts", RA_STR(sample));
	check_chopped("a.js", RA_STR(sample));
}

static void repeated(void **state)
{
	static const char *const pieces[] = {
		"(", "[", "{", "({a:", "`${", "f(", "x[", "a+", "a?", "a?b:", "a=", "a=>", "(a)=>",
		"async(", "(a):b", "<T>", "<T,>(", "f<A<", "x as ", "new ", "new a.", "!", "await ",
		"...", "function(", "function f(){", "class A{", "class extends ", "class A{m(){",
		"class A{x=", "@a ", "interface I{m(", "type T=", "type T={a:", "type T=(a)=>",
		"let x:A|", "let x:[", "if(a)", "if(a){", "else ", "for(;;)", "for(a of ", "while(a){",
		"do ", "switch(a){case 1:", "try{", "catch(a){", "export ", "export default ",
		"import {", "import(", "declare ", "namespace a{", "enum E{", "a:", "var a,", "x!",
		"x?.", "<", ">", ">>", "yield ", "delete ", "return ", "static{", "/a/", "=>", ")", "}",
	};

	(void)state;
	check_repeated("a.ts", "", pieces, COUNT(pieces), 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands),
		cmocka_unit_test(types),
		cmocka_unit_test(statements),
		cmocka_unit_test(declarations),
		cmocka_unit_test(modules),
		cmocka_unit_test(units),
		cmocka_unit_test(chopped),
		cmocka_unit_test(repeated),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
