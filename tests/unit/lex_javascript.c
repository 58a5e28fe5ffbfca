/*
 * Tokens of JavaScript and TypeScript, with JSX.
 */
#include "tests/unit/lex_fixture.h"

static void words(void **state)
{
	static const struct row rows[] = {
		{ "", "", NULL },
		{ "#!/usr/bin/env node\nx", "nx", NULL },
		{ "const $a_1 = _b;", "kconst n$a_1 o= n_b o;", NULL },
		{ "d\xc3\xa9j\xc3\xa0 \\u0061b c\\u{62}\xc2\xa0" "d",
		  "nd\xc3\xa9j\xc3\xa0 n\\u0061b nc\\u{62} nd", NULL },
		{ "x.class x?.delete ...new", "nx o. nclass nx o?. ndelete o... knew", NULL },
		{ "this super undefined null async of get type",
		  "nthis nsuper kundefined knull nasync nof nget ntype", NULL },
		{ "class A { #p = 1; #q() { return #p in this } }",
		  "kclass nA o{ n#p o= d1 o; n#q o( o) o{ kreturn n#p kin nthis o} o}", NULL },
		{ "a \\ b", "na !\\ nb", "unexpected character" },
	};
	static const struct {
		const char *text;
		enum ra_word word;
	} words_of[] = {
		{ "async", RA_W_ASYNC },   { "readonly", RA_W_MODIFIER }, { "get", RA_W_ACCESSOR },
		{ "function", RA_W_DEF },  { "catch", RA_W_EXCEPT },      { "throw", RA_W_RAISE },
		{ "===", RA_O_EQ },        { "!==", RA_O_NE },            { ">>>", RA_O_SHR },
		{ "?\?=", RA_O_LOGICAL },   { "&&=", RA_O_LOGICAL },       { "**=", RA_O_AUGMENT },
		{ "?.", RA_O_OPTIONAL },   { "=>", RA_O_FAT_ARROW },      { "this", RA_W_NONE },
		{ "undefined", RA_W_NULL }, { "using", RA_W_USE },        { "is", RA_W_IS },
	};

	check_rows_as(*state, "a.js", rows, COUNT(rows));
	check_rows_as(*state, "a.ts", rows, COUNT(rows));
	for (size_t i = 0; i < COUNT(words_of); i++)
		assert_int_equal(lex_as(*state, "a.mjs", ra_str(words_of[i].text)).list.v[0].word,
				 words_of[i].word);
}

static void awaits(void **state)
{
	static const struct row rows[] = {
		{ "await x; await (y)", "kawait nx o; kawait o( ny o)", NULL },
		{ "for await (const x of y) {}", "kfor kawait o( kconst nx nof ny o) o{ o}", NULL },
		{ "await\nx; await !x; await [x]; await `t`",
		  "kawait nx o; kawait o! nx o; kawait o[ nx o] o; kawait s`t`", NULL },
		{ "await = 1; f(await, await); x.await()",
		  "nawait o= d1 o; nf o( nawait o, nawait o) o; nx o. nawait o( o)", NULL },
		{ "function await() {}; ({ await: 1 })",
		  "kfunction nawait o( o) o{ o} o; o( o{ nawait o: d1 o} o)", NULL },
	};

	check_rows_as(*state, "a.js", rows, COUNT(rows));
}

static void numbers(void **state)
{
	static const struct row rows[] = {
		{ "0 0x1F 0b10 0o17 017 1_000 10n 0xFFn", "d0 d0x1F d0b10 d0o17 d017 d1_000 d10n "
		  "d0xFFn", NULL },
		{ "1. .5 1.5e3 1e-5 1..toString() 1.0.toFixed()",
		  "d1. d.5 d1.5e3 d1e-5 d1. o. ntoString o( o) d1.0 o. ntoFixed o( o)", NULL },
		{ "a?.5:1 a?.b [...[1]]", "na o? d.5 o: d1 na o?. nb o[ o... o[ d1 o] o]", NULL },
	};

	check_rows_as(*state, "a.js", rows, COUNT(rows));
}

static void strings(void **state)
{
	static const struct row rows[] = {
		{ "'a' \"b\" '\\'' \"\\\\\" '\"`//'",
		  "s'a' s\"b\" s'\\'' s\"\\\\\" s'\"`//'", NULL },
		{ "'a\\\nb' c", "s'a\\\nb' nc", NULL },
		{ "'a\nb", "!'a nb", "unterminated string" },
		{ "`a` `` `\\`` `$a {b} $\\{c}` `\n`",
		  "s`a` s`` s`\\`` s`$a {b} $\\{c}` s`\n`", NULL },
		{ "`a${b}c`", "<`a { nb } pc >`", NULL },
		{ "`${a}${b}`", "<` { na } { nb } >`", NULL },
		{ "`${`${`${a}`}`}`", "<` { <` { <` { na } >` } >` } >`", NULL },
		{ "`${ {a: {}}.a }` b", "<` { o{ na o: o{ o} o} o. na } >` nb", NULL },
		{ "`${() => { return `}` }}`", "<` { o( o) o=> o{ kreturn s`}` o} } >`", NULL },
		{ "String.raw`a${1}` / 2", "nString o. nraw <`a { d1 } >` o/ d2", NULL },
		{ "`a", "!`a", "unterminated string" },
		{ "`a${b", "<`a { nb } >", "unterminated bracket" },
		{ "`a${b}\nc", "<`a { nb } p\nc >", "unterminated string" },
		{ "`${(a}` b", "<` { o( na } >` nb", "unmatched bracket" },
		{ "`${a)}` b", "<` { na o) } >` nb", "unmatched bracket" },
	};

	check_rows_as(*state, "a.js", rows, COUNT(rows));
}

static void regex_or_division(void **state)
{
	static const struct row rows[] = {
		{ "a / b / c", "na o/ nb o/ nc", NULL },
		{ "x = /a/g", "nx o= s/a/g", NULL },
		{ "/[/]\\/'\"`/.test(x)", "s/[/]\\/'\"`/ o. ntest o( nx o)", NULL },
		{ "f(/a/, [/b/], !/c/, {d: /e/})",
		  "nf o( s/a/ o, o[ s/b/ o] o, o! s/c/ o, o{ nd o: s/e/ o} o)", NULL },
		{ "return /a/; typeof /b/; x.return / 2 / 3",
		  "kreturn s/a/ o; ktypeof s/b/ o; nx o. nreturn o/ d2 o/ d3", NULL },
		{ "if (x) /a/.test(y)", "kif o( nx o) s/a/ o. ntest o( ny o)", NULL },
		{ "while (f(x)) /a/.test(y)",
		  "kwhile o( nf o( nx o) o) s/a/ o. ntest o( ny o)", NULL },
		{ "for await (x of y) /a/.test(y)",
		  "kfor kawait o( nx nof ny o) s/a/ o. ntest o( ny o)", NULL },
		{ "(a) / b / c; f(a) / b / c", "o( na o) o/ nb o/ nc o; nf o( na o) o/ nb o/ nc",
		  NULL },
		{ "a[0] / b / c; i++ / 2 / 3; 'a' / 1 / 2",
		  "na o[ d0 o] o/ nb o/ nc o; ni o++ o/ d2 o/ d3 o; s'a' o/ d1 o/ d2", NULL },
		{ "{ x }\n/a/.test(y)", "o{ nx o} s/a/ o. ntest o( ny o)", NULL },
		{ "function f() {}\n/a/.test(y)", "kfunction nf o( o) o{ o} s/a/ o. ntest o( ny o)",
		  NULL },
		{ "x = {} / 2 / 3", "nx o= o{ o} o/ d2 o/ d3", NULL },
		{ "case 1: {}\n/a/.test(y)", "kcase d1 o: o{ o} s/a/ o. ntest o( ny o)", NULL },
		{ "for (const x of /a/g) {}", "kfor o( kconst nx nof s/a/g o) o{ o}", NULL },
		{ "of / 2 / 3", "nof o/ d2 o/ d3", NULL },
		{ "a = b\n/ c / d", "na o= nb o/ nc o/ nd", NULL },
		{ "x = /a", "nx o= o/ na", NULL },
		{ "null / 1 / this / 2", "knull o/ d1 o/ nthis o/ d2", NULL },
	};
	static const struct row typed[] = {
		{ "x! / 2 / y", "nx o! o/ d2 o/ ny", NULL },
		{ "x = <RegExp>/a/", "nx o= o< nRegExp o> s/a/", NULL },
		{ "f(): void {}\n/a/.test(x)",
		  "nf o( o) o: kvoid o{ o} s/a/ o. ntest o( nx o)", NULL },
	};

	check_rows_as(*state, "a.js", rows, COUNT(rows));
	check_rows_as(*state, "a.ts", rows, COUNT(rows));
	check_rows_as(*state, "a.ts", typed, COUNT(typed));
}

static void elements(void **state)
{
	static const struct row rows[] = {
		{ "x = <br/>;", "nx o= <<br/ >> o;", NULL },
		{ "(<></>)", "o( <<></ >> o)", NULL },
		{ "f(<a b=\"c>\" d={e}>it's {f} // <b>{/* c */}</b></a>, 1)",
		  "nf o( <<a b=\"c>\" d= { ne } p>it's  { nf } p // <b> { } p</b></a >> o, d1 o)",
		  NULL },
		{ "return <a {...b} />", "kreturn <<a  { o... nb } p / >>", NULL },
		{ "c ? <a/> : <b.c-d/>", "nc o? <<a/ >> o: <<b.c-d/ >>", NULL },
		{ "<a>{x.map(y => <b k={y}>{`${<c/>}`}</b>)}</a>",
		  "<<a> { nx o. nmap o( ny o=> <<b k= { ny } p> { <` { <<c/ >> } >` } p</b >> o) } p</a "
		  ">>", NULL },
		{ "<a\n  // it's\n  b={1} /* c */\n/>",
		  "<<a\n  // it's\n  b= { d1 } p /* c */\n/ >>",
		  NULL },
		{ "a < b; f(a < b, c > d)", "na o< nb o; nf o( na o< nb o, nc o> nd o)", NULL },
		{ "const f = <T,>(x) => x", "kconst nf o= o< nT o, o> o( nx o) o=> nx", NULL },
		{ "const f = <T extends X>(x) => x",
		  "kconst nf o= o< nT kextends nX o> o( nx o) o=> nx", NULL },
		{ "x = <T extends={1}/>", "nx o= <<T extends= { d1 } p/ >>", NULL },
		{ "type F = <T>(x: T) => void",
		  "ntype nF o= o< nT o> o( nx o: nT o) o=> kvoid", NULL },
		{ "x = <b>(y)</b>", "nx o= <<b>(y)</b >>", NULL },
		{ "f<T>(x); new Map<A, B>()",
		  "nf o< nT o> o( nx o) o; knew nMap o< nA o, nB o> o( o)", NULL },
		{ "x = <C<A,\nB> d=\"e\"/>;", "nx o= <<C<A,\nB> d=\"e\"/ >> o;", NULL },
		{ "<a>b", "<<a>b >", "unterminated string" },
	};
	static const struct row cast[] = {
		{ "x = <T>y", "nx o= o< nT o> ny", NULL },
		{ "x = <T>(y) => y", "nx o= o< nT o> o( ny o) o=> ny", NULL },
	};

	check_rows_as(*state, "a.js", rows, COUNT(rows));
	check_rows_as(*state, "a.jsx", rows, COUNT(rows));
	check_rows_as(*state, "a.tsx", rows, COUNT(rows));
	check_rows_as(*state, "a.ts", cast, COUNT(cast));
	check_rows_as(*state, "a.mts", cast, COUNT(cast));
}

static void comments_and_depths(void **state)
{
	struct ra_tokens tokens = lex_as(*state, "a.js", RA_STR(
		"/** a */ x // b\n<i\n  // c\n>{/* d */}</i>"));
	static const struct comment_row rows[] = {
		{ "/** a */", 1, true }, { "// b", 1, false }, { "// c", 3, true },
		{ "/* d */", 4, false },
	};
	static const uint16_t depths[] = { 0, 0, 1, 1, 2, 3, 2, 1, 1, 2, 1, 1, 0, 0 };

	check_comments(&tokens, rows, COUNT(rows));
	tokens = lex_as(*state, "a.js", RA_STR("f(`${[a]}${b}`)"));
	assert_int_equal(tokens.list.n, COUNT(depths));
	for (size_t i = 0; i < COUNT(depths); i++)
		assert_int_equal(tokens.list.v[i].depth, depths[i]);
}

/* -- any bytes ----------------------------------------------------------------------------- */

static const char sample[] =
	"#!/usr/bin/env node\n// \xc3\xa9\r\nimport { a as b } from 'c'; /* d\n */\n"
	"export default class A<T> extends B { #p?: Map<K, V[]> = new Map(); static async *m() {\n"
	"\tfor await (const x of y) if (x) /[/'\\]]+/g.test(z); return `a${`b${c}`}\\`\nd`\r"
	"\t}\n}\nconst f = async <T,>(x: T) => <div a=\"1>\" {...b} c={d => { e() }}>\n"
	"it's {x! / 2 ? <b.c/> : <></>} <i\n// k\n>{y}</i><C<A,\nB> /></div>;\n"
	"a?.b?.[0] ?? 1_0n; a ||= .5e3 >>> 2; x = { 'k': await z, get q() { return 1 } }\n"
	"\xfe \\u0061 \\ # @dec /re/u\n'open\n`raw${";

static void chopped(void **state)
{
	(void)state;
	check_chopped("a.js", ra_str_n(sample, sizeof(sample) - 1));
	check_chopped("a.ts", ra_str_n(sample, sizeof(sample) - 1));
	check_chopped("a.tsx", ra_str_n(sample, sizeof(sample) - 1));
}

static void repeated(void **state)
{
	static const char *const units[] = {
		"(", ")", "(]", "'", "\"", "`", "`${", "${", "}", "\\", "\\u", "\r", "/*", "/", "/[",
		"<", "<a", "<a>", "<a<", "<a>{", "</a>", "<T>(", "(<T>(", "=<a b='", "<a //", "{}}",
		"!", "x!", "await ", "#", "\xc2\xa0", "1.", "?.", "(<b extends",
	};

	(void)state;
	check_repeated("a.js", units, COUNT(units));
	check_repeated("a.ts", units, COUNT(units));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(awaits),
		cmocka_unit_test(numbers),
		cmocka_unit_test(strings),
		cmocka_unit_test(regex_or_division),
		cmocka_unit_test(elements),
		cmocka_unit_test(comments_and_depths),
		cmocka_unit_test(chopped),
		cmocka_unit_test(repeated),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
