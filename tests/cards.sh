#!/usr/bin/env bash
# Each card against its own samples, those of the packs too, as TAP; RACE_AUDIT is the program.
# Cards and their complaints come from the program: "<path of the card>:<line>: ...".

set -u
packs=("$(dirname "$0")"/../patterns/packs/*)
complaints=$("$RACE_AUDIT" rules test "${packs[@]/#/--rules=}")
status=$?
ids=$("$RACE_AUDIT" rules list "${packs[@]/#/--rules=}" | awk '{ print $1 }')
n=0
for id in $ids; do
	n=$((n + 1))
	if printf '%s\n' "$complaints" | grep -F "/$id.md:"; then
		echo "not ok $n - $id"
	else
		echo "ok $n - $id"
	fi
done
echo "1..$n"
exit $status
