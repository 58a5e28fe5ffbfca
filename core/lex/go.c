/*
 * Go -> tokens. Its lines end by the last token on them (a name, a literal, a closing bracket,
 * `++`, `return`, ...), inside brackets too; a RA_T_NEWLINE stands there, as Go's own semicolon
 * does. A new keyword or operator is a row.
 */
#include "core/lex/braces.h"

/* In order of text. `nil`, `true` and `false` are names to Go, and nobody declares them. */
static const struct ra_keyword keywords[] = {
	{ "break", RA_W_BREAK, false },       { "case", RA_W_CASE, false },
	{ "chan", RA_W_CHAN, false },         { "const", RA_W_CONST, false },
	{ "continue", RA_W_CONTINUE, false }, { "default", RA_W_DEFAULT, false },
	{ "defer", RA_W_DEFER, false },       { "else", RA_W_ELSE, false },
	{ "fallthrough", RA_W_FALLTHROUGH, false },
	{ "false", RA_W_FALSE, false },       { "for", RA_W_FOR, false },
	{ "func", RA_W_DEF, false },          { "go", RA_W_GO, false },
	{ "goto", RA_W_GOTO, false },         { "if", RA_W_IF, false },
	{ "import", RA_W_IMPORT, false },     { "interface", RA_W_INTERFACE, false },
	{ "map", RA_W_MAP, false },           { "nil", RA_W_NULL, false },
	{ "package", RA_W_PACKAGE, false },   { "range", RA_W_RANGE, false },
	{ "return", RA_W_RETURN, false },     { "select", RA_W_SELECT, false },
	{ "struct", RA_W_STRUCT, false },     { "switch", RA_W_SWITCH, false },
	{ "true", RA_W_TRUE, false },         { "type", RA_W_TYPE, false },
	{ "var", RA_W_VAR, false },
};

static const struct operator operators[] = {
	{ "(", 1, RA_O_LPAREN },     { ")", 1, RA_O_RPAREN },     { "[", 1, RA_O_LBRACKET },
	{ "]", 1, RA_O_RBRACKET },   { "{", 1, RA_O_LBRACE },     { "}", 1, RA_O_RBRACE },
	{ ",", 1, RA_O_COMMA },      { ":=", 2, RA_O_DEFINE },    { ":", 1, RA_O_COLON },
	{ ";", 1, RA_O_SEMICOLON },  { "...", 3, RA_O_ELLIPSIS }, { ".", 1, RA_O_DOT },
	{ "++", 2, RA_O_INCREMENT }, { "+=", 2, RA_O_AUGMENT },   { "+", 1, RA_O_PLUS },
	{ "--", 2, RA_O_INCREMENT }, { "-=", 2, RA_O_AUGMENT },   { "-", 1, RA_O_MINUS },
	{ "*=", 2, RA_O_AUGMENT },   { "*", 1, RA_O_STAR },       { "/=", 2, RA_O_AUGMENT },
	{ "/", 1, RA_O_SLASH },      { "%=", 2, RA_O_AUGMENT },   { "%", 1, RA_O_PERCENT },
	{ "&^=", 3, RA_O_AUGMENT },  { "&^", 2, RA_O_AMP },       { "&&", 2, RA_W_AND },
	{ "&=", 2, RA_O_AUGMENT },   { "&", 1, RA_O_AMP },        { "||", 2, RA_W_OR },
	{ "|=", 2, RA_O_AUGMENT },   { "|", 1, RA_O_PIPE },       { "^=", 2, RA_O_AUGMENT },
	{ "^", 1, RA_O_CARET },      { "<<=", 3, RA_O_AUGMENT },  { "<<", 2, RA_O_SHL },
	{ "<=", 2, RA_O_LE },        { "<-", 2, RA_O_RECEIVE },   { "<", 1, RA_O_LT },
	{ ">>=", 3, RA_O_AUGMENT },  { ">>", 2, RA_O_SHR },       { ">=", 2, RA_O_GE },
	{ ">", 1, RA_O_GT },         { "==", 2, RA_O_EQ },        { "=", 1, RA_O_ASSIGN },
	{ "!=", 2, RA_O_NE },        { "!", 1, RA_W_NOT },        { "~", 1, RA_O_TILDE },
};

static bool ends_line(const struct ra_token *last)
{
	switch (last->kind) {
	case RA_T_NAME:
	case RA_T_NUMBER:
	case RA_T_STRING:
	case RA_T_BAD:
		return true;
	case RA_T_KEYWORD:
		return last->word == RA_W_RETURN || last->word == RA_W_BREAK ||
		       last->word == RA_W_CONTINUE || last->word == RA_W_FALLTHROUGH ||
		       last->word == RA_W_NULL || last->word == RA_W_TRUE ||
		       last->word == RA_W_FALSE;
	case RA_T_OP:
		return last->word == RA_O_RPAREN || last->word == RA_O_RBRACKET ||
		       last->word == RA_O_RBRACE || last->word == RA_O_INCREMENT;
	default:
		return false;
	}
}

static void lex_name(struct lexer *lexer)
{
	const char *to = past_name(lexer, lexer->at);
	const struct ra_keyword *keyword = NULL;

	if (last_word(lexer) != RA_O_DOT)
		keyword = ra_keyword_find(&lexer->keywords, lexer->at, (size_t)(to - lexer->at));
	emit(lexer, keyword ? RA_T_KEYWORD : RA_T_NAME, keyword ? keyword->word : RA_W_NONE, to);
}

/* 0x1.8p-3 is one number: behind 0x a dot and the sign of an exponent belong to it. */
static const char *past_hexadecimal(const struct lexer *lexer, const char *p)
{
	for (;;) {
		p = past_name(lexer, p);
		if (*p != '.' && !((*p == '+' || *p == '-') && (p[-1] | 0x20) == 'p'))
			return p;
		p++;
	}
}

static void lex_number(struct lexer *lexer)
{
	const char *p = lexer->at;

	if (p[0] == '0' && (p[1] | 0x20) == 'x')
		p = past_hexadecimal(lexer, p + 2);
	else
		p = ra_braces_past_number(lexer, p, true);
	emit(lexer, RA_T_NUMBER, RA_W_NONE, p);
}

static void lex_quote(struct lexer *lexer)
{
	char quote = *lexer->at;

	ra_braces_string(lexer, lexer->at + 1, quote,
			 quote == '`' ? STRING_LINES | STRING_RAW : 0);
}

static void lex_operator(struct lexer *lexer)
{
	if (*lexer->at == '.' && is_digit(lexer->at + 1))
		lex_number(lexer);
	else
		ra_lexer_operator(lexer);
}

static const struct dialect dialect = {
	.operators = operators,
	.n_operators = sizeof(operators) / sizeof(operators[0]),
	.ends_line = ends_line,
	.name = lex_name,
	.number = lex_number,
	.quote = lex_quote,
	.operator = lex_operator,
};

static void lex(struct ra_arena *arena, struct ra_tokens *out)
{
	struct lexer lexer;

	ra_braces_init(&lexer, arena, out, &dialect);
	run(&lexer, &dialect);
}

static const char *const never_returns[] = {
	"panic", "os.Exit", "log.Panic", "log.Panicf", "log.Panicln", "runtime.Goexit", "t.Skip",
	".Fatal", ".Fatalf", ".Fatalln", ".FailNow", ".FailNowf", ".SkipNow", ".Skipf",
	"require.Fail", NULL,
};

const struct ra_language ra_language_go = {
	.block_scoped = true,
	.typed = true,
	.comma_ok = true,
	.iteration = RA_ITERATION_STEADY,
	.tests_race = true,
	.marks_exports = true,
	.never_returns = never_returns,
	.keywords = keywords,
	.n_keywords = sizeof(keywords) / sizeof(keywords[0]),
	.lex = lex,
};
