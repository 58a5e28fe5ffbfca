#!/bin/sh
# What `make run` does once the program is there:  tests/demo/run.sh <program> [<repo>] [<range>]
# Without a repository the demo's branch is audited; with one alone, its whole tree.

set -u
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
repo=${2:-} range=${3:-}
cd "$(dirname "$0")/../.." || exit 2

if [ -z "$repo" ]; then
	repo=build/demo range=${range:-main...feature}
	tests/demo/make-demo.sh "$repo" || exit 2
	set -- diff "$range" --scope=file
elif [ -n "$range" ]; then
	set -- diff "$range"
else
	set -- sweep
fi
echo "\$ git -C $repo race-audit $*"
"$program" -C "$repo" "$@"
status=$?
# Findings are what it is run for.
[ "$status" = 1 ] || exit "$status"
