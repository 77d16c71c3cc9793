/* ops/math/matmul_integer/avx512vnni.c - four bytes a column in one instruction, unsigned by
 * signed. */
#include "math/matmul_integer/words_avx512.h"
#include "math/matmul_integer/tile.h"

/* With the intrinsic gcc 12 moves the sums about, and takes three times as long. */
TILE_INLINE vec dot_bytes(vec sum, vec of_unsigned, vec of_signed)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(of_unsigned), "v"(of_signed));
    return sum;
}
TILE_INLINE vec dot_rows_signed(vec sum, vec row, vec columns)
{
    return dot_bytes(sum, columns, row);
}
TILE(rows_signed, dot_rows_signed)
TILE(columns_signed, dot_bytes)

SDX_KERNELS(math_matmul_integer, avx512vnni)
{
    matmul_integer_kernels *k = slots;
    k->rows_signed = rows_signed;
    k->columns_signed = columns_signed;
    k->requantize = requantize_512;
    k->rows = TILE_ROWS;
}
