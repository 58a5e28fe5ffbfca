/*
 * What all lexers need: the list of languages, keyword look-up, notes, and reading a token list.
 * A new language is its own file, a line in lexer.h and a row of `languages`.
 */
#include "core/lex/lexer.h"

static const struct ra_language *const languages[RA_LANG_COUNT] = {
	[RA_LANG_PYTHON] = &ra_language_python,
	[RA_LANG_GO] = &ra_language_go,
	[RA_LANG_RUST] = &ra_language_rust,
	[RA_LANG_JAVASCRIPT] = &ra_language_javascript,
	[RA_LANG_TYPESCRIPT] = &ra_language_javascript,
};

const struct ra_language *ra_language(enum ra_lang lang)
{
	return languages[lang];
}

void ra_lex(struct ra_arena *arena, const struct ra_source *source, struct ra_tokens *out)
{
	*out = (struct ra_tokens){ .source = source, .language = ra_language(source->lang) };
	if (out->language)
		out->language->lex(arena, out);
	else
		ra_vec_push(arena, &out->list)->at = (uint32_t)source->text.len;
}

void ra_tokens_note(struct ra_arena *arena, struct ra_tokens *out, uint32_t line,
		    const char *text)
{
	if (out->notes.n < RA_NOTES_MAX)
		*ra_vec_push(arena, &out->notes) = (struct ra_note){ line, text };
}

void ra_keyword_index_init(struct ra_keyword_index *index, const struct ra_language *language)
{
	size_t row = 0;

	index->language = language;
	for (int c = 0; c < 128; c++) {
		index->from[c] = (uint8_t)row;
		while (row < language->n_keywords && language->keywords[row].text[0] == c)
			row++;
	}
	index->from[128] = (uint8_t)row;
}

const struct ra_keyword *ra_keyword_find(const struct ra_keyword_index *index, const char *text,
					 size_t len)
{
	unsigned char c = (unsigned char)text[0];

	if (c >= 128)
		return NULL;
	for (unsigned row = index->from[c]; row < index->from[c + 1]; row++) {
		const struct ra_keyword *keyword = &index->language->keywords[row];

		/* the second byte tells most of them apart without a call */
		if ((len == 1 || keyword->text[1] == text[1]) &&
		    strncmp(keyword->text, text, len) == 0 && keyword->text[len] == '\0')
			return keyword;
	}
	return NULL;
}

uint32_t ra_token_at(const struct ra_tokens *tokens, size_t offset)
{
	size_t low = 0, high = tokens->list.n - 1; /* END is behind every offset of the text */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tokens->list.v[middle].at < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

size_t ra_comment_from(const struct ra_tokens *tokens, uint32_t line)
{
	size_t low = 0, high = tokens->comments.n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (tokens->comments.v[middle].line < line)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* -- names, for people --------------------------------------------------------------------- */

const char *ra_word_name(enum ra_word word)
{
	static const char *const names[RA_W_COUNT] = {
#define W(name) [RA_W_##name] = #name
#define O(name) [RA_O_##name] = #name
		W(NONE), W(DEF), W(CLASS), W(LAMBDA), W(ASYNC), W(IMPORT), W(FROM), W(AS),
		W(GLOBAL), W(NONLOCAL), W(TYPE), W(LAZY), W(VAR), W(LET), W(CONST), W(STATIC),
		W(STRUCT), W(ENUM), W(UNION), W(INTERFACE), W(IMPL), W(MODULE), W(PACKAGE),
		W(USE), W(EXPORT), W(DEFAULT), W(EXTENDS), W(IMPLEMENTS), W(WHERE), W(PUB),
		W(EXTERN), W(MACRO), W(MODIFIER), W(ACCESSOR), W(MAP), W(CHAN), W(DYN), W(KEYOF),
		W(INFER), W(ASSERTS), W(IF), W(ELIF), W(ELSE), W(FOR), W(WHILE), W(MATCH),
		W(CASE), W(TRY), W(EXCEPT), W(FINALLY), W(WITH), W(RETURN), W(RAISE), W(BREAK),
		W(CONTINUE), W(PASS), W(DEL), W(ASSERT), W(PRINT), W(EXEC), W(SWITCH), W(SELECT),
		W(DO), W(LOOP), W(GOTO), W(FALLTHROUGH), W(GO), W(DEFER), W(RANGE), W(OF),
		W(UNSAFE), W(AWAIT), W(YIELD), W(AND), W(OR), W(NOT), W(IN), W(IS), W(NULL),
		W(TRUE), W(FALSE), W(NEW), W(TYPEOF), W(VOID), W(MOVE), W(MUT), W(REF),
		W(SATISFIES), O(LPAREN), O(RPAREN), O(LBRACKET), O(RBRACKET), O(LBRACE),
		O(RBRACE), O(COMMA), O(COLON), O(SEMICOLON), O(DOT), O(ELLIPSIS), O(AT),
		O(ARROW), O(ASSIGN), O(AUGMENT), O(LOGICAL), O(WALRUS), O(DEFINE), O(INCREMENT),
		O(PLUS), O(MINUS), O(STAR), O(POWER), O(SLASH), O(FLOOR), O(PERCENT), O(AMP),
		O(PIPE), O(CARET), O(TILDE), O(SHL), O(SHR), O(LT), O(GT), O(LE), O(GE), O(EQ),
		O(NE), O(BACKTICK), O(RECEIVE), O(QUESTION), O(OPTIONAL), O(COALESCE), O(PATH),
		O(FAT_ARROW), O(SPAN), O(HASH), O(DOLLAR), O(LIFETIME), O(NOT_IN), O(IS_NOT),
#undef W
#undef O
	};

	return names[word];
}

void ra_tokens_dump(const struct ra_tokens *tokens, struct ra_buf *out)
{
	static const char *const kinds[] = {
		[RA_T_END] = "END", [RA_T_NAME] = "NAME", [RA_T_KEYWORD] = "KEYWORD",
		[RA_T_NUMBER] = "NUMBER", [RA_T_STRING] = "STRING",
		[RA_T_STRING_OPEN] = "STRING_OPEN", [RA_T_STRING_PART] = "STRING_PART",
		[RA_T_STRING_CLOSE] = "STRING_CLOSE", [RA_T_INTERP_OPEN] = "INTERP_OPEN",
		[RA_T_INTERP_CLOSE] = "INTERP_CLOSE", [RA_T_OP] = "OP",
		[RA_T_NEWLINE] = "NEWLINE", [RA_T_OPEN] = "OPEN", [RA_T_CLOSE] = "CLOSE",
		[RA_T_BAD] = "BAD",
	};

	for (uint32_t i = 0; i < tokens->list.n; i++) {
		const struct ra_token *token = &tokens->list.v[i];

		ra_buf_addf(out, "%u %s", token->line, kinds[token->kind]);
		if (token->word)
			ra_buf_addf(out, " %s", ra_word_name(token->word));
		if (token->len && token->kind != RA_T_NEWLINE)
			ra_buf_addf(out, " %.*s", RA_FMT(ra_token_text(tokens, i)));
		ra_buf_addc(out, '\n');
	}
}
