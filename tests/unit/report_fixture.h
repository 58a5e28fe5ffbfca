/*
 * A run as the report gets it, made by hand: two rules, a question, files that were read, skipped
 * and failed, a fixed and a suppressed finding.
 */
#ifndef RA_TEST_REPORT_FIXTURE_H
#define RA_TEST_REPORT_FIXTURE_H

#include "core/report/report.h"

enum { CARD_CHECK, CARD_DROPPED, CARD_QUESTION, CARDS };

struct fixture {
	struct ra_arena *arena;
	struct ra_cards cards;
	RA_VEC(struct ra_file_report) files;
	struct ra_report_input input;
};

static inline void add_card(struct fixture *f, struct ra_card card, const char *type,
			    const char *class_name)
{
	card.type = ra_race_type(ra_str(type));
	card.class_ = ra_race_class(ra_str(class_name));
	card.path = ra_printf(f->arena, "patterns/python/%.*s.md", RA_FMT(card.id));
	*ra_vec_push(f->arena, &f->cards.list) = card;
}

static inline void add_cards(struct fixture *f)
{
	struct ra_card check = {
		.id = RA_STR("py-check-then-act"),
		.title = RA_STR("Check and write split by a checkpoint"),
		.message = RA_STR("`{{state}}` is tested at L{{check_line}} and written at "
		  "L{{line}}, "
				  "with an `await` between"),
		.trigger = RA_STR("Two tasks ask for the same absent key while `{{awaited}}` is "
				  "pending.\nNo thread is needed."),
		.impact = RA_STR("Resource leak: one connection per lost race.\n\n- callers hold "
				 "different sessions for one key"),
		.consequence = RA_STR("the first value of `{{state}}` is lost"),
		.question_text = RA_STR("is `{{class}}` ever shared by two tasks?"),
		.severity = RA_SEV_HIGH, .confidence = RA_CONF_HIGH,
	};
	struct ra_card dropped = {
		.id = RA_STR("py-task-dropped"),
		.summary = RA_STR("The handle of a task is dropped, so its errors are lost."),
		.trigger = RA_STR("The task fails."),
		.impact = RA_STR("Lost error."),
		.severity = RA_SEV_MEDIUM, .confidence = RA_CONF_MEDIUM,
	};
	struct ra_card question = {
		.id = RA_STR("py-unbounded-queue"),
		.message = RA_STR("`{{state}}` has no bound"),
		.question_text = RA_STR("What bounds `{{state}}` when its reader is slow?"),
		.severity = RA_SEV_LOW, .confidence = RA_CONF_LOW, .question = true,
	};

	*ra_vec_push(f->arena, &check.tests) = (struct ra_card_test){
		.lang = RA_STR("python"),
		.text = RA_STR("async def test_once():\n    obj = {{class}}()\n"
			       "    await asyncio.gather(*[obj.{{function}}(\"k\") for _ "
			       "in range(100)])\n") };
	*ra_vec_push(f->arena, &check.fixes) = (struct ra_card_fix){
		.effort = RA_STR("simple"), .sketch = RA_STR("Hold a lock over L{{check_line}} to "
							     "L{{line}}"),
		.closes = RA_STR("steps 3, 4"), .tradeoffs = RA_STR("one slow key blocks all"),
		.risk = RA_STR("none known"),
		.diff = RA_STR("\n \tasync def get(self, key):\n-\t\tconn = await {{awaited}}\n") };
	*ra_vec_push(f->arena, &check.fixes) = (struct ra_card_fix){
		.effort = RA_STR("moderate"), .sketch = RA_STR("Store the pending task | per "
		  "key") };
	add_card(f, check, "check-then-act", "toctou");
	add_card(f, dropped, "fire-and-forget", "lost-task");
	add_card(f, question, "unbounded-queue", "unbounded");
	f->cards.digest = 0x1234abcd;
}

static inline void add_var(struct fixture *f, struct ra_finding *finding, const char *name,
			   const char *value)
{
	*ra_vec_push(f->arena, &finding->vars) = (struct ra_var){ ra_str(name), ra_str(value) };
}

static inline void add_line(struct fixture *f, struct ra_finding *finding, uint32_t line,
			    const char *role, const char *text)
{
	*ra_vec_push(f->arena, &finding->evidence) =
		(struct ra_evidence_line){ .line = line, .text = ra_str(text), .role = role };
	if (role)
		*ra_vec_push(f->arena, &finding->events) = (struct ra_event){
			.role = role, .line = line, .end_line = line, .column = 9,
			.note = ra_printf(f->arena, "what is done at L%u", (unsigned)line) };
}

static inline void add_step(struct fixture *f, struct ra_finding *finding, const char *task,
			    uint32_t line, const char *text, bool window)
{
	*ra_vec_push(f->arena, &finding->steps) =
		(struct ra_step){ .task = ra_str(task), .line = line, .text = ra_str(text),
				  .window = window };
}

static inline struct ra_finding *add_finding(struct fixture *f, struct ra_file_report *file,
					     int card, uint32_t line, const char *fingerprint)
{
	struct ra_finding *finding = ra_vec_push(f->arena, &file->findings);
	const struct ra_card *rule = &f->cards.list.v[card];

	*finding = (struct ra_finding){
		.card = rule, .fingerprint = ra_str(fingerprint), .severity = rule->severity,
		.confidence = rule->confidence, .question = rule->question, .path = file->path,
		.unit = RA_STR("SessionCache.get"), .subject = RA_STR("self._sessions"),
		.lang = RA_LANG_PYTHON, .line = line, .end_line = line, .column = 9,
	};
	add_var(f, finding, "class", "SessionCache");
	add_var(f, finding, "function", "get");
	return finding;
}

/* The race that USERS shows: a test, a checkpoint, a write; two tasks. */
static inline struct ra_finding *add_race(struct fixture *f, struct ra_file_report *file,
					  uint32_t line, const char *fingerprint)
{
	struct ra_finding *finding = add_finding(f, file, CARD_CHECK, line, fingerprint);

	add_var(f, finding, "check_line", "41");
	add_var(f, finding, "awaited", "self._connect(\n    key)");
	add_line(f, finding, 40, NULL, "    async def get(self, key):");
	add_line(f, finding, 41, "check", "        if key in self._sessions:");
	add_line(f, finding, 44, "switch", "        conn = await self._connect(key)");
	add_line(f, finding, line, "act", "        self._sessions[key] = conn");
	add_step(f, finding, "Task A", 41, "tests `self._sessions`: key missing", false);
	add_step(f, finding, "Task A", 44, "awaits `self._connect(key)`", true);
	add_step(f, finding, "Task B", 41, "tests `self._sessions`: key missing", true);
	add_step(f, finding, "Task B", line, "stores into `self._sessions`", true);
	add_step(f, finding, "Task A", line, "stores into `self._sessions`", true);
	return finding;
}

static inline struct ra_file_report *add_file(struct fixture *f, const char *path,
					      enum ra_file_status status, const char *reason)
{
	struct ra_file_report *file = ra_vec_push(f->arena, &f->files);

	*file = (struct ra_file_report){ .path = ra_str(path), .lang = RA_LANG_PYTHON,
					 .status = status, .reason = ra_str(reason),
					 .blob = RA_STR("9d1f0c77"), .lines = 118, .units = 7 };
	return file;
}

static inline void add_inventory(struct fixture *f, struct ra_file_report *file)
{
	struct ra_report_state *state = ra_vec_push(f->arena, &file->states);

	*state = (struct ra_report_state){ RA_STR("self._sessions"), RA_STR("instance"),
					   RA_STR("dict"), RA_STR(""), { 0 }, { 0 } };
	*ra_vec_push(f->arena, &state->writers) =
		(struct ra_report_use){ .unit = RA_STR("get"), .line = 47 };
	*ra_vec_push(f->arena, &state->writers) =
		(struct ra_report_use){ .unit = RA_STR("evict"), .line = 72 };
	*ra_vec_push(f->arena, &state->writers) =
		(struct ra_report_use){ .unit = RA_STR("get"), .line = 50 };
	*ra_vec_push(f->arena, &state->readers) =
		(struct ra_report_use){ .unit = RA_STR("stats|all"), .line = 95 };
	*ra_vec_push(f->arena, &file->states) = (struct ra_report_state){
		RA_STR("self._lock"), RA_STR("instance"), RA_STR("lock"),
		RA_STR("is the guard"), { 0 }, { 0 } };
	*ra_vec_push(f->arena, &file->checkpoints) = (struct ra_report_checkpoint){
		44, RA_STR("get"), RA_STR("conn = await self._connect(key)"), RA_STR("CHECKPOINT"),
		RA_STR("") };
	*ra_vec_push(f->arena, &file->checkpoints) = (struct ra_report_checkpoint){
		70, RA_STR("evict"), RA_STR("async with self._lock:"), RA_STR("CHECKPOINT "
		  "(enters)"),
		RA_STR("self._pool") };
	*ra_vec_push(f->arena, &file->runtimes) = RA_STR("asyncio");
	*ra_vec_push(f->arena, &file->notes) = RA_STR("unterminated string at line 12");
}

static inline void fixture_open(struct fixture *f, struct ra_arena *arena)
{
	struct ra_file_report *file;
	struct ra_finding *finding;

	*f = (struct fixture){ .arena = arena };
	add_cards(f);
	file = add_file(f, "src/cache/session_cache.py", RA_FILE_AUDITED, "");
	add_inventory(f, file);
	add_finding(f, file, CARD_DROPPED, 88, "ra1:b20d9e4410fc")->state = RA_STATE_OLD;
	add_race(f, file, 47, "ra1:5c0e7b1f2a94");
	add_finding(f, file, CARD_QUESTION, 30, "ra1:00000000000a");
	finding = add_finding(f, file, CARD_DROPPED, 99, "ra1:00000000000b");
	finding->suppressed = true;
	finding->suppression_reason = RA_STR("joined in close()");
	add_finding(f, file, CARD_DROPPED, 12, "ra1:00000000000c")->state = RA_STATE_FIXED;
	*ra_vec_push(arena, &file->suppressions) = (struct ra_suppression){
		.line = 60, .id = RA_STR("py-task-dropped"), .flaw = "needs a reason" };
	*ra_vec_push(arena, &file->suppressions) = (struct ra_suppression){
		.line = 61, .id = RA_STR("py-check-then-act") };
	add_file(f, "src/quiet.py", RA_FILE_CACHED, "");
	add_file(f, "src/big.py", RA_FILE_SKIPPED, "too large: 2 MB, the limit is 1 MB");
	add_file(f, "src/bigger.py", RA_FILE_SKIPPED, "too large: 3 MB, the limit is 1 MB");
	add_file(f, "src/gone.py", RA_FILE_FAILED, "object not found");
	f->input = (struct ra_report_input){
		.scope = { .command = RA_STR("diff"), .repository = RA_STR("shop"),
			   .base = RA_STR("main"), .head = RA_STR("HEAD"),
			   .base_id = RA_STR("3f2a91c0aa3f2a91c0aa3f2a91c0aa3f2a91c0aa"),
			   .head_id = RA_STR("b81e4d0011b81e4d0011b81e4d0011b81e4d0011"),
			   .scope = RA_STR("new"), .complete = false },
		.cards = &f->cards,
	};
	*ra_vec_push(arena, &f->input.scope.notes) = RA_STR("1 finding not shown: outside --scope");
}

static inline json_t *fixture_model(struct fixture *f, struct ra_error *err)
{
	f->input.files = f->files.v;
	f->input.n_files = f->files.n;
	return ra_report_model(f->arena, &f->input, err);
}

#endif
