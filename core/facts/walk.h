/*
 * walk: what the files that walk statements share.
 *
 *     walk.c     units, blocks, definitions, `with`, plain statements
 *     branch.c   branches and loops: what is held, known and bound on each way and behind them
 */
#ifndef RA_FACTS_WALK_H
#define RA_FACTS_WALK_H

#include "core/facts/internal.h"

/* The guards that are held at a place. */
struct held {
	uint32_t v[REGIONS_HELD_MAX];
	uint32_t n;
};

struct held ra_held_save(const struct build *b);
void ra_held_restore(struct build *b, const struct held *held);

/* -- walk.c -- */
void ra_walk_block(struct build *b, const struct ra_node *block);
/* Is the end of the block reached? */
bool ra_block_falls(const struct build *b, const struct ra_node *block);

/* -- branch.c -- */
/* Where the sides of a test run, as in struct ra_fact. */
struct sides { uint32_t true_block, true_from, false_block, false_from; };

void ra_tests_sides(struct build *b, const struct tests *tests, const struct sides *sides);
void ra_walk_if(struct build *b, const struct ra_node *node);
void ra_walk_while(struct build *b, const struct ra_node *node);
void ra_walk_for(struct build *b, const struct ra_node *node);
void ra_walk_match(struct build *b, const struct ra_node *node);
void ra_walk_select(struct build *b, const struct ra_node *node);
void ra_walk_try(struct build *b, const struct ra_node *node);

#endif
