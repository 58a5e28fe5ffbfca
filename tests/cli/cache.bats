#!/usr/bin/env bats
# What is kept of earlier runs: it saves time, and changes nothing but the ledger.

load helper

eval "$(declare -f setup | sed '1s/setup/setup_without_cache/')"
setup() {
	setup_without_cache
	git config --global raceaudit.cache true
}

put() { # path; text on standard input
	mkdir -p "repo/$(dirname "$1")"
	cat >"repo/$1"
}

# The same result but for who found it.
plain() {
	jq -S '.totals.files |= (.audited += .cached | .cached = 0)
		| .files[] |= (if .status == "cached" then .status = "audited" else . end)' "$1"
}

statuses() { jq -r '.files[] | "\(.status) \(.path)"' "$1"; }

# The arguments without a cache, then with what is there: the same. $output is the latter's files.
same() {
	"$RACE_AUDIT" -C repo --format=json --output=- --no-cache "$@" >none.json || [ $? = 1 ]
	"$RACE_AUDIT" -C repo --format=json --output=- "$@" >kept.json 2>kept.txt || [ $? = 1 ]
	diff <(plain none.json) <(plain kept.json)
	output=$(statuses kept.json)
}

cached() { [ "$(grep -c '^cached' <<<"$output")" = "$1" ]; }

# Files in all languages, some of which know of others.
make_tree() {
	make_repo
	put bank/__init__.py </dev/null
	put bank/book.py <<-'END'
		import threading

		from . import cash

		lock = threading.Lock()
		rows = []


		def buy(n):
		    with lock:
		        rows.append(n)
		        cash.pay(n)
	END
	put bank/cash.py <<-'END'
		import threading

		from bank.book import lock as book_lock, rows
		from bank.db import save

		lock = threading.Lock()
		paid = []


		def pay(n):
		    with lock:
		        paid.append(n)


		def report():
		    with lock:
		        with book_lock:
		            return paid + rows


		async def store(n):
		    save(n)
	END
	put bank/db.py <<-'END'
		async def save(row):
		    return row
	END
	put count/count.go <<-'END'
		package count

		import "sync"

		type Counter struct {
			mu sync.Mutex
			n  int
		}

		func (c *Counter) Add() {
			c.mu.Lock()
			c.n++
			c.mu.Unlock()
		}
	END
	put count/peek.go <<-'END'
		package count

		func (c *Counter) Peek() int {
			return c.n
		}
	END
	put count/count_test.go <<-'END'
		package count

		func helper() {}
	END
	put web/db.js <<-'END'
		export async function save(row) {
		  return row;
		}
	END
	put web/use.js <<-'END'
		import { save } from './db.js';

		export function use(row) {
		  save(row);
		}
	END
	put calm.rs <<-'END'
		fn add(a: u32, b: u32) -> u32 { a + b }
	END
	high >repo/high.py
	high >repo/twin.py
	high >repo/script
	sed -i '1i#!/usr/bin/env python3' repo/script
	commit
}

@test "cold, warm and none are the same, and warm reads nothing again" {
	make_tree
	same sweep
	cached 0
	[ "$(jq '.findings | length' kept.json)" -gt 3 ]
	same sweep
	[ "$(grep -v ^cached <<<"$output")" = "audited script" ]
	same sweep -- bank
	cached 4
	same sweep --severity=high --questions
	cached 12
	run -1 "$RACE_AUDIT" -C repo sweep -o ../a
	run -1 "$RACE_AUDIT" -C repo sweep -o ../b --no-cache
	for page in a/RACE_AUDIT_*.md; do
		diff <(sed '/^| Selected/,$d' "$page") <(sed '/^| Selected/,$d' "b/${page#a/}")
	done
}

@test "what changes is audited, and who depends on it" {
	make_tree
	same sweep
	sed -i 's/^async def save/def save/' repo/bank/db.py
	commit "no longer async"
	same sweep
	[ "$(grep -v -e ^cached -e script <<<"$output")" = "audited bank/book.py
audited bank/cash.py
audited bank/db.py" ]
	sed -i 's/async function/function/' repo/web/db.js
	sed -i 's/a + b/b + a/' repo/calm.rs
	commit
	same sweep
	[ "$(grep -v -e ^cached -e script <<<"$output")" = "audited calm.rs
audited web/db.js
audited web/use.js" ]
}

@test "what a file exports is what matters to others, not what else is in it" {
	make_tree
	same sweep
	echo 'LIMIT = 3' >>repo/bank/db.py
	commit
	same sweep
	[ "$(grep -v -e ^cached -e script <<<"$output")" = "audited bank/db.py" ]
}

@test "a file of a package changes, comes or goes: all of it is audited" {
	make_tree
	same sweep
	printf '\nfunc (c *Counter) Reset() {\n\tc.n = 0\n}\n' >>repo/count/peek.go
	commit
	same sweep
	[ "$(grep -c '^audited count/' <<<"$output")" = 3 ]
	printf 'package count\n\nfunc more() {}\n' >repo/count/more.go
	commit
	same sweep
	[ "$(grep -c '^audited count/' <<<"$output")" = 4 ]
	rm repo/count/more.go
	commit
	same sweep
	[ "$(grep -c '^cached count/' <<<"$output")" = 3 ]
}

@test "a lock that moves to another file takes its orders with it" {
	make_tree
	same sweep --rule=lock-order
	[ "$(jq -r '.findings[].path' kept.json)" = bank/book.py ]
	put bank/locks.py <<-'END'
		import threading

		lock = threading.Lock()
	END
	sed -i 's/^lock = .*/from .locks import lock/' repo/bank/book.py
	commit
	same sweep --rule=lock-order
	same sweep --rule=lock-order
	sed -i 's/with book_lock/with lock/' repo/bank/cash.py
	commit
	same sweep --rule=lock-order
}

@test "renames, twins that lose their other, and directories of tests" {
	make_tree
	same sweep
	git -C repo mv high.py loud.py
	git -C repo mv bank shop
	sed -i 's/bank\./shop./' repo/shop/cash.py
	commit
	same sweep
	git -C repo rm -q loud.py
	mkdir repo/tests
	git -C repo mv calm.rs tests/
	git -C repo mv count tests/
	commit
	same sweep
	same sweep
	[ "$(grep -v ^cached <<<"$output")" = "audited script" ]
}

@test "a card, a limit, a rule of its own: other results are other keys" {
	make_tree
	same sweep
	mkdir -p repo/.race-audit/patterns
	sed "1s/.*/# py-mine/" "$TOP/patterns/python/py-lock-made-per-call.md" >repo/.race-audit/patterns/py-mine.md
	commit card
	same sweep
	[ "$(grep -c '^cached.*\.py' <<<"$output")" = 0 ]
	same sweep --max-lines=5
	[[ "$output" == *"skipped high.py"* ]]
	same sweep --max-lines=5
	same sweep --rule=fire-and-forget
	cached 0
	same sweep --rule=fire-and-forget
	cached 12
}

@test "a manifest says that all is in another version" {
	make_tree
	printf 'module m\n\ngo 1.21\n' >repo/go.mod
	commit
	same sweep
	printf 'module m\n\ngo 1.22\n' >repo/go.mod
	commit
	same sweep
	[ "$(grep -c '^audited count/' <<<"$output")" = 3 ]
}

@test "a diff finds what a sweep kept, and the other way round" {
	make_tree
	git -C repo checkout -q -b topic
	high row2 >repo/high.py
	printf '\nfunc (c *Counter) Reset() {\n\tc.n = 0\n}\n' >>repo/count/peek.go
	echo '# seen' >>repo/bank/cash.py
	commit
	same diff main
	same diff main
	[ "$(grep -vc ^cached <<<"$output")" = 0 ]
	same sweep
	same diff main --scope=file
	rm -rf repo/.git/race-audit
	same sweep
	same diff main --scope=file
	same diff main..topic -- bank
	same diff topic...main
	same diff --staged main
}

@test "linked work trees share it, and it can be looked at, tidied and taken away" {
	make_tree
	run -0 "$RACE_AUDIT" -C repo cache stats
	[[ "$output" == *"there is no cache yet" ]]
	same sweep
	git -C repo worktree add -q ../linked
	"$RACE_AUDIT" -C linked --format=json --output=- sweep >kept.json || [ $? = 1 ]
	[ "$(statuses kept.json | grep -c ^cached)" = 12 ]
	run -0 "$RACE_AUDIT" -C linked cache stats
	[[ "$output" == "path     "*"/repo/.git/race-audit/cache.db"* ]]
	[[ "$output" == *"0 of them of another build"* ]]
	run -0 "$RACE_AUDIT" -C repo cache gc --cache-size=1
	[[ "$output" == *"entries  0"* ]]
	same sweep
	cached 0
	run -0 "$RACE_AUDIT" -C repo cache clear
	[ ! -e repo/.git/race-audit ]
	run -2 "$RACE_AUDIT" -C repo cache
	run -2 "$RACE_AUDIT" -C repo cache wash
}

@test "off by option and by configuration" {
	make_tree
	audit sweep --no-cache >none.json || [ $? = 1 ]
	[ ! -e repo/.git/race-audit ]
	git -C repo config --global raceaudit.cache false
	audit sweep >none.json || [ $? = 1 ]
	[ ! -e repo/.git/race-audit ]
}

# The cache is damaged in some way: one warning at the most, and the same result.
spoilt() {
	same sweep
	[ "$(grep -c '^warning:' kept.txt)" = "$1" ]
	[ "$(wc -l <kept.txt)" = "$1" ]
}

@test "damage is noticed" {
	make_tree
	same sweep
	db=repo/.git/race-audit/cache.db
	cp $db good.db
	: >$db
	spoilt 0
	cp good.db $db && truncate -s 5000 $db
	spoilt 1
	spoilt 0
	cached 0
	cp good.db $db && truncate -s 16384 $db
	same sweep
	[ "$(grep -c '^warning:' kept.txt)" -le 1 ]
	head -c 20000 /dev/urandom >$db
	spoilt 1
	[[ "$(cat kept.txt)" == *"cache clear"* ]]
	cp good.db $db
	size=$(stat -c %s $db)
	for at in $(seq 4096 4096 $((size - 1))); do
		cp good.db $db
		rm -f $db-wal $db-shm
		head -c 700 /dev/urandom | dd of=$db bs=1 seek=$((at + 1500)) conv=notrunc status=none
		same sweep
		[ "$(grep -c '^warning:' kept.txt)" -le 1 ]
	done
}

@test "of somebody else, of a later version, no file at all" {
	make_tree
	same sweep
	db=repo/.git/race-audit/cache.db
	cp $db good.db
	printf '\0\0\0\11' | dd of=$db bs=1 seek=60 conv=notrunc status=none
	spoilt 1
	cp good.db $db
	printf '\1\2\3\4' | dd of=$db bs=1 seek=68 conv=notrunc status=none
	spoilt 1
	rm $db
	mkdir $db
	spoilt 1
	rmdir $db
	ln -s ../../../elsewhere.db $db
	spoilt 1
	[ ! -e repo/elsewhere.db ] && [ ! -e elsewhere.db ]
	rm -rf repo/.git/race-audit
	ln -s ../../elsewhere repo/.git/race-audit
	mkdir -p elsewhere
	spoilt 1
	[ -z "$(ls elsewhere)" ]
	rm repo/.git/race-audit
	mkdir -m 777 repo/.git/race-audit
	spoilt 1
}

@test "that cannot be read or written" {
	[ "$(id -u)" != 0 ] || skip "root may do all"
	make_tree
	same sweep
	chmod 000 repo/.git/race-audit/cache.db
	spoilt 1
	chmod 400 repo/.git/race-audit/cache.db
	spoilt 1
	chmod 500 repo/.git/race-audit
	spoilt 1
	chmod 700 repo/.git/race-audit
}

@test "several at once" {
	make_tree
	audit sweep --no-cache >none.json || [ $? = 1 ]
	for i in 1 2 3 4 5 6; do
		"$RACE_AUDIT" -C repo --format=json --output=- sweep >kept$i.json 2>kept$i.txt &
	done
	wait
	for i in 1 2 3 4 5 6; do
		diff <(plain none.json) <(plain kept$i.json)
	done
	same sweep
	[ "$(grep -v ^cached <<<"$output")" = "audited script" ]
}

@test "it stays below its ceiling" {
	make_tree
	same sweep --cache-size=64k
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		high "row$i" >repo/high.py
		seq 3000 | sed "s/.*/# $i &/" >>repo/high.py
		commit
		same sweep --cache-size=64k
	done
	[ "$(stat -c %s repo/.git/race-audit/cache.db)" -le 100000 ]
}
