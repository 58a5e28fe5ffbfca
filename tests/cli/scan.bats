#!/usr/bin/env bats
# scan: files outside git.

load helper

scan() { "$RACE_AUDIT" scan --format=json --output=- "$@"; }

@test "files, directories and both" {
	mkdir -p d/deep d/.hidden
	high >a.py
	medium >d/deep/b.py
	high >d/.hidden/c.py
	echo text >d/readme.txt
	ln -s ../a.py d/link.py
	run -1 scan a.py d a.py
	[ "$(findings <<<"$output")" = "new a.py:5 py-lock-made-per-call
new d/deep/b.py:5 py-task-dropped" ]
	[ "$(files <<<"$output")" = "audited a.py
audited d/deep/b.py
skipped d/readme.txt (in no language that is audited)" ]
}

@test "standard input, under the name it is given" {
	high >a.py
	run -1 bash -c '"$RACE_AUDIT" scan - --stdin-path=x/y.py --format=json -o- <a.py'
	[ "$(findings <<<"$output")" = "new x/y.py:5 py-lock-made-per-call" ]
	run -1 bash -c '{ echo "#!/usr/bin/python3"; cat a.py; } | "$RACE_AUDIT" scan - --format=json -o-'
	[ "$(findings <<<"$output")" = "new -:6 py-lock-made-per-call" ]
}

@test "a file that is not there makes the run incomplete" {
	high >a.py
	run -1 scan a.py nosuch.py
	run -3 scan nosuch.py
	[[ "$(files <<<"$output")" == "failed nosuch.py (cannot read 'nosuch.py': No such file"* ]]
}

@test "paths behind -- and those that look like options" {
	high >./-x.py
	run -1 scan -- -x.py
	[ "$(findings <<<"$output")" = "new -x.py:5 py-lock-made-per-call" ]
}

@test "reports are written here, and found again" {
	high >a.py
	run -1 "$RACE_AUDIT" scan a.py
	[ -f race-audit/RACE_AUDIT_a.py.md ]
	says "reports: race-audit/RACE_AUDIT_INDEX.md"
}

@test "no repository is needed, and none is looked at" {
	make_repo
	git -C repo config raceaudit.nonsense 1
	high >repo/a.py
	run -1 "$RACE_AUDIT" -C repo scan a.py --format=json -o-
}
