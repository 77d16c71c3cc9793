/* ops/math/matmul_integer/neondot.c - four bytes a column in one instruction, both signed. */
#include "math/matmul_integer/words_neon.h"
#include "math/matmul_integer/narrow.h"
#include "math/matmul_integer/tile.h"

TILE_INLINE vec dot_bytes(vec sum, vec row, vec columns)
{
    return vdotq_s32(sum, vreinterpretq_s8_s32(row), vreinterpretq_s8_s32(columns));
}
TILE(both_signed, dot_bytes)

/* Four pixels of four channels, which change places. */
TILE_INLINE vec vec_taps(const char *p, int64_t pixel)
{
    static const uint8_t turn[16] = { 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 };
    int32_t four[4];
    TILE_UNROLL
    for (int i = 0; i < 4; i++)
        memcpy(&four[i], p + i * pixel, sizeof four[i]);
    return vreinterpretq_s32_u8(vqtbl1q_u8(vreinterpretq_u8_s32(vld1q_s32(four)), vld1q_u8(turn)));
}
#include "math/matmul_integer/deep.h"
DEEP(deep_bytes, 4, dot_bytes)

SDX_KERNELS(math_matmul_integer, neondot)
{
    matmul_integer_kernels *k = slots;
    k->both_signed = both_signed;
    k->deep_bytes = deep_bytes;
    k->narrow = narrow;
    k->rows = TILE_ROWS;
}
