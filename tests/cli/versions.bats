#!/usr/bin/env bats
# Which version of its language a file is in, by the manifests of its own tree.

load helper

make_rule() { # language, key and value
	mkdir -p rules
	cat >"rules/$1-old.md" <<-END
		# $1-old

		Code of an old version.

		\`\`\`ini
		title = Old
		race-type = loop-var-capture
		class = stale-reference
		severity = high
		confidence = high
		languages = $1
		$2
		\`\`\`

		## Message

		old

		## Pattern

		\`\`\`pcre2
		\bold\(\)
		\`\`\`

		## Bug

		\`\`\`$1 bug
		old() // race
		\`\`\`

		## Fix

		\`\`\`$1 fix
		young()
		\`\`\`
	END
}

paths() { jq -r '.findings[] | "\(.state) \(.path)"'; }

put() { # path, text
	mkdir -p "repo/$(dirname "$1")"
	printf '%b' "$2" >"repo/$1"
}

@test "the nearest go.mod above a file decides" {
	make_rule go 'before = 1.22'
	make_repo
	put go.mod 'module m\n\ngo 1.22\n'
	put a.go 'package a\n\nfunc f() { old() }\n'
	put in/deep/b.go 'package b\n\nfunc f() { old() }\n'
	put nested/go.mod 'module n\n\ngo 1.21\n'
	put nested/c.go 'package c\n\nfunc f() { old() }\n'
	put nested/deep/d.go 'package d\n\nfunc f() { old() }\n'
	put bare/go.mod 'module n\n'
	put bare/e.go 'package e\n\nfunc f() { old() }\n'
	commit
	run -1 audit sweep --rules="$PWD/rules" --rule=go-old
	[ "$(paths <<<"$output")" = "new bare/e.go
new nested/c.go
new nested/deep/d.go" ]
	git -C repo rm -q go.mod
	commit
	run -1 audit sweep --rules="$PWD/rules" --rule=go-old
	[ "$(paths <<<"$output" | head -n 2)" = "new a.go
new bare/e.go" ]
}

@test "each side of a diff has its own version" {
	make_rule go 'before = 1.22'
	make_repo
	put go.mod 'module m\n\ngo 1.21\n'
	put a.go 'package a\n\nfunc f() { old() }\n'
	commit
	git -C repo checkout -q -b topic
	put go.mod 'module m\n\ngo 1.22\n'
	put a.go 'package a\n\nfunc f() { old() }\n\nfunc g() {}\n'
	commit
	run -0 audit diff main...topic --rules="$PWD/rules" --rule=go-old
	[ "$(paths <<<"$output")" = "fixed a.go" ]
	put go.mod 'module m\n\ngo 1.20\n'
	put a.go 'package a\n\nfunc f() { old() }\n\nfunc h() {}\n'
	run -1 audit diff --worktree --rules="$PWD/rules" --rule=go-old
	[ "$(paths <<<"$output")" = "new a.go" ]
}

@test "editions, also of a workspace" {
	make_rule rust 'before = 2021'
	make_repo
	put Cargo.toml '[workspace]\nmembers = ["a", "b", "c"]\n[workspace.package]\nedition = "2021"\n'
	put a/Cargo.toml '[package]\nname = "a"\nedition.workspace = true\n'
	put a/src/lib.rs 'fn f() { old(); }\n'
	put b/Cargo.toml '[package]\nname = "b"\nedition = "2018"\n'
	put b/src/lib.rs 'fn f() { old(); }\n'
	put c/Cargo.toml '[package]\nname = "c"\n'
	put c/src/lib.rs 'fn f() { old(); }\n'
	commit
	run -1 audit sweep --rules="$PWD/rules" --rule=rust-old
	[ "$(paths <<<"$output")" = "new b/src/lib.rs
new c/src/lib.rs" ]
}

@test "the same bytes in two versions are two" {
	make_rule go 'before = 1.22'
	make_repo
	put a/go.mod 'module a\n\ngo 1.22\n'
	put b/go.mod 'module b\n\ngo 1.21\n'
	put a/x.go 'package x\n\nfunc f() { old() }\n'
	put b/x.go 'package x\n\nfunc f() { old() }\n'
	commit
	run -1 audit sweep --rules="$PWD/rules" --rule=go-old
	[ "$(paths <<<"$output")" = "new b/x.go" ]
}

@test "files outside git: by the directories that they are named with" {
	make_rule go 'before = 1.22'
	mkdir -p m/p
	printf 'module m\n\ngo 1.22\n' >m/go.mod
	printf 'package p\n\nfunc f() { old() }\n' >m/p/x.go
	run -0 "$RACE_AUDIT" scan m/p/x.go --rules=rules --rule=go-old --format=json -o-
	run -1 bash -c 'cd m/p && "$RACE_AUDIT" scan x.go --rules=../../rules --rule=go-old -q -o out'
}
