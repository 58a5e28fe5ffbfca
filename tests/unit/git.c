/* git: opening, revisions, kinds of change, changed lines, the index and the work tree. */
#include "tests/unit/git_fixture.h"

/* -- opening ------------------------------------------------------------------------------- */

static void a_directory_without_a_repository_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ra_git_options options = { .directory = "/" };
	struct ra_git *git;

	assert_int_equal(ra_git_open(&options, &git, &f->err), RA_EGIT);
	assert_null(git);
	assert_non_null(strstr(f->err.text, "not a git repository"));
	options.directory = path_of(f, "nowhere");
	assert_int_equal(ra_git_open(&options, &git, &f->err), RA_EGIT);
}

static void a_repository_that_libgit2_cannot_use_is_named(void **state)
{
	static const struct { const char *config, *words; } cases[] = {
		{ "[core]\nrepositoryformatversion=1\n[extensions]\nobjectFormat=sha256\n",
		  "SHA-256 repositories are not supported" },
		{ "[core]\nrepositoryformatversion=1\n[extensions]\nrefStorage=reftable\n",
		  "reftable" },
		{ "[core]\nrepositoryformatversion=1\n[extensions]\nfutureThing=true\n",
		  "extensions.futurething" },
		{ "[core\n", "missing ']'" },
		{ "[include]\npath=config\n", "include depth" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(f, ".git/config", cases[i].config);
		assert_int_equal(reopen(f), RA_EGIT);
		if (!strstr(f->err.text, cases[i].words))
			fail_msg("'%s' does not say '%s'", f->err.text, cases[i].words);
	}
	write_file(f, ".git/config", "[core]\nrepositoryformatversion=1\n[extensions]\n"
		   "worktreeConfig=true\npreciousObjects=true\npartialClone=origin\nnoop=1\n");
	assert_int_equal(reopen(f), 0);
}

static void a_foreign_repository_needs_trust(void **state)
{
	static const struct { const char *value; int rc; } cases[] = {
		{ "*", 0 }, { "/tmp/*", 0 }, { "/elsewhere", RA_EGIT }, { "", RA_EGIT }
	};
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip(); /* only root can give files away */
	assert_int_equal(chown(f->dir, 12345, 12345), 0);
	assert_int_equal(reopen(f), RA_EGIT);
	assert_non_null(strstr(f->err.text, "owned by uid 12345"));
	assert_non_null(strstr(f->err.text, "safe.directory /tmp/race-audit-git-"));
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "safe.directory", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("GIT_CONFIG_VALUE_0", cases[i].value, 1);
		assert_int_equal(reopen(f), cases[i].rc);
	}
	setenv("GIT_CONFIG_VALUE_0", f->dir, 1);
	assert_int_equal(reopen(f), 0);
	/* the repository cannot vouch for itself */
	unsetenv("GIT_CONFIG_COUNT");
	write_file(f, ".git/config", "[safe]\ndirectory=*\n");
	assert_int_equal(reopen(f), RA_EGIT);
}

static void a_bare_repository_in_a_work_tree_must_be_named(void **state)
{
	struct fixture *f = *state;
	struct ra_git_options options = { .directory = path_of(f, "inner") };
	git_repository *inner;
	struct ra_git *git;

	assert_int_equal(git_repository_init(&inner, options.directory, true), 0);
	git_repository_free(inner);
	assert_int_equal(ra_git_open(&options, &git, &f->err), RA_EGIT);
	assert_non_null(strstr(f->err.text, "--git-dir="));
	options = (struct ra_git_options){ .git_dir = options.directory };
	assert_int_equal(ra_git_open(&options, &git, &f->err), 0);
	assert_true(ra_git_is_bare(git));
	assert_null(ra_git_worktree(git));
	ra_git_close(git);
}

static void the_environment_says_where_things_are(void **state)
{
	struct fixture *f = *state;
	struct ra_git_options nowhere = { .directory = "/" };

	commit(f, "main", files(f, "a.py", "1\n", NULL), NULL, 0);
	set_head(f, "main");
	setenv("GIT_DIR", path_of(f, ".git"), 1);
	assert_int_equal(ra_git_open(&nowhere, &f->git, &f->err), 0);
	assert_selects(f, SWEEP(), "T a.py\n");

	assert_int_equal(mkdir(path_of(f, "elsewhere"), 0777), 0);
	write_file(f, "elsewhere/b.py", "2\n");
	setenv("GIT_WORK_TREE", path_of(f, "elsewhere"), 1);
	ra_git_close(f->git);
	assert_int_equal(ra_git_open(&nowhere, &f->git, &f->err), 0);
	assert_true(ra_str_ends(ra_str(ra_git_worktree(f->git)), RA_STR("/elsewhere/")));
	assert_selects(f, SWEEP(.side = RA_GIT_WORKTREE), "T b.py\n");
	unsetenv("GIT_WORK_TREE");

	setenv("GIT_DIR", ".git", 1);
	assert_int_equal(reopen(f), 0); /* relative to the directory that was given */
	assert_selects(f, SWEEP(), "T a.py\n");
	setenv("GIT_INDEX_FILE", "other-index", 1);
	assert_int_equal(reopen(f), 0);
	assert_selects(f, DIFF(.side = RA_GIT_INDEX), "D a.py\n");
	unsetenv("GIT_INDEX_FILE");
	setenv("GIT_COMMON_DIR", "/", 1);
	ra_git_close(f->git);
	assert_int_equal(ra_git_open(&nowhere, &f->git, &f->err), RA_EGIT);
	unsetenv("GIT_COMMON_DIR");
	unsetenv("GIT_DIR");
}

/* As a server's hook sees it: what is pushed lies apart from the objects that are there. */
static void objects_may_lie_in_quarantine(void **state)
{
	struct fixture *f = *state;
	git_odb *quarantine;
	git_oid text, id;

	commit(f, "main", files(f, "a.py", "1\n", NULL), NULL, 0);
	set_head(f, "main");
	assert_int_equal(mkdir(path_of(f, "quarantine"), 0777), 0);
	assert_int_equal(git_odb_open(&quarantine, path_of(f, "quarantine")), 0);
	assert_int_equal(git_odb_write(&text, quarantine, "pushed\n", 7, GIT_OBJECT_BLOB), 0);
	git_odb_free(quarantine);
	id = tree(f, &(struct entry){ 0100644, "b.py", text }, 1);
	commit(f, "main", id, NULL, 0);
	assert_selects(f, SWEEP(), "T b.py (missing object!)\n");
	setenv("GIT_OBJECT_DIRECTORY", path_of(f, "quarantine"), 1);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", path_of(f, ".git/objects"), 1);
	assert_int_equal(reopen(f), 0);
	assert_selects(f, SWEEP(), "T b.py\n");
	unsetenv("GIT_OBJECT_DIRECTORY");
	unsetenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
}

/* -- revisions ----------------------------------------------------------------------------- */

static void ranges_are_read_as_git_does(void **state)
{
	static const struct { const char *range; int code; const char *words; } cases[] = {
		{ "nosuch...HEAD", RA_ENOTFOUND, "bad revision 'nosuch'" },
		{ "HEAD..nosuch", RA_ENOTFOUND, "bad revision 'nosuch'" },
		{ "", RA_EUSAGE, "is no range" }, { "..", RA_EUSAGE, "is no range" },
		{ "...", RA_EUSAGE, "is no range" }, { "a....b", RA_EUSAGE, "is no range" },
		{ "a..b..c", RA_EUSAGE, "is no range" },
		{ "HEAD^{tree}", RA_ENOTFOUND, "is a tree" },
		{ "HEAD:a.py", RA_ENOTFOUND, "is a blob" },
		{ ":0:a.py", RA_ENOTFOUND, "bad revision ':0:a.py'" },
		/* these leave git_error_last() NULL */
		{ ":/nothing says this", RA_ENOTFOUND, "bad revision ':/nothing" },
		{ "HEAD^{/nothing}", RA_ENOTFOUND, "bad revision 'HEAD^{/nothing}'" },
		{ "@{-99999}", RA_ENOTFOUND, "bad revision '@{-99999}'" },
		{ "^HEAD", RA_ENOTFOUND, "bad revision '^HEAD'" },
	};
	struct fixture *f = *state;
	git_oid old = commit(f, "main", files(f, "a.py", "1\n", NULL), NULL, 0);
	git_oid side = commit_on(f, "side", files(f, "a.py", "1\n", "b.py", "2\n", NULL), old);

	commit_on(f, "main", files(f, "a.py", "one\n", NULL), old);
	set_head(f, "side");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refuses(f, DIFF(.range = cases[i].range), cases[i].code, cases[i].words);
	assert_selects(f, DIFF(.range = "main...side"), "A b.py\n");
	assert_string_equal(f->selection.base.hex, ra_git_hex(&old).hex);
	assert_string_equal(f->selection.head.hex, ra_git_hex(&side).hex);
	assert_true(ra_str_is(f->selection.base_name, "main"));
	assert_true(ra_str_is(f->selection.head_name, "side"));
	assert_selects(f, DIFF(.range = "main"), "A b.py\n");
	assert_selects(f, DIFF(.range = "main..."), "A b.py\n");
	assert_selects(f, DIFF(.range = "...main"), "M a.py\n");
	assert_selects(f, DIFF(.range = "main..side"), "M a.py\nA b.py\n");
	assert_selects(f, DIFF(.range = "main.."), "M a.py\nA b.py\n");
	assert_selects(f, SWEEP(.range = "main"), "T a.py\n");
	assert_refuses(f, SWEEP(.range = "nosuch"), RA_ENOTFOUND, "bad revision");
}

static void before_the_first_commit_only_the_index_can_be_compared(void **state)
{
	struct fixture *f = *state;
	git_index *index;

	write_file(f, "a.py", "1\n");
	assert_int_equal(git_repository_index(&index, f->repo), 0);
	assert_int_equal(git_index_add_bypath(index, "a.py"), 0);
	assert_int_equal(git_index_write(index), 0);
	git_index_free(index);
	assert_selects(f, SWEEP(), "");
	assert_refuses(f, DIFF(), RA_ENOTFOUND, "no commits yet");
	assert_refuses(f, DIFF(.range = "HEAD~1.."), RA_ENOTFOUND, "no commits yet");
	assert_refuses(f, DIFF(.side = RA_GIT_WORKTREE), RA_ENOTFOUND, "no commits yet");
	assert_selects(f, DIFF(.side = RA_GIT_INDEX), "A a.py\n");
}

static void without_a_range_the_base_is_the_upstream(void **state)
{
	static const char trunk[] = "refs/remotes/origin/trunk";
	struct fixture *f = *state;
	git_oid old = commit(f, "main", files(f, "a.py", "1\n", NULL), NULL, 0);
	git_oid theirs = commit_on(f, NULL, files(f, "a.py", "one\n", NULL), old);
	git_oid mine = commit_on(f, "side", files(f, "a.py", "1\n", "b.py", "2\n", NULL), old);
	git_reference *ref;

	set_head(f, "side");
	assert_refuses(f, DIFF(), RA_ENOTFOUND, "git branch --set-upstream-to");
	assert_selects(f, DIFF(.whole_if_no_base = true), "T a.py\nT b.py\n");
	assert_true(noted(f, "without a base"));

	assert_int_equal(git_reference_create(&ref, f->repo, trunk, &theirs, 1, NULL), 0);
	git_reference_free(ref);
	assert_int_equal(git_reference_symbolic_create(&ref, f->repo, "refs/remotes/origin/HEAD",
						       trunk, 1, NULL), 0);
	git_reference_free(ref);
	assert_selects(f, DIFF(), "A b.py\n");
	assert_true(ra_str_is(f->selection.base_name, "origin/HEAD"));

	write_file(f, ".git/config", "[remote \"origin\"]\n"
		   "fetch=+refs/heads/*:refs/remotes/origin/*\n"
		   "[branch \"side\"]\nremote=origin\nmerge=refs/heads/trunk\n");
	assert_int_equal(reopen(f), 0);
	assert_selects(f, DIFF(), "A b.py\n");
	assert_true(ra_str_is(f->selection.base_name, "origin/trunk"));
	setenv("GIT_CONFIG_PARAMETERS",
	       "'branch.side.remote'='.' 'branch.side.merge=refs/heads/side'", 1);
	assert_int_equal(reopen(f), 0);
	assert_selects(f, DIFF(), "");
	assert_true(ra_str_is(f->selection.base_name, "side"));
	unsetenv("GIT_CONFIG_PARAMETERS");

	assert_int_equal(git_repository_set_head_detached(f->repo, &mine), 0);
	assert_int_equal(reopen(f), 0);
	assert_selects(f, DIFF(), "A b.py\n");
	assert_true(ra_str_is(f->selection.base_name, "origin/HEAD"));
}

static void with_two_merge_bases_a_line_must_be_new_against_both(void **state)
{
	struct fixture *f = *state;
	git_oid root = commit(f, NULL, files(f, "a.py", "1\n2\n3\n", NULL), NULL, 0);
	git_oid in_left = files(f, "a.py", "L\n2\n3\n", "l.py", "l\n", NULL);
	git_oid in_right = files(f, "a.py", "1\n2\nR\n", "r.py", "r\n", NULL);
	git_oid left = commit_on(f, NULL, in_left, root);
	git_oid right = commit_on(f, NULL, in_right, root);
	git_oid both = files(f, "a.py", "L\n2\nR\n", "l.py", "l\n", "r.py", "r\n", NULL);
	git_oid mine = files(f, "a.py", "L\nnew\nR\n", "l.py", "l\n", "r.py", "r\n", NULL);
	git_oid a, b;

	a = commit(f, "a", both, (git_oid[]){ left, right }, 2);
	b = commit(f, "b", both, (git_oid[]){ right, left }, 2);
	commit_on(f, "a", mine, a);
	commit_on(f, "b", files(f, "a.py", "L\n2\nR\n", NULL), b);
	assert_selects(f, DIFF(.range = "b...a"), "M a.py\n");
	assert_int_equal(f->selection.bases.n, 2);
	assert_true(noted(f, "2 merge bases"));
	assert_string_equal(changes_of(f, find(f, "a.py")), "2-2");
	/* b differs from each base, in a line that the other has; l.py and r.py are in one alone */
	assert_selects(f, DIFF(.range = "a...b"), "M a.py\n");
	assert_string_equal(changes_of(f, find(f, "a.py")), "");
}

/* One side of a criss-cross merge renamed the file; `newest` is the base that is asked first. */
static void compare_across_a_rename(struct fixture *f, bool renamed_last, const char *selected,
				    const char *changed)
{
	git_oid old = files(f, "a.py", lines(f, 30, 0), NULL);
	git_oid renamed = files(f, "b.py", lines(f, 30, 0), NULL);
	git_oid root = commit(f, NULL, files(f, "z.py", "", NULL), NULL, 0), sides[2];

	sides[0] = commit_on(f, NULL, renamed_last ? old : renamed, root);
	sides[1] = commit_on(f, NULL, renamed_last ? renamed : old, root);
	commit_on(f, "a", files(f, "b.py", lines(f, 30, 4), NULL),
		  commit(f, NULL, renamed, sides, 2));
	commit(f, "b", renamed, sides, 2);
	assert_selects(f, DIFF(.range = "b...a"), selected);
	assert_int_equal(f->selection.bases.n, 2);
	assert_string_equal(changes_of(f, find(f, "b.py")), changed);
}

static void bases_may_know_a_file_by_different_names(void **state)
{
	compare_across_a_rename(*state, true, "M b.py\n", "4-4");
	compare_across_a_rename(*state, false, "R b.py <- a.py\n", "4-4");
}

static void lines_count_that_changed_against_every_base(void **state)
{
	struct fixture *f = *state;
	git_oid left = files(f, "a.py", "1\n2\n3\n4\n5\n6\n7\n8\n", NULL);
	git_oid right = files(f, "a.py", "a\n2\nc\nd\n5\n6\n7\n8\n", NULL);
	git_oid mine = files(f, "a.py", "a\nb\n3\n4\n5\nf\n7\nh\n", NULL);
	git_oid sides[] = {
		commit(f, NULL, left, NULL, 0), commit(f, NULL, right, NULL, 0)
	};

	commit(f, "a", mine, sides, 2);
	commit(f, "b", files(f, "b.py", "b\n", NULL), sides, 2);
	assert_selects(f, DIFF(.range = "b...a"), "M a.py\n");
	assert_string_equal(changes_of(f, find(f, "a.py")), "2-2 6-6 8-8");
}

/* The merge of three: what it brings is compared with where they left the trunk. */
static void an_octopus_is_compared_with_its_merge_base(void **state)
{
	struct fixture *f = *state;
	git_oid root = commit(f, "main", files(f, "a.py", "a\n", NULL), NULL, 0);
	git_oid heads[3];

	heads[0] = commit_on(f, NULL, files(f, "a.py", "a\n", "x.py", "x\n", NULL), root);
	heads[1] = commit_on(f, NULL, files(f, "a.py", "a\n", "y.py", "y\n", NULL), root);
	heads[2] = commit_on(f, NULL, files(f, "a.py", "a\n", "z.py", "z\n", NULL), root);
	commit(f, "octopus", files(f, "a.py", "a\n", "x.py", "x\n", "y.py", "y\n", "z.py", "z\n",
				   NULL), heads, 3);
	assert_selects(f, DIFF(.range = "main...octopus"), "A x.py\nA y.py\nA z.py\n");
	assert_int_equal(f->selection.bases.n, 1);
}

/* A child that claims to be older than its parent hides no base and invents none. */
static void clocks_may_lie(void **state)
{
	struct fixture *f = *state;
	git_oid t = files(f, "a.py", "a\n", NULL), root, old, base;

	f->clock = 100;
	root = commit(f, NULL, t, NULL, 0);
	f->clock = 0;
	old = commit_on(f, NULL, t, root);
	f->clock = 50;
	base = commit_on(f, NULL, t, old);
	commit_on(f, "a", t, base);
	f->clock = 10;
	commit(f, "b", t, (git_oid[]){ base, root }, 2);
	assert_selects(f, DIFF(.range = "a...b"), "");
	assert_int_equal(f->selection.bases.n, 1);
	assert_string_equal(f->selection.base.hex, ra_git_hex(&base).hex);
}

static void unrelated_histories_have_no_merge_base(void **state)
{
	struct fixture *f = *state;

	commit(f, "a", files(f, "a.py", "a\n", NULL), NULL, 0);
	commit(f, "b", files(f, "b.py", "b\n", NULL), NULL, 0);
	assert_refuses(f, DIFF(.range = "a...b"), RA_ENOTFOUND, "as they are with 'a..b'");
	assert_selects(f, DIFF(.range = "a..b"), "D a.py\nA b.py\n");
	assert_selects(f, DIFF(.range = "a...b", .whole_if_no_base = true), "T b.py\n");
	assert_string_equal(f->selection.base.hex, "");
	assert_refuses(f, DIFF(.range = "typo...b", .whole_if_no_base = true), RA_ENOTFOUND,
		       "bad revision 'typo'");
}

/* CI checks a pull request out two commits deep: both parents of the merge are at the edge. */
static void the_edge_of_a_shallow_clone_is_no_missing_object(void **state)
{
	struct fixture *f = *state;
	git_oid never, main_id, side, other;

	assert_int_equal(git_oid_fromstr(&never, "1111111111111111111111111111111111111111"), 0);
	main_id = commit_on(f, "main", files(f, "a.py", "a\n", NULL), never);
	side = commit_on(f, NULL, files(f, "a.py", "a\n", "b.py", "b\n", NULL), never);
	other = commit_on(f, "other", files(f, "c.py", "c\n", NULL), never);
	commit(f, "pull", files(f, "a.py", "a\n", "b.py", "b\n", NULL),
	       (git_oid[]){ main_id, side }, 2);
	assert_refuses(f, DIFF(.range = "main...pull"), RA_EGIT, "git fsck");
	write_file(f, ".git/shallow", ra_printf(&f->arena, "%s\n%s\n%s\n", ra_git_hex(&main_id).hex,
						ra_git_hex(&side).hex, ra_git_hex(&other).hex).ptr);
	assert_int_equal(reopen(f), 0);
	assert_selects(f, DIFF(.range = "main...pull"), "A b.py\n");
	assert_refuses(f, DIFF(.range = "other...pull"), RA_ENOTFOUND, "git fetch --deepen");
	assert_refuses(f, DIFF(.range = "origin/main...pull"), RA_ENOTFOUND, "shallow");
	assert_selects(f, DIFF(.range = "origin/main...pull", .whole_if_no_base = true),
		       "T a.py\nT b.py\n");
}

static void what_libgit2_does_not_follow_is_noted(void **state)
{
	struct fixture *f = *state;
	git_oid id = commit(f, "main", files(f, "a.py", "a\n", NULL), NULL, 0);
	git_reference *ref;

	assert_selects(f, SWEEP(.range = "main"), "T a.py\n");
	assert_int_equal(f->selection.notes.n, 0);
	assert_int_equal(git_reference_create(&ref, f->repo, ra_printf(&f->arena, "refs/replace/%s",
					      ra_git_hex(&id).hex).ptr, &id, 1, NULL), 0);
	git_reference_free(ref);
	mkdir(path_of(f, ".git/info"), 0777);
	write_file(f, ".git/info/grafts", "");
	assert_selects(f, SWEEP(.range = "main"), "T a.py\n");
	assert_true(noted(f, "refs/replace"));
	assert_true(noted(f, "info/grafts"));
}

/* -- kinds of change ----------------------------------------------------------------------- */

static void each_kind_of_change_has_its_letter(void **state)
{
	struct fixture *f = *state;
	git_oid text = blob(f, "x = 1\n"), more = blob(f, "x = 2\n"), link = blob(f, "/etc/passwd");
	struct entry before[] = {
		{ 0100644, "becomes_link.py", text }, { 0100644, "changed.py", text },
		{ 0100644, "gone.py", more }, { 0120000, "gone_link.py", link },
		{ 0120000, "link.py", link }, { 0100644, "mode.py", text },
		{ 0100644, "same.py", text }, { 0160000, "sub", text },
		{ 0120000, "was_link.py", link },
	};
	struct entry after[] = {
		{ 0140000, "added_odd.py", text }, { 0120000, "becomes_link.py", link },
		{ 0100644, "changed.py", more }, { 0120000, "link.py", text },
		{ 0100755, "mode.py", text }, { 0100664, "new.py", blob(f, "y\n") },
		{ 0100644, "same.py", text }, { 0160000, "sub", more },
		{ 0100644, "was_link.py", text },
	};

	commit(f, "a", tree(f, before, 9), NULL, 0);
	commit(f, "b", tree(f, after, 9), NULL, 0);
	assert_selects(f, DIFF(.range = "a..b"),
		       "A added_odd.py (unknown mode)\nM becomes_link.py (symlink)\nM changed.py\n"
		       "D gone.py\nM link.py (symlink)\nA new.py\nM sub (submodule)\n"
		       "A was_link.py\n");
	assert_int_equal(find(f, "changed.py")->size, 6);
	assert_string_equal(find(f, "gone.py")->blob.hex, "");
	assert_string_equal(find(f, "gone.py")->old_blob.hex, ra_git_hex(&more).hex);
	assert_string_equal(find(f, "new.py")->old_blob.hex, "");
	assert_int_equal(find(f, "new.py")->mode, 0100664);
	assert_string_equal(find(f, "was_link.py")->old_blob.hex, "");
}

static void renames_are_followed(void **state)
{
	struct fixture *f = *state;
	git_oid a = files(f, "alike.py", lines(f, 40, 0), "alike2.py", lines(f, 50, 0), "equal.py",
			  lines(f, 5, 0), "other.py", "nothing\nlike\nthe\nrest\nof\nthem\n", NULL);
	git_oid b = files(f, "fresh.py", "all\nis\nquite\nnew\nin\nhere\n", "moved.py",
			  lines(f, 5, 0), "similar.py", lines(f, 40, 7), "similar2.py",
			  lines(f, 50, 9), NULL);

	commit(f, "a", a, NULL, 0);
	commit(f, "b", b, NULL, 0);
	assert_selects(f, DIFF(.range = "a..b"), "A fresh.py\nR moved.py <- equal.py\nD other.py\n"
		       "R similar.py <- alike.py\nR similar2.py <- alike2.py\n");
	assert_int_equal(strlen(find(f, "similar.py")->old_blob.hex), 40);
}

static void a_large_move_is_all_renames(void **state)
{
	enum { N = 1500 };
	struct fixture *f = *state;
	struct entry *entries = ra_new_array(&f->arena, struct entry, N);
	struct entry from = { 040000, "from", { { 0 } } }, to = { 040000, "to", { { 0 } } };

	for (size_t i = 0; i < N; i++)
		entries[i] = (struct entry){
			0100644, ra_printf(&f->arena, "%04zu.py", i).ptr,
			blob(f, ra_printf(&f->arena, "n = %zu\n", i / 2).ptr)
		};
	from.id = to.id = tree(f, entries, N);
	commit(f, "a", tree(f, &from, 1), NULL, 0);
	commit(f, "b", tree(f, &to, 1), NULL, 0);
	assert_int_equal(run(f, DIFF(.range = "a..b")), 0);
	assert_int_equal(f->selection.files.n, N);
	for (size_t i = 0; i < N; i++) {
		const struct ra_git_file *file = &f->selection.files.v[i];

		assert_int_equal(file->change, 'R');
		assert_true(ra_str_ends(file->path, ra_str_n(file->old_path.ptr + 5, 7)));
	}
}

/* -- lines --------------------------------------------------------------------------------- */

static void changed_lines_are_those_of_the_new_side(void **state)
{
	static const struct { const char *old, *new, *ranges; } cases[] = {
		{ "1\n2\n3\n", "1\nx\n3\n", "2-2" },
		{ "1\n2\n3\n", "1\n2\n3\n4\n5\n", "4-5" },
		{ "1\n2\n3\n", "0\n1\n2\n3\n", "1-1" },
		{ "1\n2\n3\n", "1\n2\n3", "3-3" },
		{ "1\n2\n3\n", "1\n3\n", "1-2" },
		{ "1\n2\n3\n", "2\n3\n", "1-1" },
		{ "1\n2\n3\n", "1\n2\n", "2-3" },
		{ "1\n2\n3\n4\n5\n", "1\n3\n5\n", "1-3" },
		{ "1\n2\n", "", "1-1" },
		{ "", "1\n2\n", "1-2" },
		{ "1\n", "1\r\n", "1-1" },
		{ "a\1b\n", "a\1c\n", "1-1" }, /* looks binary */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		commit(f, "a", files(f, "a.py", cases[i].old, NULL), NULL, 0);
		commit(f, "b", files(f, "a.py", cases[i].new, NULL), NULL, 0);
		assert_selects(f, DIFF(.range = "a..b"), "M a.py\n");
		assert_string_equal(changes_of(f, &f->selection.files.v[0]), cases[i].ranges);
	}
	assert_selects(f, SWEEP(.range = "b"), "T a.py\n");
	assert_string_equal(changes_of(f, &f->selection.files.v[0]), "1-4294967295");
	commit(f, "b", files(f, "b.py", "1\n", NULL), NULL, 0);
	assert_selects(f, DIFF(.range = "a..b"), "D a.py\nA b.py\n");
	assert_string_equal(changes_of(f, find(f, "a.py")), "");
	assert_string_equal(changes_of(f, find(f, "b.py")), "1-4294967295");
}

static void lines_of_a_renamed_file_are_compared_with_its_past(void **state)
{
	struct fixture *f = *state;

	commit(f, "a", files(f, "old.py", lines(f, 20, 0), NULL), NULL, 0);
	commit(f, "b", files(f, "new.py", lines(f, 20, 9), NULL), NULL, 0);
	assert_selects(f, DIFF(.range = "a..b"), "R new.py <- old.py\n");
	assert_string_equal(changes_of(f, &f->selection.files.v[0]), "9-9");
}

/* -- index and work tree ------------------------------------------------------------------- */

static void the_index_is_compared_with_head(void **state)
{
	struct fixture *f = *state;
	struct ra_str bytes;

	check_out(f);
	assert_selects(f, DIFF(.side = RA_GIT_INDEX), "");
	write_file(f, "a.py", "1\nstaged\n3\n");
	stage(f, "a.py");
	write_file(f, "a.py", "1\nunstaged\n3\n");
	write_file(f, "new.py", "new\n");
	stage(f, "new.py");
	write_file(f, "untracked.py", "x\n");
	assert_int_equal(unlink(path_of(f, "b.py")), 0);
	stage(f, "b.py");
	assert_selects(f, DIFF(.side = RA_GIT_INDEX), "M a.py\nD b.py\nA new.py\n");
	assert_int_equal(ra_git_read(f->git, &f->arena, &f->selection, find(f, "a.py"), 0, &bytes,
				     &f->err), 0);
	assert_true(ra_str_is(bytes, "1\nstaged\n3\n"));
	assert_string_equal(changes_of(f, find(f, "a.py")), "2-2");
	assert_int_equal(ra_git_read(f->git, &f->arena, &f->selection, find(f, "b.py"), 0, &bytes,
				     &f->err), RA_ENOTFOUND);
	assert_selects(f, SWEEP(.side = RA_GIT_INDEX), "T a.py\nT link.py (symlink)\nT new.py\n");
	assert_true(ra_str_is(f->selection.head_name, "the index"));
	assert_refuses(f, DIFF(.side = RA_GIT_INDEX, .range = "main..main"), RA_EUSAGE,
		       "cannot be the head");
	assert_selects(f, DIFF(.side = RA_GIT_INDEX, .range = "main"),
		       "M a.py\nD b.py\nA new.py\n");
}

static void the_work_tree_is_what_is_on_disk(void **state)
{
	struct fixture *f = *state;
	struct ra_str bytes;

	check_out(f);
	assert_selects(f, DIFF(.side = RA_GIT_WORKTREE), "");
	write_file(f, "a.py", "1\r\n2\r\nchanged\r\n"); /* as core.autocrlf checks out */
	write_file(f, ".gitignore", "ignored.py\n");
	write_file(f, "ignored.py", "x\n");
	write_file(f, "untracked.py", "x\n");
	assert_int_equal(unlink(path_of(f, "b.py")), 0);
	assert_int_equal(mkdir(path_of(f, "b.py"), 0777), 0);
	write_file(f, "b.py/c.py", "c\n");
	assert_selects(f, DIFF(.side = RA_GIT_WORKTREE),
		       "A .gitignore\nM a.py\nD b.py\nA b.py/c.py\nA untracked.py\n");
	assert_string_equal(find(f, "a.py")->blob.hex, "");
	assert_int_equal(ra_git_read(f->git, &f->arena, &f->selection, find(f, "a.py"), 0, &bytes,
				     &f->err), 0);
	assert_true(ra_str_is(bytes, "1\r\n2\r\nchanged\r\n"));
	assert_int_equal(ra_git_read(f->git, &f->arena, &f->selection, find(f, "a.py"), 5, &bytes,
				     &f->err), RA_ELIMIT);
	assert_string_equal(changes_of(f, find(f, "a.py")), "3-3");
	assert_selects(f, SWEEP(.side = RA_GIT_WORKTREE), "T .gitignore\nT a.py\nT b.py/c.py\n"
		       "T link.py (symlink)\nT untracked.py\n");
}

/* Between listing and reading, a directory turns into a link out of the work tree. */
static void reading_follows_no_link_out_of_the_work_tree(void **state)
{
	static const char *const paths[] = {
		"dir/a.py", "link.py", "../outside.py", "dir/../a.py", "/etc/passwd", "./a.py", "",
		"a.py/x", "pipe.py"
	};
	struct fixture *f = *state;
	struct ra_git_file file = { .change = 'T' };
	struct ra_str bytes;

	check_out(f);
	assert_int_equal(mkdir(path_of(f, "dir"), 0777), 0);
	write_file(f, "dir/a.py", "inside\n");
	assert_int_equal(run(f, SWEEP(.side = RA_GIT_WORKTREE)), 0);
	file.path = RA_STR("dir/a.py");
	assert_int_equal(ra_git_read(f->git, &f->arena, &f->selection, &file, 0, &bytes, &f->err),
			 0);
	assert_int_equal(rename(path_of(f, "dir"), path_of(f, "moved")), 0);
	assert_int_equal(symlink("moved", path_of(f, "dir")), 0);
	assert_int_equal(mkfifo(path_of(f, "pipe.py"), 0666), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		file.path = ra_str(paths[i]);
		assert_true(ra_git_read(f->git, &f->arena, &f->selection, &file, 0, &bytes,
					&f->err) < 0);
	}
}

/* -- neighbours ---------------------------------------------------------------------------- */

/* "path=text" for each file of a directory that can be read. */
static const char *directory_of(struct fixture *f, const struct ra_oid *commit, const char *name)
{
	struct ra_git_file *files;
	struct ra_buf text;
	size_t n;

	ra_buf_init(&text, &f->arena);
	assert_int_equal(ra_git_directory(f->git, &f->arena, &f->selection, commit, ra_str(name),
					  &files, &n, &f->err), 0);
	for (size_t i = 0; i < n; i++) {
		struct ra_str bytes;

		if (ra_git_context(f->git, &f->arena, &files[i], 0, &bytes, &f->err))
			continue;
		ra_buf_addf(&text, "%.*s=%.*s ", RA_FMT(files[i].path),
			    RA_FMT(ra_str_trim(bytes)));
	}
	return text.ptr ? text.ptr : "";
}

static void neighbours_are_those_of_the_side(void **state)
{
	struct fixture *f = *state;

	check_out(f);
	assert_int_equal(mkdir(path_of(f, "d"), 0777), 0);
	assert_int_equal(mkdir(path_of(f, "d/e"), 0777), 0);
	write_file(f, "d/x.py", "staged\n");
	write_file(f, "d.py", "d\n");
	write_file(f, "d/e/y.py", "y\n");
	stage(f, "d/x.py");
	stage(f, "d/e/y.py");
	write_file(f, "d/x.py", "on disk\n");
	write_file(f, "d/z.py", "z\n");
	assert_int_equal(symlink("z.py", path_of(f, "d/link.py")), 0);

	assert_int_equal(run(f, SWEEP(.side = RA_GIT_TREE)), 0);
	assert_string_equal(directory_of(f, NULL, ""), "a.py=1\n2\n3 b.py=b ");
	assert_string_equal(directory_of(f, NULL, "d"), "");
	assert_string_equal(directory_of(f, NULL, "a.py"), "");
	assert_ptr_equal(ra_git_selected(&f->selection, RA_STR("b.py")), find(f, "b.py"));
	assert_null(ra_git_selected(&f->selection, RA_STR("c.py")));

	assert_int_equal(run(f, DIFF(.side = RA_GIT_INDEX)), 0);
	assert_string_equal(directory_of(f, NULL, "d"), "d/x.py=staged ");
	assert_string_equal(directory_of(f, NULL, "d/e"), "d/e/y.py=y ");
	assert_string_equal(directory_of(f, NULL, ""), "a.py=1\n2\n3 b.py=b ");
	assert_string_equal(directory_of(f, &f->selection.base, ""), "a.py=1\n2\n3 b.py=b ");

	assert_int_equal(run(f, DIFF(.side = RA_GIT_WORKTREE)), 0);
	assert_string_equal(directory_of(f, NULL, "d"), "d/x.py=on disk d/z.py=z ");
	assert_string_equal(directory_of(f, NULL, ""), "a.py=1\n2\n3 b.py=b d.py=d ");
	assert_string_equal(directory_of(f, NULL, "no/such"), "");
	assert_int_equal(rename(path_of(f, "d"), path_of(f, "moved")), 0);
	assert_int_equal(symlink("moved", path_of(f, "d")), 0);
	assert_int_equal(ra_git_directory(f->git, &f->arena, &f->selection, NULL, RA_STR("d"),
					  &(struct ra_git_file *){ NULL }, &(size_t){ 0 },
					  NULL), 0);
}

static void what_is_only_intended_is_not_staged(void **state)
{
	struct fixture *f = *state;
	git_index_entry entry = { .mode = 0100644, .path = "c.py" };
	git_index *index;

	check_out(f);
	entry.id = blob(f, "");
	entry.flags_extended = GIT_INDEX_ENTRY_INTENT_TO_ADD;
	assert_int_equal(git_repository_index(&index, f->repo), 0);
	assert_int_equal(git_index_add(index, &entry), 0);
	assert_int_equal(git_index_write(index), 0);
	git_index_free(index);
	write_file(f, "c.py", "c\n");
	assert_selects(f, DIFF(.side = RA_GIT_INDEX), "");
	assert_selects(f, DIFF(.side = RA_GIT_WORKTREE), "A c.py\n");
}

static void a_conflict_is_unmerged_in_the_index(void **state)
{
	struct fixture *f = *state;
	git_index_entry entry = { .mode = 0100644, .path = "a.py", .id = blob(f, "ours\n") };
	git_index *index;

	check_out(f);
	assert_int_equal(git_repository_index(&index, f->repo), 0);
	assert_int_equal(git_index_conflict_add(index, NULL, &entry, &entry), 0);
	assert_int_equal(git_index_write(index), 0);
	git_index_free(index);
	write_file(f, "a.py", "<<<<<<< ours\n");
	assert_selects(f, DIFF(.side = RA_GIT_INDEX), "M a.py (unmerged!)\n");
	assert_selects(f, DIFF(.side = RA_GIT_WORKTREE), "M a.py [unmerged]\n");
}

static void what_a_sparse_checkout_leaves_away_is_not_deleted(void **state)
{
	struct fixture *f = *state;
	git_index_entry entry;
	git_index *index;

	check_out(f);
	assert_int_equal(git_repository_index(&index, f->repo), 0);
	entry = *git_index_get_bypath(index, "b.py", 0);
	entry.flags_extended |= GIT_INDEX_ENTRY_SKIP_WORKTREE;
	assert_int_equal(git_index_add(index, &entry), 0);
	assert_int_equal(git_index_write(index), 0);
	git_index_free(index);
	assert_int_equal(unlink(path_of(f, "b.py")), 0);
	assert_selects(f, DIFF(.side = RA_GIT_WORKTREE), "");
	assert_true(noted(f, "1 files are outside the sparse checkout"));
	assert_selects(f, SWEEP(), "T a.py\nT b.py\nT link.py (symlink)\n");
}

static void a_bare_repository_has_commits_alone(void **state)
{
	struct fixture *f = *state;

	commit(f, "main", files(f, "a.py", "1\n", NULL), NULL, 0);
	assert_selects(f, SWEEP(.range = "main"), "T a.py\n");
	assert_refuses(f, SWEEP(.side = RA_GIT_INDEX), RA_EUSAGE, "bare");
	assert_refuses(f, SWEEP(.side = RA_GIT_WORKTREE), RA_EUSAGE, "bare");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_directory_without_a_repository_is_refused),
		TEST(a_repository_that_libgit2_cannot_use_is_named),
		TEST(a_foreign_repository_needs_trust),
		TEST(a_bare_repository_in_a_work_tree_must_be_named),
		TEST(the_environment_says_where_things_are),
		TEST(objects_may_lie_in_quarantine),
		TEST(ranges_are_read_as_git_does),
		TEST(before_the_first_commit_only_the_index_can_be_compared),
		TEST(without_a_range_the_base_is_the_upstream),
		TEST(with_two_merge_bases_a_line_must_be_new_against_both),
		TEST(bases_may_know_a_file_by_different_names),
		TEST(lines_count_that_changed_against_every_base),
		TEST(an_octopus_is_compared_with_its_merge_base),
		TEST(clocks_may_lie),
		TEST(unrelated_histories_have_no_merge_base),
		TEST(the_edge_of_a_shallow_clone_is_no_missing_object),
		TEST(what_libgit2_does_not_follow_is_noted),
		TEST(each_kind_of_change_has_its_letter),
		TEST(renames_are_followed),
		TEST(a_large_move_is_all_renames),
		TEST(changed_lines_are_those_of_the_new_side),
		TEST(lines_of_a_renamed_file_are_compared_with_its_past),
		TEST(the_index_is_compared_with_head),
		TEST(the_work_tree_is_what_is_on_disk),
		TEST(reading_follows_no_link_out_of_the_work_tree),
		TEST(what_is_only_intended_is_not_staged),
		TEST(neighbours_are_those_of_the_side),
		TEST(a_conflict_is_unmerged_in_the_index),
		TEST(what_a_sparse_checkout_leaves_away_is_not_deleted),
		cmocka_unit_test_setup_teardown(a_bare_repository_has_commits_alone, setup_bare,
						teardown),
	};

	return cmocka_run_group_tests_name("git", tests, start, stop);
}
