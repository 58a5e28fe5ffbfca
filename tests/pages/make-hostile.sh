#!/usr/bin/env bash
# A repository that wants to break the pages about it:  make-hostile.sh <directory>

set -eu
git init -q -b main "$1"
cd "$1"

# A finding whose names, code and comments end whatever they may stand in.
attack() { # file
	cat >"$1" <<-'CODE'
		import asyncio

		html = "</code></pre></details></svg><script>alert(1)</script><!--"
		ends = "``` </style> ]]> {{{body}}} --> </title> <img src=http://127.0.0.1:9/x>"


		class Naïve日本語:
		    def __init__(self):
		        self.cache = {}

		    async def get(self, key):
		        if "</code><img src=x onerror=alert(1)>" not in self.cache:  # <b>`|`</b>
		            await asyncio.sleep(1)
		            self.cache["</code><img src=x onerror=alert(1)>"] = key
		        return self.cache


		async def main(naïve: Naïve日本語):
		    await asyncio.gather(naïve.get(1), naïve.get("[x](javascript:alert(1))"))
	CODE
}

attack '<img src=x onerror=alert(1)>.py'
attack '[x](javascript:alert(1)).py'
attack "a b&c\"d'e|f\`g#h?i%41.py"
attack $'bad\xff\e\u202e.py'
git add -A
GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_AUTHOR_DATE=2024-01-01T00:00:00Z \
	GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com \
	GIT_COMMITTER_DATE=2024-01-01T00:00:00Z git commit -qm hostile
