/* ops/common/moments.h - mean and variance of runs of elements, for the normalisations. */
#ifndef COMMON_MOMENTS_H
#define COMMON_MOMENTS_H
#include "sdx/op.h"

/* Short sums side by side in float, then in double: as exact as a normalisation of floats needs,
 * and wide. */
double sdx_sum_f32(const float *x, int64_t n);
double sdx_sum_squares_f32(const float *x, int64_t n, float less); /* of x[i] - less */

/* Sums over n elements of any real type from `first` on, `step` apart. */
double sdx_sum(const sdx_tensor *x, int64_t first, int64_t step, int64_t n);
double sdx_sum_squares(const sdx_tensor *x, int64_t first, int64_t step, int64_t n, double less);

/* y[i] = x[i] * a + b, for n elements of any real type, `step` apart. */
void sdx_scale_run(sdx_tensor *y, const sdx_tensor *x, int64_t first, int64_t step, int64_t n,
                   double a, double b);

/* All elements of a real tensor as doubles into `to` */
void sdx_load_all(double *to, const sdx_tensor *t);

#endif
