/*
 * unit: what every unit test starts from: cmocka, and an arena as the state of each test.
 *
 *     const struct CMUnitTest all[] = { TEST_OF(test), ... };
 */
#ifndef RA_TESTS_UNIT_H
#define RA_TESTS_UNIT_H

/* cmocka.h wants these four before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/base.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, open_arena, close_arena)

static inline int open_arena(void **state)
{
	static struct ra_arena arena;

	ra_arena_init(&arena, "test", 0);
	*state = &arena;
	return 0;
}

static inline int close_arena(void **state)
{
	ra_arena_release(*state);
	return 0;
}

#endif
