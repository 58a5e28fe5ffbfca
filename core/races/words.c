/*
 * Facts in words, for traces and notes: present tense, no subject, from the code as written. How
 * a kind of fact is said is one function below; code is quoted by backticks.
 */
#include "core/races/internal.h"

struct ra_str ra_shorten(struct ra_arena *arena, struct ra_str text)
{
	size_t n = RA_CODE_WORDS - 3;

	if (text.len <= RA_CODE_WORDS)
		return text;
	while (n && ((unsigned char)text.ptr[n] & 0xc0) == 0x80)
		n--;
	return ra_printf(arena, "%.*s...", (int)n, text.ptr);
}

static bool opens(unsigned word)
{
	return word == RA_O_LPAREN || word == RA_O_LBRACKET || word == RA_O_LBRACE;
}

static bool closes(unsigned word)
{
	return word == RA_O_RPAREN || word == RA_O_RBRACKET || word == RA_O_RBRACE;
}

struct ra_str ra_code_words(struct ra_arena *arena, const struct ra_tokens *tokens, uint32_t first,
			    uint32_t last)
{
	const struct ra_token *before = NULL, *token;
	struct ra_buf text;
	size_t whole = 0;   /* length of the tokens that fit before "..." */
	bool apart;

	ra_buf_init(&text, arena);
	for (uint32_t i = first; i <= last && text.len <= RA_CODE_WORDS; i++) {
		token = &tokens->list.v[i];
		if (!token->len || token->kind == RA_T_NEWLINE)
			continue;
		apart = before && before->at + before->len < token->at;
		if (apart && closes(token->word) && before->word == RA_O_COMMA)
			text.len--; /* the comma after the last of several lines */
		else if (apart && !opens(before->word) && !closes(token->word))
			ra_buf_addc(&text, ' ');
		ra_buf_add(&text, ra_token_text(tokens, i));
		if (text.len <= RA_CODE_WORDS - 3)
			whole = text.len;
		before = token;
	}
	if (text.len <= RA_CODE_WORDS)
		return ra_buf_str(&text);
	if (!whole)
		return ra_shorten(arena, ra_buf_str(&text));
	return ra_printf(arena, "%.*s...", (int)whole, text.ptr);
}

struct words {
	struct ra_arena *arena;
	const struct ra_facts *facts;
	const struct ra_fact *fact;
};

static struct ra_str code(const struct words *w, const struct ra_node *node)
{
	return ra_code_words(w->arena, w->facts->shape->tokens, node->first, node->last);
}

static struct ra_str say(const struct words *w, const char *verb, const struct ra_node *node)
{
	return ra_printf(w->arena, "%s `%.*s`", verb, RA_FMT(code(w, node)));
}

/* What is acted on: the receiver when it is known, else the whole expression. */
static struct ra_str object(const struct words *w)
{
	return w->fact->base.len ? ra_shorten(w->arena, w->fact->base) : code(w, w->fact->node);
}

/* The container in `c[k]`, `c.pop(k)`; NULL for anything else. */
static const struct ra_node *container(const struct ra_node *node)
{
	if (node->kind == RA_N_INDEX)
		return node->kids;
	if (node->kind == RA_N_CALL && node->kids->kind == RA_N_MEMBER)
		return node->kids->kids;
	return NULL;
}

/* -- accesses -------------------------------------------------------------------------------- */

static struct ra_str say_test(const struct words *w)
{
	const struct ra_node *node = w->fact->node;

	if (w->fact->origin != RA_NONE) {
		const struct ra_fact *read = ra_fact(w->facts, w->fact->origin);

		struct ra_str line = ra_source_words(w->arena, w->facts->source, read->line,
						     w->fact->line);

		return ra_printf(w->arena, "tests `%.*s`, which holds `%.*s` of line %.*s",
				 RA_FMT(code(w, node)), RA_FMT(code(w, read->node)), RA_FMT(line));
	}
	while (node->up && (node->up->kind == RA_N_COMPARE ||
			    (node->up->kind == RA_N_UNARY && node->up->word == RA_W_NOT)))
		node = node->up;
	if (node->kind != RA_N_COMPARE || (node->word != RA_O_NOT_IN && node->word != RA_W_IN))
		return say(w, "tests", node);
	return ra_printf(w->arena, "tests whether `%.*s` is %sin `%.*s`",
			 RA_FMT(code(w, node->kids)), node->word == RA_W_IN ? "" : "not ",
			 RA_FMT(code(w, node->kids->next)));
}

static struct ra_str say_insert(const struct words *w)
{
	const struct ra_node *node = w->fact->node, *into = container(node);

	if (node->kind != RA_N_CALL || !into)
		return say(w, "stores into", node);
	return ra_printf(w->arena, "adds to `%.*s`: `%.*s`", RA_FMT(code(w, into)),
			 RA_FMT(code(w, node)));
}

static struct ra_str say_delete(const struct words *w)
{
	const struct ra_node *node = w->fact->node, *from = container(node);

	if (!from)
		return say(w, "deletes", node);
	if (w->fact->key.len)
		return ra_printf(w->arena, "removes `%.*s` from `%.*s`",
				 RA_FMT(ra_shorten(w->arena, w->fact->key)), RA_FMT(code(w, from)));
	return ra_printf(w->arena, "removes from `%.*s`: `%.*s`", RA_FMT(code(w, from)),
			 RA_FMT(code(w, node)));
}

static struct ra_str say_access(const struct words *w)
{
	const struct ra_node *node = w->fact->node;

	switch (w->fact->kind) {
	case RA_FACT_TEST:
		return say_test(w);
	case RA_FACT_ITERATE:
		return say(w, "iterates over", node);
	case RA_FACT_WRITE:
		return say(w, w->fact->flags & RA_FACT_NULL ? "resets" : "sets", node);
	case RA_FACT_UPDATE:
		return say(w, "updates", node);
	case RA_FACT_INSERT:
		return say_insert(w);
	case RA_FACT_DELETE:
		return say_delete(w);
	default:
		return say(w, "reads", node);
	}
}

/* -- tasks ----------------------------------------------------------------------------------- */

static struct ra_str say_checkpoint(const struct words *w)
{
	const struct ra_node *node = w->fact->node;

	switch (w->fact->how) {
	case RA_SW_ENTER:
		return say(w, "enters `async with` of", node);
	case RA_SW_EXIT:
		return ra_printf(w->arena, "leaves `async with` of `%.*s`, whose exit awaits",
				 RA_FMT(code(w, node)));
	case RA_SW_NEXT:
		return say(w, "waits for the next of", node);
	case RA_SW_YIELD:
		return RA_STR("yields to its caller");
	default:
		return say(w, "awaits", node->kind == RA_N_AWAIT && node->kids ? node->kids : node);
	}
}

static struct ra_str say_spawn(const struct words *w)
{
	if (w->fact->callee == RA_NONE)
		return say(w, "starts", w->fact->node);
	return ra_printf(w->arena, "starts `%.*s` concurrently",
			 RA_FMT(w->facts->shape->units.v[w->fact->callee].qualified));
}

static struct ra_str say_wake(const struct words *w)
{
	const char *verb = "wakes the waiters of";

	switch (w->fact->receiver_kind) {
	case RA_KIND_EVENT:
		verb = "sets the event";
		break;
	case RA_KIND_FUTURE:
		verb = "completes the future";
		break;
	case RA_KIND_QUEUE: case RA_KIND_CHANNEL:
		verb = "puts into";
		break;
	default:
		break;
	}
	return ra_printf(w->arena, "%s `%.*s`", verb, RA_FMT(object(w)));
}

static struct ra_str say_leave(const struct words *w)
{
	switch (w->fact->node->kind) {
	case RA_N_RETURN:
		return RA_STR("returns");
	case RA_N_RAISE:
		return RA_STR("raises");
	case RA_N_BREAK:
		return RA_STR("leaves the loop");
	default:
		return RA_STR("goes on with the next round");
	}
}

static struct ra_str say_task(const struct words *w)
{
	switch (w->fact->kind) {
	case RA_FACT_CHECKPOINT:
		return say_checkpoint(w);
	case RA_FACT_ACQUIRE:
		return ra_printf(w->arena, "acquires `%.*s`",
				 RA_FMT(ra_shorten(w->arena, w->fact->name)));
	case RA_FACT_RELEASE:
		return ra_printf(w->arena, "releases `%.*s`",
				 RA_FMT(ra_shorten(w->arena, w->fact->name)));
	case RA_FACT_SPAWN:
		return say_spawn(w);
	case RA_FACT_JOIN:
		return ra_printf(w->arena, "waits for the end of `%.*s`", RA_FMT(object(w)));
	case RA_FACT_WAIT:
		return ra_printf(w->arena, "waits on `%.*s`", RA_FMT(object(w)));
	case RA_FACT_WAKE:
		return say_wake(w);
	case RA_FACT_LEAVE:
		return say_leave(w);
	default:
		return say(w, "calls", w->fact->node);
	}
}

struct ra_str ra_fact_words(struct ra_arena *arena, const struct ra_facts *facts,
			    const struct ra_fact *fact)
{
	const struct words w = { arena, facts, fact };
	bool access = ra_fact_is_access(fact->kind);
	struct ra_str text = access ? say_access(&w) : say_task(&w);

	if (access && (fact->flags & RA_FACT_VIA_ALIAS) && fact->state != RA_NONE)
		text = ra_printf(arena, "%.*s (`%.*s`)", RA_FMT(text),
				 RA_FMT(facts->states.v[fact->state].name));
	if (fact->via != RA_NONE && ra_fact(facts, fact->via)->callee != RA_NONE)
		text = ra_printf(arena, "%.*s in `%.*s`", RA_FMT(text),
				 RA_FMT(facts->shape->units.v[ra_fact(facts, fact->via)->callee]
						.qualified));
	return text;
}
