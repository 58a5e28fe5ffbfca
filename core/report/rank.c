/*
 * Which finding to read first: who reads ten should have read the ten best. What is fixed comes
 * last, what stands in tests before that; then the graver, the surer, the newer first, and else the
 * order of the list, which is that of places.
 */
#include "core/report/internal.h"

static size_t level_of(const json_t *finding, const char *key)
{
	static const char *const levels[] = { "high", "medium", "low" };
	struct ra_str name = ra_json_get(finding, key);
	size_t i = 0;

	while (i + 1 < sizeof(levels) / sizeof(*levels) && !ra_str_is(name, levels[i]))
		i++;
	return i;
}

static size_t key_of(const json_t *finding)
{
	struct ra_str state = ra_json_get(finding, "state");
	bool test = json_is_true(json_object_get(finding, "test"));
	size_t key = ra_str_is(state, "fixed") ? 2 : test;

	key = key * 3 + level_of(finding, "severity");
	key = key * 3 + level_of(finding, "confidence");
	return key * 2 + !ra_str_is(state, "new");
}

/* How many have each key, summed up, is where those of the key begin. */
void ra_rank_findings(struct ra_model *model)
{
	enum { KEYS = 3 * 3 * 3 * 2 };
	json_t *findings = json_object_get(model->root, "findings"), *finding;
	size_t next[KEYS] = { 0 }, sum = 0, i;

	json_array_foreach(findings, i, finding)
		next[key_of(finding)]++;
	for (size_t key = 0; key < KEYS; key++) {
		size_t count = next[key];

		next[key] = sum + 1;
		sum += count;
	}
	json_array_foreach(findings, i, finding)
		ra_json_number(&model->json, finding, "rank", next[key_of(finding)]++);
}
