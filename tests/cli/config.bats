#!/usr/bin/env bats
# Configuration: one set of keys, layers, and who may set what.

load helper

# An installation of its own, whose config.ini can be changed.
install_copy() {
	mkdir -p inst/bin inst/share/git-race-audit
	cp "$RACE_AUDIT" inst/bin/
	cp -R "$TOP/patterns" "$TOP/templates" "$TOP/config.ini" inst/share/git-race-audit/
	RACE_AUDIT=$PWD/inst/bin/git-race-audit
	INI=inst/share/git-race-audit/config.ini
}

@test "config.ini has every key, and no other" {
	install_copy
	run -0 "$RACE_AUDIT" -h
	keys=$(sed -n 's/^\([a-z-]*\) =.*/\1/p' "$INI")
	[ "$(wc -l <<<"$keys")" -ge 20 ]
	for key in $keys; do
		sed -i.bak "/^$key =/d" "$INI"
		run -2 "$RACE_AUDIT" -h
		says "config.ini' does not set '$key'"
		mv "$INI.bak" "$INI"
	done
	echo 'colour = always' >>"$INI"
	run -2 "$RACE_AUDIT" -h
	says "config.ini:$(wc -l <"$INI")"
	says "unknown key 'colour'; did you mean 'color'?"
}

@test "every key is explained in a comment of config.ini" {
	awk '/^#/ { said = 1 } /^$/ { said = 0 } /^[a-z]/ && !said { print; bad = 1 } END { exit bad }' \
		"$TOP/config.ini"
}

@test "the last layer wins" {
	make_repo
	medium >repo/a.py
	printf '[raceaudit]\nfail-on = none\n' >repo/.race-audit.ini
	commit
	git config --global raceaudit.fail-on medium
	run -0 audit sweep                                  # the tree beats git's configuration
	printf '[raceaudit]\nfail-on = medium\n' >mine.ini
	run -1 audit --config=../mine.ini sweep             # a file beats the tree
	export GIT_CONFIG_PARAMETERS="'raceaudit.fail-on=none'"
	run -0 audit --config=../mine.ini sweep             # git -c beats a file
	run -1 audit sweep --fail-on=medium                 # the command line beats all
	run -1 audit -c fail-on=medium sweep
	run -1 audit -c raceaudit.fail-on=medium sweep
}

@test "git's configuration is read: global, local, and any case" {
	make_repo
	medium >repo/a.py
	commit
	git config --global raceaudit.Fail-On medium
	run -1 audit sweep
	git -C repo config raceaudit.fail-on none
	run -0 audit sweep
	GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=raceaudit.fail-on GIT_CONFIG_VALUE_0=medium \
		run -1 audit sweep
}

@test "in a diff the base's configuration counts" {
	make_branch
	printf '[raceaudit]\nfail-on = none\nseverity = high\n' >repo/.race-audit.ini
	commit silence
	run -1 audit diff main...topic
	git -C repo checkout -q main
	printf '[raceaudit]\nfail-on = none\n' >repo/.race-audit.ini
	commit policy
	git -C repo checkout -q topic
	git -C repo rm -q .race-audit.ini
	commit remove
	git -C repo merge -q -m m main
	run -0 audit diff main...topic
	run -1 audit diff main...topic --no-trust-repo-config
}

@test "a repository cannot say where to write or what to load" {
	make_repo
	medium >repo/a.py
	printf '[raceaudit]\n\noutput = /tmp/elsewhere\n' >repo/.race-audit.ini
	commit
	run -2 --separate-stderr audit sweep
	says "HEAD:.race-audit.ini:3: 'output' cannot be set by a repository"
	run -0 audit sweep --no-trust-repo-config
	git -C repo rm -q .race-audit.ini
	commit
	git -C repo config raceaudit.rules ../cards
	run -2 --separate-stderr audit sweep
	says "'rules' cannot be set by a repository"
}

@test "an error of a configuration file names file and line" {
	make_repo
	commit
	check() { # text, what is said
		printf "$1" >bad.ini
		run -2 --separate-stderr audit --config=../bad.ini sweep
		[ -z "$output" ]
		says "$2"
	}
	check '[raceaudit]\nsevrity = low\n' "bad.ini:2: unknown key 'sevrity'; did you mean 'severity'?"
	check '[raceaudit]\n\nseverity = huge\n' "bad.ini:3: 'huge' is no value of 'severity'"
	check 'severity = low\n' "bad.ini:1: no section; put '[raceaudit]' above"
	check '[other]\nseverity = low\n' "bad.ini:2: unknown section"
	check '[raceaudit\n' "bad.ini:1: expected"
	check '[raceaudit]\nseverity\n' "bad.ini:2: expected"
	check '[raceaudit]\nseverity = low\nseverity = high\n' "bad.ini:3: 'severity' is set twice"
	check '[raceaudit]\nseverity = lo\0w\n' "bad.ini:2: the line holds a NUL byte"
	{ printf '[raceaudit]\nrule = '; head -c 10000 /dev/zero | tr '\0' a; } >bad.ini
	run -2 audit --config=../bad.ini sweep
	says "bad.ini:2: the line is too long"
	run -2 audit --config=../nosuch.ini sweep
	says "cannot read '../nosuch.ini'"
}

@test "a BOM, CRLF, comments, blanks and long values are fine" {
	make_repo
	medium >repo/a.py
	commit
	list=$(printf 'py-task-dropped, %.0s' $(seq 40))
	printf '\xef\xbb\xbf; c\r\n[raceaudit]\r\n\r\n  rule = %spy-busy-wait\r\n# c\r\n' "$list" >ok.ini
	run -0 audit --config=../ok.ini sweep
	[ "$(findings <<<"$output")" = "new a.py:5 py-task-dropped" ]
}

@test "git's errors name the key and where it is from" {
	make_repo
	commit
	git -C repo config raceaudit.sverity high
	run -2 --separate-stderr audit sweep
	says "git configuration (local)"
	says "unknown key 'raceaudit.sverity'"
}

@test "lists add up within a layer and replace the layer below" {
	make_repo
	{ high; medium; } >repo/a.py
	commit
	git config --global raceaudit.rule py-task-dropped
	run -0 audit sweep
	[ "$(findings <<<"$output")" = "new a.py:11 py-task-dropped" ]
	run -1 audit sweep --rule=py-lock-made-per-call
	[ "$(findings <<<"$output" | wc -l)" = 1 ]
	run -1 audit sweep --rule=py-lock-made-per-call --rule=fire-and-forget
	[ "$(findings <<<"$output" | wc -l)" = 2 ]
}

@test "-v says what is set where" {
	make_repo
	medium >repo/a.py
	printf 'x\0' >repo/b.py
	commit
	git -C repo config raceaudit.severity medium
	run -0 --separate-stderr "$RACE_AUDIT" -C repo -v sweep -o ../out --fail-on=high
	says "setting: severity = medium (git configuration (local))"
	says "setting: fail-on = high (command line)"
	says "skipped: b.py (binary)"
}
