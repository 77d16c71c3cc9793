/* ops/internal/bytes/avx512.c - rows.h for this instruction set. */
#include "simd/quotient.h"
#include "internal/bytes/rows.h"

SDX_KERNELS(internal_bytes, avx512)
{
    byte_kernels *k = slots;
    k->add = add;
}
