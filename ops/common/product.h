/* ops/common/product.h - shapes of matrix products as numpy.matmul has them: MatMul and its integer
 * kin. */
#ifndef OPS_COMMON_PRODUCT_H
#define OPS_COMMON_PRODUCT_H
#include "sdx/op.h"

/* Dims of output 0 from inputs a and b: [.., M, K] x [.., K, N], leading dims broadcast; a vector
 * is a row on the left, a column on the right, and leaves no dim.  false: refused, or too little is
 * known. */
bool sdx_product_infer(const sdx_node *n, sdx_infer *c, int a, int b);
/* ... where the matrices have other dims than the inputs: x for a, y for b, the last two exchanged,
 * say. */
bool sdx_product_infer_dims(const sdx_node *n, sdx_infer *c, int a, int b, sdx_dims x, sdx_dims y);

/* Multiply-adds of a product that sums over dim `axis` of input a; -1 is its last. */
sdx_dim sdx_product_macs(const sdx_node *n, sdx_infer *c, int a, int axis);

/* The same in numbers.  Matrix i of the batch begins a_step(i) elements after the first of A. */
typedef struct sdx_product {
    int64_t m, n, k, batches;
    int rank; /* of the batch */
    int64_t dim[SDX_MAX_RANK], a[SDX_MAX_RANK], b[SDX_MAX_RANK];
} sdx_product;
void sdx_product_lay_out(sdx_product *p, sdx_shape a, sdx_shape b);
/* Where matrix i of the batch begins, in elements of A and of B. */
void sdx_product_at(const sdx_product *p, int64_t i, int64_t *a, int64_t *b);
#endif
