/* git: trees that are traps, objects that cannot be had, arenas that are full. */
#include "tests/unit/git_fixture.h"

#include <dirent.h>

/* -- hostile trees ------------------------------------------------------------------------- */

static void unsafe_names_are_read_by_id_and_remarked_on(void **state)
{
	struct fixture *f = *state;
	git_oid text = blob(f, "x\n"), inner = files(f, "in.py", "y\n", NULL);
	struct entry entries[] = {
		{ 0100644, ".", text }, { 040000, "..", inner }, { 0100644, ".GIT", text },
		{ 040000, ".git", inner }, { 0100644, "/abs.py", text },
		{ 0100644, "a/b.py", text }, { 0100644, "nl\nesc\x1b\xff.py", text },
	};
	struct ra_str bytes;

	commit(f, "main", tree(f, entries, 7), NULL, 0);
	assert_selects(f, SWEEP(.range = "main"),
		       "T . [unsafe name]\nT ../in.py [unsafe name]\nT .GIT [unsafe name]\n"
		       "T .git/in.py [unsafe name]\nT /abs.py [unsafe name]\n"
		       "T a/b.py [unsafe name]\nT nl\nesc\x1b\xff.py\n");
	for (size_t i = 0; i < f->selection.files.n; i++)
		assert_int_equal(ra_git_read(f->git, &f->arena, &f->selection,
					     &f->selection.files.v[i], 0, &bytes, &f->err), 0);
}

static void duplicates_and_disorder_lose_nothing(void **state)
{
	struct fixture *f = *state;
	git_oid one = blob(f, "1\n"), two = blob(f, "2\n"), three = blob(f, "3\n");
	struct entry mixed[] = {
		{ 0100644, "b.py", one }, { 0100644, "a.py", two }, { 0100644, "a.py", three },
	};
	struct entry sorted[] = { { 0100644, "a.py", two }, { 0100644, "b.py", one } };

	commit(f, "a", tree(f, sorted, 2), NULL, 0);
	commit(f, "b", tree(f, mixed, 3), NULL, 0);
	assert_selects(f, SWEEP(.range = "b"), "T a.py [duplicate name]\nT a.py [duplicate name]\n"
		       "T b.py\n");
	assert_true(noted(f, "is not sorted"));
	assert_string_equal(f->selection.files.v[0].blob.hex, ra_git_hex(&two).hex);
	assert_string_equal(f->selection.files.v[1].blob.hex, ra_git_hex(&three).hex);
	assert_selects(f, DIFF(.range = "a..b"), "A a.py [duplicate name]\n");
}

static void what_cannot_be_listed_is_listed_as_such(void **state)
{
	struct fixture *f = *state;
	git_oid text = blob(f, "x\n"), none, empty_name;
	static const char raw[] = "100644 \0aaaaaaaaaaaaaaaaaaaa";
	struct entry entries[] = {
		{ 040000, "blob", text }, { 0100644, "commit.py", { { 0 } } },
		{ 040000, "empty", { { 0 } } }, { 0100644, "gone.py", { { 0 } } },
		{ 040000, "gonedir", { { 0 } } }, { 0100644, "ok.py", text },
	};
	struct ra_git_select without_empty = SWEEP(
		.range = "main", .pathspecs = SPECS(":!empty", ":!gone*"));

	assert_int_equal(git_oid_fromstr(&none, "2222222222222222222222222222222222222222"), 0);
	empty_name = put(f, GIT_OBJECT_TREE, raw, sizeof(raw) - 1);
	entries[1].id = commit(f, NULL, files(f, "a", "a", NULL), NULL, 0);
	entries[2].id = empty_name;
	entries[3].id = entries[4].id = none;
	commit(f, "main", tree(f, entries, 6), NULL, 0);
	assert_selects(f, SWEEP(.range = "main"),
		       "T blob (malformed tree!)\nT commit.py (not a blob!)\n"
		       "T empty (malformed tree!)\nT gone.py (missing object!)\n"
		       "T gonedir (missing object!)\nT ok.py\n");
	assert_selects(f, without_empty, "T blob (malformed tree!)\nT commit.py (not a blob!)\n"
		       "T gonedir (missing object!)\nT ok.py\n");
	entries[0] = (struct entry){ 040000, "empty", files(f, "a.py", "a\n", NULL) };
	entries[1] = entries[5];
	commit(f, "side", tree(f, entries, 2), NULL, 0);
	assert_selects(f, DIFF(.range = "main..side", .pathspecs = SPECS("empty")),
		       "A empty/a.py\n");
	assert_true(noted(f, "cannot be read in the base"));
}

/* The top of 100,000 trees, one in another. The lowest are only named: nobody gets that far. */
static git_oid chain(struct fixture *f)
{
	struct entry down = { 040000, "d", files(f, "deepest.py", "x\n", NULL) };
	struct ra_str raw;

	for (size_t i = 0; i < 100000; i++) {
		raw = raw_tree(f, &down, 1);
		if (i < 95000)
			git_odb_hash(&down.id, raw.ptr, raw.len, GIT_OBJECT_TREE);
		else
			down.id = put(f, GIT_OBJECT_TREE, raw.ptr, raw.len);
	}
	return down.id;
}

static void depth_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct entry top[] = {
		{ 0100644, "a.py", blob(f, "a\n") }, { 040000, "d", chain(f) }
	};
	struct ra_git_select selects[] = {
		SWEEP(.range = "main"), DIFF(.range = "empty..main")
	};

	commit(f, "main", tree(f, top, 2), NULL, 0);
	commit(f, "empty", tree(f, NULL, 0), NULL, 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(run(f, selects[i]), 0);
		assert_int_equal(f->selection.files.n, 2);
		assert_true(f->selection.truncated);
		assert_string_equal(f->selection.files.v[1].skip, "too deep");
		assert_true(f->selection.files.v[1].failed);
		assert_int_equal(f->selection.files.v[1].path.len, 2 * 4096 - 1);
	}
}

static void a_tree_bomb_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct entry ten[10];
	static const char *const names[10] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	git_oid below = blob(f, "x\n");
	size_t asked = 0;

	for (int level = 0; level < 10; level++) {
		for (int i = 0; i < 10; i++)
			ten[i] = (struct entry){ level ? 040000 : 0100644, names[i], below };
		below = tree(f, ten, 10);
	}
	commit(f, "main", below, NULL, 0);
	assert_int_equal(run(f, SWEEP(.range = "main", .max_entries = 1000)), 0);
	assert_true(f->selection.truncated);
	assert_true(f->selection.files.n < 1000);
	assert_string_equal(f->selection.files.v[f->selection.files.n - 1].skip,
			    "over the limit of entries");
	assert_int_equal(run(f, SWEEP(.range = "main", .wanted = is_python, .wanted_arg = &asked)),
			 0);
	assert_true(f->selection.truncated);
	assert_true(asked < 300000);
	assert_int_equal(f->selection.files.n, 1);
	assert_string_equal(f->selection.files.v[0].skip, "repeats trees already listed");
}

/* -- objects ------------------------------------------------------------------------------- */

static const char *loose_name(struct fixture *f, const struct ra_oid *id)
{
	return ra_printf(&f->arena, ".git/objects/%.2s/%s", id->hex, id->hex + 2).ptr;
}

static void overwrite_loose(struct fixture *f, const git_oid *id, const char *bytes)
{
	struct ra_oid hex = ra_git_hex(id);

	assert_int_equal(unlink(path_of(f, loose_name(f, &hex))), 0);
	if (bytes)
		write_file(f, loose_name(f, &hex), bytes);
}

static void objects_that_cannot_be_had_are_failures(void **state)
{
	struct fixture *f = *state;
	git_oid broken = blob(f, "broken\n"), gone = blob(f, "gone\n");
	git_oid big = blob(f, lines(f, 9, 0));
	struct entry entries[] = {
		{ 0100644, "big.py", big }, { 0100644, "broken.py", broken },
		{ 0100644, "gone.py", gone }, { 0100644, "ok.py", blob(f, "ok\n") },
	};
	struct ra_oid big_hex = ra_git_hex(&big), gone_hex = ra_git_hex(&gone), none = { "" };
	struct ra_oid tree_hex;
	struct ra_str bytes;
	git_oid id = tree(f, entries, 4);

	tree_hex = ra_git_hex(&id);
	commit(f, "main", id, NULL, 0);
	overwrite_loose(f, &broken, "not zlib");
	overwrite_loose(f, &gone, NULL);
	assert_selects(f, SWEEP(.range = "main"), "T big.py\nT broken.py (corrupt object!)\n"
		       "T gone.py (missing object!)\nT ok.py\n");
	assert_int_equal(ra_git_blob(f->git, &f->arena, &big_hex, 50, &bytes, &f->err), RA_ELIMIT);
	assert_int_equal(ra_git_blob(f->git, &f->arena, &big_hex, 0, &bytes, &f->err), 0);
	assert_true(ra_str_is(bytes, lines(f, 9, 0)));
	assert_int_equal(ra_git_blob(f->git, &f->arena, &gone_hex, 0, &bytes, &f->err),
			 RA_ENOTFOUND);
	assert_non_null(strstr(f->err.text, "is missing"));
	assert_int_equal(ra_git_blob(f->git, &f->arena, &tree_hex, 0, &bytes, &f->err),
			 RA_ENOTFOUND);
	assert_int_equal(ra_git_blob(f->git, &f->arena, &none, 0, &bytes, &f->err), RA_ENOTFOUND);

	write_file(f, ".git/config", "[remote \"origin\"]\npromisor=true\n");
	assert_int_equal(reopen(f), 0);
	assert_selects(f, SWEEP(.range = "main", .pathspecs = SPECS("gone.py")),
		       "T gone.py (not fetched (partial clone)!)\n");
	assert_int_equal(ra_git_blob(f->git, &f->arena, &gone_hex, 0, &bytes, &f->err),
			 RA_ENOTFOUND);
	assert_non_null(strstr(f->err.text, "git fetch --refetch --no-filter"));
}

/* Valid zlib under the wrong name. */
static void an_object_with_the_wrong_hash_is_not_believed(void **state)
{
	struct fixture *f = *state;
	git_oid honest = blob(f, "honest\n"), liar = blob(f, "liar\n");
	struct ra_oid from = ra_git_hex(&liar), to = ra_git_hex(&honest);
	struct ra_str bytes;

	assert_int_equal(reopen(f), 0);
	assert_int_equal(rename(path_of(f, loose_name(f, &from)), path_of(f, loose_name(f, &to))),
			 0);
	assert_int_equal(ra_git_blob(f->git, &f->arena, &to, 0, &bytes, &f->err), RA_EIO);
	assert_non_null(strstr(f->err.text, "mismatch"));
}

static void a_damaged_pack_is_named(void **state)
{
	struct fixture *f = *state;
	git_oid id = commit(f, NULL, files(f, "a.py", lines(f, 50, 0), NULL), NULL, 0);
	struct ra_str hex = ra_str(ra_git_hex(&id).hex);
	const char *range = ra_cstr(&f->arena, hex), *pack = NULL;
	git_packbuilder *builder;
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	assert_int_equal(git_packbuilder_new(&builder, f->repo), 0);
	assert_int_equal(git_packbuilder_insert_commit(builder, &id), 0);
	assert_int_equal(git_packbuilder_write(builder, NULL, 0644, NULL, NULL), 0);
	git_packbuilder_free(builder);
	overwrite_loose(f, &id, NULL);
	assert_selects(f, SWEEP(.range = range), "T a.py\n");
	dir = opendir(path_of(f, ".git/objects/pack"));
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (ra_str_ends(ra_str(entry->d_name), RA_STR(".pack")))
			pack = ra_printf(&f->arena, ".git/objects/pack/%s", entry->d_name).ptr;
	closedir(dir);
	assert_non_null(pack);
	assert_int_equal(stat(path_of(f, pack), &st), 0);
	assert_int_equal(truncate(path_of(f, pack), st.st_size - 30), 0);
	assert_int_equal(reopen(f), 0);
	assert_refuses(f, SWEEP(.range = range), RA_EGIT, strrchr(pack, '/') + 1);
}

static void files_of_a_commit_are_read_by_name(void **state)
{
	struct fixture *f = *state;
	struct entry entries[] = {
		{ 0100644, ".race-audit.ini", blob(f, "[a]\n") },
		{ 040000, "cards", files(f, "b.md", "b", "c.md", "c", NULL) },
		{ 0120000, "link.ini", blob(f, ".race-audit.ini") },
	};
	git_oid id = commit(f, "main", tree(f, entries, 3), NULL, 0);
	struct ra_oid at = ra_git_hex(&id), none = { "" };
	struct ra_str bytes, *names;
	size_t n;

	assert_int_equal(reopen(f), 0);
	assert_int_equal(ra_git_file_at(f->git, &f->arena, &at, ".race-audit.ini", 0, &bytes,
					&f->err), 0);
	assert_true(ra_str_is(bytes, "[a]\n"));
	assert_int_equal(ra_git_file_at(f->git, &f->arena, &at, "cards/c.md", 0, &bytes, &f->err),
			 0);
	assert_true(ra_str_is(bytes, "c"));
	assert_int_equal(ra_git_file_at(f->git, &f->arena, &at, "nosuch", 0, &bytes, &f->err),
			 RA_ENOTFOUND);
	assert_int_equal(ra_git_file_at(f->git, &f->arena, &at, "cards", 0, &bytes, &f->err),
			 RA_ENOTFOUND);
	assert_int_equal(ra_git_file_at(f->git, &f->arena, &at, "link.ini", 0, &bytes, &f->err),
			 RA_ENOTFOUND);
	assert_int_equal(ra_git_file_at(f->git, &f->arena, &none, "a", 0, &bytes, &f->err),
			 RA_ENOTFOUND);
	assert_int_equal(ra_git_file_at(f->git, &f->arena, &at, ".race-audit.ini", 2, &bytes,
					&f->err), RA_ELIMIT);
	assert_int_equal(ra_git_list_at(f->git, &f->arena, &at, "cards", &names, &n, &f->err), 0);
	assert_int_equal(n, 2);
	assert_true(ra_str_is(names[0], "b.md"));
	assert_true(ra_str_is(names[1], "c.md"));
	assert_int_equal(ra_git_list_at(f->git, &f->arena, &at, "", &names, &n, &f->err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(ra_git_list_at(f->git, &f->arena, &at, "nosuch/x", &names, &n, &f->err),
			 0);
	assert_int_equal(n, 0);
}

/* -- memory -------------------------------------------------------------------------------- */

struct cramped {
	struct ra_git *git;
	struct ra_arena *arena;
	const struct ra_git_select *select;
};

static int select_and_compare(void *arg)
{
	struct cramped *c = arg;
	struct ra_git_selection selection;
	struct ra_git_range *ranges;
	struct ra_str bytes;
	size_t n;
	int rc = ra_git_select(c->git, c->arena, c->select, &selection, NULL);

	for (size_t i = 0; !rc && i < selection.files.n; i++) {
		const struct ra_git_file *file = &selection.files.v[i];

		rc = ra_git_changes(c->git, c->arena, &selection, file, &ranges, &n, NULL);
		if (!rc && !file->skip && file->change != 'D')
			rc = ra_git_read(c->git, c->arena, &selection, file, 0, &bytes, NULL);
	}
	return rc;
}

/* Wherever the arena is full, the answer is RA_ELIMIT and no handle is lost. */
static void a_full_arena_is_an_error_and_no_leak(void **state)
{
	struct fixture *f = *state;
	git_oid a = files(f, ".gitattributes", "*.c -diff\n", "a.py", lines(f, 30, 0), NULL);
	git_oid b = files(f, "a.py", lines(f, 30, 3), "b.py", lines(f, 30, 5), NULL);
	struct ra_git_select selects[] = {
		DIFF(.range = "a...b"), SWEEP(.range = "a"), DIFF(.side = RA_GIT_WORKTREE)
	};
	struct ra_arena small;
	struct cramped c = { .arena = &small };
	git_oid root;

	root = commit(f, "a", a, NULL, 0);
	commit_on(f, "b", b, root);
	check_out(f);
	write_file(f, "a.py", "changed\n");
	assert_int_equal(reopen(f), 0);
	c.git = f->git;
	for (size_t s = 0; s < sizeof(selects) / sizeof(selects[0]); s++) {
		int rc = RA_ELIMIT;

		c.select = &selects[s];
		for (size_t ceiling = 64; rc; ceiling += 64) {
			ra_arena_init(&small, "small arena", ceiling);
			rc = ra_arena_try(&small, select_and_compare, &c, &f->err);
			assert_true(rc == 0 || rc == RA_ELIMIT);
			ra_arena_release(&small);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unsafe_names_are_read_by_id_and_remarked_on),
		TEST(duplicates_and_disorder_lose_nothing),
		TEST(what_cannot_be_listed_is_listed_as_such),
		TEST(depth_is_bounded),
		TEST(a_tree_bomb_is_bounded),
		TEST(objects_that_cannot_be_had_are_failures),
		TEST(an_object_with_the_wrong_hash_is_not_believed),
		TEST(a_damaged_pack_is_named),
		TEST(files_of_a_commit_are_read_by_name),
		TEST(a_full_arena_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests_name("git_hostile", tests, start, stop);
}
