/*
 * Text of a card -> its headings, paragraphs, bullets and fences, each with its place.
 *
 * md4c says what is what; the bytes are taken from the card itself. md4c hands out text as
 * pointers into the card, but expands tabs and drops container marks on the way, and samples and
 * patterns must keep every byte and their line numbers. So a callback only notes where the text
 * of a block begins and ends, and the block is cut out by lines.
 *
 * While md4c runs it owns memory of its own, so nothing may jump out of a callback: the blocks
 * have room for the worst case before it starts.
 */
#include "core/races/internal.h"

#include <md4c.h>

struct reader {
	struct ra_card_reader *r;
	struct ra_md *md;
	size_t room;
	unsigned lists, quotes;
	struct ra_md_block *open;       /* block that takes the text now; NULL: none does */
	bool after_fence;               /* in a bullet whose fence has been closed */
	const char *first, *last;       /* text of `open` so far: [first, last) */
	size_t newlines, blank_before;  /* FENCE: lines so far; of them before `first` */
};

static const char *end_of(const struct ra_str *text)
{
	return text->ptr + text->len;
}

static const char *line_start(const struct reader *md, const char *at)
{
	while (at > md->r->text.ptr && at[-1] != '\n')
		at--;
	return at;
}

/* First byte of the next line, or the end of the text. */
static const char *next_line(const struct reader *md, const char *at)
{
	const char *end = end_of(&md->r->text), *hit = memchr(at, '\n', (size_t)(end - at));

	return hit ? hit + 1 : end;
}

static bool inside(const struct reader *md, const char *at)
{
	return at >= md->r->text.ptr && at < end_of(&md->r->text);
}

static struct ra_str between(const char *from, const char *to)
{
	return ra_str_n(from, (size_t)(to - from));
}

static const char *skip(const char *at, const char *end, const char *set)
{
	while (at < end && strchr(set, *at))
		at++;
	return at;
}

static int open_block(struct reader *md, enum ra_md_kind kind)
{
	const char *here = md->md->n ? md->md->blocks[md->md->n - 1].end : md->r->text.ptr;

	if (md->md->n == md->room)
		return ra_card_fail(md->r, here, "too many blocks");
	md->open = &md->md->blocks[md->md->n++];
	*md->open = (struct ra_md_block){ .kind = kind, .at = here, .end = here };
	md->first = md->last = NULL;
	md->newlines = md->blank_before = 0;
	return 0;
}

/* -- closing: cut the block out of the card by lines ----------------------------------------- */

static int close_heading(struct reader *md, struct ra_md_block *block)
{
	const char *text = skip(block->at, block->end, " ");

	if (*text != '#')
		return ra_card_fail(md->r, block->at, "write headings with '#'");
	block->text = ra_str_trim(between(skip(text, block->end, "#"), block->end));
	while (block->text.len && block->text.ptr[block->text.len - 1] == '#')
		block->text.len--;
	block->text = ra_str_trim(block->text);
	return 0;
}

static void close_item(struct ra_md_block *block)
{
	const char *text = skip(block->at, block->end, " \t");

	text = skip(text, block->end, "0123456789");
	text = skip(text, block->end, "-+*.)");
	block->text = ra_str_trim(between(text, block->end));
}

static int close_text(struct reader *md)
{
	struct ra_md_block *block = md->open;

	md->open = NULL;
	if (!md->first)
		return ra_card_fail(md->r, block->at, "a heading or bullet without words");
	block->at = line_start(md, md->first);
	block->end = next_line(md, md->last - 1);
	if (block->kind == RA_MD_HEADING)
		return close_heading(md, block);
	if (block->kind == RA_MD_ITEM)
		close_item(block);
	else
		block->text = ra_str_trim(between(block->at, block->end));
	return 0;
}

static const char *lines_back(const struct reader *md, const char *line, size_t n)
{
	while (n-- && line > md->r->text.ptr)
		line = line_start(md, line - 1);
	return line;
}

static int close_fence(struct reader *md)
{
	struct ra_md_block *block = md->open;
	const char *from, *to, *mark, *end = end_of(&md->r->text);

	md->open = NULL;
	if (block->info.len) {
		block->at = line_start(md, block->info.ptr);
	} else if (md->first) {
		block->at = lines_back(md, line_start(md, md->first), md->blank_before + 1);
	} else { /* nothing to point at, and nothing in it */
		md->md->n--;
		return 0;
	}
	mark = skip(block->at, end, " \t");
	if (*mark != '`' && *mark != '~')
		return ra_card_fail(md->r, block->at, "a fence must begin its line");
	block->indent = (unsigned)(mark - block->at);
	from = to = next_line(md, block->at);
	while (md->newlines--)
		to = next_line(md, to);
	block->text = between(from, to);
	block->end = next_line(md, to);
	if (*skip(to, end, " \t") != *mark)
		return ra_card_fail(md->r, block->at, "this fence is not closed");
	return 0;
}

/* -- what md4c calls ------------------------------------------------------------------------- */

static int enter_code(struct reader *md, const MD_BLOCK_CODE_DETAIL *code)
{
	int rc = 0;

	if (!code->fence_char || md->quotes || md->lists > 1)
		return 0;
	if (md->lists && md->open)
		rc = close_text(md);
	if (!rc)
		rc = open_block(md, RA_MD_FENCE);
	/* words with entities or backslashes are no pointers into the card, and mean nothing */
	if (!rc && code->info.size && inside(md, code->info.text))
		md->open->info = ra_str_n(code->info.text, code->info.size);
	return rc;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct reader *md = arg;
	int rc = 0;

	switch (type) {
	case MD_BLOCK_QUOTE:
		md->quotes++;
		break;
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		md->lists++;
		break;
	case MD_BLOCK_LI:
		md->after_fence = false;
		if (md->lists == 1 && !md->quotes)
			rc = open_block(md, RA_MD_ITEM);
		break;
	case MD_BLOCK_P:
		if (!md->lists && !md->quotes)
			rc = open_block(md, RA_MD_PARAGRAPH);
		break;
	case MD_BLOCK_H:
		if (md->lists || md->quotes)
			break;
		rc = open_block(md, RA_MD_HEADING);
		if (!rc)
			md->open->level = ((MD_BLOCK_H_DETAIL *)detail)->level;
		break;
	case MD_BLOCK_CODE:
		rc = enter_code(md, detail);
		break;
	default:
		break;
	}
	return rc;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct reader *md = arg;
	enum ra_md_kind kind = md->open ? md->open->kind : RA_MD_PARAGRAPH;

	(void)detail;
	if (type == MD_BLOCK_QUOTE)
		md->quotes--;
	else if (type == MD_BLOCK_UL || type == MD_BLOCK_OL)
		md->lists--;
	if (!md->open)
		return 0;
	if (type == MD_BLOCK_CODE && kind == RA_MD_FENCE) {
		md->after_fence = md->lists == 1;
		return close_fence(md);
	}
	if ((type == MD_BLOCK_P && kind == RA_MD_PARAGRAPH) || type == MD_BLOCK_H ||
	    (type == MD_BLOCK_LI && md->lists == 1))
		return close_text(md);
	return 0;
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *arg)
{
	struct reader *md = arg;

	(void)type;
	if (!inside(md, text)) {
		md->newlines += size == 1 && *text == '\n';
		return 0;
	}
	if (!md->open) {
		if (md->lists == 1 && md->after_fence)
			return ra_card_fail(md->r, text, "a bullet ends with its fence: put the "
					    "text before it");
		return 0;
	}
	if (!md->first) {
		md->first = text;
		md->blank_before = md->newlines;
	}
	if (text + size > md->last)
		md->last = text + size;
	return 0;
}

static int on_span(MD_SPANTYPE type, void *detail, void *arg)
{
	(void)type;
	(void)detail;
	(void)arg;
	return 0;
}

int ra_md_read(struct ra_card_reader *r, struct ra_md *out)
{
	static const MD_PARSER parser = {
		.flags = MD_FLAG_NOHTML, .enter_block = enter_block, .leave_block = leave_block,
		.enter_span = on_span, .leave_span = on_span, .text = on_text,
	};
	struct reader md = { .r = r, .md = out };
	size_t lines = 1;
	int rc;

	for (size_t i = 0; i < r->text.len; i++)
		lines += r->text.ptr[i] == '\n';
	md.room = 2 * lines; /* a bullet and a fence may share a line */
	*out = (struct ra_md){ .blocks = ra_new_array(r->arena, struct ra_md_block, md.room) };
	rc = md_parse(r->text.ptr, (MD_SIZE)r->text.len, &parser, &md);
	/* -1 is md4c's own; what the callbacks return is RA_EPARSE */
	return rc == -1 ? ra_fail(r->err, RA_ENOMEM, "out of memory in card '%s'", r->path) : rc;
}

struct ra_str ra_md_line(struct ra_arena *arena, struct ra_str text)
{
	struct ra_str line;
	struct ra_buf joined;

	ra_buf_init(&joined, arena);
	while (ra_str_cut(&text, '\n', &line)) {
		line = ra_str_trim(line);
		if (joined.len && line.len)
			ra_buf_addc(&joined, ' ');
		ra_buf_add(&joined, line);
	}
	return ra_buf_str(&joined);
}
