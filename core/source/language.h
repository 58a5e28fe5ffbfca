/*
 * What the rest of the folder asks the table of languages (language.c). Not for other folders:
 * they use source.h.
 */
#ifndef RA_SOURCE_LANGUAGE_H
#define RA_SOURCE_LANGUAGE_H

#include "core/source/source.h"

/* The mark that opens a comment to the end of the line; empty for RA_LANG_NONE. */
struct ra_str ra_lang_comment(enum ra_lang lang);
/* The word before a module's name where the files of a directory can be one; else empty. */
struct ra_str ra_lang_module(enum ra_lang lang);
/* Does this line, before any code, say that the file is no part of its directory? */
bool ra_lang_says_alone(enum ra_lang lang, struct ra_str line);
/* Does a directory or the name of `path` say that it holds tests? */
bool ra_lang_is_test(enum ra_lang lang, struct ra_str path);
/* The same by the name of the file alone, wherever it stands. */
bool ra_lang_names_test(enum ra_lang lang, struct ra_str path);

/* Do the comments of its first lines say that a program wrote it? (generated.c) */
bool ra_source_is_generated(const struct ra_source *source);

#endif
