/* ops/math/activation/avx512.c - rows.h on sixteen float lanes. */
#include "simd/f32_avx512.h"
#include "math/activation/rows.h"

SDX_KERNELS(math_activation, avx512)
{
    fill_kernels(slots);
}
