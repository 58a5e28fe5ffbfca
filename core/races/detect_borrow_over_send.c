/*
 * borrow-over-send: what a channel holds is borrowed while the same unit sends on that channel.
 *
 *     region of C's value holds at a send on C    the send waits for the borrow, and so for itself
 *
 * C is the same channel by its two ends, made in one call and followed into fields and parameters of
 * the file. Silent for sends in another task, which wait until the borrow ends.
 */
#include "core/races/channels.h"

static void report(struct ra_detection *d, const struct ra_fact *send,
		   const struct ra_region *borrow)
{
	const struct ra_fact *taken = ra_fact(d->facts, borrow->acquire);
	struct ra_candidate *c = ra_candidate_at(d, send, borrow->text);

	if (!c)
		return;
	ra_candidate_var(d, c, "borrowed", "%.*s", RA_FMT(borrow->text));
	ra_candidate_var(d, c, "call", "%.*s", RA_FMT(send->name));
	ra_candidate_line(d, c, "taken", taken->line);
	ra_candidate_event(d, c, "acquire", taken, "borrows what the channel holds");
	ra_candidate_event(d, c, "act", send, "wants to replace it");
	ra_candidate_step(d, c, "Task A", taken->line, true, "borrows from `%.*s`",
			  RA_FMT(borrow->text));
	ra_candidate_step(d, c, "Task A", send->line, true,
			  "sends, and waits until nothing is borrowed: for itself");
}

static void run(struct ra_detection *d)
{
	const struct ra_facts *facts = d->facts;
	const uint32_t *groups = NULL;

	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *send = ra_fact(facts, (uint32_t)i);

		if (send->kind != RA_FACT_WAKE || send->receiver_kind != RA_KIND_CHANNEL ||
		    send->state == RA_NONE || !send->n_regions ||
		    (send->flags & RA_FACT_INLINED))
			continue;
		groups = groups ? groups : ra_channels(d->arena, facts);
		for (uint32_t r = 0; r < send->n_regions; r++) {
			const struct ra_region *borrow = &facts->regions.v[send->regions[r]];

			if (borrow->lock != RA_NONE && borrow->acquire != RA_NONE &&
			    ra_fact(facts, borrow->acquire)->receiver_kind == RA_KIND_CHANNEL &&
			    groups[borrow->lock] == groups[send->state])
				report(d, send, borrow);
		}
	}
}

const struct ra_detector ra_detect_borrow_over_send = {
	.name = "borrow-over-send",
	.help = "what a channel holds is borrowed over a send on it",
	.params = "",
	.vars = "borrowed taken call",
	.run = run,
};
