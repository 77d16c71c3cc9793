/* ops/internal/bytes/avx512.c - rows.h for this instruction set. */

/* A product with the inverse, mended by what it leaves over, is the quotient as division rounds
 * it. */
static inline float quotient(float v, float by, float inverse)
{
    float q = v * inverse;
    return __builtin_fmaf(__builtin_fmaf(-q, by, v), inverse, q);
}
#include "internal/bytes/rows.h"

SDX_KERNELS(internal_bytes, avx512)
{
    byte_kernels *k = slots;
    k->add = add;
}
