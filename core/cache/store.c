/*
 * The file of the cache: one table of SQLite, from digest to bytes.
 *
 *     <common git directory>/race-audit/cache.db        a directory of ours alone
 *     entries  key | engine | used | value              value: checksum, bytes
 *     runs     how many runs wrote here: `used` is one of them
 *
 * Reading happens in one transaction, so that it is one state and cheap; writing in short ones in
 * between, a batch at a time, so that two processes hardly ever wait for each other. What a run
 * uses gets its number, but only when the old one is well behind: that is all that eviction has to
 * know, and a run over an unchanged tree writes almost nothing.
 */
#include "core/cache/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	APPLICATION = 0x72617564,  /* "raud" */
	SCHEMA = 1,
	BUSY_MS = 300,
	BATCH_BYTES = 1 << 20,     /* of values, before they are written */
	BATCH_MAX = 16 << 20,      /* that somebody else keeps from being written */
	USED_LAG = 8,              /* runs that `used` may be behind */
	CHECKSUM = 8
};

#define FOLDER "race-audit"
#define NAME "cache.db"

struct pending {
	struct ra_key key;
	struct ra_str value;       /* with its checksum; empty: was used */
};

struct ra_cache {
	struct ra_arena *arena;
	struct ra_arena batch;     /* of pending values */
	const char *directory, *path;
	sqlite3 *db;               /* NULL: nothing is found, nothing is kept */
	sqlite3_stmt *get, *put, *use;
	RA_VEC(struct pending) pending;
	uint64_t engine;
	sqlite3_int64 run;         /* the number of this one */
	size_t ceiling;
	bool reading;              /* in a transaction */
	bool numbered;             /* `runs` knows of this one */
	bool full;                 /* nothing more fits */
	bool damaged;              /* ... and is ours: to be made anew */
	struct ra_str warning;
};

/* -- trouble ------------------------------------------------------------------------------- */

static void warn(struct ra_cache *cache, const char *what)
{
	if (!cache->warning.len)
		cache->warning = ra_printf(cache->arena, "the cache '%s' %s; going on without it",
					   cache->path, what);
}

static void let_go(struct ra_cache *cache)
{
	sqlite3_finalize(cache->get);
	sqlite3_finalize(cache->put);
	sqlite3_finalize(cache->use);
	cache->get = cache->put = cache->use = NULL;
	sqlite3_close(cache->db);
	cache->db = NULL;
}

static void give_up(struct ra_cache *cache, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		warn(cache, "is locked by another process");
		break;
	case SQLITE_NOTADB:
		warn(cache, "is no database; 'git race-audit cache clear' takes it away");
		break;
	case SQLITE_CORRUPT:
		warn(cache, "is damaged, and will be made anew");
		cache->damaged = true;
		break;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		warn(cache, "cannot be written");
		break;
	case SQLITE_FULL:
		warn(cache, "does not fit on its disk");
		break;
	default:
		warn(cache, ra_printf(cache->arena, "does not work (%s)", sqlite3_errstr(rc)).ptr);
	}
	let_go(cache);
}

/* False when it went wrong; then there is no cache any more. */
static bool run_sql(struct ra_cache *cache, const char *sql)
{
	int rc = cache->db ? sqlite3_exec(cache->db, sql, NULL, NULL, NULL) : SQLITE_OK;

	if (rc)
		give_up(cache, rc);
	return cache->db != NULL;
}

static bool ask_number(struct ra_cache *cache, const char *sql, sqlite3_int64 *number)
{
	sqlite3_stmt *statement = NULL;
	int rc = cache->db ? sqlite3_prepare_v2(cache->db, sql, -1, &statement, NULL) : SQLITE_OK;

	*number = 0;
	if (!rc && statement) {
		rc = sqlite3_step(statement);
		if (rc == SQLITE_ROW)
			*number = sqlite3_column_int64(statement, 0);
		rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(statement);
	if (rc)
		give_up(cache, rc);
	return cache->db != NULL;
}

/* -- opening ------------------------------------------------------------------------------- */

/* Nobody else may have put something there, or change it under our hands. */
static bool find_directory(struct ra_cache *cache)
{
	struct stat st;

	if (mkdir(cache->directory, 0700) && errno != EEXIST)
		warn(cache, ra_printf(cache->arena, "cannot be made (%s)", strerror(errno)).ptr);
	else if (lstat(cache->directory, &st))
		warn(cache, ra_printf(cache->arena, "cannot be had (%s)", strerror(errno)).ptr);
	else if (!S_ISDIR(st.st_mode))
		warn(cache, "is not in a directory");
	else if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		warn(cache, "is in a directory that others can write");
	return !cache->warning.len;
}

static bool is_ours(struct ra_cache *cache)
{
	struct stat st;

	if (lstat(cache->path, &st))
		return errno == ENOENT;
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid())
		return true;
	warn(cache, "is not a file of yours");
	return false;
}

/* Shared memory, which the log of writes needs, works on local disks alone. */
static bool is_remote(const char *directory)
{
	static const unsigned long kinds[] = { 0x6969 /* NFS */, 0xff534d42 /* CIFS */,
					       0xfe534d42 /* SMB2 */, 0x517b /* SMB */,
					       0x01021997 /* 9p */, 0x5346414f /* AFS */ };
	struct statfs fs;

	if (statfs(directory, &fs))
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == kinds[i])
			return true;
	return false;
}

static bool connect(struct ra_cache *cache)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_NOFOLLOW;
	int rc = sqlite3_open_v2(cache->path, &cache->db, flags, NULL);

	if (rc) {
		give_up(cache, rc);
		return false;
	}
	sqlite3_busy_timeout(cache->db, BUSY_MS);
	return true;
}

/* Whose is it, and of which form? One without any table is new. */
static bool check_form(struct ra_cache *cache, bool *is_new)
{
	sqlite3_int64 tables, application, schema;

	if (!ask_number(cache, "SELECT count(*) FROM sqlite_master", &tables) ||
	    !ask_number(cache, "PRAGMA application_id", &application) ||
	    !ask_number(cache, "PRAGMA user_version", &schema))
		return false;
	*is_new = tables == 0 && application == 0 && schema == 0;
	if (!*is_new && application != APPLICATION)
		warn(cache, "was made by another program; 'git race-audit cache clear' takes it "
		     "away");
	else if (!*is_new && schema != SCHEMA)
		warn(cache, "is of another version of the program; 'git race-audit cache clear' "
		     "takes it away");
	if (cache->warning.len)
		let_go(cache);
	return cache->db != NULL;
}

/* Two may find it new at once: the second one finds it made when its turn comes. */
static bool make_form(struct ra_cache *cache)
{
	bool is_new;

	if (!run_sql(cache, "PRAGMA auto_vacuum=INCREMENTAL") ||
	    !run_sql(cache, is_remote(cache->directory) ? "PRAGMA journal_mode=DELETE"
							: "PRAGMA journal_mode=WAL") ||
	    !run_sql(cache, "BEGIN IMMEDIATE") || !check_form(cache, &is_new))
		return false;
	if (is_new && !run_sql(cache, "PRAGMA application_id=1918989668;"
			       "PRAGMA user_version=1;"
			       "CREATE TABLE entries (key BLOB PRIMARY KEY, engine INTEGER,"
			       " used INTEGER, value BLOB);"
			       "CREATE TABLE runs (n INTEGER);"
			       "INSERT INTO runs VALUES (0)"))
		return false;
	return run_sql(cache, "COMMIT");
}

static bool prepare(struct ra_cache *cache)
{
	static const char get[] = "SELECT value, used FROM entries WHERE key=?";
	static const char put[] = "INSERT OR REPLACE INTO entries VALUES (?,?,?,?)";
	static const char use[] = "UPDATE entries SET used=? WHERE key=?";
	int rc = sqlite3_prepare_v2(cache->db, get, -1, &cache->get, NULL);

	rc = rc ? rc : sqlite3_prepare_v2(cache->db, put, -1, &cache->put, NULL);
	rc = rc ? rc : sqlite3_prepare_v2(cache->db, use, -1, &cache->use, NULL);
	if (rc)
		give_up(cache, rc);
	return rc == SQLITE_OK;
}

static void open_file(struct ra_cache *cache)
{
	bool is_new = false;

	if (!is_ours(cache) || !connect(cache) ||
	    !run_sql(cache, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
		     "PRAGMA synchronous=NORMAL") ||
	    !check_form(cache, &is_new) || (is_new && !make_form(cache)) ||
	    !ask_number(cache, "SELECT max(n) + 1 FROM runs", &cache->run))
		return;
	prepare(cache);
}

static struct ra_cache *name_files(struct ra_arena *arena, const char *common_dir)
{
	struct ra_cache *cache = ra_new(arena, struct ra_cache);
	const char *slash = ra_str_ends(ra_str(common_dir), RA_STR("/")) ? "" : "/";

	cache->arena = arena;
	cache->engine = ra_str_hash(ra_cache_engine());
	cache->directory = ra_printf(arena, "%s%s" FOLDER, common_dir, slash).ptr;
	cache->path = ra_printf(arena, "%s/" NAME, cache->directory).ptr;
	return cache;
}

struct ra_cache *ra_cache_open(struct ra_arena *arena, const char *common_dir, size_t ceiling)
{
	struct ra_cache *cache = name_files(arena, common_dir);

	cache->ceiling = ceiling;
	ra_arena_init(&cache->batch, "cache", 0);
	if (!ra_cache_engine().len)
		warn(cache, "needs a program that was linked with --build-id");
	else if (find_directory(cache))
		open_file(cache);
	return cache;
}

/* -- writing ------------------------------------------------------------------------------- */

/* Over the value and its key, so that a value that got under another key is not taken for it. */
static uint64_t checksum(const struct ra_key *key, struct ra_str bytes)
{
	uint64_t sum = ra_str_hash(bytes) ^ bytes.len;

	for (size_t i = 0; i < sizeof(key->bytes); i++)
		sum = (sum ^ key->bytes[i]) * 0x100000001b3u;
	return sum;
}

static int write_one(struct ra_cache *cache, const struct pending *pending)
{
	sqlite3_stmt *statement = pending->value.len ? cache->put : cache->use;
	int key = pending->value.len ? 1 : 2, used = pending->value.len ? 3 : 1, rc;

	sqlite3_bind_blob(statement, key, pending->key.bytes, RA_KEY_BYTES, SQLITE_STATIC);
	sqlite3_bind_int64(statement, used, cache->run);
	if (pending->value.len) {
		sqlite3_bind_int64(statement, 2, (sqlite3_int64)cache->engine);
		sqlite3_bind_blob(statement, 4, pending->value.ptr, (int)pending->value.len,
				  SQLITE_STATIC);
	}
	rc = sqlite3_step(statement);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static bool used_bytes(struct ra_cache *cache, size_t *bytes)
{
	sqlite3_int64 pages, unused, size;

	if (!ask_number(cache, "PRAGMA page_count", &pages) ||
	    !ask_number(cache, "PRAGMA freelist_count", &unused) ||
	    !ask_number(cache, "PRAGMA page_size", &size))
		return false;
	*bytes = (size_t)((pages - unused) * size);
	return true;
}

/* What was used the longest ago goes, down to three quarters; never what this run used. */
static void evict(struct ra_cache *cache, size_t ceiling, bool all)
{
	size_t bytes;

	if (!ceiling || !used_bytes(cache, &bytes) || bytes <= ceiling)
		return;
	for (sqlite3_int64 last = 0; bytes > ceiling / 4 * 3; ) {
		if (!ask_number(cache, "SELECT min(used) FROM entries", &last) ||
		    last == 0 || (last >= cache->run && !all))
			break;
		if (!run_sql(cache, "DELETE FROM entries WHERE used ="
			     " (SELECT min(used) FROM entries)") ||
		    !used_bytes(cache, &bytes))
			break;
	}
	run_sql(cache, "PRAGMA incremental_vacuum");
	cache->full = cache->db && bytes > ceiling;
}

static bool begin_writing(struct ra_cache *cache)
{
	int rc;

	if (cache->reading && !run_sql(cache, "COMMIT"))
		return false;
	cache->reading = false;
	rc = sqlite3_exec(cache->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc && ((rc & 0xff) != SQLITE_BUSY || cache->batch.used > BATCH_MAX))
		give_up(cache, rc);
	return rc == SQLITE_OK;
}

/* A run writes its number once; every few runs what other builds left and did not use goes. */
static int number_run(struct ra_cache *cache)
{
	int rc = sqlite3_exec(cache->db, "UPDATE runs SET n = n + 1", NULL, NULL, NULL);

	cache->numbered = true;
	if (rc || cache->run % USED_LAG)
		return rc;
	return sqlite3_exec(cache->db, ra_printf(cache->arena, "DELETE FROM entries WHERE"
						 " engine <> %lld AND used < %lld",
						 (long long)cache->engine,
						 (long long)cache->run - USED_LAG).ptr,
			    NULL, NULL, NULL);
}

/* Somebody else may be writing: then later. */
static void flush(struct ra_cache *cache)
{
	int rc = SQLITE_OK;

	if (!cache->db || !cache->pending.n || !begin_writing(cache))
		return;
	if (!cache->numbered)
		rc = number_run(cache);
	for (size_t i = 0; !rc && i < cache->pending.n; i++)
		rc = write_one(cache, &cache->pending.v[i]);
	if (rc)
		give_up(cache, rc);
	else
		run_sql(cache, "COMMIT");
	cache->pending.v = NULL;
	cache->pending.n = cache->pending.cap = 0;
	ra_arena_reset(&cache->batch);
	evict(cache, cache->ceiling, false);
}

void ra_cache_put(struct ra_cache *cache, const struct ra_key *key, struct ra_str value)
{
	uint64_t sum = checksum(key, value);
	char *bytes;

	if (!cache->db || cache->full || value.len > BATCH_MAX)
		return;
	bytes = ra_alloc(&cache->batch, value.len + CHECKSUM);
	for (size_t i = 0; i < CHECKSUM; i++)
		bytes[i] = (char)(sum >> (8 * i));
	if (value.len)
		memcpy(bytes + CHECKSUM, value.ptr, value.len);
	*ra_vec_push(&cache->batch, &cache->pending) = (struct pending){
		.key = *key, .value = ra_str_n(bytes, value.len + CHECKSUM) };
	if (cache->batch.used > BATCH_BYTES)
		flush(cache);
}

/* -- reading ------------------------------------------------------------------------------- */

/* The value behind its checksum; false when that does not fit. */
static bool check_value(const struct ra_key *key, struct ra_str stored, struct ra_str *value)
{
	uint64_t sum = 0;

	if (stored.len < CHECKSUM)
		return false;
	for (size_t i = 0; i < CHECKSUM; i++)
		sum |= (uint64_t)(unsigned char)stored.ptr[i] << (8 * i);
	*value = ra_str_n(stored.ptr + CHECKSUM, stored.len - CHECKSUM);
	return checksum(key, *value) == sum;
}

bool ra_cache_get(struct ra_cache *cache, struct ra_arena *arena, const struct ra_key *key,
		  struct ra_str *value)
{
	bool found = false;
	int rc;

	if (!cache->db || (!cache->reading && !run_sql(cache, "BEGIN")))
		return false;
	cache->reading = true;
	sqlite3_bind_blob(cache->get, 1, key->bytes, RA_KEY_BYTES, SQLITE_STATIC);
	rc = sqlite3_step(cache->get);
	if (rc == SQLITE_ROW) {
		struct ra_str stored = { sqlite3_column_blob(cache->get, 0),
					 (size_t)sqlite3_column_bytes(cache->get, 0) };

		found = check_value(key, stored, value);
		if (found)
			*value = ra_str_copy(arena, *value);
		if (found && sqlite3_column_int64(cache->get, 1) + USED_LAG < cache->run)
			*ra_vec_push(&cache->batch, &cache->pending) =
				(struct pending){ .key = *key, .value = RA_STR("") };
	}
	sqlite3_reset(cache->get);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		give_up(cache, rc);
	return found;
}

/* -- closing ------------------------------------------------------------------------------- */

static void remove_files(const struct ra_cache *cache)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		unlink(ra_printf(cache->arena, "%s%s", cache->path, suffixes[i]).ptr);
}

void ra_cache_close(struct ra_cache *cache)
{
	flush(cache);
	if (cache->db && cache->pending.n)
		give_up(cache, SQLITE_BUSY);
	if (cache->db && cache->reading)
		run_sql(cache, "COMMIT");
	let_go(cache);
	if (cache->damaged)
		remove_files(cache);
	ra_arena_release(&cache->batch);
}

struct ra_str ra_cache_warning(const struct ra_cache *cache)
{
	return cache->warning;
}

/* -- the command --------------------------------------------------------------------------- */

/* One that is there; NULL and no error when there is none. */
static int open_existing(struct ra_arena *arena, const char *common_dir, struct ra_cache **out,
			 struct ra_error *err)
{
	struct ra_cache *cache = name_files(arena, common_dir);

	*out = cache;
	if (access(cache->path, F_OK))
		return RA_OK;
	if (find_directory(cache))
		open_file(cache);
	if (cache->db)
		return RA_OK;
	let_go(cache);
	return ra_fail(err, RA_EIO, "%.*s", RA_FMT(cache->warning));
}

int ra_cache_look(struct ra_arena *arena, const char *common_dir, struct ra_cache_stats *out,
		  struct ra_error *err)
{
	struct ra_cache *cache;
	int rc = open_existing(arena, common_dir, &cache, err);
	sqlite3_int64 entries = 0, stale = 0;
	struct stat st;

	*out = (struct ra_cache_stats){ .path = cache->path, .there = cache->db != NULL };
	if (rc || !cache->db)
		return rc;
	if (ask_number(cache, "SELECT count(*) FROM entries", &entries))
		ask_number(cache, ra_printf(arena, "SELECT count(*) FROM entries WHERE engine <> "
					    "%lld", (long long)cache->engine).ptr, &stale);
	if (!cache->db)
		return ra_fail(err, RA_EIO, "%.*s", RA_FMT(cache->warning));
	out->entries = (size_t)entries;
	out->stale = (size_t)stale;
	out->bytes = stat(cache->path, &st) ? 0 : (size_t)st.st_size;
	let_go(cache);
	return RA_OK;
}

int ra_cache_collect(struct ra_arena *arena, const char *common_dir, size_t ceiling,
		     struct ra_error *err)
{
	struct ra_cache *cache;
	int rc = open_existing(arena, common_dir, &cache, err);

	if (rc || !cache->db)
		return rc;
	if (run_sql(cache, ra_printf(arena, "DELETE FROM entries WHERE engine <> %lld",
				     (long long)cache->engine).ptr))
		evict(cache, ceiling, true);
	run_sql(cache, "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
	if (!cache->db)
		return ra_fail(err, RA_EIO, "%.*s", RA_FMT(cache->warning));
	let_go(cache);
	return RA_OK;
}

int ra_cache_clear(struct ra_arena *arena, const char *common_dir, struct ra_error *err)
{
	struct ra_cache *cache = name_files(arena, common_dir);

	remove_files(cache);
	if (access(cache->path, F_OK) == 0)
		return ra_fail(err, RA_EIO, "cannot take away '%s': %s", cache->path,
			       strerror(errno));
	rmdir(cache->directory);
	return RA_OK;
}
