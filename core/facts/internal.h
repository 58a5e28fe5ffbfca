/*
 * internal: what the files of this folder share. The order of work is that of ra_facts_build.
 *
 * api.c      the rows of API tables, by name
 * exports.c  what other files may take of this one, and it of them; apart from the rest
 * imports.c  which name of the file stands for what of another one
 * classes.c  classes and their bases, methods, fields
 * names.c    which name means what in which unit
 * state.c    storage that two units can reach
 * annotate.c what a declared type says
 * place.c    which state an expression denotes
 * callee.c   which function a callee means: its full name, its row
 * value.c    what an expression is worth: kind, alias of a state, the facts it comes from
 * value_call.c   the same of calls
 * kinds.c    what states and locals hold, before the walk
 * fact.c     how a fact is made, and the regions it holds
 * expr.c     facts of expressions
 * condition.c, assign.c   of conditions; of what takes a value
 * call.c, effect.c, acquire.c, start.c   of calls: call.h
 * use.c      what is done with a value
 * walk.c, branch.c   facts of statements in order, with the guards held: walk.h
 * guards.c   guards that last as long as a value
 * makes.c    units that return what they make
 * gives.c    units that return a task which they start
 * handles.c  which lock a handle is of, and what a lock holds
 * entered.c  guards that a context manager of the file holds for its body
 * entry.c    locks that are held when a unit is entered
 * said.c     what comments and docstrings promise
 * promise.c  which calls are worth promises; fate.c  what becomes of those
 * safe.c     which of them, and which units, cannot fail
 * outcome.c  how a run of a unit can end
 * summary.c  what follows from all facts together: callees, streams
 * stream.c   the facts of a unit with those of what it calls
 * runtime.c  which schedulers run a unit, on one thread or several
 * together.c who can overlap with whom
 * links.c    neighbours: which facts touch a state, begin at a token, stand in a block
 * guarded.c  which regions keep others from a state
 * query.c    the questions of detectors
 * dump.c     all of it as text
 */
#ifndef RA_FACTS_INTERNAL_H
#define RA_FACTS_INTERNAL_H

#include "core/facts/facts.h"

enum {
	DEPENDS_MAX = 12, INLINED_MAX = 200000, REGIONS_HELD_MAX = 16, REBINDINGS_MAX = 1024,
	REMEMBERED_MAX = 64,
	ANCESTORS_MAX = 64 /* classes of a file that one derives from; more is no program */
};

/* Steps of `a.b().c` that are followed: each is asked for the whole of what lies below it. */
enum { CHAIN_MAX = 40 };

/* Indices of facts that a value comes from. */
struct origins {
	uint32_t v[DEPENDS_MAX];
	uint32_t n;
};

/* What an expression, or a local that was bound to it, is worth. */
struct value {
	struct origins from;
	uint8_t kind, element;             /* enum ra_kind */
	uint32_t api_flags, runtimes;      /* of its constructor */
	uint32_t class_;                   /* 1 + class it is an instance of, 0 unknown */
	uint32_t element_class;            /* 1 + class of its elements, or of what it wraps */
	uint32_t class_itself;             /* 1 + class it is, 0 none */
	uint32_t state;                    /* the state whose object it is, RA_NONE */
	uint32_t element_of;               /* the container state it was taken from, RA_NONE */
	struct ra_str key;                 /* of element_of */
	uint32_t unit;                     /* the unit it refers to, uncalled; RA_NONE */
	uint32_t coroutine;                /* the async unit it is an unawaited call of; RA_NONE */
	uint32_t call;                     /* the fact of the call it is the result of; RA_NONE */
	uint32_t direct;                   /* the access whose very value it is; RA_NONE */
	struct ra_str full;                /* dotted name after imports; "" unknown */
	bool declared;                     /* ... of the type that it is declared to be of */
	struct ra_str type;                /* the same of what it is an instance of, where another
	                                    * file of the tree says what its methods are; "" */
	const struct ra_node *results;     /* the types of several results: a TUPLE; or NULL */
	const struct ra_node *parts;       /* the TUPLE that made it, or NULL */
	uint32_t guard;                    /* region that lasts as long as the value; RA_NONE */
	bool constant, null, copy;
	bool made;                         /* by this unit, and not yet handed on: private */
	bool held;                         /* what a guard lets at: `state` is behind its lock */
	struct ra_str base;                /* of what is held: the object that has the lock */
	bool handle;                       /* of something shared: a clone of it is the same */
	uint8_t promise;                   /* enum ra_promise */
	uint8_t calls;                     /* the same of what a call of it is worth */
	uint32_t room;                     /* of a channel, as in struct ra_state */
	uint32_t goes_with;                /* of a condition, the same */
	bool compared;                     /* the outcome of comparing what `direct` read */
	uint8_t said;                      /* enum ra_says of that, where it is true */
};

/*
 * A local of a unit. Where names belong to blocks a unit may have several of one name, each seen
 * from one token to another; the innermost is the one that began last.
 */
struct local {
	struct ra_str name;
	uint32_t from, to;                 /* tokens, both inclusive, between which it is seen */
	uint32_t at;                       /* token of the name that declares it */
	uint32_t same;                     /* the one of its name declared before it, RA_NONE */
	bool loop;                         /* declared in the head of a loop */
	struct value value;
	uint32_t block;                    /* where it was bound first */
	bool bound;                        /* the walk has passed its first binding */
	bool captured;                     /* an inner unit uses it: a CLOSURE state */
	bool written_inside;               /* ... and changes it */
	uint32_t state;                    /* of a captured one */
};

/* Names of one unit. */
struct scope {
	struct ra_map locals;              /* name -> index in `list` of its last one */
	RA_VEC(struct local) list;
	struct ra_map globals;             /* `global` and `nonlocal` names */
	struct ra_map units;               /* functions defined directly in it -> unit index */
};

struct class_names {
	struct ra_map methods;             /* name -> unit index */
	struct ra_map fields;              /* every field it mentions through its receiver */
	uint32_t bases[4], n_bases;        /* class indices of this file */
	/* the class and all that it derives from, each once; at most ANCESTORS_MAX */
	const uint32_t *nearest, *topmost; /* as a method is looked up; bases before what derives */
	uint32_t n_ancestors;
};

struct build {
	struct ra_arena *arena;
	struct ra_facts *out;
	const struct ra_shape *shape;
	const struct ra_api *api;
	struct ra_map *imports;            /* by part of the source: local name -> index in
	                                    * out->imports */
	struct ra_map states;              /* "scope owner field" -> state */
	struct ra_map classes;             /* name -> class index (module level and nested) */
	struct scope *module;              /* == scopes[0]: names of the module */
	struct scope *scopes;              /* by unit */
	struct class_names *class_names;   /* by class */
	uint32_t *class_of_block;          /* by block: 1 + class whose body it is in, 0 none */
	/* the walk's position */
	uint32_t unit, block;
	const struct ra_node *statement;
	uint32_t held[REGIONS_HELD_MAX], n_held;
	bool in_condition;
	const uint32_t *held_list;         /* `held` as facts carry it; NULL when it changed */
	/* locals that the current branches rebound, with what they were worth before */
	RA_VEC(struct rebinding { uint32_t unit, local, block; struct value before; }) rebindings;
	/* guards that live as long as a value: of the statement at hand, and bound in a block */
	RA_VEC(uint32_t) temporaries;
	RA_VEC(struct owned { uint32_t region, block; }) owned;
	struct value tail;                 /* of the block that ended last, where blocks have values */
	uint32_t lets_in;                  /* the block in which a condition's pattern binds; 0 */
	bool handing_over;                 /* in arguments of a call that runs what it is given */
	unsigned timed;                    /* bounds in time around the place */
	uint32_t inlined;
	struct ra_map rebound;             /* state names assigned through an instance */
	uint8_t *makes;                    /* by unit: what it returns is its own; NULL (makes.c) */
	bool block_scoped;
	bool in_bases;                     /* the bases of a class are looked up */
	/* what parts of the expression are worth whose worth is asked for now */
	struct remembered { const struct ra_node *node; uint64_t question; struct value value; }
		remembered[REMEMBERED_MAX];
	uint64_t question;
	unsigned asking;
};

/* -- facts.c -- */
void ra_facts_open(struct build *b, struct ra_arena *arena, const struct ra_shape *shape,
		   const struct ra_api *api, struct ra_facts *out);

/* -- names.c -- */
void ra_facts_names(struct build *b); /* imports and classes too */
struct scope *ra_scope_here(struct build *b);
/* The local that `name` means at token `at` of the unit that declares it; NULL when it has none. */
struct local *ra_local(struct build *b, uint32_t unit, struct ra_str name, uint32_t at);
/* The local that `name` means in the current unit, its own or of an enclosing function, at token
 * `at`. `owner` gets the unit. NULL: a module name or a builtin. */
struct local *ra_visible_local(struct build *b, struct ra_str name, uint32_t at, uint32_t *owner);
uint32_t ra_function_named(struct build *b, uint32_t unit, struct ra_str name); /* visible */
/* "self.rows" of a method, as who calls it on `base` would write it; as it is where no object is. */
struct ra_str ra_text_for_caller(struct build *b, uint32_t unit, struct ra_str base,
				 struct ra_str text);
/* The local that an assignment's target makes or changes: a new one is seen only behind it. */
struct local *ra_target_local(struct build *b, const struct ra_node *target);
/* Class of the object that `name` is in the current unit: the receiver of the method or of an
 * enclosing one. `itself` is set when it is the class (cls). RA_NONE. */
uint32_t ra_receiver_class(struct build *b, struct ra_str name, uint32_t at, bool *itself);

/* -- imports.c -- */
void ra_facts_read_imports(struct build *b);
void ra_facts_read_runtimes(struct build *b);
const struct ra_import *ra_import_of(struct build *b, struct ra_str local); /* NULL */
struct ra_str ra_import_full(struct build *b, struct ra_str local); /* "" when not imported */
/* `x = require("m")` is an import too. */
bool ra_import_required(struct build *b, const struct ra_node *assign, struct ra_import *out);

/* -- classes.c -- */
void ra_facts_read_classes(struct build *b);
uint32_t ra_class_named(struct build *b, struct ra_str name);      /* RA_NONE */
uint32_t ra_class_meant(struct build *b, const struct ra_node *name); /* or the type at hand */
uint32_t ra_method_named(struct build *b, uint32_t class_, struct ra_str name); /* with bases */
/* Class whose field it is: the topmost base of this file that mentions it, else itself. */
uint32_t ra_field_owner(struct build *b, uint32_t class_, struct ra_str field);
/* A field that a class mentions, if the node is one: `self.x`, `cls.x`, a name in its body. */
void ra_class_note_field(struct build *b, const struct ra_node *node);

/* -- state.c -- */
struct ra_state *ra_state_at(struct build *b, uint32_t index);
uint32_t ra_state_get(struct build *b, enum ra_scope scope, uint32_t owner, struct ra_str field,
		      uint32_t line);
/* A field's state that is there already; RA_NONE. */
uint32_t ra_state_find(struct build *b, uint32_t class_, struct ra_str field);
/* Each local has its own, whatever its name. */
uint32_t ra_state_of_local(struct build *b, uint32_t owner, const struct local *local,
			   uint32_t line);

/* -- value.c -- */
struct value ra_value_none(void);
void ra_value_join(struct value *into, const struct value *from);   /* union, for branches */
void ra_origins_add(struct origins *origins, uint32_t fact);
void ra_origins_join(struct origins *into, const struct origins *from);
/* Value of an expression as far as it can be told without making facts. */
struct value ra_value_of(struct build *b, const struct ra_node *node);
struct value ra_value_of_state(struct build *b, uint32_t state);
/* The n-th of several targets that take a value: by the types of its results; where a second one
 * only says whether there is one (`v, ok := m[k]`), the first takes it. */
struct value ra_value_part(struct build *b, const struct value *value, unsigned n);

/* -- value_call.c -- */
struct value ra_value_of_call(struct build *b, const struct ra_node *node);
/* Of the expression that a condition is made with: 1 + the state of the lock; 0 unknown. */
uint32_t ra_lock_of_condition(struct build *b, const struct ra_node *lock);
/* What a call passes on as it is: its receiver, or the operand of its row; NULL. */
const struct ra_node *ra_same_operand(const struct ra_api_row *row, const struct ra_node *call);
/* What becomes of it: a copy, a handle of the same, the thing itself. */
struct value ra_value_passed(const struct ra_api_row *row, struct value operand);

/* -- annotate.c -- */
struct value ra_value_annotated(struct build *b, const struct ra_node *annotation); /* may be NULL */
/* Of the row that says how a value of that full name is made. */
struct value ra_value_by_full(struct build *b, struct ra_str full);
/* What a call of the unit is worth by its declared result. */
struct value ra_value_of_result(struct build *b, uint32_t unit);

/* -- kinds.c -- */
/* Kind by a name alone: "lock", "_mutex", "sem", "queue"; UNKNOWN else. */
enum ra_kind ra_kind_by_name(struct ra_str name);
/* Give states and locals their kinds from initialisers and annotations, before the walk. */
void ra_facts_kinds(struct build *b);

/* -- callee.c -- */
/* Full dotted name after imports of a NAME or MEMBER chain; "" when its root is no import. */
struct ra_str ra_full_name(struct build *b, const struct ra_node *node);
/* Row and full name that a callee expression means; no facts are made. */
const struct ra_api_row *ra_callee_row(struct build *b, const struct ra_node *callee,
				       struct ra_str *full);
/* The same in two steps, so that a chain of calls costs its length: what the object of a method, or
 * the name that is called, is worth; and the row for a callee on that. */
struct value ra_callee_receiver(struct build *b, const struct ra_node *callee);
const struct ra_api_row *ra_callee_row_on(struct build *b, const struct ra_node *callee,
					  const struct value *receiver, struct ra_str *full);
/* The row of a method in a class outside of this file that a class of it derives from:
 * `socketserver.X:handle`. NULL. */
const struct ra_api_row *ra_base_row(struct build *b, uint32_t class_, struct ra_str method);
/* The same of a DECORATOR node; else the row `@name` of its last name. */
const struct ra_api_row *ra_decorator_row(struct build *b, const struct ra_node *decorator,
					  struct ra_str *full);
/* Where the class of the receiver has no such method, but an embedded field: the receiver becomes
 * the field, whose state is returned; else RA_NONE. */
uint32_t ra_value_promote(struct build *b, struct value *receiver, struct ra_str method);

/* -- place.c -- */
/* A place that holds a state: what NAME, MEMBER and INDEX chains denote. */
struct place {
	uint32_t state;                    /* RA_NONE: not a state */
	struct ra_str base;
	const struct ra_node *key;         /* of INDEX; NULL */
	bool alias, bare;
	bool nested;                       /* an entry of the entry: a[k][j] */
	bool fresh;                        /* of an object that this unit has just made */
	bool held;                         /* behind a guard that the expression itself holds */
};
struct place ra_place_of(struct build *b, const struct ra_node *node);
/* What it holds. */
struct value ra_value_of_place(struct build *b, const struct place *place);

/* -- fact.c -- */
struct ra_fact *ra_fact_new(struct build *b, enum ra_fact_kind kind, const struct ra_node *node);
struct ra_fact *ra_fact_access(struct build *b, enum ra_fact_kind kind, const struct ra_node *node,
			       const struct place *place);
struct ra_fact *ra_fact_checkpoint(struct build *b, const struct ra_node *node, enum ra_switch how,
				   uint32_t call);
/* A key, and a copy or reference of it, are one. */
const struct ra_node *ra_plain_key(struct build *b, const struct ra_node *key);
void ra_fact_set_key(struct build *b, struct ra_fact *fact, const struct ra_node *key); /* or NULL */
uint32_t ra_region_open(struct build *b, const struct ra_fact *acquire, const struct value *lock,
			struct ra_str text, bool with);
void ra_region_close(struct build *b, uint32_t region, uint32_t release);
/* The fact holds one region more, by what is known only when all facts are there. */
void ra_region_hold(struct build *b, struct ra_fact *fact, uint32_t region);
/* The innermost held region of the lock that this value or text means; RA_NONE. */
uint32_t ra_region_held(struct build *b, const struct value *lock, struct ra_str text);

/* -- expr.c, call.c -- */
/* Facts of an expression, in the order of evaluation; what it is worth. */
struct value ra_eval(struct build *b, const struct ra_node *node);
struct value ra_eval_call(struct build *b, const struct ra_node *node, bool awaited);
struct value ra_eval_await(struct build *b, const struct ra_node *node);
/* Facts of what a loop or comprehension runs over; ITERATE for a state that is not copied. */
struct value ra_eval_iterable(struct build *b, const struct ra_node *node, uint32_t body);
/* What a COMPARE says of its left side (of the entry, for `in`) where it holds. */
enum ra_says ra_compare_says(const struct ra_node *node);
/* The container that is run over: behind enumerate(S), S.items(); NULL when it is a copy of one. */
const struct ra_node *ra_iterated(struct build *b, const struct ra_node *node);

/* -- condition.c -- */
/* Facts of a condition; its tests get their sides by ra_tests_sides. */
struct tests {
	RA_VEC(struct test_side { uint32_t fact; bool true_known, false_known; }) list;
};
void ra_eval_condition(struct build *b, const struct ra_node *node, struct tests *tests);
/* The same of what a pattern is held against: present where it matches. */
struct value ra_eval_tested(struct build *b, const struct ra_node *node, struct tests *tests);

/* -- acquire.c, assign.c, start.c -- */
/* Is what `with` enters a guard? Its region is opened then, behind the switch of an async one. */
uint32_t ra_eval_item(struct build *b, const struct ra_node *item, bool async, struct value *value);
void ra_assign(struct build *b, const struct ra_node *target, const struct value *value);
/* The same for a target whose parts have been evaluated. */
void ra_store(struct build *b, const struct ra_node *target, const struct value *value);
/* `go f(x)`: what it starts runs apart. `defer f(x)`: it runs at the end. */
void ra_eval_started(struct build *b, const struct ra_node *statement);
/* A send, or a receive: of a channel that is a state or a local. */
struct value ra_eval_channel(struct build *b, const struct ra_node *node, enum ra_fact_kind kind,
			     const struct ra_node *channel);

/* The object that a local holds, made by this unit, is stored, sent or handed to another task. */
void ra_publish(struct build *b, const struct ra_node *node);

/* -- makes.c -- */
/* Is what a call of the unit is worth a new object, which nobody else has? */
bool ra_unit_makes(struct build *b, uint32_t unit);
/* Does a function call the method on what it makes and returns? */
bool ra_unit_constructs_for(struct build *b, const struct ra_fact *call);

/* -- said.c -- */
/* The comment above a unit or class and the one that its body begins with; or its docstring. */
struct ra_str ra_words_about(struct build *b, const struct ra_node *node, uint32_t line);
/* Cut off the first sentence: a full stop with a blank behind it ends it, and so does an empty line. */
bool ra_words_sentence(struct ra_str *rest, struct ra_str *sentence);
/* Is one of the words in the text, in capitals or not? */
bool ra_words_any(struct ra_str text, const char *const *words, size_t n);
#define RA_SAYS_ANY(text, words) ra_words_any(text, words, sizeof(words) / sizeof(*(words)))
/* Do they say that several threads may use it at a time? */
bool ra_words_promise_threads(struct build *b, const struct ra_node *node, uint32_t line);

/* -- gives.c -- */
/* Does the unit start a task, and return its handle without keeping it? */
struct ra_export_task;
bool ra_unit_gives_task(struct build *b, uint32_t unit, struct ra_export_task *out);

/* -- guards.c: regions that last as long as a value -- */
/* The region's guard has just been made: it is a temporary of the statement. */
void ra_guard_made(struct build *b, uint32_t region);
/* It is bound to a name: it lasts to the end of the block at hand. */
void ra_guard_bound(struct build *b, uint32_t region);
/* It ends here: dropped, or moved away. */
void ra_guard_ends(struct build *b, uint32_t region, const struct ra_node *at);
/* The statement, or the head, that began with so many temporaries is over. */
void ra_guard_temporaries_end(struct build *b, size_t first, const struct ra_node *at);
/* The block, which began with so many temporaries, is over; a guard that is its value goes on. */
void ra_guard_block_ends(struct build *b, const struct ra_node *block, size_t first);
/* Behind a head whose pattern gave guards taken since region `first` to a branch: they are over. */
void ra_guard_head_ends(struct build *b, uint32_t first);
/* On the way where the pattern did not match: what was taken since region `first` by calls that may
 * give up is not held; `all`: nor what others took, which ends with the match. */
void ra_guard_not_taken(struct build *b, uint32_t first, bool all);

/* -- promise.c -- */
/* Which units return promises: before the walk. */
void ra_facts_promises(struct build *b);
/* What only the facts of all units tell: calls by their uses, units that cannot fail. */
void ra_facts_fates(struct build *b);

/* -- safe.c -- */
/* cannot_fail of all units, from all facts. */
void ra_facts_safe(struct build *b);
/* cannot_fail of a unit, as far as the tree alone tells. */
bool ra_unit_is_safe(struct build *b, uint32_t unit);

/* -- handles.c: where what is shared stands behind guards and handles -- */
/* A local takes a lock, a channel, a handle: it is a state, the same one as what it is a clone of. */
void ra_handle_bound(struct build *b, uint32_t unit, struct local *local, const struct value *value,
		     const struct ra_node *at);
/* What the guard of a lock, the expression `node`, lets at. */
struct value ra_value_held(struct build *b, const struct value *lock, const struct ra_node *node);
/* The n-th of a tuple that is a state. */
uint32_t ra_state_of_part(struct build *b, uint32_t tuple, unsigned n, const struct value *part);
/* A field of what stands behind a guard. */
uint32_t ra_state_of_field(struct build *b, uint32_t state, struct ra_str field);
/* The state that stands for the path to an object of unknown type; RA_NONE when it is no path. */
uint32_t ra_state_of_path(struct build *b, const struct ra_node *node);
bool ra_kind_is_shared(unsigned kind);
/* May several tasks get at it without a guard: an atomic, a cell, a static, a concurrent map? */
bool ra_kind_is_interior(const struct ra_state *state);

/* -- walk.c, outcome.c, summary.c, stream.c, runtime.c, together.c -- */
/* A statement, also one that stands as an operand. */
void ra_walk_statement(struct build *b, const struct ra_node *node);
/* May other files run it? */
bool ra_unit_is_public(const struct build *b, const struct ra_unit *unit);
bool ra_name_is_dunder(struct ra_str name); /* `__enter__`: the language itself calls it */
void ra_facts_walk(struct build *b);
void ra_facts_outcomes(struct build *b);
void ra_facts_summaries(struct build *b);
void ra_facts_streams(struct build *b);
bool ra_unit_is_constructor(const struct build *b, const struct ra_unit *unit);
void ra_facts_entered(struct build *b);
void ra_facts_entry(struct build *b);
void ra_facts_runtimes(struct build *b);
void ra_facts_together(struct build *b);
void ra_facts_links(struct build *b);

#endif
