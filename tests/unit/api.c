/*
 * The rows of .api files: what a line says, what is refused and where, what the forms of a name and
 * the flags come to in facts, and that the shipped tables load. Run from the top of the repository.
 */
#include "core/facts/facts.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>

enum { TABLE_BYTES = 1 << 20 };

static struct ra_api *load(struct ra_arena *arena, const char *text)
{
	struct ra_api *api = ra_api_open(arena);
	struct ra_error err;

	if (ra_api_load(api, "t.api", ra_str(text), &err) != RA_OK)
		fail_msg("%s", err.text);
	return api;
}

static void test_row_has_what_its_line_says(void **state)
{
	struct ra_api *api = load(*state,
		"# a comment\n"
		"\n"
		"\tspawn  threading.Thread arg=1:target kind=thread "
		"runtime=threads thread # why\r\n"
		"wait condition:wait timed=0");
	const struct ra_api_row *row = ra_api_find(api, RA_STR("threading.Thread"));

	assert_non_null(row);
	assert_int_equal(row->effect, RA_EFFECT_SPAWN);
	assert_int_equal(row->kind, RA_KIND_THREAD);
	assert_int_equal(row->flags, RA_API_THREAD);
	assert_int_equal(row->runtimes, RA_RT_THREADS);
	assert_int_equal(row->arg, 1);
	assert_true(ra_str_is(row->keyword, "target"));
	assert_true(ra_str_is(row->name, "threading.Thread"));
	assert_null(row->more);
	row = ra_api_method(api, RA_KIND_CONDITION, RA_STR("wait"));
	assert_non_null(row);
	assert_int_equal(row->flags, RA_API_TIMED);
	assert_int_equal(row->bound, 0);
	assert_int_equal(row->arg, RA_API_RECEIVER);
}

static void test_operands(void **state)
{
	static const struct {
		const char *line, *name;
		int arg;
		const char *keyword;
	} cases[] = {
		{ "copy a.f", "a.f", 0, "" },
		{ "copy a.f arg=2", "a.f", 2, "" },
		{ "inline a.f arg=key", "a.f", RA_API_BY_KEYWORD, "key" },
		{ "inline a.f arg=31:key", "a.f", 31, "key" },
		{ "handler a.C:run", "a.C:run", RA_API_RECEIVER, "" },
		{ "handler @route", "@route", 0, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ra_api *api = load(*state, cases[i].line);
		const struct ra_api_row *row = ra_api_find(api, ra_str(cases[i].name));

		assert_non_null(row);
		assert_int_equal(row->arg, cases[i].arg);
		assert_true(ra_str_is(row->keyword, cases[i].keyword));
		assert_int_equal(row->bound, RA_API_BY_KEYWORD);
	}
}

static void test_rows_of_a_name_add_up_over_files(void **state)
{
	struct ra_api *api = load(*state, "new list kind=list\ncopy list\npure len\n");
	const struct ra_api_row *row;

	assert_int_equal(ra_api_load(api, "u.api", RA_STR("inline list arg=0"), NULL), RA_OK);
	row = ra_api_find(api, RA_STR("list"));
	assert_int_equal(row->effect, RA_EFFECT_NEW);
	assert_int_equal(row->more->effect, RA_EFFECT_COPY);
	assert_int_equal(row->more->more->effect, RA_EFFECT_INLINE);
	assert_null(row->more->more->more);
	assert_ptr_equal(ra_api_with(row, RA_EFFECT_COPY), row->more);
	assert_null(ra_api_with(row, RA_EFFECT_PURE));
	assert_null(ra_api_with(NULL, RA_EFFECT_PURE));
}

static void test_methods_by_kind_then_by_name_alone(void **state)
{
	struct ra_api *api = load(*state,
		"delete dict:pop atomic leaves\ndelete list:pop leaves\nwait *:get timed\n"
		"read dict:get\nnew get kind=resource\n");

	assert_int_equal(ra_api_method(api, RA_KIND_DICT, RA_STR("pop"))->flags,
			 RA_API_ATOMIC | RA_API_LEAVES);
	assert_int_equal(ra_api_method(api, RA_KIND_LIST, RA_STR("pop"))->flags, RA_API_LEAVES);
	assert_null(ra_api_method(api, RA_KIND_SET, RA_STR("pop")));
	assert_int_equal(ra_api_method(api, RA_KIND_DICT, RA_STR("get"))->effect, RA_EFFECT_READ);
	assert_int_equal(ra_api_method(api, RA_KIND_QUEUE, RA_STR("get"))->effect,
			 RA_EFFECT_WAIT);
	assert_int_equal(ra_api_method(api, RA_KIND_UNKNOWN, RA_STR("get"))->effect,
			 RA_EFFECT_WAIT);
	assert_int_equal(ra_api_find(api, RA_STR("get"))->effect, RA_EFFECT_NEW);
	assert_null(ra_api_find(api, RA_STR("dict:get")));
}

static void test_refusals_name_the_place(void **state)
{
	static const struct {
		const char *text, *start;
	} cases[] = {
		{ "pure len\nspwan f", "t.api:2:1: unknown effect 'spwan', use one of new read" },
		{ "none f", "t.api:1:1: unknown effect 'none'" },
		{ "pure", "t.api:1:5: no name" },
		{ "pure a..b", "t.api:1:6: bad name" },
		{ "pure a.b.", "t.api:1:6: bad name" },
		{ "pure 2to3", "t.api:1:6: bad name" },
		{ "pure dict:", "t.api:1:6: bad method" },
		{ "pure dict:a.b", "t.api:1:6: bad method" },
		{ "pure dcit:pop", "t.api:1:6: unknown kind 'dcit'" },
		{ "pure .C:run", "t.api:1:6: bad name of a class" },
		{ "pure @a..b", "t.api:1:6: bad name, use 'module.name'" },
		{ "pure @2", "t.api:1:6: bad name, use '@name'" },
		{ "new f kind=lokc", "t.api:1:12: unknown kind 'lokc', use one of unknown null" },
		{ "new f", "t.api:1:6: 'new' makes a kind" },
		{ "spawn scope:start_soon", "t.api:1:23: a receiver is no unit" },
		{ "runtime trio", "t.api:1:13: 'runtime' names one" },
		{ "io f runtime=", "t.api:1:14: unknown runtime ''" },
		{ "io f runtime=trio,nodejs", "t.api:1:19: unknown runtime 'nodejs'" },
		{ "io f asynk", "t.api:1:6: unknown flag 'asynk', use one of async" },
		{ "io f arg=", "t.api:1:10: bad operand" },
		{ "io f arg=-1", "t.api:1:10: bad operand" },
		{ "io f arg=1:", "t.api:1:10: bad operand" },
		{ "io f arg=32", "t.api:1:10: bad position" },
		{ "io f arg=99999999999", "t.api:1:10: bad position" },
		{ "io f timed=x", "t.api:1:12: bad position" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ra_api *api = ra_api_open(*state);
		struct ra_error err = { 0 };

		assert_int_equal(ra_api_load(api, "t.api", ra_str(cases[i].text), &err),
				 RA_EPARSE);
		if (!ra_str_starts(ra_str(err.text), ra_str(cases[i].start)))
			fail_msg("want '%s', got '%s'", cases[i].start, err.text);
		assert_null(ra_api_find(api, RA_STR("len")));
	}
}

static void test_every_word_has_a_name_of_its_own(void **state)
{
	struct ra_map seen;

	ra_map_init(&seen, *state);
	for (int kind = 0; kind < RA_KIND_COUNT; kind++) {
		assert_non_null(ra_kind_name((enum ra_kind)kind));
		assert_int_equal((*ra_map_put(&seen, ra_str(ra_kind_name(kind)), 0))++, 0);
	}
	ra_map_init(&seen, *state);
	for (int effect = 0; effect < RA_EFFECT_COUNT; effect++) {
		assert_non_null(ra_effect_name((enum ra_effect)effect));
		assert_int_equal((*ra_map_put(&seen, ra_str(ra_effect_name(effect)), 0))++, 0);
	}
	assert_string_equal(ra_kind_name(RA_KIND_RESOURCE), "resource");
	assert_string_equal(ra_effect_name(RA_EFFECT_FS_ACT), "fs-act");
}

static void read_shape(struct ra_arena *arena, const char *text, struct ra_shape *shape)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	struct ra_tokens *tokens = ra_new(arena, struct ra_tokens);
	struct ra_source_limits limits = { 0 };

	assert_int_equal(ra_source_open(arena, RA_STR("t.py"), ra_str(text), &limits, source, NULL),
			 RA_OK);
	ra_lex(arena, source, tokens);
	ra_shape_build(arena, tokens, shape);
}

static void test_operand_of_a_call(void **state)
{
	static const struct {
		const char *row, *call, *operand; /* NULL: not given */
	} cases[] = {
		{ "io f", "f(a, b)", "a" },
		{ "io f", "f()", NULL },
		{ "io f", "f(x=a)", NULL },
		{ "io f arg=1:path", "f(a, b)", "b" },
		{ "io f arg=1:path", "f(a, path=b)", "b" },
		{ "io f arg=1:path", "f(path=b)", "b" },
		{ "io f arg=1:path", "f(a)", NULL },
		{ "io f arg=1:path", "f(a, **b)", NULL },
		{ "io f arg=path", "f(a, b)", NULL },
		{ "io f arg=path", "f(a, path=b)", "b" },
		{ "io dict:pop", "d.pop(a)", "d" },
		{ "io dict:pop", "pop(a)", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ra_api *api = load(*state, cases[i].row);
		const struct ra_api_row *row = ra_api_find(api, RA_STR("f"));
		const struct ra_node *node = NULL, *operand;
		struct ra_shape shape;

		if (!row)
			row = ra_api_method(api, RA_KIND_DICT, RA_STR("pop"));
		read_shape(*state, cases[i].call, &shape);
		while ((node = ra_node_walk(shape.root, node, true)) && node->kind != RA_N_CALL)
			;
		assert_non_null(node);
		operand = ra_api_operand(row, node);
		if (!cases[i].operand)
			assert_null(operand);
		else
			assert_true(ra_str_is(ra_node_text(&shape, operand), cases[i].operand));
	}
}

static void build_facts(struct ra_arena *arena, const char *rows, const char *text,
			struct ra_facts *facts)
{
	struct ra_shape *shape = ra_new(arena, struct ra_shape);

	read_shape(arena, text, shape);
	ra_facts_build(arena, shape, load(arena, rows), facts);
}

static void test_lock_made_where_it_is_taken(void **state)
{
	static const struct {
		const char *row;
		bool private_;
	} cases[] = {
		{ "new lib.Lock kind=lock", true }, { "new lib.Lock kind=lock named", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ra_facts facts;

		build_facts(*state, cases[i].row, "import lib\nwith lib.Lock('a'): pass\n", &facts);
		assert_int_equal(facts.regions.n, 1);
		assert_int_equal(facts.regions.v[0].private_, cases[i].private_);
	}
}

static void test_size_of_a_queue(void **state)
{
	static const struct {
		const char *text;
		uint32_t flags;
	} cases[] = {
		{ "import lib\nq = lib.Q()\n", RA_API_UNBOUNDED },
		{ "import lib\nq = lib.Q(0)\n", RA_API_UNBOUNDED },
		{ "import lib\nq = lib.Q(maxsize=None)\n", RA_API_UNBOUNDED },
		{ "import lib, math\nq = lib.Q(math.inf)\n", RA_API_UNBOUNDED },
		{ "import lib\nq = lib.Q(8)\n", 0 },
		{ "import lib\nq = lib.Q(maxsize=n)\n", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ra_facts facts;

		build_facts(*state, "new lib.Q kind=queue arg=0:maxsize unbounded", cases[i].text,
			    &facts);
		assert_int_equal(facts.states.n, 1);
		assert_int_equal(facts.states.v[0].api_flags & RA_API_UNBOUNDED, cases[i].flags);
	}
}

/* One row, one text, one line of the facts that it makes and one that it must not make. */
static void test_rows_come_to_facts(void **state)
{
	static const struct {
		const char *rows, *text, *there, *absent;
	} cases[] = {
		{ "handler @route", "@app.route('/')\ndef f(): pass\n",
		  "`f` is registered as a handler", NULL },
		{ "handler @route\npure lib.route", "import lib\n@lib.route\ndef f(): pass\n", NULL,
		  "registered" },
		{ "handler lib.Base:run", "import lib\nclass A(lib.Base):\n def run(self): pass\n"
		  "class B(A):\n def run(self): pass\n", "its framework calls `B.run`", NULL },
		{ "handler lib.Base:run", "import lib\nclass A(lib.Base):\n def walk(self): pass\n",
		  NULL, "its framework" },
		{ "acquire @locked\nnew dict kind=dict",
		  "d = dict()\n@locked\ndef f():\n d[1] = 2\n",
		  "insert d[1] constant {0 locked}", NULL },
		{ "inline lib.field arg=factory\nnew dict kind=dict",
		  "import lib\nclass A:\n d = lib.field(factory=dict)\n"
		  " def f(self): self.d[1] = 2\n", "state A.d instance dict", NULL },
		{ "new lib.connect kind=resource async\nnew resource:cursor kind=resource",
		  "import lib\nc = lib.connect().cursor()\n", "resource constant async", NULL },
		{ "timeout lib.scope arg=deadline",
		  "import lib\nasync def f():\n with lib.scope():\n  await g()\n", NULL, "timed" },
		{ "timeout lib.scope arg=deadline",
		  "import lib\nasync def f():\n with lib.scope(deadline=1):\n  await g()\n",
		  "await `g` timed", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ra_facts facts;
		struct ra_buf out;

		build_facts(*state, cases[i].rows, cases[i].text, &facts);
		ra_buf_init(&out, *state);
		ra_facts_dump(&facts, &out);
		if (cases[i].there && ra_str_find(ra_buf_str(&out), ra_str(cases[i].there)) < 0)
			fail_msg("case %zu: no '%s' in\n%s", i, cases[i].there, out.ptr);
		if (cases[i].absent && ra_str_find(ra_buf_str(&out), ra_str(cases[i].absent)) >= 0)
			fail_msg("case %zu: '%s' in\n%s", i, cases[i].absent, out.ptr);
	}
}

static struct ra_str read_table(struct ra_arena *arena, const char *path)
{
	char *bytes = ra_alloc(arena, TABLE_BYTES);
	FILE *file = fopen(path, "rb");
	size_t n;

	assert_non_null(file);
	n = fread(bytes, 1, TABLE_BYTES, file);
	fclose(file);
	assert_in_range(n, 1, TABLE_BYTES - 1);
	return ra_str_n(bytes, n);
}

/* The effect, name and operand of a row: what two rows must not share. */
static struct ra_str row_identity(struct ra_arena *arena, struct ra_str line)
{
	struct ra_str effect = RA_STR(""), name = RA_STR(""), word, operand = RA_STR("");

	while (ra_str_cut(&line, ' ', &word))
		if (!effect.len)
			effect = word;
		else if (!name.len)
			name = word;
		else if (ra_str_starts(word, RA_STR("arg=")))
			operand = word;
	return ra_printf(arena, "%.*s %.*s %.*s", RA_FMT(effect), RA_FMT(name), RA_FMT(operand));
}

static void test_shipped_tables(void **state)
{
	struct ra_api *api = ra_api_open(*state);
	struct ra_map seen;
	struct dirent *entry;
	DIR *directory = opendir("patterns/python");

	assert_non_null(directory);
	ra_map_init(&seen, *state);
	while ((entry = readdir(directory))) {
		struct ra_str path = ra_printf(*state, "patterns/python/%s", entry->d_name);
		struct ra_str text, line, row;
		struct ra_error err;

		if (!ra_str_ends(path, RA_STR(".api")))
			continue;
		text = read_table(*state, path.ptr);
		assert_int_equal(text.ptr[0], '#');
		if (ra_api_load(api, path.ptr, text, &err) != RA_OK)
			fail_msg("%s", err.text);
		while (ra_str_cut(&text, '\n', &line)) {
			if (!ra_str_cut(&line, '#', &row) || !ra_str_trim(row).len)
				continue;
			row = row_identity(*state, ra_str_trim(row));
			if ((*ra_map_put(&seen, row, 0))++)
				fail_msg("%s: '%s' is there twice", path.ptr, row.ptr);
		}
	}
	closedir(directory);
	assert_int_equal(ra_api_find(api, RA_STR("asyncio.Lock"))->kind, RA_KIND_LOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_row_has_what_its_line_says, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_operands, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_rows_of_a_name_add_up_over_files, open_arena,
						close_arena),
		cmocka_unit_test_setup_teardown(test_methods_by_kind_then_by_name_alone, open_arena,
						close_arena),
		cmocka_unit_test_setup_teardown(test_refusals_name_the_place, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_every_word_has_a_name_of_its_own, open_arena,
						close_arena),
		cmocka_unit_test_setup_teardown(test_operand_of_a_call, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_lock_made_where_it_is_taken, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_size_of_a_queue, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_rows_come_to_facts, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(test_shipped_tables, open_arena, close_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
