/*
 * base: memory, text, vectors and errors. Everything else stands on this; it knows nothing.
 *
 * Memory. All allocation is by arena. An arena is a list of chunks with a ceiling; what it hands
 * out lives until the arena is reset or released, and nobody frees parts. There are three, named
 * by lifetime: `run` (configuration, cards), `repo` (findings) and `file` (bytes, tokens, shape,
 * facts; reset after each file).
 *
 * A full arena never returns NULL. ra_alloc jumps to the landing place of the innermost
 * ra_arena_try on that arena, which returns RA_ELIMIT: the caller records the file as skipped.
 * So code between needs no check after each allocation, and must hold nothing but arena memory
 * (foreign handles belong to structs that are opened outside the try).
 */
#ifndef RA_BASE_H
#define RA_BASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* -- errors -------------------------------------------------------------------------------- */

enum {
	RA_OK = 0,
	RA_ENOTFOUND = -1, /* a name, revision, path or object that does not exist */
	RA_EPARSE = -2,    /* malformed input: card, configuration, JSON, revision syntax */
	RA_EIO = -3,       /* the file system refused */
	RA_EGIT = -4,      /* the repository cannot be used */
	RA_ELIMIT = -5,    /* a ceiling was hit */
	RA_ENOMEM = -6,    /* the system has no memory */
	RA_EUSAGE = -7     /* the caller asked for something that cannot be */
};

/* An error travels as a value: the callee fills it, each caller may add context once. */
struct ra_error {
	int code;
	char text[512]; /* lower case, no full stop, subjects in single quotes, next step last */
};

/* Fill `err` (may be NULL) and return `code`, for `return ra_fail(err, RA_EPARSE, "...", ...)`. */
int ra_fail(struct ra_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "context: " before the text of `err` and return its code. */
int ra_wrap(struct ra_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -- text ---------------------------------------------------------------------------------- */

/* Borrowed bytes, not NUL-terminated unless the owner says so. Empty is {NULL or any, 0}. */
struct ra_str {
	const char *ptr;
	size_t len;
};

#define RA_STR(literal) ((struct ra_str){ (literal), sizeof(literal) - 1 })
#define RA_STR_INIT(literal) { (literal), sizeof(literal) - 1 } /* for static tables */
#define RA_FMT(s) (int)(s).len, (s).ptr                           /* for "%.*s" */

static inline struct ra_str ra_str(const char *text)
{
	return (struct ra_str){ text, text ? strlen(text) : 0 };
}

static inline struct ra_str ra_str_n(const char *text, size_t len)
{
	return (struct ra_str){ text, len };
}

static inline bool ra_str_eq(struct ra_str a, struct ra_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool ra_str_is(struct ra_str a, const char *text)
{
	return ra_str_eq(a, ra_str(text));
}

/* memcmp order, shorter first among equal prefixes. */
int ra_str_cmp(struct ra_str a, struct ra_str b);
bool ra_str_starts(struct ra_str s, struct ra_str prefix);
bool ra_str_ends(struct ra_str s, struct ra_str suffix);
/* Byte offset of `needle` in `s`, or -1. ra_str_ifind folds ASCII case. */
ptrdiff_t ra_str_find(struct ra_str s, struct ra_str needle);
ptrdiff_t ra_str_ifind(struct ra_str s, struct ra_str needle);
/* True when `word` stands in `s` with no identifier character on either side. */
bool ra_str_has_word(struct ra_str s, struct ra_str word);
struct ra_str ra_str_trim(struct ra_str s); /* ASCII white space off both ends */
/* Cut the part before the first `sep` off `*rest`; false when `*rest` was empty. */
bool ra_str_cut(struct ra_str *rest, char sep, struct ra_str *part);
/* What stands before the last `sep`: "a.b" of "a.b.c"; empty where there is none. */
struct ra_str ra_str_before_last(struct ra_str s, char sep);
/* May it stand in a name: a letter, a digit, '_', any byte that is not ASCII? */
bool ra_is_name_byte(char c);
uint64_t ra_str_hash(struct ra_str s); /* FNV-1a, 64 bit; stable over runs and machines */

/* -- arenas -------------------------------------------------------------------------------- */

struct ra_chunk;

struct ra_arena {
	struct ra_chunk *chunks; /* newest first */
	struct ra_chunk *spare;  /* emptied by a reset, to be used again */
	size_t n_spare;
	size_t used;             /* bytes handed out since the last reset */
	size_t held;             /* bytes taken from the system, spare ones too */
	size_t ceiling;          /* bytes; 0 is none */
	jmp_buf *landing;        /* set by ra_arena_try */
	const char *name;        /* for messages */
};

/* No allocation; `ceiling` in bytes, 0 for none. */
void ra_arena_init(struct ra_arena *arena, const char *name, size_t ceiling);
/* Forget all contents; up to 16 MiB are kept for reuse, none under ASan. */
void ra_arena_reset(struct ra_arena *arena);
void ra_arena_release(struct ra_arena *arena);

/*
 * Run `fn(arg)`; its result, or RA_ELIMIT with `err` filled when the arena was full meanwhile.
 * May nest on different arenas; on one arena the innermost landing place is used.
 */
int ra_arena_try(struct ra_arena *arena, int (*fn)(void *arg), void *arg, struct ra_error *err);

/* Zeroed memory aligned for any type; never NULL (see the top of this file). */
void *ra_alloc(struct ra_arena *arena, size_t size);
#define ra_new(arena, type) ((type *)ra_alloc((arena), sizeof(type)))
#define ra_new_array(arena, type, n) ((type *)ra_alloc_array((arena), sizeof(type), (n)))
void *ra_alloc_array(struct ra_arena *arena, size_t size, size_t n); /* checks the product */

/* Copies, NUL-terminated. ra_printf formats into the arena. */
struct ra_str ra_str_copy(struct ra_arena *arena, struct ra_str s);
const char *ra_cstr(struct ra_arena *arena, struct ra_str s);
struct ra_str ra_printf(struct ra_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct ra_str ra_vprintf(struct ra_arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0), nonnull(2)));

/* -- vectors ------------------------------------------------------------------------------- */

/*
 * A growing array in an arena: RA_VEC(struct ra_token) tokens = { 0 };
 *     *ra_vec_push(arena, &tokens) = token;
 *     for (size_t i = 0; i < tokens.n; i++) use(&tokens.v[i]);
 * Growth moves the items: keep indices, not pointers, while it grows.
 */
#define RA_VEC(...) struct { __VA_ARGS__ *v; size_t n, cap; } /* (type) */
#define ra_vec_push(arena, vec) \
	((vec)->v = (vec)->n < (vec)->cap ? (vec)->v \
		  : ra_vec_grow((arena), (vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v)), \
	 (vec)->n++, (vec)->v + (vec)->n - 1)
/* Room for more items than there are, zero. What was allocated last grows where it is; what fills a
 * chunk of its own is moved by the system, page by page: neither leaves a copy behind, nor are pages
 * taken that no item is in. */
void *ra_vec_grow(struct ra_arena *arena, void *items, size_t n, size_t *cap, size_t size);

/* Text that grows in an arena, NUL-terminated after each call. */
struct ra_buf {
	struct ra_arena *arena;
	char *ptr;
	size_t len, cap;
};

void ra_buf_init(struct ra_buf *buf, struct ra_arena *arena);
void ra_buf_add(struct ra_buf *buf, struct ra_str text);
void ra_buf_adds(struct ra_buf *buf, const char *text);
void ra_buf_addc(struct ra_buf *buf, char c);
void ra_buf_addf(struct ra_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct ra_str ra_buf_str(const struct ra_buf *buf)
{
	return (struct ra_str){ buf->ptr ? buf->ptr : "", buf->len };
}

/* -- map from text to number --------------------------------------------------------------- */

/* Open addressing in an arena; keys are borrowed and must outlive the map. */
struct ra_map {
	struct ra_arena *arena;
	struct ra_map_slot *slots;
	size_t n, cap;
};

void ra_map_init(struct ra_map *map, struct ra_arena *arena);
/* Pointer to the value of `key`, or NULL. Valid until the next ra_map_put. */
size_t *ra_map_get(const struct ra_map *map, struct ra_str key);
/* Pointer to the value of `key`, inserted as `fallback` when it was absent. */
size_t *ra_map_put(struct ra_map *map, struct ra_str key, size_t fallback);

/* -- files --------------------------------------------------------------------------------- */

/* Up to `size` bytes of an open file; fewer at its end (errno is 0) or on an error (errno says). */
size_t ra_file_fill(int fd, char *bytes, size_t size);
/* Write all of `text`; false, with errno, when that fails. */
bool ra_file_write(int fd, struct ra_str text);

/*
 * Bytes of a file that the user or the installation names, NUL-terminated; symlinks are followed.
 * RA_ENOTFOUND when there is none, RA_ELIMIT beyond `limit` bytes (0: none), RA_EIO.
 */
int ra_file_read(struct ra_arena *arena, const char *path, size_t limit, struct ra_str *bytes,
		 struct ra_error *err);

/* Names in a directory that end in `suffix` ("" for all) but hidden ones, sorted; RA_ENOTFOUND. */
int ra_dir_list(struct ra_arena *arena, const char *path, const char *suffix,
		struct ra_str **names, size_t *n, struct ra_error *err);

#endif
