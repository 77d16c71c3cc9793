/* ops/reduction/reduce/avx512.c - rows.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "reduction/reduce/rows.h"

SDX_KERNELS(reduction_reduce, avx512)
{
    fill_kernels(slots);
}
