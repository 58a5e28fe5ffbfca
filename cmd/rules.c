/*
 * rules: the cards. A card is the documentation of its rule, so `show` prints it as it is.
 */
#include "cmd/cmd.h"

#include <stdlib.h>

struct rules {
	struct invocation *invocation;
	struct ra_knowledge knowledge;
	struct ra_matcher *matcher;
};

static int list(struct rules *rules)
{
	const struct ra_cards *cards = &rules->knowledge.cards;

	for (size_t i = 0; i < cards->list.n; i++) {
		const struct ra_card *card = &cards->list.v[i];
		const char *note = card->off ? ", off by default"
				   : card->question ? ", question" : "";

		printf("%-34.*s %-7s %-7s %.*s (%s%s)\n", RA_FMT(card->id),
		       ra_severity_name(card->severity), ra_confidence_name(card->confidence),
		       RA_FMT(card->title), card->type->name, note);
	}
	return 0;
}

static const struct ra_card *find(struct rules *rules, const char *id)
{
	const struct ra_card *card = ra_cards_find(&rules->knowledge.cards, ra_str(id));

	if (!card)
		fail_usage(rules->invocation, "no rule is named '%s'; 'git race-audit rules list' "
			   "shows all", id);
	return card;
}

static int show(struct rules *rules, const char *id)
{
	const struct ra_card *card = find(rules, id);
	struct ra_str text;

	if (!card)
		return 2;
	if (ra_file_read(rules->invocation->arena, ra_cstr(rules->invocation->arena, card->path), 0,
			 &text, &rules->invocation->err))
		return fail(rules->invocation);
	fwrite(text.ptr, 1, text.len, stdout);
	return 0;
}

struct tally { size_t cards, samples, failures; };

static void test_card(struct rules *rules, const struct ra_card *card, struct tally *tally)
{
	struct ra_arena scratch;
	struct ra_buf report;

	ra_arena_init(&scratch, "card", 0);
	ra_buf_init(&report, &scratch);
	tally->cards++;
	tally->samples += card->samples.n;
	tally->failures += ra_card_test(&scratch, rules->matcher, card, rules->knowledge.apis,
					&report);
	fwrite(report.ptr ? report.ptr : "", 1, report.len, stdout);
	ra_arena_release(&scratch);
}

static int test(struct rules *rules, const char *const *ids, size_t n)
{
	const struct ra_cards *cards = &rules->knowledge.cards;
	struct tally tally = { 0 };

	for (size_t i = 0; n == 0 && i < cards->list.n; i++)
		test_card(rules, &cards->list.v[i], &tally);
	for (size_t i = 0; i < n; i++) {
		const struct ra_card *card = find(rules, ids[i]);

		if (!card)
			return 2;
		test_card(rules, card, &tally);
	}
	printf("%zu cards, %zu samples, %zu failures\n", tally.cards, tally.samples,
	       tally.failures);
	return tally.failures ? 1 : 0;
}

static int dispatch(struct rules *rules)
{
	const char *const *operands = rules->invocation->operands.v;
	size_t n = rules->invocation->operands.n;

	if (n == 0 || (n == 1 && strcmp(operands[0], "list") == 0))
		return list(rules);
	if (n == 2 && strcmp(operands[0], "show") == 0)
		return show(rules, operands[1]);
	if (strcmp(operands[0], "test") == 0)
		return test(rules, operands + 1, n - 1);
	return fail_usage(rules->invocation, "unknown operands, beginning with '%s'; use "
			  "'rules list', 'rules show <id>' or 'rules test [<card>...]'", operands[0]);
}

int command_rules(struct invocation *invocation)
{
	struct rules rules = { .invocation = invocation };
	int status, rc;

	rc = ra_knowledge_load(invocation->arena, card_dirs(invocation), 0, &rules.knowledge,
			       &invocation->err);
	rc = rc ? rc : ra_matcher_open(&rules.matcher, &invocation->err);
	status = rc ? fail(invocation) : dispatch(&rules);
	if (rules.matcher)
		ra_matcher_close(rules.matcher);
	ra_knowledge_close(&rules.knowledge);
	return status;
}
