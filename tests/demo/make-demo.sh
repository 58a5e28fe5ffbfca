#!/usr/bin/env bash
# Make the demo repository:  tests/demo/make-demo.sh <directory>
#
# A small Python service with a history, races and correct code beside them. The branch `feature`
# brings in two races, closes one, and leaves the others.

. "$(dirname "$0")/../repository.sh"
begin "$1"

# -- a service that fetches tiles ----------------------------------------------------------------

mkdir -p "$repo/tiles" "$repo/tests"
cat >"$repo/README.md" <<'END'
# tiles

Fetches map tiles, keeps them in memory and serves them.
END
touch "$repo/tiles/__init__.py"
cat >"$repo/tiles/store.py" <<'END'
"""Tiles in memory, fetched once."""

import asyncio


class TileStore:
    """Shared by all requests of the server."""

    def __init__(self, upstream):
        self._upstream = upstream
        self._tiles = {}
        self._lock = asyncio.Lock()
        self._index = None

    async def tile(self, key):
        if key not in self._tiles:
            data = await self._upstream.fetch(key)
            self._tiles[key] = data
        return self._tiles[key]

    async def index(self):
        """Correct: the lock is held over test and write."""
        async with self._lock:
            if self._index is None:
                self._index = await self._upstream.fetch("index")
            return self._index

    async def forget(self, prefix):
        for key in list(self._tiles):
            if key.startswith(prefix):
                del self._tiles[key]
END
cat >"$repo/tiles/stats.py" <<'END'
"""Counts what the render threads do."""

import threading
from concurrent.futures import ThreadPoolExecutor


class RenderStats:
    def __init__(self):
        self._lock = threading.Lock()
        self.rendered = 0
        self.failed = 0

    def failure(self):
        with self._lock:
            self.failed += 1

    def success(self):
        with self._lock:
            self.rendered += 1

    def snapshot(self):
        with self._lock:
            return self.rendered, self.failed


class Renderer:
    def __init__(self, draw):
        self._draw = draw
        self._pool = ThreadPoolExecutor(max_workers=4)
        self.stats = RenderStats()

    def submit(self, job):
        return self._pool.submit(self._render, job)

    def _render(self, job):
        try:
            image = self._draw(job)
        except OSError:
            self.stats.failure()
            raise
        self.stats.success()
        return image
END
commit "tiles: store and renderer"

cat >"$repo/tiles/feed.py" <<'END'
"""Tells subscribers which tiles have changed."""

import asyncio


class Feed:
    def __init__(self):
        self._queues = set()
        self._jobs = set()

    def subscribe(self):
        queue = asyncio.Queue(maxsize=100)
        self._queues.add(queue)
        return queue

    def unsubscribe(self, queue):
        self._queues.discard(queue)

    async def publish(self, key):
        for queue in self._queues:
            await queue.put(key)

    def publish_later(self, key):
        """Correct: the task is kept until it is done."""
        job = asyncio.create_task(self.publish(key))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
END
commit "feed: tell subscribers"

cat >"$repo/tiles/server.py" <<'END'
"""The request handlers."""

import asyncio

from tiles.feed import Feed
from tiles.store import TileStore


class Server:
    def __init__(self, upstream):
        self.store = TileStore(upstream)
        self.feed = Feed()
        self._upstream = upstream

    async def get(self, request):
        return await self.store.tile(request.path)

    async def put(self, request):
        asyncio.create_task(self._upstream.save(request.path, request.body))
        await self.feed.publish(request.path)
        return 204

    async def refresh(self):
        while True:
            try:
                await self.store.forget("dynamic/")
                await asyncio.sleep(60)
            except BaseException:
                continue
END
cat >"$repo/tests/test_store.py" <<'END'
import asyncio

from tiles.store import TileStore


class Upstream:
    async def fetch(self, key):
        return key.upper()


def test_tile():
    store = TileStore(Upstream())
    assert asyncio.run(store.tile("a")) == "A"
END
commit "server: handlers"

# -- the branch ----------------------------------------------------------------------------------

run checkout -q -b feature

sed -i '/^        if key not in/,/^        return self._tiles/ c \
        async with self._lock:\
            if key not in self._tiles:\
                self._tiles[key] = await self._upstream.fetch(key)\
            return self._tiles[key]' "$repo/tiles/store.py"
commit "store: fetch a tile once"

cat >>"$repo/tiles/store.py" <<'END'

    async def warm(self, keys):
        """Fetch ahead, leaving alone what is there."""
        for key in keys:
            if key in self._tiles:
                continue
            data = await self._upstream.fetch(key)
            self._tiles[key] = data
END
commit "store: warm up"

cat >"$repo/tiles/backup.py" <<'END'
"""Saves the tiles to disk from time to time."""

import asyncio
import threading


class Backup:
    def __init__(self, store, disk):
        self._store = store
        self._disk = disk
        self._lock = threading.Lock()
        self._saved = 0

    async def save(self, key):
        with self._lock:
            await self._disk.write(key, await self._store.tile(key))
            self._saved += 1

    async def run(self, keys):
        """Correct: all are awaited, and at most four run at once."""
        slots = asyncio.Semaphore(4)

        async def one(key):
            async with slots:
                await self.save(key)

        await asyncio.gather(*[one(key) for key in keys])
END
sed -i 's/^        return 204$/        return 201/' "$repo/tiles/server.py"
commit "backup: save tiles to disk"
