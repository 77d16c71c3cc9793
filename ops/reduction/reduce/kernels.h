/* ops/reduction/reduce/kernels.h - what an ISA may do faster: sums and extremes over floats. */
#ifndef OPS_REDUCTION_REDUCE_KERNELS_H
#define OPS_REDUCTION_REDUCE_KERNELS_H
#include "sdx/op.h"

/* One number of n >= 0 floats, added to (or compared with) start.  Any alignment.  Sums go through
 * float for at most 1024 elements at a time, in as many partial sums as there are lanes, and then
 * on in double. */
typedef double reduce_row_f32(double start, const float *x, size_t n);
/* The same for n columns of `rows` rows, `step` floats apart: y[i] of x[i], x[i + step] ...  Sums
 * go through float for at most 32 rows at a time. */
typedef void reduce_columns_f32(double *y, const float *x, size_t n, size_t rows, size_t step);

/* y = (x - mean) * factor * scale + bias for n floats, bias NULL: none; mean is theirs, or 0 if not
 * centred, factor = 1 / sqrt(mean of (x - mean)^2 + epsilon).  Sums as above.  y may be x; NULL:
 * moments alone. */
typedef struct reduce_moments {
    double mean, factor;
} reduce_moments;
typedef reduce_moments reduce_norm_f32(float *y, const float *x, const float *scale,
                                       const float *bias, size_t n, double epsilon, bool centred);

typedef struct reduce_kernels {
    reduce_row_f32 *sum, *sum_abs, *sum_square;
    reduce_row_f32 *max, *min; /* NaN if any is NaN */
    reduce_columns_f32 *sum_columns, *sum_square_columns, *max_columns, *min_columns;
    reduce_norm_f32 *norm;
} reduce_kernels;
extern const sdx_family sdx_family_reduction_reduce;
#endif
