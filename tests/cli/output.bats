#!/usr/bin/env bats
# Standard output, colour, and that the same input gives the same bytes.

load helper

@test "JSON on standard output is alone there" {
	make_branch
	run -1 --separate-stderr audit sweep
	[ -z "$stderr" ]
	jq -e '.schema == "race-audit/1"' <<<"$output"
	[ ! -e repo/race-audit ]
	[ "$(find . -name 'RACE_AUDIT_*' | wc -l)" = 0 ]
}

@test "the index may go to standard output as well" {
	make_branch
	run -1 --separate-stderr "$RACE_AUDIT" -C repo sweep --format=md --output=-
	[[ "$output" == "# "* ]]
	[ ! -e repo/race-audit ]
}

@test "the result is on standard output, hints are on standard error, -q is quiet" {
	make_branch
	run -1 --separate-stderr "$RACE_AUDIT" -C repo sweep -o ../out
	says "high.py:5"
	[[ "$stderr" == "reports: "*"out/RACE_AUDIT_INDEX.md" ]]
	run -1 --separate-stderr "$RACE_AUDIT" -C repo sweep -o ../out -q
	[ -z "$stderr" ]
}

@test "progress is for a terminal, or for who asks" {
	make_branch
	run -1 --separate-stderr audit sweep --progress
	[[ "$stderr" == *"auditing files:   0% (0/2)"* ]]
	run -1 --separate-stderr audit sweep
	[ -z "$stderr" ]
	run -1 --separate-stderr audit sweep --progress -q
	[ -z "$stderr" ]
}

@test "the format decides what is written" {
	make_branch
	run -1 "$RACE_AUDIT" -C repo sweep -q -o ../json --format=json
	[ -f json/race-audit.json ]
	[ ! -e json/RACE_AUDIT_INDEX.md ]
	run -1 "$RACE_AUDIT" -C repo sweep -q -o ../md --format=md
	[ -f md/RACE_AUDIT_INDEX.md ]
	[ -f md/RACE_AUDIT_high.py.md ]
	[ ! -e md/race-audit.json ]
	run -1 --separate-stderr "$RACE_AUDIT" -C repo sweep -o ../html --format=html
	[[ "$stderr" == "pages: "*"html/index.html" ]]
	[ -f html/RACE_AUDIT_high.py.html ]
	[ ! -e html/RACE_AUDIT_INDEX.md ]
	run -1 --separate-stderr "$RACE_AUDIT" -C repo sweep --format=html -o-
	[[ "$output" == "<!DOCTYPE html>"*"</html>" ]]
	echo mine >html/index.html
	run -3 "$RACE_AUDIT" -C repo sweep -o ../html --format=html
	[ "$(cat html/index.html)" = mine ]
}

@test "the same input gives the same bytes" {
	make_branch
	medium >repo/b.py
	commit
	run -1 "$RACE_AUDIT" -C repo sweep -o ../one --format=md,json,html
	first=$output
	run -1 "$RACE_AUDIT" -C repo sweep -o ../two --format=md,json,html
	[ "${first//one/two}" = "$output" ]
	diff -r one two
	before=$(stat -c '%n %Y %i' one/*)
	sleep 1.1
	run -1 "$RACE_AUDIT" -C repo sweep -q -o ../one --format=md,json,html
	[ "$(stat -c '%n %Y %i' one/*)" = "$before" ]
}

@test "where the repository lies, and who looks, changes nothing" {
	make_branch
	run -1 audit sweep topic
	expected=$output
	mkdir -p some/where
	mv repo some/where/repo
	ln -s some/where/repo repo
	cd some
	run -1 env -i "$RACE_AUDIT" -C where/repo sweep topic --format=json -o-
	[ "$output" = "$expected" ]
}

@test "the order of cards changes nothing" {
	make_repo
	{ high; medium; } >repo/a.py
	commit
	expected=$(audit sweep) || true
	mkdir -p inst/build inst/patterns
	cp "$RACE_AUDIT" inst/build/
	cp -R "$TOP/templates" "$TOP/config.ini" inst/
	for dir in "$TOP"/patterns/{any,go,javascript,python,rust}/; do
		mkdir "inst/patterns/$(basename "$dir")"
		for file in $(ls -r "$dir"); do
			cp "$dir$file" "inst/patterns/$(basename "$dir")/"
		done
	done
	[ "$(inst/build/git-race-audit -C repo sweep --format=json -o-)" = "$expected" ]
}

@test "colour by git's rules: color.ui, NO_COLOR, --color" {
	make_branch
	colored() { "$RACE_AUDIT" -C repo sweep -o ../out "$@" | grep -q $'\e\['; }
	! colored
	colored --color
	colored --color=always
	! NO_COLOR=1 colored -c color=always
	NO_COLOR=1 colored --color=always
	git config --global color.ui always
	colored
	! colored --no-color
	! NO_COLOR=1 colored
	git config --global color.ui true
	! colored
	git config --global raceaudit.color always
	colored
}

@test "plain ASCII on request" {
	make_branch
	run -1 --separate-stderr "$RACE_AUDIT" -C repo sweep -o ../out --ascii
	! LC_ALL=C grep -q $'[\x80-\xff]' <<<"$output"
}

@test "a reader that leaves early is no error message" {
	make_repo
	for i in $(seq 2000); do echo "def f$i(rows): "; high "r$i" | tail -2 | sed 's/^    /  /'; done >repo/a.py
	sed -i '1i import threading' repo/a.py
	commit
	run bash -c '"$RACE_AUDIT" -C repo sweep --format=json -o- 2>err | head -1; echo "${PIPESTATUS[0]}" >st'
	[ "$(cat st)" = 141 ]
	[ ! -s err ]
}

@test "a template of the user's goes before the installed one" {
	make_branch
	mkdir mine
	printf '# Ours\n\nOf {{file.path}}.\n' >mine/file.md.mustache
	run -1 "$RACE_AUDIT" -C repo sweep --templates ../mine
	[ "$(cat repo/race-audit/RACE_AUDIT_high.py.md)" = $'# Ours\n\nOf high.py.' ]
	head -n 1 repo/race-audit/RACE_AUDIT_INDEX.md | grep '^# Race audit'
}
