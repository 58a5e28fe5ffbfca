/*
 * What the tests of core/git share. Repositories are made with libgit2 in a temporary directory,
 * with fixed dates; hostile objects are written raw. A selection is compared as text, one line a
 * file:
 *     <change> <path>[ <- <old path>][ (<reason not to read it>[!])][ [<remark>]][ generated]
 */
#ifndef RA_TEST_GIT_FIXTURE_H
#define RA_TEST_GIT_FIXTURE_H

#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/git/internal.h"

/*
 * libgit2 1.5.1 loses what PCRE2 allocates for a match: at each setting, when it opens a
 * repository with extensions, and at each commit of ':/text'.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2";
}

struct fixture {
	char dir[64];
	git_repository *repo;      /* to write with */
	git_odb *odb;
	struct ra_git *git;        /* to test */
	struct ra_arena arena;
	struct ra_git_selection selection;
	struct ra_error err;
	int clock;
};

/* -- making repositories ------------------------------------------------------------------- */

static inline const char *path_of(struct fixture *f, const char *name)
{
	return ra_printf(&f->arena, "%s/%s", f->dir, name).ptr;
}

static inline void write_file(struct fixture *f, const char *name, const char *text)
{
	FILE *file = fopen(path_of(f, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static inline int setup_in(void **state, bool bare)
{
	struct fixture *f = calloc(1, sizeof(*f));

	ra_arena_init(&f->arena, "test", 0);
	snprintf(f->dir, sizeof(f->dir), "/tmp/race-audit-git-XXXXXX");
	if (!mkdtemp(f->dir) || git_repository_init(&f->repo, f->dir, bare) < 0 ||
	    git_repository_odb(&f->odb, f->repo) < 0)
		return -1;
	*state = f;
	return 0;
}

static inline int setup(void **state)
{
	return setup_in(state, false);
}

static inline int setup_bare(void **state)
{
	return setup_in(state, true);
}

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	ra_git_close(f->git);
	git_odb_free(f->odb);
	git_repository_free(f->repo);
	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	ra_arena_release(&f->arena);
	free(f);
	return 0;
}

struct entry { unsigned mode; const char *name; git_oid id; };

static inline git_oid put(struct fixture *f, git_object_t type, const void *bytes, size_t n)
{
	git_oid id;

	assert_int_equal(git_odb_write(&id, f->odb, bytes, n, type), 0);
	return id;
}

static inline git_oid blob(struct fixture *f, const char *text)
{
	return put(f, GIT_OBJECT_BLOB, text, strlen(text));
}

/* A tree as it is given: nothing is checked or sorted. */
static inline struct ra_str raw_tree(struct fixture *f, const struct entry *entries, size_t n)
{
	struct ra_buf raw;

	ra_buf_init(&raw, &f->arena);
	ra_buf_adds(&raw, "");
	for (size_t i = 0; i < n; i++) {
		ra_buf_addf(&raw, "%o %s", entries[i].mode, entries[i].name);
		ra_buf_addc(&raw, '\0');
		ra_buf_add(&raw, ra_str_n((const char *)entries[i].id.id, 20));
	}
	return ra_buf_str(&raw);
}

static inline git_oid tree(struct fixture *f, const struct entry *entries, size_t n)
{
	struct ra_str raw = raw_tree(f, entries, n);

	return put(f, GIT_OBJECT_TREE, raw.ptr, raw.len);
}

/* A flat tree of name, text, name, text, ..., NULL; names in order. */
static inline git_oid files(struct fixture *f, ...)
{
	struct entry entries[16];
	const char *name;
	size_t n = 0;
	va_list args;

	va_start(args, f);
	while ((name = va_arg(args, const char *)))
		entries[n++] = (struct entry){ 0100644, name, blob(f, va_arg(args, const char *)) };
	va_end(args);
	return tree(f, entries, n);
}

static inline git_oid commit(struct fixture *f, const char *branch, git_oid tree_id,
		      const git_oid *parents, size_t n)
{
	struct ra_buf raw;
	git_reference *ref;
	git_oid id;
	int seconds = 1000000000 + 60 * f->clock++;

	ra_buf_init(&raw, &f->arena);
	ra_buf_addf(&raw, "tree %s\n", ra_git_hex(&tree_id).hex);
	for (size_t i = 0; i < n; i++)
		ra_buf_addf(&raw, "parent %s\n", ra_git_hex(&parents[i]).hex);
	ra_buf_addf(&raw, "author A <a@example.org> %d +0000\n"
		    "committer A <a@example.org> %d +0000\n\nmessage\n", seconds, seconds);
	id = put(f, GIT_OBJECT_COMMIT, raw.ptr, raw.len);
	if (branch) {
		const char *name = ra_printf(&f->arena, "refs/heads/%s", branch).ptr;

		assert_int_equal(git_reference_create(&ref, f->repo, name, &id, 1, NULL), 0);
		git_reference_free(ref);
	}
	return id;
}

static inline git_oid commit_on(struct fixture *f, const char *branch, git_oid tree_id,
				git_oid parent)
{
	return commit(f, branch, tree_id, &parent, 1);
}

/* HEAD is a branch that does not exist until it is committed to. */
static inline void set_head(struct fixture *f, const char *branch)
{
	const char *name = ra_printf(&f->arena, "refs/heads/%s", branch).ptr;

	assert_int_equal(git_repository_set_head(f->repo, name), 0);
}

/* `n` lines, of which the one at `odd` differs (0: none). */
static inline const char *lines(struct fixture *f, size_t n, size_t odd)
{
	struct ra_buf text;

	ra_buf_init(&text, &f->arena);
	for (size_t i = 1; i <= n; i++)
		ra_buf_addf(&text, "value_%zu = compute(%zu)%s\n", i, i * 37,
			    i == odd ? " + 1" : "");
	return ra_buf_str(&text).ptr;
}

/* A commit of a.py, b.py and link.py on main, checked out; nothing changed yet. */
static inline void check_out(struct fixture *f)
{
	git_checkout_options options = { .version = GIT_CHECKOUT_OPTIONS_VERSION,
					 .checkout_strategy = GIT_CHECKOUT_FORCE };
	struct entry entries[] = {
		{ 0100644, "a.py", blob(f, "1\n2\n3\n") }, { 0100644, "b.py", blob(f, "b\n") },
		{ 0120000, "link.py", blob(f, "/etc/passwd") },
	};

	commit(f, "main", tree(f, entries, 3), NULL, 0);
	set_head(f, "main");
	assert_int_equal(git_checkout_head(f->repo, &options), 0);
}

static inline void stage(struct fixture *f, const char *name)
{
	git_index *index;

	assert_int_equal(git_repository_index(&index, f->repo), 0);
	if (access(path_of(f, name), F_OK) == 0)
		assert_int_equal(git_index_add_bypath(index, name), 0);
	else
		assert_int_equal(git_index_remove_bypath(index, name), 0);
	assert_int_equal(git_index_write(index), 0);
	git_index_free(index);
}

/* -- asking -------------------------------------------------------------------------------- */

static inline int reopen(struct fixture *f)
{
	struct ra_git_options options = { .directory = f->dir };

	ra_git_close(f->git);
	return ra_git_open(&options, &f->git, &f->err);
}

static inline int run(struct fixture *f, struct ra_git_select select)
{
	if (!f->git && reopen(f))
		return f->err.code;
	return ra_git_select(f->git, &f->arena, &select, &f->selection, &f->err);
}

static inline const char *listed(struct fixture *f)
{
	struct ra_buf text;

	ra_buf_init(&text, &f->arena);
	ra_buf_adds(&text, "");
	for (size_t i = 0; i < f->selection.files.n; i++) {
		const struct ra_git_file *file = &f->selection.files.v[i];

		ra_buf_addf(&text, "%c %.*s", file->change, RA_FMT(file->path));
		if (file->change == 'R')
			ra_buf_addf(&text, " <- %.*s", RA_FMT(file->old_path));
		if (file->skip)
			ra_buf_addf(&text, " (%s%s)", file->skip, file->failed ? "!" : "");
		if (file->note)
			ra_buf_addf(&text, " [%s]", file->note);
		ra_buf_adds(&text, file->others ? " others\n" : "\n");
	}
	return ra_buf_str(&text).ptr;
}

static inline void assert_selects(struct fixture *f, struct ra_git_select select,
				  const char *expected)
{
	if (run(f, select))
		fail_msg("%s", f->err.text);
	assert_string_equal(listed(f), expected);
}

static inline void assert_refuses(struct fixture *f, struct ra_git_select select, int code,
			   const char *words)
{
	assert_int_equal(run(f, select), code);
	assert_int_equal(f->err.code, code);
	if (!strstr(f->err.text, words))
		fail_msg("'%s' does not say '%s'", f->err.text, words);
}

static inline const char *changes_of(struct fixture *f, const struct ra_git_file *file)
{
	struct ra_git_range *ranges;
	struct ra_buf text;
	size_t n;

	ra_buf_init(&text, &f->arena);
	ra_buf_adds(&text, "");
	if (ra_git_changes(f->git, &f->arena, &f->selection, file, &ranges, &n, &f->err))
		fail_msg("%s", f->err.text);
	for (size_t i = 0; i < n; i++)
		ra_buf_addf(&text, "%s%u-%u", i ? " " : "", ranges[i].first, ranges[i].last);
	return ra_buf_str(&text).ptr;
}

static inline bool is_python(void *arg, struct ra_str path)
{
	++*(size_t *)arg;
	return ra_str_ends(path, RA_STR(".py"));
}

static inline bool noted(const struct fixture *f, const char *words)
{
	for (size_t i = 0; i < f->selection.notes.n; i++)
		if (ra_str_find(f->selection.notes.v[i], ra_str(words)) >= 0)
			return true;
	return false;
}

static inline const struct ra_git_file *find(const struct fixture *f, const char *path)
{
	for (size_t i = 0; i < f->selection.files.n; i++)
		if (ra_str_is(f->selection.files.v[i].path, path))
			return &f->selection.files.v[i];
	fail_msg("'%s' is not selected", path);
	return NULL;
}

#define SPECS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SWEEP(...) (struct ra_git_select){ .sweep = true, __VA_ARGS__ }
#define DIFF(...) (struct ra_git_select){ .sweep = false, __VA_ARGS__ }

/* -- a program ----------------------------------------------------------------------------- */

static inline int start(void **state)
{
	static const char *const unset[] = {
		"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG_PARAMETERS",
		"GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "XDG_CONFIG_HOME",
		"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
		"GIT_ICASE_PATHSPECS",
	};
	struct ra_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		unsetenv(unset[i]);
	setenv("HOME", "/nonexistent", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	return ra_git_global_init(true, &err);
}

static inline int stop(void **state)
{
	(void)state;
	ra_git_global_shutdown();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
