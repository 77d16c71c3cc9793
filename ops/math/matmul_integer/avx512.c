/* ops/math/matmul_integer/avx512.c - widened pairs: vpmaddwd multiplies and adds them. */
#include "math/matmul_integer/words_avx512.h"
#include "math/matmul_integer/narrow.h"
#include "math/matmul_integer/tile.h"

TILE_INLINE vec add_pairs(vec sum, vec row, vec columns)
{
    return _mm512_add_epi32(sum, _mm512_madd_epi16(row, columns));
}
TILE(pairs, add_pairs)

/* Two pixels of sixteen channels. */
TILE_INLINE vec vec_taps(const char *p, int64_t pixel)
{
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9,
                                           24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1,
                                           16, 0);
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + pixel));
    return _mm512_permutexvar_epi16(order, _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1));
}
#include "math/matmul_integer/deep.h"
DEEP(deep_pairs, 2, add_pairs)

/* ---- sums to bytes ---- */

TILE_INLINE void narrow_rows(uint8_t *y, const int32_t *sum, int rows, const int_grid *to,
                             const bool small)
{
    const vec_grid g = vec_grid_of(to->zero, to->lo, to->hi);
    const __m512 scale = _mm512_loadu_ps(to->scale);
    for (; rows > 0; rows -= 4, sum += 4 * INT_WIDTH, y += 64) {
        vec v[4];
        TILE_UNROLL
        for (int r = 0; r < 4; r++)
            v[r] = _mm512_loadu_si512(sum + (r < rows ? r : 0) * INT_WIDTH);
        vec_narrow(y, v, rows < 4 ? rows : 4, &g, scale, small);
    }
}

/* Blocks of this set have 16 channels, and so have the columns. */
static void narrow_512(uint8_t *y, const int32_t *sum, int rows, int columns, const int_grid *to)
{
    (void)columns;
    if (to->small)
        narrow_rows(y, sum, rows, to, true);
    else
        narrow_rows(y, sum, rows, to, false);
}

SDX_KERNELS(math_matmul_integer, avx512)
{
    matmul_integer_kernels *k = slots;
    k->pairs = pairs;
    k->deep_pairs = deep_pairs;
    k->narrow = narrow_512;
    k->floats = floats;
    k->rows = TILE_ROWS;
    k->columns = 16;
}
