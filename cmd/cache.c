/*
 * cache: what is kept of earlier runs beside the repository's objects.
 */
#include "cmd/cmd.h"

static int find_action(struct invocation *invocation)
{
	static const char *const words[] = { "stats", "gc", "clear" };
	const char *word = invocation->operands.n == 1 ? invocation->operands.v[0] : "";

	for (int i = 0; i < (int)(sizeof(words) / sizeof(*words)); i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

int command_cache(struct invocation *invocation)
{
	int action = find_action(invocation), rc;
	struct ra_buf text;

	if (action < 0)
		return fail_usage(invocation, "cache needs one of: stats, gc, clear");
	ra_buf_init(&text, invocation->arena);
	rc = ra_audit_init(false, &invocation->err);
	if (!rc) {
		rc = ra_audit_cache(invocation->arena, &invocation->settings.audit,
				    (enum ra_cache_action)action, &text, &invocation->err);
		ra_audit_shutdown();
	}
	if (rc)
		return fail(invocation);
	fwrite(text.ptr ? text.ptr : "", 1, text.len, stdout);
	return 0;
}
