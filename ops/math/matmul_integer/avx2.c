/* ops/math/matmul_integer/avx2.c - widened pairs: vpmaddwd multiplies and adds them. */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>
#include "math/matmul_integer/words.h"
typedef __m256i vec;
enum { VEC_COLUMNS = 8, TILE_ROWS = 6, TILE_PANELS = 1, DEEP_ROWS = 7 };
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

/* ---- sums to bytes ---- */

TILE_INLINE vec scaled(const int32_t *sum, __m256 scale)
{
    __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(vec_load((const char *)sum)), scale);
    return _mm256_cvtps_epi32(_mm256_min_ps(v, _mm256_set1_ps(32767)));
}

/* Blocks of eight columns.  Four rows become words, then bytes, and lie side by side; their columns
 * come in fours then, which a permutation mends.  Signed bytes pass as unsigned ones. */
static void narrow_256(uint8_t *y, const int32_t *sum, int rows, int columns, const int_grid *to)
{
    const int flip = to->lo < 0 ? 0x80 : 0;
    const vec zero = _mm256_set1_epi16((int16_t)(to->zero + flip));
    const vec lo = _mm256_set1_epi8((char)(to->lo + flip));
    const vec hi = _mm256_set1_epi8((char)(to->hi + flip));
    const vec order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256 scale = _mm256_loadu_ps(to->scale);
    (void)columns;
    for (; rows > 0; rows -= 4, sum += 4 * INT_WIDTH, y += 32) {
        const int last = rows < 4 ? rows - 1 : 3;
        vec a = _mm256_packs_epi32(scaled(sum, scale),
                                   scaled(sum + (last > 0 ? INT_WIDTH : 0), scale));
        vec b = _mm256_packs_epi32(scaled(sum + (last > 1 ? 2 * INT_WIDTH : 0), scale),
                                   scaled(sum + (last > 2 ? 3 * INT_WIDTH : 0), scale));
        a = _mm256_packus_epi16(_mm256_adds_epi16(a, zero), _mm256_adds_epi16(b, zero));
        a = _mm256_min_epu8(_mm256_max_epu8(a, lo), hi);
        a = _mm256_xor_si256(a, _mm256_set1_epi8((char)flip));
        a = _mm256_permutevar8x32_epi32(a, order);
        if (last == 3) {
            _mm256_storeu_si256((__m256i *)(void *)y, a);
        } else {
            uint8_t room[32];
            _mm256_storeu_si256((__m256i *)(void *)room, a);
            for (int r = 0; r <= last; r++)
                memcpy(y + r * 8, room + r * 8, 8);
        }
    }
}

SDX_KERNELS(math_matmul_integer, avx2)
{
    matmul_integer_kernels *k = slots;
    k->pairs = pairs;
    k->deep_pairs = deep_pairs;
    k->narrow = narrow_256;
    k->floats = floats;
    k->rows = TILE_ROWS;
}
