/*
 * Facts of Rust: what a unit of a sample is dumped as. Run from the top of the repository.
 */
#include "core/facts/facts.h"
#include "tests/unit/facts_fixture.h"

static const struct sample names[] = {
	/* a path needs no import; one that begins with a type of the file is its method */
	{ "run",
	  "struct Job;\n"
	  "impl Job { fn new() -> Job { Job } }\n"
	  "async fn run() {\n"
	  "\tstd::thread::sleep(d);\n"
	  "\tlet job = Job::new();\n"
	  "\ttokio::spawn(go(job));\n"
	  "}\n"
	  "async fn go(job: Job) {}\n",
	  "4: call dropped `std.thread.sleep`\n"
	  "5: call bound `Job.new` -> Job.new\n"
	  "6: call passed `go` -> go\n"
	  "6: spawn dropped `tokio.spawn` -> go\n" },
	/* what a type's constructor makes is of its kind, and so are both ends of a channel */
	{ NULL,
	  "use std::sync::Mutex;\n"
	  "use tokio::sync::mpsc;\n"
	  "struct Hub { tx: mpsc::UnboundedSender<u8>, map: Mutex<HashMap<u8, u8>> }\n"
	  "fn run() {\n"
	  "\tlet (tx, rx) = mpsc::channel(1);\n"
	  "\tlet cell = Mutex::new(0);\n"
	  "\tlet work = || { cell.lock(); tx.send(1); rx.recv(); };\n"
	  "}\n",
	  "run.cell closure lock\n"
	  "run.tx closure channel async\n"
	  "run.rx closure unknown constant\n"
	  "Hub.tx instance channel constant async\n"
	  "Hub.map instance lock constant\n"
	  "run.cell closure scalar constant\n" },
};

/* Tasks run in parallel, unless something shows that they share a thread. */
static const struct sample flavours[] = {
	{ "serve",
	  "async fn serve() { tokio::spawn(other()); }\n",
	  "serve async preemptive unknown:\n" },
	{ "main",
	  "#[tokio::main(flavor = \"current_thread\")]\n"
	  "async fn main() { go().await; }\n",
	  "main async switches unknown:\n" },
	/* the only scheduler that the file makes is that of all its tasks */
	{ "serve",
	  "#[tokio::main(flavor = \"current_thread\")]\n"
	  "async fn main() { tokio::spawn(serve()); }\n"
	  "async fn serve() { work(); }\n",
	  "serve async unknown: `serve` is spawned at line 2\n" },
	{ "serve",
	  "fn main() {\n"
	  "\tlet rt = tokio::runtime::Builder::new_current_thread().build();\n"
	  "\trt.block_on(serve());\n"
	  "}\n"
	  "async fn serve() { work(); }\n",
	  "serve async unknown:\n" },
	/* ... not where it makes another one, or only a test brings it */
	{ "serve",
	  "#[tokio::main]\n"
	  "async fn main() { tokio::spawn(serve()); }\n"
	  "#[tokio::test]\n"
	  "async fn serves() { serve().await; }\n"
	  "async fn serve() { work(); }\n",
	  "serve async preemptive unknown: `serve` is spawned at line 2\n" },
	{ "serves",
	  "#[tokio::test]\n"
	  "async fn serves() { serve().await; }\n",
	  "serves async switches unknown:\n" },
	/* by the spawn, for what it starts and what that calls */
	{ "step",
	  "async fn run(set: tokio::task::LocalSet) {\n"
	  "\ttokio::task::spawn_local(async move { step().await });\n"
	  "}\n"
	  "async fn step() { work(); }\n",
	  "step async unknown:\n" },
	{ "step",
	  "async fn run() {\n"
	  "\ttokio::task::spawn_local(step());\n"
	  "\ttokio::spawn(step());\n"
	  "}\n"
	  "async fn step() { work(); }\n",
	  "step async preemptive spawned: `step` is spawned at line 3\n" },
	/* by what an object holds */
	{ "Page.load",
	  "struct Page { rows: std::cell::RefCell<u8> }\n"
	  "impl Page { pub async fn load(&self) { go().await; } }\n",
	  "Page.load async switches unknown:\n" },
};

static void test_flavours(void **state)
{
	check_samples(*state, "a.rs", flavours, COUNT(flavours), true);
}

static void test_names(void **state)
{
	check_samples(*state, "a.rs", names, COUNT(names), false);
}

/* A link of a chain is asked for its worth by each one above it: that must not multiply. */
static void test_long_chain(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_facts *facts;
	struct ra_buf text;
	size_t calls = 0;

	ra_buf_init(&text, arena);
	ra_buf_addf(&text, "fn run() {\n\tlet p = tokio::process::Command::new(\"sh\")");
	for (unsigned i = 0; i < 30; i++)
		ra_buf_addf(&text, "\n\t\t.arg(%u)", i);
	ra_buf_addf(&text, ".spawn();\n}\n");
	facts = facts_in(arena, "a.rs", ra_str_n(text.ptr, text.len));
	for (size_t i = 0; i < facts->facts.n; i++)
		calls += facts->facts.v[i].node->kind == RA_N_CALL;
	assert_int_equal(calls, 32);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST_OF(test_names),
		TEST_OF(test_flavours),
		TEST_OF(test_long_chain),
	};

	return cmocka_run_group_tests(all, open_knowledge, close_knowledge);
}
