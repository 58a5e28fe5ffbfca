# Shared by the tests of the command line. Each test has a directory of its own, $BATS_TEST_TMPDIR,
# and a repository `repo` in it once make_repo was called. RACE_AUDIT is the program under test.

bats_require_minimum_version 1.5.0

setup() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export RACE_AUDIT=${RACE_AUDIT:-$TOP/build/git-race-audit}
	cd "$BATS_TEST_TMPDIR"
	export HOME=$BATS_TEST_TMPDIR GIT_CONFIG_NOSYSTEM=1 TERM=dumb
	export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_AUTHOR_DATE=2024-01-01T00:00:00Z
	export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
	export GIT_COMMITTER_DATE=2024-01-01T00:00:00Z
	unset GIT_DIR GIT_WORK_TREE GIT_CONFIG_GLOBAL GIT_CONFIG_PARAMETERS NO_COLOR XDG_CONFIG_HOME
	git config --global init.defaultBranch main
}

# A file with one finding of high severity, and one of medium, with a name in it to tell them apart.
high() {
	printf 'import threading\n\n\ndef save(rows, row):\n    with threading.Lock():\n'
	printf '        rows.append(%s)\n' "${1:-row}"
}
medium() {
	printf 'import asyncio\n\n\nasync def notify(client):\n'
	printf '    asyncio.create_task(client.send("%s"))\n    await client.flush()\n' "${1:-changed}"
}
clean() {
	printf 'def add(a, b):\n    return a + b\n'
}

make_repo() {
	git init -q "${1:-repo}"
}

commit() { # message; all that is in the work tree of ./repo
	git -C repo add -A
	git -C repo commit -q --allow-empty -m "${1:-change}"
}

# A repository whose branch `topic` adds high.py to a clean tree.
make_branch() {
	make_repo
	clean >repo/calm.py
	commit base
	git -C repo checkout -q -b topic
	high >repo/high.py
	commit topic
}

audit() { # in ./repo, to standard output as JSON
	"$RACE_AUDIT" -C repo --format=json --output=- "$@"
}

# Rows of the JSON on standard input.
findings() {
	jq -r '.findings[] | "\(.state) \(.path):\(.line) \(.rule)"'
}
files() {
	jq -r '.files[] | "\(.status) \(.path)\(if .reason == "" then "" else " (" + .reason + ")" end)"'
}

# What standard error or output has to hold.
says() {
	[[ "$output$stderr" == *"$1"* ]] || {
		echo "expected: $1"
		echo "stdout: $output"
		echo "stderr: ${stderr:-}"
		return 1
	}
}
