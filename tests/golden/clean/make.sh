#!/usr/bin/env bash
# Code that is right, in shapes that look as if they were not: nothing may be found.
. "$(dirname "$0")/../../repository.sh"
begin "$1"
cat >"$repo/pool.py" <<'END'
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor


class Pool:
    def __init__(self, dial):
        self._dial = dial
        self._conns = {}
        self._lock = asyncio.Lock()
        self._tasks = set()

    async def get(self, key):
        async with self._lock:
            if key not in self._conns:
                self._conns[key] = await self._dial(key)
            return self._conns[key]

    async def close(self):
        async with self._lock:
            for conn in list(self._conns.values()):
                await conn.close()
            self._conns.clear()

    def prune(self):
        for key in list(self._conns):
            if self._conns[key].closed:
                del self._conns[key]

    def later(self, job):
        task = asyncio.create_task(job())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Counter:
    def __init__(self):
        self._lock = threading.Lock()
        self.hits = 0

    def hit(self):
        with self._lock:
            self.hits += 1


def count(lines):
    counter = Counter()
    with ThreadPoolExecutor(max_workers=4) as pool:
        for line in lines:
            pool.submit(counter.hit)
    return counter.hits


async def fetch_all(urls, fetch):
    limit = asyncio.Semaphore(8)

    async def one(url):
        async with limit:
            return await asyncio.wait_for(fetch(url), timeout=10)

    return await asyncio.gather(*[one(url) for url in urls])


async def main(worker):
    task = asyncio.create_task(worker())
    try:
        await asyncio.sleep(1)
    finally:
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
END
commit "correct code"
