/*
 * call: what the files that make facts of a call share.
 *
 *     call.c     a call, and the await of one: what is evaluated before it, what it is worth
 *     effect.c   what its rows say that it does
 *     acquire.c  the locks that it takes and lets go
 *     start.c    what is started by it; channels
 */
#ifndef RA_FACTS_CALL_H
#define RA_FACTS_CALL_H

#include "core/facts/internal.h"

struct call {
	const struct ra_node *node, *callee;
	const struct ra_api_row *row;
	struct ra_str full;
	struct value receiver;
	struct place place;        /* of the receiver of a method */
	struct origins from;       /* of receiver and arguments */
	struct origins taken;      /* of a receiver that is a container, which was taken hold of
	                            * before: the object is of then, what is in it of now */
	const struct ra_node *same;/* the operand that it passes on as it is */
	const struct ra_node *accessed; /* the container that a function is given */
	struct value passed_on;    /* what `same` is worth */
	uint32_t guard;            /* region of the guard that is an argument; RA_NONE */
	uint32_t on;               /* region of a guard that the receiver is; RA_NONE */
	uint32_t own;              /* unit of the file that it runs */
	uint8_t promise;           /* enum ra_promise */
	bool awaited;
};

/* -- call.c -- */
/* What stands behind `&`; may be NULL. */
const struct ra_node *ra_referent(const struct ra_node *node);
/* Facts of the receiver, then of the arguments. */
void ra_call_receiver(struct build *b, struct call *call);
void ra_call_arguments(struct build *b, struct call *call);
/* The unit of the file that it runs; RA_NONE. */
uint32_t ra_call_unit(struct build *b, const struct call *call);
struct ra_str ra_call_name(struct build *b, const struct call *call);
struct ra_fact *ra_call_fact(struct build *b, enum ra_fact_kind kind, const struct call *call);

/* -- effect.c -- */
/* Does a call with the effect access the container that it is on? */
bool ra_effect_is_access(enum ra_effect effect);
/* Facts of the effects of one row; true when the call itself has its fact by it. */
bool ra_effect_facts(struct build *b, const struct call *call, const struct ra_api_row *row,
		     struct value *value);

/* -- acquire.c -- */
/* A unit of the file that returns a guard takes its lock for the caller. */
void ra_call_helper(struct build *b, const struct call *call, struct value *value);
/* The call takes its lock, or is no acquisition (false): a future, another kind of `read`. */
bool ra_call_acquires(struct build *b, const struct call *call, const struct ra_api_row *row,
		      struct value *value);
/* It runs the unit while it holds its receiver. */
void ra_call_runs_exclusive(struct build *b, const struct call *call, const struct ra_api_row *row,
			    uint32_t unit);
void ra_call_releases(struct build *b, const struct call *call, const struct ra_api_row *row);
/* The region that what is deferred releases: it lasts to the end of the unit; RA_NONE. */
uint32_t ra_deferred_region(struct build *b, const struct ra_node *call);

#endif
