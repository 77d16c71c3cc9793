/* ops/math/activation.c - activations: Relu, LeakyRelu, PRelu, ThresholdedRelu, Elu, Selu, Celu,
 * Gelu, Sigmoid, HardSigmoid, HardSwish, Swish, Mish, Softplus, Softsign, Shrink.
 *
 * The reference computes in double; fast loops in activation/. Source: ONNX Operators.md, the
 * section of each; Changelog.md for PRelu-1 and -6, whose slope is one per channel. */
#include "common/advice.h"
#include "common/derivatives.h"
#include "math/activation/kernels.h"
#include "common/pointwise.h"
#include "common/rows.h"
#include <math.h>

static const sdx_schema relu_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 13, NULL, NULL, "T: float bf16" },
    { 14, NULL, NULL, "T: int float bf16" },
    { 0 },
};

static const sdx_schema leaky_relu_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints alpha:float=0.01", "T: float" },
    { 6, NULL, "alpha:float=0.01", NULL },
    { 16, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema prelu_schema[] = {
    { 1, "X:T slope:T -> Y:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 7, NULL, NULL, NULL },
    { 9, NULL, NULL, "T: float i32 i64 u32 u64" },
    { 16, NULL, NULL, "T: float bf16 i32 i64 u32 u64" },
    { 0 },
};

static const sdx_schema thresholded_relu_schema[] = {
    { 10, "X:T -> Y:T", "alpha:float=1.0", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema elu_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints alpha:float=1.0", "T: float" },
    { 6, NULL, "alpha:float=1.0", NULL },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema selu_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints gamma:float=1.0507 alpha:float=1.6732", "T: float" },
    { 6, NULL, "gamma:float=1.050701 alpha:float=1.67326319", NULL },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema celu_schema[] = {
    { 12, "X:T -> Y:T", "alpha:float=1.0", "T: f32" },
    { 28, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema gelu_schema[] = {
    { 20, "X:T -> Y:T", "approximate:string=none", "T: float bf16" },
    { 0 },
};

static const sdx_schema sigmoid_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema hard_sigmoid_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints beta:float=0.5 alpha:float=0.2", "T: float" },
    { 6, NULL, "beta:float=0.5 alpha:float=0.2", NULL },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema hard_swish_schema[] = {
    { 14, "X:T -> Y:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema swish_schema[] = {
    { 24, "X:T -> Y:T", "alpha:float=1.0", "T: float bf16" },
    { 0 },
};

static const sdx_schema swiglu_schema[] = {
    { 28, "A:T B:T -> Y:T", "alpha:float=1.0", "T: float bf16" },
    { 0 },
};

static const sdx_schema mish_schema[] = {
    { 18, "X:T -> Y:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema softplus_schema[] = {
    { 1, "X:T -> Y:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema softsign_schema[] = {
    { 1, "input:T -> output:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema shrink_schema[] = {
    { 9, "input:T -> output:T", "bias:float=0.0 lambd:float=0.5", "T: numeric" },
    { 0 },
};

/* ---- rows ---- */

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}
static double softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}
static double hard_sigmoid(double x, double alpha, double beta)
{
    double y = alpha * x + beta;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

#define ALPHA double alpha = sdx_attr_float(n, "alpha")
SDX_ROW1(relu_f64, double, x < 0 ? 0 : x)
SDX_ROW1(relu_i64, int64_t, x < 0 ? 0 : x)
SDX_ROW1_WITH(leaky_relu_f64, double, ALPHA, x < 0 ? alpha * x : x)
SDX_ROW2(prelu_f64, double, x < 0 ? x * z : x)
SDX_ROW2(prelu_i64, int64_t, x < 0 ? sdx_wrap_mul(x, z) : x)
SDX_ROW1(prelu_u64, uint64_t, x)
SDX_ROW1_WITH(thresholded_relu_f64, double, ALPHA, x > alpha ? x : 0) /* a NaN is not above */
SDX_ROW1_WITH(elu_f64, double, ALPHA, x < 0 ? alpha * expm1(x) : x)
SDX_ROW1_WITH(selu_f64, double, ALPHA;
              double gamma = sdx_attr_float(n, "gamma"), gamma *(x > 0 ? x : alpha * expm1(x)))
SDX_ROW1_WITH(celu_f64, double, ALPHA, x > 0 ? x : alpha * expm1(x / alpha))
SDX_ROW1(sigmoid_f64, double, sigmoid(x))
SDX_ROW1_WITH(hard_sigmoid_f64, double, ALPHA;
              double beta = sdx_attr_float(n, "beta"), hard_sigmoid(x, alpha, beta))
SDX_ROW1(hard_swish_f64, double, x *hard_sigmoid(x, 1. / 6, 0.5))
SDX_ROW1_WITH(swish_f64, double, ALPHA, x *sigmoid(alpha *x))
static void swiglu_f64(const sdx_node *n, double *y, const double *const *in, int64_t count)
{
    double alpha = sdx_attr_float(n, "alpha");
    for (int64_t i = 0; i < count; i++)
        y[i] = in[0][i] * sigmoid(alpha * in[0][i]) * in[1][i];
}
SDX_ROW1(mish_f64, double, x *tanh(softplus(x)))
SDX_ROW1(softplus_f64, double, softplus(x))
SDX_ROW1(softsign_f64, double, x / (1 + fabs(x)))

static void gelu_f64(const sdx_node *n, double *y, const double *const *in, int64_t count)
{
    const double sqrt_half = 0.70710678118654752440, sqrt_2_over_pi = 0.79788456080286535588;
    bool by_tanh = sdx_attr_is(n, "approximate", "tanh");
    for (int64_t i = 0; i < count; i++) {
        double x = in[0][i];
        double part = by_tanh ? tanh(sqrt_2_over_pi * (x + 0.044715 * x * x * x))
                              : erf(x * sqrt_half);
        y[i] = 0.5 * x * (1 + part);
    }
}

static double shrink(double x, double lambd, double bias)
{
    return x < -lambd ? x + bias : x > lambd ? x - bias : 0;
}
#define SHRINK double lambd = sdx_attr_float(n, "lambd"), bias = sdx_attr_float(n, "bias")
SDX_ROW1_WITH(shrink_f64, double, SHRINK, shrink(x, lambd, bias))
SDX_ROW1_WITH(shrink_i64, int64_t, SHRINK, shrink((double)x, lambd, bias))

/* ---- what the fast rows want of attributes ---- */

static bool alpha_param(const sdx_node *n, float param[4])
{
    param[0] = (float)sdx_attr_float(n, "alpha");
    return true;
}
static bool elu_param(const sdx_node *n, float param[4])
{
    param[1] = param[2] = 1;
    return alpha_param(n, param);
}
static bool selu_param(const sdx_node *n, float param[4])
{
    param[1] = (float)sdx_attr_float(n, "gamma");
    param[2] = 1;
    return alpha_param(n, param);
}
static bool celu_param(const sdx_node *n, float param[4])
{
    param[1] = 1;
    param[2] = (float)sdx_attr_float(n, "alpha");
    return alpha_param(n, param) && param[0] > 0;
}
static bool hard_sigmoid_param(const sdx_node *n, float param[4])
{
    param[1] = (float)sdx_attr_float(n, "beta");
    return alpha_param(n, param);
}
static bool gelu_param(const sdx_node *n, float param[4])
{
    param[0] = sdx_attr_is(n, "approximate", "tanh");
    return true;
}

#define FAST(row, param) &sdx_family_math_activation, offsetof(activation_kernels, row), param
#define SLOW             NULL, 0, NULL
static const sdx_pointwise of_relu = { relu_f64, relu_i64, NULL, FAST(relu, NULL) };
static const sdx_pointwise of_leaky_relu = { leaky_relu_f64, NULL, NULL,
                                             FAST(leaky_relu, alpha_param) };
static const sdx_pointwise of_prelu = { prelu_f64, prelu_i64, prelu_u64, FAST(prelu, NULL) };
static const sdx_pointwise of_thresholded_relu = { thresholded_relu_f64, NULL, NULL, SLOW };
static const sdx_pointwise of_elu = { elu_f64, NULL, NULL, FAST(elu, elu_param) };
static const sdx_pointwise of_selu = { selu_f64, NULL, NULL, FAST(elu, selu_param) };
static const sdx_pointwise of_celu = { celu_f64, NULL, NULL, FAST(elu, celu_param) };
static const sdx_pointwise of_gelu = { gelu_f64, NULL, NULL, FAST(gelu, gelu_param) };
static const sdx_pointwise of_sigmoid = { sigmoid_f64, NULL, NULL, FAST(sigmoid, NULL) };
static const sdx_pointwise of_hard_sigmoid = { hard_sigmoid_f64, NULL, NULL,
                                               FAST(hard_sigmoid, hard_sigmoid_param) };
static const sdx_pointwise of_hard_swish = { hard_swish_f64, NULL, NULL, FAST(hard_swish, NULL) };
static const sdx_pointwise of_swish = { swish_f64, NULL, NULL, FAST(swish, alpha_param) };
static const sdx_pointwise of_swiglu = { swiglu_f64, NULL, NULL, FAST(swiglu, alpha_param) };
static const sdx_pointwise of_mish = { mish_f64, NULL, NULL, FAST(mish, NULL) };
static const sdx_pointwise of_softplus = { softplus_f64, NULL, NULL, FAST(softplus, NULL) };
static const sdx_pointwise of_softsign = { softsign_f64, NULL, NULL, FAST(softsign, NULL) };
static const sdx_pointwise of_shrink = { shrink_f64, shrink_i64, NULL, SLOW };

/* The gate and what it lets through are one shape: nothing is broadcast. */
static void infer_swiglu(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0), b = sdx_in_dims(n, 1);
    bool same = a.rank < 0 || b.rank < 0 || a.rank == b.rank;
    int axis = 0;
    while (same && b.rank >= 0 && axis < a.rank && sdx_equal(c, a.dim[axis], b.dim[axis]))
        axis++;
    if (!same || (b.rank >= 0 && axis < a.rank)) {
        sdx_refuse(c, "same-shape", "A is %s and B is %s; they must be equal", sdx_show_dims(c, a),
                   sdx_show_dims(c, b));
        sdx_point(c, 0, same ? axis : -1);
        sdx_point(c, 1, same ? axis : -1);
        sdx_hint(c, "SwiGLU does not broadcast: Expand the smaller one");
        return;
    }
    sdx_set_out_like(c, 0, a.rank < 0 ? b : a);
}

#define UNARY(rows)                                                                               \
    .traits = SDX_PURE | SDX_POINTWISE, .inplace = 1, .variant = &rows, .infer = sdx_unary_infer, \
    .prepare = sdx_pointwise_prepare, .run = sdx_pointwise_run
static const sdx_op ops[] = {
    { SDX_OP(Relu), .lint = sdx_lint_idempotent, .derive = sdx_derive_relu, .schema = relu_schema,
      UNARY(of_relu) },
    { SDX_OP(LeakyRelu), .derive = sdx_derive_leaky_relu, .schema = leaky_relu_schema,
      UNARY(of_leaky_relu) },
    { SDX_OP(PRelu), .derive = sdx_derive_prelu, .schema = prelu_schema, UNARY(of_prelu) },
    { SDX_OP(ThresholdedRelu), .derive = sdx_derive_thresholded_relu,
      .schema = thresholded_relu_schema, UNARY(of_thresholded_relu) },
    { SDX_OP(Elu), .derive = sdx_derive_elu, .schema = elu_schema, UNARY(of_elu) },
    { SDX_OP(Selu), .derive = sdx_derive_elu, .schema = selu_schema, UNARY(of_selu) },
    { SDX_OP(Celu), .derive = sdx_derive_elu, .schema = celu_schema, .limits = "?alpha:(,0)|(0,)",
      UNARY(of_celu) },
    { SDX_OP(Gelu), .derive = sdx_derive_gelu, .schema = gelu_schema,
      .limits = "approximate:none|tanh", UNARY(of_gelu) },
    { SDX_OP(Sigmoid), .derive = sdx_derive_sigmoid, .schema = sigmoid_schema, UNARY(of_sigmoid) },
    { SDX_OP(HardSigmoid), .derive = sdx_derive_hard_sigmoid, .schema = hard_sigmoid_schema,
      UNARY(of_hard_sigmoid) },
    { SDX_OP(HardSwish), .derive = sdx_derive_hard_swish, .schema = hard_swish_schema,
      UNARY(of_hard_swish) },
    { SDX_OP(Swish), .derive = sdx_derive_swish, .schema = swish_schema, UNARY(of_swish) },
    { SDX_OP(SwiGLU), .schema = swiglu_schema, .traits = SDX_PURE | SDX_POINTWISE, .inplace = 3,
      .variant = &of_swiglu, .infer = infer_swiglu, .prepare = sdx_pointwise_prepare,
      .run = sdx_pointwise_run },
    { SDX_OP(Mish), .derive = sdx_derive_mish, .schema = mish_schema, UNARY(of_mish) },
    { SDX_OP(Softplus), .derive = sdx_derive_softplus, .schema = softplus_schema,
      UNARY(of_softplus) },
    { SDX_OP(Softsign), .derive = sdx_derive_softsign, .schema = softsign_schema,
      UNARY(of_softsign) },
    { SDX_OP(Shrink), .schema = shrink_schema, .limits = "?lambd:[0,)", UNARY(of_shrink) },
    { 0 },
};
const sdx_family sdx_family_math_activation = { ops, sizeof(activation_kernels) };

const sdx_pointwise *sdx_activation_named(sdx_string name)
{
    for (const sdx_op *op = ops; op->name; op++) {
        const sdx_pointwise *rows = op->variant;
        if (rows && rows->f64 && !op->domain && strncmp(op->schema->sig, "X:T ->", 6) == 0 &&
            strlen(op->name) == name.length && memcmp(op->name, name.text, name.length) == 0)
            return rows;
    }
    return NULL;
}
