/* ops/math/unary/rows.h - functions of one float, on a vocabulary. */
#include <string.h>
#include "math/unary/kernels.h"
#include "simd/f32_math.h"
#include "simd/f32_row.h"

V_INLINE v_f32 round_even(v_f32 x)
{
    v_f32 a = v_abs(x), r = v_round(a);
    /* between 2^22 and 2^23 halves are left: there the sum with 2^23 rounds */
    r = v_if_less(a, v_set(0x1p22f), r, (a + v_set(0x1p23f)) - v_set(0x1p23f));
    return v_if_less(a, v_set(0x1p23f), v_sign(r, x), x);
}
V_INLINE v_f32 floor_of(v_f32 x)
{
    v_f32 r = round_even(x);
    return v_if_less(v_abs(x), v_set(0x1p23f), v_sign(v_abs(v_if_less(x, r, r - v_set(1), r)), x),
                     x);
}

/* x less its multiple of pi / 2, in three parts that a small multiple leaves exact; and that
 * multiple. */
V_INLINE v_f32 quarter_turns(v_f32 x, v_i32 *turns)
{
    v_f32 n = v_round(x * v_set(0.636619772f));
    v_f32 r = v_fma(n, v_set(-1.5703125f), x);
    r = v_fma(n, v_set(-4.837512969970703125e-4f), r);
    *turns = v_int(n);
    return v_fma(n, v_set(-7.549789948768648e-8f), r);
}
/* sin of x + quarter turns. */
V_INLINE v_f32 sine(v_f32 x, int quarter)
{
    static const float s[] = { -0.166666672f, 0.00833332911f, -0.000198392561f, 2.71756448e-06f };
    static const float c[] = { 0.0416666679f, -0.00138888834f, 2.47994358e-05f, -2.7203302e-07f };
    v_i32 turns;
    v_f32 r = quarter_turns(v_clamp(x, -8192, 8192), &turns), u = r * r;
    v_f32 sin = v_fma(r * u, v_poly(u, s, 3), r);
    v_f32 cos = v_fma(u * u, v_poly(u, c, 3), v_fma(u, v_set(-0.5f), v_set(1)));
    turns = turns + quarter;
    v_i32 odd = (turns & 1) != 0;
    v_f32 y = v_float((odd & v_bits(cos)) | (~odd & v_bits(sin)));
    return v_float(v_bits(y) ^ ((turns & 2) << 30));
}
/* Far angles are few, and left to the library. */
static void far_angles(float *y, const float *a, size_t count, float (*f)(float))
{
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(a[i]) <= 8192))
            y[i] = f(a[i]);
}
V_ROW(near_sin, sine(x, 0))
V_ROW(near_cos, sine(x, 1))
enum { PIECE = 64 };
#define ANGLES(name, near, f)                                                                    \
    static void name(float *y, const float *a, const float *b, size_t count, const float *param) \
    {                                                                                            \
        for (size_t i = 0; i < count; i += PIECE) {                                              \
            size_t some = count - i < PIECE ? count - i : PIECE;                                 \
            float copy[PIECE];                                                                   \
            memcpy(copy, a + i, some * sizeof *copy);                                            \
            near(y + i, copy, b, some, param);                                                   \
            far_angles(y + i, copy, some, f);                                                    \
        }                                                                                        \
    }
ANGLES(row_sin, near_sin, sinf)
ANGLES(row_cos, near_cos, cosf)

V_ROW(row_neg, v_float(v_bits(x) ^ INT32_MIN))
V_ROW(row_abs, v_abs(x))
V_ROW(row_sqrt, v_sqrt(x))
V_ROW(row_reciprocal, v_set(1) / x)
V_ROW(row_round, round_even(x))
V_ROW(row_floor, floor_of(x))
V_ROW(row_ceil, v_float(v_bits(floor_of(v_float(v_bits(x) ^ INT32_MIN))) ^ INT32_MIN))
V_ROW(row_exp, v_exp(x))
V_ROW(row_log, v_log(x))
V_ROW(row_erf, v_erf(x))
V_ROW(row_tanh, v_tanh(x))

static void fill_kernels(unary_kernels *k)
{
    *k = (unary_kernels){ .neg = row_neg,
                          .abs = row_abs,
                          .sqrt = row_sqrt,
                          .reciprocal = row_reciprocal,
                          .floor = row_floor,
                          .ceil = row_ceil,
                          .round = row_round,
                          .exp = row_exp,
                          .log = row_log,
                          .erf = row_erf,
                          .tanh = row_tanh,
                          .sin = row_sin,
                          .cos = row_cos };
}
