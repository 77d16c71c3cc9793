/* tools/lint/changes.h - what corrections change in a model. */
#ifndef TOOLS_LINT_CHANGES_H
#define TOOLS_LINT_CHANGES_H
#include "lint/corrected.h"

/* Prints what the corrected model has otherwise, as a diff that begins with the corrections in
 * words; nothing where there are none. */
void changes_print(FILE *to, const char *name, const sdx_model *before, const sdx_model *after,
                   const corrections *made, bool color);
#endif
