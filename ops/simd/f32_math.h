/* simd/f32_math.h - functions of one vector, on the words of a vocabulary.
 *
 * Polynomials are our own least-maximum fits.  Largest errors, in units in the last place, over all
 * floats that tests/kernels/math_rows.c samples: exp and log 1.2, tanh and erf 2.5, sigmoid 3, gelu
 * 6 or 5e-8.  NaN stays NaN; infinities and overflow end as in C. */
#ifndef SIMD_F32_MATH_H
#define SIMD_F32_MATH_H
#include <math.h>

/* c[0] + c[1] x + ... */
V_INLINE v_f32 v_poly(v_f32 x, const float *c, const int degree)
{
    v_f32 p = v_set(c[degree]);
    V_UNROLL
    for (int i = degree - 1; i >= 0; i--)
        p = v_fma(p, x, v_set(c[i]));
    return p;
}

/* Where x lies between the limits.  NaN stays. */
V_INLINE v_f32 v_clamp(v_f32 x, float lo, float hi)
{
    return v_min(v_set(hi), v_max(v_set(lo), x));
}

/* The nearest whole number n, |x| < 2^21, in the form that v_times_power takes; as a float; and a
 * 2^n, where neither a nor that is 0, denormal or infinite. */
#ifdef V_HAS_SCALE
V_INLINE v_f32 v_nearest(v_f32 x)
{
    return v_round(x);
}
V_INLINE v_f32 v_whole(v_f32 nearest)
{
    return nearest;
}
V_INLINE v_f32 v_times_power(v_f32 a, v_f32 nearest)
{
    return v_scale(a, nearest);
}
#else
V_INLINE v_f32 v_nearest(v_f32 x)
{
    return x + v_set(12582912.0f); /* n in the low bits */
}
V_INLINE v_f32 v_whole(v_f32 nearest)
{
    return nearest - v_set(12582912.0f);
}
V_INLINE v_f32 v_times_power(v_f32 a, v_f32 nearest)
{
    return v_float(v_bits(a) + (v_bits(nearest) << 23));
}
#endif

/* exp(sign x) = 2^n (1 + p), sign 1 or -1: n whole, |p| <= 0.42.  ln 2 in two parts, the first of
 * which times n is exact. */
V_INLINE v_f32 v_exp_whole(v_f32 x, const float sign, v_f32 *n)
{
    static const float c[] = { 0.5f, 0.166665733f, 0.0416663624f, 0.00836377591f, 0.00139421609f };
    *n = v_nearest(x * v_set(sign * 1.44269504f));
    v_f32 r = v_fma(v_whole(*n), v_set(sign * -0.693359375f), x);
    r = v_fma(v_whole(*n), v_set(sign * 2.12194440e-4f), r);
    if (sign < 0)
        r = v_set(0) - r;
    return v_fma(r * r, v_poly(r, c, 4), r);
}

/* The same with n in steps of 1 / V_LANES, whose powers of 2 below 2 are one vector: adding 1.5 *
 * 2^23 / V_LANES leaves n's steps in the low bits, where v_spread finds its index. */
#ifdef V_HAS_TABLE
V_INLINE v_f32 v_exp_steps(v_f32 x, const float sign, v_f32 *shifted, v_f32 *n)
{
    const float square = V_LANES == 8 ? 0.500064492f : 0.5f,
                cube = V_LANES == 8 ? 0.166668594f : 0.166666672f;
    const v_f32 whole = v_set(12582912.0f / V_LANES);
    *shifted = v_fma(x, v_set(sign * 1.44269502f), whole);
    *n = *shifted - whole;
    v_f32 r = v_fma(*n, v_set(sign * -0.693147182f), x);
    r = v_fma(*n, v_set(sign * 1.90465430e-9f), r);
    return r * v_fma(r, v_fma(r, v_set(sign * cube), v_set(square)), v_set(sign));
}
#endif

#ifdef V_HAS_SCALE
V_INLINE v_f32 v_exp_signed(v_f32 x, const float sign)
{
    static const float table[] = { 1,           1.04427378f, 1.0905077f, 1.1387886f,
                                   1.1892071f,  1.2418578f,  1.2968396f, 1.3542555f,
                                   1.41421356f, 1.47682615f, 1.5422108f, 1.6104903f,
                                   1.6817928f,  1.7562522f,  1.8340081f, 1.9152066f };
    x = sign < 0 ? v_clamp(x, -89, 104) : v_clamp(x, -104, 89);
    v_f32 shifted, n, p = v_exp_steps(x, sign, &shifted, &n);
    v_f32 t = v_spread(v_load(table), v_bits(shifted));
    return v_scale(v_fma(t, p, t), n);
}
V_INLINE v_f32 v_one_and_exp(v_f32 x, const float sign)
{
    return v_exp_signed(x, sign) + v_set(1);
}
#else
/* p, and the bits of 2^n: n in the low bits of *shifted, the last of which are fractions. */
#ifdef V_HAS_TABLE
enum { EXP_FRACTION = 3 };
V_INLINE v_f32 v_exp_power(v_f32 x, const float sign, v_i32 *shifted, v_i32 *power)
{
    /* 2^(i / 8), less i / 8 in the exponent: with n at the exponent's place it adds up to 2^n */
    static const int32_t table[] = { 0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7,
                                     0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7 };
    v_f32 bits, n, p = v_exp_steps(x, sign, &bits, &n);
    *shifted = v_bits(bits);
    *power = v_bits(v_spread(v_float(v_load_lanes(table)), *shifted)) + (*shifted << 20);
    return p;
}
#else
enum { EXP_FRACTION = 0 };
V_INLINE v_f32 v_exp_power(v_f32 x, const float sign, v_i32 *shifted, v_i32 *power)
{
    v_f32 bits, p = v_exp_whole(x, sign, &bits);
    *shifted = v_bits(bits);
    *power = (*shifted << 23) + v_bits(v_set(1));
    return p;
}
#endif
/* In two factors: 2^n alone leaves the range of exponents before the result does. */
V_INLINE v_f32 v_exp_signed(v_f32 x, const float sign)
{
    x = sign < 0 ? v_clamp(x, -89, 104) : v_clamp(x, -104, 89);
    v_i32 shifted, power;
    v_f32 p = v_exp_power(x, sign, &shifted, &power);
    v_i32 half = (shifted << (22 - EXP_FRACTION)) & (int32_t)0xff800000;
    v_f32 t = v_float(power - half);
    return v_fma(t, p, t) * v_float(half + v_bits(v_set(1)));
}
/* 1 + exp(sign x): what lies below exp(-86) adds nothing, and half of exp is a float as long as
 * exp is. */
V_INLINE v_f32 v_one_and_exp(v_f32 x, const float sign)
{
    x = sign < 0 ? v_clamp(x, -89, 86) : v_clamp(x, -86, 89);
    v_i32 shifted, power;
    v_f32 p = v_exp_power(x, sign, &shifted, &power), t = v_float(power - (1 << 23));
    return v_fma(v_fma(t, p, t), v_set(2), v_set(1));
}
#endif

V_INLINE v_f32 v_exp(v_f32 x)
{
    return v_exp_signed(x, 1);
}

/* exp(x) - 1, exact to its own last places near 0. */
V_INLINE v_f32 v_expm1(v_f32 x)
{
    v_f32 n, p = v_exp_whole(v_clamp(x, -25, 89), 1, &n);
    v_f32 half = v_times_power(v_set(0.5f), n); /* 2^128 is no float */
    v_f32 y = v_fma(half, p, half - v_set(0.5f));
    return y + y;
}

/* x = m 2^e with m around 1; zero, negative numbers, infinity and denormals apart. */
V_INLINE v_f32 v_log(v_f32 x)
{
    static const float c[] = { 0.333333313f, -0.250008255f, 0.200012356f, -0.166231439f,
                               0.142013729f, -0.131620169f, 0.127654016f, -0.0763432086f };
    const v_f32 tiny = v_set(0x1p-126f), zero = v_set(0);
    v_f32 y = v_if_less(x, tiny, x * v_set(0x1p23f), x), less = v_if_less(x, tiny, v_set(23), zero);
    /* without the sign nothing overflows */
    v_i32 bits = v_bits(v_abs(y)), e = (bits - 0x3f3504f3) >> 23;
    v_f32 f = v_float(bits - (e << 23)) - v_set(1), n = v_from_int(e) - less, square = f * f;
    v_f32 p = v_fma(square, f * v_poly(f, c, 7), n * v_set(-2.12194440e-4f));
    p = v_fma(n, v_set(0.693359375f), v_fma(square, v_set(-0.5f), p) + f);
    p = v_if_less(x, v_set(INFINITY), p, x);                      /* infinity, NaN */
    p = v_if_less(zero, x, p, v_if_less(x, zero, v_set(NAN), p)); /* below 0 */
    return v_if_less(v_abs(x), v_set(0x1p-149f), v_set(-INFINITY), p);
}

/* log(1 + x) for 0 <= x <= 1: what 1 + x rounds away is brought back by the slope of the
 * logarithm. */
V_INLINE v_f32 v_log1p(v_f32 x)
{
    v_f32 u = x + v_set(1), rest = u - v_set(1);
    return v_if_less(rest, v_set(0x1p-149f), x,
                     v_log(u) * (x / v_if_less(rest, v_set(0x1p-149f), v_set(1), rest)));
}

V_INLINE v_f32 v_sigmoid(v_f32 x)
{
    v_f32 e = v_exp_signed(v_abs(x), -1), s = v_set(1) / (e + v_set(1));
    return v_if_less(x, v_set(0), e * s, s);
}

V_INLINE v_f32 v_tanh(v_f32 x)
{
    static const float c[] = { -0.333332837f, 0.133314908f, -0.0537434965f, 0.0206505787f,
                               -0.00571703631f };
    v_f32 a = v_abs(x), u = x * x, one = v_set(1);
    v_f32 small = v_fma(x * u, v_poly(u, c, 4), x);
    v_f32 large = one - v_set(2) / v_one_and_exp(a + a, 1);
    return v_if_less(a, v_set(0.625f), small, v_sign(large, x));
}

/* log(erfc(a)) + a^2 for a in [0.9, 4.05]. */
V_INLINE v_f32 v_log_erfcx(v_f32 a)
{
    static const float c[] = { 0.00028566824f,  -1.13009512f,     0.367940128f,
                               -0.109862164f,   0.0262984689f,    -0.00471679913f,
                               0.000587747665f, -4.49923646e-05f, 1.5836755e-06f };
    return v_poly(a, c, 8);
}

/* erf(x) / x for |x| <= 0.95, of x^2. */
V_INLINE v_f32 v_erf_small(v_f32 u)
{
    static const float c[] = { 1.12837923f,    -0.376126319f,   0.112836726f,   -0.0268581044f,
                               0.00519779697f, -0.00081059651f, 8.21542344e-05f };
    return v_poly(u, c, 6);
}

V_INLINE v_f32 v_erf(v_f32 x)
{
    v_f32 a = v_abs(x), b = v_clamp(a, 0.9f, 4.05f);
    v_f32 large = v_set(1) - v_exp(v_log_erfcx(b) - b * b);
    v_f32 y = v_if_less(a, v_set(0.92f), x * v_erf_small(x * x), v_sign(large, x));
    return v_if_less(a, v_set(INFINITY), y, v_sign(v_if_less(v_set(1), a, v_set(1), a), x));
}

/* x times the normal distribution's share below x: what is positive of it, less |x| times the share
 * beyond |x|, whose binary logarithm is a polynomial: no digits cancel.  Beyond 5.7 less than 4e-8
 * is left; of -inf no share is a number. */
V_INLINE v_f32 v_gelu(v_f32 x)
{
    static const float log2_share[] = { -1,
                                        -1.15111101f,
                                        -0.459162146f,
                                        -0.0526276864f,
                                        0.0072455816f,
                                        -0.000272214238f,
                                        -0.000131414170f,
                                        2.80446622e-05f,
                                        -1.90107401e-06f };
    static const float power[] = {
        1, 0.693146978f, 0.240222421f, 0.0555073374f, 0.00967151264f, 0.00132647271f
    };
    const v_f32 most = v_set(5.7f);
    v_f32 a = v_min(most, v_abs(x)), t = v_poly(a, log2_share, 8), n = v_nearest(t);
    v_f32 beyond = a * v_times_power(v_poly(t - v_whole(n), power, 5), n);
    return v_max(v_set(0), x) - v_if_less(a, most, beyond, v_min(v_set(0), x) * v_set(0));
}

/* x / (1 + exp(-z)).  It is 0 where exp has no floats left. */
V_INLINE v_f32 v_gated(v_f32 x, v_f32 z)
{
    return x / v_one_and_exp(z, -1);
}
#endif
