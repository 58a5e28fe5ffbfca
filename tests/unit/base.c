/* base: text, arenas with a ceiling, vectors, map, errors, files. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/base.h"
#include "tests/unit/unit.h"

static void assert_str(struct ra_str actual, const char *expected)
{
	assert_int_equal(actual.len, strlen(expected));
	assert_memory_equal(actual.ptr, expected, actual.len);
}

/* -- text ---------------------------------------------------------------------------------- */

static void text_order_puts_prefixes_first(void **state)
{
	static const char *const ordered[] = { "", "a", "a\x01", "ab", "b", "\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof(ordered) / sizeof(ordered[0]); i++)
		for (size_t j = 0; j < sizeof(ordered) / sizeof(ordered[0]); j++) {
			int order = ra_str_cmp(ra_str(ordered[i]), ra_str(ordered[j]));

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

static void text_search(void **state)
{
	struct ra_str text = RA_STR("await self.lock.Acquire()");

	(void)state;
	assert_int_equal(ra_str_find(text, RA_STR("lock")), 11);
	assert_int_equal(ra_str_find(text, RA_STR("acquire")), -1);
	assert_int_equal(ra_str_ifind(text, RA_STR("acquire")), 16);
	assert_int_equal(ra_str_find(RA_STR("ab"), RA_STR("abc")), -1);
	assert_true(ra_str_starts(text, RA_STR("await ")));
	assert_false(ra_str_starts(RA_STR("aw"), RA_STR("await")));
	assert_true(ra_str_ends(text, RA_STR("()")));
	assert_false(ra_str_ends(RA_STR(")"), RA_STR("()")));
}

static void words_have_no_identifier_beside_them(void **state)
{
	static const struct { const char *text, *word; bool found; } rows[] = {
		{ "self.users", "users", true },   { "num_users", "users", false },
		{ "users2", "users", false },      { "usersusers users", "users", true },
		{ "users", "users", true },        { "", "users", false },
		{ "users", "", false },            { "a.b.c", "a.b", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(ra_str_has_word(ra_str(rows[i].text), ra_str(rows[i].word)),
				 rows[i].found);
}

static void text_is_cut_and_trimmed(void **state)
{
	struct ra_str rest = RA_STR("a,,b"), part;

	(void)state;
	assert_true(ra_str_cut(&rest, ',', &part));
	assert_str(part, "a");
	assert_true(ra_str_cut(&rest, ',', &part));
	assert_str(part, "");
	assert_true(ra_str_cut(&rest, ',', &part));
	assert_str(part, "b");
	assert_false(ra_str_cut(&rest, ',', &part));
	assert_str(ra_str_trim(RA_STR(" \t\r\n x y \v\f")), "x y");
	assert_str(ra_str_trim(RA_STR("  ")), "");
	assert_str(ra_str_before_last(RA_STR("a.b.c"), '.'), "a.b");
	assert_str(ra_str_before_last(RA_STR("abc"), '.'), "");
	assert_str(ra_str_before_last(RA_STR(".c"), '.'), "");
}

static void hash_is_fnv1a(void **state)
{
	(void)state;
	assert_true(ra_str_hash(RA_STR("")) == 0xcbf29ce484222325u);
	assert_true(ra_str_hash(RA_STR("a")) == 0xaf63dc4c8601ec8cu);
	assert_true(ra_str_hash(RA_STR("foobar")) == 0x85944171f73967e8u);
}

/* -- arenas -------------------------------------------------------------------------------- */

static void memory_is_zeroed_and_aligned(void **state)
{
	for (size_t size = 0; size < 2000; size += 7) {
		unsigned char *block = ra_alloc(*state, size);

		assert_int_equal((uintptr_t)block % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(block[i], 0);
		memset(block, 0xff, size);
	}
}

static void memory_is_zeroed_again_after_a_reset(void **state)
{
	memset(ra_alloc(*state, 4096), 0xff, 4096);
	ra_arena_reset(*state);
	assert_int_equal(((struct ra_arena *)*state)->used, 0);
	memory_is_zeroed_and_aligned(state);
}

struct filling {
	struct ra_arena *arena;
	size_t blocks;
	int result;
};

static int fill(void *arg)
{
	struct filling *filling = arg;

	while (filling->blocks < 100000) {
		ra_alloc(filling->arena, 1000);
		filling->blocks++;
	}
	return RA_OK;
}

static int give_result(void *arg)
{
	return ((struct filling *)arg)->result;
}

static void full_arena_lands_in_its_try(void **state)
{
	struct filling filling = { 0 };
	struct ra_arena arena;
	struct ra_error err;

	(void)state;
	ra_arena_init(&arena, "file", 1 << 20);
	filling.arena = &arena;
	assert_int_equal(ra_arena_try(&arena, fill, &filling, &err), RA_ELIMIT);
	assert_string_equal(err.text, "needs more than the 1 MiB that one file may use");
	assert_in_range(filling.blocks, 900, 1048);
	/* The ceiling is of what is handed out since the last reset, and the arena lives on. */
	ra_arena_reset(&arena);
	filling.result = RA_EPARSE;
	assert_int_equal(ra_arena_try(&arena, give_result, &filling, &err), RA_EPARSE);
	assert_non_null(ra_alloc(&arena, 1000));
	ra_arena_release(&arena);
}

static int fill_inner(void *arg)
{
	struct filling *filling = arg;
	struct ra_error err;

	filling->result = ra_arena_try(filling->arena, fill, filling, &err);
	return RA_OK;
}

static void innermost_try_of_an_arena_is_used(void **state)
{
	struct filling filling = { 0 };
	struct ra_arena arena;
	struct ra_error err;

	(void)state;
	ra_arena_init(&arena, "file", 1 << 16);
	filling.arena = &arena;
	assert_int_equal(ra_arena_try(&arena, fill_inner, &filling, &err), RA_OK);
	assert_int_equal(filling.result, RA_ELIMIT);
	assert_null(arena.landing);
	ra_arena_release(&arena);
}

static int ask_too_much(void *arg)
{
	ra_alloc_array(arg, SIZE_MAX / 4, 8);
	return RA_OK;
}

static void product_that_overflows_is_a_full_arena(void **state)
{
	struct ra_error err;

	assert_int_equal(ra_arena_try(*state, ask_too_much, *state, &err), RA_ELIMIT);
}

/* -- vectors, buffers, map ----------------------------------------------------------------- */

static void vector_keeps_what_was_pushed(void **state)
{
	RA_VEC(uint32_t) list = { 0 };

	for (uint32_t i = 0; i < 10000; i++)
		*ra_vec_push(*state, &list) = i * 3;
	assert_int_equal(list.n, 10000);
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(list.v[i], i * 3);
}

static void buffer_ends_in_nul_after_each_call(void **state)
{
	struct ra_buf buf;
	char expected[20] = "";

	ra_buf_init(&buf, *state);
	assert_str(ra_buf_str(&buf), "");
	ra_buf_adds(&buf, "L");
	assert_string_equal(buf.ptr, "L");
	ra_buf_addf(&buf, "%d", 41);
	assert_string_equal(buf.ptr, "L41");
	ra_buf_addc(&buf, ':');
	ra_buf_add(&buf, RA_STR("x\0y"));
	assert_int_equal(buf.len, 7);
	memcpy(expected, "L41:x\0y", 8);
	assert_memory_equal(buf.ptr, expected, 8);
	for (int i = 0; i < 1000; i++)
		ra_buf_addf(&buf, "%04d", i);
	assert_int_equal(buf.len, 4007);
	assert_int_equal(buf.ptr[4007], '\0');
}

static void map_finds_what_was_put(void **state)
{
	struct ra_map map;

	ra_map_init(&map, *state);
	assert_null(ra_map_get(&map, RA_STR("none")));
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(*ra_map_put(&map, ra_printf(*state, "key%zu", i), i), i);
	assert_int_equal(map.n, 5000);
	assert_int_equal(*ra_map_put(&map, RA_STR("key77"), 1), 77);
	*ra_map_get(&map, RA_STR("key77")) = 5;
	assert_int_equal(*ra_map_get(&map, RA_STR("key77")), 5);
	assert_int_equal(*ra_map_get(&map, RA_STR("key4999")), 4999);
	assert_null(ra_map_get(&map, RA_STR("key5000")));
	assert_int_equal(*ra_map_put(&map, RA_STR(""), 9), 9);
}

/* -- errors -------------------------------------------------------------------------------- */

static void error_gathers_context(void **state)
{
	struct ra_error err;

	(void)state;
	assert_int_equal(ra_fail(&err, RA_EIO, "cannot read '%s'", "x"), RA_EIO);
	assert_int_equal(ra_wrap(&err, "loading card %d", 3), RA_EIO);
	assert_string_equal(err.text, "loading card 3: cannot read 'x'");
	assert_int_equal(ra_fail(NULL, RA_EUSAGE, "nobody listens"), RA_EUSAGE);
}

static void long_error_is_cut_not_overrun(void **state)
{
	struct ra_error err;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ra_fail(&err, RA_EIO, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	ra_wrap(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

/* -- files --------------------------------------------------------------------------------- */

static char *make_directory(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/race-audit-test-XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

static void write_file(struct ra_arena *arena, const char *dir, const char *name, const char *text)
{
	FILE *file = fopen(ra_printf(arena, "%s/%s", dir, name).ptr, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void file_is_read_up_to_its_limit(void **state)
{
	struct ra_arena *arena = *state;
	const char *dir = make_directory();
	const char *path = ra_printf(arena, "%s/a.md", dir).ptr;
	struct ra_error err;
	struct ra_str bytes;

	write_file(arena, dir, "a.md", "12345");
	assert_int_equal(ra_file_read(arena, path, 5, &bytes, &err), RA_OK);
	assert_str(bytes, "12345");
	assert_int_equal(ra_file_read(arena, path, 4, &bytes, &err), RA_ELIMIT);
	assert_int_equal(ra_file_read(arena, dir, 0, &bytes, &err), RA_EIO);
	unlink(path);
	assert_int_equal(ra_file_read(arena, path, 0, &bytes, &err), RA_ENOTFOUND);
	assert_true(ra_str_find(ra_str(err.text), RA_STR("cannot read '/tmp/")) == 0);
	rmdir(dir);
}

static void full_arena_leaves_no_file_open(void **state)
{
	const char *dir = make_directory(), *path = ra_printf(*state, "%s/big", dir).ptr;
	struct ra_arena small;
	struct ra_error err;
	struct ra_str bytes;
	int before = dup(0), after;

	close(before);
	write_file(*state, dir, "big", ra_printf(*state, "%060000d", 1).ptr);
	ra_arena_init(&small, "file", 1 << 15);
	assert_int_equal(ra_file_read(&small, path, 0, &bytes, &err), RA_ELIMIT);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
	ra_arena_release(&small);
	unlink(path);
	rmdir(dir);
}

static void directory_is_listed_in_order(void **state)
{
	static const char *const names[] = { "b.md", "a.md", "c.txt", ".hidden.md", "B.md" };
	struct ra_arena *arena = *state;
	const char *dir = make_directory();
	struct ra_error err;
	struct ra_str *list;
	size_t n;

	for (size_t i = 0; i < 5; i++)
		write_file(arena, dir, names[i], "");
	assert_int_equal(ra_dir_list(arena, dir, ".md", &list, &n, &err), RA_OK);
	assert_int_equal(n, 3);
	assert_str(list[0], "B.md");
	assert_str(list[1], "a.md");
	assert_str(list[2], "b.md");
	for (size_t i = 0; i < 5; i++)
		unlink(ra_printf(arena, "%s/%s", dir, names[i]).ptr);
	rmdir(dir);
	assert_int_equal(ra_dir_list(arena, dir, "", &list, &n, &err), RA_ENOTFOUND);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_order_puts_prefixes_first),
		TEST(text_search),
		TEST(words_have_no_identifier_beside_them),
		TEST(text_is_cut_and_trimmed),
		TEST(hash_is_fnv1a),
		TEST(memory_is_zeroed_and_aligned),
		TEST(memory_is_zeroed_again_after_a_reset),
		TEST(full_arena_lands_in_its_try),
		TEST(innermost_try_of_an_arena_is_used),
		TEST(product_that_overflows_is_a_full_arena),
		TEST(vector_keeps_what_was_pushed),
		TEST(buffer_ends_in_nul_after_each_call),
		TEST(map_finds_what_was_put),
		TEST(error_gathers_context),
		TEST(long_error_is_cut_not_overrun),
		TEST(file_is_read_up_to_its_limit),
		TEST(full_arena_leaves_no_file_open),
		TEST(directory_is_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
