/*
 * Facts of Python: what a unit of a sample is dumped as. Run from the top of the repository.
 */
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
	  "15: write Box.d `self.d.clear` null\n"
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
	};

	return cmocka_run_group_tests(all, open_knowledge, close_knowledge);
}
