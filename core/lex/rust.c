/*
 * Rust -> tokens. What is its own: raw strings with hashes, lifetimes against characters, numbers
 * before `..` and behind a tuple's dot, comments that nest. Operators are read as they are
 * written: whether `>>` shifts or closes two generics, and whether `||` is a closure's head, the
 * grammar sees. A new keyword or operator is a row.
 */
#include "core/lex/braces.h"

/* In order of text. */
static const struct ra_keyword keywords[] = {
	{ "as", RA_W_AS, false },             { "async", RA_W_ASYNC, false },
	{ "await", RA_W_AWAIT, false },       { "break", RA_W_BREAK, false },
	{ "const", RA_W_CONST, false },       { "continue", RA_W_CONTINUE, false },
	{ "dyn", RA_W_DYN, false },           { "else", RA_W_ELSE, false },
	{ "enum", RA_W_ENUM, false },         { "extern", RA_W_EXTERN, false },
	{ "false", RA_W_FALSE, false },       { "fn", RA_W_DEF, false },
	{ "for", RA_W_FOR, false },           { "if", RA_W_IF, false },
	{ "impl", RA_W_IMPL, false },         { "in", RA_W_IN, false },
	{ "let", RA_W_LET, false },           { "loop", RA_W_LOOP, false },
	{ "macro_rules", RA_W_MACRO, true },  { "match", RA_W_MATCH, false },
	{ "mod", RA_W_MODULE, false },        { "move", RA_W_MOVE, false },
	{ "mut", RA_W_MUT, false },           { "pub", RA_W_PUB, false },
	{ "ref", RA_W_REF, false },           { "return", RA_W_RETURN, false },
	{ "static", RA_W_STATIC, false },     { "struct", RA_W_STRUCT, false },
	{ "trait", RA_W_INTERFACE, false },   { "true", RA_W_TRUE, false },
	{ "type", RA_W_TYPE, false },         { "union", RA_W_UNION, true },
	{ "unsafe", RA_W_UNSAFE, false },     { "use", RA_W_USE, false },
	{ "where", RA_W_WHERE, false },       { "while", RA_W_WHILE, false },
	{ "yield", RA_W_YIELD, false },
};

static const struct operator operators[] = {
	{ "(", 1, RA_O_LPAREN },     { ")", 1, RA_O_RPAREN },     { "[", 1, RA_O_LBRACKET },
	{ "]", 1, RA_O_RBRACKET },   { "{", 1, RA_O_LBRACE },     { "}", 1, RA_O_RBRACE },
	{ ",", 1, RA_O_COMMA },      { "::", 2, RA_O_PATH },      { ":", 1, RA_O_COLON },
	{ ";", 1, RA_O_SEMICOLON },  { "...", 3, RA_O_ELLIPSIS }, { "..=", 3, RA_O_SPAN },
	{ "..", 2, RA_O_SPAN },      { ".", 1, RA_O_DOT },        { "->", 2, RA_O_ARROW },
	{ "-=", 2, RA_O_AUGMENT },   { "-", 1, RA_O_MINUS },      { "+=", 2, RA_O_AUGMENT },
	{ "+", 1, RA_O_PLUS },       { "*=", 2, RA_O_AUGMENT },   { "*", 1, RA_O_STAR },
	{ "/=", 2, RA_O_AUGMENT },   { "/", 1, RA_O_SLASH },      { "%=", 2, RA_O_AUGMENT },
	{ "%", 1, RA_O_PERCENT },    { "&&", 2, RA_W_AND },       { "&=", 2, RA_O_AUGMENT },
	{ "&", 1, RA_O_AMP },        { "||", 2, RA_W_OR },        { "|=", 2, RA_O_AUGMENT },
	{ "|", 1, RA_O_PIPE },       { "^=", 2, RA_O_AUGMENT },   { "^", 1, RA_O_CARET },
	{ "<<=", 3, RA_O_AUGMENT },  { "<<", 2, RA_O_SHL },       { "<=", 2, RA_O_LE },
	{ "<", 1, RA_O_LT },         { ">>=", 3, RA_O_AUGMENT },  { ">>", 2, RA_O_SHR },
	{ ">=", 2, RA_O_GE },        { ">", 1, RA_O_GT },         { "==", 2, RA_O_EQ },
	{ "=>", 2, RA_O_FAT_ARROW }, { "=", 1, RA_O_ASSIGN },     { "!=", 2, RA_O_NE },
	{ "!", 1, RA_W_NOT },        { "?", 1, RA_O_QUESTION },   { "#", 1, RA_O_HASH },
	{ "$", 1, RA_O_DOLLAR },     { "@", 1, RA_O_AT },         { "~", 1, RA_O_TILDE },
};

static bool begins_name(const struct lexer *lexer, const char *p)
{
	return class_of(lexer, p) == C_NAME || class_of(lexer, p) == C_WIDE;
}

/* -- strings, characters, lifetimes -------------------------------------------------------- */

/* The string whose hashes begin at `hash`, if it is one: r#".."#; no escapes in it. */
static bool lex_raw_string(struct lexer *lexer, const char *hash)
{
	const char *quote = hash, *p;
	uint32_t line = lexer->line;
	size_t hashes;

	while (*quote == '#')
		quote++;
	if (*quote != '"')
		return false;
	hashes = (size_t)(quote - hash);
	for (p = quote + 1; p < lexer->end; p++) {
		while (is_newline(lexer, p))
			p = past_newline(lexer, p);
		if (*p == '"' && (size_t)(lexer->end - p) > hashes &&
		    memcmp(p + 1, hash, hashes) == 0) {
			emit_at(lexer, RA_T_STRING, RA_W_NONE, lexer->at, p + 1 + hashes, line);
			lexer->at = p + 1 + hashes;
			return true;
		}
	}
	ra_braces_unterminated(lexer, lexer->end, line);
	return true;
}

/* b"..", c"..", r"..", br"..", cr"..": the letters are from lexer->at to `quote`. */
static bool lex_prefixed(struct lexer *lexer, const char *quote)
{
	const char *p = lexer->at;
	bool raw = quote[-1] == 'r';

	if (quote - p == 2 ? (*p != 'b' && *p != 'c') || !raw : *p != 'b' && *p != 'c' && !raw)
		return false;
	if (raw)
		return lex_raw_string(lexer, quote);
	if (*quote != '"' && (*quote != '\'' || *p != 'b'))
		return false;
	ra_braces_string(lexer, quote + 1, *quote, *quote == '"' ? STRING_LINES : 0);
	return true;
}

/* Behind the one character at `p`. */
static const char *past_character(const char *p)
{
	for (p++; (byte(p) & 0xc0) == 0x80; p++)
		;
	return p;
}

/* 'a' and '\n' are characters, 'a without a second quote is a lifetime. */
static void lex_quote(struct lexer *lexer)
{
	const char *p = lexer->at, *close = past_character(p + 1);

	if (*p == '"')
		ra_braces_string(lexer, p + 1, '"', STRING_LINES);
	else if (*p == '\'' && p[1] == '\\')
		ra_braces_string(lexer, p + 1, '\'', 0);
	else if (*p == '\'' && close < lexer->end && *close == '\'' && !is_newline(lexer, p + 1))
		emit(lexer, RA_T_STRING, RA_W_NONE, close + 1);
	else if (*p == '\'' && begins_name(lexer, p + 1))
		emit(lexer, RA_T_OP, RA_O_LIFETIME,
		     past_name(lexer, p[1] == 'r' && p[2] == '#' ? p + 3 : p + 1));
	else
		ra_lexer_bad(lexer);
}

/* -- names and numbers --------------------------------------------------------------------- */

static void lex_name(struct lexer *lexer)
{
	const char *p = lexer->at, *to = past_name(lexer, p);
	const struct ra_keyword *keyword;

	if (to - p <= 2 && (*to == '"' || *to == '\'' || *to == '#') && lex_prefixed(lexer, to))
		return;
	if (*p == 'r' && to - p == 1 && *to == '#' && begins_name(lexer, to + 1)) {
		emit(lexer, RA_T_NAME, RA_W_NONE, past_name(lexer, to + 1));
		return;
	}
	keyword = ra_keyword_find(&lexer->keywords, p, (size_t)(to - p));
	if (keyword && last_word(lexer) == RA_O_DOT && keyword->word != RA_W_AWAIT)
		keyword = NULL;
	emit(lexer, keyword && !keyword->soft ? RA_T_KEYWORD : RA_T_NAME,
	     keyword ? keyword->word : RA_W_NONE, to);
}

/* A dot ends the number before a range, a field or a method; behind one it is a tuple's field. */
static void lex_number(struct lexer *lexer)
{
	const char *p = lexer->at, *dot = p;

	while (is_digit(dot) || *dot == '_')
		dot++;
	if (last_word(lexer) != RA_O_DOT)
		dot = ra_braces_past_number(lexer, p, dot[0] == '.' && dot[1] != '.' &&
						      !begins_name(lexer, dot + 1));
	emit(lexer, RA_T_NUMBER, RA_W_NONE, dot);
}

static const struct dialect dialect = {
	.operators = operators,
	.n_operators = sizeof(operators) / sizeof(operators[0]),
	.nested_comments = true,
	.name = lex_name,
	.number = lex_number,
	.quote = lex_quote,
	.operator = ra_lexer_operator,
};

static void lex(struct ra_arena *arena, struct ra_tokens *out)
{
	struct lexer lexer;

	ra_braces_init(&lexer, arena, out, &dialect);
	if (*past_blanks(&lexer, lexer.at + 2) != '[') /* else an attribute of the crate */
		ra_braces_hashbang(&lexer);
	run(&lexer, &dialect);
}

static const char *const never_returns[] = {
	"panic!", "unreachable!", "todo!", "unimplemented!", "std::process::exit", "process::exit",
	"std::process::abort", "process::abort", "bail!", "anyhow::bail!", NULL,
};

const struct ra_language ra_language_rust = {
	.line_end = RA_LINE_END_SEMICOLON,
	.soft_keywords = true,
	.block_scoped = true,
	.patterns_match = true,
	.iteration = RA_ITERATION_STEADY,
	.drops_values = true, .failure = "Result", .own_type = "Self",
	.marks_exports = true,
	.never_returns = never_returns,
	.keywords = keywords,
	.n_keywords = sizeof(keywords) / sizeof(keywords[0]),
	.lex = lex,
};
