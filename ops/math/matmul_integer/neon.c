/* ops/math/matmul_integer/neon.c - widened pairs: products of four columns, neighbours added. */
#include "math/matmul_integer/words_neon.h"
#include "math/matmul_integer/narrow.h"
#include "math/matmul_integer/tile.h"

TILE_INLINE vec add_pairs(vec sum, vec row, vec columns)
{
    int16x8_t a = vreinterpretq_s16_s32(row), b = vreinterpretq_s16_s32(columns);
    int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b)), high = vmull_high_s16(a, b);
    return vaddq_s32(sum, vpaddq_s32(low, high));
}
TILE(pairs, add_pairs)

/* Two pixels of four channels. */
TILE_INLINE vec vec_taps(const char *p, int64_t pixel)
{
    int16x4_t a = vreinterpret_s16_s8(vld1_s8((const int8_t *)p));
    int16x4_t b = vreinterpret_s16_s8(vld1_s8((const int8_t *)p + pixel));
    return vreinterpretq_s32_s16(vcombine_s16(vzip1_s16(a, b), vzip2_s16(a, b)));
}
#include "math/matmul_integer/deep.h"
DEEP(deep_pairs, 2, add_pairs)

SDX_KERNELS(math_matmul_integer, neon)
{
    matmul_integer_kernels *k = slots;
    k->pairs = pairs;
    k->deep_pairs = deep_pairs;
    k->narrow = narrow;
    k->floats = floats;
    k->rows = TILE_ROWS;
}
