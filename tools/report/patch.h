/* tools/report/patch.h - what turns one file into another that differs in few places. */
#ifndef TOOLS_REPORT_PATCH_H
#define TOOLS_REPORT_PATCH_H
#include <stdbool.h>
#include <stddef.h>

/* At byte `at` of the old file, `removed` bytes become these. */
typedef struct patch_part {
    size_t at, removed, added;
    const char *bytes; /* within the new file */
} patch_part;

typedef struct patch {
    size_t n;
    patch_part part[64];
} patch;

/* What differs in too many places, or by too much in one, is one part from there on. */
void patch_make(patch *p, const char *old, size_t n_old, const char *now, size_t n_now);
/* To be freed; NULL: no memory. */
char *patch_base64(const char *bytes, size_t n);
#endif
