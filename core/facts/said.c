/*
 * said: what people wrote about a unit or a class, in the comment above it, the one that its body
 * begins with, or its docstring. Words are trusted where they promise something to callers: that
 * they have to hold a lock, that any thread may call.
 */
#include "core/facts/internal.h"

bool ra_words_any(struct ra_str text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ra_str_ifind(text, ra_str(words[i])) >= 0)
			return true;
	return false;
}

bool ra_words_sentence(struct ra_str *rest, struct ra_str *sentence)
{
	size_t end = 0;

	if (!rest->len)
		return false;
	while (end < rest->len && !(rest->ptr[end] == '.' && end + 1 < rest->len &&
				    (rest->ptr[end + 1] == ' ' || rest->ptr[end + 1] == '\n')))
		end++;
	*sentence = ra_str_n(rest->ptr, end);
	end += end < rest->len;
	*rest = ra_str_n(rest->ptr + end, rest->len - end);
	return true;
}

/* The text of comments without their marks, one blank for each line's end. */
static void add_comment(struct ra_buf *buf, struct ra_str text)
{
	while (text.len) {
		struct ra_str line;

		ra_str_cut(&text, '\n', &line);
		line = ra_str_trim(line);
		while (line.len && (line.ptr[0] == '/' || line.ptr[0] == '#' ||
				    line.ptr[0] == '*' || line.ptr[0] == '!'))
			line.ptr++, line.len--;
		ra_buf_addf(buf, "%.*s ", RA_FMT(ra_str_trim(line)));
	}
}

static const struct ra_node *first_statement(const struct ra_node *node)
{
	const struct ra_node *body = ra_node_find(node, RA_N_BLOCK);

	return body ? body->kids : NULL;
}

struct ra_str ra_words_about(struct build *b, const struct ra_node *node, uint32_t line)
{
	const struct ra_tokens *tokens = b->shape->tokens;
	const struct ra_node *first = first_statement(node);
	uint32_t to = first ? ra_node_line(b->shape, first) : line;
	size_t at = ra_comment_from(tokens, line), from = at;
	uint32_t above = line;
	struct ra_buf buf;

	ra_buf_init(&buf, b->arena);
	while (from && tokens->comments.v[from - 1].own_line &&
	       tokens->comments.v[from - 1].line + 1 == above)
		above = tokens->comments.v[--from].line;
	for (; from < tokens->comments.n && tokens->comments.v[from].line <= to; from++)
		add_comment(&buf, ra_str_n(tokens->source->text.ptr + tokens->comments.v[from].at,
					   tokens->comments.v[from].len));
	if (first && first->kind == RA_N_EXPRESSION && first->kids &&
	    first->kids->kind == RA_N_STRING)
		add_comment(&buf, ra_node_text(b->shape, first));
	return ra_buf_str(&buf);
}

/* "A thread-safe map", "This is thread-safe": said of the thing itself. */
static bool is_thread_safe(struct ra_str sentence)
{
	static const char *const said[] = {
		" is thread-safe", " is thread safe", " is threadsafe", " are thread-safe",
		" a thread-safe ", " a thread safe ", " a threadsafe ",
	};
	static const char *const begins[] = { "thread-safe ", "thread safe ", "threadsafe " };

	while (sentence.len && (sentence.ptr[0] == '"' || sentence.ptr[0] == '\'' ||
				sentence.ptr[0] == ' '))
		sentence.ptr++, sentence.len--;
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (ra_str_ifind(sentence, ra_str(begins[i])) == 0)
			return true;
	return ra_str_ifind(sentence, RA_STR("a thread-safe ")) == 0 || RA_SAYS_ANY(sentence, said);
}

/* "It is safe to call this from any thread"; not "is not thread-safe", nor what is asked of others:
 * "the callable must be thread-safe". */
static bool promises_threads(struct ra_str sentence)
{
	static const char *const callers[] = {
		"from any thread", "from other threads", "from another thread",
		"from multiple threads", "from different threads", "from several threads",
		"by multiple threads", "by several threads",
	};
	static const char *const denied[] = {
		" not ", "n't ", "never", "unsafe", "without", "cannot", " unless", " no ", "only ",
		" must be ", " if ", " should be ",
	};

	return (is_thread_safe(sentence) || RA_SAYS_ANY(sentence, callers)) &&
	       !RA_SAYS_ANY(sentence, denied);
}

bool ra_words_promise_threads(struct build *b, const struct ra_node *node, uint32_t line)
{
	struct ra_str text = ra_words_about(b, node, line), sentence;

	while (ra_words_sentence(&text, &sentence))
		if (promises_threads(sentence))
			return true;
	return false;
}
