/*
 * Making candidates: where one stands, its events, values and steps. What does not fit into their
 * arrays is left out: a report shows the first ones anyway.
 */
#include "core/races/internal.h"

#include <stdio.h>

/* Empty for a NULL format. */
static struct ra_str format(struct ra_arena *arena, const char *text, va_list args)
{
	return text ? ra_vprintf(arena, text, args) : RA_STR("");
}

/* -- places ---------------------------------------------------------------------------------- */

/* A handler, a case and a decorator have lines of their own within their statement. */
static bool stands_alone(const struct ra_node *node)
{
	return ra_node_is_statement(node) || node->kind == RA_N_HANDLER ||
	       node->kind == RA_N_CASE || node->kind == RA_N_DECORATOR;
}

struct ra_lines ra_statement_lines(const struct ra_shape *shape, const struct ra_node *node)
{
	const struct ra_tokens *tokens = shape->tokens;
	const struct ra_token *token;
	uint32_t first, last, end;

	while (node->up && !stands_alone(node))
		node = node->up;
	first = node->first;
	last = node->last;
	for (const struct ra_node *kid = node->kids; kid; kid = kid->next) {
		if (kid->kind == RA_N_DECORATOR)
			first = kid->last + 1;
		if (kid->kind == RA_N_BLOCK || kid->kind == RA_N_CASE) {
			last = kid->first > first ? kid->first - 1 : first;
			break;
		}
	}
	while (first < last && ra_token_is_layout(&tokens->list.v[first]))
		first++;
	while (last > first && ra_token_is_layout(&tokens->list.v[last]))
		last--;
	token = &tokens->list.v[last];
	end = token->at + (token->len ? token->len - 1 : 0);
	return (struct ra_lines){
		.first = tokens->list.v[first].line,
		.last = ra_source_line(tokens->source, end),
		.column = ra_source_column(tokens->source, tokens->list.v[first].at),
	};
}

/* Candidates of one card are made in a row, so only the last ones can be the same. */
static bool there_already(const struct ra_detection *d, uint32_t line, struct ra_str subject)
{
	size_t n = d->out->list.n, count = 0;

	while (n-- && d->out->list.v[n].card == d->card && ++count < RA_CANDIDATES_MAX)
		if (d->out->list.v[n].line == line &&
		    ra_str_eq(d->out->list.v[n].subject, subject))
			return true;
	return count >= RA_CANDIDATES_MAX;
}

struct ra_candidate *ra_candidate_lines(struct ra_detection *d, uint32_t unit,
					struct ra_lines lines, struct ra_str subject)
{
	bool test = d->facts->units[unit].test &&
		    d->facts->shape->tokens->language->tests_by_call;
	struct ra_candidate *c;

	if (there_already(d, lines.first, subject))
		return NULL;
	c = ra_vec_push(d->arena, &d->out->list);
	*c = (struct ra_candidate){
		.card = d->card, .facts = d->facts, .unit = unit, .line = lines.first,
		.end_line = lines.last, .column = lines.column, .severity = d->card->severity,
		.confidence = d->card->confidence, .question = d->card->question || test,
		.subject = ra_str_copy(d->arena, subject),
	};
	return c;
}

struct ra_candidate *ra_candidate_node(struct ra_detection *d, uint32_t unit,
				       const struct ra_node *node, struct ra_str subject)
{
	return ra_candidate_lines(d, unit, ra_statement_lines(d->facts->shape, node), subject);
}

struct ra_candidate *ra_candidate_at(struct ra_detection *d, const struct ra_fact *fact,
				     struct ra_str subject)
{
	/* what a callee does stands at its call, what runs later where it is written */
	if (fact->via != RA_NONE && !(fact->flags & RA_FACT_LATER))
		fact = ra_fact(d->facts, fact->via);
	return ra_candidate_node(d, fact->unit, fact->node, subject);
}

/* -- what it carries ------------------------------------------------------------------------- */

void ra_candidate_mark(struct ra_candidate *c, const char *role, struct ra_lines lines,
		       struct ra_str note)
{
	if (c->n_events < RA_EVENTS_MAX)
		c->events[c->n_events++] = (struct ra_event){
			.role = role, .line = lines.first, .end_line = lines.last,
			.column = lines.column, .note = note,
		};
}

void ra_candidate_event(struct ra_detection *d, struct ra_candidate *c, const char *role,
			const struct ra_fact *fact, const char *note, ...)
{
	struct ra_lines lines = { fact->line, fact->end_line, fact->column };
	struct ra_str words;
	va_list args;

	va_start(args, note);
	words = format(d->arena, note, args);
	va_end(args);
	if (!note)
		words = ra_fact_words(d->arena, d->facts, fact);
	ra_candidate_mark(c, role, lines, words);
}

void ra_candidate_var(struct ra_detection *d, struct ra_candidate *c, const char *name,
		      const char *value, ...)
{
	va_list args;

	if (c->n_vars == RA_VARS_MAX)
		return;
	va_start(args, value);
	c->vars[c->n_vars].name = name;
	c->vars[c->n_vars++].value = format(d->arena, value, args);
	va_end(args);
}

void ra_candidate_line(struct ra_detection *d, struct ra_candidate *c, const char *name,
		       uint32_t line)
{
	struct ra_str words = ra_source_words(d->arena, d->facts->source, line, c->line);
	struct ra_str code = ra_str_trim(ra_source_line_text(d->facts->source, line));

	ra_candidate_var(d, c, name, "%.*s", RA_FMT(words));
	ra_candidate_var(d, c, (char *)ra_printf(d->arena, "%s" RA_LINE_CODE, name).ptr, "%.*s",
			 RA_FMT(code));
}

void ra_candidate_step(struct ra_detection *d, struct ra_candidate *c, const char *task,
		       uint32_t line, bool window, const char *text, ...)
{
	va_list args;

	if (c->n_steps == RA_STEPS_MAX)
		return;
	va_start(args, text);
	c->steps[c->n_steps++] = (struct ra_step){
		.task = ra_str_copy(d->arena, ra_str(task)), .line = line, .window = window,
		.text = format(d->arena, text, args),
	};
	va_end(args);
}

void ra_candidate_weaken(struct ra_candidate *c, enum ra_severity severity,
			 enum ra_confidence confidence)
{
	if (c->severity > severity)
		c->severity = severity;
	if (c->confidence > confidence)
		c->confidence = confidence;
}

/* -- values that every candidate has --------------------------------------------------------- */

static struct ra_str stem(struct ra_str path)
{
	struct ra_str name = path;
	ptrdiff_t dot;

	while (ra_str_cut(&path, '/', &name))
		;
	dot = ra_str_find(name, RA_STR("."));
	return dot > 0 ? ra_str_n(name.ptr, (size_t)dot) : name;
}

void ra_candidate_default(struct ra_detection *d, struct ra_candidate *c, const char *name,
			  struct ra_str value)
{
	for (uint32_t i = 0; i < c->n_vars; i++)
		if (strcmp(c->vars[i].name, name) == 0)
			return;
	ra_candidate_var(d, c, name, "%.*s", RA_FMT(value));
}

/* What a call of the unit has to give: "folder, updates", or "key, depth=depth" by name. */
static struct ra_str call_args(struct ra_detection *d, const struct ra_unit *unit)
{
	const struct ra_node *kid = unit->flags & RA_U_MODULE ? NULL : unit->node->kids;
	bool by_name = false;
	struct ra_buf text;

	ra_buf_init(&text, d->arena);
	for (; kid; kid = kid->next) {
		struct ra_str name = kid->text;

		if (kid->kind != RA_N_PARAM || (unit->receiver.len && ra_str_eq(name, unit->receiver)))
			continue;
		if (kid->flags & (RA_F_STAR | RA_F_DOUBLESTAR)) {
			by_name = true;
			continue;
		}
		if (ra_node_find(kid, RA_N_DEFAULT))
			continue;
		if (!name.len && kid->kids) /* a pattern in its place */
			name = ra_code_words(d->arena, d->facts->shape->tokens, kid->kids->first,
					     kid->kids->last);
		ra_buf_adds(&text, text.len ? ", " : "");
		ra_buf_addf(&text, by_name ? "%.*s=%.*s" : "%.*s", RA_FMT(name), RA_FMT(name));
	}
	return ra_buf_str(&text);
}

void ra_candidate_common_vars(struct ra_detection *d, struct ra_candidate *c)
{
	const struct ra_shape *shape = d->facts->shape;
	const struct ra_unit *unit = &shape->units.v[c->unit], *named = unit;
	struct ra_str path = ra_source_part(d->facts->source, c->line)->path;


	ra_candidate_default(d, c, "class", unit->class_ ?
			     shape->classes.v[unit->class_ - 1].name : RA_STR(""));
	ra_candidate_default(d, c, "file_stem", stem(path));
	while (named->flags & RA_U_LAMBDA)
		named = &shape->units.v[named->up];
	ra_candidate_default(d, c, "args", call_args(d, named));
	ra_candidate_default(d, c, "function", named->flags & RA_U_MODULE ? stem(path) : named->name);
	ra_candidate_default(d, c, "language", ra_str(ra_lang_title(d->facts->source->lang)));
	/* `{{#go}}...{{/go}}`: what is said of that language alone */
	ra_candidate_default(d, c, ra_lang_name(ra_lang_family(d->facts->source->lang)),
			     ra_str(ra_lang_title(d->facts->source->lang)));
	ra_candidate_default(d, c, "line",
			     ra_source_words(d->arena, d->facts->source, c->line, c->line));
	ra_candidate_default(d, c, "line" RA_LINE_CODE,
			     ra_str_trim(ra_source_line_text(d->facts->source, c->line)));
	ra_candidate_default(d, c, "lock", RA_STR(""));
	ra_candidate_default(d, c, "path", path);
	ra_candidate_default(d, c, "state", c->subject);
	ra_candidate_default(d, c, "task_b", unit->qualified);
	ra_candidate_default(d, c, "together", RA_STR(""));
	ra_candidate_default(d, c, "unit", unit->qualified);
}
