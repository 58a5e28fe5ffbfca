#!/usr/bin/env bash
# Locks taken in two orders by two files: of one Go package, and of two Python modules.
. "$(dirname "$0")/../../repository.sh"
begin "$1"
mkdir -p "$repo/bank" "$repo/shop"
cat >"$repo/go.mod" <<'END'
module example.com/bank

go 1.22
END
cat >"$repo/bank/book.go" <<'END'
package bank

import "sync"

// Bank has two books.
type Bank struct {
	book sync.Mutex
	cash sync.Mutex
	rows []int
	sum  int
}

// Buy notes what is bought, and pays for it.
func (b *Bank) Buy(n int) {
	b.book.Lock()
	defer b.book.Unlock()
	b.rows = append(b.rows, n)
	b.pay(n)
}
END
cat >"$repo/bank/cash.go" <<'END'
package bank

func (b *Bank) pay(n int) {
	b.cash.Lock()
	defer b.cash.Unlock()
	b.sum -= n
}

// Report says what is left.
func (b *Bank) Report() (int, int) {
	b.cash.Lock()
	defer b.cash.Unlock()
	b.book.Lock()
	defer b.book.Unlock()
	return b.sum, len(b.rows)
}
END
cat >"$repo/shop/stock.py" <<'END'
"""What is in stock."""

import threading

from shop import orders

stock_lock = threading.Lock()
stock = {}


def sell(item):
    with stock_lock:
        stock[item] -= 1
        orders.add(item)
END
cat >"$repo/shop/orders.py" <<'END'
"""What was ordered."""

import threading

from shop.stock import stock, stock_lock

orders_lock = threading.Lock()
orders = []


def add(item):
    with orders_lock:
        orders.append(item)


def cancel(item):
    with orders_lock:
        orders.remove(item)
        with stock_lock:
            stock[item] += 1
END
commit "two books, two modules"
