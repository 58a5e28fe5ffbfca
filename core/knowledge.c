/*
 * Cards and API tables. What an installation knows lies in folders by language; a user adds
 * directories of the same form; a repository adds cards, and only those of the commit it is
 * judged by.
 */
#include "core/run.h"

#define TREE_CARDS ".race-audit/patterns"
#define ITEMS "checklist.items"

static int load_tables(struct ra_arena *arena, const char *dir, uint32_t langs,
		       struct ra_knowledge *out, struct ra_error *err)
{
	for (int lang = RA_LANG_NONE + 1; lang < RA_LANG_COUNT; lang++) {
		const char *name = ra_lang_name((enum ra_lang)lang);
		const char *folder = ra_printf(arena, "%s/%s", dir, name).ptr;
		struct ra_str *names, text;
		size_t n;

		if (langs && !(langs & ra_lang_bits(ra_str(name))))
			continue;
		if (ra_dir_list(arena, folder, ".api", &names, &n, err))
			continue;
		for (size_t i = 0; i < n; i++) {
			const char *path = ra_printf(arena, "%s/%s", folder, names[i].ptr).ptr;
			int rc = ra_file_read(arena, path, RA_CONFIG_BYTES, &text, err);

			rc = rc ? rc : ra_api_load(out->apis[lang], path, text, err);
			out->digests[lang] = (out->digests[lang] ^ ra_str_hash(text)) * 31 + i;
			if (rc)
				return rc;
		}
	}
	return RA_OK;
}

int ra_knowledge_load(struct ra_arena *arena, const char *const *dirs, uint32_t langs,
		      struct ra_knowledge *out, struct ra_error *err)
{
	int rc = RA_OK;

	*out = (struct ra_knowledge){ 0 };
	for (int lang = RA_LANG_NONE + 1; lang < RA_LANG_COUNT; lang++) {
		enum ra_lang family = ra_lang_family((enum ra_lang)lang);

		out->apis[lang] = (int)family < lang ? out->apis[family] : ra_api_open(arena);
	}
	for (size_t i = 0; !rc && dirs && dirs[i]; i++) {
		out->cards.langs = i ? 0 : langs;
		out->cards.tried = i == 0 && langs;
		rc = load_tables(arena, dirs[i], out->cards.langs, out, err);
		rc = rc ? rc : ra_cards_read_dir(arena, dirs[i], &out->cards, err);
		if (rc == RA_ENOTFOUND || rc == RA_EIO)
			err->code = rc = RA_EUSAGE;
	}
	out->cards.tried = false;
	if (!rc)
		ra_cards_seal(&out->cards);
	return rc;
}

void ra_knowledge_close(struct ra_knowledge *knowledge)
{
	ra_cards_close(&knowledge->cards);
}

const struct ra_oid *ra_run_trusted(const struct run *run)
{
	const struct ra_oid *commit = run->options->mode == RA_AUDIT_DIFF ? &run->selection.base
									  : &run->selection.head;

	return run->git && run->options->trust_repo_config && commit->hex[0] ? commit : NULL;
}

static int load_tree_cards(struct run *run)
{
	const struct ra_oid *commit = ra_run_trusted(run);
	struct ra_str *names, text;
	size_t n;
	int rc;

	if (!commit)
		return RA_OK;
	rc = ra_git_list_at(run->git, run->repo, commit, TREE_CARDS, &names, &n, run->err);
	for (size_t i = 0; !rc && i < n; i++) {
		const char *path = ra_printf(run->repo, TREE_CARDS "/%.*s", RA_FMT(names[i])).ptr;

		if (!ra_str_ends(names[i], RA_STR(".md")) || ra_str_is(names[i], "README.md"))
			continue;
		rc = ra_git_file_at(run->git, run->repo, commit, path, RA_CONFIG_BYTES, &text,
				    run->err);
		rc = rc ? rc : ra_card_read(run->repo, path, text, &run->knowledge.cards, run->err);
	}
	return rc;
}

/* What a checklist asks: the installed table, and what directories of the user's add to it. */
static int load_items(struct run *run)
{
	const char *const *dirs = run->options->card_dirs;
	int rc = RA_OK;

	for (size_t i = 0; !rc && dirs && dirs[i]; i++) {
		const char *path = ra_printf(run->repo, "%s/" ITEMS, dirs[i]).ptr;
		struct ra_str text;

		rc = ra_file_read(run->repo, path, RA_CONFIG_BYTES, &text, run->err);
		if (rc == RA_ENOTFOUND && i) {
			rc = RA_OK;
			continue;
		}
		if (rc)
			return ra_fail(run->err, RA_EUSAGE, "cannot read '%s'; is the installation "
				       "whole?", path);
		rc = ra_items_read(run->repo, path, text, &run->items, run->err);
	}
	return rc ? rc : ra_items_check(&run->items, run->err);
}

static bool is_rule(const struct ra_cards *cards, struct ra_str name)
{
	return ra_cards_find(cards, name) || ra_race_type(name);
}

/* Languages that the selected files may be in, on any side: all of them, where a file's first line
 * has to tell. */
static uint32_t languages(const struct run *run)
{
	uint32_t langs = 1u << RA_LANG_NONE;

	if (run->options->rules && run->options->rules[0]) /* which names there are, all cards tell */
		return UINT32_MAX;
	for (size_t i = 0; i < run->selection.files.n; i++) {
		const struct ra_git_file *file = &run->selection.files.v[i];
		enum ra_lang lang = ra_source_lang(file->path, RA_STR(""));

		if (lang == RA_LANG_NONE && !file->skip)
			return UINT32_MAX;
		langs |= 1u << lang;
		langs |= 1u << ra_source_lang(file->old_path, RA_STR(""));
	}
	return langs;
}

int ra_run_knowledge(struct run *run)
{
	const char *const *rules = run->options->rules;
	int rc = ra_knowledge_load(run->repo, run->options->card_dirs, languages(run),
				   &run->knowledge, run->err);

	rc = rc ? rc : load_tree_cards(run);
	if (rc)
		return rc;
	ra_cards_seal(&run->knowledge.cards);
	rc = run->options->checklist ? load_items(run) : RA_OK;
	if (rc)
		return rc;
	for (size_t i = 0; rules && rules[i]; i++) {
		if (!is_rule(&run->knowledge.cards, ra_str(rules[i])))
			return ra_fail(run->err, RA_EUSAGE, "no rule or race type is named '%s'; "
				       "'git race-audit rules list' shows all", rules[i]);
		*ra_vec_push(run->repo, &run->only) = ra_str(rules[i]);
	}
	return RA_OK;
}
