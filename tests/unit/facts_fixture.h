/*
 * facts_fixture: text -> facts with the shipped tables and cards, loaded once for a group of tests.
 *
 *     cmocka_run_group_tests(tests, open_knowledge, close_knowledge)
 */
#ifndef RA_TESTS_FACTS_FIXTURE_H
#define RA_TESTS_FACTS_FIXTURE_H

#include "core/audit.h"
#include "tests/unit/unit.h"

static struct ra_knowledge knowledge;
static struct ra_arena knowledge_arena;

static inline int open_knowledge(void **state)
{
	const char *const dirs[] = { "patterns", NULL };
	struct ra_error err;

	(void)state;
	ra_arena_init(&knowledge_arena, "knowledge", 0);
	if (ra_knowledge_load(&knowledge_arena, dirs, 0, &knowledge, &err) != RA_OK)
		fail_msg("%s; run from the top of the repository", err.text);
	return 0;
}

static inline int close_knowledge(void **state)
{
	(void)state;
	ra_knowledge_close(&knowledge);
	ra_arena_release(&knowledge_arena);
	return 0;
}

/* Of a file in that version of its language, 0 for what no one says. Source, tokens and shape live
 * as long as the arena, as the facts do. */
static inline struct ra_facts *facts_as(struct ra_arena *arena, const char *path, uint32_t version,
					struct ra_str text)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	struct ra_tokens *tokens = ra_new(arena, struct ra_tokens);
	struct ra_shape *shape = ra_new(arena, struct ra_shape);
	struct ra_facts *facts = ra_new(arena, struct ra_facts);

	assert_int_equal(ra_source_open(arena, ra_str(path), text,
					&(struct ra_source_limits){ 0 }, source, NULL), RA_OK);
	source->version = version;
	ra_lex(arena, source, tokens);
	ra_shape_build(arena, tokens, shape);
	ra_facts_build(arena, shape, knowledge.apis[source->lang], facts);
	return facts;
}

static inline struct ra_facts *facts_in(struct ra_arena *arena, const char *path,
					struct ra_str text)
{
	return facts_as(arena, path, 0, text);
}

static inline struct ra_facts *facts_of(struct ra_arena *arena, struct ra_str text)
{
	return facts_in(arena, "a.py", text);
}

/* -- dumps --------------------------------------------------------------------------------- */

struct sample {
	const char *unit;      /* NULL: the states of the file */
	const char *text, *facts;
};

/* The lines of the dump that begin a unit, without the word itself, or stand below it. */
static inline struct ra_str lines_of(struct ra_arena *arena, const struct ra_facts *facts,
				     const struct sample *sample, bool heading)
{
	struct ra_str head = ra_str("state "), rest, line;
	struct ra_buf dump, out;
	bool inside = false;

	if (sample->unit)
		head = ra_printf(arena, "unit %s ", sample->unit);
	ra_buf_init(&dump, arena);
	ra_buf_init(&out, arena);
	ra_facts_dump(facts, &dump);
	rest = ra_buf_str(&dump);
	while (ra_str_cut(&rest, '\n', &line)) {
		bool begins = ra_str_starts(line, head);
		size_t skip = begins ? head.len - (sample->unit ? strlen(sample->unit) + 1 : 0) : 2;

		inside = begins || (inside && ra_str_starts(line, RA_STR("  ")));
		if (!inside || (sample->unit && begins != heading))
			continue;
		line = ra_str_trim(ra_str_n(line.ptr + skip, line.len - skip));
		ra_buf_addf(&out, "%.*s\n", RA_FMT(line));
	}
	return ra_buf_str(&out);
}

static inline void check_samples_of(struct ra_arena *arena, const char *path, uint32_t version,
				    const struct sample *samples, size_t n, bool heading)
{
	for (size_t i = 0; i < n; i++) {
		const struct ra_facts *facts = facts_as(arena, path, version,
							ra_str(samples[i].text));

		assert_string_equal(lines_of(arena, facts, &samples[i], heading).ptr,
				    samples[i].facts);
	}
}

static inline void check_samples(struct ra_arena *arena, const char *path,
				 const struct sample *samples, size_t n, bool heading)
{
	check_samples_of(arena, path, 0, samples, n, heading);
}

#endif
