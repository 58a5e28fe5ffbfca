/*
 * lex: source -> tokens. One file and one const table for each language.
 *
 * A lexer never fails and never loops: what it cannot read becomes a token of kind RA_T_BAD, one
 * byte at the least, and a note. Tokens of an indented language carry RA_T_OPEN and RA_T_CLOSE
 * for its blocks, so that one builder of shapes serves braces and indentation.
 *
 * Interpolated strings (f"..{x}..", `..${x}..`) are flat in the stream:
 *     STRING_OPEN  (tokens of an expression between INTERP_OPEN and INTERP_CLOSE)*  STRING_CLOSE
 * STRING_OPEN spans prefix, quote and the literal text up to the first hole; text between holes
 * is RA_T_STRING_PART. A hole's conversion and format (`!r:>{w}`) is one or more STRING_PARTs with
 * holes of their own, before its INTERP_CLOSE. An element of JSX is such a string too: markup is
 * its literal text, what stands in braces its holes; elements within it are part of its text.
 *
 * Where a language ends statements at the end of a line by its tokens alone (Go), its lexer emits
 * RA_T_NEWLINE there, also inside brackets; where the grammar decides (JavaScript), none.
 */
#ifndef RA_LEX_H
#define RA_LEX_H

#include "core/source/source.h"

enum ra_token_kind {
	RA_T_END,        /* always the last token; offset = length of the text */
	RA_T_NAME,
	RA_T_KEYWORD,    /* `word` says which */
	RA_T_NUMBER,
	RA_T_STRING,     /* whole literal, prefix and quotes included */
	RA_T_STRING_OPEN,
	RA_T_STRING_PART,
	RA_T_STRING_CLOSE,
	RA_T_INTERP_OPEN,
	RA_T_INTERP_CLOSE,
	RA_T_OP,         /* `word` says which */
	RA_T_NEWLINE,    /* end of a logical line */
	RA_T_OPEN,       /* block opens (indentation) */
	RA_T_CLOSE,      /* block closes; zero length */
	RA_T_BAD
};

/* Words that a shape can depend on, over all languages; a language's table maps its spelling. */
enum ra_word {
	RA_W_NONE,
	/* declarations */
	RA_W_DEF,        /* def, func, fn, function */
	RA_W_CLASS, RA_W_LAMBDA, RA_W_ASYNC, RA_W_IMPORT, RA_W_FROM, RA_W_AS,
	RA_W_GLOBAL, RA_W_NONLOCAL, RA_W_TYPE, RA_W_LAZY,
	RA_W_VAR, RA_W_LET, RA_W_CONST, RA_W_STATIC, RA_W_STRUCT, RA_W_ENUM, RA_W_UNION,
	RA_W_INTERFACE,  /* interface, trait */
	RA_W_IMPL,
	RA_W_MODULE,     /* mod, namespace, module */
	RA_W_PACKAGE, RA_W_USE, RA_W_EXPORT, RA_W_DEFAULT, RA_W_EXTENDS, RA_W_IMPLEMENTS,
	RA_W_WHERE, RA_W_PUB, RA_W_EXTERN, RA_W_MACRO,
	RA_W_MODIFIER,   /* public, private, protected, readonly, abstract, declare, override */
	RA_W_ACCESSOR,   /* get, set */
	/* types */
	RA_W_MAP, RA_W_CHAN, RA_W_DYN, RA_W_KEYOF, RA_W_INFER, RA_W_ASSERTS,
	/* control */
	RA_W_IF, RA_W_ELIF, RA_W_ELSE, RA_W_FOR, RA_W_WHILE, RA_W_MATCH, RA_W_CASE, RA_W_TRY,
	RA_W_EXCEPT, RA_W_FINALLY, RA_W_WITH, RA_W_RETURN, RA_W_RAISE, RA_W_BREAK,
	RA_W_CONTINUE, RA_W_PASS, RA_W_DEL, RA_W_ASSERT, RA_W_PRINT, RA_W_EXEC,
	RA_W_SWITCH, RA_W_SELECT, RA_W_DO, RA_W_LOOP, RA_W_GOTO, RA_W_FALLTHROUGH,
	RA_W_GO, RA_W_DEFER, RA_W_RANGE, RA_W_OF, RA_W_UNSAFE,
	/* expressions */
	RA_W_AWAIT, RA_W_YIELD, RA_W_AND, RA_W_OR, RA_W_NOT, RA_W_IN, RA_W_IS,
	RA_W_NULL, RA_W_TRUE, RA_W_FALSE, RA_W_NEW, RA_W_TYPEOF, RA_W_VOID, RA_W_MOVE,
	RA_W_MUT, RA_W_REF, RA_W_SATISFIES,
	/* operators; && || ! are AND OR NOT, === !== are EQ NE, >>> is SHR */
	RA_O_LPAREN, RA_O_RPAREN, RA_O_LBRACKET, RA_O_RBRACKET, RA_O_LBRACE, RA_O_RBRACE,
	RA_O_COMMA, RA_O_COLON, RA_O_SEMICOLON, RA_O_DOT, RA_O_ELLIPSIS, RA_O_AT, RA_O_ARROW,
	RA_O_ASSIGN,     /* =  */
	RA_O_AUGMENT,    /* += -= *= ...: any operator that reads and writes its left side */
	RA_O_LOGICAL,    /* ??= ||= &&=: reads its left side, and may write it */
	RA_O_WALRUS,     /* := as an expression */
	RA_O_DEFINE,     /* := as a statement */
	RA_O_INCREMENT,  /* ++ -- */
	RA_O_PLUS, RA_O_MINUS, RA_O_STAR, RA_O_POWER, RA_O_SLASH, RA_O_FLOOR, RA_O_PERCENT,
	RA_O_AMP, RA_O_PIPE, RA_O_CARET, RA_O_TILDE, RA_O_SHL, RA_O_SHR,
	RA_O_LT, RA_O_GT, RA_O_LE, RA_O_GE, RA_O_EQ, RA_O_NE, RA_O_BACKTICK,
	RA_O_RECEIVE,    /* <- */
	RA_O_QUESTION, RA_O_OPTIONAL /* ?. */, RA_O_COALESCE /* ?? */,
	RA_O_PATH,       /* :: */
	RA_O_FAT_ARROW,  /* => */
	RA_O_SPAN,       /* .. ..= */
	RA_O_HASH, RA_O_DOLLAR,
	RA_O_LIFETIME,   /* 'a, also as a label */
	/* made by the shape builder out of two words */
	RA_O_NOT_IN, RA_O_IS_NOT,
	RA_W_COUNT
};

/* What a language's own words say about a method. */
enum ra_method { RA_METHOD_STATIC, RA_METHOD_CLASS, RA_METHOD_PROPERTY };

struct ra_token {
	uint32_t at, len;   /* bytes of the source text */
	uint32_t line;      /* 1-based, of the first byte */
	uint8_t kind;       /* enum ra_token_kind */
	uint8_t word;       /* enum ra_word */
	uint16_t depth;     /* bracket depth outside the token; saturates */
};

struct ra_comment {
	uint32_t at, len, line;
	bool own_line;
};

enum { RA_NOTES_MAX = 100 }; /* a broken file needs no more */

struct ra_note {
	uint32_t line;
	const char *text;   /* static: "unterminated string", "inconsistent dedent", ... */
};

struct ra_tokens {
	const struct ra_source *source;
	const struct ra_language *language;
	RA_VEC(struct ra_token) list;
	RA_VEC(struct ra_comment) comments;
	RA_VEC(struct ra_note) notes;
};

/* What becomes of a loop in whose rounds the container changes that it runs over. */
enum ra_iteration {
	RA_ITERATION_FAILS,     /* over a map or set: it fails; over a list: it skips elements */
	RA_ITERATION_SKIPS,     /* maps and sets go by what is in them now; a list skips */
	RA_ITERATION_STEADY     /* nothing: it cannot change (Rust), or is allowed to (Go) */
};

/* What ends a logical line. */
enum ra_line_end {
	RA_LINE_END_TOKEN,      /* a NEWLINE: the lexer knows */
	RA_LINE_END_SEMICOLON,  /* a semicolon, a brace */
	RA_LINE_END_EITHER      /* that, or a line break where the code cannot go on */
};

/* One language, as const data; core/lex/<language>.c holds the table and the lexer. */
struct ra_language {
	bool indented;          /* blocks by indentation; else by braces */
	bool soft_keywords;     /* `match`, `type`, ... are names unless a statement starts so */
	bool patterns_match;    /* a name with a capital in a pattern is a constant, not a binding */
	bool tests_race;        /* tests run under a race detector: they are code like any other */
	bool drops_values;      /* what no name holds any more ends there: a guard lets go */
	bool typed;             /* a declared type says what each value is */
	bool comma_ok;          /* `v, ok := m[k]`: the first of two targets takes the value */
	bool marks_exports;     /* what other files may run is marked, RA_U_EXPORTED; else all whose
	                         * name does not begin with '_' */
	enum ra_line_end line_end;
	enum ra_iteration iteration;
	bool tests_by_call;     /* `it('works', () => ..)`: by the rows of calls, not by names */
	bool promises;          /* a coroutine runs when it is called: the call is worth a promise */
	bool global_objects;    /* `Promise.all` needs no import */
	bool block_scoped;      /* a name is seen in the block that declares it, not in its unit */
	const char *const *never_returns; /* calls, as written, that leave the unit; ends with NULL.
	                         * ".Fatal": a method of that name, of whatever */
	const char *own_type;   /* in the body of a type, the type itself: "Self" */
	const char *failure;    /* types that end so hold a value or a failure: "Result" */
	const char *first_parameter; /* how people name the object as a parameter of a method: "self" */
	const char *receiver;   /* what a method calls its object without a parameter: "this" */
	struct ra_keyword { const char *text; enum ra_word word; bool soft; } const *keywords;
	size_t n_keywords;
	/* Names that make a method of another kind: of its decorator, or (own_name) its own. */
	struct ra_mark { const char *text; enum ra_method kind; bool own_name; } const *marks;
	size_t n_marks;
	void (*lex)(struct ra_arena *arena, struct ra_tokens *out);
};

/* NULL for RA_LANG_NONE. */
const struct ra_language *ra_language(enum ra_lang lang);

/* Tokens of a source, into `out`; memory in `arena`. Never fails (see the top of this file). */
void ra_lex(struct ra_arena *arena, const struct ra_source *source, struct ra_tokens *out);

/* Does it only shape lines and blocks? */
static inline bool ra_token_is_layout(const struct ra_token *token)
{
	return token->kind == RA_T_NEWLINE || token->kind == RA_T_OPEN || token->kind == RA_T_CLOSE;
}

static inline struct ra_str ra_token_text(const struct ra_tokens *tokens, uint32_t index)
{
	const struct ra_token *token = &tokens->list.v[index];

	return ra_str_n(tokens->source->text.ptr + token->at, token->len);
}

/* First token that begins at or after `offset`. */
uint32_t ra_token_at(const struct ra_tokens *tokens, size_t offset);
/* Index of the first comment at or behind a line; the number of comments when there is none. */
size_t ra_comment_from(const struct ra_tokens *tokens, uint32_t line);

/* The word in capitals as in enum ra_word, without its prefix: "NOT_IN". */
const char *ra_word_name(enum ra_word word);

/* One token a line, `<line> <KIND> [<WORD>] <text>`: for tests and `--debug=tokens`. */
void ra_tokens_dump(const struct ra_tokens *tokens, struct ra_buf *out);

#endif
