/*
 * What people wrote into a checklist, as it is read back, and the table of what one asks.
 */
#include "core/report/internal.h"
#include "tests/unit/unit.h"

/* Each item as "id evidence x/- s/-: block | block ...", own ones in parentheses. */
static struct ra_str read_page(struct ra_arena *arena, const char *page)
{
	struct ra_ticks ticks;
	struct ra_buf out;

	ra_buf_init(&out, arena);
	assert_int_equal(ra_ticks_read(arena, ra_str(page), &ticks), RA_OK);
	for (size_t i = 0; i < ticks.list.n; i++) {
		const struct ra_tick *tick = &ticks.list.v[i];

		ra_buf_addf(&out, "%.*s %.*s %s%s:", RA_FMT(tick->id), RA_FMT(tick->evidence),
			    tick->ticked ? "x" : "-", tick->stale ? "s" : "-");
		for (size_t k = 0; k < tick->blocks.n; k++)
			ra_buf_addf(&out, tick->blocks.v[k].own ? " (%.*s)" : " %.*s|",
				    RA_FMT(ra_str_trim(tick->blocks.v[k].text)));
		ra_buf_adds(&out, "\n");
	}
	return ra_buf_str(&out);
}

#define ITEM "- [x] **Asked?** 1 of 2. [a]"
#define DEFINED "\n\n[a]: #concurrency-checklist \"evidence 12ab own"

static void test_ticks(void **state)
{
	static const struct { const char *page, *expected; } rows[] = {
		{ "", "" },
		{ "- [x] no name\n", "" },
		{ ITEM DEFINED "\"\n", "a 12ab x-:\n" },
		{ "* [ ] **A?** [a]\n" DEFINED " stale\"\n", "a 12ab -s:\n" },
		{ "1. [X] **A?** [a]\n" DEFINED "\"\n", "a 12ab x-:\n" },
		{ "- [x] Well [a]" DEFINED " answered\"\n", "a 12ab --:\n" },
		{ ITEM " behind it\n  and on\n" DEFINED "\"\n", "a 12ab x-: behind it and on|\n" },
		{ ITEM "\n  - one\n  - two `c*` <b>\n" DEFINED "\"\n",
		  "a 12ab x-: one| two `c*` <b>|\n" },
		{ ITEM "\n\n  a paragraph\n\n  ```sh\n  $ x\n    y\n  ```\n" DEFINED "\"\n",
		  "a 12ab x-: a paragraph| $ x\n  y|\n" },
		{ ITEM "\n  - see [log](https://x.y/z)\n" DEFINED "\"\n",
		  "a 12ab x-: see log (https://x.y/z)|\n" },
		{ ITEM "\n- [ ] other, not ours\n- plain\n" DEFINED "\"\n", "a 12ab x-:\n" },
		{ ITEM "\n\ntext behind the list\n" DEFINED "\"\n", "a 12ab x-:\n" },
		{ "- [x] [b] [a]\n\n[b]: x \"else\"" DEFINED "\"\n", "a 12ab x-:\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ra_str got = read_page(*state, rows[i].page);

		if (!ra_str_is(got, rows[i].expected))
			fail_msg("%s\ngave:\n%.*s", rows[i].page, RA_FMT(got));
	}
}

static void test_own_blocks(void **state)
{
	const struct ra_tick_block block = { .text = RA_STR("ours") };
	struct ra_str digest = ra_tick_digest(*state, &block);
	struct ra_str page = ra_printf(*state, "- [ ] **A?** [a]\n  - ours\n  - theirs\n\n[a]: #x "
				       "\"evidence 1 own %.*s\"\n", RA_FMT(digest));

	assert_true(ra_str_is(read_page(*state, page.ptr), "a 1 --: (ours) theirs|\n"));
}

/* Whatever is planted there is read without harm, in time. */
static void test_hostile_page(void **state)
{
	struct ra_arena *arena = *state;
	struct ra_ticks ticks;
	struct ra_buf page;

	ra_buf_init(&page, arena);
	for (int i = 0; i < 5000; i++)
		ra_buf_adds(&page, "- [x] [a] ![a] [a][a]\n");
	for (int i = 0; i < 200; i++)
		ra_buf_addf(&page, "%*s- [ ] [a]\n", i * 2, "");
	ra_buf_adds(&page, "\n[a]: /");
	for (int i = 0; i < 20000; i++)
		ra_buf_adds(&page, "xy");
	ra_buf_adds(&page, " \"evidence ");
	for (int i = 0; i < 20000; i++)
		ra_buf_adds(&page, "1 2 ");
	ra_buf_adds(&page, "\"\n");
	ra_ticks_read(arena, ra_buf_str(&page), &ticks);
	for (size_t n = page.len; n > page.len - 300; n--)
		ra_ticks_read(arena, ra_str_n(page.ptr + n - 200, 200), &ticks);
}

static void test_items(void **state)
{
	static const struct { const char *text, *error; } rows[] = {
		{ "group a: A\nitem b\n  ask: Why\n    not?\n  look: regions\n", NULL },
		{ "item b\n", "t:1: no group is there for item 'b'" },
		{ "group a: A\nitem b\n  aks: x\n", "t:3: no key is named 'aks'" },
		{ "group a: A\nitem b\n  look: moons\n", "t:3: nothing that is looked at is named "
		  "'moons'" },
		{ "group a: A\nitem b\n  types: moons\nitem c\n",
		  "t:4: no race type is named 'moons'" },
		{ "group a: A\nitem B\n", "t:2: an id is of small letters, digits and '-', not "
		  "'B'" },
		{ "group a: A\n    on\n", "t:2: nothing is there to go on with 'on'" },
		{ "group a: A\nitem b\n  run cobol:\n    x\n", "t:3: no language is named 'cobol'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ra_items items = { 0 };
		struct ra_error err = { 0 };
		int rc = ra_items_read(*state, "t", ra_str(rows[i].text), &items, &err);

		if (!rows[i].error) {
			assert_int_equal(rc, RA_OK);
			assert_true(ra_str_is(items.list.v[0].ask, "Why not?"));
			assert_int_equal(ra_items_check(&items, &err), RA_OK);
		} else if (!rc || strcmp(err.text, rows[i].error) != 0) {
			fail_msg("%s: got '%s', expected '%s'", rows[i].text, err.text,
				 rows[i].error);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(test_ticks),
		TEST_OF(test_own_blocks),
		TEST_OF(test_hostile_page),
		TEST_OF(test_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
