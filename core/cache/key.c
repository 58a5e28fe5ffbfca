/*
 * Digests of what a value depends on: SHA-256, cut short.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */

#include "core/cache/cache.h"

#include <link.h>
#include <sha2.h>

void ra_keying_init(struct ra_keying *keying, struct ra_arena *scratch)
{
	ra_buf_init(&keying->text, scratch);
}

void ra_keying_number(struct ra_keying *keying, uint64_t number)
{
	char bytes[sizeof(number)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(number >> (8 * i));
	ra_buf_add(&keying->text, ra_str_n(bytes, sizeof(bytes)));
}

void ra_keying_text(struct ra_keying *keying, struct ra_str text)
{
	ra_keying_number(keying, text.len);
	ra_buf_add(&keying->text, text);
}

void ra_keying_key(struct ra_keying *keying, const struct ra_key *key)
{
	ra_buf_add(&keying->text, ra_str_n((const char *)key->bytes, sizeof(key->bytes)));
}

struct ra_key ra_keying_done(const struct ra_keying *keying)
{
	struct ra_str text = ra_buf_str(&keying->text);
	uint8_t digest[SHA256_DIGEST_LENGTH];
	struct ra_key key;
	SHA2_CTX hash;

	SHA256Init(&hash);
	SHA256Update(&hash, (const uint8_t *)text.ptr, text.len);
	SHA256Final(digest, &hash);
	memcpy(key.bytes, digest, sizeof(key.bytes));
	return key;
}

/* -- the program --------------------------------------------------------------------------- */

/* A note of the linker: sizes of name and text, its type, the name, the text, both padded. */
static struct ra_str find_build_id(const char *notes, size_t size)
{
	size_t at = 0;

	while (at + 3 * sizeof(uint32_t) <= size) {
		uint32_t head[3];
		size_t name, text;

		memcpy(head, notes + at, sizeof(head));
		name = at + sizeof(head);
		text = name + ((size_t)head[0] + 3) / 4 * 4;
		at = text + ((size_t)head[1] + 3) / 4 * 4;
		if (at <= size && head[2] == NT_GNU_BUILD_ID && head[0] == 4 &&
		    memcmp(notes + name, "GNU", 4) == 0)
			return ra_str_n(notes + text, head[1]);
	}
	return RA_STR("");
}

/* The program itself comes first. */
static int look_at_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct ra_str *found = arg;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum && !found->len; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			*found = find_build_id((const char *)info->dlpi_addr +
					       info->dlpi_phdr[i].p_vaddr,
					       info->dlpi_phdr[i].p_memsz);
	return 1;
}

struct ra_str ra_cache_engine(void)
{
	struct ra_str found = RA_STR("");

	dl_iterate_phdr(look_at_program, &found);
	return found;
}
