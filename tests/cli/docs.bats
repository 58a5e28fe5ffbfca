#!/usr/bin/env bats
# What the program knows is documented, and the other way round.

load helper

names() { # of all long options, by the help
	"$RACE_AUDIT" --help | grep -oE -- '--(\[no-\])?[a-z][a-z-]+' | sed 's/--\(\[no-\]\)\?//' | sort -u
}

@test "every option is in the manual page, and no other" {
	documented=$(grep -oE '^\.It .*' "$TOP/docs/git-race-audit.1" | grep -oE 'Fl Fl [a-z][a-z-]+' |
		sed 's/Fl Fl //' | sort -u)
	[ "$(names)" = "$documented" ]
}

@test "every key of config.ini is an option" {
	for key in $(sed -n 's/^\([a-z-]*\) =.*/\1/p' "$TOP/config.ini"); do
		names | grep -qx -- "$key"
	done
}

@test "every command and exit status is in the manual page" {
	for command in diff checklist sweep scan rules explain cache; do
		grep -q "^\.It Cm $command" "$TOP/docs/git-race-audit.1"
	done
	for status in 0 1 2 3 128; do
		grep -qE "^\.It (Li )?$status\b" "$TOP/docs/git-race-audit.1"
	done
}

@test "install puts program, cards, templates, defaults and manual page, and they work" {
	make -s -C "$TOP" install DESTDIR="$PWD/root" PREFIX=/usr >/dev/null
	[ -f root/usr/share/man/man1/git-race-audit.1 ]
	RACE_AUDIT=$PWD/root/usr/bin/git-race-audit
	high >a.py
	run -1 "$RACE_AUDIT" scan a.py -q -o out
	[ -f out/RACE_AUDIT_a.py.md ]
	run -0 "$RACE_AUDIT" rules list
	run -0 "$RACE_AUDIT" rules test --rules=root/usr/share/git-race-audit/patterns/packs/tractor \
		tractor-users-without-key
}

@test "every row of steps and errors names cards, and all of them exist" {
	"$RACE_AUDIT" rules list | awk '{ print $1 }' | sort >rules
	sed -n '/^## Steps/,/^## Not/p' "$TOP/docs/steps-and-errors.md" | grep '^| ' |
		grep -v -e '^| Step |' -e '^| Error |' -e '^| ---' >rows
	[ "$(wc -l <rows)" -ge 17 ]
	while read -r row; do
		cards=$(sed 's/^| [^|]*|//' <<<"$row" | grep -oE '`[a-z0-9-]+`' | tr -d '`')
		[ -n "$cards" ]
		for card in $cards; do
			grep -qx -- "$card" rules
		done
	done <rows
}
