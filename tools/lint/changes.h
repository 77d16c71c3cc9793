/* tools/lint/changes.h - what corrections would change in a model. */
#ifndef TOOLS_LINT_CHANGES_H
#define TOOLS_LINT_CHANGES_H
#include "cli.h"

/* Prints the attributes of nodes that the corrected model has otherwise, as a diff.  false: err
 * says why. */
bool changes_print(FILE *to, const sdx_model *m, const char *name, const sdx_save_options *o,
                   bool color, sdx_error *err);
#endif
