/*
 * API tables: the text of an .api file -> rows that are found by name. One line is one row, words
 * apart by blanks; the rows of a name are a chain in the order in which the files were loaded.
 * Methods have a map for each kind, so that a look-up composes no name. A new word is an entry in
 * one of the lists below, at the place of its enum.
 */
#include "core/facts/facts.h"

enum { POSITION_MAX = 31 };

static const char *const kinds[RA_KIND_COUNT] = {
	[RA_KIND_UNKNOWN] = "unknown", [RA_KIND_NULL] = "null", [RA_KIND_SCALAR] = "scalar",
	[RA_KIND_DICT] = "dict", [RA_KIND_LIST] = "list", [RA_KIND_SET] = "set",
	[RA_KIND_DEQUE] = "deque", [RA_KIND_LOCK] = "lock", [RA_KIND_SEMAPHORE] = "semaphore",
	[RA_KIND_CONDITION] = "condition", [RA_KIND_EVENT] = "event", [RA_KIND_QUEUE] = "queue",
	[RA_KIND_CHANNEL] = "channel", [RA_KIND_BARRIER] = "barrier", [RA_KIND_TASK] = "task",
	[RA_KIND_FUTURE] = "future", [RA_KIND_THREAD] = "thread", [RA_KIND_PROCESS] = "process",
	[RA_KIND_EXECUTOR] = "executor", [RA_KIND_SCOPE] = "scope", [RA_KIND_TIMEOUT] = "timeout",
	[RA_KIND_LOCAL] = "local", [RA_KIND_LOOP] = "loop", [RA_KIND_RESOURCE] = "resource",
	[RA_KIND_ATOMIC] = "atomic", [RA_KIND_ROUTER] = "router",
	[RA_KIND_CELL] = "cell", [RA_KIND_ONCE] = "once",
};

static const char *const effects[RA_EFFECT_COUNT] = {
	[RA_EFFECT_NONE] = "none", [RA_EFFECT_NEW] = "new", [RA_EFFECT_READ] = "read",
	[RA_EFFECT_TEST] = "test", [RA_EFFECT_ITERATE] = "iterate", [RA_EFFECT_WRITE] = "write",
	[RA_EFFECT_UPDATE] = "update", [RA_EFFECT_INSERT] = "insert",
	[RA_EFFECT_DELETE] = "delete", [RA_EFFECT_COPY] = "copy", [RA_EFFECT_ACQUIRE] = "acquire",
	[RA_EFFECT_RELEASE] = "release", [RA_EFFECT_SPAWN] = "spawn",
	[RA_EFFECT_OFFLOAD] = "offload", [RA_EFFECT_INLINE] = "inline",
	[RA_EFFECT_HANDLER] = "handler", [RA_EFFECT_JOIN] = "join", [RA_EFFECT_GATHER] = "gather",
	[RA_EFFECT_WAIT] = "wait", [RA_EFFECT_WAKE] = "wake", [RA_EFFECT_SWITCH] = "switch",
	[RA_EFFECT_BLOCK] = "block", [RA_EFFECT_TIMEOUT] = "timeout",
	[RA_EFFECT_SHIELD] = "shield", [RA_EFFECT_CANCEL] = "cancel", [RA_EFFECT_CLOSE] = "close",
	[RA_EFFECT_IO] = "io", [RA_EFFECT_FS_TEST] = "fs-test", [RA_EFFECT_FS_ACT] = "fs-act",
	[RA_EFFECT_EXIT] = "exit", [RA_EFFECT_PURE] = "pure", [RA_EFFECT_CONSTRUCT] = "construct",
	[RA_EFFECT_BIND] = "bind", [RA_EFFECT_RUNTIME] = "runtime", [RA_EFFECT_SAME] = "same",
	[RA_EFFECT_RESCUE] = "rescue", [RA_EFFECT_PROMISIFY] = "promisify",
	[RA_EFFECT_EXCLUSIVE] = "exclusive", [RA_EFFECT_IMPORT] = "import",
};

/* The n-th word is bit n of its enum. */
static const char *const flags[] = {
	"async", "reentrant", "shared", "unbounded", "keeps", "atomic", "timed", "low", "cpu",
	"leaves", "thread", "named", "bare", "pinned", "drops", "tests", "collects", "folds", "guard",
	"pair", "handle", "test", "local", "typed", "absent", "doubtful",
	"safe", "interrupts",
};
static const char *const runtimes[] = {
	"asyncio", "trio", "anyio", "threads", "processes", "greenlets", "goroutines", "tokio",
	"node", "parallel",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
_Static_assert(RA_API_INTERRUPTS == 1 << (COUNT(flags) - 1), "a flag has no word");
_Static_assert(RA_RT_PARALLEL == 1 << (COUNT(runtimes) - 1), "a runtime has no word");

struct chain {
	struct ra_api_row *first, *last;
};

struct ra_api {
	struct ra_arena *arena;
	struct ra_map names;                  /* whole: all but `<kind>:<method>` */
	struct ra_map methods[RA_KIND_COUNT]; /* by their kind; any receiver: RA_KIND_UNKNOWN */
	RA_VEC(struct chain) chains;          /* what the maps' numbers mean */
	const struct ra_api *below;           /* asked for what is not here; NULL */
};

const char *ra_kind_name(enum ra_kind kind)
{
	return kinds[kind];
}

const char *ra_effect_name(enum ra_effect effect)
{
	return effects[effect];
}

const char *ra_runtime_name(uint32_t bit)
{
	for (size_t i = 0; i < COUNT(runtimes); i++)
		if (bit == 1u << i)
			return runtimes[i];
	return NULL;
}

uint32_t ra_runtime_named(struct ra_str name)
{
	for (size_t i = 0; i < COUNT(runtimes); i++)
		if (ra_str_is(name, runtimes[i]))
			return 1u << i;
	return 0;
}

/* -- reading --------------------------------------------------------------------------------- */

struct reader {
	struct ra_arena *arena;
	const char *path;
	unsigned line_number;
	struct ra_str line, rest; /* without its comment; what is still to be read of it */
	struct ra_error *err;
};

/* `at` is a place in the line. */
static int refuse(const struct reader *r, const char *at, const char *why)
{
	return ra_fail(r->err, RA_EPARSE, "%s:%u:%zu: %s", r->path, r->line_number,
		       (size_t)(at - r->line.ptr) + 1, why);
}

static int refuse_end(const struct reader *r, const char *why)
{
	return refuse(r, r->line.ptr + r->line.len, why);
}

static int refuse_word(const struct reader *r, struct ra_str word, const char *what,
		       const char *const *list, size_t n)
{
	struct ra_buf why;

	ra_buf_init(&why, r->arena);
	ra_buf_addf(&why, "unknown %s '%.*s', use one of", what, RA_FMT(word));
	for (size_t i = 0; i < n; i++)
		ra_buf_addf(&why, " %s", list[i]);
	return refuse(r, word.ptr, why.ptr);
}

static bool next_word(struct reader *r, struct ra_str *word)
{
	const char *p = r->rest.ptr, *end = p + r->rest.len, *start;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	start = p;
	while (p < end && *p != ' ' && *p != '\t' && *p != '\r')
		p++;
	*word = ra_str_n(start, (size_t)(p - start));
	r->rest = ra_str_n(p, (size_t)(end - p));
	return word->len > 0;
}

static bool find_word(const char *const *list, size_t n, struct ra_str word, unsigned *index)
{
	for (*index = 0; *index < n; ++*index)
		if (ra_str_is(word, list[*index]))
			return true;
	return false;
}

/* Cut `key=` off the front of a word. */
static bool cut_key(struct ra_str *word, struct ra_str key)
{
	if (!ra_str_starts(*word, key))
		return false;
	*word = ra_str_n(word->ptr + key.len, word->len - key.len);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_identifier(struct ra_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c == '_' || c == '$' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (i > 0 && (is_digit(c) || c == '-'))))
			return false;
	}
	return s.len > 0;
}

static bool is_dotted(struct ra_str s)
{
	struct ra_str part;

	cut_key(&s, RA_STR("@")); /* a package of a scope: @scope/package */
	if (s.len == 0 || s.ptr[s.len - 1] == '.')
		return false;
	while (ra_str_cut(&s, '.', &part))
		if (!is_identifier(part))
			return false;
	return true;
}

static bool read_position(struct ra_str s, int *position)
{
	*position = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.ptr[i]) || *position > POSITION_MAX)
			return false;
		*position = *position * 10 + (s.ptr[i] - '0');
	}
	return s.len > 0 && *position <= POSITION_MAX;
}

static int read_operand(const struct reader *r, struct ra_str text, struct ra_api_row *row)
{
	struct ra_str rest = text, position = text;

	row->arg = RA_API_BY_KEYWORD;
	row->keyword = text;
	if (text.len && is_digit(text.ptr[0])) {
		ra_str_cut(&rest, ':', &position);
		row->keyword = rest;
		if (!read_position(position, &row->arg))
			return refuse(r, text.ptr, "bad position, use 0 to 31");
		if (position.len == text.len)
			return RA_OK;
	}
	if (!is_identifier(row->keyword))
		return refuse(r, text.ptr, "bad operand, use 'arg=1', 'arg=key' or 'arg=1:key'");
	row->keyword = ra_str_copy(r->arena, row->keyword);
	return RA_OK;
}

static int read_runtimes(const struct reader *r, struct ra_str text, struct ra_api_row *row)
{
	struct ra_str part;
	unsigned bit;

	if (text.len == 0)
		return refuse_word(r, text, "runtime", runtimes, COUNT(runtimes));
	while (ra_str_cut(&text, ',', &part)) {
		if (!find_word(runtimes, COUNT(runtimes), part, &bit))
			return refuse_word(r, part, "runtime", runtimes, COUNT(runtimes));
		row->runtimes |= 1u << bit;
	}
	return RA_OK;
}

static int read_property(const struct reader *r, struct ra_str word, struct ra_api_row *row)
{
	unsigned index;

	if (cut_key(&word, RA_STR("arg=")))
		return read_operand(r, word, row);
	if (cut_key(&word, RA_STR("runtime=")))
		return read_runtimes(r, word, row);
	if (cut_key(&word, RA_STR("kind="))) {
		if (!find_word(kinds, RA_KIND_COUNT, word, &index))
			return refuse_word(r, word, "kind", kinds, RA_KIND_COUNT);
		row->kind = (enum ra_kind)index;
		return RA_OK;
	}
	if (cut_key(&word, RA_STR("timed="))) {
		row->flags |= RA_API_TIMED;
		if (!read_position(word, &row->bound))
			return refuse(r, word.ptr, "bad position, use 0 to 31");
		return RA_OK;
	}
	if (!find_word(flags, COUNT(flags), word, &index))
		return refuse_word(r, word, "flag", flags, COUNT(flags));
	row->flags |= 1u << index;
	return RA_OK;
}

/* A row that is being read; `method` is empty unless it is one of a value of kind `receiver`. */
struct parsed {
	struct ra_api_row row;
	enum ra_kind receiver;
	struct ra_str method;
};

static int read_name(const struct reader *r, struct ra_str text, struct parsed *out)
{
	struct ra_str rest = text, owner;
	unsigned index = RA_KIND_UNKNOWN;

	out->row.name = text;
	if (ra_str_find(text, RA_STR(".")) < 0 && cut_key(&rest, RA_STR("@")))
		return is_identifier(rest) ? RA_OK : refuse(r, text.ptr, "bad name, use '@name'");
	ra_str_cut(&rest, ':', &owner);
	if (owner.len == text.len)
		return is_dotted(text) || ra_str_is(text, "*")
			       ? RA_OK : refuse(r, text.ptr, "bad name, use 'module.name'");
	out->row.arg = RA_API_RECEIVER;
	if (!is_identifier(rest))
		return refuse(r, text.ptr, "bad method, use '<kind>:<method>'");
	if (ra_str_find(owner, RA_STR(".")) >= 0)
		return is_dotted(owner) ? RA_OK : refuse(r, text.ptr, "bad name of a class");
	if (!ra_str_is(owner, "*") && !find_word(kinds, RA_KIND_COUNT, owner, &index))
		return refuse_word(r, owner, "kind", kinds, RA_KIND_COUNT);
	out->receiver = (enum ra_kind)index;
	out->method = rest;
	return RA_OK;
}

/* What a row cannot do without. */
static int check_row(const struct reader *r, const struct ra_api_row *row)
{
	switch (row->effect) {
	case RA_EFFECT_NEW:
		if (row->kind == RA_KIND_UNKNOWN && !(row->flags & RA_API_TYPED))
			return refuse_end(r, "'new' makes a kind, add 'kind='");
		return RA_OK;
	case RA_EFFECT_RUNTIME:
		if (!row->runtimes)
			return refuse_end(r, "'runtime' names one, add 'runtime='");
		return RA_OK;
	case RA_EFFECT_SPAWN:
	case RA_EFFECT_OFFLOAD:
	case RA_EFFECT_INLINE:
	case RA_EFFECT_BIND:
		if (row->arg == RA_API_RECEIVER)
			return refuse_end(r, "a receiver is no unit, add 'arg='");
		return RA_OK;
	default:
		return RA_OK;
	}
}

static int read_row(struct reader *r, struct ra_str word, struct parsed *out)
{
	unsigned effect;
	int rc;

	if (!find_word(effects + 1, RA_EFFECT_COUNT - 1, word, &effect))
		return refuse_word(r, word, "effect", effects + 1, RA_EFFECT_COUNT - 1);
	out->row.effect = (enum ra_effect)(effect + 1);
	out->row.bound = RA_API_BY_KEYWORD;
	if (!next_word(r, &word))
		return refuse_end(r, "no name, use '<effect> <name>'");
	rc = read_name(r, word, out);
	while (rc == RA_OK && next_word(r, &word))
		rc = read_property(r, word, &out->row);
	return rc == RA_OK ? check_row(r, &out->row) : rc;
}

/* -- the table ------------------------------------------------------------------------------- */

static void add_row(struct ra_api *api, const struct parsed *parsed)
{
	struct ra_api_row *row = ra_new(api->arena, struct ra_api_row);
	struct ra_map *map = &api->names;
	struct ra_str key;
	struct chain *chain;
	size_t index;

	*row = parsed->row;
	row->name = key = ra_str_copy(api->arena, parsed->row.name);
	if (parsed->method.len) {
		map = &api->methods[parsed->receiver];
		key = ra_str_n(key.ptr + key.len - parsed->method.len, parsed->method.len);
	}
	index = *ra_map_put(map, key, api->chains.n);
	if (index == api->chains.n) {
		*ra_vec_push(api->arena, &api->chains) = (struct chain){ row, row };
		return;
	}
	chain = &api->chains.v[index];
	chain->last->more = row;
	chain->last = row;
}

struct ra_api *ra_api_open(struct ra_arena *arena)
{
	struct ra_api *api = ra_new(arena, struct ra_api);

	api->arena = arena;
	ra_map_init(&api->names, arena);
	for (int kind = 0; kind < RA_KIND_COUNT; kind++)
		ra_map_init(&api->methods[kind], arena);
	return api;
}

struct ra_api *ra_api_open_over(struct ra_arena *arena, const struct ra_api *below)
{
	struct ra_api *api = ra_api_open(arena);

	api->below = below;
	return api;
}

void ra_api_add(struct ra_api *api, const struct ra_api_row *row)
{
	add_row(api, &(struct parsed){ .row = *row });
}

int ra_api_load(struct ra_api *api, const char *path, struct ra_str text, struct ra_error *err)
{
	struct reader r = { .arena = api->arena, .path = path, .err = err };
	RA_VEC(struct parsed) rows = { 0 };
	struct ra_str line, word;

	while (ra_str_cut(&text, '\n', &line)) {
		r.line_number++;
		r.line = ra_str_n(line.ptr, 0);
		ra_str_cut(&line, '#', &r.line);
		r.rest = r.line;
		if (!next_word(&r, &word))
			continue;
		*ra_vec_push(api->arena, &rows) = (struct parsed){ 0 };
		if (read_row(&r, word, &rows.v[rows.n - 1]) != RA_OK)
			return RA_EPARSE;
	}
	for (size_t i = 0; i < rows.n; i++)
		add_row(api, &rows.v[i]);
	return RA_OK;
}

static const struct ra_api_row *first_row(const struct ra_api *api, const struct ra_map *map,
					  struct ra_str name)
{
	const size_t *index = ra_map_get(map, name);

	return index ? api->chains.v[*index].first : NULL;
}

const struct ra_api_row *ra_api_find(const struct ra_api *api, struct ra_str name)
{
	const struct ra_api_row *row = NULL;

	for (; api && !row; api = api->below)
		row = first_row(api, &api->names, name);
	return row;
}

const struct ra_api_row *ra_api_method(const struct ra_api *api, enum ra_kind kind,
				       struct ra_str method)
{
	const struct ra_api_row *row = first_row(api, &api->methods[kind], method);

	if (!row)
		row = first_row(api, &api->methods[RA_KIND_UNKNOWN], method);
	return row || !api->below ? row : ra_api_method(api->below, kind, method);
}

const struct ra_api_row *ra_api_with(const struct ra_api_row *row, enum ra_effect effect)
{
	while (row && row->effect != effect)
		row = row->more;
	return row;
}

const struct ra_node *ra_api_operand(const struct ra_api_row *row, const struct ra_node *call)
{
	const struct ra_node *callee = call->kids, *arg = callee ? callee->next : NULL;
	int position = 0;

	if (row->arg == RA_API_RECEIVER)
		return callee && callee->kind == RA_N_MEMBER ? callee->kids : NULL;
	for (; arg; arg = arg->next, position++) {
		if (arg->kind == RA_N_KEYWORD && ra_str_eq(arg->text, row->keyword))
			return arg->kids;
		if (position == row->arg && arg->kind != RA_N_KEYWORD &&
		    arg->kind != RA_N_DOUBLESTAR)
			return arg;
	}
	return NULL;
}
