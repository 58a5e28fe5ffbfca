/*
 * explain: one rule, or what was found at one place, in full.
 */
#include "cmd/cmd.h"

#include <ctype.h>

enum { FINGERPRINT_MIN = 6 }; /* digits that are taken for the beginning of one */

struct explanation {
	struct audit audit;       /* first: `present` gets this */
	const char *asked;
	struct ra_explain what;
};

/* -- a rule ----------------------------------------------------------------------------------- */

/* 1 when it was shown, 0 when no rule has that name, or the error. */
static int explain_rule(struct invocation *invocation, const char *id)
{
	struct ra_knowledge knowledge = { 0 };
	const struct ra_card *card = NULL;
	struct ra_str text;
	int rc = ra_knowledge_load(invocation->arena, card_dirs(invocation), 0, &knowledge,
				   &invocation->err);

	if (!rc)
		card = ra_cards_find(&knowledge.cards, ra_str(id));
	if (card)
		rc = ra_file_read(invocation->arena, ra_cstr(invocation->arena, card->path), 0,
				  &text, &invocation->err);
	if (card && !rc)
		rc = pager_show(text, NULL, &invocation->err);
	ra_knowledge_close(&knowledge);
	return rc ? rc : card != NULL;
}

/* -- a finding -------------------------------------------------------------------------------- */

static bool is_fingerprint(struct ra_str text)
{
	struct ra_str prefix = RA_STR("ra1:");
	bool marked = ra_str_starts(text, prefix);

	for (size_t i = marked ? prefix.len : 0; i < text.len; i++)
		if (!isxdigit((unsigned char)text.ptr[i]))
			return false;
	return marked || text.len >= FINGERPRINT_MIN;
}

/* Cut ":12" off the end; 0 when there is no number. */
static size_t cut_number(struct ra_str *path)
{
	size_t at = path->len, number = 0;

	while (at && isdigit((unsigned char)path->ptr[at - 1]))
		at--;
	if (at == path->len || !at || path->ptr[at - 1] != ':' || path->len - at > 9)
		return 0;
	for (size_t i = at; i < path->len; i++)
		number = number * 10 + (size_t)(path->ptr[i] - '0');
	path->len = at - 1;
	return number;
}

/* "<path>", "<path>:<line>", and "<path>:<line>:<column>" as a terminal shows it. */
static void read_place(struct invocation *invocation, struct ra_str path, struct ra_explain *what)
{
	size_t last = cut_number(&path), before = last ? cut_number(&path) : 0;
	const char **paths = ra_new_array(invocation->arena, const char *, 2);

	what->line = before ? before : last;
	paths[0] = ra_cstr(invocation->arena, path);
	invocation->settings.audit.paths = paths;
	invocation->settings.audit.literal_pathspecs = true;
}

/* What is asked for by name is shown whatever the settings hide. */
static void show_all(struct invocation *invocation)
{
	static const char *const levels[] = { "severity", "confidence" };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		*ra_vec_push(invocation->arena, &invocation->assignments) = (struct assignment){
			.option = option_by_key(ra_str(levels[i])), .value = RA_STR("low"),
			.origin = "explain", .layer = LAYER_COMMAND_LINE,
		};
}

static int present(struct audit *audit)
{
	const struct explanation *explanation = (const struct explanation *)audit;
	struct invocation *invocation = audit->invocation;
	struct ra_buf text;
	size_t n = 0;
	int rc;

	ra_buf_init(&text, invocation->arena);
	rc = ra_report_explain(audit->result.model, template_dirs(invocation), &explanation->what,
			       &text, &n, &invocation->err);
	if (!rc && !audit->result.selected)
		return ra_fail(&invocation->err, RA_EUSAGE, "'%s' is no rule, no fingerprint and no "
			       "file of the tree; 'git race-audit rules list' shows the rules",
			       explanation->asked);
	if (!rc && !n)
		return ra_fail(&invocation->err, RA_EUSAGE, "nothing is found at '%s'; 'git "
			       "race-audit sweep' shows what is found in the tree, and what could not "
			       "be read", explanation->asked);
	return rc ? rc : pager_show(ra_buf_str(&text), invocation->pager, &invocation->err);
}

int command_explain(struct invocation *invocation)
{
	struct ra_audit_options *options = &invocation->settings.audit;
	struct explanation explanation = {
		.audit = { .invocation = invocation, .present = present, .only_shows = true },
	};
	size_t n = invocation->operands.n;
	int rc;

	if (n < 1 || n > 2 || invocation->paths.n)
		return fail_usage(invocation, "explain needs a rule, a fingerprint or a path, and "
				  "takes a revision behind it");
	explanation.asked = invocation->operands.v[0];
	rc = explain_rule(invocation, explanation.asked);
	if (rc)
		return rc == 1 ? 0 : fail(invocation);
	if (is_fingerprint(ra_str(explanation.asked)))
		explanation.what.fingerprint = ra_str(explanation.asked);
	else
		read_place(invocation, ra_str(explanation.asked), &explanation.what);
	options->range = n > 1 ? invocation->operands.v[1] : NULL;
	show_all(invocation);
	return audit_start(&explanation.audit, RA_AUDIT_SWEEP);
}
