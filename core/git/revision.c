/*
 * What the user wrote -> the commits to compare. libgit2's own parser refuses 'A..B', so ranges
 * are cut here and only single revisions go to it.
 *
 *     A...B   what B brings since it left A: against every merge base
 *     A       A...HEAD; with the index or the work tree as head, those instead of HEAD
 *     A..B    A against B as they are
 *     nothing the upstream branch or origin/HEAD as A; for index and work tree HEAD itself
 */
#include "core/git/internal.h"

#include <stdio.h>

enum { MAX_NAME = 1024 };

struct range {
	struct ra_str base, head; /* empty: not given */
	bool exact;               /* two dots: no merge base */
};

static int split_range(struct ra_str text, struct range *range, struct ra_error *err)
{
	ptrdiff_t dots = ra_str_find(text, RA_STR(".."));
	struct ra_str rest;

	*range = (struct range){ .base = text };
	if (dots >= 0) {
		rest = ra_str_n(text.ptr + dots + 2, text.len - (size_t)dots - 2);
		range->base.len = (size_t)dots;
		range->exact = !ra_str_starts(rest, RA_STR("."));
		if (!range->exact)
			rest = ra_str_n(rest.ptr + 1, rest.len - 1);
		range->head = rest;
	}
	if (ra_str_starts(range->head, RA_STR(".")) ||
	    ra_str_find(range->head, RA_STR("..")) >= 0 ||
	    (range->base.len == 0 && range->head.len == 0))
		return ra_fail(err, RA_EUSAGE, "'%.*s' is no range; write '<base>...<head>', "
			       "'<base>..<head>' or '<base>'", RA_FMT(text));
	if (range->base.len == 0)
		range->base = RA_STR("HEAD");
	return 0;
}

/* -- one revision -------------------------------------------------------------------------- */

static bool is_unborn(struct ra_git *git)
{
	return git_repository_head_unborn(git->repo) == 1;
}

static int no_commits(struct ra_error *err)
{
	return ra_fail(err, RA_ENOTFOUND, "no commits yet; commit first, or audit the index with "
		       "'--staged'");
}

static int bad_revision(struct ra_git *git, int rc, const char *name, struct ra_error *err)
{
	const git_error *last = git_error_last();

	if (strcmp(name, "HEAD") == 0 && is_unborn(git))
		return no_commits(err);
	if (ra_git_check_packs(git, err))
		return RA_EGIT;
	if (rc == GIT_EAMBIGUOUS)
		return ra_git_fail(err, RA_ENOTFOUND, "'%s' is ambiguous; give more digits", name);
	if ((rc != GIT_ENOTFOUND && rc != GIT_EINVALIDSPEC) ||
	    (last && last->klass == GIT_ERROR_ODB)) /* it is known, but its object is not there */
		return ra_git_fail(err, RA_ENOTFOUND, "bad revision '%s'", name);
	git_error_clear();
	if (git->shallow)
		return ra_fail(err, RA_ENOTFOUND, "bad revision '%s'; this clone is shallow: fetch "
			       "the branch, and more history with 'git fetch --deepen=100'", name);
	return ra_fail(err, RA_ENOTFOUND, "bad revision '%s'; check the name, or fetch it", name);
}

static int peel(git_object *object, const char *name, git_oid *commit, struct ra_error *err)
{
	git_object *peeled;

	if (git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) < 0) {
		git_error_clear();
		return ra_fail(err, RA_ENOTFOUND, "'%s' is a %s and leads to no commit; name a "
			       "commit, branch or tag", name,
			       git_object_type2string(git_object_type(object)));
	}
	*commit = *git_object_id(peeled);
	git_object_free(peeled);
	return 0;
}

static int find_commit(struct ra_git_call *call, struct ra_str name, git_oid *commit)
{
	const char *text = ra_cstr(call->arena, name);
	git_object *object;
	int rc;

	git_error_clear();
	rc = git_revparse_single(&object, call->git->repo, text);
	if (rc < 0)
		return bad_revision(call->git, rc, text, call->err);
	rc = peel(object, text, commit, call->err);
	git_object_free(object);
	return rc;
}

/* -- the default base ---------------------------------------------------------------------- */

/* The short name of a reference that exists, in the arena; empty when it does not. */
static struct ra_str short_name(struct ra_git_call *call, const char *reference)
{
	char name[MAX_NAME] = "";
	git_reference *found;

	if (git_reference_lookup(&found, call->git->repo, reference) == 0) {
		snprintf(name, sizeof(name), "%s", git_reference_shorthand(found));
		git_reference_free(found);
	}
	git_error_clear();
	return ra_str_copy(call->arena, ra_str(name));
}

/* Where the remote's branch `merge` is kept here, by a line of its fetch settings. */
static void map_branch(struct ra_str line, const char *merge, char into[MAX_NAME])
{
	git_buf mapped = GIT_BUF_INIT;
	git_refspec *spec;

	if (git_refspec_parse(&spec, line.ptr, true) < 0)
		return;
	if (git_refspec_src_matches(spec, merge) &&
	    git_refspec_transform(&mapped, spec, merge) == 0)
		snprintf(into, MAX_NAME, "%s", mapped.ptr);
	git_buf_dispose(&mapped);
	git_refspec_free(spec);
}

/*
 * The upstream of a branch, by the settings. git_branch_upstream does not see those of 'git -c',
 * and the regular expressions behind it leak in 1.5.1.
 */
static struct ra_str upstream_of(struct ra_git_call *call, const char *branch)
{
	char key[MAX_NAME + 16], reference[MAX_NAME] = "";
	const struct ra_git_setting *remote, *merge;

	snprintf(key, sizeof(key), "branch.%s.remote", branch);
	remote = ra_git_setting(call->git, key);
	snprintf(key, sizeof(key), "branch.%s.merge", branch);
	merge = ra_git_setting(call->git, key);
	if (!remote || !merge)
		return RA_STR("");
	if (ra_str_is(remote->value, "."))
		return short_name(call, merge->value.ptr);
	snprintf(key, sizeof(key), "remote.%s.fetch", remote->value.ptr);
	for (size_t i = 0; i < call->git->settings.n && !reference[0]; i++)
		if (ra_str_is(call->git->settings.v[i].key, key))
			map_branch(call->git->settings.v[i].value, merge->value.ptr, reference);
	return short_name(call, reference);
}

static struct ra_str find_upstream(struct ra_git_call *call)
{
	char branch[MAX_NAME] = "";
	struct ra_str name = RA_STR("");
	git_reference *head;

	if (git_repository_head(&head, call->git->repo) == 0) {
		if (git_reference_is_branch(head))
			snprintf(branch, sizeof(branch), "%s", git_reference_shorthand(head));
		git_reference_free(head);
	}
	if (branch[0])
		name = upstream_of(call, branch);
	return name.len ? name : short_name(call, "refs/remotes/origin/HEAD");
}

static int default_base(struct ra_git_call *call, struct range *range)
{
	if (call->select->side != RA_GIT_TREE) {
		*range = (struct range){ .base = RA_STR("HEAD"), .exact = true };
		return 0;
	}
	range->base = find_upstream(call);
	if (range->base.len == 0)
		return ra_fail(call->err, RA_ENOTFOUND, "no base to compare with: this branch has "
			       "no upstream and there is no 'origin/HEAD'; pass one, as in "
			       "'main...', or set one with 'git branch "
			       "--set-upstream-to=<branch>'");
	return 0;
}

/* -- bases --------------------------------------------------------------------------------- */

/* --base-missing=full: without a base the head is audited whole, and the result says so. */
static int settle_for_whole(struct ra_git_call *call, int rc)
{
	if (rc != RA_ENOTFOUND || !call->select->whole_if_no_base)
		return rc;
	ra_git_note(call, ra_printf(call->arena, "audited whole, without a base: %s",
				    call->err->text));
	call->whole = true;
	return 0;
}

static int no_merge_base(struct ra_git_call *call, const struct range *range)
{
	struct ra_str base = range->base, head = call->out->head_name;

	if (call->git->shallow)
		return ra_fail(call->err, RA_ENOTFOUND, "no merge base of '%.*s' and '%.*s': this "
			       "clone is shallow; run 'git fetch --deepen=100' or 'git fetch "
			       "--unshallow' (actions/checkout: 'fetch-depth: 0')",
			       RA_FMT(base), RA_FMT(head));
	return ra_fail(call->err, RA_ENOTFOUND, "no merge base of '%.*s' and '%.*s': their "
		       "histories are unrelated; compare them as they are with '%.*s..%.*s'",
		       RA_FMT(base), RA_FMT(head), RA_FMT(base), RA_FMT(head));
}

static int find_bases(struct ra_git_call *call, const struct range *range, const git_oid *head)
{
	struct ra_git_ids found = { { 0 } };
	git_oid base;
	int rc = find_commit(call, range->base, &base);

	if (rc) /* a shallow clone may lack it; elsewhere it is a typing error */
		return call->git->shallow ? settle_for_whole(call, rc) : rc;
	if (range->exact) {
		*ra_vec_push(call->arena, &call->out->bases) = ra_git_hex(&base);
		return 0;
	}
	rc = ra_git_merge_bases(call->git, &call->scratch, &base, head, &found, call->err);
	for (size_t i = 0; !rc && i < found.list.n; i++)
		*ra_vec_push(call->arena, &call->out->bases) = ra_git_hex(&found.list.v[i]);
	if (!rc && found.list.n == 0)
		rc = settle_for_whole(call, no_merge_base(call, range));
	return rc;
}

/* -- the two sides ------------------------------------------------------------------------- */

static const char *const side_names[] = {
	[RA_GIT_TREE] = "HEAD", [RA_GIT_INDEX] = "the index", [RA_GIT_WORKTREE] = "the work tree"
};

/* Name the new side; `commit` is the one whose history leads to the base. */
static int find_head(struct ra_git_call *call, struct ra_str name, git_oid *commit)
{
	struct ra_str side = ra_str(side_names[call->select->side]);
	int rc;

	if (call->select->side != RA_GIT_TREE && name.len)
		return ra_fail(call->err, RA_EUSAGE, "'%.*s' cannot be the head, because %.*s is; "
			       "pass a base alone", RA_FMT(name), RA_FMT(side));
	call->out->head_name = name.len ? ra_str_copy(call->arena, name) : side;
	rc = find_commit(call, name.len ? name : RA_STR("HEAD"), commit);
	if (!rc && call->select->side == RA_GIT_TREE)
		call->out->head = ra_git_hex(commit);
	return rc;
}

static int resolve_diff(struct ra_git_call *call)
{
	const char *text = call->select->range;
	struct range range = { 0 };
	git_oid head;
	int rc = text ? split_range(ra_str(text), &range, call->err) : 0;

	if (!rc && !text && call->select->side == RA_GIT_INDEX && is_unborn(call->git)) {
		call->out->head_name = ra_str(side_names[RA_GIT_INDEX]);
		return 0; /* before the first commit: against the empty tree */
	}
	if (!rc)
		rc = find_head(call, range.head, &head);
	if (!rc && !text) {
		rc = settle_for_whole(call, default_base(call, &range));
		if (call->whole)
			return 0;
	}
	if (!rc)
		rc = find_bases(call, &range, &head);
	if (!rc && !call->whole) {
		call->out->base = call->out->bases.v[0];
		call->out->base_name = ra_str_copy(call->arena, range.base);
	}
	return rc;
}

static int resolve_sweep(struct ra_git_call *call)
{
	const char *text = call->select->range;
	git_oid commit;

	call->whole = true;
	if (call->select->side != RA_GIT_TREE && !text)
		call->out->head_name = ra_str(side_names[call->select->side]);
	else if (text || !is_unborn(call->git))
		return find_head(call, ra_str(text), &commit);
	return 0;
}

int ra_git_resolve(struct ra_git_call *call)
{
	int rc = call->select->sweep ? resolve_sweep(call) : resolve_diff(call);

	if (!rc && call->out->base.hex[0])
		rc = ra_git_tree_of(call->git, &call->out->base, &call->old, call->err);
	if (!rc && call->out->head.hex[0])
		rc = ra_git_tree_of(call->git, &call->out->head, &call->new, call->err);
	if (rc == RA_EGIT)
		ra_git_check_packs(call->git, call->err); /* it may know better what is wrong */
	return rc;
}
