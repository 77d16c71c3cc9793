/* ops/math/matmul.c - MatMul.
 *
 * Shapes are numpy.matmul's (common/product.c), the work is matmul/plan.c's: float tiles with B
 * packed, or a reference for each class of numbers.  Source: ONNX Operators.md, MatMul-13. */
#include "common/derivatives.h"
#include "math/matmul/plan.h"
#include <math.h>

static const sdx_schema schema[] = {
    { 1, "A:T B:T -> Y:T", "", "T: float" },
    { 9, NULL, NULL, "T: float i32 i64 u32 u64" },
    { 13, NULL, NULL, "T: float bf16 i32 i64 u32 u64" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_product_infer(n, c, 0, 1);
}

typedef struct plan {
    matmul_plan product;
    const sdx_tail_plan *tail;
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    matmul_plan *m = &p->product;
    sdx_product_lay_out(&m->shape, sdx_in_shape(n, 0), sdx_in_shape(n, 1));
    m->a_row = m->shape.k;
    m->b_row = m->shape.n;
    m->a_col = m->b_col = 1;
    m->alpha = 1;
    SDX_TRY(sdx_matmul_prepare(n, c, m));
    sdx_want_scratch(c, m->scratch * sizeof(float), sdx_matmul_worker(m));
    /* Without columns of B the last axis counts rows. */
    unsigned can = SDX_TAIL_RESIDUAL | SDX_TAIL_CLAMP |
                   (sdx_in_shape(n, 1).rank > 1 ? SDX_TAIL_COLUMN : 0);
    *state = p;
    return sdx_tail_prepare(n, c, m->fast ? can : 0, &p->tail);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    sdx_tail tail;
    sdx_tail_bind(p->tail, n, c, &tail);
    matmul_finish finish = {
        .bias = tail.column, .residual = tail.residual, .tail = &tail, .plan = p->tail, .node = n
    };
    return sdx_matmul_run(&p->product, c, sdx_in(c, 0), sdx_in(c, 1), sdx_out(c, 0), &finish);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_product_macs(n, c, 0, -1);
}

static const sdx_op ops[] = {
    { SDX_OP(MatMul), .derive = sdx_derive_matmul, .schema = schema,
      .traits = SDX_PURE | SDX_EPILOGUE, .infer = infer, .prepare = prepare, .run = run,
      .macs = macs },
    { 0 },
};
const sdx_family sdx_family_math_matmul = { ops, sizeof(matmul_kernels) };
