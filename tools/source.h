/* tools/source.h - one value for an input: out of a file, or made up. */
#ifndef TOOLS_SOURCE_H
#define TOOLS_SOURCE_H
#include "inputs.h"

enum { SOURCE_RANK = 64 }; /* most dims of an input */

/* What is asked of a value: the model's words with what the options add. */
typedef struct wish {
    const sdx_value_info *info;
    sdx_dtype dtype;
    int rank;
    int64_t dim[SOURCE_RANK]; /* -1: open */
    const image_spec *image;
    const audio_spec *audio;
} wish;

/* zeros, ones, arange, random[:LO,HI], value:V */
bool source_is_made_up(const char *source);
/* NULL: said why. */
sdx_value *source_make_up(const cli *c, const wish *w, const char *source, uint64_t seed);

/* .npy .npz .pb .json .txt .raw .png .jpg .bmp .ppm .wav, '-': by what is in it, then by its
 * ending.  NULL: said why. */
sdx_value *source_read(const cli *c, const wish *w, const char *path);

/* Has this .npz an array of this name?  No complaint if it cannot be read. */
bool source_holds(const char *npz, const char *name);

bool source_ends(const char *path, const char *with); /* whatever the case of letters */

#endif
