/* ops/math/matmul/plan.h - matrix products of tensors of any type, as MatMul and Gemm have them.
 *
 *     Y = alpha * A B + (what the operator adds)
 *
 * prepare: the caller fills in shape and strides, sdx_matmul_prepare chooses kernel or reference
 * and packs a constant B.  run: sdx_matmul_run. */
#ifndef MATH_MATMUL_PLAN_H
#define MATH_MATMUL_PLAN_H
#include "common/epilogue.h"
#include "common/product.h"
#include "math/matmul/kernels.h"

typedef struct matmul_plan {
    /* from the caller */
    sdx_product shape;
    int64_t a_row, a_col, b_row, b_col; /* elements from one to the next: transposes */
    double alpha;
    bool moved; /* B is not input 1 as it stands: it cannot be packed ahead */
    /* from sdx_matmul_prepare */
    bool fast; /* float kernels */
    matmul_kernels k;
    matmul_form form; /* of B */
    /* distinct matrices of B; elements of one, and when packed */
    int64_t b_matrices, b_size, b_packed;
    const float *packed; /* NULL: not constant, packed in run */
    int64_t row_blocks, panel_groups;
    size_t scratch; /* floats of shared scratch that sdx_matmul_run uses, from its start */
} matmul_plan;

/* B is input 1.  The caller says sdx_want_scratch, with scratch and sdx_matmul_worker(). */
sdx_status sdx_matmul_prepare(const sdx_node *n, sdx_prepare *c, matmul_plan *p);
size_t sdx_matmul_worker(const matmul_plan *p);

/* What is added, and done afterwards.  For the reference: a function over each row, in its widest
 * type; floats narrow afterwards. */
typedef struct matmul_finish {
    const float *bias;     /* n floats, or NULL */
    const float *residual; /* as Y, or NULL; may be Y */
    const sdx_tail *tail;  /* lo, hi and after, for the kernels */
    /* the reference adds beta * C[batch * c_batch + row * c_row + column * c_col] */
    const sdx_tensor *c;
    int64_t c_row, c_col;
    double beta;
    const sdx_tail_plan *plan; /* the reference's epilogue; NULL: none */
    const sdx_node *node;
} matmul_finish;

sdx_status sdx_matmul_run(const matmul_plan *p, sdx_run *c, const sdx_tensor *a,
                          const sdx_tensor *b, sdx_tensor *y, const matmul_finish *finish);
#endif
