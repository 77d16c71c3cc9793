/* simd/f32_derived.h - words that follow from those of the instruction set; ends every vocabulary
 * header. */
#ifndef SIMD_F32_DERIVED_H
#define SIMD_F32_DERIVED_H

/* The bits as they are, and the floats that bits stand for. */
V_INLINE v_i32 v_bits(v_f32 a)
{
    return (v_i32)a;
}
V_INLINE v_f32 v_float(v_i32 a)
{
    return (v_f32)a;
}
/* Whole numbers |a| < 2^22 as integers: adding 1.5 * 2^23 leaves them in the low bits. */
V_INLINE v_i32 v_int(v_f32 a)
{
    return v_bits(a + v_set(12582912.0f)) - v_bits(v_set(12582912.0f));
}
V_INLINE v_f32 v_from_int(v_i32 a)
{
    return __builtin_convertvector(a, v_f32);
}
V_INLINE v_f32 v_abs(v_f32 a)
{
    return v_float(v_bits(a) & INT32_MAX);
}
/* The magnitude of a >= 0 with the sign of s. */
V_INLINE v_f32 v_sign(v_f32 a, v_f32 s)
{
    return v_float(v_bits(a) | (v_bits(s) & INT32_MIN));
}

/* Lanes joined in halves, so that the order of the sum is the same everywhere. */
V_INLINE float v_sum(v_f32 a)
{
    float t[V_LANES];
    v_store(t, a);
    for (int n = V_LANES / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++)
            t[i] += t[i + n];
    return t[0];
}
/* The greatest lane; NaN lanes are passed over. */
V_INLINE float v_top(v_f32 a)
{
    float t[V_LANES];
    v_store(t, a);
    for (int i = 1; i < V_LANES; i++)
        t[0] = t[i] > t[0] || t[0] != t[0] ? t[i] : t[0];
    return t[0];
}

#ifndef V_HAS_MASK
typedef unsigned v_mask;
V_INLINE v_mask v_mask_of(unsigned bits)
{
    return bits;
}
V_INLINE v_f32 v_load_masked(const float *p, v_mask m)
{
    float t[V_LANES] = { 0 };
    for (unsigned i = 0; i < V_LANES; i++)
        if (m >> i & 1)
            t[i] = p[i];
    return v_load(t);
}
#endif
V_INLINE v_mask v_mask_between(int64_t from, int64_t to)
{
    unsigned below = to >= V_LANES ? ~0u : to > 0 ? (1u << to) - 1 : 0;
    return v_mask_of(below & ~(from >= V_LANES ? ~0u : from > 0 ? (1u << from) - 1 : 0));
}

#ifndef V_HAS_HALF
V_INLINE v_f32 v_fma_half(v_f32 a, v_f32 b, v_f32 c)
{
    return v_fma(a, b, c);
}
V_INLINE v_f32 v_fma_half_set(const float *a, v_f32 b, v_f32 c)
{
    return v_fma(v_set(*a), b, c);
}
#endif
#endif
