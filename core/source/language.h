/*
 * What the rest of the folder asks the table of languages (language.c). Not for other folders:
 * they use source.h.
 */
#ifndef RA_SOURCE_LANGUAGE_H
#define RA_SOURCE_LANGUAGE_H

#include "core/source/source.h"

/* The mark that opens a comment to the end of the line; empty for RA_LANG_NONE. */
struct ra_str ra_lang_comment(enum ra_lang lang);
/* Does a directory or the name of `path` say that it holds tests? */
bool ra_lang_is_test(enum ra_lang lang, struct ra_str path);

#endif
