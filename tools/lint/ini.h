/* tools/lint/ini.h - a file of sections, keys and values, read by libinih where it is there. */
#ifndef TOOLS_LINT_INI_H
#define TOOLS_LINT_INI_H
#include <stdbool.h>
#include <stdio.h>

/* Calls entry for each value with the line that its key stands on; a value on several lines comes
 * with blanks between them.  wrong: for a line that is none of all that. */
typedef struct ini_reading {
    void *ctx;
    void (*entry)(void *ctx, int line, const char *section, const char *key, const char *value);
    void (*wrong)(void *ctx, int line, const char *why);
} ini_reading;

extern const bool ini_can_read;                  /* false: built without libinih */
bool ini_read(FILE *from, const ini_reading *r); /* false: no memory */
#endif
