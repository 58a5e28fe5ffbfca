/*
 * The identity of a finding: a hash of what it says, not of where it stands. It has to survive a
 * line inserted above, a new indentation, another wrapping of the same statement and a renamed
 * file; and to change with the rule, the unit, the state and the code of the race.
 *
 * What is hashed of the code are the logical lines of the events, once each, in source order, but
 * only those in the finding's own unit: which other unit serves as the second task is a choice
 * among several, and a new unit elsewhere must not make an old finding new.
 */
#include "core/findings/fingerprint.h"

#include <sha2.h>
#include <stdlib.h>

static void feed(SHA2_CTX *hash, struct ra_str text)
{
	uint8_t length[8];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)((uint64_t)text.len >> (8 * i));
	SHA256Update(hash, length, sizeof(length));
	if (text.len)
		SHA256Update(hash, (const uint8_t *)text.ptr, text.len);
}

static bool is_line_token(const struct ra_tokens *tokens, uint32_t index)
{
	const struct ra_token *token = &tokens->list.v[index];

	if (token->kind == RA_T_END || ra_token_is_layout(token))
		return true;
	return tokens->language->line_end != RA_LINE_END_TOKEN &&
	       (token->word == RA_O_SEMICOLON || token->word == RA_O_LBRACE ||
		token->word == RA_O_RBRACE);
}

/* May a statement end behind it, or begin with it? An operator goes on. */
static bool may_end(const struct ra_token *token)
{
	return token->kind != RA_T_OP || token->word == RA_O_RPAREN ||
	       token->word == RA_O_RBRACKET;
}

static bool breaks_before(const struct ra_tokens *tokens, uint32_t index)
{
	const struct ra_token *before = &tokens->list.v[index - 1], *token = before + 1;
	const char *text = tokens->source->text.ptr;

	return tokens->language->line_end == RA_LINE_END_EITHER && may_end(before) &&
	       token->kind != RA_T_OP &&
	       memchr(text + before->at + before->len, '\n',
		      token->at - before->at - before->len) != NULL;
}

/* Does a logical line begin with this token? */
static bool begins_line(const struct ra_tokens *tokens, uint32_t index)
{
	return index == 0 || is_line_token(tokens, index - 1) || breaks_before(tokens, index);
}

/* First token of the logical line that holds the first token of a physical line. */
static uint32_t logical_line(const struct ra_tokens *tokens, uint32_t line)
{
	const struct ra_source *source = tokens->source;
	uint32_t at;

	if (line == 0 || line > source->lines)
		return RA_NONE;
	at = ra_token_at(tokens, source->line_at[line - 1]);
	while (at + 1 < tokens->list.n && is_line_token(tokens, at))
		at++;
	while (!begins_line(tokens, at))
		at--;
	return at;
}

/*
 * A literal counts as one of its kind, whatever its value. Commas do not count: a formatter adds
 * one after a last argument when it wraps.
 */
static struct ra_str token_words(const struct ra_tokens *tokens, uint32_t index)
{
	const struct ra_token *token = &tokens->list.v[index];

	switch (token->kind) {
	case RA_T_NUMBER:
		return RA_STR("0");
	case RA_T_STRING:
	case RA_T_STRING_OPEN:
		return RA_STR("''");
	case RA_T_STRING_PART:
	case RA_T_STRING_CLOSE:
		return RA_STR("");
	default:
		return token->word == RA_O_COMMA ? RA_STR("") : ra_token_text(tokens, index);
	}
}

static void feed_line(SHA2_CTX *hash, const struct ra_tokens *tokens, uint32_t first)
{
	for (uint32_t i = first;
	     !is_line_token(tokens, i) && (i == first || !begins_line(tokens, i)); i++) {
		struct ra_str words = token_words(tokens, i);

		if (words.len)
			feed(hash, words);
	}
	feed(hash, RA_STR("\n"));
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static void feed_events(SHA2_CTX *hash, const struct ra_candidate *candidate)
{
	const struct ra_shape *shape = candidate->facts->shape;
	const struct ra_unit *unit = &shape->units.v[candidate->unit];
	uint32_t first[RA_EVENTS_MAX + 1];
	size_t n = 0;

	first[n++] = logical_line(shape->tokens, candidate->line);
	for (uint32_t i = 0; i < candidate->n_events; i++) {
		uint32_t line = candidate->events[i].line;

		if (line >= unit->line && line <= unit->end_line)
			first[n++] = logical_line(shape->tokens, line);
	}
	qsort(first, n, sizeof(*first), by_number);
	for (size_t i = 0; i < n && first[i] != RA_NONE; i++)
		if (i == 0 || first[i] != first[i - 1])
			feed_line(hash, shape->tokens, first[i]);
}

struct ra_str ra_fingerprint(struct ra_arena *arena, const struct ra_candidate *candidate)
{
	const struct ra_shape *shape = candidate->facts->shape;
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX hash;

	SHA256Init(&hash);
	feed(&hash, candidate->card->id);
	feed(&hash, ra_str(ra_lang_name(candidate->facts->source->lang)));
	feed(&hash, shape->units.v[candidate->unit].qualified);
	feed(&hash, candidate->subject);
	feed_events(&hash, candidate);
	SHA256Final(digest, &hash);
	return ra_printf(arena, "ra1:%02x%02x%02x%02x%02x%02x", digest[0], digest[1], digest[2],
			 digest[3], digest[4], digest[5]);
}
