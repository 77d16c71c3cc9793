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
TILE_INLINE vec vec_turn(vec v)
{
    const __m512i lanes = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    const __m512i turn = _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400);
    return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(lanes, v), turn);
}
TILE_INLINE vec vec_taps(const char *p, int64_t pixel)
{
    (void)pixel; /* 16 */
    return vec_turn(vec_load(p));
}
#include "math/matmul_integer/deep.h"
DEEP(deep_bytes, 4, dot_bytes)

/* The pixels from .. end of the four of a vector: 4 lanes each. */
typedef __mmask16 vec_part;
static inline vec_part vec_part_of(int64_t from, int64_t end)
{
    from = from < 0 ? 0 : from < 4 ? from : 4;
    end = end < 0 ? 0 : end < 4 ? end : 4;
    return (vec_part)((0xffffu << 4 * from) & ((1u << 4 * end) - 1));
}
/* Reads what is inside and nothing else. */
TILE_INLINE vec vec_load_part(const char *p, vec_part part, vec outside)
{
    return _mm512_mask_loadu_epi32(outside, part, p);
}
TILE_INLINE vec vec_xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}
static inline vec vec_same_bytes(uint8_t b)
{
    return _mm512_set1_epi8((char)b);
}
#include "math/matmul_integer/three.h"
THREE(three, dot_bytes)

SDX_KERNELS(math_matmul_integer, avx512vnni)
{
    matmul_integer_kernels *k = slots;
    k->columns_signed = columns_signed;
    k->narrows = true;
    k->deep_bytes = deep_bytes;
    k->three = three;
}
