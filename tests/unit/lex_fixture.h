/*
 * Tokens, for the tests of each lexer. A sample's tokens are written in one line, each a letter for
 * its kind and its text:
 *
 *     n name   k keyword   d number   s string   o operator   ; newline   + open   - close
 *     < string open   p string part   > string close   { hole open   } hole close   ! bad
 */
#ifndef RA_TEST_LEX_FIXTURE_H
#define RA_TEST_LEX_FIXTURE_H

#include "core/lex/lex.h"
#include "tests/unit/unit.h"

/* The source lives as long as the arena, as the tokens do. */
static inline struct ra_tokens lex_as(struct ra_arena *arena, const char *path,
				      struct ra_str text)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	struct ra_tokens tokens;

	assert_int_equal(ra_source_open(arena, ra_str(path), text,
					&(struct ra_source_limits){ 0 }, source, NULL), RA_OK);
	ra_lex(arena, source, &tokens);
	return tokens;
}

static inline const char *brief(struct ra_arena *arena, const struct ra_tokens *tokens)
{
	static const char letters[] = {
		[RA_T_NAME] = 'n', [RA_T_KEYWORD] = 'k', [RA_T_NUMBER] = 'd',
		[RA_T_STRING] = 's', [RA_T_STRING_OPEN] = '<', [RA_T_STRING_PART] = 'p',
		[RA_T_STRING_CLOSE] = '>', [RA_T_INTERP_OPEN] = '{', [RA_T_INTERP_CLOSE] = '}',
		[RA_T_OP] = 'o', [RA_T_NEWLINE] = ';', [RA_T_OPEN] = '+', [RA_T_CLOSE] = '-',
		[RA_T_BAD] = '!',
	};
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (uint32_t i = 0; tokens->list.v[i].kind != RA_T_END; i++) {
		enum ra_token_kind kind = tokens->list.v[i].kind;

		if (i)
			ra_buf_addc(&out, ' ');
		ra_buf_addc(&out, letters[kind]);
		if (kind != RA_T_NEWLINE && kind != RA_T_INTERP_OPEN && kind != RA_T_INTERP_CLOSE)
			ra_buf_add(&out, ra_token_text(tokens, i));
	}
	return ra_buf_str(&out).ptr;
}

struct row {
	const char *text, *tokens, *note; /* `note`: the only one; NULL for none */
};

static inline void check_rows_as(struct ra_arena *arena, const char *path, const struct row *rows,
				 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ra_tokens tokens = lex_as(arena, path, ra_str(rows[i].text));

		assert_string_equal(brief(arena, &tokens), rows[i].tokens);
		assert_int_equal(tokens.notes.n, rows[i].note ? 1 : 0);
		if (rows[i].note)
			assert_string_equal(tokens.notes.v[0].text, rows[i].note);
	}
}

/* -- any bytes ----------------------------------------------------------------------------- */

static inline void check_tokens(const struct ra_tokens *tokens)
{
	size_t at = 0, end = tokens->source->text.len, n = tokens->list.n;
	int blocks = 0, holes = 0, texts = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct ra_token *token = &tokens->list.v[i];

		assert_true(token->at >= at && token->at + token->len <= end);
		assert_int_equal(token->line, ra_source_line(tokens->source, token->at));
		assert_int_equal(token->kind == RA_T_END, i + 1 == n);
		at = token->at + token->len;
		blocks += (token->kind == RA_T_OPEN) - (token->kind == RA_T_CLOSE);
		holes += (token->kind == RA_T_INTERP_OPEN) - (token->kind == RA_T_INTERP_CLOSE);
		texts += (token->kind == RA_T_STRING_OPEN) - (token->kind == RA_T_STRING_CLOSE);
		assert_true(blocks >= 0 && holes >= 0 && texts >= 0);
	}
	assert_int_equal(tokens->list.v[n - 1].at, end);
	assert_int_equal(blocks + holes + texts, 0);
}

/* A sample cut at every byte, from both ends. */
static inline void check_chopped(const char *path, struct ra_str sample)
{
	struct ra_arena arena;
	struct ra_tokens tokens;

	ra_arena_init(&arena, "file", 0);
	for (size_t cut = 0; cut <= sample.len; cut++) {
		tokens = lex_as(&arena, path, ra_str_n(sample.ptr, cut));
		check_tokens(&tokens);
		tokens = lex_as(&arena, path, ra_str_n(sample.ptr + cut, sample.len - cut));
		check_tokens(&tokens);
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

/* One unit over and over: nothing may take time or stack out of proportion. */
static inline void check_repeated(const char *path, const char *const *units, size_t n)
{
	struct ra_arena arena;

	ra_arena_init(&arena, "file", 0);
	for (size_t i = 0; i < n; i++) {
		struct ra_tokens tokens;
		struct ra_buf text;

		ra_buf_init(&text, &arena);
		while (text.len < 100000)
			ra_buf_adds(&text, units[i]);
		tokens = lex_as(&arena, path, ra_buf_str(&text));
		check_tokens(&tokens);
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
}

/* -- comments ------------------------------------------------------------------------------ */

struct comment_row {
	const char *text;
	uint32_t line;
	bool own_line;
};

static inline void check_comments(const struct ra_tokens *tokens, const struct comment_row *rows,
				  size_t n)
{
	assert_int_equal(tokens->comments.n, n);
	for (size_t i = 0; i < n; i++) {
		const struct ra_comment *comment = &tokens->comments.v[i];

		assert_true(ra_str_is(ra_str_n(tokens->source->text.ptr + comment->at,
					       comment->len), rows[i].text));
		assert_int_equal(comment->line, rows[i].line);
		assert_int_equal(comment->own_line, rows[i].own_line);
	}
}

#endif
