/*
 * exports: what the files of a tree know of each other, as plain values. One file's shape tells
 * what it takes of which module, and what others may take of it; who finds a module's file, and
 * hands the rows of what it exports to the facts of another, is core/exports.c.
 *
 * Only what matters to users is told: a call of an async function, or of an async method of a
 * class or object, is worth a promise, or a coroutine, that somebody has to wait for; a function that
 * starts a task for its caller gives it the handle; and a lock, a queue, an event is one wherever it
 * is used.
 */
#ifndef RA_FACTS_EXPORTS_H
#define RA_FACTS_EXPORTS_H

#include "core/facts/facts.h"

/* A call starts a task, of what stands at `position`, and is worth its handle; of no runtime: not. */
struct ra_export_task {
	uint32_t runtimes;
	int position;
};

struct ra_export_member {
	struct ra_str name;
	struct ra_export_task task;
	bool of_class;            /* called on the class itself */
	bool safe;                /* it cannot fail */
};

struct ra_export {
	struct ra_str name;       /* "save", "default"; empty: what the module itself is worth; "*":
	                           * all that `module` exports */
	struct ra_str module;     /* it comes from there; empty: it is the file's own */
	struct ra_str inner;      /* what it is called there; empty: the module itself */
	bool async;               /* a call of it is to be awaited */
	bool safe;                /* and cannot fail */
	bool class_;              /* else a function, or an object with the members */
	uint8_t kind;             /* enum ra_kind of a guard or what tasks coordinate by; UNKNOWN */
	uint32_t api_flags, runtimes; /* of what made that. A class with the kind of a container is one
	                               * that takes a lock of its own */
	struct ra_str base_module, base_name; /* a class' base in another file; empty */
	struct ra_export_task task;
	RA_VEC(struct ra_export_member) members; /* those whose calls are to be awaited, or kept */
};

/* A package without a list of what it exports exports the names of its modules too. */
struct ra_exports { RA_VEC(struct ra_export) list; };

/* What a file exports, in its order; at most RA_EXPORTS_MAX. */
enum { RA_EXPORTS_MAX = 1000 };
void ra_facts_exports(struct ra_arena *arena, const struct ra_shape *shape,
		      const struct ra_api *api, struct ra_exports *out);

/* What a file imports; `module` and `name` say what to look for, `full` what it is called here. */
struct ra_imports { RA_VEC(struct ra_import) list; };
void ra_facts_imports(struct ra_arena *arena, const struct ra_shape *shape,
		      const struct ra_api *api, struct ra_imports *out);

/*
 * Rows for one thing that is imported as `full`, on top of a table that was opened by
 * ra_api_open_over.
 */
void ra_api_add_export(struct ra_api *api, struct ra_arena *arena, struct ra_str full,
		       const struct ra_export *exported);

#endif
