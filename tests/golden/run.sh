#!/usr/bin/env bash
# The reports on small repositories, byte for byte:  tests/golden/run.sh [--accept] <program>
#
# A case is a folder: make.sh makes a repository in the directory it is given, `arguments` is what
# the program is called with, expected/ what it prints and writes. --accept rewrites expected/.
# The digest of all cards is masked: a new card must change no case that it does not find in.

set -u
accept=
if [ "$1" = --accept ]; then
	accept=1
	shift
fi
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")" || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

produce() { # case; into $work/got
	rm -rf "$work/got" "$work/out" "$work/repo"
	mkdir "$work/got"
	"$1/make.sh" "$work/repo" || return 1
	(
		cd "$work" || exit 2
		# shellcheck disable=SC2046 # arguments are words
		LC_ALL=C.UTF-8 "$program" -C repo $(cat "$OLDPWD/$1/arguments") -o ../out >got/terminal.txt
		echo "exit status $?" >>got/terminal.txt
	)
	for file in "$work"/out/RACE_AUDIT_*.md "$work"/out/*.html "$work"/out/race-audit.json; do
		[ -f "$file" ] || continue
		sed -e 's/ rules=[0-9a-f]*"$/ rules="/' -e 's/"rules": "[0-9a-f]*"/"rules": ""/' \
			"$file" >"$work/got/${file##*/}"
	done
}

n=0 status=0
for case in */; do
	case=${case%/}
	n=$((n + 1))
	if ! produce "$case"; then
		echo "not ok $n - $case: make.sh failed"
		status=1
	elif [ "$accept" ]; then
		rm -rf "$case/expected"
		mv "$work/got" "$case/expected"
		echo "ok $n - $case: accepted"
	elif difference=$(diff -ru "$case/expected" "$work/got" 2>&1); then
		echo "ok $n - $case"
	else
		echo "not ok $n - $case: see the difference; 'make accept' if it is meant"
		printf '%s\n' "$difference" | head -n 100 | sed 's/^/# /'
		status=1
	fi
done
echo "1..$n"
exit $status
