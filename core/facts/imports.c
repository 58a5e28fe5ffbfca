/*
 * imports: which name of a file stands for what of another one, and which runtimes the file uses
 * by them.
 */
#include "core/facts/internal.h"

/* -- a list for each file --------------------------------------------------------------------- */

/* A file's imports are its own, also where it is read together with others. */
static struct ra_map *imports_at(struct build *b, uint32_t line)
{
	const struct ra_source *source = b->out->source;

	return &b->imports[ra_source_part(source, line) - source->parts];
}

static void add_import(struct build *b, struct ra_import import)
{
	size_t *slot = ra_map_put(imports_at(b, import.line), import.local, b->out->imports.n);

	/* The first of `try: import a except ImportError: import b` is the one meant to be used. */
	if (*slot != b->out->imports.n)
		return;
	if (!import.full.len)
		import.full = !import.name.len ? import.module :
			      ra_printf(b->arena, "%.*s.%.*s", RA_FMT(import.module),
					RA_FMT(import.name));
	*ra_vec_push(b->arena, &b->out->imports) = import;
}

const struct ra_import *ra_import_of(struct build *b, struct ra_str local)
{
	uint32_t line = b->unit || !b->statement ? b->shape->units.v[b->unit].line
						 : ra_node_line(b->shape, b->statement);
	size_t *slot = ra_map_get(imports_at(b, line), local);

	return slot ? &b->out->imports.v[*slot] : NULL;
}

struct ra_str ra_import_full(struct build *b, struct ra_str local)
{
	const struct ra_import *import = ra_import_of(b, local);

	return import ? import->full : RA_STR("");
}

/* -- require ---------------------------------------------------------------------------------- */

/* A package that the name was imported from: what it holds is no state of these files. */
static bool package_of(struct build *b, const struct ra_node *name, struct ra_import *out)
{
	const struct ra_import *import = ra_import_of(b, name->text);

	if (!import || !import->full.len || strchr("./~#", import->full.ptr[0]))
		return false;
	out->module = import->module;
	out->name = import->name;
	return true;
}

static struct ra_str joined(struct build *b, struct ra_str name, struct ra_str member)
{
	return name.len ? ra_printf(b->arena, "%.*s.%.*s", RA_FMT(name), RA_FMT(member)) : member;
}

/* `const a = require('m').b`: the module that a call names, or a name that was imported, with what
 * is taken of it. */
static bool required(struct build *b, const struct ra_node *value, struct ra_import *out)
{
	const struct ra_node *name = value->kind == RA_N_CALL ? value->kids : NULL;

	if (value->kind == RA_N_AWAIT && value->kids)
		return required(b, value->kids, out);
	if (value->kind == RA_N_NAME)
		return package_of(b, value, out);
	if (value->kind == RA_N_MEMBER && value->kids && value->height < 6) {
		if (!required(b, value->kids, out))
			return false;
		out->name = joined(b, out->name, value->text);
		return true;
	}
	if (!name || name->kind != RA_N_NAME || !name->next || name->next->next ||
	    name->next->kind != RA_N_STRING || name->next->kids ||
	    !ra_api_with(ra_api_find(b->api, name->text), RA_EFFECT_IMPORT))
		return false;
	out->module = ra_shape_module(b->arena, name->next->text);
	return out->module.len > 0;
}

/* Is the name given something else by another statement of the module, or by a function of it? What
 * stands in for it where an import is missing does not count. */
static bool is_given_anew(struct build *b, const struct ra_node *node)
{
	const struct ra_node *at = NULL;
	struct ra_str name = node->kids->text;

	while ((at = ra_node_walk(b->shape->root, at, true)) != NULL) {
		if (at->kind != RA_N_NAME || at == node->kids || !ra_str_eq(at->text, name))
			continue;
		if (at->up->kind == RA_N_GLOBAL)
			return true;
		if (at->up->kind == RA_N_ASSIGN && at->next && !at->unit &&
		    !ra_block_enclosing(b->shape, at->block, RA_B_HANDLER))
			return true;
	}
	return false;
}

/* `start = asyncio.create_task` of a module whose language has no word for what is never assigned
 * again: another name of what a table speaks of. */
static bool is_second_name(struct build *b, const struct ra_node *node,
			   const struct ra_import *import)
{
	return !b->block_scoped && node->kids->kind == RA_N_NAME && import->name.len &&
	       b->shape->blocks.v[node->block].role != RA_B_CLASS &&
	       ra_api_find(b->api, ra_printf(b->arena, "%.*s.%.*s", RA_FMT(import->module),
					     RA_FMT(import->name))) &&
	       !is_given_anew(b, node);
}

/* Does a declaration of the module do nothing but name a module or what is in it? */
bool ra_import_required(struct build *b, const struct ra_node *node, struct ra_import *out)
{
	const struct ra_node *target = node->kids, *value = target ? target->next : NULL;
	const struct ra_node *root = value;

	while (root && root->kids && (root->kind == RA_N_MEMBER || root->kind == RA_N_AWAIT))
		root = root->kids;
	if (node->unit || !value || value->next || (node->flags & RA_F_AUGMENT) ||
	    (target->kind != RA_N_NAME && target->kind != RA_N_DICT) || !required(b, value, out))
		return false;
	return root->kind != RA_N_NAME || node->word == RA_W_CONST || is_second_name(b, node, out);
}

static void read_required(struct build *b, const struct ra_node *node)
{
	struct ra_import whole = { .line = ra_node_line(b->shape, node) };
	const struct ra_node *kid = node->kids;

	if (!ra_import_required(b, node, &whole))
		return;
	if (kid->kind == RA_N_NAME) {
		whole.local = kid->text;
		add_import(b, whole);
		return;
	}
	for (kid = kid->kids; kid; kid = kid->next) {
		struct ra_import import = whole;

		if (kid->kind != RA_N_PAIR || kid->kids->kind != RA_N_NAME || !kid->kids->next ||
		    kid->kids->next->kind != RA_N_NAME)
			continue;
		import.local = kid->kids->next->text;
		import.name = joined(b, whole.name, kid->kids->text);
		add_import(b, import);
	}
}

/* -- import ----------------------------------------------------------------------------------- */

static struct ra_str first_part(struct ra_str dotted)
{
	struct ra_str rest = dotted, part = dotted;

	ra_str_cut(&rest, '.', &part);
	return part;
}

/* The module itself, or what it exports as a whole: of a package the names in it are its own. */
static bool is_whole(const struct ra_node *import, const struct ra_node *alias)
{
	return ra_str_is(alias->text, "*") ||
	       (ra_str_is(alias->text, "default") && !strchr("./~#", import->text.ptr[0]));
}

static void read_import(struct build *b, const struct ra_node *node)
{
	uint32_t line = ra_node_line(b->shape, node);

	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		const struct ra_node *as = ra_node_find(kid, RA_N_NAME);
		struct ra_import import = { .local = as ? as->text : kid->text, .line = line,
					    .module = node->text };

		if (kid->kind != RA_N_ALIAS)
			continue;
		if (!node->text.len) {
			import.module = kid->text;
			if (!as)
				import.local = import.full = first_part(kid->text);
		} else if (!is_whole(node, kid)) {
			import.name = kid->text;
		}
		add_import(b, import);
	}
}

void ra_facts_read_imports(struct build *b)
{
	const struct ra_node *node = NULL;

	while ((node = ra_node_walk(b->shape->root, node, true)))
		if (node->kind == RA_N_IMPORT)
			read_import(b, node);
		else if (node->kind == RA_N_ASSIGN)
			read_required(b, node);
}

/* -- runtimes --------------------------------------------------------------------------------- */

/* The runtimes of a module, or of one that it is in. */
static void add_runtimes(struct build *b, struct ra_str module)
{
	while (module.len) {
		const struct ra_api_row *row = ra_api_with(ra_api_find(b->api, module),
							   RA_EFFECT_RUNTIME);

		if (row)
			b->out->runtimes |= row->runtimes;
		module = ra_str_before_last(module, '.');
	}
}

/* Runtimes by the modules that are imported, or named by a path (`tokio::spawn`): a row of effect
 * RUNTIME for the module; a row named `*` for what every file of the language runs on. */
void ra_facts_read_runtimes(struct build *b)
{
	const struct ra_api_row *always = ra_api_with(ra_api_find(b->api, RA_STR("*")),
						      RA_EFFECT_RUNTIME);
	const struct ra_node *node = NULL;

	if (always)
		b->out->runtimes |= always->runtimes;
	for (size_t i = 0; i < b->out->imports.n; i++)
		add_runtimes(b, b->out->imports.v[i].full);
	while ((node = ra_node_walk(b->shape->root, node, true)))
		if (node->kind == RA_N_MEMBER && node->word == RA_O_PATH && node->up &&
		    node->up->kind != RA_N_MEMBER)
			add_runtimes(b, ra_node_dotted(b->arena, node));
}
