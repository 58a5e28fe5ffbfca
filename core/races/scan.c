/*
 * A card's pattern over a file. The file is cut into windows: each top-level function with what
 * is nested in it, and what stands between them; longer ones are cut again, at lines, so that no
 * match looks at more than 64 KiB. The pattern sees code: comments and the contents of strings are
 * blanks of the same length, so that offsets hold. `text = raw` shows it the file as it is.
 */
#include "core/races/internal.h"

/* -- the text -------------------------------------------------------------------------------- */

static void blank(char *from, char *to)
{
	for (; from < to; from++)
		if (*from != '\n' && *from != '\r')
			*from = ' ';
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"' || c == '`';
}

/* Three quotes are one mark: a string of fewer bytes is an empty one. */
static size_t mark_length(const char *open, const char *to, bool whole)
{
	return to - open >= (whole ? 6 : 3) && open[1] == *open && open[2] == *open ? 3 : 1;
}

/*
 * Keep what is around the text of a literal: prefix, quotes, hashes, the slashes and flags of a
 * regular expression. `whole`: its end is here too.
 */
static void blank_string(char *from, char *to, bool whole)
{
	char *open = from, *close = to, mark;
	size_t n;

	while (open < to && !is_quote(*open) && *open != '/' && *open != '<')
		open++;
	if (open == to)
		return;
	mark = *open;
	n = mark_length(open, to, whole);
	open += n;
	while (whole && close > open && close[-1] != mark)
		close--;
	if (whole && close - open >= (ptrdiff_t)n)
		close -= n;
	blank(open, close);
}

static void blank_token(char *text, const struct ra_token *token)
{
	char *from = text + token->at, *to = from + token->len;

	if (token->kind == RA_T_STRING_PART)
		blank(from, to);
	else if (token->kind == RA_T_STRING || token->kind == RA_T_STRING_OPEN)
		blank_string(from, to, token->kind == RA_T_STRING);
}

static struct ra_str code_text(struct ra_arena *arena, const struct ra_tokens *tokens)
{
	struct ra_str copy = ra_str_copy(arena, tokens->source->text);
	char *text = (char *)copy.ptr;

	for (size_t i = 0; i < tokens->comments.n; i++) {
		const struct ra_comment *comment = &tokens->comments.v[i];

		blank(text + comment->at, text + comment->at + comment->len);
	}
	for (size_t i = 0; i < tokens->list.n; i++)
		blank_token(text, &tokens->list.v[i]);
	return copy;
}

/* -- windows --------------------------------------------------------------------------------- */

static size_t start_of_line(const struct ra_source *source, size_t at)
{
	return source->line_at[ra_source_line(source, at) - 1];
}

/* [from, to) as windows of at most RA_WINDOW_BYTES, cut at the beginning of a line. */
static void add_windows(struct ra_arena *arena, const struct ra_source *source, size_t from,
			size_t to, struct ra_scan *out)
{
	while (from < to) {
		size_t end = to;

		if (end - from > RA_WINDOW_BYTES) {
			end = start_of_line(source, from + RA_WINDOW_BYTES);
			if (end <= from)
				end = from + RA_WINDOW_BYTES;
		}
		*ra_vec_push(arena, &out->windows) = (struct ra_span){ from, end };
		from = end;
	}
}

void ra_scan_open(struct ra_arena *arena, const struct ra_shape *shape, struct ra_scan *out)
{
	const struct ra_tokens *tokens = shape->tokens;
	const struct ra_source *source = tokens->source;
	size_t done = 0;

	*out = (struct ra_scan){ .code = code_text(arena, tokens) };
	for (size_t i = 1; i < shape->units.n; i++) {
		const struct ra_unit *unit = &shape->units.v[i];
		const struct ra_token *last = &tokens->list.v[unit->node->last];
		size_t from = start_of_line(source, tokens->list.v[unit->node->first].at);
		size_t to = last->at + last->len;

		if (unit->up != 0 || (unit->flags & RA_U_LAMBDA) || from < done)
			continue;
		add_windows(arena, source, done, from, out);
		add_windows(arena, source, from, to, out);
		done = to;
	}
	add_windows(arena, source, done, source->text.len, out);
}

/* The token at an offset, or the first one after it. */
static uint32_t token_at(const struct ra_tokens *tokens, size_t offset)
{
	uint32_t at = ra_token_at(tokens, offset);

	if (at > 0 && (size_t)tokens->list.v[at - 1].at + tokens->list.v[at - 1].len > offset)
		return at - 1;
	while (ra_token_is_layout(&tokens->list.v[at]))
		at++;
	return at;
}

static struct ra_span group_span(const struct ra_pattern *pattern, const struct ra_match *match,
				 const char *name)
{
	int i = ra_pattern_group(pattern, ra_str(name));

	if (i < 0 || match->groups[i].from > match->groups[i].to)
		return match->whole;
	return match->groups[i];
}

/* Matched text for a report: as the file has it, in one line. */
static struct ra_str span_words(struct ra_arena *arena, const struct ra_source *source,
				struct ra_span span)
{
	return ra_shorten(arena, ra_md_line(arena, ra_str_n(source->text.ptr + span.from,
							    span.to - span.from)));
}

static void add_candidate(struct ra_detection *d, const struct ra_place *place, size_t offset)
{
	const struct ra_source *source = d->facts->source;
	const struct ra_pattern *pattern = place->pattern;
	const struct ra_token *token = &d->facts->shape->tokens->list.v[place->token];
	uint32_t line = ra_source_line(source, offset);
	struct ra_lines lines = { line, line, ra_source_column(source, offset) };
	struct ra_str words, subject;
	struct ra_candidate *c;

	if (token->at <= offset) /* else the match lies in a comment: no statement holds it */
		lines = ra_statement_lines(d->facts->shape, place->node);
	subject = span_words(d->arena, source, group_span(pattern, place->match, "subject"));
	c = ra_candidate_lines(d, place->unit, lines, subject);
	if (!c)
		return;
	words = place->call ? ra_code_words(d->arena, d->facts->shape->tokens, place->call->first,
					    place->call->last) :
			      span_words(d->arena, source, place->match->whole);
	lines = (struct ra_lines){ line, line, ra_source_column(source, offset) };
	ra_candidate_mark(c, "match", lines, words);
	if (place->unit)
		ra_candidate_step(d, c, "Task A", d->facts->shape->units.v[place->unit].line, false,
				  "enters `%.*s`",
				  RA_FMT(d->facts->shape->units.v[place->unit].qualified));
	ra_candidate_step(d, c, "Task A", line, true, "runs `%.*s`", RA_FMT(words));
	for (uint32_t i = 0; i < pattern->n_groups; i++) {
		struct ra_span span = place->match->groups[i];

		words = span.from > span.to ? RA_STR("") : span_words(d->arena, source, span);
		ra_candidate_var(d, c, pattern->groups[i].name, "%.*s", RA_FMT(words));
	}
}

static void shift(struct ra_span *span, size_t by)
{
	span->from += by;
	span->to += by;
}

static void take_match(struct ra_detection *d, const struct ra_match *match)
{
	const struct ra_pattern *pattern = d->card->pattern;
	size_t offset = group_span(pattern, match, "at").from;
	struct ra_place place = ra_place_at(d->facts, token_at(d->facts->shape->tokens, offset));

	place.pattern = pattern;
	place.match = match;
	if (ra_where_holds(d->card, &place))
		add_candidate(d, &place, offset);
}

const char *ra_scan_card(struct ra_detection *d, struct ra_matcher *matcher,
			 const struct ra_scan *scan)
{
	struct ra_str text = d->card->raw ? d->facts->source->text : scan->code;
	const char *why = NULL;
	struct ra_match match;

	ra_matcher_start(matcher);
	for (size_t i = 0; i < scan->windows.n; i++) {
		struct ra_span window = scan->windows.v[i];
		struct ra_str subject = ra_str_n(text.ptr + window.from, window.to - window.from);
		size_t at = 0;
		int found;

		while ((found = ra_matcher_next(matcher, d->card->pattern, subject, &at, &match,
						&why)) > 0) {
			shift(&match.whole, window.from);
			for (uint32_t k = 0; k < d->card->pattern->n_groups; k++)
				shift(&match.groups[k], window.from);
			take_match(d, &match);
		}
		if (found < 0)
			return why;
	}
	return NULL;
}
