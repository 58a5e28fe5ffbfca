#!/usr/bin/env bash
# The rules of the house that a script can hold, as TAP: which folder may include which, and which
# functions are banned. No exceptions are listed but the ones the rules name. Then what lies outside
# the sizes to aim for, as notes: they are aims and not rules.

set -u
cd "$(dirname "$0")/../.." || exit 2
n=0 status=0

report() { # name, offending lines
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
		status=1
	fi
}

# Folders in the order of the flow: one may include those before it, except where said.
flow="base git source lex shape facts races findings cache report"

may_include() { # folder -> the core folders whose headers it may include
	case $1 in
	base) echo "base" ;;
	git) echo "base git" ;;
	source) echo "base source" ;;
	report) echo "base source races findings report" ;;
	*) echo "${flow%%" $1"*} $1" | sed 's/ git / /' ;;
	esac
}

includes() { # files -> "file:line folder/header" of what they include from the project
	grep -nHoE '^#[ \t]*include "[^"]+"' "$@" /dev/null |
		sed -E 's/^([^:]+:[0-9]+):.*"([^"]+)"$/\1 \2/'
}

for folder in $flow; do
	allowed=" $(may_include "$folder") "
	bad=$(includes core/"$folder"/*.[ch] | while read -r at header; do
		of=${header#core/}
		case $header in
		core/*/*) case $allowed in *" ${of%%/*} "*) ;; *) echo "$at includes $header" ;; esac ;;
		*) echo "$at includes $header, not by its path below the top" ;;
		esac
	done)
	report "core/$folder includes only$allowed" "$bad"
done

bad=$(includes cmd/*.[ch] | grep -vE ' (cmd/[a-z_]+\.h|core/audit\.h)$')
report "cmd includes nothing of the core but core/audit.h" "$bad"

# Where a folder's headers list its files they list all, and none that is not there. Detectors are
# listed by the registry, and who has a header of his own name needs no other.
for folder in cache facts lex races report shape; do
	listed=$(for header in core/"$folder"/*.h; do sed '/\*\//q' "$header"; done |
		grep -oE '[a-z0-9_]+\.c' | sort -u)
	bad=$(for file in core/"$folder"/*.c; do
		name=${file##*/}
		case $name in detect_*) continue ;; esac
		[ -e "${file%.c}.h" ] || echo "$listed" | grep -qxF "$name" || echo "$file: not listed"
	done
	for name in $listed; do
		[ -e "core/$folder/$name" ] || echo "core/$folder/$name: listed, not there"
	done)
	report "core/$folder lists its files" "$bad"
done

sources=$(find core cmd -name '*.[ch]' | sort)
# shellcheck disable=SC2086 # a list of names without spaces
banned() { grep -nwE "($1)[ \t]*\(" $2 | grep -vE '^[^:]+:[0-9]+:[ \t]*(\*|/\*)'; }

report "no unbounded or locale-bound text function, no shell" \
	"$(banned 'strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|system|popen' "$sources")"
report "malloc and free live in core/base alone" \
	"$(banned 'malloc|calloc|realloc|free|strdup|strndup' "$(echo "$sources" | grep -v '^core/base/')")"
report "the core neither exits nor aborts" \
	"$(banned 'exit|_exit|abort|quick_exit' "$(echo "$sources" | grep '^core/')")"
report "no program is started but the pager" \
	"$(banned 'exec[lv]p?e?|execvpe|fork|vfork|posix_spawnp?' "$(echo "$sources" | grep -v '^cmd/pager.c')")"
report "the time of day and chance have no say in the core" \
	"$(banned 'time|localtime|gmtime|strftime|rand|random' "$(echo "$sources" | grep '^core/')")"
# shellcheck disable=SC2086
report "no structure hides behind a typedef" "$(grep -nE '^[ \t]*typedef[ \t]+struct' $sources)"
# shellcheck disable=SC2086
report "tabs indent" "$(grep -nE '^ {8}' $sources)"

echo "1..$n"

for f in $sources; do
	wide=$(expand -t 8 "$f" | grep -cE '^.{101}')
	[ "$wide" = 0 ] || echo "# size: $f has $wide lines of over 100 columns"
done
# shellcheck disable=SC2086
wc -l $sources | awk '$2 != "total" && $1 > 500 { printf "# size: %s has %d lines\n", $2, $1 }'
# shellcheck disable=SC2086
awk 'FNR == 1 { name = "" }
	/^[a-z].*[^;]$/ && /\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
	/^\{/ { start = FNR }
	/^\}/ && start && name != "" {
		if (FNR - start > 61)
			printf "# size: %s() in %s has %d lines\n", name, FILENAME, FNR - start - 1
		start = 0; name = "" }' $(echo "$sources" | grep '\.c$')
exit $status
