/*
 * lexer: the moves that all lexers make: operators by longest match, brackets, the end of a text.
 */
#include "core/lex/lexer.h"

enum { BRACKET_REACH = 64 /* open brackets that one of another kind may close with itself */ };

void ra_lexer_init(struct lexer *lexer, struct ra_arena *arena, struct ra_tokens *out,
		   const struct operator *operators, size_t n_operators, const uint8_t *class)
{
	struct ra_str text = out->source->text;

	*lexer = (struct lexer){
		.arena = arena, .out = out, .text = text.ptr, .at = text.ptr,
		.end = text.ptr + text.len, .line_start = text.ptr, .line = 1,
		.operators = operators, .n_operators = n_operators,
	};
	memcpy(lexer->class, class, sizeof(lexer->class));
	ra_keyword_index_init(&lexer->keywords, out->language);
	for (size_t row = n_operators; row > 0; row--)
		lexer->operator_from[byte(operators[row - 1].text)] = (uint8_t)row;
	/* Dense code has a token in four bytes; what is not filled is not touched. */
	out->list.cap = text.len / 4 + 16;
	out->list.v = ra_new_array(arena, struct ra_token, out->list.cap);
}

/* By longest match. */
static const struct operator *find_operator(const struct lexer *lexer, const char *p)
{
	const struct operator *end = lexer->operators + lexer->n_operators, *row;
	unsigned from = lexer->operator_from[byte(p) & 127];

	for (row = lexer->operators + from - 1; from && row < end && row->text[0] == *p; row++) {
		unsigned same = 1;

		while (same < row->len && row->text[same] == p[same])
			same++;
		if (same == row->len)
			return row;
	}
	return NULL;
}

void ra_lexer_bad(struct lexer *lexer)
{
	note(lexer, "unexpected character");
	emit(lexer, RA_T_BAD, RA_W_NONE, lexer->at + 1);
}

void ra_lexer_close_frames(struct lexer *lexer, size_t n)
{
	while (lexer->frames.n > n) {
		struct frame closed = *top(lexer);

		pop(lexer);
		if (closed.kind == FRAME_TEXT)
			emit(lexer, RA_T_STRING_CLOSE, RA_W_NONE, lexer->at);
		if (closed.kind == FRAME_HOLE)
			emit(lexer, RA_T_INTERP_CLOSE, RA_W_NONE, lexer->at);
	}
}

/* Close the innermost bracket of this kind, unless it lies outside the hole we are in. */
static void close_bracket(struct lexer *lexer, char bracket)
{
	size_t n = lexer->frames.n, least = n > BRACKET_REACH ? n - BRACKET_REACH : 0;

	lexer->closed = (struct frame){ .kind = FRAME_BRACKET };
	while (n > least && lexer->frames.v[n - 1].kind == FRAME_BRACKET &&
	       lexer->frames.v[n - 1].quote != bracket)
		n--;
	if (!n || lexer->frames.v[n - 1].quote != bracket) {
		note(lexer, "unmatched bracket");
		return;
	}
	if (n < lexer->frames.n)
		note(lexer, "unmatched bracket");
	ra_lexer_close_frames(lexer, n);
	lexer->closed = *top(lexer);
	pop(lexer);
}

void ra_lexer_operator(struct lexer *lexer)
{
	const char *p = lexer->at;
	const struct operator *op = find_operator(lexer, p);

	if (!op) {
		ra_lexer_bad(lexer);
		return;
	}
	switch (op->word) {
	case RA_O_LPAREN:
	case RA_O_LBRACKET:
	case RA_O_LBRACE:
		emit(lexer, RA_T_OP, op->word, p + 1);
		push(lexer, (struct frame){ .kind = FRAME_BRACKET,
					    .quote = *p == '(' ? ')' : *p == '[' ? ']' : '}' });
		break;
	case RA_O_RPAREN:
	case RA_O_RBRACKET:
	case RA_O_RBRACE:
		close_bracket(lexer, *p);
		if (lexer->closed.kind == FRAME_HOLE)
			emit(lexer, RA_T_INTERP_CLOSE, RA_W_NONE, p + 1);
		else
			emit(lexer, RA_T_OP, op->word, p + 1);
		break;
	default:
		emit(lexer, RA_T_OP, op->word, p + op->len);
	}
}

void ra_lexer_close(struct lexer *lexer)
{
	if (lexer->frames.n)
		note(lexer, is_code(top(lexer)) ? "unterminated bracket" : "unterminated string");
	ra_lexer_close_frames(lexer, 0);
}
