/*
 * Facts: what a unit of a sample is dumped as, and the answers to questions about two places of
 * one. Run from the top of the repository.
 */
#include "core/facts/facts.h"
#include "tests/unit/facts_fixture.h"

/* -- dumps --------------------------------------------------------------------------------- */

static const struct sample states[] = {
	{ NULL,
	  "class Pool:\n"
	  "\tlimit = 4\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.free = []\n"
	  "\t\tself._lock = threading.Lock()\n"
	  "\tdef put(self, item):\n"
	  "\t\tself.free.append(item)\n"
	  "\t\tPool.made = item\n",
	  "Pool.limit class scalar constant\n"
	  "Pool.free instance list\n"
	  "Pool._lock instance unknown constant\n"
	  "Pool.made class unknown\n" },
	{ NULL,
	  "seen = {}\n"
	  "ready = False\n"
	  "def mark(key):\n"
	  "\tglobal ready\n"
	  "\tseen[key] = 1\n"
	  "\tready = True\n",
	  "seen module dict\n"
	  "ready module scalar\n" },
	{ NULL,
	  "def outer():\n"
	  "\ttotal = 0\n"
	  "\tplain = 1\n"
	  "\tdef add(n):\n"
	  "\t\tnonlocal total\n"
	  "\t\ttotal += n\n"
	  "\treturn add, plain\n",
	  "outer.total closure scalar\n" },
	{ NULL,
	  "class Base:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.jobs = []\n"
	  "class Child(Base):\n"
	  "\tdef take(self):\n"
	  "\t\treturn self.jobs.pop()\n"
	  "class Other:\n"
	  "\tdef take(self):\n"
	  "\t\treturn self.jobs.pop()\n",
	  "Base.jobs instance list\n"
	  "Other.jobs instance unknown\n" },
	{ NULL,
	  "class Left:\n"
	  "\tdef f(self):\n"
	  "\t\tself.a = 1\n"
	  "class Right:\n"
	  "\tdef f(self):\n"
	  "\t\tself.b = 1\n"
	  "class Both(Left, Right):\n"
	  "\tdef g(self):\n"
	  "\t\tself.a = self.b = 2\n",
	  "Left.a instance scalar\n"
	  "Right.b instance scalar\n" },
	{ NULL,
	  "class Host:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.pool = make()\n"
	  "\tdef size(self):\n"
	  "\t\tself.pool.free.x = 1\n"
	  "\t\treturn self.pool.free\n",
	  "Host.pool instance unknown constant\n"
	  "Host.pool.free instance unknown constant\n" },
	{ NULL,
	  "import asyncio\n"
	  "class Box:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.lock = asyncio.Lock()\n"
	  "\t\tself.locks: dict[str, asyncio.Lock] = {}\n"
	  "\t\tself.queue = asyncio.Queue()\n"
	  "\t\tself.done = asyncio.Event()\n",
	  "Box.lock instance lock constant async\n"
	  "Box.locks instance dict constant\n"
	  "Box.queue instance queue constant async\n"
	  "Box.done instance event constant async\n" },
};

static const struct sample identity[] = {
	{ "Pool.get",
	  "class Pool:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself._conns = {}\n"
	  "\t@property\n"
	  "\tdef conns(self):\n"
	  "\t\t\"\"\"all of them\"\"\"\n"
	  "\t\treturn self._conns\n"
	  "\tdef get(self, key):\n"
	  "\t\tif key in self.conns:\n"
	  "\t\t\treturn self.conns[key]\n",
	  "9: test present Pool._conns[key]\n"
	  "10: read Pool._conns[key] raises\n"
	  "10: leave\n" },
	{ "Pool.sweep",
	  "class Pool:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.jobs = {}\n"
	  "\tdef sweep(self, key):\n"
	  "\t\tjobs = self.jobs\n"
	  "\t\tjobs[key] = 1\n"
	  "\t\tself.jobs = {}\n"
	  "\t\tjobs[key] = 2\n",
	  "5: read Pool.jobs\n"
	  "6: insert Pool.jobs[key] constant alias\n"
	  "7: write Pool.jobs null\n" },
	{ "make",
	  "class Pool:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.size = 0\n"
	  "def make():\n"
	  "\tpool = Pool()\n"
	  "\tpool.size = 3\n"
	  "\treturn pool\n",
	  "5: call bound `Pool` -> Pool.__init__\n"
	  "6: write Pool.size constant\n"
	  "7: leave\n" },
	{ "Pool.make",
	  "class Pool:\n"
	  "\tcount = 0\n"
	  "\t@classmethod\n"
	  "\tdef make(cls):\n"
	  "\t\tcls.count += 1\n"
	  "\t\tPool.count = 2\n",
	  "5: read Pool.count\n"
	  "5: update Pool.count\n"
	  "6: write Pool.count constant\n" },
};

static const struct sample accesses[] = {
	{ "Box.f",
	  "class Box:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.d = {}\n"
	  "\t\tself.n = 0\n"
	  "\tdef f(self, k):\n"
	  "\t\tself.d[k] = self.n\n"
	  "\t\tself.n += 1\n"
	  "\t\tself.n = self.n + 1\n"
	  "\t\tself.n = 0\n"
	  "\t\tdel self.d[k]\n"
	  "\t\tself.d.pop(k)\n"
	  "\t\tself.d.pop(k, None)\n"
	  "\t\tself.d.setdefault(k, [])\n"
	  "\t\tself.d.get(k)\n"
	  "\t\tself.d.clear()\n"
	  "\t\tdel self.n\n",
	  "6: read Box.n\n"
	  "6: insert Box.d[k]\n"
	  "7: read Box.n\n"
	  "7: update Box.n\n"
	  "8: read Box.n\n"
	  "8: update Box.n\n"
	  "9: write Box.n constant null\n"
	  "10: delete Box.d[k] raises\n"
	  "11: delete Box.d[k] `self.d.pop` raises\n"
	  "12: delete Box.d[k] `self.d.pop` atomic\n"
	  "13: insert Box.d[k] `self.d.setdefault` atomic\n"
	  "14: read Box.d[k] `self.d.get`\n"
	  "15: write Box.d `self.d.clear`\n"
	  "16: delete Box.n\n" },
	{ "Box.f",
	  "class Box:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.d = {}\n"
	  "\tdef f(self):\n"
	  "\t\tfor k in self.d:\n"
	  "\t\t\tg(k)\n"
	  "\t\tfor k, v in self.d.items():\n"
	  "\t\t\tg(k)\n"
	  "\t\tfor k in list(self.d):\n"
	  "\t\t\tg(k)\n"
	  "\t\t[x for x in self.d]\n",
	  "5: iterate Box.d\n"
	  "6: call dropped `g`\n"
	  "7: iterate Box.d\n"
	  "8: call dropped `g`\n"
	  "9: read Box.d\n"
	  "9: call operand `list`\n"
	  "10: call dropped `g`\n"
	  "11: iterate Box.d\n" },
	{ "Box.f",
	  "class Box:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.d = {}\n"
	  "\tdef f(self, k):\n"
	  "\t\tself.d[k].append(1)\n"
	  "\t\tself.d[k][0] = 1\n"
	  "\t\tself.a, self.b = self.b, self.a\n",
	  "5: update Box.d[k] `self.d[k].append`\n"
	  "6: read Box.d[k] raises\n"
	  "6: update Box.d[k] constant\n"
	  "7: read Box.b\n"
	  "7: read Box.a\n"
	  "7: write Box.a\n"
	  "7: write Box.b\n" },
};

static const struct sample tests[] = {
	{ "P.f",
	  "class P:\n"
	  "\tdef f(self):\n"
	  "\t\tif self.a is None:\n"
	  "\t\t\tg()\n"
	  "\t\tif self.a is not None:\n"
	  "\t\t\tg()\n"
	  "\t\tif not self.a:\n"
	  "\t\t\tg()\n"
	  "\t\tif self.a == 3:\n"
	  "\t\t\tg()\n",
	  "3: test absent P.a\n"
	  "4: call dropped `g`\n"
	  "5: test present P.a\n"
	  "6: call dropped `g`\n"
	  "7: test absent P.a\n"
	  "8: call dropped `g`\n"
	  "9: test value P.a\n"
	  "10: call dropped `g`\n" },
	{ "P.f",
	  "class P:\n"
	  "\tdef f(self, k):\n"
	  "\t\tif self.a and not self.b:\n"
	  "\t\t\tg()\n"
	  "\t\tif not (self.a or self.b is None):\n"
	  "\t\t\tg()\n"
	  "\t\tif k not in self.d:\n"
	  "\t\t\tg()\n"
	  "\t\twhile self.a:\n"
	  "\t\t\tg()\n"
	  "\t\tassert self.b\n",
	  "3: test present P.a\n"
	  "3: test absent P.b\n"
	  "4: call dropped `g`\n"
	  "5: test absent P.a\n"
	  "5: test present P.b\n"
	  "6: call dropped `g`\n"
	  "7: test absent P.d[k]\n"
	  "8: call dropped `g`\n"
	  "9: test present P.a\n"
	  "10: call dropped `g`\n"
	  "11: test present P.b\n" },
	{ "P.f",
	  "class P:\n"
	  "\tdef f(self):\n"
	  "\t\ta = self.a\n"
	  "\t\tif a is None:\n"
	  "\t\t\tg()\n"
	  "\t\tover = self.end is not None\n"
	  "\t\tif over:\n"
	  "\t\t\tg()\n"
	  "\t\tif (b := self.b):\n"
	  "\t\t\tg()\n",
	  "3: read P.a\n"
	  "4: test absent P.a\n"
	  "5: call dropped `g`\n"
	  "6: read P.end\n"
	  "7: test present P.end\n"
	  "8: call dropped `g`\n"
	  "9: read P.b\n"
	  "9: test present P.b\n"
	  "10: call dropped `g`\n" },
	{ "P.f",
	  "class P:\n"
	  "\tdef f(self, k):\n"
	  "\t\ttry:\n"
	  "\t\t\treturn self.d[k]\n"
	  "\t\texcept KeyError:\n"
	  "\t\t\tself.d[k] = 1\n"
	  "\t\tif hasattr(P, \"x\"):\n"
	  "\t\t\tg()\n",
	  "4: read P.d[k] raises\n"
	  "4: leave\n"
	  "6: insert P.d[k] constant\n"
	  "7: test present P.x\n"
	  "8: call dropped `g`\n" },
};

static const struct sample checkpoints[] = {
	{ "f",
	  "import asyncio\n"
	  "async def f(x):\n"
	  "\tawait asyncio.sleep(1)\n"
	  "\tasync with x.a() as y:\n"
	  "\t\tg(y)\n"
	  "\tasync for z in x:\n"
	  "\t\tg(z)\n"
	  "\tyield 1\n",
	  "3: call awaited `asyncio.sleep`\n"
	  "3: checkpoint await `asyncio.sleep`\n"
	  "4: call entered `x.a`\n"
	  "4: checkpoint enter `x.a`\n"
	  "5: call dropped `g`\n"
	  "5: checkpoint exit `x.a`\n"
	  "6: checkpoint next\n"
	  "7: call dropped `g`\n"
	  "8: checkpoint yield\n" },
	{ "f",
	  "async def never():\n"
	  "\treturn 1\n"
	  "async def loop():\n"
	  "\tawait loop()\n"
	  "async def does():\n"
	  "\tawait never()\n"
	  "\tawait other()\n"
	  "async def f():\n"
	  "\tawait never()\n"
	  "\tawait loop()\n"
	  "\tawait does()\n",
	  "9: call awaited `never` -> never\n"
	  "9: checkpoint await `never` -> never no-switch\n"
	  "10: call awaited `loop` -> loop\n"
	  "4: call awaited `loop` -> loop inlined\n"
	  "4: checkpoint await `loop` -> loop no-switch inlined\n"
	  "10: checkpoint await `loop` -> loop no-switch\n"
	  "11: call awaited `does` -> does\n"
	  "6: call awaited `never` -> never inlined\n"
	  "6: checkpoint await `never` -> never no-switch inlined\n"
	  "7: call awaited `other` inlined\n"
	  "7: checkpoint await `other` inlined\n"
	  "11: checkpoint await `does` -> does\n" },
	{ "f",
	  "def f():\n"
	  "\tyield 1\n"
	  "\twith a() as b:\n"
	  "\t\tg(b)\n",
	  "3: call entered `a`\n"
	  "4: call dropped `g`\n" },
	{ "f",
	  "import asyncio\n"
	  "async def f(x):\n"
	  "\tasync with asyncio.timeout(1):\n"
	  "\t\tawait x\n"
	  "\tawait asyncio.wait_for(x.get(), 5)\n",
	  "3: call entered `asyncio.timeout`\n"
	  "3: checkpoint enter `asyncio.timeout`\n"
	  "4: checkpoint await timed\n"
	  "5: call passed `x.get` timed\n"
	  "5: join awaited `asyncio.wait_for` timed\n"
	  "5: checkpoint await `asyncio.wait_for`\n" },
};

static const struct sample guards[] = {
	{ "P.f",
	  "import threading\n"
	  "class P:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.lock = threading.RLock()\n"
	  "\tdef f(self):\n"
	  "\t\twith self.lock:\n"
	  "\t\t\tself.a = 1\n"
	  "\t\t\twith self.lock:\n"
	  "\t\t\t\tself.b = 1\n"
	  "\t\tself.c = 1\n",
	  "6: read P.lock\n"
	  "6: acquire entered P.lock `self.lock`\n"
	  "7: write P.a constant {0 self.lock}\n"
	  "8: read P.lock {0 self.lock}\n"
	  "8: acquire entered P.lock `self.lock` {0 self.lock}\n"
	  "9: write P.b constant {0 self.lock} {1 self.lock}\n"
	  "9: release operand P.lock `self.lock` {0 self.lock} {1 self.lock}\n"
	  "9: release operand P.lock `self.lock` {0 self.lock}\n"
	  "10: write P.c constant\n" },
	{ "P.f",
	  "import asyncio\n"
	  "class P:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.lock = asyncio.Lock()\n"
	  "\tasync def f(self):\n"
	  "\t\tasync with self.lock:\n"
	  "\t\t\tself.a = 1\n"
	  "\t\tawait self.lock.acquire()\n"
	  "\t\ttry:\n"
	  "\t\t\tself.b = 1\n"
	  "\t\tfinally:\n"
	  "\t\t\tself.lock.release()\n"
	  "\t\tself.c = 1\n",
	  "6: read P.lock\n"
	  "6: checkpoint enter\n"
	  "6: acquire entered P.lock `self.lock`\n"
	  "7: write P.a constant {0 self.lock}\n"
	  "7: release operand P.lock `self.lock` {0 self.lock}\n"
	  "8: read P.lock\n"
	  "8: checkpoint await `self.lock.acquire`\n"
	  "8: acquire awaited P.lock `self.lock`\n"
	  "10: write P.b constant {1 self.lock}\n"
	  "12: read P.lock {1 self.lock}\n"
	  "12: release dropped P.lock `self.lock` {1 self.lock}\n"
	  "13: write P.c constant\n" },
	{ "P.f",
	  "class P:\n"
	  "\tdef f(self, x):\n"
	  "\t\tif x:\n"
	  "\t\t\tself.lock.acquire()\n"
	  "\t\telse:\n"
	  "\t\t\treturn\n"
	  "\t\tself.a = 1\n"
	  "\t\tif x:\n"
	  "\t\t\tself.lock.release()\n"
	  "\t\tself.b = 1\n",
	  "4: read P.lock\n"
	  "4: acquire dropped P.lock `self.lock`\n"
	  "6: leave\n"
	  "7: write P.a constant {0 self.lock}\n"
	  "9: read P.lock {0 self.lock}\n"
	  "9: release dropped P.lock `self.lock` {0 self.lock}\n"
	  "10: write P.b constant\n" },
	{ "P._do",
	  "import threading\n"
	  "class P:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.lock = threading.Lock()\n"
	  "\tdef f(self):\n"
	  "\t\twith self.lock:\n"
	  "\t\t\tself._do()\n"
	  "\tdef g(self):\n"
	  "\t\twith self.lock:\n"
	  "\t\t\tself._do()\n"
	  "\tdef _do(self):\n"
	  "\t\tself.a = 1\n",
	  "12: write P.a constant {2 self.lock}\n" },
	{ "P._do",
	  "import threading\n"
	  "class P:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.lock = threading.Lock()\n"
	  "\tdef f(self):\n"
	  "\t\twith self.lock:\n"
	  "\t\t\tself._do()\n"
	  "\tdef g(self):\n"
	  "\t\tself._do()\n"
	  "\tdef _do(self):\n"
	  "\t\tself.a = 1\n",
	  "11: write P.a constant\n" },
	{ "P.add_locked",
	  "class P:\n"
	  "\tdef add_locked(self):\n"
	  "\t\tself.a = 1\n",
	  "3: write P.a constant {0 the caller's lock}\n" },
	{ "P.f",
	  "import asyncio\n"
	  "class P:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.locks = {}\n"
	  "\tasync def f(self, key):\n"
	  "\t\tlock = self.locks.setdefault(key, asyncio.Lock())\n"
	  "\t\tasync with lock:\n"
	  "\t\t\tself.a = 1\n"
	  "\t\tasync with self.locks[key]:\n"
	  "\t\t\tself.b = 1\n"
	  "\t\twith threading.Lock():\n"
	  "\t\t\tself.c = 1\n",
	  "6: call passed `asyncio.Lock`\n"
	  "6: insert P.locks[key] `self.locks.setdefault` atomic\n"
	  "7: checkpoint enter `self.locks.setdefault`\n"
	  "7: acquire entered P.locks[key] `lock`\n"
	  "8: write P.a constant {0 lock}\n"
	  "8: release operand P.locks `lock` {0 lock}\n"
	  "9: read P.locks[key] raises\n"
	  "9: checkpoint enter\n"
	  "9: acquire entered P.locks[key] `self.locks[key]`\n"
	  "10: write P.b constant {1 self.locks[key]}\n"
	  "10: release operand P.locks `self.locks[key]` {1 self.locks[key]}\n"
	  "11: call entered `threading.Lock`\n"
	  "12: write P.c constant\n" },
	{ "P.f",
	  "import contextlib\n"
	  "import threading\n"
	  "class P:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.lock = threading.Lock()\n"
	  "\t@contextlib.contextmanager\n"
	  "\tdef held(self):\n"
	  "\t\twith self.lock:\n"
	  "\t\t\tyield\n"
	  "\tdef f(self):\n"
	  "\t\twith self.held():\n"
	  "\t\t\tself.a = 1\n"
	  "\t\tself.b = 1\n",
	  "11: call entered `self.held` -> P.held\n"
	  "8: read P.lock inlined\n"
	  "8: acquire entered P.lock `self.lock` inlined\n"
	  "9: release operand P.lock `self.lock` inlined {0 self.lock}\n"
	  "12: write P.a constant {1 self.lock}\n"
	  "13: write P.b constant\n" },
	{ "P.f",
	  "class P:\n"
	  "\tdef f(self):\n"
	  "\t\tfor x in self.d:\n"
	  "\t\t\tself.lock.acquire()\n"
	  "\t\tself.a = 1\n"
	  "\t\twith self.lock:\n"
	  "\t\t\traise ValueError\n",
	  "3: iterate P.d\n"
	  "4: read P.lock\n"
	  "4: acquire dropped P.lock `self.lock`\n"
	  "5: write P.a constant\n"
	  "6: read P.lock\n"
	  "6: acquire entered P.lock `self.lock`\n"
	  "7: leave {1 self.lock}\n"
	  "7: release operand P.lock `self.lock` {1 self.lock}\n" },
};

static const struct sample tasks[] = {
	{ "f",
	  "import asyncio\n"
	  "async def work(): await asyncio.sleep(1)\n"
	  "async def f(self):\n"
	  "\tasyncio.create_task(work())\n"
	  "\tt = asyncio.create_task(work())\n"
	  "\tself.t = asyncio.create_task(work())\n"
	  "\tawait asyncio.create_task(work())\n"
	  "\tawait asyncio.gather(work(), work())\n"
	  "\treturn asyncio.create_task(work())\n",
	  "4: call passed `work` -> work\n"
	  "4: spawn dropped `asyncio.create_task` -> work\n"
	  "5: call passed `work` -> work\n"
	  "5: spawn bound `asyncio.create_task` -> work\n"
	  "6: call passed `work` -> work\n"
	  "6: spawn stored `asyncio.create_task` -> work\n"
	  "7: call passed `work` -> work\n"
	  "7: spawn awaited `asyncio.create_task` -> work\n"
	  "7: checkpoint await `asyncio.create_task` -> work\n"
	  "8: call passed `work` -> work\n"
	  "8: call passed `work` -> work\n"
	  "8: spawn awaited `asyncio.gather` -> work\n"
	  "8: spawn awaited `asyncio.gather` -> work\n"
	  "8: call awaited `asyncio.gather`\n"
	  "8: checkpoint await `asyncio.gather`\n"
	  "9: call passed `work` -> work\n"
	  "9: spawn returned `asyncio.create_task` -> work\n"
	  "9: leave\n" },
	{ "f",
	  "import threading, asyncio\n"
	  "def run(): pass\n"
	  "async def f(executor, queue, event):\n"
	  "\tthreading.Thread(target=run).start()\n"
	  "\tawait asyncio.to_thread(run)\n"
	  "\tawait queue.get()\n"
	  "\tevent.set()\n",
	  "4: spawn operand `threading.Thread` -> run\n"
	  "4: call dropped `threading.Thread(target=run).start`\n"
	  "5: spawn awaited `asyncio.to_thread` -> run\n"
	  "5: checkpoint await `asyncio.to_thread` -> run\n"
	  "6: wait awaited `queue.get`\n"
	  "6: checkpoint await `queue.get`\n"
	  "7: wake dropped `event.set`\n" },
	{ "f",
	  "import trio\n"
	  "async def work(): await trio.sleep(1)\n"
	  "async def f():\n"
	  "\tasync with trio.open_nursery() as nursery:\n"
	  "\t\tnursery.start_soon(work)\n",
	  "4: call entered `trio.open_nursery`\n"
	  "4: checkpoint enter `trio.open_nursery`\n"
	  "5: spawn dropped `nursery.start_soon` -> work\n"
	  "5: checkpoint exit `trio.open_nursery`\n" },
};

static const struct sample inlining[] = {
	{ "P.f",
	  "class P:\n"
	  "\tdef ready(self):\n"
	  "\t\tx = self.x\n"
	  "\t\tif x is None:\n"
	  "\t\t\treturn False\n"
	  "\t\treturn True\n"
	  "\tasync def f(self):\n"
	  "\t\tif self.ready():\n"
	  "\t\t\tself.x = 1\n",
	  "8: call tested `self.ready` -> P.ready\n"
	  "3: test value P.x inlined\n"
	  "4: test value P.x inlined\n"
	  "9: write P.x constant\n" },
	{ "P.f",
	  "class P:\n"
	  "\tdef f(self):\n"
	  "\t\tself.g()\n"
	  "\tdef g(self):\n"
	  "\t\tself.h()\n"
	  "\t\tself.a = 1\n"
	  "\t\treturn 2\n"
	  "\tdef h(self):\n"
	  "\t\tself.b = 1\n",
	  "3: call dropped `self.g` -> P.g\n"
	  "5: call dropped `self.h` -> P.h inlined\n"
	  "6: write P.a constant inlined\n" },
	{ "P.f",
	  "class P:\n"
	  "\tasync def f(self):\n"
	  "\t\tawait self.g()\n"
	  "\t\tself.g()\n"
	  "\tasync def g(self):\n"
	  "\t\tself.a = 1\n",
	  "3: call awaited `self.g` -> P.g\n"
	  "6: write P.a constant inlined\n"
	  "3: checkpoint await `self.g` -> P.g no-switch\n"
	  "4: call dropped `self.g` -> P.g\n" },
	{ "Child.f",
	  "class Base:\n"
	  "\tdef g(self):\n"
	  "\t\tself.a = 1\n"
	  "class Child(Base):\n"
	  "\tdef g(self):\n"
	  "\t\tself.b = 1\n"
	  "\tdef f(self):\n"
	  "\t\tsuper().g()\n"
	  "\t\tself.g()\n",
	  "8: call operand `super`\n"
	  "8: call dropped `super().g` -> Base.g\n"
	  "3: write Base.a constant inlined\n"
	  "9: call dropped `self.g` -> Child.g\n"
	  "6: write Child.b constant inlined\n" },
};

static const struct sample entries[] = {
	{ "Pool.get",
	  "import asyncio\n"
	  "class Pool:\n"
	  "\tasync def get(self):\n"
	  "\t\tawait asyncio.sleep(1)\n",
	  "Pool.get async switches public: one `Pool` serves many tasks by its name\n" },
	{ "Job.step",
	  "import threading\n"
	  "class Job:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself.lock = threading.Lock()\n"
	  "\tdef step(self):\n"
	  "\t\tpass\n",
	  "Job.step preemptive locked: `Job` owns the lock `lock` (line 4)\n" },
	{ "work",
	  "import asyncio\n"
	  "async def work():\n"
	  "\tawait asyncio.sleep(1)\n"
	  "async def main():\n"
	  "\tfor _ in range(3):\n"
	  "\t\tasyncio.create_task(work())\n",
	  "work async switches spawned: `work` is spawned in a loop at line 6\n" },
	{ "work",
	  "import threading\n"
	  "def work():\n"
	  "\tpass\n"
	  "def main():\n"
	  "\tthreading.Thread(target=work).start()\n",
	  "work preemptive thread: `work` runs in a thread started at line 5\n" },
	{ "Page.on_click",
	  "class Page:\n"
	  "\tdef bind(self, button):\n"
	  "\t\tbutton.connect(self.on_click)\n"
	  "\tdef on_click(self):\n"
	  "\t\tpass\n",
	  "Page.on_click public: `on_click` is handed on as a callback at line 3\n" },
	{ "Page._fill",
	  "class Page:\n"
	  "\tdef __init__(self):\n"
	  "\t\tself._fill()\n"
	  "\tdef _fill(self):\n"
	  "\t\tself.rows = []\n",
	  "Page._fill constructs alone:\n" },
	{ "Loop.run",
	  "import threading\n"
	  "class Loop(threading.Thread):\n"
	  "\tdef run(self):\n"
	  "\t\tself.n = 1\n",
	  "Loop.run preemptive handler: its framework calls `Loop.run`\n" },
};
#define DUMPS(table, heading) \
	static void test_##table(void **state) \
	{ \
		check_samples(*state, "a.py", table, COUNT(table), heading); \
	}

DUMPS(states, false)
DUMPS(identity, false)
DUMPS(accesses, false)
DUMPS(tests, false)
DUMPS(checkpoints, false)
DUMPS(guards, false)
DUMPS(tasks, false)
DUMPS(inlining, false)
DUMPS(entries, true)

/* -- questions about two places ------------------------------------------------------------ */

/* The first fact of this kind on the line. */
static const struct ra_fact *at(const struct ra_facts *facts, uint32_t line, unsigned kind)
{
	for (size_t i = 0; i < facts->facts.n; i++)
		if (facts->facts.v[i].line == line && facts->facts.v[i].kind == kind &&
		    !(facts->facts.v[i].flags & RA_FACT_INLINED))
			return &facts->facts.v[i];
	fail_msg("no fact of kind %u in line %u", kind, line);
	return NULL;
}

static uint32_t unit_named(const struct ra_facts *facts, const char *name)
{
	for (uint32_t u = 0; u < facts->shape->units.n; u++)
		if (ra_str_is(facts->shape->units.v[u].qualified, name))
			return u;
	fail_msg("no unit %s", name);
	return RA_NONE;
}

enum { TEST = RA_FACT_TEST, READ = RA_FACT_READ, WRITE = RA_FACT_WRITE, INSERT = RA_FACT_INSERT,
       DELETE = RA_FACT_DELETE, CALL = RA_FACT_CALL, SWITCH = RA_FACT_CHECKPOINT };

static const char paths[] =
	"class P:\n"                               /* 1 */
	"\tasync def f(self, x):\n"
	"\t\tself.a = 1\n"
	"\t\tif x:\n"
	"\t\t\tself.b = 1\n"                       /* 5 */
	"\t\telif x + 1:\n"
	"\t\t\tself.c = 1\n"
	"\t\t\treturn\n"
	"\t\telse:\n"
	"\t\t\tawait g()\n"                        /* 10 */
	"\t\tself.d = 1\n"
	"\t\ttry:\n"
	"\t\t\tself.e = 1\n"
	"\t\t\treturn\n"
	"\t\texcept KeyError:\n"                   /* 15 */
	"\t\t\tself.f1 = 1\n"
	"\t\texcept ValueError:\n"
	"\t\t\tself.g = 1\n"
	"\t\tfinally:\n"
	"\t\t\tself.h = 1\n"                       /* 20 */
	"\t\tfor y in x:\n"
	"\t\t\tself.i = 1\n"
	"\t\t\tif y:\n"
	"\t\t\t\tself.j = 1\n"
	"\t\t\t\tbreak\n"                          /* 25 */
	"\t\t\tself.k = 1\n"
	"\t\tself.m = 1\n"
	"\t\tmatch x:\n"
	"\t\t\tcase 1:\n"
	"\t\t\t\tself.n = 1\n"                     /* 30 */
	"\t\t\tcase 2:\n"
	"\t\t\t\tself.o = 1\n";

static void order_of_paths(void **state)
{
	static const struct { uint32_t a, b; bool round; enum ra_order order; } rows[] = {
		{ 3, 11, false, RA_ORDER_ALWAYS },
		{ 11, 3, false, RA_ORDER_NEVER },
		{ 3, 5, false, RA_ORDER_SOMETIMES },
		{ 5, 7, false, RA_ORDER_NEVER },      /* if, elif */
		{ 5, 11, false, RA_ORDER_ALWAYS },
		{ 7, 11, false, RA_ORDER_NEVER },     /* behind a return */
		{ 13, 16, false, RA_ORDER_NEVER },    /* left by return, not by raise */
		{ 13, 20, false, RA_ORDER_SOMETIMES },/* ... but through `finally` */
		{ 16, 18, false, RA_ORDER_NEVER },
		{ 16, 20, false, RA_ORDER_ALWAYS },
		{ 22, 24, false, RA_ORDER_SOMETIMES },
		{ 24, 26, false, RA_ORDER_NEVER },    /* behind a break */
		{ 24, 27, false, RA_ORDER_SOMETIMES },
		{ 26, 22, false, RA_ORDER_NEVER },
		{ 26, 22, true, RA_ORDER_SOMETIMES }, /* in the next round */
		{ 27, 22, true, RA_ORDER_NEVER },
		{ 30, 32, false, RA_ORDER_NEVER },    /* two cases */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(paths));

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum ra_order order = ra_fact_order(facts, at(facts, rows[i].a, WRITE),
						    at(facts, rows[i].b, WRITE), rows[i].round);

		if (order != rows[i].order)
			fail_msg("lines %u and %u: order %d", rows[i].a, rows[i].b, order);
	}
}

static const char switches[] =
	"import asyncio\n"                         /* 1 */
	"async def still():\n"
	"\treturn 1\n"
	"class P:\n"
	"\tasync def f(self, x):\n"                /* 5 */
	"\t\tself.a = 1\n"
	"\t\tawait still()\n"
	"\t\tself.b = 1\n"
	"\t\tif x:\n"
	"\t\t\treturn await g()\n"                 /* 10 */
	"\t\tself.c = 1\n"
	"\t\tif x:\n"
	"\t\t\tawait g()\n"
	"\t\tself.d = 1\n"
	"\t\tasync with x:\n"                      /* 15 */
	"\t\t\tself.e = 1\n"
	"\t\tself.h = 1\n";

static void switches_between(void **state)
{
	static const struct { uint32_t a, b, line; } rows[] = {
		{ 6, 8, 0 },     /* awaits what never switches */
		{ 8, 11, 0 },    /* who switches does not come here */
		{ 11, 14, 13 },
		{ 6, 14, 13 },   /* the first on the way */
		{ 14, 16, 15 },
		{ 16, 17, 16 },  /* the exit, behind the last line of the body */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(switches));

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *a = at(facts, rows[i].a, WRITE);
		const struct ra_fact *b = at(facts, rows[i].b, WRITE);
		const struct ra_fact *found = ra_fact_switch(facts, &facts->units[a->unit],
							     a->position, b->position);

		assert_int_equal(found ? found->line : 0, rows[i].line);
	}
}

static const char locked[] =
	"import threading\n"                       /* 1 */
	"both = {}\n"
	"big = threading.Lock()\n"
	"class P:\n"
	"\tdef __init__(self):\n"                  /* 5 */
	"\t\tself.lock = threading.Lock()\n"
	"\t\tself.other = threading.Lock()\n"
	"\tdef f(self, k):\n"
	"\t\twith self.lock:\n"
	"\t\t\tself.a = 1\n"                       /* 10 */
	"\t\t\tself.b = 1\n"
	"\t\twith self.lock:\n"
	"\t\t\tself.c = 1\n"
	"\t\t\tboth[k] = 1\n"
	"\t\twith self.other:\n"                   /* 15 */
	"\t\t\tself.d = 1\n"
	"\t\twith threading.Lock():\n"
	"\t\t\tself.e = 1\n"
	"\t\t\tself.g = 1\n"
	"\t\twith big:\n"                          /* 20 */
	"\t\t\tboth[k] = 2\n"
	"\t\t\tboth[k + 1] = 2\n";

static void guards_of_two_places(void **state)
{
	static const struct { uint32_t a, b; unsigned kind; bool region, lock; } rows[] = {
		{ 10, 11, WRITE, true, true },
		{ 10, 13, WRITE, false, true },   /* two regions of one lock */
		{ 10, 16, WRITE, false, false },
		{ 18, 19, WRITE, false, false },  /* a lock made here guards nothing */
		{ 21, 22, INSERT, true, true },
		{ 14, 14, INSERT, false, false }, /* an object's lock, the module's state */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(locked));

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *a = at(facts, rows[i].a, rows[i].kind);
		const struct ra_fact *b = at(facts, rows[i].b, rows[i].kind);

		assert_int_equal(ra_fact_common_region(facts, a, b, a->state) != NULL,
				 rows[i].region);
		assert_int_equal(ra_fact_same_lock(facts, a, b, a->state), rows[i].lock);
	}
}

static const char sides[] =
	"class P:\n"                               /* 1 */
	"\tdef f(self, k):\n"
	"\t\tif self.a is None:\n"
	"\t\t\tself.b = 1\n"
	"\t\telse:\n"                              /* 5 */
	"\t\t\tself.c = 1\n"
	"\t\tself.d = 1\n"
	"\t\tif k in self.m:\n"
	"\t\t\treturn\n"
	"\t\tself.e = 1\n"                         /* 10 */
	"\t\tif not self.n or k:\n"
	"\t\t\tself.g = 1\n"
	"\t\telse:\n"
	"\t\t\tself.h = 1\n"
	"\t\tif self.o == 1:\n"                    /* 15 */
	"\t\t\tself.i = 1\n"
	"\t\ttry:\n"
	"\t\t\tself.q[k]\n"
	"\t\texcept KeyError:\n"
	"\t\t\tself.j = 1\n";                      /* 20 */

static void sides_of_tests(void **state)
{
	static const struct { uint32_t test, act; unsigned kind; int says; } rows[] = {
		{ 3, 4, TEST, RA_SAYS_ABSENT },
		{ 3, 6, TEST, RA_SAYS_PRESENT },
		{ 3, 7, TEST, -1 },
		{ 8, 7, TEST, -1 },                /* stands before */
		{ 8, 10, TEST, RA_SAYS_ABSENT },   /* the other side leaves */
		{ 11, 12, TEST, -1 },              /* of an `or` one part may hold */
		{ 11, 14, TEST, RA_SAYS_PRESENT }, /* none does */
		{ 15, 16, TEST, RA_SAYS_VALUE },
		{ 18, 20, READ, RA_SAYS_ABSENT },  /* by raising */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(sides));

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *test = ra_state_use(facts, at(facts, rows[i].test,
								    rows[i].kind)->state);
		const struct ra_fact *act = at(facts, rows[i].act, WRITE);

		while (test && test->kind != rows[i].kind)
			test = ra_fact_next_use(facts, test);
		assert_non_null(test);
		if (ra_fact_governed(facts, test, act) != rows[i].says)
			fail_msg("lines %u and %u: %d", rows[i].test, rows[i].act,
				 ra_fact_governed(facts, test, act));
		assert_true(rows[i].says < 0 ||
			    act->position <= ra_fact_governs_to(facts, test));
	}
}

/* -- questions about units ----------------------------------------------------------------- */

static const char together[] =
	"import asyncio\n"                         /* 1 */
	"class Pool:\n"
	"\tdef __init__(self):\n"
	"\t\tself.lock = asyncio.Lock()\n"
	"\t\tself.d = {}\n"                        /* 5 */
	"\tasync def get(self, k):\n"
	"\t\tif k not in self.d:\n"
	"\t\t\tself.d[k] = await g(k)\n"
	"\tasync def drop(self, k):\n"
	"\t\tasync with self.lock:\n"              /* 10 */
	"\t\t\tself.d.pop(k, None)\n"
	"\tasync def sweep(self):\n"
	"\t\tself.d = {}\n"
	"\tdef start(self):\n"
	"\t\tfor _ in range(2):\n"                 /* 15 */
	"\t\t\tasyncio.create_task(self.sweep())\n";

static void units_that_overlap(void **state)
{
	static const struct { const char *u, *v; enum ra_together strength; } rows[] = {
		{ "Pool.get", "Pool.get", RA_TOGETHER_LOCKED },
		{ "Pool.get", "Pool.drop", RA_TOGETHER_LOCKED },
		{ "Pool.get", "Pool.sweep", RA_TOGETHER_SPAWNED },
		{ "Pool.get", "Pool.__init__", RA_TOGETHER_NO },
		{ "Pool.sweep", "Pool.sweep", RA_TOGETHER_SPAWNED },
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(together));

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t u = unit_named(facts, rows[i].u), v = unit_named(facts, rows[i].v);

		assert_int_equal(ra_units_together(facts, u, v).strength, rows[i].strength);
		assert_int_equal(ra_units_together(facts, v, u).strength, rows[i].strength);
	}
}

static void conflicts_with_a_test(void **state)
{
	static const struct { uint32_t kinds, line; } rows[] = {
		{ RA_KINDS(RA_FACT_DELETE), 11 },
		{ RA_KINDS(RA_FACT_INSERT), 8 },
		{ RA_KINDS_RESET, 13 },
		{ RA_KINDS_CHANGES, 13 },         /* the strongest evidence wins */
		{ RA_KINDS(RA_FACT_UPDATE), 0 },  /* construction is no conflict */
	};
	const struct ra_facts *facts = facts_of(*state, ra_str(together));
	const struct ra_fact *test = at(facts, 7, TEST), *taken = at(facts, 11, DELETE);
	struct ra_evidence why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ra_fact *found = ra_fact_conflict(facts, test->unit, test->state,
							       test, rows[i].kinds, &why);

		assert_int_equal(found ? found->line : 0, rows[i].line);
	}
	assert_null(ra_fact_conflict(facts, test->unit, test->state, taken,
				     RA_KINDS(RA_FACT_DELETE), &why));
}

static void bounds_around_a_place(void **state)
{
	const struct ra_facts *facts = facts_of(*state, ra_str(
		"import asyncio\n"
		"async def f(x):\n"
		"\tasync with asyncio.timeout(1):\n"
		"\t\tif x:\n"
		"\t\t\tawait g()\n"                     /* 5 */
		"\tawait g()\n"));
	const struct ra_fact *inside = at(facts, 5, SWITCH);
	const struct ra_fact *bound = ra_fact_within(facts, inside, RA_EFFECT_TIMEOUT);

	assert_non_null(bound);
	assert_int_equal(bound->line, 3);
	assert_null(ra_fact_within(facts, inside, RA_EFFECT_SHIELD));
	assert_null(ra_fact_within(facts, at(facts, 6, SWITCH), RA_EFFECT_TIMEOUT));
	assert_null(ra_fact_within(facts, bound, RA_EFFECT_TIMEOUT));
	assert_int_equal(ra_fact_of_node(facts, inside->node), inside->origin);
}

static void origins_of_inlined_tests(void **state)
{
	/* the test of `ready` is of a read that stands in the stream of `use`, behind its own */
	const struct ra_facts *facts = facts_of(*state, ra_str(
		"class P:\n"
		"\tdef ready(self):\n"
		"\t\tx = self.x\n"
		"\t\tif x is None:\n"
		"\t\t\treturn True\n"                   /* 5 */
		"\tasync def use(self):\n"
		"\t\tself.a = self.b\n"
		"\t\tif self.ready():\n"
		"\t\t\tself.x = await g()\n"));
	const struct ra_unit_facts *unit = &facts->units[unit_named(facts, "P.use")];
	bool seen = false;

	for (uint32_t i = 0; i < unit->n_stream; i++) {
		const struct ra_fact *fact = ra_fact(facts, unit->stream[i]);

		assert_int_equal(fact->position, i);
		if (fact->kind != RA_FACT_TEST || fact->origin == RA_NONE)
			continue;
		assert_int_equal(unit->stream[ra_fact(facts, fact->origin)->position],
				 fact->origin);
		seen = true;
	}
	assert_true(seen);
}

/* -- neighbours ---------------------------------------------------------------------------- */

/* Chains hold each fact on a state once and in order, whoever the state's users are. */
static void neighbours_are_complete(void **state)
{
	const struct ra_facts *facts = facts_of(*state, ra_str(together));
	size_t chained = 0, there = 0;

	for (uint32_t s = 0; s < facts->states.n; s++) {
		const struct ra_fact *fact = ra_state_use(facts, s), *last = NULL;

		for (; fact; last = fact, fact = ra_fact_next_use(facts, fact), chained++) {
			assert_int_equal(fact->state, s);
			assert_true(!last || last->index < fact->index);
		}
	}
	for (size_t i = 0; i < facts->facts.n; i++) {
		const struct ra_fact *fact = &facts->facts.v[i], *next = ra_fact_next(facts, fact);

		there += fact->state != RA_NONE;
		if (!next)
			continue;
		assert_ptr_equal(ra_fact_previous(facts, next), fact);
		assert_int_equal(next->state, fact->state);
		assert_int_equal(next->unit, fact->unit);
		assert_true(next->position > fact->position);
	}
	assert_int_equal(chained, there);
}

static void searches_end(void **state)
{
	const struct ra_facts *facts = facts_of(*state, ra_str(together));
	const struct ra_fact *test = at(facts, 7, TEST);

	assert_non_null(ra_fact_next(facts, test));
	*facts->steps = RA_SEARCH_MAX;
	assert_null(ra_fact_next(facts, test));
	assert_false(ra_facts_step(facts));
}

/* -- hierarchies --------------------------------------------------------------------------- */

/* A method is found in the order of the bases, a field belongs to the topmost that mentions it. */
static void bases_in_order(void **state)
{
	const struct ra_facts *facts = facts_of(*state, ra_str(
		"class Top:\n"
		"\tdef f(self): self.t = 1\n"
		"\tdef g(self): pass\n"
		"class Left(Top):\n"
		"\tdef g(self): self.x = 1\n"           /* 5 */
		"class Right(Top):\n"
		"\tdef f(self): self.x = 1\n"
		"\tdef g(self): pass\n"
		"class Both(Left, Right):\n"
		"\tdef h(self):\n"                      /* 10 */
		"\t\tself.g()\n"
		"\t\tself.f()\n"
		"\t\tself.x = self.t = 1\n"));
	const struct ra_shape *shape = facts->shape;

	assert_true(ra_str_is(shape->units.v[at(facts, 11, CALL)->callee].qualified, "Left.g"));
	assert_true(ra_str_is(shape->units.v[at(facts, 12, CALL)->callee].qualified, "Top.f"));
	assert_true(ra_str_is(facts->states.v[at(facts, 13, WRITE)->state].name, "Left.x"));
	assert_int_equal(at(facts, 13, WRITE)->state, at(facts, 5, WRITE)->state);
}

/* Each class derives from the two before it: as many ways up as there are atoms. */
static void hierarchies_without_end(void **state)
{
	struct ra_buf text;
	const struct ra_facts *facts;

	ra_buf_init(&text, *state);
	ra_buf_adds(&text, "class C0:\n\tdef m(self): pass\nclass C1(C0): pass\n");
	for (unsigned i = 2; i < 3000; i++)
		ra_buf_addf(&text, "class C%u(C%u, C%u):\n\tdef f(self): self.x%u = self.m()\n", i,
			    i - 1, i - 2, i);
	facts = facts_of(*state, ra_buf_str(&text));
	assert_int_equal(facts->shape->classes.n, 3000);
	assert_true(ra_str_is(facts->shape->units.v[at(facts, 5, CALL)->callee].qualified, "C0.m"));
}

#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST_OF(test_states),
		TEST_OF(test_identity),
		TEST_OF(test_accesses),
		TEST_OF(test_tests),
		TEST_OF(test_checkpoints),
		TEST_OF(test_guards),
		TEST_OF(test_tasks),
		TEST_OF(test_inlining),
		TEST_OF(test_entries),
		TEST_OF(order_of_paths),
		TEST_OF(switches_between),
		TEST_OF(guards_of_two_places),
		TEST_OF(sides_of_tests),
		TEST_OF(units_that_overlap),
		TEST_OF(conflicts_with_a_test),
		TEST_OF(bounds_around_a_place),
		TEST_OF(origins_of_inlined_tests),
		TEST_OF(neighbours_are_complete),
		TEST_OF(searches_end),
		TEST_OF(bases_in_order),
		TEST_OF(hierarchies_without_end),
	};

	return cmocka_run_group_tests(all, open_knowledge, close_knowledge);
}
