/* tools/inputs.h - values for a model's inputs: from files, or made up. */
#ifndef TOOLS_INPUTS_H
#define TOOLS_INPUTS_H
#include "cli.h"
#include "io/image.h"

typedef struct input_spec {
    char *name;         /* NULL: the next input that has no spec yet */
    const char *source; /* a file, or zeros, ones, arange, random[:LO,HI], value:V */
} input_spec;

typedef struct input_options {
    size_t n;
    input_spec *spec;
    uint64_t seed;
    bool make_up;  /* what has no spec is random instead of an error */
    cli_dims dims; /* -d and --shape; symbols without a number are 1 */
    char **type;   /* "x=f32": for inputs whose type the model leaves open */
    size_t n_types;
    image_spec image;
} input_options;

void inputs_default(input_options *o);
void inputs_free(input_options *o);
/* "NAME=SRC" or "SRC"; false: no memory. */
bool inputs_add(input_options *o, const char *text);

/* One value for each input, in order.  NULL: said why.  Free with inputs_drop. */
sdx_value **inputs_make(const cli *c, const sdx_model *m, const input_options *o, size_t *n);
void inputs_drop(sdx_value **v, size_t n);

#endif
