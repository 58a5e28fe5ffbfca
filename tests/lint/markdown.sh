#!/usr/bin/env bash
# The reports that the golden tests expect are good markdown, in two judges' eyes: markdownlint
# with its default rules, and cmark-gfm, which must see each row of a table as one. TAP.

set -u
cd "$(dirname "$0")/../.." || exit 2
linter=build/npm/node_modules/.bin/markdownlint-cli2
n=0 status=0

report() { # name, complaints
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | head -n 40 | sed 's/^/# /'
		status=1
	fi
}

for folder in tests/golden/*/expected; do
	if complaints=$("$linter" "$folder/*.md" 2>&1); then
		complaints=
	fi
	report "${folder#tests/golden/} passes markdownlint" "$complaints"
	complaints=$(for file in "$folder"/*.md; do
		rows=$(grep -c '^|' "$file")
		seen=$(cmark-gfm -e table "$file" | grep -c '^<tr>')
		rules=$(grep -cE '^\|( :?-+:? \|)+$' "$file")
		[ "$seen" = $((rows - rules)) ] || echo "$file: $((rows - rules)) rows, $seen seen"
	done)
	report "${folder#tests/golden/} has whole tables" "$complaints"
done
echo "1..$n"
exit $status
