#!/bin/sh
# Compare the functions that the shape of a language finds with those of universal-ctags.
#
#     tests/ctags.sh LANGUAGE TREE [SHOWN]      LANGUAGE: python, go, rust, javascript,
#                                              typescript
#
# Run by hand, not part of `make test`; needs the Debian package universal-ctags and a build. For
# each function that one side has and the other has not, or that ends elsewhere, SHOWN lines (20)
# of each sort are printed, then the rates:
#
#     found    ctags' functions that the shape has too, by path, line and name; of a literal
#              (`x = function y() {}`) the name does not count, since one side takes its own and the
#              other what it is bound to
#     known    the shape's functions that ctags has too, without literals: ctags has some of them
#     ends     of the common ones, those that end in the same line (where ctags says it: Go)
#
# A difference is a question, not a fault. Of ctags 5.9: it does not look into macros (Rust) and
# loses its place at a regular expression, a template or markup (TypeScript: half of playwright); it
# calls `if (x) {` in a class a method, where it is lost, so names that are keywords are left out;
# in JavaScript it names what `x = (function () {..})()` is worth, and a literal by its own name,
# not by the one that it is bound to.
set -eu

usage() { sed -n '4p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
language=$1 tree=$2 shown=${3:-20}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $language in
python)     title=Python     kinds=fm   names='*.py' signatures=no ;;
go)         title=Go         kinds=f    names='*.go' signatures=no ;;
rust)       title=Rust       kinds=fP   names='*.rs' signatures=yes ;;
javascript) title=JavaScript kinds=fmgGS names='*.js *.mjs *.cjs *.jsx' signatures=no ;;
typescript) title=TypeScript kinds=fmG  names='*.ts *.mts *.cts *.tsx' signatures=yes ;;
*) usage ;;
esac

packages='libgit2 libpcre2-8 inih jansson libmd md4c'
# shellcheck disable=SC2046
cc -O2 -std=gnu11 -I"$root" -o "$work/units" "$root/tests/ctags/units.c" "$root/build/core.a" \
	$(pkg-config --libs $packages)

set -f
find_names=
for name in $names; do find_names="$find_names -o -name $name"; done
# shellcheck disable=SC2086
(cd "$tree" && find . -type f \( ${find_names# -o } \) -size -1024k | LC_ALL=C sort) >"$work/files"
set +f

(cd "$tree" && ctags --languages="$title" --map-"$title"=+.mjs --map-"$title"=+.cjs \
	--map-"$title"=+.jsx --map-"$title"=+.tsx --map-"$title"=+.mts --map-"$title"=+.cts \
	--kinds-"$title"="$kinds" --sort=no --quiet=yes -x \
	--_xformat='%{input}	%{name}	%{line}	%{end}' -L "$work/files") 2>/dev/null |
	awk -F '\t' -v OFS='\t' -v skip='^([Aa]nonymous[Ff]unction.*|if|for|of|catch|this|while|switch)$' \
		'$2 !~ skip { sub(/^#/, "", $2); print }' >"$work/ctags"
(cd "$tree" && "$work/units" <"$work/files") 2>"$work/notes" |
	awk -F '\t' -v OFS='\t' '{ sub(/^#/, "", $2); print }' >"$work/ours"

awk -F '\t' -v signatures=$signatures -v shown="$shown" '
function show(sort, text) { if (count[sort]++ < shown) print sort ": " text }
function share(part, whole) { return whole ? sprintf("%.2f %% of %d", 100 * part / whole, whole) : "none" }
{ key = $1 "\t" $2 "\t" $3; at = $1 ":" $3 ": " $2 }
NR == FNR {
	ours[key] = $4
	if ($5 == "literal") literal[$1, $3]
	next
}
FILENAME ~ /ctags$/ {
	if (key in theirs) next
	theirs[key] = $4; n_theirs++
	if (!(key in ours) && !(($1, $3) in literal)) { show("only ctags", at); next }
	found++
	if ($4 == "" || !(key in ours)) next
	ended++
	if (ours[key] == $4) same++
	else show("other end", at " ends " ours[key] ", for ctags " $4)
	next
}
$5 == "function" || ($5 == "signature" && signatures == "yes") {
	if (key in mine) next
	mine[key]; n_ours++
	if (key in theirs) known++
	else show("only ours", at)
}
END {
	print "found " share(found, n_theirs)
	print "known " share(known, n_ours)
	print "ends  " share(same, ended)
}' "$work/ours" "$work/ctags" "$work/ours"
echo "notes $(wc -l <"$work/notes")"
head -n "$shown" "$work/notes"
