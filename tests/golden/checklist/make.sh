#!/usr/bin/env bash
# The demo's branch: new, old and fixed findings in one diff.
exec "$(dirname "$0")/../../demo/make-demo.sh" "$1"
