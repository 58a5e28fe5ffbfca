#!/usr/bin/env bats
# explain: a rule, or what is found at a place, in full; and how long texts are shown.

load helper

explain() { # in ./repo
	"$RACE_AUDIT" -C repo explain "$@"
}

# Two findings in one file, and one in another.
make_findings() {
	make_repo
	{ high; medium; } >repo/two.py
	medium | sed s/notify/tell/ >repo/one.py
	commit
}

@test "a rule is explained by its card" {
	explain_rule=$("$RACE_AUDIT" explain check-then-act)
	[ "$explain_rule" = "$("$RACE_AUDIT" rules show check-then-act)" ]
}

@test "a path is explained by all that is found in it" {
	make_findings
	run -0 explain two.py
	[[ $output == *'# Race audit: `two.py`'* ]]
	[[ $output == *'### F1 L5 '* && $output == *'### F2 L'* ]]
	[[ $output != *one.py* ]]
}

@test "a line is explained by what stands there, as a terminal shows it too" {
	make_findings
	line=$(audit sweep | jq '.findings[] | select(.path == "two.py" and .rule == "py-task-dropped").line')
	run -0 explain "two.py:$line"
	[[ $output == *"### F2 L$line "* && $output != *'### F1'* ]]
	[ "$output" = "$(explain "two.py:$line:5")" ]
}

@test "a fingerprint is explained, whole or by its first digits" {
	make_findings
	print=$(audit sweep | jq -r '.findings[] | select(.path == "one.py").fingerprint')
	run -0 explain "$print"
	[[ $output == *'# Race audit: `one.py`'* && $output != *two.py* ]]
	short=${print#ra1:}
	[ "$output" = "$(explain "${short:0:8}")" ]
}

@test "a path is taken from where the user stands, and means itself" {
	make_repo
	mkdir -p 'repo/a[b]' repo/ab
	high >'repo/a[b]/x.py'
	high >repo/ab/x.py
	commit
	run -0 "$RACE_AUDIT" -C 'repo/a[b]' explain x.py
	[[ $output == *'a[b]/x.py'* && $output != *'ab/x.py'* ]]
}

@test "what the settings hide is explained all the same, and fails no run" {
	make_findings
	run -0 "$RACE_AUDIT" -C repo -c severity=high -c fail-on=low explain one.py
	[[ $output == *'py-task-dropped'* ]]
}

@test "another revision than HEAD is explained, and the work tree" {
	make_findings
	clean >repo/two.py
	commit mended
	run -2 explain two.py
	[[ $output == *"nothing is found at 'two.py'"* ]]
	run -0 explain two.py HEAD~1
	high >repo/two.py
	run -0 explain --worktree two.py
}

@test "what names nothing is an error that says where to look" {
	make_findings
	run -2 explain nothing.py
	[[ $output == *"'nothing.py' is no rule, no fingerprint and no file"* ]]
	run -2 explain two.py:1
	[[ $output == *"nothing is found at 'two.py:1'"* ]]
	run -2 explain
	[[ $output == *'explain needs'* ]]
	run -2 explain one two three
}

@test "reports are left as they are" {
	make_findings
	explain two.py >/dev/null
	[ ! -e repo/race-audit ]
}

# The program on a terminal of its own.
on_terminal() {
	script -qec "$*" /dev/null </dev/null
}

@test "on a terminal the text goes through the pager, git's before the system's" {
	PAGER='sed s/^/P/' run -0 on_terminal "$RACE_AUDIT" explain check-then-act
	[[ ${lines[0]} == 'P# check-then-act'* ]]
	GIT_PAGER='sed s/^/G/' PAGER='sed s/^/P/' run -0 on_terminal "$RACE_AUDIT" explain check-then-act
	[[ ${lines[0]} == 'G# check-then-act'* ]]
	make_findings
	git config --global core.pager 'sed s/^/C/'
	PAGER='sed s/^/P/' run -0 on_terminal "$RACE_AUDIT" -C repo explain one.py
	[[ $output == *'C# Race audit'* ]]
}

@test "the repository that is audited names no program to run" {
	make_findings
	git -C repo config core.pager 'sed s/^/R/'
	PAGER='sed s/^/P/' run -0 on_terminal "$RACE_AUDIT" -C repo explain one.py
	[[ $output == *'P# Race audit'* && $output != *'R# Race audit'* ]]
}

@test "without a pager, and with one that leaves early, the text is shown and the run is good" {
	PAGER=cat run -0 on_terminal "$RACE_AUDIT" explain check-then-act
	[[ ${lines[0]} == '# check-then-act'* ]]
	PAGER=/nonexistent/pager run -0 on_terminal "$RACE_AUDIT" explain check-then-act
	[[ $output == *'# check-then-act'* ]]
	PAGER='head -n 1' run -0 on_terminal "$RACE_AUDIT" explain check-then-act
	[ "${#lines[@]}" -eq 1 ]
}
