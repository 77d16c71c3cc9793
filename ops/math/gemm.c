/* ops/math/gemm.c - Gemm: Y = alpha * A' B' + beta * C.
 *
 * A product of matmul/plan.c.  Floats take C in as a start value: one row of it as bias, anything
 * else spread over Y beforehand, which then counts as residual.  Transposes are strides; alpha goes
 * into the packed B.  Source: ONNX Operators.md, Gemm-13; Changelog.md, Gemm-1 and -6 (broadcast),
 * Gemm-11 (C may be absent). */
#include "common/advice.h"
#include "common/derivatives.h"
#include "math/matmul/plan.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema schema[] = {
    { 1, "A:T B:T C:T -> Y:T",
      "beta:float=1.0 broadcast:int=0 transB:int=0 alpha:float=1.0 transA:int=0", "T: float" },
    { .since = 6 },
    { 7, NULL, "beta:float=1.0 transB:int=0 alpha:float=1.0 transA:int=0", NULL },
    { 9, NULL, NULL, "T: float i32 i64 u32 u64" },
    { 11, "A:T B:T C?:T -> Y:T", NULL, NULL },
    { 13, NULL, NULL, "T: float bf16 i32 i64 u32 u64" },
    { 0 },
};

/* Dim `axis` of C as it lies over the two dims of Y; 1 where C has none. */
static sdx_dim dim_over(const sdx_node *n, int axis)
{
    sdx_dims d = sdx_in_dims(n, 2);
    int at = axis - (2 - d.rank);
    return d.rank < 0 ? sdx_unknown() : at < 0 ? sdx_num(1) : d.dim[at];
}

static bool check_c(const sdx_node *n, sdx_infer *c, const sdx_dim y[2])
{
    if (!sdx_has_in(n, 2))
        return true;
    if (!sdx_check_rank(c, 2, 0, 2))
        return false;
    bool spread = sdx_since(n) >= 7 || sdx_attr_int(n, "broadcast") != 0;
    sdx_dims d = sdx_in_dims(n, 2);
    for (int axis = 0; d.rank >= 0 && axis < 2; axis++) {
        sdx_dim mine = dim_over(n, axis);
        /* 1 repeats; a symbol may turn out to be 1 */
        if (spread && (!sdx_is_num(mine) || mine.n == 1))
            continue;
        if (sdx_equal(c, mine, y[axis]))
            continue;
        sdx_refuse(c, "gemm-bias", "C is %s, and A B is [%s, %s]", sdx_show_dims(c, d),
                   sdx_show(c, y[0]), sdx_show(c, y[1]));
        sdx_point(c, 2, axis - (2 - d.rank));
        sdx_hint(c,
                 spread ? "C must be [%s, %s], or have a 1 where the dims differ"
                        : "C must be [%s, %s]",
                 sdx_show(c, y[0]), sdx_show(c, y[1]));
        return false;
    }
    return true;
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    double beta = sdx_attr_float(n, "beta");
    if (!sdx_has_in(n, 2) && beta != 1)
        sdx_advise_ignored(c, sdx_text(c, "beta=%.6g", beta), "there is no C");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    int ta = sdx_attr_int(n, "transA") != 0, tb = sdx_attr_int(n, "transB") != 0;
    if (!sdx_check_rank(c, 0, 2, 2) || !sdx_check_rank(c, 1, 2, 2))
        return;
    sdx_dim k_a = sdx_in_dim(n, 0, 1 - ta), k_b = sdx_in_dim(n, 1, tb);
    if (!sdx_equal(c, k_a, k_b)) {
        sdx_refuse(
            c, "matmul-inner", "inner dims %s and %s differ: A.shape[%d] is %s, B.shape[%d] is %s",
            sdx_show(c, k_a), sdx_show(c, k_b), 1 - ta, sdx_show(c, k_a), tb, sdx_show(c, k_b));
        sdx_point(c, 0, 1 - ta);
        sdx_point(c, 1, tb);
        if (sdx_same(c, k_a, sdx_in_dim(n, 1, 1 - tb)) == SDX_YES)
            sdx_hint(c, "transB = %d would make them fit", 1 - tb);
        else if (sdx_same(c, sdx_in_dim(n, 0, ta), k_b) == SDX_YES)
            sdx_hint(c, "transA = %d would make them fit", 1 - ta);
        else
            sdx_hint(c, "columns of A and rows of B must be equally many");
        return;
    }
    sdx_dim y[2] = { sdx_in_dim(n, 0, ta), sdx_in_dim(n, 1, 1 - tb) };
    if (check_c(n, c, y))
        sdx_set_out_dims(c, 0, 2, y);
}

typedef enum c_kind { C_NONE, C_ROW, C_WHOLE } c_kind;

typedef struct plan {
    matmul_plan product;
    c_kind kind;          /* as floats take it in */
    int64_t c_row, c_col; /* elements of C from one to the next; 0 repeats */
    double beta;
    const sdx_tail_plan *tail;
} plan;

static void lay_out_c(const sdx_node *n, plan *p)
{
    sdx_shape c = sdx_in_shape(n, 2);
    int64_t rows = c.rank < 2 ? 1 : c.dim[0], columns = c.rank < 1 ? 1 : c.dim[c.rank - 1];
    p->beta = sdx_attr_float(n, "beta");
    p->c_col = columns != 1;
    p->c_row = rows == 1 ? 0 : columns;
    p->kind = rows == 1 ? C_ROW : C_WHOLE;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    matmul_plan *m = &p->product;
    sdx_shape a = sdx_in_shape(n, 0), b = sdx_in_shape(n, 1);
    bool ta = sdx_attr_int(n, "transA") != 0, tb = sdx_attr_int(n, "transB") != 0;
    m->shape = (sdx_product){ .m = a.dim[ta], .n = b.dim[!tb], .k = a.dim[!ta], .batches = 1 };
    m->a_row = ta ? 1 : a.dim[1];
    m->a_col = ta ? a.dim[1] : 1;
    m->b_row = tb ? 1 : b.dim[1];
    m->b_col = tb ? b.dim[1] : 1;
    m->alpha = sdx_attr_float(n, "alpha");
    SDX_TRY(sdx_matmul_prepare(n, c, m));
    if (sdx_has_in(n, 2))
        lay_out_c(n, p);
    /* One row of floats for the bias: C's, or the epilogue's, or their sum. */
    sdx_want_scratch(c, (m->scratch + (size_t)m->shape.n) * sizeof(float), sdx_matmul_worker(m));
    unsigned can = SDX_TAIL_COLUMN | SDX_TAIL_CLAMP | (p->kind == C_WHOLE ? 0 : SDX_TAIL_RESIDUAL);
    *state = p;
    return sdx_tail_prepare(n, c, m->fast ? can : 0, &p->tail);
}

/* y[i] = beta * C[row, column i]. */
static void take_c(const plan *p, const sdx_tensor *from, int64_t row, float *y)
{
    const float *c = sdx_f32(from) + row * p->c_row;
    float beta = (float)p->beta;
    for (int64_t i = 0; i < p->product.shape.n; i++)
        y[i] = beta * c[i * p->c_col];
}

typedef struct job {
    const plan *p;
    const sdx_tensor *c;
    float *y;
} job;

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    job *j = arg;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++)
        take_c(j->p, j->c, i, j->y + i * j->p->product.shape.n);
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    const matmul_plan *m = &p->product;
    sdx_tail tail;
    sdx_tail_bind(p->tail, n, c, &tail);
    matmul_finish finish = { .bias = tail.column,
                             .residual = tail.residual,
                             .tail = &tail,
                             .c = sdx_in(c, 2),
                             .c_row = p->c_row,
                             .c_col = p->c_col,
                             .beta = p->beta,
                             .plan = p->tail,
                             .node = n };
    if (m->fast && p->kind == C_ROW) {
        float *bias = (float *)sdx_scratch(c) + m->scratch;
        take_c(p, finish.c, 0, bias);
        for (int64_t i = 0; tail.column && i < m->shape.n; i++)
            bias[i] += tail.column[i];
        finish.bias = bias;
    } else if (m->fast && p->kind == C_WHOLE) {
        job j = { p, finish.c, sdx_f32_out(sdx_out(c, 0)) };
        SDX_TRY(sdx_parallel(c, m->shape.m, 1 + 16384 / (1 + m->shape.n), some_rows, &j));
        finish.residual = j.y;
    }
    return sdx_matmul_run(m, c, sdx_in(c, 0), sdx_in(c, 1), sdx_out(c, 0), &finish);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_product_macs(n, c, 0, sdx_attr_int(n, "transA") != 0 ? 0 : 1);
}

static const sdx_op ops[] = {
    { SDX_OP(Gemm), .derive = sdx_derive_gemm, .schema = schema,
      .limits = "?transA:0|1 ?transB:0|1", .traits = SDX_PURE | SDX_EPILOGUE, .infer = infer,
      .lint = lint, .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_math_gemm = { ops, 0 };
