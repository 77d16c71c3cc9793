/* simd/f32_avx512.h - the float vocabulary on AVX-512 (F, BW, DQ, VL): sixteen lanes, blocks of
 * sixteen. */
#ifndef SIMD_F32_H
#define SIMD_F32_H
#include <immintrin.h>
#include "simd/f32_words.h"

#define V_LANES      16
#define V_BLOCK      16
#define V_HAS_TABLE  /* v_spread is one instruction */
#define V_REGISTERS  32
#define V_ZERO_COSTS /* v_spread_or_zero is dearer than v_spread */
typedef __m512 v_f32;
typedef int32_t v_i32 __attribute__((vector_size(64)));

V_INLINE v_f32 v_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
V_INLINE void v_store(float *p, v_f32 v)
{
    _mm512_storeu_ps(p, v);
}
V_INLINE v_f32 v_load_part(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
#define V_HAS_MASK
typedef __mmask16 v_mask;
V_INLINE v_mask v_mask_of(unsigned bits)
{
    return (__mmask16)bits;
}
V_INLINE v_f32 v_load_masked(const float *p, v_mask m)
{
    __asm__("" : "+k"(m)); /* else gcc keeps it in a common register */
    return _mm512_maskz_loadu_ps(m, p);
}
V_INLINE void v_store_part(float *p, v_f32 v, size_t n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
}
V_INLINE v_f32 v_set(float x)
{
    return _mm512_set1_ps(x);
}
V_INLINE v_f32 v_fma(v_f32 a, v_f32 b, v_f32 c)
{
    return _mm512_fmadd_ps(a, b, c);
}
/* Of the lower half of the lanes: the others are not read and hold anything. */
#define V_HAS_HALF
V_INLINE v_f32 v_fma_half(v_f32 a, v_f32 b, v_f32 c)
{
    __asm__("vfmadd231ps %t1, %t2, %t0" : "+v"(c) : "v"(a), "v"(b)); /* casts make gcc spill */
    return c;
}
/* ... of one float in all of them: eight are loaded twice as fast as sixteen. */
V_INLINE v_f32 v_fma_half_set(const float *a, v_f32 b, v_f32 c)
{
    __asm__("vfmadd231ps %1%{1to8%}, %t2, %t0" : "+v"(c) : "m"(*a), "v"(b));
    return c;
}
V_INLINE v_f32 v_max(v_f32 a, v_f32 b)
{
    return _mm512_max_ps(a, b);
}
V_INLINE v_f32 v_min(v_f32 a, v_f32 b)
{
    return _mm512_min_ps(a, b);
}
V_INLINE v_f32 v_sqrt(v_f32 a)
{
    return _mm512_sqrt_ps(a);
}
V_INLINE v_f32 v_round(v_f32 a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#define V_HAS_SCALE
V_INLINE v_f32 v_scale(v_f32 a, v_f32 n)
{
    return _mm512_scalef_ps(a, n);
}
V_INLINE v_f32 v_if_less(v_f32 a, v_f32 b, v_f32 yes, v_f32 no)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
V_INLINE v_i32 v_load_lanes(const int32_t *p)
{
    return (v_i32)_mm512_loadu_si512(p);
}
V_INLINE v_f32 v_spread(v_f32 a, v_i32 lane)
{
    return _mm512_permutexvar_ps((__m512i)lane, a);
}
V_INLINE v_f32 v_spread_or_zero(v_f32 a, v_i32 lane)
{
    return _mm512_maskz_permutexvar_ps(_knot_mask16(_mm512_movepi32_mask((__m512i)lane)),
                                       (__m512i)lane, a);
}
/* Four steps, each of which exchanges halves: of vectors, of 128-bit quarters, of pairs, of
 * lanes. */
V_INLINE void v_transpose(v_f32 r[16])
{
    __m512d t[16];
    V_UNROLL
    for (int i = 0; i < 16; i += 2) {
        t[i] = (__m512d)_mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = (__m512d)_mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    V_UNROLL
    for (int i = 0; i < 16; i += 4) {
        r[i] = (v_f32)_mm512_unpacklo_pd(t[i], t[i + 2]);
        r[i + 1] = (v_f32)_mm512_unpackhi_pd(t[i], t[i + 2]);
        r[i + 2] = (v_f32)_mm512_unpacklo_pd(t[i + 1], t[i + 3]);
        r[i + 3] = (v_f32)_mm512_unpackhi_pd(t[i + 1], t[i + 3]);
    }
    V_UNROLL
    for (int i = 0; i < 4; i++) {
        v_f32 a = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        v_f32 b = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        v_f32 c = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        v_f32 d = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
        r[i] = _mm512_shuffle_f32x4(a, c, 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(a, c, 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(b, d, 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(b, d, 0xdd);
    }
}
#include "simd/f32_derived.h"
#endif
