/*
 * order: locks that are taken in different orders by files that are no one module. What a file says
 * of its locks is plain data that outlives it: which one is taken while which other one is held,
 * and which ones its functions take. Over all files these are joined to one graph, and a cycle that
 * no file has alone becomes a finding of the one it begins in.
 *
 * A lock is who declares it: language, file (or directory, where files are one module), class and
 * field, or name. One that is imported is what the import leads to; what leads nowhere orders
 * nothing.
 */
#ifndef RA_FINDINGS_ORDER_H
#define RA_FINDINGS_ORDER_H

#include "core/findings/findings.h"

struct ra_order_site {
	struct ra_str path, unit, code;   /* `code` is its line */
	uint32_t line, end_line, column;
};

struct ra_order_lock {
	struct ra_str id;                 /* empty: unknown */
	struct ra_str place, name;        /* for people: the file that declares it, and its name */
};

enum { RA_ORDER_GATES = 4 };

/* `second` is taken at `at` while `first` is held, maybe by a callee, at `acquire`. */
struct ra_order_edge {
	struct ra_order_lock first, second;
	struct ra_str callee;             /* `second` is unknown: whatever this function takes */
	struct ra_order_site held, at, acquire;
	struct ra_str gates[RA_ORDER_GATES]; /* ids of what else is held */
	unsigned n_gates;
	bool shared;                      /* neither keeps others of its kind out */
	size_t source;                    /* edges of one source were judged with it */
	struct ra_file_report *report;    /* of the file of `at`; NULL: it is not audited */
	struct ra_str fingerprint;        /* of a cycle that begins here */
	struct ra_str class_, function;
	enum ra_lang lang;
};

struct ra_order_use {
	struct ra_str callee;
	struct ra_order_lock lock;
	struct ra_order_site acquire;
};

struct ra_orders {
	RA_VEC(struct ra_order_edge) edges;
	RA_VEC(struct ra_order_use) uses;
	size_t sources;
};

/* Where `name` of a module that a file imports is declared: path, and its name there. False when
 * that is not in the tree. */
struct ra_order_names {
	bool (*find)(void *arg, struct ra_str from, struct ra_str module, struct ra_str name,
		     struct ra_str *path, struct ra_str *inner);
	void *arg;
};

/*
 * Add what one source says, to be kept in `repo`; `arena` is for scratch. `candidates`, of
 * the same facts, keep the graph; `files` is as in ra_findings_collect. At most RA_ORDER_EDGES of one source, ten times that in all.
 */
enum { RA_ORDER_EDGES = 2000 };
void ra_orders_collect(struct ra_arena *repo, struct ra_arena *arena, const struct ra_facts *facts,
		       struct ra_candidates *candidates, const struct ra_card *card,
		       const struct ra_order_names *names, struct ra_file_report *const *files,
		       struct ra_orders *out);

/* Find the cycles and add them to the reports of their files, suppressions applied. */
void ra_orders_join(struct ra_arena *repo, const struct ra_card *card, struct ra_orders *orders);

#endif
