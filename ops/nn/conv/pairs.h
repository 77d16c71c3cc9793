/* ops/nn/conv/pairs.h - convolutions by the dot product of bf16 pairs, where a session allows it.
 *
 * The part of a picture under some rows of outputs is rounded into a frame, with its padding around
 * it; every pair under a window then lies a fixed distance from the window's corner, whatever the
 * kernel, stride and dilation.  The frame serves all filters of a piece of work. */
#ifndef NN_CONV_PAIRS_H
#define NN_CONV_PAIRS_H
#include "math/matmul/kernels.h"
#include "nn/conv/kernels.h"

typedef struct conv_pairs {
    matmul_pairs_f32 *product;
    matmul_to_pairs_f32 *round;
    int64_t runs, *at;          /* of a window: 8 pairs each, a block of a pixel */
    int64_t rows, pitch, plane; /* of the frame; words of a row, of a block      */
    int64_t units, parts;       /* pairs of output blocks of a group; pieces they are dealt to */
    int64_t band;               /* rows of outputs of a piece */
} conv_pairs;

/* Of a problem that sdx_conv_choose gave to it. */
sdx_status sdx_conv_pairs(sdx_prepare *c, const matmul_kernels *k, const conv_weights *how,
                          const conv_geometry *g, int64_t images, conv_pairs *p);
/* Floats of the packed form; packing; floats of scratch for a worker. */
int64_t sdx_conv_pairs_packed(const conv_weights *how);
void sdx_conv_pairs_pack(const conv_weights *how, float *to, const sdx_tensor *w);
int64_t sdx_conv_pairs_scratch(const conv_pairs *p, const conv_weights *how);
/* Piece `part` of group * parts, over rows [row0, row1), at most `band` of them. */
void sdx_conv_pairs_run(const conv_f32 *j, const conv_pairs *p, int64_t part, int64_t row0,
                        int64_t row1, float *scratch);
#endif
