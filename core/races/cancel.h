/*
 * cancel: what several detectors ask about cancellation and clean-up: which handler catches a
 * cancellation, what bounds or shields a place, which code runs to clean up.
 *
 * Cards say what a language calls these things: `cancelled` lists the last words of exceptions
 * that cancel (`foreign`: modules whose exception of that name means something else), `everything`
 * those of exceptions that catch these too, `cleanup` the words by which units that end something
 * are named, `shields` names of arguments and attributes that shield, also those of an API that has
 * no row.
 */
#ifndef RA_CANCEL_H
#define RA_CANCEL_H

#include "core/races/tree.h"

enum ra_catch {
	RA_CATCH_NONE,
	RA_CATCH_NAMED,       /* names a cancellation: `except CancelledError` */
	RA_CATCH_EVERYTHING   /* names no exception, or the base of all */
};

/* Does an exception expression (NULL: all) catch a cancellation? */
enum ra_catch ra_cancel_caught(const struct ra_detection *d, const struct ra_node *exception);
/* The same of a HANDLER; RA_CATCH_NONE too when one before it in its `try` catches it. */
enum ra_catch ra_cancel_reaches(const struct ra_detection *d, const struct ra_node *handler);

/* The exception expression of a HANDLER, or NULL. */
const struct ra_node *ra_handler_exception(const struct ra_node *handler);
/* The block of a statement with this role, or NULL. */
const struct ra_node *ra_cancel_block(const struct ra_shape *shape, const struct ra_node *owner,
				      enum ra_block_role role);

/* First checkpoint of the unit below `root`, from token `from` on, at which a cancellation can
 * arrive: one that may switch, no `yield` to a consumer, not in an inner `try` that catches it. */
const struct ra_fact *ra_cancel_point(const struct ra_detection *d, uint32_t unit,
				      const struct ra_node *root, uint32_t from);
bool ra_is_cancel_point(const struct ra_facts *facts, const struct ra_fact *fact);

/* Does the awaited call shield itself: `shields` is part of its name, or an argument that is on? */
bool ra_cancel_shields_itself(const struct ra_detection *d, const struct ra_fact *point);
/* Has the call that the checkpoint awaits the effect, by any of its rows? */
bool ra_cancel_awaits(const struct ra_facts *facts, const struct ra_fact *point,
		      enum ra_effect effect);

/* Does the checkpoint await the end of something, or an event: by its rows, or, for a call without
 * any, by a word of `waits` at either end of its name? No wait for room or an item in a queue. */
bool ra_cancel_waits(const struct ra_detection *d, const struct ra_fact *point);
/* The node that stands for the place of a checkpoint in its unit: that of the exit of a `with` is
 * the end of its body. */
const struct ra_node *ra_cancel_place(const struct ra_fact *point);
/* The call that is awaited there, or NULL. */
const struct ra_node *ra_cancel_awaited_call(const struct ra_fact *point);

/*
 * The `with` item around `node`, but not around `within` (NULL: of the unit), by which the effect
 * is in force there: a SHIELD that is on for sure, a TIMEOUT that has its operand. An operand that
 * is given by assignment counts (`s.shield = True`), the last one before `node` decides; of a
 * `with` around `within`, only one that is given within.
 */
const struct ra_node *ra_cancel_scope(const struct ra_detection *d, const struct ra_node *node,
				      const struct ra_node *within, enum ra_effect effect);
/* The same for a shield that may be on: `shield=hard`. */
const struct ra_node *ra_cancel_maybe_shield(const struct ra_detection *d,
					     const struct ra_node *node);
/* Bounded in time: by such a scope, by a call around it, or by an argument of its own. */
bool ra_cancel_bounded(const struct ra_detection *d, const struct ra_fact *fact);

/* Does an argument tell the call to return at once: `wait=False`, `False`, `0`? */
bool ra_cancel_told_not_to_wait(const struct ra_node *call);

/* Where the place cleans up: the FINALLY block, the HANDLER that a cancellation reaches, or the
 * FUNCTION whose name says so, innermost first; NULL: nowhere. */
const struct ra_node *ra_cancel_cleanup(const struct ra_detection *d, const struct ra_node *node);
/* In words: "`finally`", "`except BaseException`", "`close`". */
struct ra_str ra_cancel_cleanup_words(const struct ra_detection *d, const struct ra_node *cleanup);
bool ra_cancel_names_cleanup(const struct ra_detection *d, struct ra_str name);
bool ra_cancel_unit_cleans(const struct ra_detection *d, uint32_t unit);

#endif
