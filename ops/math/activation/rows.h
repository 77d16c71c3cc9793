/* ops/math/activation/rows.h - activations over floats, on a vocabulary. */
#include "math/activation/kernels.h"
#include "simd/f32_math.h"
#include "simd/f32_row.h"

V_INLINE v_f32 softplus(v_f32 x)
{
    v_f32 least = v_log1p(v_exp(v_set(0) - v_abs(x)));
    return v_max(v_set(0), x) + least;
}
/* x tanh(log(1 + e)), e = exp(x): the hyperbolic tangent of a logarithm is a quotient. */
V_INLINE v_f32 mish(v_f32 x)
{
    v_f32 e = v_exp(v_min(v_set(20), x)), n = e * (e + v_set(2));
    return x * (n / (n + v_set(2)));
}
V_INLINE v_f32 elu(v_f32 x, const float *param)
{
    v_f32 below = v_set(param[0]) * v_expm1(x / v_set(param[2]));
    return v_set(param[1]) * v_if_less(x, v_set(0), below, x);
}
V_INLINE v_f32 slope(v_f32 x, v_f32 z)
{
    return v_if_less(x, v_set(0), x * z, x);
}
/* The form with tanh is a sigmoid of twice the argument. */
V_INLINE v_f32 gelu_tanh(v_f32 x)
{
    v_f32 cube = v_fma(x * x * x, v_set(0.044715f), x);
    return v_gated(x, cube * v_set(1.59576912f));
}

V_ROW(row_relu, v_max(v_set(0), x))
V_ROW(row_sigmoid, v_sigmoid(x))
V_ROW(row_softplus, softplus(x))
V_ROW(row_softsign, x / (v_set(1) + v_abs(x)))
V_ROW(row_mish, mish(x))
V_ROW(row_hard_swish, x *v_clamp(v_fma(x, v_set(1 / 6.0f), v_set(0.5f)), 0, 1))
V_ROW(row_clip, v_clamp(x, param[0], param[1]))
V_ROW(row_leaky_relu, slope(x, v_set(param[0])))
V_ROW(row_elu, elu(x, param))
V_ROW(row_hard_sigmoid, v_clamp(v_fma(v_set(param[0]), x, v_set(param[1])), 0, 1))
V_ROW(row_gelu_erf, v_gelu(x))
V_ROW(row_gelu_tanh, gelu_tanh(x))
V_ROW(row_silu, v_gated(x, x))
V_ROW(row_swish_of, v_gated(x, x *v_set(param[0])))
V_ROW2(row_swiglu, v_gated(x, x *v_set(param[0])) * z)
V_ROW2(row_prelu, slope(x, z))

static void row_swish(float *y, const float *a, const float *b, size_t count, const float *param)
{
    (param[0] == 1 ? row_silu : row_swish_of)(y, a, b, count, param);
}

static void row_gelu(float *y, const float *a, const float *b, size_t count, const float *param)
{
    (param[0] != 0 ? row_gelu_tanh : row_gelu_erf)(y, a, b, count, param);
}

static void fill_kernels(activation_kernels *k)
{
    *k = (activation_kernels){ .relu = row_relu,
                               .sigmoid = row_sigmoid,
                               .softplus = row_softplus,
                               .softsign = row_softsign,
                               .mish = row_mish,
                               .hard_swish = row_hard_swish,
                               .clip = row_clip,
                               .leaky_relu = row_leaky_relu,
                               .elu = row_elu,
                               .hard_sigmoid = row_hard_sigmoid,
                               .gelu = row_gelu,
                               .swish = row_swish,
                               .swiglu = row_swiglu,
                               .prelu = row_prelu };
}
