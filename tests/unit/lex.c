/*
 * Tokens of Python, and what all lexers share; lex_<language>.c tests the others.
 */
#include "tests/unit/lex_fixture.h"

static struct ra_tokens lex_bytes(struct ra_arena *arena, struct ra_str text)
{
	return lex_as(arena, "a.py", text);
}

static struct ra_tokens lex_text(struct ra_arena *arena, const char *text)
{
	return lex_bytes(arena, ra_str(text));
}

static void check_rows(struct ra_arena *arena, const struct row *rows, size_t n)
{
	check_rows_as(arena, "a.py", rows, n);
}

static void words(void **state)
{
	static const struct row rows[] = {
		{ "", "", NULL },
		{ "  \n# only\n\f\n", "", NULL },
		{ "x", "nx ;", NULL },
		{ "\xef\xbb\xbfx\n", "nx ;", NULL },
		{ "d\xc3\xa9j\xc3\xa0 = \xce\xb1", "nd\xc3\xa9j\xc3\xa0 o= n\xce\xb1 ;", NULL },
		{ "if x: pass", "kif nx o: kpass ;", NULL },
		{ "iffy\tNone\fnone", "niffy kNone nnone ;", NULL },
		{ "match case type print exec lazy _",
		  "nmatch ncase ntype nprint nexec nlazy n_ ;", NULL },
		{ "x.None.pass", "nx o. nNone o. npass ;", NULL },
		{ "from . import x", "kfrom o. kimport nx ;", NULL },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void soft_async(void **state)
{
	static const struct row rows[] = {
		{ "async def f(): await x", "kasync kdef nf o( o) o: kawait nx ;", NULL },
		{ "async with a: async for b in c: pass",
		  "kasync kwith na o: kasync kfor nb kin nc o: kpass ;", NULL },
		{ "[x async for x in y]", "o[ nx kasync kfor nx kin ny o] ;", NULL },
		{ "async = 1", "nasync o= d1 ;", NULL },
		{ "f(async=True)", "nf o( nasync o= kTrue o) ;", NULL },
		{ "x.async()", "nx o. nasync o( o) ;", NULL },
		{ "def await(async): pass", "kdef nawait o( nasync o) o: kpass ;", NULL },
		{ "await = 1", "nawait o= d1 ;", NULL },
		{ "f(await, await.x, await)", "nf o( nawait o, nawait o. nx o, nawait o) ;", NULL },
		{ "await (x)", "kawait o( nx o) ;", NULL },
		{ "await [x]", "kawait o[ nx o] ;", NULL },
		{ "await {1}", "kawait o{ d1 o} ;", NULL },
		{ "await await lambda: 1", "kawait kawait klambda o: d1 ;", NULL },
		{ "await f'{await x}'", "kawait <f' { kawait nx } >' ;", NULL },
		{ "async", "nasync ;", NULL },
		{ "await", "nawait ;", NULL },
		{ "if await: pass", "kif nawait o: kpass ;", NULL },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void numbers(void **state)
{
	static const struct row rows[] = {
		{ "0 0x1F 0b10 0o17 0XaB_c 1_000", "d0 d0x1F d0b10 d0o17 d0XaB_c d1_000 ;", NULL },
		{ "1. .5 1.5e3 1e-5 1E+5 2e 3j .5J 1_0.0_1", "d1. d.5 d1.5e3 d1e-5 d1E+5 d2 ne "
		  "d3j d.5J d1_0.0_1 ;", NULL },
		{ "0777 10L 0xFFl", "d0777 d10L d0xFFl ;", NULL },
		{ "1if x else 0or y", "d1 kif nx kelse d0 kor ny ;", NULL },
		{ "0x1for x", "d0x1f kor nx ;", NULL },
		{ "1..real 1.__add__", "d1. o. nreal d1. n__add__ ;", NULL },
		{ "x[1:2]", "nx o[ d1 o: d2 o] ;", NULL },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void operators(void **state)
{
	static const struct row rows[] = {
		{ "+-*/%@&|^~<>=", "o+ o- o* o/ o% o@ o& o| o^ o~ o<> o= ;", NULL },
		{ "** // << >> <= >= == != <> -> := ... . , ; :",
		  "o** o// o<< o>> o<= o>= o== o!= o<> o-> o:= o... o. o, o; o: ;", NULL },
		{ "+= -= *= /= //= %= @= &= |= ^= >>= <<= **=",
		  "o+= o-= o*= o/= o//= o%= o@= o&= o|= o^= o>>= o<<= o**= ;", NULL },
		{ "`x`", "o` nx o` ;", NULL },
		{ "a....b", "na o... o. nb ;", NULL },
		{ "a ? b", "na !? nb ;", "unexpected character" },
		{ "a ! b", "na !! nb ;", "unexpected character" },
		{ "a \\ b", "na !\\ nb ;", "unexpected character" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void words_of_operators(void **state)
{
	static const struct {
		const char *text;
		enum ra_word word;
	} rows[] = {
		{ "<>", RA_O_NE },     { "!=", RA_O_NE },      { ">>=", RA_O_AUGMENT },
		{ "->", RA_O_ARROW },  { ":=", RA_O_WALRUS },  { "@", RA_O_AT },
		{ "...", RA_O_ELLIPSIS }, { "not", RA_W_NOT }, { "None", RA_W_NULL },
		{ "match", RA_W_MATCH }, { "async", RA_W_NONE }, { "name", RA_W_NONE },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(lex_text(*state, rows[i].text).list.v[0].word, rows[i].word);
}

static void strings(void **state)
{
	static const struct row rows[] = {
		{ "'a' \"b\" '' \"\"", "s'a' s\"b\" s'' s\"\" ;", NULL },
		{ "r'a' B'b' Rb'c' bR\"d\" u'e' ur'f' UR'g'",
		  "sr'a' sB'b' sRb'c' sbR\"d\" su'e' sur'f' sUR'g' ;", NULL },
		{ "x'a' bu'b' rr'c'", "nx s'a' nbu s'b' nrr s'c' ;", NULL },
		{ "'\\'' r'\\'' '\\\\'", "s'\\'' sr'\\'' s'\\\\' ;", NULL },
		{ "'a\\\nb' c", "s'a\\\nb' nc ;", NULL },
		{ "'a\\\r\nb' c", "s'a\\\r\nb' nc ;", NULL },
		{ "'''a\n'b'' \"\n'''", "s'''a\n'b'' \"\n''' ;", NULL },
		{ "\"\"\"a\\\"\"\"\"", "s\"\"\"a\\\"\"\"\" ;", NULL },
		{ "'{x}' b'{'", "s'{x}' sb'{' ;", NULL },
		{ "'a\nx", "!'a ; nx ;", "unterminated string" },
		{ "x = '''a\nb", "nx o= !'''a\nb ;", "unterminated string" },
		{ "'a\\", "!'a\\ ;", "unterminated string" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void string_in_bracket(void **state)
{
	struct ra_tokens tokens = lex_text(*state, "f('a)\nx");

	assert_string_equal(brief(*state, &tokens), "nf o( !'a) nx ;");
	assert_int_equal(tokens.notes.n, 2);
	assert_string_equal(tokens.notes.v[0].text, "unterminated string");
	assert_string_equal(tokens.notes.v[1].text, "unterminated bracket");
}

static void interpolated(void **state)
{
	static const struct row rows[] = {
		{ "f''", "<f' >' ;", NULL },
		{ "f'a{x}b'", "<f'a { nx } pb >' ;", NULL },
		{ "t'{x}' Rf'{x}' fR\"{x}\"", "<t' { nx } >' <Rf' { nx } >' <fR\" { nx } >\" ;",
		  NULL },
		{ "f'{{}} {x}}}'", "<f'{{}}  { nx } p}} >' ;", NULL },
		{ "f'{x!r}{y!s:>3}{z:}'", "<f' { nx p!r } { ny p!s p:>3 } { nz p: } >' ;", NULL },
		{ "f'{x:{w}.{p}f}'", "<f' { nx p: { nw } p. { np } pf } >' ;", NULL },
		{ "f'{x:{y:{z}}}'", "<f' { nx p: { ny p: { nz } } } >' ;", NULL },
		{ "f'{x=}{x = !r}{x=:>{w}}'",
		  "<f' { nx o= } { nx o= p!r } { nx o= p:> { nw } } >' ;", NULL },
		{ "f'{x != y}{(lambda: 1)}{d[1:2]}{(y := 1)}'",
		  "<f' { nx o!= ny } { o( klambda o: d1 o) } { nd o[ d1 o: d2 o] } "
		  "{ o( ny o:= d1 o) } >' ;", NULL },
		{ "f'{x:=5}'", "<f' { nx p:=5 } >' ;", NULL },
		{ "f'{ {1: 2}[1] }'", "<f' { o{ d1 o: d2 o} o[ d1 o] } >' ;", NULL },
		{ "f'{d['k']}' f\"{f\"{f\"{1}\"}\"}\"",
		  "<f' { nd o[ s'k' o] } >' <f\" { <f\" { <f\" { d1 } >\" } >\" } >\" ;", NULL },
		{ "f'''{\nx # c }\n}\n'''", "<f''' { nx } p\n >''' ;", NULL },
		{ "f'{\nx}' y", "<f' { nx } >' ny ;", NULL },
		{ "f'{x !r\n:>3}'", "<f' { nx p!r p:>3 } >' ;", NULL },
		{ "f'\\N{DASH}{x}\\{y}' rf'\\N{z}\\''",
		  "<f'\\N{DASH} { nx } p\\ { ny } >' <rf'\\N { nz } p\\' >' ;", NULL },
		{ "f'\\N{' + x", "<f'\\N{ >' o+ nx ;", NULL },
		{ "'a' f'b' 'c'", "s'a' <f'b >' s'c' ;", NULL },
		{ "f'a\nx", "<f'a > ; nx ;", "unterminated string" },
		{ "f'{a:r\nx", "<f' { na p:r } > ; nx ;", "unterminated string" },
		{ "f'{a!r\nx", "<f' { na p!r nx } > ;", "unterminated bracket" },
		{ "(f'{a:b\n, x)", "o( <f' { na p:b } > o, nx o) ;", "unterminated string" },
		{ "f'{x", "<f' { nx } > ;", "unterminated bracket" },
		{ "f'''{x:", "<f''' { nx p: } > ;", "unterminated string" },
		{ "f'{(x}' y", "<f' { o( nx } >' ny ;", "unmatched bracket" },
		{ "f'{x)}' y", "<f' { nx o) } >' ny ;", "unmatched bracket" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void indentation(void **state)
{
	static const struct row rows[] = {
		{ "a:\n b\nc", "na o: ; + nb ; - nc ;", NULL },
		{ "a:\n b:\n  c\n\n # x\n# y\n d", "na o: ; + nb o: ; + nc ; - nd ; -", NULL },
		{ "a:\n\tb\n        c", "na o: ; + nb ; nc ; -", NULL },
		{ "a:\n  \tb\n\tc", "na o: ; + nb ; nc ; -", NULL },
		{ "a:\n\f b\n \fb", "na o: ; + nb ; - nb ;", NULL },
		{ "a:\r\n b\r\nc\rd", "na o: ; + nb ; - nc ; nd ;", NULL },
		{ "a:\n (b,\nc\n)\nd", "na o: ; + o( nb o, nc o) ; - nd ;", NULL },
		{ "a:\n b \\\nc\nd", "na o: ; + nb nc ; - nd ;", NULL },
		{ "a:\n\\\n b\nc", "na o: ; + nb ; - nc ;", NULL },
		{ "a:\n  \\\n b\n  c", "na o: ; + nb ; nc ; -", NULL },
		{ "  a\nb", "+ na ; - nb ;", NULL },
		{ "a:\n    b\n  c\n  d\ne", "na o: ; + nb ; nc ; nd ; - ne ;",
		  "inconsistent dedent" },
		{ "a:\n  b:\n    c\n  d", "na o: ; + nb o: ; + nc ; - nd ; -", NULL },
		{ "a:\n b", "na o: ; + nb ; -", NULL },
		{ "a\\", "na !\\ ;", "unexpected character" },
		{ "a\\\n", "na ;", NULL },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void open_brackets(void **state)
{
	static const struct row rows[] = {
		{ "f(a,\ndef g(): pass", "nf o( na o, ; kdef ng o( o) o: kpass ;",
		  "unterminated bracket" },
		{ "f([{\n  return x", "nf o( o[ o{ ; + kreturn nx ; -", "unterminated bracket" },
		{ "f(\nasync def g(): 1", "nf o( ; kasync kdef ng o( o) o: d1 ;",
		  "unterminated bracket" },
		{ "f(f'{a\nclass B: 1", "nf o( <f' { na } > ; kclass nB o: d1 ;",
		  "unterminated bracket" },
		{ "[x\nfor x in y\nif z]", "o[ nx kfor nx kin ny kif nz o] ;", NULL },
		{ "(yield\nfrom x)", "o( kyield kfrom nx o) ;", NULL },
		{ "f(\ndefault,\nclassy)", "nf o( ndefault o, nclassy o) ;", NULL },
		{ "f(a", "nf o( na ;", "unterminated bracket" },
		{ "f(a]) b", "nf o( na o] o) nb ;", "unmatched bracket" },
		{ "[f(a] b\nc", "o[ nf o( na o] nb ; nc ;", "unmatched bracket" },
		{ ")", "o) ;", "unmatched bracket" },
	};

	check_rows(*state, rows, COUNT(rows));
}

static void lines_and_depths(void **state)
{
	struct ra_tokens tokens = lex_text(*state, "f(a,\n'''x\n''', [b])\n\nc");
	static const struct {
		uint32_t line;
		uint16_t depth;
	} rows[] = {
		{ 1, 0 }, { 1, 0 }, { 1, 1 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 3, 1 }, { 3, 2 },
		{ 3, 1 }, { 3, 0 }, { 3, 0 }, { 5, 0 }, { 5, 0 }, { 5, 0 },
	};

	assert_int_equal(tokens.list.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(tokens.list.v[i].line, rows[i].line);
		assert_int_equal(tokens.list.v[i].depth, rows[i].depth);
	}
}

static void depth_of_holes(void **state)
{
	struct ra_tokens tokens = lex_text(*state, "f'{x:{y}z}'");
	static const uint16_t depths[] = { 0, 0, 1, 1, 1, 2, 1, 1, 0, 0, 0, 0 };

	assert_int_equal(tokens.list.n, COUNT(depths));
	for (size_t i = 0; i < COUNT(depths); i++)
		assert_int_equal(tokens.list.v[i].depth, depths[i]);
}

static void comments(void **state)
{
	struct ra_tokens tokens = lex_text(*state, "# a\nx = '#'  # b\r\n  # c\ny = ('''\n"
						   "''' # d\n # e\n)#");
	static const struct comment_row rows[] = {
		{ "# a", 1, true },  { "# b", 2, false }, { "# c", 3, true },
		{ "# d", 5, false }, { "# e", 6, true },  { "#", 7, false },
	};

	check_comments(&tokens, rows, COUNT(rows));
}

static void notes_are_bounded(void **state)
{
	struct ra_buf text;

	ra_buf_init(&text, *state);
	for (int i = 0; i < 2 * RA_NOTES_MAX; i++)
		ra_buf_adds(&text, "$\n");
	assert_int_equal(lex_bytes(*state, ra_buf_str(&text)).notes.n, RA_NOTES_MAX);
}

static void token_at(void **state)
{
	struct ra_tokens tokens = lex_text(*state, "ab  cd\n");
	static const uint32_t at[] = { 0, 1, 1, 1, 1, 2, 2, 3, 3 };

	for (size_t i = 0; i < COUNT(at); i++)
		assert_int_equal(ra_token_at(&tokens, i), at[i]);
}

static void other_language(void **state)
{
	struct ra_source source;
	struct ra_tokens tokens;

	assert_int_equal(ra_source_open(*state, RA_STR("a.txt"), RA_STR("x = 1"),
					&(struct ra_source_limits){ 0 }, &source, NULL), RA_OK);
	assert_null(ra_language(source.lang));
	ra_lex(*state, &source, &tokens);
	assert_int_equal(tokens.list.n, 1);
	assert_int_equal(tokens.list.v[0].kind, RA_T_END);
	assert_int_equal(tokens.list.v[0].at, 5);
}

static void dump(void **state)
{
	struct ra_tokens tokens = lex_text(*state, "if x:\n  f'{y}'\n");
	struct ra_buf out;

	ra_buf_init(&out, *state);
	ra_tokens_dump(&tokens, &out);
	assert_string_equal(out.ptr, "1 KEYWORD IF if\n1 NAME x\n1 OP COLON :\n1 NEWLINE\n"
				     "2 OPEN\n2 STRING_OPEN f'\n2 INTERP_OPEN {\n2 NAME y\n"
				     "2 INTERP_CLOSE }\n2 STRING_CLOSE '\n2 NEWLINE\n2 CLOSE\n"
				     "2 END\n");
}

/* -- any bytes ----------------------------------------------------------------------------- */

static const char sample[] =
	"#!/usr/bin/env python\n"
	"import os.path as p  # \xc3\xa9\n"
	"class Pool(Base, key=1):\r\n"
	"\t'''Doc\n\tstring'''\n"
	"        async def get(self, *a, **k) -> 'X':\n"
	"\t\tasync with self.lock as l, \\\n\t\t\tother: await x\n"
	"\t\treturn f'a{k!r:>{w}}{{}}' rb'\\'' f\"{d[\"k\"]:{f'{1}'}}\"\n"
	"x = [1, 0x1F,\r (2.5e3, .5j), {'a': `b`}] if a <> b else 10L\n"
	"if a:\n    b\n  c\n\xfe $ ?\n"
	"t\"\"\"{x\n}\\N{DASH}\n\"\"\"; print 'x' % y\n"
	"f(1, [2,\ndef g(): pass\n";

static void chopped(void **state)
{
	(void)state;
	check_chopped("a.py", ra_str_n(sample, sizeof(sample) - 1));
}

static void repeated(void **state)
{
	static const char *const units[] = {
		"(", ")", "(]", "f'{", "f'''{a:{", "\\N{", "f'\\N{", "'", "'''", "\\\n", "\r",
		"a:\n ", "await ", "$", "#", "(\ndef ", "{}}",
	};

	(void)state;
	check_repeated("a.py", units, COUNT(units));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(soft_async),
		cmocka_unit_test(numbers),
		cmocka_unit_test(operators),
		cmocka_unit_test(words_of_operators),
		cmocka_unit_test(strings),
		cmocka_unit_test(string_in_bracket),
		cmocka_unit_test(interpolated),
		cmocka_unit_test(indentation),
		cmocka_unit_test(open_brackets),
		cmocka_unit_test(lines_and_depths),
		cmocka_unit_test(depth_of_holes),
		cmocka_unit_test(comments),
		cmocka_unit_test(notes_are_bounded),
		cmocka_unit_test(token_at),
		cmocka_unit_test(other_language),
		cmocka_unit_test(dump),
		cmocka_unit_test(chopped),
		cmocka_unit_test(repeated),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
