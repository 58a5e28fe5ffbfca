#!/usr/bin/env bats
# rules: list, show, test; cards of the user and of the repository.

load helper

# A card that finds calls of a function by name.
card() { # name of the function
	cat <<-END
	# my-$1

	A call of \`$1\` is a race by decree.

	\`\`\`ini
	title      = Call of $1
	race-type  = check-then-act
	class      = toctou
	severity   = high
	confidence = high
	keywords   = $1
	languages  = python
	\`\`\`

	## Message

	calls $1

	## Trigger

	Whenever it is called.

	## Impact

	None at all.

	## Consequence

	it is called.

	## Question

	Why is it called?

	## Pattern

	\`\`\`pcre2
	\\b$1\\(
	\`\`\`

	## Bug

	\`\`\`python bug
	$1(1)  # race
	\`\`\`

	## Fix

	\`\`\`python fix
	other(1)
	\`\`\`

	## Fixes

	- [simple] Do not call it. Closes: everything. Trade-offs: none. Risk: none.

	## Reproduction

	\`\`\`python
	$1(1)
	\`\`\`

	## Limits

	Finds the call and nothing else.
	END
}

@test "list names every card, show prints one" {
	run -0 "$RACE_AUDIT" rules list
	[ "${#lines[@]}" = "$(find "$TOP"/patterns/{any,go,javascript,python,rust} -name '*.md' | wc -l)" ]
	says "py-task-dropped"
	run -0 "$RACE_AUDIT" rules show py-task-dropped
	[ "$output" = "$(cat "$TOP/patterns/python/py-task-dropped.md")" ]
	run -2 --separate-stderr "$RACE_AUDIT" rules show nosuch
	[ -z "$output" ]
	says "no rule is named 'nosuch'"
	run -2 "$RACE_AUDIT" rules nonsense
	says "use 'rules list'"
}

@test "test checks the samples of the named cards" {
	run -0 "$RACE_AUDIT" rules test py-task-dropped py-lock-made-per-call
	[[ "${lines[-1]}" =~ ^2\ cards,\ [0-9]+\ samples,\ 0\ failures$ ]]
	run -2 "$RACE_AUDIT" rules test nosuch
}

@test "cards of the user are run beside the installed ones" {
	mkdir cards
	card frobnicate >cards/my-frobnicate.md
	run -0 "$RACE_AUDIT" rules test --rules=cards my-frobnicate
	says "1 cards, 2 samples, 0 failures"
	make_repo
	echo 'frobnicate(2)' >repo/a.py
	commit
	run -1 audit sweep --rules=../cards
	[ "$(findings <<<"$output")" = "new a.py:1 my-frobnicate" ]
}

@test "a pack runs only when it is asked for" {
	make_repo
	cat >repo/cache.py <<-END
	import trio


	class _Cache:
	    users = 0


	async def leave(ended):
	    await trio.lowlevel.checkpoint()
	    if not _Cache.users:
	        ended.set()
	END
	commit
	run -0 audit sweep
	[ "$(findings <<<"$output")" = "" ]
	run -0 audit sweep --rules="$TOP/patterns/packs/tractor"
	[ "$(findings <<<"$output")" = "new cache.py:10 tractor-users-without-key" ]
	run -0 "$RACE_AUDIT" rules list --rules="$TOP/patterns/packs/tractor"
	[ "$(grep -c '^tractor-' <<<"$output")" = "$(ls "$TOP/patterns/packs/tractor" | wc -l)" ]
	mkdir -p repo/.race-audit/patterns
	cp "$TOP"/patterns/packs/tractor/*.md repo/.race-audit/patterns/
	commit
	run -0 audit sweep
	[ "$(findings <<<"$output")" = "new cache.py:10 tractor-users-without-key" ]
}

@test "a sample that a card does not find fails its test" {
	mkdir cards
	card frobnicate | sed 's/^other(1)/frobnicate(3)/' >cards/my-frobnicate.md
	run -1 "$RACE_AUDIT" rules test --rules=cards my-frobnicate
	says "cards/my-frobnicate.md:"
	says "1 cards, 2 samples, 1 failures"
}

@test "cards of the repository are the base's" {
	make_repo
	mkdir -p repo/.race-audit/patterns
	card frobnicate >repo/.race-audit/patterns/my-frobnicate.md
	echo 'frobnicate(1)' >repo/a.py
	commit base
	run -1 audit sweep
	[ "$(findings <<<"$output")" = "new a.py:1 my-frobnicate" ]
	run -0 audit sweep --no-trust-repo-config
	git -C repo checkout -q -b topic
	git -C repo rm -rq .race-audit
	echo 'frobnicate(2) + frobnicate(3)' >repo/b.py
	commit topic
	run -1 audit diff main...topic
	[ "$(findings <<<"$output")" = "new b.py:1 my-frobnicate" ]
}

@test "a bad card stops the run with its place" {
	make_repo
	commit
	mkdir cards
	bad() { # sed script, what is said
		card frobnicate | sed "$1" >cards/my-frobnicate.md
		run -2 --separate-stderr audit sweep --rules=../cards
		[ -z "$output" ]
		[[ "$stderr" =~ cards/my-frobnicate.md:[0-9]+:[0-9]+: ]]
		says "$2"
	}
	bad 's/^severity .*/severity = huge/' "severity"
	bad 's/check-then-act/chek-then-act/' "did you mean 'check-then-act'?"
	bad 's/^\\bfrob.*/(unclosed/' "my-frobnicate.md:38:"
	bad 's/^\\bfrob.*/\\Cfrob/' "my-frobnicate.md:38:"
	bad '/^## Bug/,$d' "my-frobnicate.md"
}

@test "a directory of cards that is not there is misuse" {
	run -2 --separate-stderr "$RACE_AUDIT" rules list --rules=nowhere
	[ -z "$output" ]
	says "nowhere"
}
