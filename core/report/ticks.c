/*
 * A checklist as it was left behind, by people: its items with their ticks, and the blocks below
 * them. md4c says what is what, so that it does not matter how a person indents or wraps.
 *
 *     - [x] **Question?** answer [id] what a person wrote behind it
 *       - a block: the program's own, if its digest stands behind the id's name
 *       - Note: one that a person wrote
 *
 *     [id]: #concurrency-checklist "evidence <digest> own <digest> ..."
 *
 * What is read is text, with `code` as the only markup that is kept; nothing of it can do more on
 * the new page than the text of a card.
 *
 * While md4c runs it owns memory of its own, so nothing may jump out of a callback: all room is
 * taken before.
 */
#include "core/report/internal.h"

#include <md4c.h>

enum {
	OWN_MAX = 256,      /* blocks of one item */
	TITLE_MAX = 4096    /* bytes of what its name stands for */
};

static const struct ra_str evidence_word = RA_STR_INIT("evidence ");

struct reader {
	struct ra_ticks *out;
	size_t room_ticks, room_blocks, room_text;
	struct ra_tick_block *blocks; /* of all items, one after the other */
	size_t n_blocks;
	char *text;                   /* of all blocks */
	size_t used, start;           /* where the text of the open block begins */
	int lists;                    /* how deep */
	int item_depth;               /* of the task at work; 0: none */
	bool in_id, in_code_block, behind_id, own_link;
	struct ra_str title;          /* of the id's link */
	struct ra_tick *tick;
};

/* -- text ---------------------------------------------------------------------------------- */

static void add(struct reader *md, const char *text, size_t n)
{
	if (n > md->room_text - md->used)
		n = md->room_text - md->used;
	memcpy(md->text + md->used, text, n);
	md->used += n;
}

static void end_block(struct reader *md, bool code, struct ra_str info)
{
	struct ra_str text = ra_str_n(md->text + md->start, md->used - md->start);

	if (!code)
		text = ra_str_trim(text);
	md->start = md->used;
	if (!md->tick || !text.len || md->n_blocks >= md->room_blocks)
		return;
	/* what stands ahead of the id is the item itself */
	if (!md->behind_id)
		return;
	md->blocks[md->n_blocks++] = (struct ra_tick_block){ .text = text, .info = info,
							     .code = code };
	md->tick->blocks.n++;
}

static void end_text(struct reader *md)
{
	end_block(md, false, RA_STR(""));
}

/* -- what md4c calls ------------------------------------------------------------------------- */

static void start_item(struct reader *md, const MD_BLOCK_LI_DETAIL *item)
{
	end_text(md);
	if (md->lists != 1)
		return;
	md->tick = NULL;
	md->behind_id = false;
	if (!item->is_task || md->out->list.n >= md->room_ticks)
		return;
	md->tick = &md->out->list.v[md->out->list.n++];
	*md->tick = (struct ra_tick){ .ticked = item->task_mark != ' ' };
	md->tick->blocks.v = md->blocks + md->n_blocks;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct reader *md = arg;

	switch (type) {
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		end_text(md);
		md->lists++;
		break;
	case MD_BLOCK_LI:
		start_item(md, detail);
		break;
	case MD_BLOCK_DOC:
		break;
	case MD_BLOCK_CODE:
		end_text(md);
		md->in_code_block = true;
		break;
	default:
		end_text(md);
		break;
	}
	return 0;
}

static void leave_code(struct reader *md, const MD_BLOCK_CODE_DETAIL *code)
{
	md->in_code_block = false;
	end_block(md, true, ra_str_n(code->lang.text, code->lang.size));
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct reader *md = arg;

	if (type == MD_BLOCK_CODE)
		leave_code(md, detail);
	else
		end_text(md);
	if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) {
		md->lists--;
		if (!md->lists)
			md->tick = NULL;
	}
	return 0;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct reader *md = arg;
	const MD_SPAN_A_DETAIL *link = detail;

	if (type == MD_SPAN_CODE)
		add(md, "`", 1);
	if (type != MD_SPAN_A || !md->tick || md->behind_id)
		return 0;
	md->title = ra_str_n(link->title.text, link->title.size);
	md->in_id = ra_str_starts(md->title, evidence_word);
	if (md->in_id)
		md->start = md->used;
	return 0;
}

/* The id is whole: all behind it is a person's. */
static void leave_id(struct reader *md)
{
	md->tick->id = ra_str_n(md->text + md->start, md->used - md->start);
	md->tick->evidence = md->title;
	md->start = md->used;
	md->in_id = false;
	md->behind_id = true;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct reader *md = arg;
	const MD_SPAN_A_DETAIL *link = detail;

	if (type == MD_SPAN_CODE)
		add(md, "`", 1);
	if (type != MD_SPAN_A || !md->tick)
		return 0;
	if (md->in_id) {
		leave_id(md);
	} else if (md->behind_id) {
		add(md, " (", 2);
		add(md, link->href.text, link->href.size);
		add(md, ")", 1);
	}
	return 0;
}

static void add_entity(struct reader *md, struct ra_str entity)
{
	static const struct { const char *entity, *text; } known[] = {
		{ "&lt;", "<" }, { "&gt;", ">" }, { "&amp;", "&" }, { "&quot;", "\"" },
		{ "&#64;", "@" }, { "&#96;", "`" }, { "&#124;", "|" }, { "&#36;", "$" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (ra_str_is(entity, known[i].entity)) {
			add(md, known[i].text, 1);
			return;
		}
	add(md, entity.ptr, entity.len);
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *arg)
{
	struct reader *md = arg;

	if (!md->tick)
		return 0;
	if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
		add(md, " ", 1);
	else if (type == MD_TEXT_ENTITY)
		add_entity(md, ra_str_n(text, size));
	else if (type != MD_TEXT_NULLCHAR)
		add(md, text, size);
	return 0;
}

/* -- digests ------------------------------------------------------------------------------- */

struct ra_str ra_tick_digest(struct ra_arena *arena, const struct ra_tick_block *block)
{
	uint64_t hash = ra_str_hash(ra_printf(arena, "%d %.*s", block->code,
					      RA_FMT(ra_str_trim(block->text))));

	return ra_printf(arena, "%08x", (unsigned)(hash ^ hash >> 32));
}

/* "evidence <digest> [stale] [answered] own <digest> ..."; the tick of an answer is none of a
 * person's. */
static void read_title(struct ra_arena *arena, struct ra_tick *tick)
{
	struct ra_str rest = tick->evidence, word, own[OWN_MAX];
	size_t n = 0;

	if (rest.len > TITLE_MAX)
		rest.len = TITLE_MAX;
	ra_str_cut(&rest, ' ', &word);
	ra_str_cut(&rest, ' ', &word);
	tick->evidence = word;
	while (ra_str_cut(&rest, ' ', &word)) {
		tick->stale |= ra_str_is(word, "stale");
		tick->ticked &= !ra_str_is(word, "answered");
		if (n < OWN_MAX)
			own[n++] = word;
	}
	for (size_t i = 0; i < tick->blocks.n; i++) {
		struct ra_str digest = ra_tick_digest(arena, &tick->blocks.v[i]);

		for (size_t k = 0; k < n && !tick->blocks.v[i].own; k++)
			tick->blocks.v[i].own = ra_str_eq(own[k], digest);
	}
}

int ra_ticks_read(struct ra_arena *arena, struct ra_str page, struct ra_ticks *out)
{
	static const MD_PARSER parser = {
		.flags = MD_FLAG_TASKLISTS | MD_FLAG_NOHTML | MD_FLAG_TABLES,
		.enter_block = enter_block, .leave_block = leave_block,
		.enter_span = enter_span, .leave_span = leave_span, .text = on_text,
	};
	struct reader md = { .out = out };
	size_t lines = 2, kept = 0;

	for (size_t i = 0; i < page.len; i++)
		lines += page.ptr[i] == '\n';
	md.room_ticks = md.room_blocks = lines;
	md.room_text = 4 * page.len + 64;
	md.text = ra_alloc(arena, md.room_text);
	md.blocks = ra_new_array(arena, struct ra_tick_block, lines);
	*out = (struct ra_ticks){ 0 };
	out->list.v = ra_new_array(arena, struct ra_tick, lines);
	if (md_parse(page.ptr ? page.ptr : "", (MD_SIZE)page.len, &parser, &md))
		return RA_ENOMEM;
	for (size_t i = 0; i < out->list.n; i++) {
		struct ra_tick *tick = &out->list.v[i];

		if (!tick->id.len)
			continue;
		read_title(arena, tick);
		out->list.v[kept++] = *tick;
	}
	out->list.n = kept;
	return RA_OK;
}
