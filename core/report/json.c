/*
 * Building and reading JSON without a check at every step, and JSON as text.
 */
#include "core/report/internal.h"

void ra_json_put(struct ra_json *json, json_t *parent, const char *key, json_t *value)
{
	int rc = key ? json_object_set_new(parent, key, value)
		     : json_array_append_new(parent, value);

	json->failed |= rc != 0;
}

void ra_json_text(struct ra_json *json, json_t *parent, const char *key, struct ra_str text)
{
	json_t *value = json_stringn(text.ptr ? text.ptr : "", text.len);

	if (!value) {
		text = ra_utf8(json->arena, text);
		value = json_stringn(text.ptr, text.len);
	}
	ra_json_put(json, parent, key, value);
}

void ra_json_number(struct ra_json *json, json_t *parent, const char *key, size_t number)
{
	ra_json_put(json, parent, key, json_integer((json_int_t)number));
}

void ra_json_flag(struct ra_json *json, json_t *parent, const char *key, bool flag)
{
	ra_json_put(json, parent, key, json_boolean(flag));
}

json_t *ra_json_object(struct ra_json *json, json_t *parent, const char *key)
{
	json_t *object = json_object();

	ra_json_put(json, parent, key, object);
	return object;
}

json_t *ra_json_array(struct ra_json *json, json_t *parent, const char *key)
{
	json_t *array = json_array();

	ra_json_put(json, parent, key, array);
	return array;
}

static struct ra_str base64(struct ra_arena *arena, struct ra_str bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = 0;

		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (k < n ? (unsigned char)bytes.ptr[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			ra_buf_addc(&out, k > n ? '=' : digits[group >> (18 - 6 * k) & 63]);
	}
	return ra_buf_str(&out);
}

static bool is_utf8(struct ra_str text)
{
	uint32_t code;

	while (text.len) {
		size_t n = ra_utf8_next(text, &code);

		if (!n)
			return false;
		text = ra_str_n(text.ptr + n, text.len - n);
	}
	return true;
}

void ra_json_path(struct ra_json *json, json_t *parent, const char *key, struct ra_str path)
{
	ra_json_text(json, parent, key, path);
	if (!is_utf8(path))
		ra_json_text(json, parent, ra_printf(json->arena, "%s_bytes", key).ptr,
			     base64(json->arena, path));
}

struct ra_str ra_json_get(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? ra_str_n(json_string_value(value),
						json_string_length(value))
				     : RA_STR("");
}

size_t ra_json_count(const json_t *object, const char *key)
{
	return (size_t)json_integer_value(json_object_get(object, key));
}

struct ra_str ra_report_json(struct ra_arena *arena, json_t *model)
{
	const size_t flags = JSON_SORT_KEYS | JSON_INDENT(2) | JSON_ENSURE_ASCII;
	size_t length = json_dumpb(model, NULL, 0, flags);
	char *text = ra_alloc(arena, length + 2);

	json_dumpb(model, text, length, flags);
	text[length] = '\n';
	return ra_str_n(text, length + 1);
}
