/*
 * The model and what is printed of it: keys that others rely on, counts, names of reports, lines
 * for the terminal.
 */

#include "tests/unit/markdown.h"
#include "tests/unit/report_fixture.h"
#include "tests/unit/unit.h"

#include <strings.h>

static json_t *model_of(struct fixture *f)
{
	struct ra_error err = { 0 };
	json_t *model = fixture_model(f, &err);

	if (!model)
		fail_msg("%s", err.text);
	return model;
}

/* -- the model ----------------------------------------------------------------------------- */

/* The value at "findings.0.trace.1.line" as text: "44", "true", "null", or the string itself. */
static const char *value_at(struct ra_arena *arena, const json_t *value, const char *pointer)
{
	struct ra_str rest = ra_str(pointer), part;
	char text[256] = "absent";

	while (value && ra_str_cut(&rest, '.', &part))
		value = json_is_array(value)
				? json_array_get(value, (size_t)strtoul(part.ptr, NULL, 10))
				: json_object_getn(value, part.ptr, part.len);
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_array(value))
		return ra_printf(arena, "%zu items", json_array_size(value)).ptr;
	if (value)
		text[json_dumpb(value, text, sizeof(text) - 1, JSON_ENCODE_ANY)] = '\0';
	return ra_cstr(arena, ra_str(text));
}

static void test_model_says_what_was_found(void **state)
{
	static const struct { const char *pointer, *expected; } rows[] = {
		{ "schema", "race-audit/1" },
		{ "tool.name", "git-race-audit" },
		{ "tool.rules", "000000001234abcd" },
		{ "scope.command", "diff" },
		{ "scope.base", "main" },
		{ "scope.complete", "false" },
		{ "scope.notes.0", "1 finding not shown: outside --scope" },
		{ "findings", "3 items" },
		{ "findings.0.id", "F1" },
		{ "findings.0.line", "47" },
		{ "findings.0.rule", "py-check-then-act" },
		{ "findings.0.race_type", "check-then-act" },
		{ "findings.0.class", "toctou" },
		{ "findings.0.severity", "high" },
		{ "findings.0.state", "new" },
		{ "findings.0.path", "src/cache/session_cache.py" },
		{ "findings.0.path_bytes", "absent" },
		{ "findings.0.anchor", "f1-l47-check-then-act" },
		{ "findings.0.report", "RACE_AUDIT_src__cache__session_cache.py.md" },
		{ "findings.0.message", "`self._sessions` is tested at L41 and written at L47, "
		  "with "
		  "an `await` between" },
		{ "findings.0.trigger", "Two tasks ask for the same absent key while "
		  "`self._connect( key)` is pending.\nNo thread is needed." },
		{ "findings.0.check_by_hand", "is `SessionCache` ever shared by two tasks?" },
		{ "findings.0.reproduction_language", "python" },
		{ "findings.0.evidence", "4 items" },
		{ "findings.0.evidence.1.text", "        if key in self._sessions:" },
		{ "findings.0.evidence.1.role", "check" },
		{ "findings.0.evidence.1.gap", "false" },
		{ "findings.0.evidence.2.gap", "true" },
		{ "findings.0.evidence.1.display", "41 |     if key in self._sessions:        "
		  "<- check" },
		{ "findings.0.trace", "6 items" },
		{ "findings.0.trace.1.task", "Task A" },
		{ "findings.0.trace.1.step", "2" },
		{ "findings.0.trace.1.window", "true" },
		{ "findings.0.trace.1.display", "[Task A] 2. L44 awaits `self._connect(key)`     "
		  "    "
		  "     --- window opens" },
		{ "findings.0.trace.5.line", "0" },
		{ "findings.0.trace.5.text", "the first value of `self._sessions` is lost" },
		{ "findings.0.window.first", "2" },
		{ "findings.0.window.last", "5" },
		{ "findings.0.related", "2 items" },
		{ "findings.0.related.1.line", "44" },
		{ "findings.0.related.1.note", "what is done at L44" },
		{ "findings.0.fixes", "2 items" },
		{ "findings.0.fixes.0.sketch", "Hold a lock over L41 to L47" },
		{ "findings.0.fixes.0.diff", " \tasync def get(self, key):\n-\t\tconn = await "
		  "self._connect( key)" },
		{ "findings.0.question", "absent" },
		{ "findings.0.rank", "1" },
		{ "findings.0.more_places", "0" },
		{ "findings.1.rank", "2" },
		{ "findings.2.rank", "3" },
		{ "questions.0.rank", "absent" },
		{ "findings.1.id", "F2" },
		{ "findings.1.line", "88" },
		{ "findings.1.message", "The handle of a task is dropped, so its errors are "
		  "lost." },
		{ "findings.1.window", "null" },
		{ "findings.2.id", "F3" },
		{ "findings.2.state", "fixed" },
		{ "questions", "1 items" },
		{ "questions.0.id", "Q1" },
		{ "questions.0.fixes", "absent" },
		{ "questions.0.question", "What bounds `self._sessions` when its reader is slow?" },
		{ "suppressed", "1 items" },
		{ "suppressed.0.id", "S1" },
		{ "suppressed.0.reason", "joined in close()" },
		{ "suppression_problems", "2 items" },
		{ "suppression_problems.0.problem", "needs a reason" },
		{ "suppression_problems.1.problem", "unused: it silences nothing" },
		{ "files", "5 items" },
		{ "files.0.runtimes.0", "asyncio" },
		{ "files.0.states.0.guard", "" },
		{ "files.0.states.0.writers.1.line", "72" },
		{ "files.0.checkpoints.1.held", "self._pool" },
		{ "files.0.counts.findings", "2" },
		{ "files.1.report", "" },
		{ "files.2.status", "skipped" },
		{ "files.2.reason", "too large: 2 MB, the limit is 1 MB" },
		{ "files.4.status", "failed" },
		{ "totals.findings", "2" },
		{ "totals.new", "1" },
		{ "totals.old", "1" },
		{ "totals.fixed", "1" },
		{ "totals.questions", "1" },
		{ "totals.suppressed", "1" },
		{ "totals.files.selected", "5" },
		{ "totals.files.cached", "1" },
		{ "totals.by_severity.0.name", "high" },
		{ "totals.by_severity.1.fixed", "1" },
		{ "totals.by_race_type.0.name", "check-then-act" },
		{ "totals.by_directory.0.name", "src/cache" },
		{ "totals.not_audited", "2 items" },
		{ "totals.not_audited.0.status", "failed" },
		{ "totals.not_audited.1.reason", "too large" },
		{ "totals.not_audited.1.count", "2" },
	};
	struct fixture f;
	json_t *model;

	fixture_open(&f, *state);
	model = model_of(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *value = value_at(*state, model, rows[i].pointer);

		if (strcmp(value, rows[i].expected) != 0)
			fail_msg("%s is '%s', not '%s'", rows[i].pointer, value, rows[i].expected);
	}
	json_decref(model);
}

/* Tests last; then the graver, the surer, the newer first, whatever the lines. */
static void test_rank(void **state)
{
	struct fixture f;
	struct ra_file_report *file;
	struct ra_finding *finding;
	json_t *model;

	fixture_open(&f, *state);
	f.files.n = 0;
	file = add_file(&f, "a.py", RA_FILE_AUDITED, "");
	add_race(&f, file, 10, "ra1:1")->test = true;
	add_finding(&f, file, CARD_DROPPED, 20, "ra1:2")->state = RA_STATE_OLD;
	add_finding(&f, file, CARD_DROPPED, 30, "ra1:3");
	add_finding(&f, file, CARD_DROPPED, 40, "ra1:4")->confidence = RA_CONF_HIGH;
	finding = add_race(&f, file, 50, "ra1:5");
	finding->confidence = RA_CONF_LOW;
	finding->state = RA_STATE_OLD;
	add_race(&f, file, 5, "ra1:6")->state = RA_STATE_FIXED;
	model = model_of(&f);
	for (size_t i = 0; i < 6; i++) {
		static const char *const ranks[] = { "5", "4", "3", "2", "1", "6" };
		struct ra_str pointer = ra_printf(*state, "findings.%zu.rank", i);

		assert_string_equal(value_at(*state, model, pointer.ptr), ranks[i]);
	}
	assert_string_equal(value_at(*state, model, "totals.in_tests"), "1");
	json_decref(model);
}

/* Each place of a cause says its own, and the finding how many there are. */
static void test_also(void **state)
{
	struct fixture f;
	struct ra_file_report *file;
	struct ra_finding *finding, *other = ra_new(*state, struct ra_finding);
	json_t *model;

	fixture_open(&f, *state);
	f.files.n = 0;
	file = add_file(&f, "a.py", RA_FILE_AUDITED, "");
	*other = *add_race(&f, file, 60, "ra1:2");
	other->vars.n = 0;
	add_var(&f, other, "check_line", "58");
	finding = add_race(&f, file, 47, "ra1:1");
	*ra_vec_push(*state, &finding->also) = other;
	*ra_vec_push(*state, &finding->events) = (struct ra_event){
		.role = "also", .line = 60, .end_line = 60, .note = RA_STR("the same in `f`") };
	file->findings.v[0] = *finding;
	file->findings.n = 1;
	model = model_of(&f);
	assert_string_equal(value_at(*state, model, "findings.0.more_places"), "1");
	assert_string_equal(value_at(*state, model, "findings.0.also.0.line"), "60");
	assert_string_equal(value_at(*state, model, "findings.0.also.0.fingerprint"), "ra1:2");
	assert_string_equal(value_at(*state, model, "findings.0.also.0.message"),
			    "`self._sessions` is tested at L58 and written at L60, with an `await` "
			    "between");
	json_decref(model);
}

static void assert_documented(struct ra_str page, json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	json_array_foreach(value, i, item)
		assert_documented(page, item);
	json_object_foreach(value, key, item) {
		if (!ra_str_has_word(page, ra_str(key)))
			fail_msg("docs/json-schema.md does not mention '%s'", key);
		assert_documented(page, item);
	}
}

static void test_every_key_is_documented(void **state)
{
	const char *source = getenv("RA_SOURCE_DIR");
	struct ra_error err = { 0 };
	struct fixture f;
	struct ra_str page;
	json_t *model;

	if (ra_file_read(*state, ra_printf(*state, "%s/docs/json-schema.md",
					   source ? source : ".").ptr, 0, &page, &err))
		fail_msg("%s", err.text);
	fixture_open(&f, *state);
	add_race(&f, add_file(&f, "\xff.py", RA_FILE_AUDITED, ""), 47, "ra1:1");
	model = model_of(&f);
	assert_documented(page, model);
	json_decref(model);
}

static const char *terminal(struct fixture *f, struct ra_terminal how)
{
	json_t *model = model_of(f);
	struct ra_buf out;

	ra_buf_init(&out, f->arena);
	ra_report_terminal(f->arena, model, &how, &out);
	json_decref(model);
	return out.ptr;
}

/* What takes part of another file says so, and is shorter from the same directory. */
static void test_other_files(void **state)
{
	static const struct { const char *pointer, *expected; } rows[] = {
		{ "findings.0.path", "src/cache/b.py" },
		{ "findings.0.evidence.0.path", "absent" },
		{ "findings.0.evidence.0.display", "     40 | async def get(self, key):" },
		{ "findings.0.evidence.2.path", "src/cache/a.py" },
		{ "findings.0.evidence.2.other_file", "a.py" },
		{ "findings.0.evidence.2.gap", "true" },
		{ "findings.0.evidence.2.display",
		  "a.py:44 |     conn = await self._connect(key)  <- switch" },
		{ "findings.0.trace.0.other_file", "absent" },
		{ "findings.0.trace.1.other_file", "lib/a.py" },
		{ "findings.0.trace.1.display", "[Task A] 2. L44 of lib/a.py awaits "
		  "`self._connect(key)`  --- window opens" },
		{ "findings.0.related.0.path", "src/cache/b.py" },
		{ "findings.0.related.0.other_file", "absent" },
		{ "findings.0.related.1.path", "src/cache/a.py" },
		{ "findings.0.related.1.other_file", "a.py" },
		{ "files.0.states.0.writers.0.path", "absent" },
		{ "files.0.states.0.writers.1.other_file", "a.py" },
		{ "files.0.states.0.writers_display", "`get` L47, L50, `evict` L72 of a.py" },
	};
	struct fixture f;
	struct ra_file_report *file;
	struct ra_finding *finding;
	json_t *model;

	fixture_open(&f, *state);
	f.files.n = 0;
	file = add_file(&f, "src/cache/b.py", RA_FILE_AUDITED, "");
	add_inventory(&f, file);
	file->states.v[0].writers.v[1].path = RA_STR("src/cache/a.py");
	finding = add_race(&f, file, 47, "ra1:1");
	finding->events.v[1].path = finding->evidence.v[2].path = RA_STR("src/cache/a.py");
	finding->steps.v[1].path = RA_STR("lib/a.py");
	model = model_of(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *value = value_at(*state, model, rows[i].pointer);

		if (strcmp(value, rows[i].expected) != 0)
			fail_msg("%s: '%s', not '%s'", rows[i].pointer, value, rows[i].expected);
	}
	json_decref(model);
	assert_non_null(strstr(terminal(&f, (struct ra_terminal){ .seconds = -1 }),
			       "\n  >      47 | "));
	assert_non_null(strstr(terminal(&f, (struct ra_terminal){ .seconds = -1 }),
			       "\n    a.py:44 | "));
}

static void test_same_input_gives_same_bytes(void **state)
{
	struct ra_str text[2];
	struct fixture f;

	for (size_t i = 0; i < 2; i++) {
		json_t *model;

		fixture_open(&f, *state);
		model = model_of(&f);
		text[i] = ra_report_json(*state, model);
		json_decref(model);
	}
	assert_true(ra_str_eq(text[0], text[1]));
	assert_true(ra_str_ends(text[0], RA_STR("}\n")));
}

static void test_path_that_is_no_utf8(void **state)
{
	struct fixture f;
	json_t *model;

	fixture_open(&f, *state);
	add_race(&f, add_file(&f, "b\xff\xc3/x\xc3\xa9.py", RA_FILE_AUDITED, ""), 47, "ra1:1");
	model = model_of(&f);
	assert_string_equal(value_at(*state, model, "files.5.path"),
			    "b\xef\xbf\xbd\xef\xbf\xbd/x\xc3\xa9.py");
	assert_string_equal(value_at(*state, model, "files.5.path_bytes"), "Yv/DL3jDqS5weQ==");
	assert_string_equal(value_at(*state, model, "findings.3.path_bytes"), "Yv/DL3jDqS5weQ==");
	assert_string_equal(value_at(*state, model, "files.5.report"),
			    "RACE_AUDIT_b%FF%C3__x%C3%A9.py.md");
	json_decref(model);
}

static void test_errors_name_the_place(void **state)
{
	static const struct { const char *message; int status; const char *expected; } rows[] = {
		{ "a\nb {{#state}}", RA_FILE_AUDITED, "patterns/python/py-check-then-act.md: "
		  "message: "
		  "line 2: section is not closed: 'state'" },
		{ "{{state}", RA_FILE_AUDITED, "patterns/python/py-check-then-act.md: message: "
		  "line 1: "
		  "tag is not closed, it needs '}}'" },
		{ "fine", 9, "'src/cache/session_cache.py' was selected but neither audited nor "
		  "left "
		  "out; report this as a bug" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ra_error err = { 0 };
		struct fixture f;

		fixture_open(&f, *state);
		f.cards.list.v[CARD_CHECK].message = ra_str(rows[i].message);
		f.files.v[0].status = (enum ra_file_status)rows[i].status;
		assert_null(fixture_model(&f, &err));
		assert_string_equal(err.text, rows[i].expected);
		assert_int_not_equal(err.code, 0);
	}
}

/* A finding whose path changed after its detector ran speaks of where it is. */
static void test_values_of_the_finding_win(void **state)
{
	struct ra_finding *finding;
	struct fixture f;
	json_t *model;

	fixture_open(&f, *state);
	f.cards.list.v[CARD_DROPPED].summary = RA_STR("{{path}} {{file_stem}} {{line}} {{state}}");
	finding = add_finding(&f, add_file(&f, "new/b.c.py", RA_FILE_AUDITED, ""), CARD_DROPPED, 5,
			      "ra1:2");
	add_var(&f, finding, "path", "old/a.py");
	add_var(&f, finding, "file_stem", "a");
	add_var(&f, finding, "line", "4");
	add_var(&f, finding, "state", "Pool.conns");
	model = model_of(&f);
	assert_string_equal(value_at(*state, model, "findings.3.message"), "new/b.c.py b.c 5 "
			    "Pool.conns");
	json_decref(model);
}

/* -- names --------------------------------------------------------------------------------- */

static void test_names(void **state)
{
	static const struct { const char *path, *name; } rows[] = {
		{ "src/a.py", "RACE_AUDIT_src__a.py.md" },
		{ "src/a_b.py", "RACE_AUDIT_src__a_b.py.md" },
		{ "src/a__b.py", "RACE_AUDIT_src__a%5F%5Fb.py.md" },
		{ "_a/_b", "RACE_AUDIT__a__%5Fb.md" },
		{ "a_/b", "RACE_AUDIT_a%5F__b.md" },
		{ "a b|c%d~e", "RACE_AUDIT_a%20b%7Cc%25d%7Ee.md" },
		{ "../../etc/passwd", "RACE_AUDIT_..__..__etc__passwd.md" },
		{ "\n\xff", "RACE_AUDIT_%0A%FF.md" },
	};
	static const char *const foreign[] = {
		"RACE_AUDIT_a%5f.md", "RACE_AUDIT_a%41.md", "RACE_AUDIT_a%2.md",
		  "RACE_AUDIT_a~b.md",
		"RACE_AUDIT_a b.md", "a.py.md", "RACE_AUDIT_.txt", "RACE_AUDIT_a%2Fb.md",
		"RACE_AUDIT.md",
	};
	struct ra_str path;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ra_str name = ra_report_name(*state, ra_str(rows[i].path));

		assert_string_equal(name.ptr, rows[i].name);
		assert_true(ra_report_name_decode(*state, name, &path));
		assert_true(ra_str_is(path, rows[i].path));
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		assert_false(ra_report_name_decode(*state, ra_str(foreign[i]), &path));
}

static void test_names_are_injective(void **state)
{
	uint64_t seed = 7;
	struct ra_str path;

	for (size_t round = 0; round < 5000; round++) {
		struct ra_buf text;
		uint32_t n = next_random(&seed) % 20 + 1;
		struct ra_str name;

		ra_buf_init(&text, *state);
		while (n--)
			ra_buf_addc(&text, "_/_/aZ.%~-\x80\n "[next_random(&seed) % 13]);
		name = ra_report_name(*state, ra_buf_str(&text));
		assert_true(name.len <= 200);
		assert_true(ra_report_name_decode(*state, name, &path));
		assert_true(ra_str_eq(path, ra_buf_str(&text)));
	}
}

static void test_long_names(void **state)
{
	struct ra_str a, b, path;
	struct ra_buf text;

	ra_buf_init(&text, *state);
	for (int i = 0; i < 5000; i++)
		ra_buf_addc(&text, i % 50 ? 'x' : '/');
	a = ra_report_name(*state, ra_buf_str(&text));
	ra_buf_addc(&text, 'y');
	b = ra_report_name(*state, ra_buf_str(&text));
	assert_int_equal(a.len, 200);
	assert_int_equal(b.len, 200);
	assert_false(ra_str_eq(a, b));
	assert_false(ra_report_name_decode(*state, a, &path));
}

/* Names of the reports of a run with findings in these files; "" ends the list. */
static void reports_of(struct ra_arena *arena, const char *const *paths, bool basenames,
		       const char **names)
{
	struct fixture f;
	json_t *model;
	size_t n = 0;

	fixture_open(&f, arena);
	f.files.n = 0;
	f.input.basename_names = basenames;
	for (; paths[n]; n++)
		add_race(&f, add_file(&f, paths[n], RA_FILE_AUDITED, ""), 47, "ra1:1");
	model = model_of(&f);
	for (size_t i = 0; i < n; i++)
		names[i] = ra_cstr(arena, ra_str(json_string_value(json_object_get(json_array_get(
					json_object_get(model, "files"), i), "report"))));
	json_decref(model);
}

static void test_names_of_a_run_do_not_collide(void **state)
{
	static const char *const paths[] = { "A/x.py", "INDEX", "a/X.py", "b/checklist", "b/y.py",
					     "b/y.py", "c/y.py", "c/z.py", NULL };
	const char *names[8];

	for (int basenames = 0; basenames < 2; basenames++) {
		reports_of(*state, paths, basenames, names);
		for (size_t i = 0; i < 8; i++)
			for (size_t k = 0; k < i; k++)
				assert_int_not_equal(strcasecmp(names[i], names[k]), 0);
		for (size_t i = 0; i < 8; i++) {
			assert_int_not_equal(strcasecmp(names[i], "RACE_AUDIT_INDEX.md"), 0);
			assert_int_not_equal(strcasecmp(names[i], "RACE_AUDIT_CHECKLIST.md"), 0);
		}
		assert_string_equal(names[6], "RACE_AUDIT_c__y.py.md");
		assert_string_equal(names[7], basenames ? "RACE_AUDIT_z.py.md"
							: "RACE_AUDIT_c__z.py.md");
	}
}

/* -- terminal ------------------------------------------------------------------------------ */

#define RACE_LINE "src/cache/session_cache.py:47:9: high py-check-then-act `self._sessions` is " \
	"tested at L41 and written at L47, with an `await` between [5c0e7b1f2a94]\n"
#define DROPPED_LINE "src/cache/session_cache.py:88:9: medium py-task-dropped The handle of a " \
	"task is dropped, so its errors are lost. [b20d9e4410fc]\n"
#define LAST_LINE "2 findings (1 new, 1 fixed) in 2 files; 1 question; 3 not audited (1 failed: " \
	"object not found; 2 skipped: too large); incomplete"

static void test_terminal(void **state)
{
	struct fixture f;

	fixture_open(&f, *state);
	assert_string_equal(terminal(&f, (struct ra_terminal){ .seconds = 1.25 }),
		RACE_LINE
		"    41 |     if key in self._sessions:        <- check\n"
		"    44 |     conn = await self._connect(key)  <- switch\n"
		"  > 47 |     self._sessions[key] = conn       <- act\n"
		DROPPED_LINE LAST_LINE "; 1.2 s\n");
	assert_string_equal(terminal(&f, (struct ra_terminal){ .seconds = -1, .quiet = true }),
			    RACE_LINE DROPPED_LINE LAST_LINE "\n");
	assert_non_null(strstr(terminal(&f, (struct ra_terminal){ .width = 44, .seconds = -1 }),
			       "\n    44 |     conn = await self...  <- switch\n"));
	assert_non_null(strstr(terminal(&f, (struct ra_terminal){ .questions = true }),
			       "30:9: low py-unbounded-queue What bounds "));
	assert_non_null(strstr(terminal(&f, (struct ra_terminal){ .color = true }),
			       ":47:9: \033[1;31mhigh\033[m py-check-then-act "));
}

static void test_terminal_shows_what_it_cannot_print(void **state)
{
	struct fixture f;
	const char *text;

	fixture_open(&f, *state);
	f.files.v[0].findings.v[1].path = RA_STR("a\x1b]52;c\a\n\xe2\x80\xae\xc3\xa9.py");
	text = terminal(&f, (struct ra_terminal){ .seconds = -1 });
	assert_non_null(strstr(text, "a\\x1b]52;c\\x07\\n<U+202E>\xc3\xa9.py:47:9:"));
	text = terminal(&f, (struct ra_terminal){ .seconds = -1, .ascii = true });
	assert_non_null(strstr(text, "<U+202E><U+00E9>.py:47:9:"));
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(test_model_says_what_was_found),
		WITH_ARENA(test_rank),
		WITH_ARENA(test_also),
		WITH_ARENA(test_every_key_is_documented),
		WITH_ARENA(test_other_files),
		WITH_ARENA(test_same_input_gives_same_bytes),
		WITH_ARENA(test_path_that_is_no_utf8),
		WITH_ARENA(test_errors_name_the_place),
		WITH_ARENA(test_values_of_the_finding_win),
		WITH_ARENA(test_names),
		WITH_ARENA(test_names_are_injective),
		WITH_ARENA(test_long_names),
		WITH_ARENA(test_names_of_a_run_do_not_collide),
		WITH_ARENA(test_terminal),
		WITH_ARENA(test_terminal_shows_what_it_cannot_print),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
