/* ops/math/matmul_integer/words_avx512.h - tile.h's words on 512 bits: a panel is a vector. */
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
typedef __m512i vec;
enum { VEC_COLUMNS = 16, TILE_ROWS = 14, TILE_PANELS = 2 };
static inline vec vec_zero(void)
{
    return _mm512_setzero_si512();
}
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

static inline __m128i requantize_eight(__m256i sum, __m256i less, __m512d by, __m512d shift,
                                       __m512d least, __m512d most)
{
    __m512d v = _mm512_cvtepi32_pd(_mm256_sub_epi32(sum, less));
    v = _mm512_add_pd(_mm512_mul_pd(v, by), shift);
    v = _mm512_min_pd(_mm512_max_pd(v, least), most);
    return _mm256_cvtepi32_epi8(_mm512_cvtpd_epi32(v));
}

/* As requantize.h has it: conversion rounds to even, and the maximum of NaN and a number is that.
 * Storing under a mask takes its time: only the last eight may need it. */
static void requantize_512(uint8_t *y, const int32_t *sum, int64_t n, int32_t less,
                           const double *scale, bool one, double zero, double lo, double hi)
{
    const __m512d shift = _mm512_set1_pd(zero), least = _mm512_set1_pd(lo);
    const __m512d most = _mm512_set1_pd(hi);
    const __m256i off = _mm256_set1_epi32(less);
    __m512d by = _mm512_set1_pd(*scale);
    int64_t j = 0;
    for (; j + 8 <= n; j += 8) {
        if (!one)
            by = _mm512_loadu_pd(scale + j);
        __m256i from = _mm256_loadu_si256((const __m256i *)(const void *)(sum + j));
        _mm_storel_epi64((__m128i *)(void *)(y + j),
                         requantize_eight(from, off, by, shift, least, most));
    }
    if (j == n)
        return;
    __mmask8 some = (__mmask8)((1u << (n - j)) - 1);
    if (!one)
        by = _mm512_maskz_loadu_pd(some, scale + j);
    __m256i from = _mm256_maskz_loadu_epi32(some, sum + j);
    _mm_mask_storeu_epi8(y + j, some, requantize_eight(from, off, by, shift, least, most));
}
