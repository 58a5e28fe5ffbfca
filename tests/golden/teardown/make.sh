#!/usr/bin/env bash
# A cache of context managers with one task for each, under trio: state taken down on two sides of
# a checkpoint, a lock dropped from its registry while the task still ends, an unbounded wait.
. "$(dirname "$0")/../../repository.sh"
begin "$1"
cat >"$repo/shared.py" <<'END'
"""Opens each resource once and shares it between tasks."""

from contextlib import asynccontextmanager

import trio


class _Shared:
    locks = {}
    users = {}
    values = {}
    handles = {}
    idle = None

    @classmethod
    async def hold(cls, manager, key, task_status=trio.TASK_STATUS_IGNORED):
        try:
            async with manager as value:
                _, idle = cls.handles[key]
                cls.values[key] = value
                try:
                    task_status.started(value)
                    await idle.wait()
                finally:
                    cls.values.pop(key)
        finally:
            cls.handles.pop(key)


@asynccontextmanager
async def shared(factory, key, nursery):
    lock = _Shared.locks.setdefault(key, trio.Lock())
    _Shared.users.setdefault(key, 0)
    await lock.acquire()
    try:
        value = _Shared.values[key]
    except KeyError:
        if _Shared.handles.get(key):
            raise RuntimeError(f"still open: {key!r}")
        _Shared.handles[key] = (nursery, trio.Event())
        value = await nursery.start(_Shared.hold, factory(key), key)
    _Shared.users[key] += 1
    lock.release()
    try:
        yield value
    finally:
        _Shared.users[key] -= 1
        if _Shared.users[key] <= 0:
            _, idle = _Shared.handles[key]
            idle.set()
            _Shared.locks.pop(key)
END
commit "shared resources"
