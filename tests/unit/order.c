/*
 * Lock order over files: which cycles are found, which are not, and what the finding says.
 */
#include "core/findings/order.h"
#include "tests/unit/unit.h"

struct fixture {
	struct ra_arena *arena;
	struct ra_card card;
	struct ra_orders orders;
	struct ra_file_report reports[3]; /* a.py, b.py, c.py */
};

static void open_fixture(struct fixture *f, struct ra_arena *arena)
{
	*f = (struct fixture){ .arena = arena };
	f->card = (struct ra_card){ .id = RA_STR("lock-order"), .severity = RA_SEV_HIGH,
				    .type = ra_race_type(RA_STR("lock-order")),
				    .class_ = ra_race_class(RA_STR("deadlock")) };
	f->reports[0].path = RA_STR("a.py");
	f->reports[1].path = RA_STR("b.py");
	f->reports[2].path = RA_STR("c.py");
}

static struct ra_order_lock lock(struct fixture *f, const char *name)
{
	return (struct ra_order_lock){ .id = ra_printf(f->arena, "1 x.py %s", name),
				       .place = RA_STR("x.py"), .name = ra_str(name) };
}

static struct ra_order_site site(struct fixture *f, size_t file, uint32_t line)
{
	return (struct ra_order_site){
		.path = f->reports[file].path, .unit = ra_printf(f->arena, "f%zu", file),
		.code = ra_printf(f->arena, "code %u", line), .line = line, .end_line = line,
		.column = 1,
	};
}

/* `second` at the line of a file, in a region of `first` that begins one line above. */
static struct ra_order_edge *edge(struct fixture *f, const char *first, const char *second,
				  size_t file, uint32_t line)
{
	struct ra_order_edge *e = ra_vec_push(f->arena, &f->orders.edges);

	*e = (struct ra_order_edge){
		.first = lock(f, first), .second = lock(f, second), .source = file,
		.held = site(f, file, line - 1), .at = site(f, file, line),
		.acquire = site(f, file, line), .report = &f->reports[file],
		.fingerprint = ra_printf(f->arena, "ra1:%s%s", first, second),
		.lang = RA_LANG_PYTHON,
	};
	return e;
}

/* "path:line subject" of each finding. */
static const char *join(struct fixture *f)
{
	struct ra_buf out;

	ra_orders_join(f->arena, &f->card, &f->orders);
	ra_buf_init(&out, f->arena);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < f->reports[i].findings.n; k++) {
			const struct ra_finding *finding = &f->reports[i].findings.v[k];

			ra_buf_addf(&out, "%.*s:%u %.*s; ", RA_FMT(finding->path), finding->line,
				    RA_FMT(finding->subject));
		}
	return out.ptr ? out.ptr : "";
}

static void two_files_take_two_orders(void **state)
{
	const struct ra_finding *finding;
	struct fixture f;

	open_fixture(&f, *state);
	edge(&f, "B", "A", 1, 20);
	edge(&f, "A", "B", 0, 10);
	edge(&f, "A", "B", 2, 30); /* the same cycle again */
	assert_string_equal(join(&f), "a.py:10 A, B; ");
	finding = &f.reports[0].findings.v[0];
	assert_true(ra_str_is(finding->fingerprint, "ra1:AB"));
	assert_int_equal(finding->events.n, 4);
	assert_int_equal(finding->events.v[0].line, 9);
	assert_int_equal(finding->events.v[0].path.len, 0);
	assert_true(ra_str_is(finding->events.v[1].path, "b.py"));
	assert_true(ra_str_is(finding->events.v[3].note, "wants `A` while it holds `B`"));
	assert_int_equal(finding->steps.n, 4);
	assert_true(ra_str_is(finding->steps.v[3].task, "Task B"));
	assert_true(ra_str_is(finding->steps.v[3].text, "wants `A` and waits for Task A"));
	assert_int_equal(finding->evidence.n, 4);
	assert_true(ra_str_is(finding->evidence.v[3].path, "b.py"));
	for (size_t i = 0; i < finding->vars.n; i++)
		if (ra_str_is(finding->vars.v[i].name, "back"))
			assert_true(ra_str_is(finding->vars.v[i].value, "20 of b.py"));
}

static void longer_cycles(void **state)
{
	struct fixture f;

	open_fixture(&f, *state);
	edge(&f, "A", "B", 0, 10);
	edge(&f, "B", "C", 1, 20);
	edge(&f, "C", "A", 2, 30);
	assert_string_equal(join(&f), "a.py:10 A, B; ");
	assert_int_equal(f.reports[0].findings.v[0].steps.n, 6);
}

/* Each edge brings two locks that nobody knew: the graph moves while it grows. */
static void a_graph_of_many_locks(void **state)
{
	struct fixture f;

	open_fixture(&f, *state);
	for (unsigned i = 0; i < 300; i++)
		edge(&f, ra_cstr(f.arena, ra_printf(f.arena, "L%u", i)),
		     ra_cstr(f.arena, ra_printf(f.arena, "M%u", i)), 0, 10 + i);
	edge(&f, "M299", "L299", 1, 20);
	assert_string_equal(join(&f), "a.py:309 L299, M299; ");
}

static void one_order_is_none(void **state)
{
	struct fixture f;

	open_fixture(&f, *state);
	edge(&f, "A", "B", 0, 10);
	edge(&f, "A", "B", 1, 20);
	edge(&f, "B", "C", 2, 30);
	assert_string_equal(join(&f), "");
}

static void what_one_file_has_was_judged_there(void **state)
{
	struct fixture f;

	open_fixture(&f, *state);
	edge(&f, "A", "B", 0, 10);
	edge(&f, "B", "A", 0, 12);
	edge(&f, "B", "A", 1, 20);
	assert_string_equal(join(&f), "");
}

static void a_gate_lets_one_in(void **state)
{
	struct fixture f;
	struct ra_order_edge *e;

	open_fixture(&f, *state);
	for (unsigned i = 0; i < 2; i++) {
		e = i ? edge(&f, "B", "A", 1, 20) : edge(&f, "A", "B", 0, 10);
		e->gates[e->n_gates++] = RA_STR("1 x.py G");
	}
	assert_string_equal(join(&f), "");
}

static void readers_pass(void **state)
{
	struct fixture f;

	open_fixture(&f, *state);
	edge(&f, "A", "B", 0, 10)->shared = true;
	edge(&f, "B", "A", 1, 20)->shared = true;
	assert_string_equal(join(&f), "");
	f.orders.edges.v[1].shared = false;
	assert_string_equal(join(&f), "a.py:10 A, B; ");
}

static void calls_take_what_their_callee_takes(void **state)
{
	struct ra_order_edge *e;
	struct fixture f;

	open_fixture(&f, *state);
	e = edge(&f, "A", "", 0, 10);
	e->second.id = RA_STR("");
	e->callee = RA_STR("1 b.py pay");
	edge(&f, "B", "A", 1, 20);
	*ra_vec_push(*state, &f.orders.uses) = (struct ra_order_use){
		.callee = RA_STR("1 b.py pay"), .lock = lock(&f, "B"), .acquire = site(&f, 1, 5) };
	assert_string_equal(join(&f), "a.py:10 A, B; ");
	assert_true(ra_str_is(f.reports[0].findings.v[0].events.v[3].note,
			      "the acquisition itself"));
}

static void context_alone_has_no_finding(void **state)
{
	struct fixture f;

	open_fixture(&f, *state);
	edge(&f, "A", "B", 0, 10)->report = NULL;
	edge(&f, "B", "A", 1, 20);
	assert_string_equal(join(&f), "b.py:20 B, A; ");
	open_fixture(&f, *state);
	edge(&f, "A", "B", 0, 10)->report = NULL;
	edge(&f, "B", "A", 1, 20)->report = NULL;
	assert_string_equal(join(&f), "");
}

static void suppressions_of_the_file_hold(void **state)
{
	struct fixture f;

	open_fixture(&f, *state);
	edge(&f, "A", "B", 0, 10);
	edge(&f, "B", "A", 1, 20);
	*ra_vec_push(*state, &f.reports[0].suppressions) = (struct ra_suppression){
		.line = 9, .about = 10, .id = RA_STR("lock-order"), .reason = RA_STR("meant") };
	join(&f);
	assert_true(f.reports[0].findings.v[0].suppressed);
	assert_true(f.reports[0].suppressions.v[0].used);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_files_take_two_orders),
		TEST(longer_cycles),
		TEST(a_graph_of_many_locks),
		TEST(one_order_is_none),
		TEST(what_one_file_has_was_judged_there),
		TEST(a_gate_lets_one_in),
		TEST(readers_pass),
		TEST(calls_take_what_their_callee_takes),
		TEST(context_alone_has_no_finding),
		TEST(suppressions_of_the_file_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
