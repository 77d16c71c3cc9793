/* simd/f32_avx2.h - the float vocabulary on AVX2 with FMA: eight lanes, blocks of eight. */
#ifndef SIMD_F32_H
#define SIMD_F32_H
#include <immintrin.h>
#include "simd/f32_words.h"

#define V_LANES      8
#define V_BLOCK      8
#define V_HAS_TABLE  /* v_spread is one instruction */
#define V_REGISTERS  16
#define V_ZERO_COSTS /* v_spread_or_zero is dearer than v_spread */
typedef __m256 v_f32;
typedef int32_t v_i32 __attribute__((vector_size(32)));

V_INLINE __m256i v_first(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}
V_INLINE v_f32 v_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
V_INLINE void v_store(float *p, v_f32 v)
{
    _mm256_storeu_ps(p, v);
}
V_INLINE v_f32 v_load_part(const float *p, size_t n)
{
    return _mm256_maskload_ps(p, v_first(n));
}
#define V_HAS_MASK
typedef __m256i v_mask;
V_INLINE v_mask v_mask_of(unsigned bits)
{
    const __m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_cmpeq_epi32(lane, _mm256_and_si256(lane, _mm256_set1_epi32((int)bits)));
}
V_INLINE v_f32 v_load_masked(const float *p, v_mask m)
{
    return _mm256_maskload_ps(p, m);
}
V_INLINE void v_store_part(float *p, v_f32 v, size_t n)
{
    _mm256_maskstore_ps(p, v_first(n), v);
}
V_INLINE v_f32 v_set(float x)
{
    return _mm256_set1_ps(x);
}
V_INLINE v_f32 v_fma(v_f32 a, v_f32 b, v_f32 c)
{
    return _mm256_fmadd_ps(a, b, c);
}
V_INLINE v_f32 v_max(v_f32 a, v_f32 b)
{
    return _mm256_max_ps(a, b);
}
V_INLINE v_f32 v_min(v_f32 a, v_f32 b)
{
    return _mm256_min_ps(a, b);
}
V_INLINE v_f32 v_sqrt(v_f32 a)
{
    return _mm256_sqrt_ps(a);
}
V_INLINE v_f32 v_round(v_f32 a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
V_INLINE v_f32 v_if_less(v_f32 a, v_f32 b, v_f32 yes, v_f32 no)
{
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
V_INLINE v_i32 v_load_lanes(const int32_t *p)
{
    return (v_i32)_mm256_loadu_si256((const __m256i *)p);
}
V_INLINE v_f32 v_spread(v_f32 a, v_i32 lane)
{
    return _mm256_permutevar8x32_ps(a, (__m256i)lane);
}
V_INLINE v_f32 v_spread_or_zero(v_f32 a, v_i32 lane)
{
    return _mm256_andnot_ps((__m256)(lane >> 31), _mm256_permutevar8x32_ps(a, (__m256i)lane));
}
V_INLINE void v_transpose(v_f32 r[8])
{
    __m256 t[8];
    V_UNROLL
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    V_UNROLL
    for (int i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    V_UNROLL
    for (int i = 0; i < 4; i++) {
        v_f32 a = r[i], b = r[i + 4];
        r[i] = _mm256_permute2f128_ps(a, b, 0x20);
        r[i + 4] = _mm256_permute2f128_ps(a, b, 0x31);
    }
}
#include "simd/f32_derived.h"
#endif
