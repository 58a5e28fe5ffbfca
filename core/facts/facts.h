/*
 * facts: shape + tables of API knowledge -> what each unit does to state, guards and tasks.
 *
 * A fact is one thing at one place of one unit: a state is tested, a lock is taken, the scheduler
 * may switch. The facts of a unit stand in the order in which the unit does them (operands before
 * operators, the right side of an assignment before its targets, an awaited value before the
 * switch, the exit of a `with` after its body). Detectors ask facts and know no syntax; a card's
 * pattern may look at text.
 *
 * What is modelled, and what is not: names are resolved inside the file (imports, classes and
 * their bases, aliases of state kept in locals, closures); calls of units of the same file are
 * resolved by name and receiver; nothing is evaluated. A thing not known is not guessed: it has no
 * fact.
 */
#ifndef RA_FACTS_H
#define RA_FACTS_H

#include "core/shape/shape.h"

#define RA_NONE UINT32_MAX /* "no state", "no unit", "no fact" */

/* -- API knowledge: patterns/<language>/, files *.api ----------------- */

/* Which scheduler; a file may use several. */
enum ra_runtime {
	RA_RT_ASYNCIO = 1, RA_RT_TRIO = 2, RA_RT_ANYIO = 4, RA_RT_THREADS = 8, RA_RT_PROCESSES = 16,
	RA_RT_GREENLETS = 32, RA_RT_GOROUTINES = 64, RA_RT_TOKIO = 128, RA_RT_NODE = 256,
	RA_RT_PARALLEL = 512 /* tasks that switch at checkpoints, and run on several threads */
};
#define RA_RT_COOPERATIVE \
	(RA_RT_ASYNCIO | RA_RT_TRIO | RA_RT_ANYIO | RA_RT_TOKIO | RA_RT_NODE)
/* Where a plain access beside a write is undefined: even one read that sees whole words. */
#define RA_RT_DATA_RACES RA_RT_GOROUTINES
const char *ra_runtime_name(uint32_t bit);        /* "asyncio"; NULL when the bit is none */
uint32_t ra_runtime_named(struct ra_str name);    /* its bit; 0 when it is none */

/* What kind of value a name holds, as far as its initialiser, annotation or name tells. */
enum ra_kind {
	RA_KIND_UNKNOWN, RA_KIND_NULL, RA_KIND_SCALAR,
	RA_KIND_DICT, RA_KIND_LIST, RA_KIND_SET, RA_KIND_DEQUE,       /* containers */
	RA_KIND_LOCK, RA_KIND_SEMAPHORE, RA_KIND_CONDITION,           /* guards */
	RA_KIND_EVENT, RA_KIND_QUEUE, RA_KIND_CHANNEL, RA_KIND_BARRIER,
	RA_KIND_TASK, RA_KIND_FUTURE, RA_KIND_THREAD, RA_KIND_PROCESS, RA_KIND_EXECUTOR,
	RA_KIND_SCOPE,      /* joins what is spawned in it: nursery, TaskGroup */
	RA_KIND_TIMEOUT,    /* bounds what runs in it: move_on_after, timeout, CancelScope */
	RA_KIND_LOCAL,      /* per-task storage: threading.local, ContextVar */
	RA_KIND_LOOP,       /* event loop */
	RA_KIND_RESOURCE,   /* opened, must be closed: file, socket, connection */
	RA_KIND_ATOMIC,     /* each access of it is whole by itself: atomic.Int64, AtomicBool */
	RA_KIND_ROUTER,     /* calls handlers for requests: express() */
	RA_KIND_CELL,       /* a guard of one thread that fails where a lock would wait: RefCell */
	RA_KIND_ONCE,       /* made by the first who asks, and then there: OnceLock, sync.Once */
	RA_KIND_COUNT
};

/* Kinds that hold data, or a resource: what a lock is there to guard. */
static inline bool ra_kind_is_data(unsigned kind)
{
	return kind <= RA_KIND_DEQUE || kind == RA_KIND_RESOURCE;
}
static inline bool ra_kind_is_container(unsigned kind)
{
	return kind >= RA_KIND_DICT && kind <= RA_KIND_DEQUE;
}
const char *ra_kind_name(enum ra_kind kind); /* as in an .api file: "lock" */

enum ra_effect {
	RA_EFFECT_NONE,
	RA_EFFECT_NEW,       /* makes a value of `kind` */
	RA_EFFECT_READ, RA_EFFECT_TEST, RA_EFFECT_ITERATE, RA_EFFECT_WRITE, RA_EFFECT_UPDATE,
	RA_EFFECT_INSERT, RA_EFFECT_DELETE,  /* on the receiver, a container; ITERATE gives a live
	                      * view of it, so that a loop over the result is a loop over it */
	RA_EFFECT_COPY,      /* reads its argument or receiver whole and returns a private copy */
	RA_EFFECT_ACQUIRE, RA_EFFECT_RELEASE,
	RA_EFFECT_SPAWN,     /* starts the unit in argument `arg`; returns a handle if `kind` */
	RA_EFFECT_OFFLOAD,   /* runs the unit in `arg` in a thread or process, awaited by the caller */
	RA_EFFECT_INLINE,    /* calls the unit in `arg` before it returns */
	RA_EFFECT_HANDLER,   /* registers the unit in `arg` to be called by the runtime later */
	RA_EFFECT_JOIN,      /* waits for the task or thread that is its receiver or argument */
	RA_EFFECT_GATHER,    /* awaits all its arguments concurrently */
	RA_EFFECT_WAIT,      /* waits until another task acts: event.wait, cond.wait, queue.get */
	RA_EFFECT_WAKE,      /* lets waiters go on: event.set, notify, set_result */
	RA_EFFECT_SWITCH,    /* is a checkpoint by itself when awaited: sleep, checkpoint */
	RA_EFFECT_BLOCK,     /* holds the thread: time.sleep, requests.get */
	RA_EFFECT_TIMEOUT,   /* bounds its argument or its `with` body in time */
	RA_EFFECT_SHIELD,    /* defers cancellation of its argument or body */
	RA_EFFECT_CANCEL,    /* cancels its receiver */
	RA_EFFECT_CLOSE,     /* ends the life of its receiver */
	RA_EFFECT_IO,        /* talks to network, disk or a child; may take long, may fail */
	RA_EFFECT_FS_TEST, RA_EFFECT_FS_ACT,   /* of the path in `arg` */
	RA_EFFECT_EXIT,      /* does not return: sys.exit, os._exit */
	RA_EFFECT_PURE,      /* neither switches, blocks, raises nor keeps its arguments: len, str */
	RA_EFFECT_CONSTRUCT, /* `*:name`: a method of that name runs before its object is shared */
	RA_EFFECT_BIND,      /* returns a callable that calls the unit in `arg`: partial */
	RA_EFFECT_RUNTIME,   /* a module: importing it shows that `runtime` is in use */
	RA_EFFECT_SAME,      /* returns its receiver, or argument, as it is: unwrap, clone of a handle */
	RA_EFFECT_RESCUE,    /* takes the failure of its receiver if the operand is given: catch;
	                      * `keeps`: and passes it on */
	RA_EFFECT_PROMISIFY, /* returns a function whose calls are worth promises */
	RA_EFFECT_EXCLUSIVE, /* runs the unit in `arg` while it holds its receiver, a guard */
	RA_EFFECT_IMPORT,    /* returns the module that its argument names: require */
	RA_EFFECT_COUNT
};
const char *ra_effect_name(enum ra_effect effect);

enum ra_api_flag {
	RA_API_ASYNC = 1,     /* with a kind: the value is awaited (a spawned task is anyway);
	                       * without: the call itself must be awaited */
	RA_API_REENTRANT = 2, RA_API_SHARED = 4 /* read lock */,
	RA_API_UNBOUNDED = 8, /* queue without a size unless the operand gives one */
	RA_API_KEEPS = 16,    /* spawn: the runtime keeps and joins the task (nursery) */
	RA_API_ATOMIC = 32,   /* test and write in one: setdefault, pop(k, None); acquire: for as
	                       * long as the call runs */
	RA_API_TIMED = 64,    /* has a bound of its own when called with `timeout=` */
	RA_API_LOW = 128,     /* worth a low finding only */
	RA_API_CPU = 256,     /* burns processor */
	RA_API_LEAVES = 512,  /* raises when the entry is absent: d.pop(k), s.remove(x). Together
	                       * with ATOMIC a second argument decides: d.pop(k, None) is atomic */
	RA_API_THREAD = 1024, /* the unit runs in another thread (call_soon_threadsafe: false) */
	RA_API_NAMED = 2048,  /* lock: the same one for all who name it alike, by file or service */
	RA_API_BARE = 4096,   /* the row is for calls without arguments: `x.set()` wakes, so that
	                       * `settings.set(k, v)` does not */
	RA_API_PINNED = 8192, /* a value that must not be copied once it is in use: sync.Mutex */
	/* what becomes of what the unit in `arg` returns: */
	RA_API_DROPS = 16384, /* nothing: forEach, setTimeout, a listener */
	RA_API_TESTS = 32768, /* it is tested, compared: filter, sort */
	RA_API_COLLECTS = 65536, /* it is an element of what the call is worth: map. Of a gather:
	                          * failures are elements too: allSettled */
	RA_API_GUARD = 262144, /* acquire: returns its guard; the lock is held as long as that lives */
	RA_API_FOLDS = 131072, /* it is the first argument of the next call: reduce */
	RA_API_PAIR = 524288, /* makes a tuple of the two ends of one thing: a channel */
	RA_API_HANDLE = 1048576, /* same: a handle of what is shared, whose clones are the same: Arc */
	RA_API_TEST = 2097152, /* the unit in `arg` is a test, or holds some: describe, it */
	RA_API_LOCAL = 4194304, /* of one thread: what it starts, or makes, stays there */
	RA_API_TYPED = 8388608, /* new: a value of the type that is its operand: make(chan int).
	                      * handler: what takes such a parameter is one */
	RA_API_DOUBTFUL = 33554432, /* acquire: other things have such a method: only where its result is
	                       * used as a guard */
	RA_API_INTERRUPTS = 134217728, /* handler: the unit in `arg`, or a method of that name, runs in the
	                       * middle of whatever its thread is doing: at a signal, at a collection */
	RA_API_ABSENT = 16777216, /* test: true where there is none: is_none, is_empty; acquire:
	                       * takes nothing where there is none: an entry that is a guard */
	RA_API_SAFE = 67108864, /* its promise cannot fail, unless one that it is given does */
	/* of no table: */
	RA_API_TREE = 1 << 29 /* another file of the tree exports it */
};

/*
 * A row: `effect name [kind=K] [arg=A] [runtime=R,...] [flag]... [timed=N]`, `#` to the end of a
 * line is a comment. A name may have several rows (effects add up), and is one of
 *     asyncio.create_task    full dotted name after imports, or a builtin: `list`
 *     dict:pop, *:start_soon method of a value of that kind, of any receiver
 *     threading.Thread:run   method that a class defines which derives from that class
 *     sync.Once:Do           method of a value that is declared to be of that type
 *     http.Request           with HANDLER and TYPED: a unit that takes a parameter of that type
 *     @route                 decorator `@anything.route`; asked for when its full name has no row.
 *                            One that blocks runs its unit to its end on a scheduler of its own,
 *                            of the kind that its operand names, which has a row (current_thread)
 *     go, *                  the statement `go f()`; every file of the language (RUNTIME)
 * A is the operand: `1` by position, `key` by keyword, `1:target` by either. Left out it is the
 * receiver of a method, argument 0 of a function, the decorated unit of a decorator. An access by a
 * function (`delete delete arg=0`) is of the operand, under the key that follows it.
 */
enum { RA_API_RECEIVER = -1, RA_API_BY_KEYWORD = -2 };

struct ra_api_row {
	struct ra_str name;
	enum ra_effect effect;
	enum ra_kind kind;
	uint32_t flags;       /* enum ra_api_flag */
	uint32_t runtimes;    /* enum ra_runtime bits; 0 any */
	int arg;              /* position of the operand, RA_API_RECEIVER or RA_API_BY_KEYWORD */
	struct ra_str keyword;/* its name as a keyword argument; empty when it has none */
	int bound;            /* RA_API_TIMED: position of the bound, or RA_API_BY_KEYWORD */
	const struct ra_api_row *more; /* next row of the same name */
};

struct ra_api;            /* all rows of one language */

struct ra_api *ra_api_open(struct ra_arena *arena);
/* Add the rows of one file's text; RA_EPARSE names `path:line:column`, and none is added. */
int ra_api_load(struct ra_api *api, const char *path, struct ra_str text, struct ra_error *err);
/* A table of rows on top of another one, which is asked for what it lacks; ra_api_add is for it. */
struct ra_api *ra_api_open_over(struct ra_arena *arena, const struct ra_api *below);
void ra_api_add(struct ra_api *api, const struct ra_api_row *row); /* its name is copied */
/* First row of a full name, or NULL. */
const struct ra_api_row *ra_api_find(const struct ra_api *api, struct ra_str name);
/* First row of a method of a value of `kind`; falls back to `*:method`. */
const struct ra_api_row *ra_api_method(const struct ra_api *api, enum ra_kind kind,
				       struct ra_str method);
/* The row of this name with this effect, or NULL. */
const struct ra_api_row *ra_api_with(const struct ra_api_row *row, enum ra_effect effect);
/* The row's operand in a call: an expression, or NULL when it is not given. */
const struct ra_node *ra_api_operand(const struct ra_api_row *row, const struct ra_node *call);

/* -- states ---------------------------------------------------------------------------------- */

enum ra_scope { RA_SCOPE_INSTANCE, RA_SCOPE_CLASS, RA_SCOPE_MODULE, RA_SCOPE_CLOSURE };

/*
 * Storage that two units can reach. One row for one (owner, field path); the classes of one file
 * that inherit from each other are one owner. A key is not part of the identity: it is on the
 * access.
 */
struct ra_state {
	uint32_t index;
	uint8_t scope;            /* enum ra_scope */
	uint8_t kind;             /* enum ra_kind of what it holds */
	uint8_t element;          /* enum ra_kind of a container's elements (a dict of locks) */
	uint32_t api_flags;       /* of its constructor: RA_API_ASYNC, RA_API_REENTRANT, ... */
	uint32_t runtimes;        /* of its constructor */
	uint32_t class_;          /* 1 + class of this file that it holds an instance of, or 0 */
	uint32_t element_class;   /* 1 + class of a container's elements, or of what it wraps */
	struct ra_str type;       /* full name of its declared type, or empty */
	uint32_t behind;          /* 1 + the lock whose guard lets at it, or 0 */
	uint32_t goes_with;       /* condition: 1 + the lock that it was made with, and that a wait gives
	                           * up; 0 unknown, RA_NONE several */
	uint8_t promise, calls;   /* enum ra_promise: it holds one; a call of it is worth one */
	bool loop;                /* CLOSURE: declared in the head of a loop */
	uint32_t room;            /* channel: how many values it holds that nobody has received; 0
	                           * none, a sender waits; RA_NONE unknown */
	uint32_t declared;        /* CLOSURE: token of the name that declares it */
	uint32_t owner;           /* class index (its topmost base in the file) for INSTANCE and
	                           * CLASS; unit index for CLOSURE; 0 for MODULE */
	struct ra_str field;      /* "conns", "pool.free" */
	struct ra_str name;       /* for people: "Pool._conns", "_registry", "outer.count" */
	uint32_t line;            /* where it is first written, for people */
	bool made;                /* CLOSURE, INSTANCE: a channel whose making was seen */
	bool initialised_null;    /* starts as None / False / 0 / empty */
	bool constant;            /* never written, inserted to or deleted from outside construction */
	uint32_t first_use;       /* first fact on it in the file, INLINED ones last; RA_NONE */
};

/* -- guards ---------------------------------------------------------------------------------- */

/* One acquisition of one lock; two acquisitions of one lock are two regions. */
struct ra_region {
	uint32_t index;
	uint32_t lock;            /* state index; RA_NONE for a local or unknown lock */
	struct ra_str text;       /* as written: "self._lock", "locks[key]" */
	struct ra_str key;        /* of an element of a registry; else empty */
	struct ra_str full;       /* of a lock of another file: its full name; else empty */
	uint32_t unit;
	uint32_t acquire, release;/* fact indices; release RA_NONE when none was seen */
	uint8_t kind;             /* LOCK, SEMAPHORE, CONDITION */
	bool async, reentrant, shared;
	bool entry;               /* inferred: every caller holds it at the call */
	bool with;                /* released on every path by the language */
	bool deferred;            /* `with` from where the unit defers its release on */
	bool private_;            /* made in this very call: guards nothing */
};

/* -- facts ----------------------------------------------------------------------------------- */

enum ra_fact_kind {
	/* accesses of a state; the order matters: RA_FACT_WRITE and above change it */
	RA_FACT_READ, RA_FACT_TEST, RA_FACT_ITERATE,
	RA_FACT_WRITE,    /* the whole value is replaced */
	RA_FACT_UPDATE,   /* read, changed and written in one statement: `+=`, `x = x + 1` */
	RA_FACT_INSERT, RA_FACT_DELETE, /* an entry of a container; `del self.x` is a DELETE too */
	/* tasks */
	RA_FACT_CHECKPOINT, /* the cooperative scheduler may switch here */
	RA_FACT_ACQUIRE, RA_FACT_RELEASE,
	RA_FACT_SPAWN, RA_FACT_JOIN, RA_FACT_WAIT, RA_FACT_WAKE,
	RA_FACT_SEND, RA_FACT_RECEIVE, /* of a channel; `state` and `name` say which */
	RA_FACT_SELECT,     /* waits for one of its cases, which follow */
	RA_FACT_CALL,       /* any other call */
	RA_FACT_LEAVE,      /* return, raise, break, continue */
	RA_FACT_KIND_COUNT
};

static inline bool ra_fact_is_access(unsigned kind) { return kind <= RA_FACT_DELETE; }
static inline bool ra_fact_changes(unsigned kind)
{
	return kind >= RA_FACT_WRITE && kind <= RA_FACT_DELETE;
}

/* What is done with the value of a call or a spawn's handle. */
enum ra_use {
	RA_USE_OPERAND,   /* part of a larger expression */
	RA_USE_DROPPED,   /* an expression statement, or bound to `_` */
	RA_USE_BOUND,     /* assigned to the local `bound` */
	RA_USE_STORED,    /* assigned to a state, an attribute or an entry */
	RA_USE_RETURNED,  /* returned or yielded */
	RA_USE_AWAITED,
	RA_USE_PASSED,    /* argument of another call */
	RA_USE_TESTED,    /* condition, comparison operand */
	RA_USE_ENTERED    /* context expression of `with` / `async with` */
};

/*
 * Promises. What a call is worth at once stands for a value, or a failure, that comes later. It is
 * SURE by what is called (async, its declared result, what it returns, a row), LIKELY when other
 * calls by the same name on the same receiver are awaited in this file, MAYBE when it is one on
 * some paths only.
 */
enum ra_promise { RA_PROMISE_NO, RA_PROMISE_MAYBE, RA_PROMISE_LIKELY, RA_PROMISE_SURE };

/* What becomes of a promise, beyond the calls that follow it (`then`) and what passes it on. */
enum ra_fate {
	RA_FATE_UNKNOWN,
	RA_FATE_DROPPED,   /* nobody waits for it */
	RA_FATE_VOID,      /* the same, and said so: `void f()` */
	RA_FATE_AWAITED, RA_FATE_RETURNED,
	RA_FATE_BOUND,     /* to the local whose NAME is `last`'s target */
	RA_FATE_STORED,    /* in a state, an entry, a literal */
	RA_FATE_PASSED,
	RA_FATE_TESTED,    /* a condition: always true */
	RA_FATE_COMPARED,
	RA_FATE_TEXT,      /* part of a string or a number */
	RA_FATE_OBJECT,    /* a member of it is used, it is iterated, spread or called */
};

struct ra_end {
	enum ra_fate fate;
	const struct ra_node *last;  /* the last call of the chain, or what passes it on */
	bool chained;                /* something follows it: then, catch, finally */
	bool maybe;                  /* on the way it is one of several values */
	const struct ra_node *rescue;/* the function that takes its failure; NULL */
};

/* How a checkpoint comes about. */
enum ra_switch {
	RA_SW_AWAIT, RA_SW_ENTER, RA_SW_EXIT, /* of `async with` */
	RA_SW_NEXT,       /* `async for`: each round */
	RA_SW_YIELD       /* the caller runs: async generator, generator coroutine */
};

enum ra_fact_flag {
	RA_FACT_DEFERRED = 1,      /* happens when the unit ends, not here */
	RA_FACT_MAY_RAISE = 2,     /* read of an entry that raises when it is absent */
	RA_FACT_IN_CONDITION = 4,  /* stands in the condition of if, while, assert, ternary */
	RA_FACT_ATOMIC = 8,        /* tests and writes in one: setdefault */
	RA_FACT_CONSTANT = 16,     /* the value written is a literal constant */
	RA_FACT_NULL = 32,         /* the value written is None / empty: a reset */
	RA_FACT_NO_SWITCH = 64,    /* checkpoint of a unit of this file that reaches none */
	RA_FACT_VIA_ALIAS = 128,   /* through a local that holds the state's object */
	RA_FACT_INLINED = 256,     /* of a callee, standing at the call: `via` is the call */
	RA_FACT_LATER = 512,       /* INLINED, of a function given to a promise: it runs when the
	                            * unit has left */
	RA_FACT_BARE_NAME = 1024,  /* the state itself, not an entry of it */
	RA_FACT_FRESH = 4096,      /* of an object that the unit itself has just made: private */
	RA_FACT_IN_SELECT = 8192,  /* send, receive: one of several that are waited for */
	RA_FACT_MAYBE = 32768,     /* test: part of an `or`: on its true side what it says may hold */
	RA_FACT_NO_WAIT = 16384,   /* send, receive, select: there is a default, so it never waits */
	RA_FACT_AWAITS_TIMED = 2048 /* wait, join, checkpoint: inside a bound in time */
};

/* What a test says about its state on its true branch. */
enum ra_says { RA_SAYS_VALUE, RA_SAYS_PRESENT, RA_SAYS_ABSENT };

/* There are a million of them in a large module, most of them copies in streams: 200 bytes each. */
struct ra_fact {
	uint8_t kind;             /* enum ra_fact_kind */
	uint8_t how;              /* CHECKPOINT: enum ra_switch; TEST: enum ra_says;
	                           * CALL, SPAWN, WAIT, JOIN, ACQUIRE: enum ra_use */
	uint16_t flags;           /* enum ra_fact_flag */
	uint8_t n_regions, n_depends;    /* of the lists below */
	uint8_t receiver_kind;    /* enum ra_kind of the receiver */
	uint8_t promise : 4;      /* enum ra_promise: what the call is worth */
	uint8_t says : 4;         /* CALL whose outcome is tested: enum ra_says on the true side */
	uint32_t index;           /* in ra_facts.facts */
	uint32_t position;        /* in the stream of its unit */
	uint32_t unit;
	uint32_t block;           /* of the shape, where it stands; for INLINED: of the call */
	uint32_t state;           /* accesses; ACQUIRE, RELEASE, WAIT, WAKE, JOIN when known */
	uint32_t line, end_line, column; /* of `node`; for RA_SW_EXIT line = last line of the body */
	struct ra_str base;       /* the object through which: "self", "cls", "Pool", "conn", "" */
	struct ra_str key;        /* text of the key, "" when there is none */
	const struct ra_node *node;      /* the expression; for LEAVE the statement */
	const struct ra_node *statement; /* for INLINED: of the call */
	uint32_t origin;          /* TEST of a local: the READ it came from; CHECKPOINT: the call
	                           * that is awaited; else RA_NONE */
	uint32_t callee;          /* unit called or spawned, or RA_NONE */
	const uint32_t *regions;  /* indices of guard regions held, ascending */
	/* TEST, CALL in a condition, READ that raises into a handler: the blocks where its true and its false side run, from a token
	 * on; RA_NONE for "nowhere apart". A side that is the rest of the enclosing block, since
	 * the other one leaves, is that block from behind the `if`. ITERATE: true_block is the
	 * body of the loop */
	uint32_t true_block, false_block;
	uint32_t true_from, false_from;
	/* values */
	const uint32_t *depends;  /* WRITE, UPDATE, INSERT: facts (reads, calls) its value, or its
	                           * reaching this place by a local, comes from */
	/* calls */
	const struct ra_api_row *row;    /* what the called API does, or NULL */
	struct ra_str name;       /* called name, imports resolved: "asyncio.create_task",
	                           * "self._dial"; of an ACQUIRE the lock's text */
	struct ra_str bound;      /* local that takes the value (RA_USE_BOUND) */
	uint32_t receiver_flags;  /* enum ra_api_flag of what made the receiver, as far as known */
	uint32_t receiver_runtimes; /* enum ra_runtime bits of the same */
	uint32_t region;          /* ACQUIRE, RELEASE, DEFERRED release: the region; WAIT: that of
	                           * the guard it is given; else RA_NONE */
	uint32_t via;             /* INLINED: the CALL fact in the caller; else RA_NONE */
	/* neighbours: facts on the same state, RA_NONE at the end */
	uint32_t next, previous;  /* in the stream */
	uint32_t next_use;        /* in the file, behind ra_state.first_use */
	uint32_t next_here;       /* own facts of the unit whose node begins at the same token */
};

/* -- units ----------------------------------------------------------------------------------- */

/* Why two runs of a unit, or runs of two units, can overlap. Ordered by strength. */
enum ra_together {
	RA_TOGETHER_NO,           /* known not to: construction, module body, private to one task */
	RA_TOGETHER_UNKNOWN,
	RA_TOGETHER_OPEN,         /* a public method that is async by itself: any caller may do so */
	RA_TOGETHER_PUBLIC,       /* public async methods of an object that is shared by nature */
	RA_TOGETHER_LOCKED,       /* methods of a type that owns a lock */
	RA_TOGETHER_HANDLER,      /* registered callbacks and handlers */
	RA_TOGETHER_THREAD,       /* a thread's target, an executor's job */
	RA_TOGETHER_SPAWNED       /* spawned more than once, in a loop, or spawned and called */
};

struct ra_evidence {
	enum ra_together strength;
	bool preemptive;          /* a switch may happen anywhere between them */
	uint32_t fact;            /* the fact that shows it, or RA_NONE */
	uint32_t line;            /* 0 when there is none */
	struct ra_str text;       /* for people: "Pool owns `self._lock` (line 12)" */
};

struct ra_unit_facts {
	uint32_t first, n;        /* its own facts: ra_facts.facts[first .. first+n) */
	const uint32_t *stream;   /* its facts with those of callees of the same file set in at the
	                           * call, one level; fact indices in order */
	uint32_t n_stream;
	const uint32_t *switches; /* positions of the checkpoints in it that may switch, ascending */
	uint32_t n_switches;
	/* summary */
	bool is_async;            /* runs as a coroutine (async def, generator coroutine) */
	bool goes_on;             /* what it gives to a promise runs behind a switch, by itself */
	bool reaches_switch;      /* may reach a checkpoint when awaited */
	bool constructs;          /* construction: __init__, setup, and what only these call */
	bool in_thread;           /* runs in a thread of its own or of a pool */
	bool documented;          /* its documentation says that any thread may call it */
	bool served;              /* is a handler itself, by what it takes or where it is registered */
	bool preemptive;          /* that, or a plain method of an owner that threads share */
	bool awaited_somewhere;   /* a call of it in this file is awaited */
	uint8_t promise;          /* enum ra_promise: what a call of it is worth */
	bool cannot_fail;         /* and it never fails: all that it waits for and raises is caught */
	bool fails;               /* what a run of it is worth may be a failure: a Result */
	uint32_t told;            /* the READ or TEST whose outcome each run returns that returns
	                           * more than a literal: a predicate, a look-up; RA_NONE */
	uint8_t told_says;        /* enum ra_says of it, where what is returned is true, or there */
	bool endless;             /* a run of it has no end of its own */
	bool test;                /* a test function */
	uint32_t runtimes;        /* whose API it calls; what its class calls when it calls none; 0
	                           * in a file of several when nothing tells. PARALLEL unless
	                           * something shows that its tasks share one thread */
	bool own_scheduler;       /* a decorator runs it to its end: #[tokio::main] */
	const uint32_t *callers;  /* CALL and SPAWN facts of this file that start it */
	uint32_t n_callers;
	uint32_t spawned;         /* places of this file that spawn it */
	uint32_t escapes;         /* line where it is handed on uncalled, as a callback; 0 */
	struct ra_evidence self;  /* can it overlap with itself? */
	bool by_outer;            /* ... because the function in which it stands can */
};

struct ra_owner {                 /* a class of the file as a holder of state */
	bool owns_thread_lock, owns_async_lock, owns_sync_object; /* event, queue, future */
	bool own_lock;            /* the lock is of this very class, not inherited */
	bool spawns;              /* one of its units spawns a task or thread */
	bool class_level;         /* has state of the class, or an instance at module level */
	bool named_shared;        /* pool, cache, manager, client, server, registry, ... */
	bool threads;             /* a method of it runs in a thread */
	bool documented;          /* its documentation says that threads share it */
	bool confined;            /* it holds what may not leave its thread: a RefCell */
	uint32_t lock;            /* state index of its first lock, or RA_NONE */
	uint32_t line;            /* of the strongest evidence */
};

struct ra_import {
	struct ra_str local;      /* name in this file */
	struct ra_str full;       /* "asyncio", "asyncio.create_task", ".pool.Pool" */
	struct ra_str module, name; /* what it is taken of, and what: ".pool", "Pool"; no name: all
	                           * of it */
	uint32_t line;
};

struct ra_facts {
	const struct ra_shape *shape;
	const struct ra_source *source;
	const struct ra_api *api;
	uint32_t runtimes;            /* that the file uses */
	RA_VEC(struct ra_state) states;
	RA_VEC(struct ra_region) regions;
	RA_VEC(struct ra_fact) facts; /* by unit, then in order; INLINED copies at the end */
	RA_VEC(struct ra_import) imports;
	struct ra_unit_facts *units;  /* shape->units.n of them */
	struct ra_owner *owners;      /* shape->classes.n of them; at the index of a state's owner */
	uint32_t *first_here;         /* by token: the own fact whose node begins there; RA_NONE */
	uint32_t *last_in_block;      /* by block: the last position of its facts in the stream */
	uint64_t *steps;              /* that searches have taken, see RA_SEARCH_MAX */
};

/* All facts of a file; memory in `arena`, which must outlive nothing but `shape`. */
void ra_facts_build(struct ra_arena *arena, const struct ra_shape *shape, const struct ra_api *api,
		    struct ra_facts *out);

/* Does the fact itself touch the state, with nothing but what is around it to keep others out? A
 * test of a local looks at what was read before; a call that takes its object's own lock while it
 * runs (a concurrent map) keeps them out itself. */
static inline bool ra_fact_touches(const struct ra_fact *fact)
{
	return ra_fact_is_access(fact->kind) &&
	       !(fact->kind == RA_FACT_TEST && fact->origin != RA_NONE) &&
	       !ra_api_with(fact->row, RA_EFFECT_ACQUIRE);
}

/* Does the fact decide a branch by what the state is? A read that raises into a handler does. */
static inline bool ra_fact_decides(const struct ra_fact *fact)
{
	return fact->kind == RA_FACT_TEST ||
	       (fact->kind == RA_FACT_READ && fact->false_block != RA_NONE);
}

/* -- what detectors ask ---------------------------------------------------------------------- */

static inline const struct ra_fact *ra_fact(const struct ra_facts *facts, uint32_t index)
{
	return &facts->facts.v[index];
}

/*
 * Searches. Who looks for the partner of a fact goes from neighbour to neighbour on its state, not
 * over the whole unit. Each step is counted, of one card over one file. The last fence, for files
 * that nobody wrote by hand: beyond RA_SEARCH_MAX a search finds nothing more, and the card is
 * reported as not run in full.
 */
enum { RA_SEARCH_MAX = 4 * 1000 * 1000 };

static inline bool ra_facts_step(const struct ra_facts *facts)
{
	return ++*facts->steps <= RA_SEARCH_MAX;
}

/* The next fact of the stream on the same state, the one before; the next one of the file. */
static inline const struct ra_fact *ra_fact_next(const struct ra_facts *facts,
						 const struct ra_fact *fact)
{
	return fact->next != RA_NONE && ra_facts_step(facts) ? ra_fact(facts, fact->next) : NULL;
}

static inline const struct ra_fact *ra_fact_previous(const struct ra_facts *facts,
						     const struct ra_fact *fact)
{
	return fact->previous != RA_NONE && ra_facts_step(facts) ? ra_fact(facts, fact->previous)
								 : NULL;
}

static inline const struct ra_fact *ra_fact_next_use(const struct ra_facts *facts,
						     const struct ra_fact *fact)
{
	return fact->next_use != RA_NONE && ra_facts_step(facts) ? ra_fact(facts, fact->next_use)
								 : NULL;
}

/* The first fact of the file on the state, or NULL. */
static inline const struct ra_fact *ra_state_use(const struct ra_facts *facts, uint32_t state)
{
	uint32_t first = facts->states.v[state].first_use;

	return first != RA_NONE ? ra_fact(facts, first) : NULL;
}

/*
 * Does `b` come after `a` in one run of their unit? Both from one stream. ALWAYS: on every path
 * from a that does not raise; SOMETIMES: on some; NEVER: exclusive branches, or every path
 * from a leaves before b. Loops do not count as "after" unless `b` is before `a` in the same loop
 * (then SOMETIMES when `round` is true).
 */
enum ra_order { RA_ORDER_NEVER, RA_ORDER_SOMETIMES, RA_ORDER_ALWAYS };
enum ra_order ra_fact_order(const struct ra_facts *facts, const struct ra_fact *a,
			    const struct ra_fact *b, bool round);

/*
 * First checkpoint of the unit's stream that may run between a and b (positions in the stream), or
 * NULL. Only checkpoints on a path a -> checkpoint -> b count; RA_FACT_NO_SWITCH ones do not.
 */
const struct ra_fact *ra_fact_switch(const struct ra_facts *facts, const struct ra_unit_facts *unit,
				     uint32_t from, uint32_t to);

/* The first of the unit's switches at or behind a position of its stream. */
uint32_t ra_unit_switch(const struct ra_unit_facts *unit, uint32_t position);

/* A region of a lock that can guard `state` (RA_NONE: any) and is held at both; or NULL.
 * A lock of an instance does not guard class or module state; a private lock guards nothing. */
const struct ra_region *ra_fact_common_region(const struct ra_facts *facts, const struct ra_fact *a,
					      const struct ra_fact *b, uint32_t state);
/* Do both hold the same lock (maybe in two regions), on the same object as far as is known? */
bool ra_fact_same_lock(const struct ra_facts *facts, const struct ra_fact *a,
		       const struct ra_fact *b, uint32_t state);
/* Is the region held at the fact? The first of a lock's regions that is; NULL. */
bool ra_fact_in_region(const struct ra_fact *fact, uint32_t region);
const struct ra_region *ra_fact_region_of(const struct ra_facts *facts, const struct ra_fact *fact,
					  uint32_t lock);
bool ra_region_guards(const struct ra_facts *facts, const struct ra_region *region, uint32_t state);
/* Do both take the same lock: the same state, or, where it is none, the same text? */
bool ra_region_same_lock(const struct ra_region *a, const struct ra_region *b);
/* Is it a region of the lock: the very one, or the one of that name of a sibling class, where the one
 * object is of both? */
bool ra_region_is_of(const struct ra_facts *facts, const struct ra_region *region, uint32_t lock);
/* Is the region's lock that of the very object which the access is on? The lock of another object
 * of the same class guards nothing here; of another class it may. */
bool ra_region_covers(const struct ra_facts *facts, const struct ra_region *region,
		      const struct ra_fact *access);

/* Is `act` on the side of `test` where the tested thing is absent / present? RA_SAYS_VALUE: it
 * is governed but the test says neither. -1: not governed by it at all. */
int ra_fact_governed(const struct ra_facts *facts, const struct ra_fact *test,
		     const struct ra_fact *act);
/* The last position in the stream at which a fact can be governed by the test. */
uint32_t ra_fact_governs_to(const struct ra_facts *facts, const struct ra_fact *test);

/* Does the value written by `write` come from `read` (directly or through locals)? */
bool ra_fact_depends(const struct ra_fact *write, const struct ra_fact *read);

/* Same key text, or both without a key, or one of them the whole container. */
bool ra_fact_same_key(const struct ra_fact *a, const struct ra_fact *b);

/* Can a run of unit `u` overlap with a run of unit `v` (may be the same)? */
struct ra_evidence ra_units_together(const struct ra_facts *facts, uint32_t u, uint32_t v);

/* Sets of fact kinds. */
#define RA_KINDS(kind) (1u << (kind))
#define RA_KINDS_CHANGES (RA_KINDS(RA_FACT_WRITE) | RA_KINDS(RA_FACT_UPDATE) | \
			  RA_KINDS(RA_FACT_INSERT) | RA_KINDS(RA_FACT_DELETE))
#define RA_KINDS_READS (RA_KINDS(RA_FACT_READ) | RA_KINDS(RA_FACT_TEST) | RA_KINDS(RA_FACT_ITERATE))

/* A write of nothing (None, an empty value), besides the kinds of the set. */
#define RA_KINDS_RESET (1u << 31)

/*
 * A fact of one of `kinds` on `state`, in a unit that can overlap with `unit` and under no lock
 * that is held at `at` (NULL: whatever its locks); the unit itself counts when it can overlap
 * itself. The strongest evidence first, then source order. NULL when there is none.
 */
const struct ra_fact *ra_fact_conflict(const struct ra_facts *facts, uint32_t unit, uint32_t state,
				       const struct ra_fact *at, uint32_t kinds,
				       struct ra_evidence *why);

/* Is the state shared by nature, with reason: class-level, module, owner evidence? */
struct ra_evidence ra_state_shared(const struct ra_facts *facts, uint32_t state);

/* What is done with the value of an expression; `bound` gets the local that takes it, if one does. */
enum ra_use ra_use_of(const struct ra_node *node, struct ra_str *bound);

/* The fact whose node is `node` or, for a call inside `await`, the call's; RA_NONE when none. */
uint32_t ra_fact_of_node(const struct ra_facts *facts, const struct ra_node *node);
/* Is the fact (RA_NONE: no) a call of what runs its function once for all: `once.Do(f)`? */
bool ra_call_runs_once(const struct ra_facts *facts, uint32_t call);
/* Does the unit itself take any lock? */
bool ra_unit_takes_locks(const struct ra_facts *facts, uint32_t unit);
/* The first fact that starts the unit as a task; NULL when none does. */
const struct ra_fact *ra_unit_start(const struct ra_facts *facts, uint32_t unit);
/* The same where the unit is a task and nothing else: no caller runs it in line. */
const struct ra_fact *ra_unit_only_start(const struct ra_facts *facts, uint32_t unit);

/* Does the promise of a call never fail: of a unit that catches all, of a clock, of an executor that
 * has no way to reject? */
bool ra_promise_is_safe(const struct ra_facts *facts, const struct ra_fact *call);
/* What a chain of `then`, `catch`, `finally` begins with: the node itself when it is none. */
const struct ra_node *ra_promise_root(const struct ra_facts *facts, const struct ra_node *node);
/* What becomes of the promise that an expression is worth. */
struct ra_end ra_promise_end(const struct ra_facts *facts, const struct ra_node *node);

/* Innermost block of this role that encloses the block inside its unit, or 0. */
uint32_t ra_block_enclosing(const struct ra_shape *shape, uint32_t block, enum ra_block_role role);

/* One fact a line, for tests. */
void ra_facts_dump(const struct ra_facts *facts, struct ra_buf *out);

#endif
