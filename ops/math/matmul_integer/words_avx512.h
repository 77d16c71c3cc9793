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

/* The same of sums that become bytes, which are added to others. */
TILE_INLINE vec vec_added(vec sum, __m512 scale, const int_more *m, const uint8_t *with)
{
    const byte_add *p = &m->add;
    const __m128i flip = _mm_set1_epi8((char)p->b.flip);
    __m128i bytes = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)with), flip);
    __m512 v = _mm512_roundscale_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale), 8);
    __m512 w = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
    v = _mm512_min_ps(_mm512_max_ps(v, _mm512_set1_ps(m->lo)), _mm512_set1_ps(m->hi));
    v = _mm512_mul_ps(v, _mm512_set1_ps(p->a.scale));
    w = _mm512_mul_ps(_mm512_sub_ps(w, _mm512_set1_ps(p->b.zero)), _mm512_set1_ps(p->b.scale));
    v = _mm512_add_ps(v, w);
    w = _mm512_mul_ps(v, _mm512_set1_ps(m->inverse)); /* as simd/quotient.h does */
    v = _mm512_fnmadd_ps(w, _mm512_set1_ps(p->scale), v);
    return _mm512_cvtps_epi32(_mm512_fmadd_ps(v, _mm512_set1_ps(m->inverse), w));
}

/* What words become: a zero point and bounds, as unsigned bytes have them; signed ones are flipped
 * to pass as those. */
typedef struct vec_grid {
    vec zero, lo, hi, flip;
    bool moves, clamps; /* unless they are 0, and those of an unsigned byte */
} vec_grid;

TILE_INLINE vec_grid vec_grid_of(int zero, int lo, int hi)
{
    const int flip = lo < 0 ? 0x80 : 0;
    return (vec_grid){ _mm512_set1_epi16((int16_t)(zero + flip)),
                       _mm512_set1_epi8((char)(lo + flip)),
                       _mm512_set1_epi8((char)(hi + flip)),
                       _mm512_set1_epi8((char)flip),
                       zero + flip != 0,
                       flip != 0 || lo != 0 || hi != 255 };
}

/* Up to four rows become words, then bytes, and lie side by side; their columns come in fours then,
 * which a permutation mends. */
TILE_INLINE void vec_bytes(uint8_t *y, const vec *v, int rows, const vec_grid *g)
{
    const vec order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    vec a = _mm512_packs_epi32(v[0], v[1]), b = _mm512_packs_epi32(v[2], v[3]);
    if (g->moves) {
        a = _mm512_adds_epi16(a, g->zero);
        b = _mm512_adds_epi16(b, g->zero);
    }
    a = _mm512_packus_epi16(a, b);
    if (g->clamps)
        a = _mm512_xor_si512(_mm512_min_epu8(_mm512_max_epu8(a, g->lo), g->hi), g->flip);
    a = _mm512_permutexvar_epi32(order, a);
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

TILE_INLINE void vec_narrow(uint8_t *y, const vec *sum, int rows, const vec_grid *g, __m512 scale,
                            const bool small)
{
    vec v[4];
    TILE_UNROLL
    for (int r = 0; r < 4; r++)
        v[r] = vec_scaled(sum[r], scale, small);
    vec_bytes(y, v, rows, g);
}

#ifdef TILE_NARROWS
/* With the bytes at `with`, of as many rows.  From memory, for it is long: once is enough. */
static __attribute__((noinline)) void vec_narrow_more(uint8_t *y, const int32_t *sum, int rows,
                                                      const int_more *m, __m512 scale,
                                                      const uint8_t *with)
{
    const int_more own = *m;
    const vec_grid g = vec_grid_of((int)own.add.zero, (int)own.add.lo, (int)own.add.hi);
    for (; rows > 0; rows -= 4, sum += 4 * INT_WIDTH, y += 64, with += 64) {
        vec v[4];
        TILE_UNROLL
        for (int r = 0; r < 4; r++) {
            int row = r < rows ? r : 0;
            v[r] = vec_added(_mm512_loadu_si512(sum + row * INT_WIDTH), scale, &own,
                             with + row * 16);
        }
        vec_bytes(y, v, rows < 4 ? rows : 4, &g);
    }
}
#endif
