/* ops/math/matmul_integer/avx2.c - tiles of 4 rows by 16 columns; vpmaddwd multiplies and adds
 * pairs. */
#include "math/matmul_integer/kernels.h"
#include <immintrin.h>
#include <string.h>

static inline __m256i pair_of(const int16_t *a)
{
    int32_t both;
    memcpy(&both, a, sizeof both);
    return _mm256_set1_epi32(both);
}

static void tile4(int32_t *y, int64_t y_row, const int16_t *a, int64_t a_row, const int16_t *b,
                  int64_t pairs)
{
    __m256i sum[INT_ROWS][2];
    for (int r = 0; r < INT_ROWS; r++)
        sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    for (int64_t i = 0; i < pairs; i++) {
        __m256i left = _mm256_loadu_si256((const __m256i *)(const void *)(b + i * 32));
        __m256i right = _mm256_loadu_si256((const __m256i *)(const void *)(b + i * 32 + 16));
#pragma GCC unroll 4
        for (int r = 0; r < INT_ROWS; r++) {
            __m256i both = pair_of(a + r * a_row + 2 * i);
            sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(both, left));
            sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(both, right));
        }
    }
    for (int r = 0; r < INT_ROWS; r++) {
        _mm256_storeu_si256((__m256i *)(void *)(y + r * y_row), sum[r][0]);
        _mm256_storeu_si256((__m256i *)(void *)(y + r * y_row + 8), sum[r][1]);
    }
}

static void tile1(int32_t *y, const int16_t *a, const int16_t *b, int64_t pairs)
{
    __m256i left = _mm256_setzero_si256(), right = left;
    for (int64_t i = 0; i < pairs; i++) {
        __m256i both = pair_of(a + 2 * i);
        const __m256i *at = (const __m256i *)(const void *)(b + i * 32);
        left = _mm256_add_epi32(left, _mm256_madd_epi16(both, _mm256_loadu_si256(at)));
        right = _mm256_add_epi32(right, _mm256_madd_epi16(both, _mm256_loadu_si256(at + 1)));
    }
    _mm256_storeu_si256((__m256i *)(void *)y, left);
    _mm256_storeu_si256((__m256i *)(void *)(y + 8), right);
}

static void tile(int32_t *y, int64_t y_row, const int16_t *a, int64_t a_row, const int16_t *b,
                 int64_t pairs, int rows)
{
    if (rows == INT_ROWS) {
        tile4(y, y_row, a, a_row, b, pairs);
        return;
    }
    for (int r = 0; r < rows; r++)
        tile1(y + r * y_row, a + r * a_row, b, pairs);
}

SDX_KERNELS(math_matmul_integer, avx2)
{
    matmul_integer_kernels *k = slots;
    k->tile = tile;
}
