/*
 * JavaScript and TypeScript -> tokens. A slash is a regular expression where an operand may
 * begin, a `<` an element of JSX there; both are asked of the tokens before, so brackets remember
 * what they were: the head of a statement, a block, an object. Where lines end statements is the
 * grammar's to say.
 *
 * Words that are keywords only in their place stay names that carry their word, but for `await`,
 * which what follows it settles. A new keyword or operator is a row.
 */
#include "core/lex/javascript.h"

/* What a bracket was, by the token before it. */
enum mark { MARK_NONE, MARK_HEAD /* of if, for, while, with */, MARK_BLOCK, MARK_OBJECT };

/* In order of text. */
static const struct ra_keyword keywords[] = {
	{ "abstract", RA_W_MODIFIER, true },  { "as", RA_W_AS, true },
	{ "asserts", RA_W_ASSERTS, true },    { "async", RA_W_ASYNC, true },
	{ "await", RA_W_AWAIT, false },       { "break", RA_W_BREAK, false },
	{ "case", RA_W_CASE, false },         { "catch", RA_W_EXCEPT, false },
	{ "class", RA_W_CLASS, false },       { "const", RA_W_CONST, false },
	{ "continue", RA_W_CONTINUE, false }, { "debugger", RA_W_PASS, false },
	{ "declare", RA_W_MODIFIER, true },   { "default", RA_W_DEFAULT, false },
	{ "delete", RA_W_DEL, false },        { "do", RA_W_DO, false },
	{ "else", RA_W_ELSE, false },         { "enum", RA_W_ENUM, false },
	{ "export", RA_W_EXPORT, false },     { "extends", RA_W_EXTENDS, false },
	{ "false", RA_W_FALSE, false },       { "finally", RA_W_FINALLY, false },
	{ "for", RA_W_FOR, false },           { "from", RA_W_FROM, true },
	{ "function", RA_W_DEF, false },      { "get", RA_W_ACCESSOR, true },
	{ "if", RA_W_IF, false },             { "implements", RA_W_IMPLEMENTS, true },
	{ "import", RA_W_IMPORT, false },     { "in", RA_W_IN, false },
	{ "infer", RA_W_INFER, true },        { "instanceof", RA_W_IS, false },
	{ "interface", RA_W_INTERFACE, true }, { "is", RA_W_IS, true },
	{ "keyof", RA_W_KEYOF, true },        { "let", RA_W_LET, false },
	{ "module", RA_W_MODULE, true },      { "namespace", RA_W_MODULE, true },
	{ "new", RA_W_NEW, false },           { "null", RA_W_NULL, false },
	{ "of", RA_W_OF, true },              { "override", RA_W_MODIFIER, true },
	{ "private", RA_W_MODIFIER, true },   { "protected", RA_W_MODIFIER, true },
	{ "public", RA_W_MODIFIER, true },    { "readonly", RA_W_MODIFIER, true },
	{ "return", RA_W_RETURN, false },     { "satisfies", RA_W_SATISFIES, true },
	{ "set", RA_W_ACCESSOR, true },       { "static", RA_W_STATIC, true },
	{ "switch", RA_W_SWITCH, false },     { "throw", RA_W_RAISE, false },
	{ "true", RA_W_TRUE, false },         { "try", RA_W_TRY, false },
	{ "type", RA_W_TYPE, true },          { "typeof", RA_W_TYPEOF, false },
	{ "undefined", RA_W_NULL, false },    { "using", RA_W_USE, true },
	{ "var", RA_W_VAR, false },           { "void", RA_W_VOID, false },
	{ "while", RA_W_WHILE, false },       { "with", RA_W_WITH, false },
	{ "yield", RA_W_YIELD, false },
};

static const struct operator operators[] = {
	{ "(", 1, RA_O_LPAREN },     { ")", 1, RA_O_RPAREN },     { "[", 1, RA_O_LBRACKET },
	{ "]", 1, RA_O_RBRACKET },   { "{", 1, RA_O_LBRACE },     { "}", 1, RA_O_RBRACE },
	{ ",", 1, RA_O_COMMA },      { ":", 1, RA_O_COLON },      { ";", 1, RA_O_SEMICOLON },
	{ "...", 3, RA_O_ELLIPSIS }, { ".", 1, RA_O_DOT },        { "++", 2, RA_O_INCREMENT },
	{ "+=", 2, RA_O_AUGMENT },   { "+", 1, RA_O_PLUS },       { "--", 2, RA_O_INCREMENT },
	{ "-=", 2, RA_O_AUGMENT },   { "-", 1, RA_O_MINUS },      { "**=", 3, RA_O_AUGMENT },
	{ "**", 2, RA_O_POWER },     { "*=", 2, RA_O_AUGMENT },   { "*", 1, RA_O_STAR },
	{ "/=", 2, RA_O_AUGMENT },   { "/", 1, RA_O_SLASH },      { "%=", 2, RA_O_AUGMENT },
	{ "%", 1, RA_O_PERCENT },    { "&&=", 3, RA_O_LOGICAL },  { "&&", 2, RA_W_AND },
	{ "&=", 2, RA_O_AUGMENT },   { "&", 1, RA_O_AMP },        { "||=", 3, RA_O_LOGICAL },
	{ "||", 2, RA_W_OR },        { "|=", 2, RA_O_AUGMENT },   { "|", 1, RA_O_PIPE },
	{ "^=", 2, RA_O_AUGMENT },   { "^", 1, RA_O_CARET },      { "<<=", 3, RA_O_AUGMENT },
	{ "<<", 2, RA_O_SHL },       { "<=", 2, RA_O_LE },        { "<", 1, RA_O_LT },
	{ ">>>=", 4, RA_O_AUGMENT }, { ">>>", 3, RA_O_SHR },      { ">>=", 3, RA_O_AUGMENT },
	{ ">>", 2, RA_O_SHR },       { ">=", 2, RA_O_GE },        { ">", 1, RA_O_GT },
	{ "===", 3, RA_O_EQ },       { "==", 2, RA_O_EQ },        { "=>", 2, RA_O_FAT_ARROW },
	{ "=", 1, RA_O_ASSIGN },     { "!==", 3, RA_O_NE },       { "!=", 2, RA_O_NE },
	{ "!", 1, RA_W_NOT },        { "?\?=", 3, RA_O_LOGICAL }, { "?\?", 2, RA_O_COALESCE },
	{ "?.", 2, RA_O_OPTIONAL },  { "?", 1, RA_O_QUESTION },   { "@", 1, RA_O_AT },
	{ "#", 1, RA_O_HASH },       { "~", 1, RA_O_TILDE },
};

static bool begins_name(const struct lexer *lexer, const char *p)
{
	return class_of(lexer, p) == C_NAME || class_of(lexer, p) == C_WIDE;
}

/* -- what stood before --------------------------------------------------------------------- */

/* `of` between a name or pattern and what is iterated, in the head of a `for`. */
static bool is_infix_of(const struct lexer *lexer, size_t i)
{
	const struct ra_token *before = i ? &lexer->out->list.v[i - 1] : NULL;

	return before && lexer->out->list.v[i].word == RA_W_OF &&
	       (before->kind == RA_T_NAME || before->word == RA_O_RBRACKET ||
		before->word == RA_O_RBRACE);
}

/* Does an operand end with the last token, so that a slash divides? */
static bool ends_operand(const struct lexer *lexer)
{
	size_t i = lexer->out->list.n;
	const struct ra_token *token = last_token(lexer);

	/* `x!` in TypeScript ends what `x` ends; a `!` that begins a line does not */
	for (; i > 1 && token->word == RA_W_NOT && token[-1].line == token->line; i--)
		token--;
	if (!token)
		return false;
	switch (token->kind) {
	case RA_T_KEYWORD:
		return token->word == RA_W_NULL || token->word == RA_W_TRUE ||
		       token->word == RA_W_FALSE;
	case RA_T_NAME:
		return !is_infix_of(lexer, i - 1);
	case RA_T_OP:
		return token->word == RA_O_RBRACKET || token->word == RA_O_INCREMENT ||
		       (token->word == RA_O_RPAREN && lexer->closed.mark != MARK_HEAD) ||
		       (token->word == RA_O_RBRACE && lexer->closed.mark == MARK_OBJECT);
	default:
		return token->kind != RA_T_INTERP_OPEN;
	}
}

static enum mark mark_of_paren(const struct lexer *lexer)
{
	switch (last_word(lexer)) {
	case RA_W_IF:
	case RA_W_FOR:
	case RA_W_WHILE:
	case RA_W_WITH:
		return MARK_HEAD;
	case RA_W_AWAIT: /* for await (..) */
		return lexer->out->list.n > 1 &&
		       lexer->out->list.v[lexer->out->list.n - 2].word == RA_W_FOR ? MARK_HEAD
										   : MARK_NONE;
	default:
		return MARK_NONE;
	}
}

/* What `{` opens: by a word or operator that wants an operand, an object; else a block. */
static enum mark mark_of_brace(struct lexer *lexer)
{
	const struct ra_token *last = last_token(lexer);

	if (!last || (last->kind != RA_T_KEYWORD && last->kind != RA_T_OP))
		return last && last->kind == RA_T_INTERP_OPEN ? MARK_OBJECT : MARK_BLOCK;
	switch (last->word) {
	case RA_W_ELSE:
	case RA_W_DO:
	case RA_W_TRY:
	case RA_W_EXCEPT:
	case RA_W_FINALLY:
	case RA_W_CLASS:
	case RA_W_VOID: /* the type of a result */
	case RA_W_NULL:
	case RA_W_TRUE:
	case RA_W_FALSE:
	case RA_O_RPAREN:
	case RA_O_RBRACKET:
	case RA_O_LBRACE:
	case RA_O_RBRACE:
	case RA_O_SEMICOLON:
	case RA_O_FAT_ARROW:
	case RA_O_GT:
	case RA_O_SHR:
		return MARK_BLOCK;
	case RA_O_COLON: /* case 1: {..}, or a value */
		return !top(lexer) || top(lexer)->mark == MARK_BLOCK ? MARK_BLOCK : MARK_OBJECT;
	default:
		return MARK_OBJECT;
	}
}

static bool begins_element(struct lexer *lexer)
{
	enum ra_word before = last_word(lexer);

	return lexer->markup && before != RA_O_RPAREN && before != RA_O_RBRACE &&
	       before != RA_O_LT && before != RA_O_GT && before != RA_W_NEW &&
	       !ends_operand(lexer) && ra_js_is_element(lexer, lexer->at);
}

/* -- names, numbers, strings --------------------------------------------------------------- */

/* `await` is a name where nothing follows that begins an operand. */
static bool takes_operand(const struct lexer *lexer, const char *p)
{
	while (class_of(lexer, p) == C_BLANK || is_newline(lexer, p))
		p++;
	return p < lexer->end && !strchr("=,;)]}.?:*%&|^>", *p) && last_word(lexer) != RA_W_DEF;
}

static void lex_name(struct lexer *lexer)
{
	const char *p = lexer->at, *to = past_name(lexer, p);
	enum ra_word before = last_word(lexer);
	const struct ra_keyword *keyword = NULL;

	if (before != RA_O_DOT && before != RA_O_OPTIONAL)
		keyword = ra_keyword_find(&lexer->keywords, p, (size_t)(to - p));
	if (keyword && keyword->word == RA_W_AWAIT && !takes_operand(lexer, to))
		keyword = NULL;
	emit(lexer, keyword && !keyword->soft ? RA_T_KEYWORD : RA_T_NAME,
	     keyword ? keyword->word : RA_W_NONE, to);
}

static void lex_number(struct lexer *lexer)
{
	emit(lexer, RA_T_NUMBER, RA_W_NONE, ra_braces_past_number(lexer, lexer->at, true));
}

static void lex_quote(struct lexer *lexer)
{
	if (*lexer->at == '`')
		ra_js_template(lexer);
	else
		ra_braces_string(lexer, lexer->at + 1, *lexer->at, 0);
}

/*
 * Behind the regular expression at `p`, or NULL when its line holds no second slash. A line that
 * failed so is not scanned again.
 */
static const char *past_regex(struct lexer *lexer, const char *p)
{
	bool in_class = false;

	if (p < lexer->no_regex_before)
		return NULL;
	for (p++; *p != '/' || in_class; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '[')
			in_class = true;
		else if (*p == ']')
			in_class = false;
		if (p >= lexer->end || is_newline(lexer, p)) {
			lexer->no_regex_before = p;
			return NULL;
		}
	}
	return past_name(lexer, p + 1);
}

/* -- operators ----------------------------------------------------------------------------- */

static void lex_slash(struct lexer *lexer)
{
	const char *to = ends_operand(lexer) ? NULL : past_regex(lexer, lexer->at);

	if (to)
		emit(lexer, RA_T_STRING, RA_W_NONE, to);
	else
		ra_lexer_operator(lexer);
}

static void lex_open(struct lexer *lexer)
{
	enum mark mark = *lexer->at == '(' ? mark_of_paren(lexer) : mark_of_brace(lexer);

	ra_lexer_operator(lexer);
	top(lexer)->mark = mark;
}

static void lex_close(struct lexer *lexer)
{
	ra_lexer_operator(lexer);
	if (lexer->closed.kind == FRAME_HOLE)
		ra_js_text(lexer);
}

static void lex_operator(struct lexer *lexer)
{
	const char *p = lexer->at;

	switch (*p) {
	case '/':
		lex_slash(lexer);
		break;
	case '(':
	case '{':
		lex_open(lexer);
		break;
	case '}':
		lex_close(lexer);
		break;
	case '<':
		if (begins_element(lexer))
			ra_js_element(lexer);
		else
			ra_lexer_operator(lexer);
		break;
	case '.':
		if (is_digit(p + 1))
			lex_number(lexer);
		else
			ra_lexer_operator(lexer);
		break;
	case '?':
		if (p[1] == '.' && is_digit(p + 2))
			emit(lexer, RA_T_OP, RA_O_QUESTION, p + 1);
		else
			ra_lexer_operator(lexer);
		break;
	case '#':
		if (begins_name(lexer, p + 1))
			emit(lexer, RA_T_NAME, RA_W_NONE, past_name(lexer, p + 1));
		else
			ra_lexer_operator(lexer);
		break;
	default:
		ra_lexer_operator(lexer);
	}
}

static const struct dialect dialect = {
	.operators = operators,
	.n_operators = sizeof(operators) / sizeof(operators[0]),
	.name = lex_name,
	.number = lex_number,
	.quote = lex_quote,
	.operator = lex_operator,
};

static void lex(struct ra_arena *arena, struct ra_tokens *out)
{
	struct lexer lexer;

	ra_braces_init(&lexer, arena, out, &dialect);
	lexer.no_regex_before = lexer.text;
	lexer.class['$'] = C_NAME;
	lexer.class['\\'] = C_WIDE; /* \u0061 in a name */
	lexer.markup = out->source->lang == RA_LANG_JAVASCRIPT ||
		       ra_str_ends(out->source->path, RA_STR(".tsx"));
	ra_braces_hashbang(&lexer);
	run(&lexer, &dialect);
}

static const char *const never_returns[] = { "process.exit", "process.abort", NULL };

const struct ra_language ra_language_javascript = {
	.soft_keywords = true,
	.block_scoped = true,
	.iteration = RA_ITERATION_SKIPS,
	.tests_by_call = true,
	.promises = true,
	.line_end = RA_LINE_END_EITHER,
	.global_objects = true,
	.marks_exports = true,
	.never_returns = never_returns,
	.receiver = "this",
	.keywords = keywords,
	.n_keywords = sizeof(keywords) / sizeof(keywords[0]),
	.lex = lex,
};
