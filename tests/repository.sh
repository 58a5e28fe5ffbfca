# Sourced by the scripts that make repositories for tests and for the demo. Names and dates are
# fixed, one day between commits: the same script gives the same commit ids wherever it runs.
#
#     . tests/repository.sh
#     begin <directory>        an empty repository there, branch main; it becomes $repo
#     run <git arguments>      git in it
#     commit <message>         all that is in its work tree

set -eu
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME="Some Author" GIT_AUTHOR_EMAIL=author@example.com
export GIT_COMMITTER_NAME="Some Author" GIT_COMMITTER_EMAIL=author@example.com
day=0

begin() {
	repo=$1
	rm -rf "$repo"
	mkdir -p "$repo"
	run -c init.defaultBranch=main init -q
}

run() { git -C "$repo" "$@"; }

commit() {
	day=$((day + 1))
	GIT_AUTHOR_DATE="2024-05-$(printf %02d $day)T09:00:00Z"
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
	run add -A
	run commit -q -m "$1"
}
