/* ops/math/matmul_integer/words_avx512.h - tile.h's words on 512 bits: a panel is a vector. */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>
#include "math/matmul_integer/words.h"
typedef __m512i vec;
enum { VEC_COLUMNS = 16, TILE_ROWS = 14, TILE_PANELS = 2, DEEP_ROWS = 7 };
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
