/*
 * Python 2.7 to 3.15 -> tokens. One loop over a table of byte classes.
 *
 * Old and new Python do not agree on which words are keywords. `async` and `await` are settled by
 * the token that follows them; the other soft words stay names that carry their word, for the
 * shape builder, which sees whether a statement begins there.
 *
 * A new keyword or operator is a row; a new string prefix is a letter in ra_python_is_prefix.
 */
#include "core/lex/python.h"

enum { TAB_WIDTH = 8 };

/* -- tables -------------------------------------------------------------------------------- */

/* In order of text. */
static const struct ra_keyword keywords[] = {
	{ "False", RA_W_FALSE, false },       { "None", RA_W_NULL, false },
	{ "True", RA_W_TRUE, false },         { "and", RA_W_AND, false },
	{ "as", RA_W_AS, false },             { "assert", RA_W_ASSERT, false },
	{ "async", RA_W_ASYNC, true },        { "await", RA_W_AWAIT, true },
	{ "break", RA_W_BREAK, false },       { "case", RA_W_CASE, true },
	{ "class", RA_W_CLASS, false },       { "continue", RA_W_CONTINUE, false },
	{ "def", RA_W_DEF, false },           { "del", RA_W_DEL, false },
	{ "elif", RA_W_ELIF, false },         { "else", RA_W_ELSE, false },
	{ "except", RA_W_EXCEPT, false },     { "exec", RA_W_EXEC, true },
	{ "finally", RA_W_FINALLY, false },   { "for", RA_W_FOR, false },
	{ "from", RA_W_FROM, false },         { "global", RA_W_GLOBAL, false },
	{ "if", RA_W_IF, false },             { "import", RA_W_IMPORT, false },
	{ "in", RA_W_IN, false },             { "is", RA_W_IS, false },
	{ "lambda", RA_W_LAMBDA, false },     { "lazy", RA_W_LAZY, true },
	{ "match", RA_W_MATCH, true },        { "nonlocal", RA_W_NONLOCAL, false },
	{ "not", RA_W_NOT, false },           { "or", RA_W_OR, false },
	{ "pass", RA_W_PASS, false },         { "print", RA_W_PRINT, true },
	{ "raise", RA_W_RAISE, false },       { "return", RA_W_RETURN, false },
	{ "try", RA_W_TRY, false },           { "type", RA_W_TYPE, true },
	{ "while", RA_W_WHILE, false },       { "with", RA_W_WITH, false },
	{ "yield", RA_W_YIELD, false },
};

static const struct ra_mark marks[] = {
	{ "staticmethod", RA_METHOD_STATIC, false },
	{ "abstractstaticmethod", RA_METHOD_STATIC, false },
	{ "classmethod", RA_METHOD_CLASS, false },
	{ "abstractclassmethod", RA_METHOD_CLASS, false },
	{ "__new__", RA_METHOD_CLASS, true },
	{ "__init_subclass__", RA_METHOD_CLASS, true },
	{ "__class_getitem__", RA_METHOD_CLASS, true },
	{ "property", RA_METHOD_PROPERTY, false },
	{ "abstractproperty", RA_METHOD_PROPERTY, false },
	{ "cached_property", RA_METHOD_PROPERTY, false },
	{ "getter", RA_METHOD_PROPERTY, false },
	{ "setter", RA_METHOD_PROPERTY, false },
	{ "deleter", RA_METHOD_PROPERTY, false },
};

/* Those with one first byte stand together, the longest first. */
static const struct operator operators[] = {
	{ "(", 1, RA_O_LPAREN },    { ")", 1, RA_O_RPAREN },    { "[", 1, RA_O_LBRACKET },
	{ "]", 1, RA_O_RBRACKET },  { "{", 1, RA_O_LBRACE },    { "}", 1, RA_O_RBRACE },
	{ ",", 1, RA_O_COMMA },     { ":=", 2, RA_O_WALRUS },   { ":", 1, RA_O_COLON },
	{ ";", 1, RA_O_SEMICOLON }, { "...", 3, RA_O_ELLIPSIS }, { ".", 1, RA_O_DOT },
	{ "@=", 2, RA_O_AUGMENT },  { "@", 1, RA_O_AT },        { "->", 2, RA_O_ARROW },
	{ "-=", 2, RA_O_AUGMENT },  { "-", 1, RA_O_MINUS },     { "==", 2, RA_O_EQ },
	{ "=", 1, RA_O_ASSIGN },    { "+=", 2, RA_O_AUGMENT },  { "+", 1, RA_O_PLUS },
	{ "**=", 3, RA_O_AUGMENT }, { "**", 2, RA_O_POWER },    { "*=", 2, RA_O_AUGMENT },
	{ "*", 1, RA_O_STAR },      { "//=", 3, RA_O_AUGMENT }, { "//", 2, RA_O_FLOOR },
	{ "/=", 2, RA_O_AUGMENT },  { "/", 1, RA_O_SLASH },     { "%=", 2, RA_O_AUGMENT },
	{ "%", 1, RA_O_PERCENT },   { "&=", 2, RA_O_AUGMENT },  { "&", 1, RA_O_AMP },
	{ "|=", 2, RA_O_AUGMENT },  { "|", 1, RA_O_PIPE },      { "^=", 2, RA_O_AUGMENT },
	{ "^", 1, RA_O_CARET },     { "~", 1, RA_O_TILDE },     { "<<=", 3, RA_O_AUGMENT },
	{ "<<", 2, RA_O_SHL },      { "<=", 2, RA_O_LE },       { "<>", 2, RA_O_NE },
	{ "<", 1, RA_O_LT },        { ">>=", 3, RA_O_AUGMENT }, { ">>", 2, RA_O_SHR },
	{ ">=", 2, RA_O_GE },       { ">", 1, RA_O_GT },        { "!=", 2, RA_O_NE },
	{ "`", 1, RA_O_BACKTICK },
};

enum { /* short, for the table below */
	S = C_BLANK, L = C_NEWLINE, N = C_NAME, D = C_DIGIT, Q = C_QUOTE, H = C_HASH, O = C_OP,
	J = C_JOIN
};

/* Bytes over 0x7f are letters: an identifier may hold them, and telling which needs Unicode. */
const uint8_t ra_python_class[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, S, L, 0, S, L, 0, 0, /* 0x00 */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
	S, O, Q, H, 0, O, O, Q, O, O, O, O, O, O, O, O, /* 0x20 */
	D, D, D, D, D, D, D, D, D, D, O, O, O, O, O, 0, /* 0x30 */
	O, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0x40 */
	N, N, N, N, N, N, N, N, N, N, N, O, J, O, O, N, /* 0x50 */
	O, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0x60 */
	N, N, N, N, N, N, N, N, N, N, N, O, O, O, O, 0, /* 0x70 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0x80 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0x90 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0xa0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0xb0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0xc0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0xd0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0xe0 */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 0xf0 */
};

/* `await` as a name is followed by what cannot begin an operand. */
static bool begins_operand(enum ra_token_kind kind, enum ra_word word)
{
	switch (kind) {
	case RA_T_NAME:
	case RA_T_NUMBER:
	case RA_T_STRING:
	case RA_T_STRING_OPEN:
	case RA_T_BAD:
		return true;
	case RA_T_KEYWORD:
		return word == RA_W_LAMBDA || word == RA_W_YIELD || word == RA_W_NULL ||
		       word == RA_W_TRUE || word == RA_W_FALSE;
	case RA_T_OP:
		return word == RA_O_LPAREN || word == RA_O_LBRACKET || word == RA_O_LBRACE ||
		       word == RA_O_ELLIPSIS;
	default:
		return false;
	}
}

/* `await` and `async` become keywords or names by the token that follows them, once it is there. */
static void settle(struct lexer *lexer)
{
	const struct ra_token *next = &lexer->out->list.v[lexer->unsettled];
	struct ra_token *soft;
	bool keyword;

	if (!lexer->unsettled || lexer->unsettled >= lexer->out->list.n)
		return;
	soft = &lexer->out->list.v[lexer->unsettled - 1];
	keyword = soft->word == RA_W_AWAIT ? begins_operand(next->kind, next->word)
					   : next->kind == RA_T_KEYWORD &&
					     (next->word == RA_W_DEF || next->word == RA_W_FOR ||
					      next->word == RA_W_WITH);
	lexer->unsettled = 0;
	if (keyword)
		soft->kind = RA_T_KEYWORD;
	else
		soft->word = RA_W_NONE;
}

/* -- names, numbers, operators ------------------------------------------------------------- */

static const char *past_name(const char *p)
{
	while (is_name_byte(p))
		p++;
	return p;
}

static void lex_name(struct lexer *lexer)
{
	const char *from = lexer->at, *to = past_name(from);
	const struct ra_keyword *keyword;
	enum ra_word before = last_word(lexer);

	if (to - from <= 2 && ra_python_class[byte(to)] == C_QUOTE &&
	    ra_python_is_prefix(from, to)) {
		ra_python_string(lexer, to);
		return;
	}
	keyword = ra_keyword_find(&lexer->keywords, from, (size_t)(to - from));
	if (keyword && (before == RA_O_DOT || (keyword->soft && before == RA_W_DEF)) &&
	    keyword->word != RA_W_IMPORT)
		keyword = NULL;
	emit(lexer, keyword && !keyword->soft ? RA_T_KEYWORD : RA_T_NAME,
	     keyword ? keyword->word : RA_W_NONE, to);
	settle(lexer);
	if (keyword && (keyword->word == RA_W_ASYNC || keyword->word == RA_W_AWAIT))
		lexer->unsettled = (uint32_t)lexer->out->list.n;
}

static const char *past_digits(const char *p)
{
	while (is_digit(p) || (*p == '_' && is_digit(p + 1)))
		p++;
	return p;
}

/* Behind 0x1F, 0o17, 0b10; NULL when that is not what stands at `p`. */
static const char *past_radix(const char *p)
{
	char radix = (char)(p[1] | 0x20);
	const char *digits = radix == 'x' ? "0123456789abcdefABCDEF_" : "01234567_";
	const char *from = p + 2;

	if (p[0] != '0' || (radix != 'x' && radix != 'o' && radix != 'b'))
		return NULL;
	for (p = from; *p && strchr(digits, *p); p++)
		;
	return p > from ? p : NULL;
}

static const char *past_decimal(const char *p)
{
	p = past_digits(p);
	if (*p == '.')
		p = past_digits(p + 1);
	if ((*p | 0x20) == 'e' &&
	    (is_digit(p + 1) || ((p[1] == '+' || p[1] == '-') && is_digit(p + 2))))
		p = past_digits(p + 2);
	return p;
}

static void lex_number(struct lexer *lexer)
{
	const char *p = past_radix(lexer->at);

	if (!p)
		p = past_decimal(lexer->at);
	if (*p && strchr("jJlL", *p))
		p++;
	emit(lexer, RA_T_NUMBER, RA_W_NONE, p);
}

static void open_format(struct lexer *lexer)
{
	struct frame format = lexer->frames.v[lexer->frames.n - 2];

	format.kind = FRAME_FORMAT;
	push(lexer, format);
	ra_python_text(lexer, RA_T_STRING_PART, lexer->at + 1);
}

static void lex_operator(struct lexer *lexer)
{
	const char *p = lexer->at;
	bool hole = lexer->frames.n && top(lexer)->kind == FRAME_HOLE;

	if (*p == '.' && is_digit(p + 1))
		lex_number(lexer);
	else if (hole && *p == ':')
		open_format(lexer);
	else if (hole && *p == '!' && p[1] != '=')
		emit(lexer, RA_T_STRING_PART, RA_W_NONE, past_name(p + 1));
	else
		ra_lexer_operator(lexer);
}

/* -- lines --------------------------------------------------------------------------------- */

static void lex_comment(struct lexer *lexer)
{
	const struct ra_token *last = last_token(lexer);
	uint32_t start = (uint32_t)(lexer->line_start - lexer->text);
	const char *p = lexer->at;

	while (p < lexer->end && ra_python_class[byte(p)] != C_NEWLINE)
		p++;
	*ra_vec_push(lexer->arena, &lexer->out->comments) = (struct ra_comment){
		.at = (uint32_t)(lexer->at - lexer->text),
		.len = (uint32_t)(p - lexer->at),
		.line = lexer->line,
		.own_line = !last || last->at + last->len <= start,
	};
	lexer->at = p;
}

/* Statements that no expression can hold: at the start of a line, a bracket was left open. */
static bool begins_statement(enum ra_word word)
{
	switch (word) {
	case RA_W_DEF:
	case RA_W_CLASS:
	case RA_W_IMPORT:
	case RA_W_WHILE:
	case RA_W_TRY:
	case RA_W_EXCEPT:
	case RA_W_FINALLY:
	case RA_W_WITH:
	case RA_W_RETURN:
	case RA_W_RAISE:
	case RA_W_ELIF:
	case RA_W_PASS:
	case RA_W_BREAK:
	case RA_W_CONTINUE:
	case RA_W_DEL:
	case RA_W_ASSERT:
	case RA_W_GLOBAL:
		return true;
	default:
		return false;
	}
}

static bool line_begins_statement(const struct lexer *lexer)
{
	const char *from = past_blanks(lexer, lexer->at), *to = past_name(from);
	const struct ra_keyword *keyword;

	keyword = ra_keyword_find(&lexer->keywords, from, (size_t)(to - from));
	if (keyword && keyword->word == RA_W_ASYNC) {
		from = past_blanks(lexer, to);
		to = past_name(from);
		keyword = ra_keyword_find(&lexer->keywords, from, (size_t)(to - from));
	}
	return keyword && begins_statement(keyword->word);
}

static void lex_newline(struct lexer *lexer)
{
	const char *from = lexer->at;
	uint32_t line = lexer->line;

	lexer->at = past_newline(lexer, from);
	if (lexer->frames.n) {
		if (!line_begins_statement(lexer))
			return;
		lexer->at = from;
		note(lexer, "unterminated bracket");
		ra_lexer_close_frames(lexer, 0);
		lexer->at = lexer->line_start;
	}
	emit_at(lexer, RA_T_NEWLINE, RA_W_NONE, from, lexer->at, line);
	lexer->fresh = true;
}

static void lex_join(struct lexer *lexer)
{
	if (!is_newline(lexer, lexer->at + 1)) {
		ra_lexer_bad(lexer);
		return;
	}
	lexer->at = past_newline(lexer, lexer->at + 1);
}

/*
 * Open or close blocks for a line that begins at `column`. A line that falls between two levels
 * is an error in Python; it is taken for the inner one, which continues at the new column.
 */
static void indent_to(struct lexer *lexer, uint32_t column)
{
	size_t n = lexer->indents.n;

	if (column > (n ? lexer->indents.v[n - 1] : 0)) {
		*ra_vec_push(lexer->arena, &lexer->indents) = column;
		emit(lexer, RA_T_OPEN, RA_W_NONE, lexer->at);
		return;
	}
	for (; n && column < lexer->indents.v[n - 1]; n--) {
		if (column > (n > 1 ? lexer->indents.v[n - 2] : 0)) {
			note(lexer, "inconsistent dedent");
			lexer->indents.v[n - 1] = column;
			break;
		}
		emit(lexer, RA_T_CLOSE, RA_W_NONE, lexer->at);
	}
	lexer->indents.n = n;
}

/*
 * Past the white space at the start of a line; its width into `*column`. Lines that a backslash
 * joins before the first word count as one, as wide as the first that is not empty.
 */
static const char *past_indentation(struct lexer *lexer, uint32_t *column)
{
	const char *p = lexer->at;
	uint32_t width = 0, joined = 0;

	for (;; p++) {
		if (*p == ' ') {
			width++;
		} else if (*p == '\t') {
			width = (width / TAB_WIDTH + 1) * TAB_WIDTH;
		} else if (*p == '\f') {
			width = 0;
		} else if (*p == '\\' && is_newline(lexer, p + 1)) {
			joined = joined ? joined : width;
			p = past_newline(lexer, p + 1) - 1;
			width = 0;
		} else {
			*column = joined ? joined : width;
			return p;
		}
	}
}

/* The start of a logical line; a line of white space or a comment is none. */
static void begin_line(struct lexer *lexer)
{
	uint32_t column;

	lexer->at = past_indentation(lexer, &column);
	if (lexer->at >= lexer->end)
		return;
	switch (ra_python_class[byte(lexer->at)]) {
	case C_NEWLINE:
		lexer->at = past_newline(lexer, lexer->at);
		break;
	case C_HASH:
		lex_comment(lexer);
		break;
	default:
		indent_to(lexer, column);
		lexer->fresh = false;
	}
}

static void lex_code(struct lexer *lexer)
{
	switch (ra_python_class[byte(lexer->at)]) {
	case C_BLANK:
		lexer->at = past_blanks(lexer, lexer->at);
		break;
	case C_NEWLINE:
		lex_newline(lexer);
		break;
	case C_NAME:
		lex_name(lexer);
		break;
	case C_DIGIT:
		lex_number(lexer);
		break;
	case C_QUOTE:
		ra_python_string(lexer, lexer->at);
		break;
	case C_HASH:
		lex_comment(lexer);
		break;
	case C_OP:
		lex_operator(lexer);
		break;
	case C_JOIN:
		lex_join(lexer);
		break;
	default:
		ra_lexer_bad(lexer);
	}
}

/* Close what the end of the text leaves open. The last line may lack its newline. */
static void finish(struct lexer *lexer)
{
	if (lexer->line > lexer->out->source->lines && lexer->line > 1)
		lexer->line--;
	ra_lexer_close(lexer);
	if (!lexer->fresh)
		emit(lexer, RA_T_NEWLINE, RA_W_NONE, lexer->at);
	indent_to(lexer, 0);
	emit(lexer, RA_T_END, RA_W_NONE, lexer->at);
	settle(lexer);
}

static void lex(struct ra_arena *arena, struct ra_tokens *out)
{
	struct lexer lexer;

	ra_lexer_init(&lexer, arena, out, operators, sizeof(operators) / sizeof(operators[0]),
		      ra_python_class);
	lexer.fresh = true;
	while (lexer.at < lexer.end) {
		settle(&lexer);
		if (!is_code(top(&lexer)))
			ra_python_text(&lexer, RA_T_STRING_PART, lexer.at);
		else if (lexer.fresh)
			begin_line(&lexer);
		else
			lex_code(&lexer);
	}
	finish(&lexer);
}

const struct ra_language ra_language_python = {
	.indented = true,
	.soft_keywords = true,
	.first_parameter = "self",
	.keywords = keywords,
	.n_keywords = sizeof(keywords) / sizeof(keywords[0]),
	.marks = marks,
	.n_marks = sizeof(marks) / sizeof(marks[0]),
	.lex = lex,
};
