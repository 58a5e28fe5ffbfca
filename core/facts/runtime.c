/*
 * runtime: which schedulers run a unit, and whether those run several of its tasks at once. Where
 * tasks run in parallel (Rust, by a row for every file), they do unless something shows one thread:
 * the spawn that starts the unit, the only scheduler that the file makes, or a decorator by which
 * the unit brings its own.
 */
#include "core/facts/internal.h"

/* A chain of calls longer than this, written callee last, is no program. */
enum { ROUNDS_MAX = 16 };

static uint32_t runtimes_called(const struct build *b, const struct ra_unit_facts *unit)
{
	uint32_t runtimes = 0;

	for (uint32_t i = 0; i < unit->n; i++)
		for (const struct ra_api_row *row = b->out->facts.v[unit->first + i].row; row;
		     row = row->more)
			runtimes |= row->runtimes;
	return runtimes;
}

/* One cooperative runtime in a file is that of all its units; of several each shows its own. */
static void find_runtimes(struct build *b)
{
	uint32_t many = b->out->runtimes & RA_RT_COOPERATIVE;
	uint32_t *of_class = ra_new_array(b->arena, uint32_t, b->shape->classes.n + 1);

	for (uint32_t u = 0; u < b->shape->units.n; u++) {
		uint32_t *runtimes = &b->out->units[u].runtimes;

		*runtimes = b->out->runtimes;
		if (!(many & (many - 1)))
			continue;
		*runtimes = runtimes_called(b, &b->out->units[u]) |
			    (b->out->runtimes & RA_RT_PARALLEL);
		of_class[b->shape->units.v[u].class_] |= *runtimes & RA_RT_COOPERATIVE;
	}
	for (uint32_t u = 0; u < b->shape->units.n; u++)
		if (!(b->out->units[u].runtimes & RA_RT_COOPERATIVE) &&
		    b->shape->units.v[u].class_)
			b->out->units[u].runtimes |= of_class[b->shape->units.v[u].class_];
}

/* -- one thread or several ----------------------------------------------------------------- */

static void confine(struct ra_unit_facts *unit)
{
	unit->runtimes &= ~(uint32_t)RA_RT_PARALLEL;
}

/* The row of the scheduler that a decorator gives its unit: the one that its operand names
 * (`flavor = "current_thread"`), else its own. */
static const struct ra_api_row *scheduler_of(struct build *b, const struct ra_node *decorator)
{
	struct ra_str full;
	const struct ra_api_row *row = ra_api_with(ra_decorator_row(b, decorator, &full),
						   RA_EFFECT_BLOCK), *named = NULL;
	const struct ra_node *operand;

	if (!row || decorator->kids->kind != RA_N_CALL || row->arg != RA_API_BY_KEYWORD)
		return row;
	operand = ra_api_operand(row, decorator->kids);
	if (operand && operand->kind == RA_N_STRING && operand->text.len > 2)
		named = ra_api_find(b->api, ra_str_n(operand->text.ptr + 1, operand->text.len - 2));
	return named ? named : row;
}

/* What the file shows of the schedulers that it makes. */
struct flavours {
	bool one_thread, many_threads;
};

static void note_flavour(struct flavours *flavours, const struct ra_api_row *row)
{
	flavours->one_thread |= (row->flags & RA_API_LOCAL) != 0;
	flavours->many_threads |= (row->runtimes & RA_RT_PARALLEL) != 0;
}

static void read_decorators(struct build *b, struct flavours *flavours)
{
	for (uint32_t u = 1; u < b->shape->units.n; u++) {
		struct ra_unit_facts *unit = &b->out->units[u];
		const struct ra_node *kid = b->shape->units.v[u].node->kids;

		for (; kid && kid->kind == RA_N_DECORATOR; kid = kid->next) {
			const struct ra_api_row *row = kid->kids ? scheduler_of(b, kid) : NULL;

			if (!row)
				continue;
			unit->own_scheduler = true;
			if (row->flags & RA_API_LOCAL)
				confine(unit);
			if (!unit->test)
				note_flavour(flavours, row);
		}
	}
}

static void read_makers(struct build *b, struct flavours *flavours)
{
	for (size_t i = 0; i < b->out->facts.n; i++) {
		const struct ra_fact *fact = &b->out->facts.v[i];
		const struct ra_api_row *row = ra_api_with(fact->row, RA_EFFECT_NEW);

		if (row && row->kind == RA_KIND_LOOP && !b->out->units[fact->unit].test)
			note_flavour(flavours, row);
	}
}

static bool is_parallel(const struct build *b, uint32_t unit)
{
	return b->out->units[unit].runtimes & RA_RT_PARALLEL;
}

/* Is the unit started on the thread of one task, wherever the file starts it? A block runs where it
 * stands unless it is spawned. */
static bool started_local(const struct build *b, uint32_t index)
{
	const struct ra_unit_facts *unit = &b->out->units[index];
	const struct ra_unit *u = &b->shape->units.v[index];

	for (uint32_t i = 0; i < unit->n_callers; i++) {
		const struct ra_fact *start = &b->out->facts.v[unit->callers[i]];
		bool local = start->kind == RA_FACT_SPAWN && start->row &&
			     (start->row->flags & RA_API_LOCAL);

		if (!local && is_parallel(b, start->unit))
			return false;
	}
	return unit->n_callers || ((u->flags & RA_U_LAMBDA) && u->up && !is_parallel(b, u->up));
}

static void spread_local(struct build *b)
{
	bool changed = true;

	for (int round = 0; changed && round < ROUNDS_MAX; round++) {
		changed = false;
		for (uint32_t u = 1; u < b->shape->units.n; u++)
			if (is_parallel(b, u) && started_local(b, u)) {
				confine(&b->out->units[u]);
				changed = true;
			}
	}
}

void ra_facts_runtimes(struct build *b)
{
	struct flavours flavours = { false, false };

	find_runtimes(b);
	if (!(b->out->runtimes & RA_RT_PARALLEL))
		return;
	read_decorators(b, &flavours);
	read_makers(b, &flavours);
	for (uint32_t u = 0; u < b->shape->units.n; u++)
		if (flavours.one_thread && !flavours.many_threads)
			confine(&b->out->units[u]);
	spread_local(b);
}
