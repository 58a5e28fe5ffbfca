/*
 * findings: what survives an edit and what does not, suppressions, the two sides of a diff,
 * evidence and inventory. Candidates are made by hand, at the lines of a source that carry marks
 * in comments: `# <role>`.
 */

#include <stdio.h>

#include "core/findings/findings.h"
#include "tests/unit/unit.h"

static const char api_rows[] =
	"new asyncio.Lock kind=lock async runtime=asyncio\n"
	"new asyncio.Event kind=event async runtime=asyncio\n"
	"switch asyncio.sleep async runtime=asyncio\n"
	"acquire lock:acquire\n"
	"release lock:release\n"
	"wake event:set\n"
	"delete dict:pop leaves\n"
	"construct *:__init__\n"
	"runtime asyncio runtime=asyncio\n";

/* A source on its way, and the candidates found in it. */
struct file {
	struct ra_arena *arena;
	struct ra_source source;
	struct ra_tokens tokens;
	struct ra_shape shape;
	struct ra_facts facts;
	struct ra_candidates candidates;
	struct ra_suppressions suppressions;
	struct ra_file_report report;
};

static const struct ra_card *card_named(struct ra_arena *arena, const char *id)
{
	struct ra_card *card = ra_new(arena, struct ra_card);

	card->id = ra_str(id);
	card->type = ra_race_type(RA_STR("check-then-act"));
	card->class_ = ra_race_class(RA_STR("toctou"));
	return card;
}

static void open_source(struct ra_arena *arena, const char *path, const char *text,
			struct ra_source *out)
{
	struct ra_source_limits limits = { 0 };
	struct ra_error err;

	if (ra_source_open(arena, ra_str(path), ra_str(text), &limits, out, &err))
		fail_msg("%s", err.text);
}

/* What follows from file->source. */
static struct file *build_file(struct ra_arena *arena, struct file *file)
{
	struct ra_api *api = ra_api_open(arena);
	struct ra_error err;

	file->arena = arena;
	if (ra_api_load(api, "t.api", ra_str(api_rows), &err))
		fail_msg("%s", err.text);
	ra_lex(arena, &file->source, &file->tokens);
	for (size_t i = 0; i < file->tokens.comments.n; i++) {
		const struct ra_comment *comment = &file->tokens.comments.v[i];

		ra_suppressions_read(arena, &file->source, comment->at,
				     ra_str_n(file->source.text.ptr + comment->at, comment->len),
				     &file->suppressions);
	}
	ra_shape_build(arena, &file->tokens, &file->shape);
	ra_facts_build(arena, &file->shape, api, &file->facts);
	file->report.path = file->source.path;
	return file;
}

static struct file *open_file(struct ra_arena *arena, const char *path, const char *text)
{
	struct file *file = ra_new(arena, struct file);

	open_source(arena, path, text, &file->source);
	return build_file(arena, file);
}

static uint32_t line_of(const struct file *file, const char *mark)
{
	ptrdiff_t at = ra_str_find(file->source.text, ra_str(mark));

	if (at < 0)
		fail_msg("no '%s' in the source", mark);
	return ra_source_line(&file->source, (size_t)at);
}

static uint32_t unit_at(const struct file *file, uint32_t line)
{
	uint32_t unit = 0;

	for (uint32_t i = 1; i < file->shape.units.n; i++)
		if (line >= file->shape.units.v[i].line && line <= file->shape.units.v[i].end_line)
			unit = i;
	return unit;
}

/* One candidate at the line of "# act", with an event for each mark that is there. */
static void add_candidate(struct file *file, const char *id, const char *subject)
{
	static const char *const marks[] = { "# check", "# switch", "# act", "# conflict" };
	struct ra_candidate *candidate = ra_vec_push(file->arena, &file->candidates.list);

	candidate->card = card_named(file->arena, id);
	candidate->facts = &file->facts;
	candidate->line = candidate->end_line = line_of(file, "# act");
	candidate->unit = unit_at(file, candidate->line);
	candidate->subject = ra_str(subject);
	candidate->severity = RA_SEV_HIGH;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct ra_event *event = &candidate->events[candidate->n_events];

		if (ra_str_find(file->source.text, ra_str(marks[i])) < 0)
			continue;
		event->role = marks[i] + 2;
		event->line = event->end_line = line_of(file, marks[i]);
		candidate->n_events++;
	}
}

static void collect(struct file *file)
{
	struct ra_file_report *const files[] = { &file->report };

	ra_findings_collect(file->arena, &file->facts, &file->candidates, &file->suppressions,
			    files);
}

static struct file *audit(struct ra_arena *arena, const char *path, const char *text)
{
	struct file *file = open_file(arena, path, text);

	add_candidate(file, "check-then-act", "Pool._conns");
	collect(file);
	return file;
}

/* -- fingerprints -------------------------------------------------------------------------- */

#define POOL_HEAD "class Pool:\n"
#define POOL_GET                                                    \
	"    async def get(self, key):\n"                           \
	"        if key not in self._conns:  # check\n"             \
	"            conn = await self._dial(key, 30)  # switch\n"  \
	"            self._conns[key] = conn  # act\n"              \
	"        return self._conns[key]\n"
#define POOL_DROP                                 \
	"    def drop(self, key):\n"              \
	"        self._conns.pop(key)  # conflict\n"

static void fingerprint_knows_what_is_the_same(void **state)
{
	static const struct { const char *edit, *path, *text; bool same; } rows[] = {
		{ "nothing", "pool.py", POOL_HEAD POOL_GET POOL_DROP, true },
		{ "lines above", "pool.py", "import os\n\n\n" POOL_HEAD POOL_GET POOL_DROP, true },
		{ "another file", "lib/conn.py", POOL_HEAD POOL_GET POOL_DROP, true },
		{ "moved behind", "pool.py", POOL_HEAD POOL_DROP POOL_GET, true },
		{ "no conflict seen", "pool.py", POOL_HEAD POOL_GET, true },
		{ "reindented", "pool.py",
		  "class Pool:\n"
		  "  async def get(self, key):\n"
		  "      if key not in self._conns:  # check\n"
		  "        conn = await self._dial(key, 30)  # switch\n"
		  "        self._conns[key] = conn  # act\n", true },
		{ "wrapped, other comments, another number", "pool.py",
		  "class Pool:\n"
		  "    async def get(self, key):\n"
		  "        if key not in self._conns:  # check whether it is there\n"
		  "            conn = await self._dial(\n"
		  "                key,  # switch\n"
		  "                60,\n"
		  "            )\n"
		  "            self._conns[key] = conn  # act on it\n", true },
		{ "code between", "pool.py",
		  "class Pool:\n"
		  "    async def get(self, key):\n"
		  "        log('get')\n"
		  "        if key not in self._conns:  # check\n"
		  "            conn = await self._dial(key, 30)  # switch\n"
		  "            log('dialed')\n"
		  "            self._conns[key] = conn  # act\n", true },
		{ "another call at the switch", "pool.py",
		  "class Pool:\n"
		  "    async def get(self, key):\n"
		  "        if key not in self._conns:  # check\n"
		  "            conn = await self._open(key, 30)  # switch\n"
		  "            self._conns[key] = conn  # act\n", false },
		{ "another name in the act", "pool.py",
		  "class Pool:\n"
		  "    async def get(self, key):\n"
		  "        if key not in self._conns:  # check\n"
		  "            link = await self._dial(key, 30)  # switch\n"
		  "            self._conns[key] = link  # act\n", false },
		{ "another unit", "pool.py",
		  "class Pool:\n"
		  "    async def fetch(self, key):\n"
		  "        if key not in self._conns:  # check\n"
		  "            conn = await self._dial(key, 30)  # switch\n"
		  "            self._conns[key] = conn  # act\n", false },
		{ "an event less", "pool.py",
		  "class Pool:\n"
		  "    async def get(self, key):\n"
		  "        if key not in self._conns:  # check\n"
		  "            conn = await self._dial(key, 30)\n"
		  "            self._conns[key] = conn  # act\n", false },
	};
	struct ra_str first = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file *file = audit(*state, rows[i].path, rows[i].text);
		struct ra_str fingerprint = file->report.findings.v[0].fingerprint;

		assert_int_equal(fingerprint.len, 16);
		assert_true(ra_str_starts(fingerprint, RA_STR("ra1:")));
		if (!i)
			first = fingerprint;
		if (ra_str_eq(fingerprint, first) != rows[i].same)
			fail_msg("%s: %.*s is %sthe first", rows[i].edit, RA_FMT(fingerprint),
				 rows[i].same ? "not " : "");
	}
}

static void fingerprint_depends_on_rule_and_subject(void **state)
{
	struct file *file = open_file(*state, "pool.py", POOL_HEAD POOL_GET);
	const struct ra_finding *f;

	add_candidate(file, "check-then-act", "Pool._conns");
	add_candidate(file, "lazy-init", "Pool._conns");
	add_candidate(file, "check-then-act", "Pool._dial");
	collect(file);
	f = file->report.findings.v;
	assert_false(ra_str_eq(f[0].fingerprint, f[1].fingerprint));
	assert_false(ra_str_eq(f[0].fingerprint, f[2].fingerprint));
}

static void equal_fingerprints_are_numbered(void **state)
{
	struct file *file = open_file(*state, "pool.py", POOL_HEAD POOL_GET);
	const struct ra_finding *f;

	for (int i = 0; i < 3; i++)
		add_candidate(file, "check-then-act", "Pool._conns");
	collect(file);
	f = file->report.findings.v;
	assert_int_equal(f[0].fingerprint.len, 16);
	assert_true(ra_str_eq(f[1].fingerprint, ra_printf(*state, "%.*s.1",
							  RA_FMT(f[0].fingerprint))));
	assert_true(ra_str_eq(f[2].fingerprint, ra_printf(*state, "%.*s.2",
							  RA_FMT(f[0].fingerprint))));
}

/* -- suppressions -------------------------------------------------------------------------- */

static void suppressions_speak_of_their_line_or_the_next(void **state)
{
	static const struct { const char *what, *text; bool suppressed; size_t kept; } rows[] = {
		{ "on the line", "def f():\n"
		  "    x = 1  # act # race-audit: ignore[check-then-act] one task only\n", true, 0 },
		{ "by race type, above", "def f():\n"
		  "    # race-audit: ignore[check-then-act] one task only\n"
		  "    x = 1  # act\n", true, 0 },
		{ "two above", "def f():\n"
		  "    # race-audit: ignore[check-then-act] one task only\n"
		  "    # race-audit: ignore[lazy-init] made before the loop\n"
		  "    x = 1  # act\n", true, 1 },
		{ "behind code on the line above", "def f():\n"
		  "    y = 0  # race-audit: ignore[check-then-act] one task only\n"
		  "    x = 1  # act\n", false, 1 },
		{ "below", "def f():\n"
		  "    x = 1  # act\n"
		  "    # race-audit: ignore[check-then-act] one task only\n", false, 1 },
		{ "with a gap", "def f():\n"
		  "    # race-audit: ignore[check-then-act] one task only\n"
		  "\n"
		  "    x = 1  # act\n", false, 1 },
		{ "another rule", "def f():\n"
		  "    x = 1  # act # race-audit: ignore[lazy-init] one task only\n", false, 1 },
		{ "no reason", "def f():\n"
		  "    x = 1  # act # race-audit: ignore[check-then-act]\n", false, 1 },
		{ "in a string", "def f():\n"
		  "    x = '# race-audit: ignore[check-then-act] one task only'  # act\n", false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file *file = audit(*state, "a.py", rows[i].text);
		const struct ra_finding *finding = &file->report.findings.v[0];

		if (finding->suppressed != rows[i].suppressed ||
		    file->report.suppressions.n != rows[i].kept)
			fail_msg("%s: suppressed %d, %zu kept", rows[i].what, finding->suppressed,
				 file->report.suppressions.n);
		if (finding->suppressed)
			assert_true(ra_str_is(finding->suppression_reason, "one task only"));
	}
}

/* -- the sides of a diff ------------------------------------------------------------------- */

/* A report of findings with these fingerprints, separated by blanks. */
static struct ra_file_report make_report(struct ra_arena *arena, const char *path,
					 const char *fingerprints)
{
	struct ra_file_report report = { .path = ra_str(path) };
	struct ra_str rest = ra_str(fingerprints), word;
	uint32_t line = 0;

	while (ra_str_cut(&rest, ' ', &word)) {
		struct ra_finding *finding = ra_vec_push(arena, &report.findings);

		*finding = (struct ra_finding){ .fingerprint = word, .path = report.path };
		finding->line = finding->end_line = line += 10;
	}
	return report;
}

static const char *states_of(struct ra_arena *arena, const struct ra_file_report *report)
{
	struct ra_buf text;

	ra_buf_init(&text, arena);
	for (size_t i = 0; i < report->findings.n; i++)
		ra_buf_addf(&text, "%s%.*s:%s%s", i ? " " : "",
			    RA_FMT(report->findings.v[i].fingerprint),
			    ra_state_name(report->findings.v[i].state),
			    report->findings.v[i].touched ? "!" : "");
	return text.ptr ? text.ptr : "";
}

static void comparing_tells_new_old_and_fixed(void **state)
{
	struct ra_range changed[] = { { RA_STR_INIT("a.py"), 1, 4 }, { RA_STR_INIT("a.py"), 19, 20 } };
	static const struct { const char *head, *base, *expected; } rows[] = {
		{ "a b", "a b", "a:old b:old!" },
		{ "a b", "", "a:new b:new!" },
		{ "a b", "b c", "a:new b:old! c:fixed!" },
		{ "", "a a.1", "a:fixed! a.1:fixed!" },
		{ "a a.1", "a", "a:old a.1:new!" },
		{ "a", "b", "a:new b:fixed!" }, /* not counts: one fixed and one added is no zero */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ra_file_report head = make_report(*state, "a.py", rows[i].head);
		struct ra_file_report base = make_report(*state, "a.py", rows[i].base);

		ra_findings_compare(*state, &head, &base, changed, 2);
		assert_string_equal(states_of(*state, &head), rows[i].expected);
	}
}

static void a_file_without_base_is_new(void **state)
{
	struct ra_file_report head = make_report(*state, "a.py", "a");
	struct ra_file_report none = { 0 };
	struct ra_range whole = { RA_STR("a.py"), 1, UINT32_MAX };

	ra_findings_compare(*state, &head, &none, &whole, 1);
	assert_string_equal(states_of(*state, &head), "a:new!");
}

static void what_was_suppressed_is_not_fixed(void **state)
{
	struct ra_file_report head = make_report(*state, "a.py", "");
	struct ra_file_report base = make_report(*state, "a.py", "a");

	base.findings.v[0].suppressed = true;
	ra_findings_compare(*state, &head, &base, NULL, 0);
	assert_int_equal(head.findings.n, 0);
}

static void new_and_fixed_are_so_against_each_base(void **state)
{
	struct ra_file_report head = make_report(*state, "a.py", "a b c");
	struct ra_file_report one = make_report(*state, "a.py", "a x y");
	struct ra_file_report two = make_report(*state, "a.py", "b y");

	ra_findings_compare(*state, &head, &one, NULL, 0);
	ra_findings_compare_further(*state, &head, &two);
	assert_string_equal(states_of(*state, &head), "a:old b:old c:new y:fixed!");
}

static void an_event_in_a_changed_line_touches(void **state)
{
	struct ra_file_report head = make_report(*state, "a.py", "a");
	struct ra_event event = { .role = "conflict", .line = 90, .end_line = 92 };
	struct ra_range changed = { RA_STR("a.py"), 92, 95 };
	struct ra_file_report none = { 0 };

	*ra_vec_push(*state, &head.findings.v[0].events) = event;
	ra_findings_compare(*state, &head, &none, &changed, 1);
	assert_true(head.findings.v[0].touched);
	changed.path = RA_STR("b.py");
	ra_findings_compare(*state, &head, &none, &changed, 1);
	assert_false(head.findings.v[0].touched);
	head.findings.v[0].events.v[0].path = changed.path;
	ra_findings_compare(*state, &head, &none, &changed, 1);
	assert_true(head.findings.v[0].touched);
}

static void what_moved_between_files_is_old(void **state)
{
	struct ra_file_report base[] = {
		make_report(*state, "a.py", "moved twice here"),
		make_report(*state, "b.py", "twice"),
	};
	struct ra_file_report head[] = {
		make_report(*state, "a.py", "here"),
		make_report(*state, "b.py", "fresh moved twice.9"),
	};

	ra_findings_compare(*state, &head[0], &base[0], NULL, 0);
	ra_findings_compare(*state, &head[1], &base[1], NULL, 0);
	ra_findings_moves(*state, head, 2);
	assert_string_equal(states_of(*state, &head[0]), "here:old twice:fixed!");
	assert_string_equal(states_of(*state, &head[1]),
			    "fresh:new moved:old twice.9:new twice:fixed!");
}

/* -- causes -------------------------------------------------------------------------------- */

static struct ra_finding *put(struct ra_arena *arena, struct ra_file_report *file,
			      const struct ra_card *card, uint32_t line, const char *unit,
			      const char *subject)
{
	struct ra_finding *finding = ra_vec_push(arena, &file->findings);

	*finding = (struct ra_finding){
		.card = card, .fingerprint = ra_printf(arena, "ra1:%u", line), .line = line,
		.severity = RA_SEV_MEDIUM, .confidence = RA_CONF_MEDIUM, .path = RA_STR("a.py"),
		.unit = ra_str(unit), .subject = ra_str(subject),
	};
	return finding;
}

static void put_var(struct ra_arena *arena, struct ra_finding *finding, const char *name,
		    const char *value)
{
	*ra_vec_push(arena, &finding->vars) = (struct ra_var){ ra_str(name), ra_str(value) };
}

/* "10+20 30": what stays, each with what goes with it. */
static const char *causes_of(struct ra_arena *arena, struct ra_file_report *file)
{
	struct ra_buf text;

	ra_findings_causes(arena, file);
	ra_buf_init(&text, arena);
	for (size_t i = 0; i < file->findings.n; i++) {
		const struct ra_finding *finding = &file->findings.v[i];

		ra_buf_addf(&text, "%s%u", i ? " " : "", finding->line);
		for (size_t k = 0; k < finding->also.n; k++)
			ra_buf_addf(&text, "+%u", finding->also.v[k]->line);
	}
	return text.ptr;
}

static void one_cause_is_one_finding(void **state)
{
	const struct ra_card *one = card_named(*state, "one"), *two = card_named(*state, "two");
	struct ra_file_report file = { 0 };

	put(*state, &file, one, 10, "A.f", "x");
	put(*state, &file, one, 20, "A.f", "x")->confidence = RA_CONF_HIGH;
	put(*state, &file, two, 30, "A.f", "x");
	put(*state, &file, one, 40, "A.g", "x");
	put(*state, &file, one, 50, "A.f", "y");
	put(*state, &file, one, 60, "A.f", "x");
	put(*state, &file, one, 70, "A.f", "");
	put(*state, &file, one, 80, "A.f", "");
	assert_string_equal(causes_of(*state, &file), "20+10+60 30 40 50 70 80");
	assert_int_equal(file.findings.v[0].events.n, 2);
	assert_string_equal(file.findings.v[0].events.v[1].role, "also");
	assert_int_equal(file.findings.v[0].events.v[1].line, 60);
}

static void one_callee_is_one_cause(void **state)
{
	const struct ra_card *one = card_named(*state, "one"), *two = card_named(*state, "two");
	struct ra_file_report file = { 0 };

	put_var(*state, put(*state, &file, one, 10, "A.f", "save"), "callee", "save");
	put_var(*state, put(*state, &file, one, 20, "A.g", "save"), "callee", "save");
	put_var(*state, put(*state, &file, two, 30, "A.h", "save"), "callee", "save");
	put(*state, &file, one, 40, "A.h", "save");
	assert_string_equal(causes_of(*state, &file), "10+20 30 40");
}

/* Two cards that say the same of one line are one finding, and its line is told once. */
static void one_line_is_one_finding(void **state)
{
	const struct ra_card *one = card_named(*state, "one"), *two = card_named(*state, "two");
	struct ra_file_report file = { 0 };

	put(*state, &file, one, 10, "A.f", "x");
	put(*state, &file, two, 10, "A.f", "x")->severity = RA_SEV_HIGH;
	put(*state, &file, two, 20, "A.f", "x");
	put(*state, &file, one, 20, "A.f", "y");
	assert_string_equal(causes_of(*state, &file), "10 20 20");
	assert_ptr_equal(file.findings.v[0].card, two);
	assert_int_equal(file.findings.v[0].events.n, 0);
}

static void one_lock_is_one_cause(void **state)
{
	const struct ra_card *card = card_named(*state, "one");
	struct ra_file_report file = { 0 };
	static const struct { uint32_t line; const char *unit, *subject, *lock, *owner; } rows[] = {
		{ 10, "A.f", "x", "self.mu", "A" }, { 20, "A.f", "y", "self.mu", "A" },
		{ 30, "A.g", "x", "self.mu", "A" }, { 40, "B.f", "x", "self.mu", "B" },
		{ 50, "A.g", "z", "self.mu", "A" }, { 60, "f", "x", "mu", "" },
		{ 70, "g", "x", "mu", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ra_finding *finding = put(*state, &file, card, rows[i].line, rows[i].unit,
						 rows[i].subject);

		put_var(*state, finding, "lock", rows[i].lock);
		put_var(*state, finding, "class", rows[i].owner);
	}
	assert_string_equal(causes_of(*state, &file), "10+20+30 40 50 60 70");
}

/* What was silenced, is old, a question or a test is not what is not. */
static void a_cause_has_one_standing(void **state)
{
	const struct ra_card *card = card_named(*state, "one");
	struct ra_file_report file = { 0 };

	for (uint32_t line = 1; line <= 6; line++)
		put(*state, &file, card, line, "f", "x");
	file.findings.v[0].suppressed = true;
	file.findings.v[1].state = RA_STATE_OLD;
	file.findings.v[2].question = true;
	file.findings.v[3].test = true;
	assert_string_equal(causes_of(*state, &file), "1 2 3 4 5+6");
}

/* -- evidence ------------------------------------------------------------------------------ */

static const char *evidence_of(struct ra_arena *arena, const struct ra_finding *finding)
{
	struct ra_buf text;

	ra_buf_init(&text, arena);
	for (size_t i = 0; i < finding->evidence.n; i++)
		ra_buf_addf(&text, "%u%s%s ", finding->evidence.v[i].line,
			    finding->evidence.v[i].role ? "=" : "",
			    finding->evidence.v[i].role ? finding->evidence.v[i].role : "");
	return text.ptr ? text.ptr : "";
}

static void evidence_joins_events_and_keeps_gaps(void **state)
{
	struct file *file = audit(*state, "a.py",
				  "import os\n\n"
				  "def f():\n"
				  "    a = 1\n"
				  "    b = 2\n"
				  "    if x:  # check\n"
				  "\n"
				  "        y = 1  # act\n"
				  "    c = 3\n"
				  "\n"
				  "    d = 4\n"
				  "    e = 5\n"
				  "def g():\n"
				  "    z = 1  # conflict\n");
	const struct ra_finding *finding = &file->report.findings.v[0];

	assert_string_equal(evidence_of(*state, finding),
			    "4 5 6=check 7 8=act 9 12 13 14=conflict ");
	assert_true(ra_str_is(finding->evidence.v[4].text, "        y = 1  # act"));
}

static void evidence_is_bounded(void **state)
{
	struct file *file = open_file(*state, "a.py",
				      "def f():\n    x = [  # act\n" "1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n"
				      "1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n"
				      "1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n    ]\n    y = 2  # conflict\n");

	add_candidate(file, "check-then-act", "x");
	file->candidates.list.v[0].end_line = 33;
	collect(file);
	/* The events come first: what is left out is the middle of the long statement. */
	assert_int_equal(file->report.findings.v[0].evidence.n, 24);
	assert_int_equal(file->report.findings.v[0].evidence.v[0].line, 2);
	assert_int_equal(file->report.findings.v[0].evidence.v[22].line, 24);
	assert_int_equal(file->report.findings.v[0].evidence.v[23].line, 34);
}

/* -- inventory ----------------------------------------------------------------------------- */

static const char cache_source[] =
	"import asyncio\n"
	"class Cache:\n"
	"    def __init__(self):\n"
	"        self._lock = asyncio.Lock()\n"
	"        self._ready = asyncio.Event()\n"
	"        self._items = {}\n"
	"        self._name = 'c'\n"
	"    async def get(self, key):\n"
	"        if key in self._items and self._items[key]:  # check\n"
	"            return self._items[key]\n"
	"        await asyncio.sleep(1)  # switch\n"
	"        self._items[key] = 1  # act\n"
	"        self._ready.set()\n"
	"    async def drop(self, key):\n"
	"        await self._lock.acquire()\n"
	"        self._items.pop(key)  # conflict\n"
	"        self._lock.release()\n"
	"    async def walk(self):\n"
	"        async with self._lock:\n"
	"            for key in list(self._items):\n"
	"                yield key\n"
	"    async def other(self):\n"
	"        await asyncio.sleep(2)\n";

static const char *uses_of(struct ra_arena *arena, const struct ra_report_use *uses, size_t n)
{
	struct ra_buf text;

	ra_buf_init(&text, arena);
	for (size_t i = 0; i < n; i++)
		ra_buf_addf(&text, "%.*s:%u(%.*s) ", RA_FMT(uses[i].unit), uses[i].line,
			    RA_FMT(uses[i].guard));
	return text.ptr ? text.ptr : "";
}

static struct ra_file_report *inventory(struct ra_arena *arena)
{
	struct file *file = open_file(arena, "cache.py", cache_source);

	add_candidate(file, "check-then-act", "Cache._items");
	collect(file);
	ra_findings_inventory(arena, arena, &file->facts, file->source.parts, &file->report);
	return &file->report;
}

static const struct ra_report_state *state_named(const struct ra_file_report *report,
						 const char *name)
{
	for (size_t i = 0; i < report->states.n; i++)
		if (ra_str_is(report->states.v[i].name, name))
			return &report->states.v[i];
	return NULL;
}

static void inventory_lists_shared_state_with_guards(void **state)
{
	const struct ra_file_report *report = inventory(*state);
	const struct ra_report_state *items = state_named(report, "Cache._items");

	assert_non_null(items);
	assert_true(ra_str_is(items->scope, "instance"));
	assert_true(ra_str_is(items->kind, "dict"));
	assert_true(ra_str_is(items->guard, "Cache._lock (2 of 6 accesses)"));
	assert_string_equal(uses_of(*state, items->writers.v, items->writers.n),
			    "Cache.get:12() Cache.drop:16(Cache._lock) ");
	assert_string_equal(uses_of(*state, items->readers.v, items->readers.n),
			    "Cache.get:9() Cache.get:10() Cache.walk:20(Cache._lock) ");
	assert_null(state_named(report, "Cache._name"));
	assert_null(state_named(report, "Cache._ready"));
}

static void inventory_lists_the_locks_in_play(void **state)
{
	const struct ra_file_report *report = inventory(*state);
	const struct ra_report_state *lock = state_named(report, "Cache._lock");

	assert_non_null(lock);
	assert_true(ra_str_is(lock->guard, "is the guard"));
	assert_string_equal(uses_of(*state, lock->writers.v, lock->writers.n),
			    "Cache.__init__:4() ");
	assert_string_equal(uses_of(*state, lock->readers.v, lock->readers.n),
			    "Cache.drop:15() Cache.walk:19() ");
}

static void inventory_lists_checkpoints_of_units_with_events(void **state)
{
	const struct ra_file_report *report = inventory(*state);
	struct ra_buf text;

	ra_buf_init(&text, *state);
	for (size_t i = 0; i < report->checkpoints.n; i++)
		ra_buf_addf(&text, "%u %.*s: %.*s\n", report->checkpoints.v[i].line,
			    RA_FMT(report->checkpoints.v[i].text),
			    RA_FMT(report->checkpoints.v[i].meaning));
	assert_string_equal(text.ptr,
			    "11 await asyncio.sleep(1)  # switch: CHECKPOINT\n"
			    "13 self._ready.set(): wakes waiters, no switch\n"
			    "15 await self._lock.acquire(): CHECKPOINT\n"
			    "17 self._lock.release(): changes lock state, no switch\n");
}

/* -- several files ------------------------------------------------------------------------- */

/* A module of three files: the second is audited, and the third; the first is context alone. */
static struct file *open_module(struct ra_arena *arena, struct ra_file_report *reports)
{
	static const struct { const char *path, *text; } rows[] = {
		{ "p/a.py", "import asyncio\n\n\n"
			    "class Base:\n"
			    "    async def dial(self):\n"
			    "        await asyncio.sleep(1)  # switch\n"
			    "        self.conn = 1  # race-audit: ignore[a] not here\n" },
		{ "p/b.py", "import asyncio\n\n"
			    "class Pool(Base):\n"
			    "    async def get(self):\n"
			    "        if self.conn is None:  # check\n"
			    "            await self.dial()\n"
			    "        # race-audit: ignore[check-then-act] the caller waits\n"
			    "            self.conn = 2  # act\n" },
		{ "q/c.py", "class Late(Base):\n"
			    "    async def drop(self):\n"
			    "        self.conn = None  # conflict\n"
			    "        # race-audit: ignore[b] nothing here\n"
			    "        x = [\n" },
	};
	const struct ra_source *files[3];
	struct file *file = ra_new(arena, struct file);

	for (size_t i = 0; i < 3; i++) {
		struct ra_source *source = ra_new(arena, struct ra_source);

		open_source(arena, rows[i].path, rows[i].text, source);
		source->parts[0].audited = i > 0;
		files[i] = source;
		reports[i].path = ra_str(rows[i].path);
	}
	ra_source_join(arena, files, 3, &file->source);
	return build_file(arena, file);
}

static void collect_module(struct file *file, struct ra_file_report *reports)
{
	struct ra_file_report *const files[] = { NULL, &reports[1], &reports[2] };

	ra_findings_collect(file->arena, &file->facts, &file->candidates, &file->suppressions,
			    files);
}

static void findings_go_to_their_file(void **state)
{
	struct ra_file_report reports[3] = { 0 };
	struct file *file = open_module(*state, reports);
	const struct ra_finding *finding;

	add_candidate(file, "check-then-act", "Pool.conn");
	collect_module(file, reports);
	assert_int_equal(reports[0].findings.n + reports[2].findings.n, 0);
	assert_int_equal(reports[1].findings.n, 1);
	finding = &reports[1].findings.v[0];
	assert_true(ra_str_is(finding->path, "p/b.py"));
	assert_int_equal(finding->line, 8);
	assert_true(finding->suppressed);
	assert_int_equal(finding->events.n, 4);
	assert_int_equal(finding->events.v[0].line, 5); /* check */
	assert_int_equal(finding->events.v[0].path.len, 0);
	assert_int_equal(finding->events.v[1].line, 6); /* switch */
	assert_true(ra_str_is(finding->events.v[1].path, "p/a.py"));
	assert_true(ra_str_is(finding->events.v[3].path, "q/c.py"));
	assert_int_equal(finding->events.v[3].line, 3);
	/* its own file first, no context over the end of a file */
	assert_string_equal(evidence_of(*state, finding),
			    "3 4 5=check 6 7 8=act 4 5 6=switch 7 1 2 3=conflict 4 5 ");
	assert_true(ra_str_is(finding->evidence.v[6].path, "p/a.py"));
}

static void suppressions_and_notes_go_to_their_file(void **state)
{
	struct ra_file_report reports[3] = { 0 };
	struct file *file = open_module(*state, reports);

	collect_module(file, reports);
	assert_int_equal(reports[1].suppressions.n, 1);
	assert_int_equal(reports[1].suppressions.v[0].line, 7);
	assert_int_equal(reports[2].suppressions.n, 1);
	assert_int_equal(reports[2].suppressions.v[0].line, 4);
	assert_int_equal(reports[1].notes.n, 0);
	assert_true(reports[2].notes.n > 0);
	assert_true(ra_str_starts(reports[2].notes.v[0], RA_STR("line ")));
}

static void inventory_tells_files_apart(void **state)
{
	struct ra_file_report reports[3] = { 0 };
	struct file *file = open_module(*state, reports);
	const struct ra_report_state *conn;

	add_candidate(file, "check-then-act", "Base.conn");
	collect_module(file, reports);
	ra_findings_inventory(*state, *state, &file->facts, &file->source.parts[1], &reports[1]);
	conn = state_named(&reports[1], "Base.conn");
	assert_non_null(conn);
	assert_string_equal(uses_of(*state, conn->writers.v, conn->writers.n),
			    "Base.dial:7() Pool.get:8() Late.drop:3() ");
	assert_true(ra_str_is(conn->writers.v[0].path, "p/a.py"));
	assert_int_equal(conn->writers.v[1].path.len, 0);
	assert_true(ra_str_is(conn->writers.v[2].path, "q/c.py"));
	assert_int_equal(reports[1].checkpoints.n, 1);
	assert_int_equal(reports[1].checkpoints.v[0].line, 6);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fingerprint_knows_what_is_the_same),
		TEST(fingerprint_depends_on_rule_and_subject),
		TEST(equal_fingerprints_are_numbered),
		TEST(suppressions_speak_of_their_line_or_the_next),
		TEST(comparing_tells_new_old_and_fixed),
		TEST(a_file_without_base_is_new),
		TEST(what_was_suppressed_is_not_fixed),
		TEST(new_and_fixed_are_so_against_each_base),
		TEST(an_event_in_a_changed_line_touches),
		TEST(what_moved_between_files_is_old),
		TEST(one_cause_is_one_finding),
		TEST(one_lock_is_one_cause),
		TEST(one_callee_is_one_cause),
		TEST(one_line_is_one_finding),
		TEST(a_cause_has_one_standing),
		TEST(evidence_joins_events_and_keeps_gaps),
		TEST(evidence_is_bounded),
		TEST(inventory_lists_shared_state_with_guards),
		TEST(inventory_lists_the_locks_in_play),
		TEST(inventory_lists_checkpoints_of_units_with_events),
		TEST(findings_go_to_their_file),
		TEST(suppressions_and_notes_go_to_their_file),
		TEST(inventory_tells_files_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
