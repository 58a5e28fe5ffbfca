/*
 * Text that is not quite a program: a dense sample of each language, in which each byte in turn is
 * left out, or has a stray one in its place. Whatever it is, it is read to its end, facts are drawn
 * from it, and its shape holds together.
 */
#include "tests/unit/facts_fixture.h"

static const char stray[] = "(){}[]<>;:,#'\"`/=|.!@ab\n";

static void check_node(const struct ra_shape *shape, const struct ra_node *node)
{
	assert_true(node->kind < RA_N_COUNT);
	assert_true(node->first <= node->last && node->last < shape->tokens->list.n);
}

static void check_shape(const struct ra_shape *shape)
{
	const struct ra_node *node = NULL;

	while ((node = ra_node_walk(shape->root, node, true)))
		check_node(shape, node);
	for (size_t i = 0; i < shape->units.n; i++) {
		const struct ra_unit *unit = &shape->units.v[i];

		assert_true(unit->line >= 1 && unit->line <= unit->end_line);
		assert_true(i == 0 || unit->up < i);
		assert_true(unit->class_ <= shape->classes.n && unit->block < shape->blocks.n);
	}
}

static void check_text(struct ra_arena *arena, const char *path, struct ra_str text)
{
	check_shape(facts_in(arena, path, text)->shape);
}

static void check_mangled(const char *path, const char *sample)
{
	struct ra_arena arena;
	size_t n = strlen(sample);

	ra_arena_init(&arena, "file", 0);
	for (size_t at = 0; at < n; at++) {
		char *text = ra_alloc(&arena, n);

		memcpy(text, sample, n);
		for (const char *c = stray; *c; c++) {
			text[at] = *c;
			check_text(&arena, path, ra_str_n(text, n));
		}
		memmove(text + at, sample + at + 1, n - at - 1);
		check_text(&arena, path, ra_str_n(text, n - 1));
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

static void python(void **state)
{
	(void)state;
	check_mangled("a.py",
		"@d(1)\nclass A(B, k=1):\n    x: int = 1\n    async def f(self, *a, b=2, **k) "
		"-> T:\n"
		"        async with a as b, c: pass\n        try:\n            x = [i for i in "
		"y if z]\n"
		"        except* E as e:\n            raise\n        finally: del x, y\n"
		"def g():\n    return lambda a: f'{a!r:>{w}}' if b else {**c, 'd': (yield)}\n"
		"match x:\n    case [1, *_] if y: pass\n");
}

static void go(void **state)
{
	(void)state;
	check_mangled("a.go",
		"package p\nimport (\n\ta \"b/c\"\n)\ntype T[K any] struct {\n\tsync.Mutex\n\tx "
		"map[K][]int\n}\n"
		"func (t *T[K]) F(c <-chan int, d ...func(int) error) (e error) {\n\tdefer "
		"t.Unlock()\n"
		"L:\n\tfor i, v := range t.x {\n\t\tgo func() { c <- v }()\n\t\tif x := f(); x "
		"!= nil {"
		" break L } else { i++ }\n\t}\n\tselect {\n\tcase v, ok := <-c:\n\t\treturn "
		"v.(E)\n\tdefault:\n"
		"\t}\n\tswitch y := x.(type) {\n\tcase int, string:\n\t\tgoto L\n\t}\n\tvar a, "
		"b = T[int]{x: 1},"
		" []int{1, 2}[1:2]\n}\ntype I interface {\n\tM(int) (a, b string)\n\t~int | "
		"string\n}\n");
}

static void rust(void **state)
{
	(void)state;
	check_mangled("a.rs",
		"#[a(b)]\npub struct S<'a, T: A + 'a>(pub T) where T: B;\nunsafe impl<T> A for "
		"B<C<T>> {\n"
		"type D = E where T: F;\npub async fn f(&self, x: &mut [u8]) -> R<X> {\n"
		"let Some(x) = self.a.lock().await? else { return };\n"
		"select! { y = z => { m!(a; b) } }\n"
		"let g = move |a: &'a u8, (b, ..)| S { a, ..b };\n"
		"match x { A { b } | C(b) if c => d, [1..=2, ..] => 'l: loop { break 'l 1 } }\n"
		"unsafe { *p += x as u8 >> 1 } } }\ntrait Q: R { fn h(); }\nunsafe auto trait V "
		"{}\n"
		"macro_rules! n { ($x:expr) => { $x } }\nuse a::{b as c, d::*};\nextern \"C\" { "
		"fn e(); }\n");
}

static const char script[] =
	"import a, { b as c } from 'd';\nexport default class A extends B { #p = 1; static "
	"async *m(a, {b,"
	" c} = {}) { for await (const x of y) yield* x } get q() { return `a${b}` } }\n"
	"const f = async (x) => { try { await x?.[0] } catch { } finally { l: while (1) break l "
	"} };\n"
	"function g() { switch (x) { case 1: { } default: return /a[/]/g.test(b) ? (c) : d => e "
	"} }\n"
	"x = { a, [b]: 1, c() {}, ...d }; new Promise((r) => r(1)).then(function () {}); do "
	"x++; while (y)\n";

static void javascript(void **state)
{
	(void)state;
	check_mangled("a.js", script);
	check_mangled("a.jsx", "const f = (p) => <div a=\"b\" {...c} d={e => <i>{e}</i>}>it's {f} <></></div>;\n"
			       "if (a < b) g(c > d, <T.u v/>)\n");
}

static void typescript(void **state)
{
	(void)state;
	check_mangled("a.ts", script);
	check_mangled("a.ts",
		"abstract class A<T extends B = C> implements I { constructor(private readonly "
		"x?: T) { super() }"
		" abstract m<U>(a: U): asserts a is V; @d() n!: Map<string, W[]> }\n"
		"interface I { <A>(q: B): C<D<E>>; [k: string]: F; new (x): T; g?(): H }\n"
		"type J = A extends infer B extends C ? { [K in keyof D]?: E } : `a${F}`;\n"
		"function f(a: string): void;\nfunction f(this: T, a?: any): a is B { return "
		"<C<D>>a! as E }\n"
		"declare module 'a' { namespace N { enum E { A = 1 } } }\nexport type { X } "
		"from 'y';\n"
		"const g = c ? (a: B): C => d : e satisfies F;\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(python),     cmocka_unit_test(go),
		cmocka_unit_test(rust),       cmocka_unit_test(javascript),
		cmocka_unit_test(typescript),
	};

	return cmocka_run_group_tests(tests, open_knowledge, close_knowledge);
}
