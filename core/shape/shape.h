/*
 * shape: tokens -> a tree of blocks, statements and expressions, and the units in it.
 *
 * The tree is the same for every language: a node has a kind, its children in an order that the
 * list below fixes, and the tokens it spans. It has no types and resolves no names. Broken text
 * gives a best effort: what does not parse is a RA_N_UNKNOWN node over its tokens, to the end of
 * the bracket or the statement (there as a RA_N_EXPRESSION of its own), and a note; the next
 * statement starts clean. A child that the list demands and the text lacks is an UNKNOWN over the
 * token before, so children can be taken by position. Nesting is capped (RA_SHAPE_DEPTH):
 * below it, RA_N_UNKNOWN. So no input makes the builder recurse without bound.
 */
#ifndef RA_SHAPE_H
#define RA_SHAPE_H

#include "core/lex/lex.h"

enum { RA_SHAPE_DEPTH = 200, RA_SHAPE_HEIGHT = 4 * RA_SHAPE_DEPTH };

/*
 * Children, in order. `?` may be absent, `*` any number. Where a child may be absent and another
 * of the same kind follows, it has a kind of its own, so that position never decides.
 */
enum ra_node_kind {
	RA_N_UNKNOWN,
	/* -- expressions -- */
	RA_N_NAME,         /* text */
	RA_N_LITERAL,      /* number, None, True, False, ...: text; word for NULL, TRUE, FALSE */
	RA_N_STRING,       /* text = whole first literal; children: expressions in its holes;
	                    * adjacent literals are joined into one node */
	RA_N_MEMBER,       /* base; text = field name */
	RA_N_INDEX,        /* base, key (a SLICE or TUPLE where written so) */
	RA_N_SLICE,        /* the parts that are there */
	RA_N_CALL,         /* callee, argument* (an expression, KEYWORD, STAR, DOUBLESTAR).
	                    * RA_F_NEW: `new X(..)`. RA_F_MACRO: the callee is a NAME with its bang,
	                    * "vec!"; arguments that read as expressions, UNKNOWN else */
	RA_N_KEYWORD,      /* value; text = parameter name */
	RA_N_STAR,         /* value */
	RA_N_DOUBLESTAR,   /* value */
	RA_N_AWAIT,        /* value */
	RA_N_YIELD,        /* value?; RA_F_FROM for `yield from` */
	RA_N_UNARY,        /* operand; word = NOT, MINUS, AMP (reference), STAR (dereference),
	                    * QUESTION (Rust's `x?`: leaves the unit on an error), ... */
	RA_N_RECEIVE,      /* channel: `<-ch` */
	RA_N_CAST,         /* value, ANNOTATION: `x as T`, `x.(T)`, `<T>x`, `x satisfies T` */
	RA_N_COMPOSITE,    /* type, (PAIR | STAR | expression)*: `T{..}`, `T { a, ..rest }`; also as a
	                    * pattern */
	RA_N_BINARY,       /* left, right; word = AND, OR, PLUS, ... */
	RA_N_COMPARE,      /* left, right; word = LT, EQ, IN, NOT_IN, IS, IS_NOT, ...; a chain
	                    * a < b < c is BINARY AND of its pairs. The middle stands in the first;
	                    * in the second a leaf spans it: NAME, LITERAL, else UNKNOWN */
	RA_N_TERNARY,      /* condition, then, else */
	RA_N_TUPLE, RA_N_LIST, RA_N_SET,  /* element* */
	RA_N_DICT,         /* (PAIR | DOUBLESTAR)* */
	RA_N_PAIR,         /* key, value */
	RA_N_COMPREHENSION,/* element (PAIR for a dict), CLAUSE+; word = LBRACKET list, LBRACE set
	                    * or dict, LPAREN generator */
	RA_N_CLAUSE,       /* target, iterable, GUARD*; RA_F_ASYNC */
	RA_N_GUARD,        /* condition: of a comprehension's `if`, of a case's `if` */
	RA_N_LAMBDA,       /* PARAM*, RESULT?, body (an expression or BLOCK); unit; RA_F_ASYNC. A
	                    * function literal, arrow or closure; a Rust `async` block (word = ASYNC,
	                    * no parameters: it is worth a coroutine not yet awaited) */
	RA_N_NAMED,        /* `x := value`, in a pattern `value as x`: target, value */
	/* -- statements; where blocks have values (Rust: IF, MATCH, WHILE, FOR, COMPOUND; `return`,
	 * `break`, `continue`) or assignments are expressions (JavaScript: ASSIGN, DELETE), they stand as
	 * operands too. The value of a block is its last EXPRESSION if it is marked RA_F_TAIL -- */
	RA_N_EXPRESSION,   /* expression */
	RA_N_ASSIGN,       /* target+, value; `a = b = v` has two targets; ANNOTATION? is first.
	                    * RA_F_AUGMENT: one target, word = the operator is RA_O_AUGMENT.
	                    * RA_F_BARE: an annotation without value: ANNOTATION, target.
	                    * `type X = v`: word = TYPE.
	                    * RA_F_DECLARE: its names are new in this block (let, var, const, :=,
	                    * for-headers); word = LET, CONST, VAR, STATIC, DEFINE. Targets are
	                    * patterns: NAME, TUPLE, LIST, STAR, DICT of PAIR(key, target), and in Rust
	                    * CALL, COMPOSITE, UNARY, BINARY PIPE, NAMED; a target with a default is an
	                    * ASSIGN. `i++` is an AUGMENT with LITERAL "1".
	                    * A Rust `let .. else`: the BLOCK (role ELSE) comes last */
	RA_N_ANNOTATION,   /* expression */
	RA_N_RETURN,       /* value? */
	RA_N_RAISE,        /* exception?, cause? (UNKNOWN for what follows `raise E,`) */
	RA_N_BREAK, RA_N_CONTINUE, RA_N_PASS, /* text = label; BREAK: value? PASS: word =
	                    * FALLTHROUGH (into the next case), GOTO */
	RA_N_DELETE,       /* target+ */
	RA_N_ASSERT,       /* condition, message? */
	RA_N_GLOBAL, RA_N_NONLOCAL, /* NAME+ */
	RA_N_IMPORT,       /* ALIAS*; text = module of `from m import`, with its dots; empty else */
	RA_N_ALIAS,        /* text = imported dotted name; NAME? = the local name after `as` */
	RA_N_IF,           /* condition, BLOCK, (IF | BLOCK)? : an `elif` is an IF in else's place */
	RA_N_FOR,          /* target, iterable, BLOCK, BLOCK?(else); RA_F_ASYNC; text = label;
	                    * RA_F_DECLARE: its names are new, each round anew or not. word = IN where
	                    * it runs over keys (for..in; Go's range over one name). No target: NAME
	                    * "_" */
	RA_N_WHILE,        /* condition, BLOCK, BLOCK?(else); text = label. Endless: the condition is a
	                    * LITERAL, word TRUE, over the loop's word. `for (i; c; p) {}`: i stands
	                    * before it, an ASSIGN marked RA_F_HEADER, p is the last statement of BLOCK,
	                    * so marked too. do..while: RA_F_DO */
	RA_N_TRY,          /* BLOCK, HANDLER*, BLOCK?(role ELSE), BLOCK?(role FINALLY) */
	RA_N_HANDLER,      /* exception?, BLOCK; text = bound name; RA_F_GROUP for `except*` */
	RA_N_WITH,         /* ITEM+, BLOCK; RA_F_ASYNC */
	RA_N_ITEM,         /* context expression, target? */
	RA_N_MATCH,        /* subject, CASE*; word = MATCH: one of them always matches.
	                    * RA_F_BREAKS: `break` ends it (switch). A switch without
	                    * subject has LITERAL TRUE. What stands before the subject in its head
	                    * (`switch x := f(); x`) stands before it, marked RA_F_HEADER; so in IF */
	RA_N_CASE,         /* pattern (as an expression; NAME "_" for default), GUARD?, BLOCK */
	RA_N_SELECT,       /* CASE*; RA_F_BREAKS. Go: the pattern is the EXPRESSION, ASSIGN or SEND, a
	                    * default NAME "_". Rust's select!: an ASSIGN of pattern and future. word =
	                    * ELSE when it has a branch that never waits. RA_F_BIASED */
	RA_N_SEND,         /* channel, value: `ch <- v` */
	RA_N_SPAWN,        /* CALL: `go f(x)` */
	RA_N_DEFER,        /* CALL: runs when the unit ends */
	RA_N_COMPOUND,     /* BLOCK: `{ }` alone, `unsafe { }`, `label: { }`; a mod or namespace with
	                    * text = its name (RA_F_TEST: #[cfg(test)]) */
	/* type parameters have no nodes; they lie within the span */
	RA_N_FUNCTION,     /* DECORATOR*, PARAM*, RESULT?, BLOCK?; text = name; unit; RA_F_ASYNC. A
	                    * Go receiver is its first PARAM. Without BLOCK: a signature (overload,
	                    * interface, trait): RA_U_ABSTRACT */
	RA_N_CLASS,        /* DECORATOR*, base* (as call arguments), BLOCK; text = name. Fields are
	                    * ASSIGNs in the BLOCK, with ANNOTATION; an embedded Go type is a base and a
	                    * BARE field of its last name. word = STRUCT, ENUM, INTERFACE, TYPE, IMPL
	                    * (one more body of the class of that name) */
	RA_N_EXPORT,       /* ALIAS*: `export {a as b} from 'm'`, `export * from`; text = module. The
	                    * ALIAS' text is the inner name, its NAME the outer one */
	RA_N_DECORATOR,    /* expression */
	RA_N_PARAM,        /* text = name; pattern? (LIST, DICT, ..) in its place, ANNOTATION?,
	                    * DEFAULT?; RA_F_STAR, RA_F_DOUBLESTAR */
	RA_N_DEFAULT,      /* expression */
	RA_N_RESULT,       /* annotation expression */
	RA_N_BLOCK,        /* statement*; block = its entry in ra_shape.blocks */
	RA_N_MODULE,       /* BLOCK; the root; unit 0 */
	RA_N_COUNT
};

enum ra_node_flag {
	RA_F_ASYNC = 1, RA_F_FROM = 2, RA_F_AUGMENT = 4, RA_F_BARE = 8, RA_F_GROUP = 16,
	RA_F_STAR = 32, RA_F_DOUBLESTAR = 64,
	RA_F_PARENTHESES = 128, /* an expression that stood in parentheses of its own */
	RA_F_DECLARE = 256, RA_F_TAIL = 512,
	RA_F_EXPORT = 1024,     /* of a declaration: seen by other files */
	RA_F_OPTIONAL = 2048,   /* MEMBER, INDEX, CALL behind `?.` */
	RA_F_HEADER = 4096, RA_F_BREAKS = 8192,
	/* of one kind each */
	RA_F_NEW = 16384, RA_F_DO = 16384, RA_F_BIASED = 16384, RA_F_TEST = 16384,
	RA_F_MACRO = 32768
};

struct ra_node {
	uint8_t kind, word;
	uint16_t flags;
	uint32_t first, last;          /* tokens, both inclusive */
	uint32_t unit;                 /* of FUNCTION, LAMBDA, MODULE: the unit it is; of all
	                                * others: the unit it belongs to */
	uint32_t block;                /* of BLOCK: itself; of others: the block it stands in */
	uint32_t height;               /* of the tree below: 0 to RA_SHAPE_HEIGHT */
	struct ra_node *kids, *next;   /* first child, next sibling */
	struct ra_node *up;            /* parent; NULL at the root */
	struct ra_str text;
};

enum ra_block_role {
	RA_B_MODULE, RA_B_FUNCTION, RA_B_CLASS,
	RA_B_THEN, RA_B_ELSE,          /* of IF */
	RA_B_LOOP, RA_B_LOOP_ELSE,
	RA_B_TRY, RA_B_HANDLER, RA_B_TRY_ELSE, RA_B_FINALLY,
	RA_B_WITH, RA_B_CASE, RA_B_PLAIN
};

/* How control leaves a block at its end, at the least how it can. */
enum ra_exit {
	RA_X_FALLS = 1,      /* reaches the statement after the block's owner */
	RA_X_RETURN = 2, RA_X_RAISE = 4, RA_X_BREAK = 8, RA_X_CONTINUE = 16,
	RA_X_JUMP = 32       /* to a label: a loop further out goes on or ends, or some statement */
};

struct ra_block {
	uint8_t role;
	uint8_t exits;                 /* enum ra_exit bits over all paths through the block */
	uint16_t depth;
	uint32_t up;                   /* enclosing block; 0 for the module's own (index 0) */
	uint32_t unit;
	uint32_t loop;                 /* innermost enclosing LOOP block of the unit, itself
	                                * included; 0 for none */
	struct ra_node *node;          /* the BLOCK node; ->up is its owner statement */
};

enum ra_unit_flag {
	RA_U_ASYNC = 1, RA_U_GENERATOR = 2,   /* has a yield of its own */
	RA_U_METHOD = 4,                      /* directly in a class body */
	RA_U_STATIC = 8, RA_U_CLASSMETHOD = 16, RA_U_PROPERTY = 32,
	RA_U_LAMBDA = 64,                     /* without a name; `const f = () => ..` has one */
	RA_U_MODULE = 128,
	RA_U_ARROW = 256,                     /* shares the receiver of the unit around it */
	RA_U_ABSTRACT = 512,                  /* a signature alone */
	RA_U_EXPORTED = 1024,                 /* other files may run it */
	RA_U_TEST = 2048,                     /* marked as a test by an attribute, or in such a module */
	RA_U_BLOCK = 4096,                    /* an async block */
	RA_U_POINTER = 8192                   /* its receiver is shared with the caller: *T, &self */
};

struct ra_unit {
	uint32_t index;
	uint32_t up;                   /* enclosing unit; 0 (the module) for top level */
	uint32_t class_;               /* 1 + index in ra_shape.classes of the class whose body
	                                * it stands in; 0 for none. Closures inherit it */
	uint32_t flags;
	uint32_t block;                /* its body's block; 0 for a lambda */
	struct ra_str name;            /* "get"; "<lambda>"; "<module>" */
	struct ra_str qualified;       /* "Pool.get", "outer.inner", "Pool.get.<lambda>" */
	struct ra_str receiver;        /* first parameter of a method ("self", "cls"); else "" */
	struct ra_node *node;          /* FUNCTION, LAMBDA or MODULE */
	uint32_t line, end_line;       /* from `def` (not its decorators) to its last statement */
};

struct ra_class {
	struct ra_str name, qualified;
	struct ra_node *node;          /* of several bodies the one with the fields; a type that no
	                                * body of the text declares has a CLASS without children */
	uint32_t up;                   /* enclosing class + 1, or 0 */
	uint32_t unit;                 /* the unit it is defined in */
};

struct ra_shape {
	const struct ra_tokens *tokens;
	struct ra_node *root;
	RA_VEC(struct ra_unit) units;    /* in source order; [0] is the module */
	RA_VEC(struct ra_block) blocks;  /* in source order; [0] is the module's */
	RA_VEC(struct ra_class) classes;
	RA_VEC(struct ra_note) notes;    /* lexer's notes are in tokens->notes */
};

/* The shape of a token list. Never fails; memory in `arena`. */
void ra_shape_build(struct ra_arena *arena, const struct ra_tokens *tokens, struct ra_shape *out);

/* -- reading the tree ---------------------------------------------------------------------- */

struct ra_str ra_node_text(const struct ra_shape *shape, const struct ra_node *node); /* verbatim */
uint32_t ra_node_line(const struct ra_shape *shape, const struct ra_node *node);
uint32_t ra_node_end_line(const struct ra_shape *shape, const struct ra_node *node);
uint32_t ra_node_column(const struct ra_shape *shape, const struct ra_node *node); /* 1-based */

/* n-th child or NULL; last child or NULL; first child of a kind or NULL; number of children. */
struct ra_node *ra_node_kid(const struct ra_node *node, unsigned n);
struct ra_node *ra_node_last(const struct ra_node *node);
struct ra_node *ra_node_find(const struct ra_node *node, enum ra_node_kind kind);
unsigned ra_node_count(const struct ra_node *node);

/* Pre-order walk over the subtree of `root`: pass NULL first. `into_units` false stops at nested
 * FUNCTION and LAMBDA nodes (they are returned, not entered; a comprehension is entered). */
struct ra_node *ra_node_walk(const struct ra_node *root, const struct ra_node *at,
			     bool into_units);

/* Innermost statement that holds `node` (itself when it is one); NULL at the root. */
struct ra_node *ra_node_statement(const struct ra_node *node);

static inline bool ra_node_is_statement(const struct ra_node *node)
{
	return node->kind >= RA_N_EXPRESSION && node->kind != RA_N_ANNOTATION &&
	       node->kind < RA_N_DECORATOR && node->kind != RA_N_ALIAS &&
	       node->kind != RA_N_HANDLER && node->kind != RA_N_ITEM && node->kind != RA_N_CASE;
}

/* A call, as a statement, that does not come back, by the language's own names: panic, process.exit. */
bool ra_node_never_returns(const struct ra_shape *shape, const struct ra_node *statement);

/* What IMPORT calls the module that a string names: `'node:fs/promises'` is fs.promises. */
struct ra_str ra_shape_module(struct ra_arena *arena, struct ra_str literal);

/* "a.b.c" for NAME and MEMBER chains (dotted text in the arena); "" for anything else. */
struct ra_str ra_node_dotted(struct ra_arena *arena, const struct ra_node *node);

/* Is `inner` the block `outer` or inside it? */
bool ra_block_inside(const struct ra_shape *shape, uint32_t inner, uint32_t outer);

/* The whole tree as S-expressions, one statement a line; names, literals and strings are their bare
 * text. For tests and `--debug=shape`. */
void ra_shape_dump(const struct ra_shape *shape, struct ra_buf *out);

#endif
