/*
 * Facts of JavaScript: what a unit of a sample is dumped as. Run from the top of the repository.
 */
#include "core/facts/facts.h"
#include "tests/unit/facts_fixture.h"

static const struct sample closures[] = {
	/* a captured name that is augmented is changed: the new value is not the old object; `a ||= b`
	 * tests and writes */
	{ "make.next",
	  "function make(config) {\n"
	  "  let cache, n = 0;\n"
	  "  return {\n"
	  "    next() {\n"
	  "      n += 1;\n"
	  "      return (cache ||= create(config));\n"
	  "    },\n"
	  "  };\n"
	  "}\n",
	  "5: read make.n\n"
	  "5: update make.n\n"
	  "6: test present make.cache\n"
	  "6: read make.config\n"
	  "6: call bound `create`\n"
	  "6: write make.cache\n"
	  "6: leave\n" },
};

static void test_closures(void **state)
{
	check_samples(*state, "a.js", closures, COUNT(closures), false);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST_OF(test_closures),
	};

	return cmocka_run_group_tests(all, open_knowledge, close_knowledge);
}
