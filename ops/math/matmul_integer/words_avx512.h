/* ops/math/matmul_integer/words_avx512.h - tile.h's words on 512 bits: a panel is a vector. */
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "math/matmul_integer/words.h"
typedef __m512i vec;
enum { VEC_COLUMNS = 16, TILE_ROWS = 14, TILE_PANELS = 2, DEEP_ROWS = 7 };
static inline vec vec_load(const char *p)
{
    return _mm512_loadu_si512(p);
}
static inline void vec_store(int32_t *p, vec v)
{
    _mm512_storeu_si512(p, v);
}
static inline vec vec_repeat(const char *p)
{
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm512_set1_epi32(four);
}

static inline vec vec_add(vec a, vec b)
{
    return _mm512_add_epi32(a, b);
}
static inline __m512 vec_scales(const float *p)
{
    return _mm512_loadu_ps(p);
}

/* Sums to the grid less its zero point.  What is 2^31 and more would turn negative. */
TILE_INLINE vec vec_scaled(vec sum, __m512 scale, const bool small)
{
    __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
    return _mm512_cvtps_epi32(small ? v : _mm512_min_ps(v, _mm512_set1_ps(32767)));
}

/* Up to four rows become words, then bytes, and lie side by side; their columns come in fours then,
 * which a permutation mends.  Signed bytes pass as unsigned ones. */
TILE_INLINE void vec_narrow(uint8_t *y, const vec *sum, int rows, const int_grid *to, __m512 scale,
                            const bool small)
{
    const vec order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    const int flip = to->lo < 0 ? 0x80 : 0;
    const vec zero = _mm512_set1_epi16((int16_t)(to->zero + flip));
    vec a = _mm512_packs_epi32(vec_scaled(sum[0], scale, small), vec_scaled(sum[1], scale, small));
    vec b = _mm512_packs_epi32(vec_scaled(sum[2], scale, small), vec_scaled(sum[3], scale, small));
    a = _mm512_packus_epi16(_mm512_adds_epi16(a, zero), _mm512_adds_epi16(b, zero));
    a = _mm512_max_epu8(a, _mm512_set1_epi8((char)(to->lo + flip)));
    a = _mm512_min_epu8(a, _mm512_set1_epi8((char)(to->hi + flip)));
    a = _mm512_permutexvar_epi32(order, _mm512_xor_si512(a, _mm512_set1_epi8((char)flip)));
    if (rows == 4) {
        _mm512_storeu_si512(y, a);
        return;
    }
    if (rows > 1)
        _mm256_storeu_si256((__m256i *)(void *)y, _mm512_castsi512_si256(a));
    else
        _mm_storeu_si128((__m128i *)(void *)y, _mm512_castsi512_si128(a));
    if (rows == 3)
        _mm_storeu_si128((__m128i *)(void *)(y + 32), _mm512_extracti32x4_epi32(a, 2));
}
