/*
 * cache: what was found before, by what it depends on. Values are bytes under the digest of all
 * that they depend on; whoever asks makes the digest, and gives the bytes a meaning.
 *
 * store.c    the file: SQLite in <common git directory>/race-audit/, shared by linked work trees
 * key.c      digests
 * pack.c     numbers and texts as bytes, and back
 * report.c   reports of files, and orders of their locks, as bytes
 *
 * A cache can only save time. Whatever is wrong with it - damaged, locked, of somebody else, of a
 * later version, on a disk that is full - costs one warning: from there on nothing is found in it.
 * Each value carries a checksum over itself and its key; one that does not fit is not there.
 */
#ifndef RA_CACHE_H
#define RA_CACHE_H

#include "core/facts/exports.h"
#include "core/findings/order.h"

/* -- keys ---------------------------------------------------------------------------------- */

enum { RA_KEY_BYTES = 20 };
struct ra_key { uint8_t bytes[RA_KEY_BYTES]; };

/* A digest of fields, each with its length, so that no two lists of them run together. */
struct ra_keying { struct ra_buf text; };
void ra_keying_init(struct ra_keying *keying, struct ra_arena *scratch);
void ra_keying_text(struct ra_keying *keying, struct ra_str text);
void ra_keying_number(struct ra_keying *keying, uint64_t number);
void ra_keying_key(struct ra_keying *keying, const struct ra_key *key);
struct ra_key ra_keying_done(const struct ra_keying *keying);

/* What tells this program from any other build of it; empty when the linker left nothing. */
struct ra_str ra_cache_engine(void);

/* -- the file ------------------------------------------------------------------------------ */

struct ra_cache;

/*
 * Never fails: a cache that cannot be used is one that holds nothing. `common_dir` is git's.
 * `ceiling` in bytes, 0 for none: beyond it what was not used for the longest time goes.
 */
struct ra_cache *ra_cache_open(struct ra_arena *arena, const char *common_dir, size_t ceiling);
/* The value in `arena`; false when there is none. */
bool ra_cache_get(struct ra_cache *cache, struct ra_arena *arena, const struct ra_key *key,
		  struct ra_str *value);
/* Kept in memory, and written now and then; an older value is replaced. */
void ra_cache_put(struct ra_cache *cache, const struct ra_key *key, struct ra_str value);
/* Writes what is left. Then ra_cache_warning is the first thing that went wrong, or empty; it
 * lives as long as the arena. */
void ra_cache_close(struct ra_cache *cache);
struct ra_str ra_cache_warning(const struct ra_cache *cache);

/* What `git race-audit cache` says and does; text for people. RA_EIO when it cannot be done. */
struct ra_cache_stats {
	const char *path;
	bool there;
	size_t entries, stale;         /* stale: of other builds of the program */
	size_t bytes;
};
int ra_cache_look(struct ra_arena *arena, const char *common_dir, struct ra_cache_stats *out,
		  struct ra_error *err);
/* Drop what no run of this program can use, and what is over the ceiling; give back the room. */
int ra_cache_collect(struct ra_arena *arena, const char *common_dir, size_t ceiling,
		     struct ra_error *err);
int ra_cache_clear(struct ra_arena *arena, const char *common_dir, struct ra_error *err);

/* -- bytes --------------------------------------------------------------------------------- */

/*
 * One function for each structure serves both ways: writing it appends what is there, reading it
 * fills what is empty. What does not fit `failed`, and no more is read.
 */
struct ra_pack {
	struct ra_arena *arena;        /* of what is read, and of the bytes that are written */
	const struct ra_cards *cards;  /* that findings are of */
	bool reading, failed;
	struct ra_buf out;
	struct ra_str rest;
};

void ra_pack_write(struct ra_pack *pack, struct ra_arena *arena);
void ra_pack_read(struct ra_pack *pack, struct ra_arena *arena, struct ra_str bytes);
void ra_pack_number(struct ra_pack *pack, uint64_t *number);
void ra_pack_u32(struct ra_pack *pack, uint32_t *number);
void ra_pack_size(struct ra_pack *pack, size_t *number);
void ra_pack_flag(struct ra_pack *pack, bool *flag);
void ra_pack_text(struct ra_pack *pack, struct ra_str *text);
void ra_pack_name(struct ra_pack *pack, const char **name); /* may be NULL */
/* How many follow: `n` when writing. */
size_t ra_pack_count(struct ra_pack *pack, size_t n);

#define ra_pack_list(pack, vec, item) do { \
	size_t n_ = ra_pack_count((pack), (vec)->n); \
	for (size_t i_ = 0; i_ < n_ && !(pack)->failed; i_++) \
		item((pack), (pack)->reading ? ra_vec_push((pack)->arena, (vec)) : &(vec)->v[i_]); \
} while (0)

/*
 * What the audit added to the report of a file: all but its path, blob and status, and without its
 * first `notes` notes.
 */
void ra_pack_report(struct ra_pack *pack, struct ra_file_report *report, size_t notes);

/* An edge without its report and source, which are a run's own. */
void ra_pack_edge(struct ra_pack *pack, struct ra_order_edge *edge);
void ra_pack_use(struct ra_pack *pack, struct ra_order_use *use);

void ra_pack_import(struct ra_pack *pack, struct ra_import *import); /* without its line */
void ra_pack_exports(struct ra_pack *pack, struct ra_exports *exports);

#endif
