/* ops/math/matmul_integer/avx512.c - widened pairs: vpmaddwd multiplies and adds them. */
#include "math/matmul_integer/words_avx512.h"
#include "math/matmul_integer/tile.h"

TILE_INLINE vec add_pairs(vec sum, vec row, vec columns)
{
    return _mm512_add_epi32(sum, _mm512_madd_epi16(row, columns));
}
TILE(pairs, add_pairs)

SDX_KERNELS(math_matmul_integer, avx512)
{
    matmul_integer_kernels *k = slots;
    k->pairs = pairs;
    k->requantize = requantize_512;
    k->rows = TILE_ROWS;
}
