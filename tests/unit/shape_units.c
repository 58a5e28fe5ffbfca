/*
 * The units, classes and blocks of a shape, and the reading of its tree.
 */
#include "tests/unit/shape_fixture.h"

static struct ra_shape shape_text(struct ra_arena *arena, const char *text)
{
	return shape_of(arena, "a.py", ra_str(text));
}

/* -- units and classes --------------------------------------------------------------------- */

static void units(void **state)
{
	struct ra_shape shape = shape_text(*state,
					   "class Pool(Base):\n"                    /* 1 */
					   "    @staticmethod\n"
					   "    def make(n): pass\n"
					   "    @classmethod\n"
					   "    def of(cls, n):\n"                  /* 5 */
					   "        def inner(): return lambda: n\n"
					   "        return inner\n"
					   "    @functools.cached_property\n"
					   "    async def size(\n"
					   "            self): return await 1\n"    /* 10 */
					   "    if DEBUG:\n"
					   "        @size.setter\n"
					   "        def size(self, n): '''\n"
					   "            text'''\n"
					   "    class Slot:\n"                      /* 15 */
					   "        def __new__(cls): yield\n"
					   "    key = lambda self: 1\n"
					   "async def run(a=lambda: 0):\n"
					   "    class Local:\n"
					   "        def go(*args): pass\n"          /* 20 */
					   "    yield a\n"
					   "# the end\n");
	static const struct {
		const char *qualified, *receiver;
		uint32_t up, class_, flags, line, end_line;
	} rows[] = {
		{ "<module>", "", 0, 0, RA_U_MODULE, 1, 22 },
		{ "Pool.make", "", 0, 1, RA_U_METHOD | RA_U_STATIC, 3, 3 },
		{ "Pool.of", "cls", 0, 1, RA_U_METHOD | RA_U_CLASSMETHOD, 5, 7 },
		{ "Pool.of.inner", "", 2, 1, 0, 6, 6 },
		{ "Pool.of.inner.<lambda>", "", 3, 1, RA_U_LAMBDA, 6, 6 },
		{ "Pool.size", "self", 0, 1, RA_U_METHOD | RA_U_PROPERTY | RA_U_ASYNC, 9, 10 },
		{ "Pool.size", "self", 0, 1, RA_U_METHOD | RA_U_PROPERTY, 13, 14 },
		{ "Pool.Slot.__new__", "cls", 0, 2,
		  RA_U_METHOD | RA_U_CLASSMETHOD | RA_U_GENERATOR, 16, 16 },
		{ "Pool.<lambda>", "", 0, 1, RA_U_LAMBDA, 17, 17 },
		{ "run", "", 0, 0, RA_U_ASYNC | RA_U_GENERATOR, 18, 21 },
		{ "<lambda>", "", 0, 0, RA_U_LAMBDA, 18, 18 },
		{ "run.Local.go", "", 9, 3, RA_U_METHOD, 20, 20 },
	};

	assert_int_equal(shape.units.n, COUNT(rows));
	for (uint32_t i = 0; i < COUNT(rows); i++) {
		const struct ra_unit *unit = &shape.units.v[i];

		assert_true(ra_str_is(unit->qualified, rows[i].qualified));
		assert_true(ra_str_ends(unit->qualified, unit->name));
		assert_true(ra_str_is(unit->receiver, rows[i].receiver));
		assert_int_equal(unit->index, i);
		assert_int_equal(unit->up, rows[i].up);
		assert_int_equal(unit->class_, rows[i].class_);
		assert_int_equal(unit->flags, rows[i].flags);
		assert_int_equal(unit->line, rows[i].line);
		assert_int_equal(unit->end_line, rows[i].end_line);
		assert_int_equal(unit->node->unit, i);
	}
}

static void classes(void **state)
{
	struct ra_shape shape = shape_text(*state, "class A:\n class B: pass\n"
						   "def f():\n class C: pass\n");
	static const struct {
		const char *name, *qualified;
		uint32_t up, unit;
	} rows[] = { { "A", "A", 0, 0 }, { "B", "A.B", 1, 0 }, { "C", "f.C", 0, 1 } };

	assert_int_equal(shape.classes.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(ra_str_is(shape.classes.v[i].name, rows[i].name));
		assert_true(ra_str_is(shape.classes.v[i].qualified, rows[i].qualified));
		assert_int_equal(shape.classes.v[i].up, rows[i].up);
		assert_int_equal(shape.classes.v[i].unit, rows[i].unit);
		assert_int_equal(shape.classes.v[i].node->kind, RA_N_CLASS);
	}
}

static void generators(void **state)
{
	static const struct {
		const char *text;
		bool first, second;
	} rows[] = {
		{ "def f(): yield", true, false },
		{ "def f(): x = yield from y", true, false },
		{ "def f(): return g((yield))", true, false },
		{ "def f(): return lambda: (yield)", false, true },
		{ "def f():\n def g(): yield", false, true },
		{ "def f():\n def g(a=(yield)): pass", true, false },
		{ "def f(): return [(yield) for x in y]", false, false },
		{ "def f(): return [x for x in (yield)]", true, false },
		{ "def f(): return [x for x in y if (yield)]", false, false },
		{ "def f(): return [x for x in y for z in (yield)]", false, false },
		{ "def f(): return [a for a in [x for x in (yield)]]", true, false },
		{ "def f(): return [[x for x in (yield)] for a in b]", false, false },
		{ "def f(): return lambda a=[(yield)]: 1", true, false },
		{ "def f():\n class A:\n  a = yield", true, false },
		{ "def f(): pass\nyield", false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_shape shape = shape_text(*state, rows[i].text);

		assert_int_equal(!!(shape.units.v[1].flags & RA_U_GENERATOR), rows[i].first);
		if (shape.units.n > 2)
			assert_int_equal(!!(shape.units.v[2].flags & RA_U_GENERATOR),
					 rows[i].second);
	}
}

/* Who runs what: defaults and decorators belong to the unit around. */
static void units_of_nodes(void **state)
{
	struct ra_shape shape = shape_text(*state, "@d\ndef f(p: t = v) -> r:\n"
						   " b\n g = lambda q=w: e\n");
	static const struct {
		const char *name;
		uint32_t unit;
	} rows[] = {
		{ "d", 0 }, { "p", 1 }, { "t", 0 }, { "v", 0 }, { "r", 0 }, { "b", 1 },
		{ "g", 1 }, { "q", 2 }, { "w", 1 }, { "e", 2 },
	};
	size_t seen = 0;

	for (const struct ra_node *node = shape.root; node;
	     node = ra_node_walk(shape.root, node, true)) {
		if (node->kind != RA_N_NAME && node->kind != RA_N_PARAM)
			continue;
		assert_true(seen < COUNT(rows) && ra_str_is(node->text, rows[seen].name));
		assert_int_equal(node->unit, rows[seen].unit);
		seen++;
	}
	assert_int_equal(seen, COUNT(rows));
}

/* -- blocks -------------------------------------------------------------------------------- */

static void blocks(void **state)
{
	struct ra_shape shape = shape_text(*state, "while a:\n"
						   " for b in c:\n"
						   "  if d: e\n"
						   " else:\n"
						   "  with f: g\n"
						   "def h():\n"
						   " try: i\n"
						   " except j: k\n"
						   " else: l\n"
						   " finally: m\n");
	static const struct {
		uint8_t role;
		uint16_t depth;
		uint32_t up, unit, loop;
	} rows[] = {
		{ RA_B_MODULE, 0, 0, 0, 0 },    { RA_B_LOOP, 1, 0, 0, 1 },
		{ RA_B_LOOP, 2, 1, 0, 2 },      { RA_B_THEN, 3, 2, 0, 2 },
		{ RA_B_LOOP_ELSE, 2, 1, 0, 1 }, { RA_B_WITH, 3, 4, 0, 1 },
		{ RA_B_FUNCTION, 1, 0, 1, 0 },  { RA_B_TRY, 2, 6, 1, 0 },
		{ RA_B_HANDLER, 2, 6, 1, 0 },   { RA_B_TRY_ELSE, 2, 6, 1, 0 },
		{ RA_B_FINALLY, 2, 6, 1, 0 },
	};

	assert_int_equal(shape.blocks.n, COUNT(rows));
	for (uint32_t i = 0; i < COUNT(rows); i++) {
		const struct ra_block *block = &shape.blocks.v[i];

		assert_int_equal(block->role, rows[i].role);
		assert_int_equal(block->depth, rows[i].depth);
		assert_int_equal(block->up, rows[i].up);
		assert_int_equal(block->unit, rows[i].unit);
		assert_int_equal(block->loop, rows[i].loop);
		assert_int_equal(block->node->block, i);
	}
	assert_int_equal(shape.units.v[1].block, 6);
	assert_true(ra_block_inside(&shape, 5, 1));
	assert_true(ra_block_inside(&shape, 5, 0));
	assert_true(ra_block_inside(&shape, 5, 5));
	assert_false(ra_block_inside(&shape, 5, 2));
	assert_false(ra_block_inside(&shape, 1, 5));
}

/* The exits of a loop's body, so that each of them can be seen. */
static void exits(void **state)
{
	enum {
		F = RA_X_FALLS, R = RA_X_RETURN, E = RA_X_RAISE, B = RA_X_BREAK, C = RA_X_CONTINUE
	};
	static const struct {
		const char *text;
		unsigned exits;
	} rows[] = {
		{ "x", F },
		{ "return", R },
		{ "raise x", E },
		{ "break", B },
		{ "continue", C },
		{ "return\n  break", R },
		{ "assert x", F },
		{ "if x: return", F | R },
		{ "if x: return\n  else: raise", R | E },
		{ "if x: return\n  elif y: break\n  else: continue", R | B | C },
		{ "if x: return\n  elif y: break", F | R | B },
		{ "if x: return\n  else: y\n  raise", R | E },
		{ "for x in y: return", F | R },
		{ "for x in y: break", F },
		{ "for x in y: continue\n  else: return", R },
		{ "for x in y: break\n  else: return", F | R },
		{ "for x in y: z\n  else: break", B },
		{ "while x: return", F | R },
		{ "while True: x", 0 },
		{ "while 1: raise", E },
		{ "while True:\n   if x: break", F },
		{ "while True:\n   if x: return", R },
		{ "while 0: return", F | R },
		{ "while True:\n   for x in y: break", 0 },
		{ "with x: return", R },
		{ "with x: y", F },
		{ "try: x\n  except: y", F },
		{ "try: return\n  except A: x", F | R },
		{ "try: raise\n  except A: return", R | E },
		{ "try: raise\n  except: return", R },
		{ "try: x\n  except A: raise", F | E },
		{ "try: x\n  except A: raise\n  else: return", R | E },
		{ "try: return\n  finally: x", R },
		{ "try: return\n  finally: break", B },
		{ "try: raise\n  finally:\n   if x: return", R | E },
		{ "try: x\n  except A: return\n  else: break\n  finally: y", R | B },
		{ "match x:\n   case 1: return", F | R },
		{ "match x:\n   case 1: return\n   case _: break", R | B },
		{ "match x:\n   case y if z: return\n   case _: raise", R | E },
		{ "match x:\n   case y if z: return", F | R },
		{ "match x:\n   case (y): return", R },
		{ "def f(): return", F },
		{ "class A: return", R },
		{ "lambda: x", F },
		{ "1 +", F },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ra_str text = ra_printf(*state, "while a:\n  %s\n", rows[i].text);
		struct ra_shape shape = shape_of(*state, "a.py", text);

		assert_int_equal(shape.blocks.v[1].exits, rows[i].exits);
	}
}

/* -- reading ------------------------------------------------------------------------------- */

static void reading(void **state)
{
	struct ra_shape shape = shape_text(*state, "x\ny = f(a.b . c,\n  'd\\\ne')[1]\n");
	struct ra_node *assign = ra_node_kid(shape.root->kids, 1), *index, *call, *member;

	index = ra_node_kid(assign, 1);
	call = index->kids;
	member = ra_node_kid(call, 1);
	assert_int_equal(assign->kind, RA_N_ASSIGN);
	assert_null(ra_node_kid(assign, 2));
	assert_int_equal(ra_node_count(call), 3);
	assert_ptr_equal(ra_node_find(call, RA_N_STRING), ra_node_kid(call, 2));
	assert_null(ra_node_find(call, RA_N_LIST));
	assert_true(ra_str_is(ra_node_text(&shape, call), "f(a.b . c,\n  'd\\\ne')"));
	assert_true(ra_str_is(ra_node_text(&shape, index), "f(a.b . c,\n  'd\\\ne')[1]"));
	assert_int_equal(ra_node_line(&shape, member), 2);
	assert_int_equal(ra_node_column(&shape, member), 7);
	assert_int_equal(ra_node_end_line(&shape, member), 2);
	assert_int_equal(ra_node_line(&shape, ra_node_kid(call, 2)), 3);
	assert_int_equal(ra_node_end_line(&shape, ra_node_kid(call, 2)), 4);
	assert_int_equal(ra_node_end_line(&shape, assign), 4);
	assert_ptr_equal(ra_node_statement(member), assign);
	assert_ptr_equal(ra_node_statement(assign), assign);
	assert_null(ra_node_statement(shape.root));
	assert_true(ra_str_is(ra_node_dotted(*state, member), "a.b.c"));
	assert_true(ra_str_is(ra_node_dotted(*state, call->kids), "f"));
	assert_int_equal(ra_node_dotted(*state, call).len, 0);
}

static unsigned count_walk(const struct ra_node *root, bool into_units)
{
	unsigned n = 0;

	for (const struct ra_node *at = ra_node_walk(root, NULL, into_units); at;
	     at = ra_node_walk(root, at, into_units))
		n++;
	return n;
}

static void walking(void **state)
{
	struct ra_shape shape = shape_text(*state, "def f():\n"
						   " x = [y for y in z]\n"
						   " def g(): a\n"
						   " w = lambda: b\n"
						   "c");
	const struct ra_node *function = shape.root->kids->kids;

	/* function, block, assign, x, comprehension, y, clause, y, z, function, assign, w, lambda */
	assert_int_equal(count_walk(function, false), 13);
	/* and block, expression, a; b */
	assert_int_equal(count_walk(function, true), 17);
	/* module, block, function, expression, c */
	assert_int_equal(count_walk(shape.root, false), 5);
	assert_int_equal(count_walk(function->next->kids, true), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units),
		cmocka_unit_test(classes),
		cmocka_unit_test(generators),
		cmocka_unit_test(units_of_nodes),
		cmocka_unit_test(blocks),
		cmocka_unit_test(exits),
		cmocka_unit_test(reading),
		cmocka_unit_test(walking),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
