/* ops/reduction/reduce/avx2.c - rows.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "reduction/reduce/rows.h"

SDX_KERNELS(reduction_reduce, avx2)
{
    fill_kernels(slots);
}
