/* ops/math/einsum/product.h - sums of products of two operands that are products of matrices. */
#ifndef OPS_MATH_EINSUM_PRODUCT_H
#define OPS_MATH_EINSUM_PRODUCT_H
#include "common/walk.h"
#include "math/matmul/plan.h"

/* One axis of the sum: steps of its operands and of the result, 0 where one does not have it. */
typedef struct einsum_axis {
    int64_t dim, a, b, y;
} einsum_axis;

typedef struct einsum_product {
    matmul_plan m;
    bool gathers, turns; /* B is laid out anew before, the result afterwards */
    sdx_walk gather, turn;
    size_t b_bytes, y_bytes, at; /* their room, and where in the shared scratch it begins */
} einsum_product;

/* The axes as batch, rows, columns and what is summed over; NULL in *p: they are no such thing, and
 * nothing was done. */
sdx_status sdx_einsum_product(const sdx_node *n, sdx_prepare *c, int axes, const einsum_axis *axis,
                              einsum_product **p);
sdx_status sdx_einsum_run(const sdx_node *n, sdx_run *c, const einsum_product *p);
#endif
