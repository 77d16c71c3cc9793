/* tests/kernels/math_rows.c - rows of arithmetic, functions and activations, and softmax, against
 * the C library in double.  Each function is also swept over floats of all sizes, which is where
 * its error in the last place is stated. */
#include "math/activation/kernels.h"
#include "math/arithmetic/kernels.h"
#include "math/softmax/kernels.h"
#include "math/unary/kernels.h"
#include "support/check.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef double exact(double x, double z, const float *param);
typedef struct row {
    const char *name;
    size_t slot;
    exact *f;
    double ulp, absolute; /* allowed: either */
    double most;          /* inputs within -most .. most, besides special ones */
    float param[4];
} row;

#define EXACT(name, ...)                                       \
    static double name(double x, double z, const float *param) \
    {                                                          \
        (void)z, (void)param;                                  \
        return __VA_ARGS__;                                    \
    }
static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}
static double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}
EXACT(e_add, x + z)
EXACT(e_sub, x - z)
EXACT(e_mul, x *z)
EXACT(e_div, x / z)
EXACT(e_min, isnan(x) || isnan(z) ? NAN : x < z ? x : z)
EXACT(e_max, isnan(x) || isnan(z) ? NAN : x > z ? x : z)
EXACT(e_neg, -x)
EXACT(e_abs, fabs(x))
EXACT(e_sqrt, sqrt(x))
EXACT(e_reciprocal, 1 / x)
EXACT(e_floor, floor(x))
EXACT(e_ceil, ceil(x))
EXACT(e_round, rint(x))
EXACT(e_exp, exp(x))
EXACT(e_log, log(x))
EXACT(e_erf, erf(x))
EXACT(e_tanh, tanh(x))
EXACT(e_sin, sin(x))
EXACT(e_cos, cos(x))
EXACT(e_relu, isnan(x) ? x : x > 0 ? x : 0)
EXACT(e_sigmoid, sigmoid(x))
EXACT(e_softplus, (x > 0 ? x : 0) + log1p(exp(-fabs(x))))
EXACT(e_softsign, x / (1 + fabs(x)))
EXACT(e_mish, x *tanh(log1p(exp(x))))
EXACT(e_hard_swish, x *clamp(x / 6 + 0.5, 0, 1))
EXACT(e_clip, clamp(x, (double)param[0], (double)param[1]))
EXACT(e_leaky, x < 0 ? x * (double)param[0] : x)
EXACT(e_elu, (double)param[1] * (x < 0 ? (double)param[0] * expm1(x / (double)param[2]) : x))
EXACT(e_hard_sigmoid, clamp((double)param[0] * x + (double)param[1], 0, 1))
EXACT(e_gelu, x / 2 * erfc(-x / sqrt(2.0)))
EXACT(e_gelu_tanh, x *sigmoid(2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)))
EXACT(e_swish, x *sigmoid((double)param[0] * x))
EXACT(e_swiglu, x *sigmoid((double)param[0] * x) * z)
EXACT(e_prelu, x < 0 ? x * z : x)

#define A(name) offsetof(arithmetic_kernels, name)
#define U(name) offsetof(unary_kernels, name)
#define N(name) offsetof(activation_kernels, name)
static const row arithmetic_rows[] = {
    { "add", A(add), e_add, 0.5, 0, 1e6, { 0 } }, { "sub", A(sub), e_sub, 0.5, 0, 1e6, { 0 } },
    { "mul", A(mul), e_mul, 0.5, 0, 1e6, { 0 } }, { "div", A(div), e_div, 0.5, 0, 1e6, { 0 } },
    { "min", A(min), e_min, 0, 0, 1e6, { 0 } },   { "max", A(max), e_max, 0, 0, 1e6, { 0 } },
};
static const row unary_rows[] = {
    { "neg", U(neg), e_neg, 0, 0, 1e30, { 0 } },
    { "abs", U(abs), e_abs, 0, 0, 1e30, { 0 } },
    { "sqrt", U(sqrt), e_sqrt, 0.5, 0, 1e30, { 0 } },
    { "reciprocal", U(reciprocal), e_reciprocal, 0.5, 0, 1e30, { 0 } },
    { "floor", U(floor), e_floor, 0, 0, 3e7, { 0 } },
    { "ceil", U(ceil), e_ceil, 0, 0, 3e7, { 0 } },
    { "round", U(round), e_round, 0, 0, 3e7, { 0 } },
    { "exp", U(exp), e_exp, 1.2, 0, 120, { 0 } },
    { "log", U(log), e_log, 1.2, 0, 1e38, { 0 } },
    { "erf", U(erf), e_erf, 2.5, 0, 6, { 0 } },
    { "tanh", U(tanh), e_tanh, 2.5, 0, 12, { 0 } },
    { "sin", U(sin), e_sin, 2, 4e-8, 10000, { 0 } },
    { "cos", U(cos), e_cos, 2, 4e-8, 10000, { 0 } },
};
static const row activation_rows[] = {
    { "relu", N(relu), e_relu, 0, 0, 1e30, { 0 } },
    { "sigmoid", N(sigmoid), e_sigmoid, 3, 0, 120, { 0 } },
    { "softplus", N(softplus), e_softplus, 4, 0, 120, { 0 } },
    { "softsign", N(softsign), e_softsign, 1.5, 0, 1e6, { 0 } },
    { "mish", N(mish), e_mish, 4, 1e-40, 80, { 0 } },
    { "hard_swish", N(hard_swish), e_hard_swish, 2, 6e-7, 20, { 0 } },
    { "clip", N(clip), e_clip, 0, 0, 20, { -1.5f, 6 } },
    { "leaky_relu", N(leaky_relu), e_leaky, 0.5, 0, 1e6, { 0.1f } },
    { "elu", N(elu), e_elu, 4, 0, 120, { 1.6732632f, 1.050701f, 1 } },
    { "celu", N(elu), e_elu, 4, 0, 120, { 2, 1, 2 } },
    { "hard_sigmoid", N(hard_sigmoid), e_hard_sigmoid, 1, 6e-8, 20, { 0.2f, 0.5f } },
    { "gelu", N(gelu), e_gelu, 6, 5e-8, 20, { 0 } },
    { "gelu_tanh", N(gelu), e_gelu_tanh, 16, 2e-7, 20, { 1 } },
    { "swish", N(swish), e_swish, 4, 1e-40, 80, { 1 } },
    { "swiglu", N(swiglu), e_swiglu, 5, 1e-40, 80, { 1 } },
    { "prelu", N(prelu), e_prelu, 0.5, 0, 1e6, { 0 } },
};

static const row *rows;
static size_t row_count;

static const float special[] = { 0,
                                 -0.0f,
                                 INFINITY,
                                 -INFINITY,
                                 NAN,
                                 1,
                                 -1,
                                 0x1p-149f,
                                 -0x1p-149f,
                                 0x1p-126f,
                                 0x1p-130f,
                                 3.4028235e38f,
                                 -3.4028235e38f,
                                 0.5f,
                                 -0.5f,
                                 1.5f,
                                 2.5f,
                                 -2.5f,
                                 8388607.5f,
                                 4194304.5f,
                                 8388609,
                                 0.92f,
                                 0.625f,
                                 88.72284f,
                                 88.8f,
                                 -87.33655f,
                                 -103.9f,
                                 -104.5f };

/* Floats of all sizes up to `most`, of both signs; one in eight special. */
static float pick(check *t, double most)
{
    if (check_chance(t, 12))
        return special[check_int(t, 0, (int64_t)(sizeof special / sizeof *special) - 1)];
    double part = (double)check_int(t, -1000000, 1000000) / 1e6;
    double scale = check_chance(t, 50) ? 1 : ldexp(1, -(int)check_int(t, 0, 40));
    return (float)(part * most * scale);
}

static void compare(check *t, const row *r, float x, float z, float got)
{
    double want = r->f((double)x, (double)z, r->param);
    /* What an infinity makes of 0 * infinity is the reference's own affair. */
    if (isinf(x) && isnan(want))
        return;
    if (fabs((double)got - want) <= r->absolute || check_ulp(got, want) <= r->ulp ||
        (float)want == got)
        return;
    check_note(t, "%s(%a = %.9g, %.9g) = %.9g, not %.9g: %.2f units in the last place", r->name,
               (double)x, (double)x, (double)z, (double)got, want, check_ulp(got, want));
    check_that(t, false, "wrong");
}

static void one_row(check *t, const void *kernels)
{
    for (size_t i = 0; i < row_count; i++) {
        const row *r = &rows[i];
        sdx_row_f32 *f = *(sdx_row_f32 *const *)(const void *)((const char *)kernels + r->slot);
        size_t n = (size_t)check_int(t, 1, 90);
        float *a = check_floats(t, n, 0, 0), *b = check_floats(t, n, 0, 0), *y = check_room(t, n),
              copy[90];
        check_that(t, f != NULL, r->name);
        for (size_t k = 0; k < n; k++) {
            a[k] = pick(t, r->most);
            b[k] = pick(t, r->most);
            copy[k] = a[k];
        }
        if (check_chance(t, 50))
            y = a; /* in place */
        f(y, a, b, n, r->param);
        for (size_t k = 0; k < n; k++)
            compare(t, r, copy[k], b[k], y[k]);
    }
    check_free(t);
}

/* Many floats, for the bounds of the table above. */
static void sweep(check *t, const void *kernels)
{
    enum { MANY = 20000 };
    for (size_t i = 0; i < row_count; i++) {
        const row *r = &rows[i];
        sdx_row_f32 *f = *(sdx_row_f32 *const *)(const void *)((const char *)kernels + r->slot);
        float *a = check_floats(t, MANY, 0, 0), *b = check_floats(t, MANY, -2, 2),
              *y = check_room(t, MANY);
        for (size_t k = 0; k < MANY; k++)
            a[k] = pick(t, r->most);
        f(y, a, b, MANY, r->param);
        for (size_t k = 0; k < MANY; k++)
            compare(t, r, a[k], b[k], y[k]);
        check_free(t);
    }
}

static void one_softmax(check *t, const void *kernels)
{
    const softmax_kernels *k = kernels;
    size_t n = (size_t)check_int(t, 1, check_chance(t, 90) ? 70 : 3000);
    float *x = check_floats(t, n, -30, 30), *y = check_chance(t, 50) ? x : check_room(t, n);
    double *want = check_doubles(t, n), top = -INFINITY, sum = 0;
    if (check_chance(t, 20) && n > 1)
        x[check_int(t, 0, (int64_t)n - 1)] = -INFINITY;
    bool log = check_chance(t, 50);
    for (size_t i = 0; i < n; i++)
        top = fmax(top, (double)x[i]);
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - top);
    for (size_t i = 0; i < n; i++)
        want[i] = log ? (double)x[i] - top - log1p(sum - 1) : exp((double)x[i] - top) / sum;
    check_note(t, "n=%zu log=%d", n, log);
    (log ? k->log_softmax_f32 : k->softmax_f32)(y, x, n);
    for (size_t i = 0; i < n; i++)
        check_near_at(t, "y", (int64_t)i, y[i], want[i],
                      log ? 1e-6 * (1 + fabs(want[i])) : 1e-9 + 2e-6 * want[i]);
}

static void try_rows(check *t, const void *kernels)
{
    check_cases(t, "rows", 60, one_row, kernels);
    check_cases(t, "sweep", 8, sweep, kernels);
}
static void try_softmax(check *t, const void *kernels)
{
    check_cases(t, "softmax", 400, one_softmax, kernels);
}

static void time_rows(check *t, const void *kernels)
{
    enum { MANY = 4096 };
    for (size_t i = 0; i < row_count; i++) {
        const row *r = &rows[i];
        sdx_row_f32 *f = *(sdx_row_f32 *const *)(const void *)((const char *)kernels + r->slot);
        float *a = check_floats(t, MANY, -4, 4), *b = check_floats(t, MANY, 1, 2),
              *y = check_room(t, MANY);
        CHECK_BENCH(t, r->name, MANY, 8.0 * MANY, f(y, a, b, MANY, r->param));
        check_free(t);
    }
}
static void time_softmax(check *t, const void *kernels)
{
    const softmax_kernels *k = kernels;
    float *x = check_floats(t, 4096, -4, 4), *y = check_room(t, 4096);
    CHECK_BENCH(t, "softmax of 4096", 4096, 8.0 * 4096, k->softmax_f32(y, x, 4096));
}

#define ROWS(list) (rows = list, row_count = sizeof list / sizeof *list)
int main(int argc, char **argv)
{
    int bad = 0;
    ROWS(arithmetic_rows);
    bad |= check_main(argc, argv, "math_arithmetic", sizeof(arithmetic_kernels), try_rows,
                      time_rows);
    ROWS(unary_rows);
    bad |= check_main(argc, argv, "math_unary", sizeof(unary_kernels), try_rows, time_rows);
    ROWS(activation_rows);
    bad |= check_main(argc, argv, "math_activation", sizeof(activation_kernels), try_rows,
                      time_rows);
    bad |= check_main(argc, argv, "math_softmax", sizeof(softmax_kernels), try_softmax,
                      time_softmax);
    return bad;
}
