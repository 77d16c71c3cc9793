/* ops/math/matmul_integer/avx512.c - tiles of 4 rows by 16 columns, a vector a row. */
#include "math/matmul_integer/kernels.h"
#include <immintrin.h>
#include <string.h>

static inline __m512i pair_of(const int16_t *a)
{
    int32_t both;
    memcpy(&both, a, sizeof both);
    return _mm512_set1_epi32(both);
}

/* Two sums a row, for pairs in turn: one alone would wait for itself. */
static void tile4(int32_t *y, int64_t y_row, const int16_t *a, int64_t a_row, const int16_t *b,
                  int64_t pairs)
{
    __m512i even[INT_ROWS], odd[INT_ROWS];
    int64_t i = 0;
    for (int r = 0; r < INT_ROWS; r++)
        even[r] = odd[r] = _mm512_setzero_si512();
    for (; i + 2 <= pairs; i += 2) {
        __m512i first = _mm512_loadu_si512(b + i * 32),
                second = _mm512_loadu_si512(b + i * 32 + 32);
#pragma GCC unroll 4
        for (int r = 0; r < INT_ROWS; r++) {
            const int16_t *at = a + r * a_row + 2 * i;
            even[r] = _mm512_add_epi32(even[r], _mm512_madd_epi16(pair_of(at), first));
            odd[r] = _mm512_add_epi32(odd[r], _mm512_madd_epi16(pair_of(at + 2), second));
        }
    }
    for (int r = 0; r < INT_ROWS; r++) {
        if (i < pairs)
            even[r] = _mm512_add_epi32(even[r], _mm512_madd_epi16(pair_of(a + r * a_row + 2 * i),
                                                                  _mm512_loadu_si512(b + i * 32)));
        _mm512_storeu_si512(y + r * y_row, _mm512_add_epi32(even[r], odd[r]));
    }
}

static void tile1(int32_t *y, const int16_t *a, const int16_t *b, int64_t pairs)
{
    __m512i sum[4];
    int64_t i = 0;
    for (int k = 0; k < 4; k++)
        sum[k] = _mm512_setzero_si512();
    for (; i + 4 <= pairs; i += 4)
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++)
            sum[k] = _mm512_add_epi32(
                sum[k],
                _mm512_madd_epi16(pair_of(a + 2 * (i + k)), _mm512_loadu_si512(b + (i + k) * 32)));
    for (; i < pairs; i++)
        sum[0] = _mm512_add_epi32(
            sum[0], _mm512_madd_epi16(pair_of(a + 2 * i), _mm512_loadu_si512(b + i * 32)));
    sum[0] = _mm512_add_epi32(_mm512_add_epi32(sum[0], sum[1]), _mm512_add_epi32(sum[2], sum[3]));
    _mm512_storeu_si512(y, sum[0]);
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

SDX_KERNELS(math_matmul_integer, avx512)
{
    matmul_integer_kernels *k = slots;
    k->tile = tile;
}
