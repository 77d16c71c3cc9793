/* ops/reduction/reduce/neon.c - rows.h on four float lanes. */
#include "simd/f32_neon.h"
#include "reduction/reduce/rows.h"

SDX_KERNELS(reduction_reduce, neon)
{
    fill_kernels(slots);
}
