/*
 * What the two files that read types share. Each function reads what its name says, and gives NULL
 * where it is none: then the caller goes back.
 */
#ifndef RA_SHAPE_JAVASCRIPT_TYPE_H
#define RA_SHAPE_JAVASCRIPT_TYPE_H

#include "core/shape/javascript.h"

struct types {
	unsigned closing;      /* `>` of the token at hand that are taken already */
	unsigned depth;
};

/* -- javascript_type.c -- */
struct ra_node *js_types_one(struct ra_builder *build, struct types *types);

/* -- javascript_type_brackets.c -- */
/* `(a: A) => B`; what stands before it, such as `new`, begins at `first`. */
struct ra_node *js_types_function(struct ra_builder *build, struct types *types, uint32_t first);
/* Do parameters stand in the parentheses at hand? */
bool js_types_parameters(const struct ra_builder *build);
struct ra_node *js_types_group(struct ra_builder *build, struct types *types);
struct ra_node *js_types_tuple(struct ra_builder *build, struct types *types);
struct ra_node *js_types_object(struct ra_builder *build, struct types *types);

#endif
