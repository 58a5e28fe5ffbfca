/*
 * The pipeline from text to candidates, with all shipped cards: the steps of a trace in full; and
 * text that is no program, samples cut off at either end and files made to keep it busy. What is
 * asserted there is that it ends, soundly: a search over all pairs of such a file does not end while
 * anyone waits. Run from the top of the repository.
 */
#include "core/races/races.h"
#include "tests/unit/facts_fixture.h"

enum { FILE_BYTES = 1 << 20 };

static struct ra_matcher *matcher;

static int open_cards(void **state)
{
	struct ra_error err;

	if (ra_matcher_open(&matcher, &err) != RA_OK)
		fail_msg("%s", err.text);
	return open_knowledge(state);
}

static int close_cards(void **state)
{
	ra_matcher_close(matcher);
	return close_knowledge(state);
}

static struct ra_candidates find_in(struct ra_arena *arena, const char *path, struct ra_str text)
{
	const struct ra_races_options options = { .cards = &knowledge.cards };
	struct ra_candidates out = { 0 };

	ra_races_find(arena, matcher, facts_in(arena, path, text), &options, &out);
	return out;
}

static struct ra_candidates find(struct ra_arena *arena, struct ra_str text)
{
	return find_in(arena, "a.py", text);
}

/* What is found stands in the file. */
static void check(struct ra_arena *arena, struct ra_str text)
{
	struct ra_candidates out = find(arena, text);
	uint32_t lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	for (size_t i = 0; i < out.list.n; i++)
		assert_in_range(out.list.v[i].line, 1, lines);
}

/* -- samples, cut off ------------------------------------------------------------------------ */

/* In steps that are coprime with most line lengths, so that all kinds of places are hit. */
enum { CUT_STEP = 13 };

static void cut(struct ra_arena *arena, struct ra_str text, size_t first)
{
	for (size_t at = first % CUT_STEP; at <= text.len; at += CUT_STEP) {
		check(arena, ra_str_n(text.ptr, at));
		ra_arena_reset(arena);
		check(arena, ra_str_n(text.ptr + at, text.len - at));
		ra_arena_reset(arena);
	}
}

static void samples_cut_off(void **state)
{
	const struct ra_cards *cards = &knowledge.cards;
	size_t n = 0;

	for (size_t i = 0; i < cards->list.n; i++)
		for (size_t k = 0; k < cards->list.v[i].samples.n; k++, n++)
			cut(*state, cards->list.v[i].samples.v[k].text, n);
	assert_true(n >= 2 * cards->list.n);
}

/* -- files that nobody wrote ------------------------------------------------------------------ */

/* `part` n times between head and tail: `#` is its number, `@` the one before. With `deeper` each
 * begins one tab further in. */
struct hostile {
	const char *name, *head, *part, *tail;
	unsigned n;
	bool deeper;
};

static const struct hostile files[] = {
	{ "brackets", "x = ", "(", "", 100000, false },
	{ "ifs", "", "if x:\n", "pass\n", 1000, true },
	{ "ifs of one attribute", "class P:\n\tasync def f(self):\n", "\t\tif self.x: await g()\n",
	  "", 40000, false },
	{ "functions", "", "async def f#(): await f@()\n", "", 20000, false },
	{ "test and write", "class Pool:\n\tasync def f(self):\n",
	  "\t\tif self.x is None:\n\t\t\tself.x = await g()\n", "", 17000, false },
	{ "test and return", "class Pool:\n\tasync def f(self):\n",
	  "\t\tif self.x is None: return\n\t\tself.x.y(await g())\n", "", 15000, false },
	{ "writes of one read", "class Pool:\n\tasync def f(self):\n",
	  "\t\tself.n = self.n + await g()\n", "", 25000, false },
	{ "writes of one module state", "x = None\n", "if x is None: x = f()\n", "", 45000, false },
	{ "pairs", "class Pool:\n\tasync def f(self, k):\n",
	  "\t\tdel self.a[k]\n\t\tawait g()\n\t\tdel self.b[k]\n",
	  "\tasync def h(self, k):\n\t\tself.a[k], self.b[k]\n", 10000, false },
	{ "states", "class Pool:\n\tasync def f(self):\n",
	  "\t\tif self.a# is None: self.a# = await g()\n", "", 18000, false },
	{ "returns between", "class Pool:\n\tasync def f(self, k):\n\t\tv = self.x\n",
	  "\t\tif k: return await g()\n\t\tself.x = v + 1\n", "", 15000, false },
	{ "classes in a row", "class C: pass\n",
	  "class C#(C@):\n\tasync def m(self): self.x = await self.q()\n", "", 12000, false },
	{ "classes in a mesh", "class C: pass\n", "class C#(C@, C0, C1): x = C@().y\n", "", 5000,
	  false },
	{ "methods", "import threading\nclass Pool:\n"
	  "\tdef __init__(self): self.lock = threading.Lock()\n",
	  "\tdef f#(self):\n\t\twith self.lock: self.f@()\n\t\tself.x = 1\n", "", 10000, false },
	{ "locks", "import threading\n", "l# = threading.Lock()\nwith l@:\n\twith l#: x# = 1\n", "",
	  10000, false },
	{ "named locks", "import threading\nclass Pool:\n\tdef __init__(self):\n",
	  "\t\tself.v# = 0\n\t\tself.v#_lock = threading.Lock()\n", "", 8000, false },
	{ "managers", "import contextlib\nclass Pool:\n\t@contextlib.contextmanager\n"
	  "\tdef held(self):\n\t\twith self.lock: yield\n\tdef f(self):\n",
	  "\t\twith self.held(): self.x += 1\n", "", 20000, false },
	{ "calls in a chain", "async def f():\n\tx", ".a()", "\n", 100000, false },
	{ "chains", "class P:\n\tasync def f(self):\n",
	  "\t\tself.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z()\n", "", 5000, false },
	{ "calls in calls", "async def f():\n\t", "g(", "", 100000, false },
	{ "elifs", "class P:\n\tasync def f(self):\n\t\tif self.x: pass\n",
	  "\t\telif self.x == #: self.x = await g()\n", "", 20000, false },
	{ "closures", "def outer():\n\tv = 0\n",
	  "\tasync def f#():\n\t\tnonlocal v\n\t\tv += await g(#)\n", "", 15000, false },
	{ "closures in closures", "", "def f#():\n", "pass\n", 1000, true },
	{ "lambdas", "def f():\n\tv = 1\n", "\tg(lambda: v)\n", "", 50000, false },
	{ "holes", "class P:\n\tasync def f(self):\n\t\treturn f\"", "{self.x}", "\"\n", 100000,
	  false },
	{ "holes in holes", "x = f\"", "{f'", "", 100000, false },
	{ "loops", "class Pool:\n\tasync def f(self):\n",
	  "\t\tfor k in self.d: await g()\n\t\tself.d[k] = 1\n", "", 15000, false },
	{ "loops over locals", "async def f(d):\n", "\tfor k in d:\n\t\td.add(k)\n", "", 25000,
	  false },
	{ "counts", "class P:\n\tasync def f(self):\n\t\ttry:\n",
	  "\t\t\tawait g()\n\t\t\tself.n += 1\n", "\t\tfinally:\n\t\t\tself.n -= 1\n", 20000,
	  false },
	{ "decorators", "", "@a.b\n", "def f():\n\tyield\n", 100000, false },
};

static void add_part(struct ra_buf *out, const struct hostile *file, unsigned i)
{
	for (unsigned tab = 0; file->deeper && tab < i; tab++)
		ra_buf_addc(out, '\t');
	for (const char *at = file->part; *at; at++) {
		if (*at == '#')
			ra_buf_addf(out, "%u", i);
		else if (*at == '@')
			ra_buf_addf(out, "%u", i ? i - 1 : 0);
		else
			ra_buf_addc(out, *at);
	}
}

static void files_of_one_kind(void **state)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		struct ra_buf text;

		ra_buf_init(&text, *state);
		ra_buf_adds(&text, files[i].head);
		for (unsigned k = 0; k < files[i].n && text.len < FILE_BYTES; k++)
			add_part(&text, &files[i], k);
		if (files[i].deeper)
			for (unsigned tab = 0; tab < files[i].n; tab++)
				ra_buf_addc(&text, '\t');
		ra_buf_adds(&text, files[i].tail);
		check(*state, ra_buf_str(&text));
		ra_arena_reset(*state);
	}
}

/* -- fences ---------------------------------------------------------------------------------- */

/* A card whose search was given up says so, and what others find is found all the same. */
static void given_up_is_told(void **state)
{
	struct ra_buf text;
	struct ra_candidates out;
	bool told = false, found = false;

	ra_buf_init(&text, *state);
	ra_buf_adds(&text, "import asyncio\nclass Pool:\n\tasync def f(self, k):\n"
			   "\t\tasyncio.create_task(g())\n");
	for (unsigned i = 0; i < 12000; i++)
		ra_buf_addf(&text, "\t\tdel self.a[%u]\n\t\tawait g()\n", i);
	out = find(*state, ra_buf_str(&text));
	for (size_t i = 0; i < out.breaches.n; i++)
		told |= ra_str_is(out.breaches.v[i].card->id, "torn-pair") &&
			ra_str_find(out.breaches.v[i].reason, RA_STR("steps")) >= 0;
	for (size_t i = 0; i < out.list.n; i++)
		found |= ra_str_is(out.list.v[i].card->id, "py-task-dropped");
	assert_true(told);
	assert_true(found);
}

/* -- traces ---------------------------------------------------------------------------------- */

/* What that card finds first, step by step: "A 3 reads `x`", and `*` in the window. */
static void check_trace(struct ra_arena *arena, const char *path, const char *text,
			const char *card, const char *trace)
{
	struct ra_candidates out = find_in(arena, path, ra_str(text));
	struct ra_buf told;

	ra_buf_init(&told, arena);
	for (size_t i = 0; i < out.list.n && !told.len; i++) {
		const struct ra_candidate *c = &out.list.v[i];

		for (size_t k = 0; ra_str_is(c->card->id, card) && k < c->n_steps; k++) {
			const struct ra_step *step = &c->steps[k];

			ra_buf_addf(&told, "%c%s %u %.*s\n", step->task.ptr[step->task.len - 1],
				    step->window ? "*" : "", step->line, RA_FMT(step->text));
		}
	}
	ra_buf_addc(&told, '\0');
	assert_string_equal(told.ptr, trace);
}

/* Each task takes the lock for the look, lets go of it, and takes it again for the act. */
static void a_trace_takes_locks_in_order(void **state)
{
	check_trace(*state, "a.go",
		    "package shelf\n"
		    "type Shelf struct {\n"
		    "\tmu sync.Mutex\n"
		    "\tbooks map[string]*Book\n"
		    "}\n"
		    "func (s *Shelf) Add(title string) {\n"
		    "\ts.mu.Lock()\n"
		    "\t_, ok := s.books[title]\n"
		    "\ts.mu.Unlock()\n"
		    "\tif !ok {\n"
		    "\t\ts.mu.Lock()\n"
		    "\t\ts.books[title] = &Book{}\n"
		    "\t\ts.mu.Unlock()\n"
		    "\t}\n"
		    "}\n",
		    "check-then-act",
		    "A 6 enters `Shelf.Add`\n"
		    "A 7 acquires `s.mu`\n"
		    "A 8 reads `s.books[title]`\n"
		    "A* 9 releases `s.mu`\n"
		    "B* 6 enters `Shelf.Add` as well\n"
		    "B* 7 acquires `s.mu`\n"
		    "B* 8 reads `s.books[title]`\n"
		    "B* 9 releases `s.mu`\n"
		    "B* 10 tests `ok`, which holds `s.books[title]` of line 8\n"
		    "B* 11 acquires `s.mu`\n"
		    "B* 12 stores into `s.books[title]`\n"
		    "B* 13 releases `s.mu`\n"
		    "A* 11 acquires `s.mu`\n"
		    "A* 12 stores into `s.books[title]`\n"
		    "A 0 the second store replaces the first: what Task B stored is lost, and "
		    "whatever it opened is never closed\n");
}

/* What is one access of A is told once, after B. */
static void a_trace_tells_an_access_once(void **state)
{
	check_trace(*state, "a.go",
		    "package shelf\n"
		    "type Shelf struct {\n"
		    "\tmu sync.Mutex\n"
		    "\tcount int\n"
		    "}\n"
		    "func (s *Shelf) Put() {\n"
		    "\ts.mu.Lock()\n"
		    "\tdefer s.mu.Unlock()\n"
		    "\ts.count++\n"
		    "}\n"
		    "func (s *Shelf) Take() {\n"
		    "\ts.mu.Lock()\n"
		    "\ts.count--\n"
		    "\ts.mu.Unlock()\n"
		    "}\n"
		    "func (s *Shelf) Count() int {\n"
		    "\treturn s.count\n"
		    "}\n",
		    "missing-guard",
		    "A 16 enters `Shelf.Count`\n"
		    "A* 17 comes here: another thread runs\n"
		    "B* 6 enters `Shelf.Put`\n"
		    "B* 7 acquires `s.mu`\n"
		    "B* 9 updates `s.count`\n"
		    "A* 17 reads `s.count`\n"
		    "A 0 the access of Task A is not ordered with the change that `mu` guards\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(a_trace_takes_locks_in_order),
		TEST_OF(a_trace_tells_an_access_once),
		TEST_OF(samples_cut_off),
		TEST_OF(files_of_one_kind),
		TEST_OF(given_up_is_told),
	};

	return cmocka_run_group_tests(tests, open_cards, close_cards);
}
