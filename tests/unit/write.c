/*
 * The writer: what is in the directory afterwards, what stays as it was, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "tests/unit/report_fixture.h"

#include <cmocka.h>
#include <fcntl.h>
#include <sha256.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPORT "RACE_AUDIT_src__cache__session_cache.py.md"
#define MARKED "# Race audit\n\n[//]: # \"race-audit schema=1 x\"\n"

/* A directory with one run in it, and the run. */
struct world {
	struct ra_arena arena;
	struct fixture fixture;
	const char *top, *out;   /* `out` is below `top` */
	struct ra_error err;
};

static const char *join(struct world *w, const char *dir, const char *name)
{
	return ra_printf(&w->arena, "%s/%s", dir, name).ptr;
}

static int run_in(struct world *w, struct ra_output output)
{
	const char *source = getenv("RA_SOURCE_DIR");
	const char *templates[] = {
		ra_printf(&w->arena, "%s/templates", source ? source : ".").ptr, NULL };
	json_t *model = fixture_model(&w->fixture, &w->err);
	int rc;

	assert_non_null(model);
	if (!output.templates)
		output.templates = templates;
	if (!output.formats)
		output.formats = RA_FORMAT_MD | RA_FORMAT_JSON;
	if (!output.dir)
		output.dir = w->out;
	rc = ra_report_write(&w->arena, model, &output, &w->err);
	json_decref(model);
	return rc;
}

static void run(struct world *w)
{
	if (run_in(w, (struct ra_output){ 0 }))
		fail_msg("%s", w->err.text);
}

static void put_file(struct world *w, const char *dir, const char *name, const char *text)
{
	FILE *file = fopen(join(w, dir, name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct ra_str get_file(struct world *w, const char *dir, const char *name)
{
	struct ra_str text = { NULL, 0 };

	ra_file_read(&w->arena, join(w, dir, name), 0, &text, NULL);
	return text;
}

static bool exists(struct world *w, const char *dir, const char *name)
{
	struct stat st;

	return lstat(join(w, dir, name), &st) == 0;
}

static int open_world(void **state)
{
	static struct world w;
	char top[] = "/tmp/race-audit-write-XXXXXX";

	memset(&w, 0, sizeof(w));
	ra_arena_init(&w.arena, "test", 0);
	if (!mkdtemp(top))
		return -1;
	chmod(top, 0755);
	w.top = ra_cstr(&w.arena, ra_str(top));
	w.out = join(&w, w.top, "out");
	fixture_open(&w.fixture, &w.arena);
	*state = &w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;
	int rc = system(ra_printf(&w->arena, "rm -rf '%s'", w->top).ptr);

	ra_arena_release(&w->arena);
	return rc;
}

/* -- what is written ----------------------------------------------------------------------- */

static void test_first_run(void **state)
{
	struct world *w = *state;
	struct ra_str *names, json;
	size_t n;

	run(w);
	assert_int_equal(ra_dir_list(&w->arena, w->out, "", &names, &n, NULL), 0);
	assert_int_equal(n, 4);
	assert_string_equal(names[0].ptr, "MANIFEST.json");
	assert_string_equal(names[1].ptr, "RACE_AUDIT_INDEX.md");
	assert_string_equal(names[2].ptr, REPORT);
	assert_string_equal(names[3].ptr, "race-audit.json");
	assert_string_equal(get_file(w, w->out, ".gitignore").ptr, "*\n");
	json = get_file(w, w->out, "race-audit.json");
	for (size_t i = 0; i < json.len; i++)
		assert_true(json.ptr[i] == '\n' || (json.ptr[i] >= ' ' && json.ptr[i] <= '~'));
}

static void test_manifest_is_true(void **state)
{
	struct world *w = *state;
	char digest[SHA256_DIGEST_STRING_LENGTH];
	json_t *manifest, *file;
	size_t i;

	run(w);
	manifest = json_loads(get_file(w, w->out, "MANIFEST.json").ptr, 0, NULL);
	assert_non_null(manifest);
	assert_true(json_is_false(json_object_get(manifest, "complete")));
	assert_int_equal(json_array_size(json_object_get(manifest, "files")), 3);
	json_array_foreach(json_object_get(manifest, "files"), i, file) {
		struct ra_str text = get_file(w, w->out,
					      json_string_value(json_object_get(file, "name")));

		SHA256Data((const uint8_t *)text.ptr, text.len, digest);
		assert_int_equal(json_integer_value(json_object_get(file, "size")), text.len);
		assert_string_equal(json_string_value(json_object_get(file, "sha256")), digest);
	}
	json_decref(manifest);
}

static void test_rerun_changes_nothing(void **state)
{
	static const char *const names[] = { "MANIFEST.json", "RACE_AUDIT_INDEX.md", REPORT,
					     "race-audit.json", ".gitignore" };
	const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct world *w = *state;
	struct stat st;

	run(w);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(utimensat(AT_FDCWD, join(w, w->out, names[i]), long_ago, 0), 0);
	run(w);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(stat(join(w, w->out, names[i]), &st), 0);
		assert_int_equal(st.st_mtim.tv_sec, 1000);
	}
	put_file(w, w->out, REPORT, "changed by hand");
	run(w);
	assert_non_null(strstr(get_file(w, w->out, REPORT).ptr, "# Race audit: `src/cache/"));
	assert_int_equal(stat(join(w, w->out, "RACE_AUDIT_INDEX.md"), &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000);
}

static void test_stale_reports_go_and_foreign_files_stay(void **state)
{
	struct world *w = *state;

	run(w);
	put_file(w, w->out, "RACE_AUDIT_old.py.md", MARKED);
	put_file(w, w->out, "RACE_AUDIT_CHECKLIST.md", MARKED);
	put_file(w, w->out, "RACE_AUDIT_mine.md", "# my own notes\n");
	put_file(w, w->out, "notes.md", MARKED);
	put_file(w, w->out, "notes.md.tmp.999999999", "");
	put_file(w, w->out, REPORT ".tmp.999999999", "");
	put_file(w, w->out, "race-audit.json.tmp.1", "");
	assert_int_equal(symlink("notes.md", join(w, w->out, "RACE_AUDIT_link.md")), 0);
	run(w);
	assert_false(exists(w, w->out, "RACE_AUDIT_old.py.md"));
	assert_false(exists(w, w->out, REPORT ".tmp.999999999"));
	assert_true(exists(w, w->out, "RACE_AUDIT_CHECKLIST.md"));
	assert_true(exists(w, w->out, "RACE_AUDIT_mine.md"));
	assert_true(exists(w, w->out, "RACE_AUDIT_link.md"));
	assert_true(exists(w, w->out, "notes.md"));
	assert_true(exists(w, w->out, "notes.md.tmp.999999999"));
	assert_true(exists(w, w->out, "race-audit.json.tmp.1"));
	w->fixture.files.n = 0;
	run(w);
	assert_false(exists(w, w->out, REPORT));
	assert_true(exists(w, w->out, "RACE_AUDIT_INDEX.md"));
}

static void test_directory_of_the_user_keeps_its_rules(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(w->out, 0777), 0);
	run(w);
	assert_true(exists(w, w->out, REPORT));
	assert_false(exists(w, w->out, ".gitignore"));
}

static void test_formats(void **state)
{
	struct world *w = *state;

	assert_int_equal(run_in(w, (struct ra_output){ .formats = RA_FORMAT_JSON }), RA_OK);
	assert_true(exists(w, w->out, "race-audit.json"));
	assert_false(exists(w, w->out, "RACE_AUDIT_INDEX.md"));
	assert_true(exists(w, w->out, "MANIFEST.json"));
}

static void test_html(void **state)
{
	struct world *w = *state;
	struct ra_output output = { .formats = RA_FORMAT_HTML };

	assert_int_equal(run_in(w, output), RA_OK);
	assert_true(exists(w, w->out, "index.html"));
	assert_true(exists(w, w->out, "RACE_AUDIT_src__cache__session_cache.py.html"));
	assert_false(exists(w, w->out, "RACE_AUDIT_INDEX.md"));
	put_file(w, w->out, "RACE_AUDIT_old.py.html",
		 "<head>\n<meta name=\"generator\" content=\"git-race-audit 0\">");
	put_file(w, w->out, "RACE_AUDIT_mine.html", "<p>mine</p>\n");
	run(w);
	assert_false(exists(w, w->out, "index.html"));
	assert_false(exists(w, w->out, "RACE_AUDIT_old.py.html"));
	assert_false(exists(w, w->out, "RACE_AUDIT_src__cache__session_cache.py.html"));
	assert_true(exists(w, w->out, "RACE_AUDIT_mine.html"));
	put_file(w, w->out, "index.html", "<p>mine</p>\n");
	assert_int_equal(run_in(w, output), RA_EIO);
	assert_non_null(strstr(w->err.text, "index.html' was not written by git-race-audit"));
	assert_string_equal(get_file(w, w->out, "index.html").ptr, "<p>mine</p>\n");
}

static struct ra_str printed(struct world *w, unsigned formats)
{
	const char *path = join(w, w->top, "stdout");
	int saved, rc;

	fflush(stdout);
	saved = dup(1);
	assert_non_null(freopen(path, "w", stdout));
	rc = run_in(w, (struct ra_output){ .dir = "-", .formats = formats });
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	assert_int_equal(rc, RA_OK);
	return get_file(w, w->top, "stdout");
}

static void test_standard_output(void **state)
{
	struct world *w = *state;
	json_t *model = json_loads(printed(w, RA_FORMAT_JSON | RA_FORMAT_MD).ptr, 0, NULL);

	assert_non_null(model);
	assert_string_equal(json_string_value(json_object_get(model, "schema")), "race-audit/1");
	json_decref(model);
	assert_non_null(strstr(printed(w, RA_FORMAT_MD).ptr, "# Race audit: diff of `shop`\n"));
	assert_non_null(strstr(printed(w, RA_FORMAT_HTML).ptr, "<h1 id=\"race-audit-diff-of-shop\">"));
	assert_false(exists(w, w->top, "-"));
}

/* -- what is refused ----------------------------------------------------------------------- */

static void test_planted_links_are_not_followed(void **state)
{
	struct world *w = *state;
	struct stat st;

	put_file(w, w->top, "victim", "precious");
	assert_int_equal(mkdir(w->out, 0777), 0);
	assert_int_equal(symlink("../victim", join(w, w->out, REPORT)), 0);
	assert_int_equal(symlink("../victim", join(w, w->out, "MANIFEST.json")), 0);
	run(w);
	assert_string_equal(get_file(w, w->top, "victim").ptr, "precious");
	assert_int_equal(lstat(join(w, w->out, REPORT), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(lstat(join(w, w->out, "MANIFEST.json"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void test_linked_lock_is_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(w->out, 0777), 0);
	assert_int_equal(symlink("../made", join(w, w->out, ".lock")), 0);
	assert_int_equal(run_in(w, (struct ra_output){ 0 }), RA_EIO);
	assert_false(exists(w, w->top, "made"));
}

static void test_linked_directories(void **state)
{
	struct world *w = *state;
	const char *deep = join(w, w->top, "link/deep/out");
	struct ra_str *names;
	size_t n;

	assert_int_equal(mkdir(join(w, w->top, "elsewhere"), 0777), 0);
	assert_int_equal(symlink("elsewhere", w->out), 0);
	assert_int_equal(symlink("elsewhere", join(w, w->top, "link")), 0);
	assert_int_equal(run_in(w, (struct ra_output){ 0 }), RA_EIO);
	assert_non_null(strstr(w->err.text, "'out' of output directory"));
	assert_non_null(strstr(w->err.text, "is a symbolic link"));
	assert_int_equal(run_in(w, (struct ra_output){ .dir = deep, .worktree = w->top }), RA_EIO);
	assert_non_null(strstr(w->err.text, "'link' of output directory"));
	assert_int_equal(ra_dir_list(&w->arena, join(w, w->top, "elsewhere"), "", &names, &n, NULL),
			 0);
	assert_int_equal(n, 0);
	deep = join(w, w->top, "link/out");
	assert_int_equal(run_in(w, (struct ra_output){ .dir = deep }), RA_OK);
	assert_true(exists(w, join(w, w->top, "elsewhere/out"), REPORT));
}

static void test_parts_of_the_path_are_made(void **state)
{
	struct world *w = *state;
	const char *deep = join(w, w->top, "a//b/out/");

	assert_int_equal(run_in(w, (struct ra_output){ .dir = deep, .worktree = w->top }), RA_OK);
	assert_true(exists(w, join(w, w->top, "a/b/out"), REPORT));
	assert_true(exists(w, join(w, w->top, "a/b/out"), ".gitignore"));
	assert_false(exists(w, join(w, w->top, "a"), ".gitignore"));
}

static void test_errors_name_the_path(void **state)
{
	struct world *w = *state;
	const char *no_templates[] = { "/nonexistent", NULL };
	const char *missing = join(w, w->top, "no/such/out");
	int rc;

	assert_int_equal(run_in(w, (struct ra_output){ .dir = missing }), RA_EIO);
	assert_non_null(strstr(w->err.text, missing));
	assert_int_equal(run_in(w, (struct ra_output){ .templates = no_templates }), RA_ENOTFOUND);
	assert_non_null(strstr(w->err.text, "'file.md.mustache' in '/nonexistent'"));
	put_file(w, w->top, "file", "");
	assert_int_equal(run_in(w, (struct ra_output){ .dir = join(w, w->top, "file") }), RA_EIO);
	assert_non_null(strstr(w->err.text, "Not a directory"));

	assert_int_equal(chmod(w->out, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	rc = run_in(w, (struct ra_output){ 0 });
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(w->out, 0755), 0);
	assert_int_equal(rc, RA_EIO);
	assert_non_null(strstr(w->err.text, w->out));
	assert_non_null(strstr(w->err.text, "Permission denied"));
}

static void test_failed_write_leaves_what_was(void **state)
{
	struct rlimit all, little = { 64, RLIM_INFINITY };
	struct world *w = *state;
	struct ra_str before, manifest;
	int rc;

	run(w);
	before = get_file(w, w->out, REPORT);
	manifest = get_file(w, w->out, "MANIFEST.json");
	w->fixture.files.v[0].findings.n--;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &all);
	little.rlim_max = all.rlim_max;
	setrlimit(RLIMIT_FSIZE, &little);
	rc = run_in(w, (struct ra_output){ 0 });
	setrlimit(RLIMIT_FSIZE, &all);
	assert_int_equal(rc, RA_EIO);
	assert_non_null(strstr(w->err.text, REPORT));
	assert_true(ra_str_eq(get_file(w, w->out, REPORT), before));
	assert_true(ra_str_eq(get_file(w, w->out, "MANIFEST.json"), manifest));
	assert_false(exists(w, w->out, ra_printf(&w->arena, REPORT ".tmp.%ld",
						 (long)getpid()).ptr));
}

/* Where a report cannot be replaced, no manifest may say that all is well. */
static void test_broken_run_has_no_manifest(void **state)
{
	struct world *w = *state;

	run(w);
	assert_int_equal(unlink(join(w, w->out, "race-audit.json")), 0);
	assert_int_equal(mkdir(join(w, w->out, "race-audit.json"), 0777), 0);
	put_file(w, join(w, w->out, "race-audit.json"), "full", "");
	assert_int_equal(run_in(w, (struct ra_output){ 0 }), RA_EIO);
	assert_non_null(strstr(w->err.text, "cannot replace '"));
	assert_false(exists(w, w->out, "MANIFEST.json"));
	assert_true(exists(w, w->out, "race-audit.json/full"));
}

/* Another run holds the lock for a while: this one waits. */
static void test_runs_wait_for_each_other(void **state)
{
	const struct timespec a_while = { .tv_nsec = 300 * 1000 * 1000 };
	struct world *w = *state;
	int ready[2], status;
	pid_t child;
	char byte;

	run(w);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		int lock = open(join(w, w->out, ".lock"), O_RDWR);

		if (lock < 0 || flock(lock, LOCK_EX) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		nanosleep(&a_while, NULL);
		_exit(unlink(join(w, w->out, REPORT)));
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	run(w);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(exists(w, w->out, REPORT));
	close(ready[0]);
	close(ready[1]);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_first_run),
		IN_WORLD(test_manifest_is_true),
		IN_WORLD(test_rerun_changes_nothing),
		IN_WORLD(test_stale_reports_go_and_foreign_files_stay),
		IN_WORLD(test_directory_of_the_user_keeps_its_rules),
		IN_WORLD(test_formats),
		IN_WORLD(test_html),
		IN_WORLD(test_standard_output),
		IN_WORLD(test_planted_links_are_not_followed),
		IN_WORLD(test_linked_lock_is_refused),
		IN_WORLD(test_linked_directories),
		IN_WORLD(test_parts_of_the_path_are_made),
		IN_WORLD(test_errors_name_the_path),
		IN_WORLD(test_failed_write_leaves_what_was),
		IN_WORLD(test_broken_run_has_no_manifest),
		IN_WORLD(test_runs_wait_for_each_other),
	};

	return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
