/* tools/open.h - a model by its path, or out of stdin. */
#ifndef TOOLS_OPEN_H
#define TOOLS_OPEN_H
#include "sardonyx.h"

/* Where a model is.  Stdin is read once, and what came from it stays for models opened later. */
typedef struct model_source {
    const char *path; /* "-": stdin */
    void *bytes;
    size_t size;
} model_source;

/* The model has to be closed before the source is freed. */
sdx_status model_source_open(model_source *s, const sdx_model_options *o, sdx_model **out,
                             sdx_error *err);
void model_source_free(model_source *s);

#endif
