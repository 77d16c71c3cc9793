/* ops/math/unary/neon.c - rows.h on four float lanes. */
#include "simd/f32_neon.h"
#include "math/unary/rows.h"

SDX_KERNELS(math_unary, neon)
{
    fill_kernels(slots);
}
