#!/usr/bin/env bats
# Locks that files take in different orders.

load helper

put() { # path; text on standard input
	mkdir -p "repo/$(dirname "$1")"
	cat >"repo/$1"
}

places() { jq -r '.findings[] | "\(.state) \(.path):\(.line)"'; }

two_modules() {
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

		lock = threading.Lock()
		paid = []


		def pay(n):
		    with lock:
		        paid.append(n)


		def report():
		    with lock:
		        with book_lock:
		            return paid + rows
	END
}

@test "over two modules, through a call" {
	make_repo
	two_modules
	commit
	run -1 audit sweep --rule=lock-order
	[ "$(places <<<"$output")" = "new bank/book.py:12" ]
	[ "$(jq -r '.findings[0].message' <<<"$output")" = '`book.lock` is held while `cash.lock` is taken; `report` (line 16 of cash.py) takes them the other way round' ]
	[ "$(jq -r '.findings[0].related[] | "\(.path):\(.line)"' <<<"$output")" = "bank/book.py:10
bank/cash.py:15
bank/cash.py:10
bank/cash.py:16" ]
	[ "$(jq -r '.findings[0].trace[].task' <<<"$output" | sort -u)" = "Task A
Task B" ]
	run -0 audit sweep --rule=lock-order -- bank/book.py
	[ "$(places <<<"$output")" = "" ]
	run -0 audit sweep --rule=fs-toctou
	[ "$(places <<<"$output")" = "" ]
}

@test "in a diff, between the files that it changes" {
	make_repo
	two_modules
	sed -i 's/^        with book_lock:/        if book_lock:/' repo/bank/cash.py
	commit
	git -C repo checkout -q -b topic
	two_modules
	echo '# changed' >>repo/bank/book.py
	commit
	run -1 audit diff main...topic --rule=lock-order
	[ "$(places <<<"$output")" = "new bank/book.py:12" ]
	git -C repo checkout -q -b later
	echo '# again' | tee -a repo/bank/cash.py >>repo/bank/book.py
	commit
	run -0 audit diff topic...later --rule=lock-order --scope=file
	[ "$(places <<<"$output")" = "old bank/book.py:12" ]
	run -0 audit diff later...main --rule=lock-order
	git -C repo checkout -q -b mended
	sed -i 's/^        with book_lock:/        if book_lock:/' repo/bank/cash.py
	echo '# and again' >>repo/bank/book.py
	commit
	run -0 audit diff later...mended --rule=lock-order
	[ "$(places <<<"$output")" = "fixed bank/book.py:12" ]
}

@test "a suppression holds for it" {
	make_repo
	two_modules
	sed -i 's/^        cash.pay(n)/&  # race-audit: ignore[lock-order] report runs alone/' repo/bank/book.py
	commit
	run -0 audit sweep --rule=lock-order
	[ "$(jq -r '.suppressed[] | "\(.path):\(.line) \(.reason)"' <<<"$output")" = \
		"bank/book.py:12 report runs alone" ]
	[ "$(jq '.suppression_problems | length' <<<"$output")" = 0 ]
}

@test "over two files of one Go package" {
	make_repo
	put bank/book.go <<-'END'
		package bank

		import "sync"

		type Bank struct {
			book sync.Mutex
			cash sync.Mutex
			n    int
		}

		func (b *Bank) Buy(n int) {
			b.book.Lock()
			defer b.book.Unlock()
			b.pay(n)
		}
	END
	put bank/cash.go <<-'END'
		package bank

		func (b *Bank) pay(n int) {
			b.cash.Lock()
			defer b.cash.Unlock()
			b.n -= n
		}

		func (b *Bank) Report() int {
			b.cash.Lock()
			defer b.cash.Unlock()
			b.book.Lock()
			defer b.book.Unlock()
			return b.n
		}
	END
	put bank/bank_test.go <<-'END'
		package bank

		func Report() int { return new(Bank).Report() }
	END
	commit
	run -1 audit sweep --rule=lock-order
	[ "$(places <<<"$output")" = "new bank/book.go:14" ]
	[ "$(jq -r '.findings[0].trace[1].display' <<<"$output")" = \
		'[Task B] 2. L10 of cash.go `Bank.Report` takes `Bank.cash`' ]
	run -1 audit sweep --rule=lock-order -- bank/cash.go
	[ "$(places <<<"$output")" = "new bank/cash.go:12" ]
}
