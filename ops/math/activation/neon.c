/* ops/math/activation/neon.c - rows.h on four float lanes. */
#include "simd/f32_neon.h"
#include "math/activation/rows.h"

SDX_KERNELS(math_activation, neon)
{
    fill_kernels(slots);
}
