#!/usr/bin/env bats
# Exit statuses: 0 clean, 1 findings, 2 misuse, 3 incomplete, 128 repository.

load helper

@test "0 when clean, 1 when something at or above --fail-on is found" {
	make_repo
	clean >repo/a.py
	commit
	run -0 audit sweep
	medium >repo/b.py
	commit
	run -0 audit sweep
	run -1 audit sweep --fail-on=medium
	run -1 audit sweep --fail-on=new:low
	high >repo/c.py
	commit
	run -1 audit sweep
	run -0 audit sweep --fail-on=none
	run -0 audit sweep --exit-zero
}

@test "the threshold counts what is printed and nothing else" {
	make_branch
	run -1 audit diff main...topic
	run -0 audit diff main...topic -- calm.py
	run -0 audit sweep --rule=py-task-dropped
	# An old finding fails only when old ones are shown and counted.
	echo '# end' >>repo/high.py
	commit more
	run -0 audit diff topic~1...topic
	run -0 audit diff topic~1...topic --scope=file
	run -1 audit diff topic~1...topic --scope=file --fail-on=high
}

@test "3 when something selected could not be read, whatever else was" {
	make_repo
	medium >repo/a.py
	clean >repo/b.py
	commit
	rm -f "repo/.git/objects/$(git -C repo rev-parse HEAD:b.py | sed 's|..|&/|')"
	run -3 audit sweep
	[ "$(findings <<<"$output")" = "new a.py:5 py-task-dropped" ]
	[[ "$(files <<<"$output")" == *"failed b.py"* ]]
	run -0 audit sweep --allow-incomplete
	# Findings win: a gate must not turn yellow because of something else.
	run -1 audit sweep --fail-on=medium
	run -3 audit sweep --exit-zero --fail-on=medium
}

@test "3 and the path when reports cannot be written" {
	make_branch
	touch occupied
	run -3 --separate-stderr "$RACE_AUDIT" -C repo sweep -o ../occupied/reports
	says "occupied"
	run -3 --separate-stderr "$RACE_AUDIT" -C repo sweep -o ../occupied
	says "occupied"
	[ ! -s occupied ]
}

@test "128 and nothing on standard output without a repository" {
	run -128 --separate-stderr "$RACE_AUDIT" sweep --format=json --output=-
	[ -z "$output" ]
	says "not a git repository"
}

@test "128 and nothing on standard output for a bad revision" {
	make_branch
	for operands in "diff nosuch...HEAD" "diff main..nosuch" "sweep nosuch" "diff nosuch" \
		"sweep HEAD:calm.py" "nosuch...HEAD"; do
		# shellcheck disable=SC2086
		run -128 --separate-stderr audit $operands
		[ -z "$output" ]
		[ -n "$stderr" ]
	done
	says "nosuch"
}

@test "128 for unrelated histories, unless the full tree is asked for" {
	make_branch
	git -C repo checkout -q --orphan other
	git -C repo rm -rqf .
	medium >repo/new.py
	commit other
	run -128 --separate-stderr audit diff main...other
	says "merge base"
	run -0 audit diff main..other
	run -0 audit diff main...other --base-missing=full
	[ "$(findings <<<"$output")" = "new new.py:5 py-task-dropped" ]
}

@test "a signal lets the file at work finish, writes what there is, and exits with 128+n" {
	high >a.py
	mkfifo m.py
	high >z.py
	"$RACE_AUDIT" scan a.py m.py z.py -q -o out >/dev/null &
	exec 5>m.py # returns once the program reads it
	kill -TERM $!
	high >&5
	exec 5>&-
	status=0
	wait $! || status=$?
	[ "$status" = 143 ]
	jq -e '.scope.complete == false' out/race-audit.json
	[ "$(files <out/race-audit.json)" = "audited a.py
audited m.py
failed z.py (not reached: the run was interrupted)" ]
	[ "$(findings <out/race-audit.json | wc -l)" = 2 ]
}

# Statements end with a line, with a semicolon or with either: what stands beside one is none of it.
same_elsewhere() { # file name, its text; OTHER in it is changed
	printf '%s' "$2" >"repo/$1"
	commit "base of $1"
	git -C repo checkout -q -b "topic-$1"
	sed -i 's/OTHER/ANOTHER/g' "repo/$1"
	commit "change of $1"
	audit diff --exit-zero --scope=file main..."topic-$1" >out.json
	[ "$(jq '.findings | length' out.json)" -gt 0 ]
	[ "$(jq -r '.findings[].state' out.json | sort -u)" = old ]
	git -C repo checkout -q main
}

@test "a change of another statement of the file makes no finding new, in any language" {
	make_repo
	same_elsewhere a.js 'async function send(x) { return fetch(x) }

function other() {
  return OTHER
}

export function notify(x) {
  const before = OTHER
  send(x)
  const y = OTHER
  return [before, y]
}
'
	same_elsewhere a.rs 'use std::sync::Mutex;

fn other() -> u32 { OTHER }

struct Pool { rows: Mutex<Vec<u32>> }

impl Pool {
    async fn add(&self, row: u32) {
        let n = OTHER;
        let mut rows = self.rows.lock().unwrap();
        rows.push(row);
        save(row).await;
        drop(rows);
        let m = OTHER;
    }
}
'
	same_elsewhere a.go 'package a

import "sync"

func other() int { return OTHER }

func count(rows []int) int {
	var group sync.WaitGroup
	n := 0
	x := OTHER
	for range rows {
		go func() {
			group.Add(1)
			defer group.Done()
			n++
		}()
	}
	y := OTHER
	group.Wait()
	return n + x + y
}
'
	same_elsewhere a.py "$(medium)

OTHER = 1
"
}
