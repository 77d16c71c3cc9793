/* ops/math/matmul_integer/neondot.c - four bytes a column in one instruction, both signed. */
#include "math/matmul_integer/words_neon.h"
#include "math/matmul_integer/requantize.h"
#include "math/matmul_integer/tile.h"

TILE_INLINE vec dot_bytes(vec sum, vec row, vec columns)
{
    return vdotq_s32(sum, vreinterpretq_s8_s32(row), vreinterpretq_s8_s32(columns));
}
TILE(both_signed, dot_bytes)

SDX_KERNELS(math_matmul_integer, neondot)
{
    matmul_integer_kernels *k = slots;
    k->both_signed = both_signed;
    k->requantize = requantize;
    k->rows = TILE_ROWS;
}
