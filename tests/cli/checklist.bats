#!/usr/bin/env bats
# The checklist: what it raises, what it answers, and that what people write into it is kept.

load helper

PAGE=repo/race-audit/RACE_AUDIT_CHECKLIST.md

checklist() {
	"$RACE_AUDIT" -C repo checklist -q --exit-zero "$@" >/dev/null
}

# A branch with a task that nobody tracks, and a lock around what it counts.
make_counts() {
	make_repo
	cat >repo/counts.py <<-'END'
		import threading


		class Counts:
		    def __init__(self):
		        self._lock = threading.Lock()
		        self._n = {}

		    def add(self, key):
		        with self._lock:
		            self._n[key] = self._n.get(key, 0) + 1
		            self._last = key

		    def get(self, key):
		        with self._lock:
		            return self._n[key]

		    def reset(self):
		        with self._lock:
		            self._n.clear()
	END
	commit base
	git -C repo checkout -q -b topic
	medium >repo/notify.py
	commit topic
}

item() { # name: the lines of an item, without those of the others
	awk -v name="[$1]" '/^- \[/ { if (on) exit; text = "" } /^(##|\[)/ { if (on) exit; text = "" }
		{ text = text $0 "\n" } index($0, name) { on = 1 } END { printf "%s", text }' "$PAGE"
}

@test "a finding raises its item, with count, place, link and what would settle it" {
	make_counts
	checklist main...topic
	grep -q '^## Must answer before merge$' "$PAGE"
	grep -q '^\- \[ \] \*\*Are background tasks tracked?\*\* 1 of 1 started task is not tracked. \[tracked\]$' "$PAGE"
	grep -q 'notify.py:5`\](RACE_AUDIT_notify.py.md#f1-l5-fire-and-forget-task)' "$PAGE"
	item tracked | grep -q 'To settle it: who holds the handle'
	[ -f repo/race-audit/RACE_AUDIT_notify.py.md ]
	[ -f repo/race-audit/RACE_AUDIT_INDEX.md ]
}

@test "a change that has nothing to do with tasks raises nothing, and the page says so" {
	make_repo
	clean >repo/calm.py
	commit base
	git -C repo checkout -q -b topic
	echo 'TEXT = "other"' >>repo/calm.py
	commit topic
	checklist main...topic
	grep -q '^\*\*Nothing to answer; 1 file read.\*\*$' "$PAGE"
	run ! grep -q '^- \[' "$PAGE"
}

@test "a guard that is taken away, narrowed or weakened is listed without a finding" {
	make_counts
	sed -i '/def reset/,$ { s/        with self._lock:/        if True:/ }' repo/counts.py
	sed -i 's/^            self._last = key/        self._last = key/' repo/counts.py
	commit unlocked
	checklist main...topic
	grep -q '^## Changed guards$' "$PAGE"
	grep -q '^| `counts.py:20` in `Counts.reset` | `Counts._lock` | removed | held L19 to L20 | not taken | `Counts._n` at L20 runs without it now |$' "$PAGE"
	grep -q '`Counts.add` | `Counts._lock` | narrowed | held L10 to L12 | held L10 to L11 | `Counts._last` at L12 runs without it now |$' "$PAGE"
	item guards-changed | grep -q '2 guards are'
}

@test "two locks that change places are listed as reordered" {
	make_repo
	cat >repo/two.py <<-'END'
		import threading

		a = threading.Lock()
		b = threading.Lock()
		n = 0


		def add():
		    global n
		    with a:
		        with b:
		            n += 1
	END
	commit base
	git -C repo checkout -q -b topic
	sed -i 's/    with a:/    with c:/; s/        with b:/        with a:/; s/    with c:/    with b:/' repo/two.py
	commit topic
	checklist main...topic
	grep -q '| reordered |' "$PAGE"
}

@test "ticks and notes are kept, and go stale when the code changes" {
	make_counts
	checklist main...topic
	cp "$PAGE" before
	sed -i 's/^- \[ \] \(.*\) \[tracked\]$/- [x] \1 [tracked] the hub owns it/' "$PAGE"
	sed -i '/To settle it: who holds the handle/a\  - asked @ann, see `hub.py` <b>\n\n    ```text\n    $ pytest -q\n    100 passed\n    ```' "$PAGE"
	checklist main...topic
	item tracked | grep -q '^- \[x\]'
	item tracked | grep -q '^  - Note: the hub owns it$'
	item tracked | grep -qF "Note: asked \`@ann,\` see \`hub.py\` "
	grep -q '100 passed' "$PAGE"
	cp "$PAGE" ticked
	checklist main...topic
	cmp "$PAGE" ticked

	# moved, but the same
	sed -i '1i # a line\n# another' repo/notify.py
	commit moved
	checklist main...topic
	item tracked | grep -q '^- \[x\]'
	run ! grep -q 'Stale' "$PAGE"

	# another task
	medium other | sed 's/client.send/client.push/' >repo/notify.py
	commit changed
	checklist main...topic
	item tracked | grep -q '^- \[ \].*'
	grep -q 'Stale:' "$PAGE"
	grep -q 'Note, stale: the hub owns it$' "$PAGE"
	grep -q '100 passed' "$PAGE"
	cp "$PAGE" stale
	checklist main...topic
	cmp "$PAGE" stale

	# ticked anew
	sed -i '/^- \[ \] \*\*Are background/ s/\[ \]/[X]/' "$PAGE"
	checklist main...topic
	item tracked | grep -q '^- \[x\]'
	run ! grep -q -i 'stale' "$PAGE"
	grep -q 'Note: the hub owns it$' "$PAGE"
}

@test "notes of an item that is not raised any more are not lost" {
	make_counts
	checklist main...topic
	sed -i 's/ \[tracked\]$/ [tracked] ask again/' "$PAGE"
	clean >repo/notify.py
	commit mended
	checklist main...topic
	grep -q '^## Not raised any more$' "$PAGE"
	grep -q 'Note, stale: ask again$\|Note: ask again$' "$PAGE"
	cp "$PAGE" kept
	checklist main...topic
	cmp "$PAGE" kept
	"$RACE_AUDIT" -C repo -q --exit-zero main...topic >/dev/null
	cmp "$PAGE" kept
}

@test "--long lists every item, by group, and answers what facts can" {
	make_counts
	checklist main...topic --long
	for id in $(sed -n 's/^item //p' "$TOP/patterns/checklist.items"); do
		grep -q "\[$id\]\( \|$\)" "$PAGE"
	done
	while read -r title; do
		grep -qx "## $title" "$PAGE"
	done < <(sed -n 's/^group [a-z]*: //p' "$TOP/patterns/checklist.items")
	run -2 "$RACE_AUDIT" -C repo diff --long
}

@test "what was there before is not called good" {
	make_branch
	git -C repo checkout -q main
	git -C repo merge -q topic
	git -C repo checkout -q -b more
	echo '# more' >>repo/high.py
	commit more
	checklist main...more --long
	grep -q 'Not by this change: 1 of before' "$PAGE"
	checklist main...more --long --rule=py-task-dropped
	grep -q 'Not all rules were run' "$PAGE"
	run ! grep -q '^- \[x\]' "$PAGE"
}

@test "the JSON has the checklist, and what was looked at; other commands make none" {
	make_counts
	audit checklist --exit-zero main...topic >out.json
	jq -e '.checklist.items | length > 50' out.json
	jq -e '.checklist.items[] | select(.id == "tracked") | .state == "badly" and .count == 1 and .of == 1' out.json
	jq -e '.files[] | select(.path == "notify.py") | .looked_at.spawns == 1' out.json
	audit --exit-zero main...topic >out.json || true
	jq -e '.checklist == null' out.json
	"$RACE_AUDIT" -C repo checklist main...topic --exit-zero --format=md --output=- >out.md
	head -n 1 out.md | grep -qx '# Concurrency checklist'
}

@test "the commands of Verify are those of the audited language, and shells read names as names" {
	make_repo
	mkdir -p 'repo/a $(touch x)'
	printf 'package a\n\nvar n int\n' >'repo/a $(touch x)/a.go'
	commit base
	git -C repo checkout -q -b topic
	printf 'package a\n\nimport "sync"\n\nvar n int\nvar mu sync.Mutex\n\nfunc Add() {\n\tmu.Lock()\n\tn++\n\tmu.Unlock()\n}\n\nfunc Get() int {\n\tmu.Lock()\n\tdefer mu.Unlock()\n\treturn n\n}\n' >'repo/a $(touch x)/a.go'
	commit topic
	checklist main...topic
	grep -qF "  go test -race -count=100 './a \$(touch x)'" "$PAGE"
	run ! grep -q asyncio "$PAGE"
}

@test "names cannot break the page" {
	make_repo
	git -C repo commit -q --allow-empty -m base
	git -C repo checkout -q -b topic
	medium >'repo/[tracked] `x` <b>|*.py'
	commit topic
	checklist main...topic
	cmark-gfm -e table -e tasklist --unsafe "$PAGE" >page.html
	run ! grep -q '<b>' page.html
	grep -q '\[tracked\] ' page.html
}

@test "a table of the user's adds items and replaces them; a wrong one is refused with its line" {
	make_counts
	mkdir own
	printf 'group own: Own rules\n\nitem house\n  ask: Is the house in order?\n  asks: person\n' >own/checklist.items
	checklist main...topic --long --rules="$PWD/own"
	grep -q '^## Own rules$' "$PAGE"
	printf '\nitem other\n  aks: Why?\n' >>own/checklist.items
	run -2 --separate-stderr "$RACE_AUDIT" -C repo checklist main...topic --rules="$PWD/own"
	says "own/checklist.items:8: no key is named 'aks'"
}

@test "every item of the three documents is in the table, and every race type answers an item" {
	sed -n 's/^  from: //p' "$TOP/patterns/checklist.items" | sort -u >from
	[ -z "$(sort -u "$TOP/tests/checklist-sources.txt" | comm -3 - from)" ]
	sed -n 's/^  types: //p' "$TOP/patterns/checklist.items" | tr ' ' '\n' | sort >types
	[ -z "$(uniq -d types)" ]
	"$RACE_AUDIT" rules list | awk '{ print $1 }' | sort >cards
	sed -n '/^  rules: /,/^  [a-z]*:/p' "$TOP/patterns/checklist.items" | grep -v '^  [^r ]' |
		sed 's/^ *rules: //' | tr -s ' ' '\n' | grep . | sort -u >rules
	[ -z "$(comm -23 rules cards)" ]
	grep -hE '^race-type *=' "$TOP"/patterns/*/*.md | sed 's/.*= *//' | sort -u >used
	[ -z "$(comm -23 used types)" ]
}

@test "every item is documented, and no other" {
	sed -n 's/^item //p' "$TOP/patterns/checklist.items" | sort >items
	sed -n 's/^| `\([a-z-]*\)` |.*/\1/p' "$TOP/docs/checklist.md" | sort >documented
	diff items documented
}
