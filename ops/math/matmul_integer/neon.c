/* ops/math/matmul_integer/neon.c - widened pairs: products of four columns, neighbours added. */
#include "math/matmul_integer/words_neon.h"
#include "math/matmul_integer/requantize.h"
#include "math/matmul_integer/tile.h"

TILE_INLINE vec add_pairs(vec sum, vec row, vec columns)
{
    int16x8_t a = vreinterpretq_s16_s32(row), b = vreinterpretq_s16_s32(columns);
    int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b)), high = vmull_high_s16(a, b);
    return vaddq_s32(sum, vpaddq_s32(low, high));
}
TILE(pairs, add_pairs)

SDX_KERNELS(math_matmul_integer, neon)
{
    matmul_integer_kernels *k = slots;
    k->pairs = pairs;
    k->requantize = requantize;
    k->rows = TILE_ROWS;
}
