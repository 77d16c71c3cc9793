/* ops/math/matmul_integer/avx2.c - widened pairs: vpmaddwd multiplies and adds them. */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>
#include "math/matmul_integer/words.h"
typedef __m256i vec;
enum { VEC_COLUMNS = 8, TILE_ROWS = 6, TILE_PANELS = 1, DEEP_ROWS = 7 };
static inline vec vec_zero(void)
{
    return _mm256_setzero_si256();
}
static inline vec vec_load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
static inline void vec_store(int32_t *p, vec v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, v);
}
static inline vec vec_repeat(const char *p)
{
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm256_set1_epi32(four);
}
#include "math/matmul_integer/narrow.h"
#include "math/matmul_integer/tile.h"

TILE_INLINE vec add_pairs(vec sum, vec row, vec columns)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(row, columns));
}
TILE(pairs, add_pairs)

/* Two pixels of eight channels. */
TILE_INLINE vec vec_taps(const char *p, int64_t pixel)
{
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + pixel));
    return _mm256_set_m128i(_mm_unpackhi_epi16(a, b), _mm_unpacklo_epi16(a, b));
}
#include "math/matmul_integer/deep.h"
DEEP(deep_pairs, 2, add_pairs)

SDX_KERNELS(math_matmul_integer, avx2)
{
    matmul_integer_kernels *k = slots;
    k->pairs = pairs;
    k->deep_pairs = deep_pairs;
    k->narrow = narrow;
    k->rows = TILE_ROWS;
}
