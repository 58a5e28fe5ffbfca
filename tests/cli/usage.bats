#!/usr/bin/env bats
# Options, operands and helps.

load helper

@test "-h fits 24 lines of 80 columns, and exits with 0" {
	run -0 --separate-stderr "$RACE_AUDIT" -h
	[ -z "$stderr" ]
	[ "${#lines[@]}" -le 24 ]
	! grep -E '.{90}' <<<"$output"
	says "usage: git race-audit diff"
}

@test "--help goes to standard output and lists every command and status" {
	run -0 --separate-stderr "$RACE_AUDIT" --help
	[ -z "$stderr" ]
	for word in diff sweep scan rules help version --fail-on --git-dir 128+n; do says "$word"; done
	[ "$output" = "$("$RACE_AUDIT" help)" ]
}

@test "version" {
	run -0 "$RACE_AUDIT" --version
	[[ "$output" =~ ^git-race-audit\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	[ "$output" = "$("$RACE_AUDIT" version)" ]
}

@test "an unknown option is misuse, and the nearest one is named" {
	run -2 --separate-stderr "$RACE_AUDIT" sweep --severty=high
	[ -z "$output" ]
	says "unknown option 'severty'; did you mean 'severity'?"
	run -2 "$RACE_AUDIT" sweep -x
	says "unknown option '-x'"
}

@test "long options may be cut short while they are unique" {
	make_branch
	[ "$(audit sweep --sev=high | findings)" = "$(audit sweep --severity=high | findings)" ]
	run -2 "$RACE_AUDIT" -C repo sweep --co=x
	says "option 'co' may be"
	# `rule` is a whole name, though `rules` begins with it.
	run -2 "$RACE_AUDIT" -C repo sweep --rule=nosuch -o-
	says "no rule or race type is named 'nosuch'"
}

@test "a value may be attached or follow; a missing one is misuse" {
	make_branch
	[ -n "$(audit sweep --severity high | findings)" ]
	[ -n "$("$RACE_AUDIT" -Crepo sweep --format json -o- | findings)" ]
	run -2 "$RACE_AUDIT" sweep --severity
	says "'--severity' needs a value"
	run -2 "$RACE_AUDIT" -C
	says "'-C' needs a value"
}

@test "a wrong value says which are right" {
	run -2 "$RACE_AUDIT" sweep --severity=huge
	says "'huge' is no value of 'severity'; use one of low, medium, high"
	run -2 "$RACE_AUDIT" sweep --max-file-size=1q
	says "'1q' is no value of 'max-file-size'"
	run -2 "$RACE_AUDIT" sweep --format=pdf
	says "use one of md, json"
	run -2 "$RACE_AUDIT" sweep --questions=perhaps
	says "use true or false"
	run -2 "$RACE_AUDIT" sweep --no-quiet=true
	says "takes no value"
}

@test "options may stand before the command" {
	make_branch
	[ "$("$RACE_AUDIT" --format=json -o- -C repo sweep | findings)" = "$(audit sweep | findings)" ]
}

@test "an option of another command is misuse" {
	run -2 "$RACE_AUDIT" sweep --staged
	says "option 'staged' does not go with 'sweep'"
	run -2 "$RACE_AUDIT" scan --scope=new a.py
	says "option 'scope' does not go with 'scan'"
}

@test "operands: one revision, then -- and paths" {
	make_branch
	run -2 "$RACE_AUDIT" -C repo sweep HEAD high.py
	says "put '--' before paths"
	run -0 audit sweep HEAD -- calm.py
	[ "$(files <<<"$output")" = "audited calm.py" ]
	run -2 "$RACE_AUDIT" -C repo sweep ""
	says "the revision is empty"
	run -2 "$RACE_AUDIT" -C repo diff --staged --worktree
	says "exclude each other"
}

@test "what begins with a dash is an operand behind --end-of-options" {
	make_branch
	run -128 --separate-stderr "$RACE_AUDIT" -C repo sweep --end-of-options --version
	[ -z "$output" ]
	says "--version"
}

@test "paths behind -- are never options" {
	make_repo
	high >"repo/--version.py"
	commit
	run -1 audit sweep HEAD -- --version.py
	[ "$(findings <<<"$output")" = "new --version.py:5 py-lock-made-per-call" ]
}

@test "without a command it is a diff" {
	make_branch
	[ "$(audit main...topic)" = "$(audit diff main...topic)" ]
}

@test "a mistyped command is told from a bad revision" {
	make_branch
	run -128 --separate-stderr "$RACE_AUDIT" -C repo swep
	[ -z "$output" ]
	says "'swep' is no command, and as a revision: bad revision 'swep'"
	run -128 "$RACE_AUDIT" -C repo swep...main
	[[ "$output" == "error: bad revision"* ]]
}

@test "a directory that is not there is fatal" {
	run -128 --separate-stderr "$RACE_AUDIT" -C nowhere sweep
	[ -z "$output" ]
	says "fatal: cannot change to 'nowhere': No such file or directory"
}

@test "-C adds up, and relative paths follow it" {
	make_branch
	mkdir -p a/b
	mv repo a/b/repo
	run -1 "$RACE_AUDIT" -C a -C b/repo sweep -q -o ../out
	[ -f a/b/out/RACE_AUDIT_INDEX.md ]
}

@test "scan needs an operand" {
	run -2 "$RACE_AUDIT" scan
	says "scan needs a file, a directory or '-'"
}

@test "closed standard files are no trouble" {
	make_branch
	run -1 bash -c '"$RACE_AUDIT" -C repo sweep -o "$PWD/out" <&- >&- 2>&-'
	[ -f out/RACE_AUDIT_INDEX.md ]
}

@test "a full standard output is an error that says so" {
	make_branch
	run -3 bash -c '"$RACE_AUDIT" -C repo sweep -o "$PWD/out" >/dev/full'
	says "standard output"
}
