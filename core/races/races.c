/*
 * Running cards over one file: which of them apply, each by its detector or its pattern, then
 * what belongs to one cause joined and all put in order.
 */
#include "core/races/internal.h"

#include <stdlib.h>

struct run {
	struct ra_arena *arena;
	struct ra_matcher *matcher;
	const struct ra_facts *facts;
	const struct ra_races_options *options;
	struct ra_candidates *out;
	struct ra_scan scan;
	bool scanned;
};

static bool is_named(const struct ra_card *card, const struct ra_races_options *options)
{
	for (size_t i = 0; i < options->n_only; i++)
		if (ra_str_eq(options->only[i], card->id) ||
		    ra_str_is(options->only[i], card->type->name))
			return true;
	return false;
}

bool ra_card_is_on(const struct ra_card *card, const struct ra_races_options *options)
{
	return options->only ? is_named(card, options) : !card->off;
}

static bool has_keyword(const struct ra_card *card, struct ra_str text)
{
	for (size_t i = 0; i < card->keywords.n; i++)
		if (ra_str_find(text, card->keywords.v[i]) >= 0)
			return true;
	return card->keywords.n == 0;
}

static bool applies(const struct run *run, const struct ra_card *card)
{
	const struct ra_source *source = run->facts->source;

	if (!ra_card_is_on(card, run->options))
		return false;
	if (source->version < card->since || (card->before && source->version >= card->before))
		return false;
	return (card->langs & 1u << source->lang) &&
	       (!card->runtimes || (card->runtimes & run->facts->runtimes)) &&
	       has_keyword(card, source->text);
}

static void breach(struct run *run, const struct ra_card *card, struct ra_str reason)
{
	*ra_vec_push(run->arena, &run->out->breaches) = (struct ra_breach){ card, reason };
}

/* Drop what stands in a unit of another scheduler than the card is about; complete the rest. */
static void keep_candidates(struct run *run, struct ra_detection *d, size_t first)
{
	size_t kept = first;

	for (size_t i = first; i < run->out->list.n; i++) {
		struct ra_candidate *c = &run->out->list.v[i];
		uint32_t runtimes = run->facts->units[c->unit].runtimes;

		if (d->card->runtimes && runtimes && !(d->card->runtimes & runtimes))
			continue;
		ra_candidate_common_vars(d, c);
		if (kept != i)
			run->out->list.v[kept] = *c;
		kept++;
	}
	run->out->list.n = kept;
}

static void run_card(struct run *run, const struct ra_card *card)
{
	struct ra_detection d = { .arena = run->arena, .facts = run->facts, .card = card,
				  .out = run->out };
	size_t first = run->out->list.n;
	const char *why = NULL;

	*run->facts->steps = 0;
	if (card->detector) {
		card->detector->run(&d);
	} else {
		if (!run->scanned)
			ra_scan_open(run->arena, run->facts->shape, &run->scan);
		run->scanned = true;
		why = ra_scan_card(&d, run->matcher, &run->scan);
	}
	if (why) {
		run->out->list.n = first;
		breach(run, card, ra_printf(run->arena, "the pattern %s", why));
	}
	if (*run->facts->steps > RA_SEARCH_MAX)
		breach(run, card, ra_printf(run->arena, "took more than %d steps; the rest is left "
					    "out", RA_SEARCH_MAX));
	if (run->out->list.n - first >= RA_CANDIDATES_MAX)
		breach(run, card, ra_printf(run->arena, "found more than %d times; the rest is "
					    "left out", RA_CANDIDATES_MAX));
	keep_candidates(run, &d, first);
}

/* -- joining --------------------------------------------------------------------------------- */

/* The class of a method, the unit itself of a function, and where the subject is known there alone. */
static uint32_t owner(const struct ra_candidate *c)
{
	const struct ra_unit *unit = &c->facts->shape->units.v[c->unit];

	return unit->class_ && !c->local ? UINT32_MAX - unit->class_ : c->unit;
}

/* Order by cause, within it the one to keep first. */
static int by_cause(const void *left, const void *right)
{
	const struct ra_candidate *a = *(struct ra_candidate *const *)left;
	const struct ra_candidate *b = *(struct ra_candidate *const *)right;
	int order = ra_str_cmp(a->card->id, b->card->id);

	if (!order)
		order = (owner(a) > owner(b)) - (owner(a) < owner(b));
	if (!order)
		order = ra_str_cmp(a->subject, b->subject);
	if (!order)
		order = a->question - b->question;
	if (!order)
		order = (int)b->severity - (int)a->severity;
	if (!order)
		order = (int)b->confidence - (int)a->confidence;
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/*
 * Accesses of one state that break in one way are one thing to repair. Two dropped tasks, or two
 * blocking calls, are two, even when they read the same.
 */
static bool same_cause(const struct ra_candidate *a, const struct ra_candidate *b)
{
	return a->card == b->card && strcmp(a->card->type->family, "state") == 0 &&
	       a->subject.len && ra_str_eq(a->subject, b->subject) && owner(a) == owner(b);
}

static void join(struct ra_arena *arena, struct ra_candidate *kept,
		 const struct ra_candidate *other)
{
	struct ra_lines lines = { other->line, other->end_line, other->column };

	ra_candidate_mark(kept, "also", lines,
			  ra_printf(arena, "the same in `%.*s`",
				    RA_FMT(other->facts->shape->units.v[other->unit].qualified)));
}

static int by_place(const void *left, const void *right)
{
	const struct ra_candidate *a = *(struct ra_candidate *const *)left;
	const struct ra_candidate *b = *(struct ra_candidate *const *)right;
	int order = (a->line > b->line) - (a->line < b->line);

	if (!order)
		order = ra_str_cmp(a->card->id, b->card->id);
	return order ? order : ra_str_cmp(a->subject, b->subject);
}

/* Of a file that is there for the others' sake nothing is kept, before it could lead what is. */
static bool is_wanted(const struct ra_candidate *c)
{
	return ra_source_part(c->facts->source, c->line)->audited;
}

static void join_and_sort(struct ra_arena *arena, struct ra_candidates *out)
{
	size_t n = out->list.n, kept = 0;
	struct ra_candidate **order, *sorted;

	if (!n)
		return;
	order = ra_new_array(arena, struct ra_candidate *, n);
	n = 0;
	for (size_t i = 0; i < out->list.n; i++)
		if (is_wanted(&out->list.v[i]))
			order[n++] = &out->list.v[i];
	qsort(order, n, sizeof(*order), by_cause);
	for (size_t i = 0; i < n; i++) {
		if (kept && same_cause(order[kept - 1], order[i]))
			join(arena, order[kept - 1], order[i]);
		else
			order[kept++] = order[i];
	}
	qsort(order, kept, sizeof(*order), by_place);
	sorted = ra_new_array(arena, struct ra_candidate, kept);
	for (size_t i = 0; i < kept; i++)
		sorted[i] = *order[i];
	out->list.v = sorted;
	out->list.n = out->list.cap = kept;
}

void ra_races_find(struct ra_arena *arena, struct ra_matcher *matcher, const struct ra_facts *facts,
		   const struct ra_races_options *options, struct ra_candidates *out)
{
	struct run run = { .arena = arena, .matcher = matcher, .facts = facts, .options = options,
			   .out = out };

	for (size_t i = 0; i < options->cards->list.n; i++)
		if (applies(&run, &options->cards->list.v[i]))
			run_card(&run, &options->cards->list.v[i]);
	join_and_sort(arena, out);
}
