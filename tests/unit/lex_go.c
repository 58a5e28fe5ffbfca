/*
 * Tokens of Go, and the base of all languages with braces.
 */
#include "tests/unit/lex_fixture.h"

static void check(void **state, const struct row *rows, size_t n)
{
	check_rows_as(*state, "a.go", rows, n);
}

static void words(void **state)
{
	static const struct row rows[] = {
		{ "", "", NULL },
		{ "\n\n // only\n", "", NULL },
		{ "package main", "kpackage nmain ;", NULL },
		{ "d\xc3\xa9j\xc3\xa0 := \xce\xb1", "nd\xc3\xa9j\xc3\xa0 o:= n\xce\xb1 ;", NULL },
		{ "x\xc2\xa0y \xef\xbb\xbfz", "nx ny nz ;", NULL },
		{ "nil true false iota any make", "knil ktrue kfalse niota nany nmake ;", NULL },
		{ "x.(type) x.nil x.go", "nx o. o( ktype o) nx o. nnil nx o. ngo ;", NULL },
		{ "gofer mapped ch", "ngofer nmapped nch ;", NULL },
		{ "a $ b", "na !$ nb ;", "unexpected character" },
		{ "a \\ b", "na !\\ nb ;", "unexpected character" },
	};

	check(state, rows, COUNT(rows));
}

static void numbers(void **state)
{
	static const struct row rows[] = {
		{ "0 0x1F 0b10 0o17 0XaB_c 1_000 0777",
		  "d0 d0x1F d0b10 d0o17 d0XaB_c d1_000 d0777 ;", NULL },
		{ "1. .5 1.5e3 1e-5 1E+5 3i .5i 0x1p-2 0x1.8p+1i 0xep1",
		  "d1. d.5 d1.5e3 d1e-5 d1E+5 d3i d.5i d0x1p-2 d0x1.8p+1i d0xep1 ;", NULL },
		{ "0xE-1 1-1 x[1:2]", "d0xE o- d1 d1 o- d1 nx o[ d1 o: d2 o] ;", NULL },
	};

	check(state, rows, COUNT(rows));
}

static void operators(void **state)
{
	static const struct row rows[] = {
		{ "+-*/%&|^<>=!~ f", "o+ o- o* o/ o% o& o| o^ o< o>= o! o~ nf ;", NULL },
		{ "<< >> &^ <- && || == != <= >= := ... . , ; : f",
		  "o<< o>> o&^ o<- o&& o|| o== o!= o<= o>= o:= o... o. o, o; o: nf ;", NULL },
		{ "+= -= *= /= %= &= |= ^= <<= >>= &^= f",
		  "o+= o-= o*= o/= o%= o&= o|= o^= o<<= o>>= o&^= nf ;", NULL },
		{ "x <-c; a<-1", "nx o<- nc o; na o<- d1 ;", NULL },
	};
	static const struct {
		const char *text;
		enum ra_word word;
	} words_of[] = {
		{ ":=", RA_O_DEFINE },  { "<-", RA_O_RECEIVE }, { "&^=", RA_O_AUGMENT },
		{ "&^", RA_O_AMP },     { "&&", RA_W_AND },     { "!", RA_W_NOT },
		{ "++", RA_O_INCREMENT }, { "func", RA_W_DEF }, { "nil", RA_W_NULL },
		{ "interface", RA_W_INTERFACE }, { "fallthrough", RA_W_FALLTHROUGH },
	};

	check(state, rows, COUNT(rows));
	for (size_t i = 0; i < COUNT(words_of); i++)
		assert_int_equal(lex_as(*state, "a.go", ra_str(words_of[i].text)).list.v[0].word,
				 words_of[i].word);
}

static void strings(void **state)
{
	static const struct row rows[] = {
		{ "\"a\" \"\" \"\\\"\" \"\\\\\" \"'`//\"",
		  "s\"a\" s\"\" s\"\\\"\" s\"\\\\\" s\"'`//\" ;",
		  NULL },
		{ "`a\n\\` + b", "s`a\n\\` o+ nb ;", NULL },
		{ "'a' '\\'' '\\\\' '\"' '\\u1234' '\xc3\xa9'",
		  "s'a' s'\\'' s'\\\\' s'\"' s'\\u1234' s'\xc3\xa9' ;", NULL },
		{ "\"a\nx", "!\"a ; nx ;", "unterminated string" },
		{ "`a\nx\n", "!`a\nx\n ;", "unterminated string" },
		{ "\"a\\", "!\"a\\ ;", "unterminated string" },
		{ "'", "!' ;", "unterminated string" },
	};

	check(state, rows, COUNT(rows));
}

/* A semicolon of its own wherever Go puts one. */
static void line_ends(void **state)
{
	static const struct row rows[] = {
		{ "x\ny", "nx ; ny ;", NULL },
		{ "x +\ny", "nx o+ ny ;", NULL },
		{ "f(a,\nb)\n", "nf o( na o, nb o) ;", NULL },
		{ "f(func() {\nx++\n})", "nf o( kfunc o( o) o{ nx o++ ; o} o) ;", NULL },
		{ "[]int{\n1,\n2}", "o[ o] nint o{ d1 o, d2 o} ;", NULL },
		{ "return\nbreak\ncontinue\nfallthrough\n",
		  "kreturn ; kbreak ; kcontinue ; kfallthrough ;", NULL },
		{ "nil\n1\n`s`\n'r'\nx--\n]", "knil ; d1 ; s`s` ; s'r' ; nx o-- ; o] ;",
		  "unmatched bracket" },
		{ "if x {\n} else {\n}\n", "kif nx o{ o} kelse o{ o} ;", NULL },
		{ "x // c\n// d\ny", "nx ; ny ;", NULL },
		{ "x /* c */ y", "nx ny ;", NULL },
		{ "x /* c\n */ y", "nx ; ny ;", NULL },
		{ "x, /* c\n */ y", "nx o, ny ;", NULL },
		{ "x /* c\n */\ny", "nx ; ny ;", NULL },
		{ "a\r\nb\rc", "na ; nb ; nc ;", NULL },
		{ "x\n\n\n", "nx ;", NULL },
	};

	check(state, rows, COUNT(rows));
}

static void brackets(void **state)
{
	static const struct row rows[] = {
		{ "f(a", "nf o( na ;", "unterminated bracket" },
		{ "{ f(a }\nb", "o{ nf o( na o} ; nb ;", "unmatched bracket" },
		{ "f(a]) b", "nf o( na o] o) nb ;", "unmatched bracket" },
		{ "}\nx", "o} ; nx ;", "unmatched bracket" },
	};
	struct ra_tokens tokens = lex_as(*state, "a.go", RA_STR("f(a[b], {c})"));
	static const uint16_t depths[] = { 0, 0, 1, 1, 2, 1, 1, 1, 2, 1, 0, 0, 0 };

	check(state, rows, COUNT(rows));
	assert_int_equal(tokens.list.n, COUNT(depths));
	for (size_t i = 0; i < COUNT(depths); i++)
		assert_int_equal(tokens.list.v[i].depth, depths[i]);
}

static void comments(void **state)
{
	struct ra_tokens tokens = lex_as(*state, "a.go", RA_STR(
		"// a\nx := \"//\" // b\r\n\t/* c\n */ y /* d */ // e\n/* / */ z /*/ */"));
	static const struct comment_row rows[] = {
		{ "// a", 1, true },    { "// b", 2, false }, { "/* c\n */", 3, true },
		{ "/* d */", 4, false }, { "// e", 4, false }, { "/* / */", 5, true },
		{ "/*/ */", 5, false },
	};

	check_comments(&tokens, rows, COUNT(rows));
	assert_string_equal(brief(*state, &tokens), "nx o:= s\"//\" ; ny ; nz ;");
	tokens = lex_as(*state, "a.go", RA_STR("x /* y"));
	assert_int_equal(tokens.notes.n, 1);
	assert_string_equal(tokens.notes.v[0].text, "unterminated comment");
}

/* A file of a module that lacks an end does not reach into the next one. */
static void parts(void **state)
{
	static const char *const texts[] = { "f(a", "`b\n", "", "/* c", "d {", "e" };
	const struct ra_source *files[COUNT(texts)];
	struct ra_source joined;
	struct ra_tokens tokens;

	for (size_t i = 0; i < COUNT(texts); i++)
		files[i] = lex_as(*state, "a.go", ra_str(texts[i])).source;
	ra_source_join(*state, files, COUNT(texts), &joined);
	ra_lex(*state, &joined, &tokens);
	check_tokens(&tokens);
	assert_string_equal(brief(*state, &tokens), "nf o( na ; !`b\n ; nd o{ ne ;");
	assert_int_equal(tokens.notes.n, 4);
	assert_int_equal(tokens.list.v[tokens.list.n - 2].depth, 0);
}

/* -- any bytes ----------------------------------------------------------------------------- */

static const char sample[] =
	"// Package p \xc3\xa9\npackage p /* a\n b */\r\nimport (\n\t\"sync\"\n)\n"
	"type T[K any] struct {\n\tmu sync.Mutex `json:\"a\nb\"`\n}\n"
	"func (t *T) F(c <-chan int) (err error) {\n\tdefer t.mu.Unlock()\n"
	"\tfor i := range 10 { go func() { c <- 'a'; x[i]++ }() }\r"
	"\tselect {\n\tcase v, ok := <-c:\n\t\treturn\n\tdefault:\n\t}\n"
	"\tx := map[string]int{\"a\\\"\": 0x1p-2, 'b': .5e3i, }\n"
	"\ty &^= ~1 ; \xfe $ '\\''\n}\n\"open\n`raw";

static void chopped(void **state)
{
	(void)state;
	check_chopped("a.go", ra_str_n(sample, sizeof(sample) - 1));
}

static void repeated(void **state)
{
	static const char *const units[] = {
		"(", ")", "(]", "'", "\"", "`", "\\", "\r", "$", "/*", "//", "/* */", "*/", "{}}",
		"0x", "0xp+", "1.", ".", "\xc2\xa0", "\xc3", "x\n", "/*\n*/",
	};

	(void)state;
	check_repeated("a.go", units, COUNT(units));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(numbers),
		cmocka_unit_test(operators),
		cmocka_unit_test(strings),
		cmocka_unit_test(line_ends),
		cmocka_unit_test(brackets),
		cmocka_unit_test(comments),
		cmocka_unit_test(parts),
		cmocka_unit_test(chopped),
		cmocka_unit_test(repeated),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
