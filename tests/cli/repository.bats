#!/usr/bin/env bats
# Repositories of every shape, and which side of them is audited.

load helper

@test "an unborn branch: nothing to sweep, no commits to diff, the index works" {
	make_repo
	run -0 audit sweep
	[ "$(jq '.files | length' <<<"$output")" = 0 ]
	run -128 --separate-stderr audit diff
	says "no commits yet"
	high >repo/a.py
	git -C repo add a.py
	run -1 audit diff --staged
	[ "$(findings <<<"$output")" = "new a.py:5 py-lock-made-per-call" ]
}

@test "bare: the same findings, and a place for reports is required" {
	make_branch
	git clone -q --bare repo bare.git
	run -2 --separate-stderr "$RACE_AUDIT" --git-dir=bare.git sweep topic
	says "pass --output=<dir>"
	[ -z "$output" ]
	[ "$("$RACE_AUDIT" --git-dir=bare.git sweep topic --format=json -o- | findings)" = \
		"$(audit sweep topic | findings)" ]
	run -1 "$RACE_AUDIT" --git-dir=bare.git sweep topic -q -o out
	[ -f out/RACE_AUDIT_high.py.md ]
}

@test "GIT_DIR and --git-dir and the current directory find the same" {
	make_branch
	expected=$(audit sweep) || true
	[ "$(GIT_DIR=repo/.git "$RACE_AUDIT" sweep --format=json -o-)" = "$expected" ]
	[ "$("$RACE_AUDIT" --git-dir=repo/.git sweep --format=json -o-)" = "$expected" ]
	mkdir repo/deep
	[ "$("$RACE_AUDIT" -C repo/deep sweep --format=json -o-)" = "$expected" ]
}

@test "as a command of git, whose status it is" {
	make_branch
	mkdir bin
	ln -s "$RACE_AUDIT" bin/git-race-audit
	export PATH=$PWD/bin:$PATH
	run -1 git -C repo race-audit sweep --format=json --output=-
	[ "$(findings <<<"$output")" = "new high.py:5 py-lock-made-per-call" ]
	run -0 git -C repo -c raceaudit.fail-on=none race-audit sweep --format=json --output=-
	run -0 git -C repo race-audit -h
}

@test "a linked work tree" {
	make_branch
	git -C repo worktree add -q ../linked main
	run -0 "$RACE_AUDIT" -C linked sweep -q
	[ -f linked/race-audit/RACE_AUDIT_INDEX.md ]
	[ "$("$RACE_AUDIT" -C linked sweep topic --format=json -o- | findings)" = \
		"$(audit sweep topic | findings)" ]
}

@test "reports go to the top of the work tree, and git does not see them" {
	make_branch
	mkdir repo/deep
	run -1 "$RACE_AUDIT" -C repo/deep sweep
	[ -f repo/race-audit/RACE_AUDIT_high.py.md ]
	[ -z "$(git -C repo status --porcelain)" ]
	says "reports: "
}

@test "a diff knows new, old and fixed" {
	make_repo
	{ high; medium; } >repo/a.py
	high gone >repo/b.py
	clean >repo/c.py
	commit base
	git -C repo checkout -q -b topic
	medium >>repo/c.py
	clean >repo/b.py
	{ echo '"""Doc."""'; high; medium; } >repo/a.py
	commit topic
	run -0 audit diff main...topic
	[ "$(findings <<<"$output")" = "fixed b.py:5 py-lock-made-per-call
new c.py:7 py-task-dropped" ]
	run -0 audit diff main...topic --scope=file
	[ "$(findings <<<"$output" | sort)" = "fixed b.py:5 py-lock-made-per-call
new c.py:7 py-task-dropped
old a.py:12 py-task-dropped
old a.py:6 py-lock-made-per-call" ]
	# Only what the diff touched of the old ones: here none of their lines.
	run -0 audit diff main...topic --scope=touched
	[ "$(findings <<<"$output" | grep -c old)" = 0 ]
}

@test "a renamed file keeps its findings, and so does a moved function" {
	make_repo
	{ high; seq 30 | sed 's/.*/x& = &/'; } >repo/a.py
	medium >repo/m.py
	clean >repo/n.py
	commit base
	git -C repo checkout -q -b topic
	mkdir repo/lib
	git -C repo mv a.py lib/b.py
	{ cat repo/n.py; cat repo/m.py; } >repo/n2.py
	mv repo/n2.py repo/n.py
	clean >repo/m.py
	commit topic
	run -0 audit diff main...topic --scope=file
	[ "$(findings <<<"$output" | sort)" = "old lib/b.py:5 py-lock-made-per-call
old n.py:7 py-task-dropped" ]
}

@test "a deleted file's findings are fixed" {
	make_branch
	git -C repo checkout -q -b later
	git -C repo rm -q high.py
	commit later
	run -0 audit diff topic...later
	[ "$(findings <<<"$output")" = "fixed high.py:5 py-lock-made-per-call" ]
}

@test "what main did meanwhile is not the branch's" {
	make_branch
	git -C repo checkout -q main
	medium >repo/main.py
	commit main
	run -1 audit diff main...topic
	[ "$(findings <<<"$output")" = "new high.py:5 py-lock-made-per-call" ]
}

@test "the staged side is the index, not the disk" {
	make_branch
	medium >repo/calm.py
	git -C repo add calm.py
	high >repo/calm.py
	run -0 audit diff --staged
	[ "$(findings <<<"$output")" = "new calm.py:5 py-task-dropped" ]
	run -1 audit diff --worktree
	[ "$(findings <<<"$output")" = "new calm.py:5 py-lock-made-per-call" ]
	run -1 audit sweep --worktree
	[ "$(findings <<<"$output")" = "new calm.py:5 py-lock-made-per-call
new high.py:5 py-lock-made-per-call" ]
}

@test "a detached head" {
	make_branch
	git -C repo checkout -q --detach
	run -1 audit diff main
	[ "$(findings <<<"$output")" = "new high.py:5 py-lock-made-per-call" ]
}

@test "without an upstream branch it says what to pass" {
	make_branch
	run -128 --separate-stderr audit diff
	[ -z "$output" ]
	says "main..."
}

@test "pathspecs: magic, and literal ones" {
	make_repo
	mkdir repo/a repo/b
	for f in a/x.py b/x.py "a/[x].py"; do medium >"repo/$f"; done
	commit
	run -0 audit sweep -- a
	[ "$(files <<<"$output" | grep -c audited)" = 2 ]
	run -0 audit sweep -- ":(exclude)a"
	[ "$(files <<<"$output")" = "audited b/x.py" ]
	run -0 audit sweep -- "a/[x].py"
	[ "$(files <<<"$output" | grep -c audited)" = 2 ]
	GIT_LITERAL_PATHSPECS=1 run -0 audit sweep -- "a/[x].py"
	[ "$(files <<<"$output")" = "audited a/[x].py" ]
}

@test "after a criss-cross merge only what is new against each base is new" {
	make_branch
	git -C repo checkout -q -b other main
	medium >repo/other.py
	clean >repo/both.py
	commit other
	git -C repo checkout -q topic
	medium >repo/both.py
	commit both
	git -C repo checkout -q -b one topic
	git -C repo merge -q -X ours -m m1 other
	git -C repo checkout -q other
	git -C repo merge -q -X theirs -m m2 topic
	medium more >>repo/calm.py
	commit more
	[ "$(git -C repo merge-base --all one other | wc -l)" = 2 ]
	run -0 audit diff one...other
	[ "$(findings <<<"$output")" = "new calm.py:7 py-task-dropped" ]
}

@test "a shallow clone without the base says how to deepen" {
	make_branch
	for i in 1 2 3; do
		git -C repo commit -q --allow-empty -m "$i"
	done
	git clone -q --depth 1 --no-single-branch "file://$PWD/repo" shallow
	run -128 --separate-stderr "$RACE_AUDIT" -C shallow diff origin/main...origin/topic
	[ -z "$output" ]
	says "deepen"
}

@test "no command of the repository's configuration is run" {
	make_branch
	mark='touch "$PWD/PWNED" "$HOME/PWNED"'
	for key in core.fsmonitor core.pager diff.external filter.x.clean filter.x.smudge \
		diff.x.textconv core.sshCommand; do
		git -C repo config "$key" "$mark"
	done
	echo '*.py filter=x diff=x' >repo/.gitattributes
	high other >repo/more.py
	run audit sweep --worktree
	run audit diff --worktree main
	run "$RACE_AUDIT" -C repo diff main
	[ -z "$(find . -name PWNED)" ]
}
