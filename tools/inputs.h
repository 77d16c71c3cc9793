/* tools/inputs.h - values for a model's inputs: from files, or made up. */
#ifndef TOOLS_INPUTS_H
#define TOOLS_INPUTS_H
#include "cli.h"
#include "io/audio.h"
#include "io/image.h"

typedef struct input_spec {
    char *name;         /* NULL: the next input that has no spec yet */
    const char *source; /* a file, or zeros, ones, arange, random[:LO,HI], value:V */
} input_spec;

typedef struct input_options {
    size_t n;
    input_spec *spec;
    uint64_t seed;
    bool make_up;    /* what has no spec is random instead of an error */
    cli_dims dims;   /* -d and --shape; symbols without a number are 1 */
    cli_dims bound;  /* what --shape says of the symbols of the model in hand */
    bool other_dims; /* -d may be meant for another model */
    char **type;     /* "x=f32": for inputs whose type the model leaves open */
    size_t n_types;
    image_spec image;
    audio_spec audio;
} input_options;

void inputs_default(input_options *o);
void inputs_free(input_options *o);
/* "NAME=SRC" or "SRC"; false: no memory. */
bool inputs_add(input_options *o, const char *text);
/* Forgets all specs but the first n. */
void inputs_keep(input_options *o, size_t n);
/* "NAME=TYPE"; false: no such type, or no memory. */
bool inputs_add_type(input_options *o, const char *text);

/* Do all the names and symbols of the options belong to this model?  Binds the symbols that --shape
 * gives numbers.  false: said why.  Once a model, before inputs_make. */
bool inputs_settle(const cli *c, const sdx_model *m, input_options *o);

/* One value for each input, in order.  Files come first: what they say of a symbolic dim holds for
 * what is made up.  NULL: said why.  Free with inputs_drop. */
sdx_value **inputs_make(const cli *c, const sdx_model *m, const input_options *o, size_t *n);
void inputs_drop(sdx_value **v, size_t n);

/* What the symbols of the inputs are in these values. */
bool inputs_symbols(const sdx_model *m, sdx_value *const *v, cli_dims *d);

#endif
