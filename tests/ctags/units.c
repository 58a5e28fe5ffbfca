/*
 * The functions that the shape finds in the files whose paths stand on stdin, one a line:
 *
 *     <path> TAB <name> TAB <first line> TAB <last line> TAB <form>
 *
 * Form is "function", "literal" (arrows and closures too, by the name they are bound to if any) or
 * "signature".
 */
#include "core/shape/shape.h"

#include <stdio.h>

static const char *form_of(const struct ra_unit *unit)
{
	if (unit->flags & RA_U_ABSTRACT)
		return "signature";
	return unit->node->kind == RA_N_FUNCTION ? "function" : "literal";
}

static void print_units(const char *path, const struct ra_shape *shape)
{
	for (size_t i = 1; i < shape->units.n; i++) {
		const struct ra_unit *unit = &shape->units.v[i];

		if (!(unit->flags & (RA_U_MODULE | RA_U_BLOCK)))
			printf("%s\t%.*s\t%u\t%u\t%s\n", path, RA_FMT(unit->name), unit->line,
			       unit->end_line, form_of(unit));
	}
	for (size_t i = 0; i < shape->notes.n; i++)
		fprintf(stderr, "%s:%u: %s\n", path, shape->notes.v[i].line,
			shape->notes.v[i].text);
}

static int read_file(struct ra_arena *arena, const char *path)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	const struct ra_source_limits limits = { 0 };
	struct ra_tokens tokens;
	struct ra_shape shape;
	struct ra_error err;
	struct ra_str bytes;
	int rc = ra_file_read(arena, path, 0, &bytes, &err);

	if (rc == RA_OK)
		rc = ra_source_open(arena, ra_str(path), bytes, &limits, source, &err);
	if (rc) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		return rc;
	}
	ra_lex(arena, source, &tokens);
	ra_shape_build(arena, &tokens, &shape);
	print_units(path, &shape);
	return RA_OK;
}

int main(void)
{
	struct ra_arena arena;
	char path[4096];

	ra_arena_init(&arena, "file", 0);
	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = '\0';
		read_file(&arena, path);
		ra_arena_reset(&arena);
	}
	ra_arena_release(&arena);
	return 0;
}
