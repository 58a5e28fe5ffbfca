#!/usr/bin/env bats
# What a reader meets first: the best first, tests apart, one cause once.

load helper

# Rows of a section of the index.
section() { # heading
	sed -n "/^## $1\$/,/^## /p" repo/race-audit/RACE_AUDIT_INDEX.md |
		sed -n 's/^| \[`\([^`]*\)`\].*) | \([a-z]*\) | \([a-z]*\) | .*/\1 \2 \3/p'
}

# Five kinds of tests, one a language.
tests_of_all_languages() {
	mkdir -p repo/tests repo/web/__tests__ repo/web/e2e repo/pkg repo/benches
	high >repo/tests/test_rows.py
	cat >repo/pkg/pool_test.go <<-'END'
		package pool

		import "sync"

		func helper(fail bool) {
			var mu sync.Mutex
			mu.Lock()
			if fail {
				return
			}
			mu.Unlock()
		}
	END
	for name in web/__tests__/load.js web/e2e/load.ts; do
		cat >"repo/$name" <<-'END'
			export function load(url, get) {
			  return new Promise(async (resolve) => {
			    resolve(await get(url));
			  });
			}
		END
	done
	cat >repo/benches/rows.rs <<-'END'
		use std::sync::Mutex;

		fn twice(m: &Mutex<u32>) -> u32 {
		    let a = m.lock().unwrap();
		    let b = m.lock().unwrap();
		    *a + *b
		}
	END
}

@test "the index has the grave, the sure and the new first, and places only then" {
	make_repo
	{ medium; } >repo/a.py
	{ echo 'import asyncio'; high; medium | tail -n +2; } >repo/b.py
	commit base
	git -C repo checkout -q -b topic
	medium fresh >repo/c.py
	high fresh >repo/d.py
	sed -i '1a # changed' repo/a.py
	sed -i '1a # changed' repo/b.py
	commit topic
	run -1 "$RACE_AUDIT" -C repo diff main...topic --scope=file -q
	[ "$(section Findings | cut -d' ' -f1,2)" = "d.py:5 high
b.py:7 high
c.py:5 medium
a.py:6 medium
b.py:12 medium" ]
	[ "$(jq -r '.findings | sort_by(.rank)[] | "\(.path):\(.line)"' repo/race-audit/race-audit.json)" = "d.py:5
b.py:7
c.py:5
a.py:6
b.py:12" ]
	[ "$(jq -c '[.findings[].path]' repo/race-audit/race-audit.json)" = '["a.py","b.py","b.py","c.py","d.py"]' ]
}

@test "a sweep ranks what it finds, too, and the index lists the first hundred" {
	make_repo
	{
		echo 'import threading'
		for i in $(seq 120); do
			printf '\n\ndef f%d(rows, row):\n    with threading.Lock():\n' "$i"
			printf '        rows.append(row)\n'
		done
	} >repo/a.py
	commit
	run -1 "$RACE_AUDIT" -C repo sweep -q
	[ "$(section Findings | wc -l)" = 100 ]
	grep -q '^And 20 more, in the reports of their files\.$' repo/race-audit/RACE_AUDIT_INDEX.md
}

@test "what is in tests is low, and stands apart" {
	make_repo
	tests_of_all_languages
	medium >repo/a.py
	commit
	run -0 "$RACE_AUDIT" -C repo sweep
	says "a.py:5:5: medium"
	[[ "$output" == *"in tests:
benches/rows.rs:5"* ]]
	says "6 findings (5 in tests)"
	[ "$(section Findings | cut -d' ' -f1,2)" = "a.py:5 medium" ]
	[ "$(section "Findings in tests" | sed 's/:[0-9]*//' | cut -d' ' -f1,2 | sort)" = "benches/rows.rs low
pkg/pool_test.go low
tests/test_rows.py low
web/__tests__/load.js low
web/e2e/load.ts low" ]
	grep -q '^## In Tests$' repo/race-audit/RACE_AUDIT_benches__rows.rs.md
	! grep -q '^## Race Condition Report$' repo/race-audit/RACE_AUDIT_benches__rows.rs.md
	! grep -q '^## In Tests$' repo/race-audit/RACE_AUDIT_a.py.md
	[ "$(jq '.totals.in_tests' repo/race-audit/race-audit.json)" = 5 ]
}

@test "how grave what is in tests may be can be told" {
	make_repo
	tests_of_all_languages
	commit
	run -0 audit sweep --fail-on=medium
	run -1 audit sweep --fail-on=medium --test-severity=medium
	[ "$(jq -r '.findings[].severity' <<<"$output" | sort -u)" = "medium" ]
	run -1 audit sweep --fail-on=high -c test-severity=high
	run -0 audit sweep --severity=medium
	[ "$(jq '.findings | length' <<<"$output")" = 0 ]
	[[ "$(jq -r '.scope.notes[]' <<<"$output")" == "5 findings not shown"* ]]
	run -2 --separate-stderr audit sweep --test-severity=none
	says "'none' is no value of 'test-severity'"
}

# A unit that drops as many tasks as there are words.
drops() {
	printf 'import asyncio\n\n\nasync def notify(client):\n'
	printf '    asyncio.create_task(client.send("%s"))\n' "$@"
	printf '    await client.flush()\n'
}

@test "one cause is one finding with several places, and each place can be silenced" {
	make_repo
	drops one two three >repo/a.py
	commit
	run -0 audit sweep
	[ "$(findings <<<"$output")" = "new a.py:5 py-task-dropped" ]
	[ "$(jq -c '.findings[0] | [.more_places, (.also | map(.line)), (.related | map(.role))]' <<<"$output")" = '[2,[6,7],["also","also"]]' ]
	[ "$(jq '[.findings[0].fingerprint, .findings[0].also[].fingerprint] | unique | length' <<<"$output")" = 3 ]
	[ "$(jq '.totals.findings' <<<"$output")" = 1 ]
	run -0 "$RACE_AUDIT" -C repo sweep -q
	[[ "$output" == *"(and 2 more)"* ]]
	grep -q '(and 2 more) |$' repo/race-audit/RACE_AUDIT_INDEX.md
	sed -i '5s/$/  # race-audit: ignore[py-task-dropped] the client keeps it/' repo/a.py
	commit
	run -0 audit sweep
	[ "$(findings <<<"$output")" = "new a.py:6 py-task-dropped" ]
}

@test "of one cause a diff shows the new places" {
	make_repo
	drops one >repo/a.py
	commit base
	git -C repo checkout -q -b topic
	drops one two three >repo/a.py
	commit topic
	run -0 audit diff main...topic
	[ "$(findings <<<"$output" | cut -d' ' -f1,2)" = "new a.py:6" ]
	[ "$(jq -c '.findings[0].also | map(.line)' <<<"$output")" = '[7]' ]
	run -0 audit diff main...topic --scope=file
	[ "$(findings <<<"$output" | cut -d' ' -f1,2)" = "old a.py:5
new a.py:6" ]
}
