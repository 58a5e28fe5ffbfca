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
	  "run.rx closure channel async\n"
	  "Hub.tx instance channel constant async\n"
	  "Hub.map instance lock constant\n" },
};

static void test_names(void **state)
{
	check_samples(*state, "a.rs", names, COUNT(names), false);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(test_names, open_arena, close_arena),
	};

	return cmocka_run_group_tests(all, open_knowledge, close_knowledge);
}
