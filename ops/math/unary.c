/* ops/math/unary.c - functions of one number: Neg, Abs, Sign, Sqrt, Reciprocal, Exp, Log, Ceil,
 * Floor, Round, Erf and the trigonometric and hyperbolic ones with their inverses.
 *
 * The reference is the C library's function on doubles.
 * Source: ONNX Operators.md, the section of each. */
#include "common/advice.h"
#include "common/derivatives.h"
#include "math/unary/kernels.h"
#include "common/pointwise.h"
#include "common/rows.h"
#include <math.h>

static const sdx_schema abs_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", "T: numeric" },
    { 13, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

static const sdx_schema neg_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", "T: int float" },
    { 13, NULL, NULL, "T: int float bf16" },
    { 0 },
};

static const sdx_schema sign_schema[] = {
    { 9, "input:T -> output:T", "", "T: numeric" },
    { 13, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

static const sdx_schema float1_schema[] = {
    { 1, "X:T -> Y:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema exp_schema[] = {
    { 1, "input:T -> output:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema erf_schema[] = {
    { 9, "input:T -> output:T", "", "T: numeric" },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema round_schema[] = {
    { 11, "X:T -> Y:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema trig_schema[] = {
    { 7, "input:T -> output:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema hyper_schema[] = {
    { 9, "input:T -> output:T", "", "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

SDX_ROW1(abs_f64, double, fabs(x))
SDX_ROW1(abs_i64, int64_t, x < 0 ? sdx_wrap_sub(0, x) : x)
SDX_ROW1(abs_u64, uint64_t, x)
SDX_ROW1(neg_f64, double, -x)
SDX_ROW1(neg_i64, int64_t, sdx_wrap_sub(0, x))
SDX_ROW1(sign_f64, double, isnan(x) ? x : (x > 0) - (x < 0))
SDX_ROW1(sign_i64, int64_t, (x > 0) - (x < 0))
SDX_ROW1(sign_u64, uint64_t, x > 0)
SDX_ROW1(ceil_f64, double, ceil(x))
SDX_ROW1(floor_f64, double, floor(x))
SDX_ROW1(round_f64, double, rint(x)) /* halves to even: the rounding mode that C starts with */
SDX_ROW1(reciprocal_f64, double, 1 / x)
SDX_ROW1(sqrt_f64, double, sqrt(x))
SDX_ROW1(exp_f64, double, exp(x))
SDX_ROW1(log_f64, double, log(x))
SDX_ROW1(erf_f64, double, erf(x))
SDX_ROW1(tanh_f64, double, tanh(x))
SDX_ROW1(sin_f64, double, sin(x))
SDX_ROW1(cos_f64, double, cos(x))
SDX_ROW1(tan_f64, double, tan(x))
SDX_ROW1(asin_f64, double, asin(x))
SDX_ROW1(acos_f64, double, acos(x))
SDX_ROW1(atan_f64, double, atan(x))
SDX_ROW1(sinh_f64, double, sinh(x))
SDX_ROW1(cosh_f64, double, cosh(x))
SDX_ROW1(asinh_f64, double, asinh(x))
SDX_ROW1(acosh_f64, double, acosh(x))
SDX_ROW1(atanh_f64, double, atanh(x))

/* Erf-9 took integers, too: the result is truncated to their type. */
static void erf_i64(const sdx_node *n, int64_t *y, const int64_t *const *in, int64_t count)
{
    (void)n;
    for (int64_t i = 0; i < count; i++)
        y[i] = (int64_t)erf((double)in[0][i]);
}

static sdx_dim neg_elem(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    (void)b;
    return sdx_dim_sub(c, sdx_num(0), a);
}

static sdx_dim abs_elem(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    (void)c, (void)b;
    return sdx_is_num(a) ? sdx_num(a.n < 0 ? sdx_wrap_sub(0, a.n) : a.n) : sdx_unknown();
}

static void infer_neg(const sdx_node *n, sdx_infer *c)
{
    sdx_unary_infer(n, c);
    sdx_pointwise_elems(n, c, neg_elem);
}

static void infer_abs(const sdx_node *n, sdx_infer *c)
{
    sdx_unary_infer(n, c);
    sdx_pointwise_elems(n, c, abs_elem);
}

/* Rarer functions of floats are the C library's; a session without kernels has them in double. */
typedef struct float_function {
    sdx_pointwise rows;
    sdx_row_f32 *fast;
} float_function;
#define FLOATS(name)                                                                     \
    static void name##_row(float *y, const float *a, const float *b, size_t count,       \
                           const float *param)                                           \
    {                                                                                    \
        (void)b, (void)param;                                                            \
        for (size_t i = 0; i < count; i++)                                               \
            y[i] = name##f(a[i]);                                                        \
    }                                                                                    \
    static const float_function of_##name = { { name##_f64, NULL, NULL, NULL, 0, NULL }, \
                                              name##_row };
FLOATS(tan)
FLOATS(asin)
FLOATS(acos)
FLOATS(atan)
FLOATS(sinh)
FLOATS(cosh)
FLOATS(asinh)
FLOATS(acosh)
FLOATS(atanh)

static sdx_status prepare_floats(const sdx_node *n, sdx_prepare *c, void **state)
{
    const float_function *f = sdx_variant(n);
    const unary_kernels *k = sdx_kernels(c, &sdx_family_math_unary);
    SDX_TRY(sdx_pointwise_prepare(n, c, state));
    sdx_pointwise_plan *p = *state;
    if (sdx_in_dtype(n, 0) != SDX_F32 || !k->neg)
        return SDX_OK;
    sdx_pointwise_by_floats(p, f->fast);
    sdx_choice(c, "f32 rows");
    return SDX_OK;
}

#define FAST(row) &sdx_family_math_unary, offsetof(unary_kernels, row), NULL
#define SLOW      NULL, 0, NULL
static const sdx_pointwise of_abs = { abs_f64, abs_i64, abs_u64, FAST(abs) };
static const sdx_pointwise of_neg = { neg_f64, neg_i64, NULL, FAST(neg) };
static const sdx_pointwise of_sign = { sign_f64, sign_i64, sign_u64, SLOW };
static const sdx_pointwise of_ceil = { ceil_f64, NULL, NULL, FAST(ceil) };
static const sdx_pointwise of_floor = { floor_f64, NULL, NULL, FAST(floor) };
static const sdx_pointwise of_round = { round_f64, NULL, NULL, FAST(round) };
static const sdx_pointwise of_reciprocal = { reciprocal_f64, NULL, NULL, FAST(reciprocal) };
static const sdx_pointwise of_sqrt = { sqrt_f64, NULL, NULL, FAST(sqrt) };
static const sdx_pointwise of_exp = { exp_f64, NULL, NULL, FAST(exp) };
static const sdx_pointwise of_log = { log_f64, NULL, NULL, FAST(log) };
static const sdx_pointwise of_erf = { erf_f64, erf_i64, NULL, FAST(erf) };
static const sdx_pointwise of_tanh = { tanh_f64, NULL, NULL, FAST(tanh) };
static const sdx_pointwise of_sin = { sin_f64, NULL, NULL, FAST(sin) };
static const sdx_pointwise of_cos = { cos_f64, NULL, NULL, FAST(cos) };

SDX_PREPARE_TYPED(neg)
SDX_PREPARE_TYPED(abs)
SDX_PREPARE_TYPED(sign)
#define UNARY_BY(rows, infer_with, prepare_with)                                             \
    .traits = SDX_PURE | SDX_POINTWISE, .inplace = 1, .variant = &rows, .infer = infer_with, \
    .prepare = prepare_with, .run = sdx_pointwise_run
#define UNARY(rows, infer_with) UNARY_BY(rows, infer_with, sdx_pointwise_prepare)
static const sdx_op ops[] = {
    { SDX_OP(Abs), .lint = sdx_lint_idempotent, .derive = sdx_derive_abs, .schema = abs_schema,
      UNARY_BY(of_abs, infer_abs, prepare_abs) },
    { SDX_OP(Neg), .lint = sdx_lint_involution, .derive = sdx_derive_neg, .schema = neg_schema,
      UNARY_BY(of_neg, infer_neg, prepare_neg) },
    { SDX_OP(Sign), .lint = sdx_lint_idempotent, .derive = sdx_derive_flat, .schema = sign_schema,
      UNARY_BY(of_sign, sdx_unary_infer, prepare_sign) },
    { SDX_OP(Ceil), .lint = sdx_lint_idempotent, .derive = sdx_derive_flat, .schema = float1_schema,
      UNARY(of_ceil, sdx_unary_infer) },
    { SDX_OP(Floor), .lint = sdx_lint_idempotent, .derive = sdx_derive_flat,
      .schema = float1_schema, UNARY(of_floor, sdx_unary_infer) },
    { SDX_OP(Round), .lint = sdx_lint_idempotent, .derive = sdx_derive_flat, .schema = round_schema,
      UNARY(of_round, sdx_unary_infer) },
    { SDX_OP(Reciprocal), .derive = sdx_derive_reciprocal, .schema = float1_schema,
      .limits = "?X:[,0)|(0,]", UNARY(of_reciprocal, sdx_unary_infer) },
    { SDX_OP(Sqrt), .derive = sdx_derive_sqrt, .schema = float1_schema, .limits = "?X:[0,]",
      UNARY(of_sqrt, sdx_unary_infer) },
    { SDX_OP(Exp), .derive = sdx_derive_exp, .schema = exp_schema, UNARY(of_exp, sdx_unary_infer) },
    { SDX_OP(Log), .derive = sdx_derive_log, .schema = exp_schema, .limits = "?input:(0,]",
      UNARY(of_log, sdx_unary_infer) },
    { SDX_OP(Erf), .derive = sdx_derive_erf, .schema = erf_schema, UNARY(of_erf, sdx_unary_infer) },
    { SDX_OP(Tanh), .derive = sdx_derive_tanh, .schema = exp_schema,
      UNARY(of_tanh, sdx_unary_infer) },
    { SDX_OP(Sin), .derive = sdx_derive_sin, .schema = trig_schema,
      UNARY(of_sin, sdx_unary_infer) },
    { SDX_OP(Cos), .derive = sdx_derive_cos, .schema = trig_schema,
      UNARY(of_cos, sdx_unary_infer) },
    { SDX_OP(Tan), .schema = trig_schema, UNARY_BY(of_tan, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Asin), .schema = trig_schema, .limits = "?input:[-1,1]",
      UNARY_BY(of_asin, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Acos), .schema = trig_schema, .limits = "?input:[-1,1]",
      UNARY_BY(of_acos, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Atan), .schema = trig_schema, UNARY_BY(of_atan, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Sinh), .schema = hyper_schema, UNARY_BY(of_sinh, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Cosh), .schema = hyper_schema, UNARY_BY(of_cosh, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Asinh), .schema = hyper_schema, UNARY_BY(of_asinh, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Acosh), .schema = hyper_schema, .limits = "?input:[1,]",
      UNARY_BY(of_acosh, sdx_unary_infer, prepare_floats) },
    { SDX_OP(Atanh), .schema = hyper_schema, .limits = "?input:(-1,1)",
      UNARY_BY(of_atanh, sdx_unary_infer, prepare_floats) },
    { 0 },
};
const sdx_family sdx_family_math_unary = { ops, sizeof(unary_kernels) };
