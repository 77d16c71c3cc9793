/* ops/math/matmul_integer/avx512vnni.c - four bytes a column in one instruction, unsigned by
 * signed. */
#define TILE_NARROWS
#include "math/matmul_integer/words_avx512.h"
#include "math/matmul_integer/tile.h"

/* With the intrinsic gcc 12 moves the sums about, and takes three times as long. */
TILE_INLINE vec dot_bytes(vec sum, vec of_unsigned, vec of_signed)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(of_unsigned), "v"(of_signed));
    return sum;
}
TILE(columns_signed, dot_bytes)

/* Four pixels of sixteen channels, one after the other: four channels of each go to a lane, and
 * change places there. */
TILE_INLINE vec vec_taps(const char *p, int64_t pixel)
{
    const __m512i lanes = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    const __m512i turn = _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400);
    (void)pixel; /* 16 */
    return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(lanes, _mm512_loadu_si512(p)), turn);
}
#include "math/matmul_integer/deep.h"
DEEP(deep_bytes, 4, dot_bytes)

SDX_KERNELS(math_matmul_integer, avx512vnni)
{
    matmul_integer_kernels *k = slots;
    k->columns_signed = columns_signed;
    k->narrows = true;
    k->deep_bytes = deep_bytes;
}
