/* tools/glyph.h - characters of texts that come from a model: which may be printed, how wide they
 * are, where a line may end. */
#ifndef TOOLS_GLYPH_H
#define TOOLS_GLYPH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GLYPH_NONE = -1 }; /* a byte that is no UTF-8 */

/* How many bytes the character at s has; code: which one it is. */
size_t glyph_read(const char *s, int32_t *code);
/* Not so of what controls a terminal, turns the direction of writing or cannot be seen. */
bool glyph_prints(int32_t code);
/* A text as cli_print_escaped prints it, to be freed; NULL: no memory. */
char *glyph_escaped(const char *text);
/* Columns on a terminal that the first n bytes of an escaped text take. */
size_t glyph_columns(const char *text, size_t n);
/* How much of an escaped text fits into so many columns: to the end of a word, and no less than one
 * word. */
size_t glyph_line(const char *text, size_t columns);
#endif
