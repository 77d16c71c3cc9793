/* ops/math/activation/plain.c - rows.h on vectors of the compiler's own. */
#include "simd/f32_vector.h"
#include "math/activation/rows.h"

SDX_KERNELS(math_activation, plain)
{
    fill_kernels(slots);
}
