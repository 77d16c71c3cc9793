/* ops/math/arithmetic.c - Add, Sub, Mul, Div, Mod, Pow, Max, Min, Sum, Mean.
 *
 * Rows of double, int64 and uint64 serve every type; integers wrap at the width of their type.  On
 * small integer tensors the formulas also hold for dims, which is what carries a symbolic shape
 * through its arithmetic. Source: ONNX Operators.md, Add-14, Sub-14, Mul-14, Div-14, Mod-28,
 * Pow-15, Max-13, Min-13, Sum-13, Mean-13; Changelog.md for axis and broadcast before opset 7. */
#include "math/arithmetic/kernels.h"
#include "common/derivatives.h"
#include "common/pointwise.h"
#include "common/rows.h"
#include <inttypes.h>
#include <math.h>

static const sdx_schema four_schema[] = {
    { 1, "A:T B:T -> C:T", "axis:int consumed_inputs:ints broadcast:int=0", "T: float" },
    { 6, NULL, "axis:int broadcast:int=0", "T: float i32 i64 u32 u64" },
    { 7, NULL, "", NULL },
    { 13, NULL, NULL, "T: float bf16 i32 i64 u32 u64" },
    { 14, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

static const sdx_schema mod_schema[] = {
    { 10, "A:T B:T -> C:T", "fmod:int=0", "T: numeric" },
    { 13, NULL, NULL, "T: numeric bf16" },
    { 28, NULL, NULL, NULL },
    { 0 },
};

static const sdx_schema pow_schema[] = {
    { 1, "X:T Y:T -> Z:T", "axis:int broadcast:int=0", "T: float" },
    { 7, NULL, "", NULL },
    { 12, "X:T Y:T1 -> Z:T", NULL, "T: float i32 i64; T1: numeric" },
    { 13, NULL, NULL, "T: float bf16 i32 i64; T1: numeric" },
    { 15, NULL, NULL, "T: float bf16 i32 i64; T1: numeric bf16" },
    { 0 },
};

static const sdx_schema max_schema[] = {
    { 1, "data_0+:T -> max:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 8, NULL, NULL, NULL },
    { 12, NULL, NULL, "T: numeric" },
    { 13, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

static const sdx_schema min_schema[] = {
    { 1, "data_0+:T -> min:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 8, NULL, NULL, NULL },
    { 12, NULL, NULL, "T: numeric" },
    { 13, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

static const sdx_schema sum_schema[] = {
    { 1, "data_0+:T -> sum:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 8, NULL, NULL, NULL },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

static const sdx_schema mean_schema[] = {
    { 1, "data_0+:T -> mean:T", "consumed_inputs:ints", "T: float" },
    { 6, NULL, "", NULL },
    { 8, NULL, NULL, NULL },
    { 13, NULL, NULL, "T: float bf16" },
    { 0 },
};

/* ---- rows ---- */

SDX_ROW2(add_f64, double, x + z)
SDX_ROW2(add_i64, int64_t, sdx_wrap_add(x, z))
SDX_ROW2(sub_f64, double, x - z)
SDX_ROW2(sub_i64, int64_t, sdx_wrap_sub(x, z))
SDX_ROW2(mul_f64, double, x *z)
SDX_ROW2(mul_i64, int64_t, sdx_wrap_mul(x, z))
SDX_ROW2(div_f64, double, x / z)
SDX_ROW2(div_i64, int64_t, sdx_total_div(x, z))
SDX_ROW2(div_u64, uint64_t, z == 0 ? 0 : x / z)

/* NaN if either is NaN, as numpy's maximum and minimum. */
static double larger(double a, double b)
{
    return a > b || isnan(a) ? a : b;
}
static double smaller(double a, double b)
{
    return a < b || isnan(a) ? a : b;
}
SDX_ROWS(max_f64, double, larger(x, z))
SDX_ROWS(max_i64, int64_t, x > z ? x : z)
SDX_ROWS(max_u64, uint64_t, x > z ? x : z)
SDX_ROWS(min_f64, double, smaller(x, z))
SDX_ROWS(min_i64, int64_t, x < z ? x : z)
SDX_ROWS(min_u64, uint64_t, x < z ? x : z)
SDX_ROWS(sum_f64, double, x + z)

static void mean_f64(const sdx_node *n, double *y, const double *const *in, int64_t count)
{
    sum_f64(n, y, in, count);
    double operands = sdx_in_count(n);
    for (int64_t i = 0; i < count; i++)
        y[i] /= operands;
}

/* The remainder with the sign of the divisor; its zero has that sign, too. */
static double floor_mod(double a, double b)
{
    double r = fmod(a, b);
    if (r == 0)
        return copysign(0, b);
    return (r < 0) != (b < 0) ? r + b : r;
}
static int64_t floor_mod_i64(int64_t a, int64_t b)
{
    int64_t r = sdx_total_rem(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static void mod_f64(const sdx_node *n, double *y, const double *const *in, int64_t count)
{
    bool trunc = sdx_attr_int(n, "fmod") != 0;
    for (int64_t i = 0; i < count; i++)
        y[i] = trunc ? fmod(in[0][i], in[1][i]) : floor_mod(in[0][i], in[1][i]);
}
static void mod_i64(const sdx_node *n, int64_t *y, const int64_t *const *in, int64_t count)
{
    bool trunc = sdx_attr_int(n, "fmod") != 0;
    for (int64_t i = 0; i < count; i++)
        y[i] = trunc ? sdx_total_rem(in[0][i], in[1][i]) : floor_mod_i64(in[0][i], in[1][i]);
}
SDX_ROW2(mod_u64, uint64_t, z == 0 ? 0 : x % z)

/* Exact, modulo 2^64.  A negative exponent gives the integer part of a fraction: 0, or a power of
 * -1. */
static int64_t pow_int(int64_t base, int64_t exponent)
{
    uint64_t result = 1, square = (uint64_t)base;
    if (exponent < 0)
        return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result *= square;
        square *= square;
    }
    return (int64_t)result;
}
SDX_ROW2(pow_f64, double, pow(x, z))
SDX_ROW2(pow_i64, int64_t, pow_int(x, z))

/* The fast rows take two operands; of one alone a variadic operator is the identity. */
static bool are_several(const sdx_node *n, float param[4])
{
    (void)param;
    return sdx_in_count(n) > 1;
}

#define FAST(row) &sdx_family_math_arithmetic, offsetof(arithmetic_kernels, row), are_several
static const sdx_pointwise add = { add_f64, add_i64, NULL, FAST(add) };
static const sdx_pointwise sub = { sub_f64, sub_i64, NULL, FAST(sub) };
static const sdx_pointwise mul = { mul_f64, mul_i64, NULL, FAST(mul) };
static const sdx_pointwise divide = { div_f64, div_i64, div_u64, FAST(div) };
static const sdx_pointwise mod = { mod_f64, mod_i64, mod_u64, NULL, 0, NULL };
static const sdx_pointwise power = { pow_f64, pow_i64, NULL, FAST(pow) };
static const sdx_pointwise most = { max_f64, max_i64, max_u64, FAST(max) };
static const sdx_pointwise least = { min_f64, min_i64, min_u64, FAST(min) };
static const sdx_pointwise sum = { sum_f64, NULL, NULL, FAST(add) };
static const sdx_pointwise mean = { mean_f64, NULL, NULL, NULL, 0, NULL };

/* ---- infer ---- */

static bool positive(sdx_dim d)
{
    return sdx_is_num(d) && d.n > 0;
}

/* Floor and truncation differ for negative numbers alone, and a formula over dims is taken to be
 * none. */
static sdx_dim div_elem(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return b.n == 0 ? sdx_unknown() : sdx_num(sdx_total_div(a.n, b.n));
    return positive(b) ? sdx_dim_div(c, a, b) : sdx_unknown();
}

static sdx_dim mod_elem(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    if (sdx_is_num(a) && sdx_is_num(b))
        return b.n == 0 ? sdx_unknown() : sdx_num(floor_mod_i64(a.n, b.n));
    return positive(b) ? sdx_dim_sub(c, a, sdx_dim_mul(c, sdx_dim_div(c, a, b), b)) : sdx_unknown();
}

static void infer_add(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    sdx_pointwise_elems(n, c, sdx_dim_add);
}

static void infer_sub(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    sdx_pointwise_elems(n, c, sdx_dim_sub);
}

static void infer_mul(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    sdx_pointwise_elems(n, c, sdx_dim_mul);
}

static void infer_max(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    sdx_pointwise_elems(n, c, sdx_dim_max);
}

static void infer_min(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    sdx_pointwise_elems(n, c, sdx_dim_min);
}

static bool is_integer(sdx_dtype d)
{
    sdx_class class = sdx_dtype_class(d);
    return class == SDX_INT || class == SDX_UINT;
}

/* Index of the first zero among the elements of a divisor; -1: none. */
static int64_t find_zero(const sdx_tensor *t)
{
    int64_t some[256], count = sdx_elements(t);
    for (int64_t at = 0; at < count; at += 256) {
        int64_t n = count - at < 256 ? count - at : 256;
        sdx_load_i64(some, t, at, 1, n);
        for (int64_t i = 0; i < n; i++)
            if (some[i] == 0)
                return at + i;
    }
    return -1;
}

/* A constant divisor that holds 0 fails in every run that reaches it. */
static void check_divisor(const sdx_node *n, sdx_infer *c)
{
    const sdx_tensor *b = sdx_in_const(n, 1);
    int64_t at = b && is_integer(b->dtype) ? find_zero(b) : -1;
    if (at < 0)
        return;
    const char *one = sdx_elements(b) == 1 ? "" : sdx_text(c, "element %" PRId64 " of ", at);
    sdx_refuse(c, "constant-division-by-zero", "integer %s by 0: %sthe constant %s is 0",
               sdx_op_name(n), one, sdx_in_name(n, 1));
    sdx_point(c, 1, -1);
    sdx_number(c, "divisor", 0);
    sdx_hint(c, "use a divisor other than 0%s",
             sdx_is(n, "Mod") ? "" : ", or compute in a floating type, where x / 0 is infinite");
}

static void infer_div(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    if (!sdx_refused(c))
        check_divisor(n, c);
    if (!is_integer(sdx_in_dtype(n, 1)))
        sdx_check_limits(c, "?B:[,0)|(0,]");
    sdx_pointwise_elems(n, c, div_elem);
}

static void infer_mod(const sdx_node *n, sdx_infer *c)
{
    int64_t fmod_attr = sdx_attr_int(n, "fmod");
    sdx_pointwise_infer(n, c);
    if (sdx_refused(c))
        return;
    check_divisor(n, c);
    if (!is_integer(sdx_in_dtype(n, 1)))
        sdx_check_limits(c, "?B:[,0)|(0,]");
    if (fmod_attr == 0 && sdx_since(n) < 28 && sdx_dtype_class(sdx_in_dtype(n, 0)) == SDX_REAL) {
        sdx_refuse(c, "mod-float", "fmod is 0, which before opset 28 is for integers, and A is %s",
                   sdx_dtype_onnx_name(sdx_in_dtype(n, 0)));
        sdx_point(c, 0, -1);
        sdx_fix_int(c, "fmod", 1, false);
        sdx_hint(c, "set fmod=1: the result then has the sign of A");
    }
    if (fmod_attr == 0)
        sdx_pointwise_elems(n, c, mod_elem);
}

/* A negative number has no root, and 0 nothing that divides by it. */
static void infer_pow(const sdx_node *n, sdx_infer *c)
{
    const sdx_tensor *t = sdx_in_const(n, 1);
    double z = 1;
    sdx_pointwise_infer(n, c);
    if (!t || sdx_elements(t) != 1 || sdx_dtype_class(sdx_in_dtype(n, 0)) != SDX_REAL)
        return;
    sdx_load_f64(&z, t, 0, 1, 1);
    if (z != floor(z))
        sdx_check_limits(c, z < 0 ? "?X:(0,]" : "?X:[0,]");
    else if (z < 0)
        sdx_check_limits(c, "?X:[,0)|(0,]");
}

/* ---- prepare and run ---- */

static void square_row(float *y, const float *a, const float *b, size_t count, const float *param)
{
    (void)b, (void)param;
    for (size_t i = 0; i < count; i++)
        y[i] = a[i] * a[i];
}
static void cube_row(float *y, const float *a, const float *b, size_t count, const float *param)
{
    (void)b, (void)param;
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((double)a[i] * a[i] * a[i]);
}
static void same_row(float *y, const float *a, const float *b, size_t count, const float *param)
{
    (void)b, (void)param;
    for (size_t i = 0; i < count; i++)
        y[i] = a[i];
}

static void pow_row(float *y, const float *a, const float *b, size_t count, const float *param)
{
    (void)param;
    for (size_t i = 0; i < count; i++)
        y[i] = powf(a[i], b[i]);
}

/* Exponents that models write for lack of an operator: each a loop of its own, exact to the last
 * bit but one. */
static sdx_status prepare_pow(const sdx_node *n, sdx_prepare *c, void **state)
{
    SDX_TRY(sdx_pointwise_prepare(n, c, state));
    sdx_pointwise_plan *p = *state;
    const arithmetic_kernels *k = sdx_kernels(c, &sdx_family_math_arithmetic);
    if (k->add && sdx_in_dtype(n, 0) == SDX_F32 && sdx_in_dtype(n, 1) == SDX_F32) {
        sdx_pointwise_by_floats(p, pow_row);
        p->unary = false;
        sdx_choice(c, "f32 rows");
    }
    const sdx_tensor *exponent = sdx_in_const(n, 1);
    if (!exponent || sdx_elements(exponent) != 1 || sdx_in_dtype(n, 0) != SDX_F32 ||
        sdx_count(sdx_in_shape(n, 0), 0, sdx_in_shape(n, 0).rank) != p->spread.count)
        return SDX_OK;
    double z;
    sdx_load_f64(&z, exponent, 0, 1, 1);
    sdx_row_f32 *row = z == 2 ? square_row : z == 3 ? cube_row : z == 1 ? same_row : NULL;
    if (row) {
        sdx_pointwise_by_floats(p, row);
        sdx_choice(c, "small power");
    }
    return SDX_OK;
}

static sdx_status run_div(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *b = sdx_in(c, 1);
    if (is_integer(b->dtype)) {
        int64_t at = find_zero(b);
        if (at >= 0 && sdx_elements(sdx_out(c, 0)) > 0)
            return sdx_fail(c, SDX_E_VALUE, "division by 0: element %" PRId64 " of %s is 0", at,
                            sdx_in_name(n, 1));
    }
    return sdx_pointwise_run(n, state, c);
}

SDX_PREPARE_TYPED(add)
SDX_PREPARE_TYPED(sub)
SDX_PREPARE_TYPED(mul)
SDX_PREPARE_TYPED(div)
SDX_PREPARE_TYPED(max)
SDX_PREPARE_TYPED(min)
#define POINTWISE .traits = SDX_PURE | SDX_POINTWISE, .prepare
static const sdx_op ops[] = {
    { SDX_OP(Add), .derive = sdx_derive_add, .schema = four_schema, POINTWISE = prepare_add,
      .inplace = 3, .variant = &add, .infer = infer_add, .run = sdx_pointwise_run },
    { SDX_OP(Sub), .derive = sdx_derive_sub, .schema = four_schema, POINTWISE = prepare_sub,
      .inplace = 3, .variant = &sub, .infer = infer_sub, .run = sdx_pointwise_run },
    { SDX_OP(Mul), .derive = sdx_derive_mul, .schema = four_schema, POINTWISE = prepare_mul,
      .inplace = 3, .variant = &mul, .infer = infer_mul, .run = sdx_pointwise_run },
    { SDX_OP(Div), .derive = sdx_derive_div, .schema = four_schema, POINTWISE = prepare_div,
      .inplace = 3, .variant = &divide, .infer = infer_div, .run = run_div },
    { SDX_OP(Mod), .schema = mod_schema, .limits = "fmod:0|1", POINTWISE = sdx_pointwise_prepare,
      .inplace = 3, .variant = &mod, .infer = infer_mod, .run = run_div },
    { SDX_OP(Pow), .derive = sdx_derive_pow, .schema = pow_schema,
      .traits = SDX_PURE | SDX_POINTWISE, .inplace = 1, .variant = &power, .infer = infer_pow,
      .prepare = prepare_pow, .run = sdx_pointwise_run },
    { SDX_OP(Max), .derive = sdx_derive_extreme, .schema = max_schema, POINTWISE = prepare_max,
      .inplace = 3, .variant = &most, .infer = infer_max, .run = sdx_pointwise_run },
    { SDX_OP(Min), .derive = sdx_derive_extreme, .schema = min_schema, POINTWISE = prepare_min,
      .inplace = 3, .variant = &least, .infer = infer_min, .run = sdx_pointwise_run },
    { SDX_OP(Sum), .derive = sdx_derive_sum, .schema = sum_schema, POINTWISE = prepare_add,
      .inplace = 3, .variant = &sum, .infer = sdx_pointwise_infer, .run = sdx_pointwise_run },
    { SDX_OP(Mean), .derive = sdx_derive_sum, .schema = mean_schema,
      POINTWISE = sdx_pointwise_prepare, .inplace = 3, .variant = &mean,
      .infer = sdx_pointwise_infer, .run = sdx_pointwise_run },
    { 0 },
};
const sdx_family sdx_family_math_arithmetic = { ops, sizeof(arithmetic_kernels) };
