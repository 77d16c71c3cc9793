/* ops/math/arithmetic/neon.c - rows.h on four float lanes. */
#include "simd/f32_neon.h"
#include "math/arithmetic/rows.h"

SDX_KERNELS(math_arithmetic, neon)
{
    fill_kernels(slots);
}
