/*
 * tree: what several detectors ask of the syntax tree when the facts have no word for it: which
 * construct stands around a node, whether a name is ever read, which argument a call has.
 */
#ifndef RA_TREE_H
#define RA_TREE_H

#include "core/races/races.h"

/*
 * May all facts of the unit be held against each other, or against its text? Larger units are
 * generated, or made to keep us busy: shapes that ask for pairs are silent in them.
 */
enum { RA_PAIRS_MAX = 1000 };
static inline bool ra_tree_pairs(const struct ra_facts *facts, uint32_t unit)
{
	return facts->units[unit].n <= RA_PAIRS_MAX;
}

/* Nearest construct of this kind around `node` in the same unit, or NULL. */
const struct ra_node *ra_tree_around(const struct ra_node *node, enum ra_node_kind kind);
/* Is `node` the node `root` or below it? */
bool ra_tree_inside(const struct ra_node *node, const struct ra_node *root);
/* The call that makes a scope of tasks (`bounds`: or a bound in time) which the innermost such
 * `with` around `node` enters; `with` gets that statement. NULL when there is none in the unit. */
const struct ra_fact *ra_tree_scope(const struct ra_facts *facts, const struct ra_node *node,
				    bool bounds, const struct ra_node **with);

/* Can `node` run after `before` in one pass: it stands further down, not in another branch of the
 * same statement, and `before` does not stand where every path leaves? */
bool ra_tree_follows(const struct ra_shape *shape, const struct ra_node *node,
		     const struct ra_node *before);

/* First place under `root`, nested functions included, but not under `but` (may be NULL), that
 * reads the name: anything but a plain assignment to it or its deletion. NULL when none does. */
const struct ra_node *ra_tree_read(const struct ra_node *root, struct ra_str name,
				   const struct ra_node *but);

/* The target of the assignment that `value` is the value of. */
static inline const struct ra_node *ra_tree_target(const struct ra_node *value)
{
	const struct ra_node *target = value->up->kids;

	return target->kind == RA_N_ANNOTATION ? target->next : target;
}

/* The value of a keyword argument; NULL when it is not given. */
const struct ra_node *ra_tree_keyword(const struct ra_node *call, struct ra_str name);

/*
 * What a call is given under a name: a keyword argument, or an entry of an object among its
 * arguments. NULL when it is not; `open` is set when the name may be in what is only handed on: a
 * spread, an object that is not written here.
 */
const struct ra_node *ra_tree_option(const struct ra_node *call, struct ra_str name, bool *open);

/* What the only assignment in the file, of those that can be meant, gives to the name; NULL. */
const struct ra_node *ra_tree_initial(const struct ra_facts *facts, const struct ra_node *name);

/* Is the name one of the file's own where it stands: a parameter, or assigned to? No import is. */
bool ra_tree_is_declared(const struct ra_facts *facts, const struct ra_node *name);

/* Does the node itself, an assignment, a loop, a handler, a function or a class, give a value to
 * the name? */
bool ra_tree_binds(const struct ra_node *at, struct ra_str name);

/* Does the unit share its thread with the tasks of an event loop: a coroutine, or a callback that
 * the loop itself calls? Not where tasks run in parallel and it has its thread to itself. */
bool ra_tree_on_loop(const struct ra_facts *facts, uint32_t unit);

/* Does the unit carry a decorator whose last word (`contextmanager` of `a.contextmanager`) the
 * card lists under `param`? */
bool ra_tree_decorated(const struct ra_detection *d, uint32_t unit, const char *param);

/* Has the called method this effect, beside the one that the fact stands for? */
bool ra_tree_method_has(const struct ra_facts *facts, const struct ra_fact *call,
			enum ra_effect effect);

/* Does a comment beside the node, or on a line of its own above it, hold one of the card's words? */
bool ra_tree_excused(const struct ra_detection *d, const struct ra_node *node, const char *param);

/* Is the place there to show how things are used, or how fast they are: an example, a benchmark? By
 * the folders of its path. */
bool ra_tree_is_example(const struct ra_facts *facts, uint32_t line);

/* Is it part of a tool that a person runs, and waits for: by the folders of its path? */
bool ra_tree_is_tool(const struct ra_facts *facts, uint32_t line);

/* Does the unit run only as a program's own course, from its module's body on, in a file that gives
 * nothing to others? Nobody waits for what it does there. */
bool ra_tree_is_script(const struct ra_facts *facts, uint32_t unit);

/* Last word of a dotted chain, called or not: `b` of `a.b`, `a.b(c)`; empty for other nodes. */
struct ra_str ra_tree_last_word(const struct ra_node *node);

#endif
