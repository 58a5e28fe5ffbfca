#!/usr/bin/env bash
# The HTML pages of some repositories, opened in a browser:  tests/pages/run.sh <program>
#
# Nothing on the console, no request, the same headings, tables and links as the markdown, text that
# fits, in light and dark, at a desk and on a phone. CHROMIUM names another browser. TAP.

set -u
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")" || exit 2
browser=${CHROMIUM:-chromium}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() {
	echo "ok 1 - the pages in a browser # SKIP $1"
	echo "1..1"
	exit 0
}

command -v "$browser" >/dev/null ||
	skip "NO PAGE WAS OPENED: '$browser' is missing (Debian package chromium, 'make test-deps')"
command -v node >/dev/null || skip "NO PAGE WAS OPENED: 'node' is missing (Debian package nodejs)"

n=0 status=0
for make in ../golden/demo/make.sh ../golden/checklist/make.sh ../golden/modules/make.sh ../golden/teardown/make.sh \
	./make-hostile.sh; do
	case=$(basename "$(dirname "$(realpath "$make")")")
	rm -rf "$work/repo" "$work/site"
	"$make" "$work/repo" || exit 2
	arguments=sweep
	[ ! -f "../golden/$case/arguments" ] || arguments=$(cat "../golden/$case/arguments")
	# shellcheck disable=SC2086 # arguments are words
	LC_ALL=C.UTF-8 "$program" -q -C "$work/repo" $arguments --format=md,html -o "$work/site" \
		>/dev/null
	node check.js "$browser" "$work/site" >"$work/log" || status=1
	while IFS= read -r line; do
		case $line in
		1..*) ;;
		"ok "* | "not ok "*)
			n=$((n + 1))
			echo "${line%%ok*}ok $n - $case: ${line#* - }"
			;;
		*) echo "$line" ;;
		esac
	done <"$work/log"
	grep -q '^1\.\.[1-9]' "$work/log" || status=1
done
echo "1..$n"
exit $status
