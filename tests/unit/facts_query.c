/*
 * Facts: the answers to what detectors ask about two places of a sample.
 */
#include "tests/unit/facts_fixture.h"

/* The first fact of this kind on the line. */
static const struct ra_fact *at(const struct ra_facts *facts, uint32_t line, unsigned kind)
{
	for (size_t i = 0; i < facts->facts.n; i++)
		if (facts->facts.v[i].line == line && facts->facts.v[i].kind == kind &&
		    !(facts->facts.v[i].flags & RA_FACT_INLINED))
			return &facts->facts.v[i];
	fail_msg("no fact of kind %u in line %u", kind, line);
	return NULL;
}

static uint32_t unit_named(const struct ra_facts *facts, const char *name)
{
	for (uint32_t u = 0; u < facts->shape->units.n; u++)
		if (ra_str_is(facts->shape->units.v[u].qualified, name))
			return u;
	fail_msg("no unit %s", name);
	return RA_NONE;
}

enum { TEST = RA_FACT_TEST, READ = RA_FACT_READ, WRITE = RA_FACT_WRITE, INSERT = RA_FACT_INSERT,
       DELETE = RA_FACT_DELETE, CALL = RA_FACT_CALL, SWITCH = RA_FACT_CHECKPOINT };

static const char paths[] =
	"class P:\n"                               /* 1 */
	"\tasync def f(self, x):\n"
	"\t\tself.a = 1\n"
	"\t\tif x:\n"
	"\t\t\tself.b = 1\n"                       /* 5 */
	"\t\telif x + 1:\n"
	"\t\t\tself.c = 1\n"
	"\t\t\treturn\n"
	"\t\telse:\n"
	"\t\t\tawait g()\n"                        /* 10 */
	"\t\tself.d = 1\n"
	"\t\ttry:\n"
	"\t\t\tself.e = 1\n"
	"\t\t\treturn\n"
	"\t\texcept KeyError:\n"                   /* 15 */
	"\t\t\tself.f1 = 1\n"
	"\t\texcept ValueError:\n"
	"\t\t\tself.g = 1\n"
	"\t\tfinally:\n"
	"\t\t\tself.h = 1\n"                       /* 20 */
	"\t\tfor y in x:\n"
	"\t\t\tself.i = 1\n"
	"\t\t\tif y:\n"
	"\t\t\t\tself.j = 1\n"
	"\t\t\t\tbreak\n"                          /* 25 */
	"\t\t\tself.k = 1\n"
	"\t\tself.m = 1\n"
	"\t\tmatch x:\n"
	"\t\t\tcase 1:\n"
	"\t\t\t\tself.n = 1\n"                     /* 30 */
	"\t\t\tcase 2:\n"
	"\t\t\t\tself.o = 1\n";

static void order_of_paths(void **state)
{
	static const struct { uint32_t a, b; bool round; enum ra_order order; } rows[] = {
		{ 3, 11, false, RA_ORDER_ALWAYS },
		{ 11, 3, false, RA_ORDER_NEVER },
		{ 3, 5, false, RA_ORDER_SOMETIMES },
		{ 5, 7, false, RA_ORDER_NEVER },      /* if, elif */
		{ 5, 11, false, RA_ORDER_ALWAYS },
		{ 7, 11, false, RA_ORDER_NEVER },     /* behind a return */
		{ 13, 16, false, RA_ORDER_NEVER },    /* left by return, not by raise */
		{ 13, 20, false, RA_ORDER_SOMETIMES },/* ... but through `finally` */
		{ 16, 18, false, RA_ORDER_NEVER },
		{ 16, 20, false, RA_ORDER_ALWAYS },
		{ 22, 24, false, RA_ORDER_SOMETIMES },
		{ 24, 26, false, RA_ORDER_NEVER },    /* behind a break */
		{ 24, 27, false, RA_ORDER_SOMETIMES },
		{ 26, 22, false, RA_ORDER_NEVER },
		{ 26, 22, true, RA_ORDER_SOMETIMES }, /* in the next round */
		{ 27, 22, true, RA_ORDER_NEVER },
		{ 30, 32, false, RA_ORDER_NEVER },    /* two cases */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(paths));

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum ra_order order = ra_fact_order(facts, at(facts, rows[i].a, WRITE),
						    at(facts, rows[i].b, WRITE), rows[i].round);

		if (order != rows[i].order)
			fail_msg("lines %u and %u: order %d", rows[i].a, rows[i].b, order);
	}
}

static const char switches[] =
	"import asyncio\n"                         /* 1 */
	"async def still():\n"
	"\treturn 1\n"
	"class P:\n"
	"\tasync def f(self, x):\n"                /* 5 */
	"\t\tself.a = 1\n"
	"\t\tawait still()\n"
	"\t\tself.b = 1\n"
	"\t\tif x:\n"
	"\t\t\treturn await g()\n"                 /* 10 */
	"\t\tself.c = 1\n"
	"\t\tif x:\n"
	"\t\t\tawait g()\n"
	"\t\tself.d = 1\n"
	"\t\tasync with x:\n"                      /* 15 */
	"\t\t\tself.e = 1\n"
	"\t\tself.h = 1\n";

static void switches_between(void **state)
{
	static const struct { uint32_t a, b, line; } rows[] = {
		{ 6, 8, 0 },     /* awaits what never switches */
		{ 8, 11, 0 },    /* who switches does not come here */
		{ 11, 14, 13 },
		{ 6, 14, 13 },   /* the first on the way */
		{ 14, 16, 15 },
		{ 16, 17, 16 },  /* the exit, behind the last line of the body */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(switches));

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *a = at(facts, rows[i].a, WRITE);
		const struct ra_fact *b = at(facts, rows[i].b, WRITE);
		const struct ra_fact *found = ra_fact_switch(facts, &facts->units[a->unit],
							     a->position, b->position);

		assert_int_equal(found ? found->line : 0, rows[i].line);
	}
}

static const char locked[] =
	"import threading\n"                       /* 1 */
	"both = {}\n"
	"big = threading.Lock()\n"
	"class P:\n"
	"\tdef __init__(self):\n"                  /* 5 */
	"\t\tself.lock = threading.Lock()\n"
	"\t\tself.other = threading.Lock()\n"
	"\tdef f(self, k):\n"
	"\t\twith self.lock:\n"
	"\t\t\tself.a = 1\n"                       /* 10 */
	"\t\t\tself.b = 1\n"
	"\t\twith self.lock:\n"
	"\t\t\tself.c = 1\n"
	"\t\t\tboth[k] = 1\n"
	"\t\twith self.other:\n"                   /* 15 */
	"\t\t\tself.d = 1\n"
	"\t\twith threading.Lock():\n"
	"\t\t\tself.e = 1\n"
	"\t\t\tself.g = 1\n"
	"\t\twith big:\n"                          /* 20 */
	"\t\t\tboth[k] = 2\n"
	"\t\t\tboth[k + 1] = 2\n";

static void guards_of_two_places(void **state)
{
	static const struct { uint32_t a, b; unsigned kind; bool region, lock; } rows[] = {
		{ 10, 11, WRITE, true, true },
		{ 10, 13, WRITE, false, true },   /* two regions of one lock */
		{ 10, 16, WRITE, false, false },
		{ 18, 19, WRITE, false, false },  /* a lock made here guards nothing */
		{ 21, 22, INSERT, true, true },
		{ 14, 14, INSERT, false, false }, /* an object's lock, the module's state */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(locked));

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *a = at(facts, rows[i].a, rows[i].kind);
		const struct ra_fact *b = at(facts, rows[i].b, rows[i].kind);

		assert_int_equal(ra_fact_common_region(facts, a, b, a->state) != NULL,
				 rows[i].region);
		assert_int_equal(ra_fact_same_lock(facts, a, b, a->state), rows[i].lock);
	}
}

static const char sides[] =
	"class P:\n"                               /* 1 */
	"\tdef f(self, k):\n"
	"\t\tif self.a is None:\n"
	"\t\t\tself.b = 1\n"
	"\t\telse:\n"                              /* 5 */
	"\t\t\tself.c = 1\n"
	"\t\tself.d = 1\n"
	"\t\tif k in self.m:\n"
	"\t\t\treturn\n"
	"\t\tself.e = 1\n"                         /* 10 */
	"\t\tif not self.n or k:\n"
	"\t\t\tself.g = 1\n"
	"\t\telse:\n"
	"\t\t\tself.h = 1\n"
	"\t\tif self.o == 1:\n"                    /* 15 */
	"\t\t\tself.i = 1\n"
	"\t\ttry:\n"
	"\t\t\tself.q[k]\n"
	"\t\texcept KeyError:\n"
	"\t\t\tself.j = 1\n";                      /* 20 */

static void sides_of_tests(void **state)
{
	static const struct { uint32_t test, act; unsigned kind; int says; } rows[] = {
		{ 3, 4, TEST, RA_SAYS_ABSENT },
		{ 3, 6, TEST, RA_SAYS_PRESENT },
		{ 3, 7, TEST, -1 },
		{ 8, 7, TEST, -1 },                /* stands before */
		{ 8, 10, TEST, RA_SAYS_ABSENT },   /* the other side leaves */
		{ 11, 12, TEST, RA_SAYS_VALUE },   /* of an `or` one part may hold */
		{ 11, 14, TEST, RA_SAYS_PRESENT }, /* none does */
		{ 15, 16, TEST, RA_SAYS_VALUE },
		{ 18, 20, READ, RA_SAYS_ABSENT },  /* by raising */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(sides));

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *test = ra_state_use(facts, at(facts, rows[i].test,
								    rows[i].kind)->state);
		const struct ra_fact *act = at(facts, rows[i].act, WRITE);

		while (test && test->kind != rows[i].kind)
			test = ra_fact_next_use(facts, test);
		assert_non_null(test);
		if (ra_fact_governed(facts, test, act) != rows[i].says)
			fail_msg("lines %u and %u: %d", rows[i].test, rows[i].act,
				 ra_fact_governed(facts, test, act));
		assert_true(rows[i].says < 0 ||
			    act->position <= ra_fact_governs_to(facts, test));
	}
}

/* -- questions about units ----------------------------------------------------------------- */

static const char together[] =
	"import asyncio\n"                         /* 1 */
	"class Pool:\n"
	"\tdef __init__(self):\n"
	"\t\tself.lock = asyncio.Lock()\n"
	"\t\tself.d = {}\n"                        /* 5 */
	"\tasync def get(self, k):\n"
	"\t\tif k not in self.d:\n"
	"\t\t\tself.d[k] = await g(k)\n"
	"\tasync def drop(self, k):\n"
	"\t\tasync with self.lock:\n"              /* 10 */
	"\t\t\tself.d.pop(k, None)\n"
	"\tasync def sweep(self):\n"
	"\t\tself.d = {}\n"
	"\tdef start(self):\n"
	"\t\tfor _ in range(2):\n"                 /* 15 */
	"\t\t\tasyncio.create_task(self.sweep())\n";

static void units_that_overlap(void **state)
{
	static const struct { const char *u, *v; enum ra_together strength; } rows[] = {
		{ "Pool.get", "Pool.get", RA_TOGETHER_LOCKED },
		{ "Pool.get", "Pool.drop", RA_TOGETHER_LOCKED },
		{ "Pool.get", "Pool.sweep", RA_TOGETHER_SPAWNED },
		{ "Pool.get", "Pool.__init__", RA_TOGETHER_NO },
		{ "Pool.sweep", "Pool.sweep", RA_TOGETHER_SPAWNED },
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(together));

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t u = unit_named(facts, rows[i].u), v = unit_named(facts, rows[i].v);

		assert_int_equal(ra_units_together(facts, u, v).strength, rows[i].strength);
		assert_int_equal(ra_units_together(facts, v, u).strength, rows[i].strength);
	}
}

static void conflicts_with_a_test(void **state)
{
	static const struct { uint32_t kinds, line; } rows[] = {
		{ RA_KINDS(RA_FACT_DELETE), 11 },
		{ RA_KINDS(RA_FACT_INSERT), 8 },
		{ RA_KINDS_RESET, 13 },
		{ RA_KINDS_CHANGES, 13 },         /* the strongest evidence wins */
		{ RA_KINDS(RA_FACT_UPDATE), 0 },  /* construction is no conflict */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(together));
	const struct ra_fact *test = at(facts, 7, TEST), *taken = at(facts, 11, DELETE);
	struct ra_evidence why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *found = ra_fact_conflict(facts, test->unit, test->state,
							       test, rows[i].kinds, &why);

		assert_int_equal(found ? found->line : 0, rows[i].line);
	}
	assert_null(ra_fact_conflict(facts, test->unit, test->state, taken,
				     RA_KINDS(RA_FACT_DELETE), &why));
}

/* The fact of an awaited call is the call's. */
static void facts_of_nodes(void **state)
{
	const struct ra_facts *facts = facts_of(*state, RA_STR("async def f():\n\tawait g()\n"));
	const struct ra_fact *awaits = at(facts, 2, SWITCH);

	assert_int_equal(ra_fact_of_node(facts, awaits->node), awaits->origin);
	assert_int_equal(awaits->origin, at(facts, 2, CALL)->index);
}

static void origins_of_inlined_tests(void **state)
{
	/* the test of `ready` is of a read that stands in the stream of `use`, behind its own */
	const struct ra_facts *facts = facts_of(*state, ra_str(
		"class P:\n"
		"\tdef ready(self):\n"
		"\t\tx = self.x\n"
		"\t\tif x is None:\n"
		"\t\t\treturn True\n"                   /* 5 */
		"\tasync def use(self):\n"
		"\t\tself.a = self.b\n"
		"\t\tif self.ready():\n"
		"\t\t\tself.x = await g()\n"));
	const struct ra_unit_facts *unit = &facts->units[unit_named(facts, "P.use")];
	bool seen = false;

	for (uint32_t i = 0; i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		assert_int_equal(fact->position, i);
		if (fact->kind != RA_FACT_TEST || fact->origin == RA_NONE)
			continue;
		assert_int_equal(unit->stream[ra_fact(facts, fact->origin)->position],
				 fact->origin);
		seen = true;
	}
	assert_true(seen);
}

/* -- neighbours ---------------------------------------------------------------------------- */

/* Chains hold each fact on a state once and in order, whoever the state's users are. */
static void neighbours_are_complete(void **state)
{
	const struct ra_facts *facts = facts_of(*state, ra_str(together));
	size_t chained = 0, there = 0;

	for (uint32_t s = 0; s < facts->states.n; s++) {
		const struct ra_fact *fact = ra_state_use(facts, s), *last = NULL;

		for (; fact; last = fact, fact = ra_fact_next_use(facts, fact), chained++) {
			assert_int_equal(fact->state, s);
			assert_true(!last || last->index < fact->index);
		}
	}
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = &facts->facts.v[i], *next = ra_fact_next(facts, fact);

		there += fact->state != RA_NONE;
		if (!next)
			continue;
		assert_ptr_equal(ra_fact_previous(facts, next), fact);
		assert_int_equal(next->state, fact->state);
		assert_int_equal(next->unit, fact->unit);
		assert_true(next->position > fact->position);
	}
	assert_int_equal(chained, there);
}

static void searches_end(void **state)
{
	const struct ra_facts *facts = facts_of(*state, ra_str(together));
	const struct ra_fact *test = at(facts, 7, TEST);

	assert_non_null(ra_fact_next(facts, test));
	*facts->steps = RA_SEARCH_MAX;
	assert_null(ra_fact_next(facts, test));
	assert_false(ra_facts_step(facts));
}

/* -- hierarchies --------------------------------------------------------------------------- */

/* A method is found in the order of the bases, a field belongs to the topmost that mentions it. */
static void bases_in_order(void **state)
{
	const struct ra_facts *facts = facts_of(*state, ra_str(
		"class Top:\n"
		"\tdef f(self): self.t = 1\n"
		"\tdef g(self): pass\n"
		"class Left(Top):\n"
		"\tdef g(self): self.x = 1\n"           /* 5 */
		"class Right(Top):\n"
		"\tdef f(self): self.x = 1\n"
		"\tdef g(self): pass\n"
		"class Both(Left, Right):\n"
		"\tdef h(self):\n"                      /* 10 */
		"\t\tself.g()\n"
		"\t\tself.f()\n"
		"\t\tself.x = self.t = 1\n"));
	const struct ra_shape *shape = facts->shape;

	assert_true(ra_str_is(shape->units.v[at(facts, 11, CALL)->callee].qualified, "Left.g"));
	assert_true(ra_str_is(shape->units.v[at(facts, 12, CALL)->callee].qualified, "Top.f"));
	assert_true(ra_str_is(facts->states.v[at(facts, 13, WRITE)->state].name, "Left.x"));
	assert_int_equal(at(facts, 13, WRITE)->state, at(facts, 5, WRITE)->state);
}

/* Each class derives from the two before it: as many ways up as there are atoms. */
static void hierarchies_without_end(void **state)
{
	struct ra_buf text;
	const struct ra_facts *facts;

	ra_buf_init(&text, *state);
	ra_buf_adds(&text, "class C0:\n\tdef m(self): pass\nclass C1(C0): pass\n");
	for (unsigned i = 2; i < 3000; i++)
		ra_buf_addf(&text, "class C%u(C%u, C%u):\n\tdef f(self): self.x%u = self.m()\n", i,
			    i - 1, i - 2, i);
	facts = facts_of(*state, ra_buf_str(&text));
	assert_int_equal(facts->shape->classes.n, 3000);
	assert_true(ra_str_is(facts->shape->units.v[at(facts, 5, CALL)->callee].qualified, "C0.m"));
}

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST_OF(order_of_paths),
		TEST_OF(switches_between),
		TEST_OF(guards_of_two_places),
		TEST_OF(sides_of_tests),
		TEST_OF(units_that_overlap),
		TEST_OF(conflicts_with_a_test),
		TEST_OF(facts_of_nodes),
		TEST_OF(origins_of_inlined_tests),
		TEST_OF(neighbours_are_complete),
		TEST_OF(searches_end),
		TEST_OF(bases_in_order),
		TEST_OF(hierarchies_without_end),
	};

	return cmocka_run_group_tests(all, open_knowledge, close_knowledge);
}
