#!/usr/bin/env bats
# What other files of the tree export: which of their functions are async.

load helper

put() { # path; text on standard input
	mkdir -p "repo/$(dirname "$1")"
	cat >"repo/$1"
}

places() { jq -r '.findings[] | "\(.state) \(.path):\(.line)"'; }

python_package() {
	put pkg/db.py <<-'END'
		import asyncio


		async def save(row):
		    await asyncio.sleep(1)


		def plain(row):
		    return row


		class Pool:
		    async def close(self):
		        await asyncio.sleep(1)
	END
	put pkg/__init__.py <<-'END'
		from .db import save as store
	END
	put pkg/use.py <<-'END'
		import pkg.db
		from . import db, store
		from .db import save, plain, Pool
		from elsewhere import save as foreign


		async def use(pool: Pool):
		    save(1)
		    store(2)
		    db.save(3)
		    pkg.db.save(4)
		    pool.close()
		    plain(5)
		    foreign(6)
		    await save(7)
	END
}

@test "Python: relative, absolute and handed on, functions and methods" {
	make_repo
	python_package
	commit
	run -1 audit sweep --rule=py-coroutine-not-awaited
	[ "$(places <<<"$output")" = "new pkg/use.py:8
new pkg/use.py:9
new pkg/use.py:10
new pkg/use.py:11
new pkg/use.py:12" ]
	[ "$(jq -r '.findings[1].message' <<<"$output")" = \
		'the coroutine of `store` is dropped: its body never runs' ]
	run -1 audit sweep --rule=py-coroutine-not-awaited -- pkg/use.py
	[ "$(places <<<"$output" | wc -l)" = 5 ]
	run -1 bash -c 'cd repo && "$RACE_AUDIT" scan pkg/use.py --rule=py-coroutine-not-awaited --format=json -o-'
	[ "$(places <<<"$output" | wc -l)" = 5 ]
}

@test "each side of a diff knows its own tree" {
	make_repo
	python_package
	commit
	git -C repo checkout -q -b topic
	sed -i 's/async def save/def save/; s/    await asyncio.sleep(1)$/    pass/' repo/pkg/db.py
	echo '# changed' >>repo/pkg/use.py
	commit
	run -0 audit diff main...topic --rule=py-coroutine-not-awaited --scope=file
	[ "$(places <<<"$output")" = "old pkg/use.py:12
fixed pkg/use.py:8
fixed pkg/use.py:9
fixed pkg/use.py:10
fixed pkg/use.py:11" ]
	git -C repo checkout -q main
	echo '# changed' >>repo/pkg/use.py
	run -0 audit diff --worktree --rule=py-coroutine-not-awaited --scope=file
	[ "$(places <<<"$output" | sort | uniq -c | wc -l)" = 5 ]
	sed -i 's/async def save/def save/' repo/pkg/db.py
	git -C repo add pkg/db.py
	run -0 audit diff --worktree --rule=py-coroutine-not-awaited --scope=file
	[ "$(places <<<"$output" | grep -c fixed)" = 4 ]
}

@test "JavaScript and TypeScript: suffixes, index files, both kinds of modules" {
	make_repo
	put src/db.ts <<-'END'
		export async function save(row: string) { await fetch(row); }
		export function plain(row: string) { return row; }
		export class Pool {
		  async close() { await fetch("x"); }
		}
		export default async () => { await fetch("y"); };
	END
	put src/lib/index.js <<-'END'
		export * from '../db.js';
		export { save as store } from './loop.js';
	END
	put src/lib/loop.js <<-'END'
		export * from './index.js';
	END
	put src/old.js <<-'END'
		async function run() { await fetch('x'); }
		module.exports = { run, idle() {} };
	END
	put src/use.ts <<-'END'
		import ping, { save, plain, Pool } from './db';
		import * as lib from './lib';
		const { run, idle } = require('./old');

		export async function use(pool: Pool) {
		  save('1');
		  ping();
		  lib.save('2');
		  lib.store('3');
		  run();
		  pool.close();
		  new Pool().close();
		  plain('4');
		  idle();
		  await save('5');
		}
	END
	commit
	run -0 audit sweep --rule=js-promise-dropped
	[ "$(places <<<"$output")" = "new src/use.ts:6
new src/use.ts:7
new src/use.ts:8
new src/use.ts:9
new src/use.ts:10
new src/use.ts:11
new src/use.ts:12" ]
}

@test "packages of a workspace go by their names" {
	make_repo
	put package.json <<<'{ "name": "shop", "workspaces": ["packages/*"] }'
	put packages/db/package.json <<<'{ "name": "@shop/db", "main": "./dist/index.js" }'
	put packages/db/src/index.ts <<<'export async function save() { await fetch("x"); }'
	put packages/db/src/more.ts <<<'export async function more() { await fetch("x"); }'
	put packages/web/package.json <<<'{ "name": "@shop/web" }'
	put packages/web/use.ts <<-'END'
		import { save } from '@shop/db';
		import { more } from '@shop/db/more';
		import { save as other } from '@else/db';

		export async function use() {
		  save();
		  more();
		  other();
		}
	END
	commit
	run -0 audit sweep --rule=js-promise-dropped
	[ "$(places <<<"$output")" = "new packages/web/use.ts:6
new packages/web/use.ts:7" ]
}

@test "the same bytes with other imports are another file" {
	make_repo
	for d in a b; do
		put $d/use.py <<-'END'
			from .db import save


			async def use():
			    save(1)
		END
	done
	put a/db.py <<<'async def save(row): pass'
	put b/db.py <<<'def save(row): pass'
	commit
	run -1 audit sweep --rule=py-coroutine-not-awaited
	[ "$(places <<<"$output")" = "new a/use.py:5" ]
}
