/*
 * Which grammar a language has. A new language with braces is its file and a row here.
 */
#include "core/shape/grammar.h"

static const struct ra_grammar indented = { .braces = false };

const struct ra_grammar *ra_grammar(enum ra_lang lang)
{
	static const struct ra_grammar *const grammars[RA_LANG_COUNT] = {
		[RA_LANG_PYTHON] = &indented,
		[RA_LANG_RUST] = &ra_grammar_rust,
		[RA_LANG_JAVASCRIPT] = &ra_grammar_javascript,
		[RA_LANG_TYPESCRIPT] = &ra_grammar_javascript,
		[RA_LANG_GO] = &ra_grammar_go,
	};

	return grammars[lang] ? grammars[lang] : &indented;
}
