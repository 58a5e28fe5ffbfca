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
	if (ra_knowledge_load(&knowledge_arena, dirs, &knowledge, &err) != RA_OK)
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

/* Source, tokens and shape live as long as the arena, as the facts do. */
static inline struct ra_facts *facts_of(struct ra_arena *arena, struct ra_str text)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	struct ra_tokens *tokens = ra_new(arena, struct ra_tokens);
	struct ra_shape *shape = ra_new(arena, struct ra_shape);
	struct ra_facts *facts = ra_new(arena, struct ra_facts);

	assert_int_equal(ra_source_open(arena, RA_STR("a.py"), text,
					&(struct ra_source_limits){ 0 }, source, NULL), RA_OK);
	ra_lex(arena, source, tokens);
	ra_shape_build(arena, tokens, shape);
	ra_facts_build(arena, shape, knowledge.apis[RA_LANG_PYTHON], facts);
	return facts;
}

#endif
