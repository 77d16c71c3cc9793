/* ops/math/activation/avx2.c - rows.h on eight float lanes. */
#include "simd/f32_avx2.h"
#include "math/activation/rows.h"

SDX_KERNELS(math_activation, avx2)
{
    fill_kernels(slots);
}
