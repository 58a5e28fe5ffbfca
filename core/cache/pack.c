/*
 * Numbers and texts as bytes: numbers seven bits a byte, the lowest first; texts after their
 * length.
 */
#include "core/cache/cache.h"

void ra_pack_write(struct ra_pack *pack, struct ra_arena *arena)
{
	pack->arena = arena;
	pack->reading = pack->failed = false;
	ra_buf_init(&pack->out, arena);
}

void ra_pack_read(struct ra_pack *pack, struct ra_arena *arena, struct ra_str bytes)
{
	pack->arena = arena;
	pack->reading = true;
	pack->failed = false;
	pack->rest = bytes;
}

static void write_number(struct ra_pack *pack, uint64_t number)
{
	while (number > 0x7f) {
		ra_buf_addc(&pack->out, (char)(number | 0x80));
		number >>= 7;
	}
	ra_buf_addc(&pack->out, (char)number);
}

static uint64_t read_number(struct ra_pack *pack)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64 && pack->rest.len; shift += 7) {
		unsigned char byte = (unsigned char)pack->rest.ptr[0];

		pack->rest = ra_str_n(pack->rest.ptr + 1, pack->rest.len - 1);
		number |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return number;
	}
	pack->failed = true;
	return 0;
}

void ra_pack_number(struct ra_pack *pack, uint64_t *number)
{
	if (!pack->reading)
		write_number(pack, *number);
	else
		*number = pack->failed ? 0 : read_number(pack);
}

void ra_pack_u32(struct ra_pack *pack, uint32_t *number)
{
	uint64_t wide = *number;

	ra_pack_number(pack, &wide);
	pack->failed |= wide > UINT32_MAX;
	*number = (uint32_t)wide;
}

void ra_pack_size(struct ra_pack *pack, size_t *number)
{
	uint64_t wide = *number;

	ra_pack_number(pack, &wide);
	*number = (size_t)wide;
}

void ra_pack_flag(struct ra_pack *pack, bool *flag)
{
	uint64_t wide = *flag;

	ra_pack_number(pack, &wide);
	pack->failed |= wide > 1;
	*flag = wide == 1;
}

/* Each takes a byte at the least, so a damaged count cannot ask for more than there is. */
size_t ra_pack_count(struct ra_pack *pack, size_t n)
{
	ra_pack_size(pack, &n);
	if (pack->reading && n > pack->rest.len)
		pack->failed = true;
	return pack->failed ? 0 : n;
}

void ra_pack_text(struct ra_pack *pack, struct ra_str *text)
{
	size_t n = ra_pack_count(pack, text->len);

	if (!pack->reading) {
		ra_buf_add(&pack->out, *text);
		return;
	}
	*text = n ? ra_str_copy(pack->arena, ra_str_n(pack->rest.ptr, n)) : RA_STR("");
	pack->rest = ra_str_n(pack->rest.ptr + n, pack->rest.len - n);
}

void ra_pack_name(struct ra_pack *pack, const char **name)
{
	bool there = *name != NULL;
	struct ra_str text = ra_str(there ? *name : "");

	ra_pack_flag(pack, &there);
	if (there)
		ra_pack_text(pack, &text);
	if (pack->reading)
		*name = there ? ra_cstr(pack->arena, text) : NULL;
}
