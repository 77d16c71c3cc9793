/* tools/open.c - a model by its path, or out of stdin. */
#include "open.h"

#include "io/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

sdx_status model_source_open(model_source *s, const sdx_model_options *o, sdx_model **out,
                             sdx_error *err)
{
    if (strcmp(s->path, "-") != 0)
        return sdx_model_open(s->path, o, out, err);
    if (!s->bytes)
        s->bytes = tool_read_file(s->path, &s->size);
    if (!s->bytes) {
        *err = (sdx_error){ .status = SDX_E_IO, .place = "stdin" };
        snprintf(err->fact, sizeof err->fact, "%s", strerror(errno));
        return err->status;
    }
    return sdx_model_open_memory(s->bytes, s->size, "stdin", o, out, err);
}

void model_source_free(model_source *s)
{
    free(s->bytes);
    s->bytes = NULL;
}
