/* ops/math/matmul/kernels.h - products of float matrices.  Raw pointers and sizes only. */
#ifndef MATH_MATMUL_KERNELS_H
#define MATH_MATMUL_KERNELS_H
#include "sdx/op.h"

/* Called with n floats of the result that have just been stored and still lie in the nearest cache;
 * the first of them is number `at` of the output. */
typedef void matmul_after(void *context, float *y, int64_t at, size_t n);

/* C = clamp(A B + bias + residual).  Any size may be 0; with k = 0 the product is 0.
 * B has been packed; C may be the residual, and must overlap nothing else. */
typedef struct matmul_f32 {
    int64_t m, n, k;
    const float *a;
    /* floats from a row of A to the next, from a column to the next: A or its transpose */
    int64_t a_row, a_col;
    const float *b;
    float *c;
    int64_t c_row;
    int64_t at;        /* number of C's first float in the output, for `after` */
    const float *bias; /* n floats, one for each column; NULL: none */
    const float *residual;
    int64_t residual_row;
    float lo, hi;        /* -INFINITY and INFINITY leave all as it is; NaN stays NaN */
    matmul_after *after; /* NULL: nothing more to do */
    void *context;
} matmul_f32;

/* Rows [m0, m1) of panels [p0, p1).  The bits of a row depend on m0 and m1, by the cut into tiles,
 * and on nothing else: callers that cut by size alone get the same bits from any number of
 * threads. */
typedef void matmul_product_f32(const matmul_f32 *g, int64_t m0, int64_t m1, int64_t p0,
                                int64_t p1);

/* Panels [p0, p1) of a matrix of k x n; row, col: floats from a row, a column to the next, so a
 * transpose costs nothing else.  `to` holds matmul_packed() floats. */
typedef void matmul_pack_f32(float *to, const float *b, int64_t k, int64_t n, int64_t row,
                             int64_t col, int64_t p0, int64_t p1);

typedef struct matmul_kernels {
    matmul_product_f32 *product;
    matmul_pack_f32 *pack;
    /* columns are packed in panels of two blocks, the last panel of one or two; 0: no kernel */
    int block;
    int rows; /* rows of a tile: a sensible multiple to cut m by */
} matmul_kernels;

static inline int64_t matmul_panels(int64_t n, int block)
{
    return (n + 2 * block - 1) / (2 * block);
}
/* Floats of B when packed. */
static inline int64_t matmul_packed(int64_t k, int64_t n, int block)
{
    return k * ((n + block - 1) / block * block);
}

extern const sdx_family sdx_family_math_matmul;
#endif
