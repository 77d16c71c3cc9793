/* tools/save.h - writing a model so that a failure leaves what was there. */
#ifndef TOOLS_SAVE_H
#define TOOLS_SAVE_H
#include "cli.h"

/* The model's bytes in memory, to be freed; NULL: err says why. */
char *save_to_memory(const sdx_model *m, const sdx_save_options *o, size_t *size, size_t *edits,
                     sdx_error *err);
/* Writes beside the target and renames, so that the model that is being read may be the target; a
 * link stays a link, a device or a pipe is written to.  path "-": stdout.  edits may be NULL.
 * false: said why. */
bool save_model(const cli *c, const sdx_model *m, const sdx_save_options *o, const char *path,
                size_t *edits);
#endif
