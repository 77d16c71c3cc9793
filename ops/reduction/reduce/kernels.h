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

typedef struct reduce_kernels {
    reduce_row_f32 *sum, *sum_abs, *sum_square;
    reduce_row_f32 *max, *min; /* NaN if any is NaN */
    reduce_columns_f32 *sum_columns, *sum_square_columns, *max_columns, *min_columns;
} reduce_kernels;
extern const sdx_family sdx_family_reduction_reduce;
#endif
