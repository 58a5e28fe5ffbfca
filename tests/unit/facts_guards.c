/*
 * Facts of guards that are values, and of the handles of what is shared (Rust): how long a lock is
 * held, which one it is, what it holds. Run from the top of the repository.
 */
#include "tests/unit/facts_fixture.h"

/* Of a method, which begins at line 4. */
#define BODY(lines) \
	"struct Bank { n: std::sync::Mutex<u32>, q: std::sync::Mutex<Option<u32>> }\n" \
	"impl Bank {\n" \
	"fn f(&self) {\n" \
	lines \
	"} }\n"

/* A guard with a name lasts to the end of its block. */
static const struct sample bound[] = {
	{ "Bank.f",
	  BODY("let g = self.n.lock().unwrap();\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "5: call dropped `work` {0 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n" },
	/* `_g` is a name as any other */
	{ "Bank.f",
	  BODY("{ let _g = self.n.lock().unwrap(); }\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "4: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: call dropped `work`\n" },
	/* of a pattern, both; the last one made goes first */
	{ "Bank.f",
	  BODY("let (g, h) = (self.n.lock().unwrap(), self.q.lock().unwrap());\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "4: read Bank.q {0 self.n}\n"
	  "4: acquire operand Bank.q `self.q` {0 self.n}\n"
	  "4: call bound Bank.q `self.q.lock().unwrap` {0 self.n} {1 self.q}\n"
	  "5: call dropped `work` {0 self.n} {1 self.q}\n"
	  "5: release operand Bank.q `self.q` {0 self.n} {1 self.q}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n" },
	/* where it does not match, nothing was taken */
	{ "Bank.f",
	  BODY("let Ok(g) = self.n.lock() else { return };\n"
	       "work();\n"),
	  "4: test value Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: leave\n"
	  "5: call dropped `work` {0 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n" },
	/* the value of a block goes on */
	{ "Bank.f",
	  BODY("let g = { self.n.lock().unwrap() };\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "5: call dropped `work` {0 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n" },
};

/* Without a name it ends with its statement: `_` is none. */
static const struct sample temporary[] = {
	{ "Bank.f",
	  BODY("*self.n.lock().unwrap() += 1;\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call operand Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "4: read Bank.n {0 self.n}\n"
	  "4: update Bank.n {0 self.n}\n"
	  "4: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: call dropped `work`\n" },
	{ "Bank.f",
	  BODY("let _ = self.n.lock().unwrap();\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call dropped Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "4: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: call dropped `work`\n" },
	/* a copy of what it guards is not the guard */
	{ "Bank.f",
	  BODY("let n = *self.n.lock().unwrap();\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call operand Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "4: read Bank.n {0 self.n}\n"
	  "4: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: call dropped `work`\n" },
	/* the condition of an `if` is a statement of its own */
	{ "Bank.f",
	  BODY("if *self.n.lock().unwrap() > 1 {\n"
	       "\twork();\n"
	       "}\n"),
	  "4: test value Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call operand Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "4: test value Bank.n {0 self.n}\n"
	  "4: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: call dropped `work`\n" },
};

/* It ends earlier where it is dropped, moved away or replaced. */
static const struct sample ended[] = {
	{ "Bank.f",
	  BODY("let g = self.n.lock().unwrap();\n"
	       "drop(g);\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n"
	  "6: call dropped `work`\n" },
	{ "Bank.f",
	  BODY("let g = self.n.lock().unwrap();\n"
	       "keep(g);\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: call dropped `keep`\n"
	  "6: call dropped `work`\n" },
	/* a reference is lent, not given */
	{ "Bank.f",
	  BODY("let g = self.n.lock().unwrap();\n"
	       "look(&g);\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "5: call dropped `look` {0 self.n}\n"
	  "6: call dropped `work` {0 self.n}\n"
	  "6: release operand Bank.n `self.n` {0 self.n}\n" },
	/* the old one is dropped when the new one is there */
	{ "Bank.f",
	  BODY("let mut g = self.n.lock().unwrap();\n"
	       "g = self.n.lock().unwrap();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "5: read Bank.n {0 self.n}\n"
	  "5: acquire operand Bank.n `self.n` {0 self.n}\n"
	  "5: call bound Bank.n `self.n.lock().unwrap` {0 self.n} {1 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n} {1 self.n}\n"
	  "5: release operand Bank.n `self.n` {1 self.n}\n" },
	/* on one way, which leaves: held on the other */
	{ "Bank.f",
	  BODY("let g = self.n.lock().unwrap();\n"
	       "if c { drop(g); return; }\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call bound Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: leave\n"
	  "6: call dropped `work` {0 self.n}\n"
	  "6: release operand Bank.n `self.n` {0 self.n}\n" },
};

/* The head of a branch with a pattern. */
static const struct sample heads[] = {
	/* `match` holds it through its cases, in every edition */
	{ "Bank.f",
	  BODY("match *self.q.lock().unwrap() {\n"
	       "\tSome(_) => work(),\n"
	       "\tNone => rest(),\n"
	       "}\n"
	       "last();\n"),
	  "4: test value Bank.q\n"
	  "4: acquire operand Bank.q `self.q`\n"
	  "4: call operand Bank.q `self.q.lock().unwrap` {0 self.q}\n"
	  "4: test present Bank.q {0 self.q}\n"
	  "5: call dropped `work` {0 self.q}\n"
	  "6: call dropped `rest` {0 self.q}\n"
	  "7: release operand Bank.q `self.q` {0 self.q}\n"
	  "8: call dropped `last`\n" },
	/* so does `while let` */
	{ "Bank.f",
	  BODY("while let Some(n) = self.q.lock().unwrap().take() {\n"
	       "\twork();\n"
	       "}\n"
	       "last();\n"),
	  "4: test value Bank.q\n"
	  "4: acquire operand Bank.q `self.q`\n"
	  "4: call operand Bank.q `self.q.lock().unwrap` {0 self.q}\n"
	  "4: test value Bank.q `self.q.lock().unwrap().take` {0 self.q}\n"
	  "4: delete Bank.q `self.q.lock().unwrap().take` {0 self.q}\n"
	  "5: call dropped `work` {0 self.q}\n"
	  "6: release operand Bank.q `self.q` {0 self.q}\n"
	  "7: call dropped `last`\n" },
	/* `if let` holds it through its `else` up to 2021 */
	{ "Bank.f",
	  BODY("if let Some(n) = *self.q.lock().unwrap() {\n"
	       "\twork();\n"
	       "} else {\n"
	       "\trest();\n"
	       "}\n"
	       "last();\n"),
	  "4: test value Bank.q\n"
	  "4: acquire operand Bank.q `self.q`\n"
	  "4: call operand Bank.q `self.q.lock().unwrap` {0 self.q}\n"
	  "4: test present Bank.q {0 self.q}\n"
	  "5: call dropped `work` {0 self.q}\n"
	  "7: call dropped `rest` {0 self.q}\n"
	  "8: release operand Bank.q `self.q` {0 self.q}\n"
	  "9: call dropped `last`\n" },
	/* what may give up is not held where it did */
	{ "Bank.f",
	  BODY("if let Ok(g) = self.n.try_lock() {\n"
	       "\twork();\n"
	       "} else {\n"
	       "\trest();\n"
	       "}\n"),
	  "4: test value Bank.n\n"
	  "4: acquire bound Bank.n `self.n`\n"
	  "5: call dropped `work` {0 self.n}\n"
	  "5: release operand Bank.n `self.n` {0 self.n}\n"
	  "7: call dropped `rest`\n" },
};

/* Since 2024 an `else` is free of it, and the tail of a block too. */
static const struct sample heads_2024[] = {
	{ "Bank.f",
	  BODY("if let Some(n) = *self.q.lock().unwrap() {\n"
	       "\twork();\n"
	       "} else {\n"
	       "\trest();\n"
	       "}\n"
	       "last();\n"),
	  "4: test value Bank.q\n"
	  "4: acquire operand Bank.q `self.q`\n"
	  "4: call operand Bank.q `self.q.lock().unwrap` {0 self.q}\n"
	  "4: test present Bank.q {0 self.q}\n"
	  "5: call dropped `work` {0 self.q}\n"
	  "7: call dropped `rest`\n"
	  "9: call dropped `last`\n" },
	{ "Bank.f",
	  BODY("let n = { *self.n.lock().unwrap() };\n"
	       "work();\n"),
	  "4: read Bank.n\n"
	  "4: acquire operand Bank.n `self.n`\n"
	  "4: call operand Bank.n `self.n.lock().unwrap` {0 self.n}\n"
	  "4: read Bank.n {0 self.n}\n"
	  "4: release operand Bank.n `self.n` {0 self.n}\n"
	  "5: call dropped `work`\n" },
};

/* Which lock a handle is of. */
static const struct sample handles[] = {
	/* a clone of a handle is the same lock */
	{ "f",
	  "use std::sync::{Arc, Mutex};\n"
	  "fn f() {\n"
	  "\tlet n = Arc::new(Mutex::new(0));\n"
	  "\tlet m = Arc::clone(&n);\n"
	  "\tlet o = n.clone();\n"
	  "\t*m.lock().unwrap() += 1;\n"
	  "\t*o.lock().unwrap() += 1;\n"
	  "}\n",
	  "3: call passed `std.sync.Mutex.new`\n"
	  "3: call bound `std.sync.Arc.new`\n"
	  "3: write f.n\n"
	  "4: read f.n\n"
	  "4: call bound `std.sync.Arc.clone`\n"
	  "5: read f.n\n"
	  "5: read f.n `n.clone`\n"
	  "6: read f.n\n"
	  "6: acquire operand f.n `m`\n"
	  "6: call operand f.n `m.lock().unwrap` {0 m}\n"
	  "6: read f.n {0 m}\n"
	  "6: update f.n {0 m}\n"
	  "6: release operand f.n `m` {0 m}\n"
	  "7: read f.n\n"
	  "7: acquire operand f.n `o`\n"
	  "7: call operand f.n `o.lock().unwrap` {1 o}\n"
	  "7: read f.n {1 o}\n"
	  "7: update f.n {1 o}\n"
	  "7: release operand f.n `o` {1 o}\n" },
	/* two are two */
	{ "f",
	  "use std::sync::{Arc, Mutex};\n"
	  "fn f() {\n"
	  "\tlet a = Mutex::new(0);\n"
	  "\tlet b = Mutex::new(0);\n"
	  "\tlet g = a.lock();\n"
	  "\tlet h = b.lock();\n"
	  "}\n",
	  "3: call bound `std.sync.Mutex.new`\n"
	  "3: write f.a\n"
	  "4: call bound `std.sync.Mutex.new`\n"
	  "4: write f.b\n"
	  "5: read f.a\n"
	  "5: acquire bound f.a `a`\n"
	  "6: read f.b {0 a}\n"
	  "6: acquire bound f.b `b` {0 a}\n"
	  "6: release operand f.b `b` {0 a} {1 b}\n"
	  "6: release operand f.a `a` {0 a}\n" },
	/* the parts of a pair that is shared */
	{ "f",
	  "use std::sync::{Arc, Mutex};\n"
	  "fn f() {\n"
	  "\tlet p = Arc::new((Mutex::new(0), Mutex::new(1)));\n"
	  "\tlet q = p.clone();\n"
	  "\tlet (a, b) = &*p;\n"
	  "\tlet (c, d) = &*q;\n"
	  "\tlet g = a.lock();\n"
	  "\tlet h = d.lock();\n"
	  "\tlet i = c.lock();\n"
	  "}\n",
	  "3: call passed `std.sync.Mutex.new`\n"
	  "3: call passed `std.sync.Mutex.new`\n"
	  "3: call bound `std.sync.Arc.new`\n"
	  "3: write f.p\n"
	  "4: read f.p\n"
	  "4: read f.p `p.clone`\n"
	  "5: read f.p\n"
	  "6: read f.p\n"
	  "7: read f.p.0\n"
	  "7: acquire bound f.p.0 `a`\n"
	  "8: read f.p.1 {0 a}\n"
	  "8: acquire bound f.p.1 `d` {0 a}\n"
	  "9: read f.p.0 {0 a} {1 d}\n"
	  "9: acquire bound f.p.0 `c` {0 a} {1 d}\n"
	  "9: release operand f.p.0 `c` {0 a} {1 d} {2 c}\n"
	  "9: release operand f.p.1 `d` {0 a} {1 d}\n"
	  "9: release operand f.p.0 `a` {0 a}\n" },
	/* of an object of unknown type: the path to it */
	{ "f",
	  "fn f(job: Job) {\n"
	  "\tlet g = job.of().s.lock();\n"
	  "\tlet h = job.of().s.lock();\n"
	  "\tlet i = job.at(1).s.lock();\n"
	  "}\n",
	  "2: call operand `job.of`\n"
	  "2: acquire bound job.of().s `job.of().s`\n"
	  "3: call operand `job.of` {0 job.of().s}\n"
	  "3: acquire bound job.of().s `job.of().s` {0 job.of().s}\n"
	  "4: call operand `job.at` {0 job.of().s} {1 job.of().s}\n"
	  "4: acquire bound `job.at(1).s` {0 job.of().s} {1 job.of().s}\n"
	  "4: release operand `job.at(1).s` {0 job.of().s} {1 job.of().s} {2 job.at(1).s}\n"
	  "4: release operand job.of().s `job.of().s` {0 job.of().s} {1 job.of().s}\n"
	  "4: release operand job.of().s `job.of().s` {0 job.of().s}\n" },
};

/* What a guard lets at: a state of its lock's name; an object of a known type has its own fields. */
static const struct sample held[] = {
	{ NULL,
	  "struct Hub { list: std::sync::Mutex<Vec<u32>> }\n"
	  "impl Hub {\n"
	  "\tfn f(&self) {\n"
	  "\t\tlet mut g = self.list.lock().unwrap();\n"
	  "\t\tg.push(2);\n"
	  "\t\tlet n = g.len();\n"
	  "\t}\n"
	  "}\n",
	  "Hub.list instance lock constant\n"
	  "Hub.list instance list\n" },
	{ "Hub.f",
	  "struct Hub { list: std::sync::Mutex<Vec<u32>> }\n"
	  "impl Hub {\n"
	  "\tfn f(&self) {\n"
	  "\t\tlet mut g = self.list.lock().unwrap();\n"
	  "\t\tg.push(2);\n"
	  "\t\tlet n = g.len();\n"
	  "\t}\n"
	  "}\n",
	  "4: read Hub.list\n"
	  "4: acquire operand Hub.list `self.list`\n"
	  "4: call bound Hub.list `self.list.lock().unwrap` {0 self.list}\n"
	  "5: update Hub.list `g.push` alias {0 self.list}\n"
	  "6: read Hub.list `g.len` alias {0 self.list}\n"
	  "6: release operand Hub.list `self.list` {0 self.list}\n" },
	{ "Hub.f",
	  "use std::sync::Mutex;\n"
	  "struct Inner { n: u32, list: Vec<u32> }\n"
	  "struct Hub { inner: Mutex<Inner> }\n"
	  "impl Hub {\n"
	  "\tfn f(&self) {\n"
	  "\t\tlet mut g = self.inner.lock().unwrap();\n"
	  "\t\tg.n += 1;\n"
	  "\t\tg.list.push(2);\n"
	  "\t}\n"
	  "}\n",
	  "6: read Hub.inner\n"
	  "6: acquire operand Hub.inner `self.inner`\n"
	  "6: call bound Hub.inner `self.inner.lock().unwrap` {0 self.inner}\n"
	  "7: read Inner.n {0 self.inner}\n"
	  "7: update Inner.n {0 self.inner}\n"
	  "8: read Inner.list {0 self.inner}\n"
	  "8: update Inner.list `g.list.push` {0 self.inner}\n"
	  "8: release operand Hub.inner `self.inner` {0 self.inner}\n" },
};

#define DUMPS(table, version) \
	static void test_##table(void **state) \
	{ \
		check_samples_of(*state, "a.rs", version, table, COUNT(table), false); \
	}

DUMPS(bound, 0)
DUMPS(temporary, 0)
DUMPS(ended, 0)
DUMPS(heads, 2021)
DUMPS(heads_2024, 2024)
DUMPS(handles, 0)
DUMPS(held, 0)

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST_OF(test_bound),
		TEST_OF(test_temporary),
		TEST_OF(test_ended),
		TEST_OF(test_heads),
		TEST_OF(test_heads_2024),
		TEST_OF(test_handles),
		TEST_OF(test_held),
	};

	return cmocka_run_group_tests(all, open_knowledge, close_knowledge);
}
