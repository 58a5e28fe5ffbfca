#!/usr/bin/env bash
# Run every test of a build and sum them up:  tests/run.sh <build directory>
#
# Each suite is a command that speaks TAP ("ok 1 - name", "not ok 2 - name"). One that ends badly,
# or before its plan is done, without saying "not ok" (a crash, a sanitizer's report) is one
# failure more. The last line is the sum, alone.

set -u
cd "$(dirname "$0")/.." || exit 2
build=$(cd "$1" && pwd) || exit 2
export RACE_AUDIT="$build/git-race-audit"
export CMOCKA_MESSAGE_OUTPUT=TAP
# A sanitizer's report must not look like exit status 1, which says that there are findings.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:exitcode=99}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:exitcode=99}
export TSAN_OPTIONS=${TSAN_OPTIONS:-exitcode=99}
# The tests' repositories must not depend on who runs them.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C.UTF-8 TZ=UTC
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE NO_COLOR

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0

suite() {
	local name=$1 status ok bad planned
	shift
	timeout 900 "$@" >"$log" 2>&1
	status=$?
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$log" | head -n 1)
	if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ "$ok" != "${planned:-none}" ]; }; then
		echo "not ok - $name ended with status $status after $ok of ${planned:-?} tests" >>"$log"
		bad=1
	fi
	printf '%-28s %4d passed, %d failed\n' "$name" "$ok" "$bad"
	sed -n 's/^ok .*# SKIP/    *** SKIPPED:/p' "$log"
	[ "$bad" = 0 ] || sed 's/^/    /' "$log"
	passed=$((passed + ok)) failed=$((failed + bad))
}

suite "lint: layers" tests/lint/layers.sh
for program in "$build"/tests/unit/*; do
	case $program in
	*.o | *.d) ;;
	*) suite "unit: ${program##*/}" "$program" ;;
	esac
done
suite "cards" tests/cards.sh
suite "golden" tests/golden/run.sh "$RACE_AUDIT"
suite "pages" tests/pages/run.sh "$RACE_AUDIT"
suite "command line" bats --tap tests/cli
suite "lint: markdown" tests/lint/markdown.sh

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
