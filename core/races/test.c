/*
 * A card against its own samples. Each sample is a module of its own that is audited with this
 * card alone; the lines that it must find carry a comment with the word `race`.
 */
#include "core/races/internal.h"

struct trial {
	struct ra_arena *arena;
	struct ra_matcher *matcher;
	const struct ra_card *card;
	const struct ra_card_sample *sample;
	struct ra_source source;
	struct ra_tokens tokens;
	struct ra_shape shape;
	struct ra_facts facts;
	struct ra_candidates found;
	struct ra_buf *report;
	size_t wrong;
};

static const char *const sample_names[] = {
	[RA_SAMPLE_BUG] = "bug", [RA_SAMPLE_FIX] = "fix", [RA_SAMPLE_TODO] = "bug todo",
};

/* "path:41: bug sample: line 3 is not found": 41 in the card, 3 in the sample. */
static void complain(struct trial *t, uint32_t line, const char *what)
{
	ra_buf_addf(t->report, "%.*s:%u: %s sample: line %u %s\n", RA_FMT(t->card->path),
		    t->sample->line + line - 1, sample_names[t->sample->kind], line, what);
	t->wrong++;
}

static size_t indentation(struct ra_str line)
{
	size_t n = 0;

	while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
		n++;
	return n;
}

/* Without the indentation that all its lines share. */
static struct ra_str dedent(struct ra_arena *arena, struct ra_str text)
{
	struct ra_str rest = text, line;
	size_t least = SIZE_MAX;
	struct ra_buf out;

	while (ra_str_cut(&rest, '\n', &line))
		if (ra_str_trim(line).len && indentation(line) < least)
			least = indentation(line);
	ra_buf_init(&out, arena);
	while (ra_str_cut(&text, '\n', &line)) {
		size_t n = least < line.len ? least : line.len;

		ra_buf_add(&out, ra_str_n(line.ptr + n, line.len - n));
		ra_buf_addc(&out, '\n');
	}
	return ra_buf_str(&out);
}

static int audit(struct trial *t, const struct ra_api *api)
{
	const struct ra_source_limits no_limits = { 0 };
	const struct ra_cards cards = { .list = { .v = (struct ra_card *)t->card, .n = 1 } };
	const struct ra_races_options options = { .cards = &cards, .only = &t->card->id,
						  .n_only = 1 };
	struct ra_error err;
	int rc = ra_source_open(t->arena, RA_STR("sample"), dedent(t->arena, t->sample->text),
				&no_limits, &t->source, &err);

	if (rc) {
		complain(t, 1, "begins what cannot be audited");
		return rc;
	}
	t->source.lang = t->sample->lang;
	t->source.version = t->sample->version;
	ra_lex(t->arena, &t->source, &t->tokens);
	ra_shape_build(t->arena, &t->tokens, &t->shape);
	ra_facts_build(t->arena, &t->shape, api, &t->facts);
	ra_races_find(t->arena, t->matcher, &t->facts, &options, &t->found);
	return 0;
}

static bool is_marked(const struct trial *t, uint32_t line)
{
	for (size_t i = 0; i < t->tokens.comments.n; i++) {
		const struct ra_comment *comment = &t->tokens.comments.v[i];

		if (comment->line == line &&
		    ra_str_has_word(ra_str_n(t->source.text.ptr + comment->at, comment->len),
				    RA_STR("race")))
			return true;
	}
	return false;
}

static bool is_found(const struct trial *t, uint32_t line)
{
	for (size_t i = 0; i < t->found.list.n; i++)
		if (t->found.list.v[i].line == line)
			return true;
	return false;
}

/* A sample that is not well formed would prove nothing; of its flaws the first says enough. */
static void check_form(struct trial *t)
{
	if (t->tokens.notes.n)
		complain(t, t->tokens.notes.v[0].line, "cannot be read");
	else if (t->shape.notes.n)
		complain(t, t->shape.notes.v[0].line, "cannot be read");
	for (size_t i = 0; i < t->found.breaches.n; i++)
		complain(t, 1, "begins a sample on which the pattern hits a limit");
}

static void check_lines(struct trial *t)
{
	bool todo = t->sample->kind == RA_SAMPLE_TODO, bug = t->sample->kind != RA_SAMPLE_FIX;
	size_t missed = 0, extra = 0;

	for (uint32_t line = 1; line <= t->source.lines; line++) {
		bool wanted = bug && is_marked(t, line), found = is_found(t, line);

		missed += wanted && !found;
		extra += found && !wanted;
		if (todo)
			continue;
		if (wanted && !found)
			complain(t, line, "is not found");
		if (found && !wanted)
			complain(t, line, "is found, and not marked");
	}
	if (todo && !missed && !extra)
		complain(t, 1, "begins a sample that is found now: drop the 'todo'");
}

size_t ra_card_test(struct ra_arena *arena, struct ra_matcher *matcher, const struct ra_card *card,
		    struct ra_api *const *apis, struct ra_buf *report)
{
	size_t wrong = 0;

	for (size_t i = 0; i < card->samples.n; i++) {
		struct trial t = { .arena = arena, .matcher = matcher, .card = card,
				   .sample = &card->samples.v[i], .report = report };

		if (audit(&t, apis[t.sample->lang]) == 0) {
			check_form(&t);
			check_lines(&t);
		}
		wrong += t.wrong;
	}
	return wrong;
}
