/*
 * Arenas, text, vectors, map. The one place that calls malloc and free: ceilings are kept here
 * and nowhere else. Under AddressSanitizer each block is an allocation of its own, so that a
 * read past a block, or after a reset, is seen.
 */
#include "core/base/base.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define ONE_BLOCK_EACH 1
#define forbid(block, size) ASAN_POISON_MEMORY_REGION(block, size) /* of a vector that has moved */
#else
#define ONE_BLOCK_EACH 0
#define forbid(block, size) ((void)(block))
#endif

enum { CHUNK_BYTES = 256 * 1024, SPARE_CHUNKS = 64, ALIGN = 16 };

struct ra_chunk {
	struct ra_chunk *older;
	size_t size, used; /* of `bytes` */
	_Alignas(ALIGN) char bytes[];
};

int ra_fail(struct ra_error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

int ra_wrap(struct ra_error *err, const char *format, ...)
{
	char inner[sizeof(err->text)];
	va_list args;
	size_t n;

	if (!err)
		return RA_EIO;
	memcpy(inner, err->text, sizeof(inner));
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s", inner);
	return err->code;
}

/* -- text ---------------------------------------------------------------------------------- */

int ra_str_cmp(struct ra_str a, struct ra_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (order)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool ra_str_starts(struct ra_str s, struct ra_str prefix)
{
	return s.len >= prefix.len && ra_str_eq(ra_str_n(s.ptr, prefix.len), prefix);
}

bool ra_str_ends(struct ra_str s, struct ra_str suffix)
{
	return s.len >= suffix.len &&
	       ra_str_eq(ra_str_n(s.ptr + s.len - suffix.len, suffix.len), suffix);
}

ptrdiff_t ra_str_find(struct ra_str s, struct ra_str needle)
{
	const char *at = s.ptr, *hit;

	if (needle.len == 0)
		return 0;
	while (s.len - (size_t)(at - s.ptr) >= needle.len) {
		hit = memchr(at, needle.ptr[0], s.len - (size_t)(at - s.ptr) - needle.len + 1);
		if (!hit)
			return -1;
		if (memcmp(hit, needle.ptr, needle.len) == 0)
			return hit - s.ptr;
		at = hit + 1;
	}
	return -1;
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

ptrdiff_t ra_str_ifind(struct ra_str s, struct ra_str needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++) {
		size_t k = 0;

		while (k < needle.len && fold(s.ptr[i + k]) == fold(needle.ptr[k]))
			k++;
		if (k == needle.len)
			return (ptrdiff_t)i;
	}
	return -1;
}

bool ra_is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

bool ra_str_has_word(struct ra_str s, struct ra_str word)
{
	struct ra_str rest = s;
	ptrdiff_t at;

	if (word.len == 0)
		return false;
	while ((at = ra_str_find(rest, word)) >= 0) {
		const char *from = rest.ptr + at, *to = from + word.len;

		if ((from == s.ptr || !ra_is_name_byte(from[-1])) &&
		    (to == s.ptr + s.len || !ra_is_name_byte(*to)))
			return true;
		rest = ra_str_n(from + 1, (size_t)(s.ptr + s.len - from) - 1);
	}
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct ra_str ra_str_trim(struct ra_str s)
{
	while (s.len && is_space(s.ptr[0]))
		s.ptr++, s.len--;
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool ra_str_cut(struct ra_str *rest, char sep, struct ra_str *part)
{
	const char *hit;

	if (rest->len == 0)
		return false;
	hit = memchr(rest->ptr, sep, rest->len);
	if (!hit) {
		*part = *rest;
		*rest = ra_str_n(rest->ptr + rest->len, 0);
		return true;
	}
	*part = ra_str_n(rest->ptr, (size_t)(hit - rest->ptr));
	*rest = ra_str_n(hit + 1, rest->len - part->len - 1);
	return true;
}

struct ra_str ra_str_before_last(struct ra_str s, char sep)
{
	while (s.len && s.ptr[s.len - 1] != sep)
		s.len--;
	if (s.len)
		s.len--;
	return s;
}

uint64_t ra_str_hash(struct ra_str s)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	return hash;
}

/* -- arenas -------------------------------------------------------------------------------- */

void ra_arena_init(struct ra_arena *arena, const char *name, size_t ceiling)
{
	*arena = (struct ra_arena){ .name = name, .ceiling = ceiling };
}

static void free_chunks(struct ra_chunk *chunk)
{
	while (chunk) {
		struct ra_chunk *older = chunk->older;

		free(chunk);
		chunk = older;
	}
}

/* Chunks of the common size are kept: to give memory back after each file and to fault it in again
 * for the next costs more than the file. */
void ra_arena_reset(struct ra_arena *arena)
{
	struct ra_chunk *chunk = arena->chunks, *older;

	for (; chunk; chunk = older) {
		older = chunk->older;
		if (ONE_BLOCK_EACH || chunk->size != CHUNK_BYTES ||
		    arena->n_spare == SPARE_CHUNKS) {
			arena->held -= chunk->size;
			free(chunk);
			continue;
		}
		chunk->older = arena->spare;
		arena->spare = chunk;
		arena->n_spare++;
	}
	arena->chunks = NULL;
	arena->used = 0;
}

void ra_arena_release(struct ra_arena *arena)
{
	free_chunks(arena->chunks);
	free_chunks(arena->spare);
	arena->chunks = arena->spare = NULL;
	arena->n_spare = 0;
	arena->used = arena->held = 0;
}

int ra_arena_try(struct ra_arena *arena, int (*fn)(void *arg), void *arg, struct ra_error *err)
{
	jmp_buf here, *volatile outer = arena->landing;
	int rc, thrown = setjmp(here);

	if (thrown) {
		arena->landing = outer;
		if (thrown == -RA_ENOMEM)
			return ra_fail(err, RA_ENOMEM, "out of memory");
		return ra_fail(err, RA_ELIMIT, "needs more than the %zu MiB that one %s may use",
			       arena->ceiling >> 20, arena->name);
	}
	arena->landing = &here;
	rc = fn(arg);
	arena->landing = outer;
	return rc;
}

/*
 * With no landing place set the process cannot go on: only start-up code runs so, where nothing
 * has been audited and nothing can be lost.
 */
static _Noreturn void overflow(struct ra_arena *arena, int code)
{
	if (arena->landing)
		longjmp(*arena->landing, -code);
	fputs("git-race-audit: out of memory while starting\n", stderr);
	_Exit(2);
}

static struct ra_chunk *new_chunk(struct ra_arena *arena, size_t room)
{
	struct ra_chunk *chunk = arena->spare;

	if (chunk && room == CHUNK_BYTES) {
		arena->spare = chunk->older;
		arena->n_spare--;
	} else {
		/* the system's pages of a large one are zero and cost nothing until they are used */
		chunk = room > CHUNK_BYTES ? calloc(1, sizeof(*chunk) + room)
					   : malloc(sizeof(*chunk) + room);
		if (!chunk)
			overflow(arena, RA_ENOMEM);
		chunk->size = room;
		arena->held += room;
	}
	chunk->used = 0;
	if (arena->chunks && room > CHUNK_BYTES) { /* it is full at once; the newest is not */
		chunk->older = arena->chunks->older;
		arena->chunks->older = chunk;
	} else {
		chunk->older = arena->chunks;
		arena->chunks = chunk;
	}
	return chunk;
}

static size_t aligned(size_t size)
{
	return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* A block with anything in it; `zero` is set when it is known to be zero. */
static void *take(struct ra_arena *arena, size_t size, bool *zero)
{
	struct ra_chunk *chunk = arena->chunks;
	size_t need = aligned(size);
	void *block;

	*zero = false;
	if (need < size || (arena->ceiling && need > arena->ceiling - arena->used))
		overflow(arena, RA_ELIMIT);
	if (ONE_BLOCK_EACH || !chunk || chunk->size - chunk->used < need) {
		chunk = new_chunk(arena, ONE_BLOCK_EACH ? size :
					 need > CHUNK_BYTES ? need : CHUNK_BYTES);
		*zero = chunk->size > CHUNK_BYTES;
	}
	block = chunk->bytes + chunk->used;
	chunk->used += need;
	arena->used += need;
	return block;
}

/* For who fills all of it. */
static void *alloc_raw(struct ra_arena *arena, size_t size)
{
	bool zero;

	return take(arena, size, &zero);
}

void *ra_alloc(struct ra_arena *arena, size_t size)
{
	bool zero;
	void *block = take(arena, size, &zero);

	return zero ? block : memset(block, 0, size);
}

void *ra_alloc_array(struct ra_arena *arena, size_t size, size_t n)
{
	if (size && n > SIZE_MAX / 2 / size)
		overflow(arena, RA_ELIMIT);
	return ra_alloc(arena, size * n);
}

struct ra_str ra_str_copy(struct ra_arena *arena, struct ra_str s)
{
	char *copy = alloc_raw(arena, s.len + 1);

	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return ra_str_n(copy, s.len);
}

const char *ra_cstr(struct ra_arena *arena, struct ra_str s)
{
	return ra_str_copy(arena, s).ptr;
}

struct ra_str ra_vprintf(struct ra_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		return RA_STR("");
	text = alloc_raw(arena, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, args);
	return ra_str_n(text, (size_t)n);
}

struct ra_str ra_printf(struct ra_arena *arena, const char *format, ...)
{
	struct ra_str text;
	va_list args;

	va_start(args, format);
	text = ra_vprintf(arena, format, args);
	va_end(args);
	return text;
}

/* -- vectors ------------------------------------------------------------------------------- */

/* More bytes for the block that the newest chunk ends with. */
static bool extend_last(struct ra_arena *arena, const char *block, size_t old, size_t new)
{
	struct ra_chunk *chunk = arena->chunks;

	if (!chunk || block + old != chunk->bytes + chunk->used ||
	    chunk->size - chunk->used < new - old)
		return false;
	memset(chunk->bytes + chunk->used, 0, new - old);
	chunk->used += new - old;
	arena->used += new - old;
	return true;
}

/* A block that is a chunk of its own, at another place if need be; NULL when it is none. */
static void *resize_chunk(struct ra_arena *arena, const char *block, size_t new)
{
	struct ra_chunk **link = &arena->chunks, *chunk;

	while (*link && (*link)->bytes != block)
		link = &(*link)->older;
	if (!*link || (*link)->size <= CHUNK_BYTES)
		return NULL;
	chunk = realloc(*link, sizeof(*chunk) + new);
	if (!chunk)
		overflow(arena, RA_ENOMEM);
	memset(chunk->bytes + chunk->size, 0, new - chunk->size);
	*link = chunk;
	arena->held += new - chunk->size;
	arena->used += new - chunk->used;
	chunk->size = chunk->used = new;
	return chunk->bytes;
}

static void *grow_block(struct ra_arena *arena, char *block, size_t old, size_t new)
{
	if (arena->ceiling && new - old > arena->ceiling - arena->used)
		overflow(arena, RA_ELIMIT);
	if (ONE_BLOCK_EACH)
		return NULL;
	if (extend_last(arena, block, old, new))
		return block;
	return old > CHUNK_BYTES ? resize_chunk(arena, block, new) : NULL;
}

void *ra_vec_grow(struct ra_arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	size_t room = *cap ? *cap * 2 : n < 4 ? 8 : n * 2;
	bool zero = true;
	void *moved = NULL;

	if (n < *cap)
		return items;
	if (*cap * size > CHUNK_BYTES) /* to grow it costs nothing then */
		room = *cap + *cap / 2;
	if (room > SIZE_MAX / 2 / size)
		overflow(arena, RA_ELIMIT);
	if (*cap)
		moved = grow_block(arena, items, aligned(*cap * size), aligned(room * size));
	if (!moved) {
		moved = take(arena, room * size, &zero);
		if (n)
			memcpy(moved, items, n * size);
		if (!zero)
			memset((char *)moved + n * size, 0, (room - n) * size);
		if (*cap)
			forbid(items, *cap * size);
	}
	*cap = room;
	return moved;
}

void ra_buf_init(struct ra_buf *buf, struct ra_arena *arena)
{
	*buf = (struct ra_buf){ .arena = arena };
}

static void reserve(struct ra_buf *buf, size_t more)
{
	size_t room = buf->cap ? buf->cap : 128;
	char *moved;

	if (buf->len + more + 1 <= buf->cap)
		return;
	while (room < buf->len + more + 1)
		room *= 2;
	moved = alloc_raw(buf->arena, room);
	if (buf->len)
		memcpy(moved, buf->ptr, buf->len);
	buf->ptr = moved;
	buf->cap = room;
}

void ra_buf_add(struct ra_buf *buf, struct ra_str text)
{
	reserve(buf, text.len);
	if (text.len)
		memcpy(buf->ptr + buf->len, text.ptr, text.len);
	buf->len += text.len;
	buf->ptr[buf->len] = '\0';
}

void ra_buf_adds(struct ra_buf *buf, const char *text)
{
	ra_buf_add(buf, ra_str(text));
}

void ra_buf_addc(struct ra_buf *buf, char c)
{
	ra_buf_add(buf, ra_str_n(&c, 1));
}

void ra_buf_addf(struct ra_buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ra_buf_add(buf, ra_vprintf(buf->arena, format, args));
	va_end(args);
}

/* -- map ----------------------------------------------------------------------------------- */

struct ra_map_slot {
	struct ra_str key;
	uint64_t hash;
	size_t value;
	bool taken;
};

void ra_map_init(struct ra_map *map, struct ra_arena *arena)
{
	*map = (struct ra_map){ .arena = arena };
}

static struct ra_map_slot *find_slot(const struct ra_map *map, struct ra_str key, uint64_t hash)
{
	size_t i = hash & (map->cap - 1);

	while (map->slots[i].taken &&
	       (map->slots[i].hash != hash || !ra_str_eq(map->slots[i].key, key)))
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

size_t *ra_map_get(const struct ra_map *map, struct ra_str key)
{
	struct ra_map_slot *slot;

	if (!map->cap)
		return NULL;
	slot = find_slot(map, key, ra_str_hash(key));
	return slot->taken ? &slot->value : NULL;
}

static void rehash(struct ra_map *map)
{
	struct ra_map bigger = *map;

	bigger.cap = map->cap ? map->cap * 2 : 16;
	bigger.slots = ra_new_array(map->arena, struct ra_map_slot, bigger.cap);
	for (size_t i = 0; i < map->cap; i++)
		if (map->slots[i].taken)
			*find_slot(&bigger, map->slots[i].key, map->slots[i].hash) = map->slots[i];
	*map = bigger;
}

size_t *ra_map_put(struct ra_map *map, struct ra_str key, size_t fallback)
{
	uint64_t hash = ra_str_hash(key);
	struct ra_map_slot *slot;

	if ((map->n + 1) * 4 > map->cap * 3)
		rehash(map);
	slot = find_slot(map, key, hash);
	if (!slot->taken) {
		*slot = (struct ra_map_slot){ key, hash, fallback, true };
		map->n++;
	}
	return &slot->value;
}
