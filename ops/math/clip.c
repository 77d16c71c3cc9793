/* ops/math/clip.c - Clip.
 *
 * Bounds are attributes before opset 11, inputs from then on; either may be left out.  Where min >
 * max, all becomes max.  NaN stays NaN.  A bound that is left out is the largest finite number: an
 * infinity becomes that.  Source: ONNX Operators.md, Clip-13; Changelog.md, Clip-1,
 * -6, -11. */
#include "common/derivatives.h"
#include "common/pointwise.h"
#include "math/activation/kernels.h"
#include <math.h>

static const sdx_schema schema[] = {
    { 1, "input:T -> output:T", "consumed_inputs:ints max:float min:float", "T: float" },
    { 6, NULL, "max:float=3.4028234663852886e+38 min:float=-3.4028234663852886e+38", NULL },
    { 11, "input:T min?:T max?:T -> output:T", "", NULL },
    { 12, NULL, NULL, "T: numeric" },
    { 13, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

/* The bound where no input says it.  Clip-1 knows none. */
static double other_bound(const sdx_node *n, bool most)
{
    const char *name = most ? "max" : "min";
    if (sdx_since(n) >= 11)
        return most ? sdx_highest(sdx_in_dtype(n, 0)) : sdx_lowest(sdx_in_dtype(n, 0));
    if (sdx_since(n) >= 6 || sdx_has_attr(n, name))
        return sdx_attr_float(n, name);
    return most ? INFINITY : -INFINITY;
}

static void clip_f64(const sdx_node *n, double *y, const double *const *in, int64_t count)
{
    double least = other_bound(n, false), most = other_bound(n, true);
    const double *lo = sdx_in_count(n) > 1 ? in[1] : NULL, *hi = sdx_in_count(n) > 2 ? in[2] : NULL;
    for (int64_t i = 0; i < count; i++) {
        double x = in[0][i], a = lo ? lo[i] : least, b = hi ? hi[i] : most;
        x = x < a ? a : x;
        y[i] = x > b ? b : x;
    }
}

static void clip_i64(const sdx_node *n, int64_t *y, const int64_t *const *in, int64_t count)
{
    const int64_t *lo = sdx_in_count(n) > 1 ? in[1] : NULL,
                  *hi = sdx_in_count(n) > 2 ? in[2] : NULL;
    for (int64_t i = 0; i < count; i++) {
        int64_t x = in[0][i];
        x = lo && x < lo[i] ? lo[i] : x;
        y[i] = hi && x > hi[i] ? hi[i] : x;
    }
}

static void clip_u64(const sdx_node *n, uint64_t *y, const uint64_t *const *in, int64_t count)
{
    const uint64_t *lo = sdx_in_count(n) > 1 ? in[1] : NULL,
                   *hi = sdx_in_count(n) > 2 ? in[2] : NULL;
    for (int64_t i = 0; i < count; i++) {
        uint64_t x = in[0][i];
        x = lo && x < lo[i] ? lo[i] : x;
        y[i] = hi && x > hi[i] ? hi[i] : x;
    }
}

/* A bound that is known before running; false: it is not. */
static bool known_bound(const sdx_node *n, bool most, double *bound)
{
    int input = most ? 2 : 1;
    *bound = other_bound(n, most);
    if (!sdx_has_in(n, input))
        return true;
    const sdx_tensor *t = sdx_in_const(n, input);
    if (!t || sdx_elements(t) != 1)
        return false;
    sdx_load_f64(bound, t, 0, 1, 1);
    return true;
}

static bool clip_param(const sdx_node *n, float param[4])
{
    double lo, hi;
    if (!known_bound(n, false, &lo) || !known_bound(n, true, &hi))
        return false;
    param[0] = (float)lo;
    param[1] = (float)hi;
    return lo <= hi;
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    double lo, hi;
    if (!known_bound(n, false, &lo) || !known_bound(n, true, &hi) || lo < hi)
        return;
    sdx_warn(c, "clip-bounds", "min %s is %s max %s: every element becomes max",
             sdx_text(c, "%.9g", lo), lo == hi ? "also" : "above", sdx_text(c, "%.9g", hi));
    sdx_point(c, 1, -1);
    sdx_point(c, 2, -1);
    sdx_hint(c, lo == hi ? "give two bounds that differ" : "exchange the two bounds");
}

static const sdx_pointwise clip = {
    clip_f64,  clip_i64, clip_u64, &sdx_family_math_activation, offsetof(activation_kernels, clip),
    clip_param
};
static const sdx_op ops[] = {
    { SDX_OP(Clip), .derive = sdx_derive_clip, .schema = schema, .traits = SDX_PURE | SDX_POINTWISE,
      .inplace = 1, .variant = &clip, .infer = sdx_unary_infer, .lint = lint,
      .prepare = sdx_pointwise_prepare, .run = sdx_pointwise_run },
    { 0 },
};
const sdx_family sdx_family_math_clip = { ops, 0 };
