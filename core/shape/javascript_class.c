/*
 * Classes, interfaces and enums. All are a CLASS: what an interface declares are fields without a
 * value and methods without a body, what an enum names are fields.
 */
#include "core/shape/javascript.h"

static bool is_abstract_class(const struct ra_builder *build, uint32_t ahead)
{
	return js_is(ra_build_peek(build, ahead), RA_W_MODIFIER) &&
	       js_is(ra_build_peek(build, ahead + 1), RA_W_CLASS) && js_same_line(build, ahead + 1);
}

bool js_begins_class(const struct ra_builder *build)
{
	const struct ra_token *after = ra_build_peek(build, 1);

	switch (build->token->kind == RA_T_END ? RA_W_NONE : (enum ra_word)build->token->word) {
	case RA_W_CLASS: case RA_O_AT:
		return true;
	case RA_W_MODIFIER:
		return is_abstract_class(build, 0);
	case RA_W_INTERFACE: case RA_W_ENUM:
		return js_is_word(after) && js_same_line(build, 1);
	case RA_W_CONST:
		return js_is(after, RA_W_ENUM);
	default:
		return false;
	}
}

static void take_decorators(struct ra_builder *build, struct ra_open *open)
{
	while (ra_build_word(build) == RA_O_AT) {
		struct ra_open decorator = ra_build_open(build, RA_N_DECORATOR, build->at);

		ra_build_next(build);
		ra_build_add(&decorator, ra_build_expression(build, RA_BIND_TRAILER));
		ra_build_add(open, ra_build_close(build, &decorator));
	}
}

/* -- members ------------------------------------------------------------------------------- */

/* The words and the key of a member, before it is read. */
struct member {
	struct ra_str name;
	uint32_t skip, key;    /* tokens before what follows the key, before the key */
	uint32_t flags;        /* enum ra_unit_flag */
	bool static_, private_;
};

/* Is the word at `ahead` a modifier here, and not the name of the member? */
static bool modifies(const struct ra_builder *build, uint32_t ahead)
{
	const struct ra_token *after = ra_build_peek(build, ahead + 1);

	return js_is_word(after) || after->kind == RA_T_STRING || after->kind == RA_T_NUMBER ||
	       js_is(after, RA_O_LBRACKET) || js_is(after, RA_O_STAR);
}

static struct ra_str key_text(const struct ra_builder *build, uint32_t from, uint32_t to)
{
	return js_unquoted(ra_build_text(build, build->at + from, build->at + to));
}

static struct member look_at(const struct ra_builder *build)
{
	struct member member = { 0 };
	uint32_t at = 0, partner;

	for (; modifies(build, at); at++) {
		switch (js_is_word(ra_build_peek(build, at)) ? ra_build_peek(build, at)->word
							      : RA_W_NONE) {
		case RA_W_STATIC:
			member.static_ = true;
			continue;
		case RA_W_ASYNC:
			member.flags |= RA_U_ASYNC;
			continue;
		case RA_W_ACCESSOR:
			member.flags |= RA_U_PROPERTY;
			continue;
		case RA_W_MODIFIER:
			member.private_ |= ra_str_is(key_text(build, at, at), "private");
			continue;
		default:
			break;
		}
		break;
	}
	if (js_is(ra_build_peek(build, at), RA_O_STAR)) {
		member.flags |= RA_U_GENERATOR;
		at++;
	}
	member.key = at;
	if (js_is(ra_build_peek(build, at), RA_O_LBRACKET)) {
		partner = js_partner(build, at);
		member.name = key_text(build, at, partner);
		member.skip = partner + 1;
	} else {
		member.name = key_text(build, at, at);
		member.skip = at + 1;
	}
	return member;
}

/* May other files run it? Names that begin with `_` are private by custom. */
static bool is_public(const struct member *member)
{
	return !member->private_ && member->name.len && member->name.ptr[0] != '#' &&
	       member->name.ptr[0] != '_';
}

static void pass(struct ra_builder *build, uint32_t n)
{
	for (; n; n--)
		ra_build_next(build);
}

static struct ra_node *build_method(struct ra_builder *build, struct ra_open *open,
				    const struct member *member)
{
	struct js_function function = { .name = member->name, .skip = member->skip,
					.flags = member->flags };

	function.field = ra_str_is(member->name, "constructor");
	if (member->static_)
		function.flags |= RA_U_CLASSMETHOD;
	if (is_public(member))
		function.flags |= RA_U_EXPORTED;
	return js_function(build, open, &function);
}

/* A function that is the value of a field runs on the object as a method does. */
static void mark_method(struct ra_builder *build, const struct ra_node *value,
			const struct member *member)
{
	struct ra_unit *unit = &build->shape->units.v[value->unit];

	if (value->kind != RA_N_LAMBDA)
		return;
	unit->flags |= RA_U_METHOD | (member->static_ ? RA_U_CLASSMETHOD : 0) |
		       (is_public(member) ? RA_U_EXPORTED : 0);
	unit->flags &= ~(uint32_t)RA_U_ARROW;
	unit->receiver = ra_str(build->tokens->language->receiver);
}

/* `static x?: T = value;`, of which only the name has to be there. */
static struct ra_node *build_field(struct ra_builder *build, struct ra_open *open,
				   const struct member *member)
{
	struct ra_node *name, *value;
	uint32_t end = build->at + member->skip - 1;

	*open = ra_build_open(build, RA_N_ASSIGN, build->at); /* without its decorators */
	open->node->flags |= RA_F_DECLARE;
	if (member->static_)
		open->node->word = RA_W_STATIC;
	pass(build, member->key);
	name = ra_build_node(build, RA_N_NAME, build->at);
	name->text = member->name;
	name->last = end;
	pass(build, member->skip - member->key);
	if (ra_build_word(build) == RA_O_QUESTION || ra_build_word(build) == RA_W_NOT)
		ra_build_next(build);
	js_annotation(build, open, RA_N_ANNOTATION);
	ra_build_add(open, name);
	if (ra_build_take(build, RA_O_ASSIGN)) {
		value = js_value(build, member->name);
		mark_method(build, value, member);
		ra_build_add(open, value);
	} else {
		open->node->flags |= RA_F_BARE;
	}
	return ra_build_close(build, open);
}

/* `[key: string]: T` declares nothing. */
static bool is_index_signature(const struct ra_builder *build)
{
	uint32_t at = 0;

	while (js_is(ra_build_peek(build, at), RA_W_MODIFIER) ||
	       js_is(ra_build_peek(build, at), RA_W_STATIC))
		at++;
	return js_is(ra_build_peek(build, at), RA_O_LBRACKET) &&
	       js_is_word(ra_build_peek(build, at + 1)) &&
	       js_is(ra_build_peek(build, at + 2), RA_O_COLON);
}

static void skip_member(struct ra_builder *build, uint16_t depth)
{
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		bool end = build->token->depth == depth + 1 &&
			   (ra_build_word(build) == RA_O_SEMICOLON ||
			    ra_build_word(build) == RA_O_COMMA);

		ra_build_next(build);
		if (end || (build->token->depth == depth + 1 && ra_build_on_new_line(build)))
			return;
	}
}

/* `(x): T` and `new (x): T` of an interface, `[k: string]: T`: of no name. */
static bool is_nameless(const struct ra_builder *build)
{
	return js_is(build->token, RA_O_LPAREN) || js_is(build->token, RA_O_LT) ||
	       (js_is(build->token, RA_W_NEW) && js_is(ra_build_peek(build, 1), RA_O_LPAREN)) ||
	       is_index_signature(build);
}

/* Over `<T>(x: A): B`, on however many lines; false when it does not read so. */
static bool pass_signature(struct ra_builder *build)
{
	ra_build_take(build, RA_W_NEW);
	if (ra_build_word(build) == RA_O_LT && !js_pass_angles(build))
		return false;
	if (ra_build_word(build) != RA_O_LPAREN)
		return false;
	ra_build_pass_bracket(build);
	return !ra_build_take(build, RA_O_COLON) || js_type(build);
}

static bool can_be_key(const struct ra_token *token)
{
	return js_is_word(token) || token->kind == RA_T_STRING || token->kind == RA_T_NUMBER ||
	       js_is(token, RA_O_LBRACKET);
}

static struct ra_node *build_static_block(struct ra_builder *build)
{
	struct ra_open open = ra_build_open(build, RA_N_COMPOUND, build->at);

	ra_build_next(build);
	ra_build_braces(build, &open, RA_B_PLAIN);
	return ra_build_close(build, &open);
}

/* One member into `block`. */
static void build_member(struct ra_builder *build, struct ra_open *block, uint16_t depth)
{
	struct ra_open open;
	struct member member;
	const struct ra_token *after;

	if (js_at(build, RA_W_STATIC) && js_is(ra_build_peek(build, 1), RA_O_LBRACE)) {
		ra_build_add(block, build_static_block(build));
		return;
	}
	open = ra_build_open(build, RA_N_FUNCTION, build->at);
	take_decorators(build, &open);
	member = look_at(build);
	if (is_nameless(build) || !can_be_key(ra_build_peek(build, member.key))) {
		if (!pass_signature(build))
			skip_member(build, depth);
		return;
	}
	after = ra_build_peek(build, member.skip);
	if (js_is(after, RA_O_QUESTION) && (js_is(ra_build_peek(build, member.skip + 1),
						  RA_O_LPAREN) ||
					    js_is(ra_build_peek(build, member.skip + 1), RA_O_LT))) {
		member.skip++; /* a method that may be absent */
		after++;
	}
	if (js_is(after, RA_O_LPAREN) || js_is(after, RA_O_LT))
		ra_build_add(block, build_method(build, &open, &member));
	else
		ra_build_add(block, build_field(build, &open, &member));
	/* what is left of a member that could not be read */
	if (build->token->kind != RA_T_END && ra_build_inside(build, depth) &&
	    ra_build_word(build) != RA_O_SEMICOLON && ra_build_word(build) != RA_O_COMMA &&
	    !ra_build_on_new_line(build) &&
	    ra_build_word_of(&build->tokens->list.v[build->last]) != RA_O_RBRACE)
		skip_member(build, depth);
}

void js_class_body(struct ra_builder *build, struct ra_open *open)
{
	struct ra_place outer = build->place;
	struct ra_open block;
	uint16_t depth = build->token->depth;

	ra_build_enter_class(build, open->node, open->node->text);
	block = ra_build_open_block(build, RA_B_CLASS);
	build->depth++;
	if (!ra_build_take(build, RA_O_LBRACE))
		ra_build_note(build, "class body expected");
	else if (build->depth >= RA_SHAPE_DEPTH)
		ra_build_skip_bracket(build, depth);
	while (build->token->kind != RA_T_END && ra_build_inside(build, depth)) {
		uint32_t first = build->at;

		if (ra_build_take(build, RA_O_SEMICOLON) || ra_build_take(build, RA_O_COMMA))
			continue;
		build_member(build, &block, depth);
		if (build->at == first)
			ra_build_next(build);
	}
	ra_build_take(build, RA_O_RBRACE);
	build->depth--;
	ra_build_add(open, ra_build_close_block(build, &block));
	build->place = outer;
}

/* -- the head ------------------------------------------------------------------------------ */

/* What it extends; the types of an interface's are read as types. */
static void build_bases(struct ra_builder *build, struct ra_open *open, bool types)
{
	struct ra_node *base;
	bool in_head = build->in_head;

	build->in_head = true;
	do {
		base = types ? js_type(build) : ra_build_expression(build, RA_BIND_TRAILER);
		if (base && types && base->kind == RA_N_INDEX) {
			base = base->kids;
			base->next = NULL;
		}
		if (base)
			ra_build_add(open, base);
		if (!types && ra_build_word(build) == RA_O_LT)
			js_pass_angles(build);
	} while (types && ra_build_take(build, RA_O_COMMA));
	build->in_head = in_head;
}

static void pass_implemented(struct ra_builder *build)
{
	do {
		ra_build_next(build);
		if (!js_type(build))
			return;
	} while (ra_build_word(build) == RA_O_COMMA);
}

struct ra_node *js_class(struct ra_builder *build, struct ra_str name)
{
	struct ra_open open = ra_build_open(build, RA_N_CLASS, build->at);
	bool types;

	take_decorators(build, &open);
	while (js_at(build, RA_W_MODIFIER) || js_at(build, RA_W_CONST) ||
	       js_at(build, RA_W_EXPORT) || js_at(build, RA_W_DEFAULT))
		ra_build_next(build);
	types = js_at(build, RA_W_INTERFACE);
	if (types || js_at(build, RA_W_ENUM))
		open.node->word = build->token->word;
	if (types || js_at(build, RA_W_ENUM) || js_at(build, RA_W_CLASS))
		ra_build_next(build);
	if (js_is_word(build->token) && !js_at(build, RA_W_EXTENDS) &&
	    !(js_at(build, RA_W_IMPLEMENTS) && js_is_word(ra_build_peek(build, 1)))) {
		if (!name.len)
			name = ra_build_text(build, build->at, build->at);
		ra_build_next(build);
	}
	open.node->text = name;
	if (ra_build_word(build) == RA_O_LT)
		js_pass_angles(build);
	if (js_at(build, RA_W_EXTENDS)) {
		ra_build_next(build);
		build_bases(build, &open, types);
	}
	if (js_at(build, RA_W_IMPLEMENTS))
		pass_implemented(build);
	while (build->token->kind != RA_T_END && ra_build_word(build) != RA_O_LBRACE &&
	       ra_build_word(build) != RA_O_SEMICOLON && ra_build_word(build) != RA_O_RBRACE)
		ra_build_next(build);
	js_class_body(build, &open);
	return ra_build_close(build, &open);
}
