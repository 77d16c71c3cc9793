/* tools/io/text.h - texts of a model in JSON, and JSON on few lines. */
#ifndef TOOLS_IO_TEXT_H
#define TOOLS_IO_TEXT_H
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* JSON is UTF-8; bytes of a model that are not become U+FFFD.  NULL: no memory; of NULL: null. */
json_t *json_text(const char *s);

/* An object, a member a line; what lists hold, an element a line.  false: the stream takes no more.
 */
bool json_print_lines(FILE *to, const json_t *object);
#endif
