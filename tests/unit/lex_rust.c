/*
 * Tokens of Rust.
 */
#include "tests/unit/lex_fixture.h"

static void check(void **state, const struct row *rows, size_t n)
{
	check_rows_as(*state, "a.rs", rows, n);
}

static void words(void **state)
{
	static const struct row rows[] = {
		{ "", "", NULL },
		{ "pub(crate) async fn f<'a>(&'a mut self) -> Self {}",
		  "kpub o( ncrate o) kasync kfn nf o< o'a o> o( o& o'a kmut nself o) o-> nSelf o{ "
		  "o}", NULL },
		{ "r#type r#fn x.await x.match", "nr#type nr#fn nx o. kawait nx o. nmatch", NULL },
		{ "macro_rules! union r b c br", "nmacro_rules o! nunion nr nb nc nbr", NULL },
		{ "#![allow(x)]\n#[test]", "o# o! o[ nallow o( nx o) o] o# o[ ntest o]", NULL },
		{ "#!/usr/bin/env rust\nx", "nx", NULL },
		{ "$x:expr $(,)* x?.y", "o$ nx o: nexpr o$ o( o, o) o* nx o? o. ny", NULL },
		{ "a ` b", "na !` nb", "unexpected character" },
	};

	check(state, rows, COUNT(rows));
}

static void numbers(void **state)
{
	static const struct row rows[] = {
		{ "0 0x1Fu8 0b1_0 0o17 1_000 1u32 2f64 2.0_f32 1e5 1.5E-3f64",
		  "d0 d0x1Fu8 d0b1_0 d0o17 d1_000 d1u32 d2f64 d2.0_f32 d1e5 d1.5E-3f64", NULL },
		{ "1..2 1..=2 ..3 1.. 1. ", "d1 o.. d2 d1 o..= d2 o.. d3 d1 o.. d1.", NULL },
		{ "x.0.1 x.0.1.2 1.max(2) 1.0.max(2)",
		  "nx o. d0 o. d1 nx o. d0 o. d1 o. d2 d1 o. nmax o( d2 o) d1.0 o. nmax o( d2 o)",
		  NULL },
		{ "x.0..1 (1.,)", "nx o. d0 o.. d1 o( d1. o, o)", NULL },
		{ "0xE+1", "d0xE o+ d1", NULL },
	};

	check(state, rows, COUNT(rows));
}

static void operators(void **state)
{
	static const struct row rows[] = {
		{ ":: => -> .. ..= ... ? # $ @ ~ ! && || & | ^",
		  "o:: o=> o-> o.. o..= o... o? o# o$ o@ o~ o! o&& o|| o& o| o^", NULL },
		{ "<< >> <= >= == != << >>= <<= |= &= ^= %= /= *= += -=",
		  "o<< o>> o<= o>= o== o!= o<< o>>= o<<= o|= o&= o^= o%= o/= o*= o+= o-=", NULL },
		{ "Vec<Vec<u8>>= x<-1", "nVec o< nVec o< nu8 o>>= nx o< o- d1", NULL },
		{ "|| x |y| z", "o|| nx o| ny o| nz", NULL },
	};
	static const struct {
		const char *text;
		enum ra_word word;
	} words_of[] = {
		{ "::", RA_O_PATH },     { "=>", RA_O_FAT_ARROW }, { "..=", RA_O_SPAN },
		{ "'a", RA_O_LIFETIME }, { "||", RA_W_OR },        { "fn", RA_W_DEF },
		{ "trait", RA_W_INTERFACE }, { "mod", RA_W_MODULE }, { "union", RA_W_UNION },
		{ "macro_rules", RA_W_MACRO }, { "r#match", RA_W_NONE }, { "self", RA_W_NONE },
	};

	check(state, rows, COUNT(rows));
	for (size_t i = 0; i < COUNT(words_of); i++)
		assert_int_equal(lex_as(*state, "a.rs", ra_str(words_of[i].text)).list.v[0].word,
				 words_of[i].word);
}

static void strings(void **state)
{
	static const struct row rows[] = {
		{ "\"a\n\\\"b\" \"a\\\n b\" c", "s\"a\n\\\"b\" s\"a\\\n b\" nc", NULL },
		{ "b\"a\" c\"b\" r\"\\\" br\"\\\" cr\"\\\"",
		  "sb\"a\" sc\"b\" sr\"\\\" sbr\"\\\" scr\"\\\"", NULL },
		{ "r#\"a\"b\"# r##\"\"#\"## br#\"\n\"#x",
		  "sr#\"a\"b\"# sr##\"\"#\"## sbr#\"\n\"# nx",
		  NULL },
		{ "x\"a\" rb\"b\"", "nx s\"a\" nrb s\"b\"", NULL },
		{ "\"{x} {{}}\"", "s\"{x} {{}}\"", NULL },
		{ "\"a\nx", "!\"a\nx", "unterminated string" },
		{ "r#\"a\"\n", "!r#\"a\"\n", "unterminated string" },
		{ "br##\"a\"#", "!br##\"a\"#", "unterminated string" },
	};

	check(state, rows, COUNT(rows));
}

static void characters_and_lifetimes(void **state)
{
	static const struct row rows[] = {
		{ "'a' '\\'' '\\n' '\\u{1F600}' '\"' '\xc3\xa9' ' ' b'x' b'\\''",
		  "s'a' s'\\'' s'\\n' s'\\u{1F600}' s'\"' s'\xc3\xa9' s' ' sb'x' sb'\\''", NULL },
		{ "&'a str <'a, 'b> 'static '_ '\xc3\xa9t\xc3\xa9 'r#fn",
		  "o& o'a nstr o< o'a o, o'b o> o'static o'_ o'\xc3\xa9t\xc3\xa9 o'r#fn", NULL },
		{ "'outer: loop { break 'outer }", "o'outer o: kloop o{ kbreak o'outer o}", NULL },
		{ "<'a>'b' f('a','b')", "o< o'a o> s'b' nf o( s'a' o, s'b' o)", NULL },
		{ "' ", "!'", "unexpected character" },
		{ "'\\x", "!'\\x", "unterminated string" },
	};

	check(state, rows, COUNT(rows));
}

static void comments(void **state)
{
	struct ra_tokens tokens = lex_as(*state, "a.rs", RA_STR(
		"//! a\n/* b /* \"c */\n */ x /// d\n/** e */ /**/ y"));
	static const struct comment_row rows[] = {
		{ "//! a", 1, true },    { "/* b /* \"c */\n */", 2, true }, { "/// d", 3, false },
		{ "/** e */", 4, true }, { "/**/", 4, false },
	};

	check_comments(&tokens, rows, COUNT(rows));
	assert_string_equal(brief(*state, &tokens), "nx ny");
	tokens = lex_as(*state, "a.rs", RA_STR("x /* /* */ y"));
	assert_int_equal(tokens.notes.n, 1);
	assert_string_equal(tokens.notes.v[0].text, "unterminated comment");
}

/* -- any bytes ----------------------------------------------------------------------------- */

static const char sample[] =
	"#![allow(x)] //! \xc3\xa9\r\nuse a::{b, c as d};\n/* a /* b */\n c */\n"
	"impl<'a, T: ?Sized> S<'a, T> where T: Fn(u8) -> Vec<Vec<u8>> {\n"
	"\tasync fn f(&mut self) -> Result<(), E> {\n"
	"\t\tlet r#x = self.m.lock().await?.0.1; 'l: for i in 0..=9 { break 'l; }\r"
	"\t\tmatch c { 'a'..='z' | '\\'' if x => b\"y\\\"\", _ => r##\"\"#\n\"##, }\n"
	"\t\tmove |a, b| 1.0e-3_f64 + 2.max(3); vec![0x1Fu8; 1_0]\n"
	"\t}\n}\nmacro_rules! m { ($($x:expr),*) => {} }\n\xfe ` '\\u{1F600}' b'\\n'\n"
	"\"open\n r#\"raw\"";

static void chopped(void **state)
{
	(void)state;
	check_chopped("a.rs", ra_str_n(sample, sizeof(sample) - 1));
}

static void repeated(void **state)
{
	static const char *const units[] = {
		"(", ")", "(]", "'", "'a", "\"", "r#", "r#\"", "br##\"\n", "\\", "\r", "/*", "/* */",
		"*/", "1.", "1..", "0x", "'\\", "\xc3", "b'", "$",
	};

	(void)state;
	check_repeated("a.rs", units, COUNT(units));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(numbers),
		cmocka_unit_test(operators),
		cmocka_unit_test(strings),
		cmocka_unit_test(characters_and_lifetimes),
		cmocka_unit_test(comments),
		cmocka_unit_test(chopped),
		cmocka_unit_test(repeated),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
