/* ops/nn/pool/kernels.h - what an ISA may do faster: windows over places that are vectors.  Raw
 * pointers and sizes. */
#ifndef NN_POOL_KERNELS_H
#define NN_POOL_KERNELS_H
#include "sdx/op.h"

/* A row of windows.  Each place is `lanes` floats, whole vectors of any set; a window takes
 * `kernel` places of each of the rows, those that lie in [0, in). */
typedef struct pool_line {
    const float *const *row;
    int rows;
    int64_t in, out, kernel, stride, dilation, begin, lanes;
    float start; /* of each fold */
} pool_line;
typedef void pool_line_f32(float *y, const pool_line *line);

typedef struct pool_kernels {
    pool_line_f32 *max, *sum, *squares;
    int lanes; /* of a vector */
} pool_kernels;
extern const sdx_family sdx_family_nn_pool;
#endif
